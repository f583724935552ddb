"""One suite over every carrier: what it must do whoever carries, and how each failure of the other side is judged."""

import asyncio
import email
import email.policy
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from boundary.kernel.runtime import settings
from customer_stack.notifications import model, ports
from customer_stack.notifications.adapters import carriers, outbox, smtp, twilio
from customer_stack.notifications.formats import twilio as wire
from customer_stack.notifications.simulators.smtp import server as smtp_server
from customer_stack.notifications.simulators.twilio import server as sms_server
from tests import embedded
from tests.customer.notifications import conftest as house

V = model.Verdict
SENDER, NUMBER = "no-reply@market.example", "+15550100001"
ACCOUNT, TOKEN = "ACfictional", "fictional-token"
PAYLOADS = Path(__file__).parent / "payloads"


def message(channel: model.Channel, number: int = 1) -> model.Message:
    return model.Message(
        id=UUID(int=number),
        channel=channel,
        to="kamala@people.example" if channel is model.Channel.EMAIL else "+94770000001",
        locale=model.Locale.TAMIL,
        subject="Subject",
        paragraphs=("One.", ".", "Two."),
        text="Code 271828 – வணக்கம் & =%+",
        at=house.START,
    )


class Arrived(NamedTuple):
    to: str
    text: str


class Bench(NamedTuple):
    """A carrier before its simulator: what arrived there, and how to make that simulator misbehave."""

    carrier: ports.Carrier
    channel: model.Channel
    arrived: Callable[[], list[Arrived]]
    refuse: Callable[[int], None]
    silent_after: Callable[[], None]
    hang_up_after: Callable[[], None]
    behave: Callable[[], None]
    stop: Callable[[], Awaitable[None]]


def text_of(data: bytes) -> str:
    found = email.message_from_bytes(data, policy=email.policy.default).get_body(("plain",))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


async def mail_bench() -> Bench:
    server = smtp_server.Server()
    await server.start()
    order, command, how = smtp_server.Order, smtp_server.Command, smtp_server.How
    return Bench(
        smtp.Smtp(f"smtp://127.0.0.1:{server.port}", SENDER, house.BRAND),
        model.Channel.EMAIL,
        lambda: [Arrived(each.receivers[0], text_of(each.text)) for each in server.received],
        lambda code: server.order(order(command.RCPT, code)),
        lambda: server.order(order(command.TEXT, how.SILENCE)),
        lambda: server.order(order(command.TEXT, how.HANG_UP)),
        server.behave,
        server.stop,
    )


async def sms_bench() -> Bench:
    server = sms_server.Server(ACCOUNT, TOKEN)
    await server.start()
    order, how = sms_server.Order, sms_server.How
    statuses = {550: (400, 21211), 451: (429, 20429)}
    return Bench(
        twilio.Twilio(f"http://{ACCOUNT}:{TOKEN}@127.0.0.1:{server.port}", NUMBER, seconds=1),
        model.Channel.SMS,
        lambda: [Arrived(each.to, each.text) for each in server.received],
        lambda code: server.order(order(statuses[code])),
        lambda: server.order(order(how.SILENCE)),
        lambda: server.order(order(how.HANG_UP)),
        server.behave,
        server.stop,
    )


@pytest.fixture(params=[mail_bench, sms_bench], ids=["smtp", "twilio"])
async def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(smtp, "SECONDS", 1)
    made: Bench = await request.param()
    yield made
    await made.carrier.close()
    await made.stop()


async def test_a_message_arrives_whole_and_is_accepted(bench: Bench) -> None:
    sent = message(bench.channel)
    outcome = await bench.carrier.carry(sent)
    assert outcome.verdict is V.ACCEPTED
    (arrived,) = bench.arrived()
    assert arrived.to == sent.to
    wanted = sent.text if bench.channel is model.Channel.SMS else "One.\n\n.\n\nTwo."
    assert arrived.text.startswith(wanted)


async def test_a_refusal_of_the_receiver_is_final(bench: Bench) -> None:
    bench.refuse(550)
    outcome = await bench.carrier.carry(message(bench.channel))
    assert outcome.verdict is V.REFUSED
    assert bench.arrived() == []


