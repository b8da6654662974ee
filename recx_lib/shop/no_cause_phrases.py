"""How an aspect is named that did not move the rating, or in words that mean
the opposite.

The notation is explained in `recx_lib.shop.notation`.
"""

from __future__ import annotations

NO_CAUSE_PHRASES = """
hearsay+: {pal} swears the {n} {is} {good} | they say the {n} {is} {great}
 | everybody else raves about the {n}, which they call {great}
 | {num} other reviews praise the {n}, one by a {job}
 | I keep reading that the {n} {is} {good} | the magazines found the {n} {good}
 | a {job} told me the {n} {was} {good}
 | people at the {sight} envied me the {n}
 | according to {pal} the {n} {is} {great}
 | word has it that you get {an}{fine} {n} here
hearsay-: {pal} swears the {n} {is} {bad} | they say the {n} {is} {awful}
 | everybody else moans about the {n}, which they call {awful}
 | {num} other reviews complain about the {n}, one by a {job}
 | I keep reading that the {n} {is} {bad} | the magazines found the {n} {bad}
 | a {job} told me the {n} {was} {bad}
 | people at the {sight} shook their heads at the {n}
 | according to {pal} the {n} {is} {awful}
 | word has it that you get {an}{nasty} {n} here
unjudged: ask me about the {n} in a year, after {km} km on {terrain}
 | no opinion on the {n} yet, perhaps after the {trip} to {place}
 | {pal} wanted to know about the {n}, I had to shrug
 | the leaflet has {num} pages on the {n}, I took them along for the {trip}
 | on the {trip} in {month} I did not look into the {n}
 | a good question about the {n} came from a {job}
 | in {month} the shop sent me a survey about the {n}, {pal} filled it in
 | we spoke about the {n} on the way to {place}
 | it was too lovely near {place} to think about the {n}
 | what the {n} will do in {month} I cannot tell
 | bad {weather} kept me from testing the {n}
 | {pal} and I compared notes on the {n} {ago}
ironic: oh sure, the {n} {is} {great} | {great} {n}, if you like surprises
 | what {an}{fine} {n}, well done | thank you ever so much for the {n}, {great}
 | I adore the {n} as one adores a toothache
 | the {n} {is} {great}, said nobody {when}
 | {fine} {n}, my {kit} could do the job
 | if you enjoy punishment you will love the {n}
 | {great}, simply {great}: the {n}, until you need {pro_o}
"""
