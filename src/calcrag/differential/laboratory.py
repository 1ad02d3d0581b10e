"""Case text → laboratory findings: values, what they mean against their ranges, and results in words ("calcium and
PTH normal").

A value is read against the range that the text prints behind it, else against the default for age and sex; the sign
that follows is present, the others of that measurement are absent. Antibodies and the like count only where the text
calls them positive or negative. Must never: read a value without a range, or a number of an antibody without one.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from calcrag.differential.findings import (
    Certainty,
    Finding,
    FindingState,
    Reading,
    Term,
    Vocabulary,
    reference_range,
)
from calcrag.differential.lab_values import LabValue, Mention, computed_values, is_other_fluid, lab_values, mentions_of
from calcrag.differential.text_tokens import Tokens

__all__ = ["Laboratory", "laboratory_of", "qualitative_state"]

_READINGS: Mapping[str, Reading] = {
    **dict.fromkeys("high raised elevated increased up ↑ hi excessive".split(), Reading.HIGH),
    **dict.fromkeys(
        "low decreased reduced suppressed undetectable down ↓ lowered depressed lo deficient unrecordable".split(),
        Reading.LOW,
    ),
    **dict.fromkeys("normal unremarkable wnl fine ok okay nad".split(), Reading.NORMAL),
}
# They say how a value reads only behind its name: "phosphate up", but not "up phosphate".
_BEHIND_ONLY = frozenset(("up", "down", "fine", "ok", "okay"))
# Tests that have no name in the vocabulary, as lists of results write them; capitals are taken for one too.
_OTHER_TESTS = frozenset(
    "muscle enzymes enzyme electrolytes electrolyte calcitonin magnesium mg cbc fbc lft lfts u&e ue ues u&es us es u e "
    "tft tfts thyroid liver function functions renal kidney tests test profile bone bloods aldolase ldh lipids "
    "lipid cholesterol complement c3 c4 immunoglobulins autoantibodies antibodies serology coagulation clotting screen iron ferritin "
    "b12 folate haemoglobin hemoglobin hb platelets haematology count counts blood full glucose sugar hba1c "
    "inflammatory markers tumour tumor bicarbonate sodium potassium chloride hormone hormones parathyroid vitamin "
    "d urinalysis urine cortisol testosterone prolactin myeloma electrophoresis bilirubin ast alt ggt amylase lactate "
    "protein total fgf23 osteocalcin crosslinks chemistry biochemistry x rays cells white red".split()
)
_NO_TESTS = frozenset("CT MRI MR US XR BP CXR PET ECG EEG USS FNA FNAC AP DEXA".split())
_JOINTS = frozenset(", / & and or with the serum plasma total intact both level levels of free".split())
_BETWEEN = frozenset(
    ": was were is are all both also level levels level value values concentration concentrations serum total the and "
    ", markedly mildly moderately slightly within again very persistently grossly borderline plasma blood found be "
    "to remained tests test each significantly repeatedly only a been has have had at in on repeat testing came back inappropriately very slightly little bit "
    "limits of repeated both three entirely completely quite just ( ) measured".split()
)
_POSITIVE = frozenset(
    "positive reactive present detected raised elevated high strongly positivity seropositive increased pos up".split()
)
_NEGATIVE = frozenset(
    "negative absent normal nonreactive undetectable unremarkable negativity neg nil none clear nothing".split()
)
_SIGNS = {
    "+": FindingState.PRESENT,
    "-": FindingState.ABSENT,
    "–": FindingState.ABSENT,
    "−": FindingState.ABSENT,
}
_TITRE = re.compile(r"1\s*[:/]\s*(\d[\d,]*)")
_LOWEST_TITRE = 80
_QUALITATIVE_VALUE = re.compile(
    r"[^.;:<>\d]{0,25}?(?P<compare>[<>]?)\s*(?P<value>\d+(?:\.\d+)?)\s*[A-Za-z/]*\s*\(\s*(?:normal|ref(?:erence)?|n|nr)?[\s:]*(?:range)?\s*(?P<sign>[<≤])\s*(?P<bound>\d+(?:\.\d+)?)"
)


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Values and readings as findings, what is set aside, problems, and the places of all names and values."""

    findings: tuple[Finding, ...]
    set_aside: tuple[Finding, ...]
    problems: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def laboratory_of(
    tokens: Tokens,
    vocabulary: Vocabulary,
    *,
    names: tuple[re.Pattern[str], dict[str, Term]],
    age_years: float | None,
    sex: str | None,
) -> Laboratory:
    """What the text says of the laboratory; `names` is `analyte_names(vocabulary)`."""
    text = tokens.text
    mentions = mentions_of(text, names)
    problems: list[str] = []
    blood: list[LabValue] = []
    aside: list[Finding] = []
    spans: list[tuple[int, int]] = []
    for value in lab_values(text, mentions, vocabulary, problems=problems, spans=spans):
        if is_other_fluid(text, value.start, value.end):
            aside.append(_measured(value, text, Certainty.OTHER_FLUID))
        else:
            blood.append(value)
    blood += computed_values(blood, vocabulary)
    findings = [_measured(value, text) for value in blood]
    readings = {value.term.id: (_reading(value, vocabulary, age_years, sex), value.start, value.end) for value in blood}
    worded: set[int] = set()
    for mention, reading, start, end, is_negated in _worded(
        tokens, [m for m in mentions if m.start not in {start for start, _ in spans}]
    ):
        worded.add(mention.start)
        if is_other_fluid(text, mention.start, mention.end):
            continue
        if is_negated:
            findings += _denied(mention, reading, start, end, text, vocabulary)
        elif mention.term.id not in readings:
            readings[mention.term.id] = (reading, start, end)
    findings += _signs({own: (r, s, e) for own, (r, s, e) in readings.items() if r is not None}, text, vocabulary)
    # A bare "calcium" of which nothing is said may be a deposit: "flecked with calcium".
    spans += [(m.start, m.end) for m in mentions if text[m.start : m.end].lower() != "calcium" or m.start in worded]
    return Laboratory(tuple(findings), tuple(aside), tuple(dict.fromkeys(problems)), tuple(spans))


