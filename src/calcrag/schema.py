"""The shape of every JSON object that leaves calcrag: pydantic models, one a kind of object, and the table of verbs.

Made from nothing but the promises of the interface; `report` fills the models from the values of the two wings. A field
keeps its name, its meaning and its place: programs read what is printed here. More fields may come at the end of a
model; none is renamed. Must never: compute anything, or repair what it is given; what does not fit is refused by
pydantic.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    StrictInt,
    StrictStr,
    model_validator,
)

from calcrag.differential.calcification import Frequency, Mechanism, Strength
from calcrag.differential.findings import Certainty
from calcrag.literature.article import SourceKind
from calcrag.literature.passages import PassageKind

__all__ = [
    "RESULTS",
    "AnswerStatus",
    "AskResult",
    "AuditResult",
    "BatchError",
    "Bearing",
    "Candidate",
    "CandidateStatus",
    "Category",
    "Change",
    "Check",
    "CitationMatch",
    "CitationQuery",
    "CiteResult",
    "CitingQuote",
    "ClassifyResult",
    "Criterion",
    "CriterionEvidence",
    "CriterionName",
    "CriterionOf",
    "Differential",
    "Disagreement",
    "DisagreementsResult",
    "Distinction",
    "EvaluateResult",
    "Evidence",
    "ExplainResult",
    "Figure",
    "Finding",
    "FindingState",
    "IndexResult",
    "IndexState",
    "KnowledgeState",
    "Met",
    "Miss",
    "MustNotMiss",
    "NextFinding",
    "Passage",
    "PassageCounts",
    "Placement",
    "Position",
    "Reference",
    "Refused",
    "RollbackResult",
    "Scheme",
    "SchemesResult",
    "SearchResult",
    "Sentence",
    "Shape",
    "ShowResult",
    "Source",
    "SourceChanges",
    "SourceCondition",
    "SourceState",
    "SourcesResult",
    "Stance",
    "StatusResult",
    "SummariseResult",
    "SummarySection",
    "TypeEntry",
    "TypeName",
    "VerifyResult",
    "WhatIf",
]


class AnswerStatus(StrEnum):
    """Whether the corpus answers the question."""

    ANSWERED = "answered"
    NOT_IN_CORPUS = "not_in_corpus"


class CitationQuery(StrEnum):
    """What an author looks up."""

    CLAIM = "claim"
    AUTHOR = "author"
    TITLE = "title"
    DOI = "doi"
    REFERENCE = "reference"


class Stance(StrEnum):
    """How a passage stands to a claim."""

    SUPPORTS = "supports"
    CONTRASTS = "contrasts"
    MENTIONS = "mentions"


class FindingState(StrEnum):
    """What the case says of a finding; a finding that it does not mention is not listed."""

    PRESENT = "present"
    ABSENT = "absent"
    MEASURED = "measured"


class Met(StrEnum):
    """Whether the findings meet a criterion."""

    YES = "yes"
    NO = "no"
    NOT_ASSESSED = "not_assessed"


class CandidateStatus(StrEnum):
    """Where a candidate stands."""

    SUPPORTED = "supported"
    OPEN = "open"
    EXCLUDED = "excluded"


class SourceState(StrEnum):
    """How a source of the corpus stands to the index."""

    INDEXED = "indexed"
    CHANGED = "changed"
    NEW = "new"
    REMOVED = "removed"
    REFUSED = "refused"


def _four_decimals(value: float) -> float:
    return round(value, 4) + 0.0  # + 0.0: without it a tiny negative number prints as -0.0


def _ten_digits(value: float) -> float:
    return float(f"{value:.10g}") + 0.0  # a change of unit gives 9.218399999999999 for 9.2184


def _by_key(value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return dict(sorted(value.items()))  # the order in which schemes were met must not reach the output


Score = Annotated[float, Field(allow_inf_nan=False), AfterValidator(_four_decimals)]
Amount = Annotated[float, Field(allow_inf_nan=False), AfterValidator(_ten_digits)]
BatchId = Annotated[
    StrictStr | StrictInt | None,
    Field(description="the id of the line of a batch that this answers; left out elsewhere"),
]
SourceKey = Annotated[str, Field(description="short key of the article")]
Origin = Annotated[
    str, Field(description="file name under which the source first came in; empty where the corpus does not hold it")
]
Citation = Annotated[str, Field(description="the source as it is cited, in one line")]
Page = Annotated[PositiveInt | None, Field(description="page of the file, from 1; null where it has no pages")]
PageLabel = Annotated[str | None, Field(description="page number as printed; null where none is printed")]
Section = Annotated[
    str, Field(description="headings above it, outermost first, joined by ' › '; empty where there are none")
]
Quote = Annotated[str, Field(description="the sentence or sentences, word for word")]
PassageText = Annotated[str, Field(description="the text of the passage that the quote stands in")]
Start = Annotated[NonNegativeInt, Field(description="offset of the first character in the article's cleaned text")]
End = Annotated[NonNegativeInt, Field(description="offset behind the last character in the article's cleaned text")]
SecondHand = Annotated[bool, Field(description="true where the sentence reports what another paper found")]


class Shape(BaseModel):
    """What all objects share: they do not change, and a field that is not promised is refused."""

    # Only the shapes that are used are built: all of them take longer than to answer a question.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


# ---------------------------------------------------------------- the literature


class Reference(Shape):
    """An entry of a reference list, or of the knowledge base's references; what was not printed is null."""

    number: PositiveInt | None = Field(description="its number in the reference list that it stands in")
    first_author: str | None = Field(description="family name of the first author")
    year: int | None = Field(description="year of publication")
    authors: tuple[str, ...] = Field(description="the authors as printed")
    title: str | None = Field(description="title of the work")
    container: str | None = Field(description="journal or book")
    volume: str | None = Field(description="volume")
    pages: str | None = Field(description="pages as printed")
    doi: str | None = Field(description="DOI as printed")
    pmid: str | None = Field(description="PubMed id as printed")
    text: str = Field(description="the whole entry as printed")


