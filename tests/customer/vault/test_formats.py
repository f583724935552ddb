"""The vault's bytes: fixed for ever, unambiguous, and refused when they are anything else."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.kernel import primitives
from customer_stack.vault import model
from customer_stack.vault.formats import data_key, erasures, sealed

SUBJECT = uuid.UUID("3b1f8f4e-7c0a-4f52-9a68-0c1d2e3f4a5b")
SEED = bytes(range(32))
PUBLIC = primitives.ed25519_public(SEED)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOLDEN_WRAPPED = (
    "090017aca9c45d9af8d42a1f7045995e2f11ea3035c2941f078c6dc48ec2cf68"
    "af80a26943c0db3fddde694b60ed330612edfe69c45962c5e9c38b689f2feb98"
)
GOLDEN_BODY = "55415ff812a720b9a7a13c97eafbd0c059e8d27a"
GOLDEN_LEDGER = "c2ff5c5a7ed6990be07119c7f2e6ea5d8c3b2fb44defe3da66ac1343240b4ed6"
ENTRIES = [
    model.Erasure(uuid.UUID(int=(n << 64) | 0x4000_0000_0000_0000_8000), AT + timedelta(days=n), model.Reason.REQUEST)
    for n in range(1, 6)
]


def test_the_forms_are_those_that_were_published() -> None:
    """Golden bytes: whoever changes a form makes what is stored unreadable."""
    key = primitives.sha256(b"key")
    assert data_key.pack(SUBJECT, 7, key).hex() == f"01{SUBJECT.hex}00000007{key.hex()}"
    assert sealed.bound(SUBJECT, "a.b", 7).hex() == b"sealed/1\0".hex() + SUBJECT.hex + "00000007" + b"a.b".hex()
    body = primitives.aes_gcm_seal(key=key, nonce=bytes(12), data=b"text", bound=sealed.bound(SUBJECT, "a.b", 7))
    packed = sealed.pack(7, bytes(12), body)
    assert packed.hex() == f"0100000007{bytes(12).hex()}{body.hex()}"
    assert primitives.aes_kwp_wrap(primitives.sha256(b"kek"), data_key.pack(SUBJECT, 7, key)).hex() == GOLDEN_WRAPPED
    assert body.hex() == GOLDEN_BODY
    assert primitives.sha256(erasures.encode(ENTRIES, AT, SEED)).hex() == GOLDEN_LEDGER


@given(st.uuids(), st.text(max_size=30), st.integers(1, 2**32 - 1))
def test_a_value_is_bound_to_one_place(subject: uuid.UUID, field: str, version: int) -> None:
    one = sealed.bound(subject, field, version)
    assert one != sealed.bound(subject, field + "x", version)
    assert one != sealed.bound(uuid.UUID(int=subject.int ^ 1), field, version)
    assert one != sealed.bound(subject, field, version ^ 1)
    assert one.endswith(field.encode())


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_no_sealed_value_or_keep_their_parts(data: bytes) -> None:
    found = sealed.unpack(data)
    assert found is None or sealed.pack(*found) == data


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_no_data_key(data: bytes) -> None:
    assert data_key.unpack(data, SUBJECT, 1) is None


# ---- the ledger's file


def test_a_ledger_says_what_was_written_into_it_in_order() -> None:
    found = erasures.decode(erasures.encode(list(reversed(ENTRIES)), AT, SEED), [bytes(31) + b"\x09", PUBLIC])
    assert list(found.erasures) == ENTRIES
    assert found.made_at == AT


def test_an_empty_ledger_is_one_too() -> None:
    assert erasures.decode(erasures.encode([], AT, SEED), [PUBLIC]).erasures == ()


Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, Change] = {
    "first entry gone": lambda file: file["entries"].pop(0),
    "last entry gone": lambda file: file["entries"].pop(),
    "all entries gone": lambda file: file["entries"].clear(),
    "two swapped": lambda file: file["entries"].reverse(),
    "one doubled": lambda file: file["entries"].append(file["entries"][-1]),
    "other subject": lambda file: file["entries"][2].update(subject=str(SUBJECT)),
    "other time": lambda file: file["entries"][2].update(at=file["entries"][2]["at"] + 1),
    "other reason": lambda file: file["entries"][2].update(reason="operator"),
    "unknown reason": lambda file: file["entries"][2].update(reason="whim"),
    "huge time": lambda file: file["entries"][2].update(at=1 << 80),
    "newer than it is": lambda file: file.update(made_at=file["made_at"] + 1),
    "impossibly new": lambda file: file.update(made_at=1 << 62),
    "other head": lambda file: file.update(head=bytes(32).hex()),
    "no signature": lambda file: file.update(signature=""),
    "no hexadecimal": lambda file: file.update(signature="zz"),
    "more fields": lambda file: file.update(comment="hello"),
    "fewer fields": lambda file: file.pop("made_at"),
    "other format": lambda file: file.update(format="erasures/2"),
}


def changed(change: Change) -> bytes:
    data: dict[str, Any] = json.loads(erasures.encode(ENTRIES, AT, SEED))
    change(data)
    return json.dumps(data).encode()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_ledger_is_refused(change: Change) -> None:
    with pytest.raises(model.LedgerRefused):
        erasures.decode(changed(change), [PUBLIC])


def test_the_same_ledger_signed_by_somebody_else_is_refused() -> None:
    """Whatever key the file itself names."""
    forged = erasures.encode(ENTRIES[:2], AT, bytes(reversed(SEED)))
    with pytest.raises(model.LedgerRefused, match="signed"):
        erasures.decode(forged, [PUBLIC])


def test_an_unchanged_ledger_survives_being_laid_out_anew() -> None:
    assert len(erasures.decode(changed(lambda _: None), [PUBLIC]).erasures) == len(ENTRIES)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_ledger(data: bytes) -> None:
    with pytest.raises(model.LedgerRefused):
        erasures.decode(data, [PUBLIC])
