"""What the verbs share: their options, the folders that these name, what comes in and what goes out.

Must never: write anything but a result to standard output, or load what a verb does not need.
"""

import json
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from calcrag.errors import CalcragError, RequestError, UnreadableFile
from calcrag.surfaces.typesetting import Page, one_line, page_for

if TYPE_CHECKING:
    from calcrag.literature.index import Index
    from calcrag.literature.library import Library
    from calcrag.schema import Shape

__all__ = [
    "INTERRUPTED",
    "AllowDownload",
    "AsJson",
    "Batch",
    "BatchLine",
    "CorpusFolder",
    "Debug",
    "Folders",
    "IndexFolder",
    "Interrupted",
    "Limit",
    "Model",
    "Quiet",
    "Text",
    "each_question",
    "error_text",
    "folders",
    "open_index",
    "open_library",
    "read_batch",
    "require_one",
    "text_from",
    "with_options",
    "write_lines",
    "write_object",
]

Text = Annotated[str | None, typer.Argument(metavar="TEXT", help="Your words; - reads them from standard input.")]
Batch = Annotated[
    str | None,
    typer.Option(
        metavar="FILE.jsonl", help="Answer each line of a file, an object with id and text; - is standard input."
    ),
]
CorpusFolder = Annotated[Path | None, typer.Option("--corpus", metavar="DIR", help="Folder of the corpus [corpus].")]
IndexFolder = Annotated[Path | None, typer.Option("--indexes", metavar="DIR", help="Folder of the index [indexes].")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, an object a line.")]
Limit = Annotated[int | None, typer.Option(min=1, max=1000, metavar="N", help="Print at most N.")]
Model = Annotated[
    str | None,
    typer.Option(metavar="NAME_OR_FOLDER", help="Another embedding model: a local folder, or a name on the model hub."),
]
AllowDownload = Annotated[bool, typer.Option("--allow-download", help="A model that is not here may be downloaded.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Debug = Annotated[bool, typer.Option("--debug", help="Where something fails, print the whole traceback.")]

REPOSITORY = Path(__file__).resolve().parents[3]  # where the package is used from its own source

Value = TypeVar("Value")


# ---------------------------------------------------------------- folders


@dataclass(frozen=True, slots=True)
class Folders:
    """Where corpus and index lie; `options` are those by which they were named, as they are written in a shell."""

    corpus: Path
    indexes: Path
    options: str = ""


def folders(corpus: Path | None, indexes: Path | None) -> Folders:
    """The folders named; else corpus/ and indexes/ here or, where neither is, those beside the package's source.

    A corpus that is named is never taken together with the index of another place.
    """
    here = Path()
    beside = REPOSITORY if (REPOSITORY / "corpus" / "manifest.toml").is_file() else here
    home = here if (here / "corpus").is_dir() or (here / "indexes").is_dir() else beside
    named = {"--corpus": corpus, "--indexes": indexes}
    options = "".join(f" {option} {shlex.quote(str(path))}" for option, path in named.items() if path is not None)
    return Folders(corpus or home / "corpus", indexes or (here if corpus else home) / "indexes", options)


def with_options(remedy: str, options: str) -> str:
    """A remedy whose commands name the folders that were named: without them they would mend another index."""
    commands = r"\bcalcrag (?:index(?: --rebuild)?|rollback|status|verify|sources)\b"
    return re.sub(commands, lambda command: command[0] + options, remedy)


def open_library(indexes: Path, *, model: str | None = None) -> "Library":
    """The index with its model, for questions."""
    from calcrag.literature.library import Library

    return Library.open(indexes, model=model)


def open_index(indexes: Path) -> "Index":
    """The index without its model, for looking things up."""
    from calcrag.literature.index import Index

    return Index.open(indexes)


# ---------------------------------------------------------------- errors


INTERRUPTED = 130  # what a shell gives for a program that Ctrl-C has ended
LONGEST_LINE = 400  # characters of an error: what was asked may stand in it, and be long


class Interrupted(CalcragError):
    """The user has stopped a verb that has more to say of it than that."""

    exit_code = INTERRUPTED


def error_text(error: CalcragError) -> str:
    """What went wrong, where, and what mends it, in at most three lines that a terminal can show."""
    lines = (("", error.what), ("  where: ", error.where), ("  mend:  ", error.remedy))
    return "\n".join(start + _short(text) for start, text in lines if text)


def _short(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"


# ---------------------------------------------------------------- what comes in


def text_from(text: str | None, *, what: str = "TEXT") -> str:
    """The text of an argument, or of standard input where it is -."""
    if text is None:
        raise RequestError(f"{what} is missing", remedy='give it in quotation marks: "…", or - for standard input')
    if text != "-":
        return text
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile("standard input is not UTF-8", where=f"byte {error.start}") from error


def require_one(text: str | None, batch: str | None) -> None:
    """Raises RequestError unless there is either TEXT or a batch."""
    if (text is None) == (batch is None):
        what = "neither TEXT nor --batch is given" if text is None else "TEXT and --batch are both given"
        raise RequestError(what, remedy='give one of them: "…", - for standard input, or --batch FILE.jsonl')


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of a batch: its text, or what is wrong with it. `identity` is the id, if it has one."""

    identity: str | int | None
    text: str
    error: str | None = None


def read_batch(name: str) -> Iterator[BatchLine]:
    """The lines of a batch file, or of standard input where it is -; empty ones are passed over."""
    if name == "-":
        yield from _batch_lines(sys.stdin.buffer)
        return
    try:
        with Path(name).open("rb") as file:
            yield from _batch_lines(file)
    except OSError as error:
        raise UnreadableFile(f"the batch cannot be read: {error.strerror}", where=name) from error


def _batch_lines(lines: Iterable[bytes]) -> Iterator[BatchLine]:
    for number, line in enumerate(lines, 1):
        if line.strip(b" \t\r\n\xef\xbb\xbf"):
            yield _batch_line(line, number)


def _batch_line(line: bytes, number: int) -> BatchLine:
    try:
        content: Any = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return BatchLine(None, "", f"line {number} is not UTF-8")
    except (ValueError, RecursionError):
        return BatchLine(None, "", f"line {number} is not JSON")
    if not isinstance(content, dict):
        return BatchLine(None, "", f"line {number} is not an object with id and text")
    identity = content.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int | None):
        return BatchLine(None, "", f"line {number} has an id that is neither text nor a whole number")
    if not isinstance(content.get("text"), str):
        return BatchLine(identity, "", f"line {number} has no text")
    return BatchLine(identity, content["text"])


# ---------------------------------------------------------------- what goes out


def write_lines(lines: Iterable[str]) -> None:
    """Lines for a reader, at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def write_object(result: "Shape") -> None:
    """One object as one line of JSON, at once: a program that reads a batch need not wait for its end."""
    from calcrag.report import to_json

    write_lines([to_json(result)])


def each_question(
    text: str | None,
    batch: str | None,
    *,
    answer: Callable[[str], Value],
    to_object: Callable[[Value, str | int | None], "Shape"],
    to_lines: Callable[[Value, Page], list[str]],
    as_json: bool,
    closing: str | None = None,
) -> int:
    """Answers TEXT, or each line of a batch in its order; gives the exit code.

    What is wrong with a line of a batch (unreadable, empty, too long) stands in its place, and the rest goes on.
    """
    page = page_for(sys.stdout)
    failed = 0
    for number, line in enumerate(read_batch(batch) if batch is not None else [BatchLine(None, text_from(text))]):
        error = line.error
        if error is None:
            try:
                value = answer(line.text)
            except RequestError as wrong:
                if batch is None:
                    raise
                error = one_line(wrong.what)
            else:
                if as_json:
                    write_object(to_object(value, line.identity))
                else:
                    write_lines([*_heading(line, number, page, batch=batch), *to_lines(value, page)])
        if error is not None:
            failed += 1
            _write_error(line, error, as_json=as_json, start=_heading(line, number, page, batch=batch))
    if closing and not as_json:
        write_lines(["", *(page.dim(line) for line in [closing])])
    if failed:
        print(f"{failed} of the lines of the batch could not be answered; each says why", file=sys.stderr)
    return 1 if failed else 0


def _heading(line: BatchLine, number: int, page: Page, *, batch: str | None) -> list[str]:
    if batch is None:
        return []
    name = f"{number + 1}" if line.identity is None else one_line(str(line.identity))
    return [*([""] if number else []), page.bold(f"{name}: {one_line(line.text)[:200]}".rstrip()), ""]


def _write_error(line: BatchLine, error: str, *, as_json: bool, start: list[str]) -> None:
    if not as_json:
        write_lines([*start, f"error: {error}"])
        return
    from calcrag.schema import BatchError

    write_object(BatchError(id=line.identity, error=error))
