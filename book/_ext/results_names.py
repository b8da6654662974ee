"""Names for people: systems, metrics and data sets as the results pages write them."""

from __future__ import annotations

import re

BY = {
    "recx": "this book",
    "peer": "peer, same run",
    "published": "published",
    "floor": "floor",
}
COUNTS = {"reviews", "users", "items", "word_types", "step", "tried"}
COUNTS |= {"lost", "thanked", "requests", "models_seen", "records", "accounts"}
COUNTS |= {"answers_2xx", "answers_4xx", "answers_500", "answers_503"}
COUNTS |= {"trainable", "parameters", "reviews_written", "unsaid", "failed"}
LOWER_IS_BETTER = {
    "rmse",
    "mae",
    "fit_s",
    "fit_cpu_s",
    "peak_mb",
    "exponent",
    "div",
}
LOWER_IS_BETTER |= {"sufficiency", "del", "ms", "repeat", "commonest"}
LOWER_IS_BETTER |= {"perplexity", "step", "size_ratio", "asked_ratio"}
LOWER_IS_BETTER |= {"off_by_stars", "broken", "lost", "ms_with_cases"}
LOWER_IS_BETTER |= {"asked_of_all", "asked_and_back_of_all", "time_of_all"}
LOWER_IS_BETTER |= {"calls", "train loss", "validation loss"}
LOWER_IS_BETTER |= {"off_by_stars", "kb", "explain_ms", "cpu_ms", "failed"}
LOWER_IS_BETTER |= {"p50_ms", "p95_ms", "p99_ms", "refused", "lost"}
LOWER_IS_BETTER |= {"write_cpu_ms", "nats"}
LOWER_IS_BETTER |= {"weights_millions", "read_cpu_ms"}
LOWER_IS_BETTER |= {"explain_cpu_p50_ms", "write_cpu_p50_ms"}
LOWER_IS_BETTER |= {"p50_of_whole", "late_p95_ms"}
LOWER_IS_BETTER |= {"p50_alone_ms", "p95_alone_ms", "p99_alone_ms"}
METRICS = {
    "rmse": "RMSE",
    "mae": "MAE",
    "recall@10": "Recall@10",
    "ndcg@10": "NDCG@10",
    "coverage90": "90 % interval covers",
    "fit_cpu_s": "Training, CPU s",
    "rmse_less": "RMSE lower by",
    "time_share": "Share of its training time",
    "recall_more": "Recall@10 higher by",
    "ndcg_more": "NDCG@10 higher by",
    "leaves": "First reason decides",
    "peak_mb": "Peak memory, MB",
    "per_s": "Per second",
    "exponent": "Fitted exponent",
    "fit_s": "Training, CPU s",
    "n": "Ratings",
    "right_share": "Words under the right aspect",
    "polarity_accuracy": "Polarity right",
    "bleu1": "BLEU-1",
    "bleu4": "BLEU-4",
    "rouge1_f": "ROUGE-1 F",
    "rouge2_f": "ROUGE-2 F",
    "usr": "USR",
    "fmr": "FMR",
    "fcr": "FCR",
    "div": "DIV",
    "greedy_per_s": "Sentences per CPU second, greedy",
    "cache_gain": "Times as fast with the cache",
    "factual": "Factual",
    "heard": "Side heard",
    "times_random": "Times random",
    "fidelity_r2": "Fidelity, R²",
    "rank": "Rank correlation",
    "reason_sign": "Sign of the reason",
    "ms": "Milliseconds",
    "hit1": "Hit@1",
    "hit3": "Hit@3",
    "precision": "Precision",
    "recall": "Recall",
    "read_back": "Reads back as meant",
    "side_true": "Side true of the person",
    "gini": "Gini of item popularity",
    "repeated_sentences": "Sentences that stand elsewhere too",
    "variance": "Variance of the ratings",
    "user_means_r2": "Share of it that users' means explain",
    "item_means_r2": "Share of it that items' means explain",
    "with_mention": "Reviews in which an aspect is heard judged",
    "stars_polarity_r": "Correlation of stars and polarity heard",
    "profile_r2": "Share of variance that a linear profile explains",
    "top_mentioned": "Of those, reviews that judge the profile's top aspect",
    "any_mentioned": "Of those, reviews that judge an aspect drawn at random",
    "trust": "Trust in what is read",
    "gain": "Error saved against the means",
    "wins": "True condition likelier",
    "nats lost": "Nats lost by a false one",
    "n_words": "Words",
    "length": "Words",
    "repeat": "Repeats a word",
    "commonest": "Holds its favourite word",
    "perplexity": "Perplexity",
    "sign": "Sign",
    "move": "Move",
    "found": "Has one",
    "flips": "First place changes",
    "true": "True of the model",
    "size": "Things named",
    "size_ratio": "Size, over the smallest",
    "asked_ratio": "Calls forward, over the exact search's",
    "asked_of_all": "All calls forward, over all of the exact search's",
    "asked_and_back_of_all": "All calls forward and back, over the same",
    "time_of_all": "Processor time, over the exact search's",
    "calls": "Calls forward and back, a case",
    "exact_calls": "The exact search's, a case",
    "epochs": "Epochs",
    "train loss": "Loss on training walks, nats a token",
    "validation loss": "Loss on walks held back, nats a token",
    "ms_with_cases": "CPU ms, lists and scores included",
    "overlap": "Shared, of what either names",
    "same_set": "The very same set",
    "stars_more": "Stars more",
    "comes_true": "Comes true",
    "most": "Moves the stars most",
    "off_by_stars": "Off by, stars",
    "coverage": "Share of products shown",
    "own_taste": "Own taste",
    "clicks_first": "Clicks, weeks 1–4",
    "clicks_last": "Clicks, weeks 23–26",
    "kept": "Bought and kept",
    "kept_each": "More kept by each customer",
    "broken": "Promises broken",
    "lost": "Lost",
    "lid": "Different starts (LID)",
    "sed": "Different links (SED)",
    "ptd": "Different last relations (PTD)",
    "p50_ms": "Half within, ms",
    "p95_ms": "95 in 100 within, ms",
    "p50_alone_ms": "Half within, alone, ms",
    "p95_alone_ms": "95 in 100 within, alone, ms",
    "p99_alone_ms": "99 in 100 within, alone, ms",
    "rate": "Requests a second",
    "cpu_p95_ms": "95 in 100 requests, processor ms",
    "p99_ms": "99 in 100 within, ms",
    "refused": "Sent away (429, 503)",
    "answered": "Answered a second",
    "late_p95_ms": "95 in 100 asked late by at most, ms",
    "asker_busy": "Who asks is busy",
    "server_busy": "Who answers is busy",
    "failed": "Failed",
    "thanked": "Messages thanked for",
    "requests": "Requests",
    "models_seen": "Models that answered",
    "answers_2xx": "Answered",
    "answers_4xx": "Refused with a reason",
    "answers_5xx": "Failed, or put off (5xx)",
    "answers_500": "Failed (500)",
    "answers_503": "Put off (503)",
    "cpu_ms": "Processor ms a request",
    "core_hours_million": "Core hours for a million reasons",
    "price_million": "Price of a million reasons",
    "kb": "KB",
    "explain_ms": "Ms an explanation",
    "write_cpu_ms": "Processor ms a sentence",
    "explain_cpu_p50_ms": "Half of the explanations within, processor ms",
    "weights_millions": "Million weights",
    "read_cpu_ms": "Processor ms to read a sentence",
    "write_cpu_p50_ms": "Half of the sentences within, processor ms",
    "p50_of_whole": "Times the whole network's",
    "nats": "Nats a word of people's",
    "names_plan": "Names the plan",
    "side": "Same side as its source",
    "bleu": "BLEU",
    "drawn": "Moves without a word by lot",
    "same_first": "Same first reason",
    "same_three": "Same of three reasons",
    "own_reasons": "Moves without its own reasons",
    "tried": "Explanations tried",
    "ndcg_tried": "NDCG@10, five other worlds",
    "struck": "Struck by the policy",
    "unsaid": "Nothing could be said",
    "old_reasons": "Moves without the whole network's",
    "auc": "AUC",
    "s": "Seconds",
    "grown mb": "Grown by, MB",
    "gap ndcg": "Gap in NDCG@10",
    "gap length": "Gap in things that make half",
    "gap popular": "Gap in popularity",
    "gap decides": "Gap in what decides",
    "lir": "Recency (LIR)",
    "sep": "Popularity (SEP)",
    "etd": "Diversity (ETD)",
    **{f"share_{k}": f"Share of rating {k}" for k in range(1, 6)},
}
DATA = {
    "shop": "The simulated shop",
    "shop-kind": "The kind shop",
    "shop-harsh": "The harsh shop",
    "ml-100k": "MovieLens 100K",
    "ml-1m": "MovieLens 1M",
    "ml-latest-small": "MovieLens latest-small",
    "simulated": "Simulated tables",
    "musical_instruments": "Amazon Musical Instruments",
    "musical_instruments_mined": "Amazon Musical Instruments, records by our miner",
}
NAMES = {
    "peer:implicit-als": "implicit's ALS",
    "recx:seq2seq": "Seq2Seq",
    "recx:smollm2": "SmolLM2",
    "floor:tf-idf": "tf-idf",
    "recx:obrien_fleming": "O'Brien–Fleming",
    "recx:epsilon_greedy": "ε-greedy",
}
WORDS = {
    w.lower(): w
    for w in "ALS SVD SVD++ EASE MF SGD BPR myFM KNN NMF WARP GRU LightFM LensKit FM PMF MLP LoRA SmolLM2".split()
}
WORDS |= {
    "linucb": "LinUCB",
    "surprise": "Surprise",
    "csv": "CSV",
    "cornac": "cornac",
    "lenskit": "LensKit",
}


