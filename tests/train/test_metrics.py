"""What holds for every metric: batches, states, merging."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ondol.functions as F
from ondol import Variable
from ondol.train import metrics as M

N, C = 37, 4
RNG = np.random.default_rng(0)
SCORES, IDS = RNG.normal(size=(N, C)), RNG.integers(0, C, N)
PADDED = np.where(RNG.random(N) < 0.2, -1, IDS)
LOGITS, LABELS = RNG.normal(size=N).round(1), RNG.integers(0, 2, N)
VALUES, TRUE = RNG.normal(size=(N, 2)), RNG.normal(3, size=(N, 2))

CASES = {
    "accuracy": (M.Accuracy, SCORES, IDS),
    "accuracy of ids": (M.Accuracy, IDS[::-1].copy(), IDS),
    "accuracy with a threshold": (lambda: M.Accuracy(threshold=0), LOGITS, LABELS),
    "accuracy with padding": (lambda: M.Accuracy(ignore_index=-1), SCORES, PADDED),
    "top 2": (lambda: M.TopK(2), SCORES, IDS),
    "top 2 with padding": (lambda: M.TopK(2, ignore_index=-1), SCORES, PADDED),
    "precision": (M.Precision, SCORES, IDS),
    "recall": (lambda: M.Recall("weighted"), SCORES, IDS),
    "f1": (lambda: M.F1("none"), SCORES, IDS),
    "f1 of ids": (M.F1, IDS[::-1].copy(), IDS),
    "f1, binary": (lambda: M.F1(threshold=0), LOGITS, LABELS),
    "f1, micro": (lambda: M.F1("micro"), SCORES, IDS),
    "confusion": (M.ConfusionMatrix, SCORES, IDS),
    "confusion of ids": (lambda: M.ConfusionMatrix("all"), IDS[::-1].copy(), IDS),
    "auc": (M.AUC, LOGITS, LABELS),
    "auc of classes": (M.AUC, SCORES, IDS),
    "perplexity": (M.Perplexity, SCORES, IDS),
    "perplexity with padding": (lambda: M.Perplexity(-1), SCORES, PADDED),
    "mse": (M.MeanSquaredError, VALUES, TRUE),
    "rmse": (lambda: M.MeanSquaredError(root=True), VALUES, TRUE),
    "mae": (M.MeanAbsoluteError, VALUES, TRUE),
    "r2": (M.R2, VALUES, TRUE),
    "r2, none": (lambda: M.R2("none"), VALUES, TRUE),
    "loss": (lambda: M.MeanLoss(F.softmax_cross_entropy), SCORES, IDS),
}
EACH = pytest.mark.parametrize(("make", "y", "t"), CASES.values(), ids=CASES)


def counted(metric, y, t, cuts):
    for part in zip(np.split(y, cuts), np.split(t, cuts), strict=True):
        metric.update(*part)
    return metric


def assert_same(a, b):
    assert type(a) is type(b)
    np.testing.assert_allclose(a, b, rtol=1e-11)


@EACH
@settings(max_examples=20)
@given(cuts=st.lists(st.integers(0, N), max_size=6).map(sorted))
def test_batches_of_any_size_make_the_same_as_all_at_once(make, y, t, cuts):
    assert_same(counted(make(), y, t, cuts).compute(), make()(y, t))


@EACH
def test_variables_and_lists_do_as_arrays(make, y, t):
    metric = make()
    metric.update(Variable(y), Variable(t))
    assert_same(metric.compute(), make()(y, t))
    assert_same(
        make()(y.tolist(), t.tolist()) if y.ndim == 1 else metric.compute(),
        make()(y, t),
    )


@EACH
def test_a_reset_forgets(make, y, t):
    metric = make()
    metric.update(y[:9], t[:9])
    metric.reset()
    metric.update(y, t)
    assert_same(metric.compute(), make()(y, t))


@EACH
def test_calling_a_metric_counts_nothing(make, y, t):
    metric = make()
    metric(y, t)
    with pytest.raises(RuntimeError, match=f"{metric.name} has not seen any sample"):
        metric.compute()


@EACH
def test_an_empty_batch_is_none(make, y, t):
    metric = make()
    metric.update(y[:0], t[:0])
    with pytest.raises(RuntimeError, match="has not seen any sample") as error:
        metric.compute()
    assert error.value.code == "metric-empty"
    metric.update(y, t)
    metric.update(y[:0], t[:0])
    assert_same(metric.compute(), make()(y, t))


@EACH
def test_counting_goes_on_after_a_break(make, y, t):
    metric, again = make(), make()
    metric.update(y[:20], t[:20])
    state = metric.state_dict()
    for value in state.values():
        assert isinstance(value, int | float | np.ndarray)
    again.load_state_dict(state)
    metric.update(y[20:], t[20:])  # which leaves the state and the other as they are
    again.update(y[20:], t[20:])
    assert_same(again.compute(), make()(y, t))
    empty = make()
    again.load_state_dict(empty.state_dict())
    assert again.kept is None


@EACH
def test_metrics_of_two_processes_are_merged(make, y, t):
    one, other = make(), make()
    one.merge(other)
    one.update(y[:10], t[:10])
    other.update(y[10:], t[10:])
    one.merge(other)
    assert_same(one.compute(), make()(y, t))
    assert_same(other.compute(), make()(y[10:], t[10:]))


@EACH
def test_a_metric_says_what_it_is(make, y, t):
    metric = make()
    assert metric.better in ("max", "min", None)
    assert metric.name.isidentifier()
    metric.name = "another"
    with pytest.raises(RuntimeError, match="another has not seen"):
        metric.compute()


@EACH
def test_targets_for_other_samples_are_refused(make, y, t):
    metric = make()
    metric.update(y, t)
    with pytest.raises((ValueError, TypeError)):
        metric.update(y, t[:-1])
    assert_same(metric.compute(), make()(y, t))


def test_kinds_are_not_mixed():
    with pytest.raises(ValueError, match="cannot be merged: Recall and Precision"):
        M.Recall().merge(M.Precision())


@pytest.mark.parametrize(
    "state",
    [
        {"right": 1},
        {"right": 1, "count": 2, "more": 3},
        {"right": "1", "count": 2},
        {"right": 1, "count": None},
    ],
)
def test_a_state_of_something_else_changes_nothing(state):
    metric = M.Accuracy()
    metric.update(SCORES, IDS)
    before = metric.state_dict()
    with pytest.raises(ValueError, match="not the state of this Accuracy"):
        metric.load_state_dict(state)
    assert metric.state_dict() == before


def test_states_of_numbers_go_through_json():
    metric, again = M.Perplexity(), M.Perplexity()
    metric.update(SCORES, IDS)
    again.load_state_dict(json.loads(json.dumps(metric.state_dict())))
    assert again.compute() == metric.compute()


def test_every_metric_has_a_function():
    for kind, function in {
        M.Accuracy: M.accuracy,
        M.Precision: M.precision,
        M.Recall: M.recall,
        M.F1: M.f1,
        M.ConfusionMatrix: M.confusion_matrix,
        M.Perplexity: M.perplexity,
        M.AUC: M.auc,
    }.items():
        assert_same(function(SCORES, IDS), kind()(SCORES, IDS))
    assert M.top_k(SCORES, IDS, 2) == M.TopK(2)(SCORES, IDS)
    assert M.f1(LOGITS, LABELS, threshold=0) == M.F1(threshold=0)(LOGITS, LABELS)
    assert M.r2(VALUES, TRUE) == M.R2()(VALUES, TRUE)
    assert M.mean_absolute_error(VALUES, TRUE) == np.abs(VALUES - TRUE).mean()
    mse = M.mean_squared_error(VALUES, TRUE)
    assert M.mean_squared_error(VALUES, TRUE, root=True) == pytest.approx(mse**0.5)


class Positive(M.Metric):
    """The share of predictions above 0: a metric of one's own."""

    name, keys = "positive", ("above", "count")

    def measure(self, y, t):
        return {"above": int((y > 0).sum()), "count": y.size}

    def result(self, kept):
        return kept["above"] / kept["count"]


