import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, ShapeError


def test_the_vector_0_stays_finite():
    for function in (F.normalize, lambda x: F.cosine_similarity(x, np.ones((2, 3)))):
        x = Variable(np.zeros((2, 3), np.float32))
        y = function(x)
        y.backward()
        np.testing.assert_array_equal(y.data, 0)
        assert np.isfinite(x.grad.data).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e4])
def test_normalize_has_length_1(dtype, scale):
    x = np.array([[3.0, -4.0]]) * scale
    y = F.normalize(x.astype(dtype))
    assert y.dtype == dtype
    np.testing.assert_allclose(y.data, [[0.6, -0.8]], rtol=2e-3)


def test_every_pair_of_vectors(rng):
    a, b = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    y = F.cosine_similarity(a[:, None], b[None])
    np.testing.assert_allclose(y.data, F.normalize(a).data @ F.normalize(b).data.T)
    np.testing.assert_allclose(F.cosine_similarity(a, a).data, 1)


def test_vectors_at_one_place_have_a_gradient_of_0():
    a = Variable(np.ones((2, 3)))
    F.triplet_margin_loss(a, np.ones((2, 3)), np.ones((2, 3))).backward()
    np.testing.assert_array_equal(a.grad.data, 0)
    a.cleargrad()
    loss = F.contrastive_loss(a, np.ones((2, 3)), np.array([1, 0]), 2.0, "none")
    loss.backward()
    np.testing.assert_array_equal(loss.data, [0, 2])
    np.testing.assert_array_equal(a.grad.data, 0)


def test_margins_that_are_met_cost_nothing():
    a, b = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    assert F.triplet_margin_loss(a, a, b, margin=1.0).data == 0
    assert F.contrastive_loss(a, b, np.array([0])).data == 0
    assert F.cosine_embedding_loss(a, b, np.array([-1])).data == 0
    assert F.margin_ranking_loss(a, b, np.array([[1, -1]]), margin=1.0).data == 0


def test_kl_divergence_where_nothing_happens():
    x = Variable(np.array([[0.0, 1.0, -1.0], [0.0, 0.0, -np.inf]]))
    t = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    loss = F.kl_divergence(F.log_softmax(x), t, reduction="none")
    loss.backward()
    expected = np.log(0.5) - F.log_softmax(x.data[0]).data[:2].mean(), np.log(2)
    np.testing.assert_allclose(loss.data, expected)
    assert np.isfinite(x.grad.data).all()
    logs = np.log([[0.2, 0.3, 0.5]])
    np.testing.assert_allclose(F.kl_divergence(logs, np.exp(logs)).data, 0, atol=1e-15)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.kl_divergence(x, x), ArgumentError, "with log_softmax"),
        (lambda x: F.kl_divergence(-x, -x), ArgumentError, "targets are probabilities"),
        (lambda x: F.kl_divergence(-x, x, 2), ArgumentError, "axis"),
        (lambda x: F.cosine_similarity(x, x[:, :2]), ShapeError, "different lengths"),
        (lambda x: F.cosine_similarity(x, x, 2), ArgumentError, "axis"),
        (lambda x: F.cosine_similarity(x, x, eps=-1), ArgumentError, "eps"),
        (lambda x: F.normalize(x, eps=-1), ArgumentError, "eps"),
        (lambda x: F.cosine_embedding_loss(x, x, [1, 0]), ArgumentError, "1 or -1"),
        (
            lambda x: F.cosine_embedding_loss(x, x, [1, 1], 2.0),
            ArgumentError,
            "margin is from -1 to 1",
        ),
        (lambda x: F.cosine_embedding_loss(x, x, [[1], [1]]), ShapeError, "differ in"),
        (lambda x: F.margin_ranking_loss(x, x, 1), ShapeError, "differ in shape"),
        (lambda x: F.contrastive_loss(x, x, [1, -1]), ArgumentError, "1 or 0"),
        (lambda x: F.contrastive_loss(x, x, [1, 1], 0.0), ArgumentError, "margin"),
        (lambda x: F.triplet_margin_loss(x, x, x, -1.0), ArgumentError, "margin"),
        (lambda x: F.triplet_margin_loss(1.0, 1.0, 1.0), ArgumentError, "axis"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(Variable(np.ones((2, 3))))
