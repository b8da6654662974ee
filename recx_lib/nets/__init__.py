"""Networks and their training: vocabulary, attention, decoding.

They know words and tensors, no recommender and no planner. May import `core`,
`data` and `judge`.
"""

from recx_lib.nets.adapters import AdaLoRA, Adapter
from recx_lib.nets.attention import (
    KeysValues,
    MultiHeadAttention,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)
from recx_lib.nets.batches import Batch, Example, collate, select
from recx_lib.nets.causal import (
    CausalNet,
    CausalState,
    Prompts,
    TokenVocab,
    common_start,
)
from recx_lib.nets.causal_reader import CausalReader
from recx_lib.nets.checkpoints import Checkpoint
from recx_lib.nets.copying import copy_mixture
from recx_lib.nets.decoder_state import DecoderState
from recx_lib.nets.decoding import Dice, beam, greedy, nucleus, sample
from recx_lib.nets.limits import NO_LIMITS, Limits
from recx_lib.nets.lora import (
    LoRA,
    freeze,
    merge_layers,
    n_trainable,
    replace_layers,
)
from recx_lib.nets.losses import (
    bag_loss,
    can_be_written,
    rating_loss,
    word_loss,
)
from recx_lib.nets.masked import (
    fill_in,
    fit_masked,
    mask_words,
    masked_loss,
    small_bert,
    tokens,
    warm_up,
    word_tokenizer,
)
from recx_lib.nets.overfitting import (
    AdversarialWriter,
    ensemble_loss,
    retrieved_loss,
    swap_terms,
)
from recx_lib.nets.pretrained import (
    chat_text,
    find_model,
    load_encoder,
    load_generator,
)
from recx_lib.nets.prompts import Chat, LanguageModel, neutral, quoted
from recx_lib.nets.rank_budget import RankBudget
from recx_lib.nets.reading import (
    descend,
    embed,
    encode,
    fit_stars,
    mean_by,
    thaw,
    two_speeds,
    unit,
)
from recx_lib.nets.rerun import Rerun
from recx_lib.nets.sentence_net import NetSettings, SentenceNet
from recx_lib.nets.seq2seq import (
    Seq2Seq,
    additive_attention,
    attend,
    multiplicative_attention,
)
from recx_lib.nets.smaller import (
    Distilled,
    Int8Embedding,
    Int8Linear,
    drop_layer,
    hold_zeros,
    prune_small,
    round_rows,
    silence_head,
    stored_bytes,
    to_int8,
)
from recx_lib.nets.soft_prompts import SoftPrompt
from recx_lib.nets.training import FitSettings, Trainer, fit, mean_loss
from recx_lib.nets.transformer import (
    Block,
    Encoder,
    RationaleTransformer,
    TransformerShape,
)
from recx_lib.nets.tuned import Told, ToldBatch, TunedWriter, collate_told
from recx_lib.nets.unfinished import Written
from recx_lib.nets.vocab import BOS, EOS, PAD, SEP, UNK, Vocab

__all__ = [
    "BOS",
    "EOS",
    "NO_LIMITS",
    "PAD",
    "SEP",
    "UNK",
    "AdaLoRA",
    "Adapter",
    "AdversarialWriter",
    "Batch",
    "Block",
    "CausalNet",
    "CausalReader",
    "CausalState",
    "Chat",
    "Checkpoint",
    "DecoderState",
    "Dice",
    "Distilled",
    "Encoder",
    "Example",
    "FitSettings",
    "Int8Embedding",
    "Int8Linear",
    "KeysValues",
    "LanguageModel",
    "Limits",
    "LoRA",
    "MultiHeadAttention",
    "NetSettings",
    "Prompts",
    "RankBudget",
    "RationaleTransformer",
    "Rerun",
    "SentenceNet",
    "Seq2Seq",
    "SoftPrompt",
    "TokenVocab",
    "Told",
    "ToldBatch",
    "Trainer",
    "TransformerShape",
    "TunedWriter",
    "Vocab",
    "Written",
    "additive_attention",
    "attend",
    "bag_loss",
    "beam",
    "can_be_written",
    "causal_mask",
    "chat_text",
    "collate",
    "collate_told",
    "common_start",
    "copy_mixture",
    "descend",
    "drop_layer",
    "embed",
    "encode",
    "ensemble_loss",
    "fill_in",
    "find_model",
    "fit",
    "fit_masked",
    "fit_stars",
    "freeze",
    "greedy",
    "hold_zeros",
    "load_encoder",
    "load_generator",
    "mask_words",
    "masked_loss",
    "mean_by",
    "mean_loss",
    "merge_layers",
    "multiplicative_attention",
    "n_trainable",
    "neutral",
    "nucleus",
    "padding_mask",
    "prune_small",
    "quoted",
    "rating_loss",
    "replace_layers",
    "retrieved_loss",
    "round_rows",
    "sample",
    "scaled_dot_product_attention",
    "select",
    "silence_head",
    "small_bert",
    "stored_bytes",
    "swap_terms",
    "thaw",
    "to_int8",
    "tokens",
    "two_speeds",
    "unit",
    "warm_up",
    "word_loss",
    "word_tokenizer",
]
