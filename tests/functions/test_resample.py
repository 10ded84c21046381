import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.testing import check_grads

IMAGES = Variable(np.arange(32.0).reshape(1, 2, 4, 4))
LINE = np.array([[[1.0, 2.0, 4.0]]])
SIZES = st.integers(1, 9)


def line(size, mode, **settings):
    return F.interpolate(LINE, size, mode=mode, **settings).data[0, 0].tolist()


# -- other sizes -----------------------------------------------------------------------


def test_modes_by_hand():
    assert line(6, "nearest") == [1, 1, 2, 2, 4, 4]
    assert line(2, "nearest") == [1, 2]
    assert line(2, "nearest-exact") == [1, 4]
    assert line(6, "linear") == [1, 1.25, 1.75, 2.5, 3.5, 4]
    assert line(5, "linear", align_corners=True) == [1, 1.5, 2, 3, 4]
    assert line(2, "area") == [1.5, 3]


@pytest.mark.parametrize(
    "mode", ["nearest", "nearest-exact", "linear", "cubic", "area"]
)
@settings(max_examples=30, deadline=None)
@given(n=SIZES, out=SIZES)
def test_a_constant_stays_constant(mode, n, out):
    y = F.interpolate(np.full((1, 1, n), 3.0), out, mode=mode)
    np.testing.assert_allclose(y.data, np.full((1, 1, out), 3.0))


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 60), out=st.integers(1, 60))
def test_nearest_takes_the_exact_quotient(n, out):
    y = F.interpolate(np.arange(n)[None, None], out)
    assert y.data[0, 0].tolist() == [i * n // out for i in range(out)]


@pytest.mark.parametrize("mode", ["linear", "cubic"])
def test_aligned_corners_keep_the_elements_themselves(mode, rng):
    x = rng.normal(size=(1, 1, 4, 5))
    y = F.interpolate(x, (7, 9), mode=mode, align_corners=True)
    np.testing.assert_allclose(y.data[..., ::2, ::2], x, rtol=1e-12, atol=1e-12)
    one = F.interpolate(x, 1, mode=mode, align_corners=True)
    np.testing.assert_allclose(one.data, x[..., :1, :1])


def test_the_same_size_is_the_same_image(rng):
    x = rng.normal(size=(2, 3, 4, 5))
    for mode in ("nearest", "nearest-exact", "linear", "cubic", "area"):
        np.testing.assert_allclose(F.interpolate(x, (4, 5), mode=mode).data, x)


def test_a_scale_is_the_distance_between_places():
    """5 * 1.7 = 8.5: eight places, 1 / 1.7 apart, not 5 / 8."""
    x = np.arange(5.0)[None, None]
    y = F.interpolate(x, scale=1.7, mode="linear").data[0, 0]
    np.testing.assert_allclose(np.diff(y)[1:-1], 1 / 1.7)


def test_integers_stay_integers_where_they_are_only_moved():
    x = np.arange(4, dtype=np.uint8).reshape(1, 1, 2, 2)
    assert F.interpolate(x, 4).dtype == np.uint8
    assert F.interpolate(x, 3, mode="linear").dtype == np.float64


def test_infinity_stays_with_its_neighbours():
    x = np.array([[[np.inf, 0.0, 0.0, 0.0]]])
    y = F.interpolate(x, 3, mode="area").data
    np.testing.assert_array_equal(y, [[[np.inf, 0, 0]]])
    assert np.isfinite(F.interpolate(x, 8, mode="linear").data[0, 0, 3:]).all()


# -- looking up ------------------------------------------------------------------------


@pytest.mark.parametrize("align_corners", [False, True])
def test_the_identity_map_gives_the_image(align_corners, rng):
    for shape in ((2, 3, 5), (2, 3, 4, 5), (2, 1, 2, 3, 4)):
        x, rank = rng.normal(size=shape), len(shape) - 2
        theta = np.stack([np.eye(rank, rank + 1)] * 2)
        grid = F.affine_grid(theta, shape, align_corners)
        y = F.grid_sample(x, grid, align_corners=align_corners)
        np.testing.assert_allclose(y.data, x, atol=1e-12)


def test_a_map_across_moves_the_image_across():
    x = np.arange(6.0).reshape(1, 1, 2, 3)
    theta = np.array([[[1, 0, 2 / 3], [0, 1, 0]]])  # one element of three to the right
    y = F.grid_sample(x, F.affine_grid(theta, x.shape))
    np.testing.assert_allclose(y.data, [[[[1, 2, 0], [4, 5, 0]]]], atol=1e-12)


@pytest.mark.parametrize(
    ("padding_mode", "expected"), [("zeros", 0), ("border", 4), ("reflection", 2)]
)
def test_far_away_points(padding_mode, expected):
    x = np.array([[[1.0, 2.0, 4.0]]])
    points = np.array([[[4.0]]])  # the place 7: at the edges -0.5 and 2.5 that is 1
    y = F.grid_sample(x, points, padding_mode=padding_mode)
    np.testing.assert_allclose(y.data, [[[expected]]])


@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["linear", "nearest"])
def test_points_at_the_ends_of_floating_numbers(padding_mode, mode):
    grid = np.array([1e300, -1e300, 3e38]).reshape(1, 3, 1)
    y = F.grid_sample(np.ones((1, 1, 4)), grid, mode, padding_mode)
    assert set(y.data.ravel()) == {0.0 if padding_mode == "zeros" else 1.0}


