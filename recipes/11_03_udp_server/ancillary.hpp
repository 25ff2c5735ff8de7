// What the kernel tells beside a datagram, and is told beside one: ancillary data (cmsg(3)).
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace cookbook::udp_server {

/// Room for all that ReceiveBatch and SendBatch know, once each.
struct alignas(cmsghdr) Ancillary {
    std::array<std::byte, CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(in6_pktinfo)) +
                              CMSG_SPACE(sizeof(std::uint32_t))>
        bytes;
};

/// The value of one kind of ancillary data, if the kernel has sent it.
template <typename Value>
std::optional<Value> find_ancillary(msghdr& header, int level, int type) {
    for (cmsghdr* item = CMSG_FIRSTHDR(&header); item; item = CMSG_NXTHDR(&header, item)) {
        if (item->cmsg_level == level && item->cmsg_type == type) {
            Value value;
            std::memcpy(&value, CMSG_DATA(item), sizeof value);
            return value;
        }
    }
    return std::nullopt;
}

/// Adds ancillary data to what the header has; the room for it must be there.
template <typename Value>
void append_ancillary(msghdr& header, int level, int type, const Value& value) {
    auto* item = reinterpret_cast<cmsghdr*>(static_cast<std::byte*>(header.msg_control) +
                                            header.msg_controllen);
    item->cmsg_level = level;
    item->cmsg_type = type;
    item->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(item), &value, sizeof value);
    header.msg_controllen += CMSG_SPACE(sizeof value);
}

}  // namespace cookbook::udp_server
