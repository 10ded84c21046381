"""What networks are made of: activations, losses, norms, convolution, attention."""

import numpy as np

import ondol.functions as F
from ondol import State, test_mode
from ondol.core.graph import data_of
from peers.different import unsupported


def activation(name):
    function = getattr(F, name)
    return lambda x, *args, inplace=False, **kwargs: function(x, *args, **kwargs)


def softmax(name):
    function = getattr(F, name)

    def adapter(x, dim, dtype=None):
        x = x if dtype is None else x.astype(dtype)
        return function(x, axis=dim) if x.ndim else function(np.reshape(x, (1,)))[0]

    return adapter


def softplus(x, beta=1.0, threshold=20.0):
    """PyTorch's is x itself above a threshold; ours is exact everywhere."""
    return np.where(beta * x > threshold, x, F.softplus(beta * x) / beta)


def hardtanh(x, min_val=-1.0, max_val=1.0, inplace=False):
    unsupported(min_val >= max_val, "bounds that leave nothing")
    return F.hardtanh(x, min_val, max_val)


def shrink(name):
    def adapter(x, lambd=0.5):
        unsupported(lambd < 0, "a bound below 0")
        return getattr(F, name)(x, lambd)

    return adapter


def glu(x, dim=-1):
    return F.glu(x, axis=dim)


def prelu(x, weight):
    return F.prelu(x, weight)


# -- losses ----------------------------------------------------------------------------


def two(name, **fixed):
    """A loss of two arrays of one shape."""
    function = getattr(F, name)

    def adapter(x, t, *args, **kwargs):
        unsupported(np.shape(x) != np.shape(t), "other shapes are an error")
        for old in ("size_average", "reduce"):
            unsupported(kwargs.pop(old, None) is not None, "arguments without effect")
        return function(x, t, *args, **fixed, **kwargs)

    return adapter


def smooth(x, t, reduction="mean", beta=1.0):
    unsupported(beta == 0, "beta = 0 is the mean absolute error")
    return F.smooth_l1_loss(x, t, beta, reduction)


def cross_entropy(
    x, t, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0
):
    shared = np.asarray(data_of(t)).dtype.kind == "f"
    unsupported(shared, "targets that are shares of classes sum to 1")
    axis = 1 if x.ndim > 1 else 0
    return F.softmax_cross_entropy(
        x,
        t,
        weight,
        label_smoothing=label_smoothing,
        ignore_index=None if shared else ignore_index,
        axis=axis,
        reduction=reduction,
    )


def nll(x, t, weight=None, ignore_index=-100, reduction="mean"):
    axis = 1 if x.ndim > 1 else 0
    unsupported((data_of(x) > 0).any(), "log-probabilities above 0")
    return F.nll_loss(
        x, t, weight, ignore_index=ignore_index, axis=axis, reduction=reduction
    )


def with_logits(x, t, weight=None, pos_weight=None, reduction="mean"):
    return F.sigmoid_cross_entropy(x, t, weight, pos_weight, reduction=reduction)


def binary_cross_entropy(p, t, weight=None, reduction="mean"):
    return F.binary_cross_entropy(p, t, weight=weight, reduction=reduction)


def gaussian(x, t, var, full=False, eps=1e-6, reduction="mean"):
    shapes = np.shape(x), np.shape(t)
    unsupported(shapes[0] != shapes[1], "other shapes are an error")
    unsupported(np.shape(var) != shapes[0], "a variance of another shape")
    # PyTorch keeps the variance above eps where nobody sees it.
    return F.gaussian_nll_loss(x, t, var, full, eps, reduction)


def poisson(x, t, log_input=True, full=False, eps=1e-8, reduction="mean"):
    return F.poisson_nll_loss(x, t, log_input, full, eps, reduction)


def multi_margin(x, t, p=1, margin=1.0, weight=None, reduction="mean"):
    unsupported(x.ndim != 2, "one sample without a batch")
    return F.multi_margin_loss(x, t, p, margin, weight, reduction)


