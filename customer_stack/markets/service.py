"""Follows the execution stack's register."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.gate import ports
from customer_stack.markets import model, repo


class Register:
    """What the gate tells of instruments (`gate.ports.Markets`)."""

    async def listed(self, tx: transaction.Tx, listings: Sequence[ports.Listing]) -> None:
        for each in listings:
            await repo.put(
                tx,
                model.Instrument(
                    ref=each.instrument,
                    route=each.route,
                    product=each.product,
                    state=model.State.LISTED,
                    tick_size=each.tick_size,
                    lot_size=each.lot_size,
                    price_max=each.price_max,
                    cap_lots=each.cap_lots,
                    opens_at=each.opens_at,
                    closes_at=each.closes_at,
                    document=each.document,
                ),
            )

    async def state_changed(self, tx: transaction.Tx, instrument: UUID, state: str) -> None:
        await repo.set_state(tx, instrument, model.State(state))


async def every(tx: transaction.Tx) -> list[model.Instrument]:
    return await repo.every(tx)
