"""Files to studies: read, validate, resolve, try every change; every mistake of all parts is reported at once."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from funnelsim.errors import InputError, Problem
from funnelsim.files.changes import apply
from funnelsim.files.checking import check_funnel, check_questions, warn_funnel, warn_run
from funnelsim.files.journeys import referral_growth
from funnelsim.files.options import check_options, with_required
from funnelsim.files.reading import Document, read, read_bytes
from funnelsim.files.references import find_file
from funnelsim.files.resolving import resolve
from funnelsim.files.schema import (
    CombinedFile,
    FunnelFile,
    QuestionsFile,
    RunFile,
    StudyFile,
    canonical,
)
from funnelsim.files.studies import interventions, label, questions_document, run, scenario_label, with_digest
from funnelsim.files.uncertain import Draw, Found, placed, settle
from funnelsim.files.validating import Validated, validate
from funnelsim.files.wording import Mistake, Path, show
from funnelsim.files.workload import check_ages, overloaded
from funnelsim.model import Funnel, Intervention, Scenario, Study, Uncertain

TEXT = "<text>"
FUNNEL_KEYS = tuple(FunnelFile.model_fields)
_CHANGE_KEY = re.compile(r"interventions\.(\w+)(?:\.(\w+))?\.changes\[(\d+)\](?:\.(.+))?")
_SEGMENT_KEY = re.compile(r"segments\.(\w+)\.changes\.(\d+)(?:\.(.+))?")


def load(path: str | os.PathLike[str]) -> Study:
    """Return the study that a funnel file or a scenario file says.

    Raises InputError with every mistake found, in the order of the file; TooLargeError for a file beyond its limits.
    """
    shown = os.fspath(path)
    return _Loading(read_bytes(FilePath(shown), shown), shown, FilePath(shown)).study()


def loads(text: str | bytes | Document, *, path: str | os.PathLike[str] = TEXT, draw: Draw | None = None) -> Study:
    """Return the study that a text says; `path` names it in messages, and files it names stand in that folder.

    text: or the document that it was read to, where it is asked for again and again. draw: gives every uncertain number
    a value; without it the study has their means, and says what they are.
    """
    shown = os.fspath(path)
    return _Loading(text, shown, None if shown == TEXT else FilePath(shown), draw=draw).study()


def check(path: str | os.PathLike[str]) -> tuple[Problem, ...]:
    """Return every mistake of a file; none if it can be loaded."""
    try:
        load(path)
    except InputError as error:
        return error.problems
    return ()


@dataclass(frozen=True, slots=True)
class _Base:
    """A funnel file, where it stands in its document, and what it resolves to."""

    file: FunnelFile
    document: Document
    below: Path
    funnel: Funnel
    run: RunFile | None = None


@dataclass(slots=True)
class _Loading:
    """One file being loaded, with the mistakes found so far."""

    source: str | bytes | Document
    shown: str
    path: FilePath | None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    included: dict[FilePath, _Base | None] = field(default_factory=dict)
    draw: Draw | None = None
    uncertain: list[Uncertain] = field(default_factory=list)
    settled_files: dict[str, tuple[Document, Found]] = field(default_factory=dict)
    refused: list[tuple[str, Path]] = field(default_factory=list)

    def study(self) -> Study:
        """Return the study, or raise every mistake."""
        said = self.source if isinstance(self.source, Document) else read(self.source, self.shown)
        document = self.settled(said)
        data = top_level(document)
        own: tuple[str, ...] = () if "funnel" in data else FUNNEL_KEYS
        seen: Validated[Any]
        if "funnel" in data:
            seen = validate(StudyFile, data)
            base = self.study_base(document, seen)
        else:
            seen = validate(CombinedFile, data)
            base = self.combined_base(document, seen)
        questions: QuestionsFile | None = seen.model
        study = None
        if questions is not None:
            self.report(document, [*check_questions(questions, seen), *check_options(questions, seen)])
            interventions = self.interventions(document, questions, seen)
            scenarios = list(self.scenarios(document, questions, seen, base, interventions))
            self.try_unused(document, questions, base, interventions)
            self.check_pipeline(document, questions, base, scenarios)
            self.place(self.shown, lambda path: ("funnel", *path) if path[0] in own else path)
            if not self.problems and base is not None:
                study = self.assemble(questions, base, list(interventions.values()), scenarios)
        if study is None:
            raise InputError(*in_order(self.problems))
        return study

    def settled(self, document: Document) -> Document:
        """Return a document with a value for every uncertain number, and keep those and the mistakes in them."""
        self.problems.extend(document.problems)
        plain, found = settle(document, self.draw)
        self.report(document, found.mistakes)
        self.refused.extend((document.file, path) for path in found.refused)
        self.warnings.extend(document.problem(doubt) for doubt in found.warnings)
        self.settled_files[document.file] = document, found
        return plain

    def place(self, file: str, prefix: Callable[[Path], Path]) -> None:
        """Keep the uncertain numbers of a file, with their places in the study's document."""
        document, found = self.settled_files[file]
        if found.numbers and self.draw is None and not self.problems:
            self.uncertain.extend(placed(document, found, said_by, prefix))

    def report(self, document: Document, mistakes: Iterable[Mistake], below: Path = ()) -> None:
        """Add mistakes of a document, but not those that only follow from a wrong uncertain number."""
        wrong = [path for file, path in self.refused if file == document.file]
        for path, text in mistakes:
            whole = (*below, *path)
            if not any(whole[: len(start)] == start for start in wrong):
                self.problems.append(document.problem((path, text), below))

    # -- bases

    def combined_base(self, document: Document, seen: Validated[CombinedFile]) -> _Base | None:
        """Return the funnel of a file that holds its stages."""
        self.report(document, seen.mistakes)
        if seen.model is None:
            return None
        return self.base(document, funnel_part(seen.model), seen, (), seen.model.run)

    def study_base(self, document: Document, seen: Validated[StudyFile]) -> _Base | None:
        """Return the funnel of a scenario file, from another file or from its own."""
        self.report(document, seen.mistakes)
        return None if seen.model is None else self.referred(document, seen, ("funnel",), seen.model.funnel)

    def referred(self, document: Document, seen: Validated[Any], path: Path, funnel: str | FunnelFile) -> _Base | None:
        """Return the funnel that a reference names, or the one that stands in its place."""
        if isinstance(funnel, str):
            return self.include(document, path, funnel) if seen.clean(*path) else None
        inner = [(found[len(path) :], text) for found, text in seen.mistakes if found[: len(path)] == path]
        below = seen.data
        for part in path:
            below = below[part]
        return self.base(document, funnel, Validated(funnel, tuple(inner), below), path)

    def base(
        self,
        document: Document,
        file: FunnelFile,
        seen: Validated[Any],
        below: Path,
        run: RunFile | None = None,
    ) -> _Base | None:
        """Check and resolve a funnel."""
        found = check_funnel(file, seen)
        self.report(document, found, below)
        if found or any(path[:1] == () or path[0] in FUNNEL_KEYS for path, _ in seen.mistakes):
            return None
        try:
            funnel = resolve(file)
        except InputError as error:
            self.problems.extend(segment_problem(document, problem, below) for problem in error.problems)
            return None
        ages = list(check_ages(funnel))
        if ages:
            self.report(document, ages, below)
            return None
        self.warnings.extend(document.problem(mistake, below) for mistake in warn_funnel(file))
        self.warnings.extend(
            document.problem((("teams", team.name), f"team `{team.name}`: {text}"), below)
            for team, text in overloaded(funnel)
        )
        growth = referral_growth(funnel)
        if growth >= 1:
            self.warnings.append(document.problem(warn_growth(file, growth), below))
        return _Base(file, document, below, funnel, run)

    def include(self, document: Document, path: Path, reference: str) -> _Base | None:
        """Return the funnel of another file, which must stand in this file's own folder tree."""
        target = find_file(self.path, reference)
        if isinstance(target, str):
            self.report(document, [(path, target)])
            return None
        if target not in self.included:
            self.included[target] = None
            shown = os.fspath(FilePath(self.shown).parent / reference)
            try:
                self.included[target] = self.included_base(target, shown)
            except InputError as error:
                self.problems.extend(error.problems)
        base = self.included[target]
        if base is not None:
            self.place(base.document.file, lambda found: (*path, *found))
        return base

    def included_base(self, target: FilePath, shown: str) -> _Base | None:
        """Return the funnel of an included file."""
        document = self.settled(read(read_bytes(target, shown), shown))
        data = top_level(document)
        if "funnel" in data:
            self.report(
                document,
                [(("funnel",), "expected a funnel here, found a scenario file that names another file")],
            )
            return None
        unused = "not taken over: only the funnel of a base is, and its run settings"
        self.warnings.extend(
            document.problem(((key,), unused)) for key in ("interventions", "scenarios") if key in data
        )
        return self.combined_base(document, validate(CombinedFile, data))

    # -- questions

    def interventions(
        self, document: Document, questions: QuestionsFile, seen: Validated[Any]
    ) -> dict[str, Intervention]:
        """Return the interventions that have no mistakes, each level as one of its own."""
        found: dict[str, Intervention] = {}

        def place(*path: str | int) -> str:
            line, column = document.marks.place(path)
            return f"{document.file}:{line}:{column}"

        for name, written in questions.interventions.items():
            if seen.clean("interventions", name):
                found |= interventions(name, written, partial(place, "interventions", name))
        return found

    def scenarios(
        self,
        document: Document,
        questions: QuestionsFile,
        seen: Validated[Any],
        base: _Base | None,
        interventions: dict[str, Intervention],
    ) -> Iterator[Scenario]:
        """Yield the scenarios, each tried out on its funnel."""
        for place, scenario in enumerate(questions.scenarios):
            path: Path = ("scenarios", place)
            on = base
            if scenario.funnel is not None:
                on = self.referred(document, seen, (*path, "funnel"), scenario.funnel)
            given = [interventions[name] for name in scenario.interventions if name in interventions]
            if on is None or len(given) < len(scenario.interventions):
                continue
            changed = self.try_out(document, on, given)
            self.warn_scenario(document, path, on.funnel, changed)
            yield Scenario(
                scenario.name,
                scenario_label(scenario, interventions),
                changed,
                tuple(given),
                scenario.note or "",
                None if on is base else on.funnel,
            )

    def warn_scenario(self, document: Document, path: Path, before: Funnel, after: Funnel) -> None:
        """Warn of teams that only the changes of a scenario ask too much of."""
        known = {team.name for team, _ in overloaded(before)}
        self.warnings.extend(
            document.problem((path, f"in this scenario, team `{team.name}`: {text}"))
            for team, text in overloaded(after)
            if team.name not in known
        )

    def check_pipeline(
        self, document: Document, questions: QuestionsFile, base: _Base | None, scenarios: list[Scenario]
    ) -> None:
        """Report open deals in a run without a calendar; without any `run`, the command line may give one."""
        funnels = [*([base.funnel] if base is not None else []), *(scenario.funnel for scenario in scenarios)]
        settings = questions.run or (base.run if base is not None else None)
        if settings is None or settings.horizon is not None or not any(funnel.pipeline for funnel in funnels):
            return
        place = document if questions.run is not None or base is None else base.document
        text = "the open deals of a `pipeline` need a calendar: give the run a `horizon`"
        self.report(place, [(("run",), f"{text} instead of a `cohort`" if settings.cohort is not None else text)])

    def try_unused(
        self,
        document: Document,
        questions: QuestionsFile,
        base: _Base | None,
        interventions: dict[str, Intervention],
    ) -> None:
        """Try the interventions that no scenario uses, each alone, or with those that it requires."""
        used = {name for scenario in questions.scenarios for name in scenario.interventions}
        for name in interventions:
            if base is not None and name not in used:
                self.try_out(document, base, [interventions[one] for one in with_required(name, interventions)])

    def try_out(self, document: Document, base: _Base, interventions: list[Intervention]) -> Funnel:
        """Return the funnel with interventions applied, checked; mistakes are those of the change that made them."""
        try:
            return apply(base.funnel, *interventions)
        except InputError as error:
            self.problems.extend(change_problem(document, problem) for problem in error.problems)
            return base.funnel

    def assemble(
        self,
        questions: QuestionsFile,
        base: _Base,
        interventions: list[Intervention],
        scenarios: list[Scenario],
    ) -> Study:
        """Return the study of a file without mistakes."""
        settings = questions.run or base.run
        self.warnings.extend(base.document.problem(found, base.below) for found in warn_run(base.file, settings))
        name = label(getattr(questions, "name", None), base.funnel.name)
        source = "" if isinstance(self.source, Document) else self.source
        source = source.decode("utf-8-sig") if isinstance(source, bytes) else source
        study = Study(
            funnel=base.funnel,
            run=run(settings),
            interventions=tuple(interventions),
            scenarios=tuple(scenarios),
            name=name,
            note=questions.note or "",
            path=self.shown,
            text=source,
            warnings=tuple(dict.fromkeys(str(warning) for warning in in_order(self.warnings))),
            uncertain=tuple(self.uncertain),
        )
        return with_digest(study)


