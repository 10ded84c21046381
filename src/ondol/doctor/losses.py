"""What is wrong with how a loss is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..arrays import is_array
from ..core import Variable
from ..errors import Birth
from ..errors.places import internal
from .finding import Finding, finding
from .numbers import host
from .record import Check
from .step import Step, source, values

PAIRS = {"add", "divide", "mean_squared_error", "multiply", "subtract", "true_divide"}
DIFFERENCES = {"mean_squared_error", "subtract"}
OF_SCORES = {"log_softmax", "softmax", "softmax_cross_entropy"}
OF_LOGITS = {"sigmoid", "softplus"}
PROBABILITIES = {"sigmoid", "softmax"}


class Broadcast(Check):
    """A prediction that is repeated to fit its target: ``(N, 1) - (N,)``."""

    def before(self, step: Step) -> Iterator[Finding]:
        """Look at each pair of a prediction and a constant."""
        for call in step.tail_calls():
            if call.name not in PAIRS or len(call._args) < 2:
                continue
            for prediction, target in ((0, 1), (1, 0)):
                shapes = self.shapes(step, call, prediction, target)
                if shapes:
                    x, t, y = shapes
                    yield finding(
                        "doctor-broadcast", call.birth, prediction=x, target=t, shape=y
                    )

    def shapes(self, step: Step, call: Any, i: int, j: int) -> Any:
        """The shapes of prediction, target and result, if this is the mistake."""
        computed = [step.is_computed(call._args[k]) for k in (i, j)]
        x, t = values(call)[i], values(call)[j]
        if computed != [True, False] or not (is_array(x) and is_array(t)) or x.size < 2:
            return None
        shape = np.broadcast_shapes(x.shape, t.shape)
        same_size = x.size == t.size and x.ndim != t.ndim
        same_rows = call.name in DIFFERENCES and x.shape[:1] == t.shape[:1]
        if shape == x.shape or not (same_size or same_rows):
            return None
        if is_expanded(call._args[i]):
            return None
        return x.shape, t.shape, shape


def is_expanded(x: Variable) -> bool:
    """Was an axis put into it, as in ``x[:, None]``: is it to be repeated?"""
    call = x.creator
    is_index = call is not None and call.name in ("expand_dims", "getitem")
    return is_index and values(call)[0].ndim < x.ndim


class TwiceSquashed(Check):
    """Probabilities where a loss expects scores."""

    def before(self, step: Step) -> Iterable[Finding]:
        """Look at each function of the loss that expects scores."""
        for call in step.tail_calls():
            if call.name in OF_SCORES:
                yield from self.of_scores(call)
            elif call.name in OF_LOGITS:
                inner = source(call._args[0])
                if inner is not None and inner.name in PROBABILITIES:
                    yield finding("doctor-sigmoid-twice", inner.birth, inner=inner.name)

    def of_scores(self, call: Any) -> Iterator[Finding]:
        """What is wrong with the scores of a softmax?"""
        inner = source(call._args[0])
        name, birth = (inner.name, inner.birth) if inner else ("", call.birth)
        if name in PROBABILITIES:
            yield finding("doctor-softmax-twice", birth, inner=name)
        elif name == "log_softmax":
            if call.name != "softmax":
                yield finding("doctor-log-softmax-twice", birth)
        elif name == "relu" and call.name == "softmax_cross_entropy":
            yield finding("doctor-relu-scores", birth)
        elif are_probabilities(values(call)[0]):
            yield finding("doctor-softmax-twice", birth, inner=name or "softmax")


def are_probabilities(x: Any) -> bool:
    """Do the numbers of each row sum to 1, by nobody's chance?"""
    if not is_array(x) or x.ndim < 2 or x.shape[-1] < 2 or x.size < 8:
        return False
    rows = host(x)
    return bool(rows.min() >= 0 and np.allclose(rows.sum(-1), 1, rtol=0, atol=1e-4))


