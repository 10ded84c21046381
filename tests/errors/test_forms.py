"""Every error has one form: what is wrong, the operands, the fix, and its code."""

import pickle
import re
import sys

import numpy as np
import pytest

import ondol.functions as F
import ondol.layers as L
from ondol import Function, Variable, no_grad, optimizers
from ondol.errors import (
    OndolError,
    ShapeError,
    UnsupportedError,
    describe,
    retell,
    tell,
    text,
)
from ondol.errors.core import no_method, no_setting


class Nothing(Function):
    """Without a backward that fits."""

    def forward(self, x):
        return x * 2

    def backward(self, gy):
        return ()


def written_into(x):
    y = np.sum(x * x)
    x.data += 1
    y.backward()


def in_no_grad(x):
    with no_grad():
        y = x * 2
    y.backward()


# Wrong calls of one matrix (2, 3), and the codes that they lead to.
WRONG = {
    "broadcast": (lambda x: x + np.ones(4), "core-broadcast"),
    "where": (lambda x: np.where(x > 0, x, np.ones(7)), "core-broadcast"),
    "broadcast_to": (lambda x: np.broadcast_to(x, (3, 3)), "core-broadcast"),
    "matmul": (lambda x: x @ x, "core-product"),
    "dot": (lambda x: F.dot(x, np.ones(2)), "core-product"),
    "axis": (lambda x: np.sum(x, axis=7), "core-axis"),
    "transpose": (lambda x: x.transpose(0), "core-axis"),
    "squeeze": (lambda x: np.squeeze(x, 0), "core-axis"),
    "reshape": (lambda x: x.reshape(7), "core-reshape"),
    "two unknown lengths": (lambda x: x.reshape(-1, -1), "core-reshape"),
    "concatenate": (lambda x: np.concatenate([x, x[0]]), "core-join"),
    "concatenate, lengths": (lambda x: np.concatenate([x, x.T]), "core-join"),
    "an index": (lambda x: x[5], "core-index"),
    "indices": (lambda x: x[0, 0, 0], "core-index"),
    "a mask": (lambda x: x[np.ones(3, bool)], "core-index"),
    "a float as index": (lambda x: x[0.5], "core-index-type"),
    "a float as number": (lambda x: np.swapaxes(x, 0, 0.5), "core-integer"),
    "text": (lambda x: x + "text", "core-dtype"),
    "no data": (lambda x: np.exp(Variable(None)) + x, "core-no-data"),
    "a list in steps": (lambda x: F.multiply(x, [[1], [1, 2]]), "core-ragged"),
    "a list in steps, added": (lambda x: x * [[1], [1, 2]], "core-ragged"),
    "singular": (lambda x: np.linalg.inv(x[:, :2]), "core-matrix"),
    "no rule": (lambda x: np.roots(x), "core-no-rule-near"),
    "a keyword": (lambda x: np.sum(x, dtype=int), "core-arguments"),
    "a method": (lambda x: np.add.reduce(x), "core-ufunc-method"),
    "out": (lambda x: np.add(x, 1, out=np.ones((2, 3))), "core-in-place"),
    "signature": (lambda x: F.tile(x), "call-arguments"),
    "no operands": (lambda x: F.linear(x), "call-arguments"),
    "a None": (lambda x: F.linear(x, None), "core-no-data"),
    "a word": (lambda x: Variable("word"), "core-data-other"),
    "rows in steps": (lambda x: Variable([[1], [1, 2]]), "core-data-other"),
    "overflow": (lambda x: F.rollaxis(x, 0, 10**30), "rollaxis-start"),
    "assignment": (lambda x: x.__setitem__(0, 1), "core-item-assignment"),
    "a list": (lambda x: Variable([1, 2]), "core-data-type"),
    "a Variable": (lambda x: Variable(x), "core-data-variable"),
    "strings": (lambda x: Variable(np.array(["a"])), "core-data-dtype"),
    "grad": (lambda x: setattr(x, "grad", np.ones(3)), "core-grad-shape"),
    "a number": (float, "core-one-number"),
    "an item": (lambda x: x.item(), "core-one-number"),
    "a format": (lambda x: f"{x:.3f}", "core-one-number"),
    "truth": (bool, "core-truth"),
    "a length": (lambda x: len(np.sum(x)), "core-length"),
    "no graph": (in_no_grad, "core-no-graph"),
    "complex": (lambda x: (x * 1j).backward(), "core-complex-loss"),
    "gradients": (lambda x: Nothing()(x).backward(), "core-gradient-count"),
    "a write": (written_into, "core-overwritten"),
    "linear": (lambda x: F.linear(x, np.ones((7, 2))), "linear-shapes"),
    "bias": (lambda x: F.linear(x, x.T, np.ones(9)), "linear-bias"),
    "ids": (lambda x: F.softmax_cross_entropy(x, [0, 5]), "ids-range"),
    "ids of floats": (lambda x: F.one_hot(x, 3), "ids-dtype"),
    "classes": (lambda x: F.softmax_cross_entropy(x, [0]), "classes-shape"),
    "targets": (lambda x: F.mean_squared_error(x, x.T), "targets-reshape"),
    "images": (lambda x: F.conv2d(x, np.ones((1, 1, 3, 3))), "images-axes"),
    "a setting": (lambda x: F.celu(x, 0.0), "setting-positive"),
    "an axis": (lambda x: F.sort(x, axis=2), "axis-missing"),
    "index axes": (lambda x: F.put_along_axis(x, [0], 1.0, 1), "index-axes"),
    "windows": (lambda x: F.sliding_window_view(x, 0, 0), "windows-settings"),
}
FIX = {"en": "fix", "ko": "해결"}


