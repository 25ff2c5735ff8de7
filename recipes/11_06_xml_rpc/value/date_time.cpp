#include <algorithm>

#include "scalar.hpp"

namespace cookbook::xml_rpc {
namespace {

/// Reads a date and time from the front of a text; every part has its number of digits.
class DateReader {
public:
    explicit DateReader(std::string_view text) : rest_(text) {}

    /// A number of `size` digits; what follows a failure is of no account.
    int number(std::size_t size) {
        int value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            ok_ = ok_ && i < rest_.size() && rest_[i] >= '0' && rest_[i] <= '9';
            value = ok_ ? value * 10 + (rest_[i] - '0') : 0;
        }
        rest_.remove_prefix(std::min(size, rest_.size()));
        return value;
    }
    bool skip(char c) {
        const bool is_there = rest_.starts_with(c);
        rest_.remove_prefix(is_there ? 1 : 0);
        return is_there;
    }
    void expect(char c) { ok_ = skip(c) && ok_; }

    /// Microseconds; further digits are left out.
    int fraction() {
        constexpr std::size_t digits = 6;
        const std::size_t size = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        ok_ = ok_ && size > 0;
        std::string micros(rest_.substr(0, std::min(size, digits)));
        micros.resize(digits, '0');
        rest_.remove_prefix(size);
        return DateReader(micros).number(digits);
    }
    /// "Z", "+01:00", "-0330", "+01" or nothing.
    void offset() {
        if (skip('Z') || (!skip('+') && !skip('-'))) {
            return;
        }
        number(2);
        if (skip(':') || !rest_.empty()) {
            number(2);
        }
    }
    [[nodiscard]] bool at_end() const { return ok_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace

std::optional<DateTime::Local> DateTime::local() const {
    using namespace std::chrono;
    DateReader reader(text);
    const year in_year(reader.number(4));
    const bool has_dashes = reader.skip('-');
    const month in_month(static_cast<unsigned>(reader.number(2)));
    if (has_dashes) {
        reader.expect('-');
    }
    const year_month_day date = in_year / in_month / day(static_cast<unsigned>(reader.number(2)));
    reader.expect('T');
    const hours hour(reader.number(2));
    const bool has_colons = reader.skip(':');
    const minutes minute(reader.number(2));
    if (has_colons) {
        reader.expect(':');
    }
    const seconds second(reader.number(2));
    const bool has_fraction = reader.skip('.') || reader.skip(',');
    const microseconds fraction(has_fraction ? reader.fraction() : 0);
    reader.offset();
    if (!reader.at_end() || !date.ok() || hour >= 24h || minute >= 60min || second >= 60s) {
        return {};
    }
    return local_days(date) + hour + minute + second + fraction;
}

}  // namespace cookbook::xml_rpc
