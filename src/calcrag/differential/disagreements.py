"""Where the sources disagree: kb/disagreements.toml → Disagreements, in the order of the file.

An entry holds two or more positions, each in our words with the words of its source. Must never: say which position is
right, let a page that copies another source stand for a second voice, or judge a quote, which is the audit's work.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable

from calcrag.differential.tables import Table
from calcrag.errors import DataError

__all__ = ["Disagreement", "DisagreementKind", "Position", "load_disagreements", "touching"]

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LEAST_WORDS = 5  # fewer prove little: "calcification in muscle" stands somewhere in any of the sources


class DisagreementKind(StrEnum):
    """In what sources differ; `internal` is a source at odds with itself, whatever the matter."""

    CLASSIFICATION = "classification"
    TERMINOLOGY = "terminology"
    NUMERIC = "numeric"
    FACT = "fact"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Position:
    """What one source says: in our words, and in its own; `source` is the source's key."""

    source: str
    position: str
    quote: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One matter on which positions differ; `entities` are the ids of the diseases and topics that it touches."""

    id: str
    topic: str
    kind: DisagreementKind
    entities: tuple[str, ...]
    positions: tuple[Position, ...]
    note: str = ""


def load_disagreements(file: Traversable | None = None) -> tuple[Disagreement, ...]:
    """The disagreements of a file, by default of the one that calcrag ships.

    DataError where the file is no TOML, has an unknown, missing or wrong field, repeats an id, gives an entry fewer
    than two positions or a quote of fewer than five words, or calls internal what several sources differ on, or the
    reverse.
    """
    file = files("calcrag.differential").joinpath("kb", "disagreements.toml") if file is None else file
    problems: list[str] = []
    found: list[Disagreement] = []
    try:
        table = Table(tomllib.loads(file.read_text(encoding="utf-8")), file.name, problems)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{file.name}: cannot be read as TOML: {error}")
    else:
        table.only(("disagreements",))
        found = [entry for entry in map(_disagreement, table.tables("disagreements")) if entry is not None]
        ids = Counter(entry.id for entry in found)
        problems += [f"{file.name}: id {name!r} is given {times} times" for name, times in ids.items() if times > 1]
    if problems:
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        raise DataError(problems[0] + more, where=str(file), remedy="mend the file; kb/README.md describes its form")
    return tuple(found)


def touching(disagreements: Iterable[Disagreement], *, entities: Collection[str]) -> tuple[Disagreement, ...]:
    """Those that touch at least one of the entities, in their order."""
    wanted = frozenset(entities)
    return tuple(entry for entry in disagreements if wanted.intersection(entry.entities))


def _disagreement(table: Table) -> Disagreement | None:
    """The entry; None, with the reason reported, where its kind is not known."""
    table.only(("id", "topic", "kind", "entities", "note", "positions"))
    name, entities = table.text("id"), table.texts("entities")
    for entity in (*((name,) if name else ()), *entities):
        if not NAME.fullmatch(entity):
            table.report(f"an id is written in small letters and hyphens, not {entity!r}")
    if not entities:
        table.report("entities names at least one disease or topic")
    kind = table.choice("kind", DisagreementKind)
    positions = tuple(_position(entry) for entry in table.tables("positions"))
    _compare(table, kind, positions)
    topic, note = table.text("topic"), table.text("note", optional=True)
    return None if kind is None else Disagreement(name, topic, kind, entities, positions, note)


def _position(table: Table) -> Position:
    table.only(("source", "position", "quote"))
    quote = table.text("quote")
    if quote and len(quote.split()) < LEAST_WORDS:
        table.report(f"a quote has at least {LEAST_WORDS} words, not {quote!r}")
    return Position(table.text("source"), table.text("position"), quote)


def _compare(table: Table, kind: DisagreementKind | None, positions: tuple[Position, ...]) -> None:
    """Report what keeps the positions of one entry from being a disagreement."""
    if len(positions) < 2:
        table.report(f"a disagreement has at least two positions, not {len(positions)}")
        return
    if len({(position.source, position.quote) for position in positions}) < len(positions):
        table.report("two positions rest on the same words")
    several = len({position.source for position in positions}) > 1
    if several == (kind is DisagreementKind.INTERNAL):
        table.report("internal is a disagreement of one source with itself, and only that")
