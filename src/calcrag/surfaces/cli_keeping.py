"""The librarian's verbs: index, status, verify, rollback.

Must never: leave the index, or the corpus, half changed, however a verb ends.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calcrag.errors import CalcragError, DataError, NoIndex, UnreadableFile
from calcrag.surfaces import cli_options as given
from calcrag.surfaces.layout_corpus import check_lines, status_lines, update_lines
from calcrag.surfaces.typesetting import page_for

if TYPE_CHECKING:
    from calcrag.literature.article import Article
    from calcrag.literature.library import Update
    from calcrag.literature.adding import Addition

__all__ = ["index", "rollback", "status", "verify"]

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH…", help="Files to add to the corpus; of a folder, the files that calcrag reads."),
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
    debug: given.Debug = False,
) -> int:
    """Bring the index up to date with the corpus; with PATHs, add these files to the corpus first.

    A file is copied into the corpus and gets a table in its manifest, to be completed by hand. What the corpus still
    holds unchanged is not embedded again. Interrupted, it leaves the index as it was.
    """
    where = given.folders(corpus, indexes)
    from calcrag.literature.library import update
    from calcrag.literature.adding import Addition, add_files
    from calcrag.literature.freshness import changes

    addition = add_files(paths, where.corpus) if paths else Addition((), ())
    _require_some(addition)
    before = _articles(where.indexes)
    try:
        with _progress(quiet=quiet) as progress:
            updated = update(
                where.corpus, where.indexes, model=model, allow_download=allow_download, rebuild=rebuild, progress=progress
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
        raise _not_taken([(d.name, d.reason) for d in addition.declined], UnreadableFile)


def _refused(addition: "Addition", updated: "Update") -> int:
    """Says what was not taken; gives the exit code."""
    wrong: list[tuple[type[CalcragError], list[tuple[str, str]]]] = [
        (UnreadableFile, [(d.name, d.reason) for d in addition.declined if not d.known]),
        (DataError, [(refusal.origin, refusal.reason) for refusal in updated.refused]),
    ]
    for kind, refused in wrong:
        if refused:
            error = _not_taken(refused, kind)
            print(given.error_text(error), file=sys.stderr)
            return error.exit_code
    return 0


def _not_taken(refused: list[tuple[str, str]], kind: type[CalcragError]) -> CalcragError:
    (name, reason), *others = refused
    more = f" (and {len(others)} more)" if others else ""
    return kind(f"not taken into the index: {reason}{more}", where=name, remedy="mend the file, or leave it out")


def _articles(indexes: Path) -> "Mapping[str, Article]":
    """The articles of the live index; none where there is no index that can be opened."""
    from calcrag.literature.index import Index

    try:
        return Index.open(indexes).articles
    except (NoIndex, DataError):
        return {}


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """What to tell how many of how many texts are embedded: a bar on standard error, if that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading the corpus", total=None)
        yield lambda done, total: bar.update(task, description="Embedding", completed=done, total=total)


def status(
    *,
    corpus: given.CorpusFolder = None,
    indexes: given.IndexFolder = None,
    as_json: given.AsJson = False,
    debug: given.Debug = False,
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
    *, indexes: given.IndexFolder = None, as_json: given.AsJson = False, debug: given.Debug = False
) -> int:
    """Check that the index is intact, file by file, and print the command that mends what is not."""
    where = given.folders(None, indexes)
    from calcrag.literature.indexing import verify as checks_of

    checks = checks_of(where.indexes)
    failed = [check for check in checks if not check.ok]
    if as_json:
        from calcrag.report import verify_result

        given.write_object(verify_result(checks))
    else:
        given.write_lines(check_lines(checks, page_for(sys.stdout)))
    if failed:
        raise DataError(
            f"the index is not sound: {failed[0].name}", where=failed[0].detail or str(where.indexes), remedy=failed[0].remedy
        )
    return 0


def rollback(
    *, indexes: given.IndexFolder = None, as_json: given.AsJson = False, debug: given.Debug = False
) -> int:
    """Go back to the generation of the index before this one.

    `calcrag index` goes forward again, to what the corpus holds.
    """
    where = given.folders(None, indexes)
    from calcrag.literature.generations import current_generation
    from calcrag.literature.indexing import rollback as roll_back

    before = _live_name(current_generation, where.indexes)
    now = roll_back(where.indexes)
    if as_json:
        from calcrag.schema import RollbackResult

        given.write_object(RollbackResult(generation=now, before=before))
    else:
        given.write_lines([f"Generation {now} is live again." + (f" It was {before}." if before else "")])
    return 0


def _live_name(current_generation: Callable[[Path], str], indexes: Path) -> str | None:
    try:
        return current_generation(indexes)
    except DataError:
        return None  # that the live one is damaged is a reason to go back
