"""The customer worker: the channel's relay, the sealer, the outbox and the jobs, as loops of one process."""

import os

from boundary.kernel import clock, ids
from boundary.kernel.runtime import key_files, telemetry, worker
from customer_stack import database, settings
from customer_stack.access import jobs as access_jobs
from customer_stack.gate import jobs as gate_jobs
from customer_stack.gate.adapters import http
from customer_stack.gate.service import links, relay
from customer_stack.markets import service as markets

ROLES = frozenset({"customer_worker"})


async def work() -> None:
    """Run the worker process until it is told to stop."""
    config = settings.load(os.environ, process="worker")
    assert config.channel_id is not None, "settings.NEEDS asks for it"
    assert config.channel_url is not None, "likewise"
    assert config.channel_keys is not None, "likewise"
    assert config.audit_key_file is not None, "likewise"
    telemetry.configure("customer-worker")
    time = clock.SystemClock()
    random = ids.SystemIds(time)
    audit_seed = key_files.read(config.audit_key_file)
    ring = links.ring(config.channel_id, key_files.directory(config.channel_keys))
    exchange = http.Http(config.channel_url)
    db = await database.connect(config, ROLES)
    try:
        await worker.run(
            db,
            config=config,
            work=worker.Jobs(
                inside={
                    access_jobs.Sweep: access_jobs.Handlers(time).sweep,
                    gate_jobs.Replenish: gate_jobs.Handlers(config.channel_id, random).replenish,
                },
                outside={},
                schedules=(*access_jobs.SCHEDULES, *gate_jobs.SCHEDULES),
            ),
            audit_seed=audit_seed,
            queue="customer",
            loops=[("relay", relay.Relay(relay.Wiring(db, exchange, ring, markets.Register(), time, random)).loop)],
            time=time,
            random=random,
        )
    finally:
        await exchange.close()
