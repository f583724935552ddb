"""What a rule would have said of the past: the same facts and the same evaluation, as of each movement's own row.

Reads only, page by page, so that years of books are judged without holding anything up.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from customer_stack.ledger.service import accounts
from customer_stack.monitoring import ports
from customer_stack.monitoring.model import packs
from customer_stack.monitoring.rules import operations as rules
from customer_stack.monitoring.rules import packs as pack_rules
from customer_stack.monitoring.service import judging, moves

PAGE = 500
SHOWN = 20


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How often a rule would have spoken; `alerts` counts what it would have raised, `uncertain` what it could not
    compute. The newest operations stand there as examples.
    """

    rule: str
    since: datetime
    until: datetime
    movements: int
    operations: int
    hits: int
    uncertain: int
    alerts: int
    accounts: int
    by_month: dict[str, int]
    examples: tuple[UUID, ...]


async def run(
    db: transaction.Database,
    pack: packs.Pack,
    code: str,
    since: datetime,
    until: datetime,
    rates: ports.Rates,
    progress: Callable[[int], None] = lambda _: None,
) -> Outcome:
    rule = pack_rules.rule_of(pack, code)
    after = movements = operations = uncertain = 0
    months: Counter[str] = Counter()
    keys: set[bytes] = set()
    people: set[UUID] = set()
    examples: list[UUID] = []
    while True:

        async def page(tx: transaction.Tx, after: int = after) -> tuple[int, int, int, list[judging.Said]]:
            found = await moves.since(tx, after, since, until, PAGE)
            ops = [op for move in found for op in rules.operations(move)]
            said = await judging.judge(tx, ops, pack, await accounts.assets(tx), until, rates, only=code)
            return (found[-1].seq if found else after), len(found), len(ops), said

        after, read, looked, said = await db.read("monitoring.backtest", page, seconds_max=60)
        movements, operations = movements + read, operations + looked
        uncertain += sum(not each.certain for each in said)
        for each in (each for each in said if each.certain):
            op = each.operation
            months[f"{each.at:%Y-%m}"] += 1
            people.add(op.account)
            keys.add(pack_rules.alert_key(rule, op.account.bytes, op.id.bytes + op.account.bytes, each.at))
            examples = [*examples[-SHOWN + 1 :], op.id]
        progress(movements)
        if read < PAGE:
            break
    return Outcome(
        rule=code, since=since, until=until, movements=movements, operations=operations, hits=months.total(),
        uncertain=uncertain, alerts=len(keys), accounts=len(people), by_month=dict(sorted(months.items())),
        examples=tuple(examples),
    )  # fmt: skip
