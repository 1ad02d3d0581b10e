"""Frozen dataclasses ↔ lines of JSON: every field of an Article or a Passage, and back to an equal value.

Made from the types of the fields, so that a field added later is kept without a change here. Must never: drop a field,
accept one that the class does not have, or make an object of a class that the caller did not name.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

__all__ = ["canonical", "from_line", "to_line"]

Value = TypeVar("Value")
_Convert = Callable[[Any], Any]

_PLAIN = (str, int, float, bool)


def canonical(value: object) -> bytes:
    """JSON in one spelling only (sorted keys, no blanks, ASCII): what digests are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def to_line(value: object) -> bytes:
    """A dataclass as a line of JSON with its line end: an object by field name; dataclasses inside it as lists."""
    encoders = _encoders(cast("type", type(value)))
    content = {name: encode(getattr(value, name)) if encode else getattr(value, name) for name, encode in encoders}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        # Half a surrogate pair, as some PDF files hold it, has no UTF-8: escaped it survives.
        return json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def from_line(kind: type[Value], line: bytes) -> Value:
    """The value that `to_line` wrote; ValueError where the line does not hold one of this kind."""
    content = json.loads(line)
    decoders = dict(_decoders(cast("type", kind)))
    if not isinstance(content, dict) or content.keys() != decoders.keys():
        raise ValueError(f"not the fields of a {kind.__name__}")
    try:
        return kind(**{name: decode(content[name]) for name, decode in decoders.items()})
    except TypeError as error:
        raise ValueError(f"not a {kind.__name__}: {error}") from error


@cache
def _encoders(kind: type) -> tuple[tuple[str, _Convert | None], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, _encoder(hints[field.name])) for field in fields(kind))


def _encoder(hint: Any) -> _Convert | None:
    """What turns a value of a type into JSON, or None where it is JSON already; TypeError for a type without any."""
    match _shape(hint):
        case "optional", inner:
            encode_inner = _encoder(inner)
            return encode_inner and (lambda value: None if value is None else encode_inner(value))
        case "sequence", inner:
            encode_item = _encoder(inner)
            return encode_item and (lambda values: [encode_item(value) for value in values])
        case "row", row:
            names, each = zip(*_encoders(row), strict=True)
            if len(names) > 1 and not any(each):
                return attrgetter(*names)  # gives a tuple, which json writes as a list
            return lambda value: [
                e(getattr(value, n)) if e else getattr(value, n) for n, e in zip(names, each, strict=True)
            ]
        case "tuple", parts if any(_encoder(part) for part in parts):
            raise TypeError(f"no JSON for {hint}")
        case _:
            return None


@cache
def _decoders(kind: type) -> tuple[tuple[str, _Convert], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, _decoder(hints[field.name])) for field in fields(kind))


def _decoder(hint: Any) -> _Convert:
    """What turns parsed JSON into a value of a type."""
    match _shape(hint):
        case "optional", inner:
            decode = _decoder(inner)
            return lambda item: None if item is None else decode(item)
        case "sequence", inner if _shape(inner)[0] == "plain":
            return tuple
        case "sequence", inner:
            decode = _decoder(inner)
            return lambda items: tuple(decode(item) for item in items)
        case "tuple", parts:
            return lambda items: _exactly(len(parts), tuple(items))
        case "row", row:
            return _row_decoder(row)
        case "enum", kind:
            return cast("_Convert", kind)
        case _:
            return _as_it_is


def _row_decoder(row: type) -> _Convert:
    each = [decode for _, decode in _decoders(row)]
    if all(decode is _as_it_is for decode in each):
        return lambda items: row(*_exactly(len(each), items))
    return lambda items: row(*(decode(item) for decode, item in zip(each, items, strict=True)))


def _as_it_is(item: Any) -> Any:
    return item


def _exactly(length: int, items: Any) -> Any:
    if len(items) != length:
        raise ValueError(f"{len(items)} values where {length} belong")
    return items


def _shape(hint: Any) -> tuple[str, Any]:
    """How a type is built; TypeError for one that has no JSON here."""
    arguments = get_args(hint)
    if get_origin(hint) in (Union, UnionType):
        inner = [item for item in arguments if item is not NoneType]
        if len(inner) == 1:
            return "optional", inner[0]
    elif get_origin(hint) is tuple:
        return ("sequence", arguments[0]) if arguments[-1] is Ellipsis else ("tuple", arguments)
    elif isinstance(hint, type) and is_dataclass(hint):
        return "row", hint
    elif isinstance(hint, type) and issubclass(hint, StrEnum):
        return "enum", hint
    elif hint in _PLAIN:
        return "plain", hint
    raise TypeError(f"no JSON for {hint}")
