"""Writes Caffe's networks, the text and the weights together; weights are random, of a size that keeps values small."""

import math
import struct
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent

V1 = {
    "Convolution": "CONVOLUTION",
    "Pooling": "POOLING",
    "InnerProduct": "INNER_PRODUCT",
    "ReLU": "RELU",
    "Dropout": "DROPOUT",
    "Softmax": "SOFTMAX",
    "LRN": "LRN",
    "Concat": "CONCAT",
}


def varint(n):
    out = bytearray()
    while True:
        b = n & 0x7F
        n >>= 7
        out.append(b | (0x80 if n else 0))
        if not n:
            return bytes(out)


def ld(num, data):
    return varint(num << 3 | 2) + varint(len(data)) + data


def blob(a):
    a = np.asarray(a, np.float32)
    return ld(7, ld(1, b"".join(varint(x) for x in a.shape))) + ld(5, a.tobytes())


class Net:
    def __init__(self, name, old=False, seed=0):
        self.name, self.old = name, old
        self.text = ['name: "%s"' % name]
        self.rng = np.random.default_rng(seed)
        self.shape = {}
        self.layers = []

    def input(self, name, shape, form="layer"):
        if form == "layer":
            self.text.append(
                'layer { name: "%s" type: "Input" top: "%s" input_param { shape { dim: 1 %s } } }'
                % (name, name, " ".join("dim: %d" % d for d in shape))
            )
        elif form == "dim":
            self.text.append(
                'input: "%s"\ninput_dim: 1\n%s' % (name, "\n".join("input_dim: %d" % d for d in shape))
            )
        else:
            self.text.append(
                'input: "%s"\ninput_shape { dim: 1 %s }' % (name, " ".join("dim: %d" % d for d in shape))
            )
        self.shape[name] = tuple(shape)

    def raw(self, text):
        self.text.append(text)

    def layer(self, type, name, bottoms, tops, param="", blobs=(), shape=None, extra=""):
        b = "".join(' bottom: "%s"' % x for x in bottoms)
        t = "".join(' top: "%s"' % x for x in tops)
        if self.old:
            self.text.append(
                'layers {\n  name: "%s"\n  type: %s\n %s%s\n  %s %s\n}' % (name, V1[type], b, t, param, extra)
            )
        else:
            self.text.append(
                'layer {\n  name: "%s"\n  type: "%s"\n %s%s\n  %s %s\n}' % (name, type, b, t, param, extra)
            )
        self.layers.append(
            (name, type, list(bottoms), list(tops), [np.asarray(x, np.float32) for x in blobs])
        )
        for x in tops:
            self.shape[x] = shape

    def w(self, *dims, fan=None):
        fan = fan or int(np.prod(dims[1:]))
        return (self.rng.standard_normal(dims) * math.sqrt(2.0 / fan)).astype(np.float32)

    def b(self, n):
        return (self.rng.standard_normal(n) * 0.1).astype(np.float32)

    def conv(
        self, name, bottom, n, k, s=1, p=0, g=1, bias=True, d=1, top=None, type="Convolution", param=None
    ):
        c, h, w = self.shape[bottom]
        kh, kw = (k, k) if isinstance(k, int) else k
        ext = lambda z: d * (z - 1) + 1
        oh, ow = (h + 2 * p - ext(kh)) // s + 1, (w + 2 * p - ext(kw)) // s + 1
        f = ["num_output: %d" % n]
        f.append("kernel_size: %d" % kh if kh == kw else "kernel_h: %d kernel_w: %d" % (kh, kw))
        if s != 1:
            f.append("stride: %d" % s)
        if p:
            f.append("pad: %d" % p)
        if g != 1:
            f.append("group: %d" % g)
        if d != 1:
            f.append("dilation: %d" % d)
        if not bias:
            f.append("bias_term: false")
        blobs = [self.w(n, c // g, kh, kw)] + ([self.b(n)] if bias else [])
        self.layer(
            type,
            name,
            [bottom],
            [top or name],
            "convolution_param { %s }" % (param or " ".join(f)),
            blobs,
            (n, oh, ow),
        )
        return top or name

    def deconv(self, name, bottom, n, k, s=1, p=0, g=1, bias=True):
        c, h, w = self.shape[bottom]
        o = lambda z: s * (z - 1) + k - 2 * p
        self.layer(
            "Deconvolution",
            name,
            [bottom],
            [name],
            "convolution_param { num_output: %d kernel_size: %d stride: %d pad: %d group: %d bias_term: %s }"
            % (n, k, s, p, g, "true" if bias else "false"),
            [self.w(c, n // g, k, k, fan=c * k * k)] + ([self.b(n)] if bias else []),
            (n, o(h), o(w)),
        )
        return name

    def pool(self, name, bottom, mode, k=0, s=1, p=0, glob=False, extra=""):
        c, h, w = self.shape[bottom]
        if glob:
            sh = (c, 1, 1)
            f = "global_pooling: true"
        else:

            def o(z):
                r = -(-(z + 2 * p - k) // s) + 1
                if p and (r - 1) * s >= z + p:
                    r -= 1
                return r

            sh = (c, o(h), o(w))
            f = "kernel_size: %d stride: %d" % (k, s) + (" pad: %d" % p if p else "")
        self.layer(
            "Pooling", name, [bottom], [name], "pooling_param { pool: %s %s %s }" % (mode, f, extra), (), sh
        )
        return name

    def relu(self, bottom, name=None, param=""):
        self.layer("ReLU", name or "relu_" + bottom, [bottom], [bottom], param, (), self.shape[bottom])
        return bottom

    def same(self, type, name, bottom, top=None, param="", blobs=()):
        self.layer(type, name, [bottom], [top or name], param, blobs, self.shape[bottom])
        return top or name

    def fc(self, name, bottom, n, bias=True, transpose=False, top=None):
        k = int(np.prod(self.shape[bottom]))
        w = self.w(n, k)
        self.layer(
            "InnerProduct",
            name,
            [bottom],
            [top or name],
            "inner_product_param { num_output: %d%s%s }"
            % (n, "" if bias else " bias_term: false", " transpose: true" if transpose else ""),
            [w.T.copy() if transpose else w] + ([self.b(n)] if bias else []),
            (n,),
        )
        return top or name

    def bn(self, name, bottom, top=None, factor=999.98, eps=None):
        c = self.shape[bottom][0]
        blobs = [self.b(c) * factor, (self.rng.random(c) + 0.5) * factor, np.array([factor])]
        return self.same(
            "BatchNorm",
            name,
            bottom,
            top or bottom,
            "batch_norm_param { use_global_stats: true%s }" % (" eps: %s" % eps if eps else ""),
            blobs,
        )

    def scale(self, name, bottom, top=None, bias=True):
        c = self.shape[bottom][0]
        return self.same(
            "Scale",
            name,
            bottom,
            top or bottom,
            "scale_param { bias_term: %s }" % ("true" if bias else "false"),
            [self.rng.random(c) + 0.5] + ([self.b(c)] if bias else []),
        )

    def lrn(self, name, bottom, n=5, a=0.0001, beta=0.75, extra=""):
        return self.same(
            "LRN",
            name,
            bottom,
            None,
            "lrn_param { local_size: %d alpha: %s beta: %s %s }" % (n, a, beta, extra),
        )

    def concat(self, name, bottoms, param=""):
        s = [self.shape[b] for b in bottoms]
        self.layer("Concat", name, bottoms, [name], param, (), (sum(x[0] for x in s),) + tuple(s[0][1:]))
        return name

    def elt(self, name, bottoms, param=""):
        self.layer("Eltwise", name, bottoms, [name], param, (), self.shape[bottoms[0]])
        return name

    def write_text(self, stem):
        (HERE / f"{stem}.prototxt").write_text("\n".join(self.text) + "\n")

    def write(self, stem):
        self.write_text(stem)
        out = [ld(1, self.name.encode())]
        for name, type, bottoms, tops, blobs in self.layers:
            message = ld(1, name.encode()) + ld(2, type.encode())
            message += b"".join(ld(3, x.encode()) for x in bottoms)
            message += b"".join(ld(4, x.encode()) for x in tops)
            message += b"".join(ld(7, blob(x)) for x in blobs)
            out.append(ld(100, message))
        (HERE / f"{stem}.caffemodel").write_bytes(b"".join(out))
