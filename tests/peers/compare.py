"""One sample of PyTorch's operator database, computed by PyTorch and by ondol.

Four things are compared for each sample, all in float64: the values, the first
derivatives (for random weights of the outputs), the second ones (for random weights of
the first) and the forward derivative along a random direction.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.testing._internal.common_methods_invocations import op_db

import ondol
from ondol import Variable
from ondol.core.graph import data_of
from peers.adapters import ADAPTERS, DifferentError

KINDS = ("value", "first", "second", "jvp")
LIMIT = 40  # samples of one operator; some have over a thousand


@dataclass
class Row:
    """What came out for one function: the worst error of each kind, and how often."""

    name: str
    errors: dict[tuple[str, str], float] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    different: list[str] = field(default_factory=list)
    left_out: int = 0

    def add(self, kind, where, error):
        key = kind, where
        self.errors[key] = max(self.errors.get(key, 0.0), error)
        self.counts[key] = self.counts.get(key, 0) + 1


def operators():
    """Triples (name for the table, operator, adapter) for all that both have."""
    for op in op_db:
        name = f"{op.name}-{op.variant_test_name}".rstrip("-")
        if name in ADAPTERS:
            yield name, op, ADAPTERS[name]


def samples(op):
    """Samples of one operator, evenly taken from all that there are."""
    found = list(op.sample_inputs("cpu", torch.float64, requires_grad=True))
    step = max(1, -(-len(found) // LIMIT))
    return found[::step]


def compare(op, adapter, row):
    """Compare every sample of an operator and enter what came out into its row."""
    for number, sample in enumerate(samples(op)):
        args = (sample.input, *sample.args)
        try:
            compare_one(op, adapter, args, sample.kwargs, row, number)
        except DifferentError as reason:
            row.left_out += 1
            if str(reason) not in row.different:
                row.different.append(str(reason))


def compare_one(op, adapter, args, kwargs, row, number):
    rng = np.random.default_rng(number)
    theirs = [t for t in tensors((args, kwargs)) if t.requires_grad]
    place = {id(t): i for i, t in enumerate(theirs)}
    where = "edge" if any(map(is_edge, tensors((args, kwargs)))) else "generic"

    def function(*xs):
        a, k = converted((args, kwargs), lambda t: xs[place[id(t)]])
        return real(adapter(*a, **k))

    arrays = [t.detach().numpy(force=True).copy() for t in theirs]
    leaves = [Variable(x) for x in arrays]
    ours = function(*leaves)
    with sdpa_kernel(SDPBackend.MATH):  # the others have no second derivatives
        expected = real_tensors(op(*args, **kwargs))
    assert len(ours) == len(expected), (len(ours), len(expected))
    row.add("value", where, worst(ours, expected))

    weights = [rng.normal(size=tuple(y.shape)) for y in expected]
    firsts = torch_gradients(expected, weights, theirs)
    got = gradients(ours, weights, leaves)
    row.add("first", where, worst(got, firsts))
    if op.supports_gradgrad:
        weights2 = [rng.normal(size=x.shape) for x in arrays]
        seconds = torch_gradients(firsts, weights2, theirs)
        row.add("second", where, worst(gradients(got, weights2, leaves), seconds))
    directions = [rng.normal(size=x.shape) for x in arrays]
    _, moved = ondol.jvp(function, tuple(arrays), tuple(directions))
    along = sum(float(np.sum(data_of(m) * w)) for m, w in zip(moved, weights))  # noqa: B905
    back = sum(
        float((g.detach().numpy(force=True) * d).sum())
        for g, d in zip(firsts, directions, strict=True)
    )
    row.add("jvp", where, abs(along - back) / (1 + abs(back)))


# -- PyTorch's side --------------------------------------------------------------------


def tensors(tree):
    """The tensors in nested arguments, each once."""
    found = []

    def look(x):
        if isinstance(x, torch.Tensor):
            found.append(x)
        elif isinstance(x, dict):
            look(list(x.values()))
        elif isinstance(x, list | tuple):
            for part in x:
                look(part)

    look(tree)
    return [*{id(t): t for t in found}.values()]


def real_tensors(y):
    """The outputs that carry real numbers; a complex one carries two."""
    found = []
    for t in tensors(y):
        found += [t.real, t.imag] if t.is_complex() else [t]
    return [t for t in found if t.dtype.is_floating_point]


def is_edge(t):
    return t.numel() == 0 or t.ndim == 0 or not t.is_contiguous()


def torch_gradients(ys, weights, xs):
    pairs = [(y, w) for y, w in zip(ys, weights, strict=True) if y.requires_grad]
    if not pairs:
        return [torch.zeros_like(x) for x in xs]
    found = torch.autograd.grad(
        [y for y, _ in pairs],
        xs,
        [torch.from_numpy(np.asarray(w)) for _, w in pairs],
        create_graph=True,
        allow_unused=True,
    )
    return [torch.zeros_like(x) if g is None else g for x, g in zip(xs, found)]  # noqa: B905


# -- ondol's side ----------------------------------------------------------------------


def converted(tree, variable):
    """Arguments as ondol takes them; `variable` stands for what is differentiated."""
    if isinstance(tree, torch.Tensor):
        if tree.requires_grad:
            return variable(tree)
        return tree.detach().numpy(force=True)
    if isinstance(tree, dict):
        return {key: converted(part, variable) for key, part in tree.items()}
    if isinstance(tree, list | tuple):
        parts = [converted(part, variable) for part in tree]
        return parts if isinstance(tree, list) else tuple(parts)
    if isinstance(tree, torch.dtype):
        return torch.zeros((), dtype=tree).numpy().dtype
    return tree


def real(y):
    """The outputs that carry real numbers, as a flat list."""
    if isinstance(y, list | tuple):
        return [part for inner in y for part in real(inner)]
    return [y] if data_of(y).dtype.kind == "f" else []


def gradients(ys, weights, xs):
    """The gradients of the weighted sum, recorded so that they have gradients too."""
    for x in xs:
        x.cleargrad()
    loss = sum((np.sum(y * w) for y, w in zip(ys, weights, strict=True)), start=0.0)
    if isinstance(loss, Variable) and loss.creator is not None:
        loss.backward(create_graph=True)
    found = [Variable(np.zeros(x.shape)) if x.grad is None else x.grad for x in xs]
    for x in xs:
        x.cleargrad()
    return found


def worst(ours, theirs):
    """The largest difference, in proportion to the value where that is above 1."""
    worst = 0.0
    for a, b in zip(ours, theirs, strict=True):
        a, b = np.asarray(data_of(a)), b.detach().numpy(force=True)
        assert a.shape == b.shape, f"shape {a.shape}, expected {b.shape}"
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        with np.errstate(invalid="ignore"):
            error = np.where(same, 0, np.abs(a - b) / (1 + np.abs(b)))
        error = np.where(np.isnan(error), np.inf, error)
        worst = max(worst, float(error.max(initial=0)))
    return worst
