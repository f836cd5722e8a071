/* Functions that the C++ library of GCC calls and musl 1.2.3 lacks. */

typedef unsigned long size_t;
struct tm;

int getentropy(void* bytes, size_t count);
size_t strftime_l(char* text, size_t size, const char* format, const struct tm* time, void* locale);

char __libc_single_threaded = 0;

size_t __strftime_l(char* text, size_t size, const char* format, const struct tm* time, void* locale) {
  return strftime_l(text, size, format, time, locale);
}

unsigned arc4random(void) {
  unsigned value = 0;
  getentropy(&value, sizeof value);
  return value;
}

/* The exception handler then searches with dl_iterate_phdr. */
int _dl_find_object(void* address, void* result) {
  (void)address, (void)result;
  return -1;
}

/* Destructors of thread_local objects do not run: the processes of tests end soon. */
int __cxa_thread_atexit_impl(void (*destructor)(void*), void* object, void* library) {
  (void)destructor, (void)object, (void)library;
  return 0;
}
