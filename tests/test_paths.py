"""The graph, its walks, its places in space, and paths as explanations."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch

from recx_lib.core import DataError, Evidence, Explanation
from recx_lib.data import load_reviews, mine_reviews, split_random
from recx_lib.data.reviews import COLUMNS, Ids, Reviews
from recx_lib.explain import (
    beam_paths,
    fall_of_cut,
    path_diversity,
    path_quality,
    random_path,
    smoothed_rank,
)
from recx_lib.explain.graph_paths import entity_popularity, interaction_recency
from recx_lib.judge import top_k
from recx_lib.recommend import (
    Graph,
    GraphPath,
    PathCounts,
    TransE,
    check_no_test_edge,
    filtered_ranks,
    graph_of,
    margin_gradient,
    margin_loss,
    name_facts,
    read_graph,
    title_facts,
    walker,
)
from recx_lib.recommend.path_counts import say_link
from recx_lib.recommend.path_writer import (
    PathNet,
    PathWriter,
    sampled_walks,
)
from recx_lib.recommend.translation import distance
from recx_lib.write import choose_words, read_back, write_grammar

EDGES = [
    ("user:ann", "chose", "item:mat"),
    ("user:ann", "chose", "item:lamp"),
    ("user:ben", "chose", "item:mat"),
    ("user:ben", "chose", "item:tent"),
    ("item:mat", "tagged", "tag:sleep"),
    ("item:tent", "tagged", "tag:sleep"),
]
TOY = Graph.of(EDGES, nodes=["user:eve"])


@pytest.fixture(scope="module")
def shop():
    reviews = load_reviews("shop")
    train, test = split_random(reviews, 0.2, seed=0)
    mentions = mine_reviews(train)
    facts = title_facts(reviews)
    model = PathCounts().fit(train, mentions, facts)
    return {"reviews": reviews, "train": train, "test": test,
            "mentions": mentions, "facts": facts, "model": model}  # fmt: skip


def small_reviews(pairs, titles=None, stamps=None):
    rows = [[user, item, 4.0, n, ""] for n, (user, item) in enumerate(pairs)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    if stamps is not None:
        frame["timestamp"] = stamps
    users, items = Ids(frame["user"]), Ids(frame["item"])
    return Reviews(frame, users, items, titles=titles or {})


# -- the graph ----------------------------------------------------------------


def test_a_triple_that_stands_twice_is_one_edge():
    assert len(Graph.of([*EDGES, EDGES[0]])) == len(EDGES)


def test_triples_are_what_went_in():
    rows = TOY.triples.itertuples(index=False)
    assert {tuple(row) for row in rows} == set(EDGES)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "at least one triple"),
        ([("user:ann", "chose")], "no triple"),
        ([("ann", "chose", "item:mat")], "head 'ann' must be written kind:"),
        ([("user:ann", "~chose", "item:mat")], "must be written without"),
        ([("user:ann", "chose", "")], "tail ''"),
        ([("user:ann", None, "item:mat")], "relation ''"),
    ],
)
def test_rows_that_make_no_graph_are_refused(rows, said):
    with pytest.raises(DataError, match=said):
        Graph.of(rows)


def test_a_file_with_a_wrong_column_is_named(tmp_path):
    file = tmp_path / "graph.csv"
    file.write_text("head,relation,tial\nuser:ann,chose,item:mat\n")
    with pytest.raises(DataError, match="graph.csv: no column 'tail'.*tial"):
        read_graph(file)
    file.write_text("haed,relation,tial\nuser:ann,chose,item:mat\n")
    with pytest.raises(DataError, match="no column 'head', there are haed"):
        read_graph(file)


def test_a_file_with_a_bad_row_says_which_line(tmp_path):
    file = tmp_path / "graph.csv"
    text = "head,relation,tail\nuser:ann,chose,item:mat\nben,chose,item:mat\n"
    file.write_text(text)
    with pytest.raises(DataError, match="graph.csv: row 3: head 'ben'"):
        read_graph(file)


def test_a_file_gives_the_graph_it_holds(tmp_path):
    file = tmp_path / "graph.csv"
    Graph.of(EDGES).triples.to_csv(file, index=False)
    assert read_graph(file).triples.equals(Graph.of(EDGES).triples)


def test_an_unseen_relation_is_named_with_what_is_near():
    with pytest.raises(DataError, match="'chosen'.*did you mean 'chose'"):
        TOY.matrix("chosen")


def test_a_step_back_is_the_transposed_step():
    there, back = TOY.matrix("chose"), TOY.matrix("~chose")
    assert (there.toarray() == back.toarray().T).all() and there.sum() == 4


def test_cutting_takes_the_edge_and_leaves_the_numbers():
    left = TOY.without([EDGES[0]])
    assert len(left) == len(TOY) - 1 and left.nodes.raw == TOY.nodes.raw
    assert ("chose", "item:mat") not in left.neighbours("user:ann")


def test_an_edge_that_is_not_there_cannot_be_cut():
    with pytest.raises(DataError, match="user:ann chose item:tent"):
        TOY.without([("user:ann", "chose", "item:tent")])


def test_a_planted_test_edge_is_found(shop):
    train, test = shop["train"], shop["test"]
    graph = shop["model"].graph_
    check_no_test_edge(graph, test)
    user, item = test.frame[["user", "item"]].iloc[7]
    leak = [(f"user:{user}", "chose", f"item:{item}")]
    planted = graph_of(
        train, facts=pd.DataFrame(leak, columns=TOY.triples.columns)
    )
    with pytest.raises(DataError, match=f"{user!r} chose {item!r}.*a leak"):
        check_no_test_edge(planted, test)


def test_what_is_said_in_test_reviews_makes_no_edge(shop):
    """A hundred mentions of one aspect in test reviews change no edge."""
    said, test = shop["mentions"], shop["test"].frame.iloc[:100]
    foretold = test[["user", "item"]].assign(review=test.index)
    foretold = foretold.assign(aspect="warmth", polarity=1)
    both = [said, pd.concat([said, foretold])]
    plain, told = (graph_of(shop["train"], one) for one in both)
    assert (plain.edges == told.edges).all()
    untrue = graph_of(shop["reviews"], both[1])
    assert len(untrue) != len(graph_of(shop["reviews"], said))


def test_titles_tell_decades_and_shared_types_only():
    titles = {"a": "Heat (1995)", "b": "Moss Duo Tent", "c": "Fern Duo Tent",
              "d": "Lone Spork", "e": "Moss"}  # fmt: skip
    facts = title_facts(
        small_reviews([("u", item) for item in titles], titles)
    )
    assert set(facts["tail"]) == {"decade:1990s", "type:Duo Tent"}
    assert set(facts["head"]) == {"item:a", "item:b", "item:c"}


def test_names_tell_materials_and_uses_that_are_shared():
    titles = {"a": "Moss Steel Flask", "b": "Fern Steel Flask",
              "c": "Ash Trail Stove", "d": "Elm Trail Boots",
              "e": "Oak Foam Mat", "f": "Steel Cup"}  # fmt: skip
    facts = name_facts(small_reviews([("u", item) for item in titles], titles))
    rows = set(facts.itertuples(index=False, name=None))
    assert rows == {  # one foam mat links nothing; a first word is the maker
        ("item:a", "made of", "material:steel"),
        ("item:b", "made of", "material:steel"),
        ("item:c", "made for", "use:trail"),
        ("item:d", "made for", "use:trail"),
    }


# -- walks --------------------------------------------------------------------


def test_a_walker_divides_by_the_edges_of_its_step():
    chance = walker(TOY, "~chose").toarray()
    mat, ann = TOY.nodes.idx(["item:mat", "user:ann"])
    assert chance[mat, ann] == 0.5
    assert chance[TOY.nodes.idx("tag:sleep")].sum() == 0


def listed(graph, start, goal, ways):
    """Every simple path that goes along one of the ways, by networkx."""
    net = nx.MultiDiGraph()
    for head, relation, tail in graph.triples.itertuples(index=False):
        net.add_edge(head, tail, relation)
        net.add_edge(tail, head, "~" + relation)
    found = set()
    for path in nx.all_simple_edge_paths(net, start, goal, cutoff=3):
        nodes = (start, *(edge[1] for edge in path))
        steps = tuple(edge[2] for edge in path)
        if steps in ways:
            found.add((nodes, steps))
    return found


def tiny_shop():
    pairs = [("a", "p"), ("a", "q"), ("b", "p"), ("b", "r"), ("c", "q"),
             ("c", "r"), ("c", "s"), ("d", "s"), ("d", "p")] * 3  # fmt: skip
    names = [(f"{user}{n // 9}", item) for n, (user, item) in enumerate(pairs)]
    titles = {
        "p": "Moss Tent",
        "q": "Fern Tent",
        "r": "Oak Lamp",
        "s": "Elm Lamp",
    }
    reviews = small_reviews(names, titles)
    return reviews, title_facts(reviews)


def test_paths_are_those_that_networkx_lists():
    reviews, facts = tiny_shop()
    model = PathCounts(seed=1).fit(reviews, facts=facts)
    ways, n_found = set(model.ways_.values()), 0
    for user in range(4):
        for item in range(4):
            ends = (
                f"user:{reviews.users.raw[user]}",
                f"item:{reviews.items.raw[item]}",
            )
            ours = {
                (path.nodes, path.steps) for path, _ in model.paths(user, item)
            }
            assert ours == listed(model.graph_, *ends, ways)
            n_found += len(ours)
    assert n_found > 20


def test_no_path_visits_a_node_twice(shop):
    for path, _ in shop["model"].paths(3, int(shop["train"].item_idx[0])):
        assert len(set(path.nodes)) == len(path.nodes)


def test_the_worths_of_all_paths_and_of_all_links_sum_to_the_score(shop):
    model, train = shop["model"], shop["train"]
    for user in range(0, 60, 7):
        own = train.item_idx[train.user_idx == user]
        for item in top_k(model.score(user), own, 3):
            score = model.score(user)[item]
            paths = model.paths(user, item)
            assert np.isclose(sum(worth for _, worth in paths), score)
            assert np.isclose(model.explain(user, item).total, score)
            assert np.isclose(model.case(user, item).whole(), score)


def test_a_link_is_named_by_what_was_chosen_and_what_is_shared():
    """Three others who chose each: of other users no name is said."""
    reviews, facts = tiny_shop()
    model = PathCounts(seed=1).fit(reviews, facts=facts)
    d, q = reviews.users.idx("d0"), reviews.items.idx("q")
    assert {piece.name for piece in model.explain(d, q).evidence} == {
        "you chose Moss Tent, as 3 others did who chose it",
        "you chose Elm Lamp, as 3 others did who chose it",
        "you chose Moss Tent, and both are of the type Tent",
    }


def test_damping_divides_by_the_items_choices(shop):
    train = shop["train"]
    model = PathCounts(damping=0.5).fit(train, shop["mentions"])
    plain = PathCounts(damping=0.0).fit(train, shop["mentions"])
    plain.weight_ = model.weight_
    count = np.bincount(train.item_idx, minlength=train.n_items)
    assert np.allclose(model.score(0), plain.score(0) / np.sqrt(count))


def test_what_is_held_back_does_not_damp_itself(monkeypatch):
    pairs = [(f"u{n}", f"i{n % 4}") for n in range(12)]
    pairs += [(f"u{n}", f"i{(n + 1) % 4}") for n in range(12)]
    seen = []

    def look(self, held):
        counts = self.graph_.matrix("chose")[:, self.item_nodes_].sum(axis=0)
        seen.append(np.allclose(self._damp(), 1 / np.maximum(counts, 1)))
        seen.append(counts.sum() == len(pairs) - len(held))
        return pairs_of(self, held)

    pairs_of = PathCounts._pairs
    monkeypatch.setattr(PathCounts, "_pairs", look)
    PathCounts(damping=1.0).fit(small_reviews(pairs))
    assert seen == [True, True]


def test_an_item_that_was_chosen_is_not_explained_by_half_its_score(shop):
    model, train = shop["model"], shop["train"]
    item = int(train.item_idx[train.user_idx == 0][0])
    with pytest.raises(DataError, match="turn back"):
        model.explain(0, item)


def test_a_leak_lifts_the_score_of_what_is_to_be_foretold(shop):
    """The check of the check: with test edges, test pairs score higher."""
    model = shop["model"]
    leaky = graph_of(shop["reviews"], shop["mentions"], shop["facts"])
    u, i = shop["test"].user_idx[:50], shop["test"].item_idx[:50]
    rows = np.arange(len(u))
    lifted = model.score(u, leaky)[rows, i] - model.score(u)[rows, i]
    assert lifted.mean() > 0.5


def test_a_user_without_edges_scores_zero_and_is_told_why():
    reviews, facts = tiny_shop()
    frame = reviews.frame
    everyone = Ids([*reviews.users.raw, "zoe"])
    train = Reviews(frame, everyone, reviews.items, titles=reviews.titles)
    model = PathCounts(seed=1).fit(train, facts=facts)
    zoe = everyone.idx("zoe")
    assert (model.score(zoe) == 0).all() and model.paths(zoe, 0) == []
    with pytest.raises(DataError, match="no path leads from user 'zoe'"):
        model.explain(zoe, 0)


def test_ways_that_cannot_be_walked_are_refused():
    reviews, _ = tiny_shop()
    with pytest.raises(DataError, match="no way can be walked.*chose"):
        PathCounts({"far": ("knows", "chose")}).fit(reviews)
    with pytest.raises(DataError, match="way 'long' has 4 steps"):
        PathCounts({"long": ("chose",) * 4}).fit(reviews)


# -- space --------------------------------------------------------------------


def triples(rng, n=30):
    return rng.integers(0, [9, 2, 9], (n, 3))


def test_the_gradient_is_torchs():
    rng = np.random.default_rng(1)
    E, R = rng.normal(size=(9, 4)), rng.normal(size=(2, 4))
    true, wrong = triples(rng), triples(rng)
    places = torch.tensor(E, requires_grad=True)
    steps = torch.tensor(R, requires_grad=True)

    def distance(rows):
        head, relation, tail = torch.tensor(rows).T
        return ((places[head] + steps[relation] - places[tail]) ** 2).sum(1)

    loss = (0.7 + distance(true) - distance(wrong)).clamp(min=0).sum()
    loss.backward()
    dE, dR = margin_gradient(E, R, true, wrong, 0.7)
    assert np.isclose(margin_loss(E, R, true, wrong, 0.7), loss.item())
    assert np.allclose(dE, places.grad.numpy())
    assert np.allclose(dR, steps.grad.numpy())


def test_where_the_margin_is_kept_nothing_is_learned():
    E = np.array([[0.0], [0.0], [9.0]])
    true, wrong = np.array([[0, 0, 1]]), np.array([[0, 0, 2]])
    dE, dR = margin_gradient(E, np.zeros((1, 1)), true, wrong, margin=1.0)
    assert (dE == 0).all() and (dR == 0).all()


def test_transe_learns_and_is_the_same_twice(shop):
    graph = shop["model"].graph_
    model, again = (TransE(n_epochs=3).fit(graph) for _ in range(2))
    assert model.losses_[-1] < 0.8 * model.losses_[0]
    assert (model.E_ == again.E_).all()
    assert np.linalg.norm(model.E_, axis=1).max() <= 1 + 1e-9


def test_another_hand_s_translations_have_the_same_distances_and_slopes():
    kge = pytest.importorskip(
        "torch_geometric.nn.kge", reason="chapter 15's second oracle"
    )
    rng = np.random.default_rng(0)
    E, R = rng.normal(size=(9, 4)), rng.normal(size=(2, 4))
    E /= np.linalg.norm(E, axis=1, keepdims=True)  # theirs are of length 1
    true, wrong = rng.integers(0, [9, 2, 9], (2, 20, 3))
    other = kge.TransE(9, 2, 4, margin=1.0, p_norm=2.0).double()
    with torch.no_grad():
        other.node_emb.weight.copy_(torch.tensor(E))
        other.rel_emb.weight.copy_(torch.tensor(R))
    columns = torch.tensor(true.T), torch.tensor(wrong.T)
    near, far = (-other(*each) for each in columns)  # they are negative
    for theirs, triples in ((near, true), (far, wrong)):
        assert np.allclose(theirs.detach() ** 2, distance(E, R, triples))
    (1.0 + near**2 - far**2).clamp(min=0).sum().backward()
    dE, dR = margin_gradient(E, R, true, wrong, 1.0)
    assert np.allclose(dR, other.rel_emb.weight.grad)
    along = (dE * E).sum(axis=1, keepdims=True) * E  # lost to their scaling
    assert np.allclose(dE - along, other.node_emb.weight.grad)


def test_nearness_is_minus_the_distance():
    model = TransE(n_epochs=2).fit(TOY)
    near = model.nearness(["user:ann"], "chose", ["item:mat", "item:tent"])
    ann, mat = TOY.nodes.idx(["user:ann", "item:mat"])
    step = model.R_[TOY.relations.idx("chose")]
    miss = model.E_[ann] + step - model.E_[mat]
    assert np.isclose(near[0, 0], -(miss @ miss))


def test_transe_refuses_unseen_relations_and_nodes():
    model = TransE(n_epochs=1).fit(TOY)
    with pytest.raises(DataError, match="'likes'"):
        model.nearness(["user:ann"], "likes", ["item:mat"])
    with pytest.raises(DataError, match="'user:zoe'"):
        model.nearness(["user:zoe"], "chose", ["item:mat"])
    with pytest.raises(DataError, match="margin=0"):
        TransE(margin=0).fit(TOY)


def test_filtered_ranks_leave_out_what_is_true_as_well():
    scores = np.array([[4.0, 3.0, 2.0, 2.0], [1.0, 1.0, 1.0, 1.0]])
    known = np.zeros((2, 4), dtype=bool)
    assert filtered_ranks(scores, np.array([2, 0]), known).tolist() == [
        3.5,
        2.5,
    ]
    known[0, :2] = True
    assert filtered_ranks(scores, np.array([2, 0]), known)[0] == 1.5
    known[0, 2] = True
    with pytest.raises(DataError, match="row 0.*a leak"):
        filtered_ranks(scores, np.array([2, 0]), known)


# -- paths as explanations ----------------------------------------------------


def test_every_path_of_the_beam_is_real(shop):
    graph = shop["model"].graph_
    edges = {tuple(row) for row in graph.triples.itertuples(index=False)}
    model = TransE(n_epochs=3).fit(graph)
    own = {
        end for step, end in graph.neighbours("user:u003") if step == "chose"
    }
    found = beam_paths(model, "user:u003", width=60)
    assert len(found) > 3
    for goal, (path, cost) in found.items():
        assert path.nodes[0] == "user:u003" and path.nodes[-1] == goal
        assert set(path.edges) <= edges and goal not in own
        assert len(set(path.nodes)) == len(path.nodes)
        where = [graph.nodes.idx([h, t]) for h, _, t in path.edges]
        kinds = [
            graph.relations.idx(relation) for _, relation, _ in path.edges
        ]
        miss = [model.E_[h] + model.R_[r] - model.E_[t]
                for (h, t), r in zip(where, kinds, strict=True)]  # fmt: skip
        assert np.isclose(cost, sum(step @ step for step in miss))


def test_a_wide_beam_finds_the_cheapest_path_of_all():
    model = TransE(n_epochs=2).fit(TOY)
    found = beam_paths(model, "user:ann", width=10_000)
    assert set(found) == {"item:tent"}
    narrow = beam_paths(model, "user:ann", width=1)
    assert all(narrow[goal].cost >= found[goal].cost for goal in narrow)


def test_a_disconnected_node_has_no_path():
    model = TransE(n_epochs=1).fit(TOY)
    assert beam_paths(model, "user:eve") == {}
    with pytest.raises(DataError, match="no path of 2 steps from 'user:eve'"):
        random_path(TOY, "user:eve", 2, np.random.default_rng(0))
    with pytest.raises(DataError, match="unknown id 'user:zoe'"):
        beam_paths(model, "user:zoe")


def test_a_cycle_and_a_loop_are_walked_round_no_path():
    ring = [("item:a", "near", "item:b"), ("item:b", "near", "item:a")]
    loop = ("item:b", "near", "item:b")
    graph = Graph.of([("user:ann", "chose", "item:a"), *ring, loop])
    found = beam_paths(TransE(n_epochs=1).fit(graph), "user:ann")
    assert set(found) == {"item:b"}
    nodes = found["item:b"].path.nodes
    assert nodes == ("user:ann", "item:a", "item:b")
    with pytest.raises(DataError, match="no path of 3 steps"):
        random_path(graph, "user:ann", 3, np.random.default_rng(0))


def test_a_random_path_is_real_and_without_a_cycle():
    rng = np.random.default_rng(0)
    for _ in range(20):
        path = random_path(TOY, "user:ann", 3, rng)
        assert set(path.edges) <= set(EDGES) and len(set(path.nodes)) == 4


def test_cutting_the_strongest_path_costs_more_than_its_worth_or_the_same(
    shop,
):
    model, train = shop["model"], shop["train"]
    falls, walks, rng = [], [], np.random.default_rng(0)
    for user in range(0, 100, 10):
        own = train.item_idx[train.user_idx == user]
        item = int(top_k(model.score(user), own, 1)[0])
        score, best = model.score(user)[item], model.paths(user, item)[0][0]
        falls.append(fall_of_cut(model, user, item, best) / score)
        walk = random_path(model.graph_, best.nodes[0], 3, rng)
        left = model.graph_.without(walk.edges)
        walks.append(1 - model.score(user, left)[item] / score)
    assert np.mean(falls) > 0.1 > abs(np.mean(walks))


def test_only_a_path_of_the_pair_can_be_cut(shop):
    model = shop["model"]
    path, _ = model.paths(0, 5)[0]
    other = f"user:{model.train_.users.raw[1]}"
    with pytest.raises(DataError, match=f"does not lead from {other} to"):
        fall_of_cut(model, 1, 5, path)


def test_smoothed_ranks_follow_the_definition():
    values, beta = [30, 10, 20], 0.3
    levels = [10, 0.7 * 10 + 0.3 * 20]
    levels.append(0.7 * levels[1] + 0.3 * 30)
    want = (np.array(levels) - 10) / (levels[2] - 10)
    got = smoothed_rank(values, beta)
    assert np.allclose(got, want[[2, 0, 1]])
    assert smoothed_rank(values).tolist() == got.tolist()  # as published
    assert smoothed_rank([5, 5]).tolist() == [0, 0]


def test_the_toolkit_s_smoothing_by_hand():
    # of three: beta 1/2; each level divided by the weight it has so far
    levels = [10, (20 + 10 / 2) / 1.5, (30 + 20 / 2 + 10 / 4) / 1.75]
    want = (np.array(levels) - 10) / (levels[2] - 10)
    got = smoothed_rank([30, 10, 20], beta=None)
    assert np.allclose(got, want[[2, 0, 1]])
    assert np.allclose(
        smoothed_rank([5, 5, 5], None), smoothed_rank([1, 2, 3], None)
    )


def test_path_diversity_by_hand():
    by_tag = GraphPath(("user:ann", "item:mat", "tag:sleep", "item:tent"),
                       ("chose", "tagged", "~tagged"))  # fmt: skip
    by_ben = GraphPath(("user:ann", "item:mat", "user:ben", "item:tent"),
                       ("chose", "~chose", "chose"))  # fmt: skip
    back = GraphPath(("user:ann", "item:lamp", "user:ben", "item:mug"),
                     ("chose", "~chose", "chose"))  # fmt: skip
    marks = path_diversity([by_tag, by_ben, back], n_relations=2)
    assert marks == {"lid": 2 / 3, "sed": 2 / 3, "ptd": 1.0}
    # two ways to one thing by ben, from two things, and one of them by a tag
    late = GraphPath(("user:ann", "item:lamp", "user:ben", "item:tent"),
                     ("chose", "~chose", "chose"))  # fmt: skip
    assert path_diversity([by_ben, late], 2)["sed"] == 0.5
    assert path_diversity([by_tag] * 2, 9)["ptd"] == 0.5
    with pytest.raises(DataError, match="the list is empty"):
        path_diversity([], 2)


def as_hopwise(paths, items):
    """Paths as the toolkit holds them: (user, item, score, [(relation, kind,
    number), …]), an item by its number, any other node by its name."""
    found = []
    for path in paths:
        steps = [(None, "user", path.nodes[0])]
        for step, node in zip(path.steps, path.nodes[1:], strict=True):
            kind, _, name = node.partition(":")
            at = items.idx(name) if kind == "item" else node
            steps.append((step.removeprefix("~"), kind, at))
        found.append((0, 0, 0, steps))
    return found


def test_the_toolkit_s_own_code_finds_our_figures(shop):
    theirs = pytest.importorskip(
        "hopwise.evaluator.metrics", reason="chapter 15's third oracle"
    )

    def metric(name):
        one = object.__new__(getattr(theirs, name))
        one.li_idx = 1
        return one

    model, train = shop["model"], shop["train"]
    graph, items = model.graph_, train.items
    listed = [model.paths(0, item) for item in range(0, 180, 6)]
    paths = [found[0][0] for found in listed if found]
    paths = [path for path in paths if path.steps[0] == "chose"]
    told = as_hopwise(paths, items)
    stamps = np.zeros((train.n_users, train.n_items))
    stamps[train.user_idx, train.item_idx] = train.frame["timestamp"]
    recent = metric("LIR").get_lir_matrix(stamps)
    recent = metric("LIR").metric_info(recent, told, train.n_items)
    degree = np.bincount(graph.edges[:, [0, 2]].ravel())
    kinds: dict = {}
    for node, n in zip(graph.nodes.raw, degree, strict=True):
        kind, _, name = node.partition(":")
        at = items.idx(name) if kind == "item" else node
        kind = "entity" if kind == "item" else kind
        kinds.setdefault(kind, {})[at] = int(n)
    known = metric("SEP").metric_info(
        told, metric("SEP").get_sep_matrix(kinds)
    )
    tables = interaction_recency(train, None), entity_popularity(graph, None)
    ours = path_quality(paths, *tables, n_types=9)
    assert np.isclose(ours["lir"], recent.mean(), atol=1e-6)
    assert np.isclose(ours["sep"], known.mean())
    n_relations = len(graph.relations)
    other = {"lid": metric("LID").metric_info(told).mean(),
             "sed": metric("SED").metric_info(told).mean(),
             "ptd": metric("PTD").metric_info(told, range(n_relations)).mean()}  # fmt: skip
    assert path_diversity(paths, n_relations) == pytest.approx(other)


def test_path_quality_by_hand():
    pairs = [("ann", "mat"), ("ann", "lamp"), ("ben", "mat"), ("ben", "tent")]
    recency = interaction_recency(small_reviews(pairs, stamps=[1, 2, 5, 9]))
    assert recency["user:ann", "item:lamp"] == 1
    popularity = entity_popularity(TOY)
    assert popularity["item:mat"] == 1 and popularity["item:lamp"] == 0
    by_tag = GraphPath(("user:ann", "item:mat", "tag:sleep", "item:tent"),
                       ("chose", "tagged", "~tagged"))  # fmt: skip
    by_ben = GraphPath(("user:ann", "item:mat", "user:ben", "item:tent"),
                       ("chose", "~chose", "chose"))  # fmt: skip
    marks = path_quality([by_tag, by_ben], recency, popularity, n_types=3)
    assert marks["lir"] == recency["user:ann", "item:mat"] == 0
    assert marks["etd"] == 1.0
    assert path_quality([by_tag] * 2, recency, popularity, 3)["etd"] == 0.5
    with pytest.raises(DataError, match="the list is empty"):
        path_quality([], recency, popularity, 3)


# -- in words -----------------------------------------------------------------


def test_a_path_is_said_on_its_side():
    clause = say_link("same tag", "Moss", "tents")
    against = ("Think twice", "may not suit")
    for weight in (0.4, -0.4):
        evidence = (Evidence("path", clause, weight),)
        text = write_grammar(Explanation("a", "b", "x", evidence), "Fern").text
        assert clause in text
        assert any(words in text for words in against) == (weight < 0)


def test_a_sentence_of_a_path_reads_back():
    import random

    from recx_lib.write.grammar import (
        build_tree,
        choose_content,
        goal_of,
        realise,
    )

    evidence = (
        Evidence("path", "you chose it", 0.5),
        Evidence("aspect", "zips", -0.2),
    )
    messages = choose_content(Explanation("a", "b", "x", evidence))
    grammar = choose_words(messages, "Fern")
    for seed in range(5):
        tree = build_tree(
            grammar, goal_of(messages, "BODY"), random.Random(seed)
        )
        read = read_back(realise(tree), grammar)
        assert (("you chose it", 1), ("zips", -1)) in read


def test_counts_of_others_agree_in_number():
    assert "as one other" in say_link("others", "Moss", "", 1)
    assert "as 21 others" in say_link("others", "Moss", "", 21)


# -- a Transformer that writes paths ------------------------------------------


def written():
    reviews, facts = tiny_shop()
    walks = PathCounts(seed=1).fit(reviews, facts=facts)
    writer = PathWriter(width=8, n_paths=20, n_epochs=2, beam=40).fit(walks)
    return reviews, walks, writer


def test_every_written_path_is_real_new_and_ends_at_an_unchosen_item():
    reviews, walks, writer = written()
    edges = {
        tuple(row) for row in walks.graph_.triples.itertuples(index=False)
    }
    ways, n_paths = set(walks.ways_.values()), 0
    for user in range(reviews.n_users):
        own = {
            f"item:{reviews.items.raw[i]}"
            for i in reviews.item_idx[reviews.user_idx == user]
        }
        for path, chance in writer.write(user):
            assert set(path.edges) <= edges and path.steps in ways
            assert path.nodes[-1] not in own and 0 < chance <= 1
            assert len(set(path.nodes)) == len(path.nodes)
            n_paths += 1
    assert n_paths > 10


def test_a_wide_beam_writes_every_path_there_is():
    reviews, walks, writer = written()
    writer.beam = 10_000
    for user in range(3):
        ours = {path for path, _ in writer.write(user)}
        own = set(reviews.item_idx[reviews.user_idx == user])
        unseen = [i for i in range(reviews.n_items) if i not in own]
        every = {path for i in unseen for path, _ in walks.paths(user, i)}
        assert ours == every


def test_scores_are_the_written_probabilities_and_training_is_repeatable():
    _, walks, writer = written()
    total = sum(chance for _, chance in writer.write(0))
    assert np.isclose(writer.score(0).sum(), total)
    again = PathWriter(width=8, n_paths=20, n_epochs=2, beam=40).fit(walks)
    assert (
        again.log_ == writer.log_
        and writer.log_[1]["validation"] < writer.log_[0]["validation"]
    )


def test_walks_are_drawn_along_edges_and_never_return():
    steps = [walker(TOY, step) for step in ("chose", "~chose", "chose")]
    starts = np.repeat(TOY.nodes.idx(["user:ann", "user:eve"]), 50)
    walks = sampled_walks(steps, starts, np.random.default_rng(0))
    names = {tuple(TOY.nodes.raw[n] for n in walk) for walk in walks}
    assert names == {("user:ann", "item:mat", "user:ben", "item:tent")}


def test_a_path_writer_knows_places_and_is_surprised_in_nats():
    torch.manual_seed(0)
    net, same = PathNet(5, 8, heads=2, layers=1), torch.tensor([[1, 1, 1]])
    with torch.no_grad():
        found = net(same)[0]
        assert not torch.allclose(found[0], found[1])
        net.places.weight.zero_()
        found = net(same)[0]
        assert torch.allclose(found[0], found[1], atol=1e-6)
        # nothing known of five tokens: log 5 at each
        net.words.weight.zero_()
        assert np.isclose(net.loss(same).item(), np.log(5))
