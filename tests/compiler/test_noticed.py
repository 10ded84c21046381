"""A compiled function notices what has changed, and changes nothing else."""

import collections
import copy
import functools
import itertools
import pickle
import threading
import types
import warnings

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Parameter, Variable, optimizers
from ondol.compiler import CheckError, build, compiled
from ondol.compiler.check import difference
from ondol.models import MLP, Model

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)
ONES = np.ones(3)


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONDOL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def traces(monkeypatch):
    """A list that grows with each trace."""
    made = []

    class Counted(compiled.Trace):
        def __init__(self, *args):
            made.append(self)
            super().__init__(*args)

    monkeypatch.setattr(compiled, "Trace", Counted)
    return made


# -- where state can be ----------------------------------------------------------------

SCALE, OFFSET = np.ones(3), 1.0
USERS = types.ModuleType("users")
USERS.weight, USERS.array = Variable(np.ones(3)), np.ones(3)
exec("def helper(x): return x * weight + array", USERS.__dict__)


class Slotted:
    __slots__ = ("array", "variable")

    def __init__(self):
        self.array, self.variable = np.ones(3), Variable(np.ones(3))


class Scaled(Model):
    factor = np.ones(3)
    power = 1.0

    def forward(self, x):
        return x**self.power * self.factor * SCALE + OFFSET

    @property
    def doubled(self):
        return SCALE * 2


class Held:
    def __init__(self):
        self.array = np.ones(3)
        self.in_tuple = (np.ones(3), {"a": np.ones(3)})
        self.deque = collections.deque([Variable(np.ones(3))])
        self.set = {Variable(np.ones(3))}
        self.slotted = Slotted()

    def method(self, x):
        return x * self.array


held, scaled = Held(), Scaled()


def with_default(x, w=Variable(ONES.copy()), *, v=np.ones(3)):  # noqa: B008
    return x * w * v


class Case:
    def __init__(self, function, change):
        self.function, self.change = function, change


def set_data(variable):
    return lambda i: setattr(variable, "data", np.full(3, i + 2.0))


def fill(array):
    return lambda i: array.fill(i + 2)


def set_name(owner, name, value=lambda i: np.full(3, i + 2.0)):
    return lambda i: setattr(owner, name, value(i))


def set_global(name, value):
    return lambda i: globals().__setitem__(name, value(i))


def set_item(box, key):
    return lambda i: box.__setitem__(key, Variable(np.full(3, i + 2.0)))


CASES = {
    "a module's Variable, by a helper": (
        lambda x: USERS.helper(x), set_data(USERS.weight)
    ),
    "a module's array, by a helper": (lambda x: USERS.helper(x), fill(USERS.array)),
    "a module's array": (lambda x: x * USERS.array, fill(USERS.array)),
    "a module's array, exchanged": (
        lambda x: x * USERS.array, set_name(USERS, "array")
    ),
    "a global in a method": (lambda x: scaled(x), fill(SCALE)),
    "a global number in a method": (
        lambda x: scaled(x), set_global("OFFSET", lambda i: i + 0.5)
    ),
    "a global in a property": (lambda x: x * scaled.doubled, fill(SCALE)),
    "a class attribute": (lambda x: scaled(x), set_name(Scaled, "factor")),
    "a class attribute, in place": (lambda x: scaled(x), fill(Scaled.factor)),
    "a number of a class": (
        lambda x: scaled(x), set_name(Scaled, "power", lambda i: i + 2.0)
    ),
    "an attribute": (lambda x: x * held.array, set_name(held, "array")),
    "a bound method": (held.method, fill(held.array)),
    "a partial": (functools.partial(Held.method, held), fill(held.array)),
    "a tuple": (lambda x: x * held.in_tuple[0], fill(held.in_tuple[0])),
    "a dict in a tuple": (
        lambda x: x * held.in_tuple[1]["a"], fill(held.in_tuple[1]["a"])
    ),
    "a deque": (lambda x: x * held.deque[0], set_item(held.deque, 0)),
    "a set": (lambda x: x * next(iter(held.set)), set_data(next(iter(held.set)))),
    "a slot": (lambda x: x * held.slotted.array, set_name(held.slotted, "array")),
    "a Variable in a slot": (
        lambda x: x * held.slotted.variable, set_data(held.slotted.variable)
    ),
    "a default": (with_default, set_data(with_default.__defaults__[0])),
    "a default by name": (with_default, fill(with_default.__kwdefaults__["v"])),
    "an index": (
        lambda x: x[held.index],
        set_name(held, "index", lambda i: np.array([i % 3, 0])),
    ),
}  # fmt: skip
held.index = np.array([0, 1])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_state_is_found_wherever_it_is(case):
    function, change = case
    fast = ondol.compile(function)
    x = Variable(np.array([1.0, 2.0, 3.0]))
    for i in range(4):
        np.testing.assert_allclose(fast(x).data, function(x).data, 1e-12)
        change(i)
        np.testing.assert_allclose(fast(x).data, function(x).data, 1e-12)


