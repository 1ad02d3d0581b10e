"""Statements → what each is about: the diseases and findings that it names, in which role, and those it does not name.

Made from the words of the statement (`roles`), from its heading, and from what was said before it in the same run of
text (`threads`). Must never: give a statement a subject that its source does not give it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import pairwise

from calcrag.literature.article import Article, SourceKind
from calcrag.literature.fragments import is_lost, is_whole, pieces_of, runs_into
from calcrag.literature.lexical import terms
from calcrag.literature.names import NameReader
from calcrag.literature.question import normal_label
from calcrag.literature.roles import (
    Named,
    Role,
    RolesTold,
    clause_start,
    is_linked,
    is_told,
    label_end,
    roles_of,
)
from calcrag.literature.statements import Statement, StatementKind
from calcrag.literature.threads import NEAR, Thread, Unit, lead_of, leaning_of, needs_lead
from calcrag.literature.vocabulary import fold

__all__ = ["SubjectReader"]


UNSPLIT_END = re.compile(r"(?<=\])[a-z]?(?:\s+and\s+[a-z])?\.\s+(?=[A-Z])|(?<=[a-z]{4}\.)\s+(?=[A-Z][a-z]{2})")
CREDIT = re.compile(
    r"\s*(?:(?:Reproduced|Reprinted|Adapted|Used) (?:by|with|from)\b|Courtesy of\b|Copyright\b|©|Source:)",
    re.IGNORECASE,
)
CASE_PART = re.compile(r"\b(?:abstract|case)\b", re.IGNORECASE)
LETTERS = re.compile(r"[^\W\d_]{2,}")
NUMBER = re.compile(r"\d+")
TITLE_WORDS = 9  # a first sentence of a caption that is shorter is its title


class SubjectReader:
    """Tells what the statements of a corpus are about. What is worked out for a run of text is kept.

    `runs` are the numbers of the statements that are read together.
    """

    def __init__(self, statements: Sequence[Statement], names: NameReader) -> None:
        self.statements = tuple(statements)
        self.names = names
        self.articles = names.articles
        self.runs = tuple(tuple(run) for run in _runs(self.statements))
        self._units: dict[int, tuple[Unit, ...]] = {}
        self._printed_small: dict[str, Counter[str]] = {}

    # ---- finding the runs that speak of a thing ----------------------------------------------------------------------

    @cached_property
    def postings(self) -> Mapping[str, Sequence[int]]:
        """For each stem the runs in which, or in whose heading, it stands."""
        postings: dict[str, list[int]] = {}
        names = frozenset(stem for e in self.names.vocabulary.entities for name in e.names for stem in terms(name))
        for number, run in enumerate(self.runs):
            stems: set[str] = set()
            for text in self._texts(run):
                found = terms(text)
                stems.update(found)
                # A source may print "pseudo pseudohypoparathyroidism" for what the vocabulary writes in one word.
                stems.update(a + b for a, b in pairwise(found) if len(a) > 4 and a + b in names)
            for stem in stems:
                postings.setdefault(stem, []).append(number)
        return postings

    def _texts(self, run: Sequence[int]) -> Iterable[str]:
        """What a run prints, the headings over it, and the title of a case report."""
        statements = [self.statements[row] for row in run]
        article = self.articles[statements[0].source]
        title = [article.record.title] if article.kind is SourceKind.CASE_REPORT else []
        return dict.fromkeys([*(s.heading for s in statements), *(s.text for s in statements), *title])

    def units(self, names: Iterable[Sequence[Set[str]]]) -> Iterator[Unit]:
        """The units of every run that holds all words of one of the names, in the order of the statements.

        A name is given word by word, each by the stems that count as it.
        """
        reached: set[int] = set()
        for name in names:
            places = [{run for stem in spellings for run in self.postings.get(stem, ())} for spellings in name]
            reached |= set.intersection(*places) if places else set()
        for number in sorted(reached):
            yield from self.run(number)

    def of_source(self, key: str) -> Iterator[Unit]:
        """The units of one source, in the order of the statements."""
        for number, run in enumerate(self.runs):
            if self.statements[run[0]].source == key:
                yield from self.run(number)

    def run(self, number: int) -> tuple[Unit, ...]:
        """The units of one run of text."""
        if number not in self._units:
            rows = self.runs[number]
            first = self.statements[rows[0]]
            units: Iterable[Unit] = ()
            if self.names.headings.unread.search(first.heading):
                units = ()
            elif first.kind is StatementKind.CAPTION:
                units = self._captions(rows)
            elif first.kind is StatementKind.ROW:
                units = self._rows(rows)
            elif first.kind is not StatementKind.FRONT:
                units = self._prose(rows)
            self._units[number] = tuple(units)
        return self._units[number]

    # ---- prose and lists ---------------------------------------------------------------------------------------------

    def _prose(self, rows: Sequence[int]) -> Iterator[Unit]:
        """The units of sentences and items under one heading."""
        first = self.statements[rows[0]]
        article = self.articles[first.source]
        scraped = article.kind is SourceKind.WEB_AGGREGATION
        thread = self._thread(first, article)
        previous: Unit | None = None
        for row in rows:
            statement = self.statements[row]
            for start, end, whole in self._pieces(statement, article):
                text = article.text[start:end]
                if _is_stub(text, statement):
                    continue
                told = self._told(text, statement, thread)
                governed = hangs = frozenset[str]()
                lead = None
                if scraped:
                    whole = whole and not leaning_of(text).pronoun and not is_lost(text, self._sound_words)
                else:
                    governed = thread.governed(statement, text, told.main, previous)
                    hangs = thread.hangs_on(told.roles, told.main, governed)
                    lead = lead_of(text, start, previous, statement)
                previous = Unit(
                    row, statement, start, end, text, told.roles, frozenset(told.main), governed, hangs, thread.above,
                    lead, pronoun=needs_lead(text), before=previous, whole=whole,
                )  # fmt: skip
                yield previous

    def _thread(self, first: Statement, article: Article) -> Thread:
        """What a run is about before a word of it is read. The headings of a scraped page say nothing."""
        last = first.heading.split(" › ")[-1]
        above, single = self.names.under(first.source, first.heading)
        if article.kind is SourceKind.WEB_AGGREGATION:
            above, single = frozenset(), False
        path = frozenset(n.entity for heading in first.heading.split(" › ") for n in self.names.named(heading))
        title = self.names.of_title(article)
        facet = self.names.headings.facets.fullmatch(last) is not None
        case = bool(title) and CASE_PART.search(last) is not None
        return Thread(
            above=above, single=single, path=path, broader=self.names.ancestors(above) - path, groups=self.names.groups,
            manifestations=self.names.manifestations, title=title, case=case, loose=facet and not above,
            running=above or (title if facet or case else frozenset()),
        )  # fmt: skip

    def _told(self, text: str, statement: Statement, thread: Thread) -> RolesTold:
        """The roles of what a sentence names.

        Of "it is seen in scleroderma" scleroderma is not the subject. Where a sentence that carries nothing on has no
        disease for its subject, what it names beside is: "calcification following burns".
        """
        named = self.names.named(text)
        label = label_end(text) if statement.kind is StatementKind.ITEM else 0
        if label and not any(n.end <= label for n in named):
            title = self.articles[statement.source].record.title
            one = self.names.completed(text[:label], [title, *statement.heading.split(" › ")])
            named = [Named(one, 0, label - 2), *named] if one else named
        told = roles_of(text, named)
        leaning = leaning_of(text)
        if leaning.pronoun:
            self._demote(told, text, named, thread)
        elif not leaning.carried and not told.main - self.names.manifestations:
            self._promote(told, text, named, thread)
        return told

    def _demote(self, told: RolesTold, text: str, named: Sequence[Named], thread: Thread) -> None:
        kept = {n.entity for n in named if is_told(text[: n.start])} | self.names.manifestations | thread.above
        for entity in told.main - kept:
            starts = [clause_start(text, n.start) for n in named if n.entity == entity]
            if all(at == 0 or leaning_of(text[at:].lstrip(" ,")).pronoun for at in starts):
                told.roles[entity] = Role.ASSOCIATED
                told.main.discard(entity)

    def _promote(self, told: RolesTold, text: str, named: Sequence[Named], thread: Thread) -> None:
        linked = {n.entity for n in named if is_linked(text[: n.start])} - told.listed
        had_main = bool(told.main)
        for entity, role in list(told.roles.items()):
            if thread.single:
                fits = entity in linked or (entity in thread.path and not had_main)
            else:
                fits = entity not in thread.above
            if role is Role.ASSOCIATED and fits and entity not in self.names.manifestations:
                told.roles[entity] = Role.ASSOCIATED if entity in told.listed else Role.SUBJECT
                told.main.add(entity)

    def _pieces(self, statement: Statement, article: Article) -> Iterator[tuple[int, int, bool]]:
        """The spans of the sentences of a statement without what it leans on, and of each whether it is whole."""
        text, begin = article.text[statement.core_start : statement.end], statement.core_start
        if article.kind is SourceKind.WEB_AGGREGATION:
            if statement.subject_lost and not text.startswith("There are"):
                yield begin, statement.end, False
                return
            for start, end, whole in self._unglued(text, article):
                yield begin + start, begin + end, whole
            return
        for start, end in pairwise([0, *(m.end() for m in UNSPLIT_END.finditer(text)), len(text)]):
            if text[start:end].strip():
                yield begin + start, begin + start + len(text[start:end].rstrip()), True

    def _unglued(self, text: str, article: Article) -> Iterator[tuple[int, int, bool]]:
        """The pieces of a scraped run; a heading with its text ("calcinosis universalis: diffuse …") begins one."""
        if article.key not in self._printed_small:
            self._printed_small[article.key] = Counter(re.findall(r"\b[a-z]{2,}(?:-[a-z]+)?\b", article.text))
        for start, end, whole in pieces_of(text, self._printed_small[article.key]):
            piece = text[start:end]
            headings = [n for n in self.names.named(piece) if n.start > 0 and piece[n.end : n.end + 2] == ": "]
            heading = next((n for n in headings if not runs_into(piece[: n.start])), None)
            if heading is None:
                yield start, end, whole
            else:
                yield start + heading.start, end, is_whole(piece[heading.start :])

    @cached_property
    def _sound_words(self) -> frozenset[str]:
        """The words of the sources that are no scraped pages."""
        sound = [a for a in self.articles.values() if a.kind is not SourceKind.WEB_AGGREGATION]
        return frozenset(word for a in sound for word in re.findall(r"[a-z]+", a.text.lower()))

    # ---- captions and rows -------------------------------------------------------------------------------------------

    def _captions(self, rows: Sequence[int]) -> Iterator[Unit]:
        """The units of the captions of one figure. Its first sentence names the subject of the others, part a that of
        part b, and where none does so, the sentence that points to the figure.
        """
        silent = not any(self.names.named(self.statements[row].text) for row in rows)
        subject = self._pointing(self.statements[rows[0]]) if silent else frozenset()
        previous: Unit | None = None
        for row in rows:
            statement = self.statements[row]
            credit = CREDIT.search(statement.text)
            text = statement.text[: credit.start()] if credit else statement.text
            named = self.names.named(text)
            if len(LETTERS.findall(text)) < 3 and not named:
                continue
            told = roles_of(text, named)
            roles = {e: Role.SUBJECT if r is Role.ASSOCIATED else r for e, r in told.roles.items()}
            main = frozenset(e for e, r in roles.items() if r is Role.SUBJECT) | told.main
            diseases = main - self.names.manifestations
            title = self.names.of_title(self.articles[statement.source]) if previous is None else frozenset()
            governed = frozenset() if diseases else subject or title
            if diseases or (main and not subject):
                subject = diseases or main
            first = previous is not None and previous.before is None and statement.start - previous.end < NEAR
            titled = previous is not None and first and len(previous.text.split()) < TITLE_WORDS
            lead = (previous.start, statement.start) if previous is not None and titled else None
            previous = Unit(
                row, statement, statement.start, statement.start + len(text), text, roles, main, governed,
                governed - self.names.manifestations, lead=lead, pronoun=titled, before=previous,
            )  # fmt: skip
            yield previous

    def _pointing(self, caption: Statement) -> frozenset[str]:
        """What the sentence is about that points to a figure."""
        label = normal_label(caption.label)
        number = NUMBER.search(label) if label else None
        if number is None:
            return frozenset()
        pointer = re.compile(rf"\bfig(?:ure|s)?\.?\s*{number[0]}\b", re.IGNORECASE)
        for index, run in enumerate(self.runs):
            first = self.statements[run[0]]
            prose = first.source == caption.source and first.kind in (StatementKind.SENTENCE, StatementKind.ITEM)
            if prose and any(pointer.search(self.statements[row].text) for row in run):
                unit = next((u for u in self.run(index) if pointer.search(u.text)), None)
                return (unit.main - self.names.manifestations) or unit.governed if unit is not None else frozenset()
        return frozenset()

    def _rows(self, rows: Sequence[int]) -> Iterator[Unit]:
        """The units of table rows: each is about what it names, one right under the title about what the title names
        too.
        """
        for row in rows:
            statement = self.statements[row]
            text = statement.text[statement.core_start - statement.start :].split("\n")[0]
            path = statement.heading.split(" › ")
            one = self.names.completed(text, path)
            found = frozenset(n.entity for n in self.names.named(text)) or frozenset([one] if one else [])
            above = frozenset(n.entity for n in self.names.named(path[0])) if len(path) == 1 else frozenset()
            roles = dict.fromkeys(sorted(found), Role.SUBJECT)
            end = statement.core_start + len(text)
            governed = above - self.names.manifestations
            yield Unit(row, statement, statement.core_start, end, text, roles, found, governed)


def _is_stub(text: str, statement: Statement) -> bool:
    """True for a heading that runs in the text, a reference to a figure, a number, the head of a list."""
    if (statement.kind is StatementKind.SENTENCE and len(LETTERS.findall(text)) < 2) or text.rstrip().endswith(":"):
        return True
    last = statement.heading.split(" › ")[-1]
    return bool(last) and fold(text).strip(" .:") == fold(last).strip(" .:")


def _runs(statements: Sequence[Statement]) -> Iterable[list[int]]:
    """Rows of statements that are read together: sentences and items of one heading, captions of one figure, one table
    row.
    """
    runs: dict[tuple[object, ...], list[int]] = {}
    for row, statement in enumerate(statements):
        key: tuple[object, ...]
        match statement.kind:
            case StatementKind.CAPTION:
                number = NUMBER.search(normal_label(statement.label) or "")
                key = (statement.source, "caption", number[0] if number else statement.start)
            case StatementKind.ROW | StatementKind.FRONT:
                key = (statement.source, statement.kind, statement.start, statement.core_start)
            case StatementKind.SENTENCE | StatementKind.ITEM:
                key = (statement.source, "prose", statement.heading)
        runs.setdefault(key, []).append(row)
    return runs.values()
