"""kb/ → Knowledge: what loads, and every kind of file that must not, with the line that says where and how to mend
it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from calcrag.differential.calcification import CalcificationType, Evidence, Frequency, Mechanism, Strength
from calcrag.differential.criteria import AnyOf, Measured, NoneOf, Present
from calcrag.differential.knowledge import KNOWLEDGE_FOLDER, Knowledge, check, load_knowledge, read_knowledge
from calcrag.errors import DataError

Written = Callable[..., Path]

GOUT = """
id = "gout"
name = "Gout"
synonyms = ["gouty tophus"]
icd10cm = ["M10.9"]
mechanism = "dystrophic"
must_not_miss = false
frequency = "common"
summary = "Urate crystals that calcify."

[[criterion]]
id = "ulcer"
when = { present = "ulcer" }
strength = "strong"
because = "Tophi ulcerate."
evidence = [{ source = "essay", quote = "tophi may calcify and ulcerate" }]
"""

SECOND = """
[[criterion]]
id = "second"
when = {when}
strength = "{strength}"
because = "So it is."
evidence = [{{ source = "essay", quote = "some other words of the essay" }}]
"""

WORK = """
[[reference]]
doi = "10.1000/one"
pmid = "12345"
title = "On calcification"
authors = ["Author A"]
year = 1999
container = "Journal"
volume = "1"
issue = "2"
pages = "3-4"
"""


def problems(written: Written, folder: Path, *files: str, **more: str) -> list[str]:
    names = [file.split('id = "')[1].split('"')[0] if 'id = "' in file else "gout" for file in files]
    return check(written(folder, types=dict(zip(names, files, strict=True)), **more))


def only(found: list[str]) -> str:
    assert len(found) == 1, found
    return found[0]


# ---------------------------------------------------------------- must load


def test_a_type_is_read_as_written(written: Written, tmp_path: Path) -> None:
    text = (
        GOUT + 'group = "skin"\n' + SECOND.format(when='{ present = "growing" }', strength="weak") + 'group = "skin"\n'
    )
    text = text.replace("summary", 'parent = "crystals"\nsummary')
    knowledge = load_knowledge(
        written(
            tmp_path,
            types={"gout": text, "crystals": GOUT.replace("out", "rystals").replace("gr", "cr").replace("Gr", "Cr")},
        )
    )
    gout = next(one for one in knowledge.types if one.id == "gout")
    assert (gout.name, gout.synonyms, gout.icd10cm) == ("Gout", ("gouty tophus",), ("M10.9",))
    assert (gout.mechanism, gout.must_not_miss, gout.frequency) == (Mechanism.DYSTROPHIC, False, Frequency.COMMON)
    assert (gout.summary, gout.parent) == ("Urate crystals that calcify.", "crystals")
    first = gout.criteria[0]
    assert (first.id, first.test, first.strength, first.because) == (
        "ulcer",
        Present("ulcer"),
        Strength.STRONG,
        "Tophi ulcerate.",
    )
    assert (first.group, first.label) == ("skin", "ulcer")
    assert first.evidence == (Evidence(source="essay", quote="tophi may calcify and ulcerate"),)
    assert first.evidence[0].held


def test_a_work_not_held_comes_with_its_record(written: Written, tmp_path: Path) -> None:
    for number, evidence in enumerate(('doi = "10.1000/ONE"', 'pmid = "12345"', 'doi = "10.1000/one", pmid = "12345"')):
        text = GOUT.replace(
            'source = "essay", quote = "tophi may calcify and ulcerate"',
            f'{evidence}, fact = "Tophi break through the skin"',
        )
        knowledge = load_knowledge(written(tmp_path / str(number), types={"gout": text}, references=WORK))
        found = knowledge.types[0].criteria[0].evidence[0]
        assert not found.held
        assert found.record is not None
        assert (found.record.title, found.record.year, found.record.authors) == (
            "On calcification",
            1999,
            ("Author A",),
        )
        assert knowledge.references == (found.record,)


def test_the_digest_follows_the_content_and_nothing_else(written: Written, tmp_path: Path) -> None:
    def digest(name: str, text: str, **more: str) -> str:
        return load_knowledge(written(tmp_path / name, types={"gout": text}, **more)).digest

    plain = digest("plain", GOUT)
    assert digest("again", GOUT) == plain
    returns = written(tmp_path / "returns", types={"gout": GOUT})
    (returns / "types" / "gout.toml").write_bytes(GOUT.replace("\n", "\r\n").encode())
    assert load_knowledge(returns).digest == plain
    assert digest("word", GOUT.replace("Tophi ulcerate", "Tophi may ulcerate")) != plain
    assert digest("work", GOUT, references=WORK) != plain


def test_bounds_are_kept_in_the_unit_in_which_values_are(
    written: Written, vocabulary_text: str, tmp_path: Path
) -> None:
    units = 'units = ["mg/dL", "mmol/L"]\nfactors = [1.0, 3.1]'
    findings = vocabulary_text.replace('units = ["mg/dL", "mmol/L"]', units)
    assert units in findings
    when = '{ any = [{ measured = "serum-phosphate", above = 2, unit = "mmol/L" }, { none = ["rim", "ulcer"] }] }'
    text = GOUT + SECOND.format(when=when.replace('"rim", ', ""), strength="weak")
    second = load_knowledge(written(tmp_path, types={"gout": text}, findings=findings)).types[0].criteria[1]
    assert second.test == AnyOf((Measured("serum-phosphate", 6.2, None, "mg/dL"), NoneOf((Present("ulcer"),))))
    assert second.label == "serum phosphate above 2 mmol/L or (not ulcer)"


def test_a_vocabulary_that_does_not_load_is_a_problem_beside_the_others(written: Written, tmp_path: Path) -> None:
    found = problems(written, tmp_path, GOUT.replace("M10.9", "x"), findings="[[finding]]\nid = 'x'\n")
    assert [p.split(": ")[0] for p in found] == ["types/gout.toml", "findings/"]
    assert "label is missing" in found[1]


def test_types_come_in_the_order_of_their_ids(small: Knowledge) -> None:
    assert [one.id for one in small.types] == sorted(one.id for one in small.types)
    assert (small.version, len(small.digest)) == ("test", 16)


def test_what_was_read_is_given_also_where_something_is_wrong(written: Written, tmp_path: Path) -> None:
    reading = read_knowledge(written(tmp_path, types={"gout": GOUT + "x = 1\n"}))
    assert [one.id for one in reading.types] == ["gout"]
    assert reading.knowledge is None
    assert reading.problems == (
        "types/gout.toml: criterion 'ulcer': unknown key 'x'; known are id, when, strength, because, evidence, group",
    )


# ---------------------------------------------------------------- must not load


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('id = "gout"', 'id = "gut"', "types/gout.toml: id = 'gut' is not the name of the file; write id = 'gout'"),
        ('mechanism = "dystrophic"', 'mechanism = "magic"', "mechanism = 'magic' must be one of dystrophic, metastatic"),
        ('frequency = "common"', 'frequency = "often"', "frequency = 'often' must be one of common, less common, rare"),
        ("must_not_miss = false\n", "", "types/gout.toml: must_not_miss is missing"),
        ('name = "Gout"', 'nmae = "Gout"', "unknown key 'nmae'; did you mean 'name'?"),
        ('["M10.9"]', '["10.9"]', "icd10cm '10.9' is no ICD-10-CM code"),
        ('["gouty tophus"]', '["Gout"]', "synonyms repeat the name 'Gout'"),
        ('when = { present = "ulcer" }\n', "", "criterion 'ulcer': when is missing; write when ="),
        ('present = "ulcer"', 'present = "ulcr"', "criterion 'ulcer': 'ulcr' is no finding of findings/*.toml; did you mean 'ulcer'?"),
        ('present = "ulcer"', 'present = "rim-of-bone"', "'rim-of-bone' is no finding of findings/*.toml; akin are peripheral-rim, bone-destruction"),
        ('present = "ulcer"', 'present = "zzz"', "'zzz' is no finding of findings/*.toml"),
        ('present = "ulcer"', 'preset = "ulcer"', "criterion 'ulcer': when: no test: it has preset"),
        ('present = "ulcer"', 'present = "serum-phosphate"', "is a measurement, neither present nor absent"),
        ('present = "ulcer"', 'measured = "ulcer", above = 1, unit = "x"', "is a sign, which has no value; use present or absent"),
        ('present = "ulcer"', 'measured = "serum-phosphate", above = 1, unit = "g"', "is not measured in 'g'; one of mg/dL, mmol/L"),
        ('present = "ulcer"', 'all = ["fluid-level", { absent = "calcified" }]', "asks for 'calcified' both present (itself or implied) and absent"),
        ('present = "ulcer"', 'all = ["ulcer", { none = ["growing", "ulcer"] }]', "asks for 'ulcer' both present"),
        ('present = "ulcer"', 'any = [{ all = ["eggshell", "central-mineral"] }]', "can never be met: 'central-mineral' and 'peripheral-rim' oppose"),
        ('"strong"', '"certain"', "strength = 'certain' must be one of pathognomonic, strong"),
        ('"strong"', '"weak"', "types/gout.toml: can never be supported: no criterion of moderate strength or more"),
        ('because = "Tophi ulcerate."\n', "", "criterion 'ulcer': because is missing"),
        ("evidence = [{", "evidnce = [{", "did you mean 'evidence'?"),
        ('[{ source = "essay", quote = "tophi may calcify and ulcerate" }]', "[]", "criterion 'ulcer': no evidence; write evidence = ["),
        ('[{ source = "essay", quote = "tophi may calcify and ulcerate" }]', '"essay"', "evidence must be a list of tables"),
        ('source = "essay", ', "", "evidence 1: evidence with quote; write source and quote (held), or doi or pmid with fact"),
        ('source = "essay", quote = "tophi may calcify and ulcerate"', "", "evidence 1: evidence with nothing; write source"),
        ('source = "essay", quote', 'fact = "It is so", source = "essay", quote', "evidence with source, quote, fact; write"),
        ("tophi may calcify and ulcerate", "tophi may … ulcerate", "evidence 1: quote of 3 words, fewer than 5"),
        ('quote = "tophi may calcify and ulcerate"', 'quote = " "', "evidence 1: quote must be a text that is not blank"),
        ('source = "essay", quote =', 'doi = "https://doi.org/10.1000/one", fact =', "doi 'https://doi.org/10.1000/one' is not well-formed"),
        ('source = "essay", quote =', 'doi = "10.1000/one.", fact =', "doi '10.1000/one.' is not well-formed"),
        ('source = "essay", quote =', 'doi = "10.1000/two", fact =', "doi '10.1000/two' is in no file of references/; add a [[reference]]"),
        ('source = "essay", quote =', 'pmid = "PMC12", fact =', "pmid 'PMC12' is not well-formed"),
        ('source = "essay", quote =', 'pmid = "77", fact =', "pmid '77' is in no file of references/"),
        ('" }]', '" }, { source = "essay", quote = "tophi may calcify and ulcerate" }]', "evidence 2 repeats an earlier one"),
        ('summary = "', 'parent = "crystal"\nsummary = "', "types/gout.toml: parent 'crystal' is no type"),
        ('summary = "', 'parent = "gout"\nsummary = "', "types/gout.toml: is its own parent"),
        ('because = "', 'group = "alone"\nbecause = "', "group 'alone' has one criterion only ('ulcer'); leave it out"),
    ],
)  # fmt: skip
def test_refuses(before: str, after: str, told: str, written: Written, tmp_path: Path) -> None:
    assert before in GOUT
    found = check(written(tmp_path, types={"gout": GOUT.replace(before, after, 1)}))
    assert any(told in problem for problem in found), found
    assert all(problem.startswith("types/gout.toml: ") for problem in found)


@pytest.mark.parametrize(
    ("when", "strength", "told"),
    [
        ('{ any = ["ulcer"] }', "against", "criteria 'ulcer' and 'second': the same test for and against; keep one"),
        ('{ all = ["ulcer", "ulcer"] }', "weak", "criteria 'ulcer' and 'second': the same test twice; keep one"),
        ('{ absent = "ulcer" }', "weak", "a test and its contrary count in the same direction"),
    ],
)
def test_refuses_criteria_that_contradict(
    when: str, strength: str, told: str, written: Written, tmp_path: Path
) -> None:
    found = only(problems(written, tmp_path, GOUT + SECOND.format(when=when, strength=strength)))
    assert told in found


def test_a_contrary_may_count_against(written: Written, tmp_path: Path) -> None:
    assert problems(written, tmp_path, GOUT + SECOND.format(when='{ absent = "ulcer" }', strength="against")) == []


def test_refuses_a_group_in_two_directions(written: Written, tmp_path: Path) -> None:
    text = GOUT + 'group = "g"\n' + SECOND.format(when='{ present = "growing" }', strength="against") + 'group = "g"\n'
    assert (
        only(problems(written, tmp_path, text))
        == "types/gout.toml: group 'g' holds criteria for and against; a group is of one direction"
    )


def test_refuses_two_criteria_of_one_id(written: Written, tmp_path: Path) -> None:
    text = GOUT + SECOND.format(when='{ present = "growing" }', strength="weak").replace('"second"', '"ulcer"')
    assert only(problems(written, tmp_path, text)) == "types/gout.toml: two criteria have the id 'ulcer'"


def test_refuses_a_name_of_two_types(written: Written, tmp_path: Path) -> None:
    other = (
        GOUT.replace('id = "gout"', 'id = "tophus"')
        .replace('name = "Gout"', 'name = "Gouty  Tophus"')
        .replace('["gouty tophus"]', '["goût"]')
    )
    found = problems(written, tmp_path, GOUT, other)
    assert [p.split(";")[0] for p in found] == [
        "types/tophus.toml: the name 'Gouty  Tophus' is also 'gouty tophus' of types/gout.toml",
        "types/tophus.toml: the name 'goût' is also 'Gout' of types/gout.toml",
    ]


def test_refuses_parents_in_a_circle(written: Written, tmp_path: Path) -> None:
    types = {}
    for one, parent in (("aa", "bb"), ("bb", "aa"), ("cc", "aa")):
        text = (
            GOUT.replace('id = "gout"', f'id = "{one}"\nparent = "{parent}"')
            .replace('"Gout"', f'"{one}"')
            .replace("gouty", one)
        )
        types[one] = text
    found = check(written(tmp_path, types=types))
    assert [p.split(",")[0] for p in found] == ["types/aa.toml: is its own parent", "types/bb.toml: is its own parent"]


def test_refuses_an_id_that_is_no_name(written: Written, tmp_path: Path) -> None:
    assert "must be words of small letters" in only(
        check(written(tmp_path, types={"Gout_x": GOUT.replace('"gout"', '"Gout_x"')}))
    )


def test_refuses_a_type_without_criteria(written: Written, tmp_path: Path) -> None:
    assert "no [[criterion]]: a type needs at least one" in only(
        problems(written, tmp_path, GOUT.split("[[criterion]]", maxsplit=1)[0])
    )


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (WORK.replace("title", "titel"), "references/works.toml: reference '10.1000/one': unknown key 'titel'"),
        (WORK.replace('title = "On calcification"', ""), "title is missing"),
        (WORK.replace('authors = ["Author A"]', ""), "authors is missing"),
        (WORK.replace("year = 1999", ""), "year is missing"),
        (WORK.replace("1999", '"1999"'), "year must be a whole number"),
        (WORK.replace("1999", "19990"), "year 19990 cannot be"),
        (WORK.replace("10.1000/one", "one"), "doi 'one' is not well-formed"),
        (WORK.replace("12345", "PMID 12345"), "pmid 'PMID 12345' is not well-formed"),
        (WORK.replace('doi = "10.1000/one"\npmid = "12345"', ""), "reference 1: doi or pmid is missing"),
        (WORK + WORK.replace("1999", "2000"), "10.1000/one stands also in references/works.toml: reference '10.1000/one', with other fields"),
        ("[[references]]\n", "unknown key 'references'; did you mean 'reference'?"),
    ],
)  # fmt: skip
def test_refuses_a_reference(work: str, told: str, written: Written, tmp_path: Path) -> None:
    found = problems(written, tmp_path, GOUT, references=work)
    assert any(told in problem for problem in found), found
    assert all(problem.startswith("references/works.toml: ") for problem in found)


def test_the_same_reference_twice_is_one(written: Written, tmp_path: Path) -> None:
    assert problems(written, tmp_path, GOUT, references=WORK + WORK) == []


def test_refuses_a_doi_and_a_pmid_of_two_works(written: Written, tmp_path: Path) -> None:
    text = GOUT.replace('source = "essay", quote =', 'doi = "10.1000/one", pmid = "77", fact =')
    works = WORK.replace('pmid = "12345"\n', "") + WORK.replace('doi = "10.1000/one"\n', "").replace("12345", "77")
    assert "doi '10.1000/one' and pmid '77' are two works" in only(problems(written, tmp_path, text, references=works))


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        (
            'implies = ["calcifed"]',
            "finding 'rim': implies 'calcifed', which is no finding; did you mean 'calcified'?",
        ),
        ('opposes = ["nothing"]', "finding 'rim': opposes 'nothing', which is no finding"),
        ('implies = ["rim"]', "findings: finding 'rim': implies itself"),
        ('implies = ["rims"]', "findings: finding 'rim': implies itself over other findings"),
        (
            'implies = ["calcified"]\nopposes = ["calcified"]',
            "finding 'rim': can never be present: it is or implies 'calcified' and 'rim'",
        ),
        ('implies = ["male", "female"]', "finding 'rim': can never be present: it is or implies 'female' and 'male'"),
    ],
)
def test_refuses_a_vocabulary(findings: str, told: str, written: Written, vocabulary_text: str, tmp_path: Path) -> None:
    rim = f'[[finding]]\nid = "rim"\ngroup = "morphology"\nlabel = "rim"\ndefinition = "A rim."\nkind = "sign"\n{findings}\n'
    rims = rim.replace('"rim"', '"rims"').replace(findings, 'implies = ["rim"]')
    found = problems(written, tmp_path, GOUT, findings=vocabulary_text + rim + rims)
    assert any(told in problem for problem in found), found


def test_refuses_a_folder_without_version_types_or_with_other_files(written: Written, tmp_path: Path) -> None:
    folder = written(tmp_path, types={})
    (folder / "knowledge.toml").unlink()
    (folder / "types" / "gout.tml").write_text(GOUT)
    (folder / "types" / "README.md").write_text("About the types.")
    assert check(folder) == [
        "knowledge.toml: is missing; write version = '…' into it",
        "types/gout.tml: is no .toml file and would be overlooked; rename it",
        "types/: holds no type",
    ]
    (folder / "knowledge.toml").write_text("version =")
    assert check(folder)[0].startswith("knowledge.toml: cannot be read as TOML")
    (folder / "knowledge.toml").write_text("verson = '1'")
    assert check(folder)[:2] == [
        "knowledge.toml: unknown key 'verson'; did you mean 'version'?",
        "knowledge.toml: version is missing",
    ]


def test_an_error_names_the_first_problem_the_number_of_the_others_and_the_remedy(
    written: Written, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        load_knowledge(written(tmp_path, types={"gout": GOUT.replace("common", "often").replace("M10.9", "10.9")}))
    assert caught.value.what.startswith("the knowledge base has a problem (and 1 more): types/gout.toml: ")
    assert caught.value.remedy is not None
    assert "scripts/check_knowledge" in caught.value.remedy
    with pytest.raises(DataError, match="has a problem: types/gout"):
        load_knowledge(written(tmp_path / "b", types={"gout": GOUT.replace("M10.9", "10.9")}))


def test_all_problems_of_all_files_are_named_at_once(written: Written, tmp_path: Path) -> None:
    other = (
        GOUT.replace('id = "gout"', 'id = "tophus"')
        .replace("Gout", "Tophus")
        .replace("gouty", "some")
        .replace('"strong"', '"sure"')
    )
    found = problems(written, tmp_path, GOUT.replace("M10.9", "x").replace("because", "becuase"), other)
    assert [p.split(": ", 1)[1] for p in found if p.startswith("types/gout.toml")] == [
        "icd10cm 'x' is no ICD-10-CM code; they look like 'M10.9' or 'E83.59'",
        "criterion 'ulcer': unknown key 'becuase'; did you mean 'because'?",
        "criterion 'ulcer': because is missing",
    ]
    assert any(p.startswith("types/tophus.toml: criterion 'ulcer': strength = 'sure'") for p in found)


# ---------------------------------------------------------------- the knowledge base that calcrag ships


def shipped() -> tuple[CalcificationType, ...]:
    return read_knowledge(KNOWLEDGE_FOLDER).types


def test_every_icd_10_cm_code_that_is_shipped_exists() -> None:
    codes = pytest.importorskip("simple_icd_10_cm")
    unknown = [(one.id, code) for one in shipped() for code in one.icd10cm if not codes.is_valid_item(code)]
    assert unknown == []
