"""TOML read strictly: a table that knows where it stands and gathers what is wrong with it.

Made from the files of the knowledge base. Every wrong field becomes one line that names the file, the place in it,
what is wrong and how to mend it; reading goes on, so that one pass names all of them. Must never: guess at a value.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["Table", "read_tables", "suggestion"]

Choice = TypeVar("Choice", bound=StrEnum)


def suggestion(word: str, known: Iterable[str]) -> str:
    """What may have been meant, as the end of a message; empty where nothing known is near."""
    near = get_close_matches(word, sorted(known), n=1, cutoff=0.75)
    return f"; did you mean {near[0]!r}?" if near else ""


@dataclass(frozen=True, slots=True)
class Table:
    """One TOML table, the place where it stands, and the list that all its problems go to."""

    content: Mapping[str, Any]
    where: str
    problems: list[str]

    def report(self, what: str) -> None:
        """Note a problem of this table."""
        self.problems.append(f"{self.where}: {what}")

    def only(self, keys: Iterable[str]) -> None:
        """Report every key but these."""
        known = tuple(keys)
        for key in self.content:
            if key not in known:
                near = suggestion(key, known) or f"; known are {', '.join(known)}"
                self.report(f"unknown key {key!r}{near}")

    def text(self, key: str, *, optional: bool = False) -> str:
        """A text that is not blank; reported, and empty, where it is missing or something else."""
        value = self.content.get(key)
        if value is None and optional:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.report(
                f"{key} is missing" if value is None else f"{key} must be a text that is not blank, not {value!r}"
            )
            return ""
        if value != value.strip():
            self.report(f"{key} begins or ends with a blank: {value!r}")
        return value

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """A list of texts, none blank, none twice."""
        value = self.content.get(key)
        if value is None and optional:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.report(
                f"{key} is missing"
                if value is None
                else f"{key} must be a list of texts that are not blank, not {value!r}"
            )
            return ()
        for item in sorted({item for item in value if value.count(item) > 1}):
            self.report(f"{key} names {item!r} twice")
        return tuple(dict.fromkeys(value))

    def flag(self, key: str) -> bool:
        """A true or false."""
        value = self.content.get(key)
        if not isinstance(value, bool):
            self.report(f"{key} is missing" if value is None else f"{key} must be true or false, not {value!r}")
            return False
        return value

    def whole(self, key: str) -> int | None:
        """A whole number; None where it is left out."""
        value = self.content.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            self.report(f"{key} must be a whole number, not {value!r}")
            return None
        return value

    def choice(self, key: str, options: type[Choice]) -> Choice | None:
        """One of a closed list; None, reported, where it is none of them."""
        value = self.content.get(key)
        if value not in list(options):
            self.report(
                f"{key} is missing" if value is None else f"{key} = {value!r} must be one of {', '.join(options)}"
            )
            return None
        return options(value)

    def tables(self, key: str, *, name: str = "id") -> Iterator["Table"]:
        """The tables under a key, each placed by its `name` where it has one, else by its number."""
        value = self.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.report(f"{key} must be a list of tables, not {value!r}")
            return
        for number, item in enumerate(value, 1):
            own = item.get(name)
            place = f"{key} {own!r}" if isinstance(own, str) and own else f"{key} {number}"
            yield Table(item, f"{self.where}: {place}", self.problems)


def read_tables(folder: Path, pattern: str, problems: list[str]) -> Iterator[tuple[str, Table]]:
    """(path below the folder, content) of every TOML file that fits the pattern, in the order of their paths."""
    for path in sorted(folder.glob(pattern)):
        name = path.relative_to(folder).as_posix()
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(f"{name}: cannot be read as TOML: {error}")
            continue
        yield name, Table(content, name, problems)
