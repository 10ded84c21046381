"""Pictures and tables: of what a network is, does, costs, and leaves behind.

Plots need ``pip install 'ondol[demo]'``, drawing a graph ``'ondol[graph]'``.
"""

from .graph import dot_text, save_graph
from .info import Info, info
from .plots import learning_curves, new_figure, prediction_grid
from .profile import Profile, profile
from .summary import Summary, summary

__all__ = [
    "Info",
    "Profile",
    "Summary",
    "dot_text",
    "info",
    "learning_curves",
    "new_figure",
    "prediction_grid",
    "profile",
    "save_graph",
    "summary",
]
