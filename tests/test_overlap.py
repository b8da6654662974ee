import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer
from rouge_score.tokenizers import Tokenizer
from sacrebleu.metrics import BLEU

from recx_lib.core import DataError
from recx_lib.judge import (
    SentenceTable,
    bleu,
    div,
    fcr,
    fmr,
    longest_common,
    medoid,
    rouge_l,
    rouge_n,
    terms_named,
    usr,
)
from recx_lib.judge.overlap import MAX_WORDS, rouge_n_sets, split_words

WORDS = [
    "the",
    "tent",
    "zip",
    "is",
    "light",
    "so",
    "good",
    ",",
    "great",
    "a",
    "b",
]
sentence = st.lists(st.sampled_from(WORDS), min_size=1, max_size=20).map(
    " ".join
)
pairs = st.lists(st.tuples(sentence, sentence), min_size=1, max_size=12)
named_sets = st.lists(
    st.sets(st.sampled_from("abcde")), min_size=2, max_size=15
)


class SpaceTokenizer(Tokenizer):
    def tokenize(self, text):
        return text.split()


def cut(text):
    return " ".join(split_words(text))


@given(pairs, st.integers(1, 4))
def test_bleu_equals_sacrebleu(both, n):
    refs, hyps = [cut(ref) for ref, _ in both], [cut(hyp) for _, hyp in both]
    oracle = BLEU(
        tokenize="none", smooth_method="none", max_ngram_order=n, force=True
    )
    assert bleu(refs, hyps, n) == pytest.approx(
        oracle.corpus_score(hyps, [refs]).score, abs=1e-6
    )


@given(sentence, sentence)
def test_rouge_equals_rouge_score(ref, hyp):
    oracle = rouge_scorer.RougeScorer(
        ["rouge1", "rouge2", "rougeL"], tokenizer=SpaceTokenizer()
    )
    wanted = oracle.score(cut(ref), cut(hyp))
    ours = {
        "rouge1": rouge_n(ref, hyp, 1),
        "rouge2": rouge_n(ref, hyp, 2),
        "rougeL": rouge_l(ref, hyp),
    }
    for name, theirs in wanted.items():
        assert ours[name] == pytest.approx(
            (
                100 * theirs.precision,
                100 * theirs.recall,
                100 * theirs.fmeasure,
            )
        )


@given(pairs)
def test_perfect_copies_score_a_hundred_and_no_score_leaves_its_range(both):
    refs = [ref for ref, _ in both]
    assert bleu(refs, refs, 1) == pytest.approx(100)
    for ref, hyp in both:
        assert rouge_n(ref, ref, 1) == (100, 100, 100)
        for scores in (
            rouge_n(ref, hyp, 1),
            rouge_n(ref, hyp, 2),
            rouge_l(ref, hyp),
            rouge_n_sets(ref, hyp, 1),
        ):
            assert all(0 <= value <= 100 + 1e-9 for value in scores)


@given(sentence, sentence)
def test_swapping_the_texts_swaps_precision_and_recall(ref, hyp):
    for score in (
        lambda a, b: rouge_n(a, b, 1),
        rouge_l,
        lambda a, b: rouge_n_sets(a, b, 2),
    ):
        precision, recall, f1 = score(ref, hyp)
        assert score(hyp, ref) == pytest.approx((recall, precision, f1))


def test_unknown_words_match_nothing_not_even_each_other():
    assert bleu(["<unk> tent"], ["<unk> tent"], 1) == 50
    assert rouge_n("<unk> tent", "<unk> tent", 1)[0] == 50
    assert rouge_n_sets("<unk> tent", "<unk> tent", 1)[0] == 50
    assert longest_common(["<unk>", "tent"], ["<unk>", "tent"]) == 1
    table = SentenceTable(["<unk> tent"], orders=(1,))
    assert table.expected(table.rows, np.ones(1)) == pytest.approx([0.5])


