"""calcrag as a LangChain retriever: the passages of `calcrag search` as documents, in the same order.

Needs an opened Library. Must never: retrieve otherwise than `Library.search` does.
"""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from calcrag.citation import citation
from calcrag.literature.library import Library
from calcrag.literature.retrieval import Hit

__all__ = ["CalcragRetriever", "to_document"]


class CalcragRetriever(BaseRetriever):
    """A retriever over an opened library; `limit` documents a question, each with source, section, offsets and
    citation.

    Example:
        retriever = CalcragRetriever(library=Library.open(Path("indexes")), limit=5)
        documents = retriever.invoke("Where does tumoral calcinosis lie?")
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    limit: int = 10

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        return [to_document(hit, library=self.library) for hit in self.library.search(query, limit=self.limit)]


def to_document(hit: Hit, *, library: Library) -> Document:
    """A passage found as a LangChain document; `metadata` leads back to its place in the source."""
    passage = hit.passage
    article = library.index.articles[passage.source]
    metadata: dict[str, Any] = {
        "id": passage.id,
        "source": passage.source,
        "origin": article.origin,
        "source_kind": article.kind.value,
        "citation": citation(article.record),
        "section": passage.label or passage.heading,
        "kind": passage.kind.value,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "score": hit.score,
        "rank": hit.rank,
    }
    return Document(id=passage.id, page_content=passage.text, metadata=metadata)
