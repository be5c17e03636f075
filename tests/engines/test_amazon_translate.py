"""The engine `amazon-translate`, against a server that keeps to the service's protocol and rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from aws.faults import CUT, EXPIRED, INTERNAL, THROTTLED_400, UNAVAILABLE, Fault
from aws.server import TranslateServer
from aws.sigv4 import Key

from amts_action.documents.inline import protected
from amts_action.engines.aws.clients import client
from amts_action.engines.languages import AMAZON_CODES, amazon_pair, language_name
from amts_action.engines.model import EngineSettings, Segment, Translation
from amts_action.engines.registry import create_engine
from amts_action.engines.service.machine import MachineEngine
from amts_action.errors import AmtsError, InputError, LimitError, ServiceError

TEXTS = tuple(f"The value of `f{n}` is $x_{n}$ & more." for n in range(30))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TranslateServer]:
    """A running server to which all clients of AWS are led; it must not have done anything wrong itself."""
    with TranslateServer() as running:
        for name, value in running.environ().items():
            monkeypatch.setenv(name, value)
        yield running
        assert running.problems == []


def engine(path: Path | None = None, **settings: object) -> MachineEngine:
    """The engine, with a cache in `path`."""
    made = create_engine("amazon-translate", replace(EngineSettings(cache_path=path), **settings))  # type: ignore[arg-type]
    assert isinstance(made, MachineEngine) and made.name == "amazon-translate"
    return made


def ask(machine: MachineEngine, *texts: str, lang: str = "zh-Hans") -> list[Translation]:
    """The translations of texts."""
    segments = [Segment(str(n), text) for n, text in enumerate(texts)]
    return machine.translate(segments, source_lang="en", target_lang=lang)


def paid(server: TranslateServer) -> list[str]:
    """The texts that the service has translated, each as often as it did."""
    return [c.request["Text"] for c in server.state.calls if c.operation == "TranslateText" and c.took_effect]


def test_markup_survives_and_the_code_is_amazons(server: TranslateServer) -> None:
    """Spans come back, the language code is the service's own, and the use is counted."""
    machine = engine()
    done = ask(machine, "Use `f` & *see* $x<y$.", "Plain.", lang="pt-BR")
    assert [t.text for t in done] == ["⟦pt⟧Use `f` & *see* $x<y$.", "⟦pt⟧Plain."]
    assert [t.characters for t in done] == [len("Use  & see ."), len("Plain.")]
    sent = paid(server)
    assert machine.usage.billed_characters == sum(map(len, sent))
    assert machine.usage.cost == Decimal(15) * sum(map(len, sent)) / 1_000_000
    assert (machine.usage.calls, machine.usage.characters) == (2, sum(t.characters for t in done))


def test_a_long_block_is_cut_and_joined(server: TranslateServer) -> None:
    """No call is above the service's 10,000 bytes, and the block is whole again."""
    text = " ".join(f"Sentence {n} explains `f{n}` and the great value of $x_{n}$ once more." for n in range(250))
    (done,) = ask(engine(), text)
    sizes = [len(t.encode()) for t in paid(server)]
    assert len(sizes) > 2 and max(sizes) <= 10_000
    assert done.text is not None and done.text.count("⟦zh⟧") == len(sizes)
    assert all(f"`f{n}`" in done.text for n in range(250))


def test_terminology_and_formality_go_along(server: TranslateServer) -> None:
    """Both are part of the call, where the language has them."""
    file = b"en,de\nvalue,Wert\n"
    data = {"File": file, "Format": "CSV"}
    client("translate").import_terminology(Name="book", MergeStrategy="OVERWRITE", TerminologyData=data)
    machine = engine(terminology="book", formality="informal")
    assert ask(machine, "The value.", lang="de")[0].text == "⟦de⟧The Wert."
    last = next(c for c in server.state.calls if c.operation == "TranslateText").request
    assert last["Settings"] == {"Formality": "INFORMAL"} and last["TerminologyNames"] == ["book"]
    with pytest.raises(InputError, match="the terminology book has no fr, only de"):
        ask(engine(terminology="book"), "The value.", lang="fr")
    with pytest.raises(InputError, match="there is no terminology other; import it"):
        ask(engine(terminology="other"), "The value.", lang="de")
    assert len(paid(server)) == 1


def test_a_new_terminology_is_a_new_question(server: TranslateServer, tmp_path: Path) -> None:
    """Cached replies were made with one state of a resource; when it changes, they do not count."""
    aws = client("translate")

    def put(word: bytes) -> None:
        data = {"File": b"en,de\nvalue," + word + b"\n", "Format": "CSV"}
        aws.import_terminology(Name="book", MergeStrategy="OVERWRITE", TerminologyData=data)
        with server.state.lock:
            server.state.clock.advance(60)

    put(b"Wert")
    path = tmp_path / "c.sqlite"
    assert ask(engine(path, terminology="book"), "The value.", lang="de")[0].text == "⟦de⟧The Wert."
    put(b"Betrag")
    assert ask(engine(path, terminology="book"), "The value.", lang="de")[0].text == "⟦de⟧The Betrag."
    assert len(paid(server)) == 2


@pytest.mark.parametrize(
    ("lang", "settings", "message"),
    [
        ("jp", {}, "'jp' is no language of Amazon Translate; near codes are .*ja"),
        ("chinese", {}, "near codes are zh"),
        ("en-GB", {}, "en and en-GB are the same language"),
        ("zh", {"formality": "formal"}, "no formality in zh; leave it out; the languages with one are .*de"),
        ("de", {"formality": "polite"}, "'polite' is no formality; write formal or informal"),
    ],
)
def test_what_the_service_lacks_is_said_before_a_call(
    server: TranslateServer, lang: str, settings: dict[str, object], message: str
) -> None:
    """Languages, directions and formality are checked without asking anybody."""
    with pytest.raises(InputError, match=message):
        ask(engine(**settings), "Text.", lang=lang)
    assert server.state.calls == []


