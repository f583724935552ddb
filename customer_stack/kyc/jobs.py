"""The worker's part: asking who verifies, scanning, attaching, freezing, and everything that a time brings."""

from collections.abc import Awaitable, Coroutine, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from boundary.kernel import records
from boundary.kernel.runtime import jobs, telemetry, transaction
from customer_stack.kyc import model, ports
from customer_stack.kyc.model import refusals
from customer_stack.kyc.service import (
    following,
    freezing,
    hearing,
    promises,
    recording,
    uploading,
    wiring,
)

T = TypeVar("T")

FOLLOW = timedelta(minutes=1)
TURN = timedelta(minutes=10)
AT_ONCE = 50
NIL = UUID(int=0)

Begin = promises.Begin
Scan = promises.Scan
Attach = promises.Attach
RunSaga = promises.RunSaga
Thaw = promises.Thaw
Redact = promises.Redact
Reopen = promises.Reopen


class Follow(records.Job, frozen=True, tag="customer.kyc.follow.v1"):
    """Go on with whatever waits: for the vendor, the scanner, screening, a reference, or the rest of a freeze."""


class Turn(records.Job, frozen=True, tag="customer.kyc.turn.v1"):
    """Whatever the calendar brings: expiry, abandonment, a newer policy, another look at who became riskier."""


