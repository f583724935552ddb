"""The customer worker: the channel's relay, the sealer, the outbox and the jobs, as loops of one process."""

import os
from collections.abc import Mapping
from typing import NamedTuple, Protocol
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import key_files, key_watch, telemetry, tls, worker
from customer_stack import crew, database, desks, neighbours, settings, tables
from customer_stack.access import jobs as access_jobs
from customer_stack.access.service import rights
from customer_stack.compliance.service import spending
from customer_stack.fx import jobs as fx_jobs
from customer_stack.fx.adapters import files as fx_files
from customer_stack.fx.adapters import opening as fx_opening
from customer_stack.fx.service import quotes
from customer_stack.gate import jobs as gate_jobs
from customer_stack.gate.adapters import documents as documents_http
from customer_stack.gate.adapters import http
from customer_stack.gate.service import documents, keyring, links, listening, participants, relay, remembering
from customer_stack.identity import jobs as identity_jobs
from customer_stack.identity.adapters import opening as identity_opening
from customer_stack.identity.service import sessions as identity_sessions
from customer_stack.kyc import jobs as kyc_jobs
from customer_stack.kyc.adapters import opening as kyc_opening
from customer_stack.ledger import jobs as ledger_jobs
from customer_stack.markets import jobs as markets_jobs
from customer_stack.markets import service as markets
from customer_stack.monitoring import jobs as monitoring_jobs
from customer_stack.monitoring.adapters import files as monitoring_files
from customer_stack.monitoring.adapters import opening as monitoring_opening
from customer_stack.monitoring.service import sweeping
from customer_stack.notifications import jobs as notification_jobs
from customer_stack.notifications import model as notification_model
from customer_stack.notifications import ports as notification_ports
from customer_stack.notifications.adapters import opening as notifications_opening
from customer_stack.notifications.adapters import people
from customer_stack.notifications.service import delivering, notices
from customer_stack.payments import jobs as payments_jobs
from customer_stack.payments.adapters import hooks as payments_hooks
from customer_stack.payments.service import withdrawals
from customer_stack.prices.service import keeping as prices
from customer_stack.safeguards import jobs as safeguard_jobs
from customer_stack.safeguards.adapters import telling
from customer_stack.screening import jobs as screening_jobs
from customer_stack.vault import jobs as vault_jobs
from customer_stack.vault import ports as vault_ports
from customer_stack.vault import service as vault_service
from customer_stack.vault.adapters import opening

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
    signers = links.signers(config.channel_public_keys)
    files = settings.tls_files(config)
    secured = tls.Material(files, serves=False) if files else None
    exchange = http.Http(config.channel_url, secured)
    library = documents_http.Documents(config.channel_url, secured)
    polling = http.Http(config.channel_url, secured, path="/market")
    ledger = opening.erasure_ledger(config, time)
    vault = await opening.vault(config, tables.METADATA, random, time)
    db = await database.connect(config, ROLES)
    made = desks.desks(config, vault, time, random)
    carriers = notifications_opening.carrying(config, made.branding, time.now())
    hooks = payments_hooks.Hooks()
    hands = _Hands(config, vault, made, carriers, library, hooks, ledger, time, random)
    joined = hands.crew(config.channel_id, audit_seed)
    watch = key_watch.KeyWatch(db, config.channel_keys, time, apart=[audit_seed])
    try:
        await vault_jobs.must_be_applied(db, vault, ledger)
        held = keyring.Keyring(config.channel_id, await watch.load())
        carrying = relay.Relay(relay.Wiring(db, exchange, held.ring, markets.Register(), time, random, signers))
        ear = listening.Ear(db, polling, held.ring, prices.Prices(), time, random)
        memory = remembering.Memory(db, polling, held.ring, prices.Prices(), time, random)
        await worker.run(
            db,
            config=config,
            work=crew.work(joined),
            audit_seed=audit_seed,
            queue="customer",
            loops=[
                ("relay", carrying.loop),
                ("market", ear.loop),
                ("market-history", memory.loop),
                ("keys", watch.loop_of(held)),
                ("screening-lists", made.screening.lists.loop_of(db)),
                ("heads", gate_jobs.Stating(db, config.channel_id, audit_seed, time, random).loop),
            ],
            time=time,
            random=random,
        )
    finally:
        opened: tuple[_Opened, ...] = (joined.kyc, joined.currency, made, hooks, vault, exchange, polling, library)
        for each in (*opened, *carriers.values(), db):
            await each.close()


class _Opened(Protocol):
    async def close(self) -> None: ...


class _Hands(NamedTuple):
    """What the jobs of this process are done with."""

    config: settings.Settings
    vault: vault_service.Vault
    desks: desks.Desks
    carriers: Mapping[notification_model.Channel, notification_ports.Carrier]
    library: documents_http.Documents
    hooks: payments_hooks.Hooks
    ledger: vault_ports.Ledger
    time: clock.Clock
    random: ids.Ids

    def crew(self, channel: UUID, audit_seed: bytes) -> crew.Crew:
        config, made, time, random = self.config, self.desks, self.time, self.random
        post = notifications_opening.post(made.branding, self.vault, people.Directory(self.vault), time, random)
        spent = spending.Spent(made.law, made.clearance.wiring.rates)
        hedger = fx_opening.hedger(config, time, random)
        return crew.Crew(
            access=access_jobs.Handlers(time),
            books=ledger_jobs.Handlers(time, random),
            currency=fx_jobs.Handlers(fx_files.read(config.fx_policy), fx_opening.feeds(config, time), hedger),
            gate=gate_jobs.Handlers(channel, random, time),
            identity=self._identity(post),
            kyc=self._onboarding(channel),
            money=payments_jobs.Handlers(made.payments, self.hooks),
            notices=notification_jobs.Handlers(delivering.Carrying(post, self.carriers, time), time),
            puller=markets_jobs.Puller(documents.Library(self.library), time),
            safeguards=safeguard_jobs.Handlers(identity_sessions.sitting, spent, telling.Teller(post), time),
            screening=screening_jobs.Handlers(made.screening),
            vault=vault_jobs.Handlers(self.vault, self.ledger, random),
            watch=self._watch(audit_seed),
        )

    def _identity(self, post: notices.Post) -> identity_jobs.Handlers:
        identity = identity_opening.identity(
            self.config,
            self.desks.branding.config,
            vault=self.vault,
            notifier=people.Teller(post),
            rights=rights,
            time=self.time,
            random=self.random,
        )
        return identity_jobs.Handlers(identity)

    def _onboarding(self, channel: UUID) -> kyc_jobs.Handlers:
        """A freeze also ends what the customer has under way elsewhere."""
        workshop = kyc_opening.workshop(
            self.config,
            self.desks.kyc,
            participants.Participants(channel, self.random),
            cases=neighbours.Cases(),
            between=(quotes.CancelQuotes(), withdrawals.CancelWithdrawals(self.desks.payments)),
        )
        return kyc_jobs.Handlers(workshop)

    def _watch(self, seed: bytes) -> monitoring_jobs.Handlers:
        wired = self.desks.monitoring
        return monitoring_jobs.Handlers(
            watch=sweeping.Watch(self.vault, wired.rates, wired.people, self.random),
            shipped=monitoring_files.shipped(self.desks.branding.config.jurisdiction),
            reporter=monitoring_opening.reporting(self.config.reporter_file),
            seed=seed,
            clock=self.time,
        )
