"""Where the two wings meet: an answer with the disagreements that it touches, a case with its differential.

Made from what the wings return. Must never: change an answer or a ranking, or hide a disagreement that bears on the quotes
shown.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from calcrag.differential.disagreements import Disagreement, load_disagreements
from calcrag.literature.answer import Answer, AnswerLimits, Status
from calcrag.literature.evidence import Evidence
from calcrag.literature.library import Library

__all__ = ["Consultation", "ask", "disagreements_on"]

SHOWN = 3  # disagreements beside one answer; `calcrag disagreements` has them all


@dataclass(frozen=True, slots=True)
class Consultation:
    """An answer and the places where the sources disagree on what it quotes."""

    answer: Answer
    disagreements: tuple[Disagreement, ...]


def ask(library: Library, text: str, *, limits: AnswerLimits | None = None) -> Consultation:
    """The answer to a question with the disagreements that bear on it."""
    answer = library.ask(text, limits=limits)
    if answer.status is not Status.ANSWERED:
        return Consultation(answer, ())
    question = library.read(text)
    found = disagreements_on(answer.evidence, entities=question.entities, limit=SHOWN)
    return Consultation(answer, found)


def disagreements_on(
    evidence: Sequence[Evidence], *, entities: Collection[str], limit: int | None = None
) -> tuple[Disagreement, ...]:
    """The disagreements that rest on words quoted here, those first that touch the question's own subjects.

    A subject alone is not enough: forty entries touch dystrophic calcification, and few of them bear on one question.
    """
    quoted = {e.source: " ".join(_plain(other.quote) for other in evidence if other.source == e.source) for e in evidence}
    found = []
    for order, entry in enumerate(load_disagreements()):
        bearing = sum(_overlaps(_plain(p.quote), quoted.get(p.source, "")) for p in entry.positions)
        touching = bool(set(entry.entities) & set(entities))
        if bearing and (touching or bearing > 1):
            found.append((not touching, -bearing, order, entry))
    return tuple(entry for *_, entry in sorted(found, key=lambda item: item[:3])[:limit])


def _overlaps(quote: str, text: str) -> bool:
    """True where a quote stands in the text, or the text in it."""
    return bool(text) and (quote in text or text in quote)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()
