"""A question and the passages found → statements ranked by how well they answer it, and quotes with their citations.

A statement is judged by the question's concepts that it names (its heading and its passage count less), by its nearness
in meaning, by its passage, and by whether it tells the kind of fact that is asked for. The weights are few, round, and
flat around their values (`scripts/calibrate` shows it). Must never: alter a quote, or rank by what a statement claims.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calcrag.citation import Reference, citation
from calcrag.literature.article import Article, SourceKind
from calcrag.literature.facets import Facet, facets_told
from calcrag.literature.lexical import terms
from calcrag.literature.passages import Passage
from calcrag.literature.question import Concept, Question, normal_label
from calcrag.literature.statements import Statement, StatementKind

__all__ = ["Evidence", "Scored", "StatementStore", "evidence_of", "is_labelled", "rank_statements"]

NAMED, NAMED_ABOVE, NAMED_NEAR = 1.0, 0.5, 0.25  # a concept in the statement, in its heading, in its passage
MEANING, PASSAGE, FACETS, DEMANDS = 1.0, 0.5, 0.3, 0.35
SCRAPED, LOST, FRONT, ROW = -0.1, -0.3, -0.35, -0.3
HINTED, LABELLED = 0.4, 0.8
CERTAIN = 0.8  # a match this good is not looked for elsewhere


class StatementStore:
    """The statements of an index with their vectors (n, d) and, worked out once each, their stems and facets.

    `titles` are those of the sources that are about one case: every sentence of such a source is about what its title
    names.
    """

    def __init__(
        self, statements: Sequence[Statement], vectors: NDArray[np.float32], *, titles: Mapping[str, str] | None = None
    ) -> None:
        self.statements = tuple(statements)
        self.vectors = vectors
        self._titles = {source: frozenset(terms(title)) for source, title in (titles or {}).items()}
        self._stems: dict[int, frozenset[str]] = {}
        self._above: dict[int, frozenset[str]] = {}
        self._told: dict[int, frozenset[Facet]] = {}
        self._around: dict[str, frozenset[str]] = {}

    @cached_property
    def _by_source(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, statement in enumerate(self.statements):
            rows.setdefault(statement.source, []).append(row)
        return rows

    def inside(self, passage: Passage) -> list[int]:
        """Rows of the statements that begin in a passage, what is quoted with them aside."""
        rows = self._by_source.get(passage.source, [])
        return [r for r in rows if passage.start <= self.statements[r].core_start < passage.end]

    def stems(self, row: int) -> frozenset[str]:
        """The stems of a statement."""
        if row not in self._stems:
            self._stems[row] = frozenset(terms(self.statements[row].text))
        return self._stems[row]

    def stems_above(self, row: int) -> frozenset[str]:
        """The stems of a statement's heading and label."""
        if row not in self._above:
            statement = self.statements[row]
            self._above[row] = frozenset(terms(f"{statement.heading} {statement.label or ''}"))
        return self._above[row]

    def stems_around(self, passage: Passage) -> frozenset[str]:
        """The stems of a passage and its heading."""
        if passage.id not in self._around:
            self._around[passage.id] = frozenset(terms(f"{passage.heading} {passage.text}"))
        return self._around[passage.id]

    def stems_title(self, source: str) -> frozenset[str]:
        """The stems of the title of a source that is about one case; none of any other."""
        return self._titles.get(source, frozenset())

    def told(self, row: int) -> frozenset[Facet]:
        """The kinds of fact that a statement tells."""
        if row not in self._told:
            self._told[row] = facets_told(self.statements[row].text)
        return self._told[row]


@dataclass(frozen=True, slots=True)
class Scored:
    """A statement with its score and what the score is made of.

    `named` is the share of the question's known concepts in the statement itself, `about` that with heading and
    passage; `meaning` the cosine of question and statement. `stems` are those of the statement, `stems_above` those of
    its heading, `stems_around` those of its passage and of the title of a case report; none where the source is
    scraped.
    """

    row: int
    statement: Statement
    passage: Passage
    score: float
    named: float
    about: float
    meaning: float
    stems: frozenset[str]
    stems_above: frozenset[str]
    stems_around: frozenset[str]


