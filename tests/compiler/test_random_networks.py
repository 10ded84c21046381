"""Convolutions, pools, norms, activations, losses and optimizers in any combination."""

import pytest

from compiler.random_networks import check
from ondol.compiler import build

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)


@pytest.mark.parametrize("seed", range(20))
def test_a_network_learns_what_it_would_learn_as_it_stands(seed):
    check(seed)
