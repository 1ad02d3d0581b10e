"""Case text → laboratory values with their ranges: "Ca 2.9 mmol/L (2.2–2.6)", "25-OH vitamin D of 12 ng/mL", "PTH <5
pg/mL".

Calcium is corrected where albumin is printed, and the calcium × phosphate product computed where both are. An
impossible value, an unknown unit and a number whose unit stays open are problems. Must never: drop a number silently,
take dialysate or urine for blood, or read a total calcium as an ionised one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calcrag.differential.findings import Term, TermKind, Vocabulary
from calcrag.differential.numerals import number
from calcrag.differential.units import UNIT, inferred_unit, unit_of

__all__ = ["LabValue", "Mention", "analyte_names", "computed_values", "is_other_fluid", "lab_values", "mentions_of"]

_NUMBER = r"\d+(?:[.,]\d+)*"
_COMPARE = r"[<>≤≥]=?|less than|more than|greater than|below|above|under|over|up to"
_LINK = (
    r"(?:\s*(?:levels?|values?|concentrations?|titres?|counts?|was|is|of|at|=|:|were|to|the|an?|raised|elevated|high|low|normal|increased|"
    r"decreased|markedly|mildly|moderately|slightly|only|serum|reduced|suppressed|about|approximately|peak(?:ing|ed)?|rose|found|be|been|measured|estimated|blood|mid|low-normal|"
    r"high-normal|\([^\W\d]\w{0,7}\)|\(|,|[-–]))*\s*"
)
_DASH = r"\s*(?:-|–|—|−|to)\s*"
_RANGE = rf"(?:{_NUMBER}\s*(?:{UNIT})?{_DASH}{_NUMBER}|(?:<|≤|>|≥|up to|below|less than|above|over)\s*{_NUMBER})"
_VALUE = re.compile(
    rf"{_LINK}(?P<compare>{_COMPARE})?\s*(?P<value>{_NUMBER})"
    r"(?!\d|\s*-\s*OH|\s*/\s*\d|(?:st|nd|th)\b|\s*-?\s*(?:days?|weeks?|months?|years?)\b)"
    rf"\s*(?P<unit>{UNIT}|[^\W\d_]+\s?/\s?[^\W\d_]+)?"
    r"(?:\s*[,;]?\s*[\[(]\s*(?:(?:normal|reference|ref|nr|rr|n|norm|range|r|laboratory|values?|interval|levels?)\b"
    r"[\s.:=,]*)*"
    rf"(?P<range>{_RANGE})\s*(?P<range_unit>{UNIT})?[^)\]]*[)\]])?",
    re.IGNORECASE,
)
_BOUNDS = re.compile(
    rf"(?P<low>{_NUMBER})\s*(?:{UNIT})?{_DASH}(?P<high>{_NUMBER})|"
    rf"(?P<sign><|≤|>|≥|up to|below|less than|above|over)\s*(?P<one>{_NUMBER})",
    re.IGNORECASE,
)
_FLUID_BEFORE = re.compile(
    r"\b(?:dialysate|dialysis (?:bath|fluid|solution)|bath|urine|urinary|urinalysis|synovial|joint fluid|pleural|"
    r"ascit\w+|CSF|cerebrospinal|aspirate|24[- ]?h(?:our)?|spot|water|dietary)\b",
    re.IGNORECASE,
)
_FLUID_AFTER = re.compile(
    r"\s*(?:level\s+)?(?:in|of|from)\s+(?:the\s+)?(?:dialysate|dialysis|urine|bath|synovial|joint)", re.IGNORECASE
)
_CORRECT = r"(?:albumin[\s-]*)?(?:corr(?:ected)?|adj(?:usted)?)\b\.?(?:\s+for\s+albumin)?"
_CORRECTED = re.compile(rf"\s*[(,]?\s*{_CORRECT}\s*\)?", re.IGNORECASE)
_CORRECTED_BEHIND = re.compile(
    rf"\s*(?:(?:was|is|of|at|=|:)\s*)?{_NUMBER}\s*(?:{UNIT})?\s*[(,]?\s*{_CORRECT}", re.IGNORECASE
)
# What follows a name that is then no measurement: a drug, a crystal, a deposit.
_NO_MEASUREMENT = (
    r"gluconate|chloride|carbonate|channel|supplement|deposit|pyrophosphate|particle|infusion|crystal|enema|binder|extravasation|"
    r"metabolism|salt|therapy|apatite|oxalate|alginate|heparin|soap|tablet|homeostasis"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A measurement named at text[start:end]."""

    term: Term
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LabValue:
    """A value in the term's own unit, with the comparator and the range that the text prints, at text[start:end]."""

    term: Term
    value: float
    start: int
    end: int
    compare: str = ""
    low: float | None = None
    high: float | None = None


