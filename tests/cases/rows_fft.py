"""Rows of the table of cases: Fourier transforms."""

from collections.abc import Iterator

from cases.makers import CUBE, Call, Case, Draw, of_complex, of_real

LINE = Draw((5,))
STACK = Draw((2, 4))
NONE = Draw((0, 4))


def along_one(*operands: Draw) -> tuple[Call, ...]:
    """Every argument of a transform along one axis, for operands of these shapes."""
    line, stack, none = ((part,) * len(operands) for part in (LINE, STACK, NONE))
    return (
        Call(*line), Call(*stack), Call(*none), Call(*stack, 3), Call(*stack, n=7),
        Call(*line, n=8, norm="ortho"), Call(*stack, None, 0, "forward"),
        Call(*operands, axis=1, n=2), Call(*operands, norm="backward"),
        Call(*stack, 1),
    )  # fmt: skip


def along_several(*operands: Draw) -> tuple[Call, ...]:
    stack = (STACK,) * len(operands)
    return (
        Call(*stack), Call(*operands), Call(*operands, axes=(0, 2)),
        Call(*operands, s=(3, 5), axes=(-1, 0)), Call(*stack, (2, -1), (0, 1)),
        Call(*operands, s=(2, 6), axes=(1, 2), norm="ortho"),
        Call(*stack, None, (1, 0), "forward"), Call(*operands, axes=(1,)),
    )  # fmt: skip


def rows() -> Iterator[Case]:
    both = Draw((2, 3, 4)), Draw((2, 3, 4))
    for name in ("fft", "ifft", "irfft", "hfft"):
        yield of_complex(f"fft.{name}", *along_one(*both))
    for name in ("fft2", "ifft2", "fftn", "ifftn", "irfft2", "irfftn"):
        yield of_complex(f"fft.{name}", *along_several(*both))
    for name, calls in (
        ("rfft", along_one(CUBE)), ("ihfft", along_one(CUBE)),
        ("rfft2", along_several(CUBE)), ("rfftn", along_several(CUBE)),
    ):  # fmt: skip
        yield of_real(f"fft.{name}", *calls)
    for name in ("fftshift", "ifftshift"):
        forms = Call(LINE), Call(CUBE), Call(CUBE, 1), Call(CUBE, axes=(0, -1))
        yield Case(f"fft.{name}", (*forms, Call(NONE)))
