"""Phrases in texts: what stands for what, what may stand between, what may not; tokens, numbers, times and signals by themselves."""

import pytest

from calcrag.differential.case_text import read_case
from calcrag.differential.durations import times_of
from calcrag.differential.findings import Vocabulary, load_vocabulary
from calcrag.differential.mr_signal import signals_of
from calcrag.differential.numerals import number
from calcrag.differential.phrases import Phrase, phrase_book
from calcrag.differential.text_tokens import fold, tokens_of

CLASSES = {"calc": ("calcified", "calcification"), "muscle": ("biceps femoris", "soleus"), "film": ("XR", "film")}


def found(phrase: str, text: str, *, strict: bool = False) -> list[str]:
    """The words of every match, joined."""
    tokens = tokens_of(text)
    book = phrase_book([Phrase(phrase, 0, strict)], CLASSES)
    return sorted(" ".join(tokens.words[place] for place in match.tokens) for match in book.matches(tokens))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("calcified mass", "Calcified masses"),
        ("calcified mass", "calcified, lobulated mass"),
        ("calcified mass", "calcified soft-tissue mass"),
        ("firm mass", "firm, non-tender mass"),
        ("hip replacement", "hip and knee replacements"),
        ("rim calcification", "rim and central calcification"),
        ("rim calcification", "rim of calcification"),
        ("<calc> rim", "calcification rim"),
        ("in <muscle>", "in biceps femoris"),
        ("in <muscle>", "in the left soleus"),
        ("<film> normal", "XR normal"),
        ("range .. restricted", "range of motion was markedly restricted"),
        ("scan & hot", "hot on every scan"),
        ("scan & hot", "the scan of the leg was hot"),
        ("one .. two .. three", "one, then two and then three"),
        ("nodules!", "nodules"),
        ("RA", "RA on methotrexate"),
        ("=soft mass", "soft mass"),
        ("oedematous fibre", "edematous fibers"),
        ("Raynaud's phenomenon", "Raynaud phenomenon"),
        ("haemangiomata of bursae", "haemangiomata of the bursa"),
    ],
)
def test_a_phrase_is_found(phrase: str, text: str) -> None:
    assert found(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("calcified mass", "calcified. A mass"),
        ("calcified mass", "calcified: mass"),
        ("calcified mass", "calcified, mass"),
        ("calcified mass", "calcified bone near the mass"),
        ("leg swelling", "leg and the tense swelling"),
        ("leg swelling", "leg and both shoulders with swelling"),
        ("hard mass", "hard showed mass"),
        ("hard mass", "hard red warm tender mobile mass"),
        ("range .. restricted", "range was said by the whole family and friends to be restricted"),
        ("range .. restricted", "restricted range"),
        ("range .. restricted", "range; restricted"),
        ("scan & hot", "scan. Hot"),
        ("scan & hot", "scan " + "x y " * 10 + "hot"),
        ("mass & mass", "mass"),
        ("one .. two .. three", "one and three, not the other"),
        ("one .. two .. three", "one, then three, then two"),
        ("one .. two .. three", "two, then one, then three"),
        ("nodules!", "nodule"),
        ("RA", "ra"),
        ("<film> normal", "xr normal"),
        ("=soft mass", "soft red mass"),
    ],
)
def test_a_phrase_is_not_found(phrase: str, text: str) -> None:
    assert found(phrase, text) == []


def test_a_strict_phrase_lets_no_word_that_says_something_between() -> None:
    assert found("low calcium", "low serious calcium", strict=True) == []
    assert found("low calcium", "low of the calcium", strict=True) == ["low calcium"]
    assert found("low .. calcium", "low red calcium", strict=True) == ["low calcium"]


def test_the_nearest_part_is_taken() -> None:
    assert found("range .. restricted", "range is restricted, and restricted") == ["range restricted"]
    assert found("scan & hot", "scan hot, later hot") == ["scan hot"]


@pytest.mark.parametrize("phrase", ["<mass> rim", "rim ..", "& rim", ""])
def test_a_phrase_that_cannot_be_looked_for_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="phrase"):
        phrase_book([Phrase(phrase, 0)], CLASSES)


def test_blocked_words_take_part_in_no_match() -> None:
    tokens = tokens_of("calcified mass")
    book = phrase_book([Phrase("calcified mass", 7)], {})
    assert [match.payload for match in book.matches(tokens)] == [7]
    assert book.matches(tokens, blocked=frozenset({1})) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("oedema", "edema"), ("tumours", "tumor"), ("haematoma", "hematomas"), ("mineralised", "mineralized"),
        ("mineralisation", "mineralization"), ("centres", "center"), ("fibre", "fibers"), ("metastases", "metastasis"),
        ("bursae", "bursa"), ("children", "child"), ("biopsies", "biopsy"), ("calcified", "calcifying"), ("masses", "mass"),
        ("swelling", "swell"), ("falling", "fall"), ("ionised", "ionized"), ("Mönckeberg", "Monckeberg"),
        ("Raynaud’s", "Raynaud"), ("discharged", "discharge"), ("ends", "end"), ("stopped", "stopping"),
    ],
)  # fmt: skip
def test_forms_of_a_word_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("calcified", "calcium"), ("hip", "ship"), ("T1", "T2"), ("bus", "bu")])
def test_different_words_fold_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("twenty-two", 22),
        ("eighteen", 18),
        ("1,280", 1280),
        ("2,53", 2.53),
        ("12.5", 12.5),
        ("many", None),
        ("1.2.3", None),
        ("", None),
    ],
)
def test_a_number_in_figures_or_words(text: str, expected: float | None) -> None:
    assert number(text) == expected


def test_what_is_an_age_is_no_time() -> None:
    assert [time.days for time in times_of("pain for 2 weeks")] == [14]
    assert times_of("pain for 2 weeks", ages=[(9, 16)]) == ()


def test_a_signal_at_the_beginning_of_a_text() -> None:
    assert [signal.term for signal in signals_of(tokens_of("T1 low"))] == ["t1-low"]
    assert [signal.term for signal in signals_of(tokens_of("and T1 low"))] == ["t1-low"]
    assert [signal.term for signal in signals_of(tokens_of("sagittal T2 bright"))] == ["t2-bright"]


def test_a_small_vocabulary_is_enough() -> None:
    shipped = load_vocabulary()
    few = ("age", "male", "female", "middle-aged", "palpable-mass", "trauma", "known-gout", "bone-scan-uptake")
    small = Vocabulary({one: shipped.terms[one] for one in few}, shipped.words)
    text = "50M, injury three weeks ago, lump 6 x 3 cm, dark on T1, calcium 9 mg/dL; mother has gout. Pain for a year."
    assert [one.id for one in read_case(text, vocabulary=small).findings] == [
        "age",
        "male",
        "middle-aged",
        "trauma",
        "palpable-mass",
    ]
