"""What a position is paid. Pure."""

from execution_stack.resolution import model


def payout(holding: model.Holding, value: int | None) -> model.Payout:
    """Its lots at the value, or what they cost where the event was voided."""
    amount = holding.cost if value is None else holding.lots * value
    return model.Payout(holding.channel, holding.participant, holding.lots, amount)


def first_step(revision: int) -> model.Step:
    return model.Step.PAY if revision == 1 else model.Step.REVERSE
