import DNA
import Files

extension Tokenizer {
  /// The tokenizer as a `tokenizer.json` of Hugging Face's tokenizers, from which `AutoTokenizer` and
  /// `tokenizers.Tokenizer.from_file` give the ids that we give.
  ///
  /// Format: https://huggingface.co/docs/tokenizers/api/tokenizer and the code of that library. k-mers are a
  /// WordLevel model, byte pairs a BPE model. Sequences are cut by the tokenizer itself, white space dropped
  /// first and an incomplete k-mer at the end last. Overlapping k-mers are the exception: no pre-tokenizer of
  /// that library gives pieces that overlap, so there the text must hold the k-mers, with white space between.
  public var json: JSON {
    [
      "version": "1.0", "truncation": .null, "padding": .null,
      "added_tokens": .array(
        specials.ids.sorted().map { id in
          [
            "id": .integer(Int(id)), "content": .string(text(id) ?? ""), "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": false, "special": true,
          ]
        }),
      "normalizer": ["type": "Sequence", "normalizers": .array(normalizers)],
      "pre_tokenizer": preTokenizer, "post_processor": template, "decoder": .null,
      "model": modelJSON,
    ]
  }

  /// Writes `json`, laid out for people.
  public func write(to path: String) throws(FileError) {
    try WholeFile.write(json.prettyText, to: path)
  }

  /// A SHA-256 over all that decides ids, in hexadecimal: equal for tokenizers that do the same.
  public var fingerprint: String {
    let kind = kmers.map { $0.isOverlapping && $0.k > 1 ? "overlapping\n" : "cut\n" } ?? "pairs\n"
    return StreamingHash.sha256(of: kind + json.text)
  }

  /// Whether the exported tokenizer cuts sequences itself.
  private var cutsSequences: Bool { kmers.map { !$0.isOverlapping || $0.k == 1 } ?? true }

  /// Soft-masked bases are bases; the lines of a FASTA record are one sequence.
  private var normalizers: [JSON] {
    let folding: [UInt8]
    switch model {
    case .kmers: folding = BytePairModel.capitalBases
    case .bytePairs(let pairs): folding = pairs.folding
    }
    let replaced = (UInt8(0)..<128).filter { folding[Int($0)] != $0 }.map { byte -> JSON in
      let other = String(UnicodeScalar(folding[Int(byte)]))
      return [
        "type": "Replace", "pattern": ["String": .string(String(UnicodeScalar(byte)))],
        "content": .string(other),
      ]
    }
    let joined: JSON = ["type": "Replace", "pattern": ["Regex": #"\s+"#], "content": ""]
    return cutsSequences ? replaced + [joined] : replaced
  }

  private var preTokenizer: JSON {
    guard let k = kmers?.k else { return .null }
    guard cutsSequences else { return ["type": "WhitespaceSplit"] }
    // Inverted, the pattern is what stays, and what it does not match, the tail, is removed.
    return [
      "type": "Split", "pattern": ["Regex": .string(".{\(k)}")], "behavior": "Removed",
      "invert": true,
    ]
  }

  /// [CLS] sequence [SEP]. Types are all 0, state "none": the states come from elsewhere.
  private var template: JSON {
    let first = text(specials.classification) ?? ""
    let last = text(specials.separator) ?? ""
    func special(_ name: String) -> JSON {
      ["SpecialToken": ["id": .string(name), "type_id": 0]]
    }
    func sequence(_ name: String) -> JSON {
      ["Sequence": ["id": .string(name), "type_id": 0]]
    }
    func entry(_ name: String, _ id: Int32) -> JSON {
      ["id": .string(name), "ids": [.integer(Int(id))], "tokens": [.string(name)]]
    }
    return [
      "type": "TemplateProcessing",
      "single": [special(first), sequence("A"), special(last)],
      "pair": [
        special(first), sequence("A"), special(last), sequence("B"), special(last),
      ],
      "special_tokens": [
        first: entry(first, specials.classification), last: entry(last, specials.separator),
      ],
    ]
  }

  private var modelJSON: JSON {
    var ids: [String: JSON] = [:]
    for (id, token) in tokens.enumerated() { ids[token] = .integer(id) }
    let unknown = JSON.string(text(specials.unknown) ?? "")
    guard case .bytePairs(let pairs) = model else {
      return ["type": "WordLevel", "vocab": .object(ids), "unk_token": unknown]
    }
    let merges = pairs.merges.map { merge in
      "\(pairs.tokens[Int(merge.left)]) \(pairs.tokens[Int(merge.right)])"
    }
    return [
      "type": "BPE", "dropout": .null, "unk_token": unknown, "continuing_subword_prefix": .null,
      "end_of_word_suffix": .null, "fuse_unk": .boolean(pairs.fusesUnknown),
      "byte_fallback": false, "ignore_merges": false, "vocab": .object(ids),
      "merges": .array(merges.map(JSON.string)),
    ]
  }
}
