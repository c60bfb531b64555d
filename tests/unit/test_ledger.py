"""Claims about `funnelsim.ledger`, on two worlds of a few customers written out by hand."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.counts import Fates
from funnelsim.engines.totals import ABSENT_FATE, FIRST_LOSS, OPEN_FATE, WON_FATE
from funnelsim.errors import FunnelsimError
from funnelsim.ledger import (
    Fate,
    LedgerCounts,
    LedgerRow,
    describe_ledger,
    find_saved,
    make_ledger,
    match,
    merge_ledgers,
    tabulate,
)
from funnelsim.matching import ROOM

STAGES, CAUSES = ("shop", "purchase"), ("forgot", "spam")
NAMES = STAGES, CAUSES
SHOP_FORGOT, PURCHASE_SPAM = FIRST_LOSS + 0, FIRST_LOSS + 3
WON, OPEN, ABSENT = Fate("won"), Fate("open"), Fate("absent")
LOST_IN_SHOP, LOST_AT_PURCHASE = Fate("lost", "shop", "forgot"), Fate("lost", "purchase", "spam")


def world(*people: tuple[int, int, bool, list[float]]) -> Fates:
    """A world of customers, each a key, a fate, whether its money counts, and what it paid."""
    return Fates(
        key=np.array([person[0] for person in people], dtype=np.uint64),
        code=np.array([person[1] for person in people], dtype=np.int64),
        belongs=np.array([person[2] for person in people], dtype=np.bool_),
        paid=np.array([sum(person[3]) for person in people], dtype=np.float64),
    )


BASE = world(
    (1, SHOP_FORGOT, True, []),
    (2, SHOP_FORGOT, True, []),
    (3, WON_FATE, True, [100.0, 20.0]),
    (4, OPEN_FATE, True, []),
    (5, WON_FATE, False, [7.0]),  # from before the window, pays in it
    (6, WON_FATE, False, []),  # from before the window, pays nothing in either world
    (7, SHOP_FORGOT, False, []),  # from before the window, pays only in the scenario
    (8, WON_FATE, True, [50.0]),  # referred; does not come in the scenario
)
SCENARIO = world(
    (9, WON_FATE, True, [5.0]),  # comes in the scenario only
    (7, WON_FATE, False, [30.0]),
    (6, WON_FATE, False, []),
    (5, WON_FATE, False, [7.0]),
    (4, OPEN_FATE, True, []),
    (3, WON_FATE, True, [100.0]),
    (2, PURCHASE_SPAM, True, []),
    (1, WON_FATE, True, [100.0]),
)


def ledger_by_hand() -> dict[tuple[Fate, Fate], tuple[float, float]]:
    """The ledger of the two worlds as a mapping."""
    rows = make_ledger([match(BASE, SCENARIO)], NAMES, NAMES)
    return {(row.base, row.scenario): (row.customers, row.revenue) for row in rows}


def test_ledger_by_hand() -> None:
    """Everyone whose money counts is in the row of both fates, with the change in what they paid."""
    assert ledger_by_hand() == {
        (LOST_IN_SHOP, WON): (2, 130.0),  # customer 1 and, paying in the scenario, 7
        (LOST_IN_SHOP, LOST_AT_PURCHASE): (1, 0.0),
        (WON, WON): (2, -20.0),  # 3 pays less, 5 the same; 6 pays nobody anything and is not in it
        (OPEN, OPEN): (1, 0.0),
        (WON, ABSENT): (1, -50.0),
        (ABSENT, WON): (1, 5.0),
    }


def test_rows_add_up_to_the_lift() -> None:
    """Revenue over all rows is scenario − base: 242 − 177."""
    rows = ledger_by_hand().values()
    assert math.fsum(revenue for _, revenue in rows) == SCENARIO.paid.sum() - BASE.paid.sum() == 65.0


def test_who_moved_comes_first() -> None:
    """Rows of people who moved come first, the most numerous on top; ties stand in the order of the fates."""
    rows = make_ledger([match(BASE, SCENARIO)], NAMES, NAMES)
    assert [(row.base, row.scenario) for row in rows] == [
        (LOST_IN_SHOP, WON),
        (ABSENT, WON),
        (LOST_IN_SHOP, LOST_AT_PURCHASE),
        (WON, ABSENT),
        (WON, WON),
        (OPEN, OPEN),
    ]


def test_rows_are_means_over_replications() -> None:
    """A row missing from a replication counts as nobody there."""
    nobody_moves = match(BASE, BASE)
    rows = make_ledger([match(BASE, SCENARIO), nobody_moves], NAMES, NAMES)
    assert {(row.base, row.scenario): row.customers for row in rows}[LOST_IN_SHOP, WON] == 1.0
    assert math.fsum(row.revenue for row in rows) == 32.5


def test_same_worlds_move_nobody() -> None:
    """A world beside itself has rows of equal fates only, and no money moves."""
    rows = make_ledger([match(BASE, BASE)], NAMES, NAMES)
    assert all(row.base == row.scenario and row.revenue == 0.0 for row in rows)
    assert math.fsum(row.customers for row in rows) == 6.0  # five who belong, and one who only pays


def test_losses_are_named_in_their_own_world() -> None:
    """The codes of each world stand for that world's stages and causes."""
    base = world((1, FIRST_LOSS + 1, True, []))
    scenario = world((1, FIRST_LOSS + 1, True, []))
    rows = make_ledger([match(base, scenario)], (("a",), ("x", "y")), (("a", "b"), ("z",)))
    assert [(row.base, row.scenario) for row in rows] == [(Fate("lost", "a", "y"), Fate("lost", "b", "z"))]


