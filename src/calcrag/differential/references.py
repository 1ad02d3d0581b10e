"""kb/references/*.toml → the works that criteria rest on and the corpus does not hold, by DOI and PMID.

Made from [[reference]] tables, each with what the work itself prints. Must never: complete a record from memory.
"""

from pathlib import Path

from calcrag.citation import Record
from calcrag.differential.calcification import DOI, PMID
from calcrag.differential.tables import Table, read_tables

__all__ = ["read_references"]

_KEYS = ("doi", "pmid", "title", "authors", "year", "container", "volume", "issue", "pages", "url", "note")
_EARLIEST_YEAR, _LATEST_YEAR = 1600, 2100


def read_references(folder: Path, problems: list[str]) -> dict[str, Record]:
    """The record of each work under its DOI (in small letters) and under its PMID, from kb/references/ of `folder`."""
    records: dict[str, Record] = {}
    places: dict[str, str] = {}
    for _, table in read_tables(folder, "references/*.toml", problems):
        table.only(("reference",))
        for entry in table.tables("reference", name="doi"):
            record = _record(entry)
            for key in filter(None, (record.doi.lower(), record.pmid)):
                if records.setdefault(key, record) != record:
                    entry.report(f"{key} stands also in {places[key]}, with other fields; leave one of the two")
                places.setdefault(key, entry.where)
    return records


def _record(table: Table) -> Record:
    table.only(_KEYS)
    texts = {key: table.text(key, optional=key != "title") for key in _KEYS if key not in ("authors", "year")}
    authors, year = table.texts("authors"), table.whole("year")
    if year is None and "year" not in table.content:
        table.report("year is missing")
    if year is not None and not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        table.report(f"year {year} cannot be")
    if not texts["doi"] and not texts["pmid"]:
        table.report("doi or pmid is missing; a work that has neither cannot be checked to exist")
    for key, form in (("doi", DOI), ("pmid", PMID)):
        if texts[key] and not form.fullmatch(texts[key]):
            table.report(f"{key} {texts[key]!r} is not well-formed")
    return Record(authors=authors, year=year, **texts)
