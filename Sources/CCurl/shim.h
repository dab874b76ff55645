/* curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot call: their typed forms. */
#include <curl/curl.h>

static inline CURLcode curl_set_long(CURL *curl, CURLoption option, long value) {
  return curl_easy_setopt(curl, option, value);
}

static inline CURLcode curl_set_text(CURL *curl, CURLoption option, const char *value) {
  return curl_easy_setopt(curl, option, value);
}

static inline CURLcode curl_set_list(CURL *curl, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(curl, option, value);
}

/* For ERRORBUFFER, CURL_ERROR_SIZE bytes that live as long as the handle. */
static inline CURLcode curl_set_buffer(CURL *curl, CURLoption option, char *value) {
  return curl_easy_setopt(curl, option, value);
}

/* For WRITEFUNCTION and HEADERFUNCTION, which have the same type. */
static inline CURLcode curl_set_sink(CURL *curl, CURLoption function, CURLoption data,
                                     size_t (*sink)(char *, size_t, size_t, void *), void *context) {
  CURLcode code = curl_easy_setopt(curl, function, sink);
  return code == CURLE_OK ? curl_easy_setopt(curl, data, context) : code;
}

static inline CURLcode curl_get_long(CURL *curl, CURLINFO info, long *value) {
  return curl_easy_getinfo(curl, info, value);
}

static inline CURLcode curl_get_offset(CURL *curl, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(curl, info, value);
}

static inline CURLcode curl_get_text(CURL *curl, CURLINFO info, char **value) {
  return curl_easy_getinfo(curl, info, value);
}

static inline CURLMcode curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
