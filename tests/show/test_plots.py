import subprocess
import sys

import numpy as np
import pytest

from ondol.show import learning_curves, new_figure, prediction_grid


def titles(figure):
    return [axis.get_title() for axis in figure.axes]


def test_a_figure_has_the_size_asked_for_and_is_written_without_a_display(tmp_path):
    figure = new_figure(4, 3)
    figure.savefig(tmp_path / "figure.png")
    assert tuple(figure.get_size_inches()) == (4, 3)
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_pyplot_which_may_open_windows_is_not_imported():
    code = "import sys, ondol.show as s; s.new_figure(1, 1); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "matplotlib.figure" in run.stdout.split()
    assert "matplotlib.pyplot" not in run.stdout.split()


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"matplotlib.*\n.* 'ondol\[demo\]'"):
        new_figure(1, 1)


def test_learning_curves_draw_each_number_at_its_epoch():
    figure = new_figure(4, 4)
    learning_curves(
        figure, {"loss": {"train": [3, 1]}, "accuracy": {"a": [0], "b": [1]}}
    )
    loss, accuracy = figure.axes
    assert loss.get_ylabel() == "loss"
    assert loss.lines[0].get_xydata().tolist() == [[1, 3], [2, 1]]
    assert [line.get_label() for line in accuracy.lines] == ["a", "b"]


def test_a_grid_shows_the_wrong_ones_first_and_marks_them():
    images = np.arange(4.0).repeat(4).reshape(4, 1, 2, 2)
    figure = new_figure(4, 4)
    prediction_grid(
        figure, images, np.array([5, 6, 7, 8]), np.array([5, 6, 1, 8]), 2, 3
    )
    assert titles(figure) == ["1, not 7", "5", "6", "8", "", ""]
    shown = [axis.images[0].get_array()[0, 0] for axis in figure.axes[:4]]
    assert shown == [2, 0, 1, 3]
    assert [axis.title.get_color() for axis in figure.axes[:2]] == ["red", "black"]
    assert figure.get_suptitle() == "1 of 4 test images read wrongly"


def test_a_grid_leaves_out_what_does_not_fit():
    figure = new_figure(4, 4)
    ids = np.arange(9)
    prediction_grid(figure, np.zeros((9, 1, 2, 2)), ids, ids, 2, 2)
    assert titles(figure) == ["0", "1", "2", "3"]
