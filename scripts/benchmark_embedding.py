"""Times calcrag's embedding against sentence-transformers' own, side by side in one run.

    python scripts/benchmark_embedding.py FOLDER [--passages 600] [--words 120] [--rounds 3] [--cache DIR]

FOLDER holds text files; their words are cut into passages. Indexing is timed in turns (theirs, ours, with tokens, and
again), each on the same passages, so that whatever else the machine does falls on all of them; a cold start is a fresh
process up to its first vector. Prints JSON: wall-clock and processor time, the median and the best of the rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

OURS = """
import sys
from pathlib import Path
from calcrag.literature.embedding import open_embedder
open_embedder(cache=Path(sys.argv[1])).encode(["What is calciphylaxis?"])
"""
THEIRS = """
import sys
from sentence_transformers import SentenceTransformer
SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True).encode(["What is calciphylaxis?"])
"""


def read_passages(folder: Path, *, count: int, words: int) -> list[str]:
    """`count` runs of `words` words, taken evenly from all the files."""
    runs = []
    for file in sorted(folder.glob("*.txt")):
        text = file.read_text(encoding="utf-8", errors="replace").split()
        runs += [" ".join(text[start : start + words]) for start in range(0, len(text) - words + 1, words)]
    return [runs[row * len(runs) // count] for row in range(min(count, len(runs)))]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def cold_start(program: str, argument: Path) -> tuple[float, float]:
    """Seconds of a fresh process, from its start to its end, by the clock and of the processor."""
    before = os.times()
    wall = time.perf_counter()
    subprocess.run([sys.executable, "-c", program, str(argument)], check=True, stderr=subprocess.DEVNULL)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - wall, spent


def summary(rounds: list[tuple[float, float]], *, per: int) -> dict[str, float]:
    """Rates per second if `per` is above 1, else seconds."""
    walls, processors = zip(*rounds, strict=True)
    if per == 1:
        return {
            "median_s": round(statistics.median(walls), 3),
            "best_s": round(min(walls), 3),
            "processor_s": round(statistics.median(processors), 3),
        }
    return {
        "median_per_s": round(per / statistics.median(walls), 1),
        "best_per_s": round(per / min(walls), 1),
        "processor_ms_each": round(1000 * statistics.median(processors) / per, 1),
    }


def run(folder: Path, *, passages: int, words: int, rounds: int, cache: Path) -> dict[str, object]:
    """All figures, as one JSON object."""
    from sentence_transformers import SentenceTransformer

    from calcrag.literature.embedding import open_embedder
    from calcrag.literature.model_folder import find_model

    model = find_model().path
    texts = read_passages(folder, count=passages, words=words)
    ours = open_embedder(cache=cache)
    theirs = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    sample = texts[:: max(1, len(texts) // 40)]
    difference = float(np.abs(ours.encode(sample) - theirs.encode(sample, batch_size=32)).max())
    work: dict[str, Callable[[], object]] = {
        "sentence_transformers": lambda: theirs.encode(texts, batch_size=32, show_progress_bar=False),
        "calcrag": lambda: ours.encode(texts),
        "calcrag_with_tokens": lambda: ours.encode_with_tokens(texts),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, encode in work.items():
            taken[name].append(timed(encode))
    question = ["Is calcific tendinitis of the shoulder dystrophic?"]
    queries = [timed(lambda: ours.encode(question))[0] for _ in range(100)]
    ratios = [slow[0] / fast[0] for slow, fast in zip(taken["sentence_transformers"], taken["calcrag"], strict=True)]
    cold = {
        "sentence_transformers": [cold_start(THEIRS, model) for _ in range(rounds)],
        "calcrag": [cold_start(OURS, cache) for _ in range(rounds)],
    }
    return {
        "passages": len(texts),
        "word_pieces": statistics.mean(ours.count_tokens(texts)),
        "largest_difference": difference,
        "indexing": {name: summary(figures, per=len(texts)) for name, figures in taken.items()},
        "indexing_ratio": round(statistics.median(ratios), 2),
        "query_ms": round(1000 * statistics.median(queries), 2),
        "cold_start": {name: summary(figures, per=1) for name, figures in cold.items()},
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Reads the arguments and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passages", type=int, default=600)
    parser.add_argument("--words", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        figures = run(
            arguments.folder,
            passages=arguments.passages,
            words=arguments.words,
            rounds=arguments.rounds,
            cache=arguments.cache or Path(scratch),
        )
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