def told(call, x):
    with pytest.raises(OndolError) as info:
        call(x)
    return info.value


@pytest.mark.parametrize("language", FIX)
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_then_the_operands_then_the_fix(name, language, monkeypatch):
    monkeypatch.setenv("ONDOL_LANG", language)
    call, code = WRONG[name]
    error = told(call, Variable(np.ones((2, 3)), "matrix"))
    assert error.code == code
    what, *lines, fix = str(error).split("\n")
    assert what
    assert all(line.startswith("  ") for line in lines)
    assert re.fullmatch(rf"  {FIX[language]}: .+ \[{code}\]", fix)
    if language == "ko":
        assert re.search("[가-힣]", what)
        assert re.search("[가-힣]", fix.partition(":")[2])


OPERANDLESS = {
    "assignment",
    "a list",
    "a word",
    "rows in steps",
    "strings",
    "a setting",
}
OF_ANOTHER = {
    "a length",
    "a list in steps",
    "a list in steps, added",
    "complex",
    "no data",
    "no graph",
    "singular",
    "windows",
}


@pytest.mark.parametrize("name", sorted(WRONG.keys() - OPERANDLESS - OF_ANOTHER))
def test_operands_are_shown_with_shape_dtype_name_and_line(name):
    x, line = Variable(np.ones((2, 3)), "matrix"), sys._getframe().f_lineno
    words = str(told(WRONG[name][0], x))
    assert re.search(
        rf"\n  [\w ]+: float64 \(2, 3\), named 'matrix', made at {__file__}:{line}: ",
        words,
    )


def test_the_functions_name_comes_first():
    x = Variable(np.ones((2, 3)))
    for call in (lambda: F.var(x, 7), lambda: F.linear(x, x), lambda: F.conv2d(x, x)):
        with pytest.raises(OndolError, match=r"^(var|linear|conv2d): "):
            call()


def test_operands_have_their_names_where_the_function_checks_them():
    error = told(lambda x: F.prelu(x, np.ones(2)), Variable(np.ones((2, 3))))
    assert "\n  x: float64 (2, 3), made at " in str(error)
    assert "\n  slope: float64 (2,)\n" in str(error)


def test_what_is_quoted_is_cut_short_but_paths_and_words():
    long = np.arange(999.0).reshape(27, 37)
    for call in (lambda: F.celu(1.0, long), lambda: optimizers.SGD(lr=long)):
        what = str(told(lambda x, call=call: call(), None)).partition("\n")[0]
        assert re.fullmatch(
            r".+ got array\(\[\[.{150,160}\.\.\.( of type ndarray)?", what
        )
    folder = "/".join(["folder"] * 40)
    assert f"os.makedirs({folder!r})" in text("file-no-folder", "_fix", folder=folder)


def test_a_layer_with_layers_inside_is_named_by_its_kind():
    x = np.ones((2, 3))
    with pytest.raises(ShapeError, match=r"^Linear\(out_size=3, in_size=4\): expected"):
        L.Linear(3, in_size=4)(x)
    with pytest.raises(ShapeError, match=r"^SequenceLSTM: expected an input of shape"):
        L.SequenceLSTM(3)(x)


def test_a_list_of_arrays_is_shown_by_what_is_in_it():
    x = Variable(np.ones((2, 3)), "rows")
    words = describe([x, x.data, x, x])
    assert words.startswith("list float64 (2, 3), named 'rows', made at ")
    assert words.count("float64 (2, 3)") == 3
    assert words.endswith("; ...")
    assert describe([1, [2]]) == "list [1, [2]]"
    assert "\n" not in describe({"x": np.ones((30, 2))})


def test_an_error_of_numpys_is_the_cause():
    error = told(lambda x: x + np.ones(4), Variable(np.ones((2, 3))))
    assert type(error.__cause__) is ValueError
    assert str(error.__cause__).strip() in str(error)


def test_an_error_with_a_code_survives_pickling():
    error = told(lambda x: x @ x, Variable(np.ones((2, 3))))
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.code) == (
        ShapeError,
        str(error),
        "core-product",
    )


def test_what_an_error_leaves_out_is_put_in_once():
    error = UnsupportedError("not today")
    for name in ("np.first", "first"):
        retell(error, name, [1])
    assert str(error) == "np.first: not today"  # without a code there is no form
    error = tell(ShapeError, "linear-shapes")
    for name in ("linear", "outer"):
        retell(error, name, [np.ones(2)])
    what, operand, fix = str(error).split("\n")
    assert what == "outer: linear: x (..., inputs) needs W (inputs, outputs)"
    assert operand == "  argument 1: float64 (2,)"
    assert fix.endswith("[linear-shapes]")


def test_methods_and_settings_that_are_missing():
    assert str(no_method("Net", "forward(self, x)")) == (
        "Net defines no forward(self, x)\n"
        "  fix: write def forward(self, x): ... in class Net [core-no-method]"
    )
    assert isinstance(no_method("Net", "forward(self, x)"), NotImplementedError)
    error = no_setting("fast", ["train", "slow"])
    assert str(error).startswith("no setting 'fast'; there are train, slow\n")
    assert isinstance(error, AttributeError)
