"""Any message of a vocabulary, in the JSON form that the schema describes, drawn from the shapes of its fields."""

from typing import Any

from hypothesis import strategies as st

from boundary.wire import messages, shape

_SERIES_MAX = 4  # longer ones have tests of their own


def message(of: messages.Vocabulary) -> st.SearchStrategy[list[Any]]:
    return st.one_of([_array(each.fields, each.tag) for each in of.shapes.values()])


def _array(fields: tuple[shape.Field, ...], *first: int) -> st.SearchStrategy[list[Any]]:
    return st.tuples(*map(st.just, first), *(_value(field.shape) for field in fields)).map(list)


def _value(kind: shape.Shape) -> st.SearchStrategy[Any]:
    match kind:
        case shape.Reference():
            return st.uuids(version=4).map(str)
        case shape.Octets(size):
            return st.binary(min_size=size, max_size=size).map(bytes.hex)
        case shape.Whole(low, high):
            return st.sampled_from([low, high]) | st.integers(low, high)
        case shape.Word(words):
            return st.sampled_from([word.value for word in words])
        case shape.Series(item, least, most):
            return st.lists(_value(item), min_size=least, max_size=min(most, _SERIES_MAX))
        case shape.Group(fields):
            return _array(fields)
