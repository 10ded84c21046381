"""Arguments and results that are lists, tuples and dicts of arrays, nested at will."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Rebuild = Callable[[Iterable[Any]], Any]


def flatten(structure: Any) -> tuple[list[Any], Rebuild]:
    """The leaves of a structure in order, and what puts others in their place.

    A leaf is whatever is no list, tuple or dict; None is a structure without leaves.
    """
    leaves: list[Any] = []
    build = _visit(structure, leaves)
    return leaves, lambda others: build(iter(others))


def mapped(function: Callable[[Any], Any], structure: Any) -> Any:
    """`function` of every leaf, in a structure of the same form."""
    leaves, rebuild = flatten(structure)
    return rebuild(map(function, leaves))


def flatten_like(form: Any, structure: Any) -> list[Any] | None:
    """The leaves of `structure` in the order of those of `form`; None if it differs."""
    if form is None:
        return [] if structure is None else None
    if not isinstance(form, list | tuple | dict):
        return None if isinstance(structure, list | tuple | dict) else [structure]
    pairs = paired(form, structure)
    parts = [flatten_like(*pair) for pair in pairs or ()]
    fits = pairs is not None and None not in parts
    return [leaf for part in parts for leaf in part or ()] if fits else None


def paired(node: Any, other: Any) -> list[tuple[Any, Any]] | None:
    """Each part of `node` with that of `other`, by key or by place; None if unlike."""
    if isinstance(node, dict):
        fits = isinstance(other, dict) and node.keys() == other.keys()
        return [(part, other[key]) for key, part in node.items()] if fits else None
    fits = isinstance(node, list | tuple) and isinstance(other, list | tuple)
    return (
        [*zip(node, other, strict=True)] if fits and len(node) == len(other) else None
    )


def _visit(node: Any, leaves: list[Any]) -> Callable[[Iterator[Any]], Any]:
    """Collect the leaves of `node`; return what builds the like from an iterator."""
    if node is None:
        return lambda others: None
    if not isinstance(node, list | tuple | dict):
        leaves.append(node)
        return next
    values = node.values() if isinstance(node, dict) else node
    parts = [_visit(part, leaves) for part in values]

    def build(others: Iterator[Any]) -> Any:
        new = [part(others) for part in parts]
        if isinstance(node, dict):
            return dict(zip(node, new, strict=True))
        return type(node)(*new) if hasattr(node, "_fields") else type(node)(new)

    return build
