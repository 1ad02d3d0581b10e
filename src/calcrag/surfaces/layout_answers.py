"""Answers, passages and summaries → lines for a reader: numbered quotes, each with its source and its place there.

Made from what the literature wing and `consult` return. Must never: leave out that a quote is second-hand, that sources
disagree, or that the corpus is silent.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from calcrag.citation import Reference, citation
from calcrag.surfaces.typesetting import Page, clean, columns, one_line, wrapped

if TYPE_CHECKING:
    from calcrag.consult import Consultation
    from calcrag.differential.disagreements import Disagreement, Position
    from calcrag.literature.answer import Sentence
    from calcrag.literature.article import Article
    from calcrag.literature.evidence import Evidence
    from calcrag.literature.passages import Passage
    from calcrag.literature.retrieval import Hit
    from calcrag.literature.summary import Summary

__all__ = [
    "CLOSING",
    "answer_lines",
    "disagreement_lines",
    "passage_place",
    "quote_lines",
    "search_lines",
    "summary_lines",
]

CLOSING = "calcrag informs and does not decide: open the quotes and judge for yourself."

REFERENCES_SHOWN = 4  # behind a second-hand quote
POSITIONS_QUOTED = 3  # positions of a disagreement that fit beside an answer with their quotes


def answer_lines(consultation: "Consultation", page: Page) -> list[str]:
    """An answer with its quotes and the disagreements on it, or what the corpus lacks and what comes nearest."""
    answer = consultation.answer
    if answer.sentences:
        lines = [*wrapped(page, answer.reason), ""] if answer.reason else []
        for sentence in answer.sentences:
            lines += wrapped(page, _cited(sentence), first="  ", indent="  ")
        lines += ["", page.bold("Quotes")]
        lines += quote_lines(answer.evidence, page)
        lines += _missing(answer.missing_terms, page)
    else:
        lines = [page.strong("Not in the corpus."), *wrapped(page, answer.reason)]
        lines += _missing([term for term in answer.missing_terms if term not in answer.reason], page)
        if answer.evidence:
            lines += ["", page.bold("Nearest passages, none of which answers it")]
            lines += quote_lines(answer.evidence, page)
    return lines + disagreement_lines(consultation.disagreements, page, brief=True)


def search_lines(hits: Sequence["Hit"], articles: Mapping[str, "Article"], page: Page) -> list[str]:
    """Passages, best first: rank, score and place, then the text."""
    lines: list[str] = []
    for hit in hits:
        head = wrapped(page, passage_place(hit.passage), first=f"{hit.rank:>3}  {hit.score:.3f}  ", indent=" " * 5)
        lines += [*([""] if lines else []), *map(page.bold, head)]
        lines += map(page.dim, wrapped(page, citation(articles[hit.passage.source].record), **_in(5)))
        lines += wrapped(page, hit.passage.text, **_in(5))
    return lines or ["Nothing in the corpus comes near."]


def summary_lines(summary: "Summary", disagreements: Sequence["Disagreement"], page: Page) -> list[str]:
    """A summary section by section, what the corpus is silent on, and where each numbered sentence stands."""
    lines = [page.strong(one_line(summary.title)), *(wrapped(page, summary.note) if summary.note else [])]
    for section in summary.sections:
        lines += ["", page.bold(one_line(section.heading))]
        for sentence in section.sentences:
            lines += wrapped(page, _cited(sentence), first="  - ", indent="    ")
    if summary.silent_on:
        silent = ", ".join(one_line(heading) for heading in summary.silent_on)
        lines += ["", page.bold("Not in the corpus"), *wrapped(page, silent, **_in(2))]
    lines += disagreement_lines(disagreements, page, brief=True)
    lines += ["", page.bold("Where it stands")]
    for evidence in summary.evidence:
        lines += wrapped(page, _place(evidence), first=f"{f'[{evidence.number}]':>6} ", indent="       ")
        lines += _second_hand(evidence, page, indent="       ")
    lines += ["", page.bold("Sources")]
    for source, cited in dict.fromkeys((e.source, e.citation) for e in summary.evidence):
        lines += wrapped(page, f"{source}: {cited}", first="  ", indent="    ")
    return lines


def disagreement_lines(disagreements: Iterable["Disagreement"], page: Page, *, brief: bool = False) -> list[str]:
    """What the sources disagree on, the positions beside each other where two fit, else one below the other.

    In `brief`, which is for what stands beside an answer, many positions stand without their quotes.
    """
    lines: list[str] = []
    for entry in disagreements:
        if not lines:
            lines += ["", page.bold("The sources disagree")]
        lines += ["", *wrapped(page, f"{entry.topic} ({entry.kind})", **_in(2))]
        sides = [_position(position) for position in entry.positions]
        beside = columns(page, *sides, indent="    ") if len(sides) == 2 else None
        if beside is not None:
            lines += beside
            continue
        short = brief and len(sides) > POSITIONS_QUOTED
        for name, quote in sides:
            lines += wrapped(page, name, first="    ", indent="      ")
            lines += [] if short else wrapped(page, quote, **_in(6))
        if short:
            lines += map(page.dim, wrapped(page, f"with the words of each: calcrag disagreements {entry.id}", **_in(4)))
    return lines


def passage_place(passage: "Passage") -> str:
    """Where a passage stands, in one line, with its id."""
    section = passage.label or passage.heading
    place = _joined(passage.source, section, passage.page_label, passage.page, passage.start, passage.end)
    return f"{place} · {passage.kind} · {passage.id}"


def _in(blanks: int) -> dict[str, str]:
    """The arguments of `wrapped` for lines that all begin with so many blanks."""
    return {"first": " " * blanks, "indent": " " * blanks}


def _cited(sentence: "Sentence") -> str:
    return sentence.text + " " + "".join(f"[{number}]" for number in sentence.citations)


def _missing(terms: Sequence[str], page: Page) -> list[str]:
    named = ", ".join(f"“{one_line(term)}”" for term in terms)
    return ["", *wrapped(page, f"No source mentions {named}.")] if named else []


def quote_lines(evidence: Sequence["Evidence"], page: Page) -> list[str]:
    """Each quote with its source and place; a quote that others of the answer bear out says by whom."""
    lines: list[str] = []
    for one in evidence:
        quote = "; ".join(" ".join(row.split()) for row in clean(one.quote).split("\n") if row.strip())
        lines += wrapped(page, f"“{quote}”", first=f"{f'[{one.number}]':>5} ", indent="      ")
        lines += map(page.dim, wrapped(page, f"{one.citation} ({one.source_kind})", **_in(6)))
        lines += map(page.dim, wrapped(page, f"{_place(one)} · {one.passage_id}", **_in(6)))
        lines += _second_hand(one, page, indent="      ")
    return lines


def _place(evidence: "Evidence") -> str:
    return _joined(evidence.source, evidence.section, evidence.page_label, evidence.page, evidence.start, evidence.end)


def _joined(source: str, section: str, label: str | None, page: int | None, start: int, end: int) -> str:
    printed = f"page {label or page}" if label or page else ""
    return one_line(", ".join(part for part in (source, section, printed, f"characters {start}–{end}") if part))


def _second_hand(evidence: "Evidence", page: Page, *, indent: str) -> list[str]:
    if not evidence.second_hand:
        return []
    shown = [_named(reference) for reference in evidence.primary_references[:REFERENCES_SHOWN]]
    more = len(evidence.primary_references) - len(shown)
    behind = "; ".join(shown) + (f" and {more} more" if more else "")
    text = f"second-hand; it cites {behind}" if behind else "second-hand; the source does not list what it cites"
    return [page.dim(line) for line in wrapped(page, text, first=indent, indent=indent)]


def _named(reference: Reference) -> str:
    """A reference in a few words: first author and year, or how its entry begins."""
    author = reference.first_author or one_line(reference.text)[:40]
    return f"{author}{f' {reference.year}' if reference.year else ''} (reference {reference.number})"


def _position(position: "Position") -> tuple[str, str]:
    return f"{position.source}: {position.position}", f"“{one_line(position.quote)}”"
