"""Chapter 11: pre-training by masked words, with a small BERT of our own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
IGNORED = -100  # the label of a place that is not asked about
SHARE = 0.25  # asked about in `fit_masked`: more than BERT's, to learn faster


def mask_words(
    ids: Tensor, tokenizer, rng: np.random.Generator, share: float = 0.15
) -> tuple[Tensor, Tensor]:
    """Return (ids with some places spoilt, labels), both (B, T).

    A `share` of the words is asked about. Of these, 80 % become [MASK], 10 %
    another word, drawn at random, and 10 % stay, so that the network may not
    trust what it sees either. The label is the word that stood there, and
    `IGNORED` where nothing is asked, as it is for [CLS], [SEP] and
    padding. Source: Devlin et al. (2019), section 3.1.

    >>> from recx_lib.nets.masked import word_tokenizer
    >>> tokenizer = word_tokenizer(["the zip is stiff"])
    >>> ids = tokenizer(["the zip is stiff"], return_tensors="pt").input_ids
    >>> spoilt, labels = mask_words(ids, tokenizer, np.random.default_rng(1))
    >>> (labels == ids).sum() == (labels != IGNORED).sum()
    tensor(True)
    """
    if not 0 < share < 1:
        raise DataError(f"share={share} of masked words: between 0 and 1")
    # 1. the places asked about, at least one
    special = torch.tensor(tokenizer.all_special_ids)
    may = (~torch.isin(ids, special)).numpy()
    if not may.any():
        raise DataError("no word to mask: every text is empty")
    draw = np.where(may, rng.random(ids.shape), np.inf)
    asked = draw <= max(share, draw.min())
    # 2. what is seen there: 80 % the mask, 10 % any word, 10 % the word itself
    fate = rng.random(ids.shape)
    n_words, first = len(tokenizer), len(tokenizer.all_special_ids)
    any_word = torch.tensor(rng.integers(first, n_words, ids.shape))
    hidden = torch.tensor(asked & (fate < 0.8))
    swapped = torch.tensor(asked & (fate >= 0.8) & (fate < 0.9))
    spoilt = ids.masked_fill(hidden, tokenizer.mask_token_id)
    spoilt = torch.where(swapped, any_word, spoilt)
    return spoilt, ids.masked_fill(~torch.tensor(asked), IGNORED)


def word_tokenizer(texts: Sequence[str], n_words: int = 2000):
    """Return a tokenizer of `transformers` whose tokens are whole words.

    Lower case, punctuation apart; the `n_words` commonest of `texts`, all
    others [UNK]. Raise DataError where the texts hold no word.

    >>> tokenizer = word_tokenizer(["a stiff zip", "a soft zip"])
    >>> tokenizer.tokenize("A soft seal")
    ['a', 'soft', '[UNK]']
    """
    from tokenizers import Tokenizer, models, normalizers, processors
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from transformers import PreTrainedTokenizerFast

    # 1. The commonest words, in lower case.
    check_whole(n_words=n_words)
    lower, cut = normalizers.Lowercase(), BertPreTokenizer()
    count = Counter()
    for text in texts:
        words = cut.pre_tokenize_str(lower.normalize_str(text))
        count.update(word for word, _ in words)
    if not count:
        raise DataError("no words: every text is empty")
    # 2. A number for each, marks first.
    known = SPECIAL + [word for word, _ in count.most_common(n_words)]
    numbers = {word: number for number, word in enumerate(known)}
    inner = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    inner.normalizer, inner.pre_tokenizer = lower, cut
    # 3. Every text begins with [CLS] and ends with [SEP].
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    roles = ["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"]
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, **dict(zip(roles, SPECIAL, strict=True))
    )


def small_bert(tokenizer, width=64, layers=2, length=64, seed=0):
    """Return an untrained `BertForMaskedLM` of `transformers`, heads of 32.

    It reads up to `length` tokens. Raise DataError unless width is a multiple
    of 32.
    """
    from transformers import BertConfig, BertForMaskedLM

    check_whole(width=width, layers=layers, length=length)
    if width % 32:
        raise DataError(f"width={width} must be a multiple of 32")
    shape = {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": width // 32,
        "intermediate_size": 2 * width,
        "max_position_embeddings": length,
    }
    config = BertConfig(
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.08,  # 0.02 is for wide networks: too quiet here
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        **shape,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return BertForMaskedLM(config).eval()


def warm_up(step: int, n_steps: int, share: float = 0.1) -> float:
    """Return the share of the learning rate at a step: up, then down to 0.

    >>> [warm_up(step, 20) for step in (0, 1, 2, 11, 20)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    rise = max(math.ceil(share * n_steps), 1)
    if step < rise:
        return (step + 1) / rise
    return max(n_steps - step, 0) / max(n_steps - rise, 1)


def fit_masked(
    model, tokenizer, texts: Sequence[str], steps=400, lr=5e-3, seed=0
) -> list[float]:
    """Pre-train a masked language model on texts; return the steps' losses.

    In batches of 64 texts, AdamW, `warm_up`. The loss is that of the places
    asked about, in nats. Raise DataError for texts without a word or a loss
    that is not finite.
    """
    check_whole(steps=steps)
    check_positive(lr=lr)
    rng = np.random.default_rng(seed)
    adam = torch.optim.AdamW(model.parameters(), lr)
    model.train()
    # the caller's own random numbers stay as they were
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for step in range(steps):
            # 1. Draw 64 texts, hide some words, foresee them.
            drawn = rng.integers(0, len(texts), 64)
            batch = tokens(tokenizer, model, [texts[n] for n in drawn])
            seen, labels = mask_words(
                batch["input_ids"], tokenizer, rng, SHARE
            )
            loss = masked_loss(model, seen, batch["attention_mask"], labels)
            if not loss.isfinite():
                raise DataError(f"step {step}: the loss is {loss.item()}")
            # 2. One step, small at the beginning and at the end.
            adam.param_groups[0]["lr"] = lr * warm_up(step, steps)
            adam.zero_grad()
            loss.backward()
            adam.step()
            losses.append(loss.item())
    model.eval()
    return losses


def masked_loss(model, ids: Tensor, mask: Tensor, labels: Tensor) -> Tensor:
    """Return the mean −log p of the words asked about, in nats, ().

    The vocabulary's scores are made for these places only: most of the work.
    """
    hidden = model.bert(ids, attention_mask=mask).last_hidden_state
    asked = labels != IGNORED
    return F.cross_entropy(model.cls(hidden[asked]), labels[asked])


def tokens(tokenizer, model, texts: Sequence[str]) -> dict[str, Tensor]:
    """Return the texts' `input_ids` and `attention_mask`, (B, T), padded.

    What exceeds 128 tokens, or the model's context, is cut off at its end. An
    empty text is [CLS] [SEP]. Raise DataError for what is no text.
    """
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(
                f"text {row} is {text!r}, not a string: give '' for none"
            )
    longest = min(model.config.max_position_embeddings, 128)
    found = tokenizer(
        list(texts),
        padding=True,
        truncation=True,
        max_length=longest,
        return_tensors="pt",
    )
    return {name: found[name] for name in ("input_ids", "attention_mask")}


def fill_in(
    model, tokenizer, text: str, n: int = 5
) -> list[tuple[str, float]]:
    """Return the `n` likeliest words for the [MASK] in a text, with their p.

    Raise DataError unless it holds exactly one [MASK].
    """
    # exactly one gap, or there is nothing to say
    batch = tokens(tokenizer, model, [text])
    place = batch["input_ids"][0] == tokenizer.mask_token_id
    if place.sum() != 1:
        raise DataError(
            f"{text!r} holds {int(place.sum())} {tokenizer.mask_token} within "
            "the model's context: it needs one"
        )
    # the likeliest words there, with their chances
    with torch.no_grad():
        p = model(**batch).logits[0, place][0].softmax(dim=0)
    top = p.topk(min(n, len(p)))
    words = tokenizer.convert_ids_to_tokens(top.indices.tolist())
    return list(zip(words, top.values.tolist(), strict=True))
