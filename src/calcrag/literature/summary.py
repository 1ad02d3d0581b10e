"""A topic → a Summary: what the corpus says of a disease, of a finding or in one source, section by section, each line a quote.

Made from statements and from what `subjects` tells of them; the words that tell a section are data (`summary_sections.toml`). Must
never: print a line that is no quote, a line twice, a line about another disease, or a section as silent on which the corpus speaks.
"""

import difflib
import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import chain
from typing import Any

from calcrag.citation import citation
from calcrag.errors import DataError, EmptyQuestion, UnknownName
from calcrag.literature.answer import Sentence
from calcrag.literature.article import Article, Block, BlockKind, SourceKind
from calcrag.literature.evidence import Evidence, evidence_of
from calcrag.literature.lexical import terms
from calcrag.literature.passages import Passage
from calcrag.literature.question import source_hints
from calcrag.literature.statements import Statement, StatementKind
from calcrag.literature.subjects import HeadingWords, Role, SubjectReader, Unit
from calcrag.literature.vocabulary import Vocabulary, fold

__all__ = ["SectionWords", "Summariser", "Summary", "SummarySection", "section_words", "summarise"]

LINES_PER_SECTION = 5
LINES = 30
LINES_PER_FORM = 4  # lines on a form of the topic that has a summary of its own
ENOUGH = 2  # points with which a statement tells a section
SAME_SHINGLES, SAME_STEMS = 0.55, 0.8  # share of the shorter line's runs of words, of its stems, that repeats another line
SHINGLE = 4
LONG = 320  # characters; a longer line stands behind
NEAREST = 5  # names suggested for an unknown topic


