"""A folder of checkpoints: the last few, the best, and never none."""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, tell, unwritable, warn
from .archive import CheckpointError, DamagedError, read_notes, verify
from .atomic import PathLike
from .checkpoint import load_checkpoint, save_checkpoint

NAME = re.compile(r"step-(\d+)\.ckpt")
STALE = 3600  # seconds: nobody writes to a file for so long without a trace
SIGNS = {"min": -1, "max": 1, None: 0}


class Checkpoints:
    """Keeps the last checkpoints of one training in a folder, and the best one.

    A checkpoint is removed only after a newer one lies on the disk. What a killed
    process has left half-written (``.ondol-*.tmp``) is removed at a later `save`, when
    nobody has written to it for an hour. A folder belongs to one training: two that
    write to it at the same time remove each other's checkpoints.

    Args:
        folder: made by the first `save` if it is not there.
        keep: how many to keep, besides the best; None keeps all.
        best: ``"min"`` or ``"max"`` keeps the one with the smallest or largest score
            as well.

    Raises:
        ArgumentError: a ValueError; another `keep` or `best`.
    """

    def __init__(
        self, folder: PathLike, keep: int | None = 3, best: str | None = None
    ) -> None:
        if keep is not None and (type(keep) is not int or keep < 1):
            raise tell(ArgumentError, "checkpoints-keep", got=keep)
        if best not in SIGNS:
            raise tell(ArgumentError, "checkpoints-best", got=best)
        self.folder, self.keep, self._sign = Path(folder), keep, SIGNS[best]

    def save(
        self,
        step: int,
        parts: Mapping[str, Any],
        score: float | None = None,
        **notes: Any,
    ) -> Path:
        """Write the checkpoint of a step, then remove what is no longer to be kept.

        Args:
            step: how many steps have been made; it names the file.
            parts: see `save_checkpoint`.
            score: how good the model is, for `best`; NaN is never the best.
            **notes: see `save_checkpoint`; `step` and `score` become notes too.

        Returns:
            The file.

        Raises:
            ArgumentError, OSError: as `save_checkpoint`; nothing was removed.
        """
        if type(step) is not int or step < 0:
            raise tell(ArgumentError, "checkpoints-step", got=step)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.folder, error) from None
        path = self.folder / f"step-{step:012d}.ckpt"
        if any(_step(other) > step for other in self.paths()):
            warn("checkpoints-earlier", step=step, folder=self.folder)
        score = None if score is None else float(score)
        save_checkpoint(path, parts, **notes, step=step, score=score)
        self._tidy(path)
        return path

    def paths(self) -> list[Path]:
        """The checkpoints in the folder, by step, the newest last."""
        there = self.folder.iterdir() if self.folder.is_dir() else ()
        files = (path for path in there if NAME.fullmatch(path.name) and path.is_file())
        return sorted(files, key=_step)

    def latest(self) -> Path | None:
        """The newest checkpoint that is whole; None if there are none at all.

        A damaged one is passed over with a warning.

        Raises:
            DamagedError: a ValueError; there are some, but all of them are damaged.
        """
        return self._first(self._newest, _whole)

    def best(self) -> Path | None:
        """The whole checkpoint with the best score, the earliest of equals, or None.

        Raises:
            DamagedError: as `latest`.
        """
        return self._first(self._ranked, _whole)

    def load(self, parts: Mapping[str, Any]) -> dict[str, Any] | None:
        """Give parts the state of the newest whole checkpoint, as `load_checkpoint`.

        Returns:
            Its notes; None, and nothing was changed, if there are no checkpoints.

        Raises:
            CheckpointError, OSError: as `load_checkpoint` and `latest`.
        """
        return self._first(self._newest, lambda path: load_checkpoint(path, parts))

    def _first(
        self, ranked: Callable[[], list[Path]], use: Callable[[Path], Any]
    ) -> Any:
        """What `use` makes of the first checkpoint that is whole."""
        damaged: set[Path] = set()
        while paths := [path for path in ranked() if path not in damaged]:
            path = paths[0]
            try:
                return use(path)
            except FileNotFoundError:  # removed meanwhile, after a newer one was saved
                continue
            except DamagedError as error:
                damaged.add(path)
                reason = str(error).partition("\n")[0]
                warn("checkpoints-skipped", path=path, reason=reason)
        if damaged:
            raise tell(DamagedError, "checkpoints-all-damaged", folder=self.folder)
        return None

    def _newest(self) -> list[Path]:
        return self.paths()[::-1]

    def _ranked(self) -> list[Path]:
        """The checkpoints that have a score, the best one first."""
        scores = {path: self._sign * _score(path) for path in self.paths()}
        known = [path for path in scores if self._sign and scores[path] > -math.inf]
        return sorted(known, key=lambda path: -scores[path])

    def _tidy(self, new: Path) -> None:
        """Remove old checkpoints, and what killed processes have left."""
        if self.keep is not None:
            paths = self.paths()
            kept = {new, *paths[-self.keep :], *self._ranked()[:1]}
            for path in [path for path in paths if path not in kept]:
                _remove(path)
        for left in self.folder.glob(".ondol-*.tmp"):
            with contextlib.suppress(FileNotFoundError):  # it was somebody's after all
                if time.time() - left.stat().st_mtime > STALE:
                    _remove(left)


def _remove(path: Path) -> None:
    """Remove a file; what cannot be removed now is tried again at the next `save`."""
    with contextlib.suppress(OSError):
        path.unlink()


def _step(path: Path) -> int:
    return int(path.stem.removeprefix("step-"))


def _whole(path: Path) -> Path:
    """A checkpoint, if nothing in it is damaged."""
    verify(path)
    return path


def _score(path: Path) -> float:
    """The score in a checkpoint; NaN if there is none, or it cannot be read."""
    try:
        score = read_notes(path).get("score")
    except (CheckpointError, OSError):  # of a newer ondol, or removed meanwhile
        return math.nan
    return score if isinstance(score, float) else math.nan
