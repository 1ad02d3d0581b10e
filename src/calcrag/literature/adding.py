"""Files → sources of a corpus: each file that can be read is copied into it and gets a table in its manifest.

The manifest is written beside itself and renamed; until then a failure, or an interrupt, takes back every copy. Must
never: change a table or a file that is there, take a file twice, or fill in what the file does not print of itself.
"""

import fcntl
import json
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path

from calcrag.citation import Record
from calcrag.errors import CorpusMismatch, RequestError, UnreadableFile
from calcrag.literature.article import SourceKind
from calcrag.literature.corpus import load_manifest
from calcrag.literature.readers import SUFFIXES, read

__all__ = ["Addition", "Declined", "add_files"]

MANIFEST, ARTICLES = "manifest.toml", "articles"
FIRST_LINE = "# One table per source. Bibliographic fields hold only what the source itself prints.\n"
LONGEST_KEY = 60


@dataclass(frozen=True, slots=True)
class Declined:
    """A file that was not taken, and why; `known` where the corpus has it already."""

    name: str
    reason: str
    known: bool = False


@dataclass(frozen=True, slots=True)
class Addition:
    """The keys of the sources that were added, and the files that were not."""

    added: tuple[str, ...]
    declined: tuple[Declined, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file that can be read, with the name that it will have below the corpus folder."""

    key: str
    file: str
    origin: str
    data: bytes
    record: Record
    there: bool  # it lies in the corpus folder already


def add_files(paths: Sequence[Path], corpus: Path) -> Addition:
    """Add files, and the readable files of folders, to a corpus, which is made if need be.

    Raises CorpusMismatch where the manifest is wrong, RequestError where another process is adding.
    """
    (corpus / ARTICLES).mkdir(parents=True, exist_ok=True)
    with _alone(corpus):
        manifest = corpus / MANIFEST
        sources = load_manifest(corpus) if manifest.exists() else ()
        hashes = {source.sha256: source.key for source in sources}
        keys, files = {source.key for source in sources}, {source.file for source in sources}
        chosen: list[_Candidate] = []
        declined: list[Declined] = []
        for path in _files(paths):
            try:
                candidate = _candidate(path, corpus, hashes, keys=keys, files=files)
            except _NotTakenError as error:
                declined.append(error.declined)
                continue
            chosen.append(candidate)
            hashes[sha256(candidate.data).hexdigest()] = candidate.key
            keys.add(candidate.key)
            files.add(candidate.file)
        if chosen:
            _write(chosen, corpus)
    return Addition(tuple(candidate.key for candidate in chosen), tuple(declined))


class _NotTakenError(Exception):
    """Why a file is not taken."""

    def __init__(self, name: str, reason: str, *, known: bool = False) -> None:
        super().__init__(reason)
        self.declined = Declined(name, reason, known)


@contextmanager
def _alone(corpus: Path) -> Iterator[None]:
    """Holds a lock on the corpus folder itself, so that no second process writes the manifest of the first anew."""
    descriptor = os.open(corpus, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RequestError(
                "another process is adding to this corpus",
                where=str(corpus),
                remedy="wait until it has ended, then give the command again",
            ) from error
        yield
    finally:
        os.close(descriptor)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and of folders those that some reader takes, in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        else:
            yield path


def _candidate(path: Path, corpus: Path, hashes: dict[str, str], *, keys: set[str], files: set[str]) -> _Candidate:
    name = str(path)
    try:
        path.name.encode("utf-8")
        data = path.read_bytes()
    except UnicodeEncodeError as error:
        raise _NotTakenError(name, "its name is not UTF-8; rename it") from error
    except OSError as error:
        raise _NotTakenError(name, error.strerror or "it cannot be read") from error
    if (known := hashes.get(sha256(data).hexdigest())) is not None:
        raise _NotTakenError(name, f"the corpus has it already, as {known}", known=True)
    key = _free(_key(path.stem), keys)
    try:
        article = read(data, key=key, origin=path.name)
    except UnreadableFile as error:
        raise _NotTakenError(name, error.what.removeprefix(f"{path.name} ").removeprefix(f"{path.name}: ")) from error
    inside = path.resolve().is_relative_to(corpus.resolve())
    if inside:
        file = path.resolve().relative_to(corpus.resolve()).as_posix()
    else:
        taken = files | {p.relative_to(corpus).as_posix() for p in (corpus / ARTICLES).rglob("*")}
        suffix = path.suffix.lower()
        stems = {f.removeprefix(f"{ARTICLES}/").removesuffix(suffix) for f in taken}
        file = f"{ARTICLES}/{_free(key, stems)}{suffix}"
    return _Candidate(key, file, path.name, data, article.record, there=inside)


def _key(stem: str) -> str:
    """Small letters, digits and hyphens: "Müller 2019 (final)" gives muller-2019-final."""
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", letters)[:LONGEST_KEY].strip("-") or "source"


def _free(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _write(chosen: Sequence[_Candidate], corpus: Path) -> None:
    """Copies the files, then puts the manifest with their tables in the place of the old one; all of it or nothing."""
    manifest = corpus / MANIFEST
    before = manifest.read_text(encoding="utf-8") if manifest.exists() else FIRST_LINE
    after = before + ("" if before.endswith("\n") else "\n") + "".join(map(_table, chosen))
    _require_grown(before, after, chosen, manifest)
    written: list[Path] = []
    beside = corpus / f".{MANIFEST}.new"
    try:
        for candidate in chosen:
            if not candidate.there:
                written.append(corpus / candidate.file)
                _write_synced(written[-1], candidate.data)
        written.append(beside)
        _write_synced(beside, after.encode("utf-8"))
        beside.replace(manifest)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _require_grown(before: str, after: str, chosen: Sequence[_Candidate], manifest: Path) -> None:
    """Raises CorpusMismatch unless the new text holds the old tables as they were, and one more for each file."""
    old = tomllib.loads(before).get("source", [])
    try:
        new = tomllib.loads(after).get("source", [])
    except tomllib.TOMLDecodeError:
        new = []
    if new[: len(old)] != old or [table["key"] for table in new[len(old) :]] != [c.key for c in chosen]:
        raise CorpusMismatch(
            "no table can be added at the end of the manifest",
            where=str(manifest),
            remedy="write each source as a [[source]] table",
        )


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _table(candidate: _Candidate) -> str:
    """The [[source]] table of a file: what it is, and what it prints of itself."""
    values: dict[str, object] = {
        "key": candidate.key,
        "file": candidate.file,
        "origin": candidate.origin,
        "sha256": sha256(candidate.data).hexdigest(),
        "kind": SourceKind.OTHER.value,
    }
    values |= {f.name: value for f in fields(Record) if (value := getattr(candidate.record, f.name))}
    return "\n[[source]]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, int):
        return str(value)
    # A basic string of TOML is one of JSON, but for the delete character, which it wants escaped.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
