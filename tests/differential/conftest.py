"""A world of five types and some twenty findings, written out as the files of a knowledge base and read from there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from calcrag.differential.findings import Finding, FindingState
from calcrag.differential.knowledge import Knowledge, load_knowledge


def sign(identity: str, *, implies: str = "", opposes: str = "", group: str = "morphology") -> str:
    lines = [f'[[finding]]\nid = "{identity}"\ngroup = "{group}"\nlabel = "{identity.replace("-", " ")}"']
    lines.append(f'definition = "What {identity} is."\nkind = "sign"')
    lines += [f"{key} = {value.split()!r}" for key, value in (("implies", implies), ("opposes", opposes)) if value]
    return "\n".join(lines) + "\n"


FINDINGS = (
    sign("calcified")
    + sign("periarticular-mass", implies="calcified")
    + sign("fluid-level", implies="periarticular-mass")
    + sign("peripheral-rim", implies="calcified", opposes="central-mineral")
    + sign("central-mineral", implies="calcified")
    + sign("eggshell", implies="peripheral-rim")
    + sign("trauma")
    + sign("crush-injury", implies="trauma")
    + sign("male", opposes="female")
    + sign("female")
    + sign("dialysis", implies="renal-failure")
    + sign("renal-failure")
    + sign("high-phosphate", opposes="normal-phosphate")
    + sign("normal-phosphate")
    + sign("bone-destruction")
    + sign("shrinking", opposes="growing")
    + sign("growing")
    + sign("family-history")
    + sign("ulcer")
    + sign("tattoo")
    + sign("histology", group="pathology")
    + sign("leg", group="site")
    + sign("knee", group="site", implies="leg")
    + sign("arm", group="site")
    + """
[[finding]]
id = "age"
group = "demographics"
label = "age"
definition = "Age of the patient."
kind = "measurement"
analyte = "age"
units = ["years", "months"]

[[finding]]
id = "serum-phosphate"
group = "laboratory"
label = "serum phosphate"
definition = "Phosphate in serum."
kind = "measurement"
analyte = "serum-phosphate"
units = ["mg/dL", "mmol/L"]
"""
)


def criterion(identity: str, when: str, strength: str, *, because: str = "", group: str = "", quote: str = "") -> str:
    quote = quote or f"the words of the source about {identity}"
    lines = [f'[[criterion]]\nid = "{identity}"\nwhen = {when}\nstrength = "{strength}"']
    lines.append(f'because = "{because or f"The sources tie {identity} to it."}"')
    lines.append(f'evidence = [{{ source = "essay", quote = "{quote}" }}]')
    lines += [f'group = "{group}"'] if group else []
    return "\n".join(lines) + "\n"


def calcification(
    identity: str, *criteria: str, mechanism: str, frequency: str = "rare", miss: bool = False, more: str = ""
) -> str:
    return (
        f'id = "{identity}"\nname = "{identity.replace("-", " ").capitalize()}"\nsynonyms = ["{identity} disease"]\n'
        f'icd10cm = ["M10.9"]\nmechanism = "{mechanism}"\nmust_not_miss = {str(miss).lower()}\n'
        f'frequency = "{frequency}"\nsummary = "What {identity} is."\n{more}\n' + "\n".join(criteria)
    )


TYPES = {
    "tumoral-calcinosis": calcification(
        "tumoral-calcinosis",
        criterion("mass", '{ present = "periarticular-mass" }', "moderate"),
        criterion("layers", '{ present = "fluid-level" }', "strong"),
        criterion("phosphate", '{ present = "high-phosphate" }', "strong", group="phosphate"),
        criterion(
            "value", '{ measured = "serum-phosphate", above = 5.5, unit = "mg/dL" }', "moderate", group="phosphate"
        ),
        criterion("family", '{ present = "family-history" }', "pathognomonic"),
        criterion("young", "{ age = { from = 5, to = 20 } }", "weak"),
        criterion("kidneys", '{ present = "renal-failure" }', "against"),
        mechanism="idiopathic",
    ),
    "renal-calcinosis": calcification(
        "renal-calcinosis",
        criterion("kidneys", '{ present = "renal-failure" }', "moderate", group="kidneys"),
        criterion("dialysis", '{ present = "dialysis" }', "strong", group="kidneys"),
        criterion("layers", '{ present = "fluid-level" }', "moderate"),
        criterion(
            "phosphate",
            '{ any = ["high-phosphate", { measured = "serum-phosphate", above = 4.5, unit = "mg/dL" }] }',
            "weak",
        ),
        mechanism="metastatic",
        frequency="common",
        miss=True,
    ),
    "myositis-ossificans": calcification(
        "myositis-ossificans",
        criterion("rim", '{ present = "peripheral-rim" }', "strong"),
        criterion("weeks", '{ time = "trauma", from_days = 14, to_days = 60 }', "strong", group="injury"),
        criterion("injury", '{ present = "trauma" }', "moderate", group="injury"),
        criterion("shrinks", '{ all = ["shrinking", { none = ["bone-destruction", "ulcer"] }] }', "moderate"),
        criterion("centre", '{ present = "central-mineral" }', "against"),
        mechanism="ossification",
        frequency="less common",
    ),
    "sarcoma": calcification(
        "sarcoma",
        criterion("growth", '{ present = "growing" }', "moderate"),
        criterion("centre", '{ present = "central-mineral" }', "strong"),
        criterion("bone", '{ present = "bone-destruction" }', "strong"),
        criterion("no-injury", '{ absent = "trauma" }', "weak"),
        criterion("rim", '{ present = "peripheral-rim" }', "against"),
        mechanism="tumour",
        miss=True,
    ),
    "scrotal-calcinosis": calcification(
        "scrotal-calcinosis",
        criterion("man", '{ present = "male" }', "weak"),
        criterion("ulcer", '{ present = "ulcer" }', "moderate"),
        criterion("woman", '{ present = "female" }', "excludes"),
        mechanism="idiopathic",
    ),
}


def write_knowledge(
    folder: Path, *, types: dict[str, str] | None = None, findings: str = FINDINGS, references: str = ""
) -> Path:
    """The files of a knowledge base; by default those of the small world."""
    for name in ("types", "findings", "references"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "knowledge.toml").write_text('version = "test"\n', encoding="utf-8")
    (folder / "findings" / "all.toml").write_text(findings, encoding="utf-8")
    for name, text in (TYPES if types is None else types).items():
        (folder / "types" / f"{name}.toml").write_text(text, encoding="utf-8")
    if references:
        (folder / "references" / "works.toml").write_text(references, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def written() -> Callable[..., Path]:
    return write_knowledge


@pytest.fixture(scope="session")
def vocabulary_text() -> str:
    return FINDINGS


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load_knowledge(write_knowledge(tmp_path_factory.mktemp("kb")))


@pytest.fixture(scope="session")
def case() -> Callable[..., list[Finding]]:
    """A case in a line: "fluid-level -trauma crush-injury@30 age=12 serum-phosphate=7.1" → Findings."""

    def read(line: str) -> list[Finding]:
        found = []
        for word in line.split():
            if "=" in word:
                identity, value = word.split("=")
                unit = "years" if identity == "age" else "mg/dL"
                found.append(Finding(identity, identity, FindingState.MEASURED, value=float(value), unit=unit))
            else:
                identity, _, time = word.removeprefix("-").partition("@")
                state = FindingState.ABSENT if word.startswith("-") else FindingState.PRESENT
                found.append(Finding(identity, identity.replace("-", " "), state, time=float(time) if time else None))
        return found

    return read
