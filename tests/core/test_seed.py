"""The seed of the library, as the book writes it, to the letter."""

import numpy as np
import pytest

import ondol
from ondol import Function, Variable, as_array
from ondol.functions import exp, square

ANSWER = "3.297442541400256"


class Square(Function):
    def forward(self, x):
        return x**2

    def backward(self, gy):
        x = self.input.data
        return 2 * x * gy


class Exp(Function):
    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        x = self.input.data
        return np.exp(x) * gy


def square_by_class(x):
    return Square()(x)


def exp_by_class(x):
    return Exp()(x)


def test_gradient_printed_after_setting_y_grad(capsys):
    x = Variable(np.array(0.5))
    y = square(exp(square(x)))
    y.grad = np.array(1.0)
    y.backward()
    print(x.grad)
    assert capsys.readouterr().out == ANSWER + "\n"


def test_gradient_printed_with_the_default_seed(capsys):
    x = Variable(np.array(0.5))
    y = square(exp(square(x)))
    y.backward()
    print(x.grad)
    assert capsys.readouterr().out == ANSWER + "\n"


def test_functions_defined_on_the_users_classes(capsys):
    x = Variable(np.array(0.5))
    y = square_by_class(exp_by_class(square_by_class(x)))
    y.backward()
    print(x.grad)
    assert capsys.readouterr().out == ANSWER + "\n"


def test_instances_of_the_users_classes_step_by_step(capsys):
    A, B, C = Square(), Exp(), Square()
    x = Variable(np.array(0.5))
    a = A(x)
    b = B(a)
    y = C(b)
    y.grad = np.array(1.0)
    y.backward()
    print(x.grad)
    assert capsys.readouterr().out == ANSWER + "\n"


def test_backward_by_hand_as_in_step_6():
    A, B, C = Square(), Exp(), Square()
    x = Variable(np.array(0.5))
    b = B(A(x))
    C(b)
    gb = C.backward(np.array(1.0))
    ga = B.backward(gb)
    gx = A.backward(ga)
    assert str(gx) == ANSWER


def test_the_graph_can_be_walked_as_in_step_7():
    A, B, C = Square(), Exp(), Square()
    x = Variable(np.array(0.5))
    a = A(x)
    b = B(a)
    y = C(b)
    assert y.creator is C
    assert y.creator.input is b
    assert y.creator.input.creator is B
    assert y.creator.input.creator.input is a
    assert y.creator.input.creator.input.creator is A
    assert y.creator.input.creator.input.creator.input is x
    assert A.output is a


@pytest.mark.parametrize("seed", [np.array(2.0), Variable(np.array(2.0))])
def test_y_grad_takes_an_ndarray_or_a_variable(seed):
    x = Variable(np.array(3.0))
    y = square(x)
    y.grad = seed
    y.backward()
    assert isinstance(x.grad, Variable)
    assert x.grad.data == 12.0


@pytest.mark.parametrize("shape", [(), (3,), (1, 2)])
def test_y_grad_checks_its_shape(shape):
    y = square(Variable(np.ones((2, 3))))
    with pytest.raises(ondol.errors.ShapeError, match=r"\(2, 3\)") as info:
        y.grad = np.ones(shape)
    assert str(shape) in str(info.value)
    assert isinstance(info.value, ValueError)
    assert y.grad is None


@pytest.mark.parametrize("bad", [1.0, [1.0], "1", object()])
def test_y_grad_refuses_what_is_no_array(bad):
    y = square(Variable(np.array(1.0)))
    with pytest.raises(TypeError):
        y.grad = bad


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,)])
def test_default_seed_is_ones_of_the_shape_and_dtype_of_y(shape, dtype):
    seen = []

    class Watch(Function):
        def forward(self, x):
            return x + 0

        def backward(self, gy):
            seen.append(gy)
            return gy

    x = Variable(np.zeros(shape, dtype))
    Watch()(x).backward()
    (gy,) = seen
    assert isinstance(gy, np.ndarray)
    assert gy.shape == shape
    assert gy.dtype == dtype
    assert np.all(gy == 1)
    assert x.grad.shape == shape
    assert x.grad.dtype == dtype


