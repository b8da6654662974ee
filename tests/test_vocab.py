"""The vocabulary and the batches: every word finds its way there and back, and nothing leaks or is silently lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recx_lib.core import DataError
from recx_lib.nets import BOS, EOS, PAD, SEP, UNK, Example, Vocab, collate
from recx_lib.nets.batches import map_tensors, select
from recx_lib.nets.vocab import SPECIALS

WORDS = st.lists(
    st.text(min_size=1, max_size=4).filter(lambda word: word not in SPECIALS),
    min_size=1,
    max_size=12,
)


@given(WORDS, WORDS)
def test_words_known_or_extra_come_back(known, said):
    vocab = Vocab(list(dict.fromkeys(known)))
    extra = vocab.unknown(said)
    assert vocab.decode(vocab.encode(said, extra), extra) == said
    assert vocab.encode(said) == [
        vocab.encode([word])[0] if word in known else UNK for word in said
    ]


def test_build_orders_by_count_then_spelling_and_drops_the_rare():
    vocab = Vocab.build([["b", "a", "c"], ["a", "b"], ["a", "d"]], min_count=2)
    assert vocab.words == [*SPECIALS, "a", "b"]


@pytest.mark.parametrize("text", [[], [[]], [["once"]], [["<unk>", "<unk>"]]])
def test_a_text_with_nothing_to_learn_is_refused(text):
    with pytest.raises(DataError, match="nothing to learn"):
        Vocab.build(text, min_count=2)


def test_a_mark_or_a_twin_in_the_words_is_refused():
    for words in (["<eos>"], ["a", "a"]):
        with pytest.raises(DataError, match="twice"):
            Vocab(words)


def test_the_fingerprint_tells_vocabularies_apart():
    assert Vocab(["a", "b"]).fingerprint == Vocab(["a", "b"]).fingerprint
    assert (
        len(
            {
                Vocab(words).fingerprint
                for words in (["a", "b"], ["b", "a"], ["ab"])
            }
        )
        == 3
    )


def test_a_mark_spelled_out_in_a_text_is_no_mark():
    vocab = Vocab(["a"])
    assert vocab.encode(["<eos>", "<pad>", "a"]) == [UNK, UNK, 5]


def test_collate_by_hand():
    rows = [
        Example(
            0, 2, "zip", [["a", "zip"], ["new"]], 4.0, ["a", "new", "odd"]
        ),
        Example(-1, 1),
    ]
    batch = collate(rows, Vocab(["a", "zip"]))
    assert batch.source.tolist() == [
        [6, SEP, 5, 6, SEP, 7, SEP],
        [SEP, *[PAD] * 6],
    ]
    assert batch.target.tolist() == [[5, 7, UNK, EOS], [EOS, *[PAD] * 3]]
    assert batch.target_in.tolist() == [[BOS, 5, 7, UNK], [BOS, EOS, PAD, PAD]]
    assert (batch.aspect.tolist(), batch.extra, batch.n_extra) == (
        [6, PAD],
        (("new",), ()),
        1,
    )


def test_no_source_holds_an_end_of_a_sentence():
    rows = [Example(0, 0, "zip", [["a"], ["zip", "a"]]), Example(1, 1)]
    batch = collate(rows, Vocab(["a", "zip"]))
    assert not (batch.source == EOS).any()
    assert (batch.source == SEP).sum(dim=1).tolist() == [3, 1]


def test_a_target_that_is_cut_has_no_end_mark_and_a_long_source_is_cut():
    row = Example(0, 0, sources=[["w"] * 10_000], target=["a"] * 10_000)
    batch = collate([row], Vocab(["a"]), max_target=3, max_source=5)
    assert batch.target.tolist() == [[5, 5, 5]] and batch.source.tolist() == [
        [6] * 5
    ]


def test_emoji_and_chinese_words_are_words():
    row = Example(
        0, 0, aspect="帐篷", sources=[["👍", "帐篷"]], target=["帐篷", "👍"]
    )
    vocab = Vocab(["👍"])
    batch = collate([row], vocab)
    assert vocab.decode(batch.target[0].tolist(), batch.extra[0]) == [
        "帐篷",
        "👍",
    ]


def test_no_examples_no_batch():
    with pytest.raises(DataError, match="at least one example"):
        collate([], Vocab(["a"]))


def test_rows_keeps_the_width_of_the_batch():
    batch = collate([Example(0, 0, "x"), Example(1, 1, "a")], Vocab(["a"]))
    part = batch.rows(batch.user.new_tensor([1, 1]))
    assert (part.n_extra, part.extra, part.user.tolist()) == (
        1,
        ((), ()),
        [1, 1],
    )


def test_select_reaches_into_nests():
    batch = collate([Example(0, 0), Example(1, 1)], Vocab(["a"]))
    assert select([batch.user, (batch.item, 7)], batch.user.new_tensor([1]))[
        1
    ][0].tolist() == [1]
    assert map_tensors(lambda t: t + 1, (batch.user, None))[1] is None
