"""The knowledge base held against the corpus: is every quote there, is everything used, does enough rest on the
corpus.

Made from the knowledge, schemes and disagreements of the differential wing and the articles of the literature wing,
which meet here. A quote stands where it stands word for word in one paragraph, caption, list item or table row of
its source. Must never: pass where nothing was checked, or mend what it finds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from calcrag.differential.calcification import CalcificationType, Criterion
from calcrag.differential.closure import relations_of
from calcrag.differential.criteria import findings_of
from calcrag.differential.disagreements import Disagreement, load_disagreements
from calcrag.differential.knowledge import KNOWLEDGE_FOLDER, Knowledge, KnowledgeReading, read_knowledge
from calcrag.differential.schemes import Scheme, load_schemes
from calcrag.errors import CalcragError
from calcrag.literature.article import Article, BlockKind
from calcrag.literature.corpus import load_corpus
from calcrag.verbatim import find_all_verbatim, find_verbatim, words_of

__all__ = [
    "HELD_SHARE_WANTED",
    "Audit",
    "Located",
    "Quoted",
    "audit",
    "audit_folders",
    "check_quotes",
    "locate",
    "quotes_of",
    "summary",
]

HELD_SHARE_WANTED = Fraction(6, 10)

# What a source cites, who wrote it and what it is called is no statement of its own.
_NO_STATEMENT = frozenset({BlockKind.REFERENCE, BlockKind.FRONT, BlockKind.BACK, BlockKind.KEYWORDS})

# A quote that begins right behind one of these says the contrary of its sentence.
_NEGATIONS = frozenset({"no", "not", "never", "without", "neither", "nor", "cannot", "rarely", "seldom"})


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote that the knowledge base holds up, and where it does: `part` is criteria, schemes or disagreements."""

    part: str
    where: str
    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Located:
    """Where a quote stands: offsets into the cleaned text of the article, and what a reader needs to open it there."""

    source: str
    origin: str
    start: int
    end: int
    section: tuple[str, ...]
    label: str | None
    page: int | None
    page_label: str | None


@dataclass(frozen=True, slots=True)
class Audit:
    """The outcome. `counts` says what was checked; `located` leads from (source, quote) to where it stands."""

    problems: tuple[str, ...]
    counts: Mapping[str, int]
    held_share: Fraction
    located: Mapping[tuple[str, str], Located]

    @property
    def passed(self) -> bool:
        """True where no problem was found."""
        return not self.problems


def audit(
    knowledge: Knowledge,
    articles: Iterable[Article],
    *,
    schemes: Sequence[Scheme],
    disagreements: Sequence[Disagreement],
) -> Audit:
    """Hold a knowledge base against the articles of a corpus."""
    reading = KnowledgeReading(knowledge.types, (), knowledge)
    return _audit(reading, articles, schemes=schemes, disagreements=disagreements)


def audit_folders(corpus: Path, *, knowledge: Path = KNOWLEDGE_FOLDER) -> Audit:
    """Hold the knowledge base of one folder against the corpus of another.

    Where a file of the knowledge base is wrong, its problems come first and what could be read is checked all the
    same. CalcragError where the corpus cannot be read.
    """
    reading = read_knowledge(knowledge)
    problems = list(reading.problems)
    schemes: tuple[Scheme, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    try:
        schemes = load_schemes(knowledge / "schemes")
    except CalcragError as error:
        problems.append(f"schemes: {error.what}")
    try:
        disagreements = load_disagreements(knowledge / "disagreements.toml")
    except CalcragError as error:
        problems.append(f"disagreements: {error.what}")
    articles, refused = load_corpus(corpus)
    problems.extend(f"corpus: {one.key} cannot be read: {one.reason}" for one in refused)
    reading = KnowledgeReading(reading.types, tuple(problems), reading.knowledge)
    return _audit(reading, articles, schemes=schemes, disagreements=disagreements)


def summary(outcome: Audit) -> str:
    """The counts of an audit, a line each, for people."""
    rows = [*((name, str(count)) for name, count in outcome.counts.items())]
    rows.append(("share of criteria with a held quote", f"{float(outcome.held_share):.1%}"))
    rows.append(("problems", str(len(outcome.problems))))
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name:<{width}}{value:>7}" for name, value in rows)


