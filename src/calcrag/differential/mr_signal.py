"""Tokens → MR signal: "low T1 and T2 signal", "isointense to muscle on T1, bright on T2", "dark on all sequences".

Each signal word is tied to the sequences that stand next to it, so that "low on T1, high on T2" is read as it is
meant. Must never: read a signal word that has no sequence.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from calcrag.differential.text_tokens import Tokens

__all__ = ["Signal", "signals_of"]

_LEVELS = {
    **dict.fromkeys("low dark hypointense black decreased hypointensity reduced".split(), "low"),
    **dict.fromkeys("isointense intermediate iso muscle".split(), "intermediate"),
    **dict.fromkeys("high bright hyperintense increased hyperintensity shortening white".split(), "bright"),
    **dict.fromkeys("mixed heterogeneous inhomogeneous variable heterogeneously".split(), "mixed"),
}
_SEQUENCES = {
    **dict.fromkeys("t1 t1w t1wi t1weighted".split(), ("t1",)),
    **dict.fromkeys("t2 t2w t2wi stir pd t2fs tirm t2weighted pdfs fluid-sensitive".split(), ("t2",)),
}
_BETWEEN = frozenset(
    "signal signals intensity intensities on in the both and , / - weighted w images image sequence sequences sat "
    "fat sat saturated suppressed fs with of very uniformly homogeneously markedly relatively predominantly mainly : "
    "area areas to muscle skeletal also is was were are appears appeared lesion mass it spin echo se fse tse wi "
    "imaging mr mri slightly peripherally proton show shows showed density contents centre mostly uniform diffuse "
    "diffusely heterogeneously tissue".split()
)
_REACH = 9
_TERMS = {
    ("t1", "low"): "t1-low", ("t1", "intermediate"): "t1-intermediate", ("t1", "bright"): "t1-bright",
    ("t2", "low"): "t2-low", ("t2", "bright"): "t2-bright", ("t2", "mixed"): "t2-mixed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signal:
    """A term and the tokens from which it was read, first to last inclusive."""

    term: str
    first: int
    last: int


def signals_of(tokens: Tokens) -> Iterator[Signal]:
    """Every signal that the text ties to a sequence, in order of the signal words."""
    for place in range(len(tokens)):
        level = _level(tokens, place)
        if level is None:
            continue
        sequences, last = _following(tokens, place)
        first = place
        if not sequences:
            sequences, first = _preceding(tokens, place)
            last = place
        for sequence in dict.fromkeys(sequences):
            term = _TERMS.get((sequence, level))
            if term:
                yield Signal(term, first, last)


def _level(tokens: Tokens, place: int) -> str | None:
    """The level that a word says; "muscle" says one in "muscle signal" only."""
    word = tokens.lower[place]
    if word == "muscle" and tokens.lower[place + 1 : place + 2] != ("signal",):
        return None
    return _LEVELS.get(word)


def _following(tokens: Tokens, place: int) -> tuple[list[str], int]:
    """The sequences right behind a signal word: "low signal on both T1 and T2 weighted images"."""
    found: list[str] = []
    last = place
    for following in range(place + 1, min(place + 1 + _REACH, len(tokens))):
        word = tokens.lower[following]
        if tokens.sentence[following] != tokens.sentence[place] or word in ";.":
            break
        if word in ("all", "everything"):
            rest = tokens.lower[following + 1 : following + 4]
            if word == "everything" or any(w.startswith("sequence") for w in rest):
                return ["t1", "t2"], following
            break
        if word in _SEQUENCES:
            is_next = following + 1 < len(tokens) and _level(tokens, following + 1) is not None
            if is_next and tokens.lower[following - 1] not in ("on", "in", "both"):
                break  # "T1 hypointense and T2 hyperintense": the T2 belongs to what follows
            found.extend(_SEQUENCES[word])
            last = following
        elif _level(tokens, following) or (found and word == ","):
            break  # the next signal word has its own sequences
        elif word not in _BETWEEN or word == ":":
            break
    return found, last


def _preceding(tokens: Tokens, place: int) -> tuple[list[str], int]:
    """The sequences right before a signal word: "T1: isointense", "T2 signal was high"; not those that another word
    has taken.
    """
    found: list[str] = []
    first = place
    for preceding in range(place - 1, max(place - 1 - _REACH, -1), -1):
        word = tokens.lower[preceding]
        if tokens.sentence[preceding] != tokens.sentence[place] or word == ";":
            break
        if word in _SEQUENCES:
            if not found and _is_taken(tokens, preceding):
                break
            found.extend(_SEQUENCES[word])
            first = preceding
        elif _level(tokens, preceding) or word not in _BETWEEN:
            break
    return found, first


def _is_taken(tokens: Tokens, sequence: int) -> bool:
    """True where a signal word stands before the sequence and is tied to it: the T1 of "low on T1, high …"."""
    for place in range(sequence - 1, max(sequence - _REACH, -1), -1):
        if _level(tokens, place):
            return sequence <= _following(tokens, place)[1]
        if tokens.lower[place] not in _BETWEEN and tokens.lower[place] not in _SEQUENCES:
            return False
    return False
