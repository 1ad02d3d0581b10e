"""An index folder → a list of checks, each with what was found and the command that mends it.

Opening an index proves that its files are as they were written. This proves besides that they belong together: that
every passage stands in its article, and that vectors and terms are those of the passages. Must never: change anything,
or call a check passed that could not be made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calcrag.errors import DamagedIndex, NoIndex, StaleIndex
from calcrag.literature import generations as store
from calcrag.literature.index import KINDS, Index, IndexFile, Settings
from calcrag.literature.lexical import build_lexical
from calcrag.literature.passages import Passage
from calcrag.literature.statements import Statement
from calcrag.literature.windows import Encoder, embed_passages, statement_text

__all__ = ["VECTOR_TOLERANCE", "Check", "verify"]

VECTOR_TOLERANCE = 1e-3
"""How far a number of a vector may lie from the stored one: backends and machines differ by about 1e-6."""

EMBEDDED_SAMPLE = 16
ANALYSED_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: `detail` says what was found, `remedy` is the command that mends what failed."""

    name: str
    ok: bool
    detail: str
    remedy: str | None = None


def verify(folder: Path, *, embedder: Encoder | None = None, settings: Settings | None = None) -> tuple[Check, ...]:
    """All checks of the live generation, in the order in which they were made.

    Those that a failed one makes impossible are left out. Without `embedder` no vector is computed again.
    """
    try:
        index = Index.open(folder)
    except (NoIndex, StaleIndex, DamagedIndex) as error:
        return (Check("files", ok=False, detail=error.what, remedy=error.remedy),)
    with index:
        return (
            Check("files", ok=True, detail=f"generation {index.generation}: every file is as it was written"),
            _made_as_asked(index, embedder, settings),
            *_structure(index, store.generation_folder(folder, index.generation)),
            *(_vectors(index, embedder) if embedder else ()),
            _earlier(folder, index.generation),
        )


def _check(name: str, faults: Sequence[str], good: str) -> Check:
    if not faults:
        return Check(name, ok=True, detail=good)
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return Check(name, ok=False, detail=faults[0] + more, remedy=store.REBUILD)


def _made_as_asked(index: Index, embedder: Encoder | None, settings: Settings | None) -> Check:
    try:
        index.require(embedder=embedder, settings=settings)
    except StaleIndex as error:
        return Check("settings", ok=False, detail=error.what, remedy=error.remedy)
    return Check("settings", ok=True, detail="format, analysis, model and passage settings are those asked for")


def _structure(index: Index, folder: Path) -> Iterator[Check]:
    yield _check("counts", list(_miscounted(index)), f"{len(index.passages)} passages in every file")
    yield _check("passages", list(_misplaced(index, index.passages)), "every passage stands in its article")
    yield _check("statements", list(_misplaced(index, index.statements)), "every statement stands in its article")
    corpus = sha256()
    for name in (IndexFile.ARTICLES, IndexFile.PASSAGES, IndexFile.STATEMENTS):
        corpus.update((folder / name).read_bytes())
    faults = [] if corpus.hexdigest() == index.manifest.corpus else ["the digest is of other articles or passages"]
    yield _check("digest", faults, f"the digest is that of its content: {index.digest[:16]}…")
    yield _check("terms", list(_misindexed(index)), "the terms are those of the passages")


def _miscounted(index: Index) -> Iterator[str]:
    passages, statements = index.manifest.passages, index.manifest.statements
    counts = {
        "passages": (len(index.passages), passages),
        "kinds": (len(index.kinds), passages),
        "terms": (len(index.lexical), passages),
        "shingles": (len(index.shingles.starts) - 1, passages),
        "vectors": (index.embedded_count(), passages),
        "statements": (len(index.statements), statements),
        "vectors of statements": (len(index.statement_vectors), statements),
        "places of statements": (len(index.statement_passages), statements),
        "articles": (len(index.articles), len(index.manifest.sources)),
    }
    if index.tokens is not None:
        counts["word pieces"] = (len(index.tokens.starts) - 1, passages)
    yield from (f"{name}: {found} where {due} belong" for name, (found, due) in counts.items() if found != due)
    if not np.array_equal(index.kinds, [KINDS.index(passage.kind) for passage in index.passages]):
        yield "a passage is of another kind than the index says"


