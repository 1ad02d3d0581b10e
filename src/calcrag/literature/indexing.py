"""Articles and passages → a generation of the index, made beside the live one and switched to when it is whole.

A passage whose id stands in the generation before keeps its vectors, terms and shingles: it is never embedded again.
What fails or is interrupted leaves the live generation as it was. Must never: make two generations of the same input
with different names, or take over anything from a generation that is damaged.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calcrag.errors import CorpusMismatch, DamagedIndex, NoIndex, RequestError, StaleIndex
from calcrag.literature import generations as store
from calcrag.literature.article import Article
from calcrag.literature.duplicates import covered_by, shingles
from calcrag.literature.embedding import TOKEN_DIMENSION
from calcrag.literature.index import (
    KINDS,
    LEXICAL_FOLDER,
    Index,
    IndexFile,
    Settings,
    current_analysis,
    generation_files,
    write_vectors,
)
from calcrag.literature.integrity import Check, verify
from calcrag.literature.lexical import build_lexical
from calcrag.literature.manifest import IndexedSource, Manifest
from calcrag.literature.passages import Passage
from calcrag.literature.serialise import canonical, to_line
from calcrag.literature.statements import Statement
from calcrag.literature.windows import EmbeddedPassage, Encoder, embed_passages, statement_text

__all__ = ["BuildReport", "Check", "build", "rollback", "verify"]

_BATCH = 64


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, in passages: `added` and `removed` against the generation before, `kept` in both, `embedded`
    by the model. `switched` is False where the live generation already was the one asked for.
    """

    generation: str
    digest: str
    added: int
    kept: int
    removed: int
    embedded: int
    switched: bool


Progress = Callable[[int, int], None]
"""Is told how many of how many texts are embedded."""


class _Content:
    """What a generation is made of, as values and as the lines in which they are stored."""

    def __init__(
        self, articles: Sequence[Article], passages: Sequence[Passage], statements: Sequence[Statement]
    ) -> None:
        self.articles = tuple(articles)
        self.passages = tuple(passages)
        self.statements = tuple(statements)

    @cached_property
    def lines(self) -> dict[IndexFile, list[bytes]]:
        return {
            IndexFile.ARTICLES: [to_line(article) for article in self.articles],
            IndexFile.PASSAGES: [to_line(passage) for passage in self.passages],
            IndexFile.STATEMENTS: [to_line(statement) for statement in self.statements],
        }


