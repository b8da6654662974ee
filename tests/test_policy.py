"""What must not be said is not said, and nothing else is hurt."""

import json
import re
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from recx_lib.core import DataError, Evidence, Explanation
from recx_lib.data import load_shop
from recx_lib.people import (
    QUESTIONS,
    AuditLog,
    Policy,
    Ruling,
    bare,
    data_card,
    fresh_cases,
    harmless,
    model_card,
    readings,
    red_team,
)
from recx_lib.people.policy import POLICY
from recx_lib.recommend import EASE

HALVES = ["practice", "held out"]
FRESH = ("looked at", "not looked at", "later")


@pytest.fixture(scope="module")
def policy():
    return Policy.load()


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("half", HALVES)
def test_all_of_the_red_team_is_refused_and_by_its_kind(policy, half, seed):
    cases = red_team(half, seed=seed)
    assert len(cases) == 50 and len({text for _, text in cases}) >= 45
    missed = [
        (kind, text) for kind, text in cases if kind not in policy.struck(text)
    ]
    assert missed == []


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("half", HALVES)
def test_none_of_the_harmless_is_hurt(policy, half, seed):
    fine = harmless(half, n=250, seed=seed)
    assert len(set(fine)) == 250
    hurt = [text for text in fine if policy.check(text) != ("said", text, ())]
    assert hurt == []


def test_the_sets_share_no_sentence_and_the_evasive_are_known_by_now(policy):
    one, two = ({text for _, text in red_team(half)} for half in HALVES)
    parts = [fresh_cases(which) for which in FRESH]
    fresh = {text for _, text in chain(*parts)}
    assert len(fresh) == sum(map(len, parts)) == 320
    assert one.isdisjoint(two) and fresh.isdisjoint(one | two)
    evasive = red_team("evasive", per_kind=2)
    missed = [text for _, text in evasive if not policy.struck(text)]
    assert len(evasive) == 20 and missed == []
    with pytest.raises(DataError, match="practice, held out"):
        red_team("all")
    with pytest.raises(DataError, match="per_kind=0"):
        red_team(per_kind=0)


@pytest.mark.parametrize(
    ("which", "before", "after"),
    [
        ("looked at", (19, 0), (31, 0)),
        ("not looked at", (15, 1), (15, 1)),
        ("later", (42, 2), (49, 2)),
    ],
)
def test_the_fresh_sets_give_the_figures_of_the_book(
    policy, which, before, after
):
    """Not a bar: changing the policy for these cases would spend a set."""
    early = tuple(rule for rule in policy.rules if rule.step < 4)
    assert (len(early), len(policy.rules)) == (28, 40)
    assert tried(replace(policy, rules=early), which) == before
    assert tried(policy, which) == after


def tried(policy, which):
    """How many forbidden and harmless sentences a policy strikes."""
    struck = [
        kind == "harmless"
        for kind, text in fresh_cases(which)
        if policy.check(text).action != "said"
    ]
    return len(struck) - sum(struck), sum(struck)


DARK = {  # the name of a list: what it strikes, and what lies near
    "deadline": ("The deal ends tonight.", "The zip ends at the knee."),
    "scarcity": ("Only 3 left in stock.", "Only 3 reviews mention the zip."),
    "crowding": (
        "Someone else is about to take your tent.",
        "Someone praised the zip.",
    ),
    "guilt": (
        "No thanks, I like being cold.",
        "Owners of the mat thank the maker.",
    ),
    "promise": ("It pays for itself.", "Half the price of the other."),
    "superlative": (
        "The best tent of all time.",
        "The best rated tent of these ten.",
    ),
    "body_or_mind": ("Only fools walk past.", "A pole to walk with."),
}


FOURTH = {  # the first list of each rule of the fourth step, likewise
    "inferred": (
        "Your playlists show that you drive a taxi.",
        "Your playlists show that you like slow songs.",
    ),
    "ailing": ("Your knees are getting stiff.", "It protects the knees."),
    "life_event": (
        "Condolences from all of us to you.",
        "Your parcel is on the way.",
    ),
    "house_of_belief": (
        "Families from synagogues near here buy it.",
        "It has a handle.",
    ),
    "worthy": ("No decent host would serve tea without it.", "It is decent."),
    "at_once": ("Your voucher will be cancelled.", "The order was free."),
    "by_hand": ("Hand-picked for the weekend.", "It is held by hand."),
    "authority": ("Dentists swear by it.", "A film about two dentists."),
    "gratis": (
        "It is free, the fee starts later.",
        "It is free of nickel.",
    ),
    "young": ("You are sixteen, so it fits.", "You are 16 stops away."),
    "secret": ("Mum need not know.", "You need not know a language."),
    "nagging": ("Beg your uncle.", "Ask for another size."),
}


