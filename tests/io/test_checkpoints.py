"""A folder of checkpoints: which are kept, which are found, and never none."""

import builtins
import os
import time
from pathlib import Path

import numpy as np
import pytest

import ondol
from ondol.io import CheckpointError, Checkpoints, DamagedError, load_checkpoint
from ondol.models import MLP


@pytest.fixture
def model():
    return MLP((2, 1), in_size=2)


def steps(checkpoints):
    return [int(path.stem.removeprefix("step-")) for path in checkpoints.paths()]


def damage(path):
    """Change a number in the first array."""
    data = bytearray(path.read_bytes())
    data[data.index(b"\n") + 1] ^= 255
    path.write_bytes(data)


def fill(checkpoints, model, *numbers, scores=None):
    for step in numbers:
        model.layers[0].b.data[:] = step
        score = None if scores is None else scores[numbers.index(step)]
        checkpoints.save(step, {"model": model}, score=score)


def test_the_last_ones_are_kept(tmp_path, model):
    checkpoints = Checkpoints(tmp_path / "new" / "folder", keep=2)
    assert checkpoints.latest() is checkpoints.best() is None
    assert checkpoints.load({"model": model}) is None
    fill(checkpoints, model, 0, 9, 10, 100)
    assert steps(checkpoints) == [10, 100]
    assert checkpoints.latest().name == "step-000000000100.ckpt"


def test_all_are_kept(tmp_path, model):
    checkpoints = Checkpoints(tmp_path, keep=None)
    fill(checkpoints, model, *range(5))
    assert steps(checkpoints) == [*range(5)]


def test_loading_brings_the_newest(tmp_path, model):
    fill(Checkpoints(tmp_path), model, 3, 12)
    other = MLP((2, 1))
    notes = Checkpoints(tmp_path).load({"model": other})
    assert notes == {"step": 12, "score": None}
    np.testing.assert_array_equal(other.layers[0].b.data, [12, 12])


def test_notes_are_given_back(tmp_path, model):
    checkpoints = Checkpoints(str(tmp_path))
    path = checkpoints.save(1, {"model": model}, score=np.float32(0.5), epoch=4)
    expected = {"epoch": 4, "step": 1, "score": 0.5}
    assert load_checkpoint(path, {"model": model}) == expected


@pytest.mark.parametrize(("best", "kept"), [("max", [2, 6]), ("min", [4, 6])])
def test_the_best_is_kept_too(tmp_path, model, best, kept):
    checkpoints = Checkpoints(tmp_path, keep=1, best=best)
    nan = float("nan")
    fill(checkpoints, model, *range(1, 7), scores=[nan, 0.9, 0.5, 0.1, None, nan])
    assert steps(checkpoints) == kept
    again = Checkpoints(tmp_path, keep=1, best=best)
    assert again.best() == again.paths()[0]


def test_of_equals_the_first_is_the_best(tmp_path, model):
    checkpoints = Checkpoints(tmp_path, keep=1, best="max")
    fill(checkpoints, model, 1, 2, 3, scores=[0.5, 0.5, 0.5])
    assert steps(checkpoints) == [1, 3]


def test_without_scores_there_is_no_best(tmp_path, model):
    checkpoints = Checkpoints(tmp_path, best="max")
    fill(checkpoints, model, 1, 2)
    assert checkpoints.best() is None


def test_a_step_saved_again_replaces_its_file(tmp_path, model):
    checkpoints = Checkpoints(tmp_path)
    fill(checkpoints, model, 1)
    model.layers[0].b.data[:] = 7
    checkpoints.save(1, {"model": model})
    other = MLP((2, 1))
    checkpoints.load({"model": other})
    np.testing.assert_array_equal(other.layers[0].b.data, [7, 7])


# -- damage ----------------------------------------------------------------------------


