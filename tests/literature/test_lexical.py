"""Words, and the index of them."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcrag.literature import lexical
from calcrag.literature.lexical import (
    LEXICAL_FILES,
    PAIR_WEIGHT,
    LexicalIndex,
    analysis_digest,
    build_lexical,
    query_terms,
    terms,
)

DOCUMENTS = [
    ("Calciphylaxis", "Skin necrosis in a patient on dialysis, serum calcium 2.6 mmol/L."),
    ("Tumoral calcinosis", "Masses of calcium beside the hip; the patient has no renal failure."),
    ("", "Dystrophic calcification of injured tissue. Calcium is normal."),
]


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Calcifications", ["calcif"]),
        ("naïve Œdema", ["naiv", "edema"]),
        ("uraemic tumour", ["urem", "tumor"]),
        ("2.6 mmol/L", ["2.6", "mmol", "l"]),
        ("2.6mmol", ["2.6", "mmol"]),
        ("2·6", ["2.6"]),
        ("60-70 1–20", ["60-70", "1-20"]),
        ("1,250 patients", ["1250", "patient"]),
        ("1,25-dihydroxyvitamin", ["1,25", "dihydroxyvitamin"]),
        ("soft-tissue", ["soft", "tissu", "softtissu"]),
        ("x-ray and X‑rays", ["x", "ray", "x", "ray", "xray", "xray"]),
        ("HIV-1", ["hiv", "1", "hiv1"]),
        ("p53 18F", ["p53", "18f"]),
        ("TGF-β1", ["tgf", "beta1", "tgfbeta1"]),
        ("Raynaud's phenomenon", ["raynaud", "phenomenon"]),
        ("calcification—a review", ["calcif", "review"]),
        ("Ca²⁺", ["ca2"]),
        ("history of the trauma", ["histori", "trauma"]),
        ("no calcium, not without", ["no", "calcium", "not", "without"]),
        ("", []),
        ("– ? …", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@given(st.text(max_size=60))
def test_any_text_has_terms_that_a_query_can_name(text: str) -> None:
    found = terms(text)
    assert all(term and " " not in term for term in found)
    assert set(found) == {term for term in query_terms(text) if " " not in term}


def test_terms_are_words_once_or_many_times_upper_or_lower() -> None:
    assert terms("SOFT-TISSUE CALCIFICATIONS") == terms("soft-tissue calcifications")


def test_a_query_has_terms_and_pairs_with_weights() -> None:
    assert query_terms("soft-tissue calcification of calcification", weight=0.5) == {
        "soft": 0.5,
        "tissu": 0.5,
        "calcif": 1.0,
        "softtissu": 0.5,
        "soft tissu": 0.5 * PAIR_WEIGHT,
        "tissu calcif": 0.5 * PAIR_WEIGHT,
        "calcif calcif": 0.5 * PAIR_WEIGHT,
    }


def test_the_digest_of_the_analysis_changes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = analysis_digest()
    assert before == analysis_digest()
    monkeypatch.setattr(lexical, "_GRAMMAR", frozenset({"the"}))
    assert analysis_digest() != before


# ---------------------------------------------------------------- scores


def bm25(count: int, length: int, mean: float, frequency: int, passages: int) -> float:
    """Robertson's formula as Lucene has it: k1 = 1.2, b = 0.75."""
    idf = math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))
    return idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / mean))


def test_the_score_is_that_of_the_formula() -> None:
    index = build_lexical([("", "bone bone skin"), ("", "bone calcium lime salt dialysis"), ("", "hip")])
    # lengths 3, 5, 1: mean 3; "bone" stands in two of three
    assert index.scores({"bone": 1.0}) == pytest.approx([bm25(2, 3, 3, 2, 3), bm25(1, 5, 3, 2, 3), 0.0])


def test_a_heading_counts_twice() -> None:
    index = build_lexical([("bone", "skin"), ("", "bone bone skin")])
    assert index.scores({"bone": 1.0})[0] == index.scores({"bone": 1.0})[1]
    assert index.lengths.tolist() == [3, 3]


def test_a_pair_does_not_run_from_the_heading_into_the_text() -> None:
    index = build_lexical([("tumoral", "calcinosis")])
    assert index.document_frequency("tumor calcinosi") == 0


