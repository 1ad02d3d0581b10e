"""One file of kb/types/ → one CalcificationType: its names, its mechanism, its criteria and what each of them rests
on.

Made from a TOML table that is read strictly; what is wrong goes to the table's list of problems. Must never: let a
criterion pass without evidence, or take a quote of fewer than five words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from calcrag.citation import Record
from calcrag.differential.criteria import Test, read_test
from calcrag.differential.tables import Table
from calcrag.verbatim import words_of

__all__ = [
    "DOI",
    "PMID",
    "CalcificationType",
    "Criterion",
    "Evidence",
    "Frequency",
    "Mechanism",
    "Strength",
    "read_type",
]


class Strength(StrEnum):
    """How far a criterion tells its type from the others, as the words of the source put it."""

    PATHOGNOMONIC = "pathognomonic"
    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"
    AGAINST = "against"
    EXCLUDES = "excludes"

    @property
    def supports(self) -> bool:
        """True for a strength that speaks for the type."""
        return self not in (Strength.AGAINST, Strength.EXCLUDES)


class Mechanism(StrEnum):
    """How the mineral comes about; tumours and ossification are kept apart from the four classic mechanisms."""

    DYSTROPHIC = "dystrophic"
    METASTATIC = "metastatic"
    IDIOPATHIC = "idiopathic"
    IATROGENIC = "iatrogenic"
    CALCIPHYLAXIS = "calciphylaxis"
    OSSIFICATION = "ossification"
    TUMOUR = "tumour"


class Frequency(StrEnum):
    """How often a radiologist meets the type; the members stand in the order in which equal candidates are ranked."""

    COMMON = "common"
    LESS_COMMON = "less common"
    RARE = "rare"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a criterion rests on: a verbatim `quote` of a source of the corpus, or a `fact` of a work that is not
    held.

    `record` is what kb/references/ knows of the work that is not held; None for a quote.
    """

    source: str = ""
    quote: str = ""
    doi: str = ""
    pmid: str = ""
    fact: str = ""
    record: Record | None = None

    @property
    def held(self) -> bool:
        """True where the words stand in the corpus."""
        return bool(self.source)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question to the findings, how much a yes counts, why, and on what evidence.

    Of the criteria of a type that share a `group`, only the strongest that is met counts. `label` is the test in
    words.
    """

    id: str
    test: Test
    strength: Strength
    because: str
    evidence: tuple[Evidence, ...]
    group: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class CalcificationType:
    """A type of soft-tissue calcification or ossification. `synonyms` are names that mean the same, nothing
    broader.
    """

    id: str
    name: str
    synonyms: tuple[str, ...]
    icd10cm: tuple[str, ...]
    mechanism: Mechanism
    must_not_miss: bool
    frequency: Frequency
    summary: str
    criteria: tuple[Criterion, ...]
    parent: str = ""


DOI = re.compile(r"10\.\d{4,9}/[-._;()/:<>A-Za-z0-9\[\]+#]*[A-Za-z0-9)>]")
PMID = re.compile(r"[1-9]\d{0,7}")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ICD10CM = re.compile(r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?")
_FEWEST_WORDS = 5

_TYPE_KEYS = (
    "id", "name", "synonyms", "icd10cm", "mechanism", "must_not_miss", "frequency", "summary", "parent", "criterion",
)  # fmt: skip
_CRITERION_KEYS = ("id", "when", "strength", "because", "evidence", "group")
_EVIDENCE_FORMS = (("source", "quote"), ("doi", "fact"), ("pmid", "fact"), ("doi", "pmid", "fact"))


def read_type(table: Table, *, stem: str, records: Mapping[str, Record]) -> CalcificationType | None:
    """The type that a file describes; `stem` is the file's name without its end, `records` the references by DOI
    and PMID.

    None where a field that the rest cannot do without is wrong; every problem is reported all the same.
    """
    table.only(_TYPE_KEYS)
    identity = table.text("id")
    if identity and identity != stem:
        table.report(f"id = {identity!r} is not the name of the file; write id = {stem!r} or rename the file")
    if identity and not _ID.fullmatch(identity):
        table.report(f"id = {identity!r} must be words of small letters and digits, joined by hyphens")
    name, summary = table.text("name"), table.text("summary")
    synonyms = table.texts("synonyms", optional=True)
    codes = table.texts("icd10cm")
    for code in codes:
        if not _ICD10CM.fullmatch(code):
            table.report(f"icd10cm {code!r} is no ICD-10-CM code; they look like 'M10.9' or 'E83.59'")
    mechanism, frequency = table.choice("mechanism", Mechanism), table.choice("frequency", Frequency)
    must_not_miss = table.flag("must_not_miss")
    criteria = [_criterion(entry, records) for entry in table.tables("criterion")]
    if not criteria:
        table.report("no [[criterion]]: a type needs at least one supporting criterion of moderate strength or more")
    for repeated in sorted({c.id for c in criteria if c and [d.id for d in criteria if d].count(c.id) > 1}):
        table.report(f"two criteria have the id {repeated!r}")
    parent = table.text("parent", optional=True)
    if not identity or mechanism is None or frequency is None:
        return None
    whole = tuple(criterion for criterion in criteria if criterion is not None)
    kind = (mechanism, must_not_miss, frequency)
    return CalcificationType(identity, name, synonyms, codes, *kind, summary, whole, parent)


def _criterion(table: Table, records: Mapping[str, Record]) -> Criterion | None:
    table.only(_CRITERION_KEYS)
    identity, because = table.text("id"), table.text("because")
    strength = table.choice("strength", Strength)
    group = table.text("group", optional=True)
    evidence = _all_evidence(table, records)
    if "when" not in table.content:
        table.report("when is missing; write when = { present = 'finding-id' } or another test")
        return None
    test = read_test(table.content["when"], f"{table.where}: when", table.problems)
    if test is None or strength is None or not identity:
        return None
    return Criterion(identity, test, strength, because, evidence, group)


def _all_evidence(table: Table, records: Mapping[str, Record]) -> tuple[Evidence, ...]:
    entries = list(table.tables("evidence"))
    if table.content.get("evidence", []) == []:
        table.report(
            "no evidence; write evidence = [{ source = 'key', quote = '…' }] or [{ doi = '10.…', fact = '…' }]"
        )
    read = tuple(_evidence(entry, records) for entry in entries)
    for number, one in enumerate(read):
        if one in read[:number]:
            table.report(f"evidence {number + 1} repeats an earlier one")
    return read


def _evidence(table: Table, records: Mapping[str, Record]) -> Evidence:
    keys = tuple(key for key in ("source", "quote", "doi", "pmid", "fact") if key in table.content)
    table.only(("source", "quote", "doi", "pmid", "fact"))
    if keys not in _EVIDENCE_FORMS:
        table.report(
            f"evidence with {', '.join(keys) or 'nothing'}; "
            "write source and quote (held), or doi or pmid with fact (not held)"
        )
        return Evidence()
    values = {key: table.text(key) for key in keys}
    for key in ("quote", "fact"):
        words = len(words_of(values.get(key, "")))
        if 0 < words < _FEWEST_WORDS:
            table.report(f"{key} of {words} words, fewer than {_FEWEST_WORDS}: {values[key]!r}")
    for key, form, example in (("doi", DOI, "10.4103/0975-2870.118281"), ("pmid", PMID, "12345678")):
        value = values.get(key, "")
        if value and not form.fullmatch(value):
            table.report(f"{key} {value!r} is not well-formed; it looks like {example!r}, without an address before it")
        elif value and value.lower() not in records:
            table.report(f"{key} {value!r} is in no file of references/; add a [[reference]] with what the work prints")
    of_doi, of_pmid = (records.get(values.get(key, "").lower()) for key in ("doi", "pmid"))
    if of_doi and of_pmid and of_doi != of_pmid:
        table.report(f"doi {values['doi']!r} and pmid {values['pmid']!r} are two works in references/")
    return Evidence(**values, record=of_doi or of_pmid)
