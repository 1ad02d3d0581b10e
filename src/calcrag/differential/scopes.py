"""Tokens → Scopes: which stretches of a text are negated, doubted, refuted, past, normal, or said of somebody else.

Rules in the manner of ConText, over tokens: a trigger ("no", "denies", "was absent", "?", "initially thought to be",
"mother") and how far it reaches. A list under one "no" is negated to its end where "or" or "nor" closes it; "but",
"however" and the like, a semicolon and the end of the sentence end every reach. Triggers that only look like one ("no
change in", "not only") and those that mean the opposite ("could not be excluded") are known. Must never: look at what
is found inside a scope.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from calcrag.differential.scope_words import (
    AFTER,
    ASKING,
    BEFORE,
    COPULAS,
    INFORMS,
    ITEM_WORDS,
    LISTING,
    MAXIMUM_REACH,
    PAST,
    PERSONS,
    PRESENCE,
    PSEUDO,
    RELATIVES,
    STOPS,
    VERBS,
    ScopeKind,
)
from calcrag.differential.text_tokens import Tokens, fold

__all__ = ["LONGEST_REACH", "Scope", "ScopeKind", "scopes_of"]

_RELATIVES = frozenset(fold(word) for word in RELATIVES)
_INFINITIVES = ("to", "and", "or", "cannot", "not")
_NEXT_DENIALS = frozenset(("no", "not", "without", "never"))
_ENDS_OF_GUESSES = frozenset(",;:.?!()")
_LOOK_BACK = 14
LONGEST_REACH = 200  # tokens between a trigger and the end of its scope, at most


@dataclass(frozen=True, slots=True)
class Scope:
    """Tokens start … end - 1 are in the scope of the trigger at tokens trigger[0] … trigger[1] - 1."""

    kind: ScopeKind
    start: int
    end: int
    trigger: tuple[int, int]


def scopes_of(tokens: Tokens) -> list[Scope]:
    """Every scope of the text, in the order of their triggers."""
    lower = tokens.lower
    pseudo: set[int] = set()
    for start, end in _occurrences(lower, PSEUDO):
        pseudo.update(range(start, end))
    found: list[Scope] = []
    for kind, phrases in BEFORE.items():
        for start, end in _longest(_occurrences(lower, phrases)):
            if not _is_dead(tokens, kind, start, end, pseudo):
                found.append(Scope(kind, end, _forward(tokens, kind, start, end), (start, end)))
    for kind, phrases in AFTER.items():
        for start, end in _longest(_occurrences(lower, phrases)):
            if kind is ScopeKind.NORMAL or not pseudo.intersection(range(start, end)) or kind is ScopeKind.POSSIBLE:
                begin = _backward(tokens, start)
                if begin < start and _may_look_back(tokens, kind, start, end):
                    found.append(Scope(kind, begin, start, (start, end)))
    found.extend(_questions(tokens))
    found.extend(_relatives(tokens))
    found.extend(_pasts(tokens))
    return sorted(found, key=lambda scope: (scope.trigger, scope.start, scope.kind))


def _occurrences(lower: tuple[str, ...], phrases: tuple[tuple[str, ...], ...]) -> Iterator[tuple[int, int]]:
    firsts: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrases:
        firsts.setdefault(phrase[0], []).append(phrase)
    for place, word in enumerate(lower):
        for phrase in firsts.get(word, ()):
            if lower[place : place + len(phrase)] == phrase:
                yield place, place + len(phrase)


def _longest(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans that lie in no longer one."""
    every = sorted(set(spans), key=lambda span: (span[0] - span[1], span[0]))
    kept: list[tuple[int, int]] = []
    for start, end in every:
        if not any(first <= start and end <= last for first, last in kept):
            kept.append((start, end))
    return sorted(kept)


