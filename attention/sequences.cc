#include "attention/sequences.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

absl::Status CheckOne(absl::string_view name, const int32_t* cumulative, int64_t batch,
                      int64_t longest, int64_t total) {
  const auto error = [&](int64_t index, const auto&... expected) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, "[", index, "] is ", cumulative[index], "; expected ", expected...));
  };
  if (cumulative[0] != 0) return error(0, "0");
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t least = cumulative[b];
    const int64_t next = cumulative[b + 1];
    if (next < least || next > least + longest) {
      return error(b + 1, least, " to ", least + longest, ", as no sequence is longer than the ",
                   "problem's ", longest, " rows");
    }
  }
  if (cumulative[batch] > total) return error(batch, "at most ", total, ", the tensor's rows");
  return absl::OkStatus();
}

}  // namespace

Sequence SequenceAt(const Problem& problem, const int32_t* cumulative_query_lengths,
                    const int32_t* cumulative_key_lengths, int64_t index) {
  if (!problem.packed) {
    return {.batch = index, .q_len = problem.q_len, .kv_len = problem.kv_len};
  }
  const int64_t query = cumulative_query_lengths[index];
  const int64_t key = cumulative_key_lengths[index];
  return {.first_query = query,
          .first_key = key,
          .q_len = cumulative_query_lengths[index + 1] - query,
          .kv_len = cumulative_key_lengths[index + 1] - key};
}

Sequence SequenceAt(const Problem& problem, const CumulativeLengths& lengths, int64_t index) {
  return SequenceAt(problem, lengths.query.data(), lengths.key.data(), index);
}

absl::Status CheckLengths(const Problem& problem, const int32_t* cumulative_query_lengths,
                          const int32_t* cumulative_key_lengths) {
  ATTUNE_RETURN_IF_ERROR(CheckOne("cumulative_query_lengths", cumulative_query_lengths,
                                  problem.batch, problem.q_len, QueryRows(problem)));
  return CheckOne("cumulative_key_lengths", cumulative_key_lengths, problem.batch, problem.kv_len,
                  KeyRows(problem));
}

Problem WithoutUnusedRows(const Problem& problem, const CumulativeLengths& lengths) {
  if (!problem.packed) return problem;
  Problem used = problem;
  used.query_strides = QueryStrides(problem);
  used.key_strides = KeyStrides(problem);
  used.value_strides = ValueStrides(problem);
  used.out_strides = OutStrides(problem);
  used.packed = {.total_q_len = lengths.query.back(), .total_kv_len = lengths.key.back()};
  return used;
}

Problem WithLengthsOf(const Problem& problem, const Sequence& sequence) {
  Problem one = problem;
  one.q_len = sequence.q_len;
  one.kv_len = sequence.kv_len;
  return one;
}

int64_t FirstQueryRow(const Problem& problem, const Sequence& sequence, int64_t q_head) {
  return (sequence.batch * problem.q_heads + q_head) * QueryRows(problem) + sequence.first_query;
}

int64_t FirstKeyRow(const Problem& problem, const Sequence& sequence, int64_t kv_head) {
  return (sequence.batch * problem.kv_heads + kv_head) * KeyRows(problem) + sequence.first_key;
}

double Flops(const Problem& problem, Direction direction, const CumulativeLengths& lengths) {
  if (!problem.packed) return Flops(problem, direction);
  double sum = 0;
  for (int64_t b = 0; b < problem.batch; ++b) {
    Problem one = WithLengthsOf(problem, SequenceAt(problem, lengths, b));
    one.batch = 1;
    one.packed = std::nullopt;
    sum += Flops(one, direction);
  }
  return sum;
}

int64_t BytesMoved(const Problem& problem, Direction direction, const CumulativeLengths& lengths) {
  return BytesMoved(WithoutUnusedRows(problem, lengths), direction);
}

}  // namespace attune
