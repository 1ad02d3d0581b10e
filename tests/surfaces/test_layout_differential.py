"""Holds the layout of cases and types: every line of a small case, numbers of evidence, widths, hostile words."""

import re
from dataclasses import replace
from typing import Any

import pytest

from calcrag.case_context import DISAGREEMENTS, Placement, disagreements_touching
from calcrag.citation import Record
from calcrag.consult import Bearing, Case, Consultation, Distinction
from calcrag.differential.calcification import CalcificationType, Criterion, Evidence, Frequency, Mechanism, Strength
from calcrag.differential.case_text import CaseReading
from calcrag.differential.classify import classify
from calcrag.differential.criteria import AllOf, Measured, Present
from calcrag.differential.findings import Certainty, Finding, FindingState, Group, Term, TermKind, Vocabulary
from calcrag.differential.knowledge import Knowledge
from calcrag.differential.schemes import Category, Scheme
from calcrag.differential.whatif import what_if
from calcrag.literature.answer import Answer, Status
from calcrag.literature.passages import Passage, PassageKind
from calcrag.literature.retrieval import Hit
from calcrag.surfaces.layout_differential import beside_answer_lines, case_lines
from calcrag.surfaces.layout_types import criterion_lines, distinction_lines, rests_on, type_lines
from calcrag.surfaces.typesetting import Page

QUOTE = Evidence(source="essay", quote="Eschars with renal failure are of this kind.")
WORK = Evidence(
    doi="10.1000/eschar",
    fact="Twelve of twelve had kidney failure.",
    record=Record(title="Eschars", authors=("Aho P", "Berg L"), year=2001, container="A journal", doi="10.1000/eschar"),
)
ESCHAR = Criterion(
    "eschar", AllOf((Present("eschar"), Present("dialysis"))), Strength.PATHOGNOMONIC, "Nothing else does this.",
    (QUOTE, WORK), label="eschar and dialysis",
)  # fmt: skip
PHOSPHATE = Criterion(
    "phosphate", Measured("phosphate", above=5.5, unit="mg/dL"), Strength.WEAK, "It falls out.", (QUOTE,),
    label="phosphate above 5.5 mg/dL",
)  # fmt: skip
MASS = Criterion("mass", Present("mass"), Strength.STRONG, "It is a mass.", (WORK,), label="mass")
KIDNEYS = Criterion(
    "kidneys", Present("dialysis"), Strength.AGAINST, "The kidneys are sound.", (QUOTE,), label="dialysis"
)
MAN = Criterion("man", Present("male"), Strength.EXCLUDES, "A man has no uterus.", (QUOTE,), label="male")


def kind(
    identity: str, *criteria: Criterion, name: str = "", miss: bool = False, parent: str = ""
) -> CalcificationType:
    return CalcificationType(
        identity, name or identity.capitalize(), (), ("E83.59",), Mechanism.IDIOPATHIC, miss, Frequency.RARE, "What it is.",
        criteria, parent,
    )  # fmt: skip


def term(identity: str, group: Group = Group.HISTORY, units: tuple[str, ...] = ()) -> Term:
    measured = TermKind.MEASUREMENT if units else TermKind.SIGN
    return Term(identity, group, identity, kind=measured, units=units, factors=dict.fromkeys(units, 1.0))


KNOWLEDGE = Knowledge(
    (
        kind("clotting", ESCHAR, PHOSPHATE, miss=True),
        kind("fibroid", MASS, MAN),
        kind("tumour", MASS, KIDNEYS, parent="fibroid"),
    ),
    Vocabulary(
        {
            one.id: one
            for one in (
                term("dialysis"),
                term("eschar", Group.COMPARTMENT),
                term("male"),
                term("mass"),
                term("tattoo"),
                term("phosphate", Group.LABORATORY, ("mg/dL",)),
            )
        }
    ),
    (),
    "test",
    "0123",
)


def finding(identity: str, state: str = "present", **more: Any) -> Finding:
    return Finding(identity, identity, FindingState(state), **more)


FINDINGS = (
    finding("male", text="Man", end=3),
    finding("dialysis", text="on HD", start=4, end=9, time=30.0, certainty=Certainty.PROBABLE),
    finding("eschar", text="black\neschar", start=10, end=22),
    finding("mass", "absent", text="no mass", start=23, end=30),
    finding("tattoo", text="inked", start=40, end=45),
)
ASIDE = finding("mass", text="?mass", start=50, end=55, certainty=Certainty.POSSIBLE)


