"""Numbers of threads: who sets them, who obeys, and what a container allows."""

import math
import os
import subprocess
import sys
import threading
from contextlib import suppress

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import threads
from ondol.compiler import build
from ondol.errors import ArgumentError


@pytest.fixture(autouse=True)
def _as_before():
    yield
    threads._limits.asked, threads._limits.blocks = None, []
    threads._limits.apply()


@pytest.fixture(params=["threadpoolctl", "by itself"])
def way(request, monkeypatch):
    """With the library that knows every BLAS, and without."""
    if request.param == "by itself":
        monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    else:
        pytest.importorskip("threadpoolctl")


def of_blas():
    return {pool.get() for pool in threads.pools()}


# -- set_num_threads and limit ---------------------------------------------------------


def test_blas_and_the_number_asked_for(way):
    before = of_blas()
    assert before
    ondol.set_num_threads(3)
    assert ondol.get_num_threads() == 3
    assert of_blas() == {3}
    with threads.limit(2):
        assert ondol.get_num_threads() == 2
        with threads.limit(1):
            assert of_blas() == {1}
            assert ondol.get_num_threads() == 1
        assert of_blas() == {2}
    assert of_blas() == {3}


def test_when_nobody_asks_any_more_blas_has_what_it_had(way):
    before = of_blas()
    with suppress(KeyError), threads.limit(7):
        assert of_blas() == {7}
        raise KeyError
    assert of_blas() == before


def test_in_a_block_a_new_number_waits_for_the_end_of_the_block(way):
    with threads.limit(2):
        ondol.set_num_threads(5)
        assert ondol.get_num_threads() == 2
    assert ondol.get_num_threads() == 5


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", None, True, np.float32(2)])
def test_what_is_no_number_of_threads(n):
    with pytest.raises(ArgumentError, match="whole number of at least 1") as info:
        ondol.set_num_threads(n)
    assert info.value.code == "threads-number"
    with pytest.raises(ArgumentError), threads.limit(n):
        pass


def test_numpys_integers_are_numbers_of_threads():
    ondol.set_num_threads(np.int64(2))
    assert ondol.get_num_threads() == 2


def test_blocks_of_several_threads_end_in_any_order():
    """The last one opened holds; in the end all is as before."""
    before, start = of_blas(), threading.Barrier(8)

    def work(n):
        start.wait()
        for _ in range(50):
            with threads.limit(n):
                assert threads.get_num_threads() in range(1, 9)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(1, 9)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert threads._limits.blocks == []
    assert of_blas() == before


def test_a_block_that_was_opened_first_and_closed_first_takes_nothing_away():
    first, second = threads.limit(4), threads.limit(6)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads.get_num_threads() == 6
    second.__exit__(None, None, None)
    assert threads._limits.now() is None


