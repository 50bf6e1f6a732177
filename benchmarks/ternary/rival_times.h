// How many times as fast ternary products were as their rivals in one run.
#ifndef ATTUNE_BENCHMARKS_TERNARY_RIVAL_TIMES_H_
#define ATTUNE_BENCHMARKS_TERNARY_RIVAL_TIMES_H_

#include <map>
#include <string>
#include <vector>

namespace attune {

class RivalTimes {
 public:
  void Add(const std::string& problem, const std::string& rival, double seconds);

  // For each problem that both have samples of, how many times as long the median of `slower` takes
  // as that of `faster`.
  std::map<std::string, double> Ratios(const std::string& slower, const std::string& faster) const;

  // The median of `rival` by problem, in seconds.
  std::map<std::string, double> Medians(const std::string& rival) const;

  // The median of each rival of each problem, in milliseconds.
  std::string Table() const;

 private:
  std::map<std::string, std::map<std::string, std::vector<double>>> samples_;
};

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_TERNARY_RIVAL_TIMES_H_
