"""A question, read: its parts, the source and figure it names, its concepts under all their names, and what is no question."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from calcrag.errors import EmptyQuestion, RequestError
from calcrag.literature.lexical import terms
from calcrag.literature.library import Library
from calcrag.literature.question import (
    LONGEST_QUESTION,
    Alternative,
    Concept,
    CorpusWords,
    Question,
    asks_for_agreement,
    normal_label,
    parts_of,
    read_question,
    source_hints,
)
from calcrag.literature.vocabulary import Vocabulary, load_vocabulary

SOURCES = (
    ("essay-2020", "pictorial essay", ("Faria LL", "Babler F")),
    ("review-1980", "review", ("Dalinka MK", "Melchior EL")),
    ("chapter", "textbook chapter", ()),
    ("case-2013", "case report", ("Yadav P", "Thind SS")),
    ("page", "web aggregation", ()),
    ("other", "other", ("Anon",)),
)
TEXT = (
    "Ehlers Danlos syndrome gives calcified spheroids in the softtissue. Gout is a crystal disorder of the joint. Calcium "
    "pyrophosphate deposition disease gives chondrocalcinosis. The haemangioma holds phleboliths. Metastatic calcification "
    "follows hypercalcemia. Calcinosis cutis is common. The knee is affected and the tumor is benign."
)


# ---------------------------------------------------------------- parts


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Where do they lie, and how do they look?", ("Where do they lie", "how do they look")),
        ("Where do they lie? How large are they?", ("Where do they lie", "How large are they")),
        ("What causes gout; which joint is affected?", ("What causes gout", "which joint is affected")),
        ("Is it painful – what does it look like?", ("Is it painful", "what does it look like")),
        ("gout versus pseudogout", ("gout", "pseudogout")),
        ("HADD vs. CPPD", ("HADD", "CPPD")),
        ("What is the difference between media and intima?", ("media", "intima")),
        ("How do you distinguish gout from pseudogout?", ("gout", "pseudogout")),
        ("Gout or CPPD: which crystals does each have?", ("Gout", "CPPD")),
        ("Calcification and ossification, what do both have in common?", ("Calcification", "ossification")),
    ],
)
def test_a_question_of_two_parts_has_both(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "In scleroderma, what is the usual pattern?",
        "According to the review, which joint is affected?",
        "When calcified, how does the worm look?",
        "Which nerves and vessels calcify?",
        "How do skin and muscle differ in calcinosis?",
        "What is calcinosis?",
        "gout",
    ],
)
def test_what_leads_up_to_the_asking_is_no_part(question: str) -> None:
    (only,) = parts_of(question)
    assert only == question


def test_whether_sources_agree_is_no_part() -> None:
    assert parts_of("Is gout symmetric, and do the sources agree?") == ("Is gout symmetric, and do the sources agree?",)


@pytest.mark.parametrize(
    "question",
    ["Do the sources agree on it?", "Do both papers say the same?", "What does each say of it?", "Is it agreed?"],
)
def test_agreement_is_asked_for(question: str) -> None:
    assert asks_for_agreement(question)


@pytest.mark.parametrize("question", ["What do patients complain of?", "Is there a difference in density?"])
def test_agreement_is_not_asked_for(question: str) -> None:
    assert not asks_for_agreement(question)


# ---------------------------------------------------------------- the source, the figure


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("What does the pictorial essay say?", "essay-2020"),
        ("O que diz o ensaio iconográfico?", "essay-2020"),
        ("Faria et al. on gout", "essay-2020"),
        ("What does Dalinka's paper show?", "review-1980"),
        ("What do Dalinka and Melchior list?", "review-1980"),
        ("What is in the textbook chapter?", "chapter"),
        ("What was found in the case report?", "case-2013"),
        ("What does the web page count?", "page"),
        ("Is it in the review article?", "review-1980"),
    ],
)
def test_a_source_is_named(question: str, source: str) -> None:
    assert source_hints(question, SOURCES).sources == {source}


@pytest.mark.parametrize("question", ["What do reviewers say?", "Which chapters of life?", "Is the essayist right?"])
def test_a_word_that_only_begins_like_it_names_no_source(question: str) -> None:
    assert source_hints(question, SOURCES).sources == frozenset()


def test_two_sources_are_named() -> None:
    found = source_hints("Do Faria and the textbook chapter agree?", SOURCES)
    assert found.sources == {"essay-2020", "chapter"}


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("What does Fig. 7 show?", "figure 7"),
        ("What does figure 2 b show?", "figure 2b"),
        ("What does Figure 10 of it show?", "figure 10"),
        ("Which causes are in Table II?", "table ii"),
        ("Which causes are in table 2?", "table 2"),
    ],
)
def test_a_figure_or_table_is_named(question: str, label: str) -> None:
    assert source_hints(question, SOURCES).label == label


@pytest.mark.parametrize("question", ["What figures are given?", "How many tables?", "Is a tablet given?"])
def test_no_figure_or_table_is_named(question: str) -> None:
    assert source_hints(question, SOURCES).label is None


def test_the_spans_hold_the_words_that_name_a_source() -> None:
    question = "What does Fig. 7 of Dalinka's paper show?"
    assert [question[s:e] for s, e in source_hints(question, SOURCES).spans] == ["Fig. 7", "Dalinka's paper"]


@pytest.mark.parametrize(
    ("printed", "label"),
    [("Fig. 2a", "figure 2a"), ("Figure 2a", "figure 2a"), ("TABLE I", "table i"), ("Abstract", None), (None, None)],
)
def test_a_printed_label_is_written_as_a_question_writes_it(printed: str | None, label: str | None) -> None:
    assert normal_label(printed) == label


# ---------------------------------------------------------------- reading


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="module")
def read(vocabulary: Vocabulary) -> Callable[[str], Question]:
    """Reads a question against `TEXT`."""
    words = frozenset(word.strip(".").lower() for word in TEXT.split())
    stems = terms(TEXT)
    pairs = [f"{one} {other}" for one, other in pairwise(stems)]
    corpus = CorpusWords(words, [*stems, *pairs].count, lambda stem: 3.0 / (1 + stems.count(stem)))
    return lambda text: read_question(text, vocabulary=vocabulary, corpus=corpus, sources=SOURCES)


def concept(question: Question, text: str) -> Concept:
    return next(c for c in question.concepts if c.text == text)


@pytest.mark.parametrize("text", ["", "   ", "???", "\x00\x07\n\t", "—…!"])
def test_what_holds_no_word_is_no_question(read: Callable[[str], Question], text: str) -> None:
    with pytest.raises(EmptyQuestion):
        read(text)


def test_control_characters_are_blanks(read: Callable[[str], Question]) -> None:
    assert read("What\x00is\x1bgout\u202e?\n").text == "What is gout ?"


def test_the_longest_question_is_read_and_a_longer_one_is_refused(read: Callable[[str], Question]) -> None:
    assert len(read("gout " * (LONGEST_QUESTION // 5)).text) <= LONGEST_QUESTION
    with pytest.raises(RequestError, match=r"100,\d{3} characters"):
        read("gout" * 25_000 + " is what?")


def test_a_word_of_the_corpus_is_known_and_another_is_not(read: Callable[[str], Question]) -> None:
    question = read("Does gout affect the spleen?")
    assert concept(question, "gout").known
    assert not concept(question, "spleen").known


@pytest.mark.parametrize("name", ["Ehlers-Danlos syndrome", "Ehlers Danlos syndrome", "Ehlers–Danlos syndrome"])
def test_a_hyphen_makes_no_other_name(read: Callable[[str], Question], name: str) -> None:
    found = next(c for c in read(f"What is {name}?").concepts if c.text.startswith("Ehlers"))
    assert found.match(frozenset(terms("Ehlers Danlos syndrome is familial."))) == 1.0
    assert found.match(frozenset(terms("Ehlers-Danlos syndrome is familial."))) == 1.0
    assert found.match(frozenset(terms("Marfan syndrome is familial."))) < 0.5


def test_a_word_that_lost_its_hyphen_at_a_line_end_is_found(read: Callable[[str], Question]) -> None:
    found = next(c for c in read("soft-tissue spheroids").concepts if c.text == "soft-tissue")
    assert Alternative(frozenset(terms("softtissue")), 1.0) in found.alternatives


@pytest.mark.parametrize(
    ("question", "stands_for"),
    [
        ("What is CPPD?", "calcium pyrophosphate deposition disease"),
        ("calcinosis of the skin", "calcinosis cutis"),
        ("hemangioma", "haemangioma"),
        ("hypercalcaemia", "hypercalcemia"),
        ("phlebolits", "phleboliths"),
        ("calcificação metastática", "metastatic calcification"),
        ("tumour", "tumor"),
    ],
)
def test_a_name_stands_for_the_names_of_the_corpus(
    read: Callable[[str], Question], question: str, stands_for: str
) -> None:
    stems = frozenset(terms(stands_for))
    assert max(c.match(stems) for c in read(question).concepts) >= 0.8


def test_the_other_half_of_a_hyphenated_name_is_a_word_of_its_own(read: Callable[[str], Question]) -> None:
    assert [c.text for c in read("warfarin-gout").concepts] == ["warfarin", "gout"]
    assert [c.text for c in read("Baker's knee").concepts] == ["Baker's", "knee"]


def test_a_part_of_a_name_counts_a_little() -> None:
    alternatives = (Alternative(frozenset({"calcium", "gluconat"}), 1.0), Alternative(frozenset({"salt"}), 0.6))
    made = Concept("calcium gluconate", 0, alternatives, 1.0, known=True, asking=False)
    assert made.match(frozenset({"calcium", "gluconat", "vein"})) == 1.0
    assert made.match(frozenset({"salt"})) == 0.6
    assert made.match(frozenset({"calcium"})) == pytest.approx(0.175)
    assert made.match(frozenset({"vein"})) == 0.0


def test_words_that_ask_weigh_less_than_words_of_the_subject(read: Callable[[str], Question]) -> None:
    question = read("Which case shows gout?")
    asking = {c.text for c in question.concepts if c.asking}
    assert {"case", "shows"} <= asking
    assert "gout" not in asking


def test_a_disease_is_a_subject_and_a_joint_is_none(read: Callable[[str], Question]) -> None:
    question = read("Is the knee affected by gout?")
    assert concept(question, "gout").subject
    assert not concept(question, "knee").subject
    assert question.entities == ("gout",)


def test_a_question_that_is_only_a_label_keeps_its_words(read: Callable[[str], Question]) -> None:
    question = read("Figure 2")
    assert (question.hints.label, question.content) == ("figure 2", "Figure 2")


def test_words_that_name_a_source_are_not_looked_for(read: Callable[[str], Question]) -> None:
    question = read("What does Dalinka's paper say about gout?")
    assert {c.text for c in question.concepts if not c.asking} >= {"gout"}
    assert "Dalinka" not in question.content


def test_what_one_source_says_is_no_question_of_agreement(read: Callable[[str], Question]) -> None:
    assert not read("What does Dalinka's paper say about gout?").agreement
    assert read("What do Dalinka and the textbook chapter each say about gout?").agreement


@pytest.mark.parametrize(
    ("question", "foreign"),
    [("Quais são as causas da calcinose?", True), ("Como se divide a calcinose, e por quê?", True), ("gout", False),
     ("What is the cause of gout?", False)],
)  # fmt: skip
def test_another_language_is_recognised(read: Callable[[str], Question], question: str, foreign: bool) -> None:
    assert read(question).foreign is foreign


def test_the_parts_hold_the_concepts_of_each_part(read: Callable[[str], Question]) -> None:
    parts = read("Which joint does gout affect, and where do phleboliths lie?").parts
    assert [{"gout", "phleboliths"} & {c.text for c in part} for part in parts] == [{"gout"}, {"phleboliths"}]


def test_a_question_of_one_part_has_no_parts(read: Callable[[str], Question]) -> None:
    assert read("Which joint does gout affect?").parts == ()


def test_a_word_that_only_the_reference_list_holds_is_not_known(library: Library) -> None:
    question = library.read("What did Longacre find?")
    assert [c.text for c in question.concepts if c.known and not c.asking] == []
