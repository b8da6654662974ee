"""What the simulated shop sells, and the words for what matters about it.

Tables as text, read by `recx_lib.shop.notation`: a line that starts with a
blank goes on with the line above.
"""

from __future__ import annotations

STYLES = ["terse", "chatty", "technical", "keen", "dry", "story"]


# code | name in items.csv | how many items | plural? |
#  the aspects that matter |
#  what its models are called
CATEGORIES = """
tent|tents|20||
 weight waterproofing durability capacity setup quietness value|
 Solo Tent,Duo Tent,Trio Tent,Dome,Tunnel
bag|sleeping bags|16||
 weight comfort durability warmth fit quietness value|
 Sleeping Bag,Quilt,Winter Bag,Summer Bag
mat|sleeping mats|14||
 weight comfort durability warmth setup quietness value|
 Air Mat,Foam Mat,Sleeping Mat,Trail Mat
pack|backpacks|22||
 weight waterproofing comfort durability capacity fit quietness value|
 Daypack,45 Pack,60 Pack,Rucksack
boots|hiking boots|22|s|
 weight waterproofing comfort durability warmth fit value|
 Boots,Mid Boots,Trail Boots,Hikers
rain|rain jackets|18||
 weight waterproofing comfort durability warmth fit quietness value|
 Shell,Rain Jacket,Anorak
fleece|insulated jackets|16||
 weight comfort durability warmth fit value|
 Fleece,Puffer,Midlayer,Insulated Jacket
stove|stoves|14||
 weight durability setup quietness value|
 Gas Stove,Trail Stove,Twin Stove,Spirit Stove
pots|cook sets|14||
 weight durability capacity setup quietness value|
 Cook Set,Pan Set,Pot Set,Mess Kit
lamp|headlamps|14||
 weight waterproofing comfort durability setup fit value|
 Headlamp,Head Torch,Trail Lamp
bottle|flasks|14||
 weight waterproofing durability capacity warmth value|
 Flask,Bottle,Steel Flask,Travel Bottle
poles|trekking poles|16|s|
 weight comfort durability setup fit quietness value|
 Trekking Poles,Folding Poles,Walking Poles
"""


# aspect: its terms. A mark after a term: + plural, = takes "a", $ a sum of
# money, ~ abstract; after @ the categories that it is said of (else all)
TERMS = """
weight: weight, heft, bulk, packed weight@tent/bag/mat/stove/pots/poles,
 carrying weight, swing weight=@poles/boots
waterproofing: waterproofing, seams+@tent/pack/rain/boots,
 membrane=@boots/rain, rain cover=@pack, flysheet=@tent, groundsheet=@tent,
 coating=@tent/pack/rain, seal=@lamp/bottle, gasket=@lamp/bottle,
 proofing~@boots/rain/tent, water resistance~@lamp/pack, storm flap=@rain,
 bathtub floor=@tent, roll top=@pack, gusset=@boots
comfort: comfort, padding@pack/boots/mat/lamp, cushioning@boots/mat,
 hip belt=@pack, back panel=@pack, insoles+@boots, footbed=@boots,
 lining=@rain/bag/fleece, collar=@fleece/rain, headband=@lamp, grips+@poles,
 wrist straps+@poles, shoulder straps+@pack, ankle support~@boots,
 sleeping surface=@mat, fabric feel~@bag/fleece
durability: durability, build quality, stitching@bag/pack/boots/rain/fleece,
 zips+@tent/bag/pack/rain/fleece, toughness, buckles+@pack, soles+@boots,
 eyelets+@boots/tent, casing=@lamp/stove, hinge=@lamp/pots, workmanship,
 valve=@mat, hardware@tent/pack/poles/stove, rivets+@pots, enamel@pots/bottle,
 carbide tips+@poles, robustness, tent pegs+@tent
capacity: capacity, storage~@tent/pack, room~@tent/pack, pockets+@tent/pack,
 headroom~@tent, porch=@tent, litres+@bottle/pots, main compartment=@pack,
 floor area~@tent, lid pocket=@pack, pot size~@pots, serving size~@pots/bottle,
 space~@tent/pack
warmth: warmth, insulation, fill@bag/fleece, loft@bag/fleece,
 heat retention~@bottle/mat, baffles+@bag/fleece, draught tube=@bag,
 temperature rating~@bag, thermal layer=@boots/rain, vacuum wall=@bottle,
 cold protection~@mat/boots
setup: setup, pitching~@tent, assembly~@stove/pots/poles, instructions+,
 inflation~@mat, ignition@stove, pole clips+@tent, locking levers+@poles,
 controls+@lamp/stove, battery swap=@lamp, pump sack=@mat, guy lines+@tent,
 menu=@lamp
fit: fit, sizing, cut=@rain/fleece/bag, sleeves+@rain/fleece, toe box=@boots,
 heel cup=@boots, hem=@rain/fleece, shoulder width~@rain/fleece/bag,
 torso length~@pack, harness=@pack, footbox=@bag, head strap=@lamp,
 lacing~@boots, length range~@poles, strap length~@lamp/poles
quietness: noise, rustle@bag/rain/tent, rustling@bag/rain, crinkling@mat,
 squeak=@pack/mat, creaking@pack, roar=@stove, hiss=@stove, rattle=@pots/poles,
 clatter@pots/poles, flapping@tent, swishing@rain, racket=@tent/pots
value: value, price$, cost$, price tag$, value for money, asking price$,
 outlay$, bang for the buck, sticker price$
"""


# the first half of every product's title
LINES = """
Larkmoor Tarnby Whinfold Cragwren Stonefold Fernlight Harrowick Brackenby
Oxlade Skerrin Dunmere Pellow Ravelin Thistledown Kestwick Mirefold Aldenby
Cairnley Quarrin Hollin Eskmoor Wether Yarrowby Saltmarsh Greywether Birkhall
Corvale Lodestar Timberlea Nettlecombe Windrow Ashgill Foxmere Merrin Heronsway
Kittiwell Rushbeck Sallow Tindall Vennor
"""
