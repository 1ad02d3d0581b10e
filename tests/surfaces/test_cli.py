"""Holds what every verb promises: JSON that fits its schema, exit codes, three lines for an error, the same bytes twice."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

import calcrag
from calcrag import schema
from calcrag.literature import indexing
from calcrag.literature.library import update
from calcrag.literature.passages import PassageSettings
from calcrag.report import to_json
from calcrag.surfaces import cli

ROOT = Path(__file__).parents[2]

GOLD = {"id": "k1", "kind": "answerable", "question": "In how many patients with gout of the knee were deposits seen?"}
QUOTE = "Amorphous deposits were seen in 14 of 52 patients with gout of the knee."

# Each verb with words that it can answer from the three articles.
REQUESTS: dict[str, list[str]] = {
    "ask": ["Where does calcific tendinitis of the shoulder lie?"],
    "search": ["gout of the knee", "--limit", "2"],
    "summarise": ["shoulder"],
    "classify": ["Man of 54 on dialysis, black eschars of both thighs. No history of trauma.", "--what-if"],
    "explain": ["gout"],
    "sources": [],
    "show": ["knee"],
    "schemes": ["S7"],
    "disagreements": ["numeric"],
    "index": [],
    "status": [],
    "verify": [],
    "rollback": [],
}
WITH_INDEX = {"ask", "search", "summarise", "sources", "show", "index", "status", "verify", "rollback", "evaluate"}
WITH_CORPUS = WITH_INDEX - {"verify", "rollback"} | {"classify", "explain", "schemes", "disagreements"}


def words_for(verb: str, world: Any) -> list[str]:
    words = [verb, *REQUESTS[verb]]
    words += ["--corpus", str(world.corpus)] if verb in WITH_CORPUS else []
    return words + (["--indexes", str(world.indexes)] if verb in {*WITH_INDEX, "explain"} else [])


def fits(verb: str, line: str) -> bool:
    """True where a line is an object of the schema that the verb promises, and written as such an object is."""
    return to_json(schema.RESULTS[verb].model_validate_json(line)) == line


# ---------------------------------------------------------------- every verb


def test_requests_name_every_verb_that_prints_objects() -> None:
    assert {*REQUESTS, "audit", "evaluate", "schema"} == {verb.name for verb in cli.VERBS if not verb.hidden}
    assert {*REQUESTS, "evaluate"} <= set(schema.RESULTS)


@pytest.mark.parametrize("verb", [verb for verb in REQUESTS if verb != "rollback"])
def test_json_fits_the_schema_of_the_verb(verb: str, run: Any, world: Any) -> None:
    ran = run(*words_for(verb, world), "--json")
    assert (ran.code, ran.err) == (0, "")
    (line,) = ran.out.splitlines()
    assert fits(verb, line)


@pytest.mark.parametrize("verb", [verb for verb in REQUESTS if verb != "rollback"])
def test_text_is_printed_without_anything_that_steers_a_terminal(verb: str, run: Any, world: Any) -> None:
    ran = run(*words_for(verb, world))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.strip()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", ran.out)
    assert max(len(line) for line in ran.out.splitlines()) <= 120


@pytest.mark.parametrize(
    "verb",
    ["ask", "search", "summarise", "classify", "explain", "sources", "show", "status", "schemes", "disagreements"],
)
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_same_request_gives_same_bytes(verb: str, form: list[str], run: Any, world: Any) -> None:
    assert run(*words_for(verb, world), *form) == run(*words_for(verb, world), *form)


@pytest.mark.parametrize("verb", sorted(WITH_INDEX - {"index", "evaluate"}))
def test_without_an_index_a_verb_says_how_to_make_one(verb: str, run: Any, world: Any, tmp_path: Path) -> None:
    words = [verb, *REQUESTS[verb], "--indexes", tmp_path / "none"]
    ran = run(*words, *(["--corpus", world.corpus] if verb == "status" else []))
    assert ran.code == 2
    assert ran.err.splitlines()[0] == "there is no index yet" or verb == "rollback"
    assert ran.err.splitlines()[-1].startswith("  mend:  calcrag index")
    assert f"--indexes {tmp_path / 'none'}" in ran.err.splitlines()[-1]
    assert ran.out == "" or verb == "status"


def test_two_builds_in_two_folders_give_the_same_bytes(run: Any, world: Any, own: Any) -> None:
    for verb in ("ask", "search", "summarise", "sources", "show"):
        assert run(*words_for(verb, own), "--json") == run(*words_for(verb, world), "--json")


def test_alias_of_a_verb(run: Any, world: Any) -> None:
    assert run("summarize", "shoulder", "--indexes", world.indexes) == run(
        "summarise", "shoulder", "--indexes", world.indexes
    )


# ---------------------------------------------------------------- asking


def test_answer_cites_a_quote_at_its_place(run: Any, world: Any) -> None:
    answer = run("ask", "In how many patients with gout were deposits seen?", *world.options, "--json").object
    assert answer["status"] == "answered"
    assert answer["sentences"][0] == {"text": QUOTE, "citations": [1]}
    evidence = answer["evidence"][0]
    assert (evidence["source"], evidence["origin"], evidence["quote"]) == ("knee", "knee.txt", QUOTE)
    assert evidence["second_hand"] is True
    assert [r["first_author"] for r in evidence["primary_references"]] == ["Aho"]
    assert answer["differential"] is None
    shown = run("show", "knee", *world.options, "--json").object
    assert any(p["start"] <= evidence["start"] and evidence["end"] <= p["end"] for p in shown["passages"])


def test_answer_is_laid_out_for_reading(run: Any, world: Any) -> None:
    out = run("ask", "In how many patients with gout were deposits seen?", *world.options).out
    assert out.splitlines()[0] == f"  {QUOTE} [1]"
    assert f"  [1] “{QUOTE}”" in out.splitlines()
    assert "knee, Introduction, characters " in out
    assert "second-hand; it cites Aho 1977 (reference 1)" in out
    assert out.count(" informs and does not decide") == 1


def test_question_without_an_answer_names_what_is_missing(run: Any, world: Any) -> None:
    words = ("ask", "Does etanercept reduce the mortality of cystic fibrosis?", *world.options)
    ran = run(*words, "--json")
    assert (ran.code, ran.object["status"], ran.object["sentences"]) == (0, "not_in_corpus", [])
    assert "etanercept" in ran.object["missing_terms"]
    out = run(*words).out
    assert out.splitlines()[0] == "Not in the corpus."
    assert "“etanercept”" in out
    assert "Nearest passages, none of which answers it" in out.splitlines()


def test_limit_is_the_most_sentences_of_an_answer_and_passages_of_a_search(run: Any, world: Any) -> None:
    answer = run(
        "ask", "What is known of calcification of the shoulder?", "--limit", 1, *world.options, "--json"
    ).object
    assert len(answer["sentences"]) == 1
    assert len(run("search", "calcification", "--limit", 2, *world.options, "--json").object["passages"]) == 2


def test_kinds_of_passages_are_chosen(run: Any, world: Any) -> None:
    def kinds(*words: str) -> set[str]:
        return {p["kind"] for p in run("search", "knee joints", *words, *world.options, "--json").object["passages"]}

    assert "reference" not in kinds()
    assert kinds("--kind", "reference") == {"reference"}
    assert kinds("--kind", "reference", "--kind", "caption") == {"reference", "caption"}
    ran = run("search", "knee", "--kind", "chapter", *world.options)
    assert ran.code == 2
    assert ran.err.splitlines()[-1] == "  mend:  one of prose, caption, table, list, abstract, reference"


def test_text_comes_from_standard_input(run: Any, world: Any) -> None:
    question = "Where does calcific tendinitis of the shoulder lie?"
    asked = run("ask", question, *world.options, "--json")
    assert run("ask", "-", *world.options, "--json", stdin=b"\xef\xbb\xbf" + question.encode() + b"\n").out == asked.out
    ran = run("ask", "-", *world.options, stdin=b"caf\xe9")
    assert (ran.code, ran.err) == (2, "standard input is not UTF-8\n  where: byte 3\n")


@pytest.mark.parametrize("text", ["", "  ", "?!", "\x00\x1b\x07"])
@pytest.mark.parametrize("verb", ["ask", "search", "summarise"])
def test_question_without_a_word_is_refused(verb: str, text: str, run: Any, world: Any) -> None:
    ran = run(verb, text, "--indexes", world.indexes, "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "holds no word" in ran.err
    assert len(ran.err.splitlines()) <= 3


@pytest.mark.parametrize("verb", ["ask", "search", "summarise"])
def test_question_of_a_hundred_thousand_characters_is_refused_in_short_lines(verb: str, run: Any, world: Any) -> None:
    ran = run(verb, "knee " * 20_000, "--indexes", world.indexes)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) <= 3
    assert max(map(len, ran.err.splitlines())) < 500


@pytest.mark.parametrize("text", ["gout\x1b[2J of the\x00 knee", "gout of the knee \ud800", "gout of the \u202eknee"])
def test_control_characters_of_a_question_do_no_harm(text: str, run: Any, world: Any) -> None:
    for form in ([], ["--json"]):
        ran = run("ask", text, *world.options, *form)
        assert ran.code == 0
        assert not re.search("[\x00\x1b\u202e\ud800]", ran.out)
    assert ran.object["evidence"][0]["source"] == "knee"


# ---------------------------------------------------------------- batches

BATCH = b"""\xef\xbb\xbf{"id": "b", "text": "Where does calcific tendinitis of the shoulder lie?"}
not JSON
{"id": 7}
{"id": 8, "text": ["a", "list"]}

