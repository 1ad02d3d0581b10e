"""Case text → laboratory values and what they mean: "Ca 2.9 mmol/L (2.2–2.6)", "calcium, phosphate and PTH normal", "raised ALP".

A value is read against the range that the text prints behind it, else against the default for age and sex. Calcium is corrected
where albumin is printed, and the calcium × phosphate product computed where both are. What is not blood (dialysate, urine, joint
fluid) is set aside; an impossible value, an unknown or open unit is a problem. Must never: drop a number silently, or read a
total calcium as an ionised one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from calcrag.differential.findings import (
    Certainty,
    Finding,
    FindingState,
    Reading,
    Term,
    TermKind,
    Vocabulary,
    reference_range,
)
from calcrag.differential.numerals import number
from calcrag.differential.units import UNIT, inferred_unit, unit_of

__all__ = ["Laboratory", "analyte_names", "laboratory_of"]

_NUMBER = r"\d+(?:[.,]\d+)*"
_COMPARE = r"[<>≤≥]=?|less than|more than|greater than|below|above|under|over|up to"
_LINK = (
    r"(?:\s*(?:level|levels|value|concentration|titre|count|was|is|of|at|=|:|were|to|the|a|raised|elevated|high|low|normal|increased|"
    r"decreased|markedly|mildly|moderately|slightly|only|serum|reduced|suppressed|about|approximately|peaking|rose|up|\(|,|-(?=\d)))*\s*"
)
_RANGE = rf"(?:{_NUMBER}\s*(?:{UNIT})?\s*(?:-|–|—|to|−)\s*{_NUMBER}|(?:<|≤|>|≥|up to|below|less than)\s*{_NUMBER})"
_VALUE = re.compile(
    rf"{_LINK}(?P<compare>{_COMPARE})?\s*(?P<value>{_NUMBER})(?![\d/]*\s*(?:-\s*OH|/\s*\d|st\b|nd\b|th\b))\s*(?P<unit>{UNIT})?"
    rf"(?:\s*[,;]?\s*[\[(]\s*(?:(?:normal|reference|ref|nr|rr|n|norm|range|r|laboratory)[\s.:=,]*)*(?:values?|range|interval|level)?[\s:=]*"
    rf"(?P<range>{_RANGE})\s*(?P<range_unit>{UNIT})?[^)\]]*[)\]])?",
    re.IGNORECASE,
)
_BOUNDS = re.compile(rf"(?P<low>{_NUMBER})\s*(?:{UNIT})?\s*(?:-|–|—|to|−)\s*(?P<high>{_NUMBER})|(?P<sign><|≤|>|≥|up to|below|less than)\s*(?P<one>{_NUMBER})", re.IGNORECASE)
_FLUIDS = re.compile(
    r"\b(dialysate|dialysis (?:bath|fluid|solution)|bath|urine|urinary|urinalysis|synovial|joint fluid|pleural|ascit\w+|CSF|cerebrospinal|aspirate|"
    r"24[- ]?h(?:our)?|spot|tap water|dietary|intake)\b",
    re.IGNORECASE,
)
_READINGS: tuple[tuple[Reading, frozenset[str]], ...] = (
    (Reading.HIGH, frozenset("high raised elevated increased hyper markedly elevation".split()) - {"markedly", "hyper"}),
    (Reading.LOW, frozenset("low decreased reduced suppressed undetectable subnormal".split())),
    (Reading.NORMAL, frozenset("normal unremarkable".split())),
)
_WORD_READING = {word: reading for reading, words in _READINGS for word in words}
_BETWEEN = frozenset(
    "was were is are all both also levels level values value concentrations concentration serum total the and , / & markedly "
    "mildly moderately slightly within again of which normal-range very persistently grossly borderline plasma blood found be to "
    "remained remain intact tests test corrected ratio profile studies for each in".split()
)
_ANALYTE_JOINTS = frozenset(", / & and or with the serum plasma total intact".split())
_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*|\S")


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Values and readings as findings, what is set aside, problems, and the places that are spoken for."""

    findings: tuple[Finding, ...]
    set_aside: tuple[Finding, ...]
    problems: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Value:
    term: Term
    value: float | None
    start: int
    end: int
    compare: str
    low: float | None
    high: float | None


def analyte_names(vocabulary: Vocabulary) -> re.Pattern[str]:
    """All names of all laboratory measurements as one pattern, longest first; "Ca", "P", "PTH" ask for their capitals."""
    names: list[str] = []
    for term in vocabulary.terms.values():
        if term.kind is TermKind.MEASUREMENT and term.id not in ("age", "lesion-size"):
            names.extend(term.synonyms)
    pieces = []
    for name in sorted(set(names), key=lambda one: (-len(one), one)):
        spelled = re.escape(name).replace(r"\ ", r"[\s-]*").replace(r"\-", r"[\s-]*").replace("ise", "i[sz]e")
        pieces.append(spelled if _is_cased(name) else f"(?i:{spelled})")
    return re.compile(r"(?<![\w-])(?:" + "|".join(pieces) + r")(?![\w]|-\w{3,}|\s+(?:gluconate|chloride|carbonate|channel|supplement|deposit|pyrophosphate|particle|infusion|crystal|enema|binder|extravasation|metabolism)|\s*-?\s*containing)")