def divergence(x, t, reduction="mean", log_target=False):
    y = np.exp(t) * (t - x) if log_target else F.xlogy(t, t) - t * x
    if reduction == "batchmean":
        return np.sum(y) / x.shape[0]
    return {"none": lambda y: y, "sum": np.sum, "mean": np.mean}[reduction](y)


def similarity(a, b, dim=1, eps=1e-8):
    unsupported(not a.ndim or a.shape[dim] != b.shape[dim], "lengths that differ")
    return F.cosine_similarity(a, b, axis=dim, eps=eps)


# -- norms -----------------------------------------------------------------------------


def group_norm(x, groups, weight=None, bias=None, eps=1e-5):
    unsupported(eps < 0, "a negative eps")
    return F.group_norm(x, groups, weight, bias, eps=eps)


def layer_norm(x, shape, weight=None, bias=None, eps=1e-5):
    unsupported(eps < 0, "a negative eps")
    return F.layer_norm(x, weight, bias, axis=tuple(range(-len(shape), 0)), eps=eps)


def rms_norm(x, shape, weight=None, eps=None):
    unsupported(eps is not None and eps < 0, "a negative eps")
    eps = np.finfo(np.float64).eps if eps is None else eps
    return F.rms_norm(x, weight, axis=tuple(range(-len(shape), 0)), eps=eps)


