"""The engine `local`: marks put back by words, packages that nobody vouches for, models fetched once and verified."""

from __future__ import annotations

import json
import os
import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from amts_action.documents.inline import protected
from amts_action.engines.local import ctranslate, finding, firefox
from amts_action.engines.local.backend import LocalEngine, translated
from amts_action.engines.local.fetching import _newest
from amts_action.engines.local.model import Made
from amts_action.engines.local.packages import codes_of, languages_of, unpacked
from amts_action.engines.local.spans import (
    OPENS,
    Parted,
    are_kept,
    is_stuck,
    joined,
    numbered,
    parted,
    placed,
    renumbered,
    signed,
)
from amts_action.engines.local.stand_ins import in_marks, put_back, stood_in
from amts_action.engines.local.whole import made_whole
from amts_action.engines.model import EngineSettings, Segment
from amts_action.engines.registry import create_engine
from amts_action.engines.service.forms import is_lost
from amts_action.errors import InputError, ServiceError
from amts_action.markup.wire import Rejection, decode, encode

WORDS = {"use": "用", "all": "全部", "of": "的", "in": "在", "the": "这", "red": "红", "apple": "苹果"}
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "models" / "translate-en_zh-0_1.argosmodel"


class Reverse:
    """Turns the words around and translates them; it may know marks, and may lose them."""

    identity = "reverse"

    def __init__(self, *, aligns: bool = True, marks: bool = False, loses: bool = False) -> None:
        self.aligns, self._marks, self._loses = aligns, marks, loses
        self.asked: list[tuple[str, ...]] = []

    def knows(self, mark: str) -> bool:
        return self._marks

    def pieces(self, text: str) -> list[str]:
        return [f"▁{word}" for word in text.split()]

    def translate(self, sentences: Sequence[Sequence[str]], *, aligned: bool) -> list[Made]:
        self.asked += [tuple(s) for s in sentences]
        return [self._one(list(s), aligned) for s in sentences]

    def _one(self, pieces: list[str], aligned: bool) -> Made:
        order = [n for n in reversed(range(len(pieces))) if not (self._loses and re.search(r"[⟦XQ]\d?", pieces[n]))]
        made = tuple("▁" + WORDS.get(pieces[n].strip("▁.").lower(), pieces[n].strip("▁.")) for n in order)
        return Made(made, tuple(order) if aligned else ())


@pytest.mark.parametrize(
    ("text", "expected", "lost"),
    [
        ("Use ⟦0⟧all⟦/0⟧ of the apple", "苹果 这 的 ⟦0⟧全部⟦/0⟧ 用", ""),
        ("Use the ⟦1⟧red apple⟦/1⟧", "⟦1⟧苹果 红⟦/1⟧ 这 用", ""),
        ("Use ⟦0⟧ in the apple", "苹果 这 在 ⟦0⟧ 用", "苹果 这 ⟦0⟧在 用"),
        ("Use the apple ⟦0⟧", "⟦0⟧ 苹果 这 用", "苹果⟦0⟧ 这 用"),
        ("⟦0⟧", "⟦0⟧", ""),
        ("⟦0⟧Use all.⟦/0⟧ Use ⟦1⟧ apple.", "⟦0⟧全部 用⟦/0⟧苹果 ⟦1⟧ 用", "⟦0⟧全部 用⟦/0⟧⟦1⟧苹果 用"),
        ("Use ⟦0⟧all. In the⟦/0⟧ apple.", "⟦0⟧全部 用苹果 这⟦/0⟧ 在", ""),
        (
            "Use ⟪0⟫ of ⟦0⟧ ⟪1⟫red⟪/1⟫ apple",
            "苹果 ⟪1⟫红⟪/1⟫ ⟦0⟧ 的 ⟪0⟫ 用",
            "苹果 ⟦0⟧⟪1⟫红⟪/1⟫ ⟪0⟫的 用",
        ),
    ],
)
def test_marks_follow_their_words(text: str, expected: str, lost: str) -> None:
    """The ends of an emphasis enclose what became of its words. A word stands in for a span; where it is lost, the span
    stands before what became of the word after it.
    """
    model = Reverse()
    assert translated(model, [text], source_lang="en", target_lang="zh") == [expected]
    assert translated(Reverse(loses=True), [text], source_lang="en", target_lang="zh") == [lost or expected]
    assert are_kept(text, expected) and all("⟦" not in piece for pieces in model.asked for piece in pieces)


