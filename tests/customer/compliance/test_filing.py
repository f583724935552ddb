"""The file of a customer: what is in it, that nobody changes a byte of it, and the command that writes it."""

import asyncio
import json
import pathlib
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from boundary.kernel import clock, ids, primitives
from boundary.kernel.runtime import sealing
from boundary.verify import file as verifier
from customer_stack import cli
from customer_stack.access import model as access
from customer_stack.access.service import rights
from customer_stack.branding import service as branding
from customer_stack.compliance import model
from customer_stack.compliance.model import facts
from customer_stack.compliance.service import filing
from tests.customer.compliance import house
from tests.customer.identity import house as people

SEED, OTHER, AUDIT = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
KEY, AUDIT_KEY = primitives.ed25519_public(SEED), primitives.ed25519_public(AUDIT)
K = model.OperationKind
VERIFIER = pathlib.Path(verifier.__file__)


class Keeper:
    """What another capability would bring."""

    name = "kyc"

    async def records(self, _tx: Any, account: UUID, _now: Any, _by: UUID | None) -> Any:
        return {"subject": str(account), "name": "Amara Fictional · අමරා"}


async def lived(room: house.Room, *, sealed: bool = True) -> None:
    """A customer of whom there is something on file."""
    await room.db.run("t", lambda tx: rights.enrol(tx, room.one, access.Role.INVESTOR))
    await room.evaluate(room.operation(K.STAKE, 5), room.operation(K.STAKE, 10**12))
    room.neighbours.risks[room.one] = "HIGH"
    await room.evaluate(room.operation(K.STAKE, 5))
    await room.db.run("t", lambda tx: room.desk.exclude(tx, room.one, 6, room.now))
    if sealed:
        sealer = sealing.Sealer(room.worker, AUDIT, clock.ManualClock(room.now + timedelta(seconds=1)))
        unsealed = (
            "SELECT count(*) FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)"
        )
        while True:  # transactions of other tests on the same server hold the watermark back for a moment
            await sealer.seal()
            if not (await room.query(unsealed))[0][0]:
                break
            await asyncio.sleep(0.02)
        await sealer.seal()


async def taken(room: house.Room) -> bytes:
    found = await room.db.run("t", lambda tx: filing.take(tx, room.one, [Keeper()], SEED, room.now, by=UUID(int=1)))
    return found.content


async def test_everything_is_in_it_and_an_outsider_can_tell(room: house.Room) -> None:
    await lived(room)
    content = await taken(room)
    document = json.loads(content)
    parts = document["parts"]
    assert sorted(parts) == ["audit", "clearance", "kyc", "reviews", "safeguards"]
    assert sorted((each["answer"], each["reasons"]) for each in parts["clearance"]) == [
        ("allow", []), ("refuse", ["limit_single", "limit_day", "limit_month"]), ("review", ["risk_high"]),
    ]  # fmt: skip
    assert {each["facts"]["kyc"] for each in parts["clearance"]} == {"approved"}
    assert [each["state"] for each in parts["reviews"]] == ["open"]
    assert [each["fact"] for each in parts["safeguards"]["history"]] == ["self_exclusion"]
    assert len(parts["audit"]["proofs"]) == 2
    assert "3 verdicts" in verifier.judge(content, KEY, None)
    assert verifier.judge(content, KEY, AUDIT_KEY).endswith("3 verdicts proved in the audit log")
    assert [each.digest for each in await room.entries(facts.FileTaken)] == [primitives.sha256(content)]


def resigned(document: dict[str, Any], seed: bytes = OTHER) -> bytes:
    body = {name: value for name, value in document.items() if name != "signature"}
    signature = primitives.ed25519_sign(seed, verifier.DOMAIN + verifier.canonical(body))
    return verifier.canonical(body | {"signature": signature.hex()})


def changed(document: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    change(copy)
    return copy


FORGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "another answer": lambda d: d["parts"]["clearance"][1].update(answer="nothing"),
    "a verdict less": lambda d: d["parts"]["clearance"].pop(),
    "a part less": lambda d: d["parts"].pop("reviews"),
    "another account": lambda d: d.update(account=str(UUID(int=9))),
    "another time": lambda d: d.update(at=d["at"] + 1),
    "a part more": lambda d: d["parts"].update(more=[]),
}


async def test_what_was_changed_or_signed_again_with_another_key_is_found(room: house.Room) -> None:
    await lived(room)
    document = json.loads(await taken(room))
    for change in FORGED.values():
        forged = changed(document, change)
        for content in (verifier.canonical(forged), resigned(forged)):
            with pytest.raises(verifier.NotValid, match="not signed by this key"):
                verifier.judge(content, KEY, None)


