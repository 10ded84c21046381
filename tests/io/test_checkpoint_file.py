"""Saving and loading a training: all of it or nothing, and what does not fit named."""

import copy
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable, optimizers
from ondol.io import (
    CheckpointError,
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)
from ondol.io.archive import verify
from ondol.models import MLP, Model
from ondol.optimizers import Adam, MomentumSGD
from ondol.random import Generator

GOLDEN = Path(__file__).with_name("golden.ckpt")


class Counter:
    """A part of a user's own, which refuses negative numbers."""

    def __init__(self, n=0):
        self.n = n

    def state_dict(self):
        return {"n": self.n}

    def load_state_dict(self, state):
        if state["n"] < 0:
            raise ValueError("n is negative")
        self.n = state["n"]


class Net(Model):
    def __init__(self, size=3):
        self.first = L.Linear(size)
        self.norm = L.BatchNorm()
        self.last = L.Linear(2)

    def forward(self, x):
        return self.last(F.dropout(self.norm(self.first(x)), 0.5))


X = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)


def train(model, optimizer):
    loss = F.sum((model(X) - 1) ** 2)
    model.cleargrads()
    loss.backward()
    optimizer.update()


def parts(seed=0, size=3, **settings):
    model = Net(size)
    return {
        "model": model,
        "optimizer": Adam(**settings).setup(model),
        "random": Generator(seed),
        "order": np.random.default_rng(seed),
        "counter": Counter(seed),
    }


@pytest.fixture
def saved(tmp_path):
    """A path, and the parts that were saved there."""
    made = parts(1, lr=0.25)
    for _ in range(3):
        train(made["model"], made["optimizer"])
    made["order"].random(5)
    made["random"].bits(5)
    save_checkpoint(tmp_path / "x.ckpt", made, step=3, name="첫째")
    return tmp_path / "x.ckpt", made


def state_of(made, tmp_path):
    """Everything about some parts, as the bytes of a checkpoint."""
    save_checkpoint(tmp_path / "state.ckpt", made)
    return (tmp_path / "state.ckpt").read_bytes()


def test_another_training_gets_all_of_it(saved, tmp_path):
    path, made = saved
    others = parts()
    notes = load_checkpoint(path, others)
    assert notes == {"step": 3, "name": "첫째"}
    assert state_of(others, tmp_path) == state_of(made, tmp_path)
    assert others["optimizer"].lr == 0.25
    assert others["counter"].n == 1
    assert others["order"].random() == made["order"].random()
    assert others["random"].bits(1) == made["random"].bits(1)


def test_both_go_on_equally(saved, tmp_path):
    path, made = saved
    others = parts()
    load_checkpoint(path, others)
    for each in (made, others):
        ondol.seed(3)
        train(each["model"], each["optimizer"])
    assert state_of(others, tmp_path) == state_of(made, tmp_path)


def test_some_of_the_parts_are_enough(saved):
    path, made = saved
    model = Net()
    load_checkpoint(path, {"model": model})
    np.testing.assert_array_equal(model.last.W.data, made["model"].last.W.data)


def test_a_checkpoint_can_be_read_without_any_object(saved):
    path, made = saved
    found, notes = read_checkpoint(path)
    assert notes["step"] == 3
    assert found["optimizer"]["class"] == "Adam"
    assert found["optimizer"]["settings"]["lr"] == 0.25
    W = found["model"]["first.W"]
    np.testing.assert_array_equal(W, made["model"].first.W.data)
    assert "norm.mean" in found["model"]


def test_layers_that_have_not_run_are_saved_as_such(tmp_path):
    lazy = parts()
    save_checkpoint(tmp_path / "0.ckpt", lazy, step=0)
    again = parts(5, lr=3)
    load_checkpoint(tmp_path / "0.ckpt", again)
    assert again["model"].first.W.data is None
    assert state_of(again, tmp_path) == state_of(lazy, tmp_path)
    train(again["model"], again["optimizer"])
    with pytest.raises(CheckpointError, match="here ndarray, in the file no"):
        load_checkpoint(tmp_path / "0.ckpt", again)


