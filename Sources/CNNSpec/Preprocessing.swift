/// How an image becomes a network's input, in the order of the members.
package struct Preprocessing: Hashable, Sendable {
  /// The order of the colour channels, or one channel of luminance.
  package enum Color: String, CaseIterable, Sendable { case rgb, bgr, gray }

  /// Bilinear with antialiasing.
  package enum Resize: Hashable, Sendable {
    /// The shorter side becomes this long; the other keeps the aspect ratio.
    case shorterSide(Int)
    case exact(height: Int, width: Int)
  }

  /// Left out: gray for an input of one channel, rgb for three.
  package var color: Color?
  /// Left out: to the crop's size exactly, if there is no crop either; none if there is one.
  package var resize: Resize?
  /// Height and width of the centred crop; left out: the input's.
  package var crop: Size2D?
  /// Factor on the bytes 0...255.
  package var scale: Double = 1.0 / 255
  /// Subtracted after scaling: one number, or one a channel.
  package var mean: [Double] = [0]
  /// Divided by after the subtraction: one number, or one a channel.
  package var std: [Double] = [1]

  package init() {}
}
