"""Step 59: a recurrent network follows a noisy sine and then draws a cosine."""

import dezero
import dezero.functions as F
import dezero.layers as L
import matplotlib.pyplot as plt
import numpy as np
from dezero import Model

np.random.seed(59)
STEPS_BACK = 30

wave = dezero.datasets.SinCurve(train=True)


class Follower(Model):
    def __init__(self, units):
        super().__init__()
        self.memory = L.RNN(units)
        self.output = L.Linear(1)

    def reset_state(self):
        self.memory.reset_state()

    def __call__(self, now):
        return self.output(self.memory(now))


model = Follower(100)
optimizer = dezero.optimizers.Adam().setup(model)

for epoch in range(1, 4):
    model.reset_state()
    loss, count = 0, 0
    for now, then in wave:
        loss += F.mean_squared_error(model(now.reshape(1, 1)), then)
        count += 1
        if count % STEPS_BACK == 0 or count == len(wave):
            model.cleargrads()
            loss.backward()
            loss.unchain_backward()
            optimizer.update()
    print(f"| epoch {epoch} | loss {float(loss.data) / count:f}")

cosine = np.cos(np.linspace(0, 4 * np.pi, 1000))
model.reset_state()
with dezero.no_grad():
    drawn = [float(model(np.array(now).reshape(1, 1)).data) for now in cosine]
print(np.round(drawn[::100], 4))

plt.plot(cosine, label="cosine")
plt.plot(drawn, label="drawn")
plt.legend()
plt.savefig("step59.png")
plt.close()
