"""Settings for a block of code, seen by nobody else."""

import asyncio
import threading

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import Variable, config, no_grad, test_mode, train_mode, using_config
from ondol.errors import UsageError

predict = test_mode  # under its own name pytest would collect it
del test_mode


@pytest.fixture
def x():
    return Variable(np.array(2.0))


def recorded(x):
    return (x * x).creator is not None


def test_defaults(x):
    assert config.enable_backprop is True
    assert config.train is True
    assert recorded(x)


def test_no_grad_records_nothing_inside_its_block(x):
    with no_grad():
        assert config.enable_backprop is False
        assert not recorded(x)
        assert (x * x).data == 4.0
    assert recorded(x)


def test_test_and_train_mode():
    with predict():
        assert config.train is False
        with train_mode():
            assert config.train is True
        assert config.train is False
    assert config.train is True


def test_modes_decide_what_dropout_does():
    ones = Variable(np.ones(1000))
    with predict():
        assert np.all(F.dropout(ones, 0.5).data == 1)
        with train_mode():
            assert np.any(F.dropout(ones, 0.5).data == 0)
    assert np.any(F.dropout(ones, 0.5).data == 0)


def test_the_two_settings_are_independent(x):
    with no_grad():
        assert config.train is True
    with predict():
        assert recorded(x)


def test_nesting(x):
    with no_grad():
        with using_config("enable_backprop", True):
            assert recorded(x)
            with no_grad():
                assert not recorded(x)
            assert recorded(x)
        assert not recorded(x)
    assert recorded(x)


@pytest.mark.parametrize("mode", [no_grad, predict])
def test_restored_after_an_exception(mode, x):
    with pytest.raises(ZeroDivisionError), mode():
        raise ZeroDivisionError
    assert config.enable_backprop is True
    assert config.train is True
    assert recorded(x)


@pytest.mark.parametrize("name", ["enable_backprob", "", "Train"])
def test_unknown_names(name):
    expected = pytest.raises(AttributeError, match="enable_backprop, train")
    with expected, using_config(name, False):
        raise AssertionError("the block must not run")
    with pytest.raises(AttributeError):
        getattr(config, name)


def test_as_decorators(x):
    @no_grad()
    def evaluate(x):
        return recorded(x)

    @predict()
    def mode():
        return config.train

    for _ in range(2):  # a decorator serves more than one call
        assert evaluate(x) is False
        assert mode() is False
        assert recorded(x)
        assert config.train is True


def test_everything_records_again_after_a_block_that_returned(x):
    def early():
        with no_grad():
            return x * x

    assert early().creator is None
    assert recorded(x)


def test_threads_do_not_see_each_others_settings(x):
    inside, checked = threading.Event(), threading.Event()
    seen = {}

    def silent():
        with no_grad(), predict():
            inside.set()
            checked.wait(10)
            seen["silent"] = (recorded(x), config.train)

    thread = threading.Thread(target=silent)
    thread.start()
    assert inside.wait(10)
    seen["main"] = (recorded(x), config.train)

    other = threading.Thread(target=lambda: seen.update(new=(recorded(x), True)))
    other.start()
    other.join(10)
    checked.set()
    thread.join(10)
    assert seen == {"silent": (False, False), "main": (True, True), "new": (True, True)}


def test_many_threads_at_once():
    start = threading.Barrier(8)
    wrong = []

    def work(silent):
        x = Variable(np.ones(10))
        start.wait(10)
        for _ in range(200):
            if silent:
                with no_grad():
                    y = x * 2
                ok = y.creator is None
            else:
                x.cleargrad()
                y = np.sum(x * 2)
                y.backward()
                ok = y.creator is not None and bool(np.all(x.grad.data == 2))
            if not ok:
                wrong.append(silent)

    threads = [threading.Thread(target=work, args=(i % 2 == 0,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []


def test_tasks_do_not_see_each_others_settings(x):
    async def silent(inside, checked):
        with no_grad(), predict():
            inside.set()
            await checked.wait()
            return recorded(x), config.train

    async def normal(inside, checked):
        await inside.wait()
        found = recorded(x), config.train
        checked.set()
        return found

    async def main():
        inside, checked = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(
            silent(inside, checked), normal(inside, checked), normal(inside, checked)
        )

    assert asyncio.run(main()) == [(False, False), (True, True), (True, True)]


def test_a_task_starts_with_the_settings_of_its_maker(x):
    async def inner():
        return recorded(x)

    async def main():
        with no_grad():
            return await asyncio.create_task(inner())

    assert asyncio.run(main()) is False


def test_the_book_s_names_are_at_the_top():
    assert ondol.using_config is using_config
    assert ondol.no_grad is no_grad


def test_a_setting_is_not_an_attribute_to_set():
    with pytest.raises(UsageError, match=r"(?s)config.train cannot be set.*test_mode"):
        ondol.config.train = False
    assert ondol.config.train
