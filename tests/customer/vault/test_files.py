"""Keys in files: versions, and every way in which such a folder is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from boundary.kernel.runtime import settings
from customer_stack.vault import model
from customer_stack.vault.adapters import files
from tests.customer.vault.conftest import INDEX_KEY, kek

Break = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, key in (("kek.1.key", kek(1)), ("kek.2.key", kek(2)), ("index.key", INDEX_KEY)):
        write(tmp_path / name, key)
    return tmp_path


def write(path: Path, key: bytes, mode: int = 0o600) -> None:
    path.write_text(key.hex() + "\n")
    path.chmod(mode)


def test_a_folder_holds_versions_and_the_index_key(folder: Path) -> None:
    assert files.key_encryption_keys(folder) == {1: kek(1), 2: kek(2)}
    assert files.index_key(folder) == INDEX_KEY


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda f: (f / "kek.1.key").chmod(0o640), id="others may read it"),
        pytest.param(lambda f: (f / "index.key").chmod(0o604), id="others may read the index key"),
        pytest.param(lambda f: (f / "index.key").unlink(), id="no index key"),
        pytest.param(lambda f: [(f / name).unlink() for name in ("kek.1.key", "kek.2.key")], id="no key at all"),
        pytest.param(lambda f: write(f / "kek.3.key", kek(2)), id="two equal keys"),
        pytest.param(lambda f: write(f / "kek.3.key", INDEX_KEY), id="the index key once more"),
        pytest.param(lambda f: write(f / "kek.3.key", kek(3)[:16]), id="a short key"),
        pytest.param(lambda f: write(f / "kek.3.key", bytes(32)), id="all zero"),
        pytest.param(lambda f: write(f / "kek.0.key", kek(3)), id="version zero"),
        pytest.param(lambda f: write(f / "spare.key", kek(3)), id="a key of no version"),
        pytest.param(lambda f: (f / "kek.3.key").mkdir(), id="a folder in a key's place"),
    ],
)
def test_a_folder_that_is_not_right_is_refused(folder: Path, damage: Break) -> None:
    damage(folder)
    with pytest.raises(settings.SettingsError) as refusal:
        files.key_encryption_keys(folder)
    assert not any(key.hex() in str(refusal.value) for key in (kek(1), kek(2), INDEX_KEY))


async def test_the_newest_wraps_and_all_unwrap() -> None:
    old = files.Files({1: kek(1)})
    both = files.Files({1: kek(1), 2: kek(2)})
    secrets = [n.to_bytes(53) for n in range(1200)]
    wrapped = await old.wrap(secrets)
    assert {each.kek for each in wrapped} == {1}
    assert await both.unwrap(wrapped) == secrets
    fresh = await both.rewrap(wrapped)
    assert {each.kek for each in fresh} == {2} == {await both.newest()}
    assert await both.unwrap(fresh) == secrets
    with pytest.raises(model.KeyServiceWrong):
        await old.unwrap(fresh)


async def test_a_wrapped_key_with_a_changed_bit_does_not_unwrap() -> None:
    provider = files.Files({1: kek(1)})
    [wrapped] = await provider.wrap([b"k" * 53])
    for place in range(len(wrapped.data)):
        data = bytearray(wrapped.data)
        data[place] ^= 1
        with pytest.raises(model.KeyServiceWrong):
            await provider.unwrap([model.Wrapped(1, bytes(data))])


def test_a_provider_shows_no_key() -> None:
    provider = files.Files({1: kek(1)})
    assert kek(1).hex() not in repr(provider)
    assert repr(kek(1)) not in repr(provider)
    assert not hasattr(provider, "__dict__")
