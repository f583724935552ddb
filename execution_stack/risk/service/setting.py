"""Limits and lists, as operators set them: each change audited, and in force for the very next core."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from boundary.kernel import records
from boundary.kernel.runtime import audit, transaction
from execution_stack.instruments import service as instruments
from execution_stack.participants import model as participants
from execution_stack.participants import service as participants_service
from execution_stack.risk import model, rules
from execution_stack.risk.repo import counters, limits

LEVELS = range(1, 6)


class Shown(msgspec.Struct, frozen=True):
    """Everything that an order of one participant would be compared with now."""

    participant: UUID
    standing: participants.Standing
    limits: model.Limits
    own: model.Limits
    symbols: dict[UUID, model.Listing]
    account: dict[str, int]
    holdings: dict[UUID, dict[str, int]]


async def set_default(
    tx: transaction.Tx, category: participants.Category, level: int | None, figures: Mapping[str, int | None]
) -> None:
    """Of one level, or of all of a category."""
    rules.check_limits(dict(figures))
    if level is not None and level not in LEVELS:
        raise model.BadLimit("levels go from 1 to 5", figure="level")
    await instruments.hold_alone(tx)
    number = list(participants.Category).index(category) + 1
    for each in LEVELS if level is None else (level,):
        await limits.set_default(tx, (category, each), figures)
        await audit.write_many(
            tx, [model.DefaultSet(number, each, *_said(figure, value)) for figure, value in figures.items()]
        )


async def set_of_participant(tx: transaction.Tx, participant: UUID, figures: Mapping[str, int | None]) -> None:
    """None gives the default back."""
    rules.check_limits(dict(figures))
    await instruments.hold_alone(tx)
    await _require(tx, participant)
    await limits.set_of_participant(tx, participant, figures)
    entries: list[records.Entry] = [
        model.ParticipantLimitSet(participant, *_said(figure, value)) for figure, value in figures.items()
    ]
    await audit.write_many(tx, entries)


async def set_of_instrument(tx: transaction.Tx, instrument: UUID, figures: Mapping[str, int | None]) -> None:
    """On each participant's part in the instrument; beside their own limits, never instead of them."""
    rules.check_limits(dict(figures), of_instrument=True)
    await instruments.hold_alone(tx)
    if not await instruments.some(tx, [instrument]):
        raise model.UnknownSubject("there is no such instrument")
    await limits.set_of_instrument(tx, instrument, figures)
    entries: list[records.Entry] = [
        model.InstrumentLimitSet(instrument, *_said(figure, value)) for figure, value in figures.items()
    ]
    await audit.write_many(tx, entries)


async def set_symbol(tx: transaction.Tx, participant: UUID, instrument: UUID, listing: model.Listing | None) -> None:
    """Put an instrument on a participant's list, or take it off."""
    await instruments.hold_alone(tx)
    await _require(tx, participant)
    if not await instruments.some(tx, [instrument]):
        raise model.UnknownSubject("there is no such instrument")
    await limits.set_symbol(tx, participant, instrument, listing)
    number = 0 if listing is None else list(model.Listing).index(listing) + 1
    await audit.write(tx, model.SymbolListed(participant, instrument, number))


async def defaults(tx: transaction.Tx) -> dict[limits.Key, model.Limits]:
    return await limits.defaults(tx)


async def of_instrument(tx: transaction.Tx, instrument: UUID) -> model.Limits:
    return await limits.of_instrument(tx, instrument)


async def show(tx: transaction.Tx, participant: UUID) -> Shown:
    """One participant's limits, what they come to with the defaults, and what is counted against them."""
    standing = await _require(tx, participant)
    own = await limits.of_participant(tx, participant)
    default = (await limits.defaults(tx)).get((standing.category, standing.level), model.Limits())
    figures = {
        each: getattr(default, each) if getattr(own, each) is None else getattr(own, each) for each in model.FIGURES
    }
    account = (await counters.account(tx, participant))._asdict()
    account["placed"] = sum(account["placed"])
    return Shown(
        participant,
        standing,
        model.Limits(**figures),
        own,
        await limits.symbols(tx, participant),
        account,
        {ref: each._asdict() for ref, each in (await counters.holdings_of(tx, participant)).items()},
    )


async def _require(tx: transaction.Tx, participant: UUID) -> participants.Standing:
    found = await participants_service.standing(tx, participant)
    if found is None:
        raise model.UnknownSubject("there is no such participant")
    return found


def _said(figure: str, value: int | None) -> tuple[int, bool, int]:
    return model.FIGURES.index(figure) + 1, value is not None, value or 0
