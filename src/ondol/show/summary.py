"""What a model is made of: a row for each layer, with shapes and costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any

from ..core import Parameter, State, no_grad, test_mode
from ..core.graph import data_of
from ..debug.unchanged import unchanged
from ..debug.watch import FORWARD, LAYER, Event, sublayers, watching
from ..layers.layer import Layer
from ..tree import walk
from .cost import amount, flops, multiply_adds, new_bytes, table

HEAD = ["layer", "output", "parameters", "multiply-adds", "activations"]


@dataclass
class Row:
    """One layer, with all that is inside of it.

    Attributes:
        kind: the name of its class.
        name: its dotted name; "" for the model itself.
        level: how many layers hold it: 0 for the model.
        label: its name in the innermost of these.
        output: the shape of what came out, at its first call; None without a call.
        parameters: how many numbers are trained; those of a layer or a parameter that
            is held twice count here each time, in the whole once.
        states: how many numbers are kept, like running means, and not trained.
        multiply_adds: of products and convolutions, in all calls.
        flops: twice as many, and one for each element that other functions compute.
        activations: bytes of the arrays that its functions made.
        calls: how often it was called.
    """

    kind: str
    name: str = ""
    level: int = 0
    label: str = ""
    output: Any = None
    parameters: int = 0
    states: int = 0
    multiply_adds: int = 0
    flops: int = 0
    activations: int = 0
    calls: int = 0

    @property
    def cells(self) -> list[str]:
        """The row of the table."""
        name = "  " * self.level + (f"{self.label}: " if self.label else "") + self.kind
        times = f", {self.calls} calls" if self.calls > 1 else ""
        shape = "not called" if self.output is None else str(self.output)
        numbers = [self.parameters, self.multiply_adds]
        memory = amount(self.activations, "B") if self.activations else ""
        return [name + times, shape, *(f"{n:,}" if n else "" for n in numbers), memory]


@dataclass(repr=False)
class Summary:
    """What `summary` has found; printed, it is a table.

    Attributes:
        rows: the model itself first, then the layers inside, each after what holds it.
        parameters, states: how many numbers there are, each counted once.
        parameter_bytes, state_bytes: their memory.
        multiply_adds, flops, activations: of the whole call, see `Row`.
        depth: down to how many levels the table goes; None for all.
    """

    rows: list[Row]
    parameters: int
    states: int
    parameter_bytes: int
    state_bytes: int
    depth: int | None = None
    multiply_adds: int = field(init=False)
    flops: int = field(init=False)
    activations: int = field(init=False)

    def __post_init__(self) -> None:
        whole = self.rows[0]
        self.multiply_adds, self.flops = whole.multiply_adds, whole.flops
        self.activations = whole.activations

    @property
    def memory(self) -> int:
        """Bytes for a call of a training: parameters, states and activations."""
        return self.parameter_bytes + self.state_bytes + self.activations

    def __repr__(self) -> str:
        most = inf if self.depth is None else self.depth
        shown = [row.cells for row in self.rows if row.level <= most]
        lines = table([HEAD, *shown], left=2)
        return (
            f"{lines}\n\n"
            f"parameters   {self.parameters:,} ({amount(self.parameter_bytes, 'B')})\n"
            f"states       {self.states:,} ({amount(self.state_bytes, 'B')})\n"
            f"activations  {amount(self.activations, 'B')}\n"
            f"operations   {amount(self.multiply_adds)} multiply-adds, "
            f"{amount(self.flops, 'FLOP')}"
        )


def summary(
    model: Layer, *inputs: Any, depth: int | None = None, **options: Any
) -> Summary:
    """Call a model once and tell what it is made of.

    It is called in test mode, with no graph recorded, and then all is as it was before:
    weights that were made for the call, states, the position of random generators.

    Args:
        model: any layer, also one that has no weights yet.
        *inputs: what it is called with; one sample is enough. Operations and memory are
            those for these inputs.
        depth: down to how many levels the table goes, 0 or more; None for all.
        **options: for the call, by name.

    Returns:
        Numbers, and a table when printed.
    """
    counter = _Counter(model)
    with unchanged(model.forward, inputs, options):
        with no_grad(), test_mode(), watching(counter):
            model(*inputs, **options)
        return counter.summary(depth)


class _Counter:
    """Adds up what the layers do, while the model runs."""

    def __init__(self, model: Layer) -> None:
        self.model = model
        self.open: list[Row] = []  # the layers that are being called, the outer first
        self.rows: dict[int, Row] = {}

    def __call__(self, event: Event, compute: Callable[[], Any]) -> Any:
        """Compute, and add it to all layers around it."""
        if event.kind == LAYER:
            return self._called(event.subject, compute)
        y = compute()
        if event.kind == FORWARD:
            for row in {id(row): row for row in self.open}.values():
                row.multiply_adds += multiply_adds(event, y)
                row.flops += flops(event, y)
                row.activations += new_bytes(event, y)
        return y

    def _called(self, layer: Layer, compute: Callable[[], Any]) -> Any:
        row = self._row(layer)
        row.calls += 1
        self.open.append(row)
        try:
            y = compute()
        finally:
            self.open.pop()
        row.output = _shape(y) if row.output is None else row.output
        return y

    def _row(self, layer: Layer) -> Row:
        return self.rows.setdefault(id(layer), Row(type(layer).__name__))

    def summary(self, depth: int | None) -> Summary:
        """All in the order of the model, now that every layer is there."""
        rows, holders = [], list[str]()  # what the names begin with, inside of each
        for name, layer in [("", self.model), *sublayers(self.model)]:
            row = self._row(layer)
            while holders and not name.startswith(holders[-1]):
                holders.pop()
            row.name, row.level = name, len(holders)
            row.label = name.removeprefix(holders[-1]) if holders else ""
            row.parameters = _numbers(layer, Parameter)[0]
            row.states = _numbers(layer, State)[0]
            holders.append(f"{name}." if name else "")
            rows.append(row)
        parameters, parameter_bytes = _numbers(self.model, Parameter)
        states, state_bytes = _numbers(self.model, State)
        return Summary(rows, parameters, states, parameter_bytes, state_bytes, depth)


def _numbers(layer: Layer, kind: type) -> tuple[int, int]:
    """How many numbers the parameters or states of a layer hold, and their bytes."""
    arrays = [x.data for _, x in walk(layer, kind) if x.data is not None]
    return sum(x.size for x in arrays), sum(x.nbytes for x in arrays)


def _shape(y: Any) -> Any:
    """The shapes of what a layer returns, nested as that is."""
    if isinstance(y, dict):
        return {key: _shape(part) for key, part in y.items()}
    if isinstance(y, tuple | list):
        return [*map(_shape, y)]
    return getattr(data_of(y), "shape", type(y).__name__)