def test_known_marks_stay_and_lost_ones_are_placed() -> None:
    """A model that has learnt marks gets them, numbered from 0; where it loses one, its words say where it goes."""
    kept = Reverse(marks=True)
    assert translated(kept, ["Use ⟦7⟧ apple"], source_lang="en", target_lang="zh") == ["苹果 ⟦7⟧ 用"]
    assert kept.asked == [("▁Use", "▁⟦0⟧", "▁apple")]
    lost = Reverse(marks=True, loses=True)
    (text,) = translated(lost, ["Use ⟦7⟧ apple"], source_lang="en", target_lang="zh")
    assert are_kept("⟦7⟧", text) and len(lost.asked) == 2
    assert renumbered(*[(reply := numbered("a ⟦4⟧ b ⟦2⟧"))[0], reply[1]]) == "a ⟦4⟧ b ⟦2⟧"
    assert placed(Parted((), ((0, "⟦0⟧", "span"),)), Made(())) == ["⟦0⟧"] and joined(["▁a", "b"]) == "ab"
    assert parted("a⟦0⟧b", str.split, lambda mark: False).marks == ((1, "⟦0⟧", "span"),)


class Odd(Reverse):
    """Makes marks and signs of HTML that nobody sent, and nothing of what is longer than three words."""

    def translate(self, sentences: Sequence[Sequence[str]], *, aligned: bool) -> list[Made]:
        return [
            Made(("▁⟦8⟧", *made.pieces, "▁&gt;"), (0, *made.aligned, 0) if aligned else ())
            if len(made.pieces) < 4
            else Made(())
            for made in super().translate(sentences, aligned=aligned)
        ]


