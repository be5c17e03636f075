"""`amts evaluate` and `amts translate`: what is scored, that the scores are sacrebleu's, and what systems may see."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bookkit import ALPHA_ZH, PAGE_ZH, Books, amts, make_books
from hypothesis import strategies as st

from amts_action.engines.model import EngineSettings
from amts_action.errors import InputError
from amts_action.evaluation.chart import as_svg
from amts_action.evaluation.kept import mark_of
from amts_action.evaluation.model import ArticleRow, Evaluation, System, Table
from amts_action.evaluation.run import ArticleSet
from amts_action.evaluation.scores import METRICS, Score, Scoring, compare, count, score
from amts_action.evaluation.segments import ScoredSegment, is_skipped, segments
from amts_action.evaluation.tables import as_csv, as_markdown, as_text
from amts_action.memory.harvest import Aligned, aligned_documents
from amts_action.reports.table import display_width
from amts_action.settings.table import Settings

WATER, WATER_ZH = "Water, of 30 degrees and `wet`, comes second.", "再放30度的`wet`水。"
SALT, SALT_ZH = "Salt is last, for 12 loaves.", "最后放12个面包的盐。"
CODE = "```python\nx = 1\n```\n\n$$a = b$$"
ENGLISH = f"# Bread\n\nFlour comes first.\n\n{CODE}\n\n{WATER}\n\n## End\n\n{SALT}\n"
CHINESE = f"# 面包\n\n先放面粉。\n\n{CODE}\n\n{WATER_ZH}\n\n## 最后\n\n{SALT_ZH}\n"


def aligned(target: str, source: str = ENGLISH) -> Aligned:
    """Two documents, aligned."""
    return aligned_documents(source, target, "bread.md")


def test_only_language_is_scored() -> None:
    """Code and equations make no segments; headings and paragraphs do."""
    found = segments(aligned(CHINESE), [aligned(CHINESE)])
    assert [s.source for s in found.segments] == [
        "Bread",
        "Flour comes first.",
        WATER,
        "End",
        SALT,
    ]
    assert all(s.hypotheses == (s.reference,) for s in found.segments)


def test_skipped_paragraph_is_an_empty_text() -> None:
    """A paragraph that a system leaves out stays a segment of the reference, with nothing in it."""
    found = segments(aligned(CHINESE), [aligned(CHINESE.replace(WATER_ZH + "\n\n", ""))])
    by_source = {s.source: s for s in found.segments}
    assert by_source[WATER].reference == WATER_ZH
    assert by_source[WATER].hypotheses == ("",)
    assert by_source[SALT].hypotheses == (SALT_ZH,)


def test_skipped_paragraph_is_punished() -> None:
    """Leaving a paragraph out costs, even when all the rest is perfect."""
    found = segments(aligned(CHINESE), [aligned(CHINESE), aligned(CHINESE.replace(WATER_ZH + "\n\n", ""))])
    whole, part = (score(found.segments, k, Scoring("zh"), {}) for k in range(2))
    assert whole["BLEU"].value == pytest.approx(100)
    assert part["BLEU"].value < 90
    assert part["TER"].value > 10


def test_what_the_reference_lacks_is_not_scored() -> None:
    """A block that people left out is counted and not held against a system."""
    found = segments(aligned(CHINESE.replace(WATER_ZH + "\n\n", "")), [aligned(CHINESE)])
    assert [s.source for s in found.segments] == ["Bread", "Flour comes first.", "End", SALT]
    assert found.unpaired == 1


def test_merged_paragraphs_are_one_segment_for_all() -> None:
    """Where one system merges two paragraphs, all systems are scored on both together."""
    one = "Flour comes first, and it must be sifted twice before 12 o'clock.\n\nWater is 30 degrees.\n"
    split, merged = "先放面粉，12点前要筛两次。\n\n水温30度。\n", "先放面粉，12点前要筛两次。水温30度。\n"
    found = segments(aligned(split, one), [aligned(split, one), aligned(merged, one)])
    assert len(found.segments) == 1
    assert found.segments[0].hypotheses[0].replace(" ", "") == found.segments[0].hypotheses[1]


def test_other_source_is_refused() -> None:
    """Translations of different texts cannot be compared."""
    with pytest.raises(ValueError, match="different sources"):
        segments(aligned(CHINESE), [aligned(CHINESE, ENGLISH + "\nMore.\n")])


OUTPUTS = {
    "zh": (
        ("先放面粉再放水。", "最后放一点点盐，然后揉面。", "在烤箱里烤三十分钟。"),
        ("先放水然后放面粉。", "最后放盐，然后揉。", ""),
        ("先放面粉，再放水。", "最后放一点盐，然后揉面。", "放进烤箱烤三十分钟。"),
    ),
    "de": (
        ("Zuerst kommt das Mehl.", "Dann kommt ein wenig Salz dazu.", "Es backt eine halbe Stunde."),
        ("Das Mehl kommt zuerst.", "Dann Salz dazu, nur wenig.", "Eine halbe Stunde backt es."),
        ("Zuerst kommt Mehl.", "Dann kommt wenig Salz dazu.", "Es backt eine halbe Stunde lang."),
    ),
}


def made(lang: str) -> list[ScoredSegment]:
    """Three segments with two systems each."""
    reference, first, second = OUTPUTS[lang]
    return [ScoredSegment("", r, (a, b)) for r, a, b in zip(reference, first, second, strict=True)]


@pytest.mark.parametrize("lang", OUTPUTS)
@pytest.mark.whole
def test_scores_are_those_of_the_command_line(lang: str, tmp_path: Path) -> None:
    """BLEU, chrF++, TER and the paired bootstrap are those of sacrebleu's own command, to the last digit."""
    found = made(lang)
    texts = {"ref": [s.reference for s in found]}
    texts |= {name: [s.hypotheses[k] for s in found] for k, name in enumerate("ab")}
    for name, lines in texts.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    common = ["-l", f"en-{lang}", "-m", "bleu", "chrf", "ter", "--chrf-word-order", "2", "-w", "10"]
    common += ["--ter-normalized", "--ter-asian-support"] if lang == "zh" else []
    ours = compare(found, ["a", "b"], Scoring(lang), {}, samples=200, seed=12345)
    for k, name in enumerate("ab"):
        for theirs in json.loads(sacrebleu(tmp_path, "ref", "-i", name, *common)):
            assert f"{ours.scores[k][theirs['name']].value:.10f}" == f"{theirs['score']:.10f}"
    shown = sacrebleu(tmp_path, "ref", "-i", "a", "b", *common, "--paired-bs", "--paired-bs-n", "200", "-f", "text")
    p_values = [ours.scores[1][m].p_value for m in ("BLEU", "chrF2++", "TER")]
    assert [f"{p:.4f}" for p in p_values if p is not None] == re.findall(r"p = (\d\.\d{4})", shown)
    for row in ours.scores:
        for one in row.values():
            assert one.interval is not None
            assert "{:.10f} ± {:.10f}".format(*one.interval) in shown


WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=20)


def sacrebleu(folder: Path, *words: str) -> str:
    """What sacrebleu's command prints."""
    command = [sys.executable, "-m", "sacrebleu", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_counting_before_changes_nothing() -> None:
    """Scores from statistics that were counted before are the scores, and the statistics are really used."""
    found = made("zh")
    known = count([(s.reference, s.hypotheses[:1]) for s in found], Scoring("zh"))
    assert len(known) == 3
    assert score(found, 0, Scoring("zh"), known) == score(found, 0, Scoring("zh"), {})
    for name in ("BLEU", "chrF2++", "TER"):
        wrong = {pair: {**counts, name: [0] * len(counts[name])} for pair, counts in known.items()}
        assert score(found, 0, Scoring("zh"), wrong)[name].value == 0


def test_japanese_and_korean_have_their_own_words() -> None:
    """BLEU cuts Japanese and Korean with a dictionary, and its signature says so."""
    for lang, tokeniser in (("ja", "tok:ja-mecab"), ("ko-KR", "tok:ko-mecab"), ("vi", "tok:13a"), ("th", "tok:char")):
        segment = ScoredSegment("", "パンを焼きます。 빵을 굽습니다.", ("パンを焼きます。 빵을 굽습니다.",))
        assert tokeniser in compare([segment], ["a"], Scoring(lang), {}, samples=0, seed=1).signatures["BLEU"]


def test_what_is_computed_can_be_chosen() -> None:
    """TER of long segments takes long, and some compare with work of others that cut texts in another way."""
    found = made("de")
    few = compare(found, ["a", "b"], Scoring("de", ("BLEU",), "char"), {}, samples=20, seed=3)
    assert [list(row) for row in few.scores] == [["BLEU"]] * 2 and "tok:char" in few.signatures["BLEU"]
    with pytest.raises(InputError, match="there is no tokeniser 'words'; give one of"):
        compare(found, ["a", "b"], Scoring("de", tokenizer="words"), {}, samples=0, seed=3)


def table(name: str = "plain") -> Evaluation:
    """An evaluation with odd names."""
    scores = tuple({m: Score(v) for m in ("BLEU", "chrF2++", "TER")} for v in (40.0, 50.0))
    row = ArticleRow("chapter|x/index.md", 3, 1, (1, 0), scores)
    both = (System(name, "stored", None), System("engine", "engine", False))
    return Evaluation((Table("forward", "en", "zh", both, (row,), scores, {"BLEU": "tok:zh"}),))


def test_average_gives_every_article_the_same_weight() -> None:
    """The average is that of the articles' scores, as in the published tables."""
    one = table().tables[0]
    scores = ({m: Score(80.0) for m in one.rows[0].scores[0]},) * 2
    two = Table(
        "forward", "en", "zh", one.systems, (*one.rows, ArticleRow("b.md", 90, 0, (0, 0), scores)), one.together
    )
    assert two.average(0, "BLEU") == 60


def test_equal_systems_do_not_differ() -> None:
    """The test of significance counts samples that differ by more than the systems do; of equal ones none would."""
    found = [ScoredSegment(f"s {n}", f"a reference number {n} here", (f"a text {n} here",) * 2) for n in range(20)]
    made = compare(found, ("one", "two"), Scoring("es"), {}, samples=50, seed=7)
    assert [made.scores[1][m].p_value for m in METRICS] == [1.0, 1.0, 1.0]


def test_no_label_reaches_out_of_the_chart() -> None:
    """Names of articles stand at an angle, to the left of their bars; long names of systems have room, too."""
    long = "chapter/an-article-whose-name-is-quite-long.md"
    systems = tuple(System(f"a system with a long name {n}", "stored", None) for n in range(3))
    scores = tuple({m: Score(40.0) for m in METRICS} for _ in systems)
    rows = tuple(ArticleRow(p, 3, 0, (0, 0, 0), scores) for p in (long, "b.md"))
    picture = ET.fromstring(as_svg(Evaluation((Table("forward", "en", "zh", systems, rows, scores),))))
    width = float(picture.attrib["width"])
    for node in picture.iter():
        turned = re.match(r"translate\(([\d.]+) [\d.]+\) rotate", node.get("transform", ""))
        if node.tag.endswith("text") and turned:
            assert float(turned[1]) - 0.71 * 8 * len(node.text or "") >= 0
        elif node.tag.endswith("text") and node.get("text-anchor") is None:
            assert float(node.attrib["x"]) + 7 * len(node.text or "") <= width


def test_many_systems_and_long_names_stay_apart() -> None:
    """No two systems look alike, no two articles have one name, and every value stands above its bar."""
    systems = tuple(System(f"amazon-translate-batch+sentence {n}", "engine", False) for n in range(12))
    scores = tuple({m: Score(10.0 * (n + 1) / 1.2) for m in METRICS} for n in range(12))
    paths = ("a/intro.md", "b/intro.md", *(f"x/an-article-whose-name-is-long-and-goes-on-{n}.md" for n in (1, 2)))
    rows = tuple(
        ArticleRow(path, 3, 0, (0,) * 12, scores) for path in (*paths, "第一章自然语言处理预训练与机器翻译数据集.md")
    )
    picture = ET.fromstring(as_svg(Evaluation((Table("forward", "en", "zh", systems, rows, scores),))))
    nodes = list(picture.iter())
    looks = [
        tuple(n.get(k) for k in ("fill", "stroke")) for n in nodes if n.tag.endswith("rect") and n.get("width") == "12"
    ]
    assert len(set(looks)) == 12
    names = [n.text or "" for n in nodes if "rotate(-45)" in n.get("transform", "")]
    assert len(set(names)) == 6 and names[:2] == ["a/intro", "b/intro"]
    assert all(display_width(name) <= 32 for name in names)
    assert sum(n.get("class") == "value" for n in nodes) == 72
    width = float(picture.attrib["width"])
    assert (
        max(float(n.attrib["x"]) + 7 * len(n.text or "") for n in nodes if n.tag.endswith("text") and "x" in n.attrib)
        <= width
    )
    assert width < 1500


def test_every_two_systems_are_compared() -> None:
    """Once each, by the samples that all of them share; two that are equal do not differ."""
    r = random.Random(1)
    words = [[r.choice("abcdefgh") * 3 for _ in range(12)] for _ in range(40)]
    texts = [
        tuple(" ".join(w if r.random() > share else "zzz" for w in line) for share in (0.6, 0.1)) for line in words
    ]
    found = [ScoredSegment("", " ".join(line), (a, b, b, a)) for line, (a, b) in zip(words, texts, strict=True)]
    made = compare(found, ("one", "two", "three", "four"), Scoring("es"), {}, samples=100, seed=7)
    for metric in METRICS:
        p = made.p_values[metric]
        assert p[0][1] == p[1][0] == p[3][2] < 0.05
        assert p[1][2] == p[0][3] == p[0][0] == 1.0
        assert [made.scores[k][metric].p_value for k in range(4)] == [None, p[0][1], p[0][2], 1.0]
    systems = tuple(System(name, "stored", None) for name in ("one", "two", "three", "four"))
    one = Table("forward", "en", "es", systems, (), made.scores, made.signatures, made.p_values)
    shown = as_markdown(Evaluation((one,), samples=100))
    assert "| `two` |  | 1.000 | 0.010 |" in shown
    assert "`*`: differs from `one`, p < 0.05 (paired bootstrap, 100 samples)." in shown
    assert "*: differs from one" in as_text(Evaluation((one,), samples=100))


def test_a_single_system_has_an_interval() -> None:
    """There is nothing to compare it with, and how sure its score is can still be said."""
    found = made("de")
    alone = [ScoredSegment(s.source, s.reference, s.hypotheses[:1]) for s in found]
    one = compare(alone, ["a"], Scoring("de"), {}, samples=50, seed=3)
    two = compare(found, ["a", "b"], Scoring("de"), {}, samples=50, seed=3)
    assert one.scores[0]["BLEU"].interval == two.scores[0]["BLEU"].interval is not None
    assert one.scores[0]["BLEU"].p_value is None and "bs:50|seed:3" in one.signatures["BLEU"]


def test_what_was_left_as_it_was_counts_as_skipped() -> None:
    """A copy of the source is no translation, unless people kept it too."""
    cases = [("Salt.", "盐。", "Salt."), ("GPU 0", "GPU 0", "GPU 0"), ("Salt.", "盐。", ""), ("Salt.", "盐。", "糖。")]
    segments_ = [ScoredSegment(source, people, (text,)) for source, people, text in cases]
    assert [is_skipped(segment, 0) for segment in segments_] == [True, False, True, False]


def test_hostile_names_stay_text() -> None:
    """Names of systems and articles break neither a table nor the picture."""
    found = table('<script>alert("x")</script>|@all')
    shown = as_markdown(found)
    assert "`chapter\\|x/index.md`" in shown
    assert all(line.count(" | ") == 2 for line in shown.splitlines() if line.startswith("| `chapter"))
    picture = ET.fromstring(as_svg(found))
    assert not [node for node in picture.iter() if node.tag.endswith("script")]
    assert any('<script>alert("x")</script>|@all' in (node.text or "") for node in picture.iter())
    rows = list(csv.reader(io.StringIO(as_csv(found))))
    assert {len(row) for row in rows} == {9}
    assert "40.0" in as_text(found)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The book of these tests; none of them changes it."""
    return make_books(tmp_path_factory.mktemp("evaluate"))


@pytest.fixture
def run(shared: Books, tmp_path: Path) -> Callable[..., tuple[int, dict[str, object], str]]:
    """Evaluates; exit code, result and messages."""

    def call(*words: str) -> tuple[int, dict[str, object], str]:
        places = ["--source", str(shared.source.path), "--target", str(shared.target.path)]
        done = amts("evaluate", *places, "--samples", "50", *words, json_path=tmp_path / "r.json")
        return done.code, done.result, done.err

    return call


def bleu(result: dict[str, object], system: int = 0, direction: int = 0) -> float:
    """BLEU of all segments."""
    value = result["tables"][direction]["together"][system]["BLEU"]["value"]  # type: ignore[index]
    return float(value)


def write(folder: Path, files: dict[str, str]) -> Path:
    """Files below a folder."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def test_stored_outputs_in_both_directions(
    run: Callable[..., tuple[int, dict[str, object], str]], tmp_path: Path
) -> None:
    """Stored translations are scored without an engine, notebooks too; people's own would be perfect."""
    good = write(tmp_path / "good", {"chapter/alpha.md": ALPHA_ZH, "page.ipynb": PAGE_ZH})
    bad = write(tmp_path / "bad", {"chapter/alpha.md": ALPHA_ZH.replace("第一段", "这里"), "page.ipynb": PAGE_ZH})
    back = write(tmp_path / "back", {"chapter/alpha.md": "# Alpha\n\nThe first paragraph is about bread.\n"})
    named = ["--paths", "chapter/alpha.md", "page.ipynb"]
    code, result, err = run(
        *named, "--system", f"bad={bad}", "--system", f"good={good}", "--reverse-system", f"back={back}",
        "--output-dir", str(tmp_path / "out"),
    )  # fmt: skip
    assert code == 0, err
    assert bleu(result, 1) == pytest.approx(100)
    assert 50 < bleu(result, 0) < 99
    assert 0 < bleu(result, 0, 1) < 50
    assert result["characters"] == 0
    assert "not known here" in err
    out = tmp_path / "out"
    assert {p.name for p in out.iterdir()} == {"evaluation.md", "scores.csv", "chart.svg", "segments"}
    texts = out / "segments" / "forward" / "chapter" / "alpha.md.system.bad.txt"
    reference = texts.with_name("alpha.md.reference.txt").read_text(encoding="utf-8")
    assert texts.read_text(encoding="utf-8").splitlines()[1].startswith("这里谈面包")
    assert len(reference.splitlines()) == len(texts.read_text(encoding="utf-8").splitlines())


