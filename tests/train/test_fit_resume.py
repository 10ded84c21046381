"""k steps, a stop, a resume and m steps are k + m steps, to the last bit."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from small import bits, made, points

import ondol.functions as F
from ondol import optimizers
from ondol.data import ArrayDataset, DataLoader
from ondol.io import Checkpoints, read_checkpoint
from ondol.train import Callback, Log, fit, read_log

BOTH = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
loss = F.softmax_cross_entropy


@pytest.fixture(autouse=True)
def _undrawn(monkeypatch):
    """The picture takes longer than the training."""
    monkeypatch.setattr("ondol.train.records.save_curves", lambda *_: None)


class Stop(Callback):
    """Stops after so many steps; counts them for itself as well, and saves that."""

    def __init__(self, after, pause=0.0):
        self.after, self.pause, self.count = after, pause, 0

    def step(self, run):
        time.sleep(self.pause)  # for others to hit it in the middle of a step
        self.count += 1
        if run.steps == self.after:
            run.stop("test")

    def state_dict(self):
        return {"count": self.count}

    def load_state_dict(self, state):
        self.count = state["count"]


def jittered(sample, rng):
    """Augmentation, by the loader's random numbers, and NumPy's, and Python's."""
    x, t = sample
    noise = rng.normal(size=x.shape) + np.random.normal(size=x.shape)
    return (x + 0.1 * noise + random.gauss(0, 0.1)).astype(np.float32), t


def train(folder, epochs, after=None, pause=0.0, **options):
    """A training with all that has a state, stopped after so many steps."""
    np.random.seed(0)
    random.seed(0)
    pair = model, optimizer = made()
    settings = {
        "schedule": optimizers.Cosine(steps=30, warmup=5),
        "average": optimizers.EMA(model, 0.9),
        "validation": points(20, 1),
        "metrics": F.accuracy,
        "clip": 1.0,
        "patience": 8,
    }
    loader = DataLoader(ArrayDataset(*points()), 16, seed=0, transform=jittered)
    stop = Stop(after, pause)
    history = fit(model, loader, loss, optimizer, epochs, folder=folder, progress=False,
                  callbacks=[stop], **settings | options)  # fmt: skip
    average = settings["average"].state_dict()["averages"]
    numbers = [{**record, "seconds": 0} for record in history]
    averages = {name: array.tobytes() for name, array in average.items()}
    return bits(*pair), averages, numbers, stop.count


@BOTH
@pytest.mark.parametrize("doctor", [True, False], ids=["doctor", "alone"])
def test_stopped_anywhere_it_goes_on_to_the_same_bits(compiled, doctor, tmp_path):
    options = {"compiled": compiled, "doctor": doctor}
    whole = train(tmp_path / "whole", 7, **options)
    for after in (1, 2, 4, 7, 8, 22, 26):  # 4 steps in an epoch; 8 is the end of one
        train(tmp_path / "parts", 7, after=after, **options)
    parts = train(tmp_path / "parts", 7, **options)
    assert parts == whole
    assert parts[-1] == 28


@BOTH
def test_hyperparameters_that_are_given_anew_are_taken(compiled, tmp_path):
    def go(folder, epochs, schedule=None, **settings):
        model, optimizer = made()[0], optimizers.MomentumSGD(**settings)
        history = fit(model, points(), loss, optimizer, epochs, folder=folder,
                      schedule=schedule and schedule(), progress=False, doctor=False,
                      compiled=compiled)  # fmt: skip
        return history["lr"], optimizer.momentum

    go(tmp_path / "a", 2, lr=0.1, momentum=0.5)
    assert go(tmp_path / "a", 4, lr=0.01, momentum=0.5) == ([0.1, 0.1, 0.01, 0.01], 0.5)
    assert go(tmp_path / "a", 5, lr=0.01, momentum=0.8)[1] == 0.8

    def halves():
        return optimizers.Step(4, factor=0.5)  # every second epoch

    go(tmp_path / "b", 2, halves, lr=0.1)
    rates, _ = go(tmp_path / "b", 4, halves, lr=0.02)
    assert rates == pytest.approx([0.1, 0.05, 0.01, 0.005])


def test_a_rate_that_a_callback_has_changed_goes_on(tmp_path):
    def lower(run):
        run.optimizer.lr /= 10

    for epochs in (2, 3):
        history = fit(*made()[:1], points(), loss, optimizers.SGD(lr=1.0), epochs,
                      folder=tmp_path, callbacks=lower, progress=False,
                      doctor=False)  # fmt: skip
    assert history["lr"] == pytest.approx([1.0, 0.1, 0.01])


def test_validation_data_that_change_from_epoch_to_epoch_go_on_too(tmp_path):
    def go(folder, after=None):
        tests = DataLoader(ArrayDataset(*points(20, 1)), 8, seed=4, transform=jittered)
        return train(folder, 5, after=after, validation=tests, doctor=False)

    whole = go(None)
    for after in (3, 4, 11):
        go(tmp_path, after=after)
    assert go(tmp_path) == whole


@BOTH
def test_in_the_middle_of_an_epoch_of_accumulated_batches(compiled, tmp_path):
    options = {"compiled": compiled, "accumulate": 3, "doctor": False}
    whole = train(None, 5, **options)
    for after in (1, 2, 3, 8):
        train(tmp_path, 5, after=after, **options)
    assert train(tmp_path, 5, **options) == whole
    assert whole[-1] == 10


