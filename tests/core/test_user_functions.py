"""Function subclasses as users write them, in each of the book's forms."""

import gc
import weakref

import numpy as np
import pytest

from ondol import Function, Variable, no_grad
from ondol.errors import GradientError


class CubeStep9(Function):
    def forward(self, x):
        return x**3

    def backward(self, gy):
        x = self.input.data
        return 3 * x**2 * gy


class CubeStep13(Function):
    def forward(self, x):
        return x**3

    def backward(self, gy):
        x = self.inputs[0].data
        return 3 * x**2 * gy


class CubeLater(Function):
    def forward(self, x):
        return x**3

    def backward(self, gy):
        (x,) = self.inputs
        return 3 * x**2 * gy


class CubeListed(Function):
    def forward(self, x):
        return (x**3,)

    def backward(self, gy):
        return [3 * np.square(self.inputs[0]) * gy]


CUBES = [CubeStep9, CubeStep13, CubeLater]


class ExpOfOutputData(Function):
    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return gy * self.output.data


class ExpOfOutput(Function):
    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return gy * self.output


class ExpOfOutputs(Function):
    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        y = self.outputs[0]()
        return gy * y


class ExpOfOutputsData(Function):
    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return gy * self.outputs[0]().data


EXPS = [ExpOfOutputData, ExpOfOutput, ExpOfOutputs, ExpOfOutputsData]


def derivatives(f, x, orders):
    """f', f'', ... of sum(f(x)), elementwise f."""
    found = []
    y = f(x)
    for _ in range(orders):
        x.cleargrad()
        y.backward(create_graph=True)
        y = x.grad
        found.append(y.data)
    x.cleargrad()
    return found


@pytest.mark.parametrize("cube", CUBES)
@pytest.mark.parametrize("value", [2.0, [1.0, -2.0, 3.0]])
def test_three_orders_right_in_every_form(cube, value):
    x = Variable(np.array(value))
    first, second, third = derivatives(lambda x: cube()(x), x, 3)
    np.testing.assert_allclose(first, 3 * x.data**2)
    np.testing.assert_allclose(second, 6 * x.data)
    np.testing.assert_allclose(third, np.full(x.shape, 6.0))


@pytest.mark.parametrize("exp", EXPS)
@pytest.mark.parametrize("value", [0.5, [0.5, -1.0]])
def test_three_orders_right_when_backward_reads_the_output(exp, value):
    x = Variable(np.array(value))
    for got in derivatives(lambda x: exp()(2 * x), x, 3)[:1]:
        np.testing.assert_allclose(got, 2 * np.exp(2 * x.data))
    first, second, third = derivatives(lambda x: exp()(2 * x), x, 3)
    np.testing.assert_allclose(first, 2 * np.exp(2 * x.data))
    np.testing.assert_allclose(second, 4 * np.exp(2 * x.data))
    np.testing.assert_allclose(third, 8 * np.exp(2 * x.data))


@pytest.mark.parametrize("cube", CUBES)
@pytest.mark.parametrize("exp", EXPS)
def test_forms_mix_in_one_graph(cube, exp):
    x = Variable(np.array(0.7))
    # exp(x**3): first derivative 3x^2 y, second (9x^4 + 6x) y
    first, second = derivatives(lambda x: exp()(cube()(x)), x, 2)
    y = np.exp(0.7**3)
    np.testing.assert_allclose(first, 3 * 0.7**2 * y)
    np.testing.assert_allclose(second, (9 * 0.7**4 + 6 * 0.7) * y)


@pytest.mark.parametrize("cube", [*CUBES, CubeListed])
def test_first_order_hands_plain_arrays(cube):
    seen = []

    class Spy(cube):
        def backward(self, gy):
            seen.append((gy, self.inputs[0].data))
            return super().backward(gy)

    x = Variable(np.array([1.0, 2.0]))
    y = Spy()(x)
    (y[0] if isinstance(y, tuple) else y).backward()
    for part in seen[0]:
        assert type(part) is np.ndarray
    np.testing.assert_allclose(x.grad.data, [3.0, 12.0])


class Mul(Function):
    def forward(self, a, b):
        return a * b

    def backward(self, gy):
        a, b = self.inputs
        return gy * b, gy * a


class MulStep13(Function):
    def forward(self, a, b):
        return a * b

    def backward(self, gy):
        a, b = self.inputs[0].data, self.inputs[1].data
        return gy * b, gy * a


