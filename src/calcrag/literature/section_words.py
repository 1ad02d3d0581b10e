"""`summary_sections.toml` → the words by which a summary knows its sections, and what headings mean.

The words are data and of medicine in general. Must never: hold a cue that only one source prints, or name a fact.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from calcrag.errors import DataError
from calcrag.literature.names import HeadingWords
from calcrag.literature.vocabulary import fold

__all__ = [
    "CAUSES",
    "CLASSIFICATION",
    "DEFINITION",
    "DIFFERENTIAL",
    "ENOUGH",
    "HISTORY",
    "OTHER_IMAGING",
    "RADIOGRAPH",
    "SectionWords",
    "SummaryWords",
    "load_summary_words",
    "read_summary_words",
]

FILE = "summary_sections.toml"
WEIGHTS = {"decisive": 6, "strong": 3, "moderate": 2, "weak": 1}
COUNTED = 2  # different matches of one list
HEADED = 4  # points of a heading that holds nothing else
ENOUGH = 3  # points with which a statement tells a section

# The sections that the code knows by name; the data must have them.
DEFINITION = "Definition"
CAUSES = "Causes and associations"
RADIOGRAPH = "Appearance on radiograph"
DIFFERENTIAL = "Differential diagnosis"
HISTORY = "History and terminology"
CLASSIFICATION = "Classification"
OTHER_IMAGING = frozenset(
    {"Appearance on CT", "Appearance on MRI", "Appearance on ultrasound", "Bone scan and angiography"}
)


@dataclass(frozen=True, slots=True)
class SectionWords:
    """How a section is told."""

    heading: str
    cues: tuple[tuple[int, re.Pattern[str]], ...]
    against: re.Pattern[str] | None
    headings: re.Pattern[str] | None

    def decides(self, text: str) -> bool:
        """True where a text belongs here and hardly elsewhere ("bone scan")."""
        return any(weight == WEIGHTS["decisive"] and cue.search(text) for weight, cue in self.cues)

    def points(self, text: str, above: str = "") -> int:
        """How much a text, with the heading above it, tells of what the section is for; 0 for nothing."""
        if self.against is not None and self.against.search(text):
            return 0
        found = sum(w * min(COUNTED, len({m.lower() for m in cue.findall(text)})) for w, cue in self.cues)
        return found + (HEADED if self.headings is not None and self.headings.fullmatch(above) else 0)


@dataclass(frozen=True, slots=True)
class SummaryWords:
    """The sections in their order, what headings mean, how sentences begin that speak of a text (`meta`), and the ids
    of the entities that many diseases share.
    """

    sections: tuple[SectionWords, ...]
    headings: HeadingWords
    meta: re.Pattern[str]
    manifestations: frozenset[str]

    def section(self, heading: str) -> SectionWords:
        """The section with this heading; a KeyError where there is none."""
        for section in self.sections:
            if section.heading == heading:
                return section
        raise KeyError(heading)

    def classifies(self, text: str) -> bool:
        """True where a text divides something into classes."""
        return self.section(CLASSIFICATION).points(text) >= ENOUGH


@cache
def load_summary_words() -> SummaryWords:
    """The words of the package, read once. Raises DataError where the file is damaged."""
    return read_summary_words(resources.files("calcrag.literature").joinpath(FILE).read_text(encoding="utf-8"))


def read_summary_words(source: str) -> SummaryWords:
    """The words from TOML text; DataError where it is not as the head of `summary_sections.toml` describes."""
    try:
        data: dict[str, Any] = tomllib.loads(source)
        if data["format"] != 1:
            raise KeyError("format 1")
        headings = data["headings"]
        names = {fold(phrase): entity for entity, phrases in headings["names"].items() for phrase in phrases}
        facets, parts, unread = (_any(headings[key]) for key in ("facets", "parts", "unread"))
        words = SummaryWords(
            sections=tuple(_section(table) for table in data["section"]),
            headings=HeadingWords(facets, parts, unread, names),
            meta=re.compile("|".join(data["lines"]["meta"]), re.IGNORECASE),
            manifestations=frozenset(data["entities"]["manifestations"]),
        )
        for heading in (DEFINITION, CAUSES, RADIOGRAPH, DIFFERENTIAL, HISTORY, CLASSIFICATION, *sorted(OTHER_IMAGING)):
            words.section(heading)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, re.error) as error:
        what = f"the words of the sections cannot be read: {type(error).__name__} {error}"
        raise DataError(what, where=FILE, remedy=f"correct calcrag/literature/{FILE}") from error
    return words


def _section(table: Mapping[str, Any]) -> SectionWords:
    unknown = set(table) - {"heading", "headings", "not", *WEIGHTS}
    if unknown:
        raise KeyError(min(unknown))
    cues = tuple((weight, _any(table[key])) for key, weight in WEIGHTS.items() if key in table)
    against = _any(table["not"]) if "not" in table else None
    return SectionWords(table["heading"], cues, against, _any(table["headings"]) if "headings" in table else None)


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns) or '(?!)'})(?!\w)", re.IGNORECASE)
