"""How the demonstration's customer becomes known: through the public API, with a document that nobody has.

The number has the form and the check digit of one, says what the form says of birth and sex, and belongs to a serial
that is made up.
"""

import secrets
from typing import Any

from deploy.local import visiting

APPLICATIONS = "/api/v1/kyc/applications"
ADMIN = "/api/v1/admin/kyc/applications"
LEVEL = 1
FORM: dict[str, Any] = {
    "given_names": "Bastian",
    "family_names": "Klee-Winter",
    "birth": "1988-11-03",
    "sex": "M",
    "nationality": "LK",
    "residence": "LK",
    "address": ["1 Example Road", "Colombo"],
    "document": {"kind": "national_identity_card", "number": "198830800025", "country": "LK"},
}
NO_ANSWER = "kyc_screening_not_clear"


def applied(visitor: visiting.Visitor) -> str:
    """The customer's application: the one that is there, or a new one, submitted."""
    mine = [each for each in visitor.get(APPLICATIONS) if each["level"] == LEVEL]
    found: dict[str, Any] = (
        mine[0] if mine else visitor.post(APPLICATIONS, {"level": LEVEL}, Idempotency_Key=secrets.token_hex(16))
    )
    if found["state"] in {"draft", "returned"}:
        _, _, headers = visitor.call("GET", f"{APPLICATIONS}/{found['id']}")
        visitor.call("POST", f"{APPLICATIONS}/{found['id']}/submit", form(visitor), {"if-match": headers["etag"]})
    return str(found["id"])


def form(visitor: visiting.Visitor) -> dict[str, Any]:
    """As the law of the place wants it: somebody who lives there, and elsewhere than in Sri Lanka has a passport."""
    [country, *_] = visitor.get("/jurisdiction")["residency"]["countries"]
    if country == FORM["residence"]:
        return FORM
    passport = {"kind": "passport", "number": "X0000001", "country": country}
    return {**FORM, "nationality": country, "residence": country, "document": passport}


def looked_at(visitor: visiting.Visitor, application: str) -> dict[str, Any] | None:
    """The application once it is with an officer, or past that."""
    found: dict[str, Any] = visitor.get(f"{APPLICATIONS}/{application}")
    return found if found["state"] not in {"draft", "pending"} else None


def decided(officer: visiting.Visitor, application: str) -> str:
    """Claimed and approved. Nobody passes without a clear screening: then it stays where it is, and that is said."""
    path = f"{ADMIN}/{application}"
    _, found, headers = officer.call("GET", path)
    if found["row"]["state"] != "in_review":
        return f"level {found['row']['level']}: {found['row']['state']}"
    _, _, headers = officer.call("POST", f"{path}/claim", None, {"if-match": headers["etag"]})
    decision = {"verdict": "approve", "customer_text": "Welcome."}
    try:
        _, row, _ = officer.call("POST", f"{path}/decision", decision, {"if-match": headers["etag"]})
    except visiting.Refused as refused:
        if refused.code != NO_ANSWER:
            raise
        return "in review: screening has not cleared them, so nobody approves them"
    return f"level {row['level']}: {row['state']}"
