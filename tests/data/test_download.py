import hashlib
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import servers

from ondol.data import DownloadError, cache_folder, fetch, set_cache_folder
from ondol.data import transfer as transfer_module

DATA = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
MD5 = "md5:" + hashlib.md5(DATA).hexdigest()


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with servers.site() as site:
        yield site


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ONDOL_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def get(urls, **options):
    return fetch(urls, progress=False, **{"timeout": 5, **options})


def names(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))


def closed_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# -- what goes well --------------------------------------------------------------------


@pytest.mark.parametrize("checksum", [None, SHA256, SHA256.upper(), MD5])
def test_a_file_is_downloaded_once(site, folder, checksum):
    url = site.put("a/file.bin", DATA)
    path = get(url, checksum=checksum)
    assert path == folder / "file.bin"
    assert path.read_bytes() == DATA
    assert get(url, checksum=checksum) == path
    assert site.asked == [("/a/file.bin", None)]
    assert names(folder) == ["file.bin"]


def test_the_name_may_be_another_one_in_a_folder(site, folder):
    path = get(site.put("input.txt", DATA), name="plays/all.txt")
    assert path == folder / "plays" / "all.txt"
    assert path.read_bytes() == DATA


def test_a_name_is_taken_from_the_address_without_its_query(site):
    assert get(site.put("a%20b.bin?token=1/2", DATA)).name == "a b.bin"


def test_a_file_put_there_by_hand_is_taken(site, folder):
    folder.mkdir()
    (folder / "file.bin").write_bytes(b"mine")
    assert get(site.put("file.bin", DATA), checksum=SHA256).read_bytes() == b"mine"
    assert site.asked == []


def test_an_answer_without_a_length_is_taken_to_its_end(site):
    assert get(site.put("file.bin", DATA, sized=False)).read_bytes() == DATA


def test_an_empty_file_is_a_file(site):
    assert get(site.put("file.bin", b"")).read_bytes() == b""


def test_redirections_are_followed(site):
    there = site.put("there.bin", DATA)
    url = site.put("here.bin", status=302, location=there)
    assert get(url).read_bytes() == DATA


# -- mirrors ---------------------------------------------------------------------------


def test_the_next_mirror_is_asked_when_one_has_nothing(site):
    urls = [site.root + "gone.bin", site.put("good.bin", DATA)]
    assert get(urls, name="x.bin", checksum=SHA256).read_bytes() == DATA


def test_the_next_mirror_is_asked_when_one_has_the_wrong_file(site, folder):
    urls = [site.put("bad.bin", DATA[::-1]), site.put("good.bin", DATA)]
    assert get(urls, name="x.bin", checksum=SHA256).read_bytes() == DATA
    assert names(folder) == ["x.bin"]


def test_the_next_mirror_goes_on_where_one_broke_off(site):
    first = site.put("a.bin", DATA, ranges=False, cuts=[100_000])
    urls = [first, site.put("b.bin", DATA)]
    assert get(urls, checksum=MD5).read_bytes() == DATA
    assert site.asked == [("/a.bin", None), ("/b.bin", "bytes=100000-")]


@pytest.mark.parametrize(
    ("header", "value", "reason"),
    [
        *(("Content-Length", v, "length") for v in ("9" * 5000, "-1", "1.5", "x", "")),
        ("Content-Length", "9" * 18, "larger than"),
        ("Content-Range", f"bytes {'0' * 4999}9-", "another part"),
        ("Content-Range", "bytes -9-", "another part"),
    ],
)
def test_the_next_mirror_is_asked_when_one_says_a_wrong_size(
    site, folder, monkeypatch, header, value, reason
):
    send = servers.Handler.send_header

    def lie(handler, name, said):
        lying = handler.path == "/bad.bin" and name == header
        send(handler, name, value if lying else said)

    monkeypatch.setattr(servers.Handler, "send_header", lie)
    bad, good = site.put("bad.bin", DATA), site.put("good.bin", DATA)
    if header == "Content-Range":
        folder.mkdir()
        (folder / "bad.bin.part").write_bytes(DATA[:9])
    with pytest.raises(DownloadError, match=f"bad.bin: .*{reason}"):
        get(bad, checksum=SHA256)
    assert get([bad, good], checksum=SHA256).read_bytes() == DATA


