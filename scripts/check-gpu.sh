#!/bin/sh
# Checks the device `cuda` on a machine with an NVIDIA GPU: values, losses, bits, speed. See docs/devices.md.
#
#     scripts/check-gpu.sh                  # after swift build -c release; takes some minutes
#     FLOW=/usr/local/bin/flow CONFIGS="mini base" STEPS=20 scripts/check-gpu.sh
#
# Prints what it finds, and ends with 0 if values, losses and bits are right.
set -eu
cd "$(dirname "$0")/.."
flow=${FLOW:-.build/release/flow}
configs=${CONFIGS-tiny mini small base}
steps=${STEPS:-50}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== the GPU"
nvidia-smi --query-gpu=name,compute_cap,memory.total,driver_version --format=csv,noheader || true

echo "== recorded values of Hugging Face's BERT"
for golden in Tests/Fixtures/golden/*/; do
  "$flow" pretrain verify --input golden="$golden" --param device=cuda --output-dir "$work/verify"
  rm -rf "$work/verify"
done

echo "== $steps steps of training on real sequence, with dropout, on both devices"
data=Workflows/data
"$flow" tokenize corpus --input sequence=$data/hg19.chr20q.fa.gz \
  --input states=$data/E116_25_imputed12marks_mnemonics.chr20.bed.gz --param cell_types=GM12878 \
  --param k=6 --param validation=chr20:50000001-53000000 --output-dir "$work/corpus" >"$work/log" 2>&1
train() { # DEVICE NAME
  "$flow" pretrain ebert --input corpus="$work/corpus/corpus" --param device="$1" --param layers=2 \
    --param hidden_size=64 --param heads=2 --param length=128 --param batch_size=8 \
    --param learning_rate=1e-3 --param warmup_steps=10 --param steps="$steps" \
    --param validation_windows=16 --param validation_every="$steps" --output-dir "$work/$2" \
    >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}
losses() { # NAME: a step and its loss on each line
  tr -d ' \n' <"$work/$1/summary.json" | sed 's/.*"training":\[\[\([^"]*\)\]\].*/\1/; s/\],\[/\n/g' | tr ',' ' '
}
train cpu cpu
train cuda cuda
train cuda again
losses cpu >"$work/cpu.losses"
losses cuda >"$work/cuda.losses"
# Rounding alone: the same elements are dropped on both.
paste "$work/cpu.losses" "$work/cuda.losses" | awk -v steps="$steps" '
  { d = $2 - $4; if (d < 0) d = -d; if (!(d <= worst)) worst = d }
  END {
    printf "%d losses, largest difference %.2e nats, last %s and %s\n", NR, worst, $2, $4
    exit !(NR == steps && worst < 1e-3)
  }'

echo "== the same training twice on the GPU"
cmp "$work/cuda/summary.json" "$work/again/summary.json"
cmp "$work/cuda/model/model.safetensors" "$work/again/model/model.safetensors"
echo "the same bits"

echo "== speed"
for config in $configs; do
  for options in "--dropout 0.1" "--dropout 0" "--dropout 0.1 --dtype tf32" "--dropout 0.1 --dtype bfloat16" \
    "--forward-only"; do
    "$flow" bench train --device cuda --config "$config" --steps 20 $options
  done
  "$flow" bench train --device cuda --config "$config" --steps 20 --profile
done
