"""The service: recommendations and their reasons over the network.

What needs no extra package stands here; the application itself is
`recx_lib.serve.app:make_app`, which needs the extra `service`. May import
every stage.
"""

from recx_lib.serve.budget import InTime, TimedExplainer
from recx_lib.serve.limits import Bucket, Gate, customer_of, token_for
from recx_lib.serve.queueing import erlang_c, mean_wait, queue_waits
from recx_lib.serve.shelf import ServedModel, Shelf, read_model, save_model
from recx_lib.serve.watch import (
    TruthAlarm,
    names_hold,
    passes_removal,
    stability_index,
    weights_hold,
)

__all__ = [
    "Bucket",
    "Gate",
    "InTime",
    "ServedModel",
    "Shelf",
    "TimedExplainer",
    "TruthAlarm",
    "customer_of",
    "erlang_c",
    "mean_wait",
    "names_hold",
    "passes_removal",
    "queue_waits",
    "read_model",
    "save_model",
    "stability_index",
    "token_for",
    "weights_hold",
]
