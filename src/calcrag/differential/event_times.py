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
_GROWN_UP = 25.0
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
    reader = _Reader(tokens, mentions, *_sorted_out(mentions))
    found: dict[int, float] = {}
    signs: list[Sign] = []
    for time in times:
        if time.kind is TimeKind.AGO:
            signs.extend(_ago(reader, time, found))
        elif time.kind is TimeKind.LASTING:
            signs.extend(_lasting(reader, time, found))
        elif _event_before(reader, time):
            signs.extend(_since(time.days, time))
    signs.extend(_in_youth(reader, found, age_years))
    signs.extend(_of_trauma(reader, found, vocabulary))
    return Dated(found, tuple(dict.fromkeys(signs)))


@dataclass(frozen=True, slots=True)
class _Reader:
    """The text and its mentions, the facts among them sorted by what a time says of them."""

    tokens: Tokens
    mentions: Sequence[Mention]
    events: tuple[int, ...]
    lasting: tuple[int, ...]
    complaints: tuple[int, ...]

    def nearest(self, among: Sequence[int], time: Time) -> tuple[int, int] | None:
        """(distance, number) of the mention nearest to a time in its clause; what stands before wins a tie."""
        tokens = self.tokens
        place, end = _token_at(tokens, time.start), _token_at(tokens, time.end - 1)
        best: tuple[int, int] | None = None
        for one in among:
            first, last = self.mentions[one].tokens[0], self.mentions[one].tokens[-1]
            if tokens.clause[first] != tokens.clause[place]:
                continue
            distance = place - last if last < place else first - end if first > end else 0
            if distance <= _REACH and (best is None or distance < best[0]):
                best = (distance, one)
        return best


def _sorted_out(mentions: Sequence[Mention]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The numbers of the facts that are events, illnesses and treatments that last, and complaints."""
    events: list[int] = []
    lasting: list[int] = []
    complaints: list[int] = []
    for place, mention in enumerate(mentions):
        term = mention.term
        if mention.state is not FindingState.PRESENT or mention.certainty not in (
            Certainty.CERTAIN,
            Certainty.PROBABLE,
        ):
            continue
        if term.event:
            events.append(place)
        elif term.id in _SYMPTOMS or (term.group in _COMPLAINTS and not term.id.startswith("duration-")):
            complaints.append(place)
        elif term.group is Group.HISTORY:
            lasting.append(place)
    return tuple(events), tuple(lasting), tuple(complaints)


def _ago(reader: _Reader, time: Time, found: dict[int, float]) -> Iterator[Sign]:
    """What lies so long ago: an event, or the day when a complaint was noticed."""
    place = _token_at(reader.tokens, time.start)
    event, complaint = reader.nearest(reader.events, time), reader.nearest(reader.complaints, time)
    began = any(word in _BEGAN for word in reader.tokens.lower[max(0, place - 6) : place])
    if event is not None and not (began and complaint is not None and event[0] > complaint[0]):
        found.setdefault(event[1], time.days)
        yield from _since(time.days, time)
    elif complaint is not None:
        yield Sign(duration_sign(time.days), time.start, time.end)


def _lasting(reader: _Reader, time: Time, found: dict[int, float]) -> Iterator[Sign]:
    """What has lasted so long: a complaint, or an illness or treatment."""
    other = reader.nearest((*reader.lasting, *reader.events), time)
    complaint = reader.nearest(reader.complaints, time)
    if complaint is not None and (other is None or complaint[0] <= other[0]):
        yield Sign(duration_sign(time.days), time.start, time.end)
    elif other is not None:
        found.setdefault(other[1], time.days)
    elif _is_of_complaint(reader, time):
        yield Sign(duration_sign(time.days), time.start, time.end)


def _token_at(tokens: Tokens, offset: int) -> int:
    """The token at or before a place in the text."""
    return max(0, bisect_right(tokens.starts, offset) - 1)


def _is_of_complaint(reader: _Reader, time: Time) -> bool:
    """True where the sentence, though not the clause, has a complaint, or the time calls itself a history."""
    tokens = reader.tokens
    place = _token_at(tokens, time.start)
    sentence = tokens.sentence[place]
    if "history" in tokens.lower[place : place + 6]:
        return True
    return any(tokens.sentence[reader.mentions[n].tokens[0]] == sentence for n in reader.complaints)


def _event_before(reader: _Reader, time: Time) -> bool:
    """True where an event stands behind "three weeks after", or before "three weeks later" in this sentence or the
    last.
    """
    tokens = reader.tokens
    place, end = _token_at(tokens, time.start), _token_at(tokens, time.end - 1)
    for one in reader.events:
        first = reader.mentions[one].tokens[0]
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


def _in_youth(reader: _Reader, found: dict[int, float], age_years: float | None) -> Iterator[Sign]:
    """Events dated by the age at which they happened: "when she was 14 a viper bit that leg", "as a teenager"."""
    tokens = reader.tokens
    for pattern in (_THEN, _YOUTH):
        for match in pattern.finditer(tokens.text):
            place = _token_at(tokens, match.start())
            near = [n for n in reader.events if _is_near(reader, n, place)]
            if not near or age_years is None:
                continue
            if pattern is _YOUTH:
                if age_years >= _GROWN_UP:
                    yield Sign("onset-years-after-trigger", match.start(), match.end())
                continue
            days = (age_years - (number(match["n"]) or age_years)) * 365.25
            if days >= _YEAR:
                for n in near:
                    found.setdefault(n, days)
                yield Sign("onset-years-after-trigger", match.start(), match.end())


def _is_near(reader: _Reader, mention: int, place: int) -> bool:
    first = reader.mentions[mention].tokens[0]
    return reader.tokens.sentence[first] == reader.tokens.sentence[place] and abs(first - place) <= _REACH


def _of_trauma(reader: _Reader, found: dict[int, float], vocabulary: Vocabulary) -> Iterator[Sign]:
    """An injury within three months is recent, one more than a year ago remote."""
    tokens = reader.tokens
    for n, days in sorted(found.items()):
        mention = reader.mentions[n]
        if mention.term.id == "trauma" or "trauma" in vocabulary.terms[mention.term.id].implies:
            sign = "trauma-recent" if days <= _RECENT else "trauma-remote" if days >= _YEAR else None
            if sign:
                yield Sign(sign, tokens.starts[mention.tokens[0]], tokens.ends[mention.tokens[-1]])
