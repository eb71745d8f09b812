"""Makes the files beside it, so that the tests need no other program:

    pip install 'opencv-python-headless<5' numpy && python3 make.py

`every` has each type of layer that OpenCV computes as Caffe does, `fcn` is FCN-8s with few filters. Their inputs, and
what OpenCV makes of them, are raw floats. `googlenet`, for training and tests, and `vgg16`, in the older form, are texts
alone, with the sizes of the published networks.
"""

import cv2
import numpy as np

from caffenet import HERE, Net


def data_layers(crop, mean=None, mean_file=None, scale=None):
    t = ""
    for phase in ("TRAIN", "TEST"):
        tp = []
        if crop:
            tp.append("crop_size: %d" % crop)
        if mean:
            tp += ["mean_value: %s" % m for m in mean]
        if mean_file:
            tp.append('mean_file: "%s"' % mean_file)
        if scale:
            tp.append("scale: %s" % scale)
        tp.append("mirror: %s" % ("true" if phase == "TRAIN" else "false"))
        t += (
            'layer {\n  name: "data"\n  type: "Data"\n  top: "data"\n  top: "label"\n  include { phase: %s }\n  transform_param { %s }\n  data_param { source: "x_lmdb" batch_size: 50 backend: LMDB }\n}\n'
            % (phase, " ".join(tp))
        )
    return t


def vgg16(n):
    x = "data"
    for s, (k, c) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for i in range(1, k + 1):
            x = n.relu(n.conv("conv%d_%d" % (s, i), x, c, 3, 1, 1), "relu%d_%d" % (s, i))
        x = n.pool("pool%d" % s, x, "MAX", 2, 2)
    for f in ("6", "7"):
        x = n.relu(n.fc("fc" + f, x, 4096), "relu" + f)
        x = n.same("Dropout", "drop" + f, x, x, "dropout_param { dropout_ratio: 0.5 }")
    return n.fc("fc8", x, 1000)


def googlenet(n, aux=False):
    def cr(name, b, c, k, s=1, p=0):
        return n.relu(n.conv(name, b, c, k, s, p), name.rsplit("/", 1)[0] + "/relu_" + name.rsplit("/", 1)[1])

    x = cr("conv1/7x7_s2", "data", 64, 7, 2, 3)
    x = n.lrn("pool1/norm1", n.pool("pool1/3x3_s2", x, "MAX", 3, 2))
    x = cr("conv2/3x3_reduce", x, 64, 1)
    x = cr("conv2/3x3", x, 192, 3, 1, 1)
    x = n.pool("pool2/3x3_s2", n.lrn("conv2/norm2", x), "MAX", 3, 2)

    def inc(m, x, a, b3, b, c5, c, d):
        p = "inception_%s/" % m
        y1 = cr(p + "1x1", x, a, 1)
        y2 = cr(p + "3x3", cr(p + "3x3_reduce", x, b3, 1), b, 3, 1, 1)
        y3 = cr(p + "5x5", cr(p + "5x5_reduce", x, c5, 1), c, 5, 1, 2)
        y4 = cr(p + "pool_proj", n.pool(p + "pool", x, "MAX", 3, 1, 1), d, 1)
        return n.concat(p + "output", [y1, y2, y3, y4])

    def head(i, x):
        y = n.pool("loss%d/ave_pool" % i, x, "AVE", 5, 3)
        y = cr("loss%d/conv" % i, y, 128, 1)
        y = n.relu(n.fc("loss%d/fc" % i, y, 1024), "loss%d/relu_fc" % i)
        y = n.same("Dropout", "loss%d/drop_fc" % i, y, y, "dropout_param { dropout_ratio: 0.7 }")
        y = n.fc("loss%d/classifier" % i, y, 1000)
        n.raw(
            'layer { name: "loss%d/loss" type: "SoftmaxWithLoss" bottom: "%s" bottom: "label" top: "loss%d/loss1" loss_weight: 0.3 }'
            % (i, y, i)
        )
        for k in (1, 5):
            n.raw(
                'layer { name: "loss%d/top-%d" type: "Accuracy" bottom: "%s" bottom: "label" top: "loss%d/top-%d" include { phase: TEST } accuracy_param { top_k: %d } }'
                % (i, k, y, i, k, k)
            )

    x = inc("3a", x, 64, 96, 128, 16, 32, 32)
    x = inc("3b", x, 128, 128, 192, 32, 96, 64)
    x = n.pool("pool3/3x3_s2", x, "MAX", 3, 2)
    x = inc("4a", x, 192, 96, 208, 16, 48, 64)
    if aux:
        head(1, x)
    x = inc("4b", x, 160, 112, 224, 24, 64, 64)
    x = inc("4c", x, 128, 128, 256, 24, 64, 64)
    x = inc("4d", x, 112, 144, 288, 32, 64, 64)
    if aux:
        head(2, x)
    x = inc("4e", x, 256, 160, 320, 32, 128, 128)
    x = n.pool("pool4/3x3_s2", x, "MAX", 3, 2)
    x = inc("5a", x, 256, 160, 320, 32, 128, 128)
    x = inc("5b", x, 384, 192, 384, 48, 128, 128)
    x = n.pool("pool5/7x7_s1", x, "AVE", 7, 1)
    x = n.same("Dropout", "pool5/drop_7x7_s1", x, x, "dropout_param { dropout_ratio: 0.4 }")
    x = n.fc("loss3/classifier", x, 1000)
    if aux:
        n.raw(
            'layer { name: "loss3/loss3" type: "SoftmaxWithLoss" bottom: "%s" bottom: "label" top: "loss3/loss3" loss_weight: 1 }'
            % x
        )
        for k in (1, 5):
            n.raw(
                'layer { name: "loss3/top-%d" type: "Accuracy" bottom: "%s" bottom: "label" top: "loss3/top-%d" include { phase: TEST } }'
                % (k, x, k)
            )
    return x