def test_several_models_are_one_part(tmp_path):
    x = np.ones((1, 3))
    pair = {"generator": MLP((2, 1)), "critic": MLP((2, 1))}
    expected = [model.predict(x) for model in pair.values()]
    save_checkpoint(tmp_path / "x.ckpt", {"models": pair})
    again = {"generator": MLP((2, 1)), "critic": MLP((2, 1))}
    load_checkpoint(tmp_path / "x.ckpt", {"models": again})
    for model, y in zip(again.values(), expected, strict=True):
        np.testing.assert_array_equal(model.predict(x), y)


# -- what does not fit -----------------------------------------------------------------


def refused(path, others, tmp_path):
    """The message; and nothing has been changed."""
    before = state_of(others, tmp_path)
    with pytest.raises(CheckpointError) as error:
        load_checkpoint(path, others)
    assert state_of(others, tmp_path) == before
    assert "nothing was loaded\n" in str(error.value)
    assert str(error.value).endswith("[checkpoint-misfit]")
    return str(error.value).split("\n")[1:-1]


def test_all_that_differs_is_listed_by_part(saved, tmp_path):
    path, _ = saved

    class Other(Net):
        def __init__(self):
            super().__init__(size=4)
            self.first.W.data = np.zeros((5, 4), np.float64)
            self.more = L.Linear(2, in_size=2)
            del self.norm.gamma

    model = Other()
    others = parts() | {"model": model, "optimizer": MomentumSGD().setup(model)}
    others["missing"] = Counter()
    assert refused(path, others, tmp_path) == [
        "  model: missing from the file: more.W, more.b",
        "  model: only in the file: norm.gamma",
        "  model: shape of first.W: here (5, 4), in the file (5, 3)",
        "  model: dtype of first.W: here float64, in the file float32",
        "  model: shape of first.b: here (4,), in the file (3,)",
        "  optimizer: here is MomentumSGD, in the file Adam",
        "  missing: there is no such part in the file, which has model, optimizer, "
        "random, order, counter",
    ]


def test_dtypes_are_not_converted(saved, tmp_path):
    others = parts()
    load_checkpoint(saved[0], others)
    others["model"].last.b.data = others["model"].last.b.data.astype(np.float64)
    others["optimizer"].state.clear()
    lines = refused(saved[0], {"model": others["model"]}, tmp_path)
    assert lines == ["  model: dtype of last.b: here float64, in the file float32"]


def test_another_byte_order_is_no_other_dtype(tmp_path):
    """Files are little-endian; what comes out of them is of the machine's order."""
    weights = np.arange(6, dtype=">f4").reshape(2, 3)
    model = L.Linear(3, in_size=2)
    model.W.data = weights
    save_checkpoint(tmp_path / "x.ckpt", {"model": model})
    model.W.data = np.zeros_like(weights)
    load_checkpoint(tmp_path / "x.ckpt", {"model": model})
    np.testing.assert_array_equal(model.W.data, weights)


def test_an_optimizer_of_another_model(saved, tmp_path):
    model = Net(4)
    optimizer = Adam().setup(model)
    train(model, optimizer)
    lines = refused(saved[0], {"optimizer": optimizer}, tmp_path)
    assert "first.W.m is float32 (5, 3), its parameter float32 (5, 4)" in lines[0]
    assert all(line.startswith("  optimizer: ") for line in lines)


