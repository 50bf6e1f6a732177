#!/bin/bash
# On the GPU machine, with build/check carried: checks every variant, five of them also under the memory checker.
set -u
check=$(cd "$(dirname "$0")" && pwd)/build/check
export check
work=$(mktemp -d)
export work
for v in 128_full_128x128_q2_j 128_causal_192x80_q2_free_n_s32 256_causal_128x64_k3_d_s32 64_causal_64x64_q2_b3_s16 128_band_192x64_q2; do
  (timeout 19 compute-sanitizer --tool memcheck $check $v 5 > $work/$v.mem 2>&1
   echo "memcheck $v: $? $(grep -c "  ok" $work/$v.mem) ok, $(tail -1 $work/$v.mem)") &
done
$check | timeout 18 xargs -P 10 -I{} sh -c '$check {} > $work/{}.log 2>&1; echo "$? {}" >> $work/codes'
echo "passed $(grep -c '^0' $work/codes) of $($check | wc -l)"
grep -v '^0' $work/codes
wait
