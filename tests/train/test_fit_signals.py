import os
import signal
import threading

import numpy as np
import pytest
from small import bits, made, points

import ondol.functions as F
from ondol.data import DataLoader
from ondol.train import Callback, Signals, fit, metrics, read_log

loss = F.softmax_cross_entropy


class Send(Callback):
    """Sends a signal to this process in the middle of a training."""

    def __init__(self, number):
        self.number, self.steps = number, 0

    def step(self, run):
        self.steps = run.steps
        if run.steps == 3:
            os.kill(os.getpid(), self.number)


def train(send):
    model, optimizer = made()
    fit(model, points(), loss, optimizer, 9, callbacks=[send], progress=False,
        doctor=False)  # fmt: skip


def test_ctrl_c_stops_after_the_step_and_says_how_to_save():
    before = signal.getsignal(signal.SIGINT)
    send = Send(signal.SIGINT)
    with pytest.raises(
        KeyboardInterrupt, match=r"after step 4, in epoch 2; .* folder="
    ):
        train(send)
    assert (
        send.steps == 4
    )  # the callback that sent it was called after the one that saw
    assert signal.getsignal(signal.SIGINT) is before


class Interrupted:
    """Validation data in whose second batch Ctrl-C is pressed."""

    def __init__(self, press):
        self.press, self.given = press, 0

    def __iter__(self):
        for i in range(3):
            if i == 1 and self.press:
                os.kill(os.getpid(), signal.SIGINT)
            self.given += 1
            yield points(20, i)


def test_a_signal_does_not_wait_for_the_end_of_the_validation(tmp_path):
    def go(press, folder):
        pair = model, optimizer = made()
        tests = Interrupted(press)
        try:
            history = fit(model, points(), loss, optimizer, 2, validation=tests,
                          metrics=metrics.Accuracy(), folder=folder, seed=0,
                          progress=False, doctor=False)  # fmt: skip
        except KeyboardInterrupt as error:
            return str(error), tests.given
        return bits(*pair), [{**record, "seconds": 0} for record in history]

    whole = go(False, None)
    said, given = go(True, tmp_path)
    assert "after step 2, in epoch 1; saved" in said
    assert given == 2
    assert go(False, tmp_path) == whole
    assert [record["epoch"] for record in read_log(tmp_path / "log.jsonl")] == [1, 2]


def test_the_validation_that_was_stopped_is_made_anew(tmp_path):
    def go(folder, after):
        pair = model, optimizer = made()
        tests = DataLoader(points(20, 1), 4, seed=3)
        stop = StopIn(after)
        history = fit(model, points(), loss, optimizer, 3, validation=tests,
                      folder=folder, seed=0, callbacks=[stop],
                      progress=False, doctor=False)  # fmt: skip
        return bits(*pair), [{**record, "seconds": 0} for record in history]

    whole = go(None, None)
    for after in (2, 8, 3):  # batches of the validation, from each start of the program
        go(tmp_path, after)
    assert go(tmp_path, None) == whole


class StopIn:
    """Stops in the validation, after so many batches."""

    def __init__(self, after):
        self.after, self.count = after, 0

    def validation(self, run):
        np.random.random()  # as a dataset or a metric might
        self.count += 1
        if self.count == self.after:
            run.stop("enough")


def test_sigterm_ends_the_program_as_shells_expect(capsys):
    with pytest.raises(SystemExit) as error:
        train(Send(signal.SIGTERM))
    assert error.value.code == 143
    assert "stopped by SIGTERM after step 4" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_handler_of_the_program_is_called_when_all_is_saved(capsys):
    caught = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: caught.append(number))
    try:
        train(Send(signal.SIGTERM))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert caught == [signal.SIGTERM]


def test_a_second_ctrl_c_does_not_wait():
    def press(times):
        with Signals() as signals:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
        return signals.caught

    assert press(1) == "SIGINT"
    with pytest.raises(KeyboardInterrupt):
        press(2)


def test_without_a_signal_nothing_happens():
    with Signals() as signals:
        pass
    signals.obey("never said")
    assert signals.caught == ""


def test_in_another_thread_training_goes_on_as_if_there_were_no_signals():
    done = []
    thread = threading.Thread(target=lambda: done.append(train(Send(0))))
    thread.start()
    thread.join()
    assert done == [None]


def test_a_loop_of_ones_own():
    steps = []
    with Signals() as signals:
        for step in range(5):
            steps.append(step)
            if step == 2:
                os.kill(os.getpid(), signal.SIGTERM)
            if signals.caught:
                break
    assert steps == [0, 1, 2]
    with pytest.raises(SystemExit):
        signals.obey("saved")