def _measured(value: LabValue, text: str, certainty: Certainty = Certainty.CERTAIN) -> Finding:
    # Of "<5" only the bound is known: as a value it would meet criteria that the patient may not meet.
    known = None if value.compare and value.compare != "up to" else round(value.value, 4)
    quoted = text[value.start : value.end].rstrip(" ,;")
    place = {"text": quoted, "start": value.start, "end": value.start + len(quoted)}
    unit = value.term.units[0]
    return Finding(value.term.id, value.term.label, FindingState.MEASURED, known, unit, certainty=certainty, **place)  # type: ignore[arg-type]


def _reading(value: LabValue, vocabulary: Vocabulary, age_years: float | None, sex: str | None) -> Reading | None:
    """High, normal or low against the printed range, else the default; None where there is neither, or a bound leaves
    it open.
    """
    low, high = value.low, value.high
    if low is None and high is None:
        # A corrected calcium is read like the total that it stands for.
        own = "serum-calcium" if value.term.id == "corrected-calcium" else value.term.id
        default = reference_range(own, vocabulary, age_years=age_years, sex=sex)
        if default is None:
            return None
        low, high = default
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


def _signs(readings: Mapping[str, tuple[Reading, int, int]], text: str, vocabulary: Vocabulary) -> list[Finding]:
    """The signs that follow: the one that fits a reading is present, the others of the same measurement are absent."""
    calcium = [own for own in ("ionised-calcium", "corrected-calcium", "serum-calcium") if own in readings]
    outranked = set(calcium[1:])  # the ionised calcium outranks the corrected one, and that the total
    present: dict[str, Finding] = {}
    absent: dict[str, Finding] = {}
    for term in vocabulary.terms.values():
        for derivation in term.derived:
            if derivation.analyte not in readings or derivation.analyte in outranked:
                continue
            reading, start, end = readings[derivation.analyte]
            state, kind = (
                (present, FindingState.PRESENT) if reading is derivation.reads else (absent, FindingState.ABSENT)
            )
            quoted = text[start:end].rstrip(" ,;")
            state.setdefault(
                term.id, Finding(term.id, term.label, kind, text=quoted, start=start, end=start + len(quoted))
            )
    opposed = {other for own in present for other in vocabulary.terms[own].opposes}
    opposed |= {own for own in absent if set(vocabulary.terms[own].opposes) & present.keys()}
    # "calcium normal" says that it is not high: the absence of its opposites follows, and is not said twice.
    return [*present.values(), *(one for own, one in absent.items() if own not in present and own not in opposed)]


