"""Puts clearance together for a composition root.

A neighbour that a deployment does not have knows nobody, and whom nobody knows is not cleared.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import key_files, transaction
from customer_stack import settings
from customer_stack.branding import model as branding_model
from customer_stack.branding import service as branding
from customer_stack.branding.rules import packs
from customer_stack.compliance import model, ports
from customer_stack.compliance.service import evaluating


class Nobody:
    """Knows no customer, no subject, no risk and no rate, and has seen nothing."""

    async def of(self, _tx: transaction.Tx, _accounts: Collection[UUID], _now: datetime) -> dict[UUID, Any]:
        return {}

    async def observe(
        self, _tx: transaction.Tx, _operations: Sequence[model.Operation], _now: datetime
    ) -> Sequence[ports.Alert]:
        return ()

    async def rates(
        self, _tx: transaction.Tx, _assets: Collection[int], _currency: str, _now: datetime
    ) -> dict[int, model.Rate]:
        return {}


NOBODY = Nobody()


def jurisdiction(found: branding_model.Branding) -> ports.Jurisdiction:
    """The figures of the pack that holds, never looser than the operator's own."""

    def law(now: datetime) -> ports.Law:
        pack = branding.pack_now(found, now)
        return ports.Law(pack.currency, pack.time_zone, packs.effective_limits(pack, found.config.limits))

    return law


def clearance(
    law: ports.Jurisdiction,
    random: ids.Ids,
    *,
    standing: ports.Standing = NOBODY,
    screening: ports.Screening = NOBODY,
    risk: ports.Risk = NOBODY,
    watching: ports.Watching = NOBODY,
    rates: ports.Rates = NOBODY,
) -> evaluating.Clearance:
    assets = evaluating.Assets()
    return evaluating.Clearance(evaluating.Wiring(standing, screening, risk, watching, rates, law, random, assets))


def seed(config: settings.Settings) -> bytes | None:
    """The key that signs files of customers, if this process has one."""
    return None if config.records_key_file is None else key_files.read(config.records_key_file)
