"""Batches made ahead by threads and by processes, and what can go wrong there."""

import contextlib
import copy
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import slow_samples
from slow_samples import At, FileOf, Squares, Unloadable, Whereabouts, noise, twist

from ondol.data import ArrayDataset, DataLoader, WorkerError, shared
from ondol.data import workers as module

SHARED = Path("/dev/shm")
KINDS = [{"worker_kind": "process"}, {"worker_kind": "thread"}]
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["worker_kind"])
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def blocks():
    return {*SHARED.iterdir()} if SHARED.is_dir() else set()


@pytest.fixture(autouse=True)
def nothing_is_left():
    """No process, no thread, no shared memory, and nothing in the environment."""
    before = blocks(), {*threading.enumerate()}, dict(os.environ)
    yield
    gc.collect()
    assert multiprocessing.active_children() == []
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
    assert environment.items() <= before[2].items()
    assert {*threading.enumerate()} <= before[1]
    ours = [path for path in blocks() - before[0] if path.stat().st_uid == os.getuid()]
    assert [path for path in ours if path.name in made] == []


made = set()  # the blocks of this process: other programs make some, too


@pytest.fixture(autouse=True)
def blocks_are_known(monkeypatch):
    def known(size):
        memory = shared.block(size)
        made.add(memory.name.lstrip("/") if memory else None)
        return memory

    monkeypatch.setattr(module, "block", known)


@contextlib.contextmanager
def at_most(seconds):
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


def same(one, two):
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        for x, y in zip(a, b, strict=True):
            assert x.dtype == y.dtype
            np.testing.assert_array_equal(x, y)


@kinds
def test_the_same_batches_whoever_makes_them(kind):
    plain = DataLoader(Squares(), 3, seed=1, transform=noise)
    loader = DataLoader(Squares(), 3, seed=1, transform=noise, workers=2, **kind)
    for _ in range(2):
        same([*plain], [*loader])


@pytest.mark.parametrize("prefetch", [1, 5])
@pytest.mark.parametrize("workers", [1, 3, 20])
def test_the_same_batches_however_far_ahead(workers, prefetch):
    data = ArrayDataset(np.arange(40.0))
    settings = {"workers": workers, "worker_kind": "thread", "prefetch": prefetch}
    plain, loader = (
        DataLoader(data, 7, seed=1, transform=noise, collate=twist, **more)
        for more in ({}, settings)
    )
    assert [(x.tolist(), r) for x, r in plain] == [(x.tolist(), r) for x, r in loader]


def test_batches_are_the_users_own():
    (first, *_), second = DataLoader(Squares(2), 1, shuffle=False, workers=1)
    first[:] = -1
    assert first.flags.writeable
    assert second[2][0, 0] == Squares()[1][2][0]


def test_processes_have_one_thread_for_blas_and_share_the_work():
    loader = DataLoader(Whereabouts(), 1, workers=2)
    pids, one, _, loaded = (
        np.concatenate(field) for field in zip(*loader, strict=True)
    )
    assert len({*pids}) == 2
    assert os.getpid() not in pids
    assert one.all()
    assert loaded.all()


def test_threads_share_the_work():
    loader = DataLoader(Whereabouts(), 1, workers=2, worker_kind="thread")
    pids, _, threads, _ = (np.concatenate(field) for field in zip(*loader, strict=True))
    assert {*pids} == {os.getpid()}
    assert len({*threads}) == 2
    assert threading.get_ident() not in threads


def test_work_is_ahead_but_not_further_than_prefetch():
    read = []

    class Noted(Squares):
        def __getitem__(self, i):
            read.append(i)
            return (i,)

    loader = DataLoader(Noted(), 1, shuffle=False, workers=2, worker_kind="thread")
    iterator = iter(loader)
    next(iterator)
    deadline = time.monotonic() + 5
    while len(read) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert sorted(read) == [0, 1, 2, 3, 4]
    assert loader.state_dict()["position"] == 1
    iterator.close()


