"""Errors say what came, where it was made, and what to do about it."""

import os
import sys

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Function, Parameter, Variable, config, errors, no_grad


def here():
    """``file:line`` of the caller."""
    frame = sys._getframe(1)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def message_of(call, kind=errors.ShapeError):
    with pytest.raises(kind) as info:
        call()
    return str(info.value)


# -- kinds ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.ShapeError, ValueError),
        (errors.ArgumentError, ValueError),
        (errors.DtypeError, TypeError),
        (errors.UnsupportedError, TypeError),
        (errors.IndexingError, IndexError),
        (errors.GradientError, RuntimeError),
    ],
)
def test_every_kind_is_also_a_builtin(kind, builtin):
    assert issubclass(kind, builtin)
    assert issubclass(kind, errors.OndolError)
    assert ondol.errors is errors


@pytest.mark.parametrize(
    ("call", "builtin"),
    [
        (lambda x: x + np.ones(4), ValueError),
        (lambda x: x @ np.ones(4), ValueError),
        (lambda x: x.reshape(5), ValueError),
        (lambda x: x + "text", TypeError),
        (lambda x: x[7], IndexError),
        (lambda x: Variable(1.0), TypeError),
        (lambda x: np.roots(x), TypeError),
        (lambda x: (x > 0).backward(), RuntimeError),
        (lambda x: F.softmax_cross_entropy(x, np.array([9, 9])), IndexError),
        (lambda x: np.sum(x, axis=7), ValueError),
        (lambda x: np.concatenate([x, x], axis=7), ValueError),
    ],
)
def test_every_error_is_ours_and_a_builtin(call, builtin):
    with pytest.raises(errors.OndolError) as info:
        call(Variable(np.ones((2, 3))))
    assert isinstance(info.value, builtin)


@pytest.mark.parametrize("f", [np.var, np.std, np.prod])
def test_axes_of_composites(f):
    with pytest.raises(
        errors.OndolError, match=r"axis is one of the 2 axes of x, got 7"
    ) as info:
        f(Variable(np.ones((2, 3))), axis=7)
    assert isinstance(info.value, ValueError)


def test_numpys_own_error_is_the_cause():
    with pytest.raises(errors.ShapeError) as info:
        Variable(np.ones(3)) + np.ones(4)
    assert type(info.value.__cause__) is ValueError


# -- what is said about operands ------------------------------------------------------


def test_both_operands_with_shape_dtype_name_and_line():
    a, line_a = Variable(np.ones((2, 3), np.float32), "apples"), here()
    b, line_b = Variable(np.ones((4, 5)), "pears"), here()
    message = message_of(lambda: a + b)
    for word in (
        "add",
        "float32 (2, 3)",
        "'apples'",
        line_a,
        "float64 (4, 5)",
        "'pears'",
        line_b,
    ):
        assert word in message
    _, first, second, fix = message.splitlines()
    assert fix.endswith("[core-broadcast]")
    assert line_a in first
    assert line_b in second


def test_the_text_of_the_line_is_shown():
    a = Variable(np.ones((2, 3)))  # a line to recognise
    assert "a line to recognise" in message_of(lambda: a + np.ones(5))


def test_lines_of_results_in_between():
    x = Variable(np.ones((2, 3)))
    h, line_h = np.tanh(x * 2), here()
    y, line_y = h.T, here()
    message = message_of(lambda: h @ (h @ y))
    assert line_h in message
    message = message_of(lambda: h * y)
    assert line_h in message
    assert line_y in message


def test_arrays_and_numbers_have_no_line_but_a_shape():
    message = message_of(lambda: Variable(np.ones((2, 3))) * np.ones(7, np.int32))
    assert "int32 (7,)" in message


def bad_matmul(x, w):
    return x @ w


