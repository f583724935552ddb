"""The wall in front of cases: by SQL in every role, over HTTP as everybody, and from the customer's own seat."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from boundary.kernel import canonical
from boundary.kernel.runtime import transaction
from customer_stack import neighbours
from customer_stack.access import model as access_model
from customer_stack.access import rules as access_rules
from customer_stack.ledger import model as ledger
from customer_stack.monitoring import tables
from customer_stack.monitoring.model import entries
from customer_stack.monitoring.service import cases as service
from customer_stack.monitoring.tables import functions
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import bola, walking
from tests.customer.monitoring.conftest import MILLION, Office

P, R = access_model.Preset, access_model.Role
PREFIX = "/api/v1/admin/compliance/"
LATER = datetime(2099, 1, 1, tzinfo=UTC)
SEES = {each for each in P if access_model.Permission.COMPLIANCE_VIEW in access_model.PRESETS[each]}


async def filled(office: Office) -> Any:
    """Something in every table behind the wall, about one customer."""
    owner = await office.town.customer()
    await office.town.moves(owner, 700_000_00)
    office.house.time.advance(timedelta(days=1))
    office.first.proves_a_factor()
    await office.town.observe(office.town.operation(owner, 5 * MILLION, country="KP"))
    (case,) = (await office.first.get(f"{PREFIX}cases")).json["items"]
    path = f"{PREFIX}cases/{case['id']}"
    other = (await office.first.send("POST", f"{PREFIX}cases", office.case(), office.key())).json["id"]
    await office.first.send("POST", f"{path}/links", {"case": other})
    await office.first.send("POST", f"{path}/notes", {"text": "Seen."})
    body = {"name": "a.txt", "media_type": "text/plain", "content": "YQ=="}
    await office.first.send("POST", f"{path}/evidence", body)
    risk = {"reason": "adverse_media", "points": 10, "half_life_days": 10}
    await office.first.send("POST", f"{PREFIX}accounts/{owner}/risk", risk)
    made = await office.first.send("POST", f"{PREFIX}reports", {"case": case["id"]}, office.key())
    assert made.status == 201, made
    await office.town.superuser.execute(
        "INSERT INTO monitoring_export SELECT id, digest, 1, '', digest, now() FROM monitoring_report"
    )
    counts = {each: await office.town.superuser.fetchval(f"SELECT count(*) FROM {each}") for each in tables.WALLED}
    assert all(counts.values()), counts
    return owner


async def counted(db: transaction.Database, table: str, officer: Any = None) -> int:
    async def work(tx: transaction.Tx) -> int:
        if officer is not None:
            await service.enter(tx, officer)
        return int(await tx.value(f"SELECT count(*) FROM {table}"))

    return await db.run("t", work)


async def test_by_sql_the_api_sees_a_row_only_for_who_may_look_at_this_moment(office: Office) -> None:
    await filled(office)
    people = {preset: await office.house.person(R.STAFF, preset, until=LATER) for preset in P}
    ended = await office.house.person(R.STAFF, P.COMPLIANCE_OFFICER, until=datetime(2020, 1, 1, tzinfo=UTC))
    was_staff = await office.house.person(R.STAFF, P.COMPLIANCE_OFFICER)
    await office.town.superuser.execute(
        "UPDATE access_standing SET role = 'investor' WHERE account = $1", was_staff.account
    )
    blind = [
        None,
        ended.account,
        was_staff.account,
        office.house.ids.ref(),
        (await office.house.person(R.ADMIN)).account,
    ]
    blind += [people[preset].account for preset in P if preset not in SEES]
    for table in tables.WALLED:
        for account in blind:
            assert await counted(office.town.api, table, account) == 0, (table, account)
        for preset in SEES:
            assert await counted(office.town.api, table, people[preset].account) > 0, (table, preset)
        assert await counted(office.town.worker, table) > 0


async def test_the_file_of_a_customer_shows_cases_to_whoever_may_look_and_to_nobody_else(office: Office) -> None:
    owner = await filled(office)
    keeper = neighbours.MonitoringFile(office.house.inner.state.vault)
    now = office.house.time.now()

    async def shown(officer: UUID | None) -> Any:
        return await office.town.api.run("t", lambda tx: keeper.records(tx, owner, now, officer))

    for preset in sorted(P):
        part = await shown((await office.house.person(R.STAFF, preset, until=LATER)).account)
        assert part["shown"] is (preset in SEES), preset
        assert bool(part["cases"]) is bool(part["alerts"]) is bool(part["reports"]) is (preset in SEES), preset
    customer = await office.house.person(R.INVESTOR)
    blind = [await shown(each) for each in (None, customer.account, owner, office.house.ids.ref())]
    assert blind == [blind[0]] * 4, "what nobody may see looks like what is not there"
    before = len(await office.house.entries(entries.Looked))
    part = await shown(office.first.account)
    [case] = part["cases"]
    assert [each["text"] for each in case["notes"]] == ["Seen."]
    assert [each["sha256"] for each in case["evidence"]] == [hashlib.sha256(b"a").hexdigest()]
    assert {each["what"] for each in case["history"]} >= {"opened", "noted", "evidence", "linked"}
    assert [each["reason"] for each in part["risk"] if each["by"]] == ["adverse_media"]
    assert canonical.json_bytes(part), "it can be signed"
    assert len(await office.house.entries(entries.Looked)) > before, "a look is on record"


async def test_an_officer_does_not_see_what_is_there_about_themselves(office: Office) -> None:
    mine = (await office.first.send("POST", f"{PREFIX}cases", office.case(), office.key())).json["id"]
    superuser = office.town.superuser
    await superuser.execute("UPDATE monitoring_case SET subject = $2 WHERE id = $1", UUID(mine), office.first.account)
    assert [each["id"] for each in (await office.second.get(f"{PREFIX}cases")).json["items"]] == [mine]
    assert (await office.first.get(f"{PREFIX}cases")).json["items"] == []
    assert (await office.first.get(f"{PREFIX}cases/{mine}")).code == "case_unknown"
    claimed = await office.first.send("POST", f"{PREFIX}cases/{mine}/claim", None, ("if-match", '"0"'), office.key())
    assert (claimed.status, claimed.code) == (404, "case_unknown")


async def test_the_word_to_the_database_ends_with_its_transaction(office: Office) -> None:
    await filled(office)
    db = await office.town.schema.connect("customer_api", size=1)
    assert await counted(db, "monitoring_case", office.first.account) == 2
    assert await counted(db, "monitoring_case") == 0
    await db.close()


async def test_an_operator_sees_nothing_and_an_auditor_not_whom_it_is_about(office: Office) -> None:
    await filled(office)
    operator = await office.town.schema.connect("customer_operator", size=1)
    auditor = await office.town.schema.connect("customer_auditor", size=1)
    for table in tables.WALLED:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await counted(operator, table)
    for table, column in (
        ("monitoring_case", "subject"), ("monitoring_case", "reasons"), ("monitoring_alert", "account"),
        ("monitoring_alert", "operation"), ("monitoring_report", "subject"), ("monitoring_note", "text"),
        ("monitoring_risk_note", "account"), ("monitoring_shadow", "operation"), ("monitoring_case_event", "case_id"),
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await auditor.run("t", lambda tx, c=column, t=table: tx.fetch(f"SELECT {c} FROM {t}"))
    assert await auditor.run("t", lambda tx: tx.value("SELECT count(id) FROM monitoring_case")) == 2
    await operator.close()
    await auditor.close()


async def test_nobody_writes_behind_the_wall_without_being_let_through(office: Office) -> None:
    owner = await filled(office)
    support = await office.house.person(R.STAFF, P.SUPPORT)

    async def write(officer: Any, statement: str) -> int:
        async def work(tx: transaction.Tx) -> int:
            await service.enter(tx, officer)
            return await tx.execute(statement, owner)

        return await office.town.api.run("t", work)

    note = "INSERT INTO monitoring_risk_note VALUES (gen_random_uuid(), $1, 'x', 1, 1, $1, now())"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await write(support.account, note)
    assert await write(office.first.account, note) == 1
    assert await write(support.account, "UPDATE monitoring_case SET version = 9 WHERE subject = $1") == 0


def test_who_sees_by_the_register_is_who_may_by_the_rules() -> None:
    """The function's list is made of the permissions; a preset that gains or loses the sight changes the migration."""
    named = functions.SEES.partition("g.item IN (")[2].partition(")")[0]
    assert {each.strip(" '") for each in named.split(",")} == {
        access_model.Permission.COMPLIANCE_VIEW.value, *(each.value for each in SEES),
    }  # fmt: skip


