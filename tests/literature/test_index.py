"""A generation of the index: built, opened, damaged, interrupted, rolled back."""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from calcrag.errors import CorpusMismatch, DamagedIndex, NoIndex, RequestError, StaleIndex, UnknownName
from calcrag.literature import generations, indexing, lexical
from calcrag.literature.generations import KEPT_GENERATIONS
from calcrag.literature.index import Index, generation_files
from calcrag.literature.indexing import BuildReport, build, rollback, verify
from calcrag.literature.manifest import MANIFEST_FILE
from calcrag.literature.passages import PassageKind
from calcrag.literature.windows import embedded_text

SETTINGS = {"target": 420, "longest": 720}
ALL_FILES = (*generation_files(tokens=True), MANIFEST_FILE)


def make(world, embedder, folder: Path, **options) -> BuildReport:
    return build(
        world.articles, world.passages, folder=folder, embedder=embedder, statements=world.statements,
        **{"settings": SETTINGS, **options},
    )  # fmt: skip


def live(folder: Path) -> Path:
    return folder / "generations" / (folder / "CURRENT").read_text().strip()


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def texts_of(world) -> list[str]:
    return [embedded_text(p.heading, p.text) for p in world.passages]


@pytest.fixture
def changed(make_world, paragraphs):
    """The world with one paragraph more in its last article."""
    paragraphs["scraped"].append("Idiopathic calcification has no known cause. It is a diagnosis of exclusion.")
    return make_world(paragraphs)


# ---------------------------------------------------------------- what is built is what is read


def test_what_was_built_is_read_back(world, embedder, tmp_path: Path) -> None:
    report = make(world, embedder, tmp_path)
    index = Index.open(tmp_path, embedder=embedder, settings=SETTINGS)
    assert list(index.passages) == world.passages
    assert list(index.statements) == world.statements
    assert list(index.articles) == [a.key for a in world.articles]
    assert list(index.articles.values()) == world.articles
    assert (report.generation, report.digest) == (index.generation, index.digest)
    assert report.generation == report.digest[:16] == live(tmp_path).name
    assert (report.added, report.kept, report.removed, report.switched) == (6, 0, 0, True)
    assert index.passages[-1] == world.passages[-1]
    assert index.passages[1:3] == world.passages[1:3]


def test_a_passage_by_its_id(world, embedder, tmp_path: Path) -> None:
    make(world, embedder, tmp_path)
    index = Index.open(tmp_path)
    assert index.passage(world.passages[3].id) == world.passages[3]
    with pytest.raises(UnknownName, match="no passage 'nothing'"):
        index.passage("nothing")
    with pytest.raises(KeyError):
        index.articles["nothing"]


def test_vectors_are_those_of_heading_and_text(world, embedder, tmp_path: Path) -> None:
    make(world, embedder, tmp_path)
    index = Index.open(tmp_path)
    vectors = embedder.encode(texts_of(world))
    for row, vector in enumerate(vectors):
        assert index.cosines(vector, np.array([row])) == pytest.approx([1.0])
    expected = embedder.encode([s.text for s in world.statements])
    assert np.array_equal(index.statement_vectors, expected)


def test_the_files_are_those_that_are_named(world, embedder, tmp_path: Path) -> None:
    make(world, embedder, tmp_path)
    assert sorted(files_below(live(tmp_path))) == sorted(ALL_FILES)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["CURRENT", "generations", "history.json", "lock"]


def test_without_word_pieces_and_statements(world, embedder, tmp_path: Path) -> None:
    build(world.articles, world.passages, folder=tmp_path, embedder=embedder, settings=SETTINGS, tokens=False)
    index = Index.open(tmp_path)
    assert index.tokens is None
    assert list(index.statements) == []
    assert index.statement_cosines(embedder.encode(["calcium"])[0], np.arange(2)) is None
    assert sorted(files_below(live(tmp_path))) == sorted((*generation_files(tokens=False), MANIFEST_FILE))
    assert embedder.texts == []


def test_a_long_passage_has_a_vector_for_each_window(make_world, make_embedder, tmp_path: Path) -> None:
    words = [f"word{n}" for n in range(100)]
    world, embedder = make_world({"long": ["alpha beta.", " ".join(words)]}), make_embedder(max_tokens=40)
    make(world, embedder, tmp_path)
    windows = [text for text in embedder.texts if text.startswith("word")]
    assert " ".join(windows) == " ".join(words)
    assert all(count <= 40 for count in embedder.count_tokens(windows))
    index = Index.open(tmp_path)
    for window in windows:
        assert index.cosines(embedder.encode([window])[0], np.array([1])) == pytest.approx([1.0])
        nearest = index.nearest(embedder.encode([window])[0], 1, kinds=frozenset(PassageKind))
        assert nearest.tolist() == [1]


