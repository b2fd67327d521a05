/* --from-curl: a pasted curl command becomes options of `wsdx check`. */
#ifndef CMD_CHECK_CURL_H
#define CMD_CHECK_CURL_H

#include "cmd/check_options.h"
#include "reader/curl.h"

/* Reads o->from_curl, if there is one, into *curl, and puts what it says where the user has given nothing himself: into *url and *o. What is
 * put borrows from *curl. False with one line in *error. */
bool check_curl_read(struct curl *curl, struct check_options *o, struct span *url, const char *(*env)(const char *name),
	struct buf *error);
/* Notes run.mistake for what is wrong with the command itself. */
void check_curl_note(const struct curl *curl, struct journal *j);

#endif
