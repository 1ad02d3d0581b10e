"""A question and its ranked statements → an Answer: quoted sentences, each cited, or "not in the corpus".

Extraction is the default and the only thing that this module does by itself. Must never: print a sentence that is no
quote, cite a copy beside its original, let a fragment without its subject answer alone, or answer what the corpus does
not hold.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from calcrag.literature.article import Article
from calcrag.literature.evidence import Evidence, Scored, evidence_of, is_labelled
from calcrag.literature.facets import Demand
from calcrag.literature.lexical import terms
from calcrag.literature.question import Concept, Question
from calcrag.literature.statements import StatementKind

__all__ = [
    "Answer",
    "AnswerLimits",
    "Sentence",
    "Status",
    "Verdict",
    "WordKnowledge",
    "answer_question",
    "contradictions",
    "judge",
    "signs_of",
    "strange_terms",
]

Copies = Callable[[int, int], bool]
"""Tells of two statements, by row, whether one repeats the other."""


class Status(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    NOT_IN_CORPUS = "not_in_corpus"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer and the numbers of the evidence that it rests on."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question. Where the status is NOT_IN_CORPUS there are no sentences, `evidence` holds what came
    nearest and `missing_terms` what no source mentions.
    """

    question: str
    status: Status
    reason: str
    sentences: tuple[Sentence, ...]
    evidence: tuple[Evidence, ...]
    missing_terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """How long an answer may be, and how far behind the best a further sentence may stand (a share of its score)."""

    sentences: int = 5
    characters: int = 900
    share: float = 0.78


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the corpus answers a question, and why not. `likelihood` is from 0 to 1."""

    answered: bool
    likelihood: float
    reason: str
    missing_terms: tuple[str, ...]


# How likely it is that the best statements answer the question: a logistic model over a few signs, fitted by
# `scripts/calibrate` on corpus/gold.jsonl and on questions about other subjects.
COEFFICIENTS: dict[str, float] = {"score": 2.9, "meaning": 4.6, "known": 0.6, "strange": -1.7}
INTERCEPT = -7.6
THRESHOLD = 0.22
FOREIGN_KNOWN, FOREIGN_MEANING = 0.3, 0.35  # below both the question is about another subject
PART_DEMANDS = 0.5  # what telling the demanded kind of fact adds to a statement for one part of a question
LARGEST_NEWS = 1.0
NEWS = 0.5  # what a concept that no sentence has named yet adds to a statement's score
NEAREST = 3  # passages shown where the corpus does not answer

GENE_LIKE = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[A-Za-z0-9-]{4,}")
COUNTED = re.compile(
    r"\d+-?(?:years?|months?|weeks?|days?|hours?|yr?s?|wks?|mths?|st|nd|rd|th|s|ary|mm|cm|mg|fold)(?:-[a-z]+)*|t[12]-[a-z]+|[a-z]+-\d+s?",
    re.IGNORECASE,
)
TECHNICAL_ENDING = re.compile(
    r"(?:in|ine|ate|ide|one|ol|el|ase|mab|nib|azole|cillin|mycin|statin|pril|sartan|itis|osis|oses|oma|omas|emia|uria|ectomy"
    r"|otomy|plasty|pathy|genic|genesis|lysis|trophy|plasia|scopy|graphy|ylation|virus|coccus|cytes?|tropin)$"
)
ORDINARY_ENDING = re.compile(r"(?:ly|y|ed|ing|ish|ness|e?s|er|like|able|ful|less|ment|tion|ive|al|ic)$")
ORDINARY_BEGINNING = re.compile(r"^(?:mis|un|re|over|under|non|sub|pre|out|inter|dis|up|down)")


@dataclass(frozen=True, slots=True)
class WordKnowledge:
    """What tells a strange word from an everyday one: `pieces` counts the model's word pieces, `ordinary` knows a
    dictionary, `medical` the vocabulary, `known` the corpus.
    """

    pieces: Callable[[str], int]
    ordinary: Callable[[str], bool]
    medical: Callable[[str], bool]
    known: Callable[[str], bool]


def strange_terms(question: Question, words: WordKnowledge) -> tuple[str, ...]:
    """The terms of a question that only a source on the matter would hold, and that no source does: a drug, a gene, a
    name.

    Of a question in another language nothing is strange: the vocabulary translates only part of it.
    """
    if question.foreign:
        return ()
    unknown = [c for c in question.concepts if not c.known and not c.asking]
    return tuple(dict.fromkeys(c.text for c in unknown if _is_strange(c, question.content, words)))


def _is_strange(concept: Concept, text: str, words: WordKnowledge) -> bool:
    """Of a hyphened word or a name of several words each part that the corpus lacks is looked at."""
    word = concept.text
    if GENE_LIKE.fullmatch(word) and not COUNTED.fullmatch(word):
        return True
    within = concept.start > 0 and not re.search(r"[.?!:]\s*$", text[: concept.start])
    for part in re.findall(r"[^\W\d_]+", word):
        if words.known(part) or len(part) < 3:
            continue
        name = part[0].isupper() and (within or part.isupper()) and len(part) > (2 if part.isupper() else 3)
        name = name and not text.isupper()
        if name or words.medical(part) or _strange_part(part.lower(), words):
            return True
    return False


def _strange_part(word: str, words: WordKnowledge) -> bool:
    """True for a word that the tokenizer cuts up and that is no everyday word with an ending or a beginning.

    A dictionary holds drugs too, so an ending of drugs, tests and diseases outweighs it.
    """
    pieces, ordinary = words.pieces, words.ordinary
    if len(word) < 5 or pieces(word) <= 1:
        return False
    technical = bool(TECHNICAL_ENDING.search(word))
    if not technical and any(
        pieces(stem) <= 1 for stem in (ORDINARY_ENDING.sub("", word), ORDINARY_BEGINNING.sub("", word))
    ):
        return False
    if not technical and pieces(ORDINARY_BEGINNING.sub("", ORDINARY_ENDING.sub("", word))) <= 1:
        return False
    return not ordinary(word) or (technical and pieces(word) >= 3)


def signs_of(question: Question, ranked: Sequence[Scored], *, strange: Sequence[str]) -> dict[str, float]:
    """What speaks for an answer: the best score, nearness, how much of the question is named, known, and strange."""
    total = sum(c.weight for c in question.concepts) or 1.0
    known = sum(c.weight for c in question.concepts if c.known) / total
    return {
        "score": ranked[0].score,
        "meaning": max(s.meaning for s in ranked[:10]),
        "known": known,
        # A gene or a name of somebody is surer a sign of its own literature than a rare word.
        "strange": float(min(2, sum(2 if _is_name(term, question.text) else 1 for term in strange))),
    }


def _is_name(term: str, text: str) -> bool:
    """True for "ENPP1", "HLA" or "Brooker", not for a word that is capital because its sentence begins, or shouts."""
    capital = not text.isupper() and term[0].isupper() and (not text.startswith(term) or not term[1:].islower())
    return capital or any(c.isdigit() or c.isupper() for c in term[1:] if not text.isupper() or c.isdigit())


def judge(
    question: Question, ranked: Sequence[Scored], *, strange: Sequence[str], articles: Mapping[str, Article]
) -> Verdict:
    """Whether the statements found answer the question, and if not, what is missing."""
    missing = tuple(dict.fromkeys(c.text for c in question.concepts if not c.known and not c.asking))
    if not ranked:
        return Verdict(False, 0.0, "Nothing in the corpus bears on the question.", missing)
    signs = signs_of(question, ranked, strange=strange)
    likelihood = round(1 / (1 + math.exp(-INTERCEPT - sum(COEFFICIENTS[k] * v for k, v in signs.items()))), 4)
    if unprinted := _unprinted(question, articles):
        return Verdict(False, likelihood, unprinted, missing)
    if (unmet := _unmet(question, ranked)) is not None:
        return Verdict(False, likelihood, f"No source gives {unmet} for this.", missing)
    named = [w for w in strange if TECHNICAL_ENDING.search(w.lower()) or _is_name(w, question.text)]
    if named:
        # The drug, disease or name that the question is about is the very thing that no source mentions.
        return Verdict(False, likelihood, _unmentioned(named), missing)
    if missing and not any(c.known and not c.asking and c.weight >= SAYING for c in question.concepts):
        return Verdict(False, likelihood, _unmentioned(strange or missing), missing)
    pointed = any(is_labelled(question, s.statement.label) and _from_hinted(question, s) for s in ranked[:5])
    elsewhere = signs["known"] < FOREIGN_KNOWN and signs["meaning"] < FOREIGN_MEANING
    if (likelihood < THRESHOLD or elsewhere) and not pointed:
        reason = _unmentioned(strange or missing) if missing else "No statement of the corpus answers this."
        return Verdict(False, likelihood, reason, missing)
    return Verdict(True, likelihood, "", missing)


def _unmentioned(words: Sequence[str]) -> str:
    return f"No source mentions {', '.join(f'“{w}”' for w in words[:4])}."


TELLING = 2.0  # a subject in every seventh passage ("soft tissue calcification") tells nothing apart
NAMED_SURELY = 0.55  # an adjective of a disease's name is enough, a word of it is not
CLOSE = 0.9  # … or stand this close to the best
NEARLY = 0.7  # … and the share of what the best of them names
ENOUGH = 0.4  # share of the question's known words that a statement must name before what it tells counts


def _unmet(question: Question, ranked: Sequence[Scored]) -> str | None:
    """The kind of fact that is demanded and that no statement on the very matter tells; None where all are told."""
    if not question.demands:
        return None
    enough = max(ENOUGH, NEARLY * max(s.about for s in ranked[:12]))
    good = [s for s in ranked[:12] if s.about >= enough or s.score >= CLOSE * ranked[0].score]
    good = [s for s in good if _on_subject(question, s)]
    for demand in question.demands:
        if not any(demand.met(f"{s.statement.heading} {s.statement.text}") for s in good):
            return demand.name
    return None


def _on_subject(question: Question, scored: Scored, *, every: bool = True) -> bool:
    """True where a statement or its heading names every disease that the question names (of a contrast one will do),
    or, not `every`, where it or its passage names at least one.
    """
    subjects = [c for c in question.concepts if c.subject and c.known and c.weight >= TELLING]
    pointed = question.hints.label or (every and question.hints.sources)
    if not subjects or (pointed and _from_hinted(question, scored)):
        return True
    stems = scored.stems | scored.stems_above | (frozenset() if every else scored.stems_around)
    named = sum(c.match(stems) >= NAMED_SURELY for c in subjects)
    return named >= (len(subjects) if every and len(question.parts) < 2 else 1)


RECORD_WORDS = (
    (re.compile(r"\bpublish(?:er|ing house)\b", re.IGNORECASE), "publisher", None),
    (re.compile(r"\b(?:edited|editors?)\b", re.IGNORECASE), "editor", None),
    (
        re.compile(r"\b(?:which|what) journal|journal .* (?:published|from|appear)|published in\b", re.IGNORECASE),
        "journal",
        "container",
    ),
    (re.compile(r"\bwho (?:wrote|is the author)|\bauthors? of\b", re.IGNORECASE), "author", "authors"),
    (re.compile(r"\bDOI\b", re.IGNORECASE), "DOI", "doi"),
    (re.compile(r"\b(?:which|what) year .*publish|publi\w+ .*(?:which|what) year", re.IGNORECASE), "year", "year"),
)
REFERENCE_NUMBER = re.compile(r"\bref(?:erence|\.)?\s*(?:number|no\.?|entry|#)?\s*[\[(]?\d{1,3}\b", re.IGNORECASE)


def _unprinted(question: Question, articles: Mapping[str, Article]) -> str:
    """Why a question about a source's own record cannot be answered: the source does not print it. "" where it does."""
    named = [articles[key] for key in sorted(question.hints.sources) if key in articles]
    printed = [block.label for article in named or articles.values() for block in article.blocks if block.label]
    if question.hints.label and not any(is_labelled(question, label) for label in printed):
        return f"{named[0].record.title if len(named) == 1 else 'The sources'}: there is no {question.hints.label}."
    if not named:
        return ""
    if REFERENCE_NUMBER.search(question.text) and not any(a.references for a in named):
        return f"{named[0].record.title}: the source prints no reference list."
    for asked, word, field in RECORD_WORDS:
        if asked.search(question.text) and not any(field and getattr(a.record, field) for a in named):
            return f"{named[0].record.title}: the source prints no {word}."
    return ""


