"""Rule packs from this package, and the reporter's details from the operator's disk."""

from importlib import resources
from pathlib import Path

import msgspec

from boundary.kernel import errors, strict_json
from customer_stack.monitoring import model
from customer_stack.monitoring.model import reports

SIZE_MAX = 64 * 1024


class BadReporter(errors.Invalid):
    """The file that says who reports cannot be used."""

    code = "reporter_file_invalid"


def shipped(jurisdiction: str) -> bytes:
    """The rules that this release ships for a jurisdiction."""
    file = resources.files("customer_stack.monitoring").joinpath("packs", f"{jurisdiction}.json")
    if not file.is_file():
        raise model.RulesUnknown("no rules are shipped for this jurisdiction")
    return file.read_bytes()


def reporter(path: Path) -> reports.Reporter:
    """Who files reports, or why the file cannot be used: nothing of what it says about a person is quoted."""
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_MAX)
    except OSError as error:
        raise BadReporter(f"{path.name} cannot be read: {error.strerror}") from None
    strict_json.check(data)
    try:
        return msgspec.json.decode(data, type=reports.Reporter)
    except msgspec.ValidationError as error:
        raise BadReporter(f"{path.name}: {error}") from None