def test_what_a_model_leaves_out_or_makes_up_reaches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of which it leaves out a sentence has no translation, not a part of one; its own marks are dropped."""
    texts = ["Red apple", "Red apple. Use all of the red apple. Red."]
    assert translated(Odd(), texts, source_lang="en", target_lang="zh") == ["苹果 红 >", ""]
    monkeypatch.setattr("amts_action.engines.local.backend.load", lambda *about: Odd())
    texts = ["Use all of the red apple `f`. Red.", "Red `f` apple."]
    segments = [Segment(str(n), t) for n, t in enumerate(texts)]
    lost, whole = create_engine("local", EngineSettings()).translate(segments, source_lang="en", target_lang="zh")
    assert lost.flags == ("rejected: the model lost its way",) and whole.text is not None and "⟦" not in whole.text
    assert is_stuck("远远远远。", "Far away.") and not is_stuck("远远远。", "Far away.")
    assert not is_stuck("哈哈哈哈", "ha ha ha ha") and not is_stuck("1 000 000 000 000 x0000", "10^12")
    assert is_lost("All of these", "。") is False and is_lost("All of those x", "。") is True
    found = decode(encode("A cat."), "猫⟦0⟧。")
    assert found == Rejection("garbage") and not isinstance(decode(encode("⟦0⟧"), "⟦0⟧ 猫"), Rejection)


@pytest.mark.parametrize(
    ("pieces", "aligned", "expected"),
    [
        (("▁la", "▁ma", "nza", "na", "▁roja"), (0, 3, 1, 3, 2), "la ⟦0⟧manzana⟦/0⟧ roja"),
        (("▁la", "▁ma", "nza", "na", ",", "▁roja"), (0, 3, 1, 3, 3, 2), "la ⟦0⟧manzana⟦/0⟧, roja"),
        (("▁a", "▁b"), (0, 0), "a ⟦0⟧b⟦/0⟧"),
        ((), (), "⟦0⟧⟦/0⟧"),
    ],
)
def test_marks_stand_at_words(pieces: tuple[str, ...], aligned: tuple[int, ...], expected: str) -> None:
    """A mark never parts a word, and the end of a pair is not lost where its words became nothing."""
    text = signed("the ⟦0⟧apple⟦/0⟧ red")
    source = parted(text, lambda run: [f"▁{word}" for word in run.split()], lambda mark: False)
    assert joined(placed(source, Made(pieces, aligned))).replace("\ue000", "") == expected


WORDS_ES = {"the": "el", "value": "valor", "of": "de", "is": "es", "and": "y", "good": "bueno"}


class Silent:
    """A model of Firefox as far as it can be without one: it says nothing of words, and may lose what stands in."""

    def __init__(self, *lost: str) -> None:
        self.lost = lost

    def translate_long(self, text: str) -> str:
        kept = [word for word in text.split() if word.strip(".") not in self.lost]
        return " ".join(WORDS_ES.get(word, word) for word in kept)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See ⟦0⟧.", "See ⟦0⟧."),
        ("the value of ⟦0⟧ is ⟦1⟧ and ⟦2⟧good⟦/2⟧ .", "el valor de ⟦0⟧ es ⟦1⟧ y ⟦2⟧bueno⟦/2⟧ ."),
        ("⟦3⟧the value⟦/3⟧ of ⟦4⟧is ⟦5⟧the value⟦/5⟧ good⟦/4⟧", "⟦3⟧el valor⟦/3⟧ de ⟦4⟧es ⟦5⟧el valor⟦/5⟧ bueno⟦/4⟧"),
        ("X0 of ⟦0⟧⟦1⟧-value is q1", "X0 de ⟦0⟧ ⟦1⟧-value es q1"),
        ("⟦0⟧the value. And ⟦1⟧ is⟦/0⟧ good", "⟦0⟧el value. And ⟦1⟧ es⟦/0⟧ bueno"),
        ("the⟦0⟧of X1 q2 z3 v4 k5 ⟦1⟧", "el⟦0⟧de X1 q2 z3 v4 k5 ⟦1⟧"),
    ],
)
def test_marks_where_a_model_says_nothing_of_words(text: str, expected: str) -> None:
    """A word stands in for a span, and the words of a pair are found again; else each run is translated alone."""
    model = firefox.FirefoxModel([Silent()], "")
    assert translated(model, [text], source_lang="en", target_lang="es") == [expected]
    lossy = firefox.FirefoxModel([Silent("X0", "Z0")], "")
    (text_back,) = translated(lossy, [text], source_lang="en", target_lang="es")
    assert are_kept(text, text_back)


def test_a_word_that_stands_in_is_found_once_or_not_at_all() -> None:
    """However the model writes it; what is doubled or part of another word is not it."""
    mute = firefox.FirefoxModel([Silent("Hi")], "")
    assert translated(mute, ["Hi. That is good."], source_lang="en", target_lang="es") == [""]
    said = {
        "First the cat slept.": "İlk önce kedi uyudu.",
        "the new cat": "die neue Katze",
        "new": "neu",
        "cat": "kedi",
    }
    told = [f"First the ⟦{OPENS}0⟧cat⟦/0⟧ slept.", f"the ⟦{OPENS}0⟧new⟦/0⟧ cat"]
    marked = [f"İlk önce ⟦{OPENS}0⟧kedi⟦/0⟧ uyudu.", f"die ⟦{OPENS}0⟧neue⟦/0⟧ Katze"]
    assert in_marks(told, lambda texts: [said[text] for text in texts]) == marked
    said = {"the arts, art": "las smarts", "the arts, ": "las ", "art": "art"}
    inside = [f"the arts, ⟦{OPENS}0⟧art⟦/0⟧"]
    assert in_marks(inside, lambda texts: [said[text] for text in texts]) == [f"las ⟦{OPENS}0⟧art⟦/0⟧"]
    assert in_marks(["the values of ⟦0⟧"], lambda texts: [""] * len(texts)) == [""]
    assert in_marks(["the ⟦0⟧ is"], lambda texts: ["" for _ in texts]) == [" ⟦0⟧ "]
    assert stood_in("a⟦0⟧b X1 ⟦1⟧") == ("a Q0 b X1 Q1", {"Q0": "⟦0⟧", "Q1": "⟦1⟧"})
    names = {"X1": "⟦4⟧"}
    assert put_back("的x 1值", names) == "的⟦4⟧值"
    assert [put_back(text, names) for text in ("X1 X1", "aX1", "X12", "")] == [None] * 4


def test_long_sentences_are_cut_and_signs_kept() -> None:
    """Cut after a pause, else before a word; whatever is cut is there; a sign that the model lacks comes once."""
    comma = [*(["▁a"] * 60), ",", *(["▁b"] * 200)]
    assert [len(part) for part in ctranslate._parts(comma)] == [61, 200]
    assert [len(part) for part in ctranslate._parts(["x"] * 250)] == [100, 150]
    assert [len(part) for part in ctranslate._parts(["x"] * 249)] == [249]
    assert ctranslate._together([(3, Made(("▁一",), (2,))), (2, Made(("▁二",), (1,)))]) == Made(("▁一", "二"), (2, 4))
    assert ctranslate._together([(3, Made(("▁a",), (2,))), (2, Made(("▁b",), (1,)))]).pieces == ("▁a", "▁b")
    assert ctranslate._together([(3, Made(("▁a",))), (2, Made(()))]) == Made(())
    made = Made(("▁价", "<unk>", "<unk>", "<unk>"), (0, 1, 1, 0))
    assert ctranslate._filled(("▁price", "▁€"), made, {1}) == Made(("▁价", "▁€"), (0, 1))


def test_a_model_that_was_trained_anew_is_another_one(tmp_path: Path) -> None:
    """Kept replies of a model of the same name and size are not its own."""
    (tmp_path / "model.bin").write_bytes(b"one")
    before = ctranslate.contents({tmp_path})
    (tmp_path / "README.md").write_text("about")
    assert ctranslate.contents({tmp_path}) == before
    (tmp_path / "model.bin").write_bytes(b"two")
    assert ctranslate.contents({tmp_path}) != before


def test_a_folder_is_whole_or_not_there(tmp_path: Path) -> None:
    """What fails leaves nothing, of two who make it one is enough, and what a killed run left goes after a day."""
    place = tmp_path / "models" / "en-es"
    with pytest.raises(ZeroDivisionError), made_whole(place) as part:
        (part / "a").write_text(str(1 // 0))
    assert list(place.parent.iterdir()) == []
    for age, stays in ((86_000, True), (87_000, False)):
        left = place.parent / "en-es.x.part"
        left.mkdir(exist_ok=True)
        os.utime(left, (time.time() - age,) * 2)
        with made_whole(place) as part:
            (part / "a").write_text("b")
        assert (left.exists(), (place / "a").read_text()) == (stays, "b")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"), made_whole(tmp_path / "file") as part:
        (part / "a").write_text("b")


def test_the_newest_whole_model_is_taken() -> None:
    """Not one of which a file is missing, and one that is not final only where there is nothing else."""
    files = {"model": "m", "vocab": "v"}

    def made(version: str, *kinds: str) -> list[dict[str, str | None]]:
        about = {"decompressedHash": "0", "version": version, "architecture": "tiny"}
        return [{**about, "name": files[kind], "fileType": kind} for kind in kinds]

    listed = [*made("2.1", "model", "vocab"), *made("3.0", "model"), *made("3.0a1", "model", "vocab")]
    assert {r["version"] for r in _newest(listed).values()} == {"2.1"}
    assert {r["version"] for r in _newest(listed[2:]).values()} == {"3.0a1"}
    assert _newest(listed[2:3]) == {}


@pytest.mark.parametrize(
    "model", [Reverse(), Reverse(aligns=False), Reverse(marks=True), Reverse(marks=True, loses=True)]
)
def test_every_text_comes_back_whole(model: Reverse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a model knows of marks, nothing is lost: at last the words between marks are translated alone."""
    monkeypatch.setattr("amts_action.engines.local.backend.load", lambda *about: model)
    texts = ["Use `f` in *all of the* apple. The [red apple](a.md) of `g`.", "All of **the *red* apple** in $x$", "`x`"]
    engine = create_engine("local", EngineSettings())
    done = engine.translate([Segment(str(n), t) for n, t in enumerate(texts)], source_lang="en", target_lang="zh")
    for text, translation in zip(texts, done, strict=True):
        assert translation.text is not None and protected(translation.text) == protected(text)
    assert isinstance(LocalEngine.from_settings(EngineSettings()).backend, LocalEngine)


