"""What the commands need of the world: files, as bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from customer_stack.screening import model


class Files(Protocol):
    def lists(self, paths: Sequence[Path]) -> tuple[model.ListFile, ...]:
        """The files that the paths name; a folder names those inside it."""

    def rows(self, path: Path, *needed: str) -> list[dict[str, str]]:
        """The rows of a CSV file whose header has the needed columns, by column in lower case."""
