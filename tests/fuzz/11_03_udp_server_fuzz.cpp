// Any datagram, as a request and as a reply: what a server answers, it does not take for an answer,
// and what a client takes for a reply is what the server says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "11_03_udp_server/time_protocol.hpp"

namespace {

using namespace cookbook::udp_server;

void require_property(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

/// The first byte says how much of the rest is the request; what follows is a reply to it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string_view request = input.substr(0, data[0]);
    const std::string_view reply = input.substr(request.size());
    const Id kept = id_in(request);
    const std::string_view id = kept;
    require_property(id.empty() || id == request);

    constexpr std::string_view time = "Wed Aug 15 20:35:08 2012";
    const Reply ours = reply_to(request, time);
    require_property(time_in(ours, request) == time);
    require_property(!may_answer(ours, false, 40000, 20000));
    require_property(may_answer(ours, true, 40000, 20000));

    if (const auto told = time_in(reply, request)) {
        require_property(is_time(*told));
        require_property(reply == (id.empty() ? "" : std::string(id) + " ") + std::string(*told));
        require_property(!may_answer(reply, false, 40000, 20000));
    }
    return 0;
}
