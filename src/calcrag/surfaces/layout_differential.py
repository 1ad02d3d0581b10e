"""Differentials → lines for a reader: what was read in a case and from which words, what speaks for and against.

Made from the values of the differential wing and of `consult`. What the criteria rest on is numbered and stands once,
at the end. Must never: leave out what was set aside, contradicted or not usable, or show a criterion without what it
rests on.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from calcrag.case_context import (
    DISAGREEMENTS,
    Placement,
    conflicts_of,
    disagreements_touching,
    facts_of,
    placements_of,
    set_aside_of,
)
from calcrag.differential.calcification import Criterion, Evidence, Strength
from calcrag.differential.classify import POINTS, Candidate, Differential, Status, Why
from calcrag.differential.findings import Certainty, Finding, FindingState, Group
from calcrag.differential.scoring import Judged, Met
from calcrag.surfaces.layout_answers import disagreement_lines, passage_place
from calcrag.surfaces.layout_types import distinction_lines, rests_on
from calcrag.surfaces.typesetting import Page, one_line, wrapped

if TYPE_CHECKING:
    from calcrag.consult import Bearing, Case, Consultation
    from calcrag.differential.knowledge import Knowledge
    from calcrag.differential.whatif import WhatIf

__all__ = ["DETAILED", "beside_answer_lines", "case_lines"]

DETAILED = 3  # candidates with all their criteria, unless more are asked for
RANKED = 10  # candidates in the overview
LANE = POINTS[Strength.MODERATE]  # points from which an entry of the lane is told with what would settle it
SETTLING = 2  # criteria named for each of these, those first that
BRIEF = 100  # can be read in so many characters
APART = 5  # candidates named that a finding tells apart
COMPACT = 5  # candidates beside an answer
COMPACT_REASONS = 2  # criteria for each of them
COMPACT_NEXT = 3
COMPACT_CRITERIA = 6  # on each side of a distinction beside an answer
SNIPPET = 240  # characters of a passage beside an answer
LABEL = 36  # width of the column of findings


class _Notes:
    """How the findings of a case are named, and the numbers under which evidence is listed: each thing once, in the
    order in which it is first named.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.listed: dict[Evidence, int] = {}
        self.labels = {
            one.id: f"no {one.label}" if one.state is FindingState.ABSENT else _said(one) for one in findings
        }

    def label(self, finding: str) -> str:
        """A finding of the case in words."""
        return self.labels.get(finding, finding)

    def of(self, asked: Criterion) -> str:
        """The numbers of what a criterion rests on, as they stand behind it: "[1][4]"."""
        return "".join(f"[{self.listed.setdefault(one, len(self.listed) + 1)}]" for one in asked.evidence)


# ---------------------------------------------------------------- a case


def case_lines(
    case: "Case",
    knowledge: "Knowledge",
    page: Page,
    *,
    detailed: int = DETAILED,
    what_if: "Sequence[WhatIf] | None" = None,
) -> list[str]:
    """All on a case: what was read in it, the ranking with its reasons, what must not be missed, what to ask next."""
    found = case.differential
    notes = _Notes(found.findings)
    disagreements = disagreements_touching(found)
    lines = [
        *_read(case, knowledge, page),
        *_ranking(found, page, notes, detailed=detailed),
        *_lane(found, page, notes),
        *_next(found, knowledge, page, notes),
        *_placed(placements_of(found, knowledge), case, knowledge, page),
        *([] if what_if is None else _changes(what_if, found, page)),
        *disagreement_lines(disagreements[:DISAGREEMENTS], page, brief=True),
    ]
    if (more := len(disagreements) - DISAGREEMENTS) > 0:
        lines += ["", f"  and {more} more on the leading candidates: calcrag disagreements NAME"]
    if notes.listed:
        lines += ["", page.bold("What it rests on")]
    for one, number in notes.listed.items():
        lines += wrapped(page, rests_on(one), first=f"{f'[{number}]':>6} ", indent=" " * 7)
    return [*lines, "", *map(page.dim, wrapped(page, f"Knowledge base {found.version} ({found.digest})."))]


