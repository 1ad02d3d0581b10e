"""A run of a scraped page → its pieces: what was glued together taken apart, and of each piece whether it is whole.

Made from capitals, brackets and full stops, and from the words that the sources print elsewhere. Must never: call a
piece whole that has lost its beginning, its end or its subject.
"""

import re
from collections.abc import Collection, Mapping
from itertools import pairwise

from calcrag.literature.roles import has_verb

__all__ = ["is_lost", "is_whole", "lacks_full_stop", "pieces_of", "runs_into"]

GLUED = re.compile(r"(?P<before>\S+)\s+(?P<word>[A-Z][a-z]+(?:-[a-z]+)?)\b")
GLUED_BY_DASH = re.compile(r"(?<=[a-z])—(?=[A-Z])")
BROKEN_OFF = re.compile(r"\s*\((?:Fig|Figs|Table|e|i)?\.?$", re.IGNORECASE)
POINTER = re.compile(r"\((?:Fig|Figs|Table)\.?\s*$|\)\s*$")
FIGURE_PART = re.compile(r"^(?:\d+[a-z]?\s+)?(?:\([a-z](?:\s*[,–-]\s*[a-z])*\)\s*)+")
FULL_STOP = re.compile(r"[.!?][\"”’)\]]*$")
OPEN_END = re.compile(
    r"\b(?:the|an?|of|in|on|with|and|or|to|for|by|include|have|which|can|common|relatively)$", re.IGNORECASE
)
OWN_HEADING = re.compile(r"[a-z][a-z -]{6,60}: \w")
CAPTION_WORDS = re.compile(r"\b(?:patient|\d+-year-old|radiograph|image|view|specimen)\b", re.IGNORECASE)
LOST = re.compile(
    r"\b(?:this|these|those|such) (?:\w+ ){0,2}(?:findings?|conditions?|diseases?|lesions?|articles?|cases?"
    r"|process(?:es)?|statement)\b|\bincludes?:|^(?:in addition|additionally|again|over the following|once it)\b",
    re.IGNORECASE,
)
JOINING = frozenset("of in the and with by for to a an or from at on".split())
SHORTEST = 5  # words of a fragment that says something
LONG_ENOUGH = 8  # words of a sentence that lacks its full stop and is read all the same


def pieces_of(text: str, printed_small: Mapping[str, int]) -> list[tuple[int, int, bool]]:
    """The spans of the pieces of a scraped run, and of each whether it is whole.

    A capital where no sentence begins, in a word that the page also prints small (`printed_small` counts that), shows
    where two snippets were glued together.
    """
    cuts = [0]
    for match in GLUED.finditer(text):
        before, word = match["before"], match["word"]
        name = printed_small.get(word.lower(), 0) == 0 and not before.endswith((")", "%"))
        goes_on = before.endswith((":", ",", "“", "(", "-", "–")) and not BROKEN_OFF.search(before)
        if not name and not goes_on and before.lower() not in JOINING:
            cuts.append(match.start("word"))
    cuts.extend(match.end() for match in GLUED_BY_DASH.finditer(text))
    pieces = []
    for begin, stop in pairwise([*sorted(cuts), len(text)]):
        pointed = POINTER.search(text[begin:stop]) is not None and stop < len(text)
        stop = begin + len(BROKEN_OFF.sub("", text[begin:stop].rstrip()))
        part = FIGURE_PART.match(text[begin:stop])
        begin += part.end() if part else 0
        if stop > begin:
            pieces.append((begin, stop, is_whole(text[begin:stop], pointed=pointed)))
    return pieces


def is_whole(piece: str, *, pointed: bool = False) -> bool:
    """True for a piece that begins and ends as a sentence does and says something; `pointed` where a reference to a
    figure stood at its end.
    """
    balanced = all(piece.count(a) == piece.count(b) for a, b in ("()", "[]"))
    own_heading = OWN_HEADING.match(piece) is not None
    says = has_verb(piece) or own_heading or CAPTION_WORDS.search(piece) is not None
    ends = FULL_STOP.search(piece) is not None or (pointed and not OPEN_END.search(piece))
    begins = piece[:1].isupper() or own_heading
    return balanced and says and ends and begins and len(piece.split()) >= SHORTEST


def lacks_full_stop(piece: str) -> bool:
    """True for a piece that lacks nothing of a sentence but its full stop."""
    long = len(piece.split()) >= LONG_ENOUGH and piece[:1].isupper()
    return long and not FULL_STOP.search(piece) and not OPEN_END.search(piece) and is_whole(f"{piece}.")


def is_lost(piece: str, words: Collection[str]) -> bool:
    """True where a piece points to what is not there, or holds a word that was torn in two; `words` are sound words."""
    if LOST.search(piece):
        return True
    halves = pairwise(re.findall(r"[a-z]+", piece))
    return any(a not in words and a + b in words and re.search(rf"\b{a}[ -]{b}\b", piece) for a, b in halves)


def runs_into(before: str) -> bool:
    """True where a name goes on with what stands before it, and is no heading that was glued into the text."""
    return before.rstrip()[-1:] in ":;." or before.rsplit(maxsplit=1)[-1].lower() in JOINING
