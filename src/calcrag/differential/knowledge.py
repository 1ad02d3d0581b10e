"""kb/ → Knowledge: the types of soft-tissue calcification, the vocabulary of findings, and what the criteria rest
on.

Made from the TOML files of a knowledge base, read strictly: every problem of every file is found in one pass, and a
knowledge base that has one does not load. Must never: load a criterion without evidence, or look into the corpus
(whether a quote stands in its source is for `calcrag.audit`).
"""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from calcrag.citation import Record
from calcrag.differential.calcification import CalcificationType, read_type
from calcrag.differential.consistency import inconsistencies
from calcrag.differential.criteria import AllOf, AnyOf, Measured, NoneOf, Test, wording
from calcrag.differential.findings import Vocabulary, load_vocabulary
from calcrag.differential.references import read_references
from calcrag.differential.tables import read_tables
from calcrag.errors import CalcragError, DataError

__all__ = ["KNOWLEDGE_FOLDER", "Knowledge", "KnowledgeReading", "check", "load_knowledge", "read_knowledge"]

KNOWLEDGE_FOLDER = Path(__file__).resolve().parent / "kb"


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: `classify` keeps what it prepared for each
class Knowledge:
    """What is known: the types in the order of their ids, the vocabulary their criteria use, the works not held.

    `version` is printed in kb/knowledge.toml; `digest` changes with any word of any TOML file of kb/.
    """

    types: tuple[CalcificationType, ...]
    vocabulary: Vocabulary
    references: tuple[Record, ...]
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class KnowledgeReading:
    """What could be read of a folder, and every problem of it; `knowledge` is None where there is a problem."""

    types: tuple[CalcificationType, ...]
    problems: tuple[str, ...]
    knowledge: Knowledge | None


def load_knowledge(folder: Path = KNOWLEDGE_FOLDER) -> Knowledge:
    """The knowledge base of a folder; DataError, with the first problem and the number of the others, where it has
    one.
    """
    reading = read_knowledge(folder)
    if reading.knowledge is None:
        more = f" (and {len(reading.problems) - 1} more)" if len(reading.problems) > 1 else ""
        raise DataError(
            f"the knowledge base has a problem{more}: {reading.problems[0]}",
            where=str(folder),
            remedy="mend the file; scripts/check_knowledge lists every problem",
        )
    return reading.knowledge


def check(folder: Path = KNOWLEDGE_FOLDER) -> list[str]:
    """Every problem of the knowledge base of a folder, one line each: file, criterion, what is wrong, how to mend
    it.
    """
    return list(read_knowledge(folder).problems)


def read_knowledge(folder: Path = KNOWLEDGE_FOLDER) -> KnowledgeReading:
    """All that can be read of a knowledge base, also where some of it is wrong."""
    problems: list[str] = []
    version = _version(folder, problems)
    records = read_references(folder, problems)
    types: list[CalcificationType] = []
    for name, table in read_tables(folder, "types/*.toml", problems):
        one = read_type(table, stem=Path(name).stem, records=records)
        types.extend([one] if one else [])
    for path in sorted(folder.glob("*/*")):
        if path.suffix not in (".toml", ".md"):
            name = path.relative_to(folder).as_posix()
            problems.append(f"{name}: is no .toml file and would be overlooked; rename it")
    if not any(folder.glob("types/*.toml")):
        problems.append("types/: holds no type")
    try:
        vocabulary = load_vocabulary(folder / "findings")
    except CalcragError as error:
        return KnowledgeReading(tuple(types), (*problems, f"findings/: {error.what}"), None)
    problems.extend(inconsistencies(types, vocabulary))
    types.sort(key=lambda one: one.id)
    if problems:
        return KnowledgeReading(tuple(types), tuple(problems), None)
    ready = tuple(_finished(one, vocabulary) for one in types)
    works = tuple(sorted(set(records.values()), key=lambda record: (record.doi.lower(), record.pmid)))
    return KnowledgeReading(ready, (), Knowledge(ready, vocabulary, works, version, _digest(folder)))


def _version(folder: Path, problems: list[str]) -> str:
    for _, table in read_tables(folder, "knowledge.toml", problems):
        table.only(("version",))
        return table.text("version")
    if not (folder / "knowledge.toml").is_file():
        problems.append("knowledge.toml: is missing; write version = '…' into it")
    return ""


def _finished(one: CalcificationType, vocabulary: Vocabulary) -> CalcificationType:
    """The type with its tests worded as they were written and their bounds in the units in which values are kept."""
    labels = {term.id: term.label for term in vocabulary.terms.values()}
    return replace(
        one,
        criteria=tuple(
            replace(c, label=wording(c.test, labels), test=_in_own_units(c.test, vocabulary)) for c in one.criteria
        ),
    )


def _in_own_units(test: Test, vocabulary: Vocabulary) -> Test:
    """The test with every bound on a value in the first unit of its finding."""
    match test:
        case AnyOf(tests) | AllOf(tests) | NoneOf(tests):
            return type(test)(tuple(_in_own_units(inner, vocabulary) for inner in tests))
        case Measured(finding, above, below, unit):
            term = vocabulary.terms[finding]
            factor = term.factors[unit]
            low, high = (None if bound is None else bound * factor for bound in (above, below))
            return Measured(finding, low, high, term.units[0])
        case _:
            return test


def _digest(folder: Path) -> str:
    """A hash over the names and the content of the TOML files of a folder, the same whatever their line ends."""
    content = sha256()
    for path in sorted(folder.rglob("*.toml"), key=lambda path: path.relative_to(folder).as_posix()):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        content.update(f"{path.relative_to(folder).as_posix()} {len(text)}\n".encode() + text)
    return content.hexdigest()[:16]