def test_articles_are_kept_out_of_the_memory(run: Callable[..., tuple[int, dict[str, object], str]]) -> None:
    """The memory engine does not know an evaluated article by heart, unless leakage is allowed, and both are said."""
    code, clean, err = run("--paths", "chapter/beta.md", "--engine", "memory")
    assert code == 0
    assert "kept out" in err
    assert bleu(clean) < 5
    assert clean["tables"][0]["systems"][0]["leakage"] is False  # type: ignore[index]
    code, leaky, err = run("--paths", "chapter/beta.md", "--engine", "memory", "--allow-leakage")
    assert "with leakage" in err
    assert bleu(leaky) == pytest.approx(100)
    code, back, _ = run("--paths", "chapter/beta.md", "--engine", "memory", "--allow-leakage", "--direction", "reverse")
    assert bleu(back) == pytest.approx(100)


def test_patterns_given_twice_add_up(run: Callable[..., tuple[int, dict[str, object], str]]) -> None:
    """The first one is not dropped."""
    _, found, _ = run("--paths", "chapter/alpha.md", "--paths", "chapter/beta.md", "--engine", "memory")
    assert len(found["tables"][0]["rows"]) == 2  # type: ignore[index]


def test_engines_outputs_are_kept_and_can_be_scored_again(
    run: Callable[..., tuple[int, dict[str, object], str]], shared: Books, tmp_path: Path
) -> None:
    """What an engine translated lies in the output folder, and scoring it from there gives the same."""
    words = ["--paths", "chapter/alpha.md", "chapter/beta.md"]
    out = tmp_path / "out"
    code, first, _ = run(*words, "--engine", "command", *shared.engine(), "--output-dir", str(out))
    assert code == 0
    assert first["characters"] > 100  # type: ignore[operator]
    kept = (out / "systems/command/forward/chapter/beta.md").read_text(encoding="utf-8")
    assert "译Beta is about weather" in kept
    again_from = ("--system", f"stored={out / 'systems/command/forward'}", "--metrics", "chrF2++")
    code, again, _ = run(*words, *again_from)
    assert bleu(again) == bleu(first) and again["metrics"] == ["BLEU", "chrF2++"]
    assert again["characters"] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing to score"),
        (("--engine", "memory", "--paths", "nothing.md"), "no translated document matches"),
        (("--system", "x=nowhere"), "no such folder"),
        (("--system", "nowhere"), "is not NAME=DIR"),
        (("--engine", "memory", "--system", "memory=."), "two systems are called 'memory'"),
        (("--system", "../x=."), "is not NAME=DIR"),
        (("--engine", "memory", "--samples", "-1"), "out of range"),
    ],
)
def test_bad_usage_is_one_line(
    run: Callable[..., tuple[int, dict[str, object], str]], words: tuple[str, ...], message: str
) -> None:
    """What cannot be evaluated is said in one line, and nothing is written."""
    code, result, err = run(*words)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1
    assert result is None


