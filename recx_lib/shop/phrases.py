"""What the simulated shop's users say about an aspect, in praise (+) and
complaint (-); notation as in shop_words.
"""

from __future__ import annotations

PHRASES = """
strong+: very | really | extremely | remarkably | incredibly | seriously | exceptionally | thoroughly | truly
 | unbelievably | genuinely | surprisingly | wonderfully | properly | impressively | delightfully | uncommonly
strong-: very | really | extremely | incredibly | seriously | exceptionally | truly | unbelievably | genuinely
 | awfully | surprisingly | terribly | painfully | ridiculously | shockingly | hopelessly
mild+: fairly | pretty | rather | quite | reasonably | relatively | mostly | on the whole | more or less
 | sufficiently
mild-: fairly | pretty | rather | quite | somewhat | a little | slightly | relatively | a touch | mildly
good.strong: {strong+} {adj} | {strong+} {adj} | {great}
good.mild: {mild+} {adj} | {adj} | {adj} enough
bad.strong: {strong-} {low} | {strong-} {low} | {awful}
bad.mild: {mild-} {low} | {low} | a bit {low}
fine: excellent | superb | outstanding | lovely | first-rate | truly impressive | remarkable | splendid | very good
 | admirable
nasty: disappointing | dreadful | woeful | really bad | substandard | lousy | poor | third-rate
great: superb | excellent | outstanding | flawless | first-rate | terrific | brilliant | impeccable | perfect
 | top-notch | fantastic | second to none | spot on | exemplary | splendid
awful: terrible | dreadful | awful | hopeless | unacceptable | abysmal | dismal | atrocious | miserable | pitiful
 | appalling
great.quietness: close to nothing | next to nothing | practically nil | close to zero
awful.quietness: deafening | unbearable | maddening | intolerable | infernal
great.weight: next to nothing | superbly low | wonderfully low | impressively small | excellent
awful.weight: absurd | crushing | unbearable | ridiculous | back-breaking | monstrous | unacceptable
fine.weight: pleasantly low | very low | wonderfully low | agreeably low | lovely low | modest
nasty.weight: huge | absurd | crushing | excessive | monstrous | needless
great.value: unbeatable | superb | excellent | terrific | amazing | sensational | spot on
great.value.price: unbeatable | excellent | terrific | amazing | sensational | spot on | a steal
awful.value: terrible | dreadful | unacceptable | a bad joke | dismal | pitiful
awful.value.price: outrageous | absurd | scandalous | unacceptable | a bad joke | ludicrous | eye-watering
adj.weight: low | modest | manageable | agreeable | pleasant | moderate | reasonable | bearable
low.weight: excessive | tiring | burdensome | annoying | punishing | high | unwelcome
adj.waterproofing: reliable | dependable | effective | solid | trustworthy | impressive | convincing | watertight
 | sound
low.waterproofing: leaky | unreliable | feeble | weak | disappointing | inadequate | useless | patchy | poor
adj.comfort: impressive | good | great | pleasant | agreeable | satisfying | heavenly | soothing | luxurious
adj.comfort.part: comfortable | soft | pleasant | cosy | supportive | gentle | agreeable | soothing | plush | springy
low.comfort: poor | disappointing | lacking | unpleasant | mediocre | questionable | inadequate | unsatisfactory
low.comfort.part: uncomfortable | stiff | scratchy | harsh | unpleasant | hard | clammy | abrasive | unforgiving
 | irritating
adj.durability: impressive | reassuring | remarkable | solid | good | convincing | exceptional | trustworthy
adj.durability.part: robust | sturdy | tough | solid | dependable | reassuring | rugged | strong | sound
low.durability: poor | disappointing | worrying | doubtful | weak | sloppy | questionable | lamentable
low.durability.part: flimsy | fragile | shoddy | weak | disappointing | brittle | poor | cheap-looking | wobbly
adj.capacity: generous | ample | plentiful | practical | impressive | sufficient | good
adj.capacity.part: generous | ample | roomy | practical | clever | handy | useful | deep | wide
low.capacity: stingy | meagre | limited | insufficient | laughable | disappointing | inadequate
low.capacity.part: cramped | stingy | tight | tiny | useless | shallow | disappointing | narrow
adj.warmth: generous | impressive | reassuring | dependable | comforting | effective | pleasant | good
adj.warmth.part: warm | effective | toasty | impressive | reassuring | snug | dependable | cosy
low.warmth: disappointing | inadequate | weak | unconvincing | feeble | poor | lacking | insufficient
low.warmth.part: cold | thin | feeble | disappointing | inadequate | weak | chilly | patchy
adj.setup: easy | simple | quick | intuitive | straightforward | foolproof | clear | painless | logical | handy
low.setup: fiddly | confusing | complicated | awkward | tedious | slow | frustrating | cryptic | unintuitive | clumsy
adj.fit: accurate | well-judged | precise | consistent | comfortable | natural | flexible | good
adj.fit.part: accurate | snug | secure | well-judged | comfortable | flattering | precise | natural
low.fit: odd | awkward | inconsistent | inaccurate | misjudged | strange | unpredictable | poor
low.fit.part: sloppy | odd | awkward | restrictive | loose | misjudged | tight | lopsided
adj.quietness: faint | discreet | low | subdued | negligible | muted | quiet | unobtrusive | soft | minimal
low.quietness: loud | annoying | constant | irritating | intrusive | embarrassing | distracting | shrill | piercing
adj.value: good | convincing | attractive | decent | impressive | appealing | persuasive | solid
adj.value.price: fair | reasonable | attractive | honest | sensible | competitive | low | affordable | modest
low.value: poor | disappointing | weak | meagre | doubtful | unconvincing | mediocre | thin
low.value.price: steep | unreasonable | excessive | inflated | unfair | high | stiff | unjustified
better: far better | in another league | a clear step up | miles ahead | much improved | noticeably nicer
 | clearly superior
worse: far worse | a step backwards | clearly inferior | a big step down | noticeably poorer | no match at all
say+: the {n} {is} {good}, I noticed {when} | the {n} {was} {good} {when} | I found the {n} {good}
 | {when} the {n} {was} {good} | what stands out is {an}{fine} {n} | the {n} {has} been {good} from day one
 | the {n} {is} {good}, {when} too | {pal} also remarked how {adj} the {n} {was} | the {n} turned out {good} {when}
 | I cannot fault the {n} {when} | no complaints about the {n}, which {was} {good} {when}
 | I have nothing bad to say about the {n}: {good} | the {n} beat{s} my old {noun} by a wide margin
 | compared with my last {noun}, the {n} {is} {better} | full marks for the {n}, even {when}
 | the {n} won me over {when} | hard to believe how {adj} the {n} {was} {when}
 | I was worried about the {n}, but {pro} turned out {good} | the {n} {is} not {low} at all, quite the opposite
 | the {n} {was} never {low}, not even {when} | I expected little of the {n} and got something {good}
 | {pal} tried {them} {when} and praised the {n} | the {n} {is} the best I have had, simply {great}
 | so far the {n} {is} {good}, and I am picky | I love how {adj} the {n} {is}
 | of all {num} I tried, only here {was} the {n} {adj} | you notice {an}{fine} {n} {when}
 | after {num} outings the {n} {is} still {good}
say+.terse: {n} {good} | {n}: {good} | {n} {great} {when} | liked the {n} | {n} {good}, {when} too
 | no issues with the {n} | {n} better than expected | {fine} {n}
say+.technical: rated over {num} outings, the {n} {was} {good} | checked twice {when}: the {n} {is} {good}
 | against {num} rivals the {n} {is} {better} | in my notes the {n} scored full points {when}: {good}
 | the {n} {is} {good} by any objective standard | {n}: {good}, both new and after {km} km
say+.keen: wow, the {n} {is} {good}! | I adore the {n}, {pro} {is} {great}! | the {n} {was} {great} {when}!
 | honestly the {n} blew me away {when}! | who knew that {an}{fine} {n} could make a {trip} so much nicer?
 | {pal} and I could not stop praising the {n}!
say+.chatty: I mean, the {n} {is} just {good} | you will like the {n}, {pro} {is} {good}
 | honestly, the {n} made my {trip}, so {adj} | oh, and the {n}? {good}, really
say+.dry: the {n} {is} {good}, which I did not expect to write | somebody clearly thought about the {n}
 | I looked hard for a flaw in the {n} {when} and found none
say+.story: when {weather} arrived, I was grateful for the {n} | there we sat {when}, praising the {n}
 | {pal} had doubts about the {n}, until {weather} proved {pro_o} {adj}
say-: the {n} {is} {bad}, I noticed {when} | the {n} {was} {bad} {when} | I found the {n} {bad}
 | {when} the {n} {was} {bad} | the {n} let me down {when} | sadly the {n} {is} {bad}
 | my main gripe is the {n}: {bad} | the {n} {has} been {bad} from day one
 | I expected more from the {n}, which {was} {bad} {when} | the {n} {is} anything but {adj}
 | the {n} {is} far from {adj} | the {n} {is} not {adj}, whatever the label says
 | the {n} {was} never {adj}, least of all {when} | {pal} also complained about the {n}
 | compared with my last {noun}, the {n} {is} {worse} | not impressed by the {n} {when} | I cannot call the {n} {adj}
 | I wanted to like {this}, but the {n} {is} {bad} | what spoils it is {an}{nasty} {n}
 | the {n} disappointed us {when} | someone should rethink the {n}, because {pro} {is} {bad}
 | after {num} outings the {n} {is} still {bad} | I was hoping for better {things}, but the {n} {is} {bad}
 | the {n} turned out {bad} {when} | the {n} ruined our {trip}: {bad}
 | I do not understand how the {n} can be so {low}
say-.terse: {n} {bad} | {n}: {bad} | {n} {awful} {when} | disliked the {n} | {n} not {adj}
 | problems with the {n} {when} | {n} worse than expected | {nasty} {n}
say-.technical: rated over {num} outings, the {n} {was} {bad} | against {num} rivals the {n} {is} {worse}
 | the {n} {is} {bad} by any objective standard | {n}: {bad}, both new and after {km} km
 | the listing does not mention it, but the {n} {is} {bad}
say-.keen: oh no, the {n} {is} {bad}! | I was so excited, and then the {n} let me down {when}!
 | the {n} {was} {awful} {when}, what a pity! | why {is} the {n} so {low}?
say-.chatty: I mean, the {n} {is} just {bad} | well, the {n} and I will not be friends, {pro} {is} {bad}
 | oh, and the {n}? {bad}, I am afraid | do not get me started on the {n} {when}
say-.dry: the {n} {is} {bad}, but at least it is consistent | nobody can have tested the {n} {when}
 | the {n} {is} a lesson in patience: {bad}
say-.story: when {weather} arrived, I cursed the {n} | there we sat {when}, complaining about the {n}
 | {pal} warned me about the {n}, and {weather} proved how {low} {pro} {was}
say+.quietness: the {n} {is} {good}, I noticed {when} | the {n} {was} {good} {when} | no {n} at all {when}
 | there is hardly any {n} {when} | I never noticed the {n} {when}
 | compared with my last {noun}, there is far less {n} | {pal} slept on, so the {n} {is} {good}
 | I feared the {n}, but {pro} {was} {good} | blissful silence: no {n}, not even {when} | the {n} {is} never {low}
 | hardly a trace of {n} after {km} km | the {n} {is} not {low} at all
 | even {animal} did not mind the {n}, {pro} {is} that {adj} | absolutely no {n} {when}, which I love
 | the {n} {was} {adj} enough to hear {animal}
say-.quietness: the {n} {is} {bad}, I noticed {when} | the {n} {was} {bad} {when} | the {n} drove me mad {when}
 | there is far too much {n} {when} | {pal} complained about the {n} {when}
 | compared with my last {noun}, there is much more {n} | the {n} {is} anything but {adj}
 | earplugs are needed for the {n} {when}: {bad} | I could not sleep because of the {n} {when}
 | the {n} announced us to {animal} | sadly there is constant {n} {when} | the {n} {is} not {adj} at all
 | the {n} got worse {when} | the {n} {is} {bad}, {animal} fled
say+.value: the {n} {is} {good}, says {pal} | I found the {n} {good} | for what you get, the {n} {is} {good}
 | the {n} {is} {good}, and {pal} agreed | no regrets about the {n}, {good}
 | compared with similar {things}, the {n} {is} {good} | given {num} outings already, the {n} {is} {good}
 | I checked {num} other shops, and here the {n} {is} {good} | after {num} outings I cannot complain about the {n}
 | the {n} convinced {pal} to order as well | the {n} {is} not {low} at all for {things} like {these}
say-.value: the {n} {is} {bad}, says {pal} | I found the {n} {bad} | for what you get, the {n} {is} {bad}
 | the {n} {is} {bad}, and {pal} agreed | compared with similar {things}, the {n} {is} {bad}
 | I checked {num} other shops, and here the {n} {is} {bad} | after only {num} outings, the {n} seem{s} {bad}
 | sadly the {n} {is} {bad} | the {n} {is} not {adj} for {things} like {these} | {pal} laughed at the {n}
 | the {n} {is} far from {adj} | my complaint is the {n}: {bad}
own+.weight: I hardly notice the {n} {when} | the {n} never slowed me down {when}
 | the {n} saves my knees on {terrain} | the {n} made a {trip} with {pal} far easier | at this {n}, {km} km fly by
own-.weight: the {n} drags me down {when} | I cursed the {n} on {terrain} | the {n} wore {pal} out {when}
 | with that {n}, {km} km feel like a punishment | my back hurt from the {n} {when}
own+.waterproofing: thanks to the {n} everything stayed dry {when} | {weather} was no match for the {n}
 | not a drop got in {when}, such {is} the {n} | the {n} held up perfectly in {weather}
 | {pal} got soaked, I did not: the {n} {is} {good}
own+.waterproofing.part: the {n} kept every drop out {when} | not a drop got past the {n} {when}
 | never soaked through {when}: the {n} held | the {n} did a great job in {weather} | {weather} met the {n} and lost
 | I poured water over the {n} and nothing came through | the {n} shed {weather} as a duck would
 | after {num} hours of {weather} the {n} {was} still watertight
own-.waterproofing: everything was damp within {num} minutes because the {n} failed
 | the {n} gave up in {weather} and all got soaked | {weather} was too much for the {n}
 | we woke up in a puddle, so much for the {n} | the {n} did not last an hour in {weather}
own-.waterproofing.part: water came through the {n} {when} | the {n} gave up in {weather} and all got soaked
 | the {n} leaked {when} | {weather} went straight past the {n} | drops formed along the {n} {when}
 | the {n} dripped on my {kit} | after {num} minutes of {weather} the {n} let water in
 | {pal} mopped up what the {n} let through
own+.comfort: no blisters or sore spots {when}, thanks to the {n}
 | I could use {them} all day, the {n} {is} that {adj} | the {n} spared me every ache {when}
 | as for the {n}, {pal} and I were spoiled {when} | not one ache {when}: {adj} {n}
own+.comfort.part: the {n} kept me happy {when} | the {n} felt like a treat {when} | the {n} hugged me gently {when}
 | no blisters or sore spots {when}, thanks to the {n} | the {n} never rubbed, not even {when}
 | after {km} km the {n} felt as {adj} as in the shop | the {n} spared me every ache {when}
own-.comfort: I was sore {when}, so much for the {n} | after {num} minutes I ached, so much for the {n}
 | I kept shifting about {when}, so {low} {was} the {n} | the {n} robbed me of sleep {when}
own-.comfort.part: the {n} chafed badly {when} | the {n} gave {pal} bruises {when} | the {n} tormented me {when}
 | the {n} rubbed me raw {when} | I was sore {when} because of the {n}
 | after {num} minutes I ached, and the {n} {is} to blame | the {n} dug in {when}
own+.durability: {num} outings on {terrain} and still like new: the {n} {is} {good}
 | the {n} convinced even {pal}, a {job} | {pal} stepped on {them} and nothing happened, the {n} {is} that {adj}
 | I trust the {n} on {terrain}
own+.durability.part: {num} outings on {terrain} and the {n} look{s} like new
 | the {n} survived {terrain} without a scratch | the {n} shrugged off {terrain}
 | {pal} stepped on {them} and the {n} survived | the {n} will outlive me
 | {km} km over {terrain} left no mark on the {n} | the {n} did a great job on {terrain}
 | not a single tear, the {n} held {when}
own-.durability: gone after {num} outings, so much for the {n} | the {n} did not survive contact with {terrain}
 | {terrain} showed how {low} the {n} {is} | a {job} like me notices such things: the {n} {is} {bad}
own-.durability.part: the {n} broke {when} | after {num} outings the {n} gave way | the {n} fell apart on {terrain}
 | the {n} failed on the first {trip} | I had to repair the {n} with tape {when} | the {n} snapped {when}
 | {km} km over {terrain} and the {n} look{s} ten years old | the {n} came loose {when}
own+.capacity: everything for {days} went in, the {n} {is} {good}
 | thanks to the {n}, {pal} and I never squabbled {when} | the {n} easily coped with dinner for {num}
 | my {kit} and {kit} went in too, such {is} the {n} | I never reached the limit of the {n} {when}
own+.capacity.part: the {n} swallowed everything for {days} | the {n} took my {kit}, my {kit} and more
 | the {n} {was} never full {when} | even with a {kit} inside the {n} {was} {adj}
 | thanks to the {n}, {pal} and I never squabbled {when}
own-.capacity: I had to leave my {kit} behind because of the {n} | {pal} and I squabbled over the {n} {when}
 | the {n} {is} barely enough for a {trip} | not even a {kit} went in, the {n} {is} that {low}
own-.capacity.part: the {n} {was} full after a {kit} and a {kit} | I had to leave my {kit} behind because of the {n}
 | {pal} and I squabbled over the {n} {when} | the {n} could not take more than a {kit}
 | the {n} {is} barely enough for a {trip}
own+.warmth: the {n} kept the chill away {when} | no shivering {when}, thanks to the {n}
 | {weather} could not beat the {n} | even {pal}, who always freezes, loved the {n} {when}
 | I was almost too hot {when}, the {n} {is} that {adj}
own+.warmth.part: the {n} kept the chill away {when} | the {n} made {weather} feel like spring
 | {weather} could not beat the {n} | the {n} held the heat for {num} hours
 | even {pal}, who always freezes, loved the {n} {when}
own-.warmth: I froze {when}, so {low} {is} the {n} | {pal} shivered all night and blamed the {n}
 | the {n} did nothing against {weather} | at {metres} metres the {n} {was} not enough
 | my teeth chattered {when}, so much for the {n}
own-.warmth.part: I froze {when} because the {n} failed | the {n} gave up in {weather} and I shivered
 | cold crept through the {n} {when} | the {n} did nothing against {weather}
 | {pal} shivered all night and blamed the {n} | within {num} minutes the {n} let the cold in
own+.setup: thanks to the {n} I was done in {num} minutes, {when} too | even {pal} mastered the {n} at once
 | with cold fingers the {n} {was} still {adj} | a {job} or a child could manage the {n}
 | in the dark, with {weather}, the {n} {was} {adj}
own+.setup.part: the {n} worked first time {when} | even {pal} mastered the {n} at once
 | with cold fingers the {n} {was} still {adj} | the {n} obeyed at once {when}
 | thanks to the {n} I was done in {num} minutes, {when} too
own-.setup: the {n} took me {num} minutes and my temper {when} | {pal} gave up on the {n} {when}
 | the {n} defeated us {when} | with cold fingers the {n} {was} a nightmare | I swore at the {n} {when}
 | you need a {job} for the {n} {when}
own-.setup.part: the {n} jammed {when} | {pal} gave up on the {n} {when}
 | I fought with the {n} for {num} minutes {when} | with cold fingers the {n} {was} a nightmare
 | I swore at the {n} {when} | the {n} took {num} attempts {when}
own+.fit: the {n} suit{s} me as if tailored, I noticed {when} | the {n} worked for both me and {pal} {when}
 | my usual choice was right, the {n} {is} {good} | nothing pinched {when}, the {n} {is} {good}
 | {num} friends tried {them}, and the {n} {was} {adj} for all
own+.fit.part: the {n} stayed put {when}, nothing slipped | the {n} suit{s} me as if tailored, I noticed {when}
 | the {n} worked for both me and {pal} {when} | nothing pinched {when}, the {n} {is} {good}
 | the {n} moved with me {when}
own-.fit: I had to send the first one back {ago} because of the {n} | neither {pal} nor I got along with the {n}
 | I ordered twice, and still the {n} {was} {low} | the {n} must have been guessed by a {job}, {bad}
own-.fit.part: the {n} pinched me {when} | the {n} slipped constantly {when}
 | neither {pal} nor I got along with the {n} | the {n} must have been drawn for someone else, {bad}
 | I kept tugging at the {n} {when}
own+.quietness: I could hear {animal} and no {n} | nobody woke from the {n} {when} | not the slightest {n} {when}
 | the {n} {was} gone after {num} outings on {terrain}, what a relief | we crept past {animal} without any {n}
own-.quietness: the {n} woke {pal} {when} | the {n} drowned out {animal} | every move brings {n} {when}
 | the {n} gave me a headache {when} | you could hear the {n} from afar {when} | {num} hours of {n} {when}
own+.value: I would recommend {them} to any {job}: the {n} {is} {good}
 | others charge double, so the {n} {is} {good}, says {pal} | after {num} outings I am sure that the {n} {is} {good}
 | few {things} seen {when} can match the {n}
own-.value: rivals charge half, so the {n} {is} {bad}, says {pal} | you pay for the name, and the {n} show{s} it
 | {num} weeks later the sales began, so the {n} looked {bad} | no {job} would accept the {n}
 | {num} outings later I still feel cheated by the {n}
own+.value.price: I would pay more, the {n} {is} {good} | the {n} paid off after {num} outings
 | others charge double, so the {n} {is} {good}, says {pal} | at last {things} at {an}{n} that a {job} can afford
 | few {things} come at such {an}friendly {n}
own-.value.price: rivals charge half, so the {n} {is} {bad}, says {pal} | not even {num} outings justify the {n}
 | {num} outings later I still feel cheated by the {n} | {num} weeks later the sales began, so the {n} looked {bad}
 | no {job} would accept the {n}
"""
