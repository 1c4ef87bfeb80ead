# intaglio_add_model: a library target whose sources the program intaglio::intaglio writes at build time from an ONNX model.
# Comes with find_package(intaglio) and with add_subdirectory of Intaglio's sources; documented in docs/building.md.
#
# How it stays quiet when nothing changed: the program leaves files alone whose contents stay, so none of them tells Make that it
# has run; a stamp beside the folder does. The program's depfile names what was read.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
cmake_minimum_required(VERSION 3.20)  # depfiles with Make; and the policies of the functions below

# The host's own program, where the one of this build or package does not run: cross builds. Visible to every folder, as the
# function is.
if(INTAGLIO_EXECUTABLE AND NOT TARGET intaglio::intaglio)
  if(NOT IS_ABSOLUTE "${INTAGLIO_EXECUTABLE}" OR NOT EXISTS "${INTAGLIO_EXECUTABLE}" OR IS_DIRECTORY "${INTAGLIO_EXECUTABLE}")
    message(FATAL_ERROR "INTAGLIO_EXECUTABLE is no program: ${INTAGLIO_EXECUTABLE}\nGive the absolute path of an intaglio that runs on this machine.")
  endif()
  add_executable(intaglio::intaglio IMPORTED GLOBAL)
  set_target_properties(intaglio::intaglio PROPERTIES IMPORTED_LOCATION "${INTAGLIO_EXECUTABLE}")
endif()

# Compiler flags of each target, as `intaglio targets --json` has them (a test compares): the program may not be built yet, or not
# run, when CMake asks.
set_property(GLOBAL PROPERTY INTAGLIO_TARGETS portable avx2 avx512 scalar)
set_property(GLOBAL PROPERTY INTAGLIO_FLAGS_avx2 -mavx2 -mfma)
set_property(GLOBAL PROPERTY INTAGLIO_FLAGS_avx512 -mavx2 -mfma -mavx512f -mavx512vl -mavx512dq)

# intaglio_add_model(TARGET target MODEL file [TARGET_ISA isa] [NAME name] [OPTIONS option...])
# A macro, because a project in C only needs the language in its own scope.
macro(intaglio_add_model)
  if(NOT CMAKE_CXX_COMPILER_LOADED)
    enable_language(CXX)
  endif()
  _intaglio_add_model(${ARGN})
endmacro()

function(_intaglio_add_model)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;MODEL;TARGET_ISA;NAME" "OPTIONS")
  list(REMOVE_ITEM arg_KEYWORDS_MISSING_VALUES OPTIONS)  # none
  if(NOT arg_TARGET OR NOT arg_MODEL OR arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "intaglio_add_model(TARGET target MODEL file [TARGET_ISA isa] [NAME name] [OPTIONS option...]): "
      "TARGET or MODEL is missing, or this has no place: ${arg_UNPARSED_ARGUMENTS} ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  set(target ${arg_TARGET})
  set(isa portable)
  if(arg_TARGET_ISA)
    set(isa ${arg_TARGET_ISA})
  endif()
  get_property(known GLOBAL PROPERTY INTAGLIO_TARGETS)
  if(NOT isa IN_LIST known)
    list(JOIN known ", " known)
    message(FATAL_ERROR "intaglio_add_model: there is no TARGET_ISA ${isa}; known: ${known}")
  endif()
  get_property(flags GLOBAL PROPERTY INTAGLIO_FLAGS_${isa})
  set(name ${arg_NAME})
  if(NOT name)  # the target's, with what identifiers do not have replaced
    string(REGEX REPLACE "[^A-Za-z0-9]+" "_" name ${target})
  endif()
  if(NOT name MATCHES "^[A-Za-z]([A-Za-z0-9]|_[A-Za-z0-9])*$")
    message(FATAL_ERROR "intaglio_add_model: ${name} cannot begin the names of functions; say NAME with letters, digits and single _")
  endif()
  foreach(option IN LISTS arg_OPTIONS)
    if(option MATCHES "^(-o.*|--(output|name|target|depfile|list-files)(=.*)?)$")
      message(FATAL_ERROR "intaglio_add_model: ${option} has no place in OPTIONS: NAME and TARGET_ISA are words of their own, "
        "and where files go is the build's to say")
    endif()
  endforeach()

  get_filename_component(model "${arg_MODEL}" ABSOLUTE)
  set(parent "${CMAKE_CURRENT_BINARY_DIR}/intaglio/${target}")
  set(folder "${parent}/${name}")
  set(sources "${folder}/${name}.cpp" "${folder}/${name}_weights.cpp")
  if("--selftest" IN_LIST arg_OPTIONS)
    list(APPEND sources "${folder}/${name}_selftest.cpp")
  endif()
  set(headers "${folder}/${name}.h" "${folder}/${name}/${name}.h")
  set(arguments compile "${model}" -o "${folder}" --name ${name} --target ${isa} ${arg_OPTIONS})
  # Make does not look at commands: this file changes when they do.
  file(CONFIGURE OUTPUT "${folder}.arguments" CONTENT "${arguments}\n" @ONLY)
  add_custom_command(OUTPUT "${folder}.stamp" BYPRODUCTS ${sources} ${headers}
    COMMAND intaglio::intaglio ${arguments} --depfile "${folder}.d"
    COMMAND ${CMAKE_COMMAND} "-DFOLDER=${folder}" -DNAME=${name} -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/intaglio-stamp.cmake"
    DEPENDS "${model}" "${folder}.arguments" intaglio::intaglio
    DEPFILE "${folder}.d"
    COMMENT "Compiling ${arg_MODEL} to C++ (${name}, ${isa})" VERBATIM)
  add_custom_target(${target}_sources DEPENDS "${folder}.stamp")

  add_library(${target} ${sources})
  add_dependencies(${target} ${target}_sources)
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON  # may become part of a shared library
    CXX_VISIBILITY_PRESET default
    PUBLIC_HEADER "${folder}/${name}.h"
    INTAGLIO_FOLDER "${folder}")
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${folder}>")
  target_compile_features(${target} PRIVATE cxx_std_11)
  # CMake's default, no build type, does not optimise. An -O of yours counts: this one stands in front of your options.
  if(NOT MSVC AND NOT " ${CMAKE_CXX_COMPILER_ARG1} ${CMAKE_CXX_FLAGS}" MATCHES " -O")
    get_directory_property(options COMPILE_OPTIONS)
    set_property(TARGET ${target} PROPERTY COMPILE_OPTIONS $<$<CONFIG:>:-O2> ${options})
  endif()
  target_compile_options(${target} PRIVATE ${flags})
  # Weights may be a file that the assembler includes: it must be called now, not by the linker, and the object is out of date
  # when that file is.
  set_source_files_properties("${folder}/${name}_weights.cpp" PROPERTIES OBJECT_DEPENDS "${folder}.stamp")
  if(NOT MSVC)
    set_source_files_properties("${folder}/${name}_weights.cpp" PROPERTIES COMPILE_OPTIONS -fno-lto)
  endif()
endfunction()