def system_name(system: str) -> str:
    """Return a system's name without its kind; what follows a blank is its setting.

    >>> system_name("peer:surprise-svd_tuned"), system_name("recx:bayesian-mf 4-sweeps"), system_name("peer:myfm")
    ('Surprise SVD tuned', 'Bayesian MF (4 sweeps)', 'myFM')
    >>> system_name("recx:bayesian-mf against myfm, ratings only")
    'Bayesian MF (against myFM, ratings only)'
    """
    system, _, setting = system.partition(" ")
    system = system.rstrip(",")
    words = (
        system.partition(":")[2].replace("-", " ").replace("_", " ").split()
    )
    step = words[:1] in (["seq2seq"], ["transformer"])  # "ease": a price
    known = {} if step else WORDS
    name = " ".join(known.get(word.lower(), word) for word in words)
    name = (
        name[:1].upper() + name[1:]
        if words[:1] and words[0].lower() not in WORDS
        else name
    )
    told = setting.replace("-", " ")
    if told.startswith("against"):  # another program, by its name
        told = re.sub(r"\w+", lambda w: WORDS.get(w[0].lower(), w[0]), told)
    return NAMES.get(system, name) + (f" ({told})" if told else "")


def setting_name(setting: str) -> str:
    """Return a setting in words.

    >>> setting_name("aspect-given"), setting_name("mlp aspects")
    ('aspect given', 'MLP aspects')
    """
    return " ".join(
        WORDS.get(word, word) for word in setting.replace("-", " ").split()
    )


