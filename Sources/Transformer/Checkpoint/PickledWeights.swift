import Files

/// Weights as Python pickles, which are never read: a pickle is a program
/// (https://docs.python.org/3/library/pickle.html, CVE-2025-32434).
enum PickledWeights {
  private static let names = ["pytorch_model.bin", "model.bin", "pytorch_model.pt", "model.pt"]

  /// Does nothing where a directory holds no weights as a pickle.
  ///
  /// - Throws: `ModelError` that says how to convert them.
  static func refuse(_ directory: String) throws(ModelError) {
    if Path.exists("\(directory)/pytorch_model.bin.index.json") {
      throw ModelError(
        """
        \(directory) has its weights in several Python pickles, which can run any code when they are read and are \
        not read here. Where you trust them, convert them, with torch and transformers installed:
          python3 -c 'import sys; from transformers import BertForMaskedLM as M; \
        M.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[2])' FROM TO
        and copy vocab.txt
        """)
    }
    guard let name = names.first(where: { Path.exists("\(directory)/\($0)") }) else { return }
    throw ModelError(
      """
      \(directory) has its weights as \(name), a Python pickle, which can run any code when it is read and is not \
      read here. Where you trust it, convert it in that directory, with torch and safetensors installed:
        python3 - <<END
        import torch, safetensors.torch
        weights = torch.load("\(name)", map_location="cpu", weights_only=True)
        weights = {name: tensor.clone().contiguous() for name, tensor in weights.items()}
        safetensors.torch.save_file(weights, "model.safetensors", metadata={"format": "pt"})
        END
      """)
  }
}
