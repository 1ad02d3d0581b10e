"""The sentences of a run of text, one after the other → what each is about that it does not name itself.

Made from the heading, from pronouns and definite words, and from the words that a sentence repeats. Must never: carry a
subject past a sentence that names another.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from calcrag.literature.lexical import terms
from calcrag.literature.roles import Role, has_verb
from calcrag.literature.statements import LONGEST_QUOTE, Statement, StatementKind

__all__ = ["Leaning", "Thread", "Unit", "lead_of", "leaning_of", "needs_lead"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, list item, caption or row: `article.text[start:end] == text`. `row` is the number of its statement.

    `roles` are the entities that it names, `main` those of them that it is chiefly about, `governed` those that it is
    about without naming them. `hangs_on` are the diseases that a reader must know of to understand it and that it does
    not name. `above` are the entities of its heading. `lead` is the span of what stands before it and must be quoted
    with it where `pronoun` is True. `before` is the unit before it in the same run. `whole` is False for a fragment.
    """

    row: int
    statement: Statement
    start: int
    end: int
    text: str
    roles: Mapping[str, Role]
    main: frozenset[str]
    governed: frozenset[str] = frozenset()
    hangs_on: frozenset[str] = frozenset()
    above: frozenset[str] = frozenset()
    lead: tuple[int, int] | None = None
    pronoun: bool = False
    before: Self | None = None
    whole: bool = True

    def role(self, entity: str) -> Role | None:
        """The role of an entity here, or None."""
        return self.roles.get(entity) or (Role.GOVERNED if entity in self.governed else None)


PRONOUN = re.compile(
    r"(?:it|its|they|their|them|these|those|this|that|such|both|he|she|his|her|although (?:it|both)"
    r"|in (?:such|these|those|this|that|both)"
    r"|(?:two|three|four|one|some|many|most|several) of (?:these|them|their|those)"
    r"|(?:two|three|four|five|six|several) patients|the latter|the former|when that is)\b",
    re.IGNORECASE,
)
# "These soft tissue calcifications": under the name of the topic that needs no sentence before
SPELLED_OUT = re.compile(
    r"(?:these|this|such) [\w-]+ (?:[\w-]+ )*(?:calcifications?|ossification|masses|deposits|lesions|worms?)\b",
    re.IGNORECASE,
)
RELATIONAL = (  # nouns that are somebody's or something's, even where they stand alone
    r"involvement|onset|a?etiology|diagnosis|prognosis|complications?|recurrence|ulceration|lesions|nodules|masses"
    r"|patients|symptoms|parasites?|worms?"
)
CARRIED = re.compile(
    r"(?:radiologically|histologically|clinically|initially|eventually|when present|however|therefore|thus|conversely"
    r"|underlying|continued|following the onset|there is no|in addition to (?:its|their|these|this)"
    rf"|(?:\w+ )?(?:{RELATIONAL})\b(?! (?:of|in|resulting|associated)\b)"
    r"|the (?:most commonly affected|entire|whole|same|two|affected|involved|overlying|adjacent|female|male|dead"
    r"|incidence|disease|condition|disorder|syndrome|process|entity|calcifications?|(?:calcium )?deposits"
    rf"|{RELATIONAL})\b)",
    re.IGNORECASE,
)
CARRIED_WITHIN = re.compile(
    r"\b(?:the (?:disease|condition|disorder|syndrome)|they may|they are"
    r"|(?:these|this|such|both)(?: \w+)? (?:disease|condition|disorder|syndrome|entit|patient|abnormalit)\w*)\b",
    re.IGNORECASE,
)
BOTH = re.compile(
    r"\bboth\b(?! \w+ing)|\b(?:the two|these) (?:syndromes|entities|disorders|diseases|forms)\b", re.IGNORECASE
)
POINTS_BACK = re.compile(
    r"\b(?:such|these|those|this) (?:\w+ )?(?:calcifications|diseases|conditions|disorders|syndromes|causes?|tumou?rs"
    r"|new bone)\b",
    re.IGNORECASE,
)
DESCRIBES = re.compile(
    r"(?:it is )?an? (?:[\w-]+ ){0,4}(?:disease|disorder|syndrome|condition|infection)\b", re.IGNORECASE
)
NEAR = 5  # characters between two sentences that follow each other
REPEATED = 2  # words that a sentence must repeat of the one before to go on with its subject


