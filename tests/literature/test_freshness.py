"""Holds that every way in which a corpus can differ from what was indexed is seen, and what mends it named."""

from pathlib import Path

import pytest

from calcrag.literature.adding import add_files
from calcrag.literature.article import Article
from calcrag.literature.corpus import load_corpus
from calcrag.literature.freshness import Condition, State, changes, conditions, status_of, unlisted

PAPERS = {
    name: f"The {name}\n\nFindings\n\nDeposits about the {name} are uncommon.\n" for name in ("hip", "knee", "elbow")
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for name, text in PAPERS.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    add_files([tmp_path / f"{name}.txt" for name in PAPERS], tmp_path / "corpus")
    return tmp_path / "corpus"


@pytest.fixture
def indexed(corpus: Path) -> dict[str, Article]:
    return {article.key: article for article in load_corpus(corpus)[0]}


def differing(corpus: Path, indexed: dict[str, Article]) -> list[Condition]:
    return [condition for condition in conditions(corpus, indexed) if condition.state is not State.INDEXED]


def edit(corpus: Path, old: str, new: str) -> None:
    manifest = corpus / "manifest.toml"
    text = manifest.read_text(encoding="utf-8")
    assert old in text
    manifest.write_text(text.replace(old, new), encoding="utf-8")


def test_nothing_differs_where_nothing_changed(corpus: Path, indexed: dict[str, Article]) -> None:
    assert [c.key for c in conditions(corpus, indexed)] == ["hip", "knee", "elbow"]
    assert differing(corpus, indexed) == []
    (corpus / "articles" / "hip.txt").touch()  # a date is no change
    assert differing(corpus, indexed) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('origin = "knee.txt"', 'origin = "renamed.txt"'),
        ('title = "The knee"', 'title = "The knee joint"'),
        ('title = "The knee"', 'title = "The knee"\nyear = 1977\nlanguage = "pt"'),
        ('title = "The knee"', 'title = "The knee"\ncopies_from = ["hip"]'),
    ],
)
def test_changed_record_is_seen(old: str, new: str, corpus: Path, indexed: dict[str, Article]) -> None:
    edit(corpus, old, new)
    (only,) = differing(corpus, indexed)
    assert (only.key, only.state, only.remedy) == ("knee", State.CHANGED, "calcrag index")


def test_changed_file_is_seen_before_and_after_the_manifest_knows_it(corpus: Path, indexed: dict[str, Article]) -> None:
    file = corpus / "articles" / "knee.txt"
    before = indexed["knee"].sha256
    file.write_text(PAPERS["knee"] + "More.\n", encoding="utf-8")
    (only,) = differing(corpus, indexed)
    assert (only.key, only.state) == ("knee", State.CHANGED)
    assert "write sha256" in only.remedy
    digest = only.remedy.split('"')[1]
    edit(corpus, before, digest)
    (only,) = differing(corpus, indexed)
    assert (only.key, only.state, only.remedy) == ("knee", State.CHANGED, "calcrag index")


def test_new_and_removed_sources_are_seen(corpus: Path, indexed: dict[str, Article]) -> None:
    one, two, three = indexed
    assert [(c.key, c.state) for c in differing(corpus, {one: indexed[one], two: indexed[two]})] == [(three, State.NEW)]
    more = {**indexed, "gone": indexed[one]}
    assert [(c.key, c.state) for c in differing(corpus, more)] == [("gone", State.REMOVED)]


def test_another_order_is_seen(corpus: Path, indexed: dict[str, Article]) -> None:
    turned = dict(reversed(indexed.items()))
    assert [c.state for c in differing(corpus, turned)] == [State.CHANGED]


def test_what_cannot_be_read_is_refused_with_its_reason(corpus: Path, indexed: dict[str, Article]) -> None:
    (corpus / "articles" / "knee.txt").unlink()
    for articles in (indexed, {}):
        found = {c.key: c for c in conditions(corpus, articles)}
        assert found["knee"].state is State.REFUSED
        assert "No such file" in found["knee"].detail


def test_files_that_no_table_names_are_listed(corpus: Path) -> None:
    assert unlisted(corpus) == ()
    (corpus / "articles" / "deep").mkdir()
    (corpus / "articles" / "deep" / "loose.txt").write_text("Loose.", encoding="utf-8")
    assert unlisted(corpus) == ("articles/deep/loose.txt",)


def test_state_without_an_index_and_without_a_corpus(corpus: Path, tmp_path: Path) -> None:
    none = status_of(corpus, tmp_path / "indexes")
    assert (none.index, none.fresh, none.remedy) == (None, False, "calcrag index")
    assert {c.state for c in none.conditions} == {State.NEW}
    nothing = status_of(tmp_path / "nowhere", tmp_path / "indexes")
    assert (nothing.fresh, nothing.conditions, nothing.remedy) == (False, (), "calcrag index")


def test_changes_between_two_indexes(indexed: dict[str, Article], corpus: Path) -> None:
    edit(corpus, 'title = "The knee"', 'title = "The knee joint"')
    now = {article.key: article for article in load_corpus(corpus)[0]}
    before = {**indexed, "gone": indexed["hip"]}
    del before["elbow"]
    found = changes(before, now)
    assert (found.added, found.changed, found.kept, found.removed) == (("elbow",), ("knee",), ("hip",), ("gone",))