PrimaryReferences = Annotated[tuple[Reference, ...], Field(description="the references behind what the quote reports")]


class IndexState(Shape):
    """The index that was asked."""

    generation: str = Field(description="name of the generation on disk")
    digest: str = Field(description="hash over the content of the index")


class Passage(Shape):
    """A passage that was found."""

    id: str = Field(description="short hash of source key, offsets and text")
    source: SourceKey
    origin: Origin
    citation: Citation
    page: Page
    page_label: PageLabel
    section: Section
    kind: PassageKind = Field(description="what the passage is")
    text: str = Field(description="the text of the passage")
    start: Start
    end: End
    score: Score | None = Field(
        description="how well it fits; compares only within one result; null where nothing was searched for"
    )


class SearchResult(Shape):
    """What `calcrag search` prints."""

    id: BatchId = None
    query: str = Field(description="the words that were searched")
    passages: tuple[Passage, ...] = Field(description="best first")


class Evidence(Shape):
    """A quote that an answer rests on."""

    number: PositiveInt = Field(description="the number by which sentences cite it")
    passage_id: str = Field(description="id of the passage that it stands in")
    source: SourceKey
    origin: Origin
    citation: Citation
    page: Page
    page_label: PageLabel
    section: Section
    quote: Quote
    passage: PassageText
    start: Start
    end: End
    source_kind: SourceKind = Field(description="what sort of source it is")
    independent_of: tuple[str, ...] = Field(description="the cited sources that it neither copies nor is copied by")
    second_hand: SecondHand
    primary_references: PrimaryReferences


class Sentence(Shape):
    """A sentence of an answer or a summary; every one is cited."""

    text: str = Field(description="the sentence")
    citations: tuple[PositiveInt, ...] = Field(min_length=1, description="numbers of the evidence behind it")


class Position(Shape):
    """What one source holds."""

    position: str = Field(description="what it holds, in our words")
    source: SourceKey
    origin: Origin
    quote: Quote
    page: Page


class Disagreement(Shape):
    """A place where sources, or passages of one source, disagree."""

    topic: str = Field(description="what they disagree on")
    kind: str = Field(description="the sort of disagreement")
    positions: tuple[Position, ...] = Field(min_length=2, description="what each holds, with its quote")


# ---------------------------------------------------------------- the differential


