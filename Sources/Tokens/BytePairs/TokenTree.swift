/// A tree over the texts of tokens: which tokens begin at a place of a sequence.
///
/// Flat memory behind pointers rather than arrays: an encoder takes a step in it for every base or more, and
/// checks of bounds and of unique ownership took half of its time. Nothing is written once the tree is made.
final class TokenTree: @unchecked Sendable {
  private let alphabet: Int
  /// By node and letter the next node; 0 where there is none.
  private let children: UnsafeMutableBufferPointer<Int32>
  /// By node: the token whose text ends there; -1 where none does.
  private let tokenAt: UnsafeMutableBufferPointer<Int32>
  /// By token: its letters; 0 for one that is not in the tree.
  private let lengths: UnsafeMutableBufferPointer<Int32>
  /// By token: the longest other token that it begins with; -1 where there is none.
  private let shorter: UnsafeMutableBufferPointer<Int32>

  /// - Parameters:
  ///   - alphabet: how many letters there are; letters are numbers below.
  ///   - texts: by token; an empty text keeps a token out.
  init(alphabet: Int, texts: [[UInt8]]) {
    var children = [Int32](repeating: 0, count: alphabet)
    var tokenAt: [Int32] = [-1]
    var shorter = [Int32](repeating: -1, count: texts.count)
    let byLength = texts.indices.sorted { (texts[$0].count, $0) < (texts[$1].count, $1) }
    for id in byLength where !texts[id].isEmpty {
      var node = 0
      for letter in texts[id] {
        if tokenAt[node] >= 0 { shorter[id] = tokenAt[node] }
        let place = node * alphabet + Int(letter)
        if children[place] == 0 {
          children[place] = Int32(tokenAt.count)
          tokenAt.append(-1)
          children.append(contentsOf: repeatElement(0, count: alphabet))
        }
        node = Int(children[place])
      }
      tokenAt[node] = Int32(id)
    }
    self.alphabet = alphabet
    self.children = TokenTree.copy(children)
    self.tokenAt = TokenTree.copy(tokenAt)
    self.shorter = TokenTree.copy(shorter)
    lengths = TokenTree.copy(texts.map { Int32($0.count) })
  }

  deinit {
    for table in [children, tokenAt, lengths, shorter] { table.deallocate() }
  }

  private static func copy(_ values: [Int32]) -> UnsafeMutableBufferPointer<Int32> {
    let table = UnsafeMutableBufferPointer<Int32>.allocate(capacity: values.count)
    _ = table.initialize(from: values)
    return table
  }

  /// The longest token at the first of `letters`; -1 where there is none.
  @inline(__always)
  func longest(_ letters: UnsafeBufferPointer<UInt8>.SubSequence) -> Int32 {
    var node = 0
    var token: Int32 = -1
    for letter in letters {
      node = Int(children[node &* alphabet &+ Int(letter)])
      if node == 0 { break }
      if tokenAt[node] >= 0 { token = tokenAt[node] }
    }
    return token
  }

  /// The longest other token that a token begins with; -1 where there is none.
  @inline(__always)
  func shorter(_ token: Int32) -> Int32 { shorter[Int(token)] }

  /// How many letters a token has.
  @inline(__always)
  func length(_ token: Int32) -> Int { Int(lengths[Int(token)]) }
}