async def test_over_http_every_route_of_the_office_is_shut_to_everybody_else(office: Office) -> None:
    """Every persona at every route below the prefix: one answer, whatever there is behind it, and the same for cases
    that exist and cases that do not.
    """
    owner = await filled(office)
    (case, _) = (await office.first.get(f"{PREFIX}cases")).json["items"]
    routes = [each for each in walking.every(office.house.inner) if each.template.startswith(PREFIX)]
    assert len(routes) > 25
    people = {name: who for name, who in walking.personas().items() if who is not None}
    shut = [
        name for name, who in people.items()
        if access_model.Permission.COMPLIANCE_VIEW not in who.permissions
    ]  # fmt: skip
    assert {"support", "kyc_officer", "operations", "finance_manager", "investor", "issuer", "admin"} <= set(shut)
    office.house.desk.db = None
    office.house.desk.callers = {name: people[name] for name in shut}
    for route in routes:
        there = bola.re.sub(r"\{\w+:(\w+)\}", lambda found: {"uuid": case["id"], "int": "1"}[found[1]], route.template)
        for name in shut:
            headers = (("authorization", f"Bearer {name}"),)
            answers = [await office.house.client.request(route.method, path, None, *headers)
                       for path in (there, route.path)]  # fmt: skip
            assert answers[0].status == 403, (name, route, answers[0])
            told = [(each.status, each.code, each.json.get("detail")) for each in answers]
            assert told[0] == told[1]
            assert str(owner) not in answers[0].body.decode()


