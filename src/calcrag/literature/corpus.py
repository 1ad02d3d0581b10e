"""A corpus folder (manifest.toml and the files it names) → Articles with their records.

Must never: read a file outside the corpus folder, or take a file whose bytes are not those that the manifest records.
"""

import re
import tomllib
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from calcrag.citation import Record
from calcrag.errors import CorpusMismatch, UnknownName, UnreadableFile
from calcrag.literature.article import Article, SourceKind
from calcrag.literature.readers import read

__all__ = ["Refusal", "Source", "load_corpus", "load_manifest", "read_source"]

KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
RECORD_FIELDS = frozenset(f.name for f in fields(Record))
OWN_FIELDS = frozenset({"key", "file", "origin", "sha256", "kind", "copies_from", "language"})


@dataclass(frozen=True, slots=True)
class Source:
    """One table of the manifest: where a source lies and what is known of it."""

    key: str
    file: str
    origin: str
    sha256: str
    kind: SourceKind
    record: Record
    copies_from: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A source that could not be read, and why; the others are read all the same."""

    key: str
    origin: str
    reason: str


def load_manifest(folder: Path) -> tuple[Source, ...]:
    """The sources that a corpus folder names, in its order; CorpusMismatch names the table that is wrong."""
    path = folder / "manifest.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UnreadableFile(
            "no corpus here: manifest.toml is missing", where=str(folder), remedy="give the folder with --corpus DIR"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusMismatch(
            f"the manifest cannot be read: {error}", where=str(path), remedy="mend manifest.toml"
        ) from error
    unknown = set(content) - {"source"}
    if unknown:
        raise CorpusMismatch(
            f"unknown table {min(unknown)!r}", where=str(path), remedy="only [[source]] tables belong here"
        )
    sources = tuple(_source(table, number, folder) for number, table in enumerate(content.get("source", []), 1))
    seen: dict[str, int] = {}
    for number, source in enumerate(sources, 1):
        if source.key in seen:
            raise CorpusMismatch(
                f"two sources are named {source.key!r}",
                where=f"{path}: [[source]] {seen[source.key]} and {number}",
                remedy="give each source a key of its own",
            )
        seen[source.key] = number
    for source in sources:
        missing = [k for k in source.copies_from if k not in seen]
        if missing:
            raise CorpusMismatch(f"{source.key} copies from {missing[0]!r}, which is no source here", where=str(path))
    return sources


def _source(table: dict[str, Any], number: int, folder: Path) -> Source:
    where = f"{folder / 'manifest.toml'}: [[source]] {number} ({table.get('key', 'no key')})"
    unknown = set(table) - RECORD_FIELDS - OWN_FIELDS
    if unknown:
        raise CorpusMismatch(
            f"unknown field {min(unknown)!r}", where=where, remedy="see the fields of the other sources"
        )
    for name in ("key", "file", "sha256", "kind"):
        if not isinstance(table.get(name), str) or not table[name]:
            raise CorpusMismatch(f"the field {name!r} is missing", where=where)
    if not KEY.fullmatch(table["key"]):
        raise CorpusMismatch(f"{table['key']!r} is no key: use small letters, digits and hyphens", where=where)
    if table["kind"] not in {k.value for k in SourceKind}:
        raise CorpusMismatch(f"unknown kind {table['kind']!r}", where=where, remedy=f"one of {', '.join(SourceKind)}")
    _inside(folder, table["file"], where)
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items() if k in RECORD_FIELDS}
    return Source(
        key=table["key"], file=table["file"], origin=table.get("origin", Path(table["file"]).name), sha256=table["sha256"],
        kind=SourceKind(table["kind"]), record=Record(**values), copies_from=tuple(table.get("copies_from", ())),
        language=table.get("language", "en"),
    )  # fmt: skip


def _inside(folder: Path, name: str, where: str) -> Path:
    """The path of a corpus file; a name that leads out of the folder (.., a link, an absolute path) is refused."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise CorpusMismatch(
            f"{name!r} lies outside the corpus folder", where=where, remedy="put the file under the corpus folder"
        )
    return path


def read_source(source: Source, folder: Path) -> Article:
    """The Article of one source, its record from the manifest; CorpusMismatch where the file's bytes are not the recorded ones."""
    path = _inside(folder, source.file, source.key)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"the file of {source.key} cannot be read: {error.strerror}",
            where=str(path),
            remedy="put it back, or remove its table from manifest.toml",
        ) from error
    digest = sha256(data).hexdigest()
    if digest != source.sha256:
        raise CorpusMismatch(
            f"the file of {source.key} is not the one that the manifest records",
            where=f"{path} (sha256 {digest[:12]}…, recorded {source.sha256[:12]}…)",
            remedy=f'put the file back, or write sha256 = "{digest}" into manifest.toml',
        )
    article = read(data, key=source.key, origin=path.name)
    record = replace(source.record, title=source.record.title or article.record.title)
    return replace(
        article,
        origin=source.origin,
        kind=source.kind,
        record=record,
        copies_from=source.copies_from,
        language=source.language,
    )


def load_corpus(folder: Path) -> tuple[tuple[Article, ...], tuple[Refusal, ...]]:
    """Every readable source of a corpus folder, and those that had to be refused.

    A file that does not fit its manifest stops the load (the corpus is wrong); one that cannot be read as text is refused
    with its reason and the rest goes on.
    """
    articles: list[Article] = []
    refused: list[Refusal] = []
    for source in load_manifest(folder):
        try:
            articles.append(read_source(source, folder))
        except UnreadableFile as error:
            refused.append(Refusal(source.key, source.origin, error.what))
    if not articles:
        raise UnknownName(
            "the corpus holds no readable source", where=str(folder), remedy="add sources to manifest.toml"
        )
    return tuple(articles), tuple(refused)
