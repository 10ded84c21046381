"""The C of a handful of networks is what it was; see golden.py for how to renew it."""

import numpy as np
import pytest

from compiler.golden import FOLDER, difference
from compiler.small_networks import NETWORKS, compiled
from ondol.compiler import build
from ondol.core.graph import data_of

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_code_is_as_it_was(name):
    assert difference(name) == "", "python tests/compiler/golden.py --write"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_networks_compute_what_their_twins_do(name):
    step, arguments, twin = compiled(name)
    for _ in range(3):
        got, expected = data_of(step(*arguments)), data_of(twin(*arguments))
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_there_is_no_file_without_a_network():
    assert {path.stem for path in FOLDER.iterdir()} == {*NETWORKS}