# ------------------------------------------------------------------------------------------------ composing


def answer_question(
    question: Question, ranked: Sequence[Scored], *, articles: Mapping[str, Article], verdict: Verdict,
    copies: Copies, limits: AnswerLimits | None = None,
) -> Answer:  # fmt: skip
    """The answer to a question from its ranked statements, or that the corpus has none."""
    limits = limits or AnswerLimits()
    if not verdict.answered:
        nearest = _nearest(question, ranked)
        evidence = tuple(
            evidence_of(s.statement, s.passage, article=articles[s.statement.source], number=n)
            for n, s in enumerate(nearest, 1)
        )
        return Answer(
            question.text,
            Status.NOT_IN_CORPUS,
            verdict.reason,
            (),
            _independent(evidence, articles),
            verdict.missing_terms,
        )
    premise = contradictions(question, ranked)
    chosen = _chosen(question, ranked, copies=copies, limits=limits, first=premise)
    if not chosen:
        unsaid = replace(verdict, answered=False, reason="Only a fragment of a scraped page names this.")
        return answer_question(question, ranked, articles=articles, verdict=unsaid, copies=copies, limits=limits)
    sentences, evidence = _sentences(chosen, articles)
    reason = "A source speaks against what the question takes for granted." if premise else ""
    return Answer(
        question.text, Status.ANSWERED, reason, sentences, _independent(evidence, articles), verdict.missing_terms
    )