def analyte_names(vocabulary: Vocabulary) -> tuple[re.Pattern[str], dict[str, Term]]:
    """A pattern of all names of laboratory measurements, longest first, and the term of every name (see `_plain`).

    Short names with a capital ("Ca", "P", "PTH") ask for their capitals; the others do not.
    """
    by_name: dict[str, Term] = {}
    names: list[str] = []
    for term in vocabulary.terms.values():
        if term.kind is TermKind.MEASUREMENT and term.group == "laboratory":
            for name in term.synonyms:
                by_name.setdefault(_plain(name), term)
                names.append(name)
    pieces: list[str] = []
    for name in sorted(set(names), key=lambda one: (-len(one), one)):
        spelled = re.escape(name).replace(r"\ ", r"[\s-]*").replace(r"\-", r"[\s-]*").replace("ise", "i[sz]e")
        cased = len(name) <= 4 and any(c.isupper() for c in name)
        pieces.append(spelled if cased else f"(?i:{spelled}s?)")
    if not pieces:
        return re.compile(r"(?!)"), by_name
    pattern = re.compile(
        rf"(?<![\w-])(?:{'|'.join(pieces)})(?![\w]|-[a-z]{{3,}}|\s*-?\s*(?i:containing|{_NO_MEASUREMENT}))"
    )
    return pattern, by_name


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "", name).lower().replace("ize", "ise")


def mentions_of(text: str, names: tuple[re.Pattern[str], dict[str, Term]]) -> list[Mention]:
    """Every measurement that the text names, in order."""
    pattern, by_name = names
    found: list[Mention] = []
    for match in pattern.finditer(text):
        plain = _plain(match.group())
        term = by_name.get(plain) or by_name[plain.removesuffix("s")]
        found.append(Mention(term, match.start(), match.end()))
    return found


def lab_values(
    text: str, mentions: Sequence[Mention], vocabulary: Vocabulary, *, problems: list[str], spans: list[tuple[int, int]]
) -> Iterator[LabValue]:
    """The value behind every mention that has one; what cannot be used goes to `problems`, where any stands to
    `spans`.
    """
    si = bool(re.search(r"[mnpµμu]mol\s*/\s*[lL]", text))
    conventional = bool(re.search(r"[mnp]g\s*/\s*(?:d|m)[lL]", text))
    system = None if si == conventional else "SI" if si else "conventional"
    read = 0
    for position, named in enumerate(mentions):
        mention = _corrected(text, named, vocabulary)
        if named.start < read:
            continue  # the albumin of "calcium corrected for albumin"
        read = mention.end
        stop = next((one.start for one in mentions[position + 1 :] if one.start >= mention.end), len(text))
        match = _VALUE.match(text, mention.end, stop)
        if match is None or _is_of_other(text, match):
            continue
        spans.append((mention.start, match.end()))
        value = _value(text, mention, match, vocabulary, system, problems)
        if value is not None:
            yield value


