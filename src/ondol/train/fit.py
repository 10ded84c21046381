"""`fit`: a training in one call, made of pieces that can all be used alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ..compiler import compile
from ..data import ArrayDataset, DataLoader
from ..doctor import Doctor
from ..errors import UsageError, tell, text
from ..io.atomic import PathLike
from ..io.checkpoints import Checkpoints
from ..random import generator
from .asked import check, monitored
from .data import as_loader
from .evaluate import measured, numbers
from .finite import FiniteStep
from .history import History, Record
from .progress import Progress
from .records import CurvesWriter, LogWriter, TensorBoard
from .run import Run, loop
from .saving import KeepBest, Saving, remember
from .signals import Signals
from .snapshot import GlobalRandom
from .source import source
from .steps import as_objective, make_accumulating_step, make_step
from .stopping import EarlyStopping

WATCHED = 20  # steps that the doctor looks at


def fit(
    model: Any,
    data: Any,
    loss: Any,
    optimizer: Any,
    epochs: int,
    *,
    validation: Any = None,
    metrics: Any = (),
    monitor: str | None = None,
    batch_size: int = 32,
    seed: int | None = None,
    schedule: Any = None,
    clip: Any = None,
    accumulate: int = 1,
    average: Any = None,
    compiled: bool = False,
    patience: int | None = None,
    restore_best: bool = False,
    folder: PathLike | None = None,
    resume: bool = True,
    every: int | None = None,
    progress: bool = True,
    doctor: bool = True,
    check_finite: bool = True,
    tensorboard: bool = False,
    callbacks: Iterable[Any] = (),
    show_source: bool = False,
) -> History:
    """Train a model, as the loop does that ``show_source=True`` prints.

    Ctrl-C and SIGTERM are obeyed after the step, or batch of the validation, that is
    being made, and after the last checkpoint was saved. With a `folder` the same call
    then goes on from there, to the very bits that it would have come to without the
    break.

    Args:
        model: a model, or any layer.
        data: a `DataLoader` (or another iterable that gives its batches each time
            anew), or arrays: ``(x, t)``.
        loss: ``loss(y, t)`` for batches ``(*inputs, t)`` with ``y = model(*inputs)``;
            for everything else, a function of the model and the batch that is marked
            with `ondol.train.objective`.
        optimizer: set up with the model, if it was not yet.
        epochs: how many in all, those before a resume included.
        validation: as `data`; measured after each epoch, in test mode.
        metrics: measured on `validation`: see `ondol.train.evaluate`.
        monitor: what the best epoch, `patience` and a `Plateau` go by: ``"loss"``,
            ``"val_loss"`` or ``"val_"`` and the name of a metric. By default the loss
            of the validation, or that of the training if there is none.
        batch_size: if `data` or `validation` are arrays.
        seed: of the order of samples, if `data` are arrays.
        schedule: of the learning rate; its `update` is called after each step.
        clip: a number, the largest norm of all gradients together; or a hook.
        accumulate: how many batches make one step, as if they were one.
        average: of the weights, as `ondol.optimizers.EMA`; updated after each step, and
            what is validated.
        compiled: make native code of the step, with `ondol.compile`.
        patience: stop after so many epochs without a better one.
        restore_best: end with the weights of the best epoch.
        folder: for checkpoints, ``log.jsonl`` and ``curves.png``; made if need be.
        resume: go on with what is in `folder`; if False, it has to be unused.
        every: steps between checkpoints within an epoch, besides those after each.
        progress: show a bar, or a line for each epoch.
        doctor: look for mistakes in the first steps: see `ondol.doctor`.
        check_finite: find out which operation made the first NaN or infinity.
        tensorboard: write events into the folder ``events`` in `folder`.
        callbacks: functions that are called with the `Run` after each epoch, or
            objects with ``start``, ``step``, ``epoch``, ...: see `Callback`.
        show_source: print the training as a loop written by hand, then do it.

    Returns:
        The numbers of each epoch.

    Raises:
        ArgumentError, DtypeError: a ValueError or TypeError; arguments that make no
            sense.
        CheckpointError: a ValueError; the checkpoint in `folder` is of another model,
            or other than what is trained now. Nothing was changed.
        NonFiniteError: an ArithmeticError that names the operation.
        KeyboardInterrupt, SystemExit: after Ctrl-C or SIGTERM.
    """
    asked = SimpleNamespace(**locals())
    check(asked)
    run = prepared(asked)
    if show_source:
        print(source(asked, run), end="")
    return carried_out(run, asked)


# -- the pieces ------------------------------------------------------------------------


def prepared(asked: SimpleNamespace) -> Run:
    """The training, before its first step."""
    model, optimizer = asked.model, asked.optimizer
    monitor, better = monitored(asked)
    run = Run(
        model,
        optimizer,
        as_loader(asked.data, asked.batch_size, seed=asked.seed),
        asked.epochs,
        validate=validation(asked),
        early=EarlyStopping(asked.patience, better),
        monitor=monitor,
        schedule=asked.schedule,
        average=asked.average,
        accumulate=asked.accumulate,
    )
    make = make_step if asked.accumulate == 1 else make_accumulating_step
    run.make_step = make(model, asked.loss, optimizer)
    if asked.compiled:
        run.make_step = run.compiled = compile(run.make_step, fallback=True)
    if optimizer.target is None:
        optimizer.setup(model)
    if asked.schedule is not None:
        asked.schedule.setup(optimizer)
    return run


def validation(asked: SimpleNamespace) -> Callable[[Run], Record | None]:
    """What measures the model after each epoch; None if the training was stopped."""
    if asked.validation is None:
        return lambda run: {}
    loader = as_loader(asked.validation, asked.batch_size, shuffle=False)
    loss, drawn = as_objective(asked.loss), random_parts()
    if hasattr(loader, "state_dict"):
        drawn["loader"] = loader

    def validate(run: Run) -> Record | None:
        begin_anew = remember(drawn)
        with run.average.applied() if run.average else nullcontext():
            mean = measured(run.model, watched(loader, run), loss, asked.metrics)
        if not run.stopped:
            return numbers(mean, asked.metrics)
        begin_anew()
        return None

    return validate


def watched(batches: Iterable[Any], run: Run) -> Iterator[Any]:
    """Batches of the validation, until someone stops the training."""
    for batch in batches:
        yield batch
        run.call("validation")
        if run.stopped:
            return


def random_parts() -> dict[str, Any]:
    """All random numbers, by name."""
    return {"random": generator, "program_random": GlobalRandom()}


def saved_parts(run: Run, asked: SimpleNamespace) -> dict[str, Any]:
    """Everything that has a state, by name."""
    parts: dict[str, Any] = {
        "model": run.model,
        "optimizer": run.optimizer,
        "fit": run,
        **random_parts(),
    }
    given = {
        "loader": run.loader,
        "validation": asked.validation,
        "schedule": run.schedule,
        "average": run.average,
        **{f"callback{i}": each for i, each in enumerate(asked.callbacks)},
    }
    return parts | {k: v for k, v in given.items() if hasattr(v, "state_dict")}


def in_folder(asked: SimpleNamespace, run: Run, parts: dict[str, Any]) -> list[Any]:
    """The callbacks that write into the folder; what is there is loaded first."""
    if asked.folder is None:
        return []
    folder = Path(asked.folder)
    checkpoints = Checkpoints(folder, keep=2, best=run.early.better)
    if checkpoints.paths() and not asked.resume:
        raise tell(UsageError, "fit-folder", folder=str(folder))
    events = [TensorBoard(folder / "events")] if asked.tensorboard else []
    checkpoints.load(parts)
    run.change()
    folder.mkdir(parents=True, exist_ok=True)
    return [
        LogWriter(folder / "log.jsonl"),
        *events,
        CurvesWriter(folder / "curves.png"),
        Saving(checkpoints, parts, asked.every),
    ]


def best_kept(asked: SimpleNamespace, run: Run, writers: list[Any]) -> list[Any]:
    """The callback that ends with the best weights, if it is asked for."""
    if not asked.restore_best:
        return []
    parts = {"model": run.model}
    if asked.average is not None:
        parts["average"] = asked.average
    return [KeepBest(parts, writers[-1].checkpoints if writers else None)]


# -- the training ----------------------------------------------------------------------


def carried_out(run: Run, asked: SimpleNamespace) -> History:
    """Make the training, with all that listens to it."""
    theirs, optimizer = asked.callbacks, run.optimizer
    with Signals() as signals, ExitStack() as stack:
        writers = in_folder(asked, run, saved_parts(run, asked))
        best = best_kept(asked, run, writers)
        shown = [Progress()] if asked.progress else []
        run.callbacks = [signals, *best, *theirs, *shown, *writers]
        stack.enter_context(hooked(optimizer, asked.hook))
        for callback in run.callbacks:  # called in reverse, also after an error
            stack.callback(getattr(callback, "end", ignored), run)
        run.call("start")
        if asked.check_finite:
            finite = FiniteStep(run.make_step, run.model, optimizer, run.steps)
            run.make_step, run.check = finite, finite.check
        if asked.doctor and run.steps < WATCHED:
            stack.enter_context(watch(run, asked))
        loop(run)
        run.stop("epochs")
    run.history.stopped = run.stopped
    signals.obey(farewell(run, signals.caught, asked.folder))
    return run.history


def watch(run: Run, asked: SimpleNamespace) -> Doctor:
    """The doctor, for what is left of the first steps: they run as they stand."""
    known = isinstance(asked.validation, tuple | ArrayDataset | DataLoader)
    validation = asked.validation if known else None
    left = WATCHED - run.steps
    return Doctor(run.model, run.optimizer, left, validation=validation)


def ignored(run: Run) -> None:
    """A moment at which a callback does nothing."""


@contextmanager
def hooked(optimizer: Any, hook: Any) -> Iterator[None]:
    """Inside the block the optimizer has one more hook, or none."""
    if hook is None:
        yield
        return
    optimizer.add_hook(hook)
    try:
        yield
    finally:
        optimizer.hooks.remove(hook)


def farewell(run: Run, signal: str, folder: PathLike | None) -> str:
    """What was saved when a signal came, and how to go on."""
    epoch = min(run.done + 1, run.epochs)
    where = {"signal": signal, "step": run.steps, "epoch": epoch}
    if folder is None:
        return text("word-fit-stopped", **where)
    return text("word-fit-saved", **where, folder=str(folder))