class Finding(Shape):
    """A finding that the case states."""

    id: str = Field(description="its id in the vocabulary")
    label: str = Field(description="its name in words")
    state: FindingState = Field(description="present, absent or measured")
    value: Amount | None = Field(description="the number, where it was measured")
    unit: str | None = Field(description="the unit of the number")
    text: str = Field(description="the words of the case that say so; empty where findings were given as a list")
    start: NonNegativeInt | None = Field(description="offset of the words in the case; null where there is no text")
    end: NonNegativeInt | None = Field(description="offset behind the words in the case; null where there is no text")
    time: Amount | None = Field(
        description="days before now, or after the event that the words name; null where no time is told"
    )
    certainty: Certainty = Field(description="how the case says it; what is neither certain nor probable is set aside")


class CriterionEvidence(Shape):
    """What a criterion rests on: a quote from a source of the corpus (held), or a reference that is not held."""

    source: str | None = Field(description="short key of the article; null where the reference is not held")
    origin: str | None = Field(description="file name of the source; null where the reference is not held")
    page: Page
    quote: str | None = Field(description="the words of the source; null where the reference is not held")
    held: bool = Field(description="true where the quote stands in the corpus")
    reference: Reference | None = Field(description="the work, where it is not held")
    fact: str | None = Field(description="what the work says, in our words, where it is not held")


class Criterion(Shape):
    """One test on the findings, with its strength, its outcome and its evidence."""

    finding: str = Field(description="id of the finding that it looks at")
    label: str = Field(description="the test in words")
    strength: Strength = Field(description="how much it counts")
    met: Met = Field(description="whether the findings meet it")
    because: str = Field(description="why it counts, in one sentence")
    evidence: tuple[CriterionEvidence, ...] = Field(min_length=1, description="what it rests on")
    id: str = Field(description="its id within the type")
    asks: tuple[str, ...] = Field(description="ids of all findings that it looks at")
    decided_by: tuple[str, ...] = Field(description="ids of the findings of the case that decided it")
    points: int = Field(description="what it adds; 0 where it is not met, or where a stronger one of its group counts")


class CriterionOf(Shape):
    """A criterion of one candidate."""

    candidate: str = Field(description="id of the type")
    criterion: Criterion = Field(description="the criterion, with its evidence")


class Candidate(Shape):
    """A calcification type as a candidate for the case."""

    rank: PositiveInt = Field(description="place in the ranking, from 1")
    id: str = Field(description="id of the type")
    name: str = Field(description="its name")
    synonyms: tuple[str, ...] = Field(description="its other names")
    icd10cm: tuple[str, ...] = Field(description="its ICD-10-CM codes")
    mechanism: Mechanism = Field(description="how the calcification comes about")
    status: CandidateStatus = Field(description="supported, open or excluded")
    points: Score = Field(description="sum over the criteria that are met")
    must_not_miss: bool = Field(description="true where missing it does harm, however it ranks")
    supporting: tuple[Criterion, ...] = Field(description="criteria that are met and speak for it")
    against: tuple[Criterion, ...] = Field(description="criteria that speak against it")
    not_assessed: tuple[Criterion, ...] = Field(description="criteria on which the case is silent; they count nothing")
    schemes: Annotated[dict[str, tuple[str, ...]], AfterValidator(_by_key)] = Field(
        description="where each classification scheme puts it: scheme id to categories"
    )
    not_met: tuple[Criterion, ...] = Field(description="criteria that the case answers with no; they count nothing")
    frequency: Frequency | None = Field(description="how often it is met; orders types of equal points")


class NextFinding(Shape):
    """A finding worth asking for."""

    finding: str = Field(description="id of the finding")
    label: str = Field(description="its name in words")
    separates: tuple[str, ...] = Field(description="ids of the candidates that it tells apart")
    why: str = Field(description="what it would show")
    criteria: tuple[CriterionOf, ...] = Field(description="what its answer bears on, the strongest first")


class TypeName(Shape):
    """A calcification type by its id and name."""

    id: str = Field(description="its id")
    name: str = Field(description="its name")


class CriterionName(Shape):
    """A criterion in short; `calcrag explain` tells what it rests on."""

    id: str = Field(description="its id within the type")
    label: str = Field(description="the test in words")
    strength: Strength = Field(description="how much it counts")


