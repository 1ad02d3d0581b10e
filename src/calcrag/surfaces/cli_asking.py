"""The verbs that ask the corpus: search, ask, summarise.

Must never: answer otherwise in JSON than for a reader.
"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from calcrag.errors import RequestError
from calcrag.surfaces import cli_options as given
from calcrag.surfaces.layout_answers import CLOSING, answer_lines, search_lines, summary_lines
from calcrag.surfaces.typesetting import Page, page_for

if TYPE_CHECKING:
    from calcrag.consult import Consultation
    from calcrag.literature.passages import PassageKind
    from calcrag.literature.retrieval import Hit
    from calcrag.schema import AskResult, SearchResult

__all__ = ["ask", "search", "summarise"]

LONGEST_TOPIC = 300  # characters; a name, not a question

Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="Only passages of this kind: prose, caption, table, list, abstract, reference. May be given again.",
    ),
]
Topic = Annotated[
    str | None,
    typer.Argument(
        metavar="TOPIC", help="A calcification type, a finding or a source; - reads it from standard input."
    ),
]


def search(
    text: given.Text = None,
    *,
    batch: given.Batch = None,
    limit: given.Limit = None,
    kind: Kinds = None,
    corpus: given.CorpusFolder = None,
    indexes: given.IndexFolder = None,
    model: given.Model = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Find the passages that bear on TEXT, best first (ten, or --limit), each with its source, section and offsets.

    Entries of reference lists are found with --kind reference only.
    """
    given.require_one(text, batch)
    kinds = _kinds(kind)
    library = given.open_library(given.folders(corpus, indexes).indexes, model=model)
    articles = library.index.articles

    def found(query: str) -> "tuple[str, list[Hit]]":
        return query, library.search(query, limit=limit or 10, kinds=kinds)

    def to_object(result: "tuple[str, list[Hit]]", identity: str | int | None) -> "SearchResult":
        from calcrag.report import search_result

        return search_result(*result, articles=articles, identity=identity)

    return given.each_question(
        text, batch, answer=found, to_object=to_object, as_json=as_json,
        to_lines=lambda result, page: search_lines(result[1], articles, page),
    )  # fmt: skip


def _kinds(names: list[str] | None) -> "frozenset[PassageKind] | None":
    from calcrag.literature.passages import PassageKind

    known = [str(one) for one in PassageKind]
    if wrong := [name for name in names or () if name not in known]:
        raise RequestError(f"there is no kind {wrong[0]!r}", where="--kind", remedy=f"one of {', '.join(known)}")
    return frozenset(map(PassageKind, names)) if names else None


def ask(
    text: given.Text = None,
    *,
    batch: given.Batch = None,
    limit: given.Limit = None,
    corpus: given.CorpusFolder = None,
    indexes: given.IndexFolder = None,
    model: given.Model = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Answer TEXT from the corpus in a few cited sentences (five, or --limit), or say that the corpus has no answer.

    Every sentence is a quote; the numbers lead to its source, its place there and, where the sentence reports what
    others found, the references behind it. A description of a case also gets its differential.
    """
    given.require_one(text, batch)
    library = given.open_library(given.folders(corpus, indexes).indexes, model=model)
    from calcrag import consult
    from calcrag.literature.answer import AnswerLimits

    limits = AnswerLimits() if limit is None else AnswerLimits(sentences=limit)

    def to_object(consultation: "Consultation", identity: str | int | None) -> "AskResult":
        from calcrag.report_differential import consultation_result

        return consultation_result(consultation, library.index, identity=identity)

    def to_lines(consultation: "Consultation", page: Page) -> list[str]:
        lines = answer_lines(consultation, page)
        if consultation.case is None and consultation.distinction is None:
            return lines
        from calcrag.surfaces.layout_differential import beside_answer_lines

        return [*lines, *beside_answer_lines(consultation, page)]

    return given.each_question(
        text, batch, answer=lambda question: consult.ask(library, question, limits=limits), to_object=to_object,
        to_lines=to_lines, as_json=as_json, closing=CLOSING,
    )  # fmt: skip


def summarise(
    topic: Topic = None,
    *,
    corpus: given.CorpusFolder = None,
    indexes: given.IndexFolder = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Summarise what the corpus says of TOPIC, section by section, each line a cited quote.

    TOPIC is a calcification type, a finding, or one source by its key. What the corpus is silent on is named.
    """
    text = given.text_from(topic, what="TOPIC")
    if len(text) > LONGEST_TOPIC:
        what = f"the topic has {len(text):,} characters; {LONGEST_TOPIC} are read"
        raise RequestError(what, remedy='name one disease, finding or source: calcrag summarise "gout"')
    index = given.open_index(given.folders(corpus, indexes).indexes)
    from calcrag.consult import disagreements_on
    from calcrag.literature.summary import summarise as summary_of
    from calcrag.literature.vocabulary import load_vocabulary

    vocabulary = load_vocabulary()
    passages = {key: [p for p in index.passages if p.source == key] for key in index.articles}
    summary = summary_of(
        text, articles=index.articles, statements=index.statements, passages=passages, vocabulary=vocabulary
    )
    entities = tuple(dict.fromkeys(mention.entity_id for mention in vocabulary.mentions(summary.title)))
    disagreements = disagreements_on(summary.evidence, entities=entities)
    if as_json:
        from calcrag.report import summarise_result

        given.write_object(summarise_result(summary, disagreements, index))
    else:
        page = page_for(sys.stdout)
        given.write_lines([*summary_lines(summary, disagreements, page), "", page.dim(CLOSING)])
    return 0
