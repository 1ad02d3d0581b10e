"""Bytes of a file → Article, by its format. One module a format; this one only chooses.

Must never: fall back to another format in silence. A file that no reader takes is refused with its reason.
"""

from pathlib import PurePath

from calcrag.errors import UnreadableFile
from calcrag.literature.article import Article
from calcrag.literature.readers.decoding import decode
from calcrag.literature.readers.markdown import looks_like_markdown, read_markdown
from calcrag.literature.readers.snippets import looks_like_snippets, read_snippets
from calcrag.literature.readers.text import read_text

__all__ = ["SUFFIXES", "read"]

SUFFIXES = (".txt", ".text", ".md", ".markdown")


def read(data: bytes, *, key: str, origin: str) -> Article:
    """The Article of a file; `origin` is its name, `key` the short name it will go by. UnreadableFile says why not."""
    suffix = PurePath(origin).suffix.lower()
    if suffix not in SUFFIXES:
        raise UnreadableFile(
            f"{origin}: no reader for {suffix or 'a file without a suffix'}",
            where=origin,
            remedy=f"give one of {', '.join(SUFFIXES)}",
        )
    text = decode(data, origin)
    if looks_like_snippets(text):
        return read_snippets(data, key=key, origin=origin)
    if suffix in (".md", ".markdown") or looks_like_markdown(text):
        return read_markdown(data, key=key, origin=origin)
    return read_text(data, key=key, origin=origin)
