"""ISO 4217: every currency of the table has ISO's number and exponent, and the table has no other."""

import json
from pathlib import Path

from boundary.kernel import currencies


def test_every_scale_is_isos(vectors: Path) -> None:
    rows = json.loads((vectors / "fx" / "minor_units_iso4217_vs_cldr.json").read_bytes())
    assert len(rows) == 178
    with_unit = {row["code"]: (row["number"], row["iso_exponent"]) for row in rows if row["iso_exponent"] is not None}
    assert with_unit == currencies.ACTIVE
    assert {row["code"] for row in rows} - with_unit.keys() == currencies.WITHOUT_MINOR_UNIT


def test_isos_scale_is_not_cldrs(vectors: Path) -> None:
    rows = json.loads((vectors / "fx" / "minor_units_iso4217_vs_cldr.json").read_bytes())
    differing = [row["code"] for row in rows if row["iso_exponent"] not in {None, row["cldr_digits"]}]
    assert "AFN" in differing
    assert all(currencies.ACTIVE[row["code"]][1] == row["iso_exponent"] for row in rows if row["code"] in differing)
