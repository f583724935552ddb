"""What must travel with a payment, FATF Recommendation 16: everything at and above the minimum, names below it. Pure.

At the minimum the originator needs a name, an account, and one of: an address with its country, a national number, or
date and place of birth; a payment that crosses a border also the date of birth, as the Recommendation of June 2025
wants it. The beneficiary needs a name and an account, and a country when the payment crosses a border.
"""

from collections.abc import Iterator

from customer_stack.monitoring.model import travel

_G = travel.Gap


def gaps(
    fields: travel.TravelFields | None, amount: int | None, minimum: int, *, abroad: bool
) -> tuple[travel.Gap, ...]:
    """What is missing, nothing when it may go. `amount` in the jurisdiction's currency; unknown counts as above."""
    given = fields or travel.TravelFields()
    if amount is not None and amount < minimum:
        return tuple(_names(given))
    return (*_originator(given.originator, abroad=abroad), *_beneficiary(given.beneficiary, abroad=abroad))


def _names(given: travel.TravelFields) -> Iterator[travel.Gap]:
    if given.originator is None or not given.originator.name.strip():
        yield _G.ORIGINATOR_NAME
    if given.beneficiary is None or not given.beneficiary.name.strip():
        yield _G.BENEFICIARY_NAME


def _originator(party: travel.Party | None, *, abroad: bool) -> Iterator[travel.Gap]:
    if party is None:
        yield _G.ORIGINATOR
        return
    if not party.name.strip():
        yield _G.ORIGINATOR_NAME
    if not party.account.strip():
        yield _G.ORIGINATOR_ACCOUNT
    placed = party.address.strip() and party.country
    born = party.born is not None and party.birth_place.strip()
    if not (placed or party.national_id.strip() or born):
        yield _G.ORIGINATOR_PLACE
    if abroad and party.born is None:
        yield _G.ORIGINATOR_BIRTH


def _beneficiary(party: travel.Party | None, *, abroad: bool) -> Iterator[travel.Gap]:
    if party is None:
        yield _G.BENEFICIARY
        return
    if not party.name.strip():
        yield _G.BENEFICIARY_NAME
    if not party.account.strip():
        yield _G.BENEFICIARY_ACCOUNT
    if abroad and not party.country:
        yield _G.BENEFICIARY_COUNTRY
