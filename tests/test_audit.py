"""The audit: every quote where it is said to be, everything used, enough held; and that it fails where it must."""

from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

from calcrag.audit import Audit, Located, Quoted, audit, audit_folders, check_quotes, locate, quotes_of, summary
from calcrag.citation import Record
from calcrag.differential.disagreements import Disagreement, DisagreementKind, Position
from calcrag.differential.knowledge import load_knowledge
from calcrag.differential.schemes import Category, Scheme, Statement
from calcrag.errors import UnreadableFile
from calcrag.literature.article import Article, Block, BlockKind, OffsetMap, SourceKind

CORPUS = Path(__file__).parents[1] / "corpus"

PARAGRAPHS = (
    (BlockKind.TITLE, "Tophi in the soft tissues"),
    (
        BlockKind.PARAGRAPH,
        "Tophi may calcify and ulcerate. The treatment is ineffective in most of them, at 12.6 mg/dL or more.",
    ),
    (BlockKind.PARAGRAPH, "No calcification was seen in the joints. It is not resorbed."),
    (BlockKind.CAPTION, "Figure 1. A tophus of 2.5 cm with a rim of calcium."),
    (BlockKind.REFERENCE, "Author A. The calcified tophus of the great toe. Journal 1999."),
)


def article(
    key: str = "essay", *, copies_from: tuple[str, ...] = (), paragraphs: tuple[tuple[BlockKind, str], ...] = PARAGRAPHS
) -> Article:
    text, blocks = "", []
    for kind, words in paragraphs:
        blocks.append(
            Block(
                kind,
                len(text),
                len(text) + len(words),
                section=("Gout",),
                label="Figure 1" if kind is BlockKind.CAPTION else None,
                page=3,
            )
        )
        text += words + "\n\n"
    return Article(
        key=key, origin=f"{key}.txt", kind=SourceKind.REVIEW, record=Record(), text=text, offsets=OffsetMap(()), blocks=tuple(blocks),
        markers=(), references=(), sha256="", copies_from=copies_from,
    )  # fmt: skip


GOUT = """
id = "gout"
name = "Gout"
synonyms = []
icd10cm = ["M10.9"]
mechanism = "dystrophic"
must_not_miss = false
frequency = "common"
summary = "Urate crystals that calcify."
"""

CRITERION = """
[[criterion]]
id = "{id}"
when = {when}
strength = "strong"
because = "So it is."
evidence = [{{ {evidence} }}]
"""

FINDINGS = """
[[finding]]
id = "tophus"
group = "morphology"
label = "tophus"
definition = "A tophus."
kind = "sign"

[[finding]]
id = "rim"
group = "morphology"
label = "rim"
definition = "A rim."
kind = "sign"
"""

WORK = '[[reference]]\ndoi = "10.1000/one"\ntitle = "One"\nauthors = ["Author A"]\nyear = 1999\n'


def held(quote: str, *, source: str = "essay", finding: str = "tophus") -> str:
    return CRITERION.format(
        id=f"c-{finding}", when=f'{{ present = "{finding}" }}', evidence=f"source = '{source}', quote = '''{quote}'''"
    )


HELD = held("Tophi may calcify and ulcerate") + held("a rim of calcium.", finding="rim").replace(
    "a rim", "2.5 cm with a rim"
)


def write(folder: Path, criteria: str = HELD, *, findings: str = FINDINGS, references: str = "") -> Path:
    for name in ("types", "findings", "references", "schemes"):
        (folder / name).mkdir(parents=True)
    (folder / "knowledge.toml").write_text("version = '1'")
    (folder / "types" / "gout.toml").write_text(GOUT + criteria, encoding="utf-8")
    (folder / "findings" / "all.toml").write_text(findings, encoding="utf-8")
    (folder / "references" / "all.toml").write_text(references, encoding="utf-8")
    (folder / "disagreements.toml").write_text("", encoding="utf-8")
    return folder


def run(
    folder: Path, *articles: Article, schemes: tuple[Scheme, ...] = (), disagreements: tuple[Disagreement, ...] = ()
) -> Audit:
    knowledge = load_knowledge(folder)
    return audit(knowledge, articles or (article(),), schemes=schemes, disagreements=disagreements)


# ---------------------------------------------------------------- quotes: must accept


