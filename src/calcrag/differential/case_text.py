"""Free text of a case → its findings, each with the words that it came from.

    text ── tokens ── demographics ─┐
              │ ───── laboratory ───┤
              ├ scopes ─ mentions ──┼── findings, what is set aside and why, contradictions, problems
              └ times ── dates ─────┘

What the text does not say is not assessed and does not appear. What it says of another person, of the past, as a
guess or a refuted diagnosis is set aside, with its certainty, so that a person can see and correct it. Must never:
raise on what a text says, drop an impossible value or a contradiction silently, or use a clock, a model or the
network.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from calcrag.differential.candidates import prepared
from calcrag.differential.demographics import Demographics, demographics_of
from calcrag.differential.durations import times_of
from calcrag.differential.event_times import Dated, dated
from calcrag.differential.findings import Certainty, Finding, FindingState, Group, Vocabulary
from calcrag.differential.laboratory import laboratory_of
from calcrag.differential.mentions import Mention, mentions_in
from calcrag.differential.scopes import Scope, ScopeKind, scopes_of
from calcrag.differential.sizes import size_of
from calcrag.differential.text_tokens import Tokens, tokens_of

__all__ = ["LONGEST_TEXT", "CaseReading", "read_case"]

LONGEST_TEXT = 100_000
_FACTS = frozenset((Certainty.CERTAIN, Certainty.PROBABLE))
# Findings that anything may have, a dough or a market: they alone do not show that a text is about a patient.
_OF_ANYTHING = frozenset((Group.DISTRIBUTION, Group.MORPHOLOGY, Group.COURSE))
_OF_ANYTHING_IDS = frozenset(
    "firm-or-hard soft-or-fluctuant yellow-white-lesion mobile fixed warmth large-lesion small-lesion deep-lesion "
    "superficial-lesion incidental otherwise-healthy trauma athlete compressible erythema burns solitary lesion-size "
    "immobilisation injection-at-site".split()
)
_TELLING_IDS = frozenset(("calcified", "phlebolith", "fat-containing", "loose-bodies"))


@dataclass(frozen=True, slots=True)
class CaseReading:
    """What a text says of its case.

    `findings` are the facts, each term once for each state; `set_aside` what the text mentions without saying that it
    is so of this patient now; `conflicts` contradictions among the facts; `problems` what could not be used, and why.
    """

    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    set_aside: tuple[Finding, ...] = ()
    conflicts: tuple[str, ...] = ()


def read_case(text: str, *, vocabulary: Vocabulary) -> CaseReading:
    """The findings of a case description of at most LONGEST_TEXT characters; the same text gives the same reading."""
    if not text.strip():
        return CaseReading((), ("the text is empty",))
    if len(text) > LONGEST_TEXT:
        return CaseReading(
            (), (f"the text has {len(text)} characters; at most {LONGEST_TEXT} are read: give one case at a time",)
        )
    tokens = tokens_of(text)
    ready = prepared(vocabulary)
    person = demographics_of(text, vocabulary)
    scopes = scopes_of(tokens)
    laboratory = laboratory_of(tokens, vocabulary, names=ready.names, age_years=person.age_years, sex=person.sex)
    sizes, size_problems = size_of(text, vocabulary)
    times = times_of(text, person.spans)
    spoken_for = [*person.spans, *laboratory.spans, *((time.start, time.counted) for time in times)]
    mentions = mentions_in(tokens, ready, scopes, spoken_for=spoken_for)
    dates = dated(tokens, mentions, times, vocabulary, age_years=person.age_years)
    found = [*person.findings, *sizes, *_timed(laboratory.findings, tokens, scopes)]
    found += _of_mentions(tokens, mentions, dates, vocabulary)
    facts = [finding for finding in found if finding.certainty in _FACTS]
    aside = [*laboratory.set_aside, *(finding for finding in found if finding.certainty not in _FACTS)]
    facts, contradicted = _settled(_once(_without_band(facts, person)))
    aside += contradicted
    problems = [*person.problems, *laboratory.problems, *size_problems]
    if not any(_tells(finding, vocabulary) for finding in facts):
        aside = [*facts, *aside]
        facts = []
        problems.append("no finding of the vocabulary in the text: it may not be about a patient")
    conflicts = [*(_named(one) for one in contradicted), *_opposed(facts, vocabulary)]
    return CaseReading(tuple(facts), tuple(problems), tuple(_shown(aside, facts)), tuple(dict.fromkeys(conflicts)))


# ---------------------------------------------------------------- findings from mentions


def _of_mentions(
    tokens: Tokens, mentions: Sequence[Mention], dates: Dated, vocabulary: Vocabulary
) -> Iterator[Finding]:
    for number, mention in enumerate(mentions):
        start, end = tokens.starts[mention.tokens[0]], tokens.ends[mention.tokens[-1]]
        yield Finding(
            id=mention.term.id,
            label=mention.term.label,
            state=mention.state,
            text=tokens.text[start:end],
            start=start,
            end=end,
            time=dates.times.get(number),
            certainty=mention.certainty,
        )
        if (
            mention.certainty is Certainty.OTHER_PERSON
            and _is_illness(mention)
            and "family-member-illness" in vocabulary.terms
        ):
            relative = vocabulary.terms["family-member-illness"]
            yield Finding(
                relative.id, relative.label, FindingState.PRESENT, text=tokens.text[start:end], start=start, end=end
            )
    for sign in dates.signs:
        term = vocabulary.terms.get(sign.term)
        if term is not None:
            quoted = tokens.text[sign.start : sign.end]
            yield Finding(term.id, term.label, FindingState.PRESENT, text=quoted, start=sign.start, end=sign.end)


def _is_illness(mention: Mention) -> bool:
    return mention.state is FindingState.PRESENT and mention.term.group in (
        Group.HISTORY,
        Group.EXAMINATION,
        Group.PATHOLOGY,
    )


def _timed(findings: Iterable[Finding], tokens: Tokens, scopes: Sequence[Scope]) -> Iterator[Finding]:
    """Laboratory findings, those of the past and of other people set aside."""
    for finding in findings:
        places = range(bisect_left(tokens.starts, finding.start), bisect_left(tokens.starts, finding.end))
        kinds = {scope.kind for scope in scopes if any(scope.start <= place < scope.end for place in places)}
        if ScopeKind.OTHER_PERSON in kinds:
            yield replace(finding, certainty=Certainty.OTHER_PERSON)
        elif ScopeKind.PAST in kinds:
            yield replace(finding, certainty=Certainty.PAST)
        else:
            yield finding


# ---------------------------------------------------------------- settling


def _without_band(findings: Iterable[Finding], person: Demographics) -> list[Finding]:
    """Without the words for an age ("child", "elderly") where the age itself is known: they may be of other times or
    people.
    """
    bands = (
        "newborn",
        "infant",
        "child",
        "adolescent",
        "young-adult",
        "middle-aged",
        "elderly",
        "child-or-adolescent",
        "adult",
    )
    own = {finding.id for finding in person.findings}
    return [
        f for f in findings if person.age_years is None or f.id not in bands or (f.id in own and f in person.findings)
    ]


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Each term once for each state: the first mention of it, or the first that has a time; each measurement every
    value.
    """
    kept: dict[tuple[str, FindingState, float | None], Finding] = {}
    for finding in sorted(findings, key=lambda one: (one.start, one.end, one.id)):
        key = (finding.id, finding.state, finding.value)
        held = kept.get(key)
        if held is None or (held.time is None and finding.time is not None):
            kept[key] = finding
    return sorted(kept.values(), key=lambda one: (one.start, one.end, one.id))


