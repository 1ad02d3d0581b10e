"""A unit that speaks of a topic → a line of its summary: the section it fits best, its worth there, and what it quotes.

Made from the words of the sections and from what the unit leaves unsaid, which is quoted above it. Must never: let a
sentence stand that does not tell of whom it speaks.
"""

import re
from collections.abc import Sequence

from calcrag.literature.article import Article, Block, BlockKind, SourceKind
from calcrag.literature.roles import Role
from calcrag.literature.section_words import (
    CAUSES,
    CLASSIFICATION,
    DEFINITION,
    DIFFERENTIAL,
    HISTORY,
    OTHER_IMAGING,
    RADIOGRAPH,
    SummaryWords,
)
from calcrag.literature.statements import Statement, StatementKind
from calcrag.literature.subjects import SubjectReader
from calcrag.literature.summary_lines import SOURCE_WORTH, Line, Span
from calcrag.literature.threads import Unit
from calcrag.literature.topics import Topic, TopicReader

__all__ = ["SHORT", "LineMaker", "flat"]

SHORT = 5  # words; a shorter line is printed with its heading ("Scintigraphy › Increased activity")
LONG = 320  # characters; a longer line stands behind
ROLE_WORTH = {Role.SUBJECT: 2.0, Role.GOVERNED: 1.5, Role.ASSOCIATED: 0.0, Role.COMPARED: 0.0}
CAPTION_WORTH, CASE_WORTH, LOST_WORTH, LONG_WORTH, ASIDE_WORTH = -0.7, -0.8, -1.0, -0.5, -1.0
ONE_DISEASE_WORTH = -1.5  # of what many diseases share, the general comes before the single disease
DEFINED, HEADED_DEFINITION, PLACED = (
    8,
    6,
    6,
)  # points of "X is a disease", of the first line under "Definition", of a name
SIDES = {  # the sections that a sentence may tell of something which it only mentions
    Role.ASSOCIATED: frozenset({CAUSES, DIFFERENTIAL, HISTORY, CLASSIFICATION}),
    Role.COMPARED: frozenset({DIFFERENTIAL}),
}
DEFINES = re.compile(
    r"\s*(?:\([^)]*\))?\s*,?\s*(?:\w+ ){0,2}"
    r"(?:refers? to|consists? of|denotes?|represents? an?|(?:is|are) characteri[sz]ed (?:\w+ )?by|is defined"
    r"|is (?:an? |the )(?:[\w()-]+ ){0,5}"
    r"(?:disease|disorder|syndrome|condition|entity|term|form|type|deposition|infection|tumou?r|presence)\b"
    r"|are (?:[\w()-]+ ){0,3}(?:calcifications|diseases|disorders|conditions)\b)",
    re.IGNORECASE,
)
NAMES = re.compile(
    r"(?:known as|called|termed|referred to as(?: having)?|considered to have)\s+(?:the |an? )?[\"“]?$", re.IGNORECASE
)
CASE_HEADING = re.compile(r"\b(?:abstract|case)\b", re.IGNORECASE)
IT = re.compile(r"(?:it|its|this (?:disease|condition|syndrome|disorder))\b", re.IGNORECASE)
DECIDED = 6  # points of a cue that decides
AT_HEAD = 40  # characters from the beginning within which the subject of a definition stands


