"""Statements → what each is about: the diseases and findings that it names, in which role, and those it does not name.

Made from the words of the statement, the heading it stands under, and the sentences before it in the same run of text. Pieces
that a scraped page glued together are taken apart here. Must never: give a statement a subject that its source does not.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from calcrag.literature.article import Article, SourceKind
from calcrag.literature.lexical import terms
from calcrag.literature.question import normal_label
from calcrag.literature.statements import LONGEST_QUOTE, Statement, StatementKind
from calcrag.literature.vocabulary import Vocabulary, fold

__all__ = ["HeadingWords", "Role", "SubjectReader", "Unit"]


class Role(StrEnum):
    """How an entity stands in a statement."""

    SUBJECT = "subject"  # the statement tells something of it
    GOVERNED = "governed"  # so it does, but the name stands in the heading or in a sentence before
    ASSOCIATED = "associated"  # named as a cause, a consequence, an example
    COMPARED = "compared"  # named to tell another thing from it


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, list item, caption or row: `article.text[start:end] == text`.

    `lead` is the span of what stands before it in the statement and is needed where it begins with a pronoun (`pronoun`). `roles` are
    the entities that it names, `main` those of them that it is chiefly about, `governed` those that it is about without naming
    them. `hangs_on` are the diseases of heading or context that a reader must know to understand it and that it does not name.
    `above` are the entities of its heading, `before` is the unit before it in the same run.
    """

    row: int
    statement: Statement
    start: int
    end: int
    text: str
    roles: Mapping[str, Role]
    main: frozenset[str]
    governed: frozenset[str] = frozenset()
    hangs_on: frozenset[str] = frozenset()
    lead: tuple[int, int] | None = None
    pronoun: bool = False
    above: frozenset[str] = frozenset()
    before: "Unit | None" = None
    whole: bool = True  # False for a fragment that breaks off

    def role(self, entity: str) -> Role | None:
        """The role of an entity here, or None."""
        return self.roles.get(entity) or (Role.GOVERNED if entity in self.governed else None)


@dataclass(frozen=True, slots=True)
class HeadingWords:
    """What headings say of their text: `facets` names a kind of fact ("MRI"), `parts` a part of a paper ("Discussion"), `unread` what
    no summary quotes ("Acknowledgment"), `names` the entity that a heading without a head noun stands for."""

    facets: re.Pattern[str]
    parts: re.Pattern[str]
    unread: re.Pattern[str]
    names: Mapping[str, str]


# --------------------------------------------------------------------------------------------------------------------
# Grammar
# --------------------------------------------------------------------------------------------------------------------

FINITE = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|may|can|could|might|must|should|will|would|do|does|did|occurs?|occurred|shows?"
    r"|showed|appears?|suggests?|represents?|includes?|consists?|refers?|results?(?! from)|causes?(?! of)|leads?|develops?|affects?"
    r"|involves?|follows|manifests?|predisposes?|raises?|demonstrates?|reveal(?:s|ed)?|becomes?|reach(?:es)?|resolves?|contains?"
    r"|remains?|tends?|accounts?|depends?|precedes?|denotes?|presents?|found|noted|reported|stated|simulates?)\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(
    r"[;▸]|\b(?:whereas|while|but|although)\b|,\s+and\s+(?=in\b)|,?\s+and\s+(?=[\w-]+ (?:is|are|may)\b)", re.IGNORECASE
)
LINK = re.compile(
    r"\b(?:associated with|caused by|due to|secondary to|following|resulting from|in response to|accompanied by|after|(?:occurs?|seen) with)"
    r"\s+(?:[\w-]+\s+){0,4}$",
    re.IGNORECASE,
)
GAP = r"(?:[\w-]+\s+){0,3}$"
COMPARED = re.compile(
    r"\b(?:than(?! (?:one|two|three|\d))(?: in| those| that| with| of| patients| the| cases)*|similar (?:\w+ ){0,4}to|(?:identical|related|unrelated|unlike|contrary) to|unlike"
    r"|(?:those|that) (?:seen |found )?in|simulat\w+|mimic\w*|resembl\w+|(?:distinguish|differentiat|tell|separat)\w* (?:\w+ ){0,3}from"
    r"|indistinguishable from|different from|differs? from|confused with|mistaken for|a synonym for|rather than|versus|vs\.?"
    r"|in contrast to|distinguishing \w+ from|incorrectly to refer to|not (?:due to|caused by))\s+" + GAP,
    re.IGNORECASE,
)
TOLD = re.compile(
    r"\b(?:suggest(?:s|ive)?(?: of)?(?: (?:a|the))?(?: diagnosis of)?|diagnosis of|typical of|characteristic of|pathognomonic (?:of|for)"
    r"|hallmark of|known as|called|termed|referred to as(?: having)?|considered to have|evidence of|caus(?:e|es) of)\s+[\"“]?"
    + GAP,
    re.IGNORECASE,
)
PATIENTS = re.compile(
    r"\b(?:patients?|individuals?|people|persons?|adults?|children|infants?|cases?|those|wom[ae]n|m[ae]n|female|male)\s+"
    r"(?:(?:who|that) have|with|having|affected by)\s+" + GAP,
    re.IGNORECASE,
)
WITHIN = re.compile(r"\b(?:in|among)\s+(?:the\s+|an?\s+)?(?:[\w-]+\s+){0,2}$", re.IGNORECASE)
OF = re.compile(r"\bof\s+(?:the\s+|an?\s+|more than one\s+)?(?:[\w-]+\s+){0,1}$", re.IGNORECASE)
NOT_OF = re.compile(
    r"\b(?:forms?|types?|kinds?|variet(?:y|ies)|history|possibility|absence|lack|signs?|mothers?|rule out)\s+of\s+[^.;,]*$",
    re.IGNORECASE,
)
LISTED = re.compile(
    r"\b(?:such as|including|include[sd]?|particularly|especially|primarily|namely|e\.\s?g\.,?)\s+(?P<list>[^.;()]*)$",
    re.IGNORECASE,
)
JOINED = re.compile(
    r"\s*(?:\([^)]*\)\s*)?(?:,|/|and|or|,\s*and|,\s*or)\s+(?:in\s+)?(?!particularly|especially|including|usually|such)(?:[\w-]+\s+){0,2}$"
    r"|\s*/\s*$",
    re.IGNORECASE,
)
APPOSED = re.compile(r"\s*(?:\([^)]*\))?\s*,\s+(?:an?|which|one of|the most)\b", re.IGNORECASE)
LABELLED = re.compile(r"[^:.;]{2,70}?\s?:\s")

