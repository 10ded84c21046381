"""Expressions of rows that are put together at random, compiled, beside NumPy.

python tests/compiler/random_rows.py 100 200    tries the seeds from 100 to 199
"""

import sys
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[1]))

from compiler.traced import new_builder
from ondol.compiler import epilogues
from ondol.compiler.interpret import interpret
from ondol.compiler.program import Program
from ondol.compiler.tracer import Tracer

ROWS, COLUMNS, INNER = (64, 70, 129, 200), (3, 16, 34, 100), (20, 90)


def grown(rng, whole, rows):
    """One expression more: a matrix like those in `whole`, or a number for each row."""
    u = whole[rng.integers(len(whole))]
    v = [*whole, *rows][rng.integers(len(whole) + len(rows))]
    matrices = (
        lambda: u + v,
        lambda: u * v * 0.5,
        lambda: np.exp(-np.abs(u)),
        lambda: np.tanh(u),
        lambda: np.maximum(u, v),
        lambda: u - np.max(u, axis=-1, keepdims=True),
        lambda: np.reshape(np.reshape(u, (-1,)) * 2, u.shape),
        lambda: u[:, ::-1] * 1.5,
    )
    numbers = (
        lambda: np.max(u, axis=-1, keepdims=True),
        lambda: np.mean(u, axis=-1, keepdims=True),
        lambda: np.log1p(np.abs(rows[rng.integers(len(rows))])),
    )
    kind = rng.integers(len(matrices) + len(numbers))
    if kind < len(matrices):
        whole.append(matrices[kind]())
    else:
        rows.append(numbers[kind - len(matrices)]())


def check(seed):
    """Compile an expression, and compare what it gives.

    Returns:
        How many steps some loop follows, and how many arrays are written where a result
        will be.
    """
    rng = np.random.default_rng(seed)
    m, n, k = (int(rng.choice(sizes)) for sizes in (ROWS, COLUMNS, INNER))
    shapes = (m, n), (m, n), (n,), (m, k), (k, n), (m, 1)
    arrays = [rng.standard_normal(shape, np.float32) for shape in shapes]
    b = new_builder()
    inputs = [b.input(shape, np.float32) for shape in shapes]
    x, y, bias, left, right, column = (Tracer(b, node) for node in inputs)
    whole, rows = [x, y, x + bias], [column]
    whole += [left @ right] * int(rng.integers(2))
    for _ in range(rng.integers(3, 12)):
        grown(rng, whole, rows)
    made = [*whole[2:], *rows[1:], np.sum(whole[-1], axis=0)]
    chosen = rng.choice(len(made), min(int(rng.integers(1, 4)), len(made)), False)
    results = [*dict.fromkeys(made[i].node for i in chosen)]
    like = [node for node in results if node.shape == (m, n)]
    homes = dict(zip(like[: rng.integers(2)], inputs, strict=False))
    expected = interpret(results, arrays)
    program = Program(results, inputs, homes)
    for _ in range(2):
        given = [array.copy() for array in arrays]
        for got, wanted in zip(program.run(given), expected, strict=True):
            size = np.abs(wanted).max()
            np.testing.assert_allclose(got, wanted, rtol=2e-4, atol=2e-4 * size)
    followed = sum(bool(step.epilogue) for step in program.schedule.steps)
    return followed, len(program.passing)


def main():
    epilogues.PARALLEL = 0  # however small they are, loops follow
    found = [check(seed) for seed in range(*map(int, sys.argv[1:]))]
    print("followed steps, arrays that pass:", *map(sum, zip(*found, strict=True)))


if __name__ == "__main__":
    main()