@pytest.mark.parametrize("mul", [Mul, MulStep13])
def test_several_inputs(mul):
    a, b = Variable(np.array(3.0)), Variable(np.array(2.0))
    y = mul()(a, mul()(a, b))  # a^2 b
    y.backward(create_graph=True)
    assert a.grad.data == 12.0
    assert b.grad.data == 9.0
    ga = a.grad
    a.cleargrad()
    b.cleargrad()
    ga.backward()  # 2ab
    assert a.grad.data == 4.0
    assert b.grad.data == 6.0


@pytest.mark.parametrize("mul", [Mul, MulStep13])
def test_the_same_variable_twice(mul):
    x = Variable(np.array(3.0))
    assert derivatives(lambda x: mul()(x, x), x, 2) == [6.0, 2.0]


@pytest.mark.parametrize("constant", [np.array(2.0), 2.0, 2, np.float64(2.0)])
def test_arrays_and_numbers_as_inputs(constant):
    x = Variable(np.array(3.0))
    for y in (Mul()(x, constant), Mul()(constant, x)):
        x.cleargrad()
        y.backward()
        assert x.grad.data == 2.0


def test_broadcasting_of_inputs_is_undone():
    a = Variable(np.ones((2, 3)))
    b = Variable(np.arange(3.0))
    Mul()(a, b).backward()
    np.testing.assert_array_equal(a.grad.data, [[0, 1, 2]] * 2)
    np.testing.assert_array_equal(b.grad.data, [2.0, 2.0, 2.0])


class DivMod(Function):
    """Two outputs: the sum and the product."""

    def forward(self, a, b):
        return a + b, a * b

    def backward(self, gsum, gproduct):
        a, b = self.inputs
        return gsum + gproduct * b, gsum + gproduct * a


class DivModStep13(Function):
    def forward(self, a, b):
        return a + b, a * b

    def backward(self, gsum, gproduct):
        a, b = (x.data for x in self.inputs)
        return gsum + gproduct * b, gsum + gproduct * a


@pytest.mark.parametrize("both", [DivMod, DivModStep13])
def test_several_outputs(both):
    a, b = Variable(np.array(3.0)), Variable(np.array(2.0))
    outputs = both()(a, b)
    assert isinstance(outputs, tuple)
    total, product = outputs
    assert total.creator is product.creator
    y = total * product  # (a + b) a b = a^2 b + a b^2
    y.backward(create_graph=True)
    assert a.grad.data == 2 * 3 * 2 + 2**2
    assert b.grad.data == 3**2 + 2 * 3 * 2
    ga = a.grad
    a.cleargrad()
    b.cleargrad()
    ga.backward()  # 2ab + b^2
    assert a.grad.data == 4.0
    assert b.grad.data == 10.0


@pytest.mark.parametrize("both", [DivMod, DivModStep13])
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("kept", [0, 1])
def test_dropped_outputs_count_as_zero(both, create_graph, kept):
    a, b = Variable(np.array(3.0)), Variable(np.array(2.0))
    y = both()(a, b)[kept]
    gc.collect()
    y.backward(create_graph=create_graph)
    expected = [(1.0, 1.0), (2.0, 3.0)][kept]
    assert (a.grad.data, b.grad.data) == expected


class Split(Function):
    def forward(self, x):
        return x[:1], np.exp(x[1:])

    def backward(self, g_head, g_tail):
        tail = self.outputs[1]()
        return np.concatenate([g_head, g_tail * tail])


def test_reading_outputs_of_several():
    x = Variable(np.array([1.0, 0.5, 0.25]))
    head, tail = Split()(x)
    y = np.sum(head * 2) + np.sum(tail * tail)
    y.backward(create_graph=True)
    t = np.exp(2 * x.data[1:])
    np.testing.assert_allclose(x.grad.data, [2.0, *(2 * t)])
    gx = x.grad
    x.cleargrad()
    gx.backward()
    np.testing.assert_allclose(x.grad.data, [0.0, *(4 * t)])


def test_none_is_no_gradient():
    class Gather(Function):
        def forward(self, x, index):
            return x[index]

        def backward(self, gy):
            x, index = self.inputs
            out = np.zeros(x.shape)
            np.add.at(out, index.data, gy)
            return out, None

    x = Variable(np.arange(4.0))
    index = Variable(np.array([1, 1, 3]))
    Gather()(x, index).backward()
    np.testing.assert_array_equal(x.grad.data, [0, 2, 0, 1])
    assert index.grad is None


