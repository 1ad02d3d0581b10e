"""Case text → the size of the lesion: "10 x 6.5 cm", "2-3 cm nodules", "about 20 cm", "measuring 34 x 31 x 30 mm".

The largest diameter of all that are printed of a lesion counts. A length that is a distance ("5 cm above the
umbilicus") or a difference ("4 cm bigger than the other") is none. Must never: read a dose, a level or a time as a
size.
"""

import re

from calcrag.differential.findings import Finding, FindingState, Vocabulary
from calcrag.differential.numerals import number

__all__ = ["size_of"]

_NUMBER = r"\d+(?:[.,]\d+)?"
_BY = r"\s*(?:x|×|\*|by)\s*"
_LENGTH = rf"(?P<n>{_NUMBER})\s*(?:cm|mm)?"
_FURTHER = rf"(?P<by>{_BY})(?P<n2>{_NUMBER})\s*(?:cm|mm)?(?:{_BY}(?P<n3>{_NUMBER})\s*)?"
_UNIT = r"(?P<u>cm|mm|centimet\w+|millimet\w+)\b(?!\s*[/³²]|\s*(?:Hg|water))"
_SIZE = re.compile(rf"(?<![\w.,/-]){_LENGTH}(?:{_FURTHER}|\s*(?:-|–|to)\s*(?P<to>{_NUMBER})\s*)?\s*-?{_UNIT}")
_IS_DISTANCE = re.compile(
    r"\s*(?:-\s*)?(?:above|below|from|proximal|distal|bigger|larger|greater|smaller|apart|away|beyond|"
    r"deep\b(?!\s+(?:mass|lesion|nodule))|lateral|medial|anterior|posterior|superior|inferior|to the|off\b|short|"
    r"shorter|longer|thick|slices?|sections?|increase|incision|scar|under|beneath|h\b|hr|/)",
    re.IGNORECASE,
)
_IS_SIZE_BEFORE = re.compile(
    r"(?:\bmeasur\w+|\bsize[sd]?(?:\s+of)?|\bdiameter(?:\s+of)?|\babout|\bapproximately|\beach|\bup to|\baround|"
    r"\blength of|[(,:]|\bof|\b(?:enlarged|grown|grew|increased) to|\ba|\ban|\bas large as|\broughly|\bnearly|\balmost|"
    r"\bfrom|\bis|\bwas|\bwere|\bare|\bwith)\s*$",
    re.IGNORECASE,
)
_LESION_AFTER = re.compile(
    r"(?:[\s,-]+[\w-]+){0,6}?[\s,-]+(?:mass|lump|swelling|lesion|tumou?r|nodul\w+|papul\w+|plaque|ulcer|deposit|focus|"
    r"foci|collection|cyst|ossification|calcification|segment|body|bodies|calcified|in (?:size|diameter|length)|long|"
    r"across|bone|band|concretion|aneurysm|ossicle|area)",
    re.IGNORECASE,
)
_LARGE_MM, _SMALL_MM = 50.0, 20.0


def size_of(text: str, vocabulary: Vocabulary) -> tuple[list[Finding], list[str]]:
    """`lesion-size` in mm with `large-lesion` (5 cm or more) or `small-lesion` (2 cm or less); and problems."""
    largest: tuple[float, int, int] | None = None
    problems: list[str] = []
    term = vocabulary.terms.get("lesion-size")
    for match in _SIZE.finditer(text) if term else ():
        parts = [number(match[name]) for name in ("n", "n2", "n3", "to") if match[name]]
        factor = 10.0 if match["u"].startswith("c") else 1.0
        millimetres = max(part for part in parts if part is not None) * factor
        if not _is_lesions(text, match):
            continue
        if term and term.plausible and not term.plausible[0] <= millimetres <= term.plausible[1]:
            problems.append(f"{term.label}: {match.group().strip()!r} is impossible")
        elif largest is None or millimetres > largest[0]:
            largest = (millimetres, match.start(), match.end())
    if largest is None or term is None:
        return [], problems
    millimetres, start, end = largest
    quoted = text[start:end]
    found = [
        Finding(term.id, term.label, FindingState.MEASURED, round(millimetres, 3), term.units[0], quoted, start, end)
    ]
    sign = "large-lesion" if millimetres >= _LARGE_MM else "small-lesion" if millimetres <= _SMALL_MM else None
    if sign:
        found.append(
            Finding(sign, vocabulary.term(sign).label, FindingState.PRESENT, text=quoted, start=start, end=end)
        )
    return found, problems


def _is_lesions(text: str, match: re.Match[str]) -> bool:
    after = text[match.end() : match.end() + 70]
    if match["by"]:
        return not re.match(r"\s*(?:incision|scar|field)", after)
    if _IS_DISTANCE.match(after):
        return False
    before = text[max(0, match.start() - 20) : match.start()]
    sentence = re.split(r"(?<=[a-z])[.;]\s", after)[0]
    return bool(
        _LESION_AFTER.match(sentence)
        or (_IS_SIZE_BEFORE.search(before) and re.match(r"\s*(?:[,.;:)]|$|in\b|and\b|with\b|long)", after))
    )
