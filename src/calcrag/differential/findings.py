"""kb/findings/ → Vocabulary: the findings that a case can have, how texts name them, and how values are read; and
Finding itself.

Every .toml file of the folder is read (so that others may add findings of their own in a file of their own); an id
that stands in two of them, or a field that is wrong, is refused with its place. Values are kept in one unit a
measurement, the first of its `units`. Must never: hold a finding that no file defines, or turn a value into another
unit by guessing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from calcrag.differential.tables import Table, read_tables, suggestion
from calcrag.errors import DataError, UnknownName

__all__ = [
    "Certainty",
    "Derivation",
    "Describes",
    "Finding",
    "FindingState",
    "Group",
    "Reading",
    "ReferenceRange",
    "Term",
    "TermKind",
    "Vocabulary",
    "load_vocabulary",
    "reference_range",
]

_FOLDER = Path(__file__).parent / "kb" / "findings"


class Group(StrEnum):
    """What kind of thing a finding is."""

    DEMOGRAPHICS = "demographics"
    HISTORY = "history"
    EXAMINATION = "examination"
    LABORATORY = "laboratory"
    COMPARTMENT = "compartment"
    SITE = "site"
    DISTRIBUTION = "distribution"
    MORPHOLOGY = "morphology"
    MATRIX = "matrix"
    BONE = "bone"
    COURSE = "course"
    MODALITY = "modality"
    PATHOLOGY = "pathology"


class TermKind(StrEnum):
    """A sign is present or absent; a measurement has a value."""

    SIGN = "sign"
    MEASUREMENT = "measurement"


class Describes(StrEnum):
    """What a describing finding (morphology, matrix, distribution) is said of: its words count only near that."""

    LESION = "lesion"  # "lobulated" beside any lesion
    MINERAL = "mineral"  # "linear" beside calcification or bone
    ITSELF = "itself"  # "phleboliths" name the lesion themselves


class Reading(StrEnum):
    """Where a value lies against its range."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class FindingState(StrEnum):
    """What a case says of a finding; one that it does not mention is not assessed and no Finding at all."""

    PRESENT = "present"
    ABSENT = "absent"
    MEASURED = "measured"


class Certainty(StrEnum):
    """How a text says it. Only what is certain or probable is a fact of the case; the rest is set aside, and shown."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"  # "?sarcoma", "could not be excluded"
    REFUTED = "refuted"  # "initially thought to be …"
    PAST = "past"  # "calcium had been normal two years ago"
    OTHER_PERSON = "other person"  # "mother has scleroderma"
    OTHER_FLUID = "other fluid"  # "dialysate calcium 1.5 mmol/L"
    CONTRADICTED = "contradicted"  # said to be absent in one place and present in another


@dataclass(frozen=True, slots=True)
class Derivation:
    """A sign that follows from the reading of a measurement."""

    analyte: str
    reads: Reading


@dataclass(frozen=True, slots=True, eq=False)  # one object a term: compared and hashed as that
class Term:
    """One finding of the vocabulary.

    `units` is the one unit in which values are kept (none for a sign); `factors` turns a value in any accepted unit
    into it. `synonyms` and `absent` are phrases (see `phrases`) that say that the finding is present, or absent.
    `qualitative` terms are antibodies and the like, present only where the text calls them positive. An `event` has a
    time from which what it set off is counted (an injury, an operation); other history lasts.
    """

    id: str
    group: Group
    label: str
    definition: str = ""
    kind: TermKind = TermKind.SIGN
    implies: tuple[str, ...] = ()
    opposes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    factors: Mapping[str, float] = field(default_factory=dict)
    plausible: tuple[float, float] | None = None
    derived: tuple[Derivation, ...] = ()
    synonyms: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    qualitative: bool = False
    event: bool = False
    describes: Describes = Describes.LESION


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """A default range in `unit` for ages from (included) to (not included), both in years; a bound that is None is
    open.
    """

    analyte: str
    unit: str
    low: float | None
    high: float | None
    from_years: float
    to_years: float | None
    sex: str
    source: str
    url: str


@dataclass(
    frozen=True, slots=True, eq=False
)  # compared and hashed as the object that it is: what is made from it can be kept
class Vocabulary:
    """All terms by id (ordered by file, then place), the word classes that phrases name, phrases to ignore, default
    ranges.
    """

    terms: Mapping[str, Term] = field(repr=False)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    ignored: tuple[str, ...] = field(default=(), repr=False)
    ranges: tuple[ReferenceRange, ...] = field(default=(), repr=False)

    def term(self, finding: str) -> Term:
        """The term with this id; UnknownName where there is none."""
        try:
            return self.terms[finding]
        except KeyError:
            raise UnknownName(
                f"no finding {finding!r} in the vocabulary{suggestion(finding, self.terms)}",
                remedy="use the ids of kb/findings, or leave it out",
            ) from None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a case says of one finding: `text` is the words, case[start:end]; `value` is in `unit`, the term's own.

    `value` is None for a sign and for a value of which only a bound is printed ("<5"). `time` is in days: how long
    before now, or how long after the event that the text names. `start` and `end` are 0 where no text stands behind
    it.
    """

    id: str
    label: str
    state: FindingState
    value: float | None = None
    unit: str | None = None
    text: str = ""
    start: int = 0
    end: int = 0
    time: float | None = None
    certainty: Certainty = Certainty.CERTAIN


