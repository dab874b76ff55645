#!/bin/sh
# Fuzzes one reader of a binary format with libFuzzer and AddressSanitizer:
#   scripts/fuzz.sh TARGET [SECONDS]       targets: 2bit bigwig bigbed fasta fai corpus safetensors tokenizer
# Begins with Tests/Fixtures/fuzz/TARGET, keeps what it finds in .build/fuzz-work/TARGET (crashes as crash-*, and
# oom-*, timeout-*). An allocation of more than 64 MiB counts as a crash.
#   scripts/fuzz.sh --keep TARGET          minimises what was found and puts it to the fixtures
set -eu
cd "$(dirname "$0")/.."
keep=
[ "${1:-}" != --keep ] || { keep=1; shift; }
target=${1:?"name a target: 2bit bigwig bigbed fasta fai corpus safetensors tokenizer"}
seconds=${2:-60}
work=.build/fuzz-work/$target
fixtures=Tests/Fixtures/fuzz/$target
mkdir -p "$work/corpus" "$fixtures"
export FLOW_FUZZ=1
[ -n "${FLOW_FUZZ_BUILT:-}" ] || swift build -c release --scratch-path .build/fuzz --product fuzz \
  -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=fuzzer-no-link,address \
  -Xswiftc -Xclang-linker -Xswiftc -fuse-ld=lld >"$work/build.log" 2>&1 || {
  tail -20 "$work/build.log" >&2
  exit 1
}
fuzz=.build/fuzz/release/fuzz
export FLOW_FUZZ_TARGET="$target" TMPDIR=/dev/shm
export ASAN_OPTIONS="symbolize=${FLOW_FUZZ_SYMBOLIZE:-0}:detect_leaks=${FLOW_FUZZ_LEAKS:-0}:allocator_may_return_null=0"
if [ -n "$keep" ]; then
  # Few and small: a fixture is replayed at each test.
  "$fuzz" -merge=1 -max_len=4096 -rss_limit_mb=1024 "$fixtures" "$work/corpus"
  exit
fi
exec "$fuzz" -max_total_time="$seconds" -max_len=16384 -timeout=20 -malloc_limit_mb=64 -rss_limit_mb=1024 \
  -artifact_prefix="$work/" -print_final_stats=1 "$work/corpus" "$fixtures"
