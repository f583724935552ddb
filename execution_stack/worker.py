"""The execution worker: the sealer, the outbox, the jobs and the watch over silent channels."""

import os

from boundary.kernel import clock, ids
from boundary.kernel.runtime import key_files, telemetry, worker
from execution_stack import database, settings
from execution_stack.gate import jobs as gate_jobs

ROLES = frozenset({"execution_worker"})
JOBS = worker.Jobs(
    inside={gate_jobs.ForgetNonces: gate_jobs.forget_nonces},
    outside={gate_jobs.Checkpoint: gate_jobs.checkpoint, gate_jobs.Purge: gate_jobs.purge},
    schedules=gate_jobs.SCHEDULES,
)


async def work() -> None:
    """Run the worker process until it is told to stop."""
    config = settings.load(os.environ, process="worker")
    assert config.audit_key_file, "settings.NEEDS asks for it"
    telemetry.configure("execution-worker")
    time = clock.SystemClock()
    audit_seed = key_files.read(config.audit_key_file)
    db = await database.connect(config, ROLES)
    await worker.run(
        db,
        config=config,
        work=JOBS,
        audit_seed=audit_seed,
        queue="execution",
        loops=[
            ("silence", gate_jobs.Silence(db, time).loop),
            ("heads", gate_jobs.Stating(db, audit_seed, time).loop),
        ],
        time=time,
        random=ids.SystemIds(time),
    )
