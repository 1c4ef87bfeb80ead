// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/identifiers.h"

#include <cctype>
#include <set>

namespace intaglio {

bool is_reserved_identifier(std::string_view name) {
  static const std::set<std::string_view> reserved = {
      "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
      "char16_t", "char32_t", "class", "compl", "const", "constexpr", "const_cast", "continue", "decltype", "default",
      "delete", "do", "double", "dynamic_cast", "else", "enum", "explicit", "export", "extern", "false", "float", "for",
      "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq",
      "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "register", "reinterpret_cast",
      "restrict", "return", "short", "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch",
      "template", "this", "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "typeof", "union",
      "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq", "char8_t", "concept",
      "requires", "co_await", "co_return", "co_yield", "main", "linux", "unix",
      // used by generated code
      "arena", "memory", "io", "intaglio", "window", "f32x8", "i32x8", "mask8", "clear_border", "ptrdiff_t", "size_t",
      "uintptr_t", "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t", "errno",
      "NULL"};
  return reserved.count(name) != 0;
}

std::string safe_identifier(std::string_view name) {
  std::string result;
  for (char c : name)
    result += std::isalnum(static_cast<unsigned char>(c)) && static_cast<unsigned char>(c) < 128 ? c : '_';
  if (result.empty() || std::isdigit(static_cast<unsigned char>(result[0])) || result[0] == '_' ||
      is_reserved_identifier(result)) {
    result = "v" + result;
  }
  return result;
}

}  // namespace intaglio
