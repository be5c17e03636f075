"""General corpora: pages are read, paired by links, names and content, chosen by subject."""

from __future__ import annotations

import contextlib
import csv
import json
import re
from pathlib import Path

import pytest
from corpuskit import SENTENCES, make_corpus, page
from hypothesis import example, given
from hypothesis import strategies as st

from amts_action.cli import main
from amts_action.corpora.matching.addresses import address, endings
from amts_action.corpora.matching.names import has_code, is_foreign, name_key
from amts_action.corpora.matching.subject import is_on_subject, occurrences
from amts_action.corpora.reading.pages import read_page
from amts_action.corpora.reading.plain import decoded, marked
from amts_action.errors import InputError
from amts_action.memory.readable import readable

EXAMPLE = Path(__file__).resolve().parents[2] / "example" / "corpus"


def texts(html: str) -> list[tuple[str, str]]:
    """Kind and text of each block of a page."""
    return [(b.kind, b.text) for b in read_page(html.encode(), "a.html").blocks]


# Reading


def test_prose_of_a_page() -> None:
    """Headings, paragraphs, list items and cells are blocks; scripts, styles, navigation and hidden parts are none."""
    found = texts(
        "<html><head><title>T</title><style>p{}</style></head><body><nav><p>menu</p></nav><h2>A <em>title</em></h2>"
        "<p>One <b>bold</b>\n line.<script>var x = '<p>';</script><p>Two<br>lines<br><br>and a third"
        "<ul><li>item<p>more</p><ul><li>inner</ul></ul><table><tr><td>cell<td>other</table><p hidden>no</p>"
        "<div style='display: none'>no</div><sup class='reference'>[1]</sup><footer>no</footer></body></html>"
    )
    assert found == [
        ("heading", "A title"),
        ("paragraph", "One bold\nline."),
        ("paragraph", "Two\nlines"),
        ("paragraph", "and a third"),
        ("list_item", "item"),
        ("paragraph", "more"),
        ("list_item", "inner"),
        ("paragraph", "cell"),
        ("paragraph", "other"),
    ]


def test_code_and_formulas() -> None:
    """Programs are blocks of code, inline code and formulas keep their marks, however a site writes them."""
    found = texts(
        r"<p>The <code>mean(x)</code> is \(x^2\), <math alttext='{\displaystyle a_1}'><mi>a</mi></math>, "
        "<span style='display:none'><math><mi>b</mi></math></span><img class='mwe-math-fallback-image-inline' alt='b'> "
        "<math><semantics><mi>c</mi><annotation encoding='application/x-tex'>c+d</annotation></semantics></math>.</p>"
        "<pre><code>def f():\n    return 1\n</code></pre><p>\\[ y = 1 \\]</p><p>5 $ and 6 $, *stars*, a_b_c</p>"
    )
    assert found == [
        ("paragraph", "The `mean(x)` is $x^2$, $a_1$, $b$ $c+d$."),
        ("code", "def f():\n    return 1"),
        ("math", "$y = 1$"),
        ("paragraph", r"5 \$ and 6 \$, \*stars\*, a\_b\_c"),
    ]


def test_main_part_and_declarations() -> None:
    """Where a page has a main part, only that counts; language, title, links and lines are read."""
    found = read_page(
        b'<html lang="en-GB">\n<link rel="alternate" hreflang="es" href="/es/a">\n<title> A \n page </title>\n'
        b'<div>site</div>\n<main>\n<p>text</p>\n</main><nav><a hreflang="fr" href="/fr/a">fr</a></nav><p>end</p>',
        "a.html",
    )
    assert (found.lang, found.title, [b.text for b in found.blocks]) == ("en-GB", "A page", ["text"])
    assert [(link.lang, link.href) for link in found.links] == [("es", "/es/a"), ("fr", "/fr/a")]
    assert found.lines == (7,)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), max_size=60))
