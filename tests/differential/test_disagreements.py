"""The disagreements: what the loader accepts and refuses, and what the shipped file holds."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from calcrag.differential.disagreements import (
    Disagreement,
    DisagreementKind,
    Position,
    load_disagreements,
    touching,
)
from calcrag.errors import DataError
from calcrag.verbatim import find_verbatim

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus"

ENTRY = """
[[disagreements]]
id = "colour-of-stones"
topic = "The colour of stones"
kind = "fact"
entities = ["stone", "bone"]
note = "One of them is old."

[[disagreements.positions]]
source = "review"
position = "grey"
quote = "All stones known to us are grey."

[[disagreements.positions]]
source = "essay"
position = "white"
quote = "Stones are white, and always were."
"""
OTHER = ENTRY.replace("colour-of-stones", "weight-of-bones").replace('["stone", "bone"]', '["bone"]')


def write(folder: Path, text: str) -> Path:
    file = folder / "disagreements.toml"
    file.write_text(text, encoding="utf-8")
    return file


# ---------------------------------------------------------------- must accept


def test_reads_what_the_file_says(tmp_path: Path) -> None:
    assert load_disagreements(write(tmp_path, ENTRY)) == (
        Disagreement(
            id="colour-of-stones",
            topic="The colour of stones",
            kind=DisagreementKind.FACT,
            entities=("stone", "bone"),
            note="One of them is old.",
            positions=(
                Position("review", "grey", "All stones known to us are grey."),
                Position("essay", "white", "Stones are white, and always were."),
            ),
        ),
    )


def test_takes_a_source_at_odds_with_itself_as_internal(tmp_path: Path) -> None:
    text = ENTRY.replace("essay", "review").replace('"fact"', '"internal"')
    assert [entry.kind for entry in load_disagreements(write(tmp_path, text))] == [DisagreementKind.INTERNAL]


def test_touching_keeps_the_order_and_needs_one_entity(tmp_path: Path) -> None:
    found = load_disagreements(write(tmp_path, ENTRY + OTHER))
    assert [entry.id for entry in touching(found, entities={"bone"})] == ["colour-of-stones", "weight-of-bones"]
    assert [entry.id for entry in touching(found, entities=["water", "stone"])] == ["colour-of-stones"]
    assert touching(found, entities=()) == ()


def test_an_empty_file_holds_no_disagreement(tmp_path: Path) -> None:
    assert load_disagreements(write(tmp_path, "")) == ()


# ---------------------------------------------------------------- must refuse


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('topic = "The colour of stones"', 'topics = "x"', "'colour-of-stones': unknown key 'topics'"),
        ('position = "white"', 'positon = "white"', "positions 2: unknown key 'positon'; did you mean 'position'?"),
        ("[[disagreements]]", "[[disagreement]]\n[[disagreements]]", "disagreements.toml: unknown key 'disagreement'"),
        ('topic = "The colour of stones"', "", "'colour-of-stones': topic is missing"),
        ('kind = "fact"', 'kind = "opinion"', "kind = 'opinion' must be one of classification, terminology, numeric"),
        ('kind = "fact"', 'kind = "internal"', "internal is a disagreement of one source with itself"),
        ('source = "essay"', 'source = "review"', "internal is a disagreement of one source with itself"),
        ('["stone", "bone"]', "[]", "entities names at least one disease or topic"),
        ('["stone", "bone"]', '["Stone"]', "small letters and hyphens, not 'Stone'"),
        ('id = "colour-of-stones"', 'id = "Colour"', "small letters and hyphens, not 'Colour'"),
        ("Stones are white, and always were.", "Stones are white.", "a quote has at least 5 words"),
        ('id = "colour-of-stones"', "id = colour", "disagreements.toml: cannot be read as TOML"),
    ],
)
def test_refuses_and_names_the_file_and_the_place(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in ENTRY
    file = write(tmp_path, ENTRY.replace(old, new, 1))
    with pytest.raises(DataError) as error:
        load_disagreements(file)
    assert reason in str(error.value)
    assert f"where: {file}" in str(error.value)
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize("positions", [0, 1])
def test_refuses_fewer_than_two_positions(tmp_path: Path, positions: int) -> None:
    text = "[[disagreements.positions]]".join(ENTRY.split("[[disagreements.positions]]")[: positions + 1])
    with pytest.raises(DataError, match=f"at least two positions, not {positions}"):
        load_disagreements(write(tmp_path, text))


def test_refuses_two_positions_on_the_same_words(tmp_path: Path) -> None:
    text = ENTRY.replace("essay", "review").replace('"fact"', '"internal"')
    text = text.replace("Stones are white, and always were.", "All stones known to us are grey.")
    with pytest.raises(DataError, match="rest on the same words"):
        load_disagreements(write(tmp_path, text))


def test_refuses_an_id_given_twice(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="id 'colour-of-stones' is given 2 times"):
        load_disagreements(write(tmp_path, ENTRY + ENTRY))


# ---------------------------------------------------------------- the shipped disagreements


@cache
def manifest() -> dict[str, dict[str, Any]]:
    content = tomllib.loads((CORPUS / "manifest.toml").read_text(encoding="utf-8"))
    return {table["key"]: table for table in content["source"]}


@cache
def lines_of(source: str) -> tuple[str, ...]:
    """The lines of a source's file as it came."""
    return tuple((CORPUS / manifest()[source]["file"]).read_text(encoding="utf-8").splitlines())


def stands(quote: str, source: str) -> bool:
    return any(find_verbatim(quote, line) for line in lines_of(source))


SHIPPED = load_disagreements()
each = pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry.id)


@each
def test_every_quote_stands_in_one_line_of_its_source(entry: Disagreement) -> None:
    assert [p for p in entry.positions if not stands(p.quote, p.source)] == []


@each
def test_every_quote_stops_before_a_marker(entry: Disagreement) -> None:
    marks = ("<sup>", "$", "![", "[1", "[2", "[3", "[4", "[5", "[6", "*", "•")
    assert [p.quote for p in entry.positions if any(mark in p.quote for mark in marks)] == []


@each
def test_a_copy_is_no_second_voice(entry: Disagreement) -> None:
    voices = {
        position.source
        for position in entry.positions
        if not any(stands(position.quote, original) for original in manifest()[position.source].get("copies_from", ()))
    }
    assert len(voices) > (0 if entry.kind is DisagreementKind.INTERNAL else 1)


def test_every_entity_has_a_name_in_the_query_vocabulary() -> None:
    vocabulary = ROOT / "src" / "calcrag" / "literature" / "vocabulary.toml"
    known = set(tomllib.loads(vocabulary.read_text(encoding="utf-8"))["entity"])
    assert sorted({entity for entry in SHIPPED for entity in entry.entities} - known) == []


@pytest.mark.parametrize(
    ("entity", "entry"),
    [
        ("metastatic-calcification", "metastatic-product-threshold"),
        ("tumoral-calcinosis", "tumoral-calcinosis-place"),
        ("gout", "gout-place"),
        ("monckeberg-arteriosclerosis", "monckeberg-vessel"),
        ("dracunculiasis", "guinea-worm-male"),
    ],
)
def test_an_entity_leads_to_its_disagreements(entity: str, entry: str) -> None:
    assert entry in {found.id for found in touching(SHIPPED, entities={entity})}