def test_damaged_ones_are_passed_over_with_a_warning(tmp_path, model):
    checkpoints = Checkpoints(tmp_path)
    fill(checkpoints, model, 1, 2, 3)
    damage(checkpoints.paths()[2])
    checkpoints.paths()[1].write_bytes(b"")
    with pytest.warns(UserWarning, match="is passed over") as said:
        assert checkpoints.latest() == checkpoints.paths()[0]
    assert len(said) == 2
    assert "step-000000000003.ckpt" in str(said[0].message)
    assert said[0].filename == __file__
    with pytest.warns(UserWarning, match="is passed over"):
        assert checkpoints.load({"model": model})["step"] == 1
    np.testing.assert_array_equal(model.layers[0].b.data, [1, 1])


def test_if_all_are_damaged_nothing_begins_anew_by_itself(tmp_path, model):
    checkpoints = Checkpoints(tmp_path)
    fill(checkpoints, model, 1, 2)
    for path in checkpoints.paths():
        damage(path)
    for ask in (checkpoints.latest, lambda: checkpoints.load({"model": model})):
        with (
            pytest.warns(UserWarning, match="passed over"),
            pytest.raises(DamagedError, match="every checkpoint in "),
        ):
            ask()


def test_a_checkpoint_of_another_model_is_not_passed_over(tmp_path, model):
    fill(Checkpoints(tmp_path), model, 1, 2)
    with pytest.raises(CheckpointError, match="does not fit"):
        Checkpoints(tmp_path).load({"model": MLP((3, 1))})


def test_the_best_of_those_that_are_whole(tmp_path, model):
    checkpoints = Checkpoints(tmp_path, best="max")
    fill(checkpoints, model, 1, 2, 3, scores=[0.1, 0.3, 0.2])
    damage(checkpoints.paths()[1])
    with pytest.warns(UserWarning, match="passed over"):
        assert checkpoints.best() == checkpoints.paths()[2]


def test_a_damaged_newest_one_does_not_push_out_the_good_one(tmp_path, model):
    checkpoints = Checkpoints(tmp_path, keep=1)
    fill(checkpoints, model, 10)
    damage(checkpoints.paths()[0])
    with pytest.warns(UserWarning, match="later steps are already"):
        fill(checkpoints, model, 8)
    assert steps(checkpoints) == [8, 10]
    with pytest.warns(UserWarning, match="passed over"):
        assert checkpoints.latest() == checkpoints.paths()[0]


def test_nothing_is_removed_if_the_new_one_is_not_written(tmp_path, model, monkeypatch):
    checkpoints = Checkpoints(tmp_path, keep=1)
    fill(checkpoints, model, 1)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.save(2, {"model": model})
    assert [path.name for path in tmp_path.iterdir()] == ["step-000000000001.ckpt"]


# -- other programs with the same folder -----------------------------------------------


def overtaken(monkeypatch, checkpoints, model, step):
    """Have another program save while this one is between listing and opening."""
    real = builtins.open

    def late(path, *args):
        monkeypatch.setattr(builtins, "open", real)
        fill(Checkpoints(checkpoints.folder, keep=1), model, step)
        return real(path, *args)

    monkeypatch.setattr(builtins, "open", late)


@pytest.mark.parametrize("best", ["max", None])
def test_one_that_is_removed_meanwhile_has_a_newer_one(
    tmp_path, model, monkeypatch, best
):
    """As for a program that evaluates the newest weights while others train."""
    checkpoints = Checkpoints(tmp_path, keep=1, best=best)
    fill(checkpoints, model, 1)
    overtaken(monkeypatch, checkpoints, model, 2)
    assert checkpoints.latest().name == "step-000000000002.ckpt"
    overtaken(monkeypatch, checkpoints, model, 3)
    assert checkpoints.load({"model": model})["step"] == 3


