#include "declaration.hpp"

#include <algorithm>
#include <optional>

#include "11_06_xml_rpc/fault.hpp"
#include "11_06_xml_rpc/value/scalar.hpp"
#include "common/http/grammar.hpp"

namespace cookbook::xml_rpc {
namespace {

/// Reads a declaration, strictly.
class DeclarationReader {
public:
    explicit DeclarationReader(std::string_view text) : text_(text), rest_(text) {}

    Declaration read() {
        constexpr std::string_view begin = "<?xml";
        if (!rest_.starts_with(begin) || rest_.size() == begin.size() ||
            !is_space(rest_[begin.size()])) {
            return {};
        }
        rest_.remove_prefix(begin.size());
        const auto version = take("version");
        check(version && version->starts_with("1.") &&
              http::grammar::is_number(version->substr(2)));
        const auto encoding = take("encoding");
        check(!encoding || is_name(*encoding));
        const auto standalone = take("standalone");
        check(!standalone || *standalone == "yes" || *standalone == "no");
        skip_space();
        check(rest_.starts_with("?>"));
        return {text_.size() - rest_.size() + 2, encoding.value_or("")};
    }

private:
    static void check(bool holds) {
        if (!holds) {
            throw Refused(not_well_formed, "the XML declaration is malformed");
        }
    }
    static bool is_name(std::string_view text) {
        const auto is_letter = [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; };
        constexpr std::string_view others = "0123456789._-";
        return !text.empty() && is_letter(text[0]) && std::ranges::all_of(text, [&](char c) {
            return is_letter(c) || others.find(c) != others.npos;
        });
    }

    bool skip_space() {
        const std::size_t before = rest_.size();
        while (!rest_.empty() && is_space(rest_[0])) {
            rest_.remove_prefix(1);
        }
        return rest_.size() < before;
    }

    /// The value of the next attribute, if it has that name.
    std::optional<std::string_view> take(std::string_view name) {
        const std::string_view before = rest_;
        if (!skip_space() || !rest_.starts_with(name)) {
            rest_ = before;
            return {};
        }
        rest_.remove_prefix(name.size());
        skip_space();
        check(rest_.starts_with('='));
        rest_.remove_prefix(1);
        skip_space();
        check(rest_.starts_with('"') || rest_.starts_with('\''));
        const std::size_t end = rest_.find(rest_[0], 1);
        check(end != rest_.npos);
        const std::string_view value = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        return value;
    }

    std::string_view text_;
    std::string_view rest_;
};

}  // namespace

Declaration read_declaration(std::string_view text) {
    return DeclarationReader(text).read();
}

}  // namespace cookbook::xml_rpc
