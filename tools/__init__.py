"""The project's own tools: run them from the repository root, e.g. `python -m tools.sync --check`."""
