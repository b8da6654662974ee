"""Chapter 20: the worlds of things, each one readable configuration.

The ninth, customer service, has no things to choose from: see `help_corpus`.
"""

from __future__ import annotations

from recx_lib.shop.worlds import Scenario

SHOP = Scenario(
    name="shop",
    thing="tent",
    aspects=("dry", "light", "roomy", "sturdy", "warm"),
    stars=True,
    never="that it is dry, as the reason: the model read no word of it",
)
NEWS = Scenario(
    name="news",
    thing="story",
    aspects=("art", "city", "money", "science", "sport"),
    taste=1.0,
    fame=1.0,
    newness=4.0,
    lifetime=1.5,
    n_things=200,
    never="that it was picked for you: the list is everybody's",
)
VIDEO = Scenario(
    name="video",
    thing="video",
    aspects=("animal", "cooking", "game", "repair", "travel"),
    taste=1.0,
    fame=0.5,
    bait=1.5,
    never="that you will like it: only clicks are known",
)
MUSIC = Scenario(
    name="music",
    thing="song",
    aspects=("ballad", "dance", "folk", "jazz", "rock"),
    taste=0.8,
    fame=0.5,
    order=4.0,
    n_things=60,
    never="what mood you are in, or that it is your taste",
)
FEED = Scenario(
    name="feed",
    thing="post",
    aspects=("baby", "cat", "garden", "party", "trail"),
    taste=1.2,
    fame=0.3,
    friends=1.0,
    alike=0.7,
    never="that a friend made you like it; a friend who asked to stay unnamed",
)
COURSES = Scenario(
    name="courses",
    thing="course",
    aspects=("algebra", "biology", "design", "history", "law"),
    taste=1.2,
    fame=0.5,
    levels=4,
    active=0.6,
    never="that you would like it, where all that is known is that you may",
)
HEALTH = Scenario(
    name="health",
    thing="exercise",
    aspects=("back", "breath", "heart", "knee", "sleep"),
    vetoed=0.08,
    active=0.6,
    never="the condition for which something was left out; that it heals",
)
TRAVEL = Scenario(
    name="travel",
    thing="trip",
    aspects=("beach", "food", "hiking", "museum", "music"),
    taste=2.0,
    fame=0.5,
    active=0.05,
    horizon=6,
    party=3,
    never="who of the party was against it",
)
SCENARIOS = (SHOP, NEWS, VIDEO, MUSIC, FEED, COURSES, HEALTH, TRAVEL)
