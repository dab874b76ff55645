#!/usr/bin/env python3
"""Checks tokenizers against Hugging Face's tokenizers, both ways.

    scripts/check-tokenizers.py [--flow .build/release/flow] [--sequences 10000] [--seed 1]

Ours in theirs: nucleotides, k-mers end to end and overlapping, and byte pairs trained here are exported; the library
reads the files and must give the same ids for random sequences with small letters, N and IUPAC's other letters.
Theirs in ours: byte pairs trained by the library, in several layouts, give the same ids in `tokenize/encode`.
Trainers: `tokenize/train-bpe` and BpeTrainer make the same merges from the same chunks.

Sequences are synthetic. Needs tokenizers. Exit status 1 where a check fails.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
failures = 0


def report(check, result, ok):
    global failures
    failures += not ok
    print(f"{'ok  ' if ok else 'FAIL'}  {check:48}  {result}", flush=True)


def random_text(rng, length, motifs):
    out = []
    size = 0
    while size < length:
        piece = rng.choice(motifs) if rng.random() < 0.3 else rng.choice("ACGT")
        out.append(piece)
        size += len(piece)
    return "".join(out)[:length]


def sequences(rng, count):
    """By turns: known bases; small letters too; N too; all letters of IUPAC's alphabet in both cases."""
    motifs = ["".join(rng.choice("ACGT") for _ in range(rng.randrange(4, 20))) for _ in range(40)] + ["A" * 20, "CA" * 10]
    letters = ["ACGT", "ACGTacgt", "ACGTACGTN", "ACGTacgtACGTacgtNRYSWKMBDHVnryswkmbdhv"]
    made = []
    for number in range(count):
        length = rng.randrange(8, 300)
        if number % 4 == 0:
            made.append(random_text(rng, length, motifs))
        else:
            made.append("".join(rng.choice(letters[number % 4]) for _ in range(length)))
    return made


class Flow:
    def __init__(self, path, folder):
        self.path, self.folder, self.runs = path, folder, 0

    def __call__(self, operation, **options):
        self.runs += 1
        out = Path(self.folder, f"run{self.runs}")
        words = [w for key, value in options.items() for w in ("--" + key.replace("_", "-"), str(value))]
        run = subprocess.run([self.path, "tokenize", operation, *words, "--output-dir", str(out)], capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"flow tokenize {operation} failed:\n{run.stderr}")
        return out

    def ids(self, out):
        return [json.loads(line)["ids"] for line in Path(out, "tokens.jsonl").read_text().splitlines()]


def compare(name, ours, theirs):
    different = sum(a != b for a, b in zip(ours, theirs)) + abs(len(ours) - len(theirs))
    report(name, f"{len(theirs)} sequences, {sum(map(len, theirs))} ids, {different} differ", different == 0)


def spaced(text, k):
    return " ".join(text[at : at + k] for at in range(len(text) - k + 1))


def check_exports(flow, fasta, texts, trained):
    for k, overlapping in [(1, True), (3, True), (6, True), (8, True), (2, False), (3, False), (6, False)]:
        name = "nucleotides" if k == 1 else f"{'overlapping' if overlapping else 'adjacent'} {k}-mers"
        out = flow("encode", sequence=fasta, k=k, overlapping=str(overlapping).lower())
        library = Tokenizer.from_file(str(out / "tokenizer.json"))
        given = [spaced(text, k) for text in texts] if overlapping and k > 1 else texts
        compare(f"ours in theirs: {name}", flow.ids(out), [e.ids for e in library.encode_batch(given, add_special_tokens=False)])
    out = flow("encode", sequence=fasta, tokenizer=trained)
    library = Tokenizer.from_file(str(trained))
    compare("ours in theirs: byte pairs", flow.ids(out), [e.ids for e in library.encode_batch(texts, add_special_tokens=False)])
    framed = library.encode(texts[0])
    report("ours in theirs: [CLS] and [SEP]", framed.tokens[:1] + framed.tokens[-1:], (framed.ids[0], framed.ids[-1]) == (2, 3))


def check_imports(flow, fasta, texts, lines, folder):
    capitals = normalizers.Sequence([normalizers.Replace(a, a.upper()) for a in "acgt"])
    for name, specials, prepare in [
        ("as DNABERT-2", ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"], lambda t: setattr(t, "pre_tokenizer", pre_tokenizers.Whitespace())),
        ("with BertPreTokenizer", SPECIALS, lambda t: setattr(t, "pre_tokenizer", pre_tokenizers.BertPreTokenizer())),
        ("with unknown letters fused", SPECIALS, lambda t: setattr(t.model, "fuse_unk", True)),
    ]:
        for size in [64, 512, 4096]:
            library = Tokenizer(models.BPE(unk_token="[UNK]"))
            library.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=size, special_tokens=specials, show_progress=False))
            prepare(library)
            library.normalizer = capitals
            ids = [(token, library.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
            library.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ids)
            path = Path(folder, "theirs.json")
            library.save(str(path))
            out = flow("encode", sequence=fasta, tokenizer=path)
            compare(f"theirs in ours: {size} byte pairs {name}", flow.ids(out), [e.ids for e in library.encode_batch(texts, add_special_tokens=False)])


def check_trainers(flow, rng, folder):
    for chunk, size in [(50, 200), (1000, 1000), (1000, 4096)]:
        motifs = ["".join(rng.choice("ACGT") for _ in range(rng.randrange(4, 30))) for _ in range(60)] + ["A" * 30, "TG" * 15]
        text = random_text(rng, 200_000, motifs)
        fasta = Path(folder, "train.fa")
        fasta.write_text(f">x\n{text}\n")
        out = flow("train-bpe", sequence=fasta, vocabulary_size=size, min_frequency=1, chunk=chunk, sample_bases=0)
        library = Tokenizer(models.BPE(unk_token="[UNK]"))
        lines = [text[at : at + chunk] for at in range(0, len(text), chunk)]
        library.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=size, special_tokens=SPECIALS, show_progress=False))
        theirs = json.loads(library.to_str())["model"]
        ours = json.loads((out / "tokenizer.json").read_text())["model"]
        merges = [merge.split(" ") for merge in ours["merges"]]
        same = merges == [list(merge) for merge in theirs["merges"]] and ours["vocab"] == theirs["vocab"]
        report(f"trainers: chunks of {chunk}, {size} tokens", f"{len(merges)} merges, {'the same' if same else 'NOT the same'}", same)
    return out / "tokenizer.json", lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flow", default=".build/release/flow")
    parser.add_argument("--sequences", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"tokenizers {tokenizers.__version__}")
    rng = random.Random(arguments.seed)
    texts = sequences(rng, arguments.sequences)
    with tempfile.TemporaryDirectory() as folder:
        fasta = Path(folder, "sequences.fa")
        fasta.write_text("".join(f">s{number}\n{text}\n" for number, text in enumerate(texts)))
        flow = Flow(arguments.flow, folder)
        trained, lines = check_trainers(flow, rng, folder)
        check_exports(flow, fasta, texts, trained)
        check_imports(flow, fasta, texts, lines, folder)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
