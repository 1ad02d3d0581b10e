"""Types of calcification, what tells two of them apart, and audits → lines for a reader.

Made from the values of the differential wing and of `consult`. Must never: show a criterion without what it rests on,
or hide that a work is not held.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from calcrag.citation import Record
from calcrag.differential.calcification import CalcificationType, Criterion, Evidence, Strength
from calcrag.surfaces.layout_answers import quote_lines
from calcrag.surfaces.typesetting import Page, one_line, wrapped

if TYPE_CHECKING:
    from calcrag.audit import Audit
    from calcrag.case_context import Placement
    from calcrag.consult import Distinction
    from calcrag.differential.knowledge import Knowledge
    from calcrag.literature.evidence import Evidence as Quote

__all__ = ["audit_lines", "criterion_lines", "definition_lines", "distinction_lines", "rests_on", "type_lines"]


def type_lines(
    one: CalcificationType, knowledge: "Knowledge", page: Page, *, placed: "Sequence[Placement]"
) -> list[str]:
    """A type: its names and codes, its criteria with what they rest on, and where each scheme puts it."""
    lines = [page.strong(one_line(one.name)), *wrapped(page, one.summary)]
    facts: Mapping[str, str] = {
        "id": one.id,
        "also": ", ".join(one.synonyms),
        "mechanism": one.mechanism.value,
        "ICD-10-CM": ", ".join(one.icd10cm) or "none",
        "frequency": one.frequency.value + ("; must not be missed" if one.must_not_miss else ""),
        "a kind of": ", ".join(other.name for other in knowledge.types if other.id == one.parent),
        "kinds": ", ".join(other.name for other in knowledge.types if other.parent == one.id),
    }
    for name, value in facts.items():
        lines += wrapped(page, value, first=f"  {name:<10} ", indent=" " * 13) if value else []
    lines += ["", page.bold("Criteria")]
    order = {strength: place for place, strength in enumerate(Strength)}
    for asked in sorted(one.criteria, key=lambda asked: order[asked.strength]):
        lines += criterion_lines(asked, page)
    lines += ["", page.bold("In the classification schemes")]
    lines += [] if placed else ["  no scheme of the sources names it"]
    for place in placed:
        head = f"{place.scheme.inventory} {place.scheme.title} ({place.scheme.source})"
        lines += wrapped(page, head, first="  ", indent="      ")
        for category in place.categories:
            lines += wrapped(page, " › ".join(category.path), first="      ", indent="        ")
            lines += map(page.dim, wrapped(page, f"“{one_line(category.quote)}”", first="        ", indent="        "))
    return lines


def definition_lines(quotes: "Sequence[Quote]", page: Page, *, note: str) -> list[str]:
    """The passages that define a type, or why there are none."""
    lines = ["", page.bold("Defined in the corpus")]
    lines += wrapped(page, note, first="  ", indent="  ") if note else []
    return [*lines, *quote_lines(quotes, page)]


def distinction_lines(found: "Distinction", page: Page, *, limit: int | None = None) -> list[str]:
    """What tells two types apart: the criteria of each that the other does not share, at most `limit` of each."""
    lines = wrapped(page, f"What tells {found.one.name} from {found.other.name}")
    lines = [page.bold(line) for line in lines]
    for one, criteria in ((found.one, found.for_one), (found.other, found.for_other)):
        lines += ["", *map(page.strong, wrapped(page, one.name, first="  ", indent="  "))]
        for asked in criteria[:limit]:
            lines += criterion_lines(asked, page)
        lines += [] if criteria else ["     no criterion that the other does not share"]
        if limit is not None and len(criteria) > limit:
            command = f"calcrag explain {found.one.id} --against {found.other.id}"
            lines += wrapped(page, f"and {len(criteria) - limit} more: {command}", first="     ", indent="     ")
    return lines


def criterion_lines(asked: Criterion, page: Page) -> list[str]:
    """A criterion: its strength, the test in words, why it counts, and each thing that it rests on."""
    start = f"     {asked.strength:<13} "
    indent = " " * len(start)
    lines = wrapped(page, f"{asked.label}. {asked.because}", first=start, indent=indent)
    for one in asked.evidence:
        lines += map(page.dim, wrapped(page, rests_on(one), first=indent, indent=f"{indent}  "))
    return lines


def rests_on(one: Evidence) -> str:
    """A quote with its source; of a work that is not held, which it is and what it says in our words."""
    if one.held:
        return f"{one.source}: “{one_line(one.quote)}”"
    return f"not held: {_work(one)}: {one.fact}"


def _work(one: Evidence) -> str:
    """A work in a few words: its first author or its title, where and when it came out, and its number."""
    record = one.record or Record(doi=one.doi, pmid=one.pmid)
    name = f"{record.authors[0]} et al" if record.authors[1:] else "".join(record.authors) or record.title
    place = " ".join(filter(None, (record.container, str(record.year or ""))))
    doi, pmid = record.doi or one.doi, record.pmid or one.pmid
    return ", ".join(filter(None, (name, place, f"doi:{doi}" if doi else f"PMID {pmid}")))


def audit_lines(outcome: "Audit", page: Page) -> list[str]:
    """The counts of an audit, then every problem."""
    from calcrag.audit import summary

    lines = summary(outcome).split("\n")
    problems: Iterable[str] = outcome.problems
    for problem in problems:
        lines += wrapped(page, problem, first="  - ", indent="    ")
    return lines
