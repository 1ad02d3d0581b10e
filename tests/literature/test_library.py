"""The library held open: searching, looking things up, bad input, and the same answers from another build."""

import shutil
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from calcrag.errors import EmptyQuestion, NoIndex, RequestError, UnknownName
from calcrag.evaluate import GoldQuestion
from calcrag.literature.answer import Answer, Status
from calcrag.literature.library import Library, update
from calcrag.literature.passages import PassageKind

# ---------------------------------------------------------------- searching


def test_hits_are_ranked_each_passage_once(library: Library) -> None:
    hits = library.search("How do calcified guinea worms look?", limit=10)
    assert [hit.rank for hit in hits] == list(range(1, 11))
    assert all(one.score >= other.score for one, other in pairwise(hits))
    assert len({hit.passage.id for hit in hits}) == 10


def test_the_first_hit_bears_on_the_question(library: Library) -> None:
    (hit,) = library.search("How do calcified guinea worms look?", limit=1)
    assert (hit.passage.source, "chain mail" in hit.passage.text) == ("dalinka-melchior", True)


def test_fewer_hits_are_the_first_of_more(library: Library) -> None:
    question = "Which nerves calcify?"
    assert library.search(question, limit=3) == library.search(question, limit=10)[:3]


def test_no_reference_is_found_unless_it_is_looked_for(library: Library) -> None:
    question = "Tumoral calcinosis. Case presentation and review of 55 cases in the literature"
    assert PassageKind.REFERENCE not in {hit.passage.kind for hit in library.search(question, limit=40)}
    (first, *_) = library.search(question, kinds=frozenset({PassageKind.REFERENCE}))
    assert "Longacre" in first.passage.text


def test_a_figure_is_found_by_its_number_alone(library: Library) -> None:
    (first, *_) = library.search("What does Fig. 7 of Dalinka's paper show?")
    assert (first.passage.label, first.passage.source) == ("Fig. 7", "dalinka-melchior")
    labels = {hit.passage.label for hit in library.search("Figure 2") if hit.passage.label}
    assert {"Figure 2", "Fig. 2a", "Fig. 2b"} <= labels


def test_the_answer_rests_on_passages_that_a_search_finds(library: Library) -> None:
    question = "What did Weissman state about the hands in lupus?"
    found = {hit.passage.id for hit in library.search(question, limit=10)}
    assert {e.passage_id for e in library.ask(question).evidence} <= found


# ---------------------------------------------------------------- looking things up


def test_a_source_has_a_key_and_a_file_name(library: Library) -> None:
    assert library.article("faria-2020") is library.article("001_f3631931955bf0fd.txt")


def test_an_unknown_source_is_said_to_be_unknown_with_those_there_are(library: Library) -> None:
    with pytest.raises(UnknownName, match="'faria'") as raised:
        library.article("faria")
    assert "faria-2020" in str(raised.value.where)


def test_the_passages_of_a_source_stand_in_reading_order(library: Library) -> None:
    starts = [passage.start for passage in library.passages("yadav-2013")]
    assert starts == sorted(starts)
    assert {passage.source for passage in library.passages("yadav-2013")} == {"yadav-2013"}
    assert library.passages("nobody") == []


def test_every_statement_begins_in_a_passage(library: Library) -> None:
    """What begins in none would never be found."""
    places = [(p.source, p.start, p.end) for p in library.index.passages]
    lost = [
        s.text
        for s in library.index.statements
        if not any(source == s.source and start <= s.core_start < end for source, start, end in places)
    ]
    assert lost == []


def test_a_statement_of_a_table_holds_every_row_under_one(library: Library) -> None:
    rows = [s.text for s in library.index.statements if s.text.startswith("III) Infestations")]
    assert set(rows) == {"III) Infestations\na) Cystercercosis\nb) Loa loa\nc) Dracunculosis\nd) Leprosy"}


def test_a_scraped_page_makes_no_statement_of_invitations_and_bare_headings(library: Library) -> None:
    page = {s.text for s in library.index.statements if s.source == "soft-tissue-calcification-web"}
    assert [t for t in page if t.startswith(("Learn ", "Find out ", "See ", "This web page"))] == []
    assert page & {"MRI", "CONCLUSION.", "OBJECTIVE.", "This", "Differential diagnosis."} == set()
    assert "Calcifications are frequently identified by radiologists in daily practice." in page


def test_two_snippets_of_a_scraped_page_are_not_joined(library: Library) -> None:
    text = library.article("soft-tissue-calcification-web").text
    assert "Calcinosis is a condition\n\ncalcinosis cutis circumscripta: localized skin" in text


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("text", ["", " \n\t ", "?!", "\x00\x1b\x07", "…"])
def test_no_word_is_no_question(library: Library, text: str) -> None:
    with pytest.raises(EmptyQuestion):
        library.ask(text)
    with pytest.raises(EmptyQuestion):
        library.search(text)


def test_a_question_of_100_000_characters_is_refused(library: Library) -> None:
    with pytest.raises(RequestError, match="100,000 characters"):
        library.ask("calcium is" * 10_000)


def test_a_long_question_is_read(library: Library) -> None:
    answer = library.ask("Which nerve calcifies in leprosy? " * 100)
    assert answer.status is Status.ANSWERED
    assert "sural" in " ".join(s.text for s in answer.sentences)


def test_control_characters_change_no_answer(library: Library) -> None:
    plain = library.ask("Which nerve calcifies in leprosy?")
    assert library.ask("Which\x00 nerve\x1b calcifies\x08 in\tleprosy?").evidence == plain.evidence


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "DROP TABLE passages;", "{{7*7}} ../../etc/passwd", "🦴🦴 bone?"]
)
def test_what_is_no_question_about_the_subject_is_no_error(library: Library, text: str) -> None:
    assert library.ask(text).status in Status


def test_no_index_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoIndex):
        Library.open(tmp_path)


# ---------------------------------------------------------------- the same answers


def test_an_unchanged_corpus_is_not_indexed_again(
    library: Library, shipped_corpus: Path, shipped_indexes: Path
) -> None:
    again = update(shipped_corpus, shipped_indexes).report
    assert (again.generation, again.embedded, again.switched) == (library.index.generation, 0, False)


def test_another_build_from_another_order_of_the_sources_gives_equal_answers(
    shipped_corpus: Path, models: Path, tmp_path: Path, gold: tuple[GoldQuestion, ...], gold_answers: dict[str, Answer]
) -> None:
    corpus, indexes = tmp_path / "corpus", tmp_path / "indexes"
    shutil.copytree(shipped_corpus, corpus)
    head, *sources = (corpus / "manifest.toml").read_text(encoding="utf-8").split("[[source]]")
    reversed_manifest = head + "".join(f"[[source]]{source}" for source in reversed(sources))
    (corpus / "manifest.toml").write_text(reversed_manifest, encoding="utf-8")
    indexes.mkdir()
    (indexes / "models").symlink_to(models)
    update(corpus, indexes)
    other = Library.open(indexes)
    assert [a.key for a in other.articles] == list(reversed(keys(shipped_corpus)))
    assert [q.id for q in gold if other.ask(q.question) != gold_answers[q.id]] == []


def keys(corpus: Path) -> list[str]:
    manifest = tomllib.loads((corpus / "manifest.toml").read_text(encoding="utf-8"))
    return [source["key"] for source in manifest["source"]]
