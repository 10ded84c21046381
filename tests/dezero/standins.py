"""Small made-up files in place of the book's downloads.

A script calls `use` with the `utils` module of its `dezero` before it asks for data:
the cache folder moves into the working directory, so that nothing made up is ever
left where a reader keeps real files.
"""

import gzip
import os
from pathlib import Path

import numpy as np
from PIL import Image

LABELS = "imagenet1000_clsidx_to_labels.txt"
VGG16_LAYERS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 3}  # block: convolutions in it


def use(utils):
    """Move the cache of `utils` to ``cache`` in the working directory."""
    folder = Path("cache").absolute()
    folder.mkdir(exist_ok=True)
    utils.cache_dir = str(folder)
    return folder


def write_mnist(folder, train=1000, test=300):
    """The four files of MNIST with other digits: a bright 5x5 patch per class."""
    rng = np.random.default_rng(0)
    for prefix, count in (("train", train), ("t10k", test)):
        labels = rng.integers(0, 10, count, dtype=np.uint8)
        images = rng.integers(0, 60, (count, 28, 28), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            row, column = 4 + 8 * (label // 4), 2 + 6 * (label % 4)
            image[row : row + 5, column : column + 5] += 190
        write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", 2051, images)
        write_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", 2049, labels)


def write_idx(path, magic, array):
    header = np.array([magic, *array.shape], dtype=">u4").tobytes()
    with gzip.open(path, "wb") as file:
        file.write(header + array.tobytes())


def write_vgg16(folder, channels=3, hidden=16):
    """VGG16's weights under their own names, a few channels wide."""
    rng = np.random.default_rng(0)
    weights, width = {}, 3
    for block, convolutions in VGG16_LAYERS.items():
        for i in range(1, convolutions + 1):
            shape = (channels, width, 3, 3)
            weights[f"conv{block}_{i}/W"] = normal(rng, shape, 2 / (9 * width))
            weights[f"conv{block}_{i}/b"] = np.full(channels, 0.1, np.float32)
            width = channels
    sizes = (channels * 7 * 7, hidden, hidden, 1000)
    for i in range(3):
        shape = sizes[i : i + 2]
        weights[f"fc{6 + i}/W"] = normal(rng, shape, 2 / sizes[i])
        weights[f"fc{6 + i}/b"] = np.zeros(sizes[i + 1], np.float32)
    np.savez(folder / "vgg16.npz", **weights)


def normal(rng, shape, variance):
    return (rng.standard_normal(shape) * np.sqrt(variance)).astype(np.float32)


def write_labels(folder):
    """The 1000 classes as the text of a dict, as the book's file has them."""
    text = str({i: f"class {i}" for i in range(1000)}).replace(", ", ",\n ")
    (folder / LABELS).write_text(text)


def write_image(folder, name, size=(90, 60), seed=0):
    """Coloured waves under the name of a photo; PNG inside, so that no bit is lost."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[1], : size[0]]
    waves = [np.sin(x * fx + y * fy) for fx, fy in rng.uniform(0.05, 0.4, (3, 2))]
    pixels = np.uint8(128 + 100 * np.stack(waves, axis=2))
    with open(os.path.join(folder, name), "wb") as file:
        Image.fromarray(pixels).save(file, format="PNG")
