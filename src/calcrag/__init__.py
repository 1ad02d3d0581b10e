"""Cited answers about soft-tissue calcification from a small corpus of articles, and a differential that gives reasons.

The literature wing says what the papers say:

    file ──reader──▶ Article ──passages──▶ Passage ──index──▶ Index ──retrieval──▶ Hit ──evidence──▶ Evidence ──▶ Answer

The differential wing says what the findings mean:

    case text ──▶ Findings ─┐
    kb/ ─────▶ Knowledge ───┴──classify──▶ Differential

They meet in `consult`: an answer comes with the places where its sources disagree. From Python:

    from pathlib import Path
    from calcrag import Library, ask, update

    update(Path("corpus"), Path("indexes"))             # once, and whenever the corpus has changed
    library = Library.open(Path("indexes"))             # raises NoIndex, StaleIndex, DamagedIndex
    consultation = ask(library, "What is Milwaukee shoulder?")
    for sentence in consultation.answer.sentences:
        print(sentence.text, sentence.citations)

`calcrag.errors` draws the tree of what is raised. Importing calcrag loads none of this: a name is loaded when it is
first asked for.
"""

import typing

if typing.TYPE_CHECKING:
    from calcrag.consult import Consultation, ask
    from calcrag.differential.disagreements import Disagreement, load_disagreements
    from calcrag.differential.schemes import Scheme, load_schemes
    from calcrag.errors import CalcragError, DataError, RequestError
    from calcrag.literature.answer import Answer, AnswerLimits, Sentence, Status
    from calcrag.literature.article import Article
    from calcrag.literature.evidence import Evidence
    from calcrag.literature.library import Library, Update, update
    from calcrag.literature.passages import Passage, PassageKind
    from calcrag.literature.retrieval import Hit
    from calcrag.literature.summary import Summary, summarise

__all__ = [
    "Answer",
    "AnswerLimits",
    "Article",
    "CalcragError",
    "Consultation",
    "DataError",
    "Disagreement",
    "Evidence",
    "Hit",
    "Library",
    "Passage",
    "PassageKind",
    "RequestError",
    "Scheme",
    "Sentence",
    "Status",
    "Summary",
    "Update",
    "ask",
    "load_disagreements",
    "load_schemes",
    "summarise",
    "update",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> typing.Any:
    if name not in __all__:
        raise AttributeError(f"module 'calcrag' has no attribute {name!r}")
    value = getattr(_home(name), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _home(name: str) -> typing.Any:
    """The module that defines a public name, loaded; numpy and all that it needs come with most of them."""
    match name:
        case "CalcragError" | "DataError" | "RequestError":
            from calcrag import errors

            return errors
        case "Article":
            from calcrag.literature import article

            return article
        case "Passage" | "PassageKind":
            from calcrag.literature import passages

            return passages
        case "Hit":
            from calcrag.literature import retrieval

            return retrieval
        case "Evidence":
            from calcrag.literature import evidence

            return evidence
        case "Answer" | "AnswerLimits" | "Sentence" | "Status":
            from calcrag.literature import answer

            return answer
        case "Summary" | "summarise":
            from calcrag.literature import summary

            return summary
        case "Library" | "Update" | "update":
            from calcrag.literature import library

            return library
        case "Scheme" | "load_schemes":
            from calcrag.differential import schemes

            return schemes
        case "Disagreement" | "load_disagreements":
            from calcrag.differential import disagreements

            return disagreements
        case _:
            from calcrag import consult

            return consult
