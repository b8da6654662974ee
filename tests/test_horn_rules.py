"""Rules mined from a graph, a recommender of rules, and rules added."""

from itertools import combinations

import numpy as np
import pytest

from recx_lib.core import DataError
from recx_lib.data import load_reviews, split_random
from recx_lib.judge import evaluate_ranking, top_k
from recx_lib.recommend import (
    Atom,
    Ban,
    Facts,
    Graph,
    HornRule,
    Popularity,
    RuleRecommender,
    mine_rules,
    title_facts,
)
from recx_lib.recommend.rule_model import HARD, say_horn, say_share, worth_of
from recx_lib.write import write_grammar

CHOSE, SLEEP = ("chose",), ("chose", "tagged")


@pytest.fixture(scope="module")
def shop():
    reviews = load_reviews("shop")
    train, test = split_random(reviews, 0.2, seed=0)
    facts = title_facts(reviews)
    return train, test, facts, RuleRecommender().fit(train, facts=facts)


def drawn(seed=0, n_users=30, n_items=6):
    """A graph drawn at random, with two tags, and its users."""
    rng = np.random.default_rng(seed)
    edges = [(f"item:{i}", "tagged", f"tag:{i % 2}") for i in range(n_items)]
    for user in range(n_users):
        taste = rng.random(n_items) < 0.25 + 0.4 * (
            np.arange(n_items) % 2 == user % 2
        )
        edges += [
            (f"user:{user}", "chose", f"item:{i}")
            for i in np.flatnonzero(taste)
        ]
    users = [f"user:{user}" for user in range(n_users)]
    return Graph.of(edges, users), users


def counted(graph, users, body, head):
    """Support and size of a body by plain logic: not by way of the head."""
    chosen = {user: set() for user in users}
    tags = {}
    for one, relation, other in graph.triples.itertuples(index=False):
        if relation == "chose":
            chosen[one].add(other)
        else:
            tags[one] = other

    def has(user, atom):
        others = chosen[user] - {head.node}
        if len(atom.steps) == 1:
            return atom.node in others
        return any(tags[item] == atom.node for item in others)

    inside = [user for user in users if all(has(user, atom) for atom in body)]
    support = [user for user in inside if head.node in chosen[user]]
    return len(inside), len(support)


def test_rules_are_counted_as_logic_says():
    graph, users = drawn()
    facts = Facts.of(graph, users, [CHOSE, SLEEP])
    rules = mine_rules(facts, "chose", least=2, per_head=50, longest=2)
    assert {len(rule.body) for rule in rules} == {1, 2}
    assert any(len(rule.body[0].steps) == 2 for rule in rules)
    for rule in rules:
        assert (rule.n, rule.support) == counted(
            graph, users, rule.body, rule.head
        )


def test_every_rule_of_one_atom_that_is_good_enough_is_found():
    graph, users = drawn(1)
    facts = Facts.of(graph, users, [CHOSE, SLEEP])
    found = {
        (rule.body, rule.head) for rule in mine_rules(facts, "chose", 3, 99)
    }
    heads = [atom for atom in facts.atoms if atom.steps == CHOSE]
    for head in heads:
        base = facts.holds([head]).mean()
        for atom in facts.atoms:
            n, support = counted(graph, users, [atom], head)
            good = support >= 3 and support > n * base and atom != head
            assert ((((atom,), head)) in found) == good


def test_a_pair_is_kept_only_where_it_is_surer_than_either():
    graph, users = drawn(2)
    facts = Facts.of(graph, users, [CHOSE, SLEEP])
    rules = mine_rules(facts, "chose", least=2, per_head=50, longest=2)
    pairs = [rule for rule in rules if len(rule.body) == 2]
    assert pairs
    for rule in pairs:
        for atom in rule.body:
            n, support = counted(graph, users, [atom], rule.head)
            assert rule.confidence > support / n


def test_the_head_does_not_vouch_for_its_body():
    """All who have the tent have it alone: "something for sleep" by itself."""
    edges = [("item:tent", "tagged", "tag:sleep")]
    edges += [(f"user:{u}", "chose", "item:tent") for u in "abc"]
    edges += [("user:d", "chose", "item:mug")]
    graph = Graph.of(edges)
    facts = Facts.of(graph, [f"user:{u}" for u in "abcd"], [CHOSE, SLEEP])
    assert mine_rules(facts, "chose", least=1) == []


def test_pca_confidence_asks_only_those_of_whom_something_is_known():
    edges = [(f"item:{n}", "tagged", "tag:mats") for n in range(6)]
    edges += [(f"item:{n}", "praised for", "aspect:warmth") for n in range(3)]
    edges += [("item:3", "praised for", "aspect:value")]
    edges += [("item:9", "tagged", "tag:mugs")]
    items = [f"item:{n}" for n in (*range(6), 9)]
    facts = Facts.of(Graph.of(edges), items, [("tagged",), ("praised for",)])
    rules = mine_rules(facts, "praised for", least=2)
    [rule] = [one for one in rules if one.head.node == "aspect:warmth"]
    assert rule.confidence == 3 / 6 and rule.pca == 3 / 4


def test_a_rule_without_support_is_refused_by_name():
    graph, users = drawn()
    facts = Facts.of(graph, users, [CHOSE])
    with pytest.raises(DataError, match=r"nobody has chose\(x, 99\)"):
        facts.holds([Atom(CHOSE, "item:99")])
    with pytest.raises(DataError, match="no rule can have the head 'praised"):
        mine_rules(facts, "praised for")
    with pytest.raises(DataError, match="least=0"):
        mine_rules(facts, "chose", least=0)
    with pytest.raises(DataError, match="unknown id 'likes'"):
        Facts.of(graph, users, [("likes",)])


