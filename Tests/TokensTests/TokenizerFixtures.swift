import FlowTesting

/// Tokenizers and ids made by Hugging Face's tokenizers; README.md there tells how.
let tokenizerFixtures = "\(Built.sourceTree())/Tests/Fixtures/tokenizers"
