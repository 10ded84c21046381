import os
import signal
import threading

import pytest
from small import made, points

import ondol.functions as F
from ondol.train import Callback, Signals, fit

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
