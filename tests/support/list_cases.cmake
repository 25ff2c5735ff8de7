# Asks a Boost.Test PROGRAM for its cases and writes OUTPUT, a ctest file with one test for each:
# "NAME.case" under the LABELS, in a process of its own; of a program with several suites, NAME_*, it is
# "SUITE.case". Runs after each build of the program.
execute_process(COMMAND ${PROGRAM} --list_content=HRF --color_output=no
                ERROR_VARIABLE listing OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "_test$" "" program ${NAME})
set(tests "")
set(suite "")
string(REPLACE "\n" ";" lines "${listing}")
foreach(line IN LISTS lines)
    # A suite stands at the margin, its cases are indented; '*' says that it is enabled.
    # Disabled ones are run by no test of their own.
    if(line MATCHES "^([A-Za-z0-9_]+)\\*?:?$")
        set(suite ${CMAKE_MATCH_1})
        set(prefix ${program})
        if(suite MATCHES "^${program}_")
            set(prefix ${suite})
        endif()
    elseif(line MATCHES "^ +([A-Za-z0-9_]+)\\*:?")
        set(case ${CMAKE_MATCH_1})
        string(APPEND tests
            "add_test([==[${prefix}.${case}]==] [==[${PROGRAM}]==] "
            "[==[--run_test=${suite}/${case}]==] --color_output=no)\n"
            "set_tests_properties([==[${prefix}.${case}]==] PROPERTIES LABELS [==[${LABELS}]==])\n")
    endif()
endforeach()
if(tests STREQUAL "")
    message(FATAL_ERROR "${PROGRAM} lists no case inside a suite")
endif()
file(WRITE ${OUTPUT} "${tests}")
