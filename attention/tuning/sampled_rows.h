// Checks of problems that are too large for the reference.
#ifndef ATTUNE_ATTENTION_TUNING_SAMPLED_ROWS_H_
#define ATTUNE_ATTENTION_TUNING_SAMPLED_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/problem.h"
#include "attention/sequences.h"
#include "attention/tuning/device_tensors.h"
#include "attention/verification/tolerance.h"

namespace attune {

// What some query rows of a problem that is too large for the reference must come to. Forward only:
// a row of a gradient of keys needs every query.
class SampledRows {
 public:
  // No rows; Check passes.
  SampledRows() = default;

  // The first and the last row of all, and `count` less two drawn from `seed`, computed from the
  // inputs in `tensors`. `tolerance` is of rows that see many keys. The fewer a row sees, the
  // larger is what it comes to, and the error of rounding that: in fp16 and bf16 rows of few keys
  // are held to a tolerance of their own, or the seeds that draw several would find every kernel
  // wrong.
  static absl::StatusOr<SampledRows> Draw(const Problem& problem, const DeviceTensors& tensors,
                                          int count, uint64_t seed,
                                          const ForwardTolerance& tolerance);

  // Compares the `outputs` of a run. DataLoss names the tensor and the worst element.
  absl::Status Check(const HostTensors& outputs) const;

 private:
  struct Place {
    int64_t batch = 0;  // or the sequence
    int64_t head = 0;
    int64_t row = 0;  // of the sequence
    int64_t out = 0;  // its first element there
    int64_t log_sum_exp = 0;
  };

  static Place PlaceOf(const Problem& problem, const Sequence& sequence, int64_t batch,
                       int64_t head, int64_t row);

  // Rows that are compared together.
  struct Group {
    ForwardTolerance tolerance;
    std::vector<Place> places;
    std::vector<double> out;  // [place, v_dim]
    std::vector<double> log_sum_exp;
  };

  // What the rows at the group's places come to.
  void Compute(const ForwardTensors& inputs, Group& group) const;
  absl::Status Check(const Group& group, const HostTensors& outputs) const;

  Problem problem_;
  Group few_keys_;
  Group many_keys_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TUNING_SAMPLED_ROWS_H_