def test_a_model_that_is_given():
    def predict(model, x):
        return model(x)

    fast = ondol.compile(predict)
    x = np.ones((2, 4), np.float32)
    models = [MLP((5, 3), in_size=4) for _ in range(2)]
    for i in range(4):
        for model in models:
            np.testing.assert_allclose(fast(model, x).data, model(x).data, 1e-5, 1e-6)
            model.layers[i % 2].W.data *= 2
    assert len(fast.programs) == 2


def test_a_model_itself():
    model = MLP((5, 3), in_size=4)
    fast = ondol.compile(model)
    x = np.ones((2, 4), np.float32)
    for _ in range(4):
        np.testing.assert_allclose(fast(x).data, model(x).data, 1e-5, 1e-6)
        model.layers[0].W.data *= 2
    assert len(fast.programs) == 1


def test_a_mode_that_a_layer_reads():
    model = MLP((5, 3), in_size=4)
    fast = ondol.compile(lambda x: F.dropout(model(x), 0.5))
    x = np.ones((2, 4), np.float32)
    for _ in range(3):
        fast(x)
        with ondol.test_mode():
            np.testing.assert_allclose(fast(x).data, model(x).data, 1e-5, 1e-6)
    assert len(fast.programs) == 2


# -- traces ----------------------------------------------------------------------------


def test_a_smaller_last_batch_is_traced_once(traces):
    model = MLP((5, 3), in_size=4)
    optimizer = optimizers.Adam().setup(model)

    @ondol.compile
    def step(x, t):
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        return loss

    rng = np.random.default_rng(0)
    for epoch in range(8):
        optimizer.lr = 0.01 / (epoch + 1)
        for size in (20, 20, 7):
            x = rng.normal(size=(size, 4)).astype(np.float32)
            step(x, rng.integers(0, 3, size))
        if epoch % 3 == 2:
            model.cleargrads()
    assert len(traces) <= 4  # two sizes, with and without gradients from before
    assert optimizer.t == 24


def test_traces_that_take_turns_share_their_arrays():
    W = Parameter(np.ones(3))
    optimizer = optimizers.Adam().setup([W])

    @ondol.compile
    def step(x):
        loss = np.sum(x @ W)
        W.cleargrad()
        loss.backward()
        optimizer.update()

    def arrays():
        return [W.data, W._grad, *optimizer.state["0"].values()]

    batches = np.ones((4, 3)), np.ones((2, 3))
    for x in batches * 3:
        step(x)
    before = [*map(id, arrays())]
    for x in batches * 2:
        step(x)
    assert [*map(id, arrays())] == before


def test_the_number_of_traces_is_bounded():
    double = ondol.compile(lambda x: x * 2)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        for n in [*range(1, 40), *range(1, 5)]:
            for _ in range(2):
                assert double(np.ones(n)).tolist() == [2.0] * n
    assert len(double.programs) == compiled.LIMIT
    assert [str(w.message)[:50] for w in found] == [
        "ondol.compile: <lambda> has been compiled for 32 k"
    ]


def test_numbers_tell_apart_by_type_and_value():
    scale = ondol.compile(lambda x, by: x * by)
    for by in (1, True, 2, 2.5, 1, True, np.float32(2), 2.5, np.array(3.0)):
        for _ in range(2):
            got, expected = scale(ONES, by), ONES * by
            assert got.dtype == expected.dtype
            np.testing.assert_array_equal(got, expected)


# -- what it may not change ------------------------------------------------------------