def test_a_metric_of_ones_own_is_two_methods():
    metric, other = Positive(), Positive()
    metric.update(np.array([1, -1, 2]), None)
    other.update(np.array([-1]), None)
    metric.merge(other)
    assert metric.compute() == 0.5
    with pytest.raises(NotImplementedError, match="Metric does not define measure"):
        M.Metric().update(1, 2)


# -- the mean of numbers --------------------------------------------------------------


def test_a_mean_is_weighted_by_the_samples():
    mean = M.Mean("loss", better="min")
    for loss, samples in (
        (1.0, 30),
        (np.float32(2.0), 30),
        (Variable(np.array([5.0])), 6),
    ):
        mean.update(loss, samples)
    assert mean.compute() == pytest.approx((30 + 60 + 30) / 66)
    assert (mean.name, mean.better) == ("loss", "min")
    plain = M.Mean()
    for x in (1, 2, 6):
        plain.update(x)
    assert plain.compute() == 3
    with pytest.raises(ValueError, match="mean of single numbers"):
        plain.update(np.ones(3))


def test_a_mean_loss_is_that_over_all_samples():
    metric = counted(M.MeanLoss(F.softmax_cross_entropy), SCORES, IDS, [30])
    whole = F.softmax_cross_entropy(SCORES, IDS).item()
    assert metric.compute() == pytest.approx(whole, rel=1e-12)
    assert metric.better == "min"
