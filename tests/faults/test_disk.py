"""Full disks and folders that may not be written to: the last good checkpoint stays."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="users and limits of POSIX")

# Larger and larger checkpoints, until the system says no.
GROW = """
import errno, sys, numpy as np
from ondol.io import Checkpoints
from ondol.layers import Linear
checkpoints = Checkpoints(sys.argv[1], keep=2)
model = Linear(8, in_size=8)
size, step = 1000, 0
while True:
    try:
        checkpoints.save(step, {"model": model}, ballast=np.zeros(size, np.uint8))
    except OSError as error:
        print(step, errno.errorcode[error.errno])
        break
    size, step = int(size * float(sys.argv[2])), step + 1
notes = checkpoints.load({"model": model})
print(notes["step"], len(checkpoints.paths()), len([*checkpoints.folder.iterdir()]))
checkpoints.save(step, {"model": model})  # a small one has room
print(checkpoints.latest().name)
"""
LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000,) * 2)\n"
DISK = 'mount -t tmpfs -o size=400k none "$1" && exec "$2" -c "$3" "$1" "$4"'


def can_mount():
    """May this user have a disk of its own, in a namespace of its own?"""
    try:
        return not subprocess.run(
            ["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"],
            capture_output=True,
        ).returncode
    except FileNotFoundError:
        return False


def grow(command):
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    refused, last, newest = run.stdout.splitlines()
    step, error = refused.split()
    assert int(step) > 3
    # The newest is the last that was written; both that are kept are there, no more.
    assert last == f"{int(step) - 1} 2 2"
    assert newest == f"step-{int(step):012d}.ckpt"
    return error


@pytest.mark.parametrize("factor", ["1.3", "1.37", "1.41"])  # where in a file it ends
def test_a_file_that_may_not_grow(tmp_path, factor):
    error = grow([sys.executable, "-c", LIMIT + GROW, tmp_path, factor])
    assert error == "EFBIG"


@pytest.mark.skipif(not can_mount(), reason="this user may not mount a small disk")
@pytest.mark.parametrize("factor", ["1.3", "1.37", "1.41"])
def test_a_full_disk(tmp_path, factor):
    arguments = ["sh", tmp_path, sys.executable, GROW, factor]
    error = grow(["unshare", "-rm", "sh", "-c", DISK, *arguments])
    assert error == "ENOSPC"


FORBIDDEN = """
import os, sys
from ondol.errors.texts import table
from ondol.io import Checkpoints, save_checkpoint
from ondol.layers import Linear
model = Linear(8, in_size=8)
checkpoints = Checkpoints(sys.argv[1], keep=1)
table(), checkpoints.load({"model": model})  # what Python imports late, root may read
os.getuid() or os.setuid(65534)  # root may write everywhere
for save in (
    lambda: checkpoints.save(2, {"model": model}),
    lambda: save_checkpoint(checkpoints.latest(), {"model": model}),
    lambda: Checkpoints(checkpoints.folder / "new").save(2, {"model": model}),
):
    try:
        save()
    except PermissionError as error:
        print(error)
print(checkpoints.load({"model": model}))
"""
SAVE = """
import sys
from ondol.io import Checkpoints
from ondol.layers import Linear
Checkpoints(sys.argv[1]).save(1, {"model": Linear(8, in_size=8)})
"""


@pytest.fixture
def open_folder():
    """A folder that other users can reach; those of pytest are its user's alone."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_may_not_be_written_to(open_folder):
    subprocess.run([sys.executable, "-c", SAVE, open_folder], check=True)
    open_folder.chmod(0o555)
    before = {path: path.read_bytes() for path in open_folder.iterdir()}
    run = subprocess.run([sys.executable, "-c", FORBIDDEN, open_folder],
                         capture_output=True, text=True, check=True)  # fmt: skip
    lines = run.stdout.splitlines()
    assert sum(line.startswith("cannot write ") for line in lines) == 3
    assert lines[-1] == "{'step': 1, 'score': None}"
    assert {path: path.read_bytes() for path in open_folder.iterdir()} == before
