"""A question and an index → the passages that come nearest to it, best first.

Three views are joined: the words they share (BM25), the meaning of the whole (cosine of vectors), and, for the first
`LATE_DEPTH`, the meaning word piece by word piece (late interaction). The weights were measured on four sets
(`scripts/benchmark_retrieval.py`) and are one for all. Passages that repeat a better one are folded into it.

Must never: look at what a passage claims, treat one question otherwise than another, or give an order that depends on
the machine: scores have five decimals, and equal ones are ordered by the id of the passage.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calcrag.errors import EmptyQuestion
from calcrag.literature.embedding import TOKEN_SCALE
from calcrag.literature.index import Index, Tokens
from calcrag.literature.lexical import query_terms
from calcrag.literature.passages import Passage, PassageKind
from calcrag.literature.windows import Encoder, no_tokens

__all__ = ["Hit", "retrieve"]

DEPTH = 100  # how many passages each view may bring forward; its scores are scaled over these
DENSE_WEIGHT = 0.4
LATE_DEPTH = 30
LATE_WEIGHT = 0.5
LATE_BLOCK = 24  # word pieces; late interaction looks at two neighbouring blocks at a time, about two sentences

_Scores = NDArray[np.float64]
_Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. `score` is from 0 to 1 and says how it stands to the other hits of this question only.

    What it is made of compares between questions: `lexical` is the BM25 score (0 where no word is shared), `dense` the
    cosine with the question, `late` the mean cosine of its word pieces, weighted by rarity (None where not looked at).
    `duplicates` are the ids of worse hits whose words stand in this passage.
    """

    passage: Passage
    score: float
    rank: int
    lexical: float
    dense: float
    late: float | None
    duplicates: tuple[str, ...] = ()


