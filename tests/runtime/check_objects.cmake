# What generated code inherits from the runtime, checked on object files: it compiles without warnings as freestanding C++11 at -O0
# and -O2 in both assembler dialects, refers to no symbol but memcpy and its kind, defines none, keeps register tiles in registers,
# and refuses fast-math.
#   cmake -DCOMPILER=... -DNM=... -DRUNTIME=... -DSOURCES=... -DBINARY=... -DX86=... -P check_objects.cmake
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set(base -std=c++11 -Wall -Wextra -Wconversion -Wshadow -Wdouble-promotion -pedantic -Werror
         -ffreestanding -fno-exceptions -fno-rtti -I${RUNTIME} -I${SOURCES})
file(MAKE_DIRECTORY ${BINARY})

function(compile_header header)
  set(object ${BINARY}/vocabulary.o)
  set(command ${COMPILER} ${base} ${ARGN} "-DINTAGLIO_TEST_HEADER=\"intaglio/${header}\"" -DINTAGLIO_TEST_NAME=vocabulary_under_test
              -c ${SOURCES}/vocabulary.cc -o ${object})
  execute_process(COMMAND ${command} RESULT_VARIABLE result ERROR_VARIABLE errors)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${header} with ${ARGN} does not compile:\n${errors}")
  endif()
  execute_process(COMMAND ${NM} -P ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" symbols "${symbols}")
  foreach(symbol IN LISTS symbols)
    if(symbol MATCHES "^([^ ]+) ([A-Zuvw])")  # undefined, external and weak symbols
      set(name ${CMAKE_MATCH_1})
      if(NOT name MATCHES "^(memcpy|memset|memmove|memcmp|_GLOBAL_OFFSET_TABLE_)$" AND NOT name MATCHES "vocabulary_under_test")
        message(SEND_ERROR "${header} with ${ARGN}: symbol ${name}")
      endif()
    endif()
  endforeach()
endfunction()

foreach(optimization -O0 -O2)
  compile_header(simd_scalar.h ${optimization})
  compile_header(simd_portable.h ${optimization})
  if(X86)
    compile_header(simd_avx2.h ${optimization} -mavx2 -mfma)
    compile_header(simd_avx512.h ${optimization} -mavx2 -mfma -mavx512f -mavx512vl -mavx512dq)
    compile_header(simd_scalar.h ${optimization} -mfma)
    compile_header(simd_portable.h ${optimization} -mfma)
    compile_header(simd_scalar.h ${optimization} -U__SSE2__)
    compile_header(simd_portable.h ${optimization} -U__SSE2__)
  endif()
endforeach()

if(X86)
  compile_header(simd_avx2.h -O2 -mavx2 -mfma -masm=intel)
  execute_process(COMMAND ${COMPILER} ${base} -O2 -mavx2 -mfma -S ${SOURCES}/tile.cc -o - OUTPUT_VARIABLE assembly COMMAND_ERROR_IS_FATAL ANY)
  if(NOT assembly MATCHES "vfmadd231ps")
    message(SEND_ERROR "tile.cc uses no vfmadd231ps")
  endif()
  if(assembly MATCHES "[^\n]*\\(%r[sb]p\\)[^\n]*%[xy]mm[^\n]*|[^\n]*%[xy]mm[^\n]*\\(%r[sb]p\\)[^\n]*")
    message(SEND_ERROR "tile.cc spills: ${CMAKE_MATCH_0}")
  endif()
endif()

execute_process(COMMAND ${COMPILER} ${base} -O2 -ffast-math -S ${SOURCES}/tile.cc -o ${BINARY}/tile.s RESULT_VARIABLE result ERROR_VARIABLE errors)
if(result EQUAL 0 OR NOT errors MATCHES "compile without -ffast-math")
  message(SEND_ERROR "-ffast-math is not refused")
endif()