# ---------------------------------------------------------------- reading the files


def load_vocabulary(folder: Path | None = None) -> Vocabulary:
    """The vocabulary of a folder of TOML files (default: the one of the package); DataError names every problem's
    place.
    """
    folder = _FOLDER if folder is None else folder
    problems: list[str] = []
    terms: dict[str, Term] = {}
    words: dict[str, tuple[str, ...]] = {}
    ignored: list[str] = []
    ranges: list[ReferenceRange] = []
    for _, table in read_tables(folder, "*.toml", problems):
        table.only(("finding", "words", "ignore", "range"))
        for entry in table.tables("finding"):
            term = _term(entry)
            if term.id in terms:
                entry.report("this id stands in another place too; give it another id, or leave it out")
            terms[term.id] = term
        for entry in table.tables("words", name="name"):
            entry.only(("name", "forms"))
            words[entry.text("name")] = entry.texts("forms")
        for entry in table.tables("ignore"):
            entry.only(("phrases",))
            ignored.extend(entry.texts("phrases"))
        ranges.extend(_range(entry) for entry in table.tables("range", name="analyte"))
    if not terms and not problems:
        problems.append(f"{folder.name}/: no finding in it; put files with [[finding]] there")
    problems.extend(_unfitting(terms, ranges))
    problems.extend(_unreadable_phrases(terms, words))
    if problems:
        raise DataError("the vocabulary of findings does not load: " + "; ".join(problems), where=str(folder))
    return Vocabulary(MappingProxyType(terms), MappingProxyType(words), tuple(ignored), tuple(ranges))


_KEYS = (
    "id", "group", "label", "definition", "kind", "analyte", "units", "factors", "plausible", "derived", "synonyms",
    "absent", "implies", "opposes", "codes", "qualitative", "event", "describes",
)  # fmt: skip


def _term(entry: Table) -> Term:
    entry.only(_KEYS)
    own = entry.text("id")
    if own and not all(c.islower() or c.isdigit() or c == "-" for c in own):
        entry.report("an id has small letters, digits and hyphens only")
    group = entry.choice("group", Group) or Group.HISTORY
    kind = TermKind.SIGN if "kind" not in entry.content else entry.choice("kind", TermKind) or TermKind.SIGN
    units = entry.texts("units", optional=kind is TermKind.SIGN)
    factors = _numbers(entry, "factors") or (1.0,) * len(units)
    if len(factors) != len(units) or (factors and factors[0] != 1.0):
        entry.report("factors must be as many as units, the first of them 1")
        factors = (1.0,) * len(units)
    bounds = _numbers(entry, "plausible")
    if bounds and (len(bounds) != 2 or bounds[0] >= bounds[1]):
        entry.report("plausible must be two numbers, the lower first")
        bounds = ()
    codes = entry.content.get("codes", {})
    if not isinstance(codes, dict) or not all(isinstance(code, str) and code for code in codes.values()):
        entry.report("codes must be a table of texts")
        codes = {}
    return Term(
        id=own,
        group=group,
        label=entry.text("label"),
        definition=entry.text("definition", optional=True),
        kind=kind,
        implies=entry.texts("implies", optional=True),
        opposes=entry.texts("opposes", optional=True),
        units=units[:1],
        factors=MappingProxyType(dict(zip(units, factors, strict=True))),
        plausible=(bounds[0], bounds[1]) if bounds else None,
        derived=_derivations(entry),
        synonyms=entry.texts("synonyms", optional=True),
        absent=entry.texts("absent", optional=True),
        codes=MappingProxyType(codes),
        qualitative=entry.flag("qualitative") if "qualitative" in entry.content else False,
        event=entry.flag("event") if "event" in entry.content else False,
        describes=(entry.choice("describes", Describes) if "describes" in entry.content else None) or Describes.LESION,
    )


