"""A question → what it asks: its concepts with all their names, its parts, the kind of fact, the source or figure it
names.

Made from the question, the vocabulary and the corpus's own words. Must never: decide what the answer is.
"""

import re
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from calcrag.errors import EmptyQuestion, RequestError
from calcrag.literature.facets import Demand, Facet, demands_of, facets_asked
from calcrag.literature.lexical import terms
from calcrag.literature.vocabulary import Vocabulary

__all__ = [
    "LONGEST_QUESTION",
    "Alternative",
    "Concept",
    "CorpusWords",
    "Hints",
    "Question",
    "asks_for_agreement",
    "normal_label",
    "parts_of",
    "read_question",
    "source_hints",
]

LONGEST_QUESTION = 4000  # characters; a question is a sentence or a case, not a paper

# Words that ask or that stand in any question; they weigh a third of a word of the subject.
ASKING_WORDS = frozenset(
    stem
    for stem in terms(
        "does look like appear seen typical typically patient patients describe mean means tell show shows give name kind "
        "main usual usually most often common case cases according source paper article mention mentioned say says said "
        "reported happen there get got find found finding use used know possible question really ever exactly first kinds "
        "say tell listed list count called call considered versus vs against compared comparison differ difference between "
        "please question answer explain thing things way ways"
    )
)
ASKING_WEIGHT = 0.35
SURE = 0.8  # names at least this sure mean the same
KIND_OF = 0.6  # a name of what the question names a kind of
PARTIAL = 0.35  # a name of which only some words stand in a statement counts that much of its share


@dataclass(frozen=True, slots=True)
class Alternative:
    """One name of a concept: its stems, and how surely it means the same (1: the question's own words)."""

    stems: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class Concept:
    """A word or a name of the question with all the names that the corpus may use for it.

    `weight` is how much it says (rarity in the corpus); `known` is False where the corpus has none of its names.
    """

    text: str
    start: int
    alternatives: tuple[Alternative, ...]
    weight: float
    known: bool
    asking: bool
    subject: bool = False  # a disease or topic of the vocabulary

    def match(self, stems: Set[str]) -> float:
        """How well a text with these stems speaks of the concept, 0 to 1."""
        best = 0.0
        for alternative in self.alternatives:
            there = len(alternative.stems & stems)
            if there == len(alternative.stems):
                best = max(best, alternative.weight)
            elif there:
                best = max(best, PARTIAL * alternative.weight * there / len(alternative.stems))
        return best


