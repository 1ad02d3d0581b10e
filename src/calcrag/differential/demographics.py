"""Case text → the patient's age and sex, in every shorthand: "54M", "23-yr-old", "boy of 7", "man in his fifties",
"35-day-old girl".

Made from the text and the words that the vocabulary has for the sexes. The age when something happened ("when she was
14", "at the age of six") and the age of relatives are not the patient's. An impossible age is a problem, never a
finding. Must never: give an age that the text does not print, but for a decade ("in his fifties"), which counts as
its middle.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from calcrag.differential.findings import Certainty, Finding, FindingState, Vocabulary
from calcrag.differential.numerals import NUMBER, number

__all__ = ["Demographics", "demographics_of"]

_PERSON = (
    "man|woman|boy|girl|lady|gentleman|male|female|patient|child|infant|baby|neonate|newborn|toddler|teenager|schoolboy|"
    "schoolgirl|adolescent|player|farmer|worker|person|individual|housewife|athlete|footballer|sportsman"
)
_UNIT = r"years?|yrs?|yr|y|months?|mths?|mo|weeks?|wks?|wk|days?|d"
_FEMALE = frozenset("f female woman girl lady housewife schoolgirl sportswoman women".split())
_MALE = frozenset("m male man boy gentleman schoolboy sportsman men".split())
_DECADE_WORDS = ("teens", "twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_DECADES = {name: 10 * place + 15 for place, name in enumerate(_DECADE_WORDS)}
_DECADE_NAMES = {"octogenarian": 85, "septuagenarian": 75, "nonagenarian": 95, "centenarian": 102}
_RELATIVE = (
    r"(?:sister|brother|mother|father|son|daughter|sibling|cousin|uncle|aunt|twin|husband|wife|nephew|niece|relative)"
)
_AFTER_PERSON = (
    rf"\b(?:{_PERSON})(?:\s+(?:patient|player))?(?:,?\s+aged?|\s+of|,)\s+(?P<n>{NUMBER})"
    rf"(?:\s*(?P<u>{_UNIT})(?:\s+(?:old|of age))?)?"
    r"(?=\s*[,.;:)]|\s+(?:with|who|has|had|unrelated|presents?|and|was|in|from|is|for)\b|\s*$)"
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?P<n>{NUMBER})(?:\s*|-)(?P<u>{_UNIT})(?:\s|-)*old\b(?:['’]s)?",
        rf"\b(?P<n>{NUMBER})\s*(?:-|\s)?(?P<u>y/o|yo|y\.o\.?|m/o|d/o|w/o(?=[\s-](?:boy|girl|male|female|infant|baby)))(?![a-z])",
        rf"\baged?(?:\s+of)?[:\s]+(?P<n>{NUMBER})(?:\s*|-)(?P<u>{_UNIT})?\b(?!\s*(?:cm|mm|%))",
        _AFTER_PERSON,
        rf"\b(?P<n>{NUMBER})(?:\s*|-)(?P<u>{_UNIT})\s+of\s+age\b",
    )
)
_LETTER = re.compile(r"(?<![\w./-])(?P<n>\d{1,3})(?:\s?/\s?|\s)?(?P<s>[MF])(?![\w/])")
_LETTER_FIRST = re.compile(r"(?<![\w.])(?P<s>[MF])\s?[/,]\s?(?P<n>\d{1,3})(?![\w.])")
_DECADE = re.compile(
    rf"\bin\s+(?:his|her|their)\s+(?P<part>early|mid|middle|late)?[-\s]*(?P<d>{'|'.join(_DECADES)}|\d0['’]?s)\b",
    re.IGNORECASE,
)
_DECADE_NAME = re.compile(rf"\b(?:{'|'.join(_DECADE_NAMES)})\b", re.IGNORECASE)
# What stands before an age that is not the patient's age now.
_THEN = re.compile(
    r"(?:\bat(?:\s+the)?(?:\s+age)?(?:\s+of)?|\bwhen\s+(?:he|she|they)\s+(?:was|were)(?:\s+(?:a|an|about))?|\bsince(?:\s+(?:the\s+)?age(?:\s+of)?)?|"
    r"\buntil(?:\s+(?:the\s+)?age(?:\s+of)?)?|\bfrom(?:\s+the)?\s+age(?:\s+of)?|\bage\s+of\s+onset|\bby(?:\s+the)?(?:\s+age)?(?:\s+of)?|"
    rf"\b{_RELATIVE}\W+(?:\w+\W+){{0,2}})\s*$",
    re.IGNORECASE,
)
_RELATIVE_AFTER = re.compile(rf"^\W*{_RELATIVE}\b", re.IGNORECASE)
_LIMIT_YEARS = 120


@dataclass(frozen=True, slots=True)
class Demographics:
    """Age and sex as findings, the age in years, and what could not be used."""

    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    age_years: float | None
    sex: str | None
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Age:
    start: int
    end: int
    years: float
    sex: str | None
    is_certain: bool = True


def demographics_of(text: str, vocabulary: Vocabulary) -> Demographics:
    """Age with its band, and sex. `spans` are the places of all ages in the text, the patient's own and others'."""
    spans: list[tuple[int, int]] = []
    problems: list[str] = []
    impossible: list[tuple[int, int]] = []
    chosen: _Age | None = None
    for age in sorted(_ages(text, spans), key=lambda one: (one.start, -one.end)):
        if age.years > _LIMIT_YEARS:
            if not any(start <= age.start < end for start, end in impossible):
                problems.append(f"impossible age: {text[age.start : age.end].strip()!r}")
            impossible.append((age.start, age.end))
        elif chosen is None:
            chosen = age
    findings: list[Finding] = []
    if chosen is not None:
        quoted = text[chosen.start : chosen.end]
        certainty = Certainty.CERTAIN if chosen.is_certain else Certainty.PROBABLE
        place = {"text": quoted, "start": chosen.start, "end": chosen.end, "certainty": certainty}
        age_term = vocabulary.term("age")
        findings.append(Finding("age", age_term.label, FindingState.MEASURED, chosen.years, age_term.units[0], **place))  # type: ignore[arg-type]
        band = vocabulary.term(_band(chosen.years))
        findings.append(Finding(band.id, band.label, FindingState.PRESENT, **place))  # type: ignore[arg-type]
    sex = _sex(text, chosen, vocabulary)
    if sex is not None:
        findings.append(sex)
    return Demographics(
        tuple(findings),
        tuple(problems),
        None if chosen is None else chosen.years,
        None if sex is None else sex.id,
        tuple(spans),
    )


def _ages(text: str, spans: list[tuple[int, int]]) -> Iterator[_Age]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start = (
                match.start("n")
                if not match.group().lower().startswith(("age", *_PERSON.split("|")))
                else match.start()
            )
            spans.append((match.start("n"), match.end()))
            years = (number(match["n"]) or 0.0) * _years_in(match["u"])
            if _is_patients(text, match.start("n"), match.end()):
                yield _Age(start, match.end(), years, _sex_near(text, match.start(), match.end()))
    for pattern in (_LETTER, _LETTER_FIRST):
        for match in pattern.finditer(text):
            gap = text[match.start() : match.end()].strip("0123456789MF")
            if gap == " " and text[: match.start()].strip() and text[: match.start()].rstrip()[-1] not in ".:;(":
                continue  # "5 M" within a sentence may be anything
            spans.append(match.span())
            yield _Age(match.start(), match.end(), float(match["n"]), "female" if match["s"] == "F" else "male")
    for match in _DECADE.finditer(text):
        name = match["d"].lower()
        middle = _DECADES[name] if name in _DECADES else int(name[:2]) + 5
        shift = {"early": -3, "late": 3}.get((match["part"] or "").lower(), 0)
        if _is_patients(text, match.start(), match.end()):
            spans.append(match.span())
            yield _Age(
                match.start(),
                match.end(),
                float(middle + shift),
                _sex_near(text, match.start(), match.end()),
                is_certain=False,
            )
    for match in _DECADE_NAME.finditer(text):
        yield _Age(match.start(), match.end(), float(_DECADE_NAMES[match.group().lower()]), None, is_certain=False)


def _years_in(unit: str | None) -> float:
    letter = (unit or "y").lower()
    if letter.startswith(("mo", "mth", "m/o")):
        return 1 / 12
    if letter.startswith("w"):
        return 7 / 365.25
    return 1 / 365.25 if letter.startswith("d") else 1.0


def _is_patients(text: str, start: int, end: int) -> bool:
    return not _THEN.search(text[max(0, start - 60) : start]) and not _RELATIVE_AFTER.match(text[end : end + 20])


def _sex_near(text: str, start: int, end: int) -> str | None:
    """The sex that the words of an age name: "72 yo woman", "15-year-old right-handed Thai boy", "60 y/o F"."""
    words = re.findall(r"[^\W\d_]+", text[start:end])
    words += re.findall(r"[^\W\d_]+|[.;:]", text[end : end + 60])[:5]
    for word in words:
        if word in ".;:":
            break
        if word.lower() in _FEMALE and (len(word) > 1 or word == "F"):
            return "female"
        if word.lower() in _MALE and (len(word) > 1 or word == "M"):
            return "male"
    return None


def _band(years: float) -> str:
    """The id of the age band."""
    if years <= 28.5 / 365.25:
        return "newborn"
    for limit, name in ((1, "infant"), (13, "child"), (19, "adolescent"), (40, "young-adult"), (65, "middle-aged")):
        if years < limit:
            return name
    return "elderly"


def _sex(text: str, age: _Age | None, vocabulary: Vocabulary) -> Finding | None:
    """The sex: by the words of the age, else the first noun that names one and is no relative's, else the pronouns."""
    if age is not None and age.sex is not None:
        term = vocabulary.term(age.sex)
        end = age.end
        noun = re.compile(r"\b(?:" + "|".join(_FEMALE if age.sex == "female" else _MALE) + r")\b", re.IGNORECASE)
        named = noun.search(text, age.start, age.end + 60)
        end = max(end, named.end()) if named else end
        return Finding(term.id, term.label, FindingState.PRESENT, text=text[age.start : end], start=age.start, end=end)
    nouns = [(word, term) for term in ("male", "female") for word in vocabulary.term(term).synonyms]
    first: tuple[int, int, str] | None = None
    for word, sex in nouns:
        for match in re.finditer(rf"\b{re.escape(word)}\b", text, re.IGNORECASE):
            if not _THEN.search(text[max(0, match.start() - 60) : match.start()]) and (
                first is None or match.start() < first[0]
            ):
                first = (match.start(), match.end(), sex)
    if first is None:
        first = _pronoun(text)
    if first is None:
        return None
    start, end, sex = first
    return Finding(sex, vocabulary.term(sex).label, FindingState.PRESENT, text=text[start:end], start=start, end=end)


def _pronoun(text: str) -> tuple[int, int, str] | None:
    """The first pronoun, where all of them agree."""
    found = {
        "male": re.search(r"\b(?:he|his|him)\b", text, re.IGNORECASE),
        "female": re.search(r"\b(?:she|her|hers)\b", text, re.IGNORECASE),
    }
    agreed = [(sex, match) for sex, match in found.items() if match]
    if len(agreed) != 1:
        return None
    sex, match = agreed[0]
    return match.start(), match.end(), sex