async def test_a_carrier_that_is_busy_is_asked_again_later(bench: Bench) -> None:
    bench.refuse(451)
    assert (await bench.carrier.carry(message(bench.channel))).verdict is V.LATER
    assert bench.arrived() == []
    bench.behave()
    assert (await bench.carrier.carry(message(bench.channel))).verdict is V.ACCEPTED


@pytest.mark.parametrize("fault", ["silent_after", "hang_up_after"])
async def test_silence_after_the_message_was_handed_over_is_unknown(bench: Bench, fault: str) -> None:
    getattr(bench, fault)()
    outcome = await bench.carrier.carry(message(bench.channel))
    assert outcome.verdict is V.UNKNOWN
    assert len(bench.arrived()) == 1  # and indeed it had arrived


async def test_a_carrier_that_is_not_there_is_asked_again_later(bench: Bench) -> None:
    port = embedded.free_ports(1)[0]
    carrier: ports.Carrier = (
        smtp.Smtp(f"smtp://127.0.0.1:{port}", SENDER, house.BRAND)
        if bench.channel is model.Channel.EMAIL
        else twilio.Twilio(f"http://{ACCOUNT}:{TOKEN}@127.0.0.1:{port}", NUMBER)
    )
    assert (await carrier.carry(message(bench.channel))).verdict is V.LATER
    await carrier.close()


async def test_no_outcome_names_the_receiver(bench: Bench) -> None:
    sent = message(bench.channel)
    for code in (550, 451):
        bench.behave()
        bench.refuse(code)
        outcome = await bench.carrier.carry(sent)
        assert sent.to not in outcome.code + outcome.reference


async def test_messages_side_by_side_all_arrive(bench: Bench) -> None:
    outcomes = await asyncio.gather(*(bench.carrier.carry(message(bench.channel, n)) for n in range(1, 9)))
    assert {outcome.verdict for outcome in outcomes} == {V.ACCEPTED}
    assert len(bench.arrived()) == 8


