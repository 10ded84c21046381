import json
import sys
import time

import device
import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Function, Variable, no_grad, optimizers
from ondol.errors import ArgumentError
from ondol.models import MLP, Model
from ondol.show import Profile
from ondol.show.cost import amount
from ondol.show.profile import Record, _by_layer


class Sleep(Function):
    """Takes a known time, forward and backward."""

    def __init__(self, forward, backward=0.0):
        self.times = forward, backward

    def forward(self, x):
        time.sleep(self.times[0])
        return x * 1

    def backward(self, g):
        time.sleep(self.times[1])
        return g * 1


class Inner(L.Layer):
    def forward(self, x):
        return Sleep(0.02, 0.03)(x)


class Outer(Model):
    def __init__(self):
        self.first, self.second = Inner(), Inner()

    def forward(self, x):
        time.sleep(0.01)  # in no function
        return Sleep(0.04, 0.01)(self.second(self.first(x)))


def row(found, by, name):
    (one,) = (row for row in found.rows(by) if row.name == name)
    return one


X = Variable(np.ones((4, 8)))


@pytest.fixture(scope="module")
def slept():
    with ondol.profile() as found:
        y = Outer()(X)
        np.sum(y).backward()
    return found


# Sleeping takes at least as long as it should; on a busy machine, longer.
MORE = 0.15


def test_time_by_function_forward_and_backward(slept):
    one = row(slept, "function", "Sleep")
    assert one.calls == 3
    assert 0.08 <= one.forward < 0.08 + MORE
    assert 0.07 <= one.backward < 0.07 + MORE
    assert one.total == one.own == pytest.approx(one.forward + one.backward)
    assert slept.rows("function")[0].name == "Sleep"


def test_time_by_layer_with_and_without_what_is_inside(slept):
    outer, first = row(slept, "layer", "Outer"), row(slept, "layer", "Outer.first")
    assert outer.calls == first.calls == 1
    assert 0.02 <= first.forward < 0.02 + MORE
    assert 0.03 <= first.backward < 0.03 + MORE
    assert first.own == pytest.approx(first.total, rel=0.01)
    assert 0.09 <= outer.forward < 0.09 + MORE
    assert 0.07 <= outer.backward < 0.07 + MORE
    assert 0.06 <= outer.own < 0.06 + MORE
    inside = sum(row(slept, "layer", f"Outer.{n}").total for n in ("first", "second"))
    assert outer.total == pytest.approx(outer.own + inside, rel=0.01)


def test_time_by_line(slept):
    lines = {row.name.rpartition(": ")[2]: row for row in slept.rows("line")}
    assert 0.04 <= lines["return Sleep(0.02, 0.03)(x)"].forward < 0.04 + MORE
    assert 0.06 <= lines["return Sleep(0.02, 0.03)(x)"].backward < 0.06 + MORE
    assert lines["np.sum(y).backward()"].calls == 1
    assert all("test_profile.py:" in row.name for row in slept.rows("line"))


def test_the_whole_block(slept):
    assert 0.16 <= slept.seconds < 0.16 + 3 * MORE
    assert 0 < slept.overhead < slept.seconds / 4


def test_recording_is_in_no_time_of_what_is_around(monkeypatch):
    made = Profile._made

    def slowly(self, event, y):
        time.sleep(0.2)
        return made(self, event, y)

    monkeypatch.setattr(Profile, "_made", slowly)
    with ondol.profile() as found:
        Inner()(X)
    assert row(found, "layer", "Inner").forward < 0.02 + MORE
    assert found.overhead >= 0.4


def test_memory_of_results_and_gradients():
    x = Variable(np.ones((10, 100)))
    with ondol.profile() as found:
        y = np.exp(x)  # 8000 bytes
        z = y.T + 0.0  # no memory for the first, 8000 for the second
        np.sum(z).backward()
    assert row(found, "function", "np.transpose").memory == 0
    assert row(found, "function", "np.exp").memory == 16_000  # with the gradient
    assert 16_000 <= found.peak <= 40_100


def test_what_was_there_before_is_not_counted():
    W = Variable(np.ones((10, 100)))
    lent = Variable(np.frombuffer(bytes(80)).reshape(2, 5))  # memory of no array
    with ondol.profile() as found:
        views = W.T, W[0], np.broadcast_to(W, (9, 10, 100)), lent.T
    assert found.peak == 0
    assert {record.bytes for record in found.records} == {0}
    assert all(view.size for view in views)


def test_the_peak_is_of_what_is_there_at_a_time():
    x = Variable(np.ones(1000))
    with ondol.profile() as found, no_grad():
        for _ in range(10):
            y = np.exp(x)
            del y
    assert found.peak == 8000
    assert row(found, "function", "np.exp").memory == 80_000
    assert found._live == 0


def test_updates_and_compiled_functions_are_rows():
    model, x = MLP((3, 2)), np.ones((4, 5), np.float32)
    model(x)
    optimizer = optimizers.SGD(lr=0.1).setup(model)

    def step():
        loss = np.sum(model(x))
        model.cleargrads()
        loss.backward()
        optimizer.update()
        return loss

    compiled = ondol.compile(step)
    with ondol.profile() as found:
        step()
        for _ in range(4):
            compiled()
    assert row(found, "function", "SGD").calls == 2  # compiled runs as it stands, once
    assert row(found, "function", "step (compiled)").calls == 4
    assert row(found, "function", "linear").calls == 4
    assert row(found, "layer", "MLP").calls == 2


