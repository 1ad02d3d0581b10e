"""The case vignettes held against their own rules: fields valid, no answer in the question, no case twice.

Reads corpus/cases.jsonl. Must never: call the code that the vignettes measure.
"""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).resolve().parents[1] / "corpus" / "cases.jsonl"
FIELDS = {
    "id": str,
    "vignette": str,
    "diagnosis": str,
    "accept": list,
    "mechanism": str,
    "must_not_miss": bool,
    "source_title": str,
    "source_url": str,
}
MECHANISMS = frozenset(
    {"dystrophic", "ossification", "tumour", "idiopathic", "metastatic", "iatrogenic", "calciphylaxis"}
)


def plain_words(text: str) -> str:
    """The words of a text in lower case without accents, British and American spelling made one, single spaces round each."""
    ascii_text = (
        unicodedata.normalize("NFKD", text.replace("æ", "ae").replace("œ", "oe")).encode("ascii", "ignore").decode()
    )
    lowered = ascii_text.lower().replace("'s", "").replace("ae", "e").replace("oe", "e").replace("our", "or")
    return f" {' '.join(re.findall(r'[a-z0-9]+', lowered))} "


def load_rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


ROWS = load_rows()
EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])


def repeated(values: list[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


@EVERY_ROW
def test_fields_are_those_of_a_case(row: dict[str, Any]) -> None:
    assert {name: type(value) for name, value in row.items()} == FIELDS
    assert all(isinstance(name, str) and name.strip() == name != "" for name in row["accept"])
    assert row["mechanism"] in MECHANISMS
    assert re.fullmatch(r"v\d{3}", row["id"])
    assert re.match(r"https?://[^\s/]+\.[^\s/]+/", row["source_url"])
    assert row["source_title"].strip()
    assert row["diagnosis"].strip()


@EVERY_ROW
def test_vignette_is_one_line_of_plain_prose(row: dict[str, Any]) -> None:
    assert row["vignette"] == " ".join(row["vignette"].split())


@EVERY_ROW
def test_vignette_does_not_hold_its_own_answer(row: dict[str, Any]) -> None:
    text = plain_words(row["vignette"])
    told = [name for name in [row["diagnosis"], *row["accept"]] if plain_words(name) in text]
    assert told == []


@EVERY_ROW
def test_names_of_the_answer_are_distinct(row: dict[str, Any]) -> None:
    assert repeated([row["diagnosis"], *row["accept"]]) == []


def test_no_identifier_source_or_vignette_twice() -> None:
    for field in ("id", "source_url", "source_title", "vignette"):
        assert repeated([row[field] for row in ROWS]) == [], field


def test_one_diagnosis_has_one_mechanism() -> None:
    mechanisms: dict[str, set[str]] = {}
    for row in ROWS:
        mechanisms.setdefault(row["diagnosis"], set()).add(row["mechanism"])
    assert {diagnosis for diagnosis, found in mechanisms.items() if len(found) > 1} == set()


def test_every_mechanism_is_asked_for() -> None:
    assert {row["mechanism"] for row in ROWS} == MECHANISMS