BAD_CALLS = {
    "operator": lambda x: x + np.ones(7),
    "reflected": lambda x: np.ones(7) - x,
    "ufunc": lambda x: np.maximum(np.ones(7), x),
    "array function": lambda x: np.concatenate([x, np.ones((2, 3, 4))]),
    "where": lambda x: np.where(x > 0, x, np.ones(7)),
    "einsum": lambda x: np.einsum("ij,jk->ik", x, np.ones((7, 2))),
    "tensordot": lambda x: np.tensordot(x, np.ones(7), axes=1),
    "reshape": lambda x: x.reshape(7, 7),
    "matmul in a helper": lambda x: bad_matmul(x, np.ones((7, 2))),
    "F.linear": lambda x: F.linear(x, np.ones((7, 2))),
    "F.mean_squared_error": lambda x: F.mean_squared_error(x, np.ones(3)),
    "F.softmax_cross_entropy": lambda x: F.softmax_cross_entropy(x, np.zeros(7, int)),
    "F.conv2d": lambda x: F.conv2d(x, np.ones((1, 1, 3, 3))),
    "layer": lambda x: L.Linear(2, in_size=7)(x),
    "model": lambda x: L.Sequential(F.relu, L.Linear(2, in_size=7))(x),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_the_users_line_through_every_door(case):
    x, line_x = Variable(np.ones((2, 3)), "inputs"), here()
    message = message_of(lambda: BAD_CALLS[case](x))
    assert "(2, 3)" in message
    if case != "model":  # there the operand is what relu made of it
        assert line_x in message
        assert "'inputs'" in message


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: F.softmax(x),
        lambda x: F.gelu(x),
        lambda x: F.log_softmax(x),
        lambda x: np.var(x, axis=0, keepdims=True),
        lambda x: np.stack([x[0], x[1]]),
        lambda x: L.Linear(3)(x),
        lambda x: L.Sequential(L.Linear(3), F.relu)(x),
        lambda x: np.exp(x),
        lambda x: x.mean(axis=1),
    ],
)
def test_the_birth_of_what_a_composite_made_is_the_users_line(compute):
    x = Variable(np.ones((2, 3), np.float32))
    h = compute(x)
    message = message_of(lambda: h + np.ones(17))
    # the line of the lambda above, never one inside of ondol
    package = os.path.dirname(ondol.__file__)
    assert package not in message
    assert f"{__file__}:" in message


def test_results_of_user_functions():
    class Double(Function):
        def forward(self, x):
            return 2 * x

        def backward(self, gy):
            return 2 * gy

    y, line_y = Double()(Variable(np.ones(3))), here()
    assert line_y in message_of(lambda: y + np.ones(4))


def test_parameters_are_born_where_the_layer_was_made():
    layer, line = L.Linear(2, in_size=3), here()
    message = message_of(lambda: F.linear(np.ones((1, 7)), layer.W))
    assert line in message
    assert "'W'" in message


def test_own_parameters():
    w, line = Parameter(np.ones((2, 3)), "w"), here()
    assert line in message_of(lambda: np.ones(7) * w)


def test_a_line_inside_of_a_function_of_the_user():
    def block(x):
        return x * 2, here()

    h, line = block(Variable(np.ones(3)))
    assert line in message_of(lambda: h + np.ones(4))


def test_an_unchained_result_keeps_its_line():
    h, line = Variable(np.ones(3)) * 2, here()
    h.unchain()
    assert line in message_of(lambda: h + np.ones(4))


def test_code_without_a_file():
    scope = {"Variable": Variable, "np": np}
    exec(compile("x = Variable(np.ones(3))", "<notebook cell>", "exec"), scope)
    message = message_of(lambda: scope["x"] + np.ones(4))
    assert "<notebook cell>:1" in message


def test_bad_gradients_tell_the_call():
    class Wrong(Function):
        def forward(self, x):
            return np.sum(x)

        def backward(self, gy):
            return np.ones(99)

    x, line_x = Variable(np.ones(3), "x"), here()
    y, line_y = Wrong()(x), here()
    message = message_of(y.backward, errors.GradientError)
    for word in ("Wrong", "(99,)", "(3,)", line_x, line_y, "'x'"):
        assert word in message


def test_long_operands_are_shortened():
    message = message_of(
        lambda: Variable(np.ones(3)) + list(range(10_000)), errors.ShapeError
    )
    assert len(message) < 1_000


# -- what is left alone ---------------------------------------------------------------


def test_memory_errors_pass_through():
    huge = Variable(np.broadcast_to(np.float64(1), (1 << 45,)))
    with pytest.raises(MemoryError):
        huge + 1.0


@pytest.mark.parametrize("kind", [KeyboardInterrupt, MemoryError, SystemExit])
@pytest.mark.parametrize("create_graph", [False, True])
def test_interrupts_pass_through(kind, create_graph):
    class Interrupted(Function):
        def __init__(self, when):
            self.when = when

        def forward(self, x):
            if self.when == "forward":
                raise kind("now")
            return x * 1

        def backward(self, gy):
            raise kind("now")

    x = Variable(np.ones(3))
    with pytest.raises(kind, match="now") as info:
        Interrupted("forward")(x)
    assert type(info.value) is kind
    y = Interrupted("backward")(x)
    with pytest.raises(kind, match="now") as info:
        y.backward(create_graph=create_graph)
    assert type(info.value) is kind
    assert config.enable_backprop is True
    np.sum(x * 2).backward()
    assert np.all(x.grad.data == 2)


def test_warnings_of_numpy_stay_numpys():
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.log(Variable(np.zeros(1)))
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        Variable(np.ones(1)) / 0.0


def test_no_graph_says_why():
    with no_grad():
        y = Variable(np.ones(3)) * 2
    message = message_of(y.backward, errors.GradientError)
    assert "no_grad" in message
    assert "(3,)" in message
