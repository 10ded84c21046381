"""How ondol is asked for what an operator of PyTorch computes.

An adapter takes the operator's own arguments, with Variables for the tensors that are
differentiated and arrays for the others. For arguments that mean something else here by
convention it raises `DifferentError`; the reasons stand in the table.
"""

from peers import elements, linear, networks, reductions, shapes
from peers.different import DifferentError

__all__ = ["ADAPTERS", "DifferentError"]

SUBJECTS = (elements, reductions, shapes, linear, networks)
ADAPTERS = {
    name: adapter for subject in SUBJECTS for name, adapter in subject.TABLE.items()
}
