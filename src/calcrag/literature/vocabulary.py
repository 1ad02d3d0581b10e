"""The query vocabulary: what a question says for a thing, and what the sources say for it.

Made from `vocabulary.toml` (entities, terms, abbreviations, spellings, Portuguese). Gives, for a text: the entities it
mentions; the other phrases under which a source may say the same, each weighted and with its relation; the question
written out for a dense model; a spelling correction; the terms that count as one. Must never: call two diseases one
that medicine keeps apart, "correct" a real word, or say what the corpus holds (the caller's `known` says that).
"""

import re
import tomllib
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from itertools import accumulate
from typing import Any, NamedTuple

from calcrag.errors import DataError

__all__ = [
    "WEIGHTS",
    "Entity",
    "Expansion",
    "Mention",
    "Relation",
    "Vocabulary",
    "fold",
    "load_vocabulary",
    "read_vocabulary",
]


class Relation(StrEnum):
    """How an added phrase stands to the words of the question."""

    ABBREVIATION = "abbreviation"
    SPELLING = "spelling"
    SAME = "same"
    FORM = "form"  # another part of speech of the same word: ulna, ulnar
    TRANSLATION = "translation"
    NARROWER = "narrower"
    BROADER = "broader"
    RELATED = "related"


# An added phrase never outweighs the user's own words (1.0). Portuguese added to an English question finds the one
# bilingual abstract, so it weighs little; English for a Portuguese question weighs as `SAME`.
WEIGHTS: Mapping[Relation, float] = {
    Relation.ABBREVIATION: 0.9,
    Relation.SPELLING: 0.9,
    Relation.SAME: 0.8,
    Relation.FORM: 0.6,
    Relation.TRANSLATION: 0.2,
    Relation.NARROWER: 0.3,
    Relation.BROADER: 0.3,
    Relation.RELATED: 0.2,
}
_UNDECIDED = 0.5  # factor for each meaning of an abbreviation that the question does not decide