def test_a_point_that_is_no_number_gives_none():
    y = F.grid_sample(np.ones((1, 1, 4)), np.array([[[np.nan], [0.0]]]))
    np.testing.assert_array_equal(y.data, [[[np.nan, 1]]])


def test_infinity_beyond_the_zeros_does_not_matter():
    x = np.array([[[np.inf, 1.0, 2.0]]])
    y = F.grid_sample(x, np.array([[[1.2]]]))
    np.testing.assert_allclose(y.data, [[[2 * 0.2]]])


def test_nearest_takes_the_even_one_of_two():
    places = np.array([0.5, 1.5, 2.5])
    grid = ((2 * places + 1) / 4 - 1).reshape(1, 3, 1)
    y = F.grid_sample(np.arange(4.0)[None, None], grid, "nearest")
    assert y.data[0, 0].tolist() == [0, 2, 2]


def test_gradients_of_a_grid_made_by_a_map():
    x = np.random.default_rng(0).normal(size=(1, 2, 4, 5))
    theta = np.array([[[0.8, 0.13, 0.07], [-0.11, 0.7, 0.05]]])
    check_grads(
        lambda x, theta: F.grid_sample(x, F.affine_grid(theta, (1, 2, 3, 3))), x, theta
    )


# -- channels and places ---------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(factor=st.integers(1, 3), channels=SIZES, height=st.integers(0, 3), width=SIZES)
def test_unshuffling_undoes_shuffling(factor, channels, height, width):
    x = np.random.default_rng(0).normal(size=(2, channels * factor**2, height, width))
    y = F.pixel_shuffle(x, factor)
    assert y.shape == (2, channels, height * factor, width * factor)
    np.testing.assert_array_equal(F.pixel_unshuffle(y, factor).data, x)


def test_channels_are_dealt_out():
    y = F.channel_shuffle(np.arange(6)[None], 2)
    assert y.data.tolist() == [[0, 3, 1, 4, 2, 5]]
    back = F.channel_shuffle(y, 3)
    assert back.data.tolist() == [[0, 1, 2, 3, 4, 5]]


# -- what does not fit -----------------------------------------------------------------

