"""Numbers as texts write them, in figures or in words → floats. Must never: read a word that is no number."""

import re

__all__ = ["NUMBER", "number"]

_UNITS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "couple": 2, "few": 3, "several": 4, "half": 0.5,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SMALL = "|".join(name for name in _UNITS if name not in ("a", "an", "couple", "few", "several", "half"))

NUMBER = rf"(?:\d+(?:[.,]\d+)?|(?:{'|'.join(_TENS)})(?:[- ](?:{_SMALL}))?|{_SMALL})"
_WORDS = re.compile(r"[a-z]+")
_FIGURES = re.compile(r"\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")


def number(text: str) -> float | None:
    """The number that a text of NUMBER's form (or "a", "couple", "several") names; None where it names none.

    A comma before exactly three figures parts thousands ("1,280"), any other is a decimal comma ("2,53").
    """
    text = _THOUSANDS.sub("", text.strip().lower()).replace(",", ".")
    if text[:1].isdigit():
        return float(text) if _FIGURES.fullmatch(text) else None
    words = _WORDS.findall(text)
    if not words or any(word not in _UNITS and word not in _TENS for word in words):
        return None
    return float(sum(_UNITS.get(word, 0) + _TENS.get(word, 0) for word in words))