@pytest.mark.parametrize(
    "quote",
    [
        "Tophi may calcify and ulcerate.",
        "Tophi may calcify and ulcerate",
        "treatment is ineffective in most of them",
        "in most of them, at 12.6 mg/dL or more.",
        "Tophi  may\ncalcify and ulcerate",
        "No calcification was seen in the joints.",
        "A tophus of 2.5 cm with a rim",
    ],
)
def test_accepts_the_words_of_the_source(quote: str) -> None:
    located, problems = check_quotes([Quoted("criteria", "here", "essay", quote)], {"essay": article()})
    assert problems == []
    found = located["essay", quote]
    assert " ".join(article().text[found.start : found.end].split()) == " ".join(quote.split())


def test_says_where_a_quote_stands() -> None:
    start = article().text.index("A tophus of 2.5 cm")
    assert locate("A tophus of 2.5 cm", article()) == Located(
        "essay", "essay.txt", start, start + 18, ("Gout",), "Figure 1", 3, None
    )


# ---------------------------------------------------------------- quotes: must refuse


@pytest.mark.parametrize(
    ("quote", "told"),
    [
        ("Tophi can calcify and break open", "is not in essay word for word: "),  # a paraphrase
        ("calcify and ulcerate may tophi", "is not in essay word for word (it is as far as 'calcify and ulcerate')"),
        ("Tophi may calcify and disappear", "(it is as far as 'Tophi may calcify and')"),
        ("Calcification was seen in the joints", "differs from essay in upper and lower case"),
        ("calcification was not seen in the joints", "is not in essay word for word"),
        ("It is resorbed. A tophus", "is not in essay word for word"),
        ("effective in most of them, at", "is not in essay word for word"),  # of ineffective
        ("of them, at 12.6 mg", "is not in essay word for word"),  # of mg/dL
        ("2.6 mg/dL or more.", "is not in essay word for word"),  # of 12.6
        ("5 cm with a rim of calcium", "is not in essay word for word"),  # of 2.5
        ("tophi may calcify and ulcerate", "differs from essay in upper and lower case"),
        ("The calcified tophus of the great toe", "stands in its title page or reference list"),
        ("at 12.6 mg/dL or more. No calcification was seen", "runs over two paragraphs of essay"),
        ("... … .... — …", "holds no word"),
    ],
)
def test_refuses_other_words(quote: str, told: str) -> None:
    located, problems = check_quotes(
        [Quoted("criteria", "types/gout.toml: criterion 'x'", "essay", quote)], {"essay": article()}
    )
    assert located == {}
    assert [told in problem and problem.startswith("types/gout.toml: criterion 'x': ") for problem in problems] == [
        True
    ], problems


def test_refuses_to_leave_out_the_word_that_turns_a_statement_round() -> None:
    quote = "calcification was seen in the joints."
    _, problems = check_quotes([Quoted("criteria", "here", "essay", quote)], {"essay": article()})
    assert problems == [f"here: leaves out the 'No' right before it; begin the quote there: {quote!r}"]
    started = check_quotes(
        [Quoted("criteria", "here", "essay", "No calcification was seen in the joints.")], {"essay": article()}
    )
    assert started[1] == []
    before = article(paragraphs=((BlockKind.PARAGRAPH, "Was it so? No. Calcium was seen in the joints."),))
    assert (
        check_quotes([Quoted("criteria", "here", "essay", "Calcium was seen in the joints")], {"essay": before})[1]
        == []
    )
    first = article(paragraphs=((BlockKind.PARAGRAPH, "Calcium was seen in the joints."),))
    assert (
        check_quotes([Quoted("criteria", "here", "essay", "Calcium was seen in the joints")], {"essay": first})[1] == []
    )


def test_refuses_a_source_that_is_none() -> None:
    _, problems = check_quotes(
        [Quoted("criteria", "here", "esay", "Tophi may")], {"essay": article(), "book": article("book")}
    )
    assert problems == ["here: no source 'esay' in the corpus; one of book, essay"]


def test_refuses_a_copy_as_evidence_where_its_own_source_is_at_hand() -> None:
    articles = {"essay": article(), "page": article("page", copies_from=("essay", "lost"))}
    quote = "Tophi may calcify and ulcerate"
    _, problems = check_quotes([Quoted("criteria", "here", "page", quote)], articles)
    assert problems == [f"here: page has these words from essay; quote essay: {quote!r}"]
    assert check_quotes([Quoted("schemes", "here", "page", quote)], articles)[1] == []


