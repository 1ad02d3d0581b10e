"""Texts → vectors, with the weights of a sentence-transformers model that is on this machine.

Made from: the packaged all-MiniLM-L6-v2, or another model folder. By default the model runs in ONNX Runtime, from a
graph that is exported once out of the same weights and held against sentence-transformers before it is kept; torch is
imported only for that, or as the other backend.

Every text is a forward pass of its own, without padding: its vector depends on the text alone, bit for bit, whatever
stands beside it and however many threads work. On a CPU a batch is no faster than its texts one by one.

Must never: use the network unless the caller allowed a download, nor let a library report its use; take weights or an
exported graph whose content is not what was recorded; change to another backend without a warning; unpickle anything.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from calcrag.errors import ModelUnavailable
from calcrag.literature.model_folder import ModelFolder, find_model, sha256_of, weights_sha256_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

__all__ = ["TOKEN_DIMENSION", "TOKEN_SCALE", "Backend", "Embedder", "Encoded", "open_embedder"]

TOKEN_DIMENSION = 128
TOKEN_SCALE = 127
"""A stored token vector is its unit vector times this, rounded: cosine = dot product / TOKEN_SCALE²."""

_TEXTS_PER_TASK = 8
_SIGNS_LABEL = "calcrag token vectors: signs"

_EXPORT_FORMAT = 1
_OPSET = 17
_GRAPH, _WEIGHTS, _RECORD = "graph.onnx", "weights.bin", "record.json"

_PARITY_TOLERANCE = 1e-4
_PARITY_TEXTS = (
    "",
    "Calciphylaxis.",
    "Is the calcification dystrophic or metastatic?",
    "Naïve T‑cells, 2.6 mmol/L, “soft‑tissue” masses ≥ 5 cm and Raynaud’s phenomenon (Fig. 2).",
    "Periarticular deposits were seen at the shoulder, hip and elbow of a patient on dialysis. " * 6,
    "A text longer than the window is cut at its end, in both backends at the same word piece. " * 30,
)


class Backend(StrEnum):
    """What computes the vectors; both give the same ones to about 1e-6."""

    ONNX = "onnx"
    TORCH = "torch"


@dataclass(frozen=True, slots=True)
class Encoded:
    """Texts with their token vectors, all in the order of the texts.

    `vectors` is float32 (n, dimension), each row of length 1. `token_ids[i]` is int32 (t,): the word pieces of text i
    without the model's own marks. `token_vectors[i]` is int8 (t, TOKEN_DIMENSION), a row for each of them.
    """

    vectors: NDArray[np.float32]
    token_ids: list[NDArray[np.int32]]
    token_vectors: list[NDArray[np.int8]]


class _Forward(NamedTuple):
    """One text: its unit vector, all its word pieces, and a projected unit vector for each of them."""

    vector: NDArray[np.float32]
    ids: NDArray[np.int32]
    tokens: NDArray[np.float32]


class _Model(Protocol):
    """A loaded model; as many threads as `workers` may call `forward` at the same time."""

    backend: Backend
    dimension: int
    workers: int

    def forward(self, text: str) -> _Forward: ...


class Embedder:
    """A loaded model; made by `open_embedder`.

    `name` is for people. `digest` says which vectors come out (weights, tokenizer, pooling, window, projection) and is
    the same for both backends. `dimension` is the length of a vector. Of a text, `max_tokens` word pieces are read.
    """

    def __init__(self, model: _Model, tokenizer: "Tokenizer", *, name: str, digest: str, max_tokens: int) -> None:
        self.name = name
        self.digest = digest
        self.dimension = model.dimension
        self.max_tokens = max_tokens
        self.backend = model.backend
        self._model = model
        self._tokenizer = tokenizer
        self._marks = sorted(set(tokenizer.encode("").ids))

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        """Vectors (n, dimension), float32, each of length 1, in the order of the texts.

        What is beyond `max_tokens` is not read; an empty text has a vector too. `progress` is told, in the caller's
        thread, how many texts are done.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, forward in enumerate(self._forward_all(texts, progress)):
            vectors[row] = forward.vector
        return vectors

    def encode_with_tokens(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Encoded:
        """The vectors of `encode` and, out of the same forward pass, token vectors for late interaction."""
        encoded = Encoded(np.empty((len(texts), self.dimension), dtype=np.float32), [], [])
        for row, (vector, ids, tokens) in enumerate(self._forward_all(texts, progress)):
            read = ~np.isin(ids, self._marks)
            encoded.vectors[row] = vector
            encoded.token_ids.append(ids[read])
            encoded.token_vectors.append(np.rint(tokens[read] * TOKEN_SCALE).astype(np.int8))
        return encoded

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many word pieces each whole text has, the model's own marks included: compare with `max_tokens`."""
        counts = []
        for text in texts:
            encoding = self._tokenizer.encode(_encodable(text))
            # What was cut off comes in parts, each with the marks round it again.
            counts.append(len(encoding) + sum(len(part) - len(self._marks) for part in encoding.overflowing))
        return counts

    def _forward_all(self, texts: Sequence[str], progress: Callable[[int], None] | None) -> Iterator[_Forward]:
        tasks = [texts[start : start + _TEXTS_PER_TASK] for start in range(0, len(texts), _TEXTS_PER_TASK)]
        workers = min(self._model.workers, len(tasks))
        pool = ThreadPoolExecutor(workers) if workers > 1 else None
        done = 0
        try:
            for results in (pool.map if pool else map)(self._forward_task, tasks):
                yield from results
                done += len(results)
                if progress:
                    progress(done)
        finally:
            if pool:
                # Without cancelling, an interrupted build would first finish every text that is still waiting.
                pool.shutdown(cancel_futures=True)

    def _forward_task(self, texts: Sequence[str]) -> list[_Forward]:
        return [self._model.forward(_encodable(text)) for text in texts]


def open_embedder(
    model: str | None = None,
    *,
    cache: Path,
    backend: Backend | None = None,
    allow_download: bool = False,
    threads: int | None = None,
) -> Embedder:
    """The embedder of the packaged model, or of `model`: a local folder, or a name on the hub.

    `cache` keeps the exported graph, in a folder named by the digest. Without `backend` it is ONNX or, with a
    RuntimeWarning that says why, TORCH where ONNX cannot be had; a backend that is asked for is never replaced.
    `threads` defaults to two, or one on a machine with one core; under TORCH it is set for the whole process.

    Raises ModelUnavailable: not here and no leave to download, not a model, altered weights, or no such backend.
    """
    folder = find_model(model, allow_download=allow_download)
    threads = threads or min(2, os.cpu_count() or 1)
    with ThreadPoolExecutor(1) as pool:
        # The hash takes as long as loading the graph: side by side it costs a cold start next to nothing.
        hashing = pool.submit(weights_sha256_of, folder.path)

        def require_weights() -> None:
            if folder.weights_sha256 not in {None, hashing.result()}:
                raise folder.altered(folder.path / "model.safetensors")

        digest = _digest(folder, folder.weights_sha256 or hashing.result())
        tokenizer = _load_tokenizer(folder)
        loaded = _load_model(
            folder, tokenizer, require_weights, exported=cache / digest, backend=backend, threads=threads
        )
        require_weights()
    return Embedder(loaded, tokenizer, name=folder.name, digest=digest, max_tokens=folder.max_tokens)


def _digest(folder: ModelFolder, weights_sha256: str) -> str:
    parts = {
        "weights": weights_sha256,
        "tokenizer": sha256_of(folder.tokenizer),
        "config": sha256_of(folder.config),
        "modules": folder.modules,
        "pooling": folder.pooling,
        "max_tokens": folder.max_tokens,
        "normalised": True,
        "token_vectors": [TOKEN_DIMENSION, TOKEN_SCALE, _SIGNS_LABEL],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _load_tokenizer(folder: ModelFolder) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(folder.max_tokens)
    return tokenizer


def _load_model(
    folder: ModelFolder,
    tokenizer: "Tokenizer",
    require_weights: Callable[[], None],
    *,
    exported: Path,
    backend: Backend | None,
    threads: int,
) -> _Model:
    if backend is not Backend.TORCH:
        try:
            _ensure_exported(folder, tokenizer, require_weights, exported=exported)
            return _OnnxModel(exported, tokenizer, threads=threads)
        except _NoOnnx as error:
            if backend is Backend.ONNX:
                raise ModelUnavailable(
                    f"not to be had in ONNX Runtime: {error}", where=str(folder.path), remedy="use the torch backend"
                ) from error
            warnings.warn(f"embedding with torch, which is slower, because {error}", RuntimeWarning, stacklevel=3)
    require_weights()
    return _TorchModel(folder, threads=threads)


class _OnnxModel:
    """The exported graph in ONNX Runtime; a call runs in the caller's thread alone."""

    backend = Backend.ONNX

    def __init__(self, exported: Path, tokenizer: "Tokenizer", *, threads: int) -> None:
        onnxruntime = _silent_onnxruntime()
        options = onnxruntime.SessionOptions()
        # ONNX Runtime's own threads spin while they wait: two processes on two cores would bring each other to a halt.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(exported / _GRAPH), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = tokenizer
        self.dimension = int(self._session.get_outputs()[0].shape[0])
        self.workers = threads

    def forward(self, text: str) -> _Forward:
        ids = np.array(self._tokenizer.encode(text).ids, dtype=np.int64)
        vector, tokens = self._session.run(["vector", "tokens"], {"ids": ids[np.newaxis]})
        return _Forward(vector, ids.astype(np.int32), tokens)


class _TorchModel:
    """sentence-transformers itself; torch shares the work on a text among its own threads."""

    backend = Backend.TORCH
    workers = 1

    def __init__(self, folder: ModelFolder, *, threads: int | None = None) -> None:
        try:
            import torch

            self._model = _sentence_transformer(folder)
        except ImportError as error:
            raise ModelUnavailable(
                f"no torch backend: {error}", remedy="pip install torch sentence-transformers"
            ) from error
        if threads:
            torch.set_num_threads(threads)
        self.dimension = self._model.get_embedding_dimension() or folder.width

    def forward(self, text: str) -> _Forward:
        features = self._model.encode(text, output_value=None, show_progress_bar=False)
        hidden = features["token_embeddings"].numpy()
        width = hidden.shape[1]
        signed = np.pad(hidden * _signs(width), ((0, 0), (0, -width % TOKEN_DIMENSION)))
        folded = signed.reshape(len(hidden), -1, TOKEN_DIMENSION).sum(axis=1)
        vector = features["sentence_embedding"].numpy()[np.newaxis]
        return _Forward(_unit(vector)[0], features["input_ids"].numpy().astype(np.int32), _unit(folded))


def _silent_onnxruntime() -> Any:
    """ONNX Runtime, kept from writing a device identifier into the user's cache and sending reports of its use."""
    # Read once, when the library is first imported; the call is for a process that imported it before us.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


class _NoOnnx(Exception):
    """Why a model cannot be had in ONNX Runtime."""


def _ensure_exported(
    folder: ModelFolder, tokenizer: "Tokenizer", require_weights: Callable[[], None], *, exported: Path
) -> None:
    """Exports the graph unless a whole one is there; raises _NoOnnx if that cannot be done."""
    if folder.not_exportable:
        raise _NoOnnx(folder.not_exportable)
    try:
        fault = _export_fault(exported)
        if fault is None:
            return
        if exported.exists():
            warnings.warn(f"exporting the embedding graph again: {fault} ({exported})", RuntimeWarning, stacklevel=4)
        require_weights()
        _export(folder, tokenizer, exported)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise _NoOnnx(f"its graph could not be exported ({type(error).__name__}: {reason})") from error


def _export_fault(exported: Path) -> str | None:
    """What keeps an exported graph from being used; None if every file is the one that was recorded."""
    onnxruntime = _silent_onnxruntime()
    try:
        record = json.loads((exported / _RECORD).read_bytes())
        recorded = {file: record["files"][file] for file in (_GRAPH, _WEIGHTS)}
        made_with = (record["format"], record["onnxruntime"])
    except (OSError, ValueError, KeyError, TypeError):
        return "its record is missing or unreadable"
    if made_with != (_EXPORT_FORMAT, onnxruntime.__version__):
        # The parity test speaks only for the runtime that it was made with.
        return "it was made with another version"
    for file, sha256 in recorded.items():
        if not (exported / file).is_file() or sha256_of(exported / file) != sha256:
            return f"{file} is not the file that was recorded"
    return None


def _export(folder: ModelFolder, tokenizer: "Tokenizer", exported: Path) -> None:
    """Writes the graph beside its place, tests it, and moves it there whole; a wrong one is not kept."""
    onnxruntime = _silent_onnxruntime()
    exported.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=exported.parent, prefix=".export-") as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        _write_graph(folder, made)
        difference = _parity(_OnnxModel(made, tokenizer, threads=1), _TorchModel(folder))
        if not difference <= _PARITY_TOLERANCE:
            raise _NoOnnx(f"its exported graph is wrong: the vectors differ by {difference:.2g}")
        files = {file: sha256_of(made / file) for file in (_GRAPH, _WEIGHTS)}
        record = {"format": _EXPORT_FORMAT, "onnxruntime": onnxruntime.__version__, "files": files}
        (made / _RECORD).write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        if exported.exists():
            exported.rename(Path(scratch) / "replaced")
        try:
            made.rename(exported)
        except OSError:
            # Another process may have put its own there in the meantime; a whole one is as good as ours.
            if _export_fault(exported):
                raise


def _write_graph(folder: ModelFolder, made: Path) -> None:
    """Writes the graph of `ids` (1, t) → `vector` (width,), `tokens` (t, TOKEN_DIMENSION), both of unit length."""
    import onnx
    import torch
    from torch.nn.functional import normalize, pad

    class Graph(torch.nn.Module):
        bert: torch.nn.Module
        signs: torch.Tensor

        def __init__(self) -> None:
            super().__init__()
            # The eager attention gives a smaller graph than the fused one, and the same vectors.
            self.bert = _sentence_transformer(folder, attn_implementation="eager")[0].get_submodule("model")
            self.register_buffer("signs", torch.from_numpy(_signs(folder.width)))

        def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            hidden = self.bert(input_ids=ids, token_type_ids=torch.zeros_like(ids)).last_hidden_state[0]
            signed = pad(hidden * self.signs, (0, -folder.width % TOKEN_DIMENSION))
            folded = signed.reshape(signed.shape[0], -1, TOKEN_DIMENSION).sum(dim=1)
            return normalize(hidden.mean(dim=0), dim=0), normalize(folded, dim=1)

    whole = made / "whole.onnx"
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter warns of its age and of every length that it might have fixed: the parity test answers that.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Graph().eval(),
            (torch.ones((1, 7), dtype=torch.int64),),
            whole,
            dynamo=False,  # the newer exporter gave wrong vectors
            opset_version=_OPSET,
            input_names=["ids"],
            output_names=["vector", "tokens"],
            dynamic_axes={"ids": {1: "pieces"}, "tokens": {0: "pieces"}},
        )
    # Weights beside the graph are mapped into memory: loading takes half the time and a third of the memory.
    onnx.save_model(
        onnx.load_model(whole), made / _GRAPH, save_as_external_data=True, location=_WEIGHTS, size_threshold=1024
    )
    whole.unlink()
    for file in (_GRAPH, _WEIGHTS):
        (made / file).chmod(0o644)