def rank_statements(
    question: Question, passages: Sequence[tuple[Passage, float]], *, store: StatementStore, vector: NDArray[np.float32],
    kinds: dict[str, SourceKind],
) -> list[Scored]:  # fmt: skip
    """The statements in the passages found (each with its score from 0 to 1), best first; ties by source and place."""
    scored: list[Scored] = []
    total = sum(c.weight for c in question.concepts if c.known) or 1.0
    for passage, passage_score in passages:
        around = store.stems_around(passage)
        scraped = kinds[passage.source] is SourceKind.WEB_AGGREGATION
        for row in store.inside(passage):
            statement = store.statements[row]
            named, above, near = _coverage(question.concepts, store.stems(row), store.stems_above(row), around)
            meaning = float(store.vectors[row] @ vector)
            told = len(question.facets & store.told(row)) / max(1, len(question.facets))
            met = [demand.met(statement.text) for demand in question.demands]
            score = NAMED * named / total + NAMED_ABOVE * above / total + NAMED_NEAR * near / total
            score += MEANING * meaning + PASSAGE * passage_score + FACETS * told
            score += DEMANDS * (sum(met) / len(met) if met else 0.0) + _standing(question, statement, kinds)
            about = (named + NAMED_ABOVE * above + NAMED_NEAR * near) / total
            scored.append(
                Scored(
                    row,
                    statement,
                    passage,
                    round(score, 4),
                    named / total,
                    about,
                    meaning,
                    store.stems(row),
                    store.stems_above(row),
                    # What stands beside a scraped fragment need not be about its subject.
                    frozenset() if scraped else around | store.stems_title(passage.source),
                )
            )
    return sorted(scored, key=lambda s: (-s.score, s.statement.source, s.statement.start, s.statement.end))


def _coverage(
    concepts: Sequence[Concept], own: Set[str], above: Set[str], around: Set[str]
) -> tuple[float, float, float]:
    """The weight of concepts named in the statement, then what the heading adds, then what the passage adds."""
    named = in_heading = near = 0.0
    for concept in concepts:
        if not concept.known:
            continue
        here = concept.match(own)
        named += concept.weight * here
        if here >= CERTAIN:
            continue
        there = concept.match(above)
        if there > here:
            in_heading += concept.weight * (there - here)
        else:
            near += concept.weight * max(0.0, concept.match(around) - max(here, there))
    return named, in_heading, near


def _standing(question: Question, statement: Statement, kinds: dict[str, SourceKind]) -> float:
    """What a statement's source and kind add: scraped fragments stand behind, the source or figure asked for in
    front.
    """
    bonus = 0.0
    if kinds[statement.source] is SourceKind.WEB_AGGREGATION:
        bonus += SCRAPED
    if statement.subject_lost or statement.torn:
        bonus += LOST
    if statement.kind is StatementKind.FRONT:
        bonus += FRONT
    if statement.kind is StatementKind.ROW and Facet.CLASSIFICATION not in question.facets:
        bonus += ROW  # a row names many things and tells of each only where it is classed
    if statement.source in question.hints.sources:
        bonus += HINTED
    of_source = not question.hints.sources or statement.source in question.hints.sources
    if of_source and is_labelled(question, statement.label):
        bonus += LABELLED
    return bonus


def is_labelled(question: Question, label: str | None) -> bool:
    """True where the question names the figure or table with this printed label; "Figure 2" is 2a and 2b too, and of a
    caption that tells of A and B together "Figure 2b" is the whole.
    """
    asked, name = question.hints.label, normal_label(label)
    return bool(asked and name) and (asked in (name, str(name).rstrip("abcd")) or str(asked).rstrip("abcd") == name)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote at its place: `article.text[start:end] == quote`, inside `passage`.

    `independent_of` names the other sources of the same answer whose words this one does not repeat. `second_hand`
    marks a sentence that cites others for what it says; `primary_references` are the entries that it cites.
    """

    number: int
    passage_id: str
    source: str
    origin: str
    citation: str
    page: int | None
    page_label: str | None
    section: str
    quote: str
    passage: str
    start: int
    end: int
    source_kind: SourceKind
    independent_of: tuple[str, ...]
    second_hand: bool
    primary_references: tuple[Reference, ...]


def evidence_of(
    statement: Statement, passage: Passage, *, article: Article, number: int, span: tuple[int, int] | None = None
) -> Evidence:
    """The evidence for a statement, or for `span`, a row above it. The passage is widened to hold the quote whole."""
    start, end = span or (statement.start, statement.end)
    first, last = min(start, passage.start), max(end, passage.end)
    cited = [n for m in article.markers if start < m.position <= end for n in m.numbers]
    references = [r for n in dict.fromkeys(cited) if (r := article.reference(n)) is not None]
    section = statement.label or statement.heading
    return Evidence(
        number=number, passage_id=passage.id, source=article.key, origin=article.origin, citation=citation(article.record),
        page=passage.page, page_label=passage.page_label, section=section, quote=article.text[start:end],
        passage=article.text[first:last], start=start, end=end, source_kind=article.kind, independent_of=(),
        second_hand=bool(cited), primary_references=tuple(references),
    )  # fmt: skip
