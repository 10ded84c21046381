"""Everything that writes a file, on a full disk and where it may not write.

The old file stays as it was, nothing half-written lies beside it, and the error says
what to do.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from test_disk import can_mount

pytestmark = pytest.mark.skipif(os.name != "posix", reason="users and limits of POSIX")

# WRITERS: file name -> a function of a path and of how many bytes to write there.
SETTING = """
import errno, os, resource, sys
from pathlib import Path
import numpy as np
import ondol.data.download as download
from ondol import Variable, show
from ondol.dezero import datasets, layers
from ondol.errors import FileError, ForbiddenFileError
from ondol.errors.texts import table
from ondol.io import save_arrays, save_weights
from ondol.layers import Linear

folder = Path(sys.argv[1])
download.set_cache_folder(folder)
rng = np.random.default_rng(0)

def graph(path, size):
    y = Variable(np.ones(1), name="x" * size)
    show.save_graph(y * 2, path)

def cache(path, size):
    datasets.save_cache_npz(rng.bytes(size), np.ones(1), "cache", train=True)

def arrays(path, size):
    save_arrays(path, {"x": rng.integers(0, 256, size, np.uint8)})

def weights(path, size):
    save_weights(path, Linear(max(size // 400, 1), in_size=100))

def book(path, size):
    layers.Linear(max(size // 400, 1), in_size=100).save_weights(path)

WRITERS = {
    "arrays.npz": arrays,
    "arrays.safetensors": arrays,
    "weights.npz": weights,
    "weights.safetensors": weights,
    "book.npz": book,
    "graph.dot": graph,
}
names = lambda: sorted(path.name for path in folder.iterdir())
"""

FULL = """
for name, write in WRITERS.items():
    path = folder / name
    write(path, 900)
    before, old = names(), path.read_bytes()
    with full():
        try:
            write(path, 90_000)
        except FileError as error:
            print(name, errno.errorcode[error.errno], "  fix: " in str(error))
            assert str(path) in str(error)
    assert names() == before and path.read_bytes() == old
    path.unlink()
with full():
    try:
        cache(folder / "cache.train.npz", 90_000)
    except FileError as error:
        print("cache", errno.errorcode[error.errno], "  fix: " in str(error))
assert names() == []
"""

# A server of its own, whose file breaks off where the disk ends and goes on from there.
DOWNLOAD = """
import contextlib, hashlib, io, servers
os.environ["no_proxy"] = "127.0.0.1"
data = rng.bytes(40_000)
checksum = "md5:" + hashlib.md5(data).hexdigest()
with servers.site() as site, contextlib.redirect_stderr(io.StringIO()):
    url = site.put("x.bin", data)
    with full():
        try:
            download.fetch(url, checksum=checksum)
        except FileError as error:
            print("fetch", errno.errorcode[error.errno], "ONDOL_HOME" in str(error))
    kept = (folder / "x.bin.part").stat().st_size
    assert 0 < kept < 40_000 and not (folder / "x.bin").exists()
    assert download.fetch(url, checksum=checksum).read_bytes() == data
    assert site.ranges()[-1] == f"bytes={kept}-"
"""

LIMITED = """
import contextlib

@contextlib.contextmanager
def full():
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
"""
FILLED = """
import contextlib

@contextlib.contextmanager
def full():
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    os.truncate(filler, filler.stat().st_size - 24_576)
    yield
    filler.unlink()
"""
TOLD = [
    *("arrays.npz", "arrays.safetensors", "weights.npz", "weights.safetensors"),
    *("book.npz", "graph.dot", "cache", "fetch"),
]


def said(command):
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    run = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    assert run.returncode == 0, run.stderr
    return [line for line in run.stdout.splitlines() if line[:3] not in ("Sav", " Do")]


def test_files_that_may_not_grow(tmp_path):
    code = SETTING + LIMITED + FULL + DOWNLOAD
    lines = said([sys.executable, "-c", code, tmp_path])
    assert lines == [f"{name} EFBIG True" for name in TOLD]


DISK = 'mount -t tmpfs -o size=128k none "$1" && exec "$2" -c "$3" "$1"'
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && '
own_disk = pytest.mark.skipif(not can_mount(), reason="this user may not mount a disk")


@own_disk
def test_a_full_disk(tmp_path):
    code = SETTING + FILLED + FULL + DOWNLOAD
    shell = ["unshare", "-rm", "sh", "-c", DISK, "sh"]
    lines = said([*shell, tmp_path, sys.executable, code])
    assert lines == [f"{name} ENOSPC True" for name in TOLD]


PREPARE = """
for name, write in WRITERS.items():
    write(folder / name, 900)
"""
FORBIDDEN = """
before = {path: path.read_bytes() for path in folder.iterdir()}
cache_path = folder / "none.npz"
writers = {**WRITERS, "new.npz": arrays, "new.safetensors": arrays, "cache": cache}
table(), save_arrays  # what Python imports late, root may read
import safetensors.numpy
become_nobody()
for name, write in writers.items():
    try:
        write(folder / name, 500)
    except ForbiddenFileError as error:
        print(name, isinstance(error, PermissionError), "  fix: " in str(error))
try:
    download.fetch("http://127.0.0.1:1/x.bin", progress=False)
except ForbiddenFileError as error:
    print("fetch", isinstance(error, PermissionError), "ONDOL_HOME" in str(error))
assert {path: path.read_bytes() for path in folder.iterdir()} == before
"""
NAMES = [*TOLD[:6], "new.npz", "new.safetensors", "cache", "fetch"]


@pytest.fixture
def open_folder():
    """A folder that other users can reach; those of pytest are its user's alone."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    said([sys.executable, "-c", SETTING + PREPARE, folder])
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_may_not_be_written_to(open_folder):
    open_folder.chmod(0o555)
    nobody = "become_nobody = lambda: os.getuid() or os.setuid(65534)\n"
    code = SETTING + nobody + FORBIDDEN
    lines = said([sys.executable, "-c", code, open_folder])
    assert lines == [f"{name} True True" for name in NAMES]


@own_disk
def test_a_disk_that_is_read_only(open_folder):
    code = SETTING + "become_nobody = lambda: None\n" + FORBIDDEN
    run = READ_ONLY + 'exec "$2" -c "$3" "$1"'
    shell = ["unshare", "-rm", "sh", "-c", run, "sh"]
    lines = said([*shell, open_folder, sys.executable, code])
    assert lines == [f"{name} True True" for name in NAMES]