@dataclass(frozen=True, slots=True)
class Entity:
    """A disease or topic. `names` holds every alias, `name` first; `parents` and `confusable` hold entity ids."""

    id: str
    name: str
    names: tuple[str, ...]
    parents: tuple[str, ...] = ()
    confusable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity named in a text: `text` is the slice start:end of the text as given."""

    entity_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Expansion:
    """A phrase to search for besides the question. `replaces` is the slice of the question it stands for, `start` its
    offset; `weight` is above 0 and at most 1.
    """

    phrase: str
    replaces: str
    weight: float
    relation: Relation
    start: int = 0


# --------------------------------------------------------------------------------------------------------------------
# Folding
# --------------------------------------------------------------------------------------------------------------------

_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "ł": "l", "đ": "d", "\u0131": "i", "ð": "d", "þ": "th"}
)
# One character for one, so that offsets stay: dashes to "-", quotation marks to "'", the multiplication sign to "x".
_MARKS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u02bc", "'")
    | {"\u00d7": "x"}
)
_IGNORED = "\u0300-\u036f\u00ad\u200b-\u200d\u2060"  # combining marks, soft hyphen, zero-width characters
_WORD = re.compile(rf"(?<![\w/])[a-z]/[a-z]?(?![\w/])|[^\W_][^\W_{_IGNORED}]*(?:['{_IGNORED}]+[^\W_]+)*")
_DROPPED = re.compile(rf"[{_IGNORED}']")

# (letters that must occur, pattern, replacement). The first column spares most words all the patterns; a pattern is
# compiled when a word first needs it (`re` keeps it), because compiling them all costs more than loading the file.
_AMERICAN: tuple[tuple[str, str, str], ...] = (
    ("aem", r"aem(?=[aeioy])", "em"),  # haematoma, anaemia, calcaemic
    ("aed", r"(?<=p)aed(?=[io])", "ed"),  # paediatric, orthopaedic
    ("aes", r"aesth", "esth"),
    ("aes", r"(?<=c)aes(?=ar|iu)", "es"),
    ("aec", r"(?<=[cfn])aec(?=[aeiou])", "ec"),  # caecum, faecal, gynaecology
    ("aev", r"(?<=n)aev(?=[iou])", "ev"),
    ("aer", r"(?<=c)aerul", "erul"),
    ("alae", r"^palae(?=o)|(?<=-)palae(?=o)", "pale"),
    ("aet", r"^aeti(?=o)", "eti"),
    ("oed", r"oed(?=em)", "ed"),  # oedema, lymphoedema
    ("oes", r"oes(?=oph)|(?<!sh)oes(?=tr[aeiou])", "es"),
    ("foet", r"^foet(?=[aiou])", "fet"),
    ("coel", r"coeli", "celi"),
    ("oea", r"oea", "ea"),  # diarrhoea, dyspnoea, morphoea
    ("oei", r"(?<=[hn])oei(?=c)", "ei"),
    ("moeb", r"moeb", "meb"),
    ("omoe", r"omoe(?=o)", "ome"),
    ("oeuv", r"manoeuvre(s?)$", r"maneuver\1"),
    ("oeuv", r"manoeuvr(?=ed|ing|ab)", "maneuver"),
    ("sulph", r"sulph", "sulf"),
    ("leuc", r"leuc(?=ocyt|open|em|oder|opla)", "leuk"),
    # colour, tumour, favourable; not contour, source, four, journal, glamour, devour, downpour
    (
        "our",
        r"^((?!glam|amour|param|dev|vel|pomp|troub|tamb|down|out)(?:[a-z]{2,}[bdgmnpvl]i?|[a-z]*od))our"
        r"(s|ed|ing|ings|able|ably|al|ally|ous|ful|fully|less|er|ers|ite|ites|ation|ations|hood|hoods|y|ist|)$",
        r"\1or\2",
    ),
    ("re", r"^((?!macab|timb)[a-z]{2,}[tb]|meag)re(s?)$", r"\1er\2"),  # centre, fibre, calibre
    ("re", r"^(cent|fib)re(?=[a-z]{3})", r"\1er"),
    ("centr", r"centr(ed|ing)$", r"center\1"),
    ("lys", r"(?<=[aory])lys(e|ed|er|ers|ing)$", r"lyz\1"),  # analyse, dialysed, paralysed
    # localise, metastasise; not rise, raise, advise, precise, exercise, surprise, promise, diesel
    (
        "is",
        r"^((?!(?:prem|dem|surm|chem|expert|treat|advert|chast|pract|mort|parad|merchand|desp|sunr|moonr|cer|val|fin|"
        r"pen|trell|epiderm|clitor|metropol)is)(?![a-z]*(?:pris|promis|franchis|glottis))"
        r"[a-z]+(?:[^aouvwx][bdghlmnprty]|[aeiou][bdghlmnprst]|[ai]c))"
        r"is(e|ed|es|er|ers|ing|able|ation|ations|ational)$",
        r"\1iz\2",
    ),
    ("ogue", r"^((?:an|cat|di|hom|prol|mon)(?:al|ol|)?)ogue(s?)$", r"\1og\2"),
    ("ll", r"^((?:un)?(?:label|signal|travel|model|channel|tunnel|cancel|level|total|dial))l(ed|ing|er|ers)$", r"\1\2"),
    ("ence", r"^(def|off|lic|pret)ence(s?)$", r"\1ense\2"),
    ("practis", r"^practis(e|ed|es|ing)$", r"practic\1"),
    ("grey", r"^grey(s|ed|er|est|ing|ish|)$", r"gray\1"),
    ("ageing", r"^ageing$", "aging"),
    ("gramme", r"gramme(s?)$", r"gram\1"),
    ("moul", r"moul(?=d|t)", "mol"),
    ("sceptic", r"^sceptic", "skeptic"),
    ("orientate", r"orientate(s?)$", r"orient\1"),
    ("orientat", r"orientat(ed|ing)$", r"orient\1"),
)  # fmt: skip


@lru_cache(maxsize=65536)
def _fold_word(word: str) -> str:
    """Lower case, no accent or ligature, no possessive, American spelling."""
    low = word.lower()
    if not low.isascii():
        low = unicodedata.normalize("NFKD", low.translate(_LETTERS))
    if "'" in low or not low.isascii():
        low = low.removesuffix("'s")
        low = _DROPPED.sub("", low)
    for letters, pattern, replacement in _AMERICAN:
        if letters in low:
            low = re.sub(pattern, replacement, low)
    return low


def fold(text: str) -> str:
    """The text in lower case, without accents, ligatures and possessives, in American spelling, with plain dashes.

    For comparing texts and for the tokens of an index; offsets do not survive (`Vocabulary.mentions` keeps them).
    """
    return _WORD.sub(lambda match: _fold_word(match[0]), text.translate(_MARKS)).lower()


_IRREGULAR = {
    "phalange": "phalanx", "phalanges": "phalanx", "phenomena": "phenomenon", "diverticula": "diverticulum",
    "crania": "cranium", "criteria": "criterion", "bacteria": "bacterium", "varices": "varix", "cortices": "cortex",
    "feet": "foot", "teeth": "tooth", "children": "child", "women": "woman", "men": "man", "vertebrae": "vertebra",
    "biceps": "biceps", "triceps": "triceps", "quadriceps": "quadriceps", "diabetes": "diabetes",
    "pancreas": "pancreas", "helices": "helix", "appendices": "appendix", "matrices": "matrix", "viscera": "viscus",
    "ova": "ovum", "mice": "mouse",
}  # fmt: skip
_LATIN = re.compile(
    r"^(?:toph|thromb|menisc|nucle|cysticerc|nev|bronch|embol|calcul|bacill|humer|fung|stimul|alveol|foc|radi|ram|tars|"
    r"metatars|metacarp|carp|sulc|gyr|hil|echinococc)i$"
)


@lru_cache(maxsize=65536)
def _singular(word: str) -> str:
    """The singular of a folded word by rule; both sides of a comparison go through it, so it need not be a word."""
    if len(word) < 4 or word[-1] not in "sieanx":
        return _IRREGULAR.get(word, word)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word[-1] == "s":
        if len(word) > 6 and word.endswith(("oses", "yses", "tases")):
            return word[:-2] + "is"
        if word.endswith("itides"):
            return word[:-4] + "s"
        if word.endswith("ies") and len(word) > 4:
            return word[:-3] + "y"
        if word.endswith(("sses", "shes", "ches", "xes")):
            return word[:-2]
        return word if word[-2] in "sui" else word[:-1]
    if word.endswith("omata"):
        return word[:-2]
    if word.endswith("ae") and len(word) > 4:
        return word[:-1]
    return word[:-1] + "us" if word[-1] == "i" and _LATIN.match(word) else word


# --------------------------------------------------------------------------------------------------------------------
# Tokens and the lexicon
# --------------------------------------------------------------------------------------------------------------------


class _Token(NamedTuple):  # a tuple, for speed: one is made for each word of every article
    start: int
    end: int
    raw: str
    folded: str
    normal: str  # folded, listed misspellings put right, singular
    joined: bool  # nothing but blanks, hyphens or quotation marks to the token before
    after: str  # the character that follows, "" at the end


class _Sense(StrEnum):
    NAME = "name"
    SAME = "same"
    LAY = "lay"  # a patient's name of a thing
    PLAIN = "plain"  # everyday phrasing, which a rewritten question keeps
    FORM = "form"
    KIND = "kind"
    MISSPELT = "misspelt"
    TRANSLATION = "translation"


@dataclass(frozen=True, slots=True)
class _Concept:
    id: str
    entity: bool
    aliases: Mapping[_Sense, tuple[str, ...]]
    links: Mapping[Relation, tuple[str, ...]]

    @property
    def name(self) -> str:
        return self.aliases[_Sense.NAME][0]

    @property
    def synonyms(self) -> tuple[str, ...]:
        return self.aliases[_Sense.NAME] + self.aliases[_Sense.SAME]


class _Entry(NamedTuple):
    concept: _Concept
    sense: _Sense
    text: str  # the alias; for a translation the English it stands for
    bounds: frozenset[int]  # where in the key one word of the alias ends


class _Meaning(NamedTuple):
    long: str
    near: frozenset[str]
    default: bool


@dataclass(frozen=True, slots=True)
class _Abbreviation:
    short: str
    meanings: tuple[_Meaning, ...]
    any_case: bool


class _Span(NamedTuple):
    """Tokens first:last of a question that the vocabulary knows. `short` is set where they are an abbreviation: then
    `entries` holds a pair for each meaning (its long form, its entry if it has one), else one pair.
    """

    first: int
    last: int
    entries: tuple[tuple[str, _Entry | None], ...]
    short: _Abbreviation | None = None


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Aliases by the letters of their tokens run together, so that blanks and hyphens do not matter."""

    entries: Mapping[str, _Entry]
    keys: tuple[str, ...]  # sorted: tells whether any alias begins with some letters

    def longest(self, tokens: list[_Token], first: int, stop: int | None = None) -> tuple[int, _Entry] | None:
        """The longest alias that begins at token `first` and ends before `stop`: the token after it, and its entry."""
        found, key, loose = None, "", 0
        for last in range(first, len(tokens) if stop is None else stop):
            token = tokens[last]
            if last > first:
                if not token.joined:
                    break
                if not (_is_part(tokens[last - 1]) and _is_part(token)):
                    loose = len(key)
            key += token.normal
            at = bisect_left(self.keys, key)
            if at == len(self.keys) or not self.keys[at].startswith(key):
                break
            if self.keys[at] == key and (not loose or loose in self.entries[key].bounds):
                found = (last + 1, self.entries[key])
        return found