def test_inside_of_eager_a_compiled_function_is_many_rows():
    double = ondol.compile(lambda x: np.exp(Variable(x)) * 2)
    for _ in range(3):
        double(np.ones(2))
    with ondol.eager(), ondol.profile() as found:
        double(np.ones(2))
    names = {row.name for row in found.rows()}
    assert {"np.exp", "np.multiply"} < names


def test_gradients_of_gradients_are_not_counted_twice():
    with ondol.profile() as found:
        x = Variable(np.ones(2))
        y = np.sum(Sleep(0.0, 0.03)(x) ** 3)
        y.backward(create_graph=True)
        np.sum(x.grad).backward()
    whole = sum(row.total for row in found.rows())
    assert whole <= found.seconds


def test_what_happens_in_a_block_is_what_happens_without(rng):
    x = rng.normal(size=(6, 1, 8, 8)).astype(np.float32)

    def run():
        ondol.seed(1)
        conv, linear = L.Conv2d(3, 3), L.Linear(2)
        h = F.max_pool2d(F.relu(conv(x)), 2)
        loss = F.softmax_cross_entropy(linear(F.flatten(h)), np.zeros(6, int))
        loss.backward()
        return loss.data, conv.W.grad.data, linear.W.grad.data

    usual = run()
    with ondol.profile():
        watched = run()
    assert all(map(np.array_equal, usual, watched))


def test_arrays_on_a_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", device.cupy())
    x = Variable(device.Array(np.ones((10, 10))))
    with ondol.profile() as found:
        np.sum(np.exp(x)).backward()
    assert row(found, "function", "np.exp").memory == 1600


def test_an_error_in_a_function_leaves_the_times_of_the_rest_right():
    with ondol.profile() as found:
        with pytest.raises(ValueError, match="broadcast"):
            X + np.ones(3)
        np.exp(X)
    assert [record.name for record in found.records] == ["np.exp"]
    assert len(found._inside) == 1


# -- tables ----------------------------------------------------------------------------


def test_rows_in_the_order_asked_for(slept):
    names = [row.name for row in slept.rows("layer", "name")]
    assert names == ["Outer", "Outer.first", "Outer.second"]
    calls = [row.calls for row in slept.rows("function", "calls")]
    assert calls == sorted(calls, reverse=True)
    assert slept.rows("layer", "own")[0].name == "Outer"


def test_a_table_has_so_many_rows(slept):
    lines = slept.table("function", "calls", 1).splitlines()
    assert lines[0].split() == [
        "function", "calls", "forward", "backward", "total", "own", "memory",
    ]  # fmt: skip
    assert len(lines) == 3
    assert lines[2].startswith("Sleep  ")
    assert " ms" in lines[2]


def test_printed_it_shows_all_three(slept):
    text = repr(slept)
    assert isinstance(slept, Profile)
    first = text.splitlines()[0]
    assert "of it in functions; recording took another" in first
    for head in ("\nlayer ", "\nfunction ", "\nline "):
        assert head in text


def test_it_can_be_printed_before_the_end_and_when_there_is_nothing():
    with ondol.profile() as found:
        assert "0% of it in functions" in repr(found)
        np.exp(X)
        assert "np.exp" in repr(found)


@pytest.mark.parametrize(("by", "sort"), [("file", "total"), ("line", "weight")])
def test_an_unknown_table_or_column(slept, by, sort):
    with pytest.raises(ArgumentError, match=r"a profile has no '(file|weight)'"):
        slept.table(by, sort)


def test_a_layer_is_not_what_begins_with_the_same_letters():
    def record(kind, layer):
        made = 0 if kind == "layer" else 8
        return Record(kind, "f", layer, (Sleep.forward.__code__, 0), 0, 5, 5, 5, made)

    found = _by_layer(
        [
            record("layer", "Net.a"),
            record("layer", "Net.ab"),
            record("backward", "Net.ab"),
        ]
    )
    assert found["Net.a"].memory == 0
    assert found["Net.ab"].memory == 8


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0"), (1, "1"), (999, "999"), (999.9, "1 k"), (12_345, "12.3 k"),
        (15.47e9, "15.5 G"), (3e15, "3e+03 T"), (0.0123, "12.3 m"), (4.5e-6, "4.5 µ"),
        (2e-9, "2 n"),
    ],
)  # fmt: skip
def test_numbers_in_few_digits(n, text):
    assert amount(n) == text


# -- the trace -------------------------------------------------------------------------


def test_the_trace_for_chrome(slept, tmp_path):
    path = slept.save(tmp_path / "trace.json")
    events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    assert len(events) == len(slept.records)
    assert all(event["ph"] == "X" and event["dur"] >= 0 for event in events)
    named = {(e["name"], e["args"]["layer"]): e for e in events if e["cat"] == "layer"}
    outer, first = named["Outer", "Outer"], named["Inner", "Outer.first"]
    assert outer["ts"] <= first["ts"]
    assert first["ts"] + first["dur"] <= outer["ts"] + outer["dur"]
    assert first["dur"] >= 20_000  # microseconds
    assert any("Sleep(0.02, 0.03)(x)" in event["args"]["line"] for event in events)


def test_a_trace_that_cannot_be_written_leaves_the_old_one(
    slept, tmp_path, monkeypatch
):
    path = tmp_path / "trace.json"
    path.write_text("old")
    monkeypatch.setattr(json, "dumps", lambda *_: "\ud800")  # no UTF-8
    with pytest.raises(UnicodeEncodeError):
        slept.save(path)
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


def test_how_many_rows_is_a_number():
    with ondol.profile() as profile:
        np.exp(Variable(np.ones(3)))
    with pytest.raises(TypeError, match="top"):
        profile.table(top="a")
