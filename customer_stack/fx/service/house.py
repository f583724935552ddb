"""The house's own accounts and the currencies' assets, opened once and known by heart after that.

For each currency of the policy: the position that conversions go through, fees, residues, and the bank, which stands
for what we have with providers. `ensure` opens what is missing and runs when the worker starts; the API only looks.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from boundary.kernel import currencies, ids
from boundary.kernel.runtime import transaction
from customer_stack.fx.model import policy, refusals
from customer_stack.fx.rules import postings
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts

KINDS = (ledger.Kind.FX_POSITION, ledger.Kind.FEES, ledger.Kind.ROUNDING_RESIDUE, ledger.Kind.BANK)
FINER = {"USD": 6}
"""Currencies that the ledger counts finer than ISO 4217 does: trading is in dollars, and needs parts of a cent."""


class Known(NamedTuple):
    """The assets of currencies by code, and the house's accounts by kind and asset."""

    assets: dict[str, ledger.Asset]
    accounts: postings.Accounts


class House:
    """Remembers what never changes once it is there. Made once per process."""

    def __init__(self) -> None:
        self._known = Known({}, {})

    async def known(self, tx: transaction.Tx, codes: Collection[str]) -> Known:
        """All that conversions of these currencies need; refused while some of it is not open."""
        if not self._has(codes):
            self._known = await look(tx)
        if not self._has(codes):
            raise refusals.NotReady("the house's accounts for this pair are not open yet")
        return self._known

    def _has(self, codes: Collection[str]) -> bool:
        assets, opened = self._known
        return all(code in assets and all((kind, assets[code].number) in opened for kind in KINDS) for code in codes)


async def look(tx: transaction.Tx) -> Known:
    assets = {
        each.code: each for each in (await accounts.assets(tx)).values() if each.kind is ledger.AssetKind.CURRENCY
    }
    opened = {(each.code, each.asset): each.id for each in await accounts.of_owner(tx, ledger.HOUSE)}
    return Known(assets, opened)


async def ensure(tx: transaction.Tx, terms: Iterable[policy.Terms], random: ids.Ids) -> None:
    """Register what currencies lack an asset, and open what accounts the house lacks. Again is no change."""
    known = await look(tx)
    for code in sorted({code for each in terms for code in (each.base, each.quote)}):
        asset = known.assets.get(code)
        if asset is None:
            number, scale = currencies.ACTIVE[code]
            asset = ledger.Asset(number, code, FINER.get(code, scale), ledger.AssetKind.CURRENCY)
            await accounts.add_asset(tx, asset)
        for kind in KINDS:
            if (kind, asset.number) not in known.accounts:
                await accounts.ensure(tx, ledger.HOUSE, kind, asset.number, random)
