"""The table of settings and how the settings of a run are put together."""

from __future__ import annotations

import argparse
import re
from dataclasses import FrozenInstanceError
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amts_action.commands.options import add_settings
from amts_action.commands.options import given as given_options
from amts_action.errors import InputError
from amts_action.settings import FIELDS, Group, Settings, Trust, input_name, load, variable_name

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
        terminology="TERMS%%s",
        exclude=("*/*_origin.md", "README.md", "contrib/*md"),
        branch="amts/zh",
    )


def test_a_service_named_in_d2lbooks_configuration_is_not_started_by_that() -> None:
    assert load(config_ini=INI).engine == "memory"


LAYERS: list[dict[str, Any]] = [
    {"config_ini": b"[project]\nlang = aa\n"},
    {"amts_toml": b'target_lang = "be"\n'},
    {"environ": {"AMTS_TARGET_LANG": "cs"}},
    {"environ": {"AMTS_TARGET_LANG": "cs", "INPUT_TARGET-LANG": "de"}},
    {"arguments": {"target_lang": "ee"}},
]


def test_later_places_win() -> None:
    given_so_far: dict[str, Any] = {}
    for layer, expected in zip(LAYERS, ["aa", "be", "cs", "de", "ee"], strict=True):
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
            r"amts\.toml: unknown key 'tagret_lang', perhaps target_lang was meant; correct it",
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


# --- who may set it -------------------------------------------------------------------------------------------------

THEIRS = "https://example.org/books/zh"
SAMPLES: dict[str, object] = {"str": "x", "bool": True, "int": 7, "decimal": "0.5", "list": ["a=1"]}
"""A value of each kind that is no default."""
SPECIAL = {
    "small_changes": "translate",
    "pull_requests": "page",
    "target_suffix": ".zh",
    "gate": "off",
    "target_lang": "zh",
    "source_lang": "fr",
    "source": "https://example.org/en",
    "companions": False,
    "commit_keys": ["default_lang_commit"],
}


def _toml(name: str, kind: str) -> bytes:
    value = SPECIAL.get(name, SAMPLES[kind])
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{name} = {shown}".replace("'", '"').encode()


@pytest.mark.parametrize("entry", FIELDS, ids=lambda entry: entry.name)
def test_a_settings_file_says_no_more_than_its_repository_may(entry: Any) -> None:
    """Another's file only what is open to anybody, our own all but what is the caller's, the caller everything."""
    toml = _toml(entry.name, entry.kind)
    value = SPECIAL.get(entry.name, SAMPLES[entry.kind])
    for others, is_open in ((THEIRS, entry.trust is Trust.ANYBODY), ("", entry.trust is not Trust.CALLER)):
        if is_open:
            assert getattr(load(amts_toml=toml, others=others), entry.name) != entry.default
        else:
            with pytest.raises(InputError, match=rf"amts\.toml: sets {entry.name}, .*--{entry.name.replace('_', '-')}"):
                load(amts_toml=toml, others=others)
    # What the caller says counts, whatever a file says.
    said = load(amts_toml=toml, arguments={entry.name: value}, others=THEIRS)
    assert said == load(arguments={entry.name: value})


def test_what_costs_money_or_starts_programs_is_closed_to_others() -> None:
    """The list that the promise is made of, by name: a setting that moves out of it is seen here."""
    opened = {entry.name for entry in FIELDS if entry.trust is Trust.ANYBODY}
    closed = (
        "engine engine_command engine_options max_characters max_cost prices concurrency timeout_seconds cache_dir "
        "memory terminology region parallel_data s3_uri role_arn kms_key wait_minutes model base_url api_key_variable"
    )
    assert opened.isdisjoint(closed.split())


