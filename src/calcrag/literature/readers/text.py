"""Plain text, as saved from a web page or typed, → Article: headings by their looks, • lists by indentation, captions.

Must never: keep the page's own furniture, or take a short sentence for a heading.
"""

import re

from calcrag.literature.article import Article, BlockKind
from calcrag.literature.readers.decoding import decode
from calcrag.literature.readers.furniture import is_furniture, repeated_lines, tail_start
from calcrag.literature.readers.markdown import lines_of
from calcrag.literature.readers.structure import CAPTION_START, TABLE_TITLE, Draft, Drafts, assemble

__all__ = ["read_text"]

MAIN_HEADINGS = frozenset(
    "abstract summary introduction background methods results discussion conclusion conclusions references bibliography "
    "acknowledgment acknowledgement acknowledgments acknowledgements figures tables appendix".split()
) | {"case report", "case reports", "case presentation", "materials and methods", "patients and methods"}
MINOR_HEADINGS = frozenset(
    "definition epidemiology aetiology etiology pathogenesis pathophysiology pathology histology terminology imaging "
    "radiography radiographs radiograph xr ct mri us ultrasound scintigraphy angiography pet treatment management prognosis "
    "complications associations diagnosis laboratory genetics pearls".split()
) | {
    "clinical presentation", "clinical features", "radiological features", "radiographic features", "imaging studies",
    "imaging features", "imaging findings", "differential diagnosis", "nuclear medicine", "plain radiograph",
    "treatment and prognosis", "laboratory findings",
}  # fmt: skip
SMALL_WORDS = frozenset("a an and as at by for from in of on or the to with versus vs".split())
TOP = re.compile(r"[\s\u00a0]+top[\s\u00a0]*$", re.IGNORECASE)
BULLET = re.compile(r"(?P<indent>[ \t\u00a0]*)[•▪◦‣·-][ \t\u00a0]+(?=\S)")
CREDIT = re.compile(r"[\s\u00a0]*[†‡*][\s\u00a0]*$")
CITED_BY = re.compile(r"this article has been cited by", re.IGNORECASE)


def read_text(data: bytes, *, key: str, origin: str) -> Article:
    """The Article of a plain text file; UnreadableFile where it is none."""
    text = decode(data, origin)
    lines = list(lines_of(text))
    lines = lines[: tail_start([text[s:e] for s, e in lines])]
    shown = [" ".join(text[s:e].split()) for s, e in lines]
    repeated = repeated_lines(shown)
    collected = Drafts(text, markup=False)
    title = _title(shown)
    titled = False
    open_lines: list[tuple[int, int]] = []

    def close() -> None:
        if open_lines:
            _paragraph(collected, list(open_lines))
            open_lines.clear()

    for number, (start, end) in enumerate(lines):
        line, clean = text[start:end], TOP.sub("", shown[number])
        bullet = BULLET.match(line)
        if not clean or is_furniture(shown[number]) or _is_running_head(clean, repeated):
            close()
        elif clean == title:
            close()
            if not titled:
                collected.drafts.append(Draft(BlockKind.TITLE, [(start, end)]))
            titled = True
        elif CITED_BY.match(clean):
            close()
            collected.in_references = False
            collected.heading((start, end), 1)
        elif not titled and title:
            close()
            collected.drafts.append(Draft(BlockKind.FRONT, [(start, end)]))
        elif (level := _heading_level(clean, number, shown)) is not None:
            close()
            stripped = TOP.search(line)
            collected.in_front = False
            collected.heading((start, start + stripped.start() if stripped else end), level)
        elif bullet:
            close()
            collected.item((start + bullet.end(), end), len(bullet["indent"].expandtabs(4)) // 2)
        else:
            if CAPTION_START.match(line) or TABLE_TITLE.match(line):
                close()
            open_lines.append((start, end))
            if CAPTION_START.match(line):
                close()
    close()
    return assemble(collected, data=data, key=key, origin=origin, title=title)


def _is_running_head(line: str, repeated: frozenset[str]) -> bool:
    """True for a line of every page; "Definition", which a chapter prints under each disease, is a heading."""
    return re.sub(r"\d+", "#", line) in repeated and line.lower() not in MINOR_HEADINGS | MAIN_HEADINGS


def _paragraph(collected: Drafts, spans: list[tuple[int, int]]) -> None:
    """A paragraph, or the caption of an unnumbered figure: its credit (†, *) stands behind its last full stop."""
    credit = CREDIT.search(collected.original, spans[-1][0], spans[-1][1])
    if credit and collected.original[: credit.start()].rstrip()[-1:] == ".":
        spans[-1] = (spans[-1][0], credit.start())
        collected.drafts.append(Draft(BlockKind.CAPTION, spans))
        return
    collected.paragraph(spans)


def _title(shown: list[str]) -> str:
    """The line at the head that the page prints again (doubled, or in its own citation), else its first line."""
    filled = [line for line in shown if line and not is_furniture(line)]
    for line in filled[:12]:
        if len(line) > 20 and sum(line in other for other in filled[:60]) >= 2:
            return line
    return filled[0] if filled and len(filled[0]) <= 200 else ""


def _heading_level(line: str, number: int, shown: list[str]) -> int | None:
    """1 for a main heading, 2 for a minor one, 0 for one that has a main heading right below it; None for text."""
    name = line.lower().strip(" :")
    if name in MAIN_HEADINGS:
        return 1
    if number + 1 < len(shown) and shown[number + 1] and name not in MINOR_HEADINGS:
        return None
    if name in MINOR_HEADINGS:
        return 2
    if not _looks_like_heading(line) or number == 0 or shown[number - 1]:
        return None
    following = next((other for other in shown[number + 1 :] if other), "")
    return 0 if _looks_like_heading(following) and following.lower() not in MINOR_HEADINGS else 1


def _looks_like_heading(line: str) -> bool:
    """Up to ten words, no sentence's end, every word but the small ones with a capital."""
    words = re.findall(r"[^\W\d_][\w'’-]*", line)
    if not words or len(words) > 10 or len(line) > 90 or line[-1] in ".,;:?!†*" or line[:1] in "•[(":
        return False
    if re.search(r"[|:]|\d", line):  # "DOI: 10.4103/…", "Date of Web Publication17-Sep-2013"
        return False
    return all(w[0].isupper() or w.lower() in SMALL_WORDS for w in words) and words[0][0].isupper()