def test_none_for_a_lone_input():
    class Stop(Function):
        def forward(self, x):
            return x * 1

        def backward(self, gy):
            return None

    x = Variable(np.array(2.0))
    y = Stop()(x) + x
    y.backward()
    assert x.grad.data == 1.0


def test_the_words_of_the_book():
    f = Mul()
    a, b = Variable(np.array(3.0)), Variable(np.array(2.0))
    y = f(a, b)
    assert f.inputs[0] is a
    assert f.inputs[1] is b
    assert f.input is a
    assert f.output is y
    assert f.outputs[0]() is y
    assert y.creator is f
    assert f.generation == 0
    assert y.generation == 1
    z = Mul()(y, a)
    assert z.creator.generation == 1
    assert z.generation == 2
    assert (a.generation, a.creator) == (0, None)


def test_links_to_outputs_are_weak():
    f = Mul()
    y = f(Variable(np.array(3.0)), Variable(np.array(2.0)))
    seen = weakref.ref(y)
    del y
    assert seen() is None
    assert f.outputs[0]() is None


def test_set_creator():
    f = CubeLater()
    f(Variable(np.array(2.0)) * 1 * 1)
    y = Variable(np.array(8.0))
    y.set_creator(f)
    assert y.creator is f
    assert f.generation == 2
    assert y.generation == 3


def test_one_instance_called_twice():
    f = CubeStep9()
    x = Variable(np.array(1.1))
    y = f(f(x))  # x^9
    first, second = derivatives(lambda x: f(f(x)), x, 2)
    np.testing.assert_allclose(first, 9 * 1.1**8)
    np.testing.assert_allclose(second, 72 * 1.1**7)
    x.cleargrad()
    y.backward()
    np.testing.assert_allclose(x.grad.data, 9 * 1.1**8)


def test_one_instance_on_two_inputs():
    f = CubeStep13()
    a, b = Variable(np.array(2.0)), Variable(np.array(3.0))
    ya, yb = f(a), f(b)
    ya.backward()
    yb.backward()
    assert a.grad.data == 12.0
    assert b.grad.data == 27.0


class Relu(Function):
    """Keeps what backward needs in an attribute, as many users do."""

    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, 0)

    def backward(self, gy):
        return gy * self.mask


def test_attributes_set_in_forward():
    x = Variable(np.array([-1.0, 2.0]))
    y = Relu()(x)
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [0.0, 1.0])


def test_attributes_of_an_instance_called_twice():
    relu = Relu()
    a, b = Variable(np.array([-1.0, 2.0])), Variable(np.array([3.0, -4.0]))
    ya, yb = relu(a), relu(b)
    (ya + yb).backward()
    np.testing.assert_array_equal(a.grad.data, [0.0, 1.0])
    np.testing.assert_array_equal(b.grad.data, [1.0, 0.0])


def test_attributes_of_an_instance_called_again_without_recording():
    relu = Relu()
    x = Variable(np.array([-1.0, 2.0]))
    y = relu(x)
    with no_grad():
        relu(Variable(np.array([3.0, -4.0])))
    relu(np.array([5.0, -6.0]))
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [0.0, 1.0])


def test_constructor_arguments():
    class Scale(Function):
        def __init__(self, factor):
            self.factor = factor

        def forward(self, x):
            return self.factor * x

        def backward(self, gy):
            return self.factor * gy

    x = Variable(np.array(1.0))
    scale = Scale(3.0)
    scale(scale(x)).backward()
    assert x.grad.data == 9.0


def test_plain_arrays_only_give_a_variable_without_a_graph():
    y = CubeStep9()(np.array(2.0))
    assert isinstance(y, Variable)
    assert y.data == 8.0
    assert y.creator is None


def test_no_grad_records_nothing():
    x = Variable(np.array(2.0))
    with no_grad():
        y, (total, product) = CubeStep9()(x), DivMod()(x, x)
    assert y.creator is total.creator is product.creator is None
    assert (y.data, total.data, product.data) == (8.0, 4.0, 4.0)


