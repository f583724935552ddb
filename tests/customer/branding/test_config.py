"""What config.json is refused for. Each test breaks one thing in a valid configuration and names the pointer."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from customer_stack.branding import model, service
from customer_stack.branding.rules import config as rules

Read = Callable[[Any], tuple[model.Problem, ...]]


def put(raw: Any, pointer: str, value: Any) -> Any:
    """The document with one value changed, or taken away where the value is `...`."""
    *path, last = pointer.strip("/").split("/")
    at = raw
    for step in path:
        at = at[int(step)] if isinstance(at, list) else at[step]
    if value is ...:
        del at[last]
    else:
        at[int(last) if isinstance(at, list) else last] = value
    return raw


def svg(text: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()


def test_the_example_has_no_problem(raw: Any, problems: Read) -> None:
    assert problems(raw) == ()


@pytest.mark.parametrize(
    "pointer",
    [
        "/brand",
        "/brand/name",
        "/brand/colours/dark",
        "/brand/colours/light/on_primary",
        "/licences",
        "/jurisdiction",
        "/languages",
        "/default_language",
        "/modules",
        "/links/privacy",
        "/endpoints/api",
    ],
)
def test_what_is_missing_is_named(raw: Any, problems: Read, pointer: str) -> None:
    assert problems(put(raw, pointer, ...)) == (model.Problem(pointer, "is missing"),)


@pytest.mark.parametrize("pointer", ["/walletName", "/brand/tagline", "/brand/colours/light/accent", "/links/a~b"])
def test_unknown_keys_are_refused_where_they_stand(raw: Any, problems: Read, pointer: str) -> None:
    (problem,) = problems(put(raw, pointer, "x"))
    assert problem == model.Problem(pointer.replace("~", "~0"), "is not a field of this document")


@pytest.mark.parametrize(
    "pointer,value",
    [
        ("/brand/name", 7),
        ("/brand/name", ""),
        ("/brand/name", "x" * 121),
        ("/brand/name", None),
        ("/brand", []),
        ("/brand/title", "Example"),
        ("/brand/colours/light/primary", "teal"),
        ("/brand/colours/light/primary", "#0f6b6"),
        ("/brand/support_email", "support"),
        ("/brand/domains", []),
        ("/brand/domains/0", "Market.Example"),
        ("/brand/logo", "data:text/html;base64,AAAA"),
        ("/brand/logo", "https://market.example/logo.svg"),
        ("/languages", "en"),
        ("/languages/0", "tlh"),
        ("/modules", []),
        ("/modules/0", "lottery"),
        ("/jurisdiction", "Sri Lanka"),
        ("/links/terms", "ftp://lk.market.example/terms"),
        ("/limits/minimum_age", "21"),
        ("/limits/minimum_age", 21.0),
        ("/limits/minimum_age", 15),
        ("/limits/single", 100),
        ("/limits/threshold_report", {"amount": "1.00", "currency": "LKR"}),
    ],
)
def test_wrong_types_and_shapes_are_refused_at_their_pointer(
    raw: Any, problems: Read, pointer: str, value: Any
) -> None:
    assert [problem.pointer for problem in problems(put(raw, pointer, value))] == [pointer]


def test_an_entry_of_a_list_is_named_down_to_its_field(raw: Any, problems: Read) -> None:
    raw["licences"].append({"authority": "A", "number": 5, "activity": "B"})
    assert [problem.pointer for problem in problems(raw)] == ["/licences/1/number"]


@pytest.mark.parametrize("value", [None, 1, "text", [], [[]]])
def test_a_document_that_is_no_object_is_refused(problems: Read, value: Any) -> None:
    assert problems(value) == (model.Problem("", "must be an object"),)


def test_every_fault_is_told_at_once(raw: Any, problems: Read) -> None:
    raw["brand"]["name"] = 7
    raw["extra"] = True
    del raw["links"]["help"]
    raw["brand"]["colours"]["light"]["text"] = "black"
    assert {problem.pointer for problem in problems(raw)} == {
        "/brand/name",
        "/extra",
        "/links/help",
        "/brand/colours/light/text",
    }


def test_every_broken_rule_is_told_at_once(raw: Any, problems: Read) -> None:
    raw["brand"]["colours"]["dark"]["text"] = raw["brand"]["colours"]["dark"]["surface"]
    raw["languages"] = ["en", "si"]
    raw["limits"]["single"] = {"amount": "999999999.00", "currency": "LKR"}
    assert {problem.pointer for problem in problems(raw)} == {
        "/brand/colours/dark/text",
        "/languages",
        "/brand/title/ta",
        "/brand/description/ta",
        "/limits/single",
    }


@pytest.mark.parametrize(
    "text",
    [
        "postgresql" + "://app:hunter2@db/customer",
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        "sk_live" + "_4eC39HqLyjWDarjtT1",
        "4f5c9b8e7d6a4f5c9b8e7d6a4f5c9b8e",
    ],
)
@pytest.mark.parametrize("pointer", ["/brand/name", "/licences/0/number", "/links/help", "/unknown", "/brand/title/en"])
def test_a_planted_secret_is_refused_and_never_repeated(raw: Any, problems: Read, pointer: str, text: str) -> None:
    put(raw, "/brand/legal_entity", 7)  # another fault, whose message must wait
    (problem,) = problems(put(raw, pointer, text))
    assert problem.pointer == pointer
    assert "this file is public" in problem.detail
    assert text not in problem.line("config.json")


def test_a_secret_in_a_key_is_refused_and_never_repeated(raw: Any, problems: Read) -> None:
    key = "4f5c9b8e7d6a4f5c9b8e7d6a4f5c9b8e"
    (problem,) = problems(put(raw, f"/brand/{key}", "x"))
    assert problem.pointer == "/brand"
    assert key not in problem.detail


@pytest.mark.parametrize("name", ["A\nB", "A\x00", "\u202eevil", "A\u200bB", "Example\n", " Example", "A\x85"])
def test_control_and_deceptive_characters_are_refused(raw: Any, problems: Read, name: str) -> None:
    assert [problem.pointer for problem in problems(put(raw, "/brand/name", name))] == ["/brand/name"]


def test_a_joiner_which_sinhala_needs_is_allowed(raw: Any, problems: Read) -> None:
    assert problems(put(raw, "/brand/title/si", "ශ්\u200dරී ලංකා")) == ()


@pytest.mark.parametrize(
    "languages,default,pointer,words",
    [
        (["en", "ta"], "en", "/languages", "si is missing; jurisdiction LK requires it"),
        (["en", "si", "ta", "en"], "en", "/languages/3", "en stands here twice"),
        (["en", "si", "ta"], "ar", "/default_language", "ar is not among /languages"),
        (["en", "si", "ta", "ar"], "en", "/brand/title", "has no text in ar"),
        (["en", "si", "ta", "ar"], "en", "/brand/description", "has no text in ar"),
        (["si", "ta"], "si", "/brand/title/en", "en is not among /languages"),
    ],
)
def test_languages_agree_with_each_other_the_texts_and_the_law(
    raw: Any, problems: Read, languages: list[str], default: str, pointer: str, words: str
) -> None:
    raw.update(languages=languages, default_language=default)
    assert words in {problem.pointer: problem.detail for problem in problems(raw)}[pointer]


def test_a_module_without_what_it_needs_is_refused(raw: Any, problems: Read) -> None:
    for module, needed in rules.NEEDS.items():
        raw["modules"] = [other for other in model.Module if other != needed]
        position = raw["modules"].index(module)
        assert model.Problem(f"/modules/{position}", f"{module} needs {needed}, which is not enabled") in problems(raw)
    assert "/modules/1" in {problem.pointer for problem in problems({**raw, "modules": ["wallet", "wallet"]})}


@pytest.mark.parametrize(
    "pointer,value,words",
    [
        ("/links/terms", "http://lk.market.example/terms", "https://"),
        ("/links/terms", "https://other.example/terms", "other.example is not one of /brand/domains"),
        ("/links/terms", "https://evil-lk.market.example.com", "not one of"),
        ("/links/terms", "https://notlk.market.example", "not one of"),
        ("/links/terms", "https:///terms", "not an address"),
        ("/links/terms", "https://lk.market.example:x/", "not an address"),
        ("/links/terms", "https://lk.market.example/a b", "not an address"),
        ("/links/terms", "https://[::1", "not an address"),
        ("/endpoints/api", "http://api.lk.market.example", "https://"),
        ("/brand/support_email", "support@mail.example", "mail.example is not one of"),
    ],
)
def test_addresses_belong_to_the_operator_and_are_encrypted(
    raw: Any, problems: Read, pointer: str, value: str, words: str
) -> None:
    (problem,) = problems(put(raw, pointer, value))
    assert problem.pointer == pointer
    assert words in problem.detail


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8400", "http://localhost:1/x", "http://[::1]:8400", "https://x.lk.market.example"]
)
def test_a_loopback_may_do_without_encryption_and_a_subdomain_belongs(raw: Any, problems: Read, address: str) -> None:
    assert problems(put(raw, "/endpoints/api", address)) == ()


@pytest.mark.parametrize(
    "logo",
    [
        "//evil.example/logo.png",
        "/\\evil.example/logo.png",
        "data:image/png;base64,!!!!",
        "data:image/png;base64," + base64.b64encode(b"GIF89a").decode(),
        "data:image/svg+xml;base64," + base64.b64encode(b"\xff\xfe").decode(),
        svg("<html></html>"),
        svg("<svg><script>alert(1)</script></svg>"),
        svg("<svg onload='x()'></svg>"),
        svg('<svg><a href="https://evil.example">x</a></svg>'),
        svg('<svg><image xlink:href="data:image/png;base64,AA"/></svg>'),
        svg('<!DOCTYPE svg [<!ENTITY x "y">]><svg>&x;</svg>'),
        svg("<svg><!-- postgresql" + "://app:pw@db/x --></svg>"),
    ],
)
def test_a_logo_that_is_no_still_image_is_refused(raw: Any, problems: Read, logo: str) -> None:
    assert [problem.pointer for problem in problems(put(raw, "/brand/logo", logo))] == ["/brand/logo"]


@pytest.mark.parametrize(
    "logo",
    [
        "/static/logo.svg",
        "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64)).decode(),
        svg('<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg>'),
    ],
)
def test_a_logo_is_a_path_a_png_or_a_still_svg(raw: Any, problems: Read, logo: str) -> None:
    assert problems(put(raw, "/brand/logo", logo)) == ()


@pytest.mark.parametrize("field", ["single", "day", "month"])
def test_a_limit_may_be_stricter_or_equal_but_never_looser(
    raw: Any, problems: Read, packs: tuple[model.Pack, ...], field: str
) -> None:
    law = next(getattr(pack.limits, field).amount for pack in packs if pack.code == "LK")
    whole = int(law.partition(".")[0])
    for amount, is_fine in ((law, True), (f"{whole - 1}.99", True), (f"{whole}.01", False)):
        found = problems(put(raw, f"/limits/{field}", {"amount": amount, "currency": "LKR"}))
        assert (found == ()) is is_fine
        assert is_fine or (found[0].pointer, found[0].detail) == (
            f"/limits/{field}",
            f"is looser than the {law} LKR of jurisdiction LK",
        )


@pytest.mark.parametrize(
    "amount,words",
    [
        ({"amount": "10.00", "currency": "USD"}, "the jurisdiction's currency is LKR"),
        ({"amount": "10.00", "currency": "ZZZ"}, "not an active ISO 4217 currency"),
        ({"amount": "10.00", "currency": "XAU"}, "minor unit"),
        ({"amount": "10.001", "currency": "LKR"}, "at most 2 decimals"),
        ({"amount": "0.00", "currency": "LKR"}, "is not above zero"),
    ],
)
def test_a_limit_is_money_of_the_jurisdiction(raw: Any, problems: Read, amount: dict[str, str], words: str) -> None:
    (problem,) = problems(put(raw, "/limits/single", amount))
    assert problem.pointer == "/limits/single"
    assert words in problem.detail


def test_the_minimum_age_may_be_raised_and_never_lowered(raw: Any, problems: Read) -> None:
    assert problems(put(raw, "/limits/minimum_age", 18)) == ()
    assert problems(put(raw, "/limits/minimum_age", 17)) == (
        model.Problem("/limits/minimum_age", "is below the 18 of jurisdiction LK"),
    )


def test_an_unknown_jurisdiction_is_told_with_those_that_there_are(raw: Any, problems: Read) -> None:
    (problem,) = problems(put(raw, "/jurisdiction", "ZZ"))
    assert problem.pointer == "/jurisdiction"
    assert "there are packs for AE, LK, LU, US" in problem.detail


def test_a_jurisdiction_whose_law_has_not_begun_is_refused(raw: Any, packs: tuple[model.Pack, ...]) -> None:
    with pytest.raises(model.BadConfig, match="/jurisdiction: no pack for jurisdiction LK is in force"):
        service.read_config("config.json", json.dumps(raw).encode(), packs, datetime(2020, 1, 1, tzinfo=UTC))


def test_a_pack_that_grows_stricter_while_we_run_is_obeyed_at_once(raw: Any, packs: tuple[model.Pack, ...]) -> None:
    raw["limits"]["single"] = {"amount": "4000000.00", "currency": "LKR"}
    config = msgspec.convert(raw, model.Config)
    law = next(pack for pack in packs if pack.code == "LK")
    lowered = msgspec.structs.replace(law.limits, single=model.Amount(amount="10.00", currency="LKR"))
    stricter = msgspec.structs.replace(law, effective_from=datetime(2027, 1, 1, tzinfo=UTC).date(), limits=lowered)
    branding = model.Branding(config, (*packs, stricter))
    before, after = (
        service.public_config(branding, datetime(*day, 18, 30, tzinfo=UTC)).limits.single.amount  # midnight in Colombo
        for day in ((2026, 12, 30), (2026, 12, 31))
    )
    assert (before, after) == ("4000000.00", "10.00")
