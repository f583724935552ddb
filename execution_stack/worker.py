"""The execution worker: the sealer, the outbox, the jobs and the watch over silent channels."""

import os

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import jobs as kernel_jobs
from boundary.kernel.runtime import key_files, telemetry, worker
from execution_stack import database, desks, settings
from execution_stack.gate import jobs as gate_jobs
from execution_stack.gate.service import wallet_effects
from execution_stack.venues.jobs import handlers as venue_jobs
from execution_stack.wallets import jobs as wallet_jobs
from execution_stack.wallets import service as wallets
from execution_stack.wallets.adapters import keystore

ROLES = frozenset({"execution_worker"})


def jobs(config: settings.Settings, desk: desks.Desk | None = None) -> worker.Jobs:
    """What this worker does. Without a keystore, or without a venue, it leaves what needs them to one that has them:
    such jobs wait.
    """
    inside: dict[type[records.Job], kernel_jobs.Inside] = {gate_jobs.ForgetNonces: gate_jobs.forget_nonces}
    if config.custody_keystore is not None and config.custody_passphrase is not None:
        vault = keystore.load(config.custody_keystore, config.custody_passphrase.reveal())
        inside[wallets.MakeCustody] = wallet_jobs.Maker(vault, wallet_effects.Announcer()).make
    outside: dict[type[records.Job], kernel_jobs.Outside] = {
        gate_jobs.Checkpoint: gate_jobs.checkpoint,
        gate_jobs.Purge: gate_jobs.purge,
    }
    if desk is None:
        return worker.Jobs(inside=inside, outside=outside, schedules=gate_jobs.SCHEDULES)
    schedules = (*gate_jobs.SCHEDULES, *venue_jobs.SCHEDULES)
    return worker.Jobs(inside=inside, outside=outside | desk.outside(), schedules=schedules)


async def work() -> None:
    """Run the worker process until it is told to stop."""
    config = settings.load(os.environ, process="worker")
    assert config.audit_key_file, "settings.NEEDS asks for it"
    telemetry.configure("execution-worker")
    time = clock.SystemClock()
    audit_seed = key_files.read(config.audit_key_file)
    desk = desks.desk(config)
    db = await database.connect(config, ROLES)
    await worker.run(
        db,
        config=config,
        work=jobs(config, desk),
        audit_seed=audit_seed,
        queue="execution",
        loops=[
            ("silence", gate_jobs.Silence(db, time).loop),
            ("heads", gate_jobs.Stating(db, audit_seed, time).loop),
            *(desk.loops(db) if desk else ()),
        ],
        time=time,
        random=ids.SystemIds(time),
    )
