// Explanations of what can be wrong with shapes and counts, classes and images.

extension Explanation {
  static let windowDoesNotFit = Explanation(
    """
    A window of F x F pixels that moves by S over an input of W1 pixels with P
    pixels of padding on each side stands at

        W2 = (W1 - F + 2P)/S + 1

    places, and that is not a whole number: the last window would stand half
    outside. The lecture's example: 7x7 input, 3x3 window, stride 1 gives 5,
    stride 2 gives 3, stride 3 gives 2.33 and cannot fit.
    """,
    spec: """
      input: 1x7x7
      network: maxpool(3, stride=3)
      """,
    says: "`maxpool1` cannot fit: (7 - 3 + 2*0)/3 + 1 = 2.33",
    remedy: """
      The help lines list pads, strides, kernels and inputs that fit; `pad=fit`
      takes the smallest padding that does. `rounding: floor` leaves the last
      rows and columns unread, `ceil` pads there, as other frameworks do.
      """)

  static let windowTooLarge = Explanation(
    """
    The window is larger than the padded input: F > W1 + 2P, so that
    W2 = (W1 - F + 2P)/S + 1 gives no place at all. Deep in a network the reason
    is most often that it was halved too often, or that the input is too small.
    """,
    spec: """
      input: 1x4x4
      network: conv(8, 5)
      """,
    says: """
      `conv1` cannot fit: its 5x5 window is larger than its 4x4 input:
      (4 - 5 + 2*0)/1 + 1 = 0
      """,
    remedy: """
      Pad (for stride 1, P = (F - 1)/2 keeps the size), take a smaller kernel,
      pool less often, or give the network a larger input.
      """)

  static let unreadBorder = Explanation(
    """
    A note, no error: with `rounding: floor` the last windows that would not fit
    are left out, and these rows and columns of the layer's input are never read.
    W2 = (W1 - F + 2P)/S + 1 is rounded down: (7 - 2)/2 + 1 = 3.5 becomes 3.
    """,
    spec: """
      input: 1x7x7
      network: maxpool(2, rounding=floor)
      """,
    says: """
      `maxpool1` leaves 1 row and 1 column of its 7x7 input unread (rounding:
      floor)
      """,
    remedy: """
      Nothing, if that is meant, as in networks from PyTorch. Otherwise pad
      (`pad=fit`), or take `rounding: exact`, which makes it an error with advice.
      """)

  static let groupsDoNotDivide = Explanation(
    """
    A convolution in G groups splits its input channels and its filters into G
    equal parts, so G has to divide both; `channel_shuffle` splits the channels.
    """,
    spec: """
      input: 3x32x32
      network: conv(16, 3, groups=2)
      """,
    says: "`conv1` cannot split 3 input channels into 2 groups",
    remedy: """
      Take one of the numbers that the help line lists, or change the filters.
      One group a channel is a `depthwise` convolution.
      """)

  static let shapeMismatch = Explanation(
    """
    Shapes that must agree do not. `add` takes branches of one shape, channels,
    height and width; `multiply` likewise, but lets Cx1x1 scale the channels of
    another; `reshape` keeps the number of elements; `unpool` takes what the max
    pool that it undoes gave.
    """,
    spec: """
      input: 3x32x32
      network:
        - add: ["conv(16, 3, pad=1)", identity]
      """,
    says: "`add1` adds branches of one shape, but they are 16x32x32, 3x32x32",
    remedy: """
      Give the shortcut a 1x1 convolution with as many filters, and the stride of
      the other branch: `add: ["conv(16, 3, pad=1)", "conv(16, 1)"]`.
      """)

  static let sizeMismatch = Explanation(
    """
    `concat` puts the channels of its branches behind each other, so all need
    the same height and width; `crop` cannot cut more than there is. A 3x3
    convolution without padding takes 2 pixels from each side length:
    W2 = (W1 - F + 2P)/S + 1 = (32 - 3)/1 + 1 = 30.
    """,
    spec: """
      input: 3x32x32
      network:
        - concat: ["conv(16, 3)", identity]
      """,
    says: """
      `concat1` joins channels of one height and width, but the branches are
      16x30x30, 3x32x32 (sizes: 32x32 input, 30x30 conv1)
      """,
    remedy: "Pad the branch that shrinks (`pad=same`), or `crop` the larger one.")

  static let overflow = Explanation(
    """
    A number is larger than 64 bits can count: elements of a value, bytes,
    multiplications. No machine could hold such a network; most often a number
    was mistyped.
    """,
    spec: """
      input: 3x32x32
      network: fc(9000000000000000000)
      """,
    says: "the output of `fc1` is past 64 bits",
    remedy: "Make the input, the filters or the units smaller.")

  static let noInputFits = Explanation(
    """
    `input: 3x?x?` asks for the square sizes from 1 to 1024 for which every
    window of the network fits, W2 = (W1 - F + 2P)/S + 1 being whole everywhere,
    and there are none.
    """,
    spec: """
      input: 3x?x?
      network: conv(8, 2000)
      """,
    says: "no square input from 1 to 1024 fits",
    remedy: """
      Write a size, such as `input: 3x224x224`, to see which layer does not fit
      and what would. `pad=fit` or `rounding: floor` for all windows loosens it.
      """)

  static let classCount = Explanation(
    """
    `classes` names as many classes as the network returns channels, one score
    each, and the two numbers differ. A file has one label a line.
    """,
    spec: """
      input: 3x32x32
      network: fc(10) - softmax
      classes: [cat, dog]
      """,
    says: "there are 2 classes, but the network returns 10 channels",
    remedy: "Change the last layer, `fc(2) - softmax`, or list ten labels.")

  static let preprocessing = Explanation(
    """
    `preprocess` cannot make the network's input: `mean` and `std` have neither
    one number nor one a channel, the colours are not the input's channels, or
    the image after `resize` and `crop` is not the input's size.
    """,
    spec: """
      input: 3x32x32
      network: fc(10) - softmax
      preprocess: {mean: [0.5, 0.5]}
      """,
    says: "`mean` has 2 numbers, but the input has 3 channels",
    remedy: """
      Give one number or three. The order is fixed: color, resize, crop, scale
      (1/255 if left out), minus `mean`, over `std`.
      """)
}
