// Whether the tests run under AddressSanitizer or ThreadSanitizer, which are slower, take more
// memory and have a malloc() and memcpy() of their own.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COOKBOOK_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COOKBOOK_SANITIZER 1
#endif
#endif

#if !defined(COOKBOOK_SANITIZER)
#define COOKBOOK_SANITIZER 0
#endif