def test_arrays_that_others_hold_stay_what_they_were():
    def walk_of(x):
        def step():
            y = np.sum(x**2)
            x.cleargrad()
            y.backward()
            x.data = x.data - 0.1 * x.grad.data

        return step

    paths = []
    for make in (lambda f: f, ondol.compile):
        x = Variable(np.array([1.0, 2.0]))
        step, path = make(walk_of(x)), []
        for _ in range(6):
            step()
            path += [x.data, x.grad, x.grad.data, x._grad]
        paths.append(
            [np.asarray(p.data if isinstance(p, Variable) else p) for p in path]
        )
    np.testing.assert_allclose(paths[0], paths[1], 1e-12)


def test_a_random_stream_can_be_set_back():
    drop = ondol.compile(lambda x: F.dropout(x, 0.5))
    x, stream = np.ones(40), ondol.random.generator
    for _ in range(3):
        drop(x)
    here = stream.counter
    first = drop(x).data
    stream.counter = here
    np.testing.assert_array_equal(drop(x).data, first)


def test_large_results_that_are_kept():
    ramp = ondol.compile(lambda x: x + np.arange(5000.0))
    kept = [ramp(np.array(float(i))) for i in range(8)]
    assert [y[0] for y in kept] == list(range(8))
    views = [ramp(np.array(float(i)))[1:2] for i in range(8)]
    assert [v.item() for v in views] == [i + 1 for i in range(8)]


def test_what_was_there_before_is_returned_as_it_is():
    W, table = Variable(np.zeros(3)), np.zeros(3)

    @ondol.compile
    def step(x, v):
        old = W.data
        W.data = W.data + 1
        table[0] += 1
        return collections.OrderedDict(x=x, v=v, W=W, old=old, table=table)

    olds, x, v = [], np.ones(3), Variable(np.ones(3))
    for i in range(5):
        got = step(x, v)
        assert type(got) is collections.OrderedDict
        expected = x, v, W, got["old"], table
        assert [*map(id, got.values())] == [*map(id, expected)]
        olds.append(got["old"])
        assert table[0] == W.data[0] == i + 1
    assert [old[0] for old in olds] == [0, 1, 2, 3, 4]


def test_a_value_from_before_stands_beside_the_new_one():
    now, before = Variable(np.zeros(3)), Variable(np.ones(3))

    @ondol.compile
    def step():
        before.data = now.data
        now.data = now.data + 1

    for i in range(5):
        step()
        assert now.data.tolist() == [i + 1] * 3
        assert before.data.tolist() == [i] * 3


def test_writing_into_what_is_given_or_captured():
    table = np.zeros(3)

    def function(x):
        x[0] = 5
        x += 1
        table[1] += x[0]
        return table * 1

    fast = ondol.compile(function)
    for i in range(4):
        x = np.full(3, float(i))
        y = fast(x)
        assert x.tolist() == [6, i + 1, i + 1]
        assert y.tolist() == table.tolist() == [0, 6 * (i + 1), 0]


def test_memory_that_may_not_be_written_into():
    W = Parameter(np.ones(3))

    @ondol.compile
    def step(x):
        W.data -= x

    step(ONES)
    step(ONES)
    W.data.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        step(ONES)
    assert W.data.tolist() == [-1, -1, -1]


def test_gradients_of_arguments():
    @ondol.compile
    def square(x):
        y = np.sum(x * x)
        y.backward()
        return y

    x = Variable(np.arange(3.0))
    for i in range(4):
        square(x)
        assert x.grad.data.tolist() == [0, 2 * (i + 1), 4 * (i + 1)]
    fresh = Variable(np.arange(3.0))
    square(fresh)
    assert fresh.grad.data.tolist() == [0, 2, 4]
    assert x.grad.data.tolist() == [0, 8, 16]


def test_the_same_variable_twice():
    product = ondol.compile(lambda a, b: (a * b, np.sum(a * b).backward())[0])
    for _ in range(3):
        a, b = Variable(ONES * 2), Variable(ONES * 3)
        product(a, a)
        assert a.grad.data.tolist() == [4, 4, 4]
        a.cleargrad()
        product(a, b)
        assert (a.grad.data[0], b.grad.data[0]) == (3, 2)


