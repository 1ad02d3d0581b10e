"""Summaries: on the topic and nothing else, each line a quote in the section that it tells, none twice, silence named."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest

from calcrag.errors import DataError, EmptyQuestion, UnknownName
from calcrag.literature.article import Article, SourceKind
from calcrag.literature.corpus import load_corpus
from calcrag.literature.passages import passages_of
from calcrag.literature.readers import read
from calcrag.literature.section_words import load_summary_words, read_summary_words
from calcrag.literature.statements import statements_of
from calcrag.literature.summary import Summariser, Summary
from calcrag.literature.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
HEADINGS = [section.heading for section in load_summary_words().sections]


def article(text: str, *, key: str = "tiny", kind: SourceKind = SourceKind.REVIEW, copies: str = "") -> Article:
    made = read(f"# On calcification\n\n{text}\n".encode(), key=key, origin=f"{key}.md")
    return replace(made, kind=kind, copies_from=(copies,) if copies else ())


def summariser(articles: Sequence[Article]) -> Summariser:
    return Summariser(
        articles={a.key: a for a in articles},
        statements=[s for a in articles for s in statements_of(a)],
        passages={a.key: passages_of(a) for a in articles},
        vocabulary=VOCABULARY,
    )


def summary(topic: str, *articles: Article) -> Summary:
    return summariser(articles).summarise(topic)


def lines(made: Summary, heading: str = "") -> list[str]:
    return [line.text for section in made.sections for line in section.sentences if heading in ("", section.heading)]


def section_of(made: Summary, words: str) -> str:
    """The heading under which the line with these words stands; an AssertionError where there is none or more than one."""
    found = [section.heading for section in made.sections for line in section.sentences if words in line.text]
    assert len(found) == 1, (words, found)
    return found[0]


def sources(made: Summary) -> set[str]:
    return {evidence.source for evidence in made.evidence}


# ---------------------------------------------------------------- of which disease a statement is


def test_a_neighbour_that_is_easily_confused_is_left_out() -> None:
    text = (
        "## Gout\n\nGout is common in men. Gout causes dense tophi beside the joints.\n\n"
        "## Pseudogout\n\nPseudogout is common in old women. Pseudogout causes linear calcification of the menisci."
    )
    made = lines(summary("gout", article(text)))
    assert set(made) == {"Gout is common in men.", "Gout causes dense tophi beside the joints."}


def test_what_is_named_in_passing_is_no_subject() -> None:
    text = (
        "## Connective tissue disease\n\nScleroderma with Raynaud's phenomenon presents with painful fingers. "
        "In scleroderma, unlike gout, the joint space is kept."
    )
    assert not any("painful" in line for line in lines(summary("gout", article(text))))
    assert section_of(summary("scleroderma", article(text)), "painful fingers") == "Symptoms and complications"


def test_a_comparison_belongs_to_both() -> None:
    text = (
        "## Parathyroid\n\nCalcification is more common in patients with secondary hyperparathyroidism than in those with "
        "primary hyperparathyroidism."
    )
    for topic in ("primary hyperparathyroidism", "secondary hyperparathyroidism"):
        assert section_of(summary(topic, article(text)), "is more common in patients") == "Differential diagnosis"


def test_a_sentence_under_the_heading_needs_no_name() -> None:
    text = "## Gout\n\nThe deposits are seldom calcified on radiographs.\n\n## Leprosy\n\nThe nerves are calcified on radiographs."
    assert lines(summary("gout", article(text))) == ["The deposits are seldom calcified on radiographs."]
    assert lines(summary("leprosy", article(text))) == ["The nerves are calcified on radiographs."]


def test_a_heading_for_a_kind_of_fact_keeps_the_subject_above_it() -> None:
    text = "## MYOSITIS OSSIFICANS\n\n## MRI\n\nMyositis ossificans shows oedema. The signal is high on T2-weighted images."
    made = summary("myositis ossificans", article(text))
    assert section_of(made, "The signal is high") == "Appearance on MRI"


def test_a_leaning_sentence_has_the_one_before_with_it() -> None:
    text = (
        "## Parasites\n\nLoiasis gives rise to swellings of the forearm. These last three days and cause pain.\n\n"
        "Leprosy calcifies nerves. These are palpable and painful."
    )
    made = lines(summary("loiasis", article(text)))
    assert made == ["Loiasis gives rise to swellings of the forearm. These last three days and cause pain."]


def test_it_stands_alone_under_the_name_of_the_topic() -> None:
    text = (
        "## Skin\n\nPseudoxanthoma elasticum affects elastic fibres. It is inherited as an autosomal recessive trait."
    )
    made = summary("pseudoxanthoma elasticum", article(text))
    assert lines(made, "Who") == ["It is inherited as an autosomal recessive trait."]


def test_a_pronoun_does_not_carry_over_another_subject() -> None:
    text = "## Joints\n\nGout is common in men. Loiasis is caused by a worm. It is endemic in the rain forest."
    assert not any("rain forest" in line for line in lines(summary("gout", article(text))))
    assert any("rain forest" in line for line in lines(summary("loiasis", article(text))))


def test_part_b_of_a_figure_is_about_what_part_a_names() -> None:
    text = (
        "## Findings\n\nSome words on what follows.\n\n"
        "Fig. 2a. Renal osteodystrophy. Anteroposterior view of the hip with calcification\n\n"
        "Fig. 2b. Bone scan of same patient with activity about the shoulder\n\n"
        "Fig. 3. Gout. Bone scan of the foot with activity in the great toe\n"
    )
    made = summary("renal osteodystrophy", article(text))
    assert section_of(made, "about the shoulder") == "Bone scan and angiography"
    assert not any("great toe" in line for line in lines(made))


def test_a_table_row_places_the_topic_by_the_rows_above() -> None:
    text = (
        "## Classes\n\nTABLE I. SOFT TISSUE CALCIFICATION\n\n- A) Metastatic calcification\n  - I) Hypercalcemia\n"
        "    - a) Milk alkali syndrome\n  - II) Hyperphosphatemia\n    - a) Tumoral calcinosis\n"
    )
    made = summary("milk-alkali syndrome", article(text))
    assert lines(made, "Classification") == [
        "TABLE I. SOFT TISSUE CALCIFICATION › A) Metastatic calcification › I) Hypercalcemia › a) Milk alkali syndrome"
    ]


# ---------------------------------------------------------------- sections


@pytest.mark.parametrize(
    ("sentence", "heading"),
    [
        ("Gout is a metabolic disease of purines.", "Definition"),
        ("Gout may be secondary to diuretics.", "Causes and associations"),
        ("Gout is more common in men than in women.", "Who"),
        ("Gout is most commonly found in the great toe and the ear.", "Where"),
        ("Gout shows overhanging edges on radiographs.", "Appearance on radiograph"),
        ("On CT, gout is seen as dense nodules.", "Appearance on CT"),
        ("On MRI, gout has a low signal on T1-weighted images.", "Appearance on MRI"),
        ("On ultrasound, gout shows hyperechoic aggregates.", "Appearance on ultrasound"),
        ("On a bone scan, gout shows increased uptake.", "Bone scan and angiography"),
        ("In gout the serum uric acid level is raised.", "Laboratory and pathology"),
        ("Gout presents with pain and ulceration.", "Symptoms and complications"),
        ("Gout progresses slowly and may regress spontaneously.", "Course and prognosis"),
        ("Gout must be distinguished from infection.", "Differential diagnosis"),
        ("Gout is treated with allopurinol.", "Management"),
        ("The term gout was first described by Garrod.", "History and terminology"),
        ("Gout is classified into primary and secondary types.", "Classification"),
    ],
)
def test_a_statement_stands_where_it_tells(sentence: str, heading: str) -> None:
    made = summary("gout", article(f"## Joints\n\n{sentence}"))
    assert section_of(made, sentence) == heading
    assert made.silent_on == tuple(h for h in HEADINGS if h != heading)


def test_the_heading_helps_to_place_a_statement() -> None:
    text = "## GOUT\n\n## Angiography\n\nGout shows numerous small vessels and a dense blush."
    assert section_of(summary("gout", article(text)), "dense blush") == "Bone scan and angiography"


def test_the_sections_come_in_their_order() -> None:
    text = (
        "## Joints\n\nGout is treated with allopurinol. Gout presents with pain. Gout is more common in men than in women. "
        "Gout is a metabolic disease of purines."
    )
    assert [section.heading for section in summary("gout", article(text)).sections] == [
        "Definition", "Who", "Symptoms and complications", "Management",
    ]  # fmt: skip


# ---------------------------------------------------------------- nothing twice, the weightier source first

DEFINITION = "Tumoral calcinosis is a rare familial disease of phosphate metabolism with periarticular masses."


def test_a_copy_is_folded_and_the_original_kept() -> None:
    page = article(f"## S\n\n{DEFINITION}", key="a-page", kind=SourceKind.WEB_AGGREGATION, copies="review")
    original = article(f"## S\n\n{DEFINITION}", key="review")
    made = summary("tumoral calcinosis", page, original)
    assert lines(made) == [DEFINITION]
    assert sources(made) == {"review"}


def test_other_words_for_the_same_are_folded() -> None:
    first = (
        "Tumoral calcinosis presents with painless lobulated periarticular masses over the extensor surfaces of joints."
    )
    other = "In tumoral calcinosis, painless lobulated periarticular masses over the extensor surfaces of joints are present."
    assert len(lines(summary("tumoral calcinosis", article(f"## S\n\n{first}\n\n## T\n\n{other}")))) == 1


def test_the_weightier_source_comes_first() -> None:
    case = article("## S\n\nGout affects men with renal disease.", key="a-case", kind=SourceKind.CASE_REPORT)
    review = article("## S\n\nGout affects middle-aged men.", key="review")
    assert [e.source for e in summary("gout", case, review).evidence] == ["review", "a-case"]


def test_evidence_is_independent_of_what_does_not_copy_it() -> None:
    one = article("## S\n\nGout is treated with allopurinol.", key="one")
    two = article("## S\n\nGout presents with pain.", key="two", copies="one")
    three = article("## S\n\nGout is more common in men.", key="three")
    found = {e.source: e.independent_of for e in summary("gout", one, two, three).evidence}
    assert found == {"one": ("three",), "two": ("three",), "three": ("one", "two")}


def test_a_section_and_a_summary_have_an_end() -> None:
    where = " ".join(
        f"Gout is found in the {part}." for part in ("ear", "toe", "hand", "knee", "elbow", "heel", "wrist")
    )
    assert len(lines(summary("gout", article(f"## S\n\n{where}")), "Where")) == 5


# ---------------------------------------------------------------- fragments of scraped pages


def scraped(text: str) -> Article:
    return article(f"## S\n\n{text}", key="page", kind=SourceKind.WEB_AGGREGATION)


@pytest.mark.parametrize(
    "fragment",
    [
        "Gout affects the joints The musculoskeletal Musculoskeletal calcification is found.",  # glued from two
        "of gout is found in the joints of the foot.",  # its beginning is lost
        "Gout is found in joints including the",  # its end is lost
        "These findings in gout are found in the foot.",  # what it points to is lost
        "Gout is found in the joints (Fig",
    ],
)
def test_a_torn_fragment_is_not_quoted(fragment: str) -> None:
    made = summary("gout", scraped(fragment), article("## S\n\nLeprosy is rare.", key="other"))
    assert not made.sections
    assert made.silent_on == tuple(HEADINGS)


def test_a_whole_sentence_of_a_scraped_page_is_quoted() -> None:
    assert section_of(summary("gout", scraped("Gout is found in the joints of the foot.")), "foot") == "Where"


def test_an_empty_summary_says_whether_the_topic_is_named() -> None:
    named = summary("gout", scraped("of gout is found in the joints of the foot."))
    unnamed = summary("gout", article("## S\n\nLeprosy is rare."))
    assert named.note.startswith("The corpus names it only in fragments")
    assert unnamed.note == "No source names it."
    assert named.sections == unnamed.sections == ()


# ---------------------------------------------------------------- what is asked for


def test_a_misspelt_name_and_another_name_are_understood() -> None:
    text = article("## S\n\nScleroderma presents with pain.")
    for topic in ("scleroderma", "systemic sclerosis", "sclerodema", "Systemic  Sclerosis "):
        assert lines(summary(topic, text)) == ["Scleroderma presents with pain."]


def test_an_unknown_topic_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(UnknownName) as refused:
        summary("gouttt xylo", article("## S\n\nLeprosy is rare."))
    assert len(str(refused.value).splitlines()) == 3
    with pytest.raises(UnknownName) as near:
        summary("dermatomyosis", article("## S\n\nLeprosy is rare."))
    assert str(near.value.where).startswith("nearest: dermatomyositis, ")


@pytest.mark.parametrize("topic", ["", "   ", "?!"])
def test_a_topic_without_a_word_is_refused(topic: str) -> None:
    with pytest.raises(EmptyQuestion):
        summary(topic, article("## S\n\nLeprosy is rare."))


def test_a_finding_is_summed_up_by_the_statements_that_name_it() -> None:
    text = (
        "## Parasites\n\nDracunculosis shows the chain mail configuration on radiographs. Loiasis shows fine threads."
    )
    assert lines(summary("chain mail", article(text))) == [
        "Dracunculosis shows the chain mail configuration on radiographs."
    ]


def test_a_damaged_file_of_words_is_refused() -> None:
    sound = resources.files("calcrag.literature").joinpath("summary_sections.toml").read_text(encoding="utf-8")
    read_summary_words(sound)
    for damaged in (
        sound.replace("format = 1", "format = 2"),
        sound.replace("moderate =", "middling =", 1),
        "[[section",
    ):
        with pytest.raises(DataError, match="words of the sections"):
            read_summary_words(damaged)


def test_the_words_of_the_sections_name_entities_that_exist() -> None:
    words = load_summary_words()
    named = words.manifestations | set(words.headings.names.values())
    assert not [entity for entity in named if VOCABULARY.entity(entity) is None]


# ---------------------------------------------------------------- the shipped corpus

CORPUS = {a.key: a for a in load_corpus(Path(__file__).parents[2] / "corpus")[0]}
FINDINGS = ("sedimentation sign", "chain mail", "phlebolith", "fluid-calcium level", "overhanging edges", "bone scan")


@cache
def shipped() -> Summariser:
    return summariser(list(CORPUS.values()))


@cache
def of(topic: str) -> Summary:
    return shipped().summarise(topic)


@pytest.mark.parametrize("topic", [*(entity.name for entity in VOCABULARY.entities), *FINDINGS, *CORPUS])
def test_every_summary_keeps_the_rules(topic: str) -> None:
    made = of(topic)
    evidence = {one.number: one for one in made.evidence}
    shown = [line for section in made.sections for line in section.sentences]
    assert [n for line in shown for n in line.citations] == list(range(1, len(evidence) + 1)), (
        "every quote is cited, once"
    )
    for one in made.evidence:
        assert CORPUS[one.source].text[one.start : one.end] == one.quote
    for line in shown:
        rows = [row for n in line.citations for row in evidence[n].quote.split("\n")]
        left = line.text
        for row in rows:
            assert " ".join(row.split()) in left, "a line is made of its quotes"
            left = left.replace(" ".join(row.split()), "", 1)
        assert not left.strip(" ›;"), "and of nothing else"
    own = sorted(
        (evidence[line.citations[-1]].source, evidence[line.citations[-1]].start, evidence[line.citations[-1]].end)
        for line in shown
    )
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(own)), "no words twice"
    assert len(shown) <= 30
    assert not {section.heading for section in made.sections} & set(made.silent_on)
    assert bool(made.sections) or made.note
    if topic not in CORPUS:
        assert all(len(section.sentences) <= 5 for section in made.sections)


def test_the_same_topic_gives_the_same_summary() -> None:
    again = summariser(list(CORPUS.values()))
    for topic in ("soft tissue calcification", "myositis ossificans", "faria-2020"):
        assert again.summarise(topic) == of(topic)
        assert shipped().summarise(topic) == of(topic), "also from a summariser that has made others before"


@pytest.mark.parametrize(
    ("topic", "heading", "words"),
    [
        ("calcinosis circumscripta", "Definition", "refers to well defined, localized calcium deposits"),
        ("calcinosis circumscripta", "Who", "more common in females (6:1)"),
        ("calcinosis circumscripta", "Appearance on radiograph", "Figure 16. Calcinosis circumscripta in scleroderma"),
        ("calcinosis circumscripta", "History and terminology", "It was first reported in animals"),
        ("calcinosis universalis", "Definition", "refers to sheetlike deposits"),
        ("tumoral calcinosis", "Who", "familial in approximately a third of cases"),
        ("tumoral calcinosis", "Appearance on radiograph", "Figure 15. Tumoral calcinosis"),
        ("tumoral calcinosis", "History and terminology", 'should be used strictly in reference to the familial form'),
        ("tumoral calcinosis", "Course and prognosis", "postsurgical recurrence is high"),
        ("metastatic calcification", "Causes and associations", "is end-stage renal disease"),
        ("metastatic calcification", "Classification", "b) Milk alkali syndrome; c) Vitamin D intoxication"),
        ("dystrophic calcification", "Definition", "deposition of calcium salts in necrotic or dead tissue"),
        ("milk-alkali syndrome", "Course and prognosis", "may disappear by lowering calcium intake"),
        ("secondary hyperparathyroidism", "Management", "may be an indication for subtotal parathyroidectomy"),
        ("renal osteodystrophy", "Bone scan and angiography", "Fig. 2b. Bone scan of same patient"),
        ("hypervitaminosis D", "Appearance on radiograph", "Hypervitaminosis D: smooth lobulated amorphous"),
        ("pseudoxanthoma elasticum", "Who", "inherited as an autosomal recessive trait"),
        ("Ehlers-Danlos syndrome", "Differential diagnosis", "ring-like calcifications resembling phleboliths"),
        ("leprosy", "Where", "most commonly the sural and greater auricular nerves"),
        ("cysticercosis", "Appearance on radiograph", "rice-grain-like"),
        ("guinea worm", "Appearance on radiograph", '"chain mail" configuration'),
        ("loiasis", "Symptoms and complications", "Painful pruritic subcutaneous swellings"),
        ("calcium gluconate injection", "Course and prognosis", "usually resolves in about six weeks"),
        ("synovial osteochondromatosis", "Appearance on radiograph", "Figure 12. Synovial osteochondromatosis"),
        ("morphea", "Management", "Topical steroids, photochemotherapy"),
        ("chain mail", "Appearance on radiograph", "Dracunculosis › The worm may undergo calcification"),
        ("overhanging edges", "Appearance on radiograph", 'Bony erosions with "overhanging edges,"'),
        ("bone scan", "Bone scan and angiography", "bone scanning is particularly helpful"),
    ],
)  # fmt: skip
def test_what_the_sources_say_stands_in_its_section(topic: str, heading: str, words: str) -> None:
    assert section_of(of(topic), words) == heading


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("gout", "chondrocalcinosis is infrequent"),
        ("gout", "punctate pattern"),
        ("gout", "menisci"),
        ("calcinosis circumscripta", "sheetlike"),
        ("calcinosis universalis", "terminal phalangeal tufts"),
        ("pseudohypoparathyroidism", "have normal serum calcium and phosphorus levels"),
        ("pseudopseudohypoparathyroidism", "have low serum calcium"),
        ("loiasis", "chain mail"),
        ("leprosy", "worm"),
        ("dystrophic calcification", "end-stage renal disease, which is also the main cause"),
        ("milk-alkali syndrome", "vitamin D therapy"),
        ("scleroderma", "The female may reach"),
    ],
)
def test_what_is_said_of_a_neighbour_does_not(topic: str, words: str) -> None:
    assert not [line for line in lines(of(topic)) if words in line]


def test_forms_of_a_disease_have_their_own_section() -> None:
    headings = [section.heading for section in of("hyperparathyroidism").sections]
    assert headings[-2:] == ["Form: primary hyperparathyroidism", "Form: secondary hyperparathyroidism"]


def test_nothing_is_printed_of_reference_lists_and_front_matter() -> None:
    for topic in ("tumoral calcinosis", "myositis ossificans", "gout", "calciphylaxis"):
        assert not any("Access this article" in line or "J Bone Joint Surg" in line for line in lines(of(topic)))


@pytest.mark.parametrize(
    ("named", "key"),
    [
        ("dalinka-melchior", "dalinka-melchior"),
        ("the pictorial essay", "faria-2020"),
        ("Yadav 2013", "yadav-2013"),
        ("faria-2020", "faria-2020"),
        ("soft-tissue-calcification-web", "soft-tissue-calcification-web"),
    ],
)
def test_a_source_is_summed_up_by_any_of_its_names(named: str, key: str) -> None:
    made = of(named)
    assert sources(made) == {key}
    assert made.title == CORPUS[key].record.title
    assert made.note.startswith("As recorded: ")
    assert made.silent_on == ()


def test_a_source_is_told_by_its_own_headings_and_tables() -> None:
    made = of("dalinka-melchior")
    headings = [section.heading for section in made.sections]
    assert headings[0] == "The source"
    assert headings[-1] == "Tables"
    assert any(heading.startswith("METABOLIC") for heading in headings)
    assert any(
        "TABLE I. SOFT TISSUE CALCIFICATION › A) Metastatic calcification" in line for line in lines(made, "Tables")
    )