def _is_dead(tokens: Tokens, kind: ScopeKind, start: int, end: int, pseudo: set[int]) -> bool:
    """True for a trigger that says nothing of what follows it here."""
    lower = tokens.lower
    if kind is ScopeKind.NEGATED:
        if pseudo.intersection(range(start, end)):
            return True
        if lower[start] in ("absent", "ruled") and _follows_noun(tokens, start):
            return True  # "pulses absent", "fracture was ruled out": these look back
        if lower[start] == "not" and end < len(lower) and any(lower[start : start + len(p)] == p for p in AFTER[kind]):
            return True
        if lower[start] == "exclude" and start and lower[start - 1] in _INFINITIVES:
            return True  # "to exclude fracture" asks; "the films exclude fracture" answers
        if lower[start] == "no" and end < len(lower) and lower[end] in (".", ",", ")"):
            return True  # "smoker: no."
    if kind is ScopeKind.POSSIBLE:
        if lower[start] == "suspected" and _follows_noun(tokens, start):
            return True
        if lower[start] == "exclude" and start and lower[start - 1] not in _INFINITIVES:
            return True
        if lower[start] == "considered" and start and lower[start - 1] in ("were", "was", "be", "been", "is"):
            return True
    return kind is ScopeKind.NORMAL and start > 0 and lower[start - 1] in COPULAS


def _follows_noun(tokens: Tokens, start: int) -> bool:
    """True where the trigger stands behind what it speaks of: a copula before it, or a clause that ends with it."""
    lower = tokens.lower
    if start and lower[start - 1] in COPULAS:
        return True
    following = start + (2 if lower[start] == "ruled" else 1)
    ends = following >= len(lower) or lower[following] in (
        ",",
        ";",
        ".",
        ":",
        "and",
        "but",
        ")",
        "in",
        "on",
        "at",
        "by",
    )
    return ends and start > 0 and (tokens.clause[start - 1] == tokens.clause[start] or lower[start - 1] == ":")


def _may_look_back(tokens: Tokens, kind: ScopeKind, start: int, end: int) -> bool:
    lower = tokens.lower
    first = lower[start]
    if first in ("absent", "ruled", "suspected", "excluded"):
        return _follows_noun(tokens, start)
    if first == "negative":
        return not (end < len(lower) and lower[end] in ("for", "birefringence", "pressure"))
    if first in ("normal", "unremarkable", "intact", "preserved", "clear", "fine", "clean", "ok", "okay"):
        # An adjective that stands before its noun says nothing of what stands before it.
        following = lower[end] if end < len(lower) else "."
        ends = following in (
            ",",
            ";",
            ".",
            ":",
            ")",
            "and",
            "but",
            "on",
            "in",
            "with",
            "for",
            "bilaterally",
            "limits",
            "at",
        )
        return ends or (start > 0 and lower[start - 1] in COPULAS)
    return kind is not ScopeKind.NEGATED or tokens.lower[start - 1 : start] != ("to",)


def _forward(tokens: Tokens, kind: ScopeKind, start: int, end: int) -> int:
    """Where a scope ends that begins behind its trigger."""
    lower = tokens.lower
    trigger = lower[start]
    if trigger in ("non", "absent"):
        reach = 2 if trigger == "non" else 3
        return min([end + reach, *(p for p in range(end, len(lower)) if _is_end(tokens, start, p))][:2])
    limit = end + (MAXIMUM_REACH if kind in (ScopeKind.NEGATED, ScopeKind.OTHER_PERSON) else 12)
    place = end
    closed = False
    while place < min(len(lower), limit):
        word = lower[place]
        if _is_end(tokens, start, place) or (place > end and word in _NEXT_DENIALS):
            return place
        if closed and word == "over":
            return place  # "no redness, warmth or discharge over the swelling": there is a swelling
        closed = closed or word in ("or", "nor")
        if word == "other" and lower[place + 1 : place + 2] == ("than",):
            return place
        if word == "with" and place > end and lower[place - 1] in PERSONS:
            return place
        if word == "," and not _goes_on(tokens, place, trigger, kind):
            return place
        following = lower[place + 1 : place + 2]
        if word == "and" and following and (following[0] in PRESENCE or following[0] in VERBS):
            return place
        place += 1
    return min(place, len(lower))


def _is_end(tokens: Tokens, start: int, place: int) -> bool:
    return tokens.clause[place] != tokens.clause[start] or tokens.lower[place] in STOPS


