"""The classification schemes: what the loader accepts and refuses, and what the shipped files hold."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from calcrag.differential.schemes import Category, Scheme, Statement, load_schemes, places
from calcrag.errors import DataError
from calcrag.verbatim import find_verbatim

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus"

SCHEME = """
inventory = "S2"
id = "two-kinds"
title = "Two kinds"
source = "review"
statement = "There are two kinds of it."
note = "A note."

[[elsewhere]]
source = "essay"
quote = "It comes in two kinds."

[[categories]]
path = ["Hard"]
quote = "Hard kinds hold stones and bones."
types = ["stone", "bone"]

[[categories]]
path = ["Hard", "Stone"]
quote = "Stones are hard."
types = ["stone"]

[[categories]]
path = ["Soft"]
quote = "Soft kinds are soft."
types = []
note = "No type is named."

[[categories.elsewhere]]
source = "essay"
quote = "Some are soft."
"""


def write(folder: Path, text: str, *, name: str = "s02-two-kinds.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


# ---------------------------------------------------------------- must accept


def test_reads_what_the_file_says(tmp_path: Path) -> None:
    assert load_schemes(write(tmp_path, SCHEME)) == (
        Scheme(
            inventory="S2",
            id="two-kinds",
            title="Two kinds",
            source="review",
            statement="There are two kinds of it.",
            note="A note.",
            elsewhere=(Statement("essay", "It comes in two kinds."),),
            categories=(
                Category(("Hard",), "Hard kinds hold stones and bones.", ("stone", "bone")),
                Category(("Hard", "Stone"), "Stones are hard.", ("stone",)),
                Category(
                    ("Soft",),
                    "Soft kinds are soft.",
                    (),
                    note="No type is named.",
                    elsewhere=(Statement("essay", "Some are soft."),),
                ),
            ),
        ),
    )


def test_orders_by_inventory_and_not_by_the_letters_of_it(tmp_path: Path) -> None:
    for number, name in ((10, "ten"), (9, "nine"), (1, "one")):
        text = SCHEME.replace("S2", f"S{number}").replace("two-kinds", name)
        write(tmp_path, text, name=f"s{number:02d}-{name}.toml")
    assert [scheme.inventory for scheme in load_schemes(tmp_path)] == ["S1", "S9", "S10"]


def test_overlooks_what_is_no_toml_file(tmp_path: Path) -> None:
    write(tmp_path, "# Notes", name="README.md")
    assert load_schemes(tmp_path) == ()


def test_places_gives_the_innermost_categories(tmp_path: Path) -> None:
    schemes = load_schemes(write(tmp_path, SCHEME))
    assert {name: [c.path for c in found] for name, found in places(schemes, "stone").items()} == {
        "two-kinds": [("Hard", "Stone")]
    }
    assert {name: [c.path for c in found] for name, found in places(schemes, "bone").items()} == {
        "two-kinds": [("Hard",)]
    }
    assert places(schemes, "water") == {}


# ---------------------------------------------------------------- must refuse


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            'title = "Two kinds"',
            'titel = "Two kinds"',
            "s02-two-kinds.toml: unknown key 'titel'; did you mean 'title'?",
        ),
        ('note = "No type is named."', 'notes = "x"', "s02-two-kinds.toml: categories 3: unknown key 'notes'"),
        ('quote = "Some are soft."', 'text = "x"', "s02-two-kinds.toml: categories 3: elsewhere 1: unknown key 'text'"),
        ('title = "Two kinds"', "", "s02-two-kinds.toml: title is missing"),
        ('statement = "There are two kinds of it."', 'statement = " "', "statement must be a text that is not blank"),
        ('quote = "Stones are hard."', "", "s02-two-kinds.toml: categories 2: quote is missing"),
        ("types = []", "", "categories 3: types is missing"),
        ('types = ["stone"]', 'types = ["Stone"]', "small letters and hyphens, not 'Stone'"),
        ('path = ["Soft"]', "path = []", "categories 3: path names at least one category"),
        ('path = ["Soft"]', 'path = ["Hard", "Stone"]', "path 'Hard › Stone' is given 2 times"),
        ('"S2"', '"2"', "inventory must be S and a number, not '2'"),
        ('"S2"', '"S3"', "must be named s03-two-kinds.toml"),
        ('id = "two-kinds"', 'id = "kinds"', "must be named s02-kinds.toml"),
        ('"S2"', '"S2', "s02-two-kinds.toml: cannot be read as TOML"),
    ],
)
def test_refuses_and_names_the_file_and_the_place(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in SCHEME
    with pytest.raises(DataError) as error:
        load_schemes(write(tmp_path, SCHEME.replace(old, new, 1)))
    assert reason in str(error.value)
    assert f"where: {tmp_path}" in str(error.value)
    assert len(str(error.value).splitlines()) == 3


def test_refuses_a_scheme_without_categories(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at least one category"):
        load_schemes(write(tmp_path, SCHEME.partition("[[categories]]")[0]))


@pytest.mark.parametrize(
    ("again", "name", "reason"),
    [
        (SCHEME.replace('"S2"', '"S3"'), "s03-two-kinds.toml", "id 'two-kinds' is given 2 times"),
        (SCHEME.replace("two-kinds", "again"), "s02-again.toml", "inventory 'S2' is given 2 times"),
    ],
)
def test_refuses_an_id_or_a_number_given_twice(tmp_path: Path, again: str, name: str, reason: str) -> None:
    write(tmp_path, SCHEME)
    with pytest.raises(DataError, match=reason):
        load_schemes(write(tmp_path, again, name=name))


# ---------------------------------------------------------------- the shipped schemes


@cache
def lines_of(source: str) -> tuple[str, ...]:
    """The lines of a source's file as it came."""
    manifest = tomllib.loads((CORPUS / "manifest.toml").read_text(encoding="utf-8"))
    file = {table["key"]: table["file"] for table in manifest["source"]}[source]
    return tuple((CORPUS / file).read_text(encoding="utf-8").splitlines())


