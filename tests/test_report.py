"""Holds the JSON contract: which fields every object has, in which order, and that the same object gives the same bytes."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from calcrag import report, schema
from calcrag.citation import Record
from calcrag.differential.calcification import Frequency, Mechanism, Strength
from calcrag.differential.disagreements import Disagreement, DisagreementKind, Position
from calcrag.differential.findings import Certainty
from calcrag.literature import answer, freshness
from calcrag.literature.article import Article, Block, BlockKind, OffsetMap, SourceKind
from calcrag.literature.passages import Passage, PassageKind
from calcrag.report import schemas, to_json

# The promise, written out a second time on purpose: a field that is renamed, moved or lost must fail here.
FIELDS = {
    schema.Passage: "id source origin citation page page_label section kind text start end score",
    schema.SearchResult: "id query passages",
    schema.Evidence: "number passage_id source origin citation page page_label section quote passage start end "
    "source_kind independent_of second_hand primary_references",
    schema.Sentence: "text citations",
    schema.Reference: "number first_author year authors title container volume pages doi pmid text",
    schema.Position: "position source origin quote page",
    schema.Disagreement: "topic kind positions",
    schema.IndexState: "generation digest",
    schema.AskResult: "id question status reason sentences evidence missing_terms disagreements differential index "
    "bearing distinction",
    schema.SummarySection: "heading sentences",
    schema.SummariseResult: "topic sections silent_on evidence disagreements index title note",
    schema.CitingQuote: "source quote",
    schema.CitationMatch: "origin source citation page section quote passage start end score stance second_hand "
    "primary_references reference_text cited_by",
    schema.CiteResult: "id query kind results",
    schema.Bearing: "candidate passages",
    schema.Finding: "id label state value unit text start end time certainty",
    schema.CriterionEvidence: "source origin page quote held reference fact",
    schema.Criterion: "finding label strength met because evidence id asks decided_by points",
    schema.CriterionName: "id label strength",
    schema.CriterionOf: "candidate criterion",
    schema.Candidate: "rank id name synonyms icd10cm mechanism status points must_not_miss supporting against "
    "not_assessed schemes not_met frequency",
    schema.NextFinding: "finding label separates why criteria",
    schema.TypeName: "id name",
    schema.MustNotMiss: "id name rank points why settled_by",
    schema.Placement: "inventory scheme title source type categories",
    schema.Change: "finding label before after",
    schema.WhatIf: "changes first instead_of",
    schema.Distinction: "one other for_one for_other",
    schema.KnowledgeState: "version digest",
    schema.ClassifyResult: "id findings sufficient mechanism candidates next_findings knowledge reason set_aside problems "
    "conflicts unused must_not_miss placement disagreements what_if",
    schema.TypeEntry: "id name synonyms icd10cm mechanism must_not_miss frequency summary parent narrower",
    schema.ExplainResult: "query type criteria schemes disagreements definition note distinction knowledge index",
    schema.AuditResult: "passed counts held_share problems",
    schema.Category: "path quote types",
    schema.Scheme: "id inventory title source origin categories",
    schema.SchemesResult: "schemes",
    schema.DisagreementsResult: "disagreements",
    schema.Source: "source origin citation kind title authors year container volume issue pages doi pmid url note licence "
    "access language copies_from sha256 characters passages references unread",
    schema.SourcesResult: "sources index",
    schema.ShowResult: "source shown passages index",
    schema.Refused: "name reason",
    schema.SourceChanges: "added changed kept removed",
    schema.PassageCounts: "added kept removed embedded",
    schema.IndexResult: "index switched sources passages copied refused",
    schema.SourceCondition: "source origin state detail",
    schema.StatusResult: "corpus indexes index fault fresh remedy model passages statements generations sources unlisted",
    schema.Check: "name ok detail remedy",
    schema.VerifyResult: "ok checks",
    schema.RollbackResult: "generation before",
    schema.Figure: "name value over",
    schema.Miss: "id question what",
    schema.EvaluateResult: "figures misses index",
    schema.BatchError: "id error",
}
CLOSED = {
    PassageKind: "prose caption table list abstract reference",
    schema.AnswerStatus: "answered not_in_corpus",
    schema.CitationQuery: "claim author title doi reference",
    schema.Stance: "supports contrasts mentions",
    schema.FindingState: "present absent measured",
    Strength: "pathognomonic strong moderate weak against excludes",
    schema.Met: "yes no not_assessed",
    Mechanism: "dystrophic metastatic idiopathic iatrogenic calciphylaxis ossification tumour",
    schema.CandidateStatus: "supported open excluded",
    schema.SourceState: "indexed changed new removed refused",
    freshness.State: "indexed changed new removed refused",
    answer.Status: "answered not_in_corpus",
}
VERBS = [
    *("search", "ask", "summarise", "cite", "classify", "schemes", "disagreements", "explain", "audit", "index"),
    *("sources", "show", "status", "verify", "rollback", "evaluate"),
]

REFERENCE = schema.Reference(
    number=3,
    first_author="Aho",
    year=1977,
    authors=("Aho P", "Berg Å"),
    title=None,
    container="A journal",
    volume="7",
    pages="41-3",
    doi=None,
    pmid=None,
    text="3. Aho P, Berg Å. A journal 1977;7:41-3.",
)
PASSAGE = schema.Passage(
    id="p1",
    source="tiny-2020",
    origin="tiny.txt",
    citation="Aho P. A review. 2020.",
    page=4,
    page_label="S12",
    section="Findings › Laboratory",
    kind=PassageKind.PROSE,
    text="Calcium was 9.2\u2009mg/dL.",
    start=100,
    end=122,
    score=0.123456,
)
EVIDENCE = schema.Evidence(
    number=1,
    passage_id="p1",
    source="tiny-2020",
    origin="tiny.txt",
    citation="Aho P. A review. 2020.",
    page=None,
    page_label=None,
    section="",
    quote="Calcium was 9.2 mg/dL.",
    passage="Calcium was 9.2 mg/dL. Phosphate was high.",
    start=100,
    end=122,
    source_kind=SourceKind.REVIEW,
    independent_of=("other-1999",),
    second_hand=True,
    primary_references=(REFERENCE,),
)
SOURCE = schema.Source(
    source="tiny-2020",
    origin="tiny.txt",
    citation="Aho P. A review. 2020.",
    kind=SourceKind.REVIEW,
    title="A review",
    authors=("Aho P",),
    year=2020,
    container=None,
    volume=None,
    issue=None,
    pages=None,
    doi=None,
    pmid=None,
    url=None,
    note=None,
    licence=None,
    access=None,
    language="en",
    copies_from=(),
    sha256="ab12",
    characters=900,
    passages=3,
    references=4,
    unread=("Table 2",),
)
INDEX = schema.IndexState(generation="0001", digest="ab12")
SENTENCE = schema.Sentence(text="Calcium was 9.2 mg/dL.", citations=(1,))
CRITERION = schema.Criterion(
    finding="serum-calcium",
    label="normal serum calcium",
    strength=Strength.WEAK,
    met=schema.Met.YES,
    because="It speaks against a disorder of calcium.",
    evidence=(
        schema.CriterionEvidence(
            source="tiny-2020",
            origin="tiny.txt",
            page=4,
            quote="Calcium was 9.2 mg/dL.",
            held=True,
            reference=None,
            fact=None,
        ),
    ),
    id="normal-calcium",
    asks=("serum-calcium",),
    decided_by=("serum-calcium",),
    points=1,
)
TYPE = schema.TypeName(id="one", name="One")
NAMED = schema.CriterionName(id="normal-calcium", label="normal serum calcium", strength=Strength.WEAK)
CANDIDATE = schema.Candidate(
    rank=1,
    id="one",
    name="One",
    synonyms=("Uno",),
    icd10cm=("M61.0",),
    mechanism=Mechanism.DYSTROPHIC,
    status=schema.CandidateStatus.SUPPORTED,
    points=2,
    must_not_miss=False,
    supporting=(CRITERION,),
    against=(),
    not_assessed=(),
    schemes={"b-scheme": ("Second",), "a-scheme": ("First", "Third")},
    not_met=(),
    frequency=Frequency.RARE,
)
DIFFERENTIAL: dict[str, Any] = {
    "findings": (
        schema.Finding(
            id="serum-calcium",
            label="serum calcium",
            state=schema.FindingState.MEASURED,
            value=2.3 * 4.008,
            unit="mg/dL",
            text="calcium 2.3 mmol/L",
            start=0,
            end=18,
            time=None,
            certainty=Certainty.CERTAIN,
        ),
    ),
    "sufficient": True,
    "mechanism": "dystrophic",
    "candidates": (CANDIDATE,),
    "next_findings": (
        schema.NextFinding(
            finding="pth",
            label="parathyroid hormone",
            separates=("one",),
            why="why",
            criteria=(schema.CriterionOf(candidate="one", criterion=CRITERION),),
        ),
    ),
    "knowledge": schema.KnowledgeState(version="1", digest="cd34"),
    "reason": "",
    "set_aside": (),
    "problems": ("the age cannot be",),
    "conflicts": (),
    "unused": (),
    "must_not_miss": (
        schema.MustNotMiss(id="one", name="One", rank=1, points=2, why="supported", settled_by=(NAMED,)),
    ),
    "placement": (
        schema.Placement(
            inventory="S1", scheme="a-scheme", title="By cause", source="tiny-2020", type=TYPE, categories=("First",)
        ),
    ),
    "disagreements": (),
    "what_if": (
        schema.WhatIf(
            changes=(
                schema.Change(finding="pth", label="parathyroid hormone", before="not assessed", after="present"),
            ),
            first=TYPE,
            instead_of=schema.TypeName(id="two", name="Two"),
        ),
    ),
}
DISAGREEMENT = schema.Disagreement(
    topic="Where it belongs",
    kind="classification",
    positions=(
        schema.Position(position="here", source="a", origin="a.txt", quote="It is here.", page=None),
        schema.Position(position="there", source="b", origin="b.txt", quote="It is there.", page=2),
    ),
)
ANSWER: dict[str, Any] = {
    "question": "What was the calcium?",
    "status": "answered",
    "reason": "",
    "sentences": (SENTENCE,),
    "evidence": (EVIDENCE,),
    "missing_terms": (),
    "disagreements": (DISAGREEMENT,),
    "differential": None,
    "index": INDEX,
    "bearing": (),
    "distinction": None,
}
DISTINCTION = schema.Distinction(
    one=TYPE, other=schema.TypeName(id="two", name="Two"), for_one=(CRITERION,), for_other=()
)
EXAMPLES: list[schema.Shape] = [
    schema.SearchResult(id="q1", query="calcium", passages=(PASSAGE,)),
    schema.AskResult(id=7, **ANSWER),
    schema.AskResult(
        **{
            **ANSWER,
            "differential": schema.Differential(**DIFFERENTIAL),
            "bearing": (schema.Bearing(candidate=TYPE, passages=(PASSAGE,)),),
            "distinction": DISTINCTION,
        }
    ),
    schema.AskResult(
        **{
            **ANSWER,
            "status": "not_in_corpus",
            "reason": "No source names it.",
            "sentences": (),
            "missing_terms": ("x",),
        }
    ),
    schema.SummariseResult(
        topic="One",
        sections=(schema.SummarySection(heading="Laboratory", sentences=(SENTENCE,)),),
        silent_on=("Course",),
        evidence=(EVIDENCE,),
        disagreements=(),
        index=INDEX,
        title="One",
        note="",
    ),
    schema.CiteResult(
        query="Aho",
        kind=schema.CitationQuery.AUTHOR,
        results=(
            schema.CitationMatch(
                origin="tiny.txt",
                source="tiny-2020",
                citation="Aho P. A review. 2020.",
                page=None,
                section="References",
                quote="3. Aho P, Berg Å. A journal 1977;7:41-3.",
                passage="3. Aho P, Berg Å. A journal 1977;7:41-3.",
                start=900,
                end=940,
                score=1.0,
                stance=schema.Stance.MENTIONS,
                second_hand=False,
                primary_references=(),
                reference_text="3. Aho P, Berg Å. A journal 1977;7:41-3.",
                cited_by=(schema.CitingQuote(source="tiny-2020", quote="It was first described in 1977 (3)."),),
            ),
        ),
    ),
    schema.ClassifyResult(id="c1", **DIFFERENTIAL),
    schema.SchemesResult(
        schemes=(
            schema.Scheme(
                id="a-scheme",
                inventory="S1",
                title="By cause",
                source="tiny-2020",
                origin="tiny.txt",
                categories=(schema.Category(path=("Metastatic", "Renal"), quote="renal failure", types=("one",)),),
            ),
        )
    ),
    schema.DisagreementsResult(disagreements=(DISAGREEMENT,)),
    schema.ExplainResult(
        query="uno",
        type=schema.TypeEntry(
            id="one",
            name="One",
            synonyms=("Uno",),
            icd10cm=("M61.0",),
            mechanism=Mechanism.DYSTROPHIC,
            must_not_miss=False,
            frequency=Frequency.RARE,
            summary="The one.",
            parent=None,
            narrower=(schema.TypeName(id="two", name="Two"),),
        ),
        criteria=(CRITERION,),
        schemes=(),
        disagreements=(DISAGREEMENT,),
        definition=(EVIDENCE,),
        note="",
        distinction=DISTINCTION,
        knowledge=schema.KnowledgeState(version="1", digest="cd34"),
        index=INDEX,
    ),
    schema.AuditResult(passed=False, counts={"types": 1}, held_share=2 / 3, problems=("types/one.toml: no criterion",)),
    schema.SourcesResult(sources=(SOURCE,), index=INDEX),
    schema.ShowResult(source=SOURCE, shown="p1", passages=(PASSAGE.model_copy(update={"score": None}),), index=INDEX),
    schema.IndexResult(
        index=INDEX,
        switched=True,
        sources=schema.SourceChanges(added=("tiny-2020",), changed=(), kept=("other-1999",), removed=()),
        passages=schema.PassageCounts(added=1, kept=2, removed=0, embedded=1),
        copied=("tiny-2020",),
        refused=(schema.Refused(name="empty.txt", reason="is empty"),),
    ),
    schema.StatusResult(
        corpus="corpus",
        indexes="indexes",
        index=INDEX,
        fault=None,
        fresh=False,
        remedy="calcrag index",
        model="a model",
        passages=3,
        statements=4,
        generations=("0001",),
        sources=(
            schema.SourceCondition(
                source="tiny-2020", origin="tiny.txt", state=schema.SourceState.NEW, detail="it is not in the index yet"
            ),
        ),
        unlisted=(),
    ),
    schema.VerifyResult(ok=True, checks=(schema.Check(name="files", ok=True, detail="as written", remedy=None),)),
    schema.RollbackResult(generation="0001", before=None),
    schema.EvaluateResult(
        figures=(schema.Figure(name="search: hit@1", value=0.75, over=4),),
        misses=(schema.Miss(id="g1", question="Is it?", what="incomplete"),),
        index=INDEX,
    ),
    schema.BatchError(error="line 3 is not JSON"),
]


def keys(result: schema.Shape) -> list[str]:
    return list(json.loads(to_json(result)))


# ---------------------------------------------------------------- the fields


@pytest.mark.parametrize("shape", FIELDS, ids=lambda shape: shape.__name__)
def test_shape_has_exactly_the_promised_fields(shape: type[schema.Shape]) -> None:
    assert set(shape.model_fields) == set(FIELDS[shape].split())


def test_every_shape_is_among_the_promised() -> None:
    shapes = {v for v in vars(schema).values() if isinstance(v, type) and issubclass(v, schema.Shape)}
    assert shapes - set(FIELDS) == {schema.Shape, schema.Differential}


@pytest.mark.parametrize("closed", CLOSED, ids=lambda closed: closed.__name__)
def test_closed_list_holds_exactly_the_promised_words(closed: Any) -> None:
    assert [member.value for member in closed] == CLOSED[closed].split()


@pytest.mark.parametrize("shape", FIELDS, ids=lambda shape: shape.__name__)
def test_every_field_says_what_it_is(shape: type[schema.Shape]) -> None:
    assert [name for name, field in shape.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_fields_are_printed_in_the_promised_order(example: schema.Shape) -> None:
    promised = FIELDS[type(example)].split()
    if getattr(example, "id", "") is None:
        promised.remove("id")
    assert keys(example) == promised


@pytest.mark.parametrize("shape", FIELDS, ids=lambda shape: shape.__name__)
def test_a_field_that_is_not_promised_is_refused(shape: type[schema.Shape]) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        shape.model_validate({"unheard_of": 1})


def test_objects_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PASSAGE.text = "other"  # type: ignore[misc]


# ---------------------------------------------------------------- what does not fit


@pytest.mark.parametrize(
    "change",
    [
        {"sentences": (schema.Sentence(text="x", citations=(2,)),)},
        {"sentences": ()},
        {"status": "not_in_corpus"},
        {"status": "perhaps"},
        {"evidence": (EVIDENCE, EVIDENCE)},
        {"id": True},
        {"id": 1.5},
    ],
)
def test_an_answer_that_does_not_hold_together_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        schema.AskResult(**{**ANSWER, **change})


def test_a_sentence_without_a_citation_is_refused() -> None:
    with pytest.raises(ValidationError):
        schema.Sentence(text="Trust me.", citations=())


def test_a_criterion_without_evidence_is_refused() -> None:
    with pytest.raises(ValidationError):
        schema.Criterion.model_validate({**CRITERION.model_dump(), "evidence": ()})


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_refused(score: float) -> None:
    with pytest.raises(ValidationError):
        schema.Passage.model_validate({**PASSAGE.model_dump(), "score": score})


# ---------------------------------------------------------------- the bytes


def test_line_is_exactly_this() -> None:
    result = schema.SearchResult(query="Ångström\n\u2028", passages=(PASSAGE,))
    assert to_json(result) == (
        r'{"query":"Ångström\n\u2028","passages":[{"id":"p1","source":"tiny-2020","origin":"tiny.txt",'
        '"citation":"Aho P. A review. 2020.","page":4,"page_label":"S12","section":"Findings › Laboratory","kind":"prose",'
        '"text":"Calcium was 9.2\u2009mg/dL.","start":100,"end":122,"score":0.1235}]}'
    )


def test_noise_of_floating_point_does_not_reach_the_line() -> None:
    line = json.loads(to_json(schema.ClassifyResult(**DIFFERENTIAL)))
    assert line["findings"][0]["value"] == 9.2184
    noisy = schema.Passage.model_validate({**PASSAGE.model_dump(), "score": 0.1 + 0.2})
    plain = schema.Passage.model_validate({**PASSAGE.model_dump(), "score": 0.3})
    assert to_json(noisy) == to_json(plain)
    assert '"score":0.0}' in to_json(schema.Passage.model_validate({**PASSAGE.model_dump(), "score": -0.00001}))


def test_order_of_schemes_given_changes_nothing() -> None:
    turned = schema.Candidate.model_validate(
        {**CANDIDATE.model_dump(), "schemes": dict(reversed(CANDIDATE.schemes.items()))}
    )
    assert to_json(turned) == to_json(CANDIDATE)
    assert list(json.loads(to_json(CANDIDATE))["schemes"]) == ["a-scheme", "b-scheme"]


def test_id_is_left_out_where_there_is_none_and_nothing_else_is() -> None:
    assert keys(schema.BatchError(error="x")) == ["error"]
    assert to_json(schema.BatchError(id="7", error="x")) == '{"id":"7","error":"x"}'
    assert to_json(schema.BatchError(id=7, error="x")) == '{"id":7,"error":"x"}'
    assert json.loads(to_json(schema.AskResult(**ANSWER)))["differential"] is None


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_what_is_printed_reads_back_as_the_same_object(example: schema.Shape) -> None:
    line = to_json(example)
    again = type(example).model_validate_json(line)
    assert again == example
    assert to_json(again) == line


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_text_gives_one_line_that_can_be_written_and_reads_back(text: str) -> None:
    line = to_json(schema.BatchError(error=text))
    assert len(line.splitlines()) == 1
    assert line.encode("utf-8").decode("utf-8") == line
    assert json.loads(line)["error"] == text


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_rounded_score_stays_what_it_is(score: float) -> None:
    once = schema.Passage.model_validate({**PASSAGE.model_dump(), "score": score})
    assert schema.Passage.model_validate(once.model_dump()) == once


# ---------------------------------------------------------------- from the values of the wings

ARTICLE = Article(
    key="tiny-2020",
    origin="tiny.txt",
    kind=SourceKind.OTHER,
    record=Record(title="A review", authors=("Aho P",)),
    text="Deposits are rare.\nThere are two of them in all. More.",
    offsets=OffsetMap(()),
    blocks=(
        Block(BlockKind.PARAGRAPH, 0, 18, page=3, page_label="iii"),
        Block(BlockKind.PARAGRAPH, 19, 54, page=4, page_label="iv"),
    ),
    markers=(),
    references=(),
    sha256="ab12",
)


def test_what_was_not_printed_is_null_and_what_was_is_given() -> None:
    made = report.source(ARTICLE, passages=2)
    given = {name for name, value in made.model_dump().items() if value is not None}
    assert set(schema.Source.model_fields) - given == {
        *("year", "container", "volume", "issue", "pages", "doi", "pmid", "url", "note", "licence", "access")
    }
    assert (made.source, made.title, made.authors, made.passages) == ("tiny-2020", "A review", ("Aho P",), 2)


def test_section_of_a_passage_is_its_label_or_else_its_headings() -> None:
    found = Passage(
        "p1", "tiny-2020", PassageKind.CAPTION, "Deposits are rare.", 0, 18, "Findings", "Figure 2", 3, "iii"
    )
    made = report.passage(found, ARTICLE, score=0.5)
    assert (made.section, made.page, made.page_label, made.score) == ("Figure 2", 3, "iii", 0.5)
    assert report.passage(replace(found, label=None), ARTICLE).section == "Findings"
    assert report.passage(found, ARTICLE).score is None


def test_pages_of_disagreements_are_looked_up_where_there_are_pages() -> None:
    positions = (
        Position("tiny-2020", "two", "There are two of  them in all."),
        Position("tiny-2020", "many", "There are not so many of them."),
        Position("not-held", "three", "There are three of them in all."),
    )
    entry = Disagreement("how-many", "How many", DisagreementKind.INTERNAL, ("gout",), positions)
    pages = report.pages_of([entry], {"tiny-2020": ARTICLE})
    assert pages == {("tiny-2020", "There are two of  them in all."): 4}
    (made,) = report.disagreements_result([entry], origins={"tiny-2020": "tiny.txt"}, pages=pages).disagreements
    assert [(p.origin, p.page) for p in made.positions] == [("tiny.txt", 4), ("tiny.txt", None), ("", None)]
    unpaged = replace(ARTICLE, blocks=tuple(replace(block, page=None) for block in ARTICLE.blocks))
    assert report.pages_of([entry], {"tiny-2020": unpaged}) == {}


# ---------------------------------------------------------------- the schemas


def test_every_verb_has_a_schema() -> None:
    assert list(schemas()) == [*VERBS, "error"]


@pytest.mark.parametrize("verb", VERBS)
def test_schema_requires_every_field_but_id(verb: str) -> None:
    published = schemas()[verb]
    promised = [name for name in FIELDS[schema.RESULTS[verb]].split() if name != "id"]
    assert sorted(published["required"]) == sorted(promised)
    assert published["additionalProperties"] is False


def test_schemas_are_the_same_each_time() -> None:
    assert json.dumps(schemas()) == json.dumps(schemas())
