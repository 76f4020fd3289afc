// chain.hpp - the plugins of a network, one after the other.
#pragma once

#include <string>

#include "base/async.hpp"
#include "cni/book.hpp"
#include "cni/programs.hpp"
#include "cni/result.hpp"

namespace berth::cni {

/// All of these: see Network. `by` is for the whole chain.

/// Each plugin is told what those before it made; the last one's answer is that of the chain.
Result<Attached> add_all(const Programs& programs, const Kept& kept, Deadline by);

/// The last plugin first; each is told the result of the ADD, where it is known.
/// fails: with the first failure, after all were asked; that the container is unknown is none.
Result<> remove_all(const Programs& programs, const Kept& kept, Deadline by);

/// fails: with the first failure, at once.
Result<> check_all(const Programs& programs, const Kept& kept, Deadline by);

/// STATUS or GC of each plugin.
///
/// valid:  GC: who is attached; nullptr for STATUS.
Result<> ask_all(const Programs& programs, const NetworkList& list, const std::string& version,
                 const std::vector<Attachment>* valid, Deadline by);

}  // namespace berth::cni
