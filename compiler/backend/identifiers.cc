// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/identifiers.h"

#include <set>

#include "backend/macro_names.h"

namespace intaglio {

namespace {

bool is_used_by_generated_code(std::string_view name) {
  static const std::set<std::string_view> used = {
      "arena",   "memory",  "io",           "weights",   "prepared", "intaglio", "window",   "f32x8",
      "i32x8",   "mask8",   "clear_border", "ptrdiff_t", "size_t",   "main",     "int8_t",   "int16_t",
      "int32_t", "int64_t", "uint8_t",      "uint16_t",  "uint32_t", "uint64_t", "uintptr_t"};
  return used.contains(name);
}

}  // namespace

bool is_keyword(std::string_view name) {
  static const std::set<std::string_view> keywords = {
      // of C++, most of them of C too
      "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
      "char8_t", "char16_t", "char32_t", "class", "co_await", "co_return", "co_yield", "compl", "concept", "const",
      "const_cast", "consteval", "constexpr", "constinit", "continue", "decltype", "default", "delete", "do", "double",
      "dynamic_cast", "else", "enum", "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if",
      "inline", "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "operator", "or",
      "or_eq", "private", "protected", "public", "register", "reinterpret_cast", "requires", "return", "short",
      "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this",
      "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual",
      "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
      // of C and of compilers
      "noreturn", "restrict", "typeof", "typeof_unqual"};
  return keywords.contains(name);
}

std::string safe_identifier(std::string_view name) {
  const std::string plain = plain_identifier(name);
  const bool taken = is_keyword(plain) || is_used_by_generated_code(plain) || !foreign_macro(plain).empty();
  return taken ? "v" + plain : plain;
}

std::string upper_case(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace intaglio
