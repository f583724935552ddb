"""A snapshot as bytes, as native/snapshot.hpp lays them out, and the seal under which it is kept.

Whatever is read is checked: bytes that no book could have written are refused. The digest of a book is the SHA-256 of
these bytes, so equal digests mean equal answers to whatever comes next.
"""

import hashlib
import struct
from collections.abc import Iterator
from typing import Any

from execution_stack.clob import model

MAGIC = b"CLOBOOK\x01"  # the last byte is the version
_HEADER = struct.Struct("<8sQ12q4B5I")
_ORDER = struct.Struct("<6qII3B5s")
_PARTICIPANT = struct.Struct("<II3q")
HEADER_SIZE, ORDER_SIZE, PARTICIPANT_SIZE = _HEADER.size, _ORDER.size, _PARTICIPANT.size
_NOTHING = bytes(5)
_RESTS = frozenset(model.Tif) - {model.Tif.IOC, model.Tif.FOK}


def digest(snapshot: bytes) -> bytes:
    return hashlib.sha256(snapshot).digest()


def seal(snapshot: bytes) -> bytes:
    return snapshot + digest(snapshot)


def unseal(sealed: bytes) -> bytes:
    snapshot, seal_ = sealed[:-32], sealed[-32:]
    if len(sealed) < 32 or digest(snapshot) != seal_:
        raise model.BadSnapshot("its seal does not fit: it is torn or changed")
    return snapshot


def write(snapshot: model.Snapshot) -> bytes:
    counts = (*map(len, snapshot.parts), len(snapshot.participants))
    rows = [_HEADER.pack(MAGIC, *snapshot.settings, *counts)]
    rows += [_ORDER.pack(*each, _NOTHING) for part in snapshot.parts for each in part]
    rows += [_PARTICIPANT.pack(*each) for each in snapshot.participants]
    return b"".join(rows)


def read(data: bytes) -> model.Snapshot:
    if len(data) < _HEADER.size:
        raise model.BadSnapshot("it is cut short")
    magic, *numbers = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise model.BadSnapshot("it is no snapshot of this version")
    settings, counts = model.Settings(*numbers[:-5]), numbers[-5:]
    orders = sum(counts[:4])
    wanted = _HEADER.size + orders * _ORDER.size + counts[4] * _PARTICIPANT.size
    if orders > model.ORDERS_MAX or counts[4] > model.USERS_MAX or len(data) != wanted:
        raise model.BadSnapshot("its length is not what it says")
    if not _sound(settings):
        raise model.BadSnapshot("a number of its header is out of range")
    body = _HEADER.size + orders * _ORDER.size
    rows = _ORDER.iter_unpack(data[_HEADER.size : body])
    seen: set[int] = set()
    bids, asks, buys, sells = (list(_orders(rows, part, counts[part], settings, seen)) for part in range(4))
    if settings.state == model.State.OPEN and bids and asks and bids[0].price >= asks[0].price:
        raise model.BadSnapshot("its book is crossed")
    return model.Snapshot(settings, (bids, asks, buys, sells), list(_participants(data[body:])))


def _sound(s: model.Settings) -> bool:
    prices = model.PRICE_MAX
    return (
        s.seq < 1 << 62
        and 1 <= s.next_id <= model.ID_MAX + 1
        and 0 <= s.last <= prices
        and 0 <= s.now <= model.TIME_MAX
        and 1 <= s.low <= s.high <= prices
        and 1 <= s.tick <= prices
        and 1 <= s.lot <= model.QUANTITY_MAX
        and 0 <= s.band <= prices
        and 0 <= s.window <= model.TIME_MAX
        and 0 <= s.volume_max <= model.LIMIT_MAX
        and 0 <= s.window_start <= s.now
        and 0 <= s.volume <= model.LIMIT_MAX
        and s.state <= model.State.HALTED
        and s.prevention <= model.Prevention.BOTH
        and s.closed <= 1
        and s.given_ids <= 1
    )


def _orders(
    rows: Iterator[tuple[Any, ...]], part: int, count: int, settings: model.Settings, seen: set[int]
) -> Iterator[model.Resting]:
    before, parked, rising = 0, part >= 2, part in {1, 2}
    id_max = model.ID_MAX if settings.given_ids else settings.next_id - 1
    for index in range(count):
        *numbers, nothing = next(rows)
        order = model.Resting(*numbers)
        key = order.stop if parked else order.price
        if index and (key < before if rising else key > before):
            raise model.BadSnapshot("an order in it stands where it cannot")
        if not 1 <= order.id <= id_max or order.id in seen or nothing != _NOTHING or order.side != part & 1:
            raise model.BadSnapshot("an order in it is none")
        if not _possible(order, settings.now) or not (_parked(order) if parked else _rests(order)):
            raise model.BadSnapshot("an order in it is none")
        seen.add(order.id)
        before = key
        yield order


def _possible(order: model.Resting, now: int) -> bool:
    dated = order.tif in model.DATED
    return (
        order.tif <= model.Tif.POST_GTD
        and order.user < model.USERS_MAX
        and 1 <= order.shown <= model.QUANTITY_MAX
        and 0 <= order.hidden <= (model.QUANTITY_MAX - order.shown if order.display else 0)
        and (now < order.expires <= model.TIME_MAX if dated else order.expires == 0)
    )


def _rests(order: model.Resting) -> bool:
    fits = order.shown <= order.display if order.display else True
    limit = order.type == model.Type.LIMIT and order.tif in _RESTS
    return limit and not order.stop and fits and 1 <= order.price <= model.PRICE_MAX


def _parked(order: model.Resting) -> bool:
    if order.hidden or not 1 <= order.stop <= model.PRICE_MAX:
        return False
    if order.type == model.Type.STOP:
        return order.price == 0
    return order.type == model.Type.STOP_LIMIT and 1 <= order.price <= model.PRICE_MAX


def _participants(data: bytes) -> Iterator[model.Participant]:
    before = -1
    for row in _PARTICIPANT.iter_unpack(data):
        each = model.Participant(*row)
        limits = 0 <= each.quantity_max <= model.QUANTITY_MAX and 0 <= each.notional_max <= model.LIMIT_MAX
        if not (before < each.user < model.USERS_MAX and each.barred <= 1 and limits):
            raise model.BadSnapshot("a participant in it is none")
        if not 0 <= each.open_max <= model.ORDERS_MAX:
            raise model.BadSnapshot("a participant in it is none")
        before = each.user
        yield each