PRONOUN = re.compile(
    r"(?:it|its|they|their|them|these|those|this|that|such|both|he|she|his|her|although (?:it|both)"
    r"|in (?:such|these|those|this|that|both)|(?:two|three|four|one|some|many|most|several) of (?:these|them|their|those)"
    r"|(?:two|three|four|five|six|several) patients|the latter|the former|when that is)\b",
    re.IGNORECASE,
)
SPELLED_OUT = re.compile(
    r"(?:these|this|such) [\w-]+ (?:[\w-]+ )*(?:calcifications?|ossification|masses|deposits|lesions|worms?)\b",
    re.IGNORECASE,
)
RELATIONAL = (
    r"involvement|onset|etiology|aetiology|diagnosis|prognosis|complications?|recurrence|ulceration|lesions|nodules|masses|patients"
    r"|symptoms|parasites?|worms?"
)
CARRIED = re.compile(
    r"(?:radiologically|histologically|clinically|initially|eventually|when present|however|therefore|thus|conversely|underlying|continued"
    rf"|following the onset|there is no|in addition to (?:its|their|these|this)|(?:\w+ )?(?:{RELATIONAL})\b(?! (?:of|in|resulting|associated)\b)"
    r"|the (?:most commonly affected|entire|whole|same|two|affected|involved|overlying|adjacent|female|male|dead|incidence"
    rf"|disease|condition|disorder|syndrome|process|entity|calcifications?|(?:calcium )?deposits|{RELATIONAL})\b)",
    re.IGNORECASE,
)
CARRIED_WITHIN = re.compile(
    r"\b(?:the (?:disease|condition|disorder|syndrome)|(?:these|this|such|both)(?: \w+)? (?:disease|condition|disorder|syndrome"
    r"|entit|patient|abnormalit)\w*|they may|they are)\b",
    re.IGNORECASE,
)
BOTH = re.compile(
    r"\bboth\b(?! \w+ing)|\b(?:the two|these) (?:syndromes|entities|disorders|diseases|forms)\b", re.IGNORECASE
)
POINTS_BACK = re.compile(
    r"\b(?:such|these|those|this) (?:\w+ )?(?:calcifications|diseases|conditions|disorders|syndromes|causes?|tumou?rs|new bone)\b",
    re.IGNORECASE,
)
LOST_WITHIN = re.compile(
    r"\b(?:this|these|those|such) (?:\w+ ){0,2}(?:findings?|conditions?|diseases?|lesions?|articles?|cases?|process(?:es)?|statement)\b"
    r"|\bincludes?:|^(?:in addition|additionally|again|over the following|once it)\b",
    re.IGNORECASE,
)

UNSPLIT_END = re.compile(r"(?<=\])[a-z]?(?:\s+and\s+[a-z])?\.\s+(?=[A-Z])|(?<=[a-z]{4}\.)\s+(?=[A-Z][a-z]{2})")
CREDIT = re.compile(
    r"\s*(?:(?:Reproduced|Reprinted|Adapted|Used) (?:by|with|from)\b|Courtesy of\b|Copyright\b|©|Source:)",
    re.IGNORECASE,
)
ENUMERATOR = re.compile(r"^(?:[A-Z]|[IVXLC]+|[a-z]|\d+)[.)]\s+")
IN_BRACKETS = re.compile(r"\s\((\w+)\)(?=\s)")
NUMBER = re.compile(r"\d+")
TITLE_WORDS = 9  # a first sentence of a caption below that is its title
NEAR = 5  # characters between two sentences that follow each other
CATEGORY_SHARED = 2  # content words that a sentence must share with the one before to go on with its subject


@dataclass(frozen=True, slots=True)
class _Named:
    """An entity at a place of a text."""

    entity: str
    start: int
    end: int


