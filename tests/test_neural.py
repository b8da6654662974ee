"""A trained writer at work: what it says is planned or given, supported, repeatable, and it copes with strangers."""

import sys
from collections import Counter
from copy import copy
from dataclasses import replace

import pytest

from recx_lib.nets import (
    FitSettings,
    RationaleTransformer,
    Seq2Seq,
    TransformerShape,
)
from recx_lib.write import (
    AspectPlanner,
    Briefing,
    Drafting,
    NeuralWriter,
    Retriever,
)
from tests.record_cases import make_records

SMALL = {
    "transformer": lambda *sizes: RationaleTransformer(
        *sizes, TransformerShape(width=16, layers=1)
    ),
    "seq2seq": lambda *sizes: Seq2Seq(*sizes, width=16),
}


@pytest.fixture(scope="module", params=sorted(SMALL))
def writer(request):
    return trained(SMALL[request.param])


def trained(make):
    records = make_records(n_items=8, n_users=12)
    settings = FitSettings(epochs=12, batch_size=8, lr=1e-2, patience=12)
    validation = records[::5].reset_index(drop=True)
    return NeuralWriter(
        briefing(records), make, settings, Drafting(n_sample=4)
    ).fit(records, validation, quiet=True)


def briefing(records):
    return Briefing(AspectPlanner(Retriever().fit(records)).fit(records))


def test_a_given_aspect_is_named_and_a_planned_one_supported(writer):
    said = writer.write_all(["u0", "u1"], ["i0", "i1"], ["zip", None])
    assert "zip" in said[0].text.split() and said[0].aspects == ("zip",)
    assert said[1].aspects and writer.briefing.facts.supports(
        "i1", said[1].text
    )
    assert (said[0].explanation.user, said[0].explanation.item) == ("u0", "i0")


def test_one_by_one_and_together_agree_in_any_order(writer):
    people, goods, asked = (
        [f"u{k}" for k in range(12)],
        [f"i{k % 8}" for k in range(12)],
        ["zip", None, "strap"] * 4,
    )
    triples = list(zip(people, goods, asked, strict=True))
    alone = [writer.write(*one) for one in triples]
    assert writer.write_all(people, goods, asked) == alone
    assert [writer.write(*one) for one in reversed(triples)] == alone[::-1]
    assert all(
        aspect is None or aspect in said.text.split()
        for aspect, said in zip(asked, alone, strict=True)
    )


def test_drafts_do_not_depend_on_who_else_is_written_for(writer, monkeypatch):
    lively = copy(writer)
    lively.drafting = replace(writer.drafting, n_sample=6, temperature=3.0)
    monkeypatch.setattr(
        NeuralWriter,
        "pick",
        lambda self, user, item, aspect, drafts, said: drafts,
    )
    triples = [
        ("u0", "i0", "zip"),
        ("u1", "i1", None),
        ("u2", "i2", "strap"),
        ("u3", "i0", "zip"),
    ]
    together = lively.write_all(*zip(*triples, strict=True))
    for triple, found in zip(triples, together, strict=True):
        assert [one.text for one in found] == [
            one.text for one in lively.write(*triple)
        ]
    assert len({tuple(one.text for one in found) for found in together}) == 4


def test_with_a_memory_the_list_is_said_in_order_and_repeating_costs(writer):
    dear = copy(writer)
    dear.drafting = replace(writer.drafting, n_sample=28, temperature=2.0)
    dear.prices = replace(writer.prices, repetition=1.0)
    thrice, said = (["u0"] * 3, ["i0"] * 3, ["zip"] * 3), Counter()
    assert len({one.text for one in dear.write_all(*thrice)}) == 1
    texts = [one.text for one in dear.write_all(*thrice, said)]
    assert len(set(texts)) == 3 and said == Counter(texts)


def test_strangers_get_a_sentence_or_an_honest_none_and_a_mean_rating(writer):
    said = writer.write_all(
        ["nobody", "nobody"], ["i0", "nothing"], [None, "zip"]
    )
    assert (
        writer.briefing.facts.supports("i0", said[0].text)
        and "zip" in said[1].text.split()
    )
    nothing = writer.write("nobody", "nothing")
    assert nothing is None or not writer.briefing.facts.claims(nothing.text)
    low, high, mean = (
        *writer.predict(["u0", "u1"], ["i1", "i0"]),
        writer.predict(["nobody"], ["nothing"])[0],
    )
    assert low < mean < high and all(
        1 <= star <= 5 for star in (low, high, mean)
    )


def examples_of_fit(records, monkeypatch) -> tuple[list, Retriever]:
    """Return the examples that `fit` trains on, in the records' order."""
    seen, brief = [], briefing(records)
    module = sys.modules[NeuralWriter.__module__]
    monkeypatch.setattr(
        module, "fit", lambda _, rows, *a, **k: seen.extend(rows)
    )
    NeuralWriter(brief, SMALL["seq2seq"]).fit(records, records[::5])
    return seen, brief.retriever


def test_training_examples_are_chosen_as_if_their_sentence_were_unknown(
    monkeypatch,
):
    """A row's sentence must not choose what the row reads: it would leak."""
    records = make_records(n_items=8, n_users=12)
    examples, retriever = examples_of_fit(records, monkeypatch)
    leaked = 0
    for row, (example, said) in enumerate(
        zip(examples, records.itertuples(), strict=True)
    ):
        asked = said.user, said.item, said.term, len(example.sources)
        fair, all_known = (
            [tuple(t.split()) for t in retriever.retrieve(*asked, leave_out)]
            for leave_out in (row, None)
        )
        assert list(example.sources) == fair
        assert example.target == tuple(said.sentence.split())
        assert example.target not in example.sources
        assert example.rating == said.rating
        leaked += fair != all_known
    assert leaked > 10, "leaving out changes nothing here: a blind test"


@pytest.mark.slow
def test_the_same_seed_writes_the_same():
    texts = [
        [
            said.text
            for said in trained(SMALL["seq2seq"]).write_all(
                ["u0", "u1"], ["i0", "i1"], ["zip", "strap"]
            )
        ]
        for _ in range(2)
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    "odd", [("zip", ""), ("zip 👍", "拉链 很 好"), ("zip " * 10_000, "zip")]
)
def test_odd_training_texts_neither_stop_the_writer_nor_its_being_true(odd):
    records = make_records(n_items=8, n_users=12)
    records.loc[[0, 1], "sentence"] = odd
    brief = briefing(records)
    settings = FitSettings(epochs=2, batch_size=8)
    odd_writer = NeuralWriter(
        brief, SMALL["seq2seq"], settings, Drafting(n_sample=2)
    )
    odd_writer.fit(records, records[::5], quiet=True)
    given, planned = odd_writer.write_all(
        ["u0", "u1"], ["i0", "i1"], ["zip", None]
    )
    assert "zip" in given.text.split() and 1 <= len(given.text.split()) <= 15
    assert planned.aspects and brief.facts.supports("i1", planned.text)
