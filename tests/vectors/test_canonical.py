"""RFC 8785: what goes in as any JSON comes out as the one canonical text."""

import json
from pathlib import Path

from boundary.kernel import canonical


def test_canonical_json_is_rfc_8785s(vectors: Path) -> None:
    folder = vectors / "crypto" / "jcs-rfc8785-testdata" / "testdata"
    inputs = sorted((folder / "input").iterdir())
    assert len(inputs) == 6
    for path in inputs:
        expected = bytes.fromhex((folder / "outhex" / path.with_suffix(".txt").name).read_text())
        assert canonical.json_bytes(json.loads(path.read_bytes())) == expected, path.name
        assert expected == (folder / "output" / path.name).read_bytes().rstrip(b"\n")
