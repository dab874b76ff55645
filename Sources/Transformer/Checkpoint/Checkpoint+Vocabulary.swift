import DNA
import Files
import Tokens

extension Checkpoint {
  static let vocabularyName = "vocab.txt"
  static let tokenizerName = "tokenizer.json"

  /// The most tokens that are read: as many as `BertConfiguration` allows.
  private static let mostTokens = 1 << 24

  /// The tokens of `vocab.txt` or, where there is none, of `tokenizer.json`, by id; nil where the
  /// checkpoint has neither.
  ///
  /// Of `tokenizer.json` byte pairs can be read and lists of words: the models WordLevel and, since its words
  /// that are whole tokens mean the same, WordPiece.
  /// - Throws: `FileError`, or `ModelError` naming the file and why its tokens cannot be read.
  public func tokens() throws -> [String]? {
    let path = "\(directory)/\(Checkpoint.vocabularyName)"
    if Path.exists(path) { return Checkpoint.tokens(ofVocabulary: try Path.readText(path)) }
    let tokenizer = "\(directory)/\(Checkpoint.tokenizerName)"
    guard Path.exists(tokenizer) else { return nil }
    do {
      return try Checkpoint.tokens(ofTokenizer: JSON.read(tokenizer, limit: 1 << 28))
    } catch let error as ModelError {
      throw ModelError("\(tokenizer): \(error)")
    }
  }

  /// Checks that the checkpoint's tokens are those of a tokenizer, id by id, and made in the same way. A
  /// checkpoint without a vocabulary passes: its ids cannot be told from others'.
  ///
  /// - Throws: `ModelError` naming the first id that means something else.
  public func checkTokens(against tokenizer: Tokenizer) throws {
    if let merges = try tokenizerOfBytePairs(), case .bytePairs(let own) = merges.model {
      guard case .bytePairs(let other) = tokenizer.model else {
        throw ModelError(
          "\(directory): the model reads \(merges.description), the corpus has \(tokenizer.description)"
        )
      }
      if own.tokens == other.tokens, own != other {
        throw ModelError(
          "\(directory): the model's tokens are the corpus's, but made by other merges: its weights belong to "
            + "another vocabulary")
      }
    }
    guard let own = try tokens() else { return }
    let other = tokenizer.tokens
    guard let id = zip(own, other).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
      return
    }
    throw ModelError(
      "\(directory): token \(id) is '\(own[id].prefix(40))' to the model and '\(other[id].prefix(40))' to the "
        + "corpus: its weights belong to another vocabulary")
  }

  /// The checkpoint's tokenizer, where it has one of byte pairs.
  ///
  /// - Throws: `FileError`, or `ModelError` naming what in the file is not supported.
  public func tokenizerOfBytePairs() throws -> Tokenizer? {
    let path = "\(directory)/\(Checkpoint.tokenizerName)"
    guard Path.exists(path) else { return nil }
    let json = try JSON.read(path, limit: 1 << 28)
    guard json["model"]?["type"] == "BPE" else { return nil }
    do {
      return try Tokenizer(json: json)
    } catch {
      throw ModelError("\(path): \(error.reason)")
    }
  }

  /// One token a line; a line may end as on Windows.
  static func tokens(ofVocabulary text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map(String.init)
  }

  /// The words of a `tokenizer.json`, which must have the ids 0, 1, 2 and so on.
  static func tokens(ofTokenizer json: JSON) throws(ModelError) -> [String] {
    guard let model = json["model"] else { throw ModelError("no tokenizer: it has no 'model'") }
    let type = model["type"]?.string ?? "unnamed"
    if type == "BPE" {
      do { return try Tokenizer(json: json).tokens } catch { throw ModelError(error.reason) }
    }
    guard type == "WordLevel" || type == "WordPiece" else {
      throw ModelError(
        "its model is \(type.prefix(40)); byte pairs (BPE) and lists of words (WordLevel, WordPiece) are read"
      )
    }
    guard let words = model["vocab"]?.object else { throw ModelError("its model has no 'vocab'") }
    var entries = words.map { ($0.key, $0.value.integer) }
    for added in json["added_tokens"]?.array ?? [] {
      guard let name = added["content"]?.string, words[name] == nil else { continue }
      entries.append((name, added["id"]?.integer))
    }
    guard entries.count <= mostTokens else { throw ModelError("more than \(mostTokens) tokens") }
    var tokens = [String?](repeating: nil, count: entries.count)
    for (name, id) in entries {
      guard let id, tokens.indices.contains(id) else {
        throw ModelError(
          "token '\(name.prefix(40))' has no id from 0 to \(tokens.count - 1); ids must have no gaps"
        )
      }
      if let other = tokens[id] {
        throw ModelError("tokens '\(other.prefix(40))' and '\(name.prefix(40))' share the id \(id)")
      }
      tokens[id] = name
    }
    return tokens.compactMap(\.self)
  }
}
