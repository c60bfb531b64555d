"""Drafts: numbers edited one by one, a scenario put together by hand, and a new file that keeps the comments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from funnelsim import InputError, apply, load, loads
from funnelsim.drafts import Draft, Maker, choose, drop, put, save_draft
from funnelsim.entries import Entry, Kind, change_of, find_entries, read_value
from funnelsim.model import Study

STUDY = """\
# A shop, with remarks.
funnelsim: 1
sources: {street: {arrivals: 40 / d, cost: 3}}       # counted by the door
teams: {staff: {size: 2, cost: 10 / h}}
stages:
  - {name: window, causes: {distracted: 30%}}        # a guess
  - name: shop
    takes: {exponential: {mean: 2 d}}
    response: {team: staff, service: 10 min}
    causes: {no_trust: 40%, competitor_offer: {time_to_loss: {exponential: {rate: 0.1 / d}}}}
  - {name: purchase, revenue: 1000}
interventions:
  honest: {cost: {once: 500}, changes: [{scale: stages.*.causes.no_trust, by: 0.2}]}
  sale: {excludes: [honest], changes: [{price: purchase, by: -10%}]}
  faster: {requires: [hire], changes: [{respond_within: {stage: shop, time: 2 min, share: 90%}}]}
  hire: {changes: [{staff: staff, by: 1}]}
scenarios: [honest, hire]
run: {replications: 3, cohort: 5 d}
"""


@pytest.fixture
def study() -> Study:
    """A shop with every kind of number."""
    return loads(STUDY)


@pytest.fixture
def maker(study: Study) -> Maker:
    """What makes its drafts."""
    return Maker(study)


def test_entries_are_the_numbers_of_the_file(maker: Maker) -> None:
    """Shares, amounts, counts and rates have the values of the file; laws and hazards are factors of 1."""
    values = {key: entry.value for key, entry in maker.entries.items()}
    assert values["stages.window.causes.distracted.chance"] == pytest.approx(0.3)
    assert values["stages.shop.takes"] == 1.0
    assert values["stages.shop.causes.competitor_offer"] == 1.0
    assert values["sources.street.arrivals.rate"] == pytest.approx(40.0)
    assert values["stages.purchase.revenue"] == pytest.approx(1000.0)
    assert values["teams.staff.size"] == 2.0
    assert values["teams.staff.cost"] == pytest.approx(10.0)
    assert values["interventions.honest.cost.once"] == 500.0
    assert values["interventions.honest.changes.0.by"] == 0.2
    assert values["interventions.sale.changes.0.by"] == pytest.approx(-0.1)
    assert values["interventions.faster.changes.0.respond_within.time"] == "2 min"
    assert values["interventions.hire.changes.0.by"] == 1.0


@pytest.mark.parametrize("file", ["b2b_sales", "problem_to_repeat", "journey_map", "saas_owner", "budget", "smallest"])
def test_every_entry_of_the_shipped_funnels_can_be_edited(file: str, root: Path) -> None:
    """Half of what the file says (of a count: one more) is a change that makes a funnel; one in eight is tried."""
    study = load(root / "scenarios" / f"{file}.yaml")
    entries = [
        entry for entry in find_entries(study) if entry.group[0] != "intervention" and entry.kind is not Kind.HOURS
    ]
    for entry in entries[::8]:
        assert isinstance(entry.value, float)
        value = entry.value + 1 if entry.kind is Kind.COUNT else max(entry.low, 0.5 * entry.value)
        assert apply(study.funnel, change_of(entry, read_value(entry, value))).digest != study.funnel.digest


def test_an_edit_is_the_change_that_it_says(study: Study, maker: Maker) -> None:
    """Edits in any order are the changes one after the other, and taking them back gives the file's own funnel."""
    draft = Draft(study)
    for key, value in (
        ("stages.window.causes.distracted.chance", 0.1),
        ("stages.shop.takes", 2.0),
        ("teams.staff.size", 3),
    ):
        draft = put(draft, maker.entries[key], value)
    wanted = apply(
        study.funnel,
        {"set": "stages.window.causes.distracted.chance", "to": 0.1},
        {"scale": "stages.shop.takes", "by": 2.0},
        {"set": "teams.staff.size", "to": 3},
    )
    assert maker.base(draft).document == wanted.document
    for key, value in (
        ("stages.shop.takes", 1.0),
        ("stages.window.causes.distracted.chance", 0.3),
        ("teams.staff.size", 2),
    ):
        draft = put(draft, maker.entries[key], value)
    assert draft == Draft(study)
    assert maker.study_of(draft) is study


def test_a_scenario_follows_the_edits_of_base_and_interventions(study: Study, maker: Maker) -> None:
    """A scenario is the edited interventions, applied to the edited base."""
    draft = put(Draft(study), maker.entries["stages.shop.causes.no_trust.chance"], 0.5)
    draft = put(draft, maker.entries["interventions.honest.changes.0.by"], 0.4)
    draft = put(draft, maker.entries["interventions.honest.cost.once"], 700.0)
    scenario = maker.scenario(draft, "honest")
    wanted = apply(
        study.funnel,
        {"set": "stages.shop.causes.no_trust.chance", "to": 0.5},
        {"scale": "stages.*.causes.no_trust", "by": 0.4},
    )
    assert scenario.funnel.document == wanted.document
    assert scenario.interventions[0].once == 700.0


