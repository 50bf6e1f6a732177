#include "testing/report/html_report.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "testing/report/format.h"
#include "testing/report/markup.h"

namespace attune {
namespace {

constexpr char kHead[] = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border-bottom: 1px solid #ddd; padding: .25em .8em .25em 0; text-align: left; vertical-align: top; }
pre { white-space: pre-wrap; background: #f6f6f6; padding: .6em; margin: .3em 0; }
.outcome { display: inline-block; padding: .1em .5em; border-radius: .25em; color: #fff; font-weight: 600; }
.pass { background: #1a7f37; } .fail { background: #b42318; }
.blocked { background: #9a6700; } .skipped { background: #57606a; }
</style>
)";

std::string Badge(Outcome outcome) {
  const absl::string_view name = OutcomeName(outcome);
  return absl::StrCat("<span class=\"outcome ", absl::AsciiStrToLower(name), "\">", name,
                      "</span>");
}

std::string Row(const std::vector<std::string>& cells, absl::string_view element) {
  std::string row = "<tr>";
  for (const std::string& cell : cells) {
    absl::StrAppend(&row, "<", element, ">", EscapeMarkup(cell), "</", element, ">");
  }
  return absl::StrCat(row, "</tr>\n");
}

std::string Table(const ReportTable& table) {
  std::string html =
      absl::StrCat("<h2>", EscapeMarkup(table.title), "</h2>\n<table>\n", Row(table.columns, "th"));
  for (const std::vector<std::string>& row : table.rows) absl::StrAppend(&html, Row(row, "td"));
  return absl::StrCat(html, "</table>\n");
}

std::string Summary(const Report& report) {
  std::string html =
      absl::StrCat("<h1>gpu_test ", EscapeMarkup(report.command), " ", EscapeMarkup(report.target),
                   " ", Badge(report.outcome), "</h1>\n");
  if (!report.reason.empty()) absl::StrAppend(&html, "<p>", EscapeMarkup(report.reason), "</p>\n");
  absl::StrAppendFormat(&html,
                        "<p>%d passed, %d failed, %d blocked, %d skipped, %d measured; %s, from %s"
                        "</p>\n",
                        CountCases(report, Outcome::kPassed), CountCases(report, Outcome::kFailed),
                        CountCases(report, Outcome::kBlocked),
                        CountCases(report, Outcome::kSkipped), report.measurements.size(),
                        FormatSeconds(report.seconds), EscapeMarkup(report.started));
  if (!report.facts.empty()) {
    absl::StrAppend(&html, "<table>\n");
    for (const auto& [name, value] : report.facts) absl::StrAppend(&html, Row({name, value}, "td"));
    absl::StrAppend(&html, "</table>\n");
  }
  for (const std::string& note : report.notes) {
    absl::StrAppend(&html, "<p>", EscapeMarkup(note), "</p>\n");
  }
  return html;
}

std::string Trouble(const Report& report) {
  std::string html;
  for (const CaseResult& result : report.cases) {
    if (result.outcome == Outcome::kPassed) continue;
    absl::StrAppend(&html, "<h3>", Badge(result.outcome), " ", EscapeMarkup(result.name),
                    " <small>", EscapeMarkup(result.program), "</small></h3>\n<pre>",
                    EscapeMarkup(result.message), "</pre>\n");
  }
  return html.empty() ? "" : absl::StrCat("<h2>What did not pass</h2>\n", html);
}

std::string Cases(const Report& report) {
  if (report.cases.empty()) return "";
  std::string html = "<h2>Cases</h2>\n<table>\n<tr><th></th><th>case</th><th>time</th></tr>\n";
  std::string program;
  for (const CaseResult& result : report.cases) {
    if (result.program != program) {
      program = result.program;
      absl::StrAppend(&html, "<tr><th colspan=\"3\">", EscapeMarkup(program), "</th></tr>\n");
    }
    absl::StrAppend(&html, "<tr><td>", Badge(result.outcome), "</td><td>",
                    EscapeMarkup(result.name), "</td><td>", FormatSeconds(result.seconds),
                    "</td></tr>\n");
  }
  return absl::StrCat(html, "</table>\n");
}

}  // namespace

std::string ToHtml(const Report& report) {
  std::string html = absl::StrCat(kHead, "<title>gpu_test ", EscapeMarkup(report.command), ": ",
                                  OutcomeName(report.outcome), "</title>\n</head>\n<body>\n",
                                  Summary(report), Trouble(report));
  if (!report.measurements.empty()) {
    absl::StrAppend(&html, Table(MeasurementTable(report.measurements)));
  }
  for (const ReportTable& table : report.tables) absl::StrAppend(&html, Table(table));
  return absl::StrCat(html, Cases(report), "</body>\n</html>\n");
}

}  // namespace attune
