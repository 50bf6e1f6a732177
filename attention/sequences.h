// The sequences of a batch: which rows of the tensors are whose.
#ifndef ATTUNE_ATTENTION_SEQUENCES_H_
#define ATTUNE_ATTENTION_SEQUENCES_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "attention/problem.h"

namespace attune {

// cumulative_query_lengths and cumulative_key_lengths of attention/tensors.h, in host memory. Both
// are empty for problems that are not packed.
struct CumulativeLengths {
  std::vector<int32_t> query;  // [batch + 1]
  std::vector<int32_t> key;

  friend bool operator==(const CumulativeLengths&, const CumulativeLengths&) = default;
};

// One sequence and where its rows begin.
struct Sequence {
  int64_t batch = 0;        // along the tensors' batch dimension: 0 where sequences are packed
  int64_t first_query = 0;  // along their length
  int64_t first_key = 0;
  int64_t q_len = 0;
  int64_t kv_len = 0;
};

// Sequence `index` of `problem`; the lengths, in host memory, are read if it is packed.
Sequence SequenceAt(const Problem& problem, const int32_t* cumulative_query_lengths,
                    const int32_t* cumulative_key_lengths, int64_t index);
Sequence SequenceAt(const Problem& problem, const CumulativeLengths& lengths, int64_t index);

// OK if the lengths are what attention/tensors.h says of `problem`, a packed one. InvalidArgument
// names the array and the element.
absl::Status CheckLengths(const Problem& problem, const int32_t* cumulative_query_lengths,
                          const int32_t* cumulative_key_lengths);

// `problem` with tensors that end with the last sequence's rows, at the strides that it had.
Problem WithoutUnusedRows(const Problem& problem, const CumulativeLengths& lengths);

// `problem` with the lengths of one of its sequences, for what asks about the rows of that sequence
// alone (masks). Sizes of tensors do not follow from it.
Problem WithLengthsOf(const Problem& problem, const Sequence& sequence);

// The row of tensors [tensor batch, heads, rows] without gaps where `head` of `sequence` begins.
int64_t FirstQueryRow(const Problem& problem, const Sequence& sequence, int64_t q_head);
int64_t FirstKeyRow(const Problem& problem, const Sequence& sequence, int64_t kv_head);

// As in attention/problem.h, of the lengths of one run.
double Flops(const Problem& problem, Direction direction, const CumulativeLengths& lengths);
int64_t BytesMoved(const Problem& problem, Direction direction, const CumulativeLengths& lengths);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_SEQUENCES_H_
