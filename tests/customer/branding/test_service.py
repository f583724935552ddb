"""The examples, the JSON Schema and what the public is shown."""

import json
from datetime import datetime
from importlib import resources
from typing import Any

import jsonschema
import msgspec
import pytest

from customer_stack.branding import model, service

CODES = ["LK", "LU", "AE", "US"]


@pytest.fixture
def branding(raw: Any, packs: tuple[model.Pack, ...]) -> model.Branding:
    return model.Branding(msgspec.convert(raw, model.Config), packs)


def test_the_schema_in_the_repository_is_the_one_that_the_structs_make() -> None:
    """To renew it: `customer-stack config schema`. Its diff is a change of what operators may write."""
    golden = resources.files("customer_stack.branding").joinpath("config.schema.json").read_bytes()
    assert golden == service.schema()


@pytest.mark.parametrize("code", CODES)
def test_an_example_satisfies_the_schema(code: str) -> None:
    schema = json.loads(service.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(service.example(code)))


@pytest.mark.parametrize(
    "breach",
    [{"extra": 1}, {"languages": []}, {"modules": ["lottery"]}, {"limits": {"minimum_age": 3}}, {"jurisdiction": "lk"}],
)
def test_the_schema_refuses_what_the_structs_refuse(raw: Any, breach: dict[str, Any]) -> None:
    broken = {**raw, **breach}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json.loads(service.schema()))
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(broken, model.Config)


@pytest.mark.parametrize("code", CODES)
def test_an_example_is_complete_fictional_and_names_no_supplier(
    code: str, packs: tuple[model.Pack, ...], now: datetime
) -> None:
    data = service.example(code)
    config = service.read_config("config.json", data, packs, now)
    assert set(config.modules) == set(model.Module)
    assert config.licences
    assert config.brand.domains[0].endswith(".example")
    assert b"bulkhead" not in data.lower()


def test_an_example_can_point_at_a_running_demonstration(packs: tuple[model.Pack, ...], now: datetime) -> None:
    data = service.example("LK", web="http://127.0.0.1:8400", api="http://127.0.0.1:8400")
    endpoints = service.read_config("config.json", data, packs, now).endpoints
    assert endpoints == model.Endpoints(web="http://127.0.0.1:8400", api="http://127.0.0.1:8400")


def test_there_is_no_example_for_a_place_without_a_pack() -> None:
    with pytest.raises(model.NoPack, match="ZZ; there are LK, LU, AE, US"):
        service.example("ZZ")


def test_the_public_sees_the_brand_and_the_limits_that_hold(branding: model.Branding, now: datetime) -> None:
    shown = service.public_config(branding, now)
    assert shown.brand == branding.config.brand
    assert shown.modules == branding.config.modules
    assert shown.jurisdiction.code == "LK"
    assert shown.jurisdiction.currency == "LKR"
    assert shown.jurisdiction.minimum_age == 21  # the operator's: the law says 18
    assert shown.limits.single == model.Amount(amount="5000000.00", currency="LKR")


def test_both_views_show_the_same_limits_and_age(branding: model.Branding, now: datetime) -> None:
    config, pack = service.public_config(branding, now), service.public_pack(branding, now)
    assert config.limits == pack.limits
    assert config.jurisdiction.minimum_age == pack.minimum_age


def test_thresholds_and_internal_deadlines_are_not_shown(branding: model.Branding, now: datetime) -> None:
    shown = msgspec.json.encode([service.public_config(branding, now), service.public_pack(branding, now)])
    law = service.pack_now(branding, now)
    for hidden in (b"threshold", b"travel_rule", b"deadlines", b"sources", law.limits.threshold_report.amount.encode()):
        assert hidden not in shown
