"""How long a question takes, side by side with the usual script (LangChain documents, MiniLM by sentence-transformers, FAISS).

    python scripts/benchmark_speed.py [--indexes indexes] [--rounds 5]

Cold: a new process from its start to the answer, `calcrag ask` against the usual script opening a ready FAISS index and giving
its four nearest chunks; in turn, A B A B …, medians and their ratio. Warm: the median of `Library.ask` and `Library.search` in one
process over the gold questions. Start-up: `calcrag --help`, `import calcrag`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

QUESTION = "Which calcium-phosphorus product predisposes to metastatic calcification?"

USUAL = """
import sys, json, os
os.environ["HF_HUB_OFFLINE"] = "1"
from langchain_core.documents import Document
from sentence_transformers import SentenceTransformer
import faiss
folder, model, question = sys.argv[1:]
embedder = SentenceTransformer(model, device="cpu")
if not os.path.exists(folder + "/index.faiss"):
    corpus = sys.stdin.read()
    step, texts = 800, []
    for start in range(0, len(corpus), step):
        texts.append(corpus[start:start + 1000])
    index = faiss.IndexFlatL2(384)
    index.add(embedder.encode(texts))
    faiss.write_index(index, folder + "/index.faiss")
    json.dump(texts, open(folder + "/texts.json", "w"))
texts = json.load(open(folder + "/texts.json"))
index = faiss.read_index(folder + "/index.faiss")
_, rows = index.search(embedder.encode([question]), 4)
for document in [Document(page_content=texts[row]) for row in rows[0]]:
    print(document.page_content[:200])
"""


CALCRAG = "import sys; from calcrag.surfaces.cli import main; sys.exit(main())"


def seconds(command: list[str], *, text: str | None = None, expect: str = "") -> float:
    """How long a command takes; the script ends where it fails or does not print what is expected."""
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, input=text)
    taken = time.perf_counter() - start
    if expect not in done.stdout:
        sys.exit(f"{command[:3]} did not print {expect!r}")
    return taken


def row(name: str, times: list[float], unit: float = 1.0, suffix: str = "s") -> None:
    """One line: minimum, median, maximum."""
    low, middle, high = (f"{value * unit:8.3f}" for value in (min(times), statistics.median(times), max(times)))
    print(f"{name:46} {low} {middle} {high} {suffix}")


def main() -> None:
    """Time everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--indexes", type=Path, default=Path("indexes"))
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    python = sys.executable
    folders = ["--corpus", str(arguments.corpus), "--indexes", str(arguments.indexes)]
    calcrag = [python, "-c", CALCRAG, "ask", *folders, QUESTION]
    from calcrag.literature.model_folder import find_model

    with tempfile.TemporaryDirectory() as folder:
        usual = [python, "-c", USUAL, folder, str(find_model().path), QUESTION]
        text = "\n".join(p.read_text(encoding="utf-8") for p in sorted((arguments.corpus / "articles").glob("*.txt")))
        seconds(usual, text=text)
        seconds(calcrag, expect="75mg./100ml.")
        ours, theirs = [], []
        for _ in range(arguments.rounds):
            ours.append(seconds(calcrag, expect="75mg./100ml."))
            theirs.append(seconds(usual, text=text, expect="calci"))
    print(f"{'':46} {'min':>8} {'median':>8} {'max':>8}")
    row("calcrag ask, cold", ours)
    row("the usual script, cold", theirs)
    row("ratio", [a / b for a, b in zip(ours, theirs, strict=True)], suffix="")
    row("calcrag --help", [seconds([python, "-c", CALCRAG, "--help"], expect="Usage") for _ in range(arguments.rounds)])
    bare = [seconds([python, "-c", "pass"]) for _ in range(arguments.rounds)]
    row("import calcrag", [seconds([python, "-c", "import calcrag"]) for _ in range(arguments.rounds)])
    row("python alone", bare)
    _warm(arguments.indexes, arguments.corpus / "gold.jsonl")


def _warm(indexes: Path, gold: Path) -> None:
    from calcrag.literature.library import Library

    questions = [json.loads(line)["question"] for line in gold.read_text(encoding="utf-8").splitlines()]
    library = Library.open(indexes)
    for name, call in (("ask, warm", library.ask), ("search, warm", library.search)):
        call(questions[0])
        times = []
        for question in questions:
            start = time.perf_counter()
            call(question)
            times.append(time.perf_counter() - start)
        row(name, times, 1000, "ms")


if __name__ == "__main__":
    main()
