# Asks a Boost.Test PROGRAM for its cases and writes OUTPUT, a ctest file with one test for each:
# "NAME.case" under the LABELS, in a process of its own; of a program with several suites, NAME_*, it is
# "SUITE.case". With WHOLE_SUITES there is one for each suite, "NAME.SUITE": to start a program takes a
# sanitizer longer than most cases do. Runs after each build of the program.
execute_process(COMMAND ${PROGRAM} --list_content=HRF --color_output=no
                ERROR_VARIABLE listing OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "_test$" "" program ${NAME})
set(tests "")
set(suite "")
macro(add_test_of name selected)
    string(APPEND tests
        "add_test([==[${name}]==] [==[${PROGRAM}]==] [==[--run_test=${selected}]==] --color_output=no)\n"
        "set_tests_properties([==[${name}]==] PROPERTIES LABELS [==[${LABELS}]==])\n")
endmacro()
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
        if(WHOLE_SUITES)
            add_test_of(${program}.${suite} ${suite})
        endif()
    elseif(NOT WHOLE_SUITES AND line MATCHES "^ +([A-Za-z0-9_]+)\\*:?")
        add_test_of(${prefix}.${CMAKE_MATCH_1} ${suite}/${CMAKE_MATCH_1})
    endif()
endforeach()
if(tests STREQUAL "")
    message(FATAL_ERROR "${PROGRAM} lists no case inside a suite")
endif()
file(WRITE ${OUTPUT} "${tests}")
