import numpy as np
import pytest
from small import bits, made, points

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable, optimizers
from ondol.data import ArrayDataset, DataLoader, digits
from ondol.errors import ArgumentError, DtypeError, ShapeError, UsageError
from ondol.models import MLP, Model
from ondol.train import Callback, fit, metrics, objective, read_log

QUIET = {"progress": False, "doctor": False}
BOTH = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
loss = F.softmax_cross_entropy


def by_hand(model, optimizer, epochs, data, batch_size=16, seed=0):
    """The loop of the documentation."""
    optimizer.setup(model)
    loader, losses = DataLoader(data, batch_size, seed=seed), []
    for _ in range(epochs):
        total = 0.0
        for x, t in loader:
            value = loss(model(x), t)
            model.cleargrads()
            value.backward()
            optimizer.update()
            total += value.item() * len(t)
        losses.append(total / len(data[0]))
    return losses


# -- what it does ----------------------------------------------------------------------


def test_it_is_the_loop_written_by_hand_to_the_last_bit():
    ours, theirs = made(), made()
    ondol.seed(1)
    history = fit(*arguments(ours, 3), batch_size=16, seed=0, **QUIET)
    ondol.seed(1)
    assert history["loss"] == by_hand(*theirs, 3, points())
    assert bits(*ours) == bits(*theirs)


def arguments(made, epochs):
    model, optimizer = made
    return model, points(), loss, optimizer, epochs


def test_compiled_it_does_the_same_but_for_rounding():
    # Not Adam: the gradient of a bias before the norm is zero but for rounding.
    pairs = [(made()[0], optimizers.MomentumSGD(lr=0.1)) for _ in range(2)]
    for pair, compiled in zip(pairs, (False, True), strict=True):
        ondol.seed(1)
        fit(*arguments(pair, 2), batch_size=16, seed=0, compiled=compiled, **QUIET)
    eager, native = ([p.data for p in model.params()] for model, _ in pairs)
    for a, b in zip(eager, native, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert bits(*pairs[0]) != bits(*pairs[1])  # compiled code did run


@BOTH
def test_digits_are_learnt_with_everything_switched_on(compiled, tmp_path):
    ondol.seed(0)
    (x, t), (x_test, t_test) = digits(train=True), digits(train=False)
    model, epochs = MLP((50, 10), activation=F.relu), 8
    optimizer = optimizers.Adam(lr=0.01)
    average = optimizers.EMA(model, 0.98)
    history = fit(
        model,
        (x.reshape(-1, 64), t),
        loss,
        optimizer,
        epochs,
        validation=(x_test.reshape(-1, 64), t_test),
        metrics=[F.accuracy],
        schedule=optimizers.Cosine(steps=epochs * 45, warmup=20),
        clip=1.0,
        average=average,
        compiled=compiled,
        patience=5,
        restore_best=True,
        folder=tmp_path / "run",
        seed=0,
        progress=False,
    )
    assert history["val_accuracy"][-1] > 0.95
    assert history["lr"][-1] < 0.001
    assert history.best["val_loss"] == min(history["val_loss"])
    with average.applied():
        accuracy = np.mean(model.predict(x_test.reshape(-1, 64)).argmax(1) == t_test)
    assert accuracy == pytest.approx(history.best["val_accuracy"])
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"log.jsonl", "curves.png"} < names


def test_history_has_the_numbers_of_each_epoch():
    history = fit(*arguments(made(), 3), validation=points(20, 1), **QUIET)
    assert history.names() == ["epoch", "step", "loss", "lr", "val_loss", "seconds"]
    assert history["epoch"] == [1, 2, 3]
    assert history["step"] == [2, 4, 6]
    assert history["loss"][-1] < history["loss"][0]
    assert history.stopped == "epochs"
    assert len(history) == 3


def test_no_epochs_are_none():
    model, optimizer = made()
    history = fit(model, points(), loss, optimizer, 0, **QUIET)
    assert len(history) == 0
    assert optimizer.t == 0


def test_validation_is_in_test_mode_without_a_graph():
    model, optimizer = made()
    seen = []

    def watching(y, t):
        seen.append((ondol.config.train, y.creator is not None))
        return loss(y, t)

    history = fit(model, points(), watching, optimizer, 1, validation=points(20, 1),
                  metrics=[F.accuracy], **QUIET)  # fmt: skip
    assert seen == [(True, True)] * 2 + [(False, False)]
    x, t = points(20, 1)
    assert history["val_accuracy"] == [np.mean(model.predict(x).argmax(1) == t)]


