"""RFC 6238's own values, through the rule that finds a code's step."""

import base64
import hashlib
import json
from pathlib import Path

import pyotp

from boundary.kernel import clock
from customer_stack.identity.rules import factors

DIGESTS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}


def test_rfc_6238(vectors: Path) -> None:
    """Eight digits in the RFC, of which authenticators show the last six; three hashes, of which they use SHA-1."""
    cases = json.loads((vectors / "otp" / "rfc6238_vectors.json").read_text())
    assert len(cases) == 18
    for case in cases:
        secret = base64.b32encode(case["secret_ascii"].encode()).decode()
        step = case["time"] // case["period"]
        library = pyotp.TOTP(secret, digits=case["digits"], digest=DIGESTS[case["alg"]], interval=case["period"])
        assert library.generate_otp(step) == case["code"]
        if case["alg"] == "sha1":
            now = clock.from_micros(case["time"] * 1_000_000)
            assert factors.secret_of(case["secret_ascii"].encode()) == secret
            assert factors.step_of(case["code"][-6:], secret, now) == step
