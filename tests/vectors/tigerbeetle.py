"""TigerBeetle's table tests as steps that a ledger of ours can be put through.

Columns are told in the vectors' README. `_` is a column's default, `-N` its maximum less N, and the maximum of an
amount or an id is our own. Ledger 0 to 9 are asset numbers. A line that we cannot run says so in `skipped`.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from customer_stack.ledger import model

ACCOUNT_FLAGS = {
    "LNK": model.AccountFlag.LINKED,
    "D<C": model.AccountFlag.DEBITS_MUST_NOT_EXCEED_CREDITS,
    "C<D": model.AccountFlag.CREDITS_MUST_NOT_EXCEED_DEBITS,
    "HIST": model.AccountFlag.HISTORY,
    "IMP": model.AccountFlag.IMPORTED,
    "CLSD": model.AccountFlag.CLOSED,
}
TRANSFER_FLAGS = {
    "LNK": model.Flag.LINKED,
    "PEN": model.Flag.PENDING,
    "POS": model.Flag.POST,
    "VOI": model.Flag.VOID,
    "BDR": model.Flag.BALANCING_DEBIT,
    "BCR": model.Flag.BALANCING_CREDIT,
    "IMP": model.Flag.IMPORTED,
    "CDR": model.Flag.CLOSING_DEBIT,
    "CCR": model.Flag.CLOSING_CREDIT,
}
PADDING = 1 << 14
NOT_OURS = {"IMP"}


class Step(NamedTuple):
    """One thing to do or to ask; `expected` is what the table says of it."""

    verb: str
    what: Any
    expected: Any


class Table(NamedTuple):
    name: str
    steps: list[Step]
    skipped: list[str]


def number(word: str, most: int = model.AMOUNT_MAX) -> int:
    """A figure, with or without a letter before it."""
    digits = re.sub(r"^[A-Z]+", "", word)
    if digits == "_" or not digits:
        return 0
    return most - int(digits[1:]) if digits.startswith("-") else int(digits)


def identity(word: str) -> UUID:
    return UUID(int=number(word, (1 << 128) - 1))


def house_kind(code: int) -> int:
    """The tables' kinds are numbers without a meaning; ours below ten are customers', and have rules of their own."""
    return code and code + 100


def account(words: list[str]) -> model.Account:
    flags = sum(ACCOUNT_FLAGS[word] for word in words[11:17] if word != "_") | (PADDING if words[17] != "_" else 0)
    return model.Account(
        id=identity(words[0]),
        debits_pending=number(words[1]),
        debits_posted=number(words[2]),
        credits_pending=number(words[3]),
        credits_posted=number(words[4]),
        reference=identity(words[5]),
        tag64=number(words[6]),
        tag32=number(words[7]),
        reserved=number(words[8]),
        asset=number(words[9]),
        code=house_kind(number(words[10])),
        flags=flags,
        timestamp=number(words[18]),
    )


def transfer(words: list[str]) -> model.Transfer:
    flags = sum(TRANSFER_FLAGS[word] for word in words[11:20] if word != "_") | (PADDING if words[20] != "_" else 0)
    return model.Transfer(
        id=identity(words[0]),
        debit=identity(words[1]),
        credit=identity(words[2]),
        amount=number(words[3]),
        pending_id=identity(words[4]),
        reference=identity(words[5]),
        tag64=number(words[6]),
        tag32=number(words[7]),
        timeout=number(words[8]),
        asset=number(words[9]),
        code=number(words[10]),
        flags=flags,
        timestamp=number(words[21]),
    )


def tables(path: Path) -> list[Table]:
    return [read(f"{each['test']} {each['run']}", each["lines"]) for each in json.loads(path.read_text("utf-8"))]


def read(name: str, lines: list[str]) -> Table:
    steps: list[Step] = []
    skipped: list[str] = []
    batch: list[tuple[Any, str | None]] = []
    for line in lines:
        verb, *words = line.split()
        match verb:
            case "account" | "transfer":
                made: Any = account(words) if verb == "account" else transfer(words)
                counts = not (NOT_OURS & set(words))
                batch.append((made, words[-1] if counts else None))
                skipped += [] if counts else [line]
            case "commit" if words[0].startswith("create_"):
                steps.append(Step(words[0], [each for each, _ in batch], [status for _, status in batch]))
                steps += stood_in(words[0], batch, skipped)
                batch = []
            case "commit":
                pass
            case _ if verb.startswith("query_"):
                skipped.append(line)
            case _ if verb.endswith("_result"):
                steps[-1].expected.append(words)
            case _ if verb.startswith("get_"):
                steps.append(Step(verb, words, []))
            case _:
                steps.append(Step(verb, words, None))
    if any("IMP" in line for line in skipped):  # balances that imported rows would have made are not there to compare
        skipped += [" ".join([step.verb, *step.what]) for step in steps if step.verb.startswith("lookup_")]
        steps = [step for step in steps if not step.verb.startswith("lookup_")]
    return Table(name, steps, skipped)


def stood_in(verb: str, batch: list[tuple[Any, str | None]], skipped: list[str]) -> list[Step]:
    """Imported accounts that the table opens are opened plainly behind their batch, for the rows that go on with them."""
    if verb != "create_accounts":
        return []
    opened = {tigerbeetle_id(line) for line in skipped if line.startswith("account") and line.endswith(" created")}
    plain = [
        msgspec.structs.replace(each, flags=each.flags & ~model.AccountFlag.IMPORTED, timestamp=0)
        for each, status in batch
        if status is None and each.id in opened
    ]
    return [Step(verb, plain, [None] * len(plain))] if plain else []


def tigerbeetle_id(line: str) -> UUID:
    return identity(line.split()[1])


def ran(found: list[Table]) -> Iterator[tuple[Any, str]]:
    """Every transfer whose status is compared."""
    for table in found:
        for step in table.steps:
            if step.verb == "create_transfers":
                yield from ((each, status) for each, status in zip(step.what, step.expected, strict=True) if status)
