// How the copy engine sees the tensors of one problem, wherever they lie.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_MAPS_H_
#define ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_MAPS_H_

#include <cuda.h>

#include <array>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/problem.h"
#include "attention/tensors.h"
#include "device/cuda/context.h"

namespace attune {

// Movable; Fill is thread-safe.
class HopperForwardMaps {
 public:
  static absl::StatusOr<HopperForwardMaps> Encode(const Problem& problem,
                                                  const hopper::HopperForwardConfiguration& variant,
                                                  std::shared_ptr<const CudaContext> context);

  // Writes the four maps of `tensors`, whose addresses are multiples of 16, into `arguments`. Those
  // of recent addresses are kept: asking the driver at each run made one cost the host 4.8 us
  // instead of 3.1 (NVIDIA H200, driver 580.159, 2026-11-22).
  absl::Status Fill(const ForwardTensors& tensors, hopper::ForwardArguments& arguments) const;

 private:
  enum { kQuery, kKey, kValue, kOut, kCount };
  using Addresses = std::array<const void*, kCount>;
  using Maps = std::array<CUtensorMap, kCount>;

  struct Entry {
    bool used = false;
    Addresses addresses;
    Maps maps;
  };
  // As many sets of tensors as a model has layers, more or less: each may have a plan's run a step.
  static constexpr int kEntryBits = 5;
  struct Recent {
    std::mutex mutex;
    std::array<Entry, 1 << kEntryBits> entries;
  };

  HopperForwardMaps(std::shared_ptr<const CudaContext> context, const Maps& maps)
      : context_(std::move(context)), maps_(maps), recent_(std::make_unique<Recent>()) {}

  static size_t Place(const Addresses& addresses);
  absl::Status SetAddresses(const Addresses& addresses, Maps& maps) const;

  std::shared_ptr<const CudaContext> context_;
  Maps maps_;  // at no address in particular
  std::unique_ptr<Recent> recent_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_MAPS_H_
