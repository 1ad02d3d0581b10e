"""The lines of web pages and page layouts that are no part of an article, as data.

Made from nothing; read by the readers. Must never: match a line that could be an article's own sentence.
"""

import re
from collections import Counter

__all__ = ["LINE", "TRAILING", "is_furniture", "repeated_lines", "tail_start"]

LINE = re.compile(
    r"(?:click here to view|top|table of contents|login to access the e-?mail id|rights and permissions|\[pubmed\]"
    r"|back to cited text no\.? ?\d+|(?:\[figure \d+\],?\s*)+|\[pubmed\]\s*\|\s*\[doi\]"
    r"|you'?re reading a preview|become an? .{1,60} membership for full access.*|become membership"
    r"|if you are a member\.? log in here|\(cc\) by.*|advertisement|download pdf|share this article"
    r"|!\[[^\]]*\]\([^)]*\))",
    re.IGNORECASE,
)
TRAILING = re.compile(r"[\s\u00a0]*(?:back to cited text no\.? ?\d+|\[pubmed\])[\s\u00a0]*$", re.IGNORECASE)
RUNNING_HEAD = re.compile(r"[A-Z][\w'’-]+(?: [A-Z]{1,3})? et al\.? ?/ .{5,120}")
TAIL = re.compile(
    r"(?:search|similar in pubmed|access statistics|article access statistics|recommend this journal|in this article"
    r"|search pubmed for|related articles)",
    re.IGNORECASE,
)


def is_furniture(line: str) -> bool:
    """True for a whole line that belongs to the page and not to the article."""
    line = " ".join(line.split())
    return bool(LINE.fullmatch(line) or RUNNING_HEAD.fullmatch(line))


def repeated_lines(lines: list[str]) -> frozenset[str]:
    """Short lines that come back three times or more, their digits aside: running heads and feet."""
    keys = Counter(re.sub(r"\d+", "#", " ".join(line.split())) for line in lines if 3 < len(line.strip()) < 90)
    return frozenset(
        k for k, n in keys.items() if n >= 3 and any(c.isalpha() for c in k) and not k.startswith(("#", "•", "-"))
    )


def tail_start(lines: list[str]) -> int:
    """Index of the line from which on a page holds only its own navigation; len(lines) where there is none.

    Three such lines must stand in the last part of the page: one alone ("Search") may be an article's heading.
    """
    hits = [i for i, line in enumerate(lines) if TAIL.fullmatch(" ".join(line.split())) and i > len(lines) // 2]
    return hits[0] if len(hits) >= 3 else len(lines)
