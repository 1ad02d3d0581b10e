"""Where the two wings meet: an answer with the disagreements that it touches, a case with its differential and the
passages that bear on it, two types with what tells them apart.

Made from what the wings return. Must never: change an answer or a ranking, or hide a disagreement that bears on the
quotes shown.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from calcrag.differential.calcification import CalcificationType, Criterion
from calcrag.differential.case_text import CaseReading, read_case
from calcrag.differential.classify import Candidate, Differential, Status, classify
from calcrag.differential.criteria import findings_of
from calcrag.differential.disagreements import Disagreement, load_disagreements
from calcrag.differential.findings import Finding
from calcrag.differential.knowledge import Knowledge, load_knowledge

if TYPE_CHECKING:  # `calcrag classify` needs nothing of the literature wing, which takes longer to load than a case
    from calcrag.literature.answer import Answer, AnswerLimits
    from calcrag.literature.evidence import Evidence
    from calcrag.literature.library import Library
    from calcrag.literature.retrieval import Hit

__all__ = [
    "Bearing",
    "Case",
    "Consultation",
    "Distinction",
    "ask",
    "case_of_findings",
    "case_of_text",
    "describes_case",
    "disagreements_on",
    "distinction_asked",
    "distinguish",
    "knowledge",
    "passages_bearing",
]

SHOWN = 3  # disagreements beside one answer; `calcrag disagreements` has them all
LEADING = 3  # candidates for which passages are looked up
PASSAGES = 2  # passages for each of them
LEAST_FINDINGS = 3  # present findings, age and sex aside, that make a text a case

PERSON = re.compile(
    r"\b(?:\d{1,3}\s?-?(?:y(?:ea)?rs?|yo|y/o|months?|weeks?|days?)\b|\d{1,3}\s?[MF]\b|patient|pt\b|man|woman|boy|girl|male|female|infant"
    r"|newborn|neonate|gentleman|lady|child)",
    re.IGNORECASE,
)
WANTS_DIAGNOSIS = re.compile(
    r"\b(?:diagnos\w*|ddx|differential|what is (?:it|this)|most likely|could (?:it|this) be|impression)\b",
    re.IGNORECASE,
)
WANTS_DISTINCTION = re.compile(
    r"\b(?:distin[gc]\w*|differentiat\w*|differ(?:s|ed|ing|ence|ences|ent|ently)?|discriminat\w*|contrast(?:s|ed|ing)?"
    r"|tell(?:s|ing)?\b.*\b(?:from|apart)|sets?\b.*\bapart|separat\w*|versus|vs|compared?|comparison)\b",
    re.IGNORECASE,
)
LONG_CASE = 100  # characters; a text this long that asks nothing, or asks for a diagnosis, may be a report


@cache
def knowledge() -> Knowledge:
    """The knowledge base of the package, loaded once."""
    return load_knowledge()


@dataclass(frozen=True, slots=True)
class Bearing:
    """The passages that bear on a candidate of a differential."""

    type_id: str
    hits: "tuple[Hit, ...]"


@dataclass(frozen=True, slots=True)
class Case:
    """A case: what was read in its text (None where findings were given as a list) and its differential."""

    reading: CaseReading | None
    differential: Differential


@dataclass(frozen=True, slots=True)
class Consultation:
    """An answer, the places where the sources disagree on what it quotes, and what the other wing adds: where the
    question describes a case, its differential with the passages that bear on the leading candidates; where it asks
    what tells two types apart, that.
    """

    answer: "Answer"
    disagreements: tuple[Disagreement, ...]
    case: Case | None = None
    bearing: tuple[Bearing, ...] = ()
    distinction: "Distinction | None" = None


def ask(library: "Library", text: str, *, limits: "AnswerLimits | None" = None) -> Consultation:
    """The answer to a question with what the other wing has to say on it."""
    from calcrag.literature.answer import Status as AnswerStatus

    answer = library.ask(text, limits=limits)
    found: tuple[Disagreement, ...] = ()
    if answer.status is AnswerStatus.ANSWERED:
        found = disagreements_on(answer.evidence, entities=library.read(text).entities, limit=SHOWN)
    consultation = Consultation(answer, found, distinction=distinction_asked(text))
    case = case_of_text(text) if describes_case(text) else None
    if case is None or not _is_case(case):
        return consultation
    return replace(consultation, case=case, bearing=passages_bearing(library, case.differential))


# ------------------------------------------------------------------------------------------------ cases


def describes_case(text: str) -> bool:
    """True for a text that speaks of a patient and wants a diagnosis, or is long enough to be a report; cheap, and only
    a reason to read it as a case.
    """
    if WANTS_DIAGNOSIS.search(text):
        return bool(PERSON.search(text))
    return len(text) >= LONG_CASE and "?" not in text


def _is_case(case: Case) -> bool:
    known = knowledge().vocabulary
    present = {
        f.id
        for f in (case.reading.findings if case.reading else case.differential.findings)
        if f.state != "absent" and known.terms[f.id].group != "demographics"
    }
    return len(present) >= LEAST_FINDINGS


def case_of_text(text: str) -> Case:
    """The case that a text describes, with its differential."""
    reading = read_case(text, vocabulary=knowledge().vocabulary)
    return Case(reading, classify(reading.findings, knowledge()))


def case_of_findings(findings: Iterable[Finding]) -> Case:
    """The differential of findings that somebody has listed or corrected."""
    return Case(None, classify(tuple(findings), knowledge()))


def passages_bearing(library: "Library", differential: Differential) -> tuple[Bearing, ...]:
    """For each leading candidate the passages that speak of it and of what speaks for it."""
    leading = [c for c in differential.candidates if c.status is Status.SUPPORTED][:LEADING]
    return tuple(
        Bearing(c.type.id, tuple(library.search(_about(c), limit=PASSAGES)))
        for c in (leading if differential.sufficient else ())
    )


def _about(candidate: Candidate) -> str:
    """What to look for in the literature on a candidate: its name and the two strongest criteria that the case
    meets.
    """
    reasons = [judged.criterion.label for judged in candidate.supporting[:2]]
    return ", ".join([candidate.type.name, *reasons])


# ------------------------------------------------------------------------------------------------ types against each other


@dataclass(frozen=True, slots=True)
class Distinction:
    """What tells two types apart: the criteria of each that the other does not share, the strongest first."""

    one: CalcificationType
    other: CalcificationType
    for_one: tuple[Criterion, ...]
    for_other: tuple[Criterion, ...]


def distinguish(one: CalcificationType, other: CalcificationType) -> Distinction:
    """The criteria by which two types differ."""
    return Distinction(one, other, _own(one, other), _own(other, one))


def distinction_asked(text: str) -> Distinction | None:
    """What tells two types apart, where a text asks for that and names just two types of the knowledge base."""
    if not WANTS_DISTINCTION.search(text):
        return None
    from calcrag.type_names import types_named  # with the query vocabulary, which a case does not need

    named = types_named(text, knowledge())
    return distinguish(named[0].type, named[1].type) if len(named) == 2 else None


def _own(one: CalcificationType, other: CalcificationType) -> tuple[Criterion, ...]:
    shared = {(findings_of(c.test), c.strength) for c in other.criteria}
    order = ("pathognomonic", "strong", "moderate", "weak", "against", "excludes")
    own = [c for c in one.criteria if (findings_of(c.test), c.strength) not in shared]
    return tuple(sorted(own, key=lambda c: order.index(c.strength)))


# ------------------------------------------------------------------------------------------------ disagreements


def disagreements_on(
    evidence: "Sequence[Evidence]", *, entities: Collection[str], limit: int | None = None
) -> tuple[Disagreement, ...]:
    """The disagreements that rest on words quoted here, those first that touch the question's own subjects.

    A subject alone is not enough: forty entries touch dystrophic calcification, and few of them bear on one question.
    """
    sources = {e.source for e in evidence}
    quoted = {source: " / ".join(_plain(e.quote) for e in evidence if e.source == source) for source in sources}
    found = []
    for order, entry in enumerate(load_disagreements()):
        # Whole words: "common in women" does not stand in "uncommon in women".
        bearing = sum(f" {_plain(p.quote)} " in f" {quoted.get(p.source, '')} " for p in entry.positions)
        touching = bool(set(entry.entities) & set(entities))
        if bearing and (touching or bearing > 1):
            found.append((not touching, -bearing, order, entry))
    return tuple(entry for *_, entry in sorted(found, key=lambda item: item[:3])[:limit])


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()
