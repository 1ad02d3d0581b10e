"""Mentions + Times → how long the complaint has lasted, when events were, and what came how long after them.

A time belongs to the event or complaint that stands nearest to it in its clause: "total gastrectomy one month ago"
dates the operation, "a lump noticed a year ago" the lump, "on haemodialysis for ten years" the dialysis. Must never:
date two things by one time.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calcrag.differential.durations import Time, TimeKind, duration_sign
from calcrag.differential.findings import Certainty, FindingState, Group, Vocabulary
from calcrag.differential.mentions import Mention
from calcrag.differential.numerals import NUMBER, number
from calcrag.differential.text_tokens import Tokens

__all__ = ["Dated", "Sign", "dated"]

_REACH = 12
_WEEKS_AFTER = (7.0, 125.0)
_YEAR = 365.0
_RECENT = 92.0
_COMPLAINTS = frozenset((Group.EXAMINATION, Group.COURSE, Group.MORPHOLOGY, Group.MATRIX, Group.DISTRIBUTION))
_SYMPTOMS = frozenset(
    "muscle-weakness arthralgia myalgia fever-or-systemic-illness raynaud recurrent-acute-arthritis gout-attacks "
    "reflux-or-dysphagia claudication-or-limb-ischaemia sore-throat-or-neck-stiffness".split()
)
_BEGAN = frozenset(
    "noticed started appeared began developed came first onset arose noted presenting since discovered".split()
)
_THEN = re.compile(
    rf"\b(?:when\s+(?:he|she|they)\s+(?:was|were)\s+(?:about\s+)?|at\s+(?:the\s+)?age\s+(?:of\s+)?|aged\s+|at\s+)(?P<n>{NUMBER})\b(?!\s*(?:weeks?|months?|days?|cm|mm|h\b|%|to\b|-|°))",
    re.IGNORECASE,
)
_YOUTH = re.compile(
    r"\b(?:as\s+a\s+(?:teenager|child|young\s+(?:man|woman|adult|boy|girl))|in\s+(?:early\s+)?childhood|in\s+(?:his|her)\s+youth|decades\s+ago|many\s+years\s+ago)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of time, and the place in the text that it was read from."""

    term: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Dated:
    """The times of mentions in days, by their places in the list, and the signs that follow from all times."""

    times: dict[int, float]
    signs: tuple[Sign, ...]


def dated(
    tokens: Tokens,
    mentions: Sequence[Mention],
    times: Sequence[Time],
    vocabulary: Vocabulary,
    *,
    age_years: float | None,
) -> Dated:
    """Every time put where it belongs."""
    found: dict[int, float] = {}
    signs: list[Sign] = []
    facts = [
        n
        for n, m in enumerate(mentions)
        if m.state is FindingState.PRESENT and m.certainty in (Certainty.CERTAIN, Certainty.PROBABLE)
    ]
    events = [n for n in facts if mentions[n].term.event]
    lasting = [
        n
        for n in facts
        if mentions[n].term.group is Group.HISTORY
        and not mentions[n].term.event
        and mentions[n].term.id not in _SYMPTOMS
    ]
    complaints = [n for n in facts if mentions[n].term.group in _COMPLAINTS or mentions[n].term.id in _SYMPTOMS]
    for time in times:
        place = _token_at(tokens, time.start)
        end = _token_at(tokens, time.end - 1)
        match time.kind:
            case TimeKind.AGO:
                event = _nearest(tokens, mentions, events, place, end)
                complaint = _nearest(tokens, mentions, complaints, place, end)
                began = any(word in _BEGAN for word in tokens.lower[max(0, place - 6) : place])
                if event is not None and not (began and complaint is not None and event[0] > complaint[0]):
                    found.setdefault(event[1], time.days)
                    signs.extend(_since(time.days, time))
                elif complaint is not None:
                    signs.append(Sign(duration_sign(time.days), time.start, time.end))
            case TimeKind.LASTING:
                other = _nearest(tokens, mentions, lasting + events, place, end)
                complaint = _nearest(tokens, mentions, complaints, place, end)
                if complaint is not None and (other is None or complaint[0] <= other[0]):
                    signs.append(Sign(duration_sign(time.days), time.start, time.end))
                elif other is not None:
                    found.setdefault(other[1], time.days)
                elif _is_of_complaint(tokens, place, complaints, mentions):
                    signs.append(Sign(duration_sign(time.days), time.start, time.end))
            case TimeKind.AFTER:
                if _event_before(tokens, mentions, events, place, end):
                    signs.extend(_since(time.days, time))
    signs.extend(_in_youth(tokens, mentions, events, found, age_years))
    signs.extend(_of_trauma(tokens, mentions, found, vocabulary))
    return Dated(found, tuple(dict.fromkeys(signs)))


