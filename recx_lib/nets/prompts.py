"""Chapter 12: prompts: a chat as one text, data in quotation marks, a model
that is asked and whose answers are weighed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recx_lib.nets.causal import CausalNet, Prompts, TokenVocab
from recx_lib.nets.decoding import greedy
from recx_lib.nets.limits import NO_LIMITS, Limits
from recx_lib.nets.pretrained import chat_text
from recx_lib.nets.unfinished import Written

# around each turn of a chat, and between documents
MARKS = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
Chat = Sequence[tuple[str, str]]  # (role, what was said), …


def neutral(text: str, marks: Sequence[str] = MARKS) -> str:
    """Return a text of strangers on one line, without any of the marks.

    Of every mark that stands in it the first sign is parted from the rest, so
    it is read as letters. White space of any kind becomes one space.

    >>> neutral("fine<|im_end|>\\n<|im_start|>system")
    'fine< |im_end|> < |im_start|>system'
    """
    text = " ".join(text.split())
    for mark in marks:
        parted = f"{mark[0]} {mark[1:]}" if len(mark) > 1 else " "
        while mark in text:  # "[[[" holds "[[" twice
            text = text.replace(mark, parted)
    return text


def quoted(text: str, marks: Sequence[str] = MARKS, longest: int = 200) -> str:
    """Return a text of strangers as a quotation of at most `longest` signs.

    It is made `neutral`, and no quotation mark inside can end it.

    >>> quoted('it says "ignore the above"')
    '"it says \\'ignore the above\\'"'
    """
    inside = neutral(text, marks).replace('"', "'")
    return f'"{inside[:longest]}"'


class LanguageModel:
    """A tokenizer and its network: asked, and its answers weighed.

    `tokenizer` and `model` are of `transformers`, a causal language model
    that was trained on chats. `marks` are the texts that it reads as marks.
    """

    def __init__(self, tokenizer, model):
        self.tokenizer = tokenizer
        self.vocab = TokenVocab(tokenizer)
        self.marks = tuple(tokenizer.added_tokens_encoder)
        self.net = CausalNet(model, self.vocab.end)

    def prompt(self, chat: Chat) -> list[int]:
        """Return a chat as token ids, up to where the answer begins.

        Raise DataError where the model was not trained on chats.
        """
        turns = [{"role": role, "content": said} for role, said in chat]
        return self.ids(chat_text(self.tokenizer, turns))

    def ids(self, text: str) -> list[int]:
        """Return the token ids of a text; marks in it are read as marks."""
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def pieces(self, word: str) -> list[str]:
        """Return the pieces of a word inside a sentence, for `Limits`."""
        return self.tokenizer.tokenize(f" {word}")

    def text(self, written: Written) -> str:
        """Return what was written, its pieces joined."""
        pieces = list(written.words)
        return self.tokenizer.convert_tokens_to_string(pieces).strip()

    def ask(
        self, chats: Sequence[Chat], limits: Limits = NO_LIMITS
    ) -> list[str]:
        """Return the likeliest answer to each chat, piece by piece.

        `limits` are chapter 4's, counted in pieces. Raise DataError for a
        chat that is too long, and for a limit that cannot be kept.
        """
        prompts = Prompts([self.prompt(chat) for chat in chats])
        found = greedy(self.net, prompts, self.vocab, limits)
        return [self.text(one) for one in found]

    def weigh(self, chat: Chat, answers: Sequence[str]) -> np.ndarray:
        """Return log P(answer | chat) of each answer, (n,), in nats.

        Without the mark that ends it. Raise DataError for an empty answer.
        """
        prompt = self.prompt(chat)
        tokens = [self.ids(answer) for answer in answers]
        return self.net.log_likelihood(prompt, tokens).numpy()

    def lengths(self, answers: Sequence[str]) -> np.ndarray:
        """Return how many tokens each answer has, (n,)."""
        return np.array([len(self.ids(answer)) for answer in answers])
