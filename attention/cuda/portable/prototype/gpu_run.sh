#!/bin/bash
# gpu_run.sh DIRECTORY: on a machine with a GPU and PyTorch, checks and times everything in under four minutes. Logs
# and portable_times.json go to DIRECTORY. Needs build/ (build.py), or builds it.
out="$(realpath "${1:?where logs go}")"
cd "$(dirname "$0")"
nvidia-smi --query-gpu=name,clocks.sm,clocks.mem,power.limit,driver_version --format=csv,noheader
# Compiles what build/ lacks: seconds for all variants on 16 cores.
timeout 110 python3 build.py "$(nproc)" > "$out/build.log" 2>&1 || { tail -5 "$out/build.log"; ls build/check || exit 2; }
tail -1 "$out/build.log"; echo "built after ${SECONDS}s"
nvcc -std=c++20 -arch=sm_90 -O3 -I ../../../.. mma_rate.cu -o build/mma_rate && timeout 10 ./build/mma_rate
cp build/report.txt "$out/" 2>/dev/null
timeout 70 ./build/check build "${SEED:-1}" "${PROBLEMS:-10}" > "$out/check.log" 2>&1
echo "check rc=$?"; grep -c "^FAIL" "$out/check.log"; grep -E "^FAIL" "$out/check.log" | head -8 | cut -c1-300
grep -E "FAILED|variants," "$out/check.log" | tail -25
timeout 125 python3 timing.py "$out" "${SECONDS_TO_TIME:-90}" "${WORKLOAD:-}" 2> "$out/time.err" | tee "$out/times.txt"
tail -3 "$out/time.err"
if command -v compute-sanitizer > /dev/null; then
  for tool in memcheck racecheck; do
    for v in bf16_d128x128_m128n64w4s2b2q0z1l0o0 fp32_d40x56_m64n32w4s2b1q0z1l0o0; do
      timeout 12 compute-sanitizer --tool $tool ./build/check build 3 1 $v > "$out/$tool.$v.log" 2>&1
      echo "$tool $v rc=$? $(tail -1 "$out/$tool.$v.log")"
    done
  done
fi
for v in bf16_d128x128_m128n64w4s2b2q0z1l0o0 fp32_d64x64_m64n32w4s2b4q0z1l1o0; do
  timeout 20 cuobjdump --dump-sass build/$v.cubin > "$out/$v.sass" 2>/dev/null
done
exit 0