def test_metrics_are_over_all_batches_and_may_be_tables(tmp_path):
    model, optimizer = made()
    measured = [metrics.Accuracy(), metrics.F1(), metrics.ConfusionMatrix(), F.accuracy]
    measured[-1] = averaged = lambda y, t: F.accuracy(y, t)
    averaged.__name__ = "averaged"
    x, t = points(21, 1)
    history = fit(model, points(), loss, optimizer, 2, validation=(x, t), batch_size=8,
                  metrics=measured, folder=tmp_path, **QUIET)  # fmt: skip
    assert history["val_averaged"] == pytest.approx(history["val_accuracy"])
    y = model.predict(x)
    assert history["val_f1"][-1] == pytest.approx(metrics.f1(y, t))
    table = metrics.confusion_matrix(y, t).tolist()
    assert history["val_confusion_matrix"][-1] == table
    assert read_log(tmp_path / "log.jsonl")[-1]["val_confusion_matrix"] == table
    again = fit(*arguments(made(), 2), validation=(x, t), batch_size=8,
                metrics=measured, folder=tmp_path, **QUIET)  # fmt: skip
    assert again.records == history.records


def test_a_metric_says_what_is_better():
    model, optimizer = made()
    history = fit(model, points(), loss, optimizer, 5, validation=points(20, 1),
                  metrics=metrics.Accuracy(), monitor="val_accuracy",
                  **QUIET)  # fmt: skip
    assert history.best["val_accuracy"] == max(history["val_accuracy"])


# -- what it is given ------------------------------------------------------------------


@pytest.mark.parametrize("make", [
    lambda x, t: DataLoader((x, t), 32, seed=3),
    lambda x, t: ArrayDataset(x, t),
    lambda x, t: [(x[:25], t[:25]), (x[25:], t[25:])],
], ids=["loader", "dataset", "list"])  # fmt: skip
def test_data_come_in_many_forms(make):
    model, optimizer = made()
    history = fit(model, make(*points()), loss, optimizer, 8, **QUIET)
    assert optimizer.t == 16
    assert history["loss"][-1] < history["loss"][0]


class TwoInputs(Model):
    def __init__(self):
        self.left, self.right = L.Linear(3), L.Linear(3)

    def forward(self, a, b):
        return self.left(a) + self.right(b)


@BOTH
def test_a_model_with_several_inputs(compiled):
    x, t = points()
    data = x[:, :2].copy(), x[:, 2:].copy(), t
    history = fit(TwoInputs(), data, loss, optimizers.SGD(lr=0.1), 5, compiled=compiled,
                  validation=data, metrics=F.accuracy, **QUIET)  # fmt: skip
    assert history["loss"][-1] < history["loss"][0]


@BOTH
def test_an_objective_takes_the_whole_batch(compiled):
    @objective
    def reconstruction(model, batch):
        return F.mean_squared_error(model(batch), batch)

    x, _ = points()
    batches = [x[:30], x[30:]]
    history = fit(MLP((2, 4)), batches, reconstruction, optimizers.Adam(lr=0.02), 10,
                  validation=batches, compiled=compiled, **QUIET)  # fmt: skip
    assert history["val_loss"][-1] < history["val_loss"][0]


@BOTH
def test_batches_may_be_dicts_and_an_objective_may_give_what_metrics_compare(compiled):
    @objective
    def classified(model, batch):
        y = model(batch["x"])
        return loss(y, batch["t"]), y, batch["t"]

    x, t = points()
    batches = [{"x": x[:30], "t": t[:30]}, {"x": x[30:], "t": t[30:]}]
    model, optimizer = made()
    history = fit(model, batches, classified, optimizer, 20, validation=batches,
                  metrics=F.accuracy, compiled=compiled, **QUIET)  # fmt: skip
    assert history["val_accuracy"][-1] > 0.8


# -- its options -----------------------------------------------------------------------


@BOTH
def test_accumulated_batches_are_one_large_batch(compiled):
    x, t = points(50)
    weights = []
    for size, accumulate in ((24, 1), (8, 3)):
        ondol.seed(0)
        model, optimizer = MLP((5, 3), in_size=4), optimizers.SGD(lr=0.5)
        history = fit(
            model,
            DataLoader((x, t), size, seed=0),
            loss,
            optimizer,
            3,
            accumulate=accumulate,
            clip=0.5,
            compiled=compiled,
            **QUIET,
        )
        assert optimizer.t == 9
        weights.append([*[p.data for p in model.params()], history["loss"]])
    for large, small in zip(*weights, strict=True):
        np.testing.assert_allclose(small, large, rtol=1e-4, atol=1e-6)


