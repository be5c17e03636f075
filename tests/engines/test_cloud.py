"""Services on loopback, each as its public documentation has it: requests, replies, refusals, limits, languages."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from amts_action.engines.model import EngineSettings, Segment, Translation
from amts_action.engines.registry import create_engine
from amts_action.errors import EngineError, InputError

TEXTS = ("Use `f` and *all* of $x$.", "Plain words.", "Fish & chips < 3")
SPAN = re.compile(r"(<[^>]*>|&\w+;|`[^`]*`|\$[^$]*\$|⟦/?\d+⟧)")


def translated(text: str) -> str:
    """Every word becomes 词; tags, spans and entities stay."""
    out, depth = [], 0
    for part in SPAN.split(text):
        depth += part.startswith("<span") - part.startswith("</span")
        out.append(part if SPAN.fullmatch(part) or depth else re.sub(r"[A-Za-z]+", "词", part))
    return "".join(out)


@dataclass
class Service:
    """One server; `check` reads a request and gives what is wrong with it, or the answer."""

    check: Callable[[str, dict[str, str], Any], Any]
    refusals: list[tuple[int, Any]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    address: str = ""

    def __post_init__(self) -> None:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = service.refusals.pop(0) if service.refusals else (200, None)
                if status == 200:
                    service.bodies.append(body)
                    answer = service.check(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                    if isinstance(answer, str):
                        service.problems.append(answer)
                        status, answer = 400, {"message": answer}
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *about: object) -> None:
                """Says nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()


def deepl(path: str, headers: dict[str, str], body: Any) -> Any:
    if path != "/v2/translate" or headers.get("authorization") != "DeepL-Auth-Key secret:fx":
        return "wrong path or key"
    if len(body["text"]) > 50 or body["source_lang"] != "EN" or body["target_lang"] not in ("ZH-HANS", "DE"):
        return "wrong languages or too many texts"
    if set(body) - {"text", "source_lang", "target_lang", "tag_handling", "formality", "glossary_id"}:
        return "unknown field"
    rows = [{"detected_source_language": "EN", "text": translated(text)} for text in body["text"]]
    return {"translations": rows}


def google(path: str, headers: dict[str, str], body: Any) -> Any:
    if path != "/v3/projects/mine/locations/global:translateText" or headers.get("authorization") != "Bearer secret:fx":
        return "wrong path or token"
    if body["mimeType"] not in ("text/html", "text/plain") or body["targetLanguageCode"] != "zh-CN":
        return "wrong form or language"
    if 'translate="no"' in "".join(body["contents"]) and 'class="notranslate"' not in "".join(body["contents"]):
        return "not protected"
    return {"translations": [{"translatedText": translated(text)} for text in body["contents"]]}


def azure(path: str, headers: dict[str, str], body: Any) -> Any:
    about = parse_qs(urlsplit(path).query)
    if headers.get("ocp-apim-subscription-key") != "secret:fx" or headers.get("ocp-apim-subscription-region") != "here":
        return "wrong key or region"
    if about["api-version"] != ["3.0"] or about["to"] != ["zh-Hans"] or about["textType"][0] not in ("html", "plain"):
        return "wrong parameters"
    if about["textType"] == ["html"] and not all(re.fullmatch(r"<div>.*</div>", row["Text"], re.S) for row in body):
        return "HTML that is no element"
    return [{"translations": [{"text": translated(row["Text"]), "to": "zh-Hans"}]} for row in body]


def libre(path: str, headers: dict[str, str], body: Any) -> Any:
    if path != "/translate" or body.get("api_key") != "secret:fx" or body["target"] != "zh-Hans":
        return "wrong path, key or language"
    return {"translatedText": [translated(text) for text in body["q"]]}


def too_large(path: str, headers: dict[str, str], body: Any) -> Any:
    """A server of LibreTranslate that takes two texts at once and knows the old codes only."""
    if len(body["q"]) > 2:
        return f"Invalid request: request ({len(body['q'])}) exceeds text limit (2)"
    return {"translatedText": list(body["q"])} if body["target"] == "zh" else f"{body['target']} is not supported"


def anthropic(path: str, headers: dict[str, str], body: Any) -> Any:
    if path != "/v1/messages" or headers.get("x-api-key") != "secret:fx" or "anthropic-version" not in headers:
        return "wrong path, key or version"
    if body["tool_choice"] == {"type": "auto"}:
        return {"content": [{"type": "text", "text": "{}"}], "stop_reason": "end_turn", "usage": {}}
    if not body["max_tokens"] or body["tool_choice"] != {"type": "tool", "name": body["tools"][0]["name"]}:
        return "no tool"
    items = json.loads(body["messages"][0]["content"])["items"]
    made = {"translations": [{"id": item["id"], "text": translated(item["text"])} for item in items]}
    return {
        "content": [{"type": "tool_use", "id": "t1", "name": body["tools"][0]["name"], "input": made}],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 100, "output_tokens": 20, "cache_read_input_tokens": 7},
    }


