// Recipe 11.6 on whatever comes: what we take for well-formed, expat takes, too; what expat takes,
// we take, unless it is something that we refuse on purpose; and what was read is written and read
// again as the same.
#include <expat.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "11_06_xml_rpc/json/json.hpp"
#include "11_06_xml_rpc/xml/document.hpp"
#include "11_06_xml_rpc/xml/reader.hpp"
#include "11_06_xml_rpc/xml/writer.hpp"

namespace {

using namespace cookbook::xml_rpc;

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// What expat, CPython's parser, says of a document, and what is in it that we refuse on purpose.
class Expat {
public:
    explicit Expat(std::string_view document) {
        XML_SetUserData(parser_.get(), this);
        XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
        XML_SetElementHandler(parser_.get(), on_start, nullptr);
        XML_SetProcessingInstructionHandler(parser_.get(), on_instruction);
        XML_SetXmlDeclHandler(parser_.get(), on_declaration);
        is_well_formed_ = XML_Parse(parser_.get(), document.data(),
                                    static_cast<int>(document.size()), 1) == XML_STATUS_OK;
    }

    [[nodiscard]] bool is_well_formed() const { return is_well_formed_; }
    [[nodiscard]] bool is_refused_on_purpose() const { return is_refused_; }

private:
    static Expat& self(void* data) { return *static_cast<Expat*>(data); }
    void note_name(std::string_view name) {
        is_refused_ |= std::ranges::any_of(name, [](char c) { return (c & 0x80) != 0; });
    }

    static void on_doctype(void* data, const char*, const char*, const char*, int) {
        self(data).is_refused_ = true;
    }
    static void on_start(void* data, const char* name, const char** attributes) {
        self(data).note_name(name);
        for (; *attributes != nullptr; attributes += 2) {
            self(data).note_name(*attributes);
        }
    }
    static void on_instruction(void* data, const char* target, const char*) {
        self(data).note_name(target);
    }
    /// Of the encodings that expat knows, only the mark of UTF-8 before another one is different.
    static void on_declaration(void* data, const char* version, const char* encoding, int) {
        const std::string_view text = version != nullptr ? version : "";
        const bool is_one = text.size() > 2 && text.starts_with("1.") &&
                            text.find_first_not_of("0123456789", 2) == text.npos;
        const std::string name =
            boost::to_lower_copy(std::string(encoding != nullptr ? encoding : "utf-8"));
        self(data).is_refused_ |= !is_one || name != "utf-8";
    }

    struct Free {
        void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
    };
    std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_{XML_ParserCreate(nullptr)};
    bool is_well_formed_ = false;
    bool is_refused_ = false;
};

bool is_taken(std::string_view bytes) {
    std::string storage;
    try {
        const Document document(bytes, storage);
        check(static_cast<bool>(document.root()));
        return true;
    } catch (const Refused&) {
        return false;
    }
}

void compare_with_expat(std::string_view bytes) {
    const Expat expat(bytes);
    if (is_taken(bytes)) {
        check(expat.is_well_formed());
    } else {
        check(!expat.is_well_formed() || expat.is_refused_on_purpose());
    }
}

/// What was read, written and read again.
Message again(const Message& message) {
    std::string written;
    if (const auto* call = std::get_if<Call>(&message)) {
        write_call(written, call->method, call->params);
    } else if (const auto* fault = std::get_if<Fault>(&message)) {
        write_fault(written, *fault);
    } else {
        const Array& values = std::get<Results>(message).values;
        write_result(written, values.empty() ? Value() : values[0]);
    }
    return Reader().read(written);
}

void read_and_write(std::string_view bytes) {
    Reader reader({.max_depth = 20, .max_values = 100});
    try {
        const Message message = reader.read(bytes);
        const auto* results = std::get_if<Results>(&message);
        if (results == nullptr || results->values.size() == 1) {
            check(message_to_json(again(message)) == message_to_json(message));
        }
        if (const auto* call = std::get_if<Call>(&message)) {
            for (const Value& param : call->params) {
                const std::string json = to_json(param);
                check(to_json(from_json(json)) == json);
            }
        }
    } catch (const Refused&) {
    }
}

void read_json(std::string_view text) {
    try {
        const std::string json = to_json(from_json(text));
        check(to_json(from_json(json)) == json);
    } catch (const JsonError&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    compare_with_expat(input);
    read_and_write(input);
    // Bytes alone seldom become a call: the same as the value of one, and as a date.
    const std::string before = "<methodCall><methodName>f</methodName><params><param><value>";
    const std::string after = "</value></param></params></methodCall>";
    compare_with_expat(before + std::string(input) + after);
    read_and_write(before + std::string(input) + after);
    static_cast<void>(DateTime{std::string(input)}.local());
    read_json(input);
    return 0;
}
