"""Criteria + what is known → which are met, and the points of a type: the one place where strengths become numbers.

Made from the types of a knowledge base, each prepared once, and the Known of a case. Score and explanation come
from the same `Judged` values, so that they cannot drift apart. Must never: count a criterion whose findings are not
assessed, or know a number that is not in POINTS.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from calcrag.differential.calcification import CalcificationType, Criterion, Frequency, Strength
from calcrag.differential.closure import Known, Relations, relations_of
from calcrag.differential.criteria import (
    Absent,
    Age,
    AllOf,
    AnyOf,
    Measured,
    NoneOf,
    Present,
    Test,
    Time,
    findings_of,
)
from calcrag.differential.knowledge import Knowledge

__all__ = [
    "POINTS",
    "Judged",
    "Met",
    "Prepared",
    "PreparedType",
    "Standing",
    "judge",
    "outcomes_of",
    "prepare",
    "standing_after",
    "standing_of",
]

POINTS: Mapping[Strength, int] = MappingProxyType(
    {
        Strength.PATHOGNOMONIC: 10,
        Strength.STRONG: 5,
        Strength.MODERATE: 3,
        Strength.WEAK: 1,
        Strength.AGAINST: -3,
        Strength.EXCLUDES: 0,  # takes the candidate out of the ranking instead
    }
)
_ORDER = {frequency: place for place, frequency in enumerate(Frequency)}


class Met(StrEnum):
    """Whether the findings meet a criterion."""

    YES = "yes"
    NO = "no"
    NOT_ASSESSED = "not_assessed"


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion held against a case.

    `points` is what it adds: none where it is not met, or where a stronger one of its group counts in its place.
    `findings` are the findings of the case that decided it.
    """

    criterion: Criterion
    met: Met
    points: int
    findings: tuple[str, ...]


Outcome = Callable[[Known], bool | None]


@dataclass(frozen=True, slots=True)
class PreparedType:
    """A type ready for judging: its criteria, the strongest first, and for each its test and the findings it looks at.

    `asking` leads from a finding to the places of the criteria that look at it.
    """

    type: CalcificationType
    criteria: tuple[Criterion, ...]
    tests: tuple[Outcome, ...]
    findings: tuple[tuple[str, ...], ...]
    asking: Mapping[str, tuple[int, ...]]
    order: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A knowledge base ready for judging. `asking` leads from a finding to the types whose criteria look at it."""

    types: tuple[PreparedType, ...]
    relations: Relations
    asking: Mapping[str, tuple[PreparedType, ...]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a type stands: `key` sorts candidates best first, ties by frequency and id; equal worth where `worth`
    is equal.
    """

    points: int
    excluded: bool
    key: tuple[bool, int, int, str]

    @property
    def worth(self) -> tuple[bool, int]:
        """What decides the ranking before frequency and id do; greater is better."""
        return not self.excluded, self.points


# ---------------------------------------------------------------- tests as functions


@lru_cache(maxsize=8)  # preparing takes longer than a case; a Knowledge is compared by identity
def prepare(knowledge: Knowledge) -> Prepared:
    """The knowledge base with its tests as functions: a case is judged with some thousand of them."""
    types = tuple(map(_prepared, knowledge.types))
    asking: dict[str, list[PreparedType]] = {}
    for one in types:
        for finding in dict.fromkeys(finding for of in one.findings for finding in of):
            asking.setdefault(finding, []).append(one)
    return Prepared(types, relations_of(knowledge.vocabulary), {finding: tuple(of) for finding, of in asking.items()})


def _prepared(one: CalcificationType) -> PreparedType:
    strength = {strength: place for place, strength in enumerate(Strength)}
    criteria = tuple(sorted(one.criteria, key=lambda c: (strength[c.strength], c.id)))
    findings = tuple(findings_of(c.test) for c in criteria)
    asking: dict[str, list[int]] = {}
    for place, of in enumerate(findings):
        for finding in of:
            asking.setdefault(finding, []).append(place)
    places = {finding: tuple(places) for finding, places in asking.items()}
    return PreparedType(
        one, criteria, tuple(_function(c.test) for c in criteria), findings, places, _ORDER[one.frequency]
    )


