from dataclasses import replace
from math import log

import numpy as np
import pandas as pd
import pytest

from recx_lib.judge import SentenceTable, rouge_n
from recx_lib.judge.claims import ItemFacts
from recx_lib.write import (
    END,
    NEVER_LAST,
    START,
    AspectPlanner,
    Briefing,
    ConsensusWriter,
    Retriever,
    Votes,
)
from recx_lib.write.consensus import NgramModel

EXTRA = [
    "this zip of number 4 is great says user 9",
    "the zip is really great",
    "a great zip of number 0 is really nice",
]


@pytest.fixture
def writer(records):
    more = records.head(3).assign(
        user="u9", sentence=EXTRA, term="zip", opinion="great", polarity=1
    )
    more = pd.concat([records, more], ignore_index=True)
    return ConsensusWriter(
        Briefing(AspectPlanner(Retriever().fit(more)).fit(more))
    ), more


def test_probabilities_of_the_next_word_sum_to_one():
    model = NgramModel().fit(["a b c", "a b d", "b b"])
    vocabulary = list(model.counts_[0][()])
    for context in [
        (START,) * 3,
        (START, "a", "b"),
        ("never", "seen", "b"),
        ("a", "b", "c"),
    ]:
        assert sum(
            model.probability(word, context) for word in vocabulary
        ) == pytest.approx(1)
    assert model.probability("c", (START, "a", "b")) > model.probability(
        "a", (START, "a", "b")
    )


def test_unless_told_three_words_decide_what_may_follow():
    model = NgramModel().fit(["a b c d e", "x b c d f"])
    found = model.following((START, "a", "b", "c", "d"))
    assert {word for word, _ in found} == {"e", "f"}


def test_only_attested_words_follow():
    model = NgramModel(order=3).fit(["a b c", "x b d"])
    assert {word for word, _ in model.following((START, "a", "b"))} == {"c"}
    assert {word for word, _ in model.following((START, "b", "c"))} == {END}


def test_votes_add_up_to_the_expected_rouge():
    refs, weights = (
        ["it is so so good", "it is light", "so it is"],
        np.array([0.5, 0.3, 0.2]),
    )
    for text in ("it is so good so so", "so so light"):
        tokens = tuple(text.split())
        votes = Votes(SentenceTable(refs), weights, length=len(tokens))
        total = sum(
            votes.of(tokens[:at], word) for at, word in enumerate(tokens)
        )
        wanted = sum(
            w * (rouge_n(r, text, 1)[2] + rouge_n(r, text, 2)[2]) / 200
            for w, r in zip(weights, refs, strict=True)
        )
        assert total == pytest.approx(wanted, abs=1e-6)


def test_a_sentence_s_fluency_is_what_it_is_likelier_than_usual(writer):
    writer, _ = writer
    model, skip = writer.model, [START] * 3
    likely = writer.briefing.references("u1", "i0", "zip")
    found = writer.search(
        Votes(writer.briefing.sentences, likely), "i0", "zip"
    )
    assert found
    for text, worth in found.items():
        tokens = [*skip, *text.split(), END]
        logs = [
            log(model.probability(tokens[at], tuple(tokens[at - 3 : at])))
            for at in range(3, len(tokens))
        ]
        # a word is expected at −1.6 nats, the end mark too
        wanted = 0.005 * (sum(logs) + 1.6 * len(logs))
        assert worth == pytest.approx(wanted)


def test_a_term_that_many_name_is_paid_for_once(writer):
    writer, _ = writer
    share = writer.briefing.shares["zip"]
    assert share > 0
    assert writer.price(("a",), "zip") == pytest.approx(0.3 * share)
    assert writer.price(("a", "zip"), "zip") == 0


def test_of_two_drafts_the_one_in_a_smaller_crowd_is_written(writer):
    writer, _ = writer
    drafts = {"a new zip is here": 5.0, "a new strap is here": 0.0}
    writer.search = lambda votes, item, aspect: drafts
    writer.briefing.shares = {"zip": 0.5, "strap": 0.1}
    assert "zip" in writer.write("u1", "i0", "zip").text
    writer.prices = replace(writer.prices, crowding=100.0)
    assert "strap" in writer.write("u1", "i0", "zip").text


def test_sentences_are_new_supported_and_name_what_they_must(writer):
    writer, records = writer
    facts, old = ItemFacts(records), set(records["sentence"])
    for user, item in (
        records[["user", "item"]].head(12).itertuples(index=False)
    ):
        for aspect in (None, "zip"):
            said = writer.write(user, item, aspect)
            if said is not None:
                assert said.text not in old
                assert said.text.split()[-1] not in NEVER_LAST
                assert (
                    aspect in said.aspects
                    if aspect
                    else facts.supports(item, said.text) and said.aspects
                )
    assert any(writer.write("u1", item) for item in ("i0", "i2", "i4"))


def test_every_four_neighbours_were_neighbours_in_training(writer):
    writer, records = writer
    seen = {
        tuple(text.split()[at : at + 4])
        for text in records["sentence"]
        for at in range(20)
    }
    tokens = writer.write("u1", "i0", "zip").text.split()
    assert all(
        tuple(tokens[at : at + 4]) in seen for at in range(len(tokens) - 3)
    )


def test_nothing_is_written_of_an_unknown_item_or_aspect(writer):
    writer, _ = writer
    assert writer.write("u0", "never seen") is None
    assert writer.write("u0", "i0", "peg") is None


def test_the_same_arguments_give_the_same_sentence(writer):
    writer, _ = writer
    users = ["u0", "u1", "u2"]
    first = [writer.write(user, "i0", "zip") for user in users]
    assert (
        None not in first
        and [writer.write(user, "i0", "zip") for user in reversed(users)]
        == first[::-1]
    )


def test_no_sentence_stops_at_a_word_that_cannot_end_one(records):
    records = records.assign(
        sentence=records["sentence"].str.replace(
            " says", " and the", regex=False
        )
    )
    records["sentence"] = [
        text.split(" user")[0] for text in records["sentence"]
    ]  # all end in "and the"
    writer = ConsensusWriter(
        Briefing(AspectPlanner(Retriever().fit(records)).fit(records))
    )
    weights = writer.briefing.references("u0", "i0", "zip")
    assert (
        writer.search(Votes(writer.briefing.sentences, weights), "i0", "zip")
        == {}
    )