def test_translate_makes_a_whole_document(shared: Books, tmp_path: Path) -> None:
    """`amts translate` sends the language of a document and keeps everything else byte for byte."""
    page = write(tmp_path, {"bread.md": ENGLISH}) / "bread.md"
    words = ["translate", str(page), "-o", str(tmp_path / "zh.md"), "--target-lang", "zh", *shared.engine()]
    done = amts(*words, json_path=tmp_path / "plan.json")
    assert done.code == 0
    assert done.result["characters_sent"] == len("BreadFlour comes first.End" + WATER + SALT) - len("`wet`")
    expected = ENGLISH
    for line in ("Bread", "Flour comes first.", WATER, "End", SALT):
        expected = expected.replace(line, f"译{line}")
    assert (tmp_path / "zh.md").read_text(encoding="utf-8") == expected


def test_translate_says_what_stays_english(shared: Books, tmp_path: Path) -> None:
    """A block that the engine refuses stays as it is, and the run is not called done."""
    page = write(tmp_path, {"bread.md": ENGLISH}) / "bread.md"
    words = ["translate", str(page), "-o", str(tmp_path / "zh.md"), "--target-lang", "zh", *shared.engine("Salt")]
    done = amts(*words)
    assert done.code == 1
    assert "partial" in done.err
    assert f"\n{SALT}\n" in (tmp_path / "zh.md").read_text(encoding="utf-8")


