"""Project Wycheproof: every valid case accepted and every invalid one refused, through our own wrappers."""

from collections.abc import Callable
from typing import Any

import pytest

from boundary.kernel import primitives

Wycheproof = Callable[[str], list[dict[str, Any]]]


def of(case: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(case[name]) for name in names]


def test_hmac_sha256(wycheproof: Wycheproof) -> None:
    """The files also have tags cut to 16 bytes: those never match here, but their bytes must still be right."""
    cases = wycheproof("hmac_sha256")
    assert len(cases) == 174
    for case in cases:
        key, message, tag = of(case, "key", "msg", "tag")
        whole = case["tagSize"] == 256
        right = primitives.hmac_sha256(key, message)[: len(tag)] == tag
        assert right == (case["result"] == "valid"), case["tcId"]
        assert primitives.hmac_matches(key, message, tag) == (right and whole), case["tcId"]


def test_hkdf_sha256(wycheproof: Wycheproof) -> None:
    cases = wycheproof("hkdf_sha256")
    assert len(cases) == 86
    for case in cases:
        key, salt, info, expected = of(case, "ikm", "salt", "info", "okm")
        if case["result"] == "valid":
            assert primitives.hkdf_sha256(key=key, salt=salt, info=info, size=case["size"]) == expected, case["tcId"]
        else:
            with pytest.raises(ValueError, match="1 to 8160"):
                primitives.hkdf_sha256(key=key, salt=salt, info=info, size=case["size"])


def test_ed25519(wycheproof: Wycheproof) -> None:
    cases = wycheproof("ed25519")
    assert len(cases) == 151
    for case in cases:
        public = bytes.fromhex(case["publicKey"]["pk"])
        message, signature = of(case, "msg", "sig")
        accepted = primitives.ed25519_matches(public, message, signature)
        assert accepted == (case["result"] == "valid"), case["tcId"]


def test_aes_gcm(wycheproof: Wycheproof) -> None:
    """We know 256-bit keys and 96-bit nonces; whatever is of another size is refused before it is tried."""
    cases = wycheproof("aes_gcm")
    assert len(cases) == 316
    tried = 0
    for case in cases:
        key, nonce, bound, message, body, tag = of(case, "key", "iv", "aad", "msg", "ct", "tag")
        if len(key) != 32 or len(nonce) != 12:
            with pytest.raises(ValueError, match="bytes"):
                primitives.aes_gcm_seal(key=key, nonce=nonce, data=message, bound=bound)
            with pytest.raises(ValueError, match="bytes"):
                primitives.aes_gcm_open(key=key, nonce=nonce, sealed=body + tag, bound=bound)
            continue
        tried += 1
        valid = case["result"] == "valid"
        opened = primitives.aes_gcm_open(key=key, nonce=nonce, sealed=body + tag, bound=bound)
        assert opened == (message if valid else None), case["tcId"]
        if valid:
            assert primitives.aes_gcm_seal(key=key, nonce=nonce, data=message, bound=bound) == body + tag, case["tcId"]
    assert tried == 66


def test_aes_kwp(wycheproof: Wycheproof) -> None:
    """As above: 256-bit keys alone."""
    cases = wycheproof("aes_kwp")
    tried = 0
    for case in cases:
        key, message, wrapped = of(case, "key", "msg", "ct")
        if len(key) != 32:
            with pytest.raises(ValueError, match="32 bytes"):
                primitives.aes_kwp_wrap(key, message)
            with pytest.raises(ValueError, match="32 bytes"):
                primitives.aes_kwp_unwrap(key, wrapped)
            continue
        tried += 1
        valid = case["result"] == "valid"
        assert primitives.aes_kwp_unwrap(key, wrapped) == (message if valid else None), case["tcId"]
        if valid:
            assert primitives.aes_kwp_wrap(key, message) == wrapped, case["tcId"]
    assert tried == 94
