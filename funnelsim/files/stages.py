"""The file format, second part: touchpoints, what a stage earns, and the stage itself."""

from __future__ import annotations

from pydantic import Field

from funnelsim.files.fields import Amount, AmountLaw, Name, Number, Share, TimeLaw
from funnelsim.files.parts import (
    CauseFile,
    CombinationFile,
    LabelFile,
    LosesFile,
    Part,
    ResponseFile,
    RouteFile,
)


class TouchpointFile(Part):
    """One of several parallel ways to live through a stage; its own keys win over the stage's."""

    name: Name
    """Its name."""
    key: Name | None = None
    """What addresses its draws; by default the name."""
    label: LabelFile | None = None
    """What people read."""
    share: Share
    """The share of the visits that come this way."""
    availability: Share = 1.0
    """The share of the visits that find it working; the rest is lost to touchpoint_down."""
    cost: AmountLaw | None = None
    """Cost of a visit."""
    takes: TimeLaw | None = None
    """The customer's own time."""
    response: ResponseFile | None = None
    """How the company answers here."""
    causes: dict[Name, CauseFile] = {}
    """Causes of loss here."""
    factors: dict[Name, Number] = {}
    """Factors on the hazards of causes in effect here; written by changes."""


class ReferralsFile(Part):
    """New customers brought by one who completed the stage: a Poisson number at each completion."""

    mean: Number
    """How many on average."""
    enters: Name | None = None
    """The stage they enter; by default the first."""
    after: TimeLaw | None = None
    """The delay until each of them enters."""
    as_: Name | None = Field(None, alias="as")
    """The segment they join."""


class EarningFile(Part):
    """What a removed stage earned, paid where its successor is completed; written by changes."""

    key: Name
    """The key of the stage that bore it, which addresses its draws."""
    revenue: AmountLaw | None = None
    """Money at each completion."""
    price: Number = 1.0
    """A factor on what the customer pays, not on the cost of goods."""
    margin: Share | None = None
    """The share of the revenue that is not cost of goods; by default all of it."""
    referrals: ReferralsFile | None = None
    """New customers brought."""


class StageFile(Part):
    """A level of the funnel that a customer passes through."""

    name: Name
    """Its name."""
    key: Name | None = None
    """What addresses its draws; by default the name."""
    label: LabelFile | None = None
    """What people read."""
    aside: bool = False
    """Entered by named routes only: the default route passes over it."""
    removed: bool = False
    """Passed through without time, causes, effort or cost; written by changes."""
    removable: bool = False
    """Whether `choose --drop-stages` may drop it; not where it earns money or bears referrals."""
    mergeable: bool = False
    """Whether `choose --drop-stages` may make it one with a neighbour that is mergeable, too."""
    price: Number = 1.0
    """A factor on what the customer pays, not on the cost of goods; written by changes."""
    spends: dict[Name, Amount] = {}
    """What a visit takes from each budget."""
    response: ResponseFile | None = None
    """How the company answers."""
    takes: TimeLaw | None = None
    """The customer's own time."""
    cost: AmountLaw | None = None
    """Cost of a visit: an amount or a law."""
    causes: dict[Name, CauseFile] = {}
    """Causes of loss, with their mechanisms."""
    loses: LosesFile | None = None
    """A total loss split between causes by weights; it adds to `causes`."""
    combinations: list[CombinationFile] = []
    """Causes that act differently together."""
    touchpoints: list[TouchpointFile] = []
    """Parallel ways to live through the stage; what their shares leave over is the stage as it stands."""
    next: list[RouteFile] = []
    """Routes after surviving; the rest goes to the following stage."""
    revenue: AmountLaw | None = None
    """Money at each completion: an amount or a law."""
    margin: Share | None = None
    """The share of the revenue that is not cost of goods; by default all of it."""
    referrals: ReferralsFile | None = None
    """New customers brought at each completion."""
    factors: dict[Name, Number] = {}
    """Factors on the hazards of causes in effect here; written by changes."""
    earnings: list[EarningFile] = []
    """What removed stages earned, paid here; written by changes."""
    purchase: bool | None = None
    """Whether completing it counts as a purchase; by default where it has revenue. Written by changes."""

    @property
    def address(self) -> str:
        """The key that addresses the draws of this stage."""
        return self.key or self.name
