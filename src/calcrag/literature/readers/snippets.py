"""A scraped page of concatenated search results → Article: one paragraph a snippet, its date stamp and the spam left out.

A date stamp says when some page was crawled and belongs to no text after it, so it is dropped. Must never: join two
snippets, or supply the subject that a fragment has lost.
"""

import math
import re
from collections import Counter
from itertools import pairwise

from calcrag.literature.article import Article
from calcrag.literature.readers.decoding import decode
from calcrag.literature.readers.structure import Drafts, assemble

__all__ = ["looks_like_snippets", "read_snippets"]

STAMP = re.compile(
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{1,2}, (?:19|20)\d\d\s*(?:·|\.\.\.|—)\s*",
    re.IGNORECASE,
)
WORD = re.compile(r"[a-z]+")


def looks_like_snippets(text: str) -> bool:
    """True where five date stamps of search results or more stand in the text."""
    return len(STAMP.findall(text)) >= 5


def read_snippets(data: bytes, *, key: str, origin: str) -> Article:
    """The Article of a page of search snippets; UnreadableFile where it is no text."""
    text = decode(data, origin)
    end = _without_spam(text)
    collected = Drafts(text, markup=False, in_front=False)
    cuts = sorted(
        {0, end, *(m.end() for m in STAMP.finditer(text, 0, end)), *(m.end() for m in re.finditer(r"\n", text[:end]))}
    )
    for start, stop in pairwise(cuts):
        stamp = STAMP.search(text, start, stop)
        span = _trim(text, start, stamp.start() if stamp else stop)
        if span[1] - span[0] >= 25:
            collected.paragraph([span])
    return assemble(collected, data=data, key=key, origin=origin, torn=False)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] in "·,;."):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _without_spam(text: str) -> int:
    """Where the text ends when a last run of made-up words is left out.

    The words after the last full stop are spam where their letter pairs are far rarer in the page than those of its other
    words: a test of the page against itself, which needs no word list.
    """
    body = text.rstrip()
    tail_at = max(body.rfind(". "), body.rfind(".\n")) + 1
    tail = WORD.findall(body[tail_at:].lower())
    if len(tail) < 5 or any(c.isupper() for c in body[tail_at:]):
        return len(body)
    pairs: Counter[str] = Counter()
    for word in WORD.findall(body[:tail_at].lower()):
        pairs.update(map("".join, zip(f"^{word}", f"{word}$", strict=False)))
    total = sum(pairs.values())

    def surprise(word: str) -> float:
        found = ["".join(p) for p in zip(f"^{word}", f"{word}$", strict=False)]
        return -sum(math.log((pairs[p] + 0.5) / (total + 0.5)) for p in found) / len(found)

    usual = sorted(surprise(w) for w in WORD.findall(body[:tail_at].lower()) if len(w) > 3)
    limit = usual[int(len(usual) * 0.97)] if usual else math.inf
    strange = sum(surprise(w) > limit for w in tail if len(w) > 2)
    return tail_at if strange >= 0.6 * sum(len(w) > 2 for w in tail) else len(body)
