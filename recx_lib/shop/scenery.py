"""Where the shop's users go, with whom, and what else happens in a review.

The notation is explained in `recx_lib.shop.notation`.
"""

from __future__ import annotations

SCENERY = """
place: Harrow Fell | the Ostrel coast | Lake Minnow | the Tarrin valley
 | Pike Hollow | the Seven Brothers ridge | Lower Quillby | the Marrow peaks
 | Gannet Head | the Brindle forest | Cold Ash Moor | the island of Sorra
 | Juniper Pass | the Velden glacier path | Otter Creek | Black Tarn
 | the Whistling Gap | the old salt road | Copper Canyon rim
 | Saint Alder's Way | the Hessian dunes | Wolfram lake | the Kelda fjord
 | Rook's Ladder | the border trail | Amber Bay | the Larch plateau
 | Thunder Mesa | the pilgrims' path | Nine Springs | Heron Marsh | Upper Tansy
 | Crow's Nest bothy | the Sable hills | Fennick Water | Moonrise Butte
 | the Granite Steps | the Cinder volcano loop | Peregrine Gorge
 | the Northreach archipelago
pal: my partner | my sister | my brother | a friend | my daughter | my son
 | my climbing partner | our scout leader | my neighbour | a colleague
 | my father | my wife | my husband | my cousin | our guide | my flatmate
 | my mother | my uncle | the club secretary | my old roommate
weather: steady drizzle | sideways rain | hard frost | gusty wind | thick fog
 | wet snow | blazing sun | a hailstorm | sleet | a heatwave | morning mist
 | a thunderstorm | a cold snap | a gale | humid summer heat | freezing fog
 | patchy showers | a dust storm | a week of rain | unexpected May snow
 | sea spray | an icy night
terrain: boulder fields | muddy forest tracks | loose scree | boggy moorland
 | gravel roads | sandy beaches | rocky ridges | steep switchbacks
 | snow patches | farm lanes | pine woods | slippery roots | heather
 | limestone slabs | riverbeds | dusty bridleways | alpine meadows
 | stone staircases | old railway beds | volcanic ash | fire roads | peat
trip: weekend hike | bike tour | canoe trip | hut-to-hut walk | scout camp
 | family holiday | solo traverse | charity walk | festival weekend
 | photography trip | geology field course | fishing weekend | stag weekend
 | volunteer trail-repair week | night hike | birdwatching trip
 | climbing course | school expedition | ski tour | pilgrimage | kayak crossing
 | orienteering event | honeymoon trek | road trip | foraging walk
 | ranger patrol
days: two nights | three nights | four days | a long weekend | five days
 | a week | ten days | six nights | a fortnight | a single day | nine days
 | a month
times: twice | three times | on four outings | about ten times | every weekend
 | for one season | for two seasons | for three months | daily since spring
 | half a dozen times | a dozen times | since last autumn | all summer
 | all winter
month: January | February | March | April | May | June | July | August
 | September | October | November | December
num: three | four | five | six | seven | eight | nine | ten | eleven | twelve
 | fourteen | fifteen | twenty | thirty
km: 8 | 12 | 14 | 18 | 22 | 26 | 35 | 48 | 60 | 75 | 90 | 110 | 140 | 160 | 210
 | 240 | 320 | 500
metres: 400 | 650 | 900 | 1,100 | 1,400 | 1,800 | 2,100 | 2,400 | 2,900 | 3,300
animal: a curious fox | two goats | a hooting owl | wild ponies
 | a family of otters | a stubborn sheep | a red squirrel | a hungry badger
 | reindeer | marmots | a golden eagle | some cows | a hedgehog | a pine marten
meal: porridge | lentil soup | burnt pancakes | instant noodles
 | a mushroom risotto | sardines on toast | strong coffee | a pot of chilli
 | cheese sandwiches | dumplings | hot chocolate | blueberries | fried eggs
 | a curry | ginger tea
when: in {weather} | in {weather} at {place} | on {terrain} near {place}
 | after {km} km of {terrain} | on a {trip} in {month}
 | during {days} at {place} | on a {trip} with {pal} | on {terrain}
 | after {km} km | on a {trip} | at {place} | during a {trip}
 | through {weather} | over {days} | on the way to {place} | in {month}
 | at {metres} metres | after {num} outings | on day {num}
 | when {weather} rolled in | halfway through a {trip}
ago: last {month} | in early {month} | this {month} | in late {month}
 | over the {month} break | mid-{month}
intro: took {them} to {place} {ago} for {days}
 | used {them} {times}, mostly on {terrain} near {place}
 | bought {this} {ago} for a {trip} at {place}
 | {pal} and I shared {them} on a {trip} around {place}
 | got {this} before a {trip} and used {them} {times} since
 | {num} outings so far, from {place} to {place}
 | first proper test was a {trip} in {weather} {ago}
 | we set off for {place} {ago} and met {weather}
 | {pal} recommended {this} after a {trip} at {place}
 | I replaced an old {noun} with {this} {ago}
 | needed a new {noun} for a {trip} at {metres} metres
 | my last {noun} got lost on a {trip}, so I ordered {this}
 | a birthday present from {pal}, first used at {place} in {weather}
 | I lead walks around {place} and have used {them} {times}
 | {days} at {place} in {weather} with {this}
 | carried {them} over {terrain} for {km} km {ago}
 | tested {them} on {terrain} near {place}
 | I borrowed {this} from {pal} for a {trip} and then ordered my own
 | this is the second {noun} I have owned; the first died at {place}
intro.terse: {days}, {place}, {weather} | used {times} at {place}
 | {km} km on {terrain} | one {trip}, {weather} | {ago}, {place} | bought {ago}
 | {num} outings, {terrain} | {terrain}, {weather}
 | second {noun} from here, first {trip} | for a {trip}, {place}
intro.technical: test conditions: {days}, {km} km, {terrain}, {weather}
 | logged {km} km and {metres} metres of ascent with {them} at {place}
 | I compared {them} with {num} similar models over {days} at {place}
 | sample of one, {num} outings, mostly {terrain} in {weather}
 | field notes from {place}: {days}, {weather}
 | used {times} between sea level and {metres} metres, {weather} included
intro.keen: just back from {place} and {weather}, and I have to write this down
 | what a {trip} that was, all {weather} and {meal}
 | {place}, here we come again in {month} with {pal}
 | I have been telling everyone at work about our {trip} to {place}
intro.story: we reached {place} at dusk, in {weather}, with {animal} for
 company | it was {month}, and {pal} had promised me {place}
 | picture this: {weather}, {terrain}, and {num} hours to the next hut
 | on the third morning {pal} made {meal} while {weather} drifted over {place}
 | there is a spot near {place} where {animal} once stole our supper
intro.dry: a {job} sold me on {place}, so I needed {them}
 | the brochure showed {place} in sunshine; we had {weather}
 | {pal} chose the route, hence the {terrain}
 | I already own {num} of these, says {pal}, and one lives at {place}
 | the forecast for {place} was wrong: {weather}, as usual
aside: {pal} {slip} in {month} | {pal} {slip} near {place}
 | we {slip}, but that is another story
 | the {sight} near {place} is well signposted
 | a {job} we met at the {sight} asked about {them}
 | mine is the {colour} version, {pal} chose {colour}
 | the {colour} one was sold out, so I took {colour}
 | {plant} and {plant} were in bloom around {place}
 | {pal}, a {job}, collects {plant} | at the {sight} a {job} offered us {meal}
 | the walk to the {sight} takes {num} hours
 | we reached the {sight} near {place} before noon
 | I also packed a {kit} and a {kit}
 | we met {animal} on the second evening at {place}
 | dinner was {meal}, eaten in {weather}
 | delivery to {pal}, a {job}, took {num} days
 | the courier, a former {job}, left {them} with {pal}
 | the photos on the page match, except that mine is {colour} and not {colour}
 | {pal} now wants one for a {trip} too
 | I walk about {km} km a month, mostly on {terrain}
 | we were heading for {place} by way of {place}
 | next stop is {place} in {month}
 | the colour is more {colour} than {colour}, whatever the pictures say
 | I usually hike on {terrain} with {pal}
 | the trail near {place} crosses {terrain} for most of the day
 | it went along to {place} in {month} as well
 | breakfast was {meal} with {pal}, as ever
 | {animal} watched us leave for {place}
 | the bus to {place} only runs in {month}
 | customer service answered an email from {place} within {num} hours
 | I wrote most of this in a hut near {place}, over {meal}
 | came wrapped in {colour} paper with a picture of the {sight}
 | we turned back at {metres} metres because of {weather}
 | in {month} I also tried {them} in the garden with {pal}
 | {pal} took {num} pictures of the {sight}
 | the path to the {sight} was all {terrain}
aside.chatty: anyway, {pal} says hello from {place}
 | long story short, we ended up with {meal} in a barn near {place}
 | you know how {month} at {place} can be
 | I should add that {pal} talked all the way to {place}
 | sorry for rambling, it was a good {trip} with {pal}
 | funny story: {animal} found our {kit}
aside.technical: air temperature at the hut near {place} was {num} degrees
 | distance by GPS: {km} km, {place} and back
 | total ascent {metres} metres over {km} km
 | next I will repeat this on {terrain} in {month}
 | route: {place} and back, {terrain}
aside.keen: I am already planning {place} for {month}
 | {place} is magical in {month}, by the way
 | bring on the next {trip}, {place} is waiting
aside.dry: near {place} {animal} seemed unimpressed by my {kit}
 | {pal}, a {job}, has opinions too, but this is my review
 | because of {weather} we never saw the {sight} near {place}
aside.story: later {animal} crossed the path near {place} and nobody spoke for
 a while | the stars came out over {place} and {pal} sang
 | by lantern light we finished {meal} and planned {place}
 | {weather} chased us from {place} down to the valley
close.high: would buy again for a {trip} or for {terrain}
 | recommended for {terrain} and {weather} | very happy overall {when}
 | a keeper for {terrain}, {pal} says
 | already my favourite {noun} for {terrain}
 | I would order {this} again for {place} or a {trip}
 | {pal} has ordered the {colour} one as well
 | I will not go back to my old {noun}, not even for {place}
 | no regrets since the {trip} in {month}, says {pal}
 | exactly what I was hoping for on a {trip} with {pal}
 | {it} will come along to {place} in {month}
 | recommended to every {job} who hikes on {terrain}
 | bring on {weather}, {place} and {terrain}
 | see you at {place} in {month}, {pal} and I will be there
 | {num} outings in, and still smiling {when} | {place} next, {trip} after that
 | {pal}, a {job}, is jealous
 | I have told {num} friends about {this}, and every {job} at {place}
 | thank you, Trailhead, and greetings from {place} and {pal}
 | I could not ask for more {when}
 | my advice to any {job} on a {trip}: buy {them}
 | on a {trip} at {place} I would choose {them} every time
 | {days} more at {place}, please
close.mid: decent overall for a {trip} at {place}
 | fine for the occasional {trip} near {place}
 | does what it must on {terrain} in {weather}, mostly
 | I am in two minds after {num} outings
 | it depends on whether you like {terrain} in {weather}
 | I might keep {them} as a spare for {pal} and the {trip}
 | good points and bad points {when} | fine for a {job} on holiday at {place}
 | not sure I would choose {this} again for {place}
 | acceptable on {terrain}, nothing more, says {pal}
 | it will do until the {trip} in {month}
 | an average {noun} {when}, all in all
 | {pal} has seen better at {place} and worse on a {trip}
 | fine for {place} in {month}, hardly for more
 | ask me again in {month}, after the {trip} | for {days} at {place} it will do
 | a {job} at {place} may see it differently
close.low: sent {them} back {ago} | would not buy again, says the {job} in me
 | not for {terrain}, not for a {trip}, not for me
 | I regret this purchase since {place}
 | looking for a replacement before the {trip} in {month}
 | {pal} laughed when I unpacked {them} | returned after {num} days
 | on the next {trip} my old {noun} comes along | a frustrating buy for a {job}
 | never again {when} | I cannot recommend {this} for a {trip}
 | {it} now {live} in the cellar beside my {kit}
 | for a {trip} on {terrain} give {this} a miss
 | {num} outings were {num} too many | on the {trip} my {kit} was more use
 | I wish I had listened to {pal} {when}
 | not recommended for {place}, {terrain} or anywhere else
open.high: I am {pleased} with {this} {when}
 | {pleased} after {num} outings around {place}
 | what a find for {terrain} in {month}, {pal} says | {pleased} {when}
 | a joy on {terrain} and at {place} | wonderful {noun} for a {trip}
 | {pleased} {when}, and so is {pal} | love {them}, above all {when}
open.mid: mixed feelings after a {trip} {ago}
 | not bad, not great {when}, {pal} says
 | an honest mid-range {noun} for a {trip}
 | so-so after {num} outings on {terrain} | {pal} likes {this} more than I do
 | some good and some less good moments {when} | a {noun} for {place}, perhaps
open.low: {upset} after {num} outings | oh dear, what a {trip} {when}
 | I had hoped for more {when} | {upset}, and so is {pal}
 | {pal} likes {this}, I do not | {upset} with {this}
 | sadly not a success {when}
pleased: delighted | thrilled | content | satisfied | overjoyed | smitten
 | really happy | impressed | enchanted | charmed
upset: disappointed | frustrated | annoyed | disillusioned | dismayed | puzzled
 | unhappy | let down | exasperated
job: carpenter | midwife | teacher | postman | librarian | plumber | gardener
 | baker | miner | beekeeper | paramedic | cellist | welder | accountant
 | lifeguard | cartographer | translator | vet | shepherd | potter | surveyor
 | violinist | mechanic | botanist | chef | dentist | pensioner | student
 | locksmith | sailor | nurse | blacksmith | tailor | journalist | magician
 | philosopher
kit: harmonica | sketchbook | fishing rod | compass | paperback | chess set
 | notebook | tripod | telescope | banjo | kite | camera | hammock
 | first-aid kit | pair of binoculars | field guide | penknife | frisbee
 | ukulele | drone | tambourine | microscope | yo-yo | helmet | frying pan
 | teddy bear | pillow | tin whistle | watercolour set | butterfly net | radio
 | pack of cards
colour: olive | mustard | slate | burgundy | teal | navy | crimson | sandy
 | charcoal | turquoise | rusty | mossy | plum | ochre | cobalt | lavender
 | coral | ivory | emerald | saffron | maroon | lilac | apricot | khaki
sight: waterfall | sunrise | rainbow | meteor shower | ruined chapel
 | lighthouse | suspension bridge | stone circle | abandoned mine | viaduct
 | cave | hot spring | orchard | windmill | harbour | monastery | ferry
 | quarry | castle | beaver lodge | comet | wreck | crater | geyser
 | fire tower | vineyard | aqueduct | cairn | observatory | oxbow lake
 | fossil cliff | sawmill | cable car
plant: foxgloves | bluebells | gorse | ferns | cranberries | edelweiss
 | nettles | brambles | orchids | mushrooms | thistles | primroses
 | wild garlic | cotton grass | lichens | poppies | rowan berries | bilberries
 | lupins | irises | mistletoe
slip: lost the map | missed the last bus | forgot the matches
 | took a wrong turn at the {sight} | fell into a stream | dropped my {kit}
 | ran out of chocolate | argued about the route | slept through the alarm
 | burnt the dinner | misread the timetable | sat on my {kit}
 | followed the wrong stream | left the car keys at the {sight}
 | frightened {animal} | mistook a {job} for the warden
 | swapped {meal} for a {kit} | photographed {plant} for an hour
 | tripped over a {kit}
edit: update after {num} months | edited in {month}
 | second thoughts after a {trip} | addendum | edit
noun.tent: tent | shelter
noun.bag: sleeping bag | bag
noun.mat: mat | sleeping mat
noun.pack: pack | backpack | rucksack
noun.boots: pair of boots | pair of hiking boots
noun.rain: jacket | shell | rain jacket
noun.fleece: jacket | midlayer
noun.stove: stove | cooker | burner
noun.pots: cook set | pan set
noun.lamp: headlamp | lamp | head torch
noun.bottle: flask | bottle
noun.poles: pair of poles | pair of sticks
things.tent: tents | shelters
things.bag: sleeping bags
things.mat: mats | sleeping mats
things.pack: packs | rucksacks
things.boots: boots | hiking boots
things.rain: jackets | shells
things.fleece: jackets | midlayers
things.stove: stoves | burners
things.pots: cook sets | pots
things.lamp: headlamps | lamps
things.bottle: flasks | bottles
things.poles: poles | trekking poles
flip: that said, | on the other hand, | however, | still, | then again,
 | at the same time, | mind you, | but | even so, | yet
more: also, | and | in addition, | besides, | what is more, | on top of that,
"""