def test_a_state_that_goes_from_call_to_call():
    class Memory:
        h = Variable(np.zeros(3))

    memory = Memory()
    memory.h = Variable(np.zeros(3))

    @ondol.compile
    def step(x):
        memory.h = F.tanh(memory.h + x)
        memory.h.unchain()
        return memory.h * 1

    h, seen = np.zeros(3), []
    for _ in range(5):
        h = np.tanh(h + ONES)
        step(ONES)
        seen.append(memory.h)
        np.testing.assert_allclose(memory.h.data, h)
    assert len({y.data[0] for y in seen}) == 5
    assert len(step.programs) == 1


# -- from the outside ------------------------------------------------------------------


def test_as_a_method():
    class Scale:
        def __init__(self):
            self.w = Variable(np.ones(3))

        @ondol.compile
        def up(self, x):
            return x * self.w

        @ondol.compile(fallback=True)
        def down(self, x):
            return x / self.w

    one, other = Scale(), Scale()
    other.w.data = ONES * 2
    for _ in range(3):
        assert one.up(ONES).data.tolist() == [1, 1, 1]
        assert other.up(ONES).data.tolist() == [2, 2, 2]
        assert other.down(ONES).data.tolist() == [0.5, 0.5, 0.5]
    assert Scale.up.__name__ == "up"


@ondol.compile
def known_by_name(x):
    return x * 2


def test_copies():
    assert copy.deepcopy(known_by_name) is known_by_name
    assert pickle.loads(pickle.dumps(known_by_name)) is known_by_name
    double = ondol.compile(lambda x: x * 2)
    for _ in range(2):
        double(ONES)
    assert copy.deepcopy(double)(ONES).tolist() == [2, 2, 2]


def test_eager_is_a_matter_of_the_thread():
    double = ondol.compile(lambda x: x * 2)
    with ondol.eager():
        for _ in range(3):
            double(ONES)
        assert double.programs == []
        threads = [threading.Thread(target=double, args=(ONES,)) for _ in range(2)]
        for thread in threads:
            thread.start()
            thread.join()
        assert len(double.programs) == 1
        y = double(Variable(ONES))
        assert y.creator is not None
    double(ONES)


def test_threads_do_not_disturb_each_other():
    model = MLP((50, 3), in_size=4)
    model(np.ones((1, 4), np.float32))
    predict = ondol.compile(lambda x: model(x))
    loss = ondol.compile(lambda x: F.sum(model(x)))
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=(9 + i % 3, 4)).astype(np.float32) for i in range(6)]
    expected = [model(x).data for x in xs]
    wrong = []

    def work(i):
        for _ in range(60):
            y, total = predict(xs[i]).data, loss(xs[i]).data
            if not np.allclose(y, expected[i], 1e-4, 1e-5):
                wrong.append(i)
            if not np.allclose(total, expected[i].sum(), 1e-3, 1e-4):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(predict.programs) == 3


def test_functions_that_call_each_other_and_themselves():
    inner = ondol.compile(lambda x: x * 2)
    outer = ondol.compile(lambda x: inner(x) + inner(x + 1))

    @ondol.compile
    def power(x, n):
        return x if n == 0 else np.exp(power(x * 0.5, n - 1))

    for _ in range(3):
        assert outer(ONES).tolist() == [6, 6, 6]
        np.testing.assert_allclose(
            power(ONES, 2), np.exp(np.exp(ONES * 0.25)), rtol=1e-12
        )


def test_what_was_made_can_be_seen():
    W = Parameter(np.ones((4, 5)))
    product = ondol.compile(lambda x: np.tanh(x @ W))
    for _ in range(2):
        product(np.ones((3, 4)))
    assert "void ondol_run0" in product.source
    assert "= matmul(%0, %1) float64 (3, 5)" in product.graph
    assert "np.tanh(x @ W))" in product.graph
    cost = product.cost
    assert cost.flops == 2 * 3 * 4 * 5 + 3 * 5
    assert cost.bytes == 8 * (3 * 4 + 4 * 5 + 3 * 5 + 3 * 5 + 3 * 5)
    assert cost.arena >= 2 * 3 * 5 * 8
    assert repr(cost).startswith("135 FLOP, 616 B moved, arena ")


# -- check -----------------------------------------------------------------------------


