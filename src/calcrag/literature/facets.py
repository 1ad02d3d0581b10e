"""Kinds of fact: how a question asks for one, how a statement tells one.

Words of asking and of telling only. Must never: know a disease; what a facet knows is true of any medical text.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Demand", "Facet", "FacetWords", "demands_of", "facets_asked", "facets_told"]


class Facet(StrEnum):
    """A kind of fact that can be asked for and told."""

    AGE = "age"
    TIME = "time"
    SEX = "sex"
    SIZE = "size"
    QUANTITY = "quantity"
    FREQUENCY = "frequency"
    CAUSE = "cause"
    LOCATION = "location"
    APPEARANCE = "appearance"
    TREATMENT = "treatment"
    COURSE = "course"
    LABORATORY = "laboratory"
    INHERITANCE = "inheritance"
    DEFINITION = "definition"
    DIAGNOSIS = "diagnosis"
    HISTORY = "history"
    SYMPTOM = "symptom"
    CLASSIFICATION = "classification"
    PATHOLOGY = "pathology"
    IMAGING = "imaging"


@dataclass(frozen=True, slots=True)
class FacetWords:
    """How a facet is asked for and how a statement tells it."""

    asked: re.Pattern[str]
    told: re.Pattern[str]


def _words(asked: str, told: str) -> FacetWords:
    return FacetWords(re.compile(rf"\b(?:{asked})", re.IGNORECASE), re.compile(rf"(?<!\w)(?:{told})", re.IGNORECASE))


NUMBER_WORD = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|third|quarter|several|dozen"
FACETS: dict[Facet, FacetWords] = {
    Facet.AGE: _words(
        r"ages?\b|aged\b|how old|older|decades?\b|phase of life|time of life|years of life|young|childhood or|child or adult|idade",
        r"decades?\b|years?[- ]old|aged?\b|middle aged|elderly|infan|newborn|neonat|shortly after birth|adolescen|child|adults?\b"
        r"|early (?:in )?life|before the age|premature",
    ),
    Facet.TIME: _words(
        r"how long|how soon|when\b|interval|after how many|latency|delay|weeks?\b|months?\b|days?\b|years? (?:later|after)|how quickly"
        r"|time course|by what time|duration|how fast|how many (?:days|weeks|months|years)|timing|stage",
        rf"(?:\d+|{NUMBER_WORD}|[–-])\s*(?:to \w+ )?(?:day|week|month|year)|weeks|months|period|late in|early|duration|shortly|since"
        r"|following the|after the|before the|precede|prior to",
    ),
    Facet.SEX: _words(
        r"sex\b|female|male\b|wom[ae]n|m[ae]n\b|gender|girls?|boys?|who gets",
        r"wom[ae]n|m[ae]n\b|female|males?\b|sex\b|\d:\d|girl|boy",
    ),
    Facet.SIZE: _words(
        r"size|how (?:large|big|long|wide|thick)|diameter|length|dimension|measure|mm\b|cm\b",
        r"\d+\s*(?:mm|cm|millim|centim)|millimet|centimet|size|length|diameter|large|small",
    ),
    Facet.QUANTITY: _words(
        r"how many|how much|proportion|percentage|per ?cent|fraction|ratio|threshold|cut-?off|product|number of|level|what share"
        r"|how often|rate\b|incidence|prevalence|count\b|figure for|odds|%",
        rf"\d|\b(?:{NUMBER_WORD})\b|majority|minority|most\b|proportion",
    ),
    Facet.FREQUENCY: _words(
        r"common|commonest|most (?:often|frequent|common)|usual|rare|typical|frequent|predominant|main\b|chief|leading|preeminent"
        r"|mostly|how often|likely|predilection|favou?r",
        r"common|commonest|most\b|usual|rare|typical|frequent|infrequent|predominant|main\b|chief|majority|uncommon|preeminent"
        r"|primarily|particularly|especially|occasional|predilection|often",
    ),
    Facet.CAUSE: _words(
        r"caus|why\b|reason|result(?:s|ing)? from|due to|lead(?:s|ing)? to|a?etiolog|origin|pathogen|mechanism|trigger|provoke|responsible"
        r"|underl|associat|predispos|linked|factor|acquire|how do(?:es)? .* (?:get|catch|arise|develop)|follow(?:s|ing)?\b|goes along"
        r"|accompan|by what",
        r"caus|result|due to|secondary to|because|following|associat|lead|a?etiolog|origin|predispos|consequence|acquired|ingest"
        r"|attribut|depend|factor|accompan|response to|from\b|arise|correlat|produc|underlying",
    ),
    Facet.LOCATION: _words(
        r"where|which (?:site|joint|tendon|muscle|vessel|nerve|tissue|organ|region|bone|part|surface|compartment|layer|finger|artery)s?"
        r"|what (?:site|joint|tendon|tissue|part|region|place)s?|location|site\b|sites\b|distribut|involve|affected|place|localis|localiz"
        r"|aspect|surface|layer|compartment|onde",
        r"located|location|site|joint|tendon|muscle|vessel|artery|arteries|vein|nerve|tissue|region|bone|surface|compartment|dermis"
        r"|subcut|skin|hip|knee|shoulder|elbow|wrist|hand|foot|feet|thumb|finger|limb|extremit|pelvi|spine|cervical|thigh|buttock"
        r"|neck|brain|liver|lung|kidney|fascia|distribut|intra-|peri|peripher|central|bursa|capsule|cartilage|tufts?|toe|ligament",
    ),
    Facet.APPEARANCE: _words(
        r"look|appear|seen\b|show|pattern|shape|form\b|configuration|sign\b|signs\b|feature|radiograph|x-?ray|film|roentgen|morpholog"
        r"|aspect|resembl|mimic|like\b|visible|picture|describe|finding|image|xr\b|aparência|characteri[sz]e",
        r"appear|configuration|shape|pattern|linear|ring|line|punctate|stippl|amorphous|lobulat|cystic|nodul|dense|sheet|circumferential"
        r"|plaque|streak|lucent|rim|periphery|peripheral|homogeneous|fusiform|oval|round|curvilinear|resembl|identical|mimic|similar"
        r"|radiograph|x-?ray|shows?\b|showing|seen|demonstrat|mass|deposit|level|sign\b|typical|characteristic|-like|bands?\b",
    ),
    Facet.TREATMENT: _words(
        r"treat|therap|manage|drug|surg|operat|steroid|physio|prevent|dose|medic|remed|help|cure|biops|excis|remov|intervention|indicat"
        r"|avoid|should (?:i|we|one)|what to do|next step|work-?up|Rx",
        r"treat|therap|helpful|steroid|physiotherapy|surg|excis|avoid|lowering|correct|biopsy|parathyroidectomy|transplant|remov|prevent"
        r"|intervention|surveillance|indication|respon|colchicine",
    ),
    Facet.COURSE: _words(
        r"prognos|outcome|resol|regress|disappear|go away|recur|come back|comes back|course\b|revers|progress|self-limit|permanent|shrink"
        r"|last\b|lasts|heal|fate|happen|grow|clear|spontaneous|persist|improve|worsen|vanish|evolv|mature|end up|turn into|complicat",
        r"resol|regress|disappear|resorb|recur|prognos|spontaneous|revers|progress|shrink|last|temporary|fate|continue|benign|gradual"
        r"|eventual|later|may develop|matur|evolv|loss|fatal|death|dies|complicat|clear|remit|exacerbat|reduction|contracture",
    ),
    Facet.LABORATORY: _words(
        r"lab|serum|blood (?:level|test|value|calcium)|calcium level|phosph|biochem|hormone|antibod|titer|titre|enzyme|urate|uric|normal"
        r"|raised|elevated|low\b|high\b|values?|crystals?",
        r"serum|level|elevat|normal|increase|decrease|low\b|high\b|hyper|hypo|antibod|titer|titre|phosph|hormone|laboratory|crystal",
    ),
    Facet.INHERITANCE: _words(
        r"inherit|genetic|heredit|familial|famil|trait|autosomal|dominant|recessive|gene\b|genes\b|mutation|sister|brother|sibling",
        r"inherit|autosomal|dominant|recessive|familial|family|genetic|heredit|sister|mendelian|trait|mutation|penetrance",
    ),
    Facet.DEFINITION: _words(
        r"what (?:is|are)\b|mean|defin|term\b|terms\b|refer|called|name\b|named|stand for|concept|notion|synonym|known as|o que é",
        r"is an?\b|refers?\b|term\b|known as|called|defin|consists? of|characteri[sz]ed|denotes?|describ|represents?\b|is the\b|occurs? when"
        r"|process|means",
    ),
    Facet.DIAGNOSIS: _words(
        r"diagnos|confirm|distinguish|differentiat|tell (?:apart|them|it|the|that)|separat|exclude|rule out|suspect|definit|prove|proof|test\b"
        r"|how can i tell|how do (?:i|you|we) (?:know|tell)|establish|evaluat|assess|point to|suggest|difference|differ\b|discriminat|versus"
        r"|compare|clue|suggestive|pathognomonic|identify|investigat",
        r"diagnos|demonstrat|distinguish|differentiat|confirm|exclude|biops|microscop|suggest|diffraction|identif|establish|suspect"
        r"|pathognomonic|useful|helpful|evaluat|algorithm|analysis|examination|unlike|rather than|whereas|contrast|raise",
    ),
    Facet.HISTORY: _words(
        r"who\b|first (?:describ|report|not|publish)|history of the|historical|coined|author|discover|whose|named after|introduced|suggested",
        r"first\b|described|noted|reported|stated|in 1[89]\d\d|et al|suggested|recently the term",
    ),
    Facet.SYMPTOM: _words(
        r"symptom|present\b|presents|presentation|complain|clinical|feel|pain|asymptomatic|sign of|manifest|harm|consequence|effect\b|effects"
        r"|morbid|problem|hurt|trouble|disab|phenotype",
        r"pain|tender|present|symptom|complain|ulcer|limit|compress|clinical|acute|inflam|swelling|arthritis|discharge|pruritic|restrict"
        r"|impair|mobility|weak|short|facies|blind|hemorrhage|claudication|infection|stature",
    ),
    Facet.CLASSIFICATION: _words(
        r"classif|type\b|types\b|subtype|categor|group|divid|kinds?\b|forms?\b|list\b|under which|belong|heading|table|split|sort|schem"
        r"|varieties|which (?:conditions|diseases|disorders|causes|parasites|infections|tumou?rs|lesions)|what (?:conditions|diseases|causes)",
        r"classif|type|categor|divid|group|forms?\b|include|such as|either|first,|primary|namely|:|subdivid|dystrophic|;|▸|, and\b",
    ),
    Facet.PATHOLOGY: _words(
        r"histolog|histopath|microscop|patholog|biops|tissue section|cells?\b|collagen|layer of the wall|specimen",
        r"histolog|histopath|microscop|patholog|biops|cell|collagen|osteoid|fib|necro|metaplasia|dermis|granul",
    ),
    Facet.IMAGING: _words(
        r"mri?\b|ct\b|scan|ultraso|us\b|radiograph|x-?ray|film|scintigra|angiogra|stir\b|t1|t2|signal|imaging|modality|sonogra|investigat"
        r"|technetium|isotope",
        r"mri?\b|ct\b|scan|ultraso|radiograph|x-?ray|film|scintigra|angiogra|stir\b|t1|t2|signal|imaging|tomogra|roentgen|bone scan"
        r"|activity|hypervascular|US\b",
    ),
}


def facets_asked(text: str) -> frozenset[Facet]:
    """The kinds of fact that a question asks for."""
    return frozenset(f for f, words in FACETS.items() if words.asked.search(text))


def facets_told(text: str) -> frozenset[Facet]:
    """The kinds of fact that a statement tells."""
    return frozenset(f for f, words in FACETS.items() if words.told.search(text))


@dataclass(frozen=True, slots=True)
class Demand:
    """A kind of fact without which a statement does not answer: a question for a proportion is answered by a figure.

    `name` is how it is called in "no source gives …".
    """

    name: str
    told: re.Pattern[str]

    def met(self, text: str) -> bool:
        """True where the text tells such a fact."""
        return bool(self.told.search(text))


# how it is asked, its name, how it is told
DEMANDS: tuple[tuple[re.Pattern[str], Demand], ...] = tuple(
    (re.compile(asked, re.IGNORECASE), Demand(name, re.compile(told, re.IGNORECASE)))
    for asked, name, told in (
        (
            r"\b(?:at )?what age|\bhow old\b|which decade|\bage (?:at|of|group|range)|in which decade",
            "an age",
            r"decade|years?[- ]old|\bages?\b|\baged\b|middle.aged|elderly|newborn|neonat|infan|early (?:in )?life|adolescen|child|birth",
        ),
        (
            r"(?:more|commoner|often|frequent\w*|common|rare\w*) (?:in|among) (?:wom|m[ae]n|female|male|girl|boy)|female.to.male|sex ratio"
            r"|which sex|\bmen or women|women or men|males? or females?|sex predilection",
            "a comparison of the sexes",
            r"\bwom[ae]n|\bm[ae]n\b|female|\bmales?\b|\bsex\b|\bgirl|\bboy",
        ),
        (
            r"what (?:proportion|percentage|fraction|share|rate|incidence|prevalence)|\b(?:prevalence|incidence) of|per ?cent\b|%"
            r"|which (?:proportion|percentage|fraction)|how many of|what is the (?:proportion|percentage|fraction|rate|incidence)",
            "a proportion",
            rf"%|per ?cent|\d+ (?:of|in|out of) (?:the )?\d+|\d+/\d+|\b(?:(?:an?|one)[ -]third|thirds|half|halves|quarter|majority|minority)\b"
            rf"|\b(?:{NUMBER_WORD}) (?:of|in) (?:the )?(?:\d+|{NUMBER_WORD})\b",
        ),
        (
            r"how many\b(?! (?:types|kinds|forms|classes|categories|groups|of|days|weeks|months|years))",
            "a number",
            rf"(?<![-\d.])\d+(?![-\d]*(?:year|-year)|\d)|\b(?:{NUMBER_WORD})\b",
        ),
        (
            r"what size|how (?:large|big|wide|thick)\b|how long (?:can|do|does) [\w ]{2,40}\b(?:get|grow|become)\b|\bdiameter\b|what length|how long is the|how long can",
            "a size",
            r"\d+\s*(?:[–-]\s*\d+\s*)?(?:mm|cm|millim|centim)|\bsmall|\blarge",
        ),
        (
            r"how long (?!(?:can|do|does) [\w ]{2,40}\b(?:get|grow|become)\b)(?:after|before|does|do|until|til|did|had|has|is it before)|how soon|after how many|what interval|interval (?:from|between)"
            r"|how many (?:days|weeks|months|years)|how quickly|time (?:to|until|from)|latency|how long .* (?:take|last|show)",
            "a time",
            rf"(?:\d|{NUMBER_WORD})\W*(?:to \w+ |or so )?(?:day|week|month|year)|\b(?:weeks|months|days|years)\b",
        ),
        (r"\bdos(?:e|es|age|ing)\b|\bregimen\b|how many mg|milligram", "a dose", r"\bdos(?:e|es|age)\b|\d\s*mg\b(?!\.?/)|regimen"),
        (
            r"\b(?:how (?:is|are|do|does|would|should|can) .*\btreat|treatments? (?:of|for)|(?:what|which) (?:treatment|therap)"
            r"|(?:what|which) (?:drug|medic)\w* (?:can |may |are |is )?(?:treat|help|work|use|give)|managed\b|management of|treated\b)",
            "a treatment",
            r"treat|therap|steroid|phototherap|physiotherap|surg|excis|lowering|correct\w* of|correction|biops|parathyroidectomy"
            r"|transplant|remov|prevent|interven|surveillance|colchicine|avoid|responds?\b|response to|helpful",
        ),
        (
            r"\d\s*m?mol|\bm?mol\s*/|\bm[gc]g?\s*/\s*(?:d?l|ml)\b|\bpg\s*/\s*ml|\bin (?:mg|mmol|grams?|units)\b",
            "a value in these units",
            r"\d\s*(?:m?mol|mg|mcg|µg|pg|ng|units?|IU)\b",
        ),
        (r"\b(?:genes?|mutations?|variants?|locus|loci|chromosome|genotype)\b", "a gene", r"\bgenes?\b|mutation|genetic|chromosom"),
        (r"\bthreshold|cut-?off|what (?:serum |blood )?(?:level|titre|titer|value|product)\b", "a value", r"\d"),
        (r"\b(?:sensitivity|specificity|accuracy|predictive value|hazard ratio|odds ratio|survival|mortality|life expectancy)\b",
         "such a statistic", r"sensitivity|specificity|accuracy|predictive value|hazard|odds|survival|mortality|fatal|death"),
        (r"\bMRI?\b|magnetic resonance|\bT[12]\b|\bSTIR\b", "MRI findings", r"\bMRI?\b|magnetic resonance|\bT[12]|\bSTIR\b|signal"),
        (r"\bCT\b|computed tomogra|Hounsfield", "CT findings", r"\bCT\b|tomogra|attenuation|Hounsfield"),
        (r"ultraso|sonogra|\bUSS?\b|doppler", "ultrasound findings", r"ultraso|sonogra|\bUSS?\b|echo|doppler"),
        (r"bone scan|scintigra|isotope|technetium|nuclear medicine", "scintigraphic findings", r"\bscan|scintigra|uptake|isotope|MDP|activity"),
        (r"angiogra", "angiographic findings", r"angiogra|vascular"),
        (r"\bratio\b", "a ratio", r"\d\s*:\s*\d|\b\d+ to \d+\b|\btimes (?:as|more)"),
        (
            r"\bwho (?:first|gave|described|coined|noted|reported|introduced)",
            "a name",
            r"et al|\bdescribed\b|\bnoted\b|\breported\b|\bstated\b|\bintroduced\b",
        ),
        (r"\b(?:in|from) (?:which|what) year\b|\bwhat year\b|\bsince when\b", "a year", r"\b1[789]\d\d\b|\b20\d\d\b"),
    )
)  # fmt: skip


def demands_of(question: str) -> tuple[Demand, ...]:
    """The kinds of fact that a question cannot do without."""
    return tuple(demand for asked, demand in DEMANDS if asked.search(question))
