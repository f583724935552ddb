"""Primitives: the RFCs' own examples, strict lengths, and keys that prove nothing."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.kernel import primitives

law = settings(deadline=None)
KEY = bytes(range(32))
FIELD = 2**255 - 19


def test_hmac_is_rfc_4231s() -> None:
    tag = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert primitives.hmac_sha256(b"\x0b" * 20, b"Hi There").hex() == tag


def test_hkdf_is_rfc_5869s() -> None:
    derived = primitives.hkdf_sha256(
        key=b"\x0b" * 22, salt=bytes(range(13)), info=bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"), size=42
    )
    assert derived.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"


def test_gcm_is_its_authors() -> None:
    """Test case 16 of McGrew and Viega, The Galois/Counter Mode of Operation."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    data = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    sealed = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
    )
    assert primitives.aes_gcm_seal(key=key, nonce=nonce, data=data, bound=bound) == sealed
    assert primitives.aes_gcm_open(key=key, nonce=nonce, sealed=sealed, bound=bound) == data


@law
@given(st.binary(max_size=100), st.binary(max_size=30), st.integers(0, 200), st.integers(0, 7))
def test_gcm_opens_what_it_sealed_and_nothing_else(data: bytes, bound: bytes, place: int, bit: int) -> None:
    nonce = bytes(12)
    sealed = primitives.aes_gcm_seal(key=KEY, nonce=nonce, data=data, bound=bound)
    changed = bytearray(sealed)
    changed[place % len(sealed)] ^= 1 << bit
    assert primitives.aes_gcm_open(key=KEY, nonce=nonce, sealed=sealed, bound=bound) == data
    assert primitives.aes_gcm_open(key=KEY, nonce=nonce, sealed=bytes(changed), bound=bound) is None
    assert primitives.aes_gcm_open(key=KEY, nonce=nonce, sealed=sealed, bound=bound + b"x") is None
    assert primitives.aes_gcm_open(key=KEY, nonce=b"x" * 12, sealed=sealed, bound=bound) is None
    assert primitives.aes_gcm_open(key=KEY[::-1], nonce=nonce, sealed=sealed, bound=bound) is None
    assert primitives.aes_gcm_open(key=KEY, nonce=nonce, sealed=sealed[:15], bound=bound) is None


@law
@given(st.binary(min_size=1, max_size=100), st.integers(0, 200), st.integers(0, 7))
def test_kwp_unwraps_what_it_wrapped_and_nothing_else(secret: bytes, place: int, bit: int) -> None:
    wrapped = primitives.aes_kwp_wrap(KEY, secret)
    changed = bytearray(wrapped)
    changed[place % len(wrapped)] ^= 1 << bit
    assert primitives.aes_kwp_unwrap(KEY, wrapped) == secret
    assert primitives.aes_kwp_unwrap(KEY, bytes(changed)) is None
    assert primitives.aes_kwp_unwrap(KEY[::-1], wrapped) is None
    assert primitives.aes_kwp_unwrap(KEY, wrapped[:-1]) is None


@pytest.mark.parametrize("size", [0, 16, 24, 31, 33])
def test_an_aes_key_has_32_bytes_and_a_nonce_12(size: int) -> None:
    for key, nonce in ((bytes(size), bytes(12)), (KEY, bytes(size))):
        with pytest.raises(ValueError, match="bytes"):
            primitives.aes_gcm_seal(key=key, nonce=nonce, data=b"x", bound=b"")
        with pytest.raises(ValueError, match="bytes"):
            primitives.aes_gcm_open(key=key, nonce=nonce, sealed=bytes(20), bound=b"")
    with pytest.raises(ValueError, match="bytes"):
        primitives.aes_kwp_wrap(bytes(size), b"x")
    with pytest.raises(ValueError, match="bytes"):
        primitives.aes_kwp_unwrap(bytes(size), bytes(16))


def test_nothing_cannot_be_wrapped() -> None:
    with pytest.raises(ValueError, match="nothing"):
        primitives.aes_kwp_wrap(KEY, b"")


def test_ed25519_is_rfc_8032s() -> None:
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert primitives.ed25519_public(seed) == public
    assert primitives.ed25519_sign(seed, b"\x72") == signature
    assert primitives.ed25519_matches(public, b"\x72", signature)


def test_sha256_is_the_standard_librarys() -> None:
    assert primitives.sha256(b"abc") == hashlib.sha256(b"abc").digest()


