// drop_privileges.hpp - for programs of root's that need nothing that only root may.
#pragma once

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace berth {

/// Gives up all capabilities for good: whatever it executes gets none either. Files are then root's
/// or everybody's, or closed to it. To be called while there is one thread. False: it could not be
/// done. source: Linux, capabilities(7); admin-guide "no_new_privs".
inline bool drop_privileges() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_capset, &header, none) == 0;
}

}  // namespace berth
