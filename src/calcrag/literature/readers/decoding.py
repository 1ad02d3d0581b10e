"""Bytes of a text file → its characters, or a clear refusal. Must never: guess an encoding."""

from calcrag.errors import UnreadableFile

__all__ = ["decode"]


def decode(data: bytes, origin: str) -> str:
    """The text of a UTF-8 file, byte order mark and carriage returns aside; UnreadableFile says what else it is."""
    if not data.strip():
        raise UnreadableFile(
            f"{origin} is empty", where=origin, remedy="put the article's text into the file, or remove it"
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile(f"{origin} is UTF-16, not UTF-8", where=origin, remedy="save the file again as UTF-8")
    if b"\x00" in data:
        raise UnreadableFile(
            f"{origin} is a binary file, not text",
            where=f"byte {data.index(0)}",
            remedy="give the file in one of the formats that calcrag reads",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"{origin} is not UTF-8", where=f"byte {error.start}", remedy="save the file again as UTF-8"
        ) from error
    if not any(c.isalpha() for c in text):
        raise UnreadableFile(f"{origin} holds no word", where=origin, remedy="remove the file from the corpus")
    return text
