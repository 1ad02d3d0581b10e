"""Passages and statements: slices of the article, whole sentences, never longer than the model reads."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcrag.literature.article import Article
from calcrag.literature.corpus import load_corpus
from calcrag.literature.passages import Passage, PassageKind, PassageSettings, passages_of
from calcrag.literature.readers import read
from calcrag.literature.sentences import sentence_spans
from calcrag.literature.statements import Statement, StatementKind, statements_of

ARTICLES = {a.key: a for a in load_corpus(Path(__file__).parents[2] / "corpus")[0]}


def article(text: str) -> Article:
    return read(text.encode(), key="tiny", origin="tiny.md")


def containing(pieces: list[Passage], words: str) -> Passage:
    return next(p for p in pieces if words in p.text)


def telling(key: str, words: str) -> Statement:
    return next(s for s in statements_of(ARTICLES[key]) if words in ARTICLES[key].text[s.core_start : s.end])


@pytest.mark.parametrize("key", ARTICLES)
def test_a_passage_is_a_slice_of_its_article(key: str) -> None:
    for passage in passages_of(ARTICLES[key]):
        assert ARTICLES[key].text[passage.start : passage.end] == passage.text


@pytest.mark.parametrize("key", ARTICLES)
def test_a_statement_is_a_slice_of_its_article(key: str) -> None:
    for statement in statements_of(ARTICLES[key]):
        assert ARTICLES[key].text[statement.start : statement.end] == statement.text
        assert statement.start <= statement.core_start < statement.end


@pytest.mark.parametrize("key", ARTICLES)
def test_every_statement_lies_in_a_passage(key: str) -> None:
    spans = [(p.start, p.end) for p in passages_of(ARTICLES[key])]
    for statement in statements_of(ARTICLES[key]):
        assert any(start <= statement.core_start and statement.end <= end for start, end in spans), statement.text


def test_ids_are_unique_and_the_same_in_every_run() -> None:
    ids = [p.id for a in ARTICLES.values() for p in passages_of(a)]
    assert len(ids) == len(set(ids))
    assert ids == [p.id for a in ARTICLES.values() for p in passages_of(a)]


@given(st.lists(st.integers(3, 60), min_size=1, max_size=12), st.integers(20, 120))
def test_no_passage_exceeds_what_the_model_reads(lengths: list[int], words: int) -> None:
    sentences = ["Word " + "calcium " * n + "end." for n in lengths]
    made = passages_of(article("# T\n\n## S\n\n" + " ".join(sentences) + "\n"), fits=lambda t: len(t.split()) <= words)
    assert all(len(f"{p.heading}: {p.text}".split()) <= words for p in made)
    body = "".join(p.text.replace(" ", "") for p in made if p.heading == "S")
    assert body == "".join(sentences).replace(" ", ""), "nothing is lost where a sentence had to be cut"


def test_a_passage_ends_where_its_section_ends() -> None:
    made = passages_of(article("# T\n\n## One\n\nFirst sentence here.\n\n## Two\n\nSecond sentence here.\n"))
    assert containing(made, "First").heading == "One"
    assert containing(made, "Second").heading == "Two"
    assert "Second" not in containing(made, "First").text


def test_target_and_longest_are_kept() -> None:
    text = "# T\n\n## S\n\n" + " ".join(f"Sentence number {n} is about this long, more or less." for n in range(60))
    made = passages_of(article(text), settings=PassageSettings(target=200, longest=300))
    assert max(len(p.text) for p in made) <= 300
    assert min(len(p.text) for p in made if p.heading == "S") >= 90


def test_a_table_piece_carries_title_and_rows_above() -> None:
    made = passages_of(ARTICLES["dalinka-melchior"])
    last = containing(made, "VII) Ectopic")
    assert last.kind is PassageKind.TABLE
    assert last.heading.startswith("TABLE I. SOFT TISSUE CALCIFICATION › B) Dystrophic calcification")


def test_captions_and_references_stand_alone() -> None:
    made = passages_of(ARTICLES["faria-2020"])
    assert containing(made, "Milwaukee shoulder syndrome. Frontal").label == "Figure 10"
    assert containing(made, "Banks KP").kind is PassageKind.REFERENCE


def test_a_sentence_that_leans_on_the_one_before_is_quoted_with_it() -> None:
    assert telling("yadav-2013", "(6:1)").text.startswith(
        "Calcinosis circumscripta usually associated with scleroderma"
    )
    assert telling("faria-2020", "It is quite common in the elderly").text.startswith("The origin of CPPD arthropathy")
    assert telling("dalinka-melchior", "This type of calcification is most common").text.startswith(
        "Calcinosis universalis"
    ) or ("Calcinosis universalis" in telling("dalinka-melchior", "This type of calcification is most common").text)


@pytest.mark.parametrize(
    "fragment",
    [
        "It is classified into five main types",
        "This condition is characterized by the deposition",
        "These calcifications are dead larval",
    ],
)
def test_a_fragment_of_the_scraped_page_says_that_its_subject_is_lost(fragment: str) -> None:
    statement = telling("soft-tissue-calcification-web", fragment)
    assert statement.subject_lost
    assert statement.core_start == statement.start, "nothing is put in front of it"


@pytest.mark.parametrize(
    "whole", ["Ectopic soft-tissue calcification was originally", "calcinosis cutis universalis: diffuse"]
)
def test_a_fragment_that_names_its_subject_stands(whole: str) -> None:
    statement = telling("soft-tissue-calcification-web", whole)
    assert not statement.subject_lost
    assert not statement.torn


@pytest.mark.parametrize(
    "torn", ["which are discussed separately: musc", "tend to have", "STCs of the head and neck region"]
)
def test_a_fragment_that_breaks_off_is_torn(torn: str) -> None:
    assert telling("soft-tissue-calcification-web", torn).torn


def test_a_list_item_is_quoted_whole_and_a_row_with_the_rows_above_and_beside_it() -> None:
    item = telling("localized-calcification-chapter", "often seen within pelvic veins")
    assert item.kind is StatementKind.ITEM
    assert item.text.startswith("Phleboliths: these are common")
    rows = {
        s.text.split("\n")[0]: s for s in statements_of(ARTICLES["dalinka-melchior"]) if s.kind is StatementKind.ROW
    }
    row = rows["a) Crystal deposition disorders"]
    assert row.text.split("\n")[1:] == [
        "1) Gout",
        "2) Calcium pyrophosphate deposition disease",
        "3) Hydroxyapatite deposition disease",
    ]
    above = [ARTICLES["dalinka-melchior"].text[s:e] for s, e in row.above]
    assert above == ["B) Dystrophic calcification", "II) Metabolic disease"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Fusiform, approximately 3 mm. in size and parallel. The next one.", 2),
        ("A product above 75mg./100ml. predisposes to it. Then this.", 2),
        ("Weissman et al. stated that it is so. He left.", 2),
        ("The female may reach a length of 100 cm. and extend. It may coil.", 2),
        ("bony trabeculae are seen ▸ deposits are denser", 2),
        ("a) Gout\nb) Loa loa", 2),
        ("See Fig. 2 for this. Done now.", 2),
        ("Injection sites (e.g. the buttock) calcify. So be it.", 2),
    ],
)
def test_sentence_ends(text: str, count: int) -> None:
    spans = sentence_spans(text)
    assert len(spans) == count, [text[s:e] for s, e in spans]


@given(st.text(alphabet="abcd .▸•\n;", max_size=80))
def test_sentences_are_slices_in_order_and_lose_no_word(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    kept = "".join(text[s:e] for s, e in spans)
    assert [c for c in kept if c.isalpha()] == [c for c in text if c.isalpha()]
