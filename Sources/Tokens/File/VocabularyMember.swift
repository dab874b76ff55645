import DNA
import Files

/// The tokens of a `tokenizer.json`: those of its model and those added to it.
struct VocabularyMember {
  /// By id.
  let tokens: [String]
  /// By text.
  let ids: [String: Int32]
  let specials: SpecialTokens

  /// What a special token is called, by role; the first that is there counts.
  private static let names: [(role: String, names: [String])] = [
    ("padding", ["[PAD]", "<pad>"]), ("unknown", ["[UNK]", "<unk>"]),
    ("classification", ["[CLS]", "<cls>", "<s>"]), ("separator", ["[SEP]", "<sep>", "</s>"]),
    ("mask", ["[MASK]", "<mask>"]),
  ]

  init(_ json: JSON, _ model: JSON) throws(GenomeError) {
    guard let words = model["vocab"]?.object else {
      throw GenomeError("model.vocab is no object of tokens and ids")
    }
    var entries = words.map { ($0.key, $0.value.integer) }
    for (position, added) in (json["added_tokens"]?.array ?? []).enumerated() {
      guard let text = added["content"]?.string, !text.isEmpty else {
        throw GenomeError("added_tokens[\(position)] has no content")
      }
      // Such a token would be cut out of sequences before anything else.
      if text.utf8.allSatisfy({ UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 & 0xDF }) {
        throw GenomeError(
          "added_tokens[\(position)] is '\(text.prefix(40))', all letters, which occurs in sequences"
        )
      }
      if let known = words[text] {
        guard known == added["id"] else {
          throw GenomeError("added token '\(text.prefix(40))' has another id in model.vocab")
        }
      } else {
        entries.append((text, added["id"]?.integer))
      }
    }
    guard entries.count <= BytePairModel.mostTokens else {
      throw GenomeError(
        "model.vocab has \(entries.count) tokens; at most \(BytePairModel.mostTokens) are read")
    }
    var tokens = [String?](repeating: nil, count: entries.count)
    var ids: [String: Int32] = [:]
    for (text, id) in entries {
      guard let id, tokens.indices.contains(id) else {
        throw GenomeError(
          "token '\(text.prefix(40))' has no id from 0 to \(tokens.count - 1); ids must have no gaps"
        )
      }
      if let other = tokens[id] {
        throw GenomeError(
          "tokens '\(other.prefix(40))' and '\(text.prefix(40))' share the id \(id)")
      }
      tokens[id] = text
      ids[text] = Int32(id)
    }
    self.tokens = tokens.compactMap(\.self)
    self.ids = ids
    specials = try VocabularyMember.specials(ids, model)
  }

  private static func specials(
    _ ids: [String: Int32], _ model: JSON
  ) throws(GenomeError) -> SpecialTokens {
    var found: [Int32] = []
    for (role, names) in names {
      guard let id = names.lazy.compactMap({ ids[$0] }).first else {
        throw GenomeError(
          "no token for \(role): none of \(names.joined(separator: ", ")) is in the vocabulary")
      }
      found.append(id)
    }
    guard let name = model["unk_token"]?.string, ids[name] == found[1] else {
      throw GenomeError(
        "model.unk_token is \((model["unk_token"] ?? .null).text.prefix(40)), not the token for unknown letters"
      )
    }
    return SpecialTokens(
      pad: found[0], unknown: found[1], classification: found[2], separator: found[3],
      mask: found[4])
  }
}