def _nearest(question: Question, ranked: Sequence[Scored]) -> list[Scored]:
    """The nearest statements, one a passage: those that name the subject first, then whole ones, then fragments."""
    found: list[Scored] = []
    for scored in sorted(ranked, key=lambda s: (not _on_subject(question, s), not _whole(s))):
        if all(scored.passage.id != other.passage.id for other in found):
            found.append(scored)
        if len(found) == NEAREST:
            break
    return found


def _whole(scored: Scored) -> bool:
    return not (scored.statement.subject_lost or scored.statement.torn)


def _length(scored: Scored) -> int:
    statement = scored.statement
    return len(statement.text) + sum(end - start for start, end in statement.above)


def _from_hinted(question: Question, scored: Scored) -> bool:
    return not question.hints.sources or scored.statement.source in question.hints.sources


def _chosen(
    question: Question, ranked: Sequence[Scored], *, copies: Copies, limits: AnswerLimits, first: Sequence[Scored]
) -> list[Scored]:
    """The statements of the answer: the best, then the best for each part, another voice where one is asked for, then
    what adds to them, as long as it stands close to the best.
    """
    good = list(ranked[:40])
    # Where nothing at all names the subject, it goes by another name here; where only fragments do, there is no answer.
    good = [s for s in good if _on_subject(question, s, every=False)] or good
    if question.hints.sources and (not question.agreement or len(question.hints.sources) > 1):
        hinted = [s for s in good if _from_hinted(question, s)]
        good = hinted if hinted and hinted[0].score >= NEARLY * good[0].score else good
    good = [s for s in good if is_labelled(question, s.statement.label) and _from_hinted(question, s)] or good
    lead = next((s for s in [*(f for f in first if f in good), *good] if _whole(s)), None)
    lead = lead or next((s for s in ranked if _whole(s) and s.about >= ENOUGH), None)
    if lead is None:
        return []
    # Of two statements that say the same the fuller one answers better, if it stands nearly as high.
    fuller = [s for s in good if _whole(s) and _length(s) > 1.15 * _length(lead) and s.score >= 0.85 * lead.score]
    lead = next((s for s in fuller if copies(s.row, lead.row)), lead)
    chosen = [lead]
    room = limits.characters - _length(lead)

    def add(candidate: Scored) -> None:
        nonlocal room
        fits = len(chosen) < limits.sentences and _length(candidate) + 1 <= room
        if fits and not any(_same(candidate, other, copies) for other in chosen):
            chosen.append(candidate)
            room -= _length(candidate) + 1

    for part, demands in zip(question.parts, question.part_demands, strict=True):

        def fit(
            scored: Scored, part: Sequence[Concept] = part, demands: Sequence[Demand] = demands
        ) -> tuple[float, int]:
            return round(_part_score(scored, part, demands), 4), -scored.row

        best = max(filter(_whole, good), key=fit)
        # What names several parts at once may tell of none.
        if _taken(best, chosen, copies) and _parts_named(question, best) > 1:
            own = [s for s in good if _whole(s) and not _taken(s, chosen, copies) and s.score >= NEARLY * lead.score]
            best = max(own, key=fit, default=best)
        add(best)
    if question.agreement or len(question.hints.sources) > 1:
        for voice in _other_voices(question, good, lead):
            add(voice)
    floor = limits.share * max(lead.score, good[0].score)
    left = [s for s in good if s.score + LARGEST_NEWS >= floor]
    if lead.statement.kind is not StatementKind.FRONT:
        left = [s for s in left if s.statement.kind is not StatementKind.FRONT]
    while left:
        news = {s.row: _news(question, s, chosen) for s in left}
        left = [s for s in left if s.score + news[s.row] >= floor and not _taken(s, chosen, copies)]
        left = [s for s in left if _length(s) + 1 <= room]
        if not left or len(chosen) == limits.sentences:
            break
        add(min(left, key=lambda s: (-round(s.score + NEWS * news[s.row], 4), s.row)))
    if all(is_labelled(question, s.statement.label) for s in chosen):
        chosen.sort(key=lambda s: (s.statement.source, s.statement.start))  # a table in the order of its rows
    return chosen


