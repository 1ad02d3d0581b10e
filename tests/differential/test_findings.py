"""The vocabulary: what loads, what is refused and where, what the shipped files must hold; findings to JSON and back."""

import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcrag.differential.consistency import broader
from calcrag.differential.findings import (
    Certainty,
    Describes,
    Finding,
    FindingState,
    Group,
    Reading,
    TermKind,
    Vocabulary,
    load_vocabulary,
    reference_range,
)
from calcrag.differential.findings_json import finding_to_json, findings_from_json, findings_to_json
from calcrag.errors import DataError, UnknownName

SIGN = '[[finding]]\nid = "lump"\ngroup = "examination"\nlabel = "lump"\n'
CALCIUM = (
    '[[finding]]\nid = "calcium"\ngroup = "laboratory"\nlabel = "calcium"\nkind = "measurement"\n'
    'units = ["mg/dL", "mmol/L"]\nfactors = [1, 4.008]\nplausible = [3, 25]\n'
)


@pytest.fixture(scope="module")
def shipped() -> Vocabulary:
    return load_vocabulary()


def world(folder: Path, text: str, **more: str) -> Vocabulary:
    (folder / "a.toml").write_text(text, encoding="utf-8")
    for name, content in more.items():
        (folder / f"{name}.toml").write_text(content, encoding="utf-8")
    return load_vocabulary(folder)


# ---------------------------------------------------------------- loading: what is taken