class Counted(transaction.Tx):
    """Counts what a request asks of the database."""

    statements: list[str] = []  # noqa: RUF012 -- one list for the test that looks

    def __init__(self, connection: Any, name: str) -> None:
        super().__init__(connection, name)
        self.statements.append(name)

    async def fetch(self, statement: Any, *args: object, **values: object) -> Any:
        self.statements.append(str(statement))
        return await super().fetch(statement, *args, **values)

    async def row(self, statement: Any, *args: object, **values: object) -> Any:
        self.statements.append(str(statement))
        return await super().row(statement, *args, **values)


async def test_a_customers_own_answers_are_the_same_whether_a_case_is_open_or_not(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every route that a customer may read without naming an object: status, headers, body and the statements that it
    took, before and behind the opening of a case. The statements stand for the time: the same work, done the same way.
    """
    owner = await office.house.person(R.INVESTOR)
    office.town.cash[owner.account, 1] = await office.town._account(owner.account, ledger.Kind.CUSTOMER_CASH, 1)
    await office.town.moves(owner.account, 123_00)
    caller = msgspec.structs.replace(owner.caller(), role=R.INVESTOR)
    office.house.desk.callers[owner.token] = caller
    monkeypatch.setattr(transaction, "Tx", Counted)
    paths = [
        each.path for each in walking.every(office.house.inner)
        if each.method == "GET" and "{" not in each.template and _own(each.rule)
    ]  # fmt: skip
    assert len(paths) > 5

    async def asked() -> list[Any]:
        found = []
        for path in paths:
            Counted.statements.clear()
            answer = await owner.get(path)
            found.append((path, _spoken(answer), tuple(Counted.statements)))
        return found

    before = await asked()
    now = office.house.time.now()
    for kind in ("kyc", "screening", "monitoring"):
        await office.town.api.run(
            "t",
            lambda tx, kind=kind: service.open_(
                tx, kind=kind, subject=owner.account, reasons=("hit",), link=None, now=now, random=office.house.ids
            ),
        )
    await office.town.observe(office.town.operation(owner.account, 5 * MILLION, country="KP"))
    assert any(len(statements) > 1 for _, _, statements in before)
    assert await asked() == before


def _own(rule: access_rules.Rule) -> bool:
    return not rule.permissions and (rule.public or R.INVESTOR in rule.roles)


def _spoken(answer: loopback.Answer) -> Any:
    headers = sorted((name, value) for name, value in answer.headers if name not in {"x-request-id", "date"})
    body = answer.body
    if b"request_id" in body:
        body = bola.re.sub(rb'"request_id":"[^"]*"', b"", body)
    return answer.status, headers, body