def test_an_empty_world() -> None:
    """Against a world without customers everyone is absent; two empty worlds have an empty ledger."""
    rows = make_ledger([match(world(), SCENARIO)], NAMES, NAMES)
    assert {row.base for row in rows} == {ABSENT}
    assert math.fsum(row.revenue for row in rows) == SCENARIO.paid.sum()
    assert make_ledger([match(world(), world())], NAMES, NAMES) == ()


TWINS = world((1, OPEN_FATE, True, []), (1, WON_FATE, True, []))
ONE = world((1, OPEN_FATE, True, []))
TWO = world((2, OPEN_FATE, True, []))


@pytest.mark.parametrize(
    ("base", "scenario"), [(TWINS, SCENARIO), (SCENARIO, TWINS), (TWINS, ONE), (ONE, TWINS), (TWINS, TWO), (TWO, TWINS)]
)
def test_equal_keys_are_refused(base: Fates, scenario: Fates) -> None:
    """Two customers with one key cannot be told apart, and that is said rather than guessed."""
    with pytest.raises(FunnelsimError, match="same key; take another seed"):
        match(base, scenario)


def test_infinite_payments_are_refused() -> None:
    """A payment that is no finite number has no place in a ledger."""
    with pytest.raises(FunnelsimError, match="payment is too large"):
        match(ONE, world((1, WON_FATE, True, [math.inf])))


PEOPLE = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from([WON_FATE, OPEN_FATE, SHOP_FORGOT, PURCHASE_SPAM]),
        st.booleans(),
        st.lists(st.floats(min_value=-1e6, max_value=1e6), max_size=3),
    ),
    unique_by=lambda person: person[0],
)