def test_only_the_first_fifteen_words_count():
    long = " ".join(f"w{k}" for k in range(40))
    assert len(split_words(long)) == MAX_WORDS
    assert bleu([long], [" ".join(long.split()[:15])], 4) == pytest.approx(100)
    assert terms_named([long], {"w14", "w15"}) == [{"w14"}]
    assert split_words("x " * 10_000) == ["x"] * 15


def test_counted_and_set_rouge_differ_on_repeats():
    assert rouge_n("so so good", "so good", 1)[1] == pytest.approx(200 / 3)
    assert rouge_n_sets("so so good", "so good", 1)[1] == 100


def test_short_output_pays_the_brevity_penalty_long_output_does_not():
    assert bleu(["a b c d"], ["a b"], 1) == pytest.approx(100 * np.exp(1 - 2))
    assert bleu(["a b"], ["a b c d"], 1) == 50
    assert bleu(["a b"], ["b a"], 2) == 0  # no pair of words: no smoothing


@given(named_sets)
def test_div_equals_the_loop_over_all_pairs(named):
    pairs_shared = [len(a & b) for a, b in combinations(named, 2)]
    assert div(named) == pytest.approx(np.mean(pairs_shared))


@given(
    st.lists(sentence, min_size=1, max_size=15),
    st.randoms(use_true_random=False),
)
def test_usr_and_fcr_do_not_depend_on_the_order(sentences, rng: random.Random):
    mixed = rng.sample(sentences, len(sentences))
    assert usr(mixed) == usr(sentences)
    named = [terms_named(side, {"tent", "zip"}) for side in (sentences, mixed)]
    assert fcr(named[0], {"tent", "zip"}) == fcr(named[1], {"tent", "zip"})


def test_shares_on_a_worked_case():
    sentences = ["the tent leaks", "The tent leaks", "the zip jams", "hm"]
    named = terms_named(sentences, {"tent", "zip", "peg"})
    assert usr(sentences) == 0.75
    assert fmr(named, ["tent", "zip", "zip", "peg"]) == 0.5
    assert fcr(named, {"tent", "zip", "peg"}) == pytest.approx(2 / 3)
    assert div(named) == pytest.approx(1 / 6)


@pytest.mark.parametrize(("refs", "hyps"), [([], []), (["a"], ["a", "b"])])
def test_unequal_or_empty_input_is_refused(refs, hyps):
    with pytest.raises(DataError, match="one reference per sentence"):
        bleu(refs, hyps)


def test_div_of_one_sentence_is_refused():
    with pytest.raises(DataError, match="at least two"):
        div([{"a"}])


@settings(max_examples=50)
@given(
    st.lists(sentence, min_size=1, max_size=8),
    st.lists(sentence, min_size=1, max_size=8),
    st.integers(0, 99),
)
def test_expected_similarity_equals_the_loop_over_all_pairs(
    refs, candidates, seed
):
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(refs)))
    table = SentenceTable(refs)
    wanted = [
        sum(
            w * (rouge_n(r, c, 1)[2] + rouge_n(r, c, 2)[2]) / 200
            for w, r in zip(weights, refs, strict=True)
        )
        for c in candidates
    ]
    assert table.expected(table.encode(candidates), weights) == pytest.approx(
        wanted, abs=1e-5
    )


def test_medoid_is_the_sentence_nearest_to_the_others():
    assert (
        medoid(
            [
                "so be it",
                "the zip is good",
                "the zip is bad",
                "the tent is good",
            ]
        )
        == "the zip is good"
    )


@pytest.mark.parametrize("text", [None, float("nan"), 3])
def test_what_is_no_text_is_refused(text):
    for metric in (
        lambda: bleu(["a"], [text]),
        lambda: rouge_n(text, "a"),
        lambda: rouge_l("a", text),
        lambda: usr([text]),
    ):
        with pytest.raises(DataError, match="is no text"):
            metric()


def test_shares_of_nothing_are_refused():
    with pytest.raises(DataError, match="at least one"):
        usr([])
    with pytest.raises(DataError, match="no terms"):
        fcr([{"tent"}], [])
    with pytest.raises(DataError, match="one reference per sentence"):
        fmr([], [])
