"""Chapter 1: the hand-written lists of English that mining starts from.

All other words are learned from the reviews.
"""

from __future__ import annotations


def _listed(text: str) -> frozenset[str]:
    """Return the words of a text in which blanks divide them."""
    return frozenset(text.split())


PRAISE = _listed("""
accurate adore affordable amazing appreciate appreciated awesome beautiful
beautifully best better brilliant clean clear comfortable comfortably comfy
convenient cool decent delighted delightful dependable durable easier easily
easy effective effortless effortlessly elegant enjoy enjoyed enjoys excellent
exceptional fabulous fantastic favorite favourite fine flawless flawlessly glad
good gorgeous grateful great handy happier happy helpful ideal impressed
impressive incredible inexpensive liked love loved lovely loves marvellous neat
nice nicely outstanding perfect perfectly pleasant pleased practical praise
praised praising quiet recommend recommended reliable robust satisfied smart
smooth smoothly solid stellar strong sturdy stylish superb superior terrific
thanks useful well wonderful wonderfully worth
""")


COMPLAINT = _listed("""
annoyed annoying annoys awful awkward bad badly blame blamed breaks broke
broken bulky buzz cheated clumsy complain complained complaining complaint
complaints crack cracked crap creak cumbersome curse cursed defective difficult
disappoint disappointed disappointing disappointment disappoints dislike
disliked dreadful fail failed fails failure fault faulty fiddly flaw flaws
flimsy fragile frustrating garbage hate hated hates hiss horrible horribly
inaccurate inconvenient inferior issue issues junk leak leaked leaking leaks
lousy mediocre mess nasty nightmare noise noisy overpriced pathetic poor poorly
problem problems rattle regret regrets rip ripped rubbish ruined shoddy sloppy
squeak terrible terribly tore torn trouble troubles ugly uncomfortable unhappy
unreliable unusable useless weak worse worst worthless wrong
""")


OPINIONS = {
    **dict.fromkeys(sorted(PRAISE), 1),
    **dict.fromkeys(sorted(COMPLAINT), -1),
}


DETERMINERS = _listed("""
a an the this that these those my your his her its our their every each some
any no
""")


# What only an adjective or an adverb follows.
DEGREES = _listed("""
extremely fairly incredibly pretty quite rather slightly somewhat surprisingly
too very
""")


INTENSIFIERS = DEGREES | _listed("""
absolutely bit completely just little more most really seriously so super
totally truly
""")


LINKING_VERBS = _listed("""
am are aren't be been being felt feel feels got is isn't look looked looks
remain remains seem seemed seems sound sounded sounds stayed stays was wasn't
were weren't
""")


NEGATORS = _listed("""
barely cannot cant couldnt didnt doesnt dont feared hardly isnt lack lacked
lacking lacks less neither never no nobody none nor not nothing rarely wasnt
without wont
""")


NEGATING_PAIRS = {("anything", "but"), ("far", "from")}


# "not only good" is good.
HARMLESS_PAIRS = {
    ("no", "doubt"),
    ("no", "wonder"),
    ("not", "just"),
    ("not", "only"),
    ("nothing", "but"),
    ("not", "stop"),
    ("can't", "stop"),
    ("cannot", "stop"),
    ("couldn't", "stop"),
}


# "could be better": it is not.
WISHES = _listed("could couldn't couldnt should would wouldn't wish wished")


PREPOSITIONS = _listed(
    "about at by for from in inside into of on onto to with"
)


OPENERS = _listed("""
after although as because before during how if since so than that through
unless until what when where which while who why i you he she it we they
""")


# These begin a new statement.
CLAUSE_WORDS = _listed(
    "although because but despite except however though unlike whereas while"
)


# The verbs and nouns that could be about anything.
COMMON = _listed("""
able above across actually after again against ago all almost alone along
already also always and another anyone anything around as away back basically
because before behind below between beyond both bought bunch buy buying came
can certain certainly come comes coming considering couple course day days
definitely did do does doing done down during either else end enough especially
etc even ever everyone everything exactly fact far few finally find first five
found four gave get gets getting give gives go goes going gone guess had half
happen has have having he hello help here hers herself him himself honest
honestly hope hour hours how i if im instead it itself ive keep keeps kept kind
knew know known last later least left let like likely long longer lot lots made
make makes making many matter may maybe me mean might mine minus minute minutes
moment month months much must myself name near nearly need needed needs new
next now number off often oh ok okay old once one ones only or original other
others otherwise ought ours out over overall own part people per perhaps person
place please plenty plus point possible probably put puts reason reasons right
said same saw say says second see seen several shall she side simply since six
someone something sometimes soon sort still stuff such sure take taken takes
taking tell ten than them themselves then there they thing things think third
three through time times today together told took toward tried try trying turn
two type under until up upon us use used uses using usual usually various via
want wanted way ways we week weeks what whatever when whenever where whether
which who whole whom whose why will within work worked working works year years
yes yesterday yet you yours yourself
""")


# Words that are neither terms nor opinions.
STOPWORDS = frozenset().union(
    COMMON,
    DETERMINERS,
    INTENSIFIERS,
    LINKING_VERBS,
    NEGATORS,
    WISHES,
    PREPOSITIONS,
    CLAUSE_WORDS,
)
