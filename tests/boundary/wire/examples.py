"""One example of each message, with values that can be followed by eye through the golden bytes."""

import uuid

from boundary.wire import control, frame, market, messages, to_customer, to_execution, values, words


def ref(number: int) -> uuid.UUID:
    """A version-4 UUID that ends in its number."""
    return uuid.UUID(f"00000000-0000-4000-8000-{number:012x}")


def fill(byte: int, size: int) -> bytes:
    return bytes([byte]) * size


PARTICIPANT, OTHER, INSTRUMENT, BATCH, OPERATOR_A, OPERATOR_B = (ref(number) for number in range(1, 7))
NOON = 1_800_000_000
NAME = values.MessageName(1, 17, 3)
APPROVALS = (values.Approval(OPERATOR_A, fill(0xA1, 64)), values.Approval(OPERATOR_B, fill(0xA2, 64)))
PLACE = values.ChainPlace(137, fill(0xCC, 32), 70_000_000)
SENT = values.ChannelHead(1, 17, 40, fill(0x51, 32))
RECEIVED = values.ChannelHead(1, 12, 30, fill(0x52, 32))
AUDIT = values.AuditHead(9, fill(0x61, 32), fill(0x62, 32), NOON * 1_000_000, fill(0x63, 32), fill(0x64, 64))
HEADS = (NOON * 1_000_000, SENT, RECEIVED, AUDIT, fill(0x65, 32), fill(0x66, 64))
TOTALS = (NOON, SENT, RECEIVED, 5, 2, 12_500_000, 3_000_000)
TERMS = to_customer.Terms(
    route=words.Route.OMNIBUS,
    product=words.Product.EVENT_CONTRACT,
    tick_size=1000,
    lot_size=1_000_000,
    price_max=1000,
    grid=(values.Band(1, 1), values.Band(100, 10), values.Band(900, 1)),
    cap_lots=25_000,
    opens_at=NOON,
    closes_at=NOON + 86_400,
    document=fill(0xD0, 32),
)

