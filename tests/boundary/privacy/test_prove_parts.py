"""The parts of a proof that need no database: chance, merging, verdicts, logs, and what the canary writes."""

import datetime as dt
import json
import pathlib
import uuid
from typing import Any

import msgspec
import pytest
from click import testing

from boundary import cli
from boundary.kernel import canonical, errors, ids, primitives
from boundary.privacy.prove import canary, chance, merge, plants, process_checks, references, report
from boundary.wire import frame, messages

NOW = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
SEED = bytes(range(32))
CORES = {str(each): primitives.sha256(bytes([each])).hex() for each in range(1, 6)}


def head(role: str, sequence: int, core: str = "", epoch: int = 1) -> report.Head:
    recent = CORES if role == "sender" else {}
    found = core or CORES.get(str(sequence), "00" * 32)
    return report.Head(
        channel="c", direction="to_execution", role=role, epoch=epoch, sequence=sequence, head=found, recent=recent
    )


def half(part: str, *heads: report.Head, outcome: report.Outcome = report.Outcome.PASSED) -> merge.Half:
    result = report.Result(check="P20", title="t", proves="p", outcome=outcome)
    made = report.Report(
        format=report.FORMAT,
        part=part,
        made_at=NOW.isoformat(),
        release="1",
        verdict=report.verdict((result,)),
        results=(result,),
        heads=heads,
    )
    return merge.Half(made, "00" * 32)


@pytest.mark.parametrize(
    "receiver, code",
    [
        (head("receiver", 5), None),
        (head("receiver", 3), None),
        (head("receiver", 0), None),
        (head("receiver", 3, core="ab" * 32), "heads-differ"),
        (head("receiver", 6), "heads-differ"),
        (head("receiver", 5, epoch=2), "heads-differ"),
    ],
)
def test_a_receiver_stands_where_its_sender_stands_or_at_a_core_that_it_sent(
    receiver: report.Head, code: str | None
) -> None:
    made = merge.merge(half("execution", receiver), half("customer", head("sender", 5)), NOW)
    assert [each.code for each in made.results[0].findings] == ([code] if code else [])
    assert made.verdict is (report.Verdict.FINDINGS if code else report.Verdict.PASSED)


def test_a_sum_is_no_better_than_its_worse_half() -> None:
    good = half("execution", head("receiver", 5))
    void = half("customer", head("sender", 5), outcome=report.Outcome.FAILED)
    assert merge.merge(good, void, NOW).verdict is report.Verdict.VOID


def test_a_half_that_embellishes_its_verdict_is_not_merged(tmp_path: pathlib.Path) -> None:
    bad = half("execution", outcome=report.Outcome.FAILED).report
    report.write(msgspec.structs.replace(bad, verdict=report.Verdict.PASSED), tmp_path, SEED)
    with pytest.raises(merge.BadHalf, match="does not say what its own checks say"):
        merge.load(tmp_path, "execution", primitives.ed25519_public(SEED))


def test_a_report_is_written_in_its_one_canonical_form(tmp_path: pathlib.Path) -> None:
    made = half("execution", head("receiver", 5)).report
    report.write(made, tmp_path, SEED)
    data = (tmp_path / "report.json").read_bytes()
    assert canonical.json_bytes(json.loads(data)) == data
    assert report.decode(data) == made


@pytest.mark.parametrize(
    "outcomes, verdict",
    [
        ({"P01": "passed", "P20": "passed"}, "passed"),
        ({"P01": "failed", "P20": "passed"}, "findings"),
        ({"P01": "not run", "P20": "passed"}, "incomplete"),
        ({"P01": "passed", "P20": "not run"}, "void"),
        ({"P01": "failed", "P20": "failed"}, "void"),
        ({"P01": "not applicable", "P20": "passed"}, "passed"),
    ],
)
def test_the_verdict_follows_from_the_checks(outcomes: dict[str, str], verdict: str) -> None:
    results = tuple(
        report.Result(check=check, title="", proves="", outcome=report.Outcome(outcome))
        for check, outcome in outcomes.items()
    )
    assert report.verdict(results).value == verdict


