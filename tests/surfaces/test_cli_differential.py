"""Holds the verbs of the differential: what they print, what they take back, and how they say what they cannot use."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from calcrag import schema
from calcrag.differential.knowledge import KNOWLEDGE_FOLDER
from calcrag.report import to_json

ROOT = Path(__file__).parents[2]

CASE = (
    "54-year-old man on dialysis, black eschars of both thighs and calf. Mother has scleroderma. ?sarcoma. No history of "
    "trauma. Phosphate 7.5 mg/dL, calcium 90 mg/dL."
)
HOSTILE = "Man of 54 on \x1b[2Jdialysis [bold]black\u202e eschars[/bold] of both thighs \ud800\x00."


def fits(verb: str, line: str) -> bool:
    return to_json(schema.RESULTS[verb].model_validate_json(line)) == line


def ids(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["id"] for entry in entries]


# ---------------------------------------------------------------- classify


def test_case_is_ranked_and_read_back(run: Any) -> None:
    ran = run("classify", CASE, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert fits("classify", ran.out.rstrip("\n"))
    found = ran.object
    assert "id" not in found
    assert (found["sufficient"], found["mechanism"]) == (True, "calciphylaxis")
    first = found["candidates"][0]
    assert (first["rank"], first["id"], first["status"], first["must_not_miss"]) == (
        1,
        "calciphylaxis",
        "supported",
        True,
    )
    assert first["points"] == sum(one["points"] for one in first["supporting"] + first["against"])
    assert [one["status"] for one in found["candidates"]].count("supported") <= 10
    for finding in found["findings"] + found["set_aside"]:
        assert CASE[finding["start"] : finding["end"]] == finding["text"]
    assert {"dialysis", "eschar-or-necrosis", "male", "age"} <= set(ids(found["findings"]))
    assert {f["id"]: f["state"] for f in found["findings"]}["trauma"] == "absent"
    aside = {f["id"]: f["certainty"] for f in found["set_aside"]}
    assert aside["known-systemic-sclerosis"] == "other person"
    assert any("calcium 90 mg/dL" in problem and "impossible" in problem for problem in found["problems"])
    assert [entry["inventory"] for entry in found["placement"]] == ["S1", "S2", "S12", "S22", "S25"]
    assert "calciphylaxis" in ids(found["must_not_miss"])
    assert found["what_if"] is None


def test_evidence_opens_to_a_quote_or_names_a_work(run: Any) -> None:
    candidates = run("classify", CASE, "--corpus", ROOT / "corpus", "--json").object["candidates"]
    evidence = [
        e
        for c in candidates
        for name in ("supporting", "against", "not_assessed")
        for j in c[name]
        for e in j["evidence"]
    ]
    held = [e for e in evidence if e["held"]]
    other = [e for e in evidence if not e["held"]]
    assert held
    assert other
    assert all(
        e["source"] and e["origin"] and e["quote"] and e["reference"] is None and e["fact"] is None for e in held
    )
    assert all(e["source"] is e["origin"] is e["quote"] is None and e["fact"] for e in other)
    assert all(e["reference"]["doi"] or e["reference"]["pmid"] for e in other)


def test_case_is_laid_out_for_reading(run: Any) -> None:
    out = run("classify", CASE, "--what-if").out
    lines = out.splitlines()
    assert any(line.split() == ["present", "dialysis", "“dialysis”"] for line in lines)
    assert any(line.startswith("  absent    injury") and line.endswith("“trauma”") for line in lines)
    headings = [
        "Could not be used",
        "Differential",
        "Must not be missed",
        "To ask next",
        "Where calciphylaxis stands",
        "What would change the first rank",
        "What it rests on",
    ]
    assert [line for line in lines if line in headings] == headings
    assert any(line.startswith("Set aside, not counted (") for line in lines)
    assert "(of another person)" in out
    assert "1. calciphylaxis: +" in out
    assert "   not assessed" in lines
    assert any(line.startswith("   [1] ") for line in lines)
    assert out.count(" informs and does not decide") == 1


def test_text_and_json_say_the_same(run: Any) -> None:
    found = run("classify", CASE, "--json").object
    out = run("classify", CASE, "--limit", 10).out
    for one in found["candidates"][:10]:
        if one["points"] > 0:
            assert f"{one['rank']}. {one['name']}: +{one['points']:g} points" in " ".join(out.split())
    words = " ".join(out.split())
    for remark in found["problems"] + found["conflicts"]:
        assert " ".join(remark.split()) in words


def test_limit_is_the_most_candidates_besides_the_excluded(run: Any) -> None:
    found = run("classify", CASE, "--limit", 2, "--json").object["candidates"]
    assert [one["rank"] for one in found if one["status"] != "excluded"] == [1, 2]
    assert [one["id"] for one in found if one["status"] == "excluded"]  # a man has no uterus
    out = run("classify", CASE, "--limit", 1).out
    assert "1. calciphylaxis: +" in out
    assert "\n2. " not in out


def test_case_without_a_finding_says_so_and_ranks_nothing(run: Any) -> None:
    ran = run("classify", "Knead the dough for ten minutes and let it rest.", "--json")
    assert ran.code == 0
    found = ran.object
    assert (found["sufficient"], found["mechanism"], found["candidates"], found["must_not_miss"]) == (
        False,
        None,
        [],
        [],
    )
    assert found["problems"] == ["no finding of the vocabulary in the text: it may not be about a patient"]
    out = run("classify", "Knead the dough for ten minutes and let it rest.").out
    assert "Not enough findings: none of them bears on any type of calcification." in out
    assert "it may not be about a patient" in out
    little = run("classify", "A hard lump of the hand.")
    assert "Not enough findings: no type has the support of one criterion of moderate strength." in " ".join(
        little.out.split()
    )
    assert "\n1. " not in little.out


def test_case_comes_from_standard_input(run: Any) -> None:
    assert run("classify", "-", "--json", stdin=CASE.encode()).out == run("classify", CASE, "--json").out


def test_hostile_text_is_printed_harmlessly(run: Any) -> None:
    for form in ([], ["--json"]):
        ran = run("classify", HOSTILE, *form)
        assert (ran.code, ran.err) == (0, "")
        assert not set(ran.out) & set("\x1b\x00\u202e\ud800")
    assert run("classify", HOSTILE, "--json").object["candidates"][0]["id"] == "calciphylaxis"


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_empty_text_is_refused(text: str, run: Any) -> None:
    ran = run("classify", text)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == "the text of the case is empty"


def test_text_that_is_too_long_is_refused_and_the_longest_is_read(run: Any) -> None:
    ran = run("classify", "-", stdin=b"x" * 100_001)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == "the text has 100,001 characters; 100,000 are read"
    longest = (CASE + " ").ljust(100_000, "x")
    assert run("classify", "-", "--json", stdin=longest.encode()).object["candidates"][0]["id"] == "calciphylaxis"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["text", "--findings", "f.json"],
        ["text", "--batch", "-"],
        ["--batch", "-", "--findings", "f.json"],
        ["--batch", "-", "--chart", "c.svg"],
        ["--batch", "-", "--save-findings", "f.json"],
    ],
)
def test_one_case_or_one_batch_at_a_time(
    words: list[str], run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("classify", *words)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) <= 3
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- findings in files


def test_findings_are_saved_and_give_the_same_ranking(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "findings.json"
    ran = run("classify", CASE, "--save-findings", file)
    assert str(file) in ran.out.replace("\n", "")
    read, again = run("classify", CASE, "--json").object, run("classify", "--findings", file, "--json").object
    assert {k: v for k, v in read.items() if k != "problems"} == {k: v for k, v in again.items() if k != "problems"}
    assert run("classify", "--findings", "-", "--json", stdin=file.read_bytes()).object == again
    # What classify prints is taken too.
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps(read), encoding="utf-8")
    assert run("classify", "--findings", whole, "--json").object["candidates"] == read["candidates"]


def test_corrected_findings_change_the_ranking(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "findings.json"
    run("classify", CASE, "--save-findings", file)
    listed = json.loads(file.read_text(encoding="utf-8"))["findings"]
    kept = [one for one in listed if one["id"] not in ("eschar-or-necrosis", "dialysis")]
    file.write_text(json.dumps({"findings": [*kept, {"id": "dialysis", "state": "absent"}]}), encoding="utf-8")
    found = run("classify", "--findings", file, "--json").object
    assert "calciphylaxis" not in ids(found["candidates"][:1])
    out = run("classify", "--findings", file).out
    assert any(line.split() == ["absent", "dialysis"] for line in out.splitlines())


def test_contradicting_findings_are_named(run: Any) -> None:
    both = [{"id": "dialysis"}, {"id": "dialysis", "state": "absent"}, {"id": "eschar-or-necrosis"}]
    ran = run("classify", "--findings", "-", "--json", stdin=json.dumps(both).encode())
    (conflict,) = ran.object["conflicts"]
    assert conflict.startswith("dialysis: cannot all hold; counted: dialysis not assessed")
    assert "Contradictions" in run("classify", "--findings", "-", stdin=json.dumps(both).encode()).out.splitlines()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'[{"id": "dialisis"}]', "1 of 1 findings cannot be used: finding 1 (dialisis): 'dialisis' is no finding"),
        (b'[{"id": "pain"}, {"id": "pain", "staet": "absent"}]', "1 of 2 findings cannot be used: finding 2 (pain): a finding has no 'staet'; did you mean 'state'?"),
        (b'{"findings": [{"id": "age", "state": "measured", "value": 300}]}', "300 years is impossible"),
        (b'[{"id": "serum-calcium", "state": "measured", "value": 9, "unit": "stone"}]', "unit 'stone' is unknown here"),
        (b'[{"id": "serum-calcium", "state": "measured", "value": 9, "unit": ["mg/dL"]}]', "unit ['mg/dL'] is unknown"),
        (b'[{"id": "age", "state": "measured", "value": 1e999}]', "value must be a number"),
        (b'[{"id": "pain", "time": 1e999}]', "time must be a number"),
        (b'[{"id": "pain", "time": ' + b"9" * 400 + b"}]", "time must be a number"),
        (b'[{"id": "pain", "time": ' + b"9" * 5000 + b"}]", "the findings are not JSON"),
        (b'[{"id": "age", "state": "measured", "value": NaN}]', "the findings are not JSON: NaN is no number"),
        (b'{"findings": [', "the findings are not JSON: Expecting value"),
        (b"\xff\xfe", "the findings are not UTF-8"),
        (b"[" * 100_000, "the findings are not JSON"),
        (b"{}", "no list of findings"),
        (b"", "the findings are not JSON"),
    ],
)  # fmt: skip
def test_findings_that_cannot_be_used_are_named(content: bytes, what: str, run: Any, tmp_path: Path) -> None:
    file = tmp_path / "findings.json"
    file.write_bytes(content)
    ran = run("classify", "--findings", file)
    assert (ran.code, ran.out) == (2, "")
    assert what in ran.err.splitlines()[0]
    assert ran.err.splitlines()[1].startswith(f"  where: {file}")
    assert len(ran.err.splitlines()) <= 3


def test_every_wrong_finding_is_counted(run: Any) -> None:
    listed = [{"id": f"nothing-{number}"} for number in range(40)] + [{"id": "pain"}]
    ran = run("classify", "--findings", "-", stdin=json.dumps(listed).encode())
    assert ran.err.startswith("40 of 41 findings cannot be used: ")
    assert len(ran.err.splitlines()) <= 3


def test_findings_that_are_not_there_and_files_that_cannot_be_written(run: Any, tmp_path: Path) -> None:
    assert run("classify", "--findings", tmp_path / "none.json").code == 2
    ran = run("classify", CASE, "--save-findings", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "calcrag failed" not in ran.err


def test_chart_is_drawn(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "chart.svg"
    assert run("classify", CASE, "--chart", file, "--json").code == 0
    words = " ".join(ElementTree.fromstring(file.read_text(encoding="utf-8")).itertext())
    assert "1. calciphylaxis" in words
    assert "dialysis" in words
    first = file.read_bytes()
    assert f"The chart is in {file}." in run("classify", CASE, "--chart", file).out.replace("\n", "")
    assert file.read_bytes() == first


# ---------------------------------------------------------------- batches


BATCH = b"""{"id": "a", "text": "Man of 54 on dialysis, black eschars of both thighs."}
{"id": 7, "text": ""}
not json

