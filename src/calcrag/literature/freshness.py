"""A corpus folder held against an index: which sources are in it as they are now, what has changed, what mends it.

Made from the manifest, the files and the articles of the index. Must never: change anything, or take a file for
unchanged by its date.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from calcrag.errors import CalcragError, CorpusMismatch, DataError, NoIndex, UnreadableFile
from calcrag.literature.article import Article
from calcrag.literature.corpus import Source, load_manifest, read_source
from calcrag.literature.generations import generations, sha256_of_file
from calcrag.literature.index import Index
from calcrag.literature.library import DEFAULT_SETTINGS

__all__ = ["Changes", "Condition", "State", "Status", "changes", "conditions", "status_of", "unlisted"]


class State(StrEnum):
    """How a source of the corpus stands to the index."""

    INDEXED = "indexed"
    CHANGED = "changed"
    NEW = "new"
    REMOVED = "removed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Condition:
    """How one source stands; `remedy` mends it, and is empty where there is nothing to mend."""

    key: str
    origin: str
    state: State
    detail: str = ""
    remedy: str = ""


UPDATE = "calcrag index"


def conditions(corpus: Path, articles: Mapping[str, Article]) -> tuple[Condition, ...]:
    """Each source of a corpus, in its order, then those that only the index has. Raises what load_manifest raises."""
    sources = load_manifest(corpus)
    found = [_condition(source, corpus, articles.get(source.key)) for source in sources]
    listed = {source.key for source in sources}
    for key in articles:
        if key not in listed:
            detail = "it is in the index, and not in the manifest"
            found.append(Condition(key, articles[key].origin, State.REMOVED, detail, UPDATE))
    kept = [condition.key for condition in found if condition.key in articles]
    if kept != list(articles) and all(condition.state is State.INDEXED for condition in found):
        found[0] = replace(found[0], state=State.CHANGED, detail="the order of the sources differs", remedy=UPDATE)
    return tuple(found)


def _condition(source: Source, corpus: Path, article: Article | None) -> Condition:
    def stands(state: State, detail: str = "", remedy: str = "") -> Condition:
        return Condition(source.key, source.origin, state, detail, remedy)

    try:
        if article is None or article.sha256 != source.sha256:
            read_source(source, corpus)
        elif sha256_of_file(corpus / source.file) != source.sha256:
            read_source(source, corpus)  # says how it differs
    except CorpusMismatch as error:
        return stands(State.CHANGED, error.what, error.remedy or UPDATE)
    except UnreadableFile as error:
        return stands(State.REFUSED, error.what, error.remedy or "")
    except OSError as error:
        return stands(State.REFUSED, f"its file cannot be read: {error.strerror}", "put it back, or remove its table")
    if article is None:
        return stands(State.NEW, "it is not in the index yet", UPDATE)
    if article.sha256 != source.sha256:
        return stands(State.CHANGED, "the index holds another file under this key", UPDATE)
    if _recorded(source, article) != article:
        return stands(State.CHANGED, "its record in the manifest has changed", UPDATE)
    return stands(State.INDEXED)


def _recorded(source: Source, article: Article) -> Article:
    """The article as it would be with the manifest's record."""
    return replace(
        article,
        origin=source.origin,
        kind=source.kind,
        record=replace(source.record, title=source.record.title or article.record.title),
        copies_from=source.copies_from,
        language=source.language,
    )


def unlisted(corpus: Path) -> tuple[str, ...]:
    """The files below articles/ that the manifest does not name, by their path below the corpus folder.

    Raises what load_manifest raises.
    """
    listed = {source.file for source in load_manifest(corpus)}
    there = (p.relative_to(corpus).as_posix() for p in (corpus / "articles").rglob("*") if p.is_file())
    return tuple(sorted(name for name in there if name not in listed))


@dataclass(frozen=True, slots=True)
class Status:
    """The state of an index and of the corpus that it is made from.

    `index` is None where none can be opened; `fault` is why, or what is wrong with the corpus as a whole. `fresh` is
    True where every source is in the index as it is now, and the index is of this version; `remedy` is the command, or
    the deed, that mends the first thing that is wrong, and empty where there is none.
    """

    corpus: Path
    indexes: Path
    index: Index | None
    fault: CalcragError | None
    generations: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    unlisted: tuple[str, ...] = ()

    @property
    def fresh(self) -> bool:
        """True where `calcrag index` would change nothing."""
        if self.fault is not None or self.index is None:
            return False
        held = self.index.articles
        return all(
            c.state is State.INDEXED or (c.state is State.REFUSED and c.key not in held) for c in self.conditions
        )

    @property
    def remedy(self) -> str:
        """What mends the first thing that is wrong; what a command cannot mend comes before what it can."""
        if self.fault is not None:
            return self.fault.remedy or ""
        remedies = [condition.remedy for condition in self.conditions if condition.remedy]
        return next((remedy for remedy in remedies if remedy != UPDATE), remedies[0] if remedies else "")


def status_of(corpus: Path, indexes: Path) -> Status:
    """The state of an index folder and of a corpus folder; what is wrong with them is part of it."""
    index, fault = None, None
    try:
        index = Index.open(indexes)
        index.require(settings=asdict(DEFAULT_SETTINGS))
    except (NoIndex, DataError) as error:
        fault = error
    found = Status(corpus, indexes, index, fault, generations(indexes))
    try:
        articles = index.articles if index is not None else {}
        return replace(found, conditions=conditions(corpus, articles), unlisted=unlisted(corpus))
    except (UnreadableFile, CorpusMismatch) as error:
        return replace(found, fault=fault or error)


@dataclass(frozen=True, slots=True)
class Changes:
    """Keys of sources, in the order of the corpus."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]


def changes(before: Mapping[str, Article], now: Mapping[str, Article]) -> Changes:
    """What became of the sources of an index."""

    def which(keys: Iterable[str], *, same: bool) -> tuple[str, ...]:
        return tuple(key for key in keys if (before[key] == now[key]) is same)

    both = [key for key in now if key in before]
    return Changes(
        added=tuple(key for key in now if key not in before),
        changed=which(both, same=False),
        kept=which(both, same=True),
        removed=tuple(key for key in before if key not in now),
    )
