import numpy as np
import pandas as pd
import pytest

from recx_lib.core import DataError
from recx_lib.judge import (
    Judge,
    aspect_medoid,
    aspect_template,
    bleu,
    bootstrap_counts,
    claims,
    commonest_word,
    content_words,
    div,
    fmr,
    is_supported,
    medoid_of_item,
    one_for_everybody,
    random_of_item,
    random_sentence,
    repeats,
    rouge_n,
    share_holding,
    terms_named,
    usr,
)
from recx_lib.judge.claims import ItemFacts, opinion_sides


def test_claims_take_the_side_of_the_nearest_opinion_word():
    sides = {"great": 1, "poor": -1}
    assert claims(
        "a great tent but the zip is poor", {"tent", "zip"}, sides
    ) == {("tent", 1), ("zip", -1)}
    assert claims("the zip is not great", {"zip"}, sides) == {("zip", -1)}
    assert claims("i bought the zip", {"zip"}, sides) == {("zip", 0)}
    assert claims("nothing here", {"zip"}, sides) == set()


def test_opinion_sides_undo_negation():
    records = pd.DataFrame(
        {
            "sentence": ["the zip is not bad", "great zip"],
            "opinion": ["bad", "great"],
            "polarity": [1, 1],
        }
    )
    assert opinion_sides(records) == {"bad": -1, "great": 1}


def test_a_claim_is_supported_only_by_a_review_of_the_same_item_on_the_same_side(
    records,
):
    facts = ItemFacts(records)
    assert facts.supports("i0", "the zip is great")
    assert not facts.supports("i0", "the zip is poor")
    assert not facts.supports("i0", "the strap is poor")
    assert not facts.supports("i1", "the zip is great")
    assert not facts.supports("never seen", "the zip is great")
    assert facts.supports(
        "i0", "i like the zip"
    )  # named without a judgement: some review named it
    assert is_supported(set(), facts.known, "i0")


def test_every_training_sentence_is_supported_by_its_own_item(records):
    facts = ItemFacts(records)
    assert all(
        facts.supports(item, text)
        for item, text in zip(
            records["item"], records["sentence"], strict=True
        )
    )