def _is_cased(name: str) -> bool:
    return len(name) <= 4 and any(c.isupper() for c in name)


def _terms_by_name(vocabulary: Vocabulary) -> dict[str, Term]:
    found: dict[str, Term] = {}
    for term in vocabulary.terms.values():
        if term.kind is TermKind.MEASUREMENT:
            for name in term.synonyms:
                found.setdefault(_plain(name), term)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "", name).lower().replace("ize", "ise")


def laboratory_of(
    text: str, vocabulary: Vocabulary, *, names: re.Pattern[str], age_years: float | None, sex: str | None
) -> Laboratory:
    """What the text says of the laboratory; `names` is `analyte_names(vocabulary)`."""
    by_name = _terms_by_name(vocabulary)
    mentions = [(match.start(), match.end(), by_name[_plain(match.group())]) for match in names.finditer(text)]
    problems: list[str] = []
    aside: list[Finding] = []
    spans: list[tuple[int, int]] = []
    values: list[_Value] = []
    system = _system(text)
    said = set()
    for position, (start, end, term) in enumerate(mentions):
        stop = mentions[position + 1][0] if position + 1 < len(mentions) else len(text)
        match = _VALUE.match(text, end, max(stop, end))
        if match is None:
            continue
        said.add(position)
        read = _read(text, start, match, term, vocabulary, system, problems)
        spans.append((start, match.end()))
        if read is None:
            continue
        if _is_other_fluid(text, start, match.end()):
            aside.append(_finding(read, text, Certainty.OTHER_FLUID))
        else:
            values.append(read)
    findings = [_finding(value, text) for value in values]
    readings = {(value.term.id): _reading(value, vocabulary, age_years, sex) for value in values}
    computed = _computed(values, findings, text)
    findings += [finding for finding, _ in computed]
    for finding, value in computed:
        readings[value.term.id] = _reading(value, vocabulary, age_years, sex)
    places = {value.term.id: value for value in [*values, *(value for _, value in computed)]}
    findings += _signs({i: r for i, r in readings.items() if r}, places, text, vocabulary)
    for place, reading, position in _worded(text, mentions, said):
        term = mentions[position][2]
        if not any(finding.id == term.id for finding in findings):
            start, end = min(place[0], mentions[position][0]), max(place[1], mentions[position][1])
            value = _Value(term, None, start, end, "", None, None)
            new = _signs({term.id: reading}, {term.id: value}, text, vocabulary)
            fluid = _is_other_fluid(text, mentions[position][0], mentions[position][1])
            (aside if fluid else findings).extend(
                replace(one, certainty=Certainty.OTHER_FLUID) if fluid else one for one in new
            )
        spans.append(place)
    spans += [(start, end) for start, end, _ in mentions if not _is_deposit(text, start, end)]
    return Laboratory(tuple(findings), tuple(aside), tuple(dict.fromkeys(problems)), tuple(spans))


# ---------------------------------------------------------------- a value


def _system(text: str) -> str | None:
    """Whether the text prints its values in SI units or in conventional ones; None where in both or neither."""
    si = bool(re.search(r"[mnpµμu]mol\s*/\s*[lL]", text))
    conventional = bool(re.search(r"[mnp]g\s*/\s*(?:d|m)[lL]", text))
    return None if si == conventional else "SI" if si else "conventional"


def _read(
    text: str, start: int, match: re.Match[str], term: Term, vocabulary: Vocabulary, system: str | None, problems: list[str]
) -> _Value | None:
    quoted = text[start : match.end()].strip()
    value = number(match["value"])
    bounds = _bounds(match["range"])
    printed = match["unit"] or match["range_unit"]
    if value is None:
        problems.append(f"{term.label}: no number can be read from {quoted!r}")
        return None
    unit = (
        unit_of(printed, term)
        if printed
        else inferred_unit(value, term, vocabulary, printed_range=bounds, system=system)
    )
    if unit is None:
        fault = f"the unit {printed!r} is not one of {', '.join(term.factors)}" if printed else "it has no unit, and more than one would fit"
        problems.append(f"{term.label}: {quoted!r} is not used: {fault}")
        return None
    factor = term.factors[unit]
    if term.plausible and not term.plausible[0] <= value * factor <= term.plausible[1]:
        problems.append(f"{term.label}: {quoted!r} is impossible")
        return None
    low, high = (None if bound is None else bound * factor for bound in bounds)
    return _Value(term, value * factor, start, match.end(), (match["compare"] or "").lower(), low, high)


def _bounds(printed: str | None) -> tuple[float | None, float | None]:
    match = _BOUNDS.search(printed or "")
    if match is None:
        return None, None
    if match["one"]:
        bound = number(match["one"])
        return (bound, None) if match["sign"] in (">", "≥") else (None, bound)
    return number(match["low"]), number(match["high"])