def test_schemes_and_disagreements_may_quote_a_title_or_a_reference() -> None:
    quote = "The calcified tophus of the great toe"
    assert check_quotes([Quoted("disagreements", "here", "essay", quote)], {"essay": article()})[1] == []


# ---------------------------------------------------------------- the whole


SCHEME = Scheme(
    "S1", "forms", "Forms", "essay", "Tophi may calcify and ulcerate",
    (Category(("Rim",), "with a rim of calcium", ("gout",), "", (Statement("essay", "It is not resorbed"),)),), "",
    (Statement("essay", "No calcification was seen"),),
)  # fmt: skip
DISAGREEMENT = Disagreement(
    "resorption", "Whether it goes", DisagreementKind.FACT, ("gout",),
    (Position("essay", "It stays", "It is not resorbed"), Position("book", "It goes", "Tophi may calcify and ulcerate")),
)  # fmt: skip


def test_passes_and_counts(tmp_path: Path) -> None:
    found = run(write(tmp_path), article(), article("book"), schemes=(SCHEME,), disagreements=(DISAGREEMENT,))
    assert found.problems == ()
    assert found.passed
    assert found.held_share == 1
    assert found.counts == {
        "articles": 2,
        "types": 1,
        "criteria": 2,
        "criteria with a held quote": 2,
        "quotes of criteria": 2,
        "quotes of schemes": 4,
        "quotes of disagreements": 2,
        "quotes found": 8,
    }
    assert ("essay", "2.5 cm with a rim of calcium.") in found.located
    assert summary(found).splitlines()[-2:] == [
        "share of criteria with a held quote   100.0%",
        "problems                                   0",
    ]


def test_every_part_names_its_wrong_quotes(tmp_path: Path) -> None:
    knowledge = load_knowledge(
        write(
            tmp_path,
            held("Tophi may never calcify and ulcerate")
            + held("Tophi may calcify and ulcerate")
            .replace("c-tophus", "again")
            .replace('{ present = "tophus" }', '{ all = ["tophus", "rim"] }')
            + held("2.5 cm with a rim of calcium.", finding="rim"),
        )
    )
    wrong = "words that nobody wrote here"
    scheme = replace(
        SCHEME, statement=wrong, elsewhere=(Statement("essay", wrong),),
        categories=(replace(SCHEME.categories[0], quote=wrong, elsewhere=(Statement("essay", wrong),)),),
    )  # fmt: skip
    disagreement = replace(DISAGREEMENT, positions=(Position("essay", "x", wrong),))
    assert [(q.part, q.where) for q in quotes_of(knowledge.types, schemes=[scheme], disagreements=[disagreement])] == [
        ("criteria", "types/gout.toml: criterion 'c-tophus'"),
        ("criteria", "types/gout.toml: criterion 'again'"),
        ("criteria", "types/gout.toml: criterion 'c-rim'"),
        ("schemes", "schemes: 'forms': statement"),
        ("schemes", "schemes: 'forms': elsewhere"),
        ("schemes", "schemes: 'forms': Rim"),
        ("schemes", "schemes: 'forms': Rim"),
        ("disagreements", "disagreements.toml: 'resorption'"),
    ]
    found = audit(knowledge, [article()], schemes=[scheme], disagreements=[disagreement])
    assert len([p for p in found.problems if "word for word" in p]) == 6
    assert not found.passed


def test_fails_where_too_little_rests_on_the_corpus(tmp_path: Path) -> None:
    elsewhere = CRITERION.format(
        id="c", when='{ present = "rim" }', evidence='doi = "10.1000/one", fact = "A fact in words of our own"'
    )
    found = run(write(tmp_path, held("Tophi may calcify and ulcerate") + elsewhere, references=WORK))
    assert found.held_share == Fraction(1, 2)
    assert found.problems == ("1 of 2 criteria rest on a quote of the corpus (50.0%); 60% are wanted",)


def test_a_quote_that_is_not_found_holds_nothing(tmp_path: Path) -> None:
    found = run(
        write(
            tmp_path,
            held("Tophi never calcify nor ulcerate")
            + held("It is not resorbed.", finding="rim").replace("It", "joints. It"),
        )
    )
    assert found.held_share == Fraction(1, 2)


