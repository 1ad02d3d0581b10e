"""Measures calcrag's retrieval on public question sets, one setting for all, and holds it against what is expected.

    python scripts/benchmark_retrieval.py --material DIR --cache DIR [--set NAME …] [--no-statements] [--json]

DIR holds `retrieval/`, `fulltext-qa/` and `medquad-calcification/` as they came. Each set becomes an index, built and
searched by calcrag's own modules and kept in the cache, so that a second run does not embed again. The systems:

    bm25       stems, heading twice
    bm25+pairs the lexical side of calcrag
    minilm     the model alone: a vector for a text, what is beyond its window not read
    windows    the dense side of calcrag: a vector for each window
    fused      both sides and single sentences, without late interaction
    calcrag    `retrieve` as it is used

With `--no-statements` single sentences are not stored: half as much to embed, and a little less is found.

scifact: a document is an abstract. pubmedqa: a document is an abstract without title and conclusion; relevant is the
one whose title the question is. fulltext-qa: a document is a run of 200 words of an article, the last run shorter;
relevant are those that overlap the place of the answer. medquad: a document is an answer; relevant is the one to the
question, and its equals.

Exit 1 where a figure of benchmark_expected.toml lies more than its tolerance below what is expected.
"""

import argparse
import gzip
import json
import math
import re
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from calcrag.citation import Record
from calcrag.literature import retrieval
from calcrag.literature.article import Article, Block, BlockKind, OffsetMap, Segment, SourceKind
from calcrag.literature.embedding import Embedder, open_embedder
from calcrag.literature.index import Index
from calcrag.literature.indexing import build
from calcrag.literature.lexical import query_terms
from calcrag.literature.passages import Passage, PassageKind
from calcrag.literature.statements import statements_of
from calcrag.literature.windows import embedded_text

WORDS = 200
DEPTH = 10
EXPECTED = Path(__file__).with_name("benchmark_expected.toml")


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Articles with their passages, questions by id, and the ids of the passages that answer each."""

    name: str
    articles: Sequence[Article]
    passages: Sequence[Passage]
    questions: Mapping[str, str]
    relevant: Mapping[str, Set[str]]


def ndcg(ranking: Sequence[str], relevant: Set[str], *, depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain with gains of 0 and 1.

    With r₁, r₂, … the gains in the order of the ranking: DCG = Σ_{i=1}^{depth} rᵢ / log₂(i + 1). The ideal ranking has
    all relevant documents first: IDCG = Σ_{i=1}^{min(depth, |relevant|)} 1 / log₂(i + 1). The value is DCG / IDCG.
    """
    gain = sum(1 / math.log2(place + 1) for place, name in enumerate(ranking[:depth], 1) if name in relevant)
    return gain / sum(1 / math.log2(place + 1) for place in range(1, min(depth, len(relevant)) + 1))


def recall(ranking: Sequence[str], relevant: Set[str], *, depth: int = DEPTH) -> float:
    """The share of the relevant documents that stand among the first `depth`."""
    return len(relevant & set(ranking[:depth])) / len(relevant)


def hit(ranking: Sequence[str], relevant: Set[str], *, depth: int = DEPTH) -> float:
    """1 where any relevant document stands among the first `depth`, else 0."""
    return float(bool(relevant & set(ranking[:depth])))


METRICS: Mapping[str, Callable[[Sequence[str], Set[str]], float]] = {
    f"ndcg@{DEPTH}": ndcg,
    f"recall@{DEPTH}": recall,
    f"hit@{DEPTH}": hit,
}


def article(key: str, *, title: str, text: str) -> Article:
    """An article of one paragraph; the title stands in its record, so that a passage can have it as its heading."""
    return Article(
        key=key, origin=key, kind=SourceKind.OTHER, record=Record(title=title), text=text,
        offsets=OffsetMap((Segment(0, len(text), 0, len(text)),)),
        blocks=(Block(BlockKind.PARAGRAPH, 0, len(text), section=(title,) if title else ()),),
        markers=(), references=(), sha256=sha256(text.encode()).hexdigest(),
    )  # fmt: skip


def passage(source: Article, start: int, end: int) -> Passage:
    """A passage of an article, named so that the question set can be recognised in a ranking."""
    return Passage(
        id=f"{source.key}:{start}", source=source.key, kind=PassageKind.PROSE, text=source.text[start:end],
        start=start, end=end, heading=source.record.title,
    )  # fmt: skip


