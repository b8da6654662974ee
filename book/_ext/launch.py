"""Buttons that open a chapter in Colab or Binder: there when the project has a public address, absent otherwise.

The address is that of a GitHub repository: `Repository` under [project.urls] in pyproject.toml. `make sync` writes the
same into the notebooks' first cell, which prepares a fresh machine.
"""

from __future__ import annotations

from recx_lib import __version__
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


def footer(repository: str) -> str:
    """Return the line at the foot of each page: version, licences, and where the project is kept, if anywhere.

    >>> "github" in footer("")
    False
    """
    kept = (
        f' · <a href="{repository}">{repository.removeprefix("https://")}</a>'
        if repository
        else ""
    )
    return f"<p>Version {__version__} · text and data CC BY 4.0, code MIT{kept}</p>"


def add_buttons(app, config) -> None:
    """Put the options among the theme's."""
    foot = {"extra_footer": footer(address())}
    config.html_theme_options = (
        config.html_theme_options | options(address()) | foot
    )


def describe(app, page, template, context, doctree) -> None:
    """Tell search engines and those who share a page what the book is."""
    said = "A book that builds recommenders, lets them say why, and tests whether it is true."
    context["metatags"] = (
        f'<meta name="description" content="{said}" />'
        + context.get("metatags", "")
    )


def setup(app):
    """Register with Sphinx."""
    app.connect("config-inited", add_buttons)
    app.connect("html-page-context", describe)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
