"""Files of data sets, made small, and where the real ones are if they are installed."""

import gzip
import io
import struct
import tarfile
from pathlib import Path

import numpy as np

# Of Debian's package dataset-fashion-mnist.
FASHION = Path("/usr/share/datasets/fashion-mnist")
CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx_bytes(array):
    head = struct.pack(f">HBB{array.ndim}I", 0, CODES[array.dtype.str[1:]], array.ndim,
                       *array.shape)  # fmt: skip
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def mnist_arrays(n, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, 28, 28), np.uint8)
    return images, (np.arange(n) % 10).astype(np.uint8)


def mnist_files(n=20):
    """The four files, by name, as bytes."""
    files = {}
    for seed, part in enumerate(("train", "t10k")):
        images, labels = mnist_arrays(n + seed, seed)
        files[f"{part}-images-idx3-ubyte.gz"] = gzip.compress(idx_bytes(images))
        files[f"{part}-labels-idx1-ubyte.gz"] = gzip.compress(idx_bytes(labels))
    return files


def write_all(folder, files):
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def tar_bytes(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def cifar_records(n, classes, seed):
    """Labels ``(n, len(classes))`` and pixels ``(n, 3072)``, uint8."""
    rng = np.random.default_rng(seed)
    labels = np.stack([rng.integers(0, c, n, np.uint8) for c in classes], 1)
    return labels, rng.integers(0, 256, (n, 3072), np.uint8)


def cifar10_members(n=4):
    names = [*(f"data_batch_{i}.bin" for i in (3, 1, 5, 2, 4)), "test_batch.bin"]
    members = {"cifar-10-batches-bin/batches.meta.txt": b"airplane\n"}
    for name in names:
        records = np.hstack(cifar_records(n, (10,), len(name) + ord(name[-5])))
        members[f"cifar-10-batches-bin/{name}"] = records.tobytes()
    return members


def cifar100_members(n=6):
    return {
        f"cifar-100-binary/{name}.bin": np.hstack(
            cifar_records(n, (20, 100), seed)
        ).tobytes()
        for seed, name in enumerate(("train", "test"))
    }
