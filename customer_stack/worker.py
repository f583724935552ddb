"""The customer worker: the channel's relay, the sealer, the outbox and the jobs, as loops of one process."""

import os
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import key_files, key_watch, telemetry, tls, worker
from customer_stack import database, settings, tables
from customer_stack.access import jobs as access_jobs
from customer_stack.access.service import rights
from customer_stack.branding.adapters import files as branding_files
from customer_stack.compliance.adapters import opening as compliance_opening
from customer_stack.compliance.service import spending
from customer_stack.fx import jobs as fx_jobs
from customer_stack.fx.adapters import files as fx_files
from customer_stack.fx.adapters import opening as fx_opening
from customer_stack.gate import jobs as gate_jobs
from customer_stack.gate.adapters import documents as documents_http
from customer_stack.gate.adapters import http
from customer_stack.gate.service import documents, keyring, links, listening, participants, relay
from customer_stack.identity import jobs as identity_jobs
from customer_stack.identity.adapters import opening as identity_opening
from customer_stack.kyc import jobs as kyc_jobs
from customer_stack.kyc.adapters import opening as kyc_opening
from customer_stack.kyc.service import wiring as kyc_wiring
from customer_stack.identity.service import sessions as identity_sessions
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
from customer_stack.notifications.service import delivering
from customer_stack.screening import jobs as screening_jobs
from customer_stack.screening.adapters import opening as screening_opening
from customer_stack.screening.model import entries as screening_entries
from customer_stack.safeguards import jobs as safeguard_jobs
from customer_stack.safeguards.adapters import telling
from customer_stack.payments import jobs as payments_jobs
from customer_stack.payments.adapters import hooks as payments_hooks
from customer_stack.payments.adapters import opening as payments_opening
from customer_stack.vault import jobs as vault_jobs
from customer_stack.vault import model as vault_model
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
    puller = markets_jobs.Puller(documents.Library(library), time)
    ledger = opening.erasure_ledger(config, time)
    vault = await opening.vault(config, tables.METADATA, random, time)
    vault_work = vault_jobs.Handlers(vault, ledger, random)
    db = await database.connect(config, ROLES)
    folk = _people(config, vault, time, random)
    screening = screening_opening.screening(config, vault, time, random)
    crew = _Crew(
        puller,
        vault_work,
        folk,
        screening_jobs.Handlers(screening),
        _watch(config, vault, audit_seed, time, random),
    )
    onboarding = kyc_jobs.Handlers(_onboarding(config, config.channel_id, vault, time, random))
    hedger = fx_opening.hedger(config, time, random)
    currency = fx_jobs.Handlers(fx_files.read(config.fx_policy), fx_opening.feeds(config, time), hedger)
    payments = payments_opening.payments(config.payment_providers, vault, time, random)
    teller = payments_hooks.Hooks()
    watch = key_watch.KeyWatch(db, config.channel_keys, time, apart=[audit_seed])
    try:
        await vault_jobs.must_be_applied(db, vault, ledger)
        held = keyring.Keyring(config.channel_id, await watch.load())
        carrying = relay.Relay(relay.Wiring(db, exchange, held.ring, markets.Register(), time, random, signers))
        ear = listening.Ear(db, polling, held.ring, markets.Quotes(), time, random)
        await worker.run(
            db,
            config=config,
            work=_jobs(config.channel_id, crew, time, random),
            work=_jobs(config.channel_id, puller, vault_work, folk, onboarding, time, random),
            work=_jobs(config.channel_id, puller, vault_work, folk, currency, time, random),
            work=_jobs(
                config.channel_id, puller, vault_work, folk, payments_jobs.Handlers(payments, teller), time, random
            ),
            audit_seed=audit_seed,
            queue="customer",
            loops=[
                ("relay", carrying.loop),
                ("market", ear.loop),
                ("keys", watch.loop_of(held)),
                ("screening-lists", screening.lists.loop_of(db)),
                ("heads", gate_jobs.Stating(db, config.channel_id, audit_seed, time, random).loop),
            ],
            time=time,
            random=random,
        )
    finally:
        await vault.close()
        await exchange.close()
        await polling.close()
        await library.close()
        await onboarding.close()
        await currency.close()
        await payments_opening.close(payments)
        await teller.close()
        for carrier in folk.carriers.values():
            await carrier.close()
        await db.close()


class _People(NamedTuple):
    """Who deals with people: identity's jobs, those of notifications and of safeguards, and the carriers, which want to be
    closed.
    """

    identity: identity_jobs.Handlers
    notices: notification_jobs.Handlers
    safeguards: safeguard_jobs.Handlers
    carriers: Mapping[notification_model.Channel, notification_ports.Carrier]


def _people(config: settings.Settings, vault: vault_service.Vault, time: clock.Clock, random: ids.Ids) -> _People:
    assert config.config_file is not None, "settings.NEEDS asks for it"
    branding = branding_files.load(config.config_file, time.now())
    post = notifications_opening.post(branding, vault, people.Directory(vault), time, random)
    carriers = notifications_opening.carrying(config, branding, time.now())
    identity = identity_opening.identity(
        config,
        branding.config,
        vault=vault,
        notifier=people.Teller(post),
        rights=rights,
        time=time,
        random=random,
    )
    carrying = delivering.Carrying(post, carriers, time)
    spent = spending.Spent(compliance_opening.jurisdiction(branding), compliance_opening.NOBODY)
    reminding = safeguard_jobs.Handlers(identity_sessions.sitting, spent, telling.Teller(post), time)
    return _People(identity_jobs.Handlers(identity), notification_jobs.Handlers(carrying, time), reminding, carriers)