@dataclass(frozen=True, slots=True)
class CorpusWords:
    """The corpus's own words: `words` folded and not stemmed; `frequency` counts the passages that hold a stem; `pairs`
    tells whether two stems stand side by side somewhere; `passages` is how many there are.
    """

    words: frozenset[str]
    frequency: Callable[[str], int]
    idf: Callable[[str], float]

    def known(self, word: str) -> bool:
        """True where the corpus has the word or one of its stem."""
        stems = terms(word)
        return bool(stems) and all(self.frequency(stem) for stem in stems)

    def occurs(self, phrase: str) -> bool:
        """True where the words of the phrase stand side by side somewhere, as far as pairs can tell."""
        stems = terms(phrase)
        return all(self.frequency(f"{a} {b}") for a, b in pairwise(stems))


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read. `content` is its text without the words that name a source; `dense` is what the model reads."""

    text: str
    content: str
    dense: str
    concepts: tuple[Concept, ...]
    parts: tuple[tuple[Concept, ...], ...]
    part_demands: tuple[tuple[Demand, ...], ...]  # for each part the kinds of fact that it cannot do without
    facets: frozenset[Facet]
    demands: tuple[Demand, ...]
    hints: "Hints"
    agreement: bool
    entities: tuple[str, ...]
    foreign: bool  # not English: the vocabulary translates what it knows, the rest is no sign of a gap in the corpus


PART = re.compile(
    r"[?;]\s+(?=\w)|,?\s+(?:and|or|but)\s+(?=(?:what|which|where|how|when|who|whom|why|whose|is|are|do|does|did|can|in (?:which|what|how)"
    r"|at (?:which|what)|by (?:which|what)|on (?:which|what)|for (?:which|what|how)|from (?:which|what)|to (?:which|what))\b)"
    r"|,\s+(?=(?:what|which|where|how|when|who|why)\b)|\s+[–—]\s+",
    re.IGNORECASE,
)
CONTRAST = re.compile(
    r"\b(?:versus|vs\.?|v\.?s\.?|against|as opposed to|compared (?:with|to)|or in|differ from|and not)\b", re.IGNORECASE
)


BETWEEN = re.compile(
    r"\b(?:differences?|distinctions?|distinguish|discriminat\w+|tell apart) between (?P<one>.+?) and (?P<other>[^?]+)"
    r"|\b(?:distinguish(?:es|ed)?|differentiat\w+|tells?) (?P<one2>.+?) from (?P<other2>[^?]+)",
    re.IGNORECASE,
)
EACH = re.compile(
    r"(?P<one>[^,:;?]{2,60}?) (?:or|and) (?P<other>[^,:;?]{2,60}?)\s*[:,–—]\s[^?]*\b(?:each|either|both|the two)\b",
    re.IGNORECASE,
)
LEADING = re.compile(
    r"(?:in|by|beyond|besides|before|after|according to|on|for|from|with|at|during|apart from|older|of|when)\b",
    re.IGNORECASE,
)
ASKING = re.compile(
    r"\b(?:what|which|where|how|when|who|whom|why|whose|is|are|do|does|did|can|could|should)\b", re.IGNORECASE
)
AGREEMENT = re.compile(
    r"\b(?:do|does) (?:the |all |both )?(?:sources|papers|articles|authors|texts|documents)\b[^?]*\b(?:agree|differ|say the same|concur)"
    r"|\bagree(?:d|ment|s)?\b|say the same|\bdisagree|each say\b|\b(?:do|does) .{3,60} (?:say|think)\b|according to (?:each|both)",
    re.IGNORECASE,
)


def asks_for_agreement(question: str) -> bool:
    """True where the question wants to know whether sources agree; one voice cannot answer it."""
    return bool(AGREEMENT.search(question))


def parts_of(question: str) -> tuple[str, ...]:
    """The parts of a question that each want an answer; a question of one part gives itself.

    A contrast ("A versus B") has two parts. "In scleroderma, what …" has one: what leads up to the asking is no part,
    nor is "do the sources agree".
    """
    if each := EACH.match(question):
        return (each["one"].strip(), each["other"].strip())
    pieces: list[str] = []
    for piece in (p.strip(" ?.,;:") for p in PART.split(question)):
        leading = LEADING.match(pieces[-1]) if pieces else None
        if leading and not ASKING.search(pieces[-1], leading.end()):
            pieces[-1] = f"{pieces[-1]}, {piece}"
        elif len(piece.split()) >= 2 and not AGREEMENT.search(piece):
            pieces.append(piece)
    if len(pieces) < 2 and (between := BETWEEN.search(question)):
        sides = (between["one"] or between["one2"], between["other"] or between["other2"])
        return (sides[0].strip(" ,:"), sides[1].strip(" ?.,:"))
    if len(pieces) < 2 and (middle := CONTRAST.search(question)):
        pieces = [question[: middle.start()].strip(" ,:"), question[middle.end() :].strip(" ?.,:")]
        pieces = [p for p in pieces if p]
    return tuple(pieces) if len(pieces) >= 2 else (question,)


@dataclass(frozen=True, slots=True)
class Hints:
    """What a question says of where to look: sources by key, a figure or table by its printed label, and those words'
    spans.
    """

    sources: frozenset[str]
    label: str | None
    spans: tuple[tuple[int, int], ...]


LABEL = re.compile(r"\b(?P<name>fig(?:ure|\.)?|table)\s*(?P<number>\d{1,2}(?:\s?[a-d])?|[IVX]{1,4})\b", re.IGNORECASE)
KIND_WORDS = {
    "review": r"(?:the )?review(?: article| paper)?",
    "pictorial essay": r"(?:the )?(?:pictorial essay|iconographic essay|ensaio iconogr[aá]fico)",
    "original research": r"(?:the )?(?:original study|research paper)",
    "case report": r"(?:the )?case report",
    "textbook chapter": r"(?:the )?(?:textbook(?: chapter)?|book chapter|chapter)",
    "web aggregation": r"(?:the )?(?:web ?(?:page|site|snippets?)|scraped page|snippets?)",
}


def source_hints(question: str, sources: Iterable[tuple[str, str, tuple[str, ...]]]) -> Hints:
    """The sources and the figure that a question names; `sources` gives key, kind and authors of each ("Faria LL")."""
    found: set[str] = set()
    spans: list[tuple[int, int]] = []
    for key, kind, authors in sources:
        patterns = [KIND_WORDS[kind]] if kind in KIND_WORDS else []
        patterns += [
            rf"{re.escape(a.rsplit(' ', 1)[0])}(?: (?:and|&) [A-Z]\w+| et al\.?)?(?:['’]s?)?"
            for a in authors
            if " " in a
        ]
        for pattern in patterns:
            for match in re.finditer(
                rf"\b{pattern}\b(?:\s+(?:paper|article|review|series|essay|report)\b)?", question, re.IGNORECASE
            ):
                found.add(key)
                spans.append(match.span())
    label = LABEL.search(question)
    if label:
        spans.append(label.span())
    name = None
    if label:
        name = f"{'table' if label['name'].lower().startswith('t') else 'figure'} {label['number'].replace(' ', '').lower()}"
    return Hints(frozenset(found), name, tuple(sorted(spans)))


def normal_label(label: str | None) -> str | None:
    """A printed label as `source_hints` writes it: "Fig. 2a" and "Figure 2a" are both "figure 2a"."""
    match = LABEL.match(label) if label else None
    if match is None:
        return None
    return (
        f"{'table' if match['name'].lower().startswith('t') else 'figure'} {match['number'].replace(' ', '').lower()}"
    )


PORTUGUESE = re.compile(
    r"\b(?:de|das?|dos?|que|quais?|são|é|uma?|para|com|por|nas?|nos?|onde|como|qual|os|as|em)\b", re.IGNORECASE
)
WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
PIECE = re.compile(r"[^\W_]{3,}")
HYPHEN = re.compile(r"(?<=\w)[-–](?=\w)")


def read_question(
    text: str, *, vocabulary: Vocabulary, corpus: CorpusWords, sources: Iterable[tuple[str, str, tuple[str, ...]]] = ()
) -> Question:
    """What a question asks. EmptyQuestion where it holds no word, RequestError where it is longer than
    LONGEST_QUESTION.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not WORD.search(text):
        raise EmptyQuestion("the question holds no word", remedy='calcrag ask "What is …?"')
    if len(text) > LONGEST_QUESTION:
        raise RequestError(
            f"the question has {len(text):,} characters; {LONGEST_QUESTION:,} are read",
            remedy="ask for one thing at a time; a manuscript goes to `calcrag check-draft`",
        )
    hints = source_hints(text, sources)
    content = text
    for start, end in hints.spans:
        content = content[:start] + " " * (end - start) + content[end:]
    content = content if WORD.search(content) else text  # "Figure 2" asks for a figure and for nothing else
    mentions = vocabulary.mentions(content)
    concepts = _concepts(content, vocabulary, corpus)
    concepts = tuple(
        replace(c, subject=any(m.start < c.start + len(c.text) and c.start < m.end for m in mentions)) for c in concepts
    )
    parts: list[tuple[Concept, ...]] = []
    part_demands: list[tuple[Demand, ...]] = []
    pieces = parts_of(content)
    position = 0
    for piece in pieces if len(pieces) > 1 else ():
        start = content.find(piece.split(",")[0], position)
        start = position if start < 0 else start
        position = start + len(piece)
        part = tuple(c for c in concepts if start <= c.start < position and not c.asking)
        if part:
            parts.append(part)
            part_demands.append(demands_of(piece))
    foreign = len(PORTUGUESE.findall(text)) >= max(2, len(text.split()) // 6)
    return Question(
        text=text, content=content, concepts=concepts, parts=tuple(parts), part_demands=tuple(part_demands),
        dense=" ".join(vocabulary.rewrite(text, known=corpus.known, words=corpus.words).split()),
        facets=facets_asked(content), demands=demands_of(content), hints=hints, agreement=asks_for_agreement(text) and len(hints.sources) != 1,
        entities=tuple(dict.fromkeys(m.entity_id for m in mentions)), foreign=foreign,
    )  # fmt: skip


def _concepts(content: str, vocabulary: Vocabulary, corpus: CorpusWords) -> tuple[Concept, ...]:
    """The names and words of a question, each with its alternatives; the longest name at each place."""
    spans: dict[tuple[int, int], dict[frozenset[str], float]] = {}
    printed = vocabulary.expansions(content, known=corpus.known, words=corpus.words, occurs=corpus.occurs)
    # A name that stands nowhere as such may still be told in its words ("neurogenic heterotropic ossification").
    places = {expansion.start for expansion in printed}
    told = vocabulary.expansions(content, known=corpus.known, words=corpus.words)
    for expansion in (*printed, *(e for e in told if e.start not in places)):
        span = (expansion.start, expansion.start + len(expansion.replaces))
        stems = _stems(expansion.phrase)
        if stems and all(corpus.frequency(s) for s in stems):
            names = spans.setdefault(span, {})
            names[stems] = max(names.get(stems, 0.0), expansion.weight)
    for mention in vocabulary.mentions(content):
        entity = vocabulary.entity(mention.entity_id)
        for name in entity.names if entity else ():  # "podagra" is a kind of gout, and no other name of it
            stems = _stems(name)
            if stems and all(corpus.frequency(s) for s in stems):
                spans.setdefault((mention.start, mention.end), {}).setdefault(stems, KIND_OF)
    chosen: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda s: (s[0] - s[1], s[0])):
        if not _overlaps(span, chosen):
            chosen.append(span)
    found: list[Concept] = []
    for start, end in chosen:
        found.append(_concept(content[start:end], start, spans[start, end], corpus))
    for match in WORD.finditer(content):
        pieces = PIECE.finditer(match[0]) if _overlaps(match.span(), chosen) else [WORD.match(match[0])]
        for piece in filter(None, pieces):  # of "warfarin-calciphylaxis" the name of the disease is only one half
            start, end = match.start() + piece.start(), match.start() + piece.end()
            if _stems(piece[0]) and not _overlaps((start, end), chosen):
                found.append(_concept(piece[0], start, {}, corpus))
    return tuple(sorted((c for c in found if c.alternatives), key=lambda c: c.start))


