# Two targets do everything on a fresh machine with Python 3.11 or newer, git and make:
#   make demo   build the example book, bring its translation up to date, say where to look
#   make test   run the tests; with ROOM=merging those of one room; with AMTS_THOROUGH=1 in the environment also the whole
#               runs of the real thing, and all examples of every property, as .ci/run does
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test lint lock clean

demo: $(VENV)/runs
	$(BIN)/python example/demo.py demo

# Byte code is kept whatever the machine says: without it every process compiles the package and the tests anew.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/installed
	$(BIN)/python -m pytest -q -n auto $(if $(ROOM),tests/$(ROOM))

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Renews the locked versions; needs uv (https://docs.astral.sh/uv/).
lock:
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-header --no-annotate \
		--python-version 3.11 --upgrade -o requirements/dev.txt
	uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate \
		--python-version 3.11 --upgrade -o requirements/action.txt
	uv pip compile pyproject.toml --extra demo --universal --generate-hashes --no-header --no-annotate \
		--python-version 3.11 --upgrade -o requirements/demo.txt
	uv pip compile requirements/ci.in --universal --generate-hashes --no-header --no-annotate \
		--python-version 3.11 --upgrade -o requirements/ci.txt
	uv pip compile requirements/docs.in --universal --generate-hashes --no-header --no-annotate \
		--python-version 3.11 --upgrade -o requirements/docs.txt

clean:
	rm -rf $(VENV) demo build *.egg-info

# What the program itself needs, for the demo; the tools of the tests come on top.
$(VENV)/runs: pyproject.toml requirements/demo.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, not " + sys.version.split()[0] + "; try make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/installed: $(VENV)/runs requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@
