"""TOML read strictly: every field right or reported, with its place and the remedy, and reading goes on."""

from enum import StrEnum
from pathlib import Path

import pytest

from calcrag.differential.tables import Table, read_tables, suggestion


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def table(**content: object) -> Table:
    return Table(content, "a.toml", [])


def test_what_is_right_is_given_back() -> None:
    right = table(name="Gout", names=["a", "b"], flag=True, number=3, colour="blue", child=[{"id": "x"}, {}])
    right.only(("name", "names", "flag", "number", "colour", "child"))
    assert (right.text("name"), right.texts("names"), right.flag("flag")) == ("Gout", ("a", "b"), True)
    assert (right.whole("number"), right.choice("colour", Colour)) == (3, Colour.BLUE)
    assert [child.where for child in right.tables("child")] == ["a.toml: child 'x'", "a.toml: child 2"]
    assert (right.text("none", optional=True), right.texts("none", optional=True), right.whole("none")) == (
        "",
        (),
        None,
    )
    assert list(right.tables("none")) == []
    assert right.problems == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "x is missing"),
        ("  ", "x must be a text"),
        (3, "x must be a text that is not blank, not 3"),
        (" a", "x begins"),
    ],
)
def test_a_text_that_is_none(value: object, told: str) -> None:
    wrong = table(**({} if value is None else {"x": value}))
    wrong.text("x")
    assert [p.startswith(f"a.toml: {told}") for p in wrong.problems] == [True]


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, "x is missing"), ("a", "x must be a list"), (["a", 3], "x must be a list"), ([" "], "x must be a list"), (["a", "a"], "x names 'a' twice")],
)  # fmt: skip
def test_texts_that_are_none(value: object, told: str) -> None:
    wrong = table(**({} if value is None else {"x": value}))
    wrong.texts("x")
    assert [p.startswith(f"a.toml: {told}") for p in wrong.problems] == [True]


def test_flags_numbers_choices_and_tables_that_are_none() -> None:
    wrong = table(flag=1, number=True, ratio=1.5, colour="green", child="x", children=[1])
    assert (wrong.flag("flag"), wrong.flag("other"), wrong.whole("number"), wrong.whole("ratio")) == (
        False,
        False,
        None,
        None,
    )
    assert (wrong.choice("colour", Colour), wrong.choice("other", Colour)) == (None, None)
    assert [*wrong.tables("child"), *wrong.tables("children")] == []
    assert [p.removeprefix("a.toml: ") for p in wrong.problems] == [
        "flag must be true or false, not 1",
        "other is missing",
        "number must be a whole number, not True",
        "ratio must be a whole number, not 1.5",
        "colour = 'green' must be one of red, blue",
        "other is missing",
        "child must be a list of tables, not 'x'",
        "children must be a list of tables, not [1]",
    ]


def test_an_unknown_key_is_reported_with_what_may_have_been_meant() -> None:
    wrong = table(evidnce=1, zzz=2)
    wrong.only(("evidence", "when"))
    assert wrong.problems == [
        "a.toml: unknown key 'evidnce'; did you mean 'evidence'?",
        "a.toml: unknown key 'zzz'; known are evidence, when",
    ]


def test_a_suggestion_is_near_or_none() -> None:
    assert suggestion("tophuss", ["tophus", "rim"]) == "; did you mean 'tophus'?"
    assert suggestion("zzz", {"tophus": 1}) == ""


def test_files_are_read_in_the_order_of_their_names_and_the_broken_are_named(tmp_path: Path) -> None:
    for name, content in (("b", b"x = 2"), ("a", b"x = 1"), ("broken", b"x = 1\ny = = 2"), ("bytes", b"x = '\xff'")):
        (tmp_path / f"{name}.toml").write_bytes(content)
    problems: list[str] = []
    read = list(read_tables(tmp_path, "*.toml", problems))
    assert [(name, dict(t.content)) for name, t in read] == [("a.toml", {"x": 1}), ("b.toml", {"x": 2})]
    assert [p.partition(": ")[:1] for p in problems] == [("broken.toml",), ("bytes.toml",)]
    assert "line 2" in problems[0]
