"""Project Wycheproof's JSON Web Signatures through the one function of ours that verifies one."""

from collections.abc import Callable
from typing import Any

import pytest
from joserfc import errors as jose_errors
from joserfc import jwk

from boundary.kernel import errors
from customer_stack.identity.formats import tokens

STRICTER = {
    346: "the key is for PS256, the token says PS384",
    350: "the key is for PS256, the token says PS384",
    347: "the key is for ES521, which is no algorithm; the token says ES512",
    351: "the key is for ES521, which is no algorithm; the token says ES512",
    372: "a character that is none of base64url stands in the header: some readers skip it, so there are two readings",
    373: "a character that is none of base64url stands in the payload",
}
"""Valid by the set's lenient reading; ours holds a key to its one algorithm and a token to its one spelling."""
Wycheproof = Callable[[str], list[dict[str, Any]]]


def verifies(case: dict[str, Any]) -> bool:
    given = case.get("public") or case["private"]
    try:
        key = jwk.import_key(given)
        tokens.verified(case["jws"], key, given.get("alg", ""))
    except (jose_errors.JoseError, ValueError, TypeError, KeyError, UnicodeError):
        return False
    return True


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_every_invalid_signature_is_refused_and_every_valid_one_of_a_strong_key_accepted(
    wycheproof: Wycheproof,
) -> None:
    cases = wycheproof("json_web_signature")
    assert len(cases) == 401
    accepted = {case["tcId"] for case in cases if verifies(case)}
    sound = {(case["jws"], str(case["private"])) for case in cases if case["result"] == "valid"}
    invalid = {case["tcId"] for case in cases if case["result"] == "invalid"}
    twins = {case["tcId"] for case in cases if case["tcId"] in invalid and (case["jws"], str(case["private"])) in sound}
    assert twins == {367, 370}, "they repeat case 357 letter by letter: their padding was lost on the way into the set"
    assert accepted & invalid == twins
    missed = [case for case in cases if case["result"] == "valid" and case["tcId"] not in accepted]
    assert {case["tcId"] for case in missed} == set(STRICTER)


def test_our_own_tokens_reader_refuses_all_of_it(wycheproof: Wycheproof) -> None:
    seed = bytes(range(32)).hex()
    ring = tokens.Ring(tokens.RingFile((tokens.RingKey("kid-rsa-sign", tokens.KeyState.ACTIVE, seed=seed),)))
    for case in wycheproof("json_web_signature"):
        with pytest.raises(errors.Unauthenticated):
            tokens.read(ring, case["jws"])
