"""Files: in parts, sealed, scanned, and seen only by those who may, which is noted."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from boundary.kernel.runtime import settings
from customer_stack.access import model as access_model
from customer_stack.kyc import jobs, model
from customer_stack.kyc.adapters import clamd, in_house, opening, register
from customer_stack.kyc.model import entries, refusals
from customer_stack.kyc.rules import sniffing
from customer_stack.kyc.simulators.clamd import server as clamd_server
from customer_stack.kyc.simulators.register import server as register_server
from customer_stack.vault import jobs as vault_jobs
from tests.customer.kyc import house as houses

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


async def state(house: houses.House, upload: str) -> str:
    return str(await house.access.superuser.fetchval("SELECT state::text FROM kyc_upload WHERE id = $1", UUID(upload)))


async def test_a_file_of_several_parts_comes_back_as_it_was_sent_and_each_look_is_noted(house: houses.House) -> None:
    customer, officer = await house.customer(), await house.officer()
    application = await customer.draft(2)
    data = houses.png(noise=b"fictional pixels " * 60_000)
    assert len(data) > sniffing.PART_MAX
    upload = await customer.uploads(application, "identity_front", data)
    await house.work()
    path = f"/api/v1/admin/kyc/uploads/{upload}"
    seen = await officer.get(path)
    assert (seen.status, seen.body, seen.header("content-type")) == (200, data, "image/png")
    assert (seen.header("content-disposition"), seen.header("x-content-type-options")) == ("attachment", "nosniff")
    assert (await officer.get(path)).status == 200
    views = await house.rows("SELECT viewer, upload FROM kyc_view")
    assert [(row["viewer"], str(row["upload"])) for row in views] == [(officer.account, upload)] * 2
    assert len(await house.access.entries(entries.Viewed)) == 2
    stored = b"".join(row[0] for row in await house.rows("SELECT data FROM kyc_upload_part"))
    assert b"fictional pixels" not in stored, "the pieces are sealed"
    assert len(stored) > len(data)


async def test_files_forms_and_texts_are_moved_under_newer_keys(house: houses.House) -> None:
    customer, officer = await house.customer(), await house.officer()
    application = await house.in_review(customer, 2)
    await house.decided(officer, application, "return", customer_text="Again.", private_text="Blurred.")
    later = datetime(2100, 1, 1, tzinfo=UTC)
    await vault_jobs.rotate(house.worker, house.api.vault, before=later)
    await vault_jobs.reencrypt(house.worker, house.api.vault)
    sealed = await house.rows(
        "SELECT data FROM kyc_upload_part UNION ALL SELECT texts FROM kyc_event_text "
        "UNION ALL SELECT unnest(ARRAY[form, customer_text, private_text]) FROM kyc_application"
    )
    assert {int.from_bytes(row[0][1:5]) for row in sealed} == {2}
    [upload, *_] = [str(row[0]) for row in await house.rows("SELECT id FROM kyc_upload")]
    assert (await officer.get(f"/api/v1/admin/kyc/uploads/{upload}")).body == houses.png()
    whole = (await officer.get(f"/api/v1/admin/kyc/applications/{application}")).json
    assert (whole["form"]["family_names"], whole["customer_text"], whole["private_text"]) == (
        "Fictional",
        "Again.",
        "Blurred.",
    )


async def test_who_may_not_look_leaves_no_trace_of_having_looked(house: houses.House) -> None:
    customer = await house.customer()
    upload = await customer.uploads(await customer.draft(2))
    await house.work()
    nobody = await house.officer(access_model.Preset.FINANCE_MANAGER)
    for person in (nobody, customer.person):
        assert (await person.get(f"/api/v1/admin/kyc/uploads/{upload}")).status == 403
    assert await house.rows("SELECT 1 FROM kyc_view") == []


async def test_an_erased_customers_file_is_gone(house: houses.House) -> None:
    customer, officer = await house.customer(), await house.officer()
    upload = await customer.uploads(await customer.draft(2))
    await house.work()
    await house.run(lambda tx: house.api.vault.shred(tx, customer.account))
    answer = await officer.get(f"/api/v1/admin/kyc/uploads/{upload}")
    assert (answer.status, answer.code) == (404, "subject_shredded")


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"MZ\x90\x00" + bytes(500), "unknown_type"),
        (houses.png() + b"PK\x03\x04" + bytes(100), "trailing_data"),
        (houses.png(noise=b"<script>alert(1)</script>"), "polyglot"),
        (b"%PDF-1.7 /JavaScript " + bytes(100) + b"%%EOF", "active_content"),
    ],
    ids=["program", "archive behind", "page within", "script"],
)
async def test_what_is_no_plain_file_is_refused_and_not_kept(house: houses.House, data: bytes, reason: str) -> None:
    customer = await house.customer()
    upload, answer = await customer.sends(await customer.draft(2), "identity_front", data)
    assert (answer.status, answer.code, answer.json["facts"]["reason"]) == (400, "kyc_file_refused", reason)
    assert await state(house, upload) == "refused"
    assert await house.rows("SELECT 1 FROM kyc_upload_part") == []


async def test_sizes_are_bounded_and_parts_are_those_that_were_announced(house: houses.House) -> None:
    customer = await house.customer()
    application = await customer.draft(2)
    path = f"/api/v1/kyc/applications/{application}/uploads"
    for size in (0, 10, sniffing.SIZE_MAX + 1, -1):
        assert (await customer.send("POST", path, {"kind": "selfie", "size": size})).status == 400
    assert (await customer.send("POST", path, {"kind": "passport", "size": 4096})).status == 400
    size = sniffing.PART_MAX + 100
    upload = (await customer.send("POST", path, {"kind": "selfie", "size": size})).json["id"]
    full = bytes(sniffing.PART_MAX)
    for part, data in ((0, full[:-1]), (0, full + b"x"), (1, bytes(99)), (2, bytes(100)), (9, b"")):
        answer = await customer.puts(upload, part, data)
        assert (answer.status, answer.code) == (400, "kyc_part_wrong"), (part, len(data))
    assert (await customer.puts(upload, 0, full, "image/png")).status == 400
    assert (await customer.puts(upload, 0, full)).status == 204
    early = await customer.send("POST", f"/api/v1/kyc/uploads/{upload}/complete")
    assert (early.status, early.code) == (409, "kyc_file_incomplete")
    assert (await customer.puts(upload, 0, full)).status == 204, "a part may come twice"
    assert (await customer.puts(upload, 1, bytes(100))).status == 204


async def test_an_infected_file_is_let_go_of_and_the_application_returned(house: houses.House) -> None:
    customer, officer = await house.customer(), await house.officer()
    house.scanner.clean = False
    application = await customer.applies(2)
    await house.work()
    assert await house.state(application) == "returned"
    assert await house.rows("SELECT 1 FROM kyc_upload_part") == []
    [upload, *_] = [str(row[0]) for row in await house.rows("SELECT id FROM kyc_upload")]
    assert (await officer.get(f"/api/v1/admin/kyc/uploads/{upload}")).code == "kyc_file_not_clean"
    house.scanner.clean = True
    house.later(minutes=1)
    for kind in ("identity_front", "selfie"):
        await customer.uploads(application, kind)
    assert (await customer.submits(application)).status == 200
    await house.work()
    assert await house.state(application) == "in_review"


async def test_without_a_scanner_nothing_passes_and_it_is_seen(house: houses.House) -> None:
    customer = await house.customer()
    house.scanner.down = True
    application = await customer.applies(2)
    await house.work()
    assert (await house.state(application), await house.waiting(application)) == ("pending", "scan")
    house.scanner.down = False
    await house.handlers.follow(house.worker, jobs.Follow())
    assert await house.state(application) == "in_review"


async def test_missing_files_are_named_before_anything_is_submitted(house: houses.House) -> None:
    customer = await house.customer()
    application = await customer.draft(2)
    answer = await customer.submits(application)
    assert (answer.status, answer.code) == (409, "kyc_documents_not_ready")
    assert answer.json["facts"]["missing"] == "identity_front, selfie"
    for _ in range(24):
        path = f"/api/v1/kyc/applications/{application}/uploads"
        assert (await customer.send("POST", path, {"kind": "selfie", "size": 4096})).status == 201
    assert (await customer.send("POST", path, {"kind": "selfie", "size": 4096})).code == "kyc_not_in_this_state"


# ---- the scanner


@pytest.fixture
async def daemon() -> AsyncIterator[clamd_server.Server]:
    server = clamd_server.Server(limit=300_000)
    await server.start()
    yield server
    await server.stop()


async def test_the_scanner_tells_clean_from_infected_over_several_pieces(daemon: clamd_server.Server) -> None:
    scanner = clamd.Clamd(f"tcp://127.0.0.1:{daemon.port}")
    assert await scanner.is_clean(bytes(200_000))
    assert await scanner.is_clean(b"")
    assert not await scanner.is_clean(bytes(65_530) + EICAR), "found across the border of two pieces"
    assert daemon.scanned == [200_000, 0, 65_530 + len(EICAR)]


@pytest.mark.parametrize("how", [*clamd_server.How, "too large", "gone"], ids=str)
async def test_no_verdict_of_the_scanner_is_no_pass(daemon: clamd_server.Server, how: object) -> None:
    port = daemon.port
    if isinstance(how, clamd_server.How):
        daemon.how = how
    if how == "gone":
        port = 1
    scanner = clamd.Clamd(f"tcp://127.0.0.1:{port}", seconds=1)
    with pytest.raises(refusals.ScannerDown):
        await scanner.is_clean(bytes(400_000 if how == "too large" else 100))


async def test_without_a_scanner_set_up_there_is_no_verdict() -> None:
    with pytest.raises(refusals.ScannerDown):
        await clamd.Absent().is_clean(b"")


@pytest.mark.parametrize("url", ["127.0.0.1:3310", "http://127.0.0.1:3310", "tcp://127.0.0.1", "unix:"])
def test_an_address_that_is_none_of_a_scanner_is_refused(url: str) -> None:
    with pytest.raises(settings.SettingsError):
        clamd.Clamd(url)


# ---- the register


async def test_a_register_answers_and_its_silence_vouches_for_nobody() -> None:
    server = register_server.Server("fictional-token")
    await server.start()
    form = model_form()
    asked = register.Register(f"http://:fictional-token@127.0.0.1:{server.port}", seconds=1)
    assert await asked.ask(form) is model.RegisterAnswer.UNKNOWN
    server.known["LK", "911042754V"] = ("Fictional", "1991-04-13")
    assert await asked.ask(form) is model.RegisterAnswer.MATCH
    server.known["LK", "911042754V"] = ("Another", "1991-04-13")
    assert await asked.ask(form) is model.RegisterAnswer.MISMATCH
    server.status = 503
    assert await asked.ask(form) is model.RegisterAnswer.UNAVAILABLE
    await asked.close()
    stranger = register.Register(f"http://:wrong@127.0.0.1:{server.port}")
    assert await stranger.ask(form) is model.RegisterAnswer.UNAVAILABLE
    await stranger.close()
    await server.stop()
    gone = register.Register(f"http://:fictional-token@127.0.0.1:{server.port}", seconds=1)
    assert await gone.ask(form) is model.RegisterAnswer.UNAVAILABLE
    await gone.close()


def model_form() -> model.Form:
    return msgspec.convert(houses.FORM, model.Form)


# ---- what a process has when nothing is set up


async def test_what_is_not_set_up_lets_nobody_pass(house: houses.House) -> None:
    person = model.Person(("Testy Fictional",), None, (), (), ())
    account = house.api.ids.ref()
    said = await house.run(lambda tx: opening.Unscreened().screen(tx, account, person, "onboarding"))
    assert said is model.ScreenState.PENDING
    now = house.time.now()
    with pytest.raises(opening.NoCases):
        await house.run(
            lambda tx: opening.Caseless().open_(
                tx, kind="k", subject=account, reasons=("r",), link=None, now=now, random=house.api.ids
            )
        )
    risks = await house.run(lambda tx: opening.Unranked().of(tx, [account], now))
    assert risks == {account: "medium"}
    with pytest.raises(refusals.NoLink):
        await in_house.InHouse().link(account, 1)
