"""A Differential → one SVG: the candidates with their points for and against, and below it the findings by
candidates.

Made from the same values as the printed differential, as text of our own; every word from outside is escaped. It
needs no script, font file or network to be seen, and says everything in words and signs as well as in colour. Must
never: show a number that is not in the differential.
"""

from collections.abc import Generator, Iterator, Sequence
from html import escape
from math import radians, sin

from calcrag.differential.classify import Candidate, Differential, Status
from calcrag.differential.findings import Finding, FindingState
from calcrag.differential.scoring import Judged, Met

__all__ = ["chart"]

_CANDIDATES = 8  # more columns could not be read on a page
_WIDTH, _MARGIN = 960, 24
_NAMES = 300  # width of the column of names
_ROW, _BAR, _CELL_ROW = 40, 18, 24
_LETTER = 6.9  # width of an average letter at 13 px in the usual sans-serif faces
_SLANT = 40
_INK, _FAINT, _LINE, _BAND = "#1f2933", "#616e7c", "#cbd2d9", "#f5f7fa"
_FOR, _AGAINST, _FOR_LIGHT, _AGAINST_LIGHT = "#2f6f9f", "#c2571a", "#d6e6f2", "#f9dfcf"
_STYLE = "font-family:'Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans',sans-serif;font-size:13px"


def chart(differential: Differential) -> str:
    """The picture as one SVG document; the same differential gives the same characters."""
    shown = [c for c in differential.candidates if c.status is not Status.EXCLUDED and (c.supporting or c.against)]
    shown = shown[:_CANDIDATES]
    excluded = [c for c in differential.candidates if c.status is Status.EXCLUDED]
    parts = [_text(_MARGIN, 38, "Differential", size=20, weight="bold")]
    y = 62
    for line in _remarks(differential, excluded):
        parts.append(_text(_MARGIN, y, _cut(line, _WIDTH - 2 * _MARGIN), fill=_FAINT))
        y += 20
    if shown:
        parts.extend(_bars(shown, y + 18))
        y += 18 + _ROW * len(shown) + 62
        rows = [f for f in differential.findings if any(_cell(f, c) for c in shown)]
        heads = y + 24 + _rise(shown)
        parts.append(_text(_MARGIN, y, "Findings by candidate", size=15, weight="bold"))
        parts.extend(_matrix(rows, shown, heads))
        y = heads + _CELL_ROW * len(rows) + 34
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y + 8}" width="{_WIDTH}" height="{y + 8}" '
        f'role="img" style="{_STYLE}">\n<title>Differential</title>\n<desc>{escape(_description(shown))}</desc>\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _remarks(differential: Differential, excluded: Sequence[Candidate]) -> Iterator[str]:
    if differential.reason:
        yield differential.reason[0].upper() + differential.reason[1:] + "."
    if excluded:
        yield f"Excluded: {', '.join(c.type.name for c in excluded)}."
    for conflict in differential.conflicts:
        yield f"Contradiction: {', '.join(conflict.findings)} {conflict.reason}."
    yield f"{len(differential.findings)} findings · knowledge {differential.version} ({differential.digest})"


def _description(shown: Sequence[Candidate]) -> str:
    return "; ".join(f"{c.rank}. {c.type.name}: {c.points} points" for c in shown) or "no candidate"


# ---------------------------------------------------------------- points for and against


def _bars(shown: Sequence[Candidate], top: int) -> Iterator[str]:
    most_for = max([sum(j.points for j in c.supporting) for c in shown] + [1])
    most_against = max([-sum(j.points for j in c.against) for c in shown] + [0])
    room = _WIDTH - 2 * _MARGIN - _NAMES - 70
    unit = room / (most_for + most_against)
    zero = _MARGIN + _NAMES + 10 + most_against * unit
    for place, candidate in enumerate(shown):
        y = top + place * _ROW
        if place % 2 == 0:
            yield _band(y, _ROW)
        mark = " ⚠" if candidate.type.must_not_miss else ""
        name = f"{candidate.rank}. {_cut(candidate.type.name, _NAMES - 40)}{mark}"
        yield _text(_MARGIN, y + 17, name, title=candidate.type.name, weight="bold")
        yield _text(_MARGIN, y + 33, f"{candidate.type.mechanism} · {candidate.type.frequency}", size=11, fill=_FAINT)
        middle = y + (_ROW - _BAR) / 2
        right = yield from _segments(candidate.supporting, zero, middle, unit, _FOR)
        yield from _segments(candidate.against, zero, middle, unit, _AGAINST)
        yield _text(right + 8, middle + 14, f"{candidate.points:+d}", weight="bold")
    bottom = top + _ROW * len(shown)
    yield f'<line x1="{zero:.1f}" y1="{top}" x2="{zero:.1f}" y2="{bottom}" stroke="{_INK}" stroke-width="1"/>'
    yield from _key(bottom + 22, ((_FOR, "points for"), (_AGAINST, "points against")), "⚠ must not be missed")


def _segments(judged: Sequence[Judged], zero: float, y: float, unit: float, fill: str) -> Generator[str, None, float]:
    """One block a criterion that counts, outward from the zero line; returns the right end of the bar."""
    reach = zero
    for one in judged:
        if one.points == 0:
            continue
        width = abs(one.points) * unit
        left = reach if one.points > 0 else reach - width
        reach += width if one.points > 0 else -width
        title = f"{one.criterion.label} ({one.criterion.strength}, {one.points:+d})"
        yield (
            f'<rect x="{left:.1f}" y="{y:g}" width="{width:.1f}" height="{_BAR}" fill="{fill}" stroke="#ffffff" '
            f'stroke-width="1.5"><title>{escape(title)}</title></rect>'
        )
        if width >= 2 * _LETTER:
            number = f"{abs(one.points)}"
            yield _text(left + width / 2, y + 13, number, size=11, fill="#ffffff", anchor="middle")
    return max(reach, zero)