def _settled(findings: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """(what counts, what is contradicted): a finding that is present somewhere is not absent, whatever is said
    elsewhere.
    """
    present = {finding.id for finding in findings if finding.state is FindingState.PRESENT}
    counting = [f for f in findings if f.state is not FindingState.ABSENT or f.id not in present]
    contradicted = [
        replace(f, certainty=Certainty.CONTRADICTED)
        for f in findings
        if f.state is FindingState.ABSENT and f.id in present
    ]
    return counting, contradicted


def _named(finding: Finding) -> str:
    return f"{finding.label}: said to be absent ({finding.text!r}) and to be present; counted as present"


def _opposed(findings: Sequence[Finding], vocabulary: Vocabulary) -> Iterator[str]:
    """The pairs of present findings that cannot both be present; both are kept."""
    present = [f for f in findings if f.state is FindingState.PRESENT]
    for number, first in enumerate(present):
        for second in present[number + 1 :]:
            if second.id in vocabulary.terms[first.id].opposes or first.id in vocabulary.terms[second.id].opposes:
                yield f"{first.label} ({first.text!r}) and {second.label} ({second.text!r}) cannot both be present"


def _tells(finding: Finding, vocabulary: Vocabulary) -> bool:
    """True for a finding that only a patient has."""
    term = vocabulary.terms[finding.id]
    return term.id in _TELLING_IDS or not (term.group in _OF_ANYTHING or term.id in _OF_ANYTHING_IDS)


def _shown(aside: Iterable[Finding], facts: Sequence[Finding]) -> list[Finding]:
    """What is set aside, each once, without what the text also states as a fact in the same words."""
    stated = {(finding.id, finding.state, finding.start) for finding in facts}
    ordered = sorted(dict.fromkeys(aside), key=lambda one: (one.start, one.end, one.id, one.certainty))
    return [finding for finding in ordered if (finding.id, finding.state, finding.start) not in stated]
