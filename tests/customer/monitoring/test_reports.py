"""Reports from draft to acknowledgement: two people, one file, signed; and what may not be done to one."""

import hashlib
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from boundary.kernel import primitives
from customer_stack.monitoring import jobs
from customer_stack.monitoring.adapters import files
from customer_stack.monitoring.formats import goaml
from customer_stack.monitoring.model import entries
from customer_stack.monitoring.model import reports as model
from customer_stack.monitoring.rules import reports as rules
from customer_stack.monitoring.service import sweeping
from tests.customer.access import house as houses
from tests.customer.monitoring.conftest import MILLION, PERSON, KnownPeople, Office

REPORTS = "/api/v1/admin/compliance/reports"
CASES = "/api/v1/admin/compliance/cases"
SEED = bytes(range(32))
REPORTER = model.Reporter(
    rentity_id=1234,
    institution_name="Example Market Lanka (Private) Limited",
    institution_code="EXAMPLE",
    location=model.Address(address="1 Example Road", city="Colombo", country="LK"),
    person=model.Person(first_name="Sample", last_name="Officer", nationality="LK", residence="LK"),
)
OTHER = {"institution": "Example Bank", "account": "000123", "name": "Test Payer", "country": "LK"}


def handlers(office: Office, reporter: model.Reporter | None = REPORTER) -> jobs.Handlers:
    state = office.house.inner.state
    watch = sweeping.Watch(state.vault, office.town.rates, KnownPeople(), office.town.ids)
    return jobs.Handlers(watch, files.shipped("LK"), lambda: reporter, SEED, office.house.time)


async def drafted(office: Office) -> tuple[str, str, str]:
    """A case with a report about two movements; the case, the report, the first movement."""
    owner = await office.town.customer()
    came, went = await office.town.moves(owner, 5 * MILLION), await office.town.moves(owner, 4 * MILLION, out=True)
    case = (await office.first.send("POST", CASES, office.case(subject=str(owner)), office.key())).json["id"]
    body = {"case": case, "transfers": [str(came), str(went)]}
    made = await office.first.send("POST", REPORTS, body, office.key())
    assert made.status == 201, made
    return case, made.json["id"], str(came)


def words(came: str, **more: Any) -> dict[str, Any]:
    person = msgspec.to_builtins(PERSON)
    return {"reason": "In and out at once; said it was a loan.", "action": "Asked.", "indicators": ["MLPT"],
            "person": person} | more  # fmt: skip


async def revised(office: Office, report: str, body: Any) -> Any:
    tag = await office.etag(report, "reports")
    return await office.first.send("PUT", f"{REPORTS}/{report}", body, ("if-match", tag))


async def complete(office: Office, report: str, came: str) -> None:
    shown = (await office.first.get(f"{REPORTS}/{report}")).json
    others = {each["transfer"]: OTHER for each in shown["content"]["transactions"]}
    answer = await revised(office, report, words(came, others=others))
    assert (answer.status, answer.json["missing"]) == (200, []), answer


async def filed(office: Office, report: str) -> None:
    proposed = await office.acts(office.first, report, "propose", of="reports")
    assert proposed.status == 202, proposed
    assert (await office.first.approves(proposed.json["proposal"])).status == 403
    approved = await office.second.approves(proposed.json["proposal"])
    assert approved.status == 200, approved


async def test_a_report_from_draft_to_acknowledgement(office: Office, tmp_path: Path) -> None:
    case, report, came = await drafted(office)
    shown = (await office.first.get(f"{REPORTS}/{report}")).json
    assert shown["report"]["due_at"] == "2026-05-06T18:30:00Z"
    assert shown["content"]["person"]["last_name"] == "Sample"
    assert shown["missing"] == ["reason", "indicators", "transactions.0.other", "transactions.1.other"]
    assert (await office.acts(office.first, report, "propose", of="reports")).code == "report_incomplete"
    await complete(office, report, came)
    await filed(office, report)
    assert (await office.first.get(f"{REPORTS}/{report}/file")).code == "report_not_exported"
    for _ in range(2):
        await handlers(office).export(office.town.worker, jobs.Export())
    (exported,) = await office.house.entries(entries.ReportExported)
    read = await office.second.get(f"{REPORTS}/{report}/file")
    data = read.body
    goaml.check(data)
    assert hashlib.sha256(data).digest() == exported.digest
    assert data.count(b"<transaction>") == 2
    assert b"<t_from>" in data
    assert b"<t_from_my_client>" in data
    assert re.search(rb"<opened>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ</opened>\s*<status_code>", data)
    made = (await office.first.get(f"{REPORTS}/{report}")).json["export"]
    assert made["sha256"] == exported.digest.hex()
    _openssl(tmp_path, data, bytes.fromhex(made["signature"]))
    done = await office.acts(office.first, report, "acknowledge", {"reference": "1029-0-0"}, of="reports")
    assert (done.json["state"], done.json["reference"]) == ("acknowledged", "1029-0-0")
    history = (await office.first.get(f"{CASES}/{case}")).json["history"]
    assert "reported" in [each["what"] for each in history]
    (row,) = await office.town.stored("report")
    assert b"loan" not in row["content"]
    assert b"<report" not in row["file"]


