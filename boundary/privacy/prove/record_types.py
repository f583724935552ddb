"""Builds decoders for a stack's stored records from its manifest, so that a prover reads them and imports no stack."""

import functools
import operator
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from boundary.kernel.runtime import manifest as manifests


def union(shapes: Sequence[manifests.RecordShape], kind: str) -> Any:
    """The type of everything that a column of this kind may hold; None if nothing is registered."""
    types = [_struct(shape) for shape in shapes if shape.kind == kind and not _is_open(shape)]
    return functools.reduce(operator.or_, types) if types else None


def _is_open(shape: manifests.RecordShape) -> bool:
    return any(field.kind == "other" for field in shape.fields)


def _struct(shape: manifests.RecordShape) -> Any:
    return msgspec.defstruct(
        "".join(part.capitalize() for part in shape.tag.replace(".", "_").split("_")),
        [(field.name, _type(field)) for field in shape.fields],
        tag=shape.tag,
        frozen=True,
        array_like=True,
        forbid_unknown_fields=True,
    )


def _type(field: manifests.Field) -> Any:
    match field.kind:
        case "ref":
            return UUID
        case "flag":
            return bool
        case "number":
            return Annotated[int, msgspec.Meta(ge=field.low, le=field.high)]
        case "bytes":
            return Annotated[bytes, msgspec.Meta(min_length=field.low, max_length=field.high)]
        case "text":
            return Annotated[str, msgspec.Meta(min_length=field.low, max_length=field.high)]
        case _:
            return Literal[field.words]
