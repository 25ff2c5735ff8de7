# add_grpc_peer(BENCHMARK): gives it the peer in 11_08_rpc_grpc.hpp, if gRPC is installed.
function(add_grpc_peer benchmark)
    find_package(Protobuf QUIET)
    find_package(gRPC CONFIG QUIET)
    find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin)
    if(NOT (Protobuf_FOUND AND TARGET gRPC::grpc++ AND GRPC_CPP_PLUGIN))
        return()
    endif()
    set(folder ${CMAKE_BINARY_DIR}/peers)
    set(generated ${folder}/11_08_rpc.pb.cc ${folder}/11_08_rpc.grpc.pb.cc)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(OUTPUT ${generated} ${folder}/11_08_rpc.pb.h ${folder}/11_08_rpc.grpc.pb.h
        COMMAND protobuf::protoc --proto_path=${CMAKE_SOURCE_DIR}/benchmarks/peers --cpp_out=${folder}
                --grpc_out=${folder} --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN} 11_08_rpc.proto
        DEPENDS ${CMAKE_SOURCE_DIR}/benchmarks/peers/11_08_rpc.proto VERBATIM)
    add_library(${benchmark}_grpc STATIC EXCLUDE_FROM_ALL ${generated})
    target_include_directories(${benchmark}_grpc SYSTEM PUBLIC ${folder})
    target_link_libraries(${benchmark}_grpc PUBLIC gRPC::grpc++ protobuf::libprotobuf)
    target_compile_definitions(${benchmark} PRIVATE HAVE_GRPC)
    target_link_libraries(${benchmark} PRIVATE ${benchmark}_grpc)
endfunction()