def _numbers(entry: Table, key: str) -> tuple[float, ...]:
    value = entry.content.get(key, [])
    if not isinstance(value, list) or not all(
        isinstance(item, int | float) and not isinstance(item, bool) for item in value
    ):
        entry.report(f"{key} must be a list of numbers, not {value!r}")
        return ()
    return tuple(float(item) for item in value)


def _derivations(entry: Table) -> tuple[Derivation, ...]:
    """One table or a list of them: { analyte = "…", reads = "high" }."""
    value = entry.content.get("derived", [])
    listed = [value] if isinstance(value, dict) else value
    found: list[Derivation] = []
    for one in Table({"derived": listed}, entry.where, entry.problems).tables("derived", name="analyte"):
        one.only(("analyte", "reads"))
        analyte, reads = one.text("analyte"), one.choice("reads", Reading)
        if analyte and reads:
            found.append(Derivation(analyte, reads))
    return tuple(found)


def _range(entry: Table) -> ReferenceRange:
    entry.only(("analyte", "unit", "low", "high", "from_years", "to_years", "sex", "source", "url"))
    bounds: dict[str, float | None] = {}
    for key in ("low", "high", "from_years", "to_years"):
        value = entry.content.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            entry.report(f"{key} must be a number, not {value!r}")
            value = None
        bounds[key] = None if value is None else float(value)
    if bounds["low"] is None and bounds["high"] is None:
        entry.report("a range needs low, high or both")
    return ReferenceRange(
        analyte=entry.text("analyte"),
        unit=entry.text("unit"),
        low=bounds["low"],
        high=bounds["high"],
        from_years=bounds["from_years"] or 0.0,
        to_years=bounds["to_years"],
        sex=entry.text("sex", optional=True),
        source=entry.text("source"),
        url=entry.text("url"),
    )


def _unfitting(terms: Mapping[str, Term], ranges: Iterable[ReferenceRange]) -> Iterable[str]:
    """What a term or a range names that is not there, or not of the right kind."""
    for term in terms.values():
        for key, others in (("implies", term.implies), ("opposes", term.opposes)):
            for other in others:
                if other not in terms:
                    yield f"finding {term.id!r}: {key} {other!r}, which is no finding{suggestion(other, terms)}"
        for derivation in term.derived:
            if derivation.analyte not in terms or terms[derivation.analyte].kind is not TermKind.MEASUREMENT:
                yield f"finding {term.id!r}: derived from {derivation.analyte!r}, which is no measurement"
    for one in ranges:
        if one.analyte not in terms:
            yield f"range {one.analyte!r}: no such measurement{suggestion(one.analyte, terms)}"
        elif one.unit not in terms[one.analyte].factors:
            yield f"range {one.analyte!r}: {one.unit!r} is none of its units"


_CLASS = re.compile(r"<(\w+)>")
_JOINT = re.compile(r"\s(?:\.\.|&)(?=\s|$)|^(?:\.\.|&)")


def _unreadable_phrases(terms: Mapping[str, Term], words: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """Phrases that name a class of words that is not there, have nothing on one side of ".." or "&", or no letter."""
    for term in terms.values():
        for phrase in (*term.synonyms, *term.absent):
            for name in _CLASS.findall(phrase):
                if name not in words:
                    yield f"finding {term.id!r}: phrase {phrase!r}: no class of words <{name}>{suggestion(name, words)}"
            if not all(any(c.isalnum() for c in part) for part in _JOINT.split(phrase)):
                yield f"finding {term.id!r}: phrase {phrase!r}: nothing to look for on one side"
            if phrase.count("(") != phrase.count(")") or not any(c.isalpha() for c in phrase):
                # Marks fall away: "18)" would be found in "a mass of 18 cm".
                yield f"finding {term.id!r}: phrase {phrase!r}: half of a bracket, or no letter in it; write it whole"


def reference_range(
    analyte: str, vocabulary: Vocabulary, *, age_years: float | None, sex: str | None
) -> tuple[float | None, float | None] | None:
    """(low, high) in the term's own unit for this age and sex; the adult range where the age is unknown; None: no
    default.
    """
    age = 40.0 if age_years is None else age_years
    fitting = [
        one
        for one in vocabulary.ranges
        if one.analyte == analyte and one.from_years <= age and (one.to_years is None or age < one.to_years)
    ]
    same_sex = [one for one in fitting if one.sex in ("", sex)]
    chosen = same_sex or fitting
    if not chosen:
        return None
    factor = vocabulary.terms[analyte].factors[chosen[0].unit]
    # Where the sex is unknown the ranges of both are joined: outside of it a value is abnormal for either.
    lows = [one.low for one in chosen if one.low is not None]
    highs = [one.high for one in chosen if one.high is not None]
    return (min(lows) * factor if lows else None, max(highs) * factor if highs else None)
