#include "batch.hpp"

#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace cookbook::udp_server {
namespace {

constexpr std::size_t max_merged_parts = 64;      // UDP_MAX_SEGMENTS in the kernel
constexpr std::size_t max_merged_bytes = 65'000;  // one IP packet, until it is taken apart

asio::ip::address to_address(const in6_addr& v6) {
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6, bytes.size());
    return asio::ip::address_v6(bytes);
}

in6_addr to_in6_addr(const asio::ip::address& address) {
    const asio::ip::address_v6 v6 =
        address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4())
                        : address.to_v6();
    in6_addr result;
    std::memcpy(&result, v6.to_bytes().data(), sizeof result);
    return result;
}

/// Which of our addresses a datagram was sent to; the unspecified one if it was a group's.
asio::ip::address address_asked(msghdr& header) {
    // [step 1] Find the address that a reply must come from. (stub: return {};)
    if (const auto v4 = find_ancillary<in_pktinfo>(header, IPPROTO_IP, IP_PKTINFO)) {
        // Not ipi_addr, which may be a broadcast or group address.
        return asio::ip::address_v4(ntohl(v4->ipi_spec_dst.s_addr));
    }
    if (const auto v6 = find_ancillary<in6_pktinfo>(header, IPPROTO_IPV6, IPV6_PKTINFO)) {
        const asio::ip::address asked = to_address(v6->ipi6_addr);
        return asked.is_multicast() ? asio::ip::address() : asked;
    }
    return {};
    // [end]
}

/// Whether it was sent to one of our addresses, not to a broadcast or group address.
bool was_unicast(msghdr& header) {
    // [step 1] Say whether it was for one of our addresses. (stub: (void)header; return true;)
    if (const auto info = find_ancillary<in_pktinfo>(header, IPPROTO_IP, IP_PKTINFO)) {
        return info->ipi_addr.s_addr == info->ipi_spec_dst.s_addr;
    }
    const auto info = find_ancillary<in6_pktinfo>(header, IPPROTO_IPV6, IPV6_PKTINFO);
    return !info || !to_address(info->ipi6_addr).is_multicast();
    // [end]
}

