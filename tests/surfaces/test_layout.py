"""Holds the layout: what papers hold stays data, the page is as wide as it is, colours are for terminals only."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcrag.citation import Reference
from calcrag.consult import Consultation
from calcrag.differential.disagreements import Disagreement, DisagreementKind, Position
from calcrag.literature.answer import Answer, Sentence, Status
from calcrag.literature.article import SourceKind
from calcrag.literature.evidence import Evidence
from calcrag.surfaces.layout_answers import answer_lines, disagreement_lines
from calcrag.surfaces.typesetting import Page, clean, columns, one_line, page_for, wrapped

HOSTILE = (
    "[bold]not bold[/bold] \x1b]0;title\x07\x1b[2J \x9b31m \u202eback\u202c \u2066in\u2069 a\rb \x00 \ud800 [link=x]"
)

EVIDENCE = Evidence(
    number=1,
    passage_id="0a1b2c3d4e5f",
    source="aho-1977",
    origin="aho.txt",
    citation="Aho P. Deposits. 1977.",
    page=4,
    page_label="S12",
    section="Figure 10",
    quote="Deposits were seen.",
    passage="Deposits were seen. They were small.",
    start=8123,
    end=8142,
    source_kind=SourceKind.CASE_REPORT,
    independent_of=(),
    second_hand=True,
    primary_references=tuple(
        Reference(number=n, text=f"{n}. Someone {n}", first_author="Resnick" if n == 1 else "", year=1977)
        for n in range(1, 7)
    ),
)
DISAGREEMENT = Disagreement(
    "how-many",
    "How many there are",
    DisagreementKind.NUMERIC,
    ("gout",),
    (
        Position("aho-1977", "two", "There are two of them in all."),
        Position("berg-1980", "three", "There are three of them."),
    ),
)


def answered(*, evidence: Evidence = EVIDENCE, text: str = EVIDENCE.quote, **changes: Any) -> Consultation:
    answer = Answer("Is it?", Status.ANSWERED, "", (Sentence(text, (1,)),), (evidence,), ())
    return Consultation(replace(answer, **changes), (DISAGREEMENT,))


def test_answer_is_exactly_this() -> None:
    assert answer_lines(answered(), Page(100)) == [
        "  Deposits were seen. [1]",
        "",
        "Quotes",
        "  [1] “Deposits were seen.”",
        "      Aho P. Deposits. 1977. (case report)",
        "      aho-1977, Figure 10, page S12, characters 8123–8142 · 0a1b2c3d4e5f",
        "      second-hand; it cites Resnick 1977 (reference 1); 2. Someone 2 1977 (reference 2); 3. Someone",
        "      3 1977 (reference 3); 4. Someone 4 1977 (reference 4) and 2 more",
        "",
        "The sources disagree",
        "",
        "  How many there are (numeric)",
        "    aho-1977: two                                    berg-1980: three",
        "    “There are two of them in all.”                  “There are three of them.”",
    ]


def test_positions_stand_below_each_other_where_the_page_is_narrow_or_they_are_many() -> None:
    narrow = disagreement_lines([DISAGREEMENT], Page(60))
    assert narrow[-4:] == [
        "    aho-1977: two",
        "      “There are two of them in all.”",
        "    berg-1980: three",
        "      “There are three of them.”",
    ]
    three = replace(
        DISAGREEMENT, positions=(*DISAGREEMENT.positions, Position("c", "four", "There are four of them all."))
    )
    assert "    c: four" in disagreement_lines([three], Page(110))
    assert "      “There are four of them all.”" in disagreement_lines([three], Page(110), brief=True)
    four = replace(three, positions=(*three.positions, Position("d", "five", "There are five of them all.")))
    brief = disagreement_lines([four], Page(110), brief=True)
    assert [line for line in brief if "“" in line] == []
    assert brief[-2:] == ["    d: five", "    with the words of each: calcrag disagreements how-many"]
    assert "      “There are five of them all.”" in disagreement_lines([four], Page(110))


def test_reason_comes_before_the_answer_and_missing_terms_after_the_quotes() -> None:
    lines = answer_lines(answered(reason="A source speaks against it.", missing_terms=("x",)), Page(100))
    assert lines[0] == "A source speaks against it."
    assert "No source mentions “x”." in lines


@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_is_printed_harmlessly(colour: bool) -> None:
    evidence = replace(EVIDENCE, quote=HOSTILE, citation=HOSTILE, section=HOSTILE, source=HOSTILE)
    shown = "\n".join(
        answer_lines(answered(evidence=evidence, text=HOSTILE, missing_terms=(HOSTILE,)), Page(100, colour))
    )
    plain = re.sub(r"\x1b\[(?:0|1|2|1;36)m", "", shown)
    assert (plain != shown) is colour
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", plain)
    assert "[bold]not bold[/bold]" in plain
    assert "[link=x]" in plain


@given(st.text(max_size=200), st.integers(min_value=30, max_value=110))
def test_wrapping_keeps_every_word_and_no_line_is_too_wide(text: str, width: int) -> None:
    lines = wrapped(Page(width), text, first="  - ", indent="    ")
    assert all(len(line) <= width for line in lines)
    said = "".join(line.removeprefix("  - ").replace(" ", "") for line in lines)
    assert said == "".join(clean(text).split()) or lines == ["  -"]


@given(st.text(max_size=200))
def test_cleaning_is_done_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert "\n" not in one_line(text)


def test_cleaning_leaves_what_the_sources_print() -> None:
    text = "2.6 mmol/L – “α”, naïve, ≥ 5 cm, 石灰化, café\u0301\nnext"
    assert clean(text) == text


def test_columns_hold_all_words_of_both_sides_in_their_order() -> None:
    left, right = "one two three " * 12, "vier fünf sechs " * 20
    lines = columns(Page(100), [left], [right], indent="  ")
    assert lines is not None
    assert max(map(len, lines)) <= 100
    assert " ".join(line[:49].strip() for line in lines).split() == left.split()
    assert " ".join(line[49:].strip() for line in lines).split() == right.split()
    assert columns(Page(60), [left], [right]) is None


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not page_for(Terminal()).colour
    monkeypatch.setenv("NO_COLOR", "")
    assert page_for(Terminal()).colour
    assert not page_for(io.StringIO()).colour
    monkeypatch.setenv("TERM", "dumb")
    assert not page_for(Terminal()).colour


@pytest.mark.parametrize(("columns_set", "width"), [("72", 72), ("5", 30), ("400", 110)])
def test_page_is_as_wide_as_the_terminal(columns_set: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns_set)
    assert page_for(io.StringIO()).width == width
