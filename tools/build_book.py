"""Build the book from an empty folder, and say where to open it.

python -m tools.build_book [OUTPUT]     default: _build; the pages are then in
                                        _build/html

Warnings are errors. The table of contents is made of the chapters' headers.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools.chapters import ChapterError, write_contents

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [
    "-c",
    "import sys; sys.path.append('exercises');"
    " from jupyter_book.cli.main import main; sys.exit(main())",
    "build",
    ".",
]
OPTIONS = [
    "--config",
    "book/_config.yml",
    "-W",
    "-n",
    "--keep-going",
    "--quiet",
]


def build(output: Path, root: Path = ROOT) -> float:
    """Build into `output`/_build/html and return the seconds taken.

    Raises CalledProcessError if there is a warning.
    """
    for old in (
        output / "_build/html",
        output / "_build/.doctrees",
        output / "_build/.jupyter_cache",
    ):
        shutil.rmtree(old, ignore_errors=True)
    start = time.perf_counter()
    toc = output / "_build/_toc.yml"
    write_contents(toc, root)
    where = ["--path-output", str(output), "--toc", str(toc)]
    subprocess.run(
        [sys.executable, *COMMAND, *OPTIONS, *where], cwd=root, check=True
    )
    return time.perf_counter() - start


def main() -> int:
    """Build, note the seconds for the budget report, print the address."""
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ask.add_argument("output", nargs="?", type=Path, default=ROOT)
    output = ask.parse_args().output.resolve()
    print("Building the book (about a minute) …", flush=True)
    try:
        seconds = build(output)
    except subprocess.CalledProcessError as error:
        print(
            "The book was not built: see the warnings above"
            f" (exit {error.returncode}).",
            file=sys.stderr,
        )
        return 1
    except ChapterError as error:
        print(f"The book was not built: {error}", file=sys.stderr)
        return 1
    (ROOT / "_build").mkdir(exist_ok=True)
    (ROOT / "_build/book_seconds.json").write_text(
        json.dumps(seconds), encoding="utf-8"
    )
    page = output / "_build/html/index.html"
    print(f"Built in {seconds:.0f} s. Open {page.as_uri()} in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