def _misplaced(index: Index, runs: Sequence[Passage] | Sequence[Statement]) -> Iterator[str]:
    seen: set[str] = set()
    for run in runs:
        if run.source not in index.articles:
            yield f"no article {run.source!r}"
        elif index.articles[run.source].text[run.start : run.end] != run.text:
            yield f"not in {run.source} at {run.start}: {run.text[:40]!r}"
        if isinstance(run, Passage):
            if run.id in seen:
                yield f"two passages have the id {run.id}"
            seen.add(run.id)


def _misindexed(index: Index) -> Iterator[str]:
    rows = _spread(len(index.passages), ANALYSED_SAMPLE)
    again = build_lexical([(index.passages[row].heading, index.passages[row].text) for row in rows])
    held = build_lexical(rows, previous=index.lexical)
    if again.vocabulary != held.vocabulary:
        yield f"the passages do not have the term {min(set(again.vocabulary) ^ set(held.vocabulary))!r}"
    for field in ("starts", "rows", "counts", "lengths", "pair_keys", "pair_starts", "pair_rows", "pair_counts"):
        if not np.array_equal(getattr(again, field), getattr(held, field)):
            yield f"the {field.replace('_', ' ')} of terms are not those of the passages"


def _vectors(index: Index, embedder: Encoder) -> Iterator[Check]:
    if embedder.digest != index.manifest.model_digest:
        yield Check(
            "vectors",
            ok=False,
            detail="not looked at: the model is another one",
            remedy="calcrag index",
        )
        return
    rows = _spread(len(index.passages), EMBEDDED_SAMPLE)
    again = list(embed_passages([index.passages[row] for row in rows], embedder, tokens=index.tokens is not None))
    faults = []
    for row, new, old in zip(rows, again, index.embedded(rows), strict=True):
        if not _near(new.vectors, old.vectors):
            faults.append(f"the vector of passage {index.passages[row].id} is not that of its text")
        elif not np.array_equal(new.token_ids, old.token_ids):
            faults.append(f"the word pieces of passage {index.passages[row].id} are not those of its text")
    yield _check("vectors", faults, f"{len(rows)} passages embedded again have the vectors that are stored")
    rows = _spread(len(index.statements), EMBEDDED_SAMPLE)
    if rows:
        vectors = embedder.encode([statement_text(index.statements[row]) for row in rows])
        near = _near(vectors, index.statement_vectors[rows])
        faults = [] if near else ["the vectors of statements are not those of their text"]
        yield _check("statement vectors", faults, f"{len(rows)} statements embedded again have theirs")


def _near(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    return one.shape == other.shape and bool(np.abs(one - other).max(initial=0.0) <= VECTOR_TOLERANCE)


def _spread(count: int, most: int) -> list[int]:
    """At most so many numbers below `count`, evenly spread: the same ones every time."""
    return sorted({int(row) for row in np.linspace(0, count - 1, min(count, most))}) if count else []


def _earlier(folder: Path, live: str) -> Check:
    """Whether there is something to roll back to; that there is nothing is no fault."""
    names = store.generations(folder)
    earlier = names[: names.index(live)] if live in names else names
    damaged = [name for name in earlier if not Index.is_intact(store.generation_folder(folder, name))]
    if damaged:
        detail = f"generation {damaged[0]} is damaged; a roll back passes over it"
        return Check("earlier generations", ok=False, detail=detail, remedy=store.REBUILD)
    return Check("earlier generations", ok=True, detail=f"{len(earlier)} to go back to")
