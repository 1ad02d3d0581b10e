"""The smallest change that would put another candidate first."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcrag.differential import whatif
from calcrag.differential.calcification import Strength
from calcrag.differential.case_text import read_case
from calcrag.differential.classify import classify
from calcrag.differential.criteria import Age, AllOf, Present, Test, Time
from calcrag.differential.findings import Finding, FindingState
from calcrag.differential.knowledge import Knowledge, load_knowledge
from calcrag.differential.whatif import WhatIf, what_if

Case = Callable[[str], list[Finding]]


def told(found: tuple[WhatIf, ...]) -> list[tuple[str, str]]:
    return [
        (
            " and ".join(f"{c.finding}: {c.before} → {c.after}" for c in one.changes),
            f"{one.instead_of.id} → {one.first.id}",
        )
        for one in found
    ]


def test_one_change_and_those_first_that_only_answer_what_is_open(small: Knowledge, case: Case) -> None:
    assert told(what_if(case("fluid-level"), small)) == [
        ("dialysis: not assessed → present", "tumoral-calcinosis → renal-calcinosis"),
        ("renal-failure: not assessed → present", "tumoral-calcinosis → renal-calcinosis"),
    ]


def test_a_finding_that_was_said_can_be_taken_back(small: Knowledge, case: Case) -> None:
    found = told(what_if(case("dialysis fluid-level"), small, limit=50))
    assert ("dialysis: present → absent", "renal-calcinosis → tumoral-calcinosis") in found
    # What is implied falls with what implies it, and so does what it opposes.
    assert ("renal-failure: present → absent", "renal-calcinosis → tumoral-calcinosis") in found


def test_what_contradicts_the_change_is_taken_back(small: Knowledge, case: Case) -> None:
    found = told(what_if(case("peripheral-rim"), small, limit=50))
    assert ("central-mineral: absent → present", "myositis-ossificans → sarcoma") in found


def test_an_absence_is_taken_back_with_all_that_it_made_absent(small: Knowledge, case: Case) -> None:
    found = told(what_if(case("growing -calcified"), small, limit=50))
    assert ("fluid-level: absent → present", "sarcoma → tumoral-calcinosis") in found


def test_two_changes_where_one_does_not_do(small: Knowledge, case: Case) -> None:
    settled = "-family-history -fluid-level -central-mineral -growing -bone-destruction -ulcer age=40"
    found = told(what_if(case(f"peripheral-rim trauma@30 shrinking renal-failure {settled}"), small, limit=99))
    change = "central-mineral: absent → present and fluid-level: absent → present"
    assert (change, "myositis-ossificans → renal-calcinosis") in found
    assert all(" and " in change for change, _ in found)


def test_two_changes_that_reach_one_criterion_only_together(small: Knowledge, case: Case) -> None:
    both = replace(small.types[0], id="both", criteria=(small.types[0].criteria[0],))
    needs = AllOf((Present("tattoo"), Present("ulcer")))
    other = replace(
        both, id="other", criteria=(replace(both.criteria[0], test=needs, strength=Strength.PATHOGNOMONIC),)
    )
    found = told(what_if(case("peripheral-rim"), replace(small, types=(both, other))))
    assert found == [("tattoo: not assessed → present and ulcer: not assessed → present", "both → other")]


def test_two_changes_that_take_each_other_back_are_none(small: Knowledge, case: Case) -> None:
    both = replace(small.types[0], id="both", criteria=(small.types[0].criteria[0],))
    needs = AllOf((Present("male"), Present("female")))
    other = replace(
        both, id="other", criteria=(replace(both.criteria[0], test=needs, strength=Strength.PATHOGNOMONIC),)
    )
    assert what_if(case("peripheral-rim"), replace(small, types=(both, other))) == ()


def two(small: Knowledge, *criteria: tuple[Test, Strength]) -> Knowledge:
    """Two types: `one` led by a rim, `other` with the criteria given."""
    model = small.types[0]
    other = tuple(replace(model.criteria[0], id=f"c{n}", test=test, strength=s) for n, (test, s) in enumerate(criteria))
    types = (replace(model, id="one", criteria=(model.criteria[0],)), replace(model, id="other", criteria=other))
    return replace(small, types=types)


def test_a_value_changes_over_a_bound_and_neighbours_are_one_change(small: Knowledge, case: Case) -> None:
    young, not_old = (Age(None, 10), Strength.PATHOGNOMONIC), (Age(None, 60), Strength.STRONG)
    found = told(what_if(case("peripheral-rim age=70"), two(small, young, not_old, (Present("ulcer"), Strength.WEAK))))
    assert found == [("age: 70 → below 10 years", "one → other")]
    found = told(what_if(case("peripheral-rim ulcer"), two(small, young, not_old, (Present("ulcer"), Strength.WEAK))))
    assert ("age: not assessed → below 60 years", "one → other") in found
    middle = (Age(20, 30), Strength.PATHOGNOMONIC)
    found = told(what_if(case("peripheral-rim"), two(small, (Age(None, 10), Strength.PATHOGNOMONIC), middle)))
    assert found == [
        ("age: not assessed → 20 to 30 years", "one → other"),
        ("age: not assessed → below 10 years", "one → other"),
    ]


def test_a_time_changes_over_a_bound_where_the_event_is_present(small: Knowledge, case: Case) -> None:
    knowledge = two(small, (Time("trauma", 14, 60), Strength.PATHOGNOMONIC))
    assert told(what_if(case("peripheral-rim crush-injury@400"), knowledge)) == [
        ("trauma: 400 → 14 to 60 days ago", "one → other")
    ]
    both = told(what_if(case("peripheral-rim"), knowledge))
    assert both == []  # the event and its time are one question after the other


def test_nothing_leads_where_nothing_is_known(small: Knowledge, case: Case) -> None:
    assert what_if(case("tattoo"), small) == ()


def test_where_no_two_changes_do_there_is_none(small: Knowledge, case: Case) -> None:
    alone = replace(small, types=tuple(one for one in small.types if one.id == "myositis-ossificans"))
    assert what_if(case("peripheral-rim"), alone) == ()


SIGNS = (
    "fluid-level peripheral-rim central-mineral eggshell trauma dialysis high-phosphate growing shrinking ulcer".split()
)
A_SIGN = st.builds(
    Finding, st.sampled_from(SIGNS), st.just("label"), st.sampled_from([FindingState.PRESENT, FindingState.ABSENT])
)


@given(st.lists(A_SIGN, min_size=1, max_size=5, unique_by=lambda finding: finding.id))
def test_an_addition_does_what_it_says(small: Knowledge, findings: list[Finding]) -> None:
    for one in what_if(findings, small):
        assert one.first is not one.instead_of
        assert classify(findings, small).candidates[0].type is one.instead_of
        if all(c.before == "not assessed" and c.after in ("present", "absent") for c in one.changes):
            added = [Finding(c.finding, "label", FindingState(c.after)) for c in one.changes]
            assert classify([*findings, *added], small).candidates[0].type is one.first


def test_a_far_lead_is_not_searched_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each pair costs half a millisecond: without a bound this case made more than a million.
    tried = 0
    overtakes = whatif._Case.overtakes

    def counted(*arguments: Any) -> bool:
        nonlocal tried
        tried += 1
        return overtakes(*arguments)

    monkeypatch.setattr(whatif._Case, "overtakes", counted)
    text = (
        "Man of 54 on dialysis, painful violaceous plaques on both thighs with black eschar for three weeks, on warfarin. "
        "PTH 890 pg/mL. Radiograph: fine net-like calcification of small vessels."
    )
    knowledge = load_knowledge()
    findings = read_case(text, vocabulary=knowledge.vocabulary).findings
    assert classify(findings, knowledge).candidates[0].type.id == "calciphylaxis"
    whatif.what_if(findings, knowledge)
    assert tried < 30_000
