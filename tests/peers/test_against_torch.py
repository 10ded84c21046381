"""Values and derivatives beside PyTorch's, for every function that both have."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip(
    "torch", reason="the comparison with PyTorch needs pip install '.[peers]'"
)
pytest.importorskip(
    "expecttest", reason="the comparison with PyTorch needs pip install '.[peers]'"
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PyTorch's own, at import
    from peers import table
    from peers.adapters import ADAPTERS
    from peers.compare import KINDS, Row, compare, operators

# Errors above the first number need a reason, which stands here.
LIMIT = 1e-9
WIDER = {
    "nn.functional.hardsigmoid": 1e-7,  # PyTorch's gradient has 1/6 in float32
}

OPERATORS = {name: (op, adapter) for name, op, adapter in operators()}
ON_THE_PAGE = table.entries(table.PAGE.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _quiet():
    """Samples go to where functions are not finite; PyTorch does not warn there."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_every_adapter_has_an_operator():
    assert set(ADAPTERS) == set(OPERATORS)


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_values_and_derivatives_are_the_same(name):
    """And the page says so. If it does not: python tests/peers/table.py."""
    row = Row(name)
    compare(*OPERATORS[name], row)
    limit = WIDER.get(name, LIMIT)
    assert {key: e for key, e in row.errors.items() if e > limit} == {}
    assert table.number(row) > 0
    assert table.number(row, KINDS) >= 3 * table.number(row)
    assert table.entries(table.page([row])) == {name: ON_THE_PAGE[name]}


def test_it_is_a_comparison_of_much():
    assert len(ON_THE_PAGE) >= 150
    assert sum(ON_THE_PAGE.values()) >= 2000


def test_the_page_has_every_function():
    assert set(ON_THE_PAGE) == set(OPERATORS)


def test_a_wrong_derivative_is_seen():
    op = OPERATORS["sin"][0]
    row = Row("sin")
    compare(op, lambda x: np.sin(x.detach()) + x - x.detach(), row)
    assert row.errors["value", "generic"] < LIMIT
    assert row.errors["first", "generic"] > 0.1
