"""The ledger over PostgreSQL does what the reference does, whatever it is told, and its books verify afterwards."""

import asyncio
from collections.abc import Iterator

import hypothesis
import pytest
from hypothesis import stateful

from customer_stack.ledger.service import accounts, proving
from tests import embedded, stacks
from tests.customer.ledger import conftest, machine


@pytest.fixture
def shared(servers: embedded.Servers, customer_template: str) -> Iterator[machine.Shared]:
    """A database of its own on a loop of its own: hypothesis is not asynchronous."""
    loop = asyncio.new_event_loop()
    name = loop.run_until_complete(servers.copy(customer_template))
    schema = stacks.StackDatabase(name, stacks.PLANS["customer"], servers)
    db = loop.run_until_complete(schema.connect("customer_worker", size=3))
    made = machine.Shared(loop, db)
    for asset in (conftest.USD, conftest.EUR):
        made.run(lambda tx, asset=asset: accounts.add_asset(tx, asset))
    try:
        yield made
    finally:
        loop.run_until_complete(db.close())
        loop.run_until_complete(servers.drop(name))
        loop.close()


def agree(shared: machine.Shared, settings: hypothesis.settings) -> None:
    kind = type("Ledger", (machine.Ledger,), {"shared": shared})
    stateful.run_state_machine_as_test(kind, settings=settings)
    report = shared.loop.run_until_complete(proving.verify(shared.db))
    assert not report.fault, report
    assert report.transfers > 100
    assert len(shared.seen) > 35, "too little was tried"


CHECKS = list(hypothesis.HealthCheck)


def test_the_ledger_does_what_the_reference_does(shared: machine.Shared) -> None:
    agree(
        shared,
        hypothesis.settings(
            max_examples=30, stateful_step_count=15, derandomize=True, deadline=None, suppress_health_check=CHECKS
        ),
    )


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_the_ledger_does_what_the_reference_does_at_length(shared: machine.Shared) -> None:
    """A thousand runs of fifty steps."""
    agree(
        shared,
        hypothesis.settings(
            max_examples=1000, stateful_step_count=50, deadline=None, suppress_health_check=CHECKS, database=None
        ),
    )
