"""What a customer reads back: a month of an account, and the transactions of deposits and withdrawals together."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from boundary.kernel import errors
from boundary.kernel.runtime import transaction
from customer_stack.ledger import model as ledger
from customer_stack.ledger.formats import amounts
from customer_stack.ledger.model import views
from customer_stack.ledger.service import accounts, reading
from customer_stack.payments.formats import statements
from customer_stack.payments.service.wiring import Code

ROWS_MAX = 20_000
_PAGE = 1000
_KINDS = {
    Code.DEPOSIT: "deposit",
    Code.WITHDRAWAL: "withdrawal",
    Code.FEE: "fee",
    Code.RETURN: "return",
    Code.FROM_SUSPENSE: "deposit",
}
_MOVES = ledger.Flag.PENDING | ledger.Flag.VOID | ledger.Flag.EXPIRE


class NoAccount(errors.NotFound):
    """There is no such account, or it is not yours."""

    code = "payment_account_unknown"


class BadMonth(errors.Invalid):
    """A month is written as 2026-03, and has begun."""

    code = "payment_month_invalid"


class MonthTooLong(errors.TooLarge):
    """The account moved more often in that month than one statement may list; page through its movements."""

    code = "payment_statement_too_long"


def days(text: str, now: datetime) -> tuple[date, date]:
    """The first and last day of a month that has begun."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadMonth("a month is written as 2026-03") from None
    if len(text) != 7 or first > now.date():
        raise BadMonth("a month is written as 2026-03, and has begun")
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


async def month(
    tx: transaction.Tx, owner: UUID, account: UUID, text: str, title: str, now: datetime
) -> statements.Month:
    """That opening and movements make closing is computed, not assumed."""
    first, last = days(text, now)
    found = (await accounts.some(tx, [account])).get(account)
    if found is None or found.owner != owner:
        raise NoAccount("there is no such account")
    asset = (await accounts.assets(tx))[found.asset]
    since = datetime.combine(first, time(), UTC)
    until = datetime.combine(last + timedelta(days=1), time(), UTC)
    tick = timedelta(microseconds=1)
    opening = (await reading.as_of(tx, account, since - tick)).total
    closing = (await reading.as_of(tx, account, min(until - tick, now))).total
    rows, balance = await _rows(tx, account, asset, since, until, opening)
    if balance != closing:
        raise errors.Conflict("the month does not add up")
    return statements.Month(
        title, str(account), asset.code, first, last, amounts.shown(opening, asset.scale),
        amounts.shown(closing, asset.scale), rows,
    )  # fmt: skip


async def _rows(
    tx: transaction.Tx, account: UUID, asset: ledger.Asset, since: datetime, until: datetime, balance: int
) -> tuple[list[statements.Row], int]:
    """What really moved: holds that came and went are no movements of a statement."""
    rows: list[statements.Row] = []
    after: int | None = None
    while True:
        page = await reading.movements(tx, account, views.Filter(since=since, until=until, after=after, limit=_PAGE))
        for each in page:
            transfer = each.stored.transfer
            if transfer.flags & _MOVES:
                continue
            out = transfer.debit == account
            balance += -transfer.amount if out else transfer.amount
            text = amounts.shown(transfer.amount, asset.scale)
            kind = _KINDS.get(transfer.code, "transfer")
            rows.append(
                statements.Row(
                    each.stored.posted_at, kind, str(transfer.reference), text if out else "", "" if out else text,
                    amounts.shown(balance, asset.scale),
                )
            )  # fmt: skip
        if len(rows) > ROWS_MAX:
            raise MonthTooLong("too many movements for one statement", count_max=ROWS_MAX)
        if len(page) < _PAGE:
            return rows, balance
        after = page[-1].stored.seq
