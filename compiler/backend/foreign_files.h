// Files and build targets of other people that a generated folder must not stand in the way of.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string_view>

namespace intaglio {

/// True when a header of this name without ".h" would hide one of the C library's, the compiler's or the system's from
/// those who put the generated folder on their include path. Without regard to case, as some file systems.
bool is_system_header(std::string_view stem);
/// A name that Windows keeps for a device, whatever the extension.
bool is_windows_device(std::string_view stem);
/// A target that CMake, CTest or CPack define or refuse, or a library that programs link by this name.
bool is_reserved_target(std::string_view name);

}  // namespace intaglio
