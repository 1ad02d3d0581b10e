"""An Article → Passages: the runs of it that are found and cited.

A passage is whole sentences of one section, a caption, a group of table rows under one heading, or list items with their
parents; its heading path goes with it into both indexes. Must never: differ from `article.text[start:end]`, or be longer
than the embedding model reads.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import groupby

from calcrag.literature.article import Article, Block, BlockKind, SourceKind
from calcrag.literature.sentences import sentence_spans

__all__ = ["Passage", "PassageKind", "PassageSettings", "passages_of"]


class PassageKind(StrEnum):
    """What a passage is."""

    PROSE = "prose"
    CAPTION = "caption"
    TABLE = "table"
    LIST = "list"
    ABSTRACT = "abstract"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article: `article.text[start:end] == text`, always.

    `id` is a short hash of source key, offsets and text: the only rule by which a passage counts as already indexed.
    `heading` is the path of headings above it, outermost first, joined by " › "; it is indexed with the text.
    """

    id: str
    source: str
    kind: PassageKind
    text: str
    start: int
    end: int
    heading: str = ""
    label: str | None = None
    page: int | None = None
    page_label: str | None = None


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """How long passages are, in characters. A passage is closed once it has `target`, and never exceeds `longest`."""

    target: int = 600
    longest: int = 900


Fits = Callable[[str], bool]
FLOWING = frozenset({BlockKind.PARAGRAPH, BlockKind.ABSTRACT, BlockKind.BACK, BlockKind.LIST_ITEM})


def passages_of(
    article: Article, *, settings: PassageSettings | None = None, fits: Fits | None = None
) -> list[Passage]:
    """The passages of an article in reading order; `fits` tells whether the model reads a text whole."""
    settings = settings or PassageSettings()
    fits = fits or (lambda _: True)
    made: list[Passage] = []
    for _, group in groupby(article.blocks, key=lambda block: _unit(article, block)):
        blocks = list(group)
        kind = blocks[0].kind
        if kind in FLOWING:
            made.extend(_flow(article, blocks, settings, fits))
        elif kind is BlockKind.CAPTION:
            spans = sentence_spans(article.text, blocks[0].start, blocks[0].end)
            made.extend(_packed(article, spans, PassageKind.CAPTION, "", settings, fits, label=blocks[0].label))
        elif kind in (BlockKind.TABLE_TITLE, BlockKind.TABLE_ROW):
            made.extend(_table(article, blocks, settings, fits))
        elif kind is BlockKind.REFERENCE:
            made.append(_passage(article, blocks[0].start, blocks[0].end, PassageKind.REFERENCE, _heading(blocks[0])))
        elif kind is BlockKind.KEYWORDS:
            made.append(
                _passage(article, blocks[0].start, blocks[0].end, PassageKind.LIST, blocks[0].label or "Keywords")
            )
        elif kind in (BlockKind.FRONT, BlockKind.TITLE):
            spans = [(b.start, b.end) for b in blocks]
            made.extend(_packed(article, spans, PassageKind.PROSE, "Title page", settings, fits))
    return made


def _unit(article: Article, block: Block) -> tuple[object, ...]:
    """Blocks with the same unit, one after the other, may share a passage; two snippets of a scraped page never do."""
    if block.kind in (BlockKind.CAPTION, BlockKind.REFERENCE, BlockKind.KEYWORDS):
        return (block.kind, block.start)
    if block.kind in (BlockKind.TABLE_TITLE, BlockKind.TABLE_ROW):
        return ("table", block.group)
    if block.kind in (BlockKind.FRONT, BlockKind.TITLE):
        return ("front",)
    if article.kind is SourceKind.WEB_AGGREGATION:
        return (block.kind, block.start)
    if block.kind in FLOWING:
        return ("flow", block.section)
    return (block.kind, block.section)


def _heading(block: Block) -> str:
    return " › ".join(block.section)


def _passage(
    article: Article, start: int, end: int, kind: PassageKind, heading: str, *, label: str | None = None
) -> Passage:
    text = article.text[start:end]
    digest = sha256(f"{article.key}\n{start}\n{end}\n{heading}\n{text}".encode()).hexdigest()[:12]
    return Passage(
        id=digest, source=article.key, kind=kind, text=text, start=start, end=end, heading=heading, label=label
    )


