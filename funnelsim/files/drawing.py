"""Draws of a study's uncertain numbers: the same study with a value in place of each of them.

Draw d is a pure function of (study, seed, d): an uncertain number takes the quantile of its law at a uniform that is
looked up by its address, so that it has one value in the base and in all scenarios, whatever else is uncertain. Numbers
from one samples file take the same row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from funnelsim.draws import number_uniform
from funnelsim.errors import InputError
from funnelsim.files.dumping import dumps
from funnelsim.files.loading import TEXT, loads
from funnelsim.files.reading import Document, read
from funnelsim.model import Study, Uncertain

#: How often a draw whose numbers make no funnel together is drawn anew.
ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class Drawn:
    """A study at one draw of its uncertain numbers.

    values: of the numbers, by their addresses. attempts: how many draws were refused before it.
    """

    study: Study
    values: dict[str, float]
    attempts: int


def draw_study(study: Study, draw: int, *, seed: int | None = None) -> Drawn:
    """Return draw number `draw` (0, 1, …) of a study. seed: by default that of its run.

    A draw that is no funnel (shares that exceed 100% together, say) is refused and drawn anew, so that the numbers are
    drawn given that they make a funnel; raises InputError where 100 draws in a row are refused.
    """
    return Drawing.of(study, seed).draw(draw)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A study made ready for its draws: its text, the uncertain numbers by their places in it, and the seed."""

    study: Study
    seed: int
    text: str
    numbers: dict[str, Uncertain]

    @classmethod
    def of(cls, study: Study, seed: int | None = None) -> Drawing:
        """Return a study made ready. seed: by default that of its run."""
        seed = study.run.seed if seed is None else seed
        if not study.uncertain:
            return cls(study, seed, "", {})
        text = dumps(study)
        again = study if text == study.text else loads(text, path=study.path or TEXT)
        numbers = {number.where: number for number in again.uncertain}
        return cls(study, seed, text, numbers)

    def values(self, draw: int, attempt: int = 0) -> dict[str, float]:
        """Return the values of the uncertain numbers in one draw, by their addresses."""
        return {number.address: self.value(number, draw, attempt) for number in self.numbers.values()}

    def value(self, number: Uncertain, draw: int, attempt: int = 0) -> float:
        """Return the value of an uncertain number in one draw."""
        return number.belief.quantile(number_uniform(self.seed, draw, number.rows or number.address, attempt))

    def draw(self, draw: int) -> Drawn:
        """Return one draw of the study; see `draw_study`."""
        if not self.study.uncertain:
            return Drawn(self.study, {}, 0)
        for attempt in range(ATTEMPTS):
            try:
                return Drawn(self.resolved(draw, attempt), self.values(draw, attempt), attempt)
            except InputError as error:
                refused = error
        raise InputError(
            f"the uncertain numbers make no funnel together: {ATTEMPTS} draws in a row were refused, the last because "
            f"{refused.problems[0]}"
        )

    def resolved(self, draw: int, attempt: int) -> Study:
        """Return the study at one attempt of a draw. Raises InputError where its numbers make no funnel."""
        return self.at(self.values(draw, attempt))

    def at(self, values: Mapping[str, float]) -> Study:
        """Return the study with values of its numbers, by address. Raises InputError where these make no funnel."""

        def value(number: Uncertain) -> float:
            return values[self.numbers[number.where].address]

        path = self.study.path or TEXT
        study = loads(_document(self.text, path), path=path, draw=value)
        return replace(study, run=self.study.run, text="", path="")


@lru_cache(maxsize=4)
def _document(text: str, path: str) -> Document:
    """Return the document in a text, which takes as long to read as all that follows; nothing changes it."""
    return read(text, path)
