"""The words of the scopes: what opens one, what ends it, who else is spoken of. Tables only; `scopes` has the rules.

Must never: hold a word of the vocabulary of findings.
"""

from enum import StrEnum

__all__ = [
    "AFTER",
    "ASKING",
    "BEFORE",
    "COPULAS",
    "INFORMS",
    "ITEM_WORDS",
    "LISTING",
    "MAXIMUM_REACH",
    "PAST",
    "PERSONS",
    "PRESENCE",
    "PSEUDO",
    "RELATIVES",
    "STOPS",
    "VERBS",
    "ScopeKind",
]


class ScopeKind(StrEnum):
    """What a scope says of the words in it."""

    NEGATED = "negated"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    REFUTED = "refuted"
    PAST = "past"
    OTHER_PERSON = "other person"
    NORMAL = "normal"


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(phrase.split()) for phrase in text.split(";") if phrase.strip())


# Longest first where one begins with another: "not ruled out" before "not", "no evidence of" before "no".
PSEUDO = _phrases(
    "not only; no change; no increase; no decrease; no significant change; no interval change; not certain; no "
    "doubt; no longer than; not necessarily; no improvement; no response; no benefit; no relief; not improved; no "
    "further; gram negative; no more than; no less than; not fewer; without improvement; without benefit; without "
    "success; without relief; no effect; not responding; not respond; did not respond; does not respond; not help; "
    "not helped; not settle; not settled; without going; not to mention; no help; no gain; little gain; no sooner; "
    "no surprise; not surprisingly; not yet; no idea; no treatment; not treated; never treated; without treatment; "
    "not recall whether; not aware; not known; not clear; no significant improvement; not uncommon; no ultrasound; "
    "no x - ray; no radiograph; no imaging; no biopsy; no surgery was; not done; no deeper; no more; no bigger; no "
    "larger; no smaller; no worse; not deeper; not performed; not measured; not tested; not available; not given; "
    "unable to; no contrast; without contrast; did nothing; does nothing; do nothing; doing nothing; nothing for; "
    "nothing to do; nothing helps; nothing helped; nothing else helped; no use; no good; not help; no better; no "
    "relief; no ct; no mri; no films; no scan; no history supplied; no history given; not only; not just; not so much"
)
BEFORE: dict[ScopeKind, tuple[tuple[str, ...], ...]] = {
    ScopeKind.NEGATED: _phrases(
        "no evidence of; no history of; no sign of; no signs of; without evidence of; without any; no; not; without; "
        "denies; denied; deny; denying; never had; never; neither; nor; absence of; lack of; lacks; lacking; lacked; "
        "free of; free from; negative for; ruled out; rules out; nil; non; none of; fails to show; failed to show; "
        "failed to reveal; failed to demonstrate; no longer; unremarkable for; excluded any; excludes; exclude; "
        "excluding any; with no; w / o; cannot feel; absent; nothing; neg for; - ve for; zero; sans; devoid of; doesn't; "
        "didn't; hasn't; isn't; wasn't; weren't; don't; haven't; hadn't; can't see; cannot see; couldn't see; fails to "
        "reveal; did not show"
    ),
    ScopeKind.POSSIBLE: _phrases(
        "possible; possibly; suspected; suspicious for; suspicious of; suspicion of; query; queried; presumed; rule "
        "out; r / o; to exclude; exclude; concern for; concern about; concerns about; concerned about; concerning "
        "for; worrying for; worrisome for; differential diagnosis; differential diagnoses; differential included; "
        "differential includes; feared; fear of; fearing; fear; might; could be; could represent; may represent; may "
        "be; cannot exclude; could not exclude; cannot rule out; question of; provisional diagnosis; working "
        "diagnosis; raised the possibility; raising the possibility; as though; as if; put down to; attributed to; "
        "whether; risk of; in case of; considered; suspecting; suspect; to rule out; ruling out; if"
    ),
    ScopeKind.PROBABLE: _phrases(
        "suggest; suggests; suggesting; suggestive of; suggested; likely; probable; probably; consistent with; "
        "compatible with; in keeping with; appears; appear; appeared; seems; seemed; indicative of; apparently; "
        "seemingly; favours; favouring"
    ),
    ScopeKind.REFUTED: _phrases(
        "initially thought to be; initially thought to have; initially diagnosed as; initially diagnosed with; "
        "misdiagnosed as; misdiagnosed with; mistaken for; mistaken as; first read as; initially read as; originally "
        "diagnosed as; thought initially to be; wrongly diagnosed as; misinterpreted as; first thought to be; "
        "initially considered; initially interpreted as; instead of; rather than; unlike; simulating; simulates; "
        "mimicking; mimics; mimicked; mimic; initially suspected; first taken for; taken for; originally thought to "
        "be; initially labelled as; was thought to be; were thought to be; had been thought to be; previously "
        "diagnosed as; initially treated as; treated for presumed; resembling; as opposed to; treated as"
    ),
    ScopeKind.NORMAL: _phrases("normal; unremarkable; intact; preserved; healthy"),
}
AFTER: dict[ScopeKind, tuple[tuple[str, ...], ...]] = {
    ScopeKind.NEGATED: _phrases(
        "was absent; were absent; is absent; are absent; absent; not seen; not found; not present; not detected; not "
        "identified; not demonstrated; not evident; not noted; not observed; not visible; not visualised; not "
        "visualized; not apparent; not elicited; not appreciated; was negative; were negative; is negative; are "
        "negative; negative; ruled out; excluded; was denied; were denied; is denied; not reported; not recalled; "
        "not present; not involved; not affected; were not seen; nil; unlikely; not palpable; not remembered; not "
        "confirmed; never occurred; not recorded; neg; - ve; not felt; none; not had; not there"
    ),
    ScopeKind.POSSIBLE: _phrases(
        "was suspected; were suspected; is suspected; suspected; was considered; were considered; could not be "
        "excluded; cannot be excluded; can not be excluded; could not be ruled out; cannot be ruled out; not "
        "excluded; not be excluded; not ruled out; not be ruled out; was possible; is possible; was feared; was "
        "queried; were entertained; was entertained; not certain; was raised; in the differential; was presumed; "
        "uncertain; on the differential"
    ),
    ScopeKind.REFUTED: _phrases(
        "was refuted; proved wrong; was discarded; was revised; turned out to be wrong; was disproved"
    ),
    ScopeKind.NORMAL: _phrases(
        "normal; unremarkable; intact; spared; unaffected; uninvolved; preserved; untouched; not involved; not "
        "affected; clear; uneventful; within normal; fine; clean; ok; okay; nad; not abnormal; wnl; left alone; free of "
        "disease"
    ),
}
# Words of a real question: what they ask about is not doubted.
ASKING = frozenset(
    "what which why how who whose where when is are was were can could should would does do did has have may might "
    "will shall".split()
)
RELATIVES = frozenset(
    "mother father sister brother sisters brothers sibling siblings son daughter sons daughters aunt uncle cousin "
    "cousins parent parents mum mom dad grandma grandpa granny grandmother grandfather grandparent husband wife twin relative relatives niece nephew "
    "family grandson".split()
)
INFORMS = frozenset(
    "notices noticed notice reports reported says said states stated brought brings describes described found finds "
    "noted notes recalls recalled gives gave thinks thought worried worries believes told tells mentions mentioned "
    "observed remembers saw".split()
)
PAST = _phrases(
    "years ago; years previously; years earlier; years before; previously; in the past; formerly; at that time; of "
    "that time; had been; months ago; months earlier; months previously; during that; at the time; last year; "
    "earlier that; once; historically"
)
STOPS = frozenset(
    "but however although though except apart aside yet whereas while because due despite since after following "
    "until when as which who whose whom where then besides owing before unless thus therefore hence so nevertheless "
    "despite".split()
)
VERBS = frozenset(
    "is are was were has have had does did shows show showed shown reveals revealed demonstrates demonstrated grows "
    "grew enhances enhanced walks walked presents presented complains complained developed develops noticed appears "
    "appeared found sees noted measures measured made became becomes started began begins continues extends extended "
    "lies lay contains contained involves involved gives gave takes took feels felt reports reported remains "
    "remained lying extending overlying surrounding running engulfing measuring containing showing revealing came "
    "comes went underwent needs needed can could will would may might moves move persists persisted spares sits "
    "arises arose occupies suggests confirmed confirms admits says denies now".split()
)
PRESENCE = frozenset(
    "the there he she it they a an this these those normal full intact now then with good some his".split()
)
PERSONS = frozenset("patient patients man woman boy girl child lady gentleman infant he she who".split())
COPULAS = frozenset("is are was were be been being all both and also either appeared remained seemed".split())
LISTING = frozenset("denies denied deny denying".split())
MAXIMUM_REACH = 40
ITEM_WORDS = 6
