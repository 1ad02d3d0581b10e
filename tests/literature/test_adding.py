"""Holds that files are added to a corpus whole or not at all, none twice, and that nothing that is there changes."""

import tomllib
from pathlib import Path

import pytest

from calcrag.errors import CorpusMismatch, RequestError
from calcrag.literature import adding
from calcrag.literature.adding import add_files
from calcrag.literature.corpus import load_corpus, load_manifest

PAPER = "Deposits about the knee\n\nFindings\n\nDeposits about the knee are uncommon.\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


def paper(folder: Path, name: str, text: str | bytes = PAPER) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def listing(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_file_becomes_a_source(tmp_path: Path, corpus: Path) -> None:
    added = add_files([paper(tmp_path, "Müller 2019 (final).TXT")], corpus)
    assert (added.added, added.declined) == (("muller-2019-final",), ())
    (source,) = load_manifest(corpus)
    assert (source.key, source.file) == ("muller-2019-final", "articles/muller-2019-final.txt")
    assert (source.origin, source.kind.value) == ("Müller 2019 (final).TXT", "other")
    (article,), refused = load_corpus(corpus)
    assert (article.record.title, refused) == ("Deposits about the knee", ())
    assert listing(corpus).keys() == {"manifest.toml", "articles/muller-2019-final.txt"}


def test_tables_that_are_there_stay_letter_for_letter(tmp_path: Path, corpus: Path) -> None:
    add_files([paper(tmp_path, "one.txt")], corpus)
    manifest = corpus / "manifest.toml"
    edited = "# my own words\n" + manifest.read_text(encoding="utf-8").rstrip("\n")  # without an end of line
    manifest.write_text(edited, encoding="utf-8")
    add_files([paper(tmp_path, "two.txt", PAPER + "\nMore.\n")], corpus)
    assert manifest.read_text(encoding="utf-8").startswith(edited + "\n")
    assert [source.key for source in load_manifest(corpus)] == ["one", "two"]


def test_no_file_is_taken_twice(tmp_path: Path, corpus: Path) -> None:
    one, other = paper(tmp_path, "a/one.txt"), paper(tmp_path, "b/one.txt", PAPER + "Other words.\n")
    copy = paper(tmp_path, "copy.txt")
    first = add_files([one, copy, other], corpus)
    assert first.added == ("one", "one-2")
    assert [(d.name, d.reason, d.known) for d in first.declined] == [
        (str(copy), "the corpus has it already, as one", True)
    ]
    before = listing(corpus)
    again = add_files([one, copy, other], corpus)
    assert again.added == ()
    assert [d.known for d in again.declined] == [True, True, True]
    assert listing(corpus) == before


def test_what_cannot_be_read_is_declined_by_name_and_the_rest_is_taken(tmp_path: Path, corpus: Path) -> None:
    wrong = {
        "empty.txt": (b"", "is empty"),
        "binary.txt": (b"\x00\x01", "is a binary file, not text"),
        "latin.txt": (b"caf\xe9", "is not UTF-8"),
        "numbers.md": (b"1 2 3", "holds no word"),
        "paper.docx": (b"PK", "no reader for .docx"),
    }
    paths = [paper(tmp_path, name, content) for name, (content, _) in wrong.items()]
    added = add_files([*paths, tmp_path / "absent.txt", paper(tmp_path, "good.txt")], corpus)
    assert added.added == ("good",)
    reasons = [(Path(d.name).name, d.reason) for d in added.declined]
    assert reasons == [*((n, why) for n, (_, why) in wrong.items()), ("absent.txt", "No such file or directory")]
    assert listing(corpus).keys() == {"manifest.toml", "articles/good.txt"}


def test_folder_gives_the_files_that_can_be_read(tmp_path: Path, corpus: Path) -> None:
    for name in ("papers/b.txt", "papers/a.md", "papers/deep/c.markdown", "papers/picture.png"):
        paper(tmp_path, name, f"{PAPER}{name}\n")
    assert add_files([tmp_path / "papers"], corpus).added == ("a", "b", "c")


def test_file_that_lies_in_the_corpus_is_not_copied(corpus: Path) -> None:
    inside = paper(corpus, "articles/sub/mine.txt")
    assert add_files([inside], corpus).added == ("mine",)
    assert listing(corpus).keys() == {"manifest.toml", "articles/sub/mine.txt"}
    assert load_manifest(corpus)[0].file == "articles/sub/mine.txt"


def test_file_that_is_there_unlisted_is_not_written_over(tmp_path: Path, corpus: Path) -> None:
    unlisted = paper(corpus, "articles/one.txt", "Another text.\n")
    assert add_files([paper(tmp_path, "one.txt")], corpus).added == ("one",)
    assert unlisted.read_text(encoding="utf-8") == "Another text.\n"
    assert load_manifest(corpus)[0].file == "articles/one-2.txt"


def test_what_a_file_holds_cannot_break_the_manifest(tmp_path: Path, corpus: Path) -> None:
    title = 'A "title" with \\ and \x7f = ["x"]'
    add_files([paper(tmp_path, 'na"me\n[[source]].md', f"# {title}\n\n## Findings\n\nDeposits were seen.\n")], corpus)
    (table,) = tomllib.loads((corpus / "manifest.toml").read_text(encoding="utf-8"))["source"]
    assert table["origin"] == 'na"me\n[[source]].md'
    assert table["key"] == "na-me-source"
    assert '"title" with' in table["title"]
    assert len(load_corpus(corpus)[0]) == 1


@pytest.mark.parametrize("error", [OSError("no space"), KeyboardInterrupt()])
def test_failure_takes_everything_back(
    error: BaseException, tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_files([paper(tmp_path, "one.txt")], corpus)
    before = listing(corpus)
    write, written = adding._write_synced, []

    def fail_at_the_third(path: Path, data: bytes) -> None:
        written.append(path)
        write(path, data[: len(data) // 2])
        if len(written) == 3:
            raise error

    monkeypatch.setattr(adding, "_write_synced", fail_at_the_third)
    with pytest.raises(type(error)):
        add_files([paper(tmp_path, f"{n}.txt", f"{PAPER}{n}\n") for n in ("two", "three")], corpus)
    assert written[-1].name == ".manifest.toml.new"
    assert listing(corpus) == before


def test_broken_manifest_stays_as_it_is(tmp_path: Path, corpus: Path) -> None:
    corpus.mkdir()
    for text in ('[[source]]\nkey = "a"\n', "not toml", "source = [{}]\n"):
        (corpus / "manifest.toml").write_text(text, encoding="utf-8")
        with pytest.raises(CorpusMismatch):
            add_files([paper(tmp_path, "one.txt")], corpus)
        assert listing(corpus) == {"manifest.toml": text.encode()}
    # An array written in one line cannot be added to at the end of the file.
    digest = "0" * 64
    text = f'source = [{{key = "a", file = "articles/a.txt", sha256 = "{digest}", kind = "other"}}]\n'
    (corpus / "manifest.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CorpusMismatch):
        add_files([paper(tmp_path, "one.txt")], corpus)
    assert listing(corpus) == {"manifest.toml": text.encode()}


def test_two_at_once_do_not_write_over_each_other(tmp_path: Path, corpus: Path) -> None:
    corpus.mkdir()
    with adding._alone(corpus), pytest.raises(RequestError, match="another process"):
        add_files([paper(tmp_path, "one.txt")], corpus)
    assert add_files([tmp_path / "one.txt"], corpus).added == ("one",)