class MustNotMiss(Shape):
    """A type that must not be missed, beside the ranking."""

    id: str = Field(description="id of the type")
    name: str = Field(description="its name")
    rank: PositiveInt = Field(description="its place in the ranking")
    points: Score = Field(description="its points there")
    why: str = Field(description="why it must be thought of in this case")
    settled_by: tuple[CriterionName, ...] = Field(description="its strongest criteria that are not assessed")


class Placement(Shape):
    """Where one of the main classification schemes puts the first candidate."""

    inventory: str = Field(description="row of the scheme in the inventory")
    scheme: str = Field(description="id of the scheme")
    title: str = Field(description="its title")
    source: SourceKey
    type: TypeName | None = Field(
        description="the type that it places: the first candidate, or the broader type; null where it places neither"
    )
    categories: tuple[str, ...] = Field(description="the categories; a path is joined by ' › '")


class Change(Shape):
    """One finding that would be otherwise."""

    finding: str = Field(description="id of the finding")
    label: str = Field(description="its name in words")
    before: str = Field(description="what is known of it now")
    after: str = Field(description="what it would be")


class WhatIf(Shape):
    """The smallest change of findings that puts another candidate first."""

    changes: tuple[Change, ...] = Field(min_length=1, description="one change, or two where one does not do")
    first: TypeName = Field(description="the candidate that would come first")
    instead_of: TypeName = Field(description="the candidate that comes first now")


class KnowledgeState(Shape):
    """The knowledge base that was asked."""

    version: str = Field(description="its version")
    digest: str = Field(description="hash over its files")


class Differential(Shape):
    """The differential of a case."""

    findings: tuple[Finding, ...] = Field(description="what was read in the case")
    sufficient: bool = Field(description="false where the findings are too few to rank by")
    mechanism: Mechanism | None = Field(description="the mechanism of the first candidate; null where none stands")
    candidates: tuple[Candidate, ...] = Field(description="best first")
    next_findings: tuple[NextFinding, ...] = Field(description="what to ask next, most telling first")
    knowledge: KnowledgeState = Field(description="the knowledge base that was asked")
    reason: str = Field(description="why the findings do not suffice; empty where they do")
    set_aside: tuple[Finding, ...] = Field(
        description="what the case mentions, but not as a fact of this patient now; it counts nothing"
    )
    problems: tuple[str, ...] = Field(description="what of the case could not be used, and why")
    conflicts: tuple[str, ...] = Field(description="what in the case contradicts itself, and what counted")
    unused: tuple[str, ...] = Field(description="ids of findings that no criterion looks at")
    must_not_miss: tuple[MustNotMiss, ...] = Field(description="what must not be missed, beside the ranking")
    placement: tuple[Placement, ...] = Field(
        description="where the main classification schemes put the first candidate"
    )
    disagreements: tuple[Disagreement, ...] = Field(description="where the sources disagree on the leading candidates")
    what_if: tuple[WhatIf, ...] | None = Field(
        description="what would change the first rank; null where that was not asked"
    )


class Distinction(Shape):
    """What tells two types apart; a criterion that both share is in neither list."""

    one: TypeName = Field(description="the one type")
    other: TypeName = Field(description="the other type")
    for_one: tuple[Criterion, ...] = Field(description="criteria of the one, the strongest first")
    for_other: tuple[Criterion, ...] = Field(description="criteria of the other, the strongest first")


class Bearing(Shape):
    """The passages that bear on a leading candidate."""

    candidate: TypeName = Field(description="the candidate")
    passages: tuple[Passage, ...] = Field(description="best first")


# ---------------------------------------------------------------- what the verbs print


class AskResult(Shape):
    """What `calcrag ask` prints."""

    id: BatchId = None
    question: str = Field(description="the question as it was put")
    status: AnswerStatus = Field(description="whether the corpus answers it")
    reason: str = Field(description="why it is not answered, or what to know of the answer; may be empty")
    sentences: tuple[Sentence, ...] = Field(description="the answer; empty where the corpus does not hold one")
    evidence: tuple[Evidence, ...] = Field(description="the quotes cited, or the nearest ones where there is no answer")
    missing_terms: tuple[str, ...] = Field(description="terms of the question that no source mentions")
    disagreements: tuple[Disagreement, ...] = Field(description="where the sources disagree on it")
    differential: Differential | None = Field(description="the differential, where the question describes a case")
    index: IndexState = Field(description="the index that was asked")
    bearing: tuple[Bearing, ...] = Field(
        description="the passages that bear on the leading candidates of the differential"
    )
    distinction: Distinction | None = Field(description="what tells two types apart, where the question asks for that")

    @model_validator(mode="after")
    def _opens(self) -> Self:
        _refuse_dangling(self.sentences, self.evidence)
        if (self.status is AnswerStatus.ANSWERED) != bool(self.sentences):
            raise ValueError("an answer has sentences, and only an answer has")
        return self


