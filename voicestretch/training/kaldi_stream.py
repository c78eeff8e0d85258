"""Kaldi's binary object stream, as far as a model file needs it.

`\\0B`, then tokens (text and a space) and values: integers and floats carry their size in bytes first, vectors and
matrices a type token and their dimensions.
"""

import io
import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


class KaldiStream:
    """Written from left to right; every method returns the stream."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self.raw(b"\0B")

    def written(self) -> bytes:
        return self._out.getvalue()

    def raw(self, data: bytes) -> "KaldiStream":
        self._out.write(data)
        return self

    def token(self, *names: str) -> "KaldiStream":
        for name in names:
            self.raw(name.encode() + b" ")
        return self

    def int32(self, *values: int) -> "KaldiStream":
        for value in values:
            self.raw(b"\4" + struct.pack("<i", value))
        return self

    def float32(self, value: float) -> "KaldiStream":
        return self.raw(b"\4" + struct.pack("<f", value))

    def float64(self, value: float) -> "KaldiStream":
        return self.raw(b"\10" + struct.pack("<d", value))

    def int_vector(self, values: Sequence[int]) -> "KaldiStream":
        """Unlike other vectors: the count without its size byte, the values bare."""
        return self.raw(b"\4" + struct.pack("<i", len(values)) + np.asarray(values, "<i4").tobytes())

    def vector(self, values: npt.ArrayLike) -> "KaldiStream":
        array = np.asarray(values, "<f4")
        return self.raw(b"FV ").int32(len(array)).raw(array.tobytes())

    def matrix(self, values: npt.ArrayLike) -> "KaldiStream":
        array = np.ascontiguousarray(values, "<f4")
        return self.raw(b"FM ").int32(*array.shape).raw(array.tobytes())

    def compressed_matrix(self, values: npt.ArrayLike) -> "KaldiStream":
        return self.raw(compressed(values))


COMPRESSED = b"CM2 "
_HEADER = struct.Struct("<ffii")
"""Smallest value, range, rows, columns."""
_STEPS = 65_535


def compressed(values: npt.ArrayLike) -> bytes:
    """A matrix in 16 bits a number, which Kaldi reads as any other: half the size, right to 1/131,070 of its range.

    Raises ValueError where a number is none or infinite.
    """
    array = np.asarray(values, np.float64)
    if not np.isfinite(array).all():
        raise ValueError("a weight is not a finite number")
    least, span = float(np.float32(array.min())), float(np.float32(np.ptp(array)))
    steps = np.rint((array - least) * (_STEPS / span if span else 0)).clip(0, _STEPS).astype("<u2")
    return COMPRESSED + _HEADER.pack(least, span, *array.shape) + steps.tobytes()


def decompressed(data: bytes, at: int) -> tuple[npt.NDArray[np.float32], int]:
    """What `compressed` wrote to `at`, and where it ends. Raises ValueError where it is cut off."""
    at += len(COMPRESSED)
    if at + _HEADER.size > len(data):
        raise ValueError("it is cut off")
    least, span, rows, columns = _HEADER.unpack_from(data, at)
    at += _HEADER.size
    if rows <= 0 or columns <= 0 or at + 2 * rows * columns > len(data):
        raise ValueError("it is cut off")
    steps = np.frombuffer(data, "<u2", rows * columns, at).reshape(rows, columns)
    return (least + steps * (span / _STEPS)).astype(np.float32), at + 2 * rows * columns
