#!/usr/bin/env python3
"""Logistic regression on 6-mer counts and the bin's chromatin state: what a model must beat.

    pip install numpy scipy scikit-learn
    python3 Benchmarks/kmer_baseline.py MAX

Same data, split, bins and label rule as Workflows/quickstart.yaml (docs/corpus.md, ENCODE-DREAM): trained on
chr20:30-50 Mb with 30 unbound bins for each bound one, the regularization chosen by average precision on
50-53 Mb, judged once on 53-63 Mb. Two differences: bins on the blacklist stay in, and auPRC is scikit-learn's
average precision, not Davis-Goadrich's.
"""
import argparse
import gzip
import os

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

K, BIN = 6, 200
DATA = os.path.join(os.path.dirname(__file__), "..", "Workflows", "data")


def read_sequence():
    """Bases as 0-3, 4 for unknown."""
    with gzip.open(f"{DATA}/hg19.chr20q.fa.gz", "rt") as lines:
        text = "".join(line.strip() for line in lines if not line.startswith(">"))
    code = np.full(256, 4, np.int64)
    for value, base in enumerate(b"ACGT"):
        code[base] = value
    return code[np.frombuffer(text.upper().encode(), np.uint8)]


def read_states(length):
    """The state of each bin; 0 where there is none."""
    states, names = np.zeros(length // BIN + 1, int), {}
    with gzip.open(f"{DATA}/E116_25_imputed12marks_mnemonics.chr20.bed.gz", "rt") as lines:
        for line in lines:
            _, start, end, name = line.split()[:4]
            states[int(start) // BIN : int(end) // BIN] = names.setdefault(name, len(names) + 1)
    return states


def read_peaks(name):
    """Merged intervals, sorted."""
    merged = []
    with gzip.open(f"{DATA}/{name}", "rt") as lines:
        for start, end in sorted(tuple(map(int, line.split()[1:3])) for line in lines):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
    return np.array(merged)


def overlaps(starts, peaks, half):
    """Whether a bin meets a peak; with `half`, by half of the bin or half of the peak."""
    found = np.zeros(len(starts), bool)
    first = np.searchsorted(peaks[:, 1], starts, side="right")
    for offset in range(3):
        peak = peaks[np.minimum(first + offset, len(peaks) - 1)]
        shared = np.minimum(peak[:, 1], starts + BIN) - np.maximum(peak[:, 0], starts)
        enough = (shared * 2 >= BIN) | (shared * 2 >= peak[:, 1] - peak[:, 0])
        found |= (shared > 0) & (enough if half else True)
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("factor", choices=["MAX", "SPI1"])
    factor = arguments.parse_args().factor
    bases = read_sequence()
    states = read_states(len(bases))
    conservative = read_peaks(f"ChIPseq.GM12878.{factor}.conservative.train.chr20.narrowPeak.gz")
    relaxed = read_peaks(f"ChIPseq.GM12878.{factor}.relaxed.chr20.narrowPeak.gz")

    # Each base's 6-mer, strands taken together.
    codes = np.zeros(len(bases) - K + 1, np.int64)
    for i in range(K):
        codes = codes * 4 + np.minimum(bases[i : len(bases) - K + 1 + i], 3)
    every = np.arange(4**K)
    reverse, rest = np.zeros_like(every), every
    for _ in range(K):
        reverse, rest = reverse * 4 + (3 - rest % 4), rest // 4
    distinct, canonical = np.unique(np.minimum(every, reverse), return_inverse=True)
    kmers = canonical[codes]

    def bins(start, end, stride):
        starts = np.arange(start, end - BIN + 1, stride)
        starts = starts[(bases[starts] < 4) & (bases[starts + BIN - 1] < 4)]
        bound, any_peak = overlaps(starts, conservative, True), overlaps(starts, relaxed, False)
        labels = np.where(bound & any_peak, 1, np.where(bound | any_peak, -1, 0))
        return starts[labels >= 0], labels[labels >= 0]

    def features(starts, with_states):
        width = BIN - K + 1
        columns = kmers[starts[:, None] + np.arange(width)]
        rows = np.repeat(np.arange(len(starts)), width)
        counts = sparse.csr_matrix(
            (np.ones(columns.size, np.float32), (rows, columns.ravel())),
            shape=(len(starts), len(distinct)))
        counts.data = np.minimum(counts.data, 3) * 0.2
        if not with_states:
            return counts
        state = states[(starts + BIN // 2) // BIN]
        one_hot = sparse.csr_matrix(
            (np.ones(len(starts)), (np.arange(len(starts)), state)), shape=(len(starts), 30))
        return sparse.hstack([counts, one_hot]).tocsr()

    starts, labels = bins(30_000_000, 50_000_000, 50)
    validation, validation_labels = bins(50_000_000, 53_000_000, BIN)
    test, test_labels = bins(53_000_000, 63_020_000, BIN)
    bound = starts[labels == 1]
    unbound = np.random.default_rng(0).choice(starts[labels == 0], 30 * len(bound), replace=False)
    training = np.concatenate([bound, unbound])
    targets = np.r_[np.ones(len(bound)), np.zeros(len(unbound))]
    print(f"{factor}: {test_labels.sum()} bound of {len(test)} test bins, base rate {test_labels.mean():.4f}")
    for with_states in (False, True):
        x, y = features(training, with_states), features(validation, with_states)
        best = max(
            (LogisticRegression(C=c, max_iter=300).fit(x, targets) for c in (0.003, 0.01, 0.03, 0.1)),
            key=lambda model: average_precision_score(validation_labels, model.decision_function(y)))
        scores = best.decision_function(features(test, with_states))
        print(
            f"{'with' if with_states else 'without'} states: auPRC {average_precision_score(test_labels, scores):.4f}, "
            f"auROC {roc_auc_score(test_labels, scores):.4f} (C = {best.C})")


main()
