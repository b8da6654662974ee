"""A short LoRA on histories, for benchmarks/large_prompts.py."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from recx_lib.nets.prompts import LanguageModel, quoted
from recx_lib.recommend.title_likelihood import TitleRecommender

RANK, RATE, BATCH = 8, 5e-4, 8
LAYERS = ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"]


def adapted(
    model: LanguageModel, by: TitleRecommender, lessons: list[tuple]
) -> LanguageModel:
    """Return the model with LoRA trained once over (liked titles, next)."""
    torch.manual_seed(0)
    config = LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=LAYERS)
    net = get_peft_model(deepcopy(model.net.net), config)
    params = [one for one in net.parameters() if one.requires_grad]
    steps = len(lessons) // BATCH
    chosen = torch.optim.AdamW(params, lr=RATE, weight_decay=0.0)
    warm = max(1, steps // 10)
    slower = torch.optim.lr_scheduler.LambdaLR(
        chosen, lambda t: min((t + 1) / warm, (steps - t) / (steps - warm))
    )
    order = np.random.default_rng(0).permutation(len(lessons))
    net.train()
    seen = []
    for step in range(steps):
        block = [lessons[at] for at in order[step * BATCH :][:BATCH]]
        loss = loss_of(model, net, by, block)
        chosen.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        chosen.step()
        slower.step()
        seen.append(loss.item())
        if step % 10 == 9:
            print(step + 1, round(float(np.mean(seen[-10:])), 3), flush=True)
    return LanguageModel(model.tokenizer, net.merge_and_unload())


def loss_of(model, net, by: TitleRecommender, block) -> torch.Tensor:
    """Return the mean loss a token of the next titles."""
    ids, labels = [], []
    for liked, title in block:
        prompt = model.prompt(by.chat(liked))
        answer = model.ids(quoted(title)) + [model.net.end]
        ids.append(torch.tensor(prompt + answer))
        labels.append(torch.tensor([-100] * len(prompt) + answer))
    ids = pad_sequence(ids, batch_first=True)
    labels = pad_sequence(labels, batch_first=True, padding_value=-100)
    hidden = net.base_model.model.model(input_ids=ids).last_hidden_state
    wanted = labels[:, 1:] != -100
    logits = net.base_model.model.lm_head(hidden[:, :-1][wanted]).float()
    return F.cross_entropy(logits, labels[:, 1:][wanted])
