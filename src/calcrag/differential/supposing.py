"""What can be asked of a case, every way in which it can be answered, and what would then be known.

Made from the tests of criteria: a sign is answered by present or absent; a value or a time by one number between
each two bounds that the tests draw, since within them no test can tell values apart. Must never: hold one answer to
be likelier than another.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from calcrag.differential.closure import Known, Relations
from calcrag.differential.criteria import Absent, Age, AllOf, AnyOf, Measured, NoneOf, Present, Test, Time, parts_of

__all__ = [
    "Answer",
    "Question",
    "QuestionKind",
    "Supposition",
    "answers_to",
    "is_open",
    "joined",
    "questions_of",
    "suppose",
]


class QuestionKind(StrEnum):
    """What is asked of a finding."""

    SIGN = "sign"
    VALUE = "value"
    TIME = "time"


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """One thing that tests ask of a finding."""

    finding: str
    kind: QuestionKind


@dataclass(frozen=True, slots=True)
class Supposition:
    """What would be so: a sign present or absent, or a value or time between two bounds (None: no bound) of which
    `number` is one.
    """

    question: Question
    present: bool = True
    number: float = 0.0
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def words(self) -> str:
        """The answer in words: "present", "20 to 40 years", "above 5.5 mg/dL"."""
        if self.question.kind is QuestionKind.SIGN:
            return "present" if self.present else "absent"
        unit = f"{self.unit} ago" if self.question.kind is QuestionKind.TIME else self.unit
        if self.low is None:
            return f"below {self.high:g} {unit}"
        return f"{self.low:g} to {self.high:g} {unit}" if self.high is not None else f"above {self.low:g} {unit}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A supposition, all that would then be known, and the findings of which more or something else is known."""

    supposition: Supposition
    known: Known
    changed: frozenset[str]


def questions_of(tests: Iterable[Test]) -> Mapping[Question, tuple[tuple[float, ...], str]]:
    """The questions that tests ask, each with the bounds (ascending) and the unit where it is one for a number."""
    bounds: dict[Question, set[float]] = {}
    units: dict[Question, str] = {}
    for part in (part for test in tests for part in parts_of(test)):
        for question, drawn, unit in _asked(part):
            bounds.setdefault(question, set()).update(b for b in drawn if b is not None)
            units[question] = unit
    return {question: (tuple(sorted(bounds[question])), units[question]) for question in sorted(bounds)}


def _asked(test: Test) -> Iterator[tuple[Question, tuple[float | None, ...], str]]:
    match test:
        case Present(finding) | Absent(finding):
            yield Question(finding, QuestionKind.SIGN), (), ""
        case Age(first, last):
            yield Question("age", QuestionKind.VALUE), (first, last), "years"
        case Measured(finding, above, below, unit):
            yield Question(finding, QuestionKind.VALUE), (above, below), unit
        case Time(finding, first, last):
            yield Question(finding, QuestionKind.SIGN), (), ""
            yield Question(finding, QuestionKind.TIME), (first, last), "days"
        case AnyOf() | AllOf() | NoneOf():  # pragma: no branch
            pass


def is_open(question: Question, known: Known) -> bool:
    """True where the case leaves the question open; that for a time arises once the finding is present."""
    match question.kind:
        case QuestionKind.SIGN:
            return question.finding not in known.state
        case QuestionKind.VALUE:
            return question.finding not in known.values
        case QuestionKind.TIME:  # pragma: no branch
            return known.state.get(question.finding) is True and question.finding not in known.times


def answers_to(question: Question, bounds: tuple[float, ...], unit: str) -> tuple[Supposition, ...]:
    """Every way in which the question can be answered."""
    if question.kind is QuestionKind.SIGN:
        return Supposition(question, present=True), Supposition(question, present=False)
    return tuple(
        Supposition(question, number=_between(low, high), low=low, high=high, unit=unit)
        for low, high in pairwise((None, *bounds, None))
    )


def _between(low: float | None, high: float | None) -> float:
    if low is not None and high is not None:
        return (low + high) / 2
    return low + 1 if low is not None else high - 1 if high is not None else 0.0


def joined(suppositions: Sequence[Supposition]) -> Supposition:
    """Neighbouring answers to a question for a number as one."""
    return replace(suppositions[0], high=suppositions[-1].high)


def suppose(supposition: Supposition, known: Known, relations: Relations) -> Answer:
    """What would be known if an open question had this answer; what the case says already stays as it is."""
    finding, number = supposition.question.finding, (supposition.number,)
    match supposition.question.kind:
        case QuestionKind.VALUE:
            values = {**known.values, finding: number}
            return Answer(supposition, Known(known.state, values, known.times, known.origin), frozenset({finding}))
        case QuestionKind.TIME:
            times = {**known.times, **dict.fromkeys(relations.present[finding], number)}
            return Answer(
                supposition, Known(known.state, known.values, times, known.origin), relations.present[finding]
            )
        case QuestionKind.SIGN:  # pragma: no branch
            follows = dict.fromkeys(relations.narrower[finding], False)
            if supposition.present:
                follows = dict.fromkeys(relations.present[finding], True) | dict.fromkeys(
                    relations.absent[finding], False
                )
            new = {one: state for one, state in follows.items() if one not in known.state}
            state = {**known.state, **new}
            return Answer(supposition, Known(state, known.values, known.times, known.origin), frozenset(new))
