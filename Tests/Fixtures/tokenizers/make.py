#!/usr/bin/env python3
"""Makes the tokenizers and the expected ids of this folder with Hugging Face's tokenizers.

    python3 Tests/Fixtures/tokenizers/make.py

Needs tokenizers. The text is random, from a seed; README.md tells what each file is.
"""
import json
import random
from pathlib import Path

import tokenizers
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def text(rng, length):
    """Random sequence with repeats, so that there are pairs to merge."""
    motifs = ["".join(rng.choice("ACGT") for _ in range(rng.randrange(3, 12))) for _ in range(12)] + ["A" * 9, "CA" * 6]
    out = ""
    while len(out) < length:
        out += rng.choice(motifs) if rng.random() < 0.4 else rng.choice("ACGT")
    return out[:length]


def sequences(rng, count):
    """Known bases, small letters, N runs, IUPAC's letters."""
    made = []
    for number in range(count):
        letters = ["ACGT", "ACGTacgt", "ACGTN", "ACGTacgtnNRYSWKMBDHV"][number % 4]
        length = rng.randrange(1, 200)
        body = text(rng, length) if number % 4 == 0 else "".join(rng.choice(letters) for _ in range(length))
        made.append(body)
    return made


def save(name, tokenizer, rng, spaced=0):
    """The tokenizer and what it makes of 60 sequences, without special tokens."""
    tokenizer.save(str(HERE / f"{name}.json"))
    cases = []
    for sequence in sequences(rng, 60):
        given = " ".join(sequence[i : i + spaced] for i in range(len(sequence) - spaced + 1)) if spaced else sequence
        cases.append({"text": sequence, "ids": tokenizer.encode(given, add_special_tokens=False).ids})
    (HERE / f"{name}.ids.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


def frame(tokenizer, first="[CLS]", last="[SEP]"):
    ids = [(name, tokenizer.token_to_id(name)) for name in (first, last)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{first} $A {last}", special_tokens=ids)


def byte_pairs(rng, specials, size, **options):
    tokenizer = Tokenizer(models.BPE(unk_token=specials[1] if "<unk>" in specials else "[UNK]"))
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=specials, show_progress=False, **options)
    lines = [text(rng, 500) for _ in range(60)]
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer, lines


def kmers(k):
    words = SPECIALS[:]
    for rank in range(4**k):
        words.append("".join("ATCG"[rank >> 2 * (k - 1 - at) & 3] for at in range(k)))
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.add_special_tokens(SPECIALS)
    frame(tokenizer)
    return tokenizer


capitals = [normalizers.Replace(letter, letter.upper()) for letter in "acgt"]
rng = random.Random(20)

# DNABERT-2's kind: its order of special tokens, Whitespace before, [CLS] and [SEP] around; small letters unknown.
tokenizer, _ = byte_pairs(rng, ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"], 120)
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
frame(tokenizer)
save("dnabert2-kind", tokenizer, rng)

# Other names of the special tokens, unknown letters fused, small letters, N a letter of its own.
tokenizer, _ = byte_pairs(rng, ["<s>", "<unk>", "</s>", "<pad>", "<mask>"], 80, initial_alphabet=["N"])
tokenizer.model.fuse_unk = True
tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), *capitals])
frame(tokenizer, "<s>", "</s>")
save("roberta-kind", tokenizer, rng)

# Trained on the text beside it, to compare trainers.
tokenizer, lines = byte_pairs(rng, SPECIALS, 300)
tokenizer.save(str(HERE / "trained.json"))
(HERE / "trained.txt").write_text("\n".join(lines) + "\n")
limited = Tokenizer(models.BPE(unk_token="[UNK]"))
limited.train_from_iterator(
    lines, trainers.BpeTrainer(vocab_size=300, min_frequency=20, max_token_length=5, special_tokens=SPECIALS, show_progress=False))
limited.save(str(HERE / "trained-limited.json"))

# k-mers end to end; and with spaces between.
tokenizer = kmers(3)
tokenizer.normalizer = normalizers.Sequence([*capitals, normalizers.Replace(Regex(r"\s+"), "")])
tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(".{3}"), "removed", invert=True)
save("adjacent-3mers", tokenizer, rng)
tokenizer = kmers(2)
tokenizer.normalizer = normalizers.Sequence(capitals)
tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
save("overlapping-2mers", tokenizer, rng, spaced=2)
print("tokenizers", tokenizers.__version__)
