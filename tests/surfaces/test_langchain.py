"""calcrag as a LangChain retriever: the passages of a search, in its order, each with the way back to its text."""

import asyncio

import pytest

from calcrag.errors import EmptyQuestion
from calcrag.literature.library import Library
from calcrag.surfaces.langchain import CalcragRetriever, to_document

QUESTIONS = [
    "How do calcified guinea worms look?",
    "difference between pseudohypoparathyroidism and pseudopseudohypoparathyroidism",
    "What does Fig. 7 of Dalinka's paper show?",
    "How tall is Mount Everest?",
]


@pytest.fixture
def retriever(library: Library) -> CalcragRetriever:
    return CalcragRetriever(library=library, limit=7)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_passages_are_those_of_a_search_in_its_order(
    library: Library, retriever: CalcragRetriever, question: str
) -> None:
    hits, documents = library.search(question, limit=7), retriever.invoke(question)
    assert [d.id for d in documents] == [hit.passage.id for hit in hits]
    assert [d.page_content for d in documents] == [hit.passage.text for hit in hits]
    assert [(d.metadata["rank"], d.metadata["score"]) for d in documents] == [(hit.rank, hit.score) for hit in hits]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_metadata_lead_back_to_the_text(library: Library, retriever: CalcragRetriever, question: str) -> None:
    for document in retriever.invoke(question):
        article = library.article(document.metadata["origin"])
        assert article.key == document.metadata["source"]
        assert article.text[document.metadata["start"] : document.metadata["end"]] == document.page_content
        assert article.record.title in document.metadata["citation"]
        assert article.kind.value == document.metadata["source_kind"]


def test_the_section_is_the_heading_or_the_label(retriever: CalcragRetriever) -> None:
    (figure, *_) = retriever.invoke("What does Fig. 7 of Dalinka's paper show?")
    assert (figure.metadata["section"], figure.metadata["kind"]) == ("Fig. 7", "caption")
    (prose, *_) = retriever.invoke("How do calcified guinea worms look?")
    assert prose.metadata["section"].startswith("INFESTATION")


def test_ten_are_retrieved_where_no_limit_is_given(library: Library) -> None:
    assert len(CalcragRetriever(library=library).invoke("Which nerve calcifies?")) == 10


def test_it_is_a_part_of_a_chain(retriever: CalcragRetriever) -> None:
    chain = retriever | (lambda documents: [d.metadata["source"] for d in documents])
    assert chain.invoke("How do calcified guinea worms look?")[0] == "dalinka-melchior"
    one, other = retriever.batch(["Which nerve calcifies?", "gout"])
    assert one != other


def test_asked_at_once_it_gives_the_same(retriever: CalcragRetriever) -> None:
    question = "Which nerve calcifies?"
    assert asyncio.run(retriever.ainvoke(question)) == retriever.invoke(question)


def test_an_empty_question_is_refused(retriever: CalcragRetriever) -> None:
    with pytest.raises(EmptyQuestion):
        retriever.invoke("?")


def test_a_document_is_made_of_a_hit(library: Library) -> None:
    (hit,) = library.search("gout", limit=1)
    document = to_document(hit, library=library)
    assert (document.id, document.metadata["id"]) == (hit.passage.id, hit.passage.id)
