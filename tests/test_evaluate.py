"""The evaluation: a gold file read or refused, figures worked out by hand, and the figures below which calcrag must not fall."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from calcrag.errors import RequestError, UnreadableFile
from calcrag.evaluate import Evaluation, Gold, GoldQuestion, evaluate, read_gold
from calcrag.literature.library import Library

ESSAY, REVIEW = "001_f3631931955bf0fd.txt", "002_699250e1bb08ea85.txt"
PRODUCT = {
    "origin": REVIEW,
    "quote": "A calcium-phosphorus product above 75mg./100ml. predisposes to metastatic calcification.",
}
RANGE = {"origin": ESSAY, "quote": "an elevation of the calcium-phosphate product to above the 60-70 range"}
WORM = {"origin": REVIEW, "quote": "The female may reach a length of 100 cm."}
NOWHERE = {"origin": ESSAY, "quote": "No source says anything of this kind about unicorns in the garden."}
DOMINANT = {"origin": REVIEW, "quote": "a familial connective tissue disorder with a dominant Mendelian inheritance"}

WriteGold = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> WriteGold:
    """Writes rows, or lines as they are, to a gold file."""

    def written(*rows: dict[str, object] | str) -> Path:
        path = tmp_path / "gold.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return written


def row(name: str, kind: str, question: str, **more: object) -> dict[str, object]:
    return {"id": name, "kind": kind, "question": question, **more}


# ---------------------------------------------------------------- reading


def test_a_gold_set_is_read_with_blank_lines_left_out(write: WriteGold) -> None:
    gold = {"gold": [PRODUCT, RANGE], "groups": [[0, 1]], "numbers": ["75"], "style": "plain"}
    path = write(row("a", "answerable", "Which product?", **gold), "", row("b", "off", "Who won?"))
    assert read_gold(path) == (
        GoldQuestion("a", "answerable", "Which product?", (Gold(**PRODUCT), Gold(**RANGE)), ((0, 1),), ("75",)),
        GoldQuestion("b", "off", "Who won?", (), (), ()),
    )


def test_quotes_without_groups_are_one_group(write: WriteGold) -> None:
    (question,) = read_gold(write(row("a", "answerable", "Which product?", gold=[PRODUCT, RANGE])))
    assert question.groups == ((0, 1),)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '"text"',
        '{"id": "b", "kind": "off"}',
        '{"id": "b", "kind": "funny", "question": "Who?"}',
        '{"id": "b", "kind": "answerable", "question": "Who?", "gold": [{"origin": "x"}]}',
        '{"id": "b", "kind": "answerable", "question": "Who?", "gold": [], "groups": [[0]]}',
        '{"id": "b", "kind": "answerable", "question": "Who?", "gold": [{"origin": "x", "quote": "y"}], "groups": [[-1]]}',
    ],
)
def test_a_wrong_line_is_named(write: WriteGold, line: str) -> None:
    path = write(row("a", "off", "Who won?"), line)
    with pytest.raises(UnreadableFile) as raised:
        read_gold(path)
    assert raised.value.where == f"{path}, line 2"


def test_a_missing_a_binary_and_an_empty_gold_set_are_refused(tmp_path: Path, write: WriteGold) -> None:
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_gold(tmp_path / "nowhere.jsonl")
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_gold(tmp_path / "binary.jsonl")
    with pytest.raises(RequestError, match="no question"):
        read_gold(write("", "  "))


# ---------------------------------------------------------------- figures

ROWS = (
    row(  # found and answered whole
        "both", "answerable", "Do the sources agree on the calcium phosphorus product threshold?",
        gold=[PRODUCT, RANGE], groups=[[0], [1]], numbers=["75", "60-70"],
    ),
    row(  # found; half of the answer is nowhere, and so is the number
        "half", "answerable", "How large can a calcified guinea worm get?",
        gold=[WORM, NOWHERE], groups=[[0], [1]], numbers=["100", "4711"],
    ),
    row("nowhere", "answerable", "Which nerve calcifies in leprosy?", gold=[NOWHERE]),
    row("drug", "near", "What is the role of denosumab in hypercalcemia?"),
    row("not so near", "near", "Which nerve calcifies in leprosy?"),
    row("capital", "off", "How tall is Mount Everest?"),
    row("met", "false_premise", "Why is Ehlers-Danlos syndrome inherited recessively?", gold=[DOMINANT]),
    row("unmet", "false_premise", "Why is gout always painless?", gold=[NOWHERE]),
    row("empty", "off", "???"),
)  # fmt: skip


@pytest.fixture(scope="module")
def small(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    path = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in ROWS), encoding="utf-8")
    return evaluate(library, read_gold(path))


@pytest.mark.parametrize(
    ("name", "value", "over"),
    [
        ("search: hit@1", 0.6667, 3),
        ("search: hit@10", 0.6667, 3),
        ("search: MRR@10", 0.6667, 3),
        ("search: within 1500 characters", 0.6667, 3),
        ("ask: answered", 1.0, 3),
        ("ask: complete", 0.3333, 3),
        ("ask: groups covered", 0.5, 3),  # 1, a half, 0
        ("ask: numbers right", 0.5, 2),
        ("ask: every quote verbatim", 1.0, 3),
        ("ask: every sentence cited", 1.0, 3),
        ("refused: near", 0.5, 2),
        ("refused: off", 1.0, 1),
        ("false premise met", 0.5, 2),
        ("off: asked", 0.0, 1),
    ],
)
def test_a_figure_is_what_it_is_by_hand(small: Evaluation, name: str, value: float, over: int) -> None:
    (figure,) = (f for f in small.figures if f.name == name)
    assert (figure.value, figure.over) == (value, over)


def test_the_misses_say_how(small: Evaluation) -> None:
    assert {(m.id, m.what) for m in small.misses} == {
        ("half", "incomplete"),
        ("nowhere", "incomplete"),
        ("not so near", "answered, though the corpus does not hold it"),
        ("unmet", "the passage that contradicts it is not among the evidence"),
        ("empty", "could not be asked: the question holds no word"),
    }


def test_the_characters_are_those_of_the_sentences(library: Library, small: Evaluation) -> None:
    (figure,) = (f for f in small.figures if f.name == "ask: characters")
    lengths = [len(" ".join(s.text for s in library.ask(str(r["question"])).sentences)) for r in ROWS[:3]]
    assert figure.value == pytest.approx(sum(lengths) / 3, abs=1e-4)


def test_the_evaluation_names_the_generation(library: Library, small: Evaluation) -> None:
    assert small.generation == library.index.generation


# ---------------------------------------------------------------- figures that must not fall

FLOORS = {
    "search: hit@1": 0.85,
    "search: MRR@10": 0.90,
    "ask: complete": 0.84,
    "ask: answered": 0.96,
    "ask: every quote verbatim": 1.0,
    "ask: every sentence cited": 1.0,
    "refused: near": 0.66,
    "refused: off": 1.0,
    "false premise met": 0.72,
}


def test_no_figure_on_the_shipped_gold_set_falls(library: Library, gold: tuple[GoldQuestion, ...]) -> None:
    found = {f.name: f.value for f in evaluate(library, gold).figures}
    assert {name: found[name] for name, floor in FLOORS.items() if found[name] < floor} == {}
