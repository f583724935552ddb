"""Encoding, bodies, and what is refused: all of a body or nothing of it."""

import itertools
import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.kernel import canonical, errors, ids
from boundary.wire import export, frame, messages, refs, shape, to_customer, to_execution, values, words
from tests.boundary.wire import examples, plain_msgpack, strategies

law = settings(deadline=None, max_examples=150)
TO_EXECUTION, TO_CUSTOMER = frame.Direction
CHANNEL = examples.ref(77)
every_example = pytest.mark.parametrize("example", examples.EVERY, ids=examples.name)

Example = tuple[frame.Direction, messages.Message]
any_message = st.one_of(
    [
        st.tuples(st.just(direction), strategies.message(messages.VOCABULARIES[direction]))
        for direction in frame.Direction
    ]
)


def plain(message: messages.Message) -> plain_msgpack.Node:
    return plain_msgpack.from_json(export.as_json(message))


def refusal(data: bytes, direction: frame.Direction) -> type[errors.Refusal] | None:
    try:
        messages.decode_body(data, direction)
    except errors.Refusal as found:
        return type(found)
    return None


def alone(node: plain_msgpack.Node) -> bytes:
    """A body of one message."""
    return b"\x91" + plain_msgpack.encode(node)


# --- the journey of what is good


@law
@given(any_message)
def test_every_message_survives_the_journey(drawn: tuple[frame.Direction, list[Any]]) -> None:
    direction, written = drawn
    data = plain_msgpack.encode(plain_msgpack.from_json(written))
    (message,) = messages.decode_body(b"\x91" + data, direction)
    assert messages.encode(message) == data
    assert export.as_json(message) == written


@given(strategies.message(messages.CONTROL))
def test_every_control_message_survives_the_journey(written: list[Any]) -> None:
    data = plain_msgpack.encode(plain_msgpack.from_json(written))
    assert messages.encode(messages.decode_control(data)) == data


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 255, 256, 1999, 2000])
def test_a_body_is_the_array_of_its_messages_without_looking_into_them(count: int) -> None:
    some = tuple(to_execution.CancelIntent(values.MessageName(1, n + 1, n % 2000)) for n in range(count))
    data = messages.body([messages.encode(each) for each in some])
    assert data == plain_msgpack.encode([plain(each) for each in some])
    assert messages.decode_body(data, TO_EXECUTION) == some


@pytest.mark.parametrize("count", [0, 2001])
def test_a_body_has_at_least_one_message_and_at_most_two_thousand(count: int) -> None:
    some = [messages.encode(to_execution.ReserveRefs(1))] * count
    with pytest.raises(ValueError, match="1 to 2000"):
        messages.body(some)
    header = b"\x90" if not count else b"\xdc" + count.to_bytes(2, "big")
    assert refusal(header + b"".join(some), TO_EXECUTION) is canonical.NotCanonical


def test_a_thousand_refs_fit_and_one_more_does_not() -> None:
    full = to_customer.RefsIssued(examples.NAME, tuple(examples.ref(n) for n in range(1000)))
    assert messages.decode_body(messages.body([messages.encode(full)]), TO_CUSTOMER) == (full,)
    with pytest.raises(ValueError, match="must not cross"):
        messages.encode(msgspec.structs.replace(full, refs=(*full.refs, examples.ref(1000))))


# --- one value, one form


@every_example
def test_no_value_of_any_message_can_be_written_in_another_form(example: Example) -> None:
    direction, message = example
    good = plain(message)
    assert refusal(alone(good), direction) is None
    for path, node in plain_msgpack.nodes(good):
        for other in plain_msgpack.other_forms(node):
            data = alone(plain_msgpack.replaced(good, path, other))
            if refusal(data, direction) is None:  # a list of several lengths may be longer: then it is another message
                assert isinstance(node, list)
                assert path
                assert messages.decode_body(data, direction) != (message,)