@dataclass(frozen=True, slots=True)
class SummarySection:
    """One heading of a summary and its lines, the best first."""

    heading: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the corpus says of a topic. `topic` is as asked, `title` its name; `silent_on` are the headings on which the corpus has
    nothing; `note` says what a reader must know of the whole, or is empty."""

    topic: str
    title: str
    sections: tuple[SummarySection, ...]
    silent_on: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    note: str = ""


# --------------------------------------------------------------------------------------------------------------------
# The words of the sections
# --------------------------------------------------------------------------------------------------------------------

FILE = "summary_sections.toml"
WEIGHTS = {"strong": 3, "moderate": 2, "weak": 1}
COUNTED = 2  # matches of one list
HEADED = 4  # points of a heading that holds only this


@dataclass(frozen=True, slots=True)
class SectionWords:
    """How a section is told. `points` weighs a text (and the heading above it) from 0 up."""

    heading: str
    cues: tuple[tuple[int, re.Pattern[str]], ...]
    against: re.Pattern[str] | None
    headings: re.Pattern[str] | None

    def points(self, text: str, above: str = "") -> int:
        """How much a text speaks of what the section is for."""
        if self.against is not None and self.against.search(text):
            return 0
        found = sum(w * min(COUNTED, len({m.lower() for m in cue.findall(text)})) for w, cue in self.cues)
        return found + (HEADED if self.headings is not None and self.headings.fullmatch(above) else 0)


@dataclass(frozen=True, slots=True)
class _Words:
    sections: tuple[SectionWords, ...]
    headings: HeadingWords
    meta: re.Pattern[str]
    manifestations: frozenset[str]


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns) or '(?!)'})(?!\w)", re.IGNORECASE)


def section_words(source: str) -> _Words:
    """The words of the sections from TOML text; DataError where it is not as `summary_sections.toml` describes."""
    try:
        data: dict[str, Any] = tomllib.loads(source)
        sections = tuple(_section(table) for table in data["section"])
        headings, lines, entities = data["headings"], data["lines"], data["entities"]
        names = {fold(phrase): entity for entity, phrases in headings["names"].items() for phrase in phrases}
        words = HeadingWords(*(_any(headings[k]) for k in ("facets", "parts", "unread")), names=names)
        meta = re.compile("|".join(lines["meta"]), re.IGNORECASE)
        return _Words(sections, words, meta, frozenset(entities["manifestations"]))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, re.error) as error:
        raise DataError(
            f"the words of the sections cannot be read: {error!r}", where=FILE, remedy=f"correct calcrag/literature/{FILE}"
        ) from error


def _section(table: Mapping[str, Any]) -> SectionWords:
    unknown = set(table) - {"heading", "headings", "not", *WEIGHTS}
    if unknown:
        raise KeyError(sorted(unknown)[0])
    cues = tuple((WEIGHTS[k], _any(table[k])) for k in WEIGHTS if table.get(k))
    against = _any(table["not"]) if table.get("not") else None
    return SectionWords(table["heading"], cues, against, _any(table["headings"]) if table.get("headings") else None)


@cache
def _words() -> _Words:
    return section_words(resources.files("calcrag.literature").joinpath(FILE).read_text(encoding="utf-8"))


# --------------------------------------------------------------------------------------------------------------------
# Lines
# --------------------------------------------------------------------------------------------------------------------

SOURCE_WORTH = {
    SourceKind.REVIEW: 1.5, SourceKind.ORIGINAL_RESEARCH: 1.5, SourceKind.PICTORIAL_ESSAY: 1.2, SourceKind.TEXTBOOK_CHAPTER: 1.0,
    SourceKind.CASE_REPORT: 0.5, SourceKind.OTHER: 0.5, SourceKind.WEB_AGGREGATION: -1.5,
}  # fmt: skip
ROLE_WORTH = {Role.SUBJECT: 2.0, Role.GOVERNED: 1.5, Role.ASSOCIATED: 0.0, Role.COMPARED: 0.0}
SIDE = ("Causes and associations", "Differential diagnosis", "History and terminology", "Classification")
SIDES = {Role.ASSOCIATED: frozenset(SIDE), Role.COMPARED: frozenset({"Differential diagnosis"})}


@dataclass(slots=True)
class _Line:
    """A unit on its way into a summary: what it tells, where it goes, and which spans are printed."""

    unit: Unit
    role: Role
    points: list[int]
    worth: float
    section: int
    spans: tuple[tuple[int, int], ...]  # quoted one by one; those before the last stand above it
    text: str
    lead: bool = False  # printed with the sentence before

    @property
    def value(self) -> float:
        return min(self.points[self.section], 8) + self.worth

    @property
    def start(self) -> int:
        return self.spans[-1][0]

    @property
    def order(self) -> tuple[float, int, int]:
        return (-round(self.value, 3), self.unit.row, self.unit.start)


def _stems(text: str, without: frozenset[str]) -> frozenset[str]:
    return frozenset(terms(text)) - without


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"[^\W_]+", fold(text))
    return frozenset(tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))


def _repeats(text: str, other: str, common: frozenset[str]) -> bool:
    """True where one of two lines says in the same or nearly the same words what the other says."""
    a, b = _shingles(text), _shingles(other)
    if min(len(a), len(b)) > 2 and len(a & b) >= SAME_SHINGLES * min(len(a), len(b)):
        return True
    c, d = _stems(text, common), _stems(other, common)
    return min(len(c), len(d)) > 3 and len(c & d) >= SAME_STEMS * min(len(c), len(d))


# --------------------------------------------------------------------------------------------------------------------
# Topics
# --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Topic:
    """What is to be summarised: an entity of the vocabulary, or else a finding by its names, each a run of stems."""

    title: str
    entity: str | None
    names: tuple[tuple[str, ...], ...]

    def stems(self) -> frozenset[str]:
        return frozenset(chain.from_iterable(self.names))


def summarise(
    topic: str, *, articles: Mapping[str, Article], statements: Sequence[Statement],
    passages: Mapping[str, Sequence[Passage]], vocabulary: Vocabulary,
) -> Summary:  # fmt: skip
    """The summary of a topic; UnknownName where neither vocabulary nor corpus knows it, EmptyQuestion where it holds no word.

    `passages` gives those of each source. For several topics hold a `Summariser`, which keeps what it has worked out.
    """
    return Summariser(articles=articles, statements=statements, passages=passages, vocabulary=vocabulary).summarise(topic)


class Summariser:
    """The statements of a corpus with what each is about, worked out when first needed and kept."""

    def __init__(
        self, *, articles: Mapping[str, Article], statements: Sequence[Statement],
        passages: Mapping[str, Sequence[Passage]], vocabulary: Vocabulary,
    ) -> None:  # fmt: skip
        self.articles = articles
        self.vocabulary = vocabulary
        self.passages = {key: sorted(found, key=lambda p: (p.start, p.end)) for key, found in passages.items()}
        self.words = _words()
        self.reader = SubjectReader(
            articles, statements, vocabulary=vocabulary, headings=self.words.headings,
            manifestations=self.words.manifestations,
        )  # fmt: skip

    def summarise(self, topic: str) -> Summary:
        """The summary of a topic; see `summarise`."""
        asked = " ".join(topic.split())
        if not re.search(r"\w", asked):
            raise EmptyQuestion("the topic holds no word", remedy='calcrag summarise "myositis ossificans"')
        if (article := self._source(asked)) is not None:
            return self._of_source(asked, article)
        found = self._topic(asked)
        if found is None:
            raise UnknownName(
                f"neither the vocabulary nor the corpus knows {asked!r}", where=f"nearest: {', '.join(self._nearest(asked))}",
                remedy="calcrag summarise with one of these names, or calcrag search",
            )  # fmt: skip
        return self._of_topic(asked, found)

    # ---- what is asked for -------------------------------------------------------------------------------------------

    def _source(self, asked: str) -> Article | None:
        """The source that is named by key, origin, title, first author (and year) or, where there is one of it, kind."""
        plain = fold(asked).strip(" .")
        for article in self.articles.values():
            title = fold(article.record.title).strip(" .")
            if plain in (article.key, fold(article.origin), fold(article.origin).rsplit(".", 1)[0], title):
                return article
        named = [(a.key, a.kind.value, a.record.authors[:2]) for a in self.articles.values()]
        hints = source_hints(asked, named)
        rest = asked
        for start, end in hints.spans:
            rest = rest[:start] + " " * (end - start) + rest[end:]
        rest = re.sub(r"(?i)\b(?:the|by|of|from|source|article|paper|and|et al|\d{4})\b", " ", rest)
        if len(hints.sources) == 1 and not re.search(r"\w", rest):
            return self.articles[next(iter(hints.sources))]
        return None

    def _topic(self, asked: str) -> _Topic | None:
        """The entity that a topic names, put right where it is misspelt, else the finding; None where nothing knows it."""
        words = frozenset(w for a in self.articles.values() for w in _plain_words(a.text))

        def known(word: str) -> bool:
            return all(stem in self.reader.postings for stem in terms(word))

        rewritten = self.vocabulary.rewrite(asked, known=known, words=words)
        for text in (asked, rewritten):
            mentions = self.vocabulary.mentions(text)
            if mentions:
                longest = max(mentions, key=lambda m: (m.end - m.start, -m.start))
                return self._entity_topic(longest.entity_id)
        names = dict.fromkeys(
            tuple(terms(n)) for t in (asked, rewritten) for n in sorted({t, *self.vocabulary.equivalents(t)})
        )
        finding = _Topic(asked[:1].upper() + asked[1:], None, tuple(n for n in names if n))
        listed = len(self.vocabulary.equivalents(rewritten)) > 1
        return finding if listed or any(self._candidates(finding)) else None

    def _entity_topic(self, entity_id: str) -> _Topic:
        entity = self.vocabulary.entity(entity_id)
        assert entity is not None
        spelled = {w for name in entity.names for w in self.vocabulary.equivalents(name)} | set(entity.names)
        words = {v for name in spelled for word in name.split() for v in self.vocabulary.equivalents(word) if " " not in v}
        names = dict.fromkeys(tuple(terms(n)) for n in (*entity.names, *sorted(spelled), *sorted(words)))
        return _Topic(entity.name[:1].upper() + entity.name[1:], entity_id, tuple(n for n in names if n))

    def _nearest(self, asked: str) -> list[str]:
        names = {fold(n): e.name for e in self.vocabulary.entities for n in e.names} | {k: k for k in self.articles}
        near = difflib.get_close_matches(fold(asked), sorted(names), n=NEAREST, cutoff=0.5)
        return list(dict.fromkeys(names[n] for n in near)) or ["no name is near; calcrag sources lists the sources"]

    # ---- what is about it --------------------------------------------------------------------------------------------

    def _candidates(self, topic: _Topic) -> Iterator[tuple[Unit, Role]]:
        """The units that speak of a topic, each with the topic's role in it."""
        for unit in self.reader.units(topic.stems()):
            role = self._role(unit, topic)
            if role is not None and self._admits(unit, role, topic):
                yield unit, role

    def _role(self, unit: Unit, topic: _Topic) -> Role | None:
        if topic.entity is None:
            stems = terms(unit.text)
            return Role.SUBJECT if any(_side_by_side(stems, name) for name in topic.names) else None
        role = unit.role(topic.entity)
        if role is None and self._names_form(unit, topic.entity):
            return Role.SUBJECT
        return role

    def _names_form(self, unit: Unit, entity_id: str) -> bool:
        """True for "tumoral calcinosis is familial" of the familial form, for "calcification in the intima" of intimal calcification."""
        entity = self.vocabulary.entity(entity_id)
        assert entity is not None
        stems = terms(unit.text)
        for parent_id in entity.parents:
            parent = self.vocabulary.entity(parent_id)
            spoken = unit.role(parent_id) in (Role.SUBJECT, Role.GOVERNED) or parent_id in unit.above
            if parent is None or not spoken:
                continue
            own = {frozenset(terms(n)) for n in entity.names}
            base = frozenset(terms(parent.name))
            if any(base < name and name - base <= set(stems) for name in own):
                return True
        named = tuple(terms(entity.name))
        return len(named) > 1 and named[-1].startswith("calcif") and _side_by_side(stems, named, loosely=True)

    def _admits(self, unit: Unit, role: Role, topic: _Topic) -> bool:
        """False for fragments, for sentences about the text itself, and where the reader could not know what is spoken of."""
        if not unit.whole or self.words.meta.match(unit.text):
            return False
        article = self.articles[unit.statement.source]
        if article.kind is SourceKind.WEB_AGGREGATION and role is not Role.SUBJECT:
            return False
        lost = unit.hangs_on - {topic.entity or ""}
        if not lost:
            return True
        if role in (Role.ASSOCIATED, Role.COMPARED):
            return False
        return topic.entity is None or topic.entity in self.words.manifestations or topic.entity in unit.main | unit.governed

    # ---- composing ---------------------------------------------------------------------------------------------------

    def _of_topic(self, asked: str, topic: _Topic) -> Summary:
        found = list(self._candidates(topic))
        common = frozenset(terms(topic.title))
        lines = self._distinct([self._line(unit, role, topic) for unit, role in found], common)
        told = self._told(lines)
        self._fill(lines)
        lines = self._joined(lines)
        lines = _limited(lines, len(self.words.sections))
        headings = [s.heading for s in self.words.sections]
        groups = [(heading, [line for line in lines if line.section == n]) for n, heading in enumerate(headings)]
        if topic.entity is not None:
            groups += self._forms(topic.entity, lines, LINES - len(lines))
        silent = tuple(h for n, h in enumerate(headings) if n not in told)
        note = "" if lines else self._note(topic)
        return self._printed(asked, topic.title, groups, silent, note)

    def _line(self, unit: Unit, role: Role, topic: _Topic) -> _Line:
        """A unit as a line in its best section."""
        above = unit.statement.heading.split(" › ")[-1]
        points = [section.points(unit.text, above) for section in self.words.sections]
        headings = [s.heading for s in self.words.sections]
        if role in SIDES:
            points = [p if h in SIDES[role] else 0 for p, h in zip(points, headings, strict=True)]
            points[headings.index("Differential diagnosis" if role is Role.COMPARED else SIDE[0])] += 1
        defines = headings.index("Definition")
        if role is Role.SUBJECT and points[defines] and self._begins_with(unit, topic):
            points[defines] += 2
        if unit.statement.kind is StatementKind.ROW or self._is_name(unit, topic):
            points = [6 if h == "Classification" else 0 for h in headings]
        if not any(points):
            points[headings.index("Appearance on radiograph" if unit.statement.kind is StatementKind.CAPTION else SIDE[0])] = 1
        spans, text, lead = self._spans(unit, role, topic)
        section = max(range(len(points)), key=lambda n: (points[n], headings[n].startswith("Appearance"), -n))
        return _Line(unit, role, points, self._worth(unit, role, text), section, spans, text, lead)

    def _begins_with(self, unit: Unit, topic: _Topic) -> bool:
        first = self.reader.named(unit.text[:80])
        return bool(first) and first[0].entity == topic.entity and first[0].start < 4

    def _is_name(self, unit: Unit, topic: _Topic) -> bool:
        """True for a list item that is nothing but the name of the topic."""
        if unit.statement.kind is not StatementKind.ITEM or topic.entity is None:
            return False
        named = self.reader.named(unit.text)
        return bool(named) and named[0].start == 0 and len(re.sub(r"\(.*?\)", "", unit.text).split()) <= 5 and named[0].entity == topic.entity

    def _worth(self, unit: Unit, role: Role, text: str) -> float:
        """How a line stands among others that tell as much."""
        article = self.articles[unit.statement.source]
        worth = ROLE_WORTH[role] + SOURCE_WORTH[article.kind]
        if unit.statement.kind is StatementKind.CAPTION:
            worth -= 0.7
        if article.kind is SourceKind.CASE_REPORT and role is Role.GOVERNED:
            worth -= 0.8
        if unit.hangs_on:
            worth -= 0.5
        return worth - (0.5 if len(text) > LONG else 0.0)

    # ---- what is printed ---------------------------------------------------------------------------------------------

    def _spans(self, unit: Unit, role: Role, topic: _Topic) -> tuple[tuple[tuple[int, int], ...], str, bool]:
        """The spans that a line quotes, its text, and whether it has the sentence before with it."""
        article, statement = self.articles[unit.statement.source], unit.statement
        if statement.kind is StatementKind.ROW:
            spans = self._row_spans(unit, article)
            shown = [_flat(article.text[a:b]) for a, b in spans]
            return spans, " › ".join(shown), False
        if self._is_name(unit, topic):
            spans = (*self._heading_spans(statement, article, depth=2), (unit.start, unit.end))
            return spans, " › ".join(_flat(article.text[a:b]) for a, b in spans), False
        if unit.lead is not None and unit.pronoun and not self._stands_alone(unit, topic):
            return ((unit.lead[0], unit.end),), _flat(article.text[unit.lead[0] : unit.end]), True
        if unit.hangs_on - {topic.entity or ""} or (unit.pronoun and unit.lead is None and topic.entity not in unit.governed):
            above = self._heading_spans(statement, article, depth=1)
            spans = (*above, (unit.start, unit.end))
            return spans, " › ".join(_flat(article.text[a:b]) for a, b in spans), False
        return ((unit.start, unit.end),), _flat(article.text[unit.start : unit.end]), False

    def _stands_alone(self, unit: Unit, topic: _Topic) -> bool:
        """True for "It …" after a sentence on the topic: under the topic's name a reader knows what "it" is."""
        singular = re.match(r"(?:it|its|this (?:disease|condition|syndrome|disorder))\b", unit.text, re.IGNORECASE)
        before = unit.before
        return bool(singular) and before is not None and topic.entity in before.main | before.governed

    def _row_spans(self, unit: Unit, article: Article) -> tuple[tuple[int, int], ...]:
        """The title of the table, the rows above, and the row with those right under it."""
        group = _group(article, unit.start)
        row = next(b for b in group if b.start <= unit.start < b.end)
        title = [(b.start, b.end) for b in group if b.kind is BlockKind.TABLE_TITLE]
        return (*title, *row.path, (row.start, row.end))

    def _heading_spans(self, statement: Statement, article: Article, depth: int) -> tuple[tuple[int, int], ...]:
        """The spans of the innermost headings above a statement."""
        path = statement.heading.split(" › ") if statement.heading else []
        found = []
        for name in path[-depth:] if path else []:
            at = [m.start() for m in re.finditer(re.escape(name), article.text[: statement.start])]
            if at:
                found.append((at[-1], at[-1] + len(name)))
        return tuple(found)

    def _printed(
        self, asked: str, title: str, groups: Iterable[tuple[str, Sequence[_Line]]], silent: tuple[str, ...], note: str
    ) -> Summary:  # fmt: skip
        """The lines with their evidence, numbered in reading order."""
        evidence: list[Evidence] = []
        sections = []
        for heading, lines in groups:
            sentences = []
            for line in sorted(lines, key=lambda one: one.order):
                article = self.articles[line.unit.statement.source]
                first = len(evidence) + 1
                for span in line.spans:
                    passage = self._passage(article, span)
                    evidence.append(
                        evidence_of(line.unit.statement, passage, article=article, number=len(evidence) + 1, span=span)
                    )
                sentences.append(Sentence(line.text, tuple(range(first, len(evidence) + 1))))
            if sentences:
                sections.append(SummarySection(heading, tuple(sentences)))
        return Summary(asked, title, tuple(sections), silent, _independent(evidence, self.articles), note)

    def _passage(self, article: Article, span: tuple[int, int]) -> Passage:
        """The passage that holds the end of a span, or the one nearest before it."""
        found = self.passages.get(article.key) or []
        if not found:
            raise UnknownName(f"there are no passages of {article.key}", remedy="calcrag index")
        inside = [p for p in found if p.start <= span[1] - 1 < p.end]
        if inside:
            return max(inside, key=lambda p: (min(p.end, span[1]) - max(p.start, span[0]), -p.start))
        return found[max(0, bisect_right(found, span[0], key=lambda p: p.start) - 1)]

    # ---- choosing ----------------------------------------------------------------------------------------------------

    def _distinct(self, lines: list[_Line], common: frozenset[str]) -> list[_Line]:
        """The lines without those that repeat another: of two the source of more weight, then the fuller, is kept."""
        kept: list[_Line] = []
        ranked = sorted(
            lines, key=lambda n: (-SOURCE_WORTH[self.articles[n.unit.statement.source].kind], n.unit.row, n.unit.start)
        )
        for line in ranked:
            if line.unit.statement.kind is StatementKind.ROW:
                kept.append(line)
                continue
            same = next((k for k in kept if self._says_the_same(line, k, common)), None)
            if same is None:
                kept.append(line)
        return sorted(kept, key=lambda n: (n.unit.row, n.unit.start))

    def _says_the_same(self, line: _Line, other: _Line, common: frozenset[str]) -> bool:
        return _repeats(line.unit.text, other.unit.text, common)

    def _told(self, lines: Sequence[_Line]) -> frozenset[int]:
        """The sections on which the corpus says something, be it in a line that stands elsewhere."""
        return frozenset(n for line in lines for n, p in enumerate(line.points) if p >= ENOUGH) | {ln.section for ln in lines}

    def _fill(self, lines: list[_Line]) -> None:
        """Give an empty section a line from a fuller one, where the line tells it nearly as well."""
        for section in range(len(self.words.sections)):
            if any(line.section == section for line in lines):
                continue
            movable = [
                line
                for line in lines
                if line.points[section] > ENOUGH and sum(o.section == line.section for o in lines) > 1
            ]
            if movable:
                best = max(movable, key=lambda n: (n.points[section] - n.points[n.section], n.worth, -n.unit.row))
                best.section = section

    def _joined(self, lines: list[_Line]) -> list[_Line]:
        """A line that is printed with the sentence before takes the place of that sentence's own line."""
        gone: set[int] = set()
        for line in lines:
            if not line.lead:
                continue
            for other in lines:
                inside = other.unit.statement.source == line.unit.statement.source and line.start <= other.start < line.unit.start
                if other is line or not inside or id(other) in gone:
                    continue
                gone.add(id(other))
                alone = sum(o.section == other.section and id(o) not in gone for o in lines) == 0
                if alone or sum(o.section == line.section for o in lines) > 1:
                    line.section = other.section
                line.worth = max(line.worth, other.worth)
        return [line for line in lines if id(line) not in gone]

    def _forms(self, entity_id: str, lines: Sequence[_Line], room: int) -> list[tuple[str, list[_Line]]]:
        """Sections on the forms of an entity that bear its name ("juvenile dermatomyositis"): what is told of them only."""
        entity = self.vocabulary.entity(entity_id)
        assert entity is not None
        groups = []
        for child in self.vocabulary.children(entity_id):
            if child.id in entity.confusable or entity.name not in child.name or child.id in self.words.manifestations:
                continue
            topic = self._entity_topic(child.id)
            taken = {(line.unit.row, line.unit.start) for line in lines}
            own = [(u, r) for u, r in self._candidates(topic) if r in (Role.SUBJECT, Role.GOVERNED)]
            fresh = [self._line(u, r, topic) for u, r in own if (u.row, u.start) not in taken and u.statement.kind is not StatementKind.ROW]
            chosen = sorted(self._joined(self._distinct(fresh, frozenset(terms(child.name)))), key=lambda n: n.order)
            chosen = chosen[: min(LINES_PER_FORM, max(0, room))]
            room -= len(chosen)
            if chosen:
                groups.append((f"Form: {child.name}", chosen))
        return groups

    def _note(self, topic: _Topic) -> str:
        """Why there are no lines."""
        broken = any(self._role(unit, topic) for unit in self.reader.units(topic.stems()))
        if broken:
            return "The corpus names it only in fragments and lists that say nothing of it."
        return "No source names it."

    # ---- sources -----------------------------------------------------------------------------------------------------

    def _of_source(self, asked: str, article: Article) -> Summary:
        """What a source is, as printed, and the main statements of each of its sections."""
        return Summary(asked, article.record.title, (), (), (), citation(article.record))


