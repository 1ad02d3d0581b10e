"""An Article: one source as cleaned text, with its structure laid over it as character offsets.

Made by a reader from the bytes of a file; completed by `corpus` with the manifest's record. Everything that points into
an article (block, marker, passage, quote) is a pair of offsets into `Article.text`, and `OffsetMap` leads from there to
the file as it came. Must never: hold a word that the file does not hold.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from calcrag.citation import Record, Reference

__all__ = ["Article", "Block", "BlockKind", "Marker", "OffsetMap", "Segment", "SourceKind", "TextBuilder"]


class SourceKind(StrEnum):
    """What sort of source an article is; a reader of an answer weighs a case report and a review differently."""

    REVIEW = "review"
    PICTORIAL_ESSAY = "pictorial essay"
    ORIGINAL_RESEARCH = "original research"
    CASE_REPORT = "case report"
    TEXTBOOK_CHAPTER = "textbook chapter"
    WEB_AGGREGATION = "web aggregation"
    OTHER = "other"


class BlockKind(StrEnum):
    """What a run of the cleaned text is."""

    TITLE = "title"
    HEADING = "heading"
    FRONT = "front"  # authors, affiliations, correspondence, how to cite, dates
    KEYWORDS = "keywords"
    ABSTRACT = "abstract"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list item"
    CAPTION = "caption"
    TABLE_TITLE = "table title"
    TABLE_ROW = "table row"
    REFERENCE = "reference"
    BACK = "back"  # acknowledgement, who cites the article


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of cleaned text and the run of the original text that it came from."""

    start: int
    end: int
    original_start: int
    original_end: int


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Leads from offsets in the cleaned text to offsets in the file as decoded (not bytes).

    A segment of equal lengths is a copy, character by character. A segment of unequal lengths stands for something that
    cleaning replaced (a line break by a blank, a ligature by its letters).
    """

    segments: tuple[Segment, ...]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that holds cleaned[start:end]; a ValueError where the span is empty or outside."""
        if not 0 <= start < end <= (self.segments[-1].end if self.segments else 0):
            raise ValueError(f"no such span in the cleaned text: {start}:{end}")
        return self._original(start, last=False), self._original(end - 1, last=True)

    def _original(self, position: int, *, last: bool) -> int:
        segment = self.segments[bisect_right(self.segments, position, key=lambda s: s.start) - 1]
        if segment.end - segment.start == segment.original_end - segment.original_start:
            return segment.original_start + (position - segment.start) + (1 if last else 0)
        return segment.original_end if last else segment.original_start


@dataclass(frozen=True, slots=True)
class Block:
    """A run of the cleaned text with one role.

    `section` is the path of headings above it, outermost first. `label` is the printed name of a figure or table
    ("Figure 5", "TABLE I"). `path` holds, for a table row or a list item, the spans (start, end) of the rows or items above it,
    outermost first. `group` numbers the table or list that rows and items belong to, from 1; 0 elsewhere.
    """

    kind: BlockKind
    start: int
    end: int
    section: tuple[str, ...] = ()
    label: str | None = None
    path: tuple[tuple[int, int], ...] = ()
    group: int = 0
    page: int | None = None
    page_label: str | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """A citation in the running text. It is lifted out of the cleaned text; `position` is where it stood.

    `numbers` are the reference numbers it names, `text` is how it was printed.
    """

    position: int
    numbers: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """One source: cleaned text and what stands where in it. `sha256` is that of the file as it came."""

    key: str
    origin: str
    kind: SourceKind
    record: Record
    text: str
    offsets: OffsetMap
    blocks: tuple[Block, ...]
    markers: tuple[Marker, ...]
    references: tuple[Reference, ...]
    sha256: str
    language: str = "en"
    copies_from: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())  # what the reader could not read or resolve

    def reference(self, number: int) -> Reference | None:
        """The entry of the reference list with this number, or None where the list has none."""
        return next((r for r in self.references if r.number == number), None)


class TextBuilder:
    """Builds cleaned text from slices of an original text and remembers where each came from."""

    def __init__(self, original: str) -> None:
        self.original = original
        self._pieces: list[str] = []
        self._segments: list[Segment] = []
        self.length = 0

    def copy(self, start: int, end: int) -> Self:
        """Append original[start:end] unchanged."""
        if end > start:
            self._add(self.original[start:end], start, end)
        return self

    def replace(self, start: int, end: int, text: str) -> Self:
        """Append `text`, standing for original[start:end]."""
        if text:
            self._add(text, start, end)
        return self

    def ends_with(self, suffix: str) -> bool:
        """True where the text built so far ends so."""
        return bool(self._pieces) and self._pieces[-1].endswith(suffix)

    def last_word(self) -> str:
        """What stands after the last blank of the text built so far."""
        tail = "".join(self._pieces[-6:])
        return tail.split()[-1] if tail and not tail[-1].isspace() else ""

    def drop_last(self) -> None:
        """Take back the last character (a hyphen at the end of a line)."""
        piece, segment = self._pieces[-1], self._segments[-1]
        self._pieces[-1] = piece[:-1]
        self.length -= 1
        copied = segment.end - segment.start == segment.original_end - segment.original_start
        last = segment.original_end - 1 if copied else segment.original_end
        self._segments[-1] = Segment(segment.start, segment.end - 1, segment.original_start, last)

    def _add(self, text: str, start: int, end: int) -> None:
        self._pieces.append(text)
        previous = self._segments[-1] if self._segments else None
        is_copy = len(text) == end - start
        if (
            previous is not None
            and is_copy
            and previous.original_end == start
            and previous.end - previous.start == previous.original_end - previous.original_start
        ):
            self._segments[-1] = Segment(previous.start, previous.end + len(text), previous.original_start, end)
        else:
            self._segments.append(Segment(self.length, self.length + len(text), start, end))
        self.length += len(text)

    def finish(self) -> tuple[str, OffsetMap]:
        """The cleaned text and its map."""
        return "".join(self._pieces), OffsetMap(tuple(self._segments))
