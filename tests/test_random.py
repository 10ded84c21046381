"""Random numbers: known answers, repeatability, and the right distributions."""

import math

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable
from ondol.random import Generator, random_bits

N = 20_000
KS = 1.63 / math.sqrt(N)  # exceeded by chance once in a hundred seeds


def distance(sample, cdf):
    """Kolmogorov and Smirnov's: the largest gap between the sample and `cdf`."""
    at = cdf(np.sort(sample.astype(np.float64)))
    steps = np.arange(len(at) + 1) / len(at)
    return max(np.max(at - steps[:-1]), np.max(steps[1:] - at))


def normal_cdf(x):
    return np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in x])


# -- bits -----------------------------------------------------------------------------


def splitmix64(state, count):
    """The reference implementation (Vigna, 2015), in whole numbers of Python."""
    mask, words = (1 << 64) - 1, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        words.append(z ^ (z >> 31))
    return words


def words_of(key, counter, size):
    bits = random_bits(np.array([key], np.uint64), np.array([counter], np.uint64), size)
    assert bits.dtype == np.uint64
    return [int(word) for word in bits]


def test_known_answers_for_seed_zero():
    assert words_of(0, 0, 3) == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
    ]


@pytest.mark.parametrize("key", [0, 1, 1234567, 2**63, 2**64 - 1])
def test_the_reference_stream(key):
    assert words_of(key, 0, 50) == splitmix64(key, 50)


def test_the_counter_is_a_position_on_the_stream():
    assert words_of(99, 30, 20) == words_of(99, 0, 50)[30:]
    assert words_of(99, 2**64 - 1, 2)[1] == words_of(99, 0, 1)[0]


def test_no_words():
    assert words_of(0, 0, 0) == []


def test_every_bit_is_even_handed():
    words = random_bits(np.array([5], np.uint64), np.zeros(1, np.uint64), N)
    bits = np.unpackbits(words.view(np.uint8)).reshape(N, 64)
    assert np.all(np.abs(bits.mean(axis=0) - 0.5) < 5 * 0.5 / math.sqrt(N))


# -- generators -----------------------------------------------------------------------


def test_a_seed_fixes_the_stream():
    a, b, other = Generator(7), Generator(7), Generator(8)
    first = a.uniform((100,))
    np.testing.assert_array_equal(first, b.uniform((100,)))
    assert not np.array_equal(first, other.uniform((100,)))
    assert not np.array_equal(first, a.uniform((100,)))
    a.seed(7)
    np.testing.assert_array_equal(first, a.uniform((100,)))


def test_drawing_in_parts_is_drawing_at_once():
    a, b = Generator(7), Generator(7)
    parts = [a.uniform((3,)), a.uniform((2, 2)), a.uniform(())]
    np.testing.assert_array_equal(
        np.concatenate([part.reshape(-1) for part in parts]), b.uniform((8,))
    )


def test_no_seed_takes_a_new_one_each_time():
    assert not np.array_equal(Generator().uniform((10,)), Generator().uniform((10,)))


@pytest.mark.parametrize("seed", [0, 1, -1, 2**40, 2**63, 2**64 - 1, np.int64(3)])
def test_any_whole_number_is_a_seed(seed):
    a, b = Generator(seed), Generator(int(seed))
    np.testing.assert_array_equal(a.uniform((5,)), b.uniform((5,)))


@pytest.mark.parametrize("seed", [1.5, "1", [1]])
def test_anything_else_is_no_seed(seed):
    with pytest.raises(TypeError, match=r"seed|integer|whole"):
        Generator(seed)
    with pytest.raises(TypeError, match=r"seed|integer|whole"):
        ondol.seed(seed)


def test_neighbouring_seeds_have_unrelated_streams():
    first = np.array([Generator(seed).uniform((), np.float64) for seed in range(2_000)])
    assert distance(first, lambda x: x) < 1.63 / math.sqrt(2_000)
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 0.08


@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3, 4)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_shapes_and_dtypes(shape, dtype):
    for draw in (Generator(0).uniform, Generator(0).normal):
        x = draw(shape, dtype)
        assert isinstance(x, np.ndarray)
        assert x.shape == shape
        assert x.dtype == dtype


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_one_number_is_an_array_without_axes(dtype):
    for draw in (Generator(0).uniform, Generator(0).normal):
        x = draw((), dtype)
        assert type(x) is np.ndarray
        assert x.dtype == dtype


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_uniform(dtype):
    x = Generator(3).uniform((N,), dtype)
    assert x.min() >= 0
    assert x.max() < 1
    grid = np.finfo(dtype).nmant + 1
    scaled = x.astype(np.float64) * 2.0**grid
    np.testing.assert_array_equal(scaled, np.floor(scaled))
    assert abs(x.mean(dtype=np.float64) - 0.5) < 5 / math.sqrt(12 * N)
    assert abs(x.var(dtype=np.float64) - 1 / 12) < 0.003
    assert distance(x, lambda u: u) < KS + 2.0**-grid


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normal(dtype):
    x = Generator(4).normal((N,), dtype).astype(np.float64)
    assert abs(x.mean()) < 5 / math.sqrt(N)
    assert abs(x.var() - 1) < 5 * math.sqrt(2 / N)
    assert abs((x**3).mean()) < 5 * math.sqrt(15 / N)
    assert abs((x**4).mean() - 3) < 5 * math.sqrt(96 / N)
    assert distance(x, normal_cdf) < KS
    assert np.all(np.isfinite(x))


def test_pairs_of_neighbours_are_independent():
    x = Generator(5).normal((N,), np.float64)
    for lag in (1, 2, 3, N // 2):
        assert abs(np.mean(x[:-lag] * x[lag:])) < 5 / math.sqrt(N - lag)


# -- the seed of everything -----------------------------------------------------------


def test_the_global_seed():
    def draws():
        dropped = F.dropout(Variable(np.ones(100)), 0.5).data
        return dropped, L.Linear(4, in_size=3).W.data.copy()

    ondol.seed(11)
    first = draws()
    between = draws()
    ondol.seed(11)
    again = draws()
    for a, b, c in zip(first, again, between, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)


def test_other_generators_are_not_disturbed():
    own = Generator(1)
    expected = Generator(1).uniform((5,))
    ondol.seed(99)
    F.dropout(Variable(np.ones(100)), 0.5)
    np.testing.assert_array_equal(own.uniform((5,)), expected)


def test_numpys_random_numbers_are_not_disturbed():
    state = np.random.get_state()[1].copy()
    ondol.seed(1)
    L.Linear(4, in_size=3)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


# -- going on later -------------------------------------------------------------------


def test_a_stream_goes_on_where_another_was():
    one, two = Generator(1), Generator(2)
    one.normal((3,))
    two.load_state_dict(one.state_dict())
    np.testing.assert_array_equal(one.bits(4), two.bits(4))
    assert one.state_dict() == two.state_dict()
    assert {*map(type, one.state_dict().values())} == {int}


@pytest.mark.parametrize(
    "state",
    [
        {"key": 1},
        {"key": 1, "counter": -1},
        {"key": 1 << 64, "counter": 0},
        {"key": 1.0, "counter": 0},
        {"key": True, "counter": 0},
        {"key": 1, "counter": 0, "more": 0},
        [1, 0],
        None,
    ],
)
def test_what_is_no_state_changes_nothing(state):
    own = Generator(1)
    before = own.state_dict()
    with pytest.raises(ValueError, match="two whole numbers of 64 bits"):
        own.load_state_dict(state)
    assert own.state_dict() == before
