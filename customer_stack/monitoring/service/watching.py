"""Look at operations as they happen: alerts for whom it concerns, an answer for `compliance`, both in its transaction.

Who is judged gets the answer whether or not the alert was there before; what is kept and audited is what is new.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from boundary.kernel import ids, primitives
from boundary.kernel.runtime import audit, transaction
from customer_stack.monitoring import model, ports
from customer_stack.monitoring.model import entries, packs
from customer_stack.monitoring.repo import alerts as repo
from customer_stack.monitoring.rules import deadlines
from customer_stack.monitoring.rules import packs as rules
from customer_stack.monitoring.service import judging, rulebook

NO_RULES = "no-rules"
"""What stands for a rule when there are none: nothing was judged, so nothing passes."""


async def observe(
    tx: transaction.Tx,
    operations: Sequence[model.Operation],
    now: datetime,
    *,
    rates: ports.Rates,
    random: ids.Ids,
) -> list[model.Alert]:
    """Everything that the live rules have to say of these operations, in their order."""
    version, assets = await rulebook.ground(tx, now)
    if version is None:
        return [_unjudged(op, random) for op in operations]
    said = await judging.judge(tx, operations, version.pack, assets, now, rates)
    live = await keep(tx, said, version, now, random)
    return [alert for alert, _ in live]


async def keep(
    tx: transaction.Tx, said: Iterable[judging.Said], version: packs.Version, now: datetime, random: ids.Ids
) -> list[tuple[model.Alert, judging.Said]]:
    """Write down what was said: live rules raise alerts and open cases, shadow rules are counted."""
    live: list[tuple[model.Alert, judging.Said]] = []
    shadow: list[tuple[model.Alert, judging.Said]] = []
    for each in said:
        alert = _alert(each, version.number, random)
        (live if each.rule.mode is model.Mode.LIVE else shadow).append((alert, each))
    if shadow:
        await repo.count(tx, [alert for alert, _ in shadow], now)
    if live:
        fresh = await repo.raise_(
            tx,
            [alert for alert, _ in live],
            [each.operation.also for _, each in live],
            [random.ref() for _ in live],
            now,
            deadlines.due(now, version.pack.deadlines.case, version.pack),
        )
        if fresh:
            digest = primitives.sha256(b"".join(sorted(fresh)))
            await audit.write(tx, entries.AlertsRaised(version.number, len(fresh), digest))
    return live


def _alert(said: judging.Said, version: int, random: ids.Ids) -> model.Alert:
    """What could not be computed asks for review, scores nothing and opens nothing: it says something about us."""
    op, rule = said.operation, said.rule
    key = rules.alert_key(rule, op.account.bytes, op.id.bytes + op.account.bytes, said.at)
    return model.Alert(
        id=random.ref(),
        rule=rule.code,
        version=version,
        account=op.account,
        operation=op.id,
        severity=rule.severity,
        answer=rule.answer if said.certain else model.Answer.REVIEW,
        certain=said.certain,
        score=rule.score if said.certain else 0,
        half_life_days=rule.half_life_days,
        key=key if said.certain else primitives.sha256(b"monitoring.unknown/1\0" + key + op.id.bytes),
        opens=said.certain and rule.severity is not model.Severity.LOW,
    )


def _unjudged(op: model.Operation, random: ids.Ids) -> model.Alert:
    return model.Alert(
        id=random.ref(),
        rule=NO_RULES,
        version=0,
        account=op.account,
        operation=op.id,
        severity=model.Severity.HIGH,
        answer=model.Answer.REVIEW,
        certain=False,
    )
