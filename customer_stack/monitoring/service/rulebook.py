"""The rules in force, and how they change: the first are those that we ship, every later version takes two people."""

import collections
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import audit, transaction
from customer_stack.access import model as access_model
from customer_stack.access import ports as access_ports
from customer_stack.access.service import proposals
from customer_stack.ledger import model as ledger
from customer_stack.monitoring import model
from customer_stack.monitoring.formats import rule_file
from customer_stack.monitoring.model import entries, packs
from customer_stack.monitoring.repo import rulebook as repo
from customer_stack.monitoring.rules import packs as rules

NEEDS = access_model.Permission.COMPLIANCE_MANAGE
_REMEMBERED_MAX = 16
_NUMBER_MAX = (1 << 31) - 1

_read: "collections.OrderedDict[bytes, packs.Pack]" = collections.OrderedDict()
"""Rules that were decoded, by the hash of their text: a hash has one text, so nothing here can be out of date."""


def read(data: bytes) -> packs.Pack:
    """The pack in these bytes, or the first thing that is wrong with it."""
    pack = rule_file.decode(data)
    for at, detail in rules.problems(pack):
        raise model.BadRules(f"{at}: {detail}", at=at)
    return pack


async def in_force(tx: transaction.Tx, now: datetime) -> packs.Version | None:
    """The rules of this moment; none if nobody has installed any."""
    found = await repo.in_force(tx, now)
    return None if found is None else packs.Version(*found, await _pack(tx, *found))


async def ground(tx: transaction.Tx, now: datetime) -> tuple[packs.Version | None, Mapping[int, ledger.Asset]]:
    """The rules of this moment, and every asset."""
    found, assets = await repo.ground(tx, now)
    return None if found is None else packs.Version(*found, await _pack(tx, *found)), assets


async def _pack(tx: transaction.Tx, number: int, digest: bytes) -> packs.Pack:
    pack = _read.get(digest)
    if pack is None:
        pack = read((await document(tx, number)).encode())
        _read[digest] = pack
        if len(_read) > _REMEMBERED_MAX:
            _read.popitem(last=False)
    return pack


async def document(tx: transaction.Tx, number: int) -> str:
    text = await repo.document(tx, number) if 0 < number <= _NUMBER_MAX else None
    if text is None:
        raise model.RulesUnknown("there is no such version of the rules")
    return text


async def some(tx: transaction.Tx, before: int | None, limit: int) -> Sequence[transaction.Record]:
    return await repo.some(tx, before, limit)


async def shadows(tx: transaction.Tx, number: int) -> Sequence[transaction.Record]:
    return await repo.shadows(tx, number)


async def install(tx: transaction.Tx, shipped: bytes, now: datetime) -> bool:
    """Let shipped rules be the first. Where there are rules already, nothing happens."""
    if await repo.latest(tx) is not None:
        return False
    pack = read(shipped)
    return await _add(tx, 1, rule_file.canonical_text(shipped), pack, None, now)


async def propose(
    tx: transaction.Tx, caller: access_model.Caller, document_: bytes, now: datetime, random: ids.Ids
) -> access_model.Proposal:
    """Ask for a second person. What could never hold is refused now; it is looked at again when it is approved."""
    pack = read(document_)
    await _check(tx, pack, now)
    act = entries.ChangeRules(rule_file.canonical_text(document_).decode())
    return await proposals.propose(tx, caller, act, NEEDS, now, random)


class Execute(access_ports.Executes):
    """Keeps rules that were approved."""

    def __init__(self, time: clock.Clock) -> None:
        self._clock = time

    async def __call__(self, tx: transaction.Tx, act: entries.ChangeRules, approval: access_ports.Approval) -> None:
        now = self._clock.now()
        text = act.document.encode()
        pack = read(text)
        number = await _check(tx, pack, now)
        if not await _add(tx, number, text, pack, (approval.proposer, approval.approver), now):
            raise model.NotInFuture("other rules were kept meanwhile; propose again")


async def _check(tx: transaction.Tx, pack: packs.Pack, now: datetime) -> int:
    """The number that these rules would have."""
    latest = await repo.latest(tx)
    begins = rules.begins(pack)
    if begins <= now or (latest is not None and begins <= latest[1]):
        raise model.NotInFuture("rules begin in the future, and after all that there are")
    if latest is None:
        raise model.NotInFuture("the first rules are installed, not proposed")
    return latest[0] + 1


async def _add(
    tx: transaction.Tx, number: int, text: bytes, pack: packs.Pack, by: tuple[UUID, UUID] | None, now: datetime
) -> bool:
    digest = rule_file.digest(text)
    if not await repo.add(tx, number, digest, text.decode(), rules.begins(pack), by, now):
        return False
    await audit.write(tx, entries.RulesInstalled(number, digest, *(by or (None, None))))
    return True
