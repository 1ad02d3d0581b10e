"""What a generation of the index is made of and of which files it consists, in its manifest.json.

Made by the build; read before anything else of a generation is. Must never: hold a time, a path of a machine, or a name
of a file that is not among the files of the index.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from calcrag.literature.generations import sha256_of_file
from calcrag.literature.serialise import canonical

__all__ = ["FORMAT", "MANIFEST_FILE", "IndexedSource", "Manifest", "ManifestFault", "OtherFormat"]

FORMAT = 1
"""Raised whenever a file of the index changes its meaning."""

MANIFEST_FILE = "manifest.json"

Setting = str | int | float | bool | None


class ManifestFault(ValueError):
    """The manifest is missing, unreadable, or not as it was written."""


class OtherFormat(ValueError):
    """The manifest is of another format than this version writes."""


@dataclass(frozen=True, slots=True)
class IndexedSource:
    """An article by its key, and the keys of those that it copies from."""

    key: str
    copies_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a generation was made of.

    `digest` is over what went in (format, model, analysis, settings, corpus) and never over a float, so that the same
    input gives the same name on every machine. `corpus` is the part that articles, passages and statements make.
    `sources` are in the order of the articles; a passage has at most `most_windows` vectors. `files` has the SHA-256 of
    every file, by its name below the folder of the generation.
    """

    model_name: str
    model_digest: str
    dimension: int
    analysis: str
    tokens: bool
    settings: Mapping[str, Setting]
    corpus: str
    sources: tuple[IndexedSource, ...]
    passages: int
    statements: int
    most_windows: int
    files: Mapping[str, str]
    format: int = FORMAT

    @property
    def digest(self) -> str:
        """What names the generation: SHA-256, 64 hexadecimal digits."""
        parts = {
            "format": self.format,
            "model": self.model_digest,
            "analysis": self.analysis,
            "tokens": self.tokens,
            "settings": dict(self.settings),
            "corpus": self.corpus,
        }
        return sha256(canonical(parts)).hexdigest()

    def write(self, folder: Path) -> None:
        """Write manifest.json, with the digest, and a hash of all that stands in it."""
        content: dict[str, Any] = {**asdict(self), "digest": self.digest}
        (folder / MANIFEST_FILE).write_bytes(_rendered(content))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of a generation. Raises ManifestFault or OtherFormat."""
        try:
            data = (folder / MANIFEST_FILE).read_bytes()
            content = json.loads(data)
        except OSError as error:
            raise ManifestFault(f"{MANIFEST_FILE} is missing or cannot be read") from error
        except ValueError as error:
            raise ManifestFault(f"{MANIFEST_FILE} is not JSON") from error
        if not isinstance(content, dict) or not isinstance(content.get("format"), int):
            raise ManifestFault(f"{MANIFEST_FILE} is not a manifest")
        content.pop("sha256", None)
        if data != _rendered(content):
            raise ManifestFault(f"{MANIFEST_FILE} is not as it was written")
        if content["format"] != FORMAT:
            raise OtherFormat(f"format {content['format']}, where this version writes {FORMAT}")
        digest = content.pop("digest", None)
        if content.keys() != {field.name for field in fields(cls)}:
            raise ManifestFault(f"{MANIFEST_FILE} does not have the fields of this format")
        content["sources"] = tuple(IndexedSource(s["key"], tuple(s["copies_from"])) for s in content["sources"])
        manifest = cls(**content)
        if manifest.digest != digest:
            raise ManifestFault(f"{MANIFEST_FILE} has a digest that is not its own")
        return manifest

    def faults(self, folder: Path, expected: Sequence[str]) -> list[str]:
        """What is wrong with the files of a generation, a sentence for each; `expected` are the names it must have."""
        found = [f"{name} is not in the manifest" for name in expected if name not in self.files]
        for name in expected:
            if name not in self.files:
                continue
            try:
                if sha256_of_file(folder / name) != self.files[name]:
                    found.append(f"{name} is not as it was written")
            except FileNotFoundError:
                found.append(f"{name} is missing")
            except OSError as error:
                found.append(f"{name} cannot be read ({error.strerror})")
        return found


def _rendered(content: Mapping[str, Any]) -> bytes:
    """The bytes of a manifest; its own hash stands in it, so that a change of any of them shows."""
    complete = {**content, "sha256": sha256(canonical(content)).hexdigest()}
    return json.dumps(complete, indent=2, sort_keys=True, ensure_ascii=True).encode("ascii") + b"\n"
