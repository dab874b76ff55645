import DNA
import Files

/// What a `tokenizer.json` does to a text before its model sees it, as far as it matters for letters.
///
/// Understood, and all that is:
/// - normalizers `Replace` (a letter by a letter, or white space by nothing), `Lowercase`, `BertNormalizer`,
///   those of Unicode (`NFC`, `NFD`, `NFKC`, `NFKD`, `StripAccents`), which leave ASCII alone, `Strip`, which
///   drops white space around a text, and a `Sequence`;
/// - pre-tokenizers `Whitespace`, `WhitespaceSplit`, `BertPreTokenizer`, all of which leave a row of letters
///   whole, `Split` that keeps stretches of k letters and drops the rest, and none;
/// - post-processors `TemplateProcessing` and `BertProcessing` that put `[CLS]` before and `[SEP]` behind, and none.
///
/// The decoder, which makes text of ids, decides no id and is passed over.
struct TextRules {
  /// What is left of a text for the model to look at.
  enum Pieces: Equatable {
    /// The whole of it.
    case whole
    /// What stands between white space.
    case words
    /// Stretches of so many letters.
    case stretches(Int)
  }

  /// By ASCII byte: what it is read as.
  private(set) var folding = TextRules.asIs
  private(set) var pieces = Pieces.whole

  /// Every byte is itself.
  static let asIs = Array(UInt8.min...UInt8.max)

  /// How deep sequences may lie in sequences.
  private static let mostDepth = 4

  init(_ json: JSON) throws(GenomeError) {
    try addNormalizer(json["normalizer"] ?? .null, depth: 0)
    try addPreTokenizer(json["pre_tokenizer"] ?? .null, depth: 0)
  }

  private static func checkDepth(_ depth: Int, _ member: String) throws(GenomeError) {
    guard depth <= mostDepth else {
      throw GenomeError("\(member) has sequences in sequences, \(depth) deep")
    }
  }

  private mutating func addNormalizer(_ json: JSON, depth: Int) throws(GenomeError) {
    if json == .null { return }
    try TextRules.checkDepth(depth, "normalizer")
    let type = json["type"]?.string ?? "unnamed"
    switch type {
    case "Sequence":
      for part in json["normalizers"]?.array ?? [] { try addNormalizer(part, depth: depth + 1) }
    case "NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Strip": break
    case "Lowercase": fold { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 + 32 : $0 }
    case "BertNormalizer":
      if json["lowercase"] == true {
        fold { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 + 32 : $0 }
      }
    case "Replace": try addReplacement(json)
    default: throw GenomeError("normalizer '\(type.prefix(40))' is not supported")
    }
  }

  private mutating func addReplacement(_ json: JSON) throws(GenomeError) {
    let content = json["content"]?.string
    if json["pattern"]?["Regex"] == .string(#"\s+"#), content == "" { return }
    guard let from = json["pattern"]?["String"]?.string.map({ Array($0.utf8) }), from.count == 1,
      let to = content.map({ Array($0.utf8) }), to.count == 1, from[0] < 128, to[0] < 128
    else {
      throw GenomeError(
        "normalizer Replace \(json.text.prefix(80)) is not supported; a letter may be replaced by a letter, and "
          + "white space dropped")
    }
    fold { $0 == from[0] ? to[0] : $0 }
  }

  /// Replaces what bytes are read as by now.
  private mutating func fold(_ replace: (UInt8) -> UInt8) {
    for byte in 0..<128 { folding[byte] = replace(folding[byte]) }
  }

  private mutating func addPreTokenizer(_ json: JSON, depth: Int) throws(GenomeError) {
    if json == .null { return }
    try TextRules.checkDepth(depth, "pre_tokenizer")
    let type = json["type"]?.string ?? "unnamed"
    switch type {
    case "Sequence":
      for part in json["pretokenizers"]?.array ?? [] {
        try addPreTokenizer(part, depth: depth + 1)
      }
    case "Whitespace", "WhitespaceSplit", "BertPreTokenizer": pieces = .words
    case "Split":
      guard
        let k = Vocabulary.allowedK.first(where: { k in
          json["pattern"]?["Regex"] == .string(".{\(k)}")
        }), json["behavior"] == "Removed", json["invert"] == true
      else {
        throw GenomeError(
          "pre_tokenizer Split \(json.text.prefix(120)) is not supported; stretches of k letters may be kept and "
            + "the rest removed")
      }
      pieces = .stretches(k)
    default: throw GenomeError("pre_tokenizer '\(type.prefix(40))' is not supported")
    }
  }

  /// Checks that a sequence is framed as windows are.
  static func checkPostProcessor(
    _ json: JSON?, _ vocabulary: VocabularyMember
  ) throws(GenomeError) {
    guard let json, json != .null else { return }
    let type = json["type"]?.string ?? "unnamed"
    let frame: [Int32?]
    switch type {
    case "BertProcessing":
      frame = ["cls", "sep"].map { json[$0]?.array?.last?.integer.map(Int32.init(clamping:)) }
    case "TemplateProcessing":
      let single = json["single"]?.array ?? []
      guard single.count == 3, single[1]["Sequence"] != nil else {
        throw GenomeError(
          "post_processor puts other tokens around a sequence than one on each side")
      }
      frame = [single[0], single[2]].map { piece in
        piece["SpecialToken"]?["id"]?.string.flatMap { name in
          json["special_tokens"]?[name]?["ids"]?.array?.first?.integer.map(Int32.init(clamping:))
        }
      }
    default: throw GenomeError("post_processor '\(type.prefix(40))' is not supported")
    }
    let specials = vocabulary.specials
    guard frame == [specials.classification, specials.separator] else {
      throw GenomeError(
        "post_processor frames a sequence with tokens \(frame.map { $0.map(String.init) ?? "none" }), not with "
          + "\(vocabulary.tokens[Int(specials.classification)]) and \(vocabulary.tokens[Int(specials.separator)])"
      )
    }
  }
}
