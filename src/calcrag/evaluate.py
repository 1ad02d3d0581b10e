"""A library held against gold questions: how well it retrieves, answers and refuses, as figures and as a list of
misses.

The gold set is a JSON line a question: `id`, `kind` (answerable, near, off, false_premise), `question`, `gold` (quotes
with the file name of their source), `groups` (an answer is complete when each group has a quote among its evidence),
`numbers` (what a right answer shows). Must never: count a question that could not be asked as left out; it is a miss.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calcrag.errors import CalcragError, RequestError, UnreadableFile
from calcrag.literature.answer import Answer, Status
from calcrag.literature.library import Library

__all__ = ["Evaluation", "Figure", "Gold", "GoldQuestion", "Miss", "evaluate", "read_gold"]

KINDS = ("answerable", "near", "off", "false_premise")
DEPTHS = (1, 3, 5, 10)
FIRST_CHARACTERS = 1500


@dataclass(frozen=True, slots=True)
class Gold:
    """A quote that answers, and the file name of the source that it stands in."""

    origin: str
    quote: str


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with what a right answer to it holds."""

    id: str
    kind: str
    question: str
    gold: tuple[Gold, ...]
    groups: tuple[tuple[int, ...], ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it measures, its value from 0 to 1 (or a count of characters), over how many questions."""

    name: str
    value: float
    over: int


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that was not answered as it should be, and how."""

    id: str
    question: str
    what: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of a gold set and the questions that were missed."""

    figures: tuple[Figure, ...]
    misses: tuple[Miss, ...]
    generation: str


def read_gold(path: Path) -> tuple[GoldQuestion, ...]:
    """The questions of a gold set; UnreadableFile names the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"the gold set cannot be read: {error}", where=str(path), remedy="give it with --gold FILE"
        ) from error
    questions = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            questions.append(_question(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableFile(f"no gold question: {error!r}", where=f"{path}, line {number}") from error
    if not questions:
        raise RequestError("the gold set holds no question", where=str(path))
    return tuple(questions)


def _question(row: dict[str, Any]) -> GoldQuestion:
    if row["kind"] not in KINDS:
        raise ValueError(f"unknown kind {row['kind']!r}")
    gold = tuple(Gold(g["origin"], g["quote"]) for g in row.get("gold", ()))
    groups = tuple(tuple(group) for group in row.get("groups", ())) or ((tuple(range(len(gold))),) if gold else ())
    if any(not 0 <= n < len(gold) for group in groups for n in group):
        raise ValueError("a group names a quote that is not there")
    return GoldQuestion(row["id"], row["kind"], row["question"], gold, groups, tuple(row.get("numbers", ())))


def evaluate(library: Library, questions: Sequence[GoldQuestion]) -> Evaluation:
    """Every question asked of a library, and what came of it."""
    tally = _Tally()
    for question in questions:
        try:
            _ask(library, question, tally)
        except CalcragError as error:
            tally.miss(question, f"could not be asked: {error.what}")
            tally.add(f"{question.kind}: asked", False)
    return Evaluation(tally.figures(), tuple(tally.misses), library.index.generation)


class _Tally:
    """Collects values by figure, in the order in which they first came."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}
        self.misses: list[Miss] = []

    def add(self, name: str, value: float) -> None:
        self.values.setdefault(name, []).append(float(value))

    def miss(self, question: GoldQuestion, what: str) -> None:
        self.misses.append(Miss(question.id, question.question, what))

    def figures(self) -> tuple[Figure, ...]:
        def mean(values: list[float]) -> float:
            return round(sum(values) / len(values), 4)

        return tuple(Figure(name, mean(values), len(values)) for name, values in self.values.items())


def _ask(library: Library, question: GoldQuestion, tally: _Tally) -> None:
    answer = library.ask(question.question)
    match question.kind:
        case "answerable":
            _retrieval(library, question, tally)
            _answer(library, question, answer, tally)
        case "false_premise":
            met = any(_is_hit(e.origin, e.quote, g) for e in answer.evidence for g in question.gold)
            tally.add("false premise met", met)
            if not met:
                tally.miss(question, "the passage that contradicts it is not among the evidence")
        case _:
            refused = answer.status is Status.NOT_IN_CORPUS
            tally.add(f"refused: {question.kind}", refused)
            if not refused:
                tally.miss(question, "answered, though the corpus does not hold it")


def _retrieval(library: Library, question: GoldQuestion, tally: _Tally) -> None:
    hits = library.search(question.question, limit=max(DEPTHS))
    pieces = [(library.index.articles[h.passage.source].origin, h.passage.text) for h in hits]
    rank = next((n for n, (origin, text) in enumerate(pieces, 1) if _any_hit(origin, text, question.gold)), None)
    for depth in DEPTHS:
        tally.add(f"search: hit@{depth}", rank is not None and rank <= depth)
    tally.add("search: MRR@10", 1 / rank if rank else 0.0)
    left, within = FIRST_CHARACTERS, False
    for origin, text in pieces:
        within = within or _any_hit(origin, text[:left], question.gold)
        left -= len(text)
        if left <= 0:
            break
    tally.add(f"search: within {FIRST_CHARACTERS} characters", within)


def _answer(library: Library, question: GoldQuestion, answer: Answer, tally: _Tally) -> None:
    answered = answer.status is Status.ANSWERED
    tally.add("ask: answered", answered)
    pieces = [(e.origin, e.quote) for e in answer.evidence] if answered else []
    covered = [any(_held(pieces, question.gold[n]) for n in group) for group in question.groups]
    tally.add("ask: complete", all(covered))
    tally.add("ask: groups covered", sum(covered) / len(covered) if covered else 0.0)
    text = " ".join(s.text for s in answer.sentences)
    if question.numbers:
        tally.add("ask: numbers right", answered and all(_plain(n) in _plain(text) for n in question.numbers))
    if answered:
        quotes = [library.index.articles[e.source].text[e.start : e.end] == e.quote for e in answer.evidence]
        tally.add("ask: every quote verbatim", all(quotes))
        tally.add("ask: every sentence cited", all(s.citations for s in answer.sentences))
        tally.add("ask: characters", len(text))
    if not all(covered):
        tally.miss(question, "incomplete" if answered else f"refused: {answer.reason}")


# ------------------------------------------------------------------------------------------------ text held against text


def _plain(text: str) -> str:
    """Words and numbers alone: markup, hyphens at line ends, case and punctuation aside."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"<[^>]+>", " ", text)
    text = re.sub(r"-\s*\n\s*", "", text)
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def _is_hit(origin: str, text: str, gold: Gold) -> bool:
    """True where the text is of the right source and holds the quote, word for word or nearly so.

    A quote may span a citation marker or a caption that cleaning has taken out, so a few characters may differ.
    """
    from rapidfuzz import fuzz

    if origin != gold.origin:
        return False
    wanted, given = _plain(gold.quote), _plain(text)
    if not wanted or wanted in given:
        return bool(wanted)
    return len(given) >= 0.6 * len(wanted) and fuzz.partial_ratio(wanted, given) >= 88


def _any_hit(origin: str, text: str, gold: Iterable[Gold]) -> bool:
    return any(_is_hit(origin, text, g) for g in gold)


def _held(pieces: Sequence[tuple[str, str]], gold: Gold) -> bool:
    """True where a piece holds the quote; a quote of several rows may be held by several pieces together."""
    if any(_is_hit(origin, text, gold) for origin, text in pieces):
        return True
    if "\n" not in gold.quote:
        return False
    wanted = [w for w in _plain(gold.quote).split() if len(w) > 3]
    given = set(_plain(" ".join(text for origin, text in pieces if origin == gold.origin)).split())
    return bool(wanted) and sum(w in given for w in wanted) >= 0.95 * len(wanted)