def test_every_file_of_the_folder_is_read_and_every_field_kept(tmp_path: Path) -> None:
    vocabulary = world(
        tmp_path,
        SIGN
        + 'definition = "A lump."\nsynonyms = ["lump", "<mass>"]\nabsent = ["impalpable"]\nimplies = ["mass"]\n'
        + 'opposes = ["gone"]\nevent = true\nqualitative = true\ndescribes = "itself"\ncodes = { snomed = "1" }\n'
        + '[[words]]\nname = "mass"\nforms = ["mass"]\n[[ignore]]\nphrases = ["body mass"]\n',
        b=SIGN.replace("lump", "mass")
        + SIGN.replace("lump", "gone")
        + CALCIUM
        + SIGN.replace("lump", "high-calcium")
        + 'derived = { analyte = "calcium", reads = "high" }\n'
        + SIGN.replace("lump", "low-calcium")
        + 'derived = [{ analyte = "calcium", reads = "low" }]\n'
        + '[[range]]\nanalyte = "calcium"\nunit = "mmol/L"\nlow = 2\nsource = "s"\nurl = "u"\n',
    )
    lump = vocabulary.term("lump")
    assert (lump.group, lump.kind, lump.definition) == (Group.EXAMINATION, TermKind.SIGN, "A lump.")
    assert (lump.synonyms, lump.absent) == (("lump", "<mass>"), ("impalpable",))
    assert (lump.implies, lump.opposes, lump.codes) == (("mass",), ("gone",), {"snomed": "1"})
    assert lump.event
    assert lump.qualitative
    assert lump.describes is Describes.ITSELF
    assert vocabulary.term("mass").describes is Describes.LESION
    calcium = vocabulary.term("calcium")
    assert (calcium.units, calcium.factors, calcium.plausible) == (
        ("mg/dL",),
        {"mg/dL": 1.0, "mmol/L": 4.008},
        (3.0, 25.0),
    )
    assert [(d.analyte, d.reads) for d in vocabulary.term("high-calcium").derived] == [("calcium", Reading.HIGH)]
    assert [(d.analyte, d.reads) for d in vocabulary.term("low-calcium").derived] == [("calcium", Reading.LOW)]
    assert (vocabulary.words, vocabulary.ignored) == ({"mass": ("mass",)}, ("body mass",))
    assert list(vocabulary.terms) == ["lump", "mass", "gone", "calcium", "high-calcium", "low-calcium"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SIGN + SIGN, "stands in another place too"),
        (SIGN.replace("lump", "Lump", 1), "small letters"),
        (SIGN.replace("examination", "exam"), "must be one of"),
        (SIGN + "weight = 1\n", "unknown key 'weight'"),
        (SIGN + 'implies = ["nothing"]\n', "implies 'nothing', which is no finding"),
        (SIGN + 'opposes = ["lamp"]\n', "did you mean 'lump'"),
        (SIGN + 'derived = { analyte = "lump", reads = "high" }\n', "which is no measurement"),
        (SIGN + 'derived = { analyte = "lump", reads = "huge" }\n', "must be one of high, normal, low"),
        (SIGN + "derived = 3\n", "must be a list of tables"),
        (SIGN + "codes = { oifm = 1 }\n", "codes must be a table of texts"),
        (SIGN + 'describes = "all"\n', "must be one of lesion, mineral, itself"),
        (SIGN + "event = 1\n", "event must be true or false"),
        (SIGN + 'kind = "number"\n', "must be one of sign, measurement"),
        (CALCIUM.replace('units = ["mg/dL", "mmol/L"]\n', ""), "units is missing"),
        (CALCIUM.replace("[1, 4.008]", "[1]"), "factors must be as many as units"),
        (CALCIUM.replace("[1, 4.008]", "[2, 4]"), "factors must be as many as units"),
        (CALCIUM.replace("[1, 4.008]", '["1"]'), "factors must be a list of numbers"),
        (CALCIUM.replace("[3, 25]", "[25, 3]"), "plausible must be two numbers"),
        (
            CALCIUM + '[[range]]\nanalyte = "iron"\nunit = "mg/dL"\nlow = 1\nsource = "s"\nurl = "u"\n',
            "no such measurement",
        ),
        (
            CALCIUM + '[[range]]\nanalyte = "calcium"\nunit = "g"\nlow = 1\nsource = "s"\nurl = "u"\n',
            "none of its units",
        ),
        (
            CALCIUM + '[[range]]\nanalyte = "calcium"\nunit = "mg/dL"\nsource = "s"\nurl = "u"\n',
            "needs low, high or both",
        ),
        (
            CALCIUM + '[[range]]\nanalyte = "calcium"\nunit = "mg/dL"\nlow = "1"\nsource = "s"\nurl = "u"\n',
            "low must be a number",
        ),
        (
            SIGN + 'synonyms = ["<mas> rim"]\n[[words]]\nname = "mass"\nforms = ["mass"]\n',
            "no class of words <mas>; did you mean",
        ),
        (SIGN + 'synonyms = ["rim .."]\n', "nothing to look for on one side"),
        (SIGN + 'absent = ["& rim"]\n', "nothing to look for on one side"),
        (SIGN + 'synonyms = ["18)"]\n', "half of a bracket, or no letter in it"),
        (SIGN + 'synonyms = ["38.5"]\n', "half of a bracket, or no letter in it"),
        ("[[finding", "cannot be read as TOML"),
        ("", "no finding in it"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        world(tmp_path, text)
    assert str(tmp_path) in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3


def test_an_id_in_two_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"b\.toml.*lump"):
        world(tmp_path, SIGN, b=SIGN)


def test_an_unknown_id_is_named_with_what_was_meant(shipped: Vocabulary) -> None:
    with pytest.raises(UnknownName, match="did you mean 'dialysis'"):
        shipped.term("dialisis")


# ---------------------------------------------------------------- the shipped vocabulary


def test_ids_are_kebab_case_and_labels_are_told_apart(shipped: Vocabulary) -> None:
    letters = set(string.ascii_lowercase + string.digits + "-")
    assert all(set(own) <= letters and own == term.id for own, term in shipped.terms.items())
    labels = [term.label.casefold() for term in shipped.terms.values()]
    assert sorted(label for label in set(labels) if labels.count(label) > 1) == []


