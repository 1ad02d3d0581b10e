"""Markdown, as converters of PDF files write it, → Article: headings, pictures, captions, tables as nested lists.

Must never: take the converter's heading depth at its word where the article prints its main headings in capitals.
"""

import re
from collections.abc import Iterator

from calcrag.literature.article import Article, BlockKind
from calcrag.literature.readers.decoding import decode
from calcrag.literature.readers.furniture import is_furniture, repeated_lines
from calcrag.literature.readers.structure import CAPTION_START, TABLE_TITLE, Draft, Drafts, assemble

__all__ = ["lines_of", "looks_like_markdown", "read_markdown"]

HEADING = re.compile(r"(?P<hashes>#{1,6})\s+(?P<name>.*?)\s*#*\s*$")
ITEM = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[-*+•]|\d{1,3}\.)\s+(?=\S)")


def looks_like_markdown(text: str) -> bool:
    """True where two lines or more are Markdown headings."""
    return len(re.findall(r"^#{1,6}\s+\S", text, re.MULTILINE)) >= 2


def lines_of(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each line, line ends left out."""
    position = 0
    for line in text.splitlines(keepends=True):
        yield position, position + len(line.rstrip("\r\n"))
        position += len(line)


def read_markdown(data: bytes, *, key: str, origin: str) -> Article:
    """The Article of a Markdown file; UnreadableFile where it is none."""
    text = decode(data, origin)
    lines = list(lines_of(text))
    repeated = repeated_lines([text[s:e] for s, e in lines])
    collected = Drafts(text, markup=True)
    title = ""
    open_lines: list[tuple[int, int]] = []

    def close() -> None:
        if open_lines:
            collected.paragraph(list(open_lines))
            open_lines.clear()

    for start, end in lines:
        line = text[start:end]
        heading = HEADING.match(line)
        name = heading["name"].strip("*_ ") if heading else line
        if not line.strip() or is_furniture(name) or re.sub(r"\d+", "#", " ".join(name.split())) in repeated:
            close()
        elif heading:
            close()
            span = (start + heading.start("name"), start + heading.end("name"))
            if not title:
                title = collected.text(span).strip(" *")
                collected.drafts.append(Draft(BlockKind.TITLE, [span]))
            elif name.lower().startswith("how to cite"):
                collected.drafts.append(Draft(BlockKind.FRONT, [span]))
            else:
                collected.in_front = False
                collected.heading(span, 1 if name.upper() == name else 2)
        elif (item := ITEM.match(line)) and _is_item(item, collected, open_lines):
            close()
            if collected.in_references:
                collected.item((start, end), 0)
            else:
                collected.item((start + item.end(), end), len(item["indent"].expandtabs(4)) // 2)
        else:
            if CAPTION_START.match(line) or TABLE_TITLE.match(line):
                close()
            open_lines.append((start, end))
    close()
    return assemble(collected, data=data, key=key, origin=origin, title=title)


def _is_item(item: re.Match[str], collected: Drafts, open_lines: list[tuple[int, int]]) -> bool:
    """A bullet is an item; a number is one only in a reference list ("1. Hospital das Clínicas" is an address)."""
    if item["mark"][0].isdigit():
        return collected.in_references
    return collected.in_references or not open_lines
