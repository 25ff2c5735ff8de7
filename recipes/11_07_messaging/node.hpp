// Where a Value keeps what is too large for itself.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "objects.hpp"

namespace cookbook::messaging::detail {

/// How far an object has come in a decoder.
enum class State : std::uint8_t { open, sealed, callable };

/// One object, shared by all Values that are copies of one another.
struct Node {
    explicit Node(Kind kind_of_object)
        : kind(kind_of_object),
          hashable(kind != Kind::list && kind != Kind::dict && kind != Kind::set) {}

    std::atomic<std::uint32_t> owners{1};
    Kind kind;
    // The rest is for decoders, which build objects step by step, and for the burial of the dead.
    State state = State::open;
    bool hashable;
    std::uint64_t weight = 0;  // of all that it holds, written out in full
    Node* next_dead = nullptr;
};

template <typename T>
struct Box : Node {
    template <typename... Arguments>
    explicit Box(Arguments&&... arguments)
        : Node(kind_of<T>), object(std::forward<Arguments>(arguments)...) {}
    T object;
};

}  // namespace cookbook::messaging::detail
