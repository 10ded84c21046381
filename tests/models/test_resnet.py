import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Parameter, State
from ondol.errors import ArgumentError, ShapeError
from ondol.layers.initial import undrawn
from ondol.models import ResNet
from ondol.models.resnet import Bottleneck, Stage
from ondol.tree import walk

# Layers, values with and without running statistics, arrays in the published files.
SIZES = [
    (50, 25_557_096, 25_610_216, 268),
    (101, 44_549_224, 44_654_568, 523),
    (152, 60_192_872, 60_344_296, 778),
]


class Tiny(ResNet):
    channels = 2, 2, 3, 3


def images(n=2, size=32, channels=3):
    shape = n, channels, size, size
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def sized(model, size=224):
    with undrawn(), ondol.no_grad(), ondol.test_mode():
        model(np.zeros((0, 3, size, size), np.float32))
    return dict(walk(model, (Parameter, State)))


@pytest.mark.parametrize(("n", "trained", "values", "arrays"), SIZES)
def test_numbers_of_parameters(n, trained, values, arrays):
    leaves = sized(ResNet(n))
    assert len(leaves) == arrays
    assert sum(p.size for p in leaves.values()) == values
    kept = [p.size for p in leaves.values() if isinstance(p, Parameter)]
    assert sum(kept) == trained


def test_names_are_those_of_the_published_weights():
    shapes = {name: p.shape for name, p in sized(ResNet(50)).items()}
    assert shapes["conv1.W"] == (64, 3, 7, 7)
    assert shapes["conv1.b"] == (64,)
    assert shapes["res2.a.conv4.W"] == (256, 64, 1, 1)
    assert shapes["res3.a.conv1.W"] == (128, 256, 1, 1)
    assert shapes["res5.b2.conv2.W"] == (512, 512, 3, 3)
    assert shapes["res4.b5.bn3.mean"] == (1024,)
    assert shapes["fc6.W"] == (2048, 1000)
    assert not any(name.startswith(("res4.b6", "res2.a.conv1.b")) for name in shapes)
    assert not any(name.startswith("res2.b1.conv4") for name in shapes)


def test_each_stage_halves_height_and_width():
    model, seen = Tiny(50), {}
    for name in ("conv1", "res2", "res3", "res4", "res5"):
        layer = getattr(model, name)
        run = layer.forward
        layer.forward = lambda x, run=run, name=name: seen.setdefault(name, run(x))
    sized(model)
    shapes = {name: y.shape[1:] for name, y in seen.items()}
    assert shapes == {
        "conv1": (2, 112, 112),
        "res2": (8, 55, 55),  # pooling of 3 by 2 without padding
        "res3": (8, 28, 28),
        "res4": (12, 14, 14),
        "res5": (12, 7, 7),
    }


def run(block, x):
    """A block in test mode, layer by layer."""
    h = x
    for i in (1, 2, 3):
        conv = getattr(block, f"conv{i}")
        h = F.conv2d(h, conv.W, conv.b, conv.stride, conv.pad)
        h = getattr(block, f"bn{i}")(h).data
        h = h if i == 3 else np.maximum(h, 0)
    if block.project:
        x = block.bn4(F.conv2d(x, block.conv4.W, None, block.conv4.stride)).data
    return np.maximum(h + x, 0)


@pytest.mark.parametrize("project", [True, False])
def test_a_block_adds_to_its_shortcut(project):
    block, x = Bottleneck(2, 3, project=project), images(channels=3, size=5)
    block(x)
    with ondol.test_mode():
        y = block(x).data
        assert y.shape == x.shape
        np.testing.assert_allclose(y, run(block, x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("late", "strides"), [(False, (2, 1)), (True, (1, 2))])
def test_the_stride_is_on_one_of_two_convolutions(late, strides):
    block = Bottleneck(2, 3, 2, project=True, stride_3x3=late)
    assert (block.conv1.stride[0], block.conv2.stride[0]) == strides
    assert block.conv4.stride == (2, 2)
    assert block(images(size=5)).shape == (2, 3, 3, 3)


def test_a_shortcut_without_projection_needs_equal_shapes():
    with pytest.raises(ShapeError):
        Bottleneck(2, 4)(images())


def test_a_stage_runs_its_blocks_in_order():
    double, halve = L.Sequential(lambda x: x + 3), L.Sequential(lambda x: x * 2)
    stage = Stage(double, halve)
    assert stage.a is double
    assert stage.b1 is halve
    assert stage(np.array([1.0])).item() == 8


def test_statistics_are_kept_with_the_eps_of_the_published_weights():
    model = Tiny(50)
    norms = [layer for _, layer in walk([vars(model)], L.BatchNorm)]
    assert len(norms) == 53
    assert {norm.eps for norm in norms} == {2e-5}


def test_a_step_against_the_gradient_lowers_the_loss():
    ondol.seed(0)
    model, x, t = Tiny(50, classes=3), images(4), np.array([0, 1, 2, 1])
    optimizer = ondol.optimizers.SGD(1e-4).setup(model)
    model(x)  # for the running statistics
    with ondol.test_mode():
        loss = F.softmax_cross_entropy(model(x), t)
        loss.backward()
        slope = sum((p.grad.data**2).sum() for p in model.params())
        optimizer.update()
        lower = F.softmax_cross_entropy(model(x), t).item()
    assert loss.item() - lower == pytest.approx(1e-4 * slope, rel=0.1)


@pytest.mark.parametrize("n", [18, None, "50"])
def test_other_depths_are_refused(n):
    with pytest.raises(ArgumentError, match="expected one of 50, 101, 152, got"):
        ResNet(n)
