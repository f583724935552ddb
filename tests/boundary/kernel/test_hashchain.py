"""The linear chain: its bytes, and that whoever changes a link is found at the first changed place."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.kernel import errors, hashchain

law = settings(deadline=None)
hashes = st.binary(min_size=32, max_size=32)


def chained(leaves: list[bytes]) -> list[tuple[bytes, bytes]]:
    links, previous = [], hashchain.GENESIS
    for leaf in leaves:
        previous = hashchain.link(previous, leaf)
        links.append((leaf, previous))
    return links


def test_a_link_has_its_own_domain_byte() -> None:
    leaf = hashlib.sha256(b"leaf").digest()
    assert hashchain.GENESIS == b"\0" * 32
    assert hashchain.link(hashchain.GENESIS, leaf) == hashlib.sha256(b"\x02" + b"\0" * 32 + leaf).digest()


@law
@given(st.lists(hashes, max_size=20))
def test_an_untouched_chain_gives_its_last_link(leaves: list[bytes]) -> None:
    links = chained(leaves)
    assert hashchain.verify(links) == (links[-1][1] if links else hashchain.GENESIS)
    middle = len(links) // 2
    assert hashchain.verify(links[middle:], previous=hashchain.verify(links[:middle])) == hashchain.verify(links)


@law
@given(st.lists(hashes, min_size=1, max_size=12), st.data())
def test_the_first_changed_place_is_named(leaves: list[bytes], data: st.DataObject) -> None:
    links = chained(leaves)
    place = data.draw(st.integers(0, len(links) - 1))
    leaf, link = links[place]
    bent = bytes([leaf[0] ^ 1]) + leaf[1:]
    rehashed = hashchain.link(links[place - 1][1] if place else hashchain.GENESIS, bent)
    for forged, expected in (
        ([*links[:place], (bent, link), *links[place + 1 :]], place),
        ([*links[:place], (leaf, bent), *links[place + 1 :]], place),
        ([*links[:place], (leaf + b"\0", link), *links[place + 1 :]], place),
        ([*links[:place], (leaf, b""), *links[place + 1 :]], place),
        ([*links[:place], (bent, rehashed), *links[place + 1 :]], place + 1),
        ([*links[:place], *links[place + 1 :]], place),
    ):
        if expected < len(forged):
            with pytest.raises(hashchain.ChainBroken) as caught:
                hashchain.verify(forged)
            assert caught.value.index == caught.value.facts["index"] == expected


def test_a_broken_chain_is_a_conflict_with_a_code() -> None:
    assert issubclass(hashchain.ChainBroken, errors.Conflict)
    assert hashchain.ChainBroken(3).code == "chain_broken"


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_link_is_made_of_two_hashes(size: int) -> None:
    for previous, leaf in ((bytes(size), bytes(32)), (bytes(32), bytes(size))):
        with pytest.raises(ValueError, match="32-byte"):
            hashchain.link(previous, leaf)
