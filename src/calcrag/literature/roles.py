"""A text and the entities that it names → in which role it names each: told of, named beside, or compared with.

Made from English words of grammar alone: verbs, links, comparisons, lists, appositions. Must never: know a disease.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Named",
    "Role",
    "RolesTold",
    "clause_start",
    "has_verb",
    "is_linked",
    "is_told",
    "label_end",
    "roles_of",
    "scope_of",
]


class Role(StrEnum):
    """How an entity stands in a statement, the strongest first."""

    SUBJECT = "subject"  # the statement tells something of it
    GOVERNED = "governed"  # so it does, but the name stands in the heading or in a sentence before
    ASSOCIATED = "associated"  # named as a cause, a consequence, an example
    COMPARED = "compared"  # named to tell another thing from it


@dataclass(frozen=True, slots=True)
class Named:
    """An entity at a place of a text."""

    entity: str
    start: int
    end: int


@dataclass(slots=True)
class RolesTold:
    """The role of each entity of a text; `main` are those it is chiefly about, `listed` those among mere examples."""

    roles: dict[str, Role]
    main: set[str]
    listed: set[str]


FINITE = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|may|can|could|might|must|should|will|would|do|does|did|occurs?|occurred"
    r"|shows?|showed|appears?|suggests?|represents?|includes?|consists?|refers?|results?(?! from)|causes?(?! of)|leads?"
    r"|develops?|affects?|involves?|follows|manifests?|predisposes?|raises?|demonstrates?|reveal(?:s|ed)?|becomes?"
    r"|reach(?:es)?|resolves?|contains?|remains?|tends?|accounts?|depends?|precedes?|denotes?|presents?|found|noted"
    r"|reported|stated|simulates?)\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(
    r"[;▸]|\b(?:whereas|while|but|although)\b|,\s+and\s+(?=in\b)|,?\s+and\s+(?=[\w-]+ (?:is|are|may)\b)", re.IGNORECASE
)
GAP = r"(?:[\w-]+\s+){0,3}$"  # at most three words between a cue and the name
COMPARED = re.compile(
    r"\b(?:than(?! (?:one|two|three|\d))(?: in| those| that| with| of| patients| the| cases)*|similar (?:\w+ ){0,4}to"
    r"|(?:identical|related|unrelated|contrary) to|unlike|(?:those|that) (?:seen |found )?in|simulat\w+|mimic\w*"
    r"|resembl\w+|(?:distinguish|differentiat|tell|separat)\w* (?:\w+ ){0,3}from|indistinguishable from|different from"
    r"|differs? from|confused with|mistaken for|a synonym for|rather than|versus|vs\.?|in contrast to"
    r"|incorrectly to refer to|not (?:due to|caused by))\s+" + GAP,
    re.IGNORECASE,
)
TOLD = re.compile(
    r"\b(?:suggest(?:s|ive)?(?: of)?(?: (?:a|the))?(?: diagnosis of)?|diagnosis of|typical of|characteristic of"
    r"|pathognomonic (?:of|for)|hallmark of|known as|called|termed|referred to as(?: having)?|considered to have"
    r"|evidence of|caus(?:e|es) of)\s+[\"“]?" + GAP,
    re.IGNORECASE,
)
PATIENTS = re.compile(
    r"\b(?:patients?|individuals?|people|persons?|adults?|children|infants?|cases?|those|wom[ae]n|m[ae]n|female|male)\s+"
    r"(?:(?:who|that) have|with|having|affected by)\s+" + GAP,
    re.IGNORECASE,
)
WITHIN = re.compile(r"\b(?:in|among)\s+(?:the\s+|an?\s+)?(?:[\w-]+\s+){0,2}$", re.IGNORECASE)
OF = re.compile(r"\bof\s+(?:the\s+|an?\s+|more than one\s+)?(?:[\w-]+\s+){0,1}$", re.IGNORECASE)
NOT_OF = re.compile(
    r"\b(?:forms?|types?|kinds?|variet(?:y|ies)|history|possibility|absence|lack|signs?|mothers?|rule out)"
    r"\s+of\s+[^.;,]*$",
    re.IGNORECASE,
)
LINK = re.compile(
    r"\b(?:associated with|caused by|due to|secondary to|following|resulting from|in response to|accompanied by|after"
    r"|(?:occurs?|seen) with)\s+(?:[\w-]+\s+){0,4}$",
    re.IGNORECASE,
)
LISTED = re.compile(
    r"\b(?:such as|including|include[sd]?|particularly|especially|primarily|namely|e\.\s?g\.,?)\s+(?P<list>[^.;()]*)$",
    re.IGNORECASE,
)
JOINED = re.compile(
    r"\s*(?:\([^)]*\)\s*)?(?:,|/|and|or|,\s*and|,\s*or)\s+(?:in\s+)?(?!particularly|especially|including|usually|such)"
    r"(?:[\w-]+\s+){0,2}|\s*/\s*",
    re.IGNORECASE,
)
APPOSED = re.compile(r"\s*(?:\([^)]*\))?\s*,\s+(?:an?|which|one of|the most)\b", re.IGNORECASE)
SUFFIXED = re.compile(r"-(?:like|induced|type)\b", re.IGNORECASE)
LABEL = re.compile(r"[^:.;]{2,70}?\s?:\s")


def has_verb(text: str) -> bool:
    """True where a text holds a finite verb."""
    return FINITE.search(text) is not None


def is_told(before: str) -> bool:
    """True where what stands before a name makes the sentence tell of it: "… suggests the diagnosis of"."""
    return TOLD.search(before) is not None


def is_linked(before: str) -> bool:
    """True where a name is tied by a link to what stands before it: "calcification following"."""
    return LINK.search(before) is not None


def label_end(text: str) -> int:
    """Where a label ends that opens a text ("Phleboliths: these are …"); 0 where there is none."""
    match = LABEL.match(text)
    return match.end() if match else 0


def clause_start(text: str, position: int) -> int:
    """Where the clause that holds a position begins."""
    begin = 0
    for match in CLAUSE.finditer(text):
        if match.end() > position:
            break
        begin = match.end()
    return begin


def roles_of(text: str, named: Sequence[Named]) -> RolesTold:
    """The roles of the entities that a text names; of several mentions of one the strongest role counts.

    A name that is joined to the one before ("A, B and C"), or stands in brackets behind it, has that one's role.
    """
    rank = list(Role)
    told = RolesTold({}, set(), set())
    label = label_end(text)
    labelled = {n.entity for n in named if n.end <= label}
    last: tuple[Named, Role, bool] | None = None
    for one in named:
        start = clause_start(text, one.start)
        second = last is not None and last[0].start >= start
        role, chief = _role(text, one, labelled, second=second)
        if last is not None and _goes_with(text, last[0], one, apposed=chief and bool(APPOSED.match(text, one.end))):
            role, chief = last[1], last[2]
        if one.entity not in told.roles or rank.index(role) < rank.index(told.roles[one.entity]):
            told.roles[one.entity] = role
        if chief:
            told.main.add(one.entity)
        if role is Role.ASSOCIATED and _is_listed(text[start : one.start]):
            told.listed.add(one.entity)
        last = (one, role, chief)
    told.listed -= told.main
    return told


def _role(text: str, one: Named, labelled: Collection[str], *, second: bool) -> tuple[Role, bool]:
    """The role of one mention by the words around it, and whether the statement is chiefly about it.

    `labelled` are the entities of the label that opens the text; `second` tells of another name before it in its
    clause.
    """
    start = clause_start(text, one.start)
    before = text[start : one.start]
    if labelled:
        chief = one.entity in labelled or is_told(before)
        return (Role.SUBJECT, True) if chief else (_aside(text, one), False)
    opened = _bracket(text, one.start)
    if opened and has_verb(text[:opened]):
        return _aside(text, one), False
    if SUFFIXED.match(text, one.end) or COMPARED.search(before):
        return Role.COMPARED, False
    if not has_verb(before):
        beside = _is_listed(before) or (second and is_linked(before))
        return (Role.ASSOCIATED, False) if beside else (Role.SUBJECT, start == 0)
    if is_told(before) or PATIENTS.search(before) or APPOSED.match(text, one.end):
        return Role.SUBJECT, True
    if not _is_listed(before) and not NOT_OF.search(before) and (WITHIN.search(before) or OF.search(before)):
        return Role.SUBJECT, True
    return Role.ASSOCIATED, False


def _aside(text: str, one: Named) -> Role:
    return Role.COMPARED if COMPARED.search(text[max(0, one.start - 90) : one.start]) else Role.ASSOCIATED


def _is_listed(before: str) -> bool:
    match = LISTED.search(before)
    return match is not None and not has_verb(match["list"])


def _bracket(text: str, position: int) -> int | None:
    """Where the bracket that holds a position opens, or None."""
    opened = text.rfind("(", 0, position)
    return opened if opened > text.rfind(")", 0, position) else None


def _explains(text: str, first: Named, second: Named) -> bool:
    """True for a name in brackets right behind another."""
    opened = _bracket(text, second.start)
    return opened is not None and not text[first.end : opened].strip()


def _goes_with(text: str, first: Named, second: Named, *, apposed: bool) -> bool:
    joined = not apposed and second.start > first.end and JOINED.fullmatch(text[first.end : second.start])
    return bool(joined) or _explains(text, first, second)


def scope_of(text: str, named: Sequence[Named], entity: str, others: Collection[str]) -> tuple[str, bool]:
    """What of a text is told of an entity, and whether that is nothing but a link to one of the `others`.

    Of "in A calcium is raised, and in B phosphate is" the second half is told of B; of "A is commoner in women and
    suggests B" nothing is told of B but that A suggests it.
    """
    mine = next((n for n in named if n.entity == entity), None)
    if mine is None:
        return text, False
    label = label_end(text)
    if label and "▸" in text and mine.start >= label:
        begin = max(text.rfind("▸", 0, mine.start) + 1, label)
        stop = text.find("▸", mine.end)
        return text[:label] + text[begin : stop if stop > 0 else len(text)].strip(), False
    start = clause_start(text, mine.start)
    before = text[start : mine.start]
    if APPOSED.match(text, mine.end) and has_verb(before):
        return text[mine.start :], False
    rivals = [n for n in named if n.start < mine.start and n.entity in others]
    first = mine
    while rivals and JOINED.fullmatch(text[rivals[-1].end : first.start]):
        first = rivals.pop()
    if not rivals or _explains(text, rivals[-1], mine):
        return text, False
    if rivals[-1].start >= start:
        of = OF.search(before) and not is_told(before)
        return text, not (PATIENTS.search(before) or WITHIN.search(before) or of)
    stop = next((m.start() for m in CLAUSE.finditer(text) if m.start() > mine.end), len(text))
    return text[start:stop], False