GRID = np.zeros((1, 2, 2, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.interpolate(None, 2), "interpolate: expected an array of numbers"),
        (lambda: F.interpolate(IMAGES, 2, mode=np.ones(2)), "expected a mode"),
        (lambda: F.grid_sample(IMAGES, "grid"), "grid_sample: expected an array"),
        (lambda: F.grid_sample(IMAGES, GRID, np.ones(2)), "expected the mode"),
        (lambda: F.pixel_shuffle({}, 2), "pixel_shuffle: expected an array"),
        (lambda: F.interpolate(IMAGES), "a size or a scale"),
        (lambda: F.interpolate(IMAGES, 2, 2), "a size or a scale"),
        (lambda: F.interpolate(IMAGES, 0), "interpolate size.*got 0"),
        (lambda: F.interpolate(IMAGES, (2, 2, 2)), "interpolate size.*H, W"),
        (lambda: F.interpolate(IMAGES, 2.5), "interpolate size.*got 2.5"),
        (lambda: F.interpolate(IMAGES, scale=0.2), "leaves an element.*got 0.2"),
        (lambda: F.interpolate(IMAGES, scale=-1), "leaves an element.*got -1"),
        (lambda: F.interpolate(IMAGES, scale=np.nan), "leaves an element.*got nan"),
        (lambda: F.interpolate(IMAGES, scale=(2, 2, 2)), "one for each of the axes"),
        (lambda: F.interpolate(IMAGES, scale="2"), "scale.*got '2'"),
        (lambda: F.interpolate(IMAGES, 2, mode="bilinear"), "linear.*'bilinear'"),
        (lambda: F.interpolate(IMAGES, 2, align_corners=True), "align_corners is for"),
        (
            lambda: F.interpolate(IMAGES, 2, None, "linear", "yes"),
            "align_corners: expected True or False, got 'yes'",
        ),
        (
            lambda: F.grid_sample(IMAGES, GRID, align_corners=0),
            "align_corners: expected True or False, got 0",
        ),
        (
            lambda: F.affine_grid(np.ones((1, 2, 3)), (1, 1, 2, 2), None),
            "align_corners: expected True or False, got None",
        ),
        (lambda: F.interpolate(IMAGES[0, 0], 2), r"\(N, C, L\)"),
        (lambda: F.interpolate(IMAGES[:, :, :0], 2), "with elements along"),
        (lambda: F.grid_sample(IMAGES, GRID[..., :1]), r"grid \(N, OH, OW, 2\)"),
        (lambda: F.grid_sample(IMAGES, GRID[:, 0]), r"grid \(N, OH, OW, 2\)"),
        (lambda: F.grid_sample(IMAGES, GRID[[0, 0]]), "with the same N"),
        (lambda: F.grid_sample(IMAGES[:, :, :0], GRID), "have elements"),
        (lambda: F.grid_sample(IMAGES, GRID, "bilinear"), "'bilinear'"),
        (lambda: F.grid_sample(IMAGES, GRID, "linear", "wrap"), "'wrap'"),
        (lambda: F.affine_grid(np.ones((1, 2, 3)), (2, 1, 4, 4)), r"\(2, 2, 3\)"),
        (lambda: F.affine_grid(np.ones((1, 2, 3)), (1, 4)), "expected a size"),
        (lambda: F.affine_grid(np.ones((1, 2, 3)), 4), "expected a size.*got 4"),
        (lambda: F.affine_grid(np.ones((1, 2, 3)), (1, 1, 0, 4)), "expected a size"),
        (lambda: F.pixel_shuffle(IMAGES, 2), "needs 4 channels.*got 2"),
        (lambda: F.pixel_shuffle(IMAGES, 0), "pixel_shuffle factor.*got 0"),
        (lambda: F.pixel_shuffle(IMAGES[0], 2), r"\(N, C, H, W\)"),
        (lambda: F.pixel_unshuffle(IMAGES, 3), "does not divide height and width"),
        (lambda: F.pixel_unshuffle(IMAGES, 1.5), "factor.*got 1.5"),
        (lambda: F.channel_shuffle(IMAGES, 3), "divided by groups 3"),
        (lambda: F.channel_shuffle(IMAGES, "2"), "groups.*got '2'"),
        (lambda: F.channel_shuffle(np.ones(4), 2), r"expected \(N, C, ...\)"),
    ],
)
def test_what_does_not_fit_a_resampling_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError, DtypeError), match=message):
        call()
