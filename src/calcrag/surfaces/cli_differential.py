"""The verbs of the differential: classify, explain, audit.

Must never: load an embedding model or an index to classify a case, or drop a word of a case without saying so.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from calcrag.errors import DataError, EmptyQuestion, NoIndex, RequestError, UnknownName, UnreadableFile
from calcrag.surfaces import cli_options as given
from calcrag.surfaces.cli_looking import WITHOUT_PAGES
from calcrag.surfaces.layout_answers import CLOSING
from calcrag.surfaces.typesetting import Page, page_for

if TYPE_CHECKING:
    from calcrag.consult import Case
    from calcrag.differential.calcification import CalcificationType
    from calcrag.differential.findings import Finding
    from calcrag.differential.whatif import WhatIf
    from calcrag.literature.evidence import Evidence
    from calcrag.literature.index import Index
    from calcrag.report_differential import Quoted
    from calcrag.schema import ClassifyResult, ExplainResult

__all__ = ["audit", "classify", "explain"]

FindingsFile = Annotated[
    str | None,
    typer.Option("--findings", metavar="FILE", help="Findings as --save-findings writes them, instead of TEXT; - too."),
]
SaveFindings = Annotated[
    Path | None,
    typer.Option(
        "--save-findings", metavar="FILE", help="Write what was read, to be corrected and given to --findings."
    ),
]
AskWhatIf = Annotated[
    bool, typer.Option("--what-if", help="Tell the smallest change of findings that would change the first rank.")
]
Chart = Annotated[
    Path | None, typer.Option("--chart", metavar="FILE.svg", help="Draw the points and the findings by candidates.")
]
Name = Annotated[str | None, typer.Argument(metavar="NAME", help="A type of calcification, by any of its names.")]
Against = Annotated[
    str | None, typer.Option("--against", metavar="NAME", help="Tell only what distinguishes it from this other type.")
]
KnowledgeFolder = Annotated[
    Path | None, typer.Option("--knowledge", metavar="DIR", help="Another knowledge base than the one of calcrag.")
]

DEFINITION = "Definition"  # the heading of a summary


# ---------------------------------------------------------------- classify


@dataclass(frozen=True, slots=True)
class _Told:
    """A case, and what would change its first rank; None where that was not asked."""

    case: "Case"
    what_if: "Sequence[WhatIf] | None"


def classify(
    text: given.Text = None,
    *,
    findings: FindingsFile = None,
    batch: given.Batch = None,
    limit: given.Limit = None,
    what_if: AskWhatIf = False,
    chart: Chart = None,
    save_findings: SaveFindings = None,
    corpus: given.CorpusFolder = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Rank the types of calcification by the findings of a case, and tell what speaks for and against each.

    TEXT is a case in free words. What was read in it stands first, so that it can be corrected: --save-findings writes
    it, --findings takes it back. The first three candidates (or --limit) are told with every criterion and what it
    rests on; ten with --json.
    """
    _require_one(text, findings, batch, alone=(chart, save_findings))
    from calcrag import consult

    knowledge = consult.knowledge()
    quoted = cache(lambda: _quoted(corpus))  # of no use to a reader, who is told the key of each source

    def told(case: "Case") -> _Told:
        return _Told(case, _what_if(case) if what_if else None)

    def to_object(result: _Told, identity: str | int | None) -> "ClassifyResult":
        from calcrag.report_differential import CANDIDATES, classify_result

        return classify_result(
            result.case,
            knowledge,
            quoted=quoted(),
            limit=limit or CANDIDATES,
            what_if=result.what_if,
            identity=identity,
        )

    def to_lines(result: _Told, page: Page) -> list[str]:
        from calcrag.surfaces.layout_differential import DETAILED, case_lines

        return case_lines(result.case, knowledge, page, detailed=limit or DETAILED, what_if=result.what_if)

    if batch is not None:
        return given.each_question(
            None, batch, answer=lambda words: told(_case(words)), to_object=to_object, to_lines=to_lines,
            as_json=as_json, closing=CLOSING,
        )  # fmt: skip
    case = _case(given.text_from(text)) if findings is None else consult.case_of_findings(_findings(findings))
    written = _write_files(case, chart=chart, findings=save_findings)
    if as_json:
        given.write_object(to_object(told(case), None))
    else:
        page = page_for(sys.stdout)
        given.write_lines([*to_lines(told(case), page), *written, "", page.dim(CLOSING)])
    return 0


def _require_one(text: str | None, findings: str | None, batch: str | None, *, alone: Sequence[Path | None]) -> None:
    """Raises RequestError unless one of TEXT, --findings and --batch is given, and no batch with a file to write."""
    named = [
        name for name, value in (("TEXT", text), ("--findings", findings), ("--batch", batch)) if value is not None
    ]
    if len(named) != 1:
        what = (
            f"{' and '.join(named)} are given together" if named else "neither TEXT nor --findings nor --batch is given"
        )
        raise RequestError(
            what, remedy='give one of them: "…", - for standard input, --findings FILE, --batch FILE.jsonl'
        )
    if batch is not None and any(path is not None for path in alone):
        raise RequestError(
            "--chart and --save-findings are for one case", remedy="give the case as TEXT, without --batch"
        )


