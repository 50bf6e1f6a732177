// nlohmann-json with what its users would each compile again: the templates of json and
// ordered_json that cost the most, compiled once in templates.cc. Found before the library's own
// header by all that depend on //third_party:json.
#ifndef ATTUNE_THIRD_PARTY_JSON_INCLUDE_NLOHMANN_JSON_HPP_
#define ATTUNE_THIRD_PARTY_JSON_INCLUDE_NLOHMANN_JSON_HPP_

#include <initializer_list>
#include_next <nlohmann/json.hpp>
#include <string>

// The members of Json one by one: with its formats of bytes the whole class takes longer to compile
// than it saves.
#define ATTUNE_JSON_TEMPLATES(declare_or_define, Json)                                       \
  namespace nlohmann {                                                                       \
  declare_or_define Json::basic_json(const Json&);                                           \
  declare_or_define Json::basic_json(Json&&) noexcept;                                       \
  declare_or_define Json::basic_json(std::initializer_list<detail::json_ref<Json>>, bool,    \
                                     detail::value_t);                                       \
  declare_or_define Json::~basic_json() noexcept;                                            \
  declare_or_define void Json::push_back(Json&&);                                            \
  declare_or_define void Json::push_back(const Json&);                                       \
  declare_or_define std::string Json::dump(int, char, bool, detail::error_handler_t) const;  \
  declare_or_define Json::json_value::json_value(detail::value_t);                           \
  declare_or_define void Json::json_value::destroy(detail::value_t);                         \
  }                                                                                          \
  namespace nlohmann::detail {                                                               \
  declare_or_define class serializer<Json>;                                                  \
  declare_or_define class json_sax_dom_parser<Json>;                                         \
  declare_or_define class json_sax_dom_callback_parser<Json>;                                \
  declare_or_define class lexer<Json, iterator_input_adapter<const char*>>;                  \
  declare_or_define class lexer<Json, iterator_input_adapter<std::string::const_iterator>>;  \
  declare_or_define class parser<Json, iterator_input_adapter<const char*>>;                 \
  declare_or_define class parser<Json, iterator_input_adapter<std::string::const_iterator>>; \
  }

ATTUNE_JSON_TEMPLATES(extern template, json)
ATTUNE_JSON_TEMPLATES(extern template, ordered_json)

#endif  // ATTUNE_THIRD_PARTY_JSON_INCLUDE_NLOHMANN_JSON_HPP_
