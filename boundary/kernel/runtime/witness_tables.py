"""The tables in which a stack keeps signed heads, and how each epoch of a channel ended.

channel_heads       heads that we signed and heads that the other side signed, each as its signature covers it
channel_reopening   what two people decided: that a halted channel goes on from where this side stands
channel_epoch       each epoch that was closed: both heads, and the last core of each direction that both sides had

Nothing in them is ever changed or removed.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns

ORIGINS = ("ours", "theirs")
VERDICTS = ("stated", "holds", "contradicts")
"""Of our own heads nothing is judged; another's agree with our transcript, or are the evidence that they do not."""
NAMES = ("channel_heads", "channel_reopening", "channel_epoch")


def tables(metadata: sa.MetaData, types: columns.Types) -> tuple[sa.Table, ...]:
    """For a stack's metadata."""

    def number(name: str, *, key: bool = False) -> sa.Column[int]:
        return sa.Column(name, types.counter, nullable=False, primary_key=key, autoincrement=False)

    def hash32(name: str) -> sa.Column[bytes]:
        return sa.Column(name, types.hash32, nullable=False)

    def channel() -> sa.Column[object]:
        return sa.Column("channel", types.ref, primary_key=True)

    def at() -> sa.Column[object]:
        return sa.Column("at", types.moment, nullable=False, server_default=sa.text("now()"))

    def enum(name: str, words: tuple[str, ...]) -> postgresql.ENUM:
        return postgresql.ENUM(*words, name=name, metadata=metadata)

    def side(name: str) -> tuple[sa.Column[object], ...]:
        return (
            number(f"{name}_epoch"), number(f"{name}_sequence"), number(f"{name}_messages"), hash32(f"{name}_head"),
        )  # type: ignore[return-value]  # fmt: skip  # columns of several types

    def end(name: str) -> tuple[sa.Column[object], ...]:
        return number(f"{name}_last"), hash32(f"{name}_head")  # type: ignore[return-value]  # likewise

    heads = sa.Table(
        "channel_heads",
        metadata,
        channel(),
        columns.numbered("channel_heads", metadata, types),
        sa.Column("origin", enum("channel_origin", ORIGINS), nullable=False),
        sa.Column("verdict", enum("channel_verdict", VERDICTS), nullable=False),
        number("at_micros"),
        *side("sent"),
        *side("received"),
        number("audit_size"),
        hash32("audit_root"),
        hash32("audit_chain"),
        number("audit_at"),
        hash32("audit_key"),
        sa.Column("audit_signature", types.signature64, nullable=False),
        hash32("key"),
        sa.Column("signature", types.signature64, nullable=False),
        at(),
    )
    reopening = sa.Table(
        "channel_reopening", metadata, channel(), number("epoch", key=True),
        *end("sent"), *end("received"), hash32("statement"), at(),
    )  # fmt: skip
    epoch = sa.Table(
        "channel_epoch", metadata, channel(), number("epoch", key=True),
        *end("sent"), *end("received"), number("sent_common"), number("received_common"), number("compared"),
        number("following"), number("resent"), at(),
    )  # fmt: skip
    return heads, reopening, epoch