SERVICES = {
    "deepl": (deepl, "DEEPL_AUTH_KEY", {}),
    "google": (google, "GOOGLE_ACCESS_TOKEN", {"options": {"project": "mine"}}),
    "azure": (azure, "AZURE_TRANSLATOR_KEY", {"region": "here"}),
    "libretranslate": (libre, "LIBRETRANSLATE_API_KEY", {}),
    "anthropic": (anthropic, "ANTHROPIC_API_KEY", {"model": "some-model"}),
}


@pytest.fixture(params=SERVICES)
def served(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Service, EngineSettings]]:
    """A service, its server, and the settings that lead there."""
    check, variable, more = SERVICES[request.param]
    monkeypatch.setenv(variable, "secret:fx")
    service = Service(check)
    yield request.param, service, EngineSettings(base_url=service.address, **more)  # type: ignore[arg-type]
    service.http.shutdown()
    service.http.server_close()
    assert service.problems == []


def ask(name: str, settings: EngineSettings, *texts: str, lang: str = "zh") -> list[Translation]:
    engine = create_engine(name, settings)
    segments = [Segment(str(n), text) for n, text in enumerate(texts)]
    return engine.translate(segments, source_lang="en", target_lang=lang)


def test_texts_come_back_translated(served: tuple[str, Service, EngineSettings]) -> None:
    """Spans and marks are where they were, and characters that HTML escapes are themselves again."""
    name, service, settings = served
    done = ask(name, settings, *TEXTS)
    assert [t.text for t in done] == ["词 `f` 词 *词* 词 $x$.", "词 词.", "词 & 词 < 3"]
    assert len(service.bodies) == 1


def test_a_service_that_fails_for_a_while_is_asked_again(served: tuple[str, Service, EngineSettings]) -> None:
    """Too many requests, then an answer."""
    name, service, settings = served
    service.refusals = [(429, {"message": "slow down"})]
    assert ask(name, settings, "Plain words.")[0].text == "词 词."


def test_a_service_that_refuses_is_one_line(served: tuple[str, Service, EngineSettings]) -> None:
    """A wrong key is bad usage; a refusal of everything is a service that failed; no key is ever shown."""
    name, service, settings = served
    service.refusals = [(403, {"error": {"message": "the key secret:fx is wrong"}})]
    with pytest.raises(InputError, match=r"the key \*\*\* is wrong; check the key"):
        ask(name, settings, "Plain words.")
    service.refusals = [(400, {"error": {"message": "no"}})] * 3
    with pytest.raises(EngineError, match="the service answered 400: no") as caught:
        ask(name, settings, "Plain words.")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "anthropic"])
