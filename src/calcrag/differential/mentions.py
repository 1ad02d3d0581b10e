"""Tokens + Vocabulary → Mentions: which findings a text names, and how: as a fact, denied, doubted, past, or of somebody else.

Phrases are looked for (`phrases`), the longer swallow the shorter that say something else ("hip replacement" is no hip), a word that
describes shape or place counts only beside a lesion that it can describe, and the scopes (`scopes`) say how it is meant. Must never:
make a fact of what is doubted, refuted, past or another person's.
"""

import re
from bisect import bisect_left, bisect_right
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
_SCOPE_REACH = 200
_NEAR = 8  # tokens between a describing word and the lesion that it describes
_ANCHOR_CLASSES = ("calc", "ossif", "mass")
_MINERAL_TERMS = frozenset("calcified ossified phlebolith loose-bodies osteoid-matrix rim-calcification".split())
_QUANTIFIERS = frozenset("several many numerous few various multiple".split())
# Words that describe the shape of mineral and count beside mineral only; the others describe any lesion.
_OF_MINERAL = frozenset(
    "globular amorphous ring-calcification curvilinear linear stippled popcorn target-lesion chain-mail coiled-worm lacelike "
    "solid-homogeneous rice-grain tram-track long-leaf-like sheet-like central-calcification rim-calcification spiculated diffuse "
    "localised".split()
)
# Findings whose words name the lesion themselves.
_OF_THE_WHOLE = frozenset(
    "radiograph-normal loose-bodies dilated-vessel phlebolith ossified oil-cyst cortex-and-trabeculae fat-containing zonal-maturation "
    "reverse-zoning dripping-wax tooth-in-lesion calcified multifocal well-defined ill-defined along-bone-shaft along-muscle-fibres "
    "along-vessels chondroid-matrix osteoid-matrix unilateral cleft-from-bone attached-to-bone".split()
)
_OF_BOTH_SIDES = frozenset(("bilateral", "symmetric"))
_OF_NUMBER = frozenset(("multiple", "solitary", "multifocal", "clustered"))
# Examination findings whose region is where the lesion or complaint lies; of the others it belongs to the sign.
_WHERE_IT_LIES = frozenset(
    "joint-swelling-or-effusion limited-motion palpable-mass soft-tissue-mass skin-nodules skin-plaques pain acute-severe-pain ulcer tender "
    "large-lesion small-lesion ankylosis eschar-or-necrosis".split()
)
_HEADS = frozenset(fold(word) for word in "mass lump swelling nodule papule plaque tumour".split())
_DESCRIBING = frozenset((Group.MORPHOLOGY, Group.MATRIX, Group.DISTRIBUTION))
_SWALLOWING = frozenset((Group.HISTORY, Group.LABORATORY, Group.DEMOGRAPHICS))
_SKIN = frozenset(
    "skin ulcer ulcers keratoses cutaneous crusts crusted gastric oesophageal mucosal epidermis eyelid gastritis oesophagitis".split()
)
_SKELETAL = frozenset(
    "bone bones bony joint joints cortex cortical articular phalanx phalanges osseous tibia femur condyle subchondral".split()
)
_IMAGING = frozenset(
    "x-ray xray radiograph radiographs radiography film films ct mri mr us ultrasound ultrasonography scan scans view views mammogram cta "
    "mra xr dr pet sonography tomography angiogram angiography skiagram roentgenogram series study studies imaging cxr ap lateral "
    "plain ray".split()
)
_BESIDE = frozenset(
    "behind near adjacent next beside above below over overlying touching under beneath anterior posterior lateral medial superficial deep "
    "from towards toward reaching between abutting displacing pushing sparing compressing encasing just".split()
)
_PASSABLE = frozenset(
    "the a an of to left right l r his her its their both distal proximal lower upper just deep medial lateral and".split()
)
_STAYING = frozenset(
    (
        "compartment-periarticular",
        "compartment-subcutaneous",
        "compartment-dermal",
        "compartment-scar",
        "compartment-spinal-ligament",
    )
)
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
            strict = term.group is Group.LABORATORY or term.id.startswith("duration-")
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


def mentions_in(
    tokens: Tokens, ready: Prepared, scopes: Sequence[Scope], *, spoken_for: Sequence[tuple[int, int]]
) -> list[Mention]:
    """Every mention, in the order of the text. `spoken_for` are stretches of text that other readers have read (ages, values)."""
    blocked = {place for match in ready.ignored.matches(tokens) for place in match.tokens}
    for first, last in spoken_for:
        blocked.update(range(bisect_left(tokens.starts, first), bisect_right(tokens.ends, last)))
    found = ready.book.matches(tokens, blocked=frozenset(blocked))
    read = [_candidate(match, ready) for match in found]
    read += [_Candidate(ready.terms[n], False, span, False) for n, span in _signals(tokens, ready)]
    candidates = _unswallowed(read, tokens, ready.book)
    qualitative = frozenset(place for one in candidates if one.term.qualitative for place in one.tokens)
    anchors = _anchors(candidates, tokens, ready.book)
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
        elif one.term.group in _DESCRIBING:
            if _describes_lesion(one, tokens, anchors):
                mentions.extend(_described(one, scopes))
        elif not (one.term.group is Group.COURSE and _is_of_history(one, anchors)) and not _is_of_skin(one, tokens):
            mentions.extend(_as_said(one, scopes))
    return sorted(_without_weak(mentions, tokens), key=lambda mention: (mention.tokens, mention.term.id))


