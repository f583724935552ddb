"""What it takes to work on applications. Made once per process, by the composition root."""

from collections.abc import Sequence
from typing import NamedTuple

from boundary.kernel import clock, ids
from customer_stack.branding import model as branding
from customer_stack.kyc import model, ports
from customer_stack.kyc.rules import numbers, policies
from customer_stack.vault import rules as vault_rules
from customer_stack.vault import service as vault

FORM = "kyc.form"
FILE = "kyc.file"
TEXTS = "kyc.texts"
CUSTOMER_TEXT = "kyc.customer_text"
PRIVATE_TEXT = "kyc.private_text"


class Kyc(NamedTuple):
    """What every process needs: requests, webhooks and decisions. Without a teller customers see their application only
    when they look.
    """

    vault: vault.Vault
    branding: branding.Branding
    provider: ports.Provider
    screener: ports.Screener
    risks: ports.Risks
    clock: clock.Clock
    ids: ids.Ids
    teller: ports.Teller | None = None

    def policy(self) -> policies.Policy:
        return policies.at(self.branding, self.clock.now())


class Workshop(NamedTuple):
    """What the worker has beside it: those whom it asks, and the steps of a freeze in their order."""

    kyc: Kyc
    scanner: ports.Scanner
    register: ports.Register | None
    outbound: ports.Outbound
    steps: Sequence[ports.Step]


def document(form: model.Form) -> str:
    """A form's document as it is looked up: the same however its number was written."""
    return vault_rules.document(form.document.country, numbers.plain(form.document.number))
