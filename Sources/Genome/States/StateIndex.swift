import DNA

/// The names of states, numbered from 0 in the order in which they are first met.
///
/// A class, because the reader of a segmentation adds names while the one who is given the segments looks
/// them up; not shared between threads.
public final class StateIndex {
  /// By number.
  public private(set) var names: [String] = []
  /// Open addressing over the names' bytes: position in `names` plus one, 0 is free. Twice as many slots
  /// as names are allowed, so that a search ends soon. A row's name is compared as bytes: making a String
  /// of it and hashing that would take longer than the rest of the row.
  private var slots = [UInt16](repeating: 0, count: 1024)
  private var bytes: [[UInt8]] = []
  /// The position found last: rows of one state stand together, or alternate with few others.
  private var last = 0

  /// The longest name accepted, in bytes.
  public static let longestName = 100

  /// An empty table.
  public init() {}

  /// The number of a name; a new one where it was not met before.
  ///
  /// - Throws: `GenomeError`, without a place, where the name is empty, `.`, `none`, or longer than 100 bytes, or
  ///   is one too many.
  public func number(of name: UnsafeBufferPointer<UInt8>) throws(GenomeError) -> Int {
    if last < bytes.count, sameBytes(bytes[last], name) { return last }
    var slot = StateIndex.hash(name)
    while case let entry = slots[slot], entry != 0 {
      if sameBytes(bytes[Int(entry) - 1], name) {
        last = Int(entry) - 1
        return last
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    try check(name)
    names.append(String(decoding: name, as: UTF8.self))
    bytes.append(Array(name))
    slots[slot] = UInt16(names.count)
    last = names.count - 1
    return last
  }

  /// The number of a name; a new one where it was not met before.
  public func number(of name: String) throws(GenomeError) -> Int {
    let bytes = Array(name.utf8)
    return try bytes.withUnsafeBufferPointer { (bytes) throws(GenomeError) in
      try number(of: bytes)
    }
  }

  private func check(_ name: UnsafeBufferPointer<UInt8>) throws(GenomeError) {
    guard !name.isEmpty, !name.elementsEqual(".".utf8) else {
      throw GenomeError("no state: the fourth column must name it, for instance 7_Enh")
    }
    guard !name.elementsEqual(StateNames.none.utf8) else {
      throw GenomeError(
        "a state named '\(StateNames.none)', which is what bases without a state have here; rename it"
      )
    }
    guard name.count <= StateIndex.longestName else {
      throw GenomeError("the state's name is too long")
    }
    guard names.count < StateNames.most else {
      throw GenomeError(
        "more than \(StateNames.most) different states; is this a segmentation?")
    }
  }

  /// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), folded to a slot.
  private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
    var hash: UInt32 = 2_166_136_261
    for byte in name.prefix(longestName) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return Int((hash ^ hash >> 16) & 1023)
  }
}
