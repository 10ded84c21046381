"""A variational autoencoder of made-up digits; small."""

import os
import sys
from statistics import NormalDist

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import dezero
import dezero.functions as F
import dezero.layers as L
import matplotlib.pyplot as plt
import numpy as np
import standins
from dezero import DataLoader
from dezero.models import Model
from dezero.optimizers import Adam

LATENT = 2

standins.write_mnist(standins.use(dezero.utils), train=160)
np.random.seed(3)


class Encoder(Model):
    def __init__(self):
        super().__init__()
        self.conv1 = L.Conv2d(4, kernel_size=3, stride=1, pad=1)
        self.conv2 = L.Conv2d(8, kernel_size=3, stride=2, pad=1)
        self.conv3 = L.Conv2d(8, kernel_size=3, stride=1, pad=1)
        self.conv4 = L.Conv2d(8, kernel_size=3, stride=1, pad=1)
        self.hidden = L.Linear(32)
        self.mean = L.Linear(LATENT)
        self.log_var = L.Linear(LATENT)

    def forward(self, images):
        maps = images
        for conv in (self.conv1, self.conv2, self.conv3, self.conv4):
            maps = F.relu(conv(maps))
        hidden = F.relu(self.hidden(F.flatten(maps)))
        return self.mean(hidden), self.log_var(hidden)

    def sampling(self, mean, log_var):
        xp = dezero.cuda.get_array_module(mean.data)
        return mean + F.exp(log_var) * xp.random.randn(len(mean), LATENT)


class Decoder(Model):
    def __init__(self):
        super().__init__()
        self.shape = (8, 14, 14)
        self.linear = L.Linear(np.prod(self.shape))
        self.deconv = L.Deconv2d(4, kernel_size=4, stride=2, pad=1)
        self.conv = L.Conv2d(1, kernel_size=3, stride=1, pad=1)

    def forward(self, latent):
        maps = F.reshape(F.relu(self.linear(latent)), (-1, *self.shape))
        return F.sigmoid(self.conv(F.relu(self.deconv(maps))))


class VAE(Model):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def forward(self, images, weight=1.0, samples=1):
        """The loss: how unlike the images are, and how unlike noise the codes."""
        mean, log_var = self.encoder(images)
        unlike = 0
        for _ in range(samples):
            again = self.decoder(self.encoder.sampling(mean, log_var))
            pair = F.flatten(again), F.flatten(images)
            unlike += F.binary_cross_entropy(*pair) / samples
        divergence = weight * (mean**2 + F.exp(log_var) - log_var - 1) * 0.5
        return unlike + F.sum(divergence) / len(images)


def show(decoder, side=5):
    """A table of digits, one for each pair of quantiles of the normal distribution."""
    at = [NormalDist().inv_cdf(q) for q in np.linspace(0.05, 0.95, side)]
    table = np.zeros((side, 28, side, 28))
    for i, v in enumerate(at):
        for j, u in enumerate(at):
            code = np.array([[u, v]])
            if dezero.cuda.gpu_enable:
                code = dezero.cuda.as_cupy(code)
            with dezero.no_grad():
                image = decoder(code)
            table[i, :, j] = dezero.cuda.as_numpy(image.data).reshape(28, 28)
    plt.imsave("table.png", table.reshape(28 * side, -1), cmap="Greys_r")


vae = VAE()
optimizer = Adam().setup(vae)

scale = lambda image: (image / 255.0).astype(np.float32)
train_set = dezero.datasets.MNIST(train=True, transform=scale)
train_loader = DataLoader(train_set, 16)

if dezero.cuda.gpu_enable:
    vae.to_gpu()
    train_loader.to_gpu()

for epoch in range(2):
    total = 0
    for count, (images, _) in enumerate(train_loader, 1):
        loss = vae(images)
        vae.cleargrads()
        loss.backward()
        optimizer.update()
        total += loss.data
        if count % 5 == 0:
            part = epoch + count / train_loader.max_iter
            print(f"epoch: {part:.2f}, loss: {float(total / count):.4f}")
    show(vae.decoder)
