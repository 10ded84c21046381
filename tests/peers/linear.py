"""Linear algebra, products and Fourier transforms."""

import numpy as np

import ondol.functions as F
from peers.different import NO_AXIS, same, unsupported


def einsum(operands, equation):
    left, _, right = equation.partition("->")
    unsupported("..." in left and right and "..." not in right, "axes are not lost")
    return F.einsum(equation, *operands)


def tensordot(a, b, dims=2):
    if not isinstance(dims, int):
        lengths = [[x.shape[i] for i in at] for x, at in zip((a, b), dims, strict=True)]
        unsupported(lengths[0] != lengths[1], "lengths that differ are an error")
    return F.tensordot(a, b, axes=dims)


def transform(name):
    function = getattr(F.fft, name)

    def adapter(x, *args, **kwargs):
        words = (
            ("s", "dim", "norm") if name.endswith(("2", "n")) else ("n", "dim", "norm")
        )
        kwargs |= dict(zip(words, args, strict=False))
        if "dim" in kwargs:
            axis = kwargs.pop("dim")
            if "s" in words:
                axis = (axis,) if isinstance(axis, int) else axis
            kwargs["axes" if "s" in words else "axis"] = axis
        if isinstance(kwargs.get("s"), int):
            kwargs["s"] = (kwargs["s"],)
        if kwargs.get("s") is not None and kwargs.get("axes") is None:
            kwargs["axes"] = tuple(range(-len(kwargs["s"]), 0))
        kwargs = {key: value for key, value in kwargs.items() if value is not None}
        return parts(function(x, **kwargs))

    return adapter


def parts(y):
    return [F.real(y), F.imag(y)] if y.dtype.kind == "c" else y


def shift(name):
    def adapter(x, dim=None):
        return getattr(F.fft, name)(x, axes=dim)

    return adapter


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    unsupported(dtype is not None, "ondol converts with astype")
    dim = tuple(dim) if isinstance(dim, list) else dim
    unsupported(not x.ndim and dim is not None, NO_AXIS)
    return F.linalg.vector_norm(x, axis=dim, keepdims=keepdim, ord=ord)


def matrix_norm(x, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    unsupported(dtype is not None, "ondol converts with astype")
    unsupported(tuple(dim) != (-2, -1), "matrices stand on the last two axes")
    return F.linalg.matrix_norm(x, ord=ord, keepdims=keepdim)


def svd_values(x):
    return F.linalg.svd(x, compute_uv=False)


def solve(a, b, *, left=True):
    unsupported(not left, "solve from the left alone")
    vector = b.ndim == 1 or (a.ndim - 1 == b.ndim and b.shape == a.shape[:-1])
    if vector:
        return np.squeeze(F.linalg.solve(a, np.expand_dims(b, -1)), -1)
    return F.linalg.solve(a, b)


def slogdet(x):
    return list(F.linalg.slogdet(x))


def cross(a, b, dim=-1):
    return F.cross(a, b, axis=dim)


def eigenvalues(x, UPLO="L"):
    return F.linalg.eigvalsh(x, UPLO)


def vecdot(a, b, dim=-1):
    return F.linalg.vecdot(a, b, axis=dim)


def addmm(c, a, b, *, beta=1, alpha=1):
    return beta * c + alpha * (a @ b)


def addbmm(c, a, b, *, beta=1, alpha=1):
    return beta * c + alpha * F.sum(a @ b, axis=0)


def addr(c, a, b, *, beta=1, alpha=1):
    return beta * c + alpha * F.outer(a, b)


def cholesky(x, *, upper=False):
    return F.linalg.cholesky(x, upper=upper)


TRANSFORMS = (
    "fft", "fft2", "fftn", "ifft", "ifft2", "ifftn", "rfft", "rfft2", "rfftn",
    "irfft", "irfft2", "irfftn", "hfft", "ihfft",
)  # fmt: skip
TABLE = {
    "matmul": same("matmul"),
    "mm": same("matmul"),
    "bmm": same("matmul"),
    "mv": same("matmul"),
    "dot": same("dot"),
    "vdot": same("vdot"),
    "inner": same("inner"),
    "outer": same("outer"),
    "kron": same("kron"),
    "cross": cross,
    "linalg.cross": cross,
    "einsum": einsum,
    "tensordot": tensordot,
    "addmm": addmm,
    "addmv": addmm,
    "addr": addr,
    "addbmm": addbmm,
    "baddbmm": addmm,
    "linalg.inv": same("linalg.inv"),
    "linalg.det": same("linalg.det"),
    "linalg.slogdet": slogdet,
    "logdet": lambda x: F.linalg.slogdet(x)[1],
    "linalg.cholesky": cholesky,
    "linalg.solve": solve,
    "linalg.pinv": lambda x, **kwargs: F.linalg.pinv(x, **kwargs),
    "pinverse": same("linalg.pinv"),
    "linalg.svdvals": svd_values,
    "linalg.eigvalsh": eigenvalues,
    "linalg.matrix_power": same("linalg.matrix_power"),
    "linalg.multi_dot": same("linalg.multi_dot"),
    "linalg.vector_norm": vector_norm,
    "linalg.matrix_norm": matrix_norm,
    "linalg.vecdot": vecdot,
    "linalg.diagonal": lambda x, *, offset=0, dim1=-2, dim2=-1: F.diagonal(
        x, offset, dim1, dim2
    ),
    "linalg.tensorinv": same("linalg.tensorinv"),
    "linalg.tensorsolve": lambda a, b, dims=None: F.linalg.tensorsolve(a, b, dims),
    "linalg.cond": same("linalg.cond"),
    **{f"fft.{name}": transform(name) for name in TRANSFORMS},
    "fft.fftshift": shift("fftshift"),
    "fft.ifftshift": shift("ifftshift"),
}
