"""A text or a heading → the entities that it names, and what they are to each other.

Made from the vocabulary. Must never: read a kind of fact ("MRI") or a part of a paper ("Discussion") as a subject.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from calcrag.literature.article import Article, SourceKind
from calcrag.literature.lexical import terms
from calcrag.literature.roles import Named, scope_of
from calcrag.literature.threads import Unit
from calcrag.literature.vocabulary import Vocabulary, fold

__all__ = ["HeadingWords", "NameReader"]

ENUMERATOR = re.compile(r"^(?:[A-Z]|[IVXLC]+|[a-z]|\d+)[.)]\s+")
HEAD_NOUN = re.compile(r"\w+(?:fication|cinosis)s?", re.IGNORECASE)
IN_BRACKETS = re.compile(r"\s\((\w+)\)(?=\s)")


@dataclass(frozen=True, slots=True)
class HeadingWords:
    """What headings say: `facets` name a kind of fact ("MRI"), `parts` a part of a paper ("Discussion"), `unread` what
    no summary quotes ("Acknowledgment"); `names` holds the entity that a heading without a head noun stands for.
    """

    facets: re.Pattern[str]
    parts: re.Pattern[str]
    unread: re.Pattern[str]
    names: Mapping[str, str]

    def of_subject(self, heading: str) -> list[str]:
        """The path of a heading down to the innermost that names a subject."""
        path = [part for part in heading.split(" › ") if part]
        while path and (self.facets.fullmatch(path[-1]) or self.parts.fullmatch(path[-1])):
            path.pop()
        return path


class NameReader:
    """Reads what the texts and headings of a corpus name. What is worked out for a text is kept.

    `manifestations` are ids of entities that many diseases share (vascular calcification, hypercalcaemia): named under
    the heading of a disease they do not take its place. `groups` are ids of entities that have narrower ones.
    """

    def __init__(
        self, articles: Mapping[str, Article], *, vocabulary: Vocabulary, headings: HeadingWords,
        manifestations: frozenset[str],
    ) -> None:  # fmt: skip
        self.articles = articles
        self.vocabulary = vocabulary
        self.headings = headings
        self.manifestations = manifestations
        self.groups = frozenset(parent for entity in vocabulary.entities for parent in entity.parents)
        self._named: dict[str, list[Named]] = {}
        self._stems: dict[str, tuple[str, ...]] = {}
        self._under: dict[tuple[str, str], tuple[frozenset[str], bool]] = {}

    def stems(self, text: str) -> Sequence[str]:
        """The stems of a text in its order."""
        if text not in self._stems:
            self._stems[text] = tuple(terms(text))
        return self._stems[text]

    def named(self, text: str) -> list[Named]:
        """The entities that a text names. A word in brackets inside a name ("metastatic (metabolic) calcification")
        does not break it, and "gouty tophus" names gout too.
        """
        if text not in self._named:
            found = [Named(m.entity_id, m.start, m.end) for m in self.vocabulary.mentions(text)]
            for gap in IN_BRACKETS.finditer(text):
                size = gap.end() - gap.start()
                across = self.vocabulary.mentions(text[: gap.start()] + text[gap.end() :])
                found += [Named(m.entity_id, m.start, m.end + size) for m in across if m.start < gap.start() < m.end]
            for one in [n for n in found if n.entity in self.manifestations]:
                head = text[one.start : one.end].rpartition(" ")[0]
                inside = [m for m in self.vocabulary.mentions(head) if m.entity_id != one.entity]
                found += [Named(m.entity_id, one.start + m.start, one.start + m.end) for m in inside]
            self._named[text] = sorted(set(found), key=lambda n: (n.start, n.end))
        return self._named[text]

    def ancestors(self, entities: Collection[str]) -> frozenset[str]:
        """All entities that are broader than these."""
        found: set[str] = set()
        todo = list(entities)
        while todo:
            entity = self.vocabulary.entity(todo.pop())
            fresh = [p for p in entity.parents if p not in found] if entity else []
            found.update(fresh)
            todo.extend(fresh)
        return frozenset(found)

    def scope(self, unit: Unit, entity: str) -> tuple[str, bool]:
        """What of a unit is told of an entity, and whether that is but a link to another disease; see `scope_of`."""
        others = unit.main - self.ancestors([entity]) - self.manifestations - {entity}
        return scope_of(unit.text, self.named(unit.text), entity, others)

    def without_others(self, text: str, entity: str) -> str:
        """A text without the names of entities that are neither this one nor broader than it."""
        kin = self.ancestors([entity]) | {entity}
        for one in reversed(self.named(text)):
            if one.entity not in kin:
                text = f"{text[: one.start]} … {text[one.end :]}"
        return text

    # ---- headings ----------------------------------------------------------------------------------------------------

    def completed(self, words: str, above: Sequence[str]) -> str | None:
        """The entity that words without their head noun stand for, or None: "Venous" under "Vascular calcification"."""
        words = ENUMERATOR.sub("", words).strip(" :.")
        if fold(words) in self.headings.names:
            return self.headings.names[fold(words)]
        for heading in reversed(above):
            heading = ENUMERATOR.sub("", heading).strip(" :.")
            for tail in (heading, *reversed(HEAD_NOUN.findall(heading))):
                for mention in self.vocabulary.mentions(f"{words} {tail}"):
                    if mention.start == 0 and mention.end > len(words):
                        return mention.entity_id
        return None

    def under(self, source: str, heading: str) -> tuple[frozenset[str], bool]:
        """The entities that a heading path is about, and whether they are diseases and no groups of diseases.

        Only the innermost heading counts that is no kind of fact: of "Myositis ossificans › MRI" the first.
        """
        if (source, heading) not in self._under:
            path = self.headings.of_subject(heading)
            found = frozenset(n.entity for n in self.named(path[-1])) if path else frozenset()
            if not found and len(path) > 1:
                one = self.completed(path[-1], [self.articles[source].record.title, *path[:-1]])
                found = frozenset([one]) if one else found
            diseases = found - self.manifestations
            self._under[source, heading] = (found, bool(diseases) and not diseases & self.groups)
        return self._under[source, heading]

    def of_title(self, article: Article) -> frozenset[str]:
        """The diseases of which a case report tells."""
        if article.kind is not SourceKind.CASE_REPORT:
            return frozenset()
        return frozenset(n.entity for n in self.named(article.record.title)) - self.manifestations
