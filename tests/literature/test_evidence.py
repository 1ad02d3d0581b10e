"""Statements ranked: what each sign adds, worked out by hand; and evidence with its place and its primary references."""

from collections.abc import Callable

import numpy as np
import pytest

from calcrag.citation import Record, Reference
from calcrag.literature.article import Article, Marker, OffsetMap, Segment, SourceKind
from calcrag.literature.evidence import Scored, StatementStore, evidence_of, is_labelled, rank_statements
from calcrag.literature.lexical import terms
from calcrag.literature.passages import Passage, PassageKind
from calcrag.literature.question import CorpusWords, Question, read_question
from calcrag.literature.statements import Statement, StatementKind
from calcrag.literature.vocabulary import load_vocabulary

KINDS = {"one": SourceKind.REVIEW, "two": SourceKind.REVIEW, "page": SourceKind.WEB_AGGREGATION}
SOURCES = (("one", "review", ("Adams B",)), ("two", "case report", ("Clark D",)))
WORDS = "spheroids wrist gout ankle table"


@pytest.fixture(scope="module")
def read() -> Callable[[str], Question]:
    """Reads a question against a corpus in which every word is as rare as every other."""
    words = frozenset(WORDS.split())
    stems = {stem for word in words for stem in terms(word)}
    corpus = CorpusWords(words, lambda stem: int(stem in stems), lambda stem: 1.0)
    vocabulary = load_vocabulary()
    return lambda text: read_question(text, vocabulary=vocabulary, corpus=corpus, sources=SOURCES)


def statement(text: str, *, source: str = "one", start: int = 0, kind: StatementKind = StatementKind.SENTENCE, core: int | None = None,
              heading: str = "", label: str | None = None, lost: bool = False, torn: bool = False) -> Statement:  # fmt: skip
    return Statement(
        source, kind, text, start, start + len(text), start if core is None else core, heading, label, (), lost, torn
    )


def passage(text: str, *, source: str = "one", start: int = 0, heading: str = "", label: str | None = None) -> Passage:
    name = f"{source}-{start}"
    return Passage(name, source, PassageKind.PROSE, text, start, start + len(text), heading=heading, label=label)


def rank(question: Question, statements: list[Statement], passages: list[tuple[Passage, float]]) -> list[Scored]:
    """Ranked with vectors that stand at right angles to the question's: nearness in meaning adds nothing."""
    store = StatementStore(statements, np.zeros((len(statements), 4), dtype=np.float32))
    return rank_statements(question, passages, store=store, vector=np.ones(4, dtype=np.float32), kinds=KINDS)


def score(question: Question, one: Statement, around: str | None = None, *, heading: str = "") -> float:
    text = one.text if around is None else around
    (only,) = rank(question, [one], [(passage(text, source=one.source, heading=heading), 0.0)])
    return only.score


# ---------------------------------------------------------------- which statements a passage holds


def test_a_passage_holds_the_statements_that_begin_in_it() -> None:
    made = [
        statement("Gout.", start=0),
        statement("Ankle.", start=10),
        statement("A) Gout\na) Ankle", start=2, core=10),  # a row, quoted with the row above it
        statement("Wrist.", start=20),
        statement("Gout.", source="two", start=10),
    ]
    store = StatementStore(made, np.zeros((5, 4), dtype=np.float32))
    assert store.inside(passage("x" * 10, start=10)) == [1, 2]


# ---------------------------------------------------------------- what each sign adds


def test_a_word_of_the_question_counts_most_in_the_statement_less_in_its_heading_least_in_its_passage(
    read: Callable[[str], Question],
) -> None:
    question = read("spheroids")
    assert score(question, statement("Spheroids lie there.")) == 1.0
    assert score(question, statement("They lie there.", heading="Spheroids")) == 0.5
    assert score(question, statement("They lie there."), "They lie there. Spheroids lie here.") == 0.25
    assert score(question, statement("They lie there."), heading="Spheroids") == 0.25
    assert score(question, statement("They lie there.")) == 0.0


