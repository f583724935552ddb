"""The operator's own review: nobody else is asked, files are uploaded here, and officers decide."""

from uuid import UUID

from customer_stack.kyc import model, ports
from customer_stack.kyc.model import refusals


class InHouse:
    """A provider like any other, so that nothing else knows the difference."""

    hosted = False

    def speaks_of(self, level: int, told: model.Told) -> bool:
        del level, told
        return True

    async def create(self, application: UUID, level: int, form: model.Form) -> str:
        del level, form
        return f"in-house-{application}"

    async def link(self, application: UUID, level: int) -> str:
        del application, level
        raise refusals.NoLink("files are uploaded here")

    async def upload(self, applicant: str, file: ports.File) -> None:
        """It is here already."""

    async def start(self, applicant: str) -> model.Event:
        del applicant
        return model.Event.REVIEW

    async def fetch(self, application: UUID, applicant: str) -> model.Told | None:
        del application, applicant
        return None

    def believe(self, hook: ports.Hook) -> model.Told | None:
        del hook
        raise refusals.HookRefused("no_vendor")

    async def redact(self, applicant: str) -> None:
        """The end of a person's key is the end of their files."""

    async def close(self) -> None:
        """Nothing is open."""
