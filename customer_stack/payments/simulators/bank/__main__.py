"""`python -m customer_stack.payments.simulators.bank --port N --folder DIR --tells URL --secret FILE`."""

import argparse
import asyncio
from pathlib import Path

from customer_stack.payments.simulators.bank import server


async def serve(options: argparse.Namespace) -> None:
    """Until the process is told to stop."""
    bank = server.Server(options.folder, options.tells, options.secret.read_text().strip())
    await bank.start(options.port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bank")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where files are exchanged")
    parser.add_argument("--tells", required=True, help="the address of its webhooks")
    parser.add_argument("--secret", type=Path, required=True, help="a file with the secret that signs them")
    asyncio.run(serve(parser.parse_args()))
