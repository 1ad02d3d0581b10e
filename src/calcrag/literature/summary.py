"""A topic → a Summary: what the corpus says of a disease, of a finding or in one source, section by section, each line a quote.

Made from statements and from what `subjects` tells of them; the words that tell a section are data (`summary_sections.toml`). Must
never: print a line that is no quote, a line twice, a line about another disease, or a section as silent on which the corpus speaks.
"""

import difflib
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources
from itertools import chain, pairwise
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
from calcrag.literature.vocabulary import Relation, Vocabulary, fold

__all__ = ["SectionWords", "Summariser", "Summary", "SummarySection", "section_words", "summarise"]

LINES_PER_SECTION = 5
LINES = 30
LINES_PER_FORM = 5  # lines on a form of the topic that has a summary of its own
CASE_LINES = 1  # lines of a section on the one patient of a case report
ENOUGH = 3  # points with which a statement tells a section
NEARLY = 0.75  # share of its own section's points with which a line may fill an empty one
SAME_SHINGLES, SAME_STEMS = (
    0.55,
    0.8,
)  # share of the shorter line's runs of words, of its rare stems, that repeats another line
RARE = 0.08  # share of the runs of text that hold a rare stem at most
SHINGLE = 4
LONG = 320  # characters; a longer line stands behind
SHORT = 5  # words; a shorter line is printed with its heading ("Scintigraphy › Increased activity")
RECORD_LINES = 4
CITED_AS = re.compile(r"\b[12]\d{3}\b[^.]*;\s*\d+")  # "2013;6:444-6"
ADDRESS = re.compile(r"\b(?:correspondence|address|e-?mail|available from|cited \d{4})\b|@|https?:", re.IGNORECASE)
LATIN_PLURALS = (("us", "i"), ("um", "a"), ("oma", "omata"), ("a", "ae"), ("is", "es"), ("ix", "ices"), ("ex", "ices"))
UNFINISHED = re.compile(r"[A-Z]\w+(?: [\w,()'-]+){7,}")
DANGLING = re.compile(
    r"\b(?:the|an?|of|in|on|with|and|or|to|for|by|include|have|which|can|common|benign|relatively)$", re.IGNORECASE
)
NEAREST, ALIKE = 5, 0.6  # names suggested for an unknown topic, and how like it they must be


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
WEIGHTS = {"decisive": 6, "strong": 3, "moderate": 2, "weak": 1}
COUNTED = 2  # matches of one list
HEADED = 4  # points of a heading that holds only this


@dataclass(frozen=True, slots=True)
class SectionWords:
    """How a section is told. `points` weighs a text (and the heading above it) from 0 up."""

    heading: str
    cues: tuple[tuple[int, re.Pattern[str]], ...]
    against: re.Pattern[str] | None
    headings: re.Pattern[str] | None

    def decides(self, text: str) -> bool:
        """True where a text belongs here and nowhere else ("bone scan")."""
        return any(weight == WEIGHTS["decisive"] and cue.search(text) for weight, cue in self.cues)

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
            f"the words of the sections cannot be read: {error!r}",
            where=FILE,
            remedy=f"correct calcrag/literature/{FILE}",
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
DEFINITION, CAUSES, RADIOGRAPH, DIFFERENTIAL = (
    "Definition", "Causes and associations", "Appearance on radiograph", "Differential diagnosis",
)  # fmt: skip
HISTORY, CLASSIFICATION = "History and terminology", "Classification"
SIDES = {
    Role.ASSOCIATED: frozenset({CAUSES, DIFFERENTIAL, HISTORY, CLASSIFICATION}),
    Role.COMPARED: frozenset({DIFFERENTIAL}),
}
DEFINES = re.compile(
    r"\s*(?:\([^)]*\))?\s*,?\s*(?:\w+ ){0,2}(?:refers? to|consists? of|denotes?|represents? an?|(?:is|are) characteri[sz]ed (?:\w+ )?by"
    r"|is defined|is (?:an? |the )(?:[\w()-]+ ){0,5}(?:disease|disorder|syndrome|condition|entity|term|form|type|deposition|infection|tumou?r"
    r"|presence)\b|are (?:[\w()-]+ ){0,3}(?:calcifications|diseases|disorders|conditions)\b)",
    re.IGNORECASE,
)
NAMES = re.compile(
    r"(?:known as|called|termed|referred to as(?: having)?|considered to have)\s+(?:the |an? )?[\"“]?$", re.IGNORECASE
)
CASE_HEADING = re.compile(r"\b(?:abstract|case)\b", re.IGNORECASE)
IT = re.compile(r"(?:it|its|this (?:disease|condition|syndrome|disorder))\b", re.IGNORECASE)


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
    case: bool = False  # tells of the one patient of a case report

    @property
    def value(self) -> float:
        return min(self.points[self.section], 8) + self.worth

    @property
    def start(self) -> int:
        return self.spans[-1][0]

    @property
    def order(self) -> tuple[float, int, int]:
        return (-round(self.value, 3), self.unit.row, self.unit.start)


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"[^\W_]+", fold(text))
    return frozenset(tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))


