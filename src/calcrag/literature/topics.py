"""What a reader types → a topic: a source, an entity of the vocabulary, or a finding; and which units speak of it.

Made from the vocabulary and the corpus's own words. Must never: take one disease for another, or for a part of its
name.
"""

import difflib
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

from calcrag.literature.article import Article
from calcrag.literature.lexical import terms
from calcrag.literature.question import source_hints
from calcrag.literature.roles import Role
from calcrag.literature.section_words import SummaryWords
from calcrag.literature.subjects import SubjectReader
from calcrag.literature.threads import Unit
from calcrag.literature.vocabulary import Entity, Relation, Vocabulary, fold

__all__ = ["Topic", "TopicReader", "named_source"]

NEAREST, ALIKE = 5, 0.6  # names suggested for an unknown topic, and how like it they must be
LATIN_PLURALS = (("us", "i"), ("um", "a"), ("oma", "omata"), ("a", "ae"), ("is", "es"), ("ix", "ices"), ("ex", "ices"))
KINDS = frozenset(terms("form type variety variant subtype"))
FILLING = re.compile(r"\b(?:the|by|of|from|source|article|paper|and|et al|\d{4})\b", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Topic:
    """An entity of the vocabulary, or where `entity` is None a finding.

    Each of `names` is a run of words, each word given by its stem and those of its other spellings. `words` are names
    of one word of a finding: of these the word itself counts and not its stem ("layering" is not "layer").
    """

    title: str
    entity: str | None
    names: tuple[tuple[frozenset[str], ...], ...]
    words: frozenset[str] = frozenset()


def named_source(asked: str, articles: Mapping[str, Article]) -> Article | None:
    """The source that is named by key, origin, title, first author (and year) or, where there is one of it, kind."""
    plain = fold(asked).strip(" .")
    for article in articles.values():
        origin = fold(article.origin)
        if plain in (article.key, origin, origin.rsplit(".", 1)[0], fold(article.record.title).strip(" .")):
            return article
    hints = source_hints(asked, [(a.key, a.kind.value, a.record.authors[:2]) for a in articles.values()])
    rest = asked
    for start, end in hints.spans:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    if len(hints.sources) == 1 and not WORD.search(FILLING.sub(" ", rest)):
        return articles[next(iter(hints.sources))]
    return None


class TopicReader:
    """Finds topics and the role that a topic has in a unit. Topics are kept."""

    def __init__(self, reader: SubjectReader, *, words: SummaryWords) -> None:
        self.reader = reader
        self.vocabulary: Vocabulary = reader.names.vocabulary
        self.words = words
        self._topics: dict[str, Topic] = {}

    def read(self, asked: str) -> Topic | None:
        """The entity that is named, put right where it is misspelt, else the finding; None where nothing knows it."""

        def known(word: str) -> bool:
            return all(stem in self.reader.postings for stem in terms(word))

        whole = next((m for m in self.vocabulary.mentions(asked) if m.text == asked), None)
        if whole is not None:
            return self.entity(whole.entity_id)
        rewritten = self.vocabulary.rewrite(asked, known=known, words=self._plain_words)
        found = [(m, text) for text in dict.fromkeys((asked, rewritten)) for m in self.vocabulary.mentions(text)]
        if found:
            mention, text = max(found, key=lambda f: (len(terms(f[0].text)), f[0].end - f[0].start, -f[0].start))
            more = terms(text[: mention.start] + text[mention.end :])
            return self.entity(self._narrowed(mention.entity_id, text) if more else mention.entity_id)
        finding = self._finding(asked, rewritten)
        expanded = self.vocabulary.expansions(rewritten, known=lambda _: True)
        stems = set(terms(rewritten))
        listed = any(e.relation is not Relation.SPELLING and stems <= set(terms(e.replaces)) for e in expanded)
        named = any(self.role(unit, finding) for unit in self.reader.units(finding.names))
        return finding if listed or named else None

    def entity(self, entity_id: str) -> Topic:
        """The topic that an entity is."""
        if entity_id not in self._topics:
            entity = self.of(entity_id)
            headings = [phrase for phrase, named in self.words.headings.names.items() if named == entity_id]
            names = dict.fromkeys(self._spelled(name) for name in (*entity.names, *headings))
            self._topics[entity_id] = Topic(_capital(entity.name), entity_id, tuple(n for n in names if n))
        return self._topics[entity_id]

    def of(self, entity_id: str) -> Entity:
        """The entity with this id; a KeyError where there is none."""
        entity = self.vocabulary.entity(entity_id)
        if entity is None:
            raise KeyError(entity_id)
        return entity

    def nearest(self, asked: str) -> list[str]:
        """The names of entities and sources that are most like what was asked."""
        names = {fold(n): e.name for e in self.vocabulary.entities for n in e.names}
        names |= {key: key for key in self.reader.articles}
        near = difflib.get_close_matches(fold(asked), sorted(names), n=NEAREST, cutoff=ALIKE)
        return list(dict.fromkeys(names[n] for n in near))

    def _narrowed(self, entity_id: str, text: str) -> str:
        """The narrower entity meant: of "renal arterial calcification" arterial calcification in renal failure."""
        asked = set(terms(text))
        for child in self.vocabulary.children(entity_id):
            if any(asked <= set(terms(name)) for name in child.names):
                return child.id
        return entity_id

    def _finding(self, *texts: str) -> Topic:
        names = dict.fromkeys(n for text in texts for n in sorted({text, *self.vocabulary.equivalents(text)}))
        single = frozenset(fold(v) for name in names if len(name.split()) == 1 for v in self._spellings(name))
        spelled = dict.fromkeys(self._spelled(name) for name in names)
        return Topic(_capital(texts[0]), None, tuple(n for n in spelled if n), single)

    def _spellings(self, word: str) -> list[str]:
        """A word with what counts as the same word, and the Latin plurals of all."""
        same = {word, *(v for v in self.vocabulary.equivalents(word) if " " not in v)}
        plurals = {w.removesuffix(one) + more for w in same for one, more in LATIN_PLURALS if w.endswith(one)}
        return sorted(same | plurals)

    def _spelled(self, name: str) -> tuple[frozenset[str], ...]:
        """A name word by word, each by the stems of its spellings; words of grammar left out."""
        words = [w for w in re.split(r"[\s/-]+", name) if terms(w)]
        return tuple(frozenset(t[0] for v in self._spellings(w) if len(t := terms(v)) == 1) for w in words)

    @cached_property
    def _plain_words(self) -> frozenset[str]:
        """The words of the corpus, against which a misspelt topic is put right."""
        texts = (fold(article.text) for article in self.reader.articles.values())
        return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]{4,}", text))

    # ---- the role of a topic -----------------------------------------------------------------------------------------

    def role(self, unit: Unit, topic: Topic) -> Role | None:
        """The role of a topic in a unit; None where the unit does not speak of it."""
        if topic.entity is not None:
            return unit.role(topic.entity) or self._role_of_form(unit, topic.entity)
        stems = self.reader.names.stems(unit.text)
        words = {w.rstrip("s") for w in WORD.findall(fold(unit.text))}
        together = any(_side_by_side(stems, name) for name in topic.names if len(name) > 1)
        return Role.SUBJECT if together or any(w.rstrip("s") in words for w in topic.words) else None

    def _role_of_form(self, unit: Unit, entity_id: str) -> Role | None:
        """The role of an entity whose name is not printed whole: "tumoral calcinosis is familial" tells of the familial
        form, "calcification in the intima" of intimal calcification, "classified as dystrophic or metastatic" of
        either.
        """
        entity = self.of(entity_id)
        parents = [p for p in entity.parents if unit.role(p) in (Role.SUBJECT, Role.GOVERNED) or p in unit.above]
        named = self.reader.names.stems(entity.name)
        of_calcium = len(named) == 2 and named[1].startswith("calcif")
        if not parents and not of_calcium:
            return None
        stems = self.reader.names.stems(self.reader.names.without_others(unit.text, entity_id))
        if any(self._names_form(stems, entity, self.of(parent)) for parent in parents):
            return Role.SUBJECT
        if of_calcium and _side_by_side(stems, [{stem} for stem in named], loosely=True, slack=1):
            return Role.SUBJECT
        divided = of_calcium and named[0] in stems and any(stem.startswith("calcif") for stem in stems)
        return Role.ASSOCIATED if divided and self.words.classifies(unit.text) else None

    def _names_form(self, stems: Sequence[str], entity: Entity, parent: Entity) -> bool:
        """True where words that speak of a parent hold what the name of its form adds to it."""
        base = frozenset(self.reader.names.stems(parent.name))
        for name in sorted({tuple(sorted(set(self.reader.names.stems(n)))) for n in entity.names}):
            more = [stem for stem in name if stem not in base]
            if base < set(name) and (_side_by_side(stems, [{s} for s in name], loosely=True) or _modifies(stems, more)):
                return True
        return False


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _modifies(stems: Sequence[str], more: Sequence[str]) -> bool:
    """True for "the familial form", and where the words begin a label ("Diabetes: …")."""
    form = len(more) == 1 and any(a == more[0] and b in KINDS for a, b in pairwise(stems))
    return form or set(more) <= set(stems[: len(more) + 1])


def _side_by_side(stems: Sequence[str], name: Sequence[Set[str]], *, loosely: bool = False, slack: int = 2) -> bool:
    """True where all words of a name stand near each other, at most `slack` others among them; loosely: an ending
    apart.
    """

    def alike(stem: str, wanted: str) -> bool:
        short, long = sorted((stem, wanted), key=len)
        return loosely and len(short) > 4 and len(long) - len(short) < 2 and long.startswith(short)

    where = [
        [at for at, stem in enumerate(stems) if stem in spellings or any(alike(stem, w) for w in spellings)]
        for spellings in name
    ]
    width = len(name) + slack
    firsts = chain.from_iterable(where)
    return all(where) and any(all(any(f <= at < f + width for at in places) for places in where) for f in firsts)