class Handlers(NamedTuple):
    """How these jobs are done."""

    shop: wiring.Workshop

    @property
    def kyc(self) -> wiring.Kyc:
        return self.shop.kyc

    async def close(self) -> None:
        await self.kyc.provider.close()
        if self.shop.register is not None:
            await self.shop.register.close()

    async def verify(self, db: transaction.Database, job: Begin) -> None:
        await self.ask(db, job)

    async def ask(self, db: transaction.Database, job: Begin) -> bool:
        """Whether the provider was there. One that does not answer is seen in the application; `Follow` asks again."""
        ready = await db.run("kyc.ready", lambda tx: following.ready(tx, self.kyc, job.application))
        if ready is None:
            return True
        row, form = ready
        try:
            applicant, event = await self._asked(db, row, form)
        except (refusals.ProviderDown, refusals.ProviderWrong) as refusal:
            await db.run("kyc.provider_down", lambda tx: following.provider_down(tx, job.application))
            return not isinstance(refusal, refusals.ProviderDown)
        asked = event is model.Event.REVIEW and self.shop.register is not None
        answer = await self._register(form) if asked else None
        await db.run("kyc.begun", lambda tx: following.begun(tx, self.kyc, job.application, applicant, event, answer))
        return True

    async def _asked(
        self, db: transaction.Database, row: model.Application, form: model.Form
    ) -> tuple[str, model.Event]:
        provider = self.kyc.provider
        applicant = row.applicant or await provider.create(row.id, row.level, form)
        files = await db.read("kyc.files", lambda tx: self._files(tx, row, form))
        for file in files:
            await provider.upload(applicant, file)
        return applicant, await provider.start(applicant)

    async def _files(self, tx: transaction.Tx, row: model.Application, form: model.Form) -> list[ports.File]:
        clean = [each for each in await uploading.of(tx, row.id) if each.state is model.UploadState.CLEAN]
        return [
            ports.File(
                each.kind,
                each.media,
                form.document.country,
                form.document.kind,
                await uploading.contents(tx, self.kyc, each),
            )
            for each in clean
        ]

    async def _register(self, form: model.Form) -> model.RegisterAnswer:
        assert self.shop.register is not None, "asked by the caller"
        return await self.shop.register.ask(form)

    async def scan(self, db: transaction.Database, job: Scan) -> None:
        await self._scanned(db, job.upload)

    async def _scanned(self, db: transaction.Database, upload: UUID) -> bool:
        """Without a verdict the file stays as it is, and is looked at again. Whether the scanner was there."""
        data = await db.read("kyc.scanned", lambda tx: uploading.scanned(tx, self.kyc, upload))
        if data is None:
            return True
        try:
            clean = await self.shop.scanner.is_clean(data)
        except refusals.ScannerDown:
            return False
        await db.run("kyc.judged", lambda tx: uploading.judged(tx, self.kyc, upload, clean=clean))
        return True

    async def attach(self, tx: transaction.Tx, job: Attach) -> None:
        await following.attach(tx, self.shop, job.application)

    async def run_saga(self, db: transaction.Database, job: RunSaga) -> None:
        while await db.run("kyc.saga", lambda tx: freezing.advance(tx, self.shop, job.saga)):
            pass

    async def thaw(self, tx: transaction.Tx, job: Thaw) -> None:
        await freezing.thaw(tx, self.shop, job.account)

    async def redact(self, _db: transaction.Database, job: Redact) -> None:
        await self.kyc.provider.redact(job.applicant)

    async def follow(self, db: transaction.Database, _job: Follow) -> None:
        """Each for itself: what fails is told of, comes again in the next round, and keeps nothing else waiting."""
        for saga in await db.read("kyc.sagas", lambda tx: freezing.running(tx, AT_ONCE)):
            await _tried(self.run_saga(db, RunSaga(saga)))
        uploads = await db.read("kyc.unscanned", lambda tx: uploading.unscanned(tx, self.kyc, AT_ONCE))
        await _until_nobody([self._scanned(db, each) for each in uploads])
        for each in await db.read("kyc.unscreened", lambda tx: following.unscreened(tx, self.kyc, AT_ONCE)):
            await _tried(self._resume(db, each))
        unattached = await db.read("kyc.unattached", lambda tx: following.unattached(tx, AT_ONCE))
        await _until_nobody([self._attached(db, each) for each in unattached])
        unbegun = await db.read("kyc.unbegun", lambda tx: following.unbegun(tx, self.kyc, AT_ONCE))
        await _until_nobody([self.ask(db, Begin(each)) for each in unbegun])
        unheard = await db.read("kyc.unheard", lambda tx: following.unheard(tx, self.kyc, AT_ONCE))
        await _until_nobody([self._fetched(db, row) for row in unheard])

    async def _fetched(self, db: transaction.Database, row: model.Application) -> bool:
        """Ask for a verdict that is late, or again for one that nobody came to ask for. Whether the provider is there."""
        if not row.applicant:
            return await self.ask(db, Begin(row.id))
        try:
            told = await self.kyc.provider.fetch(row.id, row.applicant)
        except refusals.ProviderDown:
            return False
        if told is not None:
            await self._take(db, row.id, told)
        return True

    async def _resume(self, db: transaction.Database, id_: UUID) -> None:
        await db.run("kyc.resume", lambda tx: following.resume(tx, self.kyc, id_))

    async def _attached(self, db: transaction.Database, id_: UUID) -> bool:
        return await db.run("kyc.attach", lambda tx: following.attach(tx, self.shop, id_))

    async def _take(self, db: transaction.Database, id_: UUID, told: model.Told) -> None:
        async def work(tx: transaction.Tx) -> None:
            await hearing.take(tx, self.kyc, await recording.held(tx, id_), told)

        await db.run("kyc.fetched", work)

    async def reopen(self, db: transaction.Database, _job: Reopen) -> None:
        await reopen(db, self.kyc)

    async def turn(self, db: transaction.Database, _job: Turn) -> None:
        while await db.run("kyc.expire", lambda tx: following.expire(tx, self.kyc, AT_ONCE)) == AT_ONCE:
            pass
        while await db.run("kyc.abandon", lambda tx: following.abandon(tx, self.kyc, AT_ONCE)) == AT_ONCE:
            pass
        await reopen(db, self.kyc)
        after: UUID | None = NIL
        while after is not None:
            after = await self._shortened(db, after)

    async def _shortened(self, db: transaction.Database, after: UUID) -> UUID | None:
        return await db.run("kyc.shorten", lambda tx: following.shorten(tx, self.kyc, after, AT_ONCE))


async def _tried(work: Awaitable[T]) -> T | None:
    """What came of it, or nothing if it failed, which the log tells."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001 -- one application's trouble is not the others'
        telemetry.fault(error)
        return None


async def _until_nobody(works: Sequence[Coroutine[Any, Any, bool]]) -> None:
    """One after the other, until one says that whoever is asked is not there: the next would wait as long."""
    there: bool | None = True
    for work in works:
        if there is False:
            work.close()
        else:
            there = await _tried(work)


async def reopen(db: transaction.Database, kyc: wiring.Kyc) -> tuple[int, int]:
    """Hold every approval of an earlier policy against the present one: how many, and how many were re-opened."""
    looked, again, full = 0, 0, True
    while full:
        seen, opened = await db.run("kyc.reopen", lambda tx: following.reopen(tx, kyc, AT_ONCE))
        looked, again, full = looked + seen, again + opened, seen == AT_ONCE
    return looked, again


SCHEDULES = (jobs.Schedule(Follow(), FOLLOW), jobs.Schedule(Turn(), TURN))