def _audit(
    reading: KnowledgeReading,
    articles: Iterable[Article],
    *,
    schemes: Sequence[Scheme],
    disagreements: Sequence[Disagreement],
) -> Audit:
    by_key = {article.key: article for article in articles}
    quotes = quotes_of(reading.types, schemes=schemes, disagreements=disagreements)
    located, problems = check_quotes(quotes, by_key)
    criteria = [criterion for one in reading.types for criterion in one.criteria]
    held = [criterion for criterion in criteria if _is_held(criterion, located)]
    share = Fraction(len(held), len(criteria)) if criteria else Fraction(0)
    problems = [*reading.problems, *problems, *_of_types(reading.types, schemes)]
    if reading.knowledge is not None:
        problems.extend((*_of_references(reading.knowledge), *_of_findings(reading.knowledge)))
    if not quotes or not criteria:
        problems.append(
            f"nothing was checked: the knowledge base has {len(criteria)} criteria and {len(quotes)} quotes"
        )
    if share < HELD_SHARE_WANTED:
        wanted = f"{float(HELD_SHARE_WANTED):.0%} are wanted"
        problems.append(
            f"{len(held)} of {len(criteria)} criteria rest on a quote of the corpus ({float(share):.1%}); {wanted}"
        )
    counts = {
        "articles": len(by_key),
        "types": len(reading.types),
        "criteria": len(criteria),
        "criteria with a held quote": len(held),
        **{
            f"quotes of {part}": sum(q.part == part for q in quotes)
            for part in ("criteria", "schemes", "disagreements")
        },
        "quotes found": sum((q.source, q.quote) in located for q in quotes),
    }
    return Audit(tuple(problems), counts, share, located)


# ---------------------------------------------------------------- quotes


def quotes_of(
    types: Iterable[CalcificationType], *, schemes: Iterable[Scheme] = (), disagreements: Iterable[Disagreement] = ()
) -> list[Quoted]:
    """Every quote that is said to stand in the corpus, with the place that says so."""
    found = [
        Quoted("criteria", f"types/{one.id}.toml: criterion {criterion.id!r}", evidence.source, evidence.quote)
        for one in types
        for criterion in one.criteria
        for evidence in criterion.evidence
        if evidence.held
    ]
    for scheme in schemes:
        where = f"schemes: {scheme.id!r}"
        found.append(Quoted("schemes", f"{where}: statement", scheme.source, scheme.statement))
        found.extend(Quoted("schemes", f"{where}: elsewhere", other.source, other.quote) for other in scheme.elsewhere)
        for category in scheme.categories:
            place = f"{where}: {' › '.join(category.path)}"
            found.append(Quoted("schemes", place, scheme.source, category.quote))
            found.extend(Quoted("schemes", place, other.source, other.quote) for other in category.elsewhere)
    for entry in disagreements:
        where = f"disagreements.toml: {entry.id!r}"
        found.extend(Quoted("disagreements", where, position.source, position.quote) for position in entry.positions)
    return found


def check_quotes(
    quotes: Iterable[Quoted], articles: Mapping[str, Article]
) -> tuple[dict[tuple[str, str], Located], list[str]]:
    """Where each quote stands, by (source, quote), and a line for each that does not stand where it is said to."""
    located: dict[tuple[str, str], Located] = {}
    problems: list[str] = []
    for quoted in quotes:
        article = articles.get(quoted.source)
        if article is None:
            problems.append(
                f"{quoted.where}: no source {quoted.source!r} in the corpus; one of {', '.join(sorted(articles))}"
            )
            continue
        found = locate(quoted.quote, article, anywhere=quoted.part != "criteria")
        if found is None:
            problems.append(f"{quoted.where}: {_reason(quoted.quote, article)}: {quoted.quote!r}")
            continue
        located[quoted.source, quoted.quote] = found
        word = _negation_before(article.text[: found.start])
        if quoted.part == "criteria" and word:
            problems.append(
                f"{quoted.where}: leaves out the {word!r} right before it; begin the quote there: {quoted.quote!r}"
            )
        first = next((k for k in article.copies_from if k in articles and locate(quoted.quote, articles[k])), None)
        if quoted.part == "criteria" and first is not None:
            problems.append(
                f"{quoted.where}: {quoted.source} has these words from {first}; quote {first}: {quoted.quote!r}"
            )
    return located, problems


