"""The gallery: pictures of the shipped scenarios, made when the pages are built and kept beside no source.

`{gallery}` stands where they go. Every picture has its alternative text, made from its numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from docutils import nodes
from docutils.parsers.rst import Directive

mpl.use("Agg")

from matplotlib import pyplot as plt

from funnelsim.comparison import compare
from funnelsim.files.loading import load
from funnelsim.model import Study
from funnelsim.simulation import simulate
from funnelsim.views import plots

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
#: So many replications make a picture.
REPLICATIONS = 3


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_directive("gallery", Gallery)
    return {"parallel_read_safe": False}


class Gallery(Directive):
    """All shipped scenarios, a section each: what it is, its funnel, its lifts."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        settings = self.state.document.settings
        folder = Path(settings.env.app.outdir) / "_images"
        folder.mkdir(parents=True, exist_ok=True)
        sections: list[nodes.Node] = []
        for file in sorted(SCENARIOS.glob("*.yaml")):
            settings.env.note_dependency(str(file))
            sections.append(show(file, folder))
        return sections


def show(file: Path, folder: Path) -> nodes.section:
    """Return the section of one scenario file, its pictures written to a folder."""
    study = load(file)
    section = nodes.section(ids=[file.stem])
    section += nodes.title(text=study.name.text("en"))
    command = f"funnelsim compare scenarios/{file.name}"
    section += nodes.literal_block(text=command, language="text")
    for name, picture in draw(study):
        target = folder / f"gallery_{file.stem}_{name}.svg"
        picture.figure.savefig(target, metadata={"Date": None})
        plt.close(picture.figure)
        html = f'<img src="_images/{target.name}" style="width:100%" alt="{escape(plots.alt_text(picture))}">'
        section += nodes.raw("", html, format="html")
    return section


def draw(study: Study) -> list[tuple[str, Any]]:
    """Return the pictures of a study: its funnel, and what each scenario would bring."""
    tally = simulate(study.funnel, run=study.run, replications=1)
    pictures = [("funnel", plots.plot_funnel(tally))]
    if study.scenarios:
        pictures.append(("lifts", plots.plot_lifts(compare(study, replications=REPLICATIONS, draws=0))))
    return pictures


def escape(text: str) -> str:
    """Return a text that may stand in an attribute."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