class LineMaker:
    """Makes lines of the units of one corpus."""

    def __init__(self, reader: SubjectReader, topics: TopicReader, *, words: SummaryWords) -> None:
        self.reader = reader
        self.topics = topics
        self.words = words
        self.headings = [section.heading for section in words.sections]

    def admits(self, unit: Unit, role: Role, topic: Topic) -> bool:
        """False for fragments, for sentences about the text itself, and where a reader could not know what is meant."""
        if not unit.whole or self.words.meta.match(unit.text):
            return False
        article = self._article(unit)
        if article.kind is SourceKind.WEB_AGGREGATION and role is not Role.SUBJECT:
            chief = topic.entity in unit.main or self.words.classifies(unit.text)
            if role is not Role.ASSOCIATED or not chief:
                return False
        known = topic.entity in unit.main | unit.governed
        return known or not self._lost(unit, topic) or bool(self._context(unit, article))

    def line(self, unit: Unit, role: Role, topic: Topic) -> Line:
        """A unit as a line in its best section."""
        text, aside = (unit.text, False) if topic.entity is None else self.reader.names.scope(unit, topic.entity)
        case = self._is_case(unit)
        points = self._points(unit, Role.ASSOCIATED if aside and role is Role.SUBJECT else role, text, topic)
        if not any(points) and not case:
            points[self.headings.index(RADIOGRAPH if unit.statement.kind is StatementKind.CAPTION else CAUSES)] = 1
        section = self._best(points, text)
        spans, shown, lead = self._spans(unit, topic)
        worth = self._worth(unit, role, shown, topic) + (ASIDE_WORTH if aside else 0.0)
        return Line(unit, role, points, section, worth, spans, shown, lead, case)

    def plain(self, unit: Unit) -> Line:
        """A unit as a line of a summary of its source, in no section; a short one with its heading."""
        article = self._article(unit)
        own = (unit.lead[0] if unit.lead is not None and unit.pronoun else unit.start, unit.end)
        above = self._heading_span(unit.statement, article, innermost=True) if self._is_short(unit) else ()
        spans = (*above, own)
        return Line(unit, Role.SUBJECT, [1], 0, 0.0, spans, _shown(article, spans))

    # ---- where it fits -----------------------------------------------------------------------------------------------

    def _best(self, points: Sequence[int], text: str) -> int:
        """The section with most points; words of a radiograph count less where a CT, MRI or bone scan is named."""
        decided = any(s.decides(text) for s in self.words.sections if s.heading in OTHER_IMAGING)

        def weight(n: int) -> tuple[int, bool, int]:
            radiograph = self.headings[n] == RADIOGRAPH
            return min(points[n], DECIDED - 1) if radiograph and decided else points[n], not radiograph, -n

        return max(range(len(points)), key=weight)

    def _points(self, unit: Unit, role: Role, text: str, topic: Topic) -> list[int]:
        if unit.statement.kind is StatementKind.ROW or self._is_name(unit, topic):
            return [PLACED if heading == CLASSIFICATION else 0 for heading in self.headings]
        headed = topic.entity is None or topic.entity in unit.above | unit.governed or not unit.above
        above = unit.statement.heading.split(" › ")[-1] if headed else ""
        points = [section.points(text, above) for section in self.words.sections]
        side = SIDES.get(role)
        if side is None:
            points[self.headings.index(DEFINITION)] += self._defining(unit, text, topic)
            return points
        points = [p if heading in side else 0 for p, heading in zip(points, self.headings, strict=True)]
        points[self.headings.index(DIFFERENTIAL if role is Role.COMPARED else CAUSES)] += 1
        return points

    def _defining(self, unit: Unit, text: str, topic: Topic) -> int:
        """Points for a text that begins "X is a disease", ends "is called X", or opens the part "Definition"."""
        named = [n for n in self.reader.names.named(text) if n.entity == topic.entity]
        if any(n.start < AT_HEAD and DEFINES.match(text, n.end) for n in (*named[:1], *named[-1:])):
            return DEFINED
        if named and NAMES.search(text[: named[-1].start]):
            return DEFINED
        headed = unit.statement.heading.split(" › ")[-1].lower() == DEFINITION.lower()
        return HEADED_DEFINITION if headed and unit.before is None and topic.entity in unit.above else 0

    def _worth(self, unit: Unit, role: Role, text: str, topic: Topic) -> float:
        """How a line stands among others that tell as much."""
        shared = topic.entity in self.words.manifestations and unit.main - self.words.manifestations
        return (
            ROLE_WORTH[role]
            + SOURCE_WORTH[self._article(unit).kind]
            + (CAPTION_WORTH if unit.statement.kind is StatementKind.CAPTION else 0.0)
            + (CASE_WORTH if self._is_case(unit) else 0.0)
            + (LOST_WORTH if self._lost(unit, topic) else 0.0)
            + (ONE_DISEASE_WORTH if shared else 0.0)
            + (LONG_WORTH if len(text) > LONG else 0.0)
        )

    # ---- what it is --------------------------------------------------------------------------------------------------

    def _article(self, unit: Unit) -> Article:
        return self.reader.articles[unit.statement.source]

    def _is_case(self, unit: Unit) -> bool:
        """True for what is told of the patient of a case report."""
        statement = unit.statement
        told = statement.kind is StatementKind.CAPTION or CASE_HEADING.search(statement.heading) is not None
        return self._article(unit).kind is SourceKind.CASE_REPORT and told and not unit.main

    def _is_name(self, unit: Unit, topic: Topic) -> bool:
        """True for a list item that is nothing but the name of the topic."""
        if unit.statement.kind is not StatementKind.ITEM or ":" in unit.text:
            return False
        rest = unit.text
        for one in reversed(self.reader.names.named(unit.text)):
            rest = rest[: one.start] + rest[one.end :] if one.entity == topic.entity else rest
        return not re.search(r"\w", rest)

    def _is_short(self, unit: Unit) -> bool:
        """True for "Increased activity" under "Scintigraphy": it says something only with its heading."""
        last = unit.statement.heading.split(" › ")[-1]
        return len(unit.text.split()) < SHORT and self.words.headings.facets.fullmatch(last) is not None

    def _lost(self, unit: Unit, topic: Topic) -> frozenset[str]:
        """The diseases that a reader must be told of to understand a unit: not named in it, not the topic or its
        parents.
        """
        if topic.entity is None:
            return unit.hangs_on
        headed = topic.entity in unit.above and topic.entity not in self.words.manifestations
        if headed or topic.entity in unit.governed:
            return frozenset()
        return unit.hangs_on - {topic.entity, *self.topics.of(topic.entity).parents}

    # ---- what it quotes ----------------------------------------------------------------------------------------------

    def _spans(self, unit: Unit, topic: Topic) -> tuple[tuple[Span, ...], str, bool]:
        """The spans that a line quotes, its text, and whether it has the sentence before with it."""
        article, statement = self._article(unit), unit.statement
        if statement.kind is StatementKind.ROW:
            return (*_row_spans(unit, article), False)
        own = (unit.start, unit.end)
        lead = unit.lead if unit.pronoun and not self._stands_alone(unit, topic) else None
        if lead is not None:
            own = (lead[0], unit.end)
        above: tuple[Span, ...] = ()
        case = self._is_case(unit) and statement.kind is not StatementKind.CAPTION
        if case or self._is_name(unit, topic) or self._is_short(unit):
            above = self._heading_span(statement, article, innermost=True)
        elif self._lost(unit, topic):
            above = self._context(unit, article)
            above = () if lead is not None and above and above[0][1] == unit.start else above
        elif unit.pronoun and lead is None and topic.entity not in unit.governed and not unit.text[0].islower():
            above = self._heading_span(statement, article)
        spans = (*above, own)
        return spans, _shown(article, spans), lead is not None

    def _stands_alone(self, unit: Unit, topic: Topic) -> bool:
        """True for "It …" after a sentence on the topic: under the topic's name a reader knows what "it" is."""
        before = unit.before
        if not IT.match(unit.text) or unit.text[0].islower() or before is None or self._is_case(unit):
            return False
        return topic.entity in before.main | before.governed

    def _context(self, unit: Unit, article: Article) -> tuple[Span, ...]:
        """The span of what says of whom a unit speaks: the sentence before where that names it, the first caption of
        the figure, or the heading.
        """
        before = unit.before
        led = unit.lead is not None and before is not None and before.start >= unit.lead[0]
        if led and unit.lead is not None and before is not None and unit.hangs_on & before.roles.keys():
            return (unit.lead,)
        if unit.statement.kind is StatementKind.CAPTION:
            while before is not None and before.before is not None:
                before = before.before
            return ((before.start, before.end),) if before is not None else ()
        return self._heading_span(unit.statement, article)

    def _heading_span(self, statement: Statement, article: Article, *, innermost: bool = False) -> tuple[Span, ...]:
        """The span of the innermost heading above a statement, or of the innermost that names a subject."""
        headings = self.words.headings
        path = [part for part in statement.heading.split(" › ") if part]
        path = path if innermost else headings.of_subject(statement.heading)
        if not path:
            return ()
        start = article.text.rfind(path[-1], 0, statement.start)
        return ((start, start + len(path[-1])),) if start >= 0 else ()