@every_example
def test_every_single_bit_that_flips_is_noticed(example: Example) -> None:
    direction, message = example
    data = messages.body([messages.encode(message)])
    for position, bit in itertools.product(range(len(data)), range(8)):
        flipped = bytearray(data)
        flipped[position] ^= 1 << bit
        try:
            decoded = messages.decode_body(bytes(flipped), direction)
        except errors.Invalid:
            continue
        assert decoded != (message,)
        assert messages.body([messages.encode(each) for each in decoded]) == flipped


@law
@given(any_message, st.data())
def test_every_byte_that_changes_is_noticed(drawn: tuple[frame.Direction, list[Any]], data: st.DataObject) -> None:
    direction, written = drawn
    good = alone(plain_msgpack.from_json(written))
    changed = bytearray(good)
    changed[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    if refusal(bytes(changed), direction) is None:
        assert messages.decode_body(bytes(changed), direction) != messages.decode_body(good, direction)


@every_example
def test_a_cut_or_lengthened_body_is_refused(example: Example) -> None:
    direction, message = example
    data = messages.body([messages.encode(message)])
    for size in range(len(data)):
        assert refusal(data[:size], direction) is canonical.NotCanonical
    for more in (b"\x00", b"\xc0", data, b"\xc1"):
        assert refusal(data + more, direction) is canonical.NotCanonical


@given(st.sampled_from(frame.Direction), st.binary(max_size=200))
def test_rubbish_is_refused_and_nothing_else_is_raised(direction: frame.Direction, data: bytes) -> None:
    assert refusal(data, direction) is None or issubclass(refusal(data, direction) or object, errors.Invalid)


@pytest.mark.parametrize("data", [b"\x91" * 100_000, b"\xdd\xff\xff\xff\xff", b"\x91\x92\xcc\xc7" + b"\x91" * 100_000])
def test_depth_and_claimed_lengths_are_refused(data: bytes) -> None:
    assert refusal(data, TO_EXECUTION) is canonical.NotCanonical


# --- bounds


def bounds(fields: tuple[shape.Field, ...], path: tuple[int, ...]) -> Any:
    for index, field in enumerate(fields):
        yield from _bounds_of(field.shape, (*path, index))


def _bounds_of(kind: shape.Shape, path: tuple[int, ...]) -> Any:
    match kind:
        case shape.Whole(low, high):
            yield path, (low, high), (low - 1, high + 1)
        case shape.Word(words_):
            yield path, (1, len(words_)), (0, len(words_) + 1)
        case shape.Group(fields):
            yield from bounds(fields, path)
        case shape.Series(item):
            yield from _bounds_of(item, (*path, 0))


@every_example
def test_every_number_is_taken_up_to_its_bounds_and_no_further(example: Example) -> None:
    direction, message = example
    good = plain(message)
    for path, inside, outside in bounds(messages.SHAPES[type(message)].fields, ()):
        place = (path[0] + 1, *path[1:])  # the tag stands first
        for number in inside:
            assert refusal(alone(plain_msgpack.replaced(good, place, number)), direction) is None
        for number in outside:
            node = number if number >= 0 else plain_msgpack.Raw(b"\xff")
            assert refusal(alone(plain_msgpack.replaced(good, place, node)), direction) is canonical.NotCanonical


# --- refs


@given(st.uuids() | st.uuids(version=4))
def test_the_check_of_a_ref_is_the_kernels_own(value: uuid.UUID) -> None:
    assert refs.are_version_4([value.int]) == ids.is_ref(value)


OTHER_VERSIONS = {
    "1": "c232ab00-9414-11ec-b3c8-9f6bdeced846",
    "3": "5df41881-3aed-3515-88a7-2f4a814cf09e",
    "5": "2ed6657d-e927-568b-95e1-2665a8aea6a2",
    "7": "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    "nil": "00000000-0000-0000-0000-000000000000",
    "max": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "4 of another variant": "0f8fad5b-d9cb-469f-c165-70867728950e",
}


@pytest.mark.parametrize("other", OTHER_VERSIONS.values(), ids=OTHER_VERSIONS)
def test_no_ref_of_another_version_crosses_in_any_field_of_any_message(other: str) -> None:
    tried = 0
    for direction, message in examples.EVERY:
        good = plain(message)
        for path, node in plain_msgpack.nodes(good):
            if isinstance(node, bytes) and len(node) == 16:
                bad = plain_msgpack.replaced(good, path, uuid.UUID(other).bytes)
                assert refusal(alone(bad), direction) is messages.Malformed
                tried += 1
    assert tried > 40


def test_one_bad_ref_among_many_refuses_the_whole_body() -> None:
    good = messages.encode(to_execution.ActivateRef(examples.PARTICIPANT))
    bad = good.replace(examples.PARTICIPANT.bytes, bytes(16))
    assert refusal(messages.body([good] * 99 + [bad]), TO_EXECUTION) is messages.Malformed


# --- tags


@pytest.mark.parametrize("direction", frame.Direction)
def test_only_a_free_tag_of_this_direction_is_unsupported_all_others_are_no_messages_of_it(
    direction: frame.Direction,
) -> None:
    of = messages.VOCABULARIES[direction]
    for tag in (*range(320), 1000, 65_535, 2**40, 2**64 - 1):
        if tag not in of.messages:
            expected = messages.Unsupported if tag in of.tags else canonical.NotCanonical
            assert refusal(alone([tag, 1]), direction) is expected
    assert refusal(alone(plain_msgpack.Raw(b"\x92\xff\x01")), direction) is canonical.NotCanonical


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x01",
        b"\xa4text",
        b"\x81\xa1k\x93\x01\x02\x03",
        b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x01",
        b"\xc7\x02\x05ab",
    ],
)
def test_a_tag_of_the_future_is_unsupported_whatever_it_holds_and_wherever_it_stands(content: bytes) -> None:
    later = plain_msgpack.Raw(bytes([0x91 + bool(content), 0xCC, 199]) + content)
    now = plain(to_execution.ReserveRefs(5))
    assert refusal(plain_msgpack.encode([later]), TO_EXECUTION) is messages.Unsupported
    assert refusal(plain_msgpack.encode([now, now, later]), TO_EXECUTION) is messages.Unsupported


