"""Buttons that open a chapter in Colab or Binder: there when the project has a public address, absent otherwise.

The address is that of a GitHub repository: `Repository` under [project.urls] in pyproject.toml. `make sync` writes the
same into the notebooks' first cell, which prepares a fresh machine.
"""

from __future__ import annotations

from tools.first_cell import address

HOST = "https://github.com/"


def options(repository: str, branch: str = "main") -> dict:
    """Return the theme's options for an address; none where there is none.

    >>> options("")
    {}
    >>> options("https://github.com/ann/tents")["launch_buttons"]["notebook_interface"]
    'jupyterlab'
    """
    if not repository:
        return {}
    if not repository.startswith(HOST):
        raise ValueError(
            f"the buttons for Colab and Binder need an address that starts with {HOST}, got {repository}"
        )
    buttons = {
        "colab_url": "https://colab.research.google.com",
        "binderhub_url": "https://mybinder.org",
    }
    buttons["notebook_interface"] = "jupyterlab"
    where = {
        "repository_url": repository,
        "repository_branch": branch,
        "path_to_docs": "",
    }
    return where | {"launch_buttons": buttons}


def add_buttons(app, config) -> None:
    """Put the options among the theme's."""
    config.html_theme_options = config.html_theme_options | options(address())


def setup(app):
    """Register with Sphinx."""
    app.connect("config-inited", add_buttons)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