def _read(case: "Case", knowledge: "Knowledge", page: Page) -> list[str]:
    """The findings with the words that they came from, then all that does not count and why."""
    unused = set(case.differential.unused)
    facts, aside = facts_of(case), set_aside_of(case)
    lines = [page.bold(f"Findings ({len(facts)})")]
    # A value is seldom asked for itself, but for what is read from it in the same words.
    used = {(one.start, one.end) for one in facts if one.id not in unused and one.text}
    for one in facts:
        idle = one.id in unused and (one.start, one.end) not in used
        lines += _finding(one, page, note="no criterion looks at it" if idle else "")
    lines += [] if facts else ["  none"]
    lines += ["", page.bold(f"Set aside, not counted ({len(aside)})")] if aside else []
    for one in aside:
        lines += _finding(one, page, note=_ASIDE[one.certainty])
    problems = case.reading.problems if case.reading else ()
    for title, remarks in (("Could not be used", problems), ("Contradictions", conflicts_of(case, knowledge))):
        lines += ["", page.bold(title)] if remarks else []
        for remark in remarks:
            lines += wrapped(page, remark, first="  - ", indent="    ")
    return lines


_ASIDE = {
    Certainty.CERTAIN: "",
    Certainty.PROBABLE: "",
    Certainty.POSSIBLE: "only possible",
    Certainty.REFUTED: "refuted",
    Certainty.PAST: "of the past",
    Certainty.OTHER_PERSON: "of another person",
    Certainty.OTHER_FLUID: "of another fluid",
    Certainty.CONTRADICTED: "contradicted elsewhere",
}


def _finding(one: Finding, page: Page, *, note: str) -> list[str]:
    remarks = (
        "probable" if one.certainty is Certainty.PROBABLE else "",
        "" if one.time is None else f"{one.time:g} days before, or after the event",
        note,
    )
    told = "; ".join(filter(None, remarks))
    said = f"{_said(one)}{f' ({told})' if told else ''}"
    start = f"  {one.state:<8}  "
    if not one.text:
        return wrapped(page, said, first=start, indent=" " * 14)
    first = f"{start}{one_line(said):<{LABEL}}  "
    words = f"“{one_line(one.text)}”"
    if len(first) + len(words) <= page.width:
        return [first + words]
    return [*wrapped(page, said, first=start, indent=" " * 14), *wrapped(page, words, first=" " * 14, indent=" " * 15)]


def _said(one: Finding) -> str:
    if one.state is not FindingState.MEASURED or one.value is None:
        return one.label
    return f"{one.label} {one.value:.6g} {one.unit or ''}".rstrip()


# ---------------------------------------------------------------- the ranking


def _ranking(found: Differential, page: Page, notes: _Notes, *, detailed: int) -> list[str]:
    """The overview, then the first candidates with all their criteria, then what is excluded."""
    standing = [c for c in found.candidates if c.points > 0 and c.status is not Status.EXCLUDED]
    lines = ["", page.bold("Differential")]
    if found.reason:
        lines += map(
            page.strong, wrapped(page, f"{found.reason[0].upper()}{found.reason[1:]}.", first="  ", indent="  ")
        )
        lines += wrapped(page, "What little there is speaks for:", first="  ", indent="  ") if standing else []
    overview = standing[: max(RANKED, detailed)]
    for one in overview:
        lines += _overview(one, page)
    if len(standing) > len(overview):
        lines.append(f"       and {len(standing) - len(overview)} more with no more points")
    for one in standing[:detailed] if found.sufficient else ():
        lines += _candidate(one, page, notes)
    excluded = [c for c in found.candidates if c.status is Status.EXCLUDED]
    lines += ["", page.bold("Excluded")] if excluded else []
    for one in excluded:
        reasons = [j.criterion for j in one.against if j.points == 0]
        why = "; ".join(f"{asked.because} {notes.of(asked)}" for asked in reasons)
        lines += wrapped(page, f"{one.type.name}: {why}", first="  - ", indent="    ")
    return lines


def _overview(one: Candidate, page: Page) -> list[str]:
    marks = [one.type.mechanism.value, one.type.frequency.value]
    marks += ["must not be missed"] if one.type.must_not_miss else []
    text = f"{one.type.name} ({', '.join(marks)})"
    return wrapped(page, text, first=f"  {one.rank:>3}. {_number(one.points):>4}  ", indent=" " * 15)


def _number(points: int) -> str:
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"


