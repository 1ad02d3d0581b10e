"""Text → lines for a reader: wrapped to the width at hand, in two columns where they fit, coloured only on a terminal.

What papers, questions and file names hold is data: nothing in it is read as markup, and what would steer a terminal is
taken out. Must never: change a word of what is shown.
"""

import os
import re
import shutil
import textwrap
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import TextIO

__all__ = ["Page", "clean", "columns", "one_line", "page_for", "wrapped"]

WIDEST, NARROWEST = 110, 30  # longer lines are hard to read; narrower ones cannot hold an indented word
COLUMN = 42  # two columns narrower than this are worse than one below the other

_BOLD, _DIM, _STRONG, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[1;36m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Page:
    """What is written on: `width` in characters, and whether it shows colours."""

    width: int = 100
    colour: bool = False

    def bold(self, line: str) -> str:
        """A line that stands out."""
        return self._in(_BOLD, line)

    def dim(self, line: str) -> str:
        """A line that stands back."""
        return self._in(_DIM, line)

    def strong(self, line: str) -> str:
        """A line that says what became of the request."""
        return self._in(_STRONG, line)

    def _in(self, code: str, line: str) -> str:
        return f"{code}{line}{_PLAIN}" if self.colour and line.strip() else line


def page_for(stream: TextIO) -> Page:
    """The page of a stream: as wide as its terminal (or COLUMNS), coloured on a terminal unless NO_COLOR is set."""
    width = shutil.get_terminal_size(fallback=(100, 24)).columns
    terminal = stream.isatty() and os.environ.get("TERM", "") != "dumb"
    return Page(max(NARROWEST, min(width, WIDEST)), colour=terminal and not os.environ.get("NO_COLOR"))


def clean(text: str) -> str:
    """The text without what steers a terminal or turns the direction of writing; a line end stays, a tab is a blank."""
    return "".join(_CLEANED.get(c) or _cleaned(c) for c in text)


_CLEANED = {"\n": "\n", "\t": " ", "\r": " ", "\x0b": " ", "\x0c": " ", "\u2028": "\n", "\u2029": "\n", "\x85": "\n"}


def _cleaned(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Cf":
            return ""
        case "Cs" | "Co" | "Cn":
            return "\ufffd"
    return character


def one_line(text: str) -> str:
    """The text cleaned, each run of white space a blank."""
    return " ".join(clean(text).split())


def wrapped(page: Page, text: str, *, indent: str = "", first: str | None = None) -> list[str]:
    """The text cleaned and wrapped, each of its lines by itself: behind `first` the first, behind `indent` the rest."""
    made: list[str] = []
    for line in clean(text).split("\n"):
        start = first if first is not None and not made else indent
        made += textwrap.wrap(
            " ".join(line.split()),
            width=max(page.width, len(indent) + 12),
            initial_indent=start,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
    return made or ([first.rstrip()] if first else [])


def columns(page: Page, left: Iterable[str], right: Iterable[str], *, indent: str = "") -> list[str] | None:
    """Two texts, given as paragraphs, beside each other; None where the page is too narrow for that."""
    gap = "   "
    width = (page.width - len(indent) - len(gap)) // 2
    if width < COLUMN:
        return None
    narrow = Page(width)
    sides = [[line for paragraph in side for line in wrapped(narrow, paragraph)] for side in (left, right)]
    return [
        re.sub(r"\s+$", "", f"{indent}{one:<{width}}{gap}{other}") for one, other in zip_longest(*sides, fillvalue="")
    ]
