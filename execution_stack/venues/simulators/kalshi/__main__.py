"""`python -m execution_stack.venues.simulators.kalshi --port N --key ID=PUBLIC.pem`: the exchange as a process."""

import argparse
import asyncio
import pathlib

from execution_stack.venues.simulators.kalshi import catalogue, server


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="kalshi", description="A Kalshi-compatible exchange for tests and demonstrations."
    )
    parser.add_argument("--port", type=int, required=True, help="on loopback")
    parser.add_argument("--key", action="append", default=[], metavar="ID=FILE", help="a member's public key, PEM")
    parser.add_argument("--keys", type=pathlib.Path, metavar="DIR", help="members' public keys, <id>.public.pem")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--window-ms", type=int, default=server.WINDOW_MS, help="how far a request's time may be off")
    parser.add_argument("--pace-ms", type=int, default=1000, help="how often makers quote; 0 for never")
    parser.add_argument("--quick-seconds", type=int, default=0, help="how often a market of the quick series opens")
    options = parser.parse_args()
    asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> None:
    exchange = server.Server(options.seed, window_ms=options.window_ms)
    for each in options.key:
        key_id, _, file = each.partition("=")
        exchange.members.admit_file(key_id, pathlib.Path(file))
    exchange.members.directory = options.keys
    if options.quick_seconds:
        exchange.quick = catalogue.Quick(exchange.exchange, options.quick_seconds * 1_000_000)
    await exchange.start(options.port, pace_ms=options.pace_ms)
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