def case_of(*findings: Finding, reading: bool = True, conflicts: tuple[str, ...] = ()) -> Case:
    read = CaseReading(findings, ("'age 300' is impossible",), (ASIDE,), conflicts) if reading else None
    return Case(read, classify(findings, KNOWLEDGE))


def lines_of(case: Case, width: int = 100, **more: Any) -> list[str]:
    return case_lines(case, KNOWLEDGE, Page(width), **more)


def test_case_is_exactly_this() -> None:
    case = case_of(*FINDINGS, conflicts=("mass: said twice",))
    assert lines_of(case, what_if=what_if(FINDINGS, KNOWLEDGE)) == [
        "Findings (5)",
        "  present   male                                  “Man”",
        "  present   dialysis (probable; 30 days before, or after the event)  “on HD”",
        "  present   eschar                                “black eschar”",
        "  absent    mass                                  “no mass”",
        "  present   tattoo (no criterion looks at it)     “inked”",
        "",
        "Set aside, not counted (1)",
        "  present   mass (only possible)                  “?mass”",
        "",
        "Could not be used",
        "  - 'age 300' is impossible",
        "",
        "Contradictions",
        "  - mass: said twice",
        "",
        "Differential",
        "    1.  +10  Clotting (idiopathic, rare, must not be missed)",
        "",
        "1. Clotting: +10 points (idiopathic; E83.59; must not be missed)",
        "   What it is.",
        "   for",
        "     pathognomonic +10  Nothing else does this. [1][2] · here: eschar, dialysis",
        "   against: nothing",
        "   not assessed",
        "     weak               It falls out. [1] · asks for: phosphate above 5.5 mg/dL",
        "",
        "Excluded",
        "  - Fibroid: A man has no uterus. [1]",
        "",
        "Must not be missed",
        "  - Clotting (+10, rank 1)",
        "",
        "To ask next",
        "  - phosphate: tells apart Clotting, Tumour",
        "    above 5.5 mg/dL: speaks for Clotting. It falls out. [1]",
        "",
        "Where Clotting stands",
        "  not named in: S1 Mechanism of formation, four classes; S2 Compartment, five classes; S12 Table I:",
        "      soft tissue calcification; S22 Split of the differential diagnosis; S25 Causes of generalized",
        "      soft tissue calcification",
        "  mechanism in the knowledge base: idiopathic",
        "  compartments that the case names: eschar",
        "",
        "What would change the first rank",
        "  - dialysis: absent (now present) and mass: present (now absent) → Tumour first",
        "  - eschar: absent (now present) and mass: present (now absent) → Tumour first",
        "",
        "What it rests on",
        "   [1] essay: “Eschars with renal failure are of this kind.”",
        "   [2] not held: Aho P et al, A journal 2001, doi:10.1000/eschar: Twelve of twelve had kidney",
        "       failure.",
        "",
        "Knowledge base test (0123).",
    ]


def test_lists_of_a_candidate_say_what_decided_and_what_would() -> None:
    lines = lines_of(case_of(*FINDINGS))
    assert "     pathognomonic +10  Nothing else does this. [1][2] · here: eschar, dialysis" in lines
    assert "     weak               It falls out. [1] · asks for: phosphate above 5.5 mg/dL" in lines
    assert "   against: nothing" in lines
    high = finding("phosphate", "measured", value=7.25, unit="mg/dL", text="P 7.25", start=60, end=66)
    lines = lines_of(case_of(high, finding("mass"), finding("dialysis")), detailed=5)
    assert "     against        −3  The kidneys are sound. [2] · here: dialysis" in lines
    assert "     weak           +1  It falls out. [2] · here: phosphate 7.25 mg/dL" in lines


def test_every_number_is_listed_once() -> None:
    lines = lines_of(case_of(*FINDINGS, finding("phosphate", "measured", value=7.0, unit="mg/dL")), detailed=5)
    start = lines.index("What it rests on")
    named = {n for line in lines[:start] for n in re.findall(r"\[(\d+)\]", line)}
    assert [n for line in lines[start:] for n in re.findall(r"\[(\d+)\]", line)] == sorted(named, key=int)


