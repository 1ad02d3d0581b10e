"""One printed entry of a reference list → a Reference. Must never: guess a field that the entry does not print."""

import re

from calcrag.citation import Reference

__all__ = ["parse_reference"]

DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+[^\s\"<>.,;)]")
PMID = re.compile(r"\bPMID:?\s*(\d{4,9})\b", re.IGNORECASE)
YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
# "Radiology. 2004;42:185–205." / "Radiology 1952;59:415-8." / "J Med 2014 Mar;13(2):1-9"
YEAR_FIRST = re.compile(
    r"(?P<container>[^.]*(?:\.[^.]*)*?)[.,]?\s+(?P<year>1[89]\d\d|20\d\d)(?:\s+[A-Z][a-z]{2}(?:\s+\d{1,2})?)?\s*;\s*"
    r"(?P<volume>[\w-]+)\s*(?:\((?P<issue>[^)]*)\))?\s*(?::\s*(?P<pages>\w+(?:\s?[–-]\s?\w+)?))?"
)
# "Clin. Radiol. 26:115-19, 1975." / "J. Bone Joint Surg. 51B:444-53, 1969." / the year may be missing
VOLUME_FIRST = re.compile(
    r"(?P<container>[A-Z][\w.&'\s-]*?)\s+(?P<volume>\d{1,4}[A-Z]?)\s*:\s*(?P<pages>\d+(?:\s?[–-]\s?\d+)?)"
    r"(?:,\s*(?P<year>1[89]\d\d|20\d\d))?\.?\s*$"
)
VANCOUVER_AUTHORS = re.compile(
    r"(?P<authors>(?:[^\W\d_][\w'’.-]*(?:\s+[^\W\d_][\w'’-]*){0,3}\s+[A-Z]{1,4}(?:\s(?:Jr|Sr|II|III))?"
    r"|[^\W\d_][\w'’-]+\s[A-Z])(?:,\s+[^.,:]{2,40}?)*?(?:,?\s+et al)?)\.\s+(?=\S)"
)
NAME_THEN_POINTS = re.compile(
    r"(?P<family>[^\W\d_][^,:]*?),?\s+(?P<initials>(?:[A-Z](?:-[A-Z])?\.\s*)+)(?:,|$|\s+and\b|(?=\s*:))", re.UNICODE
)


def parse_reference(number: int, text: str, *, start: int = 0) -> Reference:
    """The fields of an entry in Vancouver style or in "Author, A. B.: Title. Journal 1:2-3, 1999." style."""
    doi, pmid = DOI.search(text), PMID.search(text)
    authors, rest = _authors(text)
    title, container, volume, pages, year = _title_and_place(rest)
    if year is None:
        years = YEAR.findall(rest)
        year = int(years[-1]) if years and not container else None
    family = authors[0] if authors else ""
    return Reference(
        number=number, text=text, authors=authors, first_author=_family(family), year=year, title=title,
        container=container, volume=volume, pages=pages, doi=doi[0] if doi else "", pmid=pmid[1] if pmid else "",
        start=start, end=start + len(text),
    )  # fmt: skip


def _family(author: str) -> str:
    """The family name of "Kuemmerle-Deschner J" or "Van Der Veen EA"."""
    return re.sub(r"\s+[A-Z]{1,4}(?:\s(?:Jr|Sr|II|III))?$", "", author)


def _authors(text: str) -> tuple[tuple[str, ...], str]:
    """The authors as "Family AB" and what follows them."""
    head, colon, rest = text.partition(":")
    if colon and re.search(r",\s+(?:[A-Z](?:-[A-Z])?\.\s*)+", head) and len(head) < 300:
        return _pointed(head), rest.strip()
    end = re.search(r"(?:\bet al|\s[A-Z]{1,4}(?:\s(?:Jr|Sr))?)\.\s+(?=[A-Z\"“])", text)
    if end and end.start() < 260:
        names = [n.strip().rstrip(".") for n in text[: end.end()].split(",")]
        return tuple(n for n in names if n and n != "et al" and len(n.split()) <= 5), text[end.end() :].strip()
    comma = re.match(r"((?:[^\W\d_][\w'’-]+\s[A-Z]{1,3},\s+)+(?:[^\W\d_][\w'’-]+\s[A-Z]{1,3},\s+)*)", text)
    if comma:
        return tuple(n.strip() for n in comma[1].split(",") if n.strip()), text[comma.end() :].strip()
    return (), text


def _pointed(head: str) -> tuple[str, ...]:
    """Authors of "Genant, H. K., Kozin, F., and Van Der Veen, E. A." as "Genant HK", …"""
    head = re.sub(r",?\s*\bet al\.?", "", head)
    found = re.finditer(
        r"(?:^|,\s*|\band\s+)(?:and\s+)?(?P<family>(?:[A-Z][^\W\d_]*[\w'’-]*|de|von|van|deV\w+|der)(?:\s[^\W\d_][\w'’-]*)*?),?\s+"
        r"(?P<initials>(?:[A-Z](?:-[A-Z])?\.\s*)+)",
        head,
    )
    return tuple(f"{match['family']} {re.sub(r'[^A-Z]', '', match['initials'])}" for match in found)


def _title_and_place(rest: str) -> tuple[str, str, str, str, int | None]:
    """Title, container, volume, pages and year of what follows the authors."""
    book = re.match(r"(?P<title>.+?)\.\s+In:\s+(?P<container>.+?)\.?$", rest)
    if book:
        found = YEAR.search(book["container"])
        pages = re.search(r"\bpp?\.\s*([\w–-]+)", book["container"])
        named = re.search(r"editors?\.\s*(.+?)\.\s", book["container"] + " ")
        name = named[1] if named else book["container"]
        return book["title"], name, "", pages[1] if pages else "", int(found[1]) if found else None
    for pattern in (YEAR_FIRST, VOLUME_FIRST):
        for split in re.finditer(r"[.?!][\"”]?\s+(?=[A-Z(])", rest):
            match = pattern.fullmatch(rest[split.end() :].strip()) or pattern.match(rest[split.end() :].strip())
            if match and not re.search(r"\b[a-z]{4,}\b[^.]*\.\s", match["container"]) and len(match["container"]) < 60:
                title = rest[: split.start() + (1 if rest[split.start()] in "?!" else 0)].strip()
                if _is_abbreviation_before(rest, split.start()):
                    continue
                printed = int(match["year"]) if match["year"] else None
                return (
                    title,
                    match["container"].strip(" ,"),
                    match["volume"],
                    re.sub(r"\s", "", match["pages"] or ""),
                    printed,
                )
    title = re.split(r"\.\s+(?=[A-Z])", rest)[0].strip(". ")
    return title, "", "", "", None


def _is_abbreviation_before(text: str, position: int) -> bool:
    """True where the full stop at `position` ends one letter or a short journal word ("J.", "N.")."""
    return bool(re.search(r"(?:^|\s)[A-Z]$", text[:position]))
