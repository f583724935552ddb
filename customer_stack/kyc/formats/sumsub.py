"""Sumsub's published forms: how requests are signed, what webhooks say, and what their labels mean to us.

https://docs.sumsub.com/reference/authentication, /reference/create-applicant, /reference/add-id-documents,
/docs/user-verification-webhooks, /docs/webhook-manager, /docs/rejection-labels, /docs/rejection-explanatory-buttons,
/reference/get-applicant-review-status, /reference/generate-websdk-external-link.
Fields that we do not know are passed over: the vendor says that it adds some without notice.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from boundary.kernel import clock
from customer_stack.kyc import model
from customer_stack.kyc.formats import countries

A = TypeVar("A")
_E, _R = model.Event, model.Reason

DIGEST = "x-payload-digest"
ALGORITHM = "x-payload-digest-alg"
ALGORITHMS: Mapping[str, str] = {"HMAC_SHA256_HEX": "sha256", "HMAC_SHA512_HEX": "sha512"}
"""SHA-1 is offered by the vendor too, and not taken: nobody has to choose it."""
BODY_MAX = 64 * 1024
TEXT_MAX = 4000
SECOND = 1_000_000
"""In microseconds. A time without a fraction is taken as the end of its second: what it tells of is over by then."""

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?P<fraction>\.\d{1,6})?(?P<zone>\+0000)?")
APPLICANT = re.compile(r"[0-9a-zA-Z_-]{1,64}")

LABELS: Mapping[str, model.Reason] = {
    "AGE_REQUIREMENT_MISMATCH": _R.UNDER_AGE,
    "AGE_BELOW_ACCEPTED_LIMIT": _R.UNDER_AGE,
    "ADVERSE_MEDIA": _R.WATCHLIST,
    "BAD_AVATAR": _R.DOCUMENT_UNREADABLE,
    "BAD_FACE_MATCHING": _R.SELFIE_MISMATCH,
    "BAD_PROOF_OF_ADDRESS": _R.ADDRESS,
    "BAD_PROOF_OF_IDENTITY": _R.DOCUMENT_NOT_ACCEPTED,
    "BAD_PROOF_OF_PAYMENT": _R.DOCUMENT_NOT_ACCEPTED,
    "BAD_SELFIE": _R.SELFIE_MISMATCH,
    "BAD_VIDEO_SELFIE": _R.SELFIE_MISMATCH,
    "BLACK_AND_WHITE": _R.DOCUMENT_UNREADABLE,
    "BLACKLIST": _R.FRAUD,
    "BLOCKLIST": _R.FRAUD,
    "CHECK_UNAVAILABLE": _R.REGISTER_UNAVAILABLE,
    "COMPROMISED_PERSONS": _R.WATCHLIST,
    "CRIMINAL": _R.WATCHLIST,
    "DB_DATA_MISMATCH": _R.DATA_MISMATCH,
    "DB_DATA_NOT_FOUND": _R.DATA_MISMATCH,
    "DIGITAL_DOCUMENT": _R.DOCUMENT_NOT_ACCEPTED,
    "DOCUMENT_DAMAGED": _R.DOCUMENT_UNREADABLE,
    "DOCUMENT_DEPRIVED": _R.DOCUMENT_NOT_ACCEPTED,
    "DOCUMENT_PAGE_MISSING": _R.DOCUMENT_MISSING,
    "DOCUMENT_TEMPLATE": _R.FORGERY,
    "DUPLICATE": _R.DUPLICATE,
    "EXPIRATION_DATE": _R.DOCUMENT_EXPIRED,
    "FORGERY": _R.FORGERY,
    "FRAUDULENT_LIVENESS": _R.FRAUD,
    "FRAUDULENT_PATTERNS": _R.FRAUD,
    "FRONT_SIDE_MISSING": _R.DOCUMENT_MISSING,
    "BACK_SIDE_MISSING": _R.DOCUMENT_MISSING,
    "GRAPHIC_EDITOR": _R.FORGERY,
    "ID_INVALID": _R.DOCUMENT_NOT_ACCEPTED,
    "INCOMPATIBLE_LANGUAGE": _R.DOCUMENT_NOT_ACCEPTED,
    "INCOMPLETE_DOCUMENT": _R.INCOMPLETE,
    "INCONSISTENT_PROFILE": _R.DATA_MISMATCH,
    "INCORRECT_SOCIAL_NUMBER": _R.DOCUMENT_NUMBER,
    "LOW_QUALITY": _R.DOCUMENT_UNREADABLE,
    "NOT_ALL_CHECKS_COMPLETED": _R.INCOMPLETE,
    "PEP": _R.WATCHLIST,
    "PROBLEMATIC_APPLICANT_DATA": _R.DATA_MISMATCH,
    "REGULATIONS_VIOLATIONS": _R.COUNTRY,
    "REQUESTED_DATA_MISMATCH": _R.DATA_MISMATCH,
    "RESTRICTED_PERSON": _R.REGISTER_MISMATCH,
    "SANCTIONS": _R.WATCHLIST,
    "SCREENSHOTS": _R.DOCUMENT_UNREADABLE,
    "SELFIE_MISMATCH": _R.SELFIE_MISMATCH,
    "SPAM": _R.FRAUD,
    "THIRD_PARTY_INVOLVED": _R.FRAUD,
    "UNFILLED_ID": _R.INCOMPLETE,
    "UNSATISFACTORY_PHOTOS": _R.DOCUMENT_UNREADABLE,
    "UNSUITABLE_DOCUMENT": _R.DOCUMENT_NOT_ACCEPTED,
    "UNSUITABLE_ENV": _R.DOCUMENT_UNREADABLE,
    "WRONG_ADDRESS": _R.ADDRESS,
    "WRONG_USER_REGION": _R.COUNTRY,
}


class UnreadableError(ValueError):
    """Not what the vendor's pages describe."""