# -- errors ----------------------------------------------------------------------------


@kinds
def test_an_error_keeps_its_kind_and_names_the_sample(kind):
    loader = DataLoader(At(slow_samples.key_error), 3, seed=1, workers=2, **kind)
    with at_most(20), pytest.raises(KeyError, match="lost") as info:
        list(loader)
    notes = info.value.__notes__
    assert notes[0] == "while reading sample 5 of the dataset (epoch 0)"
    if kind["worker_kind"] == "process":
        assert notes[1].startswith("in a worker process:\nTraceback")
        assert 'raise KeyError("lost")' in notes[1]
        assert "slow_samples.py" in notes[1]


def test_an_error_that_cannot_be_sent_is_told():
    with pytest.raises(WorkerError, match=r"OddError: unusual.*sample 5") as info:
        list(DataLoader(At(slow_samples.odd), 3, shuffle=False, workers=1))
    assert 'raise OddError("un", "usual")' in info.value.__notes__[0]


def test_what_cannot_be_sent_back_is_told():
    loader = DataLoader(Squares(), 2, workers=1, collate=slow_samples.endless)
    with pytest.raises(TypeError, match="generator") as info:
        list(loader)
    assert "sending batch 0 of epoch 0 to the process that" in info.value.__notes__[0]


def test_workers_have_no_workers():
    words = r"(?s)cannot start worker processes of its own.*worker_kind"
    with pytest.raises(WorkerError, match=words) as info:
        list(DataLoader(slow_samples.Nested(), 2, shuffle=False, workers=1))
    assert info.value.__notes__[0].startswith("while reading sample 0")


@pytest.mark.parametrize(
    ("what", "how"),
    [
        (slow_samples.leave, "exit code 3"),
        pytest.param(slow_samples.killed, "signal SIGKILL", marks=posix),
    ],
)
def test_a_worker_that_dies_is_reported(what, how):
    loader = DataLoader(At(what), 2, shuffle=False, workers=2)
    message = rf"died \({how}\) while it made a batch of the samples 4, 5\n"
    with at_most(20), pytest.raises(WorkerError, match=message) as info:
        list(loader)
    assert info.value.code == "worker-died"


def test_the_batches_that_a_dead_worker_had_finished_are_not_blamed():
    """The first worker is at samples 5 when the second one still makes its first."""
    loader = DataLoader(
        slow_samples.DiesAhead(), 1, shuffle=False, workers=2, prefetch=9
    )
    with at_most(20), pytest.raises(WorkerError, match="a batch of the samples 6\n"):
        list(loader)


class Local(Squares):
    """Pickled by its name, so a local subclass cannot be."""


@pytest.mark.parametrize("part", ["dataset", "transform", "collate"])
def test_what_cannot_be_sent_is_named_before_a_process_starts(part):
    class Hidden(Local):
        pass

    thing = Hidden() if part == "dataset" else lambda x: x
    arguments = {"dataset": Squares(), part: thing}
    words = rf"(?s)the {part} cannot be sent .*(Hidden|lambda).*worker_kind=.thread."
    with at_most(2), pytest.raises(TypeError, match=words):
        list(DataLoader(batch_size=2, workers=2, **arguments))
    assert (
        len([*DataLoader(batch_size=2, workers=2, worker_kind="thread", **arguments)])
        == 10
    )


def test_what_cannot_be_loaded_there_is_told():
    words = (
        r"(?s)could not load the dataset.*nowhere.*put what was defined in a notebook"
    )
    with at_most(20), pytest.raises(WorkerError, match=words):
        list(DataLoader(Unloadable(), 2, workers=2))


def program(text, *arguments, **settings):
    folder = str(Path(__file__).parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, *sys.path])}
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        input=text,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **settings,
    )


USE = """
from ondol.data import DataLoader
from slow_samples import Squares
print(sum(int(x.sum()) for x, *_ in DataLoader(Squares(), 4, workers=1)))
"""