def _function(test: Test) -> Outcome:
    """The test as a function of what is known: True, False, or None where what is known does not decide it."""
    match test:
        case Present(finding):
            return lambda known: known.state.get(finding)
        case Absent(finding):
            return lambda known: None if (state := known.state.get(finding)) is None else not state
        case AnyOf(tests):
            return _any(tuple(map(_function, tests)))
        case AllOf(tests):
            return _all(tuple(map(_function, tests)))
        case NoneOf(tests):
            some = _any(tuple(map(_function, tests)))
            return lambda known: None if (outcome := some(known)) is None else not outcome
        case Age(first, last):
            return lambda known: _agreed(_within(value, first, last) for value in known.values.get("age", ()))
        case Measured(finding, above, below):
            return lambda known: _agreed(_between(value, above, below) for value in known.values.get(finding, ()))
        case Time(finding, first, last):  # pragma: no branch
            return lambda known: _in_time(known, finding, first, last)


def _any(tests: tuple[Outcome, ...]) -> Outcome:
    def outcome(known: Known) -> bool | None:
        result: bool | None = False
        for test in tests:
            one = test(known)
            if one:
                return True
            if one is None:
                result = None
        return result

    return outcome


def _all(tests: tuple[Outcome, ...]) -> Outcome:
    def outcome(known: Known) -> bool | None:
        result: bool | None = True
        for test in tests:
            one = test(known)
            if one is False:
                return False
            if one is None:
                result = None
        return result

    return outcome


def _within(value: float, first: float | None, last: float | None) -> bool:
    return (first is None or value >= first) and (last is None or value <= last)


def _between(value: float, above: float | None, below: float | None) -> bool:
    return (above is None or value > above) and (below is None or value < below)


def _agreed(outcomes: Iterable[bool]) -> bool | None:
    """What all values of one finding agree on; None where there is none, or where two of them differ."""
    different = set(outcomes)
    return different.pop() if len(different) == 1 else None


def _in_time(known: Known, finding: str, first: float | None, last: float | None) -> bool | None:
    if not known.state.get(finding):
        return known.state.get(finding)
    times = known.times.get(finding)
    return any(_within(time, first, last) for time in times) if times else None


# ---------------------------------------------------------------- outcomes as points


def judge(prepared: PreparedType, known: Known) -> tuple[tuple[Judged, ...], Standing]:
    """Every criterion of a type held against a case, the strongest first, and where the type stands by them."""
    outcomes = outcomes_of(prepared, known)
    points, standing = _counted(prepared, outcomes)
    judged = tuple(
        Judged(criterion, _MET[outcome], number, _deciding(findings, known) if outcome is not None else ())
        for criterion, outcome, number, findings in zip(
            prepared.criteria, outcomes, points, prepared.findings, strict=True
        )
    )
    return judged, standing


def standing_of(prepared: PreparedType, known: Known) -> Standing:
    """Where a type stands, without the explanation: what `judge` gives, in a third of the time."""
    return _counted(prepared, outcomes_of(prepared, known))[1]


def outcomes_of(prepared: PreparedType, known: Known) -> list[bool | None]:
    """How the test of each criterion comes out."""
    return [test(known) for test in prepared.tests]


def standing_after(
    prepared: PreparedType, known: Known, *, outcomes: list[bool | None], changed: frozenset[str]
) -> Standing | None:
    """Where a type stands once more is known of the `changed` findings; None where its criteria come out as before.

    `outcomes` is how they came out before.
    """
    places = {place for finding in changed if finding in prepared.asking for place in prepared.asking[finding]}
    new = {place: prepared.tests[place](known) for place in places}
    if all(outcomes[place] is outcome for place, outcome in new.items()):
        return None
    return _counted(prepared, [new.get(place, outcome) for place, outcome in enumerate(outcomes)])[1]


_MET = {True: Met.YES, False: Met.NO, None: Met.NOT_ASSESSED}


def _counted(prepared: PreparedType, outcomes: list[bool | None]) -> tuple[list[int], Standing]:
    """What each criterion adds, and what that comes to.

    Of a group, only the strongest that is met adds anything: the first, since the strongest criteria come first.
    """
    points = [0] * len(outcomes)
    excluded = False
    groups: set[str] = set()
    for place, outcome in enumerate(outcomes):
        if outcome:
            criterion = prepared.criteria[place]
            excluded = excluded or criterion.strength is Strength.EXCLUDES
            if criterion.group not in groups:
                points[place] = POINTS[criterion.strength]
                groups.update((criterion.group,) if criterion.group else ())
    total = sum(points)
    return points, Standing(total, excluded, (excluded, -total, prepared.order, prepared.type.id))


def _deciding(findings: tuple[str, ...], known: Known) -> tuple[str, ...]:
    """The findings of the case that those of a criterion follow from, in the order of the criterion, each once."""
    found: dict[str, None] = {}
    for finding in findings:
        if finding in known.values:
            found[finding] = None
        found.update(dict.fromkeys(known.origin.get(finding, ())))
    return tuple(found)