def edited(path, edit):
    """The checkpoint with something else in its states."""
    states, notes = read_checkpoint(path)
    edit(states)

    class Raw:
        def __init__(self, state):
            self.state_dict = lambda: state
            self.load_state_dict = None

    save_checkpoint(path, {name: Raw(state) for name, state in states.items()}, **notes)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda s: s["optimizer"]["settings"].update(lr=-1.0), "lr must be"),
        (lambda s: s["optimizer"]["settings"].update(lr="fast"), "here float"),
        (lambda s: s["optimizer"]["settings"].update(warp=9), "only in the file: warp"),
        (lambda s: s["optimizer"]["arrays"].pop("t"), "t is missing"),
        (lambda s: s["optimizer"].pop("class"), "the state of something else"),
        (lambda s: s.update(optimizer=[1]), "the state of something else"),
        (lambda s: s["random"].update(key=-1), "two whole numbers of 64 bits"),
        (lambda s: s["random"].update(more=1), "two whole numbers of 64 bits"),
        (lambda s: s["order"].update(bit_generator="MT19937"), "order: "),
        (lambda s: s["order"].pop("state"), "order: "),
        (lambda s: s["counter"].update(n=-1), "counter: n is negative"),
        (lambda s: s["counter"].pop("n"), "counter: 'n'"),
        (lambda s: s["model"].update({"last.b": 3}), "type of last.b"),
        (lambda s: s.update(model=None), "the state of something else"),
        (lambda s: s.update(model=np.ones(3)), "the state of something else"),
        (lambda s: s.update(optimizer=np.ones(3)), "the state of something else"),
    ],
)
def test_a_state_that_a_part_cannot_take_changes_no_part(saved, tmp_path, edit, said):
    path, made = saved
    edited(path, edit)
    others = copy.deepcopy(made) | {"random": Generator(9)}
    assert said in refused(path, others, tmp_path)[0]


def test_a_part_that_is_changed_in_place_is_brought_back(saved, tmp_path):
    """Its state shows the array that the load writes into."""

    class InPlace:
        def __init__(self, n):
            self.array = np.full(3, n)

        def state_dict(self):
            return {"array": self.array}

        def load_state_dict(self, state):
            self.array[...] = state["array"]

    save_checkpoint(tmp_path / "x.ckpt", {"a": InPlace(1), "b": Counter(1)})
    part, last = InPlace(2), Counter()
    last.load_state_dict = None
    with pytest.raises(CheckpointError, match="b: "):
        load_checkpoint(tmp_path / "x.ckpt", {"a": part, "b": last})
    np.testing.assert_array_equal(part.array, 2)