def _candidate(one: Candidate, page: Page, notes: _Notes) -> list[str]:
    of = one.type
    marks = [of.mechanism.value, *of.icd10cm, *(["must not be missed"] if of.must_not_miss else [])]
    head = f"{one.rank}. {of.name}: {_number(one.points)} points ({'; '.join(marks)})"
    lines = [
        "",
        *map(page.strong, wrapped(page, head, first="", indent="   ")),
        *wrapped(page, of.summary, first="   ", indent="   "),
    ]
    for title, judged in (("for", one.supporting), ("against", one.against), ("not assessed", one.not_assessed)):
        lines.append(page.bold(f"   {title}") if judged else f"   {title}: nothing")
        for each in judged:
            lines += _judged(each, page, notes)
    if one.not_met:
        asked = "; ".join(judged.criterion.label for judged in one.not_met)
        lines += wrapped(page, f"asked for, and not so: {asked}", first="   ", indent="     ")
    return lines


def _judged(judged: Judged, page: Page, notes: _Notes) -> list[str]:
    """A criterion: strength, points, why it counts, what decided it or would, and the numbers of what it rests on.

    One that is met and adds nothing, a stronger one of its group being met, has (·) in the place of its points.
    """
    asked = judged.criterion
    met = judged.met is Met.YES
    points = _number(judged.points) if judged.points else "(·)" if met and asked.strength.supports else ""
    start = f"     {asked.strength:<13} {points:>3}  "
    told = f"here: {', '.join(map(notes.label, judged.findings))}" if met else f"asks for: {asked.label}"
    return wrapped(page, f"{asked.because} {notes.of(asked)} · {told}", first=start, indent=" " * len(start))


# ---------------------------------------------------------------- beside the ranking


def _lane(found: Differential, page: Page, notes: _Notes) -> list[str]:
    """What must not be missed: what something speaks for with what would settle it, the rest by name."""
    if not found.candidates or not found.must_not_miss:
        return []
    lines = ["", page.bold("Must not be missed")]
    told = [e for e in found.must_not_miss if e.why is Why.SUPPORTED and e.candidate.points >= LANE]
    for entry in told:
        one = entry.candidate
        settling = sorted(entry.settled_by, key=lambda judged: len(judged.criterion.label) > BRIEF)
        named = [f"{judged.criterion.label} {notes.of(judged.criterion)}" for judged in settling[:SETTLING]]
        more = f" (and {len(settling) - SETTLING} more)" if settling[SETTLING:] else ""
        text = f"{one.type.name} ({_number(one.points)}, rank {one.rank})"
        text += f". Would be settled by: {'; or '.join(named)}{more}" if named else ""
        lines += wrapped(page, text, first="  - ", indent="    ")
    for why in Why:
        rest = [e.candidate for e in found.must_not_miss if e.why is why and e not in told]
        names = ", ".join(f"{one.type.name} ({_number(one.points)})" for one in rest)
        lines += wrapped(page, f"{why}: {names}", first="  - ", indent="    ") if rest else []
    return lines


def _next(found: Differential, knowledge: "Knowledge", page: Page, notes: _Notes) -> list[str]:
    """The findings that best separate the leading candidates, and why; where nothing is known yet, only their names."""
    lines = ["", page.bold("To ask next")] if found.next_findings else []
    if not found.candidates:
        return [*lines, *wrapped(page, "; ".join(one.label for one in found.next_findings), first="  ", indent="  ")]
    names = {one.id: one.name for one in knowledge.types}
    for one in found.next_findings:
        apart = [names[identity] for identity in one.separates]
        more = f" and {len(apart) - APART} more" if apart[APART:] else ""
        head = f"{one.label}: tells apart {', '.join(apart[:APART])}{more}"
        lines += wrapped(page, head, first="  - ", indent="    ")
        rests = notes.of(one.criteria[0][1]) if one.criteria else ""
        lines += wrapped(page, f"{one.why} {rests}", first="    ", indent="    ")
    return lines


