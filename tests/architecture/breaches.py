"""Holes that somebody might one day make in the wall, and the check that must notice each.

A breach is text added to files of a copy of the tree. `caught` names exactly the checks that see it: import contracts
by their ids, tidy rules as `tidy:…`, and `capabilities` for a room that no contract knows.
"""

from typing import NamedTuple


class Breach(NamedTuple):
    title: str
    caught: frozenset[str]
    added: dict[str, str]


def _breach(title: str, caught: str, added: dict[str, str]) -> Breach:
    return Breach(title, frozenset(caught.split()), {f"{path}.py": text for path, text in added.items()})


_TYPE_ONLY = """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from execution_stack.gate import model as theirs
"""
_IN_A_FUNCTION = """
def peek() -> object:
    from execution_stack.gate import model as theirs

    return theirs
"""

BREACHES = (
    # Through the wall.
    _breach(
        "an import", "wall", {"customer_stack/gate/service/links": "from execution_stack.gate import model as theirs\n"}
    ),
    _breach("an import for types only", "wall", {"customer_stack/gate/service/links": _TYPE_ONLY}),
    _breach("an import inside a function", "wall", {"customer_stack/gate/service/links": _IN_A_FUNCTION}),
    _breach(
        "the other direction",
        "wall",
        {"execution_stack/gate/service/channels": "from customer_stack.gate import model as t\n"},
    ),
    _breach(
        "a shared helper that smuggles",
        "wall",
        {
            "boundary/kernel/shared": '"""Shared."""\n\nfrom customer_stack.gate import rules as theirs\n\nA = theirs\n',
            "execution_stack/gate/service/channels": "from boundary.kernel import shared\n",
        },
    ),
    _breach(
        "a boundary that knows a stack",
        "wall",
        {"boundary/privacy/scan": "from customer_stack.branding import model as m\n"},
    ),
    _breach(
        "a dynamic import",
        "tidy:dynamic_import",
        {
            "customer_stack/gate/service/links": 'import importlib\n\nT = importlib.import_module("execution_" + "stack.gate")\n'
        },
    ),
    _breach(
        "an import by its dunder",
        "tidy:dynamic_import",
        {"execution_stack/gate/service/channels": 'T = __import__("customer_" + "stack.gate.model")\n'},
    ),
    _breach(
        "an import by a string of code",
        "tidy:dynamic_import",
        {"execution_stack/gate/service/channels": 'exec("import customer_" + "stack")\n'},
    ),
    _breach(
        "a look at what is loaded",
        "tidy:dynamic_import",
        {"boundary/kernel/errors": 'import sys\n\nT = sys.modules.get("customer_" + "stack")\n'},
    ),
    # Doors.
    _breach(
        "a new door to the wire", "doors-wire", {"customer_stack/branding/service": "from boundary.wire import frame\n"}
    ),
    _breach(
        "a root that speaks the wire", "doors-wire", {"execution_stack/worker": "from boundary.wire import frame\n"}
    ),
    _breach(
        "a new door to the channel",
        "doors-channel",
        {"execution_stack/worker": "from boundary.channel import receiver\n"},
    ),
    _breach(
        "a way around the gate",
        "doors-channel doors-wire",
        {"customer_stack/branding/service": "from boundary.channel import sender\nfrom boundary.wire import keys\n"},
    ),
    _breach(
        "a kernel that knows the wire",
        "doors-wire acyclic",
        {"boundary/kernel/errors": "from boundary.wire import frame\n"},
    ),
    _breach(
        "a reader of the closed list",
        "doors-privacy",
        {"customer_stack/branding/service": "from boundary.privacy import closed_types\n"},
    ),
    # What is light stays light.
    _breach("a wire that brings a database", "light", {"boundary/wire/frame": "import sqlalchemy\n"}),
    _breach("a channel that opens one", "light homes-kernel", {"boundary/channel/transcript": "import asyncpg\n"}),
    _breach("a kernel that reads files", "light", {"boundary/kernel/hashchain": "import os\n"}),
    _breach(
        "a kernel that reaches its runtime",
        "light acyclic",
        {"boundary/kernel/hashchain": "from boundary.kernel.runtime import columns\n"},
    ),
    # The shape.
    _breach("a stray room", "shape tidy:anatomy tidy:vague_name", {"customer_stack/gate/helpers": '"""Helps."""\n'}),
    _breach("a capability nobody listed", "capabilities", {"customer_stack/people/__init__": '"""People."""\n'}),
    _breach("rules that write SQL", "pure", {"execution_stack/gate/rules": "import sqlalchemy\n"}),
    _breach(
        "rules that reach it", "pure shape", {"execution_stack/gate/rules": "from execution_stack.gate import tables\n"}
    ),
    _breach("a model that waits", "pure", {"customer_stack/gate/model": "import asyncio\n"}),
    _breach(
        "a service that knows its adapter",
        "shape",
        {"customer_stack/gate/service/links": "from customer_stack.gate.adapters import http\n"},
    ),
    _breach(
        "a repo that calls its service",
        "shape acyclic",
        {"customer_stack/gate/repo": "from customer_stack.gate import service\n"},
    ),
    _breach(
        "an entry that skips its service",
        "tidy:skipped_service",
        {"execution_stack/gate/api": "from execution_stack.gate import repo\n"},
    ),
    _breach(
        "another capability's tables",
        "tidy:private_room",
        {"customer_stack/branding/service": "from customer_stack.gate import tables\n"},
    ),
    _breach(
        "two capabilities that need each other",
        "acyclic",
        {
            "customer_stack/branding/service": "from customer_stack.gate import service as gate\n",
            "customer_stack/gate/service/links": "from customer_stack.branding import service as branding\n",
        },
    ),
    # Homes.
    _breach("a chain in the customer stack", "homes-customer", {"customer_stack/gate/service/links": "import web3\n"}),
    _breach(
        "a person's second factor in execution",
        "homes-execution",
        {"execution_stack/gate/service/channels": "import pyotp\n"},
    ),
    _breach("a driver in a stack", "homes-kernel", {"execution_stack/gate/repo": "import asyncpg\n"}),
    _breach(
        "a verifier that trusts us", "verify", {"boundary/verify/inclusion": "from boundary.kernel import merkle\n"}
    ),
    _breach(
        "a launcher that knows a stack", "launcher", {"deploy/local/page": "from customer_stack import settings\n"}
    ),
    _breach(
        "a customer migration of the other stack",
        "migrations-customer",
        {"migrations_customer/__init__": "from execution_stack import schema\n"},
    ),
    _breach(
        "an execution migration of the other stack",
        "migrations-execution",
        {"migrations_execution/env": "from customer_stack import tables as theirs\n"},
    ),
    _breach(
        "a revision that follows the code",
        "tidy:migration_alone",
        {"migrations_customer/versions/0001_first_tables": "from customer_stack import tables\n"},
    ),
    _breach(
        "a service that commits",
        "tidy:transaction",
        {
            "customer_stack/gate/service/links": "async def end(tx: transaction.Tx) -> None:\n    await tx.connection.commit()\n"
        },
    ),
)