def test_batches_that_are_no_loader_are_run_through(tmp_path):
    x, t = points()
    batches = [(x[i : i + 10], t[i : i + 10]) for i in range(0, 50, 10)]

    def go(folder, after=None):
        pair = model, optimizer = made()
        fit(model, batches, loss, optimizer, 3, folder=folder, progress=False,
            doctor=False, callbacks=[Stop(after)])  # fmt: skip
        return bits(*pair)

    whole = go(None)
    go(tmp_path, after=7)
    assert go(tmp_path) == whole

    go(tmp_path / "shorter", after=9)
    del batches[2:]
    with pytest.raises(ValueError, match="stopped after 4 batches"):
        go(tmp_path / "shorter")


def test_more_epochs_go_on_from_the_last(tmp_path):
    whole = train(None, 3)
    train(tmp_path, 1)
    assert train(tmp_path, 3) == whole
    again = train(tmp_path, 3)  # nothing is left to do
    assert again == whole


def test_a_training_that_has_stopped_by_itself_stays_stopped(tmp_path):
    def go(epochs):
        pair = model, optimizer = made(ratio=0.0)
        optimizer.lr = 0.0
        history = fit(model, points(), loss, optimizer, epochs, folder=tmp_path,
                      monitor="val_loss", validation=points(20, 1), patience=2,
                      progress=False, doctor=False, seed=0)  # fmt: skip
        return history, bits(*pair)

    (first, before), (second, after) = go(30), go(40)
    assert first.stopped == second.stopped == "patience"
    assert len(first) == len(second) < 30
    assert before == after


def test_the_log_has_every_step_once(tmp_path):
    train(tmp_path, 2, after=3)
    log = Log(tmp_path / "log.jsonl")
    log.write(event="step", step=4, of="a process that was killed after its last save")
    with open(log.path, "a") as file:
        file.write('{"event": "st')
    train(tmp_path, 2)
    records = read_log(log.path)
    assert [(r["event"], r["step"]) for r in records] == [("epoch", 4), ("epoch", 8)]


def test_the_same_folder_eager_and_then_compiled(tmp_path):
    train(tmp_path, 2, after=5, doctor=False)
    ended = train(tmp_path, 2, compiled=True, doctor=False)
    assert ended[-1] == 8


@pytest.mark.filterwarnings("ignore:.*damaged")
def test_a_damaged_checkpoint_costs_the_steps_since_the_one_before(tmp_path):
    whole = train(tmp_path / "whole", 3)
    train(tmp_path / "parts", 3, after=10)
    newest = Checkpoints(tmp_path / "parts").paths()[-1]
    newest.write_bytes(newest.read_bytes()[:-100])
    assert train(tmp_path / "parts", 3) == whole


def test_the_best_weights_are_brought_back_after_a_resume(tmp_path):
    whole = train(tmp_path / "whole", 4, restore_best=True)
    train(tmp_path / "parts", 4, after=14)
    assert train(tmp_path / "parts", 4, restore_best=True) == whole


# -- processes -------------------------------------------------------------------------

PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_fit_resume import train
train(Path({folder!r}), 4, compiled={compiled}, every=1, doctor=False, pause={pause})
"""


def start(folder, compiled=False, pause=0.0):
    """A training in a process of its own, with a checkpoint after each step."""
    here = os.path.dirname(__file__)
    code = PROGRAM.format(here=here, folder=str(folder), compiled=compiled, pause=pause)
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def wait_for(run, folder, step):
    """Until a checkpoint of this step, or a later one, is there."""
    name = f"step-{step:012d}.ckpt"
    while not any(path.name >= name for path in folder.glob("step-*.ckpt")):
        assert run.poll() is None, run.communicate()[1]
        time.sleep(0.005)


def newest(folder):
    """The newest checkpoint, without how long it took."""
    parts, notes = read_checkpoint(Checkpoints(folder).latest())
    del parts["fit"]["seconds"], parts["fit"]["history"]["columns"]["seconds"]
    return parts, notes


def same(a, b):
    """Equal to the last bit, however nested."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    return a == b


@BOTH
def test_killed_in_the_middle_of_an_epoch_it_goes_on_to_the_same_bits(
    compiled, tmp_path
):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    runs = [start(whole, compiled), start(killed, compiled, pause=0.1)]
    wait_for(runs[1], killed, 6)
    runs[1].kill()
    runs[1].communicate()
    runs[1] = start(killed, compiled)
    for run in runs:
        assert run.communicate()[1] == ""
        assert run.returncode == 0
    assert same(newest(whole), newest(killed))
    logs = [
        [{**record, "seconds": 0} for record in read_log(folder / "log.jsonl")]
        for folder in (whole, killed)
    ]
    assert logs[0] == logs[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_after_the_step_was_saved(number, tmp_path):
    run = start(tmp_path, pause=0.2)
    wait_for(run, tmp_path, 5)
    run.send_signal(number)
    _, errors = run.communicate()
    assert run.returncode == (143 if number == signal.SIGTERM else -signal.SIGINT)
    last = errors.splitlines()[-1]
    step = read_checkpoint(Checkpoints(tmp_path).latest())[1]["step"]
    assert f"stopped by {number.name} after step {step}, in epoch" in last
    assert last.endswith(f"saved in {tmp_path}: the same call goes on from there")
