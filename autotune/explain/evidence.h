// Which of two cache entries of one key is to be believed.
#ifndef ATTUNE_AUTOTUNE_EXPLAIN_EVIDENCE_H_
#define ATTUNE_AUTOTUNE_EXPLAIN_EVIDENCE_H_

#include <string>

#include "autotune/cache/tuning_cache.pb.h"

namespace attune {

struct EvidenceVerdict {
  // Whether the other entry is better evidenced. Of equals it is not.
  bool prefers_other = false;
  // What decided, for people: "252 configurations tried, against 40".
  std::string reason;
};

// Compares, and the first that differs decides: whether the winner's rounds are enough for an
// interval of their median at 95 %; how many configurations were tried; how many rounds the final
// had; which was measured later.
EvidenceVerdict CompareEvidence(const CacheEntry& entry, const CacheEntry& other);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_EXPLAIN_EVIDENCE_H_