def _plain_words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{4,}", fold(text))


def _flat(text: str) -> str:
    return " ".join(text.split())


def _group(article: Article, position: int) -> list[Block]:
    at = next(b for b in article.blocks if b.kind is BlockKind.TABLE_ROW and b.start <= position < b.end)
    return [b for b in article.blocks if b.group == at.group and b.kind in (BlockKind.TABLE_ROW, BlockKind.TABLE_TITLE)]


def _side_by_side(stems: Sequence[str], name: Sequence[str], *, loosely: bool = False) -> bool:
    """True where all stems of a name stand near each other. Loosely: in any order, and an ending apart."""
    width = len(name) + (3 if loosely else 2)

    def same(stem: str, wanted: str) -> bool:
        if stem == wanted:
            return True
        short, long = sorted((stem, wanted), key=len)
        return loosely and len(short) > 4 and len(long) - len(short) < 3 and long.startswith(short)

    return any(
        all(any(same(stem, wanted) for stem in stems[at : at + width]) for wanted in name)
        for at in range(max(1, len(stems) - len(name) + 1))
    )


def _limited(lines: list[_Line], sections: int) -> list[_Line]:
    """At most so many lines a section and in all; the weakest go first, the last line of a section last."""
    kept: list[_Line] = []
    for n in range(sections):
        kept += sorted((line for line in lines if line.section == n), key=lambda one: one.order)[:LINES_PER_SECTION]
    while len(kept) > LINES:
        many = [line for line in kept if sum(o.section == line.section for o in kept) > 1]
        kept.remove(max(many, key=lambda one: one.order))
    return kept


def _independent(evidence: Sequence[Evidence], articles: Mapping[str, Article]) -> tuple[Evidence, ...]:
    """The evidence, each with the other sources that it neither copies nor is copied by."""
    sources = sorted({e.source for e in evidence})

    def apart(one: str, other: str) -> bool:
        return one != other and other not in articles[one].copies_from and one not in articles[other].copies_from

    return tuple(replace(e, independent_of=tuple(s for s in sources if apart(e.source, s))) for e in evidence)


Show = Callable[[Summary], str]