def test_what_rests_on_few_is_believed_less():
    few = HornRule((), Atom(CHOSE, "item:a"), 5, 5, 1.0, 0.2)
    many = HornRule((), Atom(CHOSE, "item:a"), 500, 475, 0.95, 0.2)
    assert few.confidence > many.confidence and few.believed < many.believed
    assert few.believed == (5 + 10 * 0.2) / 15


def test_the_score_is_noisy_or(shop):
    train, _, _, model = shop
    user = 4
    item = int(model.score(user).argmax())
    fires = model.fires_[user] & (model.heads_ == item)
    believed = [model.rules_[n].believed for n in np.flatnonzero(fires)]
    assert len(believed) > 3
    none_is_right = np.prod(1 - np.array(believed))
    assert np.isclose(np.exp(-model.score(user)[item]), none_is_right)


def test_the_explanation_sums_to_the_score(shop):
    model = shop[3]
    for user, item in ((0, 3), (5, 88), (17, 140)):
        score = model.score(user)[item]
        assert np.isclose(model.explain(user, item).total, score)
        assert np.isclose(model.case(user, item).whole(), score)


def test_rules_rank_better_than_popularity_and_pairs_worse(shop):
    train, test, facts, model = shop
    recall = {}
    longer = RuleRecommender(longest=2).fit(train, facts=facts)
    floor = Popularity().fit(train)
    for name, one in (("rules", model), ("pairs", longer), ("floor", floor)):
        recall[name] = evaluate_ranking(one, train, test)["recall"].mean()
    assert recall["rules"] > recall["floor"] + 0.05
    assert recall["pairs"] < recall["rules"]


TENT = Atom(("built as",), "type:Duo Tent")
OWNS = Atom(("chose", "built as"), "type:Duo Tent")


def test_a_hard_ban_clears_the_lists_and_a_soft_one_takes_its_price(shop):
    train, _, facts, plain = shop
    hard = Ban(OWNS, TENT, "you have a two-person tent")
    soft = hard._replace(penalty=0.5)
    banned = [
        RuleRecommender(bans=[ban]).fit(train, facts=facts)
        for ban in (hard, soft)
    ]
    duo = ["Duo Tent" in train.title(item) for item in train.items.raw]
    owners = np.flatnonzero(plain.facts_.holds([OWNS]))
    others = np.setdiff1d(np.arange(train.n_users), owners)
    assert len(owners) > 20 and len(others) > 20
    for user in owners[:20]:
        own = train.item_idx[train.user_idx == user]
        assert not np.array(duo)[top_k(banned[0].score(user), own, 10)].any()
        taken = plain.score(user) - banned[1].score(user)
        assert np.allclose(taken, 0.5 * np.array(duo))
    assert np.allclose(banned[0].score(others), plain.score(others))
    assert hard.penalty == HARD


def test_a_conflict_is_shown_with_both_sides(shop):
    train, _, facts, plain = shop
    ban = Ban(OWNS, TENT, "you have a two-person tent", 0.4)
    model = RuleRecommender(bans=[ban]).fit(train, facts=facts)
    user = int(np.flatnonzero(plain.facts_.holds([OWNS]))[0])
    duo = [
        n
        for n, item in enumerate(train.items.raw)
        if "Duo Tent" in train.title(item)
    ]
    why = model.explain(user, duo[0])
    weights = {piece.name: piece.weight for piece in why.evidence}
    assert weights["you have a two-person tent"] == -0.4
    assert max(weights.values()) > 0
    assert np.isclose(why.total, model.score(user)[duo[0]])
    assert (
        "you have a two-person tent" in write_grammar(why, n=len(weights)).text
    )


def test_a_ban_that_fits_nobody_is_refused(shop):
    train, _, facts, _ = shop
    odd = Ban(Atom(CHOSE, "item:p999"), TENT, "why")
    with pytest.raises(DataError, match=r"nobody has chose\(x, p999\)"):
        RuleRecommender(bans=[odd]).fit(train, facts=facts)


def test_a_rule_is_said_with_its_confidence(shop):
    train = shop[0]
    title = train.title("p001")
    body = Atom(CHOSE, "item:p001"), Atom(("chose", "tagged"), "tag:tents")
    rule = HornRule(body, Atom(CHOSE, "item:p002"), 10, 6, 0.6, 0.1)
    said = say_horn(rule, train)
    assert (
        said
        == f"more than half of those who chose {title} and chose something tagged tents chose it"
    )


def test_words_for_shares_never_promise_too_much():
    bars = {
        "nearly all": 0.9,
        "more than half": 0.5,
        "more than one in five": 0.2,
    }
    for words, bar in bars.items():
        assert say_share(bar + 1e-6) == words
        assert say_share(bar - 1e-6) != words
    for a, b in combinations(np.linspace(0, 1, 11), 2):
        assert isinstance(say_share(float(a)), str) and a < b


def test_worths_add_up_as_chances_multiply():
    rules = [
        HornRule((), Atom(CHOSE, "item:a"), n, s, 0, 0.1)
        for n, s in ((90, 80), (50, 5))
    ]
    none = np.prod([1 - rule.believed for rule in rules])
    assert np.isclose(sum(map(worth_of, rules)), -np.log(none))
