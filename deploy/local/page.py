"""What a person sees: work in progress with its seconds, plain lines when nobody watches, and the page at the end."""

import contextlib
import sys
import time
from collections.abc import Iterator

import rich.console
import rich.progress

from deploy.local import processes


class Page:
    """On a terminal running work turns and counts; a finished piece is one line, on a terminal and elsewhere."""

    def __init__(self) -> None:
        self.console = rich.console.Console(highlight=False, soft_wrap=True)
        self._progress = rich.progress.Progress(
            rich.progress.SpinnerColumn(),
            rich.progress.TextColumn("{task.description}"),
            rich.progress.TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )

    def say(self, line: str = "") -> None:
        self.console.print(line, markup=False)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        with self._progress:
            yield

    @contextlib.contextmanager
    def timed(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        task = self._progress.add_task(name)
        try:
            yield
        except Exception:
            self.console.print(f"  [red]✗[/] {name}")
            raise
        finally:
            self._progress.remove_task(task)
        self.console.print(f"  [green]✓[/] {name:<34}{time.monotonic() - start:6.1f} s")

    def timing(self, name: str, work: processes.Work) -> processes.Work:
        """The same for work that runs beside other work."""
        with self.timed(name):
            yield from work


def complain(error: Exception) -> None:
    """One clear line, on the channel for complaints."""
    text = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) and error.strerror else str(error)
    print(f"bulkhead: {text}", file=sys.stderr)
