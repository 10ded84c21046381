"""k steps, a checkpoint, a new process, m steps: bit for bit k + m steps."""

import filecmp
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from training import BATCH, SAMPLES, Training

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.io import Checkpoints, load_checkpoint, read_checkpoint, save_checkpoint
from ondol.models import MLP

TRAINING = Path(__file__).with_name("training.py")
EPOCH = -(-SAMPLES // BATCH)
STEPS = EPOCH + 4

both = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])


def train(folder, steps, compiled):
    """Train in a process of its own, from the last checkpoint of a folder."""
    options = ["--steps", str(steps), *(["--compiled"] if compiled else [])]
    subprocess.run([sys.executable, "-W", "error", TRAINING, folder, *options],
                   check=True, capture_output=True)  # fmt: skip


@both
def test_a_training_in_many_processes_is_that_in_one(tmp_path, compiled):
    alone, stopped = tmp_path / "alone", tmp_path / "stopped"
    train(alone, STEPS, compiled)
    for steps in (1, EPOCH - 2, EPOCH + 1, STEPS):
        train(stopped, steps, compiled)
    paths = Checkpoints(alone).paths()
    assert len(paths) == STEPS
    for path in paths:
        assert filecmp.cmp(path, stopped / path.name, shallow=False), path.name


def test_the_steps_differ_so_that_a_wrong_one_would_be_seen(tmp_path):
    training = Training(compiled=False)
    checkpoints = Checkpoints(tmp_path, keep=None)
    for _ in range(3):
        training.advance()
        training.save(checkpoints)
    states = [read_checkpoint(path)[0] for path in checkpoints.paths()]
    for a, b in pairwise(states):
        assert a["optimizer"]["settings"]["lr"] != b["optimizer"]["settings"]["lr"]
        assert a["loader"] != b["loader"]
        assert a["random"] != b["random"]
        assert a["noise"] != b["noise"]
        for name in a["model"]:
            assert not np.array_equal(a["model"][name], b["model"][name]), name


@both
def test_going_back_in_the_same_process(tmp_path, compiled):
    """A step that was compiled before the load goes on from what was loaded."""
    training = Training(compiled)
    checkpoints = Checkpoints(tmp_path, keep=None)
    for _ in range(EPOCH + 3):
        training.advance()
    training.save(checkpoints)
    there = tmp_path / "there.ckpt"
    for _ in range(EPOCH):
        training.advance()
    save_checkpoint(there, training.parts)
    training.resume(checkpoints)
    for _ in range(EPOCH):
        training.advance()
    save_checkpoint(tmp_path / "again.ckpt", training.parts)
    assert filecmp.cmp(there, tmp_path / "again.ckpt", shallow=False)


def started(model, rule, compiled):
    """A step of a training, and all that it changes."""
    optimizer = getattr(optimizers, rule)(lr=0.01).setup(model)

    def learn(x, t):
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()

    learn = ondol.compile(learn) if compiled else learn
    parts = {"model": model, "optimizer": optimizer, "random": ondol.random.generator}
    return learn, parts | ({"learn": learn} if compiled else {})


def assert_goes_on(first, second, batch, folder):
    """Three steps, a checkpoint, and more steps, by the one that saved and the other.

    A warning is an error: no step of the second runs as it stands that was compiled.
    """

    def advance(training, steps, name):
        learn, parts = training
        for _ in range(steps):
            learn(*batch)
        save_checkpoint(folder / name, parts)
        return folder / name

    middle = advance(first, 3, "3.ckpt")
    end = advance(first, 9, "12.ckpt")
    load_checkpoint(middle, second[1])
    assert filecmp.cmp(advance(second, 9, "again.ckpt"), end, shallow=False)
    assert int(second[1]["optimizer"].t) == 12


RULES = ["SGD", "MomentumSGD", "AdaGrad", "RMSprop", "AdaDelta", "Adam", "AdamW"]


@both
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_goes_on_where_it_was(tmp_path, rule, compiled, rng):
    batch = rng.normal(size=(8, 4)).astype(np.float32), rng.integers(0, 3, 8)
    first, second = (started(MLP((5, 3)), rule, compiled) for _ in range(2))
    assert_goes_on(first, second, batch, tmp_path)
    if compiled:
        assert second[1]["learn"].programs


LAYERS = {
    "batch norm": L.BatchNorm,
    "weight norm": lambda: L.WeightNorm(L.Linear(6)),
    "spectral norm": lambda: L.SpectralNorm(L.Linear(6)),
    "made before": lambda: L.SpectralNorm(L.Linear(6, in_size=4)),
    "dropout": lambda: L.Dropout(0.5),
}


@both
@pytest.mark.parametrize("layer", LAYERS)
def test_what_layers_keep_from_call_to_call_goes_on(tmp_path, layer, compiled, rng):
    batch = rng.normal(size=(8, 4)).astype(np.float32), rng.integers(0, 3, 8)
    first, second = (
        started(L.Sequential(LAYERS[layer](), L.Linear(3)), "SGD", compiled)
        for _ in range(2)
    )
    assert_goes_on(first, second, batch, tmp_path)


@both
@pytest.mark.parametrize("samples", [1, 7])
def test_weights_in_another_memory_order_go_on_to_the_same_bits(
    tmp_path, compiled, samples, rng
):
    """As those that were transposed to come from elsewhere."""
    x, W = (rng.normal(size=(n, 64)).astype(np.float32) for n in (samples, 96))
    first, second = (
        started(L.Linear(96, in_size=64), "SGD", compiled) for _ in range(2)
    )
    first[1]["model"].W.data = W.T
    assert_goes_on(first, second, (x, rng.integers(0, 96, samples)), tmp_path)


def test_a_step_that_cannot_be_compiled_at_once_runs_as_it_stands(rng):
    """Its state was resumed, but that of the model was not."""
    x = rng.normal(size=(8, 4)).astype(np.float32)
    first = ondol.compile(MLP((5, 3)))
    first(x)
    second = ondol.compile(MLP((5, 3)))
    second.load_state_dict(first.state_dict())
    with pytest.warns(UserWarning, match="runs as it stands once more"):
        y = second(x)
    assert y.shape == (8, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second(x)
    assert len(second.programs) == 1


@pytest.mark.parametrize("state", [{}, {"seen": "x"}, {"seen": [1]}, None])
def test_what_is_no_state_of_a_compiled_function_is_refused(state):
    step = ondol.compile(lambda x: x + 1)
    step(np.ones(2))
    before = step.state_dict()
    with pytest.raises(ValueError, match="list of the kinds of calls"):
        step.load_state_dict(state)
    assert step.state_dict() == before
    assert before["seen"]
