"""The librarian's verbs: index, status, verify, rollback, evaluate.

Must never: leave the index, or the corpus, half changed, however a verb ends.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calcrag.errors import CalcragError, DamagedIndex, DataError, NoIndex, UnreadableFile
from calcrag.surfaces import cli_options as given
from calcrag.surfaces.layout_corpus import check_lines, evaluation_lines, status_lines, update_lines
from calcrag.surfaces.typesetting import page_for

if TYPE_CHECKING:
    from calcrag.literature.adding import Addition
    from calcrag.literature.article import Article
    from calcrag.literature.library import Update

__all__ = ["evaluate", "index", "rollback", "status", "verify"]

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH…", help="Files to add to the corpus; of a folder, the files that calcrag reads."),
]
Gold = Annotated[
    Path | None, typer.Option("--gold", metavar="FILE", help="The questions [gold.jsonl in the folder of the corpus].")
]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="Take nothing over from the index that is there.")]


def index(
    paths: Paths = None,
    *,
    corpus: given.CorpusFolder = None,
    indexes: given.IndexFolder = None,
    rebuild: Rebuild = False,
    model: given.Model = None,
    allow_download: given.AllowDownload = False,
    quiet: given.Quiet = False,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Bring the index up to date with the corpus; with PATHs, add these files to the corpus first.

    A file is copied into the corpus and gets a table in its manifest, to be completed by hand. What the corpus still
    holds unchanged is not embedded again. Interrupted, it leaves the index as it was.
    """
    where = given.folders(corpus, indexes)
    from calcrag.literature.adding import Addition, add_files
    from calcrag.literature.freshness import changes
    from calcrag.literature.library import update

    addition = add_files(paths, where.corpus) if paths else Addition((), ())
    _require_some(addition)
    before = _articles(where.indexes)
    try:
        with _progress("Reading the corpus", quiet=quiet) as progress:
            updated = update(
                where.corpus,
                where.indexes,
                model=model,
                allow_download=allow_download,
                rebuild=rebuild,
                progress=progress,
            )
    except KeyboardInterrupt as error:
        added = f"; in the corpus, and not in the index yet: {', '.join(addition.added)}" if addition.added else ""
        raise given.Interrupted(f"Interrupted; the index is as it was{added}") from error
    found = changes(before, _articles(where.indexes))
    if as_json and not quiet:
        from calcrag.report import index_result

        given.write_object(index_result(updated, found, addition))
    elif not quiet:
        given.write_lines(update_lines(updated, found, addition, page_for(sys.stdout)))
    return _refused(addition, updated)


def _require_some(addition: "Addition") -> None:
    """Raises UnreadableFile where files were named and the corpus has none of them."""
    if addition.declined and not addition.added and not any(declined.known for declined in addition.declined):
        raise _files_refused(addition)


def _refused(addition: "Addition", updated: "Update") -> int:
    """Says what was not taken, the report being silent or elsewhere; gives the exit code."""
    error: CalcragError
    if any(not declined.known for declined in addition.declined):
        error = _files_refused(addition)
    elif updated.refused:
        reasons = [refusal.reason for refusal in updated.refused]
        error = DataError(_first(reasons), remedy="mend the file, or remove its table from manifest.toml")
    else:
        return 0
    print(given.error_text(error), file=sys.stderr)
    return error.exit_code


def _files_refused(addition: "Addition") -> UnreadableFile:
    reasons = [f"{one.name} was not taken: {one.reason}" for one in addition.declined if not one.known]
    return UnreadableFile(_first(reasons), remedy="mend the file, or leave it out")


def _first(reasons: list[str]) -> str:
    return reasons[0] + (f" (and {len(reasons) - 1} more)" if reasons[1:] else "")


def _articles(indexes: Path) -> "Mapping[str, Article]":
    """The articles of the live index; none where there is no index that can be opened."""
    from calcrag.literature.index import Index

    try:
        return Index.open(indexes).articles
    except (NoIndex, DataError):
        return {}


@contextmanager
def _progress(first: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error, if that is a terminal; it is told how many of how many texts are embedded."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(first, total=None)
        yield lambda done, total: bar.update(task, description="Embedding", completed=done, total=total)


def status(
    *,
    corpus: given.CorpusFolder = None,
    indexes: given.IndexFolder = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Show the state of the index, whether it still holds the corpus as it is, and what mends it where not."""
    where = given.folders(corpus, indexes)
    from calcrag.literature.freshness import status_of

    found = status_of(where.corpus, where.indexes)
    remedy = given.with_options(found.remedy, where.options)
    if as_json:
        from calcrag.report import status_result

        given.write_object(status_result(found, remedy=remedy))
    else:
        given.write_lines(status_lines(found, page_for(sys.stdout), remedy=remedy))
    if found.fault is not None:
        raise found.fault
    return 0


def verify(
    *,
    indexes: given.IndexFolder = None,
    model: given.Model = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Check that the index is intact and of one piece, and print the command that mends what is not.

    Every file is held against its hash, every passage against its article; some texts are embedded again.
    """
    where = given.folders(None, indexes)
    _live_name(where.indexes)  # that there is no index yet is no damage
    from dataclasses import asdict

    from calcrag.literature.embedding import open_embedder
    from calcrag.literature.integrity import verify as checks_of
    from calcrag.literature.library import DEFAULT_SETTINGS, MODELS

    embedder = open_embedder(model, cache=where.indexes / MODELS)
    checks = checks_of(where.indexes, embedder=embedder, settings=asdict(DEFAULT_SETTINGS))
    if as_json:
        from calcrag.report import verify_result

        given.write_object(verify_result(checks))
    else:
        given.write_lines(check_lines(checks, page_for(sys.stdout)))
    for check in checks:
        if not check.ok:
            what = f"the index is not as it should be: {check.name}: {check.detail}"
            raise DataError(what, where=str(where.indexes), remedy=check.remedy)
    return 0


def rollback(*, indexes: given.IndexFolder = None, as_json: given.AsJson = False, _debug: given.Debug = False) -> int:
    """Go back to the generation of the index before this one.

    `calcrag index` goes forward again, to what the corpus holds.
    """
    where = given.folders(None, indexes)
    from calcrag.literature.indexing import rollback as roll_back

    before = _live_name(where.indexes)
    now = roll_back(where.indexes)
    if as_json:
        from calcrag.schema import RollbackResult

        given.write_object(RollbackResult(generation=now, before=before))
    else:
        given.write_lines([f"Generation {now} is live again." + (f" It was {before}." if before else "")])
    return 0


def _live_name(indexes: Path) -> str | None:
    """The name of the live generation, None where it cannot be told; raises NoIndex."""
    from calcrag.literature.generations import current_generation

    try:
        return current_generation(indexes)
    except DamagedIndex:
        return None


def evaluate(
    *,
    gold: Gold = None,
    corpus: given.CorpusFolder = None,
    indexes: given.IndexFolder = None,
    model: given.Model = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Ask every question of a gold set and print the figures of search, answers and refusals, and each miss."""
    where = given.folders(corpus, indexes)
    from calcrag.evaluate import evaluate as evaluation_of
    from calcrag.evaluate import read_gold

    questions = read_gold(gold or where.corpus / "gold.jsonl")
    library = given.open_library(where.indexes, model=model)
    with _progress(f"Asking {len(questions)} questions"):
        found = evaluation_of(library, questions)
    if as_json:
        from calcrag.report import evaluate_result

        given.write_object(evaluate_result(found, library.index))
    else:
        given.write_lines(evaluation_lines(found, page_for(sys.stdout)))
    return 0