class SummarySection(Shape):
    """One heading of a summary."""

    heading: str = Field(description="what the section tells")
    sentences: tuple[Sentence, ...] = Field(min_length=1, description="each a cited quote")


class SummariseResult(Shape):
    """What `calcrag summarise` prints."""

    topic: str = Field(description="the topic as it was put")
    sections: tuple[SummarySection, ...] = Field(description="the headings on which the corpus speaks")
    silent_on: tuple[str, ...] = Field(description="the headings on which it does not")
    evidence: tuple[Evidence, ...] = Field(description="the quotes cited")
    disagreements: tuple[Disagreement, ...] = Field(description="where the sources disagree on it")
    index: IndexState = Field(description="the index that was asked")
    title: str = Field(description="what the topic is called")
    note: str = Field(description="what to know of the whole; may be empty")

    @model_validator(mode="after")
    def _opens(self) -> Self:
        _refuse_dangling(tuple(s for section in self.sections for s in section.sentences), self.evidence)
        return self


class CitingQuote(Shape):
    """A sentence that cites a reference."""

    source: SourceKey
    quote: Quote


class CitationMatch(Shape):
    """A passage that an author can cite, or an entry that was looked up."""

    origin: Origin
    source: SourceKey
    citation: Citation
    page: Page
    section: Section
    quote: Quote
    passage: PassageText
    start: Start
    end: End
    score: Score = Field(description="how well it fits; compares only within one result")
    stance: Stance = Field(description="how it stands to what was asked")
    second_hand: SecondHand
    primary_references: PrimaryReferences
    reference_text: str | None = Field(description="the entry of the reference list, where one was looked up")
    cited_by: tuple[CitingQuote, ...] = Field(description="the sentences of the corpus that cite the entry")


class CiteResult(Shape):
    """What `calcrag cite` prints."""

    id: BatchId = None
    query: str = Field(description="the claim, author, title, DOI or reference as it was put")
    kind: CitationQuery = Field(description="what it was taken for")
    results: tuple[CitationMatch, ...] = Field(description="best first")


class ClassifyResult(Differential):
    """What `calcrag classify` prints."""

    id: BatchId = None


class Category(Shape):
    """One category of a classification scheme."""

    path: tuple[str, ...] = Field(min_length=1, description="its name, below the names of those above it")
    quote: Quote
    types: tuple[str, ...] = Field(description="ids of the types in it")


class Scheme(Shape):
    """A classification scheme of a source."""

    id: str = Field(description="its id")
    inventory: str = Field(pattern=r"^S[1-9][0-9]?$", description="its row in the inventory of schemes, S1 to S40")
    title: str = Field(description="its name")
    source: SourceKey
    origin: Origin
    categories: tuple[Category, ...] = Field(description="in the order of the source")


class SchemesResult(Shape):
    """What `calcrag schemes` prints."""

    schemes: tuple[Scheme, ...] = Field(description="in the order of the inventory")


class DisagreementsResult(Shape):
    """What `calcrag disagreements` prints."""

    disagreements: tuple[Disagreement, ...] = Field(description="every place where sources disagree")


class TypeEntry(Shape):
    """What the knowledge base holds of a type, its criteria aside."""

    id: str = Field(description="its id")
    name: str = Field(description="its name")
    synonyms: tuple[str, ...] = Field(description="its other names")
    icd10cm: tuple[str, ...] = Field(description="its ICD-10-CM codes")
    mechanism: Mechanism = Field(description="how the calcification comes about")
    must_not_miss: bool = Field(description="true where missing it does harm, however it ranks")
    frequency: Frequency = Field(description="how often it is met")
    summary: str = Field(description="what it is, in our words")
    parent: TypeName | None = Field(description="the broader type")
    narrower: tuple[TypeName, ...] = Field(description="the types of which it is the broader one")


