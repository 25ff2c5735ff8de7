// 11.4b CIDR manager
//
// Problem:  plan an address space: which subnet is free, who has which, what do these networks add
//           up to? And what was promised must be true after the power has failed.
// Solution: sets of addresses as sorted ranges, free blocks kept by size, and a journal that is on
//           the disk before anybody is told; requests are JSON, one a line.
//
// Start with intervals.hpp: collapsing, excluding and measuring are a few lines each on ranges.
// Then free_space.cpp (best fit), journal.cpp and ledger.cpp (write, sync, answer). requests.hpp is
// the dispatcher, service.hpp the server, prefix_table.hpp a router's look-up.
#pragma once

#include "free_space.hpp"    // FreeSpace: find(), take(), give_back(); best_fit()
#include "intervals.hpp"     // Ranges: merge(), subtract(); collapse(), exclude()
#include "journal.hpp"       // Journal: append(), replace(), recover()
#include "ledger.hpp"        // Ledger: a plan whose changes are on the disk
#include "packing.hpp"       // find_overlaps(), pack()
#include "plan.hpp"          // Plan: pools and allocations
#include "prefix_table.hpp"  // PrefixTable: longest prefix
#include "requests.hpp"      // parse_request(), respond(), calculate(), consult()
#include "service.hpp"       // serve_requests(), with_plan()