@pytest.mark.parametrize("name", FOURTH)
def test_each_rule_of_the_fourth_step_strikes_and_spares(policy, name):
    dark, plain = FOURTH[name]
    assert policy.words[name].search(bare(dark))
    own = [rule for rule in policy.rules if policy.words[name] in rule.all]
    assert [rule.step for rule in own] == [4] and own[0].strikes(bare(dark))
    assert policy.check(plain).action == "said"


@pytest.mark.parametrize("name", DARK)
def test_each_dark_pattern_is_struck_by_its_own_list(policy, name):
    dark, plain = DARK[name]
    assert policy.words[name].search(bare(dark))
    others = [other for other in DARK if other != name]
    assert not any(policy.words[one].search(bare(dark)) for one in others)
    assert policy.check(dark).action == "refused"
    assert policy.check(plain).action == "said"


@pytest.mark.parametrize(
    "text",
    [
        "HURRY, ONLY 2 LEFT!",
        "Hur\u200bry, only 2 left!",
        "Ｈｕｒｒｙ, only  2\u00a0left!",
        "Don’t miss this.",
        "H-u-r-r-y, only 2 left!",
        "H u r r y!",
    ],
)
def test_a_disguise_does_not_help(policy, text):
    assert policy.check(text) == Ruling("refused", "", ("pressure",))


def apart(text, sign):
    """Each longer word as letters with a sign between them."""
    return re.sub(r"[A-Za-z]{4,}", lambda word: sign.join(word[0]), text)


DISGUISES = {
    "signs": lambda text: text.replace("i", "1").replace("s", "5"),
    "Cyrillic": lambda text: text.translate(str.maketrans("aeocp", "аеоср")),
    "accents": lambda text: text.translate(str.maketrans("aeou", "äéöü")),
    "dashes": lambda text: apart(text, "-"),
    "dots": lambda text: apart(text, "."),
    "drawn out": lambda text: text.replace("a", "aaa").replace("r", "rrr"),
    "invisible": lambda text: "\u200b".join(text),
}


@pytest.mark.parametrize("name", DISGUISES)
def test_none_of_the_red_team_gets_through_in_disguise(policy, name):
    hidden = [DISGUISES[name](text) for _, text in red_team()]
    missed = [text for text in hidden if policy.check(text).action == "said"]
    assert missed == []


def test_numbers_and_plain_words_are_read_as_they_are():
    assert readings("100 % wool, 2.5 kg") == ("100 % wool, 2.5 kg",)
    assert readings("a 3-person tent") == ("a 3-person tent",)


def test_a_reason_rests_on_what_was_done_here_and_on_nothing_guessed(policy):
    for text in (
        "Since you live near the river, we chose this tent.",
        "Judging by your surname, you will like it.",
        "As a widow you will like it.",
        "We think you are left-handed.",
    ):
        assert policy.struck(text), text
    for text in (
        "Since you rated the mat with four stars, we chose this tent.",
        "Judging by your ratings, you will like it.",
        "As a member you will hear of it.",
        "We think you may like it.",
    ):
        assert policy.struck(text) == (), text


def test_sentences_are_struck_out_and_the_rest_is_left_as_it_is(policy):
    text = "Its  seams are dry. Because you have asthma, take it. It is light!"
    found = policy.check(text)
    assert found.action == "rephrased" and found.kinds == ("health",)
    assert found.text == "Its  seams are dry. It is light!"


def test_words_are_whole_and_of_the_person(policy):
    for text in (
        "The tent survived a thunderstorm named Hurryston.",
        "The prayer-flag orange suits it.",
        "Poor weather is what it is made for.",
        "A rich red, and you liked red.",
        "The pole is depressed in the middle.",
    ):
        assert policy.check(text).action == "said", text


def explained(*names):
    pieces = tuple(Evidence("item", name, 0.1) for name in names)
    return Explanation("ann", "tent", "EASE", pieces)


def test_what_is_sensitive_is_not_cited_and_of_minors_nothing(policy):
    about = {
        "p1": "Early Pregnancy Test",
        "p2": "Camping stove",
        "p3": "Book: living with DIABETES",
        "p4": "Hindu wedding lamp",
    }
    why = explained(*about)
    kept = policy.filter(why, about)
    assert [piece.name for piece in kept.evidence] == ["p2"]
    assert (kept.user, kept.item, kept.method) == ("ann", "tent", "EASE")
    assert policy.filter(why, about, minor=True).evidence == ()
    # a piece of which nothing is known is judged by its name
    assert policy.filter(explained("cancer fund"), {}).evidence == ()


