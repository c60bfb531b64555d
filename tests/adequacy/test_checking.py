"""`check` and `hold_out` on histories with a known truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from funnelsim.adequacy.checking import check, hold_out
from funnelsim.adequacy.outcome import Adequacy, adequacy_document
from funnelsim.errors import InputError
from funnelsim.eventlog import EventLog
from funnelsim.files.loading import loads
from tests.adequacy.histories import FUNNEL, changed_log, make_log


@pytest.fixture(scope="module")
def log() -> EventLog:
    """150 days of a funnel that does not change: 6,000 customers."""
    return make_log(2)


@pytest.fixture(scope="module")
def found(log: EventLog) -> Adequacy:
    """Fitted to 100 days of it, checked on the rest."""
    return hold_out(log, cut=100.0, at="5 d, 15 d", draws=24)


def test_an_unchanged_funnel_is_adequate(found: Adequacy) -> None:
    """Fitted on the first part of a history, checked on the rest: adequate (5% of seeds would not be)."""
    assert (found.kind, found.adequate, found.drifts) == ("adequate", True, ())
    assert found.verdict.en.startswith("Adequate")
    assert found.verdict.ru.startswith("Модель пригодна")
    assert (found.origins[0].fitted, found.origins[0].customers) == (3969, 2041)


def test_bands_cover_as_much_as_they_say(found: Adequacy) -> None:
    """Of 78 shares of outcomes, in part of the same customers, 80% and 95% are inside, ± 15% and ± 10%."""
    number, narrow, wide = found.coverage["outcomes"]
    assert number == 78
    assert 0.65 <= narrow <= 0.95
    assert wide >= 0.85


def test_it_forecasts_better_than_naive_rivals(found: Adequacy) -> None:
    """Constant rates have a larger quadratic score; the last period's shares are at least not better than by chance."""
    scores = {one.forecaster: one for one in found.scores}
    assert scores["constant"].low > 0.0
    assert scores["last"].high > 0.0
    assert scores["model"].worse == 0.0


def test_times_are_uniform_after_the_transform(found: Adequacy) -> None:
    """Tenths of the transform add up to one and are .1 each, within 4 standard errors of so many stays."""
    assert [one.stage for one in found.times] == ["lead", "offer", "payment"]
    for one in found.times[:2]:
        assert sum(one.bins) == pytest.approx(1.0)
        assert max(abs(share - 0.1) for share in one.bins) < 4.0 * np.sqrt(0.09 / one.stays)


@pytest.mark.parametrize(
    ("before", "after", "stage", "cause"),
    [("spam: 8%", "spam: 16%", "lead", "spam"), ("no_trust: 10%", "no_trust: 25%", "offer", "no_trust")],
)
def test_a_change_is_named_with_its_date_and_stage(before: str, after: str, stage: str, cause: str) -> None:
    """A rate that changes on 1 May is named first, with a date within a week (the length of a period) of it."""
    drifted = hold_out(changed_log(3, before, after), cut=100.0, at="5 d, 15 d", draws=24)
    first = drifted.drifts[0]
    assert drifted.kind == "drifted"
    assert (first.stage, first.outcome, first.name) == (stage, "lost", cause)
    assert first.observed > first.high > first.expected
    assert "2024-04-24" <= first.since <= "2024-05-08"
    assert first.lasts
    assert f"Since {first.since}, at the stage “{stage}”" in drifted.verdict.en
    assert f"на этапе «{stage}»" in drifted.verdict.ru


def test_a_given_funnel_is_checked_like_a_fitted_one(log: EventLog) -> None:
    """The true funnel is adequate, with a note that its numbers are certain; one with twice the losses is not."""
    settings = {"since": 100.0, "at": "5 d", "draws": 20}
    right = check(loads(FUNNEL).funnel, log, **settings)  # type: ignore[arg-type]
    wrong = check(loads(FUNNEL.replace("spam: 8%", "spam: 16%")), log, **settings)  # type: ignore[arg-type]
    assert (right.kind, wrong.kind) == ("adequate", "drifted")
    assert any("certain" in note.en for note in right.notes)
    assert (wrong.drifts[0].stage, wrong.drifts[0].name, wrong.drifts[0].at_start) == ("lead", "spam", True)
    assert wrong.drifts[0].observed < wrong.drifts[0].low


