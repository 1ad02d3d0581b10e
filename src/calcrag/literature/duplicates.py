"""Passage texts → which passage says no more than another: copies, near-copies, and pieces of a longer passage.

Made from shingles, runs of `SHINGLE_WORDS` neighbouring words without regard to case, accents or marks. Must never:
call two passages alike because they treat the same thing; only the same words in the same order count.
"""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from calcrag.literature.vocabulary import fold

__all__ = ["COVERED_PERCENT", "RULES", "SHINGLE_WORDS", "covered_by", "shingles"]

SHINGLE_WORDS = 3
COVERED_PERCENT = 80
FEWEST_SHINGLES = 4  # below, "Figure 2 shows the shoulder" would be covered by any passage that says so
FARTHEST = 32  # of more copies than this of one run of words, each is compared with its next ones only

RULES = (SHINGLE_WORDS, COVERED_PERCENT, FEWEST_SHINGLES, FARTHEST)
"""An index that was made by other rules is out of date."""

_WORD = re.compile(r"[^\W_]+")


def shingles(text: str) -> NDArray[np.uint32]:
    """The hashes of a text's shingles, sorted, each once; the same on every machine."""
    words = _WORD.findall(fold(text))
    runs = (" ".join(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1))
    return np.unique(np.fromiter((crc32(run.encode()) for run in runs), dtype=np.uint32))


def covered_by(sketches: Sequence[NDArray[np.uint32]]) -> list[tuple[int, int]]:
    """Pairs (a, b): at least `COVERED_PERCENT` of the shingles of text a stand in text b too; sorted."""
    sizes = np.array([len(sketch) for sketch in sketches], dtype=np.int64)
    if sizes.sum() == 0:
        return []
    hashes = np.concatenate(sketches)
    owners = np.repeat(np.arange(len(sketches), dtype=np.int64), sizes)
    order = np.argsort(hashes, kind="stable")  # stable: the owners of one hash stay ascending
    hashes, owners = hashes[order], owners[order]
    shared = [
        owners[:-step][same] * len(sketches) + owners[step:][same]
        for step in range(1, min(FARTHEST, len(hashes) - 1) + 1)
        if (same := hashes[:-step] == hashes[step:]).any()
    ]
    if not shared:
        return []
    pairs, counts = np.unique(np.concatenate(shared), return_counts=True)
    first, second = np.divmod(pairs, len(sketches))
    found: list[tuple[int, int]] = []
    for a, b in ((first, second), (second, first)):
        covered = (100 * counts >= COVERED_PERCENT * sizes[a]) & (sizes[a] >= FEWEST_SHINGLES)
        found.extend(zip(a[covered].tolist(), b[covered].tolist(), strict=True))
    return sorted(found)
