"""How often the differential of a published case is right: corpus/cases.jsonl, or files of the same shape.

    python scripts/benchmark_cases.py [FILE …] [--half odd|even] [--misses] [--json]

A line holds `id`, `vignette`, `diagnosis`, `accept` (other names of it), `mechanism`, `must_not_miss`. A candidate is right
where one of its names is one of the case's, letters' case, punctuation, order of words and plural aside. Ranks count the
candidates that are not excluded. "Without frequency" leaves ties to the order of the ids.
DECISIONS.md tells which rows criteria and words were mended on.
"""

import argparse
import json
import re
import statistics
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calcrag.differential.calcification import CalcificationType
from calcrag.differential.case_text import read_case
from calcrag.differential.classify import Candidate, Status, classify
from calcrag.differential.knowledge import Knowledge, load_knowledge

CASES = Path(__file__).resolve().parents[1] / "corpus" / "cases.jsonl"
MUST_NOT_MISS = 5  # a dangerous diagnosis has to stand among so many


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case: the rank of its diagnosis (None where it is no candidate), the first candidate, what it took."""

    case: dict[str, Any]
    rank: int | None
    excluded: bool
    first: CalcificationType | None
    seconds: float


def name_key(name: str) -> frozenset[tuple[str, int]]:
    """A name as a key: its words, counted, without accents, the letters' case and the plural."""
    text = unicodedata.normalize("NFKD", name.replace("æ", "ae").replace("œ", "oe")).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'s", ""))
    british = ((word.replace("ae", "e").replace("oe", "e").replace("our", "or")) for word in words)
    singular = (w.removesuffix("s") if len(w) > 3 and not w.endswith(("ss", "is", "us")) else w for w in british)
    return frozenset(Counter(singular).items())


def outcome_of(case: dict[str, Any], knowledge: Knowledge) -> Outcome:
    """The differential of one case held against its diagnosis."""
    started = time.perf_counter()
    differential = classify(read_case(case["vignette"], vocabulary=knowledge.vocabulary).findings, knowledge)
    seconds = time.perf_counter() - started
    true = {name_key(name) for name in (case["diagnosis"], *case["accept"])}

    def is_right(candidate: Candidate) -> bool:
        return any(name_key(name) in true for name in (candidate.type.name, *candidate.type.synonyms))

    standing = [c for c in differential.candidates if c.status is not Status.EXCLUDED]
    excluded = any(is_right(c) for c in differential.candidates if c.status is Status.EXCLUDED)
    rank = next((place for place, c in enumerate(standing, 1) if is_right(c)), None)
    first = standing[0].type if standing and differential.sufficient else None
    return Outcome(case, rank, excluded, first, seconds)


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Shares of the cases; 0.0 of what there is none of."""

    def share(test: Callable[[Outcome], bool], among: Sequence[Outcome] = outcomes) -> float:
        return round(sum(map(test, among)) / len(among), 4) if among else 0.0

    by_diagnosis = defaultdict(list)
    for one in outcomes:
        by_diagnosis[name_key(one.case["diagnosis"])].append(one)
    dangerous = [one for one in outcomes if one.case["must_not_miss"]]
    averaged = [share(lambda one: 0 < (one.rank or 0) <= 3, same) for same in by_diagnosis.values()]
    return {
        "cases": len(outcomes),
        "top-1": share(lambda one: one.rank == 1),
        "top-3": share(lambda one: 0 < (one.rank or 0) <= 3),
        "top-3 averaged by diagnosis": round(statistics.fmean(averaged), 4) if averaged else 0.0,
        "mechanism of the first": share(
            lambda one: one.first is not None and one.first.mechanism == one.case["mechanism"]
        ),
        "must not miss": len(dangerous),
        f"must not miss: among the first {MUST_NOT_MISS}": share(
            lambda one: 0 < (one.rank or 0) <= MUST_NOT_MISS, dangerous
        ),
        "excluded though true": share(lambda one: one.excluded),
    }


def without_frequency(knowledge: Knowledge) -> Knowledge:
    """The same knowledge with every type as frequent as the others."""
    frequency = knowledge.types[0].frequency
    return replace(knowledge, types=tuple(replace(one, frequency=frequency) for one in knowledge.types))


def main() -> int:
    """Prints the figures; exit 2 where a file cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=[CASES])
    parser.add_argument("--half", choices=("odd", "even"), help="every other row, counted from 1")
    parser.add_argument("--misses", action="store_true", help="print the cases whose first candidate is wrong")
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args()
    try:
        cases = [json.loads(line) for file in given.files for line in file.read_text("utf-8").splitlines() if line]
    except (OSError, ValueError) as error:
        print(f"benchmark_cases: {error}", file=sys.stderr)
        return 2
    cases = [case for case in cases if not case.get("underdetermined")]
    if given.half:
        cases = cases[0 if given.half == "odd" else 1 :: 2]
    knowledge = load_knowledge()
    outcomes = [outcome_of(case, knowledge) for case in cases]
    plain = without_frequency(knowledge)
    tables = {"all": figures(outcomes), "without frequency": figures([outcome_of(case, plain) for case in cases])}
    for mechanism in sorted({case["mechanism"] for case in cases}):
        tables[mechanism] = figures([one for one in outcomes if one.case["mechanism"] == mechanism])
    confused = Counter(
        (one.case["diagnosis"], one.first.id if one.first else "nothing") for one in outcomes if one.rank != 1
    )
    milliseconds = round(1000 * statistics.median(one.seconds for one in outcomes), 1) if outcomes else 0.0
    if given.as_json:
        print(json.dumps({"tables": tables, "milliseconds": milliseconds}))
        return 0
    for name, table in tables.items():
        print(f"{name}: " + ", ".join(f"{key} {value:g}" for key, value in table.items()))
    print(f"median of one case: {milliseconds} ms")
    if given.misses:
        for (diagnosis, first), count in sorted(confused.items()):
            print(f"  {diagnosis} → {first}" + (f" ({count} times)" if count > 1 else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
