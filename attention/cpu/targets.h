// Which instruction sets the CPU kernels are compiled for. Include before anything of Highway.
#ifndef ATTUNE_ATTENTION_CPU_TARGETS_H_
#define ATTUNE_ATTENTION_CPU_TARGETS_H_

// SSE4, AVX2 and AVX-512 on x86. Without this Highway would add SSSE3 and a scalar target, whose
// one lane the kernels' 4x4 transpositions cannot use; Supports() turns away machines older than
// SSE4. Code outside Highway's target regions still compiles for the compiler's own baseline.
#if defined(__x86_64__) || defined(_M_X64)
#define HWY_BASELINE_TARGETS HWY_SSE4
#define HWY_DISABLED_TARGETS HWY_SSSE3
#endif

#endif  // ATTUNE_ATTENTION_CPU_TARGETS_H_
