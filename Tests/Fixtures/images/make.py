"""Makes the files beside it with Pillow and NumPy, so that the tests need neither.

    pip install 'pillow<13' numpy && python3 make.py

Pillow 13 resizes columns before rows in some cases, all others rows first; the latter is what is implemented.

Expected pixels are PNM files of the same stem; those of `resize` and `preprocess` are named by what was done.
"""
import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
for folder in ("png", "jpeg", "resize", "preprocess", "npy", "idx"):
    (HERE / folder).mkdir(exist_ok=True)
rng = np.random.default_rng(1)
HEIGHT, WIDTH = 23, 31
noise = Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))
gray = Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8))
noise.save(HERE / "rgb.ppm")
gray.save(HERE / "gray.pgm")


def expect(folder, stem, image):
    image.save(HERE / folder / f"{stem}.{'pgm' if image.mode == 'L' else 'ppm'}")


# PNG: what Pillow writes.
def png(stem, image, expected, **options):
    image.save(HERE / "png" / f"{stem}.png", **options)
    expect("png", stem, expected)


png("rgb8", noise, noise)
png("gray8", gray, gray)
alpha = Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8))
rgba = noise.copy()
rgba.putalpha(alpha)
png("rgba8", rgba, noise)
la = gray.copy()
la.putalpha(alpha)
png("gray-alpha8", la, gray)
bits = gray.convert("1")
png("gray1", bits, bits.convert("L"))
palette = noise.quantize(200)
png("palette8", palette, palette.convert("RGB"))
palette = noise.quantize(13)
png("palette4", palette, palette.convert("RGB"), bits=4)
png("palette-transparent", palette, palette.convert("RGB"), transparency=3)


