#include "autotune/space/expression.h"

#include <muParser.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <deque>
#include <iterator>
#include <mutex>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr size_t kMaxLength = 2000;
constexpr double kMaxExactInteger = 9007199254740992.0;  // 2^53

constexpr absl::string_view kFunctions[] = {"abs",  "ceil", "ceil_div", "floor",
                                            "log2", "max",  "min"};

// What went wrong inside a function of the running evaluation. The functions do not throw: an
// exception would have to cross muParser's frames, and those differ between its evaluation loops.
thread_local const char* evaluation_error = nullptr;

double Fail(const char* error) {
  evaluation_error = error;
  return std::nan("");
}

bool IsExactInteger(double value) {
  return std::abs(value) <= kMaxExactInteger && std::trunc(value) == value;
}

double Remainder(double a, double b) {
  if (!IsExactInteger(a) || !IsExactInteger(b)) return Fail("% wants integers");
  if (b == 0) return Fail("% by zero");
  return std::fmod(a, b);
}

double CeilDiv(double a, double b) {
  if (!IsExactInteger(a) || !IsExactInteger(b)) return Fail("ceil_div wants integers");
  if (b == 0) return Fail("ceil_div by zero");
  const auto dividend = static_cast<int64_t>(a);
  const auto divisor = static_cast<int64_t>(b);
  const bool round_up = dividend % divisor != 0 && (dividend < 0) == (divisor < 0);
  return static_cast<double>(dividend / divisor + (round_up ? 1 : 0));
}

double Not(double a) { return a == 0 ? 1 : 0; }
double Abs(double a) { return std::abs(a); }
double Ceil(double a) { return std::ceil(a); }
double Floor(double a) { return std::floor(a); }
double Log2(double a) { return std::log2(a); }
double Min(const double* values, int count) { return *std::min_element(values, values + count); }
double Max(const double* values, int count) { return *std::max_element(values, values + count); }

void DefineLanguage(mu::Parser& parser) {
  parser.ClearFun();
  parser.ClearConst();
  // Never folded while parsing: an error belongs to the evaluation that meets it.
  parser.DefineFun("abs", Abs, false);
  parser.DefineFun("ceil", Ceil, false);
  parser.DefineFun("ceil_div", CeilDiv, false);
  parser.DefineFun("floor", Floor, false);
  parser.DefineFun("log2", Log2, false);
  parser.DefineFun("max", Max, false);
  parser.DefineFun("min", Min, false);
  parser.DefineOprt("%", Remainder, mu::prMUL_DIV, mu::oaLEFT, false);
  // Above the powers: muParser's own signs stand level with products, which a negation must not.
  parser.DefineInfixOprt("!", Not, mu::prPOW + 1, false);
}

absl::Status SyntaxError(absl::string_view text, absl::string_view what, size_t position) {
  return absl::InvalidArgumentError(
      absl::StrCat("expression \"", text, "\": ", what, " at character ", position + 1));
}

// Keeps muParser's wider language out: assignments, powers, strings, several results.
absl::Status CheckCharacters(absl::string_view text) {
  constexpr absl::string_view kPunctuation = " _.,?:()+-*/%<>=!&|";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!absl::ascii_isalnum(c) && kPunctuation.find(c) == absl::string_view::npos) {
      return SyntaxError(absl::CHexEscape(text), "a character that means nothing", i);
    }
    if (c != '=') continue;
    const bool ends_comparison =
        i > 0 && absl::string_view("<>=!").find(text[i - 1]) != absl::string_view::npos;
    if (!ends_comparison && text.substr(i, 2) != "==") {
      return SyntaxError(text, "'=' assigns; compare with '=='", i);
    }
  }
  return absl::OkStatus();
}

}  // namespace

struct CompiledExpression::Impl {
  // muParser calls this for each name it meets first; what it returns is read at every evaluation.
  static double* AddSlot(const char* name, void* impl) {
    auto* self = static_cast<Impl*>(impl);
    self->names.emplace_back(name);
    return &self->slots.emplace_back(1.0);
  }

  std::string text;
  std::vector<std::string> names;
  // One for each name. A deque: its elements never move.
  std::deque<double> slots;
  std::vector<double*> slot_of_name;  // in the order of `names`, once that is sorted
  // muParser evaluates on a stack that belongs to the parser.
  std::mutex mutex;
  mu::Parser parser;
};

CompiledExpression::CompiledExpression(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CompiledExpression::CompiledExpression(CompiledExpression&&) noexcept = default;
CompiledExpression& CompiledExpression::operator=(CompiledExpression&&) noexcept = default;
CompiledExpression::~CompiledExpression() = default;

const std::string& CompiledExpression::text() const { return impl_->text; }
const std::vector<std::string>& CompiledExpression::names() const { return impl_->names; }

absl::StatusOr<CompiledExpression> CompiledExpression::Parse(absl::string_view text) {
  if (text.size() > kMaxLength) {
    return absl::InvalidArgumentError(absl::StrCat(
        "an expression of ", text.size(), " characters: at most ", kMaxLength, " are read"));
  }
  if (absl::StripAsciiWhitespace(text).empty()) {
    return absl::InvalidArgumentError("an expression is empty");
  }
  ATTUNE_RETURN_IF_ERROR(CheckCharacters(text));

  auto impl = std::make_unique<Impl>();
  impl->text = std::string(text);
  try {
    DefineLanguage(impl->parser);
    impl->parser.SetVarFactory(Impl::AddSlot, impl.get());
    impl->parser.SetExpr(impl->text);
    // muParser parses when it first evaluates. The value, on slots of ones, means nothing.
    impl->parser.Eval();
    if (impl->parser.GetNumResults() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("expression \"", text, "\" has several values, separated by commas"));
    }
  } catch (const mu::ParserError& error) {
    return absl::InvalidArgumentError(absl::StrCat("expression \"", text, "\": ", error.GetMsg()));
  }

  std::vector<size_t> order(impl->names.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return impl->names[a] < impl->names[b]; });
  for (size_t i : order) impl->slot_of_name.push_back(&impl->slots[i]);
  std::sort(impl->names.begin(), impl->names.end());
  return CompiledExpression(std::move(impl));
}

absl::StatusOr<double> CompiledExpression::EvaluateInOrder(absl::Span<const double> values) const {
  assert(values.size() == impl_->slot_of_name.size());
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  for (size_t i = 0; i < values.size(); ++i) *impl_->slot_of_name[i] = values[i];
  evaluation_error = nullptr;
  double value = 0;
  try {
    value = impl_->parser.Eval();
  } catch (const mu::ParserError& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("expression \"", text(), "\": ", error.GetMsg()));
  }
  if (evaluation_error != nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("expression \"", text(), "\": ", evaluation_error));
  }
  if (!std::isfinite(value)) {
    return absl::InvalidArgumentError(
        absl::StrCat("expression \"", text(), "\" evaluates to ", value));
  }
  return value;
}

absl::StatusOr<double> CompiledExpression::Evaluate(const Variables& variables) const {
  std::vector<double> values;
  values.reserve(names().size());
  for (const std::string& name : names()) {
    const auto variable = variables.find(name);
    if (variable == variables.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("expression \"", text(), "\" names ", name, ", which has no value here"));
    }
    values.push_back(variable->second);
  }
  return EvaluateInOrder(values);
}

bool IsVariableName(absl::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name.front())) return false;
  const bool identifier = std::all_of(name.begin(), name.end(),
                                      [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
  return identifier &&
         std::find(std::begin(kFunctions), std::end(kFunctions), name) == std::end(kFunctions);
}

}  // namespace attune