def test_a_save_is_not_disturbed_by_one_that_is_removed(tmp_path, model, monkeypatch):
    checkpoints = Checkpoints(tmp_path, keep=2, best="max")
    fill(checkpoints, model, 1, 2, scores=[0.1, 0.2])
    read_notes = ondol.io.checkpoints.read_notes

    def removed(path):
        path.unlink(missing_ok=True)
        return read_notes(path)

    monkeypatch.setattr(ondol.io.checkpoints, "read_notes", removed)
    assert checkpoints.save(3, {"model": model}, score=0.3).parent == tmp_path


def test_one_of_a_newer_ondol_does_not_disturb_a_save(tmp_path, model, monkeypatch):
    checkpoints = Checkpoints(tmp_path, best="max")
    with monkeypatch.context() as patch:
        patch.setattr(ondol.io.archive, "VERSION", 2)
        fill(checkpoints, model, 1, scores=[0.9])
    fill(checkpoints, model, 2, scores=[0.1])
    assert steps(checkpoints) == [1, 2]
    assert checkpoints.best() == checkpoints.paths()[1]


def test_folders_and_links_to_nothing_are_no_checkpoints(tmp_path, model):
    (tmp_path / "step-000000000007.ckpt").mkdir()
    (tmp_path / "step-000000000008.ckpt").symlink_to("nothing")
    checkpoints = Checkpoints(tmp_path, keep=1, best="max")
    assert checkpoints.load({"model": model}) is None
    fill(checkpoints, model, 1, 2, scores=[1, 2])
    assert checkpoints.latest().name == "step-000000000002.ckpt"


# -- what else is in the folder --------------------------------------------------------


def test_other_files_are_left_alone(tmp_path, model):
    others = ["step-1.txt", "best.ckpt", "step-.ckpt", "step-x.ckpt", "xstep-1.ckpt"]
    for name in others:
        (tmp_path / name).write_text("mine")
    checkpoints = Checkpoints(tmp_path, keep=1)
    fill(checkpoints, model, 1, 2)
    assert steps(checkpoints) == [2]
    assert all((tmp_path / name).read_text() == "mine" for name in others)


def test_what_killed_processes_left_is_removed_when_nobody_writes_it(tmp_path, model):
    old, new, mine = (tmp_path / f".ondol-{x}.tmp" for x in ("a", "b", "c"))
    mine = tmp_path / "mine.tmp"
    for path in (old, new, mine):
        path.write_text("half")
    for path in (old, mine):
        os.utime(path, (time.time() - 4000,) * 2)
    fill(Checkpoints(tmp_path), model, 1)
    assert not old.exists()
    assert new.exists()
    assert mine.exists()


def test_what_cannot_be_removed_now_is_removed_later(tmp_path, model, monkeypatch):
    unlink = Path.unlink

    def in_use(path, missing_ok=False):
        if path.suffix == ".ckpt":
            raise PermissionError(13, "in use")
        unlink(path, missing_ok)

    checkpoints = Checkpoints(tmp_path, keep=1)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", in_use)
        fill(checkpoints, model, 1, 2)
    assert steps(checkpoints) == [1, 2]
    fill(checkpoints, model, 3)
    assert steps(checkpoints) == [3]


def test_a_folder_that_cannot_be_made(tmp_path, model):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="cannot write"):
        Checkpoints(tmp_path / "file" / "folder").save(1, {"model": model})


# -- arguments -------------------------------------------------------------------------


@pytest.mark.parametrize("keep", [0, -1, 1.5, True, "3"])
def test_keep(keep):
    with pytest.raises(ValueError, match="keep must be an int of at least 1"):
        Checkpoints("folder", keep=keep)


def test_best():
    with pytest.raises(ValueError, match="best must be 'min', 'max' or None"):
        Checkpoints("folder", best="loss")


@pytest.mark.parametrize("step", [-1, 1.0, True, "1", None])
def test_step(tmp_path, model, step):
    with pytest.raises(ValueError, match="step must be an int of at least 0"):
        Checkpoints(tmp_path / "new").save(step, {"model": model})
    assert not (tmp_path / "new").exists()