@pytest.mark.parametrize("example", examples.CONTROL, ids=lambda each: type(each).__name__)
def test_control_messages_do_not_stand_in_a_body_nor_others_among_them(example: messages.Message) -> None:
    data = messages.encode(example)
    for direction in frame.Direction:
        assert refusal(b"\x91" + data, direction) is canonical.NotCanonical
    assert messages.decode_control(data) == example
    with pytest.raises(canonical.NotCanonical):
        messages.decode_control(messages.encode(to_execution.ReserveRefs(1)))


def test_a_control_tag_of_the_future_is_unsupported() -> None:
    with pytest.raises(messages.Unsupported):
        messages.decode_control(b"\x92\x63\x01")
    for data in (b"", b"\x92\x00\x01", b"\x92\x64\x01", b"\x63", b"\x92\x63", b"\x92\x63\x01\x01"):
        with pytest.raises(canonical.NotCanonical):
            messages.decode_control(data)


def test_the_codes_of_the_refusals_are_stable() -> None:
    assert messages.Unsupported.code == "unsupported"
    assert messages.Malformed.code == "message_malformed"


def test_a_refusal_repeats_nothing_of_what_came() -> None:
    secret = b"\x92\x65\xaesecret-secret!"
    for data in (b"\x91" + secret, b"\x91\x92\xcc\xc7\xaesecret-secret!"):
        with pytest.raises(errors.Invalid) as caught:
            messages.decode_body(data, TO_EXECUTION)
        assert "secret" not in f"{caught.value!r}{caught.value.detail}{caught.value.facts}"
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