def _candidate(match: Match, ready: Prepared) -> _Candidate:
    return _Candidate(ready.terms[match.payload // 2], bool(match.payload % 2), match.tokens, match.apart)


def _signals(tokens: Tokens, ready: Prepared) -> list[tuple[int, tuple[int, ...]]]:
    numbers = {term.id: number for number, term in enumerate(ready.terms)}
    return [
        (numbers[one.term], tuple(range(one.first, one.last + 1))) for one in signals_of(tokens) if one.term in numbers
    ]


# ---------------------------------------------------------------- the longer swallows the shorter


def _unswallowed(candidates: list[_Candidate], tokens: Tokens, book: PhraseBook) -> list[_Candidate]:
    """Without those whose words all belong to a longer phrase that says something else, and with each (term, place) once."""
    once = list(dict.fromkeys(candidates))
    heads = frozenset(_of_classes(tokens, book, ("calc", "ossif"))) | {
        n for n, key in enumerate(tokens.keys) if key in _HEADS
    }
    by_place: dict[int, list[_Candidate]] = {}
    for one in once:
        for place in one.tokens:
            by_place.setdefault(place, []).append(one)
    kept: list[_Candidate] = []
    for one in once:
        rivals = [other for other in by_place[one.tokens[0]] if len(other.tokens) > len(one.tokens)]
        own = set(one.tokens)
        if not any(own < set(other.tokens) and _swallows(other, one, heads) for other in rivals):
            kept.append(one)
    return kept


def _swallows(longer: _Candidate, shorter: _Candidate, heads: frozenset[int]) -> bool:
    if longer.term.id == shorter.term.id:
        return True
    group, other = shorter.term.group, longer.term.group
    if other in _SWALLOWING or other is Group.PATHOLOGY:
        return True
    if group is Group.SITE:
        return other is Group.SITE or (other is Group.EXAMINATION and longer.term.id not in _WHERE_IT_LIES)
    if group is Group.COMPARTMENT:
        if other is Group.EXAMINATION and longer.term.id in _WHERE_IT_LIES:
            return False  # a "subcutaneous nodule" lies in the subcutis
        return other in (Group.COMPARTMENT, Group.EXAMINATION, Group.BONE, Group.MODALITY)
    if other is not Group.MODALITY and all(place in heads for place in shorter.tokens):
        return False  # a "lobulated mass" is still a mass
    return not longer.apart or group is other


# ---------------------------------------------------------------- what a word is said of


def _of_classes(tokens: Tokens, book: PhraseBook, names: Sequence[str]) -> list[int]:
    wanted = {f"<{name}>" for name in names}
    return [place for place, key in enumerate(tokens.keys) if not wanted.isdisjoint(book.classes.get(key, ()))]


@dataclass(frozen=True, slots=True)
class _Anchors:
    """The tokens that name mineral or bone, those that name any lesion, and those of history and long-lasting illness."""

    mineral: tuple[int, ...]
    lesion: tuple[int, ...]
    history: frozenset[int]


def _anchors(candidates: Sequence[_Candidate], tokens: Tokens, book: PhraseBook) -> _Anchors:
    named = {place for one in candidates if one.term.id in _MINERAL_TERMS for place in one.tokens}
    modality = {place for one in candidates if one.term.group is Group.MODALITY for place in one.tokens}
    mineral = (set(_of_classes(tokens, book, ("calc", "ossif"))) | named) - modality
    lesion = mineral | set(_of_classes(tokens, book, ("mass",))) - modality
    history = frozenset(place for one in candidates if one.term.group is Group.HISTORY for place in one.tokens)
    return _Anchors(tuple(sorted(mineral)), tuple(sorted(lesion)), history)


def _describes_lesion(one: _Candidate, tokens: Tokens, anchors: _Anchors) -> bool:
    """True where a describing word stands near what it can describe in its clause, or names a lesion itself."""
    first, last = one.tokens[0], one.tokens[-1]
    if one.term.id == "multiple" and tokens.lower[first] in _QUANTIFIERS:
        return any(
            first < place <= first + 7 and tokens.clause[place] == tokens.clause[first] for place in anchors.lesion
        )
    if one.term.id in _OF_THE_WHOLE or (
        one.term.id in _OF_BOTH_SIDES and len(one.tokens) > 1 and tokens.lower[last] not in ("sides", "side")
    ):
        return True
    among = anchors.mineral if one.term.id in _OF_MINERAL else anchors.lesion
    return any(
        place in one.tokens
        or (tokens.clause[place] == tokens.clause[first] and min(abs(place - first), abs(place - last)) <= _NEAR)
        for place in among
    )


# ---------------------------------------------------------------- how it is said


def _kinds(one: _Candidate, scopes: Sequence[Scope], places: Sequence[int]) -> set[ScopeKind]:
    """What the scopes say of these tokens; a trigger that is part of the phrase itself says nothing of it."""
    own = set(one.tokens)
    kinds: set[ScopeKind] = set()
    # Scopes come in the order of their triggers, and none reaches further than this from its own.
    low = bisect_left(scopes, places[0] - _SCOPE_REACH, key=lambda scope: scope.trigger[0])
    for scope in scopes[low:]:
        if scope.trigger[0] > places[-1] + _SCOPE_REACH:
            break
        if any(scope.start <= place < scope.end for place in places) and own.isdisjoint(range(*scope.trigger)):
            kinds.add(scope.kind)
    return kinds


def _as_said(one: _Candidate, scopes: Sequence[Scope]) -> list[Mention]:
    """The mention as fact, absence, or with the certainty that makes it none."""
    kinds = _kinds(one, scopes, one.tokens)
    is_negated = ScopeKind.NEGATED in kinds
    if (
        is_negated
        and one.apart
        and ScopeKind.NEGATED not in _kinds(one, scopes, one.tokens[:1])
        and one.term.group not in (Group.LABORATORY, Group.HISTORY)
    ):
        return []  # "mass without calcification" is no calcified mass, nor the absence of one
    if one.is_absence and is_negated:
        return []  # "not painless"
    state = FindingState.ABSENT if one.is_absence or is_negated else FindingState.PRESENT
    return [Mention(one.term, state, _certainty(one, kinds, state), one.tokens)]


def _described(one: _Candidate, scopes: Sequence[Scope]) -> list[Mention]:
    """A description; "both legs normal" describes no lesion."""
    if one.term.id in _OF_BOTH_SIDES and ScopeKind.NORMAL in _kinds(one, scopes, one.tokens):
        return []
    # "No calcifications": that there are none does not say that there is only one.
    return [
        said for said in _as_said(one, scopes) if said.state is FindingState.PRESENT or one.term.id not in _OF_NUMBER
    ]


def _is_of_history(one: _Candidate, anchors: _Anchors) -> bool:
    """True for "long-standing diabetes": the length belongs to the illness."""
    following = range(one.tokens[-1] + 1, one.tokens[-1] + 4)
    return one.term.id.startswith("duration-") and not anchors.history.isdisjoint(following)


def _is_of_skin(one: _Candidate, tokens: Tokens) -> bool:
    """True for bare "erosions" of skin: a sentence that names skin or ulcers and no bone, joint or image."""
    if one.term.id != "bone-erosion" or len(one.tokens) > 1:
        return False
    place = one.tokens[0]
    words = {word for n, word in enumerate(tokens.lower) if tokens.sentence[n] == tokens.sentence[place]}
    return not words.isdisjoint(_SKIN) and words.isdisjoint(_SKELETAL | _IMAGING)


def _certainty(one: _Candidate, kinds: set[ScopeKind], state: FindingState) -> Certainty:
    if ScopeKind.OTHER_PERSON in kinds and one.term.id not in (
        "family-history",
        "family-member-illness",
        "sibling-affected",
        "consanguinity",
    ):
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


def _site(
    one: _Candidate, tokens: Tokens, scopes: Sequence[Scope], complaints: set[int], gone: set[int]
) -> list[Mention]:
    """A region is where the lesion or complaint lies; never absent. Weak where only an image or a passing word names it."""
    kinds = _kinds(one, scopes, one.tokens)
    if kinds & {ScopeKind.NEGATED, ScopeKind.NORMAL, ScopeKind.OTHER_PERSON}:
        return []
    first, last = one.tokens[0], one.tokens[-1]
    if {last + 1, last + 2} & gone or tokens.lower[max(0, first - 3) : first][:2] in (
        ("fell", "on"),
        ("fell", "onto"),
        ("landed", "on"),
    ):
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
        if word not in ("-", "plain", "and", "/", "joint") and not (
            place == last + 2 and tokens.lower[last + 1] in ("and", "/")
        ):
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
    return _as_said(one, scopes)


def _without_weak(mentions: list[Mention], tokens: Tokens) -> list[Mention]:
    """Weak regions only where their sentence speaks of a lesion and has no better region."""
    strong = {tokens.sentence[m.tokens[0]] for m in mentions if m.term.group is Group.SITE and not m.is_weak}
    lesions = {
        tokens.sentence[m.tokens[0]]
        for m in mentions
        if m.state is FindingState.PRESENT
        and m.term.group in (*_DESCRIBING, Group.BONE, Group.EXAMINATION)
        and m.term.id != "radiograph-normal"
    }
    return [m for m in mentions if not m.is_weak or (tokens.sentence[m.tokens[0]] in lesions - strong)]
