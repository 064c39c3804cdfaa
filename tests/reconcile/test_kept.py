"""What Azure keeps otherwise is no drift while both sides stay as they are."""

import pytest

from controller.model.resource import Change, Unknown
from controller.reconcile.kept import drift, kept

DROPPED = Change("/properties/a", {"b": 1, "c": 2}, None)
OTHER = Change("/properties/d", "ours", "theirs")


def test_what_is_kept_is_no_drift_again() -> None:
    assert drift((DROPPED, OTHER), kept((DROPPED, OTHER))) == ()


def test_what_was_not_told_is_drift() -> None:
    assert drift((DROPPED, OTHER), kept((OTHER,))) == (DROPPED,)


@pytest.mark.parametrize(
    "change",
    [OTHER._replace(desired="new"), OTHER._replace(actual="new"), OTHER._replace(path="/e")],
)
def test_a_new_value_on_either_side_is_drift(change: Change) -> None:
    assert drift((change,), kept((OTHER,))) == (change,)


def test_the_order_of_keys_makes_no_new_value() -> None:
    turned = Change("/properties/a", {"c": 2, "b": 1}, None)

    assert kept((turned,)) == kept((DROPPED,))


def test_neither_side_can_be_read_from_what_is_remembered() -> None:
    (remembered,) = kept((OTHER,))

    assert not {"ours", "theirs"} & set(remembered)


def test_a_value_that_is_known_now_is_not_the_unknown_one() -> None:
    waiting = Change("/a", Unknown(frozenset({"rule.id"})), None)

    assert drift((waiting._replace(desired="x"),), kept((waiting,)))
