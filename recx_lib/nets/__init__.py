"""Networks and their training: vocabulary, attention, decoding.

They know words and tensors, no recommender and no planner. May import `core`,
`data` and `judge`.
"""

from recx_lib.nets.attention import (
    KeysValues,
    MultiHeadAttention,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)
from recx_lib.nets.batches import Batch, Example, collate
from recx_lib.nets.causal import (
    CausalNet,
    CausalState,
    Prompts,
    TokenVocab,
    common_start,
)
from recx_lib.nets.checkpoints import Checkpoint
from recx_lib.nets.copying import copy_mixture
from recx_lib.nets.decoder_state import DecoderState
from recx_lib.nets.decoding import Dice, beam, greedy, nucleus, sample
from recx_lib.nets.limits import NO_LIMITS, Limits
from recx_lib.nets.pretrained import (
    chat_text,
    find_model,
    load_encoder,
    load_generator,
)
from recx_lib.nets.prompts import LanguageModel, neutral, quoted
from recx_lib.nets.reading import CausalReader
from recx_lib.nets.rerun import Rerun
from recx_lib.nets.sentence_net import NetSettings, SentenceNet
from recx_lib.nets.seq2seq import (
    Seq2Seq,
    additive_attention,
    attend,
    multiplicative_attention,
)
from recx_lib.nets.training import FitSettings, Trainer, fit
from recx_lib.nets.transformer import (
    Block,
    Encoder,
    RationaleTransformer,
    TransformerShape,
)
from recx_lib.nets.unfinished import Written
from recx_lib.nets.vocab import BOS, EOS, PAD, SEP, UNK, Vocab

__all__ = [
    "CausalNet",
    "CausalState",
    "LanguageModel",
    "Prompts",
    "TokenVocab",
    "common_start",
    "neutral",
    "quoted",
    "BOS",
    "Batch",
    "Block",
    "CausalReader",
    "Checkpoint",
    "DecoderState",
    "Dice",
    "EOS",
    "Encoder",
    "Example",
    "FitSettings",
    "KeysValues",
    "MultiHeadAttention",
    "NO_LIMITS",
    "NetSettings",
    "PAD",
    "RationaleTransformer",
    "Rerun",
    "Limits",
    "SEP",
    "Seq2Seq",
    "Trainer",
    "TransformerShape",
    "UNK",
    "Vocab",
    "SentenceNet",
    "Written",
    "additive_attention",
    "attend",
    "beam",
    "causal_mask",
    "chat_text",
    "collate",
    "copy_mixture",
    "find_model",
    "fit",
    "greedy",
    "load_encoder",
    "load_generator",
    "multiplicative_attention",
    "nucleus",
    "padding_mask",
    "sample",
    "scaled_dot_product_attention",
]