def build(
    articles: Sequence[Article],
    passages: Sequence[Passage],
    *,
    folder: Path,
    embedder: Encoder,
    settings: Settings,
    statements: Sequence[Statement] = (),
    tokens: bool = True,
    rebuild: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Makes a generation of these articles and passages, in their order, and makes it the live one.

    `settings` are those by which the passages were cut. `statements` are stored with a vector each, and make retrieval
    look at single sentences; `tokens` stores word pieces for late interaction. `rebuild` takes nothing over from the
    generation before. Whatever fails or interrupts the build, the live generation stays as it was.

    Raises RequestError where another process is writing, or there is no passage; CorpusMismatch where passages or
    statements do not fit the articles; DamagedIndex where the generation before cannot be trusted.
    """
    content = _Content(articles, passages, statements)
    _require_fitting(content)
    with store.writing(folder):
        live = _live(folder, tolerant=rebuild)
        previous = None if rebuild else live
        planned = _planned(content, embedder=embedder, settings=settings, tokens=tokens)
        name = planned.digest[:16]
        embedded = 0
        switched = previous is None or previous.generation != name
        if switched and not rebuild and Index.is_intact(store.generation_folder(folder, name)):
            store.install(folder, name, None)
        elif switched:
            with store.staging(folder) as staged:
                embedded = _write(staged, content, planned, embedder, previous, progress)
                store.install(folder, name, staged)
        before = {passage.id for passage in live.passages} if live else set()
        now = {passage.id for passage in passages}
        return BuildReport(
            generation=name,
            digest=planned.digest,
            added=len(now - before),
            kept=len(now & before),
            removed=len(before - now),
            embedded=embedded,
            switched=switched,
        )


def rollback(folder: Path) -> str:
    """Makes the newest sound generation before the live one live again; returns its name.

    Raises RequestError where there is none, or another process is writing.
    """
    with store.writing(folder):
        return store.roll_back(folder, intact=Index.is_intact)


def _live(folder: Path, *, tolerant: bool) -> Index | None:
    """The live generation, whatever it was made with; None where there is none, or none that this version can read.

    Raises DamagedIndex unless `tolerant`, which is for a build that takes nothing over from it.
    """
    try:
        return Index.open_generation(
            store.generation_folder(folder, name := store.current_generation(folder)),
            remedy=store.damage_remedy(folder, name),
        )
    except (NoIndex, StaleIndex):
        return None
    except DamagedIndex:
        if tolerant:
            return None
        raise


def _require_fitting(content: _Content) -> None:
    if not content.passages:
        raise RequestError("there is nothing to index: no passage", remedy="add sources to the corpus")
    texts = {article.key: article.text for article in content.articles}
    if len(texts) != len(content.articles):
        raise CorpusMismatch("two articles have the same key", remedy="give each source a key of its own")
    seen: set[str] = set()
    for passage in content.passages:
        if passage.id in seen:
            raise CorpusMismatch(f"two passages have the id {passage.id}", where=passage.source)
        seen.add(passage.id)
    runs: list[Passage | Statement] = [*content.passages, *content.statements]
    for run in runs:
        if texts.get(run.source, "")[run.start : run.end] != run.text:
            raise CorpusMismatch(f"not in its article at {run.start}: {run.text[:60]!r}", where=run.source)


def _planned(content: _Content, *, embedder: Encoder, settings: Settings, tokens: bool) -> Manifest:
    """The manifest before there are files: it has the digest already."""
    corpus = sha256()
    for lines in content.lines.values():
        for line in lines:
            corpus.update(line)
    return Manifest(
        model_name=embedder.name,
        model_digest=embedder.digest,
        dimension=embedder.dimension,
        analysis=current_analysis(),
        tokens=tokens,
        settings=dict(settings),
        corpus=corpus.hexdigest(),
        sources=tuple(IndexedSource(article.key, article.copies_from) for article in content.articles),
        passages=len(content.passages),
        statements=len(content.statements),
        most_windows=1,
        files={},
    )


def _write(
    folder: Path,
    content: _Content,
    planned: Manifest,
    embedder: Encoder,
    previous: Index | None,
    progress: Progress | None,
) -> int:
    """Writes every file of a generation; returns how many passages were embedded."""
    for name in generation_files(tokens=planned.tokens):
        (folder / name).parent.mkdir(exist_ok=True)
    for name, lines in content.lines.items():
        (folder / name).write_bytes(b"".join(lines))
    kinds = [KINDS.index(passage.kind) for passage in content.passages]
    np.save(folder / IndexFile.KINDS, np.array(kinds, dtype=np.uint8))

    analysed = _reusable(content.passages, previous, "analysis", planned)
    _write_lexical(folder / LEXICAL_FOLDER, content.passages, analysed, previous)
    _write_duplicates(folder, content.passages, analysed, previous)

    known = _reusable(content.passages, previous, "model_digest", planned)
    if planned.tokens and previous and previous.tokens is None:
        known = {}
    fresh = [passage for row, passage in enumerate(content.passages) if row not in known]
    spoken = _spoken(content.lines[IndexFile.STATEMENTS], previous, planned)
    told = _Told(progress, len(fresh) + sum(row is None for row in spoken))
    embedded = _embed(content.passages, known, embedder, previous, tokens=planned.tokens, told=told)
    write_vectors(folder / IndexFile.VECTORS, embedded)
    if planned.tokens:
        _write_tokens(folder, embedded)
    vectors = _embed_statements(content.statements, spoken, embedder, previous, told=told)
    np.save(folder / IndexFile.STATEMENT_VECTORS, vectors)
    np.save(folder / IndexFile.STATEMENT_PASSAGES, _passages_around(content.statements, content.passages))

    files = {name: store.sha256_of_file(folder / name) for name in generation_files(tokens=planned.tokens)}
    most = max(len(passage.vectors) for passage in embedded)
    replace(planned, most_windows=most, files=files).write(folder)
    return len(fresh)


def _reusable(passages: Sequence[Passage], previous: Index | None, made_with: str, planned: Manifest) -> dict[int, int]:
    """Rows of passages that the previous generation has too, with their rows there; none if it was made otherwise."""
    if previous is None or getattr(previous.manifest, made_with) != getattr(planned, made_with):
        return {}
    return {row: old for row, passage in enumerate(passages) if (old := previous.row(passage.id)) is not None}


def _write_lexical(folder: Path, passages: Sequence[Passage], known: Mapping[int, int], previous: Index | None) -> None:
    documents = [known.get(row, (passage.heading, passage.text)) for row, passage in enumerate(passages)]
    build_lexical(documents, previous=previous.lexical if previous else None).save(folder)


def _write_duplicates(
    folder: Path, passages: Sequence[Passage], known: Mapping[int, int], previous: Index | None
) -> None:
    sketches = [
        previous.shingles[known[row]] if previous and row in known else shingles(passage.text)
        for row, passage in enumerate(passages)
    ]
    np.save(folder / IndexFile.SHINGLES, np.concatenate(sketches))
    np.save(folder / IndexFile.SHINGLE_STARTS, _starts(len(sketch) for sketch in sketches))
    covering: dict[str, list[int]] = {}
    for row, other in covered_by(sketches):
        covering.setdefault(str(row), []).append(other)
    (folder / IndexFile.COVERED).write_bytes(canonical(covering) + b"\n")


def _starts(lengths: Iterable[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *lengths], dtype=np.int64)


class _Told:
    """Counts texts as they are embedded, and tells whoever wants to know."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def more(self, count: int) -> None:
        self._done += count
        if self._progress:
            self._progress(self._done, self._total)


def _embed(
    passages: Sequence[Passage],
    known: Mapping[int, int],
    embedder: Encoder,
    previous: Index | None,
    *,
    tokens: bool,
    told: _Told,
) -> list[EmbeddedPassage]:
    made: dict[int, EmbeddedPassage] = {}
    if previous is not None:
        made.update(zip(known, previous.embedded(list(known.values())), strict=True))
    missing = [row for row in range(len(passages)) if row not in made]
    for first in range(0, len(missing), _BATCH):
        batch = missing[first : first + _BATCH]
        texts = [passages[row] for row in batch]
        made.update(zip(batch, embed_passages(texts, embedder, tokens=tokens), strict=True))
        told.more(len(batch))
    return [made[row] for row in range(len(passages))]


def _spoken(lines: Sequence[bytes], previous: Index | None, planned: Manifest) -> list[int | None]:
    """For each statement its row in the previous generation; None for one that is not there as it is here."""
    if previous is None or previous.manifest.model_digest != planned.model_digest:
        return [None] * len(lines)
    rows = {line: row for row, line in enumerate(previous.statements.lines)}
    return [rows.get(line) for line in lines]


def _embed_statements(
    statements: Sequence[Statement],
    spoken: Sequence[int | None],
    embedder: Encoder,
    previous: Index | None,
    *,
    told: _Told,
) -> NDArray[np.float32]:
    vectors = np.zeros((len(statements), embedder.dimension), dtype=np.float32)
    missing = [row for row, old in enumerate(spoken) if old is None]
    if previous is not None:
        kept = [row for row, old in enumerate(spoken) if old is not None]
        vectors[kept] = previous.statement_vectors[[old for old in spoken if old is not None]]
    for first in range(0, len(missing), _BATCH):
        batch = missing[first : first + _BATCH]
        vectors[batch] = embedder.encode([statement_text(statements[row]) for row in batch])
        told.more(len(batch))
    return vectors


def _passages_around(statements: Sequence[Statement], passages: Sequence[Passage]) -> NDArray[np.int32]:
    """The row of the passage in which each statement's own sentence lies, -1 where it lies in none whole."""
    places: dict[str, list[tuple[int, int, int]]] = {}
    for row, passage in enumerate(passages):
        places.setdefault(passage.source, []).append((passage.start, row, passage.end))
    for spans in places.values():
        spans.sort()
    found = np.full(len(statements), -1, dtype=np.int32)
    for number, statement in enumerate(statements):
        spans = places.get(statement.source, [])
        position = bisect_right(spans, statement.core_start, key=itemgetter(0)) - 1
        if position >= 0 and statement.end <= spans[position][2]:
            found[number] = spans[position][1]
    return found


def _write_tokens(folder: Path, passages: Sequence[EmbeddedPassage]) -> None:
    starts = _starts(len(passage.token_ids) for passage in passages)
    ids = np.concatenate([passage.token_ids for passage in passages])
    with (folder / IndexFile.LATE_VECTORS).open("wb") as file:
        # Written passage by passage: as one array the word pieces of a large corpus would be in memory twice.
        header = {"descr": "|i1", "fortran_order": False, "shape": (len(ids), TOKEN_DIMENSION)}
        np.lib.format.write_array_header_1_0(file, header)
        file.writelines(np.ascontiguousarray(passage.token_vectors).tobytes() for passage in passages)
    np.save(folder / IndexFile.LATE_IDS, ids)
    np.save(folder / IndexFile.LATE_STARTS, starts)
    width = int(ids.max(initial=0)) + 1
    # Sorted by hand: for so many numbers np.unique, which hashes, takes ten times as long.
    in_passages = np.sort(np.repeat(np.arange(len(passages), dtype=np.int64) * width, np.diff(starts)) + ids)
    first = np.append(True, in_passages[1:] != in_passages[:-1])[: len(ids)]
    frequencies = np.bincount(in_passages[first] % width, minlength=width)
    np.save(folder / IndexFile.LATE_FREQUENCIES, frequencies.astype(np.int32))
