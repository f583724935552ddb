"""The customer API: wires settings, database, brand and every capability's routes into one app, and serves it."""

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from boundary.kernel import clock, ids
from boundary.kernel.runtime import app, limits, server, telemetry, transaction
from customer_stack import database, desks, settings, tables
from customer_stack.access import api as access_api
from customer_stack.access import model as access_model
from customer_stack.access import ports as access_ports
from customer_stack.access import rules as access_rules
from customer_stack.access.service import rights
from customer_stack.admin import api as admin_api
from customer_stack.branding import api as branding_api
from customer_stack.compliance import api as compliance_api
from customer_stack.compliance.adapters import opening as compliance_opening
from customer_stack.compliance.model import reviews as compliance_reviews
from customer_stack.compliance.service import reviewing
from customer_stack.fx import api as fx_api
from customer_stack.fx.adapters import opening as fx_opening
from customer_stack.fx.service import converting
from customer_stack.identity import api as identity_api
from customer_stack.identity import ports as identity_ports
from customer_stack.identity.adapters import authenticator, hashing
from customer_stack.identity.adapters import opening as identity_opening
from customer_stack.identity.service import accounts as identity_accounts
from customer_stack.identity.service import throttles
from customer_stack.kyc import api as kyc_api
from customer_stack.kyc.model import entries as kyc_entries
from customer_stack.kyc.service import deciding as kyc_deciding
from customer_stack.kyc.service import freezing as kyc_freezing
from customer_stack.ledger import api as ledger_api
from customer_stack.ledger.model import acts as ledger_acts
from customer_stack.ledger.service import by_hand as ledger_by_hand
from customer_stack.markets import api as markets_api
from customer_stack.monitoring import api as monitoring_api
from customer_stack.monitoring.model import entries as monitoring_entries
from customer_stack.monitoring.service import reports as monitoring_reports
from customer_stack.monitoring.service import rulebook as monitoring_rulebook
from customer_stack.notifications import api as notifications_api
from customer_stack.notifications.adapters import opening as notifications_opening
from customer_stack.notifications.adapters import people
from customer_stack.payments import api as payments_api
from customer_stack.payments.service import deciding as payments_deciding
from customer_stack.prices import api as prices_api
from customer_stack.prices.service import relaying
from customer_stack.safeguards import api as safeguards_api
from customer_stack.safeguards import service as safeguards
from customer_stack.screening import api as screening_api
from customer_stack.vault import jobs as vault_jobs
from customer_stack.vault import service as vault_service
from customer_stack.vault.adapters import opening

if TYPE_CHECKING:
    from litestar.types import ASGIApp

ROLES = frozenset({"customer_api"})
ROUTES: list[Any] = [
    *access_api.HANDLERS,
    *admin_api.HANDLERS,
    *branding_api.HANDLERS,
    *compliance_api.HANDLERS,
    *fx_api.HANDLERS,
    *identity_api.HANDLERS,
    *kyc_api.HANDLERS,
    *ledger_api.HANDLERS,
    *markets_api.HANDLERS,
    *monitoring_api.HANDLERS,
    *notifications_api.HANDLERS,
    *payments_api.HANDLERS,
    *prices_api.HANDLERS,
    *safeguards_api.HANDLERS,
    *screening_api.HANDLERS,
]


def create(
    config: settings.Settings,
    db: transaction.Database,
    vault: vault_service.Vault,
    readiness: app.Readiness,
    time: clock.Clock,
    random: ids.Ids,
    *,
    notifier: identity_ports.Notifier | None = None,
    cost: hashing.Cost | None = None,
    made: desks.Desks | None = None,
    hub: relaying.Hub | None = None,
) -> "ASGIApp":
    """The app on an open database. Its title is the brand's: nothing that a customer sees names this product."""
    ours = made or desks.desks(config, vault, time, random)
    branding = ours.branding
    brand = branding.config.brand
    post = notifications_opening.post(branding, vault, people.Directory(vault), time, random)
    identity = identity_opening.identity(
        config,
        branding.config,
        vault=vault,
        notifier=notifier or people.Teller(post),
        rights=rights,
        time=time,
        random=random,
        front=identity_opening.front(config, branding.config, random, cost),
    )
    edge = identity_opening.edge(config)
    exchange = fx_opening.desk(config, random)
    return app.create(
        title=brand.name,
        version="1",
        description=f"The API of {brand.legal_entity}.",
        routes=[*ROUTES, *(notifications_api.DEVELOPMENT if config.test_mode else ())],
        readiness=readiness,
        state={
            "active": identity_accounts.active,
            "authenticator": authenticator.Authenticator(db, identity, edge),
            "branding": branding,
            "clearance": ours.clearance,
            "clock": time,
            "db": db,
            "edge": edge,
            "executors": _executors(ours, time),
            "fx": exchange,
            "hub": hub or relaying.Hub(db, time),
            "fx_converter": converting.Converter(db, exchange),
            "identity": identity,
            "ids": random,
            "keepers": ours.keepers,
            "kyc": ours.kyc,
            "monitoring": ours.monitoring,
            "outbox": notifications_opening.shown_outbox(config),
            "payments": ours.payments,
            "post": post,
            "records_seed": compliance_opening.seed(config),
            "reviewing": reviewing.Desk(ours.law, random),
            "safeguards": safeguards.Desk(
                lambda now: ours.law(now).currency, timedelta(hours=config.safeguard_delay_hours), random
            ),
            "screening": ours.screening,
            "throttles": throttles.Throttles(limits.Limiter(db, time)),
            "vault": vault,
        },
        cors_origins=config.cors_allowed_origins,
        random=random,
        guards=[access_api.guard],
        house={access_api.RULE: access_rules.public()},
    )


def _executors(ours: desks.Desks, time: clock.Clock) -> dict[type[access_model.Act], access_ports.Executes]:
    """Who does what two people decided."""
    return {
        access_model.ChangeRights: rights.Execute(time, identity_accounts.active),
        compliance_reviews.ReleaseHeld: reviewing.Execute(time),
        kyc_entries.Override: kyc_deciding.ExecuteOverride(ours.kyc),
        kyc_entries.Unfreeze: kyc_freezing.ExecuteUnfreeze(ours.kyc),
        ledger_acts.PostByHand: ledger_by_hand.Execute(time),
        monitoring_entries.ChangeRules: monitoring_rulebook.Execute(time),
        monitoring_entries.FileReport: monitoring_reports.Execute(),
        **dict.fromkeys(payments_deciding.ACTS, payments_deciding.Execute(ours.payments)),
    }


async def serve() -> None:
    """Run the API process until it is told to stop."""
    config = settings.load(os.environ, process="serve")
    telemetry.configure("customer-api")
    time = clock.SystemClock()
    random = ids.SystemIds(time)
    vault = await opening.vault(config, tables.METADATA, random, time)
    db = await database.connect(config, ROLES)
    readiness = app.Readiness({"database": db.ping})
    made = desks.desks(config, vault, time, random)
    hub = relaying.Hub(db, time)
    try:
        if config.erasure_ledger is not None:
            await vault_jobs.must_be_applied(db, vault, opening.erasure_ledger(config, time))
        await server.run(
            host=config.host,
            operations_port=config.operations_port,
            readiness=readiness,
            public=(create(config, db, vault, readiness, time, random, made=made, hub=hub), config.port),
            loops=[("screening-lists", made.screening.lists.loop_of(db)), ("prices", hub.loop)],
            drain_seconds=config.drain_seconds,
            websockets=True,
        )
    finally:
        await made.close()
        await vault.close()
        await db.close()
