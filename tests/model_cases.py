"""Tiny pre-trained models, made on the spot: a Llama that writes, a BERT that reads, as folders and as a GGUF."""

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

WORDS = ["<unk>", "<s>", "</s>", *"the jacket keeps me dry in rain".split()]
TEMPLATE = (
    "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant] {% endif %}"
)
LLAMA = {
    "vocab_size": len(WORDS),
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
    "tie_word_embeddings": True,
}


def tiny_tokenizer(template: str | None = TEMPLATE):
    """A tokenizer that knows ten words."""
    numbers = {word: idx for idx, word in enumerate(WORDS)}
    inner = Tokenizer(models.WordLevel(numbers, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.decoder = decoders.WordPiece()
    special = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, **special)
    tokenizer.chat_template = template
    return tokenizer


def tiny_llama():
    """A tiny Llama of random weights, always the same."""
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**LLAMA)).eval()


def save_generator(folder, template: str | None = TEMPLATE):
    """Write a tiny Llama into a folder; return it."""
    model = tiny_llama()
    model.save_pretrained(folder)
    tiny_tokenizer(template).save_pretrained(folder)
    return model


def save_encoder(folder):
    """Write a tiny BERT into a folder; return it."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    model = BertModel(config).eval()
    model.save_pretrained(folder)
    tiny_tokenizer(None).save_pretrained(folder)
    return model


def save_gguf(file):
    """Write a tiny Llama as GGUF; return its weights by GGUF's names."""
    import gguf

    words = [*WORDS, "d", "r", "dr"]

    writer = gguf.GGUFWriter(file, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(32)
    writer.add_block_count(1)
    writer.add_feed_forward_length(32)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(words)
    writer.add_token_types([3, 3, 3] + [1] * (len(words) - 3))
    writer.add_token_merges(["d r"])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    shapes = {"token_embd": (len(words), 32), "output_norm": (32,)}
    for part in ("attn_q", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        shapes[f"blk.0.{part}"] = (32, 32)
    for part in ("attn_k", "attn_v"):
        shapes[f"blk.0.{part}"] = (16, 32)
    for part in ("attn_norm", "ffn_norm"):
        shapes[f"blk.0.{part}"] = (32,)
    torch.manual_seed(0)
    weights = {name: torch.randn(shape) for name, shape in shapes.items()}
    for name, weight in weights.items():
        writer.add_tensor(f"{name}.weight", weight.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return weights
