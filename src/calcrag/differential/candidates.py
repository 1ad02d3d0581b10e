"""Tokens + Vocabulary → Candidates: the phrases of the vocabulary that stand in a text, before it is asked how they
are meant.

The longer swallow the shorter that say something else ("hip replacement" is no hip), stretches that other readers
have read and phrases that only look like findings are left out, and a word that describes a shape counts only near
what it can describe. Must never: look at negation or doubt, which is for `mentions`.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from calcrag.differential.findings import Describes, Group, Term, TermKind, Vocabulary
from calcrag.differential.lab_values import analyte_names
from calcrag.differential.mr_signal import signals_of
from calcrag.differential.phrases import Phrase, PhraseBook, phrase_book
from calcrag.differential.text_tokens import Tokens, fold

__all__ = [
    "DESCRIBING",
    "IMAGING",
    "Candidate",
    "Context",
    "Prepared",
    "candidates_in",
    "context_of",
    "describes_lesion",
    "prepared",
]

DESCRIBING = frozenset((Group.MORPHOLOGY, Group.MATRIX, Group.DISTRIBUTION))

# Words for images and for those who make them.
IMAGING = frozenset(
    "x-ray xray radiograph radiographs radiography film films ct mri mr us uss ultrasound ultrasonography scan scans "
    "view views mammogram cta mra xr dr pet sonography tomography angiogram angiography skiagram roentgenogram "
    "series study studies imaging cxr axr ap lateral plain ray rays sonogram cbct opg".split()
)
_OWN_READERS = frozenset(("male", "female"))  # read by `demographics`
_NEAR = 8  # tokens between a describing word and the lesion that it describes
_MINERAL_TERMS = frozenset("calcified ossified phlebolith loose-bodies osteoid-matrix rim-calcification".split())
_QUANTIFIERS = frozenset("several many numerous few various multiple".split())
_PREPOSITIONS = frozenset("in of with at on from to for within over by around near".split())
_OF_BOTH_SIDES = frozenset(("bilateral", "symmetric"))
# Examination findings whose region is where the lesion or complaint lies; of the others it belongs to the sign.
_WHERE_IT_LIES = frozenset(
    "joint-swelling-or-effusion limited-motion palpable-mass soft-tissue-mass skin-nodules skin-plaques pain "
    "acute-severe-pain ulcer tender large-lesion small-lesion ankylosis eschar-or-necrosis".split()
)
_BEHIND_ROUND = frozenset(
    "the a an it its his her their them this that these those both each every all left right of to about hip hips knee "
    "knees shoulder shoulders elbow elbows ankle ankles wrist wrists joint joints fingers toes".split()
)
_IMAGING = frozenset(fold(word) for word in IMAGING)
_HEADS = frozenset(fold(word) for word in "mass lump swelling nodule papule plaque tumour".split())
_SWALLOWING = frozenset((Group.HISTORY, Group.LABORATORY, Group.DEMOGRAPHICS, Group.PATHOLOGY))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term whose phrase takes these tokens (ascending); `is_absence`: the phrase says that it is absent.

    `apart`: the parts of the phrase may stand apart from one another.
    """

    term: Term
    is_absence: bool
    tokens: tuple[int, ...]
    apart: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is made of a vocabulary once: its phrases, what to ignore, the names of its measurements."""

    terms: tuple[Term, ...]
    numbers: dict[str, int]
    book: PhraseBook
    ignored: PhraseBook
    names: tuple[re.Pattern[str], dict[str, Term]]


@dataclass(frozen=True, slots=True)
class Context:
    """The tokens that name mineral or bone, any lesion, an illness; and the sentences that speak of a lesion or
    complaint.
    """

    mineral: tuple[int, ...]
    lesion: tuple[int, ...]
    history: frozenset[int]
    complaints: frozenset[int]


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
    numbers = {term.id: number for number, term in enumerate(terms)}
    return Prepared(terms, numbers, phrase_book(phrases, vocabulary.words), ignored, analyte_names(vocabulary))


def candidates_in(tokens: Tokens, ready: Prepared, *, spoken_for: Sequence[tuple[int, int]]) -> list[Candidate]:
    """Every candidate that no longer one swallows. `spoken_for` are stretches that other readers have read (ages,
    values).
    """
    blocked = {place for match in ready.ignored.matches(tokens) for place in match.tokens}
    for first, last in spoken_for:
        blocked.update(range(bisect_left(tokens.starts, first), bisect_right(tokens.ends, last)))
    read = [
        Candidate(ready.terms[match.payload // 2], bool(match.payload % 2), match.tokens, match.apart)
        for match in ready.book.matches(tokens, blocked=frozenset(blocked))
    ]
    for signal in signals_of(tokens):
        if signal.term in ready.numbers:
            term = ready.terms[ready.numbers[signal.term]]
            read.append(Candidate(term, False, tuple(range(signal.first, signal.last + 1)), False))
    return _unswallowed([one for one in read if not _is_preposition(one, tokens)], tokens, ready.book)


def _is_preposition(one: Candidate, tokens: Tokens) -> bool:
    """True for "round" where it says where and not of what shape: "round the knee", "put a bandage round it"."""
    place = one.tokens[0]
    if len(one.tokens) > 1 or tokens.lower[place] != "round":
        return False
    return tokens.lower[place + 1 : place + 2] == () or tokens.lower[place + 1] in _BEHIND_ROUND


# ---------------------------------------------------------------- the longer swallows the shorter


def _unswallowed(candidates: list[Candidate], tokens: Tokens, book: PhraseBook) -> list[Candidate]:
    """Each (term, place) once, without those whose words all belong to a longer phrase that says something else."""
    once = list(dict.fromkeys(candidates))
    heads = set(_of_classes(tokens, book, ("calc", "ossif"))) | {
        n for n, key in enumerate(tokens.keys) if key in _HEADS
    }
    by_place: dict[int, list[Candidate]] = {}
    for one in once:
        for place in one.tokens:
            by_place.setdefault(place, []).append(one)
    kept: list[Candidate] = []
    for one in once:
        rivals = [other for other in by_place[one.tokens[0]] if len(other.tokens) > len(one.tokens)]
        own = set(one.tokens)
        if not any(own < set(other.tokens) and _swallows(other, one, heads) for other in rivals):
            kept.append(one)
    return kept


def _swallows(longer: Candidate, shorter: Candidate, heads: set[int]) -> bool:
    if longer.term is shorter.term:
        return True
    group, other = shorter.term.group, longer.term.group
    if other in _SWALLOWING:
        return True
    if group is Group.SITE:
        return other in (Group.SITE, Group.COURSE) or (
            other is Group.EXAMINATION and longer.term.id not in _WHERE_IT_LIES
        )
    if group is Group.COMPARTMENT:
        if other is Group.EXAMINATION and longer.term.id in _WHERE_IT_LIES:
            return False  # a "subcutaneous nodule" lies in the subcutis
        return other in (Group.COMPARTMENT, Group.EXAMINATION, Group.BONE, Group.MODALITY)
    if longer.term.id == "bone-density-normal":
        return True  # "mineralisation normal" is no mineral
    if shorter.term.id in _MINERAL_TERMS and other in DESCRIBING:
        return False  # "elongated densities" are densities
    if other is not Group.MODALITY and all(place in heads for place in shorter.tokens):
        return False  # a "lobulated mass" is still a mass
    return not longer.apart or group is other


# ---------------------------------------------------------------- what a word is said of


def _of_classes(tokens: Tokens, book: PhraseBook, names: Sequence[str]) -> list[int]:
    wanted = {f"<{name}>" for name in names}
    return [place for place, key in enumerate(tokens.keys) if not wanted.isdisjoint(book.classes.get(key, ()))]


def context_of(candidates: Sequence[Candidate], tokens: Tokens, ready: Prepared) -> Context:
    """What there is in the text for describing words, regions and tissues to be said of."""
    book = ready.book
    named = {place for one in candidates if one.term.id in _MINERAL_TERMS for place in one.tokens}
    modality = {place for one in candidates if one.term.group is Group.MODALITY for place in one.tokens}
    mineral = (set(_of_classes(tokens, book, ("calc", "ossif"))) | named) - modality
    lesion = mineral | set(_of_classes(tokens, book, ("mass",))) - modality
    history = frozenset(place for one in candidates if one.term.group is Group.HISTORY for place in one.tokens)
    telling = set(_of_classes(tokens, book, ("calc", "ossif", "mass", "complaint")))
    telling.update(place for one in candidates if _speaks_of_lesion(one) for place in one.tokens)
    # "CT: bony rod in the heel cord": what an image shows somewhere is there, though its name may be unknown.
    telling.update(place for place, key in enumerate(tokens.keys) if key in _IMAGING)
    complaints = frozenset(tokens.sentence[place] for place in telling)
    return Context(tuple(sorted(mineral)), tuple(sorted(lesion)), history, complaints)


def _speaks_of_lesion(one: Candidate) -> bool:
    """True for a sign that lies where its sentence says, though no word for a lesion stands with it."""
    if one.is_absence:
        return False
    of_itself = one.term.describes is Describes.ITSELF and one.term.group in DESCRIBING
    return of_itself or one.term.group is Group.BONE or one.term.id in _WHERE_IT_LIES


def describes_lesion(one: Candidate, tokens: Tokens, context: Context) -> bool:
    """True where a describing word stands near what it can describe in its clause, or names a lesion itself."""
    first, last = one.tokens[0], one.tokens[-1]
    clause = tokens.clause[first]
    if one.term.id == "multiple" and tokens.lower[first] in _QUANTIFIERS:
        return _counts_lesions(first, tokens, context)
    if one.term.id in _OF_BOTH_SIDES and len(one.tokens) > 1 and tokens.lower[last] not in ("sides", "side"):
        return True  # "both hips" names what it is said of
    if one.term.describes is Describes.ITSELF:
        return True
    among = context.mineral if one.term.describes is Describes.MINERAL else context.lesion
    return any(
        place in one.tokens or (tokens.clause[place] == clause and min(abs(place - first), abs(place - last)) <= _NEAR)
        for place in among
    )


def _counts_lesions(quantifier: int, tokens: Tokens, context: Context) -> bool:
    """True where what a quantifier counts is lesions: "several painful masses", not "several levels in the mass"."""
    for place in range(quantifier + 1, min(quantifier + 8, len(tokens))):
        if place in context.lesion:
            return True
        if tokens.clause[place] != tokens.clause[quantifier] or tokens.lower[place] in _PREPOSITIONS:
            return False
    return False
