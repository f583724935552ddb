"""What customers moved before, in one currency: at most, which is cheap to know, or exactly, where that decides.

The most that can have left an account since a moment is two reads however long its history is. While that, with the
whole of the batch, keeps within the limits, no kind of operation can have passed them, and nobody adds up transfers.
Whoever set limits for themselves, or comes close to the law's, is counted transfer by transfer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from customer_stack.compliance import model, ports
from customer_stack.compliance.repo import evaluating as repo
from customer_stack.compliance.rules import telling
from customer_stack.safeguards import model as safeguard

P, K = safeguard.Period, model.OperationKind
RETURNED = "returned"


class _Most(NamedTuple):
    """In the jurisdiction's currency."""

    out_day: int = 0
    out_month: int = 0
    in_day: int = 0
    in_month: int = 0


class Bounds:
    """The most that each customer can have moved, and whether that leaves room for the batch."""

    def __init__(
        self,
        books: Iterable[repo.Most],
        operations: Sequence[model.Operation],
        rates: Mapping[int, model.Rate],
        law: ports.Law,
    ) -> None:
        self._most: dict[UUID, _Most | None] = {}
        self._asked: dict[UUID, int] = {}
        self._day, self._month = telling.minor(law.limits.day), telling.minor(law.limits.month)
        for each in books:
            so_far = self._most.get(each.owner, _Most())
            told = [telling.told(amount, rates.get(each.asset)) if amount else 0 for amount in each[3:]]
            sums = None if so_far is None else [None if b is None else a + b for a, b in zip(so_far, told, strict=True)]
            known = [each for each in sums or () if each is not None]
            self._most[each.owner] = _Most(*known) if len(known) == len(_Most()) else None
        for operation in operations:
            home = telling.told(max(operation.amount, 0), rates.get(operation.asset)) or 0
            self._asked[operation.account] = self._asked.get(operation.account, 0) + home

    def close(self, account: UUID) -> bool:
        """Whether it has to be counted exactly."""
        most = self._most.get(account, _Most())
        if most is None:
            return True
        asked = self._asked.get(account, 0)
        day, month = max(most.out_day, most.in_day) + asked, max(most.out_month, most.in_month) + asked
        return day > self._day or month > self._month

    def of(self, account: UUID, kind: str, period: safeguard.Period) -> int:
        most = self._most.get(account) or _Most()
        if kind == K.DEPOSIT:
            return most.in_day if period is P.DAY else most.in_month
        return most.out_day if period is P.DAY else most.out_month


class Sums:
    """What each account moved in each period, by kind; nothing where an amount could not be told. Of the accounts that
    are far from every limit it is the most that can have been.
    """

    def __init__(
        self,
        moved: Sequence[repo.Moved],
        rates: Mapping[int, model.Rate],
        bounds: Bounds,
        far: Collection[UUID],
    ) -> None:
        self._sums: dict[tuple[UUID, str, safeguard.Period], int | None] = {}
        self._bounds, self._far = bounds, frozenset(far)
        for each in moved:
            for period, amount in ((P.DAY, each.day), (P.WEEK, each.week), (P.MONTH, each.month)):
                if amount:
                    self._add(each.account, each.what, period, telling.told(amount, rates.get(each.asset)))

    def add(self, account: UUID, kind: str, amount: int | None) -> None:
        for period in P:
            self._add(account, kind, period, amount)

    def of(self, account: UUID, kind: str, period: safeguard.Period) -> int | None:
        key = account, kind, period
        if key in self._sums:
            return self._sums[key]
        return self._bounds.of(account, kind, period) if account in self._far else 0

    def totals(self, account: UUID) -> dict[safeguard.Period, safeguard.Totals]:
        kinds = K.DEPOSIT.value, K.STAKE.value, RETURNED
        return {period: safeguard.Totals(*(self.of(account, what, period) for what in kinds)) for period in P}

    def _add(self, account: UUID, kind: str, period: safeguard.Period, amount: int | None) -> None:
        before = self.of(account, kind, period)
        self._sums[account, kind, period] = None if before is None or amount is None else before + amount