# PNG: what Pillow does not write. Expected: gray scaled, 16-bit samples' high byte.
def raw_png(stem, rows, width, height, depth, color, expected, interlace=0):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    data = b"".join(b"\0" + bytes(row) for row in rows)
    (HERE / "png" / f"{stem}.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))
    expect("png", stem, Image.fromarray(np.asarray(expected, dtype=np.uint8)))


for depth in (2, 4):
    values = rng.integers(0, 1 << depth, (5, 9))
    rows = []
    for row in values:
        packed = "".join(format(v, f"0{depth}b") for v in row)
        packed += "0" * (-len(packed) % 8)
        rows.append([int(packed[i:i + 8], 2) for i in range(0, len(packed), 8)])
    raw_png(f"gray{depth}", rows, 9, 5, depth, 0, values * 255 // ((1 << depth) - 1))
for stem, color, samples, kept in (("gray16", 0, 1, 1), ("gray-alpha16", 4, 2, 1), ("rgb16", 2, 3, 3), ("rgba16", 6, 4, 3)):
    values = rng.integers(0, 1 << 16, (5, 7, samples))
    expected = (values >> 8)[:, :, :kept]
    raw_png(stem, values.astype(">u2").reshape(5, -1).view(np.uint8), 7, 5, 16, color,
            expected[:, :, 0] if kept == 1 else expected)
pixels = np.asarray(noise)
passes = [(0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1)]
rows = [row.tobytes() for y, dy, x, dx in passes for row in pixels[y::dy, x::dx]]
raw_png("interlaced", rows, WIDTH, HEIGHT, 8, 2, pixels, interlace=1)
pixels = np.stack([np.asarray(gray), np.asarray(alpha)], axis=2)
rows = [row.tobytes() for y, dy, x, dx in passes for row in pixels[y::dy, x::dx]]
raw_png("interlaced-gray-alpha", rows, WIDTH, HEIGHT, 8, 4, np.asarray(gray), interlace=1)

# JPEG, of something smooth.
y, x = np.mgrid[0:40, 0:56]
smooth = Image.fromarray(np.stack([y * 6, x * 4, 255 - y * 3 - x], axis=2).astype(np.uint8))
for stem, image, options in (
    ("rgb420", smooth, {}), ("rgb444", smooth, {"subsampling": 0}), ("progressive", smooth, {"progressive": True}),
    ("gray", smooth.convert("L"), {}),
):
    image.save(HERE / "jpeg" / f"{stem}.jpg", quality=80, **options)
    expect("jpeg", stem, Image.open(HERE / "jpeg" / f"{stem}.jpg"))
smooth.convert("CMYK").save(HERE / "jpeg" / "cmyk.jpg")
exif = Image.Exif()
exif[0x0112] = 6
smooth.save(HERE / "jpeg" / "orientation.jpg", quality=80, exif=exif)
expect("jpeg", "orientation", Image.open(HERE / "jpeg" / "orientation.jpg"))

# Resizing, to HxW.
for stem, image, sizes in (
    ("rgb", noise, ["46x62", "11x15", "23x10", "7x31", "1x1", "60x5", "5x60", "24x32", "22x30"]),
    ("gray", gray, ["28x28", "12x9", "100x3", "2x64"]),
):
    for size in sizes:
        h, w = map(int, size.split("x"))
        expect("resize", f"{stem}.{size}", image.resize((w, h), Image.BILINEAR))


# The shorter side, then the centre, by torchvision's formulas.
def pipeline(stem, image, shorter, crop):
    w, h = image.size
    if shorter:
        short, long = min(w, h), max(w, h)
        other = int(shorter * long / short)
        image = image.resize((shorter, other) if w <= h else (other, shorter), Image.BILINEAR)
    w, h = image.size
    top, left = int(round((h - crop[0]) / 2.0)), int(round((w - crop[1]) / 2.0))
    expect("preprocess", stem, image.crop((left, top, left + crop[1], top + crop[0])))


pipeline("rgb.resize20.crop16x16", noise, 20, (16, 16))
pipeline("rgb.resize41.crop33x38", noise, 41, (33, 38))
pipeline("rgb.crop8x8", noise, None, (8, 8))
pipeline("tall.resize9.crop9x4", noise.transpose(Image.TRANSPOSE), 9, (9, 4))
noise.transpose(Image.TRANSPOSE).save(HERE / "tall.ppm")
pipeline("gray.resize17.crop14x12", gray, 17, (14, 12))
pipeline("luma.resize19.crop10x11", noise.convert("L"), 19, (10, 11))
pipeline("luma.crop23x31", noise.convert("L"), None, (23, 31))

# Arrays.
values = np.arange(2 * 3 * 2 * 4, dtype="<f4").reshape(2, 3, 2, 4) / 8
for version in ((1, 0), (2, 0), (3, 0)):
    with open(HERE / "npy" / f"float-v{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, values, version=version)
np.save(HERE / "npy" / "float-chw.npy", values[0])
np.save(HERE / "npy" / "vector.npy", np.arange(5, dtype="<f4"))
np.save(HERE / "npy" / "bytes-hwc.npy", np.asarray(noise)[:3, :4])
np.save(HERE / "npy" / "bytes-hw.npy", np.asarray(gray)[:3, :4])
np.save(HERE / "npy" / "fortran.npy", np.asfortranarray(values))
np.save(HERE / "npy" / "double.npy", values.astype("<f8"))
np.save(HERE / "npy" / "big-endian.npy", values.astype(">f4"))
np.save(HERE / "npy" / "structured.npy", np.zeros(2, dtype=[("a", "<f4")]))

# IDX: three images of 4x5 and their labels; a header of two images of 28x28 with 8 MB behind it.
images = bytes((7 * i) % 256 for i in range(60))
data = struct.pack(">BBBBIII", 0, 0, 8, 3, 3, 4, 5) + images
(HERE / "idx" / "three.idx.gz").write_bytes(gzip.compress(data, mtime=0))
members = gzip.compress(data[:30], mtime=0) + gzip.compress(data[30:], mtime=0)
(HERE / "idx" / "two-members.idx.gz").write_bytes(members)
bomb = struct.pack(">BBBBIII", 0, 0, 8, 3, 2, 28, 28) + bytes(1 << 23)
(HERE / "idx" / "bomb.idx.gz").write_bytes(gzip.compress(bomb, mtime=0))
