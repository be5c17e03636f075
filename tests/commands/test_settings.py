"""The table of settings and how the settings of a run are put together."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amts_action.errors import InputError
from amts_action.settings import FIELDS, Settings, input_name, load, variable_name

INI = """
[project]
name = d2l-zh
lang = zh
lang = zh

[translation]
origin_repo = d2l-ai/d2l-en
origin_lang = en
translator = aws
terminology = TERMS%%s

[build]
# comment
exclusions = */*_origin.md README.md
    contrib/*md
sphinx_configs = numfig_format = {'figure': '图%%s', 'x': '%s'}
    latex_elements = {
    'preamble' : r'''
                \\usepackage{ctex}

                \\setmainfont{Source Serif Pro}
    }
[deploy]
a key without a value
""".encode()


def test_the_table_is_complete_and_usable_for_inputs_and_options() -> None:
    assert [entry.name for entry in FIELDS] == list(Settings.__slots__)
    for entry in FIELDS:
        assert re.fullmatch(r"[a-z][a-z0-9_]*[a-z]", entry.name)
        assert entry.help and not entry.help.endswith(".")
        assert (entry.kind, type(entry.default)) in (
            ("str", str),
            ("bool", bool),
            ("int", int),
            ("decimal", Decimal),
            ("list", tuple),
        )
    assert (input_name("target_lang"), variable_name("target_lang")) == ("INPUT_TARGET-LANG", "AMTS_TARGET_LANG")


def test_nothing_given_means_the_defaults_and_they_cannot_be_changed() -> None:
    assert load() == load(config_ini=b"", amts_toml=b"", environ={}, arguments={}) == Settings()
    with pytest.raises(FrozenInstanceError):
        load().engine = "x"  # type: ignore[misc]


def test_d2lbooks_configuration_is_understood_with_its_odd_values() -> None:
    assert load(config_ini=INI) == Settings(
        source="https://github.com/d2l-ai/d2l-en",
        source_lang="en",
        target_lang="zh",
        translator="aws",
        terminology="TERMS%%s",
        exclude=("*/*_origin.md", "README.md", "contrib/*md"),
        branch="amts/zh",
    )


def test_a_service_named_in_d2lbooks_configuration_is_not_started_by_that() -> None:
    assert load(config_ini=INI).engine == "memory"


LAYERS: list[dict[str, Any]] = [
    {"config_ini": b"[project]\nlang = aa\n"},
    {"amts_toml": b'target_lang = "bb"\n'},
    {"environ": {"AMTS_TARGET_LANG": "cc"}},
    {"environ": {"AMTS_TARGET_LANG": "cc", "INPUT_TARGET-LANG": "dd"}},
    {"arguments": {"target_lang": "ee"}},
]


def test_later_places_win() -> None:
    given_so_far: dict[str, Any] = {}
    for layer, expected in zip(LAYERS, ["aa", "bb", "cc", "dd", "ee"], strict=True):
        given_so_far |= layer
        assert load(**given_so_far).target_lang == expected


def test_an_empty_value_is_an_unset_one_everywhere() -> None:
    settings = load(
        config_ini=b"[project]\nlang = zh\n[translation]\norigin_lang =\n[build]\nexclusions = x\n",
        amts_toml=b'target_lang = ""\nexclude = []\n',
        environ={"INPUT_TARGET-LANG": " ", "AMTS_ENGINE": "", "INPUT_FILL-MISSING": ""},
        arguments={"target_lang": None, "paths": ()},
    )
    assert settings == Settings(target_lang="zh", branch="amts/zh", exclude=("x",))


def test_every_kind_is_read_from_every_place() -> None:
    toml = load(amts_toml=b'fill_missing = true\nmax_characters = 5\npaths = ["a", "b c"]\nengine = "command"\n')
    variables = {"fill_missing": "true", "max_characters": " 5 ", "paths": "a\n\n b c\n", "engine": "command"}
    environ = load(environ={variable_name(name): value for name, value in variables.items()})
    inputs = load(environ={input_name(name): value for name, value in variables.items()})
    line = load(arguments={"fill_missing": True, "max_characters": 5, "paths": ["a", "b c"], "engine": "command"})
    assert toml == environ == inputs == line
    assert toml == Settings(fill_missing=True, max_characters=5, paths=("a", "b c"), engine="command")
    assert load(amts_toml=b"companions = true", arguments={"companions": False}).companions is False


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"amts_toml": b"tagret_lang = 'zh'"},
            r"amts\.toml: unknown key 'tagret_lang'; valid are .*assignees, base, .*target_lang",
        ),
        ({"amts_toml": b"[sync]\nengine = 'x'"}, r"amts\.toml: unknown key 'sync'"),
        ({"amts_toml": b"engine = "}, r"amts\.toml: not valid TOML"),
        ({"amts_toml": b"\xff"}, r"amts\.toml: not valid TOML"),
        ({"amts_toml": b"fill_missing = 'yes'"}, r"amts\.toml: fill_missing: 'yes' is neither true nor false"),
        ({"amts_toml": b"fill_missing = 1"}, r"amts\.toml: fill_missing: 1 is neither"),
        ({"amts_toml": b"max_characters = true"}, r"amts\.toml: max_characters: True is not a whole number"),
        ({"amts_toml": b"max_characters = 1.5"}, r"max_characters: 1.5 is not a whole number"),
        ({"amts_toml": b"paths = [1]"}, r"amts\.toml: paths: this is not a text"),
        ({"amts_toml": b"paths = 3"}, r"amts\.toml: paths: 3 is not a list"),
        ({"amts_toml": b"engine = ['x']"}, r"amts\.toml: engine: this is not a text"),
        ({"amts_toml": b"source_path = '../x'"}, r"amts\.toml: source_path: '\.\./x' is not a folder"),
        ({"environ": {"INPUT_FILL-MISSING": "True"}}, r"input fill-missing: 'True' is neither true nor false"),
        ({"environ": {"AMTS_TIMEOUT_SECONDS": "0"}}, r"AMTS_TIMEOUT_SECONDS: 0 is below 1"),
        ({"environ": {"AMTS_MAX_CHARACTERS": "1e3"}}, r"AMTS_MAX_CHARACTERS: '1e3' is not a whole number"),
        ({"arguments": {"target_lang": "Chinese (China)"}}, r"--target-lang: .* is not a language code"),
        ({"arguments": {"head": "--output=x"}}, r"--head: .* starts with a hyphen"),
        ({"arguments": {"colour": "x"}}, r"command line: unknown setting colour"),
        ({"config_ini": b"no section\n"}, r"config\.ini: not a valid INI file"),
        ({"config_ini": b"[project]\nlang = zh CN !\n"}, r"config\.ini: \[project\] lang: .* is not a language code"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        load(**given)
    assert "\n" not in str(caught.value)


def test_folders_are_put_in_one_form() -> None:
    for written in ("site/en", "./site/en", "site/en/", "/site/en/"):
        assert load(arguments={"source_path": written}).source_path == "site/en"
    assert load(arguments={"source_path": "."}).source_path == ""


def test_the_branch_is_named_after_the_language_unless_it_has_a_name() -> None:
    assert load(arguments={"target_lang": "pt-BR"}).branch == "amts/pt-BR"
    assert load(amts_toml=b"branch = 'sync'", arguments={"target_lang": "zh"}).branch == "sync"


@given(st.binary(max_size=60), st.sampled_from(["config_ini", "amts_toml"]))
def test_no_file_whatever_is_in_it_gives_more_than_one_line(data: bytes, name: str) -> None:
    try:
        load(**{name: data})
    except InputError as error:
        assert "\n" not in str(error)


def test_money_and_tables_are_read_from_every_place() -> None:
    """A cost is exact, however it is written, and a table of amts.toml is a list of NAME=VALUE."""
    toml = b'max_cost = 0.1\n[prices]\n"some.model:input" = 2.5\n[engine_options]\nmark = "?"\n'
    settings = load(amts_toml=toml, environ={"INPUT_MAX-COST": " 1.10 "})
    assert settings.max_cost == Decimal("1.10")
    assert load(amts_toml=toml).max_cost == Decimal("0.1")
    assert (settings.prices, settings.engine_options) == (("some.model:input=2.5",), ("mark=?",))
    for wrong in ("1,5", "NaN", "inf", "-1", "x"):
        with pytest.raises(InputError, match="AMTS_MAX_COST"):
            load(environ={"AMTS_MAX_COST": wrong})
    with pytest.raises(InputError, match="is not a number"):
        load(amts_toml=b"max_cost = true")
