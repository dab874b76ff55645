import DNA
import Files
import FlowTesting
import Testing

@testable import Tokens

/// Files and ids in Tests/Fixtures/tokenizers are made by Hugging Face's tokenizers.
@Suite struct TokenizerReadTests {

  @Test(arguments: ["dnabert2-kind", "roberta-kind", "adjacent-3mers", "overlapping-2mers"])
  func idsAreThoseOfTheTokenizersLibrary(name: String) throws {
    let tokenizer = try Tokenizer(reading: "\(tokenizerFixtures)/\(name).json")
    let cases = try JSON.read("\(tokenizerFixtures)/\(name).ids.json").array ?? []
    #expect(cases.count == 60)
    var encoder = TokenEncoder(tokenizer)
    var output = EncodedBases()
    for item in cases {
      let text = item["text"]?.string ?? ""
      encoder.encode(text: text, into: &output)
      #expect(
        output.ids == item["ids"]?.array?.compactMap { $0.integer.map(Int32.init) }, "\(text)")
    }
  }

  @Test func rolesAreFoundByName() throws {
    let dnabert2 = try Tokenizer(reading: "\(tokenizerFixtures)/dnabert2-kind.json")
    #expect(
      dnabert2.specials
        == SpecialTokens(pad: 3, unknown: 0, classification: 1, separator: 2, mask: 4))
    #expect(dnabert2.count == 120 && dnabert2.kmers == nil)
    let roberta = try Tokenizer(reading: "\(tokenizerFixtures)/roberta-kind.json")
    #expect(
      roberta.specials
        == SpecialTokens(pad: 3, unknown: 1, classification: 0, separator: 2, mask: 4))
    #expect(
      try Tokenizer(reading: "\(tokenizerFixtures)/adjacent-3mers.json")
        == Tokenizer(Vocabulary(k: 3, isOverlapping: false)))
  }

  /// A small file that is good, with one member of it changed.
  private func changed(_ path: [String], to value: JSON?) throws -> JSON {
    func change(_ json: JSON, _ path: ArraySlice<String>) -> JSON {
      guard let key = path.first else { return json }
      var object = json.object ?? [:]
      object[key] =
        path.count == 1 ? value : change(object[key] ?? .object([:]), path.dropFirst())
      return .object(object)
    }
    let good: JSON = [
      "version": "1.0", "truncation": .null, "padding": .null, "added_tokens": [],
      "normalizer": .null, "pre_tokenizer": ["type": "Whitespace"], "post_processor": .null,
      "decoder": .null,
      "model": [
        "type": "BPE", "unk_token": "[UNK]",
        "vocab": [
          "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "A": 5, "C": 6, "AC": 7,
        ], "merges": ["A C"],
      ],
    ]
    return change(good, path[...])
  }

  @Test func mergesMayBeTextsOrPairs() throws {
    let texts = try Tokenizer(json: changed(["decoder"], to: ["type": "BPEDecoder"]))
    #expect(try Tokenizer(json: changed(["model", "merges"], to: [["A", "C"]])) == texts)
    #expect(try Tokenizer(json: changed(["model", "type"], to: nil)) == texts)
  }

  @Test(
    arguments: [
      (["model"], .null, "it has no 'model'"), (["version"], "2.0", "version is"),
      (["truncation"], ["max_length": 512], "truncation is set"),
      (["padding"], ["pad_id": 0], "padding is set"),
      (["model", "type"], "Unigram", "model is Unigram"),
      (["model", "dropout"], 0.1, "dropout is 0.1"),
      (["model", "continuing_subword_prefix"], "##", "continuing_subword_prefix is '##'"),
      (["model", "end_of_word_suffix"], "</w>", "end_of_word_suffix"),
      (["model", "byte_fallback"], true, "byte_fallback is true"),
      (["model", "ignore_merges"], true, "ignore_merges is true"),
      (["model", "unk_token"], .null, "unk_token is null"),
      (["model", "merges"], ["A"], "merges[0] is not two tokens"),
      (["model", "merges"], ["A G"], "merges[0] ('A', 'G') names or makes a token"),
      (["model", "merges"], ["C A"], "that is not in model.vocab"),
      (["model", "vocab"], ["[PAD]": 0, "A": 2], "ids must have no gaps"),
      (["model", "vocab"], ["[PAD]": 0, "A": 0], "share the id 0"),
      (["model", "vocab"], ["A": 0], "no token for padding"),
      (["added_tokens"], [["content": "GATTACA", "id": 8]], "all letters"),
      (["added_tokens"], [["content": "[CLS]", "id": 3]], "has another id"),
      (["normalizer"], ["type": "Prepend"], "normalizer 'Prepend' is not supported"),
      (
        ["normalizer"], ["type": "Replace", "pattern": ["Regex": "[acgt]"], "content": ""],
        "normalizer Replace"
      ),
      (["pre_tokenizer"], ["type": "ByteLevel"], "pre_tokenizer 'ByteLevel' is not supported"),
      (
        ["pre_tokenizer"],
        ["type": "Split", "pattern": ["Regex": ".{3}"], "behavior": "Isolated", "invert": false],
        "pre_tokenizer Split"
      ),
      (["post_processor"], ["type": "ByteLevel"], "post_processor 'ByteLevel'"),
      (
        ["post_processor"], ["type": "BertProcessing", "cls": ["[PAD]", 0], "sep": ["[SEP]", 3]],
        "frames a sequence with tokens"
      ),
    ] as [([String], JSON, String)])
  func whatIsNotSupportedIsRefusedByName(path: [String], value: JSON, reason: String) throws {
    let json = try changed(path, to: value)
    let error = #expect(throws: GenomeError.self) { try Tokenizer(json: json) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test func sequencesInSequencesEnd() throws {
    var nested: JSON = ["type": "Lowercase"]
    for _ in 0..<9 { nested = ["type": "Sequence", "normalizers": [nested]] }
    let json = try changed(["normalizer"], to: nested)
    let error = #expect(throws: GenomeError.self) { try Tokenizer(json: json) }
    #expect(error?.description.contains("deep") == true)
  }

  @Test func aFileOfSmallLettersReadsBasesAllTheSame() throws {
    var json = try changed(["normalizer"], to: ["type": "Lowercase"])
    let vocabulary: JSON = [
      "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5, "c": 6, "ac": 7,
    ]
    var model = json["model"]?.object ?? [:]
    model["vocab"] = vocabulary
    model["merges"] = ["a c"]
    var members = json.object ?? [:]
    members["model"] = .object(model)
    json = .object(members)
    var encoder = TokenEncoder(try Tokenizer(json: json))
    var output = EncodedBases()
    let codes: [UInt8] = [0, 2, 0, 1]
    codes.withUnsafeBufferPointer { encoder.encode($0, into: &output) }
    #expect(output.ids == [7, 5, 1])
  }
}
