extension Int {
  /// How many batches of `size` images so many images are; the last one may have fewer.
  func batches(of size: Int) -> Int {
    let (whole, rest) = quotientAndRemainder(dividingBy: size)
    return rest > 0 ? whole + 1 : whole
  }
}
