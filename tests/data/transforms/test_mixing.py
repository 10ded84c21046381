import numpy as np
import pytest

import ondol.functions as F
from ondol.data import DataLoader, stack
from ondol.data import transforms as T


def new_rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def batch(rng):
    return rng.random((6, 3, 8, 10)).astype(np.float32), np.array([0, 1, 2, 3, 0, 1])


def test_mixup_blends_samples_and_labels_alike(batch):
    x, t = batch
    mixed, targets = T.Mixup(1.0, classes=4)(batch, new_rng())
    rng = new_rng()
    partner, share = rng.permutation(6), np.float32(rng.beta(1, 1))
    np.testing.assert_allclose(mixed, share * x + (1 - share) * x[partner], rtol=1e-5)
    one_hot = np.eye(4)[t]
    expected = share * one_hot + (1 - share) * one_hot[partner]
    np.testing.assert_allclose(targets, expected, rtol=1e-5)
    assert mixed.dtype == targets.dtype == np.float32


def test_cutmix_labels_are_the_areas(batch):
    x, _ = batch
    marks = np.arange(1.0, 7).reshape(6, 1, 1, 1) * np.ones_like(x)
    for seed in range(20):
        mixed, targets = T.CutMix(classes=6)((marks, np.arange(6)), new_rng(seed))
        for i in range(6):
            areas = [np.mean(mixed[i, 0] == k + 1) for k in range(6)]
            np.testing.assert_allclose(targets[i], areas, atol=1e-6)
            rows, columns = np.nonzero(mixed[i, 0] != i + 1)
            if len(rows):
                assert len(rows) == len({*rows.tolist()}) * len({*columns.tolist()})
    assert (marks[:, 0, 0, 0] == np.arange(1, 7)).all()


@pytest.mark.parametrize(
    "mix", [T.Mixup(0.4, classes=4), T.CutMix(classes=4)], ids=repr
)
def test_mixed_batches_in_a_loader_train(batch, mix):
    settings = {"seed": 3, "collate": T.Compose([stack, mix])}
    a, b, c = (DataLoader(batch, n, **settings) for n in (3, 3, 3))
    c.workers, c.worker_kind = 2, "thread"
    for (x, t), *others in zip(a, b, c, strict=True):
        for x2, t2 in others:
            np.testing.assert_array_equal(x, x2)
            np.testing.assert_array_equal(t, t2)
        np.testing.assert_allclose(t.sum(1), 1, rtol=1e-6)
        assert np.isfinite(F.softmax_cross_entropy(x[:, 0, 0, :4], t).item())


def test_labels_may_be_floats_already(batch):
    x, t = batch
    one = T.Mixup(0.5, classes=4)(batch, new_rng())
    two = T.Mixup(0.5)((x, np.eye(4, dtype=np.float32)[t]), new_rng())
    np.testing.assert_array_equal(one[1], two[1])


@pytest.mark.parametrize(
    ("mix", "change", "message"),
    [
        (T.Mixup(), lambda x, t: (x, t), "cannot mix labels that are whole numbers"),
        (
            T.Mixup(classes=4),
            lambda x, t: x,
            r"(?s)Mixup mixes batches.*collate=Compose",
        ),
        (T.CutMix(classes=4), lambda x, t: (x, t, t), "CutMix mixes batches"),
        (
            T.Mixup(classes=4),
            lambda x, t: ((x * 9).astype(int), t),
            "floats are needed",
        ),
        (T.CutMix(classes=4), lambda x, t: (x[:, 0, 0], t), "CutMix takes batches of"),
        (T.Mixup(classes=3), lambda x, t: (x, t), "labels go from 0 to 3"),
    ],
)
def test_what_cannot_be_mixed(batch, mix, change, message):
    with pytest.raises((ValueError, TypeError, IndexError), match=message):
        mix(change(*batch), new_rng())


def test_mixing_wants_an_rng(batch):
    with pytest.raises(RuntimeError, match="Mixup draws random numbers"):
        T.Mixup(classes=4)(batch)