def test_every_group_has_findings_and_every_finding_a_definition(shipped: Vocabulary) -> None:
    assert {term.group for term in shipped.terms.values()} == set(Group)
    assert [term.id for term in shipped.terms.values() if not term.definition.endswith(".")] == []


def test_no_finding_implies_what_it_opposes(shipped: Vocabulary) -> None:
    for term in shipped.terms.values():
        assert not broader(term.id, shipped) & set(term.opposes), term.id


def test_every_sign_can_be_named_or_derived(shipped: Vocabulary) -> None:
    from_signals = {"t1-low", "t1-intermediate", "t1-bright", "t2-low", "t2-bright", "t2-mixed"}
    by_age = {"adult", "family-member-illness"}
    silent = [
        term.id
        for term in shipped.terms.values()
        if term.kind is TermKind.SIGN
        and not term.synonyms
        and not term.derived
        and term.id not in from_signals | by_age
    ]
    assert silent == []


def test_every_measurement_has_units_and_a_plausible_range(shipped: Vocabulary) -> None:
    for term in shipped.terms.values():
        if term.kind is TermKind.MEASUREMENT:
            assert term.units, term.id
            assert term.plausible, term.id
            assert next(iter(term.factors.values())) == 1.0


def test_codes_are_of_the_systems_that_were_looked_up(shipped: Vocabulary) -> None:
    codes = {(system, code) for term in shipped.terms.values() for system, code in term.codes.items()}
    assert ("oifm", "OIFM_GMTS_025786") in codes
    assert {system for system, _ in codes} <= {"oifm", "snomed", "dicom", "radlex"}


def test_every_default_range_names_the_page_it_was_read_on(shipped: Vocabulary) -> None:
    assert all(one.source and one.url.startswith("http") for one in shipped.ranges)


@pytest.mark.parametrize(
    ("analyte", "age", "sex", "expected"),
    [
        ("serum-phosphate", 15, None, (2.9, 5.1)),
        ("serum-phosphate", 0.5, None, (3.5, 6.6)),
        ("serum-phosphate", 60, None, (2.6, 4.5)),
        ("serum-phosphate", None, None, (2.6, 4.5)),
        ("serum-calcium", 1, None, (9.0, 11.0)),
        ("serum-calcium-x-phosphate", 6, None, (None, 65.0)),
        ("egfr", 50, None, (60.0, None)),
        ("serum-ck", 50, "male", (24.0, 195.0)),
        ("serum-ck", 50, "female", (24.0, 170.0)),
        ("serum-ck", 50, None, (24.0, 195.0)),  # either sex: only what is abnormal for both
        ("serum-pth", 6, None, None),
        ("serum-fgf23", 50, None, None),
    ],
)
def test_the_default_range_fits_age_and_sex(
    shipped: Vocabulary,
    analyte: str,
    age: float | None,
    sex: str | None,
    expected: tuple[float | None, float | None] | None,
) -> None:
    assert reference_range(analyte, shipped, age_years=age, sex=sex) == expected


def test_a_range_of_one_sex_serves_where_the_other_has_none(tmp_path: Path) -> None:
    vocabulary = world(
        tmp_path,
        CALCIUM + '[[range]]\nanalyte = "calcium"\nunit = "mg/dL"\nhigh = 10\nsex = "male"\nsource = "s"\nurl = "u"\n',
    )
    assert reference_range("calcium", vocabulary, age_years=50, sex="female") == (None, 10.0)


# ---------------------------------------------------------------- JSON


def test_findings_go_to_json_and_back(shipped: Vocabulary) -> None:
    findings = (
        Finding("dialysis", "dialysis", FindingState.PRESENT, text="on HD", start=3, end=8, time=365.0),
        Finding("trauma", "injury", FindingState.ABSENT, certainty=Certainty.PROBABLE),
        Finding("serum-calcium", "serum calcium", FindingState.MEASURED, 11.2, "mg/dL", "Ca 2.8", 9, 15),
        Finding("serum-pth", "parathyroid hormone", FindingState.MEASURED, None, "pg/mL"),
    )
    written = json.loads(json.dumps(findings_to_json(findings)))
    assert findings_from_json(written, vocabulary=shipped) == findings
    assert findings_from_json(written["findings"], vocabulary=shipped) == findings


