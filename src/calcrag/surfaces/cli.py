"""The command line: a table of verbs, and what becomes of an error, an interrupt, a reader that has gone.

A verb is a function that prints its result and returns its exit code; `calcrag.surfaces.cli_…` holds them, and nothing
of the two wings is loaded before one of them runs. Must never: print anything but a result on standard output, a
traceback without --debug, or more than three lines for an error.
"""

import contextlib
import gc
import io
import itertools
import os
import shlex
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import typer

import calcrag
from calcrag.errors import CalcragError
from calcrag.surfaces import cli_asking, cli_differential, cli_keeping, cli_looking
from calcrag.surfaces.cli_options import INTERRUPTED, error_text, with_options
from calcrag.surfaces.typesetting import one_line

__all__ = ["VERBS", "Verb", "app", "main"]

HELP = """
Cited answers about soft-tissue calcification from a small corpus of articles. Offline; it informs and does not decide.

\b
  calcrag index                            once, and whenever the corpus has changed
  calcrag ask "What is Milwaukee shoulder?"
  calcrag summarise "tumoral calcinosis"
  calcrag classify "Boy of 12, hard lump in the thigh four weeks after a kick, rim calcification on CT"
  calcrag VERB --help                      options and examples of a verb
"""


WIDTH = {"max_content_width": 100}


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb, its function, and what a user would type."""

    name: str
    short: str
    run: Callable[..., int]
    examples: tuple[str, ...]
    hidden: bool = False


VERBS = (
    Verb("ask", "a short cited answer, or: not in the corpus", cli_asking.ask, (
        'calcrag ask "Which calcium-phosphorus product predisposes to metastatic calcification?"',
        "calcrag ask --batch questions.jsonl --json > answers.jsonl",
        "echo 'What is calcinosis circumscripta?' | calcrag ask -",
    )),
    Verb("search", "the passages that bear on some words", cli_asking.search, (
        'calcrag search "calcinosis in dermatomyositis" --limit 3',
        'calcrag search "chondrocalcinosis" --kind table --kind caption',
    )),
    Verb("summarise", "all on one disease, finding or source", cli_asking.summarise, (
        'calcrag summarise "myositis ossificans"',
        "calcrag summarise faria-2020",
    )),
    Verb("summarize", "see summarise", cli_asking.summarise, ("calcrag summarize gout",), hidden=True),
    Verb("classify", "the differential of a case, every criterion with its evidence", cli_differential.classify, (
        'calcrag classify "54M on dialysis, black eschars of both thighs, calcified small vessels on CT"',
        'calcrag classify "…" --save-findings findings.json',
        "calcrag classify --findings findings.json --what-if --chart differential.svg",
        "calcrag classify --batch cases.jsonl --json > differentials.jsonl",
    )),
    Verb("explain", "one type of calcification, or two against each other", cli_differential.explain, (
        "calcrag explain HADD",
        'calcrag explain "myositis ossificans" --against "parosteal osteosarcoma"',
    )),
    Verb("sources", "what the corpus holds", cli_looking.sources, ("calcrag sources",)),
    Verb("show", "one passage in its context, or a source", cli_looking.show, (
        "calcrag show faria-2020",
        "calcrag show 0a1b2c3d4e5f --around 2",
    )),
    Verb("schemes", "the classification schemes of the sources", cli_looking.schemes, (
        "calcrag schemes S7",
        "calcrag schemes yadav-2013",
    )),
    Verb("disagreements", "where the sources disagree", cli_looking.disagreements, (
        "calcrag disagreements tumoral-calcinosis",
        "calcrag disagreements numeric --json",
    )),
    Verb("index", "bring the index up to date, or add files", cli_keeping.index, (
        "calcrag index",
        "calcrag index new-paper.txt",
        "calcrag index my-papers --corpus my-corpus --indexes my-index",
    )),
    Verb("status", "the state of the index, and what mends it", cli_keeping.status, ("calcrag status",)),
    Verb("verify", "whether the index is intact", cli_keeping.verify, ("calcrag verify",)),
    Verb("audit", "the knowledge base held against the corpus", cli_differential.audit, ("calcrag audit",)),
    Verb("evaluate", "figures on a set of gold questions", cli_keeping.evaluate, (
        "calcrag evaluate",
        "calcrag evaluate --gold my-questions.jsonl --json",
    )),
    Verb("rollback", "back to the index before", cli_keeping.rollback, ("calcrag rollback",)),
    Verb("schema", "the JSON Schema of what the verbs print", cli_looking.schema, ("calcrag schema ask",)),
)  # fmt: skip


def _version(asked: bool) -> None:
    if asked:
        print(f"calcrag {calcrag.__version__}")
        raise typer.Exit


def _start(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def _app() -> typer.Typer:
    made = typer.Typer(
        help=HELP, context_settings=WIDTH, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    made.callback()(_start)
    for verb in VERBS:
        epilog = "\b\nFor example:\n" + "\n".join(f"  {example}" for example in verb.examples)
        made.command(verb.name, short_help=verb.short, hidden=verb.hidden, epilog=epilog, context_settings=WIDTH)(
            verb.run
        )
    return made


app = _app()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code: 0 done, 1 the data is wrong, 2 the request is, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    _set_up_streams()
    thresholds = gc.get_threshold()
    gc.set_threshold(
        50_000, *thresholds[1:]
    )  # to load what answers makes much and lets go of nothing: a tenth of a second
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            code = _run(words)
            sys.stdout.flush()
            return code
    except BrokenPipeError:
        # Whoever read the output has had enough. Without another place to go, the rest would fail once more at the end.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except CalcragError as error:
        remedy = with_options(error.remedy, _folders_named(words)) if error.remedy else None
        return _failed(CalcragError(error.what, where=error.where, remedy=remedy), words, code=error.exit_code)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "calcrag"
        return _failed(CalcragError(error.format_message(), remedy=f"{command} --help"), words, code=2)
    except OSError as error:
        what = f"{error.strerror or type(error).__name__}"
        return _failed(CalcragError(what, where=str(error.filename) if error.filename else None), words, code=2)
    except Exception as error:  # noqa: BLE001 - told, not swallowed: a reader gets three lines instead of forty
        what = f"calcrag failed, which is an error in calcrag: {type(error).__name__}: {error}"
        remedy = "give the command again with --debug and report what it prints"
        return _failed(CalcragError(what, remedy=remedy), words, code=1)
    finally:
        gc.set_threshold(*thresholds)


def _run(words: list[str]) -> int:
    command = typer.main.get_command(app)
    code = command.main(args=words, prog_name="calcrag", standalone_mode=False)
    if code == INTERRUPTED:
        print("Interrupted.", file=sys.stderr)
    return code or 0


def _failed(error: CalcragError, words: list[str], *, code: int) -> int:
    if "--debug" in words:
        traceback.print_exc()
    print(error_text(error), file=sys.stderr)
    return code


def _folders_named(words: list[str]) -> str:
    """The options of a command line that name folders, each as it was given last."""
    named: dict[str, str] = {}
    for word, following in itertools.pairwise([*words, ""]):
        option, equals, value = word.partition("=")
        if option in ("--corpus", "--indexes"):
            named[option] = value if equals else following
    return "".join(f" {option} {shlex.quote(value)}" for option, value in sorted(named.items()))


def _set_up_streams() -> None:
    """Makes sure that every character can be written: as UTF-8 to a file, as the terminal has it to a terminal."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="replace" if stream is sys.stdout else "backslashreplace")


def _show_warning(message: Warning | str, category: type[Warning], *_place: object, **_more: object) -> None:
    """A warning of calcrag's own in one line; those that libraries have for their authors are left out."""
    if category is RuntimeWarning:
        print(f"note: {one_line(str(message))}", file=sys.stderr)