def package(path: Path, names: dict[str, bytes], *, metadata: object = None) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in names.items():
            archive.writestr(name, data)
        if metadata is not None:
            archive.writestr("t/metadata.json", json.dumps(metadata))
    return path


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "..\\out.txt", "C:\\out.txt"])
def test_a_package_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    """A path that leads out is refused, and nothing is left."""
    with pytest.raises(InputError, match="leaves its folder"):
        unpacked(package(tmp_path / "a.argosmodel", {"translate/x": b"1", name: b"2"}), tmp_path / "models")
    assert not (tmp_path / "out.txt").exists() and not list((tmp_path / "models").iterdir())


def test_a_package_is_no_larger_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit it is unpacked, above it is not."""
    monkeypatch.setattr("amts_action.engines.local.packages.MOST_BYTES", 10)
    assert unpacked(package(tmp_path / "a.argosmodel", {"m/x": b"x" * 10}), tmp_path / "models").is_dir()
    with pytest.raises(InputError, match="too large"):
        unpacked(package(tmp_path / "b.argosmodel", {"m/x": b"x" * 11}), tmp_path / "models")
    (tmp_path / "c.argosmodel").write_bytes(b"PK no zip")
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpacked(tmp_path / "c.argosmodel", tmp_path / "models")


def test_a_damaged_package_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    """Bytes that cannot be unpacked are one line for the user, whatever the library makes of them."""
    package = tmp_path / "p.argosmodel"
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.bin", "a b c d " * 500)
    raw = bytearray(package.read_bytes())
    raw[45:60] = b"\xff" * 15
    package.write_bytes(raw)
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpacked(package, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_package_of_other_languages_is_not_taken(tmp_path: Path) -> None:
    """What is there is named."""
    folder = tmp_path / "packages"
    folder.mkdir()
    package(folder / "a.argosmodel", {"t/model/model.bin": b"x"}, metadata={"from_code": "en", "to_code": "de"})
    settings = EngineSettings(model_dir=folder, cache_path=tmp_path / "cache" / "replies.sqlite")
    with pytest.raises(InputError, match="no model from en to zh; there is en-de"):
        finding.load(settings, "en", "zh")
    codes = {"zh-Hant": "zt", "zh-Hant-HK": "zt", "zh-MO": "zt", "zh-CN": "zh", "zh-Hans-HK": "zh", "de-AT": "de"}
    assert {lang: codes_of(lang) for lang in codes} == {lang: (code,) for lang, code in codes.items()}
    assert codes_of("pt_BR") == ("pb", "pt") and codes_of("pt") == ("pt",)
    assert [firefox.code(lang) for lang in ("zh_TW", "zh-CN", "pt-BR")] == ["zh-Hant", "zh", "pt"]
    assert finding._named(Path("opus-mt-tc-big-en-pt")) == [("tc", "big"), ("big", "en"), ("en", "pt")]
    (folder / "ct2").mkdir()
    (folder / "ct2" / "model.bin").write_bytes(b"x")
    with pytest.raises(InputError, match="there is ct2, whose name does not say its languages, en-de"):
        finding.load(settings, "en", "zh")
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "metadata.json").write_text("[")
    with pytest.raises(InputError, match="does not say its languages"):
        languages_of(bad)


class Makers:
    """The list of models and their files, as their makers serve them."""

    def __init__(self, *, digest: str = "", missing: bool = False) -> None:
        self.paths: list[str] = []
        files = {"model.enes.bin": ("model", b"network"), "vocab.enes.spm": ("vocab", b"words")}
        packed = {name: zstd(data) for name, (_, data) in files.items()}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:
                self.paths.append(handler.path)
                name = handler.path.rpartition("/")[2].removesuffix(".zst")
                records = [
                    {
                        "name": n, "fileType": kind, "sourceLanguage": "en", "targetLanguage": "es", "version": "3.0",
                        "architecture": "tiny", "decompressedHash": digest or sha256(data).hexdigest(),
                        "attachment": {"location": f"files/{n}.zst", "filename": n, "size": 1, "hash": "0"},
                    }
                    for n, (kind, data) in files.items()
                ]  # fmt: skip
                body = json.dumps({"data": records}).encode() if "records" in handler.path else packed.get(name, b"")
                handler.send_response(404 if missing and "records" not in handler.path else 200)
                handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

            def log_message(handler, *about: object) -> None:
                """Says nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Makers:
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *about: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def zstd(data: bytes) -> bytes:
    """A frame of Zstandard with one raw block (RFC 8878, 3.1.1): no library is needed to store."""
    header = (len(data) << 3 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd" + b"\x20" + bytes([len(data)]) + header + data


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Makers]]:
    running = []

    def start(**about: object) -> Makers:
        server = Makers(**about).__enter__()  # type: ignore[arg-type]
        running.append(server)
        monkeypatch.setenv("FXTRANSLATE_RECORDS_URL", f"{server.address}/v1/records")
        return server

    yield start
    for server in running:
        server.__exit__()


