#ifndef ATTUNE_ATTENTION_TUNING_SUITES_H_
#define ATTUNE_ATTENTION_TUNING_SUITES_H_

namespace attune {

// The text of cpu.suite.textproto.
extern const char kCpuSuite[];

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TUNING_SUITES_H_
