"""Rows of the table of cases: convolution."""

from collections.abc import Iterator

from cases import slides
from cases.makers import Call, Case, Draw

LINES, IMAGES, VOLUMES = Draw((2, 2, 7)), Draw((2, 2, 4, 5)), Draw((1, 2, 3, 4, 2))
BIAS = Draw((3,))


def rows() -> Iterator[Case]:
    line, volume = Draw((3, 2, 3)), Draw((3, 2, 2, 3, 2))
    yield Case("conv1d", (
        Call(LINES, line), Call(LINES, line, BIAS, 2, 1),
        Call(LINES, line, BIAS, (2,), ((0, 2),), (2,)),
        Call(LINES, line, BIAS, 3, "same"), Call(LINES, line, None, 1, "same", 2),
        Call(LINES, line, pad="valid"), Call(Draw((0, 2, 7)), line, BIAS),
        Call(Draw((2, 4, 5)), Draw((6, 2, 2)), Draw((6,)), groups=2),
    ), slides.convolution)  # fmt: skip
    filters = Draw((3, 2, 2, 3))
    yield Case("conv2d", (
        Call(IMAGES, filters), Call(IMAGES, filters, BIAS, 2, 1),
        Call(IMAGES, filters, BIAS, stride=(2, 3), pad=(1, 0)),
        Call(IMAGES, filters, dilation=2), Call(Draw((0, 2, 5, 6)), filters, BIAS),
        Call(IMAGES, filters, BIAS, (1, 2), (0, 2), (2, 1)),
        Call(IMAGES, filters, None, (2, 1), ((0, 1), 2)),
        Call(IMAGES, filters, BIAS, (2, 3), "same", (1, 2)),
        Call(IMAGES, Draw((4, 1, 2, 3)), Draw((4,)), 2, 1, 1, 2),
    ), slides.convolution)  # fmt: skip
    yield Case("conv3d", (
        Call(VOLUMES, volume), Call(VOLUMES, volume, BIAS, (1, 2, 1), (1, 0, 1)),
        Call(VOLUMES, volume, BIAS, 2, "same"), Call(Draw((0, 2, 3, 4, 3)), volume),
        Call(VOLUMES, Draw((2, 1, 2, 2, 1)), None, 1, 0, (2, 1, 1), 2),
    ), slides.convolution)  # fmt: skip
    stamps = Draw((2, 3, 3))
    yield Case("conv_transpose1d", (
        Call(Draw((2, 2, 4)), stamps), Call(Draw((2, 2, 4)), stamps, BIAS, 2, 1, 8),
        Call(Draw((2, 2, 4)), stamps, BIAS, 2, "same", None, 2),
        Call(Draw((2, 2, 4)), stamps, BIAS, 4, "same"),
        Call(Draw((2, 4, 3)), Draw((4, 1, 2)), Draw((2,)), 2, ((0, 1),), groups=2),
        Call(Draw((0, 2, 4)), stamps),
    ), slides.transposed)  # fmt: skip
    small, stamps = Draw((2, 2, 3, 2)), Draw((2, 3, 2, 3))
    yield Case("conv_transpose2d", (
        Call(small, stamps), Call(small, stamps, BIAS, 2, 1),
        Call(small, stamps, BIAS, stride=(2, 3), pad=(1, 0)),
        Call(small, stamps, dilation=2), Call(Draw((0, 2, 3, 2)), stamps, BIAS),
        Call(small, stamps, BIAS, (2, 3), (0, 1), (7, 5), (2, 1)),
        Call(small, stamps, None, (3, 2), out_size=(10, 6)),
        Call(small, stamps, None, (2, 1), "same"),
        Call(small, Draw((2, 2, 2, 2)), Draw((4,)), 2, 0, None, 1, 2),
    ), slides.transposed)  # fmt: skip
    cube = Draw((1, 2, 2, 2, 3))
    yield Case("conv_transpose3d", (
        Call(cube, Draw((2, 3, 2, 1, 2))), Call(cube, Draw((2, 1, 2, 2, 2)), None, 2),
        Call(cube, Draw((2, 1, 1, 2, 2)), Draw((2,)), (1, 2, 1), (0, 1, 0), groups=2),
    ), slides.transposed)  # fmt: skip
    yield Case("unfold", (
        Call(IMAGES, 2), Call(IMAGES, (2, 3), 2, 1), Call(IMAGES, 2, 1, "same", 2),
        Call(IMAGES, (3, 1), (2, 1), ((1, 0), 0)), Call(LINES, 3, 2),
        Call(VOLUMES, (1, 2, 2)),
    ), slides.unfold)  # fmt: skip
    yield Case("fold", (
        Call(Draw((2, 8, 6)), (3, 4), 2), Call(Draw((1, 6, 4)), (5, 6), (2, 3), 2),
        Call(Draw((2, 4, 20)), (4, 5), 2, 1, "same", 2),
        Call(Draw((2, 6, 3)), (7,), 3, 2),
    ), slides.fold)  # fmt: skip
