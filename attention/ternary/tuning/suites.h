#ifndef ATTUNE_ATTENTION_TERNARY_TUNING_SUITES_H_
#define ATTUNE_ATTENTION_TERNARY_TUNING_SUITES_H_

namespace attune {

// The texts of cpu.suite.textproto and cuda.suite.textproto of this folder.
extern const char kTernaryCpuSuite[];
extern const char kTernaryCudaSuite[];

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_TUNING_SUITES_H_
