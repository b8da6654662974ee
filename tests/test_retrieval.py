from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from recx_lib.core import DataError, Evidence
from recx_lib.judge import SentenceTable, hit_at_k
from recx_lib.judge.claims import ItemFacts
from recx_lib.write import (
    AspectPlanner,
    Briefing,
    QuotingWriter,
    Retriever,
    choose,
    crowd,
    softmax,
)
from recx_lib.write.choose import PRICES, fluency, nearness
from recx_lib.write.plan import NEAR, fit_softmax


@pytest.fixture
def retriever(records):
    return Retriever().fit(records)


@pytest.fixture
def planner(retriever, records):
    return AspectPlanner(retriever).fit(records)


def test_same_item_and_like_user_weigh_more(retriever, records):
    logs = retriever.log_weights("u0", "i0")
    same = (records["item"] == "i0").to_numpy()
    assert (
        logs[same].min()
        > logs[~same & (records["user"] != "u0").to_numpy()].max()
    )
    own = (records["user"] == "u0").to_numpy()
    assert logs[own & same].min() > logs[~own & same].max()


def test_unknown_user_and_item_are_like_none(retriever):
    assert np.ptp(retriever.log_weights("nobody", "nothing")) == 0


def test_retrieved_sentences_name_the_aspect_and_are_never_the_users_own(
    retriever, records
):
    read = retriever.retrieve("u0", "i0", "zip", n=3)
    assert len(read) == len(set(read)) == 3
    assert all(
        "zip" in text and not text.endswith("u0") and "user 0" not in text
        for text in read
    )
    assert retriever.retrieve("u0", "i0", "peg") == []
    assert len(retriever.retrieve("nobody", "nothing", n=2)) == 2


def test_leaving_a_record_out_equals_never_having_seen_it(records):
    row = 5
    user, item = records.loc[row, ["user", "item"]]
    without = Retriever().fit(records.drop(row).reset_index(drop=True))
    full = Retriever().fit(records)
    out = full.log_weights(user, item, leave_out=row)
    assert out[row] == -np.inf
    assert records["sentence"][row] not in full.retrieve(
        user, item, records["term"][row], n=50, leave_out=row
    )
    # the rarity of words is still counted with the record, so near, not equal
    assert np.delete(out, row) == pytest.approx(
        without.log_weights(user, item), abs=0.5
    )
    assert full.log_weights(user, item)[row] > np.delete(out, row).max() - 1e-9


def test_fit_names_the_missing_column(records):
    with pytest.raises(DataError, match="opinion"):
        Retriever().fit(records.drop(columns="opinion"))
    with pytest.raises(DataError, match="0 records"):
        Retriever().fit(records.head(0))


def test_softmax_fit_finds_planted_weights():
    rng = np.random.default_rng(0)
    signals, planted = rng.normal(size=(4000, 5, 2)), np.array([1.5, -0.7])
    chance = np.apply_along_axis(softmax, 1, signals @ planted)
    label = np.array([rng.choice(5, p=p) for p in chance])
    assert fit_softmax(signals, label, reg=0.0) == pytest.approx(
        planted, abs=0.15
    )


def test_plan_is_a_distribution_restricted_to_what_the_item_supports(
    planner, records
):
    assert planner.probabilities("u0", "i0").sum() == pytest.approx(1)
    facts = ItemFacts(records)
    for user, item in records[["user", "item"]].itertuples(index=False):
        for evidence in planner.plan(user, item, n=3).evidence:
            assert (
                evidence.name,
                1 if evidence.weight > 0 else -1,
            ) in facts.known[item]
    assert [e.name for e in planner.plan("u0", "i0", n=3).evidence] == ["zip"]
    assert planner.plan("u0", "i1").evidence[0].weight < 0
    assert planner.plan("u0", "never seen").evidence == ()


def test_why_adds_up_to_the_score(planner):
    scores = planner.signals("u0", "i0") @ planner.weights_
    total = [
        planner.why("u0", "i0", aspect).total for aspect in planner.aspects_
    ]
    assert total == pytest.approx(scores.tolist())
    with pytest.raises(DataError, match="peg"):
        planner.why("u0", "i0", "peg")


def test_signals_leave_one_record_out(planner, records):
    row = 0
    user, item = records.loc[row, ["user", "item"]]
    code = planner.aspects_.index(records["term"][row])
    with_it, without = (
        planner.signals(user, item),
        planner.signals(user, item, leave_out=row),
    )
    assert (without[code, :3] < with_it[code, :3]).all()
    # the neighbours are those of the record without itself
    logs = planner.retriever.log_weights(user, item, row)
    near = np.bincount(planner.label_, softmax(logs), len(planner.aspects_))
    share = np.exp(without[:, 0])
    lift = np.log((near + NEAR) / (share + NEAR))
    np.testing.assert_allclose(without[:, 3], lift)


def test_planner_refuses_another_split(retriever, records):
    with pytest.raises(DataError, match="other records"):
        AspectPlanner(retriever).fit(records.iloc[::-1])


def test_hit_at_k_on_a_worked_case():
    assert hit_at_k([["a", "b"], ["b", "c"]], ["b", "b"], 1) == 0.5
    assert hit_at_k([["a", "b"], ["b", "c"]], ["b", "b"], 2) == 1.0


