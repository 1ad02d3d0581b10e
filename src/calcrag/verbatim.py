"""Where a quote stands word for word in a text: the one test by which a quote counts as held.

Made from the quote and the text alone. Tolerant of how the same characters are printed (runs of white space,
typographic quotation marks and dashes, ligatures, composed or decomposed accents) and of nothing else. Must never:
find a quote inside a longer word or number ("effective" in "ineffective" or "non-effective", "2.6" in "12.6"), or
find one that has no word.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

__all__ = ["find_all_verbatim", "find_verbatim", "words_of"]

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_DASHES = "-‐‑‒–−"  # what joins words and the ends of a range; folded to a hyphen
_EM_DASHES = "—―"  # what parts a sentence: folded too, but a quote may begin or end at one
_QUOTATION_MARKS = {**dict.fromkeys("‘’‚‛ʼ`´", "'"), **dict.fromkeys("“”„‟«»", '"')}
_FOLDED = {**_LIGATURES, **_QUOTATION_MARKS, **dict.fromkeys(_DASHES + _EM_DASHES, "-")}
_COMPARATORS = "<>≤≥±~≈+"


def find_verbatim(quote: str, text: str) -> tuple[int, int] | None:
    """The first (start, end) in `text`, in characters, where `quote` stands verbatim; None where it does not.

    Upper and lower case, spelling, order and every figure must be the same; `text[start:end]` is the quote as
    printed.
    """
    return next(find_all_verbatim(quote, text), None)


def find_all_verbatim(quote: str, text: str) -> Iterator[tuple[int, int]]:
    """Every (start, end) where `find_verbatim` would find the quote, in the order of the text."""
    wanted = "".join(piece for piece, _, _ in _pieces(quote)).strip()
    if not any(c.isalnum() for c in wanted):
        return
    folded, starts, ends = _fold(text)
    at = folded.find(wanted)
    while at >= 0:
        last = at + len(wanted) - 1
        # Half a ligature is no place to begin or end: its other half would be cut off.
        whole = (at == 0 or starts[at] != starts[at - 1]) and (last + 1 == len(folded) or ends[last] != ends[last + 1])
        if whole and not _is_inside(text, starts[at]) and not _is_inside(text, ends[last]):
            yield starts[at], ends[last]
        at = folded.find(wanted, at + 1)


def words_of(text: str) -> list[str]:
    """The words and numbers of a text, in order: its runs of letters and digits."""
    return "".join(c if c.isalnum() else " " for c in text).split()


def _is_inside(text: str, position: int) -> bool:
    """True where a cut before text[position] would go through a word, a number or what belongs to a number."""
    before = text[max(0, position - 2) : position].rjust(2)
    after = text[position : position + 2].ljust(2)
    left, right = before[1], after[0]
    if left.isalnum() and (right.isalnum() or _binds(right, near=left, beyond=after[1])):
        return True
    if right.isalnum() and _binds(left, near=right, beyond=before[0]):
        return True
    return (left.isdigit() and right in "%°‰") or (left in _COMPARATORS and right.isdigit())


def _binds(mark: str, *, near: str, beyond: str) -> bool:
    """True where `mark`, standing next to `near`, makes one word or number of it with what stands `beyond`."""
    match _FOLDED.get(mark, mark):
        case "-" if mark not in _EM_DASHES:
            return beyond.isalnum() or (near.isdigit() and beyond.isspace())
        case "'":
            return near.isalpha() and beyond.isalpha()
        case "/":
            return beyond.isalnum()
        case "." | "," | ":":
            return near.isdigit() and beyond.isdigit()
    return False


def _pieces(text: str) -> list[tuple[str, int, int]]:
    """The text as it is compared: (characters, start, end) of each cluster of it, a run of white space as one
    blank.
    """
    bounds = [place for place, c in enumerate(text) if place == 0 or not _continues(c, text[place - 1])]
    made: list[tuple[str, int, int]] = []
    for start, end in pairwise([*bounds, len(text)]):
        cluster = text[start:end]
        folded = " " if cluster.isspace() else _FOLDED.get(cluster, unicodedata.normalize("NFC", cluster))
        made.append((folded, start, end))
    return made


def _continues(character: str, before: str) -> bool:
    """True where a character belongs to the cluster of the one before it."""
    return unicodedata.combining(character) > 0 or (character.isspace() and before.isspace())


@lru_cache(maxsize=32)  # an audit holds a thousand quotes against the same few articles
def _fold(text: str) -> tuple[str, list[int], list[int]]:
    """The text as it is compared, and for each of its characters where its cluster begins and ends in the text."""
    pieces = _pieces(text)
    starts = [start for piece, start, _ in pieces for _ in piece]
    ends = [end for piece, _, end in pieces for _ in piece]
    return "".join(piece for piece, _, _ in pieces), starts, ends
