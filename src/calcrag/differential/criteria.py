"""The closed language in which a criterion asks about findings: its eight forms, their reading from TOML, their
wording.

Made from the `when` of a criterion. A test is a value: it is read here, evaluated in `classify`, and worded for
people by `wording`. Must never: grow a form that runs code, or look at anything but findings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = [
    "Absent",
    "Age",
    "AllOf",
    "AnyOf",
    "Measured",
    "NoneOf",
    "Present",
    "Test",
    "Time",
    "canonical",
    "findings_of",
    "negated",
    "parts_of",
    "read_test",
    "wording",
]


@dataclass(frozen=True, slots=True, order=True)
class Present:
    """Yes where the finding is present."""

    finding: str


@dataclass(frozen=True, slots=True, order=True)
class Absent:
    """Yes where the finding is absent: said or implied to be so, never merely unmentioned."""

    finding: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Yes where one test is; no only where all are no."""

    tests: "tuple[Test, ...]"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Yes where all tests are; no where one is no."""

    tests: "tuple[Test, ...]"


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The contrary of AnyOf: yes only where all tests are no."""

    tests: "tuple[Test, ...]"


@dataclass(frozen=True, slots=True)
class Age:
    """Yes where the age in years lies between the bounds, both inclusive; a bound that is None does not bound."""

    from_years: float | None = None
    to_years: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Yes where the measured value lies above and below the bounds, both exclusive, in `unit`."""

    finding: str
    above: float | None = None
    below: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Time:
    """Yes where the finding is present and lies between the bounds in days back, both inclusive; no where it is
    absent.
    """

    finding: str
    from_days: float | None = None
    to_days: float | None = None


Test = Present | Absent | AnyOf | AllOf | NoneOf | Age | Measured | Time

_FORMS: Mapping[str, frozenset[str]] = {
    "present": frozenset({"present"}),
    "absent": frozenset({"absent"}),
    "any": frozenset({"any"}),
    "all": frozenset({"all"}),
    "none": frozenset({"none"}),
    "age": frozenset({"age"}),
    "measured": frozenset({"measured", "above", "below", "unit"}),
    "time": frozenset({"time", "from_days", "to_days"}),
}
_AGE_BOUNDS = frozenset({"from", "to"})


# ---------------------------------------------------------------- TOML → test


def read_test(raw: object, where: str, problems: list[str]) -> Test | None:
    """The test that a `when` writes down; what is wrong with it goes to `problems`, each with the path below
    `where`.
    """
    if isinstance(raw, str):
        return Present(raw)
    if not isinstance(raw, dict):
        problems.append(f"{where}: a test is a table such as {{ present = 'finding-id' }} or a finding id, not {raw!r}")
        return None
    form = next((f for f in _FORMS if f in raw), None)
    if form is None:
        given = ", ".join(sorted(raw)) or "nothing"
        problems.append(f"{where}: no test: it has {given}; write one of {', '.join(_FORMS)}")
        return None
    unknown = sorted(set(raw) - _FORMS[form])
    if unknown:
        problems.append(
            f"{where}: {unknown[0]!r} does not belong to a test {form!r}; put several tests under any, all or none"
        )
        return None
    value = raw[form]
    match form:
        case "any" | "all" | "none":
            return _several(form, value, f"{where}.{form}", problems)
        case "age":
            return _age(value, f"{where}.age", problems)
    if not isinstance(value, str) or not value:
        problems.append(f"{where}.{form}: a finding id is wanted, not {value!r}")
        return None
    match form:
        case "present":
            return Present(value)
        case "absent":
            return Absent(value)
        case "measured":
            return _measured(value, raw, where, problems)
        case _:
            bounds = _bounds(raw, "from_days", "to_days", where, problems)
            return None if bounds is None else Time(value, *bounds)


def _several(form: str, value: object, where: str, problems: list[str]) -> Test | None:
    if not isinstance(value, list) or not value:
        problems.append(f"{where}: a list of tests or finding ids is wanted, not {value!r}")
        return None
    tests = [read_test(raw, f"{where}[{number}]", problems) for number, raw in enumerate(value, 1)]
    read = tuple(test for test in tests if test is not None)
    if len(read) < len(tests):
        return None
    return AnyOf(read) if form == "any" else AllOf(read) if form == "all" else NoneOf(read)


def _age(value: object, where: str, problems: list[str]) -> Test | None:
    if not isinstance(value, dict) or set(value) - _AGE_BOUNDS:
        problems.append(f"{where}: write {{ from = YEARS, to = YEARS }} (either may be left out), not {value!r}")
        return None
    bounds = _bounds(value, "from", "to", where, problems)
    return None if bounds is None else Age(*bounds)


def _measured(finding: str, raw: "dict[str, object]", where: str, problems: list[str]) -> Test | None:
    bounds = _bounds(raw, "above", "below", where, problems)
    unit = raw.get("unit")
    if not isinstance(unit, str) or not unit:
        problems.append(f"{where}: a measured test needs unit = '…', one of the units of the finding")
        return None
    return None if bounds is None else Measured(finding, *bounds, unit)


def _bounds(
    raw: "dict[str, object]", low: str, high: str, where: str, problems: list[str]
) -> tuple[float | None, float | None] | None:
    """Both bounds as numbers; None, with a problem, where there is none, one is no number, or they enclose nothing."""
    values: list[float | None] = []
    for name in (low, high):
        value = raw.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value != value):
            problems.append(f"{where}: {name} must be a number, not {value!r}")
            return None
        values.append(None if value is None else float(value))
    first, last = values
    if first is None and last is None:
        problems.append(f"{where}: at least one of {low} and {high} is wanted")
        return None
    if first is not None and last is not None and first > last:
        problems.append(f"{where}: {low} = {first:g} lies above {high} = {last:g}")
        return None
    return first, last


# ---------------------------------------------------------------- test → what is in it


def parts_of(test: Test) -> Iterator[Test]:
    """The test itself and every test within it, outermost first."""
    yield test
    if isinstance(test, AnyOf | AllOf | NoneOf):
        for inner in test.tests:
            yield from parts_of(inner)


def findings_of(test: Test) -> tuple[str, ...]:
    """The ids of the findings that a test looks at, in its order, each once; an age test looks at `age`."""
    found: dict[str, None] = {}
    for part in parts_of(test):
        match part:
            case Present(finding) | Absent(finding) | Measured(finding) | Time(finding):
                found[finding] = None
            case Age():
                found["age"] = None
            case AnyOf() | AllOf() | NoneOf():  # pragma: no branch
                pass
    return tuple(found)


def canonical(test: Test) -> Test:
    """The test in the form that all tests of the same meaning share, as far as order, doubling and nesting go."""
    match test:
        case AnyOf(tests) | AllOf(tests) | NoneOf(tests):
            kind = type(test)
            same = AllOf if kind is AllOf else AnyOf
            inner = map(canonical, tests)
            flat = [part for test in inner for part in (test.tests if isinstance(test, same) else (test,))]
            unique = tuple(sorted(set(flat), key=repr))
            if len(unique) == 1:
                return negated(unique[0]) if kind is NoneOf else unique[0]
            return kind(unique)
        case Present() | Absent() | Age() | Measured() | Time():  # pragma: no branch
            return test


def negated(test: Test) -> Test:
    """The test that is yes where this canonical one is no, and the other way round."""
    match test:
        case Present(finding):
            return Absent(finding)
        case Absent(finding):
            return Present(finding)
        case AnyOf(tests):
            return NoneOf(tests)
        case NoneOf(tests):
            return AnyOf(tests) if len(tests) > 1 else tests[0]
        case _:
            return NoneOf((test,))


# ---------------------------------------------------------------- test → words


def wording(test: Test, labels: Mapping[str, str]) -> str:
    """The test in words, with the labels of the findings; an id without a label stands for itself."""
    match test:
        case Present(finding):
            return labels.get(finding, finding)
        case Absent(finding):
            return f"no {labels.get(finding, finding)}"
        case AnyOf(tests):
            return " or ".join(_within(inner, labels) for inner in tests)
        case AllOf(tests):
            return " and ".join(_within(inner, labels) for inner in tests)
        case NoneOf(tests):
            return ("neither " if len(tests) > 1 else "not ") + " nor ".join(_within(inner, labels) for inner in tests)
        case Age(first, last):
            return f"age {_span(first, last)} years"
        case Measured(finding, above, below, unit):
            bounds = [f"{word} {value:g}" for word, value in (("above", above), ("below", below)) if value is not None]
            return f"{labels.get(finding, finding)} {' and '.join(bounds)} {unit}"
        case Time(finding, first, last):  # pragma: no branch
            return f"{labels.get(finding, finding)} {_span(first, last)} days before"


def _within(test: Test, labels: Mapping[str, str]) -> str:
    words = wording(test, labels)
    return f"({words})" if isinstance(test, AnyOf | AllOf | NoneOf) else words


def _span(first: float | None, last: float | None) -> str:
    if first is None:
        return f"up to {last:g}"
    return f"{first:g} to {last:g}" if last is not None else f"from {first:g}"
