"""Every object of every capability, asked for by its owner, by somebody else, and where there is none."""

from datetime import timedelta
from typing import Any

from boundary.kernel.runtime import transaction
from customer_stack.identity.model import notices
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts, posting
from customer_stack.notifications import model as notifications
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import bola
from tests.customer.identity import conftest
from tests.customer.identity import house as houses

house = conftest.house

USD = ledger.Asset(1, "USD", 6, ledger.AssetKind.CURRENCY)

TRIED_ELSEWHERE = {
    ("GET", "/api/v1/admin/proposals/{digest}"),
    ("POST", "/api/v1/admin/proposals/{digest}/approve"),
    ("POST", "/api/v1/admin/proposals/{digest}/reject"),
    ("POST", "/api/v1/admin/proposals/{digest}/withdraw"),
    ("GET", "/api/v1/kyc/applications/{application}"),
    ("GET", "/api/v1/kyc/applications/{application}/link"),
    ("POST", "/api/v1/kyc/applications/{application}/submit"),
    ("POST", "/api/v1/kyc/applications/{application}/uploads"),
    ("POST", "/api/v1/kyc/uploads/{upload}/complete"),
    ("PUT", "/api/v1/kyc/uploads/{upload}/parts/{part}"),
}
"""By those who work here: `test_bola`. Where what is the caller's own may still refuse: `tests/customer/kyc/test_flow.py`."""


TRIED_AT_HOME = ("/api/v1/beneficiaries", "/api/v1/deposits", "/api/v1/fx/", "/api/v1/withdrawals")
"""What takes rates or a bank: `test_api` of `fx` and of `payments` hold these to the same, and see that none is left out."""


async def belongings(house: houses.House, name: str) -> tuple[houses.Visitor, dict[str, str]]:
    """A customer with one of everything that has a number, and those numbers."""
    owner = await house.member(name, bearer=True)
    assert (await owner.step_up()).status == 200
    until = (house.time.now() + timedelta(days=30)).isoformat()
    key = await owner.post("/api/v1/me/api-keys", {"label": "books", "permissions": [], "expires_at": until})
    change = await owner.post("/api/v1/me/email", {"email": f"{name}.new@people.example"})
    second = house.visitor(houses.CHROME, bearer=True)
    second.email = owner.email
    assert (await second.sign_in()).status == 200
    sessions = (await owner.get("/api/v1/sessions")).json["sessions"]
    notice = await house.db.run(
        "test.notify",
        lambda tx: house.app.state.post.notify(tx, owner.account, notifications.Kind.PASSWORD_CHANGED, {}),
    )
    return owner, {
        "key": key.json["api_key"]["id"],
        "change": change.json["id"],
        "session": next(each["id"] for each in sessions if not each["current"]),
        "notification": str(notice),
        **await money(house, owner),
        "code": house.postbox.last(f"{name}.new@people.example", notices.Purpose.EMAIL_CHANGE),
    }


async def money(house: houses.House, owner: houses.Visitor) -> dict[str, str]:
    """A balance, and the transfer that it came from."""

    async def work(tx: transaction.Tx) -> dict[str, str]:
        mine = await accounts.ensure(tx, owner.account, ledger.Kind.CUSTOMER_CASH, USD.number, house.random)
        theirs = ledger.Account(house.random.ref(), USD.number, int(ledger.Kind.BANK))
        await accounts.open_all(tx, [theirs])
        transfer = ledger.Transfer(house.random.ref(), theirs.id, mine.id, 5, USD.number, 1)
        await posting.post_all(tx, [transfer], house.time.now())
        return {"account": str(mine.id), "transfer": str(transfer.id)}

    operator = await house.schema.connect("customer_operator")
    await operator.run("test.asset", lambda tx: accounts.add_asset(tx, USD))
    await operator.close()
    return await house.db.run("test.money", work)


async def test_every_object_is_its_owners_alone(house: houses.House) -> None:
    one, mine = await belongings(house, "amara")
    _, theirs = await belongings(house, "ruwan")

    def thing(method: str, template: str, name: str, body: Any = None) -> bola.Thing:
        return bola.Thing(method, template, mine[name], theirs[name], body=body)

    things = [
        thing("GET", "/api/v1/balances/{account}", "account"),
        thing("GET", "/api/v1/balances/{account}/movements", "account"),
        thing("GET", "/api/v1/balances/{account}/statements/{day}", "account")._replace(more={"day": "2026-03-02"}),
        thing("GET", "/api/v1/balances/{account}/months/{month}", "account")._replace(more={"month": "2026-02"}),
        thing("GET", "/api/v1/transfers/{transfer}", "transfer"),
        thing("POST", "/api/v1/notifications/{notification}/read", "notification"),
        thing("POST", "/api/v1/me/contact-changes/{change}/verify", "change", {"code": mine["code"]}),
        thing("DELETE", "/api/v1/me/contact-changes/{change}", "change"),
        thing("DELETE", "/api/v1/me/api-keys/{key}", "key"),
        thing("DELETE", "/api/v1/sessions/{session}", "session"),
    ]
    caller = [("authorization", f"Bearer {one.token}"), ("user-agent", one.user_agent)]
    await bola.assert_owners_alone(loopback.Client(house.port), caller, things)
    left = bola.uncovered(house.app, "/api/v1", things) - TRIED_ELSEWHERE
    assert {path for _, path in left if not path.startswith(TRIED_AT_HOME)} == set()
