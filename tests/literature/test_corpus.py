"""The manifest: what it must say, and what happens where it does not fit the files."""

from hashlib import sha256
from pathlib import Path

import pytest

from calcrag.errors import CorpusMismatch, UnknownName, UnreadableFile
from calcrag.literature.corpus import load_corpus, load_manifest

SHIPPED = Path(__file__).parents[2] / "corpus"
TEXT = "A Short Title Of This Paper\n\nIntroduction\n\nCalcium was found in the soft tissue of the thigh.\n"


def write(folder: Path, *, table: str = "", text: str = TEXT, name: str = "a.txt", digest: str | None = None) -> Path:
    (folder / "articles").mkdir(exist_ok=True)
    (folder / "articles" / name).write_text(text, encoding="utf-8")
    digest = digest or sha256(text.encode()).hexdigest()
    base = f'[[source]]\nkey = "a-1999"\nfile = "articles/{name}"\nsha256 = "{digest}"\nkind = "review"\n'
    (folder / "manifest.toml").write_text(base + table, encoding="utf-8")
    return folder


def test_the_shipped_sources_have_the_records_that_they_print() -> None:
    records = {s.key: s.record for s in load_manifest(SHIPPED)}
    assert records["yadav-2013"].doi == "10.4103/0975-2870.118281"
    assert records["faria-2020"].year == 2020
    assert records["dalinka-melchior"].year is None, "the year is not printed"
    assert records["dalinka-melchior"].container == ""
    assert records["localized-calcification-chapter"].authors == ()


def test_a_source_is_read_with_its_record(tmp_path: Path) -> None:
    articles, refused = load_corpus(write(tmp_path, table='authors = ["Doe J"]\nyear = 1999\n'))
    assert articles[0].record.authors == ("Doe J",)
    assert articles[0].record.title == "A Short Title Of This Paper", "the title comes from the file"
    assert refused == ()


def test_a_changed_file_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(CorpusMismatch, match="not the one that the manifest records") as error:
        load_corpus(write(tmp_path, digest="0" * 64))
    assert "sha256 = " in str(error.value)


def test_an_unreadable_source_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "articles" / "b.txt").write_bytes(b"")
    more = f'[[source]]\nkey = "b"\nfile = "articles/b.txt"\nsha256 = "{sha256(b"").hexdigest()}"\nkind = "review"\n'
    (folder / "manifest.toml").write_text((folder / "manifest.toml").read_text() + more)
    articles, refused = load_corpus(folder)
    assert [a.key for a in articles] == ["a-1999"]
    assert [(r.key, "is empty" in r.reason) for r in refused] == [("b", True)]


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ('colour = "red"\n', "unknown field 'colour'"),
        ('copies_from = ["nobody"]\n', "copies from 'nobody'"),
        (
            '[[source]]\nkey = "a-1999"\nfile = "articles/a.txt"\nsha256 = "x"\nkind = "review"\n',
            "two sources are named",
        ),
        ('[[source]]\nkey = "b"\nfile = "articles/a.txt"\nsha256 = "x"\nkind = "novel"\n', "unknown kind 'novel'"),
        ('[[source]]\nkey = "B b"\nfile = "articles/a.txt"\nsha256 = "x"\nkind = "review"\n', "is no key"),
        (
            '[[source]]\nkey = "b"\nfile = "../../etc/passwd"\nsha256 = "x"\nkind = "review"\n',
            "outside the corpus folder",
        ),
        ('[[source]]\nkey = "b"\nfile = "/etc/passwd"\nsha256 = "x"\nkind = "review"\n', "outside the corpus folder"),
        ('[[source]]\nkey = "b"\nkind = "review"\n', "'file' is missing"),
        ("not toml at all", "cannot be read"),
        ("[other]\n", "unknown table 'other'"),
    ],
)
def test_a_wrong_manifest_is_named(tmp_path: Path, table: str, what: str) -> None:
    with pytest.raises(CorpusMismatch, match=what):
        load_corpus(write(tmp_path, table=table))


def test_no_corpus_and_an_empty_corpus(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"manifest\.toml is missing"):
        load_corpus(tmp_path)
    (tmp_path / "manifest.toml").write_text("")
    with pytest.raises(UnknownName, match="no readable source"):
        load_corpus(tmp_path)


def test_a_link_out_of_the_corpus_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path)
    outside = tmp_path.parent / "outside.txt"
    outside.write_text(TEXT)
    (folder / "articles" / "a.txt").unlink()
    (folder / "articles" / "a.txt").symlink_to(outside)
    with pytest.raises(CorpusMismatch, match="outside the corpus folder"):
        load_corpus(folder)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "articles" / "a.txt").unlink()
    with pytest.raises(UnknownName):
        load_corpus(folder)
