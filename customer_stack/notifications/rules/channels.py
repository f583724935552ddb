"""On which channels a notice leaves, beside the inbox where it always stands."""

from collections.abc import Iterable

from customer_stack.notifications import model
from customer_stack.notifications.rules import kinds

DEFAULTS = {
    (model.Category.SECURITY, model.Channel.EMAIL): True,
    (model.Category.SECURITY, model.Channel.SMS): True,
    (model.Category.ACCOUNT, model.Channel.EMAIL): True,
    (model.Category.ACCOUNT, model.Channel.SMS): False,
    (model.Category.ANNOUNCEMENTS, model.Channel.EMAIL): False,
    (model.Category.ANNOUNCEMENTS, model.Channel.SMS): False,
}


def effective(chosen: Iterable[model.Preference]) -> tuple[model.Preference, ...]:
    """The whole table: what was chosen, and the defaults for the rest. Security stays on, whatever a row says."""
    made = {(each.category, each.channel): each.enabled for each in chosen}
    return tuple(
        model.Preference(
            category, channel, category is model.Category.SECURITY or made.get((category, channel), default)
        )
        for (category, channel), default in DEFAULTS.items()
    )


def check(wanted: Iterable[model.Preference]) -> None:
    seen = set()
    for each in wanted:
        if each.category is model.Category.SECURITY and not each.enabled:
            raise model.AlwaysSent("notices about security cannot be switched off")
        if (each.category, each.channel) in seen:
            raise model.PreferenceRepeated("each category and channel stands in the list once")
        seen.add((each.category, each.channel))


def leaving(
    definition: kinds.Definition, chosen: Iterable[model.Preference], addresses: model.Addresses
) -> list[tuple[model.Channel, str]]:
    """Channel and address of every message that leaves. Security takes the channels that its kind names; whatever else
    takes those that the receiver switched on.
    """
    known = {model.Channel.EMAIL: addresses.email, model.Channel.SMS: addresses.phone}
    on = {each.channel for each in effective(chosen) if each.category is definition.category and each.enabled}
    wanted = definition.channels if definition.category is model.Category.SECURITY else on
    return [(channel, address) for channel, address in known.items() if channel in wanted and address]
