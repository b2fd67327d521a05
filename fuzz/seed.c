/* seed fuzz_NAME FOLDER: writes a corpus to begin with: the vectors of dialect NAME, journals,
 * texts. */
#include "input.h"

#include <stdio.h>

static int write_file(const char *folder, size_t number, struct span bytes)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/seed-%03zu", folder, number);
	f = fopen(path, "wb");
	if (!f || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f)) {
		perror(path);
		return 1;
	}
	return 0;
}

static int seed_dialect(const struct vector *vectors, const char *folder)
{
	for (size_t i = 0; vectors[i].name; i++) {
		struct buf out = {0};

		input_write(&out, &vectors[i], i);
		if (write_file(folder, i, buf_span(&out)))
			return 1;
		buf_deinit(&out);
	}
	return 0;
}

/* The journal of the first vector of each dialect. */
static int seed_journal(const char *folder)
{
	size_t n = 0;

	for (const struct dialect_entry *e = dialect_all; e->dialect; e++) {
		const struct vector *v = e->vectors;
		struct buf out = {0};

		replay(&out, NULL, NULL, v, v->steps, vector_steps(v), v->end, (struct pieces){0});
		if (write_file(folder, n++, buf_span(&out)))
			return 1;
		buf_deinit(&out);
	}
	return 0;
}

static int seed_texts(const char *folder, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (write_file(folder, i, span_of(texts[i])))
			return 1;
	return 0;
}

static const char *const texts[] = {
	"wss://user:pass@host.example:8443/ws?token=abcdefghijklmnop&x=%20#f", "[::1]:80",
	"{\"a\":[1,-2.5e3,true,null,\"\\u00e9\\ud83d\\ude00\"]}",
	"Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", "\x1b[2J\u202e caf\xc3\xa9"};

static const char *const curls[] = {"curl -i -N \\\n  -H \"Connection: Upgrade\" -H 'Upgrade: "
				    "websocket' \\\n  -H \"Sec-WebSocket-Key: test\" "
				    "https://h.example/socket.io/?EIO=4&transport=websocket\n",
	"$ sudo curl -ksSx p:1 -u u:$A --resolve h:1:::1 \"ws://h/${B:-x}?a=1\" 2>&1 | jq .",
	"curl 'http://h/' -H $'a: \\u00e9\\x41\\'' --max-time=5 ^\r\n -b “a=b” —insecure `x` $(y)"};

static const char *const nodes[] = {
	"const nodes = [{ name: 'a', url: 'h:2333', auth: 'a password', secure: false }];",
	"{\"host\":\"::1\",\"port\":2333,\"authorization\":\"p\\\"w\",\"secure\":\"false\"}",
	"wavelink.Node(uri=\"http://h:2333\", password=os.environ[\"PW\"]) # x",
	"{ host: process.env.H || `h${x}`, port: Number(2333), /* y */ passwordLength: 15 }"};

/* Frames behind the preface. */
#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define OF_ROOT "\x84\x86\x41\x09h.example"
static const struct span requests[] = {{SETTINGS "\0\0\x0e\1\5\0\0\0\1\x82" OF_ROOT, 9 + 9 + 14},
	{SETTINGS "\0\0\x0e\1\4\0\0\0\1\x83" OF_ROOT "\0\0\4\0\1\0\0\0\1"
		  "body",
		9 + 9 + 14 + 9 + 4},
	{SETTINGS "\0\0\x30\1\4\0\0\0\1\x02\7CONNECT\0\x09:protocol\x09websocket" OF_ROOT
		  "\x0f\x2d\2ab\0\0\6\0\0\0\0\0\1\x81\x80"
		  "abcd\0\0\4\3\0\0\0\0\1\0\0\0\x08",
		9 + 9 + 48 + 9 + 6 + 9 + 4}};

static int seed_requests(const char *folder)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		if (write_file(folder, i, requests[i]))
			return 1;
	return 0;
}

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

int main(int argc, char **argv)
{
	const char *name = argc == 3 && !strncmp(argv[1], "fuzz_", 5) ? argv[1] + 5 : "";

	for (const struct dialect_entry *e = dialect_all; e->dialect; e++)
		if (!strcmp(e->dialect->name, name))
			return seed_dialect(e->vectors, argv[2]);
	if (!strcmp(name, "journal"))
		return seed_journal(argv[2]);
	if (!strcmp(name, "text"))
		return seed_texts(argv[2], texts, COUNT(texts));
	if (!strcmp(name, "h2_server"))
		return seed_requests(argv[2]);
	if (!strcmp(name, "curl"))
		return seed_texts(argv[2], curls, COUNT(curls));
	if (!strcmp(name, "node_config"))
		return seed_texts(argv[2], nodes, COUNT(nodes));
	fprintf(stderr, "usage: seed fuzz_NAME FOLDER\n");
	return 2;
}
