"""P09: the stored transcript once more, through today's code; and the heads by which the two halves must agree."""

from typing import Any
from uuid import UUID

from boundary.channel import transcript
from boundary.kernel import errors
from boundary.privacy.prove import report, subject
from boundary.wire import frame, messages, to_customer

CHUNK = 200
_PARTICIPANTS = ("participant", "issuer", "holder", "source", "target")
RECENT = 200
_SENT = "SELECT channel, epoch, sequence, count, previous, core, body FROM public.channel_sent ORDER BY channel, epoch, sequence"
_OUTBOUND = "SELECT channel, epoch, due, head, acked FROM public.channel_outbound ORDER BY channel"
_INBOUND = "SELECT channel, epoch, due, head FROM public.channel_inbound ORDER BY channel"
_RECEIVED = """
SELECT channel, epoch, count(*) AS found, min(sequence) AS first, max(sequence) AS last,
  (array_agg(core ORDER BY sequence DESC))[1] AS core
FROM public.channel_received GROUP BY channel, epoch"""
_LAST = "SELECT sequence, core FROM public.{table} WHERE channel = $1 AND epoch = $2 ORDER BY sequence DESC LIMIT $3"
_KNOWN = "SELECT count(*) FROM unnest($1::uuid[]) AS n(ref) WHERE NOT EXISTS (SELECT FROM public.{table} r WHERE r.{column} = n.ref)"


async def replay(about: subject.Subject) -> report.Found:
    direction = frame.Direction.TO_CUSTOMER if about.execution else frame.Direction.TO_EXECUTION
    ends, findings, cores, said = await _walk(about, direction)
    for row in await about.connection.fetch(_OUTBOUND):
        end = ends.get((row["channel"], row["epoch"]))
        if end is not None and end != (row["due"], row["head"]):
            findings.append(report.Finding("head-differs", f"outbound {row['channel']}"))
        if end is None and row["due"] > 1:
            findings.append(report.Finding("transcript-missing", f"outbound {row['channel']}"))
    findings += await _inbound(about)
    return report.Found(findings, {"cores sent": cores, "messages sent": said})


async def _walk(
    about: subject.Subject, direction: frame.Direction
) -> tuple[dict[tuple[UUID, int], tuple[int, bytes]], list[report.Finding], int, int]:
    """Every sent core: its hash, its place behind the one before, its messages under today's rules."""
    ends: dict[tuple[UUID, int], tuple[int, bytes]] = {}
    findings: list[report.Finding] = []
    cores = said = 0
    cursor = await about.connection.cursor(_SENT)
    while rows := await cursor.fetch(CHUNK):
        issued: list[UUID] = []
        for row in rows:
            codes, refs = _judge(row, ends.get((row["channel"], row["epoch"])), direction)
            place = f"channel {row['channel']} epoch {row['epoch']} sequence {row['sequence']}"
            findings += [report.Finding(code, place) for code in codes]
            issued += refs
            ends[row["channel"], row["epoch"]] = (row["sequence"] + 1, row["core"])
            cores += 1
            said += row["count"]
        about.progress("transcript", cores, 0)
        if await _unknown(about, issued):
            findings.append(report.Finding("ref-unregistered", f"channel_sent, cores up to number {cores}"))
    return ends, findings, cores, said


def _judge(row: Any, before: tuple[int, bytes] | None, direction: frame.Direction) -> tuple[list[str], list[UUID]]:
    codes = []
    again = transcript.core_hash(row["epoch"], row["sequence"], row["count"], row["previous"], row["body"])
    if again != row["core"]:
        codes.append("core-differs")
    if before is None and row["sequence"] == 1 and row["previous"] != transcript.GENESIS:
        codes.append("chain-broken")
    if before is not None and before != (row["sequence"], row["previous"]):
        codes.append("chain-broken")
    try:
        found = messages.decode_body(row["body"], direction)
    except errors.Invalid:
        return [*codes, "refused-today"], []
    if len(found) != row["count"]:
        codes.append("refused-today")
    return codes, [ref for message in found for ref in participants(message)]


def participants(message: messages.Message) -> list[UUID]:
    """The references of people among a message's fields, which the execution stack minted."""
    if isinstance(message, to_customer.RefsIssued):
        return list(message.refs)
    known = message.__struct_fields__
    return [getattr(message, name) for name in _PARTICIPANTS if name in known]


async def _unknown(about: subject.Subject, refs: list[UUID]) -> int:
    register = about.manifest.purposes.get("participant", ("",))[0]
    table, _, column = register.partition(".")
    if not refs or not table:
        return 0
    rows = await about.connection.fetch(_KNOWN.format(table=table, column=column), list(set(refs)))
    return int(rows[0][0])


async def _inbound(about: subject.Subject) -> list[report.Finding]:
    """Of what was received only hashes are kept: they are dense, and the last of them is the head."""
    received = {(row["channel"], row["epoch"]): row for row in await about.connection.fetch(_RECEIVED)}
    findings = []
    for row in await about.connection.fetch(_INBOUND):
        last = received.get((row["channel"], row["epoch"]))
        if last is None:
            if row["due"] > 1:
                findings.append(report.Finding("transcript-missing", f"inbound {row['channel']}"))
        elif (last["last"] + 1, last["core"]) != (row["due"], row["head"]):
            findings.append(report.Finding("head-differs", f"inbound {row['channel']}"))
        if last is not None and last["last"] - last["first"] + 1 != last["found"]:
            findings.append(report.Finding("chain-broken", f"inbound {row['channel']}"))
    return findings


async def heads(about: subject.Subject) -> tuple[report.Head, ...]:
    """How far each direction of each channel has come on this side."""
    ours, theirs = ("to_customer", "to_execution") if about.execution else ("to_execution", "to_customer")
    found = []
    for rows, direction, role, table in (
        (_OUTBOUND, ours, "sender", "channel_sent"),
        (_INBOUND, theirs, "receiver", "channel_received"),
    ):
        for row in await about.connection.fetch(rows):
            last = await about.connection.fetch(_LAST.format(table=table), row["channel"], row["epoch"], RECENT)
            known = {str(each["sequence"]): each["core"].hex() for each in last}
            found.append(_head(row, direction, role, known))
    return tuple(found)


def _head(row: Any, direction: str, role: str, recent: dict[str, str]) -> report.Head:
    return report.Head(
        channel=str(row["channel"]),
        direction=direction,
        role=role,
        epoch=row["epoch"],
        sequence=row["due"] - 1,
        head=row["head"].hex(),
        recent=recent,
    )


CHECKS = (
    subject.Check(
        "P09",
        "transcript replay",
        "Every core that was ever sent still hashes to its place in the chain and is decoded by today's rules.",
        replay,
    ),
)
