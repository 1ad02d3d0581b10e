"""The closed language of criteria: what it reads, what it refuses and where, its meaning in one form, its wording."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcrag.differential.criteria import (
    Absent,
    Age,
    AllOf,
    AnyOf,
    Measured,
    NoneOf,
    Present,
    Test,
    Time,
    canonical,
    findings_of,
    negated,
    parts_of,
    read_test,
    wording,
)

A, B, C = Present("a"), Present("b"), Present("c")


# ---------------------------------------------------------------- must read


@pytest.mark.parametrize(
    ("raw", "test"),
    [
        ("a", A),
        ({"present": "a"}, A),
        ({"absent": "a"}, Absent("a")),
        ({"any": ["a", {"absent": "b"}]}, AnyOf((A, Absent("b")))),
        ({"all": [{"none": ["a"]}, "b"]}, AllOf((NoneOf((A,)), B))),
        ({"age": {"from": 0, "to": 20}}, Age(0, 20)),
        ({"age": {"to": 0.5}}, Age(None, 0.5)),
        ({"measured": "p", "above": 60, "unit": "mg/dL"}, Measured("p", 60, None, "mg/dL")),
        ({"measured": "p", "below": 3, "above": 1, "unit": "mg/dL"}, Measured("p", 1, 3, "mg/dL")),
        ({"time": "a", "from_days": 14}, Time("a", 14, None)),
        ({"time": "a", "from_days": 14, "to_days": 60}, Time("a", 14, 60)),
    ],
)
def test_reads(raw: object, test: Test) -> None:
    problems: list[str] = []
    assert read_test(raw, "when", problems) == test
    assert problems == []


# ---------------------------------------------------------------- must refuse, and say where


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (3, "when: a test is a table such as"),
        ({}, "when: no test: it has nothing; write one of present, absent, any"),
        ({"presnt": "a"}, "when: no test: it has presnt"),
        ({"present": "a", "absent": "b"}, "when: 'absent' does not belong to a test 'present'"),
        ({"present": ["a"]}, "when.present: a finding id is wanted, not ['a']"),
        ({"absent": ""}, "when.absent: a finding id is wanted"),
        ({"any": "a"}, "when.any: a list of tests or finding ids is wanted"),
        ({"all": []}, "when.all: a list of tests or finding ids is wanted"),
        ({"any": ["a", {"all": ["b", {"none": [7]}]}]}, "when.any[2].all[2].none[1]: a test is a table"),
        ({"age": 20}, "when.age: write { from = YEARS, to = YEARS }"),
        ({"age": {"form": 3}}, "when.age: write { from = YEARS"),
        ({"age": {}}, "when.age: at least one of from and to is wanted"),
        ({"age": {"from": 20, "to": 3}}, "when.age: from = 20 lies above to = 3"),
        ({"age": {"from": "20"}}, "when.age: from must be a number, not '20'"),
        ({"age": {"from": True}}, "when.age: from must be a number, not True"),
        ({"age": {"from": float("nan")}}, "when.age: from must be a number, not nan"),
        ({"measured": "p", "unit": "mg/dL"}, "when: at least one of above and below is wanted"),
        ({"measured": "p", "above": 1}, "when: a measured test needs unit"),
        ({"time": "a"}, "when: at least one of from_days and to_days is wanted"),
        ({"time": "a", "days": 3}, "when: 'days' does not belong to a test 'time'"),
    ],
)
def test_refuses(raw: object, told: str) -> None:
    problems: list[str] = []
    assert read_test(raw, "when", problems) is None
    assert [p for p in problems if p.startswith(told)] == problems
    assert len(problems) == 1


def test_names_every_problem_of_a_test() -> None:
    problems: list[str] = []
    assert read_test({"any": [1, "a", {"age": {}}]}, "when", problems) is None
    assert [p.split(":")[0] for p in problems] == ["when.any[1]", "when.any[3].age"]


# ---------------------------------------------------------------- meaning


def test_knows_its_parts_and_findings() -> None:
    test = AllOf((A, NoneOf((B, Absent("a"))), Age(1), Measured("p", 1, None, "u"), Time("t", 1)))
    assert list(parts_of(test))[:4] == [test, A, NoneOf((B, Absent("a"))), B]
    assert findings_of(test) == ("a", "b", "age", "p", "t")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (AnyOf((A, B)), AnyOf((B, A, B))),
        (AnyOf((A, AnyOf((B, C)))), AnyOf((C, B, A))),
        (AllOf((A, AllOf((B, C)))), AllOf((A, B, C))),
        (AllOf((A,)), A),
        (AnyOf((AllOf((A,)),)), A),
        (NoneOf((A,)), Absent("a")),
        (NoneOf((Absent("a"),)), A),
        (NoneOf((AnyOf((A, B)), C)), NoneOf((A, B, C))),
        (NoneOf((NoneOf((A, B)),)), AnyOf((A, B))),
        (NoneOf((AllOf((A, B)),)), NoneOf((AllOf((B, A)),))),
        (Age(1, 2), Age(1, 2)),
    ],
)
def test_tests_of_one_meaning_have_one_form(one: Test, other: Test) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (AnyOf((A, B)), AllOf((A, B))),
        (A, Absent("a")),
        (AnyOf((A, AllOf((B, C)))), AnyOf((A, B, C))),
        (NoneOf((A, B)), AnyOf((Absent("a"), Absent("b")))),
    ],
)
def test_tests_of_other_meaning_have_another_form(one: Test, other: Test) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "test", [A, Absent("a"), AnyOf((A, B)), NoneOf((A, B)), AllOf((A, B)), Age(1), NoneOf((Age(1),))]
)
def test_the_contrary_of_the_contrary_is_the_test(test: Test) -> None:
    assert canonical(negated(canonical(negated(canonical(test))))) == canonical(test)


LEAF = st.sampled_from([A, B, Absent("a"), Age(1, 2), Measured("p", 1, None, "u"), Time("a", 1)])
TESTS = st.recursive(
    LEAF, lambda inner: st.builds(lambda kind, tests: kind(tuple(tests)), st.sampled_from([AnyOf, AllOf, NoneOf]), st.lists(inner, min_size=1, max_size=3))
)  # fmt: skip


@given(TESTS)
def test_the_one_form_is_its_own_form_and_asks_for_nothing_else(test: Test) -> None:
    assert canonical(canonical(test)) == canonical(test)
    assert set(findings_of(canonical(test))) == set(findings_of(test))


# ---------------------------------------------------------------- wording


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (A, "rim"),
        (Present("unlabelled"), "unlabelled"),
        (Absent("a"), "no rim"),
        (AnyOf((A, AllOf((B, C)))), "rim or (ulcer and c)"),
        (NoneOf((A, B)), "neither rim nor ulcer"),
        (NoneOf((Age(1),)), "not age from 1 years"),
        (Age(None, 20), "age up to 20 years"),
        (Age(0, 0.5), "age 0 to 0.5 years"),
        (Measured("p", 60, None, "mg2/dL2"), "product above 60 mg2/dL2"),
        (Measured("p", 1, 2.5, "U"), "product above 1 and below 2.5 U"),
        (Time("b", 14, 60), "ulcer 14 to 60 days before"),
    ],
)
def test_words(test: Test, words: str) -> None:
    assert wording(test, {"a": "rim", "b": "ulcer", "p": "product"}) == words
