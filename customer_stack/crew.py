"""Every job of this stack, who does it, and which are due by the clock."""

from collections.abc import Mapping
from typing import NamedTuple

from boundary.kernel import records
from boundary.kernel.runtime import jobs, worker
from customer_stack.access import jobs as access_jobs
from customer_stack.fx import jobs as fx_jobs
from customer_stack.gate import jobs as gate_jobs
from customer_stack.identity import jobs as identity_jobs
from customer_stack.kyc import jobs as kyc_jobs
from customer_stack.ledger import jobs as ledger_jobs
from customer_stack.markets import jobs as markets_jobs
from customer_stack.monitoring import jobs as monitoring_jobs
from customer_stack.notifications import jobs as notification_jobs
from customer_stack.payments import jobs as payments_jobs
from customer_stack.safeguards import jobs as safeguard_jobs
from customer_stack.screening import jobs as screening_jobs
from customer_stack.screening.model import entries as screening_entries
from customer_stack.vault import jobs as vault_jobs
from customer_stack.vault import model as vault_model


class Crew(NamedTuple):
    """Who does the jobs."""

    access: access_jobs.Handlers
    books: ledger_jobs.Handlers
    currency: fx_jobs.Handlers
    gate: gate_jobs.Handlers
    identity: identity_jobs.Handlers
    kyc: kyc_jobs.Handlers
    money: payments_jobs.Handlers
    notices: notification_jobs.Handlers
    puller: markets_jobs.Puller
    safeguards: safeguard_jobs.Handlers
    screening: screening_jobs.Handlers
    vault: vault_jobs.Handlers
    watch: monitoring_jobs.Handlers


SCHEDULES = (
    *access_jobs.SCHEDULES,
    *fx_jobs.SCHEDULES,
    *gate_jobs.SCHEDULES,
    *identity_jobs.SCHEDULES,
    *kyc_jobs.SCHEDULES,
    *ledger_jobs.SCHEDULES,
    *markets_jobs.SCHEDULES,
    *monitoring_jobs.SCHEDULES,
    *notification_jobs.SCHEDULES,
    *payments_jobs.SCHEDULES,
    *safeguard_jobs.SCHEDULES,
    *screening_jobs.SCHEDULES,
    *vault_jobs.SCHEDULES,
)


def work(crew: Crew) -> worker.Jobs:
    return worker.Jobs(inside=_inside(crew), outside=_outside(crew), schedules=SCHEDULES)


def _inside(crew: Crew) -> Mapping[type[records.Job], jobs.Inside]:
    """What is done in the transaction that ends the job."""
    return {
        access_jobs.Sweep: crew.access.sweep,
        fx_jobs.Expire: crew.currency.expire,
        fx_jobs.Open: crew.currency.open,
        gate_jobs.Replenish: crew.gate.replenish,
        identity_jobs.ApplyChange: crew.identity.apply_change,
        identity_jobs.Forget: crew.identity.forget,
        kyc_jobs.Attach: crew.kyc.attach,
        kyc_jobs.Thaw: crew.kyc.thaw,
        ledger_jobs.Expire: crew.books.expire,
        monitoring_jobs.Install: crew.watch.install,
        monitoring_jobs.Overdue: crew.watch.overdue,
        notification_jobs.Forget: crew.notices.forget,
        notification_jobs.TakeUp: crew.notices.take_up,
        notification_jobs.WriteAnnouncement: crew.notices.write,
        payments_jobs.ScreenAgain: crew.money.screen_again,
        safeguard_jobs.Remind: crew.safeguards.remind,
        screening_entries.Expire: crew.screening.expire,
    }


def _outside(crew: Crew) -> Mapping[type[records.Job], jobs.Outside]:
    """What talks to the world, or takes several transactions."""
    return {
        fx_jobs.Hedge: crew.currency.hedge,
        fx_jobs.Listen: crew.currency.listen,
        gate_jobs.Checkpoint: crew.gate.checkpoint,
        gate_jobs.Purge: gate_jobs.purge,
        kyc_jobs.Begin: crew.kyc.verify,
        kyc_jobs.Follow: crew.kyc.follow,
        kyc_jobs.Redact: crew.kyc.redact,
        kyc_jobs.Reopen: crew.kyc.reopen,
        kyc_jobs.RunSaga: crew.kyc.run_saga,
        kyc_jobs.Scan: crew.kyc.scan,
        kyc_jobs.Turn: crew.kyc.turn,
        ledger_jobs.DrawTrialBalance: crew.books.draw,
        markets_jobs.PullDocuments: crew.puller.pull,
        monitoring_jobs.Export: crew.watch.export,
        monitoring_jobs.Sweep: crew.watch.sweep,
        notification_jobs.Deliver: crew.notices.deliver,
        notification_jobs.Sweep: crew.notices.sweep,
        payments_jobs.ReadStatement: crew.money.read_statement,
        payments_jobs.Reconsider: crew.money.reconsider,
        payments_jobs.Send: crew.money.send,
        payments_jobs.SendDue: crew.money.send_due,
        payments_jobs.TellHooks: crew.money.tell,
        screening_entries.Complete: crew.screening.complete,
        screening_entries.Follow: crew.screening.follow,
        screening_entries.Watch: crew.screening.watch,
        vault_model.ExportErasures: crew.vault.export,
        vault_model.Reencrypt: crew.vault.reencrypt,
        vault_model.Rewrap: crew.vault.rewrap,
    }
