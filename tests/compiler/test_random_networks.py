"""Convolutions, pools, norms, activations, losses and optimizers in any combination."""

import pytest

from compiler.random_networks import check
from ondol import hot
from ondol.compiler import build

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)


@pytest.mark.parametrize("seed", range(20))
def test_a_network_learns_what_it_would_learn_as_it_stands(seed):
    check(seed)


@pytest.mark.parametrize("seed", range(100, 106))
def test_a_network_learns_by_kernels_what_it_learns_by_numpy(seed, monkeypatch):
    monkeypatch.setattr(hot, "LARGE", 0)
    monkeypatch.setattr(hot, "LEAST", 0)
    monkeypatch.setattr(hot, "_kernels", {})
    check(seed, compiled=False)
    assert any(hot._kernels.values())
