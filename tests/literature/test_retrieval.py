"""A question and an index → hits."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calcrag.errors import EmptyQuestion
from calcrag.literature import retrieval
from calcrag.literature.index import Index
from calcrag.literature.indexing import build
from calcrag.literature.passages import PassageKind
from calcrag.literature.retrieval import LATE_BLOCK, retrieve


def indexed(world, embedder, folder: Path, **options) -> Index:
    build(
        world.articles, world.passages, folder=folder, embedder=embedder, settings={},
        **{"statements": world.statements, **options},
    )  # fmt: skip
    return Index.open(folder)


@pytest.fixture
def index(world, embedder, tmp_path: Path) -> Index:
    return indexed(world, embedder, tmp_path)


def sources(hits) -> list[str]:
    return [hit.passage.source for hit in hits]


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is tumoral calcinosis?", "Tumoral calcinosis forms"),
        ("skin ulcerates over the thighs", "Calciphylaxis is a rare"),
        ("serum calcium raised to 2.9 mmol/L", "Metastatic calcification is"),
        ("injury of tissue", "Dystrophic calcification follows"),
    ],
)
def test_the_passage_that_answers_stands_first(index: Index, embedder, question: str, words: str) -> None:
    first = retrieve(index, question, embedder=embedder)[0]
    assert first.passage.text.startswith(words)
    assert (first.rank, first.passage) == (1, index.passage(first.passage.id))


@pytest.mark.parametrize("options", [{"statements": ()}, {"tokens": False}, {"statements": (), "tokens": False}])
def test_word_pieces_and_statements_are_options(world, embedder, tmp_path: Path, options) -> None:
    index = indexed(world, embedder, tmp_path, **options)
    first = retrieve(index, "What is tumoral calcinosis?", embedder=embedder)[0]
    assert first.passage.text.startswith("Tumoral calcinosis")
    assert (first.late is None) == ("tokens" in options)


def test_hits_are_in_order_and_numbered(index: Index, embedder) -> None:
    hits = retrieve(index, "calcium in tissue", embedder=embedder)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0.0 <= hit.score <= 1.0 for hit in hits)


def test_no_more_than_the_limit(index: Index, embedder) -> None:
    every = retrieve(index, "calcium in tissue", embedder=embedder)
    assert retrieve(index, "calcium in tissue", embedder=embedder, limit=2) == every[:2]
    assert retrieve(index, "calcium in tissue", embedder=embedder, limit=0) == []


def test_words_that_no_passage_has_find_by_meaning_only(index: Index, embedder) -> None:
    hits = retrieve(index, "xylophone", embedder=embedder)
    assert {hit.lexical for hit in hits} == {0.0}


@pytest.mark.parametrize("question", ["", "  ", "?!", "–"])
def test_a_question_without_a_word(index: Index, embedder, question: str) -> None:
    with pytest.raises(EmptyQuestion):
        retrieve(index, question, embedder=embedder)


@pytest.mark.parametrize("question", ["the of and", "?a?", "α", "calcium " * 500, "\x00calcium\ud800", "ß 1"])
def test_odd_questions_are_answered(index: Index, embedder, question: str) -> None:
    assert retrieve(index, question, embedder=embedder)


def test_an_index_of_one_passage(make_world, embedder, tmp_path: Path) -> None:
    index = indexed(make_world({"only": ["Calcium."]}), embedder, tmp_path)
    (hit,) = retrieve(index, "calcium", embedder=embedder)
    assert (hit.score, hit.dense) == (1.0, 1.0)


# ---------------------------------------------------------------- kinds


def test_references_are_left_out_unless_asked_for(index: Index, embedder) -> None:
    question = "Selye Calciphylaxis University of Chicago Press"
    assert PassageKind.REFERENCE not in {h.passage.kind for h in retrieve(index, question, embedder=embedder)}
    (hit,) = retrieve(index, question, embedder=embedder, kinds=frozenset({PassageKind.REFERENCE}))
    assert hit.passage.text.startswith("1. Selye")
    everything = retrieve(index, question, embedder=embedder, kinds=frozenset(PassageKind))
    assert everything[0].passage.kind is PassageKind.REFERENCE


def test_a_passage_without_statements_is_not_put_back(make_world, embedder, tmp_path: Path) -> None:
    world = make_world({"with": ["Calcium of the shoulder"], "without": ["Calcium of the elbow and of the shoulder"]})
    world.statements = [s for s in world.statements if s.source == "with"]
    hits = retrieve(indexed(world, embedder, tmp_path), "Calcium of the elbow and the shoulder", embedder=embedder)
    assert sources(hits) == ["without", "with"]


def test_a_kind_that_no_passage_is_of(index: Index, embedder) -> None:
    assert retrieve(index, "calcium", embedder=embedder, kinds=frozenset({PassageKind.TABLE})) == []
    assert retrieve(index, "calcium", embedder=embedder, kinds=frozenset()) == []


# ---------------------------------------------------------------- expansions


def lexical(index: Index, embedder, question: str, **options) -> dict[str, float]:
    hits = retrieve(index, question, embedder=embedder, **options)
    return {hit.passage.text.split()[0]: hit.lexical for hit in hits}


def test_an_expansion_finds_what_the_words_of_the_question_do_not(index: Index, embedder) -> None:
    plain = lexical(index, embedder, "Teutschlaender disease")
    more = lexical(index, embedder, "Teutschlaender disease", expansions=[("tumoral calcinosis", 0.8)])
    assert plain["Tumoral"] == 0.0
    assert more["Tumoral"] > 0.0
    alone = lexical(index, embedder, "tumoral calcinosis")
    assert more["Tumoral"] == pytest.approx(0.8 * alone["Tumoral"], abs=1e-4)


def test_a_word_of_the_question_gains_nothing_by_an_expansion(index: Index, embedder) -> None:
    question = "tumoral calcinosis"
    expansions = [("tumoral calcinosis", 0.9), ("calcinosis", 0.5), ("of the", 1.0)]
    assert lexical(index, embedder, question, expansions=expansions) == lexical(index, embedder, question)


def test_synonyms_with_a_word_in_common_count_it_once(index: Index, embedder) -> None:
    one = lexical(index, embedder, "x", expansions=[("skin", 0.5)])
    assert lexical(index, embedder, "x", expansions=[("skin", 0.5), ("skin", 0.5), ("skin", 0.2)]) == one


def test_the_model_reads_what_is_meant(index: Index, embedder) -> None:
    embedder.texts.clear()
    retrieve(index, "CUA", embedder=embedder, meaning="CUA calciphylaxis")
    assert embedder.texts == ["CUA calciphylaxis"]


# ---------------------------------------------------------------- order


def test_the_same_question_gives_the_same_hits(world, make_embedder, tmp_path: Path) -> None:
    question = "calcium and phosphate in the skin"
    one = indexed(world, make_embedder(), tmp_path / "one")
    two = indexed(world, make_embedder(), tmp_path / "two")
    assert retrieve(one, question, embedder=make_embedder()) == retrieve(two, question, embedder=make_embedder())


def test_equal_passages_are_ordered_by_their_ids(make_world, embedder, tmp_path: Path) -> None:
    # Too short to be found out as copies: the same score for each.
    world = make_world({key: ["Calcium."] for key in "abcdef"})
    hits = retrieve(indexed(world, embedder, tmp_path), "calcium", embedder=embedder)
    assert len({hit.score for hit in hits}) == 1
    assert [hit.passage.id for hit in hits] == sorted(passage.id for passage in world.passages)


def test_scores_have_five_decimals(index: Index, embedder) -> None:
    for hit in retrieve(index, "calcium in the skin", embedder=embedder):
        for value in (hit.score, hit.lexical, hit.dense, hit.late):
            assert value == round(value, 5)


def test_noise_beyond_the_fifth_decimal_changes_nothing(index: Index, embedder, monkeypatch) -> None:
    question = "calcium and phosphate in the skin"
    before = retrieve(index, question, embedder=embedder)
    vectors = type(embedder)._vectors
    monkeypatch.setattr(
        type(embedder), "_vectors", lambda self, texts: (vectors(self, texts) * np.float32(1 + 3e-7)).astype(np.float32)
    )
    assert retrieve(index, question, embedder=embedder) == before


def test_late_interaction_keeps_the_first_in_front_of_the_rest(
    make_world, embedder, tmp_path: Path, monkeypatch
) -> None:
    world = make_world({f"a{n}": [f"Calcium and salt number {n}, with word{n} and more."] for n in range(12)})
    index = indexed(world, embedder, tmp_path)
    monkeypatch.setattr(retrieval, "LATE_WEIGHT", 0.0)
    before = [hit.passage.id for hit in retrieve(index, "salt word3 word7", embedder=embedder, limit=12)]
    monkeypatch.setattr(retrieval, "LATE_WEIGHT", 1.0)
    monkeypatch.setattr(retrieval, "LATE_DEPTH", 4)
    after = retrieve(index, "salt word3 word7", embedder=embedder, limit=12)
    assert {hit.passage.id for hit in after[:4]} == set(before[:4])
    assert [hit.passage.id for hit in after[4:]] == before[4:]
    assert [hit.late is None for hit in after] == [False] * 4 + [True] * 8


def test_late_interaction_wants_the_words_together(make_world, make_embedder, tmp_path: Path) -> None:
    one, other = (" ".join(f"{word}{n}" for n in range(4 * LATE_BLOCK)) for word in ("one", "other"))
    world = make_world({"near": [f"Calcium shoulder {one} end"], "far": [f"Calcium {other} shoulder"]})
    embedder = make_embedder(max_tokens=500)
    hits = retrieve(indexed(world, embedder, tmp_path), "calcium shoulder", embedder=embedder)
    late = {hit.passage.source: hit.late for hit in hits}
    assert late["near"] > late["far"] + 0.1


def test_late_interaction_is_what_it_says(index: Index, embedder) -> None:
    question = "calcium tissue Selye"
    hit = next(h for h in retrieve(index, question, embedder=embedder) if h.passage.text.startswith("Metastatic"))
    asked = embedder.encode_with_tokens([question])
    tokens, row = index.tokens, index.row(hit.passage.id)
    vectors = tokens.vectors[tokens.starts[row] : tokens.starts[row + 1]].astype(float)
    assert len(vectors) <= 2 * LATE_BLOCK
    weights = []
    for token in asked.token_ids[0]:
        known = tokens.frequencies[token] if token < len(tokens.frequencies) else 0
        weights.append(np.log(1 + (6 - known + 0.5) / (known + 0.5)))
    nearest = [(vectors @ vector.astype(float)).max() / 127**2 for vector in asked.token_vectors[0]]
    assert hit.late == pytest.approx(np.average(nearest, weights=weights), abs=1e-5)


# ---------------------------------------------------------------- copies


def test_a_copy_is_folded_into_its_original(index: Index, world, embedder) -> None:
    hits = retrieve(index, "Calciphylaxis of the skin over the thighs", embedder=embedder)
    assert "scraped" not in sources(hits)
    copy = next(p for p in world.passages if p.source == "scraped")
    assert hits[0].passage == world.passages[0]
    assert hits[0].duplicates == (copy.id,)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_the_original_takes_the_place_of_a_copy_that_stood_before_it(index: Index, world, embedder) -> None:
    # The heading of the original is not asked for here, and so the copy without one is nearer.
    hits = retrieve(index, world.passages[0].text, embedder=embedder)
    assert hits[0].passage == world.passages[0]
    assert len(hits[0].duplicates) == 1


def longer(paragraphs: dict[str, list[str]]) -> dict[str, list[str]]:
    scraped = paragraphs["scraped"][0]
    extra = "Warfarin is named as a cause in nine of ten fragments, and nothing else is said of any drug on that page."
    return {**paragraphs, "scraped": [f"{scraped} {extra} {extra.replace('nine', 'some').replace('page', 'site')}"]}


def test_a_copy_that_says_more_stays_beside_its_original(make_world, paragraphs, embedder, tmp_path: Path) -> None:
    index = indexed(make_world(longer(paragraphs)), embedder, tmp_path)
    hits = retrieve(index, "warfarin Calciphylaxis of the skin over the thighs", embedder=embedder)
    assert sources(hits)[0] == "scraped"
    assert "faria-2020" in sources(hits)
    assert all(hit.duplicates == () for hit in hits)


def test_a_piece_is_folded_into_a_longer_passage_of_no_copyist(
    make_world, paragraphs, embedder, tmp_path: Path
) -> None:
    world = make_world(longer(paragraphs))
    world.articles = [replace(a, copies_from=()) for a in world.articles]
    index = indexed(world, embedder, tmp_path)
    hits = retrieve(index, "warfarin Calciphylaxis of the skin over the thighs", embedder=embedder)
    assert hits[0].passage.source == "scraped"
    assert hits[0].duplicates == (world.passages[0].id,)
    assert world.passages[0].id not in [hit.passage.id for hit in hits]
