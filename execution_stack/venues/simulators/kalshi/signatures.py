"""Whether a request comes from a member: RSA-PSS with SHA-256 and a salt as long as the digest, over time, method, path.

The path is that of the request line without its query. A request whose signature covers the query is refused, as the
exchange refuses it.
"""

import base64
import binascii
import pathlib
from collections.abc import Mapping

from cryptography import exceptions
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY, TIMESTAMP, SIGNATURE = "KALSHI-ACCESS-KEY", "KALSHI-ACCESS-TIMESTAMP", "KALSHI-ACCESS-SIGNATURE"
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)


class Members:
    """Public keys by key id, and whose they are. A key id that is taken away is refused from then on."""

    def __init__(self, window_ms: int) -> None:
        self.window_ms = window_ms
        self.skew_ms = 0
        self.directory: pathlib.Path | None = None
        """Where a key id that is not known yet is looked for: `<key id>.public.pem`."""
        self._keys: dict[str, rsa.RSAPublicKey] = {}

    def admit(self, key_id: str, pem: bytes) -> None:
        key = serialization.load_pem_public_key(pem)
        if not isinstance(key, rsa.RSAPublicKey):
            raise SystemExit(f"{key_id}: not an RSA public key")
        self._keys[key_id] = key

    def admit_file(self, key_id: str, path: pathlib.Path) -> None:
        self.admit(key_id, path.read_bytes())

    def dismiss(self, key_id: str) -> None:
        self._keys.pop(key_id, None)

    def fault(self, headers: Mapping[str, str], method: str, path: str, now_ms: int) -> str | None:
        """The exchange's code for what is wrong, or None."""
        key = self._known(headers.get(KEY, ""))
        stamp = headers.get(TIMESTAMP, "")
        if key is None or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 16:
            return "authentication_error"
        if self.expired(int(stamp), now_ms):
            return "header_timestamp_expired"
        try:
            signature = base64.b64decode(headers.get(SIGNATURE, ""), validate=True)
            key.verify(signature, f"{stamp}{method}{path}".encode(), _PSS, hashes.SHA256())
        except (binascii.Error, ValueError, exceptions.InvalidSignature):
            return "incorrect_api_key_signature"
        return None

    def _known(self, key_id: str) -> rsa.RSAPublicKey | None:
        if key_id not in self._keys and self.directory is not None and key_id.replace("-", "").isalnum():
            file = self.directory / f"{key_id}.public.pem"
            if file.is_file():
                self.admit_file(key_id, file)
        return self._keys.get(key_id)

    def expired(self, stamp_ms: int, now_ms: int) -> bool:
        return abs(now_ms + self.skew_ms - stamp_ms) > self.window_ms
