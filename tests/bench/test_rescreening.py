"""Lists of full size into the database and into memory, somebody screened, and everybody compared with a hundred
entries that changed. Of everybody a part is made up here, and the figure is for as many times more; BENCH_SUBJECTS=1000000
makes all of them up, which takes some minutes.
"""

import dataclasses
import functools
import itertools
import os
import time
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from customer_stack import tables
from customer_stack.screening import model
from customer_stack.screening.matchers import v1_tokens
from customer_stack.screening.model import people
from customer_stack.screening.service import decisions, listing, loaded, matching, rescreening, wiring
from customer_stack.vault import service as vault_service
from customer_stack.vault.adapters import files, opening
from tests import stacks
from tests.bench import conftest, figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

PEOPLE = int(os.environ.get("BENCH_SUBJECTS") or figures.scaled(20_000, 200))
SCREENED = figures.scaled(300, 10)
CHANGED = 100
MILLION = 1_000_000
CHUNK = 2_000
FILL = """
INSERT INTO screening_subject (id, kind, owner, outcome, state, person, commitment, tokens, screened_at)
SELECT id, 'account', id, 'clear', 'clear', person, commitment, tokens, now()
FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[]) AS n(id, person, commitment, tokens)"""


@dataclasses.dataclass
class World:
    worker: transaction.Database
    operator: transaction.Database
    vault: vault_service.Vault
    screening: wiring.Screening
    time: clock.Clock
    random: ids.Ids

    async def load(self, publisher: model.Publisher, given: list[model.ListFile]) -> listing.Loaded:
        policy = self.screening.policy
        return await listing.load(self.operator, given, publisher, policy, self.time, self.random)


@pytest.fixture
async def world(durable_schema: stacks.StackDatabase) -> AsyncIterator[World]:
    worker = await durable_schema.connect("customer_worker", size=4)
    operator = await durable_schema.connect("customer_operator", size=2)
    now = clock.SystemClock()
    random = ids.SystemIds(now)
    vault = vault_service.Vault(
        files.Files({1: bytes(range(32))}), bytes(range(32, 64)), random, now, columns=opening.columns(tables.METADATA)
    )
    policy = people.Policy(required=(model.Publisher.OFAC, model.Publisher.UN), list_age_max=timedelta(days=365))
    yield World(worker, operator, vault, wiring.Screening(vault, loaded.Lists(), policy, now, random), now, random)
    await vault.close()
    await operator.close()
    await worker.close()


def of_full_size() -> tuple[list[model.ListFile], list[model.ListFile]]:
    """OFAC's three files and the UN's, about nobody."""
    every = matching.invented()
    return [each for each in every if each.name != "un.xml"], [each for each in every if each.name == "un.xml"]


def with_changes(ofac: list[model.ListFile]) -> list[model.ListFile]:
    """A hundred entries have one word more."""
    sdn, *others = sorted(ofac, key=lambda each: each.name != "sdn.csv")
    lines = sdn.data.split(b"\r\n")
    changed = [line.replace(b'","', b' Rahim","', 1).replace(b'",-0-', b' Rahim",-0-', 1) for line in lines[:CHANGED]]
    return [model.ListFile(sdn.name, b"\r\n".join([*changed, *lines[CHANGED:]])), *others]


async def test_lists_people_and_a_hundred_changes(world: World, report: conftest.Report) -> None:
    ofac, un = of_full_size()
    started, busy = time.perf_counter(), time.process_time()
    await world.load(model.Publisher.OFAC, ofac)
    await world.load(model.Publisher.UN, un)
    stored = time.perf_counter() - started
    ready = await world.screening.lists.refresh(world.worker)
    whole, busy = time.perf_counter() - started, time.process_time() - busy
    entries = len(ready.entities)
    name = f"screening: load {entries:,} entries, read, stored, indexed"
    report(
        figures.Figure(
            name, f"{whole:.1f} s ({stored:.1f} s until in use; {busy:.1f} s of CPU)", None, "≤ 20 s", whole <= 20
        )
    )
    await rescreening.follow(world.worker, world.screening)

    subjects = await _fill(world, report)
    await _screened(world, subjects, report)

    done = await world.load(model.Publisher.OFAC, with_changes(ofac))
    assert done.changed == CHANGED
    await world.screening.lists.refresh(world.worker)  # once for all, however many there are
    started, busy = time.perf_counter(), time.process_time()
    await rescreening.follow(world.worker, world.screening)
    taken, busy = time.perf_counter() - started, time.process_time() - busy
    [newest] = await world.worker.read("bench.newest", lambda tx: rescreening.newest(tx, 1))
    assert newest.compared == PEOPLE
    name = f"screening: {PEOPLE:,} people against {CHANGED} changed entries, {newest.decided} of them screened"
    report(figures.Figure(name, f"{taken:.1f} s, {busy:.1f} s of CPU here"))
    million = taken / PEOPLE * MILLION
    name = f"screening: the same of {MILLION:,} people{'' if PEOPLE == MILLION else ', in proportion'}"
    report(figures.Figure(name, f"{million:.0f} s", None, "≤ 120 s", million <= 120))


async def _fill(world: World, report: conftest.Report) -> list[uuid.UUID]:
    """People as screening keeps them, whom no list means."""
    lists = matching.read_lists(matching.invented())
    asked = itertools.chain.from_iterable(itertools.repeat(matching.sample(lists, 60_000)))
    names = [query.name for query in itertools.islice(asked, 2, PEOPLE * 3, 3)]
    blind = decisions.blind(world.screening)
    found: list[uuid.UUID] = []
    started = time.process_time()
    for first in range(0, PEOPLE, CHUNK):
        persons = [model.Person(names=(name,)) for name in names[first : first + CHUNK]]
        numbers = [world.random.ref() for _ in persons]
        tokens = [v1_tokens.of_person(person, blind) for person in persons]

        async def fill(
            tx: transaction.Tx, persons: list[model.Person], numbers: list[uuid.UUID], tokens: list[bytes]
        ) -> None:
            await world.vault.create_many(tx, numbers)
            data = [msgspec.json.encode(person) for person in persons]
            values = {(number, decisions.PERSON): each for number, each in zip(numbers, data, strict=True)}
            sealed = list((await world.vault.seal_many(tx, values)).values())
            known = [world.vault.commitment("screening.person", each) for each in data]
            await tx.execute(FILL, numbers, sealed, known, tokens)

        await world.worker.run(
            "bench.fill", functools.partial(fill, persons=persons, numbers=numbers, tokens=tokens), seconds_max=60
        )
        found += numbers
    report(
        figures.Figure("screening: making people up", figures.rate(PEOPLE / (time.process_time() - started), "of CPU"))
    )
    return found


async def _screened(world: World, subjects: list[uuid.UUID], report: conftest.Report) -> None:
    """Decisions as they are made and kept, one after the other."""
    taken = []
    for subject in subjects[:SCREENED]:
        started = time.perf_counter()
        await world.worker.run(
            "bench.screen",
            functools.partial(
                decisions.again, screening=world.screening, subject=subject, trigger=people.Trigger.MANUAL
            ),
        )
        taken.append(time.perf_counter() - started)
    slow = figures.percentile(taken, 0.99)
    mean = sum(taken) / len(taken)
    report(figures.Figure("screening: a decision, kept", f"mean {mean * 1e3:.1f} ms, p99 {slow * 1e3:.1f} ms"))
