"""The gold set held against the articles: every quote verbatim, every pointer valid.

Reads corpus/gold.jsonl, corpus/manifest.toml and the articles. Must never: call the code that the gold set measures.
"""

import json
import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
KINDS_WITH_GOLD = frozenset({"answerable", "false_premise"})
KINDS_WITHOUT_GOLD = frozenset({"near", "off"})
QUOTE_WORDS = range(5, 41)


def words(text: str) -> list[str]:
    """The words of a text, tags, `$` markup and hyphens at line ends undone; what a tag encloses stays."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"<[^>]+>", " ", text)
    text = re.sub(r"\$([^$\n]*)\$", lambda match: re.sub(r"[\\{}^_]", " ", match[1]), text)
    text = re.sub(r"-\s*\n\s*", "", text)
    return re.findall(r"[a-z0-9]+", text.lower())


def stands_in(run: list[str], text: list[str]) -> bool:
    """True where the run of words stands in the text, whole words only."""
    return f" {' '.join(run)} " in f" {' '.join(text)} "


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    lines = (CORPUS / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def articles() -> dict[str, list[str]]:
    """Origin → words, for every source of the manifest."""
    manifest = tomllib.loads((CORPUS / "manifest.toml").read_text(encoding="utf-8"))
    return {s["origin"]: words((CORPUS / s["file"]).read_text(encoding="utf-8")) for s in manifest["source"]}


def test_the_word_test_accepts_markup_and_torn_words() -> None:
    text = words("**C**alcium in *soft* tis-\nsues<sup>(1,2)</sup> and  $erosion^{(2,4)}$.")
    assert stands_in(words("soft tissues<sup>(1,2)</sup> and $erosion^{(2,4)}$"), text)


@pytest.mark.parametrize(
    "quote", ["effective in tissue", "ineffective tissue", "ineffective in tiss", "in ineffective tissue"]
)
def test_the_word_test_refuses_parts_of_words_gaps_and_another_order(quote: str) -> None:
    assert not stands_in(words(quote), words("It is ineffective in tissue."))


def test_every_quote_stands_verbatim_in_the_article_it_names(
    rows: list[dict[str, Any]], articles: dict[str, list[str]]
) -> None:
    wrong = [
        (row["id"], gold["quote"])
        for row in rows
        for gold in row["gold"]
        if gold["origin"] not in articles or not stands_in(words(gold["quote"]), articles[gold["origin"]])
    ]
    assert wrong == []


def test_every_quote_has_between_five_and_forty_words(rows: list[dict[str, Any]]) -> None:
    wrong = [(r["id"], g["quote"]) for r in rows for g in r["gold"] if len(words(g["quote"])) not in QUOTE_WORDS]
    assert wrong == []


def test_ids_and_questions_are_unique(rows: list[dict[str, Any]]) -> None:
    ids = [row["id"] for row in rows]
    questions = [" ".join(words(row["question"])) for row in rows]
    assert sorted(set(ids)) == sorted(ids)
    assert sorted(set(questions)) == sorted(questions)
    assert all(re.fullmatch(r"g\d{3}", i) for i in ids)


def test_rows_have_the_documented_fields(rows: list[dict[str, Any]]) -> None:
    required = {"id", "kind", "style", "question", "gold", "groups", "numbers"}
    assert [row["id"] for row in rows if not required <= row.keys() <= required | {"note"}] == []
    assert [row["id"] for row in rows if not (row["style"] and row["question"].strip())] == []
    assert [(r["id"], g) for r in rows for g in r["gold"] if g.keys() != {"origin", "quote"}] == []
    assert {row["kind"] for row in rows} == KINDS_WITH_GOLD | KINDS_WITHOUT_GOLD


def test_only_what_the_articles_speak_of_has_gold(rows: list[dict[str, Any]]) -> None:
    assert [row["id"] for row in rows if bool(row["gold"]) != (row["kind"] in KINDS_WITH_GOLD)] == []
    assert [row["id"] for row in rows if not row["gold"] and (row["groups"] or row["numbers"])] == []


def test_groups_point_at_quotes_and_leave_none_out(rows: list[dict[str, Any]]) -> None:
    wrong = [
        row["id"]
        for row in rows
        if not all(row["groups"]) or {i for group in row["groups"] for i in group} != set(range(len(row["gold"])))
    ]
    assert wrong == []


def test_no_row_names_the_same_quote_twice(rows: list[dict[str, Any]]) -> None:
    wrong = []
    for row in rows:
        quotes = [(g["origin"], tuple(words(g["quote"]))) for g in row["gold"]]
        if len(set(quotes)) != len(quotes):
            wrong.append(row["id"])
    assert wrong == []


def test_numbers_stand_in_a_quote_of_their_row(rows: list[dict[str, Any]]) -> None:
    wrong = [
        (row["id"], number)
        for row in rows
        for number in row["numbers"]
        if not any(stands_in(words(number), words(gold["quote"])) for gold in row["gold"])
    ]
    assert wrong == []


def test_every_article_is_asked_about(rows: list[dict[str, Any]], articles: dict[str, list[str]]) -> None:
    assert {gold["origin"] for row in rows for gold in row["gold"]} == articles.keys()


def test_questions_that_only_use_words_of_the_corpus_do_so(
    rows: list[dict[str, Any]], articles: dict[str, list[str]]
) -> None:
    known = {word for text in articles.values() for word in text}
    wrong = [
        (row["id"], word)
        for row in rows
        if row["style"] == "words_present"
        for word in words(row["question"])
        if word not in known
    ]
    assert wrong == []


def test_questions_with_a_rare_word_have_one(rows: list[dict[str, Any]], articles: dict[str, list[str]]) -> None:
    known = {word for text in articles.values() for word in text}
    wrong = [r["id"] for r in rows if r["style"] == "rare_word" and set(words(r["question"])) <= known]
    assert wrong == []
