"""The customer worker: the channel's relay, the sealer, the outbox and the jobs, as loops of one process."""

import os

from boundary.kernel import clock, ids
from boundary.kernel.runtime import key_files, key_watch, telemetry, worker
from customer_stack import database, settings
from customer_stack.gate import jobs as gate_jobs
from customer_stack.gate.adapters import http
from customer_stack.gate.service import keyring, links, relay
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
    handlers = gate_jobs.Handlers(config.channel_id, random, time)
    signers = links.signers(config.channel_public_keys)
    exchange = http.Http(config.channel_url)
    db = await database.connect(config, ROLES)
    watch = key_watch.KeyWatch(db, config.channel_keys, time, apart=[audit_seed])
    try:
        held = keyring.Keyring(config.channel_id, await watch.load())
        carrying = relay.Relay(relay.Wiring(db, exchange, held.ring, markets.Register(), time, random, signers))
        await worker.run(
            db,
            config=config,
            work=worker.Jobs(
                inside={gate_jobs.Replenish: handlers.replenish},
                outside={gate_jobs.Checkpoint: handlers.checkpoint, gate_jobs.Purge: gate_jobs.purge},
                schedules=gate_jobs.SCHEDULES,
            ),
            audit_seed=audit_seed,
            queue="customer",
            loops=[
                ("relay", carrying.loop),
                ("keys", watch.loop_of(held)),
                ("heads", gate_jobs.Stating(db, config.channel_id, audit_seed, time, random).loop),
            ],
            time=time,
            random=random,
        )
    finally:
        await exchange.close()
