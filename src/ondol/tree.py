"""The ordered walk over everything a model owns, under dotted names.

A model is a tree: objects that derive from `Tree`, and lists, tuples and dicts inside
them. Optimizers, saving, freezing and counting all use this one walk, so they agree on
what there is, in which order, and what it is called (``blocks.0.conv.W``).
"""

from __future__ import annotations

from collections.abc import Iterable
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
        return zip(map(str, node), node.values(), strict=True)
    if isinstance(node, (list, tuple)):
        return [(str(i), part) for i, part in enumerate(node)]
    return ()


def walk(
    tree: Any, leaf: type | tuple[type, ...], prefix: str = ""
) -> list[tuple[str, Any]]:
    """List ``(dotted name, object)`` for each object of type `leaf`, in order.

    An object that is reachable by two names (tied weights) comes once, under its first
    name; a reference back to a parent is not followed.
    """
    found: list[tuple[str, Any]] = []
    _visit([(prefix, tree)], leaf, "", set(), found)
    return found


def _visit(pairs: Any, leaf: Any, start: str, seen: set[int], found: list[Any]) -> None:
    for key, part in pairs:
        if isinstance(part, leaf):
            if id(part) not in seen:
                seen.add(id(part))
                found.append((start + key, part))
        elif isinstance(part, BRANCHES) and id(part) not in seen:
            seen.add(id(part))
            inside = f"{start}{key}." if key else start
            _visit(children(part), leaf, inside, seen, found)


def collect(tree: Any, leaf: type | tuple[type, ...]) -> dict[str, Any]:
    """What `walk` lists, as a dict.

    Raises:
        ArgumentError: a ValueError; two objects have the same dotted name.
    """
    pairs = walk(tree, leaf)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise same_name([name for name, _ in pairs])
    return found
