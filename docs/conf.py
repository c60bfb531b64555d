"""How Sphinx builds these pages: `nox -s docs`. Nothing is fetched from outside."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

from funnelsim import __version__  # noqa: E402 (found by the line above)

project = "funnelsim"
author = copyright = "funnelsim authors"  # noqa: A001 (Sphinx calls it so)
release = version = __version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "api_pages", "gallery", "plain_docstrings", "project_files"]
source_suffix = {".md": "myst-nb"}
exclude_patterns = ["mappings", "_ext", "_static"]
nb_execution_mode = "off"  # notebooks run in the tests
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
add_module_names = False
python_use_unqualified_type_names = True
maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"funnelsim {__version__}"
html_copy_source = False
html_show_sphinx = False
# Type is what the reader's machine has; no font, script or picture comes from another server.
_FONTS = {
    "font-stack": "system-ui, 'DejaVu Sans', sans-serif",
    "font-stack--monospace": "'DejaVu Sans Mono', monospace",
    "code-font-size": "78%",
}
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_theme_options = {"light_css_variables": _FONTS, "dark_css_variables": _FONTS}
