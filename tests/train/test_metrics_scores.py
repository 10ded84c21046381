"""The area under the ROC curve, and perplexity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax
from scipy.stats import mannwhitneyu

import ondol.functions as F
from ondol import Variable
from ondol.train import metrics as M


def area(scores, is_class):
    """The share of pairs in the right order, by loops; ties count half."""
    pairs = [(a, b) for a in scores[is_class] for b in scores[~is_class]]
    return sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)


@given(st.integers(2, 30), st.integers(0, 2**32), st.sampled_from([0, 1, 8]))
def test_the_area_is_the_share_of_pairs(n, seed, digits):
    rng = np.random.default_rng(seed)
    scores, t = rng.normal(size=n).round(digits), rng.integers(0, 2, n)
    t[:2] = 0, 1
    assert M.auc(scores, t) == pytest.approx(area(scores, t == 1), rel=1e-12)
    assert M.auc(-scores, t) == pytest.approx(1 - area(scores, t == 1), rel=1e-12)


def test_many_samples_with_ties(rng):
    scores, t = (
        rng.integers(0, 50, 20_000).astype(float),
        rng.integers(0, 2, 20_000),
    )
    u = mannwhitneyu(scores[t == 1], scores[t == 0]).statistic
    assert M.auc(scores, t) == pytest.approx(u / (sum(t == 1) * sum(t == 0)), rel=1e-12)


def test_scores_of_two_classes_are_one_number(rng):
    logits, t = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    chance = F.softmax(logits).data
    expected = area(chance[:, 1], t == 1)
    assert M.auc(logits, t) == pytest.approx(expected, rel=1e-12)
    assert M.auc(chance, t) == pytest.approx(expected, rel=1e-12)


def test_more_classes_are_each_against_the_rest(rng):
    chance, t = F.softmax(rng.normal(size=(60, 3))).data, rng.integers(0, 3, 60)
    areas = [area(chance[:, c], t == c) for c in range(3)]
    assert M.auc(chance, t) == pytest.approx(np.mean(areas), rel=1e-12)


def test_extremes():
    t = np.array([0, 0, 1, 1])
    assert M.auc(np.arange(4), t) == 1
    assert M.auc(-np.arange(4.0), t) == 0
    assert M.auc(np.zeros(4), t) == 0.5
    assert np.isnan(M.auc(np.array([0, 1, np.nan, 1]), t))


def test_a_class_without_a_pair_has_no_area():
    metric = M.AUC()
    metric.update(np.arange(3.0), np.array([1, 1, 1]))
    with pytest.raises(ValueError, match="class 1: 3 samples of it, 0 of others"):
        metric.compute()
    metric.update(np.array([0.5]), np.array([0]))  # more data, and it has
    assert metric.compute() == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("y", "t", "code"),
    [
        (np.zeros(3), np.array([0, 1, 2]), "metric-range"),
        (np.zeros((3, 1)), np.zeros(3, int), "metric-one-column"),
        (np.zeros(3), np.zeros((3, 1), int), "metric-shapes"),
        (np.zeros(3), np.zeros(3), "metric-ids"),
    ],
)
def test_what_does_not_fit_is_refused(y, t, code):
    with pytest.raises((ValueError, TypeError, IndexError)) as error:
        M.auc(y, t)
    assert error.value.code == code


# -- perplexity -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_perplexity_is_the_exponential_of_the_loss(rng, dtype):
    y, t = (5 * rng.normal(size=(4, 7, 11))).astype(dtype), rng.integers(0, 11, (4, 7))
    wide = log_softmax(y.astype(float), axis=-1)
    expected = np.exp(-np.take_along_axis(wide, t[..., None], -1).mean())
    assert M.perplexity(y, t) == pytest.approx(expected, rel=1e-6)
    assert M.perplexity(Variable(y), t) == pytest.approx(expected, rel=1e-6)


def test_padding_does_not_count(rng):
    y, t = rng.normal(size=(5, 6, 9)), rng.integers(0, 9, (5, 6))
    t[:, 4:] = -100
    kept = M.perplexity(y[:, :4], t[:, :4])
    assert M.perplexity(y, t, ignore_index=-100) == pytest.approx(kept, rel=1e-12)
    with pytest.raises(IndexError, match=r"id -100 .*\n.*ignore_index=-100"):
        M.perplexity(y, t)


def test_losses_that_are_there_already_will_do(rng):
    y, t = rng.normal(size=(30, 9)), rng.integers(0, 9, 30)
    metric = M.Perplexity()
    metric.update_loss(F.softmax_cross_entropy(y[:20], t[:20]), 20)
    metric.update(y[20:], t[20:])
    assert metric.compute() == pytest.approx(M.perplexity(y, t), rel=1e-12)


def test_known_perplexities():
    t = np.array([0, 1, 2])
    assert M.perplexity(np.zeros((3, 50)), t) == pytest.approx(50)
    assert M.perplexity(1000 * np.eye(3), t) == 1
    assert M.perplexity(1000 * (1 - np.eye(3)), t) == np.inf
    masked = np.where(np.arange(5) > 2, -np.inf, np.zeros((3, 5)))
    assert M.perplexity(masked, t) == pytest.approx(3)
