"""Variable, Function and Config as the book's programs use them."""

import copy
import gc
import pickle
import threading
import time
import weakref

import numpy as np
import pytest

import ondol.dezero as dezero
import ondol.dezero.core_simple as simple
import ondol.dezero.functions as F
from ondol.dezero import Config, Function, Parameter, Variable, no_grad, using_config
from ondol.errors import GradientError
from ondol.testing import check_grads


def var(*numbers, dtype=float):
    return Variable(np.array(numbers, dtype))


def one(number, dtype=float):
    return Variable(np.array(number, dtype))


# -- the names -------------------------------------------------------------------------

NAMES = [
    "Variable",
    "Parameter",
    "Function",
    "Config",
    "using_config",
    "no_grad",
    "test_mode",
    "as_array",
    "as_variable",
    "setup_variable",
    "Layer",
    "Model",
    "Dataset",
    "DataLoader",
    "SeqDataLoader",
    "is_simple_core",
    "core",
    "functions",
    "functions_conv",
    "layers",
    "models",
    "optimizers",
    "dataloaders",
    "datasets",
    "transforms",
    "utils",
    "cuda",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_the_package(name):
    assert hasattr(dezero, name)


def test_the_full_core_is_the_one_in_use():
    assert dezero.is_simple_core is False
    assert dezero.Variable is dezero.core.Variable
    assert dezero.Config is dezero.core.Config
    assert dezero.__version__ == "0.0.13"


SIMPLE = [
    "Config",
    "using_config",
    "no_grad",
    "Variable",
    "as_variable",
    "as_array",
    "Function",
    "add",
    "mul",
    "neg",
    "sub",
    "rsub",
    "div",
    "rdiv",
    "pow",
    "setup_variable",
]


@pytest.mark.parametrize("name", SIMPLE)
def test_names_of_the_simple_core(name):
    assert hasattr(simple, name)


@pytest.mark.parametrize("name", ["Add", "Mul", "Neg", "Sub", "Div", "Pow"])
def test_both_cores_have_the_classes(name):
    assert issubclass(getattr(dezero.core, name), dezero.Function)
    assert callable(getattr(simple, name))


def test_keyword_arguments_have_the_names_of_the_book():
    x = Variable(data=np.ones(2), name="a")
    assert dezero.as_variable(obj=x) is x
    assert dezero.as_array(x=1.0, array_module=np).shape == ()
    with using_config(name="train", value=False):
        assert Config.train is False
    y = x * 2
    y.backward(retain_grad=True, create_graph=True)
    assert y.grad is not None
    assert x.sum(axis=0, keepdims=True).shape == (1,)
    assert x.max(axis=0, keepdims=True).shape == (1,)
    assert x.min(axis=0, keepdims=True).shape == (1,)
    assert x.matmul(W=x).data == 2


# -- Variable --------------------------------------------------------------------------


def test_a_new_variable():
    data = np.array([1.0, 2.0])
    x = Variable(data, "x")
    assert x.data is data
    assert (x.name, x.grad, x.creator, x.generation) == ("x", None, None, 0)
    assert (x.shape, x.ndim, x.size, x.dtype, len(x)) == ((2,), 1, 2, np.float64, 2)
    x.name = "other"
    assert x.name == "other"
    assert Variable(np.ones((2, 3))).T.shape == (3, 2)
    assert Variable.__array_priority__ == 200


@pytest.mark.parametrize("kind", [Variable, Parameter])
def test_how_it_prints(kind):
    assert repr(kind(np.array([1.0, 2.0]))) == "variable([1. 2.])"
    assert repr(kind(np.array(1.5), "name")) == "variable(1.5)"
    assert repr(kind(None)) == "variable(None)"
    lines = "variable([[0 1 2]\n          [3 4 5]])"
    assert repr(kind(np.arange(6).reshape(2, 3))) == lines
    assert str(kind(np.arange(6).reshape(2, 3))) == lines


def test_how_it_prints_inside_a_text():
    x = var(1, 2)
    assert f"{x}" == "{}".format(x) == "%s" % x == "variable([1. 2.])"  # noqa: UP031, UP032
    assert f"{one(1.5):.3f}" == "1.500"


def test_how_gradients_and_results_print(capsys):
    x = one(2.0)
    y = x**2
    y.backward(create_graph=True)
    with no_grad():
        z = x * 2
    print(y, x.grad, y.grad, z, F.exp(np.array(0.0)))
    words = "variable(4.0) variable(4.0) None variable(4.0) variable(1.0)\n"
    assert capsys.readouterr().out == words


@pytest.mark.parametrize("data", [1.0, [1, 2], "a", True, (1,)])
def test_only_arrays_are_data(data):  # quirk 7
    with pytest.raises(TypeError, match=f"{type(data)} is not supported"):
        Variable(data)


def test_arrays_of_no_numbers_are_no_data():  # quirk 7
    with pytest.raises(TypeError, match="numbers"):
        Variable(np.array(["a"]))
    with pytest.raises(TypeError, match="numbers"):
        Variable(np.ma.array([1.0]))


def test_arrays_of_one_element_become_numbers():  # quirk 8, steps 59 and 60
    x = Variable(np.full((1, 1), 3.0))
    y = x * 2
    assert float(y.data) == 6.0
    assert int(y.data) == 6
    assert f"{float(y.data):.2f}" == "6.00"
    assert repr(y.data) == "array([[6.]])"
    assert str(y.data) == "[[6.]]"
    y.backward()
    y = F.linear(x, np.ones((1, 1)))
    with no_grad():
        assert float((x * 2).data) == 6.0


def test_leaves_of_one_element_become_numbers():  # quirk 8
    W = Variable(np.full((1, 1), 3.0))
    (W * W).backward()
    assert float(W.data) == 3.0
    assert float(W.grad.data) == 6.0


def test_what_is_computed_from_an_array_of_one_element_is_plain():
    data = (Variable(np.ones((1, 1))) * 2).data
    for array in (data + 1, data * data, np.exp(data), np.append([], data), -data):
        assert type(array) is np.ndarray
    assert type(data.sum()) is np.float64
    assert pickle.loads(pickle.dumps(data)).tolist() == [[2]]


def test_data_may_be_set_and_taken_away():
    x = var(1, 2)
    y = x * 2
    y.data = None
    assert repr(y) == "variable(None)"
    assert y.data is None
    x.data = np.array([3.0])
    assert x.shape == (1,)


def test_updates_of_numbers_keep_an_array():  # quirk 62
    x = one(3.0)
    x.data = x.data - 1
    assert type(x.data) is np.ndarray
    x.data -= 1
    assert type(x.data) is np.ndarray
    assert x.data == 1


@pytest.mark.parametrize("data", [np.array([3.0]), np.array([3.0]).reshape(1, 1)])
def test_an_update_of_one_number_is_noticed(data):
    x = Variable(data)
    y = x * x
    x.data -= 1
    with pytest.raises(GradientError, match=r"x\.data -= 1"):
        y.backward()
    assert x._data is data


def test_data_that_a_program_frees_early():
    x, W, b = Variable(np.array([[1.0, 2]])), Variable(np.ones((2, 3))), var(0, 0, 0)
    t = F.matmul(x, W)
    y = t + b
    t.data = None
    y.backward()
    assert W.grad.data.tolist() == [[1, 1, 1], [2, 2, 2]]


def test_operators():
    x, array = var(1, 2), np.array([2.0, 2.0])
    results = {
        "x + 1": x + 1,
        "1 + x": 1 + x,
        "x - 1": x - 1,
        "1 - x": 1 - x,
        "x * 2": x * 2,
        "2 * x": 2 * x,
        "x / 2": x / 2,
        "2 / x": 2 / x,
        "-x": -x,
        "x ** 2": x**2,
        "array + x": array + x,
        "array - x": array - x,
        "array * x": array * x,
        "array / x": array / x,
    }
    for text, y in results.items():
        assert isinstance(y, Variable)
        expected = eval(text, {"x": x.data, "array": array})
        np.testing.assert_array_equal(y.data, expected, err_msg=text)


def test_plus_equals_makes_a_new_variable():
    x = y = var(1, 2)
    x += 1
    assert x is not y
    assert y.data.tolist() == [1, 2]


def test_setting_an_element_is_refused():  # quirk 37
    x = var(1, 2)
    with pytest.raises(TypeError, match=r"x\.at\["):
        x[0] = 1


def test_equality_is_identity():
    a, b = var(1, 2), var(1, 2)
    assert (a == a) is True
    assert a != b
    assert a in [b, a]
    assert b not in [a]
    assert [b, a].index(a) == 1
    assert (a == None) is False  # noqa: E711


def test_variables_are_keys():
    a, b = var(1, 2), var(1, 2)
    assert {a: 1, b: 2}[a] == 1
    assert len({a, b}) == 2


def test_attributes_of_ones_own():
    x = var(1)
    x.tag = "mine"
    assert x.tag == "mine"


def test_it_can_be_walked():
    assert [repr(v) for v in var(1, 2)] == ["variable(1.0)", "variable(2.0)"]
    with pytest.raises(TypeError, match="unsized"):
        len(one(1.0))


def test_saving_and_copying():  # quirk 28
    x = var(1, 2)
    y = x * 2
    for again in (pickle.loads(pickle.dumps(y)), copy.deepcopy(y)):
        assert type(again) is Variable
        assert again.data.tolist() == [2, 4]


def test_as_array_and_as_variable():
    assert dezero.as_array(np.float32(2)).dtype == np.float32
    assert dezero.as_array(2.0).shape == ()
    array = np.ones(2)
    assert dezero.as_array(array) is array
    assert repr(dezero.as_variable(array)) == "variable([1. 1.])"
    with pytest.raises(TypeError, match="float"):
        dezero.as_variable(1.0)


def test_setup_variable_changes_nothing():
    dezero.setup_variable()
    assert (var(1) + 1).data == 2


# -- backward --------------------------------------------------------------------------


def test_gradients_of_results_go_and_those_of_leaves_stay():
    x = one(2.0)
    a = x * x
    y = a + 1
    y.backward()
    assert (y.grad, a.grad) == (None, None)
    assert repr(x.grad) == "variable(4.0)"
    y.backward(retain_grad=True)
    assert repr((y.grad, a.grad)) == "(variable(1.0), variable(1.0))"


def test_a_second_backward_adds():  # quirk 11, the book's rule
    x = one(3.0)
    y = x * x
    y.backward()
    y.backward()
    assert x.grad.data == 12
    x.cleargrad()
    assert x.grad is None


def test_a_second_backward_that_retains_is_right_too():  # quirk 11
    x = one(3.0)
    y = x * x * 1.0
    y.backward(retain_grad=True)
    y.cleargrad()
    y.backward(retain_grad=True)
    assert x.grad.data == 12


def test_second_order_adds_to_what_is_there():  # quirk 12, the book's rule
    x = one(2.0)
    y = x**2
    y.backward(create_graph=True)
    gx = x.grad
    gx.backward()
    assert x.grad.data == 6
    x.cleargrad()
    gx.backward()
    assert x.grad.data == 2


def test_backward_of_a_leaf():  # quirk 9
    x = one(1.0)
    x.backward()
    assert x.grad.data == 1


def test_backward_without_a_graph_says_why():  # quirk 9
    with no_grad():
        y = one(1.0) * 2
    with pytest.raises(RuntimeError, match="no_grad"):
        y.backward()


def test_a_result_of_several_numbers_counts_as_their_sum():  # quirk 10, the book's rule
    x = var(1, 2)
    (x * 3).backward()
    assert x.grad.data.tolist() == [3, 3]


@pytest.mark.parametrize("seed", [one(2.0), np.array(2.0)])
def test_backward_starts_from_the_gradient_that_is_set(seed):  # quirk 24
    x = one(3.0)
    y = x * x
    y.grad = seed
    y.backward()
    assert repr(x.grad) == "variable(12.0)"


def test_a_gradient_of_another_shape_is_refused():  # quirk 10
    y = var(1, 2) * 3
    with pytest.raises(ValueError, match=r"expected \(2,\), got \(1,\)"):
        y.grad = var(1)


def test_long_wide_graphs_take_linear_time():  # quirk 17
    def seconds(n):
        x = one(1.0)
        y = x * 1
        for _ in range(n):
            y = y + F.sin(x)
        start = time.perf_counter()
        y.backward()
        return time.perf_counter() - start

    seconds(100)
    assert min(seconds(8000) for _ in range(3)) < 16 * max(seconds(1000), 0.01)


def test_a_deep_graph_needs_no_deep_stack():  # quirk 26
    y = x = one(1.0)
    for _ in range(3000):
        y = y + 1
    y.backward()
    assert x.grad.data == 1


def test_diamonds_and_repeated_operands():  # quirk 26
    x = one(2.0)
    a = x**2
    y = a**2 + a**2
    y.backward()
    assert x.grad.data == 64
    x.cleargrad()
    (x + x).backward()
    assert x.grad.data == 2


def test_a_graph_is_freed_with_its_result():  # quirks 18 and 19
    gc.disable()
    try:
        x = var(1, 2)
        a = x * 2
        dead = weakref.ref(a)
        y = F.sum(a)
        y.backward()
        del a, y
        assert dead() is None
    finally:
        gc.enable()


def test_constants_get_no_gradient_and_no_warning():  # quirk 20
    x = var(1.0)
    (x / (2**40)).backward()
    assert x.grad.data == 2.0**-40


def test_new_data_does_not_change_the_gradient_of_the_old():  # quirk 21
    x = one(3.0)
    y = x**2
    x.data = np.array(10.0)
    y.backward()
    assert x.grad.data == 6


def test_two_operands_do_not_share_a_gradient():  # quirk 22
    a, b = var(1, 2), var(3, 4)
    (a + b).backward()
    assert a.grad is not b.grad
    assert not np.shares_memory(a.grad.data, b.grad.data)


def test_gradients_can_be_written():  # quirk 23
    x = var(1, 2)
    F.sum(x).backward()
    x.grad.data *= 3
    assert x.grad.data.tolist() == [3, 3]


def test_integers_get_real_gradients_where_they_need_them():  # quirk 6
    x = Variable(np.array(5))
    F.sin(x).backward()
    np.testing.assert_allclose(x.grad.data, np.cos(5))
    x = Variable(np.array([1, 2]))
    (x * x).backward()
    assert x.grad.data.tolist() == [2, 4]


def test_unchaining():
    x = one(1.0)
    a = x * 2
    b = a * 3
    b.unchain_backward()
    assert (b.creator is not None, a.creator) == (True, None)
    b.unchain()
    assert b.creator is None


def test_generations():
    x = one(1.0)
    a = x * 2
    assert (x.generation, a.generation, (a + x).generation) == (0, 1, 2)
    f = Square()
    f.generation = 4
    x.set_creator(f)
    assert (x.creator is f, x.generation) == (True, 5)


def test_calls_know_their_inputs_and_outputs():
    x = one(1.0)
    y = F.sin(x)
    assert y.creator.inputs[0] is x
    assert y.creator.outputs[0]() is y


def test_several_derivatives_of_sine():  # step 34
    x = Variable(np.linspace(-3, 3, 5))
    y = F.sin(x)
    y.backward(create_graph=True)
    for expected in (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin):
        gx = x.grad
        np.testing.assert_allclose(gx.data, expected(x.data), atol=1e-15)
        x.cleargrad()
        gx.backward(create_graph=True)


# -- functions of one's own ------------------------------------------------------------


class Square(Function):
    def forward(self, x):
        return x**2

    def backward(self, gy):
        (x,) = self.inputs
        return 2 * x * gy


class SineOfData(Function):
    """As in step 27: data on both sides."""

    def forward(self, x):
        return np.sin(x)

    def backward(self, gy):
        x = self.inputs[0].data
        return gy * np.cos(x)


class SineOfVariables(Function):
    """As the package's own from step 33 on."""

    def forward(self, x):
        return np.sin(x)

    def backward(self, gy):
        (x,) = self.inputs
        return gy * F.cos(x)


class ExpOfArrays(Function):
    """Takes the gradient apart."""

    def forward(self, x):
        self.y = np.exp(x)
        return self.y

    def backward(self, gy):
        assert isinstance(gy, Variable)
        return Variable(gy.data * self.y)


class TanhOfOutput(Function):
    def forward(self, x):
        return np.tanh(x)

    def backward(self, gy):
        y = self.outputs[0]()
        return gy * (1 - y * y)


class Plain(Function):
    """Gives back a plain array."""

    def forward(self, x):
        return x * 3

    def backward(self, gy):
        return gy.data * 3


class Halves(Function):
    """Several outputs."""

    def forward(self, x):
        return x[:1] * 2, x[1:] * 3

    def backward(self, g0, g1):
        return Variable(np.concatenate([g0.data * 2, g1.data * 3]))


class Loss(Function):
    """None for the target."""

    def forward(self, x, t):
        return ((x - t) ** 2).sum()

    def backward(self, gy):
        x, t = self.inputs
        return 2 * (x - t) * gy, None


FIRST = [
    (Square, [4.0, 1.0], [-4.0, 2.0]),
    (SineOfData, np.sin([-2.0, 1]), np.cos([-2.0, 1])),
    (SineOfVariables, np.sin([-2.0, 1]), np.cos([-2.0, 1])),
    (ExpOfArrays, np.exp([-2.0, 1]), np.exp([-2.0, 1])),
    (TanhOfOutput, np.tanh([-2.0, 1]), 1 - np.tanh([-2.0, 1]) ** 2),
    (Plain, [-6.0, 3.0], [3.0, 3.0]),
]


@pytest.mark.parametrize(("function", "expected", "gradient"), FIRST)
def test_functions_of_ones_own(function, expected, gradient):
    x = var(-2, 1)
    y = function()(x)
    assert type(y) is Variable
    assert type(y.creator) is function
    y.backward()
    np.testing.assert_allclose(y.data, expected)
    np.testing.assert_allclose(x.grad.data, gradient)
    assert type(x.grad) is Variable


@pytest.mark.parametrize(
    "function", [Square, SineOfVariables, SineOfData, TanhOfOutput]
)
def test_derivatives_of_functions_of_ones_own(function, rng):
    check_grads(lambda x: function()(x), rng.normal(size=3), order=3)


def test_functions_take_arrays_and_numbers():
    assert repr(Square()(np.array([2.0]))) == "variable([4.])"
    assert repr(Square()(3.0)) == "variable(9.0)"
    with pytest.raises(TypeError, match="list"):
        Square()([1.0])


def test_several_outputs():
    x = var(1, 2)
    a, b = Halves()(x)
    assert repr((a, b)) == "(variable([2.]), variable([6.]))"
    (a * b).backward()
    assert x.grad.data.tolist() == [12, 6]


def test_an_output_that_is_dropped():  # quirk 13
    x = var(1, 2)
    Halves()(x)[0].backward()
    assert x.grad.data.tolist() == [2, 0]


def test_a_tuple_of_one_output_is_that_output():
    class Same(Function):
        def forward(self, x):
            return (x * 1,)

        def backward(self, gy):
            return (gy,)

    x = var(1)
    y = Same()(x)
    assert repr(y) == "variable([1.])"
    y.backward()
    assert x.grad.data == 1


def test_no_gradient_for_an_input():
    x, t = var(1, 2), var(3, 5)
    Loss()(x, t).backward()
    assert x.grad.data.tolist() == [-4, -6]
    assert t.grad is None


def test_fewer_gradients_than_inputs():
    class Short(Loss):
        def backward(self, gy):
            return super().backward(gy)[0]

    x, t = var(1, 2), var(3, 5)
    Short()(x, t).backward()
    assert x.grad.data.tolist() == [-4, -6]
    assert t.grad is None


def test_one_instance_called_twice():  # quirk 15
    a, b = var(1), var(2)
    square = Square()
    y, z = square(a), square(b)
    y.backward()
    z.backward()
    assert (a.grad.data, b.grad.data) == (2, 4)


def test_a_function_of_nothing():  # quirk 16
    class Two(Function):
        def forward(self):
            return np.array(2.0)

    assert repr(Two()()) == "variable(2.0)"


NAMES_OF_THE_ENGINE = [
    "args",
    "name",
    "kind",
    "result",
    "code",
    "input",
    "output",
    "fresh",
    "link",
    "values",
    "kwargs",
    "recorded",
    "birth",
    "instruction",
    "links",
    "position",
    "function",
]


@pytest.mark.parametrize("attribute", NAMES_OF_THE_ENGINE)
def test_attributes_of_a_function_may_have_any_name(attribute):
    class Scale(Function):
        def __init__(self, factor):
            setattr(self, attribute, factor)

        def forward(self, x):
            return x * getattr(self, attribute)

        def backward(self, gy):
            return gy * getattr(self, attribute)

    x = var(1, 2)
    y = Scale(3.0)(x)
    y.backward()
    assert repr((y, x.grad)) == "(variable([3. 6.]), variable([3. 3.]))"


def test_a_forward_that_is_missing_is_named():
    class Lazy(Function):
        pass

    with pytest.raises(NotImplementedError, match="Lazy"):
        Lazy()(var(1))


# -- Config ----------------------------------------------------------------------------


def test_settings_at_the_start():
    assert (Config.enable_backprop, Config.train) == (True, True)


@pytest.mark.parametrize(
    ("block", "name"), [(no_grad, "enable_backprop"), (dezero.test_mode, "train")]
)
def test_blocks_set_and_restore(block, name):
    with block():
        assert getattr(Config, name) is False
        with using_config(name, True):
            assert getattr(Config, name) is True
        assert getattr(Config, name) is False
    assert getattr(Config, name) is True
    with pytest.raises(ZeroDivisionError), block():
        raise ZeroDivisionError
    assert getattr(Config, name) is True


def test_settings_can_be_set():
    try:
        Config.enable_backprop = Config.train = False
        assert (var(1) * 2).creator is None
        assert F.dropout(np.ones(100)).data.all()
        with using_config("train", True):
            assert Config.train
        assert not dezero.Config.train
    finally:
        Config.enable_backprop = Config.train = True
    assert (var(1) * 2).creator is not None


def test_test_mode_records_a_graph():
    x = var(1)
    with dezero.test_mode():
        y = x * 2
    y.backward()
    assert x.grad.data == 2


def test_an_unknown_setting_is_refused():
    with pytest.raises(AttributeError, match="nothing"), using_config("nothing", 1):
        pass
    with pytest.raises(AttributeError, match="nothing"):
        Config.nothing  # noqa: B018


def in_a_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def test_a_block_holds_for_its_own_thread():  # quirk 25
    with no_grad():
        assert in_a_thread(lambda: Config.enable_backprop) is True


# -- the simple core -------------------------------------------------------------------


def test_gradients_of_the_simple_core_are_arrays():
    x = simple.Variable(np.array(2.0))
    y = 3 * x**2 + 1
    y.backward()
    assert repr((x, y)) == "(variable(2.0), variable(13.0))"
    assert type(x.grad) is np.ndarray
    assert x.grad == 12.0
    assert y.grad is None
    x.cleargrad()
    assert x.grad is None


def test_gradients_of_the_simple_core_can_be_set_and_kept():
    x = simple.Variable(np.array(2.0))
    a = x * x
    y = a * 1
    y.grad = np.array(3.0)
    y.backward(retain_grad=True)
    assert (float(x.grad), float(a.grad), float(y.grad)) == (12, 3, 3)


def test_functions_of_the_simple_core_get_arrays():
    class Cube(simple.Function):
        def forward(self, x):
            return x**3

        def backward(self, gy):
            assert not isinstance(gy, Variable)
            x = self.inputs[0].data
            return 3 * x**2 * gy

    x = simple.Variable(np.array(2.0))
    y = Cube()(x)
    y.backward()
    assert (y.data, x.grad) == (8, 12)


def test_gradient_descent_on_the_simple_core():  # step 28
    x0, x1 = simple.Variable(np.array(0.0)), simple.Variable(np.array(2.0))
    for _ in range(3):
        y = 100 * (x1 - x0**2) ** 2 + (x0 - 1) ** 2
        x0.cleargrad()
        x1.cleargrad()
        y.backward()
        x0.data -= 0.001 * x0.grad
        x1.data -= 0.001 * x1.grad
    assert repr(x0) == "variable(0.009966698110960038)"
    assert repr(x1) == "variable(1.0240062072284468)"


def test_the_simple_core_undoes_broadcasting():  # quirk 27
    b = simple.Variable(np.ones(3))
    (b + np.ones((2, 3))).backward()
    assert b.grad.tolist() == [2, 2, 2]


def test_the_simple_core_has_the_same_settings():
    x = simple.Variable(np.array(2.0))
    with simple.no_grad():
        assert (x * 2).creator is None
    with simple.using_config("enable_backprop", False):
        assert not simple.Config.enable_backprop
    simple.setup_variable()
    assert simple.as_variable(x) is x
    assert simple.as_array(1.0).shape == ()