def test_every_code_of_the_table_is_one_that_the_service_takes(server: TranslateServer) -> None:
    """The server's own list of codes, made from the service's documentation, has all of ours."""
    from aws.state import FORMAL, LANGUAGES

    from amts_action.engines.languages import FORMAL_CODES

    assert set(LANGUAGES) - {"auto"} >= AMAZON_CODES and set(FORMAL) == set(FORMAL_CODES)
    assert amazon_pair("en-US", "zh-Hant") == ("en", "zh-TW")
    assert language_name("zh-Hant") == "Chinese (zh-Hant)" and language_name("tlh") == "tlh"


def test_a_troubled_run_gives_the_same_and_pays_once(server: TranslateServer, tmp_path: Path) -> None:
    """Throttling, errors and a cut connection change neither the output nor how often a text is paid for."""
    calm = ask(engine(), *TEXTS)
    server.state.calls.clear()
    for fault, after in ((THROTTLED_400, 2), (INTERNAL, 9), (CUT, 14), (UNAVAILABLE, 20), (THROTTLED_400, 25)):
        server.faults.add(fault, operation="TranslateText", after=after)
    troubled = ask(engine(tmp_path / "c.sqlite"), *TEXTS)
    assert troubled == calm
    assert len(server.faults.struck) == 5
    assert sorted(paid(server)) == sorted(set(paid(server))) and len(paid(server)) == len(TEXTS)


def test_a_run_that_died_pays_only_for_the_rest(server: TranslateServer, tmp_path: Path) -> None:
    """What came before the credentials expired is delivered, kept, and not asked for again."""
    path = tmp_path / "c.sqlite"
    server.faults.add(EXPIRED, operation="TranslateText", after=10, times=1000)
    first = ask(engine(path, concurrency=1), *TEXTS)
    done = [t for t in first if t.text is not None]
    assert len(done) == len(paid(server)) == 10
    assert {t.flags for t in first if t.text is None} == {("no reply: the AWS credentials have expired",)}
    server.faults.rules.clear()
    estimate = engine(path).estimate(
        [Segment(str(n), t) for n, t in enumerate(TEXTS)], source_lang="en", target_lang="zh-Hans"
    )
    assert estimate.calls == 20
    again = engine(path)
    second = ask(again, *TEXTS)
    assert all(t.text is not None for t in second)
    assert len(paid(server)) == len(set(paid(server))) == 30
    assert sum(t.characters for t in second) == again.usage.characters == estimate.characters
    assert again.counts["cached"] == 10 and again.counts["sent"] == 20


def test_a_service_that_gives_nothing_is_an_error(server: TranslateServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no text at all came back, the run ends with what is wrong, and soon."""
    server.keys["AKIDENIED"] = Key("AKIDENIED", "secret", denied=frozenset({"TranslateText"}))
    for name, value in server.environ(server.keys["AKIDENIED"]).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ServiceError, match="translate:TranslateText is not allowed"):
        ask(engine(concurrency=2), *TEXTS)
    assert len(server.state.calls) <= 4
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIUNKNOWN")
    with pytest.raises(AmtsError, match="credentials"):
        ask(engine(), "Text.")


def test_one_refused_text_does_not_stop_the_others(server: TranslateServer) -> None:
    """A refusal of one text is the flag of its block."""
    fault = Fault("InvalidRequestException", 400, message="odd\ntext")
    server.faults.add(fault, operation="TranslateText")
    server.faults.add(fault, operation="TranslateText", after=2)
    done = ask(engine(concurrency=1), "One `x`.", "Two.")
    refused = "refused: InvalidRequestException: odd text"
    assert [(t.text, t.flags) for t in done] == [(None, (refused,)), ("⟦zh⟧Two.", ())]


def test_limits_stop_before_the_first_call(server: TranslateServer, tmp_path: Path) -> None:
    """Neither characters nor money are spent beyond what is allowed, and known replies count nothing."""
    for limit in ({"max_characters": 20}, {"max_cost": Decimal("0.0001")}):
        with pytest.raises(LimitError, match="would"):
            ask(engine(**limit), *TEXTS)
    assert server.state.calls == []
    path = tmp_path / "c.sqlite"
    ask(engine(path), *TEXTS)
    assert all(t.text for t in ask(engine(path, max_characters=1, max_cost=Decimal(0)), *TEXTS))
    ask(engine(max_cost=Decimal("0.0001"), prices={"amazon-translate": Decimal(0)}), *TEXTS)


def test_many_calls_are_under_way_at_once_and_order_is_kept(server: TranslateServer) -> None:
    """As many calls at once as allowed, not one more, and every reply is with its segment."""
    server.faults.rate(1.0, Fault(seconds=0.02))
    done = ask(engine(concurrency=5), *TEXTS)
    assert 3 <= server.most_at_once <= 5
    assert [t.text for t in done] == [f"⟦zh⟧{text}" for text in TEXTS]


@pytest.mark.parametrize("manner", ["drop", "double", "alter", "garble", "unquote", "space", "move"])
def test_the_services_bad_manners_never_reach_the_book(server: TranslateServer, manner: str) -> None:
    """What the field has seen of the service is mended or refused; what is written holds every span once."""
    server.state.manners = manner
    text = "Use `f` with $x$. Then look at `g`, too."
    machine = engine()
    (done,) = ask(machine, text)
    if manner in ("unquote", "space", "move"):
        assert done.text is not None
    assert done.text is None or protected(done.text) == protected(text)
    assert (done.text is None) == bool(machine.counts["rejected"] and not machine.counts["accepted"])