def test_a_scenario_by_hand_has_what_it_requires(study: Study, maker: Maker) -> None:
    """What an intervention requires comes and goes with it; exclusion is refused; stages are dropped last."""
    draft = choose(Draft(study), "faster", on=True)
    assert draft.chosen == ("faster", "hire")
    assert choose(draft, "hire", on=False).chosen == ()
    honest = choose(Draft(study), "honest", on=True)
    with pytest.raises(InputError, match="exclude each other"):
        choose(honest, "sale", on=True)
    draft = drop(draft, "window", on=True)
    name = maker.scenarios(draft)[-1]
    scenario = maker.scenario(draft, name)
    assert [stage.name for stage in scenario.funnel.stages if not stage.removed] == ["shop", "purchase"]
    assert [one.name for one in scenario.interventions] == ["faster", "hire", "dropped_stages"]
    assert maker.scenarios(drop(choose(draft, "hire", on=False), "window", on=False)) == ("honest", "hire")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("stages.window.causes.distracted.chance", 1.5),
        ("stages.window.causes.distracted.chance", float("nan")),
        ("stages.window.causes.distracted.chance", "30%"),
        ("teams.staff.size", True),
        ("teams.staff.size", 0),
        ("interventions.faster.changes.0.respond_within.time", "soon"),
        ("interventions.faster.changes.0.respond_within.time", 2.0),
    ],
)
def test_what_is_no_value_is_refused(maker: Maker, study: Study, key: str, value: object) -> None:
    """A value outside the bounds of its control, or of another kind, is one error that names the number."""
    with pytest.raises(InputError, match="expected"):
        put(Draft(study), maker.entries[key], value)


def _edited(path: Path) -> tuple[Draft, Maker]:
    study = load(path)
    maker = Maker(study)
    draft = put(Draft(study), maker.entries["stages.window.causes.distracted.chance"], 0.25)
    draft = put(draft, maker.entries["interventions.honest.cost.once"], 700.0)
    return drop(choose(draft, "honest", on=True), "window", on=True), maker


def test_a_saved_draft_keeps_comments_and_reads_back(tmp_path: Path) -> None:
    """The new file says what the draft says, differs in the lines of the edits alone, and the old one is as it was."""
    path = tmp_path / "shop.yaml"
    path.write_text(STUDY, encoding="utf-8")
    draft, maker = _edited(path)
    study = maker.study_of(draft)
    target = save_draft(study, tmp_path, "other")
    assert target == tmp_path / "other.yaml"
    assert path.read_text(encoding="utf-8") == STUDY
    assert load(target).digest == study.digest
    new, old = target.read_text(encoding="utf-8").splitlines(), STUDY.splitlines()
    assert "  - {name: window, causes: {distracted: 25%}}        # a guess" in new
    assert len([line for line in old if line not in new]) == 3  # the chance, the cost, the list of scenarios


@pytest.mark.parametrize("name", ["shop.yaml", "shop", "", "../other.yaml", "a/b.yaml", ".hidden", "a\\b", "a\0b"])
def test_nothing_is_written_over_or_elsewhere(tmp_path: Path, name: str) -> None:
    """A file that is there, another folder and an empty name are refused, and nothing is written."""
    path = tmp_path / "shop.yaml"
    path.write_text(STUDY, encoding="utf-8")
    draft, maker = _edited(path)
    with pytest.raises(InputError):
        save_draft(maker.study_of(draft), tmp_path, name)
    assert [one.name for one in tmp_path.iterdir()] == ["shop.yaml"]
    assert path.read_text(encoding="utf-8") == STUDY


def test_an_edited_number_is_no_longer_uncertain(root: Path, tmp_path: Path) -> None:
    """A number that is edited has the value given; the others stay uncertain, also in the file that is saved."""
    study = load(root / "scenarios" / "after_a_pilot.yaml")
    maker = Maker(study)
    draft = put(Draft(study), maker.entries["stages.page.causes.distracted.chance"], 0.4)
    made = maker.study_of(draft)
    assert {one.address for one in study.uncertain} - {one.address for one in made.uncertain} == {
        "stages.page.causes.distracted.chance"
    }
    back = load(save_draft(made, tmp_path, "edited"))
    assert {one.address for one in back.uncertain} == {one.address for one in made.uncertain}


def test_changes_of_an_entry_are_plain_data(maker: Maker) -> None:
    """Every change of the base is a mapping that a file can hold."""
    for entry in maker.entries.values():
        if entry.group[0] != "intervention":
            assert json.loads(json.dumps(change_of(entry, entry.value)))
    assert isinstance(next(iter(maker.entries.values())), Entry)