def beir(folder: Path, name: str, *, split: str) -> QuestionSet:
    """A set in BEIR's layout, each document one passage."""
    packed = folder / "corpus.jsonl.gz"
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / "corpus.jsonl").read_bytes()
    documents = [json.loads(line) for line in data.splitlines()]
    articles = [article(d["_id"], title=d["title"], text=d["text"]) for d in documents]
    questions = {
        item["_id"]: item["text"] for item in map(json.loads, (folder / "queries.jsonl").read_text().splitlines())
    }
    relevant: dict[str, set[str]] = {}
    for line in (folder / "qrels" / f"{split}.tsv").read_text().splitlines()[1:]:
        question, document, grade = line.split("\t")
        if int(grade) > 0:
            relevant.setdefault(question, set()).add(f"{document}:0")
    return QuestionSet(name, articles, [passage(a, 0, len(a.text)) for a in articles], questions, relevant)


def full_texts(folder: Path) -> QuestionSet:
    """Full articles in runs of `WORDS` words, with the first line as the heading of every run."""
    articles, passages = [], []
    by_article: dict[str, list[Passage]] = {}
    for path in sorted((folder / "documents").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        source = article(path.stem, title=text.partition("\n")[0].strip(), text=text)
        words = [match.span() for match in re.finditer(r"\S+", text)]
        runs = [words[first : first + WORDS] for first in range(0, len(words), WORDS)]
        by_article[source.key] = [passage(source, run[0][0], run[-1][1]) for run in runs]
        articles.append(source)
        passages.extend(by_article[source.key])
    questions, relevant = {}, {}
    for number, line in enumerate((folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()):
        item = json.loads(line)
        questions[str(number)] = item["question"]
        relevant[str(number)] = {
            p.id for p in by_article[item["document"]] if p.start < item["end"] and item["start"] < p.end
        }
    return QuestionSet("fulltext-qa", articles, passages, questions, relevant)


def medquad(folder: Path) -> QuestionSet:
    """Questions and answers for patients; equal answers to two questions are both relevant to both."""
    articles, questions, relevant = [], {}, {}
    for path in sorted(folder.glob("*.xml")):
        for pair in ElementTree.parse(path).iter("QAPair"):  # noqa: S314 - a file of the material, in its recorded state
            question, answer = pair.find("Question"), pair.findtext("Answer") or ""
            if question is None or not answer.strip():
                continue
            source = article(question.attrib["qid"], title="", text=answer)
            articles.append(source)
            questions[source.key] = question.text or ""
    passages = [passage(a, 0, len(a.text)) for a in articles]
    for key in questions:
        own = next(p.text for p in passages if p.source == key)
        relevant[key] = {p.id for p in passages if p.text == own}
    return QuestionSet("medquad", articles, passages, questions, relevant)


def question_sets(material: Path) -> dict[str, Callable[[], QuestionSet]]:
    """The sets by name, each read when it is called."""
    return {
        "scifact": lambda: beir(material / "retrieval" / "scifact", "scifact", split="test"),
        "scifact-train": lambda: beir(material / "retrieval" / "scifact", "scifact-train", split="train"),
        "pubmedqa": lambda: beir(material / "retrieval" / "pubmedqa", "pubmedqa", split="test"),
        "fulltext-qa": lambda: full_texts(material / "fulltext-qa"),
        "medquad": lambda: medquad(material / "medquad-calcification"),
    }


Rank = Callable[[str], list[str]]


class Systems:
    """The systems to compare, over one index."""

    def __init__(self, index: Index, embedder: Embedder, *, vectors: np.ndarray) -> None:
        self.index = index
        self.embedder = embedder
        self.vectors = vectors
        self.ids = [p.id for p in index.passages]
        self.all_rows = np.arange(len(self.ids))

    def by_name(self) -> dict[str, Rank]:
        """Each system as a function from a question to a ranking."""
        return {
            "bm25": lambda q: self._best(
                self.index.lexical.scores({t: w for t, w in query_terms(q).items() if " " not in t})
            ),
            "bm25+pairs": lambda q: self._best(self.index.lexical.scores(query_terms(q))),
            "minilm": lambda q: self._best(self.vectors @ self._vector(q)),
            "windows": lambda q: self._best(self.index.cosines(self._vector(q), self.all_rows)),
            "fused": self._fused,
            "calcrag": self._retrieved,
        }

    def _vector(self, question: str) -> np.ndarray:
        return self.embedder.encode([question])[0]

    def _best(self, scores: np.ndarray) -> list[str]:
        order = np.lexsort((self.all_rows, -scores))[:DEPTH]
        return [self.ids[row] for row in order]

    def _retrieved(self, question: str) -> list[str]:
        return [h.passage.id for h in retrieval.retrieve(self.index, question, embedder=self.embedder, limit=DEPTH)]

    def _fused(self, question: str) -> list[str]:
        tokens, self.index.tokens = self.index.tokens, None
        try:
            return self._retrieved(question)
        finally:
            self.index.tokens = tokens


def evaluate(questions: QuestionSet, rank: Rank) -> dict[str, float]:
    """The mean of each metric over the questions that have an answer, and the median time of one in milliseconds."""
    values: dict[str, list[float]] = {name: [] for name in METRICS}
    times = []
    for key, relevant in questions.relevant.items():
        start = time.perf_counter()
        ranking = rank(questions.questions[key])
        times.append((time.perf_counter() - start) * 1000)
        for name, metric in METRICS.items():
            values[name].append(metric(ranking, relevant))
    return {**{name: statistics.fmean(v) for name, v in values.items()}, "ms": statistics.median(times)}


def opened(questions: QuestionSet, embedder: Embedder, *, cache: Path, statements: bool) -> Index:
    """The index of a set, built in the cache unless it is there."""
    # Both parts of SciFact ask the same documents.
    folder = cache / questions.name.removesuffix("-train") / ("statements" if statements else "passages")

    def progress(done: int, total: int) -> None:
        print(f"\r{questions.name}: {done} of {total} embedded", end="" if done < total else "\n", file=sys.stderr)

    spoken = [s for a in questions.articles for s in statements_of(a)] if statements else []
    build(
        questions.articles, questions.passages, folder=folder, embedder=embedder, settings={"words": WORDS},
        statements=spoken, progress=progress,
    )  # fmt: skip
    return Index.open(folder, embedder=embedder)


def plain_vectors(questions: QuestionSet, embedder: Embedder, *, cache: Path) -> np.ndarray:
    """A vector for each text, cut where the model stops reading; kept in the cache."""
    texts = [embedded_text(p.heading, p.text) for p in questions.passages]
    name = sha256("\n".join([embedder.digest, *texts]).encode()).hexdigest()[:16]
    path = cache / f"plain-{name}.npy"
    if not path.exists():
        np.save(path, embedder.encode(texts))
    return np.load(path, allow_pickle=False)


def verdicts(name: str, system: str, figures: Mapping[str, float], *, statements: bool) -> Iterator[tuple[str, bool]]:
    """What is expected of a system on a set, a line for each figure, and whether it is met."""
    for entry in tomllib.loads(EXPECTED.read_text(encoding="utf-8"))["figure"]:
        if (entry["set"], entry["system"], entry.get("statements", statements)) == (name, system, statements):
            value = figures[entry["metric"]]
            met = value >= entry["expected"] - entry["tolerance"]
            mark = "ok" if met else "low"
            yield f"[{mark}] {name} {system} {entry['metric']} {value:.4f}, expected {entry['expected']}", met


def main() -> int:
    """Run, print a table, and say whether what is expected is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--material", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--set", action="append", dest="sets", help="only this set; may be given more than once")
    parser.add_argument("--no-statements", action="store_true", help="store no single sentences")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    available = question_sets(options.material)
    options.cache.mkdir(parents=True, exist_ok=True)
    embedder = open_embedder(cache=options.cache / "models")
    results: dict[str, dict[str, dict[str, float]]] = {}
    lines: list[tuple[str, bool]] = []
    for name in options.sets or [n for n in available if n != "scifact-train"]:
        questions = available[name]()
        index = opened(questions, embedder, cache=options.cache, statements=not options.no_statements)
        systems = Systems(index, embedder, vectors=plain_vectors(questions, embedder, cache=options.cache))
        for system, rank in systems.by_name().items():
            figures = evaluate(questions, rank)
            results.setdefault(name, {})[system] = figures
            lines.extend(verdicts(name, system, figures, statements=not options.no_statements))
            if not options.json:
                print(f"{name:14}{system:12}" + "".join(f"{k} {v:7.4f}   " for k, v in figures.items()), flush=True)
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        print(*(line for line, _ in lines), sep="\n")
    return 0 if all(met for _, met in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