class WrongLabels(Check):
    """Labels that are not what the loss, or an embedding, takes them for."""

    def before(self, step: Step) -> Iterable[Finding]:
        """Look at each choice by labels."""
        for call in step.calls:
            if call.name == "embedding":
                yield from self.of_embedding(call)
        tail = step.tail_calls()
        for call in tail:
            if call.name in ("getitem", "take_along_axis"):
                yield from self.of_choice(call)
        yield from self.of_two_logarithms(step, tail)

    def of_embedding(self, call: Any) -> Iterator[Finding]:
        """Rows of 0 and a single 1, as long as the table, are no ids."""
        ids, table = values(call)[:2]
        if is_one_hot(ids, table.shape[0]):
            yield finding(
                "doctor-one-hot", call.birth, shape=ids.shape, ids=ids.shape[:-1]
            )

    def of_choice(self, call: Any) -> Iterator[Finding]:
        """A negative label chooses from the end."""
        index = values(call)[1]
        labels = index[-1] if isinstance(index, tuple) and index else index
        if is_array(labels) and labels.dtype.kind == "i" and labels.size > 1:
            low, last = host(labels).min(), values(call)[0].shape[-1] - 1
            if low < 0:
                yield finding("doctor-labels", call.birth, got=low, low=0, last=last)

    def of_two_logarithms(self, step: Step, tail: list[Any]) -> Iterator[Finding]:
        """``t * log(p) + (1 - t) * log(1 - p)`` of a t that is not from 0 to 1."""
        pairs = [pair for call in tail for pair in log_factors(step, call)]
        for call, t in pairs:
            if any(u.shape == t.shape and np.allclose(t + u, 1) for _, u in pairs):
                yield from outside(call.birth, t, 0, 1)


def is_one_hot(ids: Any, count: int) -> bool:
    """Are these rows of zeros with a single one in each?"""
    if not is_array(ids) or ids.ndim < 2 or ids.shape[-1] != count or count < 3:
        return False
    rows = host(ids)
    return bool(((rows == 0) | (rows == 1)).all() and (rows.sum(-1) == 1).all())


def log_factors(step: Step, call: Any) -> Iterator[tuple[Any, np.ndarray]]:
    """The constants that a logarithm is multiplied with."""
    if call.name != "multiply":
        return
    for x, y in (call._args, call._args[::-1]):
        inner = source(y)
        t = x._data if isinstance(x, Variable) else x
        fits = is_array(t) and t.size > 1 and not step.is_computed(x)
        if fits and inner is not None and inner.name == "log":
            yield call, host(t)


def after_error(trace: Any) -> Iterator[Finding]:
    """What the labels were that a loss has just refused, by the traceback."""
    birth = None
    while trace is not None:
        code, seen = trace.tb_frame.f_code, trace.tb_frame.f_locals
        if not internal[code.co_filename]:
            birth = code, trace.tb_lasti
        if code.co_name == "check_ids" and is_array(seen.get("ids")):
            yield from refused(birth, host(seen["ids"]), seen["count"])
        if code.co_name == "check_classes" and is_array(seen.get("t")):
            yield from refused(birth, host(seen["t"]), seen["x"].shape[-1])
        if code.co_name == "check_between" and seen.get("code") == "targets-unit":
            yield from outside(birth, host(seen["data"]), 0, 1)
        trace = trace.tb_next


def refused(birth: Birth | None, ids: np.ndarray, count: int) -> Iterator[Finding]:
    """What is wrong with these labels of so many classes?"""
    if is_one_hot(ids, count):
        yield finding("doctor-one-hot", birth, shape=ids.shape, ids=ids.shape[:-1])
    elif ids.dtype.kind in "iu":
        yield from outside(birth, ids, 0, count - 1)


def outside(birth: Birth | None, t: Any, low: int, last: int) -> Iterator[Finding]:
    """Targets that are not from `low` to `last`."""
    least, most = (t.min(), t.max()) if t.size else (low, last)
    if least < low or most > last:
        got = least if least < low else most
        yield finding("doctor-labels", birth, got=got, low=low, last=last)
