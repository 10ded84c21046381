"""Steps by kernels, in place: what the rules make of large arrays."""

import numpy as np
import pytest

import ondol
from ondol import Parameter, hot, numpy_only, optimizers
from ondol.compiler import build

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)
RULES = {
    "SGD": lambda: optimizers.SGD(0.1),
    "MomentumSGD": lambda: optimizers.MomentumSGD(0.1),
    "Nesterov": lambda: optimizers.MomentumSGD(0.1, nesterov=True),
    "AdaGrad": lambda: optimizers.AdaGrad(0.1),
    "RMSprop": lambda: optimizers.RMSprop(0.1),
    "AdaDelta": lambda: optimizers.AdaDelta(),
    "Adam": lambda: optimizers.Adam(0.1),
    "AdamW": lambda: optimizers.AdamW(0.1),
}


@pytest.fixture(autouse=True)
def made(monkeypatch):
    """The kernels that a test has made, for arrays of any size."""
    monkeypatch.setattr(hot, "LARGE", 4)
    monkeypatch.setattr(hot, "_kernels", {})
    return lambda: [kernel for kernel in hot._kernels.values() if kernel is not None]


def parameters():
    rng = np.random.default_rng(0)
    shapes = (3, 4), (2,), (5,)
    return [Parameter(rng.normal(size=s).astype(np.float32)) for s in shapes]


def trained(optimizer, steps=4, rate=None, ps=None):
    """Parameters, and all of the state, after some steps."""
    ps = ps or parameters()
    optimizer.setup(ps)
    rng = np.random.default_rng(1)
    for i in range(steps):
        if rate:
            optimizer.lr = rate(i)
        for p in ps:
            p.grad = rng.normal(size=p.shape).astype(p.dtype)
        optimizer.update()
    return [p.data for p in ps], optimizer.state_arrays()


def assert_same(got, expected):
    for a, b in zip(got[0], expected[0], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert got[1].keys() == expected[1].keys()
    for name, part in expected[1].items():
        np.testing.assert_allclose(got[1][name], part, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", RULES)
def test_steps_are_those_of_numpy(name, made):
    got = trained(RULES[name]())
    assert len(made()) == 2  # of the two parameters that are large
    with numpy_only():
        assert_same(got, trained(RULES[name]()))


def test_a_rate_that_changes_needs_no_new_kernel(made):
    def rate(i):
        return 0.1 / (i + 1)

    got = trained(optimizers.AdamW(), rate=rate)
    assert len(made()) == 2
    with numpy_only():
        assert_same(got, trained(optimizers.AdamW(), rate=rate))


def test_a_momentum_that_changes_needs_no_new_kernel(made):
    def run():
        optimizer = optimizers.Adam(0.1)
        ps = parameters()
        optimizer.setup(ps)
        for _ in range(4):
            for p in ps:
                p.grad = np.ones_like(p.data)
            optimizer.update()
            optimizer.beta1 -= 0.01
        return [p.data for p in ps], optimizer.state_arrays()

    got = run()
    assert len(made()) == 2
    with numpy_only():
        assert_same(got, run())


def test_other_settings_have_kernels_of_their_own(made):
    one = trained(optimizers.MomentumSGD(0.1, momentum=0.5))
    two = trained(optimizers.MomentumSGD(0.1, momentum=0.9))
    assert len(made()) == 2
    assert not np.allclose(one[0][0], two[0][0])
    trained(optimizers.MomentumSGD(0.1, nesterov=True))
    assert len(made()) == 4


def test_the_array_stays_the_same_one():
    p = parameters()[0]
    data = p.data
    trained(optimizers.Adam(0.1), ps=[p])
    assert p.data is data


def test_hooks_and_parameters_without_a_gradient(made):
    ps = parameters()
    before = ps[0].data.copy()
    optimizer = optimizers.Adam(0.1).setup(ps)
    optimizer.add_hook(optimizers.WeightDecay(0.1))
    ps[2].grad = np.ones(5, np.float32)
    optimizer.update()
    np.testing.assert_array_equal(ps[0].data, before)
    assert len(made()) == 1


def test_a_state_that_is_loaded_goes_on_bit_for_bit():
    straight = trained(optimizers.Adam(0.1), steps=4)
    ps, optimizer = parameters(), optimizers.Adam(0.1)
    _, state = trained(optimizer, steps=2, ps=ps)
    other = optimizers.Adam(0.1)
    other.load_state_arrays(state)
    other.setup(ps)
    rng = np.random.default_rng(1)
    for i in range(4):
        grads = [rng.normal(size=p.shape).astype(np.float32) for p in ps]
        if i >= 2:
            for p, g in zip(ps, grads, strict=True):
                p.grad = g
            other.update()
    for a, b in zip(straight[0], ps, strict=True):
        np.testing.assert_array_equal(a, b.data)


def test_what_was_saved_is_not_written_into():
    p = parameters()[0]
    optimizer = optimizers.Adam(0.1)
    _, saved = trained(optimizer, ps=[p])
    before = {name: part.copy() for name, part in saved.items()}
    p.grad = np.ones(p.shape, np.float32)
    optimizer.update()
    for name, part in before.items():
        np.testing.assert_array_equal(saved[name], part)


class Own(optimizers.Adam):
    """Not our rule: it may do anything."""

    def step(self, grad, state, param):
        return super().step(grad, state, param)


@pytest.mark.parametrize(
    "case",
    ["own rule", "not in a row", "float64", "gradient is the array", "test mode"],
)
def test_what_is_left_to_numpy(case, made):
    data = parameters()[0].data
    data = {"not in a row": data.T, "float64": data.astype(np.float64)}.get(case, data)
    p = Parameter(data)
    optimizer = (Own if case == "own rule" else optimizers.Adam)(0.1).setup([p])
    p.grad = data if case == "gradient is the array" else np.ones_like(data)
    with ondol.using_config("train", case != "test mode"):
        optimizer.update()
    assert not made()
