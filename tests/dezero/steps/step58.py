"""Step 58: VGG16 names a picture; a narrow VGG16 with random weights here."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import dezero
import dezero.layers as L
import numpy as np
import standins
from dezero.models import VGG16
from PIL import Image

PHOTO = (
    "https://github.com/oreilly-japan/deep-learning-from-scratch-3/raw/images/zebra.jpg"
)

cache = standins.use(dezero.utils)
standins.write_image(cache, "zebra.jpg")
standins.write_vgg16(cache)
standins.write_labels(cache)

photo = Image.open(dezero.utils.get_file(PHOTO))
batch = VGG16.preprocess(photo)[np.newaxis]
print(batch.shape, batch.dtype, batch[0, :, 100, 100])

model = standins.narrow(VGG16(), L)
model.load_weights(dezero.utils.get_file(VGG16.WEIGHTS_PATH))
with dezero.test_mode():
    scores = model(batch)
winner = np.argmax(scores.data)
print(scores.shape, np.round(scores.data[0, :5], 3))

model.plot(batch, to_file="vgg.pdf")
print(dezero.datasets.ImageNet.labels()[winner])