def _denied(
    mention: Mention, reading: Reading, start: int, end: int, text: str, vocabulary: Vocabulary
) -> list[Finding]:
    """Of "calcium was not raised": the sign of that reading is absent."""
    return [
        Finding(term.id, term.label, FindingState.ABSENT, text=text[start:end], start=start, end=end)
        for term in vocabulary.terms.values()
        if any(d.analyte == mention.term.id and d.reads is reading for d in term.derived)
    ]


# ---------------------------------------------------------------- results in words


def _worded(tokens: Tokens, mentions: Sequence[Mention]) -> Iterator[tuple[Mention, Reading, int, int, bool]]:
    """(mention, reading, start, end, whether it is denied) for "normal calcium and PTH", "calcium, phosphate and PTH
    all normal".
    """
    begins = {start: place for place, start in enumerate(tokens.starts)}
    spans = [(begins[m.start], _last(tokens, m.end), m) for m in mentions if m.start in begins]
    for chain in _chains(tokens, spans):
        found = _before(tokens, chain[0][0]) or _after(tokens, chain[-1][1])
        if found is None:
            continue
        place, reading, is_negated = found
        for first, last, mention in chain:
            start = min(tokens.starts[place], tokens.starts[first])
            end = max(tokens.ends[place], tokens.ends[last])
            yield mention, reading, start, end, is_negated


def _last(tokens: Tokens, end: int) -> int:
    """The token that a stretch of text up to `end` ends with."""
    return bisect_left(tokens.starts, end) - 1


def _chains(tokens: Tokens, spans: Sequence[tuple[int, int, Mention]]) -> Iterator[list[tuple[int, int, Mention]]]:
    """Mentions joined by nothing but commas, "and" and tests without a name here: "Ca, LFTs, PTH"."""
    chain: list[tuple[int, int, Mention]] = []
    for span in spans:
        same = bool(chain) and tokens.clause[chain[-1][1]] == tokens.clause[span[0]]
        if chain and not (same and _is_list(tokens, chain[-1][1] + 1, span[0])):
            yield chain
            chain = []
        chain.append(span)
    if chain:
        yield chain


def _is_list(tokens: Tokens, start: int, end: int) -> bool:
    """True where the tokens start … end - 1 join two results of a list."""
    lower = tokens.lower
    if all(word in _JOINTS for word in lower[start:end]):
        return True
    return lower[start] in (",", "and", "/", "&", "+") and all(_is_listed(tokens, n) for n in range(start, end))


def _is_listed(tokens: Tokens, place: int) -> bool:
    """True for a mark or word of a list of results: a joint, or a test that has no name in the vocabulary."""
    word = tokens.words[place]
    is_short = 1 < len(word) <= 6 and word.isupper() and word not in _NO_TESTS
    return tokens.lower[place] in _JOINTS or tokens.lower[place] in _OTHER_TESTS or is_short


def _before(tokens: Tokens, first: int) -> tuple[int, Reading, bool] | None:
    place = first - 1
    while place >= 0 and first - place <= 4 and tokens.clause[place] == tokens.clause[first]:
        word = tokens.lower[place]
        if word in _READINGS and word not in _BEHIND_ONLY:
            return place, _READINGS[word], tokens.lower[place - 1 : place] in (("not",), ("no",))
        if word not in _JOINTS or word in (",", "and", "or", "with"):
            return None
        place -= 1
    return None


