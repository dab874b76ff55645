import Files

/// The files from which Hugging Face's `AutoTokenizer` makes the tokenizer of a model: `tokenizer.json`,
/// `tokenizer_config.json`, and `vocab.txt` for programs of DNABERT's age.
///
/// Format: https://huggingface.co/docs/tokenizers/api/tokenizer and the code of that library, which
/// `tokenizers.Tokenizer.from_file` runs. The model is WordLevel: a word is a token or unknown.
///
/// Adjacent k-mers are cut from the sequence by the tokenizer itself; white space is dropped first and an
/// incomplete k-mer at the end last. Overlapping k-mers cannot be cut by any pre-tokenizer of that
/// library, whose pieces never overlap: there the text must hold the k-mers, with white space between.
struct TokenizerFiles {
  /// By id.
  let tokens: [String]
  /// How k-mers are laid along a sequence; nil where that is not known, and words stand between spaces.
  let tokenization: Tokenization?
  /// The longest sequence in tokens, special ones included.
  let maximumLength: Int

  /// By role, as transformers names them.
  private static let roles = [
    "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
    "mask_token": "[MASK]",
  ]

  /// - Parameter vocabulary: one token a line, in the order of the ids.
  init(vocabulary: String, tokenization: Tokenization?, maximumLength: Int) {
    tokens = Checkpoint.tokens(ofVocabulary: vocabulary)
    self.tokenization = tokenization
    self.maximumLength = maximumLength
  }

  func write(to directory: String) throws(FileError) {
    try WholeFile.write(
      tokens.map { $0 + "\n" }.joined(), to: "\(directory)/\(Checkpoint.vocabularyName)")
    try WholeFile.write(tokenizer.prettyText, to: "\(directory)/\(Checkpoint.tokenizerName)")
    try WholeFile.write(settings.prettyText, to: "\(directory)/tokenizer_config.json")
  }

  /// `tokenizer.json`.
  var tokenizer: JSON {
    let ids = Dictionary(tokens.enumerated().map { ($1, $0) }) { first, _ in first }
    let special = TokenizerFiles.roles.values.compactMap { name in ids[name].map { (name, $0) } }
      .sorted { $0.1 < $1.1 }
    return [
      "version": "1.0", "truncation": .null, "padding": .null,
      "added_tokens": .array(
        special.map { name, id in
          [
            "id": .integer(id), "content": .string(name), "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false, "special": true,
          ]
        }),
      "normalizer": ["type": "Sequence", "normalizers": .array(normalizers)],
      "pre_tokenizer": preTokenizer, "post_processor": template(ids), "decoder": .null,
      "model": [
        "type": "WordLevel", "vocab": .object(ids.mapValues { .integer($0) }),
        "unk_token": "[UNK]",
      ],
    ]
  }

  private var cutsSequence: Bool { tokenization.map { !$0.isOverlapping } ?? false }

  /// Soft-masked bases are bases; the lines of a FASTA record are one sequence.
  private var normalizers: [JSON] {
    guard tokenization != nil else { return [] }
    let capitals = [("a", "A"), ("c", "C"), ("g", "G"), ("t", "T")].map { small, capital -> JSON in
      ["type": "Replace", "pattern": ["String": .string(small)], "content": .string(capital)]
    }
    let joined: JSON = ["type": "Replace", "pattern": ["Regex": #"\s+"#], "content": ""]
    return cutsSequence ? capitals + [joined] : capitals
  }

  private var preTokenizer: JSON {
    guard cutsSequence, let k = tokenization?.k else { return ["type": "WhitespaceSplit"] }
    // Inverted, the pattern is what stays, and what it does not match, the tail, is removed.
    return [
      "type": "Split", "pattern": ["Regex": .string(".{\(k)}")], "behavior": "Removed",
      "invert": true,
    ]
  }

  /// [CLS] sequence [SEP]. Types are all 0, state "none": the states come from elsewhere.
  private func template(_ ids: [String: Int]) -> JSON {
    let (first, last) = ("[CLS]", "[SEP]")
    guard let firstID = ids[first], let lastID = ids[last] else { return .null }
    func special(_ name: String) -> JSON {
      ["SpecialToken": ["id": .string(name), "type_id": 0]]
    }
    func sequence(_ name: String) -> JSON {
      ["Sequence": ["id": .string(name), "type_id": 0]]
    }
    func entry(_ name: String, _ id: Int) -> JSON {
      ["id": .string(name), "ids": [.integer(id)], "tokens": [.string(name)]]
    }
    return [
      "type": "TemplateProcessing",
      "single": [special(first), sequence("A"), special(last)],
      "pair": [
        special(first), sequence("A"), special(last), sequence("B"), special(last),
      ],
      "special_tokens": [first: entry(first, firstID), last: entry(last, lastID)],
    ]
  }

  /// `tokenizer_config.json`.
  ///
  /// `BertTokenizer` would cut words as WordPiece does; `token_type_ids` are not among the inputs,
  /// since they are states, which no text tells.
  var settings: JSON {
    var settings: [String: JSON] = [
      "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": .integer(maximumLength),
      "model_input_names": ["input_ids", "attention_mask"], "padding_side": "right",
      "clean_up_tokenization_spaces": false,
    ]
    for (role, name) in TokenizerFiles.roles where tokens.contains(name) {
      settings[role] = .string(name)
    }
    return .object(settings)
  }
}
