"""Facets and demands: what is asked, what is told, and what only looks like it."""

import pytest

from calcrag.literature.facets import Facet, demands_of, facets_asked, facets_told


def names(question: str) -> set[str]:
    return {demand.name for demand in demands_of(question)}


# ---------------------------------------------------------------- what a question asks for


@pytest.mark.parametrize(
    ("question", "facet"),
    [
        ("At what age do the papules appear?", Facet.AGE),
        ("How old was the woman?", Facet.AGE),
        ("How soon after a crush does the muscle calcify?", Facet.TIME),
        ("Are girls or boys affected?", Facet.SEX),
        ("How thick is the plaque?", Facet.SIZE),
        ("What share of them ulcerate?", Facet.QUANTITY),
        ("Which tendon is it usually?", Facet.FREQUENCY),
        ("What provokes the attacks?", Facet.CAUSE),
        ("Where do the spheroids lie?", Facet.LOCATION),
        ("Onde ficam as calcificações?", Facet.LOCATION),
        ("What does the radiograph show?", Facet.APPEARANCE),
        ("Is there a remedy?", Facet.TREATMENT),
        ("Does it regress?", Facet.COURSE),
        ("Is the urate raised?", Facet.LABORATORY),
        ("Is it autosomal?", Facet.INHERITANCE),
        ("O que é calcinose?", Facet.DEFINITION),
        ("How do I tell them apart?", Facet.DIAGNOSIS),
        ("Who coined the term?", Facet.HISTORY),
        ("Does the lump hurt?", Facet.SYMPTOM),
        ("What subtypes are there?", Facet.CLASSIFICATION),
        ("What does the biopsy show?", Facet.PATHOLOGY),
        ("Is a bone scan of use?", Facet.IMAGING),
    ],
)
def test_a_question_asks_for_a_kind_of_fact(question: str, facet: Facet) -> None:
    assert facet in facets_asked(question)


@pytest.mark.parametrize(
    ("question", "facet"),
    [
        ("Which stage of the disease calcifies?", Facet.AGE),
        ("What percentage of them ulcerate?", Facet.AGE),
        ("What does the image show?", Facet.AGE),
        ("Is the female worm larger?", Facet.INHERITANCE),
        ("Is it benign?", Facet.INHERITANCE),  # "gene" inside a word
        ("What does the patient with gout have?", Facet.TREATMENT),
        ("Does the shoulder calcify?", Facet.TIME),
        ("Which capsule calcifies?", Facet.QUANTITY),
    ],
)
def test_a_word_that_only_looks_like_it_asks_for_nothing(question: str, facet: Facet) -> None:
    assert facet not in facets_asked(question)


# ---------------------------------------------------------------- what a statement tells


@pytest.mark.parametrize(
    ("statement", "facet"),
    [
        ("It begins in the fifth decade of life.", Facet.AGE),
        ("A 30-year-old female presented.", Facet.AGE),
        ("The calcification resolves in about six weeks.", Facet.TIME),
        ("It is commoner in females (6:1).", Facet.SEX),
        ("They measure 2 to 10 mm.", Facet.SIZE),
        ("Half of them had diabetes.", Facet.QUANTITY),
        ("It rarely involves the spine.", Facet.FREQUENCY),
        ("It follows from hyperuricemia, secondary to renal disease.", Facet.CAUSE),
        ("It lies in the subcutaneous tissue of the thigh.", Facet.LOCATION),
        ("The deposits are ringlike with lucent centers.", Facet.APPEARANCE),
        ("Early biopsy should be avoided.", Facet.TREATMENT),
        ("The deposits resorb.", Facet.COURSE),
        ("Serum phosphorus is raised.", Facet.LABORATORY),
        ("It is an autosomal recessive trait.", Facet.INHERITANCE),
        ("The term denotes calcium in cartilage.", Facet.DEFINITION),
        ("Weber noted the association in 1878.", Facet.HISTORY),
        ("The mass is painless.", Facet.SYMPTOM),
        ("There are two types.", Facet.CLASSIFICATION),
        ("The osteoid is immature.", Facet.PATHOLOGY),
        ("STIR images are bright.", Facet.IMAGING),
    ],
)
def test_a_statement_tells_a_kind_of_fact(statement: str, facet: Facet) -> None:
    assert facet in facets_told(statement)


