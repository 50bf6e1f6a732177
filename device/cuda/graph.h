// Work captured once from a stream, replayed with one call.
#ifndef ATTUNE_DEVICE_CUDA_GRAPH_H_
#define ATTUNE_DEVICE_CUDA_GRAPH_H_

#include <cuda.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "device/cuda/context.h"
#include "device/cuda/stream.h"

namespace attune {

// An instantiated CUDA graph. Movable. Addresses that the captured work uses must stay valid.
class Graph {
 public:
  // Calls `enqueue` with `stream` while the stream records instead of running, and instantiates
  // what it enqueued. `enqueue` must neither allocate nor synchronise. Its error, if it returns
  // one, is returned; the stream is usable afterwards in any case.
  static absl::StatusOr<Graph> Capture(CudaStream& stream,
                                       absl::FunctionRef<absl::Status(Stream& stream)> enqueue);

  Graph(Graph&& other) noexcept { *this = std::move(other); }
  Graph& operator=(Graph&& other) noexcept;
  ~Graph();

  // Enqueues all of it. Replays of one graph do not overlap.
  absl::Status Replay(Stream& stream) const;

  // Kernels, memory operations and events among what was captured.
  int64_t nodes() const { return nodes_; }

 private:
  Graph(std::shared_ptr<const CudaContext> context, CUgraphExec executable, int64_t nodes)
      : context_(std::move(context)), executable_(executable), nodes_(nodes) {}

  std::shared_ptr<const CudaContext> context_;
  CUgraphExec executable_ = nullptr;
  int64_t nodes_ = 0;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_GRAPH_H_