# ---- documents -----------------------------------------------------------------------------------------------------


def top_level(document: Document) -> dict[str, Any]:
    """Return the mapping at the top of a document. Raises InputError if there is none."""
    data = document.data
    if isinstance(data, dict):
        return data
    empty = "the file is empty: the smallest funnel is `funnelsim: 1` and a list of `stages`"
    message = empty if data is None else f"expected a mapping (`key: value`) at the top, found {show(data)}"
    raise InputError(*document.problems, document.problem(((), message)))


def said_by(data: dict[str, Any]) -> dict[str, Any] | None:
    """Return the canonical document that a file's data says, files that it names by their paths; None if it cannot."""
    seen: Validated[Any] = validate(StudyFile if "funnel" in data else CombinedFile, data)
    if seen.model is None or seen.mistakes:
        return None
    questions: QuestionsFile = seen.model
    return canonical(questions) | questions_document(questions)


def funnel_part(file: CombinedFile) -> FunnelFile:
    """Return the funnel of a file that may also hold questions."""
    whole = canonical(file)
    return FunnelFile.model_validate({key: whole[key] for key in FUNNEL_KEYS if key in whole})


# ---- problems of changes -------------------------------------------------------------------------------------------


def change_problem(document: Document, problem: Problem) -> Problem:
    """Return the problem of a change at the very key that is at fault."""
    found = _CHANGE_KEY.fullmatch(problem.key)
    if found is None:
        return problem
    path: Path = ("interventions", found[1])
    number = int(found[3])
    if found[2]:
        common = len(document.data["interventions"][found[1]].get("changes", ()))
        path, number = (path, number) if number < common else ((*path, "levels", found[2]), number - common)
    path = (*path, "changes", number)
    inner = tuple(found[4].split(".")) if found[4] else ()
    return document.problem(((*path, *inner), problem.message))


def segment_problem(document: Document, problem: Problem, below: Path) -> Problem:
    """Return the problem of a resolved funnel at its place: a segment's change, or the section named."""
    found = _SEGMENT_KEY.fullmatch(problem.key)
    path: Path = ("segments", found[1], "changes", int(found[2])) if found else tuple(problem.key.split("."))
    return document.problem((path, problem.message), below)


def warn_growth(file: FunnelFile, growth: float) -> Mistake:
    """Return the warning that referrals may never end."""
    place = next(number for number, stage in enumerate(file.stages) if stage.referrals or stage.earnings)
    many = "more and more others" if math.isinf(growth) else f"up to {growth:.3g} others"
    text = f"referrals may never end: by the constant chances alone one customer brings {many} (1 or more explodes)"
    return ("stages", place, "referrals"), text


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems by file and place, each once; those of the first file first."""
    files = list(dict.fromkeys(problem.file for problem in problems))
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: (files.index(problem.file), problem.line, problem.column))
