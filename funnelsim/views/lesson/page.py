"""The lesson as one file: no server, no outside request, every free text escaped."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment

from funnelsim.errors import FunnelsimError
from funnelsim.exact.solution import Solution
from funnelsim.exact.solving import solve
from funnelsim.files.changes import apply
from funnelsim.model import Funnel, Run, Study
from funnelsim.views.formats import format_number, format_share
from funnelsim.views.lesson.answers import settle_teams
from funnelsim.views.lesson.material import MOST_SLIDERS, PER, make_material
from funnelsim.views.naming import clean, make_names
from funnelsim.views.saving import save_text
from funnelsim.views.texts import TEXTS, text

#: A page for a classroom has to load at once: no lesson is larger, in bytes.
LARGEST: Final = 1_000_000


def write_lesson(study: Study, path: Path, language: str = "en") -> None:
    """Write the lesson of a study's base funnel to an HTML file, whole or not at all.

    Where teams answer, how long their customers wait is taken from a simulation and stays what it is. Raises NotExact
    where the funnel has no exact answer otherwise, FunnelsimError where the page would be larger than 1 MB, and
    InputError where the file cannot be written.
    """
    content = make_lesson(study, language)
    if len(content.encode()) > LARGEST:
        raise FunnelsimError(
            f"the lesson would be {len(content.encode()) / 1e6:.1f} MB large, and {LARGEST / 1e6:.0f} MB is the most: "
            "take a funnel with fewer stages, segments or touchpoints"
        )
    save_text(path, content)


def make_lesson(study: Study, language: str = "en") -> str:
    """Return the page as a text; see `write_lesson`."""
    funnel, notes = settle_teams(study.funnel, study.run, language)
    solution = solve(funnel, run=study.run)
    material = make_material(funnel, study.run, language)
    material |= {
        "sliders": _choose_sliders(solution, material),
        "linear": _is_linear(material),
        "quiz": _ask(funnel, study.run, solution, material, language),
        "texts": {key: label.text(language) for key, label in TEXTS.items() if key.startswith("lesson.")},
    }
    title = clean(study.name.text(language)) or text("lesson.title", language)
    environment = Environment(autoescape=True, keep_trailing_newline=True)
    page = environment.from_string(_read("page.html"))
    return page.render(
        language=language,
        title=title,
        notes=[*notes, text("exact.no_luck", language), text("lesson.independent", language)],
        say=lambda key: text(key, language, per=format_number(PER, language)),
        style=_verbatim(_read("page.css")),
        model=_verbatim(_read("model.js")),
        page=_verbatim(_read("page.js")),
        material=_verbatim(embed(material)),
    )


def embed(data: object) -> str:
    """Return data as JSON that may stand inside a script element: nothing in it can end it."""
    content = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return content.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _read(name: str) -> str:
    return (resources.files("funnelsim.views.lesson") / name).read_text(encoding="utf-8")


def _verbatim(content: str) -> Any:  # noqa: ANN401 (a text that the template leaves as it is)
    from markupsafe import Markup

    return Markup(content)  # noqa: S704 (our own files, and JSON that `embed` has made harmless)


def _choose_sliders(solution: Solution, material: dict[str, Any]) -> list[int]:
    """Return the numbers of the causes that lose most and can be changed."""
    lost = dict(zip(solution.causes, solution.losses.sum(axis=0).tolist(), strict=True))
    causes = [
        number
        for number, cause in enumerate(material["causes"])
        if cause["scales"] and lost.get(cause["key"], 0.0) > 0.0
    ]
    ranked = sorted(causes, key=lambda number: -lost[material["causes"][number]["key"]])
    return ranked[:MOST_SLIDERS]


def _is_linear(material: dict[str, Any]) -> bool:
    """Whether there is one way through all stages, so that conversion is a product."""
    states = material["states"]
    return len(states) == len(material["stages"]) and all(
        state["stage"] == number and [to for to, _ in state["moves"]] in ([number + 1], [-1])
        for number, state in enumerate(states)
    )


def _ask(funnel: Funnel, run: Run, solution: Solution, material: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """Return questions on the stage that loses most of those that may be dropped: what dropping it brings, and why."""
    names = make_names([funnel], language)
    free = [number for number, stage in enumerate(material["stages"]) if not stage["why"]]
    lost = solution.losses.sum(axis=1)
    if not free or solution.conversion <= 0.0:
        return []
    worst = max(free, key=lambda number: float(lost[number]))
    name = material["stages"][worst]["name"]
    place = solution.stages.index(name)
    share = float(lost[place] / solution.visits[place])
    without = solve(apply(funnel, {"remove_stage": name}), run=run)
    times = without.conversion / solution.conversion
    saved = PER * float(solution.fates[place].sum())
    bought = PER * (without.conversion - solution.conversion)
    label = names.stage(name)
    shown = format_share(share, language)
    guesses = sorted({round(times, 2), round(1.0 + share, 2), round(1.0 + share / 2.0, 2)})
    quiz = [
        {
            "text": text("lesson.quiz.times", language, stage=label, share=shown),
            "choices": [f"× {format_number(guess, language, 2)}" for guess in guesses],
            "right": guesses.index(round(times, 2)),
            "because": text(
                "lesson.quiz.times.because",
                language,
                share=shown,
                factor=format_number(1.0 / (1.0 - share), language, 2),
                times=format_number(times, language, 2),
            ),
        }
    ]
    if saved >= 1.0:
        people = sorted({round(saved), round(bought), round((saved + bought) / 2.0)})
        quiz.append(
            {
                "text": text("lesson.quiz.saved", language, stage=label, saved=format_number(saved, language)),
                "choices": [format_number(guess, language) for guess in people],
                "right": people.index(round(bought)),
                "because": text("lesson.quiz.saved.because", language),
            }
        )
    return quiz
