"""What text calls axes and values."""

import pytest

from a2c.config.names import axis_name, short_name, value_name


@pytest.mark.parametrize(
    ("value", "name"),
    [(0.0007, "7e-4"), (1e-05, "1e-5"), (0.01, "0.01"), (0, "0"), (128, "128"), (1.0, "1"), (True, "yes"),
     (None, "none"), ([64, 64], "64×64"), ("adam", "adam"), (0.00025, "2.5e-4")],
)  # fmt: skip
def test_values_are_named_briefly(value: object, name: str) -> None:
    assert value_name(value) == name


def test_an_axis_is_named_with_its_unit_and_briefly_without() -> None:
    assert axis_name("n_steps") == "steps per update (agent steps)"
    assert short_name("n_steps") == "steps per update"
    assert axis_name("hidden_sizes") == "hidden sizes"
