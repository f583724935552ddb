"""The vendor's own words: samples from its pages, signatures as an independent tool makes them, files and redaction."""

import pathlib
import subprocess

import pytest

from customer_stack.kyc import model, ports
from customer_stack.kyc.formats import sumsub as wire
from customer_stack.kyc.model import refusals
from customer_stack.kyc.service import hearing
from tests.customer.kyc import house as houses
from tests.customer.kyc.test_hooks import HOOKS, SECRET, Bench, bench

__all__ = ["bench"]
PAYLOADS = pathlib.Path(__file__).parent / "payloads"


@pytest.mark.parametrize(
    "name, event, reasons",
    [
        ("reviewed_green", model.Event.GREEN, ()),
        ("reviewed_red_final", model.Event.RED_FINAL, ("document_unreadable", "forgery")),
    ],
)
def test_the_vendors_samples_are_understood(name: str, event: model.Event, reasons: tuple[str, ...]) -> None:
    body = (PAYLOADS / f"{name}.json").read_bytes()
    told = wire.hook(body)
    assert told is not None
    assert (told.event, told.reasons, told.application) == (event, reasons, None)
    assert told.sequence // 1_000_000 == 1582291399


def test_signatures_are_those_that_an_independent_tool_makes() -> None:
    body = (PAYLOADS / "reviewed_green.json").read_bytes()
    for algorithm, name in wire.ALGORITHMS.items():
        made = subprocess.run(
            ["openssl", "dgst", f"-{name}", "-hmac", HOOKS], input=body, capture_output=True, check=True
        )
        digest = made.stdout.decode().split("= ")[1].strip()
        assert wire.is_signed([HOOKS], {wire.DIGEST: digest, wire.ALGORITHM: algorithm}, body)
    signed = b"1700000000POST/resources/applicants?levelName=basic-kyc-level" + body
    made = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", SECRET], input=signed, capture_output=True, check=True
    )
    ours = wire.signature(SECRET, 1700000000, "POST", "/resources/applicants?levelName=basic-kyc-level", body)
    assert made.stdout.decode().split("= ")[1].strip() == ours


async def test_an_erasure_has_the_vendor_let_go_too(bench: Bench) -> None:
    customer, application = await bench.approved()
    for _ in range(2):
        assert await bench.house.run(lambda tx: hearing.redact(tx, bench.house.api, customer.account)) == 1
    await bench.house.work()
    assert bench.vendor.by_external(application).inactive
    assert (
        bench.vendor.asked.count(
            f"PATCH /resources/applicants/{bench.vendor.by_external(application).id}/presence/deactivated"
        )
        == 1
    )


async def test_files_are_handed_on_and_a_profile_is_let_go_of(bench: Bench) -> None:
    _, application = await bench.applied()
    who = bench.vendor.by_external(application)
    for kind in model.UploadKind:
        file = ports.File(kind, "image/png", "LK", model.DocumentKind.NATIONAL_IDENTITY_CARD, houses.png())
        await bench.adapter.upload(who.id, file)
    assert [size for _, size in who.documents] == [len(houses.png())] * len(model.UploadKind)
    assert who.documents[0][0] == {"idDocType": "ID_CARD", "country": "LKA", "idDocSubType": "FRONT_SIDE"}
    assert (who.info["nationality"], who.info["country"]) == ("LKA", "LKA")
    nowhere = ports.File(
        model.UploadKind.SELFIE, "image/png", "ZZ", model.DocumentKind.NATIONAL_IDENTITY_CARD, houses.png()
    )
    with pytest.raises(refusals.ProviderWrong):
        await bench.adapter.upload(who.id, nowhere)
    assert await bench.adapter.start(who.id) is model.Event.NOTED
    assert who.status == "pending"
    await bench.adapter.redact(who.id)
    assert who.inactive
    with pytest.raises(refusals.ProviderWrong):
        await bench.adapter.start("../../applicants")
