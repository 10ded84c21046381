"""Schedules and averages beside PyTorch's, where both have them."""

import warnings

import numpy as np
import pytest

from ondol import optimizers
from ondol.core import Parameter

torch = pytest.importorskip(
    "torch", reason="the comparison with PyTorch needs pip install '.[peers]'"
)
theirs = pytest.importorskip("torch.optim.lr_scheduler")

BASE, STEPS = 0.3, 40


def one_cycle(optimizer):
    """PyTorch counts to the last step; ondol to the end of it."""
    return theirs.OneCycleLR(
        optimizer,
        max_lr=BASE,
        total_steps=STEPS + 1,
        pct_start=(0.3 * STEPS + 1) / (STEPS + 1),
        div_factor=25,
        final_div_factor=1e4,
        base_momentum=0.85,
        max_momentum=0.95,
    )


def sequence(optimizer):
    parts = [
        theirs.LinearLR(optimizer, 1 / 6, 1.0, total_iters=5),
        theirs.CosineAnnealingLR(optimizer, 20),
        theirs.ExponentialLR(optimizer, 0.9),
    ]
    return theirs.SequentialLR(optimizer, parts, milestones=[5, 25])


PAIRS = {
    "Step": (optimizers.Step(7, 0.5), lambda o: theirs.StepLR(o, 7, 0.5)),
    "MultiStep": (
        optimizers.MultiStep([3, 9, 20]),
        lambda o: theirs.MultiStepLR(o, [3, 9, 20]),
    ),
    "Exponential": (
        optimizers.Exponential(0.93),
        lambda o: theirs.ExponentialLR(o, 0.93),
    ),
    "Polynomial": (
        optimizers.Polynomial(30, power=3),
        lambda o: theirs.PolynomialLR(o, 30, 3),
    ),
    "Linear": (
        optimizers.Linear(30, lowest=0.2),
        lambda o: theirs.LinearLR(o, 1.0, 0.2, 30),
    ),
    "Cosine": (
        optimizers.Cosine(STEPS, lowest=0.1),
        lambda o: theirs.CosineAnnealingLR(o, STEPS, 0.1 * BASE),
    ),
    "CosineRestarts": (
        optimizers.CosineRestarts(5, growth=2),
        lambda o: theirs.CosineAnnealingWarmRestarts(o, 5, 2),
    ),
    "OneCycle": (optimizers.OneCycle(STEPS, momentum=(0.95, 0.85)), one_cycle),
    "Chain": (
        optimizers.Chain(
            [
                optimizers.Warmup(5),
                optimizers.Cosine(20),
                optimizers.Exponential(0.9),
            ],
            at=[5, 25],
        ),
        sequence,
    ),
    "function": (
        optimizers.Schedule(lambda t: 1 / (1 + t)),
        lambda o: theirs.LambdaLR(o, lambda t: 1 / (1 + t)),
    ),
}


def torch_optimizer():
    return torch.optim.SGD([torch.zeros(1)], lr=BASE, momentum=0.9)


@pytest.mark.parametrize(("ours", "make"), PAIRS.values(), ids=PAIRS)
def test_learning_rates_are_the_same(ours, make):
    optimizer, other = optimizers.MomentumSGD(BASE), torch_optimizer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own
        ours.setup(optimizer)
        scheduler = make(other)
        for _ in range(STEPS):
            group = other.param_groups[0]
            assert optimizer.lr == pytest.approx(group["lr"], rel=1e-9, abs=1e-12)
            assert optimizer.momentum == pytest.approx(group["momentum"], rel=1e-9)
            ours.update()
            other.step()
            scheduler.step()


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("cooldown", [0, 3])
def test_a_plateau_is_found_in_the_same_epochs(mode, cooldown):
    rng = np.random.default_rng(0)
    options = {"factor": 0.5, "patience": 2, "threshold": 0.05, "cooldown": cooldown}
    for _ in range(20):
        optimizer, other = optimizers.SGD(BASE), torch_optimizer()
        ours = optimizers.Plateau(mode=mode, lowest=0.1, **options).setup(optimizer)
        scheduler = theirs.ReduceLROnPlateau(
            other, mode=mode, min_lr=0.1 * BASE, **options
        )
        for metric in np.cumprod(rng.uniform(0.9, 1.1, 60)):
            ours.epoch(metric)
            scheduler.step(metric)
            assert optimizer.lr == pytest.approx(other.param_groups[0]["lr"])


def test_averages_of_weights_are_the_same(rng):
    values = [rng.normal(size=3) for _ in range(20)]
    swa = torch.optim.swa_utils
    linear = torch.nn.Linear(3, 1, bias=False).double()
    pairs = [
        (optimizers.WeightAverage, swa.AveragedModel(linear)),
        (
            lambda model: optimizers.EMA(model, 0.9),
            swa.AveragedModel(linear, multi_avg_fn=swa.get_ema_multi_avg_fn(0.9)),
        ),
    ]
    for make, other in pairs:
        parameter = Parameter(np.zeros(3))
        ours = make([parameter])
        for value in values:
            parameter.data = value
            ours.update()
            with torch.no_grad():
                linear.weight[0] = torch.from_numpy(value)
            other.update_parameters(linear)
        expected = other.module.weight.detach().numpy()[0]
        np.testing.assert_allclose(ours.averages["0"], expected, rtol=1e-12)


def test_clipping_by_value_is_the_same(rng):
    grad = rng.normal(size=9)
    parameter, other = Parameter(np.zeros(9)), torch.zeros(9, dtype=torch.float64)
    parameter.grad, other.grad = grad, torch.from_numpy(grad.copy())
    optimizers.ClipValue(0.7)([parameter])
    torch.nn.utils.clip_grad_value_([other], 0.7)
    np.testing.assert_array_equal(parameter.grad.data, other.grad.numpy())
