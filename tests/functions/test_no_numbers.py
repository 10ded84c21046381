"""What is no number is refused as an operand of every function."""

import inspect
from operator import attrgetter

import numpy as np
import pytest
from cases import CASES, each_call

import ondol.functions as F
from ondol import Variable
from ondol.errors import OndolError

BAD = {
    "None": None,
    "text": "text",
    "object": object(),
    "texts": np.array(["a"]),
    "objects": np.array([None]),
}
# An optional bias may be None; astype converts whatever it gets, batch_norm has States.
EXEMPT = {("linear", "None"), ("bincount", "None"), ("astype", "objects")}
CALLS = {
    f"{case.name}-{kind}": (case, kind)
    for case in CASES
    for kind in BAD
    if case.gradient and case.name != "batch_norm" and (case.name, kind) not in EXEMPT
}


def required(function):
    """How many arguments have no default."""
    parameters = inspect.signature(function).parameters.values()
    return sum(p.default is p.empty and p.kind is not p.VAR_KEYWORD for p in parameters)


@each_call(CALLS)
def test_what_is_no_number_is_refused(case, kind, rng):
    bad = BAD[kind]
    if case.function:  # the row does something to its arguments first
        function = attrgetter(case.name)(F)
        with pytest.raises(OndolError):
            function(bad, *[np.eye(3)] * (required(function) - 1))
        return
    call = case.calls[0]
    xs, build = call.sample(rng)
    for i in range(len(xs)):
        inputs = [bad if i == n else Variable(x) for n, x in enumerate(xs)]
        with pytest.raises(OndolError):
            case.ours(*build(inputs), **call.kwargs)