def _goes_on(tokens: Tokens, comma: int, trigger: str, kind: ScopeKind) -> bool:
    """True where the list under a trigger goes on behind this comma: a later "or" closes it, or the trigger asks for
    lists.
    """
    lower = tokens.lower
    if kind not in (ScopeKind.NEGATED, ScopeKind.POSSIBLE):
        return False
    length = 0
    for place in range(comma + 1, len(lower)):
        word = lower[place]
        if tokens.clause[place] != tokens.clause[comma]:
            break
        if word in ("or", "nor"):
            return True
        if word in STOPS or (word in VERBS and length < ITEM_WORDS) or word in ("no", "not", "without", "full"):
            return trigger in LISTING and word not in STOPS and word not in VERBS and length > 0
        if word == "and" and lower[place - 1] == "," and trigger in ("no", "without", "negative", *LISTING):
            return place + 1 < len(lower) and lower[place + 1] not in PRESENCE and lower[place + 1] not in VERBS
        length = 0 if word == "," else length + 1
        if length > ITEM_WORDS:
            return False
    return trigger in LISTING


def _backward(tokens: Tokens, start: int) -> int:
    """Where a scope begins that ends before its trigger."""
    lower = tokens.lower
    place = start
    listed = False
    if place > 0 and lower[place - 1] == ":":
        place -= 1  # "dialysis: denied" looks back over its colon
    clause = tokens.clause[place]
    while place > 0 and start - place < _LOOK_BACK:
        word = lower[place - 1]
        if tokens.clause[place - 1] != clause or word in STOPS:
            break
        if word == "," and (not listed or _is_closed_list(tokens, place - 1)):
            break
        if word in ("and", "or", "nor", "both"):
            listed = True
        if word in VERBS and word not in COPULAS and start - place > 0:
            break
        place -= 1
    return place


def _questions(tokens: Tokens) -> Iterator[Scope]:
    """A question mark before a word ("?sarcoma", "? sarcoma"), or behind a few words that are no question ("FNA: sarcoma?")."""
    for place, word in enumerate(tokens.words):
        if word != "?":
            continue
        if place and tokens.starts[place] == tokens.ends[place - 1]:
            begin = _doubted_from(tokens, place)
            if begin < place:
                yield Scope(ScopeKind.POSSIBLE, begin, place, (place, place + 1))
        if place + 1 == len(tokens):
            continue
        touching = tokens.starts[place + 1] == tokens.ends[place]
        leading = (
            place == 0
            or tokens.words[place - 1] in (".", ":", ";", ",", "(", "?")
            or tokens.sentence[place - 1] != tokens.sentence[place]
        )
        if touching or leading:
            end = place + 1
            while (
                end < len(tokens)
                and tokens.sentence[end] == tokens.sentence[place + 1]
                and tokens.words[end] not in ".,;"
            ):
                end += 1
            yield Scope(ScopeKind.POSSIBLE, place + 1, end, (place, place + 1))


def _is_closed_list(tokens: Tokens, comma: int) -> bool:
    """True where a list of its own stands before this comma: "in skin and subcutis, muscles and viscera spared"."""
    place = comma - 1
    while place >= 0 and tokens.clause[place] == tokens.clause[comma] and tokens.lower[place] != ",":
        if tokens.lower[place] in ("and", "or", "in", "of"):
            return True
        place -= 1
    return False


def _doubted_from(tokens: Tokens, mark: int) -> int:
    """Where the guess begins that a question mark ends; the mark itself where it ends a real question."""
    begin = mark
    while begin > 0 and tokens.lower[begin - 1] not in _ENDS_OF_GUESSES:
        if tokens.clause[begin - 1] != tokens.clause[mark] or tokens.lower[begin - 1] in ASKING:
            break
        begin -= 1
    is_question = begin > 0 and tokens.lower[begin - 1] in ASKING
    return mark if is_question or mark - begin > ITEM_WORDS else begin


def _relatives(tokens: Tokens) -> Iterator[Scope]:
    """What is said of a relative; not what a relative tells of the patient."""
    lower = tokens.lower
    for place in range(len(tokens)):
        if tokens.keys[place] not in _RELATIVES:
            continue
        if set(lower[place + 1 : place + 4]) & INFORMS:
            continue
        end = _forward(tokens, ScopeKind.OTHER_PERSON, place, place + 1)
        yield Scope(ScopeKind.OTHER_PERSON, place + 1, end, (place, place + 1))


def _pasts(tokens: Tokens) -> Iterator[Scope]:
    """The clause that a word of the past stands in."""
    for start, end in _occurrences(tokens.lower, PAST):
        first = last = start
        while first > 0 and tokens.clause[first - 1] == tokens.clause[start]:
            first -= 1
        while last < len(tokens) and tokens.clause[last] == tokens.clause[start]:
            last += 1
        yield Scope(ScopeKind.PAST, first, last, (start, end))
