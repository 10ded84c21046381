import errno
import json
import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ondol.train import Log, read_log

WORDS = st.sampled_from(["", "loss", "näher", "a\nb", '"'])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
VALUES = PLAIN | st.lists(PLAIN, max_size=3)


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def same(a, b):
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    both = isinstance(a, float) and isinstance(b, float)
    return a == b or (both and math.isnan(a) and math.isnan(b))


@settings(max_examples=30)
@given(records=st.lists(st.dictionaries(WORDS, VALUES, max_size=3)))
def test_what_is_written_is_valid_json_and_is_read_again(records, tmp_path_factory):
    log = Log(tmp_path_factory.mktemp("log") / "log.jsonl")
    log.path.touch()
    for record in records:
        log.write(**record)
    for line in log.path.read_text(encoding="utf-8").splitlines():
        json.loads(line, parse_constant=refuse)
    read = read_log(log.path)
    assert [{*record} for record in read] == [{*record} for record in records]
    for mine, theirs in zip(read, records, strict=True):
        assert all(same(mine[name], theirs[name]) for name in mine)


def test_nan_is_a_string_in_the_file_and_a_float_when_it_is_read(tmp_path):
    log = Log(tmp_path / "log.jsonl")
    log.write(loss=np.float32("nan"), best=-np.inf, table=np.eye(2))
    text = '{"loss": "NaN", "best": "-Infinity", "table": [[1.0, 0.0], [0.0, 1.0]]}\n'
    assert log.path.read_text() == text
    (record,) = read_log(log.path)
    log.write(path=tmp_path)
    assert read_log(log.path)[1] == {"path": str(tmp_path)}
    assert math.isnan(record["loss"])
    assert record["best"] == -math.inf


def test_rewinding_drops_later_steps_and_a_line_that_was_cut_off(tmp_path):
    log = Log(tmp_path / "log.jsonl")
    log.rewind(0)  # there is nothing yet
    for step in (1, 2, 3):
        log.write(step=step)
    with open(log.path, "a") as file:
        file.write('{"step": 1, "lo')
    assert [record["step"] for record in read_log(log.path)] == [1, 2, 3]
    log.rewind(2)
    log.write(step=3, again=True)
    assert read_log(log.path) == [{"step": 1}, {"step": 2}, {"step": 3, "again": True}]


def test_a_log_that_fits_is_not_written_anew(tmp_path):
    log = Log(tmp_path / "log.jsonl")
    log.write(step=1)
    before = log.path.stat().st_ino
    log.rewind(5)
    assert log.path.stat().st_ino == before


def test_a_disk_that_gets_full_within_a_line_leaves_the_lines_before(
    tmp_path, monkeypatch
):
    log, write = Log(tmp_path / "log.jsonl"), os.write
    log.write(step=1)

    def nearly_full(descriptor, data):
        if len(data) < 20:  # the rest
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:-5])

    with monkeypatch.context() as patch:
        patch.setattr("ondol.train.log.os.write", nearly_full)
        with pytest.raises(OSError, match="No space left"):
            log.write(step=2, loss="0123456789")
    log.write(step=3)
    assert read_log(log.path) == [{"step": 1}, {"step": 3}]


def test_a_log_in_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"(?s)log.jsonl.*fix"):
        Log(tmp_path / "none" / "log.jsonl").write(loss=1.0)