def test_the_heading_goes_with_every_window(make_world, make_embedder, tmp_path: Path, monkeypatch) -> None:
    world, embedder = (
        make_world({"black-1971": [" ".join(f"word{n}" for n in range(60))]}),
        make_embedder(max_tokens=30),
    )
    make(world, embedder, tmp_path)
    assert embedder.texts
    assert all(text.startswith("Mechanisms: word") for text in embedder.texts)


def test_nearest_looks_at_some_kinds_only(world, embedder, tmp_path: Path) -> None:
    make(world, embedder, tmp_path)
    index = Index.open(tmp_path)
    vector = embedder.encode(["Selye Calciphylaxis University Chicago"])[0]
    kinds = [world.passages[row].kind for row in index.nearest(vector, 3, kinds=frozenset({PassageKind.PROSE}))]
    assert kinds == [PassageKind.PROSE] * 3
    found = index.nearest(vector, 9, kinds=frozenset({PassageKind.REFERENCE}))
    assert [world.passages[row].kind for row in found] == [PassageKind.REFERENCE]


def test_copies_are_known(world, embedder, tmp_path: Path) -> None:
    make(world, embedder, tmp_path)
    index = Index.open(tmp_path)
    copy = next(row for row, p in enumerate(world.passages) if p.source == "scraped")
    assert index.covering(0) == (copy,)
    assert index.covered(0) == (copy,)
    assert index.covering(1) == ()
    assert index.copies_from["scraped"] == {"faria-2020"}


# ---------------------------------------------------------------- the same input gives the same bytes


def test_two_builds_in_two_folders_are_the_same_bytes(world, make_embedder, tmp_path: Path) -> None:
    make(world, make_embedder(), tmp_path / "one")
    make(world, make_embedder(), tmp_path / "two")
    one, two = files_below(tmp_path / "one"), files_below(tmp_path / "two")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_a_path_that_led_elsewhere_first_gives_the_same_generation(
    world, changed, make_embedder, tmp_path: Path
) -> None:
    make(changed, make_embedder(), tmp_path / "one")
    make(world, make_embedder(), tmp_path / "two")
    make(changed, make_embedder(), tmp_path / "two")
    assert files_below(live(tmp_path / "one")) == files_below(live(tmp_path / "two"))


def test_nothing_of_the_machine_is_in_the_manifest(world, embedder, tmp_path: Path) -> None:
    make(world, embedder, tmp_path)
    text = (live(tmp_path) / MANIFEST_FILE).read_text()
    assert str(tmp_path) not in text
    content = json.loads(text)
    assert content["model_name"] == "word-model"
    assert content["settings"] == SETTINGS
    assert [source["key"] for source in content["sources"]] == ["faria-2020", "black-1971", "scraped"]
    assert sorted(content["files"]) == sorted(generation_files(tokens=True))


@pytest.mark.parametrize("what", ["settings", "model", "record", "tokens", "order"])
def test_whatever_went_in_changes_the_name(world, make_embedder, tmp_path: Path, what: str) -> None:
    first = make(world, make_embedder(), tmp_path)
    options = {"settings": {"settings": {"target": 1}}, "tokens": {"tokens": False}}.get(what, {})
    if what == "order":
        world.articles.reverse()
    if what == "record":
        object.__setattr__(world.articles[0].record, "year", 1999)
    again = make(world, make_embedder(digest="e" * 64 if what == "model" else "d" * 64), tmp_path, **options)
    assert again.generation != first.generation


# ---------------------------------------------------------------- work in proportion to what changed


def test_an_unchanged_corpus_is_not_built_again(world, embedder, tmp_path: Path) -> None:
    first = make(world, embedder, tmp_path)
    before = files_below(tmp_path)
    embedder.texts.clear()
    again = make(world, embedder, tmp_path)
    assert (again.added, again.kept, again.removed, again.embedded, again.switched) == (0, 6, 0, 0, False)
    assert again.generation == first.generation
    assert embedder.texts == []
    assert files_below(tmp_path).keys() == before.keys()