def test_a_schedule_goes_on_with_each_step_and_plateau_with_each_epoch():
    rates, (model, optimizer) = [], made()

    class Rates(Callback):
        def step(self, run):
            rates.append(run.optimizer.lr)

    schedule = optimizers.Linear(steps=4)
    fit(model, points(), loss, optimizer, 2, schedule=schedule, callbacks=[Rates()],
        **QUIET)  # fmt: skip
    assert rates == pytest.approx([0.0075, 0.005, 0.0025, 0])

    model, optimizer = made()
    plateau = optimizers.Plateau(patience=1, factor=0.1)
    history = fit(model, points(), lambda y, t: loss(y, t) * 0, optimizer, 5,
                  schedule=plateau, **QUIET)  # fmt: skip
    assert history["lr"][0] == 0.01
    assert history["lr"][-1] < 0.002


def test_clipping_is_for_this_training_alone():
    model, optimizer = made()
    sizes = []

    def watch(parameters):
        sizes.append(sum(np.sum(p.grad.data**2) for p in parameters) ** 0.5)

    fit(model, points(), loss, optimizer, 1, clip=1e-3, callbacks=[
        lambda run: sizes.append(len(run.optimizer.hooks))], **QUIET)  # fmt: skip
    assert sizes == [1]
    assert optimizer.hooks == []
    clip = optimizers.ClipValue(1e-4)
    fit(model, points(), loss, optimizer, 1, clip=clip, **QUIET)
    assert max(abs(p.grad.data).max() for p in model.params()) <= np.float32(1e-4)


def test_averaged_weights_are_what_is_validated():
    model, optimizer = made()
    average = optimizers.EMA(model, 0.9)
    history = fit(model, points(), loss, optimizer, 2, average=average,
                  validation=points(20, 1), **QUIET)  # fmt: skip
    x, t = points(20, 1)
    with average.applied(), ondol.test_mode():
        assert history["val_loss"][-1] == pytest.approx(loss(model(x), t).item())
    with ondol.test_mode():
        assert history["val_loss"][-1] != pytest.approx(loss(model(x), t).item())


class Worse(Callback):
    """From the third epoch on, spoils the weights before they are validated."""

    def step(self, run):
        if run.done >= 2:
            run.model.out.b.data += np.float32([9, 0, 0])


@pytest.mark.parametrize("where", ["memory", "folder"])
def test_it_stops_early_and_ends_with_the_best_weights(where, tmp_path):
    model, optimizer = made(ratio=0.0)
    kept = []

    def keep(run):
        kept.append(bits(run.model, run.optimizer))

    history = fit(
        model,
        points(),
        loss,
        optimizer,
        50,
        validation=points(30, 1),
        patience=3,
        restore_best=True,
        folder=tmp_path if where == "folder" else None,
        callbacks=[Worse(), keep],
        **QUIET,
    )
    assert history.stopped == "patience"
    assert len(history) == 5
    assert history.best["epoch"] == 2
    ended = bits(model, optimizer)
    names = [name for name, _ in model.named_params()]
    assert {n: ended[n] for n in names} == {n: kept[1][n] for n in names}


def test_a_metric_can_be_monitored_and_more_of_it_is_better():
    class Falling:
        name, better, value = "falling", "max", 1.0

        def reset(self):
            self.value -= 0.1

        def update(self, y, t):
            pass

        def compute(self):
            return self.value

    model, optimizer = made()
    history = fit(model, points(), loss, optimizer, 9, validation=points(20, 1),
                  metrics=[Falling()], monitor="val_falling", patience=2,
                  **QUIET)  # fmt: skip
    assert history["val_falling"] == pytest.approx([0.9, 0.8, 0.7])
    assert history.best["epoch"] == 1


def test_callbacks_are_called_at_their_moments_and_may_stop():
    said = []

    class Talking:
        def start(self, run):
            said.append("start")

        def step(self, run):
            said.append(f"step {run.steps}: {run.loss == run.loss}")
            if run.steps == 3:
                run.stop("enough")

        def end(self, run):
            said.append(f"end: {run.stopped}")

    model, optimizer = made()
    history = fit(model, points(), loss, optimizer, 5, callbacks=[
        Talking(), lambda run: said.append(f"epoch {run.record['epoch']}")],
        **QUIET)  # fmt: skip
    steps = ["step 1: True", "step 2: True", "epoch 1", "step 3: True"]
    assert said == ["start", *steps, "end: enough"]
    assert history.stopped == "enough"
    assert len(history) == 1