CONTROL: tuple[messages.Message, ...] = (
    control.Seen(fill(0xAA, 32), NOON * 1_000_000),
    control.Ack(1, 17, fill(0xAB, 32)),
    control.Nack(1, 19, fill(0xAD, 32), words.NackCode.EARLY, 1, 18, fill(0xAC, 32)),
    control.Void(1, 18, fill(0xAE, 32)),
    control.Compare(1, 17, 0),
    control.Compared(fill(0xAB, 32), 2, control.Held(17, fill(0xAC, 32)), control.Held(0, fill(0, 32))),
    control.Reopen(
        3, 1, control.Junction(17, fill(0xAC, 32), fill(0xAD, 32)), control.Junction(0, fill(0, 32), fill(0, 32))
    ),
)
TO_EXECUTION: tuple[messages.Message, ...] = (
    to_execution.ReserveRefs(1000),
    to_execution.ActivateRef(PARTICIPANT),
    to_execution.SetParticipantStatus(
        PARTICIPANT, words.ParticipantStatus.FROZEN, words.Level.TWO, words.Category.RETAIL
    ),
    to_execution.PlaceIntent(
        participant=PARTICIPANT,
        instrument=INSTRUMENT,
        side=words.Side.BUY,
        kind=words.IntentKind.LIMIT,
        time_in_force=words.TimeInForce.UNTIL_TIME,
        limit_ticks=550,
        lots=10,
        cost_cap=5_600_000,
        expires_at=NOON + 3600,
    ),
    to_execution.AmendIntent(NAME, 560, 12, 6_800_000),
    to_execution.CancelIntent(NAME),
    to_execution.RegisterWallet(PARTICIPANT, fill(0xAD, 20), NOON, fill(0x5A, 65)),
    to_execution.RequestCustodyWallet(PARTICIPANT),
    to_execution.CreateToken(PARTICIPANT, words.TokenKind.SHARE, 10_000, 1_000_000, 1_000_000, 2000, fill(0xD1, 32)),
    to_execution.DeployToken(INSTRUMENT),
    to_execution.MintTokens(INSTRUMENT, 1_000_000),
    to_execution.AllocateTokens(INSTRUMENT, PARTICIPANT, 250),
    to_execution.RestrictTransfer(INSTRUMENT, PARTICIPANT, words.Restriction.LOTS, 100, 0, NOON, APPROVALS),
    to_execution.ForceTransfer(INSTRUMENT, PARTICIPANT, OTHER, 250, NOON, APPROVALS),
    to_execution.AuthoriseSettlementBatch(BATCH, fill(0xBA, 32), NOON, APPROVALS),
    to_execution.SignedHeads(*HEADS),
    to_execution.Checkpoint(*TOTALS),
)
TO_CUSTOMER: tuple[messages.Message, ...] = (
    to_customer.MessageApplied(NAME),
    to_customer.MessageRefused(NAME, words.RefusalCode.NOT_ENABLED),
    to_customer.RefsIssued(NAME, (PARTICIPANT, OTHER)),
    to_customer.WalletRegistered(PARTICIPANT, fill(0xAD, 20), words.WalletKind.CUSTODY),
    to_customer.InstrumentListed(INSTRUMENT, TERMS),
    to_customer.InstrumentChanged(INSTRUMENT, TERMS),
    to_customer.InstrumentHalted(INSTRUMENT, words.HaltReason.VENUE),
    to_customer.InstrumentResumed(INSTRUMENT),
    to_customer.InstrumentDelisted(INSTRUMENT),
    to_customer.InstrumentClosed(INSTRUMENT),
    to_customer.DocumentPublished(fill(0xD0, 32), 4096, words.DocumentKind.RULES),
    to_customer.IntentAccepted(NAME),
    to_customer.IntentRefused(NAME, words.RefusalCode.PRICE_OFF_GRID),
    to_customer.IntentWorking(NAME, fill(0xFA, 32)),
    to_customer.IntentCancelled(NAME, 4, words.CancelReason.REQUESTED),
    to_customer.IntentExpired(NAME, 4),
    to_customer.FillAllocated(8, NAME, 6, 540, 70_000, 60_000, words.ResidueRule.LARGEST_REMAINDER, NOON),
    to_customer.FillReversed(8),
    to_customer.EventResolved(INSTRUMENT, 1, 1_000_000, NOON),
    to_customer.EventVoided(INSTRUMENT, 1, NOON),
    to_customer.EventAmended(INSTRUMENT, 2, 0, NOON),
    to_customer.Payout(PARTICIPANT, INSTRUMENT, 1, words.Side.BUY, 6, 6_000_000),
    to_customer.PayoutReversed(PARTICIPANT, INSTRUMENT, 1),
    to_customer.TokenCreated(NAME, INSTRUMENT),
    to_customer.TokenDeployed(INSTRUMENT, fill(0xAE, 20), PLACE),
    to_customer.ChainConfirmed(NAME, PLACE),
    to_customer.BatchProposed(BATCH, 8, 11, fill(0xBA, 32)),
    to_customer.TradeSettled(8, BATCH, PLACE),
    to_customer.BatchSettled(BATCH, 3, 1, PLACE),
    to_customer.SignedHeads(*HEADS),
    to_customer.Checkpoint(*TOTALS),
)
PRINTS = (
    market.Print(55, 10, words.Side.BUY, words.PrintKind.CONTINUOUS, NOON),
    market.Print(56, 7, words.Side.SELL, words.PrintKind.AUCTION, NOON + 1),
)
CANDLE = market.Candle(NOON, 55, 57, 54, 56, 17, 10, 12)
MARKET: tuple[messages.Message, ...] = (
    market.Since(41),
    market.Status(INSTRUMENT, words.MarketState.HALTED),
    market.ReferencePrice(INSTRUMENT, 55),
    market.BookTop(INSTRUMENT, 54, 120, 56, 0),
    market.BookLevels(INSTRUMENT, (market.Level(54, 120), market.Level(53, 80)), ()),
    market.LastTrade(INSTRUMENT, 55, 10, NOON),
    market.BookState(
        INSTRUMENT, 4711, words.BookPhase.AUCTION, 55, 120, (market.Shown(56, 120), market.Shown(54, 80)), ()
    ),
    market.Prints(INSTRUMENT, 12, PRINTS),
    market.CandleState(INSTRUMENT, words.CandleSpan.QUARTER, CANDLE),
    market.DayFigures(INSTRUMENT, 50, 58, 49, 56, 1_200, 12),
)
ASKED: tuple[messages.Message, ...] = (market.HistoryAfter(INSTRUMENT, words.Series.TRADES, 10),)
PAGES: tuple[messages.Message, ...] = (
    market.PrintsAfter(INSTRUMENT, 10, PRINTS),
    market.CandlesAfter(INSTRUMENT, words.CandleSpan.QUARTER, 9, (CANDLE,)),
)
BY_NAME = {
    "control": CONTROL,
    "market": MARKET + ASKED + PAGES,
    "to_execution": TO_EXECUTION,
    "to_customer": TO_CUSTOMER,
}
BY_DIRECTION = {frame.Direction.TO_EXECUTION: TO_EXECUTION, frame.Direction.TO_CUSTOMER: TO_CUSTOMER}
EVERY = tuple((direction, message) for direction, some in BY_DIRECTION.items() for message in some)


def name(example: tuple[frame.Direction, messages.Message]) -> str:
    """An id for a test that runs over `EVERY`."""
    return f"{messages.SHAPES[type(example[1])].tag}-{type(example[1]).__name__}"
