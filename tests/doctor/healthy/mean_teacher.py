"""A teacher with dropout, an average of the student, in no_grad()."""

import copy

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import no_grad, optimizers
from ondol.data import DataLoader, digits

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)


def net():
    return L.Sequential(L.Linear(32), F.relu, L.Dropout(0.3), L.Linear(10))


student = net()
student.predict(x_train[:1])
teacher = copy.deepcopy(student)
optimizer = optimizers.Adam(lr=0.003).setup(student)
for x, t in DataLoader((x_train, t_train), 32, seed=0):
    y = student(x)
    with no_grad():
        z = teacher(x)
    loss = F.softmax_cross_entropy(y, t) + F.mean_squared_error(
        F.softmax(y), F.softmax(z.data).data
    )
    with no_grad():
        acc = F.accuracy(y, t)
    student.cleargrads()
    loss.backward()
    optimizer.update()
    for p, q in zip(teacher.params(), student.params(), strict=False):
        p.data = np.float32(0.99) * p.data + np.float32(0.01) * q.data