def metric_name(metric: str) -> str:
    """Return a metric's name as the literature writes it."""
    plain = metric.replace("_", " ").replace("@", " at ")
    return METRICS.get(metric, plain[:1].upper() + plain[1:])


def data_name(data: str) -> str:
    """Return a data set's full name."""
    return DATA.get(data, data)


def number(row: dict | None) -> str:
    """Return a figure with its interval; nothing where it was not measured.

    >>> number({"value": 0.15312, "low": 0.13, "high": 0.175}), number({"value": 1234.4}), number(None)
    ('0.153 (0.130 to 0.175)', '1\u202f234', '')
    >>> number({"metric": "lost", "value": 0.0087}), number({"metric": "lost", "value": 2})
    ('0.009', '2')
    """
    if row is None:
        return ""
    text = _digits(row["value"], row.get("metric", ""))
    if row.get("low") is None or row.get("high") is None:
        return text
    ends = [
        _digits(row[end], row.get("metric", "")) for end in ("low", "high")
    ]
    return text if ends == [text, text] else f"{text} ({' to '.join(ends)})"


def parts(row: dict | None) -> tuple[str, str] | str:
    """Return a figure and its interval, which is to stand small below it; nothing where it was not measured.

    >>> parts({"value": 0.15312, "low": 0.13, "high": 0.175}), parts({"value": 3}), parts(None)
    (('0.153', '0.130 to 0.175'), ('3.000', ''), '')
    """
    if row is None:
        return ""
    value, _, rest = number(row).partition(" (")
    return value, rest.rstrip(")")


def _digits(value: float, metric: str) -> str:
    counted = metric in COUNTS and float(value).is_integer()
    if counted or abs(value) >= 100:
        return f"{value:,.0f}".replace(",", "\u202f")
    if abs(value) >= 10:
        return f"{value:.1f}"
    if metric in (
        "fit_s",
        "fit_cpu_s",
        "peak_mb",
        "per_s",
        "exponent",
        "mean_rating",
    ):
        return f"{value:.2f}"
    fine = metric in ("rmse", "mae", "rmse_less")
    return f"{value:.4f}" if fine else f"{value:.3f}"
