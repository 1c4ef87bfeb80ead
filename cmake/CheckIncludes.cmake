# Fails when a file of the compiler includes a folder that its own folder's library does not link. All folders share one
# include root, so the compiler would find the header anyway.
#   cmake -DSOURCE=compiler -DALLOWED=FILE -P CheckIncludes.cmake
# FILE has a line "folder: folders that it may include" each; a file that stands in no folder (compile.cc) counts as a folder
# of its stem's name.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
get_filename_component(SOURCE ${SOURCE} ABSOLUTE)  # names relative to it need one
file(STRINGS ${ALLOWED} rows)
foreach(row IN LISTS rows)
  string(REGEX REPLACE "^([a-z]+):.*" "\\1" folder "${row}")
  string(REGEX REPLACE "^[a-z]+: *" "" folders "${row}")
  separate_arguments(folders UNIX_COMMAND "${folders}")
  list(APPEND allowed_${folder} ${folders})
endforeach()

# The folder that a path below the root belongs to.
function(folder_of path result)
  string(REGEX REPLACE "/.*" "" first "${path}")
  get_filename_component(first "${first}" NAME_WE)
  set(${result} ${first} PARENT_SCOPE)
endfunction()

set(checked 0)
file(GLOB_RECURSE files RELATIVE ${SOURCE} ${SOURCE}/*.h ${SOURCE}/*.cc)
foreach(file IN LISTS files)
  folder_of(${file} folder)
  file(STRINGS ${SOURCE}/${file} includes REGEX "^#include \"")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "^#include \"([^\"]*)\".*" "\\1" path "${include}")
    folder_of(${path} included)
    math(EXPR checked "${checked} + 1")
    if(NOT included STREQUAL folder AND NOT included IN_LIST allowed_${folder})
      message(SEND_ERROR "${file} includes \"${path}\": '${folder}' may only include ${allowed_${folder}}")
    endif()
  endforeach()
endforeach()
if(checked EQUAL 0)
  message(FATAL_ERROR "no include was found below ${SOURCE}")
endif()
message(STATUS "${checked} includes checked")
