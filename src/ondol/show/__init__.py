"""Pictures and tables: of what a network is, does, costs, and leaves behind.

Plots need ``pip install 'ondol[demo]'``, drawing a graph ``'ondol[graph]'``.
"""

from .graph import dot_text, save_graph
from .plots import learning_curves, new_figure, prediction_grid
from .summary import Summary, summary

__all__ = [
    "Summary",
    "dot_text",
    "learning_curves",
    "new_figure",
    "prediction_grid",
    "save_graph",
    "summary",
]
