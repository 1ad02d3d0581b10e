"""A tiny corpus of three articles and a model without weights, for the tests of the index and of retrieval."""

from collections.abc import Callable, Sequence
from hashlib import sha256

import numpy as np
import pytest
from numpy.typing import NDArray

from calcrag.citation import Record
from calcrag.literature.article import Article, Block, BlockKind, OffsetMap, Segment, SourceKind
from calcrag.literature.embedding import TOKEN_DIMENSION, TOKEN_SCALE, Encoded
from calcrag.literature.passages import Passage, PassageKind
from calcrag.literature.statements import Statement, StatementKind

PARAGRAPHS = {
    "faria-2020": [
        (
            "Calciphylaxis is a rare disorder of small vessels seen in patients on dialysis. The skin becomes painful and "
            "ulcerates, most often over the abdomen and the thighs."
        ),
        "Tumoral calcinosis forms lobulated masses of calcium beside large joints. The bone is spared.",
        "1. Selye H. Calciphylaxis. University of Chicago Press, 1962.",
    ],
    "black-1971": [
        "Dystrophic calcification follows injury of tissue. Serum calcium and phosphate are normal.",
        "Metastatic calcification is the deposit of calcium in normal tissue. Serum calcium is raised to 2.9 mmol/L.",
    ],
    "scraped": [
        (
            "Calciphylaxis is a rare disorder of small vessels seen in patients on dialysis. The skin becomes painful and "
            "ulcerates, most often over the abdomen and the thighs."
        ),
    ],
}
HEADINGS = {"faria-2020": "Calcification of the skin", "black-1971": "Mechanisms", "scraped": ""}


class WordModel:
    """Stands in for the embedder: a vector for each word out of its hash, and their mean for a text.

    `texts` and `statements` remember what was embedded, so that a test can say which passages were not.
    """

    name = "word-model"
    dimension = 64

    def __init__(self, *, digest: str = "d" * 64, max_tokens: int = 40) -> None:
        self.digest = digest
        self.max_tokens = max_tokens
        self.texts: list[str] = []
        self.statements: list[str] = []
        self.fail_at: str | None = None
        self.error: BaseException = KeyboardInterrupt()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.statements += texts
        return self._vectors(texts)

    def encode_with_tokens(self, texts: Sequence[str]) -> Encoded:
        self.texts += texts
        vectors = self._vectors(texts)
        ids = [np.array([crc(word) % 997 for word in self._words(text)], dtype=np.int32) for text in texts]
        return Encoded(vectors, ids, [self._token_vectors(text) for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 2 for text in texts]

    def _words(self, text: str) -> list[str]:
        return [word.strip(".,:?").lower() for word in text.split()][: self.max_tokens - 2]

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.fail_at and any(self.fail_at in text for text in texts):
            raise self.error
        sums = np.array([sum(direction(w, self.dimension) for w in self._words(t)) for t in texts]).reshape(
            len(texts), -1
        )
        return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def _token_vectors(self, text: str) -> NDArray[np.int8]:
        rows = [np.rint(direction(word, TOKEN_DIMENSION) * TOKEN_SCALE) for word in self._words(text)]
        return np.array(rows, dtype=np.int8).reshape(len(rows), TOKEN_DIMENSION)


def crc(word: str) -> int:
    return int.from_bytes(sha256(word.encode("utf-8", "surrogatepass")).digest()[:4], "big")


def direction(word: str, dimension: int) -> NDArray[np.float64]:
    """A unit vector for a word; different words stand nearly at right angles."""
    bits = np.unpackbits(
        np.frombuffer(sha256(word.encode("utf-8", "surrogatepass")).digest() * (dimension // 256 + 1), dtype=np.uint8)
    )
    signs = 1.0 - 2.0 * bits[:dimension]
    return signs / np.sqrt(dimension)


def article_of(key: str, paragraphs: Sequence[str], *, copies_from: tuple[str, ...] = ()) -> Article:
    text = "\n\n".join(paragraphs)
    starts = [sum(len(p) + 2 for p in paragraphs[:n]) for n in range(len(paragraphs))]
    blocks = tuple(Block(BlockKind.PARAGRAPH, s, s + len(p)) for s, p in zip(starts, paragraphs, strict=True))
    return Article(
        key=key, origin=f"{key}.txt", kind=SourceKind.REVIEW, record=Record(title=f"On {key}"), text=text,
        offsets=OffsetMap((Segment(0, len(text), 0, len(text)),)), blocks=blocks, markers=(), references=(),
        sha256=sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), copies_from=copies_from,
    )  # fmt: skip


def passages_of(article: Article, *, heading: str = "") -> list[Passage]:
    made = []
    for block in article.blocks:
        text = article.text[block.start : block.end]
        kind = PassageKind.REFERENCE if text[0].isdigit() else PassageKind.PROSE
        name = sha256(f"{article.key} {block.start} {heading} {text}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
        made.append(Passage(name, article.key, kind, text, block.start, block.end, heading=heading))
    return made


def statements_of(article: Article) -> list[Statement]:
    made = []
    for block in article.blocks:
        start = block.start
        for sentence in article.text[block.start : block.end].split(". "):
            end = start + len(sentence)
            made.append(Statement(article.key, StatementKind.SENTENCE, article.text[start:end], start, end, start, ""))
            start = end + 2
    return made


class World:
    """Articles with their passages and statements, as a caller of `build` has them."""

    def __init__(self, paragraphs: dict[str, list[str]]) -> None:
        self.articles = [
            article_of(key, texts, copies_from=("faria-2020",) if key == "scraped" else ())
            for key, texts in paragraphs.items()
        ]
        self.passages = [p for a in self.articles for p in passages_of(a, heading=HEADINGS.get(a.key, ""))]
        self.statements = [s for a in self.articles for s in statements_of(a)]


@pytest.fixture
def embedder() -> WordModel:
    return WordModel()


@pytest.fixture
def make_embedder() -> Callable[..., WordModel]:
    return WordModel


@pytest.fixture
def world() -> World:
    return World(PARAGRAPHS)


@pytest.fixture
def make_world() -> Callable[[dict[str, list[str]]], World]:
    """A world of other paragraphs; `world.paragraphs` are those of the first."""
    return World


@pytest.fixture
def paragraphs() -> dict[str, list[str]]:
    return {key: list(texts) for key, texts in PARAGRAPHS.items()}
