"""What must hold between the two databases when the channel is at rest, read by two auditors who may do nothing else.

It knows the tables and the rules of the transcript, and shares no query with the product.
"""

import dataclasses
import uuid
from collections.abc import Sequence
from typing import Any

import asyncpg

from boundary.channel import transcript
from boundary.wire import frame, messages, to_execution

GENESIS = bytes(32)
BOTH = {"customer": frame.Direction.TO_EXECUTION, "execution": frame.Direction.TO_CUSTOMER}
OTHER = {"customer": "execution", "execution": "customer"}


@dataclasses.dataclass
class Facts:
    """What was found; `faults` is empty or the channel has broken its promise."""

    intents: int = 0
    subjects: int = 0
    cores: dict[str, int] = dataclasses.field(default_factory=dict)
    voided: int = 0
    outcomes: dict[str, int] = dataclasses.field(default_factory=dict)
    faults: list[str] = dataclasses.field(default_factory=list)

    def must(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(fault)


async def check(customer_dsn: str, execution_dsn: str, channel: uuid.UUID) -> Facts:
    """Every promise of the channel, over all that ever crossed it."""
    sides = {
        "customer": await asyncpg.connect(customer_dsn, ssl=False),
        "execution": await asyncpg.connect(execution_dsn, ssl=False),
    }
    try:
        facts = Facts()
        for side in sides:
            await _transcript(facts, sides, side, channel)
        await _nothing_waits(facts, sides, channel)
        await _every_intent_once(facts, sides, channel)
        return facts
    finally:
        for each in sides.values():
            await each.close()


async def _transcript(facts: Facts, sides: dict[str, Any], side: str, channel: uuid.UUID) -> None:
    """One direction: dense, chained, what its hashes say, and the same on both sides."""
    here, there = sides[side], sides[OTHER[side]]
    position = await here.fetchrow("SELECT epoch, due, head, acked FROM channel_outbound WHERE channel = $1", channel)
    arrived = await there.fetchrow("SELECT epoch, due, head, halted FROM channel_inbound WHERE channel = $1", channel)
    sent = await here.fetch(
        "SELECT sequence, count, previous, core, body FROM channel_sent WHERE channel = $1 AND epoch = $2 ORDER BY 1",
        channel, position["epoch"],
    )  # fmt: skip
    received = await there.fetch(
        "SELECT sequence, core FROM channel_received WHERE channel = $1 AND epoch = $2 ORDER BY 1",
        channel, position["epoch"],
    )  # fmt: skip
    facts.cores[side] = len(sent)
    facts.must(not arrived["halted"], f"{side} → the channel is halted")
    facts.must(position["epoch"] == arrived["epoch"], f"{side} → epochs differ")
    facts.must(position["head"] == arrived["head"], f"{side} → heads differ")
    facts.must(position["due"] == arrived["due"], f"{side} → {position['due']} is due, and {arrived['due']} there")
    facts.must(position["acked"] == position["due"] - 1, f"{side} → acknowledged up to {position['acked']}")
    dense = list(range(1, position["due"]))
    facts.must([row["sequence"] for row in sent] == dense, f"{side} → sent sequences are not dense")
    facts.must([row["sequence"] for row in received] == dense, f"{side} → received sequences are not dense")
    facts.must([row["core"] for row in sent] == [row["core"] for row in received], f"{side} → cores differ")
    _chain(facts, side, position, sent)


def _chain(facts: Facts, side: str, position: Any, sent: Sequence[Any]) -> None:
    head = GENESIS
    for row in sent:
        core = transcript.core_hash(position["epoch"], row["sequence"], row["count"], head, row["body"])
        facts.must(row["previous"] == head and row["core"] == core, f"{side} → the chain breaks at {row['sequence']}")
        head = row["core"]
    facts.must(position["head"] == head, f"{side} → the head is not the last core's")


async def _nothing_waits(facts: Facts, sides: dict[str, Any], channel: uuid.UUID) -> None:
    for side, connection in sides.items():
        left = await connection.fetchval("SELECT count(*) FROM channel_outbox WHERE channel = $1", channel)
        facts.must(left == 0, f"{side}: {left} rows in the outbox")


async def _every_intent_once(facts: Facts, sides: dict[str, Any], channel: uuid.UUID) -> None:
    """Every message has one name and one outcome, and the intake is what was accepted: no more, no less, unchanged."""
    rows = await sides["customer"].fetch(
        "SELECT epoch, sequence, position, subject, outcome::text FROM channel_subject WHERE channel = $1", channel
    )
    voided = {
        (row[0], row[1])
        for row in await sides["customer"].fetch("SELECT epoch, sequence FROM channel_void WHERE channel = $1", channel)
    }
    facts.voided = len(voided)
    facts.subjects = len(rows)
    for row in rows:
        facts.outcomes[row["outcome"]] = facts.outcomes.get(row["outcome"], 0) + 1
    waiting = [row for row in rows if row["outcome"] == "sent"]
    facts.must(not waiting, f"{len(waiting)} subjects have no outcome, first {waiting[:1]}")
    subjects = [row["subject"] for row in rows]
    facts.must(len(set(subjects)) == len(subjects), "a subject has two names")
    said = await _placed(sides["customer"], channel, voided)
    names = {(row["epoch"], row["sequence"], row["position"]): row["outcome"] for row in rows}
    accepted = {name for name in said if names.get(name) == "accepted"}
    lost = await sides["execution"].fetch(
        "SELECT epoch, compared, received_common FROM channel_epoch WHERE channel = $1", channel
    )
    intake, withdrawn = {}, {}
    for row in await sides["execution"].fetch(
        "SELECT epoch, sequence, position, participant, limit_ticks, lots, state::text FROM intent WHERE channel = $1",
        channel,
    ):
        place = (row["epoch"], row["sequence"])
        gone = any(place > (each["compared"], each["received_common"]) and place[0] <= each["epoch"] for each in lost)
        of = withdrawn if gone else intake
        of[(*place, row["position"])] = (row["participant"], row["limit_ticks"], row["lots"], row["state"])
    still = [name for name, found in withdrawn.items() if found[3] == "open"]
    facts.must(not still, f"a lost history has open intents: {still[:3]}")
    intake = {name: found[:3] for name, found in intake.items()}
    facts.intents = len(intake)
    facts.must(accepted == intake.keys(), f"intake and outcomes differ at {list(accepted ^ intake.keys())[:3]}")
    changed = [name for name in accepted & intake.keys() if intake[name] != said[name]]
    facts.must(not changed, f"the intake is not what was said at {changed[:3]}")


async def _placed(
    customer: Any, channel: uuid.UUID, voided: set[tuple[int, int]]
) -> dict[tuple[int, int, int], tuple[uuid.UUID, int, int]]:
    """Every intent that was sent, by name, read from the very bytes that went out."""
    found = {}
    for row in await customer.fetch("SELECT epoch, sequence, body FROM channel_sent WHERE channel = $1", channel):
        if (row["epoch"], row["sequence"]) in voided:
            continue
        for index, each in enumerate(messages.decode_body(row["body"], frame.Direction.TO_EXECUTION)):
            if isinstance(each, to_execution.PlaceIntent):
                name = (row["epoch"], row["sequence"], index)
                found[name] = (each.participant, each.limit_ticks, each.lots)
    return found
