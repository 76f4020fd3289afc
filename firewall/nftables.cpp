// nftables.cpp - load, run, unload.
#include "firewall/nftables.hpp"

#include <dlfcn.h>
#include <malloc.h>
#include <nftables/libnftables.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>

namespace berth::firewall {

namespace {

constexpr char kLibrary[] = "libnftables.so.1";

struct Unload {
  void operator()(void* library) const { ::dlclose(library); }
};

/// The functions used, found by name. A function's type comes from the library's own header.
class Library {
 public:
  static Result<Library> load() {
    Library loaded;
    loaded.handle_.reset(::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL));
    if (!loaded.handle_) return missing();
    const bool is_whole = loaded.find(loaded.create, "nft_ctx_new") &&
                          loaded.find(loaded.destroy, "nft_ctx_free") &&
                          loaded.find(loaded.buffer_output, "nft_ctx_buffer_output") &&
                          loaded.find(loaded.buffer_error, "nft_ctx_buffer_error") &&
                          loaded.find(loaded.show, "nft_ctx_output_set_flags") &&
                          loaded.find(loaded.output, "nft_ctx_get_output_buffer") &&
                          loaded.find(loaded.error, "nft_ctx_get_error_buffer") &&
                          loaded.find(loaded.run, "nft_run_cmd_from_buffer");
    if (!is_whole) return missing();
    return loaded;
  }

  decltype(&::nft_ctx_new) create = nullptr;
  decltype(&::nft_ctx_free) destroy = nullptr;
  decltype(&::nft_ctx_buffer_output) buffer_output = nullptr;
  decltype(&::nft_ctx_buffer_error) buffer_error = nullptr;
  decltype(&::nft_ctx_output_set_flags) show = nullptr;
  decltype(&::nft_ctx_get_output_buffer) output = nullptr;
  decltype(&::nft_ctx_get_error_buffer) error = nullptr;
  decltype(&::nft_run_cmd_from_buffer) run = nullptr;

 private:
  static Error missing() {
    const char* why = ::dlerror();
    return Error{Errc::Unavailable, 0,
                 std::string("load ") + kLibrary + ": " + (why != nullptr ? why : "unknown")};
  }

  template <class Function>
  bool find(Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(handle_.get(), name));
    return function != nullptr;
  }

  std::unique_ptr<void, Unload> handle_;
};

/// The library, as long as somebody needs it.
class Shared {
 public:
  void keep() {
    const std::lock_guard lock(mutex_);
    ++users_;
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    if (--users_ != 0 || !library_) return;
    library_.reset();
    ::malloc_trim(0);
  }
  /// For a user, until it lets go.
  Result<const Library*> get() {
    const std::lock_guard lock(mutex_);
    if (!library_) {
      BERTH_TRY(library_, Library::load());
    }
    return &*library_;
  }

 private:
  std::mutex mutex_;
  int users_ = 0;
  std::optional<Library> library_;
};

Shared& shared() {
  static Shared the_one;
  return the_one;
}

/// nft's words as one line: its errors have a line with the text and one with a marker under it.
std::string one_line(const std::string& words) {
  const std::string first = words.substr(0, words.find('\n'));
  return first.starts_with("Error: ") ? first.substr(7) : first;
}

Errc code_for(int os_errno) {
  switch (os_errno) {
    case ENOENT: return Errc::NotFound;
    case EPERM:
    case EACCES: return Errc::Denied;
    case ENOMEM:
    case ENOBUFS: return Errc::Exhausted;
    default: return Errc::Invalid;
  }
}

Result<std::string> run_with(const Library& nft, const std::string& text, Handles handles) {
  const std::unique_ptr<nft_ctx, decltype(nft.destroy)> context(nft.create(NFT_CTX_DEFAULT),
                                                                nft.destroy);
  if (!context) return Error{Errc::Exhausted, 0, "make an nftables context"};
  nft.buffer_output(context.get());
  nft.buffer_error(context.get());
  if (handles == Handles::Shown) nft.show(context.get(), NFT_CTX_OUTPUT_HANDLE);
  errno = 0;
  if (nft.run(context.get(), text.c_str()) != 0) {
    const std::string words = one_line(nft.error(context.get()));
    // What nft looks up in its own cache leaves no errno.
    const bool is_missing = words.starts_with(::strerrordesc_np(ENOENT));
    const int os_errno = is_missing ? ENOENT : errno;
    return Error{code_for(os_errno), os_errno, "nftables: " + words};
  }
  return std::string(nft.output(context.get()));
}

}  // namespace

Result<std::string> run_nftables(const std::string& text, Handles handles) {
  static std::mutex one_at_a_time;
  const KeepNftables until_done;
  const std::lock_guard lock(one_at_a_time);
  BERTH_TRY(const Library* nft, shared().get());
  return run_with(*nft, text, handles);
}

KeepNftables::KeepNftables() {
  shared().keep();
}

KeepNftables::~KeepNftables() {
  shared().let_go();
}

}  // namespace berth::firewall
