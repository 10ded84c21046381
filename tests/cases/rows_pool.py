"""Rows of the table of cases: pooling."""

from collections.abc import Iterator

import numpy as np

from cases import slides
from cases.makers import Call, Case, Draw

LINES, IMAGES, VOLUMES = Draw((2, 2, 7)), Draw((2, 1, 5, 6)), Draw((1, 2, 3, 4, 3))
AWAY = Draw((1, 1, 5, 6), away=(0,))


def rows() -> Iterator[Case]:
    lines = (
        Call(LINES, 2), Call(LINES, 3, 2, 1), Call(LINES, (3,), 3, ((0, 1),), True),
        Call(LINES, 3, 3, "same"), Call(Draw((0, 2, 4)), 2),
    )  # fmt: skip
    images = (
        Call(IMAGES, 2), Call(IMAGES, (2, 3), 1), Call(IMAGES, 3, stride=2, pad=1),
        Call(IMAGES, (3, 2), (1, 2), (1, 0)), Call(Draw((0, 2, 4, 4)), 2),
        Call(IMAGES, 3, 2, ceil_mode=True), Call(IMAGES, 2, 3, 1, True),
        Call(IMAGES, 3, (2, 1), ((0, 1), 1), True), Call(IMAGES, 3, 2, "same"),
    )  # fmt: skip
    volumes = (
        Call(VOLUMES, 2), Call(VOLUMES, (2, 3, 1), 2, (1, 1, 0)),
        Call(VOLUMES, 2, 2, 0, True),
    )  # fmt: skip
    wide = Call(LINES, 2, 1, 0, False, 3), Call(LINES, 3, 2, 2, False, 2)
    yield Case("max_pool1d", (*lines, *wide), slides.max_pool)
    wide = (
        Call(IMAGES, 2, 1, dilation=2), Call(IMAGES, (2, 3), 1, (0, 1), True, (3, 2)),
    )  # fmt: skip
    yield Case("max_pool2d", (*images, *wide), slides.max_pool)
    wide = Call(VOLUMES, (2, 1, 2), 1, 0, False, (1, 1, 2))
    yield Case("max_pool3d", (*volumes, wide), slides.max_pool)
    yield Case("avg_pool1d", (
        *lines, Call(LINES, 3, 2, 1, True, False), Call(LINES, 4, 4, 1, True),
    ), slides.avg_pool)  # fmt: skip
    yield Case("avg_pool2d", (
        *images, Call(IMAGES, 3, 2, 1, count_include_pad=False),
        Call(IMAGES, (2, 4), (3, 4), (1, 0), True, False),
    ), slides.avg_pool)  # fmt: skip
    yield Case("avg_pool3d", (
        *volumes, Call(VOLUMES, 2, 1, 1, False, False),
    ), slides.avg_pool)  # fmt: skip
    away = Draw((2, 2, 7), away=(0,))
    yield Case("lp_pool1d", (
        Call(LINES, 2), Call(away, 3, 2, p=3), Call(away, 3, 2, 1, True, 1.5),
        Call(Draw((0, 2, 4)), 2),
    ), slides.lp_pool, integers=False)  # fmt: skip
    yield Case("lp_pool2d", (
        Call(IMAGES, 2), Call(IMAGES, (3, 2), 2, (1, 0), p=4), Call(AWAY, 3, 2, p=1),
    ), slides.lp_pool, integers=False)  # fmt: skip
    for kind, reference in (
        ("avg", slides.adaptive_avg),
        ("max", slides.adaptive_max),
    ):
        yield Case(f"adaptive_{kind}_pool1d", (
            Call(LINES, 3), Call(LINES, (1,)), Call(LINES, 7), Call(LINES, 9),
        ), reference)  # fmt: skip
        yield Case(f"adaptive_{kind}_pool2d", (
            Call(IMAGES, 3), Call(IMAGES, (5, 2)), Call(IMAGES, (4, 7)),
            Call(Draw((0, 2, 4, 5)), 3),
        ), reference)  # fmt: skip
        yield Case(f"adaptive_{kind}_pool3d", (
            Call(VOLUMES, 2), Call(VOLUMES, (3, 1, 2)),
        ), reference)  # fmt: skip
    forms = (
        Call(IMAGES), Call(LINES), Call(VOLUMES, True), Call(IMAGES, keepdims=True),
        Call(Draw((0, 2, 3))),
    )  # fmt: skip
    yield Case("global_avg_pool", forms, lambda x, keepdims=False: np.mean(
        x, tuple(range(2, x.ndim)), keepdims=keepdims
    ))  # fmt: skip
    yield Case("global_max_pool", forms, lambda x, keepdims=False: np.max(
        x, tuple(range(2, x.ndim)), keepdims=keepdims
    ))  # fmt: skip
