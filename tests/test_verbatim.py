"""The verbatim test in two halves: what it must accept and what it must refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcrag.verbatim import find_verbatim, words_of

TEXT = (
    "The treatment is ineffective in most patients. A non-effective drug, at 12.6 mg/dL or 60–70 U, was the patient's own; "
    "calcified nodules measured 1,200 mm, >95% of them within 2.5 weeks. Formation—dystrophic, metastatic—is not seen. "
    "It was  -5\n\tdegrees in the “ﬁrst” ﬂuid level of Mönckeberg. 3/4 of them at 10:30 were 7 ° warm. No calcium was found."
)

# ---------------------------------------------------------------- must accept


@pytest.mark.parametrize(
    "quote",
    [
        "The treatment is ineffective in most patients.",
        "treatment is ineffective in most patients",
        "A non-effective drug, at 12.6 mg/dL",
        "at 12.6 mg/dL or 60–70 U",
        "the patient's own; calcified nodules",
        "measured 1,200 mm",
        "dystrophic, metastatic",
        ">95% of them within 2.5 weeks",
        "No calcium was found.",
        "3/4 of them at 10:30 were 7 ° warm",
    ],
)
def test_accepts_the_words_as_they_stand(quote: str) -> None:
    span = find_verbatim(quote, TEXT)
    assert span is not None
    assert TEXT[slice(*span)] == quote


@pytest.mark.parametrize(
    ("quote", "printed"),
    [
        ("It was -5 degrees", "It was  -5\n\tdegrees"),
        ("at 12.6 mg/dL or 60-70 U", "at 12.6 mg/dL or 60–70 U"),
        ("  the patient’s own ", "the patient's own"),
        ('the "first" fluid level', "the “ﬁrst” ﬂuid level"),
        ("Mo\u0308nckeberg", "Mönckeberg"),
        ("Formation-dystrophic", "Formation—dystrophic"),
    ],
)
def test_accepts_other_blanks_marks_dashes_and_ligatures(quote: str, printed: str) -> None:
    span = find_verbatim(quote, TEXT)
    assert span is not None
    assert TEXT[slice(*span)] == printed


def test_takes_the_first_place_that_stands_at_word_boundaries() -> None:
    assert find_verbatim("effective", "ineffective, non-effective, effective, effective") == (28, 37)
    assert find_verbatim("rim", "trim rims rim") == (10, 13)


@given(
    st.lists(st.sampled_from(["rim", "12.6", "no", "calcified", "60–70", "(a)", "x-ray"]), min_size=1, max_size=9),
    st.data(),
)
def test_every_run_of_whole_words_is_found_and_slices_back(parts: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(parts) - 1))
    last = data.draw(st.integers(first + 1, len(parts)))
    text = " ".join(parts)
    quote = " ".join(parts[first:last])
    span = find_verbatim(quote, text)
    assert span is not None
    assert text[slice(*span)] == quote


# ---------------------------------------------------------------- must refuse


@pytest.mark.parametrize(
    "quote",
    [
        "The therapy is ineffective in most patients",  # a paraphrase
        "ineffective in most patients is the treatment",  # another order
        "The treatment was ineffective in most patients",  # one word changed
        "Calcium was found.",  # the negation left out, with a capital
        "calcium was not found",  # the negation put elsewhere
        "is seen",  # the negation dropped
        "The treatment is ineffective … most patients",  # a gap
        "the treatment is ineffective",  # another case
        "The treatment is ineffective in most patients!",
    ],
)
def test_refuses_other_words(quote: str) -> None:
    assert find_verbatim(quote, TEXT) is None


@pytest.mark.parametrize(
    "quote",
    [
        "effective in most patients",  # in "ineffective"
        "effective drug",  # in "non-effective"
        "The treatment is ineffective in most patient",
        "calcified nodule",
        "A non",
        "was the patient",  # of "patient's"
        "s own",
        "rst” ﬂuid level",  # half a ligature
        "the “f",
    ],
)
def test_refuses_parts_of_words(quote: str) -> None:
    assert find_verbatim(quote, TEXT) is None


@pytest.mark.parametrize(
    "quote",
    [
        "2.6 mg/dL",  # of 12.6
        "6 mg/dL",
        "at 12",
        "70 U, was",  # of a range
        "at 12.6 mg/dL or 60",
        "200 mm",  # of 1,200
        "measured 1",
        "95% of them",  # without its ">"
        ">95",  # without its "%"
        "within 2",
        "5 weeks",
        "5 degrees",  # of -5
        "4 of them",
        "at 12.6 mg",  # of mg/dL
        "dL or 60–70 U",
        "30 were 7",
    ],
)
def test_refuses_parts_of_numbers(quote: str) -> None:
    assert find_verbatim(quote, TEXT) is None


@pytest.mark.parametrize("quote", ["", " ", "...", "….", "—", "(,)"])
def test_refuses_a_quote_without_a_word(quote: str) -> None:
    assert find_verbatim(quote, TEXT + " ... …. — (,)") is None


def test_refuses_everything_in_an_empty_text() -> None:
    assert find_verbatim("rim", "") is None


def test_a_letter_with_an_accent_of_its_own_is_not_the_letter() -> None:
    assert find_verbatim("x", "the mean x\u0304 of them") is None
    assert find_verbatim("x\u0304", "the mean x\u0304 of them") == (9, 11)


def test_words_are_runs_of_letters_and_digits() -> None:
    assert words_of("  2.5 weeks: non-effective … (ﬁrst) ") == ["2", "5", "weeks", "non", "effective", "ﬁrst"]
