"""Case text → Tokens: its words, numbers and marks with their places, their folded keys, and where sentences and
clauses end.

Folding brings together what means the same: upper and lower case, British and American spelling, accents, plurals and
verb forms ("oedematous tumours" and "edematous tumor" fold alike). Both sides of a comparison are folded by the same
rules, so that a fold that is no word harms nothing. Must never: change the text, or fold a number.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Tokens", "fold", "tokens_of"]

_TOKEN = re.compile(
    r"\b(?:[isIS]\.[cmv])\b\.?|[^\W\d_]+\d[^\W_]*|[^\W\d_]+(?:['’](?:[st]\b|[^\W\d_]{2,}))?|\d+(?:[.,]\d+)*|\S"
)
_IRREGULAR = {
    "children": "child", "men": "man", "women": "woman", "feet": "foot", "teeth": "tooth", "calves": "calf",
    "foci": "focus", "nuclei": "nucleus", "thrombi": "thrombus", "tophi": "tophus", "menisci": "meniscus",
    "humeri": "humerus", "ova": "ovum", "hila": "hilum", "femora": "femur", "gentlemen": "gentleman",
    "ladies": "lady", "vertebral": "vertebral", "pus": "pus", "scolices": "scolex", "crania": "cranium",
    "septa": "septum", "axes": "axis", "aching": "ache", "ached": "ache", "phalanges": "phalanx", "larvae": "larva",
    "halluces": "hallux", "bacilli": "bacillus", "emboli": "embolus", "biopsies": "biopsy", "calculi": "calculus",
    "loculi": "loculus", "sequelae": "sequela", "hands": "hand", "grew": "grow", "grown": "grow", "grows": "grow",
    "growing": "grow", "swollen": "swollen", "spinal": "spinal", "died": "die", "scapulae": "scapula",
    "ischia": "ischium", "labia": "labium", "sarcomata": "sarcoma", "medullae": "medulla",
}  # fmt: skip
_GREEK_PLURAL = re.compile(
    r"(?:metast|exost|diagn|sten|prosth|paralys|neur|parasit|calcin|synost|oss|fibr|necr|scler)[aeo]?ses$"
)
_ABBREVIATIONS = frozenset(
    {"dr", "mr", "mrs", "vs", "approx", "eg", "ie", "fig", "st", "cf", "no", "wt", "ht", "max", "min", "ca"}
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text and its tokens, in order: word i is text[starts[i]:ends[i]], folded to keys[i], in sentence and clause i.

    A clause ends where a sentence does, and at a semicolon, colon or dash.
    """

    text: str
    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    keys: tuple[str, ...]
    lower: tuple[str, ...]
    sentence: tuple[int, ...]
    clause: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.words)


def tokens_of(text: str) -> Tokens:
    """The tokens of a text; a text without any gives none."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(text):
        words.append(match.group())
        starts.append(match.start())
        ends.append(match.end())
    lower = tuple(word.lower().replace("’", "'") for word in words)
    sentence, clause = _places(text, words, starts, ends)
    return Tokens(text, tuple(words), tuple(starts), tuple(ends), tuple(map(fold, words)), lower, sentence, clause)


def _places(text: str, words: list[str], starts: list[int], ends: list[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The number of the sentence and of the clause of every token; a mark that ends one belongs to it."""
    sentences: list[int] = []
    clauses: list[int] = []
    sentence = clause = 0
    dashes = _single_dashes(text, words, starts, ends)
    for place, word in enumerate(words):
        if (
            place
            and "\n" in text[ends[place - 1] : starts[place]]
            and _is_break(text, ends[place - 1], starts[place], word)
        ):
            sentence, clause = sentence + 1, clause + 1
        sentences.append(sentence)
        clauses.append(clause)
        if word in ".!?" and _ends_sentence(words, starts, ends, place):
            sentence, clause = sentence + 1, clause + 1
        elif place in dashes or (word in ";:" and not (word == ";" and _touches(starts, ends, place))):
            clause += 1
    return tuple(sentences), tuple(clauses)


def _single_dashes(text: str, words: list[str], starts: list[int], ends: list[int]) -> set[int]:
    """The dashes that part statements; a pair of them only holds a remark within one."""
    single: set[int] = set()
    run: list[int] = []
    for place, word in enumerate(words):
        if word in ("-", "–", "—") and _stands_alone(text, starts[place], ends[place]):
            run.append(place)
        elif word in ".!?;":
            single.update(run if len(run) != 2 else ())
            run = []
    return single | set(run if len(run) != 2 else ())