def fcn(n):
    """Pads of 100, deconvolutions, and crops with the offsets of FCN-8s."""
    x = "data"
    keep = {}
    for s, c in enumerate([2, 3, 4, 4, 4], 1):
        x = n.relu(n.conv("conv%d_1" % s, x, c, 3, 1, 100 if s == 1 else 1), "relu%d" % s)
        x = n.pool("pool%d" % s, x, "MAX", 2, 2)
        keep[s] = x
    x = n.relu(n.conv("fc6", x, 6, 7), "relu6")
    x = n.relu(n.conv("fc7", x, 6, 1), "relu7")
    x = n.deconv("upscore2", n.conv("score_fr", x, 5, 1), 5, 4, 2, bias=False)

    def crop(name, a, b, off):
        n.layer(
            "Crop",
            name,
            [a, b],
            [name],
            "crop_param { axis: 2 offset: %d }" % off,
            (),
            (n.shape[a][0],) + n.shape[b][1:],
        )
        return name

    y = n.conv("score_pool4", keep[4], 5, 1)
    x = n.elt("fuse_pool4", [x, crop("score_pool4c", y, x, 5)], "eltwise_param { operation: SUM }")
    x = n.deconv("upscore_pool4", x, 5, 4, 2, bias=False)
    y = n.conv("score_pool3", keep[3], 5, 1)
    x = n.elt("fuse_pool3", [x, crop("score_pool3c", y, x, 9)], "eltwise_param { operation: SUM }")
    x = n.deconv("upscore8", x, 5, 16, 8, bias=False)
    return crop("score", x, "data", 31)


def every(n):
    """Each type of layer once or more."""
    x = n.conv("c1", "data", 8, (3, 5), 1, 1, param="num_output: 8 kernel_h: 3 kernel_w: 5 pad: 1")
    x = n.bn("bn_alone", x, "b1", eps=0.001)
    x = n.relu(x, "leaky", "relu_param { negative_slope: 0.1 }")
    x = n.same("PReLU", "prelu", x, x, "", [n.rng.random(8) - 0.3])
    x = n.pool("ave_pad", x, "AVE", 3, 2, 1)
    x = n.same("Power", "power", x, None, "power_param { scale: 0.5 shift: 0.25 }")
    a = n.conv("c2", x, 12, 3, 1, 2, 4, d=2)
    a = n.same("ELU", "elu", a, a, "elu_param { alpha: 0.7 }")
    b = n.conv("c3", x, 12, 1, bias=False)
    n.bn("bn3", b)
    n.scale("scale3", b)
    b = n.same("Sigmoid", "sig", b, b)
    x = n.elt("sum", [a, b], "eltwise_param { operation: SUM coeff: 1 coeff: -0.5 }")
    y = n.elt("prod", [x, b], "eltwise_param { operation: PROD }")
    y = n.same("TanH", "tanh", y)
    x = n.concat("cat", [x, y, a], "concat_param { axis: 1 }")
    x = n.lrn("norm", x, 3, 0.05, 0.75)
    x = n.scale("scale_alone", x, "s1", bias=True)
    x = n.pool("max_ceil", x, "MAX", 3, 2)
    x = n.deconv("up", x, 6, 4, 2, 1, 3)
    x = n.same("PReLU", "shared", x, None, "prelu_param { channel_shared: true }", [np.array([0.2])])
    x = n.pool("ave_ceil", x, "AVE", 4, 3)
    x = n.same("Dropout", "drop", x, x, "dropout_param { dropout_ratio: 0.3 }")
    s = n.shape[x]
    n.layer("Flatten", "flat", [x], ["flat"], "", (), (int(np.prod(s)),))
    x = n.relu(n.fc("ip1", "flat", 20), "r9")
    n.layer(
        "Reshape",
        "resh",
        [x],
        ["resh"],
        "reshape_param { shape { dim: 0 dim: 5 dim: 2 dim: -1 } }",
        (),
        (5, 2, 2),
    )
    x = n.conv("c9", "resh", 7, 1)
    x = n.fc("ip2", x, 10, bias=False)
    return n.same("Softmax", "prob", x)


def expect(stem, net, shape):
    """The network's files, an input, and what OpenCV computes of it."""
    net.write(stem)
    x = np.random.default_rng(7).standard_normal([1, *shape]).astype("<f4")
    x.tofile(HERE / f"{stem}.input")
    peer = cv2.dnn.readNetFromCaffe(str(HERE / f"{stem}.prototxt"), str(HERE / f"{stem}.caffemodel"))
    peer.setInput(x)
    peer.forward().astype("<f4").tofile(HERE / f"{stem}.output")


def started(name, shape, form="layer", **options):
    net = Net(name, **options)
    net.input("data", shape, form)
    return net


net = started("every", (3, 23, 29), seed=3)
every(net)
expect("every", net, (3, 23, 29))
net = started("FCN", (3, 13, 17))
fcn(net)
expect("fcn", net, (3, 13, 17))
net = Net("GoogleNet")
net.raw(data_layers(224, (104, 117, 123)))
net.shape["data"] = (3, 224, 224)
googlenet(net, aux=True)
net.write_text("googlenet")
net = started("VGG_ILSVRC_16_layers", (3, 224, 224), "dim", old=True)
net.same("Softmax", "prob", vgg16(net))
net.write_text("vgg16")
