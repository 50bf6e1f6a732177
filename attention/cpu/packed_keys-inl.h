// The packed keys and values of one key-value head, for the target that is being compiled.
#if defined(ATTUNE_ATTENTION_CPU_PACKED_KEYS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_PACKED_KEYS_INL_H_
#undef ATTUNE_ATTENTION_CPU_PACKED_KEYS_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_PACKED_KEYS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "attention/cpu/cpu_forward_variant.h"
#include "attention/cpu/pack-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

// All keys in the workspace, or those of one key tile at a time in a worker's scratch memory, as
// the layout says. Keys are named by their index in the head.
template <class Products>
class PackedKeys {
 public:
  PackedKeys(const CpuForwardArguments& arguments, int64_t head, char* scratch)
      : arguments_(arguments),
        sequence_(arguments.SequenceOfHead(head)),
        kv_head_(head % arguments.problem.kv_heads) {
    const CpuForwardLayout& layout = arguments.layout;
    char* start = layout.packs_tiles
                      ? scratch + layout.packed_offset
                      : arguments.workspace + (head - arguments.first_head) * layout.head_bytes;
    key_ = reinterpret_cast<float*>(start);
    value_ = reinterpret_cast<float*>(start + layout.value_offset);
    finite_ = reinterpret_cast<bool*>(start + layout.flags_offset);
  }

  // The keys that there are, rounded up to whole micro-tiles.
  int64_t end() const {
    return (sequence_.kv_len + Products::kMicroKeys - 1) / Products::kMicroKeys *
           Products::kMicroKeys;
  }

  // Makes `key` the first of those that have a place.
  void StartAt(int64_t key) { start_ = key; }

  // Packs keys [begin, end), whole micro-tiles.
  void Pack(int64_t begin, int64_t end) const {
    const Problem& problem = arguments_.problem;
    const TensorRows keys = RowsOf(arguments_.tensors.key, arguments_.key, problem.qk_dim);
    const TensorRows values = RowsOf(arguments_.tensors.value, arguments_.value, problem.v_dim);
    for (int64_t key = begin; key < end; key += Products::kMicroKeys) {
      const int64_t place = key - start_;
      Products::PackKeys(keys, key, sequence_.kv_len, arguments_.layout.key_words,
                         key_ + place * arguments_.layout.key_words);
      finite_[place / Products::kMicroKeys] = Products::PackValues(
          values, key, sequence_.kv_len, place, arguments_.layout.packed_rows, value_);
    }
  }

  // The panel of the micro-tile of keys that `key` starts.
  const float* KeyPanel(int64_t key) const {
    return key_ + (key - start_) * arguments_.layout.key_words;
  }

  // All panels of values, their rows, and which of them `key` is.
  const float* values() const { return value_; }
  int64_t rows() const { return arguments_.layout.packed_rows; }
  int64_t RowOf(int64_t key) const { return key - start_; }

  // Whether the values of keys [begin, end), whole micro-tiles, are.
  bool AllFinite(int64_t begin, int64_t end) const {
    return std::all_of(finite_ + RowOf(begin) / Products::kMicroKeys,
                       finite_ + RowOf(end) / Products::kMicroKeys,
                       [](bool finite) { return finite; });
  }

 private:
  TensorRows RowsOf(const void* data, const Strides& strides, int64_t columns) const {
    return {arguments_.problem.dtype, data,
            sequence_.batch * strides.batch + kv_head_ * strides.head +
                sequence_.first_key * strides.length,
            strides.length, columns};
  }

  const CpuForwardArguments& arguments_;
  const Sequence sequence_;
  const int64_t kv_head_;
  float* key_;
  float* value_;
  bool* finite_;
  int64_t start_ = 0;
};

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_PACKED_KEYS_INL_H_
