"""The desk: what one visitor of the page does, and what is answered; no server and no browser is needed for it.

Messages and answers are plain data. A message says what to `do`; an answer says `what` it is. An edit is answered with
the draft as it now is, the base, then the base beside the scenario in focus; `follow` gives the other scenarios, one at
a time, so that whoever calls may stop when the next message comes.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from funnelsim.comparison import Comparison, compare, comparison_document
from funnelsim.drafts import Draft, choose, drop, put, save_draft
from funnelsim.errors import FunnelsimError, InputError
from funnelsim.live import Bench
from funnelsim.model import Study, title_of
from funnelsim.simulation import Progress
from funnelsim.views.naming import clean, name_study
from funnelsim.views.page.cards import (
    Card,
    describe_draft,
    list_groups,
    show_base,
    show_full,
    show_glance,
    show_row,
)
from funnelsim.views.page.film import make_film
from funnelsim.views.texts import TEXTS, count, text

Message = Mapping[str, Any]

#: Parts of a report that take long where only simulation answers.
LONG: Final = ("leaks", "sensitivity", "budget")
#: Texts of other topics that the page needs.
_OTHERS: Final = ("scenario", "base", "lift.revenue", "lift.relative", "lift.profit", "customers", "won", "conversion",
                  "revenue", "cost", "profit")  # fmt: skip


class Desk:
    """One visitor's draft, the scenario in focus, and the last full run with the draft that it was of."""

    def __init__(self, bench: Bench, language: str, say: Callable[[str], str] = str) -> None:
        """Lay out a desk; say: puts what is wrong into the words of the language, as far as there are any."""
        self.bench = bench
        self.language = language
        self.say = say
        self.names = name_study(bench.study, language)
        self.draft = Draft(bench.study)
        self.focus = next(iter(bench.maker.scenarios(self.draft)), "")
        self.full: tuple[Draft, Study, Comparison] | None = None

    def greet(self) -> Card:
        """Return all that does not change: words, and what can be edited."""
        study, language = self.bench.study, self.language
        stages = [stage for stage in study.funnel.stages if not stage.removed]
        return {
            "what": "hello",
            "language": language,
            "title": clean(title_of(study).text(language)),
            "file": Path(study.path).name,
            "suggestion": f"{Path(study.path).stem}_2.yaml",
            "currency": clean(study.funnel.currency),
            "texts": {
                key: label.text(language) for key, label in TEXTS.items() if key.startswith("page.") or key in _OTHERS
            },
            "groups": list_groups(self.bench.maker, study, self.names),
            "stages": [{"name": stage.name, "label": self.names.stage(stage.name)} for stage in stages],
            "run": count("replications", study.run.replications, language),
            "focus": self.focus,
        }

    def answer(self, message: Message) -> Iterator[Card]:
        """Yield the answers to a message. What is wrong is an answer, too; the draft then stays as it was."""
        before = self.draft, self.focus
        try:
            yield from self._answer(message)
        except FunnelsimError as error:
            self.draft, self.focus = before
            yield self._draft()
            yield {"what": "error", "text": self.tell(error)}

    def _answer(self, message: Message) -> Iterator[Card]:
        match message.get("do"):
            case "look":
                pass
            case "edit":
                self.draft = put(self.draft, self._entry(message.get("key")), message.get("value"))
            case "choose":
                self.draft = choose(self.draft, str(message.get("name")), on=bool(message.get("on")))
                self._look_at_own()
            case "drop":
                self.draft = drop(self.draft, str(message.get("name")), on=bool(message.get("on")))
                self._look_at_own()
            case "reset":
                self.draft = Draft(self.bench.study)
            case "focus":
                self.focus = str(message.get("name"))
            case "film":
                yield self._film(bool(message.get("base")))
                return
            case "save":
                yield self._save(str(message.get("name", "")))
                return
            case "xlsx":
                yield self._spreadsheet()
                return
            case other:
                raise InputError(f"the page cannot do {other!r}")
        yield from self._look()

    def follow(self) -> Iterator[Card | None]:
        """Yield what takes longer: the scenario in focus with more replications, then the rows of all the others.

        None stands for a part of the work: whoever calls may look after other things in between.
        """
        scenarios = self.bench.maker.scenarios(self.draft)
        for name in sorted(scenarios, key=lambda one: one != self.focus):
            try:
                yield from self.bench.prepare(self.draft, name)
                glance = self.bench.glance(self.draft, name, thorough=True)
            except FunnelsimError as error:
                yield {"what": "row", "name": name, "lift": None, "cells": [self.tell(error)]}
                continue
            if name == self.focus and glance.method == "simulation":
                yield show_glance(glance, self.bench, self.names)
            yield show_row(glance, self.bench, self.names)

    def run_full(self, progress: Progress | None = None) -> tuple[Draft, Study, Comparison]:
        """Return the draft, its study, and the whole comparison of it; may be called in another thread."""
        draft = self.draft
        study = self.bench.maker.study_of(draft)
        return draft, study, compare(study, draws=0, jobs=-1, progress=progress)

    def show_full(self, found: tuple[Draft, Study, Comparison]) -> Card:
        """Keep a full run, and return it as the page shows it."""
        self.full = found
        _, study, comparison = found
        return show_full(comparison, study, name_study(study, self.language))

    def plan_report(self) -> Callable[[], Card]:
        """Return what makes the report on the full run, to download; that may be called in another thread.

        Where teams answer, parts that take minutes are left out; the report says so.
        """
        if self.full is None:
            return lambda: {"what": "error", "text": text("page.first", self.language)}
        draft, study, comparison = self.full
        without = LONG if self.bench.base(draft)[0] == "simulation" else ()

        def write(path: Path) -> None:
            from funnelsim.views.report import report

            report(study, path, lang=self.language, comparison=comparison, without=without)

        return lambda: self._file(".html", write)

    def tell(self, error: FunnelsimError) -> str:
        """Return what is wrong, on one line."""
        problems = error.problems if isinstance(error, InputError) else ()
        return clean("; ".join(self.say(problem.message) for problem in problems) or self.say(str(error)))

    # -- parts of answers

    def _look(self) -> Iterator[Card]:
        scenarios = self.bench.maker.scenarios(self.draft)
        if self.focus not in scenarios:
            self.focus = next(iter(scenarios), "")
        base = self.bench.maker.base(self.draft)
        yield self._draft()
        if self.focus:
            # What stays as it was needs no drawing of its own.
            if self.bench.is_new(base):
                yield show_base(*self.bench.base(self.draft), self.bench, self.names)
            glance = self.bench.glance(self.draft, self.focus)
            yield show_glance(glance, self.bench, self.names)
            yield show_row(glance, self.bench, self.names)
        else:
            yield show_base(*self.bench.base(self.draft), self.bench, self.names)

    def _draft(self) -> Card:
        old = self.full is not None and self.full[0] != self.draft
        return describe_draft(self.draft, self.bench.maker, self.names) | {"focus": self.focus, "old": old}

    def _entry(self, key: object) -> Any:  # noqa: ANN401 (an entry)
        entry = self.bench.maker.entries.get(str(key))
        if entry is None:
            raise InputError(f"there is no number {key!r} to edit")
        return entry

    def _look_at_own(self) -> None:
        if self.draft.chosen or self.draft.dropped:
            self.focus = self.bench.maker.scenarios(self.draft)[-1]

    def _film(self, base: bool) -> Card:  # noqa: FBT001 (of which of two worlds)
        maker = self.bench.maker
        funnel = maker.base(self.draft) if base or not self.focus else maker.scenario(self.draft, self.focus).funnel
        return {"what": "film", "base": base, "film": make_film(funnel, self.bench.run, self.names)}

    def _save(self, name: str) -> Card:
        study = self.bench.maker.study_of(self.draft)
        path = save_draft(study, Path(study.path).resolve().parent, name)
        return {"what": "said", "text": text("page.saved", self.language, file=path.name)}

    def _spreadsheet(self) -> Card:
        if self.full is None:
            return {"what": "error", "text": text("page.first", self.language)}
        from funnelsim.views.spreadsheet import save_comparison

        _, study, comparison = self.full
        document = comparison_document(comparison, self.language)
        return self._file(
            ".xlsx", lambda path: save_comparison(path, document, study, name_study(study, self.language))
        )

    def _file(self, ending: str, write: Callable[[Path], None]) -> Card:
        """Return a file to download: what `write` makes."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{Path(self.bench.study.path).stem}{ending}"
            write(path)
            content = path.read_bytes()
        data = base64.b64encode(content).decode("ascii")
        return {
            "what": "file",
            "name": path.name,
            "data": data,
            "text": text("page.ready", self.language, file=path.name),
        }
