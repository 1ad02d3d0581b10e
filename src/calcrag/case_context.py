"""What stands beside a case or a type: what counts of a case and what does not, where the schemes put a type, and where
the sources disagree on it.

Made from a `Case` and the files of the knowledge base. Must never: rank or weigh, or place a type in a scheme whose
source does not name it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from calcrag.consult import Case
from calcrag.differential.calcification import CalcificationType
from calcrag.differential.classify import Differential, Status
from calcrag.differential.closure import FACTUAL
from calcrag.differential.disagreements import Disagreement, load_disagreements, touching
from calcrag.differential.findings import Finding
from calcrag.differential.knowledge import Knowledge
from calcrag.differential.schemes import Category, Scheme, load_schemes, places

__all__ = [
    "DISAGREEMENTS",
    "MAIN_SCHEMES",
    "Placement",
    "all_disagreements",
    "conflicts_of",
    "disagreements_on_types",
    "disagreements_touching",
    "facts_of",
    "placements_of",
    "schemes_of",
    "set_aside_of",
    "standing_of",
]

LEADING = 3  # candidates whose disagreements are told
DISAGREEMENTS = 2  # as many as are told of them; `calcrag disagreements` has them all
MAIN_SCHEMES = (
    "S1",
    "S2",
    "S12",
    "S22",
    "S25",
)  # mechanism, compartment, Dalinka's Table I, localised or not


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a scheme puts a candidate.

    `type` is the candidate, or the broader type that the scheme places in its stead; None where it places neither.
    """

    scheme: Scheme
    type: CalcificationType | None
    categories: tuple[Category, ...]


# ---------------------------------------------------------------- a case


def facts_of(case: Case) -> tuple[Finding, ...]:
    """The findings that count, in the order of the text."""
    return tuple(f for f in case.differential.findings if f.certainty in FACTUAL)


def set_aside_of(case: Case) -> tuple[Finding, ...]:
    """What the case mentions that is no fact of this patient now, in the order of the text."""
    given = [f for f in case.differential.findings if f.certainty not in FACTUAL]
    return (*(case.reading.set_aside if case.reading else ()), *given)


def conflicts_of(case: Case, knowledge: Knowledge) -> tuple[str, ...]:
    """What contradicts itself, each in a line: first as the text says it, then what counted."""
    terms = knowledge.vocabulary.terms
    counted = [
        f"{', '.join(terms[one].label for one in conflict.findings)}: {conflict.reason}"
        for conflict in case.differential.conflicts
    ]
    return tuple(dict.fromkeys((*(case.reading.conflicts if case.reading else ()), *counted)))


# ---------------------------------------------------------------- schemes and disagreements


@lru_cache(maxsize=4)
def schemes_of(knowledge: Knowledge) -> Mapping[str, Mapping[str, tuple[Category, ...]]]:
    """Where each type stands: type id → scheme id → categories."""
    schemes = _all_schemes()
    return {one.id: places(schemes, one.id) for one in knowledge.types}


def placements_of(found: Differential, knowledge: Knowledge) -> tuple[Placement, ...]:
    """Where the main schemes put the first candidate, or else the broader type; empty where none is first."""
    if not found.sufficient:
        return ()
    placed = schemes_of(knowledge)
    types = {one.id: one for one in knowledge.types}
    lineage = [found.candidates[0].type]
    while parent := types.get(lineage[-1].parent):
        lineage.append(parent)
    made = []
    for scheme in _all_schemes():
        if scheme.inventory in MAIN_SCHEMES:
            of = next((one for one in lineage if scheme.id in placed[one.id]), None)
            made.append(Placement(scheme, of, placed[of.id][scheme.id] if of else ()))
    return tuple(made)


def standing_of(one: CalcificationType, knowledge: Knowledge) -> tuple[Placement, ...]:
    """Every scheme that places a type, with the categories."""
    placed = schemes_of(knowledge)[one.id]
    return tuple(Placement(scheme, one, placed[scheme.id]) for scheme in _all_schemes() if scheme.id in placed)


def disagreements_touching(found: Differential) -> tuple[Disagreement, ...]:
    """Where the sources disagree on the leading candidates: on the first before others, on one thing before many."""
    leading = (
        [c.type.id for c in found.candidates if c.status is Status.SUPPORTED][:LEADING] if found.sufficient else []
    )
    entries = touching(all_disagreements(), entities=leading)
    place = {
        entry.id: min(leading.index(entity) for entity in entry.entities if entity in leading) for entry in entries
    }
    return tuple(sorted(entries, key=lambda entry: (place[entry.id], len(entry.entities))))


def disagreements_on_types(*types: CalcificationType) -> tuple[Disagreement, ...]:
    """Where the sources disagree on something that touches each of the types."""
    ids = {one.id for one in types}
    return tuple(entry for entry in all_disagreements() if ids <= set(entry.entities))


@lru_cache(maxsize=1)
def _all_schemes() -> tuple[Scheme, ...]:
    return load_schemes()


@lru_cache(maxsize=1)
def all_disagreements() -> tuple[Disagreement, ...]:
    """Every disagreement of the knowledge base, read once."""
    return load_disagreements()
