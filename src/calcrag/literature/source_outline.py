"""A source → the lines of its summary: what its title page prints, the main statements of each section, its tables.

Must never: print a line of which the reader cannot know of whom it speaks, or a section in other words than its own.
"""

import re
from collections.abc import Sequence

from calcrag.literature.article import Article, BlockKind
from calcrag.literature.line_maker import SHORT, LineMaker, flat
from calcrag.literature.roles import Role
from calcrag.literature.section_words import DEFINITION
from calcrag.literature.statements import Statement, StatementKind
from calcrag.literature.summary_lines import LINES, LINES_PER_SECTION, Line, Repeats
from calcrag.literature.threads import Unit

__all__ = ["RECORD_HEADING", "TABLES_HEADING", "outline"]

RECORD_HEADING, OPENING_HEADING, TABLES_HEADING = "The source", "Opening", "Tables"
RECORD_LINES = 4
LONGEST_RECORD_LINE = 320  # characters; longer front matter is an abstract or a notice
MOST_POINTS = 6
CITED_AS = re.compile(r"\b[12]\d{3}\b[^.]*;\s*\d+")  # "2013;6:444-6"
ADDRESS = re.compile(r"\b(?:correspondence|address|e-?mail|available from|cited \d{4})\b|@|https?:", re.IGNORECASE)
PROSE = (StatementKind.SENTENCE, StatementKind.ITEM)


def outline(article: Article, *, maker: LineMaker, repeats: Repeats) -> list[tuple[str, list[Line]]]:
    """The lines of a source under its own headings, in its own order."""
    runs: dict[str, list[Unit]] = {}
    for unit in maker.reader.of_source(article.key):
        if unit.whole and unit.statement.kind in PROSE and not maker.words.meta.match(unit.text):
            runs.setdefault(unit.statement.heading.split(" › ")[0], []).append(unit)
    record, tables = _record_lines(article, maker), _table_lines(article)
    room = LINES - len(record) - len(tables)
    each = min(LINES_PER_SECTION, max(1, room // max(1, len(runs))))
    if len(runs) == 1:
        each = min(room, 2 * LINES_PER_SECTION)
    groups = [(RECORD_HEADING, record)]
    for heading, units in list(runs.items())[:room]:
        lines = [maker.plain(unit) for unit in _main_units(units, each, maker=maker, repeats=repeats)]
        groups.append((heading or OPENING_HEADING, lines))
    return [*groups, (TABLES_HEADING, tables)]


def _record_lines(article: Article, maker: LineMaker) -> list[Line]:
    """The title and what the title page prints of authors and place."""
    names = [rf"\b{re.escape(author.rsplit(' ', 1)[0])}\b" for author in article.record.authors[:2]]
    wanted = re.compile("|".join([*names, r"^presented at"]), re.IGNORECASE)
    titles = [b for b in article.blocks if b.kind is BlockKind.TITLE]
    front = [(b, article.text[b.start : b.end]) for b in article.blocks if b.kind is BlockKind.FRONT]
    front = [(b, text) for b, text in front if len(text) < LONGEST_RECORD_LINE and not ADDRESS.search(text)]
    cited = [b for b, text in front if CITED_AS.search(text)][:1]
    lines = []
    for block in [*titles, *(cited or [b for b, text in front if wanted.search(text)])][:RECORD_LINES]:
        text = article.text[block.start : block.end]
        statement = Statement(article.key, StatementKind.FRONT, text, block.start, block.end, block.start, "Title page")
        lines.append(maker.plain(Unit(-1, statement, block.start, block.end, text, {}, frozenset())))
    return lines


def _table_lines(article: Article) -> list[Line]:
    """Each table by its title and its first-level rows."""
    lines = []
    for title in (b for b in article.blocks if b.kind is BlockKind.TABLE_TITLE):
        inside = [b for b in article.blocks if b.group == title.group and b.kind is BlockKind.TABLE_ROW]
        rows = [b for b in inside if not b.path]
        if not rows:
            continue
        text = article.text[title.start : title.end]
        statement = Statement(
            article.key, StatementKind.ROW, text, title.start, title.end, title.start, text, title.label
        )
        unit = Unit(-1, statement, title.start, title.end, text, {}, frozenset())
        spans = ((title.start, title.end), *((b.start, b.end) for b in rows))
        shown = f"{flat(text)} › {'; '.join(flat(article.text[b.start : b.end]) for b in rows)}"
        lines.append(Line(unit, Role.SUBJECT, [1], 0, 0.0, spans, shown))
    return lines


def _main_units(units: Sequence[Unit], most: int, *, maker: LineMaker, repeats: Repeats) -> list[Unit]:
    """The main statements of a section, in its order: one of each part of it before a second of any."""
    ranked: dict[str, list[tuple[int, int, Unit]]] = {}
    for unit in units:
        if len(unit.text.split()) >= SHORT or (unit.above and unit.statement.kind is not StatementKind.ITEM):
            ranked.setdefault(unit.statement.heading, []).append((-_weight(unit, maker), unit.start, unit))
    chosen: list[Unit] = []
    queues = [sorted(found, key=lambda f: f[:2]) for found in ranked.values()]
    while len(chosen) < most and any(queues):
        for queue in sorted((q for q in queues if q), key=lambda q: q[0][:2])[: most - len(chosen)]:
            unit = queue.pop(0)[2]
            if not any(repeats.same(unit.text, other.text) or _overlap(unit, other) for other in chosen):
                chosen.append(unit)
    return sorted(chosen, key=lambda unit: unit.start)


def _weight(unit: Unit, maker: LineMaker) -> int:
    """How much a statement is one of the main ones of its section."""
    return (
        min(MOST_POINTS, maker.words.section(DEFINITION).points(unit.text))
        + (2 if unit.main else 0)
        + (2 if unit.before is None else 0)
        + (3 if any(section.decides(unit.text) for section in maker.words.sections) else 0)
        - (4 if unit.pronoun and unit.lead is None else 0)
    )


def _overlap(one: Unit, other: Unit) -> bool:
    """True where two units print the same words, one as the sentence before the other."""
    first, second = (u.lead[0] if u.lead is not None and u.pronoun else u.start for u in (one, other))
    return first < other.end and second < one.end
