"""Small made-up files in place of the book's downloads.

A script calls `use` with the `utils` module of its `dezero` before it asks for data:
the caches move into the working directory, so that nothing made up is ever left where
a reader keeps real files, and no real file is read in place of the made-up one.
"""

import gzip
import os
from pathlib import Path

import numpy as np
from PIL import Image

LABELS = "imagenet1000_clsidx_to_labels.txt"
VGG16_LAYERS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 3}  # block: convolutions in it
CHANNELS, UNITS = 3, 16  # of the narrow VGG16


def use(utils):
    """Move the caches, of ondol and of the book's package, to ``.dezero`` here."""
    folder = Path(".dezero").absolute()
    folder.mkdir(exist_ok=True)
    utils.cache_dir = str(folder)
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(folder.parent)
    os.environ["ONDOL_HOME"] = str(folder)
    return folder


def write_mnist(folder, train=1000, test=300):
    """The four files of MNIST with other digits: a bright 5x5 patch per class."""
    rng = np.random.default_rng(0)
    ours = folder / "mnist"  # the book's package keeps them in the folder itself
    ours.mkdir(exist_ok=True)
    for prefix, count in (("train", train), ("t10k", test)):
        labels = rng.integers(0, 10, count, dtype=np.uint8)
        images = rng.integers(0, 60, (count, 28, 28), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            row, column = 4 + 8 * (label // 4), 2 + 6 * (label % 4)
            image[row : row + 5, column : column + 5] += 190
        for place in (folder, ours):
            write_idx(place / f"{prefix}-images-idx3-ubyte.gz", 2051, images)
            write_idx(place / f"{prefix}-labels-idx1-ubyte.gz", 2049, labels)


def write_idx(path, magic, array):
    header = np.array([magic, *array.shape], dtype=">u4").tobytes()
    with gzip.open(path, "wb") as file:
        file.write(header + array.tobytes())


def write_vgg16(folder):
    """Weights for a `narrow` VGG16, under their own names."""
    rng = np.random.default_rng(0)
    weights, width = {}, 3
    for block, convolutions in VGG16_LAYERS.items():
        for i in range(1, convolutions + 1):
            shape = (CHANNELS, width, 3, 3)
            weights[f"conv{block}_{i}/W"] = normal(rng, shape, 2 / (9 * width))
            weights[f"conv{block}_{i}/b"] = np.full(CHANNELS, 0.1, np.float32)
            width = CHANNELS
    sizes = (CHANNELS * 7 * 7, UNITS, UNITS, 1000)
    for i in range(3):
        shape = sizes[i : i + 2]
        weights[f"fc{6 + i}/W"] = normal(rng, shape, 2 / sizes[i])
        weights[f"fc{6 + i}/b"] = np.zeros(sizes[i + 1], np.float32)
    np.savez(folder / "vgg16.npz", **weights)


def narrow(vgg16, layers):
    """Make all layers of a VGG16 but the last one narrow, before their first use."""
    for block, convolutions in VGG16_LAYERS.items():
        for i in range(1, convolutions + 1):
            conv = layers.Conv2d(CHANNELS, kernel_size=3, stride=1, pad=1)
            setattr(vgg16, f"conv{block}_{i}", conv)
    vgg16.fc6, vgg16.fc7 = layers.Linear(UNITS), layers.Linear(UNITS)
    return vgg16


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