def test_one_callback_alone_needs_no_list():
    said = []
    fit(*arguments(made(), 2), callbacks=lambda run: said.append(run.done), **QUIET)
    assert said == [1, 2]


def test_callbacks_are_told_the_end_after_an_error_too():
    ended = []

    class Failing(Callback):
        def step(self, run):
            raise RuntimeError("no more")

        def end(self, run):
            ended.append(run.stopped)

    model, optimizer = made()
    with pytest.raises(RuntimeError, match="no more"):
        fit(model, points(), loss, optimizer, 5, clip=1.0,
            callbacks=[Failing(), Failing()], **QUIET)  # fmt: skip
    assert ended == ["", ""]
    assert optimizer.hooks == []


def test_an_optimizer_of_some_parameters_stays_so():
    model, optimizer = made()
    model(points()[0])
    optimizer.setup([model.out.W, model.out.b])
    before = model.hidden.W.data.copy()
    fit(model, points(), loss, optimizer, 1, **QUIET)
    assert np.array_equal(model.hidden.W.data, before)


def test_the_doctor_looks_at_the_first_steps():
    x, t = points()
    model = Model()
    model.forward = lambda x: Variable(np.zeros((len(x), 3), np.float32)) * model.scale
    model.scale = ondol.Parameter(np.ones(3, np.float32))
    with pytest.warns(ondol.doctor.DoctorWarning):
        fit(model, (x, t), loss, optimizers.SGD(lr=0.1), 2, progress=False)


# -- what it refuses -------------------------------------------------------------------


