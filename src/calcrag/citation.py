"""Who wrote a thing and how it is cited: records of sources, entries of reference lists, and the verbatim test.

Made from the manifest and from reference lists. Must never: fill in a field that the text does not print.
"""

from dataclasses import dataclass

__all__ = ["Record", "Reference", "citation"]


@dataclass(frozen=True, slots=True)
class Record:
    """The bibliographic record of a source, as far as the source itself prints it; an empty field was not printed."""

    title: str = ""
    authors: tuple[str, ...] = ()  # "Yadav P": family name, then initials without points
    year: int | None = None
    container: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""
    note: str = ""
    licence: str = ""
    access: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of a reference list; `text` is the entry as printed, an empty field was not printed."""

    number: int
    text: str
    authors: tuple[str, ...] = ()
    first_author: str = ""
    year: int | None = None
    title: str = ""
    container: str = ""
    volume: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    start: int = 0
    end: int = 0


def citation(record: Record) -> str:
    """One line for a source: authors, title, container, year, volume, pages, DOI; what was not printed is left out."""
    authors = ", ".join(record.authors[:6]) + (", et al" if len(record.authors) > 6 else "")
    place = record.container
    if record.year is not None:
        place = f"{place} {record.year}".strip() if place else str(record.year)
    if record.volume:
        place += f";{record.volume}"
        if record.issue:
            place += f"({record.issue})"
        if record.pages:
            place += f":{record.pages}"
    elif record.pages:
        place += f":{record.pages}" if place else record.pages
    parts = [p for p in (authors, record.title, place, f"doi:{record.doi}" if record.doi else "", record.note) if p]
    return ". ".join(p.rstrip(".") for p in parts) + "."