def test_what_is_excluded_says_why_and_what_is_not_so_is_named() -> None:
    lines = lines_of(case_of(*FINDINGS))
    assert lines[lines.index("Excluded") + 1] == "  - Fibroid: A man has no uterus. [1]"
    mass = lines_of(case_of(finding("dialysis"), finding("eschar", "absent"), finding("mass")), detailed=3)
    assert "   asked for, and not so: eschar and dialysis" not in mass  # it has no points, so it is not told
    high = finding("phosphate", "measured", value=7.0, unit="mg/dL")
    told = lines_of(case_of(finding("eschar", "absent"), high, finding("mass")), detailed=3)
    assert "   asked for, and not so: eschar and dialysis" in told


def test_criterion_of_a_group_that_adds_nothing_is_marked() -> None:
    grouped = [
        replace(one, group="g", strength=Strength.STRONG) for one in (MASS, replace(MASS, id="again", label="mass"))
    ]
    twice = replace(grouped[1], test=Present("tattoo"), label="tattoo")
    knowledge = Knowledge((kind("twice", grouped[0], twice),), KNOWLEDGE.vocabulary, (), "test", "0")
    case = Case(None, classify([finding("mass"), finding("tattoo")], knowledge))
    lines = case_lines(case, knowledge, Page(100))
    assert "     strong         +5  It is a mass. [1] · here: tattoo" in lines
    assert "     strong        (·)  It is a mass. [1] · here: mass" in lines


def test_overview_ends_with_how_many_more_there_are() -> None:
    types = tuple(kind(f"kind-{n:02}", MASS) for n in range(13))
    knowledge = replace(KNOWLEDGE, types=types)
    case = Case(None, classify([finding("mass")], knowledge))
    lines = case_lines(case, knowledge, Page(100))
    assert "   10.   +5  Kind-09 (idiopathic, rare)" in lines
    assert "       and 3 more with no more points" in lines
    assert not any("and 3 more with" in line for line in case_lines(case, knowledge, Page(100), detailed=13))


def test_disagreements_beyond_the_first_are_counted() -> None:
    knowledge = replace(KNOWLEDGE, types=(kind("tumoral-calcinosis", MASS),))
    case = Case(None, classify([finding("mass")], knowledge))
    lines = case_lines(case, knowledge, Page(100))
    (more,) = [line for line in lines if line.endswith(" more on the leading candidates: calcrag disagreements NAME")]
    assert int(more.split()[1]) == len(disagreements_touching(case.differential)) - DISAGREEMENTS


def test_value_whose_reading_counts_is_not_called_idle() -> None:
    read = finding("mass", text="P 7.1", start=4, end=9)
    value = finding("tattoo", text="P 7.1", start=4, end=9)
    assert "  present   tattoo                                “P 7.1”" in lines_of(case_of(read, value))
    apart = replace(value, start=20, end=25)
    assert "  present   tattoo (no criterion looks at it)     “P 7.1”" in lines_of(case_of(read, apart))


def test_case_without_text_shows_no_words() -> None:
    lines = lines_of(case_of(finding("dialysis"), finding("eschar"), reading=False))
    assert lines[1:3] == ["  present   dialysis", "  present   eschar"]
    assert "Could not be used" not in lines


def test_too_little_is_said_and_nothing_told_in_full() -> None:
    lines = lines_of(case_of(finding("phosphate", "measured", value=7.0, unit="mg/dL")))
    assert "  Not enough findings: no type has the support of one criterion of moderate strength." in lines
    assert "  What little there is speaks for:" in lines
    assert not any(line.startswith("1. ") for line in lines)
    nothing = lines_of(case_of(finding("tattoo"), reading=False))
    assert "  Not enough findings: none of them bears on any type of calcification." in nothing
    assert "Must not be missed" not in nothing
    ask = nothing.index("To ask next")
    assert set(nothing[ask + 1].strip().split("; ")) <= {"dialysis", "eschar", "mass", "male", "phosphate"}
    empty = lines_of(case_of(reading=False))
    assert empty[:2] == ["Findings (0)", "  none"]