# ---- what only mail has


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.simulator.example")])
    today = datetime.fromisoformat("2020-01-01")
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today)
        .not_valid_after(today.replace(year=2090))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def context(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


@pytest.mark.parametrize("implicit", [True, False], ids=["implicit TLS", "STARTTLS"])
async def test_mail_goes_under_tls_with_a_login(
    certificate: Path, implicit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_LOOPBACK", frozenset())  # as if the server were elsewhere
    server = smtp_server.Server(certificate=context(certificate), implicit_tls=implicit, login=("mail er", "p@ss"))
    await server.start()
    scheme = "smtps" if implicit else "smtp"
    url = f"{scheme}://mail%20er:p%40ss@127.0.0.1:{server.port}"
    carrier = smtp.Smtp(url, SENDER, house.BRAND, certificates=str(certificate))
    assert (await carrier.carry(message(model.Channel.EMAIL))).verdict is V.ACCEPTED
    assert [(each.tls, each.user) for each in server.received] == [(True, "mail er")]
    await server.stop()


async def test_mail_never_falls_back_to_plain_text(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "_LOOPBACK", frozenset())
    plain = smtp_server.Server()
    await plain.start()
    carrier = smtp.Smtp(f"smtp://127.0.0.1:{plain.port}", SENDER, house.BRAND)
    assert (await carrier.carry(message(model.Channel.EMAIL))).verdict is V.LATER
    assert plain.received == []
    await plain.stop()


async def test_a_certificate_that_nobody_signed_is_refused(certificate: Path) -> None:
    server = smtp_server.Server(certificate=context(certificate), implicit_tls=True)
    await server.start()
    carrier = smtp.Smtp(f"smtps://127.0.0.1:{server.port}", SENDER, house.BRAND)
    assert (await carrier.carry(message(model.Channel.EMAIL))).verdict is V.LATER
    assert server.received == []
    await server.stop()


MAIL_CODES = [
    (smtp_server.Command.CONNECT, 421, V.LATER),
    (smtp_server.Command.CONNECT, 554, V.LATER),
    (smtp_server.Command.MAIL, 451, V.LATER),
    (smtp_server.Command.MAIL, 550, V.REFUSED),
    (smtp_server.Command.RCPT, 450, V.LATER),
    (smtp_server.Command.RCPT, 553, V.REFUSED),
    (smtp_server.Command.DATA, 451, V.LATER),
    (smtp_server.Command.DATA, 554, V.REFUSED),
    (smtp_server.Command.TEXT, 452, V.LATER),
    (smtp_server.Command.TEXT, 552, V.REFUSED),
    (smtp_server.Command.CONNECT, smtp_server.How.HANG_UP, V.LATER),
    (smtp_server.Command.RCPT, smtp_server.How.HANG_UP, V.LATER),
    (smtp_server.Command.EHLO, smtp_server.How.SILENCE, V.LATER),
]


@pytest.mark.parametrize("command, how, verdict", MAIL_CODES, ids=lambda value: getattr(value, "value", value))
async def test_what_a_mail_servers_answer_means(
    command: smtp_server.Command, how: "smtp_server.How | int", verdict: model.Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SECONDS", 1)
    server = smtp_server.Server()
    await server.start()
    server.order(smtp_server.Order(command, how))
    carrier = smtp.Smtp(f"smtp://127.0.0.1:{server.port}", SENDER, house.BRAND)
    assert (await carrier.carry(message(model.Channel.EMAIL))).verdict is verdict
    assert server.received == []
    await server.stop()


async def test_a_wrong_login_is_ours_to_mend_and_no_fault_of_the_receiver() -> None:
    server = smtp_server.Server(login=("mailer", "right"))
    await server.start()
    carrier = smtp.Smtp(f"smtp://mailer:wrong@127.0.0.1:{server.port}", SENDER, house.BRAND)
    assert (await carrier.carry(message(model.Channel.EMAIL))) == model.Outcome(V.LATER, "smtp_535")
    await server.stop()


# ---- what only the SMS vendor has


def sample(name: str) -> tuple[int, bytes]:
    found = json.loads((PAYLOADS / f"{name}.json").read_bytes())
    return found["status"], json.dumps(found["body"]).encode()


def test_the_vendors_own_samples_are_understood() -> None:
    assert wire.read(*sample("message_created")) == model.Outcome(V.ACCEPTED, "sent", "SM" + "a" * 32)
    assert wire.read(*sample("number_invalid")) == model.Outcome(V.REFUSED, "number_malformed")


@pytest.mark.parametrize(
    "status, body, verdict",
    [
        (201, b"<html>", V.UNKNOWN),
        (201, b"{}", V.UNKNOWN),
        (201, b'{"sid": "SM1", "status": "failed", "error_code": 30008}', V.REFUSED),
        (200, b"{}", V.UNKNOWN),
        (302, b"", V.UNKNOWN),
        (400, b"<html>", V.LATER),
        (400, b'{"code": 99999}', V.REFUSED),
        (400, b'{"code": 21610}', V.REFUSED),
        (401, b'{"code": 20003}', V.LATER),
        (403, b'{"code": 20403}', V.LATER),
        (408, b"", V.UNKNOWN),
        (429, b"", V.LATER),
        (500, b'{"code": 20500}', V.UNKNOWN),
        (502, b"", V.UNKNOWN),
        (503, b"", V.UNKNOWN),
    ],
)
def test_what_the_vendors_answer_means(status: int, body: bytes, verdict: model.Verdict) -> None:
    assert wire.read(status, body).verdict is verdict


async def test_a_wrong_token_sends_nothing() -> None:
    server = sms_server.Server(ACCOUNT, TOKEN)
    await server.start()
    carrier = twilio.Twilio(f"http://{ACCOUNT}:other@127.0.0.1:{server.port}", NUMBER)
    assert (await carrier.carry(message(model.Channel.SMS))).verdict is V.LATER
    assert server.received == []
    await carrier.close()
    await server.stop()


async def test_a_vendor_that_sends_twice_was_asked_once() -> None:
    server = sms_server.Server(ACCOUNT, TOKEN)
    await server.start()
    server.order(sms_server.Order(sms_server.How.TWICE))
    carrier = twilio.Twilio(f"http://{ACCOUNT}:{TOKEN}@127.0.0.1:{server.port}", NUMBER)
    outcome = await carrier.carry(message(model.Channel.SMS))
    assert outcome.verdict is V.ACCEPTED
    assert {each.sid for each in server.received} == {outcome.reference}
    assert len(server.received) == 2
    await carrier.close()
    await server.stop()


async def test_an_answer_that_nobody_can_read_leaves_the_fate_unknown() -> None:
    server = sms_server.Server(ACCOUNT, TOKEN)
    await server.start()
    server.order(sms_server.Order(sms_server.How.NOT_JSON))
    carrier = twilio.Twilio(f"http://{ACCOUNT}:{TOKEN}@127.0.0.1:{server.port}", NUMBER)
    outcome = await carrier.carry(message(model.Channel.SMS))
    assert (outcome.verdict, len(server.received)) == (V.UNKNOWN, 1)
    await carrier.close()
    await server.stop()


async def test_a_messaging_service_is_named_as_one() -> None:
    server = sms_server.Server(ACCOUNT, TOKEN)
    await server.start()
    carrier = twilio.Twilio(f"http://{ACCOUNT}:{TOKEN}@127.0.0.1:{server.port}", "MG" + "a" * 32)
    await carrier.carry(message(model.Channel.SMS))
    assert [each.sender for each in server.received] == ["MG" + "a" * 32]
    await carrier.close()
    await server.stop()


# ---- the outbox of test mode, and who may use it


async def test_an_outbox_keeps_each_message_once_newest_first(tmp_path: Path) -> None:
    box = outbox.Outbox(tmp_path / "outbox")
    assert await box.messages(None, 10) == []
    first, second = message(model.Channel.EMAIL, 1), message(model.Channel.SMS, 2)
    for each in (first, second, first):
        assert (await box.carry(each)).verdict is V.ACCEPTED
    assert await box.messages(None, 10) == [second, first]
    assert await box.messages(first.to, 10) == [first]
    assert await box.messages(None, 1) == [second]
    assert (tmp_path / "outbox").stat().st_mode & 0o077 == 0


async def test_an_outbox_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "KEPT_MAX", 3)
    box = outbox.Outbox(tmp_path)
    for number in range(1, 7):
        await box.carry(message(model.Channel.EMAIL, number))
    assert [each.id.int for each in await box.messages(None, 10)] == [6, 5, 4]


def named(**changes: object) -> carriers.Named:
    good = carriers.Named("smtp://127.0.0.1", SENDER, f"https://{ACCOUNT}:{TOKEN}@sms.example", NUMBER, test_mode=False)
    return good._replace(**changes)


def test_the_settings_name_the_carriers(tmp_path: Path) -> None:
    made = carriers.make(named(), house.BRAND)
    assert isinstance(made[model.Channel.EMAIL], smtp.Smtp)
    assert isinstance(made[model.Channel.SMS], twilio.Twilio)
    both = carriers.make(named(mail_url=tmp_path.as_uri(), sms_url=tmp_path.as_uri(), test_mode=True), house.BRAND)
    assert {type(each) for each in both.values()} == {outbox.Outbox}


@pytest.mark.parametrize(
    "changes",
    [
        {"mail_url": "file:///outbox"},
        {"sms_url": "file:///outbox"},
        {"mail_url": "file://host/outbox", "test_mode": True},
        {"mail_url": "http://mail.example"},
        {"mail_url": "smtp://"},
        {"mail_url": "smtp://mail.example/path"},
        {"mail_from": "nobody"},
        {"mail_from": "a@b.example\r\nBcc: c@d.example"},
        {"sms_url": f"http://{ACCOUNT}:{TOKEN}@sms.example"},
        {"sms_url": "https://sms.example"},
        {"sms_url": "https://a%3Ab:c@sms.example"},
        {"sms_url": "ftp://a:b@sms.example"},
    ],
)
def test_settings_that_would_lose_messages_or_show_them_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(settings.SettingsError) as refused:
        carriers.make(named(**changes), house.BRAND)
    assert TOKEN not in str(refused.value)
