"""The engine `local`: marks put back by words, packages that nobody vouches for, models fetched once and verified."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from amts_action.documents.inline import protected
from amts_action.engines.local import finding, firefox
from amts_action.engines.local.backend import LocalEngine, translated
from amts_action.engines.local.model import Made
from amts_action.engines.local.packages import code_of, languages_of, unpacked
from amts_action.engines.local.spans import Parted, are_kept, joined, numbered, parted, placed, renumbered
from amts_action.engines.model import EngineSettings, Segment
from amts_action.engines.registry import create_engine
from amts_action.errors import InputError, ServiceError

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
        order = [n for n in reversed(range(len(pieces))) if not (self._loses and "⟦" in pieces[n])]
        made = tuple("▁" + WORDS.get(pieces[n].strip("▁.").lower(), pieces[n].strip("▁.")) for n in order)
        return Made(made, tuple(order) if aligned else ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use ⟦0⟧all⟦/0⟧ of the apple", "苹果 这 的 ⟦0⟧全部⟦/0⟧ 用"),
        ("Use the ⟦1⟧red apple⟦/1⟧", "⟦1⟧苹果 红⟦/1⟧ 这 用"),
        ("Use ⟦0⟧ in the apple", "苹果 这 ⟦0⟧在 用"),
        ("Use the apple ⟦0⟧", "苹果⟦0⟧ 这 用"),
        ("⟦0⟧", "⟦0⟧"),
    ],
)
def test_marks_follow_their_words(text: str, expected: str) -> None:
    """The ends of an emphasis enclose what became of its words, a span stands before what became of the next one."""
    model = Reverse()
    assert translated(model, [text], source_lang="en", target_lang="zh") == [expected]
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
    assert [code_of(lang) for lang in ("zh-Hant", "zh-CN", "pt-BR", "pt", "de-AT")] == ["zt", "zh", "pb", "pt", "de"]
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
