"""The smallest change of findings that would put another candidate first: one, and where none does, two.

Made from the same criteria and points as the ranking. A change sets one finding to present or absent, whatever was
said of it, or one value to the other side of a bound; what contradicts it is taken back. Must never: name three
changes where two do, or a change that alters nothing.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from calcrag.differential.calcification import CalcificationType, Criterion, Strength
from calcrag.differential.closure import Known, Relations, Statements, known, statements_of
from calcrag.differential.findings import Finding
from calcrag.differential.knowledge import Knowledge
from calcrag.differential.scoring import POINTS, Prepared, PreparedType, Standing, prepare, standing_of
from calcrag.differential.supposing import QuestionKind, Supposition, answers_to, joined, questions_of

__all__ = ["Change", "WhatIf", "what_if"]


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One finding that would be otherwise; `before` and `after` say how, in words ("not assessed", "present", …)."""

    finding: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Changes, one or two, that together would put `first` in the place of `instead_of`."""

    changes: tuple[Change, ...]
    first: CalcificationType
    instead_of: CalcificationType


_OPEN = "not assessed"
RIVALS = (
    8  # candidates for which two changes are sought: a leap from further down is no small change, and takes seconds
)


@dataclass(frozen=True, slots=True)
class _Option:
    """A change that alters something. `reach` are all findings of which it could alter what is known."""

    supposition: Supposition
    before: str
    reach: frozenset[str]


class _Case:
    """A case as it stands, with what is needed to rank it again after a change."""

    def __init__(self, statements: Statements, prepared: Prepared) -> None:
        self.statements = statements
        self.prepared = prepared
        self.known = known(statements, prepared.relations)
        ranking = [(one, standing_of(one, self.known)) for one in prepared.types]
        self.ranking = sorted(ranking, key=lambda entry: entry[1].key)
        self.first = self.ranking[0][0]
        self.place = {one.type.id: place for place, (one, _) in enumerate(self.ranking)}

    def option(self, supposition: Supposition) -> _Option | None:
        """The supposition as a change; None where it is so already, or where there is nothing that it could be said
        of.
        """
        finding, relations = supposition.question.finding, self.prepared.relations
        state = self.known.state.get(finding)
        said = {None: _OPEN, True: "present", False: "absent"}[state]
        match supposition.question.kind:
            case QuestionKind.SIGN:
                reach = relations.present[finding] | relations.absent[finding] | relations.narrower[finding]
                return None if state is supposition.present else _Option(supposition, said, reach)
            case QuestionKind.VALUE:
                values = self.known.values.get(finding, ())
                return _Option(supposition, _numbers(values), frozenset({finding}))
            case QuestionKind.TIME:  # pragma: no branch
                times = self.known.times.get(finding, ())
                return _Option(supposition, _numbers(times), relations.present[finding]) if state else None

    def after(self, options: Sequence[_Option]) -> Known | None:
        """What would be known; None where one of the changes takes another back."""
        statements = self.statements
        for option in options:
            statements = _applied(statements, option.supposition, self.prepared.relations)
        if all(_holds(statements, option.supposition) for option in options):
            return known(statements, self.prepared.relations)
        return None

    def first_after(self, options: Sequence[_Option]) -> PreparedType:
        """The candidate that would come first; the present one where none would have any support."""
        now = self.after(options) or self.known
        touched = {id(one) for o in options for f in o.reach for one in self.prepared.asking.get(f, ())}
        standings = [
            (standing_of(one, now), one) if id(one) in touched else (before, one) for one, before in self.ranking
        ]
        standing, first = min(standings, key=lambda entry: entry[0].key)
        return first if standing.points > 0 else self.first

    def overtakes(self, rival: PreparedType, options: Sequence[_Option]) -> bool:
        """Whether the changes put the rival before the first candidate, wherever the others are then."""
        now = self.after(options)
        return now is not None and standing_of(rival, now).key < standing_of(self.first, now).key

    def promising_pairs(
        self, options: Sequence[_Option], rival: PreparedType, standing: Standing
    ) -> Iterator[tuple[_Option, _Option]]:
        """Pairs of changes that may put the rival in front.

        What two changes do is the sum of what each does, unless both reach one criterion or one group. So a pair is
        left out where its sum falls short and nothing couples the two, or where all that it reaches could not close
        the gap; without the second test a clear first candidate makes ten thousand pairs for each rival.
        """
        gap = self.ranking[0][1].points - standing.points
        spreads = _spreads(self.first, excluding=math.inf) | _spreads(rival, excluding=0)
        gains: list[tuple[_Option, int, frozenset[tuple[str, str]]]] = []
        for option in options:
            reached = frozenset(_reached(option, self.first)) | frozenset(_reached(option, rival))
            now = self.after((option,)) if reached else None
            if now is not None:
                gain = standing_of(rival, now).points - standing.points
                loss = standing_of(self.first, now).points - self.ranking[0][1].points
                gains.append((option, gain - loss, reached))
        for (one, of_one, reached), (other, of_other, also) in combinations(gains, 2):
            coupled = not reached.isdisjoint(also) and sum(spreads[key] for key in reached | also) >= gap
            if one.supposition.question != other.supposition.question and (of_one + of_other >= gap or coupled):
                yield one, other


def _reached(option: _Option, one: PreparedType) -> Iterator[tuple[str, str]]:
    """The criteria of a type that a change may alter, those of a group under the name of the group."""
    for criterion, findings in zip(one.criteria, one.findings, strict=True):
        if not option.reach.isdisjoint(findings):
            yield one.type.id, _scored_as(criterion)


def _scored_as(criterion: Criterion) -> str:
    return f"group {criterion.group}" if criterion.group else criterion.id


def _spreads(one: PreparedType, *, excluding: float) -> dict[tuple[str, str], float]:
    """By how many points each criterion or group of a type can move it; `excluding` for one that takes it out."""
    points: dict[tuple[str, str], list[float]] = {}
    for criterion in one.criteria:
        move = excluding if criterion.strength is Strength.EXCLUDES else POINTS[criterion.strength]
        points.setdefault((one.type.id, _scored_as(criterion)), [0]).append(move)
    return {key: max(moves) - min(moves) for key, moves in points.items()}


def _applied(statements: Statements, supposition: Supposition, relations: Relations) -> Statements:
    """The statements with the supposition among them and without those that contradict it."""
    finding, number = supposition.question.finding, supposition.number
    present, absent, values, times = statements.present, statements.absent, statements.values, statements.times
    match supposition.question.kind:
        case QuestionKind.SIGN if supposition.present:
            follows, ruled_out = relations.present[finding], relations.absent[finding]
            present = frozenset(p for p in present if p not in ruled_out and relations.absent[p].isdisjoint(follows))
            present |= {finding}
            absent -= follows
        case QuestionKind.SIGN:
            present, absent = present - relations.narrower[finding], absent | {finding}
        case QuestionKind.VALUE:
            values = {**values, finding: (number,)}
        case QuestionKind.TIME:  # pragma: no branch
            kept = {one: of for one, of in times.items() if one not in relations.narrower[finding]}
            times = {**kept, finding: (number,)}
    gone = statements.present - present
    return Statements(present, absent, values, {one: of for one, of in times.items() if one not in gone})


def _holds(statements: Statements, supposition: Supposition) -> bool:
    finding = supposition.question.finding
    match supposition.question.kind:
        case QuestionKind.SIGN:
            return finding in (statements.present if supposition.present else statements.absent)
        case QuestionKind.VALUE:
            return statements.values.get(finding) == (supposition.number,)
        case QuestionKind.TIME:  # pragma: no branch
            return statements.times.get(finding) == (supposition.number,)


def what_if(findings: Iterable[Finding], knowledge: Knowledge, *, limit: int = 5) -> tuple[WhatIf, ...]:
    """The smallest changes that would change the first rank, at most `limit`: those first that need the least of a
    leap.

    All have the same number of changes. First come those that put the best-placed candidate in front, and of these
    those that only answer what is open. A candidate is in front only where something speaks for it. Empty where
    none is now, or where not even two changes would do for one of the
    RIVALS next to the first.
    """
    prepared = prepare(knowledge)
    case = _Case(statements_of(findings), prepared)
    if case.ranking[0][1].points <= 0:
        return ()
    tests = [criterion.test for one in prepared.types for criterion in one.type.criteria]
    options = [
        option
        for question, (bounds, unit) in questions_of(tests).items()
        for supposition in answers_to(question, bounds, unit)
        if (option := case.option(supposition)) is not None
    ]
    labels = {term.id: term.label for term in knowledge.vocabulary.terms.values()}
    found: list[tuple[tuple[_Option, ...], PreparedType]] = []
    for option in options:
        first = case.first_after((option,))
        if first is not case.first:
            _add(found, option, first)
    for rival, standing in case.ranking[1 : RIVALS + 1]:
        if found or standing.excluded:
            break
        pairs = case.promising_pairs(options, rival, standing)
        winning = [pair for pair in pairs if case.overtakes(rival, pair)]
        found.extend((pair, first) for pair in winning if (first := case.first_after(pair)) is not case.first)
    made = [
        (case.place[first.type.id], sum(o.before != _OPEN for o in chosen), _what_if(chosen, first, case, labels))
        for chosen, first in found
    ]
    made.sort(key=lambda entry: (*entry[:2], entry[2].changes))
    return tuple(one for _, _, one in made[:limit])


def _add(found: list[tuple[tuple[_Option, ...], PreparedType]], option: _Option, first: PreparedType) -> None:
    """Note a change; one of a number that does the same as its neighbour before it is joined to that."""
    if found and first is found[-1][1]:
        before = found[-1][0][0].supposition
        now = option.supposition
        if before.question == now.question and before.high == now.low is not None:
            found[-1] = ((replace(option, supposition=joined((before, now))),), first)
            return
    found.append(((option,), first))


# ---------------------------------------------------------------- in words


def _numbers(numbers: tuple[float, ...]) -> str:
    return " and ".join(f"{number:g}" for number in numbers) or _OPEN


def _what_if(options: Sequence[_Option], first: PreparedType, case: _Case, labels: Mapping[str, str]) -> WhatIf:
    changes = []
    for option in options:
        finding = option.supposition.question.finding
        changes.append(Change(finding, labels[finding], option.before, option.supposition.words))
    return WhatIf(tuple(sorted(changes)), first.type, case.first.type)
