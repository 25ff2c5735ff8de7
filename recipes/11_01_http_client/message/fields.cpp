#include "fields.hpp"

#include <algorithm>
#include <stdexcept>

#include "common/http/grammar.hpp"
#include "split.hpp"

namespace cookbook::http_client {
namespace {

using http::grammar::same_name;

constexpr std::string_view line_end = "\r\n";

}  // namespace

Fields::Fields(std::initializer_list<Field> fields) {
    for (const auto& [name, value] : fields) {
        add(name, value);
    }
}

void Fields::add(std::string_view name, std::string_view value) {
    if (!http::grammar::is_token(name)) {
        throw std::invalid_argument("'" + std::string(name) + "' is not the name of a field");
    }
    if (!http::grammar::is_field_value(value)) {
        throw std::invalid_argument("the value of " + std::string(name) +
                                    " has a control character");
    }
    const std::size_t begin = text_.size();
    value = trimmed(value);
    text_.append(name).append(": ").append(value).append(line_end);
    lines_.push_back({begin, name.size(), begin + name.size() + 2, value.size()});
}

void Fields::set(std::string_view name, std::string_view value) {
    const std::size_t before = size();
    add(name, value);
    for (std::size_t index = before; index-- > 0;) {
        if (same_name(at(index).name, name)) {
            erase(index);
        }
    }
}

void Fields::remove(std::string_view name) {
    for (std::size_t index = size(); index-- > 0;) {
        if (same_name(at(index).name, name)) {
            erase(index);
        }
    }
}

void Fields::clear() noexcept {
    text_.clear();
    lines_.clear();
}

std::string_view Fields::operator[](std::string_view name) const noexcept {
    const std::size_t index = find(name);
    return index < size() ? at(index).value : std::string_view();
}

bool Fields::contains(std::string_view name) const noexcept {
    return find(name) < size();
}

std::vector<std::string_view> Fields::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const Field field : *this) {
        if (same_name(field.name, name)) {
            values.push_back(field.value);
        }
    }
    return values;
}

Field Fields::at(std::size_t index) const noexcept {
    const Line& line = lines_[index];
    const std::string_view text = text_;
    return {text.substr(line.begin, line.name_size), text.substr(line.value, line.value_size)};
}

void Fields::reserve(std::size_t size) {
    constexpr std::size_t usual_line = 32;
    text_.reserve(size);
    lines_.reserve(size / usual_line + 1);
}

void Fields::append_line(std::string_view line, std::size_t colon) {
    const std::size_t begin = text_.size();
    text_.append(line).append(line_end);
    if (line.find('\r') != line.npos) {
        std::replace(text_.begin() + static_cast<std::ptrdiff_t>(begin), text_.end() - 2, '\r',
                     ' ');
    }
    const std::string_view value =
        trimmed(std::string_view(text_).substr(begin + colon + 1, line.size() - colon - 1));
    lines_.push_back(
        {begin, colon, static_cast<std::size_t>(value.data() - text_.data()), value.size()});
}

void Fields::append_folded(std::string_view line) {
    std::string continued(trimmed(line));
    std::ranges::replace(continued, '\r', ' ');
    if (continued.empty()) {
        return;
    }
    Line& last = lines_.back();
    text_.resize(last.value + last.value_size);
    if (last.value_size > 0) {
        text_ += ' ';
    }
    text_.append(continued).append(line_end);
    last.value_size = text_.size() - line_end.size() - last.value;
}

std::size_t Fields::find(std::string_view name) const noexcept {
    std::size_t index = 0;
    while (index < size() && !same_name(at(index).name, name)) {
        ++index;
    }
    return index;
}

void Fields::erase(std::size_t index) {
    const std::size_t begin = lines_[index].begin;
    const std::size_t end = index + 1 < size() ? lines_[index + 1].begin : text_.size();
    text_.erase(begin, end - begin);
    lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(index));
    for (; index < size(); ++index) {
        lines_[index].begin -= end - begin;
        lines_[index].value -= end - begin;
    }
}

}  // namespace cookbook::http_client
