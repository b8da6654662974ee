"""Makes recx_check, the learners' checker, importable here: it lives beside the sources, in exercises/."""

from __future__ import annotations

import sys

from tools.sync import ROOT

HOME = ROOT / "exercises"
if str(HOME) not in sys.path:
    sys.path.insert(0, str(HOME))

from recx_check import core, runner, sets  # noqa: E402

__all__ = ["HOME", "core", "runner", "sets"]