def test_plain_folders_of_web_pages_are_scored(shared: Books, tmp_path: Path) -> None:
    """Two folders without git, HTML too: engines translate the pages, and stored ones are scored."""
    page = "<html><head><title>Bread</title></head><body><h1>{}</h1><p>{}</p><ul><li>{}</li></ul></body></html>"
    source = write(tmp_path / "en", {"a/bread.html": page.format("Bread", "Flour comes <b>first</b>.", "Salt")})
    people = write(tmp_path / "es", {"a/bread.html": page.format("Pan", "La harina va <b>primero</b>.", "Sal")})
    places = ["evaluate", "--source", str(source), "--target", str(people), "--target-lang", "es", "--samples", "0"]
    done = amts(*places, "--system", f"people={people}", json_path=tmp_path / "r.json")
    assert done.code == 0, done.err
    assert bleu(done.result) == pytest.approx(100)
    done = amts(*places, *("--engine", "command"), *shared.engine(), "--output-dir", str(tmp_path / "out"))
    assert done.code == 0, done.err
    made = (tmp_path / "out/systems/command/forward/a/bread.html.md").read_text(encoding="utf-8")
    assert "## 译Bread" in made and "- 译Salt" in made
    done = amts(*places, "--engine", "memory+block")
    assert done.code == 2 and "no pairs to learn from" in done.err


