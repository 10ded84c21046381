import math

import numpy as np
import pytest

from ondol.train.history import History, plain


def history(*losses, **more):
    filled = History()
    for i, loss in enumerate(losses, 1):
        numbers = {name: values[i - 1] for name, values in more.items()}
        filled.records.append({"epoch": i, "step": 10 * i, "loss": loss, **numbers})
    return filled


def test_a_column_has_a_number_for_each_epoch():
    both = history(3.0, 1.0, val_loss=[2.0, 1.5])
    assert both["loss"] == [3.0, 1.0]
    assert both["val_loss"] == [2.0, 1.5]
    assert len(both) == 2
    assert [record["step"] for record in both] == [10, 20]


def test_what_came_later_is_none_before():
    late = history(3.0, 1.0)
    late.records[1]["note"] = 5
    assert late["note"] == [None, 5]


def test_a_name_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(KeyError) as info:
        history(1.0)["acc"]
    assert str(info.value) == (
        "the history has no 'acc'; it has epoch, step, loss\n"
        "  fix: write one of these, or history.names() for all; what is measured on "
        "validation data begins with val_ [history-name]"
    )
    with pytest.raises(KeyError, match="no 'loss'; it has -"):
        History()["loss"]


def test_it_is_shown_as_a_table_without_tables_in_it():
    shown = repr(history(3.0, 0.00001, val_confusion=[[[1, 0]], [[0, 1]]]))
    assert shown.splitlines() == [
        "epoch  step    loss",
        "    1    10  3.0000",
        "    2    20   1e-05",
    ]
    assert repr(History()) == "History: no epoch is done"


def test_curves_of_training_and_validation_share_a_panel():
    panels = history(3.0, 1.0, val_loss=[2.0, None], val_accuracy=[0.5, 1]).panels()
    assert [*panels] == ["loss", "accuracy"]
    assert panels["loss"]["training"] == [3.0, 1.0]
    assert panels["loss"]["validation"][0] == 2.0
    assert math.isnan(panels["loss"]["validation"][1])
    assert panels["accuracy"] == {"validation": [0.5, 1]}


def test_its_state_brings_back_all_of_it():
    before, after = history(3.0, 1.0, 2.0, val_x=[None, [1], 2.0]), History()
    before.best = before.records[1]
    after.load_state_dict(before.state_dict())
    assert after.records == before.records
    assert after.best is after.records[1]


def test_numbers_and_arrays_of_numpy_become_plain_ones():
    assert plain(np.float32(0.5)) == 0.5
    assert type(plain(np.float32(0.5))) is float
    assert plain(np.array([[1, 2]])) == [[1, 2]]
    assert plain("x") == "x"
