"""A counterfactual set and a path are evidence: a grammar and a trained network say them, and one judge reads both."""

from itertools import cycle

import numpy as np
import pytest
import torch

from recx_lib.core.case import sum_case
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.explain import Contest, swap_by_sorting
from recx_lib.judge import ItemFacts, check_sentence
from recx_lib.nets import (
    Example,
    FitSettings,
    Limits,
    NetSettings,
    Seq2Seq,
    Vocab,
    collate,
    fit,
    greedy,
)
from recx_lib.recommend.path_counts import say_link
from recx_lib.write import read_back, write_grammar
from recx_lib.write.grammar import choose_content, choose_words, polish
from tests.record_cases import make_records

HEARD = ["Alder", "Birch", "Cedar", "Elder", "Hazel", "Larch", "Maple",
         "Olive", "Plane", "Rowan", "Sorb", "Willow", "Yew", "Aspen"]  # fmt: skip
UNHEARD = ["Quince", "Medlar", "Bryony", "Sedge", "Teasel", "Vetch"]
FACTS = ItemFacts(make_records(n_items=4, n_users=6))


def drawn_swap(names, rng):
    """A true counterfactual of a sum over three things: (swap, contest)."""
    tent, hammock, *things = rng.permutation(names)[:5].tolist()
    swap = None
    while swap is None or len(swap.removed) > 2:
        of = [rng.integers(0, 9, 3), rng.integers(0, 9, 3)]
        first, second = sorted(of, key=sum, reverse=True)
        cases = [sum_case("ann", item, ["item"] * 3, things, worth)
                 for item, worth in ((tent, first), (hammock, second))]  # fmt: skip
        swap = swap_by_sorting(Contest(cases))
    return swap, Contest(cases)


def drawn_path(names, rng):
    """An explanation by one path, for or against."""
    item, via, by = rng.permutation(names)[:3].tolist()
    way = ("others", "same tag")[rng.integers(2)]
    clause = say_link(way, via, by, int(rng.integers(2, 9)))
    weight = float(rng.choice([-1.0, 1.0]))
    return Explanation("ann", item, "PathCounts", (Evidence("path", clause, weight),))  # fmt: skip


def drawn(names, n, seed):
    """Half counterfactual sets, half paths, as explanations."""
    rng = np.random.default_rng(seed)
    for kind, _ in zip(cycle("sp"), range(n), strict=False):
        if kind == "s":
            yield drawn_swap(names, rng)[0].in_words()
        else:
            yield drawn_path(names, rng)


def example(why, learn=True):
    """An explanation to be put into words, as a side and words to read; to
    learn from, with the grammar's sentence."""
    piece = why.evidence[0]
    side = "for" if piece.weight > 0 else "against"
    said = write_grammar(why, why.item).text.removesuffix(".")
    read = [[why.item], spoken(piece.name)]
    return Example(0, 0, side, read, 3.0, spoken(said) if learn else ())


def spoken(text):
    return text.replace(",", " ,").replace(":", " :").split()


@pytest.fixture(scope="module")
def network():
    """A small network that has learned to say evidence as the grammar does."""
    rows = [example(why) for why in drawn(HEARD, 270, seed=0)]
    known = {word for row in rows for word in row.target}
    known = Vocab(sorted({*known, "for", "against"} - {*HEARD}))  # no name
    torch.manual_seed(0)
    plain = NetSettings(dropout=0.0, word_dropout=0.0, smoothing=0.0)
    net = Seq2Seq(len(known), 1, 1, width=32, settings=plain)
    quick = FitSettings(epochs=12, batch_size=12, lr=1e-2, patience=12)
    parts = rows[30:], rows[:30]
    fit(net, *parts, lambda part: collate(part, known), quick, quiet=True)
    return net, known


def written(network, whys):
    """The network's best draft for each explanation, polished."""
    net, known = network
    rows = collate([example(why, learn=False) for why in whys], known)
    drafts = greedy(net, rows, known, Limits(max_len=30))
    return [polish(draft.words) for draft in drafts]