{"id": "b", "text": "Knead the dough."}
{"text": "Boy of 12 with a hard lump of the thigh four weeks after a kick; CT shows rim calcification."}
"""


def test_batch_keeps_its_order_and_goes_on_past_bad_lines(run: Any) -> None:
    ran = run("classify", "--batch", "-", "--json", "--what-if", stdin=BATCH)
    assert ran.code == 1
    assert [one.get("id") for one in ran.objects] == ["a", 7, None, "b", None]
    assert [one.get("error") for one in ran.objects] == [
        None,
        "the text of the case is empty",
        "line 3 is not JSON",
        None,
        None,
    ]
    lines = ran.out.splitlines()
    assert all(fits("classify", line) for line, one in zip(lines, ran.objects, strict=True) if "error" not in one)
    assert [one["candidates"][0]["id"] for one in ran.objects if one.get("candidates")] == [
        "calciphylaxis",
        "myositis-ossificans",
    ]
    assert all(one["what_if"] is not None for one in ran.objects if "error" not in one)
    assert ran.objects[3]["what_if"] == []
    assert len(ran.err.splitlines()) == 1


def test_case_of_a_batch_is_what_it_is_alone(run: Any) -> None:
    (first, *_) = run("classify", "--batch", "-", "--json", stdin=BATCH).objects
    alone = run("classify", "Man of 54 on dialysis, black eschars of both thighs.", "--json").object
    assert {k: v for k, v in first.items() if k != "id"} == alone


# ---------------------------------------------------------------- explain


def test_type_is_explained_by_any_of_its_names(run: Any) -> None:
    ran = run("explain", "calcific uraemic arteriolopathy", "--indexes", ROOT / "none", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert fits("explain", ran.out.rstrip("\n"))
    found = ran.object
    assert (found["query"], found["type"]["id"]) == ("calcific uraemic arteriolopathy", "calciphylaxis")
    assert (found["index"], found["definition"]) == (None, [])
    assert found["note"].startswith("not looked up: there is no index yet (calcrag index")
    order = ["pathognomonic", "strong", "moderate", "weak", "against", "excludes"]
    strengths = [order.index(one["strength"]) for one in found["criteria"]]
    assert strengths == sorted(strengths)
    assert all("calciphylaxis" in c["types"] for scheme in found["schemes"] for c in scheme["categories"])
    assert found["disagreements"]


def test_type_is_explained_for_reading(run: Any, world: Any) -> None:
    out = run("explain", "gout", *world.options).out
    lines = out.splitlines()
    assert lines[0] == "gout"
    assert {"Criteria", "In the classification schemes", "Defined in the corpus", "The sources disagree"} <= set(lines)
    assert "  ICD-10-CM  M1A.9XX1, M10.9" in lines
    assert any(line.startswith("  S12 ") for line in lines)
    narrow = run("explain", "familial tumoral calcinosis", *world.options).out
    assert any(line.split()[:3] == ["a", "kind", "of"] for line in narrow.splitlines())


@pytest.mark.parametrize("name", ["urate.txt", "gout.txt"])
def test_definition_comes_from_the_index(name: str, run: Any, own: Any, tmp_path: Path) -> None:
    (tmp_path / name).write_text(
        "Deposits\n\nUrate\n\nGout is characterized by crystals of urate in soft tissues and joints.\n",
        encoding="utf-8",
    )
    assert run("index", tmp_path / name, *own.options, "--quiet").code == 0
    found = run("explain", "gout", *own.options, "--json").object
    assert [one["quote"] for one in found["definition"]] == [
        "Gout is characterized by crystals of urate in soft tissues and joints."
    ]
    assert (found["note"], found["index"] is None) == ("", False)
    assert "Gout is characterized by crystals" in run("explain", "gout", *own.options).out
    silent = run("explain", "sarcoidosis", *own.options, "--json").object
    assert silent["definition"] == []
    assert silent["note"].startswith("the corpus does not ")


def test_type_that_the_corpus_does_not_name(run: Any, world: Any) -> None:
    for name in ("heel-prick-calcification", "sarcoidosis"):
        found = run("explain", name, *world.options, "--json").object
        assert found["definition"] == []
        assert found["note"] in ("the corpus does not name it", "the corpus does not define it")


def test_damaged_index_is_told_and_the_rest_is_explained(run: Any, own: Any) -> None:
    (passages,) = own.indexes.glob("generations/*/passages.jsonl")
    passages.write_bytes(passages.read_bytes().replace(b"gout", b"goat"))
    ran = run("explain", "gout", *own.options, "--json")
    assert ran.code == 0
    assert "passages.jsonl is not as it was written" in ran.object["note"]
    assert ran.object["criteria"]


def test_types_are_set_against_each_other(run: Any, world: Any) -> None:
    words = ("explain", "gout", "--against", "CPPD", *world.options)
    found = run(*words, "--json").object["distinction"]
    assert (found["one"]["id"], found["other"]["id"]) == ("gout", "cppd")
    assert "urate-crystals" in ids(found["for_one"])
    assert found["for_other"]
    assert all(one["evidence"] for one in found["for_one"] + found["for_other"])
    out = run(*words).out
    assert out.splitlines()[0].startswith("What tells gout from calcium pyrophosphate deposition disease")
    assert "dalinka-melchior: “" in out
    assert run("explain", "gout", *world.options, "--json").object["distinction"] is None


@pytest.mark.parametrize(
    "words", [["bursitis"], ["astrology"], ["gout and pseudogout"], [""], [], ["gout", "--against", "tophaceous gout"]]
)
def test_name_of_no_type_or_of_several_is_answered_in_three_lines(words: list[str], run: Any) -> None:
    ran = run("explain", *words)
    assert (ran.code, ran.out) == (2, "")
    assert 1 <= len(ran.err.splitlines()) <= 3
    assert "calcrag failed" not in ran.err


# ---------------------------------------------------------------- audit


def test_audit_of_the_wrong_corpus_fails_and_says_why(run: Any, world: Any) -> None:
    ran = run("audit", "--corpus", world.corpus, "--json")
    assert ran.code == 1
    assert fits("audit", ran.out.rstrip("\n"))
    found = ran.object
    assert (found["passed"], found["counts"]["articles"], found["counts"]["quotes found"]) == (False, 3, 0)
    assert any("no source 'faria-2020' in the corpus" in problem for problem in found["problems"])
    assert ran.err.startswith("the audit found a problem: ")
    assert len(ran.err.splitlines()) <= 3
    text = run("audit", "--corpus", world.corpus)
    assert text.code == 1
    assert any(line.split() == ["articles", "3"] for line in text.out.splitlines())


def test_audit_sees_a_word_that_is_changed(run: Any, tmp_path: Path) -> None:
    folder = shutil.copytree(KNOWLEDGE_FOLDER, tmp_path / "kb")
    words = ("audit", "--corpus", ROOT / "corpus", "--knowledge", folder, "--json")
    before = run(*words).object
    gout = folder / "types" / "gout.toml"
    gout.write_text(
        gout.read_text(encoding="utf-8").replace("inside the leukocytes", "outside the leukocytes", 1), "utf-8"
    )
    after = run(*words)
    assert after.code == 1
    (new,) = set(after.object["problems"]) - set(before["problems"])
    assert "types/gout.toml" in new
    assert "is not in dalinka-melchior word for word" in new


def test_audit_of_folders_that_are_not_there(run: Any, tmp_path: Path) -> None:
    assert run("audit", "--corpus", tmp_path / "none").code == 2
    assert run("audit", "--knowledge", tmp_path / "none").code == 2


# ---------------------------------------------------------------- ask


def test_question_with_a_case_gets_its_differential(run: Any, world: Any) -> None:
    question = (
        "Man of 54 on dialysis, black eschars of both thighs, calcified vessels. What is the most likely diagnosis?"
    )
    ran = run("ask", question, *world.options, "--json")
    assert fits("ask", ran.out.rstrip("\n"))
    found = ran.object
    alone = run("classify", question, "--corpus", world.corpus, "--json").object
    assert found["differential"]["candidates"][0]["id"] == "calciphylaxis"
    assert found["differential"] == alone
    leading = ids(alone["candidates"][:3])
    assert [one["candidate"]["id"] for one in found["bearing"]] == leading
    assert all(one["passages"] for one in found["bearing"])
    out = run("ask", question, *world.options).out
    assert "Differential" in out.splitlines()
    assert "1. " in out
    assert "must not be missed: calciphylaxis" in " ".join(out.split())
    assert "to ask next: " in out
    assert out.count(" informs and does not decide") == 1


def test_question_for_a_distinction_gets_the_criteria(run: Any, world: Any) -> None:
    ran = run("ask", "What distinguishes gout from pseudogout?", *world.options, "--json")
    assert fits("ask", ran.out.rstrip("\n"))
    found = ran.object["distinction"]
    assert (found["one"]["id"], found["other"]["id"]) == ("gout", "pseudogout")
    out = run("ask", "What distinguishes gout from pseudogout?", *world.options).out
    assert any(line.startswith("What tells gout from pseudogout") for line in out.splitlines())
    assert "calcrag explain gout --against pseudogout" in " ".join(out.split())


def test_plain_question_gets_neither(run: Any, world: Any) -> None:
    found = run("ask", "Where does calcific tendinitis of the shoulder lie?", *world.options, "--json").object
    assert (found["differential"], found["distinction"], found["bearing"]) == (None, None, [])


# ---------------------------------------------------------------- what is loaded


def test_classify_loads_neither_models_nor_arrays(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom calcrag.surfaces.cli import main\n"
        f"assert main(['classify', {CASE!r}]) == 0\nassert main(['classify', {CASE!r}, '--json']) == 0\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    loaded = set(ran.stderr.split())
    assert {"torch", "onnxruntime", "faiss", "numpy", "tokenizers", "sentence_transformers", "rich"} & loaded == set()
