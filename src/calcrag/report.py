"""What leaves calcrag: the values of the two wings as objects of `schema`, and those objects as JSON.

Made from the values that the wings return; asked for only by the surfaces, since pydantic takes a tenth of a second to
load. The same values give the same bytes, on any machine. Must never: search, rank or compute; what is not in the value
that it is given is not in the report.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from calcrag import schema
from calcrag.citation import Reference, citation
from calcrag.verbatim import find_verbatim

if TYPE_CHECKING:  # `calcrag schema` and `calcrag schemes` need none of what computes these
    from calcrag.consult import Consultation
    from calcrag.differential.disagreements import Disagreement
    from calcrag.differential.schemes import Scheme
    from calcrag.evaluate import Evaluation
    from calcrag.literature.adding import Addition
    from calcrag.literature.answer import Sentence
    from calcrag.literature.article import Article
    from calcrag.literature.evidence import Evidence
    from calcrag.literature.freshness import Changes, Status
    from calcrag.literature.index import Index
    from calcrag.literature.integrity import Check
    from calcrag.literature.library import Update
    from calcrag.literature.passages import Passage
    from calcrag.literature.retrieval import Hit
    from calcrag.literature.summary import Summary

__all__ = [
    "ask_result",
    "disagreements_result",
    "evaluate_result",
    "evidence",
    "index_result",
    "index_state",
    "pages_of",
    "passage",
    "schemas",
    "schemes_result",
    "search_result",
    "show_result",
    "source",
    "sources_result",
    "status_result",
    "summarise_result",
    "to_json",
    "verify_result",
]

# A reader that splits at every line end of Unicode must still get one object a line (json itself escapes those below
# U+0020), and half a surrogate pair, as broken PDFs and arguments hold it, cannot be written as UTF-8.
_ESCAPED = re.compile("[\x85\u2028\u2029\ud800-\udfff]")

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

BatchId = str | int | None
Articles = Mapping[str, "Article"]


# ---------------------------------------------------------------- values of the wings → objects of schema


def index_state(index: "Index") -> schema.IndexState:
    """Which index was asked."""
    return schema.IndexState(generation=index.generation, digest=index.digest)


def passage(found: "Passage", article: "Article", *, score: float | None = None) -> schema.Passage:
    """A passage of an article, with its score where it was searched for."""
    return schema.Passage(
        id=found.id,
        source=found.source,
        origin=article.origin,
        citation=citation(article.record),
        page=found.page,
        page_label=found.page_label,
        section=found.label or found.heading,
        kind=found.kind,
        text=found.text,
        start=found.start,
        end=found.end,
        score=score,
    )


def search_result(
    query: str, hits: Iterable["Hit"], *, articles: Articles, identity: BatchId = None
) -> schema.SearchResult:
    """What a search found; `identity` is the id of the line of a batch."""
    found = tuple(passage(hit.passage, articles[hit.passage.source], score=hit.score) for hit in hits)
    return schema.SearchResult(id=identity, query=query, passages=found)


def ask_result(consultation: "Consultation", index: "Index", *, identity: BatchId = None) -> schema.AskResult:
    """An answer with the disagreements on it; what the differential wing adds is for `report_differential`."""
    answer = consultation.answer
    return schema.AskResult(
        id=identity,
        question=answer.question,
        status=schema.AnswerStatus(answer.status.value),
        reason=answer.reason,
        sentences=_sentences(answer.sentences),
        evidence=tuple(map(evidence, answer.evidence)),
        missing_terms=answer.missing_terms,
        disagreements=_disagreements(consultation.disagreements, index.articles),
        differential=None,
        index=index_state(index),
        bearing=(),
        distinction=None,
    )


def summarise_result(
    summary: "Summary", disagreements: Sequence["Disagreement"], index: "Index"
) -> schema.SummariseResult:
    """A summary with the disagreements that bear on it."""
    return schema.SummariseResult(
        topic=summary.topic,
        sections=tuple(
            schema.SummarySection(heading=section.heading, sentences=_sentences(section.sentences))
            for section in summary.sections
        ),
        silent_on=tuple(summary.silent_on),
        evidence=tuple(map(evidence, summary.evidence)),
        disagreements=_disagreements(disagreements, index.articles),
        index=index_state(index),
        title=summary.title,
        note=summary.note,
    )


def source(article: "Article", *, passages: int) -> schema.Source:
    """A source; `passages` is how many the index holds of it."""
    record = article.record
    return schema.Source(
        source=article.key,
        origin=article.origin,
        citation=citation(record),
        kind=article.kind,
        title=record.title or None,
        authors=record.authors,
        year=record.year,
        container=record.container or None,
        volume=record.volume or None,
        issue=record.issue or None,
        pages=record.pages or None,
        doi=record.doi or None,
        pmid=record.pmid or None,
        url=record.url or None,
        note=record.note or None,
        licence=record.licence or None,
        access=record.access or None,
        language=article.language,
        copies_from=article.copies_from,
        sha256=article.sha256,
        characters=len(article.text),
        passages=passages,
        references=len(article.references),
        unread=article.notes,
    )


def sources_result(
    articles: Iterable["Article"], index: "Index", *, passages: Mapping[str, int]
) -> schema.SourcesResult:
    """The sources of an index; `passages` tells how many it holds of each."""
    made = tuple(source(article, passages=passages.get(article.key, 0)) for article in articles)
    return schema.SourcesResult(sources=made, index=index_state(index))


def show_result(
    article: "Article", shown: Sequence["Passage"], index: "Index", *, passages: int, identity: str | None
) -> schema.ShowResult:
    """Passages of one article; `identity` is the id of the one that was asked for."""
    return schema.ShowResult(
        source=source(article, passages=passages),
        shown=identity,
        passages=tuple(passage(one, article) for one in shown),
        index=index_state(index),
    )


def schemes_result(schemes: Iterable["Scheme"], *, origins: Mapping[str, str]) -> schema.SchemesResult:
    """Classification schemes; `origins` gives the file name of each source of the corpus by its key."""
    return schema.SchemesResult(
        schemes=tuple(
            schema.Scheme(
                id=scheme.id,
                inventory=scheme.inventory,
                title=scheme.title,
                source=scheme.source,
                origin=origins.get(scheme.source, ""),
                categories=tuple(
                    schema.Category(path=category.path, quote=category.quote, types=category.types)
                    for category in scheme.categories
                ),
            )
            for scheme in schemes
        )
    )


def disagreements_result(
    disagreements: Iterable["Disagreement"], *, origins: Mapping[str, str], pages: Mapping[tuple[str, str], int]
) -> schema.DisagreementsResult:
    """Disagreements; `pages` gives the page of a (source, quote) where the file has pages."""
    return schema.DisagreementsResult(
        disagreements=tuple(_disagreement(entry, origins=origins, pages=pages) for entry in disagreements)
    )


def index_result(update: "Update", changes: "Changes", addition: "Addition") -> schema.IndexResult:
    """What bringing the index up to date did, and what was refused."""
    report = update.report
    refused = [schema.Refused(name=one.name, reason=one.reason) for one in addition.declined]
    refused += [schema.Refused(name=one.key, reason=one.reason) for one in update.refused]
    return schema.IndexResult(
        index=schema.IndexState(generation=report.generation, digest=report.digest),
        switched=report.switched,
        sources=schema.SourceChanges(
            added=changes.added, changed=changes.changed, kept=changes.kept, removed=changes.removed
        ),
        passages=schema.PassageCounts(
            added=report.added, kept=report.kept, removed=report.removed, embedded=report.embedded
        ),
        copied=addition.added,
        refused=tuple(refused),
    )


def status_result(status: "Status", *, remedy: str) -> schema.StatusResult:
    """The state of an index and its corpus; `remedy` is the command that mends it, with the folders that were named."""
    manifest = status.index.manifest if status.index is not None else None
    return schema.StatusResult(
        corpus=str(status.corpus),
        indexes=str(status.indexes),
        index=index_state(status.index) if status.index is not None else None,
        fault=status.fault.what if status.fault is not None else None,
        fresh=status.fresh,
        remedy=remedy or None,
        model=manifest.model_name if manifest is not None else None,
        passages=manifest.passages if manifest is not None else 0,
        statements=manifest.statements if manifest is not None else 0,
        generations=status.generations,
        sources=tuple(
            schema.SourceCondition(
                source=condition.key,
                origin=condition.origin,
                state=schema.SourceState(condition.state.value),
                detail=condition.detail or None,
            )
            for condition in status.conditions
        ),
        unlisted=status.unlisted,
    )


def verify_result(checks: Sequence["Check"]) -> schema.VerifyResult:
    """The checks of an index."""
    made = tuple(
        schema.Check(name=check.name, ok=check.ok, detail=check.detail, remedy=None if check.ok else check.remedy)
        for check in checks
    )
    return schema.VerifyResult(ok=all(check.ok for check in made), checks=made)


def evaluate_result(evaluation: "Evaluation", index: "Index") -> schema.EvaluateResult:
    """The figures of a gold set and its misses."""
    return schema.EvaluateResult(
        figures=tuple(schema.Figure(name=one.name, value=one.value, over=one.over) for one in evaluation.figures),
        misses=tuple(schema.Miss(id=one.id, question=one.question, what=one.what) for one in evaluation.misses),
        index=index_state(index),
    )


def _sentences(sentences: Iterable["Sentence"]) -> tuple[schema.Sentence, ...]:
    return tuple(schema.Sentence(text=sentence.text, citations=tuple(sentence.citations)) for sentence in sentences)


def evidence(evidence: "Evidence") -> schema.Evidence:
    """A quote that an answer or a summary rests on."""
    return schema.Evidence(
        number=evidence.number,
        passage_id=evidence.passage_id,
        source=evidence.source,
        origin=evidence.origin,
        citation=evidence.citation,
        page=evidence.page,
        page_label=evidence.page_label,
        section=evidence.section,
        quote=evidence.quote,
        passage=evidence.passage,
        start=evidence.start,
        end=evidence.end,
        source_kind=evidence.source_kind,
        independent_of=evidence.independent_of,
        second_hand=evidence.second_hand,
        primary_references=tuple(map(_reference, evidence.primary_references)),
    )


def _reference(reference: Reference) -> schema.Reference:
    return schema.Reference(
        number=reference.number,
        first_author=reference.first_author or None,
        year=reference.year,
        authors=reference.authors,
        title=reference.title or None,
        container=reference.container or None,
        volume=reference.volume or None,
        pages=reference.pages or None,
        doi=reference.doi or None,
        pmid=reference.pmid or None,
        text=reference.text,
    )


def _disagreements(entries: Iterable["Disagreement"], articles: Articles) -> tuple[schema.Disagreement, ...]:
    """Disagreements as an index knows their sources; not all of them need be among its articles."""
    entries = tuple(entries)
    keys = {position.source for entry in entries for position in entry.positions} & set(articles)
    origins = {key: articles[key].origin for key in keys}
    return disagreements_result(entries, origins=origins, pages=pages_of(entries, articles)).disagreements


def pages_of(entries: Iterable["Disagreement"], articles: Articles) -> dict[tuple[str, str], int]:
    """The page of each quote, by (source, quote), where the article has pages and the quote stands in it."""
    found: dict[tuple[str, str], int] = {}
    for position in (p for entry in entries for p in entry.positions):
        article = articles.get(position.source)
        if article is None or all(block.page is None for block in article.blocks):
            continue  # to look for a quote in a text without pages would take longer than the answer
        span = find_verbatim(position.quote, article.text)
        for block in article.blocks:
            if span is not None and block.page is not None and block.start <= span[0] < block.end:
                found[position.source, position.quote] = block.page
                break
    return found


def _disagreement(
    entry: "Disagreement", *, origins: Mapping[str, str], pages: Mapping[tuple[str, str], int]
) -> schema.Disagreement:
    return schema.Disagreement(
        topic=entry.topic,
        kind=entry.kind.value,
        positions=tuple(
            schema.Position(
                position=position.position,
                source=position.source,
                origin=origins.get(position.source, ""),
                quote=position.quote,
                page=pages.get((position.source, position.quote)),
            )
            for position in entry.positions
        ),
    )


# ---------------------------------------------------------------- objects of schema → text


def to_json(result: schema.Shape) -> str:
    """One object as one line of JSON without a line end: fields in the order of `schema`, letters as they are.

    `id` is left out where there is none; every other field is always there. The same object gives the same characters.
    """
    fields = result.model_dump()
    identity = fields.pop("id", None)  # it comes first, also where a model inherits its other fields
    if identity is not None:
        fields = {"id": identity, **fields}
    text = json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of what each verb prints, by verb, and under `error` that of a line of a batch that failed."""
    shapes: dict[str, type[schema.Shape]] = {**schema.RESULTS, "error": schema.BatchError}
    return {
        verb: {"$schema": _DIALECT, **shape.model_json_schema(mode="serialization")} for verb, shape in shapes.items()
    }