def test_languages_and_settings_are_checked_before_anything_is_sent(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the service does not have is told without a call."""
    monkeypatch.setenv(SERVICES[name][1], "secret:fx")
    settings = EngineSettings(base_url="http://127.0.0.1:9", **SERVICES[name][2])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is no language of"):
        ask(name, settings, "Words.", lang="tlh")
    with pytest.raises(InputError, match=r"are the same language|are both EN"):
        ask(name, settings, "Words.", lang="en")
    told = EngineSettings(base_url="http://127.0.0.1:9", formality="formal", **SERVICES[name][2])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="--formality"):
        ask(name, told, "Words.")


def test_deepl_takes_formality_and_glossary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both travel, where the language has them; more than 50 texts are several calls."""
    monkeypatch.setenv("DEEPL_AUTH_KEY", "secret:fx")
    service = Service(deepl)
    settings = EngineSettings(base_url=service.address, formality="informal", terminology="g-1")
    done = ask("deepl", settings, *(f"Words of number {n}." for n in range(51)), lang="de")
    assert all(t.text for t in done) and [len(b["text"]) for b in service.bodies] in ([50, 1], [1, 50])
    assert {(b["formality"], b["glossary_id"], b["tag_handling"]) for b in service.bodies} == {("less", "g-1", "html")}
    service.http.shutdown()
    service.http.server_close()


def test_keys_are_needed_and_travel_only_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key the usual variable is named; over http to another machine none is sent."""
    for name in ("deepl", "azure"):
        with pytest.raises(InputError, match=f"set {SERVICES[name][1]}"):
            create_engine(name, EngineSettings())
        monkeypatch.setenv(SERVICES[name][1], "secret")
        with pytest.raises(InputError, match="unencrypted"):
            create_engine(name, EngineSettings(base_url="http://mt.example.org"))
    with pytest.raises(InputError, match="project=NAME"):
        create_engine("google", EngineSettings())
    monkeypatch.setenv("GOOGLE_ACCESS_TOKEN", "secret")
    with pytest.raises(InputError, match="location=PLACE"):
        create_engine("google", EngineSettings(terminology="g", options={"project": "mine"}))


def test_a_call_that_is_too_large_is_divided() -> None:
    """Each server has its own limits and codes, and says so in its errors."""
    service = Service(too_large)
    done = ask("libretranslate", EngineSettings(base_url=service.address), *(f"Words of number {n}." for n in range(5)))
    assert [t.text for t in done] == [f"Words of number {n}." for n in range(5)]
    assert [len(body["q"]) for body in service.bodies if len(body["q"]) <= 2 and body["target"] == "zh"] == [2, 1, 2]
    service.http.shutdown()
    service.http.server_close()


def test_a_text_that_is_refused_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of fifty texts in a call one is not taken: the others arrive. What is wrong with all is asked a few times."""
    monkeypatch.setenv("DEEPL_AUTH_KEY", "secret:fx")
    calls: list[int] = []

    def check(path: str, headers: dict[str, str], body: Any) -> Any:
        calls.append(len(body["text"]))
        is_bad = any(bad in text for text in body["text"] for bad in ("number 17.", "number 31.", "Bad"))
        return "Tag handling parsing failed" if is_bad else {"translations": [{"text": text} for text in body["text"]]}

    service = Service(check)
    settings = EngineSettings(base_url=service.address)
    done = ask("deepl", settings, *(f"Words of number {n}." for n in range(50)), lang="de")
    missing = [n for n, t in enumerate(done) if t.text is None]
    assert missing == [17, 31] and "Tag handling parsing failed" in done[17].flags[0]
    calls.clear()
    with pytest.raises(EngineError, match="Tag handling parsing failed"):
        ask("deepl", settings, *(f"Bad words of number {n}." for n in range(50)), lang="de")
    assert len(calls) < 15
    service.http.shutdown()
    service.http.server_close()


def test_what_is_paid_for_before_an_allowance_ends_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is divided, its first half is translated, and then the allowance is used up: that half arrives."""
    monkeypatch.setenv("DEEPL_AUTH_KEY", "secret:fx")
    service = Service(lambda path, headers, body: {"translations": [{"text": text} for text in body["text"]]})
    service.refusals = [(413, {"message": "too large"})]
    plain, counted = service.check, Counter[str]()

    def check(path: str, headers: dict[str, str], body: Any) -> Any:
        counted["calls"] += 1
        service.refusals += [(456, {"message": "Quota exceeded"})]
        return plain(path, headers, body)

    service.check = check
    settings = EngineSettings(base_url=service.address, concurrency=1)
    done = ask("deepl", settings, *(f"Words of number {n}." for n in range(4)), lang="de")
    assert [t.text is not None for t in done] == [True, True, False, False]
    assert counted["calls"] == 1 and "Quota exceeded" in done[2].flags[0]
    service.http.shutdown()
    service.http.server_close()


def test_good_texts_beside_several_bad_ones_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of fifty are refused in the same words: all others arrive."""
    monkeypatch.setenv("DEEPL_AUTH_KEY", "secret:fx")

    def check(path: str, headers: dict[str, str], body: Any) -> Any:
        is_bad = any(f"number {n}." in text for text in body["text"] for n in (3, 9, 40))
        return "Tag handling parsing failed" if is_bad else {"translations": [{"text": text} for text in body["text"]]}

    service = Service(check)
    texts = (f"Words of number {n}." for n in range(50))
    done = ask("deepl", EngineSettings(base_url=service.address), *texts, lang="de")
    assert [n for n, t in enumerate(done) if t.text is None] == [3, 9, 40]
    service.http.shutdown()
    service.http.server_close()


@pytest.mark.parametrize(
    ("name", "more", "is_new", "said"),
    [
        ("libretranslate", {}, lambda body: body["target"] != "zh", "zh-Hans is not supported"),
        (
            "anthropic",
            {"model": "m"},
            lambda body: body["tool_choice"]["type"] != "auto",
            "Thinking may not be enabled when tool_choice forces tool use.",
        ),
        (
            "openai",
            {"model": "m", "options": {"temperature": "0"}},
            lambda body: "temperature" in body,
            "'temperature' does not support 0 with this model.",
        ),
    ],
)
def test_what_one_call_learns_helps_those_under_way(
    name: str, more: dict[str, Any], is_new: Callable[[Any], bool], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two calls are refused at the same time for the same reason: both are made again as the service takes them."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    both = threading.Barrier(2, timeout=10)

    def check(path: str, headers: dict[str, str], body: Any) -> Any:
        if is_new(body):
            both.wait()
            return said
        return {"translatedText": list(body["q"])} if "q" in body else {}

    service = Service(check)
    settings = EngineSettings(base_url=service.address, concurrency=2, **more)
    backend = create_engine(name, settings).backend  # type: ignore[attr-defined]
    if name == "libretranslate":
        ask_once = partial(backend.ask, ["Words."], False, "en", "zh-Hans")
    else:
        ask_once = partial(backend.model.ask, "system", "user", 10)
    with ThreadPoolExecutor(2) as pool:
        errors = [future.exception() for future in [pool.submit(ask_once) for _ in range(2)]]
    assert [str(error) for error in errors if error is not None and said in str(error)] == []
    assert len(service.bodies) == 4
    service.http.shutdown()
    service.http.server_close()


def test_a_call_holds_what_the_service_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text in other scripts is larger than it is long, and stays below DeepL's 128 KiB."""
    monkeypatch.setenv("DEEPL_AUTH_KEY", "secret:fx")
    sizes: list[int] = []

    def check(path: str, headers: dict[str, str], body: Any) -> Any:
        sizes.append(int(headers["content-length"]))
        return {"translations": [{"text": text} for text in body["text"]]}

    service = Service(check)
    settings = EngineSettings(base_url=service.address)
    engine = create_engine("deepl", settings)
    texts = [f"第{n}句。" + '他说"是"。' * 1200 for n in range(20)]
    engine.translate([Segment(str(n), t) for n, t in enumerate(texts)], source_lang="zh", target_lang="en")
    assert len(sizes) > 2 and max(sizes) < 128 * 1024
    service.http.shutdown()
    service.http.server_close()


@pytest.mark.parametrize("said", ["Daily Limit Exceeded", "the operation is not allowed (403001)"])
def test_an_allowance_that_is_used_up_is_no_wrong_key(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Google and Azure answer 403 for both."""
    monkeypatch.setenv("AZURE_TRANSLATOR_KEY", "secret:fx")
    service = Service(azure)
    service.refusals = [(403, {"error": {"code": 403, "message": said}})] * 2
    with pytest.raises(EngineError, match="raise the allowance") as caught:
        ask("azure", EngineSettings(base_url=service.address, region="here"), "Plain words.")
    assert caught.value.exit_code == 3
    service.http.shutdown()
    service.http.server_close()


def test_a_model_that_thinks_first_chooses_its_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses to be told; a question that fills its window is divided."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret:fx")

    def check(path: str, headers: dict[str, str], body: Any) -> Any:
        if body["tool_choice"] != {"type": "auto"}:
            return "Thinking may not be enabled when tool_choice forces tool use."
        items = json.loads(body["messages"][0]["content"])["items"]
        if len(items) > 1:
            return "prompt is too long: 208310 tokens > 200000 maximum"
        made = json.dumps({"translations": [{"id": item["id"], "text": translated(item["text"])} for item in items]})
        return {"content": [{"type": "text", "text": f"Sure. {made}"}], "stop_reason": "end_turn", "usage": {}}

    service = Service(check)
    done = ask("anthropic", EngineSettings(base_url=service.address, model="m", concurrency=1), "Some words.", "More.")
    assert [t.text for t in done] == ["词 词.", "词."]
    service.http.shutdown()
    service.http.server_close()


def test_options_that_do_nothing_are_errors() -> None:
    """Names of options are checked for all our engines."""
    for name in ("memory", "deepl", "openai", "local"):
        with pytest.raises(InputError, match="has no option 'temprature'"):
            create_engine(name, EngineSettings(model="m", options={"temprature": "0"}))


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens for m", {"max_tokens": 1_100}),
        ("Thinking may not be enabled when tool_choice forces tool use.", {"tool_choice": {"type": "auto"}}),
    ],
)
def test_anthropic_is_asked_as_the_model_takes_it(
    said: str, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model with shorter answers, or one that thinks first; an account without money is asked once."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret:fx")
    service = Service(anthropic)
    settings = EngineSettings(base_url=service.address, model="m", concurrency=1)
    said = said.replace("4096", "1100")
    service.refusals = [(400, {"error": {"type": "invalid_request_error", "message": said}})]
    model = create_engine("anthropic", settings).backend.model  # type: ignore[attr-defined]
    model.ask("system", json.dumps({"items": []}), 2_000)
    assert {name: service.bodies[0][name] for name in changed} == changed
    poor = {"error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the API"}}
    service.refusals = [(400, poor)] * 9
    with pytest.raises(EngineError, match="credit balance is too low"):
        ask("anthropic", settings, *(f"Words of number {n}." for n in range(20)))
    assert len(service.refusals) == 8
    service.http.shutdown()
    service.http.server_close()