def _is_part(token: _Token) -> bool:
    """Whether the token may be part of a word that the alias prints as one: "pseudo" may, the "a" of "a symmetrical
    mass" must not make it asymmetrical.
    """
    return len(token.folded) > 2 and token.folded not in _SMALL


_SMALL = frozenset(["and", "or", "nor", "versus", "vs", "than", "to", "from", "in", "of", "the", "with", "by"])
_COORDINATORS = frozenset(["and", "or", "nor", "versus", "vs", "than"])
_FUNCTION_WORDS = frozenset(["of", "the", "in", "and", "to", "a", "an", "by", "with", "on", "from", "for", "at", "or"])


# --------------------------------------------------------------------------------------------------------------------
# Spelling
# --------------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _ordinary_stems(words: str) -> frozenset[str]:
    """The stems of a list of words (one string); made at the first unknown word, not at loading."""
    import Stemmer

    return frozenset(Stemmer.Stemmer("english").stemWords(words.split()))


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    import Stemmer

    return str(Stemmer.Stemmer("english").stemWord(word))


@lru_cache(maxsize=4)
def _buckets(words: frozenset[str]) -> Mapping[int, tuple[str, ...]]:
    """The words by length. Cached by the set: a caller that passes the same frozenset pays once."""
    buckets: dict[int, list[str]] = {}
    for word in sorted(words):
        buckets.setdefault(len(word), []).append(word)
    return {length: tuple(found) for length, found in buckets.items()}


@dataclass(frozen=True, slots=True)
class _Speller:
    """What is needed to tell a misspelt word from a real one."""

    right: Mapping[str, str]  # misspelling or variant -> right word
    variants: Mapping[str, tuple[str, ...]]  # right word -> the others
    ordinary: str
    prefixes: tuple[str, ...]  # longest first
    endings: tuple[str, ...]  # longest first
    composed: str  # the pattern of a word made of combining forms and an ending

    def listed(self, word: str) -> str | None:
        """The right form of a listed misspelling or variant, singular or plural, or None."""
        return self.right.get(word) or self.right.get(_singular(word))

    def is_real(self, word: str) -> bool:
        return re.fullmatch(self.composed, word) is not None or _stem(word) in _ordinary_stems(self.ordinary)

    def differs(self, word: str, candidate: str) -> bool:
        """True where the two differ in a prefix or an ending that carries the meaning (hypo-, hyper-; -emia, -uria)."""
        for elements, has in ((self.prefixes, str.startswith), (self.endings, str.endswith)):
            ours, theirs = (
                next((e for e in elements if has(w, e) and len(w) > len(e) + 2), None) for w in (word, candidate)
            )
            if ours and theirs and ours != theirs:
                return True
        return False

    def nearest(self, word: str, words: Collection[str]) -> tuple[int, str] | None:
        """The nearest of `words` with its distance, or None where none is near, or two that differ are equally near."""
        from rapidfuzz import process
        from rapidfuzz.distance import DamerauLevenshtein

        reach = 1 if len(word) < 8 else 2 if len(word) < 15 else 3
        buckets = _buckets(words if isinstance(words, frozenset) else frozenset(words))
        ranked = []
        for length in range(len(word) - reach, len(word) + reach + 1):
            near = process.extract(
                word, buckets.get(length, ()), scorer=DamerauLevenshtein.distance, score_cutoff=reach, limit=None
            )
            for candidate, found, _ in near:
                # A wrong first letter is rare; the rest must then be right and long enough to recognise.
                other_first = candidate[0] != word[0]
                if other_first and (found > 1 or len(word) < 7 or candidate[1] != word[1]):
                    continue
                if not self.differs(word, candidate):
                    ranked.append(
                        (int(found), other_first, candidate[-1] != word[-1], abs(length - len(word)), candidate)
                    )
        if not ranked:
            return None
        ranked.sort()
        best = ranked[0]
        rivals = [r[-1] for r in ranked[1:] if r[0] == best[0]]
        if any(self.differs(best[-1], rival) for rival in rivals):
            return None
        return best[0], self.right.get(best[-1], best[-1])