def _openssl(home: Path, data: bytes, signature: bytes) -> None:
    """The signature is checked by somebody else's tool, over the file as it is."""
    key = ed25519.Ed25519PublicKey.from_public_bytes(primitives.ed25519_public(SEED))
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for name, content in (("key.pem", pem), ("file", data), ("signature", signature), ("other", data + b" ")):
        (home / name).write_bytes(content)
    for name, code in (("file", 0), ("other", 1)):
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", name, "-sigfile",
                   "signature"]  # fmt: skip
        found = subprocess.run(command, cwd=home, capture_output=True, check=False)
        assert found.returncode == code, found


async def test_what_was_rewritten_after_it_was_proposed_is_not_filed(office: Office) -> None:
    _, report, came = await drafted(office)
    await complete(office, report, came)
    proposed = (await office.acts(office.first, report, "propose", of="reports")).json["proposal"]
    await complete(office, report, came)
    assert (await office.second.approves(proposed)).code == "report_changed"


async def test_what_left_is_never_changed(office: Office) -> None:
    _, report, came = await drafted(office)
    await complete(office, report, came)
    await filed(office, report)
    assert (await revised(office, report, words(came))).code == "report_not_draft"
    assert (await office.acts(office.first, report, "discard", of="reports")).code == "illegal_transition"
    await handlers(office).export(office.town.worker, jobs.Export())
    for statement in (
        "UPDATE monitoring_report SET digest = decode(repeat('00', 32), 'hex') WHERE id = $1",
        "UPDATE monitoring_report SET state = 'draft' WHERE id = $1",
        "UPDATE monitoring_report SET approved_by = proposed_by WHERE id = $1",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await office.forge(statement, report)
    for statement in ("UPDATE monitoring_export SET size = 1", "DELETE FROM monitoring_export"):
        with pytest.raises(asyncpg.PostgresError):
            await office.town.superuser.execute(statement)


async def test_drafts_of_suspicion_may_be_given_up_and_a_case_has_one(office: Office) -> None:
    case, report, _ = await drafted(office)
    again = await office.first.send("POST", REPORTS, {"case": case}, office.key())
    assert again.code == "report_not_draft"
    assert (await office.acts(office.first, report, "discard", of="reports")).json["state"] == "discarded"
    assert (await office.first.send("POST", REPORTS, {"case": case}, office.key())).status == 201
    stranger = await office.town.moves(await office.town.customer(), 1_00)
    body = {"case": case, "transfers": [str(stranger)]}
    assert (await office.first.send("POST", REPORTS, body, office.key())).code == "report_incomplete"


async def test_a_threshold_report_comes_of_the_books_and_nobody_discards_it(office: Office) -> None:
    owner = await office.town.customer()
    came = await office.town.moves(owner, 5_000_000_000, asset=2)
    await handlers(office).sweep(office.town.worker, jobs.Sweep())
    (found,) = (await office.first.get(f"{REPORTS}?kind=threshold&state=draft")).json["items"]
    report = found["id"]
    assert (found["transfer"], found["subject"]) == (str(came), str(owner))
    assert (await office.acts(office.first, report, "discard", of="reports")).code == "report_not_draft"
    shown = (await office.first.get(f"{REPORTS}/{report}")).json
    assert shown["missing"] == ["transactions.0.local", "transactions.0.other"]
    body = words(str(came), others={str(came): OTHER}, local={str(came): 150_000_000})
    assert (await revised(office, report, body)).json["missing"] == []
    await filed(office, report)
    await handlers(office, None).export(office.town.worker, jobs.Export())
    assert (await office.first.get(f"{REPORTS}/{report}/file")).code == "report_not_exported", "nobody reports"
    await handlers(office).export(office.town.worker, jobs.Export())
    data = (await office.first.get(f"{REPORTS}/{report}/file")).body.decode()
    for part in ("<report_code>EFT<", "<amount_local>1500000.00<", "<foreign_amount>5000.000000<",
                 "<foreign_exchange_rate>300.000000<", "<t_to_my_client>"):  # fmt: skip
        assert part in data, part


async def test_reports_are_overdue_once(office: Office) -> None:
    _, report, _ = await drafted(office)
    office.house.time.advance(timedelta(days=3))
    for _ in range(2):
        await office.town.worker.run("t", lambda tx: handlers(office).overdue(tx, jobs.Overdue()))
    office.first.proves_a_factor()
    assert (await office.first.get(f"{REPORTS}/{report}")).json["report"]["overdue"]


async def test_rules_change_by_two_people_and_never_for_the_past(office: Office) -> None:
    path = "/api/v1/admin/compliance/rules"
    (first,) = (await office.first.get(path)).json["items"]
    assert (first["number"], first["proposer"]) == (1, None)
    rules_ = (await office.first.get(f"{path}/1")).json["rules"]
    late = await office.first.send("POST", path, rules_ | {"effective_from": "2026-05-04"})
    assert late.code == "monitoring_rules_not_in_future"
    wrong = await office.first.send("POST", path, rules_ | {"risk": {"medium": 5, "high": 5}})
    assert (wrong.code, wrong.json["facts"]["at"]) == ("monitoring_rules_invalid", "/risk")
    proposed = await office.first.send("POST", path, rules_ | {"effective_from": "2026-06-01"})
    digest = proposed.json["proposal"]
    assert (await office.first.approves(digest)).status == 403
    assert (await office.second.approves(digest)).status == 200
    second, _ = (await office.first.get(path)).json["items"]
    assert (second["number"], second["effective_at"]) == (2, "2026-05-31T18:30:00Z")
    assert (second["proposer"], second["approver"]) == (str(office.first.account), str(office.second.account))
    owner = await office.town.customer()
    await office.town.moves(owner, 1_00)
    assert {each.version for each in await office.town.observe(office.town.operation(owner, MILLION))} == {1}
    (shadow,) = (await office.first.get(f"{path}/1")).json["shadows"]
    assert (shadow["rule"], shadow["hits"], shadow["uncertain"]) == ("new-and-fast", 1, 0)
    office.house.time.advance(timedelta(days=28))
    assert {each.version for each in await office.town.observe(office.town.operation(owner, MILLION))} == {2}
    installed = await office.town.worker.run("t", lambda tx: handlers(office).install(tx, jobs.Install()))
    assert installed is None
    assert len(await office.town.stored("rules")) == 2
    await _forged(office, rules_)
    assert (await office.first.get(f"{path}/99")).status == 404
    assert (await office.first.get(f"{path}/{1 << 70}")).status == 404
    with pytest.raises(asyncpg.PostgresError):
        await office.town.superuser.execute("UPDATE monitoring_rules SET document = '{}'")


async def _forged(office: Office, rules_: Any) -> None:
    """Rules that nobody proposed, or that were proposed otherwise, written past the program by the API's own role."""
    office.first.proves_a_factor()
    proposed = await office.first.send(
        "POST", "/api/v1/admin/compliance/rules", rules_ | {"effective_from": "2026-08-01"}
    )
    assert proposed.status == 202, proposed
    insert = """INSERT INTO monitoring_rules (number, hash, document, effective_at, proposer, approver)
        VALUES ($1, sha256($2::text::bytea), $2::text, now(), $3, $4)"""
    for number, text, proposer in (
        (3, "{}", office.first.account), (4, "{}", office.first.account), (3, "{}x", office.second.account),
    ):  # fmt: skip
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await office.town.api.run(
                "t", lambda tx, n=number, t=text, p=proposer: tx.execute(insert, n, t, p, office.house.ids.ref())
            )


@pytest.mark.parametrize("state, event", rules.REPORT.illegal_pairs())
def test_whatever_the_table_does_not_allow_is_refused(state: model.State, event: model.Event) -> None:
    with pytest.raises(rules.states.IllegalTransition):
        rules.REPORT.advance(state, event)


def test_the_reporters_file_is_strict_and_quotes_nobody(tmp_path: Path) -> None:
    path = tmp_path / "reporter.json"
    with pytest.raises(files.BadReporter):
        files.reporter(path)
    path.write_bytes(msgspec.json.encode(REPORTER))
    assert files.reporter(path) == REPORTER
    for wrong in (b'{"rentity_id": 1}', msgspec.json.encode(REPORTER).replace(b'"Sample"', b"5")):
        path.write_bytes(wrong)
        with pytest.raises(files.BadReporter) as refused:
            files.reporter(path)
        assert "Officer" not in str(refused.value)
    assert houses.NOON