def _clause_start(text: str, position: int) -> int:
    """Where the clause that holds a position begins; what stands before a colon is the subject of all that follows it."""
    begin = 0
    for match in CLAUSE.finditer(text):
        if match.end() > position:
            break
        begin = match.end()
    return begin


def _bracket(text: str, position: int) -> int | None:
    """Where the bracket that holds a position opens, or None."""
    opened = text.rfind("(", 0, position)
    return opened if opened > text.rfind(")", 0, position) else None


def _roles(text: str, named: Sequence[_Named]) -> tuple[dict[str, Role], set[str], set[str]]:
    """The role of each entity; those that are chiefly meant; those that only stand in a list of examples.

    Of several mentions of one entity the strongest role counts.
    """
    rank = list(Role)
    roles: dict[str, Role] = {}
    main: set[str] = set()
    listed: set[str] = set()
    label = LABELLED.match(text)
    begins = {n.entity for n in named if label and n.end <= label.end()}
    last: tuple[_Named, Role, bool] | None = None
    for one in named:
        after_other = last is not None and last[0].start >= _clause_start(text, one.start)
        role, chief = _role(text, one, begins, after_other=after_other)
        told = APPOSED.match(text, one.end) and chief
        if (
            not told
            and last is not None
            and one.start > last[0].end
            and JOINED.fullmatch(text[last[0].end : one.start])
        ):
            role, chief = last[1], last[2]
        opened = _bracket(text, one.start)
        if opened is not None and last is not None and text[last[0].end : opened].strip() == "":
            role, chief = last[1], last[2]
        if one.entity not in roles or rank.index(role) < rank.index(roles[one.entity]):
            roles[one.entity] = role
        if chief:
            main.add(one.entity)
        if role is Role.ASSOCIATED and _is_listed(text[_clause_start(text, one.start) : one.start]):
            listed.add(one.entity)
        last = (one, role, chief)
    return roles, main, listed - main


def _role(text: str, one: _Named, begins: Collection[str], *, after_other: bool) -> tuple[Role, bool]:
    """The role of one mention by the words around it, and whether the statement is chiefly about it."""
    start = _clause_start(text, one.start)
    before = text[start : one.start]
    after = text[one.end :]
    if begins:
        if one.entity in begins or TOLD.search(before):
            return Role.SUBJECT, True
        return _weak(text, one), False
    opened = _bracket(text, one.start)
    if opened is not None and opened > 0 and FINITE.search(text, 0, opened):
        return _weak(text, one), False
    if re.match(r"-(?:like|induced|type)\b", after) or COMPARED.search(before):
        return Role.COMPARED, False
    if not FINITE.search(before):
        beside = _is_listed(before) or (after_other and LINK.search(before))
        return (Role.ASSOCIATED, False) if beside else (Role.SUBJECT, start == 0)
    if TOLD.search(before) or PATIENTS.search(before) or APPOSED.match(after):
        return Role.SUBJECT, True
    if _is_listed(before) or NOT_OF.search(before):
        return Role.ASSOCIATED, False
    if WITHIN.search(before) or OF.search(before):
        return Role.SUBJECT, True
    return Role.ASSOCIATED, False


def _is_listed(before: str) -> bool:
    """True where a mention with this before it stands in a list of examples."""
    match = LISTED.search(before)
    return match is not None and not FINITE.search(match["list"])


def _weak(text: str, one: _Named) -> Role:
    before = text[max(0, one.start - 90) : one.start]
    return Role.COMPARED if COMPARED.search(before) else Role.ASSOCIATED


# --------------------------------------------------------------------------------------------------------------------
# Pieces
# --------------------------------------------------------------------------------------------------------------------

GLUED = re.compile(r"(?P<before>\S+)\s+(?P<word>[A-Z][a-z]+(?:-[a-z]+)?)\b")
BROKEN_OFF = re.compile(r"\s*\((?:Fig|Figs|Table|e|i)?\.?$", re.IGNORECASE)
FIGURE_PART = re.compile(r"^(?:\d+[a-z]?\s+)?(?:\([a-z](?:\s*[,–-]\s*[a-z])*\)\s*)+")
ENDS = re.compile(r"[.!?][\"”’)\]]*$")
PLACEHOLDER_END = re.compile(r"\b(?:the|an?|of|in|on|with|and|or|to|for|by|include|have|which|can)$", re.IGNORECASE)
JOINING = frozenset("of in the and with by for to a an or from at on".split())
SHORTEST = 5  # words of a fragment that says something
CAPTION_WORDS = re.compile(r"\b(?:patient|\d+-year-old|radiograph|image|view|specimen)\b", re.IGNORECASE)


