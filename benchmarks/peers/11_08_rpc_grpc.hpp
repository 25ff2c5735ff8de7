// The same function as a service of gRPC's: unary calls, one at a time or many at once.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "11_08_rpc.grpc.pb.h"

namespace cookbook::peers {

class CalculatorService : public Calculator::CallbackService {
    grpc::ServerUnaryReactor* Add(grpc::CallbackServerContext* context, const Operands* operands,
                                  Sum* sum) override {
        sum->set_value(operands->x() + operands->y());
        grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }
};

/// Serves until the process is killed.
inline void serve_grpc(std::uint16_t port) {
    CalculatorService service;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port),
                             grpc::InsecureServerCredentials());
    builder.RegisterService(&service);
    builder.BuildAndStart()->Wait();
}

class GrpcClient {
public:
    explicit GrpcClient(std::uint16_t port)
        : stub_(Calculator::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                        grpc::InsecureChannelCredentials()))) {
        operands_.set_x(2);
        operands_.set_y(3);
    }

    /// Calls so many times, `at_once` calls in flight.
    void call(int count, int at_once) {
        at_once == 1 ? call_one_by_one(count) : call_async(count, at_once);
    }

private:
    struct Pending {
        grpc::ClientContext context;
        Sum sum;
        grpc::Status status;
        std::unique_ptr<grpc::ClientAsyncResponseReader<Sum>> reader;
    };

    void call_one_by_one(int count) {
        for (; count > 0; --count) {
            grpc::ClientContext context;
            Sum sum;
            check(stub_->Add(&context, operands_, &sum), sum);
        }
    }

    void call_async(int count, int at_once) {
        grpc::CompletionQueue queue;
        int to_begin = count;
        for (; at_once > 0; --at_once, --to_begin) {
            begin(queue);
        }
        for (; count > 0; --count) {
            void* tag = nullptr;
            bool ok = false;
            queue.Next(&tag, &ok);
            const std::unique_ptr<Pending> pending(static_cast<Pending*>(tag));
            check(pending->status, pending->sum);
            if (to_begin > 0) {
                --to_begin;
                begin(queue);
            }
        }
    }

    void begin(grpc::CompletionQueue& queue) {
        auto pending = std::make_unique<Pending>();
        pending->reader = stub_->AsyncAdd(&pending->context, operands_, &queue);
        Pending& one = *pending.release();  // the tag owns it
        one.reader->Finish(&one.sum, &one.status, &one);
    }

    static void check(const grpc::Status& status, const Sum& sum) {
        if (!status.ok() || sum.value() != 5) {
            throw std::runtime_error("gRPC: " + status.error_message());
        }
    }

    std::unique_ptr<Calculator::Stub> stub_;
    Operands operands_;
};

}  // namespace cookbook::peers
