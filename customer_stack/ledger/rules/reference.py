"""The ledger as it is read: dictionaries, no speed, no database. What anything faster has to agree with.

Rules stand in the order in which they are checked: the first that is broken gives the answer. A chain of linked events
works on a copy of the books, which replaces them only if all goes well. Where TigerBeetle has the rule, it is its.
"""

import copy
import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from customer_stack.ledger.model import (
    AMOUNT_MAX,
    CUSTOMERS_BELOW,
    EFFECTIVE_WITHIN,
    ID_MAX,
    NIL,
    Account,
    AccountFlag,
    Alarm,
    Flag,
    Resolution,
    Transfer,
)  # fmt: skip
from customer_stack.ledger.model.status import TRANSIENT, Status

ENDS = Flag.POST | Flag.VOID
CLOSING = Flag.CLOSING_DEBIT | Flag.CLOSING_CREDIT
BALANCING = Flag.BALANCING_DEBIT | Flag.BALANCING_CREDIT
REFUSED_FLAGS = ~int(ENDS | CLOSING | BALANCING | Flag.LINKED | Flag.PENDING | Flag.RECORDED)
BOUNDED_DEBITS = AccountFlag.DEBITS_MUST_NOT_EXCEED_CREDITS
BOUNDED_CREDITS = AccountFlag.CREDITS_MUST_NOT_EXCEED_DEBITS
TIME_MAX = datetime.max.replace(tzinfo=UTC)
SECONDS_MAX = (1 << 31) - 1
OPEN = Resolution.PENDING
S = Status
Event = TypeVar("Event", Account, Transfer)


def first(*rules: tuple[object, Status]) -> Status:
    """The answer of the first broken rule."""
    return next((status for broken, status in rules if broken), S.CREATED)


def late(now: datetime, seconds: int) -> bool:
    """Whether a timeout leads beyond the end of time."""
    return not 0 <= seconds <= SECONDS_MAX or timedelta(seconds=seconds) > TIME_MAX - now


def takes(debited: Account, amount: int) -> bool:
    """Whether something leaves a customer's account."""
    return 0 < debited.code < CUSTOMERS_BELOW and amount > 0


