"""Addresses and signatures against published vectors, another library, and every way to bend a signature."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution_stack.wallets.rules import ethereum
from tests.execution.wallets import signing

ADDRESSES = {  # the key of EIP-155's example, the number one, the first account of every test chain, web3's documentation
    "4646464646464646464646464646464646464646464646464646464646464646": "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f",
    "0000000000000000000000000000000000000000000000000000000000000001": "7e5f4552091a69125d5dfcb7b8c2659029395bdf",
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80": "f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318": "2c7536e3605d9c16a7a3d7b1898e529396a65c23",
}
SOME_DATA = bytes.fromhex(  # web3's documentation: accounts.sign("Some data", the last key above)
    "b91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
    "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a029"
    "1c"
)
TEXT = b"I hold this wallet."
HOLDER = signing.holder(1)
SIGNED = HOLDER.signs(TEXT)


@pytest.mark.parametrize("key, address", ADDRESSES.items())
def test_a_published_key_has_its_published_address(key: str, address: str) -> None:
    assert ethereum.address_of_key(bytes.fromhex(key)).hex() == address


def test_the_empty_hash_is_keccaks_and_not_that_of_sha3() -> None:
    assert ethereum.keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@pytest.mark.parametrize(
    "text, hashed",
    [
        (b"hello world", "d9eba16ed0ecae432b71fe008c98cc872bb4cc214d3220a36f365326cf807d68"),
        (b"Some data", "1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655"),
    ],
)
def test_the_hash_of_a_text_is_that_of_eip_191(text: bytes, hashed: str) -> None:
    assert ethereum.digest(text).hex() == hashed


def test_a_published_signature_names_its_signer() -> None:
    signer = ethereum.signer(b"Some data", SOME_DATA)
    assert signer is not None
    assert signer.hex() == "2c7536e3605d9c16a7a3d7b1898e529396a65c23"


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 10**9), st.binary(max_size=300))
def test_whoever_signs_with_another_library_is_recognised(seed: int, text: bytes) -> None:
    holder = signing.holder(seed)
    assert ethereum.signer(text, holder.signs(text)) == holder.address


def test_the_mirrored_signature_is_valid_for_the_curve_and_refused_here() -> None:
    mirrored = signing.mirrored(SIGNED)
    assert ethereum.signer(TEXT, SIGNED) == HOLDER.address
    assert ethereum.signer(TEXT, mirrored) is None
    assert ethereum.signer(TEXT, signing.mirrored(mirrored)) == HOLDER.address


def test_no_flipped_bit_of_a_signature_or_its_text_leaves_the_signer() -> None:
    for bit in range(len(SIGNED) * 8):
        flipped = bytearray(SIGNED)
        flipped[bit // 8] ^= 1 << bit % 8
        assert ethereum.signer(TEXT, bytes(flipped)) != HOLDER.address, bit
    for bit in range(len(TEXT) * 8):
        other = bytearray(TEXT)
        other[bit // 8] ^= 1 << bit % 8
        assert ethereum.signer(bytes(other), SIGNED) != HOLDER.address, bit


NUMBERS = {
    "nothing": b"",
    "no recovery number": SIGNED[:64],
    "one byte more": SIGNED + b"\0",
    "zeros": bytes(65),
    "r is zero": bytes(32) + SIGNED[32:],
    "s is zero": SIGNED[:32] + bytes(32) + SIGNED[64:],
    "r is the order": ethereum.ORDER.to_bytes(32, "big") + SIGNED[32:],
    "r is beyond the order": b"\xff" * 32 + SIGNED[32:],
    "s just above the half": SIGNED[:32] + (ethereum.ORDER // 2 + 1).to_bytes(32, "big") + SIGNED[64:],
    "no point has this r": (5).to_bytes(32, "big") + SIGNED[32:],
    **{f"recovery number {v}": SIGNED[:64] + bytes([v]) for v in (0, 1, 2, 3, 26, 29, 31, 35, 37, 255)},
}


@pytest.mark.parametrize("signature", NUMBERS.values(), ids=NUMBERS)
def test_what_is_no_signature_in_its_one_form_names_nobody(signature: bytes) -> None:
    assert ethereum.signer(TEXT, signature) is None
