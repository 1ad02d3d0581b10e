"""Findings and a small knowledge base → a differential: the ranking, the lists, the lane, what to ask, and what
holds always.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcrag.differential.calcification import Mechanism, Strength
from calcrag.differential.classify import POINTS, Candidate, Differential, Status, Why, classify
from calcrag.differential.criteria import Present
from calcrag.differential.findings import Certainty, Finding, FindingState
from calcrag.differential.knowledge import Knowledge
from calcrag.differential.next_findings import leading
from calcrag.differential.scoring import Judged, Met, Standing, prepare
from calcrag.errors import UnknownName

Case = Callable[[str], list[Finding]]


def of(differential: Differential, identity: str) -> Candidate:
    return next(c for c in differential.candidates if c.type.id == identity)


def ids(judged: tuple[Judged, ...]) -> list[str]:
    return [one.criterion.id for one in judged]


def ranking(differential: Differential) -> list[tuple[str, int]]:
    return [(c.type.id, c.points) for c in differential.candidates]


# ---------------------------------------------------------------- points and places


def test_the_points_are_those_of_the_design() -> None:
    assert dict(POINTS) == {
        Strength.PATHOGNOMONIC: 10,
        Strength.STRONG: 5,
        Strength.MODERATE: 3,
        Strength.WEAK: 1,
        Strength.AGAINST: -3,
        Strength.EXCLUDES: 0,
    }


def test_points_rank_then_frequency_then_id(small: Knowledge, case: Case) -> None:
    assert ranking(classify(case("growing"), small)) == [
        ("sarcoma", 3),
        ("renal-calcinosis", 0),
        ("myositis-ossificans", 0),
        ("scrotal-calcinosis", 0),
        ("tumoral-calcinosis", 0),
    ]


def test_a_candidate_shows_for_against_open_and_not_so(small: Knowledge, case: Case) -> None:
    found = of(classify(case("fluid-level renal-failure -high-phosphate age=40"), small), "tumoral-calcinosis")
    assert ids(found.supporting) == ["layers", "mass"]
    assert ids(found.against) == ["kidneys"]
    assert ids(found.not_assessed) == ["family", "value"]
    assert ids(found.not_met) == ["phosphate", "young"]
    assert found.points == 5
    assert found.status is Status.SUPPORTED


def test_of_a_group_the_strongest_counts_once(small: Knowledge, case: Case) -> None:
    kidneys = of(classify(case("dialysis"), small), "renal-calcinosis")
    assert [(j.criterion.id, j.points) for j in kidneys.supporting] == [("dialysis", 5), ("kidneys", 0)]
    weaker = of(classify(case("renal-failure"), small), "renal-calcinosis")
    assert [(j.criterion.id, j.points) for j in weaker.supporting] == [("kidneys", 3)]
    stronger_first = of(classify(case("high-phosphate serum-phosphate=8"), small), "tumoral-calcinosis")
    assert [(j.criterion.id, j.points) for j in stronger_first.supporting] == [("phosphate", 5), ("value", 0)]


def test_what_is_impossible_goes_last_and_is_named(small: Knowledge, case: Case) -> None:
    found = classify(case("female ulcer"), small)
    last = found.candidates[-1]
    assert (last.type.id, last.status, last.rank) == ("scrotal-calcinosis", Status.EXCLUDED, 5)
    assert ids(last.against) == ["woman"]


def test_what_is_impossible_is_so_within_a_group_too(small: Knowledge, case: Case) -> None:
    scrotal = next(one for one in small.types if one.id == "scrotal-calcinosis")
    woman = next(c for c in scrotal.criteria if c.id == "woman")
    against = replace(woman, id="against", strength=Strength.AGAINST)
    grouped = tuple(replace(c, group="sex") for c in (against, woman))
    found = classify(case("female ulcer"), replace(small, types=(replace(scrotal, criteria=grouped),)))
    assert [(c.status, c.points) for c in found.candidates] == [(Status.EXCLUDED, -3)]


def test_a_limit_keeps_ranks_and_the_excluded(small: Knowledge, case: Case) -> None:
    whole = classify(case("female fluid-level"), small)
    cut = classify(case("female fluid-level"), small, limit=2)
    assert [(c.rank, c.type.id) for c in cut.candidates] == [
        (1, "tumoral-calcinosis"),
        (2, "renal-calcinosis"),
        (5, "scrotal-calcinosis"),
    ]
    assert cut.next_findings == whole.next_findings
    assert cut.must_not_miss == whole.must_not_miss


def test_equal_against_leaves_a_candidate_open(small: Knowledge, case: Case) -> None:
    found = of(classify(case("periarticular-mass renal-failure"), small), "tumoral-calcinosis")
    assert (found.points, found.status) == (0, Status.OPEN)


# ---------------------------------------------------------------- tests of three values


@pytest.mark.parametrize(
    ("line", "identity", "criterion", "met"),
    [
        ("eggshell", "myositis-ossificans", "rim", Met.YES),  # up two steps
        ("-calcified", "myositis-ossificans", "rim", Met.NO),  # down
        ("-eggshell", "myositis-ossificans", "rim", Met.NOT_ASSESSED),
        ("central-mineral", "myositis-ossificans", "rim", Met.NO),  # opposed, written on the other side
        ("peripheral-rim", "myositis-ossificans", "centre", Met.NO),
        ("calcified", "myositis-ossificans", "rim", Met.NOT_ASSESSED),
        ("trauma@30", "myositis-ossificans", "weeks", Met.YES),
        ("crush-injury@30", "myositis-ossificans", "weeks", Met.YES),  # a crush is a trauma of the same day
        ("trauma@14", "myositis-ossificans", "weeks", Met.YES),
        ("trauma@61", "myositis-ossificans", "weeks", Met.NO),
        ("trauma@7300 trauma@30", "myositis-ossificans", "weeks", Met.YES),
        ("trauma", "myositis-ossificans", "weeks", Met.NOT_ASSESSED),
        ("-trauma", "myositis-ossificans", "weeks", Met.NO),
        ("shrinking -bone-destruction -ulcer", "myositis-ossificans", "shrinks", Met.YES),
        ("shrinking -bone-destruction", "myositis-ossificans", "shrinks", Met.NOT_ASSESSED),
        ("ulcer", "myositis-ossificans", "shrinks", Met.NO),
        ("growing", "myositis-ossificans", "shrinks", Met.NO),
        ("-trauma", "sarcoma", "no-injury", Met.YES),
        ("trauma", "sarcoma", "no-injury", Met.NO),
        ("growing", "sarcoma", "no-injury", Met.NOT_ASSESSED),
        ("age=20", "tumoral-calcinosis", "young", Met.YES),
        ("age=4", "tumoral-calcinosis", "young", Met.NO),
        ("age=21", "tumoral-calcinosis", "young", Met.NO),
        ("age=10 age=50", "tumoral-calcinosis", "young", Met.NOT_ASSESSED),
        ("serum-phosphate=5.5", "tumoral-calcinosis", "value", Met.NO),  # a bound of a value is exclusive
        ("serum-phosphate=5.6", "tumoral-calcinosis", "value", Met.YES),
        ("-high-phosphate", "renal-calcinosis", "phosphate", Met.NOT_ASSESSED),  # the value is still open
        ("-high-phosphate serum-phosphate=4", "renal-calcinosis", "phosphate", Met.NO),
    ],
)
def test_a_test_comes_out(line: str, identity: str, criterion: str, met: Met, small: Knowledge, case: Case) -> None:
    found = of(classify([*case(line), *case("tattoo family-history")], small), identity)
    judged = (*found.supporting, *found.against, *found.not_assessed, *found.not_met)
    assert [one.met for one in judged if one.criterion.id == criterion] == [met]


def test_a_criterion_names_the_findings_of_the_case_that_decided_it(small: Knowledge, case: Case) -> None:
    found = of(classify(case("eggshell crush-injury@30 trauma@40"), small), "myositis-ossificans")
    assert {one.criterion.id: one.findings for one in found.supporting} == {
        "rim": ("eggshell",),
        "weeks": ("trauma",),
        "injury": ("trauma",),
    }
    value = of(classify(case("serum-phosphate=8"), small), "tumoral-calcinosis").supporting
    assert [one.findings for one in value] == [("serum-phosphate",)]


def test_only_what_is_certain_or_probable_is_a_fact(small: Knowledge, case: Case) -> None:
    for certainty in Certainty:
        found = classify([replace(one, certainty=certainty) for one in case("growing tattoo")], small)
        factual = certainty in (Certainty.CERTAIN, Certainty.PROBABLE)
        assert bool(found.candidates) is factual
        assert [one.id for one in found.findings] == ["growing", "tattoo"]
        assert found.unused == (("tattoo",) if factual else ())


def test_a_value_of_which_only_a_bound_is_known_decides_nothing(small: Knowledge) -> None:
    found = classify([Finding("age", "age", FindingState.MEASURED, unit="years")], small)
    assert found.candidates == ()


# ---------------------------------------------------------------- contradictions


def test_a_finding_both_present_and_absent_counts_as_not_assessed(small: Knowledge, case: Case) -> None:
    found = classify(case("growing -growing ulcer"), small)
    assert ids(of(found, "sarcoma").supporting) == []
    assert [(c.findings, c.reason) for c in found.conflicts] == [
        (("growing",), "cannot all hold; counted: growing not assessed")
    ]


def test_what_is_said_outranks_what_follows(small: Knowledge, case: Case) -> None:
    found = classify(case("peripheral-rim central-mineral"), small)
    assert ids(of(found, "sarcoma").supporting) == ["centre"]
    assert ids(of(found, "sarcoma").against) == ["rim"]
    assert [c.findings for c in found.conflicts] == [("central-mineral", "peripheral-rim")]
    assert "central-mineral present, peripheral-rim present" in found.conflicts[0].reason


def test_where_both_sides_only_follow_nothing_is_known(small: Knowledge, case: Case) -> None:
    found = classify(case("fluid-level -calcified"), small)
    assert ids(of(found, "tumoral-calcinosis").supporting) == ["layers"]
    assert "mass" in ids(of(found, "tumoral-calcinosis").not_assessed)
    assert "periarticular-mass not assessed" in found.conflicts[0].reason


# ---------------------------------------------------------------- enough, and the lane


def test_without_a_finding_nothing_is_ranked_and_it_says_what_to_ask(small: Knowledge, case: Case) -> None:
    for line in ("", "tattoo"):
        found = classify(case(line), small)
        assert (found.sufficient, found.candidates, found.mechanism) == (False, (), None)
        assert found.reason.startswith("not enough findings: none")
        assert found.next_findings[0].finding == "family-history"
    assert found.unused == ("tattoo",)


def test_too_little_support_is_said_and_still_ranked(small: Knowledge, case: Case) -> None:
    found = classify(case("male"), small)
    assert (found.sufficient, found.mechanism) == (False, None)
    assert "moderate" in found.reason
    assert found.candidates[0].type.id == "scrotal-calcinosis"


def test_many_weak_signs_do_not_make_one_that_suffices(small: Knowledge, case: Case) -> None:
    sarcoma = next(one for one in small.types if one.id == "sarcoma")
    weak = tuple(replace(c, strength=Strength.WEAK) for c in sarcoma.criteria)
    found = classify(
        case("growing central-mineral bone-destruction -trauma"),
        replace(small, types=(replace(sarcoma, criteria=weak),)),
    )
    assert (found.candidates[0].points, found.candidates[0].status, found.sufficient) == (4, Status.SUPPORTED, False)


def test_the_mechanism_is_that_of_the_first(small: Knowledge, case: Case) -> None:
    found = classify(case("dialysis fluid-level"), small)
    assert (found.sufficient, found.reason, found.mechanism) == (True, "", Mechanism.METASTATIC)
    assert (found.version, found.digest) == ("test", small.digest)


def test_the_lane_of_what_must_not_be_missed(small: Knowledge, case: Case) -> None:
    def lane(line: str) -> dict[str, tuple[Why, list[str]]]:
        return {m.candidate.type.id: (m.why, ids(m.settled_by)) for m in classify(case(line), small).must_not_miss}

    assert lane("growing fluid-level") == {
        "renal-calcinosis": (Why.SUPPORTED, ["dialysis"]),
        "sarcoma": (Why.SUPPORTED, ["bone", "centre"]),
    }
    assert lane("growing peripheral-rim")["sarcoma"] == (Why.OUTWEIGHED, ["bone"])
    assert lane("family-history")["sarcoma"] == (Why.NOT_RULED_OUT, ["bone", "centre"])
    assert "sarcoma" not in lane("trauma family-history")  # one criterion came out as no
    assert "sarcoma" not in lane("peripheral-rim")
    assert lane("dialysis -fluid-level")["renal-calcinosis"] == (Why.SUPPORTED, [])


def test_an_excluded_type_is_not_in_the_lane(
    written: Callable[..., object], tmp_path: object, case: Case, small: Knowledge
) -> None:
    types = tuple(replace(one, must_not_miss=True) for one in small.types)
    found = classify(case("female ulcer"), replace(small, types=types))
    assert "scrotal-calcinosis" not in [m.candidate.type.id for m in found.must_not_miss]


def test_an_unknown_finding_is_refused(small: Knowledge, case: Case) -> None:
    with pytest.raises(UnknownName, match="'calcifed'"):
        classify(case("calcifed"), small)


# ---------------------------------------------------------------- what to ask next


def test_asks_what_separates_the_leaders(small: Knowledge, case: Case) -> None:
    found = classify(case("fluid-level -family-history -high-phosphate"), small)
    first = found.next_findings[0]
    assert first.finding == "dialysis"
    assert first.separates == ("tumoral-calcinosis", "renal-calcinosis")
    assert (
        first.why
        == "present: speaks for Renal calcinosis and speaks against Tumoral calcinosis. The sources tie dialysis to it."
    )
    assert [(t, c.id) for t, c in first.criteria] == [
        ("renal-calcinosis", "dialysis"),
        ("tumoral-calcinosis", "kidneys"),
        ("renal-calcinosis", "kidneys"),
    ]


def test_asks_for_what_would_rule_out_a_leader_and_not_for_its_contrary_too(small: Knowledge, case: Case) -> None:
    case_of_three = "ulcer growing -central-mineral -bone-destruction -peripheral-rim trauma@30"
    asked = classify(case(case_of_three), small).next_findings
    assert [n.finding for n in asked] == ["female"]
    assert asked[0].separates == ("myositis-ossificans", "scrotal-calcinosis")
    assert asked[0].why == "present: rules out Scrotal calcinosis. The sources tie woman to it."
    assert [c.id for _, c in asked[0].criteria] == ["woman", "man"]


def test_a_finding_that_moves_one_candidate_separates_it_from_the_first(small: Knowledge, case: Case) -> None:
    found = {n.finding: n for n in classify(case("fluid-level"), small).next_findings}
    assert found["family-history"].separates == ("tumoral-calcinosis", "renal-calcinosis")


def test_a_value_is_asked_for_with_its_bounds(small: Knowledge, case: Case) -> None:
    found = {
        n.finding: n for n in classify(case("fluid-level -high-phosphate dialysis family-history"), small).next_findings
    }
    assert found["serum-phosphate"].why.startswith(
        "4.5 to 5.5 mg/dL: speaks for Renal calcinosis; above 5.5 mg/dL: speaks for "
    )
    assert found["age"].why.startswith("5 to 20 years: speaks for Tumoral calcinosis")


def test_a_time_is_asked_for_once_the_event_is_known(small: Knowledge, case: Case) -> None:
    rest = "growing -central-mineral -peripheral-rim -bone-destruction"
    found = classify(case(f"trauma {rest}"), small).next_findings
    assert [n.finding for n in found] == ["trauma"]
    assert found[0].why.startswith("14 to 60 days ago: speaks for Myositis ossificans. ")
    assert classify(case(f"trauma@30 {rest}"), small).next_findings == ()


def test_a_narrower_finding_is_not_asked_for_beside_a_broader_that_does_the_same(small: Knowledge, case: Case) -> None:
    asked = [n.finding for n in classify(case(""), small).next_findings]
    assert not {"peripheral-rim", "eggshell"} <= set(asked)


def test_another_place_is_not_asked_for_once_a_place_is_named(small: Knowledge, case: Case) -> None:
    model = next(one for one in small.types if one.id == "sarcoma")
    growth = model.criteria[0]
    types = []
    for site in ("leg", "knee", "arm"):
        here = replace(growth, id=site, test=Present(site), strength=Strength.STRONG)
        types.append(replace(model, id=f"of-{site}", criteria=(growth, here)))
    knowledge = replace(small, types=tuple(types))
    assert {n.finding for n in classify(case("growing"), knowledge).next_findings} == {"leg", "knee", "arm"}
    assert {n.finding for n in classify(case("growing leg"), knowledge).next_findings} == {"knee"}
    assert {n.finding for n in classify(case("growing knee"), knowledge).next_findings} == set()


def test_the_leaders_end_where_points_do(small: Knowledge) -> None:
    def leaders(*points: int) -> list[int]:
        one = prepare(small).types[0]
        ranking = [
            (one, Standing(number, excluded=False, key=(False, -number, 0, str(n)))) for n, number in enumerate(points)
        ]
        return [standing.points for _, standing in leading([*ranking, (one, Standing(9, True, (True, -9, 0, "x")))])]

    assert leaders(9, 5, 3, 0) == [9, 5, 3]
    assert leaders(9, 8, 7, 6, 5, 4, 3, 2) == [9, 8, 7, 6, 5, 4]
    assert leaders(9, 8, 1, 1, 1, 1, 1, 1) == [9, 8]
    assert leaders(9, 1, 1, 1, 1, 1, 1, 0) == [9, 1, 1, 1, 1, 1, 1]
    assert leaders(3, 3, 3, 3, 3, 3, 3, 0) == [3] * 7
    assert leaders(3, 0, -3) == [3, 0, -3]


def test_tissue_is_asked_for_last(small: Knowledge, case: Case) -> None:
    model = next(one for one in small.types if one.id == "sarcoma")
    growth = model.criteria[0]
    proof = replace(growth, id="proof", test=Present("histology"), strength=Strength.PATHOGNOMONIC)
    hint = replace(growth, id="hint", test=Present("ulcer"), strength=Strength.WEAK)
    types = (replace(model, id="a", criteria=(growth, proof)), replace(model, id="b", criteria=(growth, hint)))
    found = classify(case("growing"), replace(small, types=types)).next_findings
    assert [n.finding for n in found] == ["ulcer", "histology"]


def test_many_leaders_are_named_three_at_most(small: Knowledge, case: Case) -> None:
    twins = tuple(replace(small.types[0], id=f"twin-{n}", name=f"Twin {n}") for n in range(5))
    found = classify(case("growing"), replace(small, types=(*small.types, *twins)))
    whys = [n.why for n in found.next_findings]
    assert any("speaks for Myositis ossificans, Twin 0, Twin 1 and 3 more" in why for why in whys), whys


# ---------------------------------------------------------------- what holds always

SIGNS = (
    "calcified periarticular-mass fluid-level peripheral-rim central-mineral eggshell trauma crush-injury male female dialysis "
    "renal-failure high-phosphate normal-phosphate bone-destruction shrinking growing family-history ulcer tattoo"
).split()
A_SIGN = st.builds(
    Finding,
    st.sampled_from(SIGNS),
    st.just("label"),
    st.sampled_from([FindingState.PRESENT, FindingState.ABSENT]),
    time=st.sampled_from([None, 3.0, 30.0, 400.0]),
)
A_VALUE = st.builds(
    Finding, st.sampled_from(["age", "serum-phosphate"]), st.just("label"), st.just(FindingState.MEASURED),
    value=st.sampled_from([1.0, 5.0, 7.0, 60.0]), unit=st.just("unit"),
)  # fmt: skip
CASES = st.lists(A_SIGN | A_VALUE, max_size=8)


@given(CASES, st.data())
def test_the_order_of_findings_changes_nothing(small: Knowledge, findings: list[Finding], data: st.DataObject) -> None:
    assert classify(data.draw(st.permutations(findings)), small) == classify(findings, small)


@given(CASES)
def test_saying_a_finding_twice_changes_nothing(small: Knowledge, findings: list[Finding]) -> None:
    assert classify([*findings, *findings], small) == classify(findings, small)


@given(CASES, st.sampled_from([FindingState.PRESENT, FindingState.ABSENT]))
def test_a_finding_that_no_type_asks_for_changes_nothing(
    small: Knowledge, findings: list[Finding], state: FindingState
) -> None:
    before, after = classify(findings, small), classify([*findings, Finding("tattoo", "tattoo", state)], small)
    assert after.candidates == before.candidates
    assert after.next_findings == before.next_findings


RELEVANT = {  # what the criteria of a type look at, and all that leads there
    "scrotal-calcinosis": {"male", "female", "ulcer"},
    "sarcoma": set(SIGNS[:8]) | {"growing", "shrinking", "bone-destruction"},
}


@given(CASES, A_SIGN, st.sampled_from(sorted(RELEVANT)))
def test_a_finding_irrelevant_to_a_type_changes_nothing_for_it(
    small: Knowledge, findings: list[Finding], other: Finding, identity: str
) -> None:
    if other.id in RELEVANT[identity]:
        return
    before = [c for c in classify(findings, small).candidates if c.type.id == identity]
    after = [c for c in classify([*findings, other], small).candidates if c.type.id == identity]
    assert [replace(c, rank=0) for c in after if before] == [replace(c, rank=0) for c in before if after]


@given(CASES)
def test_score_and_explanation_are_one(small: Knowledge, findings: list[Finding]) -> None:
    for candidate in classify(findings, small).candidates:
        assert candidate.points == sum(j.points for j in (*candidate.supporting, *candidate.against))
        lists = (candidate.supporting, candidate.against, candidate.not_assessed, candidate.not_met)
        assert sorted(i for judged in lists for i in ids(judged)) == sorted(c.id for c in candidate.type.criteria)
        assert all(j.points == 0 and not j.findings for j in candidate.not_assessed)
        assert all(set(j.findings) <= {f.id for f in findings} for judged in lists for j in judged)
        assert all(j.findings for judged in (lists[0], lists[1], lists[3]) for j in judged)


@given(CASES)
def test_the_order_of_candidates_is_that_of_points_frequency_and_id(small: Knowledge, findings: list[Finding]) -> None:
    candidates = classify(findings, small).candidates
    frequencies = ["common", "less common", "rare"]
    keys = [
        (c.status is Status.EXCLUDED, -c.points, frequencies.index(c.type.frequency), c.type.id) for c in candidates
    ]
    assert keys == sorted(keys)
    assert [c.rank for c in candidates] == list(range(1, len(candidates) + 1))


@given(CASES)
def test_the_next_findings_are_open_and_separate(small: Knowledge, findings: list[Finding]) -> None:
    found = classify(findings, small)
    told = {(f.id, f.state) for f in findings}
    for asked in found.next_findings:
        assert len(asked.separates) >= 2
        assert len(set(asked.separates)) == len(asked.separates)
        assert asked.criteria
        assert (asked.finding, FindingState.ABSENT) not in told
        assert asked.finding not in {f.id for f in findings if f.state is FindingState.MEASURED}