class ExplainResult(Shape):
    """What `calcrag explain` prints."""

    query: str = Field(description="the name as it was put")
    type: TypeEntry = Field(description="the type")
    criteria: tuple[Criterion, ...] = Field(description="its criteria, the strongest first")
    schemes: tuple[Scheme, ...] = Field(description="the schemes that place it, each with the categories that hold it")
    disagreements: tuple[Disagreement, ...] = Field(description="where the sources disagree on it")
    definition: tuple[Evidence, ...] = Field(description="the passages of the corpus that define it")
    note: str = Field(description="why no passage could be looked up, or what to know of them; may be empty")
    distinction: Distinction | None = Field(description="what tells it from another type, where one was named")
    knowledge: KnowledgeState = Field(description="the knowledge base that was asked")
    index: IndexState | None = Field(description="the index that was asked; null where there is none to ask")


class AuditResult(Shape):
    """What `calcrag audit` prints."""

    passed: bool = Field(description="true where no problem was found")
    counts: dict[str, NonNegativeInt] = Field(description="what was checked, and how much of it")
    held_share: Score = Field(description="share of the criteria that rest on a quote of the corpus")
    problems: tuple[str, ...] = Field(description="one line a problem: where, and what is wrong")


class Source(Shape):
    """A source of the corpus; what it does not print of itself is null."""

    source: SourceKey
    origin: Origin
    citation: Citation
    kind: SourceKind = Field(description="what sort of source it is")
    title: str | None = Field(description="its title")
    authors: tuple[str, ...] = Field(description="its authors: family name, then initials")
    year: int | None = Field(description="year of publication")
    container: str | None = Field(description="journal or book")
    volume: str | None = Field(description="volume")
    issue: str | None = Field(description="issue")
    pages: str | None = Field(description="pages as printed")
    doi: str | None = Field(description="DOI as printed")
    pmid: str | None = Field(description="PubMed id as printed")
    url: str | None = Field(description="address as printed")
    note: str | None = Field(description="what else is to be known of it")
    licence: str | None = Field(description="the licence that it states")
    access: str | None = Field(description="how its text came to be had")
    language: str = Field(description="language of the text")
    copies_from: tuple[str, ...] = Field(description="keys of the sources whose words it repeats")
    sha256: str = Field(description="SHA-256 of the file as it came")
    characters: NonNegativeInt = Field(description="length of its cleaned text")
    passages: NonNegativeInt = Field(description="how many passages it is cut into")
    references: NonNegativeInt = Field(description="how many entries its reference list has")
    unread: tuple[str, ...] = Field(description="what of the file could not be read or resolved")


class SourcesResult(Shape):
    """What `calcrag sources` prints."""

    sources: tuple[Source, ...] = Field(description="in the order of the corpus")
    index: IndexState = Field(description="the index that was asked")


class ShowResult(Shape):
    """What `calcrag show` prints: a passage among its neighbours, or all passages of a source."""

    source: Source = Field(description="the source, or that of the passage")
    shown: str | None = Field(description="id of the passage that was asked for; null where a source was")
    passages: tuple[Passage, ...] = Field(description="in reading order")
    index: IndexState = Field(description="the index that was asked")


class Refused(Shape):
    """A file or source that was not taken."""

    name: str = Field(description="key of the source, or the file as it was named")
    reason: str = Field(description="why it was not taken")


class SourceChanges(Shape):
    """The sources of the index against those before, by key, in the order of the corpus."""

    added: tuple[str, ...] = Field(description="not there before")
    changed: tuple[str, ...] = Field(description="there before with another file or record")
    kept: tuple[str, ...] = Field(description="as before")
    removed: tuple[str, ...] = Field(description="no longer there")


class PassageCounts(Shape):
    """The passages of the index against those before."""

    added: NonNegativeInt = Field(description="not there before")
    kept: NonNegativeInt = Field(description="as before")
    removed: NonNegativeInt = Field(description="no longer there")
    embedded: NonNegativeInt = Field(description="for which the embedding model was run")


