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
_PEOPLE = "man|woman|boy|girl|lady|gentleman|male|female"
# What a number measures that is no age: "girl, 4.1 kg".
_NO_AGE = r"(?![.,]?\d|\s*(?:kg|kilos?|g|grams?|lbs?|pounds?|cm|mm|inch(?:es)?|%|mg|ml|/)(?![^\W\d]))"
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
    rf"\b(?:{_PERSON})(?:\s+(?:patient|player))?(?:,?\s+aged?|\s+of|,)\s+(?P<n>{NUMBER}){_NO_AGE}"
    rf"(?:\s*(?P<u>{_UNIT})(?:\s+(?:old|of age))?)?"
    r"(?=\s*[,.;:)]|\s+(?:with|who|has|had|unrelated|presents?|and|was|in|from|is|for|on|whose|referred|noticed|undergoing)\b|\s*$)"
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?P<n>{NUMBER})(?:\s*|-)(?P<u>{_UNIT})(?:\s|-)*old\b(?:['’]s)?",
        rf"\b(?P<n>{NUMBER})\s*(?:-|\s)?(?P<u>y/o|yo|y\.o\.?|m/o|d/o|w/o(?=[\s-](?:boy|girl|male|female|infant|baby)))(?!(?![mf]\b)[a-z])",
        rf"\baged?(?:\s+(?:of|about|around))?[:\s]+(?P<n>{NUMBER}){_NO_AGE}(?:\s*|-)(?P<u>{_UNIT})?\b(?!\s*(?:cm|mm|%))",
        _AFTER_PERSON,
        rf"\b(?P<n>{NUMBER})(?:\s*|-)(?P<u>{_UNIT})\s+of\s+(?:age|life)\b",
        # "45 yr M", "45 years, female": the unit with the sex, without "old"
        rf"(?<![\w./-])(?P<n>\d{{1,3}})\s*(?P<u>y(?:ea)?rs?|y)[\s,]+(?:old\s+)?(?=(?:{_PEOPLE})\b)",
        r"(?<![\w./-])(?P<n>\d{1,3})\s?(?P<u>y(?:ea)?rs?|y)[\s,]*(?=(?-i:[MF])(?![\w/]))",
        rf"(?:^|[.:;]\s+)(?P<n>\d{{1,3}})\s*-?(?P<u>{_UNIT})[\s,]+(?=(?:{_PEOPLE}|(?-i:[MF]))\b)",
        rf"(?:^|[.:;]\s+)(?:{_PEOPLE})\s+(?P<n>\d{{1,3}})(?:\s*(?P<u>{_UNIT})\b)?(?=\s*[,.;:)]|\s+with\b)(?!\.\d)",
    )
)
# Ages of the newborn: "Day 7, term girl", "D3 of life", "DOL 5".
_DAY_OF_LIFE = re.compile(
    r"(?:\bDOL\s*|\b(?:day|d)[\s-]?(?:of[\s-]life[\s-]?)?)(?P<n>\d{1,2})\b(?:\s+of\s+life\b|(?<=DOL\d)|(?<=DOL \d)|(?<=DOL \d\d)|(?=[\s,;:]+(?:old\s+)?(?:(?:full[\s-])?"
    r"term|preterm|prem\w*|ex[\s-]|newborn|neonat\w+|baby|infant|boy|girl|male|female)\b))",
    re.IGNORECASE,
)
# "9/12 boy", "12/12 old", "aged 6/52": parts of a year or month before a person, or behind "aged".
_PARTS = re.compile(
    r"(?<![\w./-])(?:(?P<before>aged?\s+))?(?P<n>\d{1,3})/(?P<u>12|52|7)(?![\d/])(?(before)|(?=[\s-]*(?:of\s+age|old|boy|girl|baby|infant|child|"
    r"male|female|(?-i:[MF])\b|\w+[\s-](?:boy|girl|baby|infant)\b)))",
    re.IGNORECASE,
)
_PART_YEARS = {"12": 1 / 12, "52": 7 / 365.25, "7": 1 / 365.25}
_LETTER = re.compile(r"(?<![\w./-])(?P<n>\d{1,3})(?:\s?/\s?|\s)?(?P<s>[MF])(?![\w/])")
_LETTER_FIRST = re.compile(r"(?<![\w.])(?P<s>[MF])(?:\s?[/,]\s?|(?<=^.)\s?)(?P<n>\d{1,3})(?![\w.]|\s*(?:cm|mm|kg))")
_DECADE = re.compile(
    rf"\bin\s+(?:his|her|their)\s+(?P<part>early|mid|middle|late)?[-\s]*(?P<d>{'|'.join(_DECADES)}|\d0['’]?s)\b",
    re.IGNORECASE,
)
_DECADE_NAME = re.compile(rf"\b(?:{'|'.join(_DECADE_NAMES)})\b", re.IGNORECASE)
# "Woman over sixty", "sixty-something", "mid-60s": the decade is printed, and its middle counts.
_ROUND = r"(?:[1-9]0|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_ABOUT = re.compile(
    rf"\b(?:{_PERSON})\s*,?\s+(?:is\s+|well\s+|just\s+|aged\s+)*(?:over|past|above)\s+(?P<a>{_ROUND})\b(?!\s*(?:cm|mm|kg|%|years?\s+ago|weeks?|"
    rf"months?|days?))|\b(?P<b>{_ROUND})[-\s]?(?:something|odd|ish|plus)\b|"
    rf"(?<!\w)(?P<part>early|mid|middle|late)[-\s]+(?P<c>\d0['’]?s|{'|'.join(_DECADES)})\b",
    re.IGNORECASE,
)
# What stands before an age that is not the patient's age now.
_THEN = re.compile(
    r"(?:\bat(?:\s+the)?(?:\s+age)?(?:\s+of)?|\bwhen\s+(?:he|she|they)\s+(?:was|were)(?:\s+(?:a|an|about))?|\bsince(?:\s+(?:the\s+)?age(?:\s+of)?)?|"
    r"\buntil(?:\s+(?:the\s+)?age(?:\s+of)?)?|\bfrom(?:\s+the)?\s+age(?:\s+of)?|\bage\s+of\s+onset|\bby(?:\s+the)?(?:\s+age)?(?:\s+of)?|"
    rf"\b{_RELATIVE}\W+(?:\w+\W+){{0,2}})\s*$",
    re.IGNORECASE,
)
# "a lump since day 3 of life", "fits on day 2 of life" are of then.
_THEN_OF_LIFE = re.compile(r"\b(?:at|on|since|from|by|until|after|during)\s+(?:the\s+)?$", re.IGNORECASE)
_LASTING = re.compile(r"\b(?:for|after|over|during|past|last|within|lasting|ago)\s+$", re.IGNORECASE)
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
    yield from _about(text, spans)
    for pattern, years_in in ((_DAY_OF_LIFE, None), (_PARTS, _PART_YEARS)):
        for match in pattern.finditer(text):
            is_then = pattern is _DAY_OF_LIFE and _THEN_OF_LIFE.search(text[: match.start()])
            if is_then or not _is_patients(text, match.start(), match.end()):
                continue
            spans.append(match.span())
            years = float(match["n"]) * (1 / 365.25 if years_in is None else years_in[match["u"]])
            yield _Age(match.start(), match.end(), years, _sex_near(text, match.start(), match.end()))
    for match in _DECADE_NAME.finditer(text):
        yield _Age(match.start(), match.end(), float(_DECADE_NAMES[match.group().lower()]), None, is_certain=False)