@pytest.mark.parametrize(
    ("statement", "facet"),
    [
        ("The images show damage at a late stage.", Facet.AGE),
        ("It accounts for a large percentage.", Facet.AGE),
        ("The origin is obscure.", Facet.TIME),
        ("The mass is hard.", Facet.SEX),
    ],
)
def test_a_statement_that_only_looks_like_it_tells_nothing(statement: str, facet: Facet) -> None:
    assert facet not in facets_told(statement)


# ---------------------------------------------------------------- what a question cannot do without


@pytest.mark.parametrize(
    ("question", "demand", "tells", "does_not"),
    [
        ("At what age does it start?", "an age", "It starts in the second decade.", "It starts in the hip."),
        ("Is it more common in women?", "a comparison of the sexes", "Females are affected 6:1.", "It is common."),
        ("What proportion ulcerates?", "a proportion", "Three of 23 ulcerate.", "It lasts 23 years."),
        ("What proportion ulcerates?", "a proportion", "A third ulcerates.", "Ulcers come in the third year."),
        ("What percentage is dystrophic?", "a proportion", "They account for 95–98% of all.", "Most are old."),
        ("How many patients were there?", "a number", "Eight patients were seen.", "Patients were seen."),
        ("How many patients were there?", "a number", "There were 29.", "A 30-year-old was seen."),
        ("How large is the worm?", "a size", "It reaches 100 cm.", "It reaches the knee."),
        ("How long do the worms get?", "a size", "They reach 100 cm.", "They die within 10 years."),
        ("How long does it take to resolve?", "a time", "It takes about six weeks.", "It resolves."),
        ("What dose is given?", "a dose", "The dose was halved.", "A product above 75mg./100ml."),
        ("Which gene is mutated?", "a gene", "Both are caused by mutations.", "Both are familial."),
        ("What is the threshold of the product?", "a value", "It is above 75.", "It is raised."),
        ("What is the sensitivity of CT?", "such a statistic", "The sensitivity is high.", "CT is important."),
        ("What is the mortality?", "such a statistic", "The cause proves fatal.", "It is rare."),
        ("What does MRI show?", "MRI findings", "T2 signal is high.", "The radiograph is normal."),
        ("What does CT show?", "CT findings", "Attenuation is low.", "The radiograph is normal."),
        ("What does sonography show?", "ultrasound findings", "It is echogenic.", "It is dense."),
        ("What does the bone scan show?", "scintigraphic findings", "There is uptake.", "It is dense."),
        ("What does angiography show?", "angiographic findings", "It is hypervascular.", "It is dense."),
        ("Who described it?", "a name", "Teissier described it.", "It is old."),
        ("In which year was it described?", "a year", "That was in 1877.", "Teissier described it."),
        ("How is it treated?", "a treatment", "Topical steroids are helpful.", "It is painful."),
        ("What is the level in mg/dL?", "a value in these units", "It was 12 mg.", "It was raised to 12."),
    ],
)
def test_a_demand_is_made_and_is_met_by_one_statement_and_not_by_another(
    question: str, demand: str, tells: str, does_not: str
) -> None:
    (made,) = (d for d in demands_of(question) if d.name == demand)
    assert made.met(tells)
    assert not made.met(does_not)


@pytest.mark.parametrize(
    ("question", "demand"),
    [
        ("What stage of the disease calcifies?", "an age"),
        ("What percentage of the lesions ulcerate?", "an age"),
        ("How many types of calcinosis are there?", "a number"),
        ("How many weeks does it take?", "a number"),
        ("What does the computed image show?", "CT findings"),
        ("Which specific sign proves it?", "such a statistic"),
        ("Are generalized calcifications common?", "a gene"),
        ("Which drug is to blame for it?", "a treatment"),
        ("How long do the worms get?", "a time"),
        ("Who gets it?", "a name"),
    ],
)
def test_a_question_that_can_do_without_demands_nothing(question: str, demand: str) -> None:
    assert demand not in names(question)


def test_years_are_no_proportion() -> None:
    (proportion,) = (d for d in demands_of("What proportion of dialysed patients is affected?"))
    assert not proportion.met("It increases over 10 years, and in two years more.")
    assert proportion.met("22 of 23 patients were.")