def test_without_a_checksum_mirrors_are_not_mixed(site):
    first = site.put("a.bin", DATA[::-1], ranges=False, cuts=[100_000], tag='"1"')
    urls = [first, site.put("b.bin", DATA, tag='"1"')]
    assert get(urls).read_bytes() == DATA
    assert site.ranges() == [None, None]


def test_when_no_mirror_answers_the_error_says_all_there_is_to_know(site, folder):
    dead = f"http://127.0.0.1:{closed_port()}/x.bin"
    urls = [dead, site.root + "x.bin", site.put("bad.bin", b"<html>")]
    with pytest.raises(DownloadError) as caught:
        get(urls, checksum=SHA256)
    text = str(caught.value)
    assert f"{dead}: [Errno" in text
    assert f"{urls[1]}: HTTP 404 Not Found" in text
    got = hashlib.sha256(b"<html>").hexdigest()
    assert f"{urls[2]}: wrong file: expected sha256 {SHA256}, got {got}" in text
    assert "download it elsewhere from an address above" in text
    assert f"(sha256 {SHA256}) and save it as {folder / 'x.bin'};" in text
    assert "ONDOL_HOME" in text
    assert isinstance(caught.value, OSError)
    assert names(folder) == []


def test_a_host_without_an_address_is_a_reason(monkeypatch):
    def nowhere(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(DownloadError, match=r"invalid/x: .*service not known"):
        get("http://nowhere.invalid/x")


# -- broken transfers ------------------------------------------------------------------


@pytest.mark.parametrize("checksum", [None, SHA256])
def test_a_broken_transfer_is_continued(site, folder, checksum):
    url = site.put("file.bin", DATA, cuts=[100_000, 50_000, 70_000], tag='"v1"')
    assert get(url, checksum=checksum).read_bytes() == DATA
    assert site.ranges() == [None, *(f"bytes={n}000-" for n in (100, 150, 220))]
    assert names(folder) == ["file.bin"]


def test_a_transfer_that_breaks_too_often_is_given_up_and_its_bytes_kept(site, folder):
    url = site.put("file.bin", DATA, cuts=[10_000] * 9)
    with pytest.raises(DownloadError, match=r"broke off after 50,000 of 300,000 bytes"):
        get(url, checksum=SHA256)
    assert (folder / "file.bin.part").read_bytes() == DATA[:50_000]
    site.put("file.bin", DATA)
    assert get(url, checksum=SHA256).read_bytes() == DATA
    assert site.ranges()[-1] == "bytes=50000-"
    assert names(folder) == ["file.bin"]


def test_no_endless_asking_where_nothing_comes(site):
    url = site.put("file.bin", DATA, cuts=[0] * 9)
    with pytest.raises(DownloadError, match="broke off after 0 of"):
        get(url)
    assert len(site.asked) == 1


@pytest.mark.parametrize("checksum", [None, SHA256])
def test_a_server_that_cannot_continue_begins_anew(site, checksum):
    url = site.put("file.bin", DATA, ranges=False, cuts=[100_000], tag='"v1"')
    with pytest.raises(DownloadError, match="broke off after 100,000"):
        get(url, checksum=checksum)
    assert get(url, checksum=checksum).read_bytes() == DATA
    assert site.ranges() == [None, "bytes=100000-"]


def test_a_file_that_changed_meanwhile_is_not_mixed_with_the_old_one(site):
    url = site.put("file.bin", DATA[::-1], cuts=[100_000, 0], tag='"v1"')
    with pytest.raises(DownloadError):
        get(url)
    site.put("file.bin", DATA, tag='"v2"')
    assert get(url).read_bytes() == DATA
    assert site.ranges()[-1] == "bytes=100000-"


@pytest.mark.parametrize("tag", [None, 'W/"v1"'])
def test_without_checksum_and_version_nothing_is_continued(site, tag):
    url = site.put("file.bin", DATA, cuts=[100_000], tag=tag)
    assert get(url).read_bytes() == DATA
    assert site.ranges() == [None, None]


@pytest.mark.parametrize("old", [b"rubbish" * 10, DATA + b"more", DATA[:-1] + b"?"])
def test_old_bytes_that_are_wrong_are_thrown_away(site, folder, old):
    folder.mkdir()
    (folder / "file.bin.part").write_bytes(old)
    url = site.put("file.bin", DATA)
    assert get(url, checksum=SHA256).read_bytes() == DATA
    assert site.ranges() == [f"bytes={len(old)}-", None]


def test_old_bytes_that_are_complete_need_no_server(folder):
    folder.mkdir()
    (folder / "file.bin.part").write_bytes(DATA)
    url = f"http://127.0.0.1:{closed_port()}/file.bin"
    assert get(url, checksum=SHA256).read_bytes() == DATA


def test_a_server_that_sends_another_part_than_asked_for(site, folder):
    folder.mkdir()
    (folder / "file.bin.part").write_bytes(DATA[:1000])
    url = site.put("file.bin", DATA, wrong_range=True)
    with pytest.raises(DownloadError, match="another part of the file than asked"):
        get(url, checksum=SHA256)


def test_a_process_that_is_killed_leaves_what_it_has(site, folder):
    url = site.put("file.bin", DATA, cuts=[200_000], hang=True)
    code = f"from ondol.data import fetch; fetch({url!r}, checksum={SHA256!r})"
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    part = folder / "file.bin.part"
    until = time.monotonic() + 10
    # Python's own buffer may hold back a little.
    while not (part.exists() and part.stat().st_size > 190_000):
        assert time.monotonic() < until
        time.sleep(0.01)
    child.kill()
    child.wait()
    have = part.stat().st_size
    assert part.read_bytes() == DATA[:have]
    assert get(url, checksum=SHA256).read_bytes() == DATA
    assert site.ranges() == [None, f"bytes={have}-"]


# -- servers that hang or flood --------------------------------------------------------


def test_a_server_that_says_nothing(site):
    site.put("silent.bin", DATA)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/file.bin"
        with pytest.raises(DownloadError, match=r"no answer within 0\.2 s"):
            get(url, timeout=0.2)
        urls = [url, site.root + "silent.bin"]
        assert get(urls, timeout=0.2).read_bytes() == DATA


def test_a_server_that_falls_silent_in_the_middle(site, folder):
    url = site.put("file.bin", DATA, cuts=[100_000, 0], hang=True)
    with pytest.raises(DownloadError, match=r"no answer within 0\.2 s"):
        get(url, timeout=0.2, checksum=SHA256)
    assert (folder / "file.bin.part").read_bytes() == DATA[:100_000]


def test_a_server_that_drips(site):
    url = site.put("file.bin", DATA[:1000], drip=0.02, ranges=False)
    begin = time.monotonic()
    with pytest.raises(DownloadError, match=r"only \d+ bytes in 0\.3 s"):
        get(url, timeout=0.3)
    assert time.monotonic() - begin < 3


@pytest.mark.parametrize("sized", [True, False])
def test_a_file_that_is_too_large(site, folder, sized):
    url = site.put("file.bin", DATA, sized=sized)
    with pytest.raises(DownloadError, match="larger than the 200,000 bytes"):
        get(url, max_bytes=200_000)
    kept = folder / "file.bin.part"
    assert not kept.exists() or kept.stat().st_size == 0
    assert get(url, max_bytes=len(DATA)).read_bytes() == DATA


# -- many at once ----------------------------------------------------------------------


def test_threads_that_fetch_the_same_file_get_it_once(site):
    url = site.put("file.bin", DATA)
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda i: get(url, checksum=SHA256), range(8)))
    (path,) = paths
    assert path.read_bytes() == DATA
    assert len(site.asked) == 1


