"""The Doctor: what it wraps, how long, and what it says."""

import subprocess
import sys
import threading
import warnings
from pathlib import Path

import device
import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable, errors, optimizers
from ondol.core import modes
from ondol.core.rules import RULES
from ondol.data import ArrayDataset, DataLoader, digits
from ondol.doctor import Doctor, DoctorWarning, Finding, listen
from ondol.doctor import __main__ as command
from ondol.models import MLP

HERE = Path(__file__).parent
SCRIPT = HERE / "broken" / "gradients_never_cleared.py"

pytestmark = pytest.mark.filterwarnings("always::ondol.doctor.DoctorWarning")


@pytest.fixture(autouse=True)
def seeded():
    ondol.seed(0)


def make():
    model = MLP((16, 10), activation=F.relu)
    return model, optimizers.Adam(lr=0.003).setup(model)


def batches(count=30, size=32):
    x, t = digits(train=True)
    loader = DataLoader((x.reshape(-1, 64), t), batch_size=size, seed=0)
    return [batch for _, batch in zip(range(count), loader, strict=False)]


def train(model, optimizer, clear=True, count=30):
    for x, t in batches(count):
        loss = F.softmax_cross_entropy(model(x), t)
        if clear:
            model.cleargrads()
        loss.backward()
        optimizer.update()


