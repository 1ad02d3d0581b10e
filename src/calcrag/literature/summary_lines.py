"""The lines of a summary → those that are printed: none twice, each in one section, no section of one source's making.

Made from lines with their points. Must never: drop the last line of a section before the second line of another.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calcrag.literature.article import Article, SourceKind
from calcrag.literature.lexical import terms
from calcrag.literature.roles import Role
from calcrag.literature.section_words import ENOUGH, SummaryWords
from calcrag.literature.statements import StatementKind
from calcrag.literature.subjects import SubjectReader
from calcrag.literature.threads import Unit
from calcrag.literature.vocabulary import fold

__all__ = ["LINES", "LINES_PER_SECTION", "SOURCE_WORTH", "Line", "Repeats", "Span", "filled", "joined", "limited"]

Span = tuple[int, int]  # of the text of an article

LINES, LINES_PER_SECTION = 30, 5
CASE_LINES = 1  # lines of a section on the one patient of a case report
MOST_POINTS = 8  # beyond, more cues do not make a line better
NEARLY = 0.75  # share of its own section's points with which a line may fill an empty one
SHINGLE = 4  # words
SAME_SHINGLES = 0.55  # share of the shorter line's shingles that another repeats
SAME_SHORT, SHORT = 0.8, 6  # … of a line of so few shingles, where a turn of phrase is half the line
SAME_STEMS = 0.8  # … and of its rare stems
RARE = 0.08  # share of the runs of text that hold a rare stem at most

SOURCE_WORTH: Mapping[SourceKind, float] = {
    SourceKind.REVIEW: 1.5,
    SourceKind.ORIGINAL_RESEARCH: 1.5,
    SourceKind.PICTORIAL_ESSAY: 1.2,
    SourceKind.TEXTBOOK_CHAPTER: 1.0,
    SourceKind.CASE_REPORT: 0.5,
    SourceKind.OTHER: 0.5,
    SourceKind.WEB_AGGREGATION: -1.5,
}


@dataclass(slots=True)
class Line:
    """A unit on its way into a summary.

    `points` tells how well it fits each section, `section` which it stands in, `worth` how it stands among others that
    tell as much. `spans` are quoted one by one; those before the last stand above it. `lead` tells that it is printed
    with the sentence before, `case` that it tells of the one patient of a case report.
    """

    unit: Unit
    role: Role
    points: list[int]
    section: int
    worth: float
    spans: tuple[Span, ...]
    text: str
    lead: bool = False
    case: bool = False

    @property
    def order(self) -> tuple[float, int, int]:
        """Sorts the better line first; ties by its place in the corpus."""
        value = min(self.points[self.section], MOST_POINTS) + self.worth
        return -round(value, 3), self.unit.row, self.unit.start

    def overlaps(self, other: "Line") -> bool:
        """True where two lines print the same words."""
        (start, end), (other_start, other_end) = self.spans[-1], other.spans[-1]
        same_source = self.unit.statement.source == other.unit.statement.source
        return same_source and start < other_end and other_start < end

    @property
    def place(self) -> tuple[int, int]:
        """Sorts lines as they stand in the corpus."""
        return self.unit.row, self.unit.start


class Repeats:
    """Tells which lines say the same. What is worked out for a text is kept."""

    def __init__(self, reader: SubjectReader, articles: Mapping[str, Article]) -> None:
        self.reader = reader
        self.articles = articles
        self._sketches: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def distinct(self, lines: Sequence[Line]) -> list[Line]:
        """The lines without those that repeat another: the weightier source is kept, and prose before a caption."""

        def weight(line: Line) -> tuple[float, bool, int, int]:
            statement = line.unit.statement
            kind = self.articles[statement.source].kind
            return -SOURCE_WORTH[kind], statement.kind is StatementKind.CAPTION, *line.place

        kept: list[Line] = []
        for line in sorted(lines, key=weight):
            row = line.unit.statement.kind is StatementKind.ROW
            if row or not any(self.same(line.unit.text, other.unit.text) for other in kept):
                kept.append(line)
        return sorted(kept, key=lambda line: line.place)

    def same(self, text: str, other: str) -> bool:
        """True where one of two texts says in the same or nearly the same words what the other says."""
        (runs, rare), (other_runs, other_rare) = self._sketch(text), self._sketch(other)
        shorter = min(len(runs), len(other_runs))
        if shorter > 2 and len(runs & other_runs) >= (SAME_SHORT if shorter <= SHORT else SAME_SHINGLES) * shorter:
            return True
        fewer = min(len(rare), len(other_rare))
        return fewer > 3 and len(rare & other_rare) >= SAME_STEMS * fewer

    def _sketch(self, text: str) -> tuple[frozenset[str], frozenset[str]]:
        """The shingles of a text and, the names of diseases apart, those of its stems that few statements share."""
        if text not in self._sketches:
            words = re.findall(r"[^\W_]+", fold(text))
            runs = frozenset(" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))
            rest = text
            for one in reversed(self.reader.names.named(text)):
                rest = f"{rest[: one.start]} {rest[one.end :]}"
            most = max(3.0, RARE * len(self.reader.runs))
            rare = frozenset(stem for stem in terms(rest) if len(self.reader.postings.get(stem, ())) <= most)
            self._sketches[text] = (runs, rare)
        return self._sketches[text]


def joined(lines: Sequence[Line]) -> list[Line]:
    """A line that is printed with the sentence before takes the place of that sentence's own line."""
    gone: set[int] = set()
    for line in lines:
        for other in lines if line.lead else ():
            same = other.unit.statement.source == line.unit.statement.source
            inside = same and line.spans[-1][0] <= other.unit.start < line.unit.start
            if other is line or id(other) in gone or not inside:
                continue
            gone.add(id(other))
            alone = not any(o.section == other.section and id(o) not in gone for o in lines)
            if alone or other.points[other.section] > line.points[line.section]:
                line.section = other.section
            line.points = [max(a, b) for a, b in zip(line.points, other.points, strict=True)]
            line.worth = max(line.worth, other.worth)
    return [line for line in lines if id(line) not in gone]


def filled(lines: list[Line], words: SummaryWords) -> list[Line]:
    """An empty section gets a line from a fuller one if that line tells it nearly as well and is not the best there."""
    for section in range(len(words.sections)):
        if any(line.section == section for line in lines):
            continue
        first = {n: min(ln.order for ln in lines if ln.section == n) for n in {ln.section for ln in lines}}
        movable = [
            line
            for line in lines
            if line.points[section] >= max(ENOUGH, NEARLY * line.points[line.section])
            and line.order != first[line.section]
            and not words.sections[line.section].decides(line.unit.text)
        ]
        if movable:
            best = max(movable, key=lambda ln: (ln.points[section] - ln.points[ln.section], ln.worth, -ln.unit.row))
            best.section = section
    return lines


def limited(lines: Sequence[Line]) -> list[Line]:
    """At most so many lines a section and in all; the weakest go first, the last line of a section last."""
    kept: list[Line] = []
    for section in sorted({line.section for line in lines}):
        ranked = sorted((line for line in lines if line.section == section), key=lambda line: line.order)
        of_case = {id(line) for line in [line for line in ranked if line.case][CASE_LINES:]}
        kept += [line for line in ranked if id(line) not in of_case][:LINES_PER_SECTION]
    while len(kept) > LINES:
        many = [line for line in kept if sum(o.section == line.section for o in kept) > 1]
        kept.remove(max(many or kept, key=lambda line: line.order))
    return kept