/// Has the reply leave from route.local.
void set_source(msghdr& header, const Route& route) {
    if (route.local.is_unspecified()) {
        return;
    }
    // [step 1] Name the address in the ancillary data of the reply. (stub: (void)header;)
    if (route.peer.address().is_v4()) {
        in_pktinfo info{};  // no interface: where the peer is, routing knows
        info.ipi_spec_dst.s_addr = htonl(route.local.to_v4().to_uint());
        append_ancillary(header, IPPROTO_IP, IP_PKTINFO, info);
    } else {
        in6_pktinfo info{};
        info.ipi6_addr = to_in6_addr(route.local);  // of an IPv4 peer ::ffff:a.b.c.d
        append_ancillary(header, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
    // [end]
}

bool was_cut(const msghdr& header) {
    // [step 2] Say whether the datagram was too long. (stub: (void)header; return false;)
    return (header.msg_flags & MSG_TRUNC) != 0;
    // [end]
}

/// What was one message, each part for itself. Returns how many could not be sent.
std::size_t send_parts(int socket, msghdr message) {
    if (message.msg_iovlen == 1) {
        return 1;  // it has just been refused
    }
    std::size_t unsent = 0;
    const std::span parts(message.msg_iov, message.msg_iovlen);
    message.msg_controllen -= CMSG_SPACE(sizeof(std::uint16_t));  // UDP_SEGMENT, the last
    message.msg_iovlen = 1;
    for (iovec& part : parts) {
        message.msg_iov = &part;
        unsent += ::sendmsg(socket, &message, 0) < 0 ? 1 : 0;
    }
    return unsent;
}

}  // namespace

ReceiveBatch::ReceiveBatch(std::size_t max_datagrams, std::size_t max_size)
    : max_size_(max_size),
      bytes_(max_datagrams * max_size),
      buffers_(max_datagrams),
      peers_(max_datagrams),
      ancillary_(max_datagrams),
      messages_(max_datagrams),
      used_(max_datagrams) {
    datagrams_.reserve(max_datagrams);
}

void ReceiveBatch::prepare(std::size_t index) {
    buffers_[index] = {.iov_base = &bytes_[index * max_size_], .iov_len = max_size_};
    msghdr& header = messages_[index].msg_hdr;
    header.msg_name = peers_[index].data();
    header.msg_namelen = static_cast<socklen_t>(peers_[index].capacity());
    header.msg_iov = &buffers_[index];
    header.msg_iovlen = 1;
    header.msg_control = &ancillary_[index];
    header.msg_controllen = sizeof ancillary_[index];
}

void ReceiveBatch::read(std::size_t index) {
    msghdr& header = messages_[index].msg_hdr;
    if (header.msg_namelen == 0) {
        return;  // from nobody: this is how shutdown() wakes who waits
    }
    peers_[index].resize(header.msg_namelen);
    datagrams_.push_back({.data = {&bytes_[index * max_size_], messages_[index].msg_len},
                          .cut = was_cut(header),
                          .unicast = was_unicast(header),
                          .route = {peers_[index], address_asked(header)}});
    dropped_ = find_ancillary<std::uint32_t>(header, SOL_SOCKET, SO_RXQ_OVFL).value_or(dropped_);
}

std::span<const Datagram> ReceiveBatch::receive(udp::socket& socket, std::size_t max) {
    for (std::size_t i = 0; i < used_; ++i) {
        prepare(i);
    }
    used_ = 0;
    datagrams_.clear();
    const auto room = static_cast<unsigned>(std::min(max, messages_.size()));
    int count = 0;
    do {
        // MSG_WAITFORONE: the first may be waited for, the others are taken if they are there.
        count = ::recvmmsg(socket.native_handle(), messages_.data(), room, MSG_WAITFORONE, nullptr);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno != EAGAIN) {
        throw std::system_error(errno, std::generic_category(), "receive");
    }
    for (; static_cast<int>(used_) < count; ++used_) {
        read(used_);
    }
    return datagrams_;
}

SendBatch::SendBatch(std::size_t max_datagrams)
    : parts_(max_datagrams),
      routes_(max_datagrams),
      ancillary_(max_datagrams),
      messages_(max_datagrams) {}

void SendBatch::add(const Route& route, std::string_view data) {
    if (!joins_last(route, data)) {
        begin_message(route);
    }
    parts_.at(part_count_) = {.iov_base = const_cast<char*>(data.data()), .iov_len = data.size()};
    ++part_count_;
    ++messages_[message_count_ - 1].msg_hdr.msg_iovlen;
}

bool SendBatch::joins_last(const Route& route, std::string_view data) const {
    if (message_count_ == 0 || data.empty() || parts_[part_count_ - 1].iov_len != data.size()) {
        return false;
    }
    const std::size_t parts = messages_[message_count_ - 1].msg_hdr.msg_iovlen;
    return parts < max_merged_parts && (parts + 1) * data.size() <= max_merged_bytes &&
           routes_[message_count_ - 1] == route;
}

void SendBatch::begin_message(const Route& route) {
    routes_.at(message_count_) = route;
    msghdr& header = messages_[message_count_].msg_hdr;
    header = {};
    header.msg_name = routes_[message_count_].peer.data();
    header.msg_namelen = static_cast<socklen_t>(route.peer.size());
    header.msg_iov = &parts_.at(part_count_);
    header.msg_control = &ancillary_[message_count_];
    set_source(header, route);
    ++message_count_;
}

std::size_t SendBatch::send(udp::socket& socket) {
    for (mmsghdr& message : std::span(messages_).first(message_count_)) {
        if (message.msg_hdr.msg_iovlen > 1) {
            const auto size = static_cast<std::uint16_t>(message.msg_hdr.msg_iov->iov_len);
            append_ancillary(message.msg_hdr, SOL_UDP, UDP_SEGMENT, size);
        }
    }
    std::size_t unsent = 0;
    for (std::size_t first = 0; first < message_count_;) {
        const int sent = ::sendmmsg(socket.native_handle(), &messages_[first],
                                    static_cast<unsigned>(message_count_ - first), 0);
        if (sent > 0) {
            // Fewer than all: what is wrong with the next one, only the next call says.
            first += static_cast<std::size_t>(sent);
        } else if (errno != EINTR) {
            unsent += send_parts(socket.native_handle(), messages_[first].msg_hdr);
            ++first;
        }
    }
    part_count_ = 0;
    message_count_ = 0;
    return unsent;
}

}  // namespace cookbook::udp_server
