"""Training: a loop to read, metrics, records, and a stop that loses nothing."""

from . import metrics
from .evaluate import evaluate
from .finite import FiniteStep
from .fit import fit
from .history import History
from .log import Log, read_log
from .records import save_curves
from .run import Callback, Run
from .saving import remember
from .signals import Signals
from .steps import groups, make_accumulating_step, make_step, objective, rows, shares
from .stopping import EarlyStopping

__all__ = [
    "Callback",
    "EarlyStopping",
    "FiniteStep",
    "History",
    "Log",
    "Run",
    "Signals",
    "evaluate",
    "fit",
    "groups",
    "make_accumulating_step",
    "make_step",
    "metrics",
    "objective",
    "read_log",
    "remember",
    "rows",
    "save_curves",
    "shares",
]
