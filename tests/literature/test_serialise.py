"""Every field of an article survives the way to a line of JSON and back."""

import json
from dataclasses import dataclass, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcrag.citation import Record, Reference
from calcrag.literature.article import Article, Block, BlockKind, Marker, OffsetMap, Segment, SourceKind
from calcrag.literature.passages import Passage, PassageKind
from calcrag.literature.serialise import canonical, from_line, to_line
from calcrag.literature.statements import Statement

# Half surrogate pairs and line separators included: readers of broken files meet both.
TEXTS = st.text(alphabet=st.characters(codec=None), max_size=8) | st.sampled_from(["\ud800", "a\u2028b", "\x00", "é̈"])
NUMBERS = st.integers(min_value=0, max_value=10**9)
SEGMENTS = st.builds(Segment, NUMBERS, NUMBERS, NUMBERS, NUMBERS)


@given(st.builds(
    Article,
    key=TEXTS, origin=TEXTS, kind=st.sampled_from(SourceKind), text=TEXTS, sha256=TEXTS, language=TEXTS,
    record=st.builds(Record, title=..., authors=..., year=..., doi=...),
    offsets=st.builds(OffsetMap, st.lists(SEGMENTS, max_size=3).map(tuple)),
    blocks=st.lists(st.builds(Block, section=..., label=..., path=..., group=..., page=..., page_label=...), max_size=3).map(tuple),
    markers=st.lists(st.builds(Marker), max_size=3).map(tuple),
    references=st.lists(st.builds(Reference, authors=..., year=..., start=...), max_size=2).map(tuple),
    copies_from=st.lists(TEXTS, max_size=2).map(tuple),
    notes=st.lists(TEXTS, max_size=2).map(tuple),
))  # fmt: skip
def test_an_article_comes_back_as_it_was(article: Article) -> None:
    line = to_line(article)
    assert from_line(Article, line) == article
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert to_line(from_line(Article, line)) == line


@given(st.builds(Passage, heading=TEXTS, label=..., page=..., page_label=...))
def test_a_passage_comes_back_as_it_was(passage: Passage) -> None:
    assert from_line(Passage, to_line(passage)) == passage


@given(st.builds(Statement, label=..., above=..., subject_lost=..., torn=...))
def test_a_statement_comes_back_as_it_was(statement: Statement) -> None:
    assert from_line(Statement, to_line(statement)) == statement


def test_types_come_back_too() -> None:
    block = Block(BlockKind.TABLE_ROW, 3, 9, section=("Results",), path=((0, 2),), page=4)
    article = Article(
        key="a", origin="a.txt", kind=SourceKind.REVIEW, record=Record(authors=("Yadav P",), year=2017), text="x" * 9,
        offsets=OffsetMap((Segment(0, 9, 0, 9),)), blocks=(block,), markers=(Marker(4, (1, 2), "[1,2]"),),
        references=(Reference(1, "Yadav P. 2017"),), sha256="0" * 64,
    )  # fmt: skip
    back = from_line(Article, to_line(article))
    assert back.kind is SourceKind.REVIEW
    assert back.blocks[0].kind is BlockKind.TABLE_ROW
    assert back.offsets.original_span(2, 3) == (2, 3)


def test_a_line_is_readable() -> None:
    passage = Passage("p1", "faria", PassageKind.PROSE, "Skin œdema.", 0, 11)
    line = to_line(passage)
    assert json.loads(line)["text"] == "Skin œdema."
    assert "œdema".encode() in line
    assert list(json.loads(line)) == [field.name for field in fields(Passage)]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id":"p1"}',
        b"not json",
        to_line(Passage("p", "s", PassageKind.PROSE, "t", 0, 1)).replace(b'"prose"', b'"poem"'),
        to_line(Passage("p", "s", PassageKind.PROSE, "t", 0, 1)).replace(b'"id"', b'"identity"'),
        to_line(Passage("p", "s", PassageKind.PROSE, "t", 0, 1)).replace(b"{", b'{"extra":1,'),
    ],
)
def test_what_is_no_passage_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own error is one, with a message of its own
        from_line(Passage, line)


def test_too_short_a_row_is_refused() -> None:
    article = Article(
        "a", "a", SourceKind.OTHER, Record(), "t", OffsetMap((Segment(0, 1, 0, 1),)), (), (), (), "0",
    )  # fmt: skip
    with pytest.raises(ValueError, match="3 values where 4 belong"):
        from_line(Article, to_line(article).replace(b"[0,1,0,1]", b"[0,1,0]"))


@dataclass(frozen=True, slots=True)
class WithSet:
    things: frozenset[str]


def test_a_field_that_json_cannot_hold_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="no JSON"):
        to_line(WithSet(frozenset({"a"})))


def test_canonical_has_one_spelling() -> None:
    assert canonical({"b": [1, None], "a": "é"}) == b'{"a":"\\u00e9","b":[1,null]}'
    assert canonical({"a": "é", "b": (1, None)}) == canonical({"b": [1, None], "a": "é"})
