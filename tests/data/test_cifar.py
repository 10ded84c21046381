import contextlib
import gzip
import hashlib
import io
import sys
import tarfile
import tracemalloc

import numpy as np
import pytest
import servers
from datafiles import cifar10_members, cifar100_members, cifar_records, tar_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ondol.data import (
    CIFAR10_LABELS,
    CIFAR100_COARSE_LABELS,
    CIFAR100_LABELS,
    DataFileError,
    cifar10,
    cifar100,
)
from ondol.data.files import LONGEST_READ

MODULE = sys.modules["ondol.data.cifar"]


@pytest.fixture
def folder(tmp_path):
    put(tmp_path, 10, cifar10_members())
    put(tmp_path, 100, cifar100_members())
    return tmp_path


def put(folder, classes, members):
    path = folder / f"cifar-{classes}-binary.tar.gz"
    path.write_bytes(gzip.compress(tar_bytes(members), 1))
    return path


def pixels(records):
    return records.reshape(-1, 3, 32, 32).astype(np.float32) / 255


def test_cifar10_joins_its_batches_in_order(folder):
    parts = [
        cifar_records(4, (10,), len("data_batch_1.bin") + ord(str(i)))
        for i in range(1, 6)
    ]
    x, t = cifar10(root=folder)
    assert (x.dtype, t.dtype) == (np.float32, np.int64)
    np.testing.assert_array_equal(x, np.concatenate([pixels(p) for _, p in parts]))
    assert t.tolist() == [label for labels, _ in parts for (label,) in labels.tolist()]


def test_cifar10_for_testing(folder):
    labels, records = cifar_records(4, (10,), len("test_batch.bin") + ord("h"))
    x, t = cifar10(train=False, root=folder)
    np.testing.assert_array_equal(x, pixels(records))
    assert t.tolist() == labels[:, 0].tolist()


@pytest.mark.parametrize(("train", "seed"), [(True, 0), (False, 1)])
@pytest.mark.parametrize("coarse", [True, False])
def test_cifar100_has_two_labels_for_each_image(folder, train, seed, coarse):
    labels, records = cifar_records(6, (20, 100), seed)
    x, t = cifar100(train, root=folder, coarse=coarse)
    np.testing.assert_array_equal(x, pixels(records))
    assert t.tolist() == labels[:, 0 if coarse else 1].tolist()
    assert t.dtype == np.int64


def test_an_unpacked_tar_file_will_do(folder):
    path = folder / "cifar-10-binary.tar.gz"
    expected = cifar10(root=folder)
    path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
    path.unlink()
    np.testing.assert_array_equal(cifar10(root=folder)[0], expected[0])