class Result(msgspec.Struct, frozen=True, rename="camel"):
    review_answer: str = ""
    review_reject_type: str = ""
    reject_labels: tuple[str, ...] = ()
    moderation_comment: str | None = None
    client_comment: str | None = None


class Hook(msgspec.Struct, frozen=True, rename="camel"):
    type: str
    created_at_ms: str
    applicant_id: str = ""
    external_user_id: str = ""
    level_name: str = ""
    review_status: str = ""
    review_result: Result | None = None


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of the status method."""

    level_name: str = ""
    review_status: str = ""
    create_date: str = ""
    review_date: str | None = None
    review_result: Result | None = None


class Made(msgspec.Struct, frozen=True, rename="camel"):
    id: str


class Link(msgspec.Struct, frozen=True):
    url: str


def signature(secret: str, seconds: int, method: str, path: str, body: bytes) -> str:
    """The header that signs a request: time, method, path with its query, and body, in one string of bytes."""
    signed = f"{seconds}{method}{path}".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_signed(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the secrets signed these bytes. All are tried, in the same time for each."""
    digest, name = headers.get(DIGEST, ""), headers.get(ALGORITHM, "")
    algorithm = ALGORITHMS.get(name)
    if algorithm is None:
        return False
    made = [hmac.new(secret.encode(), body, algorithm).hexdigest() for secret in secrets]
    return sum(hmac.compare_digest(each.encode(), digest.encode()) for each in made) > 0


def hook(body: bytes) -> model.Told | None:
    """What a webhook says, or nothing if it is of a kind that changes nothing here."""
    try:
        said = msgspec.json.decode(body, type=Hook)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UnreadableError("not a webhook of this vendor") from None
    event = _event(said.type, said.review_status, said.review_result)
    if event is None:
        return None
    at = moment(said.created_at_ms)
    return _told(event, said.external_user_id, said.applicant_id, at, said.level_name, said.review_result)


def status(body: bytes, application: UUID, applicant: str) -> model.Told | None:
    """What the status method says, or nothing if there is no verdict."""
    said = decoded(body, Status)
    if said.review_status != "completed" or said.review_result is None or said.review_date is None:
        return None
    event = _event("applicantReviewed", said.review_status, said.review_result)
    if event is None:
        return None
    at = moment(said.review_date) + (0 if "." in said.review_date else SECOND - 1)
    return _told(event, str(application), applicant, at, said.level_name, said.review_result)


def decoded(body: bytes, type_: type[A]) -> A:
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UnreadableError("not an answer of this vendor") from None


def moment(text: str) -> int:
    """Microseconds since 1970 of a time as the vendor writes it: UTC, with or without a fraction and a zone."""
    if not _MOMENT.fullmatch(text):
        raise UnreadableError("a time that cannot be read")
    plain = text.removesuffix("+0000")
    form = "%Y-%m-%d %H:%M:%S.%f" if "." in plain else "%Y-%m-%d %H:%M:%S"
    try:
        return clock.to_micros(datetime.strptime(plain, form).replace(tzinfo=UTC))
    except ValueError:
        raise UnreadableError("a time that cannot be read") from None


def applicant(application: UUID, form: model.Form) -> bytes:
    """The body that creates an applicant. `externalUserId` is the application's number and says nothing of anybody."""
    said = {
        "externalUserId": str(application),
        "type": "individual",
        "fixedInfo": {
            "firstName": form.given_names,
            "lastName": form.family_names,
            "dob": form.birth.isoformat(),
            "nationality": country(form.nationality),
            "country": country(form.residence),
        },
    }
    return json.dumps(said).encode()


def country(code: str) -> str:
    """As the vendor wants countries: in three letters."""
    found = countries.ALPHA3.get(code)
    if found is None:
        raise UnreadableError("a country that the vendor has no letters for")
    return found


def link(application: UUID, level: str, seconds: int) -> bytes:
    return json.dumps({"levelName": level, "userId": str(application), "ttlInSecs": seconds}).encode()


def _event(kind: str, review: str, result: Result | None) -> model.Event | None:
    if kind in {"applicantReviewed", "applicantWorkflowCompleted"}:
        if result is None or review not in {"completed", ""}:
            return None
        if result.review_answer == "GREEN":
            return _E.GREEN
        if result.review_answer == "RED":
            return _E.RED_RETRY if result.review_reject_type == "RETRY" else _E.RED_FINAL
        return _E.ON_HOLD  # an answer that is neither is for a person to look at
    if kind == "applicantOnHold":
        return _E.ON_HOLD
    return _E.NOTED if kind in {"applicantPending", "applicantCreated", "applicantReset", "applicantDeleted"} else None


def _told(
    event: model.Event, external: str, applicant_id: str, sequence: int, level: str, result: Result | None
) -> model.Told:
    labels = result.reject_labels if result else ()
    reasons = tuple(sorted({LABELS.get(label, _R.OTHER) for label in labels}))
    return model.Told(
        application=_uuid(external),
        applicant=applicant_id if APPLICANT.fullmatch(applicant_id) else "",
        event=event,
        sequence=sequence,
        level=level,
        reasons=reasons,
        customer_text=((result.moderation_comment if result else "") or "")[:TEXT_MAX],
        private_text=((result.client_comment if result else "") or "")[:TEXT_MAX],
    )


def _uuid(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
