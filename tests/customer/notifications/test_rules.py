"""Which channels a notice takes, what an attempt's outcome means, and which announcements may be made."""

from datetime import UTC, datetime, timedelta

import pytest

from boundary.kernel import states
from customer_stack.notifications import model
from customer_stack.notifications.rules import announcing, channels, delivering, kinds

C, V, S, E = model.Category, model.Verdict, model.DeliveryState, model.DeliveryEvent
EMAIL, SMS = model.Channel.EMAIL, model.Channel.SMS
NOW = datetime(2026, 3, 2, tzinfo=UTC)
BOTH = model.Addresses("kamala@people.example", "+94770000000")


def leaving(kind: model.Kind, addresses: model.Addresses, *chosen: model.Preference) -> set[model.Channel]:
    return {channel for channel, _ in channels.leaving(kinds.KINDS[kind], chosen, addresses)}


def test_notices_about_security_take_the_channels_of_their_kind_whatever_a_row_says() -> None:
    off = [model.Preference(C.SECURITY, channel, enabled=False) for channel in model.Channel]
    assert leaving(model.Kind.REUSE_DETECTED, BOTH, *off) == {EMAIL, SMS}
    assert leaving(model.Kind.NEW_SIGN_IN, BOTH, *off) == {EMAIL}
    assert all(each.enabled for each in channels.effective(off) if each.category is C.SECURITY)


def test_other_notices_take_the_channels_that_their_receiver_chose() -> None:
    assert leaving(model.Kind.ACTIVATED, BOTH) == {EMAIL}
    assert leaving(model.Kind.ACTIVATED, BOTH, model.Preference(C.ACCOUNT, EMAIL, enabled=False)) == set()
    assert leaving(model.Kind.ACTIVATED, BOTH, model.Preference(C.ACCOUNT, SMS, enabled=True)) == {EMAIL, SMS}
    assert leaving(model.Kind.ANNOUNCEMENT, BOTH) == set()


def test_nothing_leaves_for_an_address_that_is_not_known() -> None:
    assert leaving(model.Kind.REUSE_DETECTED, model.Addresses(phone="+94770000000")) == {SMS}
    assert leaving(model.Kind.REUSE_DETECTED, model.Addresses()) == set()


def test_security_cannot_be_switched_off_and_no_pair_stands_twice() -> None:
    with pytest.raises(model.AlwaysSent):
        channels.check([model.Preference(C.SECURITY, EMAIL, enabled=False)])
    one = model.Preference(C.ACCOUNT, EMAIL, enabled=False)
    with pytest.raises(model.PreferenceRepeated):
        channels.check([one, one])
    channels.check([one, model.Preference(C.SECURITY, EMAIL, enabled=True)])


@pytest.mark.parametrize("machine", [delivering.DELIVERY, announcing.ANNOUNCEMENT], ids=["delivery", "announcement"])
def test_what_the_table_does_not_allow_is_refused(machine: "states.Machine[object, object]") -> None:
    pairs = machine.illegal_pairs()
    assert pairs
    for state, event in pairs:
        with pytest.raises(states.IllegalTransition):
            machine.advance(state, event)


def after(
    channel: model.Channel, verdict: model.Verdict, attempts: int = 1, expires_at: datetime | None = None
) -> model.DeliveryEvent:
    return delivering.after(channel, model.Outcome(verdict, "x"), attempts, expires_at, NOW)[0]


@pytest.mark.parametrize(
    "channel, verdict, attempts, event",
    [
        (EMAIL, V.ACCEPTED, 1, E.ACCEPT),
        (SMS, V.ACCEPTED, 10, E.ACCEPT),
        (EMAIL, V.REFUSED, 1, E.GIVE_UP),
        (EMAIL, V.LATER, 1, E.POSTPONE),
        (SMS, V.LATER, 9, E.POSTPONE),
        (SMS, V.LATER, 10, E.GIVE_UP),
        (EMAIL, V.UNKNOWN, 1, E.POSTPONE),
        (EMAIL, V.UNKNOWN, 10, E.LOSE),
        (SMS, V.UNKNOWN, 1, E.LOSE),
    ],
)
def test_what_an_outcome_means(
    channel: model.Channel, verdict: model.Verdict, attempts: int, event: model.DeliveryEvent
) -> None:
    assert after(channel, verdict, attempts) is event


def test_a_code_is_given_up_when_it_would_be_late() -> None:
    soon = NOW + timedelta(seconds=5)
    assert after(EMAIL, V.LATER, 1, soon) is E.GIVE_UP
    assert after(EMAIL, V.UNKNOWN, 1, soon) is E.LOSE
    assert after(EMAIL, V.LATER, 1, NOW + timedelta(minutes=5)) is E.POSTPONE


def test_patience_grows_up_to_four_hours() -> None:
    waits = [delivering.backoff(attempts) for attempts in range(1, 12)]
    assert waits[0] == timedelta(seconds=10)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=4)


GOOD = {model.Locale.ENGLISH: ("Maintenance", "On Sunday.\n\nFrom 2 to 3.")}
TITLE, BODY = GOOD[model.Locale.ENGLISH]


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {model.Locale.TAMIL: (TITLE, BODY)},
        {model.Locale.ENGLISH: ("", BODY)},
        {model.Locale.ENGLISH: (TITLE, "  ")},
        {model.Locale.ENGLISH: ("x" * 121, BODY)},
        {model.Locale.ENGLISH: (TITLE, "x" * 4001)},
        {model.Locale.ENGLISH: ("a\nb", BODY)},
        {model.Locale.ENGLISH: (TITLE, "a\x00b")},
        {model.Locale.ENGLISH: (TITLE, "a\u202eb")},
        GOOD | {model.Locale.TAMIL: ("", BODY)},
    ],
)
def test_an_announcement_that_somebody_could_not_read_is_refused(texts: dict[model.Locale, tuple[str, str]]) -> None:
    with pytest.raises(model.AnnouncementText):
        announcing.check(texts, model.Locale.ENGLISH)


def test_a_reader_gets_their_language_or_the_default() -> None:
    texts = GOOD | {model.Locale.TAMIL: ("பராமரிப்பு", "ஞாயிறு")}
    announcing.check(texts, model.Locale.ENGLISH)
    assert announcing.text_for(texts, model.Locale.TAMIL, model.Locale.ENGLISH)[1][0] == "பராமரிப்பு"
    assert announcing.text_for(texts, model.Locale.ARABIC, model.Locale.ENGLISH) == (
        model.Locale.ENGLISH,
        GOOD[model.Locale.ENGLISH],
    )