def _parts(text: str, usual: Mapping[str, int]) -> list[tuple[int, int, bool]]:
    """The pieces of a scraped run, and of each whether it is whole. A capital where no sentence begins, in a word that the page
    also prints small, shows where two snippets were glued together."""
    cuts = [0]
    for match in GLUED.finditer(text):
        before, word = match["before"], match["word"]
        if (usual[word.lower()] == 0 and not before.endswith((")", "%"))) or before.lower() in JOINING:
            continue
        if re.search(r"\((?:Fig|Figs|Table|e|i)\.$", before) or not before.endswith((":", ",", "“", "(", "-", "–")):
            cuts.append(match.start("word"))
    for match in re.finditer(r"(?<=[a-z])—(?=[A-Z])", text):
        cuts.append(match.end())
    cuts.append(len(text))
    pieces = []
    for begin, stop in zip(cuts, cuts[1:], strict=False):
        piece = text[begin:stop]
        referred = bool(re.search(r"\((?:Fig|Figs|Table)\.?\s*$", piece)) or piece.rstrip().endswith(")")
        stop = begin + len(BROKEN_OFF.sub("", piece.rstrip()))
        begin += len(match[0]) if (match := FIGURE_PART.match(text[begin:stop])) else 0
        piece = text[begin:stop]
        if piece:
            pieces.append((begin, stop, _is_whole(piece, referred and stop < len(text))))
    return pieces


def _is_whole(piece: str, referred: bool) -> bool:
    """True for a piece that begins and ends as a sentence does and says something."""
    balanced = all(piece.count(a) == piece.count(b) for a, b in ("()", "[]"))
    told = bool(FINITE.search(piece)) or bool(CAPTION_WORDS.search(piece)) or bool(re.match(r"[a-z][a-z -]+: ", piece))
    ended = bool(ENDS.search(piece)) or (referred and not PLACEHOLDER_END.search(piece))
    begun = piece[:1].isupper() or bool(re.match(r"[a-z][a-z -]{6,60}: \w", piece))
    return balanced and told and ended and begun and len(piece.split()) >= SHORTEST


# --------------------------------------------------------------------------------------------------------------------
# Reading
# --------------------------------------------------------------------------------------------------------------------

DESCRIBES = re.compile(
    r"(?:it is )?an? (?:[\w-]+ ){0,4}(?:disease|disorder|syndrome|condition|infection)\b", re.IGNORECASE
)
CASE_PART = re.compile(r"\b(?:abstract|case)\b", re.IGNORECASE)


@dataclass(slots=True)
class _Thread:
    """What a run of text is about as it goes on: the heading's entities `above` (with all that is broader than them), whether they are
    single diseases, the diseases of the title of a case report, and the subject of the last sentences."""

    above: frozenset[str]
    single: bool
    broader: frozenset[str]
    path: frozenset[str]  # the entities of all headings above
    groups: frozenset[str]  # entities that have narrower ones
    manifestations: frozenset[str]
    title: frozenset[str]
    loose: bool  # the heading names a kind of fact and no subject: what its first sentence names goes on to its end
    case: bool
    running: frozenset[str]
    earlier: frozenset[str] = frozenset()

    def governed(
        self,
        text: str,
        statement: Statement,
        main: Collection[str],
        previous: Unit | None,
        *,
        carried: bool,
        pronoun: bool,
    ) -> frozenset[str]:
        """The entities that a sentence is about without naming them, and what the next one goes on from."""
        diseases = frozenset(main) - self.manifestations
        item = statement.kind is StatementKind.ITEM
        governed: frozenset[str] = frozenset()
        if pronoun or (carried and not diseases):
            governed = self.running
            if BOTH.search(text):
                governed = self.running = (
                    self.above if self.single and len(self.above) > 1 else self.running | self.earlier
                )
        elif diseases:
            described = diseases <= self.broader or (diseases <= self.groups - self.above and DESCRIBES.match(text))
            if self.single and described:
                return self.above
            self.earlier, self.running = self.running, diseases
            return frozenset()
        elif self.case and not main:
            return self.title
        elif not item and (self.loose or self._goes_on(text, main, previous)):
            governed = self.running
        elif self.above and not (main and set(main) & self.broader and FINITE.search(text)):
            governed = self.running = self.above
        elif self.title and not main:
            return self.title
        if main and not self.single and not self.running - self.manifestations:
            self.running = frozenset(main)
        return governed

    def hangs_on(self, roles: Mapping[str, Role], main: Collection[str], governed: frozenset[str]) -> frozenset[str]:
        """The diseases without which a sentence cannot be understood and that it does not name."""
        context = governed if governed - self.manifestations else (self.above if self.single else frozenset())
        own = frozenset() if governed else frozenset(main) - self.manifestations
        return frozenset() if context & roles.keys() or own - context else context - self.manifestations

    def _goes_on(self, text: str, main: Collection[str], previous: Unit | None) -> bool:
        """True where a sentence goes on with the subject of the one before, by the words that it repeats."""
        if (
            previous is None
            or self.single
            or self.running == self.above
            or not self.running & (previous.main | previous.governed)
        ):
            return False
        if not previous.roles.keys().isdisjoint(main):
            return False
        return len(set(terms(text)) & set(terms(previous.text))) >= CATEGORY_SHARED


