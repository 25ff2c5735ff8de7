// Recipe 11.7 on whatever comes: the framing, both sides of the handshake, the codecs.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/pickle/pickle.hpp"
#include "11_07_messaging/wire/handshake.hpp"
#include "11_07_messaging/wire/protocol.hpp"
#include "common/net/utf8.hpp"

namespace {

using namespace cookbook::messaging;

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void fuzz_framing(std::string_view bytes) {
    constexpr std::uint64_t max_size = 1U << 20U;
    const auto header = decode_header(bytes, max_size);
    if (header && *header) {
        check((*header)->size <= bytes.size() && (*header)->message <= max_size);
    }
}

void fuzz_handshake(std::string_view message) {
    static const cookbook::Key key("peekaboo");
    const auto answer = answer_challenge(key, message, Md5::allowed);
    if (answer) {
        check(!check_answer(key, message, *answer, Md5::allowed));
    }
    static const std::string challenge = make_challenge();
    check(static_cast<bool>(check_answer(key, challenge, message, Md5::allowed)));
}

std::optional<Value> name_and_arguments(std::string_view module, std::string_view name,
                                        const Tuple& arguments) {
    if (module.empty()) {
        return std::nullopt;
    }
    return Tuple{{cookbook::printable(module), cookbook::printable(name), arguments}};
}

/// What is accepted can be written, and reads back the same.
void fuzz_pickle(std::string_view bytes, const PickleHook& hook) {
    constexpr std::size_t memory = 1U << 20U;
    try {
        const Value value = from_pickle(bytes, memory, hook);
        const std::string json = to_json(value);
        const Value again = from_pickle(to_pickle(value), 4 * memory);
        check(to_json(again) == json);
    } catch (const PickleError&) {
    } catch (const std::length_error&) {  // an integer of too many digits for JSON
    }
}

void fuzz_json(std::string_view text, JsonForm form) {
    try {
        const std::string json = to_json(from_json(text, form), form);
        check(to_json(from_json(json, form), form) == json);
    } catch (const JsonError&) {
    } catch (const std::length_error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 4) {
        case 0:
            fuzz_framing(bytes);
            break;
        case 1:
            fuzz_handshake(bytes);
            break;
        case 2:
            fuzz_json(bytes, JsonForm::typed);
            fuzz_json(bytes, JsonForm::plain);
            break;
        default:
            fuzz_pickle(bytes, {});
            fuzz_pickle(bytes, name_and_arguments);
    }
    return 0;
}
