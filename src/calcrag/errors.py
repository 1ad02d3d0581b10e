"""The errors that calcrag raises on purpose, each with what is wrong, where, and the command that mends it.

    CalcragError
    ├── RequestError            exit 2: the request is wrong or cannot be carried out
    │   ├── EmptyQuestion
    │   ├── UnknownName         no such source, passage, topic or gold set
    │   ├── NoIndex             nothing has been indexed yet
    │   ├── UnreadableFile      a file that cannot be read as what it claims to be
    │   └── ModelUnavailable    an embedding model that is not on this machine
    └── DataError               exit 1: the data is wrong
        ├── DamagedIndex        a file of the index is missing or altered
        ├── StaleIndex          the index was made by another version, model or setting
        └── CorpusMismatch      a source does not fit its entry in the manifest

Must never: be raised for "nothing found", which is a result and not an error.
"""

__all__ = [
    "CalcragError",
    "CorpusMismatch",
    "DamagedIndex",
    "DataError",
    "EmptyQuestion",
    "ModelUnavailable",
    "NoIndex",
    "RequestError",
    "StaleIndex",
    "UnknownName",
    "UnreadableFile",
]


class CalcragError(Exception):
    """What went wrong, where, and the command that mends it; `str` gives them in at most three lines."""

    exit_code = 2

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.remedy:
            lines.append(f"  mend:  {self.remedy}")
        return "\n".join(lines)


class RequestError(CalcragError):
    """The request is wrong or cannot be carried out."""

    exit_code = 2


class EmptyQuestion(RequestError):
    """The question holds no word."""


class UnknownName(RequestError):
    """A source, passage, topic or gold set that does not exist."""


class NoIndex(RequestError):
    """There is no index in the folder."""


class UnreadableFile(RequestError):
    """A file cannot be read as what it claims to be."""


class ModelUnavailable(RequestError):
    """An embedding model is not on this machine, and fetching it was not allowed."""


class DataError(CalcragError):
    """The data is wrong: an index, a corpus or a batch."""

    exit_code = 1


class DamagedIndex(DataError):
    """A file of the index is missing or does not have the content that was recorded."""


class StaleIndex(DataError):
    """The index was made by another format, model or setting than the one asked for."""


class CorpusMismatch(DataError):
    """A source does not fit its entry in the manifest."""
