"""Holds the objects of the differential: what stands in them, that they fit their schema, and that order changes nothing."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from calcrag import schema
from calcrag.audit import Audit
from calcrag.case_context import (
    MAIN_SCHEMES,
    all_disagreements,
    conflicts_of,
    disagreements_on_types,
    disagreements_touching,
    placements_of,
    standing_of,
)
from calcrag.citation import Record
from calcrag.consult import Case, distinguish
from calcrag.differential.calcification import CalcificationType, Criterion, Evidence, Mechanism, Strength
from calcrag.differential.case_text import CaseReading
from calcrag.differential.classify import classify
from calcrag.differential.findings import Certainty, Finding, FindingState
from calcrag.differential.knowledge import Knowledge, load_knowledge
from calcrag.differential.whatif import what_if
from calcrag.literature.article import Article, Block, BlockKind, OffsetMap, SourceKind
from calcrag.report import to_json
from calcrag.report_differential import (
    Quoted,
    audit_result,
    classify_result,
    criterion,
    distinction_result,
    explain_result,
    quoted_sources,
    reference,
    type_entry,
)

FINDINGS = """
[[finding]]
id = "dialysis"
group = "history"
label = "dialysis"
implies = ["kidney-failure"]

[[finding]]
id = "kidney-failure"
group = "history"
label = "kidney failure"

[[finding]]
id = "eschar"
group = "examination"
label = "eschar"

[[finding]]
id = "fluid-level"
group = "morphology"
label = "fluid level"

[[finding]]
id = "male"
group = "demographics"
label = "male"
opposes = ["female"]

[[finding]]
id = "female"
group = "demographics"
label = "female"

[[finding]]
id = "tattoo"
group = "history"
label = "tattoo"

[[finding]]
id = "serum-phosphate"
group = "laboratory"
label = "phosphate"
kind = "measurement"
units = ["mg/dL", "mmol/L"]
factors = [1.0, 3.097]
"""
REFERENCES = """
[[reference]]
doi = "10.1000/eschar"
title = "Eschars"
authors = ["van der Berg A", "Aho P"]
year = 2001
container = "A journal"
volume = "7"
pages = "41-3"
"""
CALCIPHYLAXIS = """
id = "calciphylaxis"
name = "Calciphylaxis"
synonyms = ["calcific uraemic arteriolopathy"]
icd10cm = ["E83.59"]
mechanism = "calciphylaxis"
must_not_miss = true
frequency = "rare"
summary = "Clotted vessels."

[[criterion]]
id = "eschar"
when = { all = ["eschar", "kidney-failure"] }
strength = "pathognomonic"
because = "Nothing else does this."
evidence = [
    { source = "essay", quote = "Eschars with renal failure are calciphylaxis." },
    { doi = "10.1000/eschar", fact = "Twelve of twelve patients had kidney failure." },
]

[[criterion]]
id = "phosphate"
when = { measured = "serum-phosphate", above = 5.5, unit = "mg/dL" }
strength = "weak"
because = "It falls out."
evidence = [{ source = "essay", quote = "The product leads to precipitation there." }]
"""
TUMORAL = """
id = "tumoral-calcinosis"
name = "Tumoral calcinosis"
synonyms = []
icd10cm = []
mechanism = "idiopathic"
must_not_miss = false
frequency = "rare"
summary = "Masses about joints."

[[criterion]]
id = "level"
when = "fluid-level"
strength = "strong"
because = "Milk of calcium settles."
evidence = [{ source = "essay", quote = "A fluid level is its sign." }]

[[criterion]]
id = "kidneys"
when = "kidney-failure"
strength = "against"
because = "The kidneys are sound."
evidence = [{ source = "essay", quote = "The kidneys are normal in all of them." }]
"""
FAMILIAL = """
id = "familial-form"
name = "Familial form"
synonyms = []
icd10cm = []
mechanism = "idiopathic"
must_not_miss = false
frequency = "rare"
parent = "tumoral-calcinosis"
summary = "It runs in families."

[[criterion]]
id = "level"
when = "fluid-level"
strength = "moderate"
because = "Milk of calcium settles."
evidence = [{ source = "essay", quote = "A fluid level is its sign." }]
"""
UTERINE = """
id = "uterine-fibroid"
name = "Uterine fibroid"
synonyms = []
icd10cm = []
mechanism = "tumour"
must_not_miss = false
frequency = "common"
summary = "A tumour of the uterus."

