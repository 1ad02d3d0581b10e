"""A run of text → its sentences, as offsets. Must never: return a span that differs from the text it was cut from.

nupunkt finds the ends of sentences; what it cannot know is added here: units before a lower-case word ("3 mm. in
size"), the ▸ and • that textbooks put between statements, and line ends between table rows or list items.
"""

import re
from functools import cache
from typing import Any

__all__ = ["sentence_spans"]

HARD_BREAK = re.compile(r"\n+|\s*[▸•]\s*")
ABBREVIATION = re.compile(
    r"(?:^|[\s(\d/])(?:[A-Za-z]{1,3}|approx|figs?|refs?|vols?|cases?\sno|al|et\sal|i\.e|e\.g|cf|vs|resp|incl)\.$",
    re.IGNORECASE,
)
REAL_WORDS = frozenset(
    "is it in on to no do an as at be by of or so us we up he if my bone old age two six ten".split()
)
ORPHAN_NUMBER = re.compile(r"[\s\d,–-]{1,12}$")


@cache
def _tokenizer() -> Any:
    import nupunkt

    return nupunkt


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Spans of the sentences of text[start:end], blanks at both ends left out; offsets into `text`."""
    end = len(text) if end is None else end
    found: list[tuple[int, int]] = []
    position = start
    for gap in [*HARD_BREAK.finditer(text, start, end), None]:
        stop = gap.start() if gap else end
        if stop > position:
            found.extend(_within(text, position, stop))
        position = gap.end() if gap else end
    return found


def _within(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for first, last in _tokenizer().sent_spans(text[start:end]):
        first, last = first + start, last + start
        while first < last and text[first].isspace():
            first += 1
        while last > first and text[last - 1].isspace():
            last -= 1
        if first == last:
            continue
        if spans and _runs_on(text[spans[-1][0] : spans[-1][1]], text[first:last]):
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def _runs_on(before: str, after: str) -> bool:
    """True where the full stop between two pieces ended an abbreviation or a unit and not a sentence."""
    if after[0] in ".,;:)" and len(after) < 4:
        return True
    last = re.split(r"[\s(]", before)[-1].rstrip(".").lower()
    if not (after[0].islower() or after[0].isdigit()):
        return bool(re.search(r"\b(?:et al|Fig|Figs|Dr|St|vs|cf|e\.g|i\.e)\.$", before))
    return bool(ABBREVIATION.search(before)) and last not in REAL_WORDS
