import Files
import Tokens

/// The files from which Hugging Face's `AutoTokenizer` makes the tokenizer of a model: `tokenizer.json`
/// (`Tokenizer.json`), `tokenizer_config.json`, and for k-mers `vocab.txt` for programs of DNABERT's age.
struct TokenizerFiles {
  let tokenizer: Tokenizer
  /// The longest sequence in tokens, special ones included.
  let maximumLength: Int

  func write(to directory: String) throws(FileError) {
    // Byte pairs are more than a list of words, and who reads one would cut words as WordPiece does.
    if let kmers = tokenizer.kmers {
      try kmers.write(to: "\(directory)/\(Checkpoint.vocabularyName)")
    }
    try tokenizer.write(to: "\(directory)/\(Checkpoint.tokenizerName)")
    try WholeFile.write(settings.prettyText, to: "\(directory)/tokenizer_config.json")
  }

  /// `tokenizer_config.json`.
  ///
  /// `BertTokenizer` would cut words as WordPiece does; `token_type_ids` are not among the inputs,
  /// since they are states, which no text tells.
  var settings: JSON {
    let specials = tokenizer.specials
    func text(_ id: Int32) -> JSON { .string(tokenizer.text(id) ?? "") }
    return [
      "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": .integer(maximumLength),
      "model_input_names": ["input_ids", "attention_mask"], "padding_side": "right",
      "clean_up_tokenization_spaces": false, "pad_token": text(specials.pad),
      "unk_token": text(specials.unknown), "cls_token": text(specials.classification),
      "sep_token": text(specials.separator), "mask_token": text(specials.mask),
    ]
  }
}
