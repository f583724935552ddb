"""Settings from an environment: everything that is wrong is said in one line, and no value is."""

import enum
import uuid
from pathlib import Path
from typing import Annotated, Any, Literal

import hypothesis
import msgspec
import pytest
from hypothesis import strategies as st

from boundary.kernel.runtime import settings
from customer_stack import settings as customer
from execution_stack import settings as execution


class Colour(enum.StrEnum):
    RED = "red"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One field of every type that a stack's settings use."""

    database_url: settings.Secret
    api_key: settings.Secret | None = None
    host: str = "127.0.0.1"
    label: str | None = None
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8000
    fast: bool = False
    folder: Path | None = None
    channel: uuid.UUID | None = None
    origins: tuple[str, ...] = ()
    colour: Colour = Colour.RED
    mode: Literal["on", "off"] = "off"


GOOD = {"ACME_DATABASE_URL": "postgresql://a:hunter2@h/d"}


def load(**environment: str) -> Sample:
    return settings.load(Sample, "ACME_", {**GOOD, **environment}, foreign=("OTHER_",), needs=())


def complaint(environment: dict[str, str], needs: tuple[str, ...] = ()) -> str:
    with pytest.raises(settings.SettingsError) as caught:
        settings.load(Sample, "ACME_", environment, foreign=("OTHER_",), needs=needs)
    return str(caught.value)


def test_what_is_not_said_has_its_default() -> None:
    assert load() == Sample(database_url=settings.Secret(GOOD["ACME_DATABASE_URL"]))


@pytest.mark.parametrize(
    "name, text, value",
    [
        ("API_KEY", "s3cret", settings.Secret("s3cret")),
        ("HOST", "0.0.0.0", "0.0.0.0"),
        ("LABEL", "null", "null"),
        ("PORT", "9000", 9000),
        ("PORT", "65535", 65535),
        ("FAST", "true", True),
        ("FAST", "0", False),
        ("FOLDER", "/a b/c", Path("/a b/c")),
        ("CHANNEL", "6a9c1f1e-4a77-4a6e-9d3c-8f4f5a2c1b00", uuid.UUID("6a9c1f1e-4a77-4a6e-9d3c-8f4f5a2c1b00")),
        ("ORIGINS", "https://a.example, https://b.example,", ("https://a.example", "https://b.example")),
        ("ORIGINS", "", ()),
        ("COLOUR", "red", Colour.RED),
        ("MODE", "on", "on"),
    ],
)
def test_each_type_is_read_from_text(name: str, text: str, value: Any) -> None:
    assert getattr(load(**{f"ACME_{name}": text}), name.lower()) == value


BAD = [
    *[("PORT", text) for text in ("0", "65536", "-1", "http", "80 ", "8_0", "+80", "0x50", "٨", "9" * 5000, "80.5")],
    *[("FAST", text) for text in ("yes", "2", "tru")],
    *[("CHANNEL", text) for text in ("6a9c", "6a9c1f1e-4a77-4a6e-9d3c-8f4f5a2c1bzz")],
    *[("COLOUR", text) for text in ("RED", "green", 'it\'s\n"green"')],
    ("MODE", "maybe"),
]


@pytest.mark.parametrize("name, text", BAD, ids=[f"{name}-{text[:8]!a}" for name, text in BAD])
def test_a_value_that_is_none_is_refused_by_name_and_not_repeated(name: str, text: str) -> None:
    said = complaint({**GOOD, f"ACME_{name}": text})
    assert said.startswith(f"ACME_{name}: ")
    assert text.strip() not in said.removeprefix(f"ACME_{name}: ").split(" ")


@pytest.mark.parametrize("name", ["DATABASE_URL", "API_KEY", "HOST", "LABEL", "PORT", "FOLDER", "CHANNEL", "MODE"])
@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_value_is_refused_because_it_would_mean_something_else(name: str, text: str) -> None:
    assert complaint({**GOOD, f"ACME_{name}": text}) == f"ACME_{name}: is empty"


