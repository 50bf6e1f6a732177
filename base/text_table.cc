#include "base/text_table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"

namespace attune {
namespace {

std::string Pad(const std::string& cell, size_t width, Align align) {
  const std::string space(width - cell.size(), ' ');
  return align == Align::kLeft ? cell + space : space + cell;
}

std::string FormatRow(const std::vector<Column>& columns, const std::vector<size_t>& widths,
                      const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    absl::StrAppend(&line, i == 0 ? "" : "  ", Pad(cells[i], widths[i], columns[i].align));
  }
  line.resize(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string FormatTable(const std::vector<Column>& columns,
                        const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  std::vector<std::string> titles;
  for (const Column& column : columns) {
    titles.push_back(column.title);
    widths.push_back(column.title.size());
  }
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::vector<std::string> rule;
  for (const size_t width : widths) rule.emplace_back(width, '-');

  std::string table = FormatRow(columns, widths, titles) + FormatRow(columns, widths, rule);
  for (const std::vector<std::string>& row : rows) table += FormatRow(columns, widths, row);
  return table;
}

}  // namespace attune
