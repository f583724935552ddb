"""A manifest as bytes, and its root. Frozen: an outsider's verifier repeats them from this page.

Leaf 0 is the head: `"allocation-manifest/1" ‖ 00 ‖ order ‖ version ‖ instrument ‖ side ‖ limit ‖ lots ‖ members ‖ rule`.
Leaf n is the n-th member in order of priority: `channel ‖ epoch ‖ sequence ‖ position ‖ participant ‖ lots ‖ number`.
References are 16 bytes, side and rule one byte, all else 8 bytes, big-endian. Side 0 buys; rule 1 shares by largest
remainder, ties to the lower number. The root is that of RFC 9162 over these leaves, so that one member can be shown to
stand in a manifest without showing the others.
"""

import struct

from boundary.kernel import merkle
from execution_stack.aggregation import model

DOMAIN = b"allocation-manifest/1\0"
LARGEST_REMAINDER = 1
_HEAD = struct.Struct(">16sq16sBqqqB")
_MEMBER = struct.Struct(">16sqqq16sqq")


def root(manifest: model.Manifest) -> bytes:
    """What the audit log and every intent's owner are told of it."""
    head = DOMAIN + _HEAD.pack(
        manifest.order.bytes,
        manifest.version,
        manifest.instrument.bytes,
        manifest.side,
        manifest.limit_ticks,
        manifest.lots,
        len(manifest.members),
        LARGEST_REMAINDER,
    )
    leaf, pack = merkle.leaf_hash, _MEMBER.pack
    members = [
        leaf(pack(each.channel.bytes, each.epoch, each.sequence, each.position, each.participant.bytes, each.lots, each.number))
        for each in manifest.members
    ]  # fmt: skip
    return merkle.root([leaf(head), *members])
