"""What a reader of lines has found (drafts) → an Article: torn paragraphs joined, text cleaned, offsets kept.

The readers of text, Markdown and scraped pages differ in how they recognise a heading or a caption; what happens then is
here, once. Must never: join across a heading, or take a hyphen out of a word that the source writes with one.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256

from calcrag.citation import Record, Reference
from calcrag.literature.article import Article, Block, BlockKind, Marker, SourceKind, TextBuilder
from calcrag.literature.readers.furniture import TRAILING
from calcrag.literature.readers.inline import clean_inline, plain
from calcrag.literature.reference_list import parse_reference

__all__ = ["CAPTION_START", "TABLE_TITLE", "Draft", "Drafts", "assemble"]

CAPTION_START = re.compile(
    r"[*_]{0,2}(?P<label>(?:Fig(?:ure|\.)?|Figura)\s*\d+\s?[a-z]?)[.:][*_]{0,2}\s", re.IGNORECASE
)
TABLE_TITLE = re.compile(r"[*_]{0,2}(?P<label>Table\s+(?:[IVXLC]+|\d+))[.:][*_]{0,2}\s+\S", re.IGNORECASE)
LABELLED = re.compile(
    r"[*_]{0,2}(?P<label>abstract|summary|resumo|resumen|keywords|key words|unitermos|palavras-chave|descritores)"
    r"[*_]{0,2}(?P<colon>:)?[*_]{0,2}[\s\u00a0]+(?=\S)",
    re.IGNORECASE,
)
LEADING = re.compile(r"[*_]{1,2}(?P<name>[A-Z][^*_]{3,70}?)[.:]?[*_]{1,2}[.:]?(?=\s|$)")
ENDS = re.compile(r"[.!?…][\"'”’)\]]*$")
FRONT_MATTER = re.compile(
    r"@|orcid|correspondence|address for reprint|\bdepartment of\b|\bhospital\b|\breceived\b|source of support|how to cite"
    r"|\\\*|doi:|\bM\.D\.|\bPh\.D\.|\bB\.S\.|professor|available from",
    re.IGNORECASE,
)
REFERENCE_HEADING = re.compile(r"(?:references?|bibliography|literature cited|works cited|referências)", re.IGNORECASE)
BACK_MATTER = re.compile(
    r"acknowledge?ments?|this article has been cited by|funding|conflicts? of interest", re.IGNORECASE
)
ENTRY = re.compile(r"\s*(?P<number>\d{1,3})\s?\.\s*(?=\S)")
BULLET = re.compile(r"\s*[-*•]\s+")


@dataclass(slots=True)
class Draft:
    """A block before its text is cleaned: the original spans that belong to it, in reading order."""

    kind: BlockKind
    spans: list[tuple[int, int]]
    section: tuple[str, ...] = ()
    label: str | None = None
    depth: int = 0
    group: int = 0
    number: int | None = None


@dataclass(slots=True)
class Drafts:
    """Collects drafts in reading order and keeps the path of headings; the readers feed it line by line."""

    original: str
    markup: bool
    drafts: list[Draft] = field(default_factory=list)
    levels: list[tuple[int, str]] = field(default_factory=list)
    run_in: str = ""
    in_references: bool = False
    in_front: bool = True
    groups: int = 0
    table_open: bool = False

    def text(self, span: tuple[int, int]) -> str:
        """The clean text of one original span."""
        return plain(self.original, *span, markup=self.markup)

    @property
    def section(self) -> tuple[str, ...]:
        """The path of headings, the run-in heading of the paragraph last."""
        return tuple(name for _, name in self.levels) + ((self.run_in,) if self.run_in else ())

    def heading(self, span: tuple[int, int], level: int) -> None:
        """A heading of the given level (0 is outermost); it closes a table, a run-in heading and the references."""
        name = self.text(span).strip(" *:#")
        self.in_references = bool(REFERENCE_HEADING.fullmatch(name))
        self.table_open, self.run_in = False, ""
        self.levels = [(depth, text) for depth, text in self.levels if depth < level]
        self.drafts.append(Draft(BlockKind.HEADING, [span], tuple(n for _, n in self.levels)))
        self.levels.append((level, name))

    def paragraph(self, spans: list[tuple[int, int]]) -> None:
        """A paragraph of one or more lines; what it is (abstract, caption, front matter …) is decided here."""
        first = self.original[spans[0][0] : spans[0][1]]
        if self.in_references:
            self._reference_lines(spans)
        elif labelled := LABELLED.match(first):
            self._labelled(spans, labelled)
        elif caption := CAPTION_START.match(first):
            self.drafts.append(Draft(BlockKind.CAPTION, spans, self.section, label=_squash(caption["label"])))
        elif title := TABLE_TITLE.match(first):
            self.groups += 1
            self.table_open = True
            self.drafts.append(
                Draft(BlockKind.TABLE_TITLE, spans, self.section, _squash(title["label"]), group=self.groups)
            )
        elif self._is_front(first, spans):
            self.drafts.append(Draft(BlockKind.FRONT, spans, self.section))
        else:
            self.in_front = False
            self._prose(spans)

    def item(self, span: tuple[int, int], depth: int) -> None:
        """A list item, a table row where a table is open, or a line of the reference list."""
        if self.in_references:
            self._reference_lines([span])
            return
        if not self.table_open and not (self.drafts and self.drafts[-1].kind is BlockKind.LIST_ITEM):
            self.groups += 1
        kind = BlockKind.TABLE_ROW if self.table_open else BlockKind.LIST_ITEM
        self.drafts.append(Draft(kind, [span], self.section, depth=depth, group=self.groups))

    def _is_front(self, first: str, spans: list[tuple[int, int]]) -> bool:
        if FRONT_MATTER.search(first[:90]) and (self.in_front or len(first) < 200):
            return True
        return self.in_front and (self._follows_how_to_cite() or not self._is_prose(spans))

    def _follows_how_to_cite(self) -> bool:
        last = self.drafts[-1] if self.drafts else None
        return (
            last is not None
            and last.kind is BlockKind.FRONT
            and self.text(last.spans[0]).lower().startswith("how to cite")
        )

    def _is_prose(self, spans: list[tuple[int, int]]) -> bool:
        text = " ".join(self.text(s) for s in spans)
        return len(text) > 110 and len(re.findall(r"[a-z)\]][.?!](?:\s|$)", text)) >= 1

    def _labelled(self, spans: list[tuple[int, int]], match: re.Match[str]) -> None:
        self.in_front = False
        name = match["label"].lower()
        spans = [(spans[0][0] + match.end(), spans[0][1]), *spans[1:]]
        keywords = name.startswith(("key", "unitermos", "palavras", "descritores"))
        kind = BlockKind.KEYWORDS if keywords else BlockKind.ABSTRACT
        self.drafts.append(Draft(kind, spans, (match["label"].capitalize(),), label=match["label"].capitalize()))

    def _prose(self, spans: list[tuple[int, int]]) -> None:
        self.table_open = False
        kind = BlockKind.PARAGRAPH
        if self.section and BACK_MATTER.fullmatch(self.section[0]):
            kind = BlockKind.BACK
        elif self.section and self.section[-1].lower() in ("abstract", "summary"):
            kind = BlockKind.ABSTRACT
        if self.markup and (lead := LEADING.match(self.original[spans[0][0] : spans[0][1]])):
            self.run_in = " ".join(lead["name"].split()).rstrip(".:")
        self.drafts.append(Draft(kind, spans, self.section))

    def _reference_lines(self, spans: list[tuple[int, int]]) -> None:
        """Lines of a reference list: a new entry where one starts, else more of the entry before.

        Entries start with a number, or with a bullet where no entry of the list is numbered.
        """
        for start, end in spans:
            line = self.original[start:end]
            numbered = ENTRY.match(line)
            bullet = BULLET.match(line)
            previous = self.drafts[-1] if self.drafts and self.drafts[-1].kind is BlockKind.REFERENCE else None
            last = next((d for d in reversed(self.drafts) if d.kind is BlockKind.REFERENCE), None)
            expected = (last.number or 0) + 1 if last else 1
            trailing = TRAILING.search(line)
            stop = start + trailing.start() if trailing else end
            if numbered and int(numbered["number"]) == expected:
                span = (start + numbered.end(), stop)
                self.drafts.append(Draft(BlockKind.REFERENCE, [span], self.section, number=expected))
            elif bullet and (last is None or last.label == "bulleted"):
                span = (start + bullet.end(), stop)
                self.drafts.append(Draft(BlockKind.REFERENCE, [span], self.section, number=expected, label="bulleted"))
            elif last is not None and (previous is not None or bullet):
                last.spans.append((start + (bullet.end() if bullet else 0), stop))


def _squash(text: str) -> str:
    return " ".join(text.split())


def _join_torn(drafts: list[Draft], collected: Drafts) -> list[Draft]:
    """Paragraphs that a caption, a table or a page break tore apart, whole again, at the place of their first part."""
    joined: list[Draft] = []
    bridges = {BlockKind.CAPTION, BlockKind.TABLE_TITLE, BlockKind.TABLE_ROW, BlockKind.FRONT}
    for draft in drafts:
        if draft.kind is BlockKind.PARAGRAPH:
            before = next((d for d in reversed(joined) if d.kind not in bridges), None)
            if before is not None and before.kind is BlockKind.PARAGRAPH:
                head, tail = collected.text(before.spans[-1]), collected.text(draft.spans[0])
                if not ENDS.search(head) and (tail[:1].islower() or head.endswith(("-", ","))):
                    before.spans.extend(draft.spans)
                    continue
        joined.append(draft)
    return joined


def assemble(collected: Drafts, *, data: bytes, key: str, origin: str, title: str = "", torn: bool = True) -> Article:
    """The Article of the drafts that a reader collected; `torn` tells whether a page layout may have torn paragraphs."""
    drafts = _join_torn(collected.drafts, collected) if torn else collected.drafts
    words = set(re.findall(r"\w+-\w+", collected.original))
    builder = TextBuilder(collected.original)
    blocks: list[Block] = []
    markers: list[Marker] = []
    entries: list[Reference] = []
    spans: list[tuple[int, int, int]] = []
    parents: list[tuple[int, tuple[int, int], int]] = []
    for draft in drafts:
        if blocks:
            same_list = draft.group and blocks[-1].group == draft.group
            builder.replace(draft.spans[0][0], draft.spans[0][0], "\n" if same_list else "\n\n")
        start = builder.length
        found = _write(draft, builder, collected, words)
        if builder.length == start:
            continue
        path: tuple[tuple[int, int], ...] = ()
        if draft.kind in (BlockKind.TABLE_ROW, BlockKind.LIST_ITEM):
            parents = [p for p in parents if p[2] == draft.group and p[0] < draft.depth]
            path = tuple(span for _, span, _ in parents)
            parents.append((draft.depth, (start, builder.length), draft.group))
        if draft.kind not in (BlockKind.FRONT, BlockKind.REFERENCE, BlockKind.TITLE):
            markers.extend(found)
        label = None if draft.kind is BlockKind.REFERENCE else draft.label
        blocks.append(Block(draft.kind, start, builder.length, draft.section, label, path, draft.group))
        if draft.kind is BlockKind.REFERENCE and draft.number is not None:
            spans.append((draft.number, start, builder.length))
    text, offsets = builder.finish()
    entries = [parse_reference(number, text[start:end], start=start) for number, start, end in spans]
    known = {entry.number for entry in entries}
    notes = tuple(
        f"marker {m.text} at {m.position}: no entry {n} in the reference list"
        for m in markers
        for n in m.numbers
        if n not in known
    )
    return Article(
        key=key, origin=origin, kind=SourceKind.OTHER, record=Record(title=title), text=text, offsets=offsets,
        blocks=tuple(blocks), markers=tuple(markers), references=tuple(entries), sha256=sha256(data).hexdigest(), notes=notes,
    )  # fmt: skip


def _write(draft: Draft, builder: TextBuilder, collected: Drafts, words: set[str]) -> list[Marker]:
    """Append the cleaned text of a draft and return its markers at their positions in the whole text."""
    markers: list[Marker] = []
    first = True
    for start, end in draft.spans:
        pieces, found = clean_inline(collected.original, start, end, markup=collected.markup)
        if not pieces:
            continue
        if not first:
            _glue(builder, pieces[0].text, start, words)
        first = False
        positions: list[int] = []
        for piece in pieces:
            positions.append(builder.length)
            if piece.text == collected.original[piece.start : piece.end]:
                builder.copy(piece.start, piece.end)
            else:
                builder.replace(piece.start, piece.end, piece.text)
        positions.append(builder.length)
        for marker in found:
            after_blank = marker.piece > 0 and pieces[marker.piece - 1].text == " "
            markers.append(Marker(positions[marker.piece] - after_blank, marker.numbers, marker.text))
    return markers


def _glue(builder: TextBuilder, following: str, at: int, words: set[str]) -> None:
    """Put a blank between two lines, or close up a word that was hyphenated at the line's end."""
    tail = builder.last_word()
    if tail.endswith("-") and len(tail) > 2 and following[:1].islower():
        head = re.match(r"\w+", following)
        if head is None or f"{tail}{head[0]}" not in words:
            builder.drop_last()
        return
    builder.replace(at, at, " ")
