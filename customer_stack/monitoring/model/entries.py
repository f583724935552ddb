"""What monitoring writes into the audit log, and the acts that take two people.

No entry names an account: who may read the log need not know whom a case is about. Cases, alerts and reports are
opaque numbers there, which lead nowhere without the tables behind the wall.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from boundary.kernel import records
from customer_stack.access import model as access
from customer_stack.monitoring.model import cases

DOCUMENT_MAX = 128 * 1024


class ChangeRules(access.Act, frozen=True, tag="monitoring.change_rules.v1"):
    """Let these rules hold from the day that they name; the document is their whole text."""

    document: Annotated[str, msgspec.Meta(min_length=2, max_length=DOCUMENT_MAX)]


class FileReport(access.Act, frozen=True, tag="monitoring.file_report.v1"):
    """File a report exactly as it stands: its version, and the digest of its content."""

    report: UUID
    version: records.Count
    digest: records.Hash32


class RulesInstalled(records.Entry, frozen=True, tag="monitoring.rules_installed.v1"):
    """Rules are kept; the digest is over their text. Nobody is named where the first ones were those that we ship."""

    number: records.Count
    digest: records.Hash32
    first: UUID | None
    second: UUID | None


class AlertsRaised(records.Entry, frozen=True, tag="monitoring.alerts_raised.v1"):
    """Rules had something to say; the digest is over the alerts' keys in order."""

    version: records.Count
    count: records.Count
    digest: records.Hash32


class CaseOpened(records.Entry, frozen=True, tag="monitoring.case_opened.v1"):
    case: UUID


class CaseMoved(records.Entry, frozen=True, tag="monitoring.case_moved.v1"):
    """Somebody did something with a case that changes its state."""

    case: UUID
    event: cases.Event
    state: cases.State
    by: UUID


class Looked(records.Entry, frozen=True, tag="monitoring.looked.v1"):
    """An officer read a case, a piece of evidence, a report or its file; `what` is its number."""

    what: UUID
    by: UUID


class CaseRemarked(records.Entry, frozen=True, tag="monitoring.case_remarked.v1"):
    """Something was put to a case; the commitment is keyed and stands for what it was."""

    case: UUID
    what: cases.Remark
    by: UUID | None
    commitment: records.Hash32


class AccountsLinked(records.Entry, frozen=True, tag="monitoring.accounts_linked.v1"):
    """Somebody found that accounts act together; the commitment stands for which."""

    commitment: records.Hash32
    by: UUID | None


class RiskNoted(records.Entry, frozen=True, tag="monitoring.risk_noted.v1"):
    """An officer gave somebody points of risk; the commitment stands for whom and how many."""

    commitment: records.Hash32
    by: UUID


class ReportWritten(records.Entry, frozen=True, tag="monitoring.report_written.v1"):
    """A report was drafted or rewritten; the digest is over its sealed content."""

    report: UUID
    version: records.Count
    digest: records.Hash32
    by: UUID | None


class ReportMoved(records.Entry, frozen=True, tag="monitoring.report_moved.v1"):
    """A report came further: approved by two people, exported, acknowledged, discarded."""

    report: UUID
    state: str
    first: UUID | None
    second: UUID | None


class ReportExported(records.Entry, frozen=True, tag="monitoring.report_exported.v1"):
    """A file left the house: the digest is over its bytes."""

    report: UUID
    digest: records.Hash32


class TravelKept(records.Entry, frozen=True, tag="monitoring.travel_kept.v1"):
    """What travels with a payment was kept; the digest is over its sealed form."""

    operation: UUID
    digest: records.Hash32
