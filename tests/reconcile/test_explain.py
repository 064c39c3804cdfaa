"""A difference is told in lines that a person can act on."""

from controller.model.resource import Change, Unknown
from controller.reconcile.explain import explained

DECLARED = "source | where EventSeverity != 'Low' | extend TimeGenerated = now()"


def test_a_transform_shows_the_operator_that_was_taken_out() -> None:
    """One KQL operator is one line, whichever way the text was broken."""
    change = Change("/p", DECLARED, "source\n| extend TimeGenerated = now()")

    assert explained(change) == (
        " source",
        "+| where EventSeverity != 'Low'",
        " | extend TimeGenerated = now()",
    )


def test_an_object_shows_the_places_that_differ() -> None:
    assert explained(Change("/p", {"a": [1, 3]}, {"a": [1, 2]})) == (
        "Value of root['a'][1] changed from 2 to 3.",
    )


def test_short_texts_speak_for_themselves() -> None:
    assert explained(Change("/p", "westeurope", "francecentral")) == ()


def test_what_is_missing_on_one_side_needs_no_explanation() -> None:
    assert explained(Change("/p", {"a": 1}, None)) == ()
    assert explained(Change("/p", Unknown(frozenset({"rule.id"})), "dcr-1")) == ()


def test_texts_that_differ_in_white_space_only_show_no_line() -> None:
    assert explained(Change("/p", DECLARED, DECLARED.replace(" | ", "\n  | "))) == ()


def test_what_is_equal_between_two_places_is_left_out() -> None:
    have = "\n".join(f"line {number}" for number in range(20))
    want = have.replace("line 1\n", "-- first\n").replace("line 18", "last")

    lines = explained(Change("/p", want, have))

    assert [line for line in lines if not line.startswith(" ")] == [
        "-line 1",
        "+-- first",
        "…",
        "-line 18",
        "+last",
    ]