@given(PEOPLE, PEOPLE)
def test_any_two_worlds(
    base_people: list[tuple[int, int, bool, list[float]]], scenario_people: list[tuple[int, int, bool, list[float]]]
) -> None:
    """Money adds up to the lift, people to those involved in either world, and the reversed ledger is transposed."""
    base, scenario = world(*base_people), world(*scenario_people)
    there, back = match(base, scenario), match(scenario, base)
    lift = math.fsum([*scenario.paid.tolist(), *(-base.paid).tolist()])
    assert math.fsum(there.revenue) == pytest.approx(lift, rel=1e-12, abs=1e-6)
    involved = {person[0] for person in (*base_people, *scenario_people) if person[2] or sum(person[3]) != 0.0}
    assert sum(there.customers) == len(involved)
    assert _as_mapping(there) == {
        (after, before): (people, -money) for (before, after), (people, money) in _as_mapping(back).items()
    }


def expected_ledger(base: Fates, scenario: Fates) -> dict[tuple[int, int], tuple[int, Fraction]]:
    """The ledger of two worlds, customer by customer, with fractions."""
    worlds = [
        {key: (code, belongs, Fraction(paid)) for key, code, belongs, paid in zip(*columns, strict=True)}
        for columns in (
            (one.key.tolist(), one.code.tolist(), one.belongs.tolist(), one.paid.tolist()) for one in (base, scenario)
        )
    ]
    ledger: dict[tuple[int, int], tuple[int, Fraction]] = {}
    for key in worlds[0].keys() | worlds[1].keys():
        (before, there, spent), (after, here, spent_now) = (
            one.get(key, (ABSENT_FATE, False, Fraction(0))) for one in worlds
        )
        if there or here or spent or spent_now:
            people, money = ledger.get((before, after), (0, Fraction(0)))
            ledger[before, after] = people + 1, money + spent_now - spent
    return ledger


def random_world(seed: int, everyone: int, shares: tuple[float, float, float]) -> Fates:
    """A world of most of so many customers, in order but for some; shares: there, in place, with the usual luck."""
    random = np.random.default_rng(seed)
    usual = np.random.default_rng(everyone)
    keys = usual.permutation(everyone)
    codes, paid = usual.integers(FIRST_LOSS, 40, everyone), usual.exponential(50.0, everyone)
    other = random.random(everyone) >= shares[2]
    codes[other] = random.integers(FIRST_LOSS, 40, other.sum())
    paid[other] = random.exponential(50.0, other.sum()) * (random.random(other.sum()) < 0.5)
    order = np.argsort(np.arange(everyone) + np.where(random.random(everyone) < shares[1], 0, everyone), kind="stable")
    order = order[random.random(everyone) < shares[0]]
    return Fates(keys[order].astype(np.uint64), codes[order], random.random(len(order)) < 0.8, paid[order])


@given(
    st.integers(0, 1 << 32),
    st.integers(0, 400),
    st.tuples(*[st.sampled_from([0.0, 0.5, 0.95, 1.0])] * 3),
    st.tuples(*[st.sampled_from([0.0, 0.5, 0.95, 1.0])] * 3),
)
def test_large_worlds(
    seed: int, everyone: int, base: tuple[float, float, float], scenario: tuple[float, float, float]
) -> None:
    """Worlds with many fates, with people missing and out of place, have the ledger that fractions give."""
    before, after = random_world(seed, everyone, base), random_world(seed + 1, everyone, scenario)
    counts = match(before, after)
    expected = dict(sorted(expected_ledger(before, after).items()))
    assert counts.pairs == tuple(expected)
    assert counts.customers == tuple(people for people, _ in expected.values())
    assert [Fraction(change, 2**1074) for change in counts.change] == [money for _, money in expected.values()]
    assert counts.revenue == tuple(float(expected[pair][1]) for pair in counts.pairs)


def test_any_number_of_pairs() -> None:
    """There is room for more pairs of fates than are expected, also for those of people in one world only."""
    nobody_alike = (0.9, 0.9, 0.0)
    before, after = random_world(1, 6000, nobody_alike), random_world(2, 6000, nobody_alike)
    before.code[:] += np.arange(len(before.code)) % 7 * 40
    counts = match(before, after)
    assert len(counts.pairs) > 2 * ROOM
    expected = expected_ledger(before, after)
    assert dict(zip(counts.pairs, counts.customers, strict=True)) == {
        pair: people for pair, (people, _) in expected.items()
    }