# --- what is never made

BAD_VALUES: list[tuple[messages.Message, dict[str, object]]] = [
    (to_execution.ReserveRefs(1), {"count": 0}),
    (to_execution.ReserveRefs(1), {"count": 1.0}),
    (to_execution.ReserveRefs(1), {"count": True}),
    (to_execution.ReserveRefs(1), {"count": "1"}),
    (to_execution.ReserveRefs(1), {"count": 2**64}),
    (to_execution.ReserveRefs(1), {"count": None}),
    (to_execution.ReserveRefs(1), {"count": object()}),
    (to_execution.ActivateRef(examples.PARTICIPANT), {"participant": str(examples.PARTICIPANT)}),
    (to_execution.ActivateRef(examples.PARTICIPANT), {"participant": uuid.UUID(int=1)}),
    (to_execution.CancelIntent(examples.NAME), {"intent": (1, 2)}),
    (to_execution.CancelIntent(examples.NAME), {"intent": values.MessageName(0, 1, 0)}),
    (to_customer.IntentWorking(examples.NAME, bytes(32)), {"manifest": bytes(31)}),
    (to_customer.IntentRefused(examples.NAME, words.RefusalCode.HALTED), {"code": 0}),
]


@pytest.mark.parametrize("message, changes", BAD_VALUES)
def test_what_no_receiver_would_take_is_not_encoded(message: messages.Message, changes: dict[str, object]) -> None:
    messages.encode(message)
    with pytest.raises(ValueError, match="must not cross"):
        messages.encode(msgspec.structs.replace(message, **changes))


# --- what is signed

SIGNED = [message for _, message in examples.EVERY if type(message) in messages._SIGNED_IN]


@pytest.mark.parametrize("message", SIGNED, ids=lambda each: type(each).__name__)
def test_a_statement_covers_the_channel_and_everything_but_the_signatures(message: messages.Message) -> None:
    place = messages._SIGNED_IN[type(message)][0]
    said = messages.statement_hash(message, CHANNEL)
    assert messages.statement_hash(message, examples.ref(78)) != said
    for field in message.__struct_fields__:
        other = msgspec.structs.replace(message, **{field: _another(getattr(message, field))})
        assert (messages.statement_hash(other, CHANNEL) == said) == (field == place)


def _another(value: Any) -> Any:
    if isinstance(value, tuple):
        return value[::-1]
    if isinstance(value, msgspec.Struct):
        field = value.__struct_fields__[-1]
        return msgspec.structs.replace(value, **{field: _another(getattr(value, field))})
    return bytes(len(value)) if isinstance(value, bytes) else examples.ref(99) if isinstance(value, uuid.UUID) else 1


def test_the_same_content_says_something_else_in_another_message_or_direction() -> None:
    heads = (to_execution.SignedHeads(*examples.HEADS), to_customer.SignedHeads(*examples.HEADS))
    assert len({messages.statement(each, CHANNEL) for each in heads}) == 2


def test_a_statement_is_frozen() -> None:
    transfer = next(each for _, each in examples.EVERY if isinstance(each, to_execution.ForceTransfer))
    unsigned = [135, *(plain(transfer)[1:-1]), []]  # type: ignore[index]  # a message is a list of nodes
    assert messages.statement(transfer, CHANNEL) == (
        b"wire-statement/1\0" + CHANNEL.bytes + plain_msgpack.encode(unsigned)
    )
    assert (
        messages.statement_hash(transfer, CHANNEL).hex()
        == "07f820f516db4ca438c557c2b5412dfc7a20dd54bd41eab09fdb156447aaae5c"
    )


def test_a_message_without_signatures_states_nothing() -> None:
    with pytest.raises(ValueError, match="no signature"):
        messages.statement(to_execution.ReserveRefs(1), CHANNEL)