def test_summary_agrees_with_the_metrics_one_by_one(records):
    judge, said = (
        Judge(records),
        ["the zip is great", "the strap is poor"] * (len(records) // 2),
    )
    scores = judge.summary(records, said)
    refs = list(records["sentence"])
    assert scores["bleu1"] == bleu(refs, said, 1)
    assert scores["bleu4"] == bleu(refs, said, 4)
    assert scores["rouge1_f"] == pytest.approx(
        np.mean([rouge_n(r, s, 1)[2] for r, s in zip(refs, said, strict=True)])
    )
    assert scores["usr"] == usr(said) == 2 / len(said)
    assert scores["div"] == div(terms_named(said, {"zip", "strap"}))
    true = [
        (term == "zip") == ("zip" in text)
        for term, text in zip(records["term"], said, strict=True)
    ]
    assert scores["factual"] == np.mean(true)


def test_repeated_content_words_are_counted_by_hand():
    twice = "it 's a Good movie , but the good is not good"
    assert content_words(twice) == ["good", "movie", "good", "good"]
    assert repeats(twice)
    assert not repeats("the tent and the zip , and it is the best")  # grammar
    assert not repeats("zip zips")  # two words, cut at spaces
    late = " ".join(["zip", *"abcdefghijklmn", "zip"])  # the sixteenth word
    assert not repeats(late) and content_words("") == [] and not repeats("")


def test_the_commonest_word_is_counted_once_a_sentence():
    said = ["good good good", "a zip", "the zip is good", "a zip", ""]
    assert commonest_word(said) == "zip"  # 3 sentences hold it, 2 hold good
    assert share_holding("zip", said) == 3 / 5
    assert share_holding("ZIP", said) == 0  # words are lower case
    assert commonest_word(["warm tent", "tent warm"]) == "tent"  # of equals
    assert commonest_word(["it is", ""]) == "" and share_holding("", [""]) == 0


@pytest.mark.parametrize("missing", [None, float("nan"), 3])
@pytest.mark.parametrize(
    "ask",
    [repeats, lambda text: commonest_word([text]), content_words]
    + [lambda text: share_holding("zip", [text])],
)
def test_wording_of_what_is_no_text_is_refused(ask, missing):
    with pytest.raises(DataError, match="no text"):
        ask(missing)


@pytest.mark.parametrize(
    "ask", [commonest_word, lambda none: share_holding("zip", none)]
)
def test_wording_of_no_sentences_is_refused(ask):
    with pytest.raises(DataError, match="at least one"):
        ask([])


def test_summary_shows_repetition_beside_the_references(records):
    n = len(records)
    said = ["good zip , good zip"] * (n // 4) + ["a good one"] * (n - n // 4)
    scores = Judge(records).summary(records, said)
    assert scores["repeat"] == (n // 4) / n
    assert scores["commonest"] == 1  # good
    references = list(records["sentence"])
    assert scores["commonest_ref"] == share_holding("good", references)
    value, low, high = Judge(records).intervals(records, said)["repeat"]
    assert low <= value == scores["repeat"] <= high
    own = Judge(records).summary(records, references)
    assert own["commonest"] == own["commonest_ref"] > 0
    silent = Judge(records).summary(records, [""] * n)
    assert silent["repeat"] == silent["commonest"] == silent["n_words"] == 0


def test_sentences_that_claim_nothing_do_not_count_as_true(records):
    said = ["the zip is poor"] + ["fine by me"] * (len(records) - 1)
    scores = Judge(records).summary(records, said)
    assert scores["factual"] == 0
    assert scores["named"] == 1 / len(records)


def test_factual_is_absent_when_nothing_was_claimed(records):
    assert "factual" not in Judge(records).summary(
        records, ["fine"] * len(records)
    )


def test_the_references_score_perfectly(records):
    scores = Judge(records).summary(records, list(records["sentence"]))
    for name in ("bleu1", "bleu4", "rouge1_f", "rouge2_f", "rougel_f"):
        assert scores[name] == pytest.approx(100)
    assert (
        scores["usr"]
        == scores["fmr"]
        == scores["fcr"]
        == scores["factual"]
        == 1
    )


def test_there_is_one_fmr_also_for_a_term_unknown_in_training(records):
    unknown = records.assign(
        term="hood", sentence="the hood is great"
    )  # of no training record: the judge cannot hear it
    judge, said = Judge(records), list(unknown["sentence"])
    named = terms_named(said, judge.terms)
    assert fmr(named, list(unknown["term"])) == 0
    assert judge.each(unknown, said)["fmr"].mean() == 0
    assert judge.summary(unknown, said)["fmr"] == 0
    assert judge.intervals(unknown, said)["fmr"] == (0, 0, 0)


def test_intervals_hold_the_value_and_narrow_with_more_sentences(records):
    rng = np.random.default_rng(0)
    said = list(rng.permutation(records["sentence"]))
    judge = Judge(records)
    small = judge.intervals(records, said)
    large = judge.intervals(
        pd.concat([records] * 16, ignore_index=True), said * 16
    )
    for name in ("bleu1", "rouge1_f", "fmr"):
        value, low, high = small[name]
        assert low <= value <= high
        assert large[name][0] == pytest.approx(value)
        assert large[name][2] - large[name][1] < 0.5 * (high - low)


def test_corpus_bootstrap_of_nothing_is_refused():
    with pytest.raises(DataError):
        bootstrap_counts(np.zeros((0, 2)), lambda total: total[0])


def test_judge_refuses_a_sentence_too_few(records):
    with pytest.raises(DataError, match="one reference per sentence"):
        Judge(records).summary(records, ["hm"])


def test_floors_say_one_training_sentence_per_record(records):
    known = set(records["sentence"])
    for floor in (
        random_sentence,
        random_of_item,
        one_for_everybody,
        medoid_of_item,
    ):
        said = floor(records, records)
        assert len(said) == len(records) and set(said) <= known
    assert len(set(one_for_everybody(records, records))) == 1


@pytest.mark.parametrize("floor", [random_sentence, random_of_item])
def test_floors_refuse_a_seed_below_zero(records, floor):
    with pytest.raises(DataError, match="seed=-1 must"):
        floor(records, records, seed=-1)


def test_floors_of_the_item_speak_of_the_item(records):
    of = dict(zip(records["sentence"], records["item"], strict=True))
    for floor in (random_of_item, medoid_of_item):
        assert [of[text] for text in floor(records, records)] == list(
            records["item"]
        )


def test_a_word_that_judges_nothing_is_no_praise_of_it():
    rows = [
        ("zip", "neat", 1, "the zip is neat"),
        ("peg", "great", 1, "the peg is great"),
        ("zip", "great", 0, "a zip, and a great peg"),
        ("zip", "great", 0, "a zip, and a great peg"),
    ]
    columns = ["term", "opinion", "polarity", "sentence"]
    train = pd.DataFrame(rows, columns=columns)
    wanted = ["the zip is neat", "the peg is great"]
    assert aspect_template(train, train.head(2)) == wanted


def test_floors_given_the_aspect_name_it_even_when_training_never_did(records):
    odd = records.head(2).assign(
        term=["zip", "peg"], item=["i0", "never seen"]
    )
    for floor in (aspect_template, aspect_medoid):
        said = floor(records, odd)
        assert "zip" in said[0] and said[1] == "the peg is great"
    assert aspect_template(records, odd)[0] == "the zip is great"
    assert medoid_of_item(records, odd)[1] in set(records["sentence"])