@example("https://example.org/a_b_c*d and `x` $y$ {ref}`a` :numref:`b` [c](d) <e> &amp; \\( f_g_ **h** ~~i~~")
def test_marked_text_reads_as_it_is(text: str) -> None:
    """What a reader sees of marked text is the text."""
    gone = "\ufeff\ufffe\uffff\x00"
    clean = "".join(c for c in text if c not in gone)
    assert readable(marked(clean)) == " ".join(clean.split())


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>caña</p>".encode(), "caña"),
        (b"\xef\xbb\xbf" + "<p>caña</p>".encode(), "caña"),
        ("<p>caña</p>".encode("utf-16"), "caña"),
        ('<meta charset="iso-8859-1"><p>caña “x”</p>'.encode("cp1252"), "caña “x”"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>你好</p>'.encode("gbk"), "你好"),
        ('<?xml version="1.0" encoding="Shift_JIS"?><p>日本語</p>'.encode("shift_jis"), "日本語"),
        ('<meta charset="iso-2022-jp"><p>日本語</p>'.encode("iso-2022-jp"), "日本語"),
        ("<p>caña</p>".encode("cp1252"), "caña"),
        ('<meta charset="latin1"><p>señal</p>'.encode(), "señal"),
    ],
)
def test_encodings(data: bytes, text: str) -> None:
    """A page is decoded by its mark, as UTF-8 where it is that, by what it declares, and last as Windows-1252."""
    assert [b.text for b in read_page(data, "a.html").blocks] == [text]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'<meta charset="rot13"><p>\xff</p>', "not known"),
        (b'<meta charset="gbk"><p>' + b"\xff\xff " * 50, "not in the encoding"),
        (b"<p>a\x00b", "zero bytes"),
        (b"<b>" * 100_000, "nested more than"),
        (b"<p>a" * 10_001, "more than 10000 blocks"),
        (b" " * 5_000_001, "more than a document"),
    ],
)
def test_refused_pages(data: bytes, what: str) -> None:
    """What cannot be read is refused with the reason."""
    with pytest.raises(InputError, match=what):
        read_page(data, "a.html")


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<!",
        "<!--",
        "</",
        "<a ",
        "<![CDATA[",
        "&#",
        "&",
        "<script>",
        '<a b="',
        "<p>",
        "<a b=",
        "</a ",
        "<?",
        "\\(",
        " <b> </b>",
    ],
)
def test_hostile_pages_are_read_or_refused(piece: str) -> None:
    """A quarter of a megabyte of broken tags is a page or an error; quadratic work would run into the test's limit."""
    with contextlib.suppress(InputError):
        assert read_page((piece * (250_000 // len(piece))).encode(), "a.html") is not None


def test_huge_attribute_is_no_prose() -> None:
    """A megabyte in an attribute, or in one paragraph, does not become text."""
    assert texts(f'<p title="{"x" * 1_000_000}">short</p><p>{"y" * 1_000_000}</p>') == [("paragraph", "short")]


def test_markdown_and_text() -> None:
    """Markdown is read as everywhere; a text file by its blank lines."""
    assert [b.kind for b in read_page(b"# A\n\ntext\n", "a.md").blocks] == ["heading", "paragraph"]
    found = read_page(b"Title\n\n one *a*\r\ntwo\n\n\nthree", "a.txt")
    assert [b.text for b in found.blocks] == ["Title", "one \\*a\\*\ntwo", "three"]
    assert (found.title, found.lines) == ("Title", (1, 3, 7))


# Names

STEMS = st.from_regex(r"[a-z]{4,8}([-_][a-z]{4,8})?", fullmatch=True)
PATHS = st.tuples(st.lists(STEMS, max_size=3), STEMS, st.sampled_from((".html", ".md", ".txt")))
FORMS = (
    "{f}{s}{x}",
    "{l}/{f}{s}{x}",
    "{f}{l}/{s}{x}",
    "{f}{s}.{l}{x}",
    "{f}{s}_{l}{x}",
    "{f}{l}-{s}{x}",
    "d-{l}/{f}{s}{x}",
)
CODES = (("en", "es"), ("en-US", "es-MX"), ("en_GB", "es-419"), ("english", "spanish"), ("eng", "spa"))


@given(PATHS, st.sampled_from(FORMS), st.sampled_from(CODES))
def test_names_with_codes_have_one_key(path: tuple[list[str], str, str], form: str, codes: tuple[str, str]) -> None:
    """Wherever a code stands in a name, a document and its translation have the same key."""
    folders, stem, suffix = path
    here, there = (form.format(f="".join(f"{f}/" for f in folders), s=stem, x=suffix, l=code) for code in codes)
    assert name_key(here, "en") == name_key(there, "es")
    assert has_code(there, "es") == ("{l}" in form)
    assert not is_foreign(there, "en", "es")


@given(st.lists(PATHS, min_size=2, max_size=8, unique_by=lambda p: (tuple(p[0]), p[1], p[2])))
def test_other_names_have_other_keys(paths: list[tuple[list[str], str, str]]) -> None:
    """Names without codes are told apart exactly."""
    names = ["/".join([*folders, stem + suffix]) for folders, stem, suffix in paths]
    words = re.compile(r"(?:^|[/_.-])(?:english|spanish|espanol)(?=[/_.-])")
    if not any(words.search(name) for name in names):
        assert len({name_key(name, "en") for name in names}) == len(names)


def test_words_that_look_like_codes() -> None:
    """Only codes of a side's own language count, and never a whole name."""
    assert name_key("about_us.html", "en") == "about_us/(html)"
    assert name_key("how_to_do_it.html", "en") == "how_to_do_it/(html)"
    assert name_key("es.html", "es") == "es/(html)"
    assert not has_code("que_es_esto.html", "es")
    assert is_foreign("a.fr.html", "en", "es")
    assert is_foreign("fr/a.html", "en", "es")


def test_addresses() -> None:
    """An address is cut at every place; relative ones go out from their page."""
    assert address("guide/index.html") == "guide"
    assert ("example.org/es", "guía/a") in endings("https://www.example.org/es/gu%C3%ADa/a.html?x#y", "z.html")
    assert ("../es", "sub/a") in endings("../../es/sub/a.html", "sub/b.html")
    assert list(endings("mailto:a@example.org", "a.html")) == []
    assert list(endings("https://[broken", "a.html")) == []


# Subjects


def test_subject_rule() -> None:
    """A keyword in the title is enough, else so many in the text; case, hyphens and line breaks do not matter."""
    keywords = ("machine learning", "aprendizaje automático")
    assert is_on_subject("On MACHINE-\nLearning", [], keywords, 3)
    assert not is_on_subject("Other", ["machine learning, Machine learning"], keywords, 3)
    assert is_on_subject("Other", ["machine learning", "Aprendizaje  automático; machine\nlearning"], keywords, 3)
    assert is_on_subject("Other", [], (), 3)


def test_whole_words() -> None:
    """Parts of words do not count, but in scripts without blanks anything does."""
    assert occurrences("artistic art, artful", ["art"]) == 1
    assert occurrences("我们用机器学习做机器学习模型", ["机器学习"]) == 2
    assert occurrences("C++ and c++.", ["C++"]) == 2


# Matching


def found_in(source: Path, target: Path, folder: Path, *options: str) -> list[list[str]]:
    """The rows of `amts corpus match`, without its head."""
    output = folder / "found.tsv"
    assert main(["corpus", "match", str(source), str(target), "--target-lang", "es", "-o", str(output), *options]) == 0
    with output.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))[1:]


def test_example_is_matched(tmp_path: Path) -> None:
    """The pages of the example are found by links, by names and by content, and nothing else is."""
    rows = found_in(EXAMPLE / "en", EXAMPLE / "es", tmp_path)
    assert [row[:3] for row in rows] == [
        ["forecast.md", "forecast.md", "name"],
        ["guides/oven_en.html", "guides/oven_es.html", "name"],
        ["index.html", "index.html", "link"],
        ["market.html", "paseo.html", "content"],
        ["sourdough.html", "masa-madre.html", "link"],
    ]


def test_match_by_content(tmp_path: Path) -> None:
    """Pages whose names say nothing are found by their numbers, and none is given to two others."""
    source, target = make_corpus(tmp_path, 12)
    for k, path in enumerate(sorted(target.rglob("*.html"))):
        path.rename(target / f"pagina{(k * 5) % 12:02}.html")
    (target / "pagina03.html").unlink()
    titles = {
        p.relative_to(target).as_posix(): re.findall(r"Página (\d+)", p.read_text())[0] for p in target.rglob("*.html")
    }
    rows = found_in(source, target, tmp_path)
    assert len(rows) == 11
    assert all(Path(here).stem == titles[there] for here, there, _, _ in rows)


def site(folder: Path, **pages: str) -> Path:
    """Pages by name, with what stands in their heads."""
    for name, head in pages.items():
        lang = folder.name.split("-")[0]
        (folder / f"{name}.html").parent.mkdir(parents=True, exist_ok=True)
        text = page([s[lang == "es"].format(n=1) for s in SENTENCES], name, lang)
        (folder / f"{name}.html").write_text(text.replace("<head>", f"<head>{head}"), encoding="utf-8")
    return folder


def alternate(lang: str, href: str) -> str:
    """A link to a translation."""
    return f'<link rel="alternate" hreflang="{lang}" href="{href}">'


def test_links_win_over_names(tmp_path: Path) -> None:
    """What pages say of each other counts more than equal names; the beginning of the addresses is found."""
    to, back = "https://example.org/es", "https://example.org/en"
    source = site(
        tmp_path / "en", a=alternate("es", f"{to}/b"), b=alternate("es", f"{to}/a"), c=alternate("es", f"{to}/x/a")
    )
    target = site(tmp_path / "es", a=alternate("en", f"{back}/b"), b=alternate("en", f"{back}/a.html"), c="")
    assert [row[:3] for row in found_in(source, target, tmp_path)] == [
        ["a.html", "b.html", "link"],
        ["b.html", "a.html", "link"],
        ["c.html", "c.html", "name"],
    ]


def test_links_to_one_page_say_nothing(tmp_path: Path) -> None:
    """Where all pages name the same translation, such as the home page, that is no link."""
    home = alternate("es", "../es/index.html")
    source = site(tmp_path / "en", a=home, b=home, index="")
    target = site(tmp_path / "es", a="", b="", index="")
    assert {row[2] for row in found_in(source, target, tmp_path)} == {"name"}


def test_region_of_links(tmp_path: Path) -> None:
    """A link to the very language that is asked for comes before one to another region."""
    source = site(tmp_path / "en", a=alternate("es-MX", "../es/mx.html") + alternate("es", "../es/es.html"))
    target = site(tmp_path / "es", mx="", es="")
    assert [row[1] for row in found_in(source, target, tmp_path)] == ["es.html"]


def test_one_folder_for_both(tmp_path: Path) -> None:
    """Both languages may be in one folder, by codes in names or by what pages declare; third languages are left out."""
    folder = tmp_path / "site"
    for name, lang in (("a.en", "en"), ("a.es", "es"), ("a.fr", "fr"), ("b", "en"), ("es/b", "es"), ("c_es", "fr")):
        (folder / f"{name}.html").parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.html").write_text(page(["Text."], "T", lang))
    assert [row[:2] for row in found_in(folder, folder, tmp_path)] == [
        ["a.en.html", "a.es.html"],
        ["b.html", "es/b.html"],
    ]
    assert [row[:2] for row in found_in(folder, folder / "es", tmp_path)] == [["b.html", "b.html"]]


def test_links_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    """Symbolic links and hidden files are no documents."""
    source, target = make_corpus(tmp_path, 1)
    (source / "out.html").symlink_to(target / "part0" / "0.html")
    (source / ".hidden").mkdir()
    (source / ".hidden" / "a.html").write_text("<p>a")
    assert len(found_in(source, target, tmp_path)) == 1


# Building


def test_keyword_and_paths(tmp_path: Path) -> None:
    """Only documents on the subject are taken, and only those that the patterns name."""
    source, target = EXAMPLE / "en", EXAMPLE / "es"
    rows = found_in(source, target, tmp_path, "--keyword", "machine learning", "--keyword-count", "2")
    assert [row[0] for row in rows] == ["forecast.md"]
    assert found_in(source, target, tmp_path, "--keyword", "machine learning") == []
    rows = found_in(source, target, tmp_path, "--keyword", "MASA  madre", "--exclude", "*.md")
    assert [row[0] for row in rows] == ["sourdough.html"]
    assert [r[0] for r in found_in(source, target, tmp_path, "--paths", "paseo.html")] == ["market.html"]


@pytest.mark.parametrize("form", ["csv", "tsv", "tmx"])
def test_build(tmp_path: Path, form: str) -> None:
    """The file passes the check of Amazon's rules, and the report counts documents and pairs."""
    output, report = tmp_path / f"pairs.{form}", tmp_path / "report.json"
    words = ["corpus", "build", str(EXAMPLE / "en"), str(EXAMPLE / "es"), "--target-lang", "es", "-o", str(output)]
    assert main([*words, "--json", str(report), "--rejected", str(tmp_path / "rejected.tsv")]) == 0
    assert main(["parallel-data", "check", str(output)]) == 0
    found = json.loads(report.read_text())
    assert found["matched"] == {"link": 2, "name": 2, "content": 1}
    assert found["documents"] == {"source": 6, "target": 5}
    assert found["unmatched"] == {"source": 1, "target": 0}
    assert found["records"] == found["accepted"] == 54
    text = output.read_text("utf-8")
    assert "Its guess is wrong by 9 loaves" in text
    assert "Brandt compró un pan de 1150 gramos" in text
    assert "menu" not in text
    assert "width // size" not in text


def test_pages_that_are_no_translations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two pages of one name that are different texts give no pair, and that is told."""
    source, target = make_corpus(tmp_path, 6)
    other = "<p>" + "</p><p>".join(s[1].format(n=7) for s in (SENTENCES[9], SENTENCES[1])) + "</p>"
    unlike = [
        "El tren sale a las 6.",
        "Las montañas son altas y el río es muy largo.",
        "Mi hermana vive en una casa azul.",
    ] * 4
    (target / "part0" / "0.html").write_text(page([*unlike, other], "Otra cosa", "es"), encoding="utf-8")
    output, report = tmp_path / "pairs.csv", tmp_path / "report.json"
    words = ["corpus", "build", str(source), str(target), "--target-lang", "es", "-o", str(output)]
    assert main([*words, "--json", str(report)]) == 0
    assert json.loads(report.read_text())["unlike_pairs"] == [["part0/0.html", "part0/0.html"]]
    assert "1 pairs of documents that are no translations of each other" in capsys.readouterr().err
    assert "Otra cosa" not in output.read_text()


def test_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad usage is told in one line with exit code 2, and nothing is left behind."""
    good = make_corpus(tmp_path, 1)
    output = str(tmp_path / "pairs.csv")
    for words, what in (
        ([str(tmp_path / "none"), str(good[1]), "--target-lang", "es"], "no such folder"),
        ([*map(str, good)], "language of the translation"),
        ([*map(str, good), "--target-lang", "xx"], "is not a language code"),
        ([*map(str, good), "--target-lang", "es", "--workers", "0"], "--workers"),
        ([*map(str, good), "--target-lang", "es", "--keyword", " "], "--keyword"),
        ([*map(str, good), "--target-lang", "es", "--keyword", "trains"], "no document of"),
    ):
        assert main(["corpus", "build", *words, "-o", output]) == 2
        assert what in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["en", "es"]


def test_decoding_names_the_encoding() -> None:
    """A text file that is not UTF-8 says where."""
    with pytest.raises(InputError, match=r"a\.txt: byte 3 is not UTF-8"):
        decoded(b"abc\xff", where="a.txt", is_html=False)