def test_in_place_code_works_in_first_order():
    class Clip(Function):
        def forward(self, x):
            return np.clip(x, 0, 1)

        def backward(self, gy):
            x = self.input.data
            gx = gy.copy()
            gx[(x < 0) | (x > 1)] = 0
            return gx

    x = Variable(np.array([-1.0, 0.5, 2.0]))
    Clip()(x).backward()
    np.testing.assert_array_equal(x.grad.data, [0.0, 1.0, 0.0])


# -- mistakes -------------------------------------------------------------------------


def broken(gradient, n_inputs=1):
    class Broken(Function):
        def forward(self, *xs):
            return sum(xs)

        def backward(self, gy):
            return gradient

    xs = [Variable(np.ones((2, 3))) for _ in range(n_inputs)]
    return Broken()(*xs)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(
    ("gradient", "n_inputs", "words"),
    [
        (np.ones((2, 3)), 2, ("1 gradient", "2 inputs")),
        ((np.ones((2, 3)),) * 3, 2, ("3 gradients", "2 inputs")),
        ((np.ones((2, 3)),) * 2, 1, ("2 gradients", "1 input")),
        ((), 1, ("0 gradients", "1 input")),
        (np.ones(4), 1, ("(4,)", "(2, 3)")),
        (np.ones((3, 2)), 1, ("(3, 2)", "(2, 3)")),
        (np.ones(3), 1, ("(3,)", "(2, 3)")),
        (np.array(1.0), 1, ("()", "(2, 3)")),
    ],
)
def test_misfitting_gradients_name_the_class(gradient, n_inputs, words, create_graph):
    y = broken(gradient, n_inputs)
    with pytest.raises(GradientError) as info:
        y.backward(create_graph=create_graph)
    message = str(info.value)
    assert "Broken" in message
    assert "test_user_functions.py" in message
    for word in words:
        assert word in message


def test_a_gradient_of_text_names_the_class():
    with pytest.raises(GradientError, match=r"Broken.*<U1.*float64"):
        broken(np.full((2, 3), "a")).backward()


def test_a_complex_gradient_of_real_numbers_is_its_real_part():
    y = broken(np.full((2, 3), 2 + 1j))
    (x,) = y.creator.inputs
    y.backward()
    assert x.grad.dtype == np.float64
    np.testing.assert_array_equal(x.grad.data, np.full((2, 3), 2))


@pytest.mark.parametrize("gradient", ["text", {}, object()])
def test_gradients_that_are_no_arrays_name_the_class(gradient):
    with pytest.raises(GradientError, match="Broken"):
        broken(gradient).backward()


def test_missing_forward():
    class Empty(Function):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty.*forward"):
        Empty()(Variable(np.array(1.0)))


def test_missing_backward():
    class Half(Function):
        def forward(self, x):
            return x / 2

    y = Half()(Variable(np.array(1.0)))
    with pytest.raises(NotImplementedError, match=r"Half.*backward"):
        y.backward()


@pytest.mark.parametrize("result", [None, "text", {}])
def test_forward_that_returns_no_array_names_the_class(result):
    class Forgetful(Function):
        def forward(self, x):
            return result

    with pytest.raises(TypeError, match="Forgetful"):
        Forgetful()(Variable(np.array(1.0)))


@pytest.mark.parametrize("bad", ["text", [1.0, 2.0], {}])
def test_inputs_that_are_no_arrays(bad):
    with pytest.raises(TypeError, match="class"):
        CubeStep9()(bad)


def test_errors_of_the_users_code_pass_through():
    class Careful(Function):
        def forward(self, x):
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        Careful()(Variable(np.array(1.0)))


def test_forward_that_computes_with_variables_is_linked_or_refused():
    class Loose(Function):
        def forward(self, x):
            return np.exp(Variable(x)) * 2

        def backward(self, gy):
            return gy * self.output

    x = Variable(np.array(0.5))
    try:
        y = Loose()(x)
    except TypeError:
        return
    assert y.creator is not None
    y.backward()
    np.testing.assert_allclose(x.grad.data, 2 * np.exp(0.5))


def test_no_inputs():
    class Constant(Function):
        def forward(self):
            return np.ones(2)

    y = Constant()()
    assert isinstance(y, Variable)
    assert y.creator is None


def test_forward_that_returns_its_input():
    class Identity(Function):
        def forward(self, x):
            return x

        def backward(self, gy):
            return gy

    x = Variable(np.array([1.0, 2.0]))
    y = Identity()(x)
    assert y is not x
    (y * 2).backward()
    np.testing.assert_array_equal(x.grad.data, [2.0, 2.0])