# --------------------------------------------------------------------------------------------------------------------
# Topics
# --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Topic:
    """What is to be summarised: an entity of the vocabulary, or else a finding by its names."""

    title: str
    entity: str | None
    names: tuple[
        tuple[frozenset[str], ...], ...
    ]  # each a run of words, each word by its stem and those of its other spellings
    words: frozenset[str] = frozenset()  # names of one word, of which only that word counts and not its stem


def summarise(
    topic: str, *, articles: Mapping[str, Article], statements: Sequence[Statement],
    passages: Mapping[str, Sequence[Passage]], vocabulary: Vocabulary,
) -> Summary:  # fmt: skip
    """The summary of a topic; UnknownName where neither vocabulary nor corpus knows it, EmptyQuestion where it holds no word.

    `passages` gives those of each source. For several topics hold a `Summariser`, which keeps what it has worked out.
    """
    return Summariser(articles=articles, statements=statements, passages=passages, vocabulary=vocabulary).summarise(
        topic
    )


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
        self._topics: dict[str, _Topic] = {}
        self._kept: dict[str, tuple[frozenset[tuple[str, ...]], frozenset[str]]] = {}
        self.headings = [section.heading for section in self.words.sections]
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

        def known(word: str) -> bool:
            return all(stem in self.reader.postings for stem in terms(word))

        rewritten = self.vocabulary.rewrite(asked, known=known, words=self._plain_words)
        found = [(m, text) for text in dict.fromkeys((asked, rewritten)) for m in self.vocabulary.mentions(text)]
        if found:
            mention, text = max(found, key=lambda f: (len(terms(f[0].text)), f[0].end - f[0].start, -f[0].start))
            more = terms(text[: mention.start] + text[mention.end :])
            return self._entity_topic(self._narrowed(mention.entity_id, text) if more else mention.entity_id)
        finding = self._finding(asked, rewritten)
        expanded = self.vocabulary.expansions(rewritten, known=lambda _: True)
        listed = any(e.relation is not Relation.SPELLING for e in expanded)
        return finding if listed or any(self._candidates(finding)) else None

    def _finding(self, *texts: str) -> _Topic:
        """A finding by all its names."""
        names = dict.fromkeys(n for text in texts for n in sorted({text, *self.vocabulary.equivalents(text)}))
        single = {fold(v) for name in names if len(name.split()) == 1 for v in self._spellings(name)}
        spelled = dict.fromkeys(self._spelled(name) for name in names)
        return _Topic(texts[0][:1].upper() + texts[0][1:], None, tuple(n for n in spelled if n), frozenset(single))

    def _spellings(self, word: str) -> list[str]:
        """A word with what counts as the same word, and the Latin plurals of all."""
        same = {word, *(v for v in self.vocabulary.equivalents(word) if " " not in v)}
        return sorted(
            same | {w.removesuffix(one) + more for w in same for one, more in LATIN_PLURALS if w.endswith(one)}
        )

    def _spelled(self, name: str) -> tuple[frozenset[str], ...]:
        """A name word by word, each by the stems of its spellings; words of grammar left out."""
        words = [w for w in re.split(r"[\s/-]+", name) if terms(w)]
        return tuple(frozenset(t[0] for v in self._spellings(w) if len(t := terms(v)) == 1) for w in words)

    @cached_property
    def _plain_words(self) -> frozenset[str]:
        """The words of the corpus, against which a misspelt topic is put right."""
        return frozenset(w for a in self.articles.values() for w in re.findall(r"[^\W\d_]{4,}", fold(a.text)))

    def _narrowed(self, entity_id: str, text: str) -> str:
        """The narrower entity that a topic means with its other words: of "renal arterial calcification" that in renal failure."""
        asked = set(terms(text))
        for child in self.vocabulary.children(entity_id):
            if any(asked <= set(terms(name)) for name in child.names):
                return child.id
        return entity_id

    def _entity_topic(self, entity_id: str) -> _Topic:
        if entity_id not in self._topics:
            entity = self.vocabulary.entity(entity_id)
            assert entity is not None
            headed = (phrase for phrase, named in self.words.headings.names.items() if named == entity_id)
            names = dict.fromkeys(self._spelled(name) for name in (*entity.names, *headed))
            self._topics[entity_id] = _Topic(
                entity.name[:1].upper() + entity.name[1:], entity_id, tuple(n for n in names if n)
            )
        return self._topics[entity_id]

    def _nearest(self, asked: str) -> list[str]:
        names = {fold(n): e.name for e in self.vocabulary.entities for n in e.names} | {k: k for k in self.articles}
        near = difflib.get_close_matches(fold(asked), sorted(names), n=NEAREST, cutoff=ALIKE)
        return list(dict.fromkeys(names[n] for n in near)) or ["no name that is like it"]

    # ---- what is about it --------------------------------------------------------------------------------------------

    def _candidates(self, topic: _Topic) -> Iterator[tuple[Unit, Role]]:
        """The units that speak of a topic, each with the topic's role in it."""
        for unit in self.reader.units(topic.names):
            role = self._role(unit, topic)
            if role is not None and self._admits(unit, role, topic):
                yield unit, role

    def _role(self, unit: Unit, topic: _Topic) -> Role | None:
        if topic.entity is None:
            stems, words = (
                self.reader.stems(unit.text),
                {w.rstrip("s") for w in re.findall(r"[^\W_]+(?:-[^\W_]+)*", fold(unit.text))},
            )
            side_by_side = any(_side_by_side(stems, name) for name in topic.names if len(name) > 1)
            return Role.SUBJECT if side_by_side or any(w.rstrip("s") in words for w in topic.words) else None
        role = unit.role(topic.entity)
        return role or self._names_form(unit, topic.entity)

    def _names_form(self, unit: Unit, entity_id: str) -> Role | None:
        """The role of an entity whose name is not printed whole: "tumoral calcinosis is familial" tells of the familial form, "calcification
        in the intima" of intimal calcification, "classified as dystrophic or metastatic" of either."""
        entity = self.vocabulary.entity(entity_id)
        assert entity is not None
        parents = [p for p in entity.parents if unit.role(p) in (Role.SUBJECT, Role.GOVERNED) or p in unit.above]
        named = self.reader.stems(entity.name)
        of_calcium = len(named) == 2 and named[1].startswith("calcif")
        if not parents and not of_calcium:
            return None
        stems = self.reader.stems(self.reader.without_others(unit.text, entity_id))
        for parent in filter(None, map(self.vocabulary.entity, parents)):
            base = frozenset(self.reader.stems(parent.name))
            for name in {frozenset(self.reader.stems(n)) for n in entity.names}:
                more = tuple(sorted(name - base))
                whole = [frozenset({stem}) for stem in (*more, *sorted(base))]
                if base < name and (_side_by_side(stems, whole, loosely=True) or _modifies(stems, more)):
                    return Role.SUBJECT
        if of_calcium:
            if _side_by_side(stems, [frozenset({stem}) for stem in named], loosely=True, slack=1):
                return Role.SUBJECT
            classes = self.words.sections[self.headings.index(CLASSIFICATION)].points(unit.text) >= ENOUGH
            if classes and named[0] in stems and any(stem.startswith("calcif") for stem in stems):
                return Role.ASSOCIATED
        return None

    def _admits(self, unit: Unit, role: Role, topic: _Topic) -> bool:
        """False for fragments, for sentences about the text itself, and where the reader could not know what is spoken of."""
        if not unit.whole or self.words.meta.match(unit.text):
            return False
        article = self.articles[unit.statement.source]
        classes = self.words.sections[self.headings.index(CLASSIFICATION)].points(unit.text) >= ENOUGH
        own = role is Role.SUBJECT or (role is Role.ASSOCIATED and (topic.entity in unit.main or classes))
        if article.kind is SourceKind.WEB_AGGREGATION and not own:
            return False
        lost = self._lost(unit, topic)
        return not lost or bool(self._context(unit, article)) or topic.entity in unit.main | unit.governed

    def _lost(self, unit: Unit, topic: _Topic) -> frozenset[str]:
        """The diseases that a reader must be told of to understand a unit: neither named in it nor the topic or a form of it."""
        if topic.entity is None:
            return unit.hangs_on
        entity = self.vocabulary.entity(topic.entity)
        parents = entity.parents if entity else ()
        if topic.entity in unit.governed or (
            topic.entity in unit.above and topic.entity not in self.words.manifestations
        ):
            return frozenset()
        return unit.hangs_on - {topic.entity, *parents}

    def _context(self, unit: Unit, article: Article) -> tuple[tuple[int, int], ...]:
        """The span of the heading that says what a unit is about; none where the sentence before it, which is printed too, says it."""
        before = unit.before
        if (
            unit.lead is not None
            and before is not None
            and before.start >= unit.lead[0]
            and unit.hangs_on & before.roles.keys()
        ):
            return ((unit.lead[0], unit.lead[1]),)
        if unit.statement.kind is StatementKind.CAPTION:
            while before is not None and before.before is not None:
                before = before.before
            return ((before.start, before.end),) if before is not None else ()
        return self._heading_span(unit.statement, article)

    # ---- composing ---------------------------------------------------------------------------------------------------

    def _of_topic(self, asked: str, topic: _Topic) -> Summary:
        found = list(self._candidates(topic)) or list(self._unfinished(topic))
        made = [self._line(unit, role, topic) for unit, role in found]
        lines = self._distinct([line for line in made if max(line.points) or not line.case])
        told = {n for line in lines for n, p in enumerate(line.points) if p >= ENOUGH} | {
            line.section for line in lines
        }
        lines = _limited(self._filled(_joined(lines)), len(self.headings))
        groups = [(heading, [line for line in lines if line.section == n]) for n, heading in enumerate(self.headings)]
        for _, group in groups:
            group.sort(key=lambda line: line.order)
        if topic.entity is not None:
            groups += self._forms(topic.entity, lines)
        silent = tuple(heading for n, heading in enumerate(self.headings) if n not in told)
        return self._printed(asked, topic.title, groups, silent, "" if lines else self._note(topic))

    def _unfinished(self, topic: _Topic) -> Iterator[tuple[Unit, Role]]:
        """Where nothing else speaks of a topic: sentences of a scraped page that lack no more than their full stop."""
        for unit in self.reader.units(topic.names):
            if self._role(unit, topic) is Role.SUBJECT and not unit.whole and UNFINISHED.fullmatch(unit.text):
                if not unit.pronoun and not self.words.meta.match(unit.text) and not DANGLING.search(unit.text):
                    yield unit, Role.SUBJECT

    def _line(self, unit: Unit, role: Role, topic: _Topic) -> _Line:
        """A unit as a line in its best section."""
        above = unit.statement.heading.split(" › ")[-1]
        text, aside = (unit.text, False) if topic.entity is None else self.reader.scope(unit, topic.entity)
        headed = topic.entity is None or topic.entity in unit.above | unit.governed or not unit.above
        points = [section.points(text, above if headed else "") for section in self.words.sections]
        side = SIDES.get(Role.ASSOCIATED if aside and role is Role.SUBJECT else role)
        if side is not None:
            points = [p if h in side else 0 for p, h in zip(points, self.headings, strict=True)]
            points[self.headings.index(DIFFERENTIAL if role is Role.COMPARED else CAUSES)] += 1
        else:
            points[self.headings.index(DEFINITION)] += self._defining(unit, text, topic)
        if unit.statement.kind is StatementKind.ROW or self._is_name(unit, topic):
            points = [6 if h == CLASSIFICATION else 0 for h in self.headings]
        if not any(points) and not self._is_case(unit):
            points[self.headings.index(RADIOGRAPH if unit.statement.kind is StatementKind.CAPTION else CAUSES)] = 1
        section = max(range(len(points)), key=lambda n: (points[n], self.headings[n] != RADIOGRAPH, -n))
        spans, shown, lead = self._spans(unit, topic)
        worth = self._worth(unit, role, shown, topic) - (1.0 if aside else 0.0)
        return _Line(unit, role, points, worth, section, spans, shown, lead, self._is_case(unit))

    def _defining(self, unit: Unit, text: str, topic: _Topic) -> int:
        """Points for a text that begins "X is a disease", that ends "is called X", or that stands first under the heading "Definition"."""
        named = [n for n in self.reader.named(text) if n.entity == topic.entity]
        last = unit.statement.heading.split(" › ")[-1]
        if named and named[-1].start < 40 and DEFINES.match(text, named[-1].end):
            return 8
        if named and named[0].start < 40 and DEFINES.match(text, named[0].end):
            return 8
        if named and NAMES.search(text[: named[-1].start]):
            return 8
        return 6 if last.lower() == "definition" and unit.before is None and topic.entity in unit.above else 0

    def _is_case(self, unit: Unit) -> bool:
        """True for what is told of the patient of a case report."""
        article, statement = self.articles[unit.statement.source], unit.statement
        told = statement.kind is StatementKind.CAPTION or bool(CASE_HEADING.search(statement.heading))
        return article.kind is SourceKind.CASE_REPORT and told and not unit.main

    def _is_name(self, unit: Unit, topic: _Topic) -> bool:
        """True for a list item that is nothing but the name of the topic."""
        if unit.statement.kind is not StatementKind.ITEM or ":" in unit.text:
            return False
        rest = unit.text
        for one in reversed(self.reader.named(unit.text)):
            rest = rest[: one.start] + rest[one.end :] if one.entity == topic.entity else rest
        return not re.search(r"\w", rest)

    def _worth(self, unit: Unit, role: Role, text: str, topic: _Topic) -> float:
        """How a line stands among others that tell as much."""
        worth = ROLE_WORTH[role] + SOURCE_WORTH[self.articles[unit.statement.source].kind]
        if unit.statement.kind is StatementKind.CAPTION:
            worth -= 0.7
        if self._is_case(unit):
            worth -= 0.8
        if self._lost(unit, topic):
            worth -= 1.0
        if topic.entity in self.words.manifestations and unit.main - self.words.manifestations:
            worth -= 1.5  # of what many diseases share, the general comes before the single disease
        return worth - (0.5 if len(text) > LONG else 0.0)

    # ---- what is printed ---------------------------------------------------------------------------------------------

    def _spans(self, unit: Unit, topic: _Topic) -> tuple[tuple[tuple[int, int], ...], str, bool]:
        """The spans that a line quotes, its text, and whether it has the sentence before with it."""
        article, statement = self.articles[unit.statement.source], unit.statement
        if statement.kind is StatementKind.ROW:
            return (*_row_spans(unit, article), False)
        own = (unit.start, unit.end)
        lead = unit.lead is not None and unit.pronoun and not self._stands_alone(unit, topic)
        if lead and unit.lead is not None:
            own = (unit.lead[0], unit.end)
        above: tuple[tuple[int, int], ...] = ()
        if self._is_name(unit, topic) or self._is_short(unit):
            above = self._heading_span(statement, article, innermost=True)
        elif self._is_case(unit) and statement.kind is not StatementKind.CAPTION:
            above = self._heading_span(statement, article, innermost=True)
        elif self._lost(unit, topic):
            above = self._context(unit, article)
            above = () if lead and above and above[0][1] == unit.start else above
        elif unit.pronoun and not lead and topic.entity not in unit.governed and not unit.text[0].islower():
            above = self._heading_span(statement, article)
        spans = (*above, own)
        return spans, " › ".join(_flat(article.text[a:b]) for a, b in spans), lead

    def _stands_alone(self, unit: Unit, topic: _Topic) -> bool:
        """True for "It …" after a sentence on the topic: under the topic's name a reader knows what "it" is."""
        before = unit.before
        if not IT.match(unit.text) or unit.text[0].islower() or before is None or self._is_case(unit):
            return False
        return topic.entity in before.main | before.governed

    def _heading_span(
        self, statement: Statement, article: Article, *, innermost: bool = False
    ) -> tuple[tuple[int, int], ...]:  # fmt: skip
        """The span of the innermost heading above a statement, or of the innermost that names a subject."""
        path = [c for c in statement.heading.split(" › ") if c]
        words = self.words.headings
        while not innermost and path and (words.facets.fullmatch(path[-1]) or words.parts.fullmatch(path[-1])):
            path.pop()
        if not path:
            return ()
        found = [m.start() for m in re.finditer(re.escape(path[-1]), article.text[: statement.start])]
        return ((found[-1], found[-1] + len(path[-1])),) if found else ()

    def _printed(
        self, asked: str, title: str, groups: Iterable[tuple[str, Sequence[_Line]]], silent: tuple[str, ...], note: str
    ) -> Summary:  # fmt: skip
        """The lines with their evidence, numbered in reading order."""
        evidence: list[Evidence] = []
        sections = []
        for heading, lines in groups:
            sentences = []
            for line in lines:
                article = self.articles[line.unit.statement.source]
                first = len(evidence) + 1
                for span in line.spans:
                    passage = self._passage(article, span)
                    number = len(evidence) + 1
                    evidence.append(
                        evidence_of(line.unit.statement, passage, article=article, number=number, span=span)
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

    def _distinct(self, lines: list[_Line]) -> list[_Line]:
        """The lines without those that repeat another: the source of more weight is kept, and prose before a caption."""

        def weight(line: _Line) -> tuple[float, bool, int, int]:
            statement = line.unit.statement
            caption = statement.kind is StatementKind.CAPTION
            return -SOURCE_WORTH[self.articles[statement.source].kind], caption, line.unit.row, line.unit.start

        kept: list[_Line] = []
        for line in sorted(lines, key=weight):
            row = line.unit.statement.kind is StatementKind.ROW
            if row or not any(self._repeats(line.unit.text, k.unit.text) for k in kept):
                kept.append(line)
        return sorted(kept, key=lambda n: (n.unit.row, n.unit.start))

    def _repeats(self, text: str, other: str) -> bool:
        """True where one of two lines says in the same or nearly the same words what the other says."""
        (a, c), (b, d) = self._sketch(text), self._sketch(other)
        if min(len(a), len(b)) > 2 and len(a & b) >= SAME_SHINGLES * min(len(a), len(b)):
            return True
        return min(len(c), len(d)) > 3 and len(c & d) >= SAME_STEMS * min(len(c), len(d))

    def _sketch(self, text: str) -> tuple[frozenset[tuple[str, ...]], frozenset[str]]:
        """The shingles of a text and, the names of diseases apart, those of its stems that few statements share."""
        if text not in self._kept:
            most = max(3.0, RARE * len(self.reader.runs))
            rest = text
            for one in reversed(self.reader.named(text)):
                rest = rest[: one.start] + " " + rest[one.end :]
            rare = frozenset(stem for stem in terms(rest) if len(self.reader.postings.get(stem, ())) <= most)
            self._kept[text] = (_shingles(text), rare)
        return self._kept[text]

    def _filled(self, lines: list[_Line]) -> list[_Line]:
        """An empty section gets a line from a fuller one where that line tells it nearly as well."""
        for section in range(len(self.headings)):
            if any(line.section == section for line in lines):
                continue
            best_of = {
                n: min((ln for ln in lines if ln.section == n), key=lambda o: o.order)
                for n in {ln.section for ln in lines}
            }
            movable = [
                line
                for line in lines
                if line.points[section] >= max(ENOUGH, NEARLY * line.points[line.section])
                and line is not best_of[line.section]
                and not self.words.sections[line.section].decides(line.unit.text)
            ]
            if movable:
                best = max(movable, key=lambda n: (n.points[section] - n.points[n.section], n.worth, -n.unit.row))
                best.section = section
        return lines

    def _forms(self, entity_id: str, lines: Sequence[_Line]) -> list[tuple[str, list[_Line]]]:
        """Sections on the forms of an entity that bear its name ("juvenile dermatomyositis"), in the order of their text."""
        entity = self.vocabulary.entity(entity_id)
        assert entity is not None
        taken = {(line.unit.row, line.unit.start) for line in lines}
        room = LINES - len(lines)
        groups = []
        for child in self.vocabulary.children(entity_id):
            if child.id in entity.confusable or entity.name not in child.name or child.id in self.words.manifestations:
                continue
            topic = self._entity_topic(child.id)
            own = [(u, r) for u, r in self._candidates(topic) if r in (Role.SUBJECT, Role.GOVERNED)]
            fresh = [
                self._line(u, r, topic)
                for u, r in own
                if (u.row, u.start) not in taken and u.statement.kind is not StatementKind.ROW
            ]
            chosen = sorted(_joined(self._distinct(fresh)), key=lambda n: n.order)[: min(LINES_PER_FORM, max(0, room))]
            room -= len(chosen)
            taken |= {(line.unit.row, line.unit.start) for line in chosen}
            if chosen:
                groups.append((f"Form: {child.name}", sorted(chosen, key=lambda n: (n.unit.row, n.unit.start))))
        return groups

    def _note(self, topic: _Topic) -> str:
        """Why there are no lines."""
        if any(self._role(unit, topic) for unit in self.reader.units(topic.names)):
            return "The corpus names it only in fragments and lists that say nothing of it."
        return "No source names it."

    # ---- sources -----------------------------------------------------------------------------------------------------

    def _of_source(self, asked: str, article: Article) -> Summary:
        """What a source is, as printed, and the main statements of each of its sections."""
        groups = [("The source", self._record_lines(article))]
        runs: dict[str, list[Unit]] = {}
        for unit in self.reader.of_source(article.key):
            if (
                unit.whole
                and unit.statement.kind in (StatementKind.SENTENCE, StatementKind.ITEM)
                and not self.words.meta.match(unit.text)
            ):
                runs.setdefault(unit.statement.heading.split(" › ")[0], []).append(unit)
        tables = self._table_lines(article)
        room = LINES - len(groups[0][1]) - len(tables)
        each = min(LINES_PER_SECTION, max(1, room // max(1, len(runs))))
        if len(runs) == 1:
            each = min(room, 2 * LINES_PER_SECTION)
        for heading, units in list(runs.items())[:room]:
            lines = [self._source_line(unit) for unit in self._main_units(units, each)]
            groups.append((heading or "Opening", lines))
        groups += [("Tables", tables)]
        return self._printed(asked, article.record.title, groups, (), f"As recorded: {citation(article.record)}")

    def _record_lines(self, article: Article) -> list[_Line]:
        """The title and what the title page prints of authors and place."""
        names = [rf"\b{re.escape(a.rsplit(' ', 1)[0])}\b" for a in article.record.authors[:2]]
        wanted = re.compile("|".join([*names, r"^presented at"]), re.IGNORECASE)
        blocks = [
            (b, article.text[b.start : b.end]) for b in article.blocks if b.kind in (BlockKind.TITLE, BlockKind.FRONT)
        ]
        front = [(b, t) for b, t in blocks if b.kind is BlockKind.FRONT and len(t) < LONG and not ADDRESS.search(t)]
        cited = [f for f in front if CITED_AS.search(f[1])][:1]
        found = [f for f in blocks if f[0].kind is BlockKind.TITLE] + (
            cited or [f for f in front if wanted.search(f[1])]
        )
        lines = []
        for block, text in found[:RECORD_LINES]:
            statement = Statement(
                article.key, StatementKind.FRONT, text, block.start, block.end, block.start, "Title page"
            )
            lines.append(self._source_line(Unit(-1, statement, block.start, block.end, text, {}, frozenset())))
        return lines

    def _table_lines(self, article: Article) -> list[_Line]:
        """Each table by its title and its first-level rows."""
        lines = []
        for title in (b for b in article.blocks if b.kind is BlockKind.TABLE_TITLE):
            rows = [
                b for b in article.blocks if b.group == title.group and b.kind is BlockKind.TABLE_ROW and not b.path
            ]
            if not rows:
                continue
            text = article.text[title.start : title.end]
            statement = Statement(
                article.key, StatementKind.ROW, text, title.start, title.end, title.start, text, title.label
            )
            spans = ((title.start, title.end), *((b.start, b.end) for b in rows))
            shown = f"{_flat(text)} › {'; '.join(_flat(article.text[b.start : b.end]) for b in rows)}"
            unit = Unit(-1, statement, title.start, title.end, text, {}, frozenset())
            lines.append(_Line(unit, Role.SUBJECT, [1], 0.0, 0, spans, shown))
        return lines

    def _source_line(self, unit: Unit) -> _Line:
        article = self.articles[unit.statement.source]
        own = (unit.lead[0] if unit.lead is not None and unit.pronoun else unit.start, unit.end)
        above = self._heading_span(unit.statement, article, innermost=True) if self._is_short(unit) else ()
        spans = (*above, own)
        return _Line(unit, Role.SUBJECT, [1], 0.0, 0, spans, " › ".join(_flat(article.text[a:b]) for a, b in spans))

    def _is_short(self, unit: Unit) -> bool:
        """True for "Increased activity" under "Scintigraphy": it says something only with its heading."""
        last = unit.statement.heading.split(" › ")[-1]
        return len(unit.text.split()) < SHORT and bool(self.words.headings.facets.fullmatch(last))

    def _main_units(self, units: Sequence[Unit], most: int) -> list[Unit]:
        """The main statements of a section, in its order: one of each part of it before a second of any."""
        definition = self.words.sections[self.headings.index(DEFINITION)]
        ranked: dict[str, list[tuple[int, int, Unit]]] = {}
        for unit in units:
            if len(unit.text.split()) < SHORT and (not unit.above or unit.statement.kind is StatementKind.ITEM):
                continue
            points = min(6, definition.points(unit.text)) + (2 if unit.main else 0) + (2 if unit.before is None else 0)
            points += 3 if any(section.decides(unit.text) for section in self.words.sections) else 0
            points -= 4 if unit.pronoun and unit.lead is None else 0
            ranked.setdefault(unit.statement.heading, []).append((-points, unit.start, unit))
        chosen: list[Unit] = []
        queues = [sorted(found, key=lambda f: f[:2]) for found in ranked.values()]
        while len(chosen) < most and any(queues):
            for queue in sorted((q for q in queues if q), key=lambda q: q[0][:2])[: most - len(chosen)]:
                unit = queue.pop(0)[2]
                if not any(self._repeats(unit.text, other.text) or _overlap(unit, other) for other in chosen):
                    chosen.append(unit)
        return sorted(chosen, key=lambda u: u.start)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _overlap(one: Unit, other: Unit) -> bool:
    """True where two units print the same words, one as the sentence before the other."""
    a = one.lead[0] if one.lead is not None and one.pronoun else one.start
    b = other.lead[0] if other.lead is not None and other.pronoun else other.start
    return a < other.end and b < one.end


def _row_spans(unit: Unit, article: Article) -> tuple[tuple[tuple[int, int], ...], str]:
    """The title of the table, the rows above, the row, and those right under it, which are quoted as one."""
    group = _group(article, unit.start)
    row = next(b for b in group if b.start <= unit.start < b.end)
    under = [b for b in group if b.path == (*row.path, (row.start, row.end))]
    spans = [*((b.start, b.end) for b in group if b.kind is BlockKind.TABLE_TITLE), *row.path, (row.start, row.end)]
    shown = [_flat(article.text[a:b]) for a, b in spans]
    if under:
        spans.append((under[0].start, under[-1].end))
        shown.append("; ".join(_flat(article.text[b.start : b.end]) for b in under))
    return tuple(spans), " › ".join(shown)


def _joined(lines: list[_Line]) -> list[_Line]:
    """A line that is printed with the sentence before takes the place of that sentence's own line."""
    gone: set[int] = set()
    for line in lines:
        for other in lines if line.lead else ():
            same = other.unit.statement.source == line.unit.statement.source
            if other is line or id(other) in gone or not same or not line.start <= other.unit.start < line.unit.start:
                continue
            gone.add(id(other))
            alone = not any(o.section == other.section and id(o) not in gone for o in lines)
            if alone or other.points[other.section] > line.points[line.section]:
                line.section = other.section
            line.points = [max(a, b) for a, b in zip(line.points, other.points, strict=True)]
            line.worth = max(line.worth, other.worth)
    return [line for line in lines if id(line) not in gone]


def _modifies(stems: Sequence[str], more: Sequence[str]) -> bool:
    """True for "the familial form", and where the words begin a label ("Diabetes: …")."""
    kinds = {"form", "type", "varieti", "variant", "subtyp"}
    ahead = len(more) == 1 and any(a == more[0] and b in kinds for a, b in pairwise(stems))
    return ahead or (bool(more) and set(more) <= set(stems[: len(more) + 1]))


def _group(article: Article, position: int) -> list[Block]:
    at = next(b for b in article.blocks if b.kind is BlockKind.TABLE_ROW and b.start <= position < b.end)
    return [b for b in article.blocks if b.group == at.group and b.kind in (BlockKind.TABLE_ROW, BlockKind.TABLE_TITLE)]


def _side_by_side(
    stems: Sequence[str], name: Sequence[frozenset[str]], *, loosely: bool = False, slack: int = 2
) -> bool:  # fmt: skip
    """True where all words of a name stand near each other, at most `slack` others among them; loosely: an ending apart."""
    width = len(name) + slack

    def same(stem: str, wanted: str) -> bool:
        short, long = sorted((stem, wanted), key=len)
        return loosely and len(short) > 4 and len(long) - len(short) < 2 and long.startswith(short)

    where = [
        [at for at, stem in enumerate(stems) if stem in spellings or any(same(stem, w) for w in spellings)]
        for spellings in name
    ]
    return (
        bool(name)
        and all(where)
        and any(
            all(any(first <= at < first + width for at in places) for places in where)
            for first in chain.from_iterable(where)
        )
    )


def _limited(lines: list[_Line], sections: int) -> list[_Line]:
    """At most so many lines a section and in all; the weakest go first, the last line of a section last."""
    kept: list[_Line] = []
    for n in range(sections):
        ranked = sorted((line for line in lines if line.section == n), key=lambda one: one.order)
        of_case = [line for line in ranked if line.case][CASE_LINES:]
        kept += [line for line in ranked if line not in of_case][:LINES_PER_SECTION]
    while len(kept) > LINES:
        many = [line for line in kept if sum(o.section == line.section for o in kept) > 1]
        kept.remove(max(many or kept, key=lambda one: one.order))
    return kept


def _independent(evidence: Sequence[Evidence], articles: Mapping[str, Article]) -> tuple[Evidence, ...]:
    """The evidence, each with the other sources that it neither copies nor is copied by."""
    sources = sorted({e.source for e in evidence})

    def apart(one: str, other: str) -> bool:
        return one != other and other not in articles[one].copies_from and one not in articles[other].copies_from

    return tuple(replace(e, independent_of=tuple(s for s in sources if apart(e.source, s))) for e in evidence)