def test_what_was_made_is_used_again_only_when_it_would_be_made_alike(tmp_path: Path) -> None:
    """Other instructions, another gate, language or trained model make other texts: what was kept is not theirs. The
    same model in another place makes the same.
    """
    spanish, french = (ArticleSet(None, (), (), (), folders=Settings(target_lang=lang)) for lang in ("es", "fr"))
    told = EngineSettings()
    others = (told, replace(told, instructions=lambda: "Be brief."), replace(told, gate="refuse"))
    marks = [mark_of(spanish, "openai", "forward", each, leakage=False) for each in (*others, told)]
    marks.append(mark_of(french, "openai", "forward", told, leakage=False))
    assert len(set(marks)) == len(others) + 1 and marks[0] == marks[-2]
    made = []
    for place, weights in (("one", b"1"), ("two", b"1"), ("one", b"2")):
        write(tmp_path / place, {"model.bin": weights.decode()})
        local = replace(told, model_dir=tmp_path / place)
        made.append(mark_of(spanish, "local", "forward", local, leakage=False))
    assert made[0] == made[1] != made[2]
    remembered = []
    for threshold, pairs in ((0.75, "a,b"), (0.9, "a,b"), (0.9, "a,c")):
        write(tmp_path, {"memory.csv": pairs})
        own = replace(told, threshold=threshold, memory_path=tmp_path / "memory.csv")
        remembered.append(mark_of(spanish, "memory", "forward", own, leakage=False))
    assert len(set(remembered)) == 3


def test_nothing_to_score_and_a_single_segment_prove_nothing() -> None:
    """Without segments all scores are 0 and nothing is tested; with one, no difference is significant."""
    for samples in (0, 20):
        assert [row["BLEU"].value for row in compare([], ["a"], Scoring("de"), {}, samples=samples, seed=1).scores] == [
            0
        ]
    one = [ScoredSegment("a.md", "eins zwei drei vier", ("eins zwei drei vier", "eins zwei drei fünf sechs"))]
    assert compare(one, ["a", "b"], Scoring("de"), {}, samples=50, seed=1).p_values["BLEU"][0][1] == 1.0
