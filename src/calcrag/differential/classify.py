"""Findings + Knowledge → Differential: the types ranked by the criteria that the findings meet, and why.

Made from nothing but its two arguments; the same findings in any order, asked of the same knowledge, give the same
differential. A finding that is not assessed counts neither for nor against anything. Must never: read a clock, a
random number, a file or a model, or weigh by anything but POINTS.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from calcrag.differential.calcification import CalcificationType, Mechanism, Strength
from calcrag.differential.closure import FACTUAL, Conflict, Known, known, statements_of
from calcrag.differential.findings import Finding, FindingState
from calcrag.differential.knowledge import Knowledge
from calcrag.differential.next_findings import NextFinding, Ranking, next_findings
from calcrag.differential.scoring import POINTS, Judged, Met, Prepared, PreparedType, Standing, judge, prepare

__all__ = ["POINTS", "Candidate", "Differential", "MustNotMiss", "Status", "Why", "classify"]


class Status(StrEnum):
    """Where a candidate stands: more for it than against it, nothing (or as much against) yet, or impossible."""

    SUPPORTED = "supported"
    OPEN = "open"
    EXCLUDED = "excluded"


class Why(StrEnum):
    """Why a type that must not be missed stands in its lane."""

    SUPPORTED = "supported by the findings"
    OUTWEIGHED = "something speaks for it, though as much or more against it"
    NOT_RULED_OUT = "nothing speaks against it, and what would show it has not been assessed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A type as a candidate for the case; every criterion of it stands in one of the four lists, the strongest first.

    `points` is the sum of the points of `supporting` and `against`. `not_met` holds what would have counted, had
    its test not come out as no: it adds nothing.
    """

    rank: int
    type: CalcificationType
    status: Status
    points: int
    supporting: tuple[Judged, ...]
    against: tuple[Judged, ...]
    not_assessed: tuple[Judged, ...]
    not_met: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class MustNotMiss:
    """An entry of the lane beside the ranking. `settled_by` are its strongest criteria that are not assessed."""

    candidate: Candidate
    why: Why
    settled_by: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Differential:
    """The differential of a case, best candidate first, the excluded ones last.

    `sufficient` is False where the findings are too few to rank by, and `reason` says so; `mechanism` is that of
    the first candidate, None where there is none or the findings do not suffice. `findings` are all that were
    given, the ones that are no facts of the case (only possible, refuted, of another person, …) too; `unused` are
    facts that no criterion looks at.
    """

    findings: tuple[Finding, ...]
    sufficient: bool
    reason: str
    mechanism: Mechanism | None
    candidates: tuple[Candidate, ...]
    must_not_miss: tuple[MustNotMiss, ...]
    next_findings: tuple[NextFinding, ...]
    conflicts: tuple[Conflict, ...]
    unused: tuple[str, ...]
    version: str
    digest: str


def classify(findings: Iterable[Finding], knowledge: Knowledge, *, limit: int | None = None) -> Differential:
    """The differential of a case.

    `limit` keeps that many candidates besides the excluded ones, which are always kept; ranks, the lane of what
    must not be missed and the next findings are the same with and without it. UnknownName where a finding is not of
    the vocabulary.
    """
    case = sorted(set(findings), key=lambda f: (f.start, f.end, f.id, f.state, repr(f)))
    for finding in case:
        knowledge.vocabulary.term(finding.id)
    prepared = prepare(knowledge)
    facts = known(statements_of(case), prepared.relations)
    judged = sorted(((one, *judge(one, facts)) for one in prepared.types), key=lambda entry: entry[2].key)
    candidates = [_candidate(rank, *entry) for rank, entry in enumerate(judged, 1)]
    reason = _too_little(candidates)
    bearing = any(c.supporting or c.against or c.not_met for c in candidates)
    ranking = tuple((one, standing) for one, _, standing in judged)
    return Differential(
        findings=tuple(case),
        sufficient=not reason,
        reason=reason,
        mechanism=None if reason else candidates[0].type.mechanism,
        candidates=tuple(
            c for c in candidates if bearing and (limit is None or c.rank <= limit or c.status is Status.EXCLUDED)
        ),
        must_not_miss=tuple(filter(None, map(_must_not_miss, candidates))),
        next_findings=_asked(ranking, facts, knowledge) if bearing else _asked_first(knowledge),
        conflicts=facts.conflicts,
        unused=tuple(sorted({f.id for f in case if f.certainty in FACTUAL and not _is_used(f, prepared)})),
        version=knowledge.version,
        digest=knowledge.digest,
    )


def _candidate(rank: int, one: PreparedType, judged: tuple[Judged, ...], standing: Standing) -> Candidate:
    met = [j for j in judged if j.met is Met.YES]
    return Candidate(
        rank=rank,
        type=one.type,
        status=Status.EXCLUDED if standing.excluded else Status.SUPPORTED if standing.points > 0 else Status.OPEN,
        points=standing.points,
        supporting=tuple(j for j in met if j.criterion.strength.supports),
        against=tuple(j for j in met if not j.criterion.strength.supports),
        not_assessed=tuple(j for j in judged if j.met is Met.NOT_ASSESSED),
        not_met=tuple(j for j in judged if j.met is Met.NO),
    )


def _too_little(candidates: Sequence[Candidate]) -> str:
    """Why the findings do not suffice for a ranking; empty where they do."""
    if all(not (c.supporting or c.against or c.not_met) for c in candidates):
        return "not enough findings: none of them bears on any type of calcification"
    best, enough = candidates[0], POINTS[Strength.MODERATE]
    if best.points < enough or all(judged.points < enough for judged in best.supporting):
        return "not enough findings: no type has the support of one criterion of moderate strength"
    return ""


def _asked(ranking: Ranking, facts: Known, knowledge: Knowledge) -> tuple[NextFinding, ...]:
    return next_findings(ranking, facts, prepare(knowledge), vocabulary=knowledge.vocabulary)


@lru_cache(maxsize=8)  # every type is level with every other then, which takes twenty times as long as a case
def _asked_first(knowledge: Knowledge) -> tuple[NextFinding, ...]:
    """What to ask while nothing bears on any type."""
    nothing = known(statements_of(()), prepare(knowledge).relations)
    standings = [(one, judge(one, nothing)[1]) for one in prepare(knowledge).types]
    return _asked(sorted(standings, key=lambda entry: entry[1].key), nothing, knowledge)


def _must_not_miss(candidate: Candidate) -> MustNotMiss | None:
    """The entry of a type in the lane; None where it may be missed, is excluded, or the findings speak only against
    it.
    """
    if not candidate.type.must_not_miss or candidate.status is Status.EXCLUDED:
        return None
    deciding = (Strength.PATHOGNOMONIC, Strength.STRONG)
    settled_by = tuple(j for j in candidate.not_assessed if j.criterion.strength in deciding)
    if candidate.status is Status.SUPPORTED:
        return MustNotMiss(candidate, Why.SUPPORTED, settled_by)
    if candidate.supporting:
        return MustNotMiss(candidate, Why.OUTWEIGHED, settled_by)
    if settled_by and not candidate.against and not candidate.not_met:
        return MustNotMiss(candidate, Why.NOT_RULED_OUT, settled_by)
    return None


def _is_used(finding: Finding, prepared: Prepared) -> bool:
    """True where a criterion looks at the finding, or at one that follows from it."""
    relations = prepared.relations
    follows = relations.narrower[finding.id] | {finding.id}
    if finding.state is not FindingState.ABSENT:
        follows = relations.present[finding.id] | relations.absent[finding.id]
    return not follows.isdisjoint(prepared.asking)
