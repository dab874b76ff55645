#!/usr/bin/env python3
"""How many tokens a second: `flow bench tokens`, Hugging Face's tokenizers, and DNABERT's way, in one run.

    tokens_speed.py --flow .build/release/flow [--corpus DIR] [--rounds 3]

All make masked windows of 510 overlapping 6-mers, on one thread, masked as each of them does it:
- flow: windows drawn from the corpus on disk, tokens, the chromatin state of each, 15 % masked in spans of 6.
- tokenizers (Hugging Face): WordLevel over 6-mers that are written with spaces between, which it needs and which is
  not counted; no states; masked by transformers' rule with numpy (DataCollatorForLanguageModeling: independent).
- tokenizers, one window a call, and `encode_batch`, whichever is faster; RAYON_NUM_THREADS=1.
- DNABERT (https://github.com/jerryji1993/DNABERT): k-mer strings cut in Python, looked up in a dictionary as its
  BertTokenizer does, masked by spans as its `mask_tokens` does, in Python.
Rounds alternate, the best of each counts. Prints a line of JSON. Needs numpy and tokenizers.
"""

import argparse
import itertools
import json
import os
import random
import subprocess
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import numpy
import tokenizers

K, LENGTH, WINDOWS, RATE = 6, 512, 256, 0.15
BASES = LENGTH - 2 + K - 1
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
VOCABULARY = {
    token: number
    for number, token in enumerate(SPECIALS + ["".join(letters) for letters in itertools.product("ATCG", repeat=K)])
}
MASK = VOCABULARY["[MASK]"]


def windows(generator):
    return ["".join(generator.choices("ACGT", k=BASES)) for _ in range(WINDOWS)]


def spaced(window):
    return " ".join(window[i : i + K] for i in range(len(window) - K + 1))


def hugging_face():
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def mask_arrays(ids, generator):
    """transformers' DataCollatorForLanguageModeling, in numpy."""
    labels = ids.copy()
    chosen = (generator.random(ids.shape) < RATE) & (ids >= len(SPECIALS))
    labels[~chosen] = -100
    fate = generator.random(ids.shape)
    ids[chosen & (fate < 0.8)] = MASK
    changed = chosen & (fate >= 0.8) & (fate < 0.9)
    ids[changed] = generator.integers(len(SPECIALS), len(VOCABULARY), changed.sum())
    return ids, labels


def time_hugging_face(tokenizer, texts, batched, generator):
    start = time.perf_counter()
    encoded = tokenizer.encode_batch(texts) if batched else [tokenizer.encode(text) for text in texts]
    mask_arrays(numpy.array([one.ids for one in encoded], numpy.int32), generator)
    return WINDOWS * LENGTH / (time.perf_counter() - start)


def time_dnabert(sequences, generator):
    start = time.perf_counter()
    for sequence in sequences:
        kmers = spaced(sequence).split()
        ids = [2] + [VOCABULARY.get(kmer, 1) for kmer in kmers] + [3]
        labels = [-100] * len(ids)
        # Centres are drawn at a sixth of the rate and widened to six tokens.
        for centre in range(1, len(ids) - 1):
            if generator.random() >= RATE / K:
                continue
            for place in range(max(1, centre - K // 2 + 1), min(len(ids) - 1, centre + K // 2 + 1)):
                if labels[place] == -100:
                    labels[place] = ids[place]
                    fate = generator.random()
                    ids[place] = MASK if fate < 0.8 else ids[place] if fate >= 0.9 else generator.randrange(5, len(VOCABULARY))
        numpy.array(ids, numpy.int32), numpy.array(labels, numpy.int32)
    return WINDOWS * LENGTH / (time.perf_counter() - start)


def time_flow(command, corpus):
    arguments = [command, "bench", "tokens", "--seconds", "1"] + (["--corpus", corpus] if corpus else [])
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--flow", required=True)
    parser.add_argument("--corpus")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    generator = random.Random(1)
    arrays = numpy.random.default_rng(1)
    sequences = windows(generator)
    texts = [spaced(sequence) for sequence in sequences]
    tokenizer = hugging_face()
    best = {}
    for _ in range(given.rounds):
        flow = time_flow(given.flow, given.corpus)
        for name, speed in [
            ("flow", flow["tokens_per_s"]),
            ("flow_in_cache", flow["tokens_per_s_in_cache"]),
            ("tokenizers_one_by_one", time_hugging_face(tokenizer, texts, False, arrays)),
            ("tokenizers_batch", time_hugging_face(tokenizer, texts, True, arrays)),
            ("dnabert", time_dnabert(sequences, generator)),
        ]:
            best[name] = max(best.get(name, 0), speed)
    rival = max(best["tokenizers_one_by_one"], best["tokenizers_batch"])
    print(json.dumps({
        "tokens_per_s": {name: round(speed) for name, speed in best.items()},
        "times_tokenizers": round(best["flow"] / rival, 1), "times_dnabert": round(best["flow"] / best["dnabert"], 1),
        "tokenizers_version": tokenizers.__version__, "corpus": flow["corpus"], "bases": flow["bases"],
        "cell_types": flow["cell_types"], "of_write_bandwidth": flow["of_write_bandwidth"],
    }))


if __name__ == "__main__":
    main()
