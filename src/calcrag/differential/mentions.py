"""Tokens + Vocabulary → Mentions: which findings a text names, and how: as a fact, denied, doubted, past, or of somebody else.

Phrases are looked for (`phrases`), the longer swallow the shorter that say something else ("hip replacement" is no hip), a word that
describes shape or place counts only beside a lesion that it can describe, and the scopes (`scopes`) say how it is meant. Must never:
make a fact of what is doubted, refuted, past or another person's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from calcrag.differential.findings import Certainty, FindingState, Group, Term, TermKind, Vocabulary
from calcrag.differential.lab_values import analyte_names
from calcrag.differential.laboratory import qualitative_state
from calcrag.differential.mr_signal import signals_of
from calcrag.differential.phrases import Match, Phrase, PhraseBook, phrase_book
from calcrag.differential.scopes import Scope, ScopeKind
from calcrag.differential.text_tokens import Tokens, fold

__all__ = ["Mention", "Prepared", "mentions_in", "prepared"]

_OWN_READERS = frozenset(("male", "female"))  # read by `demographics`
_NEAR = 8  # tokens between a describing word and the lesion that it describes
_ANCHOR_CLASSES = ("calc", "ossif", "mass")
_HEADS = frozenset(fold(word) for word in "mass lump swelling nodule papule tumour calcification calcified ossification".split())
_DESCRIBING = frozenset((Group.MORPHOLOGY, Group.MATRIX, Group.DISTRIBUTION))
_SWALLOWING = frozenset((Group.HISTORY, Group.LABORATORY, Group.DEMOGRAPHICS))
_IMAGING = frozenset(
    "x-ray xray radiograph radiographs radiography film films ct mri mr us ultrasound ultrasonography scan scans view views mammogram cta "
    "mra xr dr pet sonography tomography angiogram angiography skiagram roentgenogram series study studies imaging cxr ap lateral "
    "plain ray".split()
)
_BESIDE = frozenset(
    "behind near adjacent next beside above below over overlying touching under beneath anterior posterior lateral medial superficial deep "
    "distal proximal from towards toward between abutting displacing pushing sparing compressing encasing just".split()
)
_PASSABLE = frozenset("the a an of to left right l r his her its their both distal proximal lower upper just deep medial lateral and".split())
_STAYING = frozenset(("compartment-periarticular", "compartment-subcutaneous", "compartment-dermal", "compartment-scar", "compartment-spinal-ligament"))
_OF_JOINTS_GONE = frozenset(("osteoarthritis", "arthroplasty", "degenerative-spine"))


@dataclass(frozen=True, slots=True)
class Mention:
    """A term named at the tokens; `state` and `certainty` say how. Weak: a region named only by its image or aside."""

    term: Term
    state: FindingState
    certainty: Certainty
    tokens: tuple[int, ...]
    is_weak: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is made of a vocabulary once: its phrases, what to ignore, the names of its measurements."""

    terms: tuple[Term, ...]
    book: PhraseBook
    ignored: PhraseBook
    names: tuple[re.Pattern[str], dict[str, Term]]


@lru_cache(maxsize=4)
def prepared(vocabulary: Vocabulary) -> Prepared:
    """The vocabulary ready for reading; kept, since making it takes longer than reading a case."""
    terms = tuple(vocabulary.terms.values())
    phrases: list[Phrase] = []
    for number, term in enumerate(terms):
        if term.kind is TermKind.SIGN and term.id not in _OWN_READERS:
            strict = term.group is Group.LABORATORY
            phrases.extend(Phrase(text, 2 * number, strict) for text in term.synonyms)
        phrases.extend(Phrase(text, 2 * number + 1) for text in term.absent)
    ignored = phrase_book((Phrase(text, 0, strict=True) for text in vocabulary.ignored), {})
    return Prepared(terms, phrase_book(phrases, vocabulary.words), ignored, analyte_names(vocabulary))


@dataclass(frozen=True, slots=True)
class _Candidate:
    term: Term
    is_absence: bool
    tokens: tuple[int, ...]
    apart: bool


def mentions_in(tokens: Tokens, ready: Prepared, scopes: Sequence[Scope], *, spoken_for: Sequence[tuple[int, int]]) -> list[Mention]:
    """Every mention, in the order of the text. `spoken_for` are stretches of text that other readers have read (ages, values)."""
    blocked = {place for match in ready.ignored.matches(tokens) for place in match.tokens}
    for place, (start, end) in enumerate(zip(tokens.starts, tokens.ends, strict=True)):
        if any(first <= start and end <= last for first, last in spoken_for):
            blocked.add(place)
    found = ready.book.matches(tokens, blocked=frozenset(blocked))
    candidates = _unswallowed([_candidate(match, ready) for match in found], tokens)
    candidates += [_Candidate(ready.terms[n], False, span, False) for n, span in _signals(tokens, ready)]
    qualitative = frozenset(place for one in candidates if one.term.qualitative for place in one.tokens)
    anchors = _anchors(tokens, ready.book)
    complaints = {tokens.sentence[place] for place in _of_classes(tokens, ready.book, (*_ANCHOR_CLASSES, "complaint"))}
    gone = {place for one in candidates if one.term.id in _OF_JOINTS_GONE for place in one.tokens}
    mentions: list[Mention] = []
    for one in candidates:
        if one.term.qualitative and not one.is_absence:
            mentions.extend(_qualitative(one, tokens, scopes, qualitative))
        elif one.term.group is Group.SITE:
            mentions.extend(_site(one, tokens, scopes, complaints, gone))
        elif one.term.group is Group.COMPARTMENT:
            mentions.extend(_compartment(one, tokens, scopes, complaints))
        elif one.term.group not in _DESCRIBING or _is_anchored(one, tokens, anchors):
            mentions.extend(_as_said(one, tokens, scopes))
    return sorted(_without_weak(mentions, tokens), key=lambda mention: (mention.tokens, mention.term.id))


