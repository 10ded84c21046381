"""A traced function, run by NumPy, gives what the function gives."""

import numpy as np
import pytest
from cases import each_call

from compiler.traced import REFUSED, assert_close, calls, new_builder, traced
from ondol import Variable
from ondol.compiler.builder import Builder
from ondol.compiler.graph import text
from ondol.compiler.interpret import interpret
from ondol.compiler.tracer import Tracer
from ondol.errors import UnsupportedError


@each_call({name: (case, call) for name, case, call in calls()})
def test_a_traced_call_gives_the_same(case, call, rng):
    one = traced(case.name, case, call, new_builder())
    got = interpret(one.results, one.arrays)
    for y, e in zip(got, one.expected, strict=True):
        assert_close(case.name, y, e, 1e-9)


def test_what_is_refused_is_a_small_part():
    names = {name.rpartition("-")[0] for name, _, _ in calls()}
    assert len(REFUSED) < len(names) / 20


def variable(shape=(3,), dtype=np.float64):
    builder = Builder()
    return Variable(Tracer(builder, builder.input(shape, np.dtype(dtype))))


@pytest.mark.parametrize(
    "ask",
    [
        lambda x: 1 if x.data.sum() > 0 else 2,
        lambda x: x.data.sum().item(),
        lambda x: float(x.data[0]),
        lambda x: x[x.data > 0],
        lambda x: np.asarray(x.data),
    ],
)
def test_a_question_about_values_is_refused(ask):
    with pytest.raises(UnsupportedError) as info:
        ask(variable())
    assert "np.where" in str(info.value)


def test_equal_nodes_are_made_once():
    x = variable().data
    a, b = np.tanh(x) * 2, np.tanh(x) * 2
    assert a.node is b.node


def test_what_changes_nothing_is_not_written_down():
    x = variable((2, 3)).data
    assert np.reshape(x, (2, 3)).node is x.node
    assert x.T.T.node is x.node
    assert x.astype(np.float64).node is x.node
    assert np.broadcast_to(x, (2, 3)).node is x.node
    assert x[:, :].node is x.node


def test_python_numbers_adapt_to_the_dtype():
    x = variable(dtype=np.float32).data
    assert (x * 2.5).dtype == np.float32
    assert (x * np.float64(2.5)).dtype == np.float64


def test_writing_in_place_exchanges_the_node():
    x = variable((2, 2)).data
    y = x * 1.0
    before = y.node
    y += 1
    y[0] = 5
    assert y.node is not before
    got = interpret([y.node], [np.zeros((2, 2))])[0]
    assert got.tolist() == [[5, 5], [1, 1]]


def test_writing_through_a_part_reaches_the_whole():
    x = variable((2, 2)).data
    y = x * 1.0
    row = y[1]
    row += 7
    assert interpret([y.node], [np.zeros((2, 2))])[0].tolist() == [[0, 0], [7, 7]]


def test_a_graph_can_be_read():
    x = variable().data
    lines = text([np.tanh(x * 2).node]).splitlines()
    assert [line.split("  #")[0] for line in lines] == [
        "%0 = input:0:(3,):float64() float64 (3,)",
        "%1 = const:float64[]() float64 ()",
        "%2 = map:multiply(%0, %1) float64 (3,)",
        "%3 = map:tanh(%2) float64 (3,)",
        "return %3",
    ]