def test_a_member_longer_than_a_single_read(folder):
    labels, records = cifar_records(2 * LONGEST_READ // 3073, (10,), 0)
    data = np.hstack([labels, records]).tobytes()
    assert len(data) > LONGEST_READ
    put(folder, 10, {"test_batch.bin": data})
    x, t = cifar10(train=False, root=folder)
    np.testing.assert_array_equal(x, pixels(records))
    assert t.tolist() == labels[:, 0].tolist()


def test_cifar_is_downloaded(folder, tmp_path, monkeypatch):
    data = (folder / "cifar-10-binary.tar.gz").read_bytes()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("ONDOL_HOME", str(tmp_path / "cache"))
    with servers.site() as site:
        source = MODULE.CIFAR10.source._replace(
            urls=(site.put("x.tar.gz", data, cuts=[9000]),),
            checksum="md5:" + hashlib.md5(data).hexdigest(),
        )
        kind = MODULE.CIFAR10._replace(source=source)
        monkeypatch.setattr(MODULE, "CIFAR10", kind)
        got = cifar10()
    np.testing.assert_array_equal(got[0], cifar10(root=folder)[0])
    kept = [p.name for p in (tmp_path / "cache").glob("cifar*")]
    assert kept == ["cifar-10-binary.tar.gz"]


def test_names_of_the_classes():
    lists = [CIFAR10_LABELS, CIFAR100_LABELS, CIFAR100_COARSE_LABELS]
    assert [len({*names}) for names in lists] == [10, 100, 20]
    for names in lists[1:]:
        assert [*names] == sorted(names)
    assert CIFAR10_LABELS[0] == "airplane"
    assert CIFAR100_LABELS[99] == "worm"
    assert CIFAR100_COARSE_LABELS[19] == "vehicles 2"


# -- what is refused -------------------------------------------------------------------


def refused(folder, message, load=cifar10, **options):
    with pytest.raises(DataFileError, match=message) as caught:
        load(root=folder, **options)
    assert str(folder) in str(caught.value)


def test_a_member_that_is_missing(folder):
    members = cifar10_members()
    del members["cifar-10-batches-bin/data_batch_4.bin"]
    put(folder, 10, members)
    refused(folder, r"has no data_batch_4\.bin")


@pytest.mark.parametrize("data", [b"", bytes(3072), bytes(3074), bytes(3073 * 50_001)])
def test_a_member_of_a_wrong_size(folder, data):
    put(folder, 10, {"test_batch.bin": data})
    refused(folder, f"test_batch.bin has {len(data):,} bytes; expected", train=False)


def test_labels_beyond_the_classes(folder):
    put(folder, 10, {"test_batch.bin": b"\x0a" + bytes(3072)})
    refused(folder, "labels beyond the last", train=False)
    put(folder, 100, {"test.bin": bytes([20, 99]) + bytes(3072)})
    refused(folder, "labels beyond the last", load=cifar100, train=False)
    put(folder, 100, {"test.bin": bytes([19, 99]) + bytes(3072)})
    assert cifar100(train=False, root=folder)[1].tolist() == [99]


def test_a_member_that_is_no_file(folder):
    link = tarfile.TarInfo("test_batch.bin")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(link)
    path = folder / "cifar-10-binary.tar.gz"
    path.write_bytes(out.getvalue())
    refused(folder, r"has no test_batch\.bin", train=False)


@pytest.mark.parametrize("keep", [0, 100, 5000, -9, -1])
def test_a_file_that_is_cut_short(folder, keep):
    path = folder / "cifar-10-binary.tar.gz"
    path.write_bytes(path.read_bytes()[:keep])
    refused(folder, "damaged|no tar file|has no")


@pytest.mark.parametrize("keep", [700, 3600, 512 * 13])
def test_a_tar_file_that_is_cut_short(folder, keep):
    path = folder / "cifar-10-binary.tar.gz"
    path.write_bytes(gzip.decompress(path.read_bytes())[:keep])
    refused(folder, "cut short|too small|damaged|has no")


def test_damage_behind_the_last_member_read_is_noticed(folder):
    path = folder / "cifar-10-binary.tar.gz"
    data = bytearray(path.read_bytes())
    data[-8] ^= 1
    path.write_bytes(data)
    refused(folder, "damaged or cut short: CRC")


def test_a_web_page_in_its_place(folder):
    (folder / "cifar-10-binary.tar.gz").write_bytes(b"<html>" * 1000)
    refused(folder, "damaged or no tar file")


def header(name, size, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf()


@pytest.mark.parametrize(
    "head",
    [
        header("x", 1 << 40),
        header("x", 1 << 30, tarfile.XHDTYPE),
        header("x", 1 << 30, tarfile.XGLTYPE),
        header("x", 1 << 30, tarfile.GNUTYPE_LONGNAME),
        header("test_batch.bin", 3073 * 50_000),
    ],
)
def test_a_header_that_claims_much_takes_little_memory(folder, head):
    path = folder / "cifar-10-binary.tar.gz"
    path.write_bytes(head + bytes(10_000))
    tracemalloc.start()
    try:
        refused(folder, "one asks for|unpacks to|too small|cut short", train=False)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def with_notes(notes, name="test_batch.bin"):
    """A tar file with an extended header of those notes in front of its member."""
    member = tarfile.TarInfo(name)
    member.size, member.pax_headers = 3073, notes
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(member, io.BytesIO(bytes(3073)))
    return out.getvalue()


@pytest.mark.parametrize(
    "notes",
    [
        {"GNU.sparse.map": "a,b"},
        {"GNU.sparse.size": "abc"},
        {"GNU.sparse.realsize": "9" * 5000},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
        {"GNU.sparse.map": "0,100,200,50"},
        {"size": "-1536"},
        {"size": "9" * 400},
    ],
)
@pytest.mark.parametrize("name", ["test_batch.bin", "other"])
def test_hostile_notes_in_extended_headers(folder, notes, name):
    path = folder / "cifar-10-binary.tar.gz"
    path.write_bytes(with_notes(notes, name))
    refused(folder, "no tar file|sparse|bytes|far more", train=False)


def test_extended_headers_without_end(folder):
    path = folder / "cifar-10-binary.tar.gz"
    path.write_bytes(with_notes({"comment": "x"})[:1024] * 2000)
    refused(folder, "headers go on without end", train=False)


def test_more_members_than_the_real_file_could_have(folder):
    members = {f"{i}.txt": b"" for i in range(200)}
    put(folder, 10, {**members, "test_batch.bin": bytes(3073)})
    refused(folder, "headers go on without end", train=False)


def test_harmless_notes_are_passed_over(folder):
    path = folder / "cifar-10-binary.tar.gz"
    path.write_bytes(with_notes({"comment": "x", "mtime": "1e400"}))
    assert cifar10(train=False, root=folder)[1].tolist() == [0]


def test_a_bomb_is_left_in_time(folder, monkeypatch):
    monkeypatch.setattr(MODULE, "_MOST_UNPACKED", 1 << 22)
    members = {"test_batch.bin": bytes(3073), "zeros": bytes(1 << 23)}
    path = put(folder, 10, members)
    seek, sought = gzip.GzipFile.seek, []

    def watched(file, to, *how):
        sought.append(to)
        return seek(file, to, *how)

    with monkeypatch.context() as patch:
        patch.setattr(gzip.GzipFile, "seek", watched)
        refused(folder, "unpacks to far more", train=False)
    assert 0 < max(sought) <= 1 << 22
    data = tar_bytes({"test_batch.bin": bytes(3073)}) + bytes(1 << 23)
    path.write_bytes(gzip.compress(data))
    refused(folder, "unpacks to far more", train=False)


@given(
    at=st.integers(0, 1500),
    new=st.binary(max_size=12),
    old=st.integers(0, 12),
    packed=st.booleans(),
)
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_damaged_file_is_read_or_refused(tmp_path, at, new, old, packed):
    data = tar_bytes({"a.txt": b"text", "cifar-100-binary/test.bin": bytes(3074)})
    data = gzip.compress(data) if packed else data
    path = tmp_path / "cifar-100-binary.tar.gz"
    path.write_bytes(data[:at] + new + data[at + old :])
    with contextlib.suppress(DataFileError):
        x, _ = cifar100(train=False, root=tmp_path)
        assert x.shape == (1, 3, 32, 32)


@pytest.mark.parametrize("load", [cifar10, cifar100])
@pytest.mark.parametrize("train", ["test", 0])
def test_refuses_what_is_not_a_bool(folder, load, train):
    with pytest.raises(TypeError, match="train must be True or False, got"):
        load(train, root=folder)


def test_refuses_coarse_that_is_not_a_bool(folder):
    with pytest.raises(TypeError, match="coarse must be True or False, got 'fine'"):
        cifar100(root=folder, coarse="fine")
