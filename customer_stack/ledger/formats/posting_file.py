"""A file of transfers to be posted by hand, as JSON that two people read before they sign its digest.

    {"transfers": [{"id": "…", "debit": "…", "credit": "…", "asset": "USD", "amount": "12.500000", "code": 1}]}

`recorded` states what has already happened outside, so that no bound refuses it; `linked` ties a transfer to the next.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from boundary.kernel import errors, strict_json
from customer_stack.ledger import model
from customer_stack.ledger.formats import amounts

LINES_MAX = 20


class BadFile(errors.Invalid):
    """Not transfers as they are written by hand; the fact `line` says which, counted from 1, where it is one of them."""

    code = "ledger_posting_malformed"


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A transfer as a person writes it."""

    id: UUID
    debit: UUID
    credit: UUID
    asset: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    amount: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    code: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    linked: bool = False
    recorded: bool = False
    reference: UUID | None = None
    effective_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    reverses: UUID | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    transfers: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1, max_length=LINES_MAX)]


def read(data: bytes, assets: Mapping[str, model.Asset]) -> list[model.Transfer]:
    try:
        strict_json.check(data)
        lines = msgspec.json.decode(data, type=_File, strict=True).transfers
    except (errors.Invalid, msgspec.MsgspecError, ValueError):
        raise BadFile("this is not a file of transfers") from None
    return transfers(lines, assets)


def transfers(lines: tuple[Line, ...], assets: Mapping[str, model.Asset]) -> list[model.Transfer]:
    """Amounts are read at their asset's scale; an asset that is not registered has none."""
    return [_transfer(number, line, assets) for number, line in enumerate(lines, start=1)]


def _transfer(number: int, line: Line, assets: Mapping[str, model.Asset]) -> model.Transfer:
    asset = assets.get(line.asset)
    if asset is None:
        raise BadFile("no such asset", line=number)
    return model.Transfer(
        id=line.id,
        debit=line.debit,
        credit=line.credit,
        amount=amounts.read(line.amount, asset.scale),
        asset=asset.number,
        code=line.code,
        flags=int(model.Flag.LINKED) * line.linked | int(model.Flag.RECORDED) * line.recorded,
        reference=line.reference or model.NIL,
        effective_at=line.effective_at,
        reverses=line.reverses or model.NIL,
    )