def _placed(placements: Sequence[Placement], case: "Case", knowledge: "Knowledge", page: Page) -> list[str]:
    """Where the main schemes put the first candidate; a scheme that does not name it says so."""
    if not placements:
        return []
    first = case.differential.candidates[0].type
    lines = ["", *map(page.bold, wrapped(page, f"Where {first.name} stands"))]
    for one in placements:
        text = " · ".join(" › ".join(category.path) for category in one.categories)
        text += f" (as {one.type.name})" if one.type is not None and one.type is not first else ""
        head = f"{one.scheme.inventory} {one.scheme.title} ({one.scheme.source}): {text}"
        lines += wrapped(page, head, first="  ", indent="      ") if one.categories else []
    silent = "; ".join(f"{one.scheme.inventory} {one.scheme.title}" for one in placements if not one.categories)
    lines += wrapped(page, f"not named in: {silent}", first="  ", indent="      ") if silent else []
    lines += wrapped(page, f"mechanism in the knowledge base: {first.mechanism}", first="  ", indent="      ")
    compartments = [
        f.label
        for f in facts_of(case)
        if f.state is FindingState.PRESENT and knowledge.vocabulary.terms[f.id].group is Group.COMPARTMENT
    ]
    if compartments:
        lines += wrapped(
            page, f"compartments that the case names: {', '.join(compartments)}", first="  ", indent="      "
        )
    return lines


def _changes(what_if: "Iterable[WhatIf]", found: Differential, page: Page) -> list[str]:
    lines = ["", page.bold("What would change the first rank")]
    entries = list(what_if)
    for one in entries:
        changed = " and ".join(f"{c.label}: {c.after} (now {c.before})" for c in one.changes)
        lines += wrapped(page, f"{changed} → {one.first.name} first", first="  - ", indent="    ")
    if not entries:
        lines.append("  no change of one or two findings" if found.sufficient else "  nothing is first yet")
    return lines


# ---------------------------------------------------------------- beside an answer


def beside_answer_lines(consultation: "Consultation", page: Page) -> list[str]:
    """What the differential wing adds to an answer, in short: the differential of a case, what tells types apart."""
    lines: list[str] = []
    if consultation.case is not None:
        lines += _compact(consultation.case, consultation.bearing, page)
    if consultation.distinction is not None:
        lines += ["", *distinction_lines(consultation.distinction, page, limit=COMPACT_CRITERIA)]
    return lines


def _compact(case: "Case", bearing: "Sequence[Bearing]", page: Page) -> list[str]:
    found = case.differential
    lines = ["", page.bold("Differential")]
    read = ", ".join(f"no {f.label}" if f.state is FindingState.ABSENT else _said(f) for f in facts_of(case))
    lines += wrapped(page, f"read in the case: {read}", first="  ", indent="    ")
    if aside := set_aside_of(case):
        named = ", ".join(f"{f.label} ({_ASIDE[f.certainty]})" for f in aside)
        lines += wrapped(page, f"set aside, not counted: {named}", first="  ", indent="    ")
    for remark in (*case.reading.problems, *case.reading.conflicts) if case.reading else ():
        lines += wrapped(page, remark, first="  - ", indent="    ")
    lines += wrapped(page, found.reason, first="  ", indent="  ") if found.reason else []
    passages = {one.type_id: one.hits for one in bearing}
    leading = [c for c in found.candidates if c.status is Status.SUPPORTED][:COMPACT] if found.sufficient else []
    for one in leading:
        lines += map(page.bold, _overview(one, page))
        for judged in one.supporting[:COMPACT_REASONS]:
            reason = f"{judged.criterion.strength}: {judged.criterion.because}"
            lines += wrapped(page, reason, first=" " * 13, indent=" " * 15)
        for hit in passages.get(one.type.id, ()):
            text = f"{passage_place(hit.passage)}: “{_cut(one_line(hit.passage.text))}”"
            lines += map(page.dim, wrapped(page, text, first=" " * 13, indent=" " * 15))
    lane = [entry.candidate for entry in found.must_not_miss if entry.why is Why.SUPPORTED]
    if found.candidates and (lane := [one for one in lane if one.points >= LANE]):
        named = ", ".join(f"{one.type.name} ({_number(one.points)})" for one in lane)
        lines += wrapped(page, f"must not be missed: {named}", first="  ", indent="    ")
    if found.next_findings:
        asked = "; ".join(one.label for one in found.next_findings[:COMPACT_NEXT])
        lines += wrapped(page, f"to ask next: {asked}", first="  ", indent="    ")
    more = "calcrag classify tells every criterion with what it rests on."
    return [*lines, *map(page.dim, wrapped(page, more, first="  ", indent="  "))]


def _cut(text: str) -> str:
    return text if len(text) <= SNIPPET else f"{text[:SNIPPET].rsplit(' ', 1)[0]} …"
