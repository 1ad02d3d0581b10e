"""Passages → what the model makes of them: a vector for each window, and word pieces for late interaction.

A passage that the model reads whole is one window: its heading and its text. A longer one is cut into runs of words,
each with the heading, so that no part of it stays unread. Must never: let a word beyond the model's window go unread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from calcrag.literature.embedding import TOKEN_DIMENSION, Encoded
from calcrag.literature.passages import Passage
from calcrag.literature.statements import Statement

__all__ = ["EmbeddedPassage", "Encoder", "embed_passages", "embedded_text", "no_tokens", "statement_text", "windows"]


class Encoder(Protocol):
    """What the index needs of an embedding model; `embedding.Embedder` is one."""

    name: str
    digest: str
    dimension: int
    max_tokens: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (n, dimension)."""

    def encode_with_tokens(self, texts: Sequence[str]) -> Encoded:
        """The same, with a vector for each word piece."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many word pieces each text has, read or not."""


@dataclass(frozen=True, slots=True)
class EmbeddedPassage:
    """A passage as the model sees it.

    `vectors` is float32 (windows, dimension), `token_ids` int32 (t,), `token_vectors` int8 (t, TOKEN_DIMENSION): the
    word pieces of all windows, t = 0 where none were asked for.
    """

    vectors: NDArray[np.float32]
    token_ids: NDArray[np.int32]
    token_vectors: NDArray[np.int8]


def embed_passages(passages: Sequence[Passage], embedder: Encoder, *, tokens: bool) -> Iterator[EmbeddedPassage]:
    """The passages embedded, in their order."""
    texts = windows(passages, embedder)
    flat = [text for group in texts for text in group]
    if tokens:
        encoded = embedder.encode_with_tokens(flat)
    else:
        no_ids, no_vectors = no_tokens()
        encoded = Encoded(embedder.encode(flat), [no_ids] * len(flat), [no_vectors] * len(flat))
    end = 0
    for group in texts:
        start, end = end, end + len(group)
        yield EmbeddedPassage(
            vectors=encoded.vectors[start:end],
            token_ids=np.concatenate(encoded.token_ids[start:end]),
            token_vectors=np.concatenate(encoded.token_vectors[start:end]),
        )


def no_tokens() -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """The word pieces of a passage where none are stored: ids (0,) and vectors (0, TOKEN_DIMENSION)."""
    return np.zeros(0, dtype=np.int32), np.zeros((0, TOKEN_DIMENSION), dtype=np.int8)


def windows(passages: Sequence[Passage], embedder: Encoder) -> list[list[str]]:
    """What is embedded of each passage, at least one text for each."""
    whole = [embedded_text(passage.heading, passage.text) for passage in passages]
    lengths = embedder.count_tokens(whole)
    return [
        [text] if length <= embedder.max_tokens else _cut(passage, length, embedder)
        for passage, text, length in zip(passages, whole, lengths, strict=True)
    ]


def embedded_text(heading: str, text: str) -> str:
    """The text that stands for a passage before the model; whoever cuts passages must count the word pieces of this."""
    return f"{heading}: {text}" if heading else text


def statement_text(statement: Statement) -> str:
    """The text that stands for a statement before the model."""
    return statement.text


def _cut(passage: Passage, length: int, embedder: Encoder) -> list[str]:
    """Runs of about equally many words, as few as the model can read whole."""
    heading = passage.heading
    if embedder.count_tokens([heading])[0] > embedder.max_tokens // 2:
        heading = ""  # it would leave too little room for the text
    words = passage.text.split()
    texts: list[str] = []
    for pieces in range(-(-length // embedder.max_tokens), len(words) + 1):
        size = -(-len(words) // pieces)
        texts = [embedded_text(heading, " ".join(words[n : n + size])) for n in range(0, len(words), size)]
        if max(embedder.count_tokens(texts)) <= embedder.max_tokens:
            break
    return texts or [passage.text]