def _watch(
    config: settings.Settings, vault: vault_service.Vault, seed: bytes, time: clock.Clock, random: ids.Ids
) -> monitoring_jobs.Handlers:
    assert config.config_file is not None, "settings.NEEDS asks for it"
    jurisdiction = branding_files.load(config.config_file, time.now()).config.jurisdiction
    wired = monitoring_opening.wiring()
    return monitoring_jobs.Handlers(
        watch=sweeping.Watch(vault, wired.rates, wired.people, random),
        shipped=monitoring_files.shipped(jurisdiction),
        reporter=monitoring_opening.reporting(config.reporter_file),
        seed=seed,
        clock=time,
    )


class _Crew(NamedTuple):
    """Who does the jobs."""

    puller: markets_jobs.Puller
    vault: vault_jobs.Handlers
    folk: _People
    screening: screening_jobs.Handlers
    watch: monitoring_jobs.Handlers


def _jobs(channel: UUID, crew: _Crew, time: clock.Clock, random: ids.Ids) -> worker.Jobs:


def _onboarding(
    config: settings.Settings, channel: UUID, vault: vault_service.Vault, time: clock.Clock, random: ids.Ids
) -> kyc_wiring.Workshop:
    assert config.config_file is not None, "settings.NEEDS asks for it"
    branding = branding_files.load(config.config_file, time.now())
    made = kyc_opening.kyc(config, branding, vault, time, random)
    return kyc_opening.workshop(config, made, participants.Participants(channel, random))


def _jobs(
    channel: UUID,
    puller: markets_jobs.Puller,
    vault: vault_jobs.Handlers,
    folk: _People,
    kyc: kyc_jobs.Handlers,
    currency: fx_jobs.Handlers,
    money: payments_jobs.Handlers,
    time: clock.Clock,
    random: ids.Ids,
) -> worker.Jobs:
    """Every job of this stack, and which are due by the clock."""
    gate = gate_jobs.Handlers(channel, random, time)
    books = ledger_jobs.Handlers(time, random)
    return worker.Jobs(
        inside={
            access_jobs.Sweep: access_jobs.Handlers(time).sweep,
            fx_jobs.Expire: currency.expire,
            fx_jobs.Open: currency.open,
            gate_jobs.Replenish: gate.replenish,
            identity_jobs.ApplyChange: crew.folk.identity.apply_change,
            identity_jobs.Forget: crew.folk.identity.forget,
            identity_jobs.ApplyChange: folk.identity.apply_change,
            identity_jobs.Forget: folk.identity.forget,
            kyc_jobs.Attach: kyc.attach,
            kyc_jobs.Thaw: kyc.thaw,
            ledger_jobs.Expire: books.expire,
            monitoring_jobs.Install: crew.watch.install,
            monitoring_jobs.Overdue: crew.watch.overdue,
            notification_jobs.Forget: crew.folk.notices.forget,
            notification_jobs.TakeUp: crew.folk.notices.take_up,
            notification_jobs.WriteAnnouncement: crew.folk.notices.write,
            screening_entries.Expire: crew.screening.expire,
            notification_jobs.Forget: folk.notices.forget,
            notification_jobs.TakeUp: folk.notices.take_up,
            notification_jobs.WriteAnnouncement: folk.notices.write,
            safeguard_jobs.Remind: folk.safeguards.remind,
            payments_jobs.ScreenAgain: money.screen_again,
        },
        outside={
            fx_jobs.Hedge: currency.hedge,
            fx_jobs.Listen: currency.listen,
            gate_jobs.Checkpoint: gate.checkpoint,
            gate_jobs.Purge: gate_jobs.purge,
            kyc_jobs.Begin: kyc.verify,
            kyc_jobs.Follow: kyc.follow,
            kyc_jobs.Redact: kyc.redact,
            kyc_jobs.Reopen: kyc.reopen,
            kyc_jobs.RunSaga: kyc.run_saga,
            kyc_jobs.Scan: kyc.scan,
            kyc_jobs.Turn: kyc.turn,
            ledger_jobs.DrawTrialBalance: books.draw,
            markets_jobs.PullDocuments: crew.puller.pull,
            monitoring_jobs.Export: crew.watch.export,
            monitoring_jobs.Sweep: crew.watch.sweep,
            notification_jobs.Deliver: crew.folk.notices.deliver,
            notification_jobs.Sweep: crew.folk.notices.sweep,
            screening_entries.Complete: crew.screening.complete,
            screening_entries.Follow: crew.screening.follow,
            screening_entries.Watch: crew.screening.watch,
            vault_model.ExportErasures: crew.vault.export,
            vault_model.Rewrap: crew.vault.rewrap,
            vault_model.Reencrypt: crew.vault.reencrypt,
            markets_jobs.PullDocuments: puller.pull,
            notification_jobs.Deliver: folk.notices.deliver,
            notification_jobs.Sweep: folk.notices.sweep,
            payments_jobs.ReadStatement: money.read_statement,
            payments_jobs.Send: money.send,
            payments_jobs.SendDue: money.send_due,
            payments_jobs.TellHooks: money.tell,
            vault_model.ExportErasures: vault.export,
            vault_model.Rewrap: vault.rewrap,
            vault_model.Reencrypt: vault.reencrypt,
        },
        schedules=(
            *access_jobs.SCHEDULES,
            *fx_jobs.SCHEDULES,
            *gate_jobs.SCHEDULES,
            *identity_jobs.SCHEDULES,
            *kyc_jobs.SCHEDULES,
            *ledger_jobs.SCHEDULES,
            *markets_jobs.SCHEDULES,
            *monitoring_jobs.SCHEDULES,
            *notification_jobs.SCHEDULES,
            *screening_jobs.SCHEDULES,
            *safeguard_jobs.SCHEDULES,
            *payments_jobs.SCHEDULES,
            *vault_jobs.SCHEDULES,
        ),
    )
