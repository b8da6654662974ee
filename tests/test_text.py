"""Aspect mining: hand-made sentences with known answers, properties that hold for any text, and the shop's truth."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recx_lib.core import DataError
from recx_lib.data import (
    OPINIONS,
    Ids,
    Lexicon,
    Reviews,
    clauses,
    judged_pairs,
    load_shop,
    load_shop_truth,
    mentions_in,
    mine_lexicon,
    mine_mentions,
    polarity_at,
    records,
    singular,
    tag_mentions,
    tokenize,
)
from recx_lib.data.english import COMPLAINT, PRAISE, STOPWORDS
from recx_lib.data.lexicon import word_kinds
from recx_lib.data.mentions import MENTION_COLUMNS
from recx_lib.data.tokens import sentences

pytestmark = pytest.mark.slow  # a shop is read

LEXICON = Lexicon(
    {"bag": 9, "zip": 9, "zips": 9, "puller": 9},
    OPINIONS | {"heavy": -1, "snug": 1, "leaked": -1, "subdued": 1},
)
PHRASES = {
    ("zip",): "durability",
    ("hip", "belt"): "comfort",
    ("weight",): "weight",
    ("noise",): "noise",
}
CASES = {  # sentence -> (aspect, term, opinion, polarity) of every mention
    "The zip is great.": [("durability", "zip", "great", 1)],
    "A poor zip": [("durability", "zip", "poor", -1)],
    "What a great little zip!": [("durability", "zip", "great", 1)],
    "I am very happy with the zips.": [("durability", "zips", "happy", 1)],
    "The zip broke.": [("durability", "zip", "broke", -1)],
    "The zip is not great.": [("durability", "zip", "great", -1)],
    "The zip isn't very reliable": [("durability", "zip", "reliable", -1)],
    "The zip never leaked.": [("durability", "zip", "leaked", 1)],
    "No complaints about the zip": [("durability", "zip", "complaints", 1)],
    "I cannot recommend the zip": [("durability", "zip", "recommend", -1)],
    "The zip is far from perfect.": [("durability", "zip", "perfect", -1)],
    "The zip is anything but reliable.": [
        ("durability", "zip", "reliable", -1)
    ],
    "The zip is not only sturdy.": [("durability", "zip", "sturdy", 1)],
    "The weight is less annoying": [("weight", "weight", "annoying", 1)],
    "The zip could be better": [("durability", "zip", "better", -1)],
    "The zip could not be better": [("durability", "zip", "better", 1)],
    "The zip is too small": [("durability", "zip", "small", -1)],
    "The zip is too snug": [("durability", "zip", "snug", -1)],
    "The zip is not too heavy": [("durability", "zip", "heavy", 1)],
    "The zip is great but the weight is terrible": [
        ("durability", "zip", "great", 1),
        ("weight", "weight", "terrible", -1),
    ],
    "Not a great bag, but the zip is sturdy": [
        ("durability", "zip", "sturdy", 1)
    ],
    "The weight never annoyed me and the zip is solid": [
        ("weight", "weight", "annoyed", 1),
        ("durability", "zip", "solid", 1),
    ],
    "Great zip and poor weight": [
        ("durability", "zip", "great", 1),
        ("weight", "weight", "poor", -1),
    ],
    "My tent’s hip belts are really comfy": [
        ("comfort", "hip belts", "comfy", 1)
    ],
    "ZIPS: EXCELLENT": [("durability", "zips", "excellent", 1)],
    "The noise is subdued": [("noise", "noise", "subdued", 1)],
    "There was no noise": [("noise", "noise", "noise", 1)],
    "A great bag zip": [("durability", "zip", "great", 1)],
    "The zip on my bag is great": [("durability", "zip", "great", 1)],
    # nothing is said of the aspect, or the opinion is about something else
    "The zip has a length of one metre.": [],
    "The zip is blue": [],
    "A great bag with a zip": [],
    "The zip has a great puller": [],
    "The zip puller is great": [],
    "A great zip puller": [],
    "For the zip it is great": [],
    "The bag with the zip is great": [],
    "The noise is negligible": [],
    "I bought it to love the zip": [],
    "Great. Then there is the zip": [],
    "It has a zip as well": [],
    "The belt is great": [],
    "": [],
}


def table(*texts: str, rating: float = 4.0, **more) -> Reviews:
    users = [f"u{i}" for i in range(len(texts))]
    frame = pd.DataFrame(
        {
            "user": users,
            "item": "tent",
            "rating": rating,
            "timestamp": 0,
            "text": texts,
        }
    )
    frame.index = pd.RangeIndex(7, 7 + len(texts), name="review")
    return Reviews(frame, Ids(users), Ids(["tent"]), **more)


@pytest.mark.parametrize("sentence", CASES)
def test_known_sentences(sentence):
    assert mentions_in(sentence, LEXICON, PHRASES) == CASES[sentence]


ODD = [
    "",
    "  \n",
    "👍👍",
    "!!!",
    "这个帐篷很好。太重了！",
    "zip " * 9_999 + "zap",
    "a" * 10_000,
    "\x00",
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts_are_read(text):
    mined = mine_mentions(
        table(text, "The zip is great"), LEXICON, {"durability": ["zip"]}
    )
    assert mined["review"].tolist() == [8]
    assert all(words and words == words.lower() for words in tokenize(text))


def test_sentences_and_tokens_by_hand():
    assert sentences("It weighs 3.5 kg.Light!\nGood… really? 好。坏。") == [
        "It weighs 3.5 kg.",
        "Light!",
        "Good…",
        "really?",
        "好。",
        "坏。",
    ]
    assert tokenize("Isn’t it WELL-made, at 3.50 – or so?") == [
        *(
            "isn't",
            "it",
            "well",
            "made",
            ",",
            "at",
            "3.50",
            "–",
            "or",
            "so",
            "?",
        ),
    ]
    assert [
        " ".join(c)
        for c in clauses(
            tokenize("Light (very), although loud; it is nothing but good")
        )
    ] == [
        "light",
        "very",
        ",",
        "loud",
        "it is nothing but good",
    ]


@pytest.mark.parametrize(
    ("word", "base"),
    [("lens's", "lens"), ("gas", "gas"), ("glasses", "glass"), ("bus", "bus")],
)
def test_singular_spares_what_is_no_plural(word, base):
    assert singular(word) == base or singular(word) == singular(base)


@pytest.mark.parametrize(
    ("word", "base"),
    [("flies", "fly"), ("ties", "tie"), ("axes", "axe"), ("boxes", "box")],
)
def test_a_short_word_keeps_more_of_its_ending(word, base):
    assert singular(word) == base


@given(
    st.text(),
    st.lists(
        st.sampled_from(
            sorted(
                STOPWORDS | set(OPINIONS) | {"zip", "hip", "belts", ",", "."}
            )
        )
    ),
)
def test_any_text_gives_sound_mentions(noise, words):
    text = " ".join(words) + noise
    terms = {"durability": ["zip"], "comfort": ["hip belt"]}
    mined = mine_mentions(table(text, "The zip is great"), LEXICON, terms)
    assert mined.columns.tolist() == MENTION_COLUMNS
    assert set(mined["polarity"]) <= {-1, 1}
    for row in mined.itertuples():
        assert f" {row.term} " in f" {' '.join(tokenize(row.sentence))} "
        assert row.opinion in tokenize(row.sentence)
        assert row.sentence in " ".join([*text.split(), "The zip is great"])
        assert tuple(map(singular, row.term.split())) in {
            ("zip",),
            ("hip", "belt"),
        }


@given(st.lists(st.text()))
def test_any_texts_give_a_lexicon(texts):
    lexicon = mine_lexicon(texts)
    assert set(lexicon.opinions.values()) <= {-1, 1}
    assert lexicon.opinions.items() >= OPINIONS.items()


@given(
    st.lists(
        st.sampled_from(["not", "never", "very", "a", "good", "bad"]),
        min_size=1,
        max_size=7,
    )
)
def test_every_negator_turns_the_word_once(words):
    turns = sum(word in ("not", "never") for word in words[:-1])
    side = {"good": 1, "bad": -1}.get(words[-1], 1)
    assert (
        polarity_at(words, len(words) - 1, {words[-1]: side})
        == side * (-1) ** turns
    )


@pytest.mark.parametrize(
    "text",
    [
        "It never leaked and is good",
        "No fuss, good",
        "Not mine: good",
        "It is not only good",
    ],
)
def test_a_negator_does_not_reach_into_another_statement(text):
    words = tokenize(text)
    assert polarity_at(words, words.index("good"), {"good": 1}) == 1


def corpus() -> tuple[list[str], list[float]]:
    """Two hundred short reviews in which "snug" is praise, "clammy" blame and "blue" neither."""
    good = [
        "The fleece is great. It is very snug.",
        "A snug fleece, and the hood is very snug too.",
    ]
    bad = [
        "The fleece is terrible. The hood is very clammy.",
        "The hood is poor, a clammy fleece.",
    ]
    either = ["The hood is very blue.", "A blue fleece."]
    texts = [f"{a} {b}" for a in good + bad for b in either] * 25
    return texts, [5.0 if "snug" in text else 1.0 for text in texts]


@pytest.mark.parametrize("rated", [True, False])
def test_new_words_take_the_side_of_their_company(rated):
    texts, ratings = corpus()
    lexicon = mine_lexicon(texts, ratings if rated else None)
    assert set(lexicon.terms) == {"fleece", "hood"}
    assert lexicon.opinions["snug"] == 1
    assert lexicon.opinions["clammy"] == -1
    assert "blue" not in lexicon.opinions
    assert not set(lexicon.opinions) & STOPWORDS


def test_ratings_are_a_witness_where_no_known_word_is_near():
    texts = (
        ["The fleece is very snug."] * 30
        + ["The fleece is very clammy."] * 30
        + ["A great fleece."] * 9
    )
    ratings = [5.0] * 30 + [1.0] * 30 + [3.0] * 9
    with_ratings, without = (
        mine_lexicon(texts, ratings).opinions,
        mine_lexicon(texts).opinions,
    )
    assert (with_ratings["snug"], with_ratings["clammy"]) == (1, -1)
    assert not {"snug", "clammy"} & set(without)


def test_praise_is_common_so_praising_company_is_no_news():
    texts = ["A great fleece and a very blue hood."] * 80 + [
        "A terrible fleece and a very blue hood."
    ] * 20
    lexicon = mine_lexicon([*texts, *["A very warm hood."] * 20])
    assert set(lexicon.terms) == {"fleece"}
    lexicon = mine_lexicon([*texts, *["A great hood."] * 20])
    assert set(lexicon.terms) == {"fleece", "hood"}
    assert "blue" not in lexicon.opinions


def test_frames_by_hand():
    texts = [
        "the snug zip, they broke",
        "a zip",
        "it is very snug",
        "my zip is snug",
    ]
    statements = [tokenize(text) for text in texts * 5]
    assert word_kinds(statements) == ({"zip"}, {"snug"})
    assert judged_pairs(statements, {"zip"}, {"snug"}) == {("zip", "snug"): 10}


def test_order_of_reviews_does_not_matter():
    texts, ratings = corpus()
    backwards = mine_lexicon(texts[::-1], ratings[::-1])
    lexicon = mine_lexicon(texts, ratings)
    assert lexicon == backwards
    assert list(lexicon.opinions) == list(backwards.opinions)
    assert lexicon.top(2) == backwards.top(2)


def test_without_terms_singular_and_plural_are_one_aspect():
    lexicon = Lexicon({"zips": 9, "zip": 3, "hood": 1}, OPINIONS)
    mined = mine_mentions(
        table("Great zip. Poor zips. Nice hood."), lexicon, top=2
    )
    assert mined[["aspect", "term", "polarity"]].values.tolist() == [
        ["zips", "zip", 1],
        ["zips", "zips", -1],
    ]


def test_a_row_names_its_review():
    mined = mine_mentions(
        table("Nothing.", "So so. The  zip\nbroke! Fine."),
        LEXICON,
        {"durability": ["zip"]},
    )
    assert mined.values.tolist() == []  # a line break ends a sentence
    mined = mine_mentions(
        table("Nothing.", "So so. The  zip broke! Fine."),
        LEXICON,
        {"durability": ["zip"]},
    )
    assert mined.values.tolist() == [
        [8, "u1", "tent", "durability", "zip", "broke", -1, "The zip broke!"]
    ]


def test_opinion_words_are_on_one_side_and_not_grammar():
    assert not PRAISE & COMPLAINT
    assert not (PRAISE | COMPLAINT) & STOPWORDS
    assert len(OPINIONS) < 250  # a seed, not a dictionary


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda: mine_lexicon("one text"), "needs a list of texts"),
        (lambda: mine_lexicon(["a", "b"], [5.0]), "2 texts"),
        (lambda: mine_lexicon(["a"], [float("nan")]), "finite"),
        (
            lambda: mine_mentions(table("", ""), LEXICON),
            "none of the 2 reviews has text",
        ),
        (
            lambda: mine_mentions(table("a"), LEXICON, {"fit": "size"}),
            "give a list",
        ),
        (
            lambda: mine_mentions(
                table("a"), LEXICON, {"fit": ["size"], "room": ["sizes"]}
            ),
            "also names aspect 'fit'",
        ),
        (
            lambda: mine_mentions(table("a"), LEXICON, {"fit": [" 👍"]}),
            "no word in it",
        ),
        (lambda: tag_mentions(table("a")), "no tags"),
    ],
)
def test_mistakes_are_named(do, message):
    with pytest.raises(DataError, match=message):
        do()


def test_tags_speak_where_there_is_no_text():
    frame = pd.DataFrame(
        [
            ("ann", "alien", 5.0),
            ("ann", "bambi", 1.0),
            ("ann", "casablanca", 3.0),
            ("bob", "alien", 4.0),
        ],
        columns=["user", "item", "rating"],
        index=pd.Index([3, 5, 8, 9], name="review"),
    )
    tags = {
        "alien": ("horror", "sci-fi"),
        "bambi": ("children",),
        "casablanca": ("drama",),
    }
    movies = Reviews(
        frame.assign(text=""),
        Ids(["ann", "bob"]),
        Ids(["alien", "bambi", "casablanca"]),
        tags=tags,
    )
    mined = tag_mentions(movies)
    assert mined.columns.tolist() == MENTION_COLUMNS
    said = mined[["review", "aspect", "polarity"]].values.tolist()
    assert said == [[3, "horror", 1], [3, "sci-fi", 1], [5, "children", -1]]
    assert mined[["term", "opinion", "sentence"]].eq("").all(axis=None)


@pytest.fixture(scope="module")
def shop_mentions():
    shop, aspects = load_shop(), load_shop_truth().aspects
    terms = {
        aspect: words.split("|")
        for aspect, words in zip(
            aspects["aspect"], aspects["terms"], strict=True
        )
    }
    start = time.process_time()
    mined = mine_mentions(
        shop, mine_lexicon(shop.frame["text"], shop.rating), terms
    )
    return mined, time.process_time() - start


def test_the_shop_is_read_rightly(shop_mentions):
    key = ["review", "aspect"]
    mined = np.sign(shop_mentions[0].groupby(key)["polarity"].sum()).rename(
        "mined"
    )
    named = load_shop_truth().mentions.drop_duplicates(key).set_index(key)
    assert mined.index.isin(named.index).mean() > 0.99
    true = named.loc[named["how"] == "judged", "polarity"]
    both = pd.concat([mined, true], axis=1, join="inner")
    assert len(both) > 0.85 * len(mined)  # the rest: hearsay, most of it
    assert len(both) > 0.3 * len(true)
    assert (both["mined"] == both["polarity"]).mean() > 0.97
    assert (both["mined"] == both["polarity"])[
        both["polarity"] < 0
    ].mean() > 0.95  # blame is not drowned by praise


def test_mining_is_fast(shop_mentions):
    assert shop_mentions[1] < 10  # CPU seconds for 15,000 reviews


def test_records_are_one_short_sentence_a_review_oldest_first():
    terms = {"w": ["bag"], "b": ["hip belt"], "z": ["zip"]}
    reviews = table(
        "A heavy bag. The zip is great!",
        "The hip belt is great! And the Zip is great, too.",
        "The zip is great for you and me, and for all of us.",
        "It rained.",
        aspects=terms,
    )
    reviews.frame["timestamp"] = [30, 20, 10, 0]
    reviews.frame["rating"] = [1.0, 2.0, 3.0, 4.0]
    found = records(reviews, LEXICON)
    said = ["and the zip is great , too", "a heavy bag"]
    assert found["sentence"].tolist()[1:] == said
    assert found["term"].tolist() == ["zip", "zip", "bag"]
    assert found["timestamp"].tolist() == [10, 20, 30]
    assert found["rating"].tolist() == [3.0, 2.0, 1.0]
    assert found.index.tolist() == [0, 1, 2]
    assert len(records(reviews, LEXICON, longest=14)) == 3
    short = records(reviews, LEXICON, longest=13)
    assert short["sentence"].tolist() == said
