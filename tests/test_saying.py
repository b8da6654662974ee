"""Chapter 20: what each of nine worlds must not say, read by its policy."""

from dataclasses import replace

import numpy as np
import pytest

from recx_lib.core import DataError
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.explain import occlusion
from recx_lib.people.nine_worlds import (
    had,
    last_days,
    lists,
    not_out,
    recommenders,
)
from recx_lib.people.policy import Policy
from recx_lib.people.saying import (
    RULES,
    draft,
    examples_of,
    policy_of,
    say,
    unfounded,
)
from recx_lib.shop import SCENARIOS, live
from recx_lib.shop.help_corpus import open_desk
from recx_lib.write.help_desk import BM25, REFUSAL, answer

WORLDS = [scenario.name for scenario in SCENARIOS] + ["service"]
each = pytest.mark.parametrize("world", WORLDS)


def because(*names, kind="item"):
    pieces = [Evidence(kind, name, 1.0 / n) for n, name in enumerate(names, 1)]
    return Explanation("ann", "b", "a model", tuple(pieces))


@each
def test_a_world_strikes_what_it_must_not_say_and_nothing_honest(world):
    policy, examples = policy_of(world), examples_of(world)
    for sentence in examples["refused"]:
        ruling = policy.check(sentence)
        assert ruling.action == "refused", sentence
        # by a rule of its own, not only by those for everybody
        assert any(kind.startswith(f"{world}: ") for kind in ruling.kinds)
    for sentence in examples["said"]:
        assert policy.check(sentence).action == "said", sentence


@each
def test_what_is_forbidden_everywhere_stays_forbidden(world):
    text = "Hurry, only 2 left!"
    assert policy_of(world).check(text) == Policy.load().check(text)


def test_a_world_s_rules_are_its_own():
    """What may not be said of a video may be said of a tent."""
    for scenario in SCENARIOS:
        assert scenario.never, scenario.name
    assert policy_of("video").check("You will like it.").action == "refused"
    assert policy_of("shop").check("You will like it.").action == "said"
    with pytest.raises(DataError, match="no rules for world 'moon'"):
        policy_of("moon")


def test_no_rule_is_idle():
    """Each rule strikes one of its world's planted sentences."""
    for rule in Policy.load(RULES).rules:
        world = rule.kind.partition(":")[0]
        planted = [text.casefold() for text in examples_of(world)["refused"]]
        assert any(rule.strikes(text) for text in planted), rule.kind


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_whatever_is_said_passes_its_world(scenario):
    """Of every model: said as drafted, or plainly, or not at all."""
    life = live(replace(scenario, n_users=60, n_things=30, days=10), 77)
    train, test = last_days(life)
    policy, closed = policy_of(scenario.name), had(train) | not_out(life)
    active = np.unique(train.user_idx)
    users = [user for user in test.user_idx if user in active][:5]
    for model in recommenders(life).values():
        if not hasattr(model.fit(train), "case"):  # popularity
            continue
        for user, own in lists(model, users, closed).items():
            case = model.case(user, int(own[0]))
            ruling = say(policy, occlusion(case), case.item)
            if ruling.action == "refused":
                assert not ruling.text
                continue
            assert policy.check(ruling.text).action == "said"
            assert case.item in ruling.text


def test_a_draft_that_is_struck_is_said_plainly():
    why = because("video 1", "video 2")
    policy = policy_of("video")
    drafts = [replace(why, user=f"u{seed}") for seed in range(20)]
    struck = [w for w in drafts if policy.check(draft(w, "b")).kinds]
    assert 0 < len(struck) < 20  # the grammar has other openings, too
    ruling = say(policy, struck[0], "b")
    plain = "The b is on your list for video 1 and video 2, which you chose."
    assert ruling == ("rephrased", plain, ("video: it will please",))
    # what counts least, and is not told, does not decide how it is said
    slight = Evidence("feature", "Ann", 0.1)
    mixed = replace(struck[0], evidence=(*struck[0].evidence, slight))
    assert say(policy, mixed, "b") == ruling


def test_a_friend_who_asked_to_stay_unnamed_is_not_cited():
    why = because("Ann", "Bo", "Cy", kind="feature")
    about = {"Bo": "has asked to stay unnamed"}
    found = say(policy_of("feed"), why, "post 7", about)
    assert found.text == "Of your friends, Ann and Cy have the post 7."
    alone = because("Bo", kind="feature")
    found = say(policy_of("feed"), alone, "post 7", about)
    assert found == ("refused", "", ("nothing may be cited",))


def test_what_stands_in_no_article_is_found():
    desk = open_desk(20)
    search = BM25().fit(desk.articles)
    texts = [*desk.articles.values(), REFUSAL]
    for question in desk.questions["question"]:
        told = answer(search, desk.articles, question).text
        assert unfounded(told, texts) == []
    assert unfounded(REFUSAL, texts) == []
    added = texts[0] + " That is never a problem."
    assert unfounded(added, texts) == ["That is never a problem."]
