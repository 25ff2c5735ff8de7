// Numbers of a machine that writes them the other way round.
#pragma once

#include <cstddef>
#include <span>

namespace cookbook::large_arrays {

/// Reverses the bytes of each element, in place and in one pass. `element_size` is 1, 2, 4 or 8 and
/// divides the size of `bytes`.
void reverse_elements(std::span<std::byte> bytes, std::size_t element_size);

}  // namespace cookbook::large_arrays
