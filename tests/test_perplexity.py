"""Perplexity: known numbers, a tiny causal model made here, bad readers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from benchmarks.fluency import KeptReader
from recx_lib.core import DataError
from recx_lib.judge import perplexity, perplexity_interval, surprises
from recx_lib.nets import CausalReader
from tests.model_cases import LLAMA, tiny_tokenizer

TEXTS = ["the jacket keeps me dry", "dry dry", "the rain in me"]


@pytest.fixture(scope="module")
def reader() -> CausalReader:
    """A tiny Llama with random weights, behind its own start token."""
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(**LLAMA))
    return CausalReader(tiny_tokenizer(), model, "<s>")


class Fixed:
    def __init__(self, *found):
        self.found, self.asked = found, 0

    def log_probs(self, text):
        self.asked += 1
        return np.array(self.found)


def test_each_token_is_read_after_those_before_it_and_the_first_after_the_start(
    reader,
):
    found = reader.log_probs("the jacket dry")
    names = ["<s>", "the", "jacket", "dry"]
    ids = reader.tokenizer.convert_tokens_to_ids(names)
    for place in (1, 2, 3):
        with torch.inference_mode():
            told = reader.model(input_ids=torch.tensor([ids[:place]])).logits
        wanted = told[0, -1].log_softmax(-1)[ids[place]].item()
        assert found[place - 1] == pytest.approx(wanted, abs=1e-4)


def test_every_token_counts_the_same_whatever_its_sentence(reader):
    each = np.concatenate([reader.log_probs(text) for text in TEXTS])
    assert perplexity(TEXTS, reader) == pytest.approx(np.exp(-each.mean()))
    assert surprises(TEXTS, reader)[:, 1].tolist() == [5, 2, 4]


def test_a_model_that_knows_nothing_hesitates_between_all_tokens():
    assert perplexity(["a", "b"], Fixed(*[-math.log(9)] * 4)) == pytest.approx(
        9
    )


def test_the_interval_holds_the_value_and_draws_whole_groups(reader):
    value, low, high = perplexity_interval(TEXTS, reader)
    assert low < value < high
    same = perplexity_interval(TEXTS, reader, groups=["one"] * 3)
    assert same == pytest.approx((value, value, value))


def test_what_was_read_is_kept_by_its_text(tmp_path):
    first, file = Fixed(-1.0, -2.0), tmp_path / "read" / "kept.json"
    kept = KeptReader(file, lambda: first)
    found = perplexity(["a tent", "a tent"], kept)
    assert first.asked == 1
    kept.keep()
    again = KeptReader(file, lambda: pytest.fail("read again"))
    assert perplexity(["a tent"], again) == pytest.approx(found)


@pytest.mark.parametrize(
    ("texts", "found", "message"),
    [
        ([], (-1.0,), "no sentences"),
        (["a", ""], (), "sentence 0 .* no token"),
        (["a"], (0.5,), "0 at most.*0.5"),
        (["a"], (math.nan,), "0 at most"),
    ],
)
def test_what_cannot_be_read_is_our_own_error(texts, found, message):
    with pytest.raises(DataError, match=message):
        perplexity(texts, Fixed(*found))


def test_a_start_that_the_tokenizer_does_not_know_is_refused(reader):
    with pytest.raises(DataError, match="no token '<start>'"):
        CausalReader(reader.tokenizer, reader.model, "<start>")
