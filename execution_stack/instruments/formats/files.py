"""An instrument, or its new terms, as a JSON file: every field by its name, nothing else, nothing twice.

Numbers are whole, times are whole seconds with a zone, a document is named by its SHA-256. What is wrong is said with
the place where it stands; the value itself is not repeated.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec

from boundary.kernel import errors, strict_json
from execution_stack.instruments import model

T = TypeVar("T")
BYTES_MAX = 65_536
_Whole = Annotated[int, msgspec.Meta(ge=1, le=10**15)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_PLACE = re.compile(r"`\$\.?([a-z_0-9\[\].]*)`")


class _Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    from_ticks: _Whole
    step_ticks: _Whole


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    code: str
    route: model.Route
    product: model.Product
    tick_size: _Whole
    lot_size: _Whole
    price_max: _Whole
    cap_lots: _Whole
    opens_at: _Moment
    closes_at: _Moment
    document: _Hash
    grid: tuple[_Band, ...] = ()
    halted: bool = False


class _Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    price_max: _Whole | msgspec.UnsetType = msgspec.UNSET
    cap_lots: _Whole | msgspec.UnsetType = msgspec.UNSET
    opens_at: _Moment | msgspec.UnsetType = msgspec.UNSET
    closes_at: _Moment | msgspec.UnsetType = msgspec.UNSET
    document: _Hash | msgspec.UnsetType = msgspec.UNSET
    grid: tuple[_Band, ...] | msgspec.UnsetType = msgspec.UNSET


class BadFile(errors.Invalid):
    """The file does not describe an instrument; `field` says where."""

    code = "instrument_file_invalid"


def read(data: bytes, ref: UUID) -> model.Instrument:
    """A new instrument of this reference."""
    file = _decode(data, _File)
    return model.Instrument(
        ref=ref,
        code=file.code,
        route=file.route,
        product=file.product,
        state=model.State.HALTED if file.halted else model.State.LISTED,
        tick_size=file.tick_size,
        lot_size=file.lot_size,
        price_max=file.price_max,
        cap_lots=file.cap_lots,
        opens_at=_second(file.opens_at, "opens_at"),
        closes_at=_second(file.closes_at, "closes_at"),
        document=bytes.fromhex(file.document),
        grid=_bands(file.grid),
    )


def read_change(data: bytes, old: model.Terms) -> model.Terms:
    """The terms as they are to be: what the file does not name stays."""
    file = _decode(data, _Change)
    named = {field: value for field, value in msgspec.structs.asdict(file).items() if value is not msgspec.UNSET}
    if not named:
        raise BadFile("the file changes nothing", field="")
    for field in ("opens_at", "closes_at"):
        if field in named:
            named[field] = _second(named[field], field)
    if "document" in named:
        named["document"] = bytes.fromhex(named["document"])
    if "grid" in named:
        named["grid"] = _bands(named["grid"])
    return msgspec.structs.replace(old, **named)


def write(instrument: model.Instrument) -> dict[str, Any]:
    """As JSON: what `read` takes, with the reference and the state."""
    return {
        "ref": str(instrument.ref),
        "state": instrument.state.value,
        "code": instrument.code,
        "route": instrument.route.value,
        "product": instrument.product.value,
        "tick_size": instrument.tick_size,
        "lot_size": instrument.lot_size,
        "price_max": instrument.price_max,
        "grid": [band._asdict() for band in instrument.grid],
        "cap_lots": instrument.cap_lots,
        "opens_at": _text(instrument.opens_at),
        "closes_at": _text(instrument.closes_at),
        "document": instrument.document.hex(),
    }


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _decode(data: bytes, type_: type[T]) -> T:
    if len(data) > BYTES_MAX:
        raise BadFile("the file is too long", field="")
    try:
        strict_json.check(data)
        return msgspec.json.decode(data, type=type_, strict=True)
    except errors.Invalid as refusal:
        raise BadFile(str(refusal), field="") from None
    except msgspec.ValidationError as error:
        raise BadFile(str(error), field=_where(str(error))) from None
    except (msgspec.MsgspecError, ValueError):
        raise BadFile("this is no JSON", field="") from None


def _where(text: str) -> str:
    found = _PLACE.search(text)
    return found[1] if found else ""


def _bands(bands: tuple[_Band, ...]) -> tuple[model.Band, ...]:
    return tuple(model.Band(each.from_ticks, each.step_ticks) for each in bands)


def _second(at: datetime, field: str) -> datetime:
    if at.microsecond:
        raise BadFile("a time is a whole second", field=field)
    return at.astimezone(UTC)
