import DNA
import Files
import Tokens

func readTokenizer(_ content: UnsafeRawBufferPointer) throws {
  let folder = try FuzzFolder()
  let tokenizer = try Tokenizer(reading: folder.write("tokenizer.json", content))
  var encoder = TokenEncoder(tokenizer)
  var encoded = EncodedBases()
  for text in ["", "GATTACANNgattacaRYACGT", String(repeating: "ACGGT", count: 100)] {
    encoder.encode(text: text, into: &encoded)
    precondition(encoded.ids.allSatisfy { tokenizer.text($0) != nil })
    precondition(encoded.starts.count == encoded.count && encoded.lengths.count == encoded.count)
  }
}