def _case(text: str) -> "Case":
    """The case that a text describes; a text that cannot be read as one at all is a wrong request."""
    from calcrag import consult
    from calcrag.differential.case_text import LONGEST_TEXT

    if not text.strip():
        raise EmptyQuestion("the text of the case is empty", remedy='calcrag classify "…", or - for standard input')
    if len(text) > LONGEST_TEXT:
        what = f"the text has {len(text):,} characters; {LONGEST_TEXT:,} are read"
        raise RequestError(what, remedy="give one case at a time")
    return consult.case_of_text(text)


def _what_if(case: "Case") -> "Sequence[WhatIf]":
    from calcrag import consult
    from calcrag.differential.whatif import what_if

    return what_if(case.differential.findings, consult.knowledge()) if case.differential.sufficient else ()


# ---------------------------------------------------------------- findings in files


def _findings(name: str) -> "tuple[Finding, ...]":
    """The findings of a file, or of standard input where it is -; UnreadableFile names every entry that is wrong."""
    from calcrag import consult
    from calcrag.differential.findings_json import findings_from_json

    where = "standard input" if name == "-" else name
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        found = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
        return findings_from_json(found, vocabulary=consult.knowledge().vocabulary)
    except OSError as error:
        raise UnreadableFile(f"the findings cannot be read: {error.strerror}", where=where) from error
    except UnicodeDecodeError as error:
        raise UnreadableFile("the findings are not UTF-8", where=f"{where}, byte {error.start}") from error
    except json.JSONDecodeError as error:
        place = f"{where}, line {error.lineno}, column {error.colno}"
        raise UnreadableFile(f"the findings are not JSON: {error.msg}", where=place, remedy=_SAVE) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"the findings are not JSON: {error}", where=where, remedy=_SAVE) from error
    except DataError as error:
        raise UnreadableFile(error.what, where=where, remedy=error.remedy) from error


_SAVE = 'calcrag classify "…" --save-findings FILE writes a file of findings'


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _write_files(case: "Case", *, chart: Path | None, findings: Path | None) -> list[str]:
    """Writes what was asked for; a line for a reader on each."""
    lines: list[str] = []
    if chart is not None:
        from calcrag.differential.chart import chart as drawn

        chart.write_text(drawn(case.differential), encoding="utf-8")
        lines += ["", f"The chart is in {chart}."]
    if findings is not None:
        from calcrag.case_context import facts_of, set_aside_of
        from calcrag.differential.findings_json import finding_to_json

        rows = [json.dumps(finding_to_json(one), ensure_ascii=False) for one in (*facts_of(case), *set_aside_of(case))]
        findings.write_text('{"findings": [\n' + ",\n".join(rows) + "\n]}\n", encoding="utf-8")
        lines += [
            "",
            f"The findings are in {findings}; corrected, they are taken by: calcrag classify --findings {findings}",
        ]
    return lines


# ---------------------------------------------------------------- explain


