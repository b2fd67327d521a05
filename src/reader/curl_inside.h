/* Shared by the files of reader/curl. */
#ifndef READER_CURL_INSIDE_H
#define READER_CURL_INSIDE_H

#include "reader/curl.h"
#include "reader/shell.h"

/* The sentence is copied; beyond CURL_MISTAKES_MAX it is dropped. */
void curl_note(struct curl *c, const char *name, bool harmless, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The first header of this name, or NULL. */
const struct curl_header *curl_header(const struct curl *c, const char *name);

/* What is wrong with how the command is written, and with the handshake it asks for. */
void curl_judge_shell(struct curl *c, const struct shell_seen *seen);
void curl_judge_handshake(struct curl *c);

#endif
