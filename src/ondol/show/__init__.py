"""Pictures: of what a network does, and of the graph that a computation leaves behind.

Plots need ``pip install 'ondol[demo]'``, drawing a graph ``'ondol[graph]'``.
"""

from .graph import dot_text, save_graph
from .plots import learning_curves, new_figure, prediction_grid

__all__ = [
    "dot_text",
    "learning_curves",
    "new_figure",
    "prediction_grid",
    "save_graph",
]
