#include "writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "11_06_xml_rpc/value/walk.hpp"
#include "characters.hpp"

namespace cookbook::xml_rpc {
namespace {

using namespace std::string_view_literals;

/// What stands for a character that would be markup, or that reading would change.
std::string_view reference_to(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        default:
            return "&#13;";
    }
}

/// Appends to a string whose room grows in large steps: no call of the library for each piece.
/// Throws Unwritable rather than let it become larger than `max_size`.
class Appender {
public:
    Appender(std::string& out, std::size_t max_size)
        : out_(out), size_(out.size()), max_size_(max_size) {}
    Appender(const Appender&) = delete;
    Appender& operator=(const Appender&) = delete;
    ~Appender() { out_.resize(size_); }  // shorter, so it throws nothing

    void put(std::string_view text) {
        std::memcpy(room_for(text.size()), text.data(), text.size());
        size_ += text.size();
    }
    /// A number between two texts whose sizes the compiler knows: there may be many of them.
    template <std::size_t begin_size, std::size_t end_size>
    void put_number(const char (&begin)[begin_size], std::int64_t number,
                    const char (&end)[end_size]) {
        const fmt::format_int digits(number);
        char* at = room_for(begin_size + digits.size() + end_size);
        std::memcpy(at, begin, begin_size - 1);
        at += begin_size - 1;
        std::memcpy(at, digits.data(), digits.size());
        at += digits.size();
        std::memcpy(at, end, end_size - 1);
        size_ += begin_size - 1 + digits.size() + end_size - 1;
    }

private:
    char* room_for(std::size_t size) {
        constexpr std::size_t min_step = 512;
        if (out_.size() - size_ < size) {
            if (size_ + size > max_size_) {
                throw Unwritable("the result is too large");
            }
            const std::size_t room =
                std::max({out_.capacity(), size_ + size, 2 * size_ + min_step});
            out_.resize(std::min(room, max_size_));
        }
        return &out_[size_];
    }

    std::string& out_;
    std::size_t size_;
    std::size_t max_size_;
};

void put_text(Appender& out, std::string_view text) {
    if (find_forbidden(text) != text.npos) {
        throw Unwritable();
    }
    for (;;) {
        const std::size_t size = std::min(text.find_first_of("&<>\r"), text.size());
        out.put(text.substr(0, size));
        if (size == text.size()) {
            return;
        }
        out.put(reference_to(text[size]));
        text.remove_prefix(size + 1);
    }
}

/// Writes what walk() visits.
class ValueWriter {
public:
    explicit ValueWriter(Appender& out) : out_(out) {}

    void scalar(Nil) { out_.put("<value><nil/></value>"); }
    void scalar(bool truth) {
        out_.put(truth ? "<value><boolean>1</boolean></value>\n"sv
                       : "<value><boolean>0</boolean></value>\n"sv);
    }
    void scalar(std::int64_t number) {
        if (number == static_cast<std::int32_t>(number)) {
            out_.put_number("<value><int>", number, "</int></value>\n");
        } else {
            out_.put_number("<value><i8>", number, "</i8></value>\n");
        }
    }
    void scalar(double real) {
        std::string text;
        append_double(text, real);
        put("<value><double>", text, "</double></value>\n");
    }
    void scalar(const std::string& text) {
        write_text("<value><string>", text, "</string></value>\n");
    }
    void scalar(const Bytes& bytes) {
        std::string text;
        append_base64(text, bytes.data, "\n");
        put("<value><base64>\n", text, "</base64></value>\n");
    }
    void scalar(const DateTime& time) {
        write_text("<value><dateTime.iso8601>", time.text, "</dateTime.iso8601></value>\n");
    }
    void begin(const Array&) { out_.put("<value><array><data>\n"); }
    void item(std::size_t) {}
    void end(const Array&) { out_.put("</data></array></value>\n"); }
    void begin(const Struct&) { out_.put("<value><struct>\n"); }
    void member(std::size_t i, std::string_view name) {
        out_.put(i > 0 ? "</member>\n<member>\n"sv : "<member>\n"sv);
        write_text("<name>", name, "</name>\n");
    }
    void end(const Struct& members) {
        out_.put(members.empty() ? "</struct></value>\n"sv : "</member>\n</struct></value>\n"sv);
    }

private:
    void put(std::string_view begin, std::string_view text, std::string_view end) {
        out_.put(begin);
        out_.put(text);
        out_.put(end);
    }
    void write_text(std::string_view begin, std::string_view text, std::string_view end) {
        out_.put(begin);
        put_text(out_, text);
        out_.put(end);
    }

    Appender& out_;
};

/// Calls `write(appender)`. If that fails, `out` becomes what it was, and its memory is given back.
template <typename Write>
void write_whole(std::string& out, Write write, std::size_t max_size = std::string::npos) {
    const std::size_t before = out.size();
    try {
        Appender appender(out, max_size);
        appender.put("<?xml version='1.0'?>\n");
        write(appender);
    } catch (...) {
        out.resize(before);
        out.shrink_to_fit();
        throw;
    }
}

}  // namespace

void write_call(std::string& out, std::string_view method, std::span<const Value> params) {
    write_whole(out, [&](Appender& document) {
        document.put("<methodCall>\n<methodName>");
        put_text(document, method);
        document.put("</methodName>\n<params>\n");
        for (const Value& param : params) {
            document.put("<param>\n");
            walk(param, ValueWriter(document));
            document.put("</param>\n");
        }
        document.put("</params>\n</methodCall>\n");
    });
}

void write_result(std::string& out, const Value& result, std::size_t max_size) {
    const auto write = [&](Appender& document) {
        document.put("<methodResponse>\n<params>\n<param>\n");
        walk(result, ValueWriter(document));
        document.put("</param>\n</params>\n</methodResponse>\n");
    };
    write_whole(out, write, max_size);
}

void write_fault(std::string& out, const Fault& fault) {
    write_whole(out, [&](Appender& document) {
        document.put("<methodResponse>\n<fault>\n");
        walk(Struct{{"faultCode", fault.code}, {"faultString", fault.text}}, ValueWriter(document));
        document.put("</fault>\n</methodResponse>\n");
    });
}

}  // namespace cookbook::xml_rpc
