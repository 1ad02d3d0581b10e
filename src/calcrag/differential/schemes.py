"""Classification schemes of the sources: the files of kb/schemes → Schemes, in the order of the inventory.

A scheme is data: its categories, the words in which its source states each, and the types that the source puts there.
Must never: place a type by reasoning of our own, or judge a quote, which is the audit's work.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from calcrag.differential.tables import Table
from calcrag.errors import DataError

__all__ = ["Category", "Scheme", "Statement", "load_schemes", "places"]

INVENTORY = re.compile(r"S[1-9]\d*")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Statement:
    """Words of a source that state a scheme or a category once more; `source` is the source's key."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Category:
    """One category: `path` leads to it, outermost first; `types` are ids of the types that the source puts there."""

    path: tuple[str, ...]
    quote: str
    types: tuple[str, ...]
    note: str = ""
    elsewhere: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way in which a source divides calcification; `statement` and the quotes of categories are its words."""

    inventory: str
    id: str
    title: str
    source: str
    statement: str
    categories: tuple[Category, ...]
    note: str = ""
    elsewhere: tuple[Statement, ...] = ()


def load_schemes(folder: Traversable | None = None) -> tuple[Scheme, ...]:
    """The schemes of a folder (by default those that calcrag ships), from S1 on.

    DataError where a file is no TOML, has an unknown, missing or wrong field, bears another name than its scheme, or
    repeats an id, an inventory number or a path.
    """
    folder = files("calcrag.differential").joinpath("kb", "schemes") if folder is None else folder
    problems: list[str] = []
    schemes = [_scheme(table, file) for file, table in _tables(folder, problems)]
    problems += _repeated("id", (s.id for s in schemes)) + _repeated("inventory", (s.inventory for s in schemes))
    if problems:
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        raise DataError(problems[0] + more, where=str(folder), remedy="mend the file; kb/README.md describes its form")
    return tuple(sorted(schemes, key=lambda scheme: int(scheme.inventory[1:])))


def places(schemes: Iterable[Scheme], type_id: str) -> dict[str, tuple[Category, ...]]:
    """Where a type stands: scheme id → the innermost categories that list it, schemes and categories in their order."""
    found: dict[str, tuple[Category, ...]] = {}
    for scheme in schemes:
        listing = [category for category in scheme.categories if type_id in category.types]
        above = {category.path[:depth] for category in listing for depth in range(len(category.path))}
        innermost = tuple(category for category in listing if category.path not in above)
        if innermost:
            found[scheme.id] = innermost
    return found


def _tables(folder: Traversable, problems: list[str]) -> Iterator[tuple[str, Table]]:
    """(file name, content) of every TOML file of a folder, in the order of the names."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".toml"):
            continue
        try:
            yield entry.name, Table(tomllib.loads(entry.read_text(encoding="utf-8")), entry.name, problems)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(f"{entry.name}: cannot be read as TOML: {error}")


def _scheme(table: Table, file: str) -> Scheme:
    table.only(("inventory", "id", "title", "source", "statement", "note", "elsewhere", "categories"))
    inventory, name = table.text("inventory"), table.text("id")
    if not INVENTORY.fullmatch(inventory):
        table.report(f"inventory must be S and a number, not {inventory!r}")
    elif file != (expected := f"s{int(inventory[1:]):02d}-{name}.toml"):
        table.report(f"by its inventory and id this file must be named {expected}")
    categories = tuple(_category(entry) for entry in table.tables("categories"))
    if not categories:
        table.report("a scheme has at least one category")
    for repetition in _repeated("path", (" › ".join(category.path) for category in categories)):
        table.report(repetition)
    return Scheme(
        inventory=inventory if INVENTORY.fullmatch(inventory) else "S0",
        id=name,
        title=table.text("title"),
        source=table.text("source"),
        statement=table.text("statement"),
        categories=categories,
        note=table.text("note", optional=True),
        elsewhere=_elsewhere(table),
    )


def _category(table: Table) -> Category:
    table.only(("path", "quote", "types", "note", "elsewhere"))
    path, types = table.texts("path"), table.texts("types")
    if not path:
        table.report("path names at least one category")
    for entry in types:
        if not NAME.fullmatch(entry):
            table.report(f"a type is written in small letters and hyphens, not {entry!r}")
    return Category(path, table.text("quote"), types, table.text("note", optional=True), _elsewhere(table))


def _elsewhere(table: Table) -> tuple[Statement, ...]:
    found = []
    for entry in table.tables("elsewhere"):
        entry.only(("source", "quote"))
        found.append(Statement(entry.text("source"), entry.text("quote")))
    return tuple(found)


def _repeated(what: str, values: Iterable[str]) -> list[str]:
    """A line for every value that comes more than once."""
    return [f"{what} {value!r} is given {times} times" for value, times in Counter(values).items() if times > 1]