# --------------------------------------------------------------------------------------------------------------------
# The vocabulary
# --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Entities, terms, abbreviations and spellings, with their indexes. Made by `load_vocabulary`; never changes."""

    entities: tuple[Entity, ...]
    _all: _Lexicon = field(repr=False, compare=False)
    _entities_only: _Lexicon = field(repr=False, compare=False)
    _shorts: Mapping[str, _Abbreviation] = field(repr=False, compare=False)
    _shorts_of: Mapping[str, tuple[str, ...]] = field(repr=False, compare=False)
    _translations_of: Mapping[str, tuple[str, ...]] = field(repr=False, compare=False)
    _speller: _Speller = field(repr=False, compare=False)
    _words: frozenset[str] = field(repr=False, compare=False)
    _by_id: Mapping[str, Entity] = field(repr=False, compare=False)

    def entity(self, entity_id: str) -> Entity | None:
        """The entity with this id, or None."""
        return self._by_id.get(entity_id)

    def children(self, entity_id: str) -> tuple[Entity, ...]:
        """The entities that name this one as a parent, in the order of the file."""
        return tuple(e for e in self.entities if entity_id in e.parents)

    def mentions(self, text: str) -> list[Mention]:
        """The entities that the text names, in order: the longest name at each place, none overlapping, with offsets
        into the text as given. Of "primary and secondary hyperparathyroidism" it finds both. An abbreviation counts
        where its meaning is certain.
        """
        tokens = self._tokens(text)
        found: list[tuple[int, int, _Entry]] = []
        for span in self._spans(tokens, self._entities_only):
            entries = [entry for _, entry in span.entries if entry is not None and entry.concept.entity]
            if len(entries) == 1 and len(span.entries) == 1:
                found.append((span.first, span.last, entries[0]))
        found += self._coordinated(text, tokens, found)
        return [
            Mention(entry.concept.id, tokens[i].start, tokens[j - 1].end, text[tokens[i].start : tokens[j - 1].end])
            for i, j, entry in sorted(found, key=lambda f: f[0])
        ]

    def expansions(
        self,
        question: str,
        *,
        known: Callable[[str], bool],
        words: Collection[str] = frozenset(),
        occurs: Callable[[str], bool] | None = None,
    ) -> list[Expansion]:
        """Phrases to search for besides the question, in the order of the words that they stand for, heaviest first.

        `known` is asked for one folded word (lower case, American, not stemmed) and says whether the corpus has it or a
        word of its stem; a phrase with a word that the corpus lacks is left out. `occurs`, where given, is asked for a
        folded phrase of several words, blanks between them, and what does not occur is left out: the corpus may have
        "terminal" and "renal failure" without "terminal renal failure". `words` are the corpus's own folded words,
        against which misspellings are corrected (pass the same frozenset each time: it is prepared once). Broader terms
        are given only where the corpus knows no name of the term itself.
        """
        tokens, corrected = self._corrected(question, known, words)
        found: list[Expansion] = []
        for index, right in corrected.items():
            found.append(self._expansion(question, tokens, index, index + 1, right, Relation.SPELLING))
        for span in self._with_parts(tokens):
            found += self._span_expansions(question, tokens, span, known)
            if 1 < span.last - span.first < 4:  # "soft tissue", printed "softtissue"
                together = "".join(token.folded for token in tokens[span.first : span.last])
                found.append(self._expansion(question, tokens, span.first, span.last, together, Relation.SPELLING))
        for index, token in enumerate(tokens):
            right = self._speller.listed(token.folded) or _singular(token.folded)
            for spelling in (right, *self._speller.variants.get(right, ())):
                found.append(self._expansion(question, tokens, index, index + 1, spelling, Relation.SPELLING))
        return self._useful(question, found, known, occurs)

    def rewrite(
        self,
        question: str,
        *,
        known: Callable[[str], bool] | None = None,
        words: Collection[str] = frozenset(),
    ) -> str:
        """The question for a dense model: abbreviations spelled out in brackets behind them; lay words, Portuguese and
        misspellings replaced. With `known` (see `expansions`) words that are listed nowhere are corrected too.
        """
        tokens, corrected = self._corrected(question, known, words) if known else (self._tokens(question), {})
        changes = [(tokens[i].start, tokens[i].end, right) for i, right in corrected.items()]
        taken: set[int] = set(corrected)
        letters = "".join(token.normal for token in tokens)
        for span in self._spans(tokens, self._all):
            start, end = tokens[span.first].start, tokens[span.last - 1].end
            if span.short is not None:
                longs = [long for long, _ in span.entries if self._key(long) not in letters]
                if longs:
                    changes.append((end, end, f" ({' or '.join(longs)})"))
                continue
            _, entry = span.entries[0]
            if entry is None or entry.sense not in (_Sense.LAY, _Sense.MISSPELT, _Sense.TRANSLATION):
                continue
            if not taken.intersection(range(span.first, span.last)):
                changes.append((start, end, entry.text if entry.sense is _Sense.TRANSLATION else entry.concept.name))
                taken.update(range(span.first, span.last))
        for index, token in enumerate(tokens):
            listed = self._speller.listed(token.folded)
            if listed and index not in taken:
                changes.append((token.start, token.end, listed))
        for start, end, text in sorted(changes, reverse=True):
            question = question[:start] + text + question[end:]
        return question

    def correct(self, word: str, words: Collection[str]) -> str | None:
        """The word of `words` (folded, not stemmed) that this one misspells, or None where it is right, is a real word
        of its own, is shorter than five letters, or is near to nothing. A listed misspelling gives its right form.
        """
        folded = _fold_word(word.translate(_MARKS))
        listed = self._speller.right.get(folded)
        if listed:
            return listed
        if len(folded) < 5 or not folded.isalpha() or not folded.isascii():
            return None
        pool = words if isinstance(words, frozenset) else frozenset(words)
        if folded in pool or folded in self._words or self._speller.is_real(folded):
            return None
        nearest = self._speller.nearest(folded, pool)
        return nearest[1] if nearest else None

    def is_ordinary(self, word: str) -> bool:
        """True for a word of general English, or one made of the field's combining forms."""
        return self._speller.is_real(fold(word).strip())

    def equivalents(self, term: str) -> frozenset[str]:
        """All folded terms that count as the same when asking whether a corpus mentions this one: itself, its
        synonyms, other parts of speech, spellings, certain abbreviations and translations; not broader, narrower or
        related terms. A term that the vocabulary lacks gives itself and its listed spellings.
        """
        tokens = self._tokens(term)
        key = "".join(token.normal for token in tokens)
        terms = {fold(term).strip(), " ".join(token.normal for token in tokens)}
        short = self._shorts.get("".join(token.raw for token in tokens)) or self._shorts.get(key)
        entries = [self._all.entries.get(key)]
        if short is not None and len(short.meanings) == 1:
            entries = [self._all.entries.get(self._key(short.meanings[0].long))]
            terms.add(fold(short.meanings[0].long))
        for entry in entries:
            if entry is None:
                continue
            if entry.sense is _Sense.KIND:
                continue
            concept = entry.concept
            senses = [sense for sense in concept.aliases if sense is not _Sense.KIND]
            terms.update(fold(alias) for sense in senses for alias in concept.aliases[sense])
            terms.update(fold(alias) for alias in self._translations_of.get(concept.id, ()))
            terms.update(fold(alias) for alias in self._shorts_of.get(concept.id, ()))
        for one in tuple(terms):
            right = self._speller.right.get(one, one)
            terms.update((right, *self._speller.variants.get(right, ())))
        return frozenset(terms - {""})

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _tokens(self, text: str) -> list[_Token]:
        return _tokens(text, self._speller.right)

    def _key(self, phrase: str) -> str:
        return _key(phrase, self._speller.right)

    def _spans(self, tokens: list[_Token], lexicon: _Lexicon) -> Iterator[_Span]:
        """What the lexicon and the abbreviations know of the tokens: the longest at each place, none overlapping."""
        shouted = len(tokens) > 2 and all(not t.raw.isalpha() or t.raw.isupper() for t in tokens)
        first = 0
        while first < len(tokens):
            named = lexicon.longest(tokens, first)
            short = self._short_at(tokens, first, shouted)
            if short is not None and (named is None or short[0] > named[0]):
                last, abbreviation = short
                longs = [meaning.long for meaning in self._meant(abbreviation, tokens)]
                yield _Span(first, last, tuple((x, self._all.entries.get(self._key(x))) for x in longs), abbreviation)
            elif named is not None:
                last, entry = named
                yield _Span(first, last, ((entry.text, entry),))
            else:
                last = first + 1
            first = last

    def _with_parts(self, tokens: list[_Token]) -> Iterator[_Span]:
        """The spans, and of a special form ("heterotopic ossification after hip replacement") its parts too: their
        synonyms are what a source is likely to print. The parts of a name proper are not looked at: "myositis
        ossificans" in "myositis ossificans progressiva" is another disease.
        """
        for span in self._spans(tokens, self._all):
            yield span
            entry = span.entries[0][1]
            if span.short is not None or entry is None or entry.sense is not _Sense.KIND:
                continue
            first = span.first
            while first < span.last:
                part = self._all.longest(tokens, first, span.last if first > span.first else span.last - 1)
                last = part[0] if part else first + 1
                if part:
                    yield _Span(first, last, ((part[1].text, part[1]),))
                first = last

    def _short_at(self, tokens: list[_Token], first: int, shouted: bool) -> tuple[int, _Abbreviation] | None:
        for last in range(min(first + 2, len(tokens)), first, -1):
            if last - first == 2 and not tokens[first + 1].joined:
                continue
            raw = "".join(token.raw for token in tokens[first:last])
            found = self._shorts.get(raw) or self._shorts.get(raw.lower())
            if found is None and raw.endswith("s") and raw[:-1].isupper():
                found = self._shorts.get(raw[:-1])
            # In a text all in capitals, case says nothing: "US" may be the word "us".
            if found is None or (shouted and not found.any_case and len(found.short) < 4):
                continue
            if not self._are_initials(tokens, first, last):
                return last, found
        return None

    def _are_initials(self, tokens: list[_Token], first: int, last: int) -> bool:
        """Whether the letters are an author's initials, as in "Elston DM, ..."."""
        name, letters = tokens[first - 1], tokens[last - 1]
        if (
            first == 0
            or last - first > 1
            or len(letters.raw) > 2
            or letters.after not in (",", ".")
            or not letters.joined
        ):
            return False
        return name.raw.istitle() and len(name.raw) > 3 and name.normal not in self._all.entries

    def _meant(self, abbreviation: _Abbreviation, tokens: list[_Token]) -> tuple[_Meaning, ...]:
        """The meanings that the words around decide for; else the default ones; else all."""
        if len(abbreviation.meanings) == 1:
            return abbreviation.meanings
        around = {token.normal for token in tokens}
        hits = [len(around & meaning.near) for meaning in abbreviation.meanings]
        if max(hits) > 0 and hits.count(max(hits)) == 1:
            return (abbreviation.meanings[hits.index(max(hits))],)
        return tuple(m for m in abbreviation.meanings if m.default) or abbreviation.meanings

    def _coordinated(
        self, text: str, tokens: list[_Token], found: list[tuple[int, int, _Entry]]
    ) -> list[tuple[int, int, _Entry]]:
        """Names that share a word with the name beside them: "primary" in "primary and secondary hyperparathyroidism",
        "universalis" in "calcinosis circumscripta and universalis".
        """
        inside = {index for first, last, _ in found for index in range(first, last)}
        more: list[tuple[int, int, _Entry]] = []
        for first, last, entry in found:
            key = "".join(token.normal for token in tokens[first:last])
            for step, edge in ((-1, first), (1, last - 1)):
                index = self._across(text, tokens, edge, step)
                if index is None or index in inside:
                    continue
                word = tokens[index].normal
                for cut in range(5, len(key)):
                    head, whole = (key[cut:], word + key[cut:]) if step < 0 else (key[:-cut], key[:-cut] + word)
                    other = self._entities_only.entries.get(whole)
                    if other and head in self._all.entries and other.concept is not entry.concept:
                        more.append((index, index + 1, other))
                        inside.add(index)
                        break
        return more

    def _across(self, text: str, tokens: list[_Token], edge: int, step: int) -> int | None:
        """The token on the other side of "and", "or", "versus", "/" from the token at `edge`, or None."""
        index, coordinated = edge + step, False
        while 0 <= index < len(tokens) and abs(index - edge) <= 3:
            left, right = sorted((index, index - step))
            gap = text[tokens[left].end : tokens[right].start]
            coordinated = coordinated or gap.strip() == "/"
            if not set(gap) <= set(" \t\r\n\u00a0-/,"):
                return None
            if tokens[index].folded not in _SMALL:
                return index if coordinated else None
            coordinated = coordinated or tokens[index].folded in _COORDINATORS
            index += step
        return None

    def _corrected(
        self, question: str, known: Callable[[str], bool], words: Collection[str]
    ) -> tuple[list[_Token], dict[int, str]]:
        """The tokens with unknown words corrected, and the corrections by token."""
        tokens = self._tokens(question)
        taken = {i for span in self._spans(tokens, self._all) for i in range(span.first, span.last)}
        pool = words if isinstance(words, frozenset) else frozenset(words)
        corrected: dict[int, str] = {}
        for index, token in enumerate(tokens):
            word = token.folded
            if (
                index in taken
                or len(word) < 5
                or not word.isascii()
                or not word.isalpha()
                or word in self._speller.right
            ):
                continue
            if token.raw.isupper() or word in pool or word in self._words or known(word) or self._speller.is_real(word):
                continue
            near = [
                (nearest[0], order, nearest[1])
                for order, candidates in enumerate((pool, self._words))
                if (nearest := self._speller.nearest(word, candidates)) is not None
                # A capital inside a sentence is a name: another author's name is not this one misspelt.
                and (order == 1 or index == 0 or token.raw.islower() or (nearest[0] == 1 and len(word) > 6))
            ]
            if near:
                right = min(near)[2]
                corrected[index] = right
                normal = _singular(self._speller.right.get(right, right))
                tokens[index] = token._replace(folded=right, normal=normal)
        return tokens, corrected

    def _expansion(
        self,
        question: str,
        tokens: list[_Token],
        first: int,
        last: int,
        phrase: str,
        relation: Relation,
        factor: float = 1.0,
    ) -> Expansion:
        start, end = tokens[first].start, tokens[last - 1].end
        return Expansion(phrase, question[start:end], round(WEIGHTS[relation] * factor, 3), relation, start)

    def _span_expansions(
        self, question: str, tokens: list[_Token], span: _Span, known: Callable[[str], bool]
    ) -> Iterator[Expansion]:
        factor = _UNDECIDED if len(span.entries) > 1 else 1.0
        for long, entry in span.entries:
            pairs: list[tuple[str, Relation, float]] = []
            if span.short is not None:
                pairs.append((long, Relation.ABBREVIATION, 1.0))
            if entry is not None:
                if entry.sense is _Sense.TRANSLATION:
                    pairs.append(
                        (entry.text, Relation.TRANSLATION, WEIGHTS[Relation.SAME] / WEIGHTS[Relation.TRANSLATION])
                    )
                pairs += [(phrase, relation, 1.0) for phrase, relation in self._others(entry, known)]
            for phrase, relation, more in pairs:
                yield self._expansion(question, tokens, span.first, span.last, phrase, relation, factor * more)

    def _others(self, entry: _Entry, known: Callable[[str], bool]) -> Iterator[tuple[str, Relation]]:
        """The other phrases for an entry of the lexicon, with their relation to it."""
        concept, aliases = entry.concept, entry.concept.aliases
        if entry.sense is _Sense.KIND:
            yield concept.name, Relation.BROADER
            return
        main = Relation.FORM if entry.sense is _Sense.FORM else Relation.SAME
        yield concept.name, main
        yield from ((phrase, Relation.SAME) for phrase in aliases[_Sense.SAME])
        # No source prints "bone in the wrong place", though it has each of the words.
        spoken = (*aliases[_Sense.LAY], *aliases[_Sense.PLAIN])
        yield from ((phrase, Relation.SAME) for phrase in spoken if len(_phrase_words(phrase)) == 1)
        yield from ((phrase, Relation.FORM) for phrase in aliases[_Sense.FORM])
        yield from ((phrase, Relation.SPELLING) for phrase in aliases[_Sense.MISSPELT])
        yield from ((phrase, Relation.ABBREVIATION) for phrase in self._shorts_of.get(concept.id, ()))
        yield from ((phrase, Relation.TRANSLATION) for phrase in self._translations_of.get(concept.id, ()))
        yield from ((phrase, Relation.NARROWER) for phrase in aliases[_Sense.KIND])
        for relation in (Relation.NARROWER, Relation.RELATED):
            yield from ((phrase, relation) for phrase in concept.links[relation])
        if concept.links[Relation.BROADER] and not any(self._all_known(phrase, known) for phrase in concept.synonyms):
            yield from ((phrase, Relation.BROADER) for phrase in concept.links[Relation.BROADER])

    def _all_known(self, phrase: str, known: Callable[[str], bool]) -> bool:
        return all(len(word) < 2 or word in _FUNCTION_WORDS or known(word) for word in _phrase_words(phrase))

    def _useful(
        self,
        question: str,
        found: Iterable[Expansion],
        known: Callable[[str], bool],
        occurs: Callable[[str], bool] | None,
    ) -> list[Expansion]:
        """Without what the corpus cannot have, and without a phrase all of whose words are in the question or in the
        phrases given before it for the same words: a disease has many names made of the same few words.
        """
        asked = {_singular(word) for word in _phrase_words(question)}
        given: dict[tuple[int, int], set[str]] = {}
        useful: list[Expansion] = []
        for one in sorted(found, key=lambda e: -e.weight):
            phrase = _phrase_words(one.phrase)
            words = {_singular(word) for word in phrase} - _FUNCTION_WORDS
            before = given.setdefault((one.start, len(one.replaces)), set(asked))
            if words <= before or not self._all_known(one.phrase, known):
                continue
            if occurs is None or len(phrase) == 1 or occurs(" ".join(phrase)):
                before |= words
                useful.append(one)
        return sorted(useful, key=lambda e: (e.start, -e.weight, e.phrase))


