// Arithmetic for laying out workspaces.
#ifndef ATTUNE_ATTENTION_CPU_WORKSPACE_LAYOUT_H_
#define ATTUNE_ATTENTION_CPU_WORKSPACE_LAYOUT_H_

#include <cstdint>

namespace attune {

inline int64_t CeilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t RoundUp(int64_t a, int64_t step) { return CeilDivide(a, step) * step; }

// Gives out offsets of parts that follow each other, each in cache lines of its own.
class WorkspaceCursor {
 public:
  explicit WorkspaceCursor(int64_t start = 0) : offset_(start) {}

  // The offset of `count` fp32 elements, or of `bytes`.
  int64_t TakeFloats(int64_t count) {
    return TakeBytes(count * static_cast<int64_t>(sizeof(float)));
  }
  int64_t TakeBytes(int64_t bytes) {
    const int64_t start = offset_;
    offset_ += RoundUp(bytes, kCacheLine);
    return start;
  }
  int64_t offset() const { return offset_; }

 private:
  static constexpr int64_t kCacheLine = 64;
  int64_t offset_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_WORKSPACE_LAYOUT_H_