def _is_other_fluid(text: str, start: int, end: int) -> bool:
    """True where the words beside a value name a fluid that is not blood."""
    before = re.split(r"[.;:,]", text[max(0, start - 40) : start])[-1]
    after = re.split(r"[.;:,(]", text[end : end + 30])[0]
    return bool(_FLUIDS.search(before) or re.match(r"\s*(?:in|of|from)\s+(?:the\s+)?(?:dialysate|urine|bath|synovial|joint)", after))


def _finding(value: _Value, text: str, certainty: Certainty = Certainty.CERTAIN) -> Finding:
    # Of "<5" only the bound is known: as a value it would meet criteria that the patient may not meet.
    known = None if value.compare and value.compare != "up to" else value.value
    quoted = text[value.start : value.end].rstrip(" ,;")
    return Finding(
        value.term.id, value.term.label, FindingState.MEASURED, None if known is None else round(known, 4), value.term.units[0],
        quoted, value.start, value.start + len(quoted), None, certainty,
    )  # fmt: skip


def _reading(value: _Value, vocabulary: Vocabulary, age_years: float | None, sex: str | None) -> Reading | None:
    """High, normal or low against the printed range, else the default; None where neither is there or a bound leaves it open."""
    low, high = value.low, value.high
    if low is None and high is None:
        default = reference_range(value.term.id, vocabulary, age_years=age_years, sex=sex)
        if default is None:
            return None
        low, high = default
    if value.value is None:
        return None
    below = value.compare in ("<", "<=", "≤", "less than", "below", "under")
    above = value.compare in (">", ">=", "≥", "more than", "greater than", "above", "over")
    if not above and low is not None and (value.value < low or (below and value.value <= low)):
        return Reading.LOW
    if not below and high is not None and (value.value > high or (above and value.value >= high)):
        return Reading.HIGH
    if below:
        return Reading.NORMAL if low is None and high is not None and value.value <= high else None
    if above:
        return Reading.NORMAL if high is None and low is not None and value.value >= low else None
    return Reading.NORMAL


def _computed(values: Sequence[_Value], findings: list[Finding], text: str) -> list[tuple[Finding, _Value]]:
    """The calcium corrected for albumin, and the product, where the text has what they are made of but not themselves."""
    exact = {value.term.id: value for value in values if value.value is not None and not value.compare}
    made: list[tuple[Finding, _Value]] = []
    calcium, albumin, phosphate = (exact.get(i) for i in ("serum-calcium", "serum-albumin", "serum-phosphate"))
    if calcium and albumin and calcium.value and albumin.value and "corrected-calcium" not in exact:
        # Payne: 0.8 mg/dL for every g/dL of albumin below 4 (https://achawaqat.com/calculators/endocrinology/calcium-correction).
        corrected = calcium.value + 0.8 * (4.0 - albumin.value)
        made.append(_made("corrected-calcium", corrected, calcium, calcium.low, calcium.high, text))
    total = exact.get("corrected-calcium", calcium)
    if total and phosphate and total.value and phosphate.value and "serum-calcium-x-phosphate" not in exact:
        made.append(_made("serum-calcium-x-phosphate", total.value * phosphate.value, phosphate, None, None, text))
    return made


def _made(own: str, value: float, like: _Value, low: float | None, high: float | None, text: str) -> tuple[Finding, _Value]:
    term = _MADE[own]
    made = _Value(term, value, like.start, like.end, "", low, high)
    return _finding(made, text), made


# The two measurements that are computed; filled with the terms of the vocabulary in use by `laboratory_of` would be shared
# state, so they stand here with the labels and units that the computation itself fixes.
_MADE = {
    "corrected-calcium": Term("corrected-calcium", group="laboratory", label="albumin-corrected calcium", units=("mg/dL",)),  # type: ignore[arg-type]
}


def _signs(
    readings: dict[str, Reading], places: dict[str, _Value], text: str, vocabulary: Vocabulary
) -> list[Finding]:
    """The signs derived from the readings: the one that fits is present, the others of the same measurement are absent."""
    made: list[Finding] = []
    best = [one for one in ("ionised-calcium", "corrected-calcium", "serum-calcium") if one in readings]
    ignored = set(best[1:])  # the ionised value outranks the corrected one, and that the total
    for term in vocabulary.terms.values():
        for derivation in term.derived:
            reading = readings.get(derivation.analyte)
            if reading is None or derivation.analyte in ignored:
                continue
            place = places[derivation.analyte]
            state = FindingState.PRESENT if reading is derivation.reads else FindingState.ABSENT
            if state is FindingState.ABSENT and _has_opposite(term, made):
                continue
            quoted = text[place.start : place.end].rstrip(" ,;")
            made.append(Finding(term.id, term.label, state, text=quoted, start=place.start, end=place.start + len(quoted)))
    present = {finding.id for finding in made if finding.state is FindingState.PRESENT}
    kept = [finding for finding in made if finding.state is FindingState.PRESENT or finding.id not in present]
    opposed = {other for finding in kept if finding.id in present for other in vocabulary.terms[finding.id].opposes}
    return [finding for finding in dict.fromkeys(kept) if finding.state is FindingState.PRESENT or finding.id not in opposed]


def _has_opposite(term: Term, made: Sequence[Finding]) -> bool:
    return any(finding.id == term.id for finding in made)