# ---------------------------------------------------------------- findings by candidates


def _cell(finding: Finding, candidate: Candidate) -> list[Judged]:
    """The criteria of a candidate that a finding decides, those that count first."""
    judged = (*candidate.supporting, *candidate.against, *candidate.not_met)
    return sorted((j for j in judged if finding.id in j.findings), key=lambda j: -abs(j.points))


def _head(candidate: Candidate) -> str:
    return f"{candidate.rank}. {_cut(candidate.type.name, 180)}"


def _rise(shown: Sequence[Candidate]) -> int:
    """The height that the slanting heads of the columns take."""
    return int(max(len(_head(c)) for c in shown) * _LETTER * sin(radians(_SLANT)))


def _matrix(rows: Sequence[Finding], shown: Sequence[Candidate], heads: int) -> Iterator[str]:
    pitch = (_WIDTH - 2 * _MARGIN - _NAMES - 110) / _CANDIDATES
    for place, candidate in enumerate(shown):
        x = _MARGIN + _NAMES + 10 + (place + 0.5) * pitch
        yield _text(x, heads - 6, _head(candidate), title=candidate.type.name, size=12, turn=-_SLANT)
    for line, finding in enumerate(rows):
        y = heads + line * _CELL_ROW
        if line % 2 == 0:
            yield _band(y, _CELL_ROW)
        words = _said(finding)
        yield _text(_MARGIN, y + 16, _cut(words, _NAMES), title=finding.text or words)
        for place, candidate in enumerate(shown):
            yield from _mark(_cell(finding, candidate), _MARGIN + _NAMES + 10 + (place + 0.5) * pitch, y)
    bottom = heads + _CELL_ROW * len(rows)
    yield f'<line x1="{_MARGIN - 8}" y1="{bottom}" x2="{_WIDTH - _MARGIN + 8}" y2="{bottom}" stroke="{_LINE}"/>'
    key = ((_FOR_LIGHT, "counts for"), (_AGAINST_LIGHT, "counts against"))
    yield from _key(
        bottom + 22, key, "○ asked for, and not so · (·) counted under another · blank: not asked for, or open"
    )


def _mark(judged: Sequence[Judged], x: float, y: float) -> Iterator[str]:
    """The sign of a cell: the points of the criterion that counts most, or a ring where none was met."""
    if not judged:
        return
    first = judged[0]
    title = "; ".join(f"{j.criterion.label}: {j.criterion.strength}, {_MET[j.met]}" for j in judged)
    if first.points == 0:
        sign = "(·)" if first.met is Met.YES else "○"
        yield _text(x, y + 16, sign, title=title, fill=_FAINT, anchor="middle")
        return
    fill, ink = (_FOR_LIGHT, _FOR) if first.points > 0 else (_AGAINST_LIGHT, _AGAINST)
    yield f'<rect x="{x - 20:.1f}" y="{y + 3}" width="40" height="{_CELL_ROW - 6}" rx="4" fill="{fill}"/>'
    yield _text(x, y + 16, f"{first.points:+d}", title=title, fill=ink, weight="bold", anchor="middle")


_MET = {Met.YES: "met", Met.NO: "not met", Met.NOT_ASSESSED: "not assessed"}


def _said(finding: Finding) -> str:
    match finding.state:
        case FindingState.PRESENT:
            return finding.label
        case FindingState.ABSENT:
            return f"no {finding.label}"
        case FindingState.MEASURED:  # pragma: no branch
            return f"{finding.label} {finding.text if finding.value is None else f'{finding.value:g} {finding.unit}'}"


# ---------------------------------------------------------------- drawing


def _key(y: float, colours: Sequence[tuple[str, str]], rest: str) -> Iterator[str]:
    x: float = _MARGIN
    for fill, words in colours:
        yield f'<rect x="{x:g}" y="{y - 10:g}" width="12" height="12" fill="{fill}"/>'
        yield _text(x + 18, y, words, size=12, fill=_FAINT)
        x += 36 + len(words) * _LETTER
    yield _text(x, y, rest, size=12, fill=_FAINT)


def _band(y: float, height: int) -> str:
    return f'<rect x="{_MARGIN - 8}" y="{y:g}" width="{_WIDTH - 2 * _MARGIN + 16}" height="{height}" fill="{_BAND}"/>'


def _cut(words: str, width: float) -> str:
    most = int(width / _LETTER)
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _text(
    x: float, y: float, words: str, *, title: str = "", size: int = 13, weight: str = "normal", fill: str = _INK,
    anchor: str = "start", turn: int = 0,
) -> str:  # fmt: skip
    usual = {"font-size": 13, "font-weight": "normal", "fill": "", "text-anchor": "start"}
    given = {"font-size": size, "font-weight": weight, "fill": fill, "text-anchor": anchor}
    more = "".join(f' {name}="{value}"' for name, value in given.items() if value != usual[name])
    turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
    told = f"<title>{escape(title)}</title>" if title and title != words else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}{turned}>{escape(words)}{told}</text>'
