"""NACHA files: batches of entries with their addenda, and the totals that files state of themselves."""

import enum

import msgspec


class Code(enum.StrEnum):
    """Why a file is refused. Names of this list are part of the API."""

    CHARACTERS = "characters"
    LINE_LENGTH = "line_length"
    RECORD_TYPE = "record_type"
    ORDER = "order"
    NUMBER = "number"
    FILE_HEADER = "file_header"
    BATCH_HEADER = "batch_header"
    SERVICE_CLASS = "service_class"
    CLASS_CODE = "class_code"
    TRANSACTION_CODE = "transaction_code"
    AMOUNT = "amount"
    CHECK_DIGIT = "check_digit"
    ADDENDA_COUNT = "addenda_count"
    ADDENDA_INDICATOR = "addenda_indicator"
    ADDENDA_TYPE = "addenda_type"
    RETURN_CODE = "return_code"
    CHANGE_CODE = "change_code"
    DIRECTION = "direction"
    TRACE_ORDER = "trace_order"
    TRACE_ORIGIN = "trace_origin"
    BATCH_CONTROL = "batch_control"
    BATCH_NUMBER = "batch_number"
    BATCH_HASH = "batch_hash"
    BATCH_COUNT = "batch_count"
    BATCH_DEBITS = "batch_debits"
    BATCH_CREDITS = "batch_credits"
    EMPTY_BATCH = "empty_batch"
    FILE_CONTROL = "file_control"
    FILE_HASH = "file_hash"
    FILE_COUNT = "file_count"
    FILE_DEBITS = "file_debits"
    FILE_CREDITS = "file_credits"
    FILE_BATCHES = "file_batches"
    FILE_BLOCKS = "file_blocks"
    PADDING = "padding"
    TOO_LARGE = "too_large"
    FIELD = "field"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A record of type 6 and the addenda behind it, which stand as they are written."""

    transaction_code: int
    routing: str
    """Nine digits, the check digit among them."""
    account: str
    amount: int
    identification: str = ""
    name: str
    discretionary: str = ""
    trace: str
    addenda: tuple[str, ...] = ()

    @property
    def debit(self) -> bool:
        return self.transaction_code % 10 in {6, 7, 8, 9} or self.transaction_code == 55

    @property
    def returned(self) -> str:
        """The reason of a return, if this is one."""
        return next((line[3:6] for line in self.addenda if line[1:3] == "99"), "")

    @property
    def changed(self) -> str:
        """The code of a notification of change, if this is one."""
        return next((line[3:6] for line in self.addenda if line[1:3] == "98"), "")


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    service_class: int
    company: str
    discretionary: str = ""
    company_id: str
    class_code: str
    description: str
    descriptive_date: str = ""
    effective: str = ""
    settlement: str = ""
    originator_status: str = "1"
    origin: str
    """The first eight digits of the originating bank's number."""
    number: int
    message_authentication: str = ""
    entries: tuple[Entry, ...]


class File(msgspec.Struct, frozen=True, kw_only=True):
    destination: str
    origin: str
    created: str
    time: str = ""
    modifier: str = "A"
    destination_name: str = ""
    origin_name: str = ""
    reference: str = ""
    batches: tuple[Batch, ...]