def test_what_would_change_the_rank() -> None:
    def told(*findings: Finding) -> list[str]:
        lines = lines_of(case_of(*findings, reading=False), what_if=what_if(findings, KNOWLEDGE))
        start = lines.index("What would change the first rank")
        return lines[start + 1 : lines.index("", start)]

    high = finding("phosphate", "measured", value=7.0, unit="mg/dL")
    assert told(high, finding("mass")) == [
        "  - male: present (now not assessed) → Tumour first",
        "  - mass: absent (now present) → Clotting first",
    ]
    assert told(finding("tattoo")) == ["  nothing is first yet"]
    assert "What would change the first rank" not in lines_of(case_of(*FINDINGS))


def test_lane_names_what_would_settle_it() -> None:
    strong = replace(ESCHAR, id="twice", strength=Strength.STRONG, test=Present("tattoo"), label="tattoo")
    long = replace(ESCHAR, label="eschar and dialysis, " * 10)
    third = replace(strong, id="third", test=Present("male"), label="male")
    knowledge = replace(
        KNOWLEDGE, types=(kind("clotting", long, strong, third, replace(MASS, strength=Strength.MODERATE), miss=True),)
    )
    case = Case(None, classify([finding("mass")], knowledge))
    lines = case_lines(case, knowledge, Page(110))
    lane = lines[lines.index("Must not be missed") + 1 :]
    assert lane[0] == "  - Clotting (+3, rank 1). Would be settled by: male [2][1]; or tattoo [2][1] (and 1 more)"


def test_schemes_place_the_first_candidate_or_the_broader_type() -> None:
    def told(identity: str, parent: str = "") -> list[str]:
        types = (kind(identity, MASS, parent=parent), kind("tumoral-calcinosis", ESCHAR))
        knowledge = replace(KNOWLEDGE, types=types)
        lines = case_lines(Case(None, classify([finding("mass")], knowledge)), knowledge, Page(110))
        return [line for line in lines if line.startswith("  S1 ")]

    assert told("nothing") == []
    assert told("dermatomyositis") == ["  S1 Mechanism of formation, four classes (faria-2020): Dystrophic"]
    assert told("nothing", parent="tumoral-calcinosis") == [
        "  S1 Mechanism of formation, four classes (faria-2020): Idiopathic (as Tumoral-calcinosis)"
    ]


@pytest.mark.parametrize("width", [30, 60, 100])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    lines = lines_of(case_of(*FINDINGS), width, detailed=3)
    assert max(map(len, lines)) <= max(width, 44)
    said = " ".join(" ".join(lines).split())
    assert "not held: Aho P et al" in said


HOSTILE = "[bold]x[/bold] \x1b]0;t\x07\x1b[2J \u202eback\u202c a\rb\nc \x00 \ud800"


@pytest.mark.parametrize("colour", [False, True])
def test_hostile_words_are_printed_harmlessly(colour: bool) -> None:
    reading = CaseReading(
        (finding("dialysis", text=HOSTILE), finding("eschar")), (HOSTILE,), (replace(ASIDE, text=HOSTILE),), (HOSTILE,)
    )
    case = Case(reading, classify(reading.findings, KNOWLEDGE))
    consultation = Consultation(Answer(HOSTILE, Status.NOT_IN_CORPUS, "", (), (), ()), (), case)
    page = Page(100, colour)
    shown = "\n".join([*case_lines(case, KNOWLEDGE, page), *beside_answer_lines(consultation, page)])
    plain = re.sub(r"\x1b\[(?:0|1|2|1;36)m", "", shown)
    assert (plain != shown) is colour
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", plain)
    assert "[bold]x[/bold]" in plain


# ---------------------------------------------------------------- beside an answer


PASSAGE = Passage("0a1b2c3d4e5f", "essay", PassageKind.PROSE, "Eschars of the thigh.", 10, 31, heading="Skin")


def test_differential_beside_an_answer_is_short() -> None:
    case = case_of(*FINDINGS)
    bearing = (Bearing("clotting", (Hit(PASSAGE, 1.0, 1, 1.0, 1.0, None),)),)
    consultation = Consultation(Answer("q", Status.NOT_IN_CORPUS, "", (), (), ()), (), case, bearing)
    assert beside_answer_lines(consultation, Page(100)) == [
        "",
        "Differential",
        "  read in the case: male, dialysis, eschar, no mass, tattoo",
        "  set aside, not counted: mass (only possible)",
        "  - 'age 300' is impossible",
        "    1.  +10  Clotting (idiopathic, rare, must not be missed)",
        "             pathognomonic: Nothing else does this.",
        "             essay, Skin, characters 10–31 · prose · 0a1b2c3d4e5f: “Eschars of the thigh.”",
        "  must not be missed: Clotting (+10)",
        "  to ask next: phosphate",
        "  calcrag classify tells every criterion with what it rests on.",
    ]