def explain(
    name: Name = None,
    *,
    against: Against = None,
    corpus: given.CorpusFolder = None,
    indexes: given.IndexFolder = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Explain a type of calcification: its criteria, what they rest on, its place in every scheme of the sources.

    NAME may be any name of it, abbreviated or misspelt; one that may mean several types is answered with these. With an
    index, the passages that define it are shown; with --against, what distinguishes it from another type.
    """
    text = given.text_from(name, what="NAME")
    from calcrag import consult
    from calcrag.type_names import type_named

    knowledge = consult.knowledge()
    one = type_named(text, knowledge)
    other = None if against is None else type_named(against, knowledge)
    if other is one:
        raise RequestError(
            f"{text!r} and {against!r} are the same type, {one.name}", remedy=f"calcrag explain {one.id}"
        )
    wanted = as_json or other is None  # what distinguishes two types is told without their definitions
    definition = _definition(one, given.folders(corpus, indexes)) if wanted else ((), None, "")
    found = _Explained(one, *definition, other)
    if as_json:
        given.write_object(_explain_object(text, found, quoted=_quoted(corpus)))
    else:
        page = page_for(sys.stdout)
        given.write_lines([*_explain_lines(found, page), "", page.dim(CLOSING)])
    return 0


@dataclass(frozen=True, slots=True)
class _Explained:
    """A type with the passages that define it, the index asked for them, why there are none, and the type it is set
    against.
    """

    type: "CalcificationType"
    definition: "tuple[Evidence, ...]"
    index: "Index | None"
    note: str
    other: "CalcificationType | None"


def _definition(one: "CalcificationType", where: given.Folders) -> "tuple[tuple[Evidence, ...], Index | None, str]":
    """The quotes under the heading Definition of the summary of a type, the index that was asked, and what to know."""
    from calcrag.literature.summary import summarise
    from calcrag.literature.vocabulary import load_vocabulary

    try:
        index = given.open_index(where.indexes)
    except (NoIndex, DataError) as error:  # what the knowledge base holds can be told without one
        remedy = given.with_options(error.remedy or "", where.options)
        return (), None, f"not looked up: {error.what}" + (f" ({remedy})" if remedy else "")
    passages = {key: [p for p in index.passages if p.source == key] for key in index.articles}
    # A source may have the name of a disease for its key, and would be summarised in its stead.
    name = next((name for name in (one.name, *one.synonyms) if name not in index.articles), one.name)
    try:
        summary = summarise(
            name, articles=index.articles, statements=index.statements, passages=passages,
            vocabulary=load_vocabulary(),
        )  # fmt: skip
    except UnknownName:
        return (), index, "the corpus does not name it"
    cited = {n for s in summary.sections if s.heading == DEFINITION for line in s.sentences for n in line.citations}
    definition = tuple(evidence for evidence in summary.evidence if evidence.number in cited)
    return definition, index, "" if definition else "the corpus does not define it"


def _explain_object(query: str, found: _Explained, *, quoted: "Quoted") -> "ExplainResult":
    from calcrag import consult
    from calcrag.report_differential import explain_result

    distinction = None if found.other is None else consult.distinguish(found.type, found.other)
    return explain_result(
        query, found.type, consult.knowledge(), quoted=quoted, definition=found.definition, index=found.index,
        note=found.note, distinction=distinction,
    )  # fmt: skip


def _explain_lines(found: _Explained, page: Page) -> list[str]:
    from calcrag import consult
    from calcrag.case_context import disagreements_on_types, standing_of
    from calcrag.surfaces.layout_answers import disagreement_lines
    from calcrag.surfaces.layout_types import definition_lines, distinction_lines, type_lines

    knowledge = consult.knowledge()
    if found.other is not None:
        both = disagreements_on_types(found.type, found.other)
        distinction = consult.distinguish(found.type, found.other)
        return [*distinction_lines(distinction, page), *disagreement_lines(both, page)]
    return [
        *type_lines(found.type, knowledge, page, placed=standing_of(found.type, knowledge)),
        *definition_lines(found.definition, page, note=found.note),
        *disagreement_lines(disagreements_on_types(found.type), page),
    ]


# ---------------------------------------------------------------- audit


def audit(
    *,
    knowledge: KnowledgeFolder = None,
    corpus: given.CorpusFolder = None,
    as_json: given.AsJson = False,
    _debug: given.Debug = False,
) -> int:
    """Hold the knowledge base against the corpus: every quote in its source, every finding used, no contradiction.

    Counts what was checked and lists every problem; fails where there is one, and where nothing was checked.
    """
    where = given.folders(corpus, None)
    from calcrag.audit import audit_folders
    from calcrag.differential.knowledge import KNOWLEDGE_FOLDER

    if knowledge is not None and not knowledge.is_dir():
        raise UnreadableFile(
            "there is no such folder", where=str(knowledge), remedy="give the folder with knowledge.toml"
        )
    outcome = audit_folders(where.corpus, knowledge=knowledge or KNOWLEDGE_FOLDER)
    if as_json:
        from calcrag.report_differential import audit_result

        given.write_object(audit_result(outcome))
    else:
        from calcrag.surfaces.layout_types import audit_lines

        given.write_lines(audit_lines(outcome, page_for(sys.stdout)))
    if not outcome.passed:
        more = f" (and {len(outcome.problems) - 1} more)" if outcome.problems[1:] else ""
        folder = knowledge or KNOWLEDGE_FOLDER
        raise DataError(
            f"the audit found a problem: {outcome.problems[0]}{more}",
            where=str(folder),
            remedy="mend the file, or the corpus",
        )
    return 0


# ---------------------------------------------------------------- the corpus, as far as its names and pages go


def _quoted(named: Path | None) -> "Quoted":
    """What the corpus knows of the sources that are quoted; nothing where none is named and none is there."""
    from calcrag import consult
    from calcrag.literature.corpus import load_manifest, read_source
    from calcrag.report_differential import Quoted, quoted_sources

    corpus = given.folders(named, None).corpus
    if named is None and not (corpus / "manifest.toml").is_file():
        return Quoted()
    wanted = quoted_sources(consult.knowledge())
    sources = [one for one in load_manifest(corpus) if one.key in wanted]
    paged = [one for one in sources if Path(one.file).suffix.lower() not in WITHOUT_PAGES]
    return Quoted({one.key: one.origin for one in sources}, {one.key: read_source(one, corpus) for one in paged})
