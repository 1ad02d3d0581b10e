"""The picture of a differential: well-formed, escaped, complete, and the same every time."""

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from calcrag.differential.calcification import Strength
from calcrag.differential.chart import chart
from calcrag.differential.classify import classify
from calcrag.differential.findings import Finding
from calcrag.differential.knowledge import Knowledge

Case = Callable[[str], list[Finding]]
SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[str]:
    return ["".join(part for part in [one.text or ""]) for one in ET.fromstring(picture).iter(f"{SVG}text")]


def titles(picture: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(picture).iter(f"{SVG}title")]


def test_shows_candidates_points_and_the_reason_of_each_block(small: Knowledge, case: Case) -> None:
    picture = chart(
        classify(case("fluid-level dialysis -trauma peripheral-rim female serum-phosphate=5 age=30"), small)
    )
    words = texts(picture)
    heads = [w for w in words if w.startswith(("1.", "2.", "3.", "4.", "5."))]
    assert heads == [
        *("1. Renal calcinosis ⚠", "2. Myositis ossificans", "3. Tumoral calcinosis", "4. Sarcoma ⚠"),
        *("1. Renal calcinosis", "2. Myositis ossificans", "3. Tumoral calcinosis", "4. Sarcoma"),
    ]
    assert "+9" in words
    assert "Excluded: Scrotal calcinosis." in words
    assert {"dialysis", "fluid level", "no trauma", "peripheral rim", "serum-phosphate 5 mg/dL", "age 30 years"} <= set(
        words
    )
    assert "fluid level (moderate, +3)" in titles(picture)
    assert any(t.startswith("serum phosphate above 5.5 mg/dL: moderate, not met") for t in titles(picture))


def test_a_criterion_that_another_of_its_group_stands_for_has_its_own_sign(small: Knowledge, case: Case) -> None:
    words = texts(chart(classify(case("high-phosphate serum-phosphate=8 fluid-level"), small)))
    assert "(·)" in words
    assert "(·)" not in texts(chart(classify(case("high-phosphate fluid-level"), small)))


def test_a_block_too_narrow_for_its_number_has_none(small: Knowledge, case: Case) -> None:
    model = next(one for one in small.types if one.id == "scrotal-calcinosis")
    man, ulcer, _ = model.criteria
    many = tuple(replace(ulcer, id=f"u{n}", strength=Strength.PATHOGNOMONIC) for n in range(9))
    words = texts(chart(classify(case("male ulcer"), replace(small, types=(replace(model, criteria=(man, *many)),)))))
    assert words.count("10") == 9
    assert "1" not in words
    assert "+91" in words


def test_says_when_there_is_nothing_to_show_or_something_to_doubt(small: Knowledge, case: Case) -> None:
    nothing = chart(classify(case("tattoo"), small))
    assert "Not enough findings: none of them bears on any type of calcification." in texts(nothing)
    assert "Findings by candidate" not in texts(nothing)
    doubt = texts(chart(classify(case("growing -growing ulcer"), small)))
    assert "Contradiction: growing cannot all hold; counted: growing not assessed." in doubt


def test_a_candidate_with_points_against_only_is_shown(small: Knowledge, case: Case) -> None:
    assert "-3" in texts(chart(classify(case("renal-failure"), small)))


def test_words_from_outside_are_escaped_and_long_ones_cut(small: Knowledge, case: Case) -> None:
    name = "<script>alert('x')</script> & " + "very " * 20 + "long"
    types = tuple(replace(one, name=name) for one in small.types)
    found = [replace(one, text='"<b>&') for one in case("fluid-level")]
    picture = chart(classify(found, replace(small, types=types)))
    assert "<script>" not in picture
    assert name in titles(picture)
    assert '"<b>&' in titles(picture)
    assert any(one.endswith("…") for one in texts(picture))


@pytest.mark.parametrize("count", [3, 20])
def test_columns_are_eight_at_most(count: int, small: Knowledge, case: Case) -> None:
    model = next(one for one in small.types if one.id == "tumoral-calcinosis")
    types = tuple(replace(model, id=f"t{n:02}", name=f"Type {n:02}") for n in range(count))
    words = texts(chart(classify(case("fluid-level"), replace(small, types=types))))
    assert sum("Type" in one for one in words) == 2 * min(count, 8)


def test_the_same_differential_gives_the_same_characters(small: Knowledge, case: Case) -> None:
    found = case("fluid-level dialysis growing")
    assert chart(classify(found, small)) == chart(classify(found[::-1], small))
