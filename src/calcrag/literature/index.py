"""One generation of the index: a folder of plain files, written by `indexing`, opened here, immutable in between.

    manifest.json        what it was made of, and the hash of every file below
    articles.jsonl       an Article a line
    passages.jsonl       a Passage a line; the number of the line, from 0, is its row everywhere else
    kinds.npy            the kind of each passage, as its place in `KINDS`
    vectors.faiss        a unit vector for each window of a passage, under the passage's row
    late/…               the word pieces of each passage, for late interaction (an option)
    statements.jsonl     a Statement a line (or none); its unit vector in statements.npy, and in statement_passages.npy
                         the row of the passage that it lies in, -1 for none
    lexical/…            see `lexical`                duplicates/…     see `duplicates`

Must never: change a file, take the name of a file from data, unpickle anything, or open what is not as it was written.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from calcrag.errors import DamagedIndex, StaleIndex, UnknownName
from calcrag.literature import generations as store
from calcrag.literature.article import Article
from calcrag.literature.duplicates import RULES
from calcrag.literature.lexical import LEXICAL_FILES, LexicalIndex, analysis_digest
from calcrag.literature.manifest import IndexedSource, Manifest, ManifestFault, OtherFormat, Setting
from calcrag.literature.passages import Passage, PassageKind
from calcrag.literature.serialise import canonical, from_line
from calcrag.literature.statements import Statement
from calcrag.literature.windows import EmbeddedPassage, Encoder, no_tokens

__all__ = [
    "KINDS",
    "LEXICAL_FOLDER",
    "Index",
    "IndexFile",
    "Lines",
    "Runs",
    "Settings",
    "Tokens",
    "current_analysis",
    "generation_files",
    "write_vectors",
]

KINDS = tuple(PassageKind)

UPDATE = "calcrag index"

Value = TypeVar("Value")
Settings = Mapping[str, Setting]


class IndexFile(StrEnum):
    """The files of a generation besides its manifest and those of `lexical`."""

    ARTICLES = "articles.jsonl"
    PASSAGES = "passages.jsonl"
    KINDS = "kinds.npy"
    VECTORS = "vectors.faiss"
    STATEMENTS = "statements.jsonl"
    STATEMENT_VECTORS = "statements.npy"
    STATEMENT_PASSAGES = "statement_passages.npy"
    SHINGLES = "duplicates/shingles.npy"
    SHINGLE_STARTS = "duplicates/shingle_starts.npy"
    COVERED = "duplicates/covered.json"
    LATE_VECTORS = "late/vectors.npy"
    LATE_IDS = "late/ids.npy"
    LATE_STARTS = "late/starts.npy"
    LATE_FREQUENCIES = "late/frequencies.npy"


LEXICAL_FOLDER = "lexical"


def generation_files(*, tokens: bool) -> tuple[str, ...]:
    """The names below its folder of all files that a generation has besides its manifest."""
    own = [str(name) for name in IndexFile if tokens or not name.startswith("late/")]
    return (*own, *(f"{LEXICAL_FOLDER}/{name}" for name in LEXICAL_FILES))


class Lines(Sequence[Value]):
    """The values of a JSON lines file, each made out of its line when it is first asked for."""

    def __init__(self, path: Path, kind: type[Value]) -> None:
        self.lines = path.read_bytes().splitlines(keepends=True)
        self._kind = kind
        self._made: dict[int, Value] = {}

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, row: int) -> Value: ...
    @overload
    def __getitem__(self, row: slice) -> list[Value]: ...
    def __getitem__(self, row: int | slice) -> Value | list[Value]:
        if isinstance(row, slice):
            return [self[number] for number in range(*row.indices(len(self)))]
        row = range(len(self))[row]
        if row not in self._made:
            self._made[row] = from_line(self._kind, self.lines[row])
        return self._made[row]


class _Articles(Mapping[str, Article]):
    """Articles by key, each made when it is first asked for."""

    def __init__(self, lines: Lines[Article], sources: Sequence[IndexedSource]) -> None:
        self._lines = lines
        self._rows = {source.key: row for row, source in enumerate(sources)}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __getitem__(self, key: str) -> Article:
        return self._lines[self._rows[key]]


@dataclass(frozen=True, slots=True)
class Runs:
    """Numbers of passages, run after run: `values[starts[row]:starts[row + 1]]` are those of a row."""

    values: NDArray[np.uint32]
    starts: NDArray[np.int64]

    def __getitem__(self, row: int) -> NDArray[np.uint32]:
        return self.values[self.starts[row] : self.starts[row + 1]]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The word pieces of all passages: `starts[row]:starts[row + 1]` are those of a row.

    `vectors` is int8 (t, TOKEN_DIMENSION), `ids` int32 (t,); `frequencies[id]` is how many passages have a word piece.
    """

    vectors: NDArray[np.int8]
    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    frequencies: NDArray[np.int32]


