"""The library's rooms: which package may import which, and which does.

python -m tools.house    print the arrows, and any that is forbidden
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = "recx_lib"
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


def imports(path: Path) -> list[str]:
    """Return the dotted names that a module imports, wherever it does.

    `from recx_lib.data import tokens` gives `recx_lib.data.tokens`.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            found += [f"{start}.{alias.name}" for alias in node.names]
    return found


def arrows(root: Path = ROOT) -> dict[tuple[str, str], list[str]]:
    """Return {(package, package it imports): modules that do}.

    A relative import is an arrow to ".": nothing may be imported so.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted((root / LIBRARY).rglob("*.py")):
        inside = path.relative_to(root / LIBRARY).with_suffix("").parts
        if len(inside) == 1:
            continue
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "":
                target = "."
            elif parts[0] == LIBRARY and len(parts) > 1:
                target = parts[1]
            else:
                continue
            if target != inside[0]:
                modules = found.setdefault((inside[0], target), [])
                modules.append(".".join(inside))
    return found


def forbidden(root: Path = ROOT) -> list[str]:
    """Return a line for every import against the order."""
    return [
        f"{module} imports {target}: {package} may import {', '.join(MAY_IMPORT.get(package, ())) or 'nothing'}"
        for (package, target), modules in arrows(root).items()
        for module in modules
        if target not in MAY_IMPORT.get(package, ())
    ]


def main() -> int:
    """Print the arrows; return 1 if one is forbidden."""
    for (package, target), modules in sorted(arrows().items()):
        print(f"{package:<10} -> {target:<10} {len(modules):>3} import(s)")
    bad = forbidden()
    print("\n".join(bad) or "no arrow against the order")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
