"""A topic → a Summary: what the corpus says of a disease, of a finding or in one source, section by section, each line
a quote.

Made from statements and what `subjects` tells of them; the words that tell a section are data
(`summary_sections.toml`). Must never: print a line that is no quote, a line twice, a line about another disease, or
call a section silent on which the corpus speaks.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from calcrag.citation import citation
from calcrag.errors import EmptyQuestion, UnknownName
from calcrag.literature.answer import Sentence
from calcrag.literature.article import Article
from calcrag.literature.evidence import Evidence, evidence_of
from calcrag.literature.fragments import lacks_full_stop
from calcrag.literature.line_maker import LineMaker
from calcrag.literature.names import NameReader
from calcrag.literature.passages import Passage
from calcrag.literature.roles import Role
from calcrag.literature.section_words import ENOUGH, load_summary_words
from calcrag.literature.source_outline import outline
from calcrag.literature.statements import Statement, StatementKind
from calcrag.literature.subjects import SubjectReader
from calcrag.literature.summary_lines import LINES, Line, Repeats, Span, filled, joined, limited
from calcrag.literature.threads import Unit
from calcrag.literature.topics import Topic, TopicReader, named_source
from calcrag.literature.vocabulary import Vocabulary, fold

__all__ = ["Summariser", "Summary", "SummarySection", "summarise"]

LINES_PER_FORM = 5  # lines on a form of the topic that has a summary of its own
UNSAID = "No source names it."
ONLY_NAMED = "The corpus names it only in fragments, lists and references that say nothing of it."


@dataclass(frozen=True, slots=True)
class SummarySection:
    """One heading of a summary and its lines, the best first."""

    heading: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the corpus says of a topic.

    `topic` is as asked, `title` its name; `silent_on` are the headings on which the corpus has nothing; `evidence` is
    numbered in reading order; `note` says what a reader must know of the whole, or is empty.
    """

    topic: str
    title: str
    sections: tuple[SummarySection, ...]
    silent_on: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    note: str = ""


def summarise(
    topic: str, *, articles: Mapping[str, Article], statements: Sequence[Statement],
    passages: Mapping[str, Sequence[Passage]], vocabulary: Vocabulary,
) -> Summary:  # fmt: skip
    """The summary of a topic; UnknownName where neither vocabulary nor corpus knows it, EmptyQuestion where it holds no
    word.

    `passages` gives those of each source. For several topics hold a `Summariser`, which keeps what it has worked out.
    """
    made = Summariser(articles=articles, statements=statements, passages=passages, vocabulary=vocabulary)
    return made.summarise(topic)