def test_a_missing_secret_is_named() -> None:
    assert complaint({}) == "ACME_DATABASE_URL is missing"


def test_what_a_process_needs_is_missing_although_the_field_is_optional() -> None:
    assert complaint(GOOD, needs=("api_key", "folder")) == "ACME_API_KEY is missing; ACME_FOLDER is missing"


def test_an_unknown_variable_is_refused_with_the_likely_meant_one() -> None:
    assert complaint({**GOOD, "ACME_DATABSE_URL": "hunter2"}) == (
        "ACME_DATABSE_URL is not a setting (did you mean ACME_DATABASE_URL?)"
    )
    assert complaint({**GOOD, "ACME_QQQQ": "hunter2"}) == "ACME_QQQQ is not a setting"


def test_a_variable_of_the_other_side_is_refused_by_name_alone() -> None:
    said = complaint({**GOOD, "OTHER_DATABASE_URL": "hunter2"})
    assert said == "OTHER_DATABASE_URL belongs to the other side of the wall and may not be present here"


def test_everything_that_is_wrong_is_said_at_once_and_in_one_line() -> None:
    said = complaint({"ACME_PORT": "x", "ACME_PORTT": "1", "OTHER_A": "1"}, needs=("folder",))
    assert said.count("; ") == 4
    assert "\n" not in said


def test_variables_of_nobody_here_are_nobodys_business() -> None:
    assert load(PATH="/bin", ACMEX="1", acme_port="x") == load()


def test_a_secret_shows_itself_only_when_asked_by_name() -> None:
    secret = settings.Secret("hunter2")
    assert secret.reveal() == "hunter2"
    for shown in (str(secret), repr(secret), f"{secret}", f"{secret!r}", repr([secret]), f"{load()!r}", format(secret)):
        assert "hunter2" not in shown
    with pytest.raises(TypeError):
        msgspec.json.encode(secret)
    assert secret == settings.Secret("hunter2")
    assert secret != settings.Secret("other")
    assert secret != "hunter2"
    assert len({secret, settings.Secret("hunter2")}) == 1


@hypothesis.given(
    st.dictionaries(
        st.sampled_from([f"ACME_{field.name.upper()}" for field in msgspec.structs.fields(Sample)]),
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).map(lambda text: f"zqxj{text}"),
        min_size=1,
    )
)
def test_no_complaint_ever_quotes_a_value(environment: dict[str, str]) -> None:
    said = ""
    try:
        settings.load(Sample, "ACME_", environment)
    except settings.SettingsError as error:
        said = str(error)
    assert "zqxj" not in said
    assert "\n" not in said


def test_a_process_that_cannot_start_says_one_line_and_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        settings.refuse(settings.SettingsError("one\ntwo\r\n  three"))
    assert caught.value.code == 2
    assert capsys.readouterr().err == "one two three\n"


# -- the two stacks ----------------------------------------------------------------------------------------------------

STACKS = [(customer, "CUSTOMER_", "EXECUTION_"), (execution, "EXECUTION_", "CUSTOMER_")]


@pytest.mark.parametrize("stack, own, other", STACKS)
def test_a_stack_refuses_every_variable_of_the_other(stack: Any, own: str, other: str) -> None:
    with pytest.raises(settings.SettingsError, match="other side of the wall"):
        stack.load({f"{own}DATABASE_URL": "postgresql://a/b", f"{other}DATABASE_URL": "postgresql://a/b"})


@pytest.mark.parametrize("stack, own, other", STACKS)
def test_a_stack_has_no_default_for_any_secret_and_listens_on_loopback(stack: Any, own: str, other: str) -> None:
    loaded = stack.load({f"{own}DATABASE_URL": "postgresql://a/b"})
    assert loaded.host == "127.0.0.1"
    assert loaded.redis_url is None
    for process in (each for each, needs in stack.NEEDS.items() if needs):
        with pytest.raises(settings.SettingsError, match="is missing"):
            stack.load({f"{own}DATABASE_URL": "postgresql://a/b"}, process=process)
