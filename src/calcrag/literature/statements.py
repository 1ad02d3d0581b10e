"""An Article → Statements: the smallest runs that an answer quotes, each able to stand alone.

A statement is a sentence, a list item, a caption or a table row with the rows above it. A sentence that begins with
"It" or "These" takes the sentence before with it, so that its subject stands in the quote. Where the subject cannot be
had (the scraped page), the statement says so. Must never: supply a subject that the source has lost.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from calcrag.literature.article import Article, Block, BlockKind, SourceKind
from calcrag.literature.sentences import sentence_spans

__all__ = ["Statement", "StatementKind", "statements_of"]


class StatementKind(StrEnum):
    """What a statement is."""

    SENTENCE = "sentence"
    ITEM = "item"
    CAPTION = "caption"
    ROW = "row"
    FRONT = "front"


@dataclass(frozen=True, slots=True)
class Statement:
    """A quotable run: `article.text[start:end] == text`. `core_start` is where the sentence itself begins in it.

    `above` holds the spans of the rows over a table row. `subject_lost` marks a fragment that no longer says what it is
    about; `torn` one that breaks off in the middle.
    """

    source: str
    kind: StatementKind
    text: str
    start: int
    end: int
    core_start: int
    heading: str
    label: str | None = None
    above: tuple[tuple[int, int], ...] = ()
    subject_lost: bool = False
    torn: bool = False


LONGEST_TABLE_QUOTE = 260
LONGEST_QUOTE = 430  # characters; two of them and a short one still fit an answer of 900
ANAPHORA = re.compile(
    r"(?:it|its|they|their|them|these|those|this|that|such|both|he|she|his|her|here|there(?=\s+(?:is|are)\s+(?:also|no)\b)"
    r"|in (?:such|these|those|this|that|both)|of these|some of (?:these|them)|most of (?:these|them)|many of (?:these|them)"
    r"|another term|the (?:disease|condition|disorder|syndrome|process|entity|lesions?|parasites?|worms?|etiology|aetiology"
    r"|diagnosis|calcifications?|calcium deposits|masses|patients?|overlying skin|renal changes|dead worms|two syndromes"
    r"|former|latter|same|female)"
    r"|(?:when|where) (?:present|that is the case)|lesions|patients|underlying|radiologically|histologically|clinically"
    r"|deep involvement|following burns(?=,? it)|one of (?:their|them|these)|two patients|nodules|ulceration"
    r"|other|again|however|therefore|thus|conversely|although it|initially|occasionally)\b",
    re.IGNORECASE,
)
LOST = re.compile(
    r"(?:it|they|these|those|this|such|both|he|she|as such|in such|there are two|over the following|initially|once it|again"
    r"|\(metastatic|the pathophysiology|may|with time|surrounding|a small proportion|additionally|with careful|only a)\b",
    re.IGNORECASE,
)
ADVERTISING = re.compile(
    r"(?:learn|find out|discover|explore|see|read) (?:about|how|more|examples|cases|the causes)\b|this (?:web ?)?page\b",
    re.IGNORECASE,
)
LEFTOVER = re.compile(r"(?:\d[\d, ]*\.?|(?:[A-Z]{2,3}|Fig|Table)\.) (?=\w)")  # the end of what stood before
WORD = re.compile(r"[^\W\d_]{3,}")
TERMINAL = re.compile(r"[.!?)\]\"”’%]$")


def statements_of(article: Article) -> list[Statement]:
    """The statements of an article in reading order; headings, references and page furniture make none."""
    made: list[Statement] = []
    for block in article.blocks:
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.ABSTRACT, BlockKind.BACK):
            made.extend(_sentences(article, block))
        elif block.kind is BlockKind.CAPTION:
            made.extend(_caption(article, block))
        elif block.kind is BlockKind.LIST_ITEM:
            made.extend(_item(article, block))
        elif block.kind is BlockKind.TABLE_ROW:
            made.append(_row(article, block))
        elif block.kind in (BlockKind.FRONT, BlockKind.KEYWORDS):
            heading = block.label or "Title page"
            made.append(_statement(article, StatementKind.FRONT, block.start, block.end, heading))
    return made


def _statement(
    article: Article, kind: StatementKind, start: int, end: int, heading: str, *, core: int | None = None,
    label: str | None = None, above: tuple[tuple[int, int], ...] = (), lost: bool = False, torn: bool = False,
) -> Statement:  # fmt: skip
    core = start if core is None else core
    return Statement(article.key, kind, article.text[start:end], start, end, core, heading, label, above, lost, torn)


def _sentences(article: Article, block: Block) -> list[Statement]:
    """The sentences of a paragraph; one that leans on the sentence before is quoted with it."""
    scraped = article.kind is SourceKind.WEB_AGGREGATION
    heading = " › ".join(block.section)
    spans = sentence_spans(article.text, block.start, block.end)
    if scraped:
        spans = _lists_whole(article.text, spans)
    made: list[Statement] = []
    for number, (start, end) in enumerate(spans):
        text = article.text[start:end]
        if block.section and text.strip(" .:") == block.section[-1]:
            continue  # a run-in heading ("Gout.") says nothing by itself
        if len(WORD.findall(text)) < 2 or (scraped and (len(text.split()) < 4 or ADVERTISING.match(text))):
            continue  # nor does "(Figure 9b)", "2023; 27(1)", or the heading or invitation of a scraped page
        if not scraped:
            first = number
            while first > 0 and ANAPHORA.match(article.text[spans[first][0] : spans[first][1]]):
                if end - spans[first - 1][0] > LONGEST_QUOTE or number - first >= 2:
                    break
                first -= 1
            made.append(_statement(article, StatementKind.SENTENCE, spans[first][0], end, heading, core=start))
            continue
        lost = (bool(LOST.match(text)) or text[0].islower()) and not _names_itself(text)
        torn = not TERMINAL.search(text) or not text[0].isalnum()
        torn = (torn and not _names_itself(text)) or text.count("(") > text.count(")")
        torn = torn or bool(LEFTOVER.match(text))
        made.append(_statement(article, StatementKind.SENTENCE, start, end, heading, lost=lost, torn=torn))
    return made


def _lists_whole(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans with the short points of a list ("Common • Granuloma • Gout") put together again, behind what leads to
    them.
    """
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        previous = joined[-1] if joined else None
        point = previous is not None and "•" in text[previous[1] : start] and end - start < 60
        if (
            previous is not None
            and point
            and end - previous[0] <= LONGEST_QUOTE
            and not TERMINAL.search(text[previous[0] : previous[1]])
        ):
            joined[-1] = (previous[0], end)
        else:
            joined.append((start, end))
    return joined


