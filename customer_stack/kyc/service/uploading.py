"""Files: announced, sent in parts, sealed in pieces, sniffed, scanned, and seen by those who may, which is noted.

They stand in the database, sealed under their owner's key like every field of theirs: one backup holds all of an
application, and the end of the key is the end of the files.
"""

from uuid import UUID

from boundary.kernel import errors
from boundary.kernel.runtime import audit, jobs, transaction
from customer_stack.kyc import model
from customer_stack.kyc.model import entries, refusals
from customer_stack.kyc.repo import uploads as repo
from customer_stack.kyc.rules import sniffing
from customer_stack.kyc.service import applying, promises, wiring

_S, _U = model.State, model.UploadState
UPLOADS_MAX = 24
PIECE = 60 * 1024
"""A sealed value holds 64 KiB at most."""


async def announce(
    tx: transaction.Tx, kyc: wiring.Kyc, account: UUID, application: UUID, kind: model.UploadKind, size: int
) -> model.Upload:
    row = await applying.own(tx, account, application, hold=True)
    if row.state not in {_S.DRAFT, _S.RETURNED}:
        raise refusals.NotNow("files are added before the application is submitted", state=row.state.value)
    if not sniffing.SIZE_MIN <= size <= sniffing.SIZE_MAX:
        raise refusals.FileTooLarge("the file is too large or empty", bytes_max=sniffing.SIZE_MAX)
    if await repo.count(tx, application) >= UPLOADS_MAX:
        raise refusals.NotNow("the application has as many files as it may", files_max=UPLOADS_MAX)
    found = model.Upload(
        id=kyc.ids.ref(),
        application=application,
        account=account,
        kind=kind,
        state=_U.UPLOADING,
        size=size,
        media="",
        created_at=kyc.clock.now(),
    )
    await repo.add(tx, found)
    return found


def parts(size: int) -> int:
    return -(-size // sniffing.PART_MAX)


async def put(tx: transaction.Tx, kyc: wiring.Kyc, account: UUID, id_: UUID, part: int, data: bytes) -> model.Upload:
    """One part, again if need be. Every part but the last has the full length."""
    found = await _own(tx, account, id_)
    if found.state is not _U.UPLOADING:
        raise refusals.NotNow("the file is complete", state=found.state.value)
    last = parts(found.size) - 1
    wanted = sniffing.PART_MAX if part < last else found.size - last * sniffing.PART_MAX
    if not 0 <= part <= last or len(data) != wanted:
        raise refusals.PartWrong("no part of this file", bytes=wanted, parts=last + 1)
    pieces = []
    for at in range(0, len(data), PIECE):
        sealed = await kyc.vault.seal(tx, account, {wiring.FILE: data[at : at + PIECE]})
        pieces.append(sealed[wiring.FILE])
    await repo.put(tx, id_, part, account, pieces)
    return found


async def complete(tx: transaction.Tx, kyc: wiring.Kyc, account: UUID, id_: UUID) -> model.Upload | errors.Refusal:
    """The file is whole: it is what its bytes say, or it is refused and let go of. Then the scanner has it.

    A refusal is returned, because that the file is refused and gone is to be committed.
    """
    found = await _own(tx, account, id_)
    if found.state is not _U.UPLOADING:
        raise refusals.NotNow("the file is complete", state=found.state.value)
    data = await contents(tx, kyc, found)
    if len(data) != found.size:
        raise refusals.Incomplete("parts of the file are missing", bytes=len(data), bytes_announced=found.size)
    sniffed = sniffing.sniff(data)
    if sniffed.media is None:
        await _judge(tx, kyc, found, _U.REFUSED)
        return refusals.FileRefused("the file is not taken", reason=sniffed.reason)
    await repo.judge(tx, id_, _U.SCANNING, sniffed.media.value, None)
    await audit.write(tx, entries.UploadStored(id_, found.application, found.size))
    await jobs.enqueue(tx, promises.Scan(id_), kyc.ids)
    shown = await repo.get(tx, id_)
    assert shown is not None, "it is held"
    return shown


async def judged(tx: transaction.Tx, kyc: wiring.Kyc, id_: UUID, *, clean: bool) -> None:
    """What the scanner said. An infected file is let go of at once; an application that waited for this goes on."""
    found = await repo.get(tx, id_, hold=True)
    if found is None or found.state is not _U.SCANNING:
        return
    await _judge(tx, kyc, found, _U.CLEAN if clean else _U.INFECTED)
    await jobs.enqueue(tx, promises.Begin(found.application), kyc.ids)


async def scanned(tx: transaction.Tx, kyc: wiring.Kyc, id_: UUID) -> bytes | None:
    """What the scanner is to look at, if it has not."""
    found = await repo.get(tx, id_)
    if found is None or found.state is not _U.SCANNING:
        return None
    return await contents(tx, kyc, found)


async def unscanned(tx: transaction.Tx, kyc: wiring.Kyc, limit: int) -> list[UUID]:
    return await repo.scanning(tx, kyc.clock.now(), limit)


async def of(tx: transaction.Tx, application: UUID) -> list[model.Upload]:
    return await repo.of(tx, application)


async def view(tx: transaction.Tx, kyc: wiring.Kyc, by: UUID, id_: UUID) -> tuple[model.Upload, bytes]:
    """A clean file for somebody who works here; that they saw it is part of the same transaction."""
    found = await repo.get(tx, id_)
    if found is None:
        raise refusals.UnknownUpload("there is no such file")
    if found.state is not _U.CLEAN:
        raise refusals.NotClean("the file has not been found clean", state=found.state.value)
    data = await contents(tx, kyc, found)
    await repo.viewed(tx, found.application, id_, by, kyc.clock.now())
    await audit.write(tx, entries.Viewed(found.application, id_, by))
    return found, data


async def contents(tx: transaction.Tx, kyc: wiring.Kyc, upload: model.Upload) -> bytes:
    found = []
    for piece in await repo.pieces(tx, upload.id):
        opened = await kyc.vault.open_bytes(tx, upload.account, {wiring.FILE: piece})
        found.append(opened[wiring.FILE])
    return b"".join(found)


async def _judge(tx: transaction.Tx, kyc: wiring.Kyc, found: model.Upload, state: model.UploadState) -> None:
    await repo.judge(tx, found.id, state, found.media, kyc.clock.now())
    if state is not _U.CLEAN:
        await repo.forget(tx, found.id)
    await audit.write(tx, entries.UploadJudged(found.id, state.value))


async def _own(tx: transaction.Tx, account: UUID, id_: UUID) -> model.Upload:
    found = await repo.get(tx, id_, hold=True)
    if found is None or found.account != account:
        raise refusals.UnknownUpload("there is no such file")
    return found
