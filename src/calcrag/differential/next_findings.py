"""Which finding to ask for next: those whose answer is expected to draw the leading candidates apart most.

Made from the same criteria and points as the ranking: each open question is answered in every way it can be, and the
leading candidates are ranked anew; the more points speak for a candidate, the likelier is the answer that suits it. Must
never: propose what is already known, or a finding that separates nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from calcrag.differential.calcification import Criterion, Strength
from calcrag.differential.closure import Known, Relations
from calcrag.differential.criteria import findings_of
from calcrag.differential.scoring import POINTS, Prepared, PreparedType, Standing, outcomes_of, standing_after
from calcrag.differential.supposing import Answer, QuestionKind, answers_to, is_open, joined, questions_of, suppose

__all__ = ["NextFinding", "Ranking", "leading", "next_findings"]

_LEADING = 6  # the differential that a clinician weighs; candidates level with the sixth belong to it
_ASKED = 5
_NAMED = 3

Ranking = Sequence[tuple[PreparedType, Standing]]
Outcomes = Sequence[Sequence[Standing]]  # one ranking of the leaders, in their order, for each answer


@dataclass(frozen=True, slots=True)
class NextFinding:
    """A finding worth asking for.

    `separates` are the ids of the leading candidates that its answer tells apart, best first; `criteria` are what it
    bears on, as (type id, criterion with its evidence), the strongest first.
    """

    finding: str
    label: str
    separates: tuple[str, ...]
    why: str
    criteria: tuple[tuple[str, Criterion], ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    finding: str
    answers: Sequence[Answer]
    outcomes: Outcomes
    order: tuple[Fraction, Fraction, int, str]


def leading(ranking: Ranking) -> Ranking:
    """The candidates to tell apart: the first of those that something speaks for; without two of them, all that
    stand.
    """
    standing = [entry for entry in ranking if not entry[1].excluded]
    supported = [entry for entry in standing if entry[1].points > 0]
    if len(supported) < 2:
        return standing
    last = supported[:_LEADING][-1][1].points
    return [entry for entry in supported if entry[1].points >= last]


def next_findings(
    ranking: Ranking, known: Known, prepared: Prepared, *, labels: Mapping[str, str]
) -> tuple[NextFinding, ...]:
    """The findings to ask for, most telling first; `ranking` is best first, `labels` names the findings."""
    leaders = leading(ranking)
    chosen: list[_Asked] = []
    for one in sorted(_all_questions(leaders, known, prepared), key=lambda one: one.order):
        # "Rim" need not be asked for where "mineral at the border" has just been, and both would change the same.
        told = any(one.outcomes == c.outcomes and _related(one.finding, c.finding, prepared.relations) for c in chosen)
        if len(chosen) < _ASKED and not told:
            chosen.append(one)
    return tuple(_next_finding(one, leaders, labels) for one in chosen)


def _related(one: str, other: str, relations: Relations) -> bool:
    return one in relations.narrower[other] or other in relations.narrower[one]


def _all_questions(leaders: Ranking, known: Known, prepared: Prepared) -> list[_Asked]:
    """Every open question of the leaders with its answers, what they would change, and its place among the others."""
    before = [standing for _, standing in leaders]
    outcomes_before = [outcomes_of(one, known) for one, _ in leaders]
    tests = [criterion.test for one, _ in leaders for criterion in one.type.criteria]
    asked: list[_Asked] = []
    for question, (bounds, unit) in questions_of(tests).items():
        if not is_open(question, known):
            continue
        possible: list[tuple[Answer, Sequence[Standing]]] = []
        for supposition in answers_to(question, bounds, unit):
            answer = suppose(supposition, known, prepared.relations)
            after = [
                standing_after(one, answer.known, outcomes=outcomes, changed=answer.changed) or standing
                for (one, standing), outcomes in zip(leaders, outcomes_before, strict=True)
            ]
            if question.kind is not QuestionKind.SIGN and possible and possible[-1][1] == after:
                both = joined((possible[-1][0].supposition, supposition))
                possible[-1] = (replace(possible[-1][0], supposition=both), after)
            else:
                possible.append((answer, after))
        answers, outcomes = zip(*possible, strict=True)
        drawn, turned = _expected(before, answers, outcomes)
        if drawn:
            order = (-drawn, -turned, -len(prepared.relations.narrower[question.finding]), question.finding)
            asked.append(_Asked(question.finding, answers, outcomes, order))
    return asked


def _expected(before: Sequence[Standing], answers: Sequence[Answer], outcomes: Outcomes) -> tuple[Fraction, Fraction]:
    """What the answer is expected to do: (how far it draws the leaders' points apart, how many pairs it turns).

    How likely an answer is, the leaders tell: each gives its points to what is best for it; one to which all answers
    are the same, to the sign being absent. One more vote for each answer keeps any from being impossible.
    """
    if all(after == before for after in outcomes):
        return Fraction(0), Fraction(0)
    votes = [1] * len(answers)
    for place, standing in enumerate(before):
        worths = [after[place].worth for after in outcomes]
        best = [number for number, worth in enumerate(worths) if worth == max(worths)]
        if len(best) == len(answers):
            best = [number for number in best if not answers[number].supposition.present]
        for number in best:
            votes[number] += max(standing.points, 0)
    changes = [_change(before, after) for after in outcomes]
    drawn, turned = (sum(vote * change[part] for vote, change in zip(votes, changes, strict=True)) for part in (0, 1))
    return Fraction(drawn, sum(votes)), Fraction(turned, sum(votes))


def _change(before: Sequence[Standing], after: Sequence[Standing]) -> tuple[int, int]:
    """(sum over all pairs of how far their points draw apart; pairs whose order turns, is decided or is undone)."""
    if before == after:
        return 0, 0
    kinds = Counter((b.worth, a.worth) for b, a in zip(before, after, strict=True))
    drawn = turned = 0
    # Candidates of one kind, of which there are many while little is known, neither part nor turn.
    levels = [(b, a, _level(a) - _level(b), count) for (b, a), count in kinds.items()]
    for (b1, a1, d1, n1), (b2, a2, d2, n2) in combinations(levels, 2):
        if d1 != d2:
            drawn += n1 * n2 * abs(d1 - d2)
            turned += n1 * n2 * (((b1 > b2) - (b1 < b2)) != ((a1 > a2) - (a1 < a2)))
    return drawn, turned


def _level(worth: tuple[bool, int]) -> int:
    """Points, and for an excluded candidate as many less as the strongest criterion gives."""
    stands, points = worth
    return points if stands else points - POINTS[Strength.PATHOGNOMONIC]


# ---------------------------------------------------------------- in words


def _next_finding(asked: _Asked, leaders: Ranking, labels: Mapping[str, str]) -> NextFinding:
    moved = [place for place, (_, before) in enumerate(leaders) if any(of[place] != before for of in asked.outcomes)]
    still = next(place for place in range(len(moved) + 1) if place not in moved)
    told_apart = moved if len(moved) > 1 else sorted([*moved, still])
    changed = {finding for answer in asked.answers for finding in answer.changed}
    criteria = [
        (leaders[place][0].type.id, criterion)
        for place in moved
        for criterion in leaders[place][0].type.criteria
        if changed.intersection(findings_of(criterion.test))
    ]
    criteria.sort(key=lambda entry: -abs(POINTS[entry[1].strength]))
    effects = [
        (sum(abs(now.points - before.points) for now, (_, before) in zip(after, leaders, strict=True)), -place)
        for place, after in enumerate(asked.outcomes)
    ]
    said = sorted(-place for _, place in sorted(effects, reverse=True)[:_NAMED])
    sayings = [_saying(asked.answers[place], asked.outcomes[place], leaders) for place in said]
    return NextFinding(
        finding=asked.finding,
        label=labels[asked.finding],
        separates=tuple(leaders[place][0].type.id for place in told_apart),
        why="; ".join(filter(None, sayings)) + f". {criteria[0][1].because}",
        criteria=tuple(criteria),
    )


def _saying(answer: Answer, after: Sequence[Standing], leaders: Ranking) -> str:
    """What one answer would do, in words; empty where it would do nothing."""
    better = [one for (one, before), now in zip(leaders, after, strict=True) if now.worth > before.worth]
    worse = [one for (one, before), now in zip(leaders, after, strict=True) if now.worth < before.worth]
    parts = [f"{word} {_names(of)}" for word, of in (("for", better), ("against", worse)) if of]
    return f"{answer.supposition.words}: speaks {' and '.join(parts)}" if parts else ""


def _names(types: Sequence[PreparedType]) -> str:
    names = [one.type.name for one in types[:_NAMED]]
    more = len(types) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