class Index:
    """One generation, held open: another process may build, roll back or delete without disturbing it.

    `passages` are in rows 0 … n−1, `articles` by key; `lexical` scores rows; `generation` and `digest` name what is
    open; `shingles` and `tokens` (None where none are stored) are numbers by row.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self.digest = manifest.digest
        self.generation = manifest.digest[:16]
        self.passages: Sequence[Passage] = Lines(folder / IndexFile.PASSAGES, Passage)
        self.statements: Lines[Statement] = Lines(folder / IndexFile.STATEMENTS, Statement)
        self.articles: Mapping[str, Article] = _Articles(Lines(folder / IndexFile.ARTICLES, Article), manifest.sources)
        self.copies_from = {source.key: frozenset(source.copies_from) for source in manifest.sources}
        self.lexical = LexicalIndex.load(folder / LEXICAL_FOLDER)
        self.kinds: NDArray[np.uint8] = _mapped(folder / IndexFile.KINDS)
        self.statement_vectors: NDArray[np.float32] = _mapped(folder / IndexFile.STATEMENT_VECTORS)
        self.statement_passages: NDArray[np.int32] = _mapped(folder / IndexFile.STATEMENT_PASSAGES)
        self.shingles = Runs(_mapped(folder / IndexFile.SHINGLES), _mapped(folder / IndexFile.SHINGLE_STARTS))
        self.tokens = _tokens(folder) if manifest.tokens else None
        covered = json.loads((folder / IndexFile.COVERED).read_bytes())
        self._covering = {int(row): tuple(others) for row, others in covered.items()}
        # Mapped now and read later: the generation may be deleted in between.
        self._vector_bytes = np.memmap(folder / IndexFile.VECTORS, dtype=np.uint8, mode="r")
        self._selections: dict[frozenset[PassageKind], Any] = {}

    @classmethod
    def open(cls, folder: Path, *, embedder: Encoder | None = None, settings: Settings | None = None) -> Self:
        """The live generation of an index folder, every file of it compared with its hash.

        Raises NoIndex; StaleIndex where it was made by another format, analysis, model than `embedder` or passage
        settings than `settings` (each compared if given); DamagedIndex. Each says which command mends it.
        """
        name = store.current_generation(folder)
        opened = cls.open_generation(store.generation_folder(folder, name), remedy=store.damage_remedy(folder, name))
        opened.require(embedder=embedder, settings=settings)
        return opened

    @classmethod
    def open_generation(cls, path: Path, *, remedy: str = store.REBUILD) -> Self:
        """A generation by its own folder; raises StaleIndex for another format, DamagedIndex."""
        try:
            manifest = Manifest.read(path)
        except OtherFormat as error:
            raise StaleIndex(f"the index has {error}", where=str(path), remedy=UPDATE) from error
        except ManifestFault as error:
            raise DamagedIndex(str(error), where=str(path), remedy=remedy) from error
        faults = manifest.faults(path, generation_files(tokens=manifest.tokens))
        if manifest.digest[:16] != path.name:
            faults.append(f"the folder holds generation {manifest.digest[:16]}")
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            raise DamagedIndex(f"the index is damaged: {faults[0]}{more}", where=str(path), remedy=remedy)
        return cls(path, manifest)

    @classmethod
    def is_intact(cls, path: Path) -> bool:
        """True where a generation can be opened by this version."""
        if not path.is_dir():
            return False
        try:
            cls.open_generation(path).close()
        except (DamagedIndex, StaleIndex):
            return False
        return True

    def require(self, *, embedder: Encoder | None = None, settings: Settings | None = None) -> None:
        """Raises StaleIndex where the index was made otherwise than is now asked for."""
        reasons = []
        if self.manifest.analysis != current_analysis():
            reasons.append("words are now analysed otherwise")
        if embedder is not None and self.manifest.model_digest != embedder.digest:
            reasons.append(f"it was made with the model {self.manifest.model_name}, not with {embedder.name}")
        if settings is not None and dict(self.manifest.settings) != dict(settings):
            reasons.append("passages are now cut otherwise")
        if reasons:
            raise StaleIndex(
                f"the index is out of date: {'; '.join(reasons)}", where=f"generation {self.generation}", remedy=UPDATE
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the files; the index cannot be searched afterwards."""
        for name in ("vectors", "_vector_bytes", "statement_vectors", "shingles", "tokens", "lexical", "kinds"):
            self.__dict__.pop(name, None)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {passage.id: row for row, passage in enumerate(self.passages)}

    def passage(self, identity: str) -> Passage:
        """The passage with an id; raises UnknownName."""
        row = self._rows.get(identity)
        if row is None:
            raise UnknownName(f"there is no passage {identity!r}", where=f"generation {self.generation}")
        return self.passages[row]

    def row(self, identity: str) -> int | None:
        """The row of a passage, None where no passage has this id."""
        return self._rows.get(identity)

    @cached_property
    def vectors(self) -> Any:
        """The FAISS index; its ids are rows, and a passage longer than the model's window has several."""
        import faiss

        # Threads of FAISS would compete with those of the model: two such processes on two cores take ten times longer.
        faiss.omp_set_num_threads(1)
        return faiss.deserialize_index(np.asarray(self._vector_bytes))

    def embedded(self, rows: Sequence[int]) -> Iterator[EmbeddedPassage]:
        """What the model made of these passages, as it is stored."""
        owners, vectors = self._windows
        for row in rows:
            first, last = np.searchsorted(owners, [row, row + 1])
            if self.tokens is None:
                yield EmbeddedPassage(vectors[first:last], *no_tokens())
            else:
                span = slice(*self.tokens.starts[row : row + 2])
                yield EmbeddedPassage(vectors[first:last], self.tokens.ids[span], self.tokens.vectors[span])

    def nearest(self, vector: NDArray[np.float32], count: int, *, kinds: frozenset[PassageKind]) -> NDArray[np.int64]:
        """The rows of the `count` passages of some kinds nearest to a unit vector, ascending.

        A passage counts by the nearest of its windows.
        """
        wanted = min(self.vectors.ntotal, count * self.manifest.most_windows)
        _, rows = self.vectors.search(vector[np.newaxis], wanted, params=self._only(kinds))
        found, first = np.unique(rows[0][rows[0] >= 0], return_index=True)
        return np.sort(found[np.argsort(first)[:count]])

    def cosines(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """How near each of these passages is to a unit vector, by the nearest of its windows; five decimals.

        What lies beyond five decimals differs between machines.
        """
        owners, vectors = self._windows
        begins, ends = np.searchsorted(owners, rows), np.searchsorted(owners, rows + 1)
        return _nearest_in_runs(vectors, vector, np.arange(len(owners)), begins, ends)

    def statement_cosines(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """The same for the nearest statement in each passage, NaN where it has none; None in an index without any."""
        if not len(self.statement_passages):
            return None
        owners, order = self._statement_runs
        begins, ends = np.searchsorted(owners, rows), np.searchsorted(owners, rows + 1)
        return _nearest_in_runs(self.statement_vectors, vector, order, begins, ends)

    def embedded_count(self) -> int:
        """How many passages have a vector."""
        return len(np.unique(self._windows[0]))

    @cached_property
    def _statement_runs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The row of the passage of each statement, ascending, and the statements in that order."""
        order = np.argsort(self.statement_passages, kind="stable")
        return self.statement_passages[order].astype(np.int64), order

    @cached_property
    def _windows(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        import faiss

        flat: Any = faiss.downcast_index(self.vectors.index)
        vectors = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d).reshape(flat.ntotal, flat.d)
        return faiss.vector_to_array(self.vectors.id_map), vectors

    def _only(self, kinds: frozenset[PassageKind]) -> Any:
        """What makes FAISS look at passages of some kinds only."""
        import faiss

        if kinds not in self._selections:
            make: Any = faiss  # the stubs know the C++ arguments, not those of Python
            selector = make.IDSelectorBitmap(np.packbits(self.of_kinds(kinds), bitorder="little"))
            self._selections[kinds] = make.SearchParameters(sel=selector)
        return self._selections[kinds]

    def of_kinds(self, kinds: frozenset[PassageKind]) -> NDArray[np.bool_]:
        """For each row whether its passage is of one of these kinds."""
        return np.isin(self.kinds, [KINDS.index(kind) for kind in kinds])

    def covering(self, row: int) -> tuple[int, ...]:
        """The rows of passages that hold nearly all words of this one, in runs; see `duplicates`."""
        return self._covering.get(row, ())

    def covered(self, row: int) -> tuple[int, ...]:
        """The rows of passages of which this one holds nearly all words."""
        return self._covered.get(row, ())

    @cached_property
    def _covered(self) -> dict[int, tuple[int, ...]]:
        covered: dict[int, list[int]] = {}
        for row, others in sorted(self._covering.items()):
            for other in others:
                covered.setdefault(other, []).append(row)
        return {row: tuple(others) for row, others in covered.items()}


def current_analysis() -> str:
    """Changes with the way in which words and copies are found."""
    return sha256(canonical([analysis_digest(), RULES])).hexdigest()[:16]


def _mapped(path: Path) -> Any:
    # As a plain array: a slice of np.memmap takes ten times as long, and late interaction takes many.
    return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)


def _nearest_in_runs(
    vectors: NDArray[np.float32],
    vector: NDArray[np.float32],
    order: NDArray[np.int64],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The largest cosine in each run `order[begin:end]` of unit vectors; NaN for an empty run."""
    lengths = ends - begins
    offsets = np.cumsum(lengths) - lengths
    best = np.full(len(lengths), np.nan)
    if lengths.any():
        places = np.repeat(begins - offsets, lengths) + np.arange(lengths.sum())
        best[lengths > 0] = np.maximum.reduceat(vectors[order[places]] @ vector, offsets[lengths > 0])
    return np.round(best, 5)


def _tokens(folder: Path) -> Tokens:
    return Tokens(
        vectors=_mapped(folder / IndexFile.LATE_VECTORS),
        ids=_mapped(folder / IndexFile.LATE_IDS),
        starts=_mapped(folder / IndexFile.LATE_STARTS),
        frequencies=_mapped(folder / IndexFile.LATE_FREQUENCIES),
    )


def write_vectors(path: Path, passages: Sequence[EmbeddedPassage]) -> None:
    """Write the vectors of passages, in the order of their rows."""
    import faiss

    rows = np.repeat(np.arange(len(passages), dtype=np.int64), [len(passage.vectors) for passage in passages])
    vectors = np.concatenate([passage.vectors for passage in passages])
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
    index.add_with_ids(vectors, rows)
    faiss.write_index(index, str(path))
