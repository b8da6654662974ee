"""Buttons that open a chapter in Colab or Binder: there when the project has a public address, absent otherwise.

The address is that of a GitHub repository: `Repository` under [project.urls] in pyproject.toml. `make sync` writes the
same into the notebooks' first cell, which prepares a fresh machine.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
HOST = "https://github.com/"


def repository() -> str:
    """Return the configured address, or an empty text."""
    urls = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"].get("urls", {})
    return urls.get("Repository", "").rstrip("/")


def options(address: str, branch: str = "main") -> dict:
    """Return the theme's options for an address; none where there is none.

    >>> options("")
    {}
    >>> options("https://github.com/ann/tents")["launch_buttons"]["notebook_interface"]
    'jupyterlab'
    """
    if not address:
        return {}
    if not address.startswith(HOST):
        raise ValueError(f"the buttons for Colab and Binder need an address that starts with {HOST}, got {address}")
    buttons = {"colab_url": "https://colab.research.google.com", "binderhub_url": "https://mybinder.org"}
    buttons["notebook_interface"] = "jupyterlab"
    where = {"repository_url": address, "repository_branch": branch, "path_to_docs": ""}
    return where | {"launch_buttons": buttons}


def add_buttons(app, config) -> None:
    """Put the options among the theme's."""
    config.html_theme_options = config.html_theme_options | options(repository())


def setup(app):
    """Register with Sphinx."""
    app.connect("config-inited", add_buttons)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