class IndexResult(Shape):
    """What `calcrag index` prints."""

    index: IndexState = Field(description="the index as it is now")
    switched: bool = Field(description="false where the index was up to date already")
    sources: SourceChanges = Field(description="what became of the sources")
    passages: PassageCounts = Field(description="what became of the passages")
    copied: tuple[str, ...] = Field(
        description="keys of the sources that were added to the corpus from the files named"
    )
    refused: tuple[Refused, ...] = Field(description="files and sources that were not taken")


class SourceCondition(Shape):
    """How one source stands."""

    source: SourceKey
    origin: Origin
    state: SourceState = Field(description="how the source of the corpus stands to the index")
    detail: str | None = Field(description="what differs, or why it was refused; null where nothing is to be said")


class StatusResult(Shape):
    """What `calcrag status` prints."""

    corpus: str = Field(description="folder of the corpus, as named")
    indexes: str = Field(description="folder of the index, as named")
    index: IndexState | None = Field(description="the live index; null where there is none that can be opened")
    fault: str | None = Field(description="why no index can be opened; null where it can")
    fresh: bool = Field(description="true where the index was made of just this corpus by this version")
    remedy: str | None = Field(description="the command that mends it; null where nothing is to be mended")
    model: str | None = Field(description="name of the embedding model that the index was made with")
    passages: NonNegativeInt = Field(description="how many passages the index holds")
    statements: NonNegativeInt = Field(description="how many statements the index holds")
    generations: tuple[str, ...] = Field(description="the generations on disk, oldest first")
    sources: tuple[SourceCondition, ...] = Field(description="the sources of corpus and index")
    unlisted: tuple[str, ...] = Field(description="files in the corpus folder that its manifest does not name")


class Check(Shape):
    """One check of the index."""

    name: str = Field(description="what was looked at")
    ok: bool = Field(description="whether it is as it should be")
    detail: str = Field(description="what was found")
    remedy: str | None = Field(description="the command that mends it; null where it is as it should be")


class VerifyResult(Shape):
    """What `calcrag verify` prints."""

    ok: bool = Field(description="true where every check passed")
    checks: tuple[Check, ...] = Field(min_length=1, description="in the order in which they were made")


class Figure(Shape):
    """One figure of an evaluation."""

    name: str = Field(description="what it measures")
    value: Score = Field(description="from 0 to 1, or a mean count")
    over: NonNegativeInt = Field(description="over how many questions")


class Miss(Shape):
    """A gold question that was not answered as it should be."""

    id: str = Field(description="its id in the gold set")
    question: str = Field(description="the question")
    what: str = Field(description="what is wrong with the answer")


class EvaluateResult(Shape):
    """What `calcrag evaluate` prints."""

    figures: tuple[Figure, ...] = Field(description="the figures, by job")
    misses: tuple[Miss, ...] = Field(description="the questions that were missed, in the order of the set")
    index: IndexState = Field(description="the index that was asked")


class RollbackResult(Shape):
    """What `calcrag rollback` prints."""

    generation: str = Field(description="the generation that is live now")
    before: str | None = Field(description="the generation that was live before; null where there was none")


class BatchError(Shape):
    """What stands in the place of an answer where a line of a batch could not be read."""

    id: BatchId = None
    error: str = Field(description="what is wrong with the line")


RESULTS: dict[str, type[Shape]] = {
    "search": SearchResult,
    "ask": AskResult,
    "summarise": SummariseResult,
    "cite": CiteResult,
    "classify": ClassifyResult,
    "schemes": SchemesResult,
    "disagreements": DisagreementsResult,
    "explain": ExplainResult,
    "audit": AuditResult,
    "index": IndexResult,
    "sources": SourcesResult,
    "show": ShowResult,
    "status": StatusResult,
    "verify": VerifyResult,
    "rollback": RollbackResult,
    "evaluate": EvaluateResult,
}


def _refuse_dangling(sentences: tuple[Sentence, ...], evidence: tuple[Evidence, ...]) -> None:
    numbers = [item.number for item in evidence]
    if len(set(numbers)) != len(numbers):
        raise ValueError("two pieces of evidence carry one number")
    if dangling := {n for sentence in sentences for n in sentence.citations} - set(numbers):
        raise ValueError(f"cited, but not among the evidence: {sorted(dangling)}")
