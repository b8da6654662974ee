"""Part IV: pre-trained models: found offline, checked, loaded in seconds.

python -m recx_lib.nets.pretrained    find and convert both of the book's
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from recx_lib.core.errors import DataError
from recx_lib.nets.model_files import quietly
from recx_lib.nets.model_search import PACKAGED, find_model


def load_encoder(name: str = "minilm", dtype: torch.dtype = torch.float32):
    """Return (tokenizer, model) of a pre-trained encoder, for reading.

    The model, a BERT or the like, turns token ids (B, T) into
    `last_hidden_state` (B, T, D). It is in eval mode (no dropout, so the same
    text gives the same vectors), and its weights are frozen by nobody. Raise
    DataError as `find_model` does, and for a model that writes, damaged or
    missing weights, code in the checkpoint (none is run), too little memory.
    """
    from transformers import AutoModel

    return _load(name, AutoModel, dtype, writes=False)


def load_generator(name: str = "smollm2", dtype: torch.dtype = torch.float32):
    """Return (tokenizer, model) of a pre-trained language model, to write.

    The model, a GPT-2 or Llama or the like, gives `logits` (B, T, V) of the
    next token; eval mode. `dtype=torch.bfloat16` halves the memory. Raise
    DataError as `find_model` does, and for a model that does not write,
    damaged or missing weights, code in the checkpoint (none is run), too
    little memory.
    """
    from transformers import AutoModelForCausalLM

    return _load(name, AutoModelForCausalLM, dtype, writes=True)


def _load(name: str, kind, dtype: torch.dtype, writes: bool):
    """Load a tokenizer and a model of one kind from `find_model(name)`."""
    from transformers import AutoConfig, AutoTokenizer

    folder = find_model(name)
    safe = {"local_files_only": True, "trust_remote_code": False}
    try:
        with quietly():
            config = AutoConfig.from_pretrained(folder, **safe)
            _check_kind(name, config, writes)
            tokenizer = AutoTokenizer.from_pretrained(folder, **safe)
            model, found = kind.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                output_loading_info=True,
                **safe,
            )
    except DataError:
        raise
    except Exception as error:  # transformers, safetensors, torch, …
        raise DataError(_why(name, folder, error)) from None
    missing = [key for key in found["missing_keys"] if "pooler" not in key]
    if missing:
        raise DataError(
            f"{folder} lacks {len(missing)} of the weights that its "
            f"config.json promises ({missing[0]}, …): the two belong to "
            "different models"
        )
    return tokenizer, model.eval()


def _check_kind(name: str, config, writes: bool) -> None:
    """Raise DataError unless the model is of the wanted kind."""
    # the kind is written in the model's own configuration
    built = (config.architectures or ["an unnamed architecture"])[0]
    can_write = built.endswith(("ForCausalLM", "GPT2LMHeadModel"))
    if can_write == writes:
        return
    wanted = "writes (…ForCausalLM)" if writes else "reads (BERT, DistilBERT)"
    other = "load_encoder" if writes else "load_generator"
    raise DataError(
        f"{name} is {built}, not a model that {wanted}: choose another, or "
        f"call {other}"
    )


def _why(name: str, folder: Path, error: Exception) -> str:
    """Say in our words why a model could not be loaded."""
    said = " ".join(str(error).split())
    if isinstance(error, MemoryError) or "allocate memory" in said:
        return (
            f"not enough memory for {name}: close other programs, load it "
            "with dtype=torch.bfloat16 (half as much), or take a smaller model"
        )
    if "trust_remote_code" in said or "custom code" in said:
        return (
            f"{name} brings its own code ({folder}): none is run; take a "
            "model whose architecture transformers knows"
        )
    return (
        f"{name} cannot be loaded from {folder}: its files are damaged, "
        f"truncated, or of another architecture than config.json says "
        f"({type(error).__name__}: {said[:200]}); delete the folder and "
        "get it again"
    )


def chat_text(tokenizer, messages: Sequence[dict[str, str]]) -> str:
    """Return a conversation as the text that a chat model was trained on.

    `messages`: {"role": "system" | "user" | "assistant", "content": …}; the
    text ends where the assistant's answer begins. Raise DataError where the
    model has no chat template.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise DataError(
            "this model has no chat template: it was not trained on "
            "conversations; give it plain text to go on from"
        )
    return tokenizer.apply_chat_template(
        list(messages), tokenize=False, add_generation_prompt=True
    )


def main() -> None:
    """Find both models of the book, unpacking and converting them once."""
    for name in PACKAGED:
        print(f"{name}: {find_model(name)}")


if __name__ == "__main__":
    main()
