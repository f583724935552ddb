"""Registering over HTTP."""

from tests.customer.identity import house as houses


async def test_somebody_registers_verifies_and_signs_in(house: houses.House) -> None:
    visitor = await house.member()
    found = await visitor.get("/api/v1/me")
    assert found.status == 200
    assert (found.json["email"], found.json["phone"], found.json["state"]) == (visitor.email, visitor.phone, "active")
