// The fields of a request or a response.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace cookbook::http_client {

/// One field. It points into the Fields that it is from, and is valid until they change.
struct Field {
    std::string_view name;
    std::string_view value;  // without the whitespace around it

    bool operator==(const Field&) const = default;
};

/// Fields in their order, repeated ones kept (Set-Cookie must never be joined: RFC 9110, 5.3).
/// Names are found whatever their case. All are kept as one text, so that a head costs no
/// allocation a field.
class Fields {
public:
    class Iterator;

    Fields() = default;
    /// Throws as add() does.
    Fields(std::initializer_list<Field> fields);

    /// Adds a field. Throws std::invalid_argument if the name is not a token, or the value has
    /// controls: CR and LF would make one field two.
    void add(std::string_view name, std::string_view value);
    /// Adds a field in the place of all others of that name. Throws as add() does.
    void set(std::string_view name, std::string_view value);
    /// Removes all of that name.
    void remove(std::string_view name);
    /// Removes all, and keeps the memory.
    void clear() noexcept;

    /// The value of the first of that name; empty if there is none.
    [[nodiscard]] std::string_view operator[](std::string_view name) const noexcept;
    [[nodiscard]] bool contains(std::string_view name) const noexcept;
    /// The values of all of that name.
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

    [[nodiscard]] Iterator begin() const noexcept;
    [[nodiscard]] Iterator end() const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return lines_.size(); }
    [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }
    [[nodiscard]] Field at(std::size_t index) const noexcept;

    /// The lines as they are sent, or as they came, CRLF after each.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    /// For a parser: room for a head of so many bytes.
    void reserve(std::size_t size);
    /// For a parser: a line as it came, whose name ends at `colon`. A CR within it becomes a space
    /// (RFC 9112, 2.2).
    void append_line(std::string_view line, std::size_t colon);
    /// For a parser: a folded line, which goes on with the last value after one space (RFC 9112,
    /// 5.2).
    void append_folded(std::string_view line);

private:
    /// Where a line and its parts begin in the text.
    struct Line {
        std::size_t begin;
        std::size_t name_size;
        std::size_t value;
        std::size_t value_size;
    };

    [[nodiscard]] std::size_t find(std::string_view name) const noexcept;
    void erase(std::size_t index);

    std::string text_;
    std::vector<Line> lines_;
};

class Fields::Iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Field;

    Iterator() = default;
    Iterator(const Fields& fields, std::size_t index) noexcept : fields_(&fields), index_(index) {}

    Field operator*() const noexcept { return fields_->at(index_); }
    Iterator& operator++() noexcept {
        ++index_;
        return *this;
    }
    Iterator operator++(int) noexcept { return {*fields_, index_++}; }
    bool operator==(const Iterator& other) const noexcept { return index_ == other.index_; }

private:
    const Fields* fields_ = nullptr;
    std::size_t index_ = 0;
};

inline Fields::Iterator Fields::begin() const noexcept {
    return {*this, 0};
}

inline Fields::Iterator Fields::end() const noexcept {
    return {*this, size()};
}

}  // namespace cookbook::http_client
