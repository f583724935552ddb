"""Reads our Markdown as far as the tests need it: links, anchors, code, and what is compared with the code.

A table or diagram that must agree with the code stands below a comment `<!-- checked: name -->`.
"""

import functools
import itertools
import os
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {"node_modules", "dist", "static", "lib"}

_FENCE = re.compile(r"^(?P<ticks>```+)(?P<language>\w*)\n(?P<body>.*?)^(?P=ticks)[ \t]*$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")


class Document(NamedTuple):
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return _read(self.path)

    @property
    def prose(self) -> str:
        """Without fenced blocks."""
        return _FENCE.sub("", self.text)

    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    def anchors(self) -> set[str]:
        """What a heading is called in an address: its words in lower case, joined by hyphens."""
        found: set[str] = set()
        for heading in _HEADING.findall(self.prose):
            words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
            slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            number = 0
            while (unique := f"{slug}-{number}" if number else slug) in found:
                number += 1
            found.add(unique)
        return found

    def spans(self) -> list[str]:
        """What stands in code font within a line."""
        return _SPAN.findall(self.prose)

    def scripts(self) -> list[str]:
        """The lines of blocks that a person would type."""
        blocks = [fence["body"] for fence in _FENCE.finditer(self.text) if fence["language"] in {"sh", "console"}]
        return [line.partition(" #")[0].removeprefix("$ ") for block in blocks for line in block.splitlines()]

    def table(self, name: str) -> list[list[str]]:
        """The cells of a checked table, without its head."""
        rows = itertools.takewhile(lambda line: line.startswith("|"), self._after(name).splitlines())
        return [[cell.strip() for cell in _CELL.split(row.strip()[1:-1])] for row in rows][2:]

    def put_table(self, name: str, printed: str) -> None:
        """Replace a checked table, its head included."""
        before, mark, after = self.text.partition(f"<!-- checked: {name} -->\n")
        rest = itertools.dropwhile(lambda line: line.startswith("|"), after.splitlines(keepends=True))
        self.path.write_text(before + mark + printed + "".join(rest), "utf-8")
        _read.cache_clear()

    def diagram(self, name: str) -> str:
        """The text of a checked diagram."""
        fence = _FENCE.match(self._after(name))
        assert fence is not None, f"{self.name}: no diagram follows {name}"
        return fence["body"]

    def _after(self, name: str) -> str:
        mark = f"<!-- checked: {name} -->\n"
        assert self.text.count(mark) == 1, f"{self.name}: expected once: {mark}"
        return self.text.partition(mark)[2].lstrip("\n")


def documents() -> list[Document]:
    """Every Markdown file of the repository."""
    found = []
    for directory, below, files in os.walk(ROOT):
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in NOT_OURS)
        found += [Document(Path(directory, name)) for name in sorted(files) if name.endswith(".md")]
    return found


def document(name: str) -> Document:
    return Document(ROOT / name)


@functools.cache
def _read(path: Path) -> str:
    return path.read_text("utf-8")
