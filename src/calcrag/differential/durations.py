"""Case text → its times: how long the complaint has lasted, how long ago an event was, how long after it something
came.

"for ten years", "a 3-week history", "3/12", "x2 days", "years of", "noticed a year ago", "four weeks after the
injury", "at 34 weeks" (none of these). Made from the text alone; what a time belongs to is for `case_text`. Must
never: take an age for a time.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from calcrag.differential.numerals import NUMBER, number

__all__ = ["Time", "TimeKind", "duration_sign", "times_of"]

_WORD = rf"{NUMBER}|a|an|a few|few|several|a couple of|couple of|half an?"
_TIME = re.compile(
    rf"(?<![\w.,/-])(?P<n>{_WORD})(?:\s*(?:-|–|to|or)\s*(?P<m>{NUMBER}))?(?:\s|-)*(?P<u>years?|yrs?|months?|mths?|mos?|weeks?|wks?|days?|decades?|hours?|hrs?|yr)\b['’]?(?:\s+and\s+a\s+half)?",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"(?<![\w/.-])(?P<n>\d{1,3})/(?P<u>12|52|7)(?![\d/])")
_TIMES_SHORT = re.compile(
    r"\bx\s?(?P<n>\d{1,3})\s?-?(?P<u>years?|yrs?|months?|weeks?|wks?|days?|[ymwd])\b", re.IGNORECASE
)
_LAST = re.compile(r"\blast\s+(?P<u>year|month|week)\b", re.IGNORECASE)
_ABOUT = (
    r"(?:the|about|some|around|nearly|almost|approximately|more than|at least|over|past|last|previous|next|roughly|"
    r"up to)"
)
_BEFORE_OF_DURATION = re.compile(
    r"\b(?:for|over|during|past|last|in the (?:past|last)|since|lasting|lasted|of|about|some|around|nearly|almost|"
    rf"approximately|more than|at least|over the(?: last| past)?|throughout|within)(?:\s+{_ABOUT})*\s*$",
    re.IGNORECASE,
)
_AGO = re.compile(r"\s*(?:ago|back|earlier|previously|before|prior)\b", re.IGNORECASE)
_AFTER = re.compile(r"\s*(?:after|later|following|post\b|on(?=\s*,|\s+(?:there|he|she|it|the)\b))\s*", re.IGNORECASE)
_SPAN = re.compile(r"\b(?:over|for|in|during|within|since)(?:\s+the)?\s*$", re.IGNORECASE)
_HISTORY = re.compile(r"\s*(?:history|duration|h/o|course|evolution|of (?!age\b))", re.IGNORECASE)
_NO_TIME_BEFORE = re.compile(
    r"(?:\bat|\bborn at|\bevery|\bper|\beach|\bage of|\baged?|\bafter|\bfirst|\bevery other|\bfollow[- ]?up (?:at|of)|"
    r"\bgestation(?:al age)? of|\buntil|\bin)\s*$",
    re.IGNORECASE,
)
_NO_TIME_AFTER = re.compile(
    r"(?:\s|-)*(?:old\b|of age|gestation|postpartum|per\b|daily|follow[- ]?up|of follow|survival)", re.IGNORECASE
)
_DAYS = {"y": 365.25, "m": 30.44, "w": 7.0, "d": 1.0, "h": 1 / 24}
_VAGUE = frozenset(("few", "a few", "several", "couple of", "a couple of"))
_BOUNDS = ((10.5, "duration-days"), (91.0, "duration-weeks"), (730.0, "duration-months"))


class TimeKind(StrEnum):
    """What a time says."""

    LASTING = "lasting"  # "for ten years"
    AGO = "ago"  # "ten years ago"
    AFTER = "after"  # "four weeks after"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of so many days at text[start:end]; its number ends at `counted`."""

    kind: TimeKind
    days: float
    start: int
    end: int
    counted: int


def times_of(text: str, ages: Sequence[tuple[int, int]] = ()) -> tuple[Time, ...]:
    """The times of a text in its order; what lies in one of the spans of `ages` is none."""
    found = sorted(_found(text), key=lambda time: (time.start, -time.end))
    kept: list[Time] = []
    for time in found:
        is_age = any(start < time.end and time.start < end for start, end in ages)
        if not is_age and not (kept and time.start < kept[-1].end):
            kept.append(time)
    return tuple(kept)


def _found(text: str) -> Iterator[Time]:
    for match in _TIME.finditer(text):
        days = _days(match["n"], match["m"], match["u"])
        if match.group().lower().endswith("half"):
            days += _DAYS[_unit(match["u"])] / 2
        before, after = text[max(0, match.start() - 45) : match.start()], text[match.end() : match.end() + 30]
        kind = _kind(before, after)
        if kind is not None:
            yield Time(kind, days, match.start(), match.end() + _tail(kind, after), match.start("u"))
    for match in _SLASHED.finditer(text):
        unit = {"12": "m", "52": "w", "7": "d"}[match["u"]]
        kind = _kind("for ", text[match.end() : match.end() + 20]) or TimeKind.LASTING
        yield Time(kind, float(match["n"]) * _DAYS[unit], match.start(), match.end(), match.end())
    for match in _TIMES_SHORT.finditer(text):
        days = float(match["n"]) * _DAYS[_unit(match["u"])]
        yield Time(TimeKind.LASTING, days, match.start(), match.end(), match.end())
    for match in _LAST.finditer(text):
        kind = TimeKind.LASTING if _SPAN.search(text[max(0, match.start() - 12) : match.start()]) else TimeKind.AGO
        yield Time(kind, _DAYS[_unit(match["u"])], match.start(), match.end(), match.start("u"))


def _days(low: str, high: str | None, unit: str) -> float:
    """The days of "4-6 months" (its middle), "several months", "a year"."""
    words = low.lower()
    if words in _VAGUE:
        count = 2.0 if "couple" in words else 4.0
    else:
        count = 0.5 if words.startswith("half") else number(words) or 0.0
    upper = (number(high) or 0.0) if high else 0.0
    if upper > count:
        count = (count + upper) / 2
    return count * 3652.5 if unit.lower().startswith("dec") else count * _DAYS[_unit(unit)]


def _unit(unit: str) -> str:
    return unit[0].lower()


def _kind(before: str, after: str) -> TimeKind | None:
    if _NO_TIME_AFTER.match(after):
        return None
    if _AGO.match(after):
        return TimeKind.AGO
    if _AFTER.match(after):
        return TimeKind.AFTER
    if _BEFORE_OF_DURATION.search(before) or (_HISTORY.match(after) and not _NO_TIME_BEFORE.search(before)):
        return TimeKind.LASTING
    return None


def _tail(kind: TimeKind, after: str) -> int:
    """How far the word that tells the kind reaches behind the time."""
    match = (_AGO if kind is TimeKind.AGO else _AFTER).match(after) if kind is not TimeKind.LASTING else None
    return len(match.group().rstrip()) if match else 0


def duration_sign(days: float) -> str:
    """The id of the sign for a complaint that has lasted so long."""
    return next((sign for bound, sign in _BOUNDS if days < bound), "duration-years")
