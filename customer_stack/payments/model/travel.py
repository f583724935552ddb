"""Who sends and who receives, as it must travel with a payment. It is looked at and not kept."""

import msgspec


class Party(msgspec.Struct, frozen=True):
    """One end of a payment."""

    name: str = ""
    account: str = ""
    address: str = ""


class Travel(msgspec.Struct, frozen=True):
    originator: Party
    beneficiary: Party