SHARES = """\
funnelsim: 1
segments: {new: {share: 30%, changes: [{scale: stages.shop.causes.no_trust, by: 2}]}, old: {share: 70%, changes: []}}
teams: {staff: {size: 2, hours: [Mon-Fri 09:00-18:00, Sat 10:00-14:00]}}
stages:
  - name: shop
    response: {team: staff, service: 10 min}
    causes: {no_trust: 10%}
    touchpoints: [{name: site, share: 50%}, {name: phone, share: 30%}, {name: office, share: 20%}]
    next:
      - {to: later, unless: {money: 90%, need: 80%}}
      - {to: purchase, share: 20%}
      - {key: other, to: purchase, share: 10%}
  - {name: later, takes: 10 d, causes: {forgot: 50%}}
  - {name: purchase, revenue: 1000}
"""


def _put(draft: Draft, maker: Maker, key: str, value: object) -> dict[str, object]:
    return dict(put(draft, maker.entries[key], value).values)


def test_shares_that_fill_their_room_give_way_in_proportion() -> None:
    """60% for one of 50 + 30 + 20 leaves 40% for the others, 3 to 2; 40% leaves 60%; each is a funnel that can be."""
    study = loads(SHARES)
    maker, path = Maker(study), "stages.shop.touchpoints"
    draft = put(Draft(study), maker.entries[f"{path}.site.share"], 0.6)
    assert dict(draft.values) == pytest.approx(
        {f"{path}.phone.share": 0.24, f"{path}.office.share": 0.16, f"{path}.site.share": 0.6}
    )
    assert [t.share for t in maker.base(draft).stages[0].touchpoints] == pytest.approx([0.6, 0.24, 0.16])
    draft = put(draft, maker.entries["segments.new.share"], 0.6)
    draft = put(draft, maker.entries[f"{path}.phone.share"], 0.4)
    assert [t.share for t in maker.base(draft).stages[0].touchpoints] == pytest.approx(
        [0.6 * 0.6 / 0.76, 0.4, 0.16 * 0.6 / 0.76]
    )
    assert [segment.share for segment in maker.base(draft).segments] == pytest.approx([0.6, 0.4])


def test_shares_pushed_to_nothing_come_back_as_the_file_has_them() -> None:
    """All to one and back again: the others are as in the file, and nothing is edited."""
    study = loads(SHARES)
    maker, entry = Maker(study), Maker(study).entries["stages.shop.touchpoints.site.share"]
    draft = put(Draft(study), entry, 1.0)
    assert [t.share for t in maker.base(draft).stages[0].touchpoints] == [1.0, 0.0, 0.0]
    assert put(draft, entry, 0.5) == Draft(study)


def test_shares_that_leave_room_stay_until_it_is_used_up() -> None:
    """Conditions take 28% of a stage's way out, routes 20% and 10%: the others give way from 62% on, and not before."""
    study = loads(SHARES)
    maker, path = Maker(study), "stages.shop.next"
    entry = maker.entries[f"{path}.purchase.share"]
    assert entry.high == pytest.approx(0.72)
    assert _put(Draft(study), maker, entry.key, 0.6) == {entry.key: 0.6}
    assert _put(Draft(study), maker, entry.key, 0.7) == pytest.approx({f"{path}.other.share": 0.02, entry.key: 0.7})


def test_conditions_and_hours_can_be_edited() -> None:
    """A condition of `unless` is a share, working hours a text; what is no hours is refused in words."""
    study = loads(SHARES)
    maker = Maker(study)
    draft = put(Draft(study), maker.entries["stages.shop.next.later.unless.money"], 0.5)
    draft = put(draft, maker.entries["teams.staff.hours"], "Mon,Wed 10:00-20:00; Sat 9:00-12:00")
    wanted = apply(
        study.funnel,
        {"set": "stages.shop.next.later.unless.money", "to": 0.5},
        {"set": "teams.staff.hours", "to": ["Mon,Wed 10:00-20:00", "Sat 9:00-12:00"]},
    )
    assert maker.base(draft) == wanted
    with pytest.raises(InputError, match=r"teams\.staff\.hours: .*25:00"):
        put(draft, maker.entries["teams.staff.hours"], "Mon-Fri 10:00-25:00")


@pytest.mark.parametrize("file", ["b2b_sales", "problem_to_repeat", "journey_map", "saas_owner"])
def test_every_share_beside_others_can_be_raised_and_lowered(file: str, root: Path, tmp_path: Path) -> None:
    """On the shipped funnels: a share that others stand beside, up and down, makes a funnel, and a file that loads."""
    study = load(root / "scenarios" / f"{file}.yaml")
    maker, draft = Maker(study), Draft(study)
    shares = [entry for entry in maker.entries.values() if entry.beside]
    for number, entry in enumerate(shares):
        assert isinstance(entry.value, float)
        draft = put(draft, entry, min(entry.high, entry.value + 0.1) if number % 2 else 0.5 * entry.value)
        maker.base(draft)
    target = save_draft(maker.study_of(draft), tmp_path, "edited") if draft.edited else None
    assert target is None or loads(target.read_text(encoding="utf-8")).funnel.digest == maker.base(draft).digest