{"id": "a", "text": "gout of the knee"}
[1, 2]
{"id": true, "text": "gout"}
{"id": "latin", "text": "caf\xe9"}
{"id": "empty", "text": " "}
{"text": "Which implants calcify at their rim?"}
"""
BATCH_IDS = ["b", None, 7, 8, "a", None, None, None, "empty", None]
BATCH_ERRORS = [None, "line 2", "line 3", "line 4", None, "line 7", "line 8", "line 9", "no word", None]


@pytest.mark.parametrize("verb", ["ask", "search"])
@pytest.mark.parametrize("name", ["-", "batch.jsonl"])
def test_batch_keeps_its_order_and_goes_on_past_bad_lines(
    verb: str, name: str, run: Any, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("batch.jsonl").write_bytes(BATCH)
    ran = run(verb, "--batch", name, *world.options, "--json", stdin=BATCH)
    assert ran.code == 1
    assert [o.get("id") for o in ran.objects] == BATCH_IDS
    for made, wrong, line in zip(ran.objects, BATCH_ERRORS, ran.out.splitlines(), strict=True):
        if wrong is None:
            assert fits(verb, line)
        else:
            assert wrong in made["error"]
            assert to_json(schema.BatchError.model_validate_json(line)) == line
    assert len(ran.err.splitlines()) == 1


def test_batch_without_bad_lines_ends_well_and_each_answer_is_what_it_is_alone(run: Any, world: Any) -> None:
    questions = ["Which implants calcify at their rim?", "Who wrote the chapter?", "calcification of the shoulder"]
    lines = "\n".join(json.dumps({"id": n, "text": q}) for n, q in enumerate(questions))
    ran = run("ask", "--batch", "-", *world.options, "--json", stdin=lines.encode())
    assert (ran.code, ran.err) == (0, "")
    alone = [run("ask", q, *world.options, "--json").object for q in questions]
    assert [{k: v for k, v in o.items() if k != "id"} for o in ran.objects] == alone


def test_batch_for_a_reader_names_each_line_and_closes_once(run: Any, world: Any) -> None:
    ran = run("ask", "--batch", "-", *world.options, stdin=BATCH)
    assert ran.code == 1
    assert "a: gout of the knee" in ran.out.splitlines()
    assert "error: line 2 is not JSON" in ran.out.splitlines()
    assert ran.out.count(" informs and does not decide") == 1


@pytest.mark.parametrize("words", [["ask"], ["ask", "gout", "--batch", "-"], ["search", "--batch", "absent.jsonl"]])
def test_batch_and_text_are_given_one_at_a_time(words: list[str], run: Any, world: Any) -> None:
    ran = run(*words, *world.options)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) <= 3


# ---------------------------------------------------------------- looking


def test_passage_is_shown_among_its_neighbours(run: Any, world: Any) -> None:
    whole = run("show", "knee", *world.options, "--json").object
    ids = [p["id"] for p in whole["passages"]]
    assert (whole["shown"], whole["source"]["origin"]) == (None, "knee.txt")
    assert [p["start"] for p in whole["passages"]] == sorted(p["start"] for p in whole["passages"])
    one = run("show", ids[2], "--around", 1, *world.options, "--json").object
    assert (one["shown"], [p["id"] for p in one["passages"]]) == (ids[2], ids[1:4])
    assert [p["id"] for p in run("show", ids[2], "--around", 0, *world.options, "--json").object["passages"]] == [
        ids[2]
    ]
    assert run("show", "knee.txt", *world.options).out == run("show", "knee", *world.options).out
    ran = run("show", "nothing", *world.options)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "there is no passage and no source 'nothing'")


def test_all_schemes_and_disagreements_are_there(run: Any) -> None:
    schemes = run("schemes", "--corpus", ROOT / "corpus", "--json").object["schemes"]
    assert [s["inventory"] for s in schemes] == [f"S{n}" for n in range(1, 41)]
    assert {s["origin"] for s in schemes} <= {
        entry["origin"]
        for entry in tomllib.loads((ROOT / "corpus/manifest.toml").read_text(encoding="utf-8"))["source"]
    }
    entries = run("disagreements", "--corpus", ROOT / "corpus", "--json").object["disagreements"]
    assert len(entries) == len(calcrag.load_disagreements())
    assert all(len(entry["positions"]) >= 2 for entry in entries)


def test_schemes_and_disagreements_are_found_by_name(run: Any, world: Any) -> None:
    (one,) = run("schemes", "s7", "--json").object["schemes"]
    assert one["inventory"] == "S7"
    assert {s["source"] for s in run("schemes", "yadav-2013", "--json").object["schemes"]} == {"yadav-2013"}
    assert {d["kind"] for d in run("disagreements", "numeric", "--json").object["disagreements"]} == {"numeric"}
    for words in (["schemes", "S41"], ["disagreements", "astrology"]):
        assert run(*words).code == 2
    # This corpus does not hold the source: its file name is not known there.
    assert run("schemes", "S7", "--corpus", world.corpus, "--json").object["schemes"][0]["origin"] == ""


def test_schema_is_printed_whole_and_by_verb(run: Any) -> None:
    whole = json.loads(run("schema").out)
    assert list(whole) == [*schema.RESULTS, "error"]
    assert json.loads(run("schema", "ask").out) == whole["ask"] == run("schema", "ask", "--json").object
    assert run("schema", "nothing").code == 2


# ---------------------------------------------------------------- keeping


def test_status_of_what_is_up_to_date(run: Any, world: Any) -> None:
    found = run("status", *world.options, "--json").object
    assert (found["fresh"], found["fault"], found["remedy"], found["unlisted"]) == (True, None, None, [])
    assert {s["source"]: s["state"] for s in found["sources"]} == dict.fromkeys(
        ("breast", "knee", "shoulder"), "indexed"
    )
    assert found["generations"] == [found["index"]["generation"]]


def test_changed_corpus_is_seen_and_mended(run: Any, own: Any) -> None:
    manifest = own.corpus / "manifest.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('kind = "other"', 'kind = "review"', 1), "utf-8")
    (own.corpus / "articles" / "loose.txt").write_text("A loose file.\n", encoding="utf-8")
    found = run("status", *own.options, "--json").object
    assert (found["fresh"], found["remedy"]) == (False, f"calcrag index {' '.join(own.options)}")
    assert [s["source"] for s in found["sources"] if s["state"] == "changed"] == ["knee"]
    assert found["unlisted"] == ["articles/loose.txt"]
    done = run("index", *own.options, "--json").object
    assert (done["sources"]["changed"], done["sources"]["kept"]) == (["knee"], ["breast", "shoulder"])
    assert done["passages"]["embedded"] == 0
    assert run("status", *own.options, "--json").object["fresh"] is True


def test_index_of_another_setting_is_refused_and_mended(run: Any, own: Any) -> None:
    update(own.corpus, own.indexes, settings=PassageSettings(target=100, longest=300))
    ran = run("ask", "gout", "--indexes", own.indexes)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[-1] == f"  mend:  calcrag index --indexes {own.indexes}"
    status = run("status", *own.options, "--json")
    assert (status.code, status.object["fresh"]) == (1, False)
    assert run("verify", "--indexes", own.indexes).code == 1
    assert run("index", *own.options, "--quiet").code == 0
    assert run("ask", "gout of the knee", "--indexes", own.indexes).code == 0


def test_damaged_index_is_refused_named_and_mended(run: Any, own: Any) -> None:
    (passages,) = own.indexes.glob("generations/*/passages.jsonl")
    whole = passages.read_bytes()
    passages.write_bytes(whole.replace(b"gout", b"goat"))
    for words in (["ask", "gout"], ["search", "gout"], ["sources"], ["index", "--corpus", own.corpus]):
        ran = run(*words, "--indexes", own.indexes)
        assert (ran.code, ran.out) == (1, "")
        assert "passages.jsonl is not as it was written" in ran.err
        assert "calcrag index --rebuild" in ran.err.splitlines()[-1]
    checks = run("verify", "--indexes", own.indexes, "--json")
    assert (checks.code, checks.object["ok"]) == (1, False)
    assert fits("verify", checks.out.rstrip("\n"))
    assert fits("status", run("status", *own.options, "--json").out.rstrip("\n"))
    assert run("index", "--rebuild", *own.options).code == 0
    (again,) = own.indexes.glob("generations/*/passages.jsonl")
    assert again.read_bytes() == whole


def test_rollback_goes_back_once_and_index_forward_again(run: Any, own: Any, tmp_path: Path) -> None:
    first = run("status", *own.options, "--json").object["index"]["generation"]
    assert run("rollback", "--indexes", own.indexes).code == 2
    (tmp_path / "hip.txt").write_text("The hip\n\nBursal calcification of the hip is rare.\n", encoding="utf-8")
    second = run("index", tmp_path / "hip.txt", *own.options, "--json").object["index"]["generation"]
    back = run("rollback", "--indexes", own.indexes, "--json")
    assert back.object == {"generation": first, "before": second}
    assert fits("rollback", back.out.rstrip("\n"))
    status = run("status", *own.options, "--json").object
    assert [s["source"] for s in status["sources"] if s["state"] == "new"] == ["hip"]
    assert run("index", *own.options, "--json").object["index"]["generation"] == second


def test_interrupted_build_leaves_the_index_as_it_was(run: Any, own: Any, tmp_path: Path, monkeypatch: Any) -> None:
    before = run("ask", "gout of the knee", *own.options, "--json")
    (tmp_path / "hip.txt").write_text("The hip\n\nBursal calcification of the hip is rare.\n", encoding="utf-8")

    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(indexing, "embed_passages", interrupt)
        ran = run("index", tmp_path / "hip.txt", *own.options)
    assert (ran.code, ran.out) == (130, "")
    assert ran.err == "Interrupted; the index is as it was; in the corpus, and not in the index yet: hip\n"
    assert run("ask", "gout of the knee", *own.options, "--json") == before
    assert run("verify", "--indexes", own.indexes).code == 0
    assert run("index", *own.options, "--json").object["sources"]["added"] == ["hip"]


def test_interrupted_question_is_told_in_one_line(run: Any, world: Any, monkeypatch: Any) -> None:
    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(calcrag.Library, "ask", interrupt)
    ran = run("ask", "gout", *world.options)
    assert (ran.code, ran.out, ran.err) == (130, "", "Interrupted.\n")


def test_evaluation_of_a_gold_set(run: Any, world: Any, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [{**GOLD, "gold": [{"origin": "knee.txt", "quote": QUOTE}]}, {**GOLD, "id": "k2", "kind": "off"}]
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ran = run("evaluate", "--gold", gold, *world.options, "--json")
    assert fits("evaluate", ran.out.rstrip("\n"))
    figures = {figure["name"]: figure["value"] for figure in ran.object["figures"]}
    assert (figures["search: hit@1"], figures["ask: complete"], figures["refused: off"]) == (1.0, 1.0, 0.0)
    assert [miss["id"] for miss in ran.object["misses"]] == ["k2"]
    assert "ask: complete" in run("evaluate", "--gold", gold, *world.options).out
    assert run("evaluate", *world.options).code == 2  # this corpus has no gold set


# ---------------------------------------------------------------- errors, streams, folders


@pytest.mark.parametrize(
    "words",
    [["nothing"], ["ask", "--jsno"], ["ask", "a", "b"], ["search", "a", "--limit", "0"], ["show"], ["ask", "--limit"]],
)
def test_bad_arguments_are_told_in_three_lines(words: list[str], run: Any) -> None:
    ran = run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert 1 <= len(ran.err.splitlines()) <= 3
    assert ran.err.splitlines()[-1].startswith("  mend:  calcrag")


def test_last_of_an_option_wins(run: Any, world: Any, tmp_path: Path) -> None:
    words = ["ask", "gout of the knee", "--indexes", str(tmp_path)]
    assert run(*words).code == 2
    assert run(*words, "--indexes", str(world.indexes)).code == 0


def test_traceback_is_for_debugging(run: Any, tmp_path: Path) -> None:
    plain, debugged = (run("sources", "--indexes", tmp_path, *more) for more in ([], ["--debug"]))
    assert "Traceback" not in plain.err
    assert "Traceback" in debugged.err
    assert debugged.err.endswith(plain.err)
    assert plain.code == debugged.code == 2


def test_error_in_calcrag_itself_is_told_in_three_lines(run: Any, world: Any, monkeypatch: Any) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("one\ntwo\x1b[2J\nthree\nfour")

    monkeypatch.setattr(calcrag.Library, "ask", fail)
    ran = run("ask", "gout", *world.options)
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) <= 3
    assert "ZeroDivisionError" in ran.err
    assert "\x1b" not in ran.err


def test_folder_that_cannot_be_written_is_a_request_that_cannot_be_carried_out(
    run: Any, world: Any, empty: Any
) -> None:
    (empty.indexes / "generations").write_text("not a folder", encoding="utf-8")
    ran = run("index", "--corpus", world.corpus, "--indexes", empty.indexes)
    assert (ran.code, ran.out) == (2, "")
    assert "calcrag failed" not in ran.err
    assert len(ran.err.splitlines()) <= 3


def test_folders_default_to_those_here_and_else_to_those_of_the_source(
    run: Any, own: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own.corpus.parent)
    assert [s["source"] for s in run("status", "--json").object["sources"]] == ["knee", "breast", "shoulder"]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run("status", "--json").object["corpus"] == str(ROOT / "corpus")
    # A corpus that is named is not indexed into the index of another place.
    assert run("status", "--corpus", own.corpus, "--json").object["indexes"] == "indexes"


def in_shell(program: str, *, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHON": sys.executable, "HOME": str(home)}
    return subprocess.run(["sh", "-c", program], env=environment, capture_output=True, text=True, check=False)


CALCRAG = '"$PYTHON" -c "import sys; from calcrag.surfaces.cli import main; sys.exit(main())"'


def test_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    ran = in_shell(f"{{ {CALCRAG} disagreements; echo $? >&2; }} | head -n 1", home=tmp_path)
    assert (ran.stdout, ran.stderr) == ("The sources disagree\n", "0\n")


def test_output_is_utf8_whatever_the_locale(tmp_path: Path) -> None:
    words = f"{CALCRAG} schemes S7 --json"
    plain = in_shell(words, home=tmp_path)
    ascii_only = in_shell(f"LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 PYTHONIOENCODING=ascii {words}", home=tmp_path)
    assert (ascii_only.returncode, ascii_only.stderr) == (0, "")
    assert ascii_only.stdout == plain.stdout


def test_help_loads_none_of_what_answers(tmp_path: Path) -> None:
    program = (
        'import sys\nfrom calcrag.surfaces.cli import main\nmain(["--help"])\nprint(*sys.modules, file=sys.stderr)'
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(ran.stderr.split())
    assert {"numpy", "torch", "pydantic", "rich", "faiss", "calcrag.literature.library"} & loaded == set()
    assert [verb.name for verb in cli.VERBS if not verb.hidden and f"  {verb.name} " not in ran.stdout] == []


def test_version_is_that_of_the_package(run: Any) -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert run("--version").out == f"calcrag {stated}\n"


def test_every_verb_can_be_debugged_and_prints_json() -> None:
    for name, command in typer.main.get_command(cli.app).commands.items():  # type: ignore[attr-defined]
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--json", "--debug"} <= options, name