def test_random_references_pass_the_battery_and_made_up_ones_do_not() -> None:
    random = ids.SystemIds()
    good = b"".join(random.ref().bytes for _ in range(3000))
    # five in a million: the odds of this test against honest randomness
    assert all(probability > 1e-6 for _, probability in chance.battery(good))
    hashed = b"".join(uuid.UUID(bytes=b"LK" + random.ref().bytes[2:], version=4).bytes for _ in range(3000))
    assert dict(chance.battery(hashed))["bytes by place"] < chance.P_MIN
    counted = b"".join(uuid.UUID(int=each, version=4).bytes for each in range(3000))
    assert {each.code for each in references.judge(counted, "x")[0]} == {"ref-not-random", "ref-low-entropy"}


def test_so_many_or_more_by_chance() -> None:
    assert chance.at_least(0, 0.1) == 1.0
    assert chance.at_least(1, 0.1) == pytest.approx(0.09516, abs=1e-4)
    assert chance.at_least(3, 1.0) == pytest.approx(0.0803, abs=1e-4)


def test_chi_square_agrees_with_the_tables() -> None:
    assert chance.chi_square(293.2, 255) == pytest.approx(0.05, abs=0.001)
    assert chance.chi_square(330.5, 255) == pytest.approx(0.001, abs=0.0002)


EVENTS = {"gate.nacked": {"reason": "early|halted", "sequence": "int"}}


@pytest.mark.parametrize(
    "line, verdict",
    [
        ('{"event": "gate.nacked", "reason": "early", "sequence": 4, "level": "info"}', ""),
        ('{"event": "gate.nacked", "reason": "nimal", "sequence": 4}', "line-unregistered"),
        ('{"event": "gate.nacked", "sequence": "0771234567"}', "line-unregistered"),
        ('{"event": "gate.nacked", "who": "Nimal Perera"}', "line-unregistered"),
        ('{"event": "other"}', "line-unregistered"),
        ("Nimal Perera placed an order", "line-unregistered"),
        ("", ""),
    ],
)
def test_a_log_holds_registered_events_and_nothing_else(line: str, verdict: str) -> None:
    assert process_checks._judge(line.encode(), EVENTS) == verdict


def test_the_canary_writes_into_every_message_and_every_tier() -> None:
    found = list(canary.probes())
    kinds = messages.VOCABULARIES[frame.Direction.TO_EXECUTION].shapes.values()
    written = {probe.place.split(".")[0] for probe in found}
    assert written == {kind.name for kind in kinds if kind.fields}
    assert {probe.tier for probe in found} == {"A", "B", "C1"}


def test_what_the_canary_writes_elsewhere_is_a_message_that_the_vocabulary_takes() -> None:
    """Otherwise a refusal would be about the rest of the message, and say nothing of the sample."""
    taken: set[str] = set()
    for probe in canary.probes():
        try:
            messages.decode_body(probe.body, frame.Direction.TO_EXECUTION)
        except errors.Refusal:
            continue
        taken.add(probe.place.split(".")[0])
    with_room = {"ActivateRef", "PlaceIntent", "AmendIntent", "RegisterWallet", "SetParticipantStatus"}
    assert with_room <= taken


def test_there_are_enough_plants_of_enough_kinds_and_no_check_knows_them() -> None:
    assert len(plants.PLANTS) >= 50
    assert len({plant.title for plant in plants.PLANTS}) == len(plants.PLANTS)
    assert {plant.check for plant in plants.PLANTS} >= {
        *("P01", "P02", "P03", "P04", "P05", "P06", "P08", "P09", "P12", "P13")
    }
    folder = pathlib.Path(plants.__file__).parent
    importing = [file.name for file in folder.glob("*.py") if "plants" in file.read_text() and file.name != "plants.py"]
    assert sorted(importing) == ["__init__.py", "selftest.py"]


@pytest.mark.parametrize("command", ["inspect", "key", "prove", "scan"])
def test_the_auditor_finds_every_command(command: str) -> None:
    result: Any = testing.CliRunner().invoke(cli.main, [command, "--help"])
    assert result.exit_code == 0
