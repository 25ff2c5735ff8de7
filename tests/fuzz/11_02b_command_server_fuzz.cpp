// Any lines, of any clients, read as fast or as slowly as the input says: each response is a line
// of JSON, nobody reads half a line, all hear the same in the same order, and no queue exceeds its
// limit.
#include <array>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "11_02_tcp_server/line_buffer.hpp"
#include "11_02b_command_server/exposition.hpp"
#include "11_02b_command_server/room.hpp"
#include "11_02b_command_server/tally.hpp"
#include "common/net/utf8.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::command_server;

constexpr std::size_t max_queue = 4096;

void require_property(bool holds) {
    if (!holds) {
        std::abort();
    }
}

class Reader final : public Member {
public:
    Reader() : Member("127.0.0.1:40000", max_queue) {}
    void wake() override {}
    void flush() override {}

    void read(std::size_t size) {
        Outbox::Buffers buffers;
        std::string bytes;
        for (const asio::const_buffer& buffer : outbox.gather(buffers)) {
            bytes.append(static_cast<const char*>(buffer.data()), buffer.size());
        }
        bytes.resize(std::min(size, bytes.size()));
        outbox.consume(bytes.size());
        text += bytes;
    }
    void read_all() {
        while (!outbox.empty()) {
            read(std::string::npos);
        }
    }

    std::string text;
};

/// Each line is JSON; the events' numbers rise by 1, the last line may say why it is the last.
void check_lines(const std::string& text) {
    require_property(text.empty() || text.back() == '\n');
    require_property(is_utf8(text));
    std::uint64_t seq = 0;
    for (std::string_view lines = text; !lines.empty();) {
        boost::system::error_code error;
        const boost::json::value line = boost::json::parse(tcp_server::take_line(lines), error);
        require_property(!error && line.is_object());
        if (const auto* number = line.as_object().if_contains("seq");
            number != nullptr && line.as_object().contains("event")) {
            const auto next = number->to_number<std::uint64_t>();
            require_property(seq == 0 || next == seq + 1);
            seq = next;
        }
    }
}

}  // namespace

/// Lines with two bytes before each: who sends it and how much everybody reads then; how long it
/// is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    Room room;
    std::array<Reader, 3> readers;
    for (Reader& reader : readers) {
        room.join(reader);
    }
    std::uint64_t handled = 0;
    while (input.size() >= 2) {
        const auto control = static_cast<unsigned char>(input[0]);
        const auto length = static_cast<unsigned char>(input[1]);
        const std::string_view line = input.substr(2, length);
        input.remove_prefix(2 + line.size());
        Reader& sender = readers.at(control % 3);
        if (!sender.outbox.ended() && sender.outbox.has_room()) {
            room.handle(sender, line, std::chrono::steady_clock::now());
            ++handled;
        }
        for (std::size_t n = 0; n < readers.size(); ++n) {
            require_property(readers.at(n).outbox.bytes() <= max_queue);
            if ((control >> (n + 2) & 1U) != 0) {
                readers.at(n).read(std::size_t{1} << (control >> 5U));
            }
        }
    }
    require_property(room.metrics().message_count() == handled);
    require_property(room.metrics().request_duration.count() == handled);
    require_property(boost::json::parse(to_json(room.metrics(), {})).is_object());
    room.close();
    Tally tally;
    for (Reader& reader : readers) {
        reader.read_all();
        check_lines(reader.text);
        tally.add_received(reader.text);
    }
    return 0;
}
