"""What the shop's users say of one aspect alone, in praise (+) and complaint.

The notation is explained in `recx_lib.shop.notation`.
"""

from __future__ import annotations

OWN_PHRASES = """
own+.weight: I hardly notice the {n} {when}
 | the {n} never slowed me down {when}
 | the {n} saves my knees on {terrain} near {place}
 | the {n} made a {trip} with {pal} far easier
 | at this {n}, {km} km of {terrain} fly by
own-.weight: the {n} drags me down {when}
 | I cursed the {n} on {terrain} near {place} | the {n} wore {pal} out {when}
 | with that {n}, {km} km of {terrain} feel like a punishment
 | my back hurt from the {n} {when}
own+.waterproofing: thanks to the {n} everything stayed dry {when}
 | {weather} was no match for the {n}
 | not a drop got in {when}, such {is} the {n}
 | the {n} held up perfectly in {weather}
 | {pal} got soaked, I did not: the {n} {is} {good}
own+.waterproofing.part: the {n} kept every drop out {when}
 | not a drop got past the {n} {when}
 | never soaked through {when}: the {n} held
 | the {n} did a great job in {weather} | {weather} met the {n} and lost
 | I poured water over the {n} and nothing came through
 | the {n} shed {weather} as a duck would
 | after {num} hours of {weather} the {n} {was} still watertight
own-.waterproofing: everything was damp within {num} minutes because the {n}
 failed | the {n} gave up in {weather} and all got soaked
 | {weather} was too much for the {n}
 | we woke up in a puddle, so much for the {n}
 | the {n} did not last an hour in {weather}
own-.waterproofing.part: water came through the {n} {when}
 | the {n} gave up in {weather} and all got soaked | the {n} leaked {when}
 | {weather} went straight past the {n} | drops formed along the {n} {when}
 | the {n} dripped on my {kit}
 | after {num} minutes of {weather} the {n} let water in
 | {pal} mopped up what the {n} let through
own+.comfort: no blisters or sore spots {when}, thanks to the {n}
 | I could use {them} all day, the {n} {is} that {adj}
 | the {n} spared me every ache {when}
 | as for the {n}, {pal} and I were spoiled {when}
 | not one ache {when}: {adj} {n}
own+.comfort.part: the {n} kept me happy {when}
 | the {n} felt like a treat {when} | the {n} hugged me gently {when}
 | no blisters or sore spots {when}, thanks to the {n}
 | the {n} never rubbed, not even {when}
 | after {km} km the {n} felt as {adj} as in the shop
 | the {n} spared me every ache {when}
own-.comfort: I was sore {when}, so much for the {n}
 | after {num} minutes I ached, so much for the {n}
 | I kept shifting about {when}, so {low} {was} the {n}
 | the {n} robbed me of sleep {when}
own-.comfort.part: the {n} chafed badly {when}
 | the {n} gave {pal} bruises {when} | the {n} tormented me {when}
 | the {n} rubbed me raw {when} | I was sore {when} because of the {n}
 | after {num} minutes I ached, and the {n} {is} to blame
 | the {n} dug in {when}
own+.durability: {num} outings on {terrain} and still like new: the {n} {is}
 {good} | the {n} convinced even {pal}, a {job}
 | {pal} stepped on {them} and nothing happened, the {n} {is} that {adj}
 | I trust the {n} on {terrain} and in {weather}
own+.durability.part: {num} outings on {terrain} and the {n} look{s} like new
 | the {n} survived {terrain} without a scratch
 | the {n} shrugged off {terrain}
 | {pal} stepped on {them} and the {n} survived | the {n} will outlive me
 | {km} km over {terrain} left no mark on the {n}
 | the {n} did a great job on {terrain}
 | not a single tear, the {n} held {when}
own-.durability: gone after {num} outings on {terrain}, so much for the {n}
 | the {n} did not survive contact with {terrain} {ago}
 | {terrain} showed how {low} the {n} {is}
 | a {job} like me notices such things: the {n} {is} {bad}
own-.durability.part: the {n} broke {when}
 | after {num} outings the {n} gave way | the {n} fell apart on {terrain}
 | the {n} failed on the first {trip}
 | I had to repair the {n} with tape {when} | the {n} snapped {when}
 | {km} km over {terrain} and the {n} look{s} ten years old
 | the {n} came loose {when}
own+.capacity: everything for {days} went in, the {n} {is} {good}
 | thanks to the {n}, {pal} and I never squabbled {when}
 | the {n} easily coped with dinner for {num}
 | my {kit} and {kit} went in too, such {is} the {n}
 | I never reached the limit of the {n} {when}
own+.capacity.part: the {n} swallowed everything for {days}
 | the {n} took my {kit}, my {kit} and more | the {n} {was} never full {when}
 | even with a {kit} inside the {n} {was} {adj}
 | thanks to the {n}, {pal} and I never squabbled {when}
own-.capacity: I had to leave my {kit} behind because of the {n}
 | {pal} and I squabbled over the {n} {when}
 | the {n} {is} barely enough for a {trip}
 | not even a {kit} went in, the {n} {is} that {low}
own-.capacity.part: the {n} {was} full after a {kit} and a {kit}
 | I had to leave my {kit} behind because of the {n}
 | {pal} and I squabbled over the {n} {when}
 | the {n} could not take more than a {kit}
 | the {n} {is} barely enough for a {trip}
own+.warmth: the {n} kept the chill away {when}
 | no shivering {when}, thanks to the {n} | {weather} could not beat the {n}
 | even {pal}, who always freezes, loved the {n} {when}
 | I was almost too hot {when}, the {n} {is} that {adj}
own+.warmth.part: the {n} kept the chill away {when}
 | the {n} made {weather} feel like spring | {weather} could not beat the {n}
 | the {n} held the heat for {num} hours
 | even {pal}, who always freezes, loved the {n} {when}
own-.warmth: I froze {when}, so {low} {is} the {n}
 | {pal} shivered all night and blamed the {n}
 | the {n} did nothing against {weather}
 | at {metres} metres the {n} {was} not enough
 | my teeth chattered {when}, so much for the {n}
own-.warmth.part: I froze {when} because the {n} failed
 | the {n} gave up in {weather} and I shivered
 | cold crept through the {n} {when} | the {n} did nothing against {weather}
 | {pal} shivered all night and blamed the {n}
 | within {num} minutes the {n} let the cold in
own+.setup: thanks to the {n} I was done in {num} minutes, {when} too
 | even {pal} mastered the {n} at once
 | with cold fingers the {n} {was} still {adj}
 | a {job} or a child could manage the {n}
 | in the dark, with {weather}, the {n} {was} {adj}
own+.setup.part: the {n} worked first time {when}
 | even {pal} mastered the {n} at once
 | with cold fingers the {n} {was} still {adj} | the {n} obeyed at once {when}
 | thanks to the {n} I was done in {num} minutes, {when} too
own-.setup: the {n} took me {num} minutes and my temper {when}
 | {pal} gave up on the {n} {when} | the {n} defeated us {when}
 | with cold fingers the {n} {was} a nightmare | I swore at the {n} {when}
 | you need a {job} for the {n} {when}
own-.setup.part: the {n} jammed {when} | {pal} gave up on the {n} {when}
 | I fought with the {n} for {num} minutes {when}
 | with cold fingers the {n} {was} a nightmare | I swore at the {n} {when}
 | the {n} took {num} attempts {when}
own+.fit: the {n} suit{s} me as if tailored, I noticed {when}
 | the {n} worked for both me and {pal} {when}
 | my usual choice was right, the {n} {is} {good}
 | nothing pinched {when}, the {n} {is} {good}
 | {num} friends tried {them}, and the {n} {was} {adj} for all
own+.fit.part: the {n} stayed put {when}, nothing slipped
 | the {n} suit{s} me as if tailored, I noticed {when}
 | the {n} worked for both me and {pal} {when}
 | nothing pinched {when}, the {n} {is} {good} | the {n} moved with me {when}
own-.fit: I had to send the first one back {ago} because of the {n}
 | neither {pal} nor I got along with the {n}
 | I ordered twice, and still the {n} {was} {low}
 | the {n} must have been guessed by a {job}, {bad}
own-.fit.part: the {n} pinched me {when} | the {n} slipped constantly {when}
 | neither {pal} nor I got along with the {n}
 | the {n} must have been drawn for someone else, {bad}
 | I kept tugging at the {n} {when}
own+.quietness: I could hear {animal} and no {n}
 | nobody woke from the {n} {when} | not the slightest {n} {when}
 | the {n} {was} gone after {num} outings on {terrain}, what a relief
 | we crept past {animal} without any {n}
own-.quietness: the {n} woke {pal} {when} | the {n} drowned out {animal}
 | every move brings {n} {when} | the {n} gave me a headache {when}
 | you could hear the {n} from afar {when} | {num} hours of {n} {when}
own+.value: I would recommend {them} to any {job}: the {n} {is} {good}
 | others charge double, so the {n} {is} {good}, says {pal}
 | after {num} outings I am sure that the {n} {is} {good}
 | few {things} seen {when} can match the {n}
own-.value: rivals charge half, so the {n} {is} {bad}, says {pal}
 | you pay for the name, and the {n} show{s} it
 | {num} weeks later the sales began, so the {n} looked {bad}
 | no {job} would accept the {n}
 | {num} outings and one {trip} later I still feel cheated by the {n}
own+.value.price: I would pay more, the {n} {is} {good}
 | the {n} paid off after {num} outings to {place}
 | others charge double, so the {n} {is} {good}, says {pal}
 | at last {things} at {an}{n} that a {job} can afford
 | few {things} come at such {an}friendly {n}
own-.value.price: rivals charge half, so the {n} {is} {bad}, says {pal}
 | not even {num} outings justify the {n}
 | {num} outings and one {trip} later I still feel cheated by the {n}
 | {num} weeks later the sales began, so the {n} looked {bad}
 | no {job} would accept the {n}
"""