def _parity(one: _Model, other: _Model) -> float:
    """The largest difference between two models, over vectors and token vectors of the fixed texts."""
    largest = 0.0
    for text in _PARITY_TEXTS:
        first, second = one.forward(text), other.forward(text)
        if first.ids.tolist() != second.ids.tolist():
            return float("inf")
        for mine, theirs in ((first.vector, second.vector), (first.tokens, second.tokens)):
            largest = max(largest, float(np.abs(mine - theirs).max()))
    return largest


def _sentence_transformer(folder: ModelFolder, **options: str) -> "SentenceTransformer":
    with warnings.catch_warnings():
        # Importing torch and transformers warns of matters between those libraries.
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(
            str(folder.path),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, **options},
        )
    finally:
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
    model.max_seq_length = folder.max_tokens
    return model.eval()


def _signs(width: int) -> NDArray[np.float32]:
    """±1 for each of `width` coordinates; coordinate i is then added to place i modulo TOKEN_DIMENSION.

    The projection keeps dot products in expectation, needs no file, and is exact on every machine. A basis of principal
    components kept the order of the full vectors better, but did not rank the right passages higher.
    """
    blocks = [f"{_SIGNS_LABEL} {block}".encode() for block in range(-(-width // 256))]
    digests = b"".join(hashlib.sha256(block).digest() for block in blocks)
    bits = np.unpackbits(np.frombuffer(digests, dtype=np.uint8))[:width]
    return 1 - 2 * bits.astype(np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    unit: NDArray[np.float32] = rows / np.maximum(lengths, np.float32(1e-12))
    return unit


def _encodable(text: str) -> str:
    """The text without lone surrogates, which the text of a PDF may hold and the tokenizer refuses."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