async def test_a_signer_who_lies_is_found_by_the_hashes_and_by_the_audit_log(room: house.Room) -> None:
    """As if the key that signs files had been used for another story than the one that was audited."""
    await lived(room)
    document = json.loads(await taken(room))
    lies: list[tuple[Callable[[dict[str, Any]], object], str]] = [
        (lambda d: d["parts"]["clearance"][0].update(row="00"), "does not hash"),
        (lambda d: d["parts"]["clearance"][0].update(verdict=str(UUID(int=3))), "described otherwise"),
        (lambda d: d["parts"]["audit"]["proofs"].pop(), "in no proved entry"),
        (lambda d: d["parts"]["audit"]["proofs"][0]["entry"].update(id=1), "does not lead"),
        (lambda d: d["parts"]["audit"]["proofs"][0]["head"].update(signature="00" * 64), "audit log's key"),
    ]
    for lie, reason in lies:
        with pytest.raises(verifier.NotValid, match=reason):
            verifier.judge(resigned(changed(document, lie), SEED), KEY, AUDIT_KEY)
    with pytest.raises(verifier.NotValid, match="audit log's key"):
        verifier.judge(verifier.canonical(document), KEY, KEY)


async def test_what_is_not_sealed_yet_is_said(room: house.Room) -> None:
    await lived(room, sealed=False)
    content = await taken(room)
    assert json.loads(content)["parts"]["audit"] == {"proofs": [], "not_sealed_yet": 2, "older_left_out": False}
    assert verifier.judge(content, KEY, AUDIT_KEY).endswith("0 verdicts proved in the audit log")


BAD = (
    b"", b"{", b"[]", b'{"format":"compliance-file/1"}', b"\xff", b'{"a":1,"a":2}', b"1.5", b'{"at":1e5}',
    b'{"account":"","at":9007199254740992,"format":"compliance-file/1","parts":{},"signature":""}',
)  # fmt: skip


@pytest.mark.parametrize("content", BAD)
def test_what_is_no_file_cannot_be_judged(content: bytes) -> None:
    with pytest.raises(verifier.Unusable):
        verifier.judge(content, KEY, None)


async def test_bytes_in_another_form_are_not_the_file(room: house.Room) -> None:
    await lived(room, sealed=False)
    with pytest.raises(verifier.NotValid, match="canonical"):
        verifier.judge(json.dumps(json.loads(await taken(room))).encode(), KEY, None)


async def test_nobody_whom_we_do_not_know_has_a_file(room: house.Room) -> None:
    with pytest.raises(model.UnknownCustomer):
        await taken(room)


# ---- the commands


async def run(room: house.Room, *arguments: str, role: str = "customer_operator", **more: str) -> Result:
    env = {"CUSTOMER_DATABASE_URL": room.schema.url(role), **more}
    return await asyncio.to_thread(CliRunner().invoke, cli.main, ["compliance", *arguments], env=env)


async def test_an_operator_writes_the_file_and_an_outsider_checks_it_alone(
    room: house.Room, tmp_path: pathlib.Path
) -> None:
    await lived(room)
    key, out = tmp_path / "files.key", tmp_path / "file.json"
    key.write_text(SEED.hex())
    key.chmod(0o600)
    people.furnish(tmp_path, ids.SystemIds())
    (tmp_path / "config.json").write_bytes(branding.example("LK"))
    kept = {"CUSTOMER_CONFIG_FILE": str(tmp_path / "config.json"), "CUSTOMER_VAULT_KEYS": str(tmp_path / "vault")}
    done = await run(room, "bundle", str(room.one), "--key", str(key), "--out", str(out), **kept)
    assert done.exit_code == 0, done.output
    assert out.stat().st_mode & 0o077 == 0
    again = await run(room, "bundle", str(room.one), "--key", str(key), "--out", str(out), **kept)
    assert again.exit_code != 0
    parts = json.loads(out.read_bytes())["parts"]
    assert sorted(parts) == ["audit", "clearance", "kyc", "monitoring", "reviews", "safeguards", "screening"]
    assert parts["kyc"]["account"] == str(room.one)
    assert parts["monitoring"] == {
        "shown": False, "level": "", "risk": [], "alerts": [], "cases": [], "reports": [],
    }, "no case is an operator's business"  # fmt: skip
    alone = [sys.executable, "-I", str(VERIFIER), str(out), "--public-key"]
    for public, expected in ((KEY.hex(), 0), (AUDIT_KEY.hex(), 1), ("zz", 2)):
        ran = await asyncio.to_thread(subprocess.run, [*alone, public], capture_output=True, text=True, check=False)
        assert ran.returncode == expected, ran
    told = await room.entries(facts.FileTaken)
    assert [each.by for each in told] == [None]


async def test_a_verdict_is_replayed_from_the_command_line(room: house.Room) -> None:
    room.neighbours.risks[room.one] = "HIGH"
    (verdict,) = await room.evaluate(room.operation(K.STAKE, 5))
    same = await run(room, "replay", str(verdict.id), role="customer_auditor")
    assert (same.exit_code, same.output.strip()) == (0, "same: review risk_high")
    superuser = await room.schema.superuser()
    await superuser.execute("SET session_replication_role = replica; UPDATE clearance SET answer = 'allow'")
    await superuser.close()
    different = await run(room, "replay", str(verdict.id), role="customer_auditor")
    assert (different.exit_code, different.output.strip()) == (1, "DIFFERENT: review risk_high")