def _corrected(text: str, mention: Mention, vocabulary: Vocabulary) -> Mention:
    """The mention as one of the corrected calcium where the text says so behind it: it must not be corrected again."""
    term = vocabulary.terms.get("corrected-calcium")
    if mention.term.id != "serum-calcium" or term is None:
        return mention
    named = _CORRECTED.match(text, mention.end)
    if named:
        return Mention(term, mention.start, named.end())
    return Mention(term, mention.start, mention.end) if _CORRECTED_BEHIND.match(text, mention.end) else mention


def _is_of_other(text: str, match: re.Match[str]) -> bool:
    """True where a comma and a new statement part the number from the name: "calcium, 3 lumps", "PTH normal, 2 months
    later".
    """
    return (
        match["unit"] is None
        and "," in match.group()
        and re.match(r"\s*[^\W\d_]{3,}", text[match.end("value") :]) is not None
    )


def _value(
    text: str, mention: Mention, match: re.Match[str], vocabulary: Vocabulary, system: str | None, problems: list[str]
) -> LabValue | None:
    term = mention.term
    quoted = text[mention.start : match.end()].strip()
    value = number(match["value"])
    printed = match["unit"] or match["range_unit"]
    bounds = _bounds(match["range"])
    if value is None:
        problems.append(f"{term.label}: {quoted!r} is not used: it is no number")
        return None
    unit = (
        unit_of(printed, term)
        if printed
        else inferred_unit(value, term, vocabulary, printed_range=bounds, system=system)
    )
    if unit is None:
        fault = (
            f"{printed!r} is none of {', '.join(term.factors)}"
            if printed
            else "it has no unit, and more than one would fit"
        )
        problems.append(f"{term.label}: {quoted!r} is not used: {fault}")
        return None
    factor = term.factors[unit]
    if term.plausible and not term.plausible[0] <= value * factor <= term.plausible[1]:
        problems.append(f"{term.label}: {quoted!r} is impossible")
        return None
    low, high = (None if bound is None else bound * factor for bound in bounds)
    return LabValue(term, value * factor, mention.start, match.end(), (match["compare"] or "").lower(), low, high)


def _bounds(printed: str | None) -> tuple[float | None, float | None]:
    match = _BOUNDS.search(printed or "")
    if match is None:
        return None, None
    if match["one"]:
        bound = number(match["one"])
        return (bound, None) if match["sign"].lower() in (">", "≥", "above", "over") else (None, bound)
    return number(match["low"]), number(match["high"])


def is_other_fluid(text: str, start: int, end: int) -> bool:
    """True where the words beside text[start:end] name a fluid that is not blood: dialysate, urine, joint fluid."""
    before = re.split(r"[.;:,(]", text[max(0, start - 40) : start])[-1]
    return bool(_FLUID_BEFORE.search(before) or _FLUID_AFTER.match(text, end))


def computed_values(values: Sequence[LabValue], vocabulary: Vocabulary) -> list[LabValue]:
    """The calcium corrected for albumin, and the product, where the text has what they are made of but not
    themselves.
    """
    exact = {value.term.id: value for value in values if not value.compare}
    made: list[LabValue] = []
    calcium, albumin, phosphate = (exact.get(own) for own in ("serum-calcium", "serum-albumin", "serum-phosphate"))
    corrected = exact.get("corrected-calcium")
    term = vocabulary.terms.get("corrected-calcium")
    if calcium and albumin and not corrected and term:
        # Payne's formula: 0.8 mg/dL for every g/dL of albumin below 4
        # (achawaqat.com/calculators/endocrinology/calcium-correction).
        value = calcium.value + 0.8 * (4.0 - albumin.value)
        corrected = LabValue(term, value, calcium.start, calcium.end, "", calcium.low, calcium.high)
        made.append(corrected)
    total = corrected or calcium
    term = vocabulary.terms.get("serum-calcium-x-phosphate")
    if total and phosphate and term and term.id not in exact:
        first, last = min(total.start, phosphate.start), max(total.end, phosphate.end)
        near = last - first <= 200
        start, end = (first, last) if near else (phosphate.start, phosphate.end)
        made.append(LabValue(term, total.value * phosphate.value, start, end))
    return made
