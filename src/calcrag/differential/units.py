"""Units as texts print them → units of the vocabulary, and which unit a bare number must have been in.

Must never: choose a unit where more than one would be possible; that is a problem to be named.
"""

import re
import unicodedata
from collections.abc import Mapping

from calcrag.differential.findings import ReferenceRange, Term, Vocabulary

__all__ = ["UNIT", "inferred_unit", "unit_of"]

UNIT = (
    r"(?:x\s*)?10\s*(?:\^|\*\*|⁹|9|\(9\)|e9)?\s*9?\s*/\s*[lL]|"
    r"mg\s?\^?[2²]\s*/\s*d[lL]\s?\^?[2²]|mmol\s?\^?[2²]\s*/\s*[lL]\s?\^?[2²]|"
    r"m[lL]\s*/\s*min(?:ute)?(?:\s*/\s*1\.73\s*m(?:\^?2|²))?|"
    r"(?:[mµμunpk]|mc|mi)?(?:g|mol|eq|Eq|kat|iu|IU|u|U|units?)\s*(?:/|\s+per\s+)\s*(?:100\s*)?(?:d|m)?(?:[lL]|litre|liter|ecilit(?:er|re)|illilit(?:er|re))\b|"
    r"mg\s*%|mm\s*(?:/|in|at)?\s*(?:the\s+)?(?:1\s?st\s*)?(?:h(?:ou)?r?s?)\b|(?:cells\s*)?/\s*(?:[µμu][lL]|mm\s?\^?[3³]|cumm|cmm)|"
    r"ng\s*/\s*m[lL]|%|per\s?cent|K/[µμu][lL]|RU/m[lL]|BU"
)
_SPELLINGS: Mapping[str, str] = {
    "mg/dl": "mg/dL", "mg/100ml": "mg/dL", "mg%": "mg/dL", "mmol/l": "mmol/L", "meq/l": "mEq/L", "pg/ml": "pg/mL",
    "ng/l": "ng/L", "pmol/l": "pmol/L", "ng/ml": "ng/mL", "nmol/l": "nmol/L", "µg/l": "µg/L", "ug/l": "µg/L",
    "mcg/l": "µg/L", "u/l": "U/L", "iu/l": "IU/L", "unit/l": "U/L", "units/l": "U/L", "µmol/l": "µmol/L",
    "umol/l": "µmol/L", "mcmol/l": "µmol/L", "g/dl": "g/dL", "g/l": "g/L", "mg/l": "mg/L", "mm/h": "mm/h",
    "mm/hr": "mm/h", "mm/1sthour": "mm/h", "mminthe1sthour": "mm/h", "mm/hour": "mm/h", "mmhr": "mm/h",
    "mm/1sthr": "mm/h", "mmat1sthour": "mm/h", "mmin1sthour": "mm/h", "mm1sthour": "mm/h", "10^9/l": "10^9/L",
    "109/l": "10^9/L", "x10^9/l": "10^9/L", "x109/l": "10^9/L", "10e9/l": "10^9/L", "x10⁹/l": "10^9/L",
    "10⁹/l": "10^9/L", "k/µl": "10^9/L", "k/ul": "10^9/L", "/µl": "/µL", "/ul": "/µL", "/mm3": "/µL",
    "cells/µl": "/µL", "cells/ul": "/µL", "cells/mm3": "/µL", "/cumm": "/µL", "cells/cumm": "/µL", "/cmm": "/µL",
    "%": "%", "percent": "%", "ml/min": "mL/min", "ml/minute": "mL/min", "ml/min/1.73m2": "mL/min/1.73m2",
    "ml/min/1.73m^2": "mL/min/1.73m2", "mg2/dl2": "mg2/dL2", "mmol2/l2": "mmol2/L2", "miu/l": "mIU/L",
    "mu/l": "mIU/L", "µiu/ml": "µIU/mL", "uiu/ml": "µIU/mL", "µu/ml": "µIU/mL", "pg/milliliter": "pg/mL",
    "pg/millilitre": "pg/mL", "ng/milliliter": "ng/mL", "ng/millilitre": "ng/mL", "g/deciliter": "g/dL",
    "g/decilitre": "g/dL", "mmol/litre": "mmol/L", "mmol/liter": "mmol/L", "mg/deciliter": "mg/dL",
    "mg/decilitre": "mg/dL", "iu/ml": "IU/mL", "u/ml": "U/mL",
}  # fmt: skip


def unit_of(printed: str, term: Term) -> str | None:
    """The unit of the term that a printed unit is; None where the term is not measured in it."""
    folded = unicodedata.normalize("NFKC", printed).replace("μ", "µ").replace(" per ", "/")
    folded = re.sub(r"\s+", "", folded.replace("^", "")).lower()
    for spelling in (folded, folded.replace("10 9", "10^9")):
        unit = _SPELLINGS.get(spelling)
        if unit is not None and unit in term.factors:
            return unit
    return None


def inferred_unit(
    value: float,
    term: Term,
    vocabulary: Vocabulary,
    *,
    printed_range: tuple[float | None, float | None],
    system: str | None,
) -> str | None:
    """The unit of a number printed without one; None where it stays open.

    A printed range decides where it fits the default range in one unit only; else the only unit in which the value is
    possible; else the system (SI or conventional) in which the text prints other values.
    """
    if len(set(term.factors.values())) == 1:
        return next(iter(term.factors))
    defaults = [one for one in vocabulary.ranges if one.analyte == term.id and one.from_years >= 1]
    usual = [unit for unit in term.factors if unit != "mEq/L"]  # nobody leaves this one out
    possible = [unit for unit in usual if _is_possible(value, unit, term, defaults)]
    ranged = [unit for unit in usual if _fits_range(printed_range, unit, term, defaults)]
    for candidates in (ranged, possible):
        by_factor = {term.factors[unit]: unit for unit in reversed(candidates)}
        if len(by_factor) == 1:
            return next(iter(by_factor.values()))
    by_system = [unit for unit in possible if system is not None and ("mol" in unit) == (system == "SI")]
    return by_system[0] if len(by_system) == 1 else None


def _is_possible(value: float, unit: str, term: Term, defaults: list[ReferenceRange]) -> bool:
    """True where the value in this unit is one that patients have, not merely one that is imaginable."""
    converted = value * term.factors[unit]
    if term.plausible and not term.plausible[0] <= converted <= term.plausible[1]:
        return False
    highs = [one.high * term.factors[one.unit] for one in defaults if one.high is not None]
    lows = [one.low * term.factors[one.unit] for one in defaults if one.low is not None]
    return (not highs or converted <= max(highs) * 4) and (not lows or converted >= min(lows) * 0.3)


def _fits_range(
    printed: tuple[float | None, float | None], unit: str, term: Term, defaults: list[ReferenceRange]
) -> bool:
    high = printed[1]
    usual = [one.high * term.factors[one.unit] for one in defaults if one.high is not None]
    return high is not None and bool(usual) and min(usual) * 0.7 <= high * term.factors[unit] <= max(usual) * 1.5