@given(st.integers(0, 1 << 32), st.integers(0, 100))
def test_ledgers_of_parts_add_up(seed: int, everyone: int) -> None:
    """A replication that is cut in two by customer has, put together, the ledger of the whole, to the last bit."""
    before, after = (random_world(seed + i, everyone, (0.9, 0.9, 0.5)) for i in range(2))

    def part(fates: Fates, rest: int) -> Fates:
        mine = fates.key % np.uint64(3) == rest
        return Fates(fates.key[mine], fates.code[mine], fates.belongs[mine], fates.paid[mine])

    whole, parts = match(before, after), [match(part(before, rest), part(after, rest)) for rest in range(3)]
    merged = merge_ledgers(parts)
    assert (merged.pairs, merged.customers, merged.change) == (whole.pairs, whole.customers, whole.change)


@given(PEOPLE, PEOPLE, st.randoms(use_true_random=False))
def test_customers_in_any_order(
    base_people: list[tuple[int, int, bool, list[float]]],
    scenario_people: list[tuple[int, int, bool, list[float]]],
    random: Random,
) -> None:
    """The order of customers in a world changes nothing, to the last bit."""
    shuffled = list(base_people)
    random.shuffle(shuffled)
    ordered, moved = (match(world(*people), world(*scenario_people)) for people in (base_people, shuffled))
    assert _as_mapping(ordered) == _as_mapping(moved)


def _as_mapping(counts: LedgerCounts) -> dict[tuple[int, int], tuple[int, float]]:
    return dict(zip(counts.pairs, zip(counts.customers, counts.revenue, strict=True), strict=True))


def test_saved_says_what_became_of_the_lost() -> None:
    """Of the three lost in the shop two buy and one is lost later; nobody was lost at purchase in the base."""
    rows = make_ledger([match(BASE, SCENARIO)], NAMES, NAMES)
    shop, purchase = find_saved(rows, ("shop", "purchase"))
    assert (shop.lost, shop.won, shop.still_lost, shop.lost_later, shop.open, shop.absent) == (3, 2, 0, 1, 0, 0)
    assert shop.revenue == 130.0
    assert {row.scenario for row in shop.rows} == {WON, LOST_AT_PURCHASE}
    assert (purchase.lost, purchase.rows) == (0, ())


def test_saved_tells_who_is_still_lost_there() -> None:
    """Who is lost at the stage again, though from another cause, is still lost and not saved."""
    ledger = (
        LedgerRow(LOST_IN_SHOP, Fate("lost", "shop", "spam"), 4.0, 0.0),
        LedgerRow(LOST_IN_SHOP, ABSENT, 1.0, 0.0),
    )
    (shop,) = find_saved(ledger, ("shop",))
    assert (shop.lost, shop.still_lost, shop.lost_later, shop.absent) == (5.0, 4.0, 0.0, 1.0)


def test_plain_data_and_table() -> None:
    """Stage and cause are null unless lost, in plain data and in the table."""
    rows = make_ledger([match(BASE, SCENARIO)], NAMES, NAMES)
    assert describe_ledger(rows)[2] == {
        "base": {"fate": "lost", "stage": "shop", "cause": "forgot"},
        "scenario": {"fate": "lost", "stage": "purchase", "cause": "spam"},
        "customers": 1.0,
        "revenue": 0.0,
    }
    assert describe_ledger(rows)[1]["base"] == {"fate": "absent", "stage": None, "cause": None}
    table = tabulate(rows)
    assert table.loc[2, "scenario_stage"] == "purchase"
    assert table.loc[[1], ["base_stage", "base_cause"]].isna().all(axis=None)
    assert table["customers"].sum() == 8.0
    assert list(tabulate(()).columns) == list(table.columns)
