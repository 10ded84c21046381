import os
import sys
import types

import numpy as np
import pytest

import ondol
from ondol import threads
from ondol.__main__ import main
from ondol.compiler import build, cache, toolchain
from ondol.show import info as info_function
from ondol.show.info import SUBJECTS, Info


def test_it_names_what_ondol_runs_on():
    found = ondol.info()
    assert found["ondol"].startswith(f"{ondol.__version__}, in ")
    assert found["Python"].startswith(".".join(map(str, sys.version_info[:3])))
    assert found["NumPy"] == np.__version__
    assert f"{os.cpu_count()} CPUs, bound to {threads.cpus()}" in found["processor"]
    assert found["threads"].startswith(f"{threads.get_num_threads()} for BLAS")
    for pool in threads.pools():
        assert f"{pool.name} uses {pool.get()} threads" in found["BLAS"]
    assert f"safetensors {__import__('safetensors').__version__}" in found["libraries"]
    assert not any("Error: " in text for text in found.values()), found


def test_the_compiler_and_its_flags():
    found = toolchain.compiler()
    if found is None:
        assert ondol.info()["compiler"].startswith("none")
        return
    command, flags = ondol.info()["compiler"].split("\n")
    assert command.startswith(found.command[0])
    assert flags.split() == build.flags(found)
    assert {"-O3", "-ffp-contract=off"} < {*flags.split()}


def test_without_a_compiler(monkeypatch):
    monkeypatch.setattr(sys.modules[info_function.__module__], "compiler", lambda: None)
    assert ondol.info()["compiler"] == "none: compiled functions run as they stand"


def test_the_cache_and_how_large_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("ONDOL_CACHE", str(tmp_path))
    folder = cache.cache_folder()
    (folder / "a-b.so").write_bytes(bytes(1500))
    (folder / "other.txt").write_bytes(bytes(10))
    assert ondol.info()["cache"] == f"{folder}, 1 libraries, 1.5 kB"


def test_the_home_folder_is_not_told(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ONDOL_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert ondol.info()["cache"].startswith("~/.cache/ondol")


def test_what_is_broken_is_told_and_breaks_nothing(monkeypatch):
    def ask():
        raise OSError("no such disk")

    monkeypatch.setitem(SUBJECTS, "system", ask)
    assert ondol.info()["system"] == "OSError: no such disk"


def test_a_containers_limit_is_told(monkeypatch):
    monkeypatch.setattr(threads, "quota", lambda: 1.5)
    assert ondol.info()["processor"].endswith("a container's limit of 1.5")


def test_only_environment_variables_that_matter(monkeypatch):
    for name in [*os.environ]:
        if name.split("_")[0] in ("OMP", "OPENBLAS", "ONDOL", "KMP", "MKL"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("CC", raising=False)
    assert ondol.info()["environment"] == "nothing set"
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("CC", "gcc")
    monkeypatch.setenv("CC_TOKEN", "secret")
    monkeypatch.setenv("PASSWORD", "secret")
    assert ondol.info()["environment"] == "CC=gcc\nOMP_NUM_THREADS=2"


def test_a_gpu(monkeypatch):
    runtime = types.SimpleNamespace(
        getDeviceCount=lambda: 2,
        getDeviceProperties=lambda i: {"name": b"Tensor %d" % i},
        runtimeGetVersion=lambda: 13000,
    )
    cupy = types.SimpleNamespace(cuda=types.SimpleNamespace(runtime=runtime))
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    assert SUBJECTS["GPU"]() == "Tensor 0, Tensor 1; CUDA 13000"
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert SUBJECTS["GPU"]() == "none: CuPy is not installed"


def test_it_is_printed_a_line_for_each_subject():
    text = repr(Info({"a": "one", "longer": "two\nthree"}))
    assert text == "a       one\nlonger  two\n        three"


def test_the_command(capsys):
    assert main(["info"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["ondol", f"{ondol.__version__},"]
    assert any(line.startswith("BLAS ") for line in lines)


def test_the_command_takes_nothing_more(capsys):
    with pytest.raises(SystemExit):
        main(["info", "more"])
    assert "unrecognized arguments: more" in capsys.readouterr().err
