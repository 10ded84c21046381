"""Few kills in each run of the tests; ``kill.py --times 200`` makes many."""

import pytest
from kill import run


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_training_that_is_killed_again_and_again_arrives_as_one_that_is_not(
    compiled,
):
    assert run(3, compiled, steps=12)["kills"] == 3
