extension ModelCardText {
  /// How a sequence is given to the tokenizer.
  private var cut: String {
    switch tokenization?.tokens {
    case .kmers(let k, isOverlapping: true) where k > 1:
      """
      # Overlapping k-mers, with spaces between: one begins at every base.
      kmers = " ".join(sequence[i:i + \(k)] for i in range(len(sequence) - \(k - 1)))
      inputs = tokenizer(kmers, return_tensors="pt")
      """
    case .kmers(let k, _) where k > 1:
      """
      # The tokenizer cuts the sequence into adjacent \(k)-mers; a shorter rest is dropped.
      inputs = tokenizer(sequence, return_tensors="pt")
      """
    default:
      """
      # The tokenizer cuts the sequence itself.
      inputs = tokenizer(sequence, return_tensors="pt")
      """
    }
  }

  /// How to load the model with a stock `transformers`, in Python.
  var use: String {
    let model = task == .maskedLanguage ? "BertForMaskedLM" : "BertModel"
    let options = task == .maskedLanguage ? "" : ", add_pooling_layer=False"
    let result =
      task == .maskedLanguage
      ? "logits = model(**inputs, token_type_ids=states).logits"
      : "hidden = model(**inputs, token_type_ids=states).last_hidden_state"
    return """
      ## Use

      The chromatin states are the model's `token_type_ids`: for each token the state at its centre base, 0 where
      there is none and for `[CLS]` and `[SEP]`.

      ```python
      import torch
      from transformers import AutoTokenizer, \(model)

      tokenizer = AutoTokenizer.from_pretrained(".")
      model = \(model).from_pretrained("."\(options)).eval()

      sequence = "ACGTTGCATTAGACCA" * 4
      \(cut)
      states = torch.zeros_like(inputs.input_ids)  # one state for each token
      with torch.no_grad():
          \(result)
      ```\(classifier)
      """
  }

  private var classifier: String {
    guard case .classifier(let settings) = task else { return "" }
    return """


      The classifier itself is beyond transformers: its tensors `head.dense` and `head.output` give the logit
      `output(gelu(dense(pool(hidden))))`, where `pool` is `\(settings.pooling.rawValue)` over the tokens of a bin.
      """
  }
}
