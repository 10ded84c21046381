"""A small language model: training, and going on with what it learnt."""

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import optimizers
from ondol.errors import ArgumentError, DtypeError, OndolError, ShapeError
from ondol.models import GPT


def make(context=8, **options):
    ondol.seed(1)
    return GPT(11, context, 2, 8, 2, **options)


IDS = np.array([[1, 2, 3], [4, 5, 6]])


def test_scores_depend_on_what_was_before_alone():
    model = make(dtype=np.float64)
    scores = model(IDS)
    assert scores.shape == (2, 3, 11)
    changed = IDS.copy()
    changed[:, 2] = 0
    np.testing.assert_allclose(model(changed).data[:, :2], scores.data[:, :2])
    assert (model(IDS[:, ::-1]).data[:, 2] != scores.data[:, 2]).any()


def test_rotary_positions_take_the_place_of_learned_ones():
    model = make(rotary=F.rotary_embedding)
    assert model.position is None
    assert not any("position" in name for name, _ in model.named_params())
    assert model(IDS).shape == (2, 3, 11)


@pytest.mark.parametrize("rotary", [None, F.rotary_embedding])
@pytest.mark.parametrize("count", [0, 4, 9])
def test_the_best_token_again_and_again(rotary, count):
    """With the cache as without, also where the sequence outgrows the context."""
    model = make(rotary=rotary, dtype=np.float64)
    expected = IDS
    for _ in range(count):
        best = model(expected[:, -8:]).data[:, -1].argmax(axis=-1)
        expected = np.concatenate([expected, best[:, None]], axis=1)
    got = model.generate(IDS, count, temperature=0)
    np.testing.assert_array_equal(got, expected, strict=True)


def test_draws_follow_the_probabilities():
    model = make()
    model.head.W.data = model.head.W.data * 3
    ids = np.ones((4000, 1), int)
    counts = np.bincount(model.generate(ids, 1)[:, 1], minlength=11)
    shares = F.softmax(model(ids[:1])).data[0, 0]
    np.testing.assert_allclose(counts / 4000, shares, atol=0.03)
    scores = model(ids[:1]).data[0, 0]
    best = np.argsort(scores)[-3:]
    assert {*model.generate(ids, 1, top_k=3)[:, 1]} == {*best}
    cold = np.bincount(model.generate(ids, 1, temperature=0.25)[:, 1], minlength=11)
    np.testing.assert_allclose(cold / 4000, F.softmax(4 * scores).data, atol=0.03)


def test_a_seed_repeats_the_draws_and_dropout_is_off():
    model = make(dropout=0.5)
    ondol.seed(7)
    first = model.generate(IDS, 5)
    ondol.seed(7)
    np.testing.assert_array_equal(model.generate(IDS, 5), first)
    assert first.dtype == IDS.dtype


def test_it_learns_a_sentence():
    model = make(context=12)
    sentence = np.array([[0, 1, 2, 3, 0, 4, 5, 0, 6, 7, 8, 9, 10]])
    optimizer = optimizers.Adam(0.02).setup(model)
    for _ in range(120):
        scores = model(sentence[:, :-1])
        loss = F.softmax_cross_entropy(scores, sentence[:, 1:])
        model.cleargrads()
        loss.backward()
        optimizer.update()
    assert loss.item() < 0.1
    got = model.generate(sentence[:, :4], 9, temperature=0)
    np.testing.assert_array_equal(got, sentence)


def test_bad_input():
    model = make()
    for shape in ((3,), (2, 9), (1, 2, 3)):
        with pytest.raises(ShapeError, match=r"ids \(N, T\) of at most 8 tokens"):
            model(np.zeros(shape, int))
    with pytest.raises(OndolError, match="id 11 is outside of 0 to 10"):
        model(np.full((1, 1), 11))
    for ids in (np.zeros((1, 0), int), np.zeros((1, 2)), np.zeros(3, int)):
        with pytest.raises(DtypeError, match="generate: expected ids"):
            model.generate(ids, 1)
    with pytest.raises(ArgumentError, match="temperature is 0 or more"):
        model.generate(IDS, 1, temperature=-1)
    with pytest.raises(
        ArgumentError, match="top_k: expected a whole number of 1 or more"
    ):
        model.generate(IDS, 1, top_k=0)
    with pytest.raises(ArgumentError, match="context: expected a whole number"):
        GPT(11, 0, 1, 8, 2)
