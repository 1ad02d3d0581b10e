"""Sources, passages in their context, schemes, disagreements and the state of the index → lines for a reader.

Must never: hide what was refused, or say that all is well where something was not looked at.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from calcrag.citation import citation
from calcrag.surfaces.layout_answers import passage_place
from calcrag.surfaces.typesetting import Page, one_line, wrapped

if TYPE_CHECKING:
    from calcrag.differential.schemes import Scheme
    from calcrag.evaluate import Evaluation
    from calcrag.literature.adding import Addition
    from calcrag.literature.article import Article
    from calcrag.literature.freshness import Changes, Status
    from calcrag.literature.integrity import Check
    from calcrag.literature.library import Update
    from calcrag.literature.passages import Passage

__all__ = [
    "check_lines",
    "evaluation_lines",
    "passage_lines",
    "scheme_lines",
    "source_lines",
    "status_lines",
    "update_lines",
]


def source_lines(article: "Article", page: Page, *, passages: int) -> list[str]:
    """A source: its citation, what sort it is, where it came from, and what the index holds of it."""
    lines = [page.bold(line) for line in wrapped(page, article.key)]
    lines += wrapped(page, citation(article.record), first="  ", indent="  ")
    facts = {
        "kind": article.kind.value,
        "file": article.origin,
        "copies": ", ".join(article.copies_from),
        "licence": article.record.licence,
        "access": article.record.access,
        "holds": f"{passages} passages, {len(article.references)} references, {len(article.text):,} characters",
    }
    for name, value in facts.items():
        if value:
            lines += wrapped(page, value, first=f"  {name:<8} ", indent=" " * 11)
    for note in article.notes:
        lines += wrapped(page, note, first="  unread   ", indent=" " * 11)
    return lines


def passage_lines(article: "Article", passages: Sequence["Passage"], page: Page, *, shown: str | None) -> list[str]:
    """Passages in reading order under their source; the one asked for is marked, with the references that it cites."""
    lines = wrapped(page, citation(article.record))
    for passage in passages:
        asked = passage.id == shown
        head = wrapped(page, passage_place(passage), first="» " if asked else "  ", indent="  ")
        lines += ["", *(map(page.bold if asked else page.dim, head))]
        lines += wrapped(page, passage.text, first="  ", indent="  ")
        if asked:
            lines += _cited(article, passage, page)
    return lines


def _cited(article: "Article", passage: "Passage", page: Page) -> list[str]:
    numbers = [n for m in article.markers if passage.start < m.position <= passage.end for n in m.numbers]
    cited = [r for n in sorted(set(numbers)) if (r := article.reference(n)) is not None]
    lines = ["", page.dim("  It cites:")] if cited else []
    for reference in cited:
        lines += map(page.dim, wrapped(page, f"[{reference.number}] {reference.text}", first="  ", indent="      "))
    return lines


def scheme_lines(schemes: Iterable["Scheme"], page: Page) -> list[str]:
    """Schemes with their categories as trees; under each, the source's words and the types that it puts there."""
    lines: list[str] = []
    for scheme in schemes:
        lines += ["", *map(page.bold, wrapped(page, f"{scheme.inventory}  {scheme.title} ({scheme.source})"))]
        for category in scheme.categories:
            indent = "  " * len(category.path)
            lines += wrapped(page, category.path[-1], first=f"{indent}- ", indent=f"{indent}  ")
            lines += map(page.dim, wrapped(page, f"“{category.quote}”", first=f"{indent}  ", indent=f"{indent}  "))
            if category.types:
                types = f"types: {', '.join(category.types)}"
                lines += map(page.dim, wrapped(page, types, first=f"{indent}  ", indent=f"{indent}  "))
    return lines[1:]


def update_lines(update: "Update", changes: "Changes", addition: "Addition", page: Page) -> list[str]:
    """What bringing the index up to date did, source by source."""
    report = update.report
    what = "The index was up to date" if not report.switched else "The index is up to date now"
    sources = "1 source" if update.articles == 1 else f"{update.articles} sources"
    lines = [f"{what}: generation {report.generation}, {sources}."]
    named = {"added": changes.added, "changed": changes.changed, "removed": changes.removed, "kept": changes.kept}
    for name, keys in named.items():
        if keys:
            lines += wrapped(page, ", ".join(keys), first=f"  {name:<8} ", indent=" " * 11)
    for declined in addition.declined:
        name = "known" if declined.known else "refused"
        lines += wrapped(page, f"{declined.name}: {declined.reason}", first=f"  {name:<8} ", indent=" " * 11)
    for refusal in update.refused:
        lines += wrapped(
            page, f"{refusal.key} ({refusal.origin}): {refusal.reason}", first="  refused  ", indent=" " * 11
        )
    if report.switched:
        counts = f"{report.added} added, {report.kept} kept, {report.removed} removed; {report.embedded} embedded"
        lines.append(f"  passages {counts}")
    return lines


def status_lines(status: "Status", page: Page, *, remedy: str) -> list[str]:
    """The state of the index and of each source; `remedy` is what mends it, empty where all is well."""
    facts = {"corpus": str(status.corpus), "indexes": str(status.indexes)}
    if status.index is not None:
        manifest = status.index.manifest
        facts["index"] = f"generation {status.index.generation} (digest {status.index.digest})"
        facts["holds"] = f"{manifest.passages} passages, {manifest.statements} statements"
        facts["model"] = manifest.model_name
        facts["earlier"] = ", ".join(name for name in status.generations if name != status.index.generation)
    facts["fault"] = status.fault.what if status.fault is not None else ""
    lines: list[str] = []
    for name, value in facts.items():
        if value:
            lines += wrapped(page, value, first=f"{name:<8} ", indent=" " * 9)
    for condition in status.conditions:
        text = condition.key + (f": {condition.detail}" if condition.detail else "")
        lines += wrapped(page, text, first=f"  {condition.state:<8} ", indent=" " * 11)
    for name in status.unlisted:
        text = f"{name}: the manifest does not name it; `calcrag index PATH` adds it"
        lines += wrapped(page, text, first="  unlisted ", indent=" " * 11)
    if status.fresh:
        lines.append("The index holds the corpus as it is.")
    return [
        *lines,
        *(page.bold(line) for line in (wrapped(page, remedy, first="mend     ", indent=" " * 9) if remedy else [])),
    ]


def check_lines(checks: Iterable["Check"], page: Page) -> list[str]:
    """One line a check, and under each that failed the command that mends it."""
    lines: list[str] = []
    for check in checks:
        mark = "ok      " if check.ok else "failed  "
        lines += wrapped(page, f"{check.name}: {check.detail}", first=mark, indent=" " * 8)
        if not check.ok and check.remedy:
            lines += map(page.bold, wrapped(page, f"mend: {check.remedy}", first=" " * 8, indent=" " * 8))
    return lines


def evaluation_lines(evaluation: "Evaluation", page: Page) -> list[str]:
    """A figure a line, with the number of questions that it is over; then every question that was missed, and how."""
    width = max((len(figure.name) for figure in evaluation.figures), default=0)
    lines = [f"{figure.name:<{width}}  {figure.value:>8.4f}  of {figure.over}" for figure in evaluation.figures]
    lines += ["", page.bold(f"Missed: {len(evaluation.misses)}")]
    for miss in evaluation.misses:
        lines += wrapped(page, f"{miss.question} ({miss.what})", first=f"  {one_line(miss.id)}  ", indent=" " * 8)
    return lines
