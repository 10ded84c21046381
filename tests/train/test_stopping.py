import pytest

from ondol.errors import ArgumentError
from ondol.train import EarlyStopping


def test_it_stops_after_so_many_updates_without_a_better_value():
    early = EarlyStopping(patience=2)
    said = [(early.update(value), early.stop) for value in (3, 2, 2, 1, 5, 4)]
    assert [improved for improved, _ in said] == [True, True, False, True, False, False]
    assert [stop for _, stop in said] == [False] * 5 + [True]
    assert early.best == 1


def test_more_can_be_better():
    early = EarlyStopping(patience=1, better="max")
    assert [early.update(value) for value in (0.1, 0.3, 0.2)] == [True, True, False]
    assert early.stop


def test_nan_is_never_better_and_a_number_is_better_than_nan_alone():
    early = EarlyStopping()
    assert not early.update(float("nan"))
    assert early.update(5.0)
    assert not early.update(float("nan"))
    assert early.best == 5.0
    assert not early.stop


def test_its_state_goes_on():
    early, again = EarlyStopping(patience=2), EarlyStopping(patience=2)
    for value in (1.0, 2.0):
        early.update(value)
    again.load_state_dict(early.state_dict())
    assert not again.stop
    assert not again.update(1.5)
    assert again.stop


@pytest.mark.parametrize(("patience", "better"), [(0, "min"), (1, "less")])
def test_settings_that_make_no_sense_are_refused(patience, better):
    with pytest.raises(ArgumentError, match=r"got (0|'less')"):
        EarlyStopping(patience, better)
