"""What torchrun starts for test_parallel: one of two is killed in epoch 2."""

import os
import signal
import sys

import torch.distributed as dist

from recx_lib.nets import Checkpoint
from recx_lib.scale.parallel import fit_shared
from tests.test_parallel import COLLATE, PLAN, lessons, small_net


def main(folder: str) -> None:
    """Train with whoever torchrun started beside us, until the power goes."""
    dist.init_process_group("gloo")
    asked = []

    def dies_midway(rows):
        """Three batches and a validation an epoch: the sixth is in epoch 2."""
        asked.append(len(rows))
        if len(asked) == 6 and dist.get_rank() == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return COLLATE(rows)

    data = lessons(), lessons(5, seed=1)
    fit_shared(small_net(), *data, dies_midway, PLAN, Checkpoint(folder))


if __name__ == "__main__":
    main(sys.argv[1])