def test_uncertain_numbers_widen_the_bands(log: EventLog) -> None:
    """Bands of a funnel whose share is known to ± 2 points only are wider than of one that is certain."""
    uncertain = FUNNEL.replace("spam: 8%", "spam: {mean: 8%, low: 6%, high: 10%}")
    widths = []
    for text in (FUNNEL, uncertain):
        one = check(loads(text), log, since=130.0, at="5 d", draws=20)
        row = one.table.query("whole and cause == 'spam'").iloc[0]
        widths.append(row["high_95"] - row["low_95"])
    assert widths[1] > 1.4 * widths[0]


def test_rolling_origins(log: EventLog) -> None:
    """Each origin is fitted to what was known then, and forecasts the window after it; they share the error level."""
    rolled = hold_out(log, cut=90.0, window="20 d", origins=2, at="5 d", draws=20)
    windows = [(one.cut, one.end) for one in rolled.origins]
    assert windows == [("2024-03-31", "2024-04-20"), ("2024-04-20", "2024-05-10")]
    assert rolled.origins[0].fitted < rolled.origins[1].fitted
    assert rolled.part == pytest.approx(0.05 / 6.0)
    assert set(rolled.table["origin"]) == {"2024-03-31", "2024-04-20"}


def test_results_are_tables_text_and_plain_data(found: Adequacy) -> None:
    """A one-line repr, an HTML repr, tables with documented columns, JSON without NaN, provenance."""
    assert "\n" not in repr(found)
    assert repr(found).startswith("Adequacy(adequate, ")
    assert "<table" in found._repr_html_()
    assert {"measure", "age", "predicted", "low_95", "high_95", "observed", "inside_95"} <= {*found.table.columns}
    assert {"stage", "since", "observed", "expected", "p"} <= {*found.rates_table.columns}
    assert len(found.times_table) == 3
    assert len(found.scores_table) == 3
    document = json.loads(json.dumps(adequacy_document(found, "ru"), allow_nan=False))
    assert {"funnel", "verdict", "origins", "coverage", "drift", "at", "rates", "times", "scores"} <= {*document}
    assert document["verdict"]["kind"] == "adequate"
    assert document["provenance"]["draws"] == 24


def test_a_check_is_reproducible(log: EventLog) -> None:
    """The same seed gives the same verdict and figures; draws and replicates are addressed."""
    one, other = (check(loads(FUNNEL), log, since=120.0, at="5 d", draws=20, seed=5) for _ in range(2))
    assert one.table.equals(other.table)
    assert one.rates == other.rates


def test_too_few_customers_are_said_to_be_too_few(log: EventLog) -> None:
    """Of fewer than 20 customers nothing is said but that."""
    little = hold_out(log, cut=149.8, draws=20)
    assert little.kind == "little"
    assert "Too little" in little.verdict.en


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"draws": 3}, "draws: expected at least 20"),
        ({"level": 2.0}, "level: expected a share"),
        ({"origins": 0}, "origins: expected a whole number"),
        ({"window": "3 cats"}, "window: "),
        ({"cut": "1 April"}, "cut: expected a date"),
        ({"cut": "2030-01-01"}, "nothing is left to check"),
        ({"cut": "2020-01-01"}, "nobody had come before"),
    ],
)
def test_settings_that_make_no_sense_are_refused(log: EventLog, settings: dict[str, object], message: str) -> None:
    """Every wrong setting is one InputError that says what was expected."""
    with pytest.raises(InputError, match=message):
        hold_out(log, **settings)  # type: ignore[arg-type]


def test_a_log_of_other_stages_is_refused(log: EventLog, root: Path) -> None:
    """A log with stages that the funnel lacks is refused with their names and those of the funnel."""
    with pytest.raises(InputError, match="has no stage 'lead', 'offer', 'payment'; it has: advertisement"):
        check(loads((root / "scenarios/smallest.yaml").read_text(encoding="utf-8")), log)