@dataclasses.dataclass
class Books:
    """Everything the ledger knows. `pending` holds what became of a pending transfer and when it runs out."""

    accounts: dict[UUID, Account] = dataclasses.field(default_factory=dict)
    transfers: dict[UUID, Transfer] = dataclasses.field(default_factory=dict)
    pending: dict[UUID, tuple[Resolution, datetime]] = dataclasses.field(default_factory=dict)
    failed: set[UUID] = dataclasses.field(default_factory=set)
    alarms: list[Alarm] = dataclasses.field(default_factory=list)

    def create_accounts(self, batch: Sequence[Account]) -> list[Status]:
        return self._chained(batch, self._account)

    def create_transfers(self, batch: Sequence[Transfer], now: datetime) -> list[Status]:
        return self._chained(batch, lambda each: self.transfer(each, now))

    def expire(self, now: datetime) -> None:
        for id_, (state, expires) in self.pending.items():
            if state is OPEN and expires <= now:
                self._end(self.transfers[id_], 0, Resolution.EXPIRED)

    def _chained(self, batch: Sequence[Event], create: Callable[[Event], Status]) -> list[Status]:
        answers: list[Status] = []
        before: Books | None = None
        start, broken = 0, False
        for index, each in enumerate(batch):
            linked, last = each.flags & 1, index == len(batch) - 1
            if linked and before is None:
                before, start, broken = copy.copy(self), index, False
                self._own(before)
            answer = first(
                (linked and last, S.LINKED_EVENT_CHAIN_OPEN),
                (broken, S.LINKED_EVENT_FAILED),
                (self._imported(batch[0]) and not self._imported(each), S.IMPORTED_EVENT_EXPECTED),
            )
            answer = create(each) if answer is S.CREATED else answer
            if answer is not S.CREATED and before is not None and not broken:
                broken = True
                self._own(before)
                answers[start:] = [S.LINKED_EVENT_FAILED] * (index - start)
            if answer in TRANSIENT:
                self.failed.add(each.id)
            answers.append(answer)
            before = before if linked else None
            broken = broken and bool(linked)
        return answers

    def _own(self, books: "Books") -> None:
        """Become a copy of the books. What is in them is frozen, so the containers are all there is to copy."""
        self.accounts, self.transfers, self.pending = dict(books.accounts), dict(books.transfers), dict(books.pending)
        self.alarms = list(books.alarms)

    @staticmethod
    def _imported(each: Account | Transfer) -> bool:
        return bool(each.flags & (Flag.IMPORTED if isinstance(each, Transfer) else AccountFlag.IMPORTED))

    def _account(self, a: Account) -> Status:
        bad = first(
            (a.timestamp, S.TIMESTAMP_MUST_BE_ZERO),
            (a.reserved, S.RESERVED_FIELD),
            (a.flags & ~47, S.RESERVED_FLAG),
            (a.id == NIL, S.ID_MUST_NOT_BE_ZERO),
            (a.id == ID_MAX, S.ID_MUST_NOT_BE_INT_MAX),
        )
        if bad is not S.CREATED:
            return bad
        e = self.accounts.get(a.id)
        if e is not None:
            return first(
                ((a.flags ^ e.flags) & 15, S.EXISTS_WITH_DIFFERENT_FLAGS),
                (a.reference != e.reference, S.EXISTS_WITH_DIFFERENT_USER_DATA_128),
                (a.tag64 != e.tag64, S.EXISTS_WITH_DIFFERENT_USER_DATA_64),
                (a.tag32 != e.tag32, S.EXISTS_WITH_DIFFERENT_USER_DATA_32),
                (a.asset != e.asset, S.EXISTS_WITH_DIFFERENT_LEDGER),
                (a.code != e.code, S.EXISTS_WITH_DIFFERENT_CODE),
                (True, S.EXISTS),
            )
        bad = first(
            (a.flags & 6 == 6, S.FLAGS_ARE_MUTUALLY_EXCLUSIVE),
            (a.debits_pending, S.DEBITS_PENDING_MUST_BE_ZERO),
            (a.debits_posted, S.DEBITS_POSTED_MUST_BE_ZERO),
            (a.credits_pending, S.CREDITS_PENDING_MUST_BE_ZERO),
            (a.credits_posted, S.CREDITS_POSTED_MUST_BE_ZERO),
            (a.asset == 0, S.LEDGER_MUST_NOT_BE_ZERO),
            (a.code == 0, S.CODE_MUST_NOT_BE_ZERO),
        )
        if bad is S.CREATED:
            self.accounts[a.id] = a
        return bad

    def transfer(self, t: Transfer, now: datetime) -> Status:
        bad = first(
            (t.timestamp, S.TIMESTAMP_MUST_BE_ZERO),
            (t.flags & REFUSED_FLAGS, S.RESERVED_FLAG),
            (t.id == NIL, S.ID_MUST_NOT_BE_ZERO),
            (t.id == ID_MAX, S.ID_MUST_NOT_BE_INT_MAX),
            (not 0 <= t.amount <= AMOUNT_MAX, S.AMOUNT_OUT_OF_RANGE),
        )
        if bad is not S.CREATED:
            return bad
        if t.id in self.transfers:
            return self._exists(t, self.transfers[t.id])
        if t.id in self.failed:
            return S.ID_ALREADY_FAILED
        return self._resolve(t, now) if t.flags & ENDS else self._move(t, now)

    def _exists(self, t: Transfer, e: Transfer) -> Status:
        p = self.transfers.get(e.pending_id, e)
        amount = p.amount if t.flags & ENDS and t.amount == (AMOUNT_MAX if t.flags & Flag.POST else 0) else t.amount

        def other(name: str) -> bool:
            """A post or void takes what it leaves at zero from its pending transfer."""
            mine = getattr(t, name)
            return bool(getattr(e, name) != (getattr(p, name) if t.flags & ENDS and mine in {NIL, 0} else mine))

        return first(
            (t.flags != e.flags, S.EXISTS_WITH_DIFFERENT_FLAGS),
            (other("debit"), S.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID),
            (other("credit"), S.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID),
            (amount < e.amount if t.flags & BALANCING else amount != e.amount, S.EXISTS_WITH_DIFFERENT_AMOUNT),
            (t.pending_id != e.pending_id, S.EXISTS_WITH_DIFFERENT_PENDING_ID),
            (other("reference"), S.EXISTS_WITH_DIFFERENT_USER_DATA_128),
            (other("tag64"), S.EXISTS_WITH_DIFFERENT_USER_DATA_64),
            (other("tag32"), S.EXISTS_WITH_DIFFERENT_USER_DATA_32),
            (t.timeout != e.timeout, S.EXISTS_WITH_DIFFERENT_TIMEOUT),
            (other("asset"), S.EXISTS_WITH_DIFFERENT_LEDGER),
            (other("code"), S.EXISTS_WITH_DIFFERENT_CODE),
            (t.effective_at != e.effective_at, S.EXISTS_WITH_DIFFERENT_EFFECTIVE_TIME),
            (t.reverses != e.reverses, S.EXISTS_WITH_DIFFERENT_REVERSAL),
            (True, S.EXISTS),
        )

    def _move(self, t: Transfer, now: datetime) -> Status:
        pending, free = t.flags & Flag.PENDING, t.flags & Flag.RECORDED
        bad = first(
            (t.debit == NIL, S.DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO),
            (t.debit == ID_MAX, S.DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX),
            (t.credit == NIL, S.CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO),
            (t.credit == ID_MAX, S.CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX),
            (t.debit == t.credit, S.ACCOUNTS_MUST_BE_DIFFERENT),
            (t.pending_id != NIL, S.PENDING_ID_MUST_BE_ZERO),
            (not pending and t.timeout, S.TIMEOUT_RESERVED_FOR_PENDING_TRANSFER),
            (not pending and t.flags & CLOSING, S.CLOSING_TRANSFER_MUST_BE_PENDING),
            (t.asset == 0, S.LEDGER_MUST_NOT_BE_ZERO),
            (t.code == 0, S.CODE_MUST_NOT_BE_ZERO),
            (t.debit not in self.accounts, S.DEBIT_ACCOUNT_NOT_FOUND),
            (t.credit not in self.accounts, S.CREDIT_ACCOUNT_NOT_FOUND),
        )
        if bad is not S.CREATED:
            return bad
        dr, cr = self.accounts[t.debit], self.accounts[t.credit]
        amount = t.amount
        if t.flags & Flag.BALANCING_DEBIT:
            amount = min(amount, max(0, dr.credits_posted - dr.debits_posted - dr.debits_pending))
        if t.flags & Flag.BALANCING_CREDIT:
            amount = min(amount, max(0, cr.debits_posted - cr.credits_posted - cr.credits_pending))
        over_debit = dr.flags & BOUNDED_DEBITS and dr.debits_pending + dr.debits_posted + amount > dr.credits_posted
        over_credit = cr.flags & BOUNDED_CREDITS and cr.credits_pending + cr.credits_posted + amount > cr.debits_posted
        closed_debit, closed_credit = dr.flags & AccountFlag.CLOSED, cr.flags & AccountFlag.CLOSED
        bad = first(
            (dr.asset != cr.asset, S.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER),
            (t.asset != dr.asset, S.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS),
            (t.verdict is not None and t.cause, S.VERDICT_AND_CAUSE),
            (takes(dr, amount) and not free and t.verdict is None and not t.cause, S.VERDICT_REQUIRED),
            *self._conditions(t, dr, cr, now),
            (closed_debit and not free, S.DEBIT_ACCOUNT_ALREADY_CLOSED),
            (closed_credit and not free, S.CREDIT_ACCOUNT_ALREADY_CLOSED),
            (pending and amount + dr.debits_pending > AMOUNT_MAX, S.OVERFLOWS_DEBITS_PENDING),
            (pending and amount + cr.credits_pending > AMOUNT_MAX, S.OVERFLOWS_CREDITS_PENDING),
            (amount + dr.debits_posted > AMOUNT_MAX, S.OVERFLOWS_DEBITS_POSTED),
            (amount + cr.credits_posted > AMOUNT_MAX, S.OVERFLOWS_CREDITS_POSTED),
            (amount + dr.debits_pending + dr.debits_posted > AMOUNT_MAX, S.OVERFLOWS_DEBITS),
            (amount + cr.credits_pending + cr.credits_posted > AMOUNT_MAX, S.OVERFLOWS_CREDITS),
            (late(now, t.timeout), S.OVERFLOWS_TIMEOUT),
            (over_debit and not free, S.EXCEEDS_CREDITS),
            (over_credit and not free, S.EXCEEDS_DEBITS),
        )
        if bad is not S.CREATED:
            return bad
        for broken, account, reason in (
            (closed_debit, t.debit, S.DEBIT_ACCOUNT_ALREADY_CLOSED),
            (closed_credit, t.credit, S.CREDIT_ACCOUNT_ALREADY_CLOSED),
            (over_debit, t.debit, S.EXCEEDS_CREDITS),
            (over_credit, t.credit, S.EXCEEDS_DEBITS),
        ):
            if broken:
                self.alarms.append(Alarm(t.id, account, reason))
        self.transfers[t.id] = replace(t, amount=amount)
        if pending:
            self.pending[t.id] = (OPEN, now + timedelta(seconds=t.timeout) if t.timeout else TIME_MAX)
        self._add(t, amount if pending else 0, 0 if pending else amount, closed=True)
        return S.CREATED

    def _conditions(self, t: Transfer, dr: Account, cr: Account, now: datetime) -> tuple[tuple[object, Status], ...]:
        """Ours: an effective time near the posting time, a mirror that mirrors, accounts as their user last saw them."""
        e = t.expect
        seen = {t.debit: dr, t.credit: cr}.get(e.account) if e else None
        o = self.transfers.get(t.reverses)
        mirrored = o is not None and (t.debit, t.credit, t.amount) == (o.credit, o.debit, o.amount)
        mirrors = t.reverses != NIL
        undone = mirrors and any(each.reverses == t.reverses for each in self.transfers.values())
        return (
            (t.effective_at and abs(t.effective_at - now) > EFFECTIVE_WITHIN, S.EFFECTIVE_TIME_OUT_OF_RANGE),
            (mirrors and o is None, S.REVERSED_TRANSFER_NOT_FOUND),
            (mirrors and o and o.flags & (Flag.PENDING | Flag.VOID), S.REVERSED_TRANSFER_NOT_FINAL),
            (mirrors and (not mirrored or t.flags & (Flag.PENDING | BALANCING)), S.REVERSAL_MUST_MIRROR),
            (undone, S.REVERSED_TRANSFER_ALREADY_REVERSED),
            (e and seen is None, S.EXPECTATION_NAMES_ANOTHER_ACCOUNT),
            (e and seen and e.version not in {None, seen.version}, S.UNEXPECTED_VERSION),
            (e and seen and e.balance not in {None, seen.total}, S.UNEXPECTED_BALANCE),
        )

    def _resolve(self, t: Transfer, now: datetime) -> Status:
        void, p = t.flags & Flag.VOID, self.transfers.get(t.pending_id)
        bad = first(
            (t.flags & ENDS == ENDS, S.FLAGS_ARE_MUTUALLY_EXCLUSIVE),
            (t.flags & (Flag.PENDING | BALANCING | CLOSING | Flag.RECORDED), S.FLAGS_ARE_MUTUALLY_EXCLUSIVE),
            (t.pending_id == NIL, S.PENDING_ID_MUST_NOT_BE_ZERO),
            (t.pending_id == ID_MAX, S.PENDING_ID_MUST_NOT_BE_INT_MAX),
            (t.pending_id == t.id, S.PENDING_ID_MUST_BE_DIFFERENT),
            (t.timeout, S.TIMEOUT_RESERVED_FOR_PENDING_TRANSFER),
            (p is None, S.PENDING_TRANSFER_NOT_FOUND),
            (p and not p.flags & Flag.PENDING, S.PENDING_TRANSFER_NOT_PENDING),
        )
        if p is None or bad is not S.CREATED:
            return bad
        state, expires = self.pending[p.id]
        dr, cr = self.accounts[p.debit], self.accounts[p.credit]
        amount = p.amount if t.amount == (0 if void else AMOUNT_MAX) else t.amount
        bad = first(
            (t.debit not in {NIL, p.debit}, S.PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID),
            (t.credit not in {NIL, p.credit}, S.PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID),
            (t.asset not in {0, p.asset}, S.PENDING_TRANSFER_HAS_DIFFERENT_LEDGER),
            (t.code not in {0, p.code}, S.PENDING_TRANSFER_HAS_DIFFERENT_CODE),
            (amount > p.amount, S.EXCEEDS_PENDING_TRANSFER_AMOUNT),
            (void and amount < p.amount, S.PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT),
            (state is Resolution.POSTED, S.PENDING_TRANSFER_ALREADY_POSTED),
            (state is Resolution.VOIDED, S.PENDING_TRANSFER_ALREADY_VOIDED),
            (state is Resolution.EXPIRED or expires <= now, S.PENDING_TRANSFER_EXPIRED),
            *self._conditions(replace(t, debit=p.debit, credit=p.credit, amount=amount), dr, cr, now),
            (not void and dr.flags & AccountFlag.CLOSED, S.DEBIT_ACCOUNT_ALREADY_CLOSED),
            (not void and cr.flags & AccountFlag.CLOSED, S.CREDIT_ACCOUNT_ALREADY_CLOSED),
        )
        if bad is not S.CREATED:
            return bad
        self.transfers[t.id] = replace(
            t, debit=p.debit, credit=p.credit, amount=amount, asset=p.asset, code=p.code,
            reference=p.reference if t.reference == NIL else t.reference,
            tag64=t.tag64 or p.tag64, tag32=t.tag32 or p.tag32,
        )  # fmt: skip
        self._end(p, 0 if void else amount, Resolution.VOIDED if void else Resolution.POSTED)
        return S.CREATED

    def _end(self, p: Transfer, posted: int, became: Resolution) -> None:
        self.pending[p.id] = (became, self.pending[p.id][1])
        self._add(p, -p.amount, posted, closed=False)

    def _add(self, t: Transfer, pending: int, posted: int, *, closed: bool) -> None:
        """Move both accounts. A closing transfer closes them, and opens them again when it ends."""
        for id_, side, bit in ((t.debit, "debits", Flag.CLOSING_DEBIT), (t.credit, "credits", Flag.CLOSING_CREDIT)):
            a = self.accounts[id_]
            flags = (a.flags & ~AccountFlag.CLOSED) | (AccountFlag.CLOSED * closed) if t.flags & bit else a.flags
            moved = {f"{side}_pending": pending, f"{side}_posted": posted}
            sums = {name: getattr(a, name) + by for name, by in moved.items()}
            self.accounts[id_] = replace(a, flags=flags, version=a.version + 1, **sums)