def judged(text, why):
    """What the judge of every writer says; the clause is what was given."""
    given = f"{why.item} {why.evidence[0].name}"
    return check_sentence(text, given, (), FACTS)


def test_a_swap_is_one_clause_that_names_what_goes_and_what_comes():
    swap, contest = drawn_swap(UNHEARD, np.random.default_rng(3))
    why = swap.in_words(str.upper)
    piece = why.evidence[0]
    assert (piece.kind, len(why.evidence)) == ("swap", 1)
    for name in (*swap.removed, swap.instead, swap.item):
        assert name.upper() in piece.name
    # what all take from the lead: it was above zero, and is below
    pair = contest
    gone = 1.0 - pair.cases[0].mask(swap.removed)
    leads = pair.lead(np.vstack([np.ones(3), gone]))
    assert piece.weight == pytest.approx(leads[0] - leads[1])
    assert piece.weight > leads[0] >= 0


def test_three_things_are_listed():
    names = ["mat", "mug", "pan", "rope"]
    tent = sum_case("ann", "tent", ["item"] * 4, names, [1, 1, 1, 0])
    stove = sum_case("ann", "stove", ["item"] * 4, names, [0, 0, 0, 0.5])
    said = swap_by_sorting(Contest([tent, stove])).in_words()
    assert write_grammar(said, "the tent").text == (
        "Without mat, mug and pan in your history you would see stove "
        "instead of tent."
    )


def test_the_grammar_says_both_and_the_judge_finds_nothing_made_up():
    for why in drawn(UNHEARD, 30, seed=1):
        text = write_grammar(why, why.item).text
        clause = why.evidence[0].name
        assert clause in text or polish([clause]) == text
        assert not judged(text, why).invents


def test_a_swap_is_no_reason_to_like_and_gets_no_opening():
    swap = drawn_swap(UNHEARD, np.random.default_rng(4))[0].in_words()
    for seed in range(12):
        text = write_grammar(swap, swap.item, seed=seed).text
        assert text.startswith("Without ") and "because" not in text


def test_a_sentence_of_a_swap_reads_back():
    swap = drawn_swap(UNHEARD, np.random.default_rng(5))[0].in_words()
    grammar = choose_words(choose_content(swap), swap.item)
    assert read_back([swap.evidence[0].name], grammar) == {
        ((swap.evidence[0].name, 1),)
    }


def test_a_trained_network_says_both_and_the_judge_passes_most(network):
    whys = list(drawn(UNHEARD, 40, seed=9))
    texts = written(network, whys)
    for kind in ("swap", "path"):
        right = [
            not judged(text, why).invents and says_all(text, why)
            for why, text in zip(whys, texts, strict=True)
            if why.evidence[0].kind == kind
        ]
        assert len(right) == 20 and sum(right) >= 18, (kind, texts)


def says_all(text, why):
    """Whether the words of the clause stand in the text, in their order."""
    heard = spoken(text.lower().removesuffix("."))
    clause = spoken(why.evidence[0].name.lower())
    return any(
        heard[at : at + len(clause)] == clause for at in range(len(heard))
    )


def test_what_the_network_says_of_a_swap_is_true_of_the_model(network):
    rng = np.random.default_rng(11)
    cases = [drawn_swap(UNHEARD, rng) for _ in range(15)]
    whys = [swap.in_words() for swap, _ in cases]
    n_true = 0
    for (_, contest), text in zip(cases, written(network, whys), strict=True):
        gone, comes = text.split(" in your history you would see ")
        names = contest.cases[0].names
        gone = [name for name in names if name in gone]
        present = 1.0 - contest.cases[0].mask(gone)[None]
        first = contest.scores(present)[0].argmax()
        n_true += comes.startswith(contest.cases[first].item)
    assert n_true >= 14


def test_the_judge_hears_a_product_from_nowhere(network):
    whys = list(drawn(UNHEARD, 10, seed=2))
    others = list(
        drawn(["Ivory", "Jasper", "Topaz", "Garnet", "Amber"], 10, 2)
    )
    for text, why in zip(written(network, others), whys, strict=True):
        assert judged(text, why).names
