"""Where the wings meet: disagreements beside an answer, a case with its differential, two types set apart."""

from collections.abc import Callable

import pytest

from calcrag.consult import (
    SHOWN,
    Consultation,
    ask,
    case_of_text,
    describes_case,
    disagreements_on,
    distinction_asked,
)
from calcrag.differential.disagreements import Disagreement, load_disagreements
from calcrag.literature.answer import Status
from calcrag.literature.article import SourceKind
from calcrag.literature.evidence import Evidence
from calcrag.literature.library import Library

CASE = (
    "A 55-year-old woman on hemodialysis for ten years has a large lobulated calcified mass with fluid-calcium levels about "
    "the hip. Serum phosphate is high and PTH is high. What is the diagnosis?"
)


def evidence(source: str, quote: str) -> Evidence:
    return Evidence(
        number=1, passage_id="p", source=source, origin=f"{source}.txt", citation="", page=None, page_label=None, section="",
        quote=quote, passage=quote, start=0, end=len(quote), source_kind=SourceKind.REVIEW, independent_of=(),
        second_hand=False, primary_references=(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def entry() -> Disagreement:
    """Two sources on the calcium-phosphorus product."""
    return next(d for d in load_disagreements() if d.id == "metastatic-product-threshold")


@pytest.fixture(scope="module")
def consult(library: Library) -> Callable[[str], Consultation]:
    return lambda text: ask(library, text)


# ---------------------------------------------------------------- disagreements on the quotes shown


def ids(found: tuple[Disagreement, ...]) -> list[str]:
    return [d.id for d in found]


def test_a_disagreement_bears_on_the_quote_of_one_side_about_the_subject_asked_for(entry: Disagreement) -> None:
    quoted = evidence(entry.positions[0].source, f"Before it. {entry.positions[0].quote.upper()}, behind it.")
    assert entry.id in ids(disagreements_on([quoted], entities=entry.entities[:1]))


def test_it_does_not_bear_on_the_words_of_another_source(entry: Disagreement) -> None:
    quoted = evidence("another", entry.positions[0].quote)
    assert disagreements_on([quoted], entities=entry.entities) == ()


def test_one_side_about_another_subject_is_not_enough_both_sides_are(entry: Disagreement) -> None:
    quoted = [evidence(p.source, p.quote) for p in entry.positions]
    assert entry.id not in ids(disagreements_on(quoted[:1], entities=("gout",)))
    assert entry.id in ids(disagreements_on(quoted, entities=("gout",)))


def test_only_whole_words_count(entry: Disagreement) -> None:
    position = entry.positions[0]
    for quote in (f"un{position.quote}", f"{position.quote.rstrip('.')}ish"):
        assert entry.id not in ids(disagreements_on([evidence(position.source, quote)], entities=entry.entities))


def test_a_position_is_not_pieced_together_from_two_quotes(entry: Disagreement) -> None:
    words = entry.positions[0].quote.split()
    halves = [evidence(entry.positions[0].source, " ".join(half)) for half in (words[:4], words[4:])]
    assert entry.id not in ids(disagreements_on(halves, entities=entry.entities))


def test_those_on_the_subject_asked_for_stand_first_and_a_limit_keeps_them() -> None:
    entries = load_disagreements()
    quoted = [evidence(p.source, p.quote) for d in entries for p in d.positions]
    wanted = entries[-1].entities[0]
    found = disagreements_on(quoted, entities=(wanted,))
    touching = [wanted in d.entities for d in found]
    assert touching == sorted(touching, reverse=True)
    assert ids(found[:3]) == ids(disagreements_on(quoted, entities=(wanted,), limit=3))


# ---------------------------------------------------------------- asking


def test_an_answer_comes_with_the_disagreement_that_bears_on_it(consult: Callable[[str], Consultation]) -> None:
    found = consult("Do the sources agree on the calcium phosphorus product threshold?")
    assert "metastatic-product-threshold" in ids(found.disagreements)
    positions = {p.source for d in found.disagreements for p in d.positions}
    assert {"faria-2020", "dalinka-melchior"} <= positions


def test_the_answer_is_that_of_the_library(library: Library, consult: Callable[[str], Consultation]) -> None:
    for question in ("Which nerve calcifies in leprosy?", "How tall is Mount Everest?", CASE):
        assert consult(question).answer == library.ask(question)


def test_a_refusal_has_no_disagreement(consult: Callable[[str], Consultation]) -> None:
    found = consult("What is the dose of denosumab in metastatic calcification?")
    assert (found.answer.status, found.disagreements) == (Status.NOT_IN_CORPUS, ())


def test_at_most_so_many_disagreements_are_shown(consult: Callable[[str], Consultation]) -> None:
    for question in ("What is tumoral calcinosis?", "What is fibrodysplasia ossificans progressiva?", "What is CPPD?"):
        assert len(consult(question).disagreements) <= SHOWN


# ---------------------------------------------------------------- cases


@pytest.mark.parametrize(
    "text",
    [
        CASE,
        "54M with a calcified mass of the thigh, most likely diagnosis?",
        "He fell from a horse two months ago, the thigh is swollen and firm, radiographs show a rim of mineral and a cleft to bone.",
    ],
)
def test_a_text_describes_a_case(text: str) -> None:
    assert describes_case(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is gout?",
        "Which nerve calcifies in leprosy?",
        "What is the diagnosis?",
        "",
        "What does a biopsy show in " + "x" * 100 + "?",
    ],
)
def test_a_text_describes_no_case(text: str) -> None:
    assert not describes_case(text)


def test_a_case_has_its_differential_and_passages_for_the_leading_candidates(
    library: Library, consult: Callable[[str], Consultation]
) -> None:
    found = consult(CASE)
    assert found.case is not None
    assert found.case == case_of_text(CASE)
    leading = [c.type.id for c in found.case.differential.candidates]
    assert [b.type_id for b in found.bearing] == leading[: len(found.bearing)]
    passages = {p.id for p in library.index.passages}
    assert {hit.passage.id for b in found.bearing for hit in b.hits} <= passages
    assert all(b.hits for b in found.bearing)


@pytest.mark.parametrize(
    "question", ["Which nerve calcifies in leprosy?", "A patient: what is the most likely age of gout?"]
)
def test_a_question_has_no_differential(consult: Callable[[str], Consultation], question: str) -> None:
    found = consult(question)
    assert (found.case, found.bearing) == (None, ())


# ---------------------------------------------------------------- two types against each other


def test_two_types_are_set_apart_where_that_is_asked_for() -> None:
    found = distinction_asked("How do I distinguish gout from calcium pyrophosphate deposition disease?")
    assert found is not None
    assert {found.one.id, found.other.id} == {"gout", "cppd"}
    assert found.for_one
    assert found.for_other
    assert not set(found.for_one) & set(found.for_other)


@pytest.mark.parametrize(
    "text",
    ["Gout and calcium pyrophosphate deposition disease", "How do I distinguish gout?", "What is the difference?"],
)
def test_nothing_is_set_apart_where_it_is_not_asked_for(text: str) -> None:
    assert distinction_asked(text) is None
