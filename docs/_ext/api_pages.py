"""The API page: every public name, from the module that defines it, in the order of the alphabet."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

import funnelsim
from funnelsim.views import plots


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_directive("api", Names)
    return {"parallel_read_safe": True}


class Names(Directive):
    """What `verbs`, `values` or `pictures` are made of."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the docstrings of all names of a kind."""
        lines: list[str] = []
        for name, value in list_names(self.arguments[0]):
            if isinstance(value, type):
                errors = issubclass(value, Exception)
                lines += [f".. autoclass:: {value.__module__}.{name}", *([] if errors else ["   :members:"]), ""]
            else:
                lines += [f".. autofunction:: {value.__module__}.{name}", ""]
        from sphinx.util.parsing import nested_parse_to_nodes

        return nested_parse_to_nodes(self.state, rst(lines, self))


def rst(lines: list[str], directive: Directive) -> StringList:
    """Return reStructuredText inside a page of Markdown."""
    content = ["````{eval-rst}", *lines, "````"]
    return StringList(content, source=str(directive.state.document.current_source))


def list_names(kind: str) -> list[tuple[str, Any]]:
    """Return the names of a kind with their values."""
    if kind == "pictures":
        return [(name, getattr(plots, name)) for name in plots.__all__]
    names = [(name, getattr(funnelsim, name)) for name in funnelsim.__all__]
    return [(name, value) for name, value in names if isinstance(value, type) == (kind == "values")]
