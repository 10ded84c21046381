"""The ordered walk over everything a model owns, under dotted names.

A model is a tree: objects that derive from `Tree`, and lists, tuples and dicts inside
them. Optimizers, saving, freezing and counting all use this one walk, so they agree on
what there is, in which order, and what it is called (``blocks.0.conv.W``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .errors import same_name


class Tree:
    """An object whose attributes belong to the tree, in the order they were set."""


BRANCHES = (Tree, dict, list, tuple)


def children(node: Any) -> Iterable[tuple[str, Any]]:
    """The named parts of one tree node; empty for a leaf."""
    if isinstance(node, Tree):
        return vars(node).items()
    if isinstance(node, dict):
        return ((str(key), value) for key, value in node.items())
    if isinstance(node, list | tuple):
        return ((str(index), value) for index, value in enumerate(node))
    return ()


def walk(
    tree: Any,
    leaf: type | tuple[type, ...],
    prefix: str = "",
    seen: set[int] | None = None,
) -> Iterator[tuple[str, Any]]:
    """Yield ``(dotted name, object)`` for each object of type `leaf`, in order.

    An object that is reachable by two names (tied weights) comes once, under its first
    name; a reference back to a parent is not followed.
    """
    seen = set() if seen is None else seen
    if id(tree) in seen:
        return
    seen.add(id(tree))
    if isinstance(tree, leaf):
        yield prefix, tree
        return
    for key, part in children(tree):
        if isinstance(part, (leaf, BRANCHES)):
            yield from walk(part, leaf, f"{prefix}.{key}" if prefix else key, seen)


def collect(tree: Any, leaf: type | tuple[type, ...]) -> dict[str, Any]:
    """What `walk` yields, as a dict.

    Raises:
        ArgumentError: a ValueError; two objects have the same dotted name.
    """
    found: dict[str, Any] = {}
    for name, part in walk(tree, leaf):
        if name in found:
            raise same_name(name)
        found[name] = part
    return found
