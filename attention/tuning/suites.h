// The default suites, embedded.
#ifndef ATTUNE_ATTENTION_TUNING_SUITES_H_
#define ATTUNE_ATTENTION_TUNING_SUITES_H_

namespace attune {

// The texts of cpu.suite.textproto and cuda.suite.textproto.
extern const char kCpuSuite[];
extern const char kCudaSuite[];

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TUNING_SUITES_H_
