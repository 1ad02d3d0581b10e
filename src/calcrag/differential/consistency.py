"""Whether the types of a knowledge base fit the vocabulary, one another and themselves: a list of what does not.

Made from types and vocabulary that were read each for itself. Must never: repair, or stop at the first problem.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from calcrag.differential.calcification import CalcificationType, Criterion, Strength
from calcrag.differential.criteria import (
    Absent,
    Age,
    AllOf,
    AnyOf,
    Measured,
    NoneOf,
    Present,
    Test,
    Time,
    canonical,
    negated,
    parts_of,
)
from calcrag.differential.findings import TermKind, Vocabulary
from calcrag.differential.tables import suggestion
from calcrag.verbatim import words_of

__all__ = ["broader", "inconsistencies"]

_AKIN = 6
_ENOUGH = (Strength.PATHOGNOMONIC, Strength.STRONG, Strength.MODERATE)


def inconsistencies(types: Sequence[CalcificationType], vocabulary: Vocabulary) -> Iterator[str]:
    """One line a problem: file, criterion, what is wrong and how to mend it."""
    yield from _of_vocabulary(vocabulary)
    yield from _of_names(types)
    yield from _of_parents(types)
    for one in types:
        where = f"types/{one.id}.toml"
        for criterion in one.criteria:
            for problem in (*_of_findings(criterion.test, vocabulary), *_impossible(criterion.test, vocabulary)):
                yield f"{where}: criterion {criterion.id!r}: {problem}"
        forms = [(criterion, *_forms(criterion.test)) for criterion in one.criteria]
        for (first, form, contrary), (second, other, _) in combinations(forms, 2):
            same = first.strength.supports == second.strength.supports
            for problem in _of_pair(form, other, contrary=contrary, same_direction=same):
                yield f"{where}: criteria {first.id!r} and {second.id!r}: {problem}"
        for problem in _of_groups(one.criteria):
            yield f"{where}: {problem}"
        if one.criteria and not any(c.strength in _ENOUGH for c in one.criteria):
            yield f"{where}: can never be supported: no criterion of moderate strength or more speaks for it"


# ---------------------------------------------------------------- the vocabulary


def broader(finding: str, vocabulary: Vocabulary) -> frozenset[str]:
    """The finding and all that is present whenever it is, up the chain of `implies`."""
    reached: dict[str, None] = {}
    waiting = [finding]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached[one] = None
            waiting.extend(vocabulary.terms[one].implies)
    return frozenset(reached)


def _of_vocabulary(vocabulary: Vocabulary) -> Iterator[str]:
    for term in vocabulary.terms.values():
        where = f"findings: finding {term.id!r}"
        for key, others in (("implies", term.implies), ("opposes", term.opposes)):
            if term.id in others:
                yield f"{where}: {key} itself"
        if any(term.id in broader(other, vocabulary) for other in term.implies if other != term.id):
            yield f"{where}: implies itself over other findings"
        for first, second in _opposing(broader(term.id, vocabulary), vocabulary):
            yield f"{where}: can never be present: it is or implies {first!r} and {second!r}, which oppose each other"


def _opposing(findings: Iterable[str], vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """The pairs among the findings that cannot be present together."""
    for first, second in combinations(sorted(findings), 2):
        if second in vocabulary.terms[first].opposes or first in vocabulary.terms[second].opposes:
            yield first, second


# ---------------------------------------------------------------- types among one another


def _folded(name: str) -> str:
    letters = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(words_of(letters.casefold()))


def _of_names(types: Sequence[CalcificationType]) -> Iterator[str]:
    holders: dict[str, tuple[CalcificationType, str]] = {}
    for one in types:
        for name in (one.name, *one.synonyms):
            holder, spelling = holders.setdefault(_folded(name), (one, name))
            if holder is not one:
                yield (
                    f"types/{one.id}.toml: the name {name!r} is also {spelling!r} of types/{holder.id}.toml; "
                    "a name belongs to one type, a broader one to the parent"
                )
        if one.name in one.synonyms:
            yield f"types/{one.id}.toml: synonyms repeat the name {one.name!r}"


def _of_parents(types: Sequence[CalcificationType]) -> Iterator[str]:
    parents = {one.id: one.parent for one in types}
    for one in types:
        if one.parent and one.parent not in parents:
            yield f"types/{one.id}.toml: parent {one.parent!r} is no type{suggestion(one.parent, parents)}"
        above, seen = one.parent, {one.id}
        while above and above not in seen:
            seen.add(above)
            above = parents.get(above, "")
        if above == one.id:
            yield f"types/{one.id}.toml: is its own parent, over {one.parent!r}"


# ---------------------------------------------------------------- the criteria of a type


def _of_findings(test: Test, vocabulary: Vocabulary) -> Iterator[str]:
    for part in parts_of(test):
        match part:
            case Present(finding) | Absent(finding) | Time(finding):
                yield from _wrong_kind(finding, vocabulary, measurement=False)
            case Measured(finding, unit=unit):
                problem = [*_wrong_kind(finding, vocabulary, measurement=True)]
                yield from problem
                units = () if problem else tuple(vocabulary.terms[finding].factors)
                if units and unit not in units:
                    yield f"{finding!r} is not measured in {unit!r}; one of {', '.join(units)}"
            case Age():
                yield from _wrong_kind("age", vocabulary, measurement=True)
            case AnyOf() | AllOf() | NoneOf():  # pragma: no branch
                pass


def _wrong_kind(finding: str, vocabulary: Vocabulary, *, measurement: bool) -> Iterator[str]:
    term = vocabulary.terms.get(finding)
    if term is None:
        words = {word for word in finding.split("-") if len(word) > 2}
        shared = {one: len(words.intersection(one.split("-"))) for one in vocabulary.terms}
        akin = sorted((one for one, count in shared.items() if count), key=lambda one: -shared[one])[:_AKIN]
        near = suggestion(finding, vocabulary.terms) or (f"; akin are {', '.join(akin)}" if akin else "")
        yield f"{finding!r} is no finding of findings/*.toml{near}"
    elif measurement and term.kind is not TermKind.MEASUREMENT:
        yield f"{finding!r} is a sign, which has no value; use present or absent"
    elif not measurement and term.kind is TermKind.MEASUREMENT:
        yield f"{finding!r} is a measurement, neither present nor absent; use measured, or a sign derived from it"


def _impossible(test: Test, vocabulary: Vocabulary) -> Iterator[str]:
    for part in parts_of(test):
        if not isinstance(part, AllOf):
            continue
        present = {t.finding for t in part.tests if isinstance(t, Present) and t.finding in vocabulary.terms}
        absent = {t.finding for t in part.tests if isinstance(t, Absent)}
        absent |= {t.finding for n in part.tests if isinstance(n, NoneOf) for t in n.tests if isinstance(t, Present)}
        implied = frozenset[str]().union(*(broader(finding, vocabulary) for finding in present))
        for finding in sorted(implied & absent):
            yield f"can never be met: it asks for {finding!r} both present (itself or implied) and absent"
        for first, second in _opposing(implied, vocabulary):
            yield f"can never be met: {first!r} and {second!r} oppose each other"


def _forms(test: Test) -> tuple[Test, Test]:
    """The canonical form of a test and of its contrary."""
    form = canonical(test)
    return form, canonical(negated(form))


def _of_pair(one: Test, other: Test, *, contrary: Test, same_direction: bool) -> Iterator[str]:
    if one == other:
        yield "the same test twice; keep one" if same_direction else "the same test for and against; keep one"
    elif same_direction and contrary == other:
        yield "a test and its contrary count in the same direction, so that one of them is always met; keep one"


def _of_groups(criteria: Sequence[Criterion]) -> Iterator[str]:
    groups: Mapping[str, list[Criterion]] = {
        c.group: [d for d in criteria if d.group == c.group] for c in criteria if c.group
    }
    for group, members in groups.items():
        if len(members) == 1:
            alone = f"group {group!r} has one criterion only ({members[0].id!r})"
            yield f"{alone}; leave it out, or give its partner the same name"
        elif len({member.strength.supports for member in members}) > 1:
            yield f"group {group!r} holds criteria for and against; a group is of one direction"