def test_only_new_passages_are_embedded(world, changed, embedder, tmp_path: Path) -> None:
    make(world, embedder, tmp_path)
    embedder.texts.clear()
    embedder.statements.clear()
    told = []
    report = make(changed, embedder, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert embedder.texts == ["Idiopathic calcification has no known cause. It is a diagnosis of exclusion."]
    assert embedder.statements == ["Idiopathic calcification has no known cause", "It is a diagnosis of exclusion."]
    assert (report.added, report.kept, report.removed, report.embedded) == (1, 6, 0, 1)
    assert told == [(1, 3), (3, 3)]


def test_what_is_gone_is_removed(world, changed, embedder, tmp_path: Path) -> None:
    make(changed, embedder, tmp_path)
    embedder.texts.clear()
    report = make(world, embedder, tmp_path)
    assert (report.added, report.kept, report.removed, report.embedded) == (0, 6, 1, 0)
    index = Index.open(tmp_path)
    assert index.row(changed.passages[-1].id) is None
    assert index.lexical.document_frequency("idiopath") == 0
    assert "idiopath" not in index.lexical.vocabulary


def test_another_model_embeds_everything(world, make_embedder, tmp_path: Path) -> None:
    make(world, make_embedder(), tmp_path)
    other = make_embedder(digest="e" * 64)
    report = make(world, other, tmp_path)
    assert sorted(other.texts) == sorted(texts_of(world))
    assert (report.added, report.kept, report.embedded) == (0, 6, 6)


def test_word_pieces_that_were_not_stored_are_made(world, embedder, tmp_path: Path) -> None:
    make(world, embedder, tmp_path, tokens=False)
    assert make(world, embedder, tmp_path).embedded == 6
    assert Index.open(tmp_path).tokens is not None


def test_rebuild_takes_nothing_over(world, embedder, tmp_path: Path) -> None:
    make(world, embedder, tmp_path)
    before = files_below(live(tmp_path))
    embedder.texts.clear()
    report = make(world, embedder, tmp_path, rebuild=True)
    assert sorted(embedder.texts) == sorted(texts_of(world))
    assert (report.kept, report.embedded, report.switched) == (6, 6, True)
    assert files_below(live(tmp_path)) == before


# ---------------------------------------------------------------- damage


@pytest.fixture
def built(world, embedder, tmp_path: Path) -> Path:
    make(world, embedder, tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ALL_FILES)
@pytest.mark.parametrize("damage", ["altered", "cut", "missing"])
def test_a_damaged_file_is_named(built: Path, name: str, damage: str) -> None:
    path = live(built) / name
    data = bytearray(path.read_bytes())
    if damage == "altered":
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif damage == "cut":
        path.write_bytes(data[:-1])
    else:
        path.unlink()
    with pytest.raises(DamagedIndex) as caught:
        Index.open(built)
    assert path.name in caught.value.what
    assert caught.value.remedy == "calcrag index --rebuild"
    assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize("content", ["", "elsewhere", "../../etc", "0123456789abcdef", "ä"])
def test_a_current_that_leads_nowhere(built: Path, content: str) -> None:
    (built / "CURRENT").write_text(content, encoding="utf-8")
    with pytest.raises(DamagedIndex, match=r"CURRENT|missing"):
        Index.open(built)


def test_a_generation_under_another_name(built: Path) -> None:
    live(built).rename(built / "generations" / ("0" * 16))
    (built / "CURRENT").write_text("0" * 16)
    with pytest.raises(DamagedIndex, match="holds generation"):
        Index.open(built)


def test_a_damaged_generation_is_not_built_upon(built: Path, changed, embedder) -> None:
    (live(built) / "passages.jsonl").write_bytes(b"")
    with pytest.raises(DamagedIndex, match=r"passages\.jsonl"):
        make(changed, embedder, built)
    report = make(changed, embedder, built, rebuild=True)
    assert report.embedded == 7
    assert list(Index.open(built).passages) == changed.passages


def test_rebuild_mends_the_generation_itself(built: Path, world, embedder) -> None:
    name = live(built).name
    (live(built) / "kinds.npy").unlink()
    assert make(world, embedder, built, rebuild=True).generation == name
    assert list(Index.open(built).passages) == world.passages


def test_with_a_generation_before_a_roll_back_is_offered(built: Path, changed, embedder) -> None:
    make(changed, embedder, built)
    (live(built) / "kinds.npy").unlink()
    with pytest.raises(DamagedIndex) as caught:
        Index.open(built)
    assert caught.value.remedy == "calcrag rollback, or calcrag index --rebuild"


# ---------------------------------------------------------------- made otherwise


def test_no_index(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(NoIndex) as caught:
            Index.open(folder)
        assert caught.value.remedy == "calcrag index"


@pytest.mark.parametrize(
    ("otherwise", "reason"),
    [("model", "with the model word-model"), ("settings", "cut otherwise"), ("words", "analysed")],
)
def test_an_index_made_otherwise(built: Path, make_embedder, monkeypatch, otherwise: str, reason: str) -> None:
    embedder = make_embedder(digest="e" * 64 if otherwise == "model" else "d" * 64)
    if otherwise == "words":
        monkeypatch.setattr(lexical, "_GRAMMAR", frozenset({"the"}))
    settings = {"target": 1} if otherwise == "settings" else SETTINGS
    with pytest.raises(StaleIndex, match=reason) as caught:
        Index.open(built, embedder=embedder, settings=settings)
    assert caught.value.remedy == "calcrag index"


def rewrite_manifest(folder: Path, **changes) -> None:
    """The manifest as another version would have written it: with a hash of its own that is right."""
    from hashlib import sha256

    from calcrag.literature.serialise import canonical

    path = folder / MANIFEST_FILE
    content = {**json.loads(path.read_text()), **changes}
    del content["sha256"]
    complete = {**content, "sha256": sha256(canonical(content)).hexdigest()}
    path.write_text(json.dumps(complete, indent=2, sort_keys=True) + "\n")


def test_another_format_is_stale_and_is_built_anew(built: Path, world, embedder) -> None:
    rewrite_manifest(live(built), format=99)
    with pytest.raises(StaleIndex, match="format 99"):
        Index.open(built)
    make(world, embedder, built)
    assert list(Index.open(built).passages) == world.passages


@pytest.mark.parametrize("change", [{"corpus": "0" * 64}, {"digest": "0" * 64}, {"extra": 1}, {"files": {}}])
def test_a_manifest_that_does_not_agree_with_itself(built: Path, change: dict) -> None:
    rewrite_manifest(live(built), **change)
    with pytest.raises(DamagedIndex):
        Index.open(built)


# ---------------------------------------------------------------- interruption, and other writers


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("no memory"), SystemExit(3)])
def test_an_interrupted_build_leaves_the_old_one(built: Path, changed, embedder, error: BaseException) -> None:
    before = files_below(built)
    embedder.fail_at, embedder.error = "Idiopathic", error
    with pytest.raises(type(error)):
        make(changed, embedder, built)
    assert files_below(built) == before
    assert [p.name for p in (built / "generations").iterdir()] == [live(built).name]
    embedder.fail_at = None
    assert make(changed, embedder, built).added == 1


