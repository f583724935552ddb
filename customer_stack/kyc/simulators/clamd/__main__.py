"""`python -m customer_stack.kyc.simulators.clamd --port N`: a scanner that knows one signature."""

import argparse
import asyncio

from customer_stack.kyc.simulators.clamd import server


async def serve(port: int) -> None:
    """Until the process is told to stop."""
    await server.Server().start(port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="clamd")
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args().port))
