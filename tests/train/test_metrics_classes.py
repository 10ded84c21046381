"""Metrics of classes, against plain loops over samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ondol import Variable
from ondol.train import metrics as M

AVERAGES = ["micro", "macro", "weighted", "none"]


@st.composite
def problems(draw):
    """Scores with ties, class ids, and the number of classes."""
    n, classes = draw(st.integers(1, 30)), draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.integers(0, 4, (n, classes)) / 2, rng.integers(0, classes, n), classes


def first_of_the_highest(row):
    return max(range(len(row)), key=lambda c: (row[c], -c))


def reference(y, t, classes, average, above, below):
    """A ratio of counts for each class, and its average, by loops."""
    pairs = [(first_of_the_highest(row), c) for row, c in zip(y, t, strict=True)]
    parts = []
    for c in range(classes):
        hits = sum(p == q == c for p, q in pairs)
        predicted, true = sum(p == c for p, _ in pairs), sum(q == c for _, q in pairs)
        parts.append((above(hits), below(predicted, true), true, predicted + true))
    if average == "micro":
        return sum(a for a, *_ in parts) / sum(b for _, b, *_ in parts)
    each = [a / b if b else 0.0 for a, b, *_ in parts]
    if average == "none":
        return each
    if average == "weighted":
        weights = [true for *_, true, _ in parts]
    else:
        weights = [occurs > 0 for *_, occurs in parts]
    return sum(e * w for e, w in zip(each, weights, strict=True)) / sum(weights)


@pytest.mark.parametrize("average", AVERAGES)
@given(problem=problems())
def test_ratios_are_those_of_loops(problem, average):
    y, t, classes = problem
    for function, above, below in (
        (M.precision, lambda h: h, lambda p, q: p),
        (M.recall, lambda h: h, lambda p, q: q),
        (M.f1, lambda h: 2 * h, lambda p, q: p + q),
    ):
        expected = reference(y, t, classes, average, above, below)
        np.testing.assert_allclose(function(y, t, average), expected, rtol=1e-12)


@given(problem=problems())
def test_the_matrix_counts_pairs(problem):
    y, t, classes = problem
    expected = np.zeros((classes, classes), int)
    for row, true in zip(y, t, strict=True):
        expected[true, first_of_the_highest(row)] += 1
    got = M.confusion_matrix(y, t)
    np.testing.assert_array_equal(got, expected)
    assert got.dtype == np.int64
    for normalize, axis in (("true", 1), ("predicted", 0)):
        sums = M.confusion_matrix(y, t, normalize).sum(axis=axis)
        np.testing.assert_allclose(sums, expected.sum(axis=axis) > 0, rtol=1e-12)
    assert M.confusion_matrix(y, t, "all").sum() == pytest.approx(1)


@given(problem=problems())
def test_top_k_sorts_and_looks(problem):
    y, t, classes = problem
    for k in range(1, classes + 1):
        order = [sorted(range(classes), key=lambda c: (-row[c], c)) for row in y]
        hits = [c in best[:k] for best, c in zip(order, t, strict=True)]
        assert M.top_k(y, t, k) == pytest.approx(sum(hits) / len(t))
    assert M.top_k(y, t, 1) == M.accuracy(y, t)
    assert M.top_k(y, t, classes) == 1


def test_known_numbers():
    predicted, t = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0])
    np.testing.assert_allclose(M.precision(predicted, t, "none"), [1 / 2, 1, 0])
    np.testing.assert_allclose(M.recall(predicted, t, "none"), [1 / 2, 2 / 3, 0])
    np.testing.assert_allclose(M.f1(predicted, t, "none"), [1 / 2, 4 / 5, 0])
    assert M.f1(predicted, t) == pytest.approx((1 / 2 + 4 / 5 + 0) / 3)
    assert M.f1(predicted, t, "weighted") == pytest.approx((2 / 2 + 3 * 4 / 5) / 5)
    assert M.f1(predicted, t, "micro") == M.accuracy(predicted, t) == 0.6
    expected = [[1, 0, 1], [1, 2, 0], [0, 0, 0]]
    np.testing.assert_array_equal(M.confusion_matrix(predicted, t), expected)


def test_classes_that_occur_nowhere_do_not_count_in_a_macro_average():
    y, t = np.eye(10)[[0, 1, 1]], np.array([0, 1, 1])
    assert M.f1(y, t) == 1
    np.testing.assert_array_equal(M.f1(y, t, "none"), [1, 1, *[0] * 8])


def test_binary_is_class_1():
    y, t = np.array([0.9, 0.8, 0.2, 0.6]), np.array([1, 0, 1, 1])
    assert M.precision(y, t, threshold=0.5) == pytest.approx(2 / 3)
    assert M.recall(y, t, threshold=0.5) == pytest.approx(2 / 3)
    assert M.accuracy(y, t, threshold=0.5) == 0.5
    assert M.f1((y > 0.5).astype(int), t, "binary") == pytest.approx(2 / 3)
    assert M.f1(y - 1, t, threshold=0) == 0  # nothing predicted, nothing divided by
    assert M.f1(np.zeros(3, int), np.zeros(3, int), "binary") == 0
    many = np.array([0, 1, 2])
    with pytest.raises(ValueError, match="'binary' is for two classes, there are 3"):
        M.f1(many, many, "binary")


def test_labels_that_each_hold_or_not():
    y, t = np.array([[1.0, -1.0], [2.0, 3.0]]), np.array([[1, 0], [0, 1]])
    assert M.accuracy(y, t, threshold=0) == 0.75


def test_images_have_their_classes_along_axis_1(rng):
    y, t = rng.normal(size=(2, 3, 4, 5)), rng.integers(0, 3, (2, 4, 5))
    expected = np.mean(y.argmax(axis=1) == t)
    for axis in (1, -3):
        assert M.accuracy(y, t, axis=axis) == pytest.approx(expected)
        assert M.TopK(1, axis)(y, t) == pytest.approx(expected)
        assert M.confusion_matrix(y, t, axis=axis).sum() == 40


def test_what_is_ignored_may_be_any_id(rng):
    y, t = rng.normal(size=(2, 6, 4)), rng.integers(0, 4, (2, 6))
    t[:, ::2] = -100
    kept = t >= 0
    for make in (M.Accuracy, M.F1, M.ConfusionMatrix, M.TopK):
        metric = (
            make(k=2, ignore_index=-100) if make is M.TopK else make(ignore_index=-100)
        )
        plain = make(k=2) if make is M.TopK else make()
        np.testing.assert_array_equal(metric(y, t), plain(y[kept], t[kept]))


def test_unsigned_and_bool_ids_will_do():
    y, t = np.eye(3), np.arange(3, dtype=np.uint8)
    assert M.accuracy(y, t, ignore_index=-1) == M.f1(y, t) == 1
    flags = np.array([True, False])
    assert M.f1(flags, flags, "binary") == 1
    np.testing.assert_array_equal(M.confusion_matrix(flags, flags), np.eye(2))


def test_the_number_of_classes_may_be_given():
    ids = np.array([0, 1])
    assert M.ConfusionMatrix()(ids, ids).shape == (2, 2)
    assert M.ConfusionMatrix(classes=5)(ids, ids).shape == (5, 5)
    with pytest.raises(IndexError, match="class id 7 is none of the 5 classes"):
        M.ConfusionMatrix(classes=5)(np.array([7]), np.array([1]))


def test_a_broken_model_is_not_praised():
    y, t = np.full((4, 3), np.nan), np.array([1, 2, 1, 2])
    assert M.top_k(y, t, 2) == 0
    assert M.accuracy(y, t) == 0


# -- mistakes -------------------------------------------------------------------------

SCORES = np.zeros((3, 4), np.float32)
MISTAKES = {
    "one-hot ids": (SCORES, np.eye(4, dtype=int)[:3], ValueError, "metric-one-hot"),
    "one-hot": (SCORES, np.eye(4)[:3], TypeError, "metric-one-hot"),
    "floats": (SCORES, np.zeros(3), TypeError, "metric-ids"),
    "fewer": (SCORES, np.zeros(2, int), ValueError, "metric-shapes"),
    "a column": (SCORES, np.zeros((3, 1), int), ValueError, "metric-shapes"),
    "one score": (np.zeros(3), np.zeros(3, int), ValueError, "metric-shapes"),
    "one class": (np.zeros((3, 1)), np.zeros(3, int), ValueError, "metric-one-column"),
    "too large": (SCORES, np.array([0, 4, 1]), IndexError, "metric-range"),
    "negative": (SCORES, np.array([0, -1, 1]), IndexError, "metric-range"),
}


@pytest.mark.parametrize(("y", "t", "kind", "code"), MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize(
    "make", [M.Accuracy, M.F1, M.ConfusionMatrix, lambda: M.TopK(2)]
)
def test_targets_that_do_not_fit_are_refused(make, y, t, kind, code):
    metric = make()
    with pytest.raises(kind) as error:
        metric.update(y, t)
    assert error.value.code == code
    assert metric.kept is None


def test_an_error_shows_what_came():
    t = Variable(np.eye(4)[:3], name="targets")
    with pytest.raises(TypeError) as error:
        M.accuracy(SCORES, t)
    text = str(error.value)
    assert "y: float32 (3, 4)" in text
    assert "t: float64 (3, 4), named 'targets', made at" in text
    assert "t.argmax(-1)" in text


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="there are only 4 classes, fewer than k=9"):
        M.top_k(SCORES, np.zeros(3, int), 9)
    with pytest.raises(ValueError, match="k must be a whole number of at least 1"):
        M.TopK(0)
    with pytest.raises(ValueError, match="average is one of 'binary', 'micro'"):
        M.F1("mean")
    with pytest.raises(ValueError, match="normalize is one of None, 'true'"):
        M.ConfusionMatrix("rows")
    with pytest.raises(ValueError, match="the scores have no axis 2"):
        M.accuracy(SCORES, np.zeros(3, int), axis=2)