def _tokens(text: str, right: Mapping[str, str]) -> list[_Token]:
    marked = text.translate(_MARKS)
    tokens: list[_Token] = []
    before = 0
    for match in _WORD.finditer(marked):
        start, end = match.span()
        folded = _fold_word(match[0])
        gap = marked[before:start]
        joined = bool(tokens) and len(gap) <= 3 and not gap.strip(" \t\r\n\u00a0-'\"")
        normal = _normal(folded, right)
        tokens.append(_Token(start, end, text[start:end], folded, normal, joined, marked[end : end + 1]))
        before = end
    return tokens


def _normal(folded: str, right: Mapping[str, str]) -> str:
    """A folded word with a listed misspelling put right, in the singular."""
    singular = _singular(right.get(folded, folded))
    return right.get(singular, singular)


def _key(phrase: str, right: Mapping[str, str]) -> str:
    """The letters under which the lexicon holds a phrase."""
    return "".join(_normal(word, right) for word in _phrase_words(phrase))


@lru_cache(maxsize=8192)
def _phrase_words(phrase: str) -> tuple[str, ...]:
    """The folded words of a phrase."""
    return tuple(_fold_word(word) for word in _WORD.findall(phrase.translate(_MARKS)))


# --------------------------------------------------------------------------------------------------------------------
# Loading
# --------------------------------------------------------------------------------------------------------------------

