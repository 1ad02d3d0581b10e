"""Findings ↔ JSON: what `classify --json` prints and what `classify --findings FILE` takes, so that a person can
correct a reading.

Must never: accept a finding that the vocabulary does not have, or drop an entry without naming it.
"""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from calcrag.differential.findings import Certainty, Finding, FindingState, Term, TermKind, Vocabulary
from calcrag.differential.tables import suggestion
from calcrag.errors import DataError

__all__ = ["finding_to_json", "findings_from_json", "findings_to_json"]

_FIELDS = ("id", "label", "state", "value", "unit", "text", "start", "end", "time", "certainty")
_LARGEST = 10**15


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """The object of `classify --json`: every field, the closed lists as text."""
    return {
        "id": finding.id,
        "label": finding.label,
        "state": str(finding.state),
        "value": None if finding.value is None else round(finding.value, 6),
        "unit": finding.unit,
        "text": finding.text,
        "start": finding.start,
        "end": finding.end,
        "time": None if finding.time is None else round(finding.time, 3),
        "certainty": str(finding.certainty),
    }


def findings_to_json(findings: Iterable[Finding]) -> dict[str, Any]:
    """{"findings": […]}: what `classify --findings FILE` takes."""
    return {"findings": [finding_to_json(finding) for finding in findings]}


def findings_from_json(data: object, *, vocabulary: Vocabulary) -> tuple[Finding, ...]:
    """The findings of {"findings": […]} (or of the bare list); only `id` and `state` are needed.

    DataError names every entry that is wrong: an id that the vocabulary does not have, an impossible value, an
    unknown unit.
    """
    listed = data.get("findings") if isinstance(data, dict) else data
    if not isinstance(listed, list):
        raise DataError("no list of findings", remedy='write {"findings": [{"id": "…", "state": "present"}]}')
    problems: list[str] = []
    found: list[Finding] = []
    for number, raw in enumerate(listed, 1):
        entry = raw if isinstance(raw, dict) else {}
        where = f"finding {number}" + (f" ({entry['id']})" if isinstance(entry.get("id"), str) else "")
        try:
            found.append(_from_json(entry, vocabulary))
        except ValueError as error:
            problems.append(f"{where}: {error}")
    if problems:
        raise DataError(
            f"{len(problems)} of {len(listed)} findings cannot be used: {'; '.join(problems)}",
            remedy="mend these entries, or leave them out",
        )
    return tuple(found)


def _from_json(entry: Mapping[str, Any], vocabulary: Vocabulary) -> Finding:
    """One finding; ValueError says what is wrong with it."""
    own = entry.get("id")
    if not isinstance(own, str) or own not in vocabulary.terms:
        near = suggestion(own, vocabulary.terms) if isinstance(own, str) else ""
        raise ValueError(f"{own!r} is no finding of the vocabulary{near}")
    for key in entry:
        if key not in _FIELDS:  # "staet": "absent" would otherwise make an absent finding a present one
            raise ValueError(f"a finding has no {key!r}{suggestion(key, _FIELDS)}")
    term = vocabulary.terms[own]
    state = FindingState(entry.get("state", "present"))
    if (state is FindingState.MEASURED) != (term.kind is TermKind.MEASUREMENT):
        raise ValueError(f"a {term.kind} cannot be {state}")
    value, unit = _json_value(entry, term)
    numbers: dict[str, Any] = {key: entry.get(key) for key in ("start", "end", "time")}
    for key, number in numbers.items():
        if number is not None and (not _is_number(number) or number < 0):
            raise ValueError(f"{key} must be a number not below 0, not {number!r}")
    text = entry.get("text", "")
    if not isinstance(text, str):
        raise ValueError(f"text must be a text, not {text!r}")
    return Finding(
        id=own,
        label=term.label,
        state=state,
        value=value,
        unit=unit,
        text=text,
        start=int(numbers["start"] or 0),
        end=int(numbers["end"] or 0),
        time=None if numbers["time"] is None else float(numbers["time"]),
        certainty=Certainty(entry.get("certainty", "certain")),
    )


def _json_value(entry: Mapping[str, Any], term: Term) -> tuple[float | None, str | None]:
    """The value in the term's own unit; ValueError where it is no number, of an unknown unit, or impossible."""
    value, unit = entry.get("value"), entry.get("unit")
    if term.kind is TermKind.SIGN:
        if value is not None:
            raise ValueError("a sign has no value")
        return None, None
    if value is None:
        return None, term.units[0]
    if not _is_number(value):
        raise ValueError(f"value must be a number, not {value!r}")
    unit = term.units[0] if unit is None else unit
    if not isinstance(unit, str) or unit not in term.factors:
        raise ValueError(f"unit {unit!r} is unknown here; one of {', '.join(term.factors)}")
    converted = float(value) * term.factors[unit]
    if term.plausible and not term.plausible[0] <= converted <= term.plausible[1]:
        raise ValueError(f"{value:g} {unit} is impossible")
    return converted, term.units[0]


def _is_number(value: object) -> bool:
    """True for a number that can be reckoned with; JSON as Python reads it has others, and any number of digits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isfinite(value) if isinstance(value, float) else abs(value) < _LARGEST
