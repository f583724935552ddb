"""`boundary scan [FILE|-]`: JSON Lines in, one verdict per line out, and never the value.

Constant memory: a line longer than any message is refused without being kept. A line that is not JSON, or that says one
key twice, is judged as text: a decoder that keeps the last of two equal keys would hide the first.
"""

from collections.abc import Iterator
from typing import IO

import click
import msgspec

from boundary.privacy import scan as tripwire
from boundary.privacy.detect import trees

_LINE_MAX = 1024 * 1024
_REFUSED, _UNUSABLE = 1, 2


class Verdict(msgspec.Struct, frozen=True):
    line: int
    refused: bool
    findings: list[tripwire.Finding]


@click.command(name="scan")
@click.argument("file", default="-")
@click.pass_context
def scan(context: click.Context, file: str) -> None:
    """Look for personal data in FILE (JSON Lines or plain lines; `-` reads standard input).

    Writes {"line", "refused", "findings": [{"path", "kind", "via"}]} for each line. Exit code 0: nothing found,
    1: something was refused, 2: the input cannot be read.
    """
    try:
        with click.open_file(file, "rb") as lines, click.open_file("-", "wb") as verdicts:
            refused = _report(lines, verdicts)
    except BrokenPipeError:
        raise  # the reader of the verdicts has left: click's own answer
    except OSError as error:
        click.echo(f"cannot read the input: {error.strerror}", err=True)
        context.exit(_UNUSABLE)
    context.exit(_REFUSED if refused else 0)


def _report(lines: IO[bytes], verdicts: IO[bytes]) -> bool:
    encoder = msgspec.json.Encoder()
    refused = False
    for number, line in enumerate(_lines(lines), start=1):
        findings = _judge(line)
        refused = refused or bool(findings)
        verdicts.write(encoder.encode(Verdict(number, bool(findings), findings)) + b"\n")
    verdicts.flush()
    return refused


def _lines(source: IO[bytes]) -> Iterator[bytes | None]:
    """Each line without its end; None for one that is too long, whose rest is read and dropped."""
    while line := source.readline(_LINE_MAX):
        if line.endswith(b"\n") or len(line) < _LINE_MAX:
            yield line.rstrip(b"\r\n")
            continue
        while rest := source.readline(_LINE_MAX):
            if rest.endswith(b"\n"):
                break
        yield None


def _judge(line: bytes | None) -> list[tripwire.Finding]:
    if line is None:
        return [tripwire.Finding("", "unrecognised", ("oversize",))]
    if not line.strip():
        return []
    try:
        value = trees.parse(line)
    except (ValueError, RecursionError):
        value = line.decode(errors="surrogateescape")  # what is not UTF-8 is no legitimate line
    return tripwire.scan(value)
