"""Where a process spends its CPU time, by the kind of work: a profiling timer, and whose code it interrupts.

Planted into a child of the nursery by tests; the product knows nothing of it. The timer counts CPU time, so waiting is
not seen. A call into C is interrupted when it returns, on the line that made it; what C code does between callbacks
(the event loop, sockets, the database driver, the HTTP parser) has no line and counts as the loop's.
"""

import json
import pathlib
import signal
from collections import Counter
from types import FrameType

EVERY_SECONDS = 0.002
WRITE_EVERY = 20
KINDS = (
    ("crypto", ("kernel/primitives.py", "/hashlib", "/hmac.py", "cryptography/")),
    ("HTTP", ("/aiohttp/", "/uvicorn/", "/litestar/", "http_protocol.py", "runtime/guard.py", "adapters/http.py", "/multidict/", "/yarl/", "gate/api.py")),
    ("SQL, our side", ("/asyncpg/", "runtime/transaction.py", "runtime/statements.py", "runtime/transcript_store.py", "runtime/audit.py", "/repo.py")),
    ("encode and decode", ("boundary/wire/", "kernel/canonical.py", "kernel/records.py", "boundary/channel/")),
    ("loop, sockets, drivers in C", ("/asyncio/", "/uvloop/", "runtime/server.py", "nursery.py")),
    ("rules and effects", ("customer_stack/", "execution_stack/", "boundary/")),
)  # fmt: skip


def plant(path: str) -> None:
    """Begin to look; what was seen goes into a file as it comes."""
    seen: Counter[str] = Counter()
    place = pathlib.Path(path)

    def look(_signal: int, frame: FrameType | None) -> None:
        seen[_kind(frame)] += 1
        if seen.total() % WRITE_EVERY == 0:
            place.with_suffix(".partial").write_text(json.dumps(seen))
            place.with_suffix(".partial").replace(place)

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)


def _kind(frame: FrameType | None) -> str:
    """That of the deepest frame which belongs to one."""
    while frame is not None:
        for kind, places in KINDS:
            if any(place in frame.f_code.co_filename for place in places):
                return kind
        frame = frame.f_back
    return "other"
