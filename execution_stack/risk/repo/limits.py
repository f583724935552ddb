"""Limits and lists as operators set them."""

from collections.abc import Mapping
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.participants import model as participants
from execution_stack.risk import model

_FIGURES = ", ".join(model.FIGURES)
_HERE = ", ".join(model.OF_INSTRUMENT)
_DEFAULTS = f"SELECT category::text, level, {_FIGURES} FROM risk_default ORDER BY category, level"  # noqa: S608 -- names of our own columns
_OF_PARTICIPANT = f"SELECT {_FIGURES} FROM risk_participant WHERE participant = $1"  # noqa: S608 -- as above
_OF_INSTRUMENT = f"SELECT {_HERE} FROM risk_instrument WHERE instrument = $1"  # noqa: S608 -- as above
_SYMBOLS = "SELECT instrument, listing::text FROM risk_symbol WHERE participant = $1 ORDER BY instrument"
_LIST = """
INSERT INTO risk_symbol (participant, instrument, listing) VALUES ($1, $2, $3::text::risk_listing)
ON CONFLICT (participant, instrument) DO UPDATE SET listing = EXCLUDED.listing"""
_UNLIST = "DELETE FROM risk_symbol WHERE participant = $1 AND instrument = $2"

Key = tuple[participants.Category, int]


async def defaults(tx: transaction.Tx) -> dict[Key, model.Limits]:
    rows = [tuple(row) for row in await tx.fetch(_DEFAULTS)]
    return {(participants.Category(row[0]), row[1]): model.Limits(*row[2:]) for row in rows}


async def of_participant(tx: transaction.Tx, participant: UUID) -> model.Limits:
    """What is set for this one; of what is not, the default applies."""
    row = await tx.row(_OF_PARTICIPANT, participant)
    return model.Limits(*tuple(row)) if row is not None else model.Limits()


async def of_instrument(tx: transaction.Tx, instrument: UUID) -> model.Limits:
    row = await tx.row(_OF_INSTRUMENT, instrument)
    return model.Limits(**dict(row.items())) if row is not None else model.Limits()


async def set_default(tx: transaction.Tx, key: Key, figures: Mapping[str, int | None]) -> None:
    category, level = key
    await tx.execute(
        f"""INSERT INTO risk_default (category, level, {", ".join(figures)})
        VALUES ($1::text::risk_category, $2, {_places(3, figures)})
        ON CONFLICT (category, level) DO UPDATE SET {_excluded(figures)}""",  # noqa: S608 -- names of our own columns
        category.value,
        level,
        *figures.values(),
    )


async def set_of_participant(tx: transaction.Tx, participant: UUID, figures: Mapping[str, int | None]) -> None:
    await tx.execute(
        f"""INSERT INTO risk_participant (participant, {", ".join(figures)}) VALUES ($1, {_places(2, figures)})
        ON CONFLICT (participant) DO UPDATE SET {_excluded(figures)}""",  # noqa: S608 -- as above
        participant,
        *figures.values(),
    )


async def set_of_instrument(tx: transaction.Tx, instrument: UUID, figures: Mapping[str, int | None]) -> None:
    await tx.execute(
        f"""INSERT INTO risk_instrument (instrument, {", ".join(figures)}) VALUES ($1, {_places(2, figures)})
        ON CONFLICT (instrument) DO UPDATE SET {_excluded(figures)}""",  # noqa: S608 -- as above
        instrument,
        *figures.values(),
    )


async def symbols(tx: transaction.Tx, participant: UUID) -> dict[UUID, model.Listing]:
    rows = await tx.fetch(_SYMBOLS, participant)
    return {row["instrument"]: model.Listing(row["listing"]) for row in rows}


async def set_symbol(tx: transaction.Tx, participant: UUID, instrument: UUID, listing: model.Listing | None) -> None:
    """None takes it off the list."""
    if listing is None:
        await tx.execute(_UNLIST, participant, instrument)
    else:
        await tx.execute(_LIST, participant, instrument, listing.value)


def _places(first: int, figures: Mapping[str, int | None]) -> str:
    return ", ".join(f"${first + number}::bigint" for number in range(len(figures)))


def _excluded(figures: Mapping[str, int | None]) -> str:
    return ", ".join(f"{each} = EXCLUDED.{each}" for each in figures)
