"""Which passage says no more than another."""

from zlib import crc32

import numpy as np
import pytest

from calcrag.literature.duplicates import FARTHEST, covered_by, shingles

ORIGINAL = (
    "Calciphylaxis is a rare disorder of small vessels, seen above all in patients on dialysis, in which the media of "
    "arterioles calcifies and the skin becomes ischaemic and ulcerates, most often over the abdomen and the thighs."
)
AROUND = " It was first described many years ago and has since been reported from all continents of the world."
OTHER = (
    "Tumoral calcinosis forms lobulated masses of calcium beside large joints; the bone is spared, and the masses grow "
    "slowly over years without pain until they limit movement or break through the skin."
)


def pairs(*texts: str) -> list[tuple[int, int]]:
    return covered_by([shingles(text) for text in texts])


def test_a_copy_and_its_original_cover_each_other() -> None:
    assert pairs(ORIGINAL, OTHER, ORIGINAL) == [(0, 2), (2, 0)]


def test_marks_case_and_accents_do_not_matter() -> None:
    assert pairs(ORIGINAL, ORIGINAL.upper().replace(",", " –")) == [(0, 1), (1, 0)]


def test_a_piece_is_covered_by_the_whole_but_not_the_other_way() -> None:
    assert pairs(ORIGINAL + AROUND + AROUND.upper()[::-1] + OTHER, ORIGINAL) == [(1, 0)]


def test_one_word_changed_is_still_a_copy() -> None:
    assert pairs(ORIGINAL, ORIGINAL.replace("rare", "frequent")) == [(0, 1), (1, 0)]


def test_the_same_words_in_another_order_are_no_copy() -> None:
    assert pairs(ORIGINAL, " ".join(sorted(ORIGINAL.split()))) == []


@pytest.mark.parametrize("short", ["", "Figure 2.", "The Figure shows it."])
def test_a_few_words_are_never_covered(short: str) -> None:
    assert pairs(short, short, short + " " + ORIGINAL) == []


def test_more_copies_than_are_compared_at_once() -> None:
    found = pairs(*[ORIGINAL] * (FARTHEST + 8))
    for row in range(1, FARTHEST + 8):
        assert (row, row - 1) in found


def test_shingles_are_hashes_of_runs_of_folded_words() -> None:
    runs = ["soft tissue calcification", "tissue calcification of", "calcification of the", "of the tumor"]
    assert shingles("Soft‑tissue calcification of the TUMOUR").tolist() == sorted(crc32(run.encode()) for run in runs)
    assert shingles("two words").dtype == np.uint32
