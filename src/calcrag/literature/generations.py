"""A folder of generations: made beside the live one, moved into place whole, switched by one atomic rename.

    INDEXES/generations/<name>/…   immutable once there; a name is 16 hexadecimal digits of the digest of its content
    INDEXES/CURRENT                the name of the live generation
    INDEXES/history.json           the names, oldest first
    INDEXES/lock                   held by the one writer, and its process number

Made from what a caller writes into a staging folder. Must never: change a file of a generation, follow a name that is
not 16 hexadecimal digits, leave a half-made generation where a reader may meet it, or look at a clock.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from calcrag.errors import DamagedIndex, NoIndex, RequestError

__all__ = [
    "KEPT_GENERATIONS",
    "REBUILD",
    "current_generation",
    "damage_remedy",
    "generation_folder",
    "generations",
    "install",
    "roll_back",
    "sha256_of_file",
    "staging",
    "writing",
]

KEPT_GENERATIONS = 3

_GENERATIONS = "generations"
_CURRENT = "CURRENT"
_HISTORY = "history.json"
_LOCK = "lock"
_STAGING = ".building-"
_REPLACED = ".replaced-"
_NAME = re.compile(r"[0-9a-f]{16}")

REBUILD = "calcrag index --rebuild"
ROLLBACK = "calcrag rollback"


def generation_folder(folder: Path, name: str) -> Path:
    """Where a generation lies; ValueError for what is not a name."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of a generation: {name!r}")
    return folder / _GENERATIONS / name


def current_generation(folder: Path) -> str:
    """The name of the live generation. Raises NoIndex, or DamagedIndex where CURRENT leads nowhere."""
    path = folder / _CURRENT
    try:
        name = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoIndex("there is no index yet", where=str(folder), remedy="calcrag index") from error
    except UnicodeDecodeError:
        name = ""
    if not _NAME.fullmatch(name):
        raise DamagedIndex("CURRENT does not name a generation", where=str(path), remedy=damage_remedy(folder))
    if not generation_folder(folder, name).is_dir():
        raise DamagedIndex(f"generation {name} is missing", where=str(path), remedy=damage_remedy(folder, name))
    return name


def generations(folder: Path) -> tuple[str, ...]:
    """The names of the generations that are there, oldest first; empty where there is no readable history."""
    try:
        names = json.loads((folder / _HISTORY).read_bytes())["generations"]
        known = [name for name in names if _NAME.fullmatch(name)]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple(name for name in known if generation_folder(folder, name).is_dir())


def damage_remedy(folder: Path, damaged: str | None = None) -> str:
    """The command that mends a damaged generation: back to the one before, if there is one, or made again."""
    names = generations(folder)
    before = names[: names.index(damaged)] if damaged in names else names
    return f"{ROLLBACK}, or {REBUILD}" if before else REBUILD


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder, which is made if need be; a RequestError where another process holds it."""
    (folder / _GENERATIONS).mkdir(parents=True, exist_ok=True)
    path = folder / _LOCK
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise RequestError(
                f"another process (number {holder}) is writing this index",
                where=str(path),
                remedy="wait until it has ended, then give the command again",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        try:
            _clear_leftovers(folder)
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        # The file stays: to remove it would let a third process lock a new file while a second waits for this one.
        os.close(descriptor)


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """An empty folder beside the generations, gone afterwards however the work in it ended; the caller has the lock."""
    path = folder / _GENERATIONS / f"{_STAGING}{os.getpid()}"
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def install(folder: Path, name: str, staged: Path | None) -> tuple[str, ...]:
    """Makes a generation the live one: `staged` moved into its place, or, without it, one that is there already.

    The caller holds the lock. Generations made after the live one (left behind by a roll back) and all but the newest
    `KEPT_GENERATIONS` are removed. Returns the names that are kept, oldest first.
    """
    if staged is not None:
        _move_into_place(folder, name, staged)
    names = list(generations(folder))
    live = _live(folder)
    if live in names:
        names = names[: names.index(live) + 1]
    names = [*(n for n in names if n != name), name][-KEPT_GENERATIONS:]
    _switch(folder, names, name)
    _clear_leftovers(folder)
    return tuple(names)


def roll_back(folder: Path, *, intact: Callable[[Path], bool]) -> str:
    """Makes the newest intact generation before the live one live again, and returns its name.

    The caller holds the lock. Raises RequestError where there is none.
    """
    names = generations(folder)
    live = _live(folder)
    before = names[: names.index(live)] if live in names else names
    for name in reversed(before):
        if intact(generation_folder(folder, name)):
            _switch(folder, names, name)
            return name
    raise RequestError("there is no earlier generation to go back to", where=str(folder), remedy=REBUILD)


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of a file's content."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _live(folder: Path) -> str | None:
    """What CURRENT names, whether or not it is there."""
    try:
        name = (folder / _CURRENT).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return name if _NAME.fullmatch(name) else None


def _move_into_place(folder: Path, name: str, staged: Path) -> None:
    for path in sorted(staged.rglob("*")):
        _sync(path)
    _sync(staged)
    place = generation_folder(folder, name)
    replaced = place.with_name(f"{_REPLACED}{name}")
    if place.exists():
        place.rename(replaced)
    try:
        staged.rename(place)
    except BaseException:
        if replaced.exists():
            replaced.rename(place)
        raise
    _sync(place.parent)


def _switch(folder: Path, names: Sequence[str], live: str) -> None:
    _replace(folder / _HISTORY, json.dumps({"generations": list(names)}, indent=2) + "\n")
    _replace(folder / _CURRENT, live + "\n")


def _replace(path: Path, text: str) -> None:
    """Writes a small file so that a reader sees the old content or the new, also after a loss of power."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="ascii")
    _sync(beside)
    beside.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear_leftovers(folder: Path) -> None:
    """Removes the remains of a killed writer, and generations that the history no longer names."""
    named = generations(folder)
    for path in sorted((folder / _GENERATIONS).iterdir()):
        if path.name.startswith(_STAGING):
            shutil.rmtree(path)
        elif path.name.startswith(_REPLACED):
            place = path.with_name(path.name.removeprefix(_REPLACED))
            if place.exists():
                shutil.rmtree(path)
            else:
                # A writer was killed between its two renames: what it replaced is still the live generation.
                path.rename(place)
        elif named and _NAME.fullmatch(path.name) and path.name not in {*named, _live(folder)}:
            shutil.rmtree(path)
