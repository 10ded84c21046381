import numpy as np
import pytest
from PIL import Image

from ondol.data import DataFileError, DataLoader, ImageFolder
from ondol.data import transforms as T


@pytest.fixture
def root(tmp_path):
    """Two classes of pictures, each of one colour, and things that are none."""
    for i, path in enumerate(
        ["dog/b.png", "cat/z.PNG", "cat/more/a.bmp", "dog/a.jpeg", "dog/notes.txt"]
    ):
        path = tmp_path / path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no picture")
        else:
            Image.new("RGB", (4 + i, 3), (i, 10 * i, 100)).save(path)
    Image.new("RGB", (4, 3)).save(tmp_path / "stray.png")
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_a_folder_is_a_class(root):
    data = ImageFolder(root)
    assert data.classes == ["cat", "dog", "empty"]
    names = [path.relative_to(root).as_posix() for path in data.paths]
    assert names == ["cat/more/a.bmp", "cat/z.PNG", "dog/a.jpeg", "dog/b.png"]
    assert data.labels.tolist() == [0, 0, 1, 1]
    assert len(data) == 4
    picture, label = data[3]
    assert (picture.mode, picture.size, label) == ("RGB", (4, 3), 1)
    assert picture.getpixel((0, 0)) == (0, 0, 100)


def test_what_is_hidden_is_neither_a_class_nor_a_picture(root):
    for path in (".ipynb_checkpoints/a.png", "cat/._z.png", "dog/.thumbs/b.png"):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(b"no picture")
    data = ImageFolder(root)
    assert data.classes == ["cat", "dog", "empty"]
    assert len(data) == 4


def test_pictures_come_in_one_mode(root):
    Image.new("P", (2, 2)).save(root / "cat" / "p.png")
    assert {
        picture.mode for picture, _ in map(ImageFolder(root).__getitem__, range(5))
    } == {"RGB"}
    assert ImageFolder(root, mode="L")[0][0].mode == "L"
    assert ImageFolder(root, mode=None)[1][0].mode == "P"


def test_a_transform_of_the_picture(root):
    image, label = ImageFolder(root, transform=T.ToArray())[3]
    assert (image.shape, image[:, 0, 0].tolist(), label) == ((3, 3, 4), [0, 0, 100], 1)


@pytest.mark.parametrize("workers", [0, 2])
def test_pictures_in_a_loader(root, workers):
    transform = T.Compose(
        [T.RandomResizedCrop(6), T.RandomHorizontalFlip(), T.ToFloat()]
    )
    loader = DataLoader(
        ImageFolder(root), 4, seed=0, transform=transform, workers=workers
    )
    ((x, t),) = loader
    assert (x.shape, x.dtype, sorted(t)) == ((4, 3, 6, 6), np.float32, [0, 0, 1, 1])
    np.testing.assert_allclose(x[:, 2], 100 / 255, atol=0.02)


def test_a_damaged_picture_is_named(root):
    path = root / "cat" / "z.PNG"
    path.write_bytes(path.read_bytes()[:40])
    data = ImageFolder(root)
    with pytest.raises(DataFileError, match=r"z\.PNG cannot be read as a picture"):
        data[1]
    (root / "dog" / "b.png").write_bytes(b"nothing")
    with pytest.raises(DataFileError, match=r"b\.png cannot be read as a picture"):
        data[3]
    (root / "dog" / "b.png").unlink()
    with pytest.raises(FileNotFoundError):
        data[3]


def test_where_there_is_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        ImageFolder(tmp_path / "nowhere")
    Image.new("RGB", (4, 3)).save(tmp_path / "stray.png")
    with pytest.raises(ValueError, match=r"(?s)no pictures in the folders.*\.webp"):
        ImageFolder(tmp_path)
