"""Who is what and may what: read at every request, changed by somebody else, never left without a super admin.

A change holds from the next request on, in every process, because rights are read from the database for each one:
`effective` takes many accounts, so that whoever authenticates can ask once for all requests that arrive together.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import audit, transaction
from customer_stack.access import model, ports, repo, rules
from customer_stack.access.service import proposals


class NotEnrolled(errors.NotFound):
    """There is no account with this number that could have rights."""

    code = "account_unknown"


class RightsChangedSince(errors.Conflict):
    """The account's rights have changed since this was proposed; propose it again."""

    code = "rights_changed_since"


class AlreadyFounded(errors.Conflict):
    """Somebody may already do everything. They can give rights to others."""

    code = "already_founded"


class Wanted(NamedTuple):
    """What an account is to be, and to hold beyond that."""

    role: model.Role
    grants: tuple[model.Grant, ...]


async def enrol(tx: transaction.Tx, account: UUID, role: model.Role) -> None:
    """Give a new account its role. Registration calls this; a role that is there stays as it is."""
    if await repo.enrol(tx, account, role):
        await audit.write(tx, model.Enrolled(account, role))


async def effective(tx: transaction.Tx, accounts: Collection[UUID], now: datetime) -> dict[UUID, model.Rights]:
    """What these accounts are and may at this moment, in one statement. Who is not enrolled is not among them."""
    found = await repo.standings(tx, accounts)
    return {account: rights(standing, now) for account, standing in found.items()}


def rights(standing: model.Standing, now: datetime) -> model.Rights:
    return model.Rights(standing.role, rules.effective(standing, now))


async def numbers(tx: transaction.Tx, role: model.Role, after: UUID | None, limit: int) -> list[UUID]:
    """The next accounts of a role in the order of their numbers. For `admin`."""
    return await repo.numbers(tx, role, after, limit)


async def super_admins(tx: transaction.Tx) -> list[UUID]:
    """Who may do everything, and for ever. They stay so until the transaction ends. For whoever is about to suspend one."""
    return await repo.lasting_super_admins(tx)


async def held(tx: transaction.Tx, account: UUID, *, by: UUID) -> model.Standing:
    """An account's standing, and that of who wants to change it, both unchangeable until the transaction ends."""
    found = (await repo.locked(tx, {account, by})).get(account)
    if found is None:
        raise NotEnrolled("there is no such account")
    return found


async def shown(tx: transaction.Tx, account: UUID) -> model.Standing:
    found = (await repo.standings(tx, [account])).get(account)
    if found is None:
        raise NotEnrolled("there is no such account")
    return found


async def change(
    tx: transaction.Tx,
    caller: model.Caller,
    standing: model.Standing,
    wanted: Wanted,
    now: datetime,
    random: ids.Ids,
    active: ports.Active,
) -> model.Proposal | None:
    """Make a held account's rights what is wanted; or propose it, if it takes a second person to do so."""
    caller = await renewed(tx, caller, now)
    if rules.judge(caller, standing, wanted.role, wanted.grants, now):
        act = model.ChangeRights(standing.account, standing.version, wanted.role, _terms(wanted.grants))
        return await proposals.propose(tx, caller, act, model.Permission.PERMISSIONS_MANAGE, now, random)
    await _keep_a_super_admin(tx, standing, wanted, active)
    await _replace(tx, standing, wanted, by=caller.account, approved_by=None)
    return None


async def renewed(tx: transaction.Tx, caller: model.Caller, now: datetime) -> model.Caller:
    """The caller with the rights of this transaction: somebody may have taken them since the request was let in."""
    found = (await effective(tx, [caller.account], now)).get(caller.account)
    permissions = found.permissions & caller.permissions if found else frozenset[model.Permission]()
    current = msgspec.structs.replace(caller, permissions=permissions)
    refusal = rules.decide(current, rules.may(model.Permission.PERMISSIONS_MANAGE, fresh=True), now)
    if refusal is not None:
        raise refusal
    return current


class Execute(ports.Executes):
    """Does an approved change of rights."""

    def __init__(self, time: clock.Clock, active: ports.Active) -> None:
        self._clock = time
        self._active = active

    async def __call__(self, tx: transaction.Tx, act: model.ChangeRights, approval: ports.Approval) -> None:
        if approval.approver == act.account:
            raise rules.OwnRights("somebody else must change your rights")
        standing = await held(tx, act.account, by=approval.proposer)
        if standing.version != act.version:
            raise RightsChangedSince("the account's rights have changed since this was proposed")
        wanted = Wanted(act.role, _grants(act.grants))
        rules.check(wanted.role, wanted.grants, self._clock.now())
        await _keep_a_super_admin(tx, standing, wanted, self._active)
        await _replace(tx, standing, wanted, by=approval.proposer, approved_by=approval.approver)


async def found(tx: transaction.Tx, accounts: Sequence[UUID]) -> None:
    """The first super admins, by the operator's command: two at least, since each can give nothing like it alone."""
    if len(set(accounts)) < 2 or len(set(accounts)) < len(accounts):
        raise errors.Invalid("name two or more different accounts")
    known = await repo.locked(tx, accounts)
    if len(known) < len(accounts):
        raise NotEnrolled("one of these accounts does not exist")
    if await repo.lasting_super_admins(tx):
        raise AlreadyFounded("there is a super admin already")
    for standing in known.values():
        role = standing.role if standing.role in rules.WORKERS else model.Role.STAFF
        wanted = Wanted(role, (model.Grant(model.Preset.SUPER_ADMIN),))
        await _replace(tx, standing, wanted, by=None, approved_by=None)


async def _keep_a_super_admin(
    tx: transaction.Tx, standing: model.Standing, wanted: Wanted, active: ports.Active
) -> None:
    """Somebody else must stay super admin who can sign in: one who is suspended could not give rights to anybody."""
    was = rules.lasting_super_admin(standing.role, standing.grants)
    if was and not rules.lasting_super_admin(wanted.role, wanted.grants):
        others = [account for account in await repo.lasting_super_admins(tx) if account != standing.account]
        if not await active(tx, others):
            raise rules.LastSuperAdmin("somebody else must be an active super admin first")


async def _replace(
    tx: transaction.Tx, standing: model.Standing, wanted: Wanted, *, by: UUID | None, approved_by: UUID | None
) -> None:
    await repo.replace(tx, standing.account, wanted.role, wanted.grants, by)
    entry = model.RightsChanged(
        standing.account, by, approved_by, standing.version + 1, wanted.role, _terms(wanted.grants)
    )
    await audit.write(tx, entry)


def _terms(grants: Sequence[model.Grant]) -> tuple[model.GrantTerms, ...]:
    return tuple(
        model.GrantTerms(grant.item.value, clock.to_micros(grant.until) if grant.until else 0) for grant in grants
    )


def _grants(terms: Sequence[model.GrantTerms]) -> tuple[model.Grant, ...]:
    return tuple(
        model.Grant(model.item(term.item), clock.from_micros(term.until) if term.until else None) for term in terms
    )
