"""config.json from the operator's disk, the packs from this package."""

from datetime import datetime
from importlib import resources
from pathlib import Path

from customer_stack.branding import model, service

SIZE_MAX = 256 * 1024


def load(path: Path, now: datetime) -> model.Branding:
    """The configuration a process starts with, or `BadConfig` with one line per problem."""
    packs = jurisdictions()
    return model.Branding(config=service.read_config(path.name, _read(path), packs, now), packs=packs)


def check(path: Path, now: datetime) -> list[model.Problem]:
    """Everything that is wrong with a file, an unreadable one included; nothing when a process would start with it."""
    try:
        load(path, now)
    except model.BadConfig as refusal:
        return list(refusal.problems)
    return []


def jurisdictions() -> tuple[model.Pack, ...]:
    """Every version of every pack in `jurisdictions/`. A pack that is wrong is refused like a wrong configuration."""
    folder = resources.files("customer_stack.branding").joinpath("jurisdictions")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".json")), key=lambda entry: entry.name)
    return tuple(pack for entry in files for pack in service.read_packs(entry.name, entry.read_bytes()))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_MAX + 1)  # one byte more tells a file that is too large without reading it whole
    except OSError as error:
        raise model.BadConfig(path.name, (model.Problem("", f"cannot be read: {error.strerror}"),)) from None
    if len(data) > SIZE_MAX:
        raise model.BadConfig(path.name, (model.Problem("", f"is larger than {SIZE_MAX // 1024} KiB"),))
    return data
