"""What the system says about files, in the words of the user."""

import errno
import os

import pytest

from ondol.errors import FileError, OndolError, unwritable
from ondol.io import load_arrays, load_weights, save_arrays
from ondol.layers import Linear


def system_error(number):
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (errno.ENOSPC, FileError, "file-disk-full"),
        (errno.EACCES, PermissionError, "file-forbidden"),
        (errno.EPERM, PermissionError, "file-forbidden"),
        (errno.EROFS, PermissionError, "file-forbidden"),
        (errno.ENOENT, FileNotFoundError, "file-not-written"),
        (errno.EIO, FileError, "file-not-written"),
        (errno.EFBIG, FileError, "file-not-written"),
    ],
)
def test_the_systems_errors_keep_their_kind_and_number(number, kind, code):
    told = unwritable("folder/x.npz", system_error(number))
    assert isinstance(told, kind)
    assert isinstance(told, OndolError)
    assert isinstance(told, OSError)
    assert (told.errno, told.code) == (number, code)
    what, fix = str(told).splitlines()
    assert what.startswith("cannot write folder/x.npz: ")
    assert os.strerror(number) in what
    assert fix.endswith(f"[{code}]")


@pytest.mark.parametrize("error", [OSError("no reason"), OSError()])
def test_an_error_without_a_number_has_none(error):
    told = unwritable("x", error)
    assert told.errno is None
    assert "no reason" in str(told) or "OSError" in str(told)


def test_the_text_may_be_another_one():
    told = unwritable("x", system_error(errno.ENOSPC), "download-not-kept")
    assert told.code == "download-not-kept"
    assert "ONDOL_HOME" in str(told)


def test_files_speak_korean(tmp_path, monkeypatch):
    monkeypatch.setenv("ONDOL_LANG", "ko")
    path = tmp_path / "x.npz"
    save_arrays(path, {"W": Linear(3, in_size=2).W.data})
    told = []
    for call in (
        lambda: load_weights(path, Linear(4, in_size=2)),
        lambda: load_arrays(path, max_bytes=1),
        lambda: path.write_bytes(b"damaged") and load_arrays(path),
        lambda: save_arrays(path, {"": Linear(3, in_size=2).W.data}),
        lambda: save_arrays(tmp_path / "none" / "x.npz", {}),
    ):
        with pytest.raises(OndolError) as caught:
            call()
        told.append(str(caught.value))
    assert all("\n  해결: " in text for text in told)
    for words in ("에 맞지 않는 파일", "파일에 없는 이름: b", "W의 형상: 모델은"):
        assert words in told[0]
    assert "메모리를 152바이트 차지합니다. 허용된 크기: 1바이트" in told[1]
    assert "손상되었거나" in told[2]
    assert "비어 있습니다" in told[3]
    assert "폴더가 없습니다" in told[4]
