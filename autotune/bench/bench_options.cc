#include "autotune/bench/bench_options.h"

#include "absl/time/time.h"

namespace attune {

BenchOptionsProto ToProto(const BenchOptions& options) {
  const SamplerOptions& sampling = options.sampling;
  BenchOptionsProto proto;
  proto.set_seed(options.seed);
  proto.set_prepare_threads(options.prepare_threads);
  proto.set_benches(options.benches);
  proto.set_index(options.index);
  proto.set_warmup_runs(sampling.warmup_runs);
  proto.set_min_samples(sampling.min_samples);
  proto.set_max_samples(sampling.max_samples);
  proto.set_target_relative_error(sampling.target_relative_error);
  proto.set_confidence(sampling.confidence);
  proto.set_max_seconds(absl::ToDoubleSeconds(sampling.max_duration));
  proto.set_flush_caches(sampling.flush_caches);
  proto.set_min_sample_seconds(absl::ToDoubleSeconds(sampling.min_sample_duration));
  proto.set_max_launches_per_sample(sampling.max_launches_per_sample);
  proto.set_tolerated_clock_loss(sampling.tolerated_clock_loss);
  proto.set_max_throttled_repeats(sampling.max_throttled_repeats);
  proto.set_max_throttled_share(sampling.max_throttled_share);
  proto.set_throttled_pause_seconds(absl::ToDoubleSeconds(sampling.throttled_pause));
  return proto;
}

BenchOptions FromProto(const BenchOptionsProto& proto) {
  return {.seed = proto.seed(),
          .prepare_threads = proto.prepare_threads(),
          .benches = proto.benches(),
          .index = proto.index(),
          .sampling = {.warmup_runs = proto.warmup_runs(),
                       .min_samples = proto.min_samples(),
                       .max_samples = proto.max_samples(),
                       .target_relative_error = proto.target_relative_error(),
                       .confidence = proto.confidence(),
                       .max_duration = absl::Seconds(proto.max_seconds()),
                       .flush_caches = proto.flush_caches(),
                       .min_sample_duration = absl::Seconds(proto.min_sample_seconds()),
                       .max_launches_per_sample = proto.max_launches_per_sample(),
                       .tolerated_clock_loss = proto.tolerated_clock_loss(),
                       .max_throttled_repeats = proto.max_throttled_repeats(),
                       .max_throttled_share = proto.max_throttled_share(),
                       .throttled_pause = absl::Seconds(proto.throttled_pause_seconds())}};
}

}  // namespace attune
