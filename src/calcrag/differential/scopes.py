"""Tokens → Scopes: which stretches of a text are negated, doubted, refuted, past, normal, or said of somebody else.

Rules in the manner of ConText, over tokens: a trigger ("no", "denies", "was absent", "?", "initially thought to be", "mother")
and how far it reaches. A list under one "no" is negated to its end where "or" or "nor" closes it; "but", "however" and the
like, a semicolon and the end of the sentence end every reach. Triggers that only look like one ("no change in", "not only") and
those that mean the opposite ("could not be excluded") are known. Must never: look at what is found inside a scope.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from calcrag.differential.text_tokens import Tokens

__all__ = ["Scope", "ScopeKind", "scopes_of"]


class ScopeKind(StrEnum):
    """What a scope says of the words in it."""

    NEGATED = "negated"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    REFUTED = "refuted"
    PAST = "past"
    OTHER_PERSON = "other person"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Scope:
    """Tokens start … end - 1 are in the scope of the trigger at tokens trigger[0] … trigger[1] - 1."""

    kind: ScopeKind
    start: int
    end: int
    trigger: tuple[int, int]


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(phrase.split()) for phrase in text.split(";") if phrase.strip())


# Longest first where one begins with another: "not ruled out" before "not", "no evidence of" before "no".
_PSEUDO = _phrases(
    "not only; no change; no increase; no decrease; no significant change; no interval change; not certain; no doubt; no longer than;"
    " not necessarily; no improvement; no response; no benefit; no relief; not improved; no further; gram negative; no more than;"
    " no less than; not fewer; without improvement; without benefit; without success; without relief; no effect; not responding;"
    " not respond; did not respond; does not respond; not help; not helped; not settle; not settled; without going; not to mention;"
    " no help; no gain; little gain; no sooner; no surprise; not surprisingly; not yet; no idea; no treatment; not treated;"
    " never treated; without treatment; not recall whether; not aware; not known; not clear; no significant improvement; not uncommon;"
    " no ultrasound; no x - ray; no radiograph; no imaging; no biopsy; no surgery was; not done; no deeper; no more; no bigger; no larger; no smaller; no worse; not deeper; not performed; not measured;"
    " not tested; not available; not given; unable to; no contrast; without contrast"
)
_BEFORE: dict[ScopeKind, tuple[tuple[str, ...], ...]] = {
    ScopeKind.NEGATED: _phrases(
        "no evidence of; no history of; no sign of; no signs of; without evidence of; without any; no; not; without; denies; denied;"
        " deny; denying; never had; never; neither; nor; absence of; lack of; lacks; lacking; lacked; free of; free from; negative for;"
        " ruled out; rules out; nil; non; none of; fails to show; failed to show; failed to reveal; failed to demonstrate; no longer;"
        " unremarkable for; excluded any; excludes; excluding any; with no; w / o; cannot feel; absent"
    ),
    ScopeKind.POSSIBLE: _phrases(
        "possible; possibly; suspected; suspicious for; suspicious of; suspicion of; query; queried; presumed; rule out; r / o;"
        " to exclude; exclude; concern for; concern about; concerns about; concerned about; concerning for; worrying for;"
        " worrisome for; differential diagnosis; differential diagnoses; differential included; differential includes; feared; fear of;"
        " fearing; fear; might; could be; could represent; may represent; may be; cannot exclude; could not exclude;"
        " cannot rule out; question of; provisional diagnosis; working diagnosis; raised the possibility; raising the possibility;"
        " as though; as if; put down to; attributed to; whether; risk of; in case of; considered; suspecting; suspect; to rule out; ruling out; if"
    ),
    ScopeKind.PROBABLE: _phrases(
        "suggest; suggests; suggesting; suggestive of; suggested; likely; probable; probably; consistent with; compatible with;"
        " in keeping with; appears; appear; appeared; seems; seemed; indicative of; apparently; seemingly; favours; favouring"
    ),
    ScopeKind.REFUTED: _phrases(
        "initially thought to be; initially thought to have; initially diagnosed as; initially diagnosed with; misdiagnosed as;"
        " misdiagnosed with; mistaken for; mistaken as; first read as; initially read as; originally diagnosed as; thought initially to be;"
        " wrongly diagnosed as; misinterpreted as; first thought to be; initially considered; initially interpreted as; instead of;"
        " rather than; unlike; simulating; simulates; mimicking; mimics; mimicked; mimic; initially suspected; first taken for;"
        " taken for; originally thought to be; initially labelled as; was thought to be; were thought to be; had been thought to be;"
        " previously diagnosed as; initially treated as; treated for presumed; resembling; as opposed to; treated as"
    ),
    ScopeKind.NORMAL: _phrases("normal; unremarkable; intact; preserved; healthy"),
}
_AFTER: dict[ScopeKind, tuple[tuple[str, ...], ...]] = {
    ScopeKind.NEGATED: _phrases(
        "was absent; were absent; is absent; are absent; absent; not seen; not found; not present; not detected; not identified;"
        " not demonstrated; not evident; not noted; not observed; not visible; not visualised; not visualized; not apparent; not elicited;"
        " not appreciated; was negative; were negative; is negative; are negative; negative; ruled out; excluded; was denied;"
        " were denied; is denied; not reported; not recalled; not present; not involved; not affected; were not seen; nil; unlikely;"
        " not palpable; not remembered; not confirmed; never occurred; not recorded"
    ),
    ScopeKind.POSSIBLE: _phrases(
        "was suspected; were suspected; is suspected; suspected; was considered; were considered; could not be excluded;"
        " cannot be excluded; can not be excluded; could not be ruled out; cannot be ruled out; not excluded; not be excluded;"
        " not ruled out; not be ruled out; was possible; is possible; was feared; was queried; were entertained; was entertained;"
        " not certain; was raised; in the differential; was presumed; uncertain; on the differential"
    ),
    ScopeKind.REFUTED: _phrases(
        "was refuted; proved wrong; was discarded; was revised; turned out to be wrong; was disproved"
    ),
    ScopeKind.NORMAL: _phrases(
        "normal; unremarkable; intact; spared; unaffected; uninvolved; preserved; untouched; not involved; not affected; clear;"
        " uneventful; within normal"
    ),
}
_RELATIVES = frozenset(
    "mother father sister brother sisters brothers sibling siblings son daughter sons daughters aunt uncle cousin cousins parent parents "
    "grandmother grandfather grandparent husband wife twin relative relatives niece nephew family grandson".split()
)
_INFORMS = frozenset(
    "notices noticed notice reports reported says said states stated brought brings describes described found finds noted notes "
    "recalls recalled gives gave thinks thought worried worries believes told tells mentions mentioned observed remembers saw".split()
)
_PAST = _phrases(
    "years ago; years previously; years earlier; years before; previously; in the past; formerly; at that time; of that time; had been;"
    " months ago; months earlier; months previously; during that; at the time; last year; earlier that; once; historically"
)
_STOPS = frozenset(
    "but however although though except apart aside yet whereas while because due despite since after following until when as "
    "which who whose whom where then besides owing before unless thus therefore hence so nevertheless despite".split()
)
_VERBS = frozenset(
    "is are was were has have had does did shows show showed shown reveals revealed demonstrates demonstrated grows grew enhances "
    "enhanced walks walked presents presented complains complained developed develops noticed appears appeared found sees noted measures "
    "measured made became becomes started began begins continues extends extended lies lay contains contained involves involved "
    "gives gave takes took feels felt reports reported remains remained lying extending overlying surrounding running engulfing "
    "measuring containing showing revealing came comes went underwent needs needed can could will would may might moves move "
    "persists persisted spares sits arises arose occupies suggests confirmed confirms admits says denies now".split()
)
_PRESENCE = frozenset(
    "the there he she it they a an this these those normal full intact now then with good some his".split()
)
_PERSONS = frozenset("patient patients man woman boy girl child lady gentleman infant he she who".split())
_COPULAS = frozenset("is are was were be been being all both and also either appeared remained seemed".split())
_LISTING = frozenset("denies denied deny denying".split())
_MAXIMUM_REACH = 40
_ITEM_WORDS = 6


def scopes_of(tokens: Tokens) -> list[Scope]:
    """Every scope of the text, in the order of their triggers."""
    lower = tokens.lower
    pseudo: set[int] = set()
    for start, end in _occurrences(lower, _PSEUDO):
        pseudo.update(range(start, end))
    found: list[Scope] = []
    for kind, phrases in _BEFORE.items():
        for start, end in _longest(_occurrences(lower, phrases)):
            if not _is_dead(tokens, kind, start, end, pseudo):
                found.append(Scope(kind, end, _forward(tokens, kind, start, end), (start, end)))
    for kind, phrases in _AFTER.items():
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
        if lower[start] == "not" and end < len(lower) and any(lower[start : start + len(p)] == p for p in _AFTER[kind]):
            return True
        if lower[start] == "no" and end < len(lower) and lower[end] in (".", ",", ")"):
            return True  # "smoker: no."
    if kind is ScopeKind.POSSIBLE:
        if lower[start] == "suspected" and _follows_noun(tokens, start):
            return True
        if lower[start] == "exclude" and start and lower[start - 1] not in ("to", "and", "or"):
            return True
        if lower[start] == "considered" and start and lower[start - 1] in ("were", "was", "be", "been", "is"):
            return True
    return kind is ScopeKind.NORMAL and start > 0 and lower[start - 1] in _COPULAS


def _follows_noun(tokens: Tokens, start: int) -> bool:
    """True where the trigger stands behind what it speaks of: a copula before it, or a clause that ends with it."""
    lower = tokens.lower
    if start and lower[start - 1] in _COPULAS:
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
    return ends and start > 0 and tokens.clause[start - 1] == tokens.clause[start]


def _may_look_back(tokens: Tokens, kind: ScopeKind, start: int, end: int) -> bool:
    lower = tokens.lower
    first = lower[start]
    if first in ("absent", "ruled", "suspected", "excluded"):
        return _follows_noun(tokens, start)
    if first == "negative":
        return not (end < len(lower) and lower[end] in ("for", "birefringence", "pressure"))
    if first in ("normal", "unremarkable", "intact", "preserved", "clear"):
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
        return ends or (start > 0 and lower[start - 1] in _COPULAS)
    return kind is not ScopeKind.NEGATED or not tokens.lower[start - 1 : start] == ("to",)


def _forward(tokens: Tokens, kind: ScopeKind, start: int, end: int) -> int:
    """Where a scope ends that begins behind its trigger."""
    lower = tokens.lower
    trigger = lower[start]
    if trigger in ("non", "absent"):
        reach = 2 if trigger == "non" else 3
        return min([end + reach, *(p for p in range(end, len(lower)) if _is_end(tokens, start, p))][:2])
    limit = end + (_MAXIMUM_REACH if kind in (ScopeKind.NEGATED, ScopeKind.OTHER_PERSON) else 12)
    place = end
    while place < min(len(lower), limit):
        word = lower[place]
        if _is_end(tokens, start, place):
            return place
        if word == "other" and lower[place + 1 : place + 2] == ("than",):
            return place
        if word == "with" and place > end and lower[place - 1] in _PERSONS:
            return place
        if word == "," and not _goes_on(tokens, place, trigger, kind):
            return place
        following = lower[place + 1 : place + 2]
        if word == "and" and following and (following[0] in _PRESENCE or following[0] in _VERBS):
            return place
        if place > end and word in _VERBS and kind is ScopeKind.NEGATED and _begins_clause(tokens, place, end):
            return place
        place += 1
    return min(place, len(lower))


def _is_end(tokens: Tokens, start: int, place: int) -> bool:
    return (
        tokens.clause[place] != tokens.clause[start] or tokens.lower[place] in _STOPS or tokens.lower[place] in ";:.?"
    )


def _begins_clause(tokens: Tokens, place: int, end: int) -> bool:
    """True for a verb behind a comma or "and": it begins a statement of its own, as in "no oedema, enhances evenly"."""
    return place > end and tokens.lower[place - 1] in (",", "and")


def _goes_on(tokens: Tokens, comma: int, trigger: str, kind: ScopeKind) -> bool:
    """True where the list under a trigger goes on behind this comma: a later "or" closes it, or the trigger asks for lists."""
    lower = tokens.lower
    if kind not in (ScopeKind.NEGATED, ScopeKind.POSSIBLE):
        return False
    length = 0
    for place in range(comma + 1, len(lower)):
        word = lower[place]
        if tokens.clause[place] != tokens.clause[comma] or word in ".;:":
            break
        if word in ("or", "nor"):
            return True
        if word in _STOPS or (word in _VERBS and length < _ITEM_WORDS) or word in ("no", "not", "without", "full"):
            return trigger in _LISTING and word not in _STOPS and word not in _VERBS and length > 0
        if word == "and" and lower[place - 1] == "," and trigger in ("no", "without", "negative", *_LISTING):
            return place + 1 < len(lower) and lower[place + 1] not in _PRESENCE and lower[place + 1] not in _VERBS
        length = 0 if word == "," else length + 1
        if length > _ITEM_WORDS:
            return False
    return trigger in _LISTING


def _backward(tokens: Tokens, start: int) -> int:
    """Where a scope begins that ends before its trigger."""
    lower = tokens.lower
    place = start
    listed = False
    while place > 0 and start - place < 14:
        word = lower[place - 1]
        if tokens.clause[place - 1] != tokens.clause[start] or word in _STOPS or word in ";:.?":
            break
        if word == "," and not listed:
            break
        if word in ("and", "or", "nor", "both"):
            listed = True
        if word in _VERBS and word not in _COPULAS and start - place > 0:
            break
        place -= 1
    return place


def _questions(tokens: Tokens) -> Iterator[Scope]:
    """A question mark before a word: "?sarcoma", "? sarcoma"."""
    for place, word in enumerate(tokens.words):
        if word != "?" or place + 1 == len(tokens):
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


def _relatives(tokens: Tokens) -> Iterator[Scope]:
    """What is said of a relative; not what a relative tells of the patient."""
    lower = tokens.lower
    for place, word in enumerate(lower):
        if word not in _RELATIVES:
            continue
        if set(lower[place + 1 : place + 4]) & _INFORMS:
            continue
        end = _forward(tokens, ScopeKind.OTHER_PERSON, place, place + 1)
        yield Scope(ScopeKind.OTHER_PERSON, place + 1, end, (place, place + 1))


def _pasts(tokens: Tokens) -> Iterator[Scope]:
    """The clause that a word of the past stands in."""
    for start, end in _occurrences(tokens.lower, _PAST):
        first = last = start
        while first > 0 and tokens.clause[first - 1] == tokens.clause[start]:
            first -= 1
        while last < len(tokens) and tokens.clause[last] == tokens.clause[start]:
            last += 1
        yield Scope(ScopeKind.PAST, first, last, (start, end))
