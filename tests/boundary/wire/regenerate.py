"""Writes the golden files anew: `python -m tests.boundary.wire.regenerate`. Their diff is what a reviewer reads."""

import json
from pathlib import Path
from typing import Any

from boundary.wire import export, messages
from tests.boundary.wire import examples

SCHEMA = Path(messages.__file__).parent / "schema"
VECTORS = Path(__file__).parent / "golden"


def files() -> dict[Path, str]:
    written = {SCHEMA / name: text for name, text in export.files().items()}
    for name, some in examples.BY_NAME.items():
        rows = {type(each).__name__: _vector(each) for each in some}
        written[VECTORS / f"{name}.json"] = json.dumps(rows, indent=1) + "\n"
    return written


def _vector(message: messages.Message) -> dict[str, Any]:
    return {"message": json.dumps(export.as_json(message)), "bytes": messages.encode(message).hex()}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
