"""Findings + vocabulary → Known: what is known of every finding once all that follows from the case is drawn.

A finding that is present makes every broader one present and every one it opposes absent; one that is absent makes
every narrower one absent. What the case says outright outranks what follows; where both sides only follow, the
finding counts as not assessed, and either way the contradiction is named. Must never: depend on the order of the
findings, or turn silence into an absence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calcrag.differential.consistency import broader
from calcrag.differential.findings import Certainty, Finding, FindingState, Vocabulary

__all__ = ["FACTUAL", "Conflict", "Known", "Relations", "Statements", "known", "relations_of", "statements_of"]


FACTUAL = frozenset({Certainty.CERTAIN, Certainty.PROBABLE})


@dataclass(frozen=True, slots=True)
class Relations:
    """What follows from one finding, by id: `present` and `absent` if it is present, `narrower` absent if it is
    absent.
    """

    present: Mapping[str, frozenset[str]]
    absent: Mapping[str, frozenset[str]]
    narrower: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Statements:
    """What the case itself says: ids present, ids absent, values by id in the unit of the vocabulary, times in
    days.
    """

    present: frozenset[str]
    absent: frozenset[str]
    values: Mapping[str, tuple[float, ...]]
    times: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """Statements of the case that cannot all hold, and what was made of them."""

    findings: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """`state` holds True (present) or False (absent); a finding that is not in it is not assessed.

    `origin` leads from a finding to the findings of the case that it follows from (itself, where the case names it).
    """

    state: Mapping[str, bool]
    values: Mapping[str, tuple[float, ...]]
    times: Mapping[str, tuple[float, ...]]
    origin: Mapping[str, tuple[str, ...]]
    conflicts: tuple[Conflict, ...] = ()


def relations_of(vocabulary: Vocabulary) -> Relations:
    """What follows from each finding of the vocabulary; `opposes` holds both ways, whichever side it is written on."""
    up = {one: broader(one, vocabulary) for one in vocabulary.terms}
    narrower: dict[str, set[str]] = {one: set() for one in up}
    opposed: dict[str, set[str]] = {one: set() for one in up}
    for one, above in up.items():
        for other in above:
            narrower[other].add(one)
        for other in vocabulary.terms[one].opposes:
            opposed[one].add(other)
            opposed[other].add(one)
    absent = {
        one: frozenset(low for above in up[one] for other in opposed[above] for low in narrower[other]) - up[one]
        for one in up
    }
    return Relations(up, absent, {one: frozenset(low) for one, low in narrower.items()})


def statements_of(findings: Iterable[Finding]) -> Statements:
    """The facts among the findings sorted by what they say, their order forgotten; what is only possible is none."""
    present: set[str] = set()
    absent: set[str] = set()
    values: dict[str, set[float]] = {}
    times: dict[str, set[float]] = {}
    for finding in findings:
        if finding.certainty not in FACTUAL:
            continue
        match finding.state:
            case FindingState.PRESENT:
                present.add(finding.id)
                if finding.time is not None:
                    times.setdefault(finding.id, set()).add(finding.time)
            case FindingState.ABSENT:
                absent.add(finding.id)
            case FindingState.MEASURED:  # pragma: no branch
                if finding.value is not None:
                    values.setdefault(finding.id, set()).add(finding.value)
    return Statements(
        frozenset(present),
        frozenset(absent),
        {one: tuple(sorted(of)) for one, of in values.items()},
        {one: tuple(sorted(of)) for one, of in times.items()},
    )


def known(statements: Statements, relations: Relations) -> Known:
    """All that follows from the statements, and where they contradict one another."""
    both = statements.present & statements.absent
    sides: dict[bool, dict[str, set[str]]] = {True: {}, False: {}}
    for one in statements.present - both:
        _draw(sides[True], relations.present[one], one)
        _draw(sides[False], relations.absent[one], one)
    for one in statements.absent - both:
        _draw(sides[False], relations.narrower[one], one)
    times: dict[str, set[float]] = {}
    for one in statements.times.keys() - both:
        for other in relations.present[one]:  # a crush four weeks ago is a trauma four weeks ago
            times.setdefault(other, set()).update(statements.times[one])
    state: dict[str, bool] = {}
    origin: dict[str, tuple[str, ...]] = {}
    contradictions: dict[tuple[str, ...], list[str]] = {(one,): [f"{one} not assessed"] for one in both}
    for one in sorted((sides[True].keys() | sides[False].keys()) - both):
        told = True if one in statements.present else False if one in statements.absent else None
        possible = [side for side in (True, False) if one in sides[side]]
        side = possible[0] if len(possible) == 1 else told
        if side is not None:
            state[one] = side
            origin[one] = (one,) if told is not None else tuple(sorted(sides[side][one]))
        if len(possible) > 1:
            statement = tuple(sorted(sides[True][one] | sides[False][one]))
            outcome = "not assessed" if side is None else "present" if side else "absent"
            contradictions.setdefault(statement, []).append(f"{one} {outcome}")
    conflicts = tuple(
        Conflict(statement, f"cannot all hold; counted: {', '.join(outcomes)}")
        for statement, outcomes in sorted(contradictions.items())
    )
    return Known(state, statements.values, {one: tuple(sorted(of)) for one, of in times.items()}, origin, conflicts)


def _draw(side: dict[str, set[str]], findings: Iterable[str], origin: str) -> None:
    for finding in findings:
        side.setdefault(finding, set()).add(origin)
