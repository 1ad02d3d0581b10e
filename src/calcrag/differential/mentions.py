"""Tokens + Vocabulary → Mentions: which findings a text names, and how: as a fact, denied, doubted, past, or of
others.

Made from the candidates (`candidates`) and the scopes (`scopes`). A region counts where a lesion or complaint is
spoken of, a tissue where the lesion lies in it and not beside it. Must never: make a fact of what is doubted,
refuted, past or another person's.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from calcrag.differential.candidates import (
    DESCRIBING,
    IMAGING,
    Candidate,
    Context,
    Prepared,
    candidates_in,
    context_of,
    describes_lesion,
)
from calcrag.differential.findings import Certainty, FindingState, Group, Term
from calcrag.differential.laboratory import qualitative_state
from calcrag.differential.scopes import LONGEST_REACH, Scope, ScopeKind
from calcrag.differential.text_tokens import Tokens

__all__ = ["Mention", "mentions_in"]

_OF_NUMBER = frozenset(("multiple", "solitary", "multifocal", "clustered"))
_OF_BOTH_SIDES = frozenset(("bilateral", "symmetric"))
_OF_FAMILY = frozenset(("family-history", "family-member-illness", "sibling-affected", "consanguinity"))
# Signs that are denied as a whole where any part of their phrase is: "the finger skin is not tight".
_WHOLE_WHEN_DENIED = frozenset((Group.LABORATORY, Group.HISTORY, Group.EXAMINATION, Group.COURSE, Group.BONE))
_FALLS = (("fell", "on"), ("fell", "onto"), ("landed", "on"))
_SKIN = frozenset(
    "skin ulcer ulcers keratoses cutaneous crusts crusted gastric oesophageal mucosal epidermis eyelid gastritis "
    "oesophagitis".split()
)
_SKELETAL = frozenset(
    "bone bones bony joint joints cortex cortical articular phalanx phalanges osseous tibia femur condyle "
    "subchondral".split()
)
_BESIDE = frozenset(
    "behind near adjacent next beside above below over overlying touching under beneath anterior posterior lateral "
    "medial superficial deep from towards toward reaching between abutting displacing pushing sparing compressing "
    "encasing just".split()
)
_PASSABLE = frozenset(
    "the a an of to left right l r his her its their both distal proximal lower upper just deep medial lateral "
    "and".split()
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
# Behind a tissue: what happened to it, which says nothing of where the mineral lies.
_HARMED = frozenset(
    "damage damaged injury injuries palsy supply block conduction deficit graft grafts repair repaired power strength "
    "weakness wasting wasted biopsy enzymes enzyme cramp cramps spasm spasms relaxant function disease tone bulk "
    "reflexes pain pains ache aches".split()
)
_OF_TISSUES = frozenset(
    ("compartment-muscle", "compartment-nerve", "compartment-arterial", "compartment-venous", "compartment-tendon")
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


def mentions_in(
    tokens: Tokens, ready: Prepared, scopes: Sequence[Scope], *, spoken_for: Sequence[tuple[int, int]]
) -> list[Mention]:
    """Every mention, in the order of the text. `spoken_for` are stretches that other readers have read (ages,
    values).
    """
    candidates = candidates_in(tokens, ready, spoken_for=spoken_for)
    context = context_of(candidates, tokens, ready)
    qualitative = frozenset(place for one in candidates if one.term.qualitative for place in one.tokens)
    gone = frozenset(place for one in candidates if one.term.id in _OF_JOINTS_GONE for place in one.tokens)
    mentions: list[Mention] = []
    for one in candidates:
        if one.term.qualitative and not one.is_absence:
            mentions.extend(_qualitative(one, tokens, scopes, qualitative))
        elif one.term.group is Group.SITE:
            mentions.extend(_site(one, tokens, scopes, context, gone))
        elif one.term.group is Group.COMPARTMENT:
            mentions.extend(_compartment(one, tokens, scopes, context))
        elif one.term.group in DESCRIBING:
            if describes_lesion(one, tokens, context):
                mentions.extend(_described(one, scopes))
        elif not _is_of_history(one, context) and not _is_of_skin(one, tokens):
            mentions.extend(_as_said(one, scopes))
    return sorted(_without_weak(mentions, tokens), key=lambda mention: (mention.tokens, mention.term.id))


# ---------------------------------------------------------------- how it is said


def _kinds(one: Candidate, scopes: Sequence[Scope], places: Sequence[int]) -> set[ScopeKind]:
    """What the scopes say of these tokens; a trigger that is part of the phrase itself says nothing of it."""
    own = set(one.tokens)
    kinds: set[ScopeKind] = set()
    # Scopes come in the order of their triggers, and none reaches further than this from its own.
    low = bisect_left(scopes, places[0] - LONGEST_REACH, key=lambda scope: scope.trigger[0])
    for scope in scopes[low:]:
        if scope.trigger[0] > places[-1] + LONGEST_REACH:
            break
        if any(scope.start <= place < scope.end for place in places) and own.isdisjoint(range(*scope.trigger)):
            kinds.add(scope.kind)
    return kinds


def _as_said(one: Candidate, scopes: Sequence[Scope]) -> list[Mention]:
    """The mention as fact, absence, or with the certainty that makes it none."""
    kinds = _kinds(one, scopes, one.tokens)
    is_negated = ScopeKind.NEGATED in kinds
    if (
        is_negated
        and one.apart
        and ScopeKind.NEGATED not in _kinds(one, scopes, one.tokens[:1])
        and one.term.group not in _WHOLE_WHEN_DENIED
    ):
        return []  # "mass without calcification" is no calcified mass, nor the absence of one
    if one.is_absence and is_negated:
        return []  # "not painless"
    state = FindingState.ABSENT if one.is_absence or is_negated else FindingState.PRESENT
    return [Mention(one.term, state, _certainty(one, kinds, state), one.tokens)]


def _described(one: Candidate, scopes: Sequence[Scope]) -> list[Mention]:
    """A description; "both legs normal" describes no lesion."""
    if one.term.id in _OF_BOTH_SIDES and ScopeKind.NORMAL in _kinds(one, scopes, one.tokens):
        return []
    # "No calcifications": that there are none does not say that there is only one.
    return [
        said for said in _as_said(one, scopes) if said.state is FindingState.PRESENT or one.term.id not in _OF_NUMBER
    ]


def _is_of_history(one: Candidate, context: Context) -> bool:
    """True for "long-standing diabetes": the length belongs to the illness."""
    following = range(one.tokens[-1] + 1, one.tokens[-1] + 4)
    return (
        one.term.group is Group.COURSE
        and one.term.id.startswith("duration-")
        and not context.history.isdisjoint(following)
    )


def _is_of_skin(one: Candidate, tokens: Tokens) -> bool:
    """True for bare "erosions" of skin: a sentence that names skin or ulcers and no bone, joint or image."""
    if one.term.id != "bone-erosion" or len(one.tokens) > 1:
        return False
    place = one.tokens[0]
    words = {word for n, word in enumerate(tokens.lower) if tokens.sentence[n] == tokens.sentence[place]}
    return not words.isdisjoint(_SKIN) and words.isdisjoint(_SKELETAL | IMAGING)


def _certainty(one: Candidate, kinds: set[ScopeKind], state: FindingState) -> Certainty:
    if ScopeKind.OTHER_PERSON in kinds and one.term.id not in _OF_FAMILY:
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


def _qualitative(one: Candidate, tokens: Tokens, scopes: Sequence[Scope], taken: frozenset[int]) -> list[Mention]:
    state = qualitative_state(tokens, one.tokens[0], one.tokens[-1], taken=taken)
    if state is None:
        return []
    kinds = _kinds(one, scopes, one.tokens)
    return [Mention(one.term, state, _certainty(one, kinds, state), one.tokens)]


def _site(
    one: Candidate, tokens: Tokens, scopes: Sequence[Scope], context: Context, gone: frozenset[int]
) -> list[Mention]:
    """A region is where the lesion or complaint lies; never absent. Weak where only an image or a passing word names
    it.
    """
    kinds = _kinds(one, scopes, one.tokens)
    if kinds & {ScopeKind.NEGATED, ScopeKind.NORMAL, ScopeKind.OTHER_PERSON}:
        return []
    first, last = one.tokens[0], one.tokens[-1]
    if {last + 1, last + 2} & gone or tokens.lower[max(0, first - 3) : first][:2] in _FALLS:
        return []
    is_weak = _is_imaged(tokens, first, last) or tokens.sentence[first] not in context.complaints
    certainty = Certainty.POSSIBLE if ScopeKind.POSSIBLE in kinds and not is_weak else Certainty.CERTAIN
    return [Mention(one.term, FindingState.PRESENT, certainty, one.tokens, is_weak)]


def _is_imaged(tokens: Tokens, first: int, last: int) -> bool:
    """True for the region of an image: "AP pelvis", "knee radiograph", "CT of the chest", "films of hand and foot"."""
    for place in range(last + 1, min(last + 4, len(tokens))):
        word = tokens.lower[place]
        if word in IMAGING:
            return True
        if word not in ("-", "plain", "and", "/", "joint") and not (
            place == last + 2 and tokens.lower[last + 1] in ("and", "/")
        ):
            break
    for place in range(first - 1, max(first - 6, -1), -1):
        word = tokens.lower[place]
        if word in IMAGING and tokens.clause[place] == tokens.clause[first]:
            return True
        if word not in _PASSABLE and word not in ("/", "-", "hand", "hands", "foot", "chest", "both", "two"):
            break
    return False


def _compartment(one: Candidate, tokens: Tokens, scopes: Sequence[Scope], context: Context) -> list[Mention]:
    """A tissue is where the lesion lies; not one that it merely lies beside, nor one named away from any lesion."""
    if tokens.sentence[one.tokens[0]] not in context.complaints:
        return []
    if one.term.id in _OF_TISSUES and _is_harmed(one, tokens):
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


def _is_harmed(one: Candidate, tokens: Tokens) -> bool:
    """True for "nerve damage", "nerve and vessel damage", "muscle enzymes": no place of mineral."""
    last = one.tokens[-1]
    following = tokens.lower[last + 1 : last + 4]
    is_pair = following[:1] in (("and",), ("or",), ("/",))
    behind = following[2:] if is_pair else following[:1]
    return bool(behind) and behind[0] in _HARMED


def _without_weak(mentions: list[Mention], tokens: Tokens) -> list[Mention]:
    """Weak regions only where their sentence speaks of a lesion and has no better region."""
    strong = {tokens.sentence[m.tokens[0]] for m in mentions if m.term.group is Group.SITE and not m.is_weak}
    lesions = {
        tokens.sentence[m.tokens[0]]
        for m in mentions
        if m.state is FindingState.PRESENT
        and m.term.group in (*DESCRIBING, Group.BONE, Group.EXAMINATION)
        and m.term.id != "radiograph-normal"
    }
    return [m for m in mentions if not m.is_weak or (tokens.sentence[m.tokens[0]] in lesions - strong)]
