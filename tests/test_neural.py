"""A trained writer at work: what it says is planned or given, supported,
repeatable, and it copes with strangers.
"""

import sys

import pytest

from recx_lib.nets import FitSettings, RationaleTransformer, Seq2Seq, TransformerShape
from recx_lib.write import AspectPlanner, NeuralWriter, Retriever
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
    planner = AspectPlanner(Retriever().fit(records)).fit(records)
    settings = FitSettings(epochs=12, batch_size=8, lr=1e-2, patience=12)
    validation = records[::5].reset_index(drop=True)
    return NeuralWriter(planner, make, settings, n_sample=4).fit(
        records, validation, quiet=True
    )


def test_a_given_aspect_is_named_and_a_planned_one_supported(writer):
    said = writer.write_all(["u0", "u1"], ["i0", "i1"], ["zip", None])
    assert "zip" in said[0].text.split() and said[0].features == ("zip",)
    assert said[1].features and writer.planner.facts_.supports(
        "i1", said[1].text
    )
    assert (said[0].explanation.user, said[0].explanation.item) == ("u0", "i0")


def test_one_by_one_and_together_agree(writer, monkeypatch):
    users, items, aspects = (
        ["u0", "u2", "u3"],
        ["i2", "i1", "i3"],
        ["zip", "strap", "strap"],
    )
    # samples depend on the company, the beam does not
    monkeypatch.setattr(
        "recx_lib.write.choose.sample",
        lambda model, batch, *_, **__: [[] for _ in range(len(batch))],
    )
    writer.chooser.said.clear()
    alone = [
        writer.write(*one).text
        for one in zip(users, items, aspects, strict=True)
    ]
    writer.chooser.said.clear()
    assert [
        said.text for said in writer.write_all(users, items, aspects)
    ] == alone
    assert all(
        aspect in text.split()
        for aspect, text in zip(aspects, alone, strict=True)
    )


def test_strangers_get_a_sentence_or_an_honest_none_and_a_mean_rating(writer):
    said = writer.write_all(
        ["nobody", "nobody"], ["i0", "nothing"], [None, "zip"]
    )
    assert (
        writer.planner.facts_.supports("i0", said[0].text)
        and "zip" in said[1].text.split()
    )
    nothing = writer.write("nobody", "nothing")
    assert nothing is None or not writer.planner.facts_.claims(nothing.text)
    low, high, mean = (
        *writer.predict(["u0", "u1"], ["i1", "i0"]),
        writer.predict(["nobody"], ["nothing"])[0],
    )
    assert low < mean < high and all(
        1 <= star <= 5 for star in (low, high, mean)
    )


def examples_of_fit(records, monkeypatch) -> tuple[list, Retriever]:
    """Return the examples that `fit` trains on, in the records' order."""
    retriever, seen = Retriever().fit(records), []
    module = sys.modules[NeuralWriter.__module__]
    monkeypatch.setattr(
        module, "fit", lambda _, rows, *a, **k: seen.extend(rows)
    )
    planner = AspectPlanner(retriever).fit(records)
    NeuralWriter(planner, SMALL["seq2seq"], n_sample=4).fit(
        records, records[::5]
    )
    return seen, retriever


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
        asked = said.user, said.item, said.feature, len(example.sources)
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
    planner = AspectPlanner(Retriever().fit(records)).fit(records)
    settings = FitSettings(epochs=2, batch_size=8)
    odd_writer = NeuralWriter(
        planner, SMALL["seq2seq"], settings, n_sample=2
    ).fit(records, records[::5], quiet=True)
    given, planned = odd_writer.write_all(
        ["u0", "u1"], ["i0", "i1"], ["zip", None]
    )
    assert "zip" in given.text.split() and 1 <= len(given.text.split()) <= 15
    assert planned.features and planner.facts_.supports("i1", planned.text)