[[criterion]]
id = "woman"
when = "female"
strength = "moderate"
because = "She has a uterus."
evidence = [{ source = "essay", quote = "It is common in women of any age." }]

[[criterion]]
id = "man"
when = "male"
strength = "excludes"
because = "A man has no uterus."
evidence = [{ source = "essay", quote = "It is a tumour of the uterus alone." }]
"""

ESSAY_TEXT = "A fluid level is its sign.\n\nEschars with renal failure are calciphylaxis."
ESSAY = Article(
    key="essay", origin="essay.pdf", kind=SourceKind.REVIEW, record=Record(), text=ESSAY_TEXT, offsets=OffsetMap(()),
    blocks=(Block(BlockKind.PARAGRAPH, 0, 26, page=1), Block(BlockKind.PARAGRAPH, 28, len(ESSAY_TEXT), page=2)),
    markers=(), references=(), sha256="",
)  # fmt: skip
QUOTED = Quoted({"essay": "essay.pdf"}, {"essay": ESSAY})


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    folder = tmp_path_factory.mktemp("kb")
    for name, texts in {
        "types": {
            "calciphylaxis": CALCIPHYLAXIS,
            "tumoral-calcinosis": TUMORAL,
            "familial-form": FAMILIAL,
            "uterine-fibroid": UTERINE,
        },
        "findings": {"all": FINDINGS},
        "references": {"works": REFERENCES},
    }.items():
        (folder / name).mkdir()
        for stem, text in texts.items():
            (folder / name / f"{stem}.toml").write_text(text, encoding="utf-8")
    (folder / "knowledge.toml").write_text('version = "test"\n', encoding="utf-8")
    return load_knowledge(folder)


def finding(identity: str, state: str = "present", **more: object) -> Finding:
    return Finding(identity, identity.replace("-", " "), FindingState(state), **more)  # type: ignore[arg-type]


DIALYSIS = finding("dialysis", text="on HD", start=4, end=9)
ESCHAR = finding("eschar", text="black eschars", start=11, end=24, time=14.0)
PHOSPHATE = finding("serum-phosphate", "measured", value=7.1, unit="mg/dL", text="P 7.1", start=26, end=31)
MALE = finding("male", text="Man", start=0, end=3)
CASE = (MALE, DIALYSIS, ESCHAR, PHOSPHATE, finding("tattoo"))


def case_of(knowledge: Knowledge, *findings: Finding, reading: CaseReading | None = None) -> Case:
    return Case(reading, classify(findings, knowledge))


def told(knowledge: Knowledge, *findings: Finding, **more: object) -> schema.ClassifyResult:
    return classify_result(case_of(knowledge, *findings), knowledge, quoted=QUOTED, **more)  # type: ignore[arg-type]


def of(result: schema.ClassifyResult, identity: str) -> schema.Candidate:
    return next(one for one in result.candidates if one.id == identity)


# ---------------------------------------------------------------- a case


def test_case_gives_the_promised_object(small: Knowledge) -> None:
    result = told(small, *CASE, identity="c1")
    line = to_json(result)
    assert to_json(schema.ClassifyResult.model_validate_json(line)) == line
    assert json.loads(line)["id"] == "c1"
    assert "id" not in json.loads(to_json(told(small, *CASE)))
    assert (result.sufficient, result.reason, result.mechanism) == (True, "", Mechanism.CALCIPHYLAXIS)
    assert (result.knowledge.version, result.knowledge.digest) == (small.version, small.digest)


def test_findings_stand_with_their_words_and_values(small: Knowledge) -> None:
    result = told(small, *CASE)
    assert [one.id for one in result.findings] == ["tattoo", "male", "dialysis", "eschar", "serum-phosphate"]
    by_id = {one.id: one for one in result.findings}
    eschar, phosphate, tattoo = by_id["eschar"], by_id["serum-phosphate"], by_id["tattoo"]
    assert (eschar.text, eschar.start, eschar.end, eschar.time, eschar.value) == ("black eschars", 11, 24, 14.0, None)
    assert (phosphate.state, phosphate.value, phosphate.unit) == (schema.FindingState.MEASURED, 7.1, "mg/dL")
    assert (tattoo.text, tattoo.start, tattoo.end) == ("", None, None)
    assert result.unused == ("tattoo",)


def test_candidate_shows_for_against_and_what_is_open(small: Knowledge) -> None:
    result = told(small, *CASE)
    first = result.candidates[0]
    assert (first.rank, first.id, first.name, first.points) == (1, "calciphylaxis", "Calciphylaxis", 11)
    assert (first.status, first.must_not_miss, first.icd10cm) == (schema.CandidateStatus.SUPPORTED, True, ("E83.59",))
    eschar, phosphate = first.supporting
    assert (eschar.id, eschar.strength, eschar.met, eschar.points) == (
        "eschar",
        Strength.PATHOGNOMONIC,
        schema.Met.YES,
        10,
    )
    assert (eschar.finding, eschar.asks, eschar.decided_by) == (
        "eschar",
        ("eschar", "kidney-failure"),
        ("eschar", "dialysis"),
    )
    assert (eschar.label, eschar.because) == ("eschar and kidney failure", "Nothing else does this.")
    assert (phosphate.finding, phosphate.decided_by) == ("serum-phosphate", ("serum-phosphate",))
    tumoral = of(result, "tumoral-calcinosis")
    assert (tumoral.points, tumoral.status) == (-3, schema.CandidateStatus.OPEN)
    assert [(one.id, one.met, one.points) for one in tumoral.against] == [("kidneys", schema.Met.YES, -3)]
    assert [(one.id, one.met, one.points) for one in tumoral.not_assessed] == [("level", schema.Met.NOT_ASSESSED, 0)]


def test_criterion_that_the_case_denies_is_told_apart_from_one_that_it_does_not_mention(small: Knowledge) -> None:
    tumoral = of(told(small, finding("fluid-level", "absent"), DIALYSIS), "tumoral-calcinosis")
    assert [(one.id, one.met) for one in tumoral.not_met] == [("level", schema.Met.NO)]
    assert tumoral.not_assessed == ()


def test_limit_leaves_the_first_and_all_that_are_excluded(small: Knowledge) -> None:
    result = told(small, *CASE, limit=1)
    assert [(one.id, one.status.value) for one in result.candidates] == [
        ("calciphylaxis", "supported"),
        ("uterine-fibroid", "excluded"),
    ]
    assert {one.id for one in told(small, *CASE).candidates} == {one.id for one in small.types}


def test_what_is_no_fact_is_set_aside_and_named(small: Knowledge) -> None:
    mother = replace(ESCHAR, certainty=Certainty.OTHER_PERSON)
    result = told(small, DIALYSIS, mother)
    assert [one.id for one in result.findings] == ["dialysis"]
    assert [(one.id, one.certainty) for one in result.set_aside] == [("eschar", Certainty.OTHER_PERSON)]
    reading = CaseReading((DIALYSIS,), ("'calcium 90' is impossible",), (mother,), ("said both",))
    read = classify_result(case_of(small, DIALYSIS, reading=reading), small, quoted=QUOTED)
    assert (read.set_aside, read.problems, read.conflicts) == (
        result.set_aside,
        ("'calcium 90' is impossible",),
        ("said both",),
    )


def test_contradictions_are_told_by_their_names(small: Knowledge) -> None:
    case = case_of(small, MALE, finding("female"), ESCHAR, finding("eschar", "absent"))
    assert conflicts_of(case, small) == (
        "eschar: cannot all hold; counted: eschar not assessed",
        "female, male: cannot all hold; counted: female present, male present",
    )


def test_too_little_is_told_and_nothing_is_ranked(small: Knowledge) -> None:
    result = told(small, finding("tattoo"))
    assert (result.sufficient, result.mechanism, result.candidates, result.must_not_miss) == (False, None, (), ())
    assert result.reason.startswith("not enough findings")
    assert (result.placement, result.disagreements) == ((), ())
    assert result.next_findings


def test_lane_says_why_and_what_would_settle_it(small: Knowledge) -> None:
    (entry,) = told(small, PHOSPHATE, finding("fluid-level")).must_not_miss
    assert (entry.id, entry.points, entry.why) == ("calciphylaxis", 1, "supported by the findings")
    assert [one.id for one in entry.settled_by] == ["eschar"]


def test_next_finding_leads_to_its_criteria(small: Knowledge) -> None:
    result = told(small, PHOSPHATE, finding("fluid-level"))
    one = next(one for one in result.next_findings if one.finding == "kidney-failure")
    assert set(one.separates) >= {"tumoral-calcinosis"}
    assert ("tumoral-calcinosis", "kidneys") in {(of.candidate, of.criterion.id) for of in one.criteria}
    assert all(of.criterion.met is schema.Met.NOT_ASSESSED for of in one.criteria)


def test_what_if_is_null_unless_asked(small: Knowledge) -> None:
    assert told(small, *CASE).what_if is None
    found = told(small, *CASE, what_if=what_if(CASE, small)).what_if
    assert found
    assert found[0].instead_of.id == "calciphylaxis"
    assert all(change.before and change.after for one in found for change in one.changes)


def test_order_of_findings_changes_no_byte(small: Knowledge) -> None:
    assert to_json(told(small, *CASE)) == to_json(told(small, *reversed(CASE)))


# ---------------------------------------------------------------- evidence


def test_held_quote_has_its_file_and_page_and_another_work_its_record(small: Knowledge) -> None:
    held, other = of(told(small, *CASE), "calciphylaxis").supporting[0].evidence
    assert held == schema.CriterionEvidence(
        source="essay", origin="essay.pdf", page=2, quote="Eschars with renal failure are calciphylaxis.", held=True,
        reference=None, fact=None,
    )  # fmt: skip
    assert (other.source, other.origin, other.page, other.quote, other.held) == (None, None, None, None, False)
    assert other.fact == "Twelve of twelve patients had kidney failure."
    work = other.reference
    assert work is not None
    assert (work.first_author, work.year, work.doi, work.pmid) == ("van der Berg", 2001, "10.1000/eschar", None)
    assert work.text == "van der Berg A, Aho P. Eschars. A journal 2001;7:41-3. doi:10.1000/eschar."


def test_source_that_the_corpus_does_not_hold_has_no_file(small: Knowledge) -> None:
    result = classify_result(case_of(small, *CASE), small, quoted=Quoted())
    evidence = result.candidates[0].supporting[0].evidence[0]
    assert (evidence.source, evidence.origin, evidence.page) == ("essay", "", None)


def test_quote_that_is_not_there_has_no_page() -> None:
    assert QUOTED.page("essay", "A fluid level is its sign.") == 1
    assert QUOTED.page("essay", "No such words anywhere.") is None
    assert QUOTED.page("other", "A fluid level is its sign.") is None


@pytest.mark.parametrize(
    ("authors", "first"),
    [(("Aho P",), "Aho"), (("van Leeuwen RJH", "Aho P"), "van Leeuwen"), (("Mendes",), "Mendes"), ((), None)],
)
def test_family_name_of_the_first_author(authors: tuple[str, ...], first: str | None) -> None:
    record = Record(title="A title", authors=authors, year=2001, doi="10.1000/x")
    assert reference(Evidence(doi="10.1000/x", fact="A fact.", record=record)).first_author == first


def test_work_without_a_record_is_told_by_its_numbers() -> None:
    made = reference(Evidence(doi="10.1000/x", pmid="123", fact="A fact."))
    assert (made.doi, made.pmid, made.first_author, made.title) == ("10.1000/x", "123", None, None)


# ---------------------------------------------------------------- schemes and disagreements


def test_schemes_of_a_candidate_are_paths_by_scheme(small: Knowledge) -> None:
    schemes = of(told(small, *CASE), "tumoral-calcinosis").schemes
    assert schemes["dalinka-table-i"]
    placed = {one.scheme.id: one.categories for one in standing_of(small.types[2], small)}
    assert schemes == {name: tuple(" › ".join(c.path) for c in categories) for name, categories in placed.items()}


def test_main_schemes_place_the_first_candidate_or_the_broader_type(small: Knowledge) -> None:
    def first(*findings: Finding) -> list[tuple[str, str | None]]:
        found = placements_of(classify(findings, small), small)
        assert [one.scheme.inventory for one in found] == list(MAIN_SCHEMES)
        return [(one.scheme.inventory, one.type.id if one.type else None) for one in found]

    assert ("S12", "tumoral-calcinosis") in first(finding("fluid-level"))
    assert {identity for _, identity in first(ESCHAR, DIALYSIS)} == {None}  # no main scheme names calciphylaxis
    alone = replace(small, types=tuple(one for one in small.types if one.id in ("familial-form", "calciphylaxis")))
    assert placements_of(classify([finding("fluid-level")], alone), alone)[0].type is None
    narrower = tuple(
        replace(one, criteria=one.criteria[1:]) if one.id == "tumoral-calcinosis" else one for one in small.types
    )
    broader = replace(small, types=narrower)
    found = placements_of(classify([finding("fluid-level")], broader), broader)
    assert {one.type.id for one in found if one.type} == {"tumoral-calcinosis"}


def test_disagreements_are_those_on_the_leading_candidates(small: Knowledge) -> None:
    entries = disagreements_touching(classify([finding("fluid-level")], small))
    assert entries
    assert all("tumoral-calcinosis" in entry.entities for entry in entries)
    shown = told(small, finding("fluid-level")).disagreements
    assert [entry.topic for entry in shown] == [entry.topic for entry in entries[: len(shown)]]
    types = {one.id: one for one in small.types}
    both = disagreements_on_types(types["calciphylaxis"], types["tumoral-calcinosis"])
    assert set(both) <= set(disagreements_on_types(types["calciphylaxis"]))
    assert set(disagreements_on_types(types["calciphylaxis"])) < set(all_disagreements())


# ---------------------------------------------------------------- types


def test_type_stands_with_its_criteria_and_places(small: Knowledge) -> None:
    one = next(one for one in small.types if one.id == "tumoral-calcinosis")
    made = explain_result("tumoural calcinosis", one, small, quoted=QUOTED, note="no index")
    assert (made.query, made.type.id, made.note, made.index, made.definition) == (
        "tumoural calcinosis",
        "tumoral-calcinosis",
        "no index",
        None,
        (),
    )
    assert [asked.id for asked in made.criteria] == ["level", "kidneys"]
    assert {asked.met for asked in made.criteria} == {schema.Met.NOT_ASSESSED}
    assert all("tumoral-calcinosis" in category.types for scheme in made.schemes for category in scheme.categories)
    assert [name.id for name in made.type.narrower] == ["familial-form"]
    line = to_json(made)
    assert to_json(schema.ExplainResult.model_validate_json(line)) == line


def test_narrower_type_names_the_broader_one(small: Knowledge) -> None:
    types = {one.id: one for one in small.types}
    entry = type_entry(types["familial-form"], small)
    assert entry.parent == schema.TypeName(id="tumoral-calcinosis", name="Tumoral calcinosis")
    assert (entry.narrower, type_entry(types["calciphylaxis"], small).parent) == ((), None)


def test_distinction_holds_what_the_other_does_not_share(small: Knowledge) -> None:
    types = {one.id: one for one in small.types}

    def ids(one: CalcificationType, other: CalcificationType) -> tuple[list[str], list[str]]:
        made = distinction_result(distinguish(one, other), quoted=QUOTED)
        assert (made.one.id, made.other.id) == (one.id, other.id)
        return [asked.id for asked in made.for_one], [asked.id for asked in made.for_other]

    assert ids(types["calciphylaxis"], types["tumoral-calcinosis"]) == (["eschar", "phosphate"], ["level", "kidneys"])
    assert ids(types["tumoral-calcinosis"], types["tumoral-calcinosis"]) == ([], [])


def test_sources_that_are_quoted(small: Knowledge) -> None:
    assert quoted_sources(small) == {"essay", *(p.source for entry in all_disagreements() for p in entry.positions)}


def test_criterion_without_a_case_adds_nothing(small: Knowledge) -> None:
    asked: Criterion = small.types[0].criteria[0]
    made = criterion(asked, QUOTED)
    assert (made.met, made.points, made.decided_by) == (schema.Met.NOT_ASSESSED, 0, ())


def test_audit_is_told_whole() -> None:
    made = audit_result(Audit(("types/x.toml: wrong",), {"types": 2, "criteria": 3}, Fraction(2, 3), {}))
    assert (made.passed, made.counts, made.problems) == (False, {"types": 2, "criteria": 3}, ("types/x.toml: wrong",))
    assert json.loads(to_json(made))["held_share"] == 0.6667
    assert audit_result(Audit((), {"types": 2}, Fraction(1), {})).passed


def test_pages_are_not_looked_for_where_there_are_none(small: Knowledge, tmp_path: Path) -> None:
    plain = replace(ESSAY, blocks=tuple(replace(block, page=None) for block in ESSAY.blocks))
    assert Quoted({}, {"essay": plain}).page("essay", "A fluid level is its sign.") is None
