"""Who is at the other end, from what a request tells about itself, and whether it is still the same one.

A header is easy to forge, so this is no proof of anything: it notices the ordinary theft, where a cookie is carried to
another machine. What is kept is coarse on purpose: a family of programs, a system, the network's prefix.
"""

import enum
import functools
import ipaddress
from collections.abc import Iterable

from customer_stack.identity.model import sessions

USER_AGENT_MAX = 512
UNKNOWN = "unknown"

# The first that is found names the program: browsers claim to be their ancestors, so descendants come first.
_FAMILIES = (
    ("edg", "Edge"), ("opr/", "Opera"), ("samsungbrowser", "Samsung Internet"), ("vivaldi", "Vivaldi"),
    ("firefox", "Firefox"), ("fxios", "Firefox"), ("crios", "Chrome"), ("chrome", "Chrome"), ("safari", "Safari"),
    ("okhttp", "Android app"), ("cfnetwork", "Apple app"), ("python", "Python"), ("curl", "curl"),
    ("go-http", "Go"), ("java", "Java"), ("node", "Node"),
)  # fmt: skip
_SYSTEMS = (
    ("windows", "Windows"), ("iphone", "iOS"), ("ipad", "iPadOS"), ("android", "Android"), ("cros", "ChromeOS"),
    ("mac os", "macOS"), ("darwin", "macOS"), ("linux", "Linux"),
)  # fmt: skip


class Match(enum.Enum):
    SAME = "same"
    MOVED = "moved"
    """The same program in another network: telephones do that all day. It may go on, but a fresh factor is not fresh."""
    OTHER = "other"


@functools.lru_cache(maxsize=4096)
def client(user_agent: str, address: str) -> sessions.Client:
    """Remembered, because a client asks again and again, and reading addresses is slow."""
    folded = user_agent[:USER_AGENT_MAX].lower()
    family = next((name for mark, name in _FAMILIES if mark in folded), "another program" if folded else UNKNOWN)
    system = next((name for mark, name in _SYSTEMS if mark in folded), "")
    return sessions.Client(family, system, network(address))


def network(address: str) -> str:
    """The prefix that a household or an office shares: /24, or /48 of version 6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return UNKNOWN
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def match(*, program: bool, place: bool) -> Match:
    """`program` and `place` say whether family and system, and the network, are those that the session began with."""
    if not program:
        return Match.OTHER
    return Match.SAME if place else Match.MOVED


@functools.lru_cache(maxsize=4096)
def address(peer: str, forwarded: str, trusted: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> str:
    """The address of whoever asks. A header about it is believed only as far as trusted proxies wrote it."""
    hops = [*(hop.strip() for hop in forwarded.split(",") if hop.strip()), peer]
    for hop in reversed(hops):
        if not _is_in(hop, trusted):
            return hop if _is_address(hop) else UNKNOWN
    return hops[0]


def _is_in(text: str, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return _is_address(text) and any(ipaddress.ip_address(text) in each for each in networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
