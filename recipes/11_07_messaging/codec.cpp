#include "codec.hpp"

#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/pickle/pickle.hpp"

namespace cookbook::messaging {

std::string encode(Codec codec, const Value& value) {
    switch (codec) {
        case Codec::pickle:
            return to_pickle(value);
        case Codec::json:
            return to_json(value);
        case Codec::bytes:
            break;
    }
    const auto* text = value.get_if<std::string>();
    return text ? *text : value.as<Bytes>().data;
}

Value decode(Codec codec, std::string_view message) {
    switch (codec) {
        case Codec::pickle:
            return from_pickle(message);
        case Codec::json:
            return from_json(message);
        case Codec::bytes:
            break;
    }
    return Bytes{std::string(message)};
}

}  // namespace cookbook::messaging
