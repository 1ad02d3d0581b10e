"""What a user calls a type of calcification → the type: by id, by one of its names, or as the vocabulary has it.

Made from the names in the knowledge base and the vocabulary of the literature wing, which meet here. Case, accents,
hyphens, plurals and British or American spelling make no difference, and a misspelt word is read as the nearest word of
a name. Must never: choose between two types that a name may mean, or take a broader name for one of the narrower types.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from calcrag.differential.calcification import CalcificationType
from calcrag.differential.knowledge import Knowledge
from calcrag.errors import EmptyQuestion, UnknownName
from calcrag.literature.vocabulary import Vocabulary, fold, load_vocabulary

__all__ = ["NamedType", "type_named", "types_named"]

LISTED = 8  # types named in a message; more would not fit its line
ALIKE = 0.75  # how like a name must be to be suggested

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedType:
    """A type that a text names: `start` and `end` are offsets into the text."""

    type: CalcificationType
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Names:
    """Every name of every type by its words, and all of these words."""

    types: Mapping[Key, CalcificationType]
    words: frozenset[str]
    longest: int


def type_named(name: str, knowledge: Knowledge) -> CalcificationType:
    """The one type that a name means; UnknownName, with those that may have been meant, where it means none or several;
    EmptyQuestion where it holds no word.
    """
    if not _key(name):
        raise EmptyQuestion("the name holds no word", remedy='name a type: calcrag explain "gout"')
    names, vocabulary = _names(knowledge), load_vocabulary()
    found = list(dict.fromkeys(_named(name, names, knowledge, vocabulary)))
    if not found:
        corrected = _corrected(name, names, vocabulary)
        found = list(dict.fromkeys(_named(corrected, names, knowledge, vocabulary)))
    if len(found) == 1:
        return found[0]
    if found:
        raise _unknown(f"{name!r} names several types", found)
    holding = _holding(name, names)
    if holding:
        raise _unknown(f"there is no type {name!r} of its own; with these words there are", holding)
    near = get_close_matches(fold(name), sorted(" ".join(key) for key in names.types), n=LISTED, cutoff=ALIKE)
    akin = list(dict.fromkeys(names.types[tuple(one.split())] for one in near))
    if akin:
        raise _unknown(f"there is no type {name!r}; near are", akin)
    remedy = 'calcrag schemes lists the types of every scheme; calcrag summarise "…" tells what the corpus says'
    raise UnknownName(f"there is no type {name!r} in the knowledge base", remedy=remedy)


def types_named(text: str, knowledge: Knowledge) -> tuple[NamedType, ...]:
    """The types that a text names, in its order: at each place the longest name, each type once.

    A longer name of something that is no type hides a type within it: "osteosarcoma of bone" names no soft-tissue type.
    """
    spans = [
        *(((end - start), one, start, end) for one, start, end in _spans(text, _names(knowledge))),
        *_mentioned(text, knowledge, load_vocabulary()),
    ]
    taken: list[tuple[int, int]] = []
    kept: dict[str, NamedType] = {}
    # At equal length the names of the knowledge base go before the vocabulary: the sort keeps the order given.
    for _, one, start, end in sorted(spans, key=lambda span: -span[0]):
        if all(end <= first or last <= start for first, last in taken):
            taken.append((start, end))
            if one is not None and (one.id not in kept or start < kept[one.id].start):
                kept[one.id] = NamedType(one, start, end)
    return tuple(sorted(kept.values(), key=lambda named: named.start))


# ---------------------------------------------------------------- names


@lru_cache(maxsize=4)  # a Knowledge is compared by identity
def _names(knowledge: Knowledge) -> _Names:
    types = {_key(name): one for one in knowledge.types for name in (one.id, one.name, *one.synonyms)}
    return _Names(types, frozenset(word for key in types for word in key), max(map(len, types), default=0))


def _key(name: str) -> Key:
    return tuple(_singular(word) for word in _WORD.findall(fold(name)))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _named(name: str, names: _Names, knowledge: Knowledge, vocabulary: Vocabulary) -> Iterator[CalcificationType]:
    """The type of exactly this name; else those that the vocabulary finds, where they are all that the name says."""
    exact = names.types.get(_key(name))
    if exact is not None:
        yield exact
        return
    mentions = vocabulary.mentions(name)
    said = sum(len(mention.text) for mention in mentions)
    if 2 * said > len(name.strip()):
        by_id = {one.id: one for one in knowledge.types}
        yield from (by_id[mention.entity_id] for mention in mentions if mention.entity_id in by_id)


def _corrected(name: str, names: _Names, vocabulary: Vocabulary) -> str:
    return " ".join(vocabulary.correct(word, names.words) or word for word in _key(name))


def _holding(name: str, names: _Names) -> list[CalcificationType]:
    """The types with a name that holds every word of this one, those first whose own name it is."""
    wanted = set(_key(name))
    found = dict.fromkeys(one for key, one in names.types.items() if wanted and wanted <= set(key))
    return sorted(found, key=lambda one: not wanted <= set(_key(one.name)))


def _unknown(what: str, types: Iterable[CalcificationType]) -> UnknownName:
    listed = list(types)
    shown = ", ".join(one.name for one in listed[:LISTED])
    more = f" and {len(listed) - LISTED} more" if listed[LISTED:] else ""
    return UnknownName(f"{what}: {shown}{more}", remedy=f"calcrag explain {listed[0].id}")


# ---------------------------------------------------------------- names within a text


def _spans(text: str, names: _Names) -> Iterator[tuple[CalcificationType, int, int]]:
    """Every run of words that is a name of a type."""
    places = [(match.start(), match.end()) for match in _WORD.finditer(text)]
    words = [_singular(fold(text[start:end]).strip()) for start, end in places]
    for first in range(len(words)):
        for last in range(first, min(first + names.longest, len(words))):
            one = names.types.get(tuple(words[first : last + 1]))
            if one is not None:
                yield one, places[first][0], places[last][1]


def _mentioned(
    text: str, knowledge: Knowledge, vocabulary: Vocabulary
) -> Iterator[tuple[int, CalcificationType | None, int, int]]:
    by_id = {one.id: one for one in knowledge.types}
    for mention in vocabulary.mentions(text):
        yield mention.end - mention.start, by_id.get(mention.entity_id), mention.start, mention.end