def test_a_model_is_fetched_once_and_verified(makers: Callable[..., Makers], tmp_path: Path) -> None:
    """The files lie in the cache when their digests are right; a second run asks nobody. (They are no real model.)"""
    server = makers()
    for _ in range(2):
        with pytest.raises(InputError, match="the model is damaged"):
            firefox.load(tmp_path, "en", "es", offline=False, address=server.address)
    assert (tmp_path / "firefox" / "en-es" / "model.enes.bin").read_bytes() == b"network"
    assert server.paths == ["/v1/records", "/files/model.enes.bin.zst", "/files/vocab.enes.spm.zst"]
    with pytest.raises(InputError, match="there is no model from en to tr"):
        firefox.load(tmp_path, "en", "tr", offline=False, address=server.address)


def test_a_file_that_is_not_what_the_list_says_is_not_kept(makers: Callable[..., Makers], tmp_path: Path) -> None:
    """A wrong digest, or a file that is not there, is a service that failed; nothing is left behind."""
    for about in ({"digest": "0" * 64}, {"missing": True}):
        server = makers(**about)
        with pytest.raises(ServiceError, match=r"is not what the list says|cannot be had \(the server answered 404\)"):
            firefox.load(tmp_path, "en", "es", offline=False, address=server.address)
        assert not list((tmp_path / "firefox").iterdir())


def test_offline_fetches_nothing(makers: Callable[..., Makers], tmp_path: Path) -> None:
    """Without a model at hand it says what to do."""
    server = makers()
    with pytest.raises(InputError, match="without --offline"):
        firefox.load(tmp_path, "en", "es", offline=True, address=server.address)
    assert server.paths == []


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared model is not here")
def test_a_real_model(tmp_path: Path) -> None:
    """The package is opened, blocks with marks are translated, and every span is there."""
    pytest.importorskip("ctranslate2", reason="the extra ctranslate2 is not installed")
    texts = [
        "The loss of *each layer* is `float32`, see :numref:`fig_a`.",
        "We use `Dense` in **all** of the layers. Then we train the model with $x$ and $y$.",
    ]
    settings = EngineSettings(model_dir=SHARED, cache_path=tmp_path / "replies.sqlite")
    engine = create_engine("local", settings)
    done = engine.translate([Segment(str(n), t) for n, t in enumerate(texts)], source_lang="en", target_lang="zh")
    for text, translation in zip(texts, done, strict=True):
        assert translation.text is not None and protected(translation.text) == protected(text)
        assert any("\u4e00" <= c <= "\u9fff" for c in translation.text)
