"""The verbs that show what there is: sources, show, schemes, disagreements, schema.

Must never: need the embedding model.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calcrag.errors import UnknownName, UnreadableFile
from calcrag.surfaces import cli_options as given
from calcrag.surfaces.layout_answers import disagreement_lines
from calcrag.surfaces.layout_corpus import passage_lines, scheme_lines, source_lines
from calcrag.surfaces.typesetting import page_for

if TYPE_CHECKING:
    from calcrag.differential.disagreements import Disagreement
    from calcrag.literature.article import Article
    from calcrag.literature.index import Index
    from calcrag.literature.passages import Passage

__all__ = ["disagreements", "schema", "schemes", "show", "sources"]

Identity = Annotated[str, typer.Argument(metavar="ID", help="Id of a passage, or key or file name of a source.")]
Around = Annotated[int, typer.Option(min=0, max=1000, metavar="N", help="So many passages before and behind it [1].")]
SchemeName = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="Only this one: S1 to S40, its id, or all those of a source.")
]
DisagreementName = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME]", help="Only those of this source, kind, disease, topic or finding, or with this id."
    ),
]
Verb = Annotated[str | None, typer.Argument(metavar="[VERB]", help="Only what this verb prints.")]

WITHOUT_PAGES = {".txt", ".text", ".md", ".markdown"}


def sources(
    *,
    corpus: given.CorpusFolder = None,
    indexes: given.IndexFolder = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """List the sources that the index holds, each with its record, its licence and what it copies from others."""
    index = given.open_index(given.folders(corpus, indexes).indexes)
    counts = Counter(passage.source for passage in index.passages)
    articles = list(index.articles.values())
    if as_json:
        from calcrag.report import sources_result

        given.write_object(sources_result(articles, index, passages=counts))
        return 0
    page = page_for(sys.stdout)
    blocks = [source_lines(article, page, passages=counts[article.key]) for article in articles]
    given.write_lines(line for block in blocks for line in (*block, ""))
    return 0


def show(
    identity: Identity,
    *,
    around: Around = 1,
    corpus: given.CorpusFolder = None,
    indexes: given.IndexFolder = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Show a passage in its context, or all passages of a source.

    The id of a passage stands behind each quote of an answer and each passage of a search.
    """
    index = given.open_index(given.folders(corpus, indexes).indexes)
    article = next((a for a in index.articles.values() if identity in (a.key, a.origin)), None)
    asked = None if article is not None else _passage(index, identity)
    key = article.key if article is not None else asked.source if asked is not None else ""
    article = index.articles[key]
    whole = sorted((p for p in index.passages if p.source == key), key=lambda p: (p.start, p.end, p.id))
    shown = whole
    if asked is not None:
        place = whole.index(asked)
        shown = whole[max(0, place - around) : place + around + 1]
    name = asked.id if asked is not None else None
    if as_json:
        from calcrag.report import show_result

        given.write_object(show_result(article, shown, index, passages=len(whole), identity=name))
    else:
        given.write_lines(passage_lines(article, shown, page_for(sys.stdout), shown=name))
    return 0


def _passage(index: "Index", identity: str) -> "Passage":
    try:
        return index.passage(identity)
    except UnknownName as error:
        raise UnknownName(
            f"there is no passage and no source {identity!r}",
            where=f"sources: {', '.join(index.articles)}",
            remedy="calcrag sources, or calcrag search, which prints the id of each passage",
        ) from error


def schemes(
    name: SchemeName = None,
    *,
    corpus: given.CorpusFolder = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Show the classification schemes of the sources, with their categories and the types in each."""
    from calcrag.differential.schemes import load_schemes

    found = load_schemes()
    if name is not None:
        found = tuple(s for s in found if name.lower() in (s.inventory.lower(), s.id, s.source))
        if not found:
            raise UnknownName(f"there is no scheme {name!r}", where="schemes S1 to S40", remedy="calcrag schemes")
    if as_json:
        from calcrag.report import schemes_result

        given.write_object(schemes_result(found, origins=_origins(given.folders(corpus, None).corpus)))
    else:
        given.write_lines(scheme_lines(found, page_for(sys.stdout)))
    return 0


def disagreements(
    name: DisagreementName = None,
    *,
    corpus: given.CorpusFolder = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Show every place where sources, or passages of one source, disagree, with the words of each."""
    from calcrag.differential.disagreements import load_disagreements

    found = load_disagreements()
    if name is not None:
        found = tuple(d for d in found if name in (d.id, d.kind.value, *d.entities, *(p.source for p in d.positions)))
        if not found:
            raise UnknownName(
                f"there is no disagreement on {name!r}",
                where="ids, kinds, diseases and sources",
                remedy="calcrag disagreements",
            )
    if as_json:
        from calcrag.report import disagreements_result, pages_of

        folder = given.folders(corpus, None).corpus
        pages = pages_of(found, _articles_with_pages(folder, found))
        given.write_object(disagreements_result(found, origins=_origins(folder), pages=pages))
    else:
        given.write_lines(disagreement_lines(found, page_for(sys.stdout))[1:])
    return 0


def _origins(corpus: Path) -> dict[str, str]:
    """The file name of each source by its key; empty where there is no corpus: the schemes are read without one too."""
    from calcrag.literature.corpus import load_manifest

    try:
        return {source.key: source.origin for source in load_manifest(corpus)}
    except UnreadableFile:
        return {}


def _articles_with_pages(corpus: Path, entries: "Iterable[Disagreement]") -> "Mapping[str, Article]":
    """The sources that the disagreements quote, those of them whose files have pages."""
    from calcrag.literature.corpus import load_manifest, read_source

    quoted = {position.source for entry in entries for position in entry.positions}
    try:
        sources = load_manifest(corpus)
    except UnreadableFile:
        return {}
    paged = [s for s in sources if s.key in quoted and Path(s.file).suffix.lower() not in WITHOUT_PAGES]
    return {source.key: read_source(source, corpus) for source in paged}


def schema(verb: Verb = None, *, as_json: given.AsJson = False, _debug: given.Debug = False) -> int:
    """Print the JSON Schema of what each verb prints with --json, by verb; of a failed line of a batch under error."""
    from calcrag.report import schemas

    found = schemas()
    if verb is not None and verb not in found:
        raise UnknownName(
            f"no verb {verb!r} prints JSON objects", where=f"verbs: {', '.join(found)}", remedy="calcrag schema"
        )
    shown = found if verb is None else found[verb]
    given.write_lines([json.dumps(shown, ensure_ascii=False, indent=None if as_json else 2)])
    return 0