def test_processes_that_fetch_the_same_file_get_it_once(site):
    url = site.put("file.bin", DATA[:30], drip=0.02)
    code = f"from ondol.data import fetch; print(fetch({url!r}).read_bytes().hex())"
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    run = [sys.executable, "-c", code]
    children = [
        subprocess.Popen(run, stdout=pipe, stderr=nothing, text=True) for _ in range(3)
    ]
    said = [child.communicate(timeout=30)[0].strip() for child in children]
    assert said == [DATA[:30].hex()] * 3
    assert len(site.asked) == 1


# -- the cache folder ------------------------------------------------------------------


def test_where_the_cache_folder_is(monkeypatch, tmp_path):
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.setenv("ONDOL_HOME", "~/elsewhere")
    assert cache_folder() == Path.home() / "elsewhere"
    for unset in ("", None):
        monkeypatch.delenv("ONDOL_HOME", raising=False)
        if unset is not None:
            monkeypatch.setenv("ONDOL_HOME", unset)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert cache_folder() == tmp_path / "ondol"
        monkeypatch.setenv("XDG_CACHE_HOME", "relative")
        assert cache_folder() == Path.home() / ".cache" / "ondol"
        monkeypatch.delenv("XDG_CACHE_HOME")
        assert cache_folder() == Path.home() / ".cache" / "ondol"


