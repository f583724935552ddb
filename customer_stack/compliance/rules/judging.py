"""From facts to reasons to an answer. Whoever keeps the facts can find the answer again."""

from collections.abc import Iterator

from customer_stack.compliance import model
from customer_stack.compliance.model import facts

K, C = model.OperationKind, model.Code
LEVEL = {K.DEPOSIT: 1, K.CONVERSION: 2, K.STAKE: 2, K.TRADE: 2, K.TRANSFER: 2, K.WITHDRAWAL: 2}
"""How well somebody must be known."""
LEVEL_ABOVE_THRESHOLD = 3
"""At the amount from which the law wants a report, nobody is known well enough by a hosted check alone."""
APPROVED = "approved"
CLEAR = "clear"
BLOCKED = "blocked"
_RISKS = {"low": None, "medium": None, "high": C.RISK_HIGH, "prohibited": C.RISK_PROHIBITED}
_ORDER = list(model.Answer)


def judge(f: facts.Facts) -> tuple[model.Code, ...]:
    """Every reason that speaks against it, released ones included, in a fixed order."""
    return tuple(dict.fromkeys(_reasons(f)))


def answer(f: facts.Facts, reasons: tuple[model.Code, ...]) -> model.Answer:
    """The gravest of the reasons that nobody has released."""
    standing = [
        model.GRAVITY[each]
        for each in reasons
        if each.value not in f.released or model.GRAVITY[each] is model.Answer.REFUSE
    ]
    return max(standing, key=_ORDER.index, default=model.Answer.ALLOW)


def travels(kind: model.OperationKind) -> bool:
    """Whether money leaves for, or comes from, somebody elsewhere."""
    return kind in {K.WITHDRAWAL, K.TRANSFER}


def complete(travel: model.TravelFields | None) -> bool:
    """Whether both ends are named as the travel rule wants them."""
    if travel is None:
        return False
    origin, to = travel.originator, travel.beneficiary
    return all(
        (origin.name.strip(), origin.account.strip(), origin.address.strip(), to.name.strip(), to.account.strip())
    )


def needed(kind: model.OperationKind, home: int | None, threshold: int) -> int:
    level = LEVEL[kind]
    return max(level, LEVEL_ABOVE_THRESHOLD) if home is not None and home >= threshold and travels(kind) else level


def _reasons(f: facts.Facts) -> Iterator[model.Code]:
    if int(f.amount) <= 0:
        yield C.AMOUNT_NOT_POSITIVE
    if not f.theirs:
        yield C.ACCOUNT_NOT_THEIRS
    yield from _known(f)
    yield from _screened(f)
    if f.alerts:
        yield C.MONITORING_ALERT
    risk = _RISKS.get(f.risk, C.RISK_UNKNOWN)
    if risk is not None:
        yield risk
    yield from (C(each) for each in f.safeguards)
    yield from _limited(f)


def _known(f: facts.Facts) -> Iterator[model.Code]:
    if f.frozen:
        yield C.KYC_FROZEN
    if f.kyc != APPROVED:
        yield C.KYC_MISSING
    elif f.level < f.needed:
        yield C.KYC_LEVEL


def _screened(f: facts.Facts) -> Iterator[model.Code]:
    for state, blocked, unclear in (
        (f.screened, C.SANCTIONS_BLOCKED, C.SANCTIONS_UNCLEAR),
        (f.counterparty or CLEAR, C.COUNTERPARTY_BLOCKED, C.COUNTERPARTY_UNCLEAR),
    ):
        if state == BLOCKED:
            yield blocked
        elif state != CLEAR:
            yield unclear


def _limited(f: facts.Facts) -> Iterator[model.Code]:
    if not f.home or not f.moved_day or not f.moved_month:
        yield C.NO_RATE
        return
    home = int(f.home)
    if home > int(f.single):
        yield C.LIMIT_SINGLE
    if int(f.moved_day) + home > int(f.day):
        yield C.LIMIT_DAY
    if int(f.moved_month) + home > int(f.month):
        yield C.LIMIT_MONTH
    if f.travels and home >= int(f.travel_minimum) and not f.travel_complete:
        yield C.TRAVEL_RULE
