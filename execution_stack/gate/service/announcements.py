"""Tells every customer stack about the register's changes, in the transaction that makes them."""

from uuid import UUID

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from boundary.wire import messages, to_customer, values, words
from execution_stack.documents import service as documents
from execution_stack.gate import repo
from execution_stack.gate.service import outbound, publishing
from execution_stack.instruments import model
from execution_stack.instruments import service as instruments


class Announcer:
    """What the register needs (`instruments.ports.Outbound`)."""

    async def listed(self, tx: transaction.Tx, instrument: model.Instrument) -> None:
        await _to_all(tx, to_customer.InstrumentListed(instrument.ref, _terms(instrument)))
        if instrument.state is not model.State.LISTED:
            await _to_all(tx, _news(instrument))

    async def changed(self, tx: transaction.Tx, instrument: model.Instrument) -> None:
        await _to_all(tx, to_customer.InstrumentChanged(instrument.ref, _terms(instrument)))

    async def state_changed(self, tx: transaction.Tx, instrument: model.Instrument) -> None:
        """Nothing is said of one that is resolved: its resolution tells more than that."""
        if instrument.state is not model.State.RESOLVED:
            await _to_all(tx, _news(instrument))


async def introduce(tx: transaction.Tx, channel: UUID) -> None:
    """Documents and the register as they stand, to a customer stack that has just been admitted. It holds nothing in what
    was resolved before it came, and hears of that as of one that is closed.
    """
    await repo.hold_audience(tx)
    said: list[messages.Message] = [publishing.news(each) for each in await documents.every(tx)]
    for each in await instruments.every(tx):
        if each.state is not model.State.DELISTED:
            said.append(to_customer.InstrumentListed(each.ref, _terms(each)))
        if each.state not in {model.State.LISTED, model.State.DELISTED}:
            said.append(_news(each))
    await outbound.say(tx, channel, said)


def _news(instrument: model.Instrument) -> messages.Message:
    match instrument.state:
        case model.State.HALTED:
            return to_customer.InstrumentHalted(instrument.ref, words.HaltReason.OPERATOR)
        case model.State.LISTED:
            return to_customer.InstrumentResumed(instrument.ref)
        case model.State.CLOSED | model.State.RESOLVED:
            return to_customer.InstrumentClosed(instrument.ref)
        case model.State.DELISTED:
            return to_customer.InstrumentDelisted(instrument.ref)


async def _to_all(tx: transaction.Tx, message: messages.Message) -> None:
    for channel in await repo.audience(tx):
        await outbound.say(tx, channel.channel, [message])


def _terms(instrument: model.Instrument) -> to_customer.Terms:
    return to_customer.Terms(
        route=words.Route[instrument.route.name],
        product=words.Product[instrument.product.name],
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        price_max=instrument.price_max,
        grid=tuple(values.Band(*band) for band in instrument.grid),
        cap_lots=instrument.cap_lots,
        opens_at=clock.to_micros(instrument.opens_at) // 1_000_000,
        closes_at=clock.to_micros(instrument.closes_at) // 1_000_000,
        document=instrument.document,
    )