def test_a_table_of_a_language_counts_for_it_only() -> None:
    """One file may serve several translations; a slip in a table of another language is found, too."""
    toml = b'gate = "flag"\n[zh]\ninstructions = "zh.md"\n[pt-BR]\ninstructions = "pt.md"\ngate = "off"\n'
    found = {lang: load(amts_toml=toml, arguments={"target_lang": lang}) for lang in ("zh", "zh-Hant", "pt_br", "ja")}
    assert [found[lang].instructions for lang in found] == ["zh.md", "zh.md", "pt.md", ""]
    assert [found[lang].gate for lang in found] == ["flag", "flag", "off", "flag"]
    with pytest.raises(InputError, match=r"unknown key 'instuctions'.*instructions"):
        load(amts_toml=b'[ja]\ninstuctions = "x"\n', arguments={"target_lang": "zh"})


def test_a_default_in_anothers_file_is_no_matter() -> None:
    assert load(amts_toml=b'engine = "memory"\nmax_cost = 0\n', others=THEIRS) == Settings()


def test_all_that_is_refused_is_named_in_one_line() -> None:
    with pytest.raises(InputError, match=r"sets engine, prices, which .* --engine, --prices") as caught:
        load(amts_toml=b'engine = "command"\npaths = ["a"]\n[prices]\nx = 0\n', others=THEIRS)
    assert "\n" not in str(caught.value)


def test_anothers_d2lbook_configuration_is_passed_over_where_it_may_not_speak() -> None:
    """It is not written for us, so it is no reason to refuse the book; a note says what was left out."""
    notes: list[str] = []
    settings = load(config_ini=INI, others=THEIRS, notes=notes)
    assert (settings.terminology, settings.target_lang) == ("", "zh")
    assert notes == [f"{THEIRS}: config.ini: terminology is not taken from another repository"]


@pytest.mark.parametrize("place", ["/home/me/book", "../book", "file:///home/me/book", "~/book", "C:\\book"])
def test_anothers_file_names_no_folder_of_this_machine(place: str) -> None:
    toml = f"source = '{place}'".encode()
    assert load(amts_toml=toml).source == place
    assert load(amts_toml=toml, arguments={"source": "here"}, others=THEIRS).source == "here"
    with pytest.raises(InputError, match="which is not an address"):
        load(amts_toml=toml, others=THEIRS)


# --- the command line -----------------------------------------------------------------------------------------------


def _parsed(*words: str) -> dict[str, object]:
    parser = argparse.ArgumentParser()
    add_settings(parser, *Group)
    return given_options(parser.parse_args(words))


@pytest.mark.parametrize("name", [entry.name for entry in FIELDS if entry.kind == "list"])
def test_a_list_given_twice_adds_up(name: str) -> None:
    flag = f"--{name.replace('_', '-')}"
    assert _parsed(flag, "a=1", flag, "b=2", "c=3") == {name: ["a=1", "b=2", "c=3"]}


def test_every_setting_is_an_option_of_its_group() -> None:
    parser = argparse.ArgumentParser()
    add_settings(parser, *Group)
    assert {action.dest for action in parser._actions} - {"help"} == {entry.name for entry in FIELDS}
    titles = {group.title for group in parser._action_groups}
    assert titles >= {group.value for group in Group}
    assert _parsed("--wait", "5") == {"wait_minutes": 5}


# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["head", "base", "branch", "target_branch"])
def test_the_full_name_of_a_branch_is_its_name(name: str) -> None:
    """Workflows have `github.ref`, which is a full name."""
    assert getattr(load(arguments={name: "refs/heads/x/y"}), name) == "x/y"
    assert getattr(load(arguments={name: "refs/tags/v1"}), name) == "refs/tags/v1"


@pytest.mark.parametrize("code", ["zh", "ZH", "pt-BR", "zh_Hant", "zh-Hans-CN", "sr-Latn", "yue", "haw"])
def test_codes_of_languages(code: str) -> None:
    assert load(arguments={"target_lang": code}).target_lang == code


@pytest.mark.parametrize(
    ("code", "meant"),
    [("chinese", "zh"), ("jp", "ja"), ("cn", "zh"), ("xx", "one such as"), ("z", "one"), ("qq", "")],
)
def test_what_is_no_code_of_a_language_is_refused(code: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"is not a language code; write {meant}"):
        load(arguments={"target_lang": code})