STEPS = [
    (indexing, "write_vectors"),
    (indexing, "_write_tokens"),
    (indexing, "_write_duplicates"),
    (generations, "_move_into_place"),
    (generations, "_switch"),
]


@pytest.mark.parametrize(("module", "step"), STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_interruption_at_any_step(built: Path, world, changed, embedder, monkeypatch, module, step, after) -> None:
    work = getattr(module, step)

    def interrupted(*arguments):
        if after:
            work(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        make(changed, embedder, built)
    monkeypatch.undo()
    expected = changed.passages if (step, after) == ("_switch", True) else world.passages
    assert list(Index.open(built).passages) == expected
    assert [p.name for p in (built / "generations").iterdir() if p.name.startswith(".")] == []
    make(changed, embedder, built)
    assert list(Index.open(built).passages) == changed.passages
    rollback(built)
    assert list(Index.open(built).passages) == world.passages


def test_an_interrupted_first_build_leaves_nothing(world, embedder, tmp_path: Path) -> None:
    embedder.fail_at = "Tumoral"
    with pytest.raises(KeyboardInterrupt):
        make(world, embedder, tmp_path)
    with pytest.raises(NoIndex):
        Index.open(tmp_path)
    assert list((tmp_path / "generations").iterdir()) == []


def test_the_remains_of_a_killed_writer_are_removed(built: Path, world, changed, embedder) -> None:
    left = built / "generations" / ".building-4711"
    left.mkdir()
    (left / "passages.jsonl").write_text("half a line")
    make(changed, embedder, built)
    assert not left.exists()


def test_a_writer_killed_between_its_two_renames(built: Path, world, changed, embedder) -> None:
    place = live(built)
    place.rename(place.with_name(f".replaced-{place.name}"))
    with pytest.raises(DamagedIndex, match="is missing"):
        Index.open(built)
    report = make(changed, embedder, built)
    assert (report.kept, report.embedded) == (6, 1)
    rollback(built)
    assert list(Index.open(built).passages) == world.passages


@pytest.fixture
def held(built: Path) -> Iterator[Path]:
    """An index folder that another writer holds. Locks belong to an open file, so this process can be the other."""
    descriptor = os.open(built / "lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.pwrite(descriptor, b"4711\n", 0)
    yield built
    os.close(descriptor)


def test_a_second_writer_is_refused(held: Path, changed, embedder) -> None:
    embedder.texts.clear()
    for attempt in (lambda: make(changed, embedder, held), lambda: rollback(held)):
        with pytest.raises(RequestError, match="number 4711") as caught:
            attempt()
        assert caught.value.exit_code == 2
    assert embedder.texts == []
    assert Index.open(held).generation == live(held).name


def test_a_reader_keeps_what_it_opened(built: Path, world, changed, embedder, make_world) -> None:
    reader = Index.open(built)
    vector = embedder.encode(["Tumoral calcinosis"])[0]
    for text in ("one more", "another", "and another", "the last"):
        make(make_world({"only": [text]}), embedder, built)
    assert not (built / "generations" / reader.generation).exists()
    assert list(reader.passages) == world.passages
    assert list(reader.articles.values()) == world.articles
    assert reader.cosines(vector, np.arange(6)).argmax() == 1
    assert reader.lexical.document_frequency("calcium") == 3
    reader.close()


# ---------------------------------------------------------------- generations


def test_the_newest_generations_are_kept(make_world, embedder, tmp_path: Path) -> None:
    names = [make(make_world({"only": [f"text {n}"]}), embedder, tmp_path).generation for n in range(5)]
    assert KEPT_GENERATIONS == 3
    assert generations.generations(tmp_path) == tuple(names[2:])
    assert {p.name for p in (tmp_path / "generations").iterdir()} == set(names[2:])


def test_rolling_back_and_forward(world, changed, make_world, embedder, tmp_path: Path) -> None:
    first = make(world, embedder, tmp_path).generation
    second = make(changed, embedder, tmp_path).generation
    third = make(make_world({"only": ["text"]}), embedder, tmp_path).generation
    assert rollback(tmp_path) == second
    assert list(Index.open(tmp_path).passages) == changed.passages
    assert rollback(tmp_path) == first
    with pytest.raises(RequestError, match="no earlier generation"):
        rollback(tmp_path)
    assert Index.open(tmp_path).generation == first
    embedder.texts.clear()
    report = make(make_world({"only": ["text"]}), embedder, tmp_path)
    assert (report.generation, report.embedded, embedder.texts) == (third, 0, [])
    assert generations.generations(tmp_path) == (first, third)


def test_a_roll_back_passes_over_a_damaged_generation(world, changed, make_world, embedder, tmp_path: Path) -> None:
    first = make(world, embedder, tmp_path).generation
    second = make(changed, embedder, tmp_path).generation
    make(make_world({"only": ["text"]}), embedder, tmp_path)
    (tmp_path / "generations" / second / "kinds.npy").unlink()
    assert rollback(tmp_path) == first


def test_a_roll_back_mends_a_damaged_live_generation(world, changed, embedder, tmp_path: Path) -> None:
    first = make(world, embedder, tmp_path).generation
    make(changed, embedder, tmp_path)
    (tmp_path / "CURRENT").write_text("nonsense")
    assert rollback(tmp_path) in generations.generations(tmp_path)
    make(changed, embedder, tmp_path, rebuild=True)
    (live(tmp_path) / "manifest.json").unlink()
    assert rollback(tmp_path) == first


# ---------------------------------------------------------------- what does not fit


def test_nothing_to_index(embedder, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="nothing to index"):
        build([], [], folder=tmp_path, embedder=embedder, settings={})
    assert not tmp_path.joinpath("generations").exists()


def test_passages_that_do_not_fit_their_articles(world, embedder, tmp_path: Path) -> None:
    cases = {
        "not in its article": (world.articles[:1], world.passages),
        "the id": (world.articles, [world.passages[0], world.passages[0]]),
        "same key": ([world.articles[0], world.articles[0]], world.passages[:1]),
    }
    for message, (articles, passages) in cases.items():
        with pytest.raises(CorpusMismatch, match=message):
            build(articles, passages, folder=tmp_path, embedder=embedder, settings={})


# ---------------------------------------------------------------- verify


def failed(checks) -> list[str]:
    return [check.name for check in checks if not check.ok]


def test_a_sound_index_passes_every_check(built: Path, embedder) -> None:
    checks = verify(built, embedder=embedder, settings=SETTINGS)
    assert [check.name for check in checks if check.ok] == [
        *("files", "settings", "counts", "passages", "statements", "digest", "terms"),
        *("vectors", "statement vectors", "earlier generations"),
    ]
    assert all(check.remedy is None for check in checks)
    assert failed(verify(built)) == []


def test_without_an_index_there_is_one_failed_check(tmp_path: Path) -> None:
    (check,) = verify(tmp_path)
    assert (check.name, check.ok, check.remedy) == ("files", False, "calcrag index")


def test_a_damaged_file_fails(built: Path, embedder) -> None:
    (live(built) / "kinds.npy").unlink()
    (check,) = verify(built, embedder=embedder)
    assert (check.name, check.ok, check.remedy) == ("files", False, "calcrag index --rebuild")
    assert "kinds.npy" in check.detail


def recorded(folder: Path) -> None:
    """Records the files of a generation as they now are, so that only `verify` can tell that they do not belong."""
    generation = live(folder)
    names = json.loads((generation / MANIFEST_FILE).read_text())["files"]
    rewrite_manifest(generation, files={name: generations.sha256_of_file(generation / name) for name in names})


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("passages.jsonl", b"rare disorder", b"lewd disorder", ["passages", "digest", "terms", "vectors"]),
        ("passages.jsonl", b'"black-1971"', b'"grey-1971x"', ["passages", "digest"]),
        ("statements.jsonl", b"Tumoral", b"Rumoral", ["statements", "digest", "statement vectors"]),
        ("articles.jsonl", b'"review"', b'"other"', ["digest"]),
        ("lexical/vocabulary.json", b'"calcium"', b'"calciumx"', ["terms"]),
        ("kinds.npy", b"\x00\x00\x05", b"\x05\x00\x00", ["counts"]),
    ],
)
def test_files_that_do_not_belong_together(built: Path, embedder, name, old, new, expected) -> None:
    path = live(built) / name
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    recorded(built)
    Index.open(built)
    checks = verify(built, embedder=embedder)
    assert failed(checks) == expected
    assert {check.remedy for check in checks if not check.ok} == {"calcrag index --rebuild"}


def test_vectors_of_another_text(built: Path, embedder, monkeypatch) -> None:
    monkeypatch.setattr(embedder, "_vectors", lambda texts: np.roll(type(embedder)()._vectors(texts), 1, axis=1))
    assert failed(verify(built, embedder=embedder)) == ["vectors", "statement vectors"]


def test_made_with_another_model(built: Path, make_embedder) -> None:
    checks = verify(built, embedder=make_embedder(digest="e" * 64), settings={"target": 1})
    assert failed(checks) == ["settings", "vectors"]
    assert {check.remedy for check in checks if not check.ok} == {"calcrag index"}


def test_a_damaged_earlier_generation(built: Path, changed, embedder) -> None:
    first = live(built)
    make(changed, embedder, built)
    (first / "kinds.npy").unlink()
    assert failed(verify(built)) == ["earlier generations"]


# ---------------------------------------------------------------- names from data


@pytest.mark.parametrize("name", ["../../x", "a/b", "CON", "ABCDEF0123456789", "0" * 17, ""])
def test_only_names_of_generations_become_paths(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a generation"):
        generations.generation_folder(tmp_path, name)


def test_keys_of_sources_never_become_paths(make_world, embedder, tmp_path: Path) -> None:
    world = make_world({"../../escaped": ["Some text of an article."], "a\x00b": ["Another text of it."]})
    make(world, embedder, tmp_path / "inner" / "index")
    assert list(Index.open(tmp_path / "inner" / "index").articles) == ["../../escaped", "a\x00b"]
    assert [p.name for p in tmp_path.iterdir()] == ["inner"]
    assert sorted(files_below(live(tmp_path / "inner" / "index"))) == sorted(ALL_FILES)


def test_broken_text_is_kept_as_it_is(make_world, embedder, tmp_path: Path) -> None:
    text = (
        "Half a pair \ud83d of marks, a null \x00, a separator \u2028 and a line\x85 of words as a file may hold them."
    )
    world = make_world({"broken": [text]})
    make(world, embedder, tmp_path)
    assert list(Index.open(tmp_path).articles.values()) == world.articles
    assert failed(verify(tmp_path, embedder=embedder)) == []