def retrieve(
    index: Index,
    query: str,
    *,
    embedder: Encoder,
    limit: int = 10,
    expansions: Sequence[tuple[str, float]] = (),
    meaning: str | None = None,
    kinds: frozenset[PassageKind] | None = None,
) -> list[Hit]:
    """At most `limit` hits, best first, of all kinds but references, or of `kinds`.

    `expansions` are phrases to look for besides the query, each with a weight (the words of the query have 1; a word in
    both counts once, with the larger weight). `meaning` is what the model reads in place of the query.

    Raises EmptyQuestion where the query has no word.
    """
    if not any(character.isalnum() for character in query):
        raise EmptyQuestion("the question holds no word", remedy='calcrag search "…"')
    kinds = kinds if kinds is not None else frozenset(PassageKind) - {PassageKind.REFERENCE}
    asked = _asked(meaning or query, embedder, tokens=index.tokens is not None)
    lexical = np.where(index.of_kinds(kinds), index.lexical.scores(_weights(query, expansions)), 0.0)
    rows = np.union1d(_largest(lexical, DEPTH), index.nearest(asked.vector, DEPTH, kinds=kinds))
    if not len(rows):
        return []
    cosines = index.cosines(asked.vector, rows)
    sentences = index.statement_cosines(asked.vector, rows)
    # A passage without statements, as a reference is, stands for its one sentence itself.
    dense = cosines if sentences is None else cosines + np.where(np.isnan(sentences), cosines, sentences)
    scores = (1 - DENSE_WEIGHT) * _scaled(lexical[rows]) + DENSE_WEIGHT * _scaled(dense)
    scores, late = _with_late(index, asked, rows, scores)
    scores = np.round(scores, 5)

    place = {row: n for n, row in enumerate(rows.tolist())}
    ordered = sorted(place, key=lambda row: (-scores[place[row]], index.passages[row].id))
    folded = _folded(index, ordered)[:limit]
    return [
        Hit(
            passage=index.passages[row],
            score=float(scores[place[standing]]),
            rank=rank,
            lexical=round(float(lexical[row]), 5),
            dense=float(cosines[place[row]]),
            late=late.get(place[row]),
            duplicates=tuple(index.passages[other].id for other in others),
        )
        for rank, (standing, row, others) in enumerate(folded, 1)
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question before the model: its vector (dimension,), its word pieces (t,) and their vectors (t, …)."""

    vector: NDArray[np.float32]
    token_ids: NDArray[np.int32]
    token_vectors: NDArray[np.int8]


def _asked(text: str, embedder: Encoder, *, tokens: bool) -> _Asked:
    if not tokens:
        return _Asked(embedder.encode([text])[0], *no_tokens())
    encoded = embedder.encode_with_tokens([text])
    return _Asked(encoded.vectors[0], encoded.token_ids[0], encoded.token_vectors[0])


def _weights(query: str, expansions: Sequence[tuple[str, float]]) -> dict[str, float]:
    weights = query_terms(query)
    added: dict[str, float] = {}
    for phrase, weight in expansions:
        for term, share in query_terms(phrase, weight=weight).items():
            # The larger, not the sum: ten synonyms with one word in common must not make it ten times as heavy.
            added[term] = max(added.get(term, 0.0), share)
    return {term: max(weights.get(term, 0.0), added.get(term, 0.0)) for term in [*weights, *added]}


def _largest(values: _Scores, count: int) -> _Rows:
    """The rows of the `count` largest values above 0; of equal ones the first."""
    rows = np.flatnonzero(values > 0)
    if len(rows) > count:
        least = np.partition(values[rows], -count)[-count]
        rows = rows[values[rows] >= least]
    return rows[np.lexsort((rows, -values[rows]))][:count]


def _scaled(values: _Scores) -> _Scores:
    """Values from 0 to 1: the largest is 1, the `DEPTH`-th largest, and all below it, are 0."""
    lowest = np.sort(values)[-DEPTH:][0]
    span = values.max() - lowest
    return np.clip((values - lowest) / span, 0.0, 1.0) if span > 0 else (values > 0).astype(np.float64)


def _with_late(index: Index, asked: _Asked, rows: _Rows, scores: _Scores) -> tuple[_Scores, dict[int, float]]:
    """Scores, the first `LATE_DEPTH` in a new order among themselves; and the late score by place in `rows`."""
    if index.tokens is None or not len(asked.token_ids):
        return scores, {}
    first = np.lexsort((rows, -np.round(scores, 5)))[:LATE_DEPTH]
    late = _late(index.tokens, asked, rows[first], passages=len(index.passages))
    span = late.max() - late.min()
    best, least = scores[first].max(), scores[first].min()
    if span > 0:
        # Stretched over the scores of these passages, so that none falls behind one that was not looked at.
        stretched = least + (best - least) * (late - late.min()) / span
        scores = scores.copy()
        scores[first] = (1 - LATE_WEIGHT) * scores[first] + LATE_WEIGHT * stretched
    return scores, dict(zip(first.tolist(), late.tolist(), strict=True))


def _late(tokens: Tokens, asked: _Asked, rows: _Rows, *, passages: int) -> _Scores:
    """For each row how well the question's word pieces are met, −1 to 1, rare ones weighing more.

    For every word piece the nearest one is taken out of two neighbouring blocks of the passage, and the best two blocks
    stand for it: what is asked for together should stand together.
    """
    known = np.append(tokens.frequencies, 0)[np.minimum(asked.token_ids, len(tokens.frequencies))]
    weights = np.log(1 + (passages - known + 0.5) / (known + 0.5))
    spans = [slice(*tokens.starts[row : row + 2]) for row in rows.tolist()]
    lengths = np.array([span.stop - span.start for span in spans])
    blocks = -(-lengths // LATE_BLOCK)
    # Whole numbers below 2**24: their sums are exact as float32, in whatever order a machine adds them up.
    vectors = np.concatenate([tokens.vectors[span] for span in spans]).astype(np.float32)
    dots = vectors @ asked.token_vectors.T.astype(np.float32)
    begins = np.repeat(np.cumsum(lengths) - lengths, blocks) + LATE_BLOCK * _counted(blocks)
    nearest = np.maximum.reduceat(dots, begins, axis=0)
    same_passage = np.repeat(np.arange(len(rows)), blocks)
    joined = nearest.copy()
    follows = np.flatnonzero(same_passage[1:] == same_passage[:-1])
    joined[follows] = np.maximum(nearest[follows], nearest[follows + 1])
    met = joined.astype(np.float64) @ (weights / (weights.sum() * TOKEN_SCALE**2))
    best = np.full(len(rows), -1.0)
    np.maximum.at(best, same_passage, met)
    return np.round(best, 5)


def _counted(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, … up to each length, one after the other."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def _folded(index: Index, ordered: Sequence[int]) -> list[tuple[int, int, list[int]]]:
    """Rows in order, those whose words stand in a better one folded: whose place it is, the row shown, the rows folded.

    A passage is never folded into one of a source that copies from its own: where such a copy stands first and says no
    more, the original takes its place, else both stay.
    """
    kept: list[tuple[int, int, list[int]]] = []
    place: dict[int, int] = {}  # row shown → position in `kept`
    for row in ordered:
        better = next((other for other in index.covering(row) if other in place), None)
        copy = next((r for r in index.covered(row) if r in place and _copies(index, r, row)), None)
        if better is not None and not _copies(index, better, row):
            kept[place[better]][2].append(row)
        elif copy is not None:
            place[row] = position = place.pop(copy)
            standing, _, others = kept[position]
            kept[position] = (standing, row, [copy, *others])
        else:
            place[row] = len(kept)
            kept.append((row, row, []))
    return kept


def _copies(index: Index, row: int, other: int) -> bool:
    """True where the source of a passage copies from the source of another one."""
    return index.passages[other].source in index.copies_from[index.passages[row].source]
