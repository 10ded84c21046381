"""Pictures of what a network does; they need ``pip install 'ondol[demo]'``."""

from .plots import learning_curves, new_figure, prediction_grid

__all__ = ["learning_curves", "new_figure", "prediction_grid"]
