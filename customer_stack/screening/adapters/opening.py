"""Screening of a process, from its settings."""

from datetime import timedelta

from boundary.kernel import clock, ids
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import settings
from customer_stack.screening import model, ports
from customer_stack.screening.model import people
from customer_stack.screening.service import loaded, wiring

_PERCENT = model.ONE // 100


def policy(config: settings.Settings) -> people.Policy:
    """What the operator decided of lists, thresholds and how long a verdict holds."""
    known = {each.value: each for each in model.Publisher}
    if unknown := [each for each in config.screening_lists if each not in known]:
        raise kernel_settings.SettingsError(f"CUSTOMER_SCREENING_LISTS: {unknown[0]} is none of {', '.join(known)}")
    if config.screening_strong_percent < config.screening_review_percent:
        raise kernel_settings.SettingsError(
            "CUSTOMER_SCREENING_STRONG_PERCENT is below CUSTOMER_SCREENING_REVIEW_PERCENT"
        )
    return people.Policy(
        required=tuple(known[each] for each in config.screening_lists),
        review=config.screening_review_percent * _PERCENT,
        strong=config.screening_strong_percent * _PERCENT,
        list_age_max=timedelta(days=config.screening_list_days_max),
        list_share_min=config.screening_list_share_min,
        verdict_life=timedelta(days=config.screening_verdict_days),
        office_ended=timedelta(days=config.screening_office_days),
    )


def screening(
    config: settings.Settings,
    vault: ports.Vault,
    time: clock.Clock,
    random: ids.Ids,
    cases: ports.Cases | None = None,
) -> wiring.Screening:
    """With nothing in memory yet: `lists.refresh` reads what is in use."""
    return wiring.Screening(vault, loaded.Lists(), policy(config), time, random, cases)