def test_the_best_draft_is_near_then_uncrowded_then_fresh():
    texts = ["great zip", "great tent"]
    assert choose(texts, np.array([0.2, 0.4])) == 1
    crowds = crowd(texts, {"zip": 0.9, "tent": 0.1})
    assert crowds.tolist() == [0.9, 0.1]
    assert choose(texts, np.array([0.4, 0.4]) - 1.0 * crowds) == 1
    said = Counter()
    assert [
        choose(texts, np.array([0.4, 0.35]), said, repetition=0.1)
        for _ in range(4)
    ] == [0, 1, 0, 1]
    assert said == {"great zip": 2, "great tent": 2}
    assert [
        choose(texts, np.array([0.4, 0.35]), repetition=0.1) for _ in range(3)
    ] == [0, 0, 0]
    with pytest.raises(DataError, match="fall back"):
        choose([], np.array([]))


def test_a_draft_is_near_what_the_readings_and_the_other_drafts_say():
    drafts, readings = ["it leaks", "so warm"], SentenceTable(["it leaks"])
    near = {
        trust: nearness(drafts, readings, np.ones(1), trust).tolist()
        for trust in (0.0, 0.5, 1.0)
    }
    # each draft is like itself alone; the reading is like the first
    assert near == {0.0: [0.5, 0.5], 0.5: [0.75, 0.25], 1.0: [1.0, 0.0]}
    assert nearness(drafts, readings, np.ones(1)).tolist() == near[0.5]
    with pytest.raises(DataError, match="trust=1.5"):
        nearness(drafts, readings, np.ones(1), 1.5)


def test_fluency_is_the_mean_of_a_word():
    short, long = (
        SimpleNamespace(words=words, log_prob=-6.0)
        for words in (["it", "leaks"], ["it", "leaks", "a", "lot"])
    )
    assert fluency([short, long]).tolist() == [-3.0, -1.5]


def test_readings_weigh_one_in_all_and_lean_towards_what_is_planned(planner):
    brief = Briefing(planner)
    flat, leaning = (
        brief.references("u0", "i0", planning=planning)
        for planning in (0.0, 0.5)
    )
    for weights in (flat, leaning):
        assert weights.min() >= 0 and weights.sum() == pytest.approx(1)
    # by the square root of how much likelier the plan makes an aspect
    lift = planner.lift("u0", "i0")[planner.label_]
    used = flat > 0
    change = np.log(leaning[used] / flat[used]) - 0.5 * lift[used]
    assert np.ptp(lift[used]) > 0.1 and np.ptp(change) < 1e-9


def test_a_quotation_does_not_depend_on_what_was_said_before(planner, records):
    writer = QuotingWriter(Briefing(planner))
    pairs = records[["user", "item"]].values.tolist()
    first = [writer.write(*pair, "zip") for pair in pairs]
    assert [writer.write(*pair, "zip") for pair in pairs] == first
    assert [writer.write(*pair, "zip") for pair in reversed(pairs)] == first[
        ::-1
    ]


def test_a_list_said_in_order_is_said_more_variously(planner):
    writer = QuotingWriter(Briefing(planner), replace(PRICES, repetition=0.5))
    said = Counter()
    assert len({writer.write("u0", "i0", "zip").text for _ in range(3)}) == 1
    in_order = [writer.write("u0", "i0", "zip", said).text for _ in range(3)]
    assert len(set(in_order)) == 3 and said == Counter(in_order)


def test_quotes_name_the_aspect_or_are_supported_and_are_never_ones_own(
    planner, records
):
    writer, facts = QuotingWriter(Briefing(planner)), ItemFacts(records)
    authors = records.groupby("sentence")["user"].agg(set)
    for user, item in records[["user", "item"]].itertuples(index=False):
        predicted, given = (
            writer.write(user, item),
            writer.write(user, item, "strap"),
        )
        assert facts.supports(item, predicted.text) and predicted.aspects
        assert "strap" in given.aspects and "strap" in given.text
        assert user not in authors[predicted.text] | authors[given.text]
    assert writer.write("u0", "never seen") is None
    assert writer.write("u0", "i0", "peg") is None


def test_a_plan_about_a_given_aspect_has_the_planner_s_side_and_weight(
    planner,
):
    planned = planner.plan("u0", "i0", n=len(planner.aspects_))
    for evidence in planned.evidence:
        given = planner.about("u0", "i0", evidence.name)
        assert given.evidence == (evidence,) and given.method == "given"
        chance = planner.probabilities("u0", "i0")
        place = planner.aspects_.index(evidence.name)
        assert abs(evidence.weight) == pytest.approx(chance[place])
    unknown = planner.about("u0", "i0", "peg")  # no sentence names it
    assert unknown.evidence == (Evidence("aspect", "peg", 1.0),)


def test_the_planner_learns_from_records_that_are_counted_without_themselves(
    planner, records
):
    def learned(*leave_out):
        pairs = records[["user", "item"]].itertuples(name=None)
        signals = [
            planner.signals(user, item, *(row for _ in leave_out))
            for row, user, item in pairs
        ]
        return fit_softmax(np.stack(signals), planner.label_, 1e-4)

    np.testing.assert_allclose(planner.weights_, learned("itself"))
    assert np.abs(planner.weights_ - learned()).max() > 0.1
