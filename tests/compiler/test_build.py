"""From C to a library: any compiler, a cache that can be trusted, errors that teach."""

import dataclasses
import errno
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import time
import warnings
from itertools import count
from pathlib import Path

import numpy as np
import pytest

import ondol
from ondol.compiler import build as building
from ondol.compiler import cache, templates, toolchain
from ondol.compiler.build import build
from ondol.compiler.builder import Builder
from ondol.compiler.program import Program
from ondol.compiler.toolchain import CompilerError, compiler
from ondol.compiler.tracer import Tracer

pytestmark = pytest.mark.skipif(
    compiler() is None, reason="there is no C compiler on this machine"
)

NUMBERS = count(int(time.time()))
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
if importlib.util.find_spec("ziglang"):
    COMPILERS.append(f"{sys.executable} -m ziglang cc")


def forget():
    for remembered in (toolchain._first_of, building._choice, cache.private_folder):
        remembered.cache_clear()


@pytest.fixture(autouse=True)
def _compilers_are_looked_for_anew(monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("ONDOL_CFLAGS", raising=False)
    forget()
    yield
    forget()


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """An empty cache."""
    monkeypatch.setenv("ONDOL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "compiled"


@pytest.fixture
def source():
    """C that no process has loaded yet."""
    return f"int answer(void) {{ return 42 + 0 * {next(NUMBERS)}; }}\n"


@pytest.fixture
def compiled(monkeypatch):
    """The files that the compiler was called for."""
    calls, compile = [], toolchain.Compiler.compile

    def counted(self, text, *rest):
        if text.name != "probe.c":
            calls.append(text)
        compile(self, text, *rest)

    monkeypatch.setattr(toolchain.Compiler, "compile", counted)
    return calls


def native(function, x):
    """What a function of an array is as native code."""
    builder = Builder()
    node = builder.input(x.shape, x.dtype)
    return Program([function(Tracer(builder, node)).node], [node]).run([x])[0]


def libraries(folder):
    return sorted(folder.glob("*.so"))


# -- compilers -------------------------------------------------------------------------


@pytest.mark.parametrize("cc", COMPILERS, ids=lambda cc: cc.split()[-2:][0])
def test_any_compiler_will_do(cc, folder, monkeypatch):
    monkeypatch.setenv("CC", cc)
    assert shlex.join(compiler().command).endswith(cc)

    def function(x):
        return np.sum(np.exp(np.tanh(x)) * x, axis=1) + np.max(x, axis=1)

    x = np.random.default_rng(0).normal(size=(300, 400)).astype(np.float32)
    np.testing.assert_allclose(native(function, x), function(x), rtol=1e-5)
    assert len(libraries(folder)) == 1


def test_without_cc_gcc_and_clang_there_is_ziglang(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(
        toolchain.importlib.util, "find_spec", lambda name: name == "ziglang"
    )
    words = [*toolchain._candidates("")]
    assert words[-1] == [sys.executable, "-m", "ziglang", "cc"]
    monkeypatch.setattr(toolchain.importlib.util, "find_spec", lambda name: None)
    assert compiler() is None
    with pytest.raises(CompilerError, match=r"install gcc, clang, or pip install"):
        build("")


def test_what_cc_names_comes_first_with_its_own_words(monkeypatch):
    monkeypatch.setenv("CC", "cc -DX=1")
    assert compiler().command == (shutil.which("cc"), "-DX=1")


def test_a_wrong_cc_is_not_passed_over_in_silence(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.warns(UserWarning, match=r"CC is 'no-such-compiler'"):
        assert compiler().command == (shutil.which("cc"),)


def script(path, text):
    """A compiler of our own: some lines of shell, then the real one."""
    path.write_text(f'#!/bin/sh\n{text}\nexec {shutil.which("cc")} "$@"\n')
    path.chmod(0o755)
    return str(path)


REFUSING = """
for word in "$@"; do
  case "$word" in {}) echo "error: what is $word?" >&2; exit 1;; esac
done
"""


@pytest.mark.parametrize(
    ("unknown", "expected"),
    [
        ("-none", ("-march=native", "-fopenmp")),
        ("-fopenmp", ("-march=native", "-fopenmp-simd")),
        ("-fopenmp*", ("-march=native",)),
        ("-m*=native", ("-fopenmp",)),
        ("-m*=native|-fopenmp*", ()),
    ],
)
def test_flags_that_a_compiler_does_not_know(
    unknown, expected, folder, source, monkeypatch, tmp_path
):
    monkeypatch.setenv("CC", script(tmp_path / "mycc", REFUSING.format(unknown)))
    assert build(source).answer() == 42
    own = tuple(toolchain.own_flags())
    hits = building._choice.cache_info().hits
    assert building._choice(compiler(), own, folder.resolve()) == expected
    assert building._choice.cache_info().hits == hits + 1, "they were tried again"


def test_what_was_made_with_fewer_flags_is_found_without_trying(
    folder, source, compiled, monkeypatch, tmp_path
):
    monkeypatch.setenv("CC", script(tmp_path / "mycc", REFUSING.format("-fopenmp")))
    build(source)
    forget()
    build(source)
    assert len(compiled) == 1
    assert building._choice.cache_info().misses == 0


def test_flags_of_ones_own(folder, compiled, monkeypatch):
    source = "int answer(void) { return ANSWER; }"
    for answer in (1, 2):
        monkeypatch.setenv("ONDOL_CFLAGS", f"-DANSWER={answer} -g")
        assert build(source).answer() == answer
    assert len(compiled) == 2


# -- the cache -------------------------------------------------------------------------


def test_a_library_is_made_once(folder, source, compiled):
    for _ in range(2):
        assert build(source).answer() == 42
    assert len(compiled) == len(libraries(folder)) == 1
    assert [*folder.iterdir()] == libraries(folder), "something was left behind"


@pytest.mark.parametrize("change", ["identity", "command"])
def test_another_compiler_or_processor_makes_its_own(
    change, folder, source, compiled, monkeypatch
):
    build(source)
    found = compiler()
    changes = {
        "identity": found.identity.replace("#define __SSE2__ 1", "") + "\n",
        "command": (*found.command, "-DX"),
    }
    other = dataclasses.replace(found, **{change: changes[change]})
    monkeypatch.setattr(building, "compiler", lambda: other)
    assert build(source).answer() == 42
    assert len(compiled) == len(libraries(folder)) == 2


def test_the_identity_holds_compiler_and_processor():
    macros = compiler().identity
    assert "#define __VERSION__" in macros
    plain = subprocess.run(
        [*compiler().command, "-dM", "-E", "-x", "c", "-"],
        input=toolchain.HEADERS,
        capture_output=True,
        text=True,
        check=True,
    )
    assert plain.stdout != macros  # which are those of -march=native


def truncated(path):
    path.write_bytes(path.read_bytes()[:1000])


def flipped(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def emptied(path):
    path.write_bytes(b"")


def opened(path):
    path.chmod(0o722)


def linked(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize("damage", [truncated, flipped, emptied, opened, linked])
def test_a_damaged_library_is_made_again(damage, folder, source, compiled):
    build(source)
    (path,) = libraries(folder)
    copy = path.with_name("copy")  # this process has the first one in memory
    shutil.copy(path, copy)
    path.unlink()
    copy.rename(path)
    path.chmod(0o700)
    damage(path)
    assert build(source).answer() == 42
    assert len(compiled) == 2
    build(source)
    assert len(compiled) == 2


RUN = """
import sys, time
from ondol.compiler.build import build
print("ready", flush=True)
sys.stdin.readline()
print(build(sys.argv[1]).answer())
"""


def process(source):
    return subprocess.Popen(
        [sys.executable, "-c", RUN, source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_build_the_same_at_the_same_time(folder, source):
    several = [process(source) for _ in range(4)]
    for one in several:
        assert one.stdout.readline() == "ready\n"
    for one in several:
        one.stdin.write("\n")
        one.stdin.flush()
    for one in several:
        assert one.communicate()[0] == "42\n"
        assert one.returncode == 0
    assert len(libraries(folder)) == 1
    assert [*folder.iterdir()] == libraries(folder)


SLOW = 'case "$*" in *step.c*) echo half > "{0}"; sleep 60;; esac'


def test_a_process_that_is_killed_while_it_builds(
    folder, source, monkeypatch, tmp_path
):
    started = tmp_path / "started"
    slow = script(tmp_path / "slow", SLOW.format(started))
    monkeypatch.setenv("CC", slow)
    one = process(source)
    one.stdin.write("\n")
    one.stdin.flush()
    while not started.exists():
        assert one.poll() is None
        time.sleep(0.01)
    one.kill()
    one.communicate()
    (left,) = folder.glob("building-*")
    monkeypatch.delenv("CC")
    assert build(source).answer() == 42
    assert left.exists()  # it could still be at work
    os.utime(left, (0, 0))
    build(source + "\n")
    assert not left.exists()
    assert len(libraries(folder)) == 2


# -- trust -----------------------------------------------------------------------------


def test_the_cache_is_private(folder, source):
    build(source)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert libraries(folder)[0].stat().st_mode & 0o777 == 0o700


@pytest.fixture
def kept(folder, source):
    """A cache that holds a library, before somebody meddles with it."""
    build(source)
    return libraries(folder)[0]


def assert_not_used(source, kept, message):
    """What is made instead lies elsewhere, and one warning says why."""
    with pytest.warns(UserWarning, match=message):
        library = build(source)
    assert build(source).answer() == 42  # no warning any more: it would be an error
    assert not Path(library._name).is_relative_to(kept.parents[2])
    assert Path(library._name).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(mode, kept, source):
    kept.parent.chmod(mode)
    assert_not_used(source, kept, r"can be written by, other users")


def test_a_folder_that_is_a_link_is_not_used(kept, source):
    kept.parent.rename(kept.parent.with_name("there"))
    kept.parent.symlink_to(kept.parent.with_name("there"))
    assert_not_used(source, kept, r"is a link to somewhere else")


def test_a_link_above_is_followed_and_what_it_leads_to_is_checked(
    kept, source, monkeypatch, tmp_path
):
    (tmp_path / "link").symlink_to(kept.parents[1])
    monkeypatch.setenv("ONDOL_CACHE", str(tmp_path / "link"))
    assert build(source)._name == str(kept.resolve())
    kept.parents[1].chmod(0o777)
    assert_not_used(source, kept, r"could exchange what is in")


def test_a_folder_above_that_others_can_write_to(kept, source):
    kept.parents[2].chmod(0o777)
    assert_not_used(source, kept, r"(?s)could exchange what is in .*set ONDOL_CACHE")


def test_a_sticky_folder_above_is_safe(kept, source):
    kept.parents[2].chmod(0o1777)
    assert build(source)._name == str(kept.resolve())
    kept.parents[2].chmod(0o700)


@pytest.mark.parametrize("alone", [True, False])
def test_a_folder_above_may_be_written_by_a_group_of_one(
    alone, kept, source, monkeypatch
):
    monkeypatch.setattr(cache, "_is_own_group", lambda group: alone)
    kept.parents[2].chmod(0o770)
    if alone:
        assert build(source)._name == str(kept.resolve())
    else:
        assert_not_used(source, kept, r"could exchange what is in")


def test_the_group_of_one_user(monkeypatch):
    import grp
    import pwd

    me = pwd.struct_passwd(("ann", "x", os.getuid(), 70, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: me)

    def is_own(name, members, group=70):
        found = grp.struct_group((name, "x", group, members))
        monkeypatch.setattr(grp, "getgrgid", lambda gid: found)
        return cache._is_own_group(group)

    assert is_own("ann", [])
    assert is_own("ann", ["ann"])
    assert not is_own("ann", ["ann", "bob"])
    assert not is_own("users", [])
    assert not is_own("ann", [], group=71)
    monkeypatch.setattr(grp, "getgrgid", {}.__getitem__)
    assert not cache._is_own_group(70)


class Owned:
    """The status of a file, as if it belonged to somebody else."""

    def __init__(self, status, owner):
        self.st_mode, self.st_gid, self.st_uid = status.st_mode, status.st_gid, owner
        self.st_mtime = status.st_mtime


def give_away(monkeypatch, path, owner):
    """Let a file or folder seem to belong to another user."""
    path = path.resolve()
    for name in ("stat", "lstat"):
        real = getattr(Path, name)

        def seen(self, real=real, **options):
            status = real(self, **options)
            return Owned(status, owner) if self == path else status

        monkeypatch.setattr(Path, name, seen)


OTHER = os.getuid() + 1


def test_a_library_of_another_user_is_made_again(kept, source, compiled, monkeypatch):
    give_away(monkeypatch, kept, OTHER)
    assert cache.find(kept.parent, kept.name.partition("-")[0]) is None
    build(source)
    assert len(compiled) == 1


def test_a_folder_of_another_user_is_not_used(kept, source, monkeypatch):
    give_away(monkeypatch, kept.parent, OTHER)
    assert_not_used(source, kept, r"belongs to, or can be written by, other users")


def test_a_folder_above_of_another_user_is_not_used(kept, source, monkeypatch):
    give_away(monkeypatch, kept.parents[2], OTHER)
    assert_not_used(source, kept, r"could exchange what is in")


def test_a_folder_above_of_root_is_safe(kept, source, monkeypatch):
    give_away(monkeypatch, kept.parents[2], 0)
    assert build(source)._name == str(kept.resolve())


def test_another_user_sees_none_of_ours(kept, source, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: OTHER)
    assert_not_used(source, kept, r"belongs to, or can be written by, other users")


# -- no room ---------------------------------------------------------------------------


def test_a_cache_that_cannot_be_made(source, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ONDOL_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match=r"keeps nothing.*Not a directory"):
        assert build(source).answer() == 42


def test_a_home_that_cannot_be_written_to(folder, source, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.warns(UserWarning, match=r"keeps nothing.*Read-only file system"):
        assert build(source).answer() == 42


FULL = """
case "$*" in
  *{}*step.c*) echo "/tmp/x.s: No space left on device" >&2; exit 1;;
esac
"""


def test_a_full_disk(folder, source, monkeypatch, tmp_path):
    cc = script(tmp_path / "mycc", FULL.format(folder))
    monkeypatch.setenv("CC", cc)
    with pytest.warns(UserWarning, match=r"keeps nothing.*No space left"):
        assert build(source).answer() == 42
    assert [*folder.iterdir()] == []


def test_no_room_anywhere(folder, source, monkeypatch, tmp_path):
    monkeypatch.setenv("CC", script(tmp_path / "mycc", FULL.format("")))
    with (
        pytest.warns(UserWarning, match=r"keeps nothing"),
        pytest.raises(CompilerError, match=r"no folder to compile in: .*No space left"),
    ):
        build(source)


def test_a_folder_from_where_nothing_may_be_run(folder, source, monkeypatch):
    load = building.ctypes.CDLL

    def refuse(path):
        if Path(path).is_relative_to(folder):
            raise OSError(f"{path}: failed to map segment from shared object")
        return load(path)

    monkeypatch.setattr(building.ctypes, "CDLL", refuse)
    with pytest.warns(UserWarning, match=r"keeps nothing.*failed to map"):
        assert build(source).answer() == 42


def test_the_private_folder_goes_with_its_process(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    code = """
import ctypes
from ondol.compiler.build import build
print(build("int answer(void) { return 42; }")._name)
"""
    environment = {**os.environ, "ONDOL_CACHE": str(tmp_path / "file")}
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.endswith(".so\n")
    assert not Path(run.stdout.strip()).parent.exists()
    assert "UserWarning: ondol.compile keeps nothing" in run.stderr


# -- errors ----------------------------------------------------------------------------


def test_a_mistake_in_a_template_shows_the_line_of_c(folder, monkeypatch):
    monkeypatch.setitem(templates.REAL, "tanh", "tanhhh{f}({0}) +* 1")

    with pytest.raises(CompilerError) as caught:
        native(lambda x: np.tanh(x) * 2, np.ones(1000))
    message = str(caught.value)
    assert "the C compiler refused what ondol wrote" in message
    (line,) = [s for s in message.splitlines() if s.startswith(">")]
    assert "tanhhh(" in line
    assert len([s for s in message.splitlines() if " | " in s]) == 5
    (saved,) = folder.glob("*.c")
    assert f"the C is in {saved}" in message
    assert "tanhhh" in saved.read_text()
    assert "by the command: " in message
    assert libraries(folder) == []


def test_a_mistake_in_a_template_shows_the_line_of_python(folder, monkeypatch):
    monkeypatch.setitem(templates.REAL, "tanh", "tanhhh{f}({0}) +* 1")
    step = ondol.compile(lambda x: np.exp(np.sum(x)) - np.tanh(2 * x))
    step(np.zeros(1000))
    with pytest.raises(CompilerError) as caught:
        step(np.zeros(1000))
    (line,) = [s for s in str(caught.value).splitlines() if "was written for" in s]
    assert "test_build.py" in line
    assert "np.tanh(2 * x)" in line


SOURCE = """\
/* {0}:1 */
void k0(void) {{
}}
/* {0}:2 */
void k1(void) {{
  int x = 1;
  int y = wrong;
}}
// {0}:1
void k2(void) {{
}}
"""


def test_the_line_of_python_is_that_of_the_nearest_comment_above(folder, tmp_path):
    path = tmp_path / "train.py"
    path.write_text("x = 1\ny = F.wrong(x)\n")
    with pytest.raises(CompilerError) as caught:
        build(SOURCE.format(path))
    message = str(caught.value)
    assert f"it was written for {path}:2: y = F.wrong(x)" in message
    assert ">     7 |   int y = wrong;\n" in message
    assert "      6 |   int x = 1;\n" in message
    assert message.count("it was written for") == 1


def test_what_is_said_about_no_line_is_passed_on():
    said = toolchain.explained("int x;\n", "ld: cannot find -lm\ncollect2: error\n")
    assert said == "ld: cannot find -lm\ncollect2: error"
    said = toolchain.explained("int x;\nint x y;\n", "a/step.c:2:7: error: expected ;")
    assert said.splitlines() == ["expected ;", "      1 | int x;", ">     2 | int x y;"]


def test_a_compiler_that_goes_away(folder, source, monkeypatch, tmp_path):
    path = tmp_path / "mycc"
    monkeypatch.setenv("CC", script(path, ""))
    assert compiler().command == (str(path),)
    path.unlink()
    with warnings.catch_warnings(), pytest.raises(CompilerError, match="No such file"):
        build(source)


def test_messages_are_english_whatever_the_user_speaks(folder, monkeypatch, tmp_path):
    said = tmp_path / "said"
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    monkeypatch.setenv("CC", script(tmp_path / "mycc", f'echo "$LC_ALL" > "{said}"'))
    compiler()
    assert said.read_text() == "C\n"