def test_words_of_grammar_part_no_pair() -> None:
    assert build_lexical([("", "deposits of calcium")]).document_frequency("deposit calcium") == 1


def test_a_pair_scores_where_the_words_are_neighbours() -> None:
    index = build_lexical([("", "calcinosis near tumoral masses"), ("", "masses of tumoral calcinosis")])
    assert index.scores({"tumor calcinosi": 1.0}).tolist() == [0.0, index.scores({"tumor calcinosi": 1.0})[1]]
    assert index.scores({"tumor calcinosi": 1.0})[1] > 0


def test_weights_multiply_and_add() -> None:
    index = build_lexical(DOCUMENTS)
    both = index.scores({"calcium": 1.0, "dialysi": 0.5})
    assert both == pytest.approx(index.scores({"calcium": 1.0}) + 0.5 * index.scores({"dialysi": 1.0}))


def test_unknown_terms_score_nothing() -> None:
    index = build_lexical(DOCUMENTS)
    query = {"xylophon": 1.0, "xylophon calcium": 1.0, "calcium dialysi": 1.0, "hip skin": 3.0}
    assert index.scores(query).tolist() == [0.0, 0.0, 0.0]


def test_frequency_and_rarity_of_terms() -> None:
    index = build_lexical(DOCUMENTS)
    assert index.document_frequency("calcium") == 3
    assert index.document_frequency("patient") == 2
    assert index.document_frequency("tumor calcinosi") == 1
    assert index.document_frequency("xylophon") == 0
    assert index.idf("xylophon") > index.idf("dialysi") > index.idf("patient") > index.idf("calcium") > 0


def test_the_vocabulary_is_sorted_and_whole() -> None:
    index = build_lexical(DOCUMENTS)
    assert list(index.vocabulary) == sorted(
        {term for document in DOCUMENTS for text in document for term in terms(text)}
    )


@pytest.mark.parametrize("documents", [[], [("", "")], [("", "the of"), ("", "")]])
def test_nothing_to_index_is_an_index_of_nothing(documents: list[tuple[str, str]]) -> None:
    index = build_lexical(documents)
    assert len(index) == len(documents)
    assert index.scores({"calcium": 1.0}).tolist() == [0.0] * len(documents)
    assert index.vocabulary == ()


# ---------------------------------------------------------------- files


def same(one: LexicalIndex, other: LexicalIndex) -> bool:
    fields = [name.removesuffix(".npy") for name in LEXICAL_FILES if name.endswith(".npy")]
    return one.vocabulary == other.vocabulary and all(
        np.array_equal(getattr(one, field), getattr(other, field)) for field in fields
    )


def test_files_give_back_the_index(tmp_path: Path) -> None:
    index = build_lexical(DOCUMENTS)
    index.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(LEXICAL_FILES)
    loaded = LexicalIndex.load(tmp_path)
    assert same(loaded, index)
    assert isinstance(loaded.rows.base, np.memmap)
    assert loaded.scores(query_terms("calcium of the hip")) == pytest.approx(
        index.scores(query_terms("calcium of the hip"))
    )


def test_files_hold_whole_numbers_only(tmp_path: Path) -> None:
    build_lexical(DOCUMENTS).save(tmp_path)
    for path in tmp_path.glob("*.npy"):
        assert np.load(path, allow_pickle=False).dtype.kind in "iu", path.name


WORDS = st.sampled_from(["calcium", "skin", "soft-tissue", "hip", "2.6", "the", "dialysis"])
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)
CORPORA = st.lists(st.tuples(TEXTS, TEXTS), max_size=5)


@given(old=CORPORA, new=CORPORA, order=st.randoms(use_true_random=False), data=st.data())
def test_taking_over_gives_what_a_fresh_build_gives(old, new, order, data) -> None:  # type: ignore[no-untyped-def]
    previous = build_lexical(old)
    kept = data.draw(st.lists(st.integers(0, len(old) - 1), unique=True)) if old else []
    mixed = [*kept, *new]
    order.shuffle(mixed)
    fresh = build_lexical([old[item] if isinstance(item, int) else item for item in mixed])
    assert same(build_lexical(mixed, previous=previous), fresh)


def test_rows_without_a_previous_index_are_refused() -> None:
    with pytest.raises(ValueError, match="no previous index"):
        build_lexical([0])
