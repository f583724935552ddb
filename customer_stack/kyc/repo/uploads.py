"""Files in sealed pieces, and who looked at them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.kyc import model

_UPLOADS = "SELECT id, application, account, kind::text, state::text, size, media, created_at FROM kyc_upload "
_ADD = """
INSERT INTO kyc_upload (id, application, account, kind, state, size, created_at)
VALUES ($1, $2, $3, $4::text::kyc_upload_kind, 'uploading', $5, $6)"""
_COUNT = "SELECT count(*) FROM kyc_upload WHERE application = $1"
_GET = _UPLOADS + "WHERE id = $1"
_OF = _UPLOADS + "WHERE application = $1 ORDER BY created_at, id"
_DROP_PART = "DELETE FROM kyc_upload_part WHERE upload = $1 AND part = $2"
_PUT = """
INSERT INTO kyc_upload_part (upload, part, piece, account, data)
SELECT $1, $2, piece, $3, data FROM unnest($4::int[], $5::bytea[]) AS t (piece, data)"""
_PARTS = "SELECT data FROM kyc_upload_part WHERE upload = $1 ORDER BY part, piece"
_STATE = """
UPDATE kyc_upload SET state = $2::text::kyc_upload_state, media = $3, judged_at = $4 WHERE id = $1"""
_FORGET = "DELETE FROM kyc_upload_part WHERE upload = $1"
_SCANNING = "SELECT id FROM kyc_upload WHERE state = 'scanning' AND created_at <= $1 ORDER BY hashtext(id::text || $1::text) LIMIT $2"
_VIEWED = "INSERT INTO kyc_view (application, upload, viewer, at) VALUES ($1, $2, $3, $4)"
_VIEWS = "SELECT upload, viewer, at FROM kyc_view WHERE application = $1 ORDER BY id"


async def add(tx: transaction.Tx, upload: model.Upload) -> None:
    await tx.execute(
        _ADD, upload.id, upload.application, upload.account, upload.kind.value, upload.size, upload.created_at
    )


async def count(tx: transaction.Tx, application: UUID) -> int:
    found: int = await tx.value(_COUNT, application)
    return found


async def get(tx: transaction.Tx, id_: UUID, *, hold: bool = False) -> model.Upload | None:
    row = await tx.row(_GET + (" FOR UPDATE" if hold else ""), id_)
    return _upload(row) if row else None


async def of(tx: transaction.Tx, application: UUID) -> list[model.Upload]:
    return [_upload(row) for row in await tx.fetch(_OF, application)]


async def put(tx: transaction.Tx, upload: UUID, part: int, account: UUID, pieces: Sequence[bytes]) -> None:
    """A part in the place of what was sent under its number before."""
    await tx.execute(_DROP_PART, upload, part)
    await tx.execute(_PUT, upload, part, account, list(range(len(pieces))), list(pieces))


async def pieces(tx: transaction.Tx, upload: UUID) -> list[bytes]:
    return [row["data"] for row in await tx.fetch(_PARTS, upload)]


async def judge(tx: transaction.Tx, id_: UUID, state: model.UploadState, media: str, now: datetime | None) -> None:
    await tx.execute(_STATE, id_, state.value, media, now)


async def forget(tx: transaction.Tx, id_: UUID) -> None:
    await tx.execute(_FORGET, id_)


async def scanning(tx: transaction.Tx, since: datetime, limit: int) -> list[UUID]:
    return [row["id"] for row in await tx.fetch(_SCANNING, since, limit)]


async def viewed(tx: transaction.Tx, application: UUID, upload: UUID | None, by: UUID, now: datetime) -> None:
    await tx.execute(_VIEWED, application, upload, by, now)


async def views(tx: transaction.Tx, application: UUID) -> list[tuple[UUID | None, UUID, datetime]]:
    return [(row["upload"], row["viewer"], row["at"]) for row in await tx.fetch(_VIEWS, application)]


def _upload(row: Any) -> model.Upload:
    return model.Upload(
        **{**dict(row), "kind": model.UploadKind(row["kind"]), "state": model.UploadState(row["state"])}
    )
