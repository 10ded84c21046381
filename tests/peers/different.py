"""What adapters are made of."""

from operator import attrgetter

import ondol.functions as F


class DifferentError(Exception):
    """A sample that means something else in ondol, with the reason."""


def same(name, *words, **renamed):
    """Call ``F.name`` with the same arguments.

    Args:
        name: in `ondol.functions`, dotted for a namespace.
        words: what the operator's positional arguments after the first are called here.
        renamed: the operator's keyword -> the keyword here.
    """
    function = attrgetter(name)(F)

    def adapter(x, *args, **kwargs):
        if words:
            kwargs |= dict(zip(words, args, strict=False))
            args = ()
        kwargs = {renamed.get(key, key): value for key, value in kwargs.items()}
        return function(x, *args, **kwargs)

    return adapter


NO_AXIS = "an axis of an array that has none"


def unsupported(condition, reason):
    """Leave a sample out, for a reason."""
    if condition:
        raise DifferentError(reason)