def flat(text: str) -> str:
    """A text in one line."""
    return " ".join(text.split())


def _shown(article: Article, spans: tuple[Span, ...]) -> str:
    return " › ".join(flat(article.text[start:end]) for start, end in spans)


def _row_spans(unit: Unit, article: Article) -> tuple[tuple[Span, ...], str]:
    """The title of the table, the rows above, the row, and those under it, which are quoted as one."""
    group = _table(article, unit.start)
    row = next(b for b in group if b.start <= unit.start < b.end)
    under = [b for b in group if (row.start, row.end) in b.path]
    titles = [(b.start, b.end) for b in group if b.kind is BlockKind.TABLE_TITLE]
    spans = [*titles, *row.path, (row.start, row.end)]
    shown = _shown(article, tuple(spans))
    if under:
        spans.append((under[0].start, under[-1].end))
        shown += " › " + "; ".join(flat(article.text[b.start : b.end]) for b in under)
    return tuple(spans), shown


def _table(article: Article, position: int) -> list[Block]:
    at = next(b for b in article.blocks if b.kind is BlockKind.TABLE_ROW and b.start <= position < b.end)
    return [b for b in article.blocks if b.group == at.group and b.kind in (BlockKind.TABLE_ROW, BlockKind.TABLE_TITLE)]
