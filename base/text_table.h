// Tables for a terminal.
#ifndef ATTUNE_BASE_TEXT_TABLE_H_
#define ATTUNE_BASE_TEXT_TABLE_H_

#include <string>
#include <vector>

namespace attune {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

// `rows` under `columns`, two spaces apart, each column as wide as its widest cell, a rule below
// the titles. Rows shorter than `columns` end early. No line ends in spaces.
std::string FormatTable(const std::vector<Column>& columns,
                        const std::vector<std::vector<std::string>>& rows);

}  // namespace attune

#endif  // ATTUNE_BASE_TEXT_TABLE_H_