def _names_itself(text: str) -> bool:
    """True for "calcinosis cutis universalis: diffuse involvement …": the fragment carries its own heading."""
    return bool(re.match(r"[a-z][a-z -]{6,60}: \w", text)) and text.endswith(".")


def _caption(article: Article, block: Block) -> list[Statement]:
    """A caption whole where it is short, else its sentences."""
    kind, label = StatementKind.CAPTION, block.label
    if block.end - block.start <= LONGEST_QUOTE:
        return [_statement(article, kind, block.start, block.end, "", label=label)]
    spans = [s for s in sentence_spans(article.text, block.start, block.end) if s[1] - s[0] > 14]
    return [_statement(article, kind, start, end, "", label=label) for start, end in spans]


def _item(article: Article, block: Block) -> list[Statement]:
    """A list item whole where it is short (its first words are its subject), else statement by statement."""
    heading = " › ".join([*block.section, *(article.text[s:e] for s, e in block.path)])
    if block.end - block.start <= LONGEST_QUOTE:
        return [_statement(article, StatementKind.ITEM, block.start, block.end, heading)]
    spans = sentence_spans(article.text, block.start, block.end)
    lead = article.text[spans[0][0] : spans[0][1]].split(":")[0]
    return [
        _statement(article, StatementKind.ITEM, start, end, heading if n == 0 else f"{heading} › {lead}")
        for n, (start, end) in enumerate(spans)
    ]


def _row(article: Article, block: Block) -> Statement:
    """A table row. One that has rows under it is quoted with them; one that has none, with the row above it and all its
    rows where that is short, else from the row above it on.

    The rows further above are quoted beside it: a row alone ("1) Gout") says nothing.
    """
    group = [b for b in article.blocks if b.group == block.group]
    title = next((article.text[b.start : b.end] for b in group if b.kind is BlockKind.TABLE_TITLE), "")
    label = next((b.label for b in group if b.label), None)
    under = [b for b in group if (block.start, block.end) in b.path]
    start, end, above = block.start, block.end, block.path
    beside = [b for b in group if above and above[-1] in b.path]
    if under and under[-1].end - start <= LONGEST_TABLE_QUOTE:
        end = under[-1].end
    elif above and beside[-1].end - above[-1][0] <= LONGEST_TABLE_QUOTE:
        start, end, above = above[-1][0], beside[-1].end, above[:-1]
    elif above and end - above[-1][0] <= LONGEST_TABLE_QUOTE:
        start, above = above[-1][0], above[:-1]
    heading = " › ".join([title, *(article.text[s:e] for s, e in block.path)])
    return _statement(article, StatementKind.ROW, start, end, heading, core=block.start, label=label, above=above)
