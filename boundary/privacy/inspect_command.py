"""`boundary inspect FILE|-`: the frames of one exchange, raw or in hexadecimal digits, in words.

It stands here and not in the wire, which knows of no command line and of no file.
"""

from typing import BinaryIO

import click

from boundary.kernel import errors
from boundary.wire import frame, inspect

_FRAMES_SIZE_MAX = 2 * frame.SIZE_MAX  # an exchange: at most one frame of data and one acknowledgement
_INPUT_SIZE_MAX = 4 * _FRAMES_SIZE_MAX  # the same in hexadecimal digits, with room for spaces


@click.command(
    "inspect", help="Print a frame in words. FILE holds it raw or as hexadecimal digits; - reads standard input."
)
@click.argument("file", type=click.File("rb"), default="-")
def command(file: BinaryIO) -> None:
    try:
        frames = frame.split(_raw(file.read(_INPUT_SIZE_MAX)))
        if not frames:
            raise frame.Malformed("the input is empty")
        text = "\n".join(inspect.render(each) for each in frames)
    except errors.Refusal as refusal:
        click.echo(f"{refusal.code}: {refusal.detail}", err=True)
        raise SystemExit(1) from None
    click.echo(text, nl=False)


def _raw(data: bytes) -> bytes:
    """A frame starts with a byte that no text starts with; whatever else is no hexadecimal digit is no frame."""
    try:
        raw = data if data.startswith(frame.MAGIC) else bytes.fromhex(data.decode("ascii"))
    except ValueError:
        raise frame.Malformed("neither a frame nor hexadecimal digits") from None
    if len(raw) > _FRAMES_SIZE_MAX:
        raise frame.Malformed("the input is larger than any exchange")
    return raw
