/// A scatter, a gather and a published result: as little as an engine can be disturbed in.
enum LettersWorkflow {
  /// Its result is `results/NAME/word.txt`, two lines: a, b.
  static func text(name: String) -> String {
    """
    flow: 1
    name: \(name)
    steps:
      letters:
        foreach: {letter: [a, b]}
        with: {letter: $each.letter}
        shell: echo "$letter" > "$file"
        outputs: {file: file.txt}
      word:
        inputs: {letters: $steps.letters.file}
        shell: cat "${letters[@]}" > "$word"
        outputs: {word: word.txt}
    outputs: {word.txt: $steps.word.word}
    """
  }
}
