"""The Messages resource of Twilio's API of 2010-04-01: the form that creates a message, and the two JSON answers.

The samples that this was written from, with address and date, are in `tests/customer/notifications/payloads`.
"""

from collections.abc import Mapping

import msgspec

from customer_stack.notifications import model

VERSION = "2010-04-01"
BODY_MAX = 1600
CREATED = 201
_LATER = frozenset({20003, 20429, 20500, 30001})
"""Credentials wrong, too many requests, the vendor's own fault, its queue full: none of them is the receiver's fault."""
_GIVE_UP_WORDS: Mapping[int, str] = {
    21211: "number_malformed",
    21408: "country_not_permitted",
    21606: "sender_not_usable",
    21608: "number_not_verified",
    21610: "receiver_unsubscribed",
    21612: "route_missing",
    21614: "number_not_mobile",
    21617: "text_too_long",
}


class Created(msgspec.Struct, frozen=True):
    """What we read of a created message; the vendor may add members."""

    sid: str
    status: str
    error_code: int | None = None


class Refused(msgspec.Struct, frozen=True):
    code: int
    status: int = 0


def path(account: str) -> str:
    return f"/{VERSION}/Accounts/{account}/Messages.json"


def form(message: model.Message, sender: str) -> dict[str, str]:
    """A messaging service is named by its SID, a number by itself."""
    origin = {"MessagingServiceSid": sender} if sender.startswith("MG") else {"From": sender}
    return {"To": message.to, **origin, "Body": message.text[:BODY_MAX]}


def read(status: int, body: bytes) -> model.Outcome:
    """What the vendor's answer means. An answer that we cannot read came from something in between, which may or may
    not have passed the message on: only a status below 500 that is no success says that it did not.
    """
    if status == CREATED:
        return _created(body)
    if status == 429:
        return model.Outcome(model.Verdict.LATER, "vendor_busy")
    if status == 408 or status >= 500 or status < 400:
        return model.Outcome(model.Verdict.UNKNOWN, f"http_{status}")
    try:
        refused = msgspec.json.decode(body, type=Refused)
    except msgspec.MsgspecError:
        return model.Outcome(model.Verdict.LATER, f"http_{status}")
    if refused.code in _LATER or status in {401, 403}:
        return model.Outcome(model.Verdict.LATER, f"vendor_{refused.code}")
    return model.Outcome(model.Verdict.REFUSED, _GIVE_UP_WORDS.get(refused.code, f"vendor_{refused.code}"))


def _created(body: bytes) -> model.Outcome:
    try:
        created = msgspec.json.decode(body, type=Created)
    except msgspec.MsgspecError:
        return model.Outcome(model.Verdict.UNKNOWN, "answer_unreadable")
    if created.status in {"failed", "undelivered"}:
        return model.Outcome(model.Verdict.REFUSED, f"vendor_{created.error_code or 0}", created.sid[:64])
    return model.Outcome(model.Verdict.ACCEPTED, created.status[:32], created.sid[:64])