def _overlaps(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def _stems(name: str) -> frozenset[str]:
    """The stems of a name, those on both sides of a hyphen apart: "Ehlers-Danlos" is "Ehlers Danlos" too."""
    return frozenset(terms(HYPHEN.sub(" ", name)))


def _concept(text: str, start: int, names: dict[frozenset[str], float], corpus: CorpusWords) -> Concept:
    own = _stems(text)
    joined = frozenset(terms(HYPHEN.sub("", text)))  # "soft-tissue" is "softtissue" where a line end was lost
    alternatives = {**names, **dict.fromkeys((stems for stems in (joined, own) if stems), 1.0)}
    known = {stems: weight for stems, weight in alternatives.items() if all(corpus.frequency(s) for s in stems)}
    asking = bool(own) and own <= ASKING_WORDS
    if known:
        # The most usual name tells how much the concept says; a name of three words not three times as much as a word.
        sure = [stems for stems, w in known.items() if w >= SURE] or list(known)
        weight = min(min(sum(map(corpus.idf, stems)), 1.4 * max(map(corpus.idf, stems))) for stems in sure)
    else:
        weight = corpus.idf("\u0000")
    ordered = sorted(alternatives.items(), key=lambda item: (-item[1], sorted(item[0])))
    return Concept(
        text=text, start=start, alternatives=tuple(Alternative(stems, w) for stems, w in ordered),
        weight=weight * (ASKING_WEIGHT if asking else 1.0), known=bool(known), asking=asking,
    )  # fmt: skip
