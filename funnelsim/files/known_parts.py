"""Parts of a funnel that were read before, known again by what they say, so that an edit reads only what it touches.

A stage is read and put into canonical form by itself, whatever stands beside it; so is a section of sources, teams,
budgets, segments, causes or open deals. So the text of one of them, as JSON, is all that its model and its canonical
form depend on, and both are kept by it. Documents here have texts as keys, as every document has after an edit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

from funnelsim.files.parts import CauseDefinitionFile, Part, canonical
from funnelsim.files.schema import BudgetFile, FunnelFile, SegmentFile, SourceFile
from funnelsim.files.stages import StageFile
from funnelsim.files.teams import OpenDealsFile, TeamFile

P = TypeVar("P", bound=Part)

#: The sections of a funnel that are mappings of parts, with the model of a part.
SECTIONS: Final[Mapping[str, type[Part]]] = {
    "sources": SourceFile,
    "pipeline": OpenDealsFile,
    "teams": TeamFile,
    "budgets": BudgetFile,
    "segments": SegmentFile,
    "causes": CauseDefinitionFile,
}
#: Parts that are kept.
MOST_KEPT: Final = 4096

#: The text of a part.
text_of_part = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def read_part(model: type[P], text: str) -> P:
    """Return the model of a part by its text. Raises ValidationError as the model does."""
    return cast("P", _read(model, text)[0])


def read_funnel(document: Mapping[str, Any]) -> FunnelFile:
    """Return `FunnelFile.model_validate(document)`; what is known is not read again. Raises ValidationError."""
    return FunnelFile.model_validate(_with_models(document)[0])


def make_canonical(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return `canonical(FunnelFile.model_validate(document))`, a value of its own. Raises ValidationError."""
    models, texts = _with_models(document)
    file = FunnelFile.model_validate(models)
    known = {name: json.loads(text) for name, text in texts.items()}
    whole = file.model_dump(mode="json", exclude=set(known)) | {name: value for name, value in known.items() if value}
    return {name: whole[name] for name in _ORDER if name in whole}


def copy_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a deep copy of a canonical document, which has nothing but values of JSON."""
    copied: dict[str, Any] = json.loads(text_of_part(document))
    return copied


#: Keys of a canonical document in their order: a note last, as people write it.
_ORDER: Final = (*(name for name in FunnelFile.model_fields if name != "note"), "note")


def _with_models(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a document with models in the place of what can be read, and the texts of such sections.

    The texts are those of the canonical form. What has mistakes is left as it is, so that reading all of it tells them.
    """
    models, texts = dict(document), {}
    for name, model in SECTIONS.items():
        if name in document and (found := _know(_read_section, model, document[name])) is not None:
            models[name], texts[name] = found
    stages = document.get("stages")
    if isinstance(stages, list):
        known = [_know(_read, StageFile, stage) for stage in stages]
        models["stages"] = [stage if found is None else found[0] for found, stage in zip(known, stages, strict=True)]
        if None not in known:
            texts["stages"] = f"[{','.join(found[1] for found in known if found is not None)}]"
    return models, texts


def _know(read: Any, model: type[Part], part: object) -> Any:
    """Return what is known of a part; None for what has mistakes."""
    try:
        return read(model, text_of_part(part))
    except (TypeError, ValueError):  # ValidationError is one, too
        return None


@lru_cache(maxsize=MOST_KEPT)
def _read(model: type[Part], text: str) -> tuple[Part, str]:
    """Return the model of a part and the text of its canonical form."""
    part = model.model_validate(json.loads(text))
    return part, text_of_part(canonical(part))


@lru_cache(maxsize=MOST_KEPT // 16)
def _read_section(model: type[Part], text: str) -> tuple[dict[str, Part], str]:
    """Return the models of a section, and the text of its canonical form."""
    section = json.loads(text)
    if not isinstance(section, dict):
        raise TypeError(f"expected a mapping, found {section!r}")
    known = {key: _read(model, text_of_part(part)) for key, part in section.items()}
    members = (f"{text_of_part(key)}:{written}" for key, (_, written) in known.items())
    return {key: part for key, (part, _) in known.items()}, "{" + ",".join(members) + "}"


def forget() -> None:
    """Know nothing any more."""
    _read.cache_clear()
    _read_section.cache_clear()