def test_a_program_can_choose_the_cache_folder(site, tmp_path):
    set_cache_folder(tmp_path / "mine")
    try:
        assert get(site.put("x.bin", DATA)) == tmp_path / "mine" / "x.bin"
    finally:
        set_cache_folder(None)
    assert cache_folder() == tmp_path / "cache"


def test_a_cache_folder_that_cannot_be_made_is_not_the_mirrors_fault(site, tmp_path):
    (tmp_path / "cache").write_bytes(b"a file")
    with pytest.raises(OSError, match="cache") as caught:
        get(site.put("x.bin", DATA))
    assert not isinstance(caught.value, DownloadError)


def test_a_folder_where_files_may_only_be_read_still_gives_them(folder, site):
    folder.mkdir()
    (folder / "x.bin").write_bytes(DATA)
    folder.chmod(0o500)
    try:
        assert get(site.root + "x.bin").read_bytes() == DATA
        assert os.listdir(folder) == ["x.bin"]
    finally:
        folder.chmod(0o700)


# -- arguments -------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/b", "b.bin", "http://"])
def test_refuses_what_is_no_web_address(url):
    with pytest.raises(ValueError, match=r"address with http\(s\)"):
        fetch(["https://a/b.bin", url])


def test_refuses_no_address_at_all():
    with pytest.raises(ValueError, match="at least one"):
        fetch([])


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a//x", "a/../../x", ".", "a\\x", "C:x", "x\0"]
)
def test_refuses_names_that_lead_out_of_the_folder(name):
    with pytest.raises(ValueError, match="expected the name of a file"):
        fetch("https://a/b.bin", name)


def test_refuses_an_address_that_names_no_file():
    with pytest.raises(ValueError, match="expected the name of a file"):
        fetch("https://a/")


@pytest.mark.parametrize(
    "checksum", ["", "abc", "md5:" + SHA256, "crc32:00000000", "g" * 64, "sha256:"]
)
def test_refuses_what_is_no_checksum(checksum):
    with pytest.raises(ValueError, match="hexadecimal digits after one of md5:"):
        fetch("https://a/b.bin", checksum=checksum)


# -- progress --------------------------------------------------------------------------


class Terminal:
    def __init__(self):
        self.text = ""

    def isatty(self):
        return True

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_progress_in_lines_where_there_is_no_terminal(site, capsys):
    fetch(site.put("file.bin", DATA))
    out, err = capsys.readouterr()
    assert (out, err) == ("", "file.bin: 0.0 of 0.3 MB\nfile.bin: 0.3 of 0.3 MB\n")


def test_lines_come_as_time_goes_by(site, capsys, monkeypatch):
    monkeypatch.setattr(transfer_module._Lines, "every", 0.0)
    fetch(site.put("file.bin", DATA, sized=False))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 3
    assert lines[-1] == "file.bin: 0.3 MB"


def test_a_bar_in_a_terminal(site, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    fetch(site.put("file.bin", DATA))
    assert "file.bin:" in screen.text
    assert "%|" in screen.text


def test_lines_in_a_terminal_without_tqdm(site, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    fetch(site.put("file.bin", DATA))
    assert screen.text.endswith("file.bin: 0.3 of 0.3 MB\n")


def test_no_progress_on_request(site, capsys):
    get(site.put("file.bin", DATA))
    assert capsys.readouterr() == ("", "")
