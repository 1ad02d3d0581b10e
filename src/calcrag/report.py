"""What leaves calcrag: the values of the two wings as objects of `schema`, and those objects as JSON.

Made from the values that the wings return; asked for only by the surfaces, since pydantic takes a tenth of a second to
load. The same values give the same bytes, on any machine. Must never: search, rank or compute; what is not in the value
that it is given is not in the report.
"""

import json
from typing import Any

from calcrag import schema

__all__ = ["schemas", "to_json"]

# A reader that splits at every line end of Unicode must still get one object a line (json itself escapes those below
# U+0020), and half a surrogate pair, as broken PDFs and arguments hold it, cannot be written as UTF-8.
_ESCAPED = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029, *range(0xD800, 0xE000))}

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


# ---------------------------------------------------------------- values of the wings → objects of schema
# (to be written: one function a value, named after what it gives, each giving every field by name)


# ---------------------------------------------------------------- objects of schema → text


def to_json(result: schema.Shape) -> str:
    """One object as one line of JSON without a line end: fields in the order of `schema`, letters as they are.

    `id` is left out where there is none; every other field is always there. The same object gives the same characters.
    """
    fields = result.model_dump()
    identity = fields.pop("id", None)  # it comes first, also where a model inherits its other fields
    if identity is not None:
        fields = {"id": identity, **fields}
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_ESCAPED)


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of what each verb prints, by verb, and under `error` that of a line of a batch that failed."""
    shapes: dict[str, type[schema.Shape]] = {**schema.RESULTS, "error": schema.BatchError}
    return {
        verb: {"$schema": _DIALECT, **shape.model_json_schema(mode="serialization")} for verb, shape in shapes.items()
    }
