"""What the shop's users say of any aspect, in praise (+) and complaint (-).

The notation is explained in `recx_lib.shop.notation`.
"""

from __future__ import annotations

PHRASES = """
strong+: very | really | extremely | remarkably | incredibly | seriously
 | exceptionally | thoroughly | truly | unbelievably | genuinely | surprisingly
 | wonderfully | properly | impressively | delightfully | uncommonly
strong-: very | really | extremely | incredibly | seriously | exceptionally
 | truly | unbelievably | genuinely | awfully | surprisingly | terribly
 | painfully | ridiculously | shockingly | hopelessly
mild+: fairly | pretty | rather | quite | reasonably | relatively | mostly
 | on the whole | more or less | sufficiently
mild-: fairly | pretty | rather | quite | somewhat | a little | slightly
 | relatively | a touch | mildly
good.strong: {strong+} {adj} | {strong+} {adj} | {great}
good.mild: {mild+} {adj} | {adj} | {adj} enough
bad.strong: {strong-} {low} | {strong-} {low} | {awful}
bad.mild: {mild-} {low} | {low} | a bit {low}
fine: excellent | superb | outstanding | lovely | first-rate | truly impressive
 | remarkable | splendid | very good | admirable
nasty: disappointing | dreadful | woeful | really bad | substandard | lousy
 | poor | third-rate
great: superb | excellent | outstanding | flawless | first-rate | terrific
 | brilliant | impeccable | perfect | top-notch | fantastic | second to none
 | spot on | exemplary | splendid
awful: terrible | dreadful | awful | hopeless | unacceptable | abysmal | dismal
 | atrocious | miserable | pitiful | appalling
great.quietness: close to nothing | next to nothing | practically nil
 | close to zero
awful.quietness: deafening | unbearable | maddening | intolerable | infernal
great.weight: next to nothing | superbly low | wonderfully low
 | impressively small | excellent
awful.weight: absurd | crushing | unbearable | ridiculous | back-breaking
 | monstrous | unacceptable
fine.weight: pleasantly low | very low | wonderfully low | agreeably low
 | lovely low | modest
nasty.weight: huge | absurd | crushing | excessive | monstrous | needless
great.value: unbeatable | superb | excellent | terrific | amazing | sensational
 | spot on
great.value.price: unbeatable | excellent | terrific | amazing | sensational
 | spot on | a steal
awful.value: terrible | dreadful | unacceptable | a bad joke | dismal | pitiful
awful.value.price: outrageous | absurd | scandalous | unacceptable | a bad joke
 | ludicrous | eye-watering
adj.weight: low | modest | manageable | agreeable | pleasant | moderate
 | reasonable | bearable
low.weight: excessive | tiring | burdensome | annoying | punishing | high
 | unwelcome
adj.waterproofing: reliable | dependable | effective | solid | trustworthy
 | impressive | convincing | watertight | sound
low.waterproofing: leaky | unreliable | feeble | weak | disappointing
 | inadequate | useless | patchy | poor
adj.comfort: impressive | good | great | pleasant | agreeable | satisfying
 | heavenly | soothing | luxurious
adj.comfort.part: comfortable | soft | pleasant | cosy | supportive | gentle
 | agreeable | soothing | plush | springy
low.comfort: poor | disappointing | lacking | unpleasant | mediocre
 | questionable | inadequate | unsatisfactory
low.comfort.part: uncomfortable | stiff | scratchy | harsh | unpleasant | hard
 | clammy | abrasive | unforgiving | irritating
adj.durability: impressive | reassuring | remarkable | solid | good
 | convincing | exceptional | trustworthy
adj.durability.part: robust | sturdy | tough | solid | dependable | reassuring
 | rugged | strong | sound
low.durability: poor | disappointing | worrying | doubtful | weak | sloppy
 | questionable | lamentable
low.durability.part: flimsy | fragile | shoddy | weak | disappointing | brittle
 | poor | cheap-looking | wobbly
adj.capacity: generous | ample | plentiful | practical | impressive
 | sufficient | good
adj.capacity.part: generous | ample | roomy | practical | clever | handy
 | useful | deep | wide
low.capacity: stingy | meagre | limited | insufficient | laughable
 | disappointing | inadequate
low.capacity.part: cramped | stingy | tight | tiny | useless | shallow
 | disappointing | narrow
adj.warmth: generous | impressive | reassuring | dependable | comforting
 | effective | pleasant | good
adj.warmth.part: warm | effective | toasty | impressive | reassuring | snug
 | dependable | cosy
low.warmth: disappointing | inadequate | weak | unconvincing | feeble | poor
 | lacking | insufficient
low.warmth.part: cold | thin | feeble | disappointing | inadequate | weak
 | chilly | patchy
adj.setup: easy | simple | quick | intuitive | straightforward | foolproof
 | clear | painless | logical | handy
low.setup: fiddly | confusing | complicated | awkward | tedious | slow
 | frustrating | cryptic | unintuitive | clumsy
adj.fit: accurate | well-judged | precise | consistent | comfortable | natural
 | flexible | good
adj.fit.part: accurate | snug | secure | well-judged | comfortable | flattering
 | precise | natural
low.fit: odd | awkward | inconsistent | inaccurate | misjudged | strange
 | unpredictable | poor
low.fit.part: sloppy | odd | awkward | restrictive | loose | misjudged | tight
 | lopsided
adj.quietness: faint | discreet | low | subdued | negligible | muted | quiet
 | unobtrusive | soft | minimal
low.quietness: loud | annoying | constant | irritating | intrusive
 | embarrassing | distracting | shrill | piercing
adj.value: good | convincing | attractive | decent | impressive | appealing
 | persuasive | solid
adj.value.price: fair | reasonable | attractive | honest | sensible
 | competitive | low | affordable | modest
low.value: poor | disappointing | weak | meagre | doubtful | unconvincing
 | mediocre | thin
low.value.price: steep | unreasonable | excessive | inflated | unfair | high
 | stiff | unjustified
better: far better | in another league | a clear step up | miles ahead
 | much improved | noticeably nicer | clearly superior
worse: far worse | a step backwards | clearly inferior | a big step down
 | noticeably poorer | no match at all
say+: the {n} {is} {good}, I noticed {when} | the {n} {was} {good} {when}
 | I found the {n} {good} | {when} the {n} {was} {good}
 | what stands out is {an}{fine} {n} | the {n} {has} been {good} from day one
 | the {n} {is} {good}, {when} too
 | {pal} also remarked how {adj} the {n} {was}
 | the {n} turned out {good} {when} | I cannot fault the {n} {when}
 | no complaints about the {n}, which {was} {good} {when}
 | I have nothing bad to say about the {n}: {good}
 | the {n} beat{s} my old {noun} by a wide margin
 | compared with my last {noun}, the {n} {is} {better}
 | full marks for the {n}, even {when} | the {n} won me over {when}
 | hard to believe how {adj} the {n} {was} {when}
 | I was worried about the {n}, but {pro} turned out {good}
 | the {n} {is} not {low} at all, quite the opposite
 | the {n} {was} never {low}, not even {when}
 | I expected little of the {n} and got something {good}
 | {pal} tried {them} {when} and praised the {n}
 | the {n} {is} the best I have had, simply {great}
 | so far the {n} {is} {good}, and I am picky | I love how {adj} the {n} {is}
 | of all {num} I tried, only here {was} the {n} {adj}
 | you notice {an}{fine} {n} {when}
 | after {num} outings the {n} {is} still {good}
say+.terse: {n} {good} | {n}: {good} | {n} {great} {when} | liked the {n}
 | {n} {good}, {when} too | no issues with the {n} | {n} better than expected
 | {fine} {n}
say+.technical: rated over {num} outings, the {n} {was} {good}
 | checked twice {when}: the {n} {is} {good}
 | against {num} rivals the {n} {is} {better}
 | in my notes the {n} scored full points {when}: {good}
 | the {n} {is} {good} by any objective standard
 | {n}: {good}, both new and after {km} km
say+.keen: wow, the {n} {is} {good}! | I adore the {n}, {pro} {is} {great}!
 | the {n} {was} {great} {when}! | honestly the {n} blew me away {when}!
 | who knew that {an}{fine} {n} could make a {trip} so much nicer?
 | {pal} and I could not stop praising the {n}!
say+.chatty: I mean, the {n} {is} just {good}
 | you will like the {n}, {pro} {is} {good}
 | honestly, the {n} made my {trip}, so {adj} | oh, and the {n}? {good}, really
say+.dry: the {n} {is} {good}, which I did not expect to write
 | somebody clearly thought about the {n} {when}
 | I looked hard for a flaw in the {n} {when} and found none
say+.story: when {weather} arrived, I was grateful for the {n}
 | there we sat {when}, praising the {n}
 | {pal} had doubts about the {n}, until {weather} proved {pro_o} {adj}
say-: the {n} {is} {bad}, I noticed {when} | the {n} {was} {bad} {when}
 | I found the {n} {bad} | {when} the {n} {was} {bad}
 | the {n} let me down {when} | sadly the {n} {is} {bad}
 | my main gripe is the {n}: {bad} | the {n} {has} been {bad} from day one
 | I expected more from the {n}, which {was} {bad} {when}
 | the {n} {is} anything but {adj} | the {n} {is} far from {adj}
 | the {n} {is} not {adj}, whatever the label says
 | the {n} {was} never {adj}, least of all {when}
 | {pal} also complained about the {n}
 | compared with my last {noun}, the {n} {is} {worse}
 | not impressed by the {n} {when} | I cannot call the {n} {adj}
 | I wanted to like {this}, but the {n} {is} {bad}
 | what spoils it is {an}{nasty} {n} | the {n} disappointed us {when}
 | someone should rethink the {n}, because {pro} {is} {bad}
 | after {num} outings the {n} {is} still {bad}
 | I was hoping for better {things}, but the {n} {is} {bad}
 | the {n} turned out {bad} {when} | the {n} ruined our {trip}: {bad}
 | I do not understand how the {n} can be so {low}
say-.terse: {n} {bad} | {n}: {bad} | {n} {awful} {when} | disliked the {n}
 | {n} not {adj} | problems with the {n} {when} | {n} worse than expected
 | {nasty} {n}
say-.technical: rated over {num} outings, the {n} {was} {bad}
 | against {num} rivals the {n} {is} {worse}
 | the {n} {is} {bad} by any objective standard
 | {n}: {bad}, both new and after {km} km
 | the listing does not mention it, but the {n} {is} {bad}
say-.keen: oh no, the {n} {is} {bad}!
 | I was so excited, and then the {n} let me down {when}!
 | the {n} {was} {awful} {when}, what a pity! | why {is} the {n} so {low}?
say-.chatty: I mean, the {n} {is} just {bad}
 | well, the {n} and I will not be friends, {pro} {is} {bad}
 | oh, and the {n}? {bad}, I am afraid
 | do not get me started on the {n} {when}
say-.dry: the {n} {is} {bad}, but at least it is consistent
 | nobody can have tested the {n} {when}
 | the {n} {is} a lesson in patience: {bad}
say-.story: when {weather} arrived, I cursed the {n}
 | there we sat {when}, complaining about the {n}
 | {pal} warned me about the {n}, and {weather} proved how {low} {pro} {was}
say+.quietness: the {n} {is} {good}, I noticed {when}
 | the {n} {was} {good} {when} | no {n} at all {when}
 | there is hardly any {n} {when} | I never noticed the {n} {when}
 | compared with my last {noun}, there is far less {n}
 | {pal} slept on, so the {n} {is} {good}
 | I feared the {n}, but {pro} {was} {good}
 | blissful silence: no {n}, not even {when} | the {n} {is} never {low}
 | hardly a trace of {n} after {km} km | the {n} {is} not {low} at all
 | even {animal} did not mind the {n}, {pro} {is} that {adj}
 | absolutely no {n} {when}, which I love
 | the {n} {was} {adj} enough to hear {animal}
say-.quietness: the {n} {is} {bad}, I noticed {when}
 | the {n} {was} {bad} {when} | the {n} drove me mad {when}
 | there is far too much {n} {when} | {pal} complained about the {n} {when}
 | compared with my last {noun}, there is much more {n}
 | the {n} {is} anything but {adj}
 | earplugs are needed for the {n} {when}: {bad}
 | I could not sleep because of the {n} {when}
 | the {n} announced us to {animal} | sadly there is constant {n} {when}
 | the {n} {is} not {adj} at all | the {n} got worse {when}
 | the {n} {is} {bad}, {animal} fled
say+.value: the {n} {is} {good}, says {pal} | I found the {n} {good}
 | for what you get, the {n} {is} {good}
 | the {n} {is} {good}, and {pal} agreed | no regrets about the {n}, {good}
 | compared with similar {things}, the {n} {is} {good}
 | given {num} outings already, the {n} {is} {good}
 | I checked {num} other shops, and here the {n} {is} {good}
 | after {num} outings I cannot complain about the {n}
 | the {n} convinced {pal} to order as well
 | the {n} {is} not {low} at all for {things} like {these}
say-.value: the {n} {is} {bad}, says {pal} | I found the {n} {bad}
 | for what you get, the {n} {is} {bad} | the {n} {is} {bad}, and {pal} agreed
 | compared with similar {things}, the {n} {is} {bad}
 | I checked {num} other shops, and here the {n} {is} {bad}
 | after only {num} outings, the {n} seem{s} {bad} | sadly the {n} {is} {bad}
 | the {n} {is} not {adj} for {things} like {these} | {pal} laughed at the {n}
 | the {n} {is} far from {adj} | my complaint is the {n}: {bad}
"""