@dataclass(frozen=True, slots=True)
class Leaning:
    """How a sentence leans on what stands before: by a pronoun at its beginning, or by any word that points back."""

    pronoun: bool
    carried: bool


def leaning_of(text: str) -> Leaning:
    """How a sentence leans on what stands before it."""
    pronoun = PRONOUN.match(text) is not None
    return Leaning(pronoun, pronoun or CARRIED.match(text) is not None or CARRIED_WITHIN.search(text) is not None)


def needs_lead(text: str) -> bool:
    """True for a sentence that cannot be understood without the one before."""
    return PRONOUN.match(text) is not None or POINTS_BACK.search(text) is not None or text[0].islower()


def lead_of(text: str, start: int, previous: Unit | None, statement: Statement) -> tuple[int, int] | None:
    """What must be quoted before a sentence: the one before, and the one before that where this too leans on it."""
    if needs_lead(text) and previous is not None and statement.kind is StatementKind.SENTENCE:
        if previous.pronoun and SPELLED_OUT.match(text):
            return None
        first = previous.lead[0] if previous.lead is not None and previous.pronoun else previous.start
        for begin in (first, previous.start) if start - previous.end < NEAR else ():
            if start + len(text) - begin <= LONGEST_QUOTE:
                return begin, start
    return (statement.start, statement.core_start) if statement.start < statement.core_start == start else None


@dataclass(slots=True)
class Thread:
    """What a run of text is about as it goes on.

    `above` are the entities of the heading, `single` tells that they are diseases and no groups of diseases, `path`
    those of all headings above, `broader` what is broader than them and not in `path`; `groups` are all entities that
    have narrower ones, `manifestations` those that many diseases share. `title` are the diseases of a case report,
    `case` tells that the run is about its patient. `loose` tells that the heading names a kind of fact and no subject:
    what its first sentence names goes on to its end. `running` is the subject of the last sentences, `earlier` the one
    before.
    """

    above: frozenset[str]
    single: bool
    path: frozenset[str]
    broader: frozenset[str]
    groups: frozenset[str]
    manifestations: frozenset[str]
    title: frozenset[str]
    case: bool
    loose: bool
    running: frozenset[str]
    earlier: frozenset[str] = frozenset()

    def governed(self, statement: Statement, text: str, main: Collection[str], previous: Unit | None) -> frozenset[str]:
        """The entities that the next sentence is about without naming them; the thread goes on from it."""
        leaning = leaning_of(text)
        diseases = frozenset(main) - self.manifestations
        if leaning.pronoun or (leaning.carried and not diseases):
            governed = self._carried(text)
        elif diseases:
            return self._named(text, diseases)
        elif self.case and not main:
            return self.title
        elif statement.kind is not StatementKind.ITEM and (self.loose or self._goes_on(text, main, previous)):
            governed = self.running
        elif self.above and not (self.broader.intersection(main) and has_verb(text)):
            governed = self.running = self.above
        else:
            governed = self.title if not main else frozenset()
        if main and not self.single and not self.running - self.manifestations:
            self.running = frozenset(main)
        return governed

    def _carried(self, text: str) -> frozenset[str]:
        if BOTH.search(text):
            two = self.single and len(self.above) > 1
            self.running = self.above if two else self.running | self.earlier
        return self.running

    def _named(self, text: str, diseases: frozenset[str]) -> frozenset[str]:
        """Of "a congenital disorder with …" under the heading of a disease that disease is the subject."""
        described = diseases <= self.broader or (diseases <= self.groups - self.above and DESCRIBES.match(text))
        if self.single and described:
            return self.above
        self.earlier, self.running = self.running, diseases
        return frozenset()

    def _goes_on(self, text: str, main: Collection[str], previous: Unit | None) -> bool:
        """True where a sentence goes on with the subject of the one before, by the words that it repeats."""
        if previous is None or self.single or self.running == self.above:
            return False
        if not self.running & (previous.main | previous.governed) or not previous.roles.keys().isdisjoint(main):
            return False
        return len(set(terms(text)) & set(terms(previous.text))) >= REPEATED

    def hangs_on(self, roles: Mapping[str, Role], main: Collection[str], governed: frozenset[str]) -> frozenset[str]:
        """The diseases without which a sentence cannot be understood and that it does not name."""
        context = governed if governed - self.manifestations else (self.above if self.single else frozenset())
        own = frozenset() if governed else frozenset(main) - self.manifestations
        return frozenset() if context & roles.keys() or own - context else context - self.manifestations