def test_each_word_has_its_share(read: Callable[[str], Question]) -> None:
    (found,) = rank(read("spheroids wrist"), [statement("The wrist.")], [(passage("The wrist."), 0.0)])
    assert (found.named, found.about, found.score) == (0.5, 0.5, 0.5)


def test_a_better_passage_lifts_its_statements(read: Callable[[str], Question]) -> None:
    (found,) = rank(read("spheroids"), [statement("Spheroids.")], [(passage("Spheroids."), 0.6)])
    assert found.score == pytest.approx(1.3)


def test_nearness_in_meaning_counts(read: Callable[[str], Question]) -> None:
    vectors = np.array([[0.6, 0.8], [1.0, 0.0]], dtype=np.float32)
    made = [statement("There."), statement("Here.", start=10)]
    store = StatementStore(made, vectors)
    vector = np.array([1.0, 0.0], dtype=np.float32)
    found = rank_statements(read("gout"), [(passage("x" * 20), 0.0)], store=store, vector=vector, kinds=KINDS)
    assert [(s.statement.text, s.meaning) for s in found] == [("Here.", 1.0), ("There.", pytest.approx(0.6))]


def test_a_statement_that_tells_the_kind_of_fact_asked_for_stands_higher(read: Callable[[str], Question]) -> None:
    question = read("How long does gout last?")
    told, untold = (
        score(question, statement("Gout lasts 6 weeks.")),
        score(question, statement("Gout hurts the ankle.")),
    )
    assert told > untold


@pytest.mark.parametrize(
    ("made", "penalty"),
    [
        (statement("Spheroids.", source="page"), 0.1),
        (statement("Spheroids.", lost=True), 0.3),
        (statement("Spheroids.", torn=True), 0.3),
        (statement("Spheroids.", kind=StatementKind.FRONT), 0.35),
        (statement("Spheroids.", kind=StatementKind.ROW), 0.3),
    ],
)
def test_some_statements_stand_behind(read: Callable[[str], Question], made: Statement, penalty: float) -> None:
    assert score(read("spheroids"), made) == pytest.approx(1.0 - penalty)


def test_a_table_row_does_not_stand_behind_where_a_class_is_asked_for(read: Callable[[str], Question]) -> None:
    row, sentence = statement("Spheroids.", kind=StatementKind.ROW), statement("Spheroids.")
    question = read("Under which heading are spheroids?")
    assert score(question, row) == score(question, sentence)


def test_the_source_and_the_figure_asked_for_stand_in_front(read: Callable[[str], Question]) -> None:
    plain, of_two = statement("Spheroids."), statement("Spheroids.", source="two")
    assert score(read("spheroids in the case report"), of_two) - score(read("spheroids"), of_two) == pytest.approx(0.4)
    assert score(read("spheroids in the case report"), plain) == score(read("spheroids"), plain)
    figure = statement("Spheroids.", kind=StatementKind.CAPTION, label="Fig. 3")
    assert score(read("spheroids in Figure 3"), figure) - score(read("spheroids"), figure) == pytest.approx(0.8)


def test_equal_scores_are_ordered_by_source_and_place(read: Callable[[str], Question]) -> None:
    made = [
        statement("Spheroids.", source="two", start=0),
        statement("Spheroids.", start=50),
        statement("Spheroids.", start=0),
    ]
    passages = [(passage("x" * 60, source=source), 0.0) for source in ("two", "one")]
    found = rank(read("spheroids"), made, passages)
    assert [(s.statement.source, s.statement.start) for s in found] == [("one", 0), ("one", 50), ("two", 0)]


def test_what_stands_beside_a_scraped_fragment_is_not_its_subject(read: Callable[[str], Question]) -> None:
    around = "Spheroids lie here. They are hard."
    (prose,) = rank(read("spheroids"), [statement("They are hard.", start=20)], [(passage(around), 0.0)])
    scraped = statement("They are hard.", source="page", start=20)
    (fragment,) = rank(read("spheroids"), [scraped], [(passage(around, source="page"), 0.0)])
    assert frozenset(terms("spheroids")) <= prose.stems_around
    assert fragment.stems_around == frozenset()


