"""Buttons that open a chapter in Colab or Binder: there when the project has a public address, absent otherwise.

The address is that of a GitHub repository: `Repository` under [project.urls] in pyproject.toml. `make sync` writes the
same into the notebooks' first cell, which prepares a fresh machine.
"""

from __future__ import annotations

from sphinx.util.docutils import SphinxDirective

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


SAID = "A book that builds recommenders, lets them say why, and tests whether it is true."
PICTURE = "_static/finished_explanation.png"


def shared(repository: str, picture: str) -> str:
    """Return the tags that search engines read, and those who show a page that was shared.

    The picture's address is that on the repository's GitHub Pages; without one it is `picture`, the page's own.

    >>> 'content="https://ann.github.io/tents/_static/' in shared("https://github.com/ann/tents", "x.png")
    True
    """
    if repository:
        owner, name = repository.removeprefix(HOST).split("/")
        picture = f"https://{owner}.github.io/{name}/{PICTURE}"
    tags = {
        "og:title": "Why This?",
        "og:description": SAID,
        "og:image": picture,
    }
    return f'<meta name="description" content="{SAID}" />' + "".join(
        f'<meta property="{name}" content="{said}" />'
        for name, said in tags.items()
    )


def describe(app, page, template, context, doctree) -> None:
    """Tell search engines and those who share a page what the book is."""
    picture = context["pathto"](PICTURE, 1)
    context["metatags"] = shared(address(), picture) + context.get(
        "metatags", ""
    )


class OtherForms(SphinxDirective):
    """The printed book and the slides: links where the pages are published with them, else how to make them."""

    def run(self):
        """Return one sentence."""
        said = (
            "On paper and on a wall: `make pdf` prints the whole book as a PDF,"
            " `make slides` makes slides of every chapter."
        )
        if address():
            said = (
                'On paper and on a wall: <a href="../why-this.pdf">the whole book as a PDF</a>,'
                ' <a href="../slides/index.html">slides of every chapter</a>.'
            )
        return self.parse_text_to_nodes(said)


def setup(app):
    """Register with Sphinx."""
    app.connect("config-inited", add_buttons)
    app.connect("html-page-context", describe)
    app.add_directive("other-forms", OtherForms)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
