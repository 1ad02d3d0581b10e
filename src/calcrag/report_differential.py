"""Cases, types and audits as objects of `schema`: what `classify`, `explain`, `audit` and a case in `ask` print.

Made from the values of the differential wing and of `consult`; `Quoted` brings what a corpus knows of the sources that
the knowledge base quotes. Must never: rank, weigh or reword; what is not in the value that it is given is not in the
report.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from calcrag import schema
from calcrag.case_context import (
    DISAGREEMENTS,
    Placement,
    all_disagreements,
    conflicts_of,
    disagreements_on_types,
    disagreements_touching,
    facts_of,
    placements_of,
    schemes_of,
    set_aside_of,
    standing_of,
)
from calcrag.citation import Record, citation
from calcrag.consult import Case, Distinction
from calcrag.consult import knowledge as shipped_knowledge
from calcrag.differential.calcification import CalcificationType, Criterion, Evidence, Strength
from calcrag.differential.classify import Candidate, MustNotMiss, Status
from calcrag.differential.criteria import findings_of
from calcrag.differential.disagreements import Disagreement
from calcrag.differential.findings import Finding
from calcrag.differential.knowledge import Knowledge
from calcrag.differential.next_findings import NextFinding
from calcrag.differential.schemes import Category
from calcrag.differential.scoring import Judged, Met
from calcrag.differential.whatif import WhatIf
from calcrag.report import ask_result, disagreements_result, evidence, index_state, pages_of, passage, schemes_result
from calcrag.verbatim import find_verbatim

if TYPE_CHECKING:
    from calcrag.audit import Audit
    from calcrag.consult import Consultation
    from calcrag.literature.article import Article
    from calcrag.literature.evidence import Evidence as Quote
    from calcrag.literature.index import Index

__all__ = [
    "CANDIDATES",
    "Quoted",
    "audit_result",
    "classify_result",
    "consultation_result",
    "criterion",
    "differential",
    "distinction_result",
    "explain_result",
    "quoted_in",
    "quoted_sources",
    "reference",
    "type_entry",
]

CANDIDATES = 10  # as many as are told besides the excluded ones, unless more are asked for

BatchId = str | int | None


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: what is made with it is kept
class Quoted:
    """What a corpus knows of the sources that are quoted.

    `origins` gives the file name of each by its key; one that is not there is not in the corpus. `articles` holds those
    whose files have pages.
    """

    origins: Mapping[str, str] = field(default_factory=dict)
    articles: Mapping[str, "Article"] = field(default_factory=dict)

    def page(self, source: str, quote: str) -> int | None:
        """The page on which the quote stands; None where the file has no pages."""
        article = self.articles.get(source)
        span = find_verbatim(quote, article.text) if article is not None else None
        if article is None or span is None:
            return None
        return next((block.page for block in article.blocks if block.start <= span[0] < block.end), None)


# ---------------------------------------------------------------- a case


def classify_result(
    case: Case,
    knowledge: Knowledge,
    *,
    quoted: Quoted,
    limit: int = CANDIDATES,
    what_if: Sequence[WhatIf] | None = None,
    identity: BatchId = None,
) -> schema.ClassifyResult:
    """The differential of a case; `what_if` is None where it was not asked, `identity` the id of a line of a batch."""
    told = differential(case, knowledge, quoted=quoted, limit=limit, what_if=what_if)
    return schema.ClassifyResult(
        id=identity, **{name: getattr(told, name) for name in schema.Differential.model_fields}
    )


def differential(
    case: Case,
    knowledge: Knowledge,
    *,
    quoted: Quoted,
    limit: int = CANDIDATES,
    what_if: Sequence[WhatIf] | None = None,
) -> schema.Differential:
    """The differential of a case with its first `limit` candidates and all that are excluded."""
    found = case.differential
    placed = schemes_of(knowledge)
    return schema.Differential(
        findings=tuple(map(_finding, facts_of(case))),
        sufficient=found.sufficient,
        mechanism=found.mechanism,
        candidates=tuple(
            _candidate(one, placed[one.type.id], quoted)
            for one in found.candidates
            if one.rank <= limit or one.status is Status.EXCLUDED
        ),
        next_findings=tuple(_next_finding(one, quoted) for one in found.next_findings),
        knowledge=schema.KnowledgeState(version=found.version, digest=found.digest),
        reason=found.reason,
        set_aside=tuple(map(_finding, set_aside_of(case))),
        problems=case.reading.problems if case.reading else (),
        conflicts=conflicts_of(case, knowledge),
        unused=found.unused,
        must_not_miss=tuple(map(_must_not_miss, found.must_not_miss)) if found.candidates else (),
        placement=tuple(map(_placement, placements_of(found, knowledge))),
        disagreements=_disagreements(disagreements_touching(found)[:DISAGREEMENTS], quoted),
        what_if=None if what_if is None else tuple(map(_what_if, what_if)),
    )


def _finding(found: Finding) -> schema.Finding:
    has_text = bool(found.text)
    return schema.Finding(
        id=found.id,
        label=found.label,
        state=schema.FindingState(found.state.value),
        value=found.value,
        unit=found.unit,
        text=found.text,
        start=found.start if has_text else None,
        end=found.end if has_text else None,
        time=found.time,
        certainty=found.certainty,
    )


def _candidate(one: Candidate, placed: Mapping[str, tuple[Category, ...]], quoted: Quoted) -> schema.Candidate:
    of = one.type
    return schema.Candidate(
        rank=one.rank,
        id=of.id,
        name=of.name,
        synonyms=of.synonyms,
        icd10cm=of.icd10cm,
        mechanism=of.mechanism,
        status=schema.CandidateStatus(one.status.value),
        points=one.points,
        must_not_miss=of.must_not_miss,
        supporting=_all_judged(one.supporting, quoted),
        against=_all_judged(one.against, quoted),
        not_assessed=_all_judged(one.not_assessed, quoted),
        schemes={scheme: tuple(map(_path, categories)) for scheme, categories in placed.items()},
        not_met=_all_judged(one.not_met, quoted),
        frequency=of.frequency,
    )


def _must_not_miss(entry: MustNotMiss) -> schema.MustNotMiss:
    one = entry.candidate
    return schema.MustNotMiss(
        id=one.type.id,
        name=one.type.name,
        rank=one.rank,
        points=one.points,
        why=entry.why.value,
        settled_by=tuple(_criterion_name(judged.criterion) for judged in entry.settled_by),
    )


@lru_cache(maxsize=1024)
def _criterion_name(asked: Criterion) -> schema.CriterionName:
    return schema.CriterionName(id=asked.id, label=asked.label, strength=asked.strength)


def _next_finding(one: NextFinding, quoted: Quoted) -> schema.NextFinding:
    return schema.NextFinding(
        finding=one.finding,
        label=one.label,
        separates=one.separates,
        why=one.why,
        criteria=tuple(
            schema.CriterionOf(candidate=identity, criterion=criterion(asked, quoted))
            for identity, asked in one.criteria
        ),
    )


def _what_if(found: WhatIf) -> schema.WhatIf:
    return schema.WhatIf(
        changes=tuple(
            schema.Change(finding=one.finding, label=one.label, before=one.before, after=one.after)
            for one in found.changes
        ),
        first=_name(found.first),
        instead_of=_name(found.instead_of),
    )


# ---------------------------------------------------------------- criteria and what they rest on


def criterion(asked: Criterion, quoted: Quoted) -> schema.Criterion:
    """A criterion that no case was held against."""
    return _criterion(asked, schema.Met.NOT_ASSESSED, 0, (), quoted)


def _all_judged(judged: Iterable[Judged], quoted: Quoted) -> tuple[schema.Criterion, ...]:
    return tuple(_criterion(one.criterion, _MET[one.met], one.points, one.findings, quoted) for one in judged)


_MET = {Met.YES: schema.Met.YES, Met.NO: schema.Met.NO, Met.NOT_ASSESSED: schema.Met.NOT_ASSESSED}


@lru_cache(maxsize=16384)  # a case is held against some hundred criteria, of which most come out as in the case before
def _criterion(
    asked: Criterion, met: schema.Met, points: int, decided_by: tuple[str, ...], quoted: Quoted
) -> schema.Criterion:
    asks = findings_of(asked.test)
    return schema.Criterion(
        finding=asks[0],
        label=asked.label,
        strength=asked.strength,
        met=met,
        because=asked.because,
        evidence=tuple(_evidence(one, quoted) for one in asked.evidence),
        id=asked.id,
        asks=asks,
        decided_by=decided_by,
        points=points,
    )


def _evidence(one: Evidence, quoted: Quoted) -> schema.CriterionEvidence:
    return schema.CriterionEvidence(
        source=one.source if one.held else None,
        origin=quoted.origins.get(one.source, "") if one.held else None,
        page=quoted.page(one.source, one.quote),
        quote=one.quote if one.held else None,
        held=one.held,
        reference=None if one.held else reference(one),
        fact=None if one.held else one.fact,
    )


def reference(evidence: Evidence) -> schema.Reference:
    """The work of an evidence that is not held, as kb/references records it."""
    record = evidence.record or Record(doi=evidence.doi, pmid=evidence.pmid)
    return schema.Reference(
        number=None,
        first_author=_family_name(record.authors[0]) if record.authors else None,
        year=record.year,
        authors=record.authors,
        title=record.title or None,
        container=record.container or None,
        volume=record.volume or None,
        pages=record.pages or None,
        doi=record.doi or evidence.doi or None,
        pmid=record.pmid or evidence.pmid or None,
        text=citation(record),
    )


def _family_name(author: str) -> str:
    """The name without the initials behind it, as in "van Leeuwen RJH"; one without initials stays whole."""
    family, _, initials = author.rpartition(" ")
    return family if family and initials.isupper() else author


# ---------------------------------------------------------------- schemes and disagreements


def _placement(one: Placement) -> schema.Placement:
    return schema.Placement(
        inventory=one.scheme.inventory,
        scheme=one.scheme.id,
        title=one.scheme.title,
        source=one.scheme.source,
        type=None if one.type is None else _name(one.type),
        categories=tuple(map(_path, one.categories)),
    )


def _path(category: Category) -> str:
    return " › ".join(category.path)


def _disagreements(entries: Sequence[Disagreement], quoted: Quoted) -> tuple[schema.Disagreement, ...]:
    return disagreements_result(entries, origins=quoted.origins, pages=pages_of(entries, quoted.articles)).disagreements


# ---------------------------------------------------------------- types


def _name(one: CalcificationType) -> schema.TypeName:
    return schema.TypeName(id=one.id, name=one.name)


def type_entry(one: CalcificationType, knowledge: Knowledge) -> schema.TypeEntry:
    """A type without its criteria, with the broader and the narrower ones."""
    parent = next((other for other in knowledge.types if other.id == one.parent), None)
    return schema.TypeEntry(
        id=one.id,
        name=one.name,
        synonyms=one.synonyms,
        icd10cm=one.icd10cm,
        mechanism=one.mechanism,
        must_not_miss=one.must_not_miss,
        frequency=one.frequency,
        summary=one.summary,
        parent=None if parent is None else _name(parent),
        narrower=tuple(_name(other) for other in knowledge.types if other.parent == one.id),
    )


def explain_result(
    query: str,
    one: CalcificationType,
    knowledge: Knowledge,
    *,
    quoted: Quoted,
    definition: Sequence["Quote"] = (),
    index: "Index | None" = None,
    note: str = "",
    distinction: Distinction | None = None,
) -> schema.ExplainResult:
    """A type with its criteria, its places in the schemes and the passages that define it."""
    schemes = tuple(replace(place.scheme, categories=place.categories) for place in standing_of(one, knowledge))
    order = {strength: place for place, strength in enumerate(Strength)}
    return schema.ExplainResult(
        query=query,
        type=type_entry(one, knowledge),
        criteria=tuple(
            criterion(asked, quoted) for asked in sorted(one.criteria, key=lambda asked: order[asked.strength])
        ),
        schemes=schemes_result(schemes, origins=quoted.origins).schemes,
        disagreements=_disagreements(disagreements_on_types(one), quoted),
        definition=tuple(map(evidence, definition)),
        note=note,
        distinction=None if distinction is None else distinction_result(distinction, quoted=quoted),
        knowledge=schema.KnowledgeState(version=knowledge.version, digest=knowledge.digest),
        index=None if index is None else index_state(index),
    )


def distinction_result(found: Distinction, *, quoted: Quoted) -> schema.Distinction:
    """What tells two types apart."""
    return schema.Distinction(
        one=_name(found.one),
        other=_name(found.other),
        for_one=tuple(criterion(asked, quoted) for asked in found.for_one),
        for_other=tuple(criterion(asked, quoted) for asked in found.for_other),
    )


# ---------------------------------------------------------------- beside an answer


def consultation_result(consultation: "Consultation", index: "Index", *, identity: BatchId = None) -> schema.AskResult:
    """An answer with what stands beside it: the differential of a case, what tells two types apart."""
    answer = ask_result(consultation, index, identity=identity)
    if consultation.case is None and consultation.distinction is None:
        return answer
    knowledge = shipped_knowledge()
    quoted = quoted_in(index, knowledge)
    case, apart = consultation.case, consultation.distinction
    beside = {
        "differential": None if case is None else differential(case, knowledge, quoted=quoted),
        "bearing": _bearing(consultation, index),
        "distinction": None if apart is None else distinction_result(apart, quoted=quoted),
    }
    return answer.model_copy(update=beside)


def quoted_sources(knowledge: Knowledge) -> frozenset[str]:
    """The keys of the sources that criteria and disagreements quote."""
    held = {one.source for of in knowledge.types for asked in of.criteria for one in asked.evidence if one.held}
    return frozenset(held | {position.source for entry in all_disagreements() for position in entry.positions})


@lru_cache(maxsize=1)  # without this the criteria would be made anew for each question
def quoted_in(index: "Index", knowledge: Knowledge) -> Quoted:
    """What an index knows of the sources that the knowledge base quotes."""
    wanted = sorted(quoted_sources(knowledge))
    articles = {key: index.articles[key] for key in wanted if key in index.articles}
    paged = {key: one for key, one in articles.items() if any(block.page is not None for block in one.blocks)}
    return Quoted({key: one.origin for key, one in articles.items()}, paged)


def _bearing(consultation: "Consultation", index: "Index") -> tuple[schema.Bearing, ...]:
    """The passages that bear on the leading candidates of a case."""
    candidates = consultation.case.differential.candidates if consultation.case is not None else ()
    types = {one.type.id: one.type for one in candidates}
    return tuple(
        schema.Bearing(
            candidate=_name(types[one.type_id]),
            passages=tuple(
                passage(hit.passage, index.articles[hit.passage.source], score=hit.score) for hit in one.hits
            ),
        )
        for one in consultation.bearing
    )


# ---------------------------------------------------------------- audit


def audit_result(outcome: "Audit") -> schema.AuditResult:
    """The outcome of an audit."""
    return schema.AuditResult(
        passed=outcome.passed,
        counts=dict(outcome.counts),
        held_share=float(outcome.held_share),
        problems=outcome.problems,
    )