@given(
    state=st.sampled_from([FindingState.PRESENT, FindingState.ABSENT]),
    time=st.none() | st.floats(0, 40000).map(lambda days: round(days, 3)),
    start=st.integers(0, 10**6),
)
def test_any_sign_survives_the_round_trip(state: FindingState, time: float | None, start: int) -> None:
    vocabulary = SHIPPED
    finding = Finding(
        "palpable-mass", vocabulary.term("palpable-mass").label, state, text="x", start=start, end=start + 1, time=time
    )
    assert findings_from_json([finding_to_json(finding)], vocabulary=vocabulary) == (finding,)


def test_only_an_id_is_needed_and_a_value_is_converted(shipped: Vocabulary) -> None:
    dialysis, calcium = findings_from_json(
        [{"id": "dialysis"}, {"id": "serum-calcium", "state": "measured", "value": 2.5, "unit": "mmol/L"}],
        vocabulary=shipped,
    )
    assert (dialysis.state, dialysis.label) == (FindingState.PRESENT, "dialysis")
    assert (calcium.value, calcium.unit) == (pytest.approx(10.02), "mg/dL")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"id": "dialisis"}, "'dialisis' is no finding of the vocabulary; did you mean 'dialysis'"),
        ({"id": 7}, "7 is no finding"),
        ({}, "None is no finding"),
        ("dialysis", "None is no finding"),
        ({"id": "dialysis", "state": "maybe"}, "maybe"),
        ({"id": "dialysis", "state": "measured"}, "a sign cannot be measured"),
        ({"id": "serum-calcium"}, "a measurement cannot be present"),
        ({"id": "dialysis", "value": 3}, "a sign has no value"),
        ({"id": "serum-calcium", "state": "measured", "value": "high"}, "value must be a number"),
        ({"id": "serum-calcium", "state": "measured", "value": float("nan")}, "value must be a number"),
        ({"id": "serum-calcium", "state": "measured", "value": 9, "unit": "stone"}, "unit 'stone' is unknown"),
        ({"id": "serum-calcium", "state": "measured", "value": 90}, "90 mg/dL is impossible"),
        ({"id": "age", "state": "measured", "value": 300}, "300 years is impossible"),
        ({"id": "dialysis", "start": -1}, "start must be a number not below 0"),
        ({"id": "dialysis", "time": "long"}, "time must be a number"),
        ({"id": "dialysis", "text": 3}, "text must be a text"),
        ({"id": "dialysis", "certainty": "sure"}, "sure"),
        ({"id": "dialysis", "staet": "absent"}, "a finding has no 'staet'; did you mean 'state'"),
    ],
)
def test_a_wrong_entry_is_named(shipped: Vocabulary, entry: object, words: str) -> None:
    with pytest.raises(DataError, match="finding 2.*" + words.replace("(", r"\(")):
        findings_from_json([{"id": "dialysis"}, entry], vocabulary=shipped)


def test_every_wrong_entry_is_named_at_once(shipped: Vocabulary) -> None:
    with pytest.raises(DataError, match=r"'one'.*'two'"):
        findings_from_json({"findings": [{"id": "one"}, {"id": "two"}]}, vocabulary=shipped)


@pytest.mark.parametrize("data", [None, {}, {"findings": {}}, "findings"])
def test_what_holds_no_list_is_refused(shipped: Vocabulary, data: object) -> None:
    with pytest.raises(DataError, match="no list of findings"):
        findings_from_json(data, vocabulary=shipped)


SHIPPED = load_vocabulary()
