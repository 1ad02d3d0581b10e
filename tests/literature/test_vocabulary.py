"""The query vocabulary: what it must join, and what it must keep apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcrag.errors import DataError
from calcrag.literature.vocabulary import (
    WEIGHTS,
    Expansion,
    Relation,
    Vocabulary,
    fold,
    load_vocabulary,
    read_vocabulary,
)

CORPUS = frozenset(
    "achilles apatite arthropathy articular ball bone calcaneal calcific calcification calcified calcinosis calcium "
    "chest circumscripta cloth computed cotton crystal cystercercosis cysticercosis deposition dermatomyositis diabetes "
    "disease dystrophic ectopic formation gluconate gout heel hematoma heterotopic heterotropic hydroxyapatite hypercalcemia "
    "kidney magnetic mellitus metastatic milwaukee monkeberg monckeberg mineralization muscle myositis neurogenic "
    "ossificans ossification osteoarthritis patella periarticular phlebolith phosphorous plain progressiva pyrophosphate "
    "radiograph renal resonance roentgenogram scleroderma sclerosis shoulder softtissue symmetrical synovial systemic "
    "tendon tissue tomography traumatic treatment tumoral ulna ulnar ultrasound uremia vein venous without xray "
    "fibrodysplasia imaging ankle tuberculosis moskowitz".split()
)


def known(word: str) -> bool:
    return word in CORPUS or word.removesuffix("s") in CORPUS


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


def found(vocabulary: Vocabulary, text: str) -> list[tuple[str, str]]:
    return [(mention.text, mention.entity_id) for mention in vocabulary.mentions(text)]


def expanded(vocabulary: Vocabulary, question: str) -> dict[str, Expansion]:
    return {one.phrase: one for one in vocabulary.expansions(question, known=known, words=CORPUS)}


# ---- folding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("haematoma", "hematoma"),
        ("oedema", "edema"),
        ("lymphoedema", "lymphedema"),
        ("uraemia", "uremia"),
        ("hypercalcaemia", "hypercalcemia"),
        ("hyperphosphataemic", "hyperphosphatemic"),
        ("haemangiomas", "hemangiomas"),
        ("morphoea", "morphea"),
        ("oesophagus", "esophagus"),
        ("paediatric", "pediatric"),
        ("orthopaedic", "orthopedic"),
        ("aetiology", "etiology"),
        ("anaesthesia", "anesthesia"),
        ("tumour", "tumor"),
        ("tumoural", "tumoral"),
        ("intratumoural", "intratumoral"),
        ("discolouration", "discoloration"),
        ("localised", "localized"),
        ("mineralisation", "mineralization"),
        ("metastasise", "metastasize"),
        ("dialysed", "dialyzed"),
        ("centre", "center"),
        ("fibres", "fibers"),
        ("calibre", "caliber"),
        ("sulphate", "sulfate"),
        ("leucocyte", "leukocyte"),
        ("orientated", "oriented"),
    ],
)
def test_fold_writes_british_words_the_american_way(british: str, american: str) -> None:
    assert fold(british) == fold(american) == american


@pytest.mark.parametrize(
    "word",
    "source four diesel hour your pour contour detour glamour devour journal course resource downpour disease exercise "
    "precise raise rise arise arising promise compromise surprise revise excised incised advise paradise franchise wise "
    "noise diagnosis analysis analyses basis crises acre genre timbre mediocre hatred aerobic anaerobic michael bursae "
    "vertebrae taenia roentgen phoenix toe does shoestring boulder shoulder premise expertise calcinoses".split(),
)
def test_fold_leaves_words_that_only_look_british(word: str) -> None:
    assert fold(word) == word


def test_fold_takes_away_accents_ligatures_possessives_and_odd_dashes() -> None:
    assert fold("Mönckeberg’s sclerosis") == "monckeberg sclerosis"
    assert fold("M\u006f\u0308nckeberg") == "monckeberg"  # o and a combining mark
    assert fold("ﬂuid–calcium level") == "fluid-calcium level"
    assert fold("calci\u00adfication") == "calcification"
    assert fold("Calcificações distróficas") == "calcificacoes distroficas"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_fold_takes_any_text(text: str) -> None:
    assert fold(text) == fold(text).lower()


# ---- mentions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("pseudohypoparathyroidism", "pseudohypoparathyroidism"),
        ("pseudo-hypoparathyroidism", "pseudohypoparathyroidism"),
        ("pseudohypoparathyrodism", "pseudohypoparathyroidism"),
        ("pseudo pseudohypoparathyroidism", "pseudopseudohypoparathyroidism"),
        ("pseudopseudo hypoparathyroidism", "pseudopseudohypoparathyroidism"),
        ("pseudo-pseudohypoparathyroidism", "pseudopseudohypoparathyroidism"),
        ("hypoparathyroidism", "hypoparathyroidism"),
        ("hyperparathyroidism", "hyperparathyroidism"),
        ("secondary hyperparathyroidism", "secondary-hyperparathyroidism"),
        ("primary hyperparathyroidism", "primary-hyperparathyroidism"),
        ("pseudogout", "pseudogout"),
        ("pseudo-gout", "pseudogout"),
        ("gout", "gout"),
        ("myositis ossificans", "myositis-ossificans"),
        ("myositis ossificans circumscripta", "myositis-ossificans"),
        ("myositis ossificans progressiva", "fibrodysplasia-ossificans-progressiva"),
        ("pseudomalignant myositis ossificans", "pseudomalignant-myositis-ossificans"),
        ("calcinosis circumscripta", "calcinosis-circumscripta"),
        ("calcinosis cutis circumscripta", "calcinosis-circumscripta"),
        ("calcinosis universalis", "calcinosis-universalis"),
        ("tumoural calcinosis", "tumoral-calcinosis"),
        ("secondary tumoral calcinosis", "secondary-tumoral-calcinosis"),
        ("chondrocalcinosis", "chondrocalcinosis"),
        ("localised scleroderma", "morphea"),
        ("morphoea", "morphea"),
        ("scleroderma", "systemic-sclerosis"),
        ("mixed connective tissue disease", "mixed-connective-tissue-disease"),
        ("connective tissue disease", "connective-tissue-disease"),
        ("panniculitis ossificans", "panniculitis-ossificans"),
        ("calcifying aponeurotic fibroma", "calcifying-aponeurotic-fibroma"),
        ("soft-tissue calcification", "soft-tissue-calcification"),
        ("softtissue calcifications", "soft-tissue-calcification"),
        ("para-articular calcification", "periarticular-calcification"),
        ("periarticular calcifications", "periarticular-calcification"),
        ("haemangiomata", "hemangioma"),
        ("phlebo-\nliths", "phlebolith"),
        ("gouty tophi", "tophus"),
        ("Ehler-Danlos", "ehlers-danlos-syndrome"),
        ("Monkeberg’s arteriosclerosis", "monckeberg-arteriosclerosis"),
        ("medial calcific sclerosis", "monckeberg-arteriosclerosis"),
        ("calcific uraemic arteriolopathy", "calciphylaxis"),
        ("milk drinker's syndrome", "milk-alkali-syndrome"),
        ("Cystercercosis", "cysticercosis"),
        ("heterotropic ossification", "heterotopic-ossification"),
        ("calcium pyrophosphate dehydrate deposition disease", "cppd"),
        ("calcificações distróficas", "dystrophic-calcification"),
        ("calcinose tumoral", "tumoral-calcinosis"),
    ],
)
def test_the_longest_name_is_the_entity(vocabulary: Vocabulary, text: str, entity: str) -> None:
    assert found(vocabulary, f"In {text}, as shown.") == [(text, entity)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "primary and secondary hyperparathyroidism",
            [
                ("primary", "primary-hyperparathyroidism"),
                ("secondary hyperparathyroidism", "secondary-hyperparathyroidism"),
            ],
        ),
        (
            "calcinosis circumscripta and universalis",
            [("calcinosis circumscripta", "calcinosis-circumscripta"), ("universalis", "calcinosis-universalis")],
        ),
        (
            "Pseudo and pseudopseudo hypoparathyroidism",
            [
                ("Pseudo", "pseudohypoparathyroidism"),
                ("pseudopseudo hypoparathyroidism", "pseudopseudohypoparathyroidism"),
            ],
        ),
        ("gout or pseudogout", [("gout", "gout"), ("pseudogout", "pseudogout")]),
        ("primary disease and gout", [("gout", "gout")]),
        (
            "primary lesions. Secondary hyperparathyroidism",
            [("Secondary hyperparathyroidism", "secondary-hyperparathyroidism")],
        ),
    ],
)
def test_names_that_share_a_word_are_both_found(
    vocabulary: Vocabulary, text: str, expected: list[tuple[str, str]]
) -> None:
    assert found(vocabulary, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MO after trauma", [("MO", "myositis-ossificans")]),
        ("three mo after trauma", []),
        ("hadd of the hip", [("hadd", "hydroxyapatite-deposition-disease")]),
        ("a rim on the iliac crest, in a dish", []),
        ("DM with muscle weakness", [("DM", "dermatomyositis")]),
        ("DM on insulin", [("DM", "diabetes-mellitus")]),
        ("DM", []),
        ("the CKD-MBD of CKD", [("CKD-MBD", "ckd-mineral-and-bone-disorder"), ("CKD", "chronic-kidney-disease")]),
        ("Nunley JR, Elston DM, Calcinosis Cutis", [("Calcinosis Cutis", "calcinosis-cutis")]),
    ],
)
def test_abbreviations_are_read_by_case_and_context(
    vocabulary: Vocabulary, text: str, expected: list[tuple[str, str]]
) -> None:
    assert found(vocabulary, text) == expected


def test_blanks_do_not_make_a_word_of_two(vocabulary: Vocabulary) -> None:
    assert "asymmetry" not in expanded(vocabulary, "Is it a symmetrical disease?")
    assert found(vocabulary, "gout. Pseudo. Gout") == [("gout", "gout"), ("Gout", "gout")]


@given(
    st.lists(
        st.sampled_from(
            [
                "gout",
                "Gouty",
                "pseudo",
                "-",
                " ",
                "\n",
                "é",
                "’s",
                ". ",
                "Mönckeberg’s",
                "CPPD",
                "DM",
                "ﬁbroma",
                "\u00ad",
                "calcinosis",
                "cutis",
                "and",
                "primary",
                "hyperparathyroidism",
                "w/o",
                "𝒳",
                "\u0308",
                "×",
                "US",
            ]
        ),
        max_size=14,
    )
)
def test_offsets_slice_back_to_the_text(pieces: list[str]) -> None:
    text = " ".join(pieces)
    end = 0
    for mention in load_vocabulary().mentions(text):
        assert text[mention.start : mention.end] == mention.text
        assert mention.start >= end
        end = mention.end


def test_every_name_of_an_entity_leads_to_it(vocabulary: Vocabulary) -> None:
    astray = {}
    for entity in vocabulary.entities:
        for name in entity.names:
            mentioned = [m.entity_id for m in vocabulary.mentions(name) if m.text == name]
            if mentioned != [entity.id]:
                astray[name] = (entity.id, mentioned)
    assert astray == {}


def test_confusable_entities_know_each_other(vocabulary: Vocabulary) -> None:
    for entity in vocabulary.entities:
        for other in entity.confusable:
            neighbour = vocabulary.entity(other)
            assert neighbour is not None
            assert entity.id in neighbour.confusable
    assert {"pseudogout", "cppd"} <= set(getattr(vocabulary.entity("gout"), "confusable", ()))


def test_parents_and_children(vocabulary: Vocabulary) -> None:
    assert "secondary-hyperparathyroidism" in [e.id for e in vocabulary.children("hyperparathyroidism")]
    assert vocabulary.entity("no-such-thing") is None


# ---- expansions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "phrase", "replaces", "relation"),
    [
        ("HADD of the hip", "hydroxyapatite deposition disease", "HADD", Relation.ABBREVIATION),
        ("scleroderma of the hand", "systemic sclerosis", "scleroderma", Relation.SAME),
        ("heel cord", "calcaneal tendon", "heel cord", Relation.SAME),
        ("kneecap", "patella", "kneecap", Relation.SAME),
        ("the ulna", "ulnar", "ulna", Relation.FORM),
        ("kidney", "renal", "kidney", Relation.FORM),
        ("Mönckeberg's sclerosis", "monkeberg", "Mönckeberg's", Relation.SPELLING),
        ("cystercercosis", "cysticercosis", "cystercercosis", Relation.SPELLING),
        ("soft tissue", "softtissue", "soft tissue", Relation.SPELLING),
        ("miwaukee joints", "milwaukee", "miwaukee", Relation.SPELLING),
        ("crystal arthropathy", "gout", "crystal arthropathy", Relation.NARROWER),
        ("radiografia", "radiograph", "radiografia", Relation.TRANSLATION),
    ],
)
def test_a_question_is_widened(
    vocabulary: Vocabulary, question: str, phrase: str, replaces: str, relation: Relation
) -> None:
    expansion = expanded(vocabulary, question)[phrase]
    assert (expansion.replaces, expansion.relation) == (replaces, relation)
    assert question[expansion.start :].startswith(expansion.replaces)
    assert 0 < expansion.weight <= 1


def test_words_that_the_corpus_lacks_are_not_added(vocabulary: Vocabulary) -> None:
    assert "calcific uremic arteriolopathy" not in expanded(vocabulary, "calciphylaxis")
    assert vocabulary.expansions("scleroderma", known=lambda word: False) == []


def test_a_phrase_that_does_not_occur_is_not_added(vocabulary: Vocabulary) -> None:
    given_all = vocabulary.expansions("myositis ossificans", known=known)
    occurring = vocabulary.expansions("myositis ossificans", known=known, occurs=lambda phrase: False)
    assert "traumatic myositis ossificans" in [e.phrase for e in given_all]
    assert occurring == []


def test_calcification_ossification_and_calcinosis_stay_apart(vocabulary: Vocabulary) -> None:
    assert not {"ossification", "calcinosis"} & set(expanded(vocabulary, "calcification of muscle tissue"))
    assert "calcification" not in expanded(vocabulary, "calcinosis")
    assert "gout" not in expanded(vocabulary, "pseudogout")
    assert "myositis ossificans" not in expanded(vocabulary, "myositis ossificans progressiva")
    assert "scleroderma" not in expanded(vocabulary, "morphea")


def test_a_broader_term_is_added_only_where_the_corpus_has_no_name_of_the_term(vocabulary: Vocabulary) -> None:
    assert "crystal deposition disease" not in expanded(vocabulary, "gout")
    without_gout = vocabulary.expansions("gout", known=lambda word: known(word) and word != "gout")
    assert [(e.phrase, e.relation) for e in without_gout] == [("crystal deposition disease", Relation.BROADER)]


def test_an_undecided_abbreviation_gives_both_meanings_with_less_weight(vocabulary: Vocabulary) -> None:
    both = expanded(vocabulary, "DM prognosis")
    assert both["dermatomyositis"].weight == both["diabetes mellitus"].weight < WEIGHTS[Relation.ABBREVIATION]
    assert "diabetes mellitus" not in expanded(vocabulary, "DM calcinosis")
    assert "dermatomyositis" not in expanded(vocabulary, "DM on insulin")


def test_what_the_question_says_is_not_added_again(vocabulary: Vocabulary) -> None:
    assert "ulnar" not in expanded(vocabulary, "ulna and ulnar")


def test_the_same_question_gives_the_same_expansions(vocabulary: Vocabulary) -> None:
    question = "US of HADD and DM in the kneecap, w/o Rx"
    one, two = (vocabulary.expansions(question, known=known, words=CORPUS) for _ in range(2))
    assert one == two == sorted(one, key=lambda e: (e.start, -e.weight, e.phrase))


# ---- rewriting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("Does MO need surgery?", "Does MO (myositis ossificans) need surgery?"),
        ("healed w/o Rx", "healed w/o (without) Rx (treatment)"),
        ("DM prognosis", "DM (dermatomyositis or diabetes mellitus) prognosis"),
        ("vein stone in the kneecap", "phlebolith in the patella"),
        ("It looks like bone", "It looks like bone"),
        ("cystercercosis on xray", "cysticercosis on xray"),
        ("calcinose tumoral", "tumoral calcinosis"),
        ("miwaukee shouler", "milwaukee shoulder"),
        ("HADD (hydroxyapatite deposition disease)", "HADD (hydroxyapatite deposition disease)"),
        ("haematoma of the thigh", "haematoma of the thigh"),
        ("in us adults", "in us adults"),
    ],
)
def test_a_question_is_written_out(vocabulary: Vocabulary, question: str, written: str) -> None:
    assert vocabulary.rewrite(question, known=known, words=CORPUS) == written


# ---- spelling ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("calcifcation", "calcification"),
        ("clacium", "calcium"),
        ("shouler", "shoulder"),
        ("periarticuler", "periarticular"),
        ("Miwaukee", "milwaukee"),
        ("ossificasion", "ossification"),
        ("nyositis", "myositis"),
        ("Cystercercosis", "cysticercosis"),
        ("phosphorous", "phosphorus"),
        ("punctuate", "punctate"),
        ("sucutaneous", "subcutaneous"),
    ],
)
def test_misspellings_are_corrected(vocabulary: Vocabulary, word: str, right: str) -> None:
    assert vocabulary.correct(word, CORPUS) == right


@pytest.mark.parametrize(
    "word",
    [
        "shoulder",  # right already
        "hypocalcemia",  # the opposite of hypercalcemia
        "hypocalcaemia",
        "nephrogenic",  # not neurogenic: made of real parts
        "chess",  # not chest
        "asthma",
        "ethanol",
        "desmoid",
        "bosniak",
        "vien",  # too short to tell
        "p53",
        "",
    ],
)
def test_real_words_are_left(vocabulary: Vocabulary, word: str) -> None:
    assert vocabulary.correct(word, CORPUS) is None


def test_another_name_is_not_a_misspelt_word(vocabulary: Vocabulary) -> None:
    assert "ankle" not in expanded(vocabulary, "What did Anklet write?")
    assert "moskowitz" in expanded(vocabulary, "What did Moskovitz write?")


# ---- equivalents ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "same", "other"),
    [
        ("HADD", {"hadd", "hydroxyapatite deposition disease"}, {"cppd"}),
        ("kidney", {"kidney", "renal"}, {"heart"}),
        ("calciphylaxis", {"calcific uremic arteriolopathy"}, set()),
        ("Haematoma", {"hematoma"}, {"hemangioma"}),
        ("phosphorous", {"phosphorus", "phosphate"}, set()),
        ("apatite", {"hydroxyapatite", "basic calcium phosphate"}, {"calcium pyrophosphate"}),
        ("gout", {"gouty"}, {"pseudogout", "tophaceous gout"}),
        ("tophaceous gout", {"tophaceous gout"}, {"gout"}),
        ("fibrodysplasia ossificans progressiva", {"myositis ossificans progressiva", "fop"}, {"myositis ossificans"}),
        ("x-ray", {"radiograph", "roentgenogram"}, {"computed tomography"}),
        ("end-stage renal disease", {"esrd", "end-stage kidney disease"}, {"acute kidney injury"}),
        ("no such thing", {"no such thing"}, set()),
    ],
)
def test_equivalents(vocabulary: Vocabulary, term: str, same: set[str], other: set[str]) -> None:
    equivalents = vocabulary.equivalents(term)
    assert same <= equivalents
    assert not other & equivalents


# ---- loading -------------------------------------------------------------------------------------------------------

SMALL = """
format = 1
[entity.gout]
name = "gout"
names = ["gouty arthritis"]
not = ["pseudogout"]
[entity.pseudogout]
name = "pseudogout"
[term]
kidney = { forms = ["renal"] }
[abbreviation]
RA = "renal artery"
[spelling]
gout = ["goute"]
[translation]
rim = "kidney"
"""


def test_a_small_vocabulary_is_read() -> None:
    vocabulary = read_vocabulary(SMALL)
    assert [entity.id for entity in vocabulary.entities] == ["gout", "pseudogout"]
    assert found(vocabulary, "goute and pseudo-gout") == [("goute", "gout"), ("pseudo-gout", "pseudogout")]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("format = 1", "format = 2"), "format"),
        (("format = 1", "format = "), "the whole file"),
        (("format = 1", "format = 1\nentities = 3"), "entities"),
        (("names = [", "aliases = ["), "entity.gout.aliases"),
        (('name = "pseudogout"', 'name = ""'), "entity.pseudogout.name"),
        (('names = ["gouty arthritis"]', 'names = "gouty arthritis"'), "entity.gout.names"),
        (('not = ["pseudogout"]', 'not = ["gouty"]'), "entity.gout.not"),
        (('not = ["pseudogout"]', 'parents = ["gout"]'), "entity.gout.parents"),
        (('not = ["pseudogout"]', 'related = ["lupus"]'), "entity.gout.related"),
        (('not = ["pseudogout"]', 'related = ["gouty arthritis"]'), "entity.gout.related"),
        (("[entity.gout]", "[entity.Gout]"), "entity"),
        (('name = "pseudogout"', 'name = "Gouty-Arthritis"'), "entity.pseudogout"),  # the same letters
        (('forms = ["renal"]', 'forms = ["gouts"]'), "term.kidney"),  # a plural of another alias
        (('forms = ["renal"]', 'form = ["renal"]'), "term.kidney.form"),
        (('RA = "renal artery"', "RA = 3"), "abbreviation.RA"),
        (('RA = "renal artery"', 'RA = [{ long = "renal artery", far = [] }]'), "abbreviation.RA.far"),
        (('RA = "renal artery"', 'any_case = ["RA"]'), "abbreviation.any_case"),
        (('gout = ["goute"]', 'gout = ["gouty arthritis"]'), "spelling.gout"),
        (('gout = ["goute"]', 'gout = ["goute", "goute"]'), "spelling.gout"),
        (('rim = "kidney"', 'rim = "liver"'), "translation.rim"),
        (('rim = "kidney"', 'renal = "kidney"'), "translation.renal"),
        (('rim = "kidney"', 'rim = "kidney"\n[correction]\nsuffixes = []'), "correction.suffixes"),
    ],
)
def test_bad_data_is_refused_with_its_place(change: tuple[str, str], where: str) -> None:
    assert change[0] in SMALL
    with pytest.raises(DataError) as refused:
        read_vocabulary(SMALL.replace(*change))
    assert refused.value.where is not None
    assert where in refused.value.where
    assert len(str(refused.value).splitlines()) <= 3


def test_the_shipped_vocabulary_is_read_once() -> None:
    assert load_vocabulary() is load_vocabulary()