def _is_break(text: str, end: int, start: int, word: str) -> bool:
    """True for a line end that ends a sentence: a blank line, or a line that begins with a capital, a figure or a
    bullet.
    """
    return text.count("\n", end, start) > 1 or word[0].isupper() or word[0].isdigit() or word[0] in "-*•"


def _ends_sentence(words: list[str], starts: list[int], ends: list[int], place: int) -> bool:
    if words[place] == "?" and place + 1 < len(words) and starts[place + 1] == ends[place]:
        return False  # "?sarcoma" asks of the word that follows
    if place + 1 == len(words):
        return True
    if starts[place + 1] == ends[place]:
        return False
    before = words[place - 1] if place else ""
    if words[place] == "." and (before.lower() in _ABBREVIATIONS or (len(before) == 1 and before.isupper())):
        # "S. aureus", "approx. 3 cm"; but "vitamin D. Films …" ends.
        return before.lower() not in _ABBREVIATIONS and words[place + 1][0].isupper()
    following = words[place + 1][0]
    return not following.islower() or words[place] != "."


def _touches(starts: list[int], ends: list[int], place: int) -> bool:
    """True for a mark inside a name: "t(X;18)"."""
    return 0 < place < len(starts) - 1 and ends[place - 1] == starts[place] and ends[place] == starts[place + 1]


def _stands_alone(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start].isspace() and text[end : end + 1].isspace()


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """The key under which all forms of a word are found; numbers and marks are their own."""
    if not word[0].isalpha():
        return word
    key = word.lower()
    if not key.isascii():
        key = "".join(c for c in unicodedata.normalize("NFKD", key) if not unicodedata.combining(c)).replace("’", "'")
    key = key.removesuffix("'s").replace(".", "")  # "s.c.", "i.m."
    if any(c.isdigit() for c in key):
        return key
    key = _IRREGULAR.get(key, key)
    return _american(_stem(key))


def _stem(key: str) -> str:
    if len(key) > 4:
        if key.endswith("ae"):
            return key[:-1]
        if _GREEK_PLURAL.search(key):
            return key[:-2] + "is"
        if key.endswith("ies"):
            key = key[:-3] + "y"
        elif key.endswith(("sses", "xes", "ches", "shes")):
            key = key[:-2]
        elif key.endswith("s") and not key.endswith(("ss", "us", "is")):
            key = key[:-1]
    elif len(key) == 4 and key.endswith("s") and not key.endswith(("ss", "us", "is")):
        key = key[:-1]
    if len(key) > 5:
        for ending in ("ied", "ed", "ing"):
            if key.endswith(ending) and any(c in "aeiouy" for c in key[: -len(ending)]):
                return _undoubled(key[: -len(ending)] + ("y" if ending == "ied" else ""))
    return key.removesuffix("e") if len(key) > 4 else key


def _undoubled(stem: str) -> str:
    """Without a doubled last letter: as "stopp" is "stop", so "swell" becomes "swel"."""
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "aeious":
        stem = stem[:-1]
    return stem.removesuffix("e") if len(stem) > 4 else stem


def _american(key: str) -> str:
    key = (
        key.replace("ae", "e")
        .replace("oe", "e")
        .replace("sulph", "sulf")
        .replace("leuco", "leuko")
        .replace("grey", "gray")
    )
    if key.endswith("ll"):
        key = key[:-1]  # "fall" and "swell" as "falling" and "swelling", whose doubled letter goes with their ending
    if len(key) > 5:
        key = key.replace("our", "or")
    if key.endswith(("tr", "br")):  # centre, fibre, litre: their e is gone already
        key = key[:-1] + "er"
    if key.endswith(("isation", "ising")):
        key = key[::-1].replace("si", "zi", 1)[::-1]
    return key[:-2] + "iz" if key.endswith("is") and key[:-2] in _VERBS_IN_ISE else key


_VERBS_IN_ISE = frozenset(
    "mineral local general circumscr organ character immobil capital hyal recogn visual sensit neutral ion hospital "
    "calcin cauter special penal normal central polar lateral vascular encapsul demineral fibr hyalin heparin immun "
    "steril".split()
)
