"""Thin wrappers over the cryptographic primitives we use: HMAC-SHA256, HKDF-SHA256, AES-256-GCM, AES-KWP, Ed25519.

Nothing here is home-made; what the wrappers add is one shape (bytes in, bytes or bool out) and strict lengths. Making
something with a key of the wrong length is a defect and raises `ValueError`; a tag, signature or public key that came
from outside is an answer and gives `False` (a ciphertext gives `None`), whatever is wrong with it. Keys are plain `bytes` that no object keeps, so
none can show up in a repr, and no message quotes one.
"""

import hashlib
import hmac

from cryptography import exceptions
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.ciphers import aead
from cryptography.hazmat.primitives.kdf import hkdf

KEY_SIZE_MIN = 16
DIGEST_SIZE = 32
SIGNATURE_SIZE = 64
AES_KEY_SIZE = 32
GCM_NONCE_SIZE = 12
GCM_TAG_SIZE = 16
HKDF_SIZE_MAX = 255 * DIGEST_SIZE  # RFC 5869 §2.3

# The y coordinates of the points of order 1, 2, 4 and 8. Under such a "public key" signatures can be made that hold
# for many messages at once, without any secret, and libraries accept them.
_FIELD = 2**255 - 19
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)


def equal(left: bytes, right: bytes) -> bool:
    """Whether two byte strings are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(left, right)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    _check_symmetric(key)
    return hmac.digest(key, data, "sha256")


def hmac_matches(key: bytes, data: bytes, tag: bytes) -> bool:
    """Only the whole 32-byte tag matches: a truncated one would be easier to forge."""
    expected = hmac_sha256(key, data)
    return equal(expected, tag)


def hkdf_sha256(*, key: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    """RFC 5869. An empty salt is allowed and stands for 32 zero bytes, as the RFC says."""
    _check_symmetric(key)
    if not 1 <= size <= HKDF_SIZE_MAX:
        raise ValueError(f"HKDF-SHA256 derives 1 to {HKDF_SIZE_MAX} bytes")
    return hkdf.HKDF(algorithm=hashes.SHA256(), length=size, salt=salt, info=info).derive(key)


def aes_gcm_seal(*, key: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    """AES-256-GCM: ciphertext and tag. `bound` is not hidden, but nothing opens without the same."""
    _check_aes(key)
    _check_nonce(nonce)
    return aead.AESGCM(key).encrypt(nonce, data, bound)


def aes_gcm_open(*, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes | None:
    """What was sealed, or nothing unless key, nonce, every byte and what it is bound to are the same."""
    _check_aes(key)
    _check_nonce(nonce)
    if len(sealed) < GCM_TAG_SIZE:
        return None
    try:
        return aead.AESGCM(key).decrypt(nonce, sealed, bound)
    except exceptions.InvalidTag:
        return None


def aes_kwp_wrap(key: bytes, secret: bytes) -> bytes:
    """RFC 5649: a secret of any length above zero, wrapped by a 256-bit key. The same twice gives the same twice."""
    _check_aes(key)
    if not secret:
        raise ValueError("nothing to wrap")
    return keywrap.aes_key_wrap_with_padding(key, secret)


def aes_kwp_unwrap(key: bytes, wrapped: bytes) -> bytes | None:
    """What was wrapped, or nothing unless the key is the same and no byte was changed."""
    _check_aes(key)
    try:
        return keywrap.aes_key_unwrap_with_padding(key, wrapped)
    except keywrap.InvalidUnwrap:
        return None


def ed25519_public(seed: bytes) -> bytes:
    return _private(seed).public_key().public_bytes_raw()


def ed25519_sign(seed: bytes, data: bytes) -> bytes:
    return _private(seed).sign(data)


def ed25519_matches(public: bytes, data: bytes, signature: bytes) -> bool:
    """RFC 8032 verification; a public key of small order or with a non-canonical encoding matches nothing."""
    if len(signature) != SIGNATURE_SIZE or not is_ed25519_public(public):
        return False
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (exceptions.InvalidSignature, ValueError):  # ValueError: a library may refuse bytes that are no curve point
        return False
    return True


def is_ed25519_public(public: bytes) -> bool:
    """Whether these bytes may be registered as a key: right length, canonical, not of small order."""
    if len(public) != DIGEST_SIZE:
        return False
    y = int.from_bytes(public, "little") & (2**255 - 1)
    return y < _FIELD and y not in _SMALL_ORDER_Y


def _private(seed: bytes) -> ed25519.Ed25519PrivateKey:
    if len(seed) != DIGEST_SIZE:
        raise ValueError("an Ed25519 seed has 32 bytes")
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed)


def _check_symmetric(key: bytes) -> None:
    if len(key) < KEY_SIZE_MIN:
        raise ValueError(f"a secret key has at least {KEY_SIZE_MIN} bytes")


def _check_aes(key: bytes) -> None:
    if len(key) != AES_KEY_SIZE:
        raise ValueError("an AES key has 32 bytes here")


def _check_nonce(nonce: bytes) -> None:
    if len(nonce) != GCM_NONCE_SIZE:
        raise ValueError("a nonce has 12 bytes")