def _candidate(match: Match, ready: Prepared) -> _Candidate:
    return _Candidate(ready.terms[match.payload // 2], bool(match.payload % 2), match.tokens, match.apart)


def _signals(tokens: Tokens, ready: Prepared) -> list[tuple[int, tuple[int, ...]]]:
    numbers = {term.id: number for number, term in enumerate(ready.terms)}
    return [(numbers[one.term], tuple(range(one.first, one.last + 1))) for one in signals_of(tokens) if one.term in numbers]


# ---------------------------------------------------------------- the longer swallows the shorter


def _unswallowed(candidates: list[_Candidate], tokens: Tokens) -> list[_Candidate]:
    """Without those whose words all belong to a longer phrase that says something else, and with each (term, place) once."""
    once = list(dict.fromkeys(candidates))
    by_place: dict[int, list[_Candidate]] = {}
    for one in once:
        for place in one.tokens:
            by_place.setdefault(place, []).append(one)
    kept: list[_Candidate] = []
    for one in once:
        rivals = [other for other in by_place[one.tokens[0]] if len(other.tokens) > len(one.tokens)]
        own = set(one.tokens)
        if not any(own < set(other.tokens) and _swallows(other, one, tokens) for other in rivals):
            kept.append(one)
    return kept


def _swallows(longer: _Candidate, shorter: _Candidate, tokens: Tokens) -> bool:
    if longer.term.id == shorter.term.id:
        return True
    group, other = shorter.term.group, longer.term.group
    if other in _SWALLOWING:
        return True
    if group is Group.SITE:
        return other is Group.SITE
    if group is Group.COMPARTMENT:
        return other in (Group.COMPARTMENT, Group.EXAMINATION, Group.BONE)
    if all(tokens.keys[place] in _HEADS for place in shorter.tokens):
        return False  # a "lobulated mass" is still a mass
    return not longer.apart or group is other


# ---------------------------------------------------------------- what a word is said of


def _of_classes(tokens: Tokens, book: PhraseBook, names: Sequence[str]) -> list[int]:
    wanted = {f"<{name}>" for name in names}
    return [
        place
        for place, key in enumerate(tokens.keys)
        if not wanted.isdisjoint(book.classes.get(key, ()))
    ]


def _anchors(tokens: Tokens, book: PhraseBook) -> list[int]:
    """The tokens that name a lesion: mineral, bone formed, a mass."""
    return _of_classes(tokens, book, _ANCHOR_CLASSES)


def _is_anchored(one: _Candidate, tokens: Tokens, anchors: Sequence[int]) -> bool:
    """True where a describing word stands near a lesion in its sentence, or names one itself."""
    sentence = tokens.sentence[one.tokens[0]]
    return any(
        anchor in one.tokens
        or (tokens.sentence[anchor] == sentence and min(abs(anchor - one.tokens[0]), abs(anchor - one.tokens[-1])) <= _NEAR)
        for anchor in anchors
    ) or one.term.id in _SELF_STANDING


# Describing findings whose words name a lesion themselves.
_SELF_STANDING = frozenset(
    "radiograph-normal loose-bodies dilated-vessel phlebolith ossified bilateral unilateral symmetric oil-cyst cortex-and-trabeculae "
    "intralesional-haemorrhage zonal-maturation reverse-zoning dripping-wax tooth-in-lesion calcified multiple multifocal".split()
)


# ---------------------------------------------------------------- how it is said


def _kinds(one: _Candidate, scopes: Sequence[Scope], places: Sequence[int]) -> set[ScopeKind]:
    """What the scopes say of these tokens; a trigger that is part of the phrase itself says nothing of it."""
    own = set(one.tokens)
    return {
        scope.kind
        for scope in scopes
        if any(scope.start <= place < scope.end for place in places) and own.isdisjoint(range(*scope.trigger))
    }


def _as_said(one: _Candidate, tokens: Tokens, scopes: Sequence[Scope]) -> list[Mention]:
    """The mention as fact, absence, or with the certainty that makes it none."""
    kinds = _kinds(one, scopes, one.tokens)
    is_negated = ScopeKind.NEGATED in kinds
    if is_negated and one.apart and ScopeKind.NEGATED not in _kinds(one, scopes, one.tokens[:1]) and one.term.group not in (Group.LABORATORY, Group.HISTORY):
        return []  # "mass without calcification" is no calcified mass, nor the absence of one
    if one.is_absence and is_negated:
        return []  # "not painless"
    state = FindingState.ABSENT if one.is_absence or is_negated else FindingState.PRESENT
    return [Mention(one.term, state, _certainty(one, kinds, state), one.tokens)]


def _certainty(one: _Candidate, kinds: set[ScopeKind], state: FindingState) -> Certainty:
    if ScopeKind.OTHER_PERSON in kinds and one.term.id not in ("family-history", "family-member-illness", "sibling-affected", "consanguinity"):
        return Certainty.OTHER_PERSON
    if ScopeKind.REFUTED in kinds and state is FindingState.PRESENT:
        return Certainty.REFUTED
    if ScopeKind.POSSIBLE in kinds:
        return Certainty.POSSIBLE
    if ScopeKind.PAST in kinds and one.term.group is Group.LABORATORY:
        return Certainty.PAST
    if ScopeKind.PROBABLE in kinds and state is FindingState.PRESENT:
        # A shape that an image suggests is seen; an illness that it suggests is a guess.
        is_guess = one.term.group in (Group.HISTORY, Group.PATHOLOGY, Group.LABORATORY)
        return Certainty.POSSIBLE if is_guess else Certainty.PROBABLE
    return Certainty.CERTAIN


def _qualitative(one: _Candidate, tokens: Tokens, scopes: Sequence[Scope], taken: frozenset[int]) -> list[Mention]:
    state = qualitative_state(tokens, one.tokens[0], one.tokens[-1], taken=taken)
    if state is None:
        return []
    kinds = _kinds(one, scopes, one.tokens)
    return [Mention(one.term, state, _certainty(one, kinds, state), one.tokens)]


def _site(one: _Candidate, tokens: Tokens, scopes: Sequence[Scope], complaints: set[int], gone: set[int]) -> list[Mention]:
    """A region is where the lesion or complaint lies; never absent. Weak where only an image or a passing word names it."""
    kinds = _kinds(one, scopes, one.tokens)
    if kinds & {ScopeKind.NEGATED, ScopeKind.NORMAL, ScopeKind.OTHER_PERSON}:
        return []
    first, last = one.tokens[0], one.tokens[-1]
    if {last + 1, last + 2} & gone or tokens.lower[max(0, first - 3) : first][:2] in (("fell", "on"), ("fell", "onto"), ("landed", "on")):
        return []
    is_weak = _is_imaged(tokens, first, last) or tokens.sentence[first] not in complaints
    certainty = Certainty.POSSIBLE if ScopeKind.POSSIBLE in kinds and not is_weak else Certainty.CERTAIN
    return [Mention(one.term, FindingState.PRESENT, certainty, one.tokens, is_weak)]


def _is_imaged(tokens: Tokens, first: int, last: int) -> bool:
    """True for the region of an image: "AP pelvis", "knee radiograph", "CT of the chest", "films of hand and foot"."""
    for place in range(last + 1, min(last + 4, len(tokens))):
        word = tokens.lower[place]
        if word in _IMAGING:
            return True
        if word not in ("-", "plain", "and", "/", "joint") and not (place == last + 2 and tokens.lower[last + 1] in ("and", "/")):
            break
    for place in range(first - 1, max(first - 6, -1), -1):
        word = tokens.lower[place]
        if word in _IMAGING and tokens.clause[place] == tokens.clause[first]:
            return True
        if word not in _PASSABLE and word not in ("/", "-", "hand", "hands", "foot", "chest", "both", "two"):
            break
    return False


def _compartment(one: _Candidate, tokens: Tokens, scopes: Sequence[Scope], complaints: set[int]) -> list[Mention]:
    """A tissue is where the lesion lies; not one that it merely lies beside, nor one named away from any lesion."""
    if tokens.sentence[one.tokens[0]] not in complaints:
        return []
    if one.term.id not in _STAYING:
        for place in range(one.tokens[0] - 1, max(one.tokens[0] - 5, -1), -1):
            if tokens.lower[place] in _BESIDE:
                return []
            if tokens.lower[place] not in _PASSABLE:
                break
    kinds = _kinds(one, scopes, one.tokens)
    if ScopeKind.NORMAL in kinds:
        return [Mention(one.term, FindingState.ABSENT, Certainty.CERTAIN, one.tokens)]
    return _as_said(one, tokens, scopes)


def _without_weak(mentions: list[Mention], tokens: Tokens) -> list[Mention]:
    """Weak regions only where their sentence speaks of a lesion and has no better region."""
    strong = {tokens.sentence[m.tokens[0]] for m in mentions if m.term.group is Group.SITE and not m.is_weak}
    lesions = {
        tokens.sentence[m.tokens[0]]
        for m in mentions
        if m.state is FindingState.PRESENT and m.term.group in (*_DESCRIBING, Group.BONE, Group.EXAMINATION) and m.term.id != "radiograph-normal"
    }
    return [m for m in mentions if not m.is_weak or (tokens.sentence[m.tokens[0]] in lesions - strong)]
