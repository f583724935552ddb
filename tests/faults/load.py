"""Intents that keep coming while things break: one drill after the other, in a thread, until it is told to stop."""

import contextlib
import threading
from collections.abc import Iterator

from tests.faults.platform import Platform

DRILL = ("channel", "drill", "--participants", "10", "--seconds-max", "120")


class Load:
    """`answered` counts the intents of drills that ended well; one whose database died under it placed some of its own."""

    def __init__(self, platform: Platform, instrument: str, count: int, batch: int) -> None:
        self._platform = platform
        self._line = [*DRILL, "--instrument", instrument, "--count", str(count), "--batch", str(batch)]
        self._count = count
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._drill, name="load")
        self.answered = 0
        self.broken = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """After the drill that is running."""
        self._stop.set()
        self._thread.join()

    def _drill(self) -> None:
        while not self._stop.is_set():
            done = self._platform.run("customer", "worker", *self._line, seconds=180)
            if done.status == 0:
                report = done.json()
                assert report["accepted"] == report["answered"] == self._count, report
                self.answered += self._count
            else:
                self.broken += 1


@contextlib.contextmanager
def running(platform: Platform, instrument: str, count: int = 500, batch: int = 10) -> Iterator[Load]:
    load = Load(platform, instrument, count, batch)
    load.start()
    try:
        yield load
    finally:
        load.stop()
