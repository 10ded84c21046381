"""What a training came to, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..arrays import is_array
from ..errors import MissingNameError, tell

Record = dict[str, Any]


class History:
    """The numbers of each epoch: ``history["loss"]`` is a list with one for each.

    Attributes:
        records: a dict for each epoch: ``epoch`` (from 1), ``step`` (updates so far),
            ``loss`` (mean over the samples, as they were met), ``lr``, ``seconds``,
            and ``val_loss`` and ``val_NAME`` of each metric if there is validation.
        best: the record of the best epoch, or None.
        stopped: why the training ended: "epochs" (all are done), "patience", what a
            callback said, or the name of a signal.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.best: Record | None = None
        self.stopped = ""

    def __getitem__(self, name: str) -> list[Any]:
        """One number for each epoch; None for an epoch that has none.

        Raises:
            MissingNameError: a KeyError; nothing was recorded under this name.
        """
        if name not in self.names():
            known = ", ".join(self.names()) or "-"
            raise tell(MissingNameError, "history-name", name=name, known=known)
        return [record.get(name) for record in self.records]

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def names(self) -> list[str]:
        """What was recorded, in order."""
        return [*dict.fromkeys(name for record in self.records for name in record)]

    def panels(self) -> dict[str, dict[str, list[float]]]:
        """The curves, as `ondol.show.learning_curves` draws them."""
        found: dict[str, dict[str, list[float]]] = {}
        for name in self.names():
            if name not in ("epoch", "step", "seconds") and self._is_curve(name):
                title = name.removeprefix("val_")
                label = "training" if title == name else "validation"
                found.setdefault(title, {})[label] = self._curve(name)
        return found

    def _is_curve(self, name: str) -> bool:
        return any(isinstance(plain(value), float) for value in self[name])

    def _curve(self, name: str) -> list[float]:
        values, nan = map(plain, self[name]), float("nan")
        return [v if isinstance(v, int | float) else nan for v in values]

    def __repr__(self) -> str:
        """A table with a line for each epoch."""
        names = [name for name in self.names() if not any(map(is_table, self[name]))]
        rows = [names, *([shown(r.get(n)) for n in names] for r in self.records)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) for cell, width in zip(row, widths, strict=True)
            )
            for row in rows
        ]
        return "\n".join(lines) if self.records else "History: no epoch is done"

    def state_dict(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return {
            "columns": {name: self[name] for name in self.names()},
            "epochs": len(self),
            "best": 0 if self.best is None else self.best["epoch"],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        columns = state["columns"]
        self.records = [
            {name: column[i] for name, column in columns.items()}
            for i in range(state["epochs"])
        ]
        self.best = self.records[state["best"] - 1] if state["best"] else None


def plain(value: Any) -> Any:
    """A number of NumPy's as Python's, an array as nested lists."""
    return value.tolist() if is_array(value) or hasattr(value, "item") else value


def is_table(value: Any) -> bool:
    """Is it more than one number?"""
    return isinstance(plain(value), list | tuple | dict)


def shown(value: Any) -> str:
    """A number as it stands in a table."""
    value = plain(value)
    if isinstance(value, float):
        return (
            f"{value:.4g}" if abs(value) < 1e-3 or abs(value) >= 1e4 else f"{value:.4f}"
        )
    return "" if value is None else str(value)
