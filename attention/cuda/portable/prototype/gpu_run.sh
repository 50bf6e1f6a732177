#!/bin/bash
# Checks and times everything on a GPU in under four minutes. Needs build/ (build.py), or builds it.
cd "$(dirname "$0")"
OUT=${OUT:-.}
nvidia-smi --query-gpu=name,clocks.sm,clocks.mem,power.limit,driver_version --format=csv,noheader
# Compiles what build/ lacks: seconds for all variants on 16 cores.
timeout 110 python3 build.py "$(nproc)" > "$OUT/build.log" 2>&1 || { tail -5 "$OUT/build.log"; ls build/check || exit 2; }
tail -1 "$OUT/build.log"; echo "built after ${SECONDS}s"
nvcc -std=c++20 -arch=sm_90 -O3 -I ../../../.. mma_rate.cu -o build/mma_rate && timeout 10 ./build/mma_rate
cp build/report.txt "$OUT/" 2>/dev/null
timeout 70 ./build/check build "${SEED:-1}" "${PROBLEMS:-10}" > "$OUT/check.log" 2>&1
echo "check rc=$?"; grep -c "^FAIL" "$OUT/check.log"; grep -E "^FAIL" "$OUT/check.log" | head -8 | cut -c1-300
grep -E "FAILED|variants," "$OUT/check.log" | tail -25
timeout 125 python3 time.py "${SECONDS_TO_TIME:-90}" "${WORKLOAD:-}" 2> "$OUT/time.err" | tee "$OUT/times.txt"
tail -3 "$OUT/time.err"
if command -v compute-sanitizer > /dev/null; then
  for tool in memcheck racecheck; do
    for v in bf16_d128x128_m128n64w4s2b2q0z1l0o0 fp32_d40x56_m64n32w4s2b1q0z1l0o0; do
      timeout 12 compute-sanitizer --tool $tool ./build/check build 3 1 $v > "$OUT/$tool.$v.log" 2>&1
      echo "$tool $v rc=$? $(tail -1 "$OUT/$tool.$v.log")"
    done
  done
fi
for v in bf16_d128x128_m128n64w4s2b2q0z1l0o0 fp32_d64x64_m64n32w4s2b4q0z1l1o0; do
  timeout 20 cuobjdump --dump-sass build/$v.cubin > "$OUT/$v.sass" 2>/dev/null
done
exit 0
