"""The literature wing as one thing to hold: an opened index with its model and vocabulary, asked in plain words.

Made from an index folder; `update` makes that folder from a corpus. Must never: use the network, or answer from
anything but the index.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from calcrag.errors import UnknownName
from calcrag.literature.answer import (
    Answer,
    AnswerLimits,
    WordKnowledge,
    answer_question,
    judge,
    strange_terms,
)
from calcrag.literature.article import Article, BlockKind, SourceKind
from calcrag.literature.corpus import Refusal, load_corpus
from calcrag.literature.embedding import Embedder, open_embedder
from calcrag.literature.evidence import Scored, StatementStore, is_labelled, rank_statements
from calcrag.literature.index import Index
from calcrag.literature.indexing import BuildReport, build
from calcrag.literature.lexical import terms
from calcrag.literature.passages import Passage, PassageKind, PassageSettings, passages_of
from calcrag.literature.question import CorpusWords, Question, read_question
from calcrag.literature.retrieval import Hit, retrieve
from calcrag.literature.statements import Statement, statements_of
from calcrag.literature.vocabulary import Vocabulary, fold, load_vocabulary

__all__ = ["DEFAULT_SETTINGS", "Library", "Update", "update"]

DEFAULT_SETTINGS = PassageSettings()
MODELS = "models"  # under the index folder: exported graphs, no part of a generation
DEPTH = 40  # passages whose statements are judged
EXPANSION = 0.5  # the weight of another name in the search, times how surely it means the same
STATEMENT_SHARE = 0.8  # how far a passage is ordered by its best statement, and not by itself
SHINGLE = 4  # words; two statements that share three fifths of their shingles say the same
REPEATED = 0.6
LONG_WORD = 10  # letters; a shorter word one letter away may be another word
WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Update:
    """What bringing an index up to date did, and the sources that were refused."""

    report: BuildReport
    articles: int
    refused: tuple[Refusal, ...]


def update(
    corpus: Path,
    indexes: Path,
    *,
    model: str | None = None,
    allow_download: bool = False,
    rebuild: bool = False,
    settings: PassageSettings = DEFAULT_SETTINGS,
    progress: Callable[[int, int], None] | None = None,
) -> Update:
    """Bring the index of a corpus folder up to date. What the corpus still holds unchanged is not embedded again."""
    articles, refused = load_corpus(corpus)
    embedder = open_embedder(model, cache=indexes / MODELS, allow_download=allow_download)

    def fits(text: str) -> bool:
        return embedder.count_tokens([text])[0] <= embedder.max_tokens

    passages = [p for a in articles for p in passages_of(a, settings=settings, fits=fits)]
    statements = [s for a in articles for s in statements_of(a)]
    report = build(
        articles, passages, folder=indexes, embedder=embedder, settings=asdict(settings), statements=statements,
        rebuild=rebuild, progress=progress,
    )  # fmt: skip
    return Update(report, len(articles), refused)


class Library:
    """An index held open. Opening reads and compares every file of it; what is worked out later is kept."""

    def __init__(self, index: Index, embedder: Embedder, vocabulary: Vocabulary) -> None:
        self.index = index
        self.embedder = embedder
        self.vocabulary = vocabulary

    @classmethod
    def open(cls, indexes: Path, *, model: str | None = None, settings: PassageSettings = DEFAULT_SETTINGS) -> Self:
        """The live index of a folder. Raises NoIndex, StaleIndex, DamagedIndex, ModelUnavailable."""
        index = Index.open(indexes, settings=asdict(settings))
        embedder = open_embedder(model, cache=indexes / MODELS)
        index.require(embedder=embedder)
        return cls(index, embedder, load_vocabulary())

    # ------------------------------------------------------------------------------------------------ asking

    def read(self, text: str) -> Question:
        """What a question asks."""
        return read_question(text, vocabulary=self.vocabulary, corpus=self._words, sources=self._sources)

    def search(self, text: str, *, limit: int = 10, kinds: frozenset[PassageKind] | None = None) -> list[Hit]:
        """The passages that bear on a question, best first, each by its best statement and by itself."""
        return self.found(self.read(text), kinds=kinds)[0][:limit]

    def ask(self, text: str, *, limits: AnswerLimits | None = None) -> Answer:
        """The answer to a question, or that the corpus has none."""
        question = self.read(text)
        _, ranked = self.found(question)
        verdict = judge(question, ranked, strange=self.strange(question), articles=self.index.articles)
        return answer_question(
            question, ranked, articles=self.index.articles, verdict=verdict, copies=self._repeats, limits=limits
        )

    def strange(self, question: Question) -> tuple[str, ...]:
        """The terms of a question that only a source on the matter would hold, and that no source here does."""
        return strange_terms(question, self._word_knowledge)

    def found(
        self, question: Question, *, kinds: frozenset[PassageKind] | None = None
    ) -> tuple[list[Hit], list[Scored]]:
        """The passages for a question in their order, and their statements in theirs."""
        expansions = [
            (" ".join(sorted(alternative.stems)), EXPANSION * alternative.weight)
            for concept in question.concepts
            for alternative in concept.alternatives
            if alternative.weight < 1.0
        ]
        hits = retrieve(
            self.index, question.content, embedder=self.embedder, limit=DEPTH, expansions=expansions,
            meaning=question.dense, kinds=kinds,
        )  # fmt: skip
        labelled = self._labelled(question, kinds)
        unfound = [p for p in labelled.values() if all(p.id != hit.passage.id for hit in hits)]
        hits += [Hit(p, score=0.0, rank=0, lexical=0.0, dense=0.0, late=None) for p in unfound]
        texts = dict.fromkeys((question.text, question.dense))
        vector = self.embedder.encode(list(texts)).sum(axis=0)
        vector /= max(float(np.linalg.norm(vector)), 1e-9)
        ranked = rank_statements(
            question, [(hit.passage, hit.score) for hit in hits], store=self._store, vector=vector, kinds=self._kinds
        )
        return _reordered(hits, ranked, first=labelled), self._originals_for(question, ranked)

    def _labelled(self, question: Question, kinds: frozenset[PassageKind] | None) -> dict[str, Passage]:
        """The passages, by id, of the figure or table that a question names by its number."""
        if not question.hints.label:
            return {}
        return {
            p.id: p
            for p in self.index.passages
            if is_labelled(question, p.label)
            and (not question.hints.sources or p.source in question.hints.sources)
            and (kinds is None or p.kind in kinds)
        }

    # ------------------------------------------------------------------------------------------------ looking

    @property
    def articles(self) -> Sequence[Article]:
        """The articles of the index, in the order of the corpus."""
        return [self.index.articles[key] for key in self.index.articles]

    def article(self, name: str) -> Article:
        """The article with this key or file name as received. Raises UnknownName with the names there are."""
        for article in self.articles:
            if name in (article.key, article.origin):
                return article
        known = ", ".join(a.key for a in self.articles[:8])
        raise UnknownName(f"there is no source {name!r}", where=f"sources: {known}", remedy="calcrag sources")

    def passages(self, key: str) -> list[Passage]:
        """The passages of a source in reading order."""
        return [p for p in self.index.passages if p.source == key]

    # ------------------------------------------------------------------------------------------------ worked out once

    @cached_property
    def _store(self) -> StatementStore:
        titles = {a.key: a.record.title or "" for a in self.index.articles.values() if a.kind is SourceKind.CASE_REPORT}
        return StatementStore(self.index.statements, self.index.statement_vectors, titles=titles)

    @cached_property
    def _kinds(self) -> dict:  # type: ignore[type-arg]
        return {a.key: a.kind for a in self.articles}

    @cached_property
    def _sources(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        return tuple((a.key, a.kind.value, a.record.authors) for a in self.articles)

    @cached_property
    def _words(self) -> CorpusWords:
        texts = [
            article.text[block.start : block.end]
            for article in self.articles
            for block in article.blocks
            if block.kind is not BlockKind.REFERENCE
        ]
        words = {word for text in texts for word in WORD.findall(fold(text))}
        stems = {stem for text in texts for stem in terms(text)}
        lexical = self.index.lexical

        def frequency(term: str) -> int:
            # What stands only in a reference list is the word of another paper, and none of this corpus's own.
            return lexical.document_frequency(term) if stems.issuperset(term.split()) else 0

        return CorpusWords(frozenset(words), frequency, lexical.idf)

    @cached_property
    def _word_knowledge(self) -> WordKnowledge:
        from rapidfuzz import process
        from rapidfuzz.distance import DamerauLevenshtein

        def pieces(word: str) -> int:
            return self.embedder.count_tokens([word])[0] - 2

        names = {w for e in self.vocabulary.entities for name in e.names for w in WORD.findall(fold(name))}

        def medical(word: str) -> bool:
            return fold(word).strip() in names and pieces(word.lower()) > 1

        def known(word: str) -> bool:
            """True too for a long word one letter away from a word of the corpus: that is a slip, and no other word."""
            near = len(word) >= LONG_WORD and process.extractOne(
                fold(word).strip(), self._words.words, scorer=DamerauLevenshtein.distance, score_cutoff=1
            )
            return self._words.known(word) or bool(near)

        return WordKnowledge(pieces, self.vocabulary.is_ordinary, medical, known)

    @cached_property
    def _shingles(self) -> dict[int, frozenset[tuple[str, ...]]]:
        return {}

    def _shingled(self, row: int) -> frozenset[tuple[str, ...]]:
        if row not in self._shingles:
            stems = terms(self.index.statements[row].text)
            self._shingles[row] = frozenset(
                tuple(stems[n : n + SHINGLE]) for n in range(max(1, len(stems) - SHINGLE + 1))
            )
        return self._shingles[row]

    def _repeats(self, one: int, other: int) -> bool:
        """True where one of two statements has most of the words of the other in the same order."""
        first, second = self._shingled(one), self._shingled(other)
        return len(first & second) >= REPEATED * min(len(first), len(second))

    @cached_property
    def _originals(self) -> dict[int, tuple[int, Passage]]:
        """Of every statement that repeats one of a source that its own copies from: the row and the passage of that
        one.
        """
        statements = self.index.statements
        copied = {a.key: a.copies_from for a in self.articles if a.copies_from}
        places: dict[tuple[str, ...], list[int]] = {}
        for row, statement in enumerate(statements):
            if any(statement.source in sources for sources in copied.values()):
                for shingle in self._shingled(row):
                    places.setdefault(shingle, []).append(row)
        found: dict[int, tuple[int, Passage]] = {}
        for row, statement in enumerate(statements):
            sources = copied.get(statement.source, ())
            shared = Counter(r for shingle in self._shingled(row) for r in places.get(shingle, ()) if sources)
            alike = [r for r in shared if statements[r].source in sources and self._repeats(row, r)]
            if not alike:
                continue
            original = min(alike, key=lambda r: (-shared[r], r))
            passage = next((p for p in self.index.passages if _holds(p, statements[original])), None)
            if passage is not None and 3 * shared[original] >= len(self._shingled(row)):
                found[row] = (original, passage)
        return found

    def _originals_for(self, question: Question, ranked: Sequence[Scored]) -> list[Scored]:
        """The statements ranked, an original in place of what repeats it, unless the question names the copying
        source.
        """
        made: dict[int, Scored] = {}
        for scored in ranked:
            original = self._originals.get(scored.row)
            if original is not None and scored.statement.source not in question.hints.sources:
                row, passage = original
                scored = replace(
                    scored, row=row, statement=self.index.statements[row], passage=passage, stems=self._store.stems(row),
                    stems_above=self._store.stems_above(row), stems_around=self._store.stems_around(passage),
                )  # fmt: skip
            made.setdefault(scored.row, scored)
        return list(made.values())


def _holds(passage: Passage, statement: Statement) -> bool:
    return passage.source == statement.source and passage.start <= statement.core_start < passage.end


def _reordered(hits: Sequence[Hit], ranked: Sequence[Scored], *, first: Collection[str]) -> list[Hit]:
    """The hits by their best statement and their own score, those of `first` in front; ranks and scores are new."""
    best: dict[str, float] = {}
    for scored in ranked:
        best[scored.passage.id] = max(best.get(scored.passage.id, -1.0), scored.score)
    if not best:
        return list(hits)
    low, high = min(best.values()), max(best.values())
    span = max(high - low, 1e-9)

    def joint(hit: Hit) -> float:
        own = (best.get(hit.passage.id, low) - low) / span
        return round(STATEMENT_SHARE * own + (1 - STATEMENT_SHARE) * hit.score, 5)

    ordered = sorted(hits, key=lambda h: (h.passage.id not in first, -joint(h), h.passage.id))
    return [
        replace(hit, score=1.0 if hit.passage.id in first else joint(hit), rank=rank)
        for rank, hit in enumerate(ordered, 1)
    ]