def _taken(scored: Scored, chosen: Sequence[Scored], copies: Copies) -> bool:
    return any(_same(scored, other, copies) for other in chosen)


def _news(question: Question, scored: Scored, chosen: Sequence[Scored]) -> float:
    """The share of the question's known concepts that a statement names and none of the chosen ones does."""
    total = sum(c.weight for c in question.concepts if c.known) or 1.0
    said = frozenset[str]().union(*(s.stems | s.stems_above for s in chosen))
    return sum(c.weight * max(0.0, c.match(scored.stems) - c.match(said)) for c in question.concepts if c.known) / total


def _part_score(scored: Scored, part: Sequence[Concept], demands: Sequence[Demand]) -> float:
    """How well a statement serves one part of a question: its own score, the part's words that it names, and whether it
    tells the kind of fact that the part demands.
    """
    stems = scored.stems | scored.stems_above
    total = sum(c.weight for c in part) or 1.0
    met = sum(d.met(scored.statement.text) for d in demands) / len(demands) if demands else 0.0
    return scored.score + sum(c.weight * c.match(stems) for c in part) / total + PART_DEMANDS * met


def _parts_named(question: Question, scored: Scored) -> int:
    """How many parts of the question have a word that a statement names."""
    stems = scored.stems | scored.stems_above
    return sum(any(c.match(stems) >= NAMED_SURELY for c in part) for part in question.parts)