_FILE = "vocabulary.toml"
_LISTS = {
    "lay": _Sense.LAY, "plain": _Sense.PLAIN, "forms": _Sense.FORM, "kinds": _Sense.KIND, "misspelt": _Sense.MISSPELT,
}  # fmt: skip
_ENTITY_LISTS = {"names": _Sense.SAME, **_LISTS}
_TERM_LISTS = {"same": _Sense.SAME, **_LISTS}
_LINKS = {"broader": Relation.BROADER, "narrower": Relation.NARROWER, "related": Relation.RELATED}


def _wrong(what: str, where: str) -> DataError:
    return DataError(what, where=f"{_FILE}: {where}", remedy=f"correct that entry of calcrag/literature/{_FILE}")


def _table(data: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise _wrong("a table is wanted here", where)
    return value


def _strings(data: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise _wrong("a list of strings is wanted here", f"{where}.{key}")
    return tuple(value)


def _string(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _wrong("a string is wanted here", f"{where}.{key}")
    return value


def _refuse_others(data: Mapping[str, Any], allowed: Collection[str], where: str) -> None:
    for key in data:
        if key not in allowed:
            raise _wrong(f"unknown key {key!r}", f"{where}.{key}" if where else key)


@cache
def load_vocabulary() -> Vocabulary:
    """The vocabulary of the package, read once. Raises DataError where the file is damaged."""
    return read_vocabulary(resources.files("calcrag.literature").joinpath(_FILE).read_text(encoding="utf-8"))


def read_vocabulary(source: str) -> Vocabulary:
    """A vocabulary from TOML text. Raises DataError, with the path of the entry, for text that is not TOML, an unknown
    key, a value of the wrong kind, an alias given twice, and a name or id that leads nowhere.
    """
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"not TOML: {error}", "the whole file") from error
    sections = ("format", "entity", "term", "abbreviation", "spelling", "translation", "correction")
    _refuse_others(data, sections, "")
    if data.get("format") != 1:
        raise _wrong("a format that this version does not read (1 is read)", "format")
    right, variants = _read_spelling(_table(data, "spelling", "spelling"))
    entity_tables, term_tables = _table(data, "entity", "entity"), _table(data, "term", "term")
    concepts = [_read_entity(key, _table(entity_tables, key, f"entity.{key}"), entity_tables) for key in entity_tables]
    concepts += [_read_term(key, _table(term_tables, key, f"term.{key}")) for key in term_tables]
    entries = _read_aliases(concepts, right)
    translations_of = _read_translations(_table(data, "translation", "translation"), entries, right)
    _check_links(concepts, entries, right)
    shorts, shorts_of = _read_abbreviations(_table(data, "abbreviation", "abbreviation"), entries, right)
    entities = _entities(entity_tables, [c for c in concepts if c.entity], shorts_of)
    return Vocabulary(
        entities=entities,
        _all=_Lexicon(entries, tuple(sorted(entries))),
        _entities_only=_only_entities(entries),
        _shorts=shorts,
        _shorts_of=shorts_of,
        _translations_of=translations_of,
        _speller=_read_correction(_table(data, "correction", "correction"), right, variants),
        _words=_spellable(concepts, right),
        _by_id={entity.id: entity for entity in entities},
    )


def _read_entity(key: str, table: dict[str, Any], ids: Collection[str]) -> _Concept:
    where = f"entity.{key}"
    _refuse_others(table, {"name", "parents", "not", *_ENTITY_LISTS, *_LINKS}, where)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key):
        raise _wrong("an id is lower-case words joined by hyphens", where)
    for link in ("parents", "not"):
        for other in _strings(table, link, where):
            if other not in ids or other == key:
                raise _wrong(f"no such other entity: {other!r}", f"{where}.{link}")
    aliases = {sense: _strings(table, name, where) for name, sense in _ENTITY_LISTS.items()}
    aliases[_Sense.NAME] = (_string(table, "name", where),)
    links = {relation: _strings(table, name, where) for name, relation in _LINKS.items()}
    links[Relation.BROADER] += tuple(str(ids[p]["name"]) for p in _strings(table, "parents", where))  # type: ignore[index]
    return _Concept(key, True, aliases, links)


def _read_term(key: str, table: dict[str, Any]) -> _Concept:
    where = f"term.{key}"
    _refuse_others(table, {*_TERM_LISTS, *_LINKS}, where)
    aliases = {sense: _strings(table, name, where) for name, sense in _TERM_LISTS.items()}
    aliases[_Sense.NAME] = (key,)
    return _Concept(key, False, aliases, {relation: _strings(table, name, where) for name, relation in _LINKS.items()})


def _keys(alias: str, right: Mapping[str, str]) -> dict[str, frozenset[int]]:
    """The letters under which an alias is found, with each word in the singular and with the last one only, and where
    in them its words end.
    """
    words = _phrase_words(alias)
    together = _singular("".join(words))
    normal = [_normal(word, right) for word in words]
    key = "".join(normal)
    return {k: b for k, b in {together: frozenset[int](), key: frozenset(accumulate(map(len, normal)))}.items() if k}


def _read_aliases(concepts: Iterable[_Concept], right: Mapping[str, str]) -> dict[str, _Entry]:
    entries: dict[str, _Entry] = {}
    for concept in concepts:
        where = f"{'entity' if concept.entity else 'term'}.{concept.id}"
        for sense, aliases in concept.aliases.items():
            for alias in aliases:
                keys = _keys(alias, right)
                if not keys:
                    raise _wrong(f"an alias without a letter: {alias!r}", where)
                for key, bounds in keys.items():
                    if key in entries:
                        raise _wrong(f"{alias!r} is already an alias of {entries[key].concept.id!r}", where)
                    entries[key] = _Entry(concept, sense, alias, bounds)
    return entries


def _resolve(name: str, entries: Mapping[str, _Entry], right: Mapping[str, str], where: str) -> _Entry:
    entry = entries.get(_key(name, right))
    if entry is None:
        raise _wrong(f"no entry has the name {name!r}", where)
    return entry


def _read_translations(
    table: Mapping[str, Any], entries: dict[str, _Entry], right: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Adds the Portuguese to `entries`; gives it by concept."""
    found: dict[str, list[str]] = {}
    new: dict[str, _Entry] = {}
    for word in table:
        where = f"translation.{word}"
        target = _resolve(_string(table, word, "translation"), entries, right, where)
        for key, bounds in _keys(word, right).items():
            if key in entries or key in new:
                raise _wrong(f"{word!r} is already an alias", where)
            new[key] = _Entry(target.concept, _Sense.TRANSLATION, table[word], bounds)
        found.setdefault(target.concept.id, []).append(word)
    entries |= new
    return {concept: tuple(words) for concept, words in found.items()}


def _check_links(concepts: Iterable[_Concept], entries: Mapping[str, _Entry], right: Mapping[str, str]) -> None:
    for concept in concepts:
        for relation, names in concept.links.items():
            for name in names:
                where = f"{'entity' if concept.entity else 'term'}.{concept.id}.{relation}"
                if _resolve(name, entries, right, where).concept is concept:
                    raise _wrong(f"{name!r} is a name of the entry itself", where)


def _read_abbreviations(
    table: Mapping[str, Any], entries: Mapping[str, _Entry], right: Mapping[str, str]
) -> tuple[dict[str, _Abbreviation], dict[str, tuple[str, ...]]]:
    """The abbreviations by their letters, and by the concept that they mean for certain."""
    any_case = _strings(table, "any_case", "abbreviation")
    shorts: dict[str, _Abbreviation] = {}
    shorts_of: dict[str, list[str]] = {}
    for short in any_case:
        if short not in table:
            raise _wrong(f"no such abbreviation: {short!r}", "abbreviation.any_case")
    for short in (key for key in table if key != "any_case"):
        meanings = _meanings(table[short], f"abbreviation.{short}", right)
        abbreviation = _Abbreviation(short, meanings, short in any_case)
        letters = "".join(token.raw for token in _tokens(short, {}))
        for key in {letters, letters.lower()} if abbreviation.any_case else {letters}:
            if key in shorts:
                raise _wrong(f"{short!r} is already an abbreviation", f"abbreviation.{short}")
            shorts[key] = abbreviation
        entry = entries.get(_key(meanings[0].long, right))
        if len(meanings) == 1 and entry is not None and entry.sense in (_Sense.NAME, _Sense.SAME):
            shorts_of.setdefault(entry.concept.id, []).append(short)
    return shorts, {concept: tuple(found) for concept, found in shorts_of.items()}


def _meanings(value: object, where: str, right: Mapping[str, str]) -> tuple[_Meaning, ...]:
    if isinstance(value, str) and value.strip():
        return (_Meaning(value, frozenset(), True),)
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise _wrong("a long form or a list of meanings is wanted here", where)
    found = []
    for item in value:
        _refuse_others(item, {"long", "near", "default"}, where)
        if not isinstance(item.get("default", False), bool):
            raise _wrong("true or false is wanted here", f"{where}.default")
        near = frozenset(_normal(w, right) for word in _strings(item, "near", where) for w in _phrase_words(word))
        found.append(_Meaning(_string(item, "long", where), near, item.get("default", False)))
    return tuple(found)


def _read_spelling(table: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    right: dict[str, str] = {}
    variants: dict[str, tuple[str, ...]] = {}
    for word in table:
        where = f"spelling.{word}"
        others = _strings(table, word, "spelling")
        for one in (word, *others):
            if not re.fullmatch("[a-z]+", one) or _fold_word(one) != one:
                raise _wrong(f"a folded single word is wanted, not {one!r}", where)
        for other in others:
            if other in right or other == word or other in table:
                raise _wrong(f"{other!r} is already listed", where)
            right[other] = word
        variants[word] = others
    return right, variants


def _read_correction(
    table: Mapping[str, Any], right: Mapping[str, str], variants: Mapping[str, tuple[str, ...]]
) -> _Speller:
    _refuse_others(table, {"prefixes", "combining_forms", "endings", "ordinary"}, "correction")
    prefixes, forms, endings = (_strings(table, k, "correction") for k in ("prefixes", "combining_forms", "endings"))
    ordinary = table.get("ordinary", "")
    if not isinstance(ordinary, str):
        raise _wrong("a string of words is wanted here", "correction.ordinary")
    parts = (f"(?:{'|'.join(map(re.escape, words)) or '(?!)'})" for words in (prefixes, forms, endings))
    composed = "{}?(?:{}[oaie]?)+{}".format(*parts)
    first, last = (tuple(sorted(words, key=lambda w: (-len(w), w))) for words in (prefixes, endings))
    return _Speller(right, variants, ordinary, first, last, composed)


def _spellable(concepts: Iterable[_Concept], right: Mapping[str, str]) -> frozenset[str]:
    """The vocabulary's own words of five letters or more."""
    aliases = (a for c in concepts for sense in c.aliases if sense is not _Sense.MISSPELT for a in c.aliases[sense])
    words = {word for alias in aliases for word in _phrase_words(alias)}
    return frozenset(
        word for word in words if len(word) > 4 and word.isascii() and word.isalpha() and word not in right
    )


def _only_entities(entries: Mapping[str, _Entry]) -> _Lexicon:
    chosen = {key: entry for key, entry in entries.items() if entry.concept.entity}
    return _Lexicon(chosen, tuple(sorted(chosen)))


def _entities(
    tables: Mapping[str, Any], concepts: Iterable[_Concept], shorts_of: Mapping[str, tuple[str, ...]]
) -> tuple[Entity, ...]:
    confusable: dict[str, list[str]] = {key: [] for key in tables}
    for key, table in tables.items():
        for other in table.get("not", []):
            for one, two in ((key, other), (other, key)):
                if two not in confusable[one]:
                    confusable[one].append(two)
    order = (_Sense.NAME, _Sense.SAME, _Sense.KIND, _Sense.LAY, _Sense.PLAIN, _Sense.FORM, _Sense.MISSPELT)
    return tuple(
        Entity(
            id=concept.id,
            name=concept.name,
            names=tuple(a for sense in order for a in concept.aliases[sense]) + shorts_of.get(concept.id, ()),
            parents=tuple(tables[concept.id].get("parents", ())),
            confusable=tuple(confusable[concept.id]),
        )
        for concept in concepts
    )