def _after(tokens: Tokens, last: int) -> tuple[int, Reading, bool] | None:
    is_negated = is_listing = False
    for place in range(last + 1, min(last + 20, len(tokens))):
        word = tokens.lower[place]
        if tokens.sentence[place] != tokens.sentence[last] or (place >= last + 10 and not is_listing):
            return None
        if word in _READINGS:
            if tokens.lower[place + 1 : place + 3] in (("-", "normal"), ("end", "of")) or (
                tokens.lower[place + 1 : place + 2] == ("normal",)
            ):
                return place, Reading.NORMAL, is_negated  # "low-normal"
            return place, _READINGS[word], is_negated
        if word == "not":
            is_negated = True
        elif word in (",", "/", "&", "+", "and"):
            is_listing = is_listing or (place + 1 < len(tokens) and _is_listed(tokens, place + 1))
        elif word not in _BETWEEN and not (is_listing and _is_listed(tokens, place)):
            return None
    return None


def _signed(tokens: Tokens, place: int, taken: frozenset[int]) -> FindingState | None:
    """What "+", "++", "+ve", "-ve" say behind a test; None for a plus that joins two tests and for a hyphen."""
    lower = tokens.lower
    following = lower[place + 1] if place + 1 < len(tokens) else "."
    if lower[place] not in _SIGNS:
        return None
    if following == "ve":
        return _SIGNS[lower[place]]
    is_sign = lower[place] == "+" and place + 1 not in taken and (following in ",;.)+:" or following == "and")
    return FindingState.PRESENT if is_sign else None


def qualitative_state(tokens: Tokens, first: int, last: int, *, taken: frozenset[int]) -> FindingState | None:
    """Whether the antibody or test at tokens first … last is called positive (present) or negative (absent); None:
    neither.

    `taken` are the tokens of all such names, over which a list is read ("ANA, anti-dsDNA and anti-Scl-70 were
    negative").
    """
    text, lower = tokens.text, tokens.lower
    titre = _TITRE.match(text, tokens.ends[last] + 1)
    if titre:
        return FindingState.PRESENT if int(titre[1].replace(",", "") or 0) >= _LOWEST_TITRE else FindingState.ABSENT
    value = _QUALITATIVE_VALUE.match(text, tokens.ends[last])
    if value:
        is_high = float(value["value"]) > float(value["bound"]) and value["compare"] != "<"
        return FindingState.PRESENT if is_high else FindingState.ABSENT
    for place in range(first - 1, max(first - 4, -1), -1):
        if tokens.clause[place] != tokens.clause[first] or lower[place] == ",":
            break
        if lower[place] in _POSITIVE | _NEGATIVE | {"no", "without"}:
            return FindingState.PRESENT if lower[place] in _POSITIVE else FindingState.ABSENT
        if lower[place] == "ve" and place and lower[place - 1] in _SIGNS:
            return _SIGNS[lower[place - 1]]
    for place in range(last + 1, min(last + 25, len(tokens))):
        if tokens.sentence[place] != tokens.sentence[last]:
            break
        word = lower[place]
        if word in _POSITIVE or word in _NEGATIVE:
            is_denied = "not" in lower[max(last + 1, place - 2) : place]
            return FindingState.PRESENT if (word in _POSITIVE) is not is_denied else FindingState.ABSENT
        signed = _signed(tokens, place, taken)
        if signed is not None:
            return signed
        is_list = place in taken or word in (",", "and", "or", "/", "-", "+", "&", "(", ")") or word in _BETWEEN
        is_list = is_list or (lower[place - 1] != "(" and _is_listed(tokens, place))
        if (
            not is_list
            and not word.startswith("antibod")
            and word not in ("anti", "titre", "titer", "titres", "result", "not")
        ):
            break
    for place in range(first - 1, max(first - 3, -1), -1):
        if lower[place] in ("with", "had", "has", "showed", "revealed"):
            return FindingState.PRESENT
    return None
