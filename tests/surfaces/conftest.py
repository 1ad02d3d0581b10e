"""A corpus of three short articles, indexed once with the real model, and the command line as a function."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from calcrag.surfaces.cli import main

ROOT = Path(__file__).parents[2]

ARTICLES = {
    "knee.txt": """Calcific deposits about the knee

Introduction

Calcific deposits about the knee are uncommon. Amorphous deposits were seen in 14 of 52 patients with gout of the knee.[1]
In pseudogout the cartilage of the knee shows linear calcification.

Figure 1. Linear calcification of the meniscus in pseudogout.

Treatment

Colchicine relieved the pain of the knee within two days.

References

1. Aho P, Berg L. Deposits about the joints. J Imag Med 1977;7:41-3.
""",
    "breast.md": """# Calcification of the [bold red]breast[/bold red]

## Findings

Silicone implants of the breast calcify at their rim. Eggshell calcification \x1b[31mred\x1b[0m of \u202egnirps\u202c fat necrosis
has a radiolucent centre. Vascular calcification runs in parallel tracks.

## Figures

Figure 2. Eggshell calcification in fat necrosis of the breast.
""",
    "shoulder.txt": """Calcification of the shoulder

Findings

Calcific tendinitis of the shoulder involves the supraspinatus tendon. It is most common between 30 and 60 years of age.
Amorphous deposits of hydroxyapatite dissolve within weeks in the resorptive phase.
""",
}


@dataclass(frozen=True, slots=True)
class World:
    """A corpus and its index."""

    corpus: Path
    indexes: Path

    @property
    def options(self) -> list[str]:
        return ["--corpus", str(self.corpus), "--indexes", str(self.indexes)]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def object(self) -> dict[str, Any]:
        (only,) = self.objects
        return only


Run = Callable[..., Ran]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line; `stdin` is what it reads there."""

    def command(*words: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(word) for word in words])
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return command


def write_articles(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in ARTICLES]


def link_models(indexes: Path) -> None:
    """The exported model of the run, in its home folder: to export it takes longer than to index what tests index."""
    models = Path.home() / "models"
    models.mkdir(exist_ok=True)
    indexes.mkdir()
    (indexes / "models").symlink_to(models)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The three articles, indexed. No test writes to it."""
    folder = tmp_path_factory.mktemp("world")
    made = World(folder / "corpus", folder / "indexes")
    link_models(made.indexes)
    assert main(["index", *map(str, write_articles(folder / "papers")), *made.options, "--quiet"]) == 0
    return made


@pytest.fixture
def empty(tmp_path: Path) -> World:
    """Where there is nothing yet but the model."""
    made = World(tmp_path / "corpus", tmp_path / "indexes")
    link_models(made.indexes)
    return made


@pytest.fixture
def own(empty: World, tmp_path: Path) -> World:
    """The three articles, indexed, for a test that changes them."""
    assert main(["index", *map(str, write_articles(tmp_path / "papers")), *empty.options, "--quiet"]) == 0
    return empty