class SubjectReader:
    """Tells what the statements of a corpus are about. What is worked out for a run of text is kept.

    `manifestations` are ids of entities that many diseases share (vascular calcification, hypercalcaemia): named under the heading of
    a disease they do not take its place.
    """

    def __init__(
        self, articles: Mapping[str, Article], statements: Sequence[Statement], *, vocabulary: Vocabulary,
        headings: HeadingWords, manifestations: frozenset[str],
    ) -> None:  # fmt: skip
        self.articles = articles
        self.statements = tuple(statements)
        self.vocabulary = vocabulary
        self.headings = headings
        self.manifestations = manifestations
        self.runs = [tuple(run) for run in _runs(self.statements)]
        self._postings: dict[str, list[int]] | None = None
        self._units: dict[int, tuple[Unit, ...]] = {}
        self._named: dict[str, list[_Named]] = {}
        self._stemmed: dict[str, tuple[str, ...]] = {}
        self._usual: dict[str, Counter[str]] = {}
        self._under: dict[tuple[str, str], tuple[frozenset[str], bool]] = {}
        self._groups = frozenset(parent for e in vocabulary.entities for parent in e.parents)

    @property
    def postings(self) -> Mapping[str, Sequence[int]]:
        """For each stem the runs in which, or in whose heading, it stands."""
        if self._postings is None:
            self._postings = {}
            for number, run in enumerate(self.runs):
                for stem in self._stems(run):
                    self._postings.setdefault(stem, []).append(number)
        return self._postings

    @cached_property
    def _name_stems(self) -> frozenset[str]:
        """The stems of all names of the vocabulary."""
        return frozenset(stem for e in self.vocabulary.entities for name in e.names for stem in terms(name))

    def _stems(self, run: Sequence[int]) -> frozenset[str]:
        texts = dict.fromkeys(s.heading for r in run for s in [self.statements[r]])
        first, last = self.statements[run[0]], self.statements[run[-1]]
        article = self.articles[first.source]
        texts[article.text[first.start : max(first.end, last.end)]] = None
        if first.kind is StatementKind.CAPTION:
            texts |= dict.fromkeys(self.statements[r].text for r in run)
        if article.kind is SourceKind.CASE_REPORT:
            texts[article.record.title] = None
        stems: set[str] = set()
        for text in texts:
            found = terms(text)
            stems.update(found)
            # a source may print "pseudo pseudohypoparathyroidism" for what the vocabulary writes in one word
            stems.update(joined for a, b in pairwise(found) if len(a) > 4 and (joined := a + b) in self._name_stems)
        return frozenset(stems)

    def stems(self, text: str) -> Sequence[str]:
        """The stems of a text in its order."""
        if text not in self._stemmed:
            self._stemmed[text] = tuple(terms(text))
        return self._stemmed[text]

    def units(self, names: Iterable[Sequence[Set[str]]]) -> Iterator[Unit]:
        """The units of every run that holds all words of one of the names, in the order of the statements. A name is given word by word,
        each by the stems that count as it."""
        reached: set[int] = set()
        for name in names:
            places = [{run for stem in spellings for run in self.postings.get(stem, ())} for spellings in name]
            reached |= set[int].intersection(*places) if places else set()
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
            if self.headings.unread.search(first.heading) or first.kind is StatementKind.FRONT:
                self._units[number] = ()
            elif first.kind is StatementKind.CAPTION:
                self._units[number] = tuple(self._captions(rows))
            elif first.kind is StatementKind.ROW:
                self._units[number] = tuple(self._rows(rows))
            else:
                self._units[number] = tuple(self._prose(rows))
        return self._units[number]

    # ---- what stands in a text --------------------------------------------------------------------------------------

    def named(self, text: str) -> list[_Named]:
        """The entities that a text names; a word in brackets inside a name ("metastatic (metabolic) calcification") is no break."""
        if text in self._named:
            return self._named[text]
        found = [_Named(m.entity_id, m.start, m.end) for m in self.vocabulary.mentions(text)]
        for gap in IN_BRACKETS.finditer(text):
            without = text[: gap.start()] + text[gap.end() :]
            size = gap.end() - gap.start()
            for m in self.vocabulary.mentions(without):
                if m.start < gap.start() < m.end:
                    found.append(_Named(m.entity_id, m.start, m.end + size))
        for one in tuple(found):  # "gouty tophus" names gout too
            head = text[one.start : one.end].rpartition(" ")[0]
            if one.entity in self.manifestations and head:
                inside = [m for m in self.vocabulary.mentions(head) if m.entity_id != one.entity]
                found += [_Named(m.entity_id, one.start + m.start, one.start + m.end) for m in inside]
        self._named[text] = sorted(set(found), key=lambda n: (n.start, n.end))
        return self._named[text]

    def scope(self, unit: Unit, entity: str) -> tuple[str, bool]:
        """What of a unit is told of an entity, and whether the rest is told of another disease first.

        Of "in A calcium is raised, and in B phosphate is" the second half is told of B; of "A is commoner in women and suggests B"
        nothing is told of B but that A suggests it.
        """
        text, named = unit.text, self.named(unit.text)
        mine = next((n for n in named if n.entity == entity), None)
        if mine is None:
            return text, False
        label = LABELLED.match(text)
        if label and "▸" in text and mine.start >= label.end():
            begin = max(text.rfind("▸", 0, mine.start) + 1, label.end())
            stop = text.find("▸", mine.end)
            return f"{label[0]}{text[begin : stop if stop > 0 else len(text)].strip()}", False
        kin = self._ancestors([entity]) | self.manifestations | {entity}
        others = [n for n in named if n.start < mine.start and n.entity in unit.main and n.entity not in kin]
        start = _clause_start(text, mine.start)
        before = text[start : mine.start]
        if APPOSED.match(text, mine.end) and FINITE.search(before):
            return text[mine.start :], False
        first = mine
        while others and JOINED.fullmatch(text[others[-1].end : first.start]):
            first = others.pop()
        opened = _bracket(text, mine.start)
        if not others or (opened is not None and not text[others[-1].end : opened].strip()):
            return text, False
        if others[-1].start >= start:
            within = PATIENTS.search(before) or WITHIN.search(before) or (OF.search(before) and not TOLD.search(before))
            return text, not within
        stop = next((m.start() for m in CLAUSE.finditer(text) if m.start() > mine.end), len(text))
        return text[start:stop], False

    def without_others(self, text: str, entity: str) -> str:
        """A text without the names of entities that are neither this one nor broader than it."""
        kin = self._ancestors([entity]) | {entity}
        for one in reversed(self.named(text)):
            if one.entity not in kin:
                text = text[: one.start] + " … " + text[one.end :]
        return text

    def completed(self, words: str, above: Sequence[str]) -> str | None:
        """The entity that words without their head noun stand for under the headings above: "Venous" under "Vascular calcification"."""
        words = ENUMERATOR.sub("", words).strip(" :.")
        if fold(words) in self.headings.names:
            return self.headings.names[fold(words)]
        for heading in reversed(above):
            heading = ENUMERATOR.sub("", heading).strip(" :.")
            for tail in (heading, *reversed(re.findall(r"\w+(?:fication|cinosis)s?", heading, re.IGNORECASE))):
                for m in self.vocabulary.mentions(f"{words} {tail}"):
                    if m.start == 0 and m.end > len(words):
                        return m.entity_id
        return None

    def under(self, source: str, heading: str) -> tuple[frozenset[str], bool]:
        """The entities that a heading path is about, and whether they are diseases and no group of diseases.

        Only the innermost heading counts that is no kind of fact: of "Myositis ossificans › MRI" the first.
        """
        if (source, heading) not in self._under:
            path = [c for c in heading.split(" › ") if c]
            while path and (self.headings.facets.fullmatch(path[-1]) or self.headings.parts.fullmatch(path[-1])):
                path.pop()
            found: frozenset[str] = frozenset()
            if path:
                found = frozenset(n.entity for n in self.named(path[-1]))
                if not found:
                    title = self.articles[source].record.title
                    one = self.completed(path[-1], [title, *path[:-1]] if len(path) > 1 else [])
                    found = frozenset([one]) if one else found
            own = found - self.manifestations
            single = bool(own) and not any(self.vocabulary.children(e) for e in own)
            self._under[source, heading] = (found, single)
        return self._under[source, heading]

    def _title(self, article: Article) -> frozenset[str]:
        """The diseases of which a case report tells."""
        if article.kind is not SourceKind.CASE_REPORT:
            return frozenset()
        return frozenset(n.entity for n in self.named(article.record.title)) - self.manifestations

    # ---- prose and lists ---------------------------------------------------------------------------------------------

    def _prose(self, rows: Sequence[int]) -> Iterator[Unit]:
        """The units of sentences and items under one heading, each with the subject that it carries on."""
        first = self.statements[rows[0]]
        article = self.articles[first.source]
        scraped = article.kind is SourceKind.WEB_AGGREGATION
        thread = self._thread(first, article)
        previous: Unit | None = None
        for row in rows:
            statement = self.statements[row]
            for start, end, whole in self._pieces(statement, article):
                text = article.text[start:end]
                if self._is_stub(text, statement):
                    continue
                pronoun = bool(PRONOUN.match(text))
                carried = pronoun or bool(CARRIED.match(text) or CARRIED_WITHIN.search(text))
                roles, main = self._told(text, statement, thread, carried=carried, pronoun=pronoun)
                if scraped:
                    whole = whole and not pronoun and not LOST_WITHIN.search(text) and not self._has_torn_word(text)
                    governed, hangs = frozenset[str](), frozenset[str]()
                else:
                    governed = thread.governed(text, statement, main, previous, carried=carried, pronoun=pronoun)
                    hangs = thread.hangs_on(roles, main, governed)
                lead = None if scraped else _lead(text, start, end, previous, statement)
                previous = Unit(
                    row, statement, start, end, text, roles, frozenset(main), governed, hangs, lead, pronoun=_needs_lead(text),
                    above=thread.above, before=previous, whole=whole,
                )  # fmt: skip
                yield previous

    def _thread(self, first: Statement, article: Article) -> "_Thread":
        """What the first statement of a run is about before a word of it is read."""
        last = first.heading.split(" › ")[-1]
        above, single = self.under(first.source, first.heading)
        if article.kind is SourceKind.WEB_AGGREGATION:
            above, single = frozenset(), False
        title = self._title(article)
        facet = bool(self.headings.facets.fullmatch(last))
        case = bool(title) and bool(CASE_PART.search(last))
        path = frozenset(n.entity for heading in first.heading.split(" › ") for n in self.named(heading))
        return _Thread(
            above=above, single=single, broader=self._ancestors(above) - path, path=path, groups=self._groups,
            manifestations=self.manifestations, title=title, loose=facet and not above, case=case,
            running=above or (title if facet or case else frozenset()),
        )  # fmt: skip

    def _told(
        self, text: str, statement: Statement, thread: "_Thread", *, carried: bool, pronoun: bool
    ) -> tuple[dict[str, Role], set[str]]:  # fmt: skip
        """The entities named with their roles, and the chief ones. Where a sentence that carries nothing on has no disease for its subject,
        what it names beside ("calcification following burns") is its subject; of "it is seen in scleroderma" scleroderma is not."""
        named = self.named(text)
        if statement.kind is StatementKind.ITEM and (label := LABELLED.match(text)):
            title = self.articles[statement.source].record.title
            inside = any(n.end <= label.end() for n in named)
            one = None if inside else self.completed(text[: label.end()], [title, *statement.heading.split(" › ")])
            named = [_Named(one, 0, label.end() - 2), *named] if one else named
        roles, main, listed = _roles(text, named)
        if pronoun:
            told = {n.entity for n in named if TOLD.search(text[: n.start])}
            for entity in main - told - self.manifestations - thread.above:
                starts = [_clause_start(text, n.start) for n in named if n.entity == entity]
                if all(at == 0 or PRONOUN.match(text[at:].lstrip(" ,")) for at in starts):
                    roles[entity] = Role.ASSOCIATED
                    main = main - {entity}
        elif not (main - self.manifestations) and not carried:
            linked = {n.entity for n in named if LINK.search(text[: n.start])}
            for entity, role in list(roles.items()):
                if thread.single:
                    fits = (entity in linked and entity not in listed) or (entity in thread.path and not main)
                else:
                    fits = entity not in thread.above
                if role is Role.ASSOCIATED and entity not in self.manifestations and fits:
                    roles[entity] = Role.ASSOCIATED if entity in listed else Role.SUBJECT
                    main.add(entity)
        return roles, main

    def _ancestors(self, entities: Collection[str]) -> frozenset[str]:
        found: set[str] = set()
        todo = list(entities)
        while todo:
            entity = self.vocabulary.entity(todo.pop())
            fresh = [p for p in entity.parents if p not in found] if entity else []
            found.update(fresh)
            todo.extend(fresh)
        return frozenset(found)

    def _is_stub(self, text: str, statement: Statement) -> bool:
        """True for a heading that runs in the text, a reference to a figure, a number."""
        words = re.findall(r"[^\W\d_]{2,}", text)
        if (statement.kind is StatementKind.SENTENCE and len(words) < 2) or text.rstrip().endswith(":"):
            return True
        last = statement.heading.split(" › ")[-1]
        return bool(last) and fold(text).strip(" .:") == fold(last).strip(" .:")

    def _pieces(self, statement: Statement, article: Article) -> list[tuple[int, int, bool]]:
        """The spans of the sentences of a statement without what it leans on, and of each whether it is whole."""
        text, begin = article.text[statement.core_start : statement.end], statement.core_start
        if article.kind is SourceKind.WEB_AGGREGATION:
            if statement.subject_lost and not text.startswith("There are"):
                return [(begin, statement.end, False)]
            return [(begin + s, begin + e, whole) for s, e, whole in self._unglued(text, article)]
        cuts = [0, *(m.end() for m in UNSPLIT_END.finditer(text)), len(text)]
        spans = [(a, a + len(text[a:b].rstrip())) for a, b in zip(cuts, cuts[1:], strict=False)]
        return [(begin + a, begin + b, True) for a, b in spans if b > a]

    def _has_torn_word(self, text: str) -> bool:
        """True for "cau se" and "un-derlying": halves of a word that another source prints whole."""
        words = re.findall(r"[a-z]+", text)
        joined = list(zip(words, words[1:], strict=False))
        return any(
            a not in self.sound_words and a + b in self.sound_words and re.search(rf"\b{a}[ -]{b}\b", text)
            for a, b in joined
        )

    @cached_property
    def sound_words(self) -> frozenset[str]:
        """The words of the sources that are no scraped pages."""
        sound = [a for a in self.articles.values() if a.kind is not SourceKind.WEB_AGGREGATION]
        return frozenset(w for a in sound for w in re.findall(r"[a-z]+", a.text.lower()))

    def _unglued(self, text: str, article: Article) -> Iterator[tuple[int, int, bool]]:
        """The pieces of a scraped run; a heading with its text ("calcinosis cutis universalis: diffuse …") begins a piece."""
        if article.key not in self._usual:
            self._usual[article.key] = Counter(re.findall(r"\b[a-z]{2,}(?:-[a-z]+)?\b", article.text))
        for start, end, whole in _parts(text, self._usual[article.key]):
            piece = text[start:end]
            for one in self.named(piece):
                if one.start > 0 and piece[one.end : one.end + 2] == ": " and not _runs_into(piece[: one.start]):
                    begin = start + one.start
                    yield begin, end, _is_whole(text[begin:end], referred=False)
                    break
            else:
                yield start, end, whole

    # ---- captions and rows -------------------------------------------------------------------------------------------

    def _captions(self, rows: Sequence[int]) -> Iterator[Unit]:
        """The units of the captions of one figure. Its first sentence names the subject of the others; so does part a for part b."""
        subject = (
            self._cited(self.statements[rows[0]])
            if not any(self.named(self.statements[r].text) for r in rows)
            else frozenset()
        )
        previous: Unit | None = None
        for row in rows:
            statement = self.statements[row]
            article = self.articles[statement.source]
            text = article.text[statement.start : statement.end]
            credit = CREDIT.search(text)
            text = text[: credit.start()] if credit else text
            if len(re.findall(r"[^\W\d_]{2,}", text)) < 3 and not self.named(text):
                continue
            roles, main, _ = _roles(text, self.named(text))
            for entity, role in list(roles.items()):
                if role is Role.ASSOCIATED:
                    roles[entity] = Role.SUBJECT
                    main.add(entity)
            diseases = main - self.manifestations
            title = self._title(article)
            governed = frozenset[str]() if diseases else (subject or (title if not previous else frozenset()))
            if diseases or (main and not subject):
                subject = frozenset(diseases or main)
            lead = None
            if previous is not None and previous.before is None and statement.start - previous.end < NEAR:
                lead = (previous.start, statement.start) if len(previous.text.split()) < TITLE_WORDS else None
            previous = Unit(
                row, statement, statement.start, statement.start + len(text), text, roles, frozenset(main), governed,
                governed - self.manifestations, lead, pronoun=lead is not None, before=previous,
            )  # fmt: skip
            yield previous

    def _cited(self, caption: Statement) -> frozenset[str]:
        """What the sentence is about that points to a figure whose caption names nothing."""
        label = normal_label(caption.label)
        number = NUMBER.search(label) if label else None
        if number is None:
            return frozenset()
        pointer = re.compile(rf"\bfig(?:ure|s)?\.?\s*{number[0]}\b", re.IGNORECASE)
        for number_of_run, run in enumerate(self.runs):
            first = self.statements[run[0]]
            if first.source != caption.source or first.kind not in (StatementKind.SENTENCE, StatementKind.ITEM):
                continue
            if any(pointer.search(self.statements[r].text) for r in run):
                found = [u for u in self.run(number_of_run) if pointer.search(u.text)]
                return frozenset().union(*((u.main - self.manifestations) or u.governed for u in found[:1]))
        return frozenset()

    def _rows(self, rows: Sequence[int]) -> Iterator[Unit]:
        """The units of table rows. A row is about what it names; the rows right under a title are about what the title names."""
        for row in rows:
            statement = self.statements[row]
            article = self.articles[statement.source]
            path = statement.heading.split(" › ")
            end = statement.end if statement.core_start != statement.start else _row_end(article, statement)
            text = article.text[statement.core_start : end]
            found = frozenset(n.entity for n in self.named(text))
            if not found and (one := self.completed(text, path)):
                found = frozenset([one])
            governed = (
                frozenset(n.entity for n in self.named(path[0])) - self.manifestations
                if len(path) == 1
                else frozenset()
            )
            yield Unit(
                row, statement, statement.core_start, end, text, dict.fromkeys(sorted(found), Role.SUBJECT), found, governed
            )  # fmt: skip


