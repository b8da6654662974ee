"""SmolLM2-135M-Instruct reads what the writers say; kept by its text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from recx_lib.nets import CausalReader, load_generator


class KeptReader:
    """A reader that reads each text once, and keeps what it read in a file.

    `make()` gives the reader, and is asked for the first new text alone.
    """

    def __init__(self, file: Path, make=None):
        self.file, self.make = file, make or smollm
        self.reader, self.known = None, {}
        if file.exists():
            self.known = json.loads(file.read_text(encoding="utf-8"))

    def log_probs(self, text: str) -> np.ndarray:
        """Return log P(token | those before) of each token, (n,), in nats."""
        if text not in self.known:
            self.reader = self.reader or self.make()
            found = self.reader.log_probs(text)
            self.known[text] = [round(one, 4) for one in found.tolist()]
        return np.array(self.known[text])

    def keep(self) -> None:
        """Write down what was read."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.known)
        self.file.write_text(text, encoding="utf-8")


def smollm() -> CausalReader:
    """Return SmolLM2 as a reader, in bfloat16."""
    return CausalReader(*load_generator("smollm2", torch.bfloat16))
