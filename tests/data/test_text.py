import gzip
import sys

import pytest
import servers

from ondol.data import DataFileError, imagenet_labels, tiny_shakespeare

MODULE = sys.modules["ondol.data.text"]
NAME = "imagenet1000_clsidx_to_labels.txt"


@pytest.fixture
def labels(tmp_path):
    def write(text):
        (tmp_path / NAME).write_text(text, "utf-8")
        return imagenet_labels(root=tmp_path)

    return write


def test_text_from_a_folder(tmp_path):
    (tmp_path / "input.txt").write_bytes("First Citizen:\r\nÈ, speak.\n".encode())
    assert tiny_shakespeare(root=tmp_path) == "First Citizen:\nÈ, speak.\n"


def test_text_that_is_none(tmp_path):
    (tmp_path / "input.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(DataFileError, match=r"input\.txt is not UTF-8 text"):
        tiny_shakespeare(root=tmp_path)


def test_text_that_is_far_too_long(tmp_path):
    (tmp_path / "input.txt").write_bytes(gzip.compress(bytes((1 << 26) + 1)))
    with pytest.raises(DataFileError, match="larger than the 67,108,864 bytes"):
        tiny_shakespeare(root=tmp_path)


def test_shakespeare_is_checked_when_downloaded(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("ONDOL_HOME", str(tmp_path))
    with servers.site() as site:
        wrong = MODULE._SHAKESPEARE._replace(urls=(site.put("input.txt", b"To be"),))
        monkeypatch.setattr(MODULE, "_SHAKESPEARE", wrong)
        with pytest.raises(OSError, match="wrong file: expected sha256 86c4e6aa9db7"):
            tiny_shakespeare()


def test_labels_are_downloaded(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("ONDOL_HOME", str(tmp_path))
    with servers.site() as site:
        page = site.put("labels", b"{0: 'tench'}")
        monkeypatch.setattr(
            MODULE, "_IMAGENET", MODULE._IMAGENET._replace(urls=(page,))
        )
        assert imagenet_labels() == {0: "tench"}
    assert (tmp_path / NAME).exists()


def test_labels_from_a_folder(labels):
    text = "{0: 'tench, Tinca tinca',\n 1: \"judge's robe\"}\n"
    assert labels(text) == {0: "tench, Tinca tinca", 1: "judge's robe"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{0: 'a'",
        "{0: __import__('os').getcwd()}",
        "(" * 10_000,
        "-" * 100_000 + "1",
        "{0: 'a'}\0",
        "{[]: 'a'}",
        "<html></html>",
        "1 + 'a'",
    ],
)
def test_what_is_no_literal_is_refused_and_not_run(labels, text):
    with pytest.raises(DataFileError, match="expected a dict such as"):
        labels(text)


@pytest.mark.parametrize(
    "text", ["[]", "3", "{1: 'a'}", "{0: 'a', 2: 'b'}", "{'0': 1}"]
)
def test_numbers_of_classes_that_are_none(labels, text):
    with pytest.raises(DataFileError, match="expected a dict with the keys 0, 1, 2"):
        labels(text)


@pytest.mark.parametrize("text", ["{}", "{0: 1}", "{0: 'a', 1: None}"])
def test_names_that_are_none(labels, text):
    with pytest.raises(DataFileError, match="expected a dict of names"):
        labels(text)


def test_a_file_of_labels_is_small(labels):
    with pytest.raises(DataFileError, match="larger than"):
        labels("{0: '" + "a" * 200_000 + "'}")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"there is no {NAME} in the folder"):
        imagenet_labels(root=tmp_path)
