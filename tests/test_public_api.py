"""Holds that what calcrag says it exports is what exists, and that all of it says what it does."""

import ast
import dataclasses
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import pytest

import calcrag

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts): path.read_text(encoding="utf-8")
    for path in sorted(SOURCE.rglob("*.py"))
}
EXPORTS: tuple[str, ...] = tuple(getattr(calcrag, "__all__", ()))


def undocumented(value: object) -> bool:
    """True for a class or function without a docstring of its own; what a dataclass writes for itself is none."""
    if not (inspect.isclass(value) or callable(value)):
        return False
    text = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
    return not text or not text.strip() or text.startswith(f"{getattr(value, '__name__', '')}(")


def strays(module: ModuleType, exported: set[str]) -> set[str]:
    """Public names that stand in a module without being exported; its submodules are no names of its own."""
    return {n for n, v in vars(module).items() if not n.startswith("_") and not isinstance(v, ModuleType)} - exported


def export_problems(source: str) -> list[str]:
    """What is wrong with a module's `__all__`: missing, naming what is not there, or silent on what is."""
    tree = ast.parse(source)
    if all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in tree.body):
        return []
    bound: set[str] = set()
    public: set[str] = set()
    exported: list[str] | None = None
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
                if not name.startswith("_"):
                    public.add(name)
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value)
            ):
                exported = list(ast.literal_eval(value))
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound |= {alias.asname or alias.name for alias in names}
            case _:
                bound |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    if exported is None:
        return ["no __all__"]
    lazy = "__getattr__" in bound  # names that are loaded when asked for are tested by asking for them
    return [
        *(f"{name} is exported and does not exist" for name in exported if name not in bound and not lazy),
        *(f"{name} exists and is not exported" for name in sorted(public - set(exported) - {"__getattr__", "__dir__"})),
        *(f"{name} is exported twice" for name in sorted({n for n in exported if exported.count(n) > 1})),
    ]


@pytest.mark.parametrize("module", MODULES)
def test_module_exports_what_it_has(module: str) -> None:
    if not MODULES[module].strip():
        pytest.skip("nothing is written there yet")
    assert export_problems(MODULES[module]) == []


def test_package_exports_what_it_has() -> None:
    if not MODULES["calcrag.__init__"].strip():
        pytest.skip("the package exports nothing yet")
    assert EXPORTS
    assert strays(calcrag, set(EXPORTS)) == set()
    assert set(EXPORTS) <= set(dir(calcrag))


@pytest.mark.parametrize("name", EXPORTS)
def test_export_exists_and_says_what_it_does(name: str) -> None:
    value = getattr(calcrag, name)
    assert not undocumented(value)
    if module := getattr(value, "__module__", None):
        home = importlib.import_module(module)
        assert name in getattr(home, "__all__", (name,)), f"{module} does not export {name} itself"


# ---------------------------------------------------------------- the checkers


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("def f():\n    return 1", "no __all__"),
        ("__all__ = ['f', 'g']\ndef f():\n    return 1", "g is exported and does not exist"),
        ("__all__ = []\ndef f():\n    return 1", "f exists and is not exported"),
        ("__all__ = ['f', 'f']\ndef f():\n    return 1", "f is exported twice"),
    ],
)
def test_checker_refuses_exports(source: str, problem: str) -> None:
    assert export_problems(source) == [problem]


@pytest.mark.parametrize(
    "source",
    [
        '"""Only text."""',
        "__all__ = ['f', 'A', 'B', 'Path']\nfrom pathlib import Path\nA: int = 1\nB = 2\nC = 3\ndef f(): ...\ndef _g(): ...",
        "__all__ = ['late']\ndef __getattr__(name): ...",
    ],
)
def test_checker_lets_exports_pass(source: str) -> None:
    assert export_problems(source) == []


def test_checker_finds_what_is_not_documented() -> None:
    def silent() -> None: ...

    def speaks() -> None:
        """Says what it does."""

    class Base:
        """Says what it is."""

    class Heir(Base): ...

    automatic = dataclasses.make_dataclass("Automatic", ["x"])
    assert [undocumented(v) for v in (silent, Heir, automatic)] == [True, True, True]
    assert [undocumented(v) for v in (speaks, Base, "1.0", 3)] == [False, False, False, False]


def test_checker_finds_strays() -> None:
    module = ModuleType("m")
    module.kept, module.stray, module._own, module.inner = 1, 2, 3, ModuleType("m.inner")  # type: ignore[attr-defined]
    assert strays(module, {"kept"}) == {"stray"}
