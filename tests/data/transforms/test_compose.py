import pickle

import numpy as np
import pytest

from ondol.data import transforms as T


def new_rng(seed=0):
    return np.random.default_rng(seed)


def draw(x, rng):
    return x + rng.random()


def negate(x):
    return -x


def test_compose_goes_from_first_to_last():
    compose = T.Compose([lambda x: x + 1, lambda x: x * 10])
    assert compose(2) == 30
    assert T.Compose()(2) == 2


def test_random_numbers_go_to_those_that_take_them():
    compose = T.Compose([draw, negate, draw])
    rng = new_rng()
    a, b = rng.random(2)
    assert compose(1, new_rng()) == -(1 + a) + b
    with pytest.raises(RuntimeError, match="Compose draws random numbers"):
        compose(1)


def test_composed_transforms_nest_and_can_be_pickled():
    compose = T.Compose([T.Compose([draw]), T.RandomApply(draw, 0.5), T.Fields()])
    compose = T.Compose(compose.transforms[:2])
    again = pickle.loads(pickle.dumps(compose))
    assert again(1, new_rng(3)) == compose(1, new_rng(3))


def test_fields_have_a_transform_each():
    fields = T.Fields(negate, None, T.OneHot(3))
    x, y, t, more = fields((1, 2, 1, "more"))
    assert (x, y, t.tolist(), more) == (-1, 2, [0, 1, 0], "more")


def test_fields_draw_their_own_numbers_or_the_same():
    rng = new_rng()
    a, b = rng.random(2)
    assert T.Fields(draw, draw)((0, 0), new_rng()) == (a, b)
    assert T.Fields(draw, draw, joint=True)((0, 0), new_rng()) == (a, a)


def test_an_image_and_its_mask_are_turned_alike(rng):
    mask = np.zeros((1, 16, 16), int)
    mask[0, 2:9, 3:12] = 4
    image = np.repeat(mask / 4, 3, axis=0)
    turn = T.Fields(
        T.RandomRotation(90, "nearest"), T.RandomRotation(90, "nearest"), joint=True
    )
    turned, turned_mask = turn((image, mask), rng)
    assert (turned_mask != mask).any()
    np.testing.assert_array_equal(turned[:1] * 4, turned_mask)


@pytest.mark.parametrize("sample", [[1, 2], (1,), np.ones(2)])
def test_fields_want_a_tuple(sample):
    with pytest.raises(TypeError, match="Fields has 2 transforms for a sample"):
        T.Fields(negate, negate)(sample)


def test_apply_happens_with_its_probability():
    rng = new_rng()
    apply = T.RandomApply(negate, 0.3)
    assert abs(sum(apply(1, rng) == -1 for _ in range(2000)) / 2000 - 0.3) < 0.04


def test_choice_takes_each_as_often():
    rng = new_rng()
    choice = T.RandomChoice([lambda x, i=i: i for i in range(3)])
    counts = np.bincount([choice(0, rng) for _ in range(3000)])
    np.testing.assert_allclose(counts / 3000, 1 / 3, atol=0.03)
    with pytest.raises(ValueError, match="nothing to choose from"):
        T.RandomChoice([])


@pytest.mark.parametrize(
    "make",
    [
        lambda: T.Compose([negate, 3]),
        lambda: T.Fields(3),
        lambda: T.RandomApply(3),
        lambda: T.RandomChoice([3]),
    ],
)
def test_transforms_can_be_called(make):
    with pytest.raises(
        TypeError, match="3 is not a transform, for it cannot be called"
    ):
        make()


def test_what_is_shown():
    compose = T.Compose([T.RandomCrop(28, padding=4), T.RandomApply(T.Flatten(), 0.1)])
    assert repr(compose) == (
        "Compose(transforms=[RandomCrop(size=(28, 28), padding=4, mode='constant', "
        "fill=0), RandomApply(transform=Flatten(), p=0.1)])"
    )
    assert repr(T.Fields(None, T.Flatten())) == "Fields(None, Flatten(), joint=False)"


class Invert(T.ImageTransform):
    def apply(self, image):
        return 1 - image


class Fade(T.RandomImageTransform):
    def __init__(self, least):
        self.least = least

    def apply(self, image, rng):
        return image * rng.uniform(self.least, 1)


def test_a_transform_of_your_own():
    x, t = T.Compose([Invert(), Fade(0.5)])((np.zeros((1, 2, 2)), 7), new_rng())
    assert (t, x.shape) == (7, (1, 2, 2))
    assert 0.5 <= x.min() <= x.max() <= 1
    assert repr(Fade(0.5)) == "Fade(least=0.5)"


@pytest.mark.parametrize("kind", [T.ImageTransform, T.RandomImageTransform])
def test_apply_is_to_be_written(kind):
    with pytest.raises(NotImplementedError, match="has no method apply"):
        kind().apply(
            *[np.ones((2, 2)), new_rng()][: 1 + (kind is T.RandomImageTransform)]
        )