@law
@given(st.binary(min_size=16, max_size=100), st.binary(max_size=200), st.integers(0, 255))
def test_a_tag_matches_only_whole_and_unbent(key: bytes, data: bytes, bit: int) -> None:
    tag = primitives.hmac_sha256(key, data)
    bent = bytearray(tag)
    bent[bit // 8] ^= 1 << bit % 8
    assert primitives.hmac_matches(key, data, tag)
    for wrong in (bytes(bent), tag[:-1], tag[:16], tag + b"\0", b""):
        assert not primitives.hmac_matches(key, data, wrong)
    assert not primitives.hmac_matches(key, data + b"\0", tag)


@law
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100), st.integers(0, 511))
def test_a_signature_matches_only_whole_and_unbent(seed: bytes, data: bytes, bit: int) -> None:
    public, signature = primitives.ed25519_public(seed), primitives.ed25519_sign(seed, data)
    bent = bytearray(signature)
    bent[bit // 8] ^= 1 << bit % 8
    assert primitives.ed25519_matches(public, data, signature)
    for wrong in (bytes(bent), signature[:-1], signature + b"\0", b""):
        assert not primitives.ed25519_matches(public, data, wrong)
    assert not primitives.ed25519_matches(public, data + b"\0", signature)
    assert not primitives.ed25519_matches(public[:-1], data, signature)


@pytest.mark.parametrize("size", [0, 1, 15])
def test_a_short_secret_key_is_a_defect_whose_message_does_not_quote_it(size: int) -> None:
    key = b"k" * size
    for make in (
        lambda: primitives.hmac_sha256(key, b""),
        lambda: primitives.hmac_matches(key, b"", bytes(32)),
        lambda: primitives.hkdf_sha256(key=key, salt=b"", info=b"", size=32),
    ):
        with pytest.raises(ValueError, match="at least 16 bytes") as caught:
            make()
        assert "kk" not in repr(caught.value)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="seed has 32 bytes") as caught:
        primitives.ed25519_public(b"k" * size)
    assert "kk" not in repr(caught.value)
    with pytest.raises(ValueError, match="seed has 32 bytes"):
        primitives.ed25519_sign(b"k" * size, b"")


@pytest.mark.parametrize("size", [-1, 0, 8161])
def test_hkdf_derives_a_possible_number_of_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="1 to 8160"):
        primitives.hkdf_sha256(key=KEY, salt=b"", info=b"", size=size)


def test_hkdf_reaches_both_ends_of_what_is_possible() -> None:
    longest = primitives.hkdf_sha256(key=KEY, salt=b"", info=b"", size=8160)
    assert len(longest) == 8160
    assert primitives.hkdf_sha256(key=KEY, salt=b"", info=b"", size=1) == longest[:1]


def test_an_empty_salt_stands_for_zeros() -> None:
    derived = [primitives.hkdf_sha256(key=KEY, salt=salt, info=b"i", size=32) for salt in (b"", bytes(32))]
    assert derived[0] == derived[1]


def test_equality_compares_whole_byte_strings() -> None:
    assert primitives.equal(b"same", b"same")
    assert not primitives.equal(b"same", b"sama")
    assert not primitives.equal(b"same", b"sam")


# --- public keys that prove nothing: the curve's points of order 1, 2, 4 and 8, computed here from its equation

SQRT_MINUS_1 = pow(2, (FIELD - 1) // 4, FIELD)
CURVE_D = -121665 * pow(121666, -1, FIELD) % FIELD


def x_of(y: int) -> int | None:
    """A square root of (y² - 1) / (d·y² + 1), if there is one."""
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, FIELD) % FIELD
    root = pow(square, (FIELD + 3) // 8, FIELD)
    for candidate in (root, root * SQRT_MINUS_1 % FIELD):
        if candidate * candidate % FIELD == square:
            return candidate
    return None


def doubled(x: int, y: int) -> tuple[int, int]:
    cross = CURVE_D * x * x * y * y
    return (
        2 * x * y * pow(1 + cross, -1, FIELD) % FIELD,
        (y * y + x * x) * pow(1 - cross, -1, FIELD) % FIELD,
    )


def is_of_small_order(y: int) -> bool:
    x = x_of(y % FIELD)
    if x is None:
        return False
    point = (x, y % FIELD)
    for _ in range(3):
        point = doubled(*point)
    return point == (0, 1)


def test_every_point_of_small_order_is_refused_as_a_key() -> None:
    """Five values of y: order 1 and 2 have one point each, order 4 two and order 8 four, each with its mirror image."""
    assert len(primitives._SMALL_ORDER_Y) == 5
    for y in primitives._SMALL_ORDER_Y:
        assert 0 <= y < FIELD
        assert is_of_small_order(y)
        for encoded in {y, y + FIELD} if y + FIELD < 2**255 else {y}:
            for sign in (0, 1 << 255):
                assert not primitives.is_ed25519_public((encoded | sign).to_bytes(32, "little"))


def test_a_signature_anyone_can_make_is_refused() -> None:
    identity = (1).to_bytes(32, "little")
    forged = identity + bytes(32)  # R = 0·B, S = 0: holds for every message under the identity as key
    assert not primitives.ed25519_matches(identity, b"pay everything", forged)


def test_a_key_that_is_no_point_matches_nothing() -> None:
    off_curve = next(y for y in range(2, 100) if x_of(y) is None)
    assert not primitives.ed25519_matches(off_curve.to_bytes(32, "little"), b"", bytes(64))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_public_key_has_32_bytes(size: int) -> None:
    assert primitives.is_ed25519_public(primitives.ed25519_public(KEY))
    assert not primitives.is_ed25519_public(b"\x05" * size)


def test_a_key_beyond_the_field_is_refused() -> None:
    assert not primitives.is_ed25519_public((FIELD + 3).to_bytes(32, "little"))
    assert not primitives.is_ed25519_public(b"\xff" * 32)