def test_long_passage_is_cut_between_words() -> None:
    long = replace(PASSAGE, text="Eschars of the thigh. " * 40)
    bearing = (Bearing("clotting", (Hit(long, 1.0, 1, 1.0, 1.0, None),)),)
    answer = Answer("q", Status.NOT_IN_CORPUS, "", (), (), ())
    words = " ".join(
        " ".join(beside_answer_lines(Consultation(answer, (), case_of(*FINDINGS), bearing), Page(100))).split()
    )
    shown = words.partition("“")[2].partition("”")[0]
    assert len(shown) <= 242
    assert long.text.startswith(shown.removesuffix(" …"))
    assert shown.endswith(" …")


def test_too_little_beside_an_answer() -> None:
    case = case_of(finding("tattoo"), reading=False)
    lines = beside_answer_lines(Consultation(Answer("q", Status.NOT_IN_CORPUS, "", (), (), ()), (), case), Page(100))
    assert "  not enough findings: none of them bears on any type of calcification" in lines


def test_distinction_beside_an_answer_is_cut_and_leads_on() -> None:
    many = tuple(replace(MASS, id=f"mass-{n}") for n in range(8))
    one, other = kind("one", *many), kind("other")
    found = Distinction(one, other, many, ())
    consultation = Consultation(Answer("q", Status.NOT_IN_CORPUS, "", (), (), ()), (), distinction=found)
    lines = beside_answer_lines(consultation, Page(100))
    assert lines[:4] == ["", "What tells One from Other", "", "  One"]
    assert "     and 2 more: calcrag explain one --against other" in lines
    assert "     no criterion that the other does not share" in lines
    assert not any("more:" in line for line in distinction_lines(found, Page(100)))


# ---------------------------------------------------------------- types


def test_criterion_with_what_it_rests_on() -> None:
    assert criterion_lines(ESCHAR, Page(100)) == [
        "     pathognomonic eschar and dialysis. Nothing else does this.",
        "                   essay: “Eschars with renal failure are of this kind.”",
        "                   not held: Aho P et al, A journal 2001, doi:10.1000/eschar: Twelve of twelve had",
        "                     kidney failure.",
    ]


def test_works_are_named_by_what_is_known_of_them() -> None:
    lone = replace(WORK, record=Record(title="Eschars", authors=("Aho P",), year=2001, pmid="77"), pmid="77", doi="")
    assert rests_on(lone) == "not held: Aho P, 2001, PMID 77: Twelve of twelve had kidney failure."
    unsigned = replace(WORK, record=Record(title="Eschars", doi="10.1000/eschar"))
    assert rests_on(unsigned).startswith("not held: Eschars, doi:10.1000/eschar: ")
    assert rests_on(replace(WORK, record=None)).startswith("not held: doi:10.1000/eschar: ")


def test_type_with_its_kinds_and_places() -> None:
    scheme = Scheme(
        "S1", "by-cause", "By cause", "essay", "By cause there are two.",
        (Category(("Metabolic", "Renal"), "renal failure is one cause", ("fibroid",)),),
    )  # fmt: skip
    fibroid = KNOWLEDGE.types[1]
    lines = type_lines(fibroid, KNOWLEDGE, Page(100), placed=[Placement(scheme, fibroid, scheme.categories)])
    assert lines[:2] == ["Fibroid", "What it is."]
    assert "  kinds      Tumour" in lines
    assert lines[-4:] == [
        "In the classification schemes",
        "  S1 By cause (essay)",
        "      Metabolic › Renal",
        "        “renal failure is one cause”",
    ]
    alone = type_lines(KNOWLEDGE.types[2], KNOWLEDGE, Page(100), placed=[])
    assert "  a kind of  Fibroid" in alone
    assert alone[-1] == "  no scheme of the sources names it"
