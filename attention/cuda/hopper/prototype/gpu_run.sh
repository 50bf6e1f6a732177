#!/bin/bash
# On the GPU machine: checks every variant, then times those that passed. Under five minutes; logs go to $OUT.
# TIMING_SECONDS (120) bounds the timing part.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$here/build
export build
out=${OUT:-/tmp}
work=$(mktemp -d)
export work
seconds=${TIMING_SECONDS:-120}
begin=$SECONDS
elapsed() { echo $((SECONDS - begin)); }
nvidia-smi --query-gpu=name,driver_version,clocks.sm,power.draw --format=csv,noheader

if ! timeout 20 $build/check > $out/names.txt; then
  echo "prebuilt binaries do not run here: building"
  rm -f $build/*.o
  timeout 150 $here/build.sh 16 > $out/build.log 2>&1
  tail -3 $out/build.log
  timeout 20 $build/check > $out/names.txt || exit 1
fi

check_one() {
  timeout -k 2 ${2:-20} $build/check $1 > $work/$1.log 2>&1
  echo $? > $work/$1.code
}
export -f check_one
hung() { grep -lE '^(124|137)$' $work/*.code 2> /dev/null | wc -l; }

# A few alone first: if they hang, so will the rest, and parallel runs would only get in each other's way.
canaries="128_full_128x176_noturns 128_full_128x128_q2_join 64_full_192x128_q2"
for name in $canaries; do check_one $name; done
if [ $(hung) -lt 2 ]; then
  grep -vxF "$(echo $canaries | tr ' ' '\n')" $out/names.txt |
    timeout 150 xargs -P 6 -I{} bash -c 'check_one {} 60'
else
  echo "canaries hang: the other variants are not checked"
fi
: > $out/passed.txt
: > $out/check.log
while read -r name; do
  [ -e $work/$name.code ] || continue
  code=$(cat $work/$name.code)
  { echo "== $name: $code"; cat $work/$name.log; } >> $out/check.log
  if [ $code = 0 ]; then echo $name >> $out/passed.txt; continue; fi
  echo "FAILED ($code) $name, $(grep -c '  ok' $work/$name.log) cases ok:"
  grep -v '  ok' $work/$name.log | head -3
done < $out/names.txt
echo "passed $(wc -l < $out/passed.txt) of $(wc -l < $out/names.txt) after $(elapsed) s"
grep -h 'rel' $out/check.log | grep -v FAIL | sed 's/.*rel \([^ ]*\) max \([^ ]*\) lse \([^ ]*\).*/\1 \2 \3/' |
  sort -g | tail -1 | sed 's/^/largest relative error among passed cases, with its maximum and lse errors: /'

if [ $(hung) -gt 0 ]; then
  echo "building with the spin limit to place the hangs"
  DEBUG=1 timeout 100 $here/build.sh 16 > $out/build_debug.log 2>&1
  for code in $(grep -lE '^(124|137)$' $work/*.code | head -3); do
    name=$(basename $code .code)
    timeout -k 2 25 $build/debug/check $name > $work/$name.debug 2>&1
    { echo "== debug $name"; sort $work/$name.debug | uniq -c | head -300; } >> $out/check.log
    echo "debug $name:"; grep hang $work/$name.debug | sort | uniq -c | sort -rn | head -8
  done
fi

# Machine code of a few kernels, to read later.
for name in 128_full_128x176 128_full_128x160_q2_join 128_causal_128x128_q2_join_lpt 64_full_192x128_q2_join; do
  timeout 20 cuobjdump -sass -fun attune_$name $build/libhopper.so 2> /dev/null | grep -v '^\s*/\* 0x' >> $out/sass.txt
done
gzip -f $out/sass.txt

timeout -k 5 $((seconds + 40)) python3 $here/time.py $build/libhopper.so $out/passed.txt $out/times.json $seconds 2>&1 |
  tee $out/times.txt
nvidia-smi --query-gpu=clocks.sm,power.draw,clocks_throttle_reasons.active --format=csv,noheader
echo "total $(elapsed) s"