def test_an_interrupt_changes_nothing(saved, tmp_path):
    class Interrupted(Counter):
        def load_state_dict(self, state):
            raise KeyboardInterrupt

    path, _ = saved
    others = parts() | {"counter": Interrupted()}
    before = state_of(others, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        load_checkpoint(path, others)
    assert state_of(others, tmp_path) == before


@pytest.mark.parametrize("order", [1, -1])
def test_a_rate_set_by_hand_survives_a_schedule(tmp_path, order):
    """Whatever the order of the parts is, in a load and in one that is undone."""

    def start(rate):
        model = Net()
        optimizer = Adam().setup(model)
        schedule = optimizers.Step(2).setup(optimizer)
        optimizer.lr = rate
        made = {"optimizer": optimizer, "schedule": schedule, "counter": Counter()}
        return dict([*made.items()][::order])

    save_checkpoint(tmp_path / "x.ckpt", start(0.125))
    others = start(0.5)
    others["counter"].load_state_dict = None
    with pytest.raises(CheckpointError, match="counter: "):
        load_checkpoint(tmp_path / "x.ckpt", others)
    assert others["optimizer"].lr == 0.5
    del others["counter"]
    load_checkpoint(tmp_path / "x.ckpt", others)
    assert others["optimizer"].lr == 0.125


def test_a_setting_that_a_newer_optimizer_has_keeps_its_value(saved):
    others = parts()
    others["optimizer"].amsgrad = False
    load_checkpoint(saved[0], others)
    assert others["optimizer"].amsgrad is False
    assert others["optimizer"].lr == 0.25


@pytest.mark.parametrize(
    "part", [3, "text", None, np.ones(3), {}, {"a": 1}, [], print, L.Dropout()]
)
def test_what_has_no_state_is_no_part(tmp_path, part):
    with pytest.raises(ValueError, match="'thing' of a checkpoint has no state"):
        save_checkpoint(tmp_path / "x.ckpt", {"thing": part})
    with pytest.raises(ValueError, match="'thing' of a checkpoint has no state"):
        load_checkpoint(tmp_path / "x.ckpt", {"thing": part})
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("things", [L.Linear(2), [L.Linear(2)], None, 7])
def test_parts_without_names(tmp_path, things):
    with pytest.raises(ValueError, match="parts of a checkpoint are a dict"):
        save_checkpoint(tmp_path / "x.ckpt", things)
    with pytest.raises(ValueError, match="parts of a checkpoint are a dict"):
        load_checkpoint(tmp_path / "x.ckpt", things)


@pytest.mark.parametrize("name", [3, None, "$array"])
def test_names_of_parts_are_words(tmp_path, name):
    with pytest.raises(ValueError, match="parts has the key"):
        save_checkpoint(tmp_path / "x.ckpt", {name: Counter()})


def test_a_refused_value_leaves_the_old_file(saved):
    path, made = saved
    before = path.read_bytes()
    with pytest.raises(ValueError, match="a checkpoint cannot hold notes/when"):
        save_checkpoint(path, made, when={1})
    assert path.read_bytes() == before


def test_korean(saved, tmp_path, monkeypatch):
    monkeypatch.setenv("ONDOL_LANG", "ko")
    with pytest.raises(CheckpointError, match="불러오지 않았습니다\n  model: "):
        load_checkpoint(saved[0], {"model": MLP((2, 2))})


# -- all kinds of parts ----------------------------------------------------------------


def schedules_and_averages(model, optimizer):
    shared = {
        "average": optimizers.EMA(model, 0.5),
        "equal": optimizers.WeightAverage(model),
        "sums": optimizers.Accumulate(optimizer, 3),
    }
    schedules = {
        "plateau": optimizers.Plateau(patience=1),
        "cosine": optimizers.Cosine(steps=9),
    }
    return shared | {name: s.setup(optimizer) for name, s in schedules.items()}


def test_schedules_averages_and_sums_of_gradients(tmp_path):
    model, other = Net(), Net()
    made = schedules_and_averages(model, optimizer := Adam().setup(model))
    train(model, optimizer)
    for name in ("average", "equal", "cosine"):
        made[name].update()
    made["plateau"].epoch(0.5)
    F.sum((model(X) - 1) ** 2).backward()
    made["sums"].update()
    first = {"model": model, "optimizer": optimizer} | made
    save_checkpoint(tmp_path / "x.ckpt", first)
    second = {"model": other, "optimizer": Adam().setup(other)}
    second |= schedules_and_averages(other, second["optimizer"])
    load_checkpoint(tmp_path / "x.ckpt", second)
    assert state_of(second, tmp_path) == (tmp_path / "x.ckpt").read_bytes()


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_generator_of_numpy(tmp_path, kind):
    def start(seed):
        return np.random.Generator(getattr(np.random, kind)(seed))

    one, two = start(1), start(2)
    one.integers(9, size=3, dtype=np.int32)  # leaves half of a word
    save_checkpoint(tmp_path / "x.ckpt", {"rng": one})
    load_checkpoint(tmp_path / "x.ckpt", {"rng": two})
    np.testing.assert_array_equal(one.integers(99, size=9), two.integers(99, size=9))


@pytest.mark.parametrize("place", [-1, 10**8, 2**31 - 1, 3.5])
@pytest.mark.parametrize(
    ("kind", "where"), [("MT19937", ["state", "pos"]), ("Philox", ["buffer_pos"])]
)
def test_a_stream_that_would_read_beyond_its_buffer(tmp_path, kind, where, place):
    """NumPy takes such a state, and crashes at the next number."""
    path, start = tmp_path / "x.ckpt", getattr(np.random, kind)
    save_checkpoint(path, {"rng": np.random.Generator(start(1))})

    def misplace(states):
        *outer, last = where
        state = states["rng"]
        for key in outer:
            state = state[key]
        state[last] = place

    edited(path, misplace)
    rng = np.random.Generator(start(2))
    with pytest.raises(CheckpointError, match="rng: its place in the buffer"):
        load_checkpoint(path, {"rng": rng})
    assert rng.random() == np.random.Generator(start(2)).random()


def test_the_global_stream(tmp_path):
    ondol.seed(1)
    F.dropout(Variable(np.ones(9)), 0.5)
    save_checkpoint(tmp_path / "x.ckpt", {"random": ondol.random.generator})
    expected = F.dropout(Variable(np.ones(9)), 0.5).data
    ondol.seed(2)
    load_checkpoint(tmp_path / "x.ckpt", {"random": ondol.random.generator})
    np.testing.assert_array_equal(F.dropout(Variable(np.ones(9)), 0.5).data, expected)


# -- memory ----------------------------------------------------------------------------

SIZE = 1 << 20  # bytes of the model below


def peak(use):
    """The most bytes that were taken at a time meanwhile."""
    tracemalloc.start()
    try:
        use()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def large():
    """Parts with six times the bytes of the model."""
    model = [L.Linear(128, in_size=256, nobias=True) for _ in range(8)]
    optimizer = Adam().setup(model)
    for layer in model:
        layer.W.grad = np.ones_like(layer.W.data)
    optimizer.update()
    for layer in model:
        layer.W.cleargrad()
        layer.W.data = np.asfortranarray(layer.W.data)
    average, equal = optimizers.EMA(model), optimizers.WeightAverage(model)
    average.update()
    equal.update()
    parts = {"model": model, "optimizer": optimizer}
    return parts | {"average": average, "equal": equal}


def test_saving_copies_one_part_at_a_time(tmp_path, large):
    """The averages copy themselves; nothing else is copied as a whole."""
    path = tmp_path / "x.ckpt"
    two = {"model": large["model"], "optimizer": large["optimizer"]}
    assert peak(lambda: save_checkpoint(path, two)) < 0.6 * SIZE
    assert peak(lambda: save_checkpoint(path, large)) < 1.6 * SIZE


def test_loading_takes_the_arrays_that_are_wanted(tmp_path, large):
    path = tmp_path / "x.ckpt"
    save_checkpoint(path, large)
    model, optimizer = large["model"], large["optimizer"]
    both = {"model": model, "optimizer": optimizer}
    # A piece that is read, and that piece as bytes: 2 MiB, however large the file is.
    pieces = peak(lambda: verify(path))
    assert peak(lambda: load_checkpoint(path, {"model": model})) < 1.6 * SIZE + pieces
    assert peak(lambda: load_checkpoint(path, both)) < 3.6 * SIZE + pieces
    m = optimizer.state["0.W"]["m"]
    load_checkpoint(path, both)
    np.testing.assert_array_equal(optimizer.state["0.W"]["m"], m)
    assert optimizer.state["0.W"]["m"] is not m


# -- old files -------------------------------------------------------------------------


def test_the_first_checkpoint_ever_loads_for_ever():
    """golden.ckpt is never written again: it stands for the files that people have."""
    model = MLP((4, 2), in_size=3)
    others = {
        "model": model,
        "optimizer": Adam().setup(model),
        "random": Generator(0),
        "rng": np.random.default_rng(0),
    }
    notes = load_checkpoint(GOLDEN, others)
    assert notes == {"step": 2, "score": float("inf"), "말": ["ondol", None, True]}
    W = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(model.layers[0].W.data, W / 8)
    optimizer = others["optimizer"]
    assert (optimizer.lr, optimizer.beta1, int(optimizer.t)) == (0.125, 0.75, 2)
    np.testing.assert_array_equal(optimizer.state["layers.0.W"]["m"], W)
    np.testing.assert_array_equal(optimizer.state["layers.1.b"]["v"], [0, 0])
    assert others["random"].state_dict() == {"key": 1 << 63, "counter": 5}
    assert others["rng"].bit_generator.random_raw() == 14780904992460893238
