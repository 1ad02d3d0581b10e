"""The inside of a line → clean pieces with their original offsets, and the citation markers lifted out of it.

Must never: change a word. What is dropped is markup; what is replaced is blank space, a ligature or a formula's braces.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["InlineMarker", "Piece", "clean_inline", "numbers_of", "plain"]

TOKEN = re.compile(
    r"(?P<sup><sup>(?P<raised>[^<]{0,60})</sup>)"
    r"|(?P<math>\$(?P<formula>[^$\n]{1,120})\$)"
    r"|(?P<bracket>\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\])"
    r"|(?P<tag></?(?:sup|sub|b|i|em|strong|br|u|span)\b[^>]{0,80}>)"
    r"|(?P<escape>\\(?=[*_\[\]#`]))"
    r"|(?P<emphasis>\*{1,3}|(?<![\w])_{1,2}(?=\w)|(?<=\w)_{1,2}(?![\w]))"
    r"|(?P<space>[\s\u00a0\u2000-\u200a\u202f]+)"
    r"|(?P<control>[\x00-\x08\x0b\x0c\x0e-\x1f\u200b-\u200f\ufeff\u00ad]+)"
    r"|(?P<ligature>[\ufb00-\ufb06])"
)
RAISED_NUMBERS = re.compile(r"\(?\s*\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\s*\)?")
RAISED_AFFILIATION = re.compile(r"\s*(?:\d{1,2}\s*,\s*)*(?:[a-z]|[*†‡§])\s*(?:,\s*[a-z\d*†‡§]\s*)*")
FORMULA_MARKER = re.compile(r"(?P<word>[\w\s.,;-]*)\^\{?\(?(?P<numbers>\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\)?\}?\s*")
FORMULA_MARKUP = re.compile(r"\\[a-zA-Z]+|[\\^_{}$]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Clean text that stands for original[start:end]."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class InlineMarker:
    """A citation marker; it stood before piece number `piece` (equal to the number of pieces: at the end)."""

    piece: int
    numbers: tuple[int, ...]
    text: str


def numbers_of(text: str) -> tuple[int, ...]:
    """The numbers that a marker names, ranges written out: "(1,4-6)" → (1, 4, 5, 6)."""
    found: list[int] = []
    for first, last in re.findall(r"(\d{1,3})(?:\s*[–-]\s*(\d{1,3}))?", text):
        upper = int(last) if last else int(first)
        found.extend(range(int(first), upper + 1) if int(first) <= upper <= int(first) + 40 else [int(first), upper])
    return tuple(dict.fromkeys(found))


def clean_inline(original: str, start: int, end: int, *, markup: bool) -> tuple[list[Piece], list[InlineMarker]]:
    """Pieces and markers of original[start:end]; `markup` False leaves asterisks and underscores as they are."""
    pieces: list[Piece] = []
    markers: list[InlineMarker] = []
    position = start

    def add(text: str, first: int, last: int) -> None:
        if text == " " and (not pieces or pieces[-1].text.endswith(" ")):
            return
        if (
            markers
            and markers[-1].piece >= len(pieces) - 1
            and pieces
            and pieces[-1].text == " "
            and text[:1] in ".,;:)"
        ):
            pieces.pop()  # the blank before a marker that stood before a full stop
            markers[-1] = InlineMarker(min(markers[-1].piece, len(pieces)), markers[-1].numbers, markers[-1].text)
        pieces.append(Piece(text, first, last))

    for match in TOKEN.finditer(original, start, end):
        if match.start() > position:
            add(original[position : match.start()], position, match.start())
        position = match.end()
        group = match.lastgroup if match.lastgroup not in ("raised", "formula") else ("sup" if match["sup"] else "math")
        if group == "sup" and RAISED_NUMBERS.fullmatch(match["raised"]):
            markers.append(InlineMarker(len(pieces), numbers_of(match["raised"]), match[0]))
        elif group == "sup" and RAISED_AFFILIATION.fullmatch(match["raised"]):
            continue  # "Faria<sup>1,a</sup>": an author's address, not a citation
        elif group == "sup":
            add(match["raised"], match.start("raised"), match.end("raised"))
        elif group == "bracket":
            markers.append(InlineMarker(len(pieces), numbers_of(match[0]), match[0]))
        elif group == "math":
            _formula(match, add, pieces, markers)
        elif group == "space":
            add(" ", match.start(), match.end())
        elif group == "ligature":
            add(unicodedata.normalize("NFKC", match[0]), match.start(), match.end())
        elif group == "emphasis" and not markup:
            add(match[0], match.start(), match.end())
    if position < end:
        add(original[position:end], position, end)
    if pieces and pieces[-1].text == " ":
        pieces.pop()
        markers = [InlineMarker(min(m.piece, len(pieces)), m.numbers, m.text) for m in markers]
    return pieces, markers


def _formula(
    match: re.Match[str], add: Callable[[str, int, int], None], pieces: list[Piece], markers: list[InlineMarker]
) -> None:
    """A LaTeX run: a word with a raised citation, or a formula whose letters are kept and whose markup is dropped."""
    body, base = match["formula"], match.start("formula")
    cited = FORMULA_MARKER.fullmatch(body)
    if cited and cited["word"].strip():
        add(cited["word"].strip(), base + cited.start("word"), base + cited.start("word") + len(cited["word"].rstrip()))
        markers.append(InlineMarker(len(pieces), numbers_of(cited["numbers"]), match[0]))
        return
    position = 0
    for markup in FORMULA_MARKUP.finditer(body):
        if markup.start() > position:
            add(body[position : markup.start()], base + position, base + markup.start())
        position = markup.end()
    if position < len(body):
        add(body[position:], base + position, base + len(body))


def plain(original: str, start: int, end: int, *, markup: bool) -> str:
    """The clean text of original[start:end], without its offsets."""
    return "".join(p.text for p in clean_inline(original, start, end, markup=markup)[0])