def visit(*arguments, loop=train, **settings):
    """The doctor of a loop, whose warnings are left aside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoctorWarning)
        with Doctor(**settings) as doctor:
            loop(*arguments)
    return doctor


def codes(doctor):
    return [one.code for one in doctor.findings]


def watched_things():
    """All that a doctor wraps, as it is now."""
    things = [
        Variable.backward,
        optimizers.Optimizer.update,
        optimizers.Optimizer.setup,
        L.Layer.__call__,
        DataLoader.__iter__,
        F.dropouts.training,
        vars(optimizers.Optimizer).get("__init_subclass__"),
        vars(L.Layer).get("__init_subclass__"),
    ]
    return [*things, *(rule.forward for rule in RULES.values())]


@pytest.fixture(autouse=True)
def nothing_stays_wrapped():
    before = watched_things()
    yield
    after = watched_things()
    assert all(a is b for a, b in zip(before, after, strict=True))


# -- what it says ----------------------------------------------------------------------


def test_it_warns_once_at_the_line_of_the_program():
    model, optimizer = make()
    with (
        Doctor(model, optimizer) as doctor,
        pytest.warns(DoctorWarning, match="doctor-accumulated") as record,
    ):
        train(model, optimizer, clear=False)
    (warning,) = record
    assert warning.filename == __file__
    (found,) = doctor.findings
    assert isinstance(found, Finding)
    assert str(warning.message) == found.message
    assert found.place.startswith(f"{__file__}:")
    assert found.place.endswith("loss.backward()")
    what, where, fix = found.message.split("\n")
    assert "layers.0.W" in what
    assert where.strip() == found.place
    assert fix.startswith("  fix: ")
    assert fix.endswith("[doctor-accumulated]")


def test_what_is_right_is_not_spoken_of():
    model, optimizer = make()
    with warnings.catch_warnings(), Doctor(model, optimizer) as doctor:
        warnings.simplefilter("error")
        train(model, optimizer)
    assert doctor.findings == []


def test_korean(monkeypatch):
    monkeypatch.setenv("ONDOL_LANG", "ko")
    model, optimizer = make()
    doctor = visit(model, optimizer, False)
    assert "남아 있습니다" in doctor.findings[0].message
    assert "\n  해결: " in doctor.findings[0].message


@pytest.mark.parametrize("silence", ["doctor-accumulated", ("doctor-accumulated",)])
def test_silence(silence):
    model, optimizer = make()
    assert visit(model, optimizer, False, silence=silence).findings == []


def test_what_is_silenced_does_not_hide_the_next_size():
    model = L.Sequential(L.Linear(16), F.relu, L.Linear(10))
    optimizer = optimizers.SGD(lr=1e-6).setup(model)

    model.layers[0].b.data = np.full(16, -1e5, np.float32)

    def loop():
        for x, t in batches():
            loss = F.softmax_cross_entropy(model(1000 * x + 500), t)
            model.cleargrads()
            loss.backward()
            optimizer.update()

    assert codes(visit(loop=loop)) == ["doctor-inputs"]
    assert codes(visit(loop=loop, silence="doctor-inputs")) == ["doctor-dead"]


def test_two_mistakes_at_once():
    model, optimizer = make()
    doctor = visit(lambda x: F.softmax(model(x)), optimizer, False)
    assert codes(doctor) == ["doctor-softmax-twice", "doctor-accumulated"]


def test_a_network_of_two_models_that_it_is_told_of():
    encoder, decoder = L.Linear(16), L.Linear(10)
    optimizer = optimizers.Adam(lr=0.003).setup(encoder)
    parts = {"encoder": encoder, "decoder": decoder}

    def loop():
        for x, t in batches():
            loss = F.softmax_cross_entropy(decoder(F.relu(encoder(x))), t)
            encoder.cleargrads()
            decoder.cleargrads()
            loss.backward()
            optimizer.update()

    doctor = visit(model=parts, optimizer=optimizer, loop=loop)
    assert codes(doctor) == ["doctor-missing"]
    assert "decoder.W, decoder.b" in doctor.findings[0].message


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"silence": ("doctor-hat",)}, "watch-code"),
        ({"steps": 0}, "watch-steps"),
        ({"steps": "20"}, "watch-steps"),
        ({"optimizer": MLP((3,))}, "watch-optimizer"),
        ({"optimizer": [4]}, "watch-optimizer"),
        ({"validation": 0.2}, "watch-validation-kind"),
        ({"validation": iter([])}, "watch-validation-kind"),
    ],
)
def test_settings_that_are_wrong(settings, code):
    with pytest.raises(errors.ArgumentError) as info:
        Doctor(**settings)
    assert info.value.code == code


# -- what it does not change -----------------------------------------------------------


def weights(watch):
    ondol.seed(0)
    model = L.Sequential(L.Linear(16), L.BatchNorm(), F.relu, L.Dropout(), L.Linear(10))
    optimizer = optimizers.Adam(lr=0.003).setup(model)
    if watch:
        with Doctor(model, optimizer, validation=digits(train=False)) as doctor:
            train(model, optimizer)
        assert doctor.findings == []
    else:
        train(model, optimizer)
    return [p.data for p in model.params()]


def test_the_same_bits_with_and_without_it():
    for a, b in zip(weights(True), weights(False), strict=True):
        np.testing.assert_array_equal(a, b)


def test_after_its_steps_everything_is_as_before():
    original, (model, optimizer) = Variable.backward, make()
    with Doctor(steps=3) as doctor:
        train(model, optimizer, count=2)
        assert doctor.is_open
        assert Variable.backward is not original
        train(model, optimizer, count=1)
        assert not doctor.is_open
        assert Variable.backward is original
        train(model, optimizer, clear=False, count=4)
    assert doctor.findings == []
    assert doctor.backwards == 3


def test_updates_by_hand_are_counted_as_steps():
    model = MLP((4, 10))
    with Doctor(steps=5) as doctor:
        for x, t in batches(12):
            loss = F.softmax_cross_entropy(model(x), t)
            model.cleargrads()
            loss.backward()
            for p in model.params():
                p.data -= 0.1 * p.grad.data
    assert doctor.backwards == 6


def test_an_error_passes_through_and_ends_it():
    doctor = Doctor()
    with pytest.raises(ZeroDivisionError), doctor:
        train(*make(), 1 / 0)
    assert not doctor.is_open


def test_warnings_that_are_errors_stop_the_training():
    model, optimizer = make()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DoctorWarning, match="accumulated"), Doctor():
            train(model, optimizer, clear=False)


def test_a_mistake_of_its_own_stops_it_and_not_the_training(monkeypatch):
    model, optimizer = make()
    doctor = Doctor()
    monkeypatch.setattr(doctor._checks[0], "before", lambda step: 1 / 0)
    with doctor, pytest.warns(RuntimeWarning, match="ZeroDivisionError"):
        train(model, optimizer)
    assert not doctor.is_open
    assert optimizer.t == 30
    assert doctor.failed


def test_it_watches_once():
    doctor = Doctor()
    with doctor:
        pass
    with pytest.raises(errors.UsageError, match="watches once"), doctor:
        pass


def test_one_inside_of_another():
    model, optimizer = make()
    inner = Doctor(steps=2)

    def loop():
        with inner:
            train(model, optimizer, clear=False, count=2)
        train(model, optimizer, clear=False, count=5)

    assert codes(visit(loop=loop)) == ["doctor-accumulated"]
    assert inner.backwards == 2


def test_what_cannot_be_wrapped_leaves_nothing_wrapped(monkeypatch):
    monkeypatch.setattr(listen, "MEASURES", None)
    with pytest.raises(TypeError), Doctor():
        pass
    assert listen._open == []


def test_other_threads_are_not_watched():
    model, optimizer = make()
    with Doctor() as doctor:
        thread = threading.Thread(target=train, args=(model, optimizer, False, 5))
        thread.start()
        thread.join()
    assert doctor.backwards == 0


def test_kinds_of_layers_and_optimizers_that_come_later():
    def loop():
        class Sign(optimizers.Optimizer):
            def update(self):
                for p in self.parameters().values():
                    p.data -= self.lr * np.sign(p.grad.data)

        class Net(L.Model):
            def __init__(self):
                self.inner, self.plain = L.Linear(16), [lambda x: other(x)]

            def __call__(self, x):
                return self.plain[0](F.relu(self.inner(x)))

        other, model = L.Linear(10), Net()
        train(model, Sign(lr=0.01).setup(model))

    doctor = visit(loop=loop)
    assert codes(doctor) == ["doctor-missing"]
    assert doctor.backwards == 20


def test_compiled_functions_run_as_they_stand_until_it_has_seen_enough():
    model, optimizer = make()

    @ondol.compile
    def step(x, t):
        loss = F.softmax_cross_entropy(model(x), t)
        loss.backward()
        optimizer.update()
        return loss

    def loop():
        for i, (x, t) in enumerate(batches(10)):
            step(x, t)
            assert i > 4 or not step._calls

    assert codes(visit(loop=loop, steps=5)) == ["doctor-accumulated"]
    assert step.programs


def test_modes_are_read_as_before():
    with Doctor():
        with ondol.test_mode():
            assert F.dropout(np.ones(3), 0.5).data.tolist() == [1, 1, 1]
        assert ondol.config.train
    assert F.dropouts.training is modes.training


@pytest.mark.parametrize("broken", [False, True])
def test_arrays_on_a_device(monkeypatch, broken):
    monkeypatch.setitem(sys.modules, "cupy", device.cupy())
    model, optimizer = make()
    model(np.zeros((1, 64), np.float32))
    for p in model.params():
        p.data = device.Array(p.data)

    def loop():
        for x, t in batches():
            y = model(device.Array(x))
            loss = F.softmax_cross_entropy(y, device.Array(t))
            if not broken:
                model.cleargrads()
            loss.backward()
            optimizer.update()

    doctor = visit(loop=loop)
    assert codes(doctor) == ["doctor-accumulated"] * broken
    assert doctor.backwards == 20


# -- validation data -------------------------------------------------------------------


class Samples:
    """A dataset that makes its samples one by one."""

    def __init__(self, x):
        self.x = x

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], 0


KINDS = {
    "array": lambda x: x,
    "variable": lambda x: Variable(x),
    "pair": lambda x: (x, x),
    "dataset": lambda x: ArrayDataset(x),
    "samples": lambda x: Samples(x),
    "loader": lambda x: DataLoader((x,), 8, seed=0),
    "function": lambda x: lambda: x,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("leaks", [False, True])
def test_validation_data_of_all_kinds(kind, leaks):
    x, _ = digits(train=leaks)
    validation = KINDS[kind](x[:400])
    doctor = visit(*make(), validation=validation)
    assert codes(doctor) == ["doctor-validation"] * leaks
    assert getattr(validation, "epoch", 0) == 0  # the order of a loader stays


# -- the command -----------------------------------------------------------------------


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "ondol.doctor", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_stops_the_script_and_prints_what_was_found():
    done = run(SCRIPT)
    assert done.returncode == 1
    line = 1 + SCRIPT.read_text().split("\n").index("    loss.backward()")
    assert f"\n  {SCRIPT}:{line}: loss.backward()\n" in done.stdout
    assert "passes watched: 20, findings: 1" in done.stdout
    assert done.stderr == ""


def script(tmp_path, text):
    path = tmp_path / "script.py"
    path.write_text(text)
    return path


def test_the_script_sees_its_arguments_and_what_lies_beside_it(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "beside_it.py").write_text("word = 'neighbour'")
    path = script(
        tmp_path,
        "import os, sys, beside_it\nprint(sys.argv[1:], beside_it.word)\n"
        "print(os.path.isabs(__file__), os.path.basename(__file__))",
    )
    monkeypatch.chdir(tmp_path)
    path_before, argv = [*sys.path], sys.argv
    assert command.main([path.name, "--steps", "5"]) == command.NOTHING_SEEN
    printed = capsys.readouterr().out
    assert "True script.py" in printed
    assert "['--steps', '5'] neighbour" in printed
    assert "backward() nowhere" in printed
    assert (sys.path, sys.argv) == (path_before, argv)
    del sys.modules["beside_it"]


def test_a_script_that_fails_shows_its_own_lines(tmp_path, capsys):
    assert command.main([str(script(tmp_path, "x = 1\nx / 0"))]) == 2
    error = capsys.readouterr().err
    assert error.count("File ") == 1
    assert "script.py" in error
    assert "ZeroDivisionError" in error


@pytest.mark.parametrize(("end", "code"), [("sys.exit()", 0), ("sys.exit(3)", 2)])
def test_a_script_that_exits(tmp_path, capsys, end, code):
    healthy = (HERE / "healthy" / "two_optimizers_one_model.py").read_text()
    text = f"{healthy}    break\nimport sys\n{end}"
    assert command.main([str(script(tmp_path, text))]) == code


def test_the_last_words_of_a_script_are_printed(tmp_path, capsys):
    assert command.main([str(script(tmp_path, "raise SystemExit('no data')"))]) == 2
    assert capsys.readouterr().err == "no data\n"


def test_a_script_that_is_interrupted_shows_what_was_found(tmp_path, capsys):
    text = (
        SCRIPT.read_text() + "    if optimizer.t == 5:\n        raise KeyboardInterrupt"
    )
    assert command.main([str(script(tmp_path, text))]) == command.INTERRUPTED
    printed = capsys.readouterr().out
    assert "doctor-accumulated" in printed
    assert "passes watched: 5, findings: 1" in printed


@pytest.mark.parametrize(("name", "code"), [("held_out", 1), ("x_test", 2)])
def test_validation_data_of_a_script_that_ends_by_itself(tmp_path, capsys, name, code):
    text = (HERE / "healthy" / "mlp.py").read_text()
    text = text.replace("loader =", "held_out = x.reshape(-1, 64)\nloader =")
    text = text.replace("print", "    if optimizer.t == 6:\n        break\nprint")
    path = script(tmp_path, text)
    assert command.main(["--validation", name, str(path)]) == code
    printed = capsys.readouterr()
    assert ("doctor-validation" in printed.out) == (code == 1)
    assert ("no variable 'x_test'" in printed.err) == (code == 2)


def test_settings_of_the_command(capsys):
    accumulated = "--silence", "doctor-accumulated"
    assert command.main(["--steps", "3", *accumulated, str(SCRIPT)]) == command.HEALTHY
    assert "passes watched: 3, findings: 0" in capsys.readouterr().out
    assert command.main(["--silence", "x", str(SCRIPT)]) == command.NOTHING_SEEN
    assert "no finding 'x'" in capsys.readouterr().err


def test_a_module_in_place_of_a_script(tmp_path, monkeypatch, capsys):
    (tmp_path / "trains.py").write_text(SCRIPT.read_text())
    monkeypatch.syspath_prepend(tmp_path)
    assert command.main(["-m", "trains"]) == command.ILL
    assert "doctor-accumulated" in capsys.readouterr().out


def test_a_model_that_is_none_is_told():
    with pytest.raises(errors.ArgumentError, match="takes a model"):
        Doctor(3)
