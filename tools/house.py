"""The library's rooms: which package may import which, and which does.

python -m tools.house    print the arrows, and any that is forbidden
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = "recx_lib"
BESIDE = {"benchmarks", "book", "exercises", "notebooks", "recx_check"}
BESIDE |= {"tests", "tools"}  # folders of ours that the library knows not
BY_NAME = {"import_module", "__import__", "run_module"}
ON_REQUEST = {"audit.command"}  # imports the module that its caller names
# in the order of the data; each may import those named, and no other
MAY_IMPORT = {
    "core": (),
    "data": ("core",),
    "shop": ("core", "data"),
    "judge": ("core", "data"),
    "nets": ("core", "data", "judge"),
    "recommend": ("core", "data", "judge", "nets"),
    "explain": ("core", "data", "judge", "nets", "recommend"),
    "write": ("core", "data", "judge", "nets", "recommend", "explain"),
}
STAGES = tuple(MAY_IMPORT)
# what uses the whole: each may import every stage, none another of its kind
MAY_IMPORT |= {"serve": STAGES, "scale": STAGES, "people": STAGES}
MAY_IMPORT |= {"audit": STAGES}


def imports(path: Path) -> list[str]:
    """Return the dotted names that a module imports, wherever it does.

    `from recx_lib.data import tokens` gives `recx_lib.data.tokens`, and so
    does `import_module("recx_lib.data.tokens")`. A name that is put together
    when the program runs gives "?".
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            found += [f"{start}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and _imports(node.func):
            found.append(_said(node))
    return found


def _imports(function: ast.expr) -> bool:
    """Whether a function takes a module's name and imports it."""
    return ast.unparse(function).rpartition(".")[2] in BY_NAME


def _said(call: ast.Call) -> str:
    """Return the name that is handed to such a function; "?" if unknown."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = [g.value for g in given if isinstance(g, ast.Constant)]
    return names[0] if names and isinstance(names[0], str) else "?"


def target_of(name: str) -> str | None:
    """Return the package of ours that a dotted name belongs to.

    "." for a relative name, "?" for an unknown one, a folder beside the
    library by its name; None for what is not ours.
    """
    first, _, rest = name.partition(".")
    if rest == "__version__":  # a text, and no package
        return None
    if first in ("", "?"):
        return first or "."
    if first == LIBRARY:
        return rest.partition(".")[0] or LIBRARY
    return first if first in BESIDE else None


def arrows(root: Path = ROOT) -> dict[tuple[str, str], list[str]]:
    """Return {(package, what it imports of ours): modules that do}.

    A module of no package, and the library's own `__init__`, count as the
    package `recx_lib`.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted((root / LIBRARY).rglob("*.py")):
        inside = path.relative_to(root / LIBRARY).with_suffix("").parts
        package = inside[0] if len(inside) > 1 else LIBRARY
        module = ".".join(inside)
        known = {None, package} | ({"?"} if module in ON_REQUEST else set())
        for target in map(target_of, imports(path)):
            if target not in known:
                found.setdefault((package, target), []).append(module)
    return found


def forbidden(root: Path = ROOT) -> list[str]:
    """Return a line for every import against the order."""
    lines = []
    for (package, target), modules in arrows(root).items():
        allowed = MAY_IMPORT.get(package, ())
        may = f"{package} may import {', '.join(allowed) or 'nothing'}"
        if target not in allowed:
            lines += [f"{one} imports {target}: {may}" for one in modules]
    return lines


def main() -> int:
    """Print the arrows; return 1 if one is forbidden."""
    for (package, target), modules in sorted(arrows().items()):
        print(f"{package:<10} -> {target:<10} {len(modules):>3} import(s)")
    bad = forbidden()
    print("\n".join(bad) or "no arrow against the order")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