WRONG = {
    "no evidence": ('[words]\na = ["a"]\n', "evidence"),
    "no such list": (
        '[evidence]\nnever = ["b"]\nleast = 1\n[words]\na = ["a"]\n'
        '[[rule]]\nkind = "k"\nwhy = "w"\nall = ["a"]\n',
        "'b'",
    ),
    "a rule without lists": (
        "[evidence]\nnever = []\nleast = 1\n[words]\n"
        '[[rule]]\nkind = "k"\nwhy = "w"\nall = []\n',
        "strike everything",
    ),
    "a bad pattern": (
        '[evidence]\nnever = []\nleast = 1\n[words]\na = ["("]\n',
        "subpattern",
    ),
    "no toml": ("[evidence", "Expected"),
    "a crowd of none": (
        '[evidence]\nnever = []\nleast = 0\n[words]\na = ["a"]\n'
        '[[rule]]\nkind = "k"\nwhy = "w"\nall = ["a"]\n',
        "least=0",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_policy_that_is_none_is_refused_by_name(tmp_path, name):
    text, said = WRONG[name]
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(DataError, match="mine.toml") as error:
        Policy.load(path)
    assert said in str(error.value)


def test_unless_spares_what_it_names(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        "[evidence]\nnever = []\nleast = 1\n"
        '[words]\nhot = ["hot"]\nfood = ["soup"]\n'
        '[[rule]]\nkind = "heat"\nwhy = "w"\nall = ["hot"]\n'
        'unless = ["food"]\n'
    )
    policy = Policy.load(path)
    assert policy.struck("hot deal") == ("heat",)
    assert policy.struck("hot soup") == ()


def test_what_too_few_stand_behind_is_not_cited(policy):
    cited = (Evidence("item", "p1", 0.5), Evidence("item", "p2", 0.4))
    why = Explanation("ann", "tent", "EASE", cited)
    crowd = {"p1": policy.least, "p2": policy.least - 1}
    left = policy.filter(why, {}, crowd=crowd).evidence
    assert [piece.name for piece in left] == ["p1"]
    # a policy that names no number wants somebody, whoever it is
    left = Policy({}, ()).filter(why, {}, crowd={"p1": 1}).evidence
    assert [piece.name for piece in left] == ["p1"]


def test_every_rule_of_ours_says_why(policy):
    assert all(len(rule.why.split()) > 3 for rule in policy.rules)
    assert {kind for kind, _ in red_team()} == {r.kind for r in policy.rules}
    assert policy.least >= 5 and POLICY.name == "policy.toml"


def test_the_audit_log_shows_what_was_changed_or_removed(tmp_path, policy):
    log = AuditLog(tmp_path / "audit.jsonl")
    assert log.broken() is None
    for item in ("p1", "p2", "p3"):
        log.write(item, policy.check("Because you have asthma."))
    lines, last = log.path.read_text().splitlines(), log.last()
    assert log.broken() is None and log.broken(last) is None
    # the end cut off: only a hash that was kept elsewhere tells
    log.path.write_text("\n".join(lines[:2]) + "\n")
    assert log.broken() is None and log.broken(last) == 3
    log.path.write_text("\n".join(lines) + "\n")
    assert json.loads(lines[0])["kinds"] == ["health"]
    assert "asthma" not in log.path.read_text()
    log.path.write_text("\n".join([lines[0], lines[2]]) + "\n")
    assert log.broken() == 2
    changed = lines[1].replace("refused", "said")
    log.path.write_text("\n".join([lines[0], changed, lines[2]]) + "\n")
    assert log.broken() == 3


def test_bare_undoes_disguises_and_nothing_else():
    assert bare("  Soft\u00adly  ﬁne ") == "softly fine"
    assert bare("Zoë's") == "zoë's"


def test_a_card_says_what_was_not_measured_and_refuses_other_answers():
    card = model_card(EASE(reg=7), "shop", {"quality": "0.3 | high"}, ["few"])
    assert card.count("**not measured**") == len(QUESTIONS) - 1
    assert "0.3 \\| high" in card and "| reg | 7 |" in card and "- few" in card
    with pytest.raises(DataError, match="beauty"):
        model_card(EASE(), "shop", {"beauty": "much"})


def test_a_data_card_counts_what_is_there():
    shop = load_shop()
    card = data_card(shop, "shop")
    assert f"| rows | {len(shop):,} |" in card
    few = np.mean(np.bincount(shop.user_idx) < 5)
    assert f"| customers with fewer than 5 rows | {few:.1%} |" in card
    assert all(step in card for step, _ in shop.log)
