"""Wrong calls of every part of the package, as users make them, in both languages."""

import re

import numpy as np
import pytest

from ondol import Variable, debug
from ondol.errors import OndolError
from ondol.errors.texts import FOLDER

LANGUAGES = ["en", "ko"]
PROGRAM = """
import numpy as np
import ondol
import ondol.dezero as dz
import ondol.distributions as D
import ondol.functions as F
import ondol.layers as L
from ondol import Variable, doctor, io, models, optimizers, testing, threads
from ondol.data import ArrayDataset, DataLoader, Subset, random_split, transforms
from ondol.train import fit, metrics

x = Variable(np.ones((2, 3)), "x")
table = np.arange(999.0).reshape(27, 37)
images = np.ones((2, 3, 8, 8), np.float32)
net = models.MLP((4, 3), in_size=5)
pairs = np.ones((8, 5), np.float32), np.zeros(8, int)
"""
CALLS = """
x + np.ones((5, 7))
x @ table
x[table]
x.reshape(table)
np.sum(x, axis="a")
np.pad(x, table)
np.repeat(x, table)
np.percentile(x, table * 1000)
F.exp()
F.linear(x, None)
F.conv2d(images, np.ones((4, 3, 3, 3)), pad=table)
F.max_pool2d(images, table)
F.interpolate(images, scale=table)
F.softmax_cross_entropy(x, [0, 7])
F.softmax_cross_entropy(x, "ab")
F.mean_squared_error(x, np.ones((3, 2)))
F.dropout(x, table)
F.one_hot([1, 2], table)
F.layer_norm(x, np.ones(7), np.ones(7))
F.ctc_loss(x, x)
ondol.Variable([1, 2])
ondol.Variable("word")
ondol.Variable(list(range(2000)))
ondol.seed(table)
ondol.using_config("nosuch", 1).__enter__()
L.Linear(3, table)
L.Linear(3)("a")
L.Linear(3)(None)
L.Conv2d(3, 3, stride=table)
L.Conv2d(4, 3, in_channels=2)(images)
L.LSTM(3)(np.ones((2, 3, 4)))
L.SequenceLSTM(3)(x)
L.MultiHeadAttention(12, 3)(x)
L.Sequential(L.Linear, F.relu)
L.Sequential(net, 3)
models.MLP(3)
models.MLP((3,), activation=table)
models.ResNet(51)
models.VGG16(weights="nosuch.npz")
net(table)
net.summary(table)
optimizers.SGD(lr=table)
optimizers.SGD(lr="a")
optimizers.Adam().setup(3)
optimizers.Adam().update()
optimizers.Adam().setup(net).add_hook(table)
optimizers.Adam().setup(net).load_state_arrays(3)
optimizers.Cosine(steps=10, warmup=20)
optimizers.Cosine(steps=10).setup(net)
optimizers.Chain([], at=[])
optimizers.EMA(3, 0.9)
optimizers.EMA(net, 0.9).load_state_dict(3)
DataLoader(3, 3)
DataLoader(pairs, "a")
DataLoader(pairs, 3, transform=3)
DataLoader(pairs, 3).load_state_dict({"a": 1})
list(DataLoader(pairs, 100, drop_last=True))
list(DataLoader(pairs, 3, transform=lambda sample: 3))
list(DataLoader([(np.ones(3),), (np.ones(4),)], 2))
ArrayDataset(np.ones(3), "a")
ArrayDataset(np.ones(3))[1000]
ArrayDataset(np.ones(3))[table]
Subset(ArrayDataset(np.ones(3)), [1000])
random_split(ArrayDataset(np.ones(3)), table)
transforms.Resize(table)
transforms.OneHot(3)(5)
transforms.Compose([table])
io.save_weights("x.npz", 3)
io.save_weights("no/x.npz", net)
io.load_weights("nosuch.npz", net)
io.save_arrays("x.npz", {3: table})
io.save_checkpoint("x.ckpt", {"a": 3})
io.load_checkpoint("nosuch.ckpt", {"net": net})
io.Checkpoints("f", keep=0)
fit(3, pairs, F.softmax_cross_entropy, optimizers.Adam(), epochs=1)
fit(net, 3, F.softmax_cross_entropy, optimizers.Adam(), epochs=1)
fit(net, pairs, 3, optimizers.Adam(), epochs=1)
fit(net, pairs, F.softmax_cross_entropy, 3, epochs=1)
fit(net, pairs, F.softmax_cross_entropy, optimizers.Adam(), epochs="a")
fit(net, pairs, lambda y, t: y, optimizers.Adam(), epochs=1, progress=False)
metrics.Accuracy().compute()
metrics.Accuracy().update(x, [0])
metrics.Accuracy().load_state_dict(3)
metrics.Accuracy().merge(metrics.R2())
metrics.TopK(30).update(x, [0, 1])
ondol.grad(table)
ondol.grad(lambda x: x)(x)
ondol.grad(np.sum, argnums=table)(x)
ondol.jvp(np.sin, (x,), (table,))
ondol.vmap(np.sin, in_axes="a")(x)
ondol.vmap(np.add)(x, table)
ondol.compile(table)
testing.check_grads(np.sin, 3)
D.Normal(0, -table)
D.Normal(0, 1).sample(table)
D.Categorical([0.5, 0.2])
D.kl(table, table)
D.kl(D.Normal(0, 1), D.Bernoulli(0.5))
ondol.show.save_graph(3, "x.dot")
threads.set_num_threads(table)
doctor.Doctor(steps=0)
dz.functions.sum_to(np.ones(3), (2,))
dz.functions.dropout(x, 3)
dz.layers.Linear(3)("a")
"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("call", CALLS.strip().split("\n"))
def test_a_wrong_call_is_told(call, language, monkeypatch, tmp_path):
    monkeypatch.setenv("ONDOL_LANG", language)
    monkeypatch.chdir(tmp_path)
    exec(PROGRAM, program := {})
    with pytest.raises(OndolError) as info:
        eval(call, program)
    what, *_, fix = words = str(info.value).split("\n")
    assert info.value.code
    assert len(what) < 400
    assert re.fullmatch(rf"  (fix|해결): .+ \[{info.value.code}\]", fix)
    assert bool(re.search("[가-힣]", what)) == (language == "ko")
    for line in words:  # of the user's program, not of ours
        assert str(FOLDER.parents[1]) not in line
        assert " object at 0x" not in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_of_a_nan_and_of_a_write_is_the_users(language, monkeypatch):
    monkeypatch.setenv("ONDOL_LANG", language)
    x = Variable(np.zeros(3), "x")
    with pytest.raises(OndolError, match=r"np\.log\(x\)  # here"), debug.nan():
        np.log(x)  # here
    y = x * x
    x.data += 1  # and here
    with pytest.raises(OndolError, match=r"x\.data \+= 1  # and here"):
        y.sum().backward()
