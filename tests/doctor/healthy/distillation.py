"""A student learns from a teacher whose graph is cut."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
teacher = MLP((100, 10), activation=F.relu)
student = MLP((20, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(student)
for x, _t in DataLoader((x_train, t_train), 32, seed=0):
    p = F.softmax(teacher(x)).detach()
    loss = F.kl_divergence(F.log_softmax(student(x)), p, reduction="mean")
    student.cleargrads()
    loss.backward()
    optimizer.update()
