// BenchOptions as they go over the pipe.
#ifndef ATTUNE_AUTOTUNE_BENCH_BENCH_OPTIONS_H_
#define ATTUNE_AUTOTUNE_BENCH_BENCH_OPTIONS_H_

#include "autotune/bench/trial_bench.h"
#include "autotune/bench/trial_worker.pb.h"

namespace attune {

BenchOptionsProto ToProto(const BenchOptions& options);
BenchOptions FromProto(const BenchOptionsProto& proto);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_BENCH_BENCH_OPTIONS_H_