def quotes(scheme: Scheme) -> Iterator[tuple[str, str]]:
    """(source, quote) of everything that a scheme quotes."""
    yield scheme.source, scheme.statement
    for category in scheme.categories:
        yield scheme.source, category.quote
    for statement in (*scheme.elsewhere, *(s for category in scheme.categories for s in category.elsewhere)):
        yield statement.source, statement.quote


SHIPPED = load_schemes()


def test_every_scheme_of_the_inventory_is_there() -> None:
    assert [scheme.inventory for scheme in SHIPPED] == [f"S{number}" for number in range(1, 41)]


@pytest.mark.parametrize("scheme", SHIPPED, ids=lambda scheme: scheme.inventory)
def test_every_quote_stands_in_one_line_of_its_source(scheme: Scheme) -> None:
    lost = [
        (source, quote)
        for source, quote in quotes(scheme)
        if not any(find_verbatim(quote, line) for line in lines_of(source))
    ]
    assert lost == []


@pytest.mark.parametrize("scheme", SHIPPED, ids=lambda scheme: scheme.inventory)
def test_every_quote_stops_before_a_marker(scheme: Scheme) -> None:
    marks = ("<sup>", "$", "![", "[1", "[2", "[3", "[4", "[5", "[6", "*", "•")
    assert [quote for _, quote in quotes(scheme) if any(mark in quote for mark in marks)] == []


@pytest.mark.parametrize(
    ("inventory", "path"),
    [
        ("S1", ("Iatrogenic",)),
        ("S5", ("Intra-articular", "Synovium")),
        ("S12", ("Metastatic calcification", "Hyperphosphatemia", "Tumoral calcinosis")),
        ("S12", ("Dystrophic calcification", "Metabolic disease", "Crystal deposition disorders", "Gout")),
        ("S12", ("Dystrophic calcification", "Ectopic", "Following central nervous system trauma")),
        ("S13", ("Miscellaneous", "Osteoarthritis?")),
        ("S27", ("Calciphylaxis",)),
        ("S36", ("Urogenital", "Ovarian dermoid")),
    ],
)
def test_a_category_that_the_source_prints_is_there(inventory: str, path: tuple[str, ...]) -> None:
    scheme = next(scheme for scheme in SHIPPED if scheme.inventory == inventory)
    assert path in {category.path for category in scheme.categories}


def test_every_row_of_the_two_tables_is_a_category() -> None:
    article = lines_of("dalinka-melchior")
    for number, title in ((12, "TABLE I. "), (13, "TABLE II. ")):
        first = next(i for i, line in enumerate(article) if line.startswith(title)) + 2
        last = next(i for i in range(first, len(article)) if not article[i].strip())
        printed = [line.strip().removeprefix("- ") for line in article[first:last]]
        scheme = next(scheme for scheme in SHIPPED if scheme.inventory == f"S{number}")
        # One row is printed half in italics, and a quote does not span the asterisk.
        assert [category.quote for category in scheme.categories] == [
            row.partition("*")[2].rstrip("*") if "*" in row else row for row in printed
        ]


@pytest.mark.parametrize("inventory", ["S27", "S32", "S38"])
def test_a_lost_subject_is_noted_and_not_supplied(inventory: str) -> None:
    scheme = next(scheme for scheme in SHIPPED if scheme.inventory == inventory)
    assert "lost its subject" in scheme.note


def test_a_disease_that_is_not_named_gets_no_type() -> None:
    scheme = next(scheme for scheme in SHIPPED if scheme.inventory == "S38")
    assert [category.types for category in scheme.categories] == [(), ()]


def test_no_type_is_listed_in_a_part_that_the_whole_leaves_out() -> None:
    missing = []
    for scheme in SHIPPED:
        rows = {category.path: set(category.types) for category in scheme.categories}
        for path, types in rows.items():
            for depth in range(1, len(path)):
                missing += [(scheme.inventory, path, t) for t in sorted(types - rows.get(path[:depth], types))]
    assert missing == []


def test_every_type_has_a_name_in_the_query_vocabulary() -> None:
    vocabulary = ROOT / "src" / "calcrag" / "literature" / "vocabulary.toml"
    known = set(tomllib.loads(vocabulary.read_text(encoding="utf-8"))["entity"])
    listed = {name for scheme in SHIPPED for category in scheme.categories for name in category.types}
    assert sorted(listed - known) == []


def test_gout_stands_where_the_sources_put_it() -> None:
    found = {name: [category.path[0] for category in held] for name, held in places(SHIPPED, "gout").items()}
    assert found["mechanism-four-classes"] == ["Metastatic"]
    assert found["dalinka-table-i"] == ["Dystrophic calcification"]