@pytest.mark.parametrize(("options", "kind", "said"), [
    ({"epochs": -1}, ArgumentError, "epochs must be a whole number of at least 0"),
    ({"epochs": 1.5}, ArgumentError, r"got 1\.5"),
    ({"accumulate": 0}, ArgumentError, "accumulate must be"),
    ({"every": 0}, ArgumentError, "every must be"),
    ({"patience": 0}, ArgumentError, "patience must be"),
    ({"metrics": [F.accuracy]}, ArgumentError, "there are none"),
    ({"monitor": "val_loss"}, ArgumentError, "what does: loss"),
    ({"tensorboard": True}, ArgumentError, "folder of the training"),
    ({"loss": 3}, DtypeError, "got int"),
    ({"data": 3}, DtypeError, "got int"),
    ({"data": iter([])}, DtypeError, "a DataLoader, arrays"),
    ({"data": [points()[0]]}, ArgumentError, "got a ndarray"),
    ({"data": []}, ArgumentError, "epoch 1 had no batches"),
    ({"data": [{"x": 1}]}, ArgumentError, "got a dict of 1"),
    ({"data": [*points()]}, ArgumentError, r"arrays as a tuple"),
    ({"validation": iter([])}, DtypeError, "a DataLoader, arrays"),
    ({"patience": 2.5}, ArgumentError, r"patience must be .* got 2\.5"),
    ({"patience": "3"}, ArgumentError, "patience must be"),
    ({"optimizer": optimizers.Adam}, DtypeError, "optimizer must be an object like"),
    ({"schedule": 0.1}, DtypeError, "schedule must be an object like"),
    ({"schedule": optimizers.Cosine}, DtypeError, "schedule must be an object like"),
    ({"average": 0.999}, DtypeError, "average must be an object like"),
    ({"average": optimizers.EMA(MLP((2, 2)))}, ArgumentError, "the average has 4 par"),
    ({"callbacks": [3]}, DtypeError, "callback is .* got 3"),
    ({"callbacks": [Callback]}, DtypeError, "callback is .* got <class"),
    ({"metrics": "accuracy"}, DtypeError, "metric is .* got 'accuracy'"),
    ({"metrics": ["accuracy"]}, DtypeError, "metric is .* got 'accuracy'"),
    ({"metrics": [metrics.Accuracy]}, DtypeError, "metric is .* got <class"),
    ({"metrics": [metrics.F1("macro"), metrics.F1("micro")], "validation": points()},
     ArgumentError, "the same name: f1"),
    ({"metrics": metrics.MeanLoss(loss), "validation": points()},
     ArgumentError, "the same name: loss"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_before_anything_is_changed(options, kind, said):
    model, optimizer = made()
    given = {"model": model, "data": points(), "loss": loss, "optimizer": optimizer,
             "epochs": 1, **QUIET, **options}  # fmt: skip
    with pytest.raises(kind, match=said) as error:
        fit(**given)
    assert error.value.code.startswith("fit-")
    assert optimizer.t == 0
    assert optimizer.lr == 0.01


def test_a_refused_clip_leaves_the_checkpoint_unread(tmp_path):
    fit(*arguments(made(), 1), folder=tmp_path, **QUIET)
    model, optimizer = made(seed=5)
    with pytest.raises(ArgumentError, match="max_norm must be a number"):
        fit(*arguments((model, optimizer), 2), folder=tmp_path, clip=0, **QUIET)
    assert optimizer.t == 0


def test_an_optimizer_of_another_model_would_train_that_one():
    model, optimizer = made()
    fit(model, points(), loss, optimizer, 1, **QUIET)
    with pytest.raises(ArgumentError, match=r"optimizer has 6 .*: hidden\.W") as error:
        fit(made()[0], points(), loss, optimizer, 1, **QUIET)
    assert error.value.code == "fit-other-model"
    other = MLP((3,), in_size=3)  # its gradients would add up from step to step
    both = optimizers.Adam().setup([model, other])
    with pytest.raises(ArgumentError, match=r"has 2 .*: 1\.layers\.0\.W"):
        fit(model, points(), loss, both, 1, **QUIET)


def test_a_plateau_has_the_direction_of_what_it_goes_by():
    given = {"validation": points(20, 1), "metrics": metrics.Accuracy(), **QUIET}
    given["monitor"] = "val_accuracy"
    warm = optimizers.Warmup(2, optimizers.Plateau())
    with pytest.raises(ArgumentError, match='mode="min", but goes by val_accuracy'):
        fit(*arguments(made(), 1), schedule=warm, **given)
    fit(*arguments(made(), 1), schedule=optimizers.Plateau(mode="max"), **given)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (lambda value, y, t: (value, y), "got 2 values"),
        (lambda value, y, t: value, "the objective returns the loss alone"),
    ],
)
def test_an_objective_returns_what_is_needed(returned, said):
    @objective
    def wrong(model, batch):
        y = model(batch[0])
        return returned(loss(y, batch[1]), y, batch[1])

    model, optimizer = made()
    with pytest.raises(ArgumentError, match=said):
        fit(model, points(), wrong, optimizer, 1, validation=points(20, 1),
            metrics=metrics.Accuracy(), **QUIET)  # fmt: skip


def test_metrics_compare_arrays():
    class Two(Model):
        def __init__(self):
            self.out = L.Linear(3)

        def forward(self, x):
            return {"scores": self.out(x)}

    with pytest.raises(DtypeError, match="arrays of numbers, got dict"):
        fit(Two(), points(), lambda y, t: loss(y["scores"], t), optimizers.SGD(0.1), 1,
            validation=points(20, 1), metrics=metrics.Accuracy(),
            **QUIET)  # fmt: skip


def test_validation_without_batches_is_an_error():
    with pytest.raises(ArgumentError, match="validation data gave no batches"):
        fit(*arguments(made(), 1), validation=[], **QUIET)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda y, t: F.square(y - 1),
        lambda y, t: loss(y, t).item(),
        lambda y, t: loss(y, t).data,
    ],
)
def test_a_loss_is_one_number_of_a_graph(wrong):
    model, optimizer = made()
    with pytest.raises(ShapeError, match=r"Variable of one number\n  loss: ") as error:
        fit(model, points(), wrong, optimizer, 1, **QUIET)
    assert error.value.code == "fit-loss-value"
    assert optimizer.t == 0


def test_a_function_as_metric_cannot_be_monitored_as_it_does_not_say_what_is_better():
    model, optimizer = made()
    with pytest.raises(ArgumentError, match="what does: loss, val_loss"):
        fit(model, points(), loss, optimizer, 1, validation=points(),
            metrics=F.accuracy, monitor="val_accuracy", **QUIET)  # fmt: skip


def test_a_folder_of_another_training_is_not_written_to_unless_it_is_resumed(tmp_path):
    model, optimizer = made()
    fit(model, points(), loss, optimizer, 1, folder=tmp_path, **QUIET)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(UsageError, match="are not overwritten"):
        fit(*arguments(made(), 2), folder=tmp_path, resume=False, **QUIET)
    other = MLP((7, 3))
    with pytest.raises(ValueError, match=r"nothing was|does not fit") as error:
        fit(other, points(), loss, optimizers.Adam(), 2, folder=tmp_path, **QUIET)
    assert "layers.0.W" in str(error.value)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
