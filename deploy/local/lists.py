"""Sanctions lists about nobody, so that people can be screened where no real list was loaded: without one nobody passes.

They are written and loaded by the operator's commands, once.
"""

import secrets

from deploy.local import places, processes, stacks

FILES = {"ofac": ("sdn.csv", "alt.csv", "add.csv"), "un": ("un.xml",)}


class Lists:
    """The lists of one platform; `base` is where its ports begin."""

    def __init__(self, place: places.Place, base: int) -> None:
        self._place = place
        self._env = stacks.environment(place, base, stacks.CUSTOMER, stacks.CUSTOMER.role("operator"))
        self._folder = place.root / "lists"

    @property
    def are_loaded(self) -> bool:
        return (self._folder / "loaded").exists()

    def loading(self) -> processes.Work:
        if self.are_loaded:
            return
        yield from self._screening("invent", str(self._folder))
        for publisher, names in FILES.items():
            yield from self._screening("load", "--list", publisher, *(str(self._folder / name) for name in names))
        (self._folder / "loaded").touch()

    def _screening(self, *words: str) -> processes.Work:
        command = [str(stacks.CUSTOMER.command), "screening", *words]
        log = self._place.logs / f"screening-{secrets.token_hex(4)}.log"
        yield from processes.finishing(f"screening {words[0]}", command, output=log, env=self._env)
        log.unlink()