def _token_at(tokens: Tokens, offset: int) -> int:
    """The token at or before a place in the text."""
    return max(0, bisect_right(tokens.starts, offset) - 1)


def _nearest(
    tokens: Tokens, mentions: Sequence[Mention], among: Sequence[int], place: int, end: int
) -> tuple[int, int] | None:
    """(distance, number) of the mention nearest to tokens place … end in the same clause; what stands before wins a
    tie.
    """
    best: tuple[int, int] | None = None
    for n in among:
        first, last = mentions[n].tokens[0], mentions[n].tokens[-1]
        if tokens.clause[first] != tokens.clause[place]:
            continue
        distance = place - last if last < place else first - end if first > end else 0
        if abs(distance) <= _REACH and (best is None or distance < best[0]):
            best = (distance, n)
    return best


def _is_of_complaint(tokens: Tokens, place: int, complaints: Sequence[int], mentions: Sequence[Mention]) -> bool:
    """True where the sentence, though not the clause, has a complaint, or the time calls itself a history."""
    sentence = tokens.sentence[place]
    following = tokens.lower[place : place + 6]
    return "history" in following or any(tokens.sentence[mentions[n].tokens[0]] == sentence for n in complaints)


def _event_before(tokens: Tokens, mentions: Sequence[Mention], events: Sequence[int], place: int, end: int) -> bool:
    """True where an event stands behind "three weeks after", or before "three weeks later" in this sentence or the
    one before.
    """
    for n in events:
        first = mentions[n].tokens[0]
        if end < first <= end + 8 and tokens.sentence[first] == tokens.sentence[place]:
            return True
        if first < place and tokens.sentence[place] - tokens.sentence[first] <= 1:
            return True
    return False


def _since(days: float, time: Time) -> Iterator[Sign]:
    if _WEEKS_AFTER[0] <= days <= _WEEKS_AFTER[1]:
        yield Sign("onset-weeks-after-trigger", time.start, time.end)
    elif days >= _YEAR:
        yield Sign("onset-years-after-trigger", time.start, time.end)


def _in_youth(
    tokens: Tokens, mentions: Sequence[Mention], events: Sequence[int], found: dict[int, float], age_years: float | None
) -> Iterator[Sign]:
    """Events dated by the age at which they happened: "when she was 14 a viper bit that leg"."""
    for pattern in (_THEN, _YOUTH):
        for match in pattern.finditer(tokens.text):
            place = _token_at(tokens, match.start())
            near = [
                n
                for n in events
                if tokens.sentence[mentions[n].tokens[0]] == tokens.sentence[place]
                and abs(mentions[n].tokens[0] - place) <= _REACH
            ]
            if not near:
                continue
            then = number(match["n"]) if pattern is _THEN else None
            if pattern is _THEN and (then is None or age_years is None or then >= age_years):
                continue
            if then is not None and age_years is not None:
                days = (age_years - then) * 365.25
                for n in near:
                    found.setdefault(n, days)
                if days < _YEAR:
                    continue
            elif age_years is not None and age_years < 25:
                continue
            yield Sign("onset-years-after-trigger", match.start(), match.end())


def _of_trauma(
    tokens: Tokens, mentions: Sequence[Mention], found: dict[int, float], vocabulary: Vocabulary
) -> Iterator[Sign]:
    """An injury within three months is recent, one more than a year ago remote."""
    for n, days in sorted(found.items()):
        term = mentions[n].term
        if term.id == "trauma" or "trauma" in vocabulary.terms[term.id].implies:
            sign = "trauma-recent" if days <= _RECENT else "trauma-remote" if days >= _YEAR else None
            if sign:
                yield Sign(sign, tokens.starts[mentions[n].tokens[0]], tokens.ends[mentions[n].tokens[-1]])
