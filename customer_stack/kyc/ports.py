"""What onboarding needs of others: who verifies, scans, screens, and opens cases; and the steps of a freeze."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.kyc import model


class File(NamedTuple):
    """A clean file on its way to who verifies."""

    kind: model.UploadKind
    media: str
    country: str
    document: model.DocumentKind
    data: bytes


class Hook(NamedTuple):
    """A webhook as it came: names of headers in lower case, and the bytes of the body."""

    headers: Mapping[str, str]
    body: bytes


class Provider(Protocol):
    """Who verifies people. A call that may not have arrived raises `ProviderDown`, and may be made again."""

    @property
    def hosted(self) -> bool:
        """Whether customers finish on the provider's own pages."""
        ...

    def speaks_of(self, level: int, told: model.Told) -> bool:
        """Whether what was told is about this level: an approval for another one is none."""
        ...

    async def create(self, application: UUID, level: int, form: model.Form) -> str:
        """The provider's name for this applicant; the same again if it is asked twice."""
        ...

    async def link(self, application: UUID, level: int) -> str:
        """Where the customer goes on; raises `NoLink` where files are uploaded here."""
        ...

    async def upload(self, applicant: str, file: File) -> None: ...

    async def start(self, applicant: str) -> model.Event:
        """Ask for the check. What it says at once: `noted` if the verdict comes later, `review` if officers decide."""
        ...

    async def fetch(self, application: UUID, applicant: str) -> model.Told | None:
        """The verdict, or nothing as long as there is none."""
        ...

    def believe(self, hook: Hook) -> model.Told | None:
        """What a webhook says, or nothing if it changes nothing. Raises `HookRefused` unless it is signed and readable."""
        ...

    async def redact(self, applicant: str) -> None:
        """Let go of the person's data over there."""
        ...

    async def close(self) -> None: ...


class Scanner(Protocol):
    """Looks for malware. Raises `ScannerDown` if it has no verdict: nothing passes without one."""

    async def is_clean(self, data: bytes) -> bool: ...


class Register(Protocol):
    """A national register of identity documents."""

    async def ask(self, form: model.Form) -> model.RegisterAnswer: ...

    async def close(self) -> None: ...


class Screener(Protocol):
    """Sanctions and politically exposed persons. Only clear lets anybody pass."""

    async def screen(
        self, tx: transaction.Tx, account: UUID, person: model.Person, trigger: str
    ) -> model.ScreenState: ...


class Teller(Protocol):
    """Tells a customer, in their language and the operator's name, that their application has moved."""

    async def told(self, tx: transaction.Tx, account: UUID, notice: model.Notice, level: int) -> None: ...


class Cases(Protocol):
    """Opens a case for compliance officers; the same again for the same kind, subject and link."""

    async def open_(
        self,
        tx: transaction.Tx,
        *,
        kind: str,
        subject: UUID,
        reasons: tuple[str, ...],
        link: UUID | None,
        now: datetime,
        random: ids.Ids,
    ) -> UUID: ...


class Risks(Protocol):
    """How risky customers are: `low`, `medium` or `high`. Who is not named is medium."""

    async def of(self, tx: transaction.Tx, accounts: Sequence[UUID], now: datetime) -> Mapping[UUID, str]: ...


class Outbound(Protocol):
    """What the execution stack is told of a participant. It never learns why."""

    async def attach(self, tx: transaction.Tx, account: UUID, level: int) -> bool:
        """Give the account a reference that was minted before, if it has none, and admit it at this level. False: there
        is none in stock, and nothing was done.
        """
        ...

    async def freeze(self, tx: transaction.Tx, account: UUID, level: int) -> None:
        """Of an account without a reference nobody over there has heard, so nothing is said."""
        ...

    async def thaw(self, tx: transaction.Tx, account: UUID, level: int) -> None: ...


class Step(Protocol):
    """One step of a freeze. It is idempotent, and takes effect in the transaction that notes that it was done."""

    @property
    def name(self) -> str: ...

    async def apply(self, tx: transaction.Tx, account: UUID, saga: UUID) -> None: ...
