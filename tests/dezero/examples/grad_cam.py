"""Where VGG16 looks: a heat map over the picture; a narrow VGG16, random weights."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import dezero
import dezero.functions as F
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
np.random.seed(4)  # dropout is on, as in the book's script

photo = Image.open(dezero.utils.get_file(PHOTO))
model = standins.narrow(VGG16(), L)
model.load_weights(dezero.utils.get_file(VGG16.WEIGHTS_PATH))
scores = model(VGG16.preprocess(photo)[np.newaxis])
maps = model.conv5_3.outputs[0]()
winner = np.argmax(scores.data)
scores[0, winner].backward(retain_grad=True)
weights = F.average(maps.grad, axis=(0, 2, 3))
print(winner, maps.shape)
print(weights)

heat = maps.data[0]
for channel in range(len(heat)):
    heat[channel] *= weights[channel].data
heat = np.maximum(np.mean(heat, axis=0), 0)
heat /= np.max(heat)
print(np.round(heat[::4, ::4], 4))

red = Image.fromarray(np.uint8(255 * heat)).resize(photo.size)
pixels = np.asarray(photo).copy()
pixels[:, :, 0] = np.maximum(pixels[:, :, 0], np.asarray(red))
Image.fromarray(pixels).save("grad_cam.png")
