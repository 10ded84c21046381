"""Metrics: numbers about predictions and targets, exact over all batches.

    accuracy = metrics.Accuracy()
    for x, t in loader:
        accuracy.update(model.predict(x), t)
    print(accuracy.compute())

Each also exists as a function of all predictions and targets at once, in small letters.
"""

from .classes import (
    F1,
    Accuracy,
    ConfusionMatrix,
    Precision,
    Recall,
    TopK,
    accuracy,
    confusion_matrix,
    f1,
    precision,
    recall,
    top_k,
)
from .metric import Mean, MeanLoss, Metric
from .scores import AUC, Perplexity, auc, perplexity
from .values import (
    R2,
    MeanAbsoluteError,
    MeanSquaredError,
    mean_absolute_error,
    mean_squared_error,
    r2,
)

__all__ = [
    "AUC",
    "F1",
    "R2",
    "Accuracy",
    "ConfusionMatrix",
    "Mean",
    "MeanAbsoluteError",
    "MeanLoss",
    "MeanSquaredError",
    "Metric",
    "Perplexity",
    "Precision",
    "Recall",
    "TopK",
    "accuracy",
    "auc",
    "confusion_matrix",
    "f1",
    "mean_absolute_error",
    "mean_squared_error",
    "perplexity",
    "precision",
    "r2",
    "recall",
    "top_k",
]
