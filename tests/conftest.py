"""What holds for every test: no network, one thread, no model hub, and a home folder of the run's own.

The environment is set when this file is read, before a test module can import numpy or torch, which read it only once.
"""

import ipaddress
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import settings

if TYPE_CHECKING:  # what is imported here would be imported before the environment is set
    from calcrag.evaluate import GoldQuestion
    from calcrag.literature.answer import Answer
    from calcrag.literature.library import Library

HOME = Path(tempfile.mkdtemp(prefix="calcrag-tests-"))

os.environ.update(
    {
        # Two processes of two threads each on two cores take ten times as long as one thread each.
        **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "LANGSMITH_TRACING": "false",
        "HOME": str(HOME),
        "HF_HOME": str(HOME / "huggingface"),
        "XDG_CACHE_HOME": str(HOME / "cache"),
        "XDG_CONFIG_HOME": str(HOME / "config"),
        "XDG_DATA_HOME": str(HOME / "data"),
        "XDG_STATE_HOME": str(HOME / "state"),
        "NO_COLOR": "1",
        "COLUMNS": "120",  # the help of a verb must not depend on the width of a terminal
    }
)

# The same examples on every run: a test that fails for some other commit's author is worth less than none.
# `--hypothesis-profile=explore` looks further.
settings.register_profile("calcrag", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, max_examples=1000, database=None)
settings.load_profile("calcrag")


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)


# ---------------------------------------------------------------- no network


class NetworkAttemptError(BaseException):
    """A test reached for the network. No Exception, so that no `except Exception` turns it into "nothing found"."""


allowed = {"loopback": False}


def is_loopback(host: object) -> bool:
    if host in ("localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: python calls it below every library, whichever way that came by its socket."""
    match event:
        case "socket.connect" | "socket.sendto" | "socket.sendmsg":
            connection, address = arguments[:2]
            if not isinstance(connection, socket.socket) or connection.family not in (socket.AF_INET, socket.AF_INET6):
                return
            host = address[0] if isinstance(address, tuple) else None
            if host is None:  # sendmsg on a connected socket, whose connect was looked at
                return
        case "socket.getaddrinfo" | "socket.gethostbyname":
            host = arguments[0]
            if host in (None, "", b""):  # a server that listens everywhere
                return
        case _:
            return
    if not (allowed["loopback"] and is_loopback(host)):
        raise NetworkAttemptError(
            f"{event} to {host!r}: tests use no network"
            + (" (mark the test `loopback` if it talks to a server of its own)" if is_loopback(host) else "")
        )


sys.addaudithook(refuse_network)


@pytest.fixture(autouse=True)
def network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Closed, but for loopback addresses in a test that is marked so."""
    allowed["loopback"] = request.node.get_closest_marker("loopback") is not None
    yield
    allowed["loopback"] = False


# ---------------------------------------------------------------- the corpus that calcrag ships, indexed once a run


@pytest.fixture(scope="session")
def shipped_corpus() -> Path:
    """The folder with the manifest, the articles and the gold questions. No test writes to it."""
    return Path(__file__).resolve().parents[1] / "corpus"


@pytest.fixture(scope="session")
def models() -> Path:
    """Where the exported model of the run lies: to export it takes longer than to index the corpus."""
    folder = Path.home() / "models"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def shipped_indexes(shipped_corpus: Path, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index folder of the shipped corpus. No test changes it."""
    from calcrag.literature.library import update

    indexes = tmp_path_factory.mktemp("shipped") / "indexes"
    indexes.mkdir()
    (indexes / "models").symlink_to(models)
    assert update(shipped_corpus, indexes).refused == ()
    return indexes


@pytest.fixture(scope="session")
def library(shipped_indexes: Path) -> "Library":
    """The shipped corpus, opened, asked each question only once."""
    from calcrag.literature.answer import Answer, AnswerLimits
    from calcrag.literature.library import Library

    class AskedOnce(Library):
        said: ClassVar[dict[tuple[str, AnswerLimits | None], Answer]] = {}

        def ask(self, text: str, *, limits: AnswerLimits | None = None) -> Answer:
            if (text, limits) not in self.said:
                self.said[text, limits] = super().ask(text, limits=limits)
            return self.said[text, limits]

    return AskedOnce.open(shipped_indexes)


@pytest.fixture(scope="session")
def gold(shipped_corpus: Path) -> "tuple[GoldQuestion, ...]":
    from calcrag.evaluate import read_gold

    return read_gold(shipped_corpus / "gold.jsonl")


@pytest.fixture(scope="session")
def gold_answers(library: "Library", gold: "tuple[GoldQuestion, ...]") -> "dict[str, Answer]":
    """The answer to every gold question, by the id of the question."""
    return {question.id: library.ask(question.question) for question in gold}
