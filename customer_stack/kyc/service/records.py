"""All that is held of one customer's onboarding, opened, for a bundle that the law asks for."""

from typing import Any
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from customer_stack.kyc import model
from customer_stack.kyc.repo import applications as repo
from customer_stack.kyc.repo import freezes, uploads
from customer_stack.kyc.service import recording, wiring


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the log, with what was written of it."""

    event: str
    source: str
    sequence: int
    policy_version: int
    reasons: tuple[str, ...]
    by: str
    digest: str
    customer_text: str = ""
    private_text: str = ""


class File(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    state: str
    media: str
    size: int


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    upload: str
    viewer: str
    at: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One application, whole."""

    id: str
    level: int
    state: str
    policy_version: int
    form: model.Form | None
    events: tuple[Item, ...]
    files: tuple[File, ...]
    views: tuple[Seen, ...]


class CustomerFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `of` gives: every application, and every freeze."""

    account: str
    applications: tuple[Entry, ...]
    freezes: tuple[str, ...]


async def of(tx: transaction.Tx, kyc: wiring.Kyc, account: UUID) -> CustomerFile:
    applications = [await _entry(tx, kyc, row) for row in await repo.of(tx, account)]
    sagas = await freezes.of(tx, account)
    return CustomerFile(
        account=str(account), applications=tuple(applications), freezes=tuple(str(each) for each in sagas)
    )


async def verified(tx: transaction.Tx, kyc: wiring.Kyc, account: UUID) -> model.Form | None:
    """What was said in the approved application of the highest level; nothing if there is none, or it was erased."""
    rows = [row for row in await repo.of(tx, account) if row.state is model.State.APPROVED and row.form is not None]
    if not rows:
        return None
    return await recording.readable_form(tx, kyc, max(rows, key=lambda row: (row.level, row.id)))


async def _entry(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application) -> Entry:
    form = await recording.opened_form(tx, kyc, row) if row.form is not None else None
    events = await repo.events(tx, row.id)
    texts = await _texts(tx, kyc, row.account, [number for number, _, _ in events])
    return Entry(
        id=str(row.id),
        level=row.level,
        state=row.state.value,
        policy_version=row.policy_version,
        form=form,
        events=tuple(_item(each, texts.get(number, {})) for number, _, each in events),
        files=tuple(
            File(id=str(each.id), kind=each.kind.value, state=each.state.value, media=each.media, size=each.size)
            for each in await uploads.of(tx, row.id)
        ),
        views=tuple(
            Seen(upload=str(upload or ""), viewer=str(viewer), at=at.isoformat())
            for upload, viewer, at in await uploads.views(tx, row.id)
        ),
    )


def _item(each: model.Logged, texts: dict[str, str]) -> Item:
    return Item(
        event=each.event.value,
        source=each.source.value,
        sequence=each.sequence,
        policy_version=each.policy_version,
        reasons=each.reasons,
        by=str(each.by or ""),
        digest=each.digest.hex(),
        customer_text=texts.get("customer", ""),
        private_text=texts.get("private", ""),
    )


async def _texts(tx: transaction.Tx, kyc: wiring.Kyc, account: UUID, numbers: list[int]) -> dict[int, Any]:
    rows = await repo.texts(tx, numbers)
    opened = await kyc.vault.open_rows(tx, account, wiring.TEXTS, [data for _, data in rows])
    return {number: msgspec.json.decode(text) for (number, _), text in zip(rows, opened, strict=True)}