def _runs_into(before: str) -> bool:
    """True where a name goes on with what stands before it, and is no heading that was glued into the text."""
    return before.rstrip()[-1:] in ":;." or before.split()[-1].lower() in JOINING


def _needs_lead(text: str) -> bool:
    """True for a sentence that cannot be understood without the one before."""
    return bool(PRONOUN.match(text) or POINTS_BACK.search(text)) or text[0].islower()


def _lead(text: str, start: int, end: int, previous: Unit | None, statement: Statement) -> tuple[int, int] | None:
    """What must be quoted before a sentence: the one before, and the one before that where this too leans on it."""
    follows = previous is not None and start - previous.end < NEAR and statement.kind is StatementKind.SENTENCE
    if _needs_lead(text) and previous is not None and follows:
        if previous.pronoun and SPELLED_OUT.match(text):
            return None
        first = previous.lead[0] if previous.lead is not None and previous.pronoun else previous.start
        for begin in (first, previous.start):
            if end - begin <= LONGEST_QUOTE:
                return begin, start
    return (statement.start, statement.core_start) if statement.start < statement.core_start == start else None


def _row_end(article: Article, statement: Statement) -> int:
    """Where the row itself ends in a statement that holds the rows under it too."""
    line = article.text.find("\n", statement.core_start, statement.end)
    return statement.end if line < 0 else line


def _runs(statements: Sequence[Statement]) -> Iterator[list[int]]:
    """Rows of statements that are read together: sentences and items of one heading, the captions of one figure, one table row."""
    runs: dict[tuple[object, ...], list[int]] = {}
    for row, s in enumerate(statements):
        key: tuple[object, ...]
        match s.kind:
            case StatementKind.CAPTION:
                label = normal_label(s.label)
                number = NUMBER.search(label) if label else None
                key = (s.source, "caption", number[0]) if number else (s.source, "caption", s.start)
            case StatementKind.ROW | StatementKind.FRONT:
                key = (s.source, s.kind, s.start, s.core_start)
            case StatementKind.SENTENCE | StatementKind.ITEM:
                key = (s.source, "prose", s.heading)
        runs.setdefault(key, []).append(row)
    yield from runs.values()
