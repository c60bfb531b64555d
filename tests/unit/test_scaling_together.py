"""Changes of a segment that only scale are made canonical once for all of them, and the funnel is the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from funnelsim import load
from funnelsim.errors import InputError
from funnelsim.files import resolving
from funnelsim.files.editing import scale_together
from funnelsim.model import Study


@pytest.mark.parametrize("folder", ["scenarios", "tests/cases/valid"])
def test_scaling_together_is_scaling_one_by_one(folder: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For every file that loads, base and scenarios are equal, field by field, whichever way segments are resolved."""
    files = sorted((root / folder).glob("*.yaml"))
    together = [_funnels(path) for path in files]
    monkeypatch.setattr(resolving, "scale_together", lambda *_: None)
    assert [_funnels(path) for path in files] == together
    assert any(len(study.funnel.variants) > 1 for study in together if isinstance(study, Study))


def _funnels(path: Path) -> Study | str:
    try:
        return load(path)
    except InputError as error:
        return str(error)


def test_what_cannot_be_scaled_together_is_left_to_one_by_one(root: Path) -> None:
    """A `set` among the changes, and a path that matches nothing, are no business of scaling together."""
    study = load(root / "scenarios" / "smallest.yaml")
    document = json.loads(study.funnel.document)
    scale = {"scale": "stages.shop.causes.no_trust", "by": 0.5}
    assert scale_together(document, [scale, scale]) is not None
    assert scale_together(document, [scale, {"set": "stages.shop.label", "to": "x"}]) is None
    assert scale_together(document, [scale, {"scale": "stages.nowhere.causes.no_trust", "by": 0.5}]) is None
