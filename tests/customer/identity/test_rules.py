"""What holds without any I/O: states, passwords, clients, refresh tokens, codes."""

import ipaddress
from datetime import timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.kernel import states
from customer_stack.identity.model import refusals
from customer_stack.identity.rules import accounts, clients, factors, passwords, sessions
from tests.customer.identity.house import CHROME, FIREFOX, NOON


@pytest.mark.parametrize("machine", [accounts.ACCOUNT, accounts.CHANGE], ids=lambda machine: machine.name)
def test_every_illegal_pair_is_refused(machine: "states.Machine[accounts.State, accounts.Event]") -> None:
    pairs = machine.illegal_pairs()
    assert pairs
    for state, event in pairs:
        with pytest.raises(states.IllegalTransition):
            machine.advance(state, event)


GOOD = ["seven green lamps", "Tr0ub4dor&3x", "šest zelených lamp", "පහන් හතක් දිලේ", "zxq!93Lm"]
BAD = {
    "seven characters": "7 lamps",
    "one hundred and twenty-nine characters": "ab c" * 33,
    "many bytes": "🪔" * 129,
    "common": "trustno1",
    "common, dressed up": "!!Dragon2024",
    "common, in capitals": "PASSWORD123",
    "one character": "aaaaaaaaaaaa",
    "three characters": "abcabcabcabc",
    "a run": "abcdefghijkl",
    "a run of digits": "0123456789",
    "a run backwards": "lkjihgfedcba",
    "the address": "i-am-amara-99",
    "the domain": "my.people.house",
    "the brand": "Example for all",
    "wide letters of a common one": "ｐａｓｓｗｏｒｄ１",
}
CONTEXT = ("amara@people.example", "Example Market")


@pytest.mark.parametrize("password", GOOD)
def test_a_good_password_passes(password: str) -> None:
    assert passwords.check(password, CONTEXT) == passwords.normal(password)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_password_is_refused(name: str) -> None:
    with pytest.raises(refusals.PasswordRefused):
        passwords.check(BAD[name], CONTEXT)


@given(st.text(max_size=200))
def test_whatever_is_typed_is_judged_and_bounded(text: str) -> None:
    try:
        found = passwords.check(text, CONTEXT)
    except refusals.PasswordRefused:
        return
    assert len(found) >= passwords.LENGTH_MIN
    assert len(text) <= passwords.LENGTH_MAX


@given(st.text(min_size=1, max_size=40))
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert passwords.normal(passwords.normal(text)) == passwords.normal(text)


AGENTS = [
    (FIREFOX, "Firefox", "Linux"),
    (CHROME, "Chrome", "Windows"),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1",
        "Safari",
        "iOS",
    ),
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge", "Windows"),
    ("curl/8.5.0", "curl", ""),
    ("okhttp/5.0 (Android 16)", "Android app", "Android"),
    ("something else entirely", "another program", ""),
    ("", "unknown", ""),
]


@pytest.mark.parametrize("agent, family, system", AGENTS)
def test_a_user_agent_is_read_coarsely(agent: str, family: str, system: str) -> None:
    found = clients.client(agent, "203.0.113.77")
    assert (found.family, found.system, found.network) == (family, system, "203.0.113.0/24")


def test_a_new_version_of_a_browser_is_the_same_client() -> None:
    assert clients.client(FIREFOX, "192.0.2.1") == clients.client(FIREFOX.replace("140", "141"), "192.0.2.200")


@pytest.mark.parametrize(
    "address, network",
    [
        ("192.0.2.130", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_network_is_a_prefix(address: str, network: str) -> None:
    assert clients.network(address) == network


PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    "peer, forwarded, found",
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.9", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "rubbish", "unknown"),
    ],
)
def test_a_header_about_the_address_is_believed_as_far_as_our_proxies_wrote_it(
    peer: str, forwarded: str, found: str
) -> None:
    assert clients.address(peer, forwarded, PROXIES) == found


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_breaks_the_reading(agent: str, forwarded: str) -> None:
    clients.client(agent, clients.address("10.0.0.1", forwarded, PROXIES))


SECOND = timedelta(seconds=1)
FAMILY = [
    (5, 5, None, sessions.Refresh.ROTATE),
    (5, 4, NOON, sessions.Refresh.AGAIN),
    (5, 4, NOON - sessions.GRACE, sessions.Refresh.AGAIN),
    (5, 4, NOON - sessions.GRACE - SECOND, sessions.Refresh.REUSE),
    (5, 4, NOON + SECOND, sessions.Refresh.REUSE),
    (5, 3, NOON, sessions.Refresh.REUSE),
    (5, 0, NOON, sessions.Refresh.REUSE),
    (5, 4, None, sessions.Refresh.REUSE),
    (5, 5, NOON, sessions.Refresh.REUSE),
    (5, 6, None, sessions.Refresh.REUSE),
]


@pytest.mark.parametrize("newest, presented, used, verdict", FAMILY)
def test_a_refresh_token_is_judged_by_its_place_in_the_family(
    newest: int, presented: int, used: "sessions.datetime | None", verdict: sessions.Refresh
) -> None:
    assert sessions.refresh(newest=newest, presented=presented, used_at=used, now=NOON) is verdict


@given(st.integers(0, 50), st.integers(0, 50), st.none() | st.integers(-100, 100))
def test_only_the_newest_unused_token_is_ever_rotated(newest: int, presented: int, ago: int | None) -> None:
    used = None if ago is None else NOON - ago * SECOND
    verdict = sessions.refresh(newest=newest, presented=presented, used_at=used, now=NOON)
    assert (verdict is sessions.Refresh.ROTATE) == (used is None and presented == newest)


@given(st.binary(min_size=20, max_size=20), st.integers(0, 2**33))
def test_a_code_names_its_own_step_and_no_distant_one(entropy: bytes, seconds: int) -> None:
    secret = factors.secret_of(entropy)
    now = factors.clock.from_micros(seconds * 1_000_000)
    step = seconds // 30
    assert factors.step_of(pyotp.TOTP(secret).generate_otp(step), secret, now) in {step, step + 1}
    assert factors.step_of("12345", secret, now) is None
    assert factors.step_of("١٢٣٤٥٦", secret, now) is None


@given(st.binary(min_size=10, max_size=10))
def test_a_recovery_code_is_one(entropy: bytes) -> None:
    code = factors.recovery_code(entropy)
    assert factors.is_recovery_code(code)
    assert factors.is_recovery_code(f" {code.upper()} ")
    assert not set(code) & set("ilo1")