def _packed(
    article: Article, spans: list[tuple[int, int]], kind: PassageKind, heading: str, settings: PassageSettings, fits: Fits,
    *, label: str | None = None,
) -> Iterator[Passage]:  # fmt: skip
    """Passages of whole spans, filled up to the target; a last piece much shorter than it joins the one before."""
    start: int | None = None
    stop = 0
    for first, last in spans:
        if start is None:
            start, stop = first, first
        rest = spans[-1][1] - first
        grown = last - start
        full = stop - start >= settings.target and rest > settings.target * 0.45
        if stop > start and (grown > settings.longest or full or not fits(f"{heading}: {article.text[start:last]}")):
            yield _passage(article, start, stop, kind, heading, label=label)
            start = first
        stop = last
        if not fits(f"{heading}: {article.text[start:stop]}"):
            *pieces, (start, stop) = _cut(article.text, start, stop, heading, fits)
            for piece in pieces:
                yield _passage(article, *piece, kind, heading, label=label)
    if start is not None:
        yield _passage(article, start, stop, kind, heading, label=label)


def _cut(text: str, start: int, end: int, heading: str, fits: Fits) -> list[tuple[int, int]]:
    """A sentence that the model cannot read whole, cut at its semicolons, commas or blanks, the largest pieces that fit."""
    pieces: list[tuple[int, int]] = []
    while start < end and not fits(f"{heading}: {text[start:end]}"):
        low, high = start + 1, end
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if fits(f"{heading}: {text[start:middle]}") else (low, middle)
        cut = next(
            (p + 1 for mark in (";", ",", " ") if (p := text.rfind(mark, start + (low - start) // 2, low)) > 0), low
        )
        pieces.append((start, cut))
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        pieces.append((start, end))
    return pieces


def _table(article: Article, blocks: list[Block], settings: PassageSettings, fits: Fits) -> Iterator[Passage]:
    """The rows of a table, cut where a branch of it ends; the title and the rows above a piece are its heading."""
    title = next((article.text[b.start : b.end] for b in blocks if b.kind is BlockKind.TABLE_TITLE), "")
    label = next((b.label for b in blocks if b.label), None)
    rows = [b for b in blocks if b.kind is BlockKind.TABLE_ROW]
    for piece in _branches(rows, settings, lambda b: fits(f"{title}: {article.text[b[0].start : b[-1].end]}")):
        above = [article.text[s:e] for s, e in piece[0].path]
        start = blocks[0].start if piece[0] is rows[0] and blocks[0].kind is BlockKind.TABLE_TITLE else piece[0].start
        heading = " › ".join([title, *above])
        yield _passage(article, start, piece[-1].end, PassageKind.TABLE, heading, label=label)


def _flow(article: Article, blocks: list[Block], settings: PassageSettings, fits: Fits) -> Iterator[Passage]:
    """Paragraphs and list items of one section; an item under another carries the text of the one above in its heading."""
    heading = _heading(blocks[0])
    kind = PassageKind.ABSTRACT if blocks[0].kind is BlockKind.ABSTRACT else PassageKind.PROSE
    if not any(b.kind is BlockKind.LIST_ITEM for b in blocks):
        spans = [s for b in blocks for s in sentence_spans(article.text, b.start, b.end)]
        yield from _packed(article, spans, kind, heading, settings, fits)
        return
    for piece in _branches(
        blocks, settings, lambda run: fits(f"{heading}: {article.text[run[0].start : run[-1].end]}")
    ):
        above = " › ".join([heading, *(article.text[s:e] for s, e in piece[0].path)]).removeprefix(" › ")
        if len(piece) == 1:
            spans = sentence_spans(article.text, piece[0].start, piece[0].end)
            yield from _packed(article, spans, PassageKind.LIST, above, settings, fits)
        else:
            yield _passage(article, piece[0].start, piece[-1].end, PassageKind.LIST, above)


def _branches(
    rows: list[Block], settings: PassageSettings, fits: Callable[[list[Block]], bool]
) -> Iterator[list[Block]]:
    """Runs of rows that fit a passage; a run is not cut between a row and the first row under it."""
    run: list[Block] = []
    for row in rows:
        grown = [*run, row]
        length = grown[-1].end - grown[0].start
        sibling = bool(run) and len(row.path) <= len(run[0].path)
        full = bool(run) and run[-1].end - run[0].start >= settings.target and sibling
        if run and (full or length > settings.longest or not fits(grown)):
            yield run
            run = [row]
        else:
            run = grown
    if run:
        yield run