def test_a_blas_that_cannot_be_told_anything(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    monkeypatch.setattr(threads, "openblas", lambda: None)
    threads._say_unknown.cache_clear()
    with pytest.warns(UserWarning, match="pip install threadpoolctl"):
        ondol.set_num_threads(2)
    assert ondol.get_num_threads() == 2
    ondol.set_num_threads(3)  # told once


# -- generated code --------------------------------------------------------------------


@ondol.compile
def spread(x):
    return F.sum(np.exp(x) * 2, axis=1)


PROGRAM = """
import os, sys
import numpy as np
import ondol, ondol.functions as F

def tasks():
    return len(os.listdir("/proc/self/task"))

@ondol.compile
def f(x):
    return F.sum(np.exp(x) * 2, axis=1)

x = np.ones((2000, 100))
ondol.set_num_threads({n})
f(x)  # as it stands: what BLAS starts is there
before = tasks()
f(x)
print(tasks() - before)
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts in /proc")
@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("usual", ["1", "2"])
def test_generated_code_starts_as_many_threads_as_were_asked_for(n, usual):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(n=n)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": usual},
    )
    assert int(run.stdout) == n - 1  # besides the one that calls


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_result_does_not_depend_on_the_number_of_threads(n, rng):
    x = rng.normal(size=(1500, 90))
    usual = [spread(x).data for _ in range(3)][-1]
    with threads.limit(n):
        assert np.array_equal(spread(x).data, usual)


def test_products_are_right_with_any_number_of_threads(rng):
    a, b = rng.normal(size=(2, 200, 200)).astype(np.float32)
    product = ondol.compile(lambda a, b: ondol.as_variable(a) @ b)
    for n in (1, 2, 3):
        with threads.limit(n):
            for _ in range(3):
                y = product(a, b).data
            assert of_blas() == {n}  # as it was before the call
        np.testing.assert_allclose(y, a @ b, rtol=1e-4, atol=1e-3)


def test_openmps_own_number_is_back_after_a_call():
    """Other libraries of the process share it."""
    if build.compiler() is None:
        pytest.fail("this needs a C compiler")
    library = build.build(build.PROBE)
    usual = library.ondol_threads()
    x = np.ones((1500, 90))
    with threads.limit(5):
        for _ in range(3):
            spread(x)
        assert library.ondol_threads() == usual


# -- CPUs and containers ---------------------------------------------------------------


def written(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(content))
    return root


V2 = "sys/fs/cgroup/"
V1 = "sys/fs/cgroup/cpu,cpuacct/"
CPU = "3:cpuset:/\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, math.inf),
        ({"proc/self/cgroup": "0::/\n"}, math.inf),
        ({"proc/self/cgroup": "0::/\n", V2 + "cpu.max": "max 100000\n"}, math.inf),
        ({"proc/self/cgroup": "0::/\n", V2 + "cpu.max": "250000 100000\n"}, 2.5),
        (  # of a group and those above it the least
            {
                "proc/self/cgroup": "0::/a/b\n",
                V2 + "a/cpu.max": "150000 100000",
                V2 + "a/b/cpu.max": "400000 100000",
            },
            1.5,
        ),
        (  # seen from inside of another name space
            {"proc/self/cgroup": "0::/../..\n", V2 + "cpu.max": "300000 100000"},
            3.0,
        ),
        (
            {
                "proc/self/cgroup": CPU,
                V1 + "docker/abc/cpu.cfs_quota_us": "50000\n",
                V1 + "docker/abc/cpu.cfs_period_us": "100000\n",
            },
            0.5,
        ),
        (  # the container's group is the root of what it sees
            {
                "proc/self/cgroup": CPU,
                V1 + "cpu.cfs_quota_us": "200000",
                V1 + "cpu.cfs_period_us": "100000",
            },
            2.0,
        ),
        (
            {
                "proc/self/cgroup": CPU,
                V1 + "cpu.cfs_quota_us": "-1",
                V1 + "cpu.cfs_period_us": "100000",
            },
            math.inf,
        ),
        ({"proc/self/cgroup": "0::/\n", V2 + "cpu.max": "what is this\n"}, math.inf),
        ({"proc/self/cgroup": "0::/\n", V2 + "cpu.max": "1000 0\n"}, math.inf),
        ({"proc/self/cgroup": "0::/\n", V2 + "cpu.max": ""}, math.inf),
        ({"proc/self/cgroup": "0::/\udcff\n", V2 + "cpu.max": "1 2\n"}, 0.5),
        ({"proc/self/cgroup": "what is this\n", V2 + "cpu.max": "1 2\n"}, 0.5),
    ],
)
def test_the_limit_of_a_container(tmp_path, files, expected):
    assert threads.quota(written(tmp_path, files)) == expected


@pytest.mark.parametrize(
    ("cpus", "quota", "expected"),
    [(8, math.inf, 8), (8, 2.5, 3), (8, 0.1, 1), (2, 4.0, 2), (1, math.inf, 1)],
)
def test_as_many_as_can_run_at_a_time(monkeypatch, cpus, quota, expected):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(threads, "cpus", lambda: cpus)
    monkeypatch.setattr(threads, "quota", lambda: quota)
    assert threads.available() == threads.get_num_threads() == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="not on this system")
def test_cpus_that_the_process_is_not_bound_to_do_not_count():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert threads.cpus() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert threads.cpus() == len(before)


@pytest.fixture
def small_container(monkeypatch):
    """Two CPUs of sixteen."""
    for name in threads.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(threads, "cpus", lambda: 16)
    monkeypatch.setattr(threads, "quota", lambda: 2.0)
    yield
    monkeypatch.undo()
    threads.ALLOWED.value = 0


@pytest.mark.usefixtures("small_container")
def test_blas_and_generated_code_keep_to_a_containers_limit(way):
    before = threads.pools()[0].get()
    try:
        for pool in threads.pools():
            pool.set(16)
        threads.keep_to_container()
        assert of_blas() == {2}
        assert threads.ALLOWED.value == 2
        ondol.set_num_threads(5)  # the user may know better
        threads.keep_to_container()
        assert of_blas() == {5}
        assert threads.ALLOWED.value == 5
    finally:
        threads._limits.asked, threads._limits._usual = None, []
        for pool in threads.pools():
            pool.set(before)


@pytest.mark.usefixtures("small_container")
def test_after_a_block_the_limit_of_the_container_holds_again():
    before = of_blas()
    with threads.limit(1):
        assert threads.ALLOWED.value == 1
    assert threads.ALLOWED.value == 2
    assert of_blas() == before


@pytest.mark.usefixtures("small_container")
def test_a_blas_that_uses_fewer_is_left_alone():
    pool = threads.pools()[0]
    before = pool.get()
    try:
        pool.set(1)
        threads.keep_to_container()
        assert pool.get() == 1
    finally:
        pool.set(before)


IMPORTED = """
import os, pathlib
texts = {"/proc/self/cgroup": b"0::/", "/sys/fs/cgroup/cpu.max": b"50000 100000"}
read = pathlib.Path.read_bytes
pathlib.Path.read_bytes = lambda path: texts[str(path)]
pathlib.Path.read_text = lambda path: texts[str(path)].decode()
os.sched_getaffinity = lambda pid: range(16)
os.process_cpu_count = lambda: 16
import ondol.threads
pathlib.Path.read_bytes = read
print({pool.get() for pool in ondol.threads.pools()}, ondol.threads.ALLOWED.value)
"""


def test_the_import_keeps_to_the_containers_limit(monkeypatch):
    for name in threads.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    command = [sys.executable, "-c", IMPORTED]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout == "{1} 1\n"


@pytest.mark.usefixtures("small_container")
def test_the_import_says_nothing_of_a_blas_that_cannot_be_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    monkeypatch.setattr(threads, "openblas", lambda: None)
    threads._say_unknown.cache_clear()
    threads.keep_to_container()  # warnings are errors here
    with pytest.warns(UserWarning, match="threadpoolctl"):
        threads.pools()


@pytest.mark.usefixtures("small_container")
@pytest.mark.parametrize("name", threads.VARIABLES)
def test_what_the_environment_says_goes_before_a_containers_limit(monkeypatch, name):
    monkeypatch.setenv(name, "9")
    before = of_blas()
    threads.keep_to_container()
    assert of_blas() == before
    assert threads.ALLOWED.value == (0 if name == "OMP_NUM_THREADS" else 2)


@pytest.mark.parametrize(
    ("said", "expected"), [("3", 3), (" 4,2", 4), ("", 7), ("many", 7), ("0", 7)]
)
def test_the_environment_says_how_many(monkeypatch, said, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    monkeypatch.setattr(threads, "available", lambda: 7)
    assert threads.get_num_threads() == expected
