"""Step 50: loaders make the batches; accuracy on points not seen in training."""

import dezero
import dezero.functions as F
from dezero import DataLoader, optimizers
from dezero.models import MLP

spirals = [dezero.datasets.Spiral(train=train) for train in (True, False)]
train_loader = DataLoader(spirals[0], 30)
test_loader = DataLoader(spirals[1], 30, shuffle=False)
model = MLP((10, 3))
optimizer = optimizers.SGD(1.0).setup(model)


def scores(batches, learn):
    """The mean loss and the mean accuracy of a pass."""
    loss_sum = hit_sum = count = 0
    for points, arms in batches:
        outputs = model(points)
        loss = F.softmax_cross_entropy(outputs, arms)
        hits = F.accuracy(outputs, arms)
        if learn:
            model.cleargrads()
            loss.backward()
            optimizer.update()
        loss_sum += float(loss.data) * len(arms)
        hit_sum += float(hits.data) * len(arms)
        count += len(arms)
    return loss_sum / count, hit_sum / count


for epoch in range(1, 301):
    print(f"epoch: {epoch}")
    print("train loss: {:.4f}, accuracy: {:.4f}".format(*scores(train_loader, True)))
    with dezero.no_grad():
        print("test loss: {:.4f}, accuracy: {:.4f}".format(*scores(test_loader, False)))
