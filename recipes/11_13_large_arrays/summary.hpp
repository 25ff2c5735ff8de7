// What an array is, in one line.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "npy.hpp"

namespace cookbook::large_arrays {

/// A JSON object: {"descr": "<f8", "shape": [3], "fortran_order": false, "bytes": 24, "first":
/// [0.0, 1.0, 2.0], …}. `elements` have the byte order of this machine; `first` has the first ten
/// in memory, integers exactly, and null for what JSON has no number for (NaN, infinity).
std::string summarize(const Header& header, std::span<const std::byte> elements, double seconds);

}  // namespace cookbook::large_arrays
