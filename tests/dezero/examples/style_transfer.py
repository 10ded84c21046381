"""The content of one picture in the style of another; narrow VGG16, small pictures."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import dezero
import dezero.functions as F
import dezero.layers as L
import matplotlib.pyplot as plt
import numpy as np
import standins
from dezero import Variable
from dezero.models import VGG16
from PIL import Image

SITE = "https://github.com/oreilly-japan/deep-learning-from-scratch-3/raw/images/"
STYLES = (
    "https://raw.githubusercontent.com/jcjohnson/neural-style/master/examples/inputs/"
)
SIZE = (48, 48)
BLOCKS = standins.VGG16_LAYERS.items()
STYLE_LAYERS = {f"conv{block}_1" for block, _ in BLOCKS}
CONTENT_LAYERS = {"conv5_2"}

cache = standins.use(dezero.utils)
standins.write_image(cache, "zebra.jpg", seed=1)
standins.write_image(cache, "starry_night_google.jpg", seed=2)
standins.write_vgg16(cache)


class Features(VGG16):
    def extract(self, images):
        """What each convolution sees, with averages between the blocks."""
        seen, maps = {}, images
        for block, count in BLOCKS:
            for i in range(1, count + 1):
                name = f"conv{block}_{i}"
                maps = seen[name] = F.relu(getattr(self, name)(maps))
            maps = F.average_pooling(maps, 2, 2)
        return seen


photo, painting = (
    Image.open(dezero.utils.get_file(url))
    for url in (SITE + "zebra.jpg", STYLES + "starry_night_google.jpg")
)
content, style = (
    Variable(Features.preprocess(image, size=SIZE)[np.newaxis])
    for image in (photo, painting)
)

model = standins.narrow(Features(), L)
model.load_weights(dezero.utils.get_file(VGG16.WEIGHTS_PATH))
made = dezero.Parameter(content.data.copy())
frame = dezero.models.Model()
frame.param = made
optimizer = dezero.optimizers.AdaGrad(lr=5.0).setup(frame)

if dezero.cuda.gpu_enable:
    for movable in (model, made, content, style):
        movable.to_gpu()

with dezero.no_grad():
    wanted_content, wanted_style = model.extract(content), model.extract(style)


def gram(maps):
    channels = maps.shape[1]
    rows = maps.reshape(channels, -1)
    return F.matmul(rows, rows.T).reshape(1, channels, channels)


def style_loss(wanted, got):
    _, channels, height, width = wanted.shape
    size = (channels * width * height) ** 2
    return F.mean_squared_error(gram(wanted), gram(got)) / (4 * size)


def roughness(image):
    corner = image[:, :, :-1, :-1]
    down = (corner - image[:, :, 1:, :-1]) ** 2
    right = (corner - image[:, :, :-1, 1:]) ** 2
    return F.sum(down + right)


def unlikeness(got):
    loss = 0
    for name in wanted_content:
        distance = F.mean_squared_error(wanted_content[name], got[name]) / 2
        loss += 1e-4 / len(CONTENT_LAYERS) * distance
    for name in wanted_style:
        loss += 1.0 / len(STYLE_LAYERS) * style_loss(wanted_style[name], got[name])
    return loss + 1e-6 * roughness(made)


def as_picture(data):
    pixels = dezero.cuda.as_numpy(data)[0].transpose(1, 2, 0)
    pixels = pixels + np.array([103.939, 116.779, 123.68])
    return Image.fromarray(np.clip(pixels[:, :, ::-1], 0, 255).astype(np.uint8))


for i in range(10):
    model.cleargrads()
    made.cleargrad()
    loss = unlikeness(model.extract(made))
    loss.backward()
    optimizer.update()
    print(f"{i} loss: {float(loss.data):.0f}")

plt.imsave("picture.png", np.array(as_picture(made.data).resize(photo.size)))