def _other_voices(question: Question, ranked: Sequence[Scored], lead: Scored) -> list[Scored]:
    """The best whole statement of each other source, those that the question names first."""
    best: dict[str, Scored] = {}
    for scored in ranked:
        if scored.score >= 0.6 * lead.score:
            best.setdefault(scored.statement.source, scored)
    best.pop(lead.statement.source, None)
    return sorted(best.values(), key=lambda s: (s.statement.source not in question.hints.sources, -s.score, s.row))


def _same(candidate: Scored, other: Scored, copies: Copies) -> bool:
    """True where two statements overlap in one source, or one repeats the other in other or the same words."""
    a, b = candidate.statement, other.statement
    if a.source == b.source and a.start < b.end and b.start < a.end:
        return True
    return copies(candidate.row, other.row)


# ------------------------------------------------------------------------------------------------ false premises

PREMISE = re.compile(
    r"^(?:why|how come|since|given that|because|as\b)|\bmust\b.*\balways\b|\balways\b|\bshould .* straight away|\bnever\b|\bonly\b(?!\W*$)",
    re.IGNORECASE,
)
DENIAL = re.compile(
    r"\b(?:no|not|never|(?<!with or )without|cannot|neither|nor|rarely|rare|absence|absent|avoid(?:ed)?|unrelated|infrequent|uncommon|incorrectly"
    r"|rather than|instead of|unlike|only a minority|does not|is unknown|irreversible|asymptomatic|painless|spontaneous\w*)\b",
    re.IGNORECASE,
)
NEGATED = re.compile(r"\b(?:no|not|without|cannot|neither|nor)\b|n['’]t\b", re.IGNORECASE)
OPPOSITES = tuple(
    (re.compile(rf"\b(?:{one})", re.IGNORECASE), re.compile(rf"\b(?:{other})", re.IGNORECASE))
    for one, other in (
        (r"symmetric", r"asymmetr"), (r"asymmetr", r"symmetr"), (r"dominant|x-linked|sex-linked", r"recessive"), (r"recessive|x-linked|sex-linked", r"dominant"),
        (r"common|frequent|usual|always", r"rare|uncommon|infrequent|seldom"), (r"rare|uncommon|infrequent", r"common\b|frequent"),
        (r"benign|harmless", r"malignan|danger|fatal"), (r"malignan", r"benign"), (r"cent(?:re|er|ral)", r"peripher"),
        (r"peripher", r"cent(?:re|er|ral)"), (r"high|raised|elevated|increased", r"normal|low\b|decreased|reduced"),
        (r"low\b|reduced|decreased", r"high|elevated|increased|normal"), (r"painful|pain\b|hurt", r"painless|asymptomatic"),
        (r"wom[ae]n|female|girl", r"\bm[ae]n\b|\bmales?\b"), (r"\bm[ae]n\b|\bmales?\b", r"wom[ae]n|female"),
        (r"permanent|irreversibl|never (?:resolve|disappear)|persist|lifelong|for (?:life|ever)\b", r"resol|disappear|regress|resorb|transient"),
        (r"reversibl|resol|disappear|regress", r"irreversible|permanent|progressive"), (r"infect|inflamm", r"no inflammatory"),
        (r"occlu|narrow|stenos", r"no (?:\w+ )?(?:narrow|stenos|occlu)|not (?:cause|produce|lead to) (?:\w+ )?(?:narrow|stenos|occlu|lumin)"), (r"strong", r"weak"), (r"weak", r"strong"),
        (r"positive", r"negative"), (r"negative", r"positive"), (r"flexor", r"extensor"), (r"extensor", r"flexor"),
        (r"thick|coarse", r"fine|thin"), (r"intima", r"media\b"), (r"media\b", r"intima"), (r"single|solitary", r"multiple"),
        (r"proximal", r"distal"), (r"distal", r"proximal"), (r"immediately|at once|straight away|within (?:hours|days)", r"weeks|years|avoided"),
        (r"acquired", r"congenital|inherit"), (r"congenital|inherit", r"acquired"), (r"old(?:er)?\b|elderly|adult", r"child|(?:first|second) (?:and second )?decade|birth"),
        (r"cause", r"unrelated|no relationship|not cause"), (r"require|need|necessary|prerequisite|preceded", r"even in the absence|without"),
        (r"involv|affect|axial|spine", r"(?:rarely|seldom|do(?:es)? not) involv|spar(?:es|ed|ing)\b"), (r"malignant|cancer", r"benign"), (r"biops", r"biops\w* (?:should be avoided|is not|are not)|avoid\w* (?:a )?biops"),
    )
)  # fmt: skip