def test_fails_where_a_finding_decides_nothing(tmp_path: Path) -> None:
    more = """
[[finding]]
id = "{0}"
group = "morphology"
label = "{0}"
definition = "One."
kind = "{1}"
{2}
"""
    findings = FINDINGS + "".join(
        more.format(*row)
        for row in (
            ("eggshell", "sign", 'implies = ["rim"]'),  # leads to one that is asked for
            ("solid", "sign", 'opposes = ["rim"]'),
            ("urate", "measurement", 'analyte = "urate"\nunits = ["mg/dL"]'),
            ("high-urate", "sign", 'implies = ["tophus"]\nderived = { analyte = "urate", reads = "high" }'),
            ("calcium", "measurement", 'analyte = "calcium"\nunits = ["mg/dL"]'),
            ("idle", "sign", ""),
        )
    )
    found = run(write(tmp_path, findings=findings))
    assert [p.split(",")[0] for p in found.problems] == [
        "findings: no criterion looks at 'calcium'",
        "findings: no criterion looks at 'idle'",
    ]


def test_fails_where_a_reference_or_a_type_is_idle(tmp_path: Path) -> None:
    other = replace(SCHEME, categories=(replace(SCHEME.categories[0], types=("gout", "tophus")),))
    found = run(write(tmp_path, references=WORK), schemes=(other,))
    assert found.problems == (
        "schemes: 'forms' places 'tophus', which is no type; write types/tophus.toml, or mend the id",
        "references: '10.1000/one' is the evidence of no criterion; remove it, or use it",
    )


def test_fails_where_nothing_was_checked(tmp_path: Path) -> None:
    knowledge = load_knowledge(write(tmp_path))
    bare = replace(knowledge, types=tuple(replace(one, criteria=()) for one in knowledge.types))
    found = audit(bare, [article()], schemes=(), disagreements=())
    assert "types/gout.toml: has no criterion" in found.problems
    assert "nothing was checked: the knowledge base has 0 criteria and 0 quotes" in found.problems
    assert "0 of 0 criteria rest on a quote of the corpus (0.0%); 60% are wanted" in found.problems


# ---------------------------------------------------------------- folders


def corpus(folder: Path) -> Path:
    folder.mkdir()
    data = b"# Gout\n\n## Tophi\n\nTophi may calcify and ulcerate. There is a tophus of 2.5 cm with a rim of calcium.\n"
    (folder / "essay.txt").write_bytes(data)
    table = f'[[source]]\nkey = "{{}}"\nfile = "{{}}"\nsha256 = "{sha256(data).hexdigest()}"\nkind = "review"\n'
    (folder / "manifest.toml").write_text(table.format("essay", "essay.txt") + table.format("lost", "lost.txt"))
    return folder


def test_audits_folders_and_names_what_cannot_be_read(tmp_path: Path) -> None:
    found = audit_folders(corpus(tmp_path / "corpus"), knowledge=write(tmp_path / "kb"))
    assert [p.split(":")[:2] for p in found.problems] == [["corpus", " lost cannot be read"]]


def test_audits_what_can_be_read_of_a_wrong_folder(tmp_path: Path) -> None:
    kb = write(
        tmp_path / "kb", HELD + held("Tophi never calcify nor ulcerate").replace("c-tophus", "wrong") + "x = 1\n"
    )
    (kb / "schemes" / "a.toml").write_text("x =")
    (kb / "disagreements.toml").write_text("x = 1")
    found = audit_folders(corpus(tmp_path / "corpus"), knowledge=kb)
    starts = ["types/gout.toml: criterion 'wrong': unknown key", "types/gout.toml: criteria 'c-tophus' and 'wrong'", "schemes: a.toml", "disagreements: ", "corpus: lost", "types/gout.toml: criterion 'wrong': is not in essay"]  # fmt: skip
    assert [p.startswith(s) for p, s in zip(found.problems, starts, strict=True)] == [True] * 6


def test_a_corpus_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        audit_folders(tmp_path / "nowhere", knowledge=write(tmp_path / "kb"))


# ---------------------------------------------------------------- the knowledge base that calcrag ships


def test_every_quote_that_is_shipped_stands_in_its_source() -> None:
    found = audit_folders(CORPUS)
    wrong = [
        p
        for p in found.problems
        if "word for word" in p or "no source" in p or "runs over" in p or "upper and lower" in p
    ]
    assert wrong == []
    assert found.counts["quotes found"] > 0
