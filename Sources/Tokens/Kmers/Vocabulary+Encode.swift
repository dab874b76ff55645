import DNA

extension Vocabulary {
  /// Appends the k-mers of a row of codes of `Base`, at most `limit`.
  ///
  /// One pass: the rank of a k-mer is that of the one before with a digit more at its end and one less at its
  /// beginning, and a k-mer is known once k known bases have come in a row.
  func encode(
    _ codes: UnsafeBufferPointer<UInt8>, limit: Int, into output: inout EncodedBases
  ) {
    let count = min(tokens(forBases: codes.count), max(0, limit))
    guard count > 0 else { return }
    let digits: Int32 = 1 << Int32(2 * k) - 1
    var rank: Int32 = 0
    var known = 0
    var next = k - 1
    for at in 0...(count - 1) * stride + k - 1 {
      let code = codes[at]
      rank = (rank << 2 | Int32(code & 3)) & digits
      known = code < Base.unknown ? known + 1 : 0
      if at == next {
        output.append(known >= k ? firstKmer + rank : unknown, start: at + 1 - k, length: k)
        next += stride
      }
    }
  }
}
