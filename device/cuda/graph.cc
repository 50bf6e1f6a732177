#include "device/cuda/graph.h"

#include "absl/cleanup/cleanup.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// What `enqueue` put into `stream`, as a graph that the caller destroys.
absl::StatusOr<CUgraph> Record(const Driver& driver, CudaStream& stream,
                               absl::FunctionRef<absl::Status(Stream& stream)> enqueue) {
  // Thread-local: what other threads allocate meanwhile is no part of this capture and does not
  // break it.
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, StreamBeginCapture, stream.handle(),
                              CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
  const absl::Status enqueued = enqueue(stream);
  CUgraph graph = nullptr;
  const CUresult ended = driver.StreamEndCapture(stream.handle(), &graph);
  if (enqueued.ok() && ended == CUDA_SUCCESS) return graph;
  if (graph != nullptr) driver.GraphDestroy(graph);
  return enqueued.ok() ? DriverStatus(driver, ended, "cuStreamEndCapture") : enqueued;
}

}  // namespace

absl::StatusOr<Graph> Graph::Capture(CudaStream& stream,
                                     absl::FunctionRef<absl::Status(Stream& stream)> enqueue) {
  const Driver& driver = stream.context()->driver();
  const ScopedContext scope(*stream.context());
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_ASSIGN_OR_RETURN(CUgraph graph, Record(driver, stream, enqueue));
  const auto destroy = absl::MakeCleanup([&] { driver.GraphDestroy(graph); });
  size_t nodes = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, GraphGetNodes, graph, nullptr, &nodes);
  CUgraphExec executable = nullptr;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, GraphInstantiateWithFlags, &executable, graph, 0);
  return Graph(stream.context(), executable, static_cast<int64_t>(nodes));
}

Graph& Graph::operator=(Graph&& other) noexcept {
  std::swap(context_, other.context_);
  std::swap(executable_, other.executable_);
  std::swap(nodes_, other.nodes_);
  return *this;
}

Graph::~Graph() {
  if (executable_ == nullptr) return;
  const ScopedContext scope(*context_);
  context_->driver().GraphExecDestroy(executable_);
}

absl::Status Graph::Replay(Stream& stream) const {
  const ScopedContext scope(*context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_CUDA_RETURN_IF_ERROR(context_->driver(), GraphLaunch, executable_, StreamHandle(stream));
  return absl::OkStatus();
}

}  // namespace attune