class Summariser:
    """The statements of a corpus with what each is about, worked out when first needed and kept."""

    def __init__(
        self, *, articles: Mapping[str, Article], statements: Sequence[Statement],
        passages: Mapping[str, Sequence[Passage]], vocabulary: Vocabulary,
    ) -> None:  # fmt: skip
        self.articles = articles
        self.passages = {key: sorted(found, key=lambda p: (p.start, p.end)) for key, found in passages.items()}
        self.words = load_summary_words()
        names = NameReader(
            articles, vocabulary=vocabulary, headings=self.words.headings, manifestations=self.words.manifestations
        )
        self.reader = SubjectReader(statements, names)
        self.topics = TopicReader(self.reader, words=self.words)
        self.maker = LineMaker(self.reader, self.topics, words=self.words)
        self.repeats = Repeats(self.reader, articles)

    def summarise(self, topic: str) -> Summary:
        """The summary of a topic; see `summarise`."""
        asked = " ".join(topic.split())
        if not any(character.isalnum() for character in asked):
            raise EmptyQuestion("the topic holds no word", remedy='calcrag summarise "myositis ossificans"')
        if (article := named_source(asked, self.articles)) is not None:
            groups = outline(article, maker=self.maker, repeats=self.repeats)
            return self._printed(asked, article.record.title, groups, (), f"As recorded: {citation(article.record)}")
        found = self.topics.read(asked)
        if found is None:
            what = f"neither the vocabulary nor the corpus knows {asked!r}"
            if near := self.topics.nearest(asked):
                remedy = "calcrag summarise with one of these names, or calcrag search"
                raise UnknownName(what, where=f"nearest: {', '.join(near)}", remedy=remedy)
            raise UnknownName(
                what, where="nearest: no name that is like it", remedy="calcrag search finds what is near in meaning"
            )
        return self._of_topic(asked, found)

    # ---- composing ---------------------------------------------------------------------------------------------------

    def _of_topic(self, asked: str, topic: Topic) -> Summary:
        found = list(self._candidates(topic)) or list(self._unfinished(topic))
        made = [self.maker.line(unit, role, topic) for unit, role in found]
        lines = self.repeats.distinct([line for line in made if any(line.points) or not line.case])
        told = {n for line in lines for n, points in enumerate(line.points) if points >= ENOUGH}
        told |= {line.section for line in lines}
        lines = limited(filled(joined(lines), self.words))
        groups = [
            (section.heading, sorted((line for line in lines if line.section == n), key=lambda line: line.order))
            for n, section in enumerate(self.words.sections)
        ]
        silent = tuple(section.heading for n, section in enumerate(self.words.sections) if n not in told)
        if topic.entity is not None:
            groups += self._forms(topic.entity, lines)
        return self._printed(asked, topic.title, groups, silent, "" if lines else self._note(topic))

    def _candidates(self, topic: Topic) -> Iterator[tuple[Unit, Role]]:
        """The units that speak of a topic, each with the topic's role in it."""
        for unit in self.reader.units(topic.names):
            role = self.topics.role(unit, topic)
            if role is not None and self.maker.admits(unit, role, topic):
                yield unit, role

    def _unfinished(self, topic: Topic) -> Iterator[tuple[Unit, Role]]:
        """Where nothing else speaks of a topic: sentences of a scraped page that lack no more than their full stop."""
        for unit in self.reader.units(topic.names):
            stands = lacks_full_stop(unit.text) and not unit.pronoun and not self.words.meta.match(unit.text)
            if stands and not unit.whole and self.topics.role(unit, topic) is Role.SUBJECT:
                yield unit, Role.SUBJECT

    def _forms(self, entity_id: str, lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
        """Sections on the forms of an entity that bear its name ("juvenile dermatomyositis"), in the order of their
        text.
        """
        entity = self.topics.of(entity_id)
        taken = list(lines)
        room = LINES - len(lines)
        groups = []
        for child in self.topics.vocabulary.children(entity_id):
            if child.id in entity.confusable or entity.name not in child.name or child.id in self.words.manifestations:
                continue
            topic = self.topics.entity(child.id)
            chief = (Role.SUBJECT, Role.GOVERNED)
            made = [self.maker.line(unit, role, topic) for unit, role in self._candidates(topic) if role in chief]
            prose = [line for line in made if line.unit.statement.kind is not StatementKind.ROW]
            fresh = [line for line in prose if not any(self._repeat(line, other) for other in taken)]
            fresh = joined(self.repeats.distinct(fresh))
            chosen = sorted(fresh, key=lambda line: line.order)[: min(LINES_PER_FORM, max(0, room))]
            room -= len(chosen)
            taken += chosen
            if chosen:
                groups.append((f"Form: {child.name}", sorted(chosen, key=lambda line: line.place)))
        return groups

    def _repeat(self, line: Line, other: Line) -> bool:
        return line.overlaps(other) or self.repeats.same(line.unit.text, other.unit.text)

    def _note(self, topic: Topic) -> str:
        """Why there are no lines."""
        names = [topic.title] if topic.entity is None else self.topics.of(topic.entity).names
        printed = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(fold(name)) for name in names)})s?(?!\w)")
        named = any(self.topics.role(unit, topic) for unit in self.reader.units(topic.names))
        return ONLY_NAMED if named or any(printed.search(fold(a.text)) for a in self.articles.values()) else UNSAID

    # ---- printing ----------------------------------------------------------------------------------------------------

    def _printed(
        self, asked: str, title: str, groups: Iterable[tuple[str, Sequence[Line]]], silent: tuple[str, ...], note: str
    ) -> Summary:  # fmt: skip
        """The lines with their evidence, numbered in reading order."""
        evidence: list[Evidence] = []
        sections = []
        for heading, lines in groups:
            sentences = []
            for line in lines:
                article = self.articles[line.unit.statement.source]
                first = len(evidence) + 1
                for number, span in enumerate(line.spans, first):
                    passage = self._passage(article, span)
                    evidence.append(
                        evidence_of(line.unit.statement, passage, article=article, number=number, span=span)
                    )
                sentences.append(Sentence(line.text, tuple(range(first, len(evidence) + 1))))
            if sentences:
                sections.append(SummarySection(heading, tuple(sentences)))
        return Summary(asked, title, tuple(sections), silent, _independent(evidence, self.articles), note)

    def _passage(self, article: Article, span: Span) -> Passage:
        """The passage that holds the end of a span, or the one nearest before it."""
        found = self.passages.get(article.key) or []
        if not found:
            raise UnknownName(f"there are no passages of {article.key}", remedy="calcrag index")
        inside = [p for p in found if p.start <= span[1] - 1 < p.end]
        if inside:
            return max(inside, key=lambda p: (min(p.end, span[1]) - max(p.start, span[0]), -p.start))
        return found[max(0, bisect_right(found, span[0], key=lambda p: p.start) - 1)]


def _independent(evidence: Sequence[Evidence], articles: Mapping[str, Article]) -> tuple[Evidence, ...]:
    """The evidence, each with the other sources that it neither copies nor is copied by."""
    sources = sorted({e.source for e in evidence})

    def apart(one: str, other: str) -> bool:
        return one != other and other not in articles[one].copies_from and one not in articles[other].copies_from

    return tuple(replace(e, independent_of=tuple(s for s in sources if apart(e.source, s))) for e in evidence)