def batch_norm(
    x, mean, var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    unsupported(x.ndim < 2, "a batch norm has channels")
    n = x.shape[1]
    weight = np.ones(n) if weight is None else weight
    bias = np.zeros(n) if bias is None else bias
    unsupported(x.size == 0, "an empty batch is an error")
    if training:
        states = State(np.zeros(n)), State(np.ones(n))
        return F.batch_norm(x, weight, bias, *states, momentum, eps)
    with test_mode():
        states = State(data_of(mean)), State(data_of(var))
        return F.batch_norm(x, weight, bias, *states, momentum, eps)


def instance_norm(
    x,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    unsupported(not use_input_stats, "an instance norm has no running statistics")
    return F.instance_norm(x, weight, bias, eps=eps)


def local_response(x, size, alpha=1e-4, beta=0.75, k=1.0):
    return F.local_response_norm(x, size, alpha, beta, k)


# -- filters ---------------------------------------------------------------------------


def linear(x, W, b=None):
    unsupported(W.ndim == 1, "a weight is (inputs, outputs)")
    return F.linear(x, F.transpose(W), b)


def one_or_many(x, spatial, function):
    """PyTorch also takes one sample without a batch."""
    if x.ndim == spatial + 1:
        return function(np.expand_dims(x, 0))[0]
    return function(x)


def alone(sizes, spatial):
    """A size for each axis."""
    sizes = tuple(sizes) if isinstance(sizes, list | tuple) else sizes
    return sizes[0] if isinstance(sizes, tuple) and len(sizes) == 1 else sizes


def convolution(name):
    function, spatial = getattr(F, name), int(name[-2])

    def adapter(x, W, b=None, stride=1, padding=0, dilation=1, groups=1):
        stride, dilation = alone(stride, spatial), alone(dilation, spatial)
        pad = padding if isinstance(padding, str) else alone(padding, spatial)
        return one_or_many(
            x, spatial, lambda x: function(x, W, b, stride, pad, dilation, groups)
        )

    return adapter


def transposed(name):
    function, spatial = getattr(F, name), int(name[-2])

    def adapter(
        x, W, b=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
    ):
        def each(sizes):
            sizes = (sizes,) * spatial if isinstance(sizes, int) else tuple(sizes)
            return sizes * spatial if len(sizes) < spatial else sizes

        s, p, o, d = map(each, (stride, padding, output_padding, dilation))
        unsupported(
            any(a >= b for a, b in zip(o, s, strict=True)),
            "a size that no convolution of this stride makes an image of",
        )
        shape = x.shape[-spatial:]
        out = tuple(
            (n - 1) * s[i] - 2 * p[i] + d[i] * (k - 1) + o[i] + 1
            for i, (n, k) in enumerate(zip(shape, W.shape[2:], strict=True))
        )
        return one_or_many(
            x, spatial, lambda x: function(x, W, b, s, p, out, d, groups)
        )

    return adapter


def max_pool(name):
    function, spatial = getattr(F, name), int(name[-2])

    def adapter(
        x,
        kernel_size,
        stride=None,
        padding=0,
        dilation=1,
        ceil_mode=False,
        return_indices=False,
    ):
        size, pad, spread = (
            alone(n, spatial) for n in (kernel_size, padding, dilation)
        )
        step = alone(stride, spatial) if stride is not None else None
        return one_or_many(
            x, spatial, lambda x: function(x, size, step, pad, ceil_mode, spread)
        )

    return adapter


def avg_pool(name):
    function, spatial = getattr(F, name), int(name[-2])

    def adapter(
        x,
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode=False,
        count_include_pad=True,
        divisor_override=None,
    ):
        unsupported(divisor_override is not None, "a mean has no divisor of its own")
        size, pad = alone(kernel_size, spatial), alone(padding, spatial)
        step = alone(stride, spatial) if stride not in (None, ()) else None
        return one_or_many(
            x,
            spatial,
            lambda x: function(x, size, step, pad, ceil_mode, count_include_pad),
        )

    return adapter


def adaptive(name):
    function, spatial = getattr(F, name), int(name[-2])

    def adapter(x, output_size, return_indices=False):
        sizes = output_size if isinstance(output_size, tuple) else (output_size,)
        sizes = sizes * spatial if len(sizes) == 1 else sizes
        given = x.shape[-spatial:]
        sizes = tuple(n if m is None else m for m, n in zip(sizes, given, strict=True))
        return one_or_many(x, spatial, lambda x: function(x, sizes))

    return adapter


def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    return one_or_many(
        x, 2, lambda x: F.unfold(x, kernel_size, stride, padding, dilation)
    )


def interpolate(ours):
    def adapter(
        x,
        size=None,
        scale_factor=None,
        mode=None,
        align_corners=None,
        recompute_scale_factor=None,
        antialias=False,
    ):
        unsupported(antialias, "no antialiasing")
        unsupported(scale_factor is not None, "sizes that scales round to")
        return F.interpolate(x, size, mode=ours, align_corners=bool(align_corners))

    return adapter


def grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False):
    unsupported(mode == "bicubic", "no cubic sampling")
    mode = "linear" if mode == "bilinear" else mode
    return F.grid_sample(x, grid, mode, padding_mode, bool(align_corners))


def embedding(
    W, ids, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False,
    sparse=False,
):  # fmt: skip
    unsupported(max_norm is not None, "a table is not changed by looking into it")
    unsupported(scale_grad_by_freq, "no gradient by frequency")
    return F.embedding(ids, W, padding_idx)


def bilinear(a, b, W, bias=None):
    return F.bilinear(a, b, np.transpose(W, (1, 2, 0)), bias)


def attention(
    q, k, v, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None,
    enable_gqa=False,
):  # fmt: skip
    unsupported(dropout_p > 0, "other random numbers")
    unsupported(
        is_causal and q.shape[-2] != k.shape[-2], "the last query sees the last key"
    )
    return F.scaled_dot_product_attention(q, k, v, attn_mask, is_causal, scale)


NAMES = {
    "relu": "relu", "silu": "silu", "elu": "elu", "celu": "celu", "selu": "selu",
    "hardswish": "hardswish", "hardsigmoid": "hardsigmoid", "mish": "mish",
    "softsign": "softsign", "tanhshrink": "tanhshrink", "relu6": "relu6",
    "threshold": "threshold", "logsigmoid": "log_sigmoid",
}  # fmt: skip
TABLE = {
    **{f"nn.functional.{theirs}": activation(ours) for theirs, ours in NAMES.items()},
    "nn.functional.gelu": lambda x, approximate="none": F.gelu(
        x, approximate != "none"
    ),
    "nn.functional.leaky_relu": lambda x, negative_slope=0.01, **_: F.leaky_relu(
        x, negative_slope
    ),
    "nn.functional.softplus": softplus,
    "nn.functional.hardtanh": hardtanh,
    "nn.functional.hardshrink": shrink("hardshrink"),
    "nn.functional.softshrink": shrink("softshrink"),
    "nn.functional.glu": glu,
    "nn.functional.prelu": prelu,
    "softmax": softmax("softmax"),
    "softmax-with_dtype": softmax("softmax"),
    "log_softmax": softmax("log_softmax"),
    "log_softmax-with_dtype": softmax("log_softmax"),
    "nn.functional.softmin": softmax("softmin"),
    "nn.functional.softmin-with_dtype": softmax("softmin"),
    "nn.functional.mse_loss": two("mean_squared_error"),
    "nn.functional.l1_loss": two("mean_absolute_error"),
    "nn.functional.smooth_l1_loss": smooth,
    "nn.functional.huber_loss": two("huber_loss"),
    "nn.functional.multi_margin_loss": multi_margin,
    "nn.functional.cross_entropy": cross_entropy,
    "nn.functional.nll_loss": nll,
    "nn.functional.binary_cross_entropy_with_logits": with_logits,
    "nn.functional.binary_cross_entropy": binary_cross_entropy,
    "nn.functional.gaussian_nll_loss": gaussian,
    "nn.functional.poisson_nll_loss": poisson,
    "nn.functional.kl_div": divergence,
    "nn.functional.cosine_similarity": similarity,
    "nn.functional.group_norm": group_norm,
    "nn.functional.layer_norm": layer_norm,
    "nn.functional.rms_norm": rms_norm,
    "nn.functional.batch_norm": batch_norm,
    "nn.functional.instance_norm": instance_norm,
    "nn.functional.local_response_norm": local_response,
    "nn.functional.linear": linear,
    "nn.functional.bilinear": bilinear,
    "nn.functional.embedding": embedding,
    **{f"nn.functional.conv{n}d": convolution(f"conv{n}d") for n in (1, 2, 3)},
    **{
        f"nn.functional.conv_transpose{n}d": transposed(f"conv_transpose{n}d")
        for n in (1, 2, 3)
    },
    **{f"nn.functional.max_pool{n}d": max_pool(f"max_pool{n}d") for n in (1, 2, 3)},
    **{f"nn.functional.avg_pool{n}d": avg_pool(f"avg_pool{n}d") for n in (1, 2, 3)},
    **{
        f"nn.functional.adaptive_{kind}_pool{n}d": adaptive(f"adaptive_{kind}_pool{n}d")
        for kind in ("avg", "max")
        for n in (1, 2, 3)
    },
    "nn.functional.unfold": unfold,
    "nn.functional.interpolate-nearest": interpolate("nearest"),
    "nn.functional.interpolate-linear": interpolate("linear"),
    "nn.functional.interpolate-bilinear": interpolate("linear"),
    "nn.functional.interpolate-trilinear": interpolate("linear"),
    "nn.functional.interpolate-bicubic": interpolate("cubic"),
    "nn.functional.interpolate-area": interpolate("area"),
    "nn.functional.grid_sample": grid_sample,
    "nn.functional.pixel_shuffle": lambda x, upscale_factor: F.pixel_shuffle(
        x, upscale_factor
    ),
    "nn.functional.pixel_unshuffle": lambda x, downscale_factor: F.pixel_unshuffle(
        x, downscale_factor
    ),
    "nn.functional.channel_shuffle": lambda x, groups: F.channel_shuffle(x, groups),
    "nn.functional.scaled_dot_product_attention": attention,
}