def locate(quote: str, article: Article, *, anywhere: bool = False) -> Located | None:
    """The first place where a quote stands in an article, word for word and within one block; None where there is
    none.

    A reference list or a title page is a place only with `anywhere`: what they say is no statement of the source.
    """
    for start, end in find_all_verbatim(quote, article.text):
        for block in article.blocks:
            if block.start <= start and end <= block.end and (anywhere or block.kind not in _NO_STATEMENT):
                place = (block.section, block.label, block.page, block.page_label)
                return Located(article.key, article.origin, start, end, *place)
    return None


def _reason(quote: str, article: Article) -> str:
    """Why a quote cannot be located, and what to do."""
    if find_verbatim(quote, article.text) is not None:
        return f"runs over two paragraphs of {article.key}, or stands in its title page or reference list"
    if not words_of(quote):
        return "holds no word"
    if find_verbatim(quote.casefold(), article.text.casefold()) is not None:
        return f"differs from {article.key} in upper and lower case"
    begin = _longest_beginning(quote, article)
    return f"is not in {article.key} word for word" + (f" (it is as far as {begin!r})" if begin else "")


def _longest_beginning(quote: str, article: Article) -> str:
    words = quote.split()
    beginnings = (" ".join(words[:count]) for count in range(len(words) - 1, 1, -1))
    return next((beginning for beginning in beginnings if find_verbatim(beginning, article.text)), "")


def _negation_before(text: str) -> str:
    """The last word of a text where it would turn round what follows it in the same sentence; else empty."""
    tail = text[-40:].rstrip(" ")
    word = words_of(tail)[-1] if words_of(tail) else ""
    return word if word.casefold() in _NEGATIONS and tail.endswith(word) else ""


# ---------------------------------------------------------------- what is used, and how much rests on the corpus


def _is_held(criterion: Criterion, located: Mapping[tuple[str, str], Located]) -> bool:
    return any((evidence.source, evidence.quote) in located for evidence in criterion.evidence)


def _of_types(types: Sequence[CalcificationType], schemes: Iterable[Scheme]) -> Iterator[str]:
    known = {one.id for one in types}
    for one in types:
        if not one.criteria:
            yield f"types/{one.id}.toml: has no criterion"
    placed = {name: scheme.id for scheme in schemes for category in scheme.categories for name in category.types}
    for name, scheme in sorted(placed.items()):
        if name not in known:
            yield f"schemes: {scheme!r} places {name!r}, which is no type; write types/{name}.toml, or mend the id"


def _of_references(knowledge: Knowledge) -> Iterator[str]:
    used = {evidence.record for one in knowledge.types for c in one.criteria for evidence in c.evidence}
    for record in knowledge.references:
        if record not in used:
            yield f"references: {record.doi or record.pmid!r} is the evidence of no criterion; remove it, or use it"


def _of_findings(knowledge: Knowledge) -> Iterator[str]:
    """Findings that decide nothing: no criterion looks at them, at what follows from them, or at what is read from
    them.
    """
    vocabulary = knowledge.vocabulary
    relations = relations_of(vocabulary)
    asked = {finding for one in knowledge.types for c in one.criteria for finding in findings_of(c.test)}
    telling = {
        one
        for one in vocabulary.terms
        if not asked.isdisjoint(relations.present[one] | relations.absent[one] | relations.narrower[one])
    }
    read_from = {one.analyte for term in vocabulary.terms.values() if term.id in telling for one in term.derived}
    for one in vocabulary.terms:
        if one not in telling and one not in read_from:
            yield f"findings: no criterion looks at {one!r}, nor at anything that follows from it; use it, or remove it"