def test_check_leaves_what_eager_mode_does():
    def make():
        ondol.seed(0)
        model = Model()
        model.a, model.norm, model.b = L.Linear(5), L.BatchNorm(), L.Linear(3)
        optimizer = optimizers.MomentumSGD().setup(model)

        def step(x, t):
            h = F.dropout(F.relu(model.norm(model.a(x))), 0.2)
            loss = F.softmax_cross_entropy(model.b(h), t)
            model.cleargrads()
            loss.backward()
            optimizer.update()
            return loss

        return model, optimizer, step

    (a, first, step), (b, second, twin) = make(), make()
    checked = ondol.compile(twin, check=True)
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(6, 4)).astype(np.float32), rng.integers(0, 3, 6)
    for make_loss in (step, checked):
        ondol.seed(1)
        losses = [make_loss(x, t) for _ in range(4)]
        assert losses[-1].creator is not None
    for p, q in zip(a.params(), b.params(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)
        np.testing.assert_array_equal(p.grad.data, q.grad.data)
    np.testing.assert_array_equal(a.norm.mean.data, b.norm.mean.data)
    assert first.t == second.t == 4
    assert len(checked.programs) == 1


def test_check_names_the_first_line_that_differs():
    numbers, W = itertools.count(1.0), Parameter(np.ones(3))

    @ondol.compile(check=True)
    def step(x):
        y = x + 1
        z = y * next(numbers)
        W.data = W.data - z  # the first
        return z * 2

    step(ONES)
    with pytest.raises(CheckError, match="  # the first") as info:
        step(ONES)
    assert "at [0] -5.0 instead of -7.0" in str(info.value)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (np.ones(2), np.ones(2), ""),
        (np.array([1, np.nan, np.inf]), np.array([1, np.nan, np.inf]), ""),
        (np.ones(2), np.array([1, 1.1]), "at [1] 1.0 instead of 1.1; 1 of 2"),
        (np.array([np.inf]), np.array([1.0]), "at [0] inf instead of 1.0"),
        (np.array(1.0), np.array(np.nan), "1.0 instead of nan"),
        (np.ones(2, "f"), np.ones(2), "float32 (2,) instead of float64 (2,)"),
        (np.array([1]), np.array([2]), "at [0] 1 instead of 2"),
        (np.array([True]), np.array([False]), "at [0] True instead of False"),
        (None, np.ones(2), "it is not there"),
        (np.ones(2), None, "it should not be there"),
        (None, None, ""),
    ],
)
def test_differences_in_words(a, b, words):
    got = difference(a, b)
    assert got.startswith(words)
    assert bool(got) == bool(words)


def test_a_state_that_is_replaced_is_read_by_others_as_it_was():
    p, q = Variable(np.arange(3.0)), Variable(np.zeros(3))

    def step(g):
        tripled = g * 3.0
        q.data, p.data = tripled + p.data, tripled * 2.0

    compiled = ondol.compile(step)
    for i in range(4):
        compiled(np.full(3, i + 1.0))
    assert p.data.tolist() == [24, 24, 24]
    assert q.data.tolist() == [30, 30, 30]


def test_one_array_in_two_places_is_traced_once():
    a, b = Variable(np.zeros(3)), Variable(np.ones(3))

    def step():
        a.data += 1
        return a * b

    compiled = ondol.compile(step)
    for _ in range(2):
        compiled()
    b.data = a.data
    for n in range(3, 8):
        assert compiled().data.tolist() == [n * n] * 3
    assert len(compiled.programs) == 2


def test_what_is_not_known_or_differs_is_told_in_korean(monkeypatch):
    monkeypatch.setenv("ONDOL_LANG", "ko")
    assert difference(np.ones(2), np.array([1, 2.0])) == (
        "위치 [1] 기대한 값 2.0, 나온 값 1.0; 원소 2개 가운데 1개가 다릅니다"
    )
    branch = ondol.compile(lambda x: x if x[0] > 0 else -x)
    branch(ONES)
    with pytest.raises(TypeError, match=r"^분기\(if, while, and, or\): 배열의"):
        branch(ONES)


def test_state_at_the_end_of_a_long_chain_of_objects():
    class Link:
        def __init__(self, then):
            self.then = then

    weight = chain = Variable(np.ones(2))
    for _ in range(3000):
        chain = Link(chain)

    @ondol.compile
    def step(x):
        return x * weight if chain else x

    for value in (1, 2, 3):
        weight.data = np.full(2, float(value))
        assert step(np.ones(2)).data.tolist() == [value] * 2
