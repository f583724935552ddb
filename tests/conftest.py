"""The servers that tests share; `tests/embedded.py` tells how they live."""

import dataclasses
import os
from typing import Any

import pytest

from tests import embedded

pytest_plugins = ["tests.stacks"]

SESSION = pytest.StashKey[embedded.Session]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SESSION] = embedded.Session()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[SESSION].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells each xdist worker where the controller's servers are; the first one makes it start them."""
    node.workerinput["servers"] = dataclasses.asdict(node.config.stash[SESSION].servers())


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> embedded.Servers:
    """PostgreSQL (as superuser) and Valkey of this test session."""
    of_controller = getattr(pytestconfig, "workerinput", None)
    if of_controller:
        return embedded.Servers(**of_controller["servers"])
    return pytestconfig.stash[SESSION].servers()


@pytest.fixture(scope="session")
def cluster(servers: embedded.Servers) -> str:
    """The superuser's DSN of the session's PostgreSQL."""
    return servers.url()


@pytest.fixture
def redis_url(servers: embedded.Servers) -> str:
    """An empty Valkey database that no other worker uses."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    return servers.empty_redis(worker % embedded.VALKEY_DATABASES)
