"""Measure everything on public data, one benchmark after another: python -m tools.bench (RECX_DATA names the data).

Each benchmark keeps what it has finished, so this may be stopped and repeated. Results go to book/results/.
"""

from __future__ import annotations

import subprocess
import sys
import time

from tools.real import ROOT, data_folder

ORDER = (
    "realism",
    "mining",
    "defaults",
    "ratings",
    "ranking",
    "growth",
    "conditions",
    "writers",
    "rationales",
    "rationale_prices",
    "explanations",
    "attention",
    "shops",
    "whatif",
    "service",
    "service_writer",
    "whatif_worlds",
    "paths",
    "path_writing",
    "loop",
    "audits",
    "scenarios",
    "people",
    "red_team",
    "private_writer",
    "large_encoder",
    "large_prompts",
    "large_overfitting",
    "large_adapt",
    "scale",
    "removal",
)


def main() -> int:
    """Run the benchmarks in order; return 1 if one failed."""
    folder = data_folder()
    failed = []
    for number, name in enumerate(ORDER, 1):
        print(
            f"== {number}/{len(ORDER)} benchmarks.{name}, data from {folder}",
            flush=True,
        )
        start = time.perf_counter()
        if subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT
        ).returncode:
            failed.append(name)
        print(f"== {name}: {time.perf_counter() - start:.0f} s", flush=True)
    print(
        f"failed: {', '.join(failed)}"
        if failed
        else "all measured; `make book` shows the tables"
    )
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