def test_variables_of_arrays_and_of_none_are_fine():
    assert Variable(np.array(1.0)).data == 1.0
    assert Variable(None).data is None


@pytest.mark.parametrize(
    ("value", "name", "hint"),
    [
        (1.0, "<class 'float'>", "Variable(np.array(1.0))"),
        (1, "<class 'int'>", "Variable(np.array(1))"),
        (True, "<class 'bool'>", "Variable(np.array(True))"),
        (2j, "<class 'complex'>", "Variable(np.array(2j))"),
        ([1.0, 2.0], "<class 'list'>", "Variable(np.array([1.0, 2.0]))"),
        ("a", "<class 'str'>", "np.array"),
    ],
)
def test_anything_else_is_a_type_error_that_says_what_to_write(value, name, hint):
    with pytest.raises(TypeError) as info:
        Variable(value)
    assert name in str(info.value)
    assert hint in str(info.value)


def test_the_hint_for_a_long_list_stays_short():
    with pytest.raises(TypeError) as info:
        Variable(list(range(100_000)))
    assert len(str(info.value)) < 500


def test_zero_dimensional_results_stay_arrays():
    x = Variable(np.array(2.0))
    by_class = square_by_class(x)
    results = [by_class, square(x), x * x, x + 1, np.sin(x), -x, x.sum(), x**2]
    for y in results:
        assert type(y.data) is np.ndarray
        assert y.shape == ()
    for y in results:
        x.cleargrad()
        y.backward()
        assert type(x.grad.data) is np.ndarray
        assert x.grad.shape == ()


def test_a_sum_over_everything_is_a_zero_dimensional_array():
    x = Variable(np.ones((2, 3), np.float32))
    y = x.sum()
    assert type(y.data) is np.ndarray
    assert y.dtype == np.float32
    y.backward()
    assert x.grad.shape == (2, 3)


def test_zero_dimensional_gradients_of_gradients_are_arrays():
    x = Variable(np.array(2.0))
    y = x**3
    y.backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    gx.backward()
    assert type(x.grad.data) is np.ndarray
    assert x.grad.data == 12.0


def test_print_shows_the_plain_numbers(capsys):
    print(Variable(np.array([1.0, 2.0, 3.0])))
    print(Variable(np.array(0.5)))
    print(Variable(None))
    assert capsys.readouterr().out == "[1. 2. 3.]\n0.5\nNone\n"


def test_repr_shows_variable():
    assert repr(Variable(np.array([1.0, 2.0, 3.0]))) == "variable([1. 2. 3.])"
    assert repr(Variable(np.array(0.5))) == "variable(0.5)"
    assert repr(Variable(None)) == "variable(None)"
    assert repr(Variable(np.array([[1, 2], [3, 4]]))) == (
        "variable([[1 2]\n          [3 4]])"
    )


def test_as_array_of_the_book():
    assert type(as_array(np.float64(1.0))) is np.ndarray
    assert type(as_array(1.0)) is np.ndarray
    x = np.ones(3)
    assert as_array(x) is x


def test_gradient_by_numerical_differentiation_as_in_step_10():
    x = np.random.default_rng(0).normal(size=1)
    v = Variable(x)
    square_by_class(v).backward()
    eps = 1e-4
    by_difference = ((x + eps) ** 2 - (x - eps) ** 2) / (2 * eps)
    np.testing.assert_allclose(v.grad.data, by_difference)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_y_grad_is_filled_with_ones(dtype):
    x = Variable(np.array([[1.0, 2.0]], dtype))
    y = square(x)
    y.backward()
    np.testing.assert_array_equal(y.grad.data, [[1.0, 1.0]])
    assert y.grad.dtype == dtype
