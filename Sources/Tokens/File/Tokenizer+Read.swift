import DNA
import Files

extension Tokenizer {
  /// The largest `tokenizer.json` that is read. Genomic ones take up to 3 MB.
  static let largestFile = 1 << 24
  /// Values in it, as `JSONReader` counts them: those of the largest vocabulary, its merges lists of two, and as
  /// many again.
  static let mostValues = 12 * BytePairModel.mostTokens

  /// Reads a `tokenizer.json`: byte pairs such as DNABERT-2's, k-mers in DNABERT's order, and what `write` wrote.
  ///
  /// The format can say much that is of no use for DNA. What is understood is written with
  /// `TextRules` and in docs/tokenizers.md; anything else is refused by name, so that no id is ever other
  /// than the file's author meant.
  ///
  /// - Throws: `FileError`, or `GenomeError` naming the file, the member, and why it is refused.
  public init(reading path: String) throws {
    // A pipe that nobody writes to would be waited for.
    _ = try FileHandle.openRegular(path)
    let json = try JSON.read(
      path, limit: Tokenizer.largestFile, mostValues: Tokenizer.mostValues)
    do throws(GenomeError) {
      try self.init(json: json)
    } catch {
      throw GenomeError(error.reason, path: path)
    }
  }

  /// Takes over the content of a `tokenizer.json`.
  ///
  /// - Throws: `GenomeError` naming the member that is refused, and why.
  public init(json: JSON) throws(GenomeError) {
    guard let model = json["model"], model.object != nil else {
      throw GenomeError("it has no 'model'; is this a tokenizer.json?")
    }
    if let version = json["version"], version != "1.0" {
      throw GenomeError("version is \(version.text.prefix(40)); 1.0 is read")
    }
    for member in ["truncation", "padding"] where json[member].isPresent {
      throw GenomeError("\(member) is set; set it to null, windows have a length of their own")
    }
    let rules = try TextRules(json)
    let vocabulary = try VocabularyMember(json, model)
    try TextRules.checkPostProcessor(json["post_processor"], vocabulary)
    // Files of the library's early years do not name the type of the model.
    let type = model["type"]?.string ?? (model["merges"] == nil ? "unnamed" : "BPE")
    switch type {
    case "BPE":
      if rules.pieces != .whole, rules.pieces != .words {
        throw GenomeError("pre_tokenizer cuts the sequence before byte pairs are merged")
      }
      self.init(try BytePairModel(model, vocabulary, rules))
    case "WordLevel":
      self.init(try Vocabulary(vocabulary, rules))
    default:
      throw GenomeError("model is \(type.prefix(40)); BPE and WordLevel are read")
    }
  }
}

extension JSON? {
  /// Whether a member is there and is not null.
  var isPresent: Bool { self != nil && self != .some(.null) }
}

extension BytePairModel {
  init(
    _ model: JSON, _ vocabulary: VocabularyMember, _ rules: TextRules
  ) throws(GenomeError) {
    if let dropout = model["dropout"]?.number, dropout != 0 {
      throw GenomeError("model.dropout is \(dropout); ids would be random")
    }
    for member in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let text = model[member]?.string, !text.isEmpty {
        throw GenomeError("model.\(member) is '\(text.prefix(40))', which is not supported")
      }
    }
    for member in ["byte_fallback", "ignore_merges"] where model[member] == true {
      throw GenomeError("model.\(member) is true, which is not supported")
    }
    guard let list = model["merges"]?.array else {
      throw GenomeError("model.merges is no list")
    }
    guard list.count <= BytePairModel.mostTokens else {
      throw GenomeError(
        "model.merges has \(list.count) entries; at most \(BytePairModel.mostTokens) are read")
    }
    var merges: [Merge] = []
    merges.reserveCapacity(list.count)
    for (rank, entry) in list.enumerated() {
      let parts =
        entry.array?.map { $0.string ?? "" }
        ?? entry.string?.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        ?? []
      guard parts.count == 2 else {
        throw GenomeError("model.merges[\(rank)] is not two tokens: \(entry.text.prefix(40))")
      }
      guard let left = vocabulary.ids[parts[0]], let right = vocabulary.ids[parts[1]],
        let result = vocabulary.ids[parts[0] + parts[1]]
      else {
        throw GenomeError(
          "model.merges[\(rank)] ('\(parts[0].prefix(40))', '\(parts[1].prefix(40))') names or makes a token "
            + "that is not in model.vocab")
      }
      merges.append(Merge(left: left, right: right, result: result))
    }
    try self.init(
      tokens: vocabulary.tokens, merges: merges, specials: vocabulary.specials,
      fusesUnknown: model["fuse_unk"] == true, folding: rules.folding)
  }
}

extension Vocabulary {
  init(_ vocabulary: VocabularyMember, _ rules: TextRules) throws(GenomeError) {
    let tokens = vocabulary.tokens
    guard let k = Vocabulary.allowedK.first(where: { 5 + 1 << (2 * $0) == tokens.count }) else {
      throw GenomeError(
        "model.vocab has \(tokens.count) words; k-mers have 5 + 4^k of them, k from 1 to 8")
    }
    switch rules.pieces {
    case .stretches(k): self.init(k: k, isOverlapping: k == 1)
    case .words: self.init(k: k, isOverlapping: true)
    case .stretches(let other):
      throw GenomeError("pre_tokenizer cuts \(other) letters at a time, the tokens have \(k)")
    case .whole:
      throw GenomeError("pre_tokenizer is null, so that a sequence would be a single word")
    }
    for (id, token) in tokens.enumerated() where text(Int32(id)) != token {
      throw GenomeError(
        "token \(id) is '\(token.prefix(40))' where '\(text(Int32(id)) ?? "")' belongs; k-mers must be in the "
          + "order of DNABERT's vocabularies")
    }
    guard rules.folding == BytePairModel.capitalBases || rules.folding == TextRules.asIs else {
      throw GenomeError("normalizer replaces letters in a way that k-mers do not support")
    }
  }
}
