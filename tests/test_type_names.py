"""Holds the names: which type a name means, what is answered where it means none or several, which types a text names."""

import pytest

from calcrag.consult import distinction_asked
from calcrag.differential.calcification import CalcificationType, Frequency, Mechanism
from calcrag.differential.findings import Vocabulary
from calcrag.differential.knowledge import Knowledge
from calcrag.errors import EmptyQuestion, UnknownName
from calcrag.type_names import type_named, types_named


def kind(identity: str, name: str, *synonyms: str) -> CalcificationType:
    return CalcificationType(
        identity, name, synonyms, (), Mechanism.DYSTROPHIC, False, Frequency.RARE, "What it is.", ()
    )


KNOWN = Knowledge(
    (
        kind("calcific-bursitis", "calcific bursitis"),
        kind("calciphylaxis", "calciphylaxis", "calcific uraemic arteriolopathy"),
        kind("cppd", "calcium pyrophosphate deposition disease", "CPPD"),
        kind("dermatomyositis", "dermatomyositis and polymyositis", "dermatomyositis"),
        kind("gout", "gout", "tophaceous gout", "calcified tophi"),
        kind("hydroxyapatite-deposition-disease", "hydroxyapatite deposition disease", "apatite bursitis"),
        kind("idiopathic-calcinosis-cutis", "idiopathic calcinosis cutis"),
        kind("juvenile-dermatomyositis", "juvenile dermatomyositis"),
        kind("milwaukee-shoulder", "Milwaukee shoulder syndrome", "Milwaukee shoulder"),
        kind("monckeberg-arteriosclerosis", "Mönckeberg medial calcific sclerosis", "Mönckeberg's sclerosis"),
        kind("olecranon-bursitis", "calcified olecranon bursitis"),
        kind("phlebolith", "phlebolith"),
        kind("parosteal-osteosarcoma", "parosteal osteosarcoma"),
        kind("pseudogout", "pseudogout"),
        kind("tumoral-calcinosis", "tumoral calcinosis"),
    ),
    Vocabulary({}),
    (),
    "test",
    "0",
)


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("gout", "gout"),
        (" GOUT ", "gout"),
        ("parosteal-osteosarcoma", "parosteal-osteosarcoma"),
        ("tumoural calcinosis", "tumoral-calcinosis"),
        ("Calcific uremic arteriolopathy", "calciphylaxis"),
        ("monckebergs sclerosis", "monckeberg-arteriosclerosis"),
        ("MÖNCKEBERG MEDIAL CALCIFIC SCLEROSIS", "monckeberg-arteriosclerosis"),
        ("phleboliths", "phlebolith"),
        ("HADD", "hydroxyapatite-deposition-disease"),  # an abbreviation of the query vocabulary
        ("calciphilaxis", "calciphylaxis"),  # a misspelling that it lists
        ("milwaukee sholder", "milwaukee-shoulder"),  # one that it does not
        ("esclerose tumoural calcinosis", "tumoral-calcinosis"),
    ],
)
def test_name_means_a_type(name: str, identity: str) -> None:
    assert type_named(name, KNOWN).id == identity


@pytest.mark.parametrize(
    ("name", "what", "listed"),
    [
        ("gout and pseudogout", "names several types", "gout, pseudogout"),
        (
            "bursitis",
            "of its own",
            "calcific bursitis, calcified olecranon bursitis, hydroxyapatite deposition disease",
        ),
        ("calcinosis cutis", "of its own", "idiopathic calcinosis cutis"),
        ("osteosarcoma", "of its own", "parosteal osteosarcoma"),
        ("goat", "near are", "gout"),
    ],
)
def test_name_that_may_mean_others_is_answered_with_these(name: str, what: str, listed: str) -> None:
    with pytest.raises(UnknownName) as refused:
        type_named(name, KNOWN)
    assert what in refused.value.what
    assert refused.value.what.endswith(f": {listed}")
    assert str(refused.value.remedy).startswith("calcrag explain ")
    assert len(str(refused.value).splitlines()) <= 3


def test_more_types_than_can_be_read_are_counted() -> None:
    many = Knowledge(tuple(kind(f"cyst-{n}", f"cyst {n}") for n in range(11)), Vocabulary({}), (), "test", "0")
    with pytest.raises(UnknownName, match=r"cyst 7 and 3 more"):
        type_named("cyst", many)


@pytest.mark.parametrize("name", ["astrology", "what is the treatment of gout in the elderly"])
def test_name_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(UnknownName, match=r"there is no type .* in the knowledge base"):
        type_named(name, KNOWN)


@pytest.mark.parametrize("name", ["", "  ", "?!"])
def test_name_without_a_word_is_refused(name: str) -> None:
    with pytest.raises(EmptyQuestion):
        type_named(name, KNOWN)


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Is it gout or pseudogout?", [("gout", "gout"), ("pseudogout", "pseudogout")]),
        (
            "juvenile dermatomyositis against dermatomyositis",
            [("juvenile-dermatomyositis", "juvenile dermatomyositis"), ("dermatomyositis", "dermatomyositis")],
        ),
        ("HADD and CPPD", [("hydroxyapatite-deposition-disease", "HADD"), ("cppd", "CPPD")]),
        ("Phleboliths, phleboliths, gout", [("phlebolith", "Phleboliths"), ("gout", "gout")]),
        ("osteosarcoma of bone", []),
        ("calcinosis cutis", []),
        ("", []),
    ],
)
def test_types_of_a_text(text: str, named: list[tuple[str, str]]) -> None:
    found = types_named(text, KNOWN)
    assert [(one.type.id, text[one.start : one.end]) for one in found] == named


@pytest.mark.parametrize(
    "text",
    [
        "What distinguishes gout from pseudogout?",
        "difference between gout and pseudogout",
        "How do gout and pseudogout differ?",
        "How can one tell gout from pseudogout?",
        "gout versus pseudogout",
    ],
)
def test_question_for_a_distinction(text: str) -> None:
    found = distinction_asked(text)
    assert found is not None
    assert (found.one.id, found.other.id) == ("gout", "pseudogout")


@pytest.mark.parametrize(
    "text",
    [
        "Are tophi seen in gout and pseudogout?",
        "What distinguishes gout from astrology?",
        "How do gout, pseudogout and calciphylaxis differ?",
        "In which joints is gout different?",
    ],
)
def test_no_question_for_a_distinction(text: str) -> None:
    assert distinction_asked(text) is None
