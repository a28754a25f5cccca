"""Names: what people call functions, and names that nothing suggests, so that they have to be copied, not guessed."""

from __future__ import annotations

import builtins
import keyword
import random

_TAKEN = frozenset(("result", "kept", "mapped", *dir(builtins)))
"""What bodies use; a parameter of that name would change what they do."""

VERB_WORDS = (
    "compute get find calc make build process transform collect gather reduce pick handle work_out do run".split()
)
NOUN_WORDS = (
    "total result value answer score summary stats figure amount report metric points energy signal price balance "
    "number outcome numbers values squares cubes evens odds items data list things entries selection checksum"
).split()
WORDS = (
    "able above account action active actor add address after age agent air album alert alpha amount anchor angle "
    "answer apple apply area array arrow article asset atlas author auto average back badge balance ball bank bar base "
    "basket batch beam best big bike bill bird block blue board boat body bonus book border bottom bound box branch "
    "bread bridge bright buffer bug build bus button buy cabin cache cake call camera camp can car card care cargo case "
    "cat cell center chain chair change channel char chart check chip choice city claim class clean clear client clock "
    "close cloud club code coin color column comment common company config copy core corner cost count course cover "
    "craft credit crop cross cube cup current custom cut cycle daily dark data date day deal deck deep default delta "
    "demand depth desk detail device dial digit dinner direct disk distance doc dog domain door dot double down draft "
    "draw dream drive drop dry due dust early earth east easy edge edit effort egg eight email empty end engine entry "
    "equal error event every exact exit extra eye face fact factor fall family fan farm fast fee feed field figure file "
    "fill film filter final find fire first fish five fix flag flat flight floor flow flower fly folder food foot force "
    "form four frame free fresh friend front fruit fuel full fund game gap garden gas gate gear gift girl glass goal "
    "gold good grade grain grand graph grass great green grid ground group grow guard guess guest guide half hall hand "
    "happy hard hash head health heart heat heavy height help helper hero high hill history hit hold hole home hook "
    "hope hotel hour house human ice icon idea image index info inner input inside job join joke jump junk keep key "
    "kind king kit knot label lake lamp land large last late layer leaf left length lesson letter level library life "
    "light limit line link lion list load local lock log long look loop lost lot low lowest lucky lunch machine magic "
    "mail main major make man map mark market mask master match max meal mean measure menu merge message meta meter "
    "middle mile milk mind mini minor minute mix mode model money month moon more most motor mountain mouse move movie "
    "music my name near need nest net never new next nice night nine node noise normal north nose note nothing number "
    "object ocean odd offer office old one open option orange order outer output over owner pack page paint pair panel "
    "paper parent park parse part party pass past path pattern pay peak pen people phone photo pick piece pink pipe "
    "place plain plan plane plant plate play player plus pocket point pool pop port post power price prime print prize "
    "profile profit proof pump pure queen queue quick quiet quote race radio rain random range rank rate raw read real "
    "record red region relay rent repair reply report rest rice rich ride right ring rise river road robot rock role "
    "roof room root rose rough round route row rule run safe sale salt sample sand save scale scan scene school score "
    "screen sea search season seat second seed select self send sense set seven shade shape share sheet shell shift ship "
    "shirt shop short show side sign simple single site six size skill skin sky sleep slice slot slow small smart smooth "
    "snow soft soil solid some song sort sound south space spare speed spell spin split spot spring square stack staff "
    "stage stair stamp star start state step stick stock stone stop store storm story stream street string strong study "
    "stuff style sub sugar suit sum summer sun super supply sure swap sweet swim switch table tag tail take talk tall "
    "tally tank target task taste tax tea team temp ten term test text then thin thing three ticket tide tiger tight "
    "time tiny tip title token tool top total touch tower town track trade train tree trend trial trip true trunk trust "
    "try turn twelve two type under unit up upper use user valley value van view visit voice vote wage walk wall want "
    "warm wash water wave way weak week weight well west wheel white whole wide widget wild win wind window wing winner "
    "winter wire wise wish wood word work world worm worth yard year yellow yes young zero zone"
).split()
SHORT_NAMES = "f g h solve solution func fn foo task answer calculate compute process work run main_value".split()


def made_up_name(rng: random.Random) -> str:
    """Return a name that the world does not suggest: names have to be copied, not guessed."""
    parts = [rng.choice(WORDS) if rng.random() < 0.6 else letters(rng) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))]
    name = rng.choice(("_", "_", "")).join(parts) + rng.choice(("", "", "", "s", "ed", "er", "ing", "_x", "1", "2"))
    return f"{name}_" if keyword.iskeyword(name) or name in _TAKEN else name


def letters(rng: random.Random) -> str:
    """Return two to seven letters, in most cases common ones."""
    return "".join(
        rng.choice("etaoinshrdlucmfwypvbgkjqxz"[: rng.choice((12, 20, 26))]) for _ in range(rng.randint(2, 7))
    )


def function_name(rng: random.Random) -> str:
    """Return a name that says little of what the function does."""
    roll = rng.random()
    if roll < 0.3:
        return made_up_name(rng)
    if roll < 0.4:
        return rng.choice(SHORT_NAMES)
    if roll < 0.7:
        return f"{rng.choice(VERB_WORDS)}_{rng.choice(NOUN_WORDS)}"
    return "_".join(rng.sample(NOUN_WORDS, rng.randint(1, 3)))
