import errno
import os
import struct
import sys

import pytest
from small import made, points

import ondol.functions as F
from ondol.errors import MissingLibraryError, unwritable
from ondol.io import Checkpoints, checkpoints
from ondol.train import Callback, fit, read_log, save_curves
from ondol.train.history import History

loss = F.softmax_cross_entropy
PNG = b"\x89PNG"


def train(folder, epochs=2, **options):
    model, optimizer = made()
    return fit(model, points(), loss, optimizer, epochs, validation=points(20, 1),
               doctor=False, progress=False, folder=folder, **options)  # fmt: skip


def test_the_log_has_the_numbers_of_epochs_and_of_every_hundredth_step(tmp_path):
    history = train(tmp_path, batch_size=1, epochs=5)
    records = read_log(tmp_path / "log.jsonl")
    epochs = [record for record in records if record.pop("event") == "epoch"]
    assert epochs == history.records
    steps = [record for record in records if "seconds" not in record]
    assert [(r["step"], r["epoch"]) for r in steps] == [(100, 2), (200, 4)]
    assert {*steps[0]} == {"epoch", "step", "loss", "lr"}


def test_the_curves_are_drawn(tmp_path):
    train(tmp_path)
    assert (tmp_path / "curves.png").read_bytes().startswith(PNG)


def test_they_are_drawn_while_the_training_goes_on_but_not_all_the_time(
    tmp_path, monkeypatch
):
    drawn = []
    monkeypatch.setattr("ondol.train.records.save_curves",
                        lambda path, history: drawn.append(len(history)))  # fmt: skip
    train(tmp_path, epochs=5)
    assert drawn == [1, 5]


def test_without_matplotlib_this_is_said_once(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.warns(UserWarning, match=r"matplotlib is missing\n  fix: pip") as said:
        history = train(tmp_path)
    assert len(said) == 1
    assert len(history) == 2


def test_curves_of_ones_own(tmp_path):
    history = History()
    history.records = [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": float("nan")}]
    save_curves(tmp_path / "a.png", history)
    assert (tmp_path / "a.png").read_bytes().startswith(PNG)


def events(folder):
    """(step, name, value) of what a file of events holds."""
    from tensorboardX.proto.event_pb2 import Event

    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        while data:
            (size,) = struct.unpack("<Q", data[:8])
            event = Event.FromString(data[12 : 12 + size])
            data = data[16 + size :]
            for value in event.summary.value:
                yield event.step, value.tag, value.simple_value


def test_events_for_tensorboard(tmp_path):
    history = train(tmp_path, tensorboard=True)
    found = [*events(tmp_path / "events")]
    assert [(step, name) for step, name, _ in found if name == "step/loss"] == [
        (step, "step/loss") for step in (1, 2, 3, 4)
    ]
    values = [value for _, name, value in found if name == "epoch/val_loss"]
    assert values == pytest.approx(history["val_loss"])
    train(tmp_path, epochs=3, tensorboard=True)
    steps = [step for step, name, _ in events(tmp_path / "events") if name == "step/lr"]
    assert steps == [1, 2, 3, 4, 5, 6]


def test_without_tensorboardx_nothing_is_begun(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(MissingLibraryError, match="pip install") as error:
        train(tmp_path / "new", tensorboard=True)
    assert error.value.code == "fit-no-tensorboard"
    assert not (tmp_path / "new").exists()


# -- disks that are full ---------------------------------------------------------------


def full(path, *_, **__):
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    raise error if isinstance(path, int) else unwritable(path, error)


class Full(Callback):
    """The disk is full in some epochs."""

    def __init__(self, target, epochs):
        self.patch, self.target, self.epochs = pytest.MonkeyPatch(), target, epochs

    def step(self, run):
        self.patch.undo()
        if run.done + 1 in self.epochs:
            self.patch.setattr(self.target, full)

    def end(self, run):
        if run.done not in self.epochs:
            self.patch.undo()


@pytest.mark.parametrize("target", ["ondol.io.checkpoints.save_checkpoint",
                                    "ondol.train.records.save_curves",
                                    "ondol.train.log.os.write"])  # fmt: skip
def test_a_full_disk_does_not_end_the_training(target, tmp_path, monkeypatch):
    monkeypatch.setattr("ondol.train.records.PAUSE", 0)
    full = Full(target, (2,))
    with pytest.warns(
        UserWarning, match=r"be written \(No space left on device\);"
    ) as said:
        history = train(tmp_path, epochs=3, callbacks=[full])
    assert {warning.filename for warning in said} == {__file__}
    assert len(history) == 3
    assert Checkpoints(tmp_path).latest().name == "step-000000000006.ckpt"


def test_the_last_checkpoint_is_the_best_though_it_needed_two_tries(
    tmp_path, monkeypatch
):
    save, calls = checkpoints.save_checkpoint, []

    def third_time(path, *args, **options):
        calls.append(path)
        full(path) if len(calls) == 3 else save(path, *args, **options)

    monkeypatch.setattr(checkpoints, "save_checkpoint", third_time)
    with pytest.warns(UserWarning, match="could not be written"):
        history = train(tmp_path, epochs=3)
    assert history.best["epoch"] == 3
    best = Checkpoints(tmp_path, best="min").best()
    assert best.name == "step-000000000006.ckpt"


def test_the_last_checkpoint_has_to_be_written(tmp_path):
    full = Full("ondol.io.checkpoints.save_checkpoint", (2,))
    with (
        pytest.warns(UserWarning, match="could not be written"),
        pytest.raises(OSError, match="disk is full"),
    ):
        train(tmp_path, epochs=2, callbacks=[full])
    full.patch.undo()


def test_no_epoch_has_no_curves(tmp_path):
    with pytest.raises(ValueError, match="no epoch yet"):
        save_curves(tmp_path / "curves.png", History())
