"""Rows of the table of cases: what networks are made of."""

from collections.abc import Iterator

import references

from cases.makers import IMAGES, Call, Case, Draw, unary


def rows() -> Iterator[Case]:
    yield unary("erf", reference=references.erf)
    filters, bias = Draw((3, 2, 2, 3)), Draw((3,))
    yield Case("conv2d", (
        Call(IMAGES, filters), Call(IMAGES, filters, bias, 2, 1),
        Call(IMAGES, filters, bias, stride=(2, 3), pad=(1, 0)),
        Call(IMAGES, filters, dilation=2), Call(Draw((0, 2, 5, 6)), filters, bias),
        Call(IMAGES, filters, bias, (1, 2), (0, 2), (2, 1)),
    ), references.conv2d)  # fmt: skip
    small, stamps = Draw((2, 2, 3, 2)), Draw((2, 3, 2, 3))
    yield Case("conv_transpose2d", (
        Call(small, stamps), Call(small, stamps, bias, 2, 1),
        Call(small, stamps, bias, stride=(2, 3), pad=(1, 0)),
        Call(small, stamps, dilation=2), Call(Draw((0, 2, 3, 2)), stamps, bias),
        Call(small, stamps, bias, (2, 3), (0, 1), (7, 5), (2, 1)),
        Call(small, stamps, None, (3, 2), out_size=(10, 6)),
    ), references.conv_transpose2d)  # fmt: skip
    pools = (
        Call(IMAGES, 2), Call(IMAGES, (2, 3), 1), Call(IMAGES, 3, stride=2, pad=1),
        Call(IMAGES, (3, 2), (1, 2), (1, 0)), Call(Draw((0, 2, 4, 4)), 2),
    )  # fmt: skip
    hanging = Call(IMAGES, 3, 2, ceil_mode=True), Call(IMAGES, 2, 3, 1, True)
    yield Case("max_pool2d", (*pools, *hanging), references.max_pool2d, integers=False)
    yield Case("avg_pool2d", pools, references.avg_pool2d)
