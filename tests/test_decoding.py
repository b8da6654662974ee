"""Decoding: a cache changes nothing, limits are kept or refused, and beam, greedy and sampling do what they say."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recx_lib.core import DataError
from recx_lib.nets import (
    EOS,
    Dice,
    Example,
    Limits,
    Rerun,
    beam,
    collate,
    greedy,
    nucleus,
    sample,
)
from recx_lib.nets.limits import Limiter, repeated
from recx_lib.nets.vocab import SPECIALS
from tests.writing_cases import (
    VOCAB,
    WRITERS,
    batch_of,
    lively,
    random_examples,
)

KINDS = st.sampled_from(sorted(WRITERS))
SEEDS = st.integers(0, 10_000)
LIMITS = st.builds(Limits, max_len=st.integers(1, 9), no_repeat=st.integers(0, 2),
                  repeat_penalty=st.sampled_from([0.0, 0.7]), never=st.sampled_from([(), ("a", "x")]))  # fmt: skip


def texts(written):
    return [sentence.words for sentence in written]


@given(KINDS, SEEDS, LIMITS, st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_cached_and_uncached_write_the_same(kind, seed, limits, n):
    writer, batch = lively(WRITERS[kind](), seed), batch_of(n, seed)
    cached, rerun = (
        greedy(writer, batch, VOCAB, limits),
        greedy(Rerun(writer), batch, VOCAB, limits),
    )
    assert texts(cached) == texts(rerun)
    for one, other in zip(cached, rerun, strict=True):
        assert one.log_prob == pytest.approx(other.log_prob, abs=1e-3)
        torch.testing.assert_close(
            one.attention, other.attention, atol=1e-4, rtol=0
        )
    wide, wide_rerun = (
        beam(writer, batch, VOCAB, 3, limits=limits),
        beam(Rerun(writer), batch, VOCAB, 3, limits=limits),
    )
    assert [texts(row) for row in wide] == [texts(row) for row in wide_rerun]
    drawn = [
        sample(w, batch, VOCAB, n=2, limits=limits, seed=seed)
        for w in (writer, Rerun(writer))
    ]
    assert [texts(row) for row in drawn[0]] == [texts(row) for row in drawn[1]]


@given(KINDS, SEEDS)
@settings(max_examples=15, deadline=None)
def test_a_row_is_written_alike_alone_and_in_company(kind, seed):
    writer, rows = lively(WRITERS[kind](), seed), random_examples(4, seed)
    together = greedy(writer, collate(rows, VOCAB), VOCAB)
    alone = [greedy(writer, collate([row], VOCAB), VOCAB)[0] for row in rows]
    assert texts(together) == texts(alone)


@given(KINDS, SEEDS, LIMITS)
@settings(max_examples=25, deadline=None)
def test_every_limit_is_kept_and_no_mark_is_written(kind, seed, limits):
    writer, batch = lively(WRITERS[kind](), seed), batch_of(4, seed)
    rows = [greedy(writer, batch, VOCAB, limits)]
    rows += [[row[0] for row in beam(writer, batch, VOCAB, 3, limits=limits)]]
    rows += [[row[0] for row in sample(writer, batch, VOCAB, limits=limits)]]
    for words in itertools.chain.from_iterable(map(texts, rows)):
        assert 1 <= len(words) <= limits.max_len
        assert not set(words) & {*SPECIALS, *limits.never}
        runs = [
            words[i : i + limits.no_repeat]
            for i in range(len(words) - limits.no_repeat + 1)
        ]
        assert not limits.no_repeat or len(set(runs)) == len(runs)


@given(KINDS, SEEDS, st.integers(2, 6))
@settings(max_examples=25, deadline=None)
def test_what_must_be_said_is_said(kind, seed, max_len):
    writer = lively(WRITERS[kind](), seed)
    batch = collate(
        [
            Example(0, 0, "new"),
            Example(1, 1),
            Example(2, 2, sources=[["odd", "a"]]),
        ],
        VOCAB,
    )
    limits = Limits(
        max_len=max_len, must_contain=[["new", "b"], [], ["odd"]], no_repeat=2
    )
    found = [
        greedy(writer, batch, VOCAB, limits),
        [row[0] for row in beam(writer, batch, VOCAB, 3, limits=limits)],
    ]
    found += [
        [row[-1] for row in sample(writer, batch, VOCAB, n=2, limits=limits)]
    ]
    for written in found:
        assert {"new", "b"} <= set(written[0].words) and "odd" in written[
            2
        ].words


@pytest.mark.parametrize(("must", "never", "max_len", "why"), [
    ([["yurt"], []], (), 5, "row 0 must contain 'yurt': not in the vocabulary"),
    ([[], ["<unk>"]], (), 5, "row 1 must contain '<unk>'"),
    ([[], ["a"]], ("a",), 5, "also forbidden"),
    ([["a", "b"], []], (), 1, "2 words, but may have 1"),
    ([["a"]], (), 5, "1 entries for 2 rows"),
])  # fmt: skip
def test_a_constraint_that_cannot_be_met_is_refused(must, never, max_len, why):
    writer, batch = (
        WRITERS["transformer"]().eval(),
        collate([Example(0, 0), Example(1, 1)], VOCAB),
    )
    with pytest.raises(DataError, match=why):
        greedy(
            writer,
            batch,
            VOCAB,
            Limits(max_len=max_len, must_contain=must, never=never),
        )


def test_where_nothing_is_left_to_say_the_sentence_ends():
    writer, batch = (
        lively(WRITERS["additive"]()),
        collate([Example(0, 0)], VOCAB),
    )
    limits = Limits(max_len=30, no_repeat=1, never=list("bcdefgh"))
    assert texts(greedy(writer, batch, VOCAB, limits)) == [("a",)]
    with pytest.raises(DataError, match="row 0: every word is forbidden"):
        greedy(writer, batch, VOCAB, Limits(never=list("abcdefgh")))


def test_the_log_probability_is_the_writers_own():
    writer, rows = lively(WRITERS["transformer"](), seed=1), random_examples(9)
    all_written = greedy(
        writer, collate(rows, VOCAB), VOCAB, Limits(repeat_penalty=0.5)
    )
    row, written = max(
        zip(rows, all_written, strict=True),
        key=lambda pair: len(pair[1].words),
    )
    assert len(set(written.words)) < len(
        written.words
    )  # the penalty had something to punish
    again = collate(
        [
            Example(
                row.user_idx,
                row.item_idx,
                row.aspect,
                row.sources,
                row.rating,
                written.words,
            )
        ],
        VOCAB,
    )
    again = replace(
        again, target=again.target[:, :15]
    )  # a sentence that was cut has no end mark
    assert written.log_prob == pytest.approx(
        writer.log_likelihood(again).item(), abs=1e-3
    )


class Scripted:
    """A writer whose next word depends on the last one only, by a table of probabilities; it counts its rows."""

    training = False

    def __init__(self, table):
        self.table, self.rows = table, []

    def eval(self):
        return self

    def train(self, mode):
        return self

    def start(self, batch):
        return SimpleNamespace(
            attention=torch.zeros(len(batch), 1, batch.source.shape[1])
        )

    def step(self, state, tokens):
        self.rows.append(len(tokens))
        return self.table[tokens], state

    def reorder(self, state, rows):
        return SimpleNamespace(attention=state.attention[rows])


def scripted(steps):
    """Build the table from {word: {next word: probability}}; "<bos>" and "<eos>" are words."""
    table = torch.full((len(VOCAB), len(VOCAB)), 1e-9)
    for word, following in steps.items():
        for after, probability in following.items():
            table[VOCAB.words.index(word), VOCAB.words.index(after)] = (
                probability
            )
    return Scripted(table.log())


GARDEN_PATH = {"<bos>": {"a": 0.6, "b": 0.4}, "a": {"c": 0.35, "d": 0.33, "e": 0.32}, "b": {"f": 0.99, "g": 0.01},
               **{word: {"<eos>": 1.0} for word in "cdefg"}}  # fmt: skip


def test_beam_finds_what_greedy_misses():
    batch = collate([Example(0, 0)], VOCAB)
    assert texts(greedy(scripted(GARDEN_PATH), batch, VOCAB)) == [("a", "c")]
    best = beam(scripted(GARDEN_PATH), batch, VOCAB, width=2)[0]
    assert texts(best) == [("b", "f"), ("a", "c")]
    assert best[0].log_prob == pytest.approx(
        torch.tensor(0.4 * 0.99).log().item(), abs=1e-4
    )


def test_length_power_decides_between_short_and_long():
    steps = {
        "<bos>": {"a": 1.0},
        "a": {"<eos>": 0.5, "b": 0.5},
        "b": {"c": 0.9},
        "c": {"<eos>": 0.9},
    }
    batch = collate([Example(0, 0)], VOCAB)
    assert texts(beam(scripted(steps), batch, VOCAB, 2, length_power=0.0)[0])[
        0
    ] == ("a",)
    assert texts(beam(scripted(steps), batch, VOCAB, 2, length_power=1.0)[0])[
        0
    ] == ("a", "b", "c")
    # a step's mean is log 0.5 / 2 = -0.347, or log 0.225 / 4 = -0.373
    steps["c"] = {"<eos>": 0.5}
    assert texts(beam(scripted(steps), batch, VOCAB, 2, length_power=1.0)[0])[
        0
    ] == ("a",)


@given(SEEDS, KINDS)
@settings(max_examples=10, deadline=None)
def test_a_beam_of_all_beginnings_finds_the_best_sentence(seed, kind):
    writer, batch = (
        lively(WRITERS[kind](), seed),
        collate([Example(0, 0)], VOCAB),
    )
    words = list("abcdefgh")
    every = [(one,) for one in words] + list(
        itertools.product(words, repeat=2)
    )
    rows = collate(
        [Example(0, 0, target=sentence) for sentence in every], VOCAB
    )
    rows = rows.rows(torch.arange(len(every)))
    ended = writer.log_likelihood(
        replace(rows, target=rows.target[:, :2])
    ).tolist()  # two words: no room to end
    best = beam(
        writer, batch, VOCAB, 200, length_power=0.0, limits=Limits(max_len=2)
    )[0][0]
    assert best.log_prob == pytest.approx(max(ended), abs=1e-4)
    assert best.words == every[ended.index(max(ended))]


def test_finished_rows_stop_costing():
    chain = {
        "<bos>": {"a": 1.0},
        "a": {"<eos>": 1.0},
        "b": {"c": 1.0},
        "c": {"d": 1.0},
        "d": {"<eos>": 1.0},
    }
    writer, batch = (
        scripted(chain),
        collate([Example(0, 0), Example(1, 1), Example(2, 2)], VOCAB),
    )
    greedy(writer, batch, VOCAB, Limits(must_contain=[["b"], [], []]))
    assert writer.rows[:3] == [3, 3, 1] and set(writer.rows[2:]) == {1}


def test_nucleus_draws_by_probability_and_only_from_the_top():
    rng, probs = (
        torch.Generator().manual_seed(0),
        torch.tensor([0.5, 0.3, 0.15, 0.05]),
    )
    many = probs.log().expand(20_000, 4)
    shares = nucleus(many, rng=rng).bincount(minlength=4) / 20_000
    torch.testing.assert_close(shares, probs, atol=0.015, rtol=0)
    assert set(nucleus(many, top_p=0.6, rng=rng).tolist()) == {0, 1}
    assert set(nucleus(many, top_k=1, rng=rng).tolist()) == {0}
    cold = (
        nucleus(many, temperature=0.5, rng=rng).bincount(minlength=4) / 20_000
    )
    torch.testing.assert_close(
        cold, probs**2 / (probs**2).sum(), atol=0.015, rtol=0
    )


def test_sampling_repeats_with_its_seed_and_changes_without():
    writer, batch = lively(WRITERS["transformer"](), size=0.1), batch_of(3)
    draws = [
        [texts(row) for row in sample(writer, batch, VOCAB, n=3, seed=seed)]
        for seed in (1, 1, 2)
    ]
    assert draws[0] == draws[1] != draws[2]
    for bad in ({"temperature": 0.0}, {"top_p": 0.0}, {"top_p": 1.1}):
        with pytest.raises(DataError, match="above 0"):
            Dice(**bad)
    with pytest.raises(DataError, match="n=0"):
        sample(writer, batch, VOCAB, n=0)
    with pytest.raises(DataError, match="width=0"):
        beam(writer, batch, VOCAB, 0)


@settings(max_examples=20)
@given(KINDS, st.lists(st.integers(0, 99), min_size=2, max_size=5))
def test_with_its_own_seed_a_row_is_drawn_alike_alone_and_in_company(
    kind, seeds
):
    writer, batch = lively(WRITERS[kind](), size=0.1), batch_of(len(seeds))
    together = sample(writer, batch, VOCAB, n=3, seed=seeds)
    for row, seed in enumerate(seeds):
        [alone] = sample(
            writer, batch.rows(torch.tensor([row])), VOCAB, n=3, seed=[seed]
        )
        assert texts(alone) == texts(together[row])
    with pytest.raises(DataError, match="one for each"):
        sample(writer, batch, VOCAB, seed=[0])


def test_writing_leaves_the_training_mode_as_it_was():
    writer = WRITERS["transformer"]().train()
    greedy(writer, batch_of(2), VOCAB)
    assert writer.training


def test_an_unseen_user_and_item_get_a_sentence():
    written = greedy(
        lively(WRITERS["transformer"]()),
        collate([Example(-1, -1)], VOCAB),
        VOCAB,
    )
    assert written[0].words


def test_an_index_out_of_range_is_refused():
    with pytest.raises(DataError, match="user index"):
        greedy(WRITERS["additive"](), collate([Example(99, 0)], VOCAB), VOCAB)


@given(st.lists(st.integers(0, 3), max_size=10), st.integers(1, 3))
def test_repeated_is_what_would_make_a_run_twice(past, n):
    def twice(words):
        runs = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
        return runs and runs[-1] in runs[:-1]

    assert set(repeated(past, n)) == {
        word for word in range(4) if twice([*past, word])
    }
    assert repeated(past, 0) == [] and EOS not in repeated([], n)


def test_a_row_never_gets_the_words_of_another_row():
    batch = collate([Example(0, 0, "new"), Example(1, 1)], VOCAB)
    begun = torch.ones(4, 1, dtype=torch.int64)
    scores = Limiter(Limits(), batch, VOCAB, copies=2).apply(
        torch.zeros(4, len(VOCAB) + 1), begun, torch.arange(4)
    )
    assert scores[:, len(VOCAB)].tolist() == [0.0, 0.0, -torch.inf, -torch.inf]


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_judging_draws_nothing_and_leaves_the_training_mode_as_it_was(kind):
    net, batch = lively(WRITERS[kind]()), batch_of(5)
    quiet = net.log_likelihood(batch), net.rate(batch)
    net.train()
    before = torch.get_rng_state()
    assert net.log_likelihood(batch).equal(quiet[0]) and net.rate(batch).equal(
        quiet[1]
    )
    assert torch.get_rng_state().equal(before) and net.training


def test_sampling_says_from_how_many_words_it_draws():
    net, batch = lively(WRITERS["transformer"](), size=0.1), batch_of(4)
    alone = [
        row[0]
        for row in sample(net, batch, VOCAB, dice=Dice(top_p=1.0, top_k=1))
    ]
    assert texts(alone) == texts(greedy(net, batch, VOCAB))
    rng, even = torch.Generator().manual_seed(0), torch.zeros(4000, 200)
    assert len(nucleus(even, rng=rng).unique()) == 50
    assert len(nucleus(even, top_k=None, rng=rng).unique()) == 200
    with pytest.raises(DataError, match="top_k=0"):
        Dice(top_k=0)