SAYING = 1.0  # the weight of a concept that says something; "calcification" has half of it
CLAUSE = re.compile(r"[.;:]\s")


def _denies(question: Question, clause: str) -> bool:
    """True where a clause denies something and names two things that the question brings together."""
    told = [c for c in question.concepts if c.known and not c.asking and c.weight >= SAYING]
    stems = frozenset(terms(clause))
    named = sum(c.match(stems) >= NAMED_SURELY for c in told)
    return bool(DENIAL.search(clause)) and named >= 2


def contradictions(question: Question, ranked: Sequence[Scored]) -> list[Scored]:
    """The good statements that speak against what a question takes for granted; empty where it takes nothing for
    granted.

    A statement does so where it names what the question names and denies it or holds its opposite.
    """
    if not PREMISE.search(question.text):
        return []
    against = []
    for scored in ranked[:8]:
        core = scored.statement.text[scored.statement.core_start - scored.statement.start :]
        opposed = not NEGATED.search(question.content) and any(
            one.search(question.content) and other.search(core) and not other.search(question.content)
            for one, other in OPPOSITES
        )
        denied = not DENIAL.search(question.content) and any(_denies(question, clause) for clause in CLAUSE.split(core))
        # What it holds the opposite of, it does not name: of a question about one disease the name of that is enough.
        about = scored.about >= ENOUGH or (opposed and bool(question.entities) and _on_subject(question, scored))
        if _whole(scored) and about and (opposed or denied) and scored.score >= 0.75 * ranked[0].score:
            against.append(scored)
    return against[:2]