def test_at_a_prompt_what_was_imported_works():
    run = program(USE, "-")
    assert (run.stdout, run.stderr) == ("190\n", "")


def test_at_a_prompt_what_was_defined_there_is_told():
    run = program(
        USE + "class Mine(Squares): pass\nlist(DataLoader(Mine(), 4, workers=1))", "-"
    )
    assert "Can't get attribute 'Mine'" in run.stderr
    assert 'worker_kind="thread"' in run.stderr
    assert "[worker-unpickle]" in run.stderr


def test_a_program_that_workers_cannot_import_is_told(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(USE)
    run = program("", str(script))
    assert run.returncode == 1
    assert 'under if __name__ == "__main__":' in run.stderr
    assert "[worker-start]" in run.stderr


def test_a_program_that_ends_in_the_middle_leaves_nothing(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from ondol.data import DataLoader\n"
        "from slow_samples import Squares\n"
        "if __name__ == '__main__':\n"
        "    batches = iter(DataLoader(Squares(500), 4, workers=2))\n"
        "    for _ in range(9): next(batches)\n"
        "    print('ends')\n"
    )
    run = program("", str(script))
    assert (run.stdout, run.stderr, run.returncode) == ("ends\n", "", 0)


@posix
def test_workers_end_when_their_parent_is_killed(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal, multiprocessing\n"
        "from ondol.data import DataLoader\n"
        "from slow_samples import Squares\n"
        "if __name__ == '__main__':\n"
        "    batches = iter(DataLoader(Squares(500), 4, workers=2))\n"
        "    next(batches)\n"
        "    pids = [child.pid for child in multiprocessing.active_children()]\n"
        "    print(*pids, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = program("", str(script))
    pids = [*map(int, run.stdout.split())]
    assert len(pids) == 2
    deadline = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(alive, pids))


def alive(pid):
    """Is the process there, and no zombie that nobody has asked about?"""
    with contextlib.suppress(OSError):
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    return False


# -- ending in the middle --------------------------------------------------------------


@kinds
def test_break_ends_the_workers(kind):
    for _ in DataLoader(Squares(200), 2, workers=2, **kind):
        break


def test_break_does_not_wait_for_a_sample_that_hangs():
    with at_most(20):
        begun_to_sleep(workers=2)


def begun_to_sleep(**arguments):
    """Leave a loop whose workers make a batch that takes a minute."""
    for i, *_ in DataLoader(At(slow_samples.sleep), 1, shuffle=False, **arguments):
        if i == 4:
            time.sleep(0.2)
            break


@posix
def test_a_fork_leaves_the_workers_to_their_owner(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, warnings\n"
        "from ondol.data import DataLoader\n"
        "from slow_samples import Squares\n"
        "warnings.simplefilter('ignore')  # newer Pythons warn of forks\n"
        "if __name__ == '__main__':\n"
        "    batches = iter(DataLoader(Squares(100), 4, workers=2))\n"
        "    next(batches)\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        batches.close()\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    print(len([*batches]))\n"
    )
    run = program("", str(script))
    assert (run.stdout, run.stderr, run.returncode) == ("24\n", "", 0)


@posix
def test_ctrl_c_ends_the_workers_and_is_the_parents_alone(capfd):
    with at_most(20), pytest.raises(KeyboardInterrupt):
        list(DataLoader(slow_samples.Interrupted(), 1, shuffle=False, workers=2))
    assert capfd.readouterr().err == ""


def test_an_epoch_that_was_not_begun_starts_nothing():
    iter(DataLoader(Squares(), 2, workers=2))
    assert multiprocessing.active_children() == []


@posix
def test_a_worker_that_does_not_end_is_killed(monkeypatch):
    asked = []
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    monkeypatch.setattr(
        module.BaseProcess, "terminate", lambda self: asked.append(self.pid)
    )
    begun_to_sleep(workers=1)
    assert len(asked) == 1


# -- from epoch to epoch ---------------------------------------------------------------


def crew(loader):
    """The processes and the threads that made an epoch."""
    pids, _, threads, _ = (np.concatenate(field) for field in zip(*loader, strict=True))
    return {*zip(pids.tolist(), threads.tolist(), strict=True)}


@kinds
def test_persistent_workers_make_epoch_after_epoch(kind):
    loader = DataLoader(Whereabouts(), 1, workers=2, persistent_workers=True, **kind)
    first = crew(loader)
    assert len(first) == 2
    assert crew(loader) == first
    copied = copy.deepcopy(loader)
    assert crew(copied).isdisjoint(first)
    del copied
    assert crew(loader) == first
    del loader
    ended_soon()


def ended_soon():
    """Threads that nobody holds any more end by themselves."""
    deadline = time.monotonic() + 5
    while any(t.name.startswith("ondol-data") for t in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@kinds
def test_persistent_workers_give_the_same_batches(kind):
    plain = DataLoader(Squares(), 3, seed=1, transform=noise)
    loader = DataLoader(
        Squares(),
        3,
        seed=1,
        transform=noise,
        workers=2,
        persistent_workers=True,
        **kind,
    )
    for epoch in range(3):
        same([*plain], [*loader])
        if epoch == 1:
            plain.epoch = loader.epoch = 7
            plain.seed = loader.seed = 5
    side_by_side = zip(plain, plain, loader, loader, strict=True)
    for a, b, c, d in side_by_side:
        same([a, b], [c, d])
    del loader, side_by_side
    ended_soon()


@kinds
def test_persistent_workers_begin_anew_after_a_break(kind):
    loader = DataLoader(Whereabouts(), 1, workers=1, persistent_workers=True, **kind)
    first = crew(loader)
    for pid, _, thread, _ in loader:
        assert {(int(pid[0]), int(thread[0]))} == first
        break
    assert len(crew(loader)) == 1
    del loader
    ended_soon()


def test_persistent_workers_have_the_dataset_that_the_loader_has():
    loader = DataLoader(Squares(8), 1, seed=1, workers=1, persistent_workers=True)
    list(loader)
    loader.dataset = Whereabouts()
    assert len(crew(loader)) == 1


# -- memory ----------------------------------------------------------------------------


def test_without_shared_memory_the_pipe_does(monkeypatch):
    monkeypatch.setattr(module, "block", lambda size: None)
    plain = DataLoader(Squares(6), 2, shuffle=False)
    same([*plain], [*DataLoader(Squares(6), 2, shuffle=False, workers=1)])


def test_batches_that_grow_get_larger_blocks():
    samples = [(np.full(n, n),) for n in (1, 9_000, 50_000, 20_000, 300_000, 5)]
    loader = DataLoader(samples, 1, shuffle=False, workers=1, prefetch=1)
    assert [x.shape[1] for (x,) in loader] == [1, 9_000, 50_000, 20_000, 300_000, 5]


def test_an_array_in_a_file_is_opened_by_the_workers(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(1000.0))
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    for array in (x[10:],):
        ((_, in_file, total),) = DataLoader(FileOf(array), 2, workers=1)
        assert in_file.all()
        assert total.tolist() == [float(array.sum())] * 2


# -- arguments -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"workers": -1}, "workers must be at least 0"),
        ({"prefetch": 0}, "prefetch must be at least 1"),
        ({"worker_kind": "fork"}, "'fork', which is not one of 'process', 'thread'"),
    ],
)
def test_arguments_are_looked_at(arguments, message):
    with pytest.raises(ValueError, match=message):
        DataLoader(Squares(), 2, **arguments)


def test_signal_names_are_those_of_the_system():
    assert module._ending(-signal.SIGINT) == "signal SIGINT"
    assert module._ending(-250) == "signal 250"
    assert module._ending(None) == "it closed its connection"
