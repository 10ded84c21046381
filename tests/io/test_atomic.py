import os
import stat

import pytest

from ondol.io.atomic import atomic_write


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old"
    path.write_text("old")
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("cast", [str, lambda path: path], ids=["str", "Path"])
def test_writes_a_new_file(tmp_path, cast):
    path = tmp_path / "new"
    with atomic_write(cast(path)) as temporary:
        temporary.write_text("new")
        assert temporary.parent == tmp_path
        assert not path.exists()
    assert path.read_text() == "new"
    assert names(tmp_path) == ["new"]


def test_replaces_the_old_file_only_at_the_end(old):
    with atomic_write(old) as temporary:
        temporary.write_text("new")
        assert old.read_text() == "old"
    assert old.read_text() == "new"
    assert names(old.parent) == ["old"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_on_any_exception_the_old_file_is_as_it_was(old, error):
    def writer():
        with atomic_write(old) as temporary:
            temporary.write_text("half")
            raise error

    before = old.stat()
    with pytest.raises(error):
        writer()
    assert old.read_text() == "old"
    assert old.stat() == before
    assert names(old.parent) == ["old"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_of_the_system_leaves_the_old_file(old, step, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="disk full"), atomic_write(old) as temporary:
        temporary.write_text("new")
    assert old.read_text() == "old"
    assert names(old.parent) == ["old"]


def test_flushes_the_file_before_and_the_folder_after_the_rename(old, monkeypatch):
    log = []
    fsync, replace = os.fsync, os.replace

    def logged_fsync(descriptor):
        log.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def logged_replace(*paths):
        log.append("rename")
        replace(*paths)

    monkeypatch.setattr(os, "fsync", logged_fsync)
    monkeypatch.setattr(os, "replace", logged_replace)
    with atomic_write(old):
        pass
    assert log == ["file", "rename", "folder"]


def test_a_folder_that_cannot_be_flushed_is_no_failure(old, monkeypatch):
    fsync = os.fsync

    def picky_fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError("not supported")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", picky_fsync)
    with atomic_write(old) as temporary:
        temporary.write_text("new")
    assert old.read_text() == "new"


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o666, 0o755])
def test_keeps_the_permissions_of_the_old_file(old, bits):
    old.chmod(bits)
    with atomic_write(old) as temporary:
        assert mode(temporary) & ~bits == 0
    assert mode(old) == bits


def test_a_new_file_gets_the_usual_permissions(tmp_path):
    usual, new = tmp_path / "usual", tmp_path / "new"
    usual.touch()
    with atomic_write(new) as temporary:  # a writer that puts its own file in place
        temporary.unlink()
        os.close(os.open(temporary, os.O_CREAT, 0o600))
    assert mode(new) == mode(usual)


def test_a_read_only_file_is_not_replaced(old):
    old.chmod(0o444)
    with pytest.raises(PermissionError, match="old: it is marked read-only"):
        atomic_write(old).__enter__()
    assert names(old.parent) == ["old"]


def test_a_link_stays_and_its_target_is_replaced(old, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "link"
    link.symlink_to("../old")
    with atomic_write(link) as temporary:
        temporary.write_text("new")
        assert temporary.parent == old.parent
    assert link.is_symlink()
    assert old.read_text() == "new"


def test_a_link_to_a_file_that_is_not_there_makes_it(tmp_path):
    link = tmp_path / "link"
    link.symlink_to("new")
    with atomic_write(link) as temporary:
        temporary.write_text("new")
    assert (tmp_path / "new").read_text() == "new"


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError,
        match=r"none/new: there is no folder .*none\n  fix: make its folder first",
    ):
        atomic_write(tmp_path / "none" / "new").__enter__()


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_only_files_are_replaced(tmp_path, make):
    make(tmp_path / "thing")
    with pytest.raises(OSError, match="thing: what is there is not a file"):
        atomic_write(tmp_path / "thing").__enter__()
    assert names(tmp_path) == ["thing"]


def test_two_that_write_at_once_do_not_mix(old):
    with atomic_write(old) as first:
        first.write_text("fir")
        with atomic_write(old) as second:
            second.write_text("second")
        assert old.read_text() == "second"
        with first.open("a") as file:
            file.write("st")
    assert old.read_text() == "first"
    assert names(old.parent) == ["old"]


def test_a_writer_that_leaves_nothing_is_an_error(old):
    with pytest.raises(FileNotFoundError), atomic_write(old) as temporary:
        temporary.unlink()
    assert old.read_text() == "old"
