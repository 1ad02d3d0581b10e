"""Which finding to ask for next: those whose answer is expected to draw the leading candidates apart most.

Made from the same criteria and points as the ranking: each open question is answered in every way it can be, and the
leading candidates are ranked anew; the more points speak for a candidate, the likelier is the answer that suits it.
Must never: propose what is already known, or a finding that separates nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from calcrag.differential.calcification import Criterion, Strength
from calcrag.differential.closure import Known, Relations
from calcrag.differential.findings import Group, Vocabulary
from calcrag.differential.scoring import POINTS, Prepared, PreparedType, Standing, outcomes_of, standing_after
from calcrag.differential.supposing import Answer, QuestionKind, answers_to, is_open, joined, questions_of, suppose

__all__ = ["NextFinding", "Ranking", "leading", "next_findings"]

_LEADING = 6  # the differential that a clinician weighs
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
    moved: Sequence[int]  # the places of the leaders that some answer would raise or lower
    order: tuple[Fraction, Fraction, int, str]


def leading(ranking: Ranking) -> Ranking:
    """The candidates to tell apart: the first of those that something speaks for; without two of them, all that
    stand.
    """
    standing = [entry for entry in ranking if not entry[1].excluded]
    supported = [entry for entry in standing if entry[1].points > 0]
    if len(supported) < 2:
        return standing
    leaders = supported[:_LEADING]
    behind = supported[_LEADING:][:1]
    if behind and behind[0][1].points == leaders[-1][1].points:  # no line can be drawn between equals
        above = [entry for entry in leaders if entry[1].points > behind[0][1].points]
        level = [entry for entry in supported if entry[1].points >= behind[0][1].points]
        return above if len(above) > 1 else level
    return leaders


def next_findings(
    ranking: Ranking, known: Known, prepared: Prepared, *, vocabulary: Vocabulary
) -> tuple[NextFinding, ...]:
    """The findings to ask for, most telling first, those of pathology after the others; `ranking` is best first."""
    leaders = leading(ranking)
    elsewhere = _other_sites(known, prepared.relations, vocabulary)
    chosen: list[_Asked] = []
    # Tissue comes last: what a question, a blood sample or a picture tells needs no needle.
    for one in sorted(
        _all_questions(leaders, known, prepared),
        key=lambda one: (vocabulary.terms[one.finding].group is Group.PATHOLOGY, one.order),
    ):
        needless = one.finding in elsewhere or any(_tells(other, one, prepared.relations) for other in chosen)
        if len(chosen) < _ASKED and not needless:
            chosen.append(one)
    return tuple(_next_finding(one, leaders, known, vocabulary) for one in chosen)


def _other_sites(known: Known, relations: Relations, vocabulary: Vocabulary) -> frozenset[str]:
    """The places of the body that need not be asked for: all but narrower ones, once the case names a place."""
    sites = frozenset(term.id for term in vocabulary.terms.values() if term.group is Group.SITE)
    named = [site for site in sites if known.state.get(site)]
    return sites.difference(*(relations.narrower[site] for site in named)) if named else frozenset()


def _tells(asked: _Asked, other: _Asked, relations: Relations) -> bool:
    """True where the answer to one question makes another needless: a broader or narrower finding that would change
    the same, or a contrary one ("male" beside "female") that bears on the same candidates.
    """
    one, two = asked.finding, other.finding
    if one in relations.narrower[two] or two in relations.narrower[one]:
        return asked.outcomes == other.outcomes
    return two in relations.absent[one] and asked.moved == other.moved


def _all_questions(leaders: Ranking, known: Known, prepared: Prepared) -> list[_Asked]:
    """Every open question of the leaders with its answers, what they would change, and its place among the others."""
    before = [standing for _, standing in leaders]
    outcomes_before = [outcomes_of(one, known) for one, _ in leaders]
    looking: dict[str, list[int]] = {}  # places of the leaders that look at a finding
    for place, (one, _) in enumerate(leaders):
        for finding in one.asking:
            looking.setdefault(finding, []).append(place)
    tests = [criterion.test for one, _ in leaders for criterion in one.type.criteria]
    asked: list[_Asked] = []
    for question, (bounds, unit) in questions_of(tests).items():
        if not is_open(question, known):
            continue
        possible: list[tuple[Answer, Sequence[Standing]]] = []
        for supposition in answers_to(question, bounds, unit):
            answer = suppose(supposition, known, prepared.relations)
            after = before.copy()
            for place in {place for finding in answer.changed for place in looking.get(finding, ())}:
                one, standing = leaders[place]
                outcomes = outcomes_before[place]
                new = standing_after(one, answer.known, outcomes=outcomes, changed=answer.changed)
                after[place] = standing if new is None or new == standing else new
            if question.kind is not QuestionKind.SIGN and possible and possible[-1][1] == after:
                both = joined((possible[-1][0].supposition, supposition))
                possible[-1] = (replace(possible[-1][0], supposition=both), after)
            else:
                possible.append((answer, after))
        answers, rankings = zip(*possible, strict=True)
        moved = [n for n, standing in enumerate(before) if any(after[n] is not standing for after in rankings)]
        drawn, turned = _expected(before, answers, rankings, moved=moved) if moved else (Fraction(0), Fraction(0))
        if drawn:
            order = (-drawn, -turned, -len(prepared.relations.narrower[question.finding]), question.finding)
            asked.append(_Asked(question.finding, answers, rankings, moved, order))
    return asked


def _expected(
    before: Sequence[Standing], answers: Sequence[Answer], outcomes: Outcomes, *, moved: Sequence[int]
) -> tuple[Fraction, Fraction]:
    """What the answer is expected to do: (how far it draws the leaders' points apart, how many pairs it turns).

    How likely an answer is, the leaders tell: each gives its points to what is best for it; one to which all answers
    are the same, to the sign being absent. One more vote for each answer keeps any from being impossible.
    """
    unmoved = sum(max(standing.points, 0) for standing in before) - sum(max(before[place].points, 0) for place in moved)
    votes = [1 if answer.supposition.present else 1 + unmoved for answer in answers]
    for place in moved:
        worths = [after[place].worth for after in outcomes]
        best = max(worths)
        for number, worth in enumerate(worths):
            votes[number] += max(before[place].points, 0) if worth == best else 0
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


def _next_finding(asked: _Asked, leaders: Ranking, known: Known, vocabulary: Vocabulary) -> NextFinding:
    still = next(place for place in range(len(leaders) + 1) if place not in asked.moved)
    told_apart = asked.moved if len(asked.moved) > 1 else sorted([*asked.moved, still])
    criteria = _criteria(asked, leaders, known)
    effects = [
        (
            sum(abs(_level(now.worth) - _level(before.worth)) for now, (_, before) in zip(after, leaders, strict=True)),
            -n,
        )
        for n, after in enumerate(asked.outcomes)
    ]
    said = sorted(-n for _, n in sorted(effects, reverse=True)[:_NAMED])
    sayings = [_saying(asked.answers[n], asked.outcomes[n], leaders) for n in said]
    return NextFinding(
        finding=asked.finding,
        label=vocabulary.terms[asked.finding].label,
        separates=tuple(leaders[place][0].type.id for place in told_apart),
        why="; ".join(filter(None, sayings)) + f". {criteria[0][1].because}",
        criteria=tuple(criteria),
    )


def _criteria(asked: _Asked, leaders: Ranking, known: Known) -> list[tuple[str, Criterion]]:
    """The criteria that an answer would decide, with the type: first those that it would meet, that name the finding,
    and that are the strongest.
    """
    found: list[tuple[tuple[bool, bool, int], str, Criterion]] = []
    for one, _ in (leaders[place] for place in asked.moved):
        for criterion, test, findings in zip(one.criteria, one.tests, one.findings, strict=True):
            outcomes = [test(answer.known) for answer in asked.answers]
            if any(outcome is not test(known) for outcome in outcomes):
                order = (True not in outcomes, asked.finding not in findings, -_weight(criterion))
                found.append((order, one.type.id, criterion))
    return [(identity, criterion) for _, identity, criterion in sorted(found, key=lambda entry: entry[0])]


def _weight(criterion: Criterion) -> int:
    strength = Strength.PATHOGNOMONIC if criterion.strength is Strength.EXCLUDES else criterion.strength
    return abs(POINTS[strength])


def _saying(answer: Answer, after: Sequence[Standing], leaders: Ranking) -> str:
    """What one answer would do, in words; empty where it would do nothing."""
    moves = [(one, before.worth, now.worth) for (one, before), now in zip(leaders, after, strict=True)]
    better = [one for one, before, now in moves if now > before]
    worse = [one for one, before, now in moves if now < before and now[0]]
    out = [one for one, before, now in moves if now < before and not now[0]]
    words = (("speaks for", better), ("speaks against", worse), ("rules out", out))
    parts = [f"{word} {_names(of)}" for word, of in words if of]
    return f"{answer.supposition.words}: {' and '.join(parts)}" if parts else ""


def _names(types: Sequence[PreparedType]) -> str:
    names = [one.type.name for one in types[:_NAMED]]
    more = len(types) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