# ---------------------------------------------------------------- figures and tables


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("What is in Figure 2?", "Figure 2"),
        ("What is in Fig. 2?", "Figure 2a"),
        ("What is in figure 2b?", "Fig. 2b"),
        ("What is in figure 13 B?", "Figure 13"),  # one caption tells of A and B
        ("What is in table ii?", "TABLE II"),
    ],
)
def test_a_label_is_the_one_asked_for(read: Callable[[str], Question], question: str, label: str) -> None:
    assert is_labelled(read(question), label)


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("What is in Figure 2?", "Figure 12"),
        ("What is in Figure 2?", "TABLE 2"),
        ("What is in Figure 2a?", "Figure 2b"),
        ("What is in table i?", "TABLE II"),
        ("What is in Figure 2?", None),
        ("gout", "Figure 2"),
        ("gout", None),
    ],
)
def test_a_label_is_another(read: Callable[[str], Question], question: str, label: str | None) -> None:
    assert not is_labelled(read(question), label)


# ---------------------------------------------------------------- evidence

TEXT = "Gout is common. It hurts the ankle. The wrist is spared."


@pytest.fixture
def article() -> Article:
    markers = (Marker(15, (1,), "<sup>1</sup>"), Marker(35, (3, 2), "<sup>3,2</sup>"), Marker(56, (9,), "<sup>9</sup>"))
    references = tuple(Reference(number=n, text=f"Entry {n}") for n in (1, 2, 3))
    return Article(
        key="one", origin="one.txt", kind=SourceKind.REVIEW, record=Record(title="On gout", authors=("Adams B",), year=1971),
        text=TEXT, offsets=OffsetMap((Segment(0, len(TEXT), 0, len(TEXT)),)), blocks=(), markers=markers,
        references=references, sha256="0" * 64,
    )  # fmt: skip


def test_evidence_is_a_quote_at_its_place(article: Article) -> None:
    made = Statement("one", StatementKind.SENTENCE, TEXT[16:35], 16, 35, 16, "Gout › Signs")
    found = evidence_of(made, passage(TEXT), article=article, number=4)
    assert (found.number, found.quote, found.section) == (4, "It hurts the ankle.", "Gout › Signs")
    assert article.text[found.start : found.end] == found.quote
    assert (found.source, found.origin, found.source_kind) == ("one", "one.txt", SourceKind.REVIEW)
    assert "On gout" in found.citation


def test_the_references_are_those_cited_in_the_quote_in_their_order(article: Article) -> None:
    made = Statement("one", StatementKind.SENTENCE, TEXT[16:35], 16, 35, 16, "")
    found = evidence_of(made, passage(TEXT), article=article, number=1)
    assert [r.number for r in found.primary_references] == [3, 2]
    assert found.second_hand


def test_a_sentence_that_cites_nobody_is_first_hand(article: Article) -> None:
    made = Statement("one", StatementKind.SENTENCE, TEXT[16:34], 16, 34, 16, "")
    found = evidence_of(made, passage(TEXT), article=article, number=1)
    assert (found.second_hand, found.primary_references) == (False, ())


def test_a_marker_without_an_entry_still_tells_that_it_is_second_hand(article: Article) -> None:
    made = Statement("one", StatementKind.SENTENCE, TEXT[36:], 36, len(TEXT), 36, "")
    found = evidence_of(made, passage(TEXT), article=article, number=1)
    assert (found.second_hand, found.primary_references) == (True, ())


def test_the_passage_is_widened_to_hold_the_quote(article: Article) -> None:
    made = Statement("one", StatementKind.SENTENCE, TEXT[:35], 0, 35, 16, "")
    found = evidence_of(made, passage(TEXT[16:], start=16), article=article, number=1)
    assert found.passage == TEXT
    assert found.quote in found.passage


def test_a_row_above_is_evidence_of_its_own(article: Article) -> None:
    made = Statement("one", StatementKind.ROW, TEXT[16:35], 16, 35, 16, "", "TABLE I", ((0, 15),))
    found = evidence_of(made, passage(TEXT), article=article, number=1, span=(0, 15))
    assert (found.quote, found.section) == ("Gout is common.", "TABLE I")
