# cmake -DFOLDER=folder -DNAME=name -P intaglio-stamp.cmake: the end of intaglio_add_model's command. Touches FOLDER.stamp and gives the
# rule of FOLDER.d, which is the manifest's, to it.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
if(NOT EXISTS "${FOLDER}/${NAME}.manifest.json")  # con.cpp would be a device of Windows
  message(FATAL_ERROR "${FOLDER}/${NAME}.manifest.json was not written: the program names the files of this model differently "
    "(see its note). Give intaglio_add_model another NAME.")
endif()
file(READ "${FOLDER}.d" rule)
string(REPLACE "/${NAME}.manifest.json:" ".stamp:" rule "${rule}")
file(WRITE "${FOLDER}.d" "${rule}")
file(TOUCH "${FOLDER}.stamp")
