import CNNSpec

extension Image {
  /// The image in `channels` channels: gray from RGB by luma, RGB from gray by repeating it.
  ///
  /// Luma is ITU-R 601 in PIL's fixed point: `(R*19595 + G*38470 + B*7471 + 0x8000) >> 16`.
  package func converted(toChannels wanted: Int) -> Image {
    precondition(wanted == 1 || wanted == 3)
    guard wanted != channels else { return self }
    let count = height * width
    let converted = pixels.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: count * wanted) { target, initialized in
        if wanted == 1 {
          for pixel in 0..<count {
            let red = UInt32(source[3 * pixel])
            let green = UInt32(source[3 * pixel + 1])
            let blue = UInt32(source[3 * pixel + 2])
            target[pixel] = UInt8((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)
          }
        } else {
          for pixel in 0..<count {
            target[3 * pixel] = source[pixel]
            target[3 * pixel + 1] = source[pixel]
            target[3 * pixel + 2] = source[pixel]
          }
        }
        initialized = count * wanted
      }
    }
    return Image(height: height, width: width, channels: wanted, pixels: converted)
  }
}