def _about(text: str, spans: list[tuple[int, int]]) -> Iterator[_Age]:
    """Ages of which the text prints only the decade, without "in his": probable."""
    for match in _ABOUT.finditer(text):
        name = (match["a"] or match["b"] or match["c"]).lower()
        base = _DECADES[name] - 5 if name in _DECADES else float(number(name.rstrip("'’s")) or 0)
        shift = {"early": -3, "late": 3}.get((match["part"] or "").lower(), 0)
        before = text[max(0, match.start() - 8) : match.start()]
        is_dated = match["c"] is not None and re.search(
            r"\b(?:the|since)\s+$", before, re.IGNORECASE
        )  # "the early 80s"
        if not is_dated and _is_patients(text, match.start(), match.end()):
            spans.append(match.span())
            sex = _sex_near(text, match.start(), match.end())
            yield _Age(match.start(), match.end(), base + 5.0 + shift, sex, is_certain=False)


def _years_in(unit: str | None) -> float:
    letter = (unit or "y").lower()
    if letter.startswith(("mo", "mth", "m/o")):
        return 1 / 12
    if letter.startswith("w"):
        return 7 / 365.25
    return 1 / 365.25 if letter.startswith("d") else 1.0


def _is_patients(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 60) : start]
    return not _THEN.search(before) and not _LASTING.search(before) and not _RELATIVE_AFTER.match(text[end : end + 20])


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
