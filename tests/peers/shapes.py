"""Shapes, selecting and joining."""

import numpy as np

import ondol.functions as F
from peers.different import same, unsupported


def flat(shape):
    """``f(x, 2, 3)`` and ``f(x, (2, 3))`` are the same to PyTorch."""
    return tuple(shape[0]) if shape and isinstance(shape[0], list | tuple) else shape


def expand(x, *shape):
    shape = flat(shape)
    lead = len(shape) - x.ndim
    sizes = [x.shape[i - lead] if n == -1 else n for i, n in enumerate(shape)]
    return np.broadcast_to(x, tuple(sizes))


def flatten(x, start_dim=0, end_dim=-1):
    if not x.ndim:
        return np.reshape(x, (1,))
    start, end = start_dim % x.ndim, end_dim % x.ndim
    return np.reshape(x, (*x.shape[:start], -1, *x.shape[end + 1 :]))


def narrow(x, dim, start, length):
    start = int(start)
    start += x.shape[dim] if start < 0 else 0
    index = [slice(None)] * x.ndim
    index[dim] = slice(start, start + length)
    return x[tuple(index)]


def select(x, dim, index):
    return F.take(x, int(index), axis=dim)


def split(x, size, dim=0):
    if isinstance(size, int):
        ends = list(range(size, x.shape[dim], size)) if size else []
    else:
        ends = [int(n) for n in np.cumsum(size)[:-1]]
    return F.split(x, ends, axis=dim)


def tensor_split(x, parts, dim=0):
    parts = np.asarray(parts)
    parts = int(parts) if parts.ndim == 0 else parts.tolist()
    return F.array_split(x, parts, axis=dim)