# ------------------------------------------------------------------------------------------------ sentences


def _sentences(
    chosen: Sequence[Scored], articles: Mapping[str, Article]
) -> tuple[tuple[Sentence, ...], tuple[Evidence, ...]]:
    """The sentences of the chosen statements with their evidence, numbered in reading order."""
    sentences: list[Sentence] = []
    evidence: list[Evidence] = []
    for scored in chosen:
        statement, article = scored.statement, articles[scored.statement.source]
        numbers: list[int] = []
        for span in (*statement.above, (statement.start, statement.end)):
            evidence.append(
                evidence_of(statement, scored.passage, article=article, number=len(evidence) + 1, span=span)
            )
            numbers.append(len(evidence))
        sentences.append(
            Sentence(
                _shown(statement.text, statement.kind, [article.text[s:e] for s, e in statement.above]), tuple(numbers)
            )
        )
    return tuple(sentences), tuple(evidence)


def _shown(text: str, kind: StatementKind, above: Sequence[str]) -> str:
    """A statement in one line; of a table the rows above come first."""
    if kind is not StatementKind.ROW:
        return " ".join(text.split())
    head, *rows = text.split("\n")
    return " › ".join([*above, head]) + (" › " + "; ".join(rows) if rows else "")


def _independent(evidence: Sequence[Evidence], articles: Mapping[str, Article]) -> tuple[Evidence, ...]:
    """The evidence, each with the other sources of the answer that neither copy it nor are copied by it."""
    sources = sorted({e.source for e in evidence})

    def independent(one: str, other: str) -> bool:
        return one != other and other not in articles[one].copies_from and one not in articles[other].copies_from

    return tuple(replace(e, independent_of=tuple(s for s in sources if independent(e.source, s))) for e in evidence)
