"""Phrases + word classes → PhraseBook, and PhraseBook + Tokens → Matches: where the phrases of the vocabulary stand
in a text.

A phrase is words as reports write them. "<calc> rim" takes any word of the class `calc`; "range .. restricted" lets
up to six words of the same clause between its parts; "scan & hot" wants both parts in one sentence, in any order;
"nodules!" wants this very form, so that "nodule" does not count. Capitals ask for capitals ("RA" is not "ra"). Within
a part, articles, sides, marks, describing words ("firm, non-tender mass" is a "firm mass") and one member of a list
("hip and knee replacement" is a "hip replacement") may stand between two words; a phrase that begins with "=" lets
only articles, sides and marks. Must never: decide whether what it finds is said of the patient.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from calcrag.differential.text_tokens import Tokens, fold

__all__ = ["Match", "Phrase", "PhraseBook", "phrase_book"]

_WORD = re.compile(r"<\w+>|[^\W_]+(?:['’][st]\b)?!?|[.][.]|&")
_LIGHT = frozenset("- / ; ( ) ' \" ’ ‘ “ ” [ ] the a an of his her their its left right l r both x × cm mm".split())
_CONJUNCTIONS = frozenset(("and", "or", "/", "&"))
_NOT_DESCRIBING = frozenset(
    "denied showed revealed had noticed developed presented demonstrated complained normal absent excluded needed "
    "diagnosed treated reported confirmed suggested involved followed used performed resolved sent has was is near "
    "year appear during including being having".split()
)
_DESCRIBING_ENDINGS = (
    "ous",
    "al",
    "ar",
    "ic",
    "ed",
    "ive",
    "ish",
    "oid",
    "less",
    "ing",
    "like",
    "able",
    "ary",
    "ly",
    "id",
)
_DESCRIBING = frozenset(
    "soft tissue hard firm dense deep large small tiny big huge thin thick long short new old more most very non "
    "well ill poorly slight mild moderate severe marked discrete multiple several many numerous some few bone fat "
    "skin smooth irregular coarse fine white yellow red painful tender mobile fixed giant extensive solitary single "
    "two three four five multi".split()
)
_GAP_WORDS = 6
_SENTENCE_REACH = 14


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase and what it stands for; a strict one lets no describing words or list members between its words."""

    text: str
    payload: int
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: what it stands for, the tokens that it took (ascending), whether its parts may stand apart."""

    payload: int
    tokens: tuple[int, ...]
    apart: bool


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """Phrases ready to be looked for. `parts` is a tree of symbols; `plans` says how the parts of a phrase are
    joined.
    """

    parts: dict[str, Any]
    single: Mapping[int, tuple[tuple[int, bool], ...]]
    plans: tuple[tuple[int, tuple[int, ...], tuple[str, ...], bool], ...]
    classes: Mapping[str, tuple[str, ...]]
    symbols: frozenset[str]
    options: dict[str, tuple[str, ...]]

    def symbols_of(self, word: str) -> tuple[str, ...]:
        """Every symbol of the tree that a word of a text can stand for; remembered, since texts repeat their words."""
        found = self.options.get(word)
        if found is None:
            key = fold(word)
            wanted = [key, f"!{word.lower()}", *self.classes.get(key, ())]
            if word.isupper():
                wanted += [f"={word}", *self.classes.get(f"={word}", ())]
            found = tuple(symbol for symbol in dict.fromkeys(wanted) if symbol in self.symbols)
            self.options[word] = found
        return found

    def matches(self, tokens: Tokens, *, blocked: frozenset[int] = frozenset()) -> list[Match]:
        """Every match, in no promised order; blocked tokens take part in none."""
        options = [() if place in blocked else self.symbols_of(word) for place, word in enumerate(tokens.words)]
        found: list[Match] = []
        occurrences: dict[int, list[tuple[tuple[int, ...], bool]]] = {}
        steps: dict[int, list[tuple[int, bool]]] = {}
        for place, symbols in enumerate(options):
            for symbol in symbols:
                node = self.parts.get(symbol)
                if node is not None:
                    self._walk(node, (place,), False, options, tokens, steps, occurrences)
        for part, places in occurrences.items():
            for payload, strict in self.single.get(part, ()):
                found.extend(Match(payload, took, False) for took, loose in places if not (strict and loose))
        for payload, parts, joints, strict in self.plans:
            if all(part in occurrences for part in parts):
                lists = [[took for took, loose in occurrences[part] if not (strict and loose)] for part in parts]
                found.extend(Match(payload, took, True) for took in _joined(lists, joints, tokens))
        return found

    def _walk(
        self,
        node: dict[str, Any],
        taken: tuple[int, ...],
        loose: bool,
        options: Sequence[tuple[str, ...]],
        tokens: Tokens,
        steps: dict[int, list[tuple[int, bool]]],
        occurrences: dict[int, list[tuple[tuple[int, ...], bool]]],
    ) -> None:
        part = node.get("")
        if part is not None:
            occurrences.setdefault(part, []).append((taken, loose))
            if len(node) == 1:
                return
        last = taken[-1]
        reach = steps.get(last)
        if reach is None:
            reach = steps[last] = list(_steps(tokens, last))
        for place, over_words in reach:
            for symbol in options[place]:
                below = node.get(symbol)
                if below is not None:
                    self._walk(below, (*taken, place), loose or over_words, options, tokens, steps, occurrences)


# ---------------------------------------------------------------- building


def phrase_book(phrases: Iterable[Phrase], words: Mapping[str, tuple[str, ...]]) -> PhraseBook:
    """The phrases as a book; ValueError names a phrase without words or with a class that `words` does not have."""
    classes: dict[str, list[str]] = {}
    longer: dict[str, list[list[str]]] = {}
    for name, forms in words.items():
        symbol = f"<{name}>"
        for form in forms:
            path = [_symbol(word) for word in _WORD.findall(form)]
            if len(path) == 1:
                classes.setdefault(path[0], []).append(symbol)
            else:
                longer.setdefault(symbol, []).append(path)
    tree: dict[str, Any] = {}
    numbers: dict[tuple[str, ...], int] = {}
    single: dict[int, list[tuple[int, bool]]] = {}
    plans: list[tuple[int, tuple[int, ...], tuple[str, ...], bool]] = []
    symbols: set[str] = set()
    known = {f"<{name}>" for name in words}
    for phrase in phrases:
        strict = phrase.strict or phrase.text.startswith("=")
        parts, joints = _parts(phrase.text, known)
        # Most phrases are one part without a class: the product below would give them back as they are.
        plain = len(parts) == 1 and "<" not in phrase.text
        for variant in (parts,) if plain else product(*(_paths(part, longer) for part in parts)):
            ids = [_enter(tree, tuple(path), numbers, symbols) for path in variant]
            if len(ids) == 1:
                single.setdefault(ids[0], []).append((phrase.payload, strict))
            else:
                plans.append((phrase.payload, tuple(ids), tuple(joints), strict))
    frozen = {key: tuple(dict.fromkeys(held)) for key, held in classes.items()}
    return PhraseBook(
        tree, {k: tuple(dict.fromkeys(v)) for k, v in single.items()}, tuple(plans), frozen, frozenset(symbols), {}
    )


@lru_cache(maxsize=16384)
def _symbol(word: str) -> str:
    if word.startswith("<"):
        return word
    if word.endswith("!"):
        return f"!{word[:-1].lower()}"
    return f"={word}" if len(word) > 1 and word.isupper() else fold(word)


def _parts(text: str, known: set[str]) -> tuple[list[list[str]], list[str]]:
    """The parts of a phrase as symbols, and the joint (".." or "&") before each but the first."""
    parts: list[list[str]] = [[]]
    joints: list[str] = []
    for word in _WORD.findall(text):
        if word in ("..", "&"):
            joints.append(word)
            parts.append([])
        else:
            parts[-1].append(_symbol(word))
            if word.startswith("<") and word not in known:
                raise ValueError(f"phrase {text!r}: no class of words {word}")
    if not all(parts):
        raise ValueError(f"phrase {text!r}: nothing to look for on one side of {joints[0] if joints else 'it'}")
    return parts, joints


def _paths(part: list[str], longer: Mapping[str, list[list[str]]]) -> list[list[str]]:
    """The part itself, and one path more for every form of several words that a class in it has."""
    choices = [[[symbol], *longer.get(symbol, [])] for symbol in part]
    return [[symbol for piece in chosen for symbol in piece] for chosen in product(*choices)]


def _enter(tree: dict[str, Any], path: tuple[str, ...], numbers: dict[tuple[str, ...], int], symbols: set[str]) -> int:
    """Enter a path into the tree; its number, the same for the same path."""
    if path in numbers:
        return numbers[path]
    node = tree
    for symbol in path:
        node = node.setdefault(symbol, {})
    symbols.update(path)
    node[""] = numbers[path] = len(numbers)
    return numbers[path]


# ---------------------------------------------------------------- moving through a text


def _steps(tokens: Tokens, place: int) -> Iterator[tuple[int, bool]]:
    """Where the next word of a phrase may stand after `place`, and whether words that say something are passed over."""
    lower, clause = tokens.lower, tokens.clause
    words = 0
    conjunction = is_listed = False
    for following in range(place + 1, min(place + 8, len(lower))):
        if clause[following] != clause[place]:
            return
        passed = lower[place + 1 : following]
        bare_mark = bool(passed) and words == 0 and any(w in (",", "and", "or", "&") for w in passed)
        if not bare_mark:
            yield following, words > 0
        word = lower[following]
        if conjunction and word in ("the", "a", "an") and words == 0:
            return  # "leg and the swelling" begins a new thing
        if word in _CONJUNCTIONS:
            conjunction = conjunction or words == 0
            words += 1 if word == "and" and words else 0
        elif word not in _LIGHT and word != ",":
            words += 1
            if not _describes(word):
                if not conjunction or is_listed:
                    return
                is_listed = True  # one member of a list
            if words > 3:
                return


def _describes(word: str) -> bool:
    if word in _NOT_DESCRIBING:
        return False
    return word in _DESCRIBING or (len(word) > 3 and word.endswith(_DESCRIBING_ENDINGS)) or word[0].isdigit()


def _joined(lists: list[list[tuple[int, ...]]], joints: Sequence[str], tokens: Tokens) -> Iterator[tuple[int, ...]]:
    """The parts joined, each first part with the nearest following ones only."""
    for first in lists[0]:
        taken: tuple[int, ...] | None = first
        for joint, candidates in zip(joints, lists[1:], strict=True):
            if taken is None:
                break
            taken = _nearest(taken, candidates, joint, tokens)
        if taken is not None:
            yield taken


def _nearest(
    taken: tuple[int, ...], candidates: list[tuple[int, ...]], joint: str, tokens: Tokens
) -> tuple[int, ...] | None:
    best: tuple[int, tuple[int, ...]] | None = None
    for part in candidates:
        if set(part) & set(taken):
            continue
        if joint == "..":
            if part[0] < taken[-1] or tokens.clause[part[0]] != tokens.clause[taken[-1]]:
                continue
            between = tokens.words[taken[-1] + 1 : part[0]]
            distance = sum(1 for word in between if word[0].isalnum())
            if distance > _GAP_WORDS:
                continue
        else:
            distance = max(part[0] - taken[-1], taken[0] - part[-1])
            if tokens.sentence[part[0]] != tokens.sentence[taken[0]] or distance > _SENTENCE_REACH:
                continue
        if best is None or distance < best[0]:
            best = (distance, part)
    return None if best is None else tuple(sorted((*taken, *best[1])))