def chunk(x, chunks, dim=0):
    size = max(1, -(-x.shape[dim] // chunks))
    return split(x, size, dim)


def squeeze(x, dim=None):
    if dim is None:
        return F.squeeze(x)
    axes = [d % max(x.ndim, 1) for d in np.atleast_1d(dim)] if x.ndim else []
    axes = tuple(int(d) for d in axes if x.shape[d] == 1)
    return F.squeeze(x, axes) if axes else x * 1


def unsqueeze(x, dim):
    return F.expand_dims(x, dim)


def tile(x, dims):
    return F.tile(x, tuple(dims)) if dims else x * 1


def repeat_interleave(x, repeats, dim=None, output_size=None):
    repeats = repeats if isinstance(repeats, int) else np.asarray(repeats)
    return F.repeat(x, repeats, axis=dim)


def gather(x, dim, index, sparse_grad=False):
    if not x.ndim:
        return np.reshape(x, (1,))[np.zeros(np.shape(index), int)]
    unsupported(
        np.ndim(index) != x.ndim
        or any(
            a != b
            for i, (a, b) in enumerate(zip(index.shape, x.shape, strict=True))
            if i != dim % x.ndim
        ),
        "gather with an index that is smaller than the array along other axes",
    )
    return F.take_along_axis(x, index, axis=dim)


def take(x, index):
    return F.take(x, index)


def take_along(x, index, dim=None):
    unsupported(dim is None and np.ndim(index) != 1, "a flat index has one axis")
    unsupported(dim is not None and np.ndim(index) != x.ndim, "an index of other axes")
    return F.take_along_axis(x, index, axis=dim)


def index_select(x, dim, index):
    if not x.ndim:
        return np.reshape(np.reshape(x, (1,))[np.atleast_1d(index)], ())
    return F.take(x, np.atleast_1d(index), axis=dim)


def along(x, dim, index):
    return (slice(None),) * (dim % max(x.ndim, 1)) + (np.asarray(index),)


def index_add(x, dim, index, source, *, alpha=1):
    if not x.ndim:
        return x + alpha * np.reshape(source, ())
    return x.at[along(x, dim, np.atleast_1d(index))].add(alpha * source)


def index_copy(x, dim, index, source):
    if not x.ndim:
        return np.reshape(source, ()) * 1
    return x.at[along(x, dim, np.atleast_1d(index))].set(source)


def index_fill(x, dim, index, value):
    if not x.ndim:
        return x * 0 + value
    return x.at[along(x, dim, np.atleast_1d(index))].set(value)


def index_put(x, indices, values, accumulate=False):
    place = x.at[tuple(indices)]
    return place.add(values) if accumulate else place.set(values)


def getitem(x, index):
    if isinstance(index, tuple):
        return x[tuple(np.asarray(i) if isinstance(i, list) else i for i in index)]
    return x[np.asarray(index) if isinstance(index, list) else index]


def masked_select(x, mask):
    shape = np.broadcast_shapes(x.shape, mask.shape)
    return np.broadcast_to(x, shape)[np.broadcast_to(mask, shape)]


def select_scatter(x, src, dim, index):
    return x.at[(slice(None),) * (dim % x.ndim) + (index,)].set(src)


def slice_scatter(x, src, dim=0, start=None, end=None, step=1):
    place = (slice(None),) * (dim % x.ndim) + (slice(start, end, step),)
    return x.at[place].set(src)


def roll(x, shifts, dims=None):
    dims = None if dims in ((), []) else dims
    shifts = tuple(shifts) if isinstance(shifts, list) else shifts
    dims = tuple(dims) if isinstance(dims, list) else dims
    if not x.ndim:
        return x * 1
    return F.roll(x, shifts, dims)


def diag_embed(x, offset=0, dim1=-2, dim2=-1):
    n = x.shape[-1] + abs(offset)
    eye = np.eye(n, k=offset)[np.eye(n, k=offset).any(axis=1)]
    wide = np.expand_dims(x, -1) * eye
    before = ((-min(offset, 0), max(offset, 0)),)
    wide = F.pad(wide, ((0, 0),) * (x.ndim - 1) + before + ((0, 0),))
    return np.moveaxis(wide, (-2, -1), (dim1, dim2))


def pad(mode):
    modes = {"constant": "constant", "reflect": "reflect", "replicate": "edge"}
    modes["circular"] = "wrap"

    def adapter(x, pad, given=None, value=None):
        unsupported(any(n < 0 for n in pad), "no negative padding: cut with x[a:b]")
        pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
        widths = [(0, 0)] * (x.ndim - len(pairs)) + pairs
        fill = {"constant_values": value or 0.0} if mode == "constant" else {}
        return F.pad(x, tuple(widths), modes[mode], **fill)

    return adapter


def movedim(x, source, destination):
    return F.moveaxis(x, source, destination)


def unfold(x, dim, size, step):
    if not x.ndim:
        return np.reshape(x, (1,))[:size]
    windows = F.sliding_window_view(x, size, axis=dim)
    return windows[(slice(None),) * (dim % x.ndim) + (slice(None, None, step),)]


TABLE = {
    "broadcast_to": lambda x, shape: F.broadcast_to(x, tuple(shape)),
    "expand": lambda x, *shape: expand(x, *shape),
    "expand_as": lambda x, other: F.broadcast_to(x, other.shape),
    "reshape": lambda x, *shape: F.reshape(x, flat(shape)),
    "reshape_as": lambda x, other: F.reshape(x, other.shape),
    "view": lambda x, *shape: F.reshape(x, flat(shape)),
    "ravel": same("ravel"),
    "flatten": flatten,
    "permute": lambda x, *dims: F.transpose(x, flat(dims)),
    "transpose": lambda x, a, b: F.swapaxes(x, a, b) if x.ndim else x * 1,
    "t": lambda x: F.transpose(x),
    "T": lambda x: x.T,
    "movedim": movedim,
    "flip": lambda x, dims: F.flip(x, tuple(dims)),
    "fliplr": same("fliplr"),
    "flipud": same("flipud"),
    "rot90": lambda x, k=1, dims=(0, 1): F.rot90(x, k, tuple(dims)),
    "roll": roll,
    "squeeze": squeeze,
    "squeeze-multiple": squeeze,
    "unsqueeze": unsqueeze,
    "atleast_1d": lambda *xs: [F.atleast_1d(x) for x in unpacked(xs)],
    "atleast_2d": lambda *xs: [F.atleast_2d(x) for x in unpacked(xs)],
    "stack": lambda xs, dim=0: F.stack(xs, axis=dim),
    "cat": lambda xs, dim=0: F.concatenate(joinable(xs), axis=dim),
    "hstack": same("hstack"),
    "vstack": same("vstack"),
    "dstack": same("dstack"),
    "column_stack": same("column_stack"),
    "split": split,
    "split-list_args": split,
    "split_with_sizes": split,
    "tensor_split": tensor_split,
    "hsplit": lambda x, n: F.hsplit(x, n),
    "vsplit": lambda x, n: F.vsplit(x, n),
    "dsplit": lambda x, n: F.dsplit(x, n),
    "chunk": chunk,
    "unbind": lambda x, dim=0: F.unstack(x, axis=dim),
    "narrow": narrow,
    "select": select,
    "tile": tile,
    "repeat": lambda x, *n: F.tile(x, flat(n)),
    "repeat_interleave": repeat_interleave,
    "gather": gather,
    "take": take,
    "take_along_dim": take_along,
    "index_select": index_select,
    "index_add": index_add,
    "index_copy": index_copy,
    "index_fill": index_fill,
    "index_put": index_put,
    "__getitem__": getitem,
    "masked_select": masked_select,
    "select_scatter": select_scatter,
    "slice_scatter": slice_scatter,
    "diag": lambda x, k=0: F.diag(x, k),
    "diagflat": lambda x, offset=0: F.diagflat(x, offset),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: F.diagonal(x, offset, dim1, dim2),
    "diag_embed": diag_embed,
    "trace": same("trace"),
    "tril": lambda x, diagonal=0: F.tril(x, diagonal),
    "triu": lambda x, diagonal=0: F.triu(x, diagonal),
    "meshgrid-variadic_tensors": lambda *xs, indexing: F.meshgrid(
        *xs, indexing=indexing
    ),
    "meshgrid-list_of_tensors": lambda xs, indexing: F.meshgrid(*xs, indexing=indexing),
    "nn.functional.pad-constant": pad("constant"),
    "nn.functional.pad-reflect": pad("reflect"),
    "nn.functional.pad-replicate": pad("replicate"),
    "nn.functional.pad-circular": pad("circular"),
    "unfold": unfold,
    "clone": lambda x, memory_format=None: F.copy(x),
    "broadcast_tensors": lambda *xs: F.broadcast_arrays(*xs),
}


def unpacked(xs):
    return xs[0] if len(xs) == 1 and isinstance(xs[0], list | tuple) else xs


def joinable(xs):
    """PyTorch leaves out an empty vector among arrays of more axes."""
    unsupported(
        len({x.ndim for x in xs}) > 1, "an empty vector joined to arrays of more axes"
    )
    return xs
